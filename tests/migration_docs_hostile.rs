//! What a migration writes for people, of projects with hostile names and with secrets everywhere, and of real ones where the collection
//! beside this checkout is present.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod documents;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use composelint::fs::{Fs, MemFs, OsFs};
use composelint::lint::{LoadOptions, Workspace};
use composelint::migrate::docs::Environment;
use composelint::report::Redactor;
use composelint::secret;
use composelint::source::Sources;
use documents::{LIMIT, ONE, Stated, markdown, recorded, texts, written};
use rayon::prelude::*;

/// Names that nobody should have, each of which would end what it stands in if it were taken for a part of it.
const HOSTILE: &[&str] = &[
    "a|b",
    "`x`",
    "``",
    "\"]",
    "x\"] --> s1",
    "-->",
    "</code>",
    "<b>",
    "[l](http://e)",
    "%%{init: {}}%%",
    "end",
    "a\\",
    "#35;",
    "*",
    "~~~",
    "```",
    "$(x)",
    "'; rm -rf /; '",
    "FACTS",
    "..",
    "../../x",
    "A",
    "a",
    "\u{202e}x",
    "ü",
    "- [ ] x",
    "{{",
    "}}",
];

#[test]
fn hostile_names_break_nothing() {
    let mut yaml = String::from("name: hostile\nservices:\n");
    let json = |text: &str| serde_json::to_string(text).unwrap();
    for (name, number) in HOSTILE.iter().zip(1u32..) {
        let q = json(name);
        let _ = write!(
            yaml,
            "  {q}:\n    image: {q}\n    container_name: {q}\n    depends_on: {{{next}: {{condition: service_healthy}}}}\n    networks: [{q}]\n    volumes: [{{type: volume, source: {q}, target: {q}}}]\n    profiles: [{q}]\n    environment: {{{q}: {q}, P{number}: \"${{V{number}:-x}}\"}}\n    ports: [\"{port}:80\"]\n",
            next = json(HOSTILE[number as usize % HOSTILE.len()]),
            port = 8000 + number,
        );
    }
    for top in ["volumes", "networks"] {
        let _ = writeln!(yaml, "{top}:");
        for name in HOSTILE {
            let _ = writeln!(yaml, "  {q}: {{name: {q}}}", q = json(name));
        }
    }
    let root = Path::new("/srv/hostile");
    let disk = MemFs::new().file("/srv/hostile/compose.yaml", yaml);
    let hostile: &[Stated] =
        &[("a|b", "docker compose -f 'it'\\''s | x'", &[]), ("`x`", "docker compose", &[]), ("..", "docker compose", &[])];
    let texts = written(&disk, root, hostile);
    assert!(texts.len() > HOSTILE.len());
    let mut names = std::collections::BTreeSet::new();
    for (path, text) in &texts {
        assert!(path.components().all(|c| matches!(c, std::path::Component::Normal(_))), "{}", path.display());
        assert!(names.insert(path.to_string_lossy().to_lowercase()), "{} is there twice", path.display());
        assert!(!text.contains('\u{202e}') && !text.contains('\0'), "{}", path.display());
        if path.extension().is_some_and(|e| e == "md") {
            markdown(path, text);
        }
    }
    let script = &texts[Path::new("docker-compose/check.sh")];
    assert!(!script.contains("\n$(x)") && script.matches("\nFACTS\n").count() == hostile.len());
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("docker-compose")).unwrap();
    std::fs::write(dir.path().join("docker-compose/check.sh"), script).unwrap();
    std::fs::write(dir.path().join("compose.yaml"), disk.read(&root.join("compose.yaml"), LIMIT).unwrap()).unwrap();
    let syntax = Command::new("sh").arg("-n").arg("docker-compose/check.sh").current_dir(dir.path()).status().unwrap();
    assert!(syntax.success());
}

/// Letters and digits as a generator makes them: nothing here is the token of anybody, and none stands in this file.
fn random(seed: usize, length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        char::from(ALPHABET[(state >> 3) % ALPHABET.len()])
    };
    (0..length).map(|_| next()).collect()
}

/// Puts a secret in the place of each `@`.
fn with_secrets(text: &str, secrets: &mut Vec<String>) -> String {
    let mut out = String::new();
    for (part, number) in text.split('§').zip(0usize..) {
        if number > 0 {
            let secret = random(secrets.len() * 7 + 11, 18);
            out.push_str(&secret);
            secrets.push(secret);
        }
        out.push_str(part);
    }
    out
}

const SECRET: &str = r#"name: secret
x-shared: &shared
  API_KEY: §
services:
  app:
    image: registry.example.org/app
    build:
      context: https://bot:§@git.example.org/app.git
      args: [NPM_TOKEN=§]
    environment:
      <<: *shared
      DB_PASSWORD: §
      DATABASE_URL: postgres://app:§@db/app
      DEFAULT_PASSWORD: ${UNSET_PASSWORD:-§}
      HARMLESS: ${TOKEN_IN_A_DEFAULT:-§}
      FROM_FILE: ${DOT_ENV_PASSWORD:?set it to §}
      PLAIN: ${DOT_ENV_PLAIN}
    labels:
      traefik.http.middlewares.auth.basicauth.users: admin:$apr1$q7Zk2mVx$§
    command: run --token §
    healthcheck:
      test: [CMD, redis-cli, -a, §, ping]
    ports: ["8080:80"]
    env_file: [app.env]
    secrets: [inline]
    volumes: ["${DATA_PASSWORD:-§}:/data"]
  sh:
    image: app
    healthcheck:
      test: "PGPASSWORD=§ psql --version"
    hostname: ${HOST_TOKEN:-§}
