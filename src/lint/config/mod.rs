//! `.composelint.yaml`: what a repository or a host settles for all runs. Read with our own parser, so that every mistake in it has a place.
//! Decides nothing: what it says becomes a [`super::Selection`] and a [`super::Workspace`].

pub mod dclint;
mod idle;
pub mod init;
mod pattern;
mod read;
pub mod schema;
pub mod standard;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::compose::{Loader, Semantics};
use crate::finding::Severity;
use crate::fs::Fs;
use crate::rules::{OptionValue, Preset, RuleDef, Topic};
use crate::source::{FileId, Position, Span};

pub use pattern::{Pattern, Patterns};

pub use crate::discover::{CONFIG_FILE, Stated};

/// What the file says. The default is what holds without one.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file; `None`: there is none.
    pub file: Option<FileId>,
    /// Where it lies; empty without one.
    pub path: PathBuf,
    /// `compose-version`: whose answers to give where versions of Compose differ.
    pub compose_version: Option<Semantics>,
    /// `presets`: the rules to start from, in place of the recommended ones; empty if it is not given.
    pub presets: Vec<Preset>,
    /// `rules`, in the order of the file.
    pub rules: Vec<RuleEntry>,
    /// `overrides`, in the order of the file: a later one wins.
    pub overrides: Vec<Override>,
    /// `exclude`: files and directories that are not judged.
    pub exclude: Patterns,
    /// `projects`: files that belong together, where that cannot be told from their names.
    pub projects: Vec<Stated>,
    /// `hosts`: directories that each stand for a host.
    pub hosts: Patterns,
    /// `fail-on`: the threshold; the inner `None` never fails.
    pub fail_on: Option<Option<Severity>>,
    /// `baseline`: the file with the findings that are known, absolute.
    pub baseline: Option<PathBuf>,
    /// `standard`: what `audit` holds every stack against, in the order of [`standard::POINTS`].
    pub standard: Vec<&'static standard::Point>,
}

/// What is said about a rule or a topic.
#[derive(Clone, Debug)]
pub struct RuleEntry {
    /// Its name, where it is written.
    pub at: Span,
    /// What it speaks of.
    pub subject: Subject,
    /// Whether it runs, and how bad its findings are; `None`: as it is without this entry.
    pub level: Option<Level>,
    /// The options that are set, each with its place.
    pub options: Vec<(&'static str, OptionValue, Span)>,
}

/// What an entry of `rules` speaks of.
#[derive(Clone, Copy)]
pub enum Subject {
    /// One rule.
    Rule(&'static RuleDef),
    /// Every rule of a topic.
    Topic(Topic),
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Subject::Rule(rule) => rule.meta.name,
            Subject::Topic(topic) => topic.name(),
        })
    }
}

/// Whether a rule runs, and how bad its findings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It does not run.
    Off,
    /// It runs, with its own severity.
    On,
    /// It runs, with this severity.
    As(Severity),
}

/// What holds for some paths only.
#[derive(Clone, Debug)]
pub struct Override {
    /// The paths of the findings that it holds for.
    pub paths: Patterns,
    /// What is said about rules there.
    pub rules: Vec<RuleEntry>,
}

/// A mistake in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where; `None` if the file cannot be read at all.
    pub at: Option<Position>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to do, or what is accepted.
    pub help: Option<String>,
}

/// The mistakes in the file, which are the user's to mend: nothing is judged by half a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .mistakes.iter().map(|m| self.line(m)).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, in the order of the file; at least one.
    pub mistakes: Vec<Mistake>,
}

impl ConfigError {
    /// A mistake in one line: the place, and what is wrong.
    pub fn line(&self, mistake: &Mistake) -> String {
        match mistake.at {
            Some(at) => format!("{}:{}:{}: {}", self.path.display(), at.line, at.column, mistake.message),
            // What cannot be read says itself which file it is.
            None => mistake.message.clone(),
        }
    }
}

impl Config {
    /// The configuration of a directory: the nearest file from there upwards, no further than the root of its repository. None is the default.
    pub fn discover(loader: &Loader, directory: &Path) -> Result<Self, ConfigError> {
        Self::discover_below(loader, directory, directory)
    }

    /// [`Config::discover`] for somebody who stands in the directory `here`: without a repository the search ends there.
    pub fn discover_below(loader: &Loader, directory: &Path, here: &Path) -> Result<Self, ConfigError> {
        match find(loader.fs, directory, here) {
            Some(path) => Self::read(loader, &path),
            None => Ok(Self::default()),
        }
    }

    /// Reads one file: an absolute path. Errors: every mistake in it.
    pub fn read(loader: &Loader, path: &Path) -> Result<Self, ConfigError> {
        read::read(loader, path).map_err(|mistakes| ConfigError { path: path.to_path_buf(), mistakes })
    }

    /// The directory that its paths and patterns start from; `None` without a file.
    pub fn directory(&self) -> Option<&Path> {
        self.file.and(self.path.parent())
    }

    /// The directory of the host that a path belongs to: the outermost of its directories that a pattern of `hosts` names.
    pub fn host_of(&self, path: &Path) -> Option<PathBuf> {
        let mut above: Vec<&Path> = path.ancestors().collect();
        above.reverse();
        above.into_iter().find(|d| self.hosts.name(d, true)).map(Path::to_path_buf)
    }
}

/// From `directory` upwards to the root of the repository; without a repository to `here`, if that is above: what lies higher is not ours to
/// look at.
fn find(fs: &dyn Fs, directory: &Path, here: &Path) -> Option<PathBuf> {
    let repository = directory.ancestors().find(|a| fs.exists(&a.join(".git")));
    let root = repository.unwrap_or(if directory.starts_with(here) { here } else { directory });
    directory.ancestors().take_while(|a| a.starts_with(root)).map(|a| a.join(CONFIG_FILE)).find(|p| fs.is_file(p))
}

/// The deepest directory that all these paths lie in: where the search for the configuration of a run begins. A file counts with its directory.
pub fn common_directory(fs: &dyn Fs, paths: &[PathBuf]) -> Option<PathBuf> {
    let directory = |path: &PathBuf| if fs.is_dir(path) { path.clone() } else { path.parent().unwrap_or(path).to_path_buf() };
    let mut directories = paths.iter().map(directory);
    let mut common = directories.next()?;
    for other in directories {
        common = common.ancestors().find(|a| other.starts_with(a))?.to_path_buf();
    }
    Some(common)
}
