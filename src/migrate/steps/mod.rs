//! Steps of a migration that the user asks for one by one. Each adds to a [`Plan`], on top of what is in it already: it reads the files as
//! they will be ([`Plan::preview`]), edits their texts in place, and says in notes what it did and what it did not do.
//!
//! What a step may change of the projects it adds to [`Plan::accepted`]; a step that adds nothing there changes no project, and
//! [`prove`](super::prove) holds it to that. A second run adds nothing.

mod additions;
mod check;
pub mod consolidate;
mod desk;
pub mod environment;
mod gitignore;
pub mod healthchecks;
pub mod limits;
pub mod moving;
mod projects;
pub mod secrets;

use std::path::{Path, PathBuf};

use crate::discover::{Discovery, Kind};
use crate::fix::Barred;
use crate::migrate::plan::{EntryPoint, NoteKind, Plan};
use crate::shell::shell_word;

/// Why a step cannot be made. Sentences for the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// There is nothing to move.
    #[error("there is no file `{0}`")]
    NoFile(String),
    /// The file that is to be moved is a link.
    #[error("`{path}` is a link, and a link cannot be moved without the file behind it: name `{to}`")]
    Link {
        /// The link.
        path: String,
        /// Where it leads.
        to: String,
    },
    /// A link leads to the file.
    #[error("the link `{link}` leads to `{path}` and would lead nowhere: change it first")]
    Linked {
        /// The file.
        path: String,
        /// The link.
        link: String,
    },
    /// A path that the migration is not about.
    #[error("`{0}` lies outside of the directory that the migration is about")]
    Outside(String),
    /// Something is at the place already.
    #[error("`{0}` is there already, and would be overwritten")]
    Exists(String),
    /// The name of a file is no text.
    #[error("`{0}` is no name that can be written into a Compose file")]
    NotText(String),
    /// A file cannot be edited.
    #[error("`{path}` cannot be changed: {}", why.why())]
    Barred {
        /// The file.
        path: String,
        /// Why.
        why: Barred,
    },
    /// A file cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A part of a file is written so that it cannot be changed.
    #[error("{place} is written in a way that cannot be changed in place: write it on one line, without an alias or a tag")]
    Unwritable {
        /// File and line.
        place: String,
    },
    /// Edits of one text do not fit together, or do not give YAML.
    #[error("`{0}` could not be changed in place without breaking it; this is a mistake in composelint, please report it")]
    Broken(String),
    /// Nothing but a part of a project.
    #[error("`{0}` is no project, and no file includes or extends it: there is nothing that could be compared after a move")]
    Fragment(String),
    /// `COMPOSE_FILE` names the file.
    #[error("`COMPOSE_FILE` in `{env}` names `{path}`: name the files with `-f` first, or take the line away")]
    ComposeFile {
        /// The env file.
        env: String,
        /// The file.
        path: String,
    },
    /// A path begins with a variable, and is relative.
    #[error(
        "{place}: the path begins with `{variable}` and is relative, so where it leads would change with the file; \
         write `./` in front of the variable, or start the project with `--project-directory`"
    )]
    VariablePath {
        /// File and line.
        place: String,
        /// The expression.
        variable: String,
    },
    /// A reference to the file that moves is put together from variables.
    #[error("{place} names `{path}` by a variable, and cannot be changed for the new place: write the path out")]
    VariableReference {
        /// File and line.
        place: String,
        /// The file.
        path: String,
    },
    /// The paths of one file would have to be two things at once.
    #[error(
        "`{path}` is loaded in two ways that start its relative paths in different directories after the move ({first} and {second}): \
         make its paths absolute, or copy it"
    )]
    TwoBases {
        /// The file.
        path: String,
        /// The one directory.
        first: String,
        /// The other directory.
        second: String,
    },
    /// The same text would have to be two paths.
    #[error("{place} is used for two paths that would have to be different after the move: write them out")]
    TwoPaths {
        /// File and line.
        place: String,
    },
    /// An `.env` at the new place would be read.
    #[error("`{0}` would be read for the project after the move, which did not have it before: choose another directory")]
    OtherEnv(String),
    /// The `.env` beside an included file would no longer be read.
    #[error("`{path}` is included together with the `.env` beside it: give the `include` an `env_file: {env}` first")]
    EnvOfInclude {
        /// The file.
        path: String,
        /// The env file.
        env: String,
    },
    /// A name that cannot be that of an environment.
    #[error("`{0}` cannot be the name of an environment: letters, digits, `.`, `_` and `-` can be in it")]
    NoName(String),
    /// There is no such environment.
    #[error("there is no environment `{name}`: {known}")]
    UnknownEnvironment {
        /// The name.
        name: String,
        /// Those that there are, as a sentence.
        known: String,
    },
    /// Nothing chooses an environment.
    #[error("no compose file includes `{0}/${{…}}.yaml`, so nothing could choose the new environment: split the project first")]
    NoLayout(String),
    /// The projects would be changed in another way than was asked for.
    #[error("{what} would change more than that, so nothing was planned: {path}")]
    ChangesMore {
        /// The step.
        what: &'static str,
        /// Where the projects differ.
        path: String,
    },
    /// A service uses the file that moves.
    #[error("the {what} uses `{path}` itself, which would no longer be there")]
    Used {
        /// The file.
        path: String,
        /// Who.
        what: String,
    },
}

/// The ways in which the projects of a tree are started today, for a plan that changes none of them.
pub fn entries(discovery: &Discovery, root: &Path) -> Vec<EntryPoint> {
    let entry = |found: &crate::discover::Entry| {
        let request = found.request();
        let environment = match &found.kind {
            Kind::Stated(stated) => stated.environment.clone(),
            _ => None,
        };
        let command = command(root, None, &found.files);
        EntryPoint { command, becomes: None, environment, before: request.clone(), after: request, choices: Vec::new(), aside: Vec::new() }
    };
    discovery.entries.iter().map(entry).collect()
}

/// Adds a note, unless the plan has it.
fn say(plan: &mut Plan, kind: NoteKind, subject: &str, message: String) {
    if !plan.notes.iter().any(|n| n.kind == kind && n.subject == subject && n.message == message) {
        plan.note(kind, subject, message);
    }
}

/// What starts a project, typed in the root.
fn command(root: &Path, env_file: Option<&Path>, files: &[PathBuf]) -> String {
    let shown = |path: &Path| shell_word(&path.strip_prefix(root).unwrap_or(path).to_string_lossy());
    let env_file = env_file.into_iter().map(|file| format!(" --env-file {}", shown(file)));
    let files = files.iter().map(|file| format!(" -f {}", shown(file)));
    std::iter::once("docker compose".to_owned()).chain(env_file).chain(files).collect()
}
