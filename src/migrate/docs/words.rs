//! What users wrote, fit to be shown: without secrets, on one line, and with nothing in it that Markdown, mermaid or a shell would obey.

use std::path::Path;

use crate::report::graph::mermaid;
use crate::report::markdown::{self, code};
use crate::report::{self, Redactor, sarif};
use crate::secret;

/// What stands for what is not shown.
pub(super) const STARS: &str = "***";

/// The one way from a user's text to a page.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) redactor: &'a Redactor,
    pub(super) root: &'a Path,
}

impl Words<'_> {
    /// On one line, without secrets.
    pub(super) fn shown(self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len() + 2);
        // Between backticks, as in a message: there a word is hidden, too, if it is a secret and nothing else.
        masked.push('`');
        let mut from = 0;
        for hidden in secret::ranges(text) {
            masked.push_str(text.get(from..hidden.start).unwrap_or(""));
            masked.push_str(STARS);
            // They may overlap.
            from = from.max(hidden.end);
        }
        masked.push_str(text.get(from..).unwrap_or(""));
        masked.push('`');
        let safe = self.redactor.text(&masked);
        let safe = safe.strip_prefix('`').unwrap_or(&safe);
        report::plain(safe.strip_suffix('`').unwrap_or(safe)).into_owned()
    }

    /// As code, for prose and for the cell of a table.
    pub(super) fn code(self, text: &str) -> String {
        code(&self.shown(text))
    }

    /// A sentence of ours with names of the user's in backticks.
    pub(super) fn prose(self, text: &str) -> String {
        markdown::escaped(&self.redactor.text(text), false)
    }

    /// A path: relative to the root where it is below.
    pub(super) fn path(self, path: &Path) -> String {
        report::plain(&self.redactor.path(&report::display_path(path, self.root))).into_owned()
    }

    /// A link to a file of the project, from a page that lies `depth` directories below the root.
    pub(super) fn link(self, path: &Path, depth: usize) -> String {
        let path = self.path(path);
        format!("[{}]({}{})", code(&path), "../".repeat(depth), sarif::encoded(&path))
    }

    /// The text of a label of the graph, to be put between quotation marks.
    pub(super) fn label(self, text: &str) -> String {
        mermaid::label(&self.shown(text))
    }
}

/// The name of a file for something that has a name of the user's. Two that differ in more than that get different ones from [`Names`].
fn file_stem(name: &str) -> String {
    let stem: String =
        name.chars().take(80).map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.' { c } else { '_' }).collect();
    // `.`, `..` and hidden files are no pages.
    match stem.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if stem.is_empty() => "_".to_owned(),
        None => stem,
    }
}

/// Gives names to files so that no two are the same, not even on a disk that takes `A` for `a`.
#[derive(Default)]
pub(super) struct Names(std::collections::BTreeSet<String>);

impl Names {
    pub(super) fn give(&mut self, name: &str) -> String {
        let stem = file_stem(name);
        let mut given = stem.clone();
        let mut number = 2u32;
        while !self.0.insert(given.to_ascii_lowercase()) {
            given = format!("{stem}-{number}");
            number += 1;
        }
        given
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::shell_word;

    #[test]
    fn files_have_names_of_their_own() {
        let mut names = Names::default();
        let given: Vec<String> = ["web", "Web", "a/b", "a b", "..", "", "ü"].iter().map(|n| names.give(n)).collect();
        assert_eq!(given, ["web", "Web-2", "a_b", "a_b-2", "_.", "_", "_-2"]);
    }

    #[test]
    fn words_of_a_shell() {
        assert_eq!(shell_word("compose.yaml"), "compose.yaml");
        assert_eq!(shell_word("it's $x"), r"'it'\''s $x'");
        assert_eq!(shell_word(""), "''");
    }
}
