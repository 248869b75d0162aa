//! Text of ours in files of others: what stands between two markers is ours, everything else stays as it is.
//!
//! ```text
//! <!-- composelint:begin inventory: written by `composelint audit`, changes between these lines are lost -->
//! …
//! <!-- composelint:end inventory -->
//! ```

/// Why a file cannot be brought up to date. A sentence for the user, without the name of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkedError {
    /// The second marker is missing.
    #[error("line {0} begins a part of composelint that does not end")]
    NoEnd(usize),
    /// The first marker is missing.
    #[error("line {0} ends a part of composelint that does not begin")]
    NoBegin(usize),
    /// There are several such parts.
    #[error("line {0} begins the same part of composelint a second time")]
    Twice(usize),
}

/// The text of a file with our part in it brought up to date; where there is none yet, it comes to the end. `body` ends with a line break.
/// The line endings are those of the file.
pub fn update(existing: &str, name: &str, body: &str) -> Result<String, MarkedError> {
    let windows = existing.contains("\r\n");
    let (begin, end) = (format!("<!-- composelint:begin {name}"), format!("<!-- composelint:end {name} -->"));
    let begins = |line: &str| line.strip_prefix(&begin).is_some_and(|rest| rest.starts_with([':', ' ', '-']));
    let mut part: Option<(usize, usize)> = None;
    let mut open: Option<(usize, usize)> = None;
    let mut at = 0;
    for (number, line) in existing.split_inclusive('\n').enumerate() {
        let text = line.trim();
        if begins(text) {
            if open.is_some() || part.is_some() {
                return Err(MarkedError::Twice(number + 1));
            }
            open = Some((at, number + 1));
        } else if text == end {
            let (from, _) = open.take().ok_or(MarkedError::NoBegin(number + 1))?;
            part = Some((from, at + line.len()));
        }
        at += line.len();
    }
    if let Some((_, line)) = open {
        return Err(MarkedError::NoEnd(line));
    }
    let mut ours = format!("{begin}: written by `composelint audit`, changes between these lines are lost -->\n{body}{end}\n");
    if windows {
        ours = ours.replace('\n', "\r\n");
    }
    Ok(match part {
        Some((from, to)) => {
            let (before, after) = (existing.get(..from).unwrap_or(""), existing.get(to..).unwrap_or(""));
            // A file may end without a line break; then it still does.
            let ends = after.is_empty() && !existing.ends_with('\n');
            format!("{before}{}{after}", if ends { ours.trim_end() } else { &ours })
        }
        None if existing.is_empty() => ours,
        None => {
            let line = if windows { "\r\n" } else { "\n" };
            let gap = if existing.ends_with('\n') { line.to_owned() } else { line.repeat(2) };
            format!("{existing}{gap}{ours}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "<!-- composelint:begin x: written by `composelint audit`, changes between these lines are lost -->\nnew\n<!-- composelint:end x -->\n";

    #[test]
    fn only_our_part_changes() {
        let before = "# Mine\n\n<!-- composelint:begin x -->\nold\n<!-- composelint:end x -->\n\nalso mine\n";
        let after = update(before, "x", "new\n").unwrap();
        assert_eq!(after, format!("# Mine\n\n{OURS}\nalso mine\n"));
        assert_eq!(update(&after, "x", "new\n").unwrap(), after, "a second run changes nothing");
    }

    #[test]
    fn where_there_is_no_part_it_comes_to_the_end() {
        assert_eq!(update("", "x", "new\n").unwrap(), OURS);
        assert_eq!(update("# Mine\n", "x", "new\n").unwrap(), format!("# Mine\n\n{OURS}"));
        assert_eq!(update("# Mine", "x", "new\n").unwrap(), format!("# Mine\n\n{OURS}"));
        let other = "<!-- composelint:begin xy -->\nold\n<!-- composelint:end xy -->\n";
        assert_eq!(update(other, "x", "new\n").unwrap(), format!("{other}\n{OURS}"), "another part is not ours");
    }

    #[test]
    fn line_endings_and_a_missing_last_one_stay() {
        let before = "a\r\n<!-- composelint:begin x -->\r\nold\r\n<!-- composelint:end x -->";
        let after = update(before, "x", "new\n").unwrap();
        assert_eq!(after, format!("a\r\n{}", OURS.replace('\n', "\r\n").trim_end()));
        assert_eq!(update(&after, "x", "new\n").unwrap(), after);
    }

    #[test]
    fn half_a_part_is_told_and_not_guessed() {
        let (begin, end) = ("<!-- composelint:begin x -->", "<!-- composelint:end x -->");
        assert_eq!(update(&format!("a\n{begin}\nb\n"), "x", ""), Err(MarkedError::NoEnd(2)));
        assert_eq!(update(&format!("{end}\n"), "x", ""), Err(MarkedError::NoBegin(1)));
        assert_eq!(update(&format!("{begin}\n{end}\n{begin}\n{end}\n"), "x", ""), Err(MarkedError::Twice(3)));
        assert_eq!(update(&format!("{begin}\n{begin}\n{end}\n"), "x", ""), Err(MarkedError::Twice(2)));
    }
}
