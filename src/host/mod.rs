//! Facts beyond Compose: what the disk and git say about a path. Facts only; judging them is the rules' work.

use std::path::Path;

use crate::fs::Fs;

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

/// What a rule may ask about the host. A trait, so that tests can state facts that a checkout cannot hold.
pub trait Facts: Sync {
    /// What git says about a path. For a directory: [`GitState::Tracked`] if any file below it is tracked.
    fn git(&self, path: &Path) -> GitState;

    /// The disk.
    fn fs(&self) -> &dyn Fs;
}
