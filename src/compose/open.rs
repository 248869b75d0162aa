//! Reads each file once a run, and parses it once. Judges nothing: the trees are as [`crate::yaml::parse()`] makes them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::problem::{Phase, Problem, ProblemKind};
use crate::fs::Fs;
use crate::source::{FileId, Sources, Span};
use crate::yaml::{self, Tree};

/// Larger files are not read.
pub const MAX_FILE_BYTES: u64 = 10 << 20;

/// What loading needs from outside. One serves all projects of a run, from all threads: it remembers every file that it has read.
pub struct Loader<'a> {
    /// The disk.
    pub fs: &'a dyn Fs,
    /// Where the texts go.
    pub sources: &'a Sources,
    files: Mutex<BTreeMap<PathBuf, Arc<File>>>,
    trees: Mutex<BTreeMap<FileId, Arc<Tree>>>,
}

/// One file that was asked for; each part is made when it is first needed.
#[derive(Default)]
struct File {
    text: OnceLock<Result<FileId, Unreadable>>,
    tree: OnceLock<Arc<Tree>>,
}

/// A file that was read and parsed.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Its text.
    pub id: FileId,
    /// Its syntax; [`Tree::errors`] says what is not YAML.
    pub tree: Arc<Tree>,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unreadable {
    /// What is wrong, as a sentence without a full stop, with the path.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The first byte that is no text, if the file was read; its text is then in the sources with replacement characters.
    pub at: Option<Span>,
}

impl Unreadable {
    /// As a problem. Bytes that are no text are the parser's to find, everything else the reader's.
    pub fn problem(&self) -> Problem {
        let phase = if self.at.is_some() { Phase::Yaml } else { Phase::Io };
        let mut problem = Problem::refused(ProblemKind::UnreadableFile, phase, self.message.clone());
        problem.help.clone_from(&self.help);
        problem.origin = self.at.map(Into::into);
        problem
    }
}

impl<'a> Loader<'a> {
    /// A loader that has read nothing yet.
    pub fn new(fs: &'a dyn Fs, sources: &'a Sources) -> Self {
        Self { fs, sources, files: Mutex::default(), trees: Mutex::default() }
    }

    fn file(&self, path: &Path) -> Arc<File> {
        Arc::clone(self.files.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_path_buf()).or_default())
    }

    /// Whether a file can be read at all; not whether it is text. The path is absolute.
    pub fn check(&self, path: &Path) -> Result<(), Unreadable> {
        self.open_text(path).map(|_| ())
    }

    fn text(&self, path: &Path, file: &File) -> Result<FileId, Unreadable> {
        let read = || {
            let bytes = self.fs.read(path, MAX_FILE_BYTES).map_err(|error| unreadable(path, &error))?;
            self.decode(path, &bytes)
        };
        file.text.get_or_init(read).clone()
    }

    fn decode(&self, path: &Path, bytes: &[u8]) -> Result<FileId, Unreadable> {
        yaml::text_of(bytes).map(|text| self.sources.add(path, text)).map_err(|error| {
            let id = self.sources.add(path, yaml::lossy_text_of(bytes));
            let start = u32::try_from(error.offset).unwrap_or(u32::MAX);
            let message = format!("{}: {}", path.display(), error.message);
            Unreadable { message, help: error.help, at: Some(Span::new(id, start, start)) }
        })
    }

    /// A file of YAML. The path is absolute.
    pub fn open(&self, path: &Path) -> Result<Parsed, Unreadable> {
        let file = self.file(path);
        let id = self.text(path, &file)?;
        let tree = file.tree.get_or_init(|| self.parse(id));
        Ok(Parsed { id, tree: Arc::clone(tree) })
    }

    /// What was given on standard input, under the name `-`.
    pub fn open_bytes(&self, name: &Path, bytes: &[u8]) -> Result<Parsed, Unreadable> {
        let id = self.decode(name, bytes)?;
        let tree = self.tree(id).unwrap_or_else(|| self.parse(id));
        Ok(Parsed { id, tree })
    }

    fn parse(&self, id: FileId) -> Arc<Tree> {
        let source = self.sources.get(id);
        let tree = Arc::new(yaml::parse(id, &source.text));
        self.trees.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&tree));
        tree
    }

    /// A file that is not YAML: `.env` and its like. What is no text is replaced, as Compose does. The path is absolute.
    pub fn open_text(&self, path: &Path) -> Result<FileId, Unreadable> {
        match self.text(path, &self.file(path)) {
            Err(Unreadable { at: Some(at), .. }) => Ok(at.file),
            other => other,
        }
    }

    /// The syntax of a file that was opened as YAML.
    pub fn tree(&self, id: FileId) -> Option<Arc<Tree>> {
        self.trees.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Unreadable {
    let shown = path.display();
    let (message, help) = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            (format!("there is no file {shown}"), "correct the path, or add the file")
        }
        io::ErrorKind::IsADirectory => (format!("{shown} is a directory, not a file"), "name the file in it"),
        io::ErrorKind::PermissionDenied => {
            (format!("{shown} may not be read by this user"), "run as a user who may, or change the file's mode")
        }
        io::ErrorKind::FileTooLarge => (
            format!("{shown} is larger than {} MiB, so it was not read", MAX_FILE_BYTES >> 20),
            "a configuration file is smaller: check the path",
        ),
        _ => (format!("{shown} cannot be read: {}", crate::fs::why(error)), "check the file and its disk"),
    };
    Unreadable { message, help: Some(help.to_owned()), at: None }
}
