//! Texts, and the expressions in them.

use super::layout::{Builder, Gap, Kind, one_line};
use super::shape::{absorbable, bare, is_simple};
use super::text::{self, Part, Text};
use super::{emit, in_parens};
use crate::nix::{Expr, Piece};

/// With no group of its own.
pub(super) fn string(b: &mut Builder, pieces: &[Piece]) {
    match text::write(pieces) {
        Text::Quoted(parts) => {
            b.text("\"");
            line(b, parts);
            b.text("\"");
        }
        Text::Lines(lines) => {
            b.text("''");
            b.gap(Gap::Break);
            b.nested(|b| {
                for (at, parts) in lines.into_iter().enumerate() {
                    if at > 0 {
                        b.gap(Gap::Breaks(1));
                    }
                    line(b, parts);
                }
            });
            b.text("''");
        }
    }
}

/// A line of a text.
pub(super) fn line(b: &mut Builder, parts: Vec<Part<'_>>) {
    let columns = match parts.first() {
        Some(Part::Text(text)) => text.chars().take_while(|c| c.is_whitespace()).count(),
        _ => 0,
    };
    match parts.as_slice() {
        [Part::Expr(e)] => return alone(b, e),
        [Part::Text(spaces), Part::Expr(e)] if spaces.chars().all(char::is_whitespace) => {
            b.text(spaces);
            return b.offset(columns, |b| alone(b, e));
        }
        _ => {}
    }
    let mut parts = parts.into_iter().peekable();
    if let Some(Part::Text(text)) = parts.next_if(|p| matches!(p, Part::Text(_))) {
        b.text(&text);
    }
    b.offset(columns, |b| {
        for part in parts {
            match part {
                Part::Text(text) => b.text(&text),
                Part::Expr(e) => {
                    b.interpolations += 1;
                    interpolation(b, bare(e));
                    b.interpolations -= 1;
                }
            }
        }
    });
}

/// An interpolation that is all there is in its line.
pub(super) fn alone(b: &mut Builder, e: &Expr) {
    b.group(Kind::Plain, |b| {
        b.text("${");
        b.interpolations += 1;
        b.nested(|b| in_parens(b, e));
        b.interpolations -= 1;
        b.text("}");
    });
}

pub(super) fn interpolation(b: &mut Builder, e: &Expr) {
    if absorbable(e) {
        return b.group(Kind::Plain, |b| {
            b.text("${");
            emit(b, e);
            b.text("}");
        });
    }
    if is_simple(e) {
        b.text("${");
        let inner = b.apart(|b| emit(b, e));
        let inner = one_line(&inner, usize::MAX).unwrap_or(inner);
        b.all(inner);
        return b.text("}");
    }
    b.group(Kind::Plain, |b| {
        b.text("${");
        let mut inner = Vec::new();
        b.nested(|b| inner = b.apart(|b| b.group(Kind::Plain, |b| emit(b, e))));
        if let Some(line) = one_line(&inner, 30) {
            b.all(line);
        } else {
            b.nested(|b| {
                b.gap(Gap::Break);
                b.all(inner);
                b.gap(Gap::Break);
            });
        }
        b.text("}");
    });
}
