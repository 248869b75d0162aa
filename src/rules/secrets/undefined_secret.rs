//! A service uses a secret that the project does not declare.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "undefined-secret",
        topic: Topic::Secrets,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service uses a secret that the project does not declare",
        page: page!("undefined-secret"),
    },
    rule: &Problems { kinds: &[ProblemKind::UndefinedSecret], why: "Compose refuses the whole project, not only this service" },
};
