//! `migrate --to nix` over the real projects beside this checkout: whatever Compose accepts is made and proved, or it is said why not; the
//! text is what nixfmt would make of it, and Nix reads it. A sixth of the repositories, all of them with `NIX_ONLY=all`, or those whose name
//! begins so: `NIX_ONLY=compose2nix`. By default the styles and engines take turns.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)] // a test stands on the real disk

mod cases;
mod support {
    pub mod modules;
}

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use cases::{Case, corpus};
use composelint::compose::Semantics;
use composelint::fs::OsFs;
use composelint::migrate::nix::project::{Modules, NixError};
use composelint::migrate::nix::{Backend, Class, Options, Style};
use rayon::prelude::*;
use support::modules::{BACKENDS, make, reformatted, said};

/// How a project is moved: a column of the table.
type Manner = (Style, Backend);

/// What came of one project.
struct Result {
    project: String,
    manner: Manner,
    kind: &'static str,
    /// More of it: why it is refused.
    why: Vec<String>,
    /// What is wrong with what was made.
    wrong: Option<String>,
    texts: Vec<String>,
    services: usize,
    took: Duration,
}

const IDENTICAL: &str = "identical";
const DIFFERENT: &str = "identical but for named differences";
const LEFT_OUT: &str = "something is left out, and named";
const REFUSED: &str = "refused";
const WRONG: &str = "WRONG";

fn kind(modules: &Modules) -> &'static str {
    let remarks = || modules.projects.iter().flat_map(|p| &p.remarks);
    // What is so of every project (`services.*`) is told once in the docs.
    match () {
        () if remarks().any(|r| r.class == Class::Unmapped) => LEFT_OUT,
        () if remarks().any(|r| r.class == Class::Different && !r.path.contains('*')) => DIFFERENT,
        () => IDENTICAL,
    }
}

/// A reason without the names in it.
fn reason(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join("…")
}

fn moved(case: &Case, manner: Manner) -> Result {
    let asked = case.asked(Semantics::V2);
    let options = Options {
        profiles: asked.profiles,
        allow_unmapped: vec!["all".into()],
        secrets_in_store: true,
        accept_volume_move: true,
        ..Options::new(manner.0, manner.1)
    };
    let started = Instant::now();
    let made = make(&OsFs, asked.request, &options);
    let took = started.elapsed();
    let mut out =
        Result { project: case.name.clone(), manner, kind: WRONG, why: Vec::new(), wrong: None, texts: Vec::new(), services: 0, took };
    match made {
        Ok(modules) => {
            out.kind = kind(&modules);
            out.services = modules.projects.iter().map(|p| p.project.services.len()).sum();
            let unstable = modules.files.values().find_map(|text| reformatted(text));
            out.wrong = unstable.map(|why| format!("nixfmt would change it: {why}"));
            let unmapped = modules.projects.iter().flat_map(|p| &p.remarks).filter(|r| r.class == Class::Unmapped);
            let why: BTreeSet<String> = unmapped.map(|r| reason(&r.message)).collect();
            out.why = why.into_iter().collect();
            out.texts = modules.files.into_values().collect();
        }
        Err(NixError::NotProved(differences)) => out.wrong = Some(said(&NixError::NotProved(differences))),
        Err(NixError::Refused(problems)) => {
            out.kind = REFUSED;
            out.why = problems.iter().map(|p| format!("by Compose: {}", reason(&p.message))).collect();
        }
        Err(error) => {
            out.kind = REFUSED;
            out.why = vec![reason(&said(&error))];
        }
    }
    out
}

fn name(manner: Manner) -> String {
    match manner {
        (Style::Oci, backend) => format!("oci, {backend}"),
        (Style::ComposeStack, backend) => format!("compose-stack, {backend}"),
    }
}

/// A row a kind, a column a manner.
fn table(manners: &[Manner], results: &[Result]) -> String {
    let mut out = String::from("|");
    for manner in manners {
        write!(out, " | {}", name(*manner)).unwrap();
    }
    out.push_str(" |\n| --- |");
    out.push_str(&" ---: |".repeat(manners.len()));
    for kind in [IDENTICAL, DIFFERENT, LEFT_OUT, REFUSED, WRONG] {
        write!(out, "\n| {kind}").unwrap();
        for manner in manners {
            let count = results.iter().filter(|r| r.manner == *manner && r.kind == kind).count();
            write!(out, " | {count}").unwrap();
        }
        out.push_str(" |");
    }
    out
}

#[test]
fn real_projects_are_moved_and_proved() {
    let Some(corpus) = corpus() else { return };
    let only = std::env::var("NIX_ONLY").unwrap_or_default();
    let mut repositories: Vec<&str> = corpus.rows.iter().map(|row| row.case.name.split("--").next().unwrap()).collect();
    repositories.dedup();
    let every = if only.is_empty() { 6 } else { 1 };
    let chosen: BTreeSet<&str> =
        repositories.into_iter().step_by(every).filter(|r| only.is_empty() || only == "all" || r.starts_with(&only)).collect();
    let rows = corpus.rows.iter().filter(|row| row.accepted[0] == Some(true) && chosen.contains(row.case.name.split("--").next().unwrap()));
    let manners: Vec<Manner> =
        [Style::Oci, Style::ComposeStack].into_iter().flat_map(|style| BACKENDS.map(|backend| (style, backend))).collect();
    // All of them for every project when asked; else they take turns.
    let turn = |number: usize, at: usize| !only.is_empty() || at.is_multiple_of(2) == number.is_multiple_of(2);
    let rows: Vec<_> = rows.collect();
    let work: Vec<(&Case, Manner)> = rows
        .iter()
        .enumerate()
        .flat_map(|(number, row)| manners.iter().enumerate().map(move |(at, manner)| (number, at, &row.case, *manner)))
        .filter(|(number, at, ..)| turn(*number, *at))
        .map(|(_, _, case, manner)| (case, manner))
        .collect();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(16 << 20).build().unwrap();
    let results: Vec<Result> = pool.install(|| work.par_iter().map(|(case, manner)| moved(case, *manner)).collect());

    println!("{} projects\n{}", rows.len(), table(&manners, &results));
    for (kind, title) in [(LEFT_OUT, "left out"), (REFUSED, "refused")] {
        for manner in &manners {
            let mut reasons: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
            for result in results.iter().filter(|r| r.manner == *manner && r.kind == kind) {
                for why in &result.why {
                    reasons.entry(why).or_insert((0, &result.project)).0 += 1;
                }
            }
            for (why, (count, example)) in reasons {
                println!("{title} with {}: {count:4}  {why}  ({example})", name(*manner));
            }
        }
    }
    let mut times: Vec<&Result> = results.iter().collect();
    times.sort_by_key(|r| r.took);
    if let (Some(middle), Some(last)) = (times.get(times.len() / 2), times.last()) {
        println!("half of them in {:.1?}, {} with {} services in {:.1?}", middle.took, last.project, last.services, last.took);
    }
    let mut wrong: Vec<String> =
        results.iter().filter_map(|r| Some(format!("{} ({}): {}", r.project, name(r.manner), r.wrong.as_ref()?))).collect();
    let texts = results.iter().flat_map(|r| r.texts.iter().map(|text| (format!("{} ({})", r.project, name(r.manner)), text.as_str())));
    // Nix itself takes a while for all of them.
    wrong.extend(support::modules::unparsable(texts.step_by(if only == "all" { 1 } else { 8 })));
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
