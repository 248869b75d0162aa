//! `audit` with what lies beside the stacks: documents, and what runs.
#![allow(clippy::unwrap_used)] // tests

#[path = "support/program.rs"]
mod program;

use program::{run, tree};

const STACK: (&str, &str) = (
    "docker/docs/compose.yaml",
    "services:\n  db:\n    image: postgres:17\n    volumes: [pgdata:/var/lib/postgresql/data]\nvolumes: {pgdata: {}}\n",
);

/// Only one rule, and nothing else.
fn audit<'a>(rule: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut all =
        vec!["audit", "docker", "--format", "concise", "--no-config", "--fail-on", "warning", "--ignore", "all", "--select", rule];
    all.extend(more);
    all
}

#[test]
fn documents_are_found_where_they_lie_or_as_they_are_named() {
    let backup = "docker run --rm -e PGPASSWORD=pretend-hunter2 -v pgdata:/d alpine tar c /d\n";
    let dir = tree(&[
        STACK,
        ("docker/docs/backup.sh", backup),
        ("docker/docs/data.txt", backup),
        ("infra/hosts/nas/docs/RUNBOOK.md", &format!("Backup:\n\n    {backup}")),
        ("infra/hosts/pi/docs/RUNBOOK.md", &format!("Backup:\n\n    {backup}")),
    ]);
    let said = |more: &[&str]| {
        let answer = run(dir.path(), &audit("stale-document", more));
        assert!(!answer.all().contains("hunter2"), "{}", answer.all());
        let mut places: Vec<String> = answer.stdout.lines().filter_map(|l| l.split_once(": ").map(|(p, _)| p.to_owned())).collect();
        places.sort();
        (places, answer.code)
    };
    let at = |file: &str, place: &str| format!("{file}:{place}");
    let beside = at("docker/docs/backup.sh", "1:50");
    let (nas, pi) = (at("infra/hosts/nas/docs/RUNBOOK.md", "3:54"), at("infra/hosts/pi/docs/RUNBOOK.md", "3:54"));
    assert_eq!(said(&[]), (vec![beside.clone()], 1));
    assert_eq!(said(&["--also", "infra"]), (vec![beside.clone(), nas.clone(), pi.clone()], 1));
    assert_eq!(said(&["--also", "infra", "--host", "nas"]), (vec![beside, nas.clone()], 1));
    assert_eq!(said(&["--docs", "infra/hosts/*/docs/*.md"]), (vec![nas, pi], 1));
    assert_eq!(said(&["--docs", "docker/docs/data.txt"]), (vec![], 0));
    // The place is shown, and no secret that stands on its line.
    let human = run(dir.path(), &["audit", "docker", "--no-config", "--ignore", "all", "--select", "stale-document"]);
    assert!(human.stdout.contains("-v pgdata:/d") && !human.stdout.contains("hunter2"), "{}", human.stdout);
    // `check` looks at no host.
    let check = run(dir.path(), &["check", "docker", "--no-config", "--select", "stale-document"]);
    assert!(!check.stdout.contains("stale-document"), "{}", check.stdout);
}

#[test]
fn what_is_named_and_not_there_is_told() {
    let dir = tree(&[STACK, ("state.json", "[]\n{\"token\": \"hunter2\"}\n"), ("table", "NAMES  STATUS\n"), ("binary.md", "a\0b")]);
    for (arguments, wanted) in [
        (["--docs", "docs/**/*.md"], "`--docs docs/**/*.md`: there is no such document"),
        (["--docs", "docs/[z-a].md"], "`--docs docs/[z-a].md`: this is no pattern"),
        (["--docs", "binary.md"], "binary.md` cannot be read: it is no text"),
        (["--state", "nothing.json"], "there is no file or directory `nothing.json`"),
        (
            ["--state", "state.json"],
            "`state.json` cannot be read as what runs: line 2, column 1: this is neither a container nor a volume, a network or a project of docker",
        ),
        (["--state", "table"], "`table` cannot be read as what runs: line 1, column 1: this is no JSON"),
    ] {
        let answer = run(dir.path(), &audit("stale-document", &arguments));
        assert_eq!(answer.code, 2, "{}", answer.all());
        assert!(answer.stderr.contains(wanted) && !answer.stderr.contains("hunter2"), "{}", answer.stderr);
    }
}

#[test]
fn what_runs_is_compared_with_the_files() {
    let state = r#"[{"Name": "/docs-db-1", "State": {"Status": "running"}, "HostConfig": {}, "Mounts": [],
        "Config": {"Image": "postgres:16", "Env": ["POSTGRES_PASSWORD=hunter2"],
        "Labels": {"com.docker.compose.project": "docs", "com.docker.compose.service": "db"}}}]"#;
    let dir = tree(&[
        STACK,
        ("state.json", state),
        ("volumes.json", "{\"Driver\":\"local\",\"Mountpoint\":\"/v\",\"Name\":\"lost\",\"Scope\":\"local\"}\n"),
    ]);
    let answer = run(dir.path(), &audit("state-drift", &["--state", "state.json", "--state", "volumes.json"]));
    assert_eq!(answer.code, 1, "{}", answer.all());
    for wanted in [
        "`db` runs the image `postgres:16`, and the file says `postgres:17`",
        "the volume `lost` exists, and neither a stack nor a container",
    ] {
        assert!(answer.stdout.contains(wanted), "{}", answer.all());
    }
    assert!(!answer.all().contains("hunter2"));
    let json = run(dir.path(), &["audit", "docker", "--state", "state.json", "--format", "json"]);
    assert!(json.stdout.contains("state-drift") && !json.stdout.contains("hunter2"));
}
