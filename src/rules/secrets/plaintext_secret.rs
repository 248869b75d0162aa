//! A password or key written into a Compose file, known by the name of what it is given to.

use std::collections::{BTreeMap, BTreeSet};

use super::places;
use crate::compose::VariableUse;
use crate::rules::prelude::*;
use crate::secret;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "plaintext-secret",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::ComposeLint("CL-0020")],
        options: &[],
        summary: "a password or key stands in the file",
        page: page!("plaintext-secret"),
    },
    rule: &PlaintextSecret,
};

struct PlaintextSecret;

const WHY: &str = "whoever may read the file knows it, now and in every old commit";
const HELP: &str = "write `${NAME:?}` here and keep the value in an `.env` that git does not track; or use a top-level `secrets` entry, where the image reads `NAME_FILE`";

/// True if a value is a secret by its name, and nothing that another rule speaks of: tokens are `provider-token`, passwords that everybody
/// tries first are `weak-default-secret`.
pub(crate) fn secret_of(name: &str, value: &str) -> bool {
    secret::literal_secret(name, value) && !secret::weak(value) && secret::provider_tokens(value).is_empty()
}

impl Rule for PlaintextSecret {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for pair in places::pairs(service).into_iter().filter(|p| p.origin.is_literal()) {
            let (what, name, value) = (pair.what, pair.name, pair.value);
            let message = if secret::password_hash(value) {
                format!("{what}`{name}` of `{}` holds the hash of a password", service.name)
            } else if secret_of(name, value) {
                format!("{what}`{name}` of `{}` holds a secret in plain text", service.name)
            } else {
                continue;
            };
            let report = cx.report(pair.origin, message).help(HELP);
            if pair.shown {
                report.why("whoever may read the file knows it, and so does everybody who may ask the engine: it is shown by `docker inspect` or `docker history`");
            } else {
                report.why(WHY);
            }
        }
    }

    fn project(&self, project: &Project, cx: &mut Cx) {
        for (name, config) in &project.configs {
            if let Some(content) = config.content.as_ref().filter(|c| c.origin.is_literal()) {
                let known =
                    |text: &str| !secret::weak(text) && secret::provider_tokens(text).is_empty() && secret::url_passwords(text).is_empty();
                let found = content.lines().any(|line| {
                    let addresses = secret::url_passwords(line);
                    let elsewhere = |r: &std::ops::Range<usize>| addresses.iter().any(|a| a.start < r.end && r.start < a.end);
                    secret::ranges(line).iter().any(|r| !elsewhere(r) && line.get(r.clone()).is_some_and(known))
                });
                if found {
                    cx.report(&content.origin, format!("the content of the config `{name}` holds a secret in plain text"))
                        .why(WHY)
                        .help("put the secret into a variable, `${NAME:?}`, or the whole content into a file that git does not track");
                }
            }
        }
        for (name, inline) in &project.secrets {
            if let Some(content) = inline.content.as_ref().filter(|c| c.origin.is_literal())
                && !secret::placeholder(content)
                && secret::provider_tokens(content).is_empty()
            {
                cx.report(&content.origin, format!("the content of the secret `{name}` stands in the file"))
                    .why(WHY)
                    .help("use `environment: NAME` to take it from a variable, or `file:` to take it from a file that git does not track");
            }
        }
        for (name, volume) in &project.volumes {
            for (option, value) in volume.driver_opts.iter().filter(|(_, v)| v.origin.is_literal()) {
                // `o: username=media,password=…` is how CIFS mounts are written.
                let inside = value.split(',').filter_map(|part| part.split_once('=')).any(|(key, value)| secret_of(key.trim(), value));
                if inside || secret_of(option, value) {
                    cx.report(&value.origin, format!("the options of the volume `{name}` hold a password in plain text"))
                        .why(WHY)
                        .help("write `password=${NAME:?}`, or `credentials=/path` with a file that only root can read");
                }
            }
        }
        defaults(project, cx);
    }
}

/// `${PASSWORD:-the real one}`.
fn defaults(project: &Project, cx: &mut Cx) {
    let mut said: BTreeSet<Span> = BTreeSet::new();
    // Every variable of every file is looked up here.
    let mut names: BTreeMap<Span, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in project.services.values().flat_map(|s| &s.environment) {
        if places::in_compose_file(&value.origin) {
            names.entry(value.origin.at).or_default().insert(name);
        }
    }
    let fallback = |u: &VariableUse| match &u.operator {
        Some((operator, word)) if operator.ends_with('-') && !word.contains('$') => Some(word.clone()),
        _ => None,
    };
    for variable in &project.variables {
        let Some(word) = fallback(variable) else { continue };
        // The name of the variable tells, or the name of what gets it.
        let given = || names.get(&variable.at).is_some_and(|names| names.iter().any(|name| secret_of(name, &word)));
        if !(secret_of(&variable.name, &word) || given()) || !said.insert(variable.at) {
            continue;
        }
        let falls = if variable.set { "would fall" } else { "falls" };
        let report = cx.report(&Origin::at(variable.at), format!("`{}` {falls} back to a secret that stands in the file", variable.name));
        let report = if variable.set { report.severity(Severity::Info) } else { report };
        report
            .why(format!("{WHY}; and a forgotten `.env` is not noticed, because the service starts all the same"))
            .help("write `:?` instead of the default: then Compose refuses to start without a value");
    }
}
