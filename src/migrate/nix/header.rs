//! The head of a generated file: what it was made from, and how; so that it can be told later whether it is still what it was.

use std::fmt::Write as _;

use crate::migrate::apply::digest;

/// The first words of a file that composelint made.
const MADE: &str = "# Made by composelint ";
/// The line with the hash of all that follows it.
const TEXT: &str = "# text sha256-";

/// What is said of where a file comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The Compose files: the path as shown, and the SHA-256 of the content. Files with variables are left out: the hash of a short secret
    /// gives it away.
    pub sources: Vec<(String, String)>,
    /// The words after `composelint`.
    pub command: String,
}

/// What a file on the disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it was written.
    Untouched,
    /// Somebody changed it.
    Edited,
    /// Not made by composelint.
    Foreign,
}

impl Head {
    /// The whole file.
    pub fn with(&self, text: &str) -> String {
        let mut out = format!("{MADE}{} from\n", env!("CARGO_PKG_VERSION"));
        for (path, hash) in &self.sources {
            let _ = writeln!(out, "#   {} sha256-{hash}", one_line(path));
        }
        let _ = writeln!(out, "# with: composelint {}", one_line(&self.command));
        out.push_str("# A change by hand is found by --check, and lost when it is made again.\n");
        let _ = writeln!(out, "{TEXT}{}", digest(text.as_bytes()));
        out.push_str(text);
        out
    }

    /// The head of a file.
    pub fn of(file: &str) -> Option<Self> {
        let mut head = Head::default();
        let mut lines = file.lines();
        lines.next()?.strip_prefix(MADE)?;
        for line in lines {
            if line.starts_with(TEXT) {
                return Some(head);
            } else if let Some(command) = line.strip_prefix("# with: composelint ") {
                command.clone_into(&mut head.command);
            } else if let Some((path, hash)) = line.strip_prefix("#   ").and_then(|source| source.rsplit_once(" sha256-")) {
                head.sources.push((path.to_owned(), hash.to_owned()));
            }
        }
        None
    }
}

/// The text of a file, without its head.
pub fn text(file: &str) -> Option<&str> {
    file.split_once(&format!("\n{TEXT}"))?.1.split_once('\n').map(|(_, text)| text)
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// What a file is. The content may be anything.
pub fn state(file: &[u8]) -> State {
    let Ok(file) = std::str::from_utf8(file) else { return State::Foreign };
    if Head::of(file).is_none() {
        return State::Foreign;
    }
    let Some((_, rest)) = file.split_once(&format!("\n{TEXT}")) else { return State::Foreign };
    let Some((hash, text)) = rest.split_once('\n') else { return State::Edited };
    if digest(text.as_bytes()) == hash { State::Untouched } else { State::Edited }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_file_is_told_from_one_that_is_as_it_was() {
        let head = Head { sources: vec![("compose.yaml".into(), digest(b"x"))], command: "migrate --to nix".into() };
        let file = head.with("{ }\n");
        assert_eq!(Head::of(&file), Some(head));
        assert_eq!(state(file.as_bytes()), State::Untouched);
        assert_eq!(state(file.replace("{ }", "{ a = 1; }").as_bytes()), State::Edited);
        assert_eq!(state(b"{ }\n"), State::Foreign);
        assert_eq!(state(b"\xff"), State::Foreign);
    }
}
