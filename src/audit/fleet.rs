//! Several hosts: reports that were made on each of them are joined, what holds between hosts is told, and the hosts are put into the order in
//! which a change is rolled out.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::document::{Document, Finding, Location, Related, Skipped};
use crate::report::inventory::{Beside, Endpoint, HostSummary, Stack, Word};
use crate::rules::fleet::{self, Between, Used};

use super::{standard, start};

/// Why reports cannot be joined. A sentence for the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// It has another form.
    #[error("`{0}` has version {1} of the report, and this program reads version 1")]
    Version(String, u32),
    /// It has no inventory.
    #[error("`{0}` has no inventory: it was not made by `composelint audit`")]
    NoInventory(String),
    /// Two reports speak of one host.
    #[error("`{0}` and `{1}` are both about the host `{2}`")]
    Twice(String, String, String),
}

/// A report, and what it is called where it says nothing about its host.
pub struct Part {
    /// The file, for messages.
    pub shown: String,
    /// The host, unless the report names its hosts itself.
    pub host: String,
    /// The report.
    pub document: Document,
}

/// Joins reports: everything in them, host by host in the order of names, and what is found between them.
pub fn merge(mut parts: Vec<Part>) -> Result<Document, MergeError> {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for part in &mut parts {
        if part.document.version != 1 {
            return Err(MergeError::Version(part.shown.clone(), part.document.version));
        }
        if part.document.inventory.is_none() {
            return Err(MergeError::NoInventory(part.shown.clone()));
        }
        named(part);
        let hosts: BTreeSet<String> = part.document.stacks().iter().filter_map(|s| s.host.clone()).collect();
        for host in if hosts.is_empty() { BTreeSet::from([part.host.clone()]) } else { hosts } {
            if let Some(other) = owners.insert(host.clone(), part.shown.clone()) {
                return Err(MergeError::Twice(other, part.shown.clone(), host));
            }
        }
    }
    parts.sort_by(|a, b| a.host.cmp(&b.host));
    let mut parts = parts.into_iter();
    let Some(Part { document: mut all, .. }) = parts.next() else { return Ok(empty()) };
    all.hosts.clear();
    for Part { document, .. } in parts {
        let (sum, more) = (&mut all.summary, &document.summary);
        sum.errors += more.errors;
        sum.warnings += more.warnings;
        sum.infos += more.infos;
        sum.ignored += more.ignored;
        sum.projects += more.projects;
        sum.files += more.files;
        if let Some(known) = &more.baseline {
            let baseline = sum.baseline.get_or_insert_default();
            baseline.known += known.known;
            baseline.stale += known.stale;
        }
        all.findings.extend(document.findings);
        all.skipped.extend(document.skipped);
        all.inventory.get_or_insert_default().extend(document.inventory.unwrap_or_default());
        all.beside.extend(document.beside);
        all.backups.extend(document.backups);
    }
    between(&mut all);
    all.hosts = order(all.stacks(), &all.beside, &counts(all.findings.iter().map(|f| (f.host.as_deref(), &*f.severity))));
    Ok(all)
}

fn empty() -> Document {
    Document {
        version: 1,
        tool: crate::report::document::Tool { name: "composelint".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        summary: crate::report::document::Summary::default(),
        findings: Vec::new(),
        skipped: Vec::new(),
        inventory: Some(Vec::new()),
        beside: Vec::new(),
        backups: Vec::new(),
        hosts: Vec::new(),
    }
}

/// Gives the name of the host to what has none, and makes paths that begin at the directory of that run tell which host they are on.
fn named(part: &mut Part) {
    let Part { host, document, .. } = part;
    let fill = |field: &mut Option<String>| {
        field.get_or_insert_with(|| host.clone());
    };
    document.inventory.iter_mut().flatten().for_each(|s| fill(&mut s.host));
    document.findings.iter_mut().for_each(|f| fill(&mut f.host));
    document.beside.iter_mut().for_each(|b| fill(&mut b.host));
    document.backups.iter_mut().for_each(|b| fill(&mut b.host));
    let skipped = |s: &Skipped| Skipped { path: format!("{host}: {}", s.path), reason: s.reason.clone() };
    document.skipped = document.skipped.iter().map(skipped).collect();
}

/// Errors and warnings by host, from the host and the severity of each finding.
pub fn counts<'a>(findings: impl Iterator<Item = (Option<&'a str>, &'a str)>) -> BTreeMap<String, (usize, usize)> {
    let mut out: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (host, severity) in findings {
        let (errors, warnings) = out.entry(host.unwrap_or_default().to_owned()).or_default();
        match severity {
            "error" => *errors += 1,
            "warning" => *warnings += 1,
            _ => {}
        }
    }
    out
}

