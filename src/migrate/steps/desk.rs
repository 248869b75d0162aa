//! The texts that a step changes: what may be edited, and the edits on their way into the plan. Knows YAML, not what the edits are for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::StepError;
use crate::compose::open::{Loader, Parsed};
use crate::fix::Barred;
use crate::fs::Fs;
use crate::migrate::plan::Plan;
use crate::source::{Edit, FileId, Source, Span, apply};
use crate::yaml::{self, Tree};

/// Texts as they will be before the step, and what it changes of them.
pub(super) struct Desk<'a> {
    pub(super) loader: &'a Loader<'a>,
    root: PathBuf,
    edits: BTreeMap<FileId, Vec<Edit>>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(loader: &'a Loader<'a>, root: &Path) -> Self {
        Self { loader, root: root.to_path_buf(), edits: BTreeMap::new() }
    }

    /// A file of YAML.
    pub(super) fn open(&self, path: &Path) -> Result<Parsed, StepError> {
        self.loader.open(path).map_err(|error| StepError::Unreadable(error.message))
    }

    pub(super) fn source(&self, file: FileId) -> Arc<Source> {
        self.loader.sources.get(file)
    }

    pub(super) fn tree(&self, file: FileId) -> Option<Arc<Tree>> {
        self.loader.tree(file)
    }

    /// A path for a message.
    pub(super) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// `compose.yaml:12` for a message.
    pub(super) fn place(&self, at: Span) -> String {
        let source = self.source(at.file);
        format!("`{}:{}`", self.shown(&source.path), source.position(at.start).line)
    }

    /// Whether a file may be edited: it is a text below the root, the whole of it YAML.
    pub(super) fn editable(&self, file: FileId) -> Result<(), Barred> {
        let source = self.source(file);
        let disk = self.loader.fs;
        let root = disk.canonicalize(&self.root).unwrap_or_else(|_| self.root.clone());
        let path = disk.canonicalize(&source.path).map_err(|_| Barred::Outside)?;
        if !path.starts_with(root) || !source.path.starts_with(&self.root) {
            return Err(Barred::Outside);
        }
        if self.tree(file).is_none_or(|tree| !tree.errors.is_empty()) {
            return Err(Barred::NotYaml);
        }
        match disk.read(&path, u64::MAX) {
            Ok(bytes) if bytes == source.text.as_bytes() => Ok(()),
            _ => Err(Barred::Encoding),
        }
    }

    /// Adds edits; those of one place come into the text in the order in which they are added, and the same one counts once. False: they
    /// would meet what is there already.
    pub(super) fn add(&mut self, edits: Vec<Edit>) -> bool {
        let new: Vec<Edit> = edits.into_iter().filter(|e| !self.edits.get(&e.span.file).is_some_and(|known| known.contains(e))).collect();
        let meets = |a: &Edit, b: &Edit| {
            a.span.file == b.span.file
                && (a.span.start < b.span.end && b.span.start < a.span.end || a.span == b.span && a.span.start < a.span.end)
        };
        if new.iter().any(|e| self.edits.get(&e.span.file).is_some_and(|known| known.iter().any(|k| meets(k, e)))) {
            return false;
        }
        for edit in new {
            self.edits.entry(edit.span.file).or_default().push(edit);
        }
        true
    }

    /// The new text of a file; `None`: nothing changes in it.
    pub(super) fn text(&self, file: FileId) -> Result<Option<String>, StepError> {
        let source = self.source(file);
        let Some(edits) = self.edits.get(&file) else { return Ok(None) };
        self.editable(file).map_err(|why| StepError::Barred { path: self.shown(&source.path), why })?;
        let broken = || StepError::Broken(self.shown(&source.path));
        let text = apply(&source.text, edits).ok_or_else(broken)?;
        let documents = self.tree(file).map_or(0, |tree| tree.documents.len());
        let tree = yaml::parse(file, &text);
        if !tree.errors.is_empty() || tree.documents.len() != documents {
            return Err(broken());
        }
        Ok(Some(text))
    }

    /// The new texts, by path.
    pub(super) fn texts(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>, StepError> {
        let mut out = BTreeMap::new();
        for file in self.edits.keys() {
            if let Some(text) = self.text(*file)? {
                out.insert(self.source(*file).path.clone(), text.into_bytes());
            }
        }
        Ok(out)
    }

    /// Puts the new texts into the plan. `what` says what becomes of a file that the plan does not have yet.
    pub(super) fn finish(&self, plan: &mut Plan, disk: &dyn Fs, what: &str) -> Result<(), StepError> {
        for (path, text) in self.texts()? {
            plan.file(disk, path, Some(text), what);
        }
        Ok(())
    }
}
