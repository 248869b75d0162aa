//! How stacks stand against the `standard` of the configuration: from the inventory and the findings alone.

use crate::finding::Severity;
use crate::lint::config::standard::Point as Wanted;
use crate::report::Report;
use crate::report::inventory::{Point, Stack, Standard, Word};
use crate::rules::{self, Topic};

/// Holds every stack against the points.
pub fn judge(stacks: &mut [Stack], points: &[&'static Wanted], report: &Report) {
    if points.is_empty() {
        return;
    }
    for stack in stacks {
        let points: Vec<Point> = points
            .iter()
            .map(|point| {
                let because = fails(stack, point.name, report);
                Point { name: Word::Borrowed(point.name), kept: because.is_none(), because: because.unwrap_or_default() }
            })
            .collect();
        stack.standard = Some(Standard { kept: points.iter().filter(|p| p.kept).count(), points });
    }
}

/// True if a stack keeps every point; `None` without a standard.
pub fn complies(stack: &Stack) -> Option<bool> {
    stack.standard.as_ref().map(|s| s.kept == s.points.len())
}

/// What a point fails on.
fn fails(stack: &Stack, point: &str, report: &Report) -> Option<String> {
    let findings = || report.findings.iter().filter(|f| f.project.as_deref() == Some(&stack.directory) && f.host == stack.host);
    match point {
        "project-name" => (stack.project_from == "directory")
            .then(|| "the name follows from the directory: moving or linking it gives new, empty volumes".to_owned()),
        "in-git" => {
            let all = stack.files.iter().chain(&stack.fragments);
            some(all.filter(|f| !matches!(f.git.as_deref(), Some("tracked" | "modified"))).map(|f| &f.path), "git does not have")
        }
        "secrets-on-host" => {
            let loose = stack.secrets.iter().filter(|s| !s.on_host && s.kind != "external").map(|s| s.source.as_ref().unwrap_or(&s.name));
            let written = || {
                let of_secrets = |rule: &str| rules::find(rule).is_some_and(|r| r.meta.topic == Topic::Secrets);
                let found = findings().filter(|f| of_secrets(f.rule) && f.severity != Severity::Info).count();
                (found > 0).then(|| format!("{} about secrets", crate::report::summary::count(found, "finding")))
            };
            some(loose, "these come with the files and not from the host:").or_else(written)
        }
        "no-relative-data" => {
            let below = |path: &str| path.strip_prefix(&stack.directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let inside = |path: &str| if stack.directory == "." { !path.starts_with('/') } else { below(path) };
            let data = stack.mount_list.iter().filter(|m| m.kind == "bind" && m.class == "data");
            some(data.filter_map(|m| m.source.as_ref()).filter(|s| inside(s)), "data lies beside the files:")
        }
        "backed-up" => {
            let data = || stack.mount_list.iter().filter(|m| m.class == "data");
            let anonymous = data().filter(|m| m.source.is_none()).map(|m| &m.target);
            if data().any(|m| m.source.is_some() && m.backup.is_none()) {
                return Some("no list of backups is known".to_owned());
            }
            let open = data().filter(|m| m.backup.as_deref() == Some("not-covered")).filter_map(|m| m.source.as_ref());
            some(open.chain(anonymous), "on no list:")
        }
        "digests" => {
            let open = stack.services.iter().filter(|s| s.build.is_none() && !s.image.as_deref().is_some_and(|i| i.contains("@sha256:")));
            some(open.map(|s| &s.name), "no digest:")
        }
        "healthchecks" => some(stack.services.iter().filter(|s| !s.healthcheck).map(|s| &s.name), "no health check:"),
        "restart" => {
            let comes_back = |policy: &str| matches!(policy, "always" | "unless-stopped");
            let stays = |s: &&crate::report::inventory::Service| !s.restart.as_deref().is_some_and(comes_back);
            some(stack.services.iter().filter(stays).map(|s| &s.name), "stays down after a reboot:")
        }
        "no-errors" => {
            let errors = findings().filter(|f| f.severity == Severity::Error).count();
            (errors > 0).then(|| crate::report::summary::count(errors, "error"))
        }
        _ => None,
    }
}

/// What there is of something, as a sentence; `None` if there is nothing.
fn some<'a>(names: impl Iterator<Item = &'a String>, what: &str) -> Option<String> {
    /// More are counted.
    const SHOWN: usize = 4;
    let mut names: Vec<&String> = names.collect();
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| format!("{what} {}", super::listed(&names, SHOWN)))
}
