//! `composelint diff` as a user meets it: files, trees, lists of files and git revisions; formats, exit codes, bad input; and no secret anywhere.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)] // a test may fail, and stands on the real disk

#[path = "support/program.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Answer, composelint, run, tree, write};
use serde_json::Value;
use tempfile::TempDir;

const FORMATS: [&str; 4] = ["human", "json", "markdown", "github"];

const WEB: &str = "\
name: web
services:
  web:
    image: nginx:1.27.3
    ports:
      - \"127.0.0.1:8080:80\"
    volumes:
      - site:/usr/share/nginx/html
volumes:
  site:
";

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/diff")
}

/// What a run answers with paths of this machine replaced.
fn told(dir: &Path, arguments: &[&str]) -> String {
    let answer = run(dir, &[&["diff"], arguments].concat());
    let root = dir.canonicalize().unwrap().display().to_string();
    answer.all().replace(&root, "ROOT").replace(&dir.display().to_string(), "ROOT")
}

fn diff(dir: &Path, arguments: &[&str]) -> Answer {
    run(dir, &[&["diff"], arguments].concat())
}

#[test]
fn for_a_pull_request() {
    insta::assert_snapshot!(diff(&testdata(), &["before", "after", "--format", "markdown", "-q"]).stdout, @r"
    ## composelint diff

    8 changes in 1 project: 2 data, 2 exposure, 4 behaviour.

    ### shop (after)

    | class | where | before | after | what comes of it |
    | --- | --- | --- | --- | --- |
    | **data** | `services.api.volumes[/uploads]` | `./uploads:/uploads`<br>before/compose.yaml:17:9 | `./files/uploads:/uploads`<br>after/compose.yaml:10:9 | `api` works with `./files/uploads` from now on; the data stays in `./uploads` |
    | **data** | `volumes.data` | `data (shop_data)`<br>before/compose.yaml:25:3 | `pgdata (shop_pgdata)`<br>after/compose.yaml:23:3 | volume `data` is now `pgdata`: the services get volume `shop_pgdata`, which starts empty; the data stays in `shop_data` |
    | **exposure** | `services.api.environment.DB_PASSWORD` |  | `***`<br>after/compose.yaml:8:20 | the secret now stands in the file itself: whoever may read the file, or its history, knows `DB_PASSWORD` |
    | **exposure** | `services.web.ports[80]` | `127.0.0.1:8080:80`<br>before/compose.yaml:8:9 | `8080:80`<br>after/compose.yaml:20:9 | every machine that reaches the host can connect to port 80 of the container |
    | behaviour | `services.api.environment.DB_PASSWORD_FILE` | `/run/secrets/db`<br>before/compose.yaml:15:25 |  | `api` no longer has the variable DB&#95;PASSWORD&#95;FILE |
    | behaviour | `services.api.image` | `shop/api:1.4`<br>before/compose.yaml:11:12 | `shop/api:1.5`<br>after/compose.yaml:5:12 | `api` runs another image |
    | behaviour | `services.api.restart` | `unless-stopped`<br>before/compose.yaml:12:14 |  | what happens when `api` ends, or the host starts, is different |
    | behaviour | `services.api.secrets[/run/secrets/db]` | `db`<br>before/compose.yaml:18:15 |  | `api` no longer finds the file /run/secrets/db |

    With the next `up`: recreated: api, db, web.
    ");
}

#[test]
fn for_the_lines_of_a_pull_request() {
    insta::assert_snapshot!(diff(&testdata(), &["before", "after", "--format", "github", "--allow", "services.*.image", "-q"]).stdout, @r"
    ::error file=testdata/diff/after/compose.yaml,line=10,title=composelint: data of shop::services.api.volumes[/uploads]: `api` works with `./files/uploads` from now on; the data stays in `./uploads`%0Abefore: ./uploads:/uploads (before/compose.yaml:17:9)%0Aafter: ./files/uploads:/uploads (after/compose.yaml:10:9)
    ::error file=testdata/diff/after/compose.yaml,line=23,title=composelint: data of shop::volumes.data: volume `data` is now `pgdata`: the services get volume `shop_pgdata`, which starts empty; the data stays in `shop_data`%0Abefore: data (shop_data) (before/compose.yaml:25:3)%0Aafter: pgdata (shop_pgdata) (after/compose.yaml:23:3)
    ::warning file=testdata/diff/after/compose.yaml,line=8,title=composelint: exposure of shop::services.api.environment.DB_PASSWORD: the secret now stands in the file itself: whoever may read the file, or its history, knows `DB_PASSWORD`%0Aafter: *** (after/compose.yaml:8:20)
    ::warning file=testdata/diff/after/compose.yaml,line=20,title=composelint: exposure of shop::services.web.ports[80]: every machine that reaches the host can connect to port 80 of the container%0Abefore: 127.0.0.1:8080:80 (before/compose.yaml:8:9)%0Aafter: 8080:80 (after/compose.yaml:20:9)
    ::notice file=testdata/diff/after/compose.yaml,line=7,title=composelint: behaviour of shop::services.api.environment.DB_PASSWORD_FILE: `api` no longer has the variable DB_PASSWORD_FILE%0Abefore: /run/secrets/db (before/compose.yaml:15:25)
    ::notice file=testdata/diff/after/compose.yaml,line=5,title=composelint: behaviour of shop::services.api.restart: what happens when `api` ends, or the host starts, is different%0Abefore: unless-stopped (before/compose.yaml:12:14)
    ::notice file=testdata/diff/after/compose.yaml,line=5,title=composelint: behaviour of shop::services.api.secrets[/run/secrets/db]: `api` no longer finds the file /run/secrets/db%0Abefore: db (before/compose.yaml:18:15)
    Not annotated, because they are accepted, cosmetic, or more than GitHub shows:
      shop: behaviour (accepted) services.api.image: `api` runs another image
    ");
}

#[test]
fn what_is_accepted_is_listed_and_fails_nothing() {
    let dir = tree(&[
        ("a.yaml", WEB),
        ("b.yaml", &WEB.replace("1.27.3", "1.27.4").replace("    ports", "    init: true\n    ports")),
        ("c.yaml", &WEB.replace("1.27.3", "1.27.4").replace("name: web\n", "# the site\nname: web\n")),
    ]);
    insta::assert_snapshot!(told(dir.path(), &["a.yaml", "b.yaml", "--allow", "services.*.image", "--all"]), @r"
    project web (.)

    BEHAVIOUR
      services.web.init
        + true  b.yaml:5:11
        another program is the first one in the container of `web`

    ACCEPTED
      services.web.image  behaviour
        - nginx:1.27.3  a.yaml:4:12
        + nginx:1.27.4  b.yaml:4:12
        `web` runs another image

    SERVICES, with the next `up`
      recreated  web  `image` and `init` changed

    --- stderr
    2 changes in 1 project: 1 behaviour, 1 accepted
    --- exit code 1
    ");
    let code = |arguments: &[&str]| diff(dir.path(), arguments).code;
    assert_eq!(code(&["a.yaml", "b.yaml"]), 1);
    assert_eq!(code(&["a.yaml", "b.yaml", "--fail-on", "exposure"]), 0);
    assert_eq!(code(&["a.yaml", "b.yaml", "--allow", "services.web.*"]), 0);
    assert_eq!(code(&["a.yaml", "b.yaml", "--allow", "*.image", "--allow", "*.init"]), 0);
    assert_eq!(code(&["a.yaml", "c.yaml", "--allow", "*.image"]), 0);
    assert_eq!(code(&["b.yaml", "c.yaml", "--allow", "*.init"]), 0);
}

#[test]
fn each_class_fails_at_its_level() {
    let dir = tree(&[
        ("base.yaml", WEB),
        ("data.yaml", &WEB.replace("site", "pages")),
        ("exposure.yaml", &WEB.replace("127.0.0.1:", "")),
        ("behaviour.yaml", &WEB.replace("1.27.3", "1.27.4")),
        ("cosmetic.yaml", &format!("# the site\n{WEB}")),
    ]);
    for (file, fails) in [
        ("data", ["data", "exposure", "behaviour", "any"].as_slice()),
        ("exposure", &["exposure", "behaviour", "any"]),
        ("behaviour", &["behaviour", "any"]),
        ("cosmetic", &[]),
        ("base", &[]),
    ] {
        for level in ["data", "exposure", "behaviour", "any"] {
            let answer = diff(dir.path(), &["base.yaml", &format!("{file}.yaml"), "--fail-on", level, "--all"]);
            assert_eq!(answer.code, i32::from(fails.contains(&level)), "{file} {level}");
        }
    }
}

#[test]
fn what_is_only_written_otherwise_is_shown_on_demand() {
    let dir = tree(&[("a.yaml", WEB), ("b.yaml", &WEB.replace("\"127.0.0.1:8080:80\"", "127.0.0.1:8080:80"))]);
    insta::assert_snapshot!(told(dir.path(), &["a.yaml", "b.yaml"]), @r"
    --- stderr
    no difference in 1 project
    --- exit code 0
    ");
    insta::assert_snapshot!(told(dir.path(), &["a.yaml", "b.yaml", "--all"]), @r"
    project web (.)

    COSMETIC
      services.web
        - as written  a.yaml:3:3
        + as written  b.yaml:3:3
        it is written in another way and means the same

    SERVICES, with the next `up`
      unchanged  web

    --- stderr
    1 change in 1 project: 1 cosmetic
    --- exit code 0
    ");
}

/// Two trees: a project that changed, one that did not, one that is gone, one that is new, one that has another name, one that moved, and one that
/// is broken.
fn trees() -> TempDir {
    let app = |name: &str| format!("services:\n  {name}:\n    image: {name}:1.0\n");
    tree(&[
        ("old/web/compose.yaml", WEB),
        ("new/web/compose.yaml", &WEB.replace("127.0.0.1:", "")),
        ("old/same/compose.yaml", &app("same")),
        ("new/same/compose.yaml", &app("same")),
        ("old/gone/compose.yaml", &(app("gone") + "    volumes: [kept:/data]\nvolumes: {kept: }\n")),
        ("new/fresh/compose.yaml", &(app("fresh") + "    ports: [\"9000:9000\"]\n")),
        ("old/named/compose.yaml", &format!("name: first\n{}", app("named"))),
        ("new/named/compose.yaml", &format!("name: second\n{}", app("named"))),
        ("old/here/compose.yaml", &format!("name: mover\n{}", app("mover"))),
        ("new/there/compose.yaml", &format!("name: mover\n{}", app("mover"))),
        ("old/broken/compose.yaml", "services:\n  a:\n    image: a\n    networks: [nowhere]\n"),
        ("new/broken/compose.yaml", "services:\n  a:\n    image: a\n    networks: [nowhere]\n"),
    ])
}

#[test]
fn projects_of_two_trees_are_matched() {
    let dir = trees();
    // Broken in the same way on both sides: it did not change.
    insta::assert_snapshot!(told(dir.path(), &["old", "new"]), @r"
    project fresh (new/fresh): new project

    EXPOSURE
      project
        + fresh  new/fresh/compose.yaml:1:1
        `fresh` is started, and publishes 9000:9000

    SERVICES, with the next `up`
      started    fresh

    project gone (old/gone): project gone

    DATA
      project
        - gone  old/gone/compose.yaml:1:1
        no file describes its containers any more: the container of `gone` goes on running until `up --remove-orphans`; volume `gone_kept` stays, and nothing uses it any more

    SERVICES, with the next `up`
      orphaned   gone

    project second (new/named)

    BEHAVIOUR
      name
        - first   old/named/compose.yaml:1:7
        + second  new/named/compose.yaml:1:7
        Compose makes all containers and networks anew as `second` and no longer knows those of `first`, which go on running

    SERVICES, with the next `up`
      started    named  in the new project `second`
      orphaned   named  project `first` is described no more

    project web (new/web)

    EXPOSURE
      services.web.ports[80]
        - 127.0.0.1:8080:80  old/web/compose.yaml:6:9
        + 8080:80            new/web/compose.yaml:6:9
        every machine that reaches the host can connect to port 80 of the container

    SERVICES, with the next `up`
      recreated  web  `ports` changed

    --- stderr
    `old` and `new` are different directories: what lies below them is compared relative to them; `--absolute` compares paths as they are
    4 changes in 4 of 7 projects: 1 data, 2 exposure, 1 behaviour
    --- exit code 1
    ");
    write(dir.path(), "new/broken/compose.yaml", "services:\n  a:\n    image: a\n    networks: [elsewhere]\n");
    let answer = diff(dir.path(), &["old", "new", "--format", "json"]);
    assert_eq!(answer.code, 2);
    let document: Value = serde_json::from_str(&answer.stdout).unwrap();
    let states: Vec<String> = document["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| format!("{} {} {}", p["name"].as_str().unwrap(), p["directory"].as_str().unwrap(), p["state"].as_str().unwrap()))
        .collect();
    insta::assert_snapshot!(states.join("\n"), @r"
    broken new/broken refused
    fresh new/fresh new
    gone old/gone gone
    second new/named changed
    same new/same same
    mover new/there same
    web new/web changed
    ");
    insta::assert_snapshot!(answer.stderr, @r"
    `old` and `new` are different directories: what lies below them is compared relative to them; `--absolute` compares paths as they are
    4 changes in 4 of 6 projects: 1 data, 2 exposure, 1 behaviour; 1 project could not be compared
    error: a project could not be compared, because Compose refuses it; the others are reported
    ");
}

#[test]
fn what_compose_refuses_is_not_compared() {
    let dir = tree(&[("a.yaml", WEB), ("b.yaml", &WEB.replace("  site:\n", "  other:\n")), ("c.yaml", "services: [\n")]);
    insta::assert_snapshot!(told(dir.path(), &["a.yaml", "b.yaml"]), @r"
    project web (.): could not be compared

      Compose refuses the later one: service `web` uses volume `site`, which is not declared under `volumes`  b.yaml:8:9

    --- stderr
    1 project could not be compared
    error: a project could not be compared, because Compose refuses it
    --- exit code 2
    ");
    insta::assert_snapshot!(told(dir.path(), &["c.yaml", "a.yaml", "--format", "github"]), @r"
    ::error file=c.yaml,line=1,title=composelint: could not compare::this `[` is not closed
    --- stderr
    1 project could not be compared
    error: a project could not be compared, because Compose refuses it
    --- exit code 2
    ");
    insta::assert_snapshot!(told(dir.path(), &["b.yaml", "b.yaml", "-q"]), @r"
    project web (.): could not be compared

      Compose refuses the earlier one: service `web` uses volume `site`, which is not declared under `volumes`  b.yaml:8:9

      Compose refuses the later one: service `web` uses volume `site`, which is not declared under `volumes`  b.yaml:8:9

    --- stderr
    error: a project could not be compared, because Compose refuses it
    --- exit code 2
    ");
}

#[test]
fn what_cannot_be_meant_is_answered_with_what_to_do() {
    let dir = tree(&[("compose.yaml", WEB), ("empty/file", "")]);
    for (arguments, wanted) in [
        (vec![], "error: neither the earlier nor the later version is given\n  help: give both, such as `composelint diff HEAD: .`"),
        (vec!["."], "error: one of the two versions is not given"),
        (vec!["--old-f", "compose.yaml", ".", "."], "error: a version is given twice: by `--old-f` or `--new-f`, and by a path"),
        (vec![".", "nowhere"], "error: there is no file or directory `nowhere`\n  help: correct the path"),
        (vec!["HEAD:", "."], "error: `HEAD:`: `ROOT` is in no git repository\n  help: only what lies in a git repository has revisions"),
        (vec!["--old-f", ".", "."], "error: `.` is a directory, not a file\n  help: name the file in it"),
        (vec!["empty", "empty"], "error: there is no Compose project in `empty`, nor in `empty`"),
        (vec![".", ".", "--old-project-directory", "x"], "error: `.` is a directory with projects of its own, each with its directory"),
        (vec![".", ".", "--compose-version", "3"], "error: the answers of Compose `3` are not known"),
        (vec![".", ".", "-o", "no/where"], "error: `no/where` cannot be written: there is no directory `ROOT/no`"),
        (vec![".", ".", "--format", "yaml"], "error: invalid value 'yaml' for '--format <FORMAT>'"),
        (vec![".", ".", "--fail-on", "never"], "error: invalid value 'never' for '--fail-on <CLASS>'"),
        (vec![".", ".", "."], "error: unexpected argument '.' found"),
        (vec!["--env-file", "a", "--old-env-file", "b", ".", "."], "cannot be used with"),
    ] {
        let said = told(dir.path(), &arguments);
        assert!(said.contains(wanted), "{arguments:?}: {said}");
        assert!(said.ends_with("--- exit code 2\n"), "{arguments:?}: {said}");
    }
}

#[test]
fn lists_of_files_are_merged_as_compose_merges_them() {
    let dir = tree(&[
        ("base.yaml", WEB),
        ("prod.yaml", "services:\n  web:\n    ports:\n      - \"443:443\"\n    environment: {LEVEL: \"${LEVEL:-info}\"}\n"),
        ("prod.env", "LEVEL=error\n"),
        ("sub/base.yaml", &WEB.replace("site:/usr", "./site:/usr").replace("volumes:\n  site:\n", "")),
    ]);
    insta::assert_snapshot!(told(dir.path(), &["--old-f", "base.yaml", "--new-f", "base.yaml", "--new-f", "prod.yaml"]), @r"
    project web (.)

    EXPOSURE
      services.web.ports[443]
        + 443:443  prod.yaml:4:9
        every machine that reaches the host can connect to port 443 of the container

    BEHAVIOUR
      services.web.environment.LEVEL
        + info  prod.yaml:5:26
        `web` has the variable LEVEL, which it did not have

    SERVICES, with the next `up`
      recreated  web  `environment` and `ports` changed

    --- stderr
    2 changes in 1 project: 1 exposure, 1 behaviour
    --- exit code 1
    ");
    let paths = |arguments: &[&str]| {
        let answer = diff(dir.path(), &[arguments, &["--format", "json"]].concat());
        let document: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.all()));
        let changes = document["projects"][0]["changes"].as_array().unwrap().clone();
        changes
            .iter()
            .map(|c| format!("{}={}", c["path"].as_str().unwrap(), c["after"]["text"].as_str().unwrap_or("-")))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let both = ["--old-f", "base.yaml", "--old-f", "prod.yaml", "--new-f", "base.yaml", "--new-f", "prod.yaml"];
    assert_eq!(paths(&both), "");
    assert_eq!(paths(&[&both[..], &["--new-env-file", "prod.env"]].concat()), "services.web.environment.LEVEL=error");
    assert_eq!(paths(&[&both[..], &["--env-file", "prod.env"]].concat()), "");
    assert_eq!(paths(&[&both[..], &["--new-env-file", "prod.env", "--no-interpolate"]].concat()), "");
    // The directory is another one, and its paths with it.
    assert_eq!(
        paths(&["--old-f", "sub/base.yaml", "--new-f", "sub/base.yaml", "--new-project-directory", "."]),
        "services.web.volumes[/usr/share/nginx/html]=./site:/usr/share/nginx/html"
    );
}

#[test]
fn environments_are_projects_of_their_own_and_a_variable_is_shown_where_it_is_set() {
    let config = "projects:\n  - files: [compose.yaml]\n    environments:\n      production: {env-files: [prod.env]}\n      dev: {files: [dev.yaml]}\n";
    let mut files: Vec<(String, &str)> = Vec::new();
    for (side, tag) in [("old", "TAG=1\n"), ("new", "TAG=2\n")] {
        files.push((format!("{side}/.composelint.yaml"), config));
        files.push((format!("{side}/compose.yaml"), "name: p\nservices:\n  a:\n    image: a:${TAG:-0}\n"));
        files.push((format!("{side}/dev.yaml"), "services:\n  a:\n    tty: true\n"));
        files.push((format!("{side}/prod.env"), tag));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), *t)).collect();
    let dir = tree(&files);
    insta::assert_snapshot!(told(dir.path(), &["old", "new"]), @r"
    project p, environment production (new)

    BEHAVIOUR
      services.a.image
        - a:1  old/prod.env:1:1
        + a:2  new/prod.env:1:1
        `a` runs another image

    SERVICES, with the next `up`
      recreated  a  `image` changed

    --- stderr
    `old` and `new` are different directories: what lies below them is compared relative to them; `--absolute` compares paths as they are
    1 change in 1 of 2 projects: 1 behaviour
    --- exit code 1
    ");
}

#[test]
fn what_was_compared_is_told_on_demand() {
    let dir = trees();
    insta::assert_snapshot!(diff(dir.path(), &["old", "new", "-v", "--format", "github", "--allow", "*.imgae", "--absolute"]).stderr, @r"
    project broken: old/broken and new/broken: same
    project fresh: nothing and new/fresh: new
    project gone: old/gone and nothing: gone
    project second: old/named and new/named: changed
    project same: old/same and new/same: same
    project mover: old/here and new/there: same
    project web: old/web and new/web: changed
    `--allow *.imgae` matches no change
    4 changes in 4 of 7 projects: 1 data, 2 exposure, 1 behaviour
    ");
}

#[test]
fn profiles_restrict_what_is_compared() {
    let text = |image: &str| format!("services:\n  a:\n    image: a:1\n  b:\n    image: b:{image}\n    profiles: [extra]\n");
    let dir = tree(&[("a.yaml", &text("1")), ("b.yaml", &text("2"))]);
    assert_eq!(diff(dir.path(), &["a.yaml", "b.yaml"]).code, 1);
    assert_eq!(diff(dir.path(), &["a.yaml", "b.yaml", "--profile", "other"]).code, 0);
    assert_eq!(diff(dir.path(), &["a.yaml", "b.yaml", "--profile", "extra"]).code, 1);
}

#[test]
fn what_is_written_can_be_compared() {
    let text = |value: &str| {
        format!("services:\n  a:\n    image: a:${{TAG:-1}}\n    environment:\n      - LEVEL={value}\n    volumes: [\"./x:/x\"]\n")
    };
    let dir = tree(&[
        ("one/compose.yaml", &text("${LEVEL}")),
        ("two/compose.yaml", &text("${LOG_LEVEL}")),
        ("one/.env", "LEVEL=a\n"),
        ("two/.env", "LOG_LEVEL=a\n"),
    ]);
    insta::assert_snapshot!(told(dir.path(), &["one/compose.yaml", "two/compose.yaml", "--no-interpolate", "-q"]), @r"
    project two (two)

    BEHAVIOUR
      name
        - one
        + two
        Compose makes all containers and networks anew as `two` and no longer knows those of `one`, which go on running
      services.a.environment.LEVEL
        - ${LEVEL}      one/compose.yaml:5:9
        + ${LOG_LEVEL}  two/compose.yaml:5:9
        `a` sees another value of LEVEL

    --- stderr

    --- exit code 1
    ");
}

#[test]
fn a_copy_elsewhere_is_the_same_project() {
    let text = "name: p\nservices:\n  a:\n    image: a:1\n    build: ./a\n    volumes: [\"./data:/data\", \"/srv/media:/media\"]\nsecrets: {s: {file: ./s}}\n";
    let dir = tree(&[("one/compose.yaml", text), ("two/compose.yaml", text), ("one/inner/compose.yaml", text)]);
    assert_eq!(diff(dir.path(), &["one/compose.yaml", "two/compose.yaml"]).code, 0);
    let answer = diff(dir.path(), &["one/compose.yaml", "two/compose.yaml", "--absolute"]);
    assert!(
        answer.code == 1 && answer.stdout.contains("services.a.build.context") && answer.stdout.contains("services.a.volumes[/data]"),
        "{}",
        answer.all()
    );
    // Moved into itself: its paths are others.
    let answer = diff(dir.path(), &["one/compose.yaml", "one/inner/compose.yaml"]);
    assert!(answer.code == 1 && answer.stdout.contains("+ ./data:/data") && answer.stdout.contains("- "), "{}", answer.all());
}

/// Runs git in a directory, cut off from the configuration of whoever runs the tests. False: there is no git here.
fn git(directory: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    let command =
        command.current_dir(directory).args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]);
    let command = command.args(["-c", "commit.gpgsign=false"]).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    match command.args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(error) => {
            println!("skipped: git cannot be run ({error})");
            false
        }
    }
}

/// A repository with two commits and an ignored `.env`. `None` without git.
fn history() -> Option<TempDir> {
    let base = "services:\n  base:\n    image: base:1.0\n    environment: {TOKEN: \"${TOKEN}\"}\n    env_file: [app.env]\n";
    let dir = tree(&[
        ("stacks/web/compose.yaml", WEB),
        ("stacks/app/compose.yaml", "include: [../shared/base.yaml]\nservices:\n  app:\n    image: app:1.0\n"),
        ("stacks/shared/base.yaml", base),
        ("stacks/shared/app.env", "COMMITTED=1\n"),
        ("stacks/gone/compose.yaml", "services:\n  gone:\n    image: gone:1.0\n"),
        (".gitignore", ".env\n"),
        ("stacks/shared/.env", "TOKEN=k3pt-0ut-0f-g1t\n"),
    ]);
    let at = dir.path();
    if !(git(at, &["init", "-q"]) && git(at, &["add", "-A"]) && git(at, &["commit", "-q", "-m", "one"])) {
        return None;
    }
    write(at, "stacks/shared/base.yaml", base.replace("base:1.0", "base:2.0"));
    std::fs::remove_dir_all(at.join("stacks/gone")).unwrap();
    git(at, &["add", "-A"]);
    git(at, &["commit", "-q", "-m", "two"]);
    write(at, "stacks/web/compose.yaml", WEB.replace("127.0.0.1:", ""));
    Some(dir)
}

#[test]
fn git_revisions_are_read_where_they_would_be() {
    let Some(dir) = history() else { return };
    let at = dir.path();
    insta::assert_snapshot!(told(at, &["HEAD~1:", "."]), @r"
    project app (stacks/app)

    BEHAVIOUR
      services.base.image
        - base:1.0  HEAD~1:stacks/shared/base.yaml:3:12
        + base:2.0  stacks/shared/base.yaml:3:12
        `base` runs another image

    SERVICES, with the next `up`
      recreated  base  `image` changed
      unchanged  app

    project gone (stacks/gone): project gone

    BEHAVIOUR
      project
        - gone  HEAD~1:stacks/gone/compose.yaml:1:1
        no file describes its containers any more, and they go on running: `gone`

    SERVICES, with the next `up`
      orphaned   gone

    project web (stacks/web)

    EXPOSURE
      services.web.ports[80]
        - 127.0.0.1:8080:80  HEAD~1:stacks/web/compose.yaml:6:9
        + 8080:80            stacks/web/compose.yaml:6:9
        every machine that reaches the host can connect to port 80 of the container

    SERVICES, with the next `up`
      recreated  web  `ports` changed

    --- stderr
    read from the work tree for both, because git has no history of it: stacks/shared/.env
    3 changes in 3 projects: 1 exposure, 2 behaviour
    --- exit code 1
    ");
    insta::assert_snapshot!(told(at, &["HEAD~1:", "HEAD:", "-q"]), @r"
    project app (stacks/app)

    BEHAVIOUR
      services.base.image
        - base:1.0  HEAD~1:stacks/shared/base.yaml:3:12
        + base:2.0  HEAD:stacks/shared/base.yaml:3:12
        `base` runs another image

    SERVICES, with the next `up`
      recreated  base  `image` changed
      unchanged  app

    project gone (stacks/gone): project gone

    BEHAVIOUR
      project
        - gone  HEAD~1:stacks/gone/compose.yaml:1:1
        no file describes its containers any more, and they go on running: `gone`

    SERVICES, with the next `up`
      orphaned   gone

    --- stderr

    --- exit code 1
    ");
    insta::assert_snapshot!(told(&at.join("stacks"), &["HEAD:./web", "web", "-q"]), @r"
    project web (web)

    EXPOSURE
      services.web.ports[80]
        - 127.0.0.1:8080:80  HEAD:stacks/web/compose.yaml:6:9
        + 8080:80            web/compose.yaml:6:9
        every machine that reaches the host can connect to port 80 of the container

    SERVICES, with the next `up`
      recreated  web  `ports` changed

    --- stderr

    --- exit code 1
    ");
    let code = |arguments: &[&str]| diff(at, arguments).code;
    assert_eq!(code(&["HEAD:", "HEAD:"]), 0);
    assert_eq!(code(&["main:stacks/web", "stacks/web"]), 1);
    assert_eq!(code(&["HEAD:stacks/web/compose.yaml", "stacks/web/compose.yaml"]), 1);
    assert_eq!(code(&["--old-f", "HEAD~1:stacks/app/compose.yaml", "--new-f", "HEAD:stacks/app/compose.yaml"]), 1);
    // From elsewhere in the repository a path starts at its root all the same.
    assert_eq!(diff(&at.join("stacks/web"), &["HEAD:stacks/web", "HEAD:."]).code, 0);
    assert_eq!(diff(&at.join("stacks/web"), &["HEAD:../app", "HEAD:stacks/app"]).code, 0);
    // Nothing was checked out.
    assert!(!at.join("stacks/gone").exists());
}

#[test]
fn revisions_that_there_are_not() {
    let Some(dir) = history() else { return };
    for (arguments, wanted) in [
        (
            ["mian:", "."],
            "error: `mian:`: git has no revision `mian`\n  help: `git branch -a` and `git tag` list the names there are; if a file was meant",
        ),
        (["HEAD~9:", "."], "error: `HEAD~9:`: git has no revision `HEAD~9`\n  help: the history may be shorter"),
        (["HEAD:web", "."], "error: `HEAD` has no `web`\n  help: the path starts at the root of the repository; `HEAD:./web` starts here"),
        (["HEAD:./web", "."], "error: `HEAD` has no `./web`\n  help: correct the path"),
        (
            ["HEAD", "."],
            "error: there is no file or directory `HEAD`\n  help: if the git revision is meant, write a colon behind it: `HEAD:`",
        ),
        (["HEAD@{1}:", "."], "error: `HEAD@{1}:`: `HEAD@{1}` is a form of revision that composelint does not read"),
    ] {
        let said = told(dir.path(), &arguments);
        assert!(said.contains(wanted) && said.ends_with("--- exit code 2\n"), "{arguments:?}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn what_git_has_no_history_of_is_no_change() {
    let Some(dir) = history() else { return };
    let at = dir.path();
    // Ignored, and an env file that nobody added: both sides have them. Another new file is new.
    write(at, "stacks/web/.env", "A=1\n");
    write(at, "stacks/web/local.env", "B=1\n");
    write(at, "stacks/web/compose.override.yaml", "services:\n  web:\n    env_file: [local.env]\n    environment: {A: \"${A}\"}\n");
    git(at, &["add", "stacks/web/compose.override.yaml"]);
    git(at, &["commit", "-q", "-m", "three"]);
    let answer = diff(at, &["HEAD:stacks/web", "stacks/web"]);
    assert!(answer.stdout.contains("ports[80]") && !answer.stdout.contains("environment"), "{}", answer.all());
    assert!(answer.stderr.contains("because git has no history of it: stacks/web/.env, stacks/web/local.env\n"), "{}", answer.stderr);
    // A link is what it was in the revision.
    std::os::unix::fs::symlink("web", at.join("stacks/link")).unwrap();
    std::os::unix::fs::symlink("../../../outside", at.join("stacks/web/out")).unwrap();
    git(at, &["add", "-A", "stacks/link", "stacks/web/out"]);
    git(at, &["commit", "-q", "-m", "four"]);
    std::fs::remove_file(at.join("stacks/link")).unwrap();
    let answer = diff(at, &["HEAD:stacks/link/compose.yaml", "stacks/web/compose.yaml"]);
    assert!(answer.code == 1 && answer.stdout.contains("services.web.ports[80]"), "{}", answer.all());
}

#[test]
fn no_secret_is_shown_in_any_format() {
    const OLD: &str = "Zq8vXw3TrN5kLm2P";
    const NEW: &str = "Hj7sQy4BcF9dGk1R";
    let text = |s: &str| {
        format!(
            "services:\n  app:\n    image: \"app:1\"\n    command: [serve, --password, {s}, --token={s}]\n    entrypoint: app --api-key {s}\n\
             \x20   environment:\n      API_TOKEN: {s}\n      DATABASE_URL: postgres://u:{s}@db/x\n      FROM: \"${{ADMIN_PASSWORD}}\"\n      SHORT_PASSWORD: p{}\n\
             \x20   labels:\n      auth.password: {s}\n    healthcheck:\n      test: [CMD, curl, -u, \"u:{s}\", \"http://u:{s}@localhost\"]\n\
             \x20   env_file: [app.env]\n    build:\n      context: \"https://u:{s}@git.example.org/x.git\"\n      args: {{NPM_TOKEN: {s}}}\n\
             \x20   logging: {{driver: syslog, options: {{secret-key: {s}}}}}\n\
             \x20   extra_hosts: [\"h:10.0.0.1\"]\n    configs: [c]\n\
             configs:\n  c:\n    content: |\n      password={s}\n      other=1\n",
            &s[..1]
        )
    };
    let mut files = Vec::new();
    for (side, secret) in [("old", OLD), ("new", NEW)] {
        files.push((format!("{side}/compose.yaml"), text(secret)));
        files.push((format!("{side}/.env"), format!("ADMIN_PASSWORD={secret}\n")));
        files.push((format!("{side}/app.env"), format!("APP_PASSWORD={secret}\n")));
        files.push((
            format!("{side}/refused/compose.yaml"),
            format!("services:\n  app:\n    image: a\n    environment:\n      DB_PASSWORD: {secret}\n    mem_limit: \"{secret}\"\n"),
        ));
    }
    files.push(("only/compose.yaml".to_owned(), text(OLD)));
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let dir = tree(&files);
    for arguments in [["old", "new"], ["old/compose.yaml", "new/compose.yaml"], ["old", "only"], ["only", "new"]] {
        for format in FORMATS {
            for more in [&[][..], &["--all"], &["--no-interpolate"]] {
                let answer = diff(dir.path(), &[&arguments[..], &["--format", format], more].concat());
                let said = answer.all();
                for secret in [OLD, NEW, "pZ", "pH", &OLD[..8], &NEW[..8]] {
                    let lines: Vec<&str> = said.lines().filter(|l| l.contains(secret)).collect();
                    assert!(lines.is_empty(), "{arguments:?} {format} {more:?}: {lines:#?}");
                }
            }
        }
    }
}

#[test]
fn hostile_text_is_shown_and_not_obeyed() {
    let text = |value: &str| {
        format!(
            "services:\n  \"a\":\n    image: x\n    labels:\n      \"k\\e[2J\\n::error::x|`\": \"{value}\\e]0;x\\a\\u202e ##[group]<b>|`*\"\n    command: [\"{value}\", \"\\r\\n::stop\"]\n"
        )
    };
    let dir = tree(&[("a.yaml", &text("one")), ("b.yaml", &text("two"))]);
    for format in FORMATS {
        let answer = diff(dir.path(), &["a.yaml", "b.yaml", "--format", format]);
        assert_eq!(answer.code, 1, "{}", answer.all());
        assert!(!answer.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}', '\r']), "{format}: {}", answer.stdout);
        let command = |l: &&str| l.trim_start().starts_with("::") && !l.starts_with("::notice file=b.yaml,");
        let obeyed = |l: &str| command(&l) || l.contains("##[");
        assert!(format != "github" || !answer.stdout.lines().any(obeyed), "{}", answer.stdout);
    }
}

#[test]
fn long_values_are_shown_where_they_part() {
    let text =
        |end: &str| format!("services:\n  a:\n    image: x\n    labels:\n      l: \"{}{end}{}\"\n", "x".repeat(500), "y".repeat(500));
    let dir = tree(&[("a.yaml", &text("one")), ("b.yaml", &text("two"))]);
    let answer = diff(dir.path(), &["a.yaml", "b.yaml", "-q"]);
    assert!(answer.stdout.contains("xoneyy") && answer.stdout.contains("xtwoyy"), "{}", answer.stdout);
    assert!(answer.stdout.lines().all(|l| l.chars().count() < 200), "{}", answer.stdout);
}

#[test]
fn the_answer_does_not_depend_on_threads() {
    let dir = trees();
    let said = |threads: &str| {
        let output = composelint(dir.path()).args(["diff", "old", "new", "--all"]).env("RAYON_NUM_THREADS", threads).output().unwrap();
        (output.stdout, output.stderr)
    };
    let first = said("1");
    for threads in ["2", "8"] {
        assert_eq!(said(threads), first);
    }
}

#[test]
fn the_answer_can_be_written_to_a_file() {
    let dir = tree(&[("a.yaml", WEB), ("b.yaml", &WEB.replace("site", "pages"))]);
    let answer = diff(dir.path(), &["a.yaml", "b.yaml", "--format", "json", "-o", "out.json", "--color", "always"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(dir.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(document["summary"]["data"], 1);
    let colours = diff(dir.path(), &["a.yaml", "b.yaml", "--color", "always"]).stdout;
    assert!(colours.contains("\u{1b}["));
}
