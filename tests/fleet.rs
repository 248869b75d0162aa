//! Four hosts in one repository (`testdata/fleet`), audited together and one by one; and the pages that are made of it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::indexing_slicing)] // tests stand on the real disk

mod support {
    pub mod program;
    pub mod repository;
}

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use support::program::{Answer, run, write};

/// The tree, in a repository that does not have `hosts/cellar`.
struct Fleet {
    _keep: tempfile::TempDir,
    root: PathBuf,
    git: bool,
}

impl Fleet {
    fn new() -> Self {
        let keep = tempfile::tempdir().unwrap();
        let root = keep.path().canonicalize().unwrap().join("fleet");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/fleet"), &root);
        let git = support::repository::commit(&root, &["hosts/cellar"]);
        Self { _keep: keep, root, git }
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        run(&self.root, arguments)
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Every file below a directory.
    fn files(&self, path: &str) -> BTreeMap<String, String> {
        let entries = std::fs::read_dir(self.root.join(path)).unwrap().map(Result::unwrap);
        entries.map(|e| (e.file_name().into_string().unwrap(), std::fs::read_to_string(e.path()).unwrap())).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            write(to, entry.file_name().to_str().unwrap(), std::fs::read(entry.path()).unwrap());
        }
    }
}

const AUDIT: &[&str] = &["audit", "--hosts", "hosts/*", "--also", "hosts"];

