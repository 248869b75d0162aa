//! Which project of one tree is which of another, and what is said of a project that only one of them has.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use super::{Change, Class, Diff, Fate, Shown, Subject, compare};
use crate::model::Project;
use crate::source::Span;

/// What a project is known by.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its directory, relative to the root that it was found under.
    pub directory: &'a Path,
    /// What tells it from others in the same directory: its files, or the environment that it is.
    pub variant: &'a str,
}

/// Pairs the projects of two trees, each once: by name, then by directory. What is left has no counterpart. In the order of the directories.
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
        let mut waiting: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        for (i, identity) in old.iter().enumerate().filter(|(i, _)| taken.get(*i) == Some(&false)) {
            waiting.entry(key(identity, round)).or_default().push_back(i);
        }
        for (identity, slot) in new.iter().zip(&mut of_new).filter(|(_, slot)| slot.is_none()) {
            *slot = waiting.get_mut(&key(identity, round)).and_then(VecDeque::pop_front);
            if let Some(taken) = slot.and_then(|i| taken.get_mut(i)) {
                *taken = true;
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

/// A project that is there no longer, as one change.
pub fn gone(subject: &Subject) -> Diff {
    let nothing = nothing(subject.project);
    whole(subject, compare(subject, &Subject { project: &nothing, ..*subject }), true)
}

/// A project that was not there before, as one change.
pub fn new(subject: &Subject) -> Diff {
    let nothing = nothing(subject.project);
    whole(subject, compare(&Subject { project: &nothing, ..*subject }, subject), false)
}

fn whole(subject: &Subject, diff: Diff, gone: bool) -> Diff {
    let project = subject.project;
    let services: Vec<String> = diff.services.iter().map(|p| format!("`{}`", p.service)).collect();
    let services = if services.is_empty() { "nothing".to_owned() } else { services.join(", ") };
    let said: Vec<&str> = diff.changes.iter().filter(|c| c.class < Class::Behaviour).map(|c| c.consequence.as_str()).collect();
    let consequence = match (gone, said.as_slice()) {
        (true, []) => format!("no file describes its containers any more, and they go on running: {services}"),
        (true, said) => format!("no file describes its containers any more: {}", said.join("; ")),
        (false, []) => format!("`up` starts {services}"),
        (false, said) => said.join("; "),
    };
    let place = project.files.first().map(|f| Span::file_start(f.id));
    let shown = Some(Shown { text: project.name.clone(), place });
    let change = Change {
        class: diff.worst().unwrap_or(Class::Behaviour).min(Class::Behaviour),
        path: "project".to_owned(),
        before: shown.clone().filter(|_| gone),
        after: shown.filter(|_| !gone),
        consequence,
        near: place.filter(|_| !gone),
    };
    let fate = if gone { Fate::Orphaned } else { Fate::Started };
    let mut services = diff.services;
    for prediction in &mut services {
        (prediction.fate, prediction.why) = (fate, String::new());
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
