//! What is told of a service that moved: where its data stays, and what else is not what it was.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value as Json;

use super::super::judge::{self, Judge};
use super::super::side::{Side, mounts, volume_of};
use super::super::{Change, Class, Prediction, Shown, fate, fold, rename, walk};
use super::{Name, Trees, entries, path, word};
use crate::compose::problem::ModelPath;

/// What is told of a move at one entry point.
pub(super) struct Told {
    pub(super) target: usize,
    pub(super) changes: Vec<Change>,
    pub(super) fate: Option<Prediction>,
}

/// The definitions of a service in two entry points.
struct Definitions<'j> {
    source: usize,
    target: usize,
    before: Side<'j>,
    after: Side<'j>,
    changes: Vec<Change>,
    /// Where its data was, and what takes the place of that, in the order of the mounts.
    left: Vec<Left>,
}

impl Definitions<'_> {
    fn differences(&self) -> usize {
        self.changes.len() + self.left.len()
    }
}

/// A place that holds data, and the one that is in its place now.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Left {
    was: String,
    is: String,
    /// What is there: "starts empty".
    begins: Begins,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begins {
    /// Compose makes it.
    Empty,
    /// It is not Compose's to make.
    External,
    /// Another project had it before, or it is a path, where something may be.
    There,
}

impl<'t> Trees<'t, '_> {
    /// All that is told of a service that moved: of each later entry point against the earlier one that is nearest to it, and of each earlier one
    /// that this leaves out, so that nobody loses anything in silence.
    pub(super) fn of_move(&self, (from, sources): (Name, &[usize]), (to, targets): (Name, &[usize])) -> Vec<Told> {
        let grid: Vec<Definitions> = entries(sources, targets)
            .filter(|(i, j)| i != j)
            .filter_map(|(i, j)| self.definitions((i, from.service), (j, to.service)))
            .collect();
        let nearest = |of: &dyn Fn(&Definitions) -> bool| {
            grid.iter().enumerate().filter(|(_, d)| of(d)).min_by_key(|(index, d)| (d.differences(), *index)).map(|(index, _)| index)
        };
        let mut chosen: BTreeSet<usize> = targets.iter().filter_map(|target| nearest(&|d| d.target == *target)).collect();
        let near: BTreeSet<usize> = chosen.iter().filter_map(|index| Some(grid.get(*index)?.source)).collect();
        chosen.extend(sources.iter().filter(|source| !near.contains(*source)).filter_map(|source| nearest(&|d| d.source == *source)));
        let chosen: Vec<&Definitions> = chosen.iter().filter_map(|index| grid.get(*index)).collect();
        let Some(first) = chosen.iter().min_by_key(|d| (d.target, d.source)) else { return Vec::new() };
        let mut left: Vec<Left> = Vec::new();
        for one in chosen.iter().flat_map(|d| &d.left) {
            if !left.contains(one) {
                left.push(one.clone());
            }
        }
        let mut told = vec![Told { target: first.target, changes: vec![self.change(first, from, to, &left)], fate: None }];
        told.extend(chosen.iter().map(|d| {
            // Of one and the same project Compose finds the container again.
            let fates = if from.project == to.project { fate::predict(&d.before, &d.after) } else { Vec::new() };
            Told { target: d.target, changes: d.changes.clone(), fate: fates.into_iter().find(|p| p.service == to.service) }
        }));
        told
    }

    /// What differs between two definitions of a service, but for the project that it is in.
    fn definitions(&self, (source, old): (usize, &str), (target, new): (usize, &str)) -> Option<Definitions<'t>> {
        let (mut before, after) = (self.old.get(&source)?.alone(old), self.new.get(&target)?.alone(new));
        let renames = rename::of_moved(&mut before, &after, (old, new));
        let (mut changes, mut left) = (Vec::new(), Vec::new());
        {
            let judge = Judge::new(&before, &after);
            for rename in renames.iter().filter(|r| r.real.0 != r.real.1) {
                match rename.section {
                    "volumes" => left.push(self.left(&after, &rename.new, &rename.real)),
                    _ => changes.push(judge.rename(rename)),
                }
            }
            for found in fold::fold(walk::walk(&before.view, &after.view), &before, &after, &renames) {
                let change = judge.change(&found);
                match found.path.words().as_slice() {
                    ["name"] => {}
                    ["volumes", key] | ["volumes", key, "name"] => {
                        let real = (before.real_name("volumes", key).to_owned(), after.real_name("volumes", key).to_owned());
                        let external = after.entry("volumes", key).is_some_and(is_external);
                        if real.0 != real.1 {
                            left.push(self.left(&after, key, &real));
                        } else if !external {
                            changes.push(change);
                        }
                    }
                    ["services", _, "volumes", _] if change.class == Class::Data => {
                        let place = |side: &Side, mount: Option<&Json>| Storage::of(side, mount?);
                        match (place(&before, found.before), place(&after, found.after)) {
                            (Some(was), Some(is)) if was != is => left.push(match is {
                                Storage::Volume(key, real) => self.left(&after, &key, &(was.text(), real)),
                                Storage::Host(path) => Left { was: was.text(), is: path, begins: Begins::There },
                            }),
                            _ => changes.push(change),
                        }
                    }
                    _ => changes.push(change),
                }
            }
        }
        let own = format!("{}.", path(new));
        changes.extend(judge::written_out(&before, &after).into_iter().filter(|c| c.path.starts_with(&own)));
        let mounted: Vec<String> =
            after.entry("services", new).into_iter().flat_map(mounts).filter_map(|m| Some(Storage::of(&after, m)?.text())).collect();
        left.sort_by_key(|l| mounted.iter().position(|m| *m == l.is));
        left.dedup();
        Some(Definitions { source, target, before, after, changes, left })
    }

    /// A volume of the later project in the place of another one.
    fn left(&self, after: &Side, key: &str, (was, is): &(String, String)) -> Left {
        let external = after.entry("volumes", key).is_some_and(is_external);
        let begins = match (self.volumes.contains(is.as_str()), external) {
            (true, _) => Begins::There,
            (false, true) => Begins::External,
            (false, false) => Begins::Empty,
        };
        Left { was: was.clone(), is: is.clone(), begins }
    }

    /// The move itself.
    fn change(&self, at: &Definitions, from: Name, to: Name, left: &[Left]) -> Change {
        // What was renamed has its new name in the views.
        let key = ModelPath::keys(&["services", to.service]);
        let place = |side: &Side| side.span(&key, Some(&Json::Null));
        let shown = |name: Name, place| Some(Shown { text: format!("{} in project {}", name.service, name.project), place });
        let body = at.before.entry("services", to.service).unwrap_or(&Json::Null);
        let after = at.after.entry("services", to.service).unwrap_or(&Json::Null);
        let same = from.project == to.project;
        let mut said = match (same, from.service == to.service) {
            (false, true) => format!("`{}` is in project `{}` now", from.service, to.project),
            (false, false) => format!("`{}` is `{}` in project `{}` now", from.service, to.service, to.project),
            (true, true) => format!("`{}` is in other files of project `{}` now", from.service, to.project),
            (true, false) => format!("`{}` is `{}` in other files of project `{}` now", from.service, to.service, to.project),
        };
        let anonymous = !same && mounts(body).any(judge::is_anonymous);
        match left {
            [] if same && from.service == to.service => said.push_str(": `up --remove-orphans` without these removes its container"),
            [] => {
                said.push_str(": its container is made anew there, and the old one goes on running");
                let new = written(&at.after, after);
                if let Some(both) = written(&at.before, body).into_iter().find(|place| new.contains(place)) {
                    let _ = write!(said, "; stop that first, or both write to `{both}`");
                }
            }
            // Writing to a String cannot fail.
            [one] => {
                let _ = match one.begins {
                    Begins::Empty => write!(said, "; its data stays in `{}`, and `{}` starts empty", one.was, one.is),
                    Begins::External => write!(said, "; its data stays in `{}`, and `{}` has to be there", one.was, one.is),
                    Begins::There => write!(said, "; its data stays in `{}`, and it works with `{}` from now on", one.was, one.is),
                };
            }
            [rest @ .., last] => {
                let each = |l: &Left| match l.begins {
                    Begins::Empty => format!("in `{}` (`{}` starts empty)", l.was, l.is),
                    Begins::External => format!("in `{}` (`{}` has to be there)", l.was, l.is),
                    Begins::There => format!("in `{}` (it works with `{}` from now on)", l.was, l.is),
                };
                let _ = write!(said, "; its data stays {} and {}", rest.iter().map(each).collect::<Vec<_>>().join(", "), each(last));
            }
        }
        if anonymous {
            said.push_str("; what its anonymous volume holds is left behind");
        }
        if !same && self.is_cut_off(at, from.service) {
            let _ = write!(
                said,
                "; it shares no network with what is left in project `{}`, which no longer reaches it by its name",
                from.project
            );
        }
        Change {
            class: if left.is_empty() && !anonymous { Class::Behaviour } else { Class::Data },
            path: path(from.service),
            before: shown(from, place(&at.before)),
            after: shown(to, place(&at.after)),
            consequence: said,
            near: place(&at.after),
        }
    }

    /// True if others of the earlier project were on a network with the service, still are in that project, and have none in common with it now.
    fn is_cut_off(&self, at: &Definitions, service: &str) -> bool {
        let (Some(old), Some(new)) = (self.old.get(&at.source), self.pairs.get(at.source).and_then(|pair| pair.new)) else { return false };
        let joined = |body: &Json| -> BTreeSet<String> {
            body.get("networks").and_then(Json::as_object).into_iter().flatten().map(|(k, _)| k.clone()).collect()
        };
        let was: BTreeSet<String> = old.alone(service).section("networks").map(|(key, _)| key.to_owned()).collect();
        let left =
            old.section("services").filter(|(name, body)| new.project.services.contains_key(*name) && !joined(body).is_disjoint(&was));
        let theirs = new.project.networks.values().filter_map(|n| Some(n.value.name.as_ref()?.value.clone()));
        let theirs: BTreeSet<String> = theirs.chain([format!("{}_default", new.project.name)]).collect();
        let own: Vec<&str> = at.after.section("networks").map(|(key, _)| at.after.real_name("networks", key)).collect();
        left.count() > 0 && !own.is_empty() && !own.iter().any(|name| theirs.contains(*name))
    }
}

/// What holds the data of a mount.
#[derive(PartialEq, Eq)]
enum Storage {
    /// A volume, by its key and its real name.
    Volume(String, String),
    /// A path of the host, as it is shown.
    Host(String),
}

impl Storage {
    fn of(side: &Side, mount: &Json) -> Option<Self> {
        match volume_of(mount) {
            Some(key) => Some(Self::Volume(key.to_owned(), side.real_name("volumes", key).to_owned())),
            None if word(mount, "type") == "bind" => Some(Self::Host(side.shown(word(mount, "source")))),
            None => None,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Volume(_, text) | Self::Host(text) => text,
        }
    }
}

/// True for a volume that Compose does not make.
fn is_external(volume: &Json) -> bool {
    volume.get("external") == Some(&Json::Bool(true))
}

/// The volumes and the paths of the tree that a service may write to.
fn written(side: &Side, body: &Json) -> Vec<String> {
    let writes = mounts(body).filter(|m| m.get("read_only") != Some(&Json::Bool(true)));
    let own = writes.filter(|m| volume_of(m).is_some() || side.is_below(word(m, "source")));
    own.filter_map(|m| Some(Storage::of(side, m)?.text())).collect()
}
