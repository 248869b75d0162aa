//! A volume that two projects create.

use std::collections::BTreeMap;

use super::{called, mounted, side_by_side};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "volume-with-two-owners",
        topic: Topic::Host,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two projects both create a volume of one name",
        page: page!("volume-with-two-owners"),
    },
    rule: &TwoOwners,
};

struct TwoOwners;

impl Rule for TwoOwners {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut owners: BTreeMap<&str, Vec<(&Project, Origin)>> = BTreeMap::new();
        for project in host.projects {
            let mounted = mounted(project);
            for (key, volume) in project.volumes.iter().filter(|(key, v)| !v.external && mounted.contains(key.as_str())) {
                let Some(name) = volume.name.as_ref().filter(|n| !n.origin.is_unset()) else { continue };
                let owned = owners.entry(name.as_str()).or_default();
                // Two projects of one name share everything: another rule says that.
                let other = owned.iter().find(|(p, _)| side_by_side(p, project) && p.name != project.name);
                if let Some((other, at)) = other {
                    let (mine, theirs) = called(project, other);
                    cx.report(&volume.at_key(), format!("{mine} and {theirs} both create the volume `{}`", name.value))
                        .related(at.at, format!("created here by {theirs}"))
                        .why("they write to the same data without saying so: Compose warns that the volume is another project's, and `down --volumes` in either of them deletes it for both")
                        .help(format!(
                            "if they are to share it, write `external: true` in one of them; if not, give `{key}` another `name`"
                        ));
                } else {
                    owned.push((project, volume.at_key()));
                }
            }
        }
    }
}
