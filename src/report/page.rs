//! The inventory as a page in Markdown, to be put between markers into a document that people keep.

use std::fmt::Write as _;

use super::document::{Document, Finding};
use super::inventory::{Published, Stack};
use super::markdown::{code, escaped};
use super::summary::count;

/// The body of the page.
pub fn render(document: &Document) -> String {
    let mut out = String::new();
    let stacks = document.stacks();
    let services = stacks.iter().map(|s| s.services.len()).sum();
    let s = &document.summary;
    let _ = writeln!(
        out,
        "\n{}, {}: {}, {}, {}.",
        count(stacks.len(), "stack"),
        count(services, "service"),
        count(s.errors, "error"),
        count(s.warnings, "warning"),
        count(s.infos, "note")
    );
    hosts(document, &mut out);
    ways(stacks, &mut out);
    let mut host = None;
    for stack in stacks {
        if host != stack.host {
            host.clone_from(&stack.host);
            let _ = writeln!(out, "\n## {}", escaped(host.as_deref().unwrap_or("Without a host"), false));
        }
        one(stack, document, &mut out);
    }
    beside(document, &mut out);
    let elsewhere: Vec<&Finding> = document.findings.iter().filter(|f| !of_a_stack(f, stacks)).collect();
    if elsewhere.iter().any(|f| f.severity != "info") {
        out.push_str("\n## Across stacks\n\n");
        findings(&elsewhere, &mut out);
    }
    out
}

fn of_a_stack(finding: &Finding, stacks: &[Stack]) -> bool {
    stacks.iter().any(|s| of(finding, s))
}

/// True if a finding belongs to a stack: it is about its project, or about the host at a place in one of its files.
pub fn of(finding: &Finding, stack: &Stack) -> bool {
    let at = &finding.location.path;
    let here = || stack.files.iter().chain(&stack.fragments).chain(&stack.env_files).any(|f| f.path == *at);
    finding.host == stack.host && finding.project.as_ref().map_or_else(here, |p| *p == stack.directory)
}

fn hosts(document: &Document, out: &mut String) {
    if document.hosts.is_empty() {
        return;
    }
    let standard = document.hosts.iter().any(|h| h.compliant.is_some());
    let (head, rule) = if standard { (" keep the standard |", " ---: |") } else { ("", "") };
    let _ =
        writeln!(out, "\n| host | stacks | services | errors | warnings |{head} uses |\n| --- | ---: | ---: | ---: | ---: |{rule} --- |");
    for host in &document.hosts {
        let kept = if standard { format!(" {} |", host.compliant.map(|c| c.to_string()).unwrap_or_default()) } else { String::new() };
        let needs: Vec<String> = host.needs.iter().map(|n| escaped(n, true)).collect();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |{kept} {} |",
            escaped(&host.name, true),
            host.stacks,
            host.services,
            host.errors,
            host.warnings,
            needs.join(", ")
        );
    }
}

/// The ways of placing each stack.
fn ways(stacks: &[Stack], out: &mut String) {
    if stacks.iter().all(|s| s.strategy.is_none()) {
        return;
    }
    out.push_str("\n| stack | best placed by | points against | next best |\n| --- | --- | ---: | --- |\n");
    for stack in stacks {
        let Some(strategy) = &stack.strategy else { continue };
        let mut ways = strategy.ways.iter();
        let (Some(best), Some(next)) = (ways.next(), ways.next()) else { continue };
        let _ = writeln!(out, "| {} | {} | {} | {} ({}) |", code(&stack.directory), best.name, best.cost, next.name, next.cost);
    }
}

