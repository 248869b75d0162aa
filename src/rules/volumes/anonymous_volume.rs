//! A volume without a name.

use crate::model::MountKind;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "anonymous-volume",
        topic: Topic::Volumes,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a volume without a name",
        page: page!("anonymous-volume"),
    },
    rule: &AnonymousVolume,
};

/// Directories that are mounted without a name on purpose: they hide what a bind mount would bring along from the developer's machine.
const MASKS: &[&str] =
    &["node_modules", ".venv", "venv", "vendor", ".next", ".nuxt", "target", "__pycache__", "dist", "build", ".cache", ".bundle"];

struct AnonymousVolume;

impl Rule for AnonymousVolume {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for mount in &service.volumes {
            let mask = mount.target.trim_end_matches('/').rsplit('/').next().is_some_and(|last| MASKS.contains(&last));
            // A target that is no path is what is left of variables without a value.
            if !mount.target.contains(['/', '\\'])
                || mount.kind != MountKind::Volume
                || mount.source.as_deref().is_some_and(|s| !s.is_empty())
                || mask
            {
                continue;
            }
            cx.report(&mount.origin, format!("the volume of `{}` at `{}` has no name", service.name, mount.target))
                .why("the engine gives it a random name: `docker compose down` and up again starts with an empty one, and the old one stays behind")
                .help(format!("give it a name, `NAME:{}`, and declare NAME under `volumes`", mount.target));
        }
    }
}
