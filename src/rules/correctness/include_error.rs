//! An `include` that leads nowhere, or in a circle.

use crate::rules::prelude::*;
use crate::rules::problems::FileProblems;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "include-error",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "`include` leads nowhere or in a circle",
        page: page!("include-error"),
    },
    rule: &FileProblems {
        kinds: &[ProblemKind::IncludeError],
        why: "Compose refuses the whole project, and the services of that file are missing here",
    },
};
