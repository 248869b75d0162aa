//! A function and its arguments.

use super::flat::flat_list;
use super::layout::{Builder, Gap, Kind, one_line};
use super::shape::{absorbable, bare, flat_call, is_broken_list, is_compound, is_simple};
use super::{Place, Width, absorb, emit, identifier, list, one_word, term};
use crate::nix::{Expr, Item, Params};

pub(super) fn call(b: &mut Builder, function: &Expr, arguments: &[Expr], place: Place) {
    let (function, arguments) = flat_call(function, arguments);
    let Some((last, others)) = arguments.split_last() else { return emit(b, function) };
    let lead = |b: &mut Builder| {
        if place == Place::Right {
            b.gap(Gap::Line);
        }
    };
    let end = |b: &mut Builder| {
        if place == Place::Parens {
            b.gap(Gap::Break);
        }
    };
    if let (Some((Expr::List(first), others)), Expr::List(second)) = (others.split_last(), last) {
        let lists = [first, second].map(|items| (items, is_broken_argument(b, items)));
        let broken = lists.iter().any(|(_, broken)| *broken);
        return b.group_unless(broken, Kind::Plain, |b| {
            lead(b);
            b.group_unless(broken && others.is_empty(), Kind::Open, |b| applied(b, function, others, place));
            for (items, tall) in lists {
                b.gap(Gap::Line);
                b.nested(|b| {
                    // Its line is its own.
                    let done = broken && !tall && b.line(|out| flat_list(out, items));
                    if !done {
                        b.group_unless(tall, Kind::Plain, |b| argument_list(b, items));
                    }
                });
            }
            end(b);
        });
    }
    let before = b.apart(|b| {
        lead(b);
        b.group(Kind::Open, |b| applied(b, function, others, place));
    });
    if arguments.len() <= 2
        && is_simple(function)
        && arguments.iter().all(|a| is_simple(a))
        && let Some(line) = one_line(&before, usize::MAX)
    {
        return b.group(Kind::Plain, |b| {
            b.all(line);
            b.gap(Gap::Space);
            last_argument(b, last);
        });
    }
    b.group(Kind::Plain, |b| {
        b.all(before);
        b.gap(Gap::Line);
        last_argument(b, last);
        end(b);
    });
}

/// A function and arguments that are not the last.
pub(super) fn applied(b: &mut Builder, function: &Expr, arguments: &[&Expr], place: Place) {
    match arguments {
        [] if place == Place::Parens => b.nested(|b| {
            b.group(Kind::Plain, |b| {
                b.gap(Gap::Break);
                term(b, function);
            });
        }),
        [] => term(b, function),
        [others @ .., Expr::List(first), Expr::List(second)] => b.group(Kind::Open, |b| {
            b.group(Kind::Open, |b| applied(b, function, others, place));
            b.nested(|b| {
                b.group(Kind::Plain, |b| {
                    for items in [first, second] {
                        b.gap(Gap::Line);
                        b.group(Kind::Plain, |b| argument_list(b, items));
                    }
                });
            });
        }),
        [others @ .., last] => {
            b.group(Kind::Open, |b| applied(b, function, others, place));
            b.gap(Gap::Line);
            let kind = if matches!(last, Expr::Name(parts) if parts.len() > 1) { Kind::Plain } else { Kind::Priority };
            b.nested(|b| {
                b.group(kind, |b| match last {
                    Expr::List(items) => argument_list(b, items),
                    last => term(b, last),
                });
            });
        }
    }
}

/// True for a call that ends with two lists, one of them on lines of its own whatever is around it.
pub(super) fn is_broken_call(b: &mut Builder, e: &Expr) -> bool {
    let Expr::Apply(function, arguments) = e else { return false };
    match flat_call(function, arguments).1.as_slice() {
        [.., Expr::List(first), Expr::List(second)] => is_broken_argument(b, first) || is_broken_argument(b, second),
        _ => false,
    }
}

fn is_broken_argument(b: &mut Builder, items: &[Item]) -> bool {
    is_broken_list(items) && (!is_short(b, items) || b.is_too_wide(|out| flat_list(out, items)))
}

/// True for a list that may be on one line as an argument.
fn is_short(b: &Builder, items: &[Item]) -> bool {
    let within = b.interpolations > 0;
    let commented = items.iter().filter(|i| !i.above.is_empty() || (within && i.behind.is_some())).count();
    let uncommented = |i: &Item| within || i.behind.as_deref().is_none_or(|c| c.trim().is_empty());
    items.len() + commented <= 6 && items.iter().all(|i| uncommented(i) && is_simple(bare(&i.value)))
}

/// A list as an argument.
pub(super) fn argument_list(b: &mut Builder, items: &[Item]) {
    if is_short(b, items) {
        list(b, items, Gap::Line);
    } else {
        b.group_unless(is_broken_list(items), Kind::Plain, |b| list(b, items, Gap::Hard));
    }
}

pub(super) fn last_argument(b: &mut Builder, e: &Expr) {
    fn tight(b: &mut Builder, before: &str, inner: &Expr) {
        b.group(Kind::Priority, |b| {
            b.nested(|b| {
                b.text(before);
                b.gap(Gap::Space);
                absorb(b, inner, Width::Wide);
                b.text(")");
            });
        });
    }
    let e = bare(e);
    if absorbable(e) {
        return b.group(Kind::Priority, |b| b.nested(|b| absorb(b, e, Width::Narrow)));
    }
    if !is_compound(e) {
        return b.group(Kind::Plain, |b| b.nested(|b| emit(b, e)));
    }
    match e {
        Expr::Lambda(Params::Name(name), body) if absorbable(bare(body)) => {
            return tight(b, &format!("({}:", identifier(name)), bare(body));
        }
        Expr::Apply(function, arguments) => {
            let (function, arguments) = flat_call(function, arguments);
            if let (Some(word), [argument]) = (one_word(function), arguments.as_slice())
                && absorbable(argument)
            {
                return tight(b, &format!("({word}"), argument);
            }
        }
        _ => {}
    }
    b.group(Kind::Priority, |b| {
        b.nested(|b| {
            b.text("(");
            b.gap(Gap::Break);
            b.group(Kind::Plain, |b| b.nested(|b| emit(b, e)));
            b.gap(Gap::Break);
            b.text(")");
        });
    });
}
