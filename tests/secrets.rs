//! No output ever shows a secret: a tree with a different one in every place where people write them, and every format, list and error of
//! the binary searched for all of them. A mistake beside each makes its line part of what is shown.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail, and stands on the real disk

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use composelint::report::Format;
use tempfile::TempDir;

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

/// The secrets that were put somewhere, with where.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn put(&mut self, place: &'static str, prefix: &str, length: usize) -> String {
        let body = random(self.0.len() * 7 + 11, length);
        // The letters of an age key are capitals.
        let secret = if prefix.starts_with("AGE") { format!("{prefix}{}", body.to_ascii_uppercase()) } else { format!("{prefix}{body}") };
        self.0.push((place, secret.clone()));
        secret
    }

    fn password(&mut self, place: &'static str) -> String {
        self.put(place, "", 18)
    }
}

fn write(dir: &Path, path: &str, content: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(path).unwrap().write_all(content.as_bytes()).unwrap();
}

/// A tree in which everything is secret and much is wrong.
fn tree(secrets: &mut Secrets) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let s = secrets;
    let compose = format!(
        r#"version: "3"
include:
  - part.yaml
x-shared: &shared
  API_KEY: {anchor}
services:
  app:
    image: myorg/app
    privileged: yes
    cap_add: [NETADMIN]
    build:
      context: https://bot:{context}@git.example.org/app.git
      args:
        - NPM_TOKEN={argument}
    environment:
      <<: *shared
      DB_PASSWORD: {mapping}
      QUOTED_PASSWORD: "{quoted}"   # was {comment_token}
      NEXT_LINE_SECRET:
        {next_line}
      DATABASE_URL: postgres://app:{url}@db/app
      DEFAULT_PASSWORD: ${{UNSET_PASSWORD:-{default}}}
      FROM_FILE: ${{DOT_ENV_PASSWORD}}
      AUTH_SALT: {salt}
      MODE_SECRET: 0{octal}
    labels:
      traefik.http.middlewares.auth.basicauth.users: admin:$$apr1$$q7Zk2mVx$${hash}
    annotations:
      com.example.api-key: {annotation}
    logging:
      driver: splunk
      options: {{splunk-token: {log}}}
    command: run --token {command} --identity={age}
    entrypoint: [sh, -c, "PGPASSWORD={entrypoint} exec app"]
    healthcheck:
      test: [CMD, redis-cli, -a, {healthcheck}, ping]
    post_start:
      - command: [init, --password, {hook}]
        environment: [HOOK_PASSWORD={hook_environment}]
    ports: ["8080:80", "8080:81", "{port_password}:x"]
    env_file: [app.env]
    secrets: [inline, tracked, missing, nowhere]
    configs: [conf]
    volumes: [media:/media, "gone:/gone:{mode}"]
  list:
    image: myorg/list:latest
    environment:
      - LIST_PASSWORD={list}
      - LIST_PASSWORD={list_again}
      - "SPACED_PASSWORD={spaced} and more"
      - GITHUB_TOKEN={github}
    depends_on: [nobody]
configs:
  conf:
    content: |
      listen = 80
      password = {config}
      url = amqp://app:{config_url}@mq/
secrets:
  inline:
    content: {inline}
  tracked:
    file: ./tracked.txt
  missing:
    file: ./missing.txt
volumes:
  media:
    driver_opts:
      type: cifs
      o: username=media,password={mount}
"#,
        anchor = s.password("an anchor"),
        context = s.password("a build context"),
        argument = s.put("a build argument", "npm_", 36),
        mapping = s.password("a mapping"),
        quoted = s.password("quotes"),
        comment_token = s.put("a comment behind a value", "ghp_", 36),
        next_line = s.password("the next line"),
        url = s.password("an address"),
        default = s.password("a default"),
        salt = s.put("a salt", "", 28),
        octal = "123456701234567",
        hash = s.put("a hash", "", 22),
        annotation = s.password("an annotation"),
        log = s.password("an option of the log"),
        command = s.password("a command"),
        age = s.put("a flag with `=`", "AGE-SECRET-KEY-1", 58),
        entrypoint = s.password("an entrypoint"),
        healthcheck = s.password("a health check"),
        hook = s.password("a hook"),
        hook_environment = s.password("the environment of a hook"),
        port_password = "80",
        mode = "rx",
        list = s.password("a list"),
        list_again = s.password("a list, twice"),
        spaced = s.password("a value with blanks"),
        github = s.put("a token", "ghp_", 36),
        config = s.password("a config"),
        config_url = s.password("an address in a config"),
        inline = s.password("an inline secret"),
        mount = s.password("the options of a mount"),
    );
    write(dir.path(), "compose.yaml", &compose);
    let part = format!(
        "services:\n  part:\n    image: redis:latest\n    # PART_PASSWORD: {}\n    command: redis-server --requirepass {}\n    networks: [nowhere]\n",
        s.password("a commented line"),
        s.password("an included file"),
    );
    write(dir.path(), "part.yaml", &part);
    write(
        dir.path(),
        ".env",
        &format!("DOT_ENV_PASSWORD={}\n# OLD_TOKEN={}\nBROKEN LINE\n", s.password(".env"), s.put("a comment in .env", "ghp_", 36)),
    );
    write(dir.path(), ".env.example", "OTHER=\n");
    write(
        dir.path(),
        "app.env",
        &format!("APP_PASSWORD={}\nAPP_URL=redis://:{}@cache\n", s.password("an env file"), s.password("an address in an env file")),
    );
    write(dir.path(), "tracked.txt", &s.password("the file of a secret"));
    let key = random(1234, 64);
    write(
        dir.path(),
        "key/compose.yaml",
        &format!(
            "services:\n  key:\n    image: a:latest\n    environment:\n      PEM: |\n        -----BEGIN PRIVATE KEY-----\n        {key}\n        -----END PRIVATE KEY-----\n"
        ),
    );
    s.0.push(("a private key", key));
    write(
        dir.path(),
        "broken/compose.yaml",
        &format!("services:\n  a:\n    environment:\n      BROKEN_PASSWORD: {}\n   image: [x\n", s.password("broken YAML")),
    );
    write(
        dir.path(),
        "wrong/compose.yaml",
        &format!(
            "services:\n  a:\n    image: a\n    enviroment:\n      WRONG_PASSWORD: {}\n    ports: {{API_TOKEN: {}}}\n",
            s.password("an unknown key"),
            s.password("a wrong type")
        ),
    );
    dir
}

