//! A `${…}` that cannot be read, or whose value does not fit.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-interpolation",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a `${…}` cannot be read",
        page: page!("invalid-interpolation"),
    },
    rule: &Problems { kinds: &[ProblemKind::InvalidInterpolation], why: "Compose refuses the whole project, not only this value" },
};
