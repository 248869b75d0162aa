//! Whether every project is the same after a plan as before it: loaded in every way in which it is started, by the answers of every version of
//! Compose that we know, with all profiles, with variables as they are today and with variables left as they are.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::apply::{self, ApplyError};
use super::plan::{Accepted, Choice, EntryPoint, FileOp, Plan};
use crate::compose::{self, Loader, Request, SECTIONS, Semantics};
use crate::diff::{self, Class, Diff, Subject, Written};
use crate::fs::{Fs, Overlay};
use crate::model::{self, Project};
use crate::proof::{Broken, Counts, Pair, Side, State, reads};
use crate::source::Sources;

/// A plan that leaves every project as it is. There is no other way to get one, and only this can be written.
#[derive(Debug)]
pub struct Proved {
    plan: Plan,
    evidence: Vec<Evidence>,
}

/// What was compared for one entry point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What the user types.
    pub command: String,
    /// What there is on both sides.
    pub counts: Counts,
    /// Compose refuses the project, before and after, for the same reasons.
    pub refused: bool,
    /// What is read for it, before and after.
    pub reads: BTreeSet<PathBuf>,
}

/// A plan that does not hold.
#[derive(Debug)]
pub struct NotProved {
    /// The plan.
    pub plan: Plan,
    /// The entry points that are not the same, each with the reason.
    pub broken: Vec<NotSame>,
}

/// An entry point that a plan changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSame {
    /// Its number in the plan.
    pub entry: usize,
    /// What the user types.
    pub command: String,
    /// By whose answers.
    pub semantics: Semantics,
    /// What is wrong, as a sentence without a full stop.
    pub why: String,
}

/// Proves a plan. Errors: what it would change.
pub fn prove(plan: Plan, disk: &dyn Fs) -> Result<Proved, Box<NotProved>> {
    let preview = plan.preview(disk);
    let mut evidence = Vec::new();
    let mut broken = Vec::new();
    for (number, entry) in plan.entries.iter().enumerate() {
        let written = (!entry.choices.is_empty()).then(|| {
            let files = plan.files.iter().map(|f| (f.path.clone(), f.after.clone()));
            Overlay::with(disk, files.chain(entry.choices.iter().map(|c| made(c, &preview))).collect::<Vec<(PathBuf, _)>>())
        });
        let mut counts = None;
        for semantics in [Semantics::V5, Semantics::V2] {
            let written = written.as_ref().map(|w| w as &dyn Fs);
            let compared = if plan.accepted.is_empty() {
                compare(entry, disk, &preview, written, semantics)
            } else {
                compare_but(&plan.accepted, entry, disk, &preview, written, semantics)
            };
            match compared {
                Ok(found) => counts = Some(counts.unwrap_or(found)),
                Err(why) => {
                    broken.push(NotSame { entry: number, command: entry.now().to_owned(), semantics, why });
                    break;
                }
            }
        }
        if let Some(found) = counts {
            evidence.push(Evidence { command: entry.now().to_owned(), ..found });
        }
    }
    drop(preview);
    if broken.is_empty() { Ok(Proved { plan, evidence }) } else { Err(Box::new(NotProved { plan, broken })) }
}

/// A file with the variable that chooses written out.
fn made(choice: &Choice, disk: &dyn Fs) -> (PathBuf, Option<Vec<u8>>) {
    let text = disk.read(&choice.path, u64::MAX).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).replace(&choice.expression, &choice.value).into_bytes();
    (choice.path.clone(), Some(text))
}

fn compare(
    entry: &EntryPoint,
    disk: &dyn Fs,
    preview: &dyn Fs,
    written: Option<&dyn Fs>,
    semantics: Semantics,
) -> Result<Evidence, String> {
    let (old, new) = requests(entry, semantics);
    let before = Side { disk, request: &old, written: None, aside: &entry.aside };
    let after = Side { disk: preview, request: &new, written, aside: &entry.aside };
    let (Some(old), Some(new)) = (State::load(before), State::load(after)) else { return Err(Broken::Lost.why().to_owned()) };
    Pair { before: (before, &old), after: (after, &new) }.same(false).map_err(|broken| broken.why().to_owned())?;
    let (counts, refused) = (new.counts, new.is_refused());
    Ok(Evidence { command: String::new(), counts, refused, reads: old.reads.into_iter().chain(new.reads).collect() })
}

/// The same, where some changes were asked for: there must be no others.
fn compare_but(
    accepted: &[Accepted],
    entry: &EntryPoint,
    disk: &dyn Fs,
    preview: &dyn Fs,
    written: Option<&dyn Fs>,
    semantics: Semantics,
) -> Result<Evidence, String> {
    let (old, new) = requests(entry, semantics);
    let (old_sources, new_sources) = (Sources::new(), Sources::new());
    let (old_loader, new_loader) = (Loader::new(disk, &old_sources), Loader::new(preview, &new_sources));
    let (before, after) = (model::whole(&old_loader, &old), model::whole(&new_loader, &new));
    let refused = |project: &Project| project.problems.iter().filter(|p| p.refused).count();
    if refused(&after) > refused(&before) {
        return Err(Broken::Refused.why().to_owned());
    }
    let diff = diff::compare_in_place(
        &Subject { project: &before, sources: &old_sources, semantics },
        &Subject { project: &after, sources: &new_sources, semantics },
    );
    others(&diff, accepted)?;
    // With all variables left as they are.
    let raw_sources = Sources::new();
    let raw_loader = Loader::new(written.unwrap_or(preview), &raw_sources);
    let open = |request: &Request| Request { interpolate: false, ..request.clone() };
    let (raw_before, raw_after) = (compose::load(&old_loader, &open(&old)), compose::load(&raw_loader, &open(&new)));
    let diff = diff::compare_written(&as_written(&raw_before, &old_sources), &as_written(&raw_after, &raw_sources), true);
    others(&diff, accepted)?;
    let reads = reads(&before).into_iter().chain(reads(&after)).collect();
    Ok(Evidence { command: String::new(), counts: Counts::of(&after), refused: refused(&after) > 0, reads })
}

