//! A file of services without images that no project reaches.

use crate::discover::Reason;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "fragment-unreachable",
        topic: Topic::Modularity,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a part of a project that no project uses",
        page: page!("fragment-unreachable"),
    },
    rule: &FragmentUnreachable,
};

struct FragmentUnreachable;

impl Rule for FragmentUnreachable {
    fn host(&self, host: &Host, cx: &mut Cx) {
        for skipped in host.skipped.iter().filter(|s| s.reason == Reason::NoBase) {
            cx.report_path(&skipped.path, "no project here includes, extends or overrides anything with this file")
                .why("services in it have no image, so it cannot be started by itself; it may be left over from something that was removed")
                .help("remove it, name it where it belongs, or list the files that go together under `projects` in `.composelint.yaml`");
        }
    }
}
