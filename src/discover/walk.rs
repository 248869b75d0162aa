//! The walk over the directories, level by level: what a project writes to is known before anything below it is entered.
//!
//! Real directories first, then what links lead to: a directory is known by the name that it has itself, if it lies under a root.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rayon::prelude::*;

use super::content::{self, Content, Reach};
use super::names::{self, Closed, FileName};
use super::{Reason, Skipped, Wishes, behind};
use crate::compose::Loader;
use crate::fs::{self, FileType, Fs};
use crate::source::Span;

/// A path of the system ends at 4096 bytes; a tree as deep as this is no tree of stacks.
const DEPTH: usize = 64;
const DIRECTORIES: usize = 1_000_000;

/// What each file is, looked at once.
pub(super) struct Looks<'a> {
    pub(super) loader: &'a Loader<'a>,
    known: RwLock<BTreeMap<PathBuf, Arc<Content>>>,
}

impl<'a> Looks<'a> {
    pub(super) fn new(loader: &'a Loader<'a>) -> Self {
        Self { loader, known: RwLock::default() }
    }

    pub(super) fn disk(&self) -> &'a dyn Fs {
        self.loader.fs
    }

    pub(super) fn get(&self, path: &Path) -> Arc<Content> {
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Arc::clone(known);
        }
        let content = Arc::new(self.look(path));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(path.to_path_buf()).or_insert(content))
    }

    fn look(&self, path: &Path) -> Content {
        match self.loader.open(path) {
            Ok(parsed) => content::of(&parsed.tree, &self.loader.sources.get(parsed.id).text),
            Err(error) => Content::Unreadable(error.message),
        }
    }

    /// The files that a file names, seen from its own directory. Remote ones and those whose name hangs on a variable are left out.
    pub(super) fn reached_from(&self, path: &Path) -> Vec<(PathBuf, bool)> {
        let Content::Compose(shape) = &*self.get(path) else { return Vec::new() };
        let base = path.parent().unwrap_or(path);
        let local = |r: &Reach| {
            let text = content::default_of(&r.path);
            (!text.contains('$') && !text.contains("://") && !text.starts_with("git@"))
                .then(|| (fs::join(base, Path::new(text)), r.include))
        };
        shape.reaches.iter().filter_map(local).filter(|(to, _)| to != path).collect()
    }

    /// Everything that is reached from these files, they themselves left out: the file, the one that names it, by include or not.
    pub(super) fn closure(&self, files: &[PathBuf]) -> Vec<(PathBuf, PathBuf, bool)> {
        let mut seen: BTreeSet<PathBuf> = files.iter().cloned().collect();
        let mut queue: Vec<PathBuf> = files.to_vec();
        let mut out = Vec::new();
        while let Some(at) = queue.pop() {
            for (to, include) in self.reached_from(&at) {
                if seen.insert(to.clone()) {
                    queue.push(to.clone());
                    out.push((to, at.clone(), include));
                }
            }
        }
        out
    }
}

/// What the walk found.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) directories: Vec<Found>,
    /// Roots that are files.
    pub(super) files: Vec<PathBuf>,
    /// Link → the directory as it was found first.
    pub(super) aliases: Vec<(PathBuf, PathBuf)>,
    pub(super) skipped: Vec<Skipped>,
}

/// A directory that could hold projects.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// The link that it was reached through, and where that leads.
    pub(super) via: Option<(PathBuf, PathBuf)>,
    /// Files with names worth looking at, in the order of their names.
    pub(super) files: Vec<(PathBuf, FileName)>,
    pub(super) compose_file: Option<ComposeFile>,
}

/// `COMPOSE_FILE` in an `.env`.
pub(super) struct ComposeFile {
    pub(super) line: Span,
    pub(super) files: Vec<PathBuf>,
}

impl Found {
    /// The first default file, as Compose chooses.
    pub(super) fn first(&self, names: &[&str]) -> Option<&PathBuf> {
        names.iter().find_map(|n| self.files.iter().map(|(p, _)| p).find(|p| p.file_name().is_some_and(|f| f == *n)))
    }
}

struct Visit {
    path: PathBuf,
    via: Option<(PathBuf, PathBuf)>,
    depth: usize,
    root: bool,
}

/// Tells two ways to one directory from two directories.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Inode(u64, u64),
    Path(PathBuf),
}

fn identity(disk: &dyn Fs, path: &Path) -> Identity {
    match disk.metadata(path).ok().and_then(|m| m.identity) {
        Some((device, inode)) => Identity::Inode(device, inode),
        None => Identity::Path(behind(disk, path)),
    }
}

#[derive(Default)]
struct Report {
    found: Option<Found>,
    below: Vec<PathBuf>,
    links: Vec<PathBuf>,
    skipped: Vec<Skipped>,
    data: Vec<(Identity, String)>,
}

