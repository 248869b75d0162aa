//! A team's monolith (`testdata/migrate/monolith`), and the same project as somebody split it by hand (`testdata/migrate/broken-split`): Docker
//! Compose takes every entry point of both, and every defect of the second is named here (spec/layout.md, first paragraph).
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::indexing_slicing, clippy::print_stdout)] // tests stand on the real disk

mod support {
    pub mod program;
    pub mod story;
}

use std::path::Path;
use std::process::{Command, Stdio};

use support::program::run;
use support::story::{Story, Versions};

/// How the monolith is started, and the volumes that this makes.
const MONOLITH: &[(&str, &[&str])] = &[
    ("", &["app_mongodb_config", "app_mongodb_data", "app_redis_data"]),
    ("-f docker-compose.yml", &["app_mongodb_config", "app_mongodb_data", "app_redis_data"]),
    ("-f docker-compose.yml -f docker-compose.prod.yml", &["app_mongodb_config", "app_mongodb_data", "app_redis_data"]),
    ("-f docker-compose.monitoring.yml", &["app_grafana_data", "app_prometheus_data"]),
];

/// The same of the split.
const SPLIT: &[(&str, &[&str])] = &[
    ("", &[]),
    ("-f docker-compose.prod.yml", &[]),
    (
        "-f docker-compose/infrastructure/docker-compose.yml",
        &[
            "infrastructure_grafana_data",
            "infrastructure_mongodb_config",
            "infrastructure_mongodb_data",
            "infrastructure_prometheus_data",
            "infrastructure_redis_data",
        ],
    ),
];

/// The real names of the volumes in the answer of a `config --format json`.
fn volumes(json: &[u8]) -> Vec<String> {
    let project: serde_json::Value = serde_json::from_slice(json).unwrap();
    let declared = project["volumes"].as_object().map(|v| v.values().map(|v| v["name"].as_str().unwrap().to_owned()).collect());
    let mut names: Vec<String> = declared.unwrap_or_default();
    names.sort();
    names
}

#[test]
fn every_entry_point_loads_and_the_volumes_of_the_split_have_other_names() {
    for (name, entry_points) in [("monolith", MONOLITH), ("broken-split", SPLIT)] {
        let story = Story::new(name);
        for (files, wanted) in entry_points {
            let answer = story.run(&format!("config {files} --format json"));
            assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{name} {files}");
            assert_eq!(volumes(answer.stdout.as_bytes()), *wanted, "{name} {files}");
        }
    }
}

/// Docker Compose in a directory; `None` where there is none, or one from before version 2.
fn docker_compose(directory: &Path, line: &str) -> Option<std::process::Output> {
    let mut command = Command::new("docker-compose");
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.current_dir(directory).stdin(Stdio::null()).args(line.split_whitespace()).output().ok()
}

#[test]
fn docker_compose_takes_every_entry_point_without_a_word() {
    let version = docker_compose(Path::new("."), "version --short").map(|v| String::from_utf8_lossy(&v.stdout).trim().to_owned());
    if version.is_none_or(|v| v.is_empty() || v.starts_with("1.")) {
        println!("skipped: no docker-compose here to ask");
        return;
    }
    for (name, entry_points) in [("monolith", MONOLITH), ("broken-split", SPLIT)] {
        let story = Story::new(name);
        for (files, wanted) in entry_points {
            let answer = docker_compose(&story.app, &format!("{files} config --format json")).unwrap();
            assert!(answer.status.success() && answer.stderr.is_empty(), "{name} {files}: {answer:?}");
            assert_eq!(volumes(&answer.stdout), *wanted, "{name} {files}");
        }
    }
}

