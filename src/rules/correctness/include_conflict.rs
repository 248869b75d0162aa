//! A name that an included file and another file of the project both define.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "include-conflict",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a name is defined by an included file and once more",
        page: page!("include-conflict"),
    },
    rule: &Problems {
        kinds: &[ProblemKind::IncludeConflict],
        why: "versions of Compose differ here: Compose 2 refuses the project, Compose 5 merges the two definitions",
    },
};
