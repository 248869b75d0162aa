//! From the name of a revision to its commit: `HEAD`, branches, tags, hashes, and `~` and `^` behind them.

use std::path::{Path, PathBuf};

use super::objects::{Kind, ObjectId, Store};
use super::{GitError, text};
use crate::fs::Fs;

/// How far `HEAD~N` goes back, and a tag of a tag of a tag.
const STEPS: usize = 100_000;
const SYMBOLIC: usize = 8;
/// For `packed-refs`: a million refs.
const PACKED_LIMIT: u64 = 128 << 20;

pub(super) struct Refs<'a> {
    pub(super) disk: &'a dyn Fs,
    pub(super) store: &'a Store<'a>,
    /// Of the work tree: `HEAD`.
    pub(super) directory: &'a Path,
    /// Of all work trees: branches and tags.
    pub(super) common: &'a Path,
}

impl Refs<'_> {
    /// The commit of a revision.
    pub(super) fn resolve(&self, revision: &str) -> Result<ObjectId, GitError> {
        let unknown = || GitError::UnknownRevision(revision.to_owned());
        let end = revision.find(['~', '^']).unwrap_or(revision.len());
        let (name, mut steps) = revision.split_at_checked(end).ok_or_else(unknown)?;
        if name.is_empty() || name.contains("@{") || name.contains(':') || name.contains("..") {
            return Err(GitError::Form(revision.to_owned()));
        }
        let mut commit = self.commit(self.named(if name == "@" { "HEAD" } else { name })?.ok_or_else(unknown)?)?;
        while let Some(step) = steps.chars().next() {
            let rest = steps.get(1..).unwrap_or_default();
            if let Some(braces) = rest.strip_prefix('{') {
                // `^{commit}` and `^{}` say what we do anyway.
                let behind = braces.strip_prefix("commit}").or_else(|| braces.strip_prefix('}'));
                steps = behind.filter(|_| step == '^').ok_or_else(|| GitError::Form(revision.to_owned()))?;
                continue;
            }
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, behind) = rest.split_at_checked(digits).unwrap_or_default();
            let number: usize = if number.is_empty() { 1 } else { number.parse().map_err(|_| unknown())? };
            if !behind.is_empty() && !behind.starts_with(['~', '^']) {
                return Err(GitError::Form(revision.to_owned()));
            }
            if step == '~' {
                for _ in 0..number.min(STEPS) {
                    commit = *self.parents(commit)?.first().ok_or_else(unknown)?;
                }
            } else if number > 0 {
                commit = *self.parents(commit)?.get(number - 1).ok_or_else(unknown)?;
            }
            steps = behind;
        }
        // The parent of the last commit of a shallow clone is named, and not there.
        self.commit(commit)
    }

    fn named(&self, name: &str) -> Result<Option<ObjectId>, GitError> {
        if let Some(id) = ObjectId::parse(name) {
            return Ok(Some(id));
        }
        let candidates = [
            name.to_owned(),
            format!("refs/{name}"),
            format!("refs/tags/{name}"),
            format!("refs/heads/{name}"),
            format!("refs/remotes/{name}"),
            format!("refs/remotes/{name}/HEAD"),
        ];
        for candidate in candidates {
            if let Some(id) = self.reference(&candidate, 0) {
                return Ok(Some(id));
            }
        }
        let hash = (4..40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_hexdigit());
        if !hash {
            return Ok(None);
        }
        let commits: Vec<ObjectId> = self
            .store
            .beginning(&name.to_ascii_lowercase())
            .into_iter()
            .filter(|id| self.store.get(*id).is_ok_and(|o| matches!(o.kind, Kind::Commit | Kind::Tag)))
            .collect();
        match commits.as_slice() {
            [one] => Ok(Some(*one)),
            [] => Ok(None),
            _ => Err(GitError::Ambiguous(name.to_owned())),
        }
    }

    /// What a reference points to.
    fn reference(&self, name: &str, depth: usize) -> Option<ObjectId> {
        // Git's own rules for names; above all, no way out of the repository.
        let sound = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']);
        if depth > SYMBOLIC || !name.split('/').all(sound) {
            return None;
        }
        // Only names in capitals (`HEAD`, `ORIG_HEAD`) are files beside `refs`; `config` is no reference.
        let pseudo = name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let places: Vec<PathBuf> = match () {
            () if pseudo => vec![self.directory.join(name)],
            () if name.starts_with("refs/") => vec![self.directory.join(name), self.common.join(name)],
            () => return None,
        };
        for place in places {
            let Some(content) = text(self.disk, &place) else { continue };
            if let Some(target) = content.strip_prefix("ref:") {
                return self.reference(target.trim(), depth + 1);
            }
            if let Some(id) = content.split_whitespace().next().and_then(ObjectId::parse) {
                return Some(id);
            }
        }
        let packed = self.disk.read(&self.common.join("packed-refs"), PACKED_LIMIT).ok()?;
        let packed = String::from_utf8_lossy(&packed);
        packed.lines().find_map(|line| line.split_once(' ').filter(|(_, n)| n.trim_end() == name).and_then(|(id, _)| ObjectId::parse(id)))
    }

    /// The commit that an object is, or that a tag is about.
    fn commit(&self, mut id: ObjectId) -> Result<ObjectId, GitError> {
        for _ in 0..SYMBOLIC {
            let object = self.store.get(id)?;
            match object.kind {
                Kind::Commit => return Ok(id),
                Kind::Tag => id = header(&object.content, "object").next().ok_or(GitError::NoCommit(id))?,
                Kind::Tree | Kind::Blob => return Err(GitError::NoCommit(id)),
            }
        }
        Err(GitError::NoCommit(id))
    }

    fn parents(&self, commit: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        Ok(header(&self.store.get(commit)?.content, "parent").collect())
    }
}

/// The objects that a commit or tag names under a key.
pub(super) fn header<'a>(content: &'a [u8], key: &'a str) -> impl Iterator<Item = ObjectId> + 'a {
    let lines = content.split(|b| *b == b'\n').take_while(|line| !line.is_empty());
    lines.filter_map(move |line| {
        let (name, id) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        (name == key).then(|| ObjectId::parse(id))?
    })
}
