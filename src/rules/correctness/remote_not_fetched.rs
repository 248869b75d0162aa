//! A file that lives in a git repository or a registry.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "remote-not-fetched",
        topic: Topic::Correctness,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a file from a git repository or a registry was not looked at",
        page: page!("remote-not-fetched"),
    },
    rule: &Problems {
        kinds: &[ProblemKind::RemoteNotFetched],
        why: "nothing is ever fetched, so what that file adds to the project could not be checked",
    },
};
