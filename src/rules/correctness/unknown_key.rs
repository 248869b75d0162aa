//! A key that Compose does not know.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unknown-key",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a key that Compose does not know",
        page: page!("unknown-key"),
    },
    rule: &Mended {
        problems: Problems { kinds: &[ProblemKind::UnknownKey], why: "Compose refuses the whole project, not only this key" },
        fix: mend::rename,
    },
};
