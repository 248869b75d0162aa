//! Looks at the text of a broken file line by line, for [`super::error`]: guesses that are good enough for a message, never for a tree.

/// A text, by lines.
#[derive(Clone, Copy)]
pub(super) struct Lines<'t>(pub(super) &'t str);

/// One line, as offsets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) start: usize,
    /// Its first character that is no blank.
    pub(super) content: usize,
    /// Behind its last character that is no blank.
    pub(super) end: usize,
}

impl Line {
    pub(super) fn indentation(self) -> usize {
        self.content - self.start
    }
}

/// The character boundary at or before an offset.
pub(super) fn boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl Lines<'_> {
    /// The line that holds an offset.
    pub(super) fn at(self, at: usize) -> Line {
        let at = boundary(self.0, at);
        let (before, after) = self.0.split_at(at);
        let start = before.rfind('\n').map_or(if before.starts_with('\u{feff}') { 3 } else { 0 }, |newline| newline + 1);
        let stop = after.find('\n').map_or(self.0.len(), |newline| at + newline);
        let line = self.0.get(start..stop).unwrap_or_default();
        let end = start + line.trim_end().len();
        let content = (start + line.len() - line.trim_start_matches([' ', '\t']).len()).min(end.max(start));
        Line { start, content, end: end.max(content) }
    }

    /// The nearest line above that is neither blank nor a comment.
    pub(super) fn above(self, start: usize) -> Option<Line> {
        let mut start = start;
        while start > 0 {
            let line = self.at(start - 1);
            if line.start >= start {
                return None;
            }
            if line.content < line.end && self.0.as_bytes().get(line.content) != Some(&b'#') {
                return Some(line);
            }
            start = line.start;
        }
        None
    }

    /// The column of an offset, from 0, in bytes.
    pub(super) fn column(self, at: usize) -> usize {
        at - self.at(at).start.min(at)
    }
}

/// What stands open at a place.
pub(super) struct Pending {
    /// The opening quote of the quoted text that the place is in.
    pub(super) quote: Option<usize>,
    /// The quoted texts before the place: (opening quote, behind the closing quote).
    pub(super) closed: Vec<(usize, usize)>,
    /// The open brackets, outermost first.
    pub(super) brackets: Vec<usize>,
}

impl Pending {
    /// Reads tokens from `from` to `to`; `brackets` are open at `from`.
    pub(super) fn scan(text: &str, from: usize, to: usize, brackets: &[usize]) -> Self {
        let mut pending = Self { quote: None, closed: Vec::new(), brackets: brackets.to_vec() };
        let bytes = text.as_bytes();
        let mut at = from;
        while at < to {
            let Some(byte) = bytes.get(at).copied() else { break };
            let blank_before = at == 0 || bytes.get(at - 1).is_none_or(u8::is_ascii_whitespace);
            let blank_behind = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
            at = match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => at + 1,
                b'#' if blank_before => end_of_line(bytes, at),
                b'"' | b'\'' => {
                    let Some(end) = end_of_quoted(bytes, at).filter(|end| *end <= to) else {
                        pending.quote = Some(at);
                        return pending;
                    };
                    pending.closed.push((at, end));
                    end
                }
                b'[' | b'{' => {
                    pending.brackets.push(at);
                    at + 1
                }
                b']' | b'}' => {
                    pending.brackets.pop();
                    at + 1
                }
                b':' | b'-' | b'?' if blank_behind || byte == b':' => at + 1,
                b'|' | b'>' if pending.brackets.is_empty() => end_of_block(text, at),
                _ => end_of_plain(bytes, at, !pending.brackets.is_empty()),
            };
        }
        pending
    }
}

fn end_of_line(bytes: &[u8], at: usize) -> usize {
    at + bytes.iter().skip(at).take_while(|byte| **byte != b'\n').count()
}

/// Behind the closing quote.
fn end_of_quoted(bytes: &[u8], start: usize) -> Option<usize> {
    let mark = *bytes.get(start)?;
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if mark == b'"' => at += 2,
            byte if byte == mark => {
                if mark == b'\'' && bytes.get(at + 1) == Some(&b'\'') {
                    at += 2;
                } else {
                    return Some(at + 1);
                }
            }
            _ => at += 1,
        }
    }
}

