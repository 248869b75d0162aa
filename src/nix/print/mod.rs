//! Expressions as text, laid out as `nixfmt` lays them out: its own run over the text changes nothing.

use std::borrow::Cow;

use super::{Binding, Expr, Item, Params, plain_name};
use call::{call, is_broken_call};
use flat::{flat, flat_term};
use layout::{Builder, Gap, Kind};
use shape::{
    absorbable, absorbable_bare, bare, is_broken, is_compound, is_inherit, is_operation, is_plain_path, is_something, only_inherits,
};
use string::string;

mod call;
mod flat;
mod layout;
mod shape;
mod string;
#[cfg(test)]
pub(in crate::nix) mod tests;
mod text;

/// The text of a file that is this expression, with a line break at the end.
///
/// A number that is not finite is written as text, a zero byte as U+FFFD: the language has neither.
pub fn print(expression: &Expr) -> String {
    let mut b = Builder::default();
    if let Expr::Lambda(params @ Params::Set(..), body) = expression
        && match &**body {
            Expr::Attrs(bindings) => bindings.iter().any(is_something),
            Expr::Let(..) => true,
            _ => false,
        }
    {
        head(&mut b, params);
        b.gap(Gap::Empty);
        emit(&mut b, body);
    } else {
        emit(&mut b, expression);
    }
    b.render()
}

fn let_in(b: &mut Builder, bindings: &[Binding], body: &Expr) {
    b.text("let");
    b.gap(Gap::Hard);
    b.nested(|b| self::bindings(b, bindings, false));
    b.gap(Gap::Hard);
    b.text("in");
    b.gap(Gap::Hard);
    emit(b, body);
}

/// How a set begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// On one line, if it is only an `inherit` and fits.
    Narrow,
    /// Always broken.
    Wide,
}

/// Where a call is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Free,
    /// Behind `=` or an operator.
    Right,
    /// Between parentheses.
    Parens,
}

fn name_part(out: &mut String, part: &str) {
    if plain_name(part) {
        out.push_str(part);
    } else {
        text::quoted(part, out);
    }
}

/// A dotted name; its first part cannot be quoted.
fn dotted(out: &mut String, parts: &[String]) {
    let Some((first, others)) = parts.split_first() else { return out.push_str("null") };
    out.push_str(&identifier(first));
    for part in others {
        out.push('.');
        name_part(out, part);
    }
}

/// The name of a setting.
fn path(out: &mut String, parts: &[String]) {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push('.');
        }
        name_part(out, part);
    }
}

/// What is no name becomes one.
fn identifier(name: &str) -> Cow<'_, str> {
    if plain_name(name) {
        return Cow::Borrowed(name);
    }
    let mut out: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' }).collect();
    if !plain_name(&out) {
        out.insert(0, '_');
    }
    Cow::Owned(out)
}

/// What is written as one word.
fn one_word(e: &Expr) -> Option<Cow<'_, str>> {
    match e {
        Expr::Null => Some("null".into()),
        Expr::Bool(v) => Some(if *v { "true" } else { "false" }.into()),
        Expr::Name(parts) => match parts.as_slice() {
            [] => Some("null".into()),
            [name] => Some(identifier(name)),
            _ => None,
        },
        _ => None,
    }
}

fn float(n: f64) -> String {
    let mut out = if n == 0.0 { "0".to_owned() } else { n.abs().to_string() };
    if !out.contains('.') {
        out.push_str(".0");
    }
    out
}

/// A comment ends with its line.
fn comment_line(line: &str) -> Cow<'_, str> {
    let ends = |c: char| c.is_control() && c != '\t';
    if line.contains(ends) { line.replace(ends, " ").into() } else { line.into() }
}

fn above(b: &mut Builder, comments: &[String]) {
    for comment in comments {
        // A text without a character has no lines.
        for line in comment.is_empty().then_some("").into_iter().chain(comment.lines()) {
            let line = comment_line(line);
            let line = line.trim_end();
            b.gap(Gap::Hard);
            b.comment(if line.is_empty() { "#" } else { "# " }, line);
            b.gap(Gap::Hard);
        }
    }
}

fn behind(b: &mut Builder, comment: Option<&str>) {
    let Some(comment) = comment else { return };
    let line = comment_line(comment);
    let line = line.trim();
    if !line.is_empty() {
        b.gap(Gap::Space);
        b.comment("# ", line);
        b.gap(Gap::Hard);
    }
}

