//! Writes YAML, as `docker compose config` lays it out: block style, two blanks a level, quotes only where a plain scalar would be
//! read as something else (by us, by Compose, or by a reader of YAML 1.1). Knows no keys: the order is that of the value.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::scalar::{Typed, number_text, resolve};
use super::{Scalar, Style};

/// A longer key is written with `?`, as readers may refuse it otherwise.
const LONGEST_KEY: usize = 128;

/// One step of the way to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A key of a mapping.
    Key(&'a str),
    /// A position in a sequence, from 0.
    Index(usize),
}

/// A document, without marks, with a line break at its end.
pub fn yaml(value: &Value) -> String {
    annotated(value, &mut |_| None)
}

/// A document with comments: `comment` is asked once for the line of each value, with the way to it, and gives the text behind `# `.
/// A mapping or sequence that begins on the line of its key has that line; one that begins behind `- ` has none of its own.
pub fn annotated<'a>(value: &'a Value, comment: &mut dyn FnMut(&[Step<'a>]) -> Option<String>) -> String {
    let mut printer = Printer { out: String::new(), path: Vec::new(), comment };
    match value {
        Value::Object(map) if !map.is_empty() => printer.mapping(map, 0, false),
        Value::Array(items) if !items.is_empty() => printer.sequence(items, 0, false),
        leaf => printer.leaf(leaf, 0),
    }
    printer.out
}

struct Printer<'a, 'c> {
    out: String,
    path: Vec<Step<'a>>,
    comment: &'c mut dyn FnMut(&[Step<'a>]) -> Option<String>,
}

impl<'a> Printer<'a, '_> {
    fn indent(&mut self, width: usize) {
        self.out.extend(std::iter::repeat_n(' ', width));
    }

    /// The comment of the current value, and the line break.
    fn end_line(&mut self) {
        self.note();
        self.out.push('\n');
    }

    fn note(&mut self) {
        if let Some(text) = (self.comment)(&self.path) {
            let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let _ = write!(self.out, "  # {text}");
        }
    }

    /// The entries at a column; `begun`: the first is already indented.
    fn mapping(&mut self, map: &'a Map<String, Value>, column: usize, begun: bool) {
        for (i, (key, value)) in map.iter().enumerate() {
            if i > 0 || !begun {
                self.indent(column);
            }
            self.path.push(Step::Key(key));
            let long = key.chars().count() > LONGEST_KEY;
            if long {
                self.out.push_str("? ");
            }
            self.out.push_str(&one_line(key, true));
            if long {
                self.out.push('\n');
                self.indent(column);
            }
            self.out.push(':');
            match value {
                Value::Object(inner) if !inner.is_empty() => {
                    self.end_line();
                    self.mapping(inner, column + 2, false);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.end_line();
                    self.sequence(items, column + 2, false);
                }
                leaf => {
                    self.out.push(' ');
                    self.leaf(leaf, column);
                }
            }
            self.path.pop();
        }
    }

    /// The items at a column; `begun`: the first is already indented.
    fn sequence(&mut self, items: &'a [Value], column: usize, begun: bool) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 || !begun {
                self.indent(column);
            }
            self.path.push(Step::Index(i));
            self.out.push_str("- ");
            match item {
                Value::Object(inner) if !inner.is_empty() => self.mapping(inner, column + 2, true),
                Value::Array(inner) if !inner.is_empty() => self.sequence(inner, column + 2, true),
                leaf => self.leaf(leaf, column),
            }
            self.path.pop();
        }
    }

    /// A scalar or an empty collection, to the end of its line. `column` is that of its parent.
    fn leaf(&mut self, value: &Value, column: usize) {
        let text = match value {
            Value::Null => "null".to_owned(),
            Value::Bool(b) => b.to_string(),
            Value::Number(n) => match n.as_f64() {
                Some(float) if !n.is_i64() && !n.is_u64() => number_text(float),
                _ => n.to_string(),
            },
            Value::Object(_) => "{}".to_owned(),
            Value::Array(_) => "[]".to_owned(),
            Value::String(s) if s.contains('\n') && block_allowed(s) => return self.literal(s, column),
            Value::String(s) => one_line(s, false),
        };
        self.out.push_str(&text);
        self.end_line();
    }

    fn literal(&mut self, text: &str, column: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        match text.strip_suffix('\n') {
            None => self.out.push('-'),
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => self.out.push('+'),
            Some(_) => {}
        }
        self.end_line();
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.indent(column + 2);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }
}

