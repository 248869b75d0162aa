//! A service needs one that its profiles switch off.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "profile-unreachable",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        summary: "a service needs one that a profile switches off",
        page: page!("profile-unreachable"),
    },
    rule: &Problems {
        kinds: &[ProblemKind::ProfileUnreachable],
        why: "Compose refuses to start, and says only that the service is undefined",
    },
};