/// An expression where nothing is around it.
fn emit(b: &mut Builder, e: &Expr) {
    match e {
        Expr::Null => b.text("null"),
        Expr::Bool(v) => b.text(if *v { "true" } else { "false" }),
        Expr::Int(i64::MIN) => b.text("-9223372036854775807 - 1"),
        Expr::Int(n) => b.text(&n.to_string()),
        Expr::Float(n) if !n.is_finite() => b.text(&format!("\"{n}\"")),
        Expr::Float(n) => b.text(&format!("{}{}", if *n < 0.0 { "-" } else { "" }, float(*n))),
        Expr::Str(pieces) => b.group(Kind::Plain, |b| string(b, pieces)),
        Expr::Path(path) if is_plain_path(path) => b.text(path),
        Expr::Path(path) => odd_path(b, path),
        Expr::Name(parts) => b.write(|out| dotted(out, parts)),
        Expr::List(items) => b.group(Kind::Plain, |b| list(b, items, Gap::Hard)),
        Expr::Attrs(bindings) => attrs(b, bindings, Width::Narrow),
        Expr::Apply(function, arguments) if arguments.is_empty() => emit(b, function),
        Expr::Apply(function, arguments) => call(b, function, arguments, Place::Free),
        Expr::Lambda(params, body) => lambda(b, params, body),
        Expr::Let(bindings, body) => let_in(b, bindings, body),
        Expr::Not(condition) => {
            b.text("!");
            term(b, bare(condition));
        }
        Expr::Concat(..) | Expr::Update(..) => operation(b, e),
    }
}

/// An expression that is one term: with parentheses, if it needs them.
fn term(b: &mut Builder, e: &Expr) {
    if !is_compound(e) {
        return emit(b, e);
    }
    b.group(Kind::Plain, |b| {
        b.text("(");
        b.nested(|b| in_parens(b, e));
        b.text(")");
    });
}

fn in_parens(b: &mut Builder, e: &Expr) {
    let e = bare(e);
    match e {
        e if absorbable_bare(e) => b.group(Kind::Plain, |b| absorb(b, e, Width::Narrow)),
        Expr::Apply(function, arguments) => call(b, function, arguments, Place::Parens),
        Expr::Name(parts) if parts.len() > 1 => {
            b.group(Kind::Plain, |b| emit(b, e));
            b.gap(Gap::Break);
        }
        e => {
            b.gap(Gap::Break);
            b.group(Kind::Plain, |b| emit(b, e));
            b.gap(Gap::Break);
        }
    }
}

/// A term with no group of its own.
fn absorb(b: &mut Builder, e: &Expr, width: Width) {
    match e {
        Expr::Attrs(bindings) => attrs(b, bindings, width),
        Expr::List(items) => list(b, items, Gap::Hard),
        Expr::Str(pieces) => string(b, pieces),
        e => emit(b, e),
    }
}

fn list(b: &mut Builder, items: &[Item], between: Gap) {
    b.text("[");
    if items.is_empty() {
        b.gap(Gap::Space);
    } else {
        b.gap(Gap::Line);
        b.nested(|b| {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    b.gap(between);
                }
                // Within `${…}` nixfmt takes a comment behind `}` for one above the next item.
                let inner = b.interpolations > 0;
                if !item.above.is_empty() || (inner && item.behind.is_some()) {
                    above(b, &item.above);
                    if let Some(comment) = item.behind.as_ref().filter(|_| inner) {
                        above(b, std::slice::from_ref(comment));
                    }
                    b.gap(between);
                }
                if item.is_comment() {
                    continue;
                }
                let comment = item.behind.as_deref().filter(|_| !inner);
                let value = bare(&item.value);
                if b.line(|out| flat_term(out, value)) {
                    behind(b, comment);
                } else if is_broken(value) {
                    absorb(b, value, Width::Wide);
                    behind(b, comment);
                } else {
                    b.group(Kind::Plain, |b| {
                        term(b, value);
                        behind(b, comment);
                    });
                }
            }
        });
        b.gap(Gap::Line);
    }
    b.text("]");
}

fn attrs(b: &mut Builder, bindings: &[Binding], width: Width) {
    b.text("{");
    if bindings.iter().any(is_something) {
        let gap = if width == Width::Narrow && only_inherits(bindings) { Gap::Line } else { Gap::Hard };
        b.gap(gap);
        b.nested(|b| self::bindings(b, bindings, true));
        b.gap(gap);
    } else {
        b.gap(Gap::Space);
    }
    b.text("}");
}

fn bindings(b: &mut Builder, bindings: &[Binding], inherit: bool) {
    let mut rest = bindings.iter().filter(|x| is_something(x)).peekable();
    let mut first = true;
    while let Some(binding) = rest.next() {
        if !first {
            b.gap(if binding.apart { Gap::Empty } else { Gap::Hard });
        }
        first = false;
        above(b, &binding.above);
        if binding.path.is_empty() {
            continue;
        }
        if inherit && is_inherit(binding) {
            let mut names = vec![binding];
            while let Some(more) = rest.next_if(|x| is_inherit(x) && x.above.is_empty() && !x.apart) {
                names.push(more);
            }
            inherits(b, &names);
        } else {
            assignment(b, binding);
        }
    }
}

