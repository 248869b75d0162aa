//! Values as they are shown: short forms where Compose has them, paths relative to the project directory, and never the value of a
//! variable that is named like a secret. What else may not be shown is for the report to hide, which knows all secrets of a run.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::side::{Side, volume_of};
use crate::secret;

/// What stands where a secret stood.
pub(super) const STARS: &str = "***";

/// The value of a place, in words that fit on a line.
pub(super) fn of(side: &Side, words: &[&str], value: &Json) -> String {
    match words {
        ["services", _] => service(side, value),
        ["services", _, "ports", _] => port(value),
        ["services", _, "volumes", _] if value.is_object() => mount(side, value),
        ["services", _, "secrets" | "configs", _] | ["services", _, "build", "secrets", _] if value.is_object() => file(value),
        ["services", _, "depends_on", _] => {
            value.get("condition").and_then(Json::as_str).map_or_else(|| flow("", value), |c| c.trim_start_matches("service_").to_owned())
        }
        ["services", _, "build", "context" | "additional_contexts", ..]
        | ["services", _, "develop", "watch", _, "path"]
        | ["services", _, "env_file" | "label_file", ..]
        | ["secrets" | "configs", _, "file"]
        | ["volumes", _, "driver_opts", "device"] => value.as_str().map_or_else(|| flow("", value), |path| side.shown(path)),
        ["volumes" | "networks" | "secrets" | "configs", name] => {
            let real = value.get("name").and_then(Json::as_str).unwrap_or(name);
            if value.get("external") == Some(&Json::Bool(true)) { format!("{real} (external)") } else { real.to_owned() }
        }
        _ => flow(words.last().copied().unwrap_or_default(), value),
    }
}

/// True if the value of a variable, label, argument or option of this name may not be shown.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    // A variable is not its value; an empty text is nobody's password.
    let expression = value.starts_with("${") && value.ends_with('}') && secret::default_of(value).is_none();
    !value.is_empty() && !expression && (secret::credential_key(name) || secret::literal_secret(name, value))
}

fn service(side: &Side, body: &Json) -> String {
    let built = body.get("build").map(|build| match build.get("context").and_then(Json::as_str) {
        Some(context) => format!("built from {}", side.shown(context)),
        None => "built".to_owned(),
    });
    let image = body.get("image").and_then(Json::as_str).map(str::to_owned);
    built.or(image).unwrap_or_else(|| "a service".to_owned())
}

/// `127.0.0.1:8080:80/udp`.
pub(super) fn port(port: &Json) -> String {
    if !port.is_object() {
        return flow("", port);
    }
    let text = |key: &str| match port.get(key) {
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let (host, published, protocol) = (text("host_ip"), text("published"), text("protocol"));
    let mut out = String::new();
    if !host.is_empty() {
        // Writing to a String cannot fail.
        let _ = if host.contains(':') { write!(out, "[{host}]:") } else { write!(out, "{host}:") };
    }
    if !published.is_empty() || !host.is_empty() {
        out.push_str(&published);
        out.push(':');
    }
    out.push_str(&text("target"));
    if !matches!(protocol.as_str(), "" | "tcp") {
        out.push('/');
        out.push_str(&protocol);
    }
    for (key, usual) in [("mode", "ingress"), ("name", ""), ("app_protocol", "")] {
        if !text(key).is_empty() && text(key) != usual {
            let _ = write!(out, " ({key} {})", text(key));
        }
    }
    out
}

/// `data:/data:ro`, `./data:/data`, `tmpfs at /run`.
pub(super) fn mount(side: &Side, mount: &Json) -> String {
    let text = |key: &str| mount.get(key).and_then(Json::as_str).unwrap_or_default();
    let target = text("target");
    let read_only = if mount.get("read_only") == Some(&Json::Bool(true)) { ":ro" } else { "" };
    match (text("type"), volume_of(mount)) {
        ("volume", Some(key)) => match side.real_name("volumes", key) {
            real if real == key => format!("{key}:{target}{read_only}"),
            real => format!("{key}:{target}{read_only} (volume {real})"),
        },
        ("volume", None) => format!("an anonymous volume at {target}"),
        ("bind", _) => format!("{}:{target}{read_only}", side.shown(text("source"))),
        ("tmpfs", _) => format!("tmpfs at {target}"),
        (kind, _) => format!("{kind} {}:{target}{read_only}", text("source")),
    }
}

/// `db`, `db at /etc/db`, and what else is said of it.
fn file(reference: &Json) -> String {
    let text = |key: &str| reference.get(key).and_then(Json::as_str).unwrap_or_default();
    let (source, target) = (text("source"), text("target"));
    let mut out = source.to_owned();
    if !target.is_empty() && target != format!("/run/secrets/{source}") {
        let _ = write!(out, " at {target}");
    }
    for key in ["uid", "gid", "mode"].into_iter().filter(|key| !text(key).is_empty()) {
        let _ = write!(out, " ({key} {})", text(key));
    }
    out
}

/// A value in YAML's flow style, without the quotes that nobody needs to read it. `name`: of what it is the value.
pub(super) fn flow(name: &str, value: &Json) -> String {
    match value {
        Json::Null => "(nothing)".to_owned(),
        Json::String(text) if is_secret(name, text) => STARS.to_owned(),
        Json::String(text) if text.is_empty() => "\"\"".to_owned(),
        Json::String(text) => text.clone(),
        Json::Bool(_) | Json::Number(_) => value.to_string(),
        Json::Array(items) => {
            let words: Vec<String> = items.iter().map(|item| flow(name, item)).collect();
            let mut words: Vec<String> = words;
            for (index, range) in secret::command_secrets(&words.clone()) {
                if let Some(word) = words.get_mut(index)
                    && word.get(range.clone()).is_some()
                {
                    word.replace_range(range, STARS);
                }
            }
            format!("[{}]", words.join(", "))
        }
        Json::Object(map) => {
            let shown = map.iter().filter(|(_, v)| !is_nothing(v));
            let entries: Vec<String> = shown.map(|(k, v)| format!("{k}: {}", flow(k, v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// What Compose prints although nobody wrote it.
fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.values().all(is_nothing),
        _ => false,
    }
}
