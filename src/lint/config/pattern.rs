//! Patterns of paths as git has them in `.gitignore`, relative to the directory of the configuration.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::source::Span;

/// Some patterns, in order: a later one wins, one with `!` takes back.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    base: PathBuf,
    all: Option<Gitignore>,
    each: Vec<Pattern>,
}

/// One pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As it is written.
    pub text: String,
    /// Where.
    pub at: Span,
    alone: Gitignore,
}

impl Patterns {
    /// The patterns, read as if they stood in a `.gitignore` in `base`. Errors: the place of each that is none, and why.
    pub fn new(base: &Path, texts: Vec<(String, Span)>) -> Result<Self, Vec<(Span, String)>> {
        let mut all = GitignoreBuilder::new("");
        let (mut each, mut errors) = (Vec::new(), Vec::new());
        for (text, at) in texts {
            let mut alone = GitignoreBuilder::new("");
            // What a `!` takes back is found by the pattern behind it.
            let positive = text.strip_prefix('!').unwrap_or(&text);
            let built = match wrong(&text) {
                Some(error) => Err(error.to_owned()),
                None => match (all.add_line(None, &text), alone.add_line(None, positive)) {
                    (Ok(_), Ok(_)) => alone.build().map_err(|e| reason(&e)),
                    (Err(error), _) | (_, Err(error)) => Err(reason(&error)),
                },
            };
            match built {
                Ok(alone) => each.push(Pattern { text, at, alone }),
                Err(error) => errors.push((at, error)),
            }
        }
        match all.build() {
            _ if !errors.is_empty() => Err(errors),
            Ok(all) => Ok(Self { base: base.to_path_buf(), all: Some(all), each }),
            Err(error) => Err(each.first().map(|p| (p.at, reason(&error))).into_iter().collect()),
        }
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// Each of them.
    pub fn each(&self) -> &[Pattern] {
        &self.each
    }

    /// True if a pattern names this path, or a directory that it lies in. The path is absolute.
    pub fn cover(&self, path: &Path, directory: bool) -> bool {
        let (Some(all), Some(below)) = (&self.all, self.below(path)) else { return false };
        all.matched_path_or_any_parents(below, directory).is_ignore()
    }

    /// True if a pattern names this very path.
    pub fn name(&self, path: &Path, directory: bool) -> bool {
        let (Some(all), Some(below)) = (&self.all, self.below(path)) else { return false };
        all.matched(below, directory).is_ignore()
    }

    /// The last pattern that covers this path, taken by itself.
    pub fn last_covering(&self, path: &Path, directory: bool) -> Option<&Pattern> {
        self.each.iter().rev().find(|p| self.covers(p, path, directory))
    }

    /// True if this one of the patterns, taken by itself, covers a path.
    pub fn covers(&self, pattern: &Pattern, path: &Path, directory: bool) -> bool {
        self.below(path).is_some_and(|below| pattern.alone.matched_path_or_any_parents(below, directory).is_ignore())
    }

    fn below<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        path.strip_prefix(&self.base).ok().filter(|p| !p.as_os_str().is_empty())
    }
}

/// Why a text is no pattern of ours, where git would have taken it for one that matches nothing.
fn wrong(text: &str) -> Option<&'static str> {
    let inner = text.trim_start_matches('!');
    match () {
        () if inner.trim().is_empty() => Some("an empty pattern matches nothing"),
        () if text.starts_with('#') => Some("a pattern that begins with `#` is a comment: write `\\#`"),
        () if inner.split('/').any(|part| part == "..") => {
            Some("a pattern starts from the directory of the configuration, and nothing outside of it can match")
        }
        () => None,
    }
}

/// The reason of the library, without the pattern and its own name.
fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => format!("this is no pattern: {err}"),
        other => format!("this is no pattern: {other}"),
    }
}
