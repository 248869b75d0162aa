//! What really changes between two projects: every difference that `docker compose config` would show, classed by what it puts at risk, with
//! its consequence in words and both places; and what `docker compose up` would do with each service.
//!
//! The two projects are compared as Compose prints them ([`crate::resolved`], which takes the model apart without `..`), key by key and list
//! by list (`walk`). So nothing that Compose shows can be missed: what the comparison has no words for is still a difference, of the class
//! [`Class::Behaviour`]. The typed model says where a value was written (`places`); what a difference means is told by its path and the
//! values (`judge`). Pure: reads nothing, and knows no format.

mod cosmetic;
mod fate;
mod fold;
mod judge;
pub mod matching;
pub mod moved;
mod places;
mod rename;
mod side;
mod text;
mod walk;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use crate::compose::problem::ModelPath;
use crate::compose::value::{Map, Origin};
use crate::compose::{NameSource, Semantics};
use crate::model::Project;
use crate::source::{Sources, Span};

use places::Places as _;
use side::Side;

/// One of two projects that are compared.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The project.
    pub project: &'a Project,
    /// The texts that it was read from.
    pub sources: &'a Sources,
    /// Whose answers, where versions of Compose differ.
    pub semantics: Semantics,
}

/// One of two projects that are compared as they are written, their variables left as they are.
#[derive(Clone, Copy)]
pub struct Written<'a> {
    /// What was loaded without interpolation.
    pub tree: &'a Map,
    /// The project's name.
    pub name: &'a str,
    /// Where the name comes from.
    pub name_source: &'a NameSource,
    /// The project directory, absolute.
    pub directory: &'a Path,
    /// The texts that it was read from.
    pub sources: &'a Sources,
}

/// Something that is compared in the words of Compose, whatever it was read from.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What it is, as Compose prints a project. Sections that Compose does not have are compared key by key.
    pub view: &'a Json,
    /// The project's name.
    pub name: &'a str,
    /// The project directory, absolute.
    pub directory: &'a Path,
    /// Where its values were written; what is not listed is where the nearest thing above it is.
    pub places: &'a BTreeMap<ModelPath, Origin>,
    /// The texts that it was read from.
    pub sources: &'a Sources,
}

/// What a change puts at risk. The order is from the worst to the mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Data is lost, or another place takes the place of the one that holds it.
    Data,
    /// More can reach the service, or the service can do more to its host.
    Exposure,
    /// Anything else that the engine or Compose acts on.
    Behaviour,
    /// Nothing that Compose acts on.
    Cosmetic,
}

impl Class {
    /// All of them, the worst first.
    pub const ALL: [Class; 4] = [Class::Data, Class::Exposure, Class::Behaviour, Class::Cosmetic];

    /// `data`, `exposure`, `behaviour`, `cosmetic`.
    pub fn name(self) -> &'static str {
        match self {
            Class::Data => "data",
            Class::Exposure => "exposure",
            Class::Behaviour => "behaviour",
            Class::Cosmetic => "cosmetic",
        }
    }
}

/// A value on one side of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The value in words. Holds pieces of the user's files: to be redacted before it is shown.
    pub text: String,
    /// Where it was written, or where it belongs if Compose supplies it; `None`: in no file.
    pub place: Option<Span>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it puts at risk.
    pub class: Class,
    /// Where in the project: `services.api.volumes[/data]`. What was renamed has its new name, except where the path is about the name.
    pub path: String,
    /// What was there; `None`: nothing.
    pub before: Option<Shown>,
    /// What is there now; `None`: nothing.
    pub after: Option<Shown>,
    /// What comes of it, as one sentence without a full stop.
    pub consequence: String,
    /// Where in the later project it would stand or stands, or the nearest place to that.
    pub near: Option<Span>,
}

/// What becomes of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Its container goes on as it is.
    Unchanged,
    /// Its container is replaced.
    Recreated,
    /// There was none, and one is started.
    Started,
    /// Nothing describes its container any more, and it goes on running.
    Orphaned,
}

impl Fate {
    /// `unchanged`, `recreated`, `started`, `orphaned`.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Unchanged => "unchanged",
            Fate::Recreated => "recreated",
            Fate::Started => "started",
            Fate::Orphaned => "orphaned",
        }
    }
}

