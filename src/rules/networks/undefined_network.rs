//! A service joins a network that the project does not declare.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "undefined-network",
        topic: Topic::Networks,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a service joins a network that the project does not declare",
        page: page!("undefined-network"),
    },
    rule: &Mended {
        problems: Problems { kinds: &[ProblemKind::UndefinedNetwork], why: "Compose refuses the whole project, not only this service" },
        fix: mend::rename_or_declare,
    },
};
