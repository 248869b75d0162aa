//! The binary as a user meets it: exit codes, formats, bad input, colours, pipes; and that no format ever shows a secret.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may fail

#[path = "support/program.rs"]
mod program;

use std::process::Stdio;

use program::{composelint, run, tree, write};
use tempfile::TempDir;

const FORMATS: [&str; 10] = ["human", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "checkstyle", "markdown"];
/// Those that show a host and not only findings.
const AUDIT_FORMATS: [&str; 4] = ["html", "mermaid", "dot", "svg"];

/// Nothing to complain about.
const CLEAN: &str = "\
name: clean
services:
  web:
    image: nginx:1.27.3
";

/// One error: a network that is not declared.
const BROKEN: &str = "\
name: broken
services:
  web:
    image: nginx:1.27.3
    networks: [frontned]
networks:
  frontend:
    name: frontend
  other:
";

/// One warning.
const PRIVILEGED: &str = "\
name: privileged
services:
  zigbee:
    image: koenkk/zigbee2mqtt:1.42.0
    privileged: true
";

/// A product of two files, with a secret in each of the places that secrets are found in.
fn leaky() -> TempDir {
    tree(&[
        (
            "shop/compose.yaml",
            "\
name: shop
include:
  - infra/db.yaml
services:
  web:
    image: shop:1.4
    privileged: true
    environment:
      SESSION_SECRET: Xq7-Sess10n
      DATABASE_URL: postgres://shop:Xq7-Ur1pass@db/shop
      FROM_ENV: \"${API_TOKEN}-suffix\"
    build:
      context: .
      args:
        NPM_TOKEN: Xq7-Bu1ldarg
    command: [serve, --api-key, Xq7-Comm4nd]
    labels:
      - \"auth.password=Xq7-L4bel\"
    networks: [\"Xq7-Sess10n\"]
",
        ),
        (
            "shop/infra/db.yaml",
            "\
services:
  db:
    image: postgres:17.2
    environment:
      POSTGRES_PASSWORD: &pw Xq7-Anch0r
      # ROOT_PASSWORD: Xq7-C0mment
    privileged: true
    ports:
      - \"5432:5432\"
  cache:
    image: redis:7.4
    command: redis-server --requirepass Xq7-R3dis
    privileged: true
    healthcheck:
      test: redis-cli -a Xq7-R3dis ping
    networks: {a: [Xq7-Anch0r]}
",
        ),
        ("shop/.env", "API_TOKEN=Xq7-D0tenv\n"),
        ("broken/compose.yaml", "services:\n  web:\n    environment:\n      DB_PASSWORD: Xq7-Br0ken\n   image: [\n"),
        (
            "odd/compose.yaml",
            "services:\n  web:\n    image: a:1\n    environment:\n      DB_PASSWORD: [Xq7-L1st]\n    mem_limit: postgres://a:Xq7-Ur1two@b\n",
        ),
    ])
}

#[test]
fn exit_codes_say_what_was_found() {
    let dir = tree(&[("clean/compose.yaml", CLEAN), ("privileged/compose.yaml", PRIVILEGED), ("broken/compose.yaml", BROKEN)]);
    let code = |arguments: &[&str]| run(dir.path(), arguments).code;
    assert_eq!(code(&["check", "clean"]), 0);
    assert_eq!(code(&["check", "privileged"]), 1);
    assert_eq!(code(&["check", "privileged", "--fail-on", "error"]), 0);
    assert_eq!(code(&["check", "privileged", "--ignore", "privileged"]), 0);
    assert_eq!(code(&["check", "privileged", "--ignore", "security"]), 0);
    assert_eq!(code(&["check", "broken", "--fail-on", "error"]), 1);
    assert_eq!(code(&["check", "broken", "--fail-on", "never"]), 0);
    assert_eq!(code(&["check"]), 1);
    assert_eq!(code(&["audit"]), 0);
    assert_eq!(code(&["audit", "--fail-on", "error"]), 1);
    assert_eq!(code(&["--version"]), 0);
    assert_eq!(code(&["check", "--help"]), 0);
    assert_eq!(code(&[]), 2);
    assert_eq!(code(&["chekc"]), 2);
    assert_eq!(code(&["check", "--format", "yaml"]), 2);
    assert_eq!(code(&["check", "-j", "0"]), 2);
}

#[test]
fn a_clean_project_is_not_worth_a_line_on_stdout() {
    let dir = tree(&[("compose.yaml", CLEAN)]);
    let answer = run(dir.path(), &["check"]);
    insta::assert_snapshot!(answer.all(), @"
    --- stderr
    no findings in 1 project, 1 file
    --- exit code 0
    ");
    let answer = run(dir.path(), &["check", "-q"]);
    assert_eq!((answer.stdout.as_str(), answer.stderr.as_str()), ("", ""));
}

#[test]
fn a_broken_project_as_people_see_it() {
    let dir = tree(&[("compose.yaml", BROKEN)]);
    insta::assert_snapshot!(run(dir.path(), &["check", "--select", "undefined-network"]).all(), @"
    error[undefined-network]: service `web` uses network `frontned`, which is not declared under `networks`
     --> compose.yaml:5:16
      |
    5 |     networks: [frontned]
      |                ^^^^^^^^
    6 | networks:
    7 |   frontend:
      |   -------- `frontend` is declared here
      |
      = why: Compose refuses the whole project, not only this service
      = help: did you mean `frontend`?
      = fix: write `frontend`, which is then used (--fix --unsafe-fixes)

    warning[unused-network]: no service joins the network `frontend`
     --> compose.yaml:7:3
      |
    7 |   frontend:
      |   ^^^^^^^^
      |
      = why: Compose does not create it; often the service that should join it was forgotten, so it sits on another network than intended
      = help: add it to the `networks` of the service it is for, or remove it
      = fix: remove the network `frontend`, which nobody uses (--fix --unsafe-fixes)

    warning[unused-network]: no service joins the network `other`
     --> compose.yaml:9:3
      |
    9 |   other:
      |   ^^^^^
      |
      = why: Compose does not create it; often the service that should join it was forgotten, so it sits on another network than intended
      = help: add it to the `networks` of the service it is for, or remove it
      = fix: remove the network `other`, which nobody uses (--fix --unsafe-fixes)

    --- stderr
    3 findings (1 error, 2 warnings) in 1 project, 1 file
    more about a rule: composelint explain undefined-network
    3 can be fixed with --fix --unsafe-fixes
    --- exit code 1
    ");
}

#[test]
fn findings_across_files_name_both() {
    let dir = tree(&[
        ("compose.yaml", "name: shop\ninclude:\n  - infra/db.yaml\nservices:\n  web:\n    image: nginx:1.27.3\n"),
        (
            "infra/db.yaml",
            "services:\n  db:\n    image: postgres:17.2\n    environment:\n      POSTGRES_PASSWORD: Kx9vQ2mZ\n    privileged: true\n",
        ),
    ]);
    insta::assert_snapshot!(run(dir.path(), &["check"]).all(), @"
    warning[plaintext-secret]: `POSTGRES_PASSWORD` of `db` holds a secret in plain text
     --> infra/db.yaml:5:26
      |
    5 |       POSTGRES_PASSWORD: ********
      |                          ^^^^^^^^
      |
     ::: compose.yaml:3:5
      |
    3 |   - infra/db.yaml
      |     ------------- included here
      |
      = why: whoever may read the file knows it, now and in every old commit
      = help: write `${NAME:?}` here and keep the value in an `.env` that git does not track; or use a top-level `secrets` entry, where the image reads `NAME_FILE`

    warning[privileged]: `db` runs with every right on the host
     --> infra/db.yaml:6:5
      |
    6 |     privileged: true
      |     ^^^^^^^^^^
      |
     ::: compose.yaml:3:5
      |
    3 |   - infra/db.yaml
      |     ------------- included here
      |
      = why: whoever gets into this container owns the host: all devices, the kernel's settings, every other container
      = help: name what it needs instead: `devices:` for hardware, `cap_add:` for single rights

    --- stderr
    2 warnings in 1 project, 2 files
    more about a rule: composelint explain plaintext-secret
    --- exit code 1
    ");
}

#[test]
fn two_stacks_of_a_host_are_seen_together() {
    let dir = tree(&[
        ("wiki/compose.yaml", "services:\n  wiki:\n    image: wiki:2.5\n    ports: [\"127.0.0.1:8080:80\"]\n"),
        ("blog/compose.yaml", "services:\n  blog:\n    image: ghost:5.100.1\n    ports: [\"127.0.0.1:8080:2368\"]\n"),
    ]);
    insta::assert_snapshot!(run(dir.path(), &["audit"]).all(), @r#"
    blog  blog
      name      from the directory
      files     compose.yaml  (not in git)
      services  blog  ghost:5.100.1  127.0.0.1:8080→2368  -
      networks  blog_default

    wiki  wiki
      name      from the directory
      files     compose.yaml  (not in git)
      services  wiki  wiki:2.5  127.0.0.1:8080→80  -
      networks  wiki_default

    error[host-port-collision]: port 127.0.0.1:8080 of the host is published by `wiki` of project `wiki` and `blog` of project `blog`
     --> wiki/compose.yaml:4:13
      |
    4 |     ports: ["127.0.0.1:8080:80"]
      |             ^^^^^^^^^^^^^^^^^^^
      |
     ::: blog/compose.yaml:4:13
      |
    4 |     ports: ["127.0.0.1:8080:2368"]
      |             --------------------- published here by project `blog`, as 127.0.0.1:8080
      |
      = why: a port of the host belongs to one container at a time: whichever starts second fails, for example after the next reboot
      = help: give one of them another port, or put both behind a reverse proxy

    --- stderr
    1 error in 2 projects, 2 files
    more about a rule: composelint explain host-port-collision
    --- exit code 0
    "#);
}

#[test]
fn other_formats_of_the_same_finding() {
    let dir = tree(&[("compose.yaml", PRIVILEGED)]);
    insta::assert_snapshot!(run(dir.path(), &["check", "--format", "concise"]).stdout, @"compose.yaml:5:5: warning[privileged] `zigbee` runs with every right on the host");
    insta::assert_snapshot!(run(dir.path(), &["check", "--format", "github"]).stdout, @"::warning file=compose.yaml,line=5,endLine=5,col=5,endColumn=15,title=composelint: privileged::`zigbee` runs with every right on the host%0Awhy: whoever gets into this container owns the host: all devices, the kernel's settings, every other container%0Ahelp: name what it needs instead: `devices:` for hardware, `cap_add:` for single rights");
    insta::assert_snapshot!(run(dir.path(), &["check", "--format", "json"]).stdout, @r#"
    {
      "version": 1,
      "tool": {
        "name": "composelint",
        "version": "0.1.0"
      },
      "summary": {
        "errors": 0,
        "warnings": 1,
        "infos": 0,
        "ignored": 0,
        "projects": 1,
        "files": 1
      },
      "findings": [
        {
          "rule": "privileged",
          "severity": "warning",
          "message": "`zigbee` runs with every right on the host",
          "why": "whoever gets into this container owns the host: all devices, the kernel's settings, every other container",
          "help": "name what it needs instead: `devices:` for hardware, `cap_add:` for single rights",
          "project": ".",
          "location": {
            "path": "compose.yaml",
            "line": 5,
            "column": 5,
            "end_line": 5,
            "end_column": 15,
            "key_path": "services.zigbee.privileged",
            "label": null
          },
          "related": [],
          "fix": null,
          "fingerprint": "78c77ffd50f755030ffd20f101312f87"
        }
      ],
      "skipped": []
    }
    "#);
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let dir = tree(&[]);
    insta::assert_snapshot!(run(dir.path(), &["check", "stakcs"]).all(), @"
    --- stderr
    error: there is no file or directory `stakcs`
      help: correct the path
    --- exit code 2
    ");
    insta::assert_snapshot!(run(dir.path(), &["check"]).all(), @"
    --- stderr
    no Compose project under `.`
    --- exit code 0
    ");
}

#[test]
fn unknown_rules_get_a_suggestion() {
    let dir = tree(&[]);
    insta::assert_snapshot!(run(dir.path(), &["check", "--select", "privilegd"]).all(), @"
    --- stderr
    error: there is no rule, topic or preset `privilegd`
      help: did you mean `privileged`?
    --- exit code 2
    ");
    insta::assert_snapshot!(run(dir.path(), &["explain", "privilegd"]).all(), @"
    --- stderr
    error: there is no rule `privilegd`
      help: did you mean `privileged`?
    --- exit code 2
    ");
    assert_eq!(run(dir.path(), &["check", "--ignore", "privileged,nonsense-of-mine"]).code, 2);
}

#[test]
fn every_rule_can_be_explained() {
    let dir = tree(&[]);
    let table = run(dir.path(), &["rules"]);
    assert_eq!(table.code, 0);
    let names: Vec<&str> = table.stdout.lines().filter(|l| l.starts_with("  ")).filter_map(|l| l.split_whitespace().next()).collect();
    assert!(names.len() > 1, "{}", table.stdout);
    let mut arguments = vec!["explain"];
    arguments.extend(&names);
    let pages = run(dir.path(), &arguments);
    assert_eq!(pages.code, 0);
    for name in names {
        assert!(pages.stdout.contains(&format!("{name}: ")), "{name}");
    }
    assert!(!pages.stdout.contains("```") && !pages.stdout.contains("# finding"));
}

#[test]
fn bad_input_never_hides_the_rest() {
    let dir = tree(&[
        ("good/compose.yaml", PRIVILEGED),
        ("empty/compose.yaml", ""),
        ("comment/compose.yaml", "# nothing here yet\n"),
        ("itself/compose.yaml", "include: [compose.yaml]\nservices:\n  a:\n    image: a:1\n"),
        ("circle/compose.yaml", "services:\n  a:\n    image: a:1\n    extends: {service: b}\n  b:\n    extends: {service: a}\n"),
        ("tabs/compose.yaml", "services:\n\tweb:\n"),
        ("list/compose.yaml", "- a\n- b\n"),
    ]);
    write(dir.path(), "latin1/compose.yaml", b"services:\n  caf\xe9:\n    image: a:1\n");
    write(dir.path(), "nul/compose.yaml", b"services:\n  a\0b:\n    image: a:1\n");
    write(dir.path(), "deep/compose.yaml", "[".repeat(100_000).as_bytes());
    for format in FORMATS {
        let answer = run(dir.path(), &["check", "--format", format]);
        assert_eq!(answer.code, 1, "{format}: {}", answer.stderr);
        assert!(answer.stdout.contains("privileged"), "{format}: {}", answer.stdout);
        for name in ["itself", "circle", "tabs", "latin1", "nul", "deep"] {
            assert!(answer.stdout.contains(name), "{format} is silent about {name}: {}", answer.stdout);
        }
        assert!(!answer.stderr.contains("internal error"), "{}", answer.stderr);
    }
    // Asked for by name, each gets an answer, and none of them is a crash.
    for name in ["itself", "circle", "tabs", "latin1", "nul", "deep"] {
        let answer = run(dir.path(), &["check", &format!("{name}/compose.yaml")]);
        assert_eq!(answer.code, 1, "{name}: {}{}", answer.stdout, answer.stderr);
    }
    // Files without content are refused by Compose, so they are judged when they are named.
    for name in ["empty", "comment"] {
        let answer = run(dir.path(), &["check", &format!("{name}/compose.yaml")]);
        assert!(answer.code == 1 && answer.stdout.contains("invalid-yaml"), "{name}: {}{}", answer.stdout, answer.stderr);
    }
    let answer = run(dir.path(), &["check", "list/compose.yaml"]);
    assert_ne!(answer.code, 2, "{}", answer.stderr);
    assert!(answer.stderr.contains("passed over list/compose.yaml: "), "{}", answer.stderr);
}

#[test]
fn a_huge_file_is_refused_and_not_read() {
    let dir = tree(&[("good/compose.yaml", PRIVILEGED)]);
    let path = dir.path().join("huge/compose.yaml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(&path).unwrap().set_len(50 * 1024 * 1024).unwrap();
    let answer = run(dir.path(), &["check", "good", "huge/compose.yaml", "--format", "concise"]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    assert!(answer.stdout.contains("huge/compose.yaml") && answer.stdout.contains("privileged"), "{}", answer.stdout);
    assert!(answer.stdout.len() < 10_000);
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tree(&[("compose.yaml", CLEAN)]);
    let path = dir.path().join("compose.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        println!("skipped: root may read everything");
        return;
    }
    let answer = run(dir.path(), &["check"]);
    assert_ne!(answer.code, 0);
    assert!(format!("{}{}", answer.stdout, answer.stderr).contains("compose.yaml"));
}

#[test]
fn the_same_bytes_on_one_thread_and_on_two() {
    let dir = leaky();
    for i in 0..20 {
        write(dir.path(), &format!("more/{i}/compose.yaml"), if i % 2 == 0 { BROKEN.as_bytes() } else { PRIVILEGED.as_bytes() });
    }
    for format in FORMATS {
        for command in ["check", "audit"] {
            let one = run(dir.path(), &[command, "-j1", "--format", format, "--select", "all"]).stdout;
            let two = run(dir.path(), &[command, "-j2", "--format", format, "--select", "all"]).stdout;
            assert!(!one.is_empty());
            assert_eq!(one, two, "{command} --format {format}");
        }
    }
    for format in AUDIT_FORMATS {
        let [one, two] = ["-j1", "-j2"].map(|jobs| run(dir.path(), &["audit", jobs, "--format", format, "--select", "all"]).stdout);
        assert!(!one.is_empty() && one == two, "audit --format {format}");
    }
}

#[test]
fn no_format_shows_a_secret() {
    let dir = leaky();
    for format in FORMATS {
        for command in ["check", "audit"] {
            for more in [&[][..], &["--select", "all"], &["-v"]] {
                let mut arguments = vec![command, "--format", format];
                arguments.extend(more);
                let answer = run(dir.path(), &arguments);
                assert!(answer.stdout.contains("privileged"), "{arguments:?}: {}", answer.stdout);
                for text in [&answer.stdout, &answer.stderr] {
                    let leak = text.lines().find(|l| l.contains("Xq7"));
                    assert_eq!(leak, None, "{arguments:?}");
                }
            }
        }
    }
    for format in AUDIT_FORMATS {
        let answer = run(dir.path(), &["audit", "--format", format, "--select", "all"]);
        assert!(answer.stdout.contains("shop"), "{format}: {}{}", answer.stdout, answer.stderr);
        assert_eq!(answer.stdout.lines().find(|l| l.contains("Xq7")), None, "{format}");
    }
    let refused = run(&dir.path().join("shop"), &["config"]);
    assert_eq!(refused.code, 1);
    assert!(!refused.stderr.contains("Xq7"), "{}", refused.stderr);
}

#[test]
fn colours_only_where_they_are_wanted() {
    let dir = tree(&[("compose.yaml", PRIVILEGED)]);
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let output = composelint(dir.path()).args(arguments).envs(environment.iter().copied()).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&["check"], &[]));
    assert!(coloured(&["check", "--color", "always"], &[]));
    assert!(coloured(&["check", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(coloured(&["check"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["check"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!coloured(&["check", "--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    for format in ["concise", "json", "github"] {
        assert!(!coloured(&["check", "--color", "always", "--format", format], &[]), "{format}");
    }
}

#[test]
fn a_report_can_go_to_a_file() {
    let dir = tree(&[("compose.yaml", PRIVILEGED)]);
    let answer = run(dir.path(), &["check", "--output", "report.txt", "--color", "always"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""));
    let mut report = String::new();
    std::io::Read::read_to_string(&mut std::fs::File::open(dir.path().join("report.txt")).unwrap(), &mut report).unwrap();
    assert_eq!(report, run(dir.path(), &["check"]).stdout);
    let answer = run(dir.path(), &["check", "--output", "no/such/directory/report.txt"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("no/such/directory/report.txt"), "{}", answer.stderr);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dir = leaky();
    for i in 0..200 {
        write(dir.path(), &format!("more/{i}/compose.yaml"), BROKEN.as_bytes());
    }
    let mut child = composelint(dir.path()).arg("audit").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(!stderr.contains("error:") && !stderr.contains("panic"), "{stderr}");
}

#[test]
fn the_environment_does_not_change_a_judgement() {
    let dir = tree(&[("compose.yaml", "services:\n  web:\n    image: nginx:${TAG}\n    privileged: ${P:-true}\n")]);
    let with =
        composelint(dir.path()).arg("check").env("TAG", "1.27.3").env("P", "false").env("COMPOSE_FILE", "other.yaml").output().unwrap();
    assert_eq!(String::from_utf8(with.stdout).unwrap(), run(dir.path(), &["check"]).stdout);
}

#[test]
fn config_prints_the_resolved_project() {
    let dir = tree(&[
        (
            "compose.yaml",
            "name: shop\nservices:\n  web:\n    image: nginx:${TAG}\n    env_file: web.env\n  debug:\n    image: busybox:1\n    profiles: [debug]\n",
        ),
        (".env", "TAG=1.27.3\n"),
        ("web.env", "LEVEL=info\n"),
    ]);
    let answer = run(dir.path(), &["config"]);
    insta::assert_snapshot!(answer.all(), @r#"
    name: shop
    services:
      web:
        environment:
          LEVEL: info
        image: nginx:1.27.3
        networks:
          default: null
    networks:
      default:
        name: shop_default
    --- stderr

    --- exit code 0
    "#);
    let answer = run(dir.path(), &["config", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(json["name"], "shop");
    assert_eq!(json["services"]["web"]["image"], "nginx:1.27.3");
    assert_eq!(json["services"]["web"]["environment"]["LEVEL"], "info");
    assert!(json["services"].get("debug").is_none());
    for arguments in [&["config", "--profile", "debug"][..], &["--profile", "debug", "config"], &["config", "debug"]] {
        assert!(run(dir.path(), arguments).stdout.contains("busybox:1"), "{arguments:?}");
    }
    let answer = run(dir.path(), &["config", "-o", "out.yaml", "web"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (0, ""));
    assert_eq!(run(dir.path(), &["config", "-f", "out.yaml", "-q"]).all(), "--- stderr\n\n--- exit code 0\n");
}

#[test]
fn config_says_why_a_project_is_refused_and_how_it_got_there() {
    let dir = tree(&[
        ("compose.yaml", "include: [base/compose.yaml]\nservices:\n  web:\n    image: nginx:${TAG}-${TAG}\n    tty: ${T}\n"),
        ("base/compose.yaml", "services:\n  db:\n    image: postgres\n    networks: [back]\n"),
    ]);
    insta::assert_snapshot!(run(dir.path(), &["config"]).all(), @r#"
    --- stderr
    warning: The "TAG" variable is not set. Defaulting to a blank string. (compose.yaml:4:12)
    warning: The "T" variable is not set. Defaulting to a blank string. (compose.yaml:5:10)
    error[interpolation]: `services.web.tty` must be `true` or `false`, but it is empty text after `T` was filled in
     --> compose.yaml:5:10
      |
    5 |     tty: ${T}
      |          ^^^^

    error[consistency]: service `db` uses network `back`, which is not declared under `networks`
     --> base/compose.yaml:4:16
      |
    4 |     networks: [back]
      |                ^^^^
      |
     ::: compose.yaml:1:11
      |
    1 | include: [base/compose.yaml]
      |           ----------------- included here
      |
      = help: add `back:` to the top-level `networks`

    --- exit code 1
    "#);
    let dir = tree(&[("compose.yaml", BROKEN)]);
    let answer = run(dir.path(), &["config"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""));
    assert!(answer.stderr.contains("frontned"), "{}", answer.stderr);
    let answer = run(dir.path(), &["config", "--lock-image-digests"]);
    insta::assert_snapshot!(answer.all(), @r#"
    --- stderr
    error: digests of images are known to registries only, and composelint never uses the network
      help: use `docker compose config --lock-image-digests`
    --- exit code 2
    "#);
    assert_eq!(run(dir.path(), &["config", "--compose-version", "1"]).code, 2);
}

#[test]
#[allow(clippy::disallowed_methods)] // a test stands on the real disk
fn config_tells_where_values_come_from() {
    let dir = tree(&[
        ("compose.yaml", "name: shop\nservices:\n  web:\n    image: nginx:${TAG}\n    ports: [\"8080:80\"]\n"),
        ("compose.override.yaml", "services:\n  web:\n    image: nginx:${TAG}-alpine\n"),
        (".env", "TAG=1.27.3\n"),
    ]);
    let answer = run(dir.path(), &["config", "--why", "services.*.image", "--why", "services.web.port"]);
    insta::assert_snapshot!(answer.all(), @r#"
    services.web.image = "nginx:1.27.3-alpine"
      written   compose.override.yaml:3:12  image: nginx:${TAG}-alpine
      TAG       .env:1:1                    TAG=1.27.3
      replaces  compose.yaml:4:12           image: nginx:${TAG}
    --- stderr
    error: `services.web` has no `port`
      help: did you mean `services.web.ports`?
    --- exit code 1
    "#);
    let answer = run(dir.path(), &["config", "--why", "services.web.ports[0].target", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!((&json["values"][0]["value"], &json["values"][0]["at"]["line"]), (&80.into(), &5.into()));
    assert_eq!(run(dir.path(), &["config", "--why", "a..b"]).code, 2);

    let answer = run(dir.path(), &["config", "--explain", "-o", "explained.yaml"]);
    assert_eq!(answer.all(), "--- stderr\n\n--- exit code 0\n");
    insta::assert_snapshot!(std::fs::read_to_string(dir.path().join("explained.yaml")).unwrap(), @r#"
    name: shop  # compose.yaml:1
    services:  # compose.yaml:2
      web:  # compose.yaml:3
        image: nginx:1.27.3-alpine  # compose.override.yaml:3 (TAG from .env:1), replaces compose.yaml:4
        networks:  # default
          default: null  # default
        ports:  # compose.yaml:5
          - mode: ingress  # default
            target: 80  # compose.yaml:5
            published: "8080"  # compose.yaml:5
            protocol: tcp  # default
    networks:  # default
      default:  # default
        name: shop_default  # default
    "#);
    assert_eq!(run(dir.path(), &["config", "-f", "explained.yaml"]).stdout, run(dir.path(), &["config"]).stdout);
}

#[test]
fn the_answers_are_those_of_the_version_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    write(
        dir.path(),
        "compose.yaml",
        b"include: [other.yaml]\nservices: {web: {image: 'nginx:1.27.3', networks: [net]}}\nnetworks: {net: {internal: true}}\n",
    );
    write(dir.path(), "other.yaml", b"services: {db: {image: 'postgres:16.4', networks: [net]}}\nnetworks: {net: }\n");
    // Compose 2 refuses a name that is defined twice, Compose 5 merges.
    for (version, severity) in [("2.40", "error"), ("5", "warning")] {
        let answer = run(dir.path(), &["check", "--format", "concise", "--compose-version", version]);
        assert!(answer.stdout.contains(&format!("{severity}[include-conflict]")), "{version}: {}", answer.stdout);
    }
    write(dir.path(), ".composelint.yaml", b"compose-version: \"2.40\"\n");
    assert!(run(dir.path(), &["check", "--format", "concise"]).stdout.contains("error[include-conflict]"));
    assert!(run(dir.path(), &["check", "--format", "concise", "--compose-version", "5"]).stdout.contains("warning[include-conflict]"));
    let answer = run(dir.path(), &["check", "--compose-version", "3"]);
    assert_eq!((answer.code, answer.stderr.contains("`3`")), (2, true), "{}", answer.stderr);
}
