//! Relative paths as text: the same place, seen from another directory.

use crate::compose::paths::{Reading, clean};

/// A relative path that starts at one directory, as it is written to start at another one; `way` leads from that one to the first. It keeps
/// its leading `./` and its trailing slash; what a variable stands in is left as it is.
pub(super) fn rebased(path: &str, way: &str, reading: Reading) -> String {
    let (head, tail) = before_variable(path);
    let directory = if head.is_empty() { clean(way) } else { clean(&format!("{way}/{head}")) };
    let mut out = if tail.is_empty() { directory } else { format!("{directory}/{tail}") };
    if tail.is_empty() && path.ends_with('/') && !out.ends_with('/') {
        out.push('/');
    }
    if out.starts_with("./") && out.len() > 2 {
        out.drain(..2);
    }
    let explicit = |path: &str| matches!(path, "." | "..") || path.starts_with("./") || path.starts_with("../");
    // In the short form of a mount, `data` would be the name of a volume.
    let wanted = explicit(path) || reading == Reading::Unix || out.starts_with('$') || !reading.is_relative(&out);
    if wanted && !explicit(&out) { format!("./{out}") } else { out }
}

/// A path up to the part that the first variable stands in, and the rest.
fn before_variable(path: &str) -> (&str, &str) {
    match variable_at(path) {
        None => (path, ""),
        Some(at) => {
            let before = path.get(..at).unwrap_or_default();
            path.split_at(before.rfind('/').map_or(0, |slash| slash + 1))
        }
    }
}

/// Where the first variable of a text begins; `$$` is a dollar.
fn variable_at(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'$')) {
        at += found;
        if bytes.get(at + 1) != Some(&b'$') {
            return Some(at);
        }
        at += 2;
    }
    None
}

/// The expression that a text begins with, without what follows: `${DATA:-./data}` of `${DATA:-./data}/db`.
pub(super) fn leading_variable(text: &str) -> Option<&str> {
    if variable_at(text) != Some(0) {
        return None;
    }
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return text.get(..=at),
            '}' => depth = depth.saturating_sub(1),
            '/' | ':' if depth == 0 => return text.get(..at),
            _ => {}
        }
    }
    Some(text)
}

/// The variable of an expression: `DATA` of `${DATA:-./data}`.
pub(super) fn variable_name(expression: &str) -> Option<&str> {
    let rest = expression.strip_prefix('$')?;
    let rest = rest.strip_prefix('{').unwrap_or(rest);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    rest.get(..end).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_the_same_place_from_another_directory() {
        for (path, way, wanted) in [
            ("./data", "..", "../data"),
            ("data", "..", "../data"),
            (".", "..", ".."),
            ("./", "..", "../"),
            ("..", "..", "../.."),
            ("../x", "..", "../../x"),
            ("../a/b", "../a", "../a/b"),
            ("../deploy/x", "../..", "../../../deploy/x"),
            ("./x", "sub", "./sub/x"),
            ("x", "sub", "sub/x"),
            ("../x", "sub", "./x"),
            ("./a/${X}/../y", "..", "../a/${X}/../y"),
            ("../${X:-./b}", "..", "../../${X:-./b}"),
            ("./${X}", "sub/..", "./${X}"),
            ("./a$$b/c", "..", "../a$$b/c"),
            (".env", "..", "../.env"),
        ] {
            let reading = Reading::Plain;
            assert_eq!(rebased(path, way, reading), wanted, "{path} by {way}");
        }
        assert_eq!(rebased(".data", "sub", Reading::Unix), "./sub/.data");
        assert_eq!(rebased("x", "github.com", Reading::Context), "./github.com/x");
    }

    #[test]
    fn the_variable_that_a_path_begins_with() {
        for (text, wanted) in [
            ("${DATA:-./data}/db:/x", Some("${DATA:-./data}")),
            ("$DATA/db", Some("$DATA")),
            ("${A:-${B}}/x", Some("${A:-${B}}")),
            ("$$HOME/x", None),
            ("./$X", None),
            ("$X", Some("$X")),
        ] {
            assert_eq!(leading_variable(text), wanted, "{text}");
        }
    }
}
