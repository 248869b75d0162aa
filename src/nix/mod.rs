//! The Nix language, as far as composelint writes and reads it: a small expression tree, printed as `nixfmt` would print it, and read back
//! from text without evaluating anything that is not literal. Nothing here knows Compose or NixOS options.

use std::fmt;

use crate::ordered::IndexMap;
pub mod eval;
mod outline;
mod print;
pub mod read;
mod settings;

pub use outline::{Outline, outline};
pub use print::print;
pub use settings::{Literal, Setting, settings};

/// An expression that can be written.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Expr {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Text, with expressions in it.
    Str(Vec<Piece>),
    /// A path literal: `./web.nix`.
    Path(String),
    /// A name and what is selected from it: `lib.mkForce` is `["lib", "mkForce"]`, `config.age.secrets."web.env".path` has four parts.
    Name(Vec<String>),
    /// `[ … ]`.
    List(Vec<Item>),
    /// `{ … }`.
    Attrs(Vec<Binding>),
    /// A function and its arguments.
    Apply(Box<Expr>, Vec<Expr>),
    /// `{ config, lib, ... }: body`; a single name is `name: body`.
    Lambda(Params, Box<Expr>),
    /// `let … in body`.
    Let(Vec<Binding>, Box<Expr>),
    /// `!condition`.
    Not(Box<Expr>),
    /// `left ++ right`.
    Concat(Box<Expr>, Box<Expr>),
    /// `left // right`.
    Update(Box<Expr>, Box<Expr>),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Text as it is meant, nothing escaped.
    Text(String),
    /// `${…}`.
    Expr(Expr),
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Comments above it, a line each, without `#`.
    pub above: Vec<String>,
    /// The value; [`Expr::Name`] without parts in an item that is only comments.
    pub value: Expr,
    /// The comment behind it, without `#`.
    pub behind: Option<String>,
    /// A name by which the caller finds it again; not written.
    pub about: Option<String>,
}

/// `a.b = value;`, or a comment alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// Comments above it, a line each, without `#`. Nothing else in a binding without a path: a comment at the end of a set.
    pub above: Vec<String>,
    /// The attribute path; each part is quoted where it has to be.
    pub path: Vec<String>,
    /// The value.
    pub value: Expr,
    /// The comment behind it, without `#`.
    pub behind: Option<String>,
    /// True if a blank line goes before it.
    pub apart: bool,
    /// A name by which the caller finds it again; not written.
    pub about: Option<String>,
}

/// The parameters of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Params {
    /// `name:`.
    Name(String),
    /// `{ a, b, ... }:`; true for the `...`.
    Set(Vec<String>, bool),
}

impl Expr {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Expr::Str(vec![Piece::Text(text.into())])
    }

    /// Text that may hold references between the marks of [`REFERENCE`]: `"${config.age.secrets.web.path}:/run/web"`. A reference alone is
    /// the name itself. A text whose references are no names keeps its marks.
    pub fn marked(text: &str) -> Self {
        if !has_marks(text) {
            return Expr::text(text);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, inside, after)) = split_reference(rest) {
            let Some(expression) = referred(inside) else { return Expr::text(text) };
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Expr(expression));
            rest = after;
        }
        if pieces.is_empty() {
            return Expr::text(text);
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        match (pieces.len(), pieces.pop()) {
            (1, Some(Piece::Expr(alone))) => alone,
            (_, Some(last)) => {
                pieces.push(last);
                Expr::Str(pieces)
            }
            (_, None) => Expr::text(text),
        }
    }

    /// A dotted name without quotes in it: `lib.mkForce`.
    pub fn name(dotted: &str) -> Self {
        Expr::Name(dotted.split('.').map(str::to_owned).collect())
    }

    /// A list without comments.
    pub fn list(items: impl IntoIterator<Item = Expr>) -> Self {
        Expr::List(items.into_iter().map(Item::from).collect())
    }

    /// A list of texts.
    pub fn texts<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Self {
        Expr::list(items.into_iter().map(Expr::text))
    }

    /// `function argument`.
    pub fn call(function: &str, argument: Expr) -> Self {
        Expr::Apply(Box::new(Expr::name(function)), vec![argument])
    }
}

