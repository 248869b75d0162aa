//! A service mounts a volume that the project does not declare.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "undefined-volume",
        topic: Topic::Volumes,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a service mounts a volume that the project does not declare",
        page: page!("undefined-volume"),
    },
    rule: &Mended {
        problems: Problems { kinds: &[ProblemKind::UndefinedVolume], why: "Compose refuses the whole project, not only this service" },
        fix: mend::rename_or_declare,
    },
};
