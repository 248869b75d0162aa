//! A value of the right type that cannot be used.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-value",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a duration, size, path or number cannot be used",
        page: page!("invalid-value"),
    },
    rule: &Problems { kinds: &[ProblemKind::InvalidValue], why: "Compose refuses the whole project, not only this value" },
};
