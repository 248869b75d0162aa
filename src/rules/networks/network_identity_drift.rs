//! One key that is two networks.

use crate::rules::identity::{Declared, drifts};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "network-identity-drift",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two files of a directory mean different networks by one name",
        page: page!("network-identity-drift"),
    },
    rule: &NetworkIdentityDrift,
};

struct NetworkIdentityDrift;

impl Rule for NetworkIdentityDrift {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let declared = |project| networks(project);
        for drift in drifts(host.projects, declared) {
            let file = drift.file.file_name().unwrap_or_default().display();
            let (own, fixed) = (&drift.own, &drift.fixed);
            let how = if fixed.external { "it is external there" } else { "it has its name there" };
            cx.report(&own.at, format!("the network `{}` is `{}` here, and `{}` in `{file}`", own.key, own.name, fixed.name))
                .related(fixed.at.at, how)
                .why("they look like one network and are two: the services of the two files do not reach each other")
                .help(if fixed.external {
                    format!("write `external: true` here too, or `name: {}` if this file is to create it", fixed.name)
                } else {
                    format!("write `name: {}` here too", fixed.name)
                });
        }
    }
}

fn networks(project: &Project) -> impl Iterator<Item = Declared<'_>> {
    project.networks.iter().filter(|(_, n)| !n.origin.is_default()).filter_map(move |(key, n)| {
        let name = n.name.as_ref()?;
        let fixed = n.external || !name.origin.is_default();
        Some(Declared { project, key, name: name.as_str(), fixed, external: n.external, at: n.at_key() })
    })
}
