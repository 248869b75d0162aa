//! Services that are in another project of the tree from now on: one change, told under the later project, not one service gone here and one
//! new there. What that mostly does to them is that their volumes have other names.
//!
//! A project may have several entry points (development, production): what they have in common is told once. Pure, as the comparison is.

mod kin;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use super::side::Side;
use super::walk::Path as Shape;
use super::{Change, Diff, Fate, Prediction, Shown, Subject, finish, matching};

/// Pairs of entry points of two projects that are all compared.
const ENTRIES: usize = 256;

/// A project of either tree with its counterpart, and what changes between them.
pub struct Pair<'a> {
    /// The earlier one; `None`: it is new.
    pub old: Option<Subject<'a>>,
    /// The later one; `None`: it is gone.
    pub new: Option<Subject<'a>>,
    /// What changes: as [`super::compare`], [`matching::gone`] or [`matching::new`] tells it.
    pub diff: &'a mut Diff,
}

/// A service, and the project that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name<'a> {
    service: &'a str,
    project: &'a str,
}

/// The services that only one side of a pair has, each with the pairs where that is so.
type Ends<'a> = BTreeMap<Name<'a>, Vec<usize>>;

/// What the other projects have to do with a pair.
#[derive(Default)]
struct Extra {
    /// The services that are in another project now, and in which.
    gone: BTreeMap<String, String>,
    /// Those that were in another project.
    new: BTreeMap<String, String>,
    /// What is told of these.
    changes: Vec<Change>,
    /// What becomes of those whose container stays.
    fates: Vec<Prediction>,
}

/// Puts together what the projects of two trees have to do with each other: the services that moved from one to another; then each project that
/// only one tree has becomes one change. `roots`: the directories of the two trees, which paths are compared relative to unless `in_place`.
pub fn tell(pairs: &mut [Pair], roots: (&Path, &Path), in_place: bool) {
    let all = moves(pairs, roots, in_place);
    for (pair, extra) in pairs.iter_mut().zip(all) {
        let Extra { gone, new, changes, fates } = extra;
        let mut diff = std::mem::take(pair.diff);
        let paths = |services: &BTreeMap<String, String>| -> BTreeSet<String> { services.keys().map(|s| path(s)).collect() };
        let (gone_paths, new_paths) = (paths(&gone), paths(&new));
        diff.changes.retain(|c| match (&c.before, &c.after) {
            (Some(_), None) => !gone_paths.contains(&c.path),
            (None, Some(_)) => !new_paths.contains(&c.path),
            _ => true,
        });
        for prediction in &mut diff.services {
            let moved = match prediction.fate {
                Fate::Orphaned => gone.get(&prediction.service).map(|other| (other, "is in", " now")),
                Fate::Started => new.get(&prediction.service).map(|other| (other, "was in", "")),
                Fate::Unchanged | Fate::Recreated => None,
            };
            let own = pair.new.or(pair.old).map(|s| s.project.name.as_str());
            if let Some((other, verb, now)) = moved {
                let other =
                    if own == Some(other.as_str()) { "other files of the project".to_owned() } else { format!("project `{other}`") };
                prediction.why = format!("it {verb} {other}{now}");
            }
        }
        let told = fates.into_iter().map(|p| (p.service.clone(), p)).collect::<BTreeMap<_, _>>();
        for prediction in diff.services.iter_mut().filter(|p| p.fate == Fate::Started) {
            if let Some(told) = told.get(&prediction.service) {
                prediction.clone_from(told);
            }
        }
        let Diff { changes: mut all, services } = match (&pair.old, &pair.new) {
            (Some(old), None) => matching::whole(old, diff, true, &gone),
            (None, Some(later)) => matching::whole(later, diff, false, &new),
            _ => diff,
        };
        all.extend(changes);
        *pair.diff = finish(all, services);
    }
}

fn path(service: &str) -> String {
    Shape::keys(&["services", service]).to_string()
}

