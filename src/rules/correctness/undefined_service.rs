//! A service is named that the project does not have.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "undefined-service",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a service is named that the project does not have",
        page: page!("undefined-service"),
    },
    rule: &Mended {
        problems: Problems { kinds: &[ProblemKind::UndefinedService], why: "Compose refuses the whole project, not only this service" },
        fix: mend::rename,
    },
};
