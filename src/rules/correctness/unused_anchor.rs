//! An anchor that no alias uses.

use std::collections::BTreeSet;

use crate::rules::prelude::*;
use crate::source::Span;
use crate::yaml::edit::remove_entry;
use crate::yaml::{Kind, NodeId, Tree};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unused-anchor",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[],
        summary: "an anchor, or a whole `x-` block, that no alias uses",
        page: page!("unused-anchor"),
    },
    rule: &UnusedAnchor,
};

struct UnusedAnchor;

impl Rule for UnusedAnchor {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let tree = file.tree;
        // An alias may be in what could not be read.
        if !tree.errors.is_empty() {
            return;
        }
        let targets: BTreeSet<NodeId> = tree
            .nodes
            .iter()
            .filter_map(|n| match &n.kind {
                Kind::Alias { target, .. } => *target,
                _ => None,
            })
            .collect();
        let mut used: Vec<u32> = targets.iter().map(|id| tree.node(*id).span.start).collect();
        used.sort_unstable();
        let mut outer: Option<Span> = None;
        for (id, node) in (0..).map(NodeId).zip(&tree.nodes) {
            let Some(anchor) = node.anchor.as_ref().filter(|_| !targets.contains(&id)) else { continue };
            // What is in a block that nothing uses goes with it.
            if outer.is_some_and(|o| o.contains(&node.span)) {
                continue;
            }
            let block = x_block(tree, id).filter(|_| !holds(&used, node.span));
            if let Some((mapping, key)) = block {
                outer = Some(node.span);
                report_block(mapping, key, file, cx);
            } else {
                let report = cx
                    .report(&Origin::at(anchor.span), format!("no alias uses the anchor `&{}`", anchor.name))
                    .severity(Severity::Info)
                    .why("whoever changes the value looks for the places that share it, and there are none")
                    .help(format!("remove it, or write `*{}` where it was meant to be used", anchor.name));
                if let Some(edit) = without(anchor.span, file) {
                    report.fix("remove the anchor", Applicability::Safe, vec![edit]);
                }
            }
        }
    }
}

/// True if one of the places, which are in order, is in a range.
fn holds(places: &[u32], span: Span) -> bool {
    places.get(places.partition_point(|p| *p < span.start)).is_some_and(|p| *p < span.end)
}

/// The mapping and the key, if the node is the value of a top-level `x-` key.
fn x_block(tree: &Tree, id: NodeId) -> Option<(NodeId, NodeId)> {
    let (mapping, entry) = tree.entry(id)?;
    let top = tree.parent(mapping).is_none();
    let named = tree.text(entry.key).is_some_and(|k| k.starts_with("x-"));
    (top && named && entry.value == id).then_some((mapping, entry.key))
}

fn report_block(mapping: NodeId, key: NodeId, file: &SourceTree, cx: &mut Cx) {
    let name = file.tree.text(key).unwrap_or_default().to_owned();
    let report = cx
        .report(&Origin::at(file.tree.node(key).span), format!("nothing in this file uses `{name}`"))
        .why("Compose skips `x-` keys, and no alias brings it into a service: often the service that should use it has a copy of its own")
        .help("use it, or remove it");
    if let Some(edits) = remove_entry(file.source, file.tree, mapping, key) {
        report.fix(format!("remove `{name}`, which no service uses"), Applicability::Unsafe, edits);
    }
}

/// The text without an anchor and the blanks that part it from what is beside it.
fn without(anchor: Span, file: &SourceTree) -> Option<Edit> {
    let text = &file.source.text;
    let (start, end) = (anchor.start as usize, anchor.end as usize);
    let behind = text.get(end..)?;
    let blanks = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    let last = behind.get(blanks..)?.starts_with(['\n', '\r', '#']) || behind.len() == blanks;
    let span = if last {
        let before = text.get(..start)?;
        let start = before.trim_end_matches([' ', '\t']).len();
        Span::new(anchor.file, u32::try_from(start).ok()?, anchor.end)
    } else {
        Span::new(anchor.file, anchor.start, u32::try_from(end + blanks).ok()?)
    };
    Some(Edit { span, text: String::new() })
}
