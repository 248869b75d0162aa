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

/// A project that Compose takes, with secrets in places where people write them, and an override. Its parts are said in words that a migration shows.
fn sound_tree(s: &mut Secrets) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let compose = format!(
        r#"# OLD_PASSWORD: {comment}
x-shared: &shared
  API_KEY: {anchor} # {token}
services:
  app:
    image: myorg/app
    build:
      context: https://bot:{context}@git.example.org/app.git
      args: [NPM_TOKEN={argument}]
    # DB_PASSWORD: {dropped}
    environment:
      <<: *shared
      DB_PASSWORD: {mapping}
      NEXT_LINE_SECRET:
        {next_line}
      DATABASE_URL: postgres://app:{url}@db/app
      DEFAULT_PASSWORD: ${{UNSET_PASSWORD:-{default}}}
      FROM_FILE: ${{DOT_ENV_PASSWORD}}
      TOGETHER: redis://:${{DOT_ENV_PASSWORD}}@cache
    labels:
      traefik.http.middlewares.auth.basicauth.users: admin:$$apr1$$q7Zk2mVx$${hash}
    annotations:
      com.example.api-key: {annotation}
    command: run --token {command} --identity={age}
    healthcheck:
      test: [CMD, redis-cli, -a, {healthcheck}, ping]
    env_file: [app.env]
    secrets: [file]
    configs: [conf]
    volumes: [media:/media, "./data:/data"]
    depends_on: [db]
  db:
    image: postgres:16
    environment: {{POSTGRES_PASSWORD: {flow}, POSTGRES_USER: app}}
    volumes: [db:/var/lib/postgresql/data]
  list:
    image: myorg/list:latest
    environment:
      - LIST_PASSWORD={list}
      - "SPACED_PASSWORD={spaced} and more"
      - GITHUB_TOKEN={github}
  cache:
    image: redis:7
    command: [redis-server, --requirepass, {requirepass}]
configs:
  conf:
    content: |
      listen = 80
      password = {config}
secrets:
  file:
    file: ./file.txt
volumes:
  db:
  media:
    driver_opts:
      type: cifs
      o: username=media,password={mount}
"#,
        comment = s.password("a comment at the top"),
        anchor = s.password("an anchor"),
        token = s.put("a comment behind a value", "ghp_", 36),
        context = s.password("a build context"),
        argument = s.put("a build argument", "npm_", 36),
        dropped = s.password("a commented line"),
        mapping = s.password("a mapping"),
        next_line = s.password("the next line"),
        url = s.password("an address"),
        default = s.password("a default"),
        hash = s.put("a hash", "", 22),
        annotation = s.password("an annotation"),
        command = s.password("a command"),
        age = s.put("a flag with `=`", "AGE-SECRET-KEY-1", 58),
        healthcheck = s.password("a health check"),
        flow = s.password("brackets"),
        list = s.password("a list"),
        spaced = s.password("a value with blanks"),
        github = s.put("a token", "ghp_", 36),
        requirepass = s.password("a list of a command"),
        config = s.password("a config"),
        mount = s.password("the options of a mount"),
    );
    write(dir.path(), "compose.yaml", &compose);
    let over = format!(
        "# PASSWORD={top}\nservices:\n  app:\n    environment:\n      DB_PASSWORD: {other} # not {beside}\n      ONLY_TOKEN: {only}\n    command: run --token {command}\n  list:\n    environment:\n      # token: {above}\n      - LIST_PASSWORD={list}\n  cache: !override\n    image: redis:7\n    command: [redis-server, --requirepass, {requirepass}]\n  extra:\n    image: extra:1\n    environment: [EXTRA_SECRET={extra}]\n",
        top = s.password("a comment of an override"),
        other = s.password("an override"),
        beside = s.put("a comment behind an override", "ghp_", 36),
        only = s.password("a variable of an override"),
        command = s.password("a command of an override"),
        above = s.put("a comment in a list", "ghp_", 36),
        list = s.password("a list of an override"),
        requirepass = s.password("what replaces a service"),
        extra = s.password("a service of an override"),
    );
    write(dir.path(), "compose.override.yaml", &over);
    write(
        dir.path(),
        ".env",
        &format!("DOT_ENV_PASSWORD={}\n# OLD_TOKEN={}\n", s.password(".env"), s.put("a comment in .env", "ghp_", 36)),
    );
    write(
        dir.path(),
        "app.env",
        &format!("APP_PASSWORD={}\nAPP_URL=redis://:{}@cache\n", s.password("an env file"), s.password("an address in an env file")),
    );
    write(dir.path(), "file.txt", &s.password("the file of a secret"));
    write(dir.path(), "data/x", "");
    dir
}

