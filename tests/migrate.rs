//! `migrate --to layout`: what a split makes of the story of `testdata/migrate` and of real projects, that it is proved, that what is not the
//! same is never written, and that everything can be put back.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, clippy::indexing_slicing)] // a test stands on the real disk

mod support {
    pub mod program;
    pub mod story;
}

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use composelint::compose::Loader;
use composelint::discover;
use composelint::fs::{DirEntry, Fs, Metadata, OsFs};
use composelint::migrate::apply::{self, ApplyError};
use composelint::migrate::layout::{self, LayoutError, Options, Style, Told};
use composelint::migrate::{Plan, prove};
use composelint::source::{FileId, Sources};
use composelint::yaml;
use rayon::prelude::*;
use support::program::{run, tree, write};
use support::story::{Story, files};

fn options(directory: &Path) -> Options {
    Options { directory: directory.to_path_buf(), ..Options::default() }
}

fn planned(directory: &Path) -> Plan {
    layout::plan(&OsFs, &Sources::new(), &options(directory)).unwrap()
}

// --- the story --------------------------------------------------------------------------------------------------------------------------

#[test]
fn the_monolith_becomes_services_environments_and_infrastructure() {
    let story = Story::new("monolith");
    let plan = planned(&story.app);
    let mut text = String::new();
    for file in &plan.files {
        writeln!(text, "=== {}", plan.shown(&file.path)).unwrap();
        text.push_str(&String::from_utf8_lossy(file.after.as_deref().unwrap_or(b"(gone)\n")));
    }
    insta::assert_snapshot!("the_monolith_split", text);
}

#[test]
fn the_plan_says_what_would_be_done_and_writes_nothing() {
    let story = Story::new("monolith");
    let before = story.files();
    let answer = story.run("migrate --to layout --no-docs");
    insta::assert_snapshot!("the_plan_of_the_monolith", answer.all());
    assert!(before == story.files());
}

#[test]
fn what_is_written_is_the_same_project_and_is_put_back_byte_by_byte() {
    let story = Story::new("monolith");
    let before = story.files();
    let config = |story: &Story, line: &str| {
        let answer = story.run(&format!("{line} --format json"));
        assert_eq!(answer.code, 0, "{line}: {}", answer.stderr);
        answer.stdout
    };
    let lines = ["config", "config -f docker-compose.yml -f docker-compose.prod.yml", "config -f docker-compose.yml"];
    let old = lines.map(|line| config(&story, line));
    let answer = story.run("migrate --to layout --write");
    assert_eq!(answer.code, 0, "{}", answer.all());
    assert_eq!(old, lines.map(|line| config(&story, line)));
    // A second time there is nothing to do, and nothing is done.
    let split = story.files();
    let again = story.run("migrate --to layout --write");
    assert_eq!((again.code, again.stderr.as_str()), (0, "nothing to do: `docker-compose.yml` is split already\n"));
    assert!(split == story.files());
    let back = story.run("migrate --rollback");
    assert_eq!(back.code, 0, "{}", back.all());
    let after = story.files();
    assert_eq!(before.iter().map(|f| &f.0).collect::<Vec<_>>(), after.iter().map(|f| &f.0).collect::<Vec<_>>());
    assert!(before == after);
    let nothing = story.run("migrate --rollback");
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("no migration was written here"), "{}", nothing.stderr);
}

