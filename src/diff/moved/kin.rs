//! Which service of one tree is which of another, where that is in another project.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value as Json;

use super::super::matching::MANY;
use super::super::side::mounts;
use super::{Ends, Name, Trees, entries, word};
use crate::model::image::ImageRef;

/// Services of one name that are looked at to find where one has gone.
const CANDIDATES: usize = 100;

/// In how many keys a service may differ that is taken for the same one under another name.
const NEARLY: usize = 2;

impl Trees<'_, '_> {
    /// Which service is which: each one once, those of the same name first, then those that differ least.
    pub(super) fn chosen<'a>(&self, gone: &Ends<'a>, new: &Ends<'a>) -> Vec<(Name<'a>, Name<'a>)> {
        let mut by_name: BTreeMap<&str, Vec<Name>> = BTreeMap::new();
        for name in new.keys() {
            by_name.entry(name.service).or_default().push(*name);
        }
        let all: Vec<Name> = if gone.len().saturating_mul(new.len()) > MANY { Vec::new() } else { new.keys().copied().collect() };
        let mut scored = Vec::new();
        for (from, sources) in gone {
            let same = by_name.get(from.service).into_iter().flatten().take(CANDIDATES);
            for to in same.chain(all.iter().filter(|to| to.service != from.service)) {
                let Some(targets) = new.get(to) else { continue };
                if from.project != to.project && self.had.contains(to) {
                    continue;
                }
                let nearest = entries(sources, targets).filter(|(i, j)| i != j).filter_map(|(i, j)| {
                    kin(
                        self.old.get(&i)?.entry("services", from.service)?,
                        self.new.get(&j)?.entry("services", to.service)?,
                        from.service == to.service,
                    )
                });
                if let Some(differing) = nearest.min() {
                    scored.push((from.service != to.service, differing, sources.first(), targets.first(), *from, *to));
                }
            }
        }
        scored.sort_unstable();
        let (mut from_taken, mut to_taken) = (BTreeSet::new(), BTreeSet::new());
        let mut out = Vec::new();
        for (_, _, _, _, from, to) in scored {
            if !from_taken.contains(&from) && !to_taken.contains(&to) {
                from_taken.insert(from);
                to_taken.insert(to);
                out.push((from, to));
            }
        }
        out
    }
}

/// In how many keys two definitions differ, if they are of one service: of the same image, whatever its version; and if the names are not the
/// same, with nearly the same of everything, mounts among it.
fn kin(before: &Json, after: &Json, same_name: bool) -> Option<usize> {
    if !same_family(before, after) {
        return None;
    }
    let (a, b) = (before.as_object()?, after.as_object()?);
    let targets = |body: &Json| mounts(body).map(|m| (word(m, "type").to_owned(), word(m, "target").to_owned())).collect::<BTreeSet<_>>();
    let differs = |key: &str| match key {
        // Names of what else is in the project.
        "networks" | "depends_on" => false,
        "volumes" => targets(before) != targets(after),
        key => a.get(key) != b.get(key),
    };
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let differing = keys.into_iter().filter(|key| differs(key)).count();
    (same_name || differing <= NEARLY && !targets(before).is_disjoint(&targets(after))).then_some(differing)
}

/// True if two services run the same image, of whatever version and from whatever registry; or if they are built from directories of one name.
fn same_family(before: &Json, after: &Json) -> bool {
    if let (Some(a), Some(b)) = (ImageRef::parse(word(before, "image")), ImageRef::parse(word(after, "image"))) {
        return a.base_name() == b.base_name();
    }
    let context = |body: &Json| Path::new(word(body.get("build")?, "context")).file_name().map(OsStr::to_owned);
    context(before).is_some_and(|name| Some(name) == context(after))
}