/// A text on one line.
fn one_line(text: &str, key: bool) -> String {
    // As a key, `<<` would merge.
    let retyped = retyped(text) || key && text == "<<";
    if !retyped && plain_allowed(text) {
        return text.to_owned();
    }
    if retyped || !single_quotes_allowed(text) {
        return double_quoted(text);
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// True if the text, without quotes, would not be a text.
pub(super) fn retyped(text: &str) -> bool {
    let plain = Scalar { text: text.into(), style: Style::Plain };
    if !matches!(resolve(&plain, None), Typed::Str(_)) {
        return true;
    }
    // YAML 1.1, which others read.
    matches!(text, "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF")
        || is_base_60(text)
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`: hours and minutes to YAML 1.1.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let sixtieths = |s: &str| match s.as_bytes() {
        [a] => a.is_ascii_digit(),
        [a, b] => (b'0'..=b'5').contains(a) && b.is_ascii_digit(),
        _ => false,
    };
    let mut rest = parts.peekable();
    first.starts_with(|c: char| c.is_ascii_digit()) && digits(first) && rest.peek().is_some() && rest.all(sixtieths) && digits(fraction)
}

/// What YAML calls printable, of one character; those that break lines elsewhere than in YAML 1.2 do not count.
fn printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
}

fn special(text: &str) -> bool {
    text.chars().any(|c| c != '\t' && !printable(c))
}

/// True if a literal block scalar can hold the text.
fn block_allowed(text: &str) -> bool {
    !(special(text) || text.ends_with(' ') || text.contains(" \n"))
}

/// True if the text needs no quotes in a block mapping or sequence.
pub(super) fn plain_allowed(text: &str) -> bool {
    if text.is_empty() || text.starts_with("---") || text.starts_with("...") {
        return false;
    }
    if special(text) || text.contains(['\t', '\n']) || text.starts_with(' ') || text.ends_with(' ') {
        return false;
    }
    let followed_by_blank = || text.chars().nth(1).is_none_or(|c| c == ' ');
    match text.chars().next() {
        Some('#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => return false,
        Some('?' | ':' | '-') if followed_by_blank() => return false,
        _ => {}
    }
    !(text.contains(": ") || text.ends_with(':') || text.contains(" #"))
}

/// True if single quotes suffice.
pub(super) fn single_quotes_allowed(text: &str) -> bool {
    !(special(text) || text.contains(['\t', '\n']))
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        let escape = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            c if printable(c) => {
                out.push(c);
                continue;
            }
            c => {
                let code = u32::from(c);
                // Writing to a String cannot fail.
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02X}"),
                    0x100..=0xffff => write!(out, "\\u{code:04X}"),
                    _ => write!(out, "\\U{code:08X}"),
                };
                continue;
            }
        };
        out.push('\\');
        out.push(escape);
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn layout_is_that_of_compose() {
        let value = json!({
            "services": {"a": {"networks": {"default": null}, "volumes": [{"type": "volume", "volume": {}}, "x"], "command": []}},
            "n": [[1, 2.5], [{"a": 1_000_000.0, "b": true}]],
        });
        insta::assert_snapshot!(yaml(&value), @r#"
        services:
          a:
            networks:
              default: null
            volumes:
              - type: volume
                volume: {}
              - x
            command: []
        "n":
          - - 1
            - 2.5
          - - a: 1e+06
              b: true
        "#);
    }

    #[test]
    fn quotes_only_where_a_reader_would_be_misled() {
        let texts = [
            "1",
            "y",
            "b.c",
            "12:30",
            "1e3",
            " x",
            "x: y",
            "a #b",
            "- x",
            "",
            "ü",
            "\u{7}",
            "'",
            "\"",
            "!x",
            "2001-01-01",
            "0x1f",
            "=",
            "<<",
            "[a",
            "a,b",
            "?",
            "? x",
            "-",
            "-a",
            "a:b",
            ":x",
            "a:",
            "%x",
            "|",
            "1.",
            "😀",
            "\u{feff}q",
            "x\u{a0}y",
            "a\tb",
            "~",
            "80:80",
            "1:2:3",
            "---",
            "a\u{2028}b",
            "22:60",
            "::",
            "C:\\x",
        ];
        let lines: Vec<String> = texts.iter().map(|t| yaml(&json!(t))).collect();
        insta::assert_snapshot!(lines.concat(), @r#"
        "1"
        "y"
        b.c
        "12:30"
        "1e3"
        ' x'
        'x: y'
        'a #b'
        '- x'
        ""
        ü
        "\a"
        ''''
        '"'
        '!x'
        "2001-01-01"
        "0x1f"
        =
        <<
        '[a'
        a,b
        '?'
        '? x'
        '-'
        -a
        a:b
        :x
        'a:'
        '%x'
        '|'
        "1."
        "\U0001F600"
        "\uFEFFq"
        x y
        "a\tb"
        "~"
        80:80
        "1:2:3"
        '---'
        "a\Lb"
        22:60
        '::'
        C:\x
        "#);
    }

    #[test]
    fn lines_become_literal_blocks() {
        let texts = ["a\nb", "a\nb\n", "a\n\n", "  a\nb", "\n", "\nx", "x\n ", "x \ny", "a\r\nb", "a\n\tb"];
        let value: Map<String, Value> = texts.iter().map(|t| ((*t).to_owned(), json!([{ "k": t }]))).collect();
        insta::assert_snapshot!(yaml(&Value::Object(value)), @r#"
        "a\nb":
          - k: |-
              a
              b
        "a\nb\n":
          - k: |
              a
              b
        "a\n\n":
          - k: |+
              a

        "  a\nb":
          - k: |2-
                a
              b
        "\n":
          - k: |2+

        "\nx":
          - k: |2-

              x
        "x\n ":
          - k: "x\n "
        "x \ny":
          - k: "x \ny"
        "a\r\nb":
          - k: "a\r\nb"
        "a\n\tb":
          - k: |-
              a
              	b
        "#);
    }

    #[test]
    fn comments_stand_behind_their_values() {
        let value = json!({"a": {"b": ["x\ny", {"c": null}]}});
        let text = annotated(&value, &mut |path| Some(format!("{}", path.len())));
        insta::assert_snapshot!(text, @r"
        a:  # 1
          b:  # 2
            - |-  # 3
              x
              y
            - c: null  # 4
        ");
    }
}
