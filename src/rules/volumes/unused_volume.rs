//! A volume that no service mounts.

use crate::model::MountKind;
use crate::rules::prelude::*;
use crate::rules::unused;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unused-volume",
        topic: Topic::Volumes,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a declared volume that no service mounts",
        page: page!("unused-volume"),
    },
    rule: &UnusedVolume,
};

struct UnusedVolume;

impl Rule for UnusedVolume {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mounted = || project.services.values().flat_map(|s| &s.volumes).filter(|m| m.kind == MountKind::Volume);
        // `data-${VERSION}:/data` mounts one volume of several: which one is settled when it is started.
        let chosen: Vec<String> = mounted()
            .filter_map(|m| {
                let written = cx.sources.get(m.origin.at.file);
                let prefix = written.slice(m.origin.at).trim_start_matches(['"', '\'']).split_once('$')?.0.to_owned();
                (m.origin.variables().next().is_some() && !prefix.contains(':')).then_some(prefix)
            })
            .collect();
        let mounts = |name: &str| {
            mounted().any(|m| m.source.as_deref() == Some(name)) || chosen.iter().any(|prefix| name.starts_with(prefix.as_str()))
        };
        for (name, volume) in unused::declared(project, &project.volumes) {
            if mounts(name) {
                continue;
            }
            let key = volume.at_key();
            let fix = mend::remove_unused("volume", name, &key, cx);
            cx.report(&key, format!("no service mounts the volume `{name}`"))
                .why("Compose does not create or keep it for anybody; if a service once used it, its data is still on the host and nobody looks after it")
                .help("mount it where it was meant to be, or remove it after a look at `docker volume ls`")
                .maybe_fix(fix);
        }
    }
}
