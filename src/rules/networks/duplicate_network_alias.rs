//! A name on a network that two services answer to.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::prelude::*;
use crate::rules::together::can_run_together;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "duplicate-network-alias",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two services have the same name on one network",
        page: page!("duplicate-network-alias"),
    },
    rule: &DuplicateNetworkAlias,
};

struct DuplicateNetworkAlias;

const WHY: &str = "the engine answers with either address, now this one, now that one: some requests end up at the wrong service";

/// A name that a service answers to on a network.
struct Called<'a> {
    /// The real name of the network.
    network: &'a str,
    name: &'a str,
    /// What it is: shown beside the place.
    what: &'static str,
    project: &'a Project,
    service: &'a Service,
    at: Origin,
}

impl Rule for DuplicateNetworkAlias {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut said: BTreeSet<Span> = BTreeSet::new();
        let mut taken: BTreeMap<(&str, &str), Vec<Called>> = BTreeMap::new();
        // Names that nobody chose twice first: of two, the alias is to blame.
        let mut all = names(project);
        all.sort_by_key(|n| n.what == ALIAS);
        for name in all {
            let same = taken.entry((name.network, name.name)).or_default();
            let other = same.iter().find(|o| o.service.name != name.service.name && can_run_together(o.service, name.service));
            let Some(other) = other else {
                same.push(name);
                continue;
            };
            if said.insert(name.at.at) {
                let message = format!(
                    "`{}` and `{}` are both called `{}` on the network `{}`",
                    other.service.name, name.service.name, name.name, name.network
                );
                let report = cx.report(&name.at, message);
                let report = if other.at.at == name.at.at { report } else { report.related(other.at.at, other.what) };
                report.why(WHY).help("give one of them another alias; containers of one service share its name anyway");
            }
        }
    }

    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut taken: BTreeMap<(&str, &str), Vec<Called>> = BTreeMap::new();
        for name in host.projects.iter().flat_map(names) {
            let same = taken.entry((name.network, name.name)).or_default();
            if let Some(other) = same.iter().find(|o| o.project.directory != name.project.directory) {
                let message = format!("two projects have a `{}` on the network `{}`", name.name, name.network);
                cx.report(&name.at, message).related(other.at.at, other.what).why(WHY).help(
                    "keep what only its own project needs off the shared network (a second network for the project), or rename one of them",
                );
            }
            if same.iter().all(|o| o.project.directory != name.project.directory) {
                same.push(name);
            }
        }
    }
}

const ALIAS: &str = "an alias";

fn names(project: &Project) -> Vec<Called<'_>> {
    let mut out = Vec::new();
    for service in project.services.values() {
        for (key, joined) in &service.networks {
            let Some(network) = project.networks.get(key).and_then(|n| n.name.as_ref()).filter(|n| !n.origin.is_unset()) else { continue };
            let name = |name, what, at| Called { network, name, what, project, service, at };
            out.push(name(service.name.as_str(), "the name of the service", service.at_key()));
            if let Some(container) = service.container_name.as_ref().filter(|c| !c.is_empty() && c.value != service.name) {
                out.push(name(container.as_str(), "the name of the container", container.origin.clone()));
            }
            let aliases = joined.aliases.iter().filter(|a| !a.is_empty() && !a.origin.is_unset());
            out.extend(aliases.map(|a| name(a.as_str(), ALIAS, a.origin.clone())));
        }
    }
    out
}
