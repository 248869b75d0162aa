//! A runbook: the commands that start, stop, show, back up and bring back each stack, with the real names of projects, volumes and containers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::start;
use crate::report::document::Document;
use crate::report::inventory::{Mount, Service, Stack};
use crate::report::markdown::{code, escaped};
use crate::shell::shell_word;

/// The body of the runbook, to be put between markers.
pub fn render(document: &Document) -> String {
    let mut out = String::from(
        "\nPaths start where `composelint audit` was run. A backup of running databases is none: stop the stack first, or dump.\n",
    );
    let several = document.stacks().iter().any(|s| s.host.is_some());
    // They are sorted by host.
    for of_host in document.stacks().chunk_by(|a, b| a.host == b.host) {
        if let Some(first) = of_host.first().filter(|_| several) {
            let _ = writeln!(out, "\n## {}", escaped(first.host.as_deref().unwrap_or("Without a host"), false));
        }
        order(of_host, several, &mut out);
        for stack in of_host {
            one(stack, several, &mut out);
        }
    }
    if document.hosts.len() > 1 {
        rollout(document, &mut out);
    }
    out
}

/// `docker compose` with what makes it this very project, wherever it is run.
pub fn compose(stack: &Stack) -> String {
    let mut out = String::from("docker compose");
    if stack.kind == "default" {
        // There it finds the files, the override and the name by itself.
        let _ = write!(out, " --project-directory {}", shell_word(&stack.directory));
    } else {
        for file in &stack.files {
            let _ = write!(out, " -f {}", shell_word(&file.path));
        }
    }
    if let Some(project) = stack.project.as_deref().filter(|_| stack.project_from == "flag") {
        let _ = write!(out, " -p {}", shell_word(project));
    }
    out
}

/// The order in which the stacks are started, where there is one.
fn order(of_host: &[Stack], below_host: bool, out: &mut String) {
    let steps = start::stacks(&of_host.iter().collect::<Vec<_>>());
    if steps.is_empty() {
        return;
    }
    let heading = if below_host { "###" } else { "##" };
    let _ = writeln!(out, "\n{heading} The order of starting\n\nStopping goes the other way.\n");
    for (number, step) in steps.iter().enumerate() {
        let because: Vec<String> = step.because.iter().map(|b| escaped(b, false)).collect();
        let because = if because.is_empty() { String::new() } else { format!(": {}", because.join("; ")) };
        let _ = writeln!(out, "{}. {}{because}", number + 1, code(step.stack.project.as_deref().unwrap_or(&step.stack.directory)));
    }
}

