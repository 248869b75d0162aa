//! Annotations of GitHub Actions, at the places of the later version. GitHub shows ten of a kind and step and drops the rest without a word:
//! the rest are plain lines.

use std::fmt::Write;

use super::super::github::{SHOWN, data, property};
use super::{Report, ShownChange};
use crate::diff::Class;

/// All changes, the worst first.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let mut rest = Vec::new();
    for refused in report.projects.iter().flat_map(|p| &p.refused) {
        let place =
            refused.place.as_ref().map(|p| format!(" file={},line={}", property(p.in_root.as_deref().unwrap_or(&p.path)), p.at.start.line));
        let place = place.map_or_else(|| " ".to_owned(), |p| format!("{p},"));
        let _ = writeln!(out, "::error{place}title=composelint: could not compare::{}", data(&refused.message));
    }
    for class in Class::ALL {
        let changes = report.projects.iter().flat_map(|p| p.changes.iter().map(move |c| (p, c)));
        for (i, (project, change)) in changes.filter(|(_, c)| c.class == class && !c.accepted).enumerate() {
            match kind(class).filter(|_| i < SHOWN) {
                Some(kind) => annotation(kind, &project.title(), change, &mut out),
                None => rest.push((project, change)),
            }
        }
    }
    let accepted = report.projects.iter().flat_map(|p| p.changes.iter().map(move |c| (p, c)));
    rest.extend(accepted.filter(|(_, c)| c.accepted));
    if !rest.is_empty() {
        out.push_str("Not annotated, because they are accepted, cosmetic, or more than GitHub shows:\n");
    }
    for (project, change) in rest {
        let accepted = if change.accepted { " (accepted)" } else { "" };
        let line = format!("{}: {}{accepted} {}: {}", project.title(), change.class.name(), change.path, change.consequence);
        // A line that begins with `::` would be a command, and the runner looks for `##[` anywhere in a line.
        let _ = writeln!(out, "  {}", line.replace("##[", "## ["));
    }
    out
}

fn kind(class: Class) -> Option<&'static str> {
    match class {
        Class::Data => Some("error"),
        Class::Exposure => Some("warning"),
        Class::Behaviour => Some("notice"),
        Class::Cosmetic => None,
    }
}

fn annotation(kind: &str, project: &str, change: &ShownChange, out: &mut String) {
    let _ = write!(out, "::{kind} ");
    let place = change.after.as_ref().and_then(|v| v.place.as_ref()).or(change.near.as_ref());
    if let Some(place) = place {
        let _ = write!(out, "file={},line={},", property(place.in_root.as_deref().unwrap_or(&place.path)), place.at.start.line);
    }
    let mut message = format!("{}: {}", change.path, change.consequence);
    for (name, value) in [("before", &change.before), ("after", &change.after)] {
        if let Some(value) = value {
            let place = value.place.as_ref().map(|p| format!(" ({})", p.text())).unwrap_or_default();
            let _ = write!(message, "\n{name}: {}{place}", value.text);
        }
    }
    let _ = writeln!(out, "title=composelint: {} of {}::{}", change.class.name(), property(project), data(&message));
}
