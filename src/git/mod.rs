//! What git has of a revision: commits, trees and files, read from the repository's own files. Git is never run, and nothing is written.
//!
//! SHA-1 repositories with files for references: what nearly everybody has. Others are told apart and refused.

pub mod objects;
mod refs;

use std::path::{Component, Path, PathBuf};

use crate::fs::{self, Fs};
use objects::{Kind, Object, ObjectId, Store};
use refs::{Refs, header};

/// For the few one-line files of a repository.
const TEXT_LIMIT: u64 = 1 << 20;
/// A larger file is not compared.
const FILE_LIMIT: u64 = 64 << 20;

/// Why a revision cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// No work tree holds the path.
    #[error("`{}` is in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// Of a kind that is not read.
    #[error("the git repository `{}` {what}, which composelint does not read", .at.display())]
    Unsupported {
        /// The repository.
        at: PathBuf,
        /// What it does differently.
        what: &'static str,
    },
    /// Nothing of that name.
    #[error("git has no revision `{0}`")]
    UnknownRevision(String),
    /// A way to name revisions that is not read.
    #[error("`{0}` is a form of revision that composelint does not read")]
    Form(String),
    /// Nothing of that name, in a repository whose history is cut off.
    #[error("git has no revision `{0}`, and the history of this clone is cut off")]
    Shallow(String),
    /// Several objects begin like this.
    #[error("several commits begin with `{0}`")]
    Ambiguous(String),
    /// Something else than a commit.
    #[error("the git object {0} is no commit")]
    NoCommit(ObjectId),
    /// An object that is named and not there.
    #[error("git's object {0} is not in the repository")]
    Missing(ObjectId),
    /// Bytes that are none of git's.
    #[error("git's file `{}` is damaged", .0.display())]
    Damaged(PathBuf),
    /// More than we are willing to read.
    #[error("git's file `{}` holds an object that is too large to be read", .0.display())]
    TooLarge(PathBuf),
}

/// One repository.
pub struct Repository<'a> {
    disk: &'a dyn Fs,
    work_tree: PathBuf,
    /// Its own directory: `.git`, or what a `.git` file names.
    directory: PathBuf,
    /// What all its work trees share.
    common: PathBuf,
    store: Store<'a>,
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its kind and permission bits, as git has them.
    pub mode: u32,
    /// Its content.
    pub id: ObjectId,
}

fn text(disk: &dyn Fs, path: &Path) -> Option<String> {
    disk.read(path, TEXT_LIMIT).ok().map(|b| String::from_utf8_lossy(&b).into_owned())
}

impl<'a> Repository<'a> {
    /// The repository whose work tree holds a path, which is absolute and without links. Errors: there is none, or it is of a kind that
    /// is not read.
    pub fn open(disk: &'a dyn Fs, path: &Path) -> Result<Self, GitError> {
        let found = path.ancestors().find_map(|at| Some((at, git_directory(disk, at)?)));
        let (work_tree, directory) = found.ok_or_else(|| GitError::NoRepository(path.to_path_buf()))?;
        let common =
            text(disk, &directory.join("commondir")).map_or_else(|| directory.clone(), |c| fs::join(&directory, Path::new(c.trim())));
        let unsupported = |what| GitError::Unsupported { at: work_tree.to_path_buf(), what };
        let config = text(disk, &common.join("config")).unwrap_or_default().to_ascii_lowercase();
        let set =
            |key: &str, value: &str| config.lines().any(|l| l.split_once('=').is_some_and(|(k, v)| k.trim() == key && v.trim() == value));
        if set("objectformat", "sha256") {
            return Err(unsupported("names its objects by SHA-256"));
        }
        if set("refstorage", "reftable") || disk.is_dir(&common.join("reftable")) {
            return Err(unsupported("keeps its references in a reftable"));
        }
        let store = Store::new(disk, common.join("objects"));
        Ok(Self { disk, work_tree: work_tree.to_path_buf(), directory, common, store })
    }

    /// The root of its work tree.
    pub fn work_tree(&self) -> &Path {
        &self.work_tree
    }

    /// True if history is cut off: what is not there may exist elsewhere.
    pub fn is_shallow(&self) -> bool {
        self.disk.is_file(&self.common.join("shallow"))
    }

    /// The commit of a revision: `HEAD`, a branch, a tag, a hash or the beginning of one, `origin/main`, with `~N` and `^N` behind it.
    pub fn resolve(&self, revision: &str) -> Result<ObjectId, GitError> {
        Refs { disk: self.disk, store: &self.store, directory: &self.directory, common: &self.common }.resolve(revision)
    }

