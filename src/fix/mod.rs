//! Makes the fixes of findings: chooses those that go together, makes them on texts in memory, judges again, until there is nothing more to
//! make. Every step is proved with the resolver before it counts; the disk is written once, at the end, all files or none.
//!
//! - A [`Applicability::Safe`] fix leaves every project that reads the file as it was: name, services, resources, byte by byte, with variables
//!   and without, and Compose refuses nothing that it took.
//! - An [`Applicability::Unsafe`] fix changes what its title says: the files can be read as before, and a project that Compose took is still
//!   taken.
//! - What does not hold this is not made, and reported as a fault of ours.

mod plan;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::compose::Request;
use crate::discover::Entry;
use crate::finding::{Applicability, Finding};
use crate::fs::{Fs, Overlay};
use crate::lint::{LoadOptions, Workspace};
use crate::proof::{self, Broken, Pair, Side, State};
use crate::source::{Sources, apply};
use crate::yaml;

pub use plan::Barred;
use plan::{Files, Key, Planned};

pub use write::WriteError;

/// Rounds until fixes that make each other necessary are left alone.
pub const MAX_ROUNDS: usize = 20;

/// How files become findings: what the command does anyway, so that fixing sees what it reports, ignores and all.
pub trait Judge: Sync {
    /// Finds and loads everything.
    fn load<'a>(&self, disk: &'a dyn Fs, sources: &'a Sources) -> Workspace<'a>;

    /// What is reported of it.
    fn findings(&self, workspace: &Workspace, disk: &dyn Fs) -> Vec<Finding>;

    /// How projects are loaded.
    fn options(&self) -> &LoadOptions;

    /// What may be written: these files, and the files below these directories. Absolute.
    fn roots(&self) -> &[PathBuf];
}

/// A file that fixes change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The path as the user knows it: the first by which it was reached.
    pub path: PathBuf,
    /// The path with every link followed: what is written.
    pub real: PathBuf,
    /// The text as it is on the disk.
    pub before: String,
    /// The text with the fixes.
    pub after: String,
}

/// A fix that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The rule.
    pub rule: &'static str,
    /// What it does.
    pub title: String,
    /// How far it may be trusted.
    pub applicability: Applicability,
    /// Where its finding was.
    pub place: PathBuf,
    /// How many findings it mends.
    pub findings: usize,
}

/// A fix that was not made because it would not have been what it says, or because that cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule.
    pub rule: &'static str,
    /// What it would have done; may hold what the file holds: to be redacted before it is shown.
    pub title: String,
    /// Where its finding is.
    pub place: PathBuf,
    /// Completes "it was not applied, because …".
    pub why: &'static str,
    /// True if it is a mistake of ours that the fix was offered.
    pub ours: bool,
}

/// What came of it. Nothing is written yet.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The files, sorted by path.
    pub files: Vec<Changed>,
    /// The fixes, in the order of their making.
    pub made: Vec<Made>,
    /// What was not made, and why.
    pub faults: Vec<Fault>,
    /// Files with findings that could be fixed, but not in this file.
    pub barred: BTreeMap<PathBuf, Barred>,
    /// Rules whose fixes made each other necessary to the last round.
    pub unsettled: BTreeSet<&'static str>,
}

impl Fixed {
    /// How many findings are mended.
    pub fn findings(&self) -> usize {
        self.made.iter().map(|m| m.findings).sum()
    }

    /// The disk as it will be.
    pub fn preview<'a>(&self, disk: &'a dyn Fs) -> Box<dyn Fs + 'a> {
        Box::new(Overlay::new(disk, self.files.iter().map(|f| (f.real.clone(), f.after.clone().into_bytes())).collect()))
    }
}

