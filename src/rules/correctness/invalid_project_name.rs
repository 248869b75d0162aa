//! A project name that Compose cannot use.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-project-name",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        summary: "the project's name cannot be used",
        page: page!("invalid-project-name"),
    },
    rule: &Problems {
        kinds: &[ProblemKind::InvalidProjectName],
        why: "the names of containers, networks and volumes begin with it, so Compose does nothing without a valid one",
    },
};