#[test]
fn a_way_back_that_would_lose_something_is_refused() {
    let story = Story::new("monolith");
    story.run("migrate --to layout --write");
    write(&story.app, "docker-compose/services/gateway.yaml", "services: {}\n");
    let split = story.files();
    let answer = story.run("migrate --rollback");
    insta::assert_snapshot!(answer.stderr.replace(story.app.to_str().unwrap(), "APP"), @"
    error: changed since the migration, and going back would lose it: `APP/docker-compose/services/gateway.yaml`; nothing was changed
      help: take over by hand what you want of `.composelint/rollback`
    ");
    assert!(split == story.files());
}

#[test]
fn without_the_old_files_the_variable_chooses() {
    let story = Story::new("monolith");
    let old = story.run("config -f docker-compose.yml -f docker-compose.prod.yml --hash *").stdout;
    let answer = story.run("migrate --to layout --write --replace");
    assert_eq!(answer.code, 0, "{}", answer.all());
    assert!(!story.app.join("docker-compose.prod.yml").exists() && !story.app.join("docker-compose.override.yml").exists());
    let mut command = support::program::composelint(&story.app);
    let output = command.env("APP_ENV", "production").args(["config", "--hash", "*"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), old);
}

#[test]
fn the_new_files_can_be_written_somewhere_else_first() {
    let story = Story::new("monolith");
    let before = story.files();
    let out = tempfile::tempdir().unwrap();
    let answer = story.run(&format!("migrate --to layout --out {}", out.path().display()));
    assert_eq!(answer.code, 0, "{}", answer.all());
    assert!(before == story.files());
    let written: Vec<String> = files(out.path()).into_iter().map(|f| f.0).filter(|f| !f.ends_with('/')).collect();
    assert!(written.contains(&"docker-compose/services/gateway.yaml".to_owned()), "{written:?}");
    let again = story.run(&format!("migrate --to layout --out {}", out.path().display()));
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
}

// --- sabotage ---------------------------------------------------------------------------------------------------------------------------

/// What a step of the migration could get wrong: the file that it would write, a text in it, and what would stand there instead.
const SABOTAGE: &[(&str, &str, &str, &str)] = &[
    ("a key is dropped", "docker-compose/services/gateway.yaml", "    image: shop/gateway:${SHOP_VERSION:-dev}\n", ""),
    ("an element of a list is dropped", "docker-compose/infrastructure/databases.yaml", "      - mongodb_config:/data/configdb\n", ""),
    (
        "an element of a list is there twice",
        "docker-compose/services/gateway.yaml",
        "      - frontend\n",
        "      - frontend\n      - extra\n",
    ),
    ("a service is dropped", "docker-compose.yml", "      - docker-compose/infrastructure/caches.yaml\n", ""),
    (
        "a volume gets another name",
        "docker-compose/infrastructure/resources.yaml",
        "  mongodb_data:\n",
        "  mongodb_data:\n    name: other\n",
    ),
    ("a volume is dropped", "docker-compose/infrastructure/resources.yaml", "  mongodb_config:\n", ""),
    ("the name is not written down as it was", "docker-compose.yml", "name: app", "name: shop"),
    ("a path moves", "docker-compose/infrastructure/databases.yaml", "./mongodb/init.js", "../mongodb/init.js"),
    ("every path moves", "docker-compose.yml", "    project_directory: .\n", "    project_directory: docker-compose\n"),
    ("a build context moves", "docker-compose/services/users-api.yaml", "./services/users-api", "../services/users-api"),
    ("an env file moves", "docker-compose/services/users-api.yaml", "env/api.env", "../env/api.env"),
    (
        "a port of one environment is in the other",
        "docker-compose/environments/production.yaml",
        "  redis:\n",
        "  redis:\n    ports: [\"6379:6379\"]\n",
    ),
    ("a variable is filled in", "docker-compose/services/gateway.yaml", "${SHOP_VERSION:-dev}", "dev"),
    ("a default is lost", "docker-compose/services/gateway.yaml", "${GATEWAY_PORT:-8080}", "${GATEWAY_PORT}"),
    ("a condition is lost", "docker-compose/services/users-api.yaml", "condition: service_healthy", "condition: service_started"),
    ("an anchor is another one", "docker-compose/environments/production.yaml", "memory: 256M", "memory: 512M"),
    ("a merged key is dropped", "docker-compose/services/orders-api.yaml", "    init: true\n", ""),
    ("the wrong environment is the default", "docker-compose.yml", "${APP_ENV:-base}", "${APP_ENV:-production}"),
    ("the wrong environment is the usual one", "docker-compose.override.yml", "${APP_ENV:-development}", "${APP_ENV:-base}"),
    ("an old file is another environment", "docker-compose.prod.yml", "environments/production.yaml", "environments/development.yaml"),
    ("an old file adds to what is there", "docker-compose.prod.yml", "services: !reset null\n", ""),
    ("a text becomes an octal number", "docker-compose/services/users-api.yaml", "PORT: \"3001\"", "PORT: 03001"),
    (
        "a network changes",
        "docker-compose/infrastructure/resources.yaml",
        "    driver: bridge\n",
        "    driver: bridge\n    internal: true\n",
    ),
    ("a file is no YAML", "docker-compose/services/gateway.yaml", "services:\n", "services: [\n"),
];

#[test]
fn what_is_not_the_same_is_never_written() {
    let story = Story::new("monolith");
    let before = story.files();
    for (what, file, old, new) in SABOTAGE {
        let mut plan = planned(&story.app);
        let path = story.app.join(file);
        let op = plan.files.iter_mut().find(|f| f.path == path).unwrap_or_else(|| panic!("{what}: {file}"));
        let text = String::from_utf8(op.after.clone().unwrap()).unwrap();
        assert!(text.contains(old), "{what}: {old:?} is not in {file}:\n{text}");
        op.after = Some(text.replacen(old, new, 1).into_bytes());
        // Only what is proved can be written: there is nothing to write with.
        let not = prove(plan, &OsFs).err().unwrap_or_else(|| panic!("{what}: not noticed"));
        assert!(!not.broken.is_empty(), "{what}");
    }
    assert!(before == story.files());
}

// --- bad input --------------------------------------------------------------------------------------------------------------------------

const FOUR: &str = "services:\n  a: {image: x}\n  b: {image: x}\n  c: {image: x}\n  d: {image: x}\n";

#[test]
fn what_cannot_be_migrated_is_said_and_nothing_changes() {
    type Row = (&'static str, &'static [(&'static str, &'static str)], &'static str);
    let rows: &[Row] = &[
        ("no project", &[("notes.txt", "")], ""),
        ("too small", &[("compose.yaml", "services:\n  a:\n    image: x\n  b:\n    image: x\n")], ""),
        ("refused by Compose", &[("compose.yaml", "services:\n  a:\n    image: x\n    depends_on: [nobody]\n  b:\n    image: x\n")], ""),
        ("not YAML", &[("compose.yaml", "services: [\n")], ""),
        ("an empty file", &[("compose.yaml", "")], ""),
        ("between brackets", &[("compose.yaml", "{services: {a: {image: x}, b: {image: x}, c: {image: x}, d: {image: x}}}\n")], ""),
        ("files in the way", &[("compose.yaml", FOUR), ("docker-compose/services/a.yaml", "services: {}\n")], ""),
        ("no such file", &[("compose.yaml", FOUR)], "-f other.yaml"),
        ("an environment without files", &[("compose.yaml", FOUR)], "--env production"),
        ("a name that is no name", &[("compose.yaml", FOUR)], "--env ../x=compose.yaml"),
        ("an environment twice", &[("compose.yaml", FOUR)], "--env a=compose.yaml --env a=compose.yaml"),
    ];
    let mut said = String::new();
    for (what, content, flags) in rows {
        let dir = tree(content);
        let before = files(dir.path());
        let line = format!("migrate --to layout --write {flags}");
        let answer = run(dir.path(), &line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(answer.code, 2, "{what}: {}", answer.all());
        let place = dir.path().canonicalize().unwrap().display().to_string();
        writeln!(said, "{what}:\n{}", answer.stderr.replace(&place, "HERE").replace(dir.path().to_str().unwrap(), "HERE")).unwrap();
        assert!(before == files(dir.path()), "{what}");
    }
    insta::assert_snapshot!(said);
}

/// A disk that is full, or refuses, from the n-th change on: only that one, so that everything can be put back, or all of them.
struct Refusing {
    at: usize,
    for_good: bool,
    changes: Mutex<usize>,
}

impl Refusing {
    fn change<T>(&self, make: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let mut changes = self.changes.lock().unwrap();
        *changes += 1;
        if *changes == self.at || (self.for_good && *changes > self.at) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        drop(changes);
        make()
    }
}

impl Fs for Refusing {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        OsFs.read(path, limit)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        OsFs.read_dir(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        OsFs.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        OsFs.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        OsFs.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        OsFs.canonicalize(path)
    }

    fn write_atomic(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.change(|| OsFs.write_atomic(path, bytes))
    }

    fn write_private(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.change(|| OsFs.write_private(path, bytes))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.change(|| OsFs.create_dir(path))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.change(|| OsFs.remove_file(path))
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        OsFs.remove_dir(path)
    }
}

#[test]
fn a_disk_that_is_full_in_the_middle_leaves_the_tree_as_it_was() {
    let story = Story::new("monolith");
    let before = story.files();
    let refusing = |at, for_good| Refusing { at, for_good, changes: Mutex::new(0) };
    let proved = || prove(planned(&story.app), &OsFs).unwrap();
    let mut at = 1;
    loop {
        let disk = refusing(at, false);
        let written = proved().write(&disk);
        if written.is_ok() {
            break;
        }
        assert!(matches!(written, Err(ApplyError::Failed { .. })), "{at}: {written:?}");
        assert!(before == story.files(), "the tree changed when the change number {at} failed");
        at += 1;
    }
    assert!(at > 20, "there are {at} changes");
    assert!(before != story.files());
    // And on the way back.
    let split = story.files();
    for at in 1.. {
        let back = apply::rollback(&story.app, &refusing(at, false));
        if back.is_ok() {
            break;
        }
        assert!(matches!(back, Err(ApplyError::Failed { .. })), "{at}: {back:?}");
        assert!(split == story.files(), "the tree changed when the change number {at} of the way back failed");
    }
    let kept = |files: Vec<(String, Vec<u8>)>| files.into_iter().filter(|f| !f.0.starts_with(".composelint/")).collect::<Vec<_>>();
    assert!(before == kept(story.files()));
    let _ = apply::rollback(&story.app, &OsFs);
    std::fs::remove_dir_all(story.app.join(".composelint")).unwrap_or_default();
    // A disk that takes nothing any more: what is left is said, and where the originals are.
    let torn = proved().write(&refusing(12, true));
    assert!(matches!(&torn, Err(ApplyError::Torn { changed, .. }) if !changed.is_empty()), "{torn:?}");
    assert!(apply::rollback(&story.app, &OsFs).is_ok(), "{:?}", story.files().into_iter().map(|f| f.0).collect::<Vec<_>>());
    let left: Vec<String> = story.files().into_iter().map(|f| f.0).filter(|f| !before.iter().any(|b| b.0 == *f)).collect();
    assert!(left.iter().all(|f| f.ends_with('/')), "{left:?}");
}

#[test]
fn a_file_that_changes_meanwhile_is_not_overwritten() {
    let story = Story::new("monolith");
    let proved = prove(planned(&story.app), &OsFs).unwrap();
    write(&story.app, "docker-compose.prod.yml", "services: {}\n");
    let before = story.files();
    let written = proved.write(&OsFs);
    assert!(matches!(written, Err(ApplyError::ChangedMeanwhile(_))), "{written:?}");
    assert!(before == story.files());
}

#[test]
fn links_are_left_to_the_user() {
    let dir = tree(&[("real/compose.yaml", "services:\n  a:\n    image: x\n  b:\n    image: y\n  c:\n    image: z\n  d:\n    image: z\n")]);
    std::fs::create_dir(dir.path().join("app")).unwrap();
    std::os::unix::fs::symlink("../real/compose.yaml", dir.path().join("app/compose.yaml")).unwrap();
    let answer = run(&dir.path().join("app"), &["migrate", "--to", "layout", "--write"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("it is a link"), "{}", answer.stderr);
}

// --- real projects ----------------------------------------------------------------------------------------------------------------------

fn repositories() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(entries) = std::fs::read_dir(corpus) else {
        println!("skipped: there is no collection of real projects beside this checkout");
        return Vec::new();
    };
    let mut out: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir() && !p.ends_with("expected")).collect();
    out.sort();
    // All of them when asked; else a share.
    let every = if std::env::var_os("MIGRATE_ONLY").is_some_and(|o| o == "all") { 1 } else { 6 };
    out.iter().step_by(every).map(|p| p.canonicalize().unwrap()).collect()
}

/// The directories below a root in which a project is started.
fn directories(root: &Path) -> Vec<PathBuf> {
    let sources = Sources::new();
    let loader = Loader::new(&OsFs, &sources);
    let mut out: Vec<PathBuf> = discover::discover(&loader, &[root.to_path_buf()]).entries.into_iter().map(|e| e.directory).collect();
    out.dedup();
    out
}

/// The comments of a text, each with how often it is there.
fn comments<'a>(texts: impl Iterator<Item = &'a [u8]>) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for text in texts {
        let text = yaml::lossy_text_of(text);
        let tree = yaml::parse(FileId::NONE, &text);
        for comment in &tree.comments {
            let said = text[comment.span.start as usize..comment.span.end as usize].trim_end().to_owned();
            *out.entry(said).or_default() += 1;
        }
    }
    out
}

