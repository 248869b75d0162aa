//! One key that is two volumes.

use crate::rules::identity::{Declared, drifts};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "volume-identity-drift",
        topic: Topic::Volumes,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two files of a directory mean different volumes by one name",
        page: page!("volume-identity-drift"),
    },
    rule: &VolumeIdentityDrift,
};

struct VolumeIdentityDrift;

impl Rule for VolumeIdentityDrift {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let declared = |project| volumes(project);
        for drift in drifts(host.projects, declared) {
            let file = drift.file.file_name().unwrap_or_default().display();
            let (own, fixed) = (&drift.own, &drift.fixed);
            let how = if fixed.external { "it is external there" } else { "it has its name there" };
            cx.report(&own.at, format!("the volume `{}` is `{}` here, and `{}` in `{file}`", own.key, own.name, fixed.name))
                .related(fixed.at.at, how)
                .why("they look like one volume and are two: what one file's services write, the other's do not see, and a backup of one misses half")
                .help(format!(
                    "look at `docker volume ls` for the one with the data; then write `external: true` or `name: {}` here too, or give this one another key",
                    fixed.name
                ));
        }
    }
}

fn volumes(project: &Project) -> impl Iterator<Item = Declared<'_>> {
    project.volumes.iter().filter(|(_, v)| !v.origin.is_default()).filter_map(move |(key, v)| {
        let name = v.name.as_ref()?;
        let fixed = v.external || !name.origin.is_default();
        Some(Declared { project, key, name: name.as_str(), fixed, external: v.external, at: v.at_key() })
    })
}
