//! Gives each comment its owner. Reads positions only, never meanings.

use super::{Comment, Owner, Tree};
use crate::source::Span;

/// Fills [`Tree::comments`] from the comments' spans, which are in order.
pub(super) fn attach(tree: &mut Tree, _text: &str, spans: &[Span]) {
    tree.comments = spans.iter().map(|span| Comment { span: *span, owner: Owner::File }).collect();
}
