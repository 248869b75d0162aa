//! A container that can change its own programs.

use super::edits;
use super::hardening::lacking;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "writable-root",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[Peer::Semgrep("writable-filesystem-service"), Peer::ComposeLint("CL-0007"), Peer::Cis("5.13")],
        options: &[],
        summary: "a container can change its own programs and configuration",
        page: page!("writable-root"),
    },
    rule: &WritableRoot,
};

struct WritableRoot;

impl Rule for WritableRoot {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let at = match &service.read_only {
            Some(read_only) if read_only.value => return,
            Some(read_only) => read_only.at_key(),
            None => match lacking(service) {
                Some(at) => at,
                None => return,
            },
        };
        let edits = service.read_only.is_none().then(|| edits::with_key(at.at, "read_only", "true", cx)).flatten();
        let report = cx.report(&at, format!("`{}` can write to its whole file system", service.name))
            .why("whoever gets in can leave programs there and change those that are; and data that is written outside of a volume is lost with the container")
            .help("write `read_only: true`, a `tmpfs` for what it writes while it runs (often `/tmp` and `/run`), and a volume for what it keeps");
        if let Some(edits) = edits {
            report.fix("add `read_only: true`: what the program writes outside of its volumes then fails", Applicability::Unsafe, edits);
        }
    }
}
