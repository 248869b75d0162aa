//! Two services of one project with the same `container_name`. Every profile is active while rules run, so what resolution itself finds
//! would blame variants of which only one is ever on.

use std::collections::BTreeMap;

use crate::compose::value::Definition;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "duplicate-container-name",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::Dclint("no-duplicate-container-names")],
        options: &[],
        summary: "two services of a project have the same `container_name`",
        page: page!("duplicate-container-name"),
    },
    rule: &DuplicateContainerName,
};

struct DuplicateContainerName;

impl Rule for DuplicateContainerName {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut owners: BTreeMap<&str, Vec<&Service>> = BTreeMap::new();
        for service in project.services.values() {
            let Some(name) = service.container_name.as_ref().filter(|n| !n.is_empty()) else { continue };
            // Two names that a variable would have told apart.
            if name.origin.variables().any(|(_, d)| *d == Definition::Unset) {
                continue;
            }
            let earlier = owners.entry(name.as_str()).or_default();
            if let Some((first, place)) =
                earlier.iter().find_map(|e| Some((*e, e.container_name.as_ref()?)).filter(|_| together(e, service)))
            {
                cx.report(&name.origin, format!("`{}` and `{}` have the same container name, `{}`", first.name, service.name, name.value))
                    .related(place.origin.at, format!("`{}` has it from here", first.name))
                    .why("container names are unique on a host, so Compose refuses the project")
                    .help("give one of them another name, or leave `container_name` out: Compose makes names that never clash");
            }
            earlier.push(service);
        }
    }
}

/// False if no profile switches both on.
fn together(a: &Service, b: &Service) -> bool {
    a.profiles.is_empty() || b.profiles.is_empty() || a.profiles.iter().any(|p| b.profiles.iter().any(|q| p.value == q.value))
}
