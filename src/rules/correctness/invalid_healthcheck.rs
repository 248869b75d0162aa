//! A healthcheck that Compose does not take.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-healthcheck",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a healthcheck does not begin with CMD, CMD-SHELL or NONE",
        page: page!("invalid-healthcheck"),
    },
    rule: &Problems { kinds: &[ProblemKind::InvalidHealthcheck], why: "Compose refuses the whole project, not only this service" },
};
