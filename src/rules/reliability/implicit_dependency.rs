//! A service that is told the address of another one, and does not wait for it.

use std::collections::BTreeSet;

use super::place::Place;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "implicit-dependency",
        topic: Topic::Reliability,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a service uses another one and does not wait for it",
        page: page!("implicit-dependency"),
    },
    rule: &ImplicitDependency,
};

struct ImplicitDependency;

/// Entries of `depends_on` that are followed for one service: no real project has as many.
const MOST_STEPS: usize = 2_000;

impl Rule for ImplicitDependency {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        // Only looked for where another service is named.
        let mut known: Option<BTreeSet<&str>> = None;
        let mut steps = MOST_STEPS;
        let mut told = BTreeSet::new();
        for (key, value) in &service.environment {
            let Some(text) = value.value.as_deref() else { continue };
            for host in hosts(key, text) {
                let Some(target) = project.services.get(host).filter(|_| *host != *service.name) else { continue };
                let elsewhere = !target.profiles.is_empty() && profiles(target) != profiles(service);
                if elsewhere
                    || told.contains(host)
                    || known.get_or_insert_with(|| reachable(&service.name, project, &mut steps)).contains(host)
                {
                    continue;
                }
                // Where the other one waits for this one already, a second entry would close the circle.
                if reachable(host, project, &mut steps).contains(service.name.as_str()) {
                    continue;
                }
                // Who waits for whom is not known to the end.
                if steps == 0 {
                    return;
                }
                told.insert(host);
                let edits = Place::of(service, cx).and_then(|place| place.depend_on(host));
                let mut report = cx.report(
                    &value.origin,
                    format!("`{key}` of `{}` names the service `{host}`, and `{}` does not wait for it", service.name, service.name),
                );
                if let Some(edits) = edits {
                    report =
                        report.fix(format!("name `{host}` under `depends_on`, so that it is started first"), Applicability::Unsafe, edits);
                }
                report
                    .related(target.at_key().at, "this service")
                    .why(format!(
                        "Compose may start `{}` first, and `up {}` alone does not start `{host}` at all",
                        service.name, service.name
                    ))
                    .help(format!("name `{host}` under `depends_on`"));
            }
        }
    }
}

fn profiles(service: &Service) -> BTreeSet<&str> {
    service.profiles.iter().map(|p| p.as_str()).collect()
}

/// Every service that one waits for, directly or through others; not all of them if the steps do not last.
fn reachable<'a>(name: &'a str, project: &'a Project, steps: &mut usize) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        let Some(service) = project.services.get(name) else { continue };
        *steps = steps.saturating_sub(1 + service.depends_on.len());
        if *steps == 0 {
            break;
        }
        open.extend(service.depends_on.keys().map(String::as_str).filter(|d| seen.insert(*d)));
    }
    seen
}

/// The hosts that a value names: `scheme://user@host:1/…`, `host:1`, and `host` alone where the name of the variable says so.
fn hosts<'a>(key: &str, value: &'a str) -> Vec<&'a str> {
    let key = key.to_ascii_uppercase();
    let named = ["HOST", "HOSTNAME", "SERVER", "ADDR", "ADDRESS", "ENDPOINT", "URL", "URI"];
    let says_host = key.rsplit('_').next().is_some_and(|last| named.contains(&last)) || key.ends_with("HOST");
    // What a service is called itself is no address of another one.
    let says_own = ["HOSTNAME", "HOST_NAME", "VIRTUAL_HOST", "SERVER_NAME"].contains(&key.as_str());
    let mut out = Vec::new();
    for part in value.split([',', ' ', ';']).filter(|p| !p.is_empty()) {
        let (scheme, rest) = part.split_once("://").map_or((false, part), |(_, rest)| (true, rest));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
        let has_port = port.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
        if scheme || has_port || (says_host && !says_own && port.is_none() && authority == part) {
            out.push(host);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_hosts() {
        assert_eq!(hosts("X", "postgres://me:pw@db:5432/app?x=y"), ["db"]);
        assert_eq!(hosts("BROKERS", "kafka1:9092,kafka2:9092"), ["kafka1", "kafka2"]);
        assert_eq!(hosts("DB_HOST", "db"), ["db"]);
        assert_eq!(hosts("MYSQLHOST", "db"), ["db"]);
        assert!(hosts("NAME", "db").is_empty());
        assert!(hosts("HOSTNAME", "db").is_empty());
        assert!(hosts("IMAGE", "db:latest").is_empty());
        assert!(hosts("DB_HOST", "").is_empty());
    }
}
