//! What becomes of a file, as a unified diff without secrets.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use similar::{ChangeTag, TextDiff};

use super::{Redactor, display_path, plain};
use crate::source::{FileId, Source, Sources};

/// Lines around a change.
const CONTEXT: usize = 3;

/// The unified diff of one file. `old` and `new` give the shown form of a line (from 0) of either text, without its line break.
pub fn unified(name: &str, before: &str, after: &str, old: &dyn Fn(usize, &str) -> String, new: &dyn Fn(usize, &str) -> String) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut out = String::new();
    for (number, hunk) in diff.unified_diff().context_radius(CONTEXT).iter_hunks().enumerate() {
        if number == 0 {
            // Writing to a String cannot fail.
            let _ = write!(out, "--- a/{name}\n+++ b/{name}\n");
        }
        let _ = writeln!(out, "{}", hunk.header());
        for change in hunk.iter_changes() {
            let line = change.value();
            let text = line.strip_suffix('\n').unwrap_or(line);
            let shown = match (change.tag(), change.old_index(), change.new_index()) {
                (ChangeTag::Insert, _, Some(index)) => format!("+{}", new(index, text)),
                (ChangeTag::Delete, Some(index), _) => format!("-{}", old(index, text)),
                (_, Some(index), _) => format!(" {}", old(index, text)),
                _ => format!(" {text}"),
            };
            out.push_str(&shown);
            out.push('\n');
            if !line.ends_with('\n') {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    }
    out
}

/// The files before or after a change, and what of them may not be shown.
pub struct Masked<'a> {
    sources: &'a Sources,
    redactor: Redactor,
}

/// A file before and after.
pub struct Change<'a> {
    /// Its path: the one that its source has.
    pub path: &'a Path,
    /// The text before; empty for a new file.
    pub before: &'a str,
    /// The text afterwards; empty for a file that goes.
    pub after: &'a str,
}

impl<'a> Masked<'a> {
    /// The sources have every file that is shown.
    pub fn new(sources: &'a Sources, redactor: Redactor) -> Self {
        Self { sources, redactor }
    }

    /// What may not be shown.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    fn file(&self, path: &Path) -> Option<(FileId, Arc<Source>)> {
        let id = self.sources.find(path)?;
        Some((id, self.sources.get(id)))
    }

    /// A line (from 0) of a file without its secrets.
    fn line(&self, file: Option<&(FileId, Arc<Source>)>, index: usize) -> Option<String> {
        let (id, source) = file?;
        let range = source.line_range(u32::try_from(index).ok()?.checked_add(1)?)?;
        let mut out = String::new();
        let mut from = range.start;
        for hidden in self.redactor.hidden(*id, source, range.clone()) {
            out.push_str(source.text.get(from..hidden.start.clamp(from, range.end))?);
            out.push_str("***");
            from = hidden.end.clamp(from, range.end);
        }
        out.push_str(source.text.get(from..range.end)?);
        Some(self.redactor.text(&out).into_owned())
    }
}

/// The change as it may be shown.
pub fn shown(change: &Change, old: &Masked, new: &Masked, directory: &Path, colour: bool) -> String {
    let (before, after) = (old.file(change.path), new.file(change.path));
    // What cannot be looked up cannot be judged either: better nothing than a secret.
    let line = |text: Option<String>, other: &Masked| {
        text.map_or_else(|| "***".to_owned(), |text| plain(&other.redactor.text(&text)).into_owned())
    };
    let name = display_path(change.path, directory);
    let name = plain(&old.redactor.path(&name)).trim_start_matches('/').to_owned();
    let text = unified(&name, change.before, change.after, &|n, _| line(old.line(before.as_ref(), n), new), &|n, _| {
        line(new.line(after.as_ref(), n), old)
    });
    if !colour {
        return text;
    }
    let mut out = String::new();
    for line in text.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => anstyle::AnsiColor::Green.on_default(),
            Some(b'-') => anstyle::AnsiColor::Red.on_default(),
            Some(b'@') => anstyle::AnsiColor::Cyan.on_default(),
            _ => anstyle::Style::new(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{style}{line}{style:#}");
    }
    out
}
