//! A secret that no service gets.

use crate::rules::prelude::*;
use crate::rules::unused;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unused-secret",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a declared secret that no service gets",
        page: page!("unused-secret"),
    },
    rule: &UnusedSecret,
};

struct UnusedSecret;

impl Rule for UnusedSecret {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let used = |name: &str| {
            project.services.values().any(|s| {
                let build = s.build.iter().flat_map(|b| &b.secrets);
                s.secrets.iter().chain(build).any(|r| r.source == name)
            })
        };
        for (name, secret) in unused::declared(project, &project.secrets) {
            if !used(name) {
                let key = secret.at_key();
                let fix = mend::remove_unused("secret", name, &key, cx);
                cx.report(&key, format!("no service gets the secret `{name}`"))
                    .why("either the service that needs it looks for `/run/secrets` in vain, or the secret lies about for nothing")
                    .help("add it to the `secrets` of the service it is for, or remove it")
                    .maybe_fix(fix);
            }
        }
    }
}
