//! Text between quotes: what has to be escaped, and which text is better read on lines of its own.

use crate::nix::{Expr, Piece};

/// A text as it is written.
pub(super) enum Text<'a> {
    /// Between `"`, on one line.
    Quoted(Vec<Part<'a>>),
    /// Between `''`, line by line.
    Lines(Vec<Vec<Part<'a>>>),
}

/// A part of a line of text.
pub(super) enum Part<'a> {
    /// Escaped.
    Text(String),
    Expr(&'a Expr),
}

/// True if the text is written on lines of its own: it has more than one, and none of them is read otherwise when the indentation is taken
/// away. What is hard to tell apart from the quotes or an escape is not worth it.
pub(super) fn is_lines(pieces: &[Piece]) -> bool {
    let mut breaks = false;
    for piece in pieces {
        let Piece::Text(text) = piece else { continue };
        breaks |= text.contains('\n');
        // What stands before `${`, and before the closing quotes.
        if text.ends_with(['$', '\'']) {
            return false;
        }
    }
    breaks && lines_read_back(pieces)
}

fn lines_read_back(pieces: &[Piece]) -> bool {
    /// What is known of the line that is looked at.
    struct Line {
        spaces: usize,
        only_spaces: bool,
        empty: bool,
    }
    const NEW: Line = Line { spaces: 0, only_spaces: true, empty: true };
    let mut line = NEW;
    let mut first = true;
    let mut flush = false;
    for piece in pieces {
        let Piece::Text(text) = piece else {
            flush |= line.only_spaces && line.spaces == 0;
            line.only_spaces = false;
            line.empty = false;
            continue;
        };
        let mut quotes = 0;
        let mut dollar = false;
        for c in text.chars() {
            // `'''` and longer runs, `''${`, `'${` and `$${` are traps.
            let trap = match c {
                '\'' => quotes >= 2 || dollar,
                '$' => quotes > 0 || dollar,
                '\\' => quotes > 0,
                '\n' => false,
                c => c.is_control(),
            };
            if trap || (c == '\u{85}' || c == '\u{feff}') {
                return false;
            }
            quotes = if c == '\'' { quotes + 1 } else { 0 };
            dollar = c == '$';
            match c {
                '\n' => {
                    if (line.only_spaces && !line.empty) || (first && line.empty) {
                        return false;
                    }
                    first = false;
                    line = NEW;
                }
                ' ' if line.only_spaces => {
                    line.spaces += 1;
                    line.empty = false;
                }
                _ => {
                    flush |= line.only_spaces && line.spaces == 0;
                    line.only_spaces = false;
                    line.empty = false;
                }
            }
        }
    }
    flush && (line.empty || !line.only_spaces)
}

/// The text as it is written.
pub(super) fn write(pieces: &[Piece]) -> Text<'_> {
    if !is_lines(pieces) {
        return Text::Quoted(quoted_parts(pieces));
    }
    let mut lines = vec![Vec::new()];
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                for (at, segment) in text.split('\n').enumerate() {
                    if at > 0 {
                        lines.push(Vec::new());
                    }
                    if let Some(line) = lines.last_mut()
                        && !segment.is_empty()
                    {
                        push(line, &segment.replace("''", "'''").replace("${", "''${"));
                    }
                }
            }
            Piece::Expr(expr) => {
                if let Some(line) = lines.last_mut() {
                    line.push(Part::Expr(expr));
                }
            }
        }
    }
    Text::Lines(lines)
}

fn push(line: &mut Vec<Part<'_>>, text: &str) {
    if let Some(Part::Text(before)) = line.last_mut() {
        before.push_str(text);
    } else {
        line.push(Part::Text(text.to_owned()));
    }
}

pub(super) fn quoted_parts(pieces: &[Piece]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut pieces = pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Expr(expr) => parts.push(Part::Expr(expr)),
            Piece::Text(text) => {
                let mut text = std::borrow::Cow::Borrowed(text.as_str());
                while let Some(Piece::Text(more)) = pieces.peek() {
                    text.to_mut().push_str(more);
                    pieces.next();
                }
                if !text.is_empty() {
                    let mut out = String::with_capacity(text.len());
                    escape(&text, pieces.peek().is_some(), &mut out);
                    parts.push(Part::Text(out));
                }
            }
        }
    }
    parts
}

/// Text between `"`, without them.
fn escape(text: &str, before_expression: bool, out: &mut String) {
    let special = |b: u8| matches!(b, b'\\' | b'"' | b'$' | b'\n' | b'\t' | b'\r' | b'\0');
    // Most texts have none: this has one branch for all of their bytes.
    if !text.bytes().fold(false, |any, b| any | special(b)) {
        return out.push_str(text);
    }
    let mut rest = text;
    while let Some((plain, after)) = rest.bytes().position(special).and_then(|at| rest.split_at_checked(at)) {
        out.push_str(plain);
        let mut chars = after.chars();
        match chars.next() {
            Some('\n') => out.push_str("\\n"),
            Some('\t') => out.push_str("\\t"),
            Some('\r') => out.push_str("\\r"),
            // The language has no text with it.
            Some('\0') => out.push('\u{fffd}'),
            Some('$') => {
                let next = chars.clone().next();
                out.push_str(if next == Some('{') || (next.is_none() && before_expression) { "\\$" } else { "$" });
            }
            Some(c) => {
                out.push('\\');
                out.push(c);
            }
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// Text between quotes.
pub(super) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    escape(text, false, out);
    out.push('"');
}
