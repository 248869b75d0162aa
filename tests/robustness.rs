//! Hostile and damaged input through the whole pipeline: no panic, no hang, no unbounded memory; each ends in a finding or a skipped
//! path that names it, and everything else is judged.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)] // a test stands on the real disk

#[path = "support/pieces.rs"]
mod pieces;
mod support;

use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use composelint::fs::{DirEntry, Fs, MemFs, Metadata, OsFs};
use pieces::text;
use proptest::prelude::*;
use support::{Everything, everything};

const GOOD: &str = "services:\n  app:\n    image: app:1.2.3\n";

/// Judges a tree in memory and asserts what is true of every run.
fn judge(fs: &dyn Fs) -> Everything {
    judge_at(fs, Path::new("/srv"))
}

fn judge_at(fs: &dyn Fs, root: &Path) -> Everything {
    let out = everything(fs, root);
    assert!(out.wrong.is_empty(), "{:#?}", out.wrong);
    for (format, text) in &out.shown {
        let controls = text.chars().filter(|c| c.is_control() && *c != '\n');
        assert_eq!(controls.collect::<String>(), "", "{format} shows control characters");
    }
    out
}

/// The findings of one file as `check` has them.
fn said_of(content: impl Into<Vec<u8>>) -> Vec<String> {
    judge(&MemFs::new().file("/srv/compose.yaml", content)).said
}

fn one(said: &[String]) -> &str {
    assert_eq!(said.len(), 1, "{said:#?}");
    said.first().unwrap()
}

#[test]
fn one_broken_file_among_a_hundred_good_ones() {
    let mut fs = MemFs::new();
    for i in 0..100 {
        fs = fs.file(format!("/srv/s{i}/compose.yaml"), GOOD);
    }
    let out = judge(&fs.file("/srv/broken/compose.yaml", "services:\n  app:\n   image: [a\n"));
    assert_eq!(out.projects.len(), 101);
    assert!(one(&out.said).starts_with("invalid-yaml broken/compose.yaml: "), "{:?}", out.said);
}

#[test]
fn texts_that_are_no_texts() {
    assert!(one(&said_of(b"services:\n  app:\n    image: \"\xff\xfe\"\n".to_vec())).starts_with("unreadable-file compose.yaml: "));
    let utf16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [&[0xff, 0xfe][..], &utf16].concat();
    // Compose reads UTF-16 that says so.
    let marked = judge(&MemFs::new().file("/srv/compose.yaml", with_mark));
    assert_eq!((marked.projects.len(), marked.said.len()), (1, 0), "{:?}", marked.said);
    one(&said_of(utf16));
    one(&said_of("services:\n  a\0b:\n    image: x:1\n"));
    one(&said_of("services:\n  app:\n    image: \"x:1\u{1b}[2J\"\n"));
}

#[test]
fn files_without_anything_in_them() {
    for content in ["", "\n", "# nothing yet\n", "---\n", "---\n---\n"] {
        let out = judge(&MemFs::new().file("/srv/compose.yaml", content).file("/srv/good/compose.yaml", GOOD));
        assert!(out.projects.contains(&PathBuf::from("/srv/good")), "{content:?}");
        let named = out.said.iter().any(|s| s.contains(" compose.yaml: ")) || out.shown.iter().any(|(_, t)| t.contains("compose.yaml"));
        assert!(named, "{content:?}: {:?}", out.said);
    }
}

#[test]
fn a_file_of_fifty_megabytes_is_not_read() {
    let line = "# padding padding padding padding padding\n";
    let content = line.repeat((50 << 20) / line.len());
    let out = judge(&MemFs::new().file("/srv/compose.yaml", content).file("/srv/good/compose.yaml", GOOD));
    assert!(out.said.iter().any(|s| s.contains("compose.yaml") && s.contains("larger than")), "{:?}", out.said);
    assert!(out.projects.contains(&PathBuf::from("/srv/good")));
}

#[test]
fn depth_ends_in_a_finding() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        let content = format!("services:\n  app:\n    image: x:1\n    x-deep: {}1{}\n", open.repeat(100_000), close.repeat(100_000));
        assert!(!said_of(content).is_empty());
    }
    let mut block = String::from("services:\n  app:\n    image: x:1\n    x-deep:\n");
    for depth in 0..3000 {
        let _ = writeln!(block, "{}a:", " ".repeat(6 + depth));
    }
    assert!(!said_of(block).is_empty());
    let expression = format!("services:\n  app:\n    image: \"{}x{}\"\n", "${A:-".repeat(50_000), "}".repeat(50_000));
    let said = said_of(expression);
    assert!(said.iter().all(|s| s.len() < 2000), "a message of {} bytes", said.iter().map(String::len).max().unwrap_or(0));
}

