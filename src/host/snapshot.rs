//! The disk as a git revision has it: what is below the work tree is read from the commit, at the paths of the work tree, so that everything
//! stays where it is. Nothing is checked out, nothing is written, and git is not run.
//!
//! What git has no history of cannot differ between two revisions: a file that git ignores, and an env file that it does not track, are read
//! from the work tree. So a secret that is kept out of git on purpose does not look like a change. Which files those were is told.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::git::Repositories;
use super::{GitState, git};
use crate::fs::{DirEntry, FileType, Fs, Metadata, join};
use crate::git::objects::ObjectId;
use crate::git::{Entry, GitError, Repository};

/// The mode of a submodule.
const SUBMODULE: u32 = 0o160_000;

/// As many links one after the other as Linux follows.
const HOPS: u32 = 40;

/// The disk with a work tree as one of its commits has it.
pub struct Snapshot<'a> {
    disk: &'a dyn Fs,
    repository: Repository<'a>,
    commit: ObjectId,
    states: Repositories,
    /// The files that were read from the work tree, because the commit cannot have them.
    borrowed: Mutex<BTreeSet<PathBuf>>,
    /// What was asked for on the disk below the work tree: whether it is as old as all revisions.
    timeless: Mutex<BTreeMap<PathBuf, bool>>,
}

/// What a path leads to.
enum Found {
    /// An entry of the commit, and its path below the work tree.
    Commit(Entry, PathBuf),
    /// Something on the disk.
    Disk(PathBuf),
}

fn missing() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

fn damaged(error: &GitError) -> io::Error {
    io::Error::other(error.to_string())
}

fn kind(entry: &Entry) -> FileType {
    match entry.mode & 0o170_000 {
        0o040_000 | SUBMODULE => FileType::Directory,
        0o120_000 => FileType::Link,
        _ => FileType::File,
    }
}

impl<'a> Snapshot<'a> {
    /// The work tree that holds a path, as a revision has it. The path is absolute and without links. Errors: there is no repository, or no
    /// such revision in it.
    pub fn open(disk: &'a dyn Fs, path: &Path, revision: &str) -> Result<Self, GitError> {
        let repository = Repository::open(disk, path)?;
        let commit = repository.resolve(revision).map_err(|error| match error {
            GitError::UnknownRevision(_) | GitError::Missing(_) if repository.is_shallow() => GitError::Shallow(revision.to_owned()),
            GitError::Missing(_) if ObjectId::parse(revision).is_some() => GitError::UnknownRevision(revision.to_owned()),
            other => other,
        })?;
        let (states, borrowed, timeless) = (git::Repositories::default(), Mutex::default(), Mutex::default());
        Ok(Self { disk, repository, commit, states, borrowed, timeless })
    }

    /// The root of the work tree.
    pub fn root(&self) -> &Path {
        self.repository.work_tree()
    }

    /// The files that were read from the work tree so far, because git has no history of them; sorted.
    pub fn borrowed(&self) -> Vec<PathBuf> {
        self.borrowed.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// What a path leads to; the last link is followed if `follow` says so.
    fn find(&self, path: &Path, follow: bool, hops: u32) -> io::Result<Found> {
        let path = crate::fs::clean(path);
        let Ok(below) = path.strip_prefix(self.root()) else { return Ok(Found::Disk(path)) };
        // The repository itself is none of its files.
        if below.starts_with(".git") {
            return Ok(Found::Disk(path));
        }
        let mut at = PathBuf::new();
        let mut entry = self.entry(&at)?.ok_or_else(missing)?;
        let mut parts = below.components().peekable();
        while let Some(part) = parts.next() {
            let Component::Normal(name) = part else { return Err(missing()) };
            if kind(&entry) != FileType::Directory {
                return Err(io::Error::from(io::ErrorKind::NotADirectory));
            }
            at.push(name);
            entry = match self.entry(&at)? {
                Some(entry) => entry,
                None if self.is_timeless(&self.root().join(&at)) => return Ok(Found::Disk(path)),
                None => return Err(missing()),
            };
            // What is in a submodule, another repository knows.
            if entry.mode == SUBMODULE && self.disk.exists(&self.root().join(&at)) {
                return Ok(Found::Disk(path));
            }
            if kind(&entry) == FileType::Link && (follow || parts.peek().is_some()) {
                if hops >= HOPS {
                    return Err(io::Error::other("too many levels of symbolic links"));
                }
                let target = self.content(&at)?;
                let target = String::from_utf8_lossy(&target).into_owned();
                let directory = self.root().join(at.parent().unwrap_or(Path::new("")));
                let to = parts.fold(join(&directory, Path::new(&target)), |to, part| to.join(part));
                return self.find(&to, follow, hops + 1);
            }
        }
        Ok(Found::Commit(entry, at))
    }

    fn entry(&self, below: &Path) -> io::Result<Option<Entry>> {
        self.repository.entry(self.commit, below).map_err(|e| damaged(&e))
    }

    fn content(&self, below: &Path) -> io::Result<Vec<u8>> {
        self.repository.file(self.commit, below).map_err(|e| damaged(&e))?.ok_or_else(missing)
    }

    /// True if git has no history of something on the disk: it is ignored, or it is an env file that is not tracked.
    fn is_timeless(&self, path: &Path) -> bool {
        if let Some(known) = self.timeless.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return *known;
        }
        let answer = self.disk.symlink_metadata(path).is_ok()
            && match self.states.state(self.disk, path) {
                GitState::Ignored => true,
                GitState::Untracked => is_env_file(path),
                GitState::Tracked | GitState::NoRepository => false,
            };
        self.timeless.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_path_buf(), answer);
        answer
    }

    fn facts(&self, found: Found) -> io::Result<Metadata> {
        match found {
            Found::Disk(path) => self.disk.metadata(&path),
            Found::Commit(entry, at) => {
                let file_type = kind(&entry);
                let len = if file_type == FileType::File { self.content(&at)?.len() as u64 } else { 0 };
                let mode = if file_type == FileType::File { entry.mode & 0o777 } else { 0o755 };
                Ok(Metadata { file_type, len, mode: Some(mode), identity: None, modified: None })
            }
        }
    }
}

