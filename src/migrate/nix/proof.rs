//! Whether generated text asks for what the project asks for: the text is read back by a parser that is not ours, evaluated, taken through
//! what the module of NixOS makes of it, and its flags are parsed; what comes out has to be the normal form that it was made from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value as Json;

use super::normal::{Network, Stack};
use super::{Backend, units};
use crate::nix::{Value, eval};

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // the names say it
pub struct Evidence {
    pub containers: usize,
    pub ports: usize,
    pub mounts: usize,
    pub networks: usize,
    pub variables: usize,
    pub flags: usize,
    pub units: usize,
}

/// A place in which two normal forms differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `containers.shop-web-1.mounts[0].source`.
    pub path: String,
    /// What is expected there; `None`: nothing.
    pub before: Option<String>,
    /// What is there.
    pub after: Option<String>,
}

/// What generated files come to. Errors: why they cannot be read.
pub fn config(files: &BTreeMap<PathBuf, String>, root: &Path) -> Result<Value, String> {
    eval::modules(&below_root(files), &[absolute(root)]).map_err(|e| e.to_string())
}

fn absolute(path: &Path) -> PathBuf {
    Path::new("/").join(path)
}

fn below_root(files: &BTreeMap<PathBuf, String>) -> eval::Files {
    files.iter().map(|(path, text)| (absolute(path), text.as_str())).collect()
}

/// What a configuration, or a part of one, says of what runs the containers.
#[derive(Clone, Copy, Debug, Default)]
struct Runs {
    /// The engine is there.
    enabled: bool,
    /// It is the one that the containers are run by.
    chosen: bool,
}

impl Runs {
    fn of(config: &Value, backend: Backend) -> Self {
        let enabled = config.at(&["virtualisation", backend.command(), "enable"]).map(Value::plain);
        let chosen = config.at(&["virtualisation", "oci-containers", "backend"]).and_then(Value::as_text);
        Self { enabled: enabled == Some(&Value::Bool(true)), chosen: chosen.as_deref() == Some(backend.command()) }
    }

    fn and(self, other: Self) -> Self {
        Self { enabled: self.enabled || other.enabled, chosen: self.chosen || other.chosen }
    }
}

/// Reads generated files back. Errors: why they cannot be read.
pub fn read(files: &BTreeMap<PathBuf, String>, root: &Path, backend: Backend) -> Result<Stack, String> {
    units::stack(&config(files, root)?, backend)
}

/// Compares what was generated with what it has to be: part by part, beside each other, and nothing may be missing in the end.
pub fn prove(files: &BTreeMap<PathBuf, String>, root: &Path, expected: &Stack, backend: Backend) -> Result<Evidence, Vec<Difference>> {
    let wrong = |after: String| vec![Difference { path: String::new(), before: None, after: Some(after) }];
    let compared = |config: &Value| {
        let stack = units::stack(config, backend)?;
        Ok((stack.is_part_of(expected).then(|| stack.count()), Runs::of(config, backend)))
    };
    let parts = eval::module_in_parts(&below_root(files), &absolute(root), compared).map_err(|e| wrong(e.to_string()))?;
    let parts: Vec<(Option<usize>, Runs)> = parts.into_iter().collect::<Result<_, _>>().map_err(wrong)?;
    let count: Option<usize> = parts.iter().map(|(count, _)| *count).sum();
    if count != Some(expected.count()) {
        return Err(differences(expected, &read(files, root, backend).map_err(wrong)?));
    }
    let runs = parts.into_iter().fold(Runs::default(), |all, (_, runs)| all.and(runs));
    let runs = runs.enabled && runs.chosen;
    if !runs && !expected.containers.is_empty() {
        return Err(wrong(format!("{backend} is not switched on as what runs the containers")));
    }
    Ok(Evidence::of(expected))
}

impl Evidence {
    /// With what was compared elsewhere.
    pub fn add(&mut self, other: Evidence) {
        let Evidence { containers, ports, mounts, networks, variables, flags, units } = other;
        self.containers += containers;
        self.ports += ports;
        self.mounts += mounts;
        self.networks += networks;
        self.variables += variables;
        self.flags += flags;
        self.units += units;
    }

    fn of(stack: &Stack) -> Self {
        let mut out = Self { containers: stack.containers.len(), units: stack.units.len(), ..Self::default() };
        for container in stack.containers.values() {
            out.ports += container.ports.len();
            out.mounts += container.mounts.len();
            out.variables += container.environment.len();
            out.flags += container.flags.values().map(Vec::len).sum::<usize>();
            out.networks += if let Network::Networks(networks) = &container.network { networks.len() } else { 1 };
        }
        out
    }
}

/// Where two normal forms differ.
pub fn differences(before: &Stack, after: &Stack) -> Vec<Difference> {
    let mut out = Vec::new();
    if let (Ok(before), Ok(after)) = (serde_json::to_value(before), serde_json::to_value(after)) {
        walk("", Some(&before), Some(&after), &mut out);
    }
    out
}

fn walk(path: &str, before: Option<&Json>, after: Option<&Json>, out: &mut Vec<Difference>) {
    match (before, after) {
        (Some(Json::Object(a)), Some(Json::Object(b))) => {
            let dot = if path.is_empty() { "" } else { "." };
            for (key, value) in a {
                walk(&format!("{path}{dot}{key}"), Some(value), b.get(key), out);
            }
            for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
                walk(&format!("{path}{dot}{key}"), None, Some(value), out);
            }
        }
        (Some(Json::Array(a)), Some(Json::Array(b))) if a != b => {
            for number in 0..a.len().max(b.len()) {
                walk(&format!("{path}[{number}]"), a.get(number), b.get(number), out);
            }
        }
        (a, b) if a == b => {}
        (a, b) => out.push(Difference { path: path.to_owned(), before: shown(a), after: shown(b) }),
    }
}

fn shown(value: Option<&Json>) -> Option<String> {
    match value? {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
