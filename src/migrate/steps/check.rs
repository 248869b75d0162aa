//! Whether a step changes of the projects what it says, and nothing else.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::StepError;
use crate::compose::Loader;
use crate::compose::problem::{ModelPath, Part, ProblemKind};
use crate::fs::Fs;
use crate::migrate::plan::{Accepted, EntryPoint, Plan};
use crate::model;
use crate::resolved;
use crate::source::Sources;

/// Changes that a step makes on purpose.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<(ModelPath, String)>);

impl Changes {
    pub(super) fn add(&mut self, keys: &[&str], why: impl Into<String>) {
        let path = ModelPath::keys(keys);
        if !self.0.iter().any(|(known, _)| *known == path) {
            self.0.push((path, why.into()));
        }
    }

    /// Puts the changes into the plan that has the new files, once it is certain that there are no others. `before` is the plan without.
    pub(super) fn accept(self, what: &'static str, before: &Plan, plan: &mut Plan, disk: &dyn Fs) -> Result<(), StepError> {
        let (old, new) = (before.preview(disk), plan.preview(disk));
        for entry in &plan.entries {
            if let Some(path) = self.more(entry, &old, &new) {
                return Err(StepError::ChangesMore { what, path });
            }
        }
        for (path, why) in self.0 {
            let path = path.to_string();
            if !plan.accepted.iter().any(|known| known.path == path) {
                plan.accepted.push(Accepted { path, why });
            }
        }
        Ok(())
    }

    /// Where a project differs otherwise. That it is refused for less is no change that anybody minds.
    fn more(&self, entry: &EntryPoint, old: &dyn Fs, new: &dyn Fs) -> Option<String> {
        let ((before, was), (after, is)) = (self.without(entry, old), self.without(entry, new));
        let refused = is.iter().find(|(kind, count)| was.get(kind).is_none_or(|before| *count > before));
        refused.map(|(kind, _)| format!("{kind:?}")).or_else(|| difference(&before, &after, String::new()))
    }

    /// A project without what changes on purpose, and what it is refused for.
    fn without(&self, entry: &EntryPoint, disk: &dyn Fs) -> (Json, BTreeMap<ProblemKind, usize>) {
        let sources = Sources::new();
        let loader = Loader::new(disk, &sources);
        let project = model::whole(&loader, &entry.after);
        let mut json = resolved::json(&project, entry.after.semantics);
        for (path, _) in &self.0 {
            remove(&mut json, &path.0);
        }
        let mut refused = BTreeMap::new();
        for problem in project.problems.iter().filter(|p| p.refused) {
            *refused.entry(problem.kind).or_default() += 1;
        }
        (json, refused)
    }
}

/// Takes a place away, and what is left empty by that.
fn remove(json: &mut Json, path: &[Part]) {
    let [Part::Key(key), rest @ ..] = path else { return };
    let Some(map) = json.as_object_mut() else { return };
    if rest.is_empty() {
        map.shift_remove(key);
    } else if let Some(inner) = map.get_mut(key) {
        remove(inner, rest);
        let empty = inner.is_null() || inner.as_object().is_some_and(serde_json::Map::is_empty);
        if empty {
            map.shift_remove(key);
        }
    }
}

/// The first place at which two values differ; keys only, never values.
fn difference(a: &Json, b: &Json, path: String) -> Option<String> {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => {
            let empty = |v: Option<&Json>| v.is_none_or(|v| v.is_null() || v.as_object().is_some_and(serde_json::Map::is_empty));
            a.keys().chain(b.keys()).find_map(|key| {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => difference(a, b, path),
                    (a, b) => (!(empty(a) && empty(b))).then_some(path),
                }
            })
        }
        (a, b) => (a != b).then_some(path),
    }
}
