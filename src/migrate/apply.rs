//! Makes a plan come true: all of its files or none, with the originals kept, and back again.
//!
//! The originals lie below `.composelint/rollback/`, those of each migration in a directory of their own (`001`), with a list of what was done
//! (`manifest.json`). The list is written before the first file changes, so that a machine that loses power in between can be brought back,
//! too. The way back undoes the last migration first.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::plan::{Accepted, Choice, EntryPoint, FileOp, Plan};
use crate::compose::Request;
use crate::fs::{self, Fs};

/// Where the originals are kept, below the root of a plan.
pub const ROLLBACK: &str = ".composelint/rollback";
/// What was done.
const MANIFEST: &str = "manifest.json";
/// The manifest of a migration of ours is smaller.
const MANIFEST_LIMIT: u64 = 64 << 20;

/// Why nothing was written, or what could not be undone. Sentences for the user.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Something is in the way of a new file.
    #[error("`{}` is there already, and would be overwritten; nothing was written", .0.display())]
    Exists(PathBuf),
    /// The file is no longer what was looked at.
    #[error("`{}` has changed while it was being looked at, so nothing was written", .0.display())]
    ChangedMeanwhile(PathBuf),
    /// A file could not be written; those before it are as they were.
    #[error("`{}` cannot be written: {}; all files are as they were", path.display(), fs::why(error))]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file could not be written, and others could not be put back.
    #[error(
        "`{}` cannot be written: {}; these files are changed and could not be put back: {}; their originals are in `{}`",
        path.display(),
        fs::why(error),
        list(changed),
        kept.display()
    )]
    Torn {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
        /// The files that are not as they were.
        changed: Vec<PathBuf>,
        /// Where the originals are.
        kept: PathBuf,
    },
    /// A link leads out of the directory of the plan.
    #[error("`{}` leads out of the directory that the migration is about, or nowhere, so nothing was changed", .0.display())]
    Outside(PathBuf),
    /// There is nothing to go back to.
    #[error("there is no `{}`: no migration was written here, or it was rolled back already", .0.display())]
    NoRollback(PathBuf),
    /// The list of what was done cannot be used.
    #[error("`{}` is damaged, so nothing was changed; the originals beside it can be copied back by hand", .0.display())]
    Damaged(PathBuf),
    /// Files were changed after the migration, and going back would lose that.
    #[error("changed since the migration, and going back would lose it: {}; nothing was changed", list(.0))]
    ChangedSince(Vec<PathBuf>),
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| format!("`{}`", p.display())).collect::<Vec<_>>().join(", ")
}

/// What was done, for the way back. The paths are relative to the root, which may have moved meanwhile.
#[derive(Serialize, Deserialize)]
struct Manifest {
    /// Of this format.
    version: u32,
    files: Vec<Done>,
    /// How the projects were started, and are now: for proving it again.
    entries: Vec<Started>,
    /// Changes of the projects that were asked for: path, and why.
    accepted: Vec<(String, String)>,
    /// Directories that were made, the outermost first.
    directories: Vec<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Done {
    path: PathBuf,
    /// The name of the original in the directory of the rollback; none: the file was new.
    original: Option<String>,
    /// SHA-256 of the original.
    before: Option<String>,
    /// SHA-256 of what was written; none: the file was taken away.
    after: Option<String>,
    /// Only its owner could read it.
    private: bool,
}

#[derive(Serialize, Deserialize)]
struct Started {
    command: String,
    becomes: Option<String>,
    environment: Option<String>,
    before: Loaded,
    after: Loaded,
    /// The files with a variable that chooses files, the expression, and its value.
    choices: Vec<(PathBuf, String, String)>,
    aside: Vec<String>,
}

/// What is asked of Compose.
#[derive(Serialize, Deserialize)]
struct Loaded {
    directory: PathBuf,
    files: Vec<PathBuf>,
    env_files: Option<Vec<PathBuf>>,
    project_name: Option<String>,
    project_directory: Option<PathBuf>,
    variables: BTreeMap<String, String>,
}

impl Loaded {
    fn of(request: &Request, relative: &dyn Fn(&Path) -> PathBuf) -> Self {
        let all = |paths: &[PathBuf]| paths.iter().map(|p| relative(p)).collect::<Vec<_>>();
        Self {
            directory: relative(&request.directory),
            files: all(&request.files),
            env_files: request.env_files.as_deref().map(all),
            project_name: request.project_name.clone(),
            project_directory: request.project_directory.as_deref().map(relative),
            variables: request.environment.clone(),
        }
    }

