//! A restart policy that `docker compose config` takes and the engine refuses.

use crate::compose::value::Definition;
use crate::nearest::nearest;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-restart",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a `restart` that the engine does not know",
        page: page!("invalid-restart"),
    },
    rule: &InvalidRestart,
};

struct InvalidRestart;

const POLICIES: &[&str] = &["no", "always", "unless-stopped", "on-failure"];
/// Words for "do not restart".
const NEVER: &[&str] = &["never", "none", "false", "off"];

impl Rule for InvalidRestart {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(restart) = &service.restart else { return };
        if is_policy(restart) || restart.origin.variables().any(|(_, d)| *d == Definition::Unset) {
            return;
        }
        let literal = cx.sources.get(restart.origin.at.file).slice(restart.origin.at).trim_matches(['"', '\'']) == restart.as_str();
        let variable = restart.origin.variables().last().map(|(name, _)| name.to_owned());
        let message = match &variable {
            Some(_) => format!("`{}` has a restart policy that does not exist", service.name),
            None => format!("`{}` has a restart policy that does not exist: `{}`", service.name, restart.value),
        };
        let report = cx
            .report(&restart.origin, message)
            .why("`docker compose config` takes it, and the engine then refuses to create the container");
        match (meant(restart), variable) {
            (None, _) => {
                report.help("there are `\"no\"`, `always`, `unless-stopped`, `on-failure` and `on-failure:5`");
            }
            (Some(meant), Some(variable)) => {
                report.help(format!("set `{variable}` so that it becomes `{}`", meant.trim_matches('"')));
            }
            (Some(meant), None) => {
                let report = report.help(format!("write `restart: {meant}`"));
                if literal {
                    let title = format!("write `{meant}`, so that the container starts and restarts that way");
                    report.fix(title, Applicability::Unsafe, vec![Edit { span: restart.origin.at, text: meant }]);
                }
            }
        }
    }
}

/// What the engine takes. Only `on-failure` has a number of attempts.
fn is_policy(text: &str) -> bool {
    match text.split_once(':') {
        Some((policy, attempts)) => policy == "on-failure" && !attempts.is_empty() && attempts.bytes().all(|b| b.is_ascii_digit()),
        None => text.is_empty() || POLICIES.contains(&text),
    }
}

/// What was most likely meant, as it is written in a file.
fn meant(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase().replace('_', "-");
    let policy = lower.split(':').next().unwrap_or_default();
    let attempts: String = lower.chars().filter(char::is_ascii_digit).collect();
    let policy = if NEVER.contains(&policy) { "no" } else { nearest(policy, POLICIES.iter().copied())? };
    Some(match policy {
        "no" => "\"no\"".to_owned(),
        "on-failure" if !attempts.is_empty() => format!("on-failure:{attempts}"),
        _ => policy.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_takes_and_what_was_meant() {
        for text in ["", "no", "always", "unless-stopped", "on-failure", "on-failure:3"] {
            assert!(is_policy(text), "{text}");
        }
        for (text, wanted) in [
            ("unless_stopped", Some("unless-stopped")),
            ("on-failure:[3]", Some("on-failure:3")),
            ("on-failure:", Some("on-failure")),
            ("always:3", Some("always")),
            ("Always", Some("always")),
            ("never", Some("\"no\"")),
            ("sometimes", None),
        ] {
            assert!(!is_policy(text), "{text}");
            assert_eq!(meant(text).as_deref(), wanted, "{text}");
        }
    }
}