fn inherits(b: &mut Builder, names: &[&Binding]) {
    let (gap, end) = if names.len() < 4 { (Gap::Line, Gap::Break) } else { (Gap::Hard, Gap::Hard) };
    b.group(Kind::Plain, |b| {
        b.text("inherit");
        b.nested(|b| {
            for name in names.iter().flat_map(|x| &x.path) {
                b.gap(gap);
                b.text(name);
            }
            b.gap(end);
            b.text(";");
        });
    });
}

/// True for a name that is never apart from a value that is broken.
fn is_simple_path(path: &[String]) -> bool {
    path.len() <= 4 && path.iter().all(|p| plain_name(p))
}

/// `name = value;`
fn assignment(b: &mut Builder, binding: &Binding) {
    let value = bare(&binding.value);
    let comment = binding.behind.as_deref();
    // What is on lines of its own, behind what is on this one.
    let mut broken = None;
    let begun = b.line(|out| {
        path(out, &binding.path);
        out.push_str(" = ");
        let value_at = out.len();
        if flat(out, value) {
            out.push(';');
            return true;
        }
        out.truncate(value_at);
        let own_lines = match value {
            Expr::Update(left, right) => match (bare(left), bare(right)) {
                (Expr::Name(parts), right @ Expr::Attrs(_)) => {
                    dotted(out, parts);
                    out.push_str(" // ");
                    right
                }
                _ => return false,
            },
            // Behind any other name a text goes on a line of its own if what follows it has no room.
            Expr::Str(_) if !is_simple_path(&binding.path) => return false,
            value => value,
        };
        broken = Some(own_lines).filter(|value| is_broken(value));
        broken.is_some()
    });
    if begun {
        if let Some(value) = broken {
            absorb(b, value, Width::Wide);
            b.text(";");
        }
        return behind(b, comment);
    }
    let simple = is_simple_path(&binding.path);
    let broken = simple && is_broken_call(b, value);
    b.group_unless(broken, Kind::Plain, |b| {
        b.write(|out| path(out, &binding.path));
        b.nested(|b| {
            b.gap(Gap::Space);
            b.text("=");
            if simple {
                right(b, value);
            } else {
                b.gap(Gap::Break);
                b.group(Kind::Priority, |b| right(b, value));
            }
        });
        b.text(";");
        behind(b, comment);
    });
}

/// What is behind `=`.
fn right(b: &mut Builder, e: &Expr) {
    fn led(b: &mut Builder, gap: Gap, build: impl FnOnce(&mut Builder)) {
        b.nested(|b| {
            b.gap(gap);
            b.group(Kind::Plain, build);
        });
    }
    match e {
        Expr::Attrs(bindings) if bindings.iter().any(is_something) && only_inherits(bindings) => {
            led(b, Gap::Space, |b| absorb(b, e, Width::Narrow));
        }
        e if absorbable_bare(e) => led(b, Gap::Space, |b| absorb(b, e, Width::Wide)),
        Expr::Str(_) => led(b, Gap::Space, |b| emit(b, e)),
        Expr::Path(path) if is_plain_path(path) => led(b, Gap::Space, |b| emit(b, e)),
        Expr::Apply(function, arguments) => b.nested(|b| call(b, function, arguments, Place::Right)),
        e if is_operation(e) => {
            let operands = operands(e);
            match operands.as_slice() {
                [Some(first), ..] if absorbable(first) => {
                    b.gap(Gap::Space);
                    chain(b, e, true);
                }
                [Some(left), Some(last)] if absorbable(last) => b.nested(|b| {
                    b.group(Kind::Plain, |b| {
                        b.gap(Gap::Line);
                        operand(b, left);
                        b.gap(Gap::Line);
                        b.group(Kind::Open, |b| {
                            b.text(operator(e));
                            b.gap(Gap::Space);
                            b.group(Kind::Priority, |b| absorb(b, last, Width::Wide));
                        });
                    });
                }),
                _ => led(b, Gap::Line, |b| emit(b, e)),
            }
        }
        Expr::Lambda(..) | Expr::Let(..) => led(b, Gap::Line, |b| emit(b, e)),
        // A negative number is no term, and is led by the same gap.
        e if is_compound(e) => led(b, Gap::Line, |b| emit(b, e)),
        e => b.nested(|b| {
            b.group(Kind::Plain, |b| {
                b.gap(Gap::Line);
                emit(b, e);
            });
        }),
    }
}

fn operator(e: &Expr) -> &'static str {
    match e {
        Expr::Concat(..) => "++",
        Expr::Update(..) => "//",
        _ => "+",
    }
}

