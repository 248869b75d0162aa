//! What git knows of a path, read from the files of the repository: the index and the ignore files.
//!
//! Git itself is never run: the configuration of a repository can name programs that git would start (`core.fsmonitor`, hooks, filters),
//! and an audited tree is not to be trusted. Nor is anything read that belongs to the person who runs the audit
//! (`core.excludesFile`, `safe.directory`): the answer must not depend on who asks.
//!
//! Links are followed first: a link into a repository shows what that repository says of the file behind it.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use sha1::{Digest, Sha1};

use super::GitState;
use super::index::Index;
use crate::fs::{self, Fs};
use crate::git::git_directory;

/// An index of a million files is about 100 MB.
const INDEX_LIMIT: u64 = 256 << 20;
/// For ignore files and the few one-line files of a repository.
const TEXT_LIMIT: u64 = 1 << 20;

/// A larger file is none that people write.
const CONTENT_LIMIT: u64 = 8 << 20;

/// The name that git gives to the content of a file.
fn blob(content: &[u8]) -> [u8; 20] {
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {}\0", content.len()));
    hasher.update(content);
    hasher.finalize().into()
}

/// The repositories that were met, each read once. Shared by all threads.
#[derive(Default)]
pub struct Repositories {
    /// Directory → the repository whose work tree holds it.
    by_directory: RwLock<BTreeMap<PathBuf, Option<Arc<Repository>>>>,
}

struct Repository {
    /// The work tree.
    root: PathBuf,
    /// Its own directory: `.git`, or what a `.git` file names.
    directory: PathBuf,
    /// `None`: damaged, nothing can be said.
    index: OnceLock<Option<Index>>,
    /// Directory → its ignore file, if it has one.
    ignores: RwLock<BTreeMap<PathBuf, Option<Arc<Gitignore>>>>,
    exclude: OnceLock<Option<Gitignore>>,
}

impl Repositories {
    /// What git says of a path; it need not exist. A directory is tracked if any file below it is.
    /// A repository whose index is damaged says nothing: then it is [`GitState::NoRepository`].
    pub fn state(&self, disk: &dyn Fs, path: &Path) -> GitState {
        let path = real(disk, path);
        let is_dir = disk.is_dir(&path);
        // The repository of a directory is the one it is the root of, if it is.
        let from = if is_dir { Some(path.as_path()) } else { path.parent() };
        let Some(repository) = from.and_then(|d| self.find(disk, d)) else { return GitState::NoRepository };
        let Ok(below) = path.strip_prefix(&repository.root) else { return GitState::NoRepository };
        let Some(index) = repository.index(disk) else { return GitState::NoRepository };
        if index.holds(&bytes(below)) {
            GitState::Tracked
        } else if repository.ignored(disk, below, is_dir) {
            GitState::Ignored
        } else {
            GitState::Untracked
        }
    }

    /// True if a tracked file is not what the index has: by its size, or, where its time does not settle it, by its content. A repository with
    /// long hashes is asked for the size alone.
    pub fn is_modified(&self, disk: &dyn Fs, path: &Path) -> bool {
        let path = real(disk, path);
        let Some(repository) = path.parent().and_then(|d| self.find(disk, d)) else { return false };
        let (Ok(below), Some(index)) = (path.strip_prefix(&repository.root), repository.index(disk)) else { return false };
        let Some(stat) = index.stat(&bytes(below)) else { return false };
        let Ok(meta) = disk.metadata(&path) else { return true };
        if !meta.is_file() {
            return true;
        }
        let since = meta.modified.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        let unchanged =
            since.is_some_and(|d| (d.as_secs() & 0xffff_ffff, d.subsec_nanos()) == (u64::from(stat.modified.0), stat.modified.1));
        // Git writes the size 0 where it could not be sure of the time.
        let same_size = meta.len & 0xffff_ffff == u64::from(stat.size);
        match stat.hash {
            _ if unchanged && same_size => false,
            _ if !same_size && stat.size != 0 => true,
            Some(hash) => disk.read(&path, CONTENT_LIMIT).is_ok_and(|content| blob(&content) != hash),
            None => false,
        }
    }

