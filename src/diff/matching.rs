//! Which project of one tree is which of another, and what is said of a project that only one of them has.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Change, Class, Diff, Fate, Shown, Subject, compare};
use crate::model::Project;
use crate::source::Span;

/// What a project is known by.
#[derive(Clone, Debug)]
pub struct Identity<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its directory, relative to the root that it was found under.
    pub directory: &'a Path,
    /// What tells it from others in the same directory: its files, or the environment that it is.
    pub variant: &'a str,
    /// The name of its last file, which makes it what it is; empty if that is not known.
    pub last: &'a str,
    /// The names of its services.
    pub services: BTreeSet<&'a str>,
}

/// More than there are versions of one project anywhere: comparing each with each would cost too much.
pub(super) const MANY: usize = 10_000;

/// Pairs the projects of two trees, each once: by name, then by directory. Of several that these do not tell apart, those belong together that
/// have most in common, and nothing is paired that has nothing in common. What is left has no counterpart. In the order of the directories.
pub fn pairs(old: &[Identity<'_>], new: &[Identity<'_>]) -> Vec<(Option<usize>, Option<usize>)> {
    let key = |i: &Identity, round: usize| -> String {
        let (name, directory, variant) = (i.name, i.directory.to_string_lossy(), i.variant);
        match round {
            0 => format!("{name}\0{directory}\0{variant}"),
            1 => format!("{name}\0{directory}"),
            2 => format!("{name}\0{variant}"),
            3 => name.to_owned(),
            4 => format!("{directory}\0{variant}"),
            _ => directory.into_owned(),
        }
    };
    let mut of_new: Vec<Option<usize>> = vec![None; new.len()];
    let mut taken = vec![false; old.len()];
    for round in 0..6 {
        // Whoever has the key, paired or not, the earlier ones first.
        let mut groups: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (i, identity) in old.iter().enumerate() {
            groups.entry(key(identity, round)).or_default().0.push(i);
        }
        for (j, identity) in new.iter().enumerate() {
            groups.entry(key(identity, round)).or_default().1.push(j);
        }
        for (mut olds, mut news) in groups.into_values() {
            // Two versions of one project whatever they have in common: the key tells all, or there are no others to mistake them for.
            let sure = round % 2 == 0 || (olds.len(), news.len()) == (1, 1);
            olds.retain(|i| taken.get(*i) == Some(&false));
            news.retain(|j| of_new.get(*j) == Some(&None));
            for (i, j) in nearest((old, olds), (new, news), sure) {
                if let (Some(taken), Some(slot)) = (taken.get_mut(i), of_new.get_mut(j)) {
                    (*taken, *slot) = (true, Some(i));
                }
            }
        }
    }
    let gone = taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(i, _)| (Some(i), None));
    let mut out: Vec<(Option<usize>, Option<usize>)> = of_new.iter().enumerate().map(|(j, i)| (*i, Some(j))).chain(gone).collect();
    out.sort_by_key(|(i, j)| {
        let of = j.and_then(|j| new.get(j)).or_else(|| i.and_then(|i| old.get(i)));
        of.map(|i| (i.directory.to_path_buf(), i.name.to_owned(), i.variant.to_owned()))
    });
    out
}

/// The pairs of some earlier and some later projects: the same last file counts most, then how many services both have. `sure`: also those that
/// have nothing in common.
fn nearest((old, olds): (&[Identity], Vec<usize>), (new, news): (&[Identity], Vec<usize>), sure: bool) -> Vec<(usize, usize)> {
    if olds.len().saturating_mul(news.len()) > MANY {
        return if sure { olds.into_iter().zip(news).collect() } else { Vec::new() };
    }
    let mut scored = Vec::new();
    for j in &news {
        for i in &olds {
            let (Some(before), Some(after)) = (old.get(*i), new.get(*j)) else { continue };
            let last = before.last == after.last && !after.last.is_empty();
            let shared = before.services.intersection(&after.services).count();
            if sure || last || shared > 0 {
                let apart = before.services.symmetric_difference(&after.services).count();
                scored.push((Reverse(last), Reverse(shared), apart, *j, *i));
            }
        }
    }
    scored.sort_unstable();
    let (mut old_taken, mut new_taken) = (BTreeSet::new(), BTreeSet::new());
    let mut out = Vec::new();
    for (_, _, _, j, i) in scored {
        if !old_taken.contains(&i) && !new_taken.contains(&j) {
            old_taken.insert(i);
            new_taken.insert(j);
            out.push((i, j));
        }
    }
    out
}