fn audit(more: &[&'static str]) -> Vec<&'static str> {
    AUDIT.iter().chain(more).copied().collect()
}

#[test]
fn the_whole_fleet() {
    let fleet = Fleet::new();
    let answer = fleet.run(AUDIT);
    if fleet.git {
        insta::assert_snapshot!("the_whole_fleet", answer.all());
    }
    assert_eq!(answer.code, 0);
    assert_eq!(fleet.run(AUDIT).stdout, answer.stdout, "a second run says the same");
}

#[test]
fn every_format_says_the_same_on_one_thread_and_on_many() {
    let fleet = Fleet::new();
    for format in ["human", "json", "html", "markdown", "mermaid", "dot", "svg"] {
        let with = |jobs| fleet.run(&audit(&["--strategy", "--format", format, "-q", "-j", jobs])).stdout;
        let one = with("1");
        assert!(one.len() > 300, "{format}: {one}");
        for jobs in ["2", "7"] {
            assert_eq!(with(jobs), one, "{format} on {jobs} threads");
        }
    }
}

#[test]
fn an_audit_writes_nothing_that_it_was_not_asked_for() {
    fn state(root: &Path, at: &Path, out: &mut Vec<(PathBuf, std::time::SystemTime, u64)>) {
        for entry in std::fs::read_dir(at).unwrap().map(Result::unwrap) {
            let meta = entry.metadata().unwrap();
            out.push((entry.path().strip_prefix(root).unwrap().to_path_buf(), meta.modified().unwrap(), meta.len()));
            if meta.is_dir() {
                state(root, &entry.path(), out);
            }
        }
    }
    let fleet = Fleet::new();
    let all = || {
        let mut out = Vec::new();
        state(&fleet.root, &fleet.root, &mut out);
        out.sort();
        out
    };
    let before = all();
    fleet.run(&audit(&["--strategy", "--format", "html"]));
    fleet.run(&audit(&["--page", "STACKS.md", "--runbook", "RUN.md", "--backlog", "backlog", "--check"]));
    assert_eq!(all(), before);
}

#[test]
fn what_the_host_provides_is_not_missed() {
    let fleet = Fleet::new();
    let answer = fleet.run(&audit(&["--format", "json"]));
    let document: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    for finding in document["findings"].as_array().unwrap() {
        assert!(!finding["message"].as_str().unwrap().contains("/run/agenix") || finding["severity"] == "info", "{finding:#}");
    }
    let attic = &document["inventory"][0];
    assert_eq!((attic["host"].as_str(), attic["refused"].as_bool()), (Some("attic"), Some(false)));
    let secrets: Vec<_> = attic["secrets"].as_array().unwrap().iter().map(|s| (s["kind"].as_str().unwrap(), &s["on_host"])).collect();
    assert!(secrets.iter().all(|(_, on_host)| **on_host == true), "{secrets:?}");
    assert!(secrets.len() >= 2, "{secrets:?}");
}

#[test]
fn the_strategy_is_weighed_and_explained() {
    let fleet = Fleet::new();
    let answer = fleet.run(&audit(&["--strategy", "--select", "image-drift", "--ignore", "all"]));
    let only = answer.stdout;
    if fleet.git {
        insta::assert_snapshot!("the_strategy", only);
    }
}

#[test]
fn the_best_way_follows_from_the_facts() {
    let keep = tempfile::tempdir().unwrap();
    let root = keep.path().canonicalize().unwrap();
    write(&root, "repo/web/compose.yaml", "name: web\nservices:\n  web:\n    image: nginx:1.27.3\n    restart: always\n");
    write(&root, "docker/plain/compose.yaml", "name: plain\nservices:\n  app:\n    image: app:1\n    restart: always\n");
    let odd = "name: odd\nservices:\n  app:\n    image: app:1\n  cloud:\n    provider: {type: awesomecloud}\n";
    write(&root, "docker/odd/compose.yaml", odd);
    write(&root, "docker/refused/compose.yaml", "name: refused\nservices:\n  app:\n    imagee: app:1\n");
    let data = "services:\n  app:\n    build: .\n    volumes: [./data:/data, ./app.conf:/app.conf:ro, named:/x]\nvolumes: {named: }\n";
    write(&root, "docker/data/compose.yaml", data);
    std::os::unix::fs::symlink("../repo/web", root.join("docker/web")).unwrap();
    let answer = run(&root, &["audit", "docker", "--strategy", "--format", "json", "-q"]);
    let document: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    let mut best = BTreeMap::new();
    for stack in document["inventory"].as_array().unwrap() {
        let ways = stack["strategy"]["ways"].as_array().unwrap();
        let costs: Vec<u64> = ways.iter().map(|w| w["cost"].as_u64().unwrap()).collect();
        assert!(costs.is_sorted() && ways.len() == 4, "{ways:#?}");
        assert!(ways.iter().all(|w| !w["reasons_against"].as_array().unwrap().is_empty()), "every point has its sentence");
        if stack["project"] == "refused" {
            assert!(ways.iter().all(|w| w["reasons_against"][0].as_str().unwrap().starts_with("Compose refuses the project")));
            continue;
        }
        best.insert(stack["project"].as_str().unwrap(), ways[0]["name"].as_str().unwrap());
        if stack["project"] == "odd" {
            let oci = ways.iter().find(|w| w["name"] == "oci-containers").unwrap();
            assert!(oci["reasons_against"].to_string().contains("no equivalent for `provider`"), "{oci}");
        }
    }
    let wanted = [("data", "compose-stack"), ("odd", "activation"), ("plain", "oci-containers"), ("web", "oci-containers")];
    assert_eq!(best, BTreeMap::from(wanted));
}

#[test]
fn the_backlog_is_written_once_and_brought_up_to_date() {
    let fleet = Fleet::new();
    let backlog = audit(&["--backlog", "backlog", "-q", "--format", "concise"]);
    assert_eq!(fleet.run(&backlog).code, 0);
    let first = fleet.files("backlog");
    if fleet.git {
        insta::assert_snapshot!(
            "the_backlog",
            first.iter().map(|(name, text)| ["==== ", name, "\n", text].concat()).collect::<Vec<_>>().concat()
        );
    }
    assert_eq!(fleet.run(&backlog).code, 0);
    assert_eq!(fleet.files("backlog"), first, "a second run changes nothing and adds nothing");
    let check = fleet.run(&audit(&["--backlog", "backlog", "--check", "--format", "concise"]));
    assert_eq!(check.code, 0, "{}", check.stderr);

    // Somebody takes notes, and mends one of the stacks.
    let notes = format!("{}\nAda does this on Sunday.\n", first["cellar-docker.md"]);
    write(&fleet.root, "backlog/cellar-docker.md", &notes);
    let file = "hosts/cellar/docker/docker-compose.yml";
    write(&fleet.root, file, fleet.read(file).replace("profiles: [debug]", "profiles: [debug]\n    restart: always"));
    let check = fleet.run(&audit(&["--backlog", "backlog", "--check", "--format", "concise"]));
    assert_eq!(check.code, 1, "{}", check.stderr);
    assert!(check.stderr.contains("out of date: backlog/cellar-docker.md"), "{}", check.stderr);
    assert_eq!(fleet.files("backlog")["cellar-docker.md"], notes, "`--check` writes nothing");
    assert_eq!(fleet.run(&backlog).code, 0);
    let after = fleet.files("backlog");
    assert_eq!(after.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>());
    assert!(after["cellar-docker.md"].ends_with("Ada does this on Sunday.\n"));
    assert!(!after["cellar-docker.md"].contains("`restart`"), "{}", after["cellar-docker.md"]);

    // A stack that is gone is done, and its notes stay.
    std::fs::remove_dir_all(fleet.root.join("hosts/cellar")).unwrap();
    assert_eq!(fleet.run(&backlog).code, 0);
    let gone = &fleet.files("backlog")["cellar-docker.md"];
    assert!(gone.contains("Done: there is no such stack any more.") && gone.ends_with("Ada does this on Sunday.\n"), "{gone}");
}

#[test]
fn pages_are_kept_between_their_markers() {
    let fleet = Fleet::new();
    write(&fleet.root, "STACKS.md", "# Our stacks\n\nKept by Ada.\n");
    let pages = audit(&["--page", "STACKS.md", "--runbook", "docs/RUNBOOK.md", "--strategy", "-q", "--format", "concise"]);
    assert_eq!(fleet.run(&pages).code, 0);
    if fleet.git {
        insta::assert_snapshot!("the_page", fleet.read("STACKS.md"));
        insta::assert_snapshot!("the_runbook", fleet.read("docs/RUNBOOK.md"));
    }
    let check: Vec<&str> = pages.iter().copied().chain(["--check"]).filter(|a| *a != "-q").collect();
    assert_eq!(fleet.run(&check).code, 0);
    // The real name of the volume changes: what is in the page is a danger now.
    let file = "hosts/yard/docker/docker-compose.yml";
    write(&fleet.root, file, format!("name: yard\n{}", fleet.read(file)));
    let stale = fleet.run(&check);
    assert_eq!(stale.code, 1);
    assert!(stale.stderr.contains("out of date: STACKS.md\nout of date: docs/RUNBOOK.md\n"), "{}", stale.stderr);
    // Half of the markers is a mistake of somebody's, and nothing is written.
    let broken = fleet.read("STACKS.md").replace("<!-- composelint:end inventory -->", "");
    write(&fleet.root, "STACKS.md", &broken);
    let answer = fleet.run(&pages);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("`STACKS.md`: line 5 begins a part of composelint that does not end"), "{}", answer.stderr);
    assert_eq!(fleet.read("STACKS.md"), broken);
}

#[test]
fn reports_of_the_hosts_are_joined() {
    let fleet = Fleet::new();
    for host in ["attic", "cellar", "yard", "porch"] {
        let report = format!("json={host}.json");
        let directory = format!("hosts/{host}");
        let answer = fleet.run(&["audit", &directory, "--host", host, "--also", &directory, "--format", &report, "-q"]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
    }
    let merge = |order: &[&str]| fleet.run(&[&["audit", "--merge"], order].concat());
    let joined = merge(&["yard.json", "attic.json", "porch.json", "cellar.json"]);
    assert_eq!(joined.code, 0, "{}", joined.stderr);
    insta::assert_snapshot!("the_joined_fleet", joined.all());
    assert_eq!(merge(&["attic.json", "cellar.json", "porch.json", "yard.json"]).stdout, joined.stdout, "whatever the order");

    let json = fleet.run(&["audit", "--merge", "attic.json", "yard.json", "cellar.json", "--format", "json"]);
    write(&fleet.root, "three.json", &json.stdout);
    let again = fleet.run(&["audit", "--merge", "three.json", "porch.json"]);
    assert_eq!(again.stdout, joined.stdout, "a joined report can be joined again");
}

#[test]
fn what_cannot_be_joined_is_told() {
    let fleet = Fleet::new();
    let answer = fleet.run(&["audit", "hosts/yard", "--host", "yard", "--format", "json=yard.json", "-q"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    std::fs::copy(fleet.root.join("yard.json"), fleet.root.join("copy.json")).unwrap();
    assert_eq!(fleet.run(&["check", "hosts/yard", "--format", "json=check.json", "-q", "--fail-on", "never"]).code, 0);
    write(&fleet.root, "torn.json", "{\"version\": 1, \"tool\": {");
    write(&fleet.root, "other.json", "{\"version\": 1, \"secret\": \"Xq7-s3cret\"}");
    write(&fleet.root, "later.json", fleet.read("yard.json").replacen("\"version\": 1", "\"version\": 2", 1));
    for (reports, wanted) in [
        (&["yard.json", "copy.json"][..], "`yard.json` and `copy.json` are both about the host `yard`"),
        (&["check.json"], "`check.json` has no inventory: it was not made by `composelint audit`"),
        (&["torn.json"], "`torn.json` cannot be read as a report: it ends too early (line 1, column 24)"),
        (&["other.json"], "`other.json` cannot be read as a report: it is JSON, but no report of `composelint audit`"),
        (&["later.json"], "`later.json` has version 2 of the report, and this program reads version 1"),
        (&["nowhere.json"], "there is no report `nowhere.json`"),
        (&["hosts"], "`hosts` is a directory, and `--merge` takes reports"),
        (&[], "`--merge` joins reports, and none is named"),
        (&["yard.json", "--format", "sarif"], "`sarif` cannot be made from reports"),
    ] {
        let answer = fleet.run(&[&["audit", "--merge"], reports].concat());
        assert_eq!(answer.code, 2, "{reports:?}: {}", answer.stdout);
        assert!(answer.stderr.contains(wanted), "{reports:?}: {}", answer.stderr);
        assert!(!answer.stderr.contains("Xq7"), "{}", answer.stderr);
    }
}

#[test]
fn the_runbook_says_which_stack_is_started_first() {
    let keep = tempfile::tempdir().unwrap();
    let root = keep.path().canonicalize().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/homelab/docker/traefik"), &root.join("traefik"));
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/homelab/docker/vault"), &root.join("a-vault"));
    assert_eq!(run(&root, &["audit", "--runbook", "RUNBOOK.md", "-q", "--format", "concise"]).code, 0);
    let runbook = std::fs::read_to_string(root.join("RUNBOOK.md")).unwrap();
    let wanted = "## The order of starting\n\nStopping goes the other way.\n\n1. `edge`\n2. `a-vault`: `edge` makes the network `proxy`\n";
    assert!(runbook.contains(wanted), "{runbook}");
}
