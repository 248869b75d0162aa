//! What an expression is to the layout.

use super::text;
use crate::nix::{Binding, Expr, Item, Params, plain_name};

pub(super) fn is_operation(e: &Expr) -> bool {
    match e {
        Expr::Concat(..) | Expr::Update(..) => true,
        Expr::Path(path) => !is_plain_path(path),
        _ => false,
    }
}

/// True if it needs parentheses as an argument, an item, or beside an operator.
pub(super) fn is_compound(e: &Expr) -> bool {
    match e {
        Expr::Apply(_, arguments) => !arguments.is_empty(),
        Expr::Lambda(..) | Expr::Let(..) | Expr::Not(_) => true,
        Expr::Int(n) => *n < 0,
        Expr::Float(n) => *n < 0.0 && n.is_finite(),
        e => is_operation(e),
    }
}

/// True for what can begin on the line of what it belongs to, and end on a line of its own.
pub(super) fn absorbable(e: &Expr) -> bool {
    match e {
        Expr::Str(pieces) => text::is_lines(pieces),
        Expr::List(items) => !items.is_empty(),
        Expr::Attrs(bindings) => bindings.iter().any(is_something),
        _ => false,
    }
}

/// The same, for an expression that has no parentheses.
pub(super) fn absorbable_bare(e: &Expr) -> bool {
    match e {
        Expr::Lambda(Params::Name(_), body) => match &**body {
            Expr::Lambda(..) => absorbable_bare(body),
            body => absorbable(body),
        },
        e => absorbable(e),
    }
}

/// True for what is short by nature.
pub(super) fn is_simple(e: &Expr) -> bool {
    match e {
        Expr::Null | Expr::Bool(_) | Expr::Str(_) => true,
        Expr::Int(n) => *n >= 0,
        Expr::Float(_) => !is_compound(e),
        Expr::Path(path) => is_plain_path(path),
        Expr::Name(parts) => parts.iter().skip(1).all(|p| plain_name(p)),
        Expr::Apply(function, arguments) => simple_call(function, arguments),
        _ => false,
    }
}

pub(super) fn simple_call(function: &Expr, arguments: &[Expr]) -> bool {
    let (function, arguments) = flat_call(function, arguments);
    arguments.len() <= 2 && is_simple(function) && arguments.iter().all(|a| is_simple(a))
}

/// The function and all of its arguments.
pub(super) fn flat_call<'e>(function: &'e Expr, arguments: &'e [Expr]) -> (&'e Expr, Vec<&'e Expr>) {
    let mut all: Vec<&Expr> = arguments.iter().map(bare).collect();
    let mut function = function;
    while let Expr::Apply(inner, first) = function {
        all.splice(0..0, first.iter().map(bare));
        function = inner;
    }
    (function, all)
}

/// The call without calls that have no arguments.
pub(super) fn bare(e: &Expr) -> &Expr {
    match e {
        Expr::Apply(function, arguments) if arguments.is_empty() => bare(function),
        e => e,
    }
}

/// True for the paths that the language has a literal for.
pub(super) fn is_plain_path(path: &str) -> bool {
    let rest = path.strip_prefix("..").or_else(|| path.strip_prefix('.')).unwrap_or(path);
    rest.starts_with('/')
        && rest.split('/').skip(1).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b)))
}

pub(super) fn is_something(binding: &Binding) -> bool {
    !binding.path.is_empty() || !binding.above.is_empty()
}

/// `name = name;`, which is `inherit name;`.
pub(super) fn is_inherit(binding: &Binding) -> bool {
    matches!((binding.path.as_slice(), &binding.value), ([path], Expr::Name(parts)) if matches!(parts.as_slice(), [name] if name == path && plain_name(name)))
        && binding.behind.is_none()
}

/// True for a set that is nothing but one `inherit`.
pub(super) fn only_inherits(bindings: &[Binding]) -> bool {
    bindings.iter().all(|x| is_inherit(x) && x.above.is_empty() && !x.apart)
}

/// True for what is on lines of its own whatever is around it, and has no parentheses.
pub(super) fn is_broken(e: &Expr) -> bool {
    match e {
        Expr::Attrs(bindings) => bindings.iter().any(is_something) && !only_inherits(bindings),
        Expr::List(items) => is_broken_list(items),
        Expr::Str(pieces) => text::is_lines(pieces),
        _ => false,
    }
}

pub(super) fn is_broken_list(items: &[Item]) -> bool {
    items.len() > 1 || items.iter().any(|i| !i.above.is_empty())
}