#[test]
fn check_finds_nothing_in_the_monolith() {
    let answer = Story::new("monolith").run("check");
    insta::assert_snapshot!(answer.all(), @r"
    --- stderr
    no findings in 3 projects, 6 files
    --- exit code 0
    ");
}

#[test]
fn check_names_what_is_broken_in_the_split() {
    let story = Story::new("broken-split");
    insta::assert_snapshot!("check_of_the_broken_split", story.run("check --color never").all());

    // Once more without the words: each defect at its line.
    let said = story.run("check --format concise").stdout;
    for (rule, file, text) in [
        ("bind-source-missing", "docker-compose/infrastructure/docker-compose.yml", "- ./mongodb/init.js"),
        ("build-input-missing", "docker-compose/services/gateway.yml", "context:"),
        ("build-input-missing", "docker-compose/services/users-api.yml", "context:"),
        ("build-input-missing", "docker-compose/services/orders-api.yml", "context:"),
        ("misplaced-service-key", "docker-compose/services/gateway.yml", "restart:"),
        ("misplaced-service-key", "docker-compose/services/users-api.yml", "restart:"),
        ("misplaced-service-key", "docker-compose/services/orders-api.yml", "restart:"),
    ] {
        let place = format!("{file}:{}:", story.line(file, text));
        assert!(said.lines().any(|l| l.starts_with(&place) && l.contains(rule)), "{rule} {place}\n{said}");
    }
}

/// That a volume had another name last week stands nowhere in the tree. What does: that its name hangs on that of a directory.
#[test]
fn audit_names_the_volumes_whose_names_hang_on_a_directory() {
    let said = Story::new("broken-split").run("audit --format concise").stdout;
    let volumes: Vec<&str> = said.lines().filter(|l| l.contains("[implicit-volume-name]")).collect();
    insta::assert_snapshot!(
        volumes.join("\n"),
        @"docker-compose/infrastructure/docker-compose.yml:104:3: info[implicit-volume-name] the real volumes are `infrastructure_mongodb_data`, `infrastructure_mongodb_config`, `infrastructure_redis_data`, `infrastructure_prometheus_data`, `infrastructure_grafana_data`, named after the directory"
    );
}

/// What `diff` says of the monolith and the split.
struct Told {
    project: String,
    class: String,
    path: String,
    /// File and line, where there is one.
    before: String,
    after: String,
    consequence: String,
}

fn told(versions: &Versions) -> Vec<Told> {
    let answer = versions.run("diff old/app new/app --format json");
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    let document: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let place = |value: &serde_json::Value| match &value["location"] {
        serde_json::Value::Null => "nowhere".to_owned(),
        at => format!("{}:{}", at["path"].as_str().unwrap(), at["line"]),
    };
    let mut out = Vec::new();
    for project in document["projects"].as_array().unwrap() {
        for change in project["changes"].as_array().unwrap() {
            out.push(Told {
                project: [text(&project["name"]), text(&project["variant"])].join(" ").trim_end().to_owned(),
                class: text(&change["class"]),
                path: text(&change["path"]),
                before: place(&change["before"]),
                after: place(&change["after"]),
                consequence: text(&change["consequence"]),
            });
        }
    }
    out
}

/// The one change of a path in a project.
fn change<'t>(all: &'t [Told], project: &str, path: &str) -> &'t Told {
    let found: Vec<&Told> = all.iter().filter(|t| t.project == project && t.path == path).collect();
    assert_eq!(found.len(), 1, "{project} {path}");
    found[0]
}

const STORES: &str = "new/app/docker-compose/infrastructure/docker-compose.yml";

#[test]
fn diff_names_the_volumes_by_their_old_and_new_names() {
    let versions = Versions::new("monolith", "broken-split");
    let all = told(&versions);
    for (service, file, volumes) in [
        ("mongodb", "docker-compose.yml", &["mongodb_data", "mongodb_config"][..]),
        ("redis", "docker-compose.yml", &["redis_data"]),
        ("prometheus", "docker-compose.monitoring.yml", &["prometheus_data"]),
        ("grafana", "docker-compose.monitoring.yml", &["grafana_data"]),
    ] {
        let key = format!("{service}:");
        let change = change(&all, "infrastructure", &format!("services.{service}"));
        assert_eq!(change.class, "data", "{service}");
        // In `docker-compose.yml` others wait for the stores before they come.
        let above: &[&str] = if file == "docker-compose.yml" { &["services:", "# --- stores", &key] } else { &["services:", &key] };
        assert_eq!(change.before, versions.place(&format!("old/app/{file}"), above));
        assert_eq!(change.after, versions.place(STORES, &["services:", &key]));
        for volume in volumes {
            for project in ["app", "infrastructure"] {
                let name = format!("`{project}_{volume}`");
                let telling: Vec<&str> = all.iter().filter(|t| t.consequence.contains(&name)).map(|t| t.path.as_str()).collect();
                assert_eq!(telling, [change.path.as_str()], "{name} is told once, with its service");
            }
        }
    }
    // Nothing else is about data.
    assert_eq!(all.iter().filter(|t| t.class == "data").count(), 4);
}

#[test]
fn diff_names_the_script_that_is_not_there() {
    let versions = Versions::new("monolith", "broken-split");
    let all = told(&versions);
    let change = change(&all, "infrastructure", "services.mongodb.volumes[/docker-entrypoint-initdb.d/init.js]");
    assert_eq!(change.class, "behaviour");
    assert_eq!(change.before, versions.place("old/app/docker-compose.yml", &["- ./mongodb/init.js"]));
    assert_eq!(change.after, versions.place(STORES, &["- ./mongodb/init.js"]));
    assert!(change.consequence.contains("`./docker-compose/infrastructure/mongodb/init.js`"), "{}", change.consequence);
}

