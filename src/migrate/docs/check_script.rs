//! The script that checks every environment: plain `sh` and `awk`. It compares what Compose says today with what it said when the script was
//! written: the project's name, services, published ports, and the real names of volumes and networks. Not the hashes of services, which
//! differ between versions of Compose.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::view::View;
use crate::compose::NameSource;
use crate::compose::value::Origin;
use crate::model::{Project, profiles, shell};
use crate::shell::shell_word;

const HEAD: &str = include_str!("check_script/head.sh");

/// How an environment is started, taken apart.
struct Call {
    /// Variables that are set for it.
    variables: Vec<(String, String)>,
    /// What follows `docker compose`.
    arguments: Vec<String>,
}

pub(super) fn text(view: &View) -> String {
    let calls: Vec<Option<Call>> = view.input.environments.iter().map(|e| call(e.command)).collect();
    let mut unset: BTreeSet<&str> =
        ["CDPATH", "COMPOSE_ENV_FILES", "COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"].into_iter().collect();
    unset.extend(calls.iter().flatten().flat_map(|c| &c.variables).map(|(name, _)| name.as_str()));
    let mut out = HEAD.replace("@UNSET@", &unset.into_iter().collect::<Vec<_>>().join(" "));
    for (number, (environment, call)) in view.input.environments.iter().zip(calls).enumerate() {
        let name = shell_word(&view.words.shown(environment.name));
        let Some(call) = call else {
            let _ = write!(out, "\nprintf '%s: not checked, since its command is not one of Compose\\n' {name}\nfailed=1\n");
            continue;
        };
        out.push_str("\n(\n");
        for (variable, value) in &call.variables {
            let _ = writeln!(out, "    export {variable}={}", shell_word(&view.words.shown(value)));
        }
        let _ = write!(out, "    check {name}");
        if environment.project.services.values().any(|s| !s.profiles.is_empty()) {
            out.push_str(" --profile '*'");
        }
        for argument in &call.arguments {
            let _ = write!(out, " {}", shell_word(&view.words.shown(argument)));
        }
        out.push_str(" <<'FACTS'\n");
        for fact in facts(view, number, environment.project) {
            let _ = writeln!(out, "{fact}");
        }
        out.push_str("FACTS\n) || failed=1\n");
    }
    out.push_str("\nexit \"$failed\"\n");
    out
}

fn call(command: &str) -> Option<Call> {
    let words = shell::split(command).ok().filter(|w| w.ends_at.is_none())?.words;
    let mut rest = words.as_slice();
    let mut variables = Vec::new();
    while let [first, more @ ..] = rest
        && let Some((name, value)) = first.split_once('=')
    {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.starts_with(|c: char| c.is_ascii_digit());
        if name.is_empty() || !plain {
            return None;
        }
        variables.push((name.to_owned(), value.to_owned()));
        rest = more;
    }
    let arguments = match rest {
        [docker, compose, rest @ ..] if docker == "docker" && compose == "compose" => rest,
        [compose, rest @ ..] if compose == "docker-compose" => rest,
        _ => return None,
    };
    Some(Call { variables, arguments: arguments.to_vec() })
}

/// What Compose says of a project, a line each, sorted. A `*` stands for what a variable decides.
fn facts(view: &View, environment: usize, project: &Project) -> Vec<String> {
    let mut project = project.clone();
    for service in project.services.values_mut() {
        service.value.enabled = true;
    }
    profiles::prune(&mut project, false);
    let text = |text: &str| if view.words.shown(text) == text { json(text) } else { "*".to_owned() };
    let named = |key: &str, name: Option<&crate::model::Sourced<String>>| match name {
        Some(name) if is_variable(view, environment, &project, &name.origin) => "*".to_owned(),
        Some(name) => text(&name.value),
        None => text(key),
    };
    let mut out = Vec::new();
    let by_variable = matches!(project.name_source, NameSource::Variable(_));
    out.push(format!("project {}", if by_variable { "*".to_owned() } else { text(&project.name) }));
    for (name, service) in &project.services {
        out.push(format!("service {}", text(name)));
        for port in &service.ports {
            let host = if view.is_variable(environment, &port.origin) {
                "*".to_owned()
            } else {
                let ip = port.host_ip.as_deref().filter(|ip| !ip.is_empty()).map(|ip| format!("{}:", text(ip))).unwrap_or_default();
                format!("{ip}{}", port.published.as_deref().filter(|p| !p.is_empty()).map_or_else(|| "any".to_owned(), text))
            };
            out.push(format!("port {} {host}->{}/{}", text(name), port.target, text(&port.protocol)));
        }
    }
    out.extend(project.volumes.iter().map(|(key, v)| format!("volume {} {}", text(key), named(key, v.name.as_ref()))));
    out.extend(project.networks.iter().map(|(key, n)| format!("network {} {}", text(key), named(key, n.name.as_ref()))));
    out.sort();
    out
}

/// True for a name that a variable decides about, be it through the project's name.
fn is_variable(view: &View, environment: usize, project: &Project, origin: &Origin) -> bool {
    view.is_variable(environment, origin) || origin.is_default() && matches!(project.name_source, NameSource::Variable(_))
}

/// A text as Compose writes it in JSON, without its quotes.
fn json(text: &str) -> String {
    let quoted = serde_json::to_string(&text.replace('$', "$$")).unwrap_or_default();
    let inner = quoted.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(&quoted);
    inner.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_taken_apart() {
        let shown = |command| call(command).map(|c| format!("{:?} {:?}", c.variables, c.arguments));
        assert_eq!(shown("docker compose").as_deref(), Some("[] []"));
        assert_eq!(
            shown("APP_ENV=production A='b c' docker compose -f \"a b.yaml\"").as_deref(),
            Some(r#"[("APP_ENV", "production"), ("A", "b c")] ["-f", "a b.yaml"]"#)
        );
        assert_eq!(shown("docker-compose -p x").as_deref(), Some(r#"[] ["-p", "x"]"#));
        for other in ["", "make up", "docker run x", "docker compose up; rm x", "a-b=c docker compose", "docker compose 'x"] {
            assert!(call(other).is_none(), "{other}");
        }
    }

    #[test]
    fn text_is_written_as_compose_writes_it() {
        assert_eq!(json("a\"<b>&$\\ü"), r#"a\"\u003cb\u003e\u0026$$\\ü"#);
    }
}
