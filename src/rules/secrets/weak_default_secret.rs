//! A password that everybody tries first.

use crate::compose::value::{Definition, Step};
use crate::rules::prelude::*;
use crate::secret;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "weak-default-secret",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        summary: "a password that everybody tries first",
        page: page!("weak-default-secret"),
    },
    rule: &WeakDefaultSecret,
};

struct WeakDefaultSecret;

impl Rule for WeakDefaultSecret {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for (name, value) in &service.environment {
            let from_file = value.origin.via.iter().any(|s| matches!(s, Step::File(_)));
            let Some(text) = value.as_deref().filter(|t| !from_file && secret::credential_key(name) && secret::weak(t)) else { continue };
            let mut variables = value.origin.variables().peekable();
            if variables.peek().is_none() {
                let message = format!("`{name}` of `{}` is a password that everybody tries first", service.name);
                cx.report(&value.origin, message).why(WHY).help("choose a long random one, and keep it outside the file");
            } else if variables.all(|(_, defined)| *defined == Definition::Default) && !text.is_empty() {
                let message = format!("`{name}` of `{}` falls back to a password that everybody tries first", service.name);
                cx.report(&value.origin, message)
                    .why(format!("{WHY}; and a forgotten `.env` is not noticed, because the service starts all the same"))
                    .help("write `:?` instead of the default: then Compose refuses to start without a value");
            }
        }
    }
}

const WHY: &str = "it is in the first thousand that an attacker tries";