#[test]
fn bombs_end_in_a_finding() {
    let mut aliases = String::from("x-a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for i in 1..30 {
        let _ = writeln!(aliases, "x-a{i}: &a{i} [{}]", vec![format!("*a{}", i - 1); 9].join(", "));
    }
    assert!(said_of(format!("{aliases}{GOOD}")).iter().any(|s| s.starts_with("limit-exceeded ")));

    let mut merges = String::from("x-m0: &m0 {k0: v}\n");
    for i in 1..60 {
        let _ = writeln!(merges, "x-m{i}: &m{i}\n  k{i}: {{<<: *m{p}}}\n  l{i}: {{<<: *m{p}}}", p = i - 1);
    }
    assert!(said_of(format!("{merges}{GOOD}")).iter().any(|s| s.starts_with("limit-exceeded ")));

    let mut dotenv = String::from("A0=xxxxxxxxxxxxxxxx\n");
    for i in 1..22 {
        let _ = writeln!(dotenv, "A{i}=${{A{p}}}${{A{p}}}", p = i - 1);
    }
    let fs = MemFs::new().file("/srv/.env", dotenv).file("/srv/compose.yaml", "services:\n  app:\n    image: x:1\n    hostname: ${A21}\n");
    let said = judge(&fs).said;
    assert!(said.iter().any(|s| s.starts_with("limit-exceeded ")), "{said:?}");
}

#[test]
fn circles_and_diamonds_end_in_a_finding() {
    let itself = said_of("include: [compose.yaml]\nservices:\n  app:\n    image: x:1\n");
    assert!(one(&itself).starts_with("include-error compose.yaml: "));

    let fs = MemFs::new()
        .file("/srv/compose.yaml", "include: [b/compose.yaml]\n")
        .file("/srv/b/compose.yaml", "include: [../c/compose.yaml]\n")
        .file("/srv/c/compose.yaml", "include: [../b/compose.yaml]\nservices:\n  app:\n    image: x:1\n");
    let said = judge(&fs).said;
    assert!(said.iter().any(|s| s.starts_with("include-error ")), "{said:?}");

    let said = said_of("services:\n  a: {extends: b}\n  b: {extends: a}\n  c: {extends: c}\n");
    assert!(!said.is_empty() && said.iter().all(|s| s.starts_with("extends-error ")), "{said:#?}");

    // Every file includes the next one twice, through two files that differ in name only.
    let mut fs = MemFs::new().file("/srv/compose.yaml", "include: [a0.yaml, b0.yaml]\n");
    for i in 0..40 {
        for side in ["a", "b"] {
            fs = fs.file(format!("/srv/{side}{i}.yaml"), format!("include: [a{n}.yaml, b{n}.yaml]\n", n = i + 1));
        }
    }
    let said = judge(&fs.file("/srv/a40.yaml", GOOD).file("/srv/b40.yaml", GOOD)).said;
    assert!(said.iter().any(|s| s.starts_with("limit-exceeded ")), "{said:#?}");

    // Every file extends the service of the next one.
    let mut fs = MemFs::new().file("/srv/compose.yaml", "services:\n  app:\n    extends: {file: e0.yaml, service: app}\n");
    for i in 0..2000 {
        fs = fs.file(format!("/srv/e{i}.yaml"), format!("services:\n  app:\n    extends: {{file: e{}.yaml, service: app}}\n", i + 1));
    }
    assert!(!judge(&fs).said.is_empty());
}

#[test]
fn two_thousand_services() {
    let mut content = String::from("services:\n");
    for i in 0..2000 {
        let _ =
            writeln!(content, "  s{i}:\n    image: app:1.{i}\n    ports: [\"127.0.0.1:{}:80\"]\n    depends_on: [s{}]", 10_000 + i, i + 1);
    }
    content.push_str("  s2000:\n    image: app:1\n");
    let out = judge(&MemFs::new().file("/srv/compose.yaml", content));
    assert!(out.said.iter().all(|s| s.starts_with("monolith-")), "{:#?}", out.said);
}

#[test]
fn a_line_of_a_megabyte() {
    let long = "x".repeat(1 << 20);
    let out = judge(
        &MemFs::new().file("/srv/compose.yaml", format!("services:\n  app:\n    image: x:1\n    command: {long}\n    bad: {long}\n")),
    );
    assert!(one(&out.said).starts_with("unknown-key "));
    for (format, text) in out.shown {
        assert!(text.len() < 100_000, "{format} shows {} bytes", text.len());
    }
}

