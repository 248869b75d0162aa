//! A service uses a config that the project does not declare.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "undefined-config",
        topic: Topic::Secrets,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a service uses a config that the project does not declare",
        page: page!("undefined-config"),
    },
    rule: &Mended {
        problems: Problems { kinds: &[ProblemKind::UndefinedConfig], why: "Compose refuses the whole project, not only this service" },
        fix: mend::rename,
    },
};