fn one(stack: &Stack, document: &Document, out: &mut String) {
    let name = stack.project.as_deref().unwrap_or("(no name)");
    let _ = writeln!(out, "\n### {}\n", escaped(name, false));
    let from = match &*stack.project_from {
        "name" => "written in the file",
        "COMPOSE_PROJECT_NAME" => "from `COMPOSE_PROJECT_NAME`",
        "flag" => "from `-p`",
        _ => "from the directory",
    };
    let link = stack.link_to.as_ref().map(|to| format!(", a link to {}", code(to))).unwrap_or_default();
    let refused = if stack.refused { " **`docker compose` refuses it as it is.**" } else { "" };
    let _ = writeln!(out, "{}{link}; the name is {from}.{refused}\n", code(&stack.directory));
    let files: Vec<String> = stack
        .files
        .iter()
        .chain(&stack.fragments)
        .chain(&stack.env_files)
        .map(|f| {
            let state = if f.on_host { "on the host" } else { f.git.as_deref().unwrap_or("not in git") };
            format!("{} ({})", code(&f.path), escaped(state, false))
        })
        .collect();
    let _ = writeln!(out, "Files: {}", files.join(", "));
    if !stack.services.is_empty() {
        out.push_str("\n| service | image | ports | restart |\n| --- | --- | --- | --- |\n");
        for service in &stack.services {
            let image = match (&service.image, &service.build) {
                (_, Some(context)) => format!("built from {}", code(context)),
                (Some(image), None) => code(image),
                (None, None) => String::new(),
            };
            let ports: Vec<String> = service.ports.iter().map(|p| code(&port(p))).collect();
            let restart = service.restart.as_deref().map(code).unwrap_or_default();
            let _ = writeln!(out, "| {} | {image} | {} | {restart} |", code(&service.name), ports.join(", "));
        }
    }
    data(stack, out);
    if let Some(standard) = &stack.standard {
        let _ = writeln!(out, "\nStandard: {} of {}.", standard.kept, standard.points.len());
        for point in standard.points.iter().filter(|p| !p.kept) {
            let _ = writeln!(out, "- {}: {}", code(&point.name), escaped(&point.because, false));
        }
    }
    if let Some(best) = stack.strategy.as_ref().and_then(|s| s.ways.first()) {
        let words = |all: &[String]| escaped(&all.join("; "), false);
        let _ = writeln!(
            out,
            "\nBest placed by {}. For it: {}. Against it: {}.",
            code(&best.name),
            words(&best.reasons_for),
            words(&best.reasons_against)
        );
    }
    let found: Vec<&Finding> = document.findings.iter().filter(|f| of(f, stack)).collect();
    if found.iter().any(|f| f.severity != "info") {
        out.push('\n');
        findings(&found, out);
    }
}

/// Where the data is, under its real name.
fn data(stack: &Stack, out: &mut String) {
    let rows: Vec<String> = stack
        .mount_list
        .iter()
        .filter(|m| matches!(&*m.class, "data" | "cache"))
        .map(|m| {
            let source = m.source.as_deref().map_or_else(|| "no name".to_owned(), code);
            let backup = match m.backup.as_deref() {
                Some("covered") => "yes",
                Some("not-covered") => "**no**",
                _ => "",
            };
            format!("| {} | {} | {source} | {backup} |", code(&m.service), code(&m.target))
        })
        .collect();
    if !rows.is_empty() {
        let _ = writeln!(out, "\n| service | path | data is in | backed up |\n| --- | --- | --- | --- |\n{}", rows.join("\n"));
    }
}

/// `127.0.0.1:8080→80/udp`.
fn port(port: &Published) -> String {
    super::inventory::port_words(port)
}

/// The errors and warnings, and how much else there is.
fn findings(all: &[&Finding], out: &mut String) {
    let bad: Vec<&&Finding> = all.iter().filter(|f| f.severity != "info").collect();
    for finding in &bad {
        let at = finding.location.line.map_or_else(|| finding.location.path.clone(), |line| format!("{}:{line}", finding.location.path));
        let _ = writeln!(out, "- **{}** {} {} ({})", finding.severity, code(&finding.rule), escaped(&finding.message, false), code(&at));
    }
    let rest = all.len() - bad.len();
    if rest > 0 {
        let _ = writeln!(out, "- and {}", count(rest, "note"));
    }
}

fn beside(document: &Document, out: &mut String) {
    if document.beside.is_empty() {
        return;
    }
    out.push_str("\n## Beside the stacks\n\n| what | name | image | ports | file |\n| --- | --- | --- | --- | --- |\n");
    for one in &document.beside {
        let ports: Vec<String> = one.ports.iter().map(|p| code(&port(p))).collect();
        let image = one.image.as_deref().map(code).unwrap_or_default();
        let _ =
            writeln!(out, "| {} | {} | {image} | {} | {} |", escaped(&one.kind, true), code(&one.name), ports.join(", "), code(&one.file));
    }
}
