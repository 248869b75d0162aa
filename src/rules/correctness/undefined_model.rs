//! A service uses a model that the project does not declare.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "undefined-model",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service uses a model that the project does not declare",
        page: page!("undefined-model"),
    },
    rule: &Problems { kinds: &[ProblemKind::UndefinedModel], why: "Compose refuses the whole project, not only this service" },
};
