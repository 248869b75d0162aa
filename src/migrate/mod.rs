//! Moves a project to another layout, and proves that it is the same project afterwards.
//!
//! A migration is a [`Plan`]: files in memory. [`prove`] loads every way in which the project is started, before and after, and compares
//! all of it; only what is [`Proved`] can be written ([`apply`]).

pub mod apply;
pub mod check;
pub mod docker;
pub mod docs;
pub mod layout;
pub mod mentions;
pub mod nix;
pub mod papers;
pub mod plan;
pub mod proof;
pub mod show;
pub mod steps;

pub use plan::{Accepted, Choice, Comment, EntryPoint, FileOp, Note, NoteKind, Plan};
pub use proof::{NotProved, Proved, prove};

/// Where a layout has its parts, below the directory of the project.
const PARTS: &str = "docker-compose";
/// The services that are the project's own, a file each.
const SERVICES: &str = "docker-compose/services";
/// What an environment adds, a file each.
const ENVIRONMENTS: &str = "docker-compose/environments";
/// What the services stand on.
const INFRASTRUCTURE: &str = "docker-compose/infrastructure";
/// The volumes, networks … that are common.
const RESOURCES: &str = "docker-compose/infrastructure/resources.yaml";
