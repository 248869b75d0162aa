//! What is on one line, written as that: the most of what there is.

use std::fmt::Write as _;

use super::dotted;
use super::shape::{bare, is_plain_path, is_something};
use super::text::{self, Part};
use crate::nix::{Expr, Item, Piece};

/// Appends the expression. False, with anything appended, for one that cannot be on one line, or is rare: that is left to the layout.
pub(super) fn flat(out: &mut String, e: &Expr) -> bool {
    match e {
        Expr::Null => out.push_str("null"),
        Expr::Bool(v) => out.push_str(if *v { "true" } else { "false" }),
        Expr::Int(n) if *n >= 0 => drop(write!(out, "{n}")),
        Expr::Str(pieces) => return flat_text(out, pieces),
        Expr::Path(path) if is_plain_path(path) => out.push_str(path),
        Expr::Name(parts) => dotted(out, parts),
        // More items are on lines of their own.
        Expr::List(items) if items.len() <= 1 => return flat_list(out, items),
        Expr::Attrs(bindings) if !bindings.iter().any(is_something) => out.push_str("{ }"),
        Expr::Apply(function, arguments) => {
            return flat(out, function)
                && arguments.iter().all(|argument| {
                    out.push(' ');
                    flat_term(out, bare(argument))
                });
        }
        _ => return false,
    }
    true
}

/// The same as one term.
pub(super) fn flat_term(out: &mut String, e: &Expr) -> bool {
    let Expr::Apply(..) = e else { return flat(out, e) };
    out.push('(');
    let is = flat(out, e);
    out.push(')');
    is
}

/// A list without comments, however many items it has.
pub(super) fn flat_list(out: &mut String, items: &[Item]) -> bool {
    out.push('[');
    let is = items.iter().all(|item| {
        out.push(' ');
        item.above.is_empty() && item.behind.is_none() && !item.is_comment() && flat_term(out, bare(&item.value))
    });
    out.push_str(" ]");
    is
}

fn flat_text(out: &mut String, pieces: &[Piece]) -> bool {
    if pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('\n'))) {
        return false;
    }
    if let [Piece::Text(text)] = pieces {
        text::quoted(text, out);
        return true;
    }
    out.push('"');
    let is = text::quoted_parts(pieces).into_iter().all(|part| match part {
        Part::Text(text) => {
            out.push_str(&text);
            true
        }
        Part::Expr(e) => {
            out.push_str("${");
            let is = flat(out, bare(e));
            out.push('}');
            is
        }
    });
    out.push('"');
    is
}