/// What a project that is there no longer leaves behind, piece by piece.
pub fn gone(subject: &Subject) -> Diff {
    let nothing = nothing(subject.project);
    compare(subject, &Subject { project: &nothing, ..*subject })
}

/// What a project that was not there before brings, piece by piece.
pub fn new(subject: &Subject) -> Diff {
    let nothing = nothing(subject.project);
    compare(&Subject { project: &nothing, ..*subject }, subject)
}

/// The pieces of a project that only one side has, as one change. `elsewhere`: its services that only moved, of which no piece is left, each with
/// the project that it is in now, or was in before.
pub(super) fn whole(subject: &Subject, diff: Diff, gone: bool, elsewhere: &BTreeMap<String, String>) -> Diff {
    let project = subject.project;
    let own: Vec<String> =
        diff.services.iter().filter(|p| !elsewhere.contains_key(&p.service)).map(|p| format!("`{}`", p.service)).collect();
    let services = if own.is_empty() { "nothing".to_owned() } else { own.join(", ") };
    let said: Vec<&str> = diff.changes.iter().filter(|c| c.class < Class::Behaviour).map(|c| c.consequence.as_str()).collect();
    let all_moved = own.is_empty() && !elsewhere.is_empty();
    let mut sentences = match (gone, said.as_slice()) {
        (_, []) if all_moved => Vec::new(),
        (true, []) => vec![format!("no file describes its containers any more, and they go on running: {services}")],
        (true, said) => vec![format!("no file describes its containers any more: {}", said.join("; "))],
        (false, []) => vec![format!("`up` starts {services}")],
        (false, said) => vec![said.join("; ")],
    };
    let mut by_project: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (service, project) in elsewhere {
        by_project.entry(project).or_default().push(format!("`{service}`"));
    }
    for (other, services) in by_project {
        let other = if other == project.name { "other files of the project".to_owned() } else { format!("project `{other}`") };
        let one = services.len() == 1;
        let services = services.join(", ");
        sentences.push(match (gone, one) {
            (true, true) => format!("{services} is in {other} now"),
            (true, false) => format!("{services} are in {other} now"),
            (false, true) => format!("{services} was in {other}"),
            (false, false) => format!("{services} were in {other}"),
        });
    }
    let place = project.files.first().map(|f| Span::file_start(f.id));
    let shown = Some(Shown { text: project.name.clone(), place });
    let change = Change {
        class: diff.worst().unwrap_or(Class::Behaviour).min(Class::Behaviour),
        path: "project".to_owned(),
        before: shown.clone().filter(|_| gone),
        after: shown.filter(|_| !gone),
        consequence: sentences.join("; "),
        near: place.filter(|_| !gone),
    };
    let mut services = diff.services;
    for prediction in services.iter_mut().filter(|p| !elsewhere.contains_key(&p.service)) {
        prediction.fate = if gone { Fate::Orphaned } else { Fate::Started };
        prediction.why.clear();
    }
    Diff { changes: vec![change], services }
}

/// A project with nothing in it.
fn nothing(project: &Project) -> Project {
    let mut nothing = project.clone();
    nothing.services.clear();
    nothing.networks.clear();
    nothing.volumes.clear();
    nothing.secrets.clear();
    nothing.configs.clear();
    nothing.models.clear();
    nothing.extensions.clear();
    nothing.problems.clear();
    nothing.files.clear();
    nothing
}
