//! `diff` over real projects: equal to themselves; different exactly where Compose would print something else, however they are changed.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, clippy::disallowed_methods)] // a test may

mod cases;

use std::collections::BTreeMap;
use std::path::Path;

use cases::Row;
use composelint::compose::{self, Loader, Request, Semantics};
use composelint::diff::{Class, Subject, compare, compare_in_place};
use composelint::fs::{Fs, MemFs, OsFs};
use composelint::model::{self, Profiles, Project, profiles};
use composelint::resolved;
use composelint::source::Sources;
use composelint::yaml::print::yaml;
use rayon::prelude::*;
use serde_json::Value;

/// How often each real project is changed: `DIFF_CHANGES=40` for more.
fn rounds() -> u64 {
    std::env::var_os("DIFF_CHANGES").and_then(|n| n.to_str()?.parse().ok()).unwrap_or(2)
}

struct Loaded {
    sources: Sources,
    project: Project,
}

impl Loaded {
    fn new(disk: &dyn Fs, request: &Request) -> Self {
        let sources = Sources::new();
        let loader = Loader::new(disk, &sources);
        let options = model::Options { profiles: Profiles::All, semantics: request.semantics, ..model::Options::default() };
        let project = model::build(compose::load(&loader, request), &loader, &options);
        Self { sources, project }
    }

    /// A project that was printed, at the place of another one.
    fn printed(text: &str, directory: &Path, semantics: Semantics) -> Self {
        let disk = MemFs::new().file(directory.join("compose.yaml"), text);
        Self::new(&disk, &Request { semantics, ..Request::new(directory) })
    }

    fn subject(&self, semantics: Semantics) -> Subject<'_> {
        Subject { project: &self.project, sources: &self.sources, semantics }
    }

    fn accepted(&self) -> bool {
        self.project.problems.iter().all(|p| !p.refused)
    }

    /// What Compose would print, without `x-`.
    fn shown(&self, semantics: Semantics) -> Value {
        let mut pruned = self.project.clone();
        profiles::prune(&mut pruned, false);
        let mut shown = resolved::json(&pruned, semantics);
        let map = shown.as_object_mut().unwrap();
        map.retain(|k, _| !k.starts_with("x-"));
        map.insert("models".into(), resolved::yaml(&pruned, semantics).get("models").cloned().unwrap_or_default());
        shown
    }
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(n.max(1)).unwrap()).unwrap()
    }
}

/// The paths of all values below one.
fn paths(value: &Value, at: &[String], out: &mut Vec<Vec<String>>) {
    let mut below = |key: String, value: &Value| {
        let mut path = at.to_vec();
        path.push(key);
        out.push(path.clone());
        paths(value, &path, out);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| below(k.clone(), v)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| below(i.to_string(), v)),
        _ => {}
    }
}

fn at<'v>(value: &'v mut Value, path: &[String]) -> &'v mut Value {
    path.iter().fold(value, |value, key| match value {
        Value::Array(items) => &mut items[key.parse::<usize>().unwrap()],
        value => value.get_mut(key).unwrap(),
    })
}

/// Takes a value away, or makes another one of it; says what was done.
fn mutate(view: &mut Value, random: &mut Random) -> String {
    let mut all = Vec::new();
    paths(view, &[], &mut all);
    all.retain(|p| !p[0].starts_with("x-"));
    if all.is_empty() {
        return "nothing".into();
    }
    let path = &all[random.below(all.len())];
    let (last, above) = path.split_last().unwrap();
    let taken = random.below(2) == 0;
    let shown = path.join("/");
    let value = at(view, path);
    let other = match value {
        Value::String(text) if !taken => match text.parse::<u64>() {
            Ok(n) => Value::String((n + 1).to_string()),
            Err(_) => Value::String(format!("{text}x")),
        },
        Value::Bool(b) if !taken => Value::Bool(!*b),
        Value::Number(n) if !taken && n.as_i64().is_some() => Value::from(n.as_i64().unwrap() + 1),
        Value::Array(items) if !taken && items.len() > 1 => {
            items.reverse();
            return format!("turned {shown}");
        }
        _ => {
            match at(view, above) {
                Value::Object(map) => drop(map.shift_remove(last)),
                Value::Array(items) => drop(items.remove(last.parse().unwrap())),
                _ => {}
            }
            return format!("took {shown}");
        }
    };
    let said = format!("{shown}: {value} is {other}");
    *value = other;
    said
}

