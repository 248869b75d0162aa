//! `.composelint.yaml` as a user meets it, through the binary: what it changes, what is said of its mistakes, and where it is found.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may fail

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use composelint::compose::Loader;
use composelint::fs::MemFs;
use composelint::lint::config::dclint::{data, translate};
use composelint::lint::config::schema::schema;
use composelint::lint::{Config, LoadOptions, Workspace};
use composelint::model::Profiles;
use composelint::rules::OptionDefault;
use composelint::source::Sources;
use serde_json::Value;
use tempfile::TempDir;

fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, content) in files {
        write(dir.path(), path, content);
    }
    dir
}

fn write(dir: &Path, path: &str, content: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(path).unwrap().write_all(content.as_bytes()).unwrap();
}

/// stdout, what is said aside, the exit code.
fn run(dir: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_composelint"));
    let output = command.env_clear().current_dir(dir).stdin(Stdio::null()).args(arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let aside: Vec<String> = stderr.lines().map(|l| l.split(" · ").next().unwrap().to_owned()).collect();
    let text = format!("{}--- {}\n{}\n", String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap(), aside.join("\n"));
    text.replace(&*dir.to_string_lossy(), "ROOT")
}

fn check(dir: &Path, arguments: &[&str]) -> String {
    run(dir, &[&["check", "--format", "concise"], arguments].concat())
}

const PRIVILEGED: &str = "name: usb\nservices:\n  zigbee:\n    image: koenkk/zigbee2mqtt:1.42.0\n    privileged: true\n";
const FLOATING: &str = "name: web\nservices:\n  web:\n    image: nginx\n";

#[test]
fn severities_options_overrides_and_exclusions_hold() {
    let dir = tree(&[
        ("usb/compose.yaml", PRIVILEGED),
        ("web/compose.yaml", FLOATING),
        ("lab/compose.yaml", FLOATING),
        ("old/compose.yaml", PRIVILEGED),
        (
            ".composelint.yaml",
            "\
rules:
  privileged: info
overrides:
  - paths: [lab/]
    rules: {floating-tag: off}
exclude: [old/]
",
        ),
    ]);
    insta::assert_snapshot!(check(dir.path(), &[]), @r"
    usb/compose.yaml:5:5: info[privileged] `zigbee` runs with every right on the host
    web/compose.yaml:4:12: warning[floating-tag] `web` runs whatever `nginx:latest` is on the day it is pulled: no tag is named
    --- 1
    2 findings (1 warning, 1 note) in 3 projects, 3 files
    ");
    insta::assert_snapshot!(check(dir.path(), &["--ignore", "images", "--fail-on", "info"]), @r"
    usb/compose.yaml:5:5: info[privileged] `zigbee` runs with every right on the host
    --- 1
    1 note in 3 projects, 3 files
    ");
    insta::assert_snapshot!(check(dir.path(), &["old/compose.yaml"]), @r"
    --- 0
    passed over old/compose.yaml: excluded by `old/` in the configuration
    no Compose project under `old/compose.yaml`
    ");
    insta::assert_snapshot!(check(dir.path(), &["--no-config", "old"]), @r"
    old/compose.yaml:5:5: warning[privileged] `zigbee` runs with every right on the host
    --- 1
    1 warning in 1 project, 1 file
    ");
}

#[test]
fn presets_take_the_place_of_the_recommended_rules() {
    let dir = tree(&[("compose.yaml", PRIVILEGED), (".composelint.yaml", "presets: style\n")]);
    assert!(!check(dir.path(), &[]).contains("[privileged]"));
    assert!(check(dir.path(), &["--preset", "security"]).contains("[privileged]"));
    assert!(check(dir.path(), &["--select", "privileged"]).contains("[privileged]"));
    insta::assert_snapshot!(check(dir.path(), &["--preset", "secure"]), @r"
    --- 2
    error: there is no preset `secure`
      help: the presets are recommended, strict, security, style, all
    ");
}

#[test]
fn the_threshold_is_that_of_the_flag_then_of_the_file() {
    let dir = tree(&[("compose.yaml", PRIVILEGED), (".composelint.yaml", "fail-on: error\n")]);
    assert!(check(dir.path(), &[]).contains("--- 0\n"));
    assert!(check(dir.path(), &["--fail-on", "warning"]).contains("--- 1\n"));
    write(dir.path(), ".composelint.yaml", "fail-on: warning\n");
    assert!(run(dir.path(), &["audit", "--format", "concise"]).contains("--- 1\n"));
    assert!(run(dir.path(), &["audit", "--format", "concise", "--no-config"]).contains("--- 0\n"));
}

#[test]
fn stated_projects_take_the_place_of_their_files() {
    let dir = tree(&[
        ("base.compose.yaml", "services:\n  web:\n    networks: [front]\n"),
        ("prod.compose.yaml", "services:\n  web:\n    image: nginx:${TAG}\n    ports: [\"80:80\"]\nnetworks:\n  front:\n"),
        ("dev.compose.yaml", "services:\n  web:\n    image: nginx\n    networks: [frnot]\nnetworks:\n  front:\n"),
        ("prod.env", "TAG=1.27.3\n"),
        (
            ".composelint.yaml",
            "\
projects:
  - name: shop
    files: [base.compose.yaml]
    environments:
      production:
        files: [prod.compose.yaml]
        env-files: [prod.env]
      dev:
        files: [dev.compose.yaml]
",
        ),
    ]);
    insta::assert_snapshot!(check(dir.path(), &["-v"]), @r"
    dev.compose.yaml:3:12: warning[floating-tag] `web` runs whatever `nginx:latest` is on the day it is pulled: no tag is named
    dev.compose.yaml:4:16: error[undefined-network] service `web` uses network `frnot`, which is not declared under `networks`
    --- 1
    project shop in .: base.compose.yaml, dev.compose.yaml
    project shop in .: base.compose.yaml, prod.compose.yaml, prod.env
    2 findings (1 error, 1 warning) in 2 projects, 4 files
    1 can be fixed with --fix --unsafe-fixes
    ");
    // One of the files stands for the projects that it belongs to.
    insta::assert_snapshot!(check(dir.path(), &["prod.compose.yaml", "-v"]), @r"
    --- 0
    project shop in .: base.compose.yaml, prod.compose.yaml, prod.env
    no findings in 1 project, 3 files
    ");
}

#[test]
fn a_stated_project_without_its_files_is_an_error() {
    let dir = tree(&[
        ("compose.yaml", "services:\n  web:\n    image: nginx:1.27.3\n"),
        (".composelint.yaml", "projects:\n  - files: [compose.yaml, compose.prod.yaml]\n  - directory: api\n  - env-files: [secret.env]\n"),
    ]);
    insta::assert_snapshot!(check(dir.path(), &[]), @r"
    .composelint.yaml:2:27: error[unused-config-entry] there is no file `compose.prod.yaml`, so this project is not judged
    .composelint.yaml:3:5: error[unused-config-entry] there is no Compose file in `api`, so this project is not judged
    .composelint.yaml:4:17: warning[unused-config-entry] there is no file `secret.env`: its variables have no value here
    --- 1
    3 findings (2 errors, 1 warning) in 1 project, 1 file
    ");
}

#[test]
fn profiles_of_a_stated_project_are_active_and_the_flag_wins() {
    let fs = MemFs::new()
        .file(
            "/p/compose.yaml",
            "services:\n  web: {image: nginx}\n  db: {image: postgres, profiles: [full]}\n  ui: {image: ui, profiles: [light]}\n",
        )
        .file("/p/.composelint.yaml", "projects:\n  - profiles: [light]\n");
    let sources = Sources::new();
    let config = Arc::new(Config::discover(&Loader::new(&fs, &sources), Path::new("/p")).unwrap());
    let enabled = |profiles: Profiles| {
        let options = LoadOptions { profiles, config: Arc::clone(&config), ..LoadOptions::default() };
        let workspace = Workspace::load(&fs, &sources, &["/p".into()], &options);
        let services = workspace.projects[0].services.values();
        services.filter(|s| s.value.enabled).map(|s| s.value.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(enabled(Profiles::All), ["web", "ui"]);
    assert_eq!(enabled(Profiles::Some(vec!["full".into()])), ["web", "db"]);
}

#[test]
fn all_mistakes_are_told_and_nothing_is_judged() {
    let dir = tree(&[
        ("compose.yaml", PRIVILEGED),
        (".composelint.yaml", "rules:\n  privilegd: off\n  monolith-services: {max-services: few}\nexclude: [\"a{\"]\n"),
    ]);
    insta::assert_snapshot!(check(dir.path(), &[]), @r"
    --- 2
    error: ROOT/.composelint.yaml:2:3: there is no rule or topic `privilegd`
      help: did you mean `privileged`?
    error: ROOT/.composelint.yaml:3:37: `max-services` must be a whole number
      help: how many services one file may hold
    error: ROOT/.composelint.yaml:4:11: this is no pattern: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
      help: patterns are written as in `.gitignore`: `docs/`, `*.example.yaml`, `/old/**`
    ");
    insta::assert_snapshot!(check(dir.path(), &["--config", "none.yaml"]), @r"
    --- 2
    error: there is no file ROOT/none.yaml
      help: correct the path, or add the file
    ");
    insta::assert_snapshot!(run(dir.path(), &["config"]), @r"
    --- 2
    error: ROOT/.composelint.yaml:2:3: there is no rule or topic `privilegd`
      help: did you mean `privileged`?
    error: ROOT/.composelint.yaml:3:37: `max-services` must be a whole number
      help: how many services one file may hold
    error: ROOT/.composelint.yaml:4:11: this is no pattern: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
      help: patterns are written as in `.gitignore`: `docs/`, `*.example.yaml`, `/old/**`
    ");
}

#[test]
fn flags_that_contradict_each_other_or_name_nothing_are_refused() {
    let dir = tree(&[("compose.yaml", PRIVILEGED), ("other.yaml", "fail-on: never\n")]);
    let answer = check(dir.path(), &["--config", "other.yaml", "--no-config"]);
    assert!(answer.contains("--- 2\n") && answer.contains("cannot be used with"), "{answer}");
    assert!(check(dir.path(), &["--config", "other.yaml"]).contains("--- 0\n"));
    insta::assert_snapshot!(check(dir.path(), &["--select", "privilegd"]), @r"
    --- 2
    error: there is no rule, topic or preset `privilegd`
      help: did you mean `privileged`?
    ");
}

#[test]
fn the_nearest_file_to_all_paths_counts_and_others_below_are_named_once() {
    let dir = tree(&[
        (".git/HEAD", ""),
        (".composelint.yaml", "rules: {privileged: error}\n"),
        ("a/compose.yaml", PRIVILEGED),
        ("b/.composelint.yaml", "rules: {privileged: info}\n"),
        ("b/compose.yaml", FLOATING),
        ("b/c/compose.yaml", PRIVILEGED),
    ]);
    insta::assert_snapshot!(check(dir.path(), &["--select", "privileged"]), @r"
    a/compose.yaml:5:5: error[privileged] `zigbee` runs with every right on the host
    b/c/compose.yaml:5:5: error[privileged] `zigbee` runs with every right on the host
    b/compose.yaml:4:12: warning[floating-tag] `web` runs whatever `nginx:latest` is on the day it is pulled: no tag is named
    --- 1
    not read: b/.composelint.yaml: a run has one configuration, that of the directory it is asked for
    3 findings (2 errors, 1 warning) in 3 projects, 3 files
    ");
    // From anywhere, and for a file as for its directory.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = dir.path().join("b/c/compose.yaml");
    assert!(check(elsewhere.path(), &[file.to_str().unwrap()]).contains("info[privileged]"));
    assert!(check(&dir.path().join("b"), &["c", "../a"]).contains("error[privileged]"));
}

#[test]
fn stacks_of_different_hosts_do_not_collide() {
    let dir = tree(&[
        ("hosts/one/web/compose.yaml", "services:\n  web:\n    image: nginx:1.27.3\n    ports: [\"80:80\"]\n"),
        ("hosts/two/proxy/compose.yaml", "services:\n  web:\n    image: nginx:1.27.3\n    ports: [\"80:80\"]\n"),
        ("hosts/two/blog/compose.yaml", "services:\n  blog:\n    image: nginx:1.27.3\n    ports: [\"80:80\"]\n"),
    ]);
    let collisions = |dir: &Path| run(dir, &["audit", "--format", "concise"]).matches("[host-port-collision]").count();
    assert_eq!(collisions(dir.path()), 2);
    write(dir.path(), ".composelint.yaml", "hosts: [\"hosts/*\"]\n");
    assert_eq!(collisions(dir.path()), 1);
}

/// What a schema refuses in a value, for the words that ours uses; any other word is a mistake of the test.
fn refuses(schema: &Value, value: &Value, root: &Value) -> bool {
    let of_type = |name: &str| match name {
        "null" => value.is_null(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        other => unreachable!("{other}"),
    };
    schema.as_object().unwrap().iter().any(|(word, said)| match word.as_str() {
        "$schema" | "title" | "description" | "default" | "examples" | "definitions" | "minimum" => false,
        "type" => match said {
            Value::Array(names) => !names.iter().any(|n| of_type(n.as_str().unwrap())),
            name => !of_type(name.as_str().unwrap()),
        },
        "enum" => !said.as_array().unwrap().contains(value),
        "anyOf" => said.as_array().unwrap().iter().all(|s| refuses(s, value, root)),
        "$ref" => refuses(root.pointer(said.as_str().unwrap().trim_start_matches('#')).unwrap(), value, root),
        "required" => value.as_object().is_some_and(|o| said.as_array().unwrap().iter().any(|k| !o.contains_key(k.as_str().unwrap()))),
        "items" => value.as_array().is_some_and(|items| items.iter().any(|i| refuses(said, i, root))),
        "properties" => {
            value.as_object().is_some_and(|o| o.iter().any(|(key, v)| said.get(key).is_some_and(|schema| refuses(schema, v, root))))
        }
        "additionalProperties" => value.as_object().is_some_and(|o| {
            let known = |key: &String| schema.get("properties").is_some_and(|p| p.get(key).is_some());
            o.iter().filter(|(key, _)| !known(key)).any(|(_, v)| said == &Value::Bool(false) || refuses(said, v, root))
        }),
        other => unreachable!("{other}"),
    })
}

#[test]
fn the_schema_and_the_reader_agree() {
    let schema = schema();
    let mut good: Vec<String> = [
        "{}",
        "",
        "rules:\n",
        "compose-version: \"2.40\"",
        "compose-version: 5",
        "presets: strict",
        "presets: [recommended, security]",
        "rules: {privileged: off, security: error, images: {severity: info}, floating-tag: {severity: on, tags: [night]}}",
        "rules: {privileged: true, floating-tag: {tags: night}}",
        "overrides: [{paths: [a/], rules: {privileged: off}}, {paths: b}]",
        "exclude: docs/",
        "hosts: [\"hosts/*\"]",
        "fail-on: never",
        "baseline: known.json",
        "projects: [{files: [a.yaml], environments: {prod: {files: b.yaml, env-files: [p.env], profiles: [web], name: x, directory: y}}}]",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut bad: Vec<String> = [
        "[]",
        "rule: {}",
        "presets: [best]",
        "rules: [privileged]",
        "rules: {privilegd: off}",
        "rules: {privileged: fatal}",
        "rules: {privileged: {level: off}}",
        "rules: {security: {tags: [a]}}",
        "overrides: [{rules: {privileged: off}}]",
        "overrides: {paths: [a/]}",
        "exclude: [{a: b}]",
        "fail-on: always",
        "projects: [{file: a.yaml}]",
        "projects: [{environments: [prod]}]",
        "projects: [{environments: {prod: {environments: {}}}}]",
        "baseline: [a]",
    ]
    .map(str::to_owned)
    .to_vec();
    for rule in composelint::rules::ALL {
        let name = rule.meta.name;
        for option in rule.meta.options {
            let (right, wrong) = match option.default {
                OptionDefault::Number(n) => (n.to_string(), "many"),
                OptionDefault::Flag(flag) => (flag.to_string(), "perhaps"),
                OptionDefault::Choice(words) => (words[0].to_owned(), "neither"),
                OptionDefault::List(items) => (serde_json::json!(items).to_string(), "{a: b}"),
            };
            good.push(format!("rules: {{{name}: {{severity: error, {}: {right}}}}}", option.name));
            bad.push(format!("rules: {{{name}: {{{}: {wrong}}}}}", option.name));
        }
    }
    for (texts, wanted) in [(good, true), (bad, false)] {
        for text in texts {
            let fs = MemFs::new().file("/p/.composelint.yaml", text.as_str());
            let sources = Sources::new();
            let loader = Loader::new(&fs, &sources);
            let path = Path::new("/p/.composelint.yaml");
            let read = Config::read(&loader, path);
            assert_eq!(read.is_ok(), wanted, "the reader: {text}\n{:?}", read.err());
            let value = data(&loader.open(path).unwrap().tree).unwrap_or_default();
            assert_eq!(!refuses(&schema, &value, &schema), wanted, "the schema: {text}");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let printed = run(dir.path(), &["schema"]);
    assert_eq!(serde_json::from_str::<Value>(printed.split("--- 0").next().unwrap()).unwrap(), schema);
}

#[test]
#[allow(clippy::disallowed_methods)] // a test stands on the real disk
fn init_writes_a_file_that_is_read_again() {
    let dir = tree(&[
        ("web/compose.yaml", FLOATING),
        ("web/compose.prod.yaml", "services:\n  web:\n    restart: always\n"),
        ("web/docker-compose.dev.yml", "services:\n  web:\n    tty: true\n"),
    ]);
    insta::assert_snapshot!(run(dir.path(), &["init"]), @r"
    --- 0
    wrote .composelint.yaml
    ");
    let written = std::fs::read_to_string(dir.path().join(".composelint.yaml")).unwrap();
    insta::assert_snapshot!(written, @r#"
    # The configuration of composelint. Each key with an example: docs/configuration.md
    # For completion in editors, write the schema with `composelint schema > .composelint.schema.json`:
    # yaml-language-server: $schema=.composelint.schema.json

    # 3 Compose projects were found below this directory.

    # The rules to start from: recommended, strict, security, style, all.
    # presets: [recommended]

    # A rule or a topic: off, on, error, warning or info; or a mapping with `severity` and the rule's options.
    # `composelint rules` lists them, `composelint explain RULE` says more.
    # rules:
    #   floating-tag: error
    #   monolith-services: {max-services: 30}
    #   style: off

    # What is not judged: patterns as in .gitignore, from this directory.
    # exclude:
    #   - examples/

    # Other rules for some paths; a later override wins.
    # overrides:
    #   - paths: [tests/]
    #     rules:
    #       floating-tag: off

    # Files that are given together with several `-f`, each environment as a project of its own.
    # These look like it:
    # projects:
    #   - directory: "web"
    #     files: ["compose.yaml"]
    #     environments:
    #       "prod": {files: ["compose.prod.yaml"]}
    #       "dev": {files: ["docker-compose.dev.yml"]}

    # Directories that each hold the stacks of one host.
    # hosts: ["hosts/*"]

    # What `composelint audit` holds every stack against.
    # standard: [project-name, in-git, backed-up, no-errors]

    # Exit with 1 from this severity on: error, warning, info, never.
    # fail-on: warning
    "#);
    assert!(check(dir.path(), &[]).contains("[floating-tag]"));
    // What is commented out can be used as it is.
    let start = written.find("# projects:").unwrap();
    let projects: String =
        written[start..].split("\n\n").next().unwrap().lines().map(|l| l.trim_start_matches("# ").to_owned() + "\n").collect();
    write(dir.path(), ".composelint.yaml", &projects.replace("#   ", "  "));
    insta::assert_snapshot!(check(dir.path(), &["-v", "--ignore", "images"]), @r"
    --- 0
    project web in web: web/compose.yaml, web/compose.prod.yaml
    project web in web: web/compose.yaml, web/docker-compose.dev.yml
    no findings in 2 projects, 3 files
    ");
    insta::assert_snapshot!(run(dir.path(), &["init"]), @r"
    --- 2
    error: `.composelint.yaml` is there already
      help: edit it, or give `--force` to replace it
    ");
    insta::assert_snapshot!(run(dir.path(), &["init", "--force", "-q", "."]), @r"
    --- 0
    ");
}

const DCLINTRC: &str = r#"{
  "rules": {
    "no-version-field": 0,
    "require-quotes-in-ports": [1, {"quoteType": "single"}],
    "service-image-require-explicit-tag": [2, {"prohibitedTags": ["latest", "night"]}],
    "service-keys-order": [1, {"groups": {"core": ["image"]}}],
    "top-level-properties-order": [1, {"customOrder": ["version", "services"]}],
    "no-build-and-image": [2, {"checkPullPolicy": true}],
    "no-such-rule": 2,
    "service-container-name-regex": "error"
  },
  "quiet": true,
  "debug": false,
  "exclude": ["node_modules/", "legacy", "a/b"]
}
"#;

#[test]
#[allow(clippy::disallowed_methods)] // a test stands on the real disk
fn a_configuration_of_dclint_is_taken_over() {
    let dir = tree(&[
        (".dclintrc", DCLINTRC),
        ("package.json", &format!("{{\"name\": \"x\", \"dclint\": {DCLINTRC}}}")),
        (".dclintrc.yaml", "rules:\n  no-version-field: 2\n"),
        ("dclint.config.js", "export default {}\n"),
        ("empty.json", "{}\n"),
    ]);
    run(dir.path(), &["init", "--from", ".dclintrc"]);
    let written = std::fs::read_to_string(dir.path().join(".composelint.yaml")).unwrap();
    let from = written.find("presets:").unwrap();
    let to = written.find("# Other rules").unwrap();
    insta::assert_snapshot!(&written[from..to], @r#"
    presets: [recommended, style]

    # As the configuration of dclint has them.
    rules:
      obsolete-version: off  # no-version-field
      port-quotes: {severity: warning, quotes: single}  # require-quotes-in-ports
      floating-tag: {severity: error, tags: ["latest", "night"]}  # service-image-require-explicit-tag
      # service-keys-order, option groups: `service-keys-order` has nothing like it
      service-keys-order: warning
      top-level-order: {severity: warning, order: ["version", "services"]}  # top-level-properties-order
      build-and-image: error  # no-build-and-image
      # no-such-rule: no rule finds only this
      container-name-invalid: error  # service-container-name-regex

    # What is not judged: patterns as in .gitignore, from this directory.
    exclude:
      - "*legacy*"
      - "**/*a/b*"

    # Not taken over from dclint: `quiet`: dclint leaves out warnings; `--fail-on error` shows them and does not fail.
    "#);
    // It is read without a mistake, and says nothing in vain but where nothing lies.
    assert!(check(dir.path(), &["--no-ignores"]).contains("--- "), "{}", check(dir.path(), &[]));
    assert!(!check(dir.path(), &[]).contains("--- 2"), "{}", check(dir.path(), &[]));
    run(dir.path(), &["init", "--force", "--from", "package.json"]);
    assert_eq!(std::fs::read_to_string(dir.path().join(".composelint.yaml")).unwrap(), written);
    run(dir.path(), &["init", "--force", "--from", ".dclintrc.yaml"]);
    assert!(
        std::fs::read_to_string(dir.path().join(".composelint.yaml")).unwrap().contains("  obsolete-version: error  # no-version-field\n")
    );
    insta::assert_snapshot!(run(dir.path(), &["init", "--force", "--from", "dclint.config.js"]), @r"
    --- 2
    error: `dclint.config.js` is a program, and composelint runs none
      help: write what it exports to a `.dclintrc.json`, and name that
    ");
    assert!(run(dir.path(), &["init", "--force", "--from", "none"]).contains("--- 2"));
}

#[test]
fn every_rule_of_dclint_can_be_taken_over() {
    for name in [
        "no-build-and-image",
        "no-duplicate-container-names",
        "no-duplicate-exported-ports",
        "no-quotes-in-volumes",
        "no-unbound-port-interfaces",
        "no-version-field",
        "require-project-name-field",
        "require-quotes-in-ports",
        "service-container-name-regex",
        "service-dependencies-alphabetical-order",
        "service-image-require-explicit-tag",
        "service-keys-order",
        "service-ports-alphabetical-order",
        "services-alphabetical-order",
        "top-level-properties-order",
    ] {
        let translated = translate(&serde_json::json!({"rules": {name: 2}})).unwrap();
        assert!(translated.rules.iter().all(|line| line.contains(": error")) && !translated.rules.is_empty(), "{name}: {translated:?}");
    }
}

/// The code blocks of a document: what stands behind the fence, and the text.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            out.push((info.to_owned(), lines.by_ref().take_while(|l| *l != "```").flat_map(|l| [l, "\n"]).collect()));
        }
    }
    out
}

#[test]
#[allow(clippy::disallowed_methods)] // a test stands on the real disk
fn the_document_is_true_and_names_every_key() {
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md")).unwrap();
    let blocks = blocks(&document);
    let mut written = String::new();
    for (i, (info, text)) in blocks.iter().enumerate() {
        match info.as_str() {
            "yaml" => {
                let fs = MemFs::new().file("/p/.composelint.yaml", text.as_str());
                let sources = Sources::new();
                let read = Config::read(&Loader::new(&fs, &sources), Path::new("/p/.composelint.yaml"));
                assert!(read.is_ok(), "{text}\n{:?}", read.err());
                written.push_str(text);
            }
            "yaml wrong" => {
                let dir = tree(&[("compose.yaml", FLOATING), (".composelint.yaml", text)]);
                let said = check(dir.path(), &[]).replace("ROOT/", "");
                assert_eq!(said, format!("--- 2\n{}", blocks[i + 1].1));
            }
            "text" | "sh" => {}
            other => unreachable!("{other}"),
        }
    }
    let schema = schema();
    let keys = |pointer: &str| schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for pointer in ["/properties", "/properties/overrides/items/properties", "/properties/projects/items/properties"] {
        for key in keys(pointer) {
            assert!(written.contains(&format!("{key}:")), "no example has `{key}`");
        }
    }
    for key in keys("/properties") {
        assert!(document.contains(&format!("## `{key}`")), "no section about `{key}`");
    }
}
