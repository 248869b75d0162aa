//! An `extends` that leads nowhere, or in a circle.

use crate::rules::prelude::*;
use crate::rules::problems::FileProblems;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "extends-error",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "`extends` leads nowhere or in a circle",
        page: page!("extends-error"),
    },
    rule: &FileProblems {
        kinds: &[ProblemKind::ExtendsError],
        why: "Compose refuses the whole project, and what the service should have inherited is missing here",
    },
};
