//! Our answers for the real projects of `../shared/corpus`, where that is present, against the recorded ones of `docker compose config`
//! 2.40. The cases of `testdata/resolve` are compared in `config.rs`.
//!
//! An answer agrees if the project is accepted or refused alike, and if the JSON is equal by value (without `create_host_path: true`,
//! which only one of the versions prints). Whatever differs on purpose is listed below with its reason.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test may

mod cases;

use cases::{Asked, Case, comparable, difference, summary};
use composelint::compose::problem::Problem;
use composelint::compose::{Loader, Semantics, load};
use composelint::fs::OsFs;
use composelint::model::{build, profiles};
use composelint::resolved as report;
use composelint::source::Sources;
use rayon::prelude::*;
use serde_json::Value;

/// How many answers for real projects there are at least.
const CORPUS: usize = 4473;

/// The real projects that cannot agree.
const CORPUS_DIFFERENT: &[&str] = &[
    // Links that the collection holds as files with the path as their text.
    "kafka-docker-playground--academy.connect-connect-jdbc-mysql-source.script.docker-compose.plaintext.ssl",
    "zabbix-docker--root",
    "zabbix-docker--root.compose_zabbix_components.set",
    // `extends` of a service with nothing in it: Compose prints the key, which has no meaning any more.
    "podman-compose--tests.integration.extends_w_empty_service",
];

/// Where 5.x differs from the recorded answers, which are of 2.40 (spec/resolve.md 0).
const CORPUS_DIFFERENT_5: &[&str] = &[
    // A published port on a bare IPv6 address.
    "Mailu--docs.compose",
    // An empty list in an `x-` block.
    "podman-compose--tests.integration.pod_args.custom_pod_args_empty",
    // `create_host_path: false` is printed.
    "podman-compose--tests.integration.vol.long_syntax",
    "pulumi-self-hosted-installers--quickstart-docker-compose",
];

fn first_refused(problems: &[Problem]) -> Result<(), String> {
    match problems.iter().find(|p| p.refused) {
        Some(p) => Err(format!("[{}] {} [{}]", p.phase.name(), p.message, p.path)),
        None => Ok(()),
    }
}

/// The JSON, or why it is refused.
fn answer(loader: &Loader<'_>, asked: &Asked) -> Result<Value, String> {
    let tree = load(loader, &asked.request);
    first_refused(&tree.problems)?;
    if !asked.request.interpolate {
        return Ok(report::tree(&tree.tree));
    }
    let options = asked.options(&tree);
    let mut project = build(tree, loader, &options);
    first_refused(&project.problems)?;
    profiles::prune(&mut project, false);
    Ok(report::double_dollars(report::json(&project, options.semantics)))
}

/// How a project is asked for: the title, what its recorded answer is called, and the flags.
const VARIANTS: [(&str, &str, &[&str]); 3] =
    [("plain", "", &[]), ("all profiles", ".all", &["--profile", "*"]), ("no interpolation", ".noint", &["--no-interpolate"])];

/// How many answers for real projects agree; nothing where the projects are not there.
fn real_projects(semantics: Semantics, different: &[&str]) -> Option<usize> {
    let corpus = cases::corpus()?;
    let root = corpus.root.to_str().unwrap();
    let one = |case: &Case, loader: &Loader<'_>, accepted: bool, (_, suffix, flags): (&str, &str, &[&str])| match (
        answer(loader, &case.with(flags).asked(semantics)),
        accepted,
    ) {
        (Err(why), true) => Some(format!("we refuse it: {why}")),
        (Ok(_), false) => Some("we accept it".to_owned()),
        (Err(_), false) => None,
        (Ok(ours), true) => {
            let theirs = cases::text(&corpus.root.join("expected").join(format!("{}{suffix}.json", case.name)))?;
            let ours: Value = serde_json::from_str(&ours.to_string().replace(root, "/ROOT")).unwrap();
            difference(&comparable(ours), &comparable(serde_json::from_str(&theirs).unwrap()), "")
        }
    };
    let rows = corpus.rows.par_iter().filter(|row| ![CORPUS_DIFFERENT, different].concat().contains(&row.case.name.as_str()));
    let results: Vec<(String, Option<String>)> = rows
        .flat_map_iter(|row| {
            // Its files are read once.
            let (fs, sources) = (OsFs, Sources::new());
            let loader = Loader::new(&fs, &sources);
            let tried = VARIANTS.into_iter().zip(row.accepted).filter_map(|(variant, accepted)| Some((variant, accepted?)));
            let answers =
                tried.map(|(variant, accepted)| (format!("{}: {}", variant.0, row.case.name), one(&row.case, &loader, accepted, variant)));
            answers.collect::<Vec<_>>()
        })
        .collect();
    let failed = summary(&format!("{semantics:?} corpus"), &results, ':');
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    Some(results.len())
}

#[test]
fn real_projects_agree_with_compose_2() {
    if let Some(all) = real_projects(Semantics::V2, &[]) {
        assert!(all >= CORPUS, "only {all} answers were compared");
    }
}

#[test]
fn real_projects_differ_with_compose_5_only_where_it_does() {
    real_projects(Semantics::V5, CORPUS_DIFFERENT_5);
}
