//! The files of a project, read again, to say on which line something is written. Each is read once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::compose::open::MAX_FILE_BYTES;
use crate::compose::value::{Definition, Origin};
use crate::fs::Fs;
use crate::model::Project;
use crate::source::{Source, Span};
use crate::yaml;

/// A file.
pub(super) struct Text {
    /// As Compose reads it.
    pub(super) source: Source,
    /// As it is.
    pub(super) bytes: Vec<u8>,
}

pub(super) struct Texts<'a> {
    project: &'a Project,
    disk: &'a dyn Fs,
    read: RefCell<BTreeMap<PathBuf, Rc<Text>>>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(project: &'a Project, disk: &'a dyn Fs) -> Self {
        Self { project, disk, read: RefCell::default() }
    }

    /// Errors: as of [`Fs::read`].
    pub(super) fn get(&self, path: &Path) -> io::Result<Rc<Text>> {
        if let Some(text) = self.read.borrow().get(path) {
            return Ok(Rc::clone(text));
        }
        let bytes = self.disk.read(path, MAX_FILE_BYTES)?;
        let text = yaml::text_of(&bytes).unwrap_or_else(|_| yaml::lossy_text_of(&bytes));
        let text = Rc::new(Text { source: Source::new(path.to_path_buf(), text), bytes });
        self.read.borrow_mut().insert(path.to_path_buf(), Rc::clone(&text));
        Ok(text)
    }

    /// The file that a span is in.
    pub(super) fn path(&self, at: Span) -> Option<&'a Path> {
        self.project.files.iter().find(|f| f.id == at.file).map(|f| f.path.as_path())
    }

    /// `./compose.yaml:7`.
    pub(super) fn place(&self, at: Span) -> Option<String> {
        let path = self.path(at)?;
        let shown = self.project.shown(path);
        Some(match self.get(path) {
            Ok(text) => format!("{shown}:{}", text.source.position(at.start).line),
            Err(_) => shown,
        })
    }

    /// Where a value is written, and where those of its variables are: "./compose.yaml:7, `PASSWORD` from ./.env:3".
    pub(super) fn written(&self, origin: &Origin) -> String {
        let mut places: Vec<String> = self.place(origin.at).into_iter().collect();
        let mut variables: Vec<(&str, &Definition)> = origin.variables().collect();
        variables.sort_by_key(|(name, _)| *name);
        variables.dedup();
        for (name, defined) in variables {
            places.extend(match defined {
                Definition::File(at) => self.place(*at).map(|place| format!("`{name}` from {place}")),
                Definition::Environment => Some(format!("`{name}` from the environment")),
                Definition::Unset => Some(format!("`{name}` has no value")),
                Definition::Default => None,
            });
        }
        places.join(", ")
    }
}
