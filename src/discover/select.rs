//! From the files that were found to projects: which of them belong together, which only serve others, and which nobody would load.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::content::{Content, Shape, Stand};
use super::names::{DEFAULT, FileName, OVERRIDE};
use super::walk::{Found, Looks, Walked};
use super::{Discovery, Entry, Fragment, Kind, NotCompose, Reached, Reason, Skipped, Stated, Wishes, behind, default_files};
use crate::fs::{FileType, Fs};

/// Files that belong together, not yet known to be a project.
struct Unit {
    directory: PathBuf,
    via: Option<(PathBuf, PathBuf)>,
    files: Vec<PathBuf>,
    kind: Kind,
    /// Lacks a base: only of use if something reaches it.
    nowhere: bool,
    /// The user named it: a project whatever else it is.
    named: bool,
}

impl Unit {
    /// The file that the unit is about.
    fn main(&self) -> &Path {
        let main = if matches!(self.kind, Kind::Variant { .. }) { self.files.last() } else { self.files.first() };
        main.map_or(&self.directory, |p| p)
    }

    /// True if Compose finds it by itself in its directory.
    fn is_default(&self) -> bool {
        matches!(self.kind, Kind::Default | Kind::ComposeFile(_))
    }
}

/// The stated projects that have to do with the roots, each with its files.
pub(super) fn stated(looks: &Looks, roots: &[PathBuf], wishes: &Wishes) -> Vec<(Stated, Vec<PathBuf>)> {
    let below = |path: &Path| roots.iter().any(|r| path.starts_with(r));
    let all = wishes.config.and_then(Path::parent).is_some_and(below);
    let with_files = wishes.projects.iter().map(|stated| {
        let files: Vec<PathBuf> = stated.files.iter().map(|(file, _)| file.clone()).collect();
        let files = if files.is_empty() { default_files(looks.disk(), &stated.directory) } else { files };
        (stated.clone(), files)
    });
    with_files.filter(|(_, files)| all || files.iter().any(|f| below(f))).collect()
}

pub(super) fn select(looks: &Looks, walked: Walked, stated: &[(Stated, Vec<PathBuf>)]) -> Discovery {
    let mut skipped = walked.skipped;
    let mut units = Vec::new();
    for found in &walked.directories {
        units.extend(units_of(looks, found, &mut skipped));
    }
    for file in &walked.files {
        units.extend(named_unit(looks, file, &mut skipped));
    }
    let claimed: BTreeSet<&PathBuf> = stated.iter().flat_map(|(_, files)| files).collect();
    units.retain(|unit| {
        let taken = claimed.contains(&unit.main().to_path_buf());
        // The override of a default file that is stated without it.
        let left = unit.files.iter().filter(|f| taken && !claimed.contains(f));
        skipped.extend(left.map(|f| Skipped { path: f.clone(), reason: Reason::NotStated }));
        !taken
    });
    for (stated, files) in stated {
        let kind = Kind::Stated(Box::new(stated.clone()));
        let directory = stated.directory.clone();
        units.push(Unit { directory, via: None, files: files.clone(), kind, nowhere: false, named: true });
    }
    // Default files first: of files that reach each other in a circle, the first is taken for the project.
    units.sort_by(|a, b| (!a.named, !a.is_default(), &a.directory, &a.files).cmp(&(!b.named, !b.is_default(), &b.directory, &b.files)));

    let closures: Vec<_> = units.iter().map(|u| looks.closure(&u.files)).collect();
    let mut named_by: BTreeMap<&Path, Vec<(usize, bool)>> = BTreeMap::new();
    for (i, closure) in closures.iter().enumerate().filter(|(i, _)| usable(&units, *i)) {
        for (to, _, include) in closure {
            named_by.entry(to).or_default().push((i, *include));
        }
    }
    // The units that make a fragment of this one. A default file that lends services to others by `extends` is still started by itself.
    let owners = |i: usize, unit: &Unit| -> Vec<usize> {
        let all = named_by.get(unit.main()).into_iter().flatten();
        all.filter(|(j, include)| *j != i && (*include || !unit.is_default())).map(|(j, _)| *j).collect()
    };
    let mut chosen = BTreeSet::new();
    for (i, unit) in units.iter().enumerate().filter(|(i, _)| usable(&units, *i)) {
        if unit.named || owners(i, unit).is_empty() {
            chosen.insert(i);
        }
    }
    // What is left belongs to one of the chosen, or goes in circles: then its first takes the part of the project.
    for (i, unit) in units.iter().enumerate().filter(|(i, _)| usable(&units, *i)) {
        if !chosen.contains(&i) && !owners(i, unit).iter().any(|j| chosen.contains(j)) {
            chosen.insert(i);
        }
    }

    let mut out = Discovery::default();
    let mut files: BTreeSet<PathBuf> = BTreeSet::new();
    for (i, unit) in units.iter().enumerate().filter(|(i, _)| chosen.contains(i)) {
        files.extend(unit.files.iter().cloned());
        let readable = closures.get(i).into_iter().flatten().filter(|(to, _, _)| !matches!(&*looks.get(to), Content::Unreadable(_)));
        out.fragments.extend(readable.map(|(to, by, _)| Fragment { path: to.clone(), by: by.clone() }));
        out.entries.push(entry(looks, unit));
    }
    let named_files: BTreeSet<&Path> = units.iter().filter(|u| u.named).map(Unit::main).collect();
    sources_of_links(looks.disk(), &mut out, &named_files, &mut skipped);
    for (i, unit) in units.iter().enumerate().filter(|(i, _)| !chosen.contains(i)) {
        let fragment = owners(i, unit).iter().any(|j| chosen.contains(j));
        let overrides = unit.files.iter().skip(1).filter(|_| fragment && unit.kind == Kind::Default);
        skipped.extend(overrides.map(|path| Skipped { path: path.clone(), reason: Reason::OverrideOfFragment }));
        if !fragment {
            skipped.push(Skipped { path: unit.main().to_path_buf(), reason: Reason::NoBase });
        }
    }
    // One line a fragment: the first file that names it speaks for the others.
    out.fragments.sort();
    out.fragments.dedup_by(|b, a| a.path == b.path);
    out.fragments.retain(|f| !files.contains(&f.path));
    files.extend(out.fragments.iter().map(|f| f.path.clone()));

    aliases(&mut out, walked.aliases, &mut skipped);
    skipped.retain(|s| !files.contains(&s.path) || matches!(s.reason, Reason::LinkedFrom { .. }));
    skipped.sort();
    skipped.dedup_by(|b, a| a.path == b.path);
    out.skipped = skipped;
    let named = |e: &Entry| matches!(e.kind, Kind::Variant { .. } | Kind::Single | Kind::Stated(_));
    // Environments may have the same files: they stand in the order of the configuration.
    out.entries.sort_by(|a, b| (&a.directory, named(a), &a.files).cmp(&(&b.directory, named(b), &b.files)));
    out.entries.dedup_by(|b, a| a.directory == b.directory && a.files == b.files && !matches!(a.kind, Kind::Stated(_)));
    out
}