fn as_written<'a>(loaded: &'a compose::Loaded, sources: &'a Sources) -> Written<'a> {
    Written { tree: &loaded.tree, name: &loaded.name, name_source: &loaded.name_source, directory: &loaded.directory, sources }
}

/// Errors: a change that was not asked for.
fn others(diff: &Diff, accepted: &[Accepted]) -> Result<(), String> {
    let asked = |path: &str| accepted.iter().any(|a| a.covers(path));
    match diff.changes.iter().find(|c| c.class != Class::Cosmetic && !asked(&c.path)) {
        Some(change) => Err(format!("`{}` would change, which was not asked for", change.path)),
        None => Ok(()),
    }
}

/// A way in which a project is started, read before and after: for saying what differs.
pub struct Loaded {
    /// The texts of both sides.
    pub sources: (Sources, Sources),
    /// The project of both sides.
    pub projects: (Project, Project),
    /// What differs.
    pub diff: Diff,
}

impl NotProved {
    /// What differs in an entry point.
    pub fn differences(&self, broken: &NotSame, disk: &dyn Fs) -> Option<Loaded> {
        let entry = self.plan.entries.get(broken.entry)?;
        let semantics = broken.semantics;
        let preview = self.plan.preview(disk);
        let (old, new) = requests(entry, semantics);
        let sources = (Sources::new(), Sources::new());
        let projects = (model::whole(&Loader::new(disk, &sources.0), &old), model::whole(&Loader::new(&preview, &sources.1), &new));
        let subject = |project, sources| Subject { project, sources, semantics };
        let diff = diff::compare_in_place(&subject(&projects.0, &sources.0), &subject(&projects.1, &sources.1));
        Some(Loaded { sources, projects, diff })
    }
}

/// The services, networks, volumes … (section and name) that are not the same after a plan, in any of its entry points.
pub(super) fn differing(plan: &Plan, disk: &dyn Fs) -> BTreeSet<(&'static str, String)> {
    let preview = plan.preview(disk);
    let mut out = BTreeSet::new();
    for entry in &plan.entries {
        for semantics in [Semantics::V5, Semantics::V2] {
            let (old, new) = requests(entry, semantics);
            let (before, after) = (json(disk, &old), json(&preview, &new));
            for section in SECTIONS {
                let of = |side: &serde_json::Value| side.get(section).and_then(|s| s.as_object().cloned()).unwrap_or_default();
                let (old, new) = (of(&before), of(&after));
                let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                out.extend(names.into_iter().filter(|n| old.get(*n) != new.get(*n)).map(|n| (section, n.clone())));
            }
        }
    }
    out
}

fn json(disk: &dyn Fs, request: &Request) -> serde_json::Value {
    let sources = Sources::new();
    crate::resolved::yaml(&model::whole(&Loader::new(disk, &sources), request), request.semantics)
}

/// How an entry point is loaded, before and after, by the answers of one version.
fn requests(entry: &EntryPoint, semantics: Semantics) -> (Request, Request) {
    (Request { semantics, ..entry.before.clone() }, Request { semantics, ..entry.after.clone() })
}

impl Proved {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The same plan with more files: what nobody reads who starts a project, so that the proof holds as it was made. Errors: the plan, which
    /// needs another proof.
    pub fn with_papers(self, plan: Plan) -> Result<Self, Box<Plan>> {
        let as_proved = |f: &FileOp| self.plan.files.iter().any(|known| known == f);
        let read = |path: &PathBuf| self.evidence.iter().any(|e| e.reads.contains(path));
        let added = plan.files.iter().filter(|f| !as_proved(f)).all(|f| !read(&f.path));
        let kept = self.plan.files.iter().all(|f| plan.files.contains(f));
        if added && kept { Ok(Self { plan, evidence: self.evidence }) } else { Err(Box::new(plan)) }
    }

    /// The plan back, to add to it: it has to be proved again.
    pub fn into_parts(self) -> (Plan, Vec<Evidence>) {
        (self.plan, self.evidence)
    }

    /// What was compared, one for each entry point.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// Writes the plan in place; the originals are kept ([`apply::rollback`]).
    pub fn write(&self, disk: &dyn Fs) -> Result<(), ApplyError> {
        apply::write(&self.plan, disk)
    }

    /// Writes the plan into another directory.
    pub fn write_beside(&self, disk: &dyn Fs, to: &std::path::Path) -> Result<(), ApplyError> {
        apply::write_beside(&self.plan, disk, to)
    }
}
