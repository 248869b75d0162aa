//! Facts beyond Compose: what the disk and git say about a path, and what is beside the stacks of a host. Facts only; judging them is the rules' work.

pub mod backup;
pub mod docs;
pub mod git;
mod index;
pub mod mounts;
pub mod nixos;
pub mod running;
mod snapshot;
mod surroundings;

use std::path::Path;

use crate::fs::Fs;

pub use snapshot::Snapshot;
pub use surroundings::{Surroundings, counts, host_in};

/// What git says about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitState {
    /// In no work tree.
    NoRepository,
    /// In the index of its repository.
    Tracked,
    /// In a work tree, neither tracked nor ignored.
    Untracked,
    /// In a work tree, and ignored.
    Ignored,
}

impl GitState {
    /// In git's own words: `tracked`, `untracked`, `ignored`; `no repository`.
    pub fn name(self) -> &'static str {
        match self {
            GitState::NoRepository => "no repository",
            GitState::Tracked => "tracked",
            GitState::Untracked => "untracked",
            GitState::Ignored => "ignored",
        }
    }
}

/// What a rule may ask about the host. A trait, so that tests can state facts that a checkout cannot hold.
pub trait Facts: Sync {
    /// What git says about a path. For a directory: [`GitState::Tracked`] if any file below it is tracked.
    fn git(&self, path: &Path) -> GitState;

    /// True if the content of a tracked file is not what git has in its index. Reads the file if nothing else tells: not to be asked about data.
    fn is_modified(&self, _path: &Path) -> bool {
        false
    }

    /// The disk.
    fn fs(&self) -> &dyn Fs;

    /// What is beside the stacks.
    fn beside(&self) -> &Surroundings {
        &surroundings::NONE
    }
}

/// The facts of the host that the file system shows. One serves a whole run, from all threads: every repository is read once.
pub struct HostFacts<'a> {
    fs: &'a dyn Fs,
    repositories: git::Repositories,
    beside: Surroundings,
}

impl<'a> HostFacts<'a> {
    /// The facts of this file system.
    pub fn new(fs: &'a dyn Fs) -> Self {
        Self { fs, repositories: git::Repositories::default(), beside: Surroundings::default() }
    }

    /// These facts, and what is beside the stacks.
    pub fn with(self, beside: Surroundings) -> Self {
        Self { beside, ..self }
    }
}

impl Facts for HostFacts<'_> {
    fn git(&self, path: &Path) -> GitState {
        self.repositories.state(self.fs, path)
    }

    fn is_modified(&self, path: &Path) -> bool {
        self.repositories.is_modified(self.fs, path)
    }

    fn fs(&self) -> &dyn Fs {
        self.fs
    }

    fn beside(&self) -> &Surroundings {
        &self.beside
    }
}
