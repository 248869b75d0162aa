//! The JSON document of `diff`. Its structs are a frozen form of their own: within `version` 1 keys are added, never renamed or removed.

use serde::Serialize;

use super::super::json::escape;
use super::{Report, ShownChange, ShownPlace, ShownValue};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    summary: Summary,
    projects: Vec<Project<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    data: usize,
    exposure: usize,
    behaviour: usize,
    /// With `--all` only.
    cosmetic: usize,
    /// Of any class; none of them is counted above.
    accepted: usize,
    projects: usize,
    /// Projects that could not be compared.
    refused: usize,
}

#[derive(Serialize)]
struct Project<'a> {
    name: &'a str,
    directory: &'a str,
    /// What tells it from others in its directory: its files, or the environment that it is; mostly empty.
    variant: &'a str,
    state: &'static str,
    refused: Vec<Refused<'a>>,
    changes: Vec<Change<'a>>,
    services: Vec<Service<'a>>,
}

#[derive(Serialize)]
struct Refused<'a> {
    side: &'static str,
    message: &'a str,
    location: Option<Location<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    class: &'static str,
    path: &'a str,
    accepted: bool,
    consequence: &'a str,
    before: Option<Value<'a>>,
    after: Option<Value<'a>>,
}

#[derive(Serialize)]
struct Value<'a> {
    text: &'a str,
    location: Option<Location<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    /// The git revision; `null`: what is on the disk.
    revision: Option<&'a str>,
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Service<'a> {
    name: &'a str,
    fate: &'static str,
    why: &'a str,
}

/// The document, with a line break at its end.
pub fn render(report: &Report) -> String {
    let counts = report.counts();
    let document = Document {
        version: 1,
        tool: Tool { name: "composelint", version: env!("CARGO_PKG_VERSION") },
        summary: Summary {
            data: counts.data,
            exposure: counts.exposure,
            behaviour: counts.behaviour,
            cosmetic: counts.cosmetic,
            accepted: counts.accepted,
            projects: report.projects.len(),
            refused: report.refused(),
        },
        projects: report.projects.iter().map(project).collect(),
    };
    let mut out = escape(&serde_json::to_string_pretty(&document).unwrap_or_default());
    out.push('\n');
    out
}

fn project(project: &super::Project) -> Project<'_> {
    Project {
        name: &project.name,
        directory: &project.directory,
        variant: &project.variant,
        state: project.state.name(),
        refused: project
            .refused
            .iter()
            .map(|r| Refused { side: r.side, message: &r.message, location: r.place.as_ref().map(location) })
            .collect(),
        changes: project.changes.iter().map(change).collect(),
        services: project.services.iter().map(|p| Service { name: &p.service, fate: p.fate.name(), why: &p.why }).collect(),
    }
}

fn change(change: &ShownChange) -> Change<'_> {
    Change {
        class: change.class.name(),
        path: &change.path,
        accepted: change.accepted,
        consequence: &change.consequence,
        before: change.before.as_ref().map(value),
        after: change.after.as_ref().map(value),
    }
}

fn value(value: &ShownValue) -> Value<'_> {
    Value { text: &value.text, location: value.place.as_ref().map(location) }
}

fn location(place: &ShownPlace) -> Location<'_> {
    let at = place.at;
    Location {
        revision: place.revision.as_deref(),
        path: &place.path,
        line: at.start.line,
        column: at.start.column,
        end_line: at.end.line,
        end_column: at.end.column,
    }
}