/// Takes out the files that a link elsewhere under the roots leads to: the link is what is started (its directory has the `.env` and the
/// data), the file behind it is only where it is kept. Counted as a project of its own, it would clash with itself.
fn sources_of_links(disk: &dyn Fs, out: &mut Discovery, named: &BTreeSet<&Path>, skipped: &mut Vec<Skipped>) {
    let main = |e: &Entry| e.files.first().cloned().unwrap_or_default();
    let links: BTreeMap<PathBuf, PathBuf> = out
        .entries
        .iter()
        .filter_map(|e| match &e.reached {
            Reached::FileLink { to } => Some((to.clone(), main(e))),
            Reached::Real | Reached::DirectoryLink { .. } => None,
        })
        .collect();
    if links.is_empty() {
        return;
    }
    out.entries.retain(|e| {
        let path = main(e);
        let at = links.get(&behind(disk, &path)).filter(|_| e.reached == Reached::Real && !named.contains(path.as_path()));
        skipped.extend(at.map(|at| Skipped { path, reason: Reason::LinkedFrom { at: at.clone() } }));
        at.is_none()
    });
}

/// False for what lacks a base: of use only if something reaches it.
fn usable(units: &[Unit], i: usize) -> bool {
    units.get(i).is_some_and(|u| !u.nowhere || u.named)
}

/// Hands each link to the projects in the directory that it leads to.
fn aliases(out: &mut Discovery, aliases: Vec<(PathBuf, PathBuf)>, skipped: &mut Vec<Skipped>) {
    let mut by_directory: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for (link, at) in aliases {
        if out.entries.iter().any(|e| e.directory == at) {
            by_directory.entry(at).or_default().push(link);
        } else {
            skipped.push(Skipped { path: link, reason: Reason::Seen { at } });
        }
    }
    for entry in &mut out.entries {
        entry.aliases = by_directory.get(&entry.directory).cloned().unwrap_or_default();
        entry.aliases.sort();
    }
}

fn entry(looks: &Looks, unit: &Unit) -> Entry {
    let disk = looks.disk();
    let first = unit.files.first().unwrap_or(&unit.directory);
    let link = disk.symlink_metadata(first).is_ok_and(|m| m.file_type == FileType::Link);
    let reached = match &unit.via {
        _ if link => Reached::FileLink { to: behind(disk, first) },
        Some((at, to)) => Reached::DirectoryLink { at: at.clone(), to: to.clone() },
        None => Reached::Real,
    };
    Entry { directory: unit.directory.clone(), files: unit.files.clone(), kind: unit.kind.clone(), reached, aliases: Vec::new() }
}

