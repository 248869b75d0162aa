//! A `${NAME:?…}` without a value.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "required-variable",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: Some(Severity::Error),
        default: Default::On,
        summary: "a variable that must have a value has none",
        page: page!("required-variable"),
    },
    rule: &Problems {
        kinds: &[ProblemKind::RequiredVariable],
        why: "Compose refuses every command for this project until the variable has a value",
    },
};