    /// What a commit has at a path (relative to the work tree); `None`: nothing.
    pub fn entry(&self, commit: ObjectId, path: &Path) -> Result<Option<Entry>, GitError> {
        let root = header(&self.store.get(commit)?.content, "tree").next().ok_or(GitError::NoCommit(commit))?;
        let mut at = Entry { mode: 0o040_000, id: root };
        for part in path.components() {
            let Component::Normal(name) = part else { return Ok(None) };
            if at.mode != 0o040_000 {
                return Ok(None);
            }
            let Object { kind: Kind::Tree, content } = self.store.get(at.id)? else { return Ok(None) };
            match find(&content, name.as_encoded_bytes()) {
                Some(entry) => at = entry,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// The names in a directory of a commit; none if it is not there.
    pub fn names(&self, commit: ObjectId, path: &Path) -> Result<Vec<String>, GitError> {
        Ok(self.list(commit, path)?.into_iter().map(|(name, _)| name).collect())
    }

    /// The names in a directory of a commit, with what they are; none if it is not there.
    pub fn list(&self, commit: ObjectId, path: &Path) -> Result<Vec<(String, Entry)>, GitError> {
        let Some(Entry { mode: 0o040_000, id }) = self.entry(commit, path)? else { return Ok(Vec::new()) };
        let content = self.store.get(id)?.content;
        Ok(entries(&content).map(|(name, entry)| (String::from_utf8_lossy(name).into_owned(), entry)).collect())
    }

    /// The content of a file (or the target of a link) in a commit; `None`: there is no file.
    pub fn file(&self, commit: ObjectId, path: &Path) -> Result<Option<Vec<u8>>, GitError> {
        match self.entry(commit, path)? {
            Some(Entry { mode: 0o100_644 | 0o100_755 | 0o100_664 | 0o120_000, id }) => Ok(Some(self.store.get(id)?.content.to_vec())),
            _ => Ok(None),
        }
    }

    /// True if a path of the work tree (absolute) is not what a commit has there: changed, new, or gone. Whether the change is committed
    /// or staged does not matter.
    pub fn differs(&self, commit: ObjectId, path: &Path) -> Result<bool, GitError> {
        let Ok(below) = path.strip_prefix(&self.work_tree) else { return Ok(false) };
        let entry = self.entry(commit, below)?;
        let Ok(meta) = self.disk.symlink_metadata(path) else { return Ok(entry.is_some()) };
        let Some(entry) = entry else { return Ok(true) };
        let content = if meta.file_type == fs::FileType::Link {
            match self.disk.read_link(path) {
                Ok(target) if entry.mode == 0o120_000 => target.as_os_str().as_encoded_bytes().to_vec(),
                _ => return Ok(true),
            }
        } else {
            match self.disk.read(path, FILE_LIMIT) {
                Ok(content) if entry.mode & 0o170_000 == 0o100_000 => content,
                _ => return Ok(true),
            }
        };
        if ObjectId::of_blob(&content) == entry.id {
            return Ok(false);
        }
        // Git may have been told to write other line ends than it keeps.
        let text: Vec<u8> =
            content.iter().enumerate().filter(|(i, b)| **b != b'\r' || content.get(i + 1) != Some(&b'\n')).map(|(_, b)| *b).collect();
        Ok(text.len() == content.len() || ObjectId::of_blob(&text) != entry.id)
    }
}

/// The directory of the repository whose work tree begins at `root`. Like git, an empty or broken `.git` is passed over.
pub(crate) fn git_directory(disk: &dyn Fs, root: &Path) -> Option<PathBuf> {
    let at = root.join(".git");
    let meta = disk.metadata(&at).ok()?;
    let directory = if meta.is_dir() {
        at
    } else if meta.is_file() && meta.len <= TEXT_LIMIT {
        // A linked work tree or a submodule.
        let text = text(disk, &at)?;
        fs::join(root, Path::new(text.strip_prefix("gitdir:")?.trim()))
    } else {
        return None;
    };
    disk.symlink_metadata(&directory.join("HEAD")).is_ok().then_some(directory)
}

/// The entries of a tree, up to the first that is none.
fn entries(content: &[u8]) -> impl Iterator<Item = (&[u8], Entry)> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let space = rest.iter().position(|b| *b == b' ')?;
        let mode = u32::from_str_radix(std::str::from_utf8(rest.get(..space)?).ok()?, 8).ok()?;
        rest = rest.get(space + 1..)?;
        let end = rest.iter().position(|b| *b == 0)?;
        let name = rest.get(..end)?;
        let id = ObjectId(rest.get(end + 1..end + 21)?.try_into().ok()?);
        rest = rest.get(end + 21..)?;
        Some((name, Entry { mode, id }))
    })
}

fn find(content: &[u8], name: &[u8]) -> Option<Entry> {
    entries(content).find(|(n, _)| *n == name).map(|(_, entry)| entry)
}

#[cfg(test)]
mod tests;
