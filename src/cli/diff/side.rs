//! One of the two versions: from what the user wrote to loaded projects.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::Failure;
use crate::compose::value::Map;
use crate::compose::{self, Loader, Request, Semantics};
use crate::diff::matching::Identity;
use crate::diff::{Subject, Written};
use crate::discover::{self, Entry, Kind, Reason};
use crate::fs::{self, Fs, OsFs};
use crate::git::{GitError, Repository};
use crate::host::Snapshot;
use crate::lint::{Config, LoadOptions, Workspace};
use crate::migrate::nix::drift;
use crate::model::{self, Profiles, Project};
use crate::report::changes::Known;
use crate::source::Sources;

/// A version as the user wrote it.
#[derive(Debug)]
pub(super) struct Given {
    /// As it was written.
    pub(super) shown: String,
    /// The git revision.
    pub(super) revision: Option<String>,
    /// The directory, or the files; absolute.
    paths: Vec<PathBuf>,
    directory: bool,
}

/// The disk of a version.
pub(super) enum Disk<'a> {
    Now(&'a OsFs),
    Then(Box<Snapshot<'a>>),
}

/// How a version is loaded.
pub(super) struct Wish {
    pub(super) directory: PathBuf,
    pub(super) project_directory: Option<PathBuf>,
    pub(super) env_files: Vec<PathBuf>,
    pub(super) profiles: Profiles,
    pub(super) interpolate: bool,
    pub(super) semantics: Semantics,
}

/// A version that was loaded.
pub(super) struct Loaded<'d> {
    pub(super) loader: Loader<'d>,
    pub(super) projects: Vec<One>,
    /// The directory of the tree, or that of the first file.
    pub(super) root: PathBuf,
    /// What went wrong on our side.
    pub(super) failure: Option<String>,
}

/// A project of a version.
pub(super) struct One {
    pub(super) project: Project,
    /// What is written, without interpolation, if that is compared.
    tree: Option<Map>,
    /// Its directory, relative to the root.
    directory: PathBuf,
    variant: String,
    /// The name of its last file.
    last: String,
}

impl One {
    pub(super) fn identity(&self) -> Identity<'_> {
        let services = match self.tree.as_ref().map(|tree| tree.get("services").and_then(|e| e.value.as_map())) {
            None => self.project.services.keys().map(String::as_str).collect(),
            Some(written) => written.into_iter().flat_map(Map::keys).map(String::as_str).collect(),
        };
        Identity { name: &self.project.name, directory: &self.directory, variant: &self.variant, last: &self.last, services }
    }

    pub(super) fn known(&self) -> Known {
        Known { name: self.project.name.clone(), directory: self.project.directory.clone(), variant: self.variant.clone() }
    }

    /// What was read, by the paths below the project directory.
    pub(super) fn texts(&self, sources: &Sources) -> BTreeMap<PathBuf, String> {
        let directory = &self.project.directory;
        let below = |path: &Path| path.strip_prefix(directory).unwrap_or(path).to_path_buf();
        self.project.files.iter().map(|f| (below(&f.path), sources.get(f.id).text.clone())).collect()
    }

    pub(super) fn subject<'a>(&'a self, sources: &'a Sources, semantics: Semantics) -> Subject<'a> {
        Subject { project: &self.project, sources, semantics }
    }

    pub(super) fn written<'a>(&'a self, sources: &'a Sources) -> Option<Written<'a>> {
        let Project { name, name_source, directory, .. } = &self.project;
        Some(Written { tree: self.tree.as_ref()?, name, name_source, directory, sources })
    }
}

impl Disk<'_> {
    pub(super) fn fs(&self) -> &dyn Fs {
        match self {
            Disk::Now(disk) => *disk,
            Disk::Then(snapshot) => &**snapshot,
        }
    }

    /// What was read from the work tree for want of a history.
    pub(super) fn borrowed(&self) -> Vec<PathBuf> {
        match self {
            Disk::Now(_) => Vec::new(),
            Disk::Then(snapshot) => snapshot.borrowed(),
        }
    }
}

/// A text that names something in a git revision: what stands before and behind its first colon.
fn of_revision(disk: &dyn Fs, directory: &Path, text: &str) -> Option<(String, String)> {
    let (revision, path) = text.split_once(':').filter(|(revision, _)| !revision.is_empty())?;
    // A file may have a colon in its name.
    disk.symlink_metadata(&fs::join(directory, Path::new(text))).is_err().then(|| (revision.to_owned(), path.to_owned()))
}

fn failed(shown: &str, revision: &str, error: &GitError) -> Failure {
    let help = match error {
        GitError::NoRepository(_) => "only what lies in a git repository has revisions: go there, or compare two directories",
        GitError::UnknownRevision(_) if revision.contains(['~', '^']) => {
            "the history may be shorter: `git log --oneline` shows how far it goes"
        }
        GitError::UnknownRevision(_) => {
            "`git branch -a` and `git tag` list the names there are; if a file was meant, there is none of that name"
        }
        GitError::Shallow(_) => "fetch it: in GitHub Actions `fetch-depth: 0` of actions/checkout, in GitLab `GIT_DEPTH: 0`",
        GitError::Form(_) => "write a commit, a branch or a tag, `~2` or `^` behind it where you like, and then the colon",
        GitError::Ambiguous(_) => "write more of it",
        _ => "compare two directories instead",
    };
    Failure::new(format!("`{shown}`: {error}")).help(help)
}