/// What holds between hosts, as the rules find it that see all hosts at once; and what a single host could not know.
fn between(all: &mut Document) {
    let hosts: BTreeSet<String> = all.stacks().iter().filter_map(|s| s.host.clone()).collect();
    // Another host is no name that leads nowhere.
    let is_host = |f: &Finding| {
        f.rule == fleet::UNRESOLVED && fleet::name_in(&f.message).is_some_and(|name| hosts.iter().any(|h| is_name_of(name, h)))
    };
    let before = all.findings.len();
    all.findings.retain(|f| !is_host(f));
    all.summary.infos = all.summary.infos.saturating_sub(before - all.findings.len());
    let mut told: BTreeSet<(String, String)> = all.findings.iter().map(|f| (f.rule.clone(), f.message.clone())).collect();
    let mut found = Vec::new();
    for drift in fleet::drifts(images(all.stacks())) {
        found.push(finding(fleet::DRIFT, drift));
    }
    for same in fleet::same_names(names(all.stacks())) {
        found.push(finding(fleet::SAME_NAME, same));
    }
    found.retain(|f| told.insert((f.rule.clone(), f.message.clone())));
    all.summary.infos += found.len();
    all.findings.extend(found);
}

type Place = (String, String);

fn images(stacks: &[Stack]) -> impl Iterator<Item = Used<'_, Place>> {
    stacks.iter().flat_map(|stack| {
        let uses = stack.services.iter().filter(|s| s.build.is_none()).filter_map(move |s| {
            let place = (stack.host.clone()?, first_file(stack));
            Some(Used { host: stack.host.as_deref()?, service: &s.name, image: s.image.as_deref()?, place })
        });
        uses.collect::<Vec<_>>()
    })
}

fn names(stacks: &[Stack]) -> impl Iterator<Item = (&str, &str, Place)> {
    stacks.iter().filter(|s| s.project_from == "directory").filter_map(|s| {
        let host = s.host.as_deref()?;
        Some((host, s.project.as_deref()?, (host.to_owned(), first_file(s))))
    })
}

fn first_file(stack: &Stack) -> String {
    stack.files.first().map_or_else(|| stack.directory.clone(), |f| f.path.clone())
}

fn finding(rule: &str, between: Between<Place>) -> Finding {
    let location =
        |path: String| Location { path, line: None, column: None, end_line: None, end_column: None, key_path: None, label: None };
    let mut places = between.places.into_iter();
    let (host, path) = places.next().map(|((host, path), _)| (host, path)).unzip();
    Finding {
        host,
        rule: rule.to_owned(),
        severity: Word::Borrowed("info"),
        message: between.message,
        why: Some(between.why.to_owned()),
        help: Some(between.help.to_owned()),
        project: None,
        location: location(path.unwrap_or_else(|| ".".to_owned())),
        related: places.map(|((_, path), message)| Related { message, location: location(path) }).collect(),
        fix: None,
        fingerprint: None,
    }
}

/// True if a name in a configuration means this host: `nas`, `nas.lan`, `nas.example.org`.
pub fn is_name_of(name: &str, host: &str) -> bool {
    let (name, host) = (name.to_ascii_lowercase(), host.to_ascii_lowercase());
    name == host || name.strip_prefix(&host).is_some_and(|rest| rest.starts_with('.'))
}