/// What the operators of one kind are between. `None` for what has no expression: a path that is put together.
fn operands(e: &Expr) -> Vec<Option<&Expr>> {
    fn go<'e>(e: &'e Expr, concat: bool, out: &mut Vec<Option<&'e Expr>>) {
        match bare(e) {
            Expr::Concat(left, right) if concat => {
                go(left, concat, out);
                go(right, concat, out);
            }
            Expr::Update(left, right) if !concat => {
                go(left, concat, out);
                go(right, concat, out);
            }
            e => out.push(Some(e)),
        }
    }
    let mut out = Vec::new();
    if matches!(e, Expr::Path(_)) {
        out.extend([None, None]);
    } else {
        go(e, matches!(e, Expr::Concat(..)), &mut out);
    }
    out
}

/// What is beside an operator; a call needs no parentheses there.
fn operand(b: &mut Builder, e: &Expr) {
    if matches!(e, Expr::Apply(..)) { emit(b, e) } else { term(b, e) }
}

fn operation(b: &mut Builder, e: &Expr) {
    if let [Some(left), Some(last)] = operands(e).as_slice()
        && absorbable(last)
    {
        b.group(Kind::Plain, |b| {
            operand(b, left);
            b.gap(Gap::Line);
            b.text(operator(e));
            b.gap(Gap::Space);
            b.nested(|b| emit(b, last));
        });
    } else {
        chain(b, e, false);
    }
}

fn chain(b: &mut Builder, e: &Expr, wide: bool) {
    if let Expr::Path(path) = e {
        return odd_path(b, path);
    }
    b.group(Kind::Plain, |b| {
        for (at, e2) in operands(e).into_iter().flatten().enumerate() {
            if at == 0 {
                match e2 {
                    Expr::Attrs(_) | Expr::List(_) if wide && absorbable(e2) => absorb(b, e2, Width::Wide),
                    e2 => operand(b, e2),
                }
                continue;
            }
            b.gap(Gap::Line);
            b.text(operator(e));
            b.nested(|b| match e2 {
                Expr::Apply(function, arguments) => b.group(Kind::Plain, |b| call(b, function, arguments, Place::Right)),
                e2 => {
                    b.gap(Gap::Space);
                    term(b, e2);
                }
            });
        }
    });
}

/// A path with characters that a literal of a path cannot have.
fn odd_path(b: &mut Builder, path: &str) {
    let rest = path.strip_prefix("./").unwrap_or(path);
    let (base, rest) = if rest.starts_with('/') { ("/.", rest.to_owned()) } else { ("./.", format!("/{rest}")) };
    b.group(Kind::Plain, |b| {
        b.text(base);
        b.gap(Gap::Line);
        b.text("+");
        b.nested(|b| {
            b.gap(Gap::Space);
            b.group(Kind::Plain, |b| b.write(|out| text::quoted(&rest, out)));
        });
    });
}

fn head(b: &mut Builder, params: &Params) {
    match params {
        Params::Name(name) => b.text(&format!("{}:", identifier(name))),
        Params::Set(names, more) => {
            let mut unique: Vec<Cow<'_, str>> = Vec::with_capacity(names.len());
            for name in names.iter().map(|n| identifier(n)) {
                if !unique.contains(&name) {
                    unique.push(name);
                }
            }
            if unique.is_empty() && !more {
                b.text("{ }:");
            } else if unique.len() <= 2 {
                let mut words: Vec<&str> = unique.iter().map(AsRef::as_ref).collect();
                if *more {
                    words.push("...");
                }
                b.text(&format!("{{ {} }}:", words.join(", ")));
            } else {
                b.text("{");
                b.gap(Gap::Hard);
                b.nested(|b| {
                    for name in &unique {
                        b.text(&format!("{name},"));
                        b.gap(Gap::Hard);
                    }
                    if *more {
                        b.text("...");
                        b.gap(Gap::Hard);
                    }
                });
                b.text("}:");
            }
        }
    }
}

fn lambda(b: &mut Builder, params: &Params, body: &Expr) {
    fn absorbed(b: &mut Builder, body: &Expr, depth: usize) {
        match bare(body) {
            Expr::Lambda(params @ Params::Name(_), inner) => {
                b.gap(Gap::Space);
                head(b, params);
                absorbed(b, inner, depth + 1);
            }
            e if absorbable_bare(e) => {
                b.gap(Gap::Space);
                b.group(Kind::Priority, |b| absorb(b, e, Width::Narrow));
            }
            e => {
                b.gap(if depth <= 2 { Gap::Line } else { Gap::Hard });
                emit(b, e);
            }
        }
    }
    match params {
        Params::Name(_) => b.group(Kind::Plain, |b| {
            b.gap(Gap::Break);
            head(b, params);
            absorbed(b, body, 1);
        }),
        Params::Set(..) => {
            b.group(Kind::Plain, |b| head(b, params));
            b.gap(Gap::Hard);
            emit(b, body);
        }
    }
}
