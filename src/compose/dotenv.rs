//! `.env` files, env files and label files (spec/resolve.md 4.3, 4.5, 4.8). Text in, variables out; reads no file itself.
//!
//! What cannot be read is reported with its true line, and reading goes on behind it.

use std::collections::BTreeMap;

use super::interpolate::{Found, Lookup, TOTAL, TemplateError, Use, expand, report_uses, template_problem};
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::value::Origin;
use super::{Semantics, Variable, VariableUse};
use crate::source::{FileId, Span};

/// White space within a line, as Compose has it.
fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

/// The lookup given, then what the files have set so far.
struct Layered<'a> {
    outer: &'a dyn Lookup,
    inner: &'a BTreeMap<String, Variable>,
}

impl Lookup for Layered<'_> {
    fn get(&self, name: &str) -> Option<Found> {
        self.outer.get(name).or_else(|| Lookup::get(self.inner, name))
    }
}

/// Reads an env file into `out`; a later value takes the place of an earlier one. Expressions and keys without a value see `lookup`,
/// expressions then also `out`. [`Variable::at`] is the place of `KEY=value`, which may span lines.
pub fn parse(
    file: FileId,
    text: &str,
    lookup: &dyn Lookup,
    out: &mut BTreeMap<String, Variable>,
    semantics: Semantics,
    problems: &mut Vec<Problem>,
    uses: &mut Vec<VariableUse>,
) {
    let mut layout = Layout::default();
    let mut reader = Reader { file, text, at: start_of(text), lookup, out, semantics, problems, uses, left: TOTAL, layout: &mut layout };
    while reader.skip() {
        reader.statement();
    }
}

/// Behind the byte order mark.
fn start_of(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// Where the comments and the assignments of an env file are, in order.
#[derive(Debug, Default)]
pub struct Layout {
    /// From the `#` to the end of the line.
    pub comments: Vec<Span>,
    /// From `export` or the name to the end of the value or its line.
    pub statements: Vec<Span>,
}

/// Finds the comments of an env file; `raw` as in [`parse_raw`]. What looks like a comment within a quoted value is none.
pub fn layout(file: FileId, text: &str, raw: bool) -> Layout {
    let mut layout = Layout::default();
    if raw {
        let mut start = start_of(text);
        for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
            let (begin, content) = (start + line.len() - line.trim_start().len(), line.trim());
            start += line.len();
            let at = span(file, begin, begin + content.len());
            match content {
                "" => {}
                _ if content.starts_with('#') => layout.comments.push(at),
                _ => layout.statements.push(at),
            }
        }
        return layout;
    }
    let nothing: BTreeMap<String, Variable> = BTreeMap::new();
    let (mut out, mut problems, mut uses) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut reader = Reader {
        file,
        text,
        at: start_of(text),
        lookup: &nothing,
        out: &mut out,
        semantics: Semantics::default(),
        problems: &mut problems,
        uses: &mut uses,
        // Nothing is to be expanded.
        left: 0,
        layout: &mut layout,
    };
    let mut statements = Vec::new();
    while reader.skip() {
        let start = reader.at;
        reader.statement();
        let length = text.get(start..reader.at).unwrap_or_default().trim_end().len();
        statements.push(span(file, start, start + length));
    }
    layout.statements = statements;
    layout
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    lookup: &'a dyn Lookup,
    out: &'a mut BTreeMap<String, Variable>,
    semantics: Semantics,
    problems: &'a mut Vec<Problem>,
    uses: &'a mut Vec<VariableUse>,
    /// How many bytes all expansions of the file may still make together.
    left: usize,
    layout: &'a mut Layout,
}

/// How a key ended.
enum End {
    /// With `=` or `:`.
    Value,
    /// With the line.
    Line,
    /// With the text.
    Text,
}