/// What is wrong with the plan of a directory.
fn migrated(directory: &Path, style: Style) -> (&'static str, String) {
    let forced = Options { force: true, style, ..options(directory) };
    let plan = match layout::plan(&OsFs, &Sources::new(), &forced) {
        Ok(plan) => plan,
        Err(LayoutError::Refused { .. }) => return ("refused by Compose", String::new()),
        Err(error) => return ("no plan", error.to_string()),
    };
    // Every comment is in the new files or among those without a place, none twice.
    let before = comments(plan.files.iter().filter_map(|f| f.before.as_deref()));
    let after = comments(plan.files.iter().filter_map(|f| f.after.as_deref()));
    for (said, count) in &before {
        let homeless = plan.comments.iter().filter(|c| c.text == *said).count();
        let there = after.get(said).copied().unwrap_or(0);
        if there + homeless != *count {
            return (
                "WRONG",
                format!("the comment {said:?} was there {count} times, is there {there} times, and {homeless} times homeless"),
            );
        }
    }
    let preview = plan.preview(&OsFs);
    match layout::plan(&preview, &Sources::new(), &forced) {
        Err(LayoutError::Split(_)) => {}
        other => return ("WRONG", format!("a second run would not say that it is split already: {:?}", other.map(|p| p.files.len()))),
    }
    drop(preview);
    match prove(plan, &OsFs) {
        Ok(proved) if proved.evidence().len() == proved.plan().entries.len() => ("proved", String::new()),
        Ok(_) => ("WRONG", "an entry point was not compared".to_owned()),
        Err(not) => ("WRONG", format!("{:?}", not.broken)),
    }
}

