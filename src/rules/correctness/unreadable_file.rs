//! A file of the project that cannot be read.

use crate::rules::prelude::*;
use crate::rules::problems::FileProblems;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unreadable-file",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a file of the project cannot be read",
        page: page!("unreadable-file"),
    },
    rule: &FileProblems {
        kinds: &[ProblemKind::UnreadableFile],
        why: "Compose stops here, and nothing that is written in the file could be checked",
    },
};
