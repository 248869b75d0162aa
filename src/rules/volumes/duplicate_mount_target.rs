//! Two mounts at one path of a container.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "duplicate-mount-target",
        topic: Topic::Volumes,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two mounts of a service have the same path in the container",
        page: page!("duplicate-mount-target"),
    },
    rule: &Problems {
        kinds: &[ProblemKind::DuplicateMountTarget],
        why: "one of the two would hide the other, so Compose refuses the project",
    },
};
