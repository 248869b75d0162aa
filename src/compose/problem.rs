//! What resolution found wrong. Problems are collected, never thrown: resolution goes on with what is left.
//!
//! They are recorded in the order of Compose's own phases (spec/resolve.md 1), so the first one with [`Problem::refused`] is the
//! one that `docker compose` would stop at.

use std::fmt;

use super::value::Origin;
use crate::source::Span;

/// The phase of resolution that finds a problem; the `class` of the recorded cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the names are the ones of spec/resolve.md
pub enum Phase {
    Flags,
    NoFile,
    Io,
    Yaml,
    Name,
    EnvFile,
    Interpolation,
    Extends,
    Include,
    Remote,
    Merge,
    Unique,
    Schema,
    Canonical,
    Check,
    Path,
    Decode,
    Consistency,
    Cycle,
    Select,
    Output,
}

impl Phase {
    /// The name in the recorded cases.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Flags => "flags",
            Phase::NoFile => "no-file",
            Phase::Io => "io",
            Phase::Yaml => "yaml",
            Phase::Name => "name",
            Phase::EnvFile => "env-file",
            Phase::Interpolation => "interpolation",
            Phase::Extends => "extends",
            Phase::Include => "include",
            Phase::Remote => "remote",
            Phase::Merge => "merge",
            Phase::Unique => "unique",
            Phase::Schema => "schema",
            Phase::Canonical => "canonical",
            Phase::Check => "check",
            Phase::Path => "path",
            Phase::Decode => "decode",
            Phase::Consistency => "consistency",
            Phase::Cycle => "cycle",
            Phase::Select => "select",
            Phase::Output => "output",
        }
    }
}

/// What kind of problem it is: each kind belongs to one rule, which explains and reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A file cannot be read, is too large, or is not UTF-8.
    UnreadableFile,
    /// Not YAML, or YAML that Compose does not take (a non-text key, an empty document).
    InvalidYaml,
    /// A key twice in one mapping.
    DuplicateKey,
    /// A value of the wrong type or not one of those allowed.
    InvalidSchema,
    /// A key that Compose does not know.
    UnknownKey,
    /// The top-level `version`.
    ObsoleteVersion,
    /// A project name that cannot be used, or none.
    InvalidProjectName,
    /// A project name taken from a link. Reported by `linked-project-name`, which knows the other name too.
    LinkedProjectName,
    /// `${…}` that cannot be read.
    InvalidInterpolation,
    /// A `${X:?}` that is not set.
    RequiredVariable,
    /// A `${X}` that is not set.
    UnsetVariable,
    /// An `.env` or env file that is missing, or a line of one that cannot be read.
    EnvFile,
    /// `extends` that leads nowhere, or in a circle.
    ExtendsError,
    /// `include` that leads nowhere, or in a circle.
    IncludeError,
    /// A name defined both here and in an included file.
    IncludeConflict,
    /// A git or OCI reference: known, never fetched.
    RemoteNotFetched,
    /// Two files whose values cannot be merged.
    MergeConflict,
    /// A short form of a port that cannot be read.
    InvalidPort,
    /// A short form of a mount that cannot be read.
    InvalidMount,
    /// Two keys that exclude each other.
    ConflictingKeys,
    /// A value of the right type that cannot be used: a duration without a unit.
    InvalidValue,
    /// A service without image, build and provider.
    MissingImage,
    /// A service that is named but not defined.
    UndefinedService,
    /// A service that a profile switches off while another needs it.
    ProfileUnreachable,
    /// A network that is named but not defined.
    UndefinedNetwork,
    /// A volume that is named but not defined.
    UndefinedVolume,
    /// A secret that is named but not defined.
    UndefinedSecret,
    /// A config that is named but not defined.
    UndefinedConfig,
    /// A model that is named but not defined.
    UndefinedModel,
    /// Services that wait for each other.
    DependencyCycle,
    /// Two mounts at one path of a container.
    DuplicateMountTarget,
    /// A container name used twice in the project.
    DuplicateContainerName,
    /// A healthcheck that Compose does not take.
    InvalidHealthcheck,
    /// A spelling that Compose takes but warns about: `external: {name:}`.
    Deprecated,
    /// `yes` for `true`: taken, with a warning.
    BooleanSpelling,
    /// More than we are willing to expand: an alias bomb, a chain of a thousand files.
    LimitExceeded,
}

