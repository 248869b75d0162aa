//! What a migration writes for people, as the tests ask for it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing)] // each test file uses a part

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use composelint::compose::{Loader, Request, load};
use composelint::fs::{Fs, MemFs};
use composelint::migrate::docs::{self, Environment, Input, Record};
use composelint::migrate::mentions::{self, Mentions};
use composelint::migrate::proof::Evidence;
use composelint::migrate::{Accepted, Comment, EntryPoint, FileOp, NoteKind, Plan};
use composelint::model::{Options, Project, build};
use composelint::proof::Counts;
use composelint::report::Redactor;
use composelint::source::Sources;

/// A file of the project, as deep as anybody keeps it.
pub const LIMIT: u64 = 1 << 20;

/// An environment: name, command, the variable that selects it.
pub type Stated<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

pub const TWO: &[Stated] =
    &[("development", "docker compose", &[]), ("production", "APP_ENV=production docker compose", &[("APP_ENV", "production")])];
pub const ONE: &[Stated] = &[("default", "docker compose", &[])];

/// Everything that is written for people, by path.
pub fn written(disk: &dyn Fs, root: &Path, stated: &[Stated]) -> BTreeMap<PathBuf, String> {
    let sources = Sources::new();
    let loader = Loader::new(disk, &sources);
    let projects: Vec<Project> = stated
        .iter()
        .map(|(_, _, variables)| {
            let mut request = Request::new(root);
            request.environment = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            build(load(&loader, &request), &loader, &Options::default())
        })
        .collect();
    let redactor = Redactor::new(&sources, &projects);
    let environments: Vec<Environment> =
        stated.iter().zip(&projects).map(|((name, command, _), project)| Environment { name, command, project }).collect();
    texts(disk, root, &sources, &redactor, &environments)
}

pub fn texts(
    disk: &dyn Fs,
    root: &Path,
    sources: &Sources,
    redactor: &Redactor,
    environments: &[Environment],
) -> BTreeMap<PathBuf, String> {
    let mut homes = BTreeMap::new();
    for (name, service) in environments.iter().rev().flat_map(|e| &e.project.services) {
        let path = sources.get(service.origin.at.file).path.clone();
        homes.insert(name.clone(), path.strip_prefix(root).unwrap_or(&path).to_path_buf());
    }
    let known: BTreeMap<PathBuf, String> = docs::wanted(root, environments)
        .into_iter()
        .filter_map(|path| Some((path.clone(), String::from_utf8(disk.read(&path, LIMIT).ok()?).ok()?)))
        .collect();
    let name = environments.first().unwrap().project.name.as_str();
    let input = Input { root, name, environments, sources, redactor, homes: &homes, texts: &known };
    let mut out: BTreeMap<PathBuf, String> = docs::pages(&input).into_iter().collect();
    out.extend(docs::env_examples(&input));
    out.extend([docs::check_script(&input)]);
    out
}

/// Every row of a table has the columns of its head, fences are closed, and lines of the graph are of one of our forms.
pub fn markdown(path: &Path, text: &str) {
    let mut columns = None;
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let shown = || format!("{}: {line}", path.display());
        if let Some(open) = &fence {
            if line == open.trim_end_matches(|c: char| c != '`') {
                fence = None;
            } else if open.ends_with("mermaid") && line != "flowchart LR" {
                let label =
                    |t: &str| t.split('"').nth(1).is_some_and(|l| l.chars().all(|c| c.is_alphanumeric() || " ._/:-#;,".contains(c)));
                let id = |t: &str| t.len() > 1 && t[1..].bytes().all(|b| b.is_ascii_digit());
                let line = line.trim();
                let ends = line.rsplit(' ').next().is_some_and(id) && line.split(' ').next().is_some_and(id);
                let node = line.matches('"').count() == 2 && label(line);
                assert!(if line.contains("| ") || !line.contains('"') { ends } else { node }, "{}", shown());
            }
            continue;
        }
        if line.starts_with("```") {
            fence = Some(line.to_owned());
            continue;
        }
        if !line.starts_with('|') {
            columns = None;
            continue;
        }
        let cells = line.replace("\\|", "").matches('|').count() - 1;
        assert_eq!(*columns.get_or_insert(cells), cells, "{}", shown());
    }
    assert!(fence.is_none(), "{}: a fence is open", path.display());
}