impl Given {
    /// A file, a directory, or one of a revision. Errors: there is none.
    pub(super) fn path(disk: &dyn Fs, directory: &Path, text: &str) -> Result<Self, Failure> {
        if let Some((revision, path)) = of_revision(disk, directory, text) {
            let snapshot = Snapshot::open(disk, directory, &revision).map_err(|e| failed(text, &revision, &e))?;
            let at = in_revision(directory, snapshot.root(), &path);
            if !snapshot.exists(&at) {
                let help = if path.starts_with('.') || path.is_empty() {
                    "correct the path".to_owned()
                } else {
                    format!("the path starts at the root of the repository; `{revision}:./{path}` starts here")
                };
                return Err(Failure::new(format!("`{revision}` has no `{path}`")).help(help));
            }
            let is_directory = snapshot.is_dir(&at);
            return Ok(Self { shown: text.to_owned(), revision: Some(revision), paths: vec![at], directory: is_directory });
        }
        let at = fs::join(directory, Path::new(text));
        match disk.metadata(&at) {
            Ok(found) => Ok(Self { shown: text.to_owned(), revision: None, paths: vec![at], directory: found.is_dir() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let failure = Failure::new(format!("there is no file or directory `{text}`"));
                let revision = Repository::open(disk, directory).and_then(|r| r.resolve(text)).is_ok();
                let help = if revision {
                    format!("if the git revision is meant, write a colon behind it: `{text}:`")
                } else {
                    "correct the path".to_owned()
                };
                Err(failure.help(help))
            }
            Err(error) => Err(Failure::new(format!("`{text}` cannot be read: {}", fs::why(&error)))),
        }
    }

    /// A list of files, all of the disk or all of one revision.
    pub(super) fn files(disk: &dyn Fs, directory: &Path, files: &[String]) -> Result<Self, Failure> {
        let mut given = Self { shown: files.join(" "), revision: None, paths: Vec::new(), directory: false };
        for (index, text) in files.iter().enumerate() {
            let one = Self::path(disk, directory, text)?;
            if one.directory {
                return Err(Failure::new(format!("`{text}` is a directory, not a file")).help("name the file in it"));
            }
            if index > 0 && one.revision != given.revision {
                return Err(Failure::new("the files of one version are of different revisions").help("name all of them in one"));
            }
            given.revision = one.revision;
            given.paths.extend(one.paths);
        }
        Ok(given)
    }

    /// Where it is read from.
    pub(super) fn disk<'a>(&self, disk: &'a OsFs, directory: &Path) -> Result<Disk<'a>, Failure> {
        match &self.revision {
            None => Ok(Disk::Now(disk)),
            Some(revision) => {
                let snapshot = Snapshot::open(disk, directory, revision).map_err(|e| failed(&self.shown, revision, &e))?;
                Ok(Disk::Then(Box::new(snapshot)))
            }
        }
    }

    /// The files that it begins with, if it is a module of NixOS.
    pub(super) fn module(&self, disk: &dyn Fs) -> Option<Vec<PathBuf>> {
        match self.paths.as_slice() {
            [root] if self.directory => {
                let (entries, made) = drift::entries(disk, root);
                // A directory of projects may have a `default.nix`, or modules somewhere below it.
                let sources = Sources::new();
                let other = || {
                    let found = discover::discover(&Loader::new(disk, &sources), std::slice::from_ref(root)).entries;
                    found.iter().any(|e| !made || e.directory == *root)
                };
                (!entries.is_empty() && !other()).then_some(entries)
            }
            files => files.iter().all(|f| f.extension().is_some_and(|e| e == "nix")).then(|| files.to_vec()),
        }
    }

    /// How the projects of it are loaded: that of the files, or those of the directory, or else those below it.
    pub(super) fn requests(&self, loader: &Loader, wish: &Wish) -> Vec<Request> {
        let [root] = self.paths.as_slice() else { return vec![request(&self.paths, wish)] };
        if !self.directory {
            return vec![request(&self.paths, wish)];
        }
        let found = discover::discover(loader, std::slice::from_ref(root));
        let started: Vec<&Entry> = found.entries.iter().filter(|e| !matches!(e.kind, Kind::Variant { .. } | Kind::Single)).collect();
        let own: Vec<&Entry> = started.iter().copied().filter(|e| e.directory == *root).collect();
        let of = |entry: &Entry| Request { semantics: wish.semantics, env_files: env_files(wish), ..entry.request() };
        if own.is_empty() { started } else { own }.into_iter().map(of).collect()
    }

    /// Where it is: the directory, or that of the first file.
    pub(super) fn place(&self) -> PathBuf {
        let first = self.paths.first().map_or(Path::new("/"), PathBuf::as_path);
        if self.directory { first.to_path_buf() } else { first.parent().unwrap_or(first).to_path_buf() }
    }

    /// Loads it.
    pub(super) fn load<'d>(&self, disk: &'d dyn Fs, sources: &'d Sources, wish: &Wish) -> Result<Loaded<'d>, Failure> {
        match self.paths.as_slice() {
            [root] if self.directory => self.tree(disk, sources, root, wish),
            files => Ok(one(disk, sources, files, wish)),
        }
    }

    /// All projects below a directory.
    fn tree<'d>(&self, disk: &'d dyn Fs, sources: &'d Sources, root: &Path, wish: &Wish) -> Result<Loaded<'d>, Failure> {
        if wish.project_directory.is_some() {
            let failure = Failure::new(format!("`{}` is a directory with projects of its own, each with its directory", self.shown));
            return Err(failure.help("name the file, or leave out the project directory"));
        }
        let config = Config::discover_below(&Loader::new(disk, sources), root, &wish.directory)?;
        let env_files: Vec<PathBuf> = wish.env_files.iter().map(|f| fs::join(&wish.directory, f)).collect();
        let options = LoadOptions {
            profiles: wish.profiles.clone(),
            semantics: wish.semantics,
            config: Arc::new(config),
            env_files: (!env_files.is_empty()).then_some(env_files),
            host: None,
        };
        let workspace = Workspace::load(disk, sources, &[root.to_path_buf()], &options);
        let unreadable = workspace.discovery.skipped.iter().find(|s| matches!(s.reason, Reason::Unreadable(_)) && s.path == root);
        if let Some(skipped) = unreadable {
            return Err(Failure::new(format!("`{}`: {}", self.shown, skipped.reason)));
        }
        let Workspace { loader, discovery, projects, failures, .. } = workspace;
        let loaded = discovery.entries.iter().zip(projects).map(|(entry, project)| {
            let (project, tree) = if wish.interpolate {
                (project, None)
            } else {
                let mut request = entry.request();
                request.semantics = wish.semantics;
                written(&loader, request)
            };
            let directory = entry.directory.strip_prefix(root).unwrap_or(&entry.directory).to_path_buf();
            One { project, tree, directory, variant: variant(entry), last: last(&entry.files) }
        });
        let projects = loaded.collect();
        Ok(Loaded { loader, projects, root: root.to_path_buf(), failure: failures.first().map(|f| f.message.clone()) })
    }
}