fn one(stack: &Stack, below_host: bool, out: &mut String) {
    let compose = compose(stack);
    let heading = if below_host { "###" } else { "##" };
    let name = stack.project.as_deref().unwrap_or("(no name)");
    let _ = writeln!(out, "\n{heading} {}\n", escaped(name, false));
    if stack.refused {
        out.push_str("`docker compose` refuses this project as it is: mend it first (`composelint check` says what).\n\n");
    }
    let _ = writeln!(out, "Directory {}, services {}.", code(&stack.directory), listed(stack.services.iter().map(|s| s.name.as_str())));
    let shell = |out: &mut String, title: &str, lines: &[String]| {
        if !lines.is_empty() {
            let _ = writeln!(out, "\n{title}:\n\n```sh\n{}\n```", lines.join("\n").replace("```", "` ` `"));
        }
    };
    let profiles: Vec<String> = stack.profiles.iter().map(|p| format!("--profile {}", shell_word(p))).collect();
    let mut start = vec![format!("{compose} up -d")];
    if !profiles.is_empty() {
        start.push(format!("{compose} {} up -d    # with all profiles", profiles.join(" ")));
    }
    shell(out, "Start", &start);
    let all = if profiles.is_empty() { String::new() } else { format!(" {}", profiles.join(" ")) };
    shell(out, "Stop (containers and their data stay)", &[format!("{compose}{all} stop")]);
    shell(out, "Look", &[format!("{compose}{all} ps"), format!("{compose}{all} logs --tail 100 -f")]);
    let data = data(stack);
    if data.is_empty() {
        out.push_str("\nNo data is kept outside of the containers.\n");
        return;
    }
    let mut dumps: Vec<String> = stack.services.iter().filter_map(|s| dump(&compose, s)).collect();
    dumps.sort();
    shell(out, "Dump the databases while they run", &dumps);
    let mut backup = vec![format!("{compose}{all} stop")];
    // What Compose makes itself it takes as its own later.
    let mut restore = vec![format!("{compose}{all} stop"), format!("{compose}{all} create")];
    for mount in &data {
        let Some(source) = mount.source.as_deref() else { continue };
        let archive = shell_word(&format!("{}.tgz", file_name(source)));
        let from = shell_word(source);
        if mount.kind == "volume" {
            backup.push(format!("docker run --rm -v {from}:/data:ro -v \"$PWD\":/backup alpine tar czf /backup/{archive} -C /data ."));
            restore.push(format!("docker run --rm -v {from}:/data -v \"$PWD\":/backup:ro alpine tar xzf /backup/{archive} -C /data"));
        } else {
            backup.push(format!("sudo tar czf {archive} -C {from} ."));
            restore.push(format!("sudo tar xzf {archive} -C {from}"));
        }
    }
    backup.push(format!("{compose}{all} start"));
    restore.push(format!("{compose}{all} start"));
    shell(out, "Back up", &backup);
    shell(out, "Bring back, into empty volumes and directories", &restore);
    let open: Vec<&str> = data.iter().filter(|m| m.backup.as_deref() == Some("not-covered")).filter_map(|m| m.source.as_deref()).collect();
    if !open.is_empty() {
        let _ = writeln!(out, "\nOn no list of backups: {}.", listed(open.into_iter()));
    }
    let anonymous: Vec<String> = stack
        .mount_list
        .iter()
        .filter(|m| m.class == "data" && m.source.is_none())
        .map(|m| format!("{}:{}", m.service, m.target))
        .collect();
    if !anonymous.is_empty() {
        let _ = writeln!(out, "\nWithout a name, and lost with the container: {}.", listed(anonymous.iter().map(String::as_str)));
    }
}

/// What holds data and has a name, each once.
fn data(stack: &Stack) -> Vec<&Mount> {
    let mut seen = BTreeSet::new();
    let all = stack.mount_list.iter().filter(|m| m.class == "data" && m.source.is_some());
    all.filter(|m| seen.insert((&m.kind, &m.source))).collect()
}

/// How a database is dumped while it runs, told by its image.
fn dump(compose: &str, service: &Service) -> Option<String> {
    let image = service.image.as_deref()?;
    let name = image.split('@').next()?.rsplit('/').next()?.split(':').next()?.to_ascii_lowercase();
    let (command, to) = match name.as_str() {
        "postgres" | "postgis" | "pgvector" | "timescaledb" => (r#"sh -c 'pg_dumpall -U "${POSTGRES_USER:-postgres}"'"#, "sql"),
        "mariadb" => (r#"sh -c 'mariadb-dump --all-databases -uroot -p"$MARIADB_ROOT_PASSWORD"'"#, "sql"),
        "mysql" => (r#"sh -c 'mysqldump --all-databases -uroot -p"$MYSQL_ROOT_PASSWORD"'"#, "sql"),
        "mongo" => ("mongodump --archive", "archive"),
        _ => return None,
    };
    let service = &service.name;
    Some(format!("{compose} exec -T {} {command} > {}", shell_word(service), shell_word(&format!("{}.{to}", file_name(service)))))
}

fn file_name(source: &str) -> String {
    let name: String = source.trim_matches('/').chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with('.') { format!("data{name}") } else { name }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<String> = names.map(code).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

fn rollout(document: &Document, out: &mut String) {
    out.push_str("\n## Rolling a change out\n\nOne host at a time, in this order; go on only when its stacks are up and healthy.\n\n");
    for (number, host) in document.hosts.iter().enumerate() {
        let because: Vec<String> = host.because.iter().map(|b| escaped(b, false)).collect();
        let _ = writeln!(out, "{}. **{}**: {}", number + 1, escaped(&host.name, false), because.join("; "));
    }
    out.push_str(
        "\nBefore each host: back up its data as above, and note what runs (`docker compose ls`, `docker ps`). To go back: take the last change of \
         the files back (`git revert`, then bring the host up to date as usual, or `nixos-rebuild switch --rollback`), then `up -d` as above. \
         Volumes keep their names as long as the names of the projects stay: compare them with this page before starting.\n",
    );
}