/// Makes the safe fixes, and then with `with_unsafe` the unsafe ones, in memory.
pub fn fix(disk: &dyn Fs, judge: &dyn Judge, with_unsafe: bool) -> Fixed {
    let mut fixed = Fixed::default();
    let mut texts: BTreeMap<PathBuf, Changed> = BTreeMap::new();
    let mut rejected: BTreeSet<Key> = BTreeSet::new();
    for round in 0..=MAX_ROUNDS {
        let overlay = Overlay::new(disk, bytes(&texts));
        let sources = Sources::new();
        let workspace = judge.load(&overlay, &sources);
        let findings = judge.findings(&workspace, &overlay);
        let mut files = Files::new(&overlay, &workspace.loader, judge.roots());
        let mut barred = BTreeMap::new();
        let mut chosen = files.choose(&findings, Applicability::Safe, &rejected, &mut barred);
        if chosen.is_empty() && with_unsafe {
            chosen = files.choose(&findings, Applicability::Unsafe, &rejected, &mut barred);
        }
        fixed.barred.extend(barred);
        if chosen.is_empty() {
            break;
        }
        if round == MAX_ROUNDS {
            fixed.unsettled = chosen.iter().map(|c| c.rule).collect();
            break;
        }
        let round = Round { disk, texts: &texts, sources: &sources, workspace: &workspace, options: judge.options(), overlay: &overlay };
        let settled: Vec<Settled> = round.groups(chosen).into_par_iter().map(|group| round.settle_group(&group)).collect();
        let (mut made, mut refused) = (Vec::new(), Vec::new());
        for group in settled {
            made.extend(group.made);
            refused.extend(group.refused);
        }
        let progress = !made.is_empty() || refused.iter().any(|(planned, _)| !rejected.contains(&planned.key));
        let next = round.with(&made.iter().collect::<Vec<_>>());
        for (planned, why) in refused {
            let Planned { rule, title, place, key, applicability, .. } = planned;
            // Unsafe fixes are good one by one, and may still be too much together: two services that are each to wait for the other.
            let ours = why.ours() && (applicability == Applicability::Safe || why != Broken::Refused);
            rejected.insert(key);
            fixed.faults.push(Fault { rule, title, place, why: why.why(), ours });
        }
        if let Some(next) = next {
            fixed.made.extend(made.into_iter().map(|planned| {
                let Planned { rule, title, applicability, place, findings, .. } = planned;
                Made { rule, title, applicability, place, findings }
            }));
            texts = next;
        }
        if !progress {
            break;
        }
    }
    let mut files: Vec<Changed> = texts.into_values().filter(|c| c.before != c.after).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    fixed.files = files;
    fixed
}

fn bytes(texts: &BTreeMap<PathBuf, Changed>) -> BTreeMap<PathBuf, Vec<u8>> {
    texts.iter().map(|(path, changed)| (path.clone(), changed.after.clone().into_bytes())).collect()
}

/// One round: everything as it is before it.
struct Round<'a> {
    disk: &'a dyn Fs,
    texts: &'a BTreeMap<PathBuf, Changed>,
    sources: &'a Sources,
    workspace: &'a Workspace<'a>,
    options: &'a LoadOptions,
    overlay: &'a Overlay<'a>,
}

/// Fixes that concern the same projects, and these projects.
struct Group {
    fixes: Vec<Planned>,
    entries: Vec<usize>,
}

#[derive(Default)]
struct Settled {
    made: Vec<Planned>,
    refused: Vec<(Planned, Broken)>,
}

impl Round<'_> {
    /// The fixes in groups that share neither a file nor a project, in their order.
    fn groups(&self, fixes: Vec<Planned>) -> Vec<Group> {
        let touched: BTreeSet<&Path> = fixes.iter().flat_map(|f| f.edits.keys().map(PathBuf::as_path)).collect();
        let mut canonical: BTreeMap<&Path, Option<PathBuf>> = BTreeMap::new();
        let mut readers: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
        for (index, project) in self.workspace.projects.iter().enumerate() {
            for file in &project.files {
                let real = canonical.entry(&file.path).or_insert_with(|| self.overlay.canonicalize(&file.path).ok());
                if let Some(real) = real.as_ref().filter(|real| touched.contains(real.as_path())) {
                    readers.entry(real.clone()).or_default().push(index);
                }
            }
        }
        // A project joins all the files that it reads, and a fix all the files that it edits.
        let mut groups = Joined::new(self.workspace.projects.len() + fixes.len());
        let base = self.workspace.projects.len();
        let mut first_by_file: BTreeMap<&Path, usize> = BTreeMap::new();
        for (number, fix) in fixes.iter().enumerate() {
            for path in fix.edits.keys() {
                let first = *first_by_file.entry(path).or_insert(base + number);
                groups.join(base + number, first);
                for reader in readers.get(path).into_iter().flatten() {
                    groups.join(base + number, *reader);
                }
            }
        }
        let mut out: BTreeMap<usize, Group> = BTreeMap::new();
        for (number, fix) in fixes.into_iter().enumerate() {
            let group = out.entry(groups.root(base + number)).or_insert_with(|| Group { fixes: Vec::new(), entries: Vec::new() });
            for path in fix.edits.keys() {
                group.entries.extend(readers.get(path).into_iter().flatten());
            }
            group.fixes.push(fix);
        }
        let mut out: Vec<Group> = out.into_values().collect();
        for group in &mut out {
            group.entries.sort_unstable();
            group.entries.dedup();
        }
        out
    }

    /// What Compose is asked for.
    fn request(&self, entry: &Entry) -> Request {
        Request { semantics: self.options.semantics, ..entry.request() }
    }

    /// Makes as many of a group's fixes as hold what they promise.
    fn settle_group(&self, group: &Group) -> Settled {
        let entries: Vec<&Entry> = group.entries.iter().filter_map(|i| self.workspace.discovery.entries.get(*i)).collect();
        let requests: Vec<Request> = entries.iter().map(|entry| self.request(entry)).collect();
        let side = |request| Side { disk: self.overlay, request, written: None, aside: &[] };
        let before: Option<Vec<State>> = requests.iter().map(|request| State::load(side(request))).collect();
        let mut settled = Settled::default();
        let Some(before) = before.filter(|b| !b.is_empty()) else {
            // Nobody reads the file: nothing can be proved.
            settled.refused = group.fixes.iter().map(|f| (f.clone(), Broken::Lost)).collect();
            return settled;
        };
        let proof = Proof { round: self, requests: &requests, before: &before };
        let all: Vec<&Planned> = group.fixes.iter().collect();
        let mut made: Vec<&Planned> = Vec::new();
        proof.settle(&all, &mut made, &mut settled.refused);
        settled.made = made.into_iter().cloned().collect();
        settled
    }

    /// The texts with some fixes made; `None` if they do not fit together.
    fn with(&self, fixes: &[&Planned]) -> Option<BTreeMap<PathBuf, Changed>> {
        let mut edits: BTreeMap<&Path, Vec<crate::source::Edit>> = BTreeMap::new();
        for fix in fixes {
            for (path, own) in &fix.edits {
                edits.entry(path).or_default().extend(own.iter().cloned());
            }
        }
        let mut texts = self.texts.clone();
        for (path, edits) in edits {
            let source = self.sources.get(edits.first()?.span.file);
            let after = apply(&source.text, &edits)?;
            if let Some(changed) = texts.get_mut(path) {
                changed.after = after;
            } else {
                let changed = Changed { path: source.path.clone(), real: path.to_path_buf(), before: source.text.clone(), after };
                texts.insert(path.to_path_buf(), changed);
            }
        }
        Some(texts)
    }
}