/// One problem.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Its kind.
    pub kind: ProblemKind,
    /// The phase that found it.
    pub phase: Phase,
    /// True if `docker compose` refuses the project because of it; false for a warning of Compose or of ours.
    pub refused: bool,
    /// What is wrong, as one sentence without a full stop. Never contains a secret's value.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where: `None` only for what is in no file (flags, a file that is not there at all).
    pub origin: Option<Origin>,
    /// Other places that belong to it.
    pub related: Vec<(Span, String)>,
    /// Where in the project: `services.web.ports[0]`.
    pub path: ModelPath,
    /// The name or key that is written at the place, and the one that was probably meant.
    pub meant: Option<(String, String)>,
}

impl Problem {
    /// A problem that makes `docker compose` refuse the project.
    pub fn refused(kind: ProblemKind, phase: Phase, message: impl Into<String>) -> Self {
        Self {
            kind,
            phase,
            refused: true,
            message: message.into(),
            help: None,
            origin: None,
            related: Vec::new(),
            path: ModelPath::default(),
            meant: None,
        }
    }

    /// A problem that `docker compose` accepts.
    pub fn accepted(kind: ProblemKind, phase: Phase, message: impl Into<String>) -> Self {
        Self { refused: false, ..Self::refused(kind, phase, message) }
    }

    /// With its place.
    #[must_use]
    pub fn at(mut self, origin: impl Into<Origin>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// With its place in the project.
    #[must_use]
    pub fn path(mut self, path: &ModelPath) -> Self {
        self.path = path.clone();
        self
    }

    /// With advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With what is written there and what was probably meant.
    #[must_use]
    pub fn meant(mut self, written: &str, meant: &str) -> Self {
        self.meant = Some((written.to_owned(), meant.to_owned()));
        self
    }

    /// With another place.
    #[must_use]
    pub fn related(mut self, at: Span, what: impl Into<String>) -> Self {
        self.related.push((at, what.into()));
        self
    }
}

impl From<Span> for Origin {
    fn from(at: Span) -> Self {
        Origin::at(at)
    }
}

impl From<&Origin> for Origin {
    fn from(origin: &Origin) -> Self {
        origin.clone()
    }
}

/// A place in the project, as a sequence of keys and positions: keys may hold dots, so it is never text until it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelPath(pub Vec<Part>);

/// One step of a [`ModelPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A key of a mapping.
    Key(String),
    /// A position in a sequence, from 0.
    Index(usize),
}

impl ModelPath {
    /// The path of some keys.
    pub fn keys(keys: &[&str]) -> Self {
        Self(keys.iter().map(|k| Part::Key((*k).to_owned())).collect())
    }

    /// One key deeper.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(Part::Key(key.to_owned()));
        Self(parts)
    }

    /// One position deeper.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut parts = self.0.clone();
        parts.push(Part::Index(index));
        Self(parts)
    }
}

impl fmt::Display for ModelPath {
    /// `services.web.ports[0]`; a key with a dot is quoted: `services."a.b".image`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.0.iter().enumerate() {
            match part {
                Part::Key(k) => {
                    let dot = if i == 0 { "" } else { "." };
                    if k.contains(['.', '[', '"']) { write!(f, "{dot}{k:?}")? } else { write!(f, "{dot}{k}")? }
                }
                Part::Index(n) => write!(f, "[{n}]")?,
            }
        }
        Ok(())
    }
}