impl Item {
    /// Comments without an item: at the end of a list.
    pub fn comment(lines: Vec<String>) -> Self {
        Self { above: lines, value: Expr::Name(Vec::new()), behind: None, about: None }
    }

    /// True for comments without an item.
    pub fn is_comment(&self) -> bool {
        matches!(&self.value, Expr::Name(parts) if parts.is_empty())
    }
}

impl From<Expr> for Item {
    fn from(value: Expr) -> Self {
        Item { above: Vec::new(), value, behind: None, about: None }
    }
}

impl Binding {
    /// A binding of one attribute, its name taken as it is.
    pub fn new(name: impl Into<String>, value: Expr) -> Self {
        Self { above: Vec::new(), path: vec![name.into()], value, behind: None, apart: false, about: None }
    }

    /// A binding of a path of attributes.
    pub fn at<T: Into<String>>(path: impl IntoIterator<Item = T>, value: Expr) -> Self {
        Self { above: Vec::new(), path: path.into_iter().map(Into::into).collect(), value, behind: None, apart: false, about: None }
    }

    /// Comments without a binding.
    pub fn comment(lines: Vec<String>) -> Self {
        Self { above: lines, path: Vec::new(), value: Expr::Null, behind: None, apart: false, about: None }
    }

    /// With the name by which it is found again.
    pub fn about(self, about: impl Into<String>) -> Self {
        Self { about: Some(about.into()), ..self }
    }

    /// With a blank line before it.
    pub fn apart(self) -> Self {
        Self { apart: true, ..self }
    }
}

/// What an expression is once it is read: data, and references to what only the host knows.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Text. What stands for something else is between [`REFERENCE`] marks.
    Str(String),
    /// A path, absolute in the tree that was read.
    Path(String),
    List(Vec<Value>),
    Attrs(IndexMap<String, Value>),
    /// `lib.mkForce value`.
    Forced(Box<Value>),
    /// Something that is not literal, as it is written in one line: `config.sops.secrets."db".path`, `pkgs.docker`, a function.
    Reference(String),
}

/// The marks around a reference within text. They are in a private use area; a text of the user's that has them is refused when it is written.
pub const REFERENCE: (char, char) = ('\u{F0000}', '\u{F0001}');

/// True if a text has a mark of a reference.
pub fn has_marks(text: &str) -> bool {
    // The first byte of both; few other characters begin with it.
    text.as_bytes().contains(&0xF3) && text.contains([REFERENCE.0, REFERENCE.1])
}

/// A reference as a part of text. A dotted name has quotes only where it needs them, as it will be printed.
pub fn reference(expression: &str) -> String {
    let written = match referred(expression) {
        Some(Expr::Name(parts)) => dotted(&parts),
        _ => expression.to_owned(),
    };
    format!("{}{written}{}", REFERENCE.0, REFERENCE.1)
}

/// What is before the first reference of a text, the reference without its marks, and what follows.
pub fn split_reference(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(REFERENCE.0)?;
    let (inside, after) = rest.split_once(REFERENCE.1)?;
    Some((before, inside, after))
}

