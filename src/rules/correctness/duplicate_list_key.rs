//! The same name twice in a list such as `environment`: the last one counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::modularity::syntax::entries;
use crate::rules::prelude::*;
use crate::yaml::edit::remove_item;
use crate::yaml::{Kind, NodeId};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "duplicate-list-key",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[],
        summary: "a name is set twice in one list of variables or labels",
        page: page!("duplicate-list-key"),
    },
    rule: &DuplicateListKey,
};

struct DuplicateListKey;

/// Lists of a service whose items are `NAME=value`.
const LISTS: &[&[&str]] =
    &[&["environment"], &["labels"], &["annotations"], &["build", "args"], &["build", "labels"], &["deploy", "labels"]];

impl Rule for DuplicateListKey {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let tree = file.tree;
        let mut seen = BTreeSet::new();
        for document in &tree.documents {
            let services = tree.get(document.root, "services").map_or(&[][..], |s| entries(tree, s));
            for service in services {
                for way in LISTS {
                    let list = way.iter().try_fold(service.value, |at, key| tree.get(at, key)).map(|id| tree.deref(id));
                    if let Some(list) = list.filter(|l| seen.insert(*l)) {
                        judge(list, way.last().unwrap_or(&""), file, cx);
                    }
                }
            }
        }
    }
}

fn judge(list: NodeId, what: &str, file: &SourceTree, cx: &mut Cx) {
    let tree = file.tree;
    let Kind::Sequence { items, .. } = &tree.node(list).kind else { return };
    let mut by_name: BTreeMap<&str, Vec<(NodeId, &str)>> = BTreeMap::new();
    for item in items {
        let Some(text) = tree.text(*item) else { continue };
        by_name.entry(text.split('=').next().unwrap_or(text)).or_default().push((*item, text));
    }
    for (name, group) in by_name {
        let [(first, _), .., (final_item, last_text)] = group.as_slice() else { continue };
        let equal = group.iter().all(|(_, text)| text == last_text);
        let message = if equal {
            format!("`{name}` is in this `{what}` twice, with the same value")
        } else {
            format!("`{name}` is in this `{what}` twice, with different values")
        };
        let edits = match group.as_slice() {
            [_, _] => remove_item(file.source, tree, list, *first),
            _ => None,
        };
        let report = cx
            .report(&Origin::at(tree.node(*first).span), message)
            .related(tree.node(*final_item).span, "the last one counts")
            .why("Compose takes the last one and does not warn; whoever changes the other sees no effect")
            .help("keep one of them");
        if let Some(edits) = edits {
            let (title, trust) = if equal {
                ("remove the first of the two", Applicability::Safe)
            } else {
                (
                    "remove the first of the two, which has no effect; check that the value of the last is the one that is meant",
                    Applicability::Unsafe,
                )
            };
            report.fix(title, trust, edits);
        }
    }
}
