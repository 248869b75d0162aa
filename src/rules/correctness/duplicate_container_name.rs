//! Two services of one project with the same `container_name`.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "duplicate-container-name",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        summary: "two services of a project have the same `container_name`",
        page: page!("duplicate-container-name"),
    },
    rule: &Problems {
        kinds: &[ProblemKind::DuplicateContainerName],
        why: "container names are unique on a host, so Compose refuses the project",
    },
};
