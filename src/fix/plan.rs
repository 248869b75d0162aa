//! Which fixes are made together: in the order of the findings, each whole or not at all, none on top of another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::compose::Loader;
use crate::finding::{Applicability, Finding, Place};
use crate::fs::Fs;
use crate::source::{Edit, FileId, Sources};

/// A fix that is to be made.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// The rule.
    pub(super) rule: &'static str,
    /// What the fix does.
    pub(super) title: String,
    /// How far it may be trusted.
    pub(super) applicability: Applicability,
    /// Where the finding is.
    pub(super) place: PathBuf,
    /// The edits, by file with every link followed.
    pub(super) edits: BTreeMap<PathBuf, Vec<Edit>>,
    /// The same in every round: what would be done, to what text.
    pub(super) key: Key,
    /// How many findings it mends.
    pub(super) findings: usize,
}

/// Names a fix in every round, wherever other fixes have moved it.
pub(super) type Key = (&'static str, String, Vec<(PathBuf, String, String)>);

/// Why a file may not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Barred {
    /// It does not lie below what the run was asked to look at, links followed.
    Outside,
    /// Nobody may write it.
    ReadOnly,
    /// Its bytes are not the text that was judged: it has another encoding.
    Encoding,
    /// It is not YAML as a whole: of what is behind the mistake nothing is known.
    NotYaml,
}

impl Barred {
    /// To complete "`FILE` is not changed: …".
    pub fn why(self) -> &'static str {
        match self {
            Barred::Outside => "it lies outside of what was asked for",
            Barred::ReadOnly => "nobody may write it",
            Barred::Encoding => "it is not UTF-8",
            Barred::NotYaml => "it cannot be read as a whole",
        }
    }
}

/// The files of one round.
pub(super) struct Files<'a> {
    disk: &'a dyn Fs,
    sources: &'a Sources,
    loader: &'a Loader<'a>,
    roots: Vec<PathBuf>,
    known: BTreeMap<FileId, Result<PathBuf, Barred>>,
}

impl<'a> Files<'a> {
    pub(super) fn new(disk: &'a dyn Fs, loader: &'a Loader<'a>, roots: &[PathBuf]) -> Self {
        let roots = roots.iter().map(|r| disk.canonicalize(r).unwrap_or_else(|_| r.clone())).collect();
        Self { disk, sources: loader.sources, loader, roots, known: BTreeMap::new() }
    }

    /// The path of a file with every link followed, if it may be written.
    fn writable(&mut self, file: FileId) -> Result<PathBuf, Barred> {
        if let Some(known) = self.known.get(&file) {
            return known.clone();
        }
        let result = self.look(file);
        self.known.insert(file, result.clone());
        result
    }

    fn look(&self, file: FileId) -> Result<PathBuf, Barred> {
        let source = self.sources.get(file);
        let path = self.disk.canonicalize(&source.path).map_err(|_| Barred::Outside)?;
        if !self.roots.iter().any(|root| path.starts_with(root)) {
            return Err(Barred::Outside);
        }
        let metadata = self.disk.metadata(&path).map_err(|_| Barred::ReadOnly)?;
        if !metadata.is_file() || metadata.mode.is_some_and(|mode| mode & 0o222 == 0) {
            return Err(Barred::ReadOnly);
        }
        if self.loader.tree(file).is_some_and(|tree| !tree.errors.is_empty()) {
            return Err(Barred::NotYaml);
        }
        match self.disk.read(&path, u64::MAX) {
            Ok(bytes) if bytes == source.text.as_bytes() => Ok(path),
            _ => Err(Barred::Encoding),
        }
    }

