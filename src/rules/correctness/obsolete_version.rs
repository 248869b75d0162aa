//! The top-level `version`, which Compose ignores.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "obsolete-version",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Safe),
        peers: &[Peer::Dclint("no-version-field")],
        options: &[],
        summary: "the top-level `version` is ignored",
        page: page!("obsolete-version"),
    },
    rule: &Mended {
        problems: Problems {
            kinds: &[ProblemKind::ObsoleteVersion],
            why: "Compose warns about it at every command, and whoever trusts the number is misled: it no longer says which keys may be used",
        },
        fix: mend::remove_key,
    },
};
