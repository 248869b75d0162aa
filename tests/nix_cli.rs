//! `migrate --to nix` as its first users meet it: what is said, what is written, what is refused, and that nothing is half done.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::case_sensitive_file_extension_comparisons
)]
// A test stands on the real disk.

mod support {
    pub mod program;
    pub mod story;
}

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use support::program::{Answer, composelint, run, tree, write};
use support::story::files;
use tempfile::TempDir;

/// A project of `testdata/nix/projects`, in a directory of the same name.
struct Example {
    _keep: TempDir,
    root: PathBuf,
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

impl Example {
    fn new(name: &str) -> Self {
        let keep = tempfile::tempdir().unwrap();
        let root = keep.path().canonicalize().unwrap().join(name);
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/nix/projects").join(name), &root);
        Self { _keep: keep, root }
    }

    /// `migrate --to nix` with more words.
    fn nix(&self, line: &str) -> Answer {
        run(&self.root, &["migrate", "--to", "nix"].into_iter().chain(line.split_whitespace()).collect::<Vec<_>>())
    }

    /// The same, and it has to go well.
    fn good(&self, line: &str) -> Answer {
        let answer = self.nix(line);
        assert_eq!(answer.code, 0, "{line}: {}", self.told(&answer.all()));
        answer
    }

    /// A text without what changes from run to run: the directory, and the hash of a text with the directory in it.
    fn told(&self, text: &str) -> String {
        let place = self.root.parent().unwrap().to_str().unwrap();
        let text = text.replace(place, "/srv");
        let lines = text.lines().map(|line| if line.starts_with("# text sha256-") { "# text sha256-…" } else { line });
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    fn read(&self, path: &str) -> String {
        let path = self.root.join(path);
        self.told(&std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    }

    /// The names of the files below a directory, without those that are kept for the way back.
    fn names(&self, below: &str) -> Vec<String> {
        let all = files(&self.root.join(below)).into_iter().map(|f| f.0);
        all.filter(|name| !name.ends_with('/') && !name.starts_with(".composelint")).collect()
    }
}

/// What is taken out of the store in most of the tests.
const SOPS: &str = "--secrets sops --no-diff";

// --- what is said ---------------------------------------------------------------------------------------------------------------------

#[test]
fn secrets_stand_against_it_and_it_is_said_what_to_do() {
    let example = Example::new("homelab");
    let before = files(&example.root);
    let answer = example.nix("--write");
    assert_eq!(answer.code, 2);
    insta::assert_snapshot!(answer.stderr);
    assert!(before == files(&example.root));
}

#[test]
fn the_overview_says_what_differs_what_moved_and_whose_data_it_is() {
    let example = Example::new("homelab");
    let before = files(&example.root);
    let answer = example.good("--secrets sops");
    insta::assert_snapshot!("homelab_overview", example.told(&answer.all()));
    assert!(before == files(&example.root), "something was written");
    // No value of a secret, wherever it comes from.
    for secret in ["correct-horse-battery", "hunter2hunter2"] {
        assert!(!answer.all().contains(secret));
    }
    assert_eq!(example.good("--secrets sops").all(), answer.all(), "twice the same");
}

#[test]
fn each_option_changes_what_it_says() {
    // The words, what has to be in the files or in what is said, and what must not.
    let rows: &[(&str, &[&str], &[&str])] = &[
        ("--secrets agenix", &["age.secrets.\"homelab-db.env\".file = ./secrets/homelab-db.env.age;", "publicKeys"], &["sops"]),
        ("--secrets env-files", &["\"/var/lib/compose-secrets/homelab/db.env\"", "install -m 600"], &["sops", "age.secrets"]),
        ("--allow-secrets-in-store", &["holds a secret, which stands in the store"], &["sops.", "age.secrets", "would stand"]),
        ("--secrets sops --firewall open", &["allowedTCPPorts = [ 9100 ];"], &["so closed by its firewall"]),
        ("--secrets sops --firewall comment", &["so closed by its firewall: networking.firewall.allowedTCPPorts = [ 9100 ];"], &[]),
        ("--secrets sops --firewall none", &[], &["allowedTCPPorts"]),
        ("--secrets sops --persist", &["environment.persistence.\"/persist\".directories", "\"/var/lib/docker\""], &[]),
        ("--secrets sops --persist=/keep", &["environment.persistence.\"/keep\".directories"], &["\"/persist\""]),
        ("--secrets sops --backup", &["# services.restic.backups.homelab = {", "/var/lib/docker/volumes/homelab_db-data/_data"], &[]),
        ("--secrets sops --auto-update timer", &["systemd.timers.", "OnCalendar"], &[]),
        ("--secrets sops --tmpfiles", &["systemd.tmpfiles.rules", "d /srv/homelab/media"], &[]),
        (
            "--secrets sops",
            &["systemd.services.docker-build-homelab-web"],
            &["systemd.tmpfiles", "systemd.timers", "persistence", "restic"],
        ),
        ("--secrets sops --build none", &[], &["docker-build-homelab-web"]),
        ("--secrets sops --build dockertools", &["pkgs.dockerTools.streamLayeredImage"], &["docker-build-homelab-web"]),
        ("--secrets sops --names service", &["containers.db = {", "`db` (today `homelab-db-1`)"], &["homelab-db-1 = {"]),
        ("--secrets sops --names project-service", &["containers.homelab-db = {"], &["homelab-db-1 = {"]),
        ("--secrets sops --profile debug", &["--profile debug up -d"], &["autoStart = false;"]),
        (
            "--secrets sops --backend podman --accept-volume-move",
            &["backend = \"podman\"", "podman volume create homelab_db-data", "copy back what is newer", "allowedUDPPorts = [ 53 ];"],
            &["virtualisation.docker"],
        ),
        (
            "--secrets sops --backend podman --accept-volume-move --auto-update podman-label",
            &["\"io.containers.autoupdate\" = \"registry\""],
            &[],
        ),
        ("-p other --secrets sops", &["compose-other", "docker compose -p other", "other_db-data"], &["homelab_db-data"]),
        (
            "-f compose.yaml --env-file .env --secrets sops",
            &["docker compose -p homelab -f compose.yaml --env-file .env --profile '*' down"],
            &[],
        ),
        ("--style compose-stack", &["services.composeStacks.homelab", "reads the `.env` in it at every start"], &["oci-containers"]),
        (
            "--style compose-stack --profile debug --env-file .env",
            &["profiles = [ \"debug\" ];", "environmentFiles = [", "--profile debug"],
            &[],
        ),
        ("--style compose-stack --auto-update timer --host-dns", &["autoUpdate.enable = true;", "hostDns = true;"], &[]),
    ];
    let mut wrong = String::new();
    for (line, there, not_there) in rows {
        let example = Example::new("homelab");
        let out = tempfile::tempdir().unwrap();
        let answer = example.nix(&format!("{line} --verify tools --out {}", out.path().display()));
        let mut all = answer.all();
        for (path, content) in files(out.path()) {
            if !path.ends_with('/') && !path.ends_with("compose-stack.nix") {
                all.push_str(&String::from_utf8_lossy(&content));
            }
        }
        let all = example.told(&all);
        if answer.code != 0 {
            writeln!(wrong, "{line}: {}", answer.stderr).unwrap();
            continue;
        }
        for text in there.iter().filter(|text| !all.contains(**text)) {
            writeln!(wrong, "{line}: not there: {text}").unwrap();
        }
        for text in not_there.iter().filter(|text| all.contains(**text)) {
            writeln!(wrong, "{line}: there: {text}").unwrap();
        }
        if !line.contains("in-store") && all.contains("correct-horse-battery") {
            writeln!(wrong, "{line}: a secret is there").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_would_do_nothing_or_cannot_be_is_refused() {
    let mut said = String::new();
    for line in [
        "--backend podman --secrets sops",
        "--style include",
        "--style extends",
        "--secrets",
        "--secrets compose",
        "--layout fleet",
        "--host box=.",
        "--layout fleet --host ../x=.",
        "--layout fleet --host =.",
        "--layout fleet --host a=. --host a=.",
        "--layout fleet --host a=nowhere",
        "--options --layout fleet --host a=.",
        "--options --layout per-stack",
        "--options --options-prefix a..b",
        "--options-prefix services",
        "--auto-update podman-label",
        "--host-dns",
        "--persist=relative",
        "--profile nobody --secrets sops",
        "-p Bad_Name!",
        "-f nowhere.yaml",
        "--env-file nowhere.env",
        "--verify docker",
        "--env production=compose.yaml",
        "--replace",
        "--no-docs",
        "--add-limits",
        "--style compose-stack --options",
        "--style compose-stack --secrets sops",
        "--style compose-stack --layout per-service",
        "--style compose-stack --persist",
        "--style compose-stack --names service",
        "nowhere",
        "web",
    ] {
        let example = Example::new("homelab");
        let before = files(&example.root);
        let answer = example.nix(&format!("{line} --write"));
        assert_eq!(answer.code, 2, "{line}: {}", answer.all());
        writeln!(said, "{line}\n{}", example.told(&answer.stderr)).unwrap();
        assert!(before == files(&example.root), "{line}");
    }
    for line in [
        "migrate --backend podman",
        "migrate --to layout --backup",
        "migrate --to layout --style oci",
        "migrate --secrets sops",
        "migrate --to layout --verify strict",
    ] {
        let example = Example::new("homelab");
        let answer = run(&example.root, &line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(answer.code, 2, "{line}: {}", answer.all());
        writeln!(said, "{line}\n{}", example.told(&answer.stderr)).unwrap();
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_key_without_an_equivalent_is_left_out_only_if_that_is_allowed() {
    let dir = tree(&[(
        "compose.yaml",
        "name: ai\nservices:\n  web:\n    image: nginx\n    models: [llm]\nmodels:\n  llm:\n    model: ai/smollm2\n",
    )]);
    let answer = run(dir.path(), &["migrate", "--to", "nix"]);
    assert_eq!(answer.code, 2);
    insta::assert_snapshot!(answer.stderr);
    let answer = run(dir.path(), &["migrate", "--to", "nix", "--allow-unmapped", "models,models.llm"]);
    assert_eq!(answer.code, 0, "{}", answer.all());
    assert!(
        answer.stdout.contains("Left out") && answer.stdout.contains("# composelint: not migrated: services.web.models"),
        "{}",
        answer.stdout
    );
    let answer = run(dir.path(), &["migrate", "--to", "nix", "--allow-unmapped", "all"]);
    assert_eq!(answer.code, 0, "{}", answer.all());
}

// --- several projects -----------------------------------------------------------------------------------------------------------------

const WEB: &str = "services:\n  web:\n    image: nginx\n    volumes: [data:/data]\nvolumes:\n  data:\n";

#[test]
fn several_projects_are_laid_out_by_stack_or_by_host() {
    let dir = tree(&[("a/compose.yaml", WEB), ("b/compose.yaml", WEB), ("c/compose.yaml", "services: {db: {image: postgres}}\n")]);
    let at = |line: &str| run(dir.path(), &["migrate", "--to", "nix"].into_iter().chain(line.split_whitespace()).collect::<Vec<_>>());
    let answer = at("");
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("but 3 below it") && answer.stderr.contains("--layout per-stack"), "{}", answer.stderr);
    assert_eq!(at("--layout per-stack -p one").code, 2);
    for style in ["oci", "compose-stack"] {
        for (layout, name) in [("per-stack", "stacks"), ("fleet --host box=a --host nas=b --host nas2=c", "fleet")] {
            let out = format!("{name}-{style}");
            let line = format!("--no-diff --style {style} --layout {layout} --out {out} --verify tools");
            let answer = at(&line);
            assert_eq!(answer.code, 0, "{line}: {}", answer.all());
            let check = at(&format!("--no-diff --style {style} --layout {layout} --out {out} --check"));
            assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{line}");
            let names: Vec<String> =
                files(&dir.path().join(&out)).into_iter().map(|f| f.0).filter(|n| !n.starts_with(".composelint")).collect();
            insta::assert_snapshot!(format!("files_of_{out}"), names.join("\n"));
        }
    }
    let place = dir.path().canonicalize().unwrap().display().to_string();
    let page = std::fs::read_to_string(dir.path().join("fleet-oci/MIGRATION.md")).unwrap();
    let rollout = page.split_once("\n## In which order").unwrap().1.split_once("\n# ").unwrap().0;
    insta::assert_snapshot!("the_order_of_a_fleet", rollout.replace(&place, "/srv"));
    let flake = std::fs::read_to_string(dir.path().join("fleet-oci/flake-outputs.nix")).unwrap();
    insta::assert_snapshot!("the_lines_of_a_flake", flake.split_once("text sha256").unwrap().1.split_once('\n').unwrap().1);
}

#[test]
fn projects_of_a_host_that_would_be_one_are_refused() {
    let named =
        |name: &str, container: &str| format!("name: {name}\nservices:\n  web:\n    image: nginx\n    container_name: {container}\n");
    let mut said = String::new();
    for (first, second) in [(named("shop", "one"), named("shop", "two")), (named("one", "web"), named("two", "web"))] {
        let dir = tree(&[("a/compose.yaml", &first), ("b/compose.yaml", &second)]);
        for style in ["oci", "compose-stack"] {
            let answer =
                run(dir.path(), &["migrate", "--to", "nix", "--layout", "per-stack", "--style", style, "--write", "--no-diff", "-q"]);
            writeln!(said, "{style}: {} {}", answer.code, answer.stderr).unwrap();
            assert_eq!(answer.code == 2, !dir.path().join("nix").exists());
        }
    }
    insta::assert_snapshot!(said);
}

// --- writing --------------------------------------------------------------------------------------------------------------------------

#[test]
fn what_is_written_is_what_was_shown_and_a_second_time_there_is_nothing_to_do() {
    for line in [
        "--secrets sops",
        "--secrets sops --layout per-service",
        "--secrets sops --layout per-stack",
        "--secrets sops --layout fleet --host box=.",
        "--secrets sops --options",
        "--style compose-stack",
        "--style compose-stack --layout per-stack",
        "--style compose-stack --layout fleet --host box=.",
    ] {
        let example = Example::new("homelab");
        let sources = files(&example.root);
        let shown = example.good(line).stdout;
        let answer = example.good(&format!("{line} --no-diff --write"));
        assert!(answer.stderr.contains("begin with `nix/MIGRATION.md`"), "{}", answer.stderr);
        for (path, content) in files(&example.root.join("nix")) {
            if path.ends_with(".nix") {
                assert!(shown.contains(&format!("\n--- {path}\n{}", String::from_utf8(content).unwrap())), "{line}: {path}");
            }
        }
        let written = files(&example.root);
        assert!(sources.iter().all(|file| written.contains(file)), "{line}: a source has changed");
        let again = example.good(&format!("{line} --no-diff --write"));
        assert!(again.stderr.starts_with("nothing to do"), "{line}: {}", again.stderr);
        assert!(written == files(&example.root), "{line}: the second time something was written");
        let check = example.nix(&format!("{line} --check"));
        assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{line}: {}", check.all());
        // Somewhere else it is the same, byte by byte.
        example.good(&format!("{line} --no-diff --out elsewhere"));
        for name in example.names("nix") {
            let [here, there] = ["nix", "elsewhere"].map(|place| std::fs::read(example.root.join(place).join(&name)).unwrap());
            assert_eq!(String::from_utf8(here).unwrap(), String::from_utf8(there).unwrap(), "{line}: {name}");
        }
    }
}

#[test]
fn the_modules_of_services_have_options() {
    let example = Example::new("homelab");
    example.good(&format!("{SOPS} --options --options-prefix my.stacks --write"));
    insta::assert_snapshot!("files_of_options", example.names("nix").join("\n"));
    insta::assert_snapshot!("module_with_options", example.read("nix/homelab/web.nix"));
}

#[test]
fn what_is_in_the_way_is_neither_lost_nor_half_overwritten() {
    let mut said = String::new();
    let rows: &[(&str, &str, &str)] = &[
        ("a module of the user", "nix/homelab/default.nix", "{ services.nginx.enable = true; }\n"),
        ("the last of the files", "nix/homelab/web.nix", "{ }\n"),
        ("a page of the user", "nix/MIGRATION.md", "# How we moved to Hetzner\n"),
        ("a JSON of the user", "nix/equivalence.json", "{}\n"),
    ];
    for (what, path, text) in rows {
        let example = Example::new("homelab");
        write(&example.root, path, text);
        let before = files(&example.root);
        let line = format!("{SOPS} --layout per-service --write -q");
        let answer = example.nix(&line);
        assert_eq!(answer.code, 2, "{what}: {}", answer.all());
        writeln!(said, "{what}\n{}", example.told(&answer.stderr)).unwrap();
        assert!(before == files(&example.root), "{what}");
        example.good(&format!("{line} --force"));
        let kept = files(&example.root.join("nix/.composelint"));
        assert!(kept.iter().any(|(_, content)| content == text.as_bytes()), "{what}: it is not kept");
    }
    // What was changed by hand is something of the user, too.
    let example = Example::new("homelab");
    example.good(&format!("{SOPS} --write -q"));
    let edited = std::fs::read_to_string(example.root.join("nix/homelab.nix")).unwrap().replace("adminer:4", "adminer:5");
    write(&example.root, "nix/homelab.nix", &edited);
    let answer = example.nix(&format!("{SOPS} --write -q"));
    assert_eq!(answer.code, 2);
    writeln!(said, "changed by hand\n{}", example.told(&answer.stderr)).unwrap();
    assert_eq!(std::fs::read_to_string(example.root.join("nix/homelab.nix")).unwrap(), edited);
    // A change of the source is written over what is as it was.
    example.good(&format!("{SOPS} --write -q --force"));
    let source = example.read("compose.yaml").replace("adminer:4", "adminer:5");
    write(&example.root, "compose.yaml", source);
    example.good(&format!("{SOPS} --write -q"));
    assert!(example.read("nix/homelab.nix").contains("adminer:5"));
    insta::assert_snapshot!(said);
}

#[test]
fn check_tells_what_is_not_as_it_would_be_made() {
    let mut said = String::new();
    for line in [
        "--secrets sops",
        "--secrets sops --layout per-service",
        "--secrets sops --options",
        "--secrets sops --layout per-stack",
        "--secrets sops --layout fleet --host box=.",
        "--style compose-stack",
        "--style compose-stack --layout per-stack",
        "--style compose-stack --layout fleet --host box=.",
    ] {
        writeln!(said, "{line}").unwrap();
        let example = Example::new("homelab");
        let check = |what: &str, said: &mut String| {
            let answer = example.nix(&format!("{line} --check"));
            writeln!(said, "  {what}: {}", answer.code).unwrap();
            for text in example.told(&answer.stdout).lines().chain(example.told(&answer.stderr).lines()) {
                writeln!(said, "    {text}").unwrap();
            }
        };
        check("never written", &mut said);
        example.good(&format!("{line} --write -q"));
        check("up to date", &mut said);
        let original = std::fs::read_to_string(example.root.join("compose.yaml")).unwrap();
        write(&example.root, "compose.yaml", original.replace("adminer:4", "adminer:5"));
        check("another image", &mut said);
        write(&example.root, "compose.yaml", format!("{original}\n# only a comment\n"));
        check("another comment", &mut said);
        write(&example.root, "compose.yaml", &original);
        write(&example.root, ".env", "DB_PASSWORD=correct-horse-battery\nTZ=Asia/Tokyo\n");
        check("another variable", &mut said);
        write(&example.root, ".env", "# Not in git.\nDB_PASSWORD=correct-horse-battery\nTZ=Europe/Berlin\n");
        check("as it was", &mut said);
        let modules: Vec<String> = example.names("nix").into_iter().filter(|n| n.ends_with(".nix")).collect();
        let (first, last) = (&modules[0], modules.last().unwrap());
        let text = std::fs::read_to_string(example.root.join("nix").join(last)).unwrap();
        write(&example.root, &format!("nix/{last}"), text.replace('}', "} # mine\n"));
        check("changed by hand", &mut said);
        std::fs::remove_file(example.root.join("nix").join(last)).unwrap();
        check("a file is missing", &mut said);
        write(&example.root, &format!("nix/{first}"), "{ }\n");
        check("another file in its place", &mut said);
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_file_of_a_service_that_is_gone_is_named() {
    let example = Example::new("homelab");
    let line = "--secrets sops --layout per-service";
    example.good(&format!("{line} --write -q"));
    let source = example.read("compose.yaml");
    let without = source.split_once("\n  adminer:").unwrap().0.to_owned() + "\n  # Needs" + source.split_once("\n  # Needs").unwrap().1;
    write(&example.root, "compose.yaml", without);
    example.good(&format!("{line} --write -q"));
    let answer = example.nix(&format!("{line} --check"));
    assert_eq!((answer.code, answer.stdout.as_str()), (1, "nix/homelab/adminer.nix: is made no more: take it away\n"));
}

#[test]
fn a_tool_that_is_not_there_is_said_and_never_counts_as_a_proof() {
    for style in ["oci --secrets sops", "compose-stack"] {
        let example = Example::new("homelab");
        // The environment is empty, so is the list of places where programs are.
        let with = |verify: &str| {
            let mut command = composelint(&example.root);
            let line = format!("migrate --to nix --no-diff --style {style} --verify {verify} --write");
            let output = command.env("PATH", "/nowhere").args(line.split_whitespace()).output().unwrap();
            (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
        };
        let (code, stdout, stderr) = with("strict");
        assert_eq!(code, 2, "{stdout}{stderr}");
        assert!(!example.root.join("nix").exists(), "it was written");
        assert!(stdout.contains("NOT RUN: nix-instantiate --parse: Nix is not installed here"), "{stdout}");
        assert!(stdout.contains("NOT RUN: nix-instantiate --eval"), "{stdout}");
        assert!(stderr.contains("a tool that was to look at the files is not here, so nothing was written"), "{stderr}");
        let (code, stdout, stderr) = with("tools");
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains("NOT RUN") && example.root.join("nix/MIGRATION.md").exists(), "{stdout}");
    }
}

// --- pages ----------------------------------------------------------------------------------------------------------------------------

#[test]
fn the_page_and_the_record_of_a_move_to_containers() {
    let example = Example::new("homelab");
    example.good(&format!("{SOPS} -f compose.yaml --env-file .env --write -q"));
    insta::assert_snapshot!("page_oci", example.read("nix/MIGRATION.md"));
    insta::assert_snapshot!("equivalence_oci", example.read("nix/equivalence.json"));
    insta::assert_snapshot!("module_oci", example.read("nix/homelab.nix"));
}

#[test]
fn what_the_units_of_many_services_have_in_common_is_said_once() {
    let example = Example::new("many");
    example.good("--write --no-diff");
    insta::assert_snapshot!(
        "module_of_many",
        example.read("nix/many.nix").split_once("text sha256").unwrap().1.split_once('\n').unwrap().1
    );
}

#[test]
fn the_page_and_the_record_of_a_project_that_stays_with_compose() {
    let example = Example::new("homelab");
    example.good("--style compose-stack --write -q");
    insta::assert_snapshot!("page_compose_stack", example.read("nix/MIGRATION.md"));
    insta::assert_snapshot!("equivalence_compose_stack", example.read("nix/equivalence.json"));
    insta::assert_snapshot!("spec_compose_stack", example.read("nix/homelab-spec.nix"));
}

#[test]
fn the_secrets_can_be_made_by_what_the_page_says() {
    let mut said = String::new();
    for secrets in ["sops", "agenix", "env-files"] {
        let example = Example::new("homelab");
        example.good(&format!("--secrets {secrets} --write -q"));
        let page = example.read("nix/MIGRATION.md");
        let part = page.split_once("## Secrets to create").unwrap().1.split_once("\n## ").unwrap().0;
        writeln!(said, "{secrets}{part}").unwrap();
    }
    insta::assert_snapshot!(said);
}

// --- comments -------------------------------------------------------------------------------------------------------------------------

/// The modules of the example with the comments, all in one text.
fn with_comments(line: &str) -> (String, String) {
    let example = Example::new("comments");
    example.good(&format!("--write -q --verify tools {line}"));
    let modules: Vec<String> =
        example.names("nix").into_iter().filter(|n| n.ends_with(".nix") && !n.ends_with("compose-stack.nix")).collect();
    (modules.iter().map(|name| example.read(&format!("nix/{name}"))).collect(), example.read("nix/MIGRATION.md"))
}

#[test]
fn every_comment_stands_exactly_once_in_what_is_made() {
    for line in ["", "--layout per-service", "--options", "--layout per-stack", "--layout fleet --host box=.", "--style compose-stack"] {
        let (modules, page) = with_comments(line);
        for number in 1..=69 {
            let mark = format!("c{number:02} ");
            assert_eq!(modules.matches(&mark).count(), 1, "{line}: {mark}\n{modules}");
        }
        // One comment of the sources has no words.
        let counts = page.split_once("Carried to their place: ").unwrap().1.split_once(". Lost: 0.").unwrap().0;
        let numbers: Vec<usize> = counts.split(". In the appendix: ").map(|n| n.parse().unwrap()).collect();
        assert_eq!(numbers.iter().sum::<usize>(), 70, "{line}: {counts}");
    }
}

#[test]
fn comments_stand_where_their_keys_went() {
    let (modules, _) = with_comments("");
    // Behind something: on its line.
    for (mark, text) in [
        ("c17", "image = \"nginx:1.27\";"),
        ("c18", "Restart = lib.mkForce \"always\";"),
        ("c22", "\"80:80\""),
        ("c27", "TZ = \"UTC\";"),
        ("c30", "\"a.b\" = \"c\";"),
        ("c41", "\"shared_buffers=1GB\""),
        ("c45", "\"talk_data:/var/lib/postgresql/data\""),
        ("c57", "image = \"postgres:17\";"),
        ("c60", "--health-interval=5s"),
        ("c63", "Restart = lib.mkForce \"always\";"),
        ("c64", "--shm-size"),
        ("c67", "image = \"busybox\";"),
    ] {
        let line = modules.lines().find(|l| l.contains(&format!("{mark} "))).unwrap();
        assert!(line.trim_start().starts_with(text) || line.contains(text), "{mark}: {line}");
    }
    // Above something: on the lines before it.
    for (mark, text) in [
        ("c01", "virtualisation.docker.enable"),
        ("c12", "virtualisation.docker.enable"),
        ("c13", "virtualisation.oci-containers.containers.talk-web-1 = {"),
        ("c16", "image ="),
        ("c21", "\"80:80\""),
        ("c24", "];"),
        ("c26", "TZ ="),
        ("c28", "};"),
        ("c29", "\"a.b\""),
        ("c31", "dependsOn"),
        ("c34", "\"--stop-timeout=200\""),
        ("c36", "};"),
        ("c40", "\"-c\""),
        ("c49", "systemd.services.docker-network-talk_front"),
        ("c50", "systemd.services.docker-network-talk_back"),
        ("c53", "systemd.services.docker-volume-talk_data"),
        ("c66", "virtualisation.oci-containers.containers.talk-extra-1"),
    ] {
        let below = modules.lines().skip_while(|l| !l.contains(&format!("{mark} "))).find(|l| !l.trim_start().starts_with('#')).unwrap();
        assert!(below.trim_start().starts_with(text), "{mark}: {below}");
    }
    insta::assert_snapshot!("comments_oci", modules);
    insta::assert_snapshot!("comments_compose_stack", with_comments("--style compose-stack").0);
}

#[test]
fn a_secret_that_is_commented_out_is_not_shown() {
    for line in ["--secrets sops", "--style compose-stack", "--secrets env-files --layout per-service"] {
        let example = Example::new("homelab");
        let answer = example.good(&format!("{line} --write"));
        let shown = example.good(line).all();
        let written: String = example.names("nix").iter().map(|name| example.read(&format!("nix/{name}"))).collect();
        for text in [answer.all(), shown, written] {
            assert!(!text.contains("hunter2hunter2") && !text.contains("correct-horse"), "{line}: {text}");
        }
    }
}

// --- hostile input --------------------------------------------------------------------------------------------------------------------

/// Runs it in a way that must neither panic nor leave anything half done. What was made is asked for again, and read by Nix.
fn survives(dir: &Path, arguments: &[&str]) -> Answer {
    let before = files(dir);
    let answer = run(dir, arguments);
    assert!(!answer.stderr.contains("internal") && !answer.stderr.contains("panicked"), "{arguments:?}: {}", answer.all());
    assert!(!answer.stderr.contains("mistake in composelint"), "{arguments:?}: {}", answer.all());
    assert!(answer.code == 0 || answer.code == 2, "{arguments:?}: {}", answer.all());
    if answer.code == 2 {
        assert!(!answer.stderr.is_empty());
        assert!(before == files(dir), "{arguments:?}: something was written: {}", answer.all());
    }
    answer
}

#[test]
fn names_of_directories_may_be_anything() {
    for name in [
        "with space",
        "it's",
        "say \"hi\"",
        "größe-🦀",
        "line\nbreak",
        "$HOME",
        "${x}",
        "a''b",
        "back\\slash",
        "co:lon",
        "com,ma",
        "-dash",
        "#hash",
        "`tick`",
    ] {
        for style in ["oci", "compose-stack"] {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().join(name);
            let text =
                "name: x\nservices:\n  web:\n    image: nginx\n    build: .\n    env_file: [web.env]\n    volumes: [\"./data:/data\"]\n";
            write(&root, "compose.yaml", text);
            write(&root, "web.env", "A=1\n");
            write(&root, "Dockerfile", "FROM nginx\n");
            let answer = survives(&root, &["migrate", "--to", "nix", "--style", style, "--no-diff", "--write", "--verify", "tools"]);
            // Only what the engine has no words for may be refused.
            assert!(answer.code == 0 || name.contains([':', ',', '\n']), "{name:?} {style}: {}", answer.all());
            if answer.code == 0 {
                let check = run(&root, &["migrate", "--to", "nix", "--style", style, "--check"]);
                assert_eq!(check.code, 0, "{name:?}: {}", check.all());
            }
        }
    }
}

#[test]
fn values_may_be_anything() {
    // Longer than the system lets a word of a command be.
    let huge = "x".repeat(1 << 17);
    for value in [
        "$${x}",
        "''",
        "''$${x}''",
        "\\\"",
        "\\\\n",
        "a\\nb",
        "\\t",
        "\\u0007",
        "\\u0001",
        "\\uE000",
        "\\U000F0000config.x\\U000F0001",
        "\\U000F0000",
        "\\u2028",
        "\\u0085",
        "\\r",
        "\\r\\n",
        "# no comment",
        "*/ }; ]",
        huge.as_str(),
    ] {
        let text = format!(
            "# {}\nname: x\nservices:\n  web:\n    image: nginx\n    command: [\"{value}\"]\n    environment:\n      A: \"{value}\"\n    labels:\n      l: \"{value}\"\n    hostname: web\n",
            value.replace("\\\"", "\"")
        );
        for style in ["oci", "compose-stack"] {
            let dir = tree(&[("compose.yaml", &text)]);
            survives(dir.path(), &["migrate", "--to", "nix", "--style", style, "--no-diff", "--write", "--verify", "tools"]);
        }
    }
}

#[test]
fn names_of_services_may_be_anything_that_compose_takes() {
    for name in ["a.b", "A_B", "default", "true", "1", "0x1", "-x", "if", "let", "web-", "default-service", "x--y", "null"] {
        for line in ["", "--layout per-service", "--options", "--layout per-stack", "--style compose-stack"] {
            let dir = tree(&[(
                "compose.yaml",
                &format!("name: p\nservices:\n  \"{name}\":\n    image: nginx\n  web:\n    image: nginx\n    depends_on: [\"{name}\"]\n"),
            )]);
            let words = ["migrate", "--to", "nix", "--no-diff", "--write", "--verify", "tools"];
            let answer = survives(dir.path(), &words.into_iter().chain(line.split_whitespace()).collect::<Vec<_>>());
            assert!(answer.code == 0 || name.starts_with('-'), "{name} {line}: {}", answer.all());
        }
    }
}

#[test]
fn broken_projects_are_refused_in_words() {
    for (what, text) in [
        ("no YAML", "services: [\n"),
        ("empty", ""),
        ("no services", "name: x\n"),
        ("a list", "- a\n"),
        ("unknown service", "services: {a: {image: x, depends_on: [b]}}\n"),
        ("a cycle", "services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [a]}}\n"),
        ("a missing env file", "services: {a: {image: x, env_file: [no.env]}}\n"),
        ("a missing include", "include: [no.yaml]\nservices: {a: {image: x}}\n"),
        ("no image", "services: {a: {command: x}}\n"),
        ("a missing variable", "services: {a: {image: \"x:${TAG:?which}\"}}\n"),
    ] {
        for style in ["oci", "compose-stack"] {
            let dir = tree(&[("compose.yaml", text)]);
            let answer = survives(dir.path(), &["migrate", "--to", "nix", "--style", style, "--write", "-q"]);
            assert!(answer.code == 2 || what == "no services", "{what} {style}: {}", answer.all());
        }
    }
}

#[test]
fn a_place_that_cannot_be_written_to_is_left_as_it_is() {
    let good = "name: x\nservices:\n  web:\n    image: nginx\n";
    let words = |out: &'static str| ["migrate", "--to", "nix", "--no-diff", "-q", "--out", out];
    let dir = tree(&[
        ("compose.yaml", good),
        ("file", "mine\n"),
        ("taken/x.nix/keep", "mine\n"),
        ("real/keep", "mine\n"),
        ("half/MIGRATION.md/keep", ""),
    ]);
    std::os::unix::fs::symlink("../file", dir.path().join("real/x.nix")).unwrap();
    let mut said = String::new();
    for out in ["file", "file/below", "taken", "half", "real"] {
        let answer = survives(dir.path(), &words(out));
        assert_eq!(answer.code, 2, "{out}: {}", answer.all());
        let place = dir.path().canonicalize().unwrap().display().to_string();
        writeln!(said, "{out}\n{}", answer.stderr.replace(&place, "/srv").replace(dir.path().to_str().unwrap(), "/srv")).unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join("file")).unwrap(), "mine\n");
    }
    insta::assert_snapshot!(said);
    std::os::unix::fs::symlink("nowhere", dir.path().join("dangling")).unwrap();
    let answer = run(dir.path(), &words("dangling"));
    assert_eq!(answer.code, 2, "{}", answer.all());
    assert!(!dir.path().join("nowhere").exists());
    std::fs::remove_file(dir.path().join("dangling")).unwrap();
    std::fs::remove_file(dir.path().join("real/x.nix")).unwrap();
    std::os::unix::fs::symlink("real", dir.path().join("link")).unwrap();
    let answer = run(dir.path(), &words("link"));
    assert_eq!(answer.code, 0, "{}", answer.all());
    assert!(dir.path().join("real/x.nix").is_file() && dir.path().join("link").is_symlink());
    let check = run(dir.path(), &["migrate", "--to", "nix", "--out", "link", "--check"]);
    assert_eq!(check.code, 0, "{}", check.all());
}
