//! More than composelint is willing to expand.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "limit-exceeded",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a file expands to more than is sensible",
        page: page!("limit-exceeded"),
    },
    rule: &Problems { kinds: &[ProblemKind::LimitExceeded], why: "what lies behind this limit was not read, so it could not be checked" },
};
