//! What a person reads of a move to NixOS before anything is written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::project::{Made, Modules};
use super::{Class, Remark, Style};
use crate::report::{plain, summary};

/// What is made of what, what differs, and whose data is whose. `out` is where the files would go.
pub fn overview(modules: &Modules, out: &str) -> String {
    let mut text = String::new();
    for made in &modules.projects {
        project(made, &mut text);
    }
    let _ = writeln!(text, "\nFiles in {out}");
    for (path, file) in &modules.files {
        let _ = writeln!(text, "  {}: {}", plain(&path.display().to_string()), summary::count(file.lines().count(), "line"));
    }
    text
}

fn project(made: &Made, text: &mut String) {
    if !text.is_empty() {
        text.push('\n');
    }
    let on = made.host.as_ref().map_or_else(String::new, |host| format!(" on {host}"));
    let _ = writeln!(text, "{}{}: {}", plain(&made.project.name), plain(&on), containers(made));
    // The same thing is said of many services: once, with all of them.
    for (class, title) in [(Class::Unmapped, "Left out"), (Class::Different, "Different"), (Class::Moved, "Elsewhere now")] {
        let mut said: BTreeMap<&str, Vec<&Remark>> = BTreeMap::new();
        for remark in made.remarks.iter().filter(|r| r.class == class) {
            said.entry(remark.message.as_str()).or_default().push(remark);
        }
        if said.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{title}");
        let mut said: Vec<_> = said.into_iter().collect();
        said.sort_by_key(|(_, remarks)| made.remarks.iter().position(|r| remarks.first().is_some_and(|f| f.path == r.path)));
        for (message, remarks) in said {
            let paths: Vec<&str> = remarks.iter().map(|r| r.path.as_str()).collect();
            let shown = match paths.as_slice() {
                [first, rest @ ..] if rest.len() > 2 => format!("{first} and {} more", rest.len()),
                all => all.join(", "),
            };
            let _ = writeln!(text, "  {}: {}", plain(&shown), plain(message));
        }
    }
    let inert = made.remarks.iter().filter(|r| r.class == Class::Inert).count();
    if inert > 0 {
        let keys = summary::count(inert, "key");
        let _ = writeln!(text, "\nWithout meaning for a container that runs: {keys}; MIGRATION.md names them");
    }
    if !made.volumes().is_empty() || !made.anonymous().is_empty() {
        text.push_str("\nData\n");
        for volume in made.volumes() {
            let external = if volume.external { ", external" } else { "" };
            let _ = writeln!(text, "  {}: stays `{}`{external}", plain(&volume.key), plain(&volume.real_name));
        }
        for anonymous in made.anonymous() {
            let _ = writeln!(
                text,
                "  {} of {}: a volume without a name, new with every container",
                plain(&anonymous.target),
                plain(&anonymous.service)
            );
        }
    }
    if !made.create.is_empty() {
        text.push_str("\nSecrets to create\n");
        for secret in &made.create {
            let _ = writeln!(text, "  {}: {}", plain(&secret.what), plain(&secret.how));
        }
    }
    if made.comments.carried + made.comments.appendix > 0 {
        let _ = writeln!(text, "\nComments: carried {}, appendix {}, lost 0", made.comments.carried, made.comments.appendix);
    }
}

fn containers(made: &Made) -> String {
    if let Some(kept) = &made.kept {
        return format!("stays a Compose project, {} with the hash of today", summary::count(kept.hashes, "service"));
    }
    let count = summary::count(made.mapped.stack.containers.len(), "container");
    let units = summary::count(made.mapped.stack.units.len(), "unit");
    format!("{count}, {units} of systemd")
}

/// What was compared, in words; what there is none of is left out.
pub fn compared(modules: &Modules) -> String {
    let e = &modules.evidence;
    let first = if modules.style == Style::ComposeStack { "service" } else { "container" };
    let all = [
        (e.containers, first),
        (e.ports, "port"),
        (e.mounts, "mount"),
        (e.networks, "network connection"),
        (e.variables, "variable"),
        (e.flags, "other flag"),
        (e.units, "unit"),
    ];
    all.iter().filter(|(n, _)| *n > 0).map(|(n, what)| summary::count(*n, what)).collect::<Vec<_>>().join(", ")
}

/// What was compared.
pub fn proof(modules: &Modules) -> String {
    if modules.style == Style::ComposeStack {
        let hashes: usize = modules.projects.iter().filter_map(|p| p.kept.as_ref()).map(|k| k.hashes).sum();
        let hashes = summary::count(hashes, "service");
        return format!(
            "
Proof
  read back and loaded by the answers of Compose 2.40 and 5: the same project, {hashes} with the hash of today: {}
",
            compared(modules)
        );
    }
    format!(
        "
Proof
  read back and compared with what Compose asks for: {}
",
        compared(modules)
    )
}
