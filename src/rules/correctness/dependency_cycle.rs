//! Services that wait for each other.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "dependency-cycle",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "services wait for each other in a circle",
        page: page!("dependency-cycle"),
    },
    rule: &Problems {
        kinds: &[ProblemKind::DependencyCycle],
        why: "none of them could ever be the first to start, so Compose refuses the project",
    },
};
