//! A password that everybody tries first.

use crate::compose::value::Step;
use crate::rules::prelude::*;
use crate::secret;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "weak-default-secret",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a password that everybody tries first",
        page: page!("weak-default-secret"),
    },
    rule: &WeakDefaultSecret,
};

struct WeakDefaultSecret;

impl Rule for WeakDefaultSecret {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        for (name, value) in service.environment.iter().filter(|(name, _)| secret::credential_key(name)) {
            let from_file = value.origin.via.iter().any(|s| matches!(s, Step::File(_)));
            let Some(text) = value.as_deref().filter(|_| !from_file) else { continue };
            if value.origin.variables().next().is_none() {
                if secret::weak(text) {
                    let message = format!("`{name}` of `{}` is a password that everybody tries first", service.name);
                    cx.report(&value.origin, message).why(WHY).help("choose a long random one, and keep it outside the file");
                }
                continue;
            }
            // The default as written counts also where the variable is set today: it works on the day the `.env` is forgotten.
            let mut uses = project.variables.iter().filter(|u| u.at == value.origin.at);
            let weak =
                |u: &&crate::compose::VariableUse| u.operator.as_ref().is_some_and(|(op, word)| op.ends_with('-') && secret::weak(word));
            let Some(fallback) = uses.find(weak) else { continue };
            let (falls, severity) = if fallback.set { ("would fall", Severity::Info) } else { ("falls", Severity::Warning) };
            let message = format!("`{name}` of `{}` {falls} back to a password that everybody tries first", service.name);
            cx.report(&value.origin, message)
                .severity(severity)
                .why(format!("{WHY}; and a forgotten `.env` is not noticed, because the service starts all the same"))
                .help("write `:?` instead of the default: then Compose refuses to start without a value");
        }
    }
}

const WHY: &str = "it is in the first thousand that an attacker tries";