fn units_of(looks: &Looks, found: &Found, skipped: &mut Vec<Skipped>) -> Vec<Unit> {
    let mut skip = |path: &Path, reason| skipped.push(Skipped { path: path.to_path_buf(), reason });
    let unit = |files, kind, nowhere| Unit { directory: found.path.clone(), via: found.via.clone(), files, kind, nowhere, named: false };
    let mut units = Vec::new();
    let mut used: BTreeSet<PathBuf> = BTreeSet::new();

    let first = found.first(&DEFAULT);
    let default = first.filter(|p| match &*looks.get(p) {
        Content::Not { what, surely: true } => {
            skip(p, Reason::NotCompose(*what));
            used.insert((*p).clone());
            false
        }
        _ => true,
    });
    let default_files = || default.into_iter().chain(found.first(&OVERRIDE).filter(|_| default.is_some())).cloned();
    if let Some(given) = &found.compose_file {
        used.extend(given.files.iter().cloned());
        let by = given.files.first().unwrap_or(&found.path);
        for file in default_files().filter(|f| !given.files.contains(f)) {
            skip(&file, Reason::Shadowed { by: by.clone() });
            used.insert(file);
        }
        units.push(unit(given.files.clone(), Kind::ComposeFile(given.line), false));
    } else if default.is_some() {
        used.extend(default_files());
        units.push(unit(default_files().collect(), Kind::Default, false));
    }

    let base_content = default.map(|p| looks.get(p));
    let base = base_content.as_deref().and_then(shape);
    for (path, name) in &found.files {
        if used.contains(path) {
            continue;
        }
        match (name, default) {
            (FileName::Template, _) => skip(path, Reason::NotCompose(NotCompose::Template)),
            (FileName::Example { whole: false }, _) | (FileName::Example { .. }, Some(_)) => skip(path, Reason::Example),
            (FileName::Default, Some(by)) => skip(path, Reason::Shadowed { by: by.clone() }),
            (FileName::Override, Some(_)) => {
                skip(path, Reason::Shadowed { by: found.first(&OVERRIDE).cloned().unwrap_or_default() });
            }
            _ => match stand(looks, path, base) {
                Ok(Stand::OnBase) if default.is_some() => {
                    let of = default.cloned().unwrap_or_default();
                    units.push(unit(vec![of.clone(), path.clone()], Kind::Variant { of }, false));
                }
                Ok(stand) => units.push(unit(vec![path.clone()], Kind::Single, stand != Stand::Alone)),
                Err(reason) => skip(path, reason),
            },
        }
    }
    units
}

fn shape(content: &Content) -> Option<&Shape> {
    match content {
        Content::Compose(shape) => Some(shape),
        _ => None,
    }
}

/// How a file with a name of its own stands, or why it is none of ours.
fn stand(looks: &Looks, path: &Path, base: Option<&Shape>) -> Result<Stand, Reason> {
    match &*looks.get(path) {
        Content::Compose(shape) => Ok(shape.stand(base)),
        Content::Broken { alike: true } => Ok(Stand::Alone),
        Content::Broken { alike: false } => Err(Reason::NotCompose(NotCompose::NotYaml)),
        Content::Not { what, .. } => Err(Reason::NotCompose(*what)),
        Content::Unreadable(error) => Err(Reason::Unreadable(error.clone())),
    }
}

/// A file that the user named: itself, or what it goes on top of and itself.
fn named_unit(looks: &Looks, file: &Path, skipped: &mut Vec<Skipped>) -> Option<Unit> {
    let directory = file.parent()?.to_path_buf();
    // An empty file is refused by Compose, and whoever names it wants to know.
    if let Content::Not { what, surely: true } = &*looks.get(file)
        && *what != NotCompose::NoContent
    {
        skipped.push(Skipped { path: file.to_path_buf(), reason: Reason::NotCompose(*what) });
        return None;
    }
    let default = DEFAULT.iter().map(|n| directory.join(n)).find(|p| looks.disk().is_file(p) && p != file);
    let is_override = file.file_name().and_then(|n| n.to_str()).is_some_and(|n| OVERRIDE.contains(&n));
    let is_default = file.file_name().and_then(|n| n.to_str()).is_some_and(|n| DEFAULT.contains(&n));
    let (files, kind) = match default {
        Some(default) if is_override => (vec![default, file.to_path_buf()], Kind::Default),
        Some(default) if !is_default && stand(looks, file, shape(&looks.get(&default))) == Ok(Stand::OnBase) => {
            (vec![default.clone(), file.to_path_buf()], Kind::Variant { of: default })
        }
        _ => (vec![file.to_path_buf()], Kind::Single),
    };
    Some(Unit { directory, via: None, files, kind, nowhere: false, named: true })
}
