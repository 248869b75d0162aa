//! A config that no service gets.

use crate::rules::prelude::*;
use crate::rules::unused;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unused-config",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a declared config that no service gets",
        page: page!("unused-config"),
    },
    rule: &UnusedConfig,
};

struct UnusedConfig;

impl Rule for UnusedConfig {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let used = |name: &str| project.services.values().any(|s| s.configs.iter().any(|r| r.source == name));
        for (name, config) in unused::declared(project, &project.configs) {
            if !used(name) {
                let key = config.at_key();
                let fix = mend::remove_unused("config", name, &key, cx);
                cx.report(&key, format!("no service gets the config `{name}`"))
                    .why("either the service that needs it looks for its file in vain, or the config is left over")
                    .help("add it to the `configs` of the service it is for, or remove it")
                    .maybe_fix(fix);
            }
        }
    }
}