secrets:
  inline:
    content: §
volumes:
  media:
    name: ${MEDIA_SECRET:-§}
    driver_opts:
      o: username=media,password=§
"#;

#[test]
fn no_page_holds_a_secret() {
    let mut secrets = Vec::new();
    let root = Path::new("/srv/secret");
    let disk = MemFs::new()
        .file(root.join("compose.yaml"), with_secrets(SECRET, &mut secrets))
        .file(root.join(".env"), with_secrets("DOT_ENV_PASSWORD=§\nDOT_ENV_PLAIN=§\nLOG_PORT=1\n", &mut secrets))
        .file(root.join("app.env"), with_secrets("APP_PASSWORD=§\nAPP_URL=redis://:§@cache\n", &mut secrets));
    let texts = written(&disk, root, ONE);
    assert!(secrets.len() > 18 && texts.len() > 6);
    let comments = with_secrets("# PASSWORD: §\n# was --token § once", &mut secrets);
    let line = with_secrets("docker compose -f compose.yaml run --token § app --password=§", &mut secrets);
    let disk = disk.file(root.join("up.sh"), format!("{line}\n"));
    let mut texts: Vec<String> = texts.into_values().collect();
    texts.push(recorded(&disk, root, ONE, &comments));
    assert!(texts.iter().any(|t| t.contains("docker compose -f compose.yaml run")));
    // A value with a harmless name, used in a harmless place, is known to nobody as a secret; it is not shown all the same.
    for text in &texts {
        for secret in &secrets {
            let parts: Vec<char> = secret.chars().collect();
            let found = parts.windows(8).any(|w| text.contains(&w.iter().collect::<String>()));
            assert!(!found, "{secret} in\n{text}");
        }
        assert!(!text.contains("q7Zk2mVx"), "{text}");
    }
}

/// Real projects: nothing panics, the same comes out again, tables have their columns, and no secret that anybody knows is shown.
#[test]
fn real_projects_have_pages() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(entries) = std::fs::read_dir(corpus) else {
        println!("skipped: there is no collection of real projects beside this checkout");
        return;
    };
    let mut roots: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir() && !p.ends_with("expected")).collect();
    roots.sort();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(16 << 20).build().unwrap();
    let counts: Vec<[usize; 4]> = pool.install(|| roots.par_iter().map(|root| repository(&root.canonicalize().unwrap())).collect());
    let [projects, texts, secrets, bytes] = counts.iter().fold([0; 4], |a, b| std::array::from_fn(|i| a[i] + b[i]));
    println!("{projects} projects, {texts} texts, {} KiB, {secrets} secrets that must not be in them", bytes >> 10);
    assert!(projects > 1000);
}

fn repository(root: &Path) -> [usize; 4] {
    let started = std::time::Instant::now();
    let sources = Sources::new();
    let workspace = Workspace::load(&OsFs, &sources, &[root.to_path_buf()], &LoadOptions::default());
    let redactor = Redactor::with_trees(&sources, &workspace.projects, &|file| workspace.loader.tree(file));
    let (mut count, mut known, mut bytes) = (0, 0, 0);
    let loaded = started.elapsed();
    for (index, project) in workspace.projects.iter().enumerate() {
        let mut environments = vec![Environment { name: "default", command: "docker compose", project }];
        // The next one of the same directory stands in for another environment.
        if let Some(next) = workspace.projects.get(index + 1).filter(|next| next.directory == project.directory) {
            environments.push(Environment { name: "other", command: "docker compose -f other.yaml", project: next });
        }
        let written = texts(&OsFs, &project.directory, &sources, &redactor, &environments);
        let again = texts(&OsFs, &project.directory, &sources, &redactor, &environments);
        assert_eq!(written, again);
        let secrets = literals(&environments);
        known += secrets.len();
        for (path, text) in &written {
            count += 1;
            bytes += text.len();
            if path.extension().is_some_and(|e| e == "md") {
                markdown(&project.directory.join(path), text);
            }
            // An example that is there is the user's.
            if path.to_string_lossy().starts_with(".env") && OsFs.exists(&project.directory.join(path)) {
                continue;
            }
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{secret} in {}", project.directory.join(path).display());
            }
            for (line, safe) in text.lines().zip(redactor.text(text).lines()) {
                assert_eq!(line, safe, "{}", project.directory.join(path).display());
            }
        }
    }
    let all = started.elapsed();
    if all.as_secs() >= 3 {
        println!("{:8.1?} {loaded:8.1?} to load  {}", all, root.file_name().unwrap().display());
    }
    [workspace.projects.len(), count, known, bytes]
}

/// The secrets of the resolved projects that could not be anything else.
fn literals(environments: &[Environment]) -> Vec<String> {
    let mut out = Vec::new();
    for project in environments.iter().map(|e| e.project) {
        let values =
            project.services.values().flat_map(|s| s.environment.iter().map(|(n, v)| (n.as_str(), v.value.as_deref().unwrap_or(""))));
        let own = project.environment.iter().map(|(n, v)| (n.as_str(), v.value.as_str()));
        for (name, value) in values.chain(own).filter(|(name, value)| secret::literal_secret(name, value)) {
            let mixed = value.bytes().any(|b| b.is_ascii_digit()) && value.bytes().any(|b| b.is_ascii_alphabetic());
            if value.len() >= 12 && mixed && !secret::weak(value) && !value.contains(['/', ' ', '{']) && value != name {
                out.push(value.to_owned());
            }
        }
    }
    out.sort();
    out.dedup();
    out
}
