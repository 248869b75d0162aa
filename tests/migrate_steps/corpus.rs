//! The steps over real projects, where the collection beside this checkout is present; every fourth repository, all of them if
//! `COMPOSELINT_CORPUS` is `all`.
#![cfg(unix)]
#![allow(clippy::disallowed_methods)] // a test stands on the real disk

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use composelint::compose::Loader;
use composelint::discover::{Discovery, Entry, discover};
use composelint::fs::{Fs, OsFs};
use composelint::migrate::Plan;
use composelint::migrate::steps::moving::{Move, Projects, plan};
use composelint::migrate::steps::{self, StepError};
use composelint::source::Sources;
use rayon::prelude::*;

use super::not_proved;

fn repositories() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(entries) = std::fs::read_dir(corpus) else {
        println!("skipped: there is no collection of real projects beside this checkout");
        return Vec::new();
    };
    let mut out: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir() && !p.ends_with("expected")).collect();
    out.sort();
    let step = if std::env::var("COMPOSELINT_CORPUS").is_ok_and(|v| v == "all") { 1 } else { 4 };
    out.iter().step_by(step).map(|p| p.canonicalize().unwrap()).collect()
}

/// Works on every repository on threads with the stack that the command line gives them.
fn each<T: Send>(work: impl Fn(&Path) -> Vec<T> + Sync) -> Vec<T> {
    let pool = rayon::ThreadPoolBuilder::new().stack_size(16 << 20).build().unwrap();
    pool.install(|| repositories().par_iter().map(|r| work(r)).collect::<Vec<_>>().into_iter().flatten().collect())
}

/// What came of one thing, without names: to be counted.
fn reason(text: &str) -> String {
    let plain: Vec<&str> = text.split('`').step_by(2).collect();
    plain.join("…")
}

fn tell(counts: &BTreeMap<String, Vec<String>>) {
    for (what, places) in counts {
        println!("{:5}  {what}   e.g. {}", places.len(), places.first().unwrap());
    }
}

#[test]
fn real_files_are_moved_so_that_it_is_proved_or_refused_with_a_reason() {
    let done = each(|root| {
        let sources = Sources::new();
        let loader = Loader::new(&OsFs, &sources);
        let discovery = discover(&loader, &[root.to_path_buf()]);
        let projects = Projects::load(&discovery, &loader);
        let single = discovery.entries.iter().filter(|e| e.files.len() == 1);
        single
            .map(|entry| {
                let file = entry.files.first().unwrap();
                let to = file.parent().unwrap().join("moved/compose.yaml");
                let came = match plan(&Move { root: root.to_path_buf(), file: file.clone(), to }, &projects) {
                    Err(error) => format!("refused: {}", reason(&error.to_string())),
                    Ok(plan) => match not_proved(&plan, &OsFs) {
                        None => "proved".to_owned(),
                        Some(why) => format!("not proved: {}", why.lines().next().unwrap().rsplit(": ").next().unwrap()),
                    },
                };
                (came, file.display().to_string())
            })
            .collect()
    });
    let mut counts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (came, file) in done {
        counts.entry(came).or_default().push(file);
    }
    tell(&counts);
    // What is neither proved nor refused: a part of the project cannot be read, or one text is a path and something else.
    assert!(!counts.contains_key("not proved: the file could not be read any more"));
}

/// Runs a step on every project that can be loaded.
fn stepped(step: impl Fn(&mut Plan, &dyn Fs) -> Result<(), StepError> + Sync) -> BTreeMap<String, Vec<String>> {
    let came = each(|root| {
        let sources = Sources::new();
        let loader = Loader::new(&OsFs, &sources);
        let discovery = discover(&loader, &[root.to_path_buf()]);
        let came = |entry: &Entry| {
            let one = Discovery { entries: vec![entry.clone()], ..Discovery::default() };
            let mut plan = Plan { root: root.to_path_buf(), entries: steps::entries(&one, root), ..Plan::default() };
            let came = match step(&mut plan, &OsFs) {
                Err(error) => format!("refused: {}", reason(&error.to_string())),
                Ok(()) if plan.is_empty() && plan.notes.is_empty() => "nothing".to_owned(),
                Ok(()) if plan.is_empty() => "only notes".to_owned(),
                Ok(()) => {
                    let (files, accepted) = (plan.files.clone(), plan.accepted.clone());
                    step(&mut plan, &OsFs).unwrap();
                    assert!(plan.files == files && plan.accepted == accepted, "{}: {:?}", entry.directory.display(), plan.files);
                    let proved = if accepted.is_empty() {
                        not_proved(&plan, &OsFs).unwrap_or_else(|| "proved".to_owned())
                    } else {
                        "accepted".to_owned()
                    };
                    format!("done, {proved}")
                }
            };
            (came, entry.files.first().unwrap().display().to_string())
        };
        discovery.entries.iter().map(came).collect()
    });
    let mut counts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (came, file) in came {
        counts.entry(came).or_default().push(file);
    }
    tell(&counts);
    counts
}

#[test]
fn secrets_of_real_projects() {
    let counts = stepped(steps::secrets::add);
    assert!(!counts.keys().any(|came| came.contains("more than that") || came.contains("mistake")));
}

#[test]
fn healthchecks_and_limits_of_real_projects() {
    for step in [steps::healthchecks::add, steps::limits::add] {
        let counts = stepped(step);
        assert!(!counts.keys().any(|came| came.contains("more than that") || came.contains("mistake")));
    }
}

#[test]
fn volumes_and_networks_of_real_projects() {
    for resource in [steps::consolidate::Resource::Volumes, steps::consolidate::Resource::Networks] {
        let counts = stepped(|plan, disk| steps::consolidate::add(plan, disk, resource));
        assert!(!counts.keys().any(|came| came.contains("more than that") || came.contains("mistake")));
    }
}
