//! What a migration would do: files, with their texts before and after, and what there is to say about it. Plain data; nothing is read or
//! written here.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::compose::Request;
use crate::fs::{Fs, Overlay};

/// A change of the tree, everything in memory.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The directory that the plan is about: absolute. Every path that is shown starts here, and the originals are kept below it.
    pub root: PathBuf,
    /// The files, each once.
    pub files: Vec<FileOp>,
    /// What the user has to know, in the order of importance.
    pub notes: Vec<Note>,
    /// Comments that have no place in the new files.
    pub comments: Vec<Comment>,
    /// How many comments the migrated files have.
    pub comments_before: usize,
    /// Changes of the projects that the user asked for. Nothing else may change.
    pub accepted: Vec<Accepted>,
    /// The ways in which the projects are started, which have to be the same before and after.
    pub entries: Vec<EntryPoint>,
}

/// What happens to one file.
#[derive(Clone, PartialEq, Eq)]
pub struct FileOp {
    /// Absolute.
    pub path: PathBuf,
    /// The content as it is; `None`: there is no such file.
    pub before: Option<Vec<u8>>,
    /// The content as it will be; `None`: the file goes.
    pub after: Option<Vec<u8>>,
    /// Only the owner may read it.
    pub private: bool,
    /// What the file is for, or what becomes of it, for the list of the plan: "the service `api`, as in every environment".
    pub what: String,
}

/// Something that the user has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What kind of thing.
    pub kind: NoteKind,
    /// The service, volume … or file that it is about.
    pub subject: String,
    /// What, and why, as a sentence without a full stop.
    pub message: String,
}

/// What kind of thing a note says. The order is that of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// Something that was not done, or that the user has to do.
    Attention,
    /// What was decided, and why: into which file something went.
    Decision,
    /// A name that Compose derived, and that is written down now.
    Pinned,
    /// A place outside of the Compose files that names a file that moved.
    Mention,
}

/// A change of a project that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Where in the project, as `composelint diff` names it: `services.api.healthcheck`. All below it is accepted, too.
    pub path: String,
    /// Why, to complete "changed because …".
    pub why: String,
}

impl Accepted {
    /// True if this is about a path, or about what holds it.
    pub fn covers(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }
}

/// A comment, and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The file, absolute.
    pub path: PathBuf,
    /// From 1.
    pub line: u32,
    /// With its `#`.
    pub text: String,
}

/// One way in which a project is started.
#[derive(Clone)]
pub struct EntryPoint {
    /// What the user types: `docker compose -f compose.yaml -f compose.prod.yaml`.
    pub command: String,
    /// The same thing afterwards, if it is to be typed otherwise: `APP_ENV=production docker compose`.
    pub becomes: Option<String>,
    /// The environment that it starts, if there is more than one.
    pub environment: Option<String>,
    /// How it is loaded before.
    pub before: Request,
    /// How it is loaded afterwards.
    pub after: Request,
    /// Where which files are loaded depends on a variable: each place.
    pub choices: Vec<Choice>,
    /// Names of variables that only choose files, and of other things that do not count.
    pub aside: Vec<String>,
}

/// A variable that chooses files. It is written out for the comparison with all variables left as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The file with the variable, absolute.
    pub path: PathBuf,
    /// The expression: `${APP_ENV:-development}`.
    pub expression: String,
    /// What it is here.
    pub value: String,
}

impl Plan {
    /// True if there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(FileOp::is_idle)
    }

    /// The disk as it will be.
    pub fn preview<'a>(&self, disk: &'a dyn Fs) -> Overlay<'a> {
        Overlay::with(disk, self.files.iter().map(|f| (f.path.clone(), f.after.clone())))
    }

    /// Adds a note.
    pub fn note(&mut self, kind: NoteKind, subject: impl Into<String>, message: impl Into<String>) {
        self.notes.push(Note { kind, subject: subject.into(), message: message.into() });
    }

    /// Adds a file, or puts a newer content into the plan for it; what the file is for is said by whoever planned it first.
    pub fn file(&mut self, disk: &dyn Fs, path: PathBuf, after: Option<Vec<u8>>, what: impl Into<String>) {
        if let Some(known) = self.files.iter_mut().find(|f| f.path == path) {
            known.after = after;
            return;
        }
        let before = disk.read(&path, u64::MAX).ok();
        self.files.push(FileOp { path, before, after, private: false, what: what.into() });
    }

    /// The content that a file will have, if the plan changes it.
    pub fn after(&self, path: &Path) -> Option<&[u8]> {
        self.files.iter().find(|f| f.path == path)?.after.as_deref()
    }

    /// A path for a message: relative to the root where it is below.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

impl EntryPoint {
    /// What the user types after the migration.
    pub fn now(&self) -> &str {
        self.becomes.as_deref().unwrap_or(&self.command)
    }
}

impl FileOp {
    /// True if the file stays as it is.
    pub fn is_idle(&self) -> bool {
        self.before == self.after
    }

    /// True for a file that is not there yet.
    pub fn is_new(&self) -> bool {
        self.before.is_none()
    }
}

/// Without the contents: they may hold secrets, and a plan may be shown when something has gone wrong.
impl fmt::Debug for FileOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FileOp { path, before, after, private, what } = self;
        let (before, after) = (before.as_ref().map(Vec::len), after.as_ref().map(Vec::len));
        let mut out = f.debug_struct("FileOp");
        out.field("path", path).field("bytes_before", &before).field("bytes_after", &after).field("private", private).field("what", what);
        out.finish()
    }
}

/// Without what is read: the environment of a request and the text of a file may hold secrets.
impl fmt::Debug for EntryPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EntryPoint { command, becomes, environment, before, after, choices, aside } = self;
        let mut out = f.debug_struct("EntryPoint");
        out.field("command", command)
            .field("becomes", becomes)
            .field("environment", environment)
            .field("aside", aside)
            .field("choices", choices);
        out.field("before", &before.files).field("after", &after.files);
        out.finish_non_exhaustive()
    }
}
