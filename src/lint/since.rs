//! What a change since a git revision can have to do with: the projects that read a file which changed.
//!
//! Changed is what the revision has otherwise: committed since, staged or not, new, or gone. What git ignores has no history, and neither
//! has what lies in no repository, or in another one than the paths of the run: none of it counts as changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{INTERNAL_ERROR, Workspace};
use crate::finding::{Finding, Place};
use crate::fs::Fs;
use crate::git::objects::ObjectId;
use crate::git::{GitError, Repository};
use crate::host::{Facts, GitState};
use crate::source::Sources;

/// Files by which Compose finds a project, or that it reads unasked: where one of them is gone, the project changed.
const FOUND_BY_NAME: &[&str] = &[
    ".env",
    "compose.yaml",
    "compose.yml",
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
];

/// What changed, and what that reaches.
#[derive(Debug, Default)]
pub struct Since {
    /// The files that changed, as the projects spell them.
    changed: BTreeSet<PathBuf>,
    /// All files of the projects that read one of them.
    reached: BTreeSet<PathBuf>,
    /// The directories of these projects.
    directories: BTreeSet<PathBuf>,
    /// How many projects these are.
    pub projects: usize,
    /// True if the configuration changed, which concerns everything.
    everything: bool,
}

struct Repositories<'a> {
    disk: &'a dyn Fs,
    /// With the commit of the revision.
    open: Vec<(Repository<'a>, ObjectId)>,
    /// Directory → which of them holds it.
    known: BTreeMap<PathBuf, Option<usize>>,
}

impl Since {
    /// Compares with a revision. Errors: a root is in no repository, or the revision cannot be read there.
    pub fn of(
        workspace: &Workspace,
        facts: &dyn Facts,
        roots: &[PathBuf],
        config: Option<&Path>,
        revision: &str,
    ) -> Result<Self, GitError> {
        let disk = workspace.loader.fs;
        let mut repositories = Repositories { disk, open: Vec::new(), known: BTreeMap::new() };
        for root in roots {
            repositories.open(&disk.canonicalize(root).unwrap_or_else(|_| root.clone()), revision)?;
        }
        let everything = config.is_some_and(|file| repositories.changed(file, facts).unwrap_or(true));
        let mut since = Self { everything, ..Self::default() };
        let mut asked: BTreeMap<&Path, bool> = BTreeMap::new();
        for project in &workspace.projects {
            let mut affected = repositories.lost(&project.directory)?;
            for file in &project.files {
                let changed = match asked.get(file.path.as_path()) {
                    Some(known) => *known,
                    None => repositories.changed(&file.path, facts)?,
                };
                asked.insert(&file.path, changed);
                if changed {
                    since.changed.insert(file.path.clone());
                    affected = true;
                }
            }
            if affected || since.everything {
                since.projects += 1;
                since.directories.insert(project.directory.clone());
                since.reached.extend(project.files.iter().map(|f| f.path.clone()));
            }
        }
        Ok(since)
    }

    /// True if a finding is to be shown: it lies in a file of a project that reads a changed file, or points at a changed file.
    pub fn shows(&self, finding: &Finding, sources: &Sources) -> bool {
        if self.everything || finding.rule == INTERNAL_ERROR {
            return true;
        }
        let path_of = |place: &Place| match place {
            Place::Span(span) => sources.get(span.file).path.clone(),
            Place::Path(path) => path.clone(),
        };
        let primary = path_of(&finding.primary.place);
        let of_project = match (&finding.primary.place, &finding.project) {
            (Place::Span(_), _) => false,
            (Place::Path(_), Some(project)) => self.directories.contains(project),
            (Place::Path(_), None) => self.directories.iter().any(|d| primary.starts_with(d)),
        };
        of_project || self.reached.contains(&primary) || finding.related.iter().any(|l| self.changed.contains(&path_of(&l.place)))
    }
}

impl Repositories<'_> {
    fn open(&mut self, path: &Path, revision: &str) -> Result<(), GitError> {
        let repository = Repository::open(self.disk, path)?;
        if !self.open.iter().any(|(known, _)| known.work_tree() == repository.work_tree()) {
            let commit = repository.resolve(revision).map_err(|error| match error {
                GitError::UnknownRevision(_) | GitError::Missing(_) if repository.is_shallow() => GitError::Shallow(revision.to_owned()),
                GitError::Missing(_) if ObjectId::parse(revision).is_some() => GitError::UnknownRevision(revision.to_owned()),
                other => other,
            })?;
            self.open.push((repository, commit));
        }
        Ok(())
    }

    /// The repository that a directory is in, if it is one of those of the roots.
    fn of_directory(&mut self, directory: &Path) -> Option<usize> {
        if let Some(known) = self.known.get(directory) {
            return *known;
        }
        let root = directory.ancestors().find(|a| self.disk.exists(&a.join(".git")));
        let found = root.and_then(|root| self.open.iter().position(|(r, _)| r.work_tree() == root));
        self.known.insert(directory.to_path_buf(), found);
        found
    }

    fn differs(&mut self, path: &Path) -> Result<bool, GitError> {
        let Some(index) = path.parent().and_then(|d| self.of_directory(d)) else { return Ok(false) };
        self.open.get(index).map_or(Ok(false), |(repository, commit)| repository.differs(*commit, path))
    }

    /// True if a file changed, or a link by which it is reached.
    fn changed(&mut self, path: &Path, facts: &dyn Facts) -> Result<bool, GitError> {
        let Ok(real) = self.disk.canonicalize(path) else { return Ok(false) };
        // The directory's links followed, not that of the file itself.
        let itself = path.parent().and_then(|d| self.disk.canonicalize(d).ok()).zip(path.file_name()).map(|(d, name)| d.join(name));
        for place in itself.iter().filter(|i| **i != real).chain([&real]) {
            if self.differs(place)? && facts.git(place) != GitState::Ignored {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// True if a directory had one of the files that make a project, and has it no more.
    fn lost(&mut self, directory: &Path) -> Result<bool, GitError> {
        let Ok(real) = self.disk.canonicalize(directory) else { return Ok(false) };
        let Some(index) = self.of_directory(&real) else { return Ok(false) };
        let Some((repository, commit)) = self.open.get(index) else { return Ok(false) };
        let Ok(below) = real.strip_prefix(repository.work_tree()) else { return Ok(false) };
        let names = repository.names(*commit, below)?;
        Ok(names.iter().any(|n| FOUND_BY_NAME.contains(&n.as_str()) && self.disk.symlink_metadata(&real.join(n)).is_err()))
    }
}
