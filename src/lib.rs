//! composelint as a library: everything that the command line does, without printing.
//!
//! One pipeline, one direction: discover → load → parse → resolve → model → rules → findings → one sort → report.
//! A module uses only modules above it in this list:
//!
//! - [`fs`]: the disk, and the only place that touches it
//! - [`source`]: texts and spans
//! - [`git`]: what git has of a revision
//! - [`nearest`]: the word that was probably meant
//! - `wild`: patterns with `*`
//! - `shell`: words of a shell
//! - `threads`: work side by side
//! - [`ordered`]: mappings that keep the order of their entries
//! - [`yaml`]: text ⇄ tree
//! - [`nix`]: the Nix language: expressions ⇄ text
//! - [`compose`]: what Compose does, on trees of values with origins
//! - [`discover`]: which projects are under a directory
//! - [`model`]: the typed project
//! - [`resolved`]: the typed project as Compose prints it, and the hashes of its services
//! - [`host`]: what the disk and git say about a path, and what is beside the stacks of a host
//! - [`secret`]: what looks like a secret
//! - [`finding`]: what a rule found
//! - [`rules`]: the rules
//! - [`lint`]: runs rules over projects
//! - [`mod@diff`]: what really changes between two projects
//! - [`report`]: what people and machines see, without secrets
//! - [`proof`]: whether a project is the same before and after a change
//! - [`mod@fix`]: makes the fixes of findings, and proves them
//! - [`migrate`]: moves a project to another layout, and proves that it is the same
//! - [`audit`]: what is made of an audit: standard, strategy, fleet, pages that people keep
//! - [`cli`]: the command line

pub mod audit;
pub mod cli;
pub mod compose;
pub mod diff;
pub mod discover;
pub mod finding;
pub mod fix;
pub mod fs;
pub mod git;
pub mod host;
pub mod lint;
pub mod migrate;
pub mod model;
pub mod nearest;
pub mod nix;
pub mod ordered;
pub mod proof;
pub mod report;
pub mod resolved;
pub mod rules;
pub mod secret;
mod shell;
pub mod source;
mod threads;
mod wild;
pub mod yaml;
