//! Documents made by hand.

use crate::report::document::{Document, Finding, Location, Summary, Tool};
use crate::report::inventory::{File, Published, Resource, Service, Stack, Word};

/// What ends a script, a tag, an attribute and a line, and turns the rest around.
pub(crate) const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'&\u{202e}\u{2028}`]];--> click n0 \"x\"";

/// Nothing was found.
pub(crate) fn empty() -> Document {
    Document {
        version: 1,
        tool: Tool { name: "composelint".to_owned(), version: "0.1.0".to_owned() },
        summary: Summary::default(),
        findings: Vec::new(),
        skipped: Vec::new(),
        inventory: Some(Vec::new()),
        beside: Vec::new(),
        backups: Vec::new(),
        hosts: Vec::new(),
    }
}

/// A stack with services.
pub(crate) fn stack(name: &str, services: &[&str]) -> Stack {
    let service =
        |name: &&str| Service { name: (*name).to_owned(), image: Some(format!("registry.example/{name}:1")), ..Service::default() };
    Stack {
        directory: format!("docker/{name}"),
        kind: Word::Borrowed("default"),
        reached: Word::Borrowed("real"),
        project: Some(name.to_owned()),
        project_from: Word::Borrowed("directory"),
        files: vec![File { path: format!("docker/{name}/compose.yaml"), git: Some(Word::Borrowed("tracked")), on_host: false }],
        services: services.iter().map(service).collect(),
        ..Stack::default()
    }
}

/// A network or volume.
pub(crate) fn resource(key: &str, name: &str, external: bool) -> Resource {
    Resource { key: key.to_owned(), name: name.to_owned(), external }
}

/// A finding in a stack.
pub(crate) fn finding(rule: &str, severity: &'static str, stack: &str, message: &str) -> Finding {
    Finding {
        host: None,
        rule: rule.to_owned(),
        severity: Word::Borrowed(severity),
        message: message.to_owned(),
        why: Some("it matters".to_owned()),
        help: Some("write `restart: always`".to_owned()),
        project: Some(format!("docker/{stack}")),
        location: Location {
            path: format!("docker/{stack}/compose.yaml"),
            line: Some(3),
            column: Some(5),
            end_line: Some(3),
            end_column: Some(9),
            key_path: Some("services.web".to_owned()),
            label: None,
        },
        related: Vec::new(),
        fix: None,
        fingerprint: None,
    }
}

/// Every text that a user writes is an attack.
pub(crate) fn hostile() -> Document {
    let text = || HOSTILE.to_owned();
    let mut bad = stack(HOSTILE, &[HOSTILE, HOSTILE]);
    bad.aliases = vec![text()];
    bad.link_to = Some(text());
    bad.networks = vec![resource(HOSTILE, HOSTILE, false)];
    bad.volumes = vec![resource(HOSTILE, HOSTILE, true)];
    bad.profiles = vec![text()];
    for service in &mut bad.services {
        service.networks = vec![text()];
        service.restart = Some(text());
        service.ports = vec![Published { address: Some(text()), published: Some(text()), target: 1, protocol: text() }];
    }
    let mut long = stack(&"very-long-".repeat(60), &["x"]);
    long.networks = vec![resource(HOSTILE, HOSTILE, true)];
    long.host = bad.host.clone();
    let mut found = finding(HOSTILE, "error", HOSTILE, HOSTILE);
    found.severity = text().into();
    Document { inventory: Some(vec![bad, long]), findings: vec![found], ..empty() }
}
