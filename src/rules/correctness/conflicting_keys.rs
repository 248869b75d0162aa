//! Two keys that exclude each other.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "conflicting-keys",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two keys exclude each other",
        page: page!("conflicting-keys"),
    },
    rule: &Problems {
        kinds: &[ProblemKind::ConflictingKeys],
        why: "Compose refuses the whole project, because it cannot tell which of the two is meant",
    },
};