#[test]
fn diff_names_what_each_service_lost_in_each_environment() {
    const BASE: &str = "old/app/docker-compose.yml";
    let versions = Versions::new("monolith", "broken-split");
    let all = told(&versions);
    for project in ["app", "app docker-compose.prod.yml"] {
        for service in ["gateway", "users-api", "orders-api"] {
            let heading = if service == "gateway" { "# --- edge" } else { "# --- APIs" };
            let change = change(&all, project, &format!("services.{service}.build.context"));
            assert_eq!(change.class, "behaviour");
            assert_eq!(change.before, versions.place(BASE, &[heading, &format!("{service}:"), "context:"]));
            assert_eq!(change.after, versions.place(&format!("new/app/docker-compose/services/{service}.yml"), &["context:"]));
        }
        for (service, key, texts) in [
            ("gateway", "healthcheck", &["healthcheck:"][..]),
            ("gateway", "environment.USERS_UPSTREAM", &["environment:", "USERS_UPSTREAM:"]),
            ("gateway", "environment.ORDERS_UPSTREAM", &["environment:", "ORDERS_UPSTREAM:"]),
            ("gateway", "depends_on.users-api", &["depends_on:", "users-api:"]),
            ("gateway", "depends_on.orders-api", &["depends_on:", "orders-api:"]),
            ("users-api", "healthcheck", &["healthcheck:"]),
            ("users-api", "environment.PORT", &["environment:", "PORT:"]),
            ("users-api", "environment.MONGO_URL", &["environment:", "MONGO_URL:"]),
            ("users-api", "environment.REDIS_URL", &["environment:", "REDIS_URL:"]),
            ("users-api", "depends_on.mongodb", &["depends_on:", "mongodb:"]),
            ("users-api", "depends_on.redis", &["depends_on:", "redis:"]),
            ("orders-api", "healthcheck", &["healthcheck:"]),
            ("orders-api", "environment.PORT", &["environment:", "PORT:"]),
            ("orders-api", "environment.MONGO_URL", &["environment:", "MONGO_URL:"]),
            ("orders-api", "environment.REDIS_URL", &["environment:", "REDIS_URL:"]),
            ("orders-api", "environment.USERS_URL", &["environment:", "USERS_URL:"]),
            ("orders-api", "depends_on.mongodb", &["depends_on:", "mongodb:"]),
            ("orders-api", "depends_on.redis", &["depends_on:", "redis:"]),
            ("orders-api", "depends_on.users-api", &["depends_on:", "users-api:"]),
        ] {
            let change = change(&all, project, &format!("services.{service}.{key}"));
            assert_eq!((change.class.as_str(), change.after.as_str()), ("behaviour", "nowhere"), "{project} {service} {key}");
            let heading = if service == "gateway" { "# --- edge" } else { "# --- APIs" };
            assert_eq!(
                change.before,
                versions.place(BASE, &[&[heading, &format!("{service}:")], texts].concat()),
                "{project} {service} {key}"
            );
        }
    }
    // In production another file says `restart`, so it is lost in development alone.
    for (service, texts) in
        [("gateway", &["gateway:", "restart:"]), ("users-api", &["x-api:", "restart:"]), ("orders-api", &["x-api:", "restart:"])]
    {
        let path = format!("services.{service}.restart");
        let change = change(&all, "app", &path);
        assert_eq!((change.class.as_str(), change.after.as_str()), ("behaviour", "nowhere"), "{service}");
        assert_eq!(change.before, versions.place(BASE, texts), "{service}");
        assert!(!all.iter().any(|t| t.project != "app" && t.path == path), "{service}");
    }
}

#[test]
fn diff_of_the_monolith_and_the_broken_split() {
    insta::assert_snapshot!(
        "diff_of_the_broken_split",
        Versions::new("monolith", "broken-split").run("diff old/app new/app --color never").all()
    );
}

/// The split that `migrate` makes is the same project at every entry point.
#[test]
fn diff_says_nothing_of_a_good_split() {
    let versions = Versions::new("monolith", "monolith");
    let migrated = run(&versions.root.join("new/app"), &["migrate", "--to", "layout", "--write", "--no-docs"]);
    assert_eq!(migrated.code, 0, "{}", migrated.stderr);
    assert!(versions.root.join("new/app/docker-compose/services/gateway.yaml").metadata().is_ok());
    insta::assert_snapshot!(versions.run("diff old/app new/app -v").all(), @r"
    --- stderr
    project app: old/app and new/app: same
    project app, docker-compose.monitoring.yml: old/app and new/app: same
    project app, docker-compose.prod.yml: old/app and new/app: same
    `old` and `new` are different directories: what lies below them is compared relative to them; `--absolute` compares paths as they are
    no difference in 3 projects
    --- exit code 0
    ");
    for (files, _) in MONOLITH {
        let names: Vec<&str> = files.split_whitespace().filter(|w| *w != "-f").collect();
        let names = if names.is_empty() { vec!["docker-compose.yml", "docker-compose.override.yml"] } else { names };
        let side = |side: &str| names.iter().map(|name| format!(" --{side}-f {side}/app/{name}")).collect::<Vec<_>>().concat();
        let answer = versions.run(&format!("diff -q{}{}", side("old"), side("new")));
        assert_eq!((answer.code, answer.stdout.as_str(), answer.stderr.as_str()), (0, "", ""), "{files}");
    }
}
