//! JSON as Compose's encoder writes it: `<`, `>` and `&` escaped, floats without a needless fraction or exponent. The hash of a service
//! depends on every byte.

use std::fmt::Write as _;

use serde_json::Value;

/// On one line, without blanks.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, None, &mut out);
    out
}

/// Two blanks a level; no line break at the end.
pub fn pretty(value: &Value) -> String {
    pretty_by(value, 2)
}

/// Some blanks a level; no line break at the end.
pub fn pretty_by(value: &Value, width: usize) -> String {
    let mut out = String::new();
    write(value, Some((width, 0)), &mut out);
    out
}

/// `layout`: the blanks a level, and the level.
fn write(value: &Value, layout: Option<(usize, usize)>, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => match n.as_f64() {
            Some(f) if !n.is_i64() && !n.is_u64() => float(f, out),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "{n}");
            }
        },
        Value::String(s) => text(s, out),
        Value::Array(items) => {
            let inner = layout.map(|(width, level)| (width, level + 1));
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                separate(i, inner, out);
                write(item, inner, out);
            }
            close(items.is_empty(), layout, ']', out);
        }
        Value::Object(map) => {
            let inner = layout.map(|(width, level)| (width, level + 1));
            out.push('{');
            for (i, (key, value)) in map.iter().enumerate() {
                separate(i, inner, out);
                text(key, out);
                out.push_str(if layout.is_some() { ": " } else { ":" });
                write(value, inner, out);
            }
            close(map.is_empty(), layout, '}', out);
        }
    }
}

fn new_line((width, level): (usize, usize), out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', width * level));
}

fn separate(index: usize, layout: Option<(usize, usize)>, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    if let Some(layout) = layout {
        new_line(layout, out);
    }
}

fn close(empty: bool, layout: Option<(usize, usize)>, bracket: char, out: &mut String) {
    if let Some(layout) = layout.filter(|_| !empty) {
        new_line(layout, out);
    }
    out.push(bracket);
}

fn float(f: f64, out: &mut String) {
    let size = f.abs();
    let _ = if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let scientific = format!("{f:e}");
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let sign = if exponent.starts_with('-') { "" } else { "+" };
        write!(out, "{mantissa}e{sign}{exponent}")
    } else {
        write!(out, "{f}")
    };
}

fn text(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bytes_are_those_of_go() {
        let value = json!({"a<b>&": [1, 0.5, 1e21, 1e-7, -2.5], "e": {}, "l": [], "t": "\u{8}\u{1}\u{2028}é\"\\\u{7f}"});
        assert_eq!(
            compact(&value),
            "{\"a\\u003cb\\u003e\\u0026\":[1,0.5,1e+21,1e-7,-2.5],\"e\":{},\"l\":[],\"t\":\"\\b\\u0001\\u2028é\\\"\\\\\u{7f}\"}"
        );
        assert_eq!(pretty(&json!({"a": [1], "b": {}})), "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}");
    }
}