/// What the binary says, with everything it wrote.
fn said(dir: &Path, arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_composelint")).env_clear().current_dir(dir).stdin(Stdio::null()).args(arguments).output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Where the text shows a secret, or eight letters of one.
fn shown(secrets: &Secrets, text: &str) -> Vec<String> {
    let parts = |secret: &str| -> bool {
        let body: Vec<char> = secret.chars().collect();
        body.windows(8).any(|w| text.contains(&w.iter().collect::<String>()))
    };
    secrets
        .0
        .iter()
        .filter(|(_, secret)| {
            text.contains(secret.as_str()) || parts(secret.trim_start_matches("ghp_").trim_start_matches("AGE-SECRET-KEY-1"))
        })
        .map(|(p, _)| (*p).to_owned())
        .collect()
}

#[test]
fn nothing_that_is_said_holds_a_secret() {
    let mut secrets = Secrets::default();
    let dir = tree(&mut secrets);
    let help = said(dir.path(), &["check", "--help"]);
    let mut runs: Vec<Vec<String>> = Vec::new();
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for command in ["check", "audit"] {
        for format in Format::ALL {
            runs.push(words(&format!("{command} --select all --verbose --format {}", format.name())));
        }
        runs.push(words(command));
        runs.push(words(&format!("{command} --color always --select all")));
        // As they land.
        for option in ["--diff", "--unsafe-fixes --diff", "--no-ignores", "--write-baseline baseline.json", "--show-fixes"] {
            if help.contains(option.split(' ').next().unwrap()) {
                runs.push(words(&format!("{command} --select all {option}")));
            }
        }
    }
    // Plain `config` is the resolved project as it is: that is what it is for.
    runs.push(words("config --why services.app.environment"));
    runs.push(words("config --why services.*"));
    runs.push(words("explain plaintext-secret"));
    let mut leaks = Vec::new();
    let mut findings = 0;
    for run in &runs {
        let arguments: Vec<&str> = run.iter().map(String::as_str).collect();
        let text = said(dir.path(), &arguments);
        assert!(!text.contains("unexpected argument"), "{text}");
        findings = findings.max(text.matches("plaintext-secret").count());
        for place in shown(&secrets, &text) {
            leaks.push(format!("{}: {place}", run.join(" ")));
        }
    }
    for file in ["baseline.json"] {
        if let Ok(text) = std::fs::read_to_string(dir.path().join(file)) {
            leaks.extend(shown(&secrets, &text).into_iter().map(|place| format!("{file}: {place}")));
        }
    }
    assert!(findings > 5, "the rules did not look");
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn every_place_is_found() {
    let mut secrets = Secrets::default();
    let dir = tree(&mut secrets);
    let rules = "plaintext-secret,provider-token,secret-in-command,url-credentials";
    let text = said(dir.path(), &["check", "--ignore", "all", "--select", rules, "--format", "concise"]);
    let lines: Vec<&str> = text.lines().collect();
    // Line by line: what stands in a file of Compose as it is, is found there.
    for file in ["compose.yaml", "part.yaml", "key/compose.yaml"] {
        let source = std::fs::read_to_string(dir.path().join(file)).unwrap();
        for (line, number) in source.lines().zip(1..) {
            let Some((place, _)) = secrets.0.iter().find(|(_, secret)| line.contains(secret.as_str())) else { continue };
            // A block is reported where it begins, a list at the line of its first item; a comment only by the form of what is in it.
            let near = matches!(*place, "a config" | "an address in a config" | "the next line" | "a private key");
            let exempt = matches!(*place, "a commented line" | "a list");
            let at = |n: u32| lines.iter().any(|l| l.starts_with(&format!("{file}:{n}:")));
            assert!(
                exempt || at(number) || (near && (at(number - 1) || at(number - 2) || at(number - 3))),
                "{place} ({file}:{number}) is not found:\n{text}"
            );
        }
    }
}
