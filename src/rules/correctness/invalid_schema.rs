//! A value of the wrong shape.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-schema",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::Dclint("invalid-schema")],
        options: &[],
        summary: "a value has the wrong type or is not one of those allowed",
        page: page!("invalid-schema"),
    },
    rule: &Problems { kinds: &[ProblemKind::InvalidSchema], why: "Compose refuses the whole project, not only this service" },
};
