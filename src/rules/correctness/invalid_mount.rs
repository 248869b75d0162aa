//! A mount that cannot be read.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-mount",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a mount cannot be read",
        page: page!("invalid-mount"),
    },
    rule: &Problems { kinds: &[ProblemKind::InvalidMount], why: "Compose refuses the whole project, not only this mount" },
};