/// Adds to `leaks` what the run shows.
fn searched(secrets: &Secrets, dir: &Path, line: &str, leaks: &mut Vec<String>) -> String {
    let arguments: Vec<&str> = line.split(' ').collect();
    let text = said(dir, &arguments);
    assert!(!text.contains("unexpected argument") && !text.contains("internal error"), "{line}: {text}");
    leaks.extend(shown(secrets, &text).into_iter().map(|place| format!("{line}: {place}")));
    text
}

/// Every file below, with its path from the root; what git and composelint keep for themselves only if it is asked for.
fn below(root: &Path, kept: bool) -> Vec<(String, std::path::PathBuf)> {
    let mut out = Vec::new();
    let mut queue = vec![root.to_path_buf()];
    while let Some(directory) = queue.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            match () {
                () if name == ".composelint" && !kept => {}
                () if path.is_dir() => queue.push(path),
                () => out.push((name, path)),
            }
        }
    }
    out.sort();
    out
}

/// What a migration writes for people, and not for Compose.
fn for_people(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap();
    name == "MIGRATION.md" || name.starts_with("docs/") || file.ends_with(".example") || name.ends_with("check.sh")
}

#[test]
fn no_plan_of_a_migration_shows_a_secret() {
    let mut leaks = Vec::new();
    let mut secrets = Secrets::default();
    let dir = sound_tree(&mut secrets);
    let before: Vec<(String, Vec<u8>)> = below(dir.path(), true).into_iter().map(|(n, p)| (n, std::fs::read(p).unwrap())).collect();
    for line in [
        "migrate --to layout --force",
        "migrate --to layout --force --color always",
        "migrate --to layout --force --style extends",
        "migrate --to layout --force --replace",
        "migrate --to layout --force --add-healthchecks --add-limits --consolidate-volumes --consolidate-networks",
        "migrate --to layout --force --secrets",
        "migrate --to layout --force --env a=compose.yaml,env-file=app.env --env b=compose.yaml,compose.override.yaml",
        "migrate --secrets",
        "migrate --move compose.yaml sub/compose.yaml",
        "migrate --move compose.override.yaml sub/",
    ] {
        let text = searched(&secrets, dir.path(), line, &mut leaks);
        assert!(text.contains("How it is started") || line.contains("--move"), "{line}: {text}");
    }
    let after: Vec<(String, Vec<u8>)> = below(dir.path(), true).into_iter().map(|(n, p)| (n, std::fs::read(p).unwrap())).collect();
    assert!(before == after);
    // What is refused says why, and may quote what is written.
    let mut other = Secrets::default();
    let wrong = tree(&mut other);
    for line in [
        "migrate --to layout --force",
        "migrate --to layout --force --style extends",
        "migrate --secrets",
        "migrate --add-healthchecks --add-limits",
        "migrate --move compose.yaml sub/compose.yaml",
        "migrate --move part.yaml sub/part.yaml",
        "migrate broken --to layout --force",
        "migrate wrong --to layout --force",
        "migrate key --to layout --force",
        "migrate broken --secrets",
        "migrate wrong --secrets",
        "migrate key --secrets",
        "migrate --check",
        "migrate --rollback",
    ] {
        searched(&other, wrong.path(), line, &mut leaks);
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[cfg(unix)]
#[test]
fn what_a_migration_writes_for_people_holds_no_secret() {
    use std::os::unix::fs::PermissionsExt as _;

    for style in ["include", "extends", "include --secrets", "extends --replace"] {
        let mut leaks = Vec::new();
        let mut secrets = Secrets::default();
        let dir = sound_tree(&mut secrets);
        let line = format!("migrate --to layout --force --write --style {style}");
        let text = searched(&secrets, dir.path(), &line, &mut leaks);
        assert!(text.contains(" written; the originals"), "{text}");
        let mut people = 0;
        for (name, path) in below(dir.path(), false) {
            if for_people(&name) {
                people += 1;
                let text = std::fs::read_to_string(path).unwrap();
                leaks.extend(shown(&secrets, &text).into_iter().map(|place| format!("{style}: {name}: {place}")));
            }
        }
        assert!(people > 8, "{people} files for people");
        // The originals are whole, and nobody's but the owner's.
        let kept = dir.path().join(".composelint/rollback");
        assert_eq!(std::fs::read_to_string(kept.join(".gitignore")).unwrap(), "*\n");
        let originals: Vec<_> = below(&kept, true).into_iter().filter(|(name, _)| name.ends_with("compose.yaml")).collect();
        assert!(!originals.is_empty());
        for (name, path) in below(&kept, true).into_iter().filter(|(name, _)| name != ".gitignore") {
            if name.ends_with("manifest.json") {
                let text = std::fs::read_to_string(&path).unwrap();
                leaks.extend(shown(&secrets, &text).into_iter().map(|place| format!("{style}: {name}: {place}")));
            } else {
                assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600, "{name}");
            }
        }
        searched(&secrets, dir.path(), "migrate --check", &mut leaks);
        searched(&secrets, dir.path(), "migrate --to layout", &mut leaks);
        // What a person makes of it afterwards: a password somewhere else, and what Compose does not take.
        let env = std::fs::read_to_string(dir.path().join(".env")).unwrap();
        let wrong = secrets.password("a port");
        write(dir.path(), ".env", &format!("{env}WRONG_PASSWORD={wrong}\n"));
        let part = below(dir.path(), false).into_iter().map(|(n, _)| n).find(|n| n.ends_with("services/app.yaml")).unwrap();
        let old = std::fs::read_to_string(dir.path().join(&part)).unwrap();
        let now = old.replacen(
            "    image: myorg/app\n",
            &format!("    image: myorg/app\n    hostname: {}\n", secrets.password("no place for secrets")),
            1,
        );
        assert_ne!(old, now, "{old}");
        let changed = secrets.password("a password that changed");
        write(dir.path(), &part, &now.replacen("DATABASE_URL: postgres://app:", &format!("DATABASE_URL: postgres://app:{changed}"), 1));
        secrets.0.retain(|(place, _)| *place != "no place for secrets");
        let text = searched(&secrets, dir.path(), "migrate --check", &mut leaks);
        assert!(text.contains("no longer the project"), "{text}");
        let changed = format!("{old}  more:\n    image: x\n    mem_limit: ${{WRONG_PASSWORD}}\n    ports: [\"${{WRONG_PASSWORD}}:x\"]\n");
        write(dir.path(), &part, &changed);
        let text = searched(&secrets, dir.path(), "migrate --check", &mut leaks);
        assert!(text.contains("is refused"), "{text}");
        searched(&secrets, dir.path(), "migrate --rollback", &mut leaks);
        searched(&secrets, dir.path(), "migrate --to layout --write", &mut leaks);
        assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    }
}

#[test]
fn what_is_not_proved_is_told_without_secrets() {
    use composelint::fs::OsFs;
    use composelint::migrate::{layout, prove, show};
    use composelint::source::Sources;

    let mut secrets = Secrets::default();
    let dir = sound_tree(&mut secrets);
    let root = dir.path().canonicalize().unwrap();
    let options = layout::Options { directory: root.clone(), force: true, ..layout::Options::default() };
    let mut plan = layout::plan(&OsFs, &Sources::new(), &options).unwrap();
    // Every value that is written is another one: each is part of what is told.
    for file in &mut plan.files {
        let text = String::from_utf8(file.after.clone().unwrap()).unwrap();
        let other =
            text.replace("PASSWORD: ", "PASSWORD: x").replace("--token ", "--token x").replace("--requirepass, ", "--requirepass, x");
        file.after = Some(other.replace("password=", "password=x").into_bytes());
    }
    let not = prove(plan, &OsFs).unwrap_err();
    let (old, new) = (Sources::new(), Sources::new());
    let view = show::View::new(&not.plan, &OsFs, (&old, &new), false);
    let whys: Vec<String> = not.broken.iter().map(|b| view.text(&b.why)).collect();
    let told = show::differences(&not, &OsFs, &root, false);
    assert!(told.contains("services.app.environment.DB_PASSWORD"), "{told}");
    let text = [told, whys.join("\n"), view.overview(), view.diffs()].concat();
    assert_eq!(shown(&secrets, &text), Vec::<String>::new(), "{text}");
}