#[test]
fn names_with_terminal_escapes_are_shown_harmless() {
    let evil = "e\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}x";
    let fs = MemFs::new()
        .file(
            format!("/srv/{evil}/compose.yaml"),
            format!("services:\n  \"a\\e[2Jb\":\n    image: x\n    {evil}: 1\n    environment: {{\"K\\e[1m\": \"v\\e[1m\"}}\n"),
        )
        .file(
            "/srv/plain/compose.yaml",
            "services:\n  app:\n    image: \"x\\e[31m:latest\"\n    networks: [\"n\\e[31m\"]\n    env_file: [\"f\\e[31m\"]\n",
        );
    let out = judge(&fs);
    assert!(!out.said.is_empty());
    for (format, text) in out.shown {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{format}");
    }
}

#[test]
fn what_is_no_file_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let make = |name: &str| {
        let path = root.join(name);
        std::fs::create_dir_all(&path).unwrap();
        path.join("compose.yaml")
    };
    std::fs::write(make("good"), GOOD).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(make("fifo")).status().is_ok_and(|s| s.success()));
    let _socket = std::os::unix::net::UnixListener::bind(make("socket")).unwrap();
    symlink("/dev/zero", make("device")).unwrap();
    symlink("nowhere.yaml", make("dangling")).unwrap();
    symlink("compose.yaml", make("loop")).unwrap();
    std::fs::create_dir_all(make("directory")).unwrap();
    // Links in a circle, and one to everything above.
    symlink(root.join("circle/b"), make("circle").with_file_name("a")).unwrap();
    symlink(root.join("circle/a"), root.join("circle/b")).unwrap();
    symlink("..", root.join("good/up")).unwrap();
    symlink(&root, root.join("circle/root")).unwrap();
    let name = std::ffi::OsString::from_vec(b"caf\xe9".to_vec());
    std::fs::create_dir(root.join(&name)).unwrap();
    std::fs::write(root.join(&name).join("compose.yaml"), "services:\n  app:\n    image: x:1\n    imagee: y\n").unwrap();
    let secret = root.join("closed");
    std::fs::create_dir(&secret).unwrap();
    std::fs::write(secret.join("compose.yaml"), GOOD).unwrap();
    std::fs::set_permissions(secret.join("compose.yaml"), std::fs::Permissions::from_mode(0o000)).unwrap();

    let out = judge_at(&OsFs, &root);
    assert!(out.projects.contains(&root.join("good")));
    for name in ["fifo", "socket", "device", "dangling", "loop"] {
        let path = format!("{name}/compose.yaml");
        assert!(out.shown.iter().any(|(_, t)| t.contains(&path)), "{path} is mentioned nowhere: {:#?}", out.said);
    }
    assert!(out.said.iter().any(|s| s.starts_with("unknown-key caf")), "{:#?}", out.said);
    if OsFs.read(&secret.join("compose.yaml"), 100).is_ok() {
        println!("skipped: this user may read every file, whatever its mode");
    } else {
        assert!(out.said.iter().any(|s| s.contains("closed/compose.yaml") && s.contains("may not be read")), "{:#?}", out.said);
    }
}

/// A disk from which something vanishes after it was looked at `left` times.
struct Vanishing {
    disk: MemFs,
    path: PathBuf,
    left: AtomicUsize,
}

impl Vanishing {
    fn check(&self, path: &Path) -> io::Result<()> {
        let gone = || self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_err();
        if path.starts_with(&self.path) && gone() { Err(io::ErrorKind::NotFound.into()) } else { Ok(()) }
    }
}

impl Fs for Vanishing {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.check(path)?;
        self.disk.read(path, limit)
    }
    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.check(path)?;
        self.disk.read_dir(path)
    }
    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.check(path)?;
        self.disk.metadata(path)
    }
    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.check(path)?;
        self.disk.symlink_metadata(path)
    }
    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.check(path)?;
        self.disk.read_link(path)
    }
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.check(path)?;
        self.disk.canonicalize(path)
    }
    fn write_atomic(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.disk.write_atomic(path, bytes)
    }
}