pub(super) fn walk(looks: &Looks, roots: &[PathBuf], wishes: &Wishes) -> Walked {
    let disk = looks.disk();
    let mut out = Walked::default();
    let mut visited: BTreeMap<Identity, PathBuf> = BTreeMap::new();
    let mut data: BTreeMap<Identity, String> = BTreeMap::new();
    let mut frontier = Vec::new();
    let mut links: Vec<(PathBuf, usize)> = Vec::new();
    let mut roots: Vec<PathBuf> = roots.iter().map(|r| fs::clean(r)).collect();
    roots.sort();
    roots.dedup();
    let real_roots: Vec<PathBuf> = roots.iter().map(|r| behind(disk, r)).collect();
    for root in roots {
        let meta = disk.metadata(&root);
        if let Some(pattern) = (wishes.excluded)(&root, meta.as_ref().is_ok_and(fs::Metadata::is_dir)) {
            out.skipped.push(Skipped { path: root, reason: Reason::Excluded { pattern } });
            continue;
        }
        match meta {
            Ok(meta) if meta.is_dir() => {
                let link = disk.symlink_metadata(&root).is_ok_and(|m| m.file_type == FileType::Link);
                let via = link.then(|| (root.clone(), behind(disk, &root)));
                frontier.push(Visit { path: root, via, depth: 0, root: true });
            }
            Ok(_) => out.files.push(root),
            Err(error) => out
                .skipped
                .push(Skipped { path: root, reason: Reason::Unreadable(format!("it cannot be read: {}", crate::fs::why(&error))) }),
        }
    }
    while !frontier.is_empty() || !links.is_empty() {
        if frontier.is_empty() {
            links.sort();
            frontier = std::mem::take(&mut links)
                .into_iter()
                .filter_map(|(path, depth)| {
                    let to = behind(disk, &path);
                    let from = path.parent().map_or(path.clone(), |p| behind(disk, p));
                    // Upwards is where we came from; above a root is nobody's wish.
                    if from.starts_with(&to) || real_roots.iter().any(|r| r.starts_with(&to) && *r != to) {
                        out.skipped.push(Skipped { path, reason: Reason::Loop { to } });
                        return None;
                    }
                    Some(Visit { via: Some((path.clone(), to)), path, depth, root: false })
                })
                .collect();
        }
        let identities: Vec<Identity> = frontier.par_iter().map(|v| identity(disk, &v.path)).collect();
        let mut chosen = Vec::new();
        for (visit, identity) in std::mem::take(&mut frontier).into_iter().zip(identities) {
            let reason = if let Some(first) = visited.get(&identity) {
                if visit.via.as_ref().is_some_and(|(at, _)| *at == visit.path) && *first != visit.path {
                    out.aliases.push((visit.path, first.clone()));
                }
                continue;
            } else if let Some(service) = data.get(&identity).filter(|_| !visit.root) {
                Reason::Data { service: service.clone() }
            } else if visit.depth > DEPTH || visited.len() >= DIRECTORIES {
                Reason::TooDeep
            } else {
                visited.insert(identity, visit.path.clone());
                chosen.push(visit);
                continue;
            };
            out.skipped.push(Skipped { path: visit.path, reason });
        }
        let reports: Vec<Report> = chosen.par_iter().map(|v| look_into(looks, v, wishes)).collect();
        for (visit, report) in chosen.into_iter().zip(reports) {
            let depth = visit.depth + 1;
            out.directories.extend(report.found);
            out.skipped.extend(report.skipped);
            links.extend(report.links.into_iter().map(|path| (path, depth)));
            frontier.extend(report.below.into_iter().map(|path| Visit { path, via: visit.via.clone(), depth, root: false }));
            for (identity, service) in report.data {
                data.entry(identity).or_insert(service);
            }
        }
    }
    out
}