/// A dotted name, its parts quoted where they have to be.
fn dotted(parts: &[String]) -> String {
    let quoted = |part: &String| {
        if plain_name(part) {
            return part.clone();
        }
        format!("\"{}\"", part.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${"))
    };
    parts.iter().map(quoted).collect::<Vec<_>>().join(".")
}

/// The expression of a reference: a dotted name, or a function and its arguments that are such names, or texts.
fn referred(text: &str) -> Option<Expr> {
    let mut names = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let after = match rest.strip_prefix('"') {
            Some(quoted) if !names.is_empty() => {
                let (text, after) = quoted_part(quoted)?;
                names.push(Expr::text(text));
                after
            }
            _ => {
                let (parts, after) = dotted_name(rest)?;
                names.push(Expr::Name(parts));
                after
            }
        };
        if !after.is_empty() && !after.starts_with(' ') {
            return None;
        }
        rest = after.trim_start();
    }
    let mut names = names.into_iter();
    let first = names.next()?;
    let arguments: Vec<Expr> = names.collect();
    Some(if arguments.is_empty() { first } else { Expr::Apply(Box::new(first), arguments) })
}

/// The parts of the dotted name that a text begins with, and what follows it.
fn dotted_name(text: &str) -> Option<(Vec<String>, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let part;
        if let Some(quoted) = rest.strip_prefix('"') {
            (part, rest) = quoted_part(quoted)?;
        } else {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '-'))).unwrap_or(rest.len());
            let (name, after) = rest.split_at_checked(end)?;
            if !plain_name(name) {
                return None;
            }
            (part, rest) = (name.to_owned(), after);
        }
        parts.push(part);
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None => return parts.first().is_some_and(|first| plain_name(first)).then_some((parts, rest)),
        }
    }
}

/// A quoted text after its first quote, and what follows its last one.
fn quoted_part(text: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((part, text.get(at + 1..)?)),
            '\\' => part.push(match chars.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            }),
            '$' if text.get(at + 1..)?.starts_with('{') => return None,
            _ => part.push(c),
        }
    }
    None
}

impl Value {
    /// The attribute, through `lib.mkForce`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Attrs(attrs) => attrs.get(name),
            Value::Forced(inner) => inner.get(name),
            _ => None,
        }
    }

    /// The value at a path of attributes.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    /// The value without `lib.mkForce`.
    pub fn plain(&self) -> &Value {
        match self {
            Value::Forced(inner) => inner.plain(),
            other => other,
        }
    }

    /// The text; a reference alone counts as a text that is one.
    pub fn as_text(&self) -> Option<String> {
        match self.plain() {
            Value::Str(text) | Value::Path(text) => Some(text.clone()),
            Value::Reference(expression) => Some(reference(expression)),
            _ => None,
        }
    }

    /// The items.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self.plain() {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The attributes.
    pub fn as_attrs(&self) -> Option<&IndexMap<String, Value>> {
        match self.plain() {
            Value::Attrs(attrs) => Some(attrs),
            _ => None,
        }
    }
}

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NixError {
    /// The byte where it is, in the text that was given.
    pub at: usize,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
}

impl fmt::Display for NixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NixError {}

/// True if an attribute name needs no quotes: `[A-Za-z_][A-Za-z0-9_'-]*`, and no keyword.
pub fn plain_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\'' | b'-'))
        && !matches!(name, "assert" | "else" | "if" | "in" | "inherit" | "let" | "or" | "rec" | "then" | "with" | "__curPos")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_names() {
        let path = reference("config.sops.secrets.\"db\".path");
        assert_eq!(path, format!("{}config.sops.secrets.db.path{}", REFERENCE.0, REFERENCE.1));
        assert_eq!(Expr::marked(&path), Expr::name("config.sops.secrets.db.path"));
        let odd = reference("config.age.secrets.\"web.env\".path");
        let parts = ["config", "age", "secrets", "web.env", "path"].map(String::from).to_vec();
        assert_eq!(
            Expr::marked(&format!("{odd}:/run/web:ro")),
            Expr::Str(vec![Piece::Expr(Expr::Name(parts)), Piece::Text(":/run/web:ro".into())])
        );
        let port = format!("{}:80", reference("toString cfg.port"));
        let call = Expr::call("toString", Expr::name("cfg.port"));
        assert_eq!(Expr::marked(&port), Expr::Str(vec![Piece::Expr(call), Piece::Text(":80".into())]));
        assert_eq!(Expr::marked("plain"), Expr::text("plain"));
    }

    #[test]
    fn what_is_no_name_keeps_its_marks() {
        for bad in ["a + b", "\"${x}\"", "a..b", "", "1x", "f (x)"] {
            let text = reference(bad);
            assert_eq!(Expr::marked(&text), Expr::text(text.as_str()), "{bad}");
        }
    }
}