/// The hosts in the order of a rollout: who provides comes before who uses; where that leaves a choice, the host that the fewest others need, then
/// the one with the fewest services, then by name.
pub fn order(stacks: &[Stack], beside: &[Beside], counts: &BTreeMap<String, (usize, usize)>) -> Vec<HostSummary> {
    let mut hosts: BTreeMap<&str, Vec<&Stack>> = BTreeMap::new();
    for stack in stacks {
        hosts.entry(stack.host.as_deref().unwrap_or_default()).or_default().push(stack);
    }
    for one in beside.iter().filter_map(|b| b.host.as_deref()) {
        hosts.entry(one).or_default();
    }
    // What belongs to no host is no host among others.
    if hosts.len() > 1 && hosts.get("").is_some_and(Vec::is_empty) || hosts.keys().all(|h| h.is_empty()) {
        hosts.remove("");
    }
    // Stacks of a host that has no name are no fleet with the one that a Nix file beside them speaks of.
    let unnamed = stacks.iter().all(|s| s.host.is_none());
    if unnamed && !stacks.is_empty() {
        return Vec::new();
    }
    let needs: BTreeMap<&str, BTreeMap<&str, &Endpoint>> = hosts
        .iter()
        .map(|(host, stacks)| {
            let mut others: BTreeMap<&str, &Endpoint> = BTreeMap::new();
            for endpoint in stacks.iter().flat_map(|s| &s.endpoints) {
                if let Some(other) = hosts.keys().find(|other| !other.is_empty() && *other != host && is_name_of(&endpoint.name, other)) {
                    others.entry(other).or_insert(endpoint);
                }
            }
            (*host, others)
        })
        .collect();
    let users = |host: &str| needs.iter().filter(|(_, others)| others.contains_key(host)).map(|(user, _)| *user).collect::<Vec<_>>();
    let weight = |host: &str| (users(host).len(), hosts.get(host).map_or(0, |s| s.iter().map(|s| s.services.len()).sum::<usize>()));
    let edges: BTreeMap<&str, BTreeSet<&str>> = needs.iter().map(|(host, others)| (*host, others.keys().copied().collect())).collect();
    let mut out = Vec::new();
    for (host, in_circle) in start::sequence(&edges, weight) {
        let of_host = hosts.get(host).map(Vec::as_slice).unwrap_or_default();
        let mut because = Vec::new();
        let others = needs.get(host);
        for (other, endpoint) in others.into_iter().flatten() {
            because.push(format!("`{}` speaks to `{other}` (`{}`)", endpoint.service, endpoint.variable));
        }
        let users = users(host);
        if users.is_empty() {
            because.push("no other host uses it".to_owned());
        } else {
            because.push(format!("used by {}", users.iter().map(|u| format!("`{u}`")).collect::<Vec<_>>().join(", ")));
        }
        if in_circle {
            because.push("these hosts use one another in a circle, so one of them has to begin".to_owned());
        }
        let complies: Vec<bool> = of_host.iter().filter_map(|s| standard::complies(s)).collect();
        let (errors, warnings) = counts.get(host).copied().unwrap_or_default();
        out.push(HostSummary {
            name: host.to_owned(),
            stacks: of_host.len(),
            services: of_host.iter().map(|s| s.services.len()).sum(),
            containers: beside.iter().filter(|b| b.kind == "oci-container" && b.host.as_deref().unwrap_or_default() == host).count(),
            errors,
            warnings,
            compliant: (!complies.is_empty()).then(|| complies.iter().filter(|c| **c).count()),
            needs: others.into_iter().flatten().map(|(other, _)| (*other).to_owned()).collect(),
            because,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::inventory::Service;

    fn stack(host: &str, services: usize, speaks_to: &[&str]) -> Stack {
        Stack {
            host: Some(host.to_owned()),
            directory: format!("{host}/docker"),
            services: (0..services).map(|n| Service { name: format!("s{n}"), ..Service::default() }).collect(),
            endpoints: speaks_to
                .iter()
                .map(|name| Endpoint { service: "s0".into(), variable: "URL".into(), name: (*name).to_owned() })
                .collect(),
            ..Stack::default()
        }
    }

    fn names(stacks: &[Stack]) -> Vec<String> {
        order(stacks, &[], &BTreeMap::new()).into_iter().map(|h| h.name).collect()
    }

    #[test]
    fn providers_come_before_users_and_then_the_least_critical() {
        let all = [stack("web", 2, &["db.lan", "other.org"]), stack("db", 9, &[]), stack("pi", 1, &[]), stack("nas", 3, &["DB"])];
        assert_eq!(names(&all), ["pi", "db", "web", "nas"]);
    }

    #[test]
    fn a_circle_ends_and_is_told() {
        let all = [stack("a", 2, &["b"]), stack("b", 1, &["a"])];
        let hosts = order(&all, &[], &BTreeMap::new());
        assert_eq!(hosts.iter().map(|h| h.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert!(hosts[0].because.iter().any(|b| b.contains("circle")), "{:?}", hosts[0].because);
        assert!(hosts[1].because.iter().all(|b| !b.contains("circle")), "{:?}", hosts[1].because);
    }

    #[test]
    fn one_host_without_a_name_is_no_fleet() {
        assert!(order(&[Stack::default()], &[], &BTreeMap::new()).is_empty());
        let beside = [Beside { host: Some("nas".into()), kind: "oci-container".into(), ..Beside::default() }];
        assert!(order(&[Stack::default()], &beside, &BTreeMap::new()).is_empty());
        assert_eq!(order(&[], &beside, &BTreeMap::new()).len(), 1);
    }

    #[test]
    fn names_of_hosts() {
        assert!(is_name_of("nas", "nas") && is_name_of("NAS.lan", "nas") && is_name_of("nas.example.org", "nas"));
        assert!(!is_name_of("nas2", "nas") && !is_name_of("my-nas", "nas"));
    }
}
