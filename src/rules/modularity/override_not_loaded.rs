//! A file that looks like the override of another one, and that Compose never loads.

use std::path::Path;

use crate::compose::Role;
use crate::discover::{Kind, Reason};
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "override-not-loaded",
        topic: Topic::Modularity,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a file that looks like an override, which Compose never loads",
        page: page!("override-not-loaded"),
    },
    rule: &OverrideNotLoaded,
};

struct OverrideNotLoaded;

impl Rule for OverrideNotLoaded {
    fn host(&self, host: &Host, cx: &mut Cx) {
        for skipped in host.skipped.iter().filter(|s| s.reason == Reason::OverrideOfFragment) {
            included(&skipped.path, host, cx);
        }
        for entry in host.entries {
            let Kind::Variant { of } = &entry.kind else { continue };
            let Some(path) = entry.files.last().filter(|p| is_nearly(p)) else { continue };
            let (name, base) = (name(path), name(of));
            cx.report_path(path, format!("Compose does not load `{name}` by itself: that is not how it spells an override file"))
                .why(format!("`docker compose up` starts `{base}` without it, and says nothing"))
                .help("call it `compose.override.yaml`, or name both files with `-f` or in `COMPOSE_FILE`");
        }
    }
}

/// The override of a file that is only included: said where that file is included.
fn included(path: &Path, host: &Host, cx: &mut Cx) {
    let message = format!("`{}` is never loaded: the file that it overrides is only included, and then it is left out", name(path));
    let why = "Compose looks for an override file beside the file that it is started with, and nowhere else";
    let mut places: Vec<(Span, &Path)> = Vec::new();
    for file in host.projects.iter().flat_map(|p| &p.files) {
        let beside = file.path.parent() == path.parent() && DEFAULT.contains(&name(&file.path).as_str());
        if let (Role::Include(at) | Role::Extends(at), true) = (&file.role, beside) {
            places.push((*at, &file.path));
        }
    }
    places.sort_unstable_by_key(|(at, _)| *at);
    match places.first() {
        Some((at, base)) => {
            cx.report(&Origin::at(*at), message).why(why).help(format!(
                "include both as one: `- path: [{}, {}]`, each with its directory",
                name(base),
                name(path)
            ));
        }
        None => {
            cx.report_path(path, message).why(why).help("include both as one: `- path: [compose.yaml, compose.override.yaml]`");
        }
    }
}

const DEFAULT: &[&str] = &["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).display().to_string()
}

/// True for `docker-compose-override.yml` and `compose.overrides.yaml`: but for one character it would be loaded.
fn is_nearly(path: &Path) -> bool {
    let name = name(path).to_ascii_lowercase();
    let Some(stem) = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")) else { return false };
    let plain: String = stem.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.strip_prefix("docker").unwrap_or(&plain);
    matches!(plain, "composeoverride" | "composeoverrides" | "composeoveride" | "overridecompose")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_is_a_slip_and_not_another_purpose() {
        for name in ["docker-compose-override.yml", "compose.overrides.yaml", "docker_compose_override.yml", "docker-compose.overide.yml"] {
            assert!(is_nearly(Path::new(name)), "{name}");
        }
        for name in ["docker-compose.override.prod.yml", "compose.dev.yaml", "docker-compose.override-local.yml", "compose.yaml"] {
            assert!(!is_nearly(Path::new(name)), "{name}");
        }
    }
}
