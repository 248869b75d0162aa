//! Where in its file a span stands, in keys: `services.web.ports[0]`. Keys and positions only, never a value.

use super::problem::ModelPath;
use crate::source::Span;
use crate::yaml::{Kind, NodeId, Tree};

impl ModelPath {
    /// The path of the deepest entry or item of a file that holds the whole span; empty outside of all of them. Aliases are not followed.
    pub fn at(tree: &Tree, span: Span) -> Self {
        let mut path = Self::default();
        let holds = |id: NodeId| tree.node(id).span.contains(&span);
        let start = |id: NodeId| tree.node(id).span.start;
        let mut at = tree.documents.iter().map(|d| d.root).find(|r| holds(*r));
        while let Some(node) = at {
            at = None;
            // Children stand in the order of the text, so the last one that begins before the span is the only one that can hold it.
            match &tree.node(node).kind {
                Kind::Mapping { entries, .. } => {
                    let after = entries.partition_point(|e| start(e.key) <= span.start);
                    let Some(entry) = after.checked_sub(1).and_then(|i| entries.get(i)) else { break };
                    // From the key to the end of the value, so that a span over a whole entry belongs to it.
                    let end = tree.node(entry.value).span.end.max(tree.node(entry.key).span.end);
                    if span.end <= end
                        && let Some(key) = tree.text(entry.key)
                    {
                        path = path.key(key);
                        at = holds(entry.value).then_some(entry.value);
                    }
                }
                Kind::Sequence { items, .. } => {
                    let after = items.partition_point(|item| start(*item) <= span.start);
                    let Some((i, item)) = after.checked_sub(1).and_then(|i| Some((i, *items.get(i)?))) else { break };
                    if holds(item) {
                        path = path.index(i);
                        at = Some(item);
                    }
                }
                Kind::Scalar(_) | Kind::Alias { .. } => {}
            }
        }
        path
    }
}
