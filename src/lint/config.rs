//! `.composelint.yaml`: what a repository or a host settles for all runs. Read with our own parser, so that every mistake in it has a place.

use std::path::{Path, PathBuf};

use crate::compose::{Loader, Semantics};
use crate::fs::Fs;
use crate::nearest::nearest;
use crate::source::{Position, Span};
use crate::yaml::{Kind, NodeId, Tree};

/// The name of the file.
pub const CONFIG_FILE: &str = ".composelint.yaml";

/// Every key that it may have.
const KEYS: &[&str] = &["compose-version"];

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// `compose-version`: whose answers to give where versions of Compose differ.
    pub compose_version: Option<Semantics>,
}

/// A mistake in the file, which is the user's to mend: nothing is judged by half a configuration.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}{}: {message}", path.display(), at.map(|p| format!(":{}:{}", p.line, p.column)).unwrap_or_default())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// Where in it; `None` if it cannot be read at all.
    pub at: Option<Position>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Config {
    /// The configuration of a directory: the nearest file from there upwards, no further than the root of its repository. None is the default.
    pub fn discover(loader: &Loader, directory: &Path) -> Result<Self, ConfigError> {
        match find(loader.fs, directory) {
            Some(path) => Self::read(loader, &path),
            None => Ok(Self::default()),
        }
    }

    /// Reads one file. Errors: the first mistake in it.
    pub fn read(loader: &Loader, path: &Path) -> Result<Self, ConfigError> {
        let error = |at: Option<Span>, message: String, help: Option<String>| ConfigError {
            path: path.to_path_buf(),
            at: at.map(|at| loader.sources.get(at.file).position(at.start)),
            message,
            help,
        };
        let parsed = loader.open(path).map_err(|unreadable| error(unreadable.at, unreadable.message, unreadable.help))?;
        let tree = &*parsed.tree;
        if let Some(mistake) = tree.errors.first() {
            return Err(error(Some(mistake.span), mistake.message.clone(), mistake.help.clone()));
        }
        let mut config = Self::default();
        for document in &tree.documents {
            let root = tree.node(tree.deref(document.root));
            let Kind::Mapping { entries, .. } = &root.kind else {
                if tree.text(document.root) == Some("") {
                    continue;
                }
                return Err(error(Some(root.span), "the configuration must be a mapping of keys to values".into(), None));
            };
            for entry in entries {
                let key = tree.text(entry.key).unwrap_or_default();
                if key != "compose-version" {
                    let help = nearest(key, KEYS.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                    return Err(error(Some(tree.node(entry.key).span), format!("`{key}` is no key of the configuration"), help));
                }
                let unknown = || {
                    let help = "write `compose-version: \"2.40\"` or `compose-version: \"5\"`".to_owned();
                    error(Some(tree.node(entry.value).span), "this is no version of Compose whose answers are known".into(), Some(help))
                };
                config.compose_version = Some(compose_version(tree, entry.value).ok_or_else(unknown)?);
            }
        }
        Ok(config)
    }
}

fn compose_version(tree: &Tree, value: NodeId) -> Option<Semantics> {
    Semantics::of_version(tree.text(value)?)
}

/// From `directory` upwards to the root of the repository; without a repository, in the directory alone: what lies above it is not ours to look at.
fn find(fs: &dyn Fs, directory: &Path) -> Option<PathBuf> {
    let root = directory.ancestors().find(|a| fs.exists(&a.join(".git"))).unwrap_or(directory);
    directory.ancestors().take_while(|a| a.starts_with(root)).map(|a| a.join(CONFIG_FILE)).find(|p| fs.is_file(p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::MemFs;
    use crate::source::Sources;

    fn discover(fs: &MemFs, directory: &str) -> Result<Config, String> {
        let sources = Sources::new();
        let loader = Loader::new(fs, &sources);
        Config::discover(&loader, Path::new(directory)).map_err(|e| format!("{e}; {}", e.help.as_deref().unwrap_or_default()))
    }

    #[test]
    fn the_nearest_file_up_to_the_repository_counts() {
        let fs = MemFs::new()
            .file("/.composelint.yaml", "compose-version: 5\n")
            .file("/repo/.git/HEAD", "")
            .file("/repo/.composelint.yaml", "compose-version: \"2.40\"\n")
            .directory("/repo/a/b")
            .directory("/elsewhere/a");
        assert_eq!(discover(&fs, "/repo/a/b"), Ok(Config { compose_version: Some(Semantics::V2) }));
        assert_eq!(discover(&fs, "/elsewhere/a"), Ok(Config::default()));
    }

    #[test]
    fn mistakes_have_a_place() {
        let said = |text: &str| discover(&MemFs::new().file("/p/.composelint.yaml", text), "/p").unwrap_err();
        assert_eq!(
            said("compose_version: 5\n"),
            "/p/.composelint.yaml:1:1: `compose_version` is no key of the configuration; did you mean `compose-version`?"
        );
        assert_eq!(
            said("# ours\ncompose-version: 3\n"),
            "/p/.composelint.yaml:2:18: this is no version of Compose whose answers are known; write `compose-version: \"2.40\"` or `compose-version: \"5\"`"
        );
        assert_eq!(said("- a\n"), "/p/.composelint.yaml:1:1: the configuration must be a mapping of keys to values; ");
        assert!(said("a: [\n").starts_with("/p/.composelint.yaml:1:4: "), "{}", said("a: [\n"));
        assert_eq!(discover(&MemFs::new().file("/p/.composelint.yaml", "# nothing yet\n"), "/p"), Ok(Config::default()));
    }
}
