//! A spelling that Compose still takes but warns about.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "deprecated-spelling",
        topic: Topic::Correctness,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[],
        summary: "a spelling that Compose warns about",
        page: page!("deprecated-spelling"),
    },
    rule: &Mended {
        problems: Problems { kinds: &[ProblemKind::Deprecated], why: "Compose takes it today and warns about it at every command" },
        fix: mend::external_name,
    },
};