    /// The root of the work tree that holds a path, if any.
    pub fn root(&self, disk: &dyn Fs, path: &Path) -> Option<PathBuf> {
        let path = real(disk, path);
        let from = if disk.is_dir(&path) { path.as_path() } else { path.parent()? };
        self.find(disk, from).map(|r| r.root.clone())
    }

    fn find(&self, disk: &dyn Fs, directory: &Path) -> Option<Arc<Repository>> {
        let mut asked = Vec::new();
        let mut found = None;
        for at in directory.ancestors() {
            if let Some(known) = self.by_directory.read().unwrap_or_else(PoisonError::into_inner).get(at) {
                found.clone_from(known);
                break;
            }
            asked.push(at);
            if let Some(git) = git_directory(disk, at) {
                found = Some(Arc::new(Repository::new(at, git)));
                break;
            }
        }
        let mut map = self.by_directory.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been faster: its repository is kept, from the root downwards, so that one index is read once.
        for at in asked.into_iter().rev() {
            let kept = map.entry(at.to_path_buf()).or_insert_with(|| found.clone());
            found.clone_from(kept);
        }
        found
    }
}

/// The path with all links followed, as far as it exists.
pub(super) fn real(disk: &dyn Fs, path: &Path) -> PathBuf {
    for at in path.ancestors() {
        if let Ok(real) = disk.canonicalize(at) {
            return path.strip_prefix(at).map_or(real.clone(), |rest| fs::join(&real, rest));
        }
    }
    fs::clean(path)
}

/// A path as git spells it.
fn bytes(path: &Path) -> Vec<u8> {
    let parts: Vec<&[u8]> = path
        .components()
        .filter_map(|c| match c {
            Component::Normal(name) => Some(name.as_encoded_bytes()),
            _ => None,
        })
        .collect();
    parts.join(&b'/')
}

fn text(disk: &dyn Fs, path: &Path) -> Option<String> {
    disk.read(path, TEXT_LIMIT).ok().map(|b| String::from_utf8_lossy(&b).into_owned())
}

impl Repository {
    fn new(root: &Path, directory: PathBuf) -> Self {
        Self {
            root: root.to_path_buf(),
            directory,
            index: OnceLock::new(),
            ignores: RwLock::new(BTreeMap::new()),
            exclude: OnceLock::new(),
        }
    }

    fn index(&self, disk: &dyn Fs) -> Option<&Index> {
        let read = || {
            let path = self.directory.join("index");
            if disk.symlink_metadata(&path).is_err() {
                return Some(Index::default()); // nothing was ever added
            }
            let mut index = Index::parse(&disk.read(&path, INDEX_LIMIT).ok()?).ok()?;
            if let Some(name) = index.shared.take() {
                let shared = self.directory.join(format!("sharedindex.{name}"));
                index.join(Index::parse(&disk.read(&shared, INDEX_LIMIT).ok()?).ok()?);
            }
            Some(index)
        };
        self.index.get_or_init(read).as_ref()
    }

    /// True if an ignore file excludes the path or a directory above it: what is below an excluded directory cannot be taken back.
    fn ignored(&self, disk: &dyn Fs, below: &Path, is_dir: bool) -> bool {
        let mut at = self.root.clone();
        let mut above = vec![at.clone()];
        let mut parts = below.components().peekable();
        while let Some(part) = parts.next() {
            at.push(part);
            let directory = parts.peek().is_some() || is_dir;
            // The nearest ignore file that has an opinion decides.
            let opinion = above.iter().rev().find_map(|d| decision(&self.ignore_file(disk, d).as_deref()?.matched(&at, directory)));
            let opinion = opinion.or_else(|| decision(&self.exclude(disk)?.matched(&at, directory)));
            if opinion == Some(true) {
                return true;
            }
            above.push(at.clone());
        }
        false
    }

    fn ignore_file(&self, disk: &dyn Fs, directory: &Path) -> Option<Arc<Gitignore>> {
        if let Some(known) = self.ignores.read().unwrap_or_else(PoisonError::into_inner).get(directory) {
            return known.clone();
        }
        let path = directory.join(".gitignore");
        // Git does not follow a link here.
        let built = disk.symlink_metadata(&path).is_ok_and(|m| m.is_file()).then(|| patterns(disk, &path, directory)).flatten();
        let mut map = self.ignores.write().unwrap_or_else(PoisonError::into_inner);
        map.entry(directory.to_path_buf()).or_insert(built.map(Arc::new)).clone()
    }

