//! A service that says nowhere what to run.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "missing-image",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service has neither image nor build",
        page: page!("missing-image"),
    },
    rule: &Problems { kinds: &[ProblemKind::MissingImage], why: "Compose refuses the whole project, because it does not know what to run" },
};
