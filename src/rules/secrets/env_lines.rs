//! What the env files of a project set, and where.

use std::collections::BTreeMap;
use std::path::Path;

use crate::compose::Role;
use crate::model::Project;
use crate::secret;
use crate::source::Span;

/// One env file of a project.
pub(super) struct EnvLines<'a> {
    /// Its path.
    pub(super) path: &'a Path,
    /// Name, value and line of what it sets, in the order of the lines. Of a name that is set twice, the one that counts.
    pub(super) lines: Vec<(&'a str, &'a str, Span)>,
}

/// The env files of a project that could be read: `.env` and those of services.
pub(super) fn of(project: &Project) -> Vec<EnvLines<'_>> {
    let mut by_file: BTreeMap<_, BTreeMap<Span, (&str, &str)>> = BTreeMap::new();
    for (name, variable) in &project.environment {
        if let Some(at) = variable.at {
            by_file.entry(at.file).or_default().insert(at, (name, &variable.value));
        }
    }
    for (name, value) in project.services.values().flat_map(|s| &s.environment) {
        if let Some(text) = &value.value {
            by_file.entry(value.origin.at.file).or_default().insert(value.origin.at, (name, text));
        }
    }
    let env_files = project.files.iter().filter(|f| matches!(f.role, Role::DotEnv | Role::EnvFile(_)));
    env_files
        .map(|f| {
            let lines = by_file.remove(&f.id).unwrap_or_default();
            EnvLines { path: &f.path, lines: lines.into_iter().map(|(at, (name, value))| (name, value, at)).collect() }
        })
        .collect()
}

impl EnvLines<'_> {
    /// The lines that set a credential in plain text.
    pub(super) fn secrets(&self) -> Vec<(&str, Span)> {
        if self.lines.iter().any(|(_, value, _)| value.starts_with("ENC[") || value.contains("$ANSIBLE_VAULT")) {
            return Vec::new();
        }
        let secret = |name: &str, value: &str| {
            secret::literal_secret(name, value) || secret::token_shape(value).is_some() || secret::url_password(value).is_some()
        };
        self.lines.iter().filter(|(name, value, _)| secret(name, value)).map(|(name, _, at)| (*name, *at)).collect()
    }
}

/// Some names for a message: at most five.
pub(super) fn names(all: &[&str]) -> String {
    let shown: Vec<String> = all.iter().take(5).map(|n| format!("`{n}`")).collect();
    if all.len() > 5 { format!("{} and {} more", shown.join(", "), all.len() - 5) } else { shown.join(", ") }
}