/// Behind the last line of a block scalar whose header is here.
fn end_of_block(text: &str, at: usize) -> usize {
    let lines = Lines(text);
    let own = lines.at(at).indentation();
    let mut end = end_of_line(text.as_bytes(), at);
    while end < text.len() {
        let line = lines.at(end + 1);
        if line.content < line.end && line.indentation() <= own {
            break;
        }
        end = end_of_line(text.as_bytes(), end + 1);
    }
    end.max(at + 1)
}

fn end_of_plain(bytes: &[u8], at: usize, flow: bool) -> usize {
    let mut at = at + 1;
    while let Some(byte) = bytes.get(at).copied() {
        let blank_behind = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        match byte {
            b'\n' => break,
            b':' if blank_behind => break,
            b'#' if bytes.get(at - 1).is_some_and(|byte| matches!(byte, b' ' | b'\t')) => break,
            b',' | b'[' | b']' | b'{' | b'}' if flow => break,
            _ => at += 1,
        }
    }
    at
}

/// The backslash of the first escape that is none in the double-quoted text that begins at `start`, and how many hexadecimal
/// digits it lacks (0 where the letter itself is unknown).
pub(super) fn bad_escape(text: &str, start: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'"' => return None,
            b'\\' => {
                let digits = match *bytes.get(at + 1)? {
                    b'x' => 2,
                    b'u' => 4,
                    b'U' => 8,
                    b'0' | b'a' | b'b' | b't' | b'n' | b'v' | b'f' | b'r' | b'e' | b' ' | b'"' | b'\'' | b'/' | b'\\' | b'N' | b'_'
                    | b'L' | b'P' | b'\t' | b'\n' | b'\r' => 0,
                    _ => return Some((at, 0)),
                };
                if digits > 0 {
                    let number = text.get(at + 2..at + 2 + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                    if number.and_then(char::from_u32).is_none() {
                        return Some((at, digits));
                    }
                }
                at += 2 + digits;
            }
            _ => at += 1,
        }
    }
}

/// True for `- item` and a lone dash.
pub(super) fn is_item(line: &str) -> bool {
    line.strip_prefix('-').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// A line without the dashes of the items that it begins.
fn without_dashes(line: &str) -> (usize, &str) {
    let mut rest = line;
    while is_item(rest) {
        rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
    }
    (line.len() - rest.len(), rest)
}

fn name_length(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')).count()
}

/// A word of the characters that keys of Compose have.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && name_length(text) == text.len()
}

/// The colon of the line's `key: `.
pub(super) fn key_colon(line: &str) -> Option<usize> {
    let (offset, rest) = without_dashes(line);
    let first = rest.as_bytes().first()?;
    let search_from = if matches!(first, b'"' | b'\'') { end_of_quoted(rest.as_bytes(), 0)? } else { 0 };
    let tail = rest.get(search_from..)?;
    let colon = tail
        .match_indices(':')
        .map(|(at, _)| at)
        .find(|at| tail.get(at + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t'])))?;
    Some(offset + search_from + colon)
}

/// The key and the colon of `key:value` where a space is missing.
pub(super) fn glued_key(line: &str) -> Option<(&str, usize)> {
    if key_colon(line).is_some() {
        return None;
    }
    let (offset, rest) = without_dashes(line);
    let length = name_length(rest);
    let key = rest.get(..length)?;
    let value = rest.get(length..)?.strip_prefix(':')?;
    // `https://…` and `80:80` are values.
    let is_key = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') && !value.starts_with("//");
    (is_key && !value.is_empty()).then_some((key, offset + length))
}

/// The name in `NAME=value`.
pub(super) fn assignment(line: &str) -> Option<&str> {
    let length = name_length(line);
    let name = line.get(..length).filter(|name| !name.is_empty())?;
    line.get(length..)?.starts_with('=').then_some(name)
}

/// True if the line ends with `|` or `>` and their flags.
pub(super) fn ends_with_block_header(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    let bare = line.trim_end_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    bare.strip_suffix(['|', '>']).is_some_and(|rest| rest.ends_with([' ', '\t']) || rest.is_empty())
}

/// True for the names that go-yaml takes for anchors.
pub(super) fn is_anchor_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