fn span(file: FileId, start: usize, end: usize) -> Span {
    let offset = |n| u32::try_from(n).unwrap_or(u32::MAX);
    Span::new(file, offset(start), offset(end))
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        span(self.file, start, end)
    }

    /// Passes over what `blank` takes.
    fn pass(&mut self, blank: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(blank).len();
    }

    fn pass_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// Passes over white space and comments; false at the end.
    fn skip(&mut self) -> bool {
        loop {
            self.pass(char::is_whitespace);
            if !self.rest().starts_with('#') {
                return !self.rest().is_empty();
            }
            let start = self.at;
            self.pass_line();
            let comment = self.span(start, self.at);
            self.layout.comments.push(comment);
        }
    }

    fn refuse(&mut self, at: Span, message: impl Into<String>, help: &str) {
        self.problems.push(Problem::refused(ProblemKind::EnvFile, Phase::EnvFile, message).help(help).at(at));
    }

    fn statement(&mut self) {
        if self.rest().strip_prefix("export").is_some_and(|r| r.starts_with(char::is_whitespace)) {
            self.at += "export".len();
            self.pass(is_blank);
        }
        let start = self.at;
        let mut end = (self.text.len(), End::Text);
        for (offset, c) in self.rest().char_indices() {
            match c {
                '=' | ':' => {
                    end = (start + offset, End::Value);
                    break;
                }
                '\n' => {
                    end = (start + offset, End::Line);
                    break;
                }
                c if is_blank(c) || "_.-[]".contains(c) || c.is_alphabetic() || c.is_numeric() => {}
                c => {
                    let at = start + offset;
                    self.pass_line();
                    self.refuse(
                        self.span(at, at + c.len_utf8()),
                        format!("the character {c:?} cannot be part of a variable's name, so Compose does not read this file"),
                        "each line must have the form `NAME=value`; put a value of several lines in quotes, and `#` before a comment",
                    );
                    return;
                }
            }
        }
        let (stop, end) = end;
        let key = self.text.get(start..stop).unwrap_or_default().trim_end();
        let key_span = self.span(start, start + key.len());
        if !matches!(end, End::Text) && key.contains(' ') {
            self.at = stop;
            self.pass_line();
            let (message, help) = match end {
                End::Value => ("there is a space in the name before the `=`, so Compose does not read this file", "remove the space"),
                _ => (
                    "this line has no `=`, so Compose does not read this file",
                    "each line must have the form `NAME=value`; put a value of several lines in quotes, and `#` before a comment",
                ),
            };
            self.refuse(key_span, message, help);
            return;
        }
        match end {
            End::Value => {
                self.at = stop + 1;
                self.pass(is_blank);
                self.value(key, start);
            }
            End::Line => {
                self.at = stop + 1;
                self.inherit(key, key_span);
            }
            End::Text => {
                // Compose's own slip: a last line without `=` and without a line break is a value without a name.
                self.problems.push(
                    Problem::accepted(
                        ProblemKind::EnvFile,
                        Phase::EnvFile,
                        "the last line has neither a `=` nor a line break, so Compose takes it for the value of a variable without a name",
                    )
                    .help("give it the form `NAME=value`, or remove it")
                    .at(key_span),
                );
                self.value("", start);
            }
        }
    }

    /// A key alone takes the value from outside, if there is one.
    fn inherit(&mut self, key: &str, at: Span) {
        if let Some(found) = self.lookup.get(key) {
            self.out.insert(key.to_owned(), Variable { value: found.value, at: Some(at) });
        }
    }

    fn value(&mut self, key: &str, start: usize) {
        let begin = self.at;
        let rest = self.rest();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let Some(quote) = quote else {
            let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
            let raw = match line.split_once(" #") {
                Some((value, _)) => {
                    let comment = self.span(begin + value.len() + 1, begin + line.len());
                    self.layout.comments.push(comment);
                    value.trim_end()
                }
                None => line.trim_end(),
            };
            self.at = (begin + line.len() + 1).min(self.text.len());
            let at = self.span(start, begin + raw.len());
            let value = self.expand(raw, at);
            self.out.insert(key.to_owned(), Variable { value, at: Some(at) });
            return;
        };
        let mut raw = String::new();
        let mut escaped = false;
        let mut closed = None;
        for (offset, c) in rest.char_indices().skip(1) {
            match c {
                c if c == quote && !escaped => {
                    closed = Some(offset + c.len_utf8());
                    break;
                }
                '\\' if !escaped => {
                    escaped = true;
                    continue;
                }
                c => {
                    if escaped && c != quote {
                        raw.push('\\');
                    }
                    raw.push(c);
                }
            }
            escaped = false;
        }
        let Some(length) = closed else {
            self.pass_line();
            self.refuse(
                self.span(begin, begin + 1),
                "this quote is never closed, so Compose does not read this file",
                "close the quote, or put the whole value into the other kind of quotes",
            );
            return;
        };
        self.at = begin + length;
        let at = self.span(start, self.at);
        let value = if quote == '"' { self.expand(&escapes(&raw), at) } else { raw };
        self.out.insert(key.to_owned(), Variable { value, at: Some(at) });
    }

    fn expand(&mut self, template: &str, at: Span) -> String {
        if !template.contains('$') {
            return template.to_owned();
        }
        let mut found: Vec<Use> = Vec::new();
        let result = expand(template, &Layered { outer: self.lookup, inner: self.out }, self.semantics, &mut found);
        report_uses(found, &Origin::at(at), &ModelPath::default(), Phase::EnvFile, self.problems, self.uses);
        let result = result.and_then(|text| {
            self.left = self.left.checked_sub(text.len()).ok_or(TemplateError::TooLong)?;
            Ok(text)
        });
        match result {
            Ok(text) => text,
            Err(error) => {
                self.problems.push(template_problem(&error, Phase::EnvFile).at(at));
                template.to_owned()
            }
        }
    }
}

