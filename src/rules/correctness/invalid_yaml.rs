//! A file that is not YAML, or not the YAML that Compose takes.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-yaml",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::Dclint("invalid-yaml")],
        options: &[],
        summary: "a file is not YAML",
        page: page!("invalid-yaml"),
    },
    rule: &Problems { kinds: &[ProblemKind::InvalidYaml], why: "Compose cannot read the file, so no service of the project starts" },
};