/// The record of a migration that never was.
pub fn recorded(disk: &MemFs, root: &Path, stated: &[Stated], comments: &str) -> String {
    let sources = Sources::new();
    let loader = Loader::new(disk, &sources);
    let projects: Vec<Project> = stated.iter().map(|_| build(load(&loader, &Request::new(root)), &loader, &Options::default())).collect();
    let redactor = Redactor::new(&sources, &projects);
    let environments: Vec<Environment> =
        stated.iter().zip(&projects).map(|((name, command, _), project)| Environment { name, command, project }).collect();
    let homes = BTreeMap::from([("app".to_owned(), PathBuf::from("docker-compose/services/app.yaml"))]);
    let texts = BTreeMap::new();
    let input =
        Input { root, name: "shop", environments: &environments, sources: &sources, redactor: &redactor, homes: &homes, texts: &texts };
    let entry = |command: &str, becomes: Option<&str>| EntryPoint {
        command: command.into(),
        becomes: becomes.map(Into::into),
        environment: None,
        before: Request::new(root),
        after: Request::new(root),
        choices: Vec::new(),
        aside: Vec::new(),
    };
    let mut plan = Plan { root: root.to_path_buf(), comments_before: 12, ..Plan::default() };
    let op = |path: &str, before: Option<&str>, after: Option<&str>, what: &str| FileOp {
        path: root.join(path),
        before: before.map(Into::into),
        after: after.map(Into::into),
        private: false,
        what: what.into(),
    };
    plan.files = vec![
        op(
            "compose.yaml",
            Some("services:\n  app: {image: a}\n  db: {image: b}\n"),
            Some("include: [x]\n"),
            "the root: it includes the parts",
        ),
        op(
            "docker-compose.prod.yml",
            Some("services:\n  app: {restart: always}\n"),
            None,
            "its content is in `environments/production.yaml`",
        ),
        op("docker-compose/services/app.yaml", None, Some("services:\n  app: {image: a}\n"), "the service `app`, as in every environment"),
        op(
            "docker-compose/environments/production.yaml",
            None,
            Some("services:\n  app: {restart: always}\n"),
            "what `production` has beyond | that",
        ),
        op("same.yaml", Some("a"), Some("a"), "stays"),
    ];
    plan.entries = vec![
        entry("docker compose", None),
        entry("docker compose -f compose.yaml -f docker-compose.prod.yml", Some("APP_ENV=production docker compose")),
    ];
    plan.note(NoteKind::Attention, "db", "it stays in `compose.yaml`, because an anchor leads to it");
    plan.note(NoteKind::Decision, "cache", "it is infrastructure: its image is `redis`, and several services use it");
    plan.note(NoteKind::Pinned, "db_data", "its real name is written down: `shop_db_data`");
    plan.accepted = vec![Accepted { path: "services.app.healthcheck".into(), why: "`--add-healthchecks` was asked for".into() }];
    plan.comments =
        comments.lines().zip(7u32..).map(|(text, line)| Comment { path: root.join("compose.yaml"), line, text: text.into() }).collect();
    let counts = Counts { services: 2, ports: 3, mounts: 4, volumes: 1, networks: 1 };
    let evidence: Vec<Evidence> = plan
        .entries
        .iter()
        .zip([false, true])
        .map(|(e, refused)| Evidence { command: e.command.clone(), counts, refused, reads: BTreeSet::new() })
        .collect();
    let aside = ["compose.yaml"].iter().map(|p| root.join(p)).collect();
    let old = ["compose.yaml".into(), "docker-compose.prod.yml".into()];
    let mentions: Mentions = mentions::find(root, disk, &old, &aside);
    docs::record(&Record { plan: &plan, evidence: &evidence, input: &input, mentions: &mentions })
}