/// What `docker compose up` would do with a service, as Compose decides it: by the hash of its configuration, and by the networks and volumes
/// that it is attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// The service.
    pub service: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Why, in a few words; may be empty.
    pub why: String,
}

/// What changes between two projects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// The changes, the worst first, those of a class by path.
    pub changes: Vec<Change>,
    /// What becomes of each service of either project, by name. Empty for projects that were compared as they are written.
    pub services: Vec<Prediction>,
}

impl Diff {
    /// True if Compose would see no difference.
    pub fn is_equal(&self) -> bool {
        self.changes.iter().all(|c| c.class == Class::Cosmetic)
    }

    /// The worst class among the changes.
    pub fn worst(&self) -> Option<Class> {
        self.changes.iter().map(|c| c.class).min()
    }
}

/// What changes from one project to another. What lies below the project directories is compared relative to them, so that a copy elsewhere is
/// the same project; unless one of the directories lies within the other: then the project was moved, and its paths must not move with it.
pub fn compare(before: &Subject, after: &Subject) -> Diff {
    compare_as(before, after, false)
}

/// The same with all paths as they are on the host: what `up` would do there.
pub fn compare_in_place(before: &Subject, after: &Subject) -> Diff {
    compare_as(before, after, true)
}

fn compare_as(before: &Subject, after: &Subject, in_place: bool) -> Diff {
    let (mut old, mut new) = (Side::typed(before), Side::typed(after));
    if !in_place {
        new.move_to(&old);
    }
    let services = fate::predict(&old, &new);
    let same: BTreeSet<String> = old
        .section("services")
        .filter(|(name, body)| new.entry("services", name) == Some(*body))
        .map(|(name, _)| name.to_owned())
        .collect();
    let mut changes = without_words(differences(&mut old, &new));
    changes.extend(judge::written_out(&old, &new));
    changes.extend(cosmetic::changes(before, after, &same, &changes));
    finish(changes, services)
}

/// What changes in what is written, whatever the values of the variables. `in_place`: with all paths as they are on the host.
pub fn compare_written(before: &Written, after: &Written, in_place: bool) -> Diff {
    let (mut old, mut new) = (Side::untyped(before), Side::untyped(after));
    if !in_place {
        new.move_to(&old);
    }
    finish(without_words(differences(&mut old, &new)), Vec::new())
}

/// What differs between two things that were brought into the form of Compose, each with the words of its path. In no order.
pub fn compare_views(before: &View, after: &View) -> Vec<(Vec<String>, Change)> {
    let (mut old, new) = (Side::viewed(before), Side::viewed(after));
    differences(&mut old, &new)
}

/// Where what Compose prints at a path was written, or the nearest thing above it: the origin, and the place of its key.
pub fn place<'p>(project: &'p Project, path: &ModelPath) -> Option<(&'p Origin, Option<Span>)> {
    project.place(&path.0).map(|place| (place.origin, place.key))
}

fn finish(mut changes: Vec<Change>, services: Vec<Prediction>) -> Diff {
    changes.sort_by(|a, b| (a.class, &a.path).cmp(&(b.class, &b.path)));
    Diff { changes, services }
}

fn without_words(changes: Vec<(Vec<String>, Change)>) -> Vec<Change> {
    changes.into_iter().map(|(_, change)| change).collect()
}

/// Everything but what is cosmetic.
fn differences(old: &mut Side, new: &Side) -> Vec<(Vec<String>, Change)> {
    if old.view == new.view {
        return Vec::new();
    }
    let renames = rename::apply(old, new);
    let old = &*old;
    let found = walk::walk(&old.view, &new.view);
    let judge = judge::Judge::new(old, new);
    let change = |found: &walk::Found| (found.path.words().into_iter().map(str::to_owned).collect(), judge.change(found));
    let mut changes: Vec<_> = renames.iter().map(|r| (vec![r.section.to_owned(), r.old.clone()], judge.rename(r))).collect();
    let first = found.first().cloned();
    changes.extend(fold::fold(found, old, new, &renames).iter().map(change));
    // They differ, so something is said, whatever was taken to be said by something else.
    if changes.is_empty()
        && let Some(first) = first
    {
        changes.push(change(&first));
    }
    changes
}