#[test]
fn what_vanishes_during_the_run_does_not_stop_it() {
    let disk = MemFs::new()
        .file("/srv/good/compose.yaml", GOOD)
        .file("/srv/gone/compose.yaml", "include: [more.yaml]\nservices:\n  app:\n    image: x:1\n    env_file: [e.env]\n")
        .file("/srv/gone/more.yaml", "services:\n  more:\n    image: x:1\n")
        .file("/srv/gone/e.env", "A=1\n")
        .file("/srv/gone/RUNBOOK.md", "    docker volume inspect more_data\n")
        .file("/srv/nas.nix", "{ services.openssh.enable = true; }")
        .file("/srv/backup-list.txt", "/srv/gone\n")
        .file("/srv/state.json", "[]");
    // What is beside the stacks is looked at a few times only.
    for path in ["", "/compose.yaml", "/more.yaml", "/e.env", "/RUNBOOK.md", "/../nas.nix", "/../backup-list.txt", "/../state.json"] {
        let path = composelint::fs::clean(Path::new(&format!("/srv/gone{path}")));
        let path = path.to_str().unwrap();
        let looks = if path.ends_with("yaml") || path.ends_with("gone") { 24 } else { 4 };
        for left in 0..looks {
            let fs = Vanishing { disk: disk.clone(), path: path.into(), left: AtomicUsize::new(left) };
            let out = everything(&fs, Path::new("/srv"));
            let wrong: Vec<_> = out.wrong.iter().filter(|w| w.contains("composelint") || w.contains("stopped")).collect();
            assert!(wrong.is_empty(), "{path} after {left}: {wrong:?}");
            assert!(out.projects.contains(&PathBuf::from("/srv/good")), "{path} after {left}");
        }
    }
}

#[test]
fn no_secret_in_any_format_from_any_place() {
    const SECRET: &str = "Zq8vXw3TrN5kLm2P";
    let compose = format!(
        "# the old password was {SECRET}\n\
         x-auth: &auth\n  DB_PASSWORD: {SECRET} # {SECRET}\n\
         services:\n  app:\n    image: app\n    imagee: x # password: {SECRET}\n\
         \x20   environment:\n      <<: *auth\n      API_TOKEN: \"{SECRET}\"\n      DATABASE_URL: postgres://u:{SECRET}@db/x\n      X: ${{ADMIN_PASSWORD:-{SECRET}}}\n\
         \x20   labels:\n      auth.password: {SECRET}\n\
         \x20   command: [serve, --password, {SECRET}, --token={SECRET}]\n\
         \x20   entrypoint: app --api-key {SECRET}\n\
         \x20   healthcheck:\n      test: [CMD, curl, -u, \"u:{SECRET}\", \"http://u:{SECRET}@localhost\"]\n      intervall: 3s\n\
         \x20   env_file: [app.env]\n    ports: [\"5432:5432\"]\n\
         \x20   build:\n      context: https://u:{SECRET}@git.example.org/x.git\n      args:\n        NPM_TOKEN: {SECRET}\n\
         \x20 list:\n    image: app\n    environment:\n      - SMTP_PASSWORD={SECRET}\n      - SECRET_KEY=\"{SECRET}\"\n      - PGPASSWORD=${{PGPASSWORD:-{SECRET}}}\n\
         \x20   ports: [\"x:{SECRET}\"]\n    volumes: [\"./a:/b:{SECRET}:z\"]\n    mem_limit: ${{ADMIN_PASSWORD}}\n\
         configs:\n  c:\n    content: |\n      password={SECRET}\n\
         secrets:\n  s:\n    environment: ADMIN_PASSWORD\n"
    );
    let fs = MemFs::new()
        .file("/srv/compose.yaml", compose.as_str())
        .file("/srv/.env", format!("ADMIN_PASSWORD={SECRET}\nBROKEN {SECRET}\n"))
        .file("/srv/app.env", format!("APP_PASSWORD={SECRET}\nAPP_TOKEN=\"{SECRET}\n"))
        .file("/srv/valid/compose.yaml", "services:\n  app:\n    image: app\n    env_file: [app.env]\n    mem_limit: ${ADMIN_PASSWORD}\n    environment: [\"A=${ADMIN_PASSWORD}\"]\n")
        .file("/srv/valid/.env", format!("ADMIN_PASSWORD={SECRET}\n"))
        .file("/srv/valid/app.env", format!("APP_PASSWORD={SECRET}\n"))
        .file("/srv/broken/compose.yaml", format!("services:\n  app:\n    environment:\n      DB_PASSWORD: {SECRET}\n      - {SECRET}\n"));
    let out = judge(&fs);
    for (format, text) in &out.shown {
        let lines: Vec<&str> = text.lines().filter(|l| l.contains(SECRET)).collect();
        assert!(lines.is_empty(), "{format}: {lines:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_small_tree_is_judged(main in text(), over in text(), other in text(), dotenv in "([A-Z_]{1,6}=?[ -~]{0,12}\n){0,4}") {
        let fs = MemFs::new()
            .file("/srv/app/compose.yaml", main)
            .file("/srv/app/compose.override.yaml", over)
            .file("/srv/app/other.yaml", other)
            .file("/srv/app/.env", dotenv)
            .link("/srv/link", "app");
        judge(&fs);
    }
}