fn look_into(looks: &Looks, visit: &Visit, wishes: &Wishes) -> Report {
    let disk = looks.disk();
    let mut out = Report::default();
    let mut skip = |path: PathBuf, reason| out.skipped.push(Skipped { path, reason });
    let entries = match disk.read_dir(&visit.path) {
        Ok(entries) => entries,
        Err(error) => {
            skip(visit.path.clone(), Reason::Unreadable(format!("it cannot be read: {}", crate::fs::why(&error))));
            return out;
        }
    };
    let has = |name: &str| entries.iter().any(|e| e.path.file_name().is_some_and(|n| n == name));
    if !visit.root
        && let Some(because) = names::directory_holding(&visit.path, has)
    {
        skip(visit.path.clone(), Reason::Directory(because));
        return out;
    }
    let mut files = Vec::new();
    let mut env = None;
    for entry in entries {
        let name = entry.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let kind = match entry.file_type {
            // What cannot be told apart from "nowhere" (a circle of links) leads nowhere too.
            FileType::Link => disk.metadata(&entry.path).map_or(FileType::Link, |m| m.file_type),
            kind => kind,
        };
        let concerns = kind == FileType::Directory || names::file(&name) != FileName::Other;
        if let Some(pattern) = concerns.then(|| (wishes.excluded)(&entry.path, kind == FileType::Directory)).flatten() {
            skip(entry.path, Reason::Excluded { pattern });
            continue;
        }
        match kind {
            FileType::Link => {
                let to = disk.read_link(&entry.path).unwrap_or_default();
                skip(entry.path, Reason::DanglingLink { to });
            }
            FileType::Directory => match names::directory(&entry.path) {
                Some(Closed::Silent) => {}
                Some(Closed::Because(what)) => skip(entry.path, Reason::Directory(what)),
                None if entry.file_type == FileType::Link => out.links.push(entry.path),
                None => out.below.push(entry.path),
            },
            FileType::File if name == ".env" => env = Some(entry.path),
            FileType::File => match names::file(&name) {
                FileName::Other => {}
                FileName::Retired => skip(entry.path.clone(), Reason::RetiredCopy),
                FileName::Config if wishes.config == Some(&entry.path) => {}
                FileName::Config => skip(entry.path, Reason::OtherConfig),
                kind => files.push((entry.path, kind)),
            },
            // A pipe, a socket or a device: opening it could wait for ever.
            FileType::Other if !matches!(names::file(&name), FileName::Other | FileName::Retired) => {
                skip(entry.path, Reason::Unreadable("it is a pipe, a socket or a device, not a file".into()));
            }
            FileType::Other => {}
        }
    }
    let compose_file = env.and_then(|path| compose_file(looks, &path));
    if files.is_empty() && compose_file.is_none() {
        return out;
    }
    let named: &[PathBuf] = compose_file.as_ref().map_or(&[], |c| &c.files);
    // Seen from where Compose would see them: all files of one project start at the directory of the first.
    let base = named.first().and_then(|f| f.parent()).unwrap_or(&visit.path);
    let own = files
        .iter()
        .filter(|(_, k)| matches!(k, FileName::Default | FileName::Override | FileName::Candidate))
        .map(|(p, _)| (p, &*visit.path));
    for (file, base) in own.chain(named.iter().map(|p| (p, base))) {
        out.data.extend(data_of(looks, file, base));
        for (reached, _, _) in looks.closure(std::slice::from_ref(file)) {
            out.data.extend(data_of(looks, &reached, reached.parent().unwrap_or(base)));
        }
    }
    out.found = Some(Found { path: visit.path.clone(), via: visit.via.clone(), files, compose_file });
    out
}

/// The directories strictly below `base` that the services of a file may write to. A mount of the base itself (`.:/app`) is source code.
fn data_of(looks: &Looks, file: &Path, base: &Path) -> Vec<(Identity, String)> {
    let Content::Compose(shape) = &*looks.get(file) else { return Vec::new() };
    let below = |(service, source): &(String, String)| {
        let path = fs::join(base, Path::new(source));
        (path != base && path.starts_with(base) && looks.disk().is_dir(&path)).then(|| (identity(looks.disk(), &path), service.clone()))
    };
    shape.data.iter().filter_map(below).collect()
}

/// `COMPOSE_FILE` of an `.env`, where its value needs no variables.
fn compose_file(looks: &Looks, path: &Path) -> Option<ComposeFile> {
    let file = looks.loader.open_text(path).ok()?;
    let source = looks.loader.sources.get(file);
    let text = source.text.as_str();
    let value = |name: &str| text.lines().rev().find_map(|line| Some((line, env_value(line, name)?)));
    let (line, files) = value("COMPOSE_FILE")?;
    let separator = value("COMPOSE_PATH_SEPARATOR").map_or(":", |(_, v)| v);
    let directory = path.parent()?;
    let files: Vec<PathBuf> =
        files.split(separator).filter(|f| !f.is_empty() && *f != "-").map(|f| fs::join(directory, Path::new(f))).collect();
    if files.is_empty() || files.iter().any(|f| f.to_string_lossy().contains('$')) {
        return None;
    }
    let start = (line.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let (start, end) = (u32::try_from(start).ok()?, u32::try_from(start + line.trim_end().len()).ok()?);
    Some(ComposeFile { line: Span::new(file, start, end), files })
}

fn env_value<'t>(line: &'t str, name: &str) -> Option<&'t str> {
    let line = line.trim_start_matches('\u{feff}').trim();
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let value = line.strip_prefix(name)?.trim_start().strip_prefix(['=', ':'])?.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            return inner.split(quote).next();
        }
    }
    Some(value.split(" #").next().unwrap_or(value).trim_end())
}
