//! What stands between quotes, as it is meant: escapes undone, and the indentation of `''…''` taken away as Nix does it.

use std::borrow::Cow;
use std::rc::Rc;

use super::{Node, Part};

/// A part of a text as it is written.
pub(super) enum Raw<'t> {
    Text(&'t str),
    Expr(Rc<Node>),
}

/// The parts of `"…"`.
pub(super) fn quoted(raw: Vec<Raw<'_>>) -> Vec<Part> {
    raw.into_iter()
        .map(|part| match part {
            Raw::Text(text) => Part::Text(unescape(text).as_ref().into()),
            Raw::Expr(node) => Part::Expr(node),
        })
        .collect()
}

pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|b| matches!(b, b'\\' | b'\r')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            // A line break is one character, however it is written.
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

/// The parts of `''…''`.
pub(super) fn indented(raw: Vec<Raw<'_>>) -> Vec<Part> {
    let columns = least_indentation(&raw);
    let last = raw.len().saturating_sub(1);
    let mut begins = true;
    let mut parts = Vec::with_capacity(raw.len());
    let mut first = true;
    for (at, part) in raw.into_iter().enumerate() {
        match part {
            Raw::Expr(node) => {
                begins = false;
                parts.push(Part::Expr(node));
            }
            Raw::Text(text) => {
                let text = if first { without_first_line(text) } else { text };
                let mut out = strip(text, columns, &mut begins);
                // The closing quotes may be on a line of their own.
                if at == last
                    && let Some(end) = out.rfind('\n')
                    && out.get(end + 1..).is_some_and(|line| line.bytes().all(|b| b == b' '))
                {
                    out.truncate(end + 1);
                }
                let out = unescape_indented(&out);
                if !out.is_empty() {
                    parts.push(Part::Text(out.into()));
                }
            }
        }
        first = false;
    }
    parts
}

/// A first line with only spaces is none.
fn without_first_line(text: &str) -> &str {
    match text.split_once('\n') {
        Some((line, rest)) if line.bytes().all(|b| b == b' ') => rest,
        _ => text,
    }
}

fn least_indentation(raw: &[Raw<'_>]) -> usize {
    let mut least = usize::MAX;
    let mut spaces = 0;
    let mut begins = true;
    for (at, part) in raw.iter().enumerate() {
        let text = match part {
            Raw::Expr(_) => {
                if begins {
                    least = least.min(spaces);
                    begins = false;
                }
                continue;
            }
            Raw::Text(text) if at == 0 => without_first_line(text),
            Raw::Text(text) => text,
        };
        for b in text.bytes() {
            match b {
                b'\n' => {
                    begins = true;
                    spaces = 0;
                }
                b' ' if begins => spaces += 1,
                _ if begins => {
                    least = least.min(spaces);
                    begins = false;
                }
                _ => {}
            }
        }
    }
    least
}

fn strip(text: &str, columns: usize, begins: &mut bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut dropped = 0;
    for c in text.chars() {
        match c {
            '\n' => {
                *begins = true;
                dropped = 0;
                out.push('\n');
            }
            ' ' if *begins && dropped < columns => dropped += 1,
            ' ' if *begins => out.push(' '),
            c => {
                *begins = false;
                out.push(c);
            }
        }
    }
    out
}

fn unescape_indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '$', '\r']) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let escaped = special.strip_prefix("''\\").and_then(|after| after.chars().next().map(|c| (c, after)));
        if let Some((c, after)) = escaped {
            out.push(match c {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            });
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        } else if let Some(after) = special.strip_prefix("''$") {
            out.push('$');
            rest = after;
        } else if let Some(after) = special.strip_prefix("'''") {
            out.push_str("''");
            rest = after;
        } else {
            let mut chars = special.chars();
            out.extend(chars.next());
            rest = chars.as_str();
        }
    }
    out.push_str(rest);
    out
}
