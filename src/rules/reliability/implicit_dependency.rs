//! A service that is told the address of another one, and does not wait for it.

use std::collections::BTreeSet;

use super::place::Place;
use crate::model::address::hosts;
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
