//! A service uses a config that the project does not declare.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "undefined-config",
        topic: Topic::Secrets,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service uses a config that the project does not declare",
        page: page!("undefined-config"),
    },
    rule: &Problems { kinds: &[ProblemKind::UndefinedConfig], why: "Compose refuses the whole project, not only this service" },
};