/// The services that only one side has.
fn ends<'a>(pairs: &[Pair<'a>], gone: bool) -> Ends<'a> {
    let mut out = Ends::new();
    for (index, pair) in pairs.iter().enumerate() {
        let Some(subject) = (if gone { pair.old } else { pair.new }) else { continue };
        let alone = pair.diff.changes.iter().filter(|c| (c.before.is_some(), c.after.is_some()) == (gone, !gone));
        let paths: BTreeSet<&str> = alone.map(|c| c.path.as_str()).collect();
        if paths.is_empty() {
            continue;
        }
        for service in subject.project.services.keys().filter(|name| paths.contains(path(name).as_str())) {
            out.entry(Name { service, project: &subject.project.name }).or_default().push(index);
        }
    }
    out
}

fn moves(pairs: &[Pair], roots: (&Path, &Path), in_place: bool) -> Vec<Extra> {
    let mut out: Vec<Extra> = pairs.iter().map(|_| Extra::default()).collect();
    let (gone, new) = (ends(pairs, true), ends(pairs, false));
    if gone.is_empty() || new.is_empty() {
        return out;
    }
    let sides = |ends: &Ends, old: bool| -> BTreeMap<usize, Side> {
        let indices: BTreeSet<usize> = ends.values().flatten().copied().collect();
        let side = |index: usize| {
            let pair = pairs.get(index)?;
            let mut side = Side::typed(&if old { pair.old? } else { pair.new? });
            if !in_place {
                side.move_to_tree(if old { roots.0 } else { roots.1 }, roots.0);
            }
            Some((index, side))
        };
        indices.into_iter().filter_map(side).collect()
    };
    let before = pairs.iter().filter_map(|pair| pair.old);
    let tree = Trees {
        pairs,
        old: sides(&gone, true),
        new: sides(&new, false),
        had: before.clone().flat_map(|s| s.project.services.keys().map(|service| Name { service, project: &s.project.name })).collect(),
        volumes: before.flat_map(|s| s.project.volumes.values().filter_map(|v| Some(v.value.name.as_ref()?.value.as_str()))).collect(),
    };
    let mut said = BTreeSet::new();
    for (from, to) in tree.chosen(&gone, &new) {
        let (Some(sources), Some(targets)) = (gone.get(&from), new.get(&to)) else { continue };
        for told in tree.of_move((from, sources), (to, targets)) {
            let Some(extra) = out.get_mut(told.target) else { continue };
            let text = |shown: &Option<Shown>| shown.as_ref().map(|s| s.text.clone());
            let new = told
                .changes
                .into_iter()
                .filter(|c| said.insert((to.project, c.path.clone(), text(&c.before), text(&c.after), c.consequence.clone())));
            extra.changes.extend(new);
            extra.fates.extend(told.fate);
        }
        for source in sources {
            if let Some(extra) = out.get_mut(*source) {
                extra.gone.insert(from.service.to_owned(), to.project.to_owned());
            }
        }
        for target in targets {
            if let Some(extra) = out.get_mut(*target) {
                extra.new.insert(to.service.to_owned(), from.project.to_owned());
            }
        }
    }
    out
}

/// What has to be known of the two trees to tell of a move.
struct Trees<'t, 'a> {
    pairs: &'t [Pair<'a>],
    /// The sides of the pairs that a service is gone from, and of those that have a new one.
    old: BTreeMap<usize, Side<'t>>,
    new: BTreeMap<usize, Side<'t>>,
    /// Every service of the earlier tree.
    had: BTreeSet<Name<'a>>,
    /// The real names of all volumes of the earlier tree.
    volumes: BTreeSet<&'a str>,
}

/// The pairs of some earlier and some later entry points; of very many, the first alone.
fn entries(sources: &[usize], targets: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    let all = sources.len().saturating_mul(targets.len()) <= ENTRIES;
    let n = if all { usize::MAX } else { 1 };
    targets.iter().flat_map(move |j| sources.iter().map(move |i| (*i, *j))).take(n)
}

fn word<'j>(value: &'j Json, key: &str) -> &'j str {
    value.get(key).and_then(Json::as_str).unwrap_or_default()
}
