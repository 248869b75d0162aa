//! A port that cannot be read.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-port",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a port cannot be read",
        page: page!("invalid-port"),
    },
    rule: &Problems { kinds: &[ProblemKind::InvalidPort], why: "Compose refuses the whole project, not only this port" },
};