/// The escapes of a double-quoted value.
fn escapes(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        let plain = match chars.next() {
            Some('$') => "$$",
            Some('a') => "\u{7}",
            Some('b') => "\u{8}",
            Some('f') => "\u{c}",
            Some('n') => "\n",
            Some('r') => "\r",
            Some('t') => "\t",
            Some('v') => "\u{b}",
            Some('"') => "\"",
            Some('\\') => "\\",
            Some('c') => "\\c",
            Some('0') => {
                let tail = chars.as_str();
                let length = tail.bytes().take(3).take_while(u8::is_ascii_digit).count();
                let (digits, tail) = tail.split_at_checked(length).unwrap_or(("", tail));
                match u8::from_str_radix(digits, 8) {
                    Ok(byte) if length == 3 => out.push(char::from(byte)),
                    _ => {
                        out.push('\\');
                        out.push_str(digits);
                    }
                }
                rest = tail;
                continue;
            }
            _ => {
                out.push('\\');
                rest = after;
                continue;
            }
        };
        out.push_str(plain);
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

/// Reads an env file with `format: raw`: every value is verbatim, nothing is expanded.
pub fn parse_raw(file: FileId, text: &str, lookup: &dyn Lookup, out: &mut BTreeMap<String, Variable>, problems: &mut Vec<Problem>) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let begin = start;
        start += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let unmarked = if begin == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        let content = unmarked.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let begin = begin + line.len() - content.len();
        let at = span(file, begin, begin + content.len());
        let (key, value) = content.split_once('=').map_or((content, None), |(k, v)| (k, Some(v)));
        if key.is_empty() || key.contains([' ', '\t']) {
            let what = if key.is_empty() { "there is no name before the `=`" } else { "there is a blank in the name before the `=`" };
            problems.push(
                Problem::refused(ProblemKind::EnvFile, Phase::EnvFile, format!("{what}, so Compose does not read this file"))
                    .help("each line must have the form `NAME=value`, without blanks around the `=`")
                    .at(span(file, begin, begin + key.len().max(1))),
            );
            continue;
        }
        let value = match value {
            Some(value) => Some(value.to_owned()),
            None => lookup.get(key).map(|f| f.value),
        };
        if let Some(value) = value {
            out.insert(key.to_owned(), Variable { value, at: Some(at) });
        }
    }
}

#[cfg(test)]
mod tests;