/// `.env`, `.env.production`, `app.env`.
fn is_env_file(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    name.starts_with(".env.") || name.rsplit('.').next() == Some("env") && name.contains('.')
}

impl Fs for Snapshot<'_> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self.find(path, true, 0)? {
            Found::Disk(at) => {
                let bytes = self.disk.read(&at, limit)?;
                if at.starts_with(self.root()) && !at.starts_with(self.root().join(".git")) {
                    self.borrowed.lock().unwrap_or_else(PoisonError::into_inner).insert(at);
                }
                Ok(bytes)
            }
            Found::Commit(entry, at) => match kind(&entry) {
                FileType::File => {
                    let bytes = self.content(&at)?;
                    if bytes.len() as u64 > limit { Err(io::Error::from(io::ErrorKind::FileTooLarge)) } else { Ok(bytes) }
                }
                _ => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            },
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let at = match self.find(path, true, 0)? {
            Found::Disk(at) => return self.disk.read_dir(&at),
            Found::Commit(entry, at) if kind(&entry) == FileType::Directory => at,
            Found::Commit(..) => return Err(io::Error::from(io::ErrorKind::NotADirectory)),
        };
        let listed = self.repository.list(self.commit, &at).map_err(|e| damaged(&e))?;
        let mut entries: BTreeMap<PathBuf, FileType> = listed.iter().map(|(name, entry)| (path.join(name), kind(entry))).collect();
        for other in self.disk.read_dir(&self.root().join(&at)).unwrap_or_default() {
            if let Some(name) = other.path.file_name().filter(|n| *n != ".git")
                && !entries.contains_key(&path.join(name))
                && self.is_timeless(&self.root().join(&at).join(name))
            {
                entries.insert(path.join(name), other.file_type);
            }
        }
        Ok(entries.into_iter().map(|(path, file_type)| DirEntry { path, file_type }).collect())
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let found = self.find(path, true, 0)?;
        self.facts(found)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        match self.find(path, false, 0)? {
            Found::Disk(at) => self.disk.symlink_metadata(&at),
            found @ Found::Commit(..) => self.facts(found),
        }
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        match self.find(path, false, 0)? {
            Found::Disk(at) => self.disk.read_link(&at),
            Found::Commit(entry, at) if kind(&entry) == FileType::Link => {
                Ok(PathBuf::from(String::from_utf8_lossy(&self.content(&at)?).into_owned()))
            }
            Found::Commit(..) => Err(io::Error::from(io::ErrorKind::InvalidInput)),
        }
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        match self.find(path, true, 0)? {
            Found::Disk(at) => self.disk.canonicalize(&at),
            Found::Commit(_, at) => Ok(join(self.root(), &at)),
        }
    }

    /// Never: what was is not changed.
    fn write_atomic(&self, _path: &Path, _bytes: &[u8]) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::fs::OsFs;

    /// Runs git in a directory, cut off from the configuration of whoever runs the tests. False: there is no git here.
    fn git(directory: &Path, arguments: &[&str]) -> bool {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
            command.env_remove(name);
        }
        let command = command.current_dir(directory).args(["-c", "user.name=t", "-c", "user.email=t@example.org"]);
        let command = command.args(["-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"]);
        let command = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").args(arguments);
        match command.output() {
            Ok(output) => {
                assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
                true
            }
            Err(error) => {
                println!("skipped: git cannot be run ({error})");
                false
            }
        }
    }

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(&path).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
    }

    #[test]
    fn a_revision_is_a_disk() {
        let dir = tempfile::tempdir().unwrap();
        let outer = OsFs.canonicalize(dir.path()).unwrap();
        let (root, other) = (outer.join("repo"), outer.join("other"));
        for (at, path) in [(&root, "a/deep/file"), (&root, "a/run.sh"), (&root, ".gitignore"), (&other, "inner")] {
            write(at, path, if path == ".gitignore" { "ignored/\n" } else { path });
        }
        std::os::unix::fs::symlink("a/deep", root.join("link")).unwrap();
        std::os::unix::fs::symlink("link", root.join("again")).unwrap();
        std::os::unix::fs::symlink("loop", root.join("loop")).unwrap();
        std::os::unix::fs::symlink(&other, root.join("out")).unwrap();
        let made = git(&other, &["init", "-q"]) && git(&other, &["add", "-A"]) && git(&other, &["commit", "-qm", "x"]);
        if !(made && git(&root, &["init", "-q"])) {
            return;
        }
        git(&root, &["submodule", "--quiet", "add", &other.display().to_string(), "sub"]);
        git(&root, &["add", "-A"]);
        git(&root, &["commit", "-qm", "x"]);
        // The work tree goes on.
        write(&root, "a/deep/file", "changed");
        write(&root, "a/new", "new");
        write(&root, "a/.env", "A=1");
        write(&root, "ignored/x", "x");
        std::fs::remove_file(root.join("link")).unwrap();

        let then = Snapshot::open(&OsFs, &root, "HEAD").unwrap();
        let read = |path: &str| then.read(&root.join(path), 100).map(|b| String::from_utf8(b).unwrap()).map_err(|e| e.kind());
        assert_eq!(read("a/deep/file").unwrap(), "a/deep/file");
        assert_eq!(read("again/file").unwrap(), "a/deep/file");
        assert_eq!(read("a/./deep/../deep/file").unwrap(), "a/deep/file");
        assert_eq!(read("out/inner").unwrap(), "inner");
        assert_eq!(read("sub/inner").unwrap(), "inner");
        assert_eq!(read("a/.env").unwrap(), "A=1");
        assert_eq!(read("ignored/x").unwrap(), "x");
        assert_eq!(read("a/new"), Err(io::ErrorKind::NotFound));
        assert_eq!(read("a/deep"), Err(io::ErrorKind::IsADirectory));
        assert_eq!(read("a/deep/file/x"), Err(io::ErrorKind::NotADirectory));
        assert!(read("loop").is_err());
        assert_eq!(then.read(&root.join("a/deep/file"), 3).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(then.borrowed(), ["a/.env", "ignored/x", "sub/inner"].map(|p| root.join(p)));

        let names = |path: &str| -> Vec<String> {
            let entries = then.read_dir(&root.join(path)).unwrap();
            entries.iter().map(|e| format!("{} {:?}", e.path.strip_prefix(&root).unwrap().display(), e.file_type)).collect()
        };
        assert_eq!(names("a"), ["a/.env File", "a/deep Directory", "a/run.sh File"]);
        assert_eq!(names("link"), ["link/file File"]);
        assert!(names("").contains(&"ignored Directory".to_owned()) && names("").contains(&"link Link".to_owned()));
        assert!(then.is_dir(&root.join("again")) && then.is_file(&root.join("link/file")) && !then.exists(&root.join("a/new")));
        assert_eq!(then.metadata(&root.join("a/deep/file")).unwrap().len, 11);
        assert_eq!(then.symlink_metadata(&root.join("link")).unwrap().file_type, FileType::Link);
        assert_eq!(then.read_link(&root.join("link")).unwrap(), Path::new("a/deep"));
        assert_eq!(then.canonicalize(&root.join("again/file")).unwrap(), root.join("a/deep/file"));
        assert!(then.write_atomic(&root.join("a/new"), b"x").is_err());
        assert!(matches!(Snapshot::open(&OsFs, &root, "nope"), Err(GitError::UnknownRevision(_))));
        assert!(matches!(Snapshot::open(&OsFs, &outer, "HEAD"), Err(GitError::NoRepository(_))));
    }
}
