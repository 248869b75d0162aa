//! What fixes change, as a unified diff. Whoever shows it hides secrets first: the lines are given to a function that may mask them.

use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

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
