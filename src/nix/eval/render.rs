//! References as they are written, in one line.

use super::{Eval, Evaluator, Node, Property, REFERENCE, Rc, Scope, Thunk, V, plain_name};

/// The words of an expression in one line, those within brackets and quotes not counted; calls `see` with each.
fn words(text: &str, mut see: impl FnMut(&str)) {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut begin = 0;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => quoted = true,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 => {
                see(text.get(begin..at).unwrap_or_default());
                begin = at + 1;
            }
            _ => {}
        }
    }
    see(text.get(begin..).unwrap_or_default());
}

/// As an argument.
pub(super) fn word(text: &str) -> String {
    let mut count = 0;
    words(text, |_| count += 1);
    if count > 1 || text.starts_with(['-', '!']) { format!("({text})") } else { text.to_owned() }
}

/// As what is called: a call needs no parentheses.
pub(super) fn function(text: &str) -> String {
    let mut operation = text.starts_with(['-', '!']);
    words(text, |w| operation |= matches!(w, "if" | "?") || (!w.is_empty() && w.chars().all(|c| "+-*/&|=<>!".contains(c))));
    if operation { format!("({text})") } else { text.to_owned() }
}

/// With an attribute selected from it.
pub(super) fn selected(text: &str, name: &str) -> String {
    format!("{}.{}", word(text), attr(name))
}

/// The name of an attribute.
pub(super) fn attr(name: &str) -> String {
    if plain_name(name) { name.to_owned() } else { quoted(name) }
}

/// A text, with what is between the marks as expressions.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '$' if chars.peek() == Some(&'{') => out.push_str("\\$"),
            c if c == REFERENCE.0 => {
                out.push_str("${");
                out.extend(chars.by_ref().take_while(|c| *c != REFERENCE.1));
                out.push('}');
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The text of a part of a file, in one line.
pub(super) fn source(node: &Node) -> String {
    let text = node.source.text.get(node.at.0 as usize..node.at.1 as usize).unwrap_or_default();
    text.lines().filter(|l| !l.trim_start().starts_with('#')).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

impl Evaluator<'_> {
    /// A part of an expression as it is written, what its names stand for put in.
    pub(super) fn rendered(&mut self, node: &Rc<Node>, scope: &Scope) -> Eval<String> {
        let value = self.inner(node, scope)?;
        self.value_text(&value)
    }

    /// The same, as an argument.
    pub(super) fn argument_text(&mut self, thunk: &Thunk) -> Eval<String> {
        let value = self.force(thunk)?;
        let text = self.value_text(&value)?;
        Ok(word(&text))
    }

    /// A value in one line.
    pub(super) fn value_text(&mut self, value: &V) -> Eval<String> {
        self.spend(1)?;
        let text = match value {
            V::Null => "null".to_owned(),
            V::Bool(v) => v.to_string(),
            V::Int(n) => n.to_string(),
            V::Float(n) => n.to_string(),
            V::Str(text) => quoted(text),
            V::Path(text) | V::Reference(text) | V::Library(text) => text.to_string(),
            V::List(items) => {
                let mut out = "[ ".to_owned();
                for item in items.iter() {
                    let text = self.deeper(|eval| eval.argument_text(item))?;
                    self.spend(text.len() / 16)?;
                    out.push_str(&text);
                    out.push(' ');
                }
                out + "]"
            }
            V::Attrs(attrs) => {
                let mut out = "{ ".to_owned();
                for (name, thunk) in attrs.iter() {
                    let value = self.force(thunk)?;
                    let text = self.deeper(|eval| eval.value_text(&value))?;
                    self.spend(text.len() / 16)?;
                    out.extend([&attr(name), " = ", &text, "; "]);
                }
                out + "}"
            }
            V::Lambda(node, _) => source(node),
            V::Builtin(_, name, arguments) => {
                let mut out = name.to_string();
                for argument in arguments.iter() {
                    let text = self.deeper(|eval| eval.argument_text(argument))?;
                    out.push(' ');
                    out.push_str(&text);
                }
                out
            }
            V::Property(property, inner) => {
                let name = match property {
                    Property::If(condition) => format!("lib.mkIf {}", self.argument_text(&condition.clone())?),
                    Property::Merge => "lib.mkMerge".to_owned(),
                    Property::Override(50) => "lib.mkForce".to_owned(),
                    Property::Override(1000) => "lib.mkDefault".to_owned(),
                    Property::Override(n) => format!("lib.mkOverride {n}"),
                    Property::Order(n) => format!("lib.mkOrder {n}"),
                };
                format!("{name} {}", self.deeper(|eval| eval.argument_text(inner))?)
            }
            V::Config(path) => {
                let mut out = "config".to_owned();
                for name in path.iter() {
                    out = format!("{out}.{}", attr(name));
                }
                out
            }
        };
        Ok(text)
    }
}