    /// `info/exclude`, which linked work trees share.
    fn exclude(&self, disk: &dyn Fs) -> Option<&Gitignore> {
        let read = || {
            let common = text(disk, &self.directory.join("commondir"));
            let common = common.map_or(self.directory.clone(), |c| fs::join(&self.directory, Path::new(c.trim())));
            patterns(disk, &common.join("info/exclude"), &self.root)
        };
        self.exclude.get_or_init(read).as_ref()
    }
}

/// The patterns of an ignore file, seen from `root`. A pattern that cannot be read is left out, as git does.
fn patterns(disk: &dyn Fs, path: &Path, root: &Path) -> Option<Gitignore> {
    let text = text(disk, path)?;
    let mut builder = GitignoreBuilder::new(root);
    for line in text.strip_prefix('\u{feff}').unwrap_or(&text).lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build().ok()
}

fn decision<T>(matched: &Match<T>) -> Option<bool> {
    match matched {
        Match::None => None,
        Match::Ignore(_) => Some(true),
        Match::Whitelist(_) => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::fs::{MemFs, OsFs};
    use crate::host::{Facts, HostFacts};

    /// Runs git in a directory, cut off from the configuration of whoever runs the tests. `None`: there is no git here.
    fn git(directory: &Path, arguments: &[&str]) -> Option<()> {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
            command.env_remove(name);
        }
        let command = command.current_dir(directory).args(["-c", "user.name=t", "-c", "user.email=t@example.org"]);
        let command = command.args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"]);
        let command = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").args(arguments);
        match command.output() {
            Ok(output) => {
                assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
                Some(())
            }
            Err(error) => {
                println!("skipped: git cannot be run ({error})");
                None
            }
        }
    }

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(&path).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
    }

    fn assert_states(root: &Path, wanted: &[(&str, GitState)]) {
        let facts = HostFacts::new(&OsFs);
        for (path, state) in wanted {
            assert_eq!(facts.git(&root.join(path)), *state, "{path}");
        }
    }

    use GitState::{Ignored, NoRepository, Tracked, Untracked};

    const FILES: &[(&str, GitState)] = &[
        ("", Tracked),
        ("compose.yml", Tracked),
        ("compose.yaml", Untracked),
        ("deep/down/file", Tracked),
        ("deep", Tracked),
        ("deep/new", Untracked),
        ("deep/missing", Untracked),
        (".env", Ignored),
        ("deep/.env", Ignored),
        ("kept.env", Ignored),
        ("deep/kept.env", Untracked),
        ("logs", Ignored),
        ("logs/kept.env", Ignored),
        ("forced.env", Tracked),
        ("private", Ignored),
        ("name with ä", Tracked),
    ];

    fn fill(root: &Path) -> Option<()> {
        git(root, &["init", "-q"])?;
        write(root, ".gitignore", "*.env\nlogs/\n");
        write(root, "deep/.gitignore", "!kept.env\n");
        write(root, ".git/info/exclude", "private\n");
        for (path, _) in FILES.iter().filter(|(p, _)| !["", "deep", "logs", "deep/missing"].contains(p)) {
            write(root, path, "x");
        }
        let tracked = ["add", "-f", ".gitignore", "deep/.gitignore", "compose.yml", "deep/down/file", "forced.env", "name with ä"];
        git(root, &tracked)
    }

    #[test]
    fn answers_as_git_does_with_every_index_version() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        if fill(root).is_none() {
            return;
        }
        assert_states(root, FILES);
        for version in ["4", "3", "2"] {
            git(root, &["update-index", "--index-version", version]).unwrap();
            assert_states(root, FILES);
        }
        // Version 3 is only written when a flag needs it.
        git(root, &["add", "-N", "deep/new"]).unwrap();
        assert_states(root, &[("deep/new", Tracked), ("compose.yml", Tracked), ("compose.yaml", Untracked)]);
        git(root, &["update-index", "--split-index"]).unwrap();
        git(root, &["add", "compose.yaml"]).unwrap();
        assert_states(root, &[("compose.yaml", Tracked), ("compose.yml", Tracked), (".env", Ignored)]);
    }

    #[test]
    fn a_tracked_file_is_compared_with_what_git_has_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        if fill(root).is_none() {
            return;
        }
        let modified = |path: &str| HostFacts::new(&OsFs).is_modified(&root.join(path));
        assert!(!modified("compose.yml"));
        // The same content at another time, other content of the same size, and of another one.
        write(root, "compose.yml", "x");
        assert!(!modified("compose.yml"));
        write(root, "compose.yml", "y");
        assert!(modified("compose.yml"));
        write(root, "forced.env", "xx");
        assert!(modified("forced.env"));
        assert!(!modified("compose.yaml"), "what is not tracked is not modified");
        assert_states(root, FILES);
    }

    #[test]
    fn a_repository_with_long_hashes_is_read_too() {
        let dir = tempfile::tempdir().unwrap();
        if git(dir.path(), &["init", "-q", "--object-format=sha256"]).is_none() {
            return;
        }
        write(dir.path(), "a", "x");
        git(dir.path(), &["add", "a"]).unwrap();
        assert_states(dir.path(), &[("a", Tracked), ("b", Untracked)]);
        git(dir.path(), &["update-index", "--index-version", "4"]).unwrap();
        assert_states(dir.path(), &[("a", Tracked), ("b", Untracked)]);
    }

    #[test]
    fn linked_work_trees_and_nested_repositories_have_their_own_index() {
        let dir = tempfile::tempdir().unwrap();
        let main = dir.path().join("main");
        std::fs::create_dir(&main).unwrap();
        if fill(&main).is_none() {
            return;
        }
        git(&main, &["commit", "-qm", "first"]).unwrap();
        git(&main, &["worktree", "add", "-q", "../second"]).unwrap();
        write(&dir.path().join("second"), "private", "x");
        assert_states(dir.path(), &[("second/compose.yml", Tracked), ("second/compose.yaml", Untracked), ("second/private", Ignored)]);

        write(&main, "inner/own.env", "x");
        git(&main.join("inner"), &["init", "-q"]).unwrap();
        assert_states(&main, &[("inner/own.env", Untracked), ("inner", Untracked)]);
        assert_states(dir.path(), &[("elsewhere", NoRepository)]);
    }

    #[test]
    #[cfg(unix)]
    fn links_are_followed_before_git_is_asked() {
        let dir = tempfile::tempdir().unwrap();
        let main = dir.path().join("main");
        std::fs::create_dir(&main).unwrap();
        if fill(&main).is_none() {
            return;
        }
        std::os::unix::fs::symlink("main/compose.yml", dir.path().join("link.yml")).unwrap();
        std::os::unix::fs::symlink("main/deep", dir.path().join("link")).unwrap();
        let wanted = [("link.yml", Tracked), ("link/down/file", Tracked), ("link/new", Untracked), ("link/gone", Untracked)];
        assert_states(dir.path(), &wanted);
    }

    #[test]
    fn a_damaged_or_pretended_repository_says_nothing() {
        let fs = MemFs::new()
            .file("/damaged/.git/HEAD", "ref: refs/heads/main")
            .file("/damaged/.git/index", "DIRC and then nonsense")
            .file("/damaged/a", "")
            .file("/empty/.git/other", "")
            .file("/empty/a", "")
            .file("/fresh/.git/HEAD", "ref: refs/heads/main")
            .file("/fresh/a", "")
            .file("/away/.git", "gitdir: ../nowhere")
            .file("/away/a", "");
        let facts = HostFacts::new(&fs);
        assert_eq!(facts.git(Path::new("/damaged/a")), NoRepository);
        assert_eq!(facts.git(Path::new("/empty/a")), NoRepository);
        assert_eq!(facts.git(Path::new("/away/a")), NoRepository);
        assert_eq!(facts.git(Path::new("/fresh/a")), Untracked);
    }
}
