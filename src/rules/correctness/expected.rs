//! Which variables ought to have a value where a project is judged. Knows no rule.

use std::collections::BTreeSet;
use std::path::Path;

use crate::compose::Role;
use crate::compose::variables::listed;
use crate::rules::prelude::*;

/// Files that say which variables a project wants. Whoever keeps one sets them elsewhere.
const EXAMPLES: &[&str] = &[
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    ".env.default",
    ".env.defaults",
    "env.example",
    "env.sample",
    "example.env",
    "sample.env",
    "default.env",
    "defaults.env",
];
/// An example file larger than this is none.
const LIMIT: u64 = 1 << 20;

/// Which variables ought to have a value.
pub(super) struct Expected {
    judged: bool,
    elsewhere: BTreeSet<String>,
}

impl Expected {
    /// On a host all of them. In a repository those of a project with a `.env`, but for the names in an example file: without `.env`
    /// no variable has a value, on purpose.
    pub(super) fn of(project: &Project, cx: &Cx) -> Self {
        match cx.mode {
            Mode::Audit => Self { judged: true, elsewhere: BTreeSet::new() },
            Mode::Check => Self { judged: project.files.iter().any(|f| f.role == Role::DotEnv), elsewhere: examples(project, cx) },
        }
    }

    /// True if it is a mistake that this variable has none.
    pub(super) fn is_missed(&self, name: &str) -> bool {
        self.judged && !self.is_elsewhere(name)
    }

    /// True if an example file says that it gets its value elsewhere.
    pub(super) fn is_elsewhere(&self, name: &str) -> bool {
        self.elsewhere.contains(name)
    }
}

/// The names that example files mention, commented out or not.
pub(in crate::rules) fn examples(project: &Project, cx: &Cx) -> BTreeSet<String> {
    let mut directories = BTreeSet::from([project.directory.as_path()]);
    directories.extend(project.files.iter().filter_map(|f| f.path.parent()));
    let paths = directories.iter().flat_map(|d| EXAMPLES.iter().map(|e| d.join(e)));
    paths.filter_map(|p| read(&p, cx)).flat_map(|text| listed(&text).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn read(path: &Path, cx: &Cx) -> Option<String> {
    let bytes = cx.facts.fs().read(path, LIMIT).ok()?;
    String::from_utf8(bytes).ok()
}