/// What a group has to hold.
struct Proof<'a> {
    round: &'a Round<'a>,
    requests: &'a [Request],
    before: &'a [State],
}

impl Proof<'_> {
    /// Makes as many of these fixes on top of `made` as hold. Halves what does not, so that the few that are wrong are found among many.
    fn settle<'p>(&self, fixes: &[&'p Planned], made: &mut Vec<&'p Planned>, refused: &mut Vec<(Planned, Broken)>) {
        if fixes.is_empty() {
            return;
        }
        let together: Vec<&Planned> = made.iter().chain(fixes).copied().collect();
        let Err(why) = self.holds(&together) else {
            made.extend(fixes);
            return;
        };
        match fixes {
            [] => {}
            // What holds alone but not with the others gets another chance in the next round.
            [one] => {
                if made.is_empty() || self.holds(&[one]).is_err() {
                    refused.push(((*one).clone(), why));
                }
            }
            many => {
                let (first, second) = many.split_at(many.len() / 2);
                self.settle(first, made, refused);
                self.settle(second, made, refused);
            }
        }
    }

    fn holds(&self, fixes: &[&Planned]) -> Result<(), Broken> {
        let texts = self.round.with(fixes).ok_or(Broken::Syntax)?;
        let mut layout = true;
        for path in fixes.iter().flat_map(|f| f.edits.keys()) {
            let file = fixes.iter().find_map(|f| f.edits.get(path)?.first()).map(|e| e.span.file);
            let old = file.and_then(|file| self.round.workspace.loader.tree(file));
            if let (Some(old), Some(changed)) = (old, texts.get(path)) {
                let new = yaml::parse(old.file, &changed.after);
                if new.errors.len() > old.errors.len() || new.documents.len() < old.documents.len() {
                    return Err(Broken::Syntax);
                }
                let said = |tree| proof::said(tree, self.round.options.semantics);
                layout = layout && said(&old).is_some_and(|said_before| Some(said_before) == said(&new));
            } else {
                layout = false;
            }
        }
        let overlay = Overlay::new(self.round.disk, bytes(&texts));
        let safe = fixes.iter().all(|f| f.applicability == Applicability::Safe);
        for (request, before) in self.requests.iter().zip(self.before) {
            let side = |disk| Side { disk, request, written: None, aside: &[] };
            let after = State::load(side(&overlay)).ok_or(Broken::Lost)?;
            let pair = Pair { before: (side(self.round.overlay), before), after: (side(&overlay), &after) };
            if safe { pair.same(layout) } else { pair.sound() }?;
        }
        Ok(())
    }
}

/// Numbers in groups.
struct Joined(Vec<usize>);

impl Joined {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while let Some(up) = self.0.get(at).copied().filter(|up| *up != at) {
            let over = self.0.get(up).copied().unwrap_or(up);
            if let Some(slot) = self.0.get_mut(at) {
                *slot = over;
            }
            at = over;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(slot) = self.0.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }
}

#[cfg(test)]
mod tests;
