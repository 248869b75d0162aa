//! For people: by project and class, the worst first; each change with both values and their places, what comes of it, and what becomes of
//! the services.

use std::fmt::Write;

use super::super::human::Style;
use super::{Project, Report, ShownChange, ShownValue, State, fates};
use crate::diff::Class;

/// A value longer than this has its place on the next line.
const WIDE: usize = 72;

/// Everything that differs, or cannot be compared.
pub fn render(report: &Report, colour: bool) -> String {
    let style = Style::new(colour);
    let mut out = String::new();
    for project in report.projects.iter().filter(|p| p.state != State::Same || !p.changes.is_empty()) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", heading(project, &style));
        one(project, &style, &mut out);
        out.push('\n');
    }
    out
}

fn heading(project: &Project, style: &Style) -> String {
    let what = match project.state {
        State::Gone => ": project gone",
        State::New => ": new project",
        State::Refused => ": could not be compared",
        State::Same | State::Changed => "",
    };
    format!("{}{}{what}", style.bold(&format!("project {}", project.title())), style.dim(&format!(" ({})", project.directory)))
}

fn one(project: &Project, style: &Style, out: &mut String) {
    for refused in &project.refused {
        let place = refused.place.as_ref().map(|p| format!("  {}", style.dim(&p.text()))).unwrap_or_default();
        let _ = writeln!(
            out,
            "\n  Compose refuses the {} one: {}{place}",
            if refused.side == "old" { "earlier" } else { "later" },
            refused.message
        );
    }
    for class in Class::ALL {
        let changes: Vec<&ShownChange> = project.changes.iter().filter(|c| c.class == class && !c.accepted).collect();
        if !changes.is_empty() {
            group(&paint(class, style), &changes, style, out);
        }
    }
    let accepted: Vec<&ShownChange> = project.changes.iter().filter(|c| c.accepted).collect();
    if !accepted.is_empty() {
        group(&style.bold("ACCEPTED"), &accepted, style, out);
    }
    if !project.services.is_empty() {
        let _ = writeln!(out, "\n{}", style.bold("SERVICES, with the next `up`"));
        services(project, style, out);
    }
}

fn paint(class: Class, style: &Style) -> String {
    let name = class.name().to_uppercase();
    match class {
        Class::Data => style.red(&name),
        Class::Exposure => style.yellow(&name),
        Class::Behaviour => style.bold(&name),
        Class::Cosmetic => style.dim(&name),
    }
}

fn group(title: &str, changes: &[&ShownChange], style: &Style, out: &mut String) {
    let _ = writeln!(out, "\n{title}");
    for change in changes {
        let class = if change.accepted { format!("  {}", style.dim(change.class.name())) } else { String::new() };
        let _ = writeln!(out, "  {}{class}", style.bold(&change.path));
        let values: Vec<(char, &ShownValue)> =
            [('-', change.before.as_ref()), ('+', change.after.as_ref())].into_iter().filter_map(|(sign, v)| Some((sign, v?))).collect();
        let width = values.iter().map(|(_, v)| v.text.chars().count()).filter(|w| *w <= WIDE).max().unwrap_or(0);
        for (sign, value) in values {
            let sign = if sign == '-' { style.red("-") } else { style.green("+") };
            let Some(place) = value.place.as_ref().map(|p| style.dim(&p.text())) else {
                let _ = writeln!(out, "    {sign} {}", value.text);
                continue;
            };
            if value.text.chars().count() > WIDE {
                let _ = writeln!(out, "    {sign} {}\n      {place}", value.text);
            } else {
                let _ = writeln!(out, "    {sign} {:width$}  {place}", value.text);
            }
        }
        let _ = writeln!(out, "    {}", change.consequence);
    }
}

fn services(project: &Project, style: &Style, out: &mut String) {
    let width = project.services.iter().map(|p| p.service.chars().count()).filter(|w| *w <= 24).max().unwrap_or(0);
    for (fate, services) in fates(project) {
        let (plain, told): (Vec<_>, Vec<_>) = services.into_iter().partition(|p| p.why.is_empty());
        for prediction in told {
            let _ = writeln!(out, "  {:9}  {:width$}  {}", fate.name(), prediction.service, style.dim(&prediction.why));
        }
        if !plain.is_empty() {
            let names: Vec<&str> = plain.iter().map(|p| p.service.as_str()).collect();
            let _ = writeln!(out, "  {:9}  {}", fate.name(), names.join(", "));
        }
    }
}
