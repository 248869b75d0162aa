//! A key that stands twice in one mapping.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "duplicate-key",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a key is written twice in one mapping",
        page: page!("duplicate-key"),
    },
    rule: &Problems {
        kinds: &[ProblemKind::DuplicateKey],
        why: "Compose refuses the file, because only one of the two values could count",
    },
};