/// What is wrong with a comparison; `None`: nothing.
fn wrong(before: &Loaded, after: &Loaded, semantics: Semantics, in_place: bool) -> Option<String> {
    let (a, b) = (before.subject(semantics), after.subject(semantics));
    let diff = if in_place { compare_in_place(&a, &b) } else { compare(&a, &b) };
    let same = before.shown(semantics) == after.shown(semantics);
    let told: Vec<&str> = diff.changes.iter().filter(|c| c.class != Class::Cosmetic).map(|c| c.path.as_str()).collect();
    for change in &diff.changes {
        assert!(!change.consequence.is_empty() && !change.consequence.ends_with('.'), "{change:?}");
    }
    (same != told.is_empty()).then(|| format!("the same: {same}, told: {told:?}"))
}

fn on<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().stack_size(16 << 20).build().unwrap().install(work)
}

fn loaded(row: &Row, semantics: Semantics) -> Loaded {
    Loaded::new(&OsFs, &row.case.asked(semantics).request)
}

#[test]
fn real_projects_are_equal_to_themselves() {
    let Some(corpus) = cases::corpus() else { return };
    let wrong: Vec<String> = on(|| {
        let of = |row: &Row| {
            let semantics = Semantics::V5;
            let (one, again) = (loaded(row, semantics), loaded(row, semantics));
            let diff = compare(&one.subject(semantics), &again.subject(semantics));
            (!diff.changes.is_empty()).then(|| format!("{}: {:?}", row.case.name, diff.changes))
        };
        corpus.rows.par_iter().filter_map(of).collect()
    });
    println!("{} projects", corpus.rows.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whatever_compose_would_show_is_told() {
    let Some(corpus) = cases::corpus() else { return };
    let results: Vec<(Option<String>, String)> = on(|| {
        let of = |(number, row): (usize, &Row)| {
            // Both versions of Compose, in turn.
            let semantics = if number % 2 == 0 { Semantics::V5 } else { Semantics::V2 };
            let original = loaded(row, semantics);
            if !original.accepted() {
                return Vec::new();
            }
            let view = resolved::yaml(&original.project, semantics);
            let print = |view: &Value| yaml(&resolved::double_dollars(view.clone()));
            let directory = &original.project.directory;
            let base = Loaded::printed(&print(&view), directory, semantics);
            if !base.accepted() {
                return Vec::new();
            }
            let mut random = Random(u64::try_from(number).unwrap() * 7919 + 1);
            let one = |_| {
                let mut view = view.clone();
                let done = mutate(&mut view, &mut random);
                let after = Loaded::printed(&print(&view), directory, semantics);
                // What Compose refuses is not compared.
                after.accepted().then(|| {
                    let kind = done.split('/').nth(2).unwrap_or(&done).split([':', ' ']).next().unwrap_or_default().to_owned();
                    (wrong(&base, &after, semantics, false).map(|why| format!("{} {done}: {why}", row.case.name)), kind)
                })
            };
            (0..rounds()).filter_map(one).collect()
        };
        corpus.rows.par_iter().enumerate().flat_map_iter(of).collect()
    });
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, kind) in &results {
        *kinds.entry(kind).or_default() += 1;
    }
    println!("{} changes of {} keys", results.len(), kinds.len());
    let wrong: Vec<&String> = results.iter().filter_map(|(w, _)| w.as_ref()).collect();
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), results.len());
    assert!(results.len() > 2000, "only {} changes were compared", results.len());
}

#[test]
fn projects_that_have_nothing_to_do_with_each_other_can_be_compared() {
    let Some(corpus) = cases::corpus() else { return };
    let wrong: Vec<String> = on(|| {
        let of = |rows: &[Row]| {
            let [one, other] = rows else { return None };
            let semantics = Semantics::V5;
            wrong(&loaded(one, semantics), &loaded(other, semantics), semantics, true)
                .map(|w| format!("{} {}: {w}", one.case.name, other.case.name))
        };
        corpus.rows.par_windows(2).step_by(4).filter_map(of).collect()
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}
