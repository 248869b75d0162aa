//! Two files whose values cannot be merged.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "merge-conflict",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two files give one key values that cannot be merged",
        page: page!("merge-conflict"),
    },
    rule: &Problems { kinds: &[ProblemKind::MergeConflict], why: "Compose refuses the whole project, not only this key" },
};