    fn request(&self, root: &Path) -> Request {
        let all = |paths: &[PathBuf]| paths.iter().map(|p| fs::join(root, p)).collect::<Vec<_>>();
        let mut request = Request::new(fs::join(root, &self.directory));
        request.files = all(&self.files);
        request.env_files = self.env_files.as_deref().map(all);
        request.project_name.clone_from(&self.project_name);
        request.project_directory = self.project_directory.as_deref().map(|d| fs::join(root, d));
        request.environment.clone_from(&self.variables);
        request
    }
}

/// True for a file that only its owner may read.
pub(super) fn is_private(disk: &dyn Fs, path: &Path) -> bool {
    disk.metadata(path).is_ok_and(|m| m.is_file() && m.mode.is_some_and(|mode| mode.trailing_zeros() >= 6))
}

/// The SHA-256 of a content, in hexadecimal digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// Writes a plan beside the originals: into the directory `to`, with the same relative paths. Errors: something is in the way.
pub(super) fn write_beside(plan: &Plan, disk: &dyn Fs, to: &Path) -> Result<(), ApplyError> {
    let files = plan.files.iter().filter(|f| f.after.is_some());
    let moved = files.map(|f| FileOp { path: to.join(f.path.strip_prefix(&plan.root).unwrap_or(&f.path)), before: None, ..f.clone() });
    let beside = Plan { root: to.to_path_buf(), files: moved.collect(), ..Plan::default() };
    check(&beside, disk)?;
    within(to, beside.files.iter().map(|f| f.path.as_path()), disk)?;
    Writing::new(disk, to.join(ROLLBACK)).all(&beside.files)
}

/// Writes a plan in place. The originals are kept for [`rollback`].
pub(super) fn write(plan: &Plan, disk: &dyn Fs) -> Result<(), ApplyError> {
    let files: Vec<FileOp> = plan.files.iter().filter(|f| !f.is_idle()).cloned().collect();
    if files.is_empty() {
        return Ok(());
    }
    check(plan, disk)?;
    let kept = plan.root.join(ROLLBACK);
    let Some(number) = last(&plan.root, disk).unwrap_or(0).checked_add(1) else { return Err(ApplyError::Damaged(kept)) };
    let kept = kept.join(format!("{number:03}"));
    let mut writing = Writing::new(disk, kept.clone());
    let directories: Vec<PathBuf> = missing(disk, files.iter().filter(|f| f.after.is_some()).map(|f| f.path.as_path()));
    let relative = |path: &Path| path.strip_prefix(&plan.root).unwrap_or(path).to_path_buf();
    let started = |e: &EntryPoint| Started {
        command: e.command.clone(),
        becomes: e.becomes.clone(),
        environment: e.environment.clone(),
        before: Loaded::of(&e.before, &relative),
        after: Loaded::of(&e.after, &relative),
        choices: e.choices.iter().map(|c| (relative(&c.path), c.expression.clone(), c.value.clone())).collect(),
        aside: e.aside.clone(),
    };
    let entries = plan.entries.iter().map(started).collect();
    let accepted = plan.accepted.iter().map(|a| (a.path.clone(), a.why.clone())).collect();
    let mut manifest =
        Manifest { version: 1, files: Vec::new(), entries, accepted, directories: directories.iter().map(|d| relative(d)).collect() };
    let mut originals = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let name = file.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let original = file.before.as_ref().map(|_| format!("{:03}-{name}", number + 1));
        if let (Some(original), Some(before)) = (&original, &file.before) {
            originals.push(new_file(kept.join(original), before.clone(), true));
        }
        manifest.files.push(Done {
            path: relative(&file.path),
            original,
            before: file.before.as_deref().map(digest),
            after: file.after.as_deref().map(digest),
            private: is_private(disk, &file.path),
        });
    }
    let text = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
    // The originals are nobody's to commit: they may hold what was to leave git.
    let ignore = plan.root.join(ROLLBACK).join(".gitignore");
    if !disk.exists(&ignore) {
        originals.push(new_file(ignore, b"*\n".to_vec(), false));
    }
    originals.push(new_file(kept.join(MANIFEST), text, false));
    originals.extend(files);
    within(&plan.root, originals.iter().map(|f| f.path.as_path()), disk)?;
    writing.all(&originals)
}

fn new_file(path: PathBuf, content: Vec<u8>, private: bool) -> FileOp {
    FileOp { path, before: None, after: Some(content), private, what: String::new() }
}

