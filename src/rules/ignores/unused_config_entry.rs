//! An entry of the configuration that does nothing.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unused-config-entry",
        topic: Topic::Ignores,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "an entry of `.composelint.yaml` does nothing",
        page: page!("unused-config-entry"),
    },
    rule: &UnusedConfigEntry,
};

struct UnusedConfigEntry;

impl Rule for UnusedConfigEntry {
    fn fleet(&self, fleet: &Fleet, cx: &mut Cx) {
        for idle in fleet.idle {
            let report = cx.report(&Origin::at(idle.at), &idle.message).help(&idle.help);
            if idle.missed {
                report.severity(Severity::Error).why("what was to be judged is not, and nobody would miss it");
            } else {
                report.why("whoever reads it believes that it holds, and the next thing of that name falls under it unseen");
            }
        }
    }
}
