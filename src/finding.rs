//! What a rule found: plain data, ready to be sorted, filtered and shown. Knows no rule and no format.

use std::fmt;
use std::path::PathBuf;

use crate::source::{Edit, FileId, Span};

/// How bad it is. The order is from the worst to the mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Compose refuses it, or data or security is lost.
    Error,
    /// It works, but is dangerous or fragile.
    Warning,
    /// Advice.
    Info,
}

impl Severity {
    /// `error`, `warning`, `info`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A place that a finding speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A range of a source.
    Span(Span),
    /// A path without a text: a link that leads nowhere, a file that cannot be read.
    Path(PathBuf),
}

impl Place {
    /// The source, if it has one.
    pub fn file(&self) -> Option<FileId> {
        match self {
            Place::Span(span) => Some(span.file),
            Place::Path(_) => None,
        }
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Place::Span(span)
    }
}

/// A place and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub place: Place,
    /// A few words, without a full stop; may be empty for the primary label.
    pub text: String,
}

/// How far a fix may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// The resolved project stays as it is: `--fix` applies it.
    Safe,
    /// It changes what runs, and the title says what: `--unsafe-fixes` applies it.
    Unsafe,
    /// Shown, never applied: it would change other places too, or needs a decision.
    Manual,
}

impl Applicability {
    /// `safe`, `unsafe`, `manual`.
    pub fn name(self) -> &'static str {
        match self {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
            Applicability::Manual => "manual",
        }
    }
}

/// How a finding can be mended by editing text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command to be read after "fix:": "remove the key", "quote the text as it is written". Of an unsafe fix also what
    /// changes. Without a full stop, and never with a secret's value.
    pub title: String,
    /// How far it may be trusted.
    pub applicability: Applicability,
    /// The changes, in any files of the project; they do not overlap, and are made together or not at all.
    pub edits: Vec<Edit>,
}

/// One finding. `message` says what it is, `why` why it matters, `help` what to do; none of them ever holds a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What it is: one sentence without a full stop.
    pub message: String,
    /// Where the blame lies: the place where the value is written.
    pub primary: Label,
    /// How it got there, and the other places that belong to it.
    pub related: Vec<Label>,
    /// Why it matters.
    pub why: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// How to mend it by editing text, where that can be said.
    pub fix: Option<Fix>,
    /// The project directory that it was found in; `None` for what concerns several projects, or none.
    pub project: Option<PathBuf>,
}
