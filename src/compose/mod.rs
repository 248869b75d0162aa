//! What Docker Compose does: load → interpolate → merge → extends → include → short forms → paths → schema → normalise.
//!
//! The semantics are those of spec/resolve.md (of `docker compose` 2.40.3 and 5.x, see [`Semantics`]); the result is one
//! [`Loaded`] tree with the origin of every value. Nothing is thrown: what is wrong becomes a [`Problem`] and the rest goes on.
//! Typed values, profiles and the consistency checks are the work of [`crate::model`].

pub mod canonical;
pub mod construct;
pub mod defaults;
pub mod dotenv;
mod environment;
mod extends;
mod include;
pub mod interpolate;
mod key_path;
pub mod load;
pub mod merge;
mod mounts;
pub mod normalise;
pub mod open;
pub mod paths;
pub mod pattern;
mod ports;
pub mod problem;
pub mod reset;
pub mod schema;
pub mod select;
#[cfg(test)]
mod testing;
pub mod text;
mod touched;
pub mod unique;
pub mod value;
pub mod variables;

pub use load::load;
pub use open::{Loader, Parsed, Unreadable};

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::source::{FileId, Span};
use problem::Problem;
use value::{Map, Origin};

/// The top-level mappings from names to things, in the order in which they are written down.
pub const SECTIONS: [&str; 6] = ["services", "networks", "volumes", "secrets", "configs", "models"];

/// Whose answers to give where versions of Compose differ (spec/resolve.md 20).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Semantics {
    /// `docker compose` 2.40.
    V2,
    /// `docker compose` 5.x.
    #[default]
    V5,
}

impl Semantics {
    /// Those of a version as people write it: `2.40`, `v5`, `5.0.1`. `None`: no version whose answers are known.
    pub fn of_version(version: &str) -> Option<Self> {
        match version.trim_start_matches('v').split('.').next() {
            Some("2") => Some(Semantics::V2),
            Some("5") => Some(Semantics::V5),
            _ => None,
        }
    }
}

/// Which files, and how to read them. The default is what `docker compose config` does in `directory`, with an empty environment.
#[derive(Clone, Debug)]
pub struct Request {
    /// The current directory: absolute.
    pub directory: PathBuf,
    /// `-f`, as given; `-` is [`Request::stdin`]. Empty: `COMPOSE_FILE`, else the default files.
    pub files: Vec<PathBuf>,
    /// `--project-directory`.
    pub project_directory: Option<PathBuf>,
    /// `-p`.
    pub project_name: Option<String>,
    /// `--env-file`; `None`: `COMPOSE_ENV_FILES`, else `.env`.
    pub env_files: Option<Vec<PathBuf>>,
    /// The environment of the process. `check` and `audit` leave it empty: their answer must not depend on who runs them.
    pub environment: BTreeMap<String, String>,
    /// What `-` reads.
    pub stdin: Option<Vec<u8>>,
    /// False for `--no-interpolate`.
    pub interpolate: bool,
    /// False for `--no-normalize`.
    pub normalize: bool,
    /// False for `--no-path-resolution`.
    pub resolve_paths: bool,
    /// Whose answers.
    pub semantics: Semantics,
}

impl Request {
    /// What `docker compose config` does in this directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            files: Vec::new(),
            project_directory: None,
            project_name: None,
            env_files: None,
            environment: BTreeMap::new(),
            stdin: None,
            interpolate: true,
            normalize: true,
            resolve_paths: true,
            semantics: Semantics::default(),
        }
    }
}

/// A project as Compose resolves it, not yet typed. Present even if everything went wrong: then it is empty and the problems say why.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The project's name; empty if it could not be told.
    pub name: String,
    /// Where the name comes from.
    pub name_source: NameSource,
    /// The project directory: every relative path of the main files starts here. Absolute.
    pub directory: PathBuf,
    /// Every file that was read, in the order of reading, each once.
    pub files: Vec<LoadedFile>,
    /// The resolved tree.
    pub tree: Map,
    /// The project's environment: what `${X}` sees.
    pub environment: BTreeMap<String, Variable>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Every variable that an expression asked for, in the order of use.
    pub variables: Vec<VariableUse>,
    /// What is written and is no part of the tree.
    pub left_out: Vec<LeftOut>,
}

/// An argument of a build that has no value, neither there nor in the environment: Compose leaves it out.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// `services.web.build.args.FOO`.
    pub path: String,
    /// Where it is written.
    pub origin: Origin,
}

/// Where a project's name comes from (spec/resolve.md 3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NameSource {
    /// `-p`.
    Flag,
    /// `COMPOSE_PROJECT_NAME`, in the process environment or on a line of an env file.
    Variable(Option<Span>),
    /// `name:` in a file.
    File(Span),
    /// The base name of the project directory.
    #[default]
    Directory,
}

/// A file that took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedFile {
    /// The text.
    pub id: FileId,
    /// Absolute, as Compose spells it.
    pub path: PathBuf,
    /// How it took part.
    pub role: Role,
}

/// How a file takes part in a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The first of the files.
    Main,
    /// One of the later files: its values override.
    Override,
    /// Named by an `include` entry.
    Include(Span),
    /// Named by `extends.file`.
    Extends(Span),
    /// `.env`, `--env-file`, `include.env_file`: it feeds `${…}`.
    DotEnv,
    /// A service's `env_file`.
    EnvFile(Span),
    /// A service's `label_file`.
    LabelFile(Span),
}

impl Role {
    /// True for a file of Compose, which is YAML: not one with variables or labels.
    pub fn is_compose(&self) -> bool {
        match self {
            Role::Main | Role::Override | Role::Include(_) | Role::Extends(_) => true,
            Role::DotEnv | Role::EnvFile(_) | Role::LabelFile(_) => false,
        }
    }
}

/// The value of a variable in the project's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The value. May be a secret: never print it.
    pub value: String,
    /// The line of the env file that sets it; `None`: the process environment, or Compose itself.
    pub at: Option<Span>,
}

/// One use of a variable in an expression.
#[derive(Clone, Debug)]
pub struct VariableUse {
    /// The name.
    pub name: String,
    /// The scalar that it is used in.
    pub at: Span,
    /// The operator and the text after it, as written: `(":-", "8080")`.
    pub operator: Option<(String, String)>,
    /// True if the variable has a value.
    pub set: bool,
    /// Where in the project.
    pub path: problem::ModelPath,
}