/// Nothing is in the way, and nothing has changed since the plan was made.
fn check(plan: &Plan, disk: &dyn Fs) -> Result<(), ApplyError> {
    for file in &plan.files {
        match &file.before {
            None if disk.symlink_metadata(&file.path).is_ok() => return Err(ApplyError::Exists(file.path.clone())),
            Some(before) if disk.read(&file.path, u64::MAX).ok().as_ref() != Some(before) => {
                return Err(ApplyError::ChangedMeanwhile(file.path.clone()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Errors: a path that leads out of `root` by a link, or by one that leads nowhere: what is behind it is not ours to write.
fn within<'a>(root: &Path, paths: impl Iterator<Item = &'a Path>, disk: &dyn Fs) -> Result<(), ApplyError> {
    // What is not there yet is where the nearest directory is that is.
    let real = |path: &Path| path.ancestors().find(|p| disk.symlink_metadata(p).is_ok()).and_then(|p| disk.canonicalize(p).ok());
    let Some(of_root) = real(root) else { return Err(ApplyError::Outside(root.to_path_buf())) };
    for path in paths {
        if !path.starts_with(root) || real(path).is_none_or(|real| !real.starts_with(&of_root)) {
            return Err(ApplyError::Outside(path.to_path_buf()));
        }
    }
    Ok(())
}

/// The directories that have to be made for some files, the outermost first.
fn missing<'a>(disk: &dyn Fs, files: impl Iterator<Item = &'a Path>) -> Vec<PathBuf> {
    let all: BTreeSet<&Path> = files.flat_map(|path| path.ancestors().skip(1)).filter(|d| !disk.exists(d)).collect();
    all.into_iter().map(Path::to_path_buf).collect()
}

/// Files on their way to the disk, and what has to be undone if one of them does not get there.
struct Writing<'a> {
    disk: &'a dyn Fs,
    kept: PathBuf,
    made: Vec<PathBuf>,
}

impl<'a> Writing<'a> {
    fn new(disk: &'a dyn Fs, kept: PathBuf) -> Self {
        Self { disk, kept, made: Vec::new() }
    }

    /// Writes all files: new and changed ones in their order, then takes away what goes. All or none.
    fn all(&mut self, files: &[FileOp]) -> Result<(), ApplyError> {
        let mut order: Vec<&FileOp> = files.iter().filter(|f| f.after.is_some()).collect();
        order.extend(files.iter().filter(|f| f.after.is_none()));
        for (index, file) in order.iter().enumerate() {
            if let Err(error) = self.one(file) {
                return Err(self.undo(order.get(..index).unwrap_or_default(), file, error));
            }
        }
        Ok(())
    }

    fn one(&mut self, file: &FileOp) -> io::Result<()> {
        let Some(after) = &file.after else { return self.disk.remove_file(&file.path) };
        for directory in missing(self.disk, std::iter::once(file.path.as_path())) {
            self.disk.create_dir(&directory)?;
            self.made.push(directory);
        }
        if file.private && file.before.is_none() {
            return self.disk.write_private(&file.path, after);
        }
        self.disk.write_atomic(&file.path, after)
    }

    fn undo(&self, done: &[&FileOp], failed: &FileOp, error: io::Error) -> ApplyError {
        let mut changed = Vec::new();
        let mut kept = false;
        for file in done.iter().rev() {
            // The originals stay for as long as something could not be put back.
            if !changed.is_empty() && file.path.starts_with(&self.kept) {
                kept = true;
                continue;
            }
            let undone = match &file.before {
                Some(before) => self.disk.write_atomic(&file.path, before),
                None => self.disk.remove_file(&file.path),
            };
            if undone.is_err() {
                changed.push(file.path.clone());
            }
        }
        for directory in self.made.iter().rev() {
            let _ = self.disk.remove_dir(directory);
        }
        let path = failed.path.clone();
        if changed.is_empty() && !kept {
            return ApplyError::Failed { path, error };
        }
        ApplyError::Torn { path, error, changed, kept: self.kept.clone() }
    }
}

/// What an earlier migration kept.
struct Kept {
    /// Where it kept it.
    directory: PathBuf,
    manifest: Manifest,
    /// The originals, in the order of the manifest.
    originals: Vec<Option<Vec<u8>>>,
}

/// The number of the last migration that can be rolled back.
fn last(root: &Path, disk: &dyn Fs) -> Option<u32> {
    let entries = disk.read_dir(&root.join(ROLLBACK)).unwrap_or_default();
    let number = |path: &Path| -> Option<u32> {
        let name = path.file_name()?.to_str()?;
        // Only what is called as a migration calls it: not `+1`, and not `1`.
        name.parse().ok().filter(|n| format!("{n:03}") == name && disk.exists(&path.join(MANIFEST)))
    };
    entries.iter().filter_map(|e| number(&e.path)).max()
}

fn kept(root: &Path, disk: &dyn Fs) -> Result<Kept, ApplyError> {
    let number = last(root, disk).ok_or_else(|| ApplyError::NoRollback(root.join(ROLLBACK)))?;
    let kept = root.join(ROLLBACK).join(format!("{number:03}"));
    let at = kept.join(MANIFEST);
    let damaged = || ApplyError::Damaged(at.clone());
    within(root, std::iter::once(at.as_path()), disk)?;
    let bytes = disk.read(&at, MANIFEST_LIMIT).map_err(|_| damaged())?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    // What the list says is not trusted further than this directory.
    let inside = |path: &Path| path.file_name().is_some() && path.components().all(|c| matches!(c, std::path::Component::Normal(_)));
    let one = |name: &str| inside(Path::new(name)) && Path::new(name).components().count() == 1;
    let paths = manifest.files.iter().map(|f| f.path.as_path()).chain(manifest.directories.iter().map(PathBuf::as_path));
    let twice = manifest.files.iter().map(|f| &f.path).collect::<BTreeSet<_>>().len() != manifest.files.len();
    if manifest.version != 1 || twice || !paths.clone().all(inside) || !manifest.files.iter().filter_map(|f| f.original.as_deref()).all(one)
    {
        return Err(damaged());
    }
    within(root, paths.map(|p| root.join(p)).collect::<Vec<_>>().iter().map(PathBuf::as_path), disk)?;
    let mut originals = Vec::new();
    for done in &manifest.files {
        let original = match &done.original {
            // A link would lead to what is no original.
            Some(name) if disk.symlink_metadata(&kept.join(name)).is_ok_and(|m| m.is_file()) => {
                Some(disk.read(&kept.join(name), u64::MAX).map_err(|_| damaged())?)
            }
            Some(_) => return Err(damaged()),
            None => None,
        };
        if original.as_deref().map(digest) != done.before {
            return Err(damaged());
        }
        originals.push(original);
    }
    Ok(Kept { directory: kept, manifest, originals })
}

/// The migration that was written here, as a plan to be proved again: what the files were, and what they are now. Errors: there is none.
pub fn recorded(root: &Path, disk: &dyn Fs) -> Result<Plan, ApplyError> {
    let Kept { manifest, originals, .. } = kept(root, disk)?;
    let mut plan = Plan { root: root.to_path_buf(), ..Plan::default() };
    for (done, before) in manifest.files.iter().zip(originals) {
        let path = root.join(&done.path);
        let after = disk.read(&path, u64::MAX).ok();
        plan.files.push(FileOp { path, before, after, private: false, what: String::new() });
    }
    plan.accepted = manifest.accepted.into_iter().map(|(path, why)| Accepted { path, why }).collect();
    plan.entries = manifest
        .entries
        .into_iter()
        .map(|e| EntryPoint {
            command: e.command,
            becomes: e.becomes,
            environment: e.environment,
            before: e.before.request(root),
            after: e.after.request(root),
            choices: e.choices.into_iter().map(|(path, expression, value)| Choice { path: root.join(path), expression, value }).collect(),
            aside: e.aside,
        })
        .collect();
    Ok(plan)
}

/// Puts everything back as it was before the last migration that was written: the files that were changed or taken away get their
/// originals, those that were new go.
/// Says which files that were. Errors: there is nothing to go back to; a file was changed since.
pub fn rollback(root: &Path, disk: &dyn Fs) -> Result<Vec<PathBuf>, ApplyError> {
    let Kept { directory: kept, manifest, originals } = kept(root, disk)?;
    let (mut files, mut since) = (Vec::new(), Vec::new());
    for (done, original) in manifest.files.iter().zip(originals) {
        let path = root.join(&done.path);
        let now = disk.read(&path, u64::MAX).ok();
        let is = now.as_deref().map(digest);
        if is != done.after && is != done.before {
            since.push(path);
            continue;
        }
        if now != original {
            files.push(FileOp { path, before: now, after: original, private: done.private, what: String::new() });
        }
    }
    if !since.is_empty() {
        return Err(ApplyError::ChangedSince(since));
    }
    let mut writing = Writing::new(disk, kept.clone());
    writing.all(&files)?;
    // From here on nothing can be lost: what stays behind are copies, and empty directories.
    let _ = disk.remove_file(&kept.join(MANIFEST));
    for original in manifest.files.iter().filter_map(|done| done.original.as_ref()) {
        let _ = disk.remove_file(&kept.join(original));
    }
    let _ = disk.remove_dir(&kept);
    if last(root, disk).is_none() {
        let all = root.join(ROLLBACK);
        let _ = disk.remove_file(&all.join(".gitignore"));
        for directory in [all.clone(), all.parent().unwrap_or(root).to_path_buf()] {
            let _ = disk.remove_dir(&directory);
        }
    }
    for directory in manifest.directories.iter().rev() {
        let _ = disk.remove_dir(&root.join(directory));
    }
    Ok(files.into_iter().map(|f| f.path).collect())
}
