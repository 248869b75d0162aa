//! The paths of one file, written anew in place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::StepError;
use super::super::desk::Desk;
use super::graph::{Bases, Uses};
use super::notes::Notes;
use super::text::{leading_variable, rebased, variable_name};
use super::written;
use crate::compose::Semantics;
use crate::compose::paths::{Reading, is_remote, relative};
use crate::fs::join;
use crate::yaml::{Tree, edit};

/// The paths of one file on their way.
pub(super) struct Rewriting<'a> {
    pub(super) bases: &'a Bases,
    pub(super) uses: &'a Uses,
    pub(super) moved: &'a BTreeMap<PathBuf, PathBuf>,
    pub(super) changed: bool,
    /// True for a reference to another file of the project.
    pub(super) reference: bool,
    pub(super) tree: &'a Tree,
}

impl Rewriting<'_> {
    pub(super) fn path(&self, path: &written::Path, desk: &mut Desk, notes: &mut Notes) -> Result<(), StepError> {
        let Bases { before, after } = self.bases;
        let relative_path = path.reading.is_relative(&path.value);
        let target = join(before, Path::new(&path.value));
        let follows = self.reference || path.reading == Reading::Plain;
        let new = self.moved.get(&target).filter(|_| follows && (relative_path || path.value.starts_with('/')));
        let unwritable = |desk: &Desk| StepError::Unwritable { place: desk.place(path.at) };
        if !(new.is_some() || self.changed) || self.reference && is_remote(&path.value).is_some() {
            return Ok(());
        }
        let Some(node) = written::scalar(self.tree, path.at) else {
            return if relative_path || new.is_some() { Err(unwritable(desk)) } else { Ok(()) };
        };
        let text = self.tree.text(node).unwrap_or_default();
        let Some(range) = written::part(text, path, &self.uses.environment, Semantics::default()) else {
            return if relative_path || new.is_some() { Err(unwritable(desk)) } else { Ok(()) };
        };
        let raw = text.get(range.clone()).unwrap_or_default();
        if let Some(variable) = leading_variable(raw) {
            if new.is_some() {
                let path = desk.shown(&target);
                return Err(StepError::VariableReference { place: desk.place(self.tree.node(node).span), path });
            }
            if relative_path {
                return Err(StepError::VariablePath { place: desk.place(path.at), variable: variable.to_owned() });
            }
            notes.variables.entry(variable.to_owned()).or_insert_with(|| desk.place(path.at));
            // For any word in its place the path would be relative. In the short form of a mount that would be the name of a volume.
            if range.end == text.len() {
                notes.aside.extend(variable_name(variable).map(str::to_owned));
            }
            return Ok(());
        }
        let written = match new {
            Some(_) if raw.contains('$') => {
                return Err(StepError::VariableReference { place: desk.place(path.at), path: desk.shown(&target) });
            }
            Some(new) if !relative_path => new.to_string_lossy().into_owned(),
            Some(new) => {
                let to = relative(&after.to_string_lossy(), &new.to_string_lossy());
                rebased(&explicit_as(raw, &to), ".", path.reading)
            }
            None if !relative_path || before == after => return Ok(()),
            None => rebased(raw, &relative(&after.to_string_lossy(), &before.to_string_lossy()), path.reading),
        };
        let mut whole = text.to_owned();
        whole.replace_range(range, &written);
        if whole == text {
            return Ok(());
        }
        let Some(edit) = edit::replace_scalar(&desk.source(self.tree.file), self.tree, node, &whole) else {
            return Err(unwritable(desk));
        };
        let at = edit.span;
        if !desk.add(vec![edit]) {
            return Err(StepError::TwoPaths { place: desk.place(at) });
        }
        Ok(())
    }
}

/// `to` with `./` in front if the path that it takes the place of has it.
fn explicit_as(old: &str, to: &str) -> String {
    if old.starts_with("./") && !to.starts_with('.') { format!("./{to}") } else { to.to_owned() }
}
