//! For the summary of a job or a comment on a pull request. Bounded, since platforms refuse what is too long. What a user wrote is text here and
//! nothing else.

use std::fmt::Write as _;

use super::super::markdown::text;
use super::super::summary::count;
use super::{Report, ShownChange, ShownValue, State, fates};
use crate::diff::Class;

/// Bytes up to which changes are listed; the rest is counted.
const CHANGES: usize = 60_000;

/// The summary.
pub fn render(report: &Report) -> String {
    let mut out = format!("## composelint diff\n\n{}.\n", text(&report.summary(), false));
    let mut left = 0;
    for project in report.projects.iter().filter(|p| p.state != State::Same || !p.changes.is_empty()) {
        if out.len() > CHANGES {
            left += project.changes.len();
            continue;
        }
        let what = match project.state {
            State::Gone => ": project gone",
            State::New => ": new project",
            State::Refused => ": could not be compared",
            State::Same | State::Changed => "",
        };
        let _ = writeln!(out, "\n### {} ({}){what}\n", text(&project.title(), false), text(&project.directory, false));
        for refused in &project.refused {
            let place = refused.place.as_ref().map(|p| format!(" ({})", text(&p.text(), false))).unwrap_or_default();
            let _ = writeln!(out, "- Compose refuses the {} one: {}{place}", refused.side, text(&refused.message, false));
        }
        if !project.changes.is_empty() {
            out.push_str("| class | where | before | after | what comes of it |\n| --- | --- | --- | --- | --- |\n");
        }
        let order = Class::ALL.into_iter().flat_map(|class| project.changes.iter().filter(move |c| c.class == class));
        for change in order {
            if out.len() > CHANGES {
                left += 1;
                continue;
            }
            row(change, &mut out);
        }
        if !project.services.is_empty() {
            let said: Vec<String> = fates(project)
                .into_iter()
                .map(|(fate, services)| {
                    let names: Vec<String> = services.iter().map(|p| text(&p.service, false)).collect();
                    format!("{}: {}", fate.name(), names.join(", "))
                })
                .collect();
            let _ = writeln!(out, "\nWith the next `up`: {}.", said.join("; "));
        }
    }
    if left > 0 {
        let _ = writeln!(out, "\nand {}.", count(left, "more change"));
    }
    out
}

fn row(change: &ShownChange, out: &mut String) {
    let class = match change.class {
        _ if change.accepted => format!("{} (accepted)", change.class.name()),
        Class::Data | Class::Exposure => format!("**{}**", change.class.name()),
        class => class.name().to_owned(),
    };
    let value = |value: &Option<ShownValue>| {
        value.as_ref().map_or_else(String::new, |v| {
            let place = v.place.as_ref().map(|p| format!("<br>{}", text(&p.text(), true))).unwrap_or_default();
            format!("{}{place}", code(&v.text))
        })
    };
    let _ = writeln!(
        out,
        "| {class} | {} | {} | {} | {} |",
        code(&change.path),
        value(&change.before),
        value(&change.after),
        text(&change.consequence, true)
    );
}

/// As code, where that can be told.
fn code(words: &str) -> String {
    if words.contains('`') { text(words, true) } else { text(&format!("`{words}`"), true) }
}
