//! The same block, written again and again in one file.

use std::collections::BTreeMap;

use super::syntax::{canonical, entries, leaves, section};
use crate::rules::prelude::*;
use crate::yaml::{Kind, NodeId, Tree};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "repeated-block",
        topic: Topic::Modularity,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "the same block is written three times or more in one file",
        page: page!("repeated-block"),
    },
    rule: &RepeatedBlock,
};

struct RepeatedBlock;

const LEAST: usize = 3;
/// How many other places a finding shows.
const SHOWN: usize = 5;
/// How deep below the service: `deploy.resources.limits`.
const DEPTH: usize = 3;
/// Two services that need the same third one, or are in the same network, do not repeat each other.
const OWN: &[&str] = &["depends_on", "networks", "profiles", "command", "entrypoint", "extends"];

/// A block: the key and its value.
#[derive(Clone, Copy)]
struct Block {
    key: NodeId,
    value: NodeId,
}

impl Rule for RepeatedBlock {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let tree = file.tree;
        let (_, services) = section(tree, "services");
        let mut level: Vec<(String, Block)> = services.iter().flat_map(|s| blocks(tree, s.value, "")).collect();
        level.retain(|(way, _)| !OWN.contains(&way.as_str()));
        for _ in 0..DEPTH {
            let mut groups: BTreeMap<(&str, String), Vec<Block>> = BTreeMap::new();
            for (way, block) in &level {
                groups.entry((way, canonical(tree, block.value))).or_default().push(*block);
            }
            let mut deeper = Vec::new();
            for ((way, _), group) in groups {
                let worth = group.first().is_some_and(|b| is_long(file, b.value));
                if group.len() >= LEAST && worth {
                    report(way, &group, tree, cx);
                } else {
                    deeper.extend(group.iter().flat_map(|b| blocks(tree, b.value, way)));
                }
            }
            level = deeper;
        }
    }
}

/// The collections directly below a mapping.
fn blocks(tree: &Tree, mapping: NodeId, way: &str) -> Vec<(String, Block)> {
    let mut out = Vec::new();
    for entry in entries(tree, mapping) {
        let collection = matches!(tree.node(entry.value).kind, Kind::Mapping { .. } | Kind::Sequence { .. });
        if let Some(key) = tree.text(entry.key).filter(|_| collection) {
            let way = if way.is_empty() { key.to_owned() } else { format!("{way}.{key}") };
            out.push((way, Block { key: entry.key, value: entry.value }));
        }
    }
    out
}

/// True for at least two lines with at least two values.
fn is_long(file: &SourceTree, id: NodeId) -> bool {
    let span = file.tree.node(id).span;
    let lines = file.source.position(span.end).line.saturating_sub(file.source.position(span.start).line) + 1;
    lines >= 2 && leaves(file.tree, id) >= 2
}

fn report(way: &str, group: &[Block], tree: &Tree, cx: &mut Cx) {
    let mut places = group.iter().map(|b| tree.node(b.key).span).collect::<Vec<_>>();
    places.sort_unstable();
    let Some((first, others)) = places.split_first() else { return };
    let anchor = way.rsplit('.').next().unwrap_or(way);
    let mut report = cx
        .report(&Origin::at(*first), format!("the same `{way}` is written {} times in this file", places.len()))
        .why("a change has to be made in every copy, and the one that is forgotten goes on with the old value");
    for other in others.iter().take(SHOWN) {
        report = report.related(*other, "and here");
    }
    report.help(format!("write it once, as `x-{anchor}: &{anchor}` at the top, and `{anchor}: *{anchor}` in each service"));
}