    /// The fixes of this applicability that can be made together, and the files that keep others from being made.
    pub(super) fn choose(
        &mut self,
        findings: &[Finding],
        applicability: Applicability,
        rejected: &BTreeSet<Key>,
        barred: &mut BTreeMap<PathBuf, Barred>,
    ) -> Vec<Planned> {
        let mut chosen: Vec<Planned> = Vec::new();
        let mut keys: BTreeMap<Vec<(PathBuf, Vec<Edit>)>, usize> = BTreeMap::new();
        let mut taken: BTreeMap<PathBuf, Taken> = BTreeMap::new();
        'findings: for finding in findings {
            let Some(fix) = finding.fix.as_ref().filter(|f| f.applicability == applicability && !f.edits.is_empty()) else { continue };
            let mut edits: BTreeMap<PathBuf, Vec<Edit>> = BTreeMap::new();
            let mut parts = Vec::new();
            for edit in &fix.edits {
                match self.writable(edit.span.file) {
                    Ok(path) => {
                        let before = self.sources.get(edit.span.file).slice(edit.span).to_owned();
                        parts.push((path.clone(), before, edit.text.clone()));
                        edits.entry(path).or_default().push(edit.clone());
                    }
                    Err(why) => {
                        barred.insert(self.sources.get(edit.span.file).path.clone(), why);
                        continue 'findings;
                    }
                }
            }
            let same: Vec<(PathBuf, Vec<Edit>)> = edits.iter().map(|(path, edits)| (path.clone(), edits.clone())).collect();
            if let Some(index) = keys.get(&same) {
                if let Some(planned) = chosen.get_mut(*index) {
                    planned.findings += 1;
                }
                continue;
            }
            let key = (finding.rule, finding.message.clone(), parts);
            let meets =
                |edit: &Edit, path: &PathBuf| taken.get(path).is_some_and(|t| t.meets(edit, &self.sources.get(edit.span.file).text));
            if rejected.contains(&key) || edits.iter().any(|(path, edits)| edits.iter().any(|edit| meets(edit, path))) {
                continue;
            }
            for (path, edits) in &edits {
                let taken = taken.entry(path.clone()).or_default();
                for edit in edits {
                    taken.take(edit);
                }
            }
            keys.insert(same, chosen.len());
            let place = match &finding.primary.place {
                Place::Span(span) => self.sources.get(span.file).path.clone(),
                Place::Path(path) => path.clone(),
            };
            chosen.push(Planned { rule: finding.rule, title: fix.title.clone(), applicability, place, edits, key, findings: 1 });
        }
        chosen
    }
}

/// What is taken of one file: the end of each range by its beginning, and whether it only takes away.
#[derive(Default)]
struct Taken {
    ranges: BTreeMap<u32, (u32, bool)>,
    /// Places at which only whole lines are put in, below a line: several fixes may put theirs in, one below the other.
    below: BTreeSet<u32>,
}

/// True for what puts whole lines in below a line.
fn puts_below(edit: &Edit) -> bool {
    edit.span.start == edit.span.end && edit.text.starts_with(['\n', '\r'])
}

impl Taken {
    fn take(&mut self, edit: &Edit) {
        if puts_below(edit) {
            self.below.insert(edit.span.start);
        }
        let slot = self.ranges.entry(edit.span.start).or_insert((edit.span.end, true));
        *slot = (slot.0.max(edit.span.end), slot.1 && edit.text.is_empty());
    }

    /// True if an edit overlaps or touches one that is taken: two that meet at a place have no order. Two that each take away what stands
    /// side by side have to see each other too: what is left may be nothing.
    fn meets(&self, edit: &Edit, text: &str) -> bool {
        let (start, end) = (edit.span.start, edit.span.end);
        if puts_below(edit) && self.below.contains(&start) {
            return false;
        }
        let beside = |from: u32, to: u32, only_takes: bool| {
            let gap = text.get(from as usize..to as usize);
            gap.is_none_or(str::is_empty) || (only_takes && edit.text.is_empty() && gap.is_some_and(|g| g.trim().is_empty()))
        };
        let before = self.ranges.range(..=start).next_back().is_some_and(|(_, (to, only))| beside(*to, start, *only));
        before || self.ranges.range(start..).next().is_some_and(|(from, (_, only))| beside(end, *from, *only))
    }
}
