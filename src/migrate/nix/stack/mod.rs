//! The style `compose-stack`: the Compose spec is kept, written in Nix, and a unit of systemd has Compose bring the host in line with it.
//!
//! [`spec`] writes the spec: key by key what is written in the files, comments at their place, values untouched. [`prove`] takes the JSON that
//! Nix renders of it, starts the project with it as the unit would, and compares all of it with what it was before. [`MODULE`] is the module
//! of NixOS that renders and starts stacks; [`module()`] is the file that uses it.

mod choose;
mod comments;
mod json;
mod module;
mod proof;
mod secrets;
mod shorten;
#[cfg(test)]
mod tests;
mod write;

use std::path::PathBuf;

use super::{Class, Remark};
use crate::compose::value::Origin;
use crate::nix;

pub use choose::spec;
pub use json::{json, rendered, value};
pub use module::{Use, module};
pub use proof::{Evidence, Unit, prove};

/// The module of NixOS that renders and starts stacks: the text of `compose-stack.nix`.
pub const MODULE: &str = include_str!("compose-stack.nix");
/// The usual name of the file of [`MODULE`].
pub const MODULE_FILE: &str = "compose-stack.nix";
/// The usual name of the file of [`Spec::file`].
pub const SPEC_FILE: &str = "compose-spec.nix";

/// A Compose spec in Nix.
#[derive(Clone, Debug)]
pub struct Spec {
    /// What `compose-spec.nix` says: a set without anything that has to be evaluated.
    pub file: nix::Expr,
    /// The JSON that Nix renders of it.
    pub json: String,
    /// What became of the comments.
    pub comments: Comments,
    /// What is different, or is not there any more.
    pub remarks: Vec<Remark>,
    /// The name of the project.
    pub project: String,
    /// The directory that relative paths start at.
    pub directory: PathBuf,
    /// The files with variables that are named to Compose, absolute; `None`: the `.env` of the directory, which Compose finds by itself.
    pub env_files: Option<Vec<PathBuf>>,
    /// The profiles that the `.env`, or a file named in its place, makes active.
    pub env_profiles: Vec<String>,
    /// The profiles that the environment of whoever started Compose makes active: the unit does not have it.
    pub process_profiles: Vec<String>,
    /// Every path that starts at the directory.
    pub relative_paths: Vec<RelativePath>,
    /// Every variable that the spec leaves to Compose, each once.
    pub variables: Vec<Variable>,
    /// The proof of [`Spec::json`].
    pub evidence: Evidence,
}

/// What became of the comments of the files that the spec takes the place of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// At what they are about.
    pub carried: usize,
    /// At the end of the file.
    pub appendix: usize,
    /// Nowhere: always 0.
    pub lost: usize,
}

/// A path that starts at the project directory.
#[derive(Clone, Debug)]
pub struct RelativePath {
    /// As it is in the spec.
    pub path: String,
    /// Where it is written.
    pub origin: Origin,
}

/// A variable that Compose fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Where its value comes from.
    pub from: From,
}

/// Where the value of a variable comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// An env file, which the unit reads too.
    File,
    /// The environment of whoever started Compose: the unit does not have it.
    Environment,
    /// Nowhere: a default in the expression, or nothing.
    Nowhere,
    /// Compose itself: `COMPOSE_PROJECT_NAME`.
    Compose,
}

/// Why a project cannot be kept as a spec in Nix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// Compose does not read the project as it is.
    #[error("the project cannot be read as it is: {0}")]
    Unreadable(String),
    /// Nix has no words for something in it.
    #[error("`{path}` cannot be written in Nix: {why}")]
    Unsayable {
        /// Where it is.
        path: String,
        /// Why.
        why: String,
    },
    /// What was written is not the same project.
    #[error("the spec in Nix would not be the same project: {0}")]
    NotProved(String),
}

/// The comments of an expression, by line.
fn comments_in(expr: &nix::Expr) -> usize {
    let lines = |above: &[String], behind: Option<&String>| above.len() + behind.iter().count();
    match expr {
        nix::Expr::Attrs(bindings) => bindings.iter().map(|b| lines(&b.above, b.behind.as_ref()) + comments_in(&b.value)).sum(),
        nix::Expr::List(items) => items.iter().map(|i| lines(&i.above, i.behind.as_ref()) + comments_in(&i.value)).sum(),
        _ => 0,
    }
}

fn remark(class: Class, path: impl Into<String>, message: impl Into<String>, origin: Option<Origin>) -> Remark {
    Remark { class, path: path.into(), message: message.into(), origin }
}
