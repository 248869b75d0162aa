//! Which files load which, and in which directory the relative paths of each start, before and after files have moved (spec/resolve.md 2.2,
//! 9.2, 10.2).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::written::{Include, written};
use crate::compose::open::Loader;
use crate::compose::paths::{Reading, is_remote};
use crate::compose::{Semantics, Variable};
use crate::fs::join;

/// Where relative paths start.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bases {
    pub(super) before: PathBuf,
    pub(super) after: PathBuf,
}

/// What is known of one file.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    /// Where its paths start; more than one where it is loaded in several ways.
    pub(super) bases: BTreeSet<Bases>,
    /// True if a file includes it and the `.env` beside it with it.
    pub(super) env_beside: bool,
    /// The variables that its text sees.
    pub(super) environment: BTreeMap<String, Variable>,
}

/// The files of several projects.
pub(super) struct Graph<'a> {
    loader: &'a Loader<'a>,
    semantics: Semantics,
    moved: &'a BTreeMap<PathBuf, PathBuf>,
    pub(super) files: BTreeMap<PathBuf, Uses>,
    seen: BTreeSet<(PathBuf, Bases, bool)>,
}

/// Deeper chains are those of a circle.
const MAX_DEPTH: usize = 100;

impl<'a> Graph<'a> {
    pub(super) fn new(loader: &'a Loader<'a>, semantics: Semantics, moved: &'a BTreeMap<PathBuf, PathBuf>) -> Self {
        Self { loader, semantics, moved, files: BTreeMap::new(), seen: BTreeSet::new() }
    }

    fn now<'p>(&'p self, path: &'p Path) -> &'p Path {
        self.moved.get(path).map_or(path, PathBuf::as_path)
    }

    /// The directory of a file, before and after.
    fn beside(&self, path: &Path) -> Bases {
        let directory = |path: &Path| path.parent().unwrap_or(Path::new("/")).to_path_buf();
        Bases { before: directory(path), after: directory(self.now(path)) }
    }

    /// The files of a project, `-f` by `-f`.
    pub(super) fn project(&mut self, files: &[PathBuf], directory: Option<&Path>, environment: &BTreeMap<String, Variable>) {
        let Some(first) = files.first() else { return };
        let bases = match directory {
            Some(given) => Bases { before: given.to_path_buf(), after: given.to_path_buf() },
            None => self.beside(first),
        };
        for file in files {
            self.file(file, &bases, environment, true, 0);
        }
    }

    fn file(&mut self, path: &Path, bases: &Bases, environment: &BTreeMap<String, Variable>, model: bool, depth: usize) {
        if depth > MAX_DEPTH || !self.seen.insert((path.to_path_buf(), bases.clone(), model)) {
            return;
        }
        let Ok(parsed) = self.loader.open(path) else { return };
        let uses = self.files.entry(path.to_path_buf()).or_default();
        uses.bases.insert(bases.clone());
        for (name, variable) in environment {
            uses.environment.entry(name.clone()).or_insert_with(|| variable.clone());
        }
        let found = written(&parsed, environment, self.semantics);
        if model {
            for include in &found.includes {
                self.include(include, bases, environment, depth);
            }
        }
        for extended in found.paths.iter().filter(|p| p.reading == Reading::Extends && is_remote(&p.value).is_none()) {
            let path = join(&bases.before, Path::new(&extended.value));
            let bases = self.beside(&path);
            self.file(&path, &bases, environment, false, depth + 1);
        }
    }

    fn include(&mut self, include: &Include, bases: &Bases, environment: &BTreeMap<String, Variable>, depth: usize) {
        let paths: Vec<PathBuf> =
            include.paths.iter().filter(|p| is_remote(&p.value).is_none()).map(|p| join(&bases.before, Path::new(&p.value))).collect();
        let Some(first) = paths.first() else { return };
        let inner = match &include.directory {
            Some(given) => {
                let given = join(&bases.before, Path::new(&given.value));
                Bases { before: given.clone(), after: given }
            }
            None => self.beside(first),
        };
        let beside = include.directory.is_none() && include.env_files.is_empty();
        for path in &paths {
            self.file(path, &inner, environment, true, depth + 1);
            if let Some(uses) = self.files.get_mut(path).filter(|_| beside && path == first) {
                uses.env_beside = true;
            }
        }
    }
}