#[test]
fn real_projects_are_the_same_after_a_split() {
    let directories: Vec<PathBuf> = repositories().par_iter().flat_map_iter(|r| directories(r)).collect();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(16 << 20).build().unwrap();
    // Every style for every directory when asked; else they take turns.
    let all = std::env::var_os("MIGRATE_ONLY").is_some_and(|o| o == "all");
    let styles = [Style::Include, Style::Extends];
    let work: Vec<(&PathBuf, Style)> = directories
        .iter()
        .enumerate()
        .flat_map(|(number, directory)| {
            let turn = styles.into_iter().enumerate().filter(move |(n, _)| all || n % 2 == number % 2);
            turn.map(move |(_, style)| (directory, style))
        })
        .collect();
    let one = |(directory, style): &(&PathBuf, Style)| (format!("{} {style:?}", directory.display()), migrated(directory, *style));
    let results: Vec<(String, (&str, String))> = pool.install(|| work.par_iter().map(one).collect());
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, (kind, _)) in &results {
        *kinds.entry(kind).or_default() += 1;
    }
    println!("{kinds:?}");
    let wrong: Vec<_> = results.iter().filter(|(_, (kind, _))| *kind == "WRONG").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn environments_can_be_told() {
    let services =
        "services:\n  a:\n    image: x:${TAG}\n    hostname: h${ONLY}\n  b:\n    image: y\n  c:\n    image: z\n  d:\n    image: z\n";
    let dir = tree(&[
        ("base.yaml", services),
        ("live.yaml", "services:\n  a:\n    ports: [\"80:80\"]\n"),
        ("live.env", "TAG=3\n"),
        (".env", "TAG=1\nONLY=here\n"),
    ]);
    let root = dir.path().canonicalize().unwrap();
    let told = |text: &str| Told::parse(text, &root).unwrap();
    let environments = vec![told("try=base.yaml"), told("live=base.yaml,live.yaml,env-file=live.env")];
    let mut plan = layout::plan(&OsFs, &Sources::new(), &Options { environments, ..options(&root) }).unwrap();
    let proved = prove(plan.clone(), &OsFs).unwrap();
    let commands: Vec<&str> = proved.evidence().iter().map(|e| e.command.as_str()).collect();
    insta::assert_snapshot!(commands.join("\n"), @"
    docker compose -f base.yaml
    docker compose
    docker compose --env-file live.env -f base.yaml -f live.yaml
    APP_ENV=live docker compose --env-file live.env
    ");
    // Where another file with variables is given, `.env` does not count, and the included parts must not bring it back.
    for file in &mut plan.files {
        let text = String::from_utf8(file.after.clone().unwrap()).unwrap();
        file.after = Some(text.replace("    env_file: /dev/null\n", "").into_bytes());
    }
    assert!(prove(plan, &OsFs).is_err());
}

#[test]
fn the_configuration_says_what_the_environments_are() {
    let dir = tree(&[
        (
            ".composelint.yaml",
            "projects:\n  - files: [stack.yaml]\n    environments:\n      live:\n        files: [live.yaml]\n        env-files: [live.env]\n      try:\n        name: trial\n",
        ),
        ("stack.yaml", "services:\n  a:\n    image: x:${TAG:-1}\n  b:\n    image: y\n  c:\n    image: z\n  d:\n    image: z\n"),
        ("live.yaml", "services:\n  a:\n    ports: [\"80:80\"]\n"),
        ("live.env", "TAG=3\n"),
    ]);
    let answer = run(dir.path(), &["migrate", "--to", "layout", "--no-diff"]);
    let said: Vec<&str> = answer.stdout.lines().take_while(|l| !l.starts_with("Before")).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    How it is started
      docker compose -f stack.yaml -p trial                          try
        or docker compose -p trial                                   try
      docker compose --env-file live.env -f stack.yaml -f live.yaml  live
    ");
    let place = answer.stdout.find("Proof").unwrap();
    insta::assert_snapshot!(&answer.stdout[place..], @r"
    Proof
      The same project before and after, by the answers of Compose 2.40 and 5, with all profiles, with variables as they are and left open:
      docker compose -f stack.yaml -p trial                          4 services, 0 ports, 0 mounts, 0 volumes, 1 network
      docker compose -p trial                                        4 services, 0 ports, 0 mounts, 0 volumes, 1 network
      docker compose --env-file live.env -f stack.yaml -f live.yaml  4 services, 1 port, 0 mounts, 0 volumes, 1 network
    ");
}

#[test]
fn an_include_of_one_environment_only_is_said() {
    let dir = tree(&[
        ("compose.yaml", "services:\n  a:\n    image: x\n  b:\n    image: x\n  c:\n    image: x\n  d:\n    image: x\n"),
        ("compose.prod.yaml", "include: [more.yaml]\nservices:\n  a:\n    restart: always\n"),
        ("more.yaml", "services:\n  e:\n    image: x\n"),
    ]);
    let answer = run(dir.path(), &["migrate", "--to", "layout"]);
    assert_eq!(answer.code, 2, "{}", answer.all());
    assert!(answer.stderr.contains("compose.prod.yaml` cannot be migrated: its environment includes other files"), "{}", answer.stderr);
    // One of them alone would take the default file away from the other.
    let answer = run(dir.path(), &["migrate", "--to", "layout", "-f", "compose.yaml", "-f", "compose.prod.yaml", "--write", "--no-docs"]);
    assert_eq!(answer.code, 2, "{}", answer.all());
    assert!(
        answer.stderr.contains("these use the files, too, and would not be the same afterwards: `docker compose`"),
        "{}",
        answer.stderr
    );
    // Where nobody else uses them it can be done: what is included stays included.
    let base = dir.path().join("compose.yaml");
    std::fs::rename(base, dir.path().join("stack.yaml")).unwrap();
    let answer = run(dir.path(), &["migrate", "--to", "layout", "-f", "stack.yaml", "-f", "compose.prod.yaml", "--write", "--no-docs"]);
    assert_eq!(answer.code, 0, "{}", answer.all());
}

#[test]
fn what_only_the_owner_may_read_stays_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let story = Story::new("monolith");
    let mode = |name: &str| std::fs::metadata(story.app.join(name)).unwrap().permissions().mode() & 0o777;
    for name in ["docker-compose.yml", "docker-compose.prod.yml"] {
        std::fs::set_permissions(story.app.join(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let answer = story.run("migrate --to layout --write --replace --no-docs");
    assert_eq!(answer.code, 0, "{}", answer.all());
    for name in ["docker-compose.yml", "docker-compose/services/gateway.yaml", "docker-compose/environments/production.yaml"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    assert_eq!(story.run("migrate --rollback").code, 0);
    assert_eq!([mode("docker-compose.yml"), mode("docker-compose.prod.yml")], [0o600, 0o600]);
}
