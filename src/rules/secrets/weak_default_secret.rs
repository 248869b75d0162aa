//! A password that everybody tries first.

use std::collections::BTreeSet;

use super::env_lines;
use super::places::{self, in_compose_file};
use crate::compose::{Role, VariableUse};
use crate::rules::prelude::*;
use crate::secret;
use crate::source::Span;

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

const WHY: &str = "it is in the first thousand that an attacker tries";

impl Rule for WeakDefaultSecret {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        for pair in places::pairs(service) {
            if !secret::credential_key(pair.name) || !in_compose_file(pair.origin) {
                continue;
            }
            if pair.origin.is_literal() {
                if secret::weak(pair.value) {
                    let message = format!("{}`{}` of `{}` is a password that everybody tries first", pair.what, pair.name, service.name);
                    cx.report(pair.origin, message).why(WHY).help("choose a long random one, and keep it outside the file");
                }
                continue;
            }
            let fallback = project.variables.iter().find(|u| u.at == pair.origin.at && falls_back_to_weak(u));
            if let Some(fallback) = fallback {
                let what = format!("{}`{}` of `{}`", pair.what, pair.name, service.name);
                report_fallback(&what, fallback, pair.origin, cx);
            }
        }
        for (what, command) in places::commands(service).into_iter().filter(|(_, c)| c.origin.is_literal()) {
            // `--requirepass changeme`; what is not so weak is `secret-in-command`.
            if command.windows(2).any(|w| matches!(w, [flag, value] if weak_flag(flag, value)))
                || command.iter().any(|w| w.split_once('=').is_some_and(|(flag, value)| weak_flag(flag, value)))
            {
                let message = format!("the {what} of `{}` holds a password that everybody tries first", service.name);
                cx.report(&command.origin, message).why(WHY).help("choose a long random one, and keep it outside the file");
            }
        }
    }

    fn project(&self, project: &Project, cx: &mut Cx) {
        // Where the name of the variable says what it is, and not the key: `--requirepass ${REDIS_PASSWORD:-redis}`.
        let mut said: BTreeSet<Span> = project
            .services
            .values()
            .flat_map(|s| places::pairs(s))
            .filter(|p| secret::credential_key(p.name))
            .map(|p| p.origin.at)
            .collect();
        for fallback in project.variables.iter().filter(|u| secret::credential_key(&u.name) && falls_back_to_weak(u)) {
            if said.insert(fallback.at) {
                report_fallback(&format!("`{}`", fallback.name), fallback, &Origin::at(fallback.at), cx);
            }
        }
        for file in env_lines::of(project) {
            let for_service = project.files.iter().any(|f| f.path == file.path && matches!(f.role, Role::EnvFile(_)));
            let used = |name: &str| for_service || project.variables.iter().any(|v| v.name == name);
            for (name, value, at) in &file.lines {
                if secret::credential_key(name) && secret::weak(value) && used(name) {
                    // In a repository an env file is often an example; on the host it is what runs.
                    let severity = if cx.mode == Mode::Check { Severity::Info } else { Severity::Warning };
                    cx.report(&Origin::at(*at), format!("`{name}` is a password that everybody tries first"))
                        .severity(severity)
                        .why(WHY)
                        .help("choose a long random one");
                }
            }
        }
    }
}

fn weak_flag(flag: &str, value: &str) -> bool {
    flag.strip_prefix("--").is_some_and(secret::credential_key) && secret::weak(value)
}

/// The default as written counts also where the variable is set today: it works on the day the `.env` is forgotten.
fn falls_back_to_weak(u: &VariableUse) -> bool {
    u.operator.as_ref().is_some_and(|(operator, word)| operator.ends_with('-') && secret::weak(word))
}

fn report_fallback(what: &str, fallback: &VariableUse, origin: &Origin, cx: &mut Cx) {
    let (falls, severity) = if fallback.set { ("would fall", Severity::Info) } else { ("falls", Severity::Warning) };
    cx.report(origin, format!("{what} {falls} back to a password that everybody tries first"))
        .severity(severity)
        .why(format!("{WHY}; and a forgotten `.env` is not noticed, because the service starts all the same"))
        .help("write `:?` instead of the default: then Compose refuses to start without a value");
}