/// A path of a revision: as git reads it.
fn in_revision(directory: &Path, root: &Path, path: &str) -> PathBuf {
    let from = if path == "." || path.starts_with("./") || path.starts_with("../") { directory } else { root };
    fs::join(from, Path::new(path))
}

/// What tells a project from others in its directory.
fn variant(entry: &Entry) -> String {
    match &entry.kind {
        Kind::Stated(stated) if stated.environment.is_some() => format!("environment {}", stated.environment.clone().unwrap_or_default()),
        Kind::Default | Kind::ComposeFile(_) => String::new(),
        _ => {
            let names = entry.files.iter().filter_map(|f| f.file_name());
            names.map(|n| n.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        }
    }
}

/// The name of the last of some files.
fn last(files: &[PathBuf]) -> String {
    files.last().and_then(|f| f.file_name()).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn env_files(wish: &Wish) -> Option<Vec<PathBuf>> {
    (!wish.env_files.is_empty()).then(|| wish.env_files.clone())
}

/// How a project of some files is loaded.
fn request(files: &[PathBuf], wish: &Wish) -> Request {
    let mut request = Request::new(wish.directory.clone());
    request.files = files.to_vec();
    request.project_directory.clone_from(&wish.project_directory);
    request.env_files = env_files(wish);
    request.semantics = wish.semantics;
    request
}

/// One project of some files.
fn one<'d>(disk: &'d dyn Fs, sources: &'d Sources, files: &[PathBuf], wish: &Wish) -> Loaded<'d> {
    let loader = Loader::new(disk, sources);
    let request = request(files, wish);
    let (project, tree) = if wish.interpolate {
        let options = model::Options { profiles: wish.profiles.clone(), semantics: wish.semantics, ..model::Options::default() };
        (model::build(compose::load(&loader, &request), &loader, &options), None)
    } else {
        written(&loader, request)
    };
    let projects = vec![One { project, tree, directory: PathBuf::new(), variant: String::new(), last: last(files) }];
    let root = files.first().and_then(|f| f.parent()).unwrap_or(&wish.directory).to_path_buf();
    Loaded { loader, projects, root, failure: None }
}

/// A project without services, for its name and its problems; and what is written.
fn written(loader: &Loader, mut request: Request) -> (Project, Option<Map>) {
    request.interpolate = false;
    let mut answer = compose::load(loader, &request);
    let tree = std::mem::take(&mut answer.tree);
    let options = model::Options { consistency: false, env_files: false, semantics: request.semantics, ..model::Options::default() };
    (model::build(answer, loader, &options), Some(tree))
}
