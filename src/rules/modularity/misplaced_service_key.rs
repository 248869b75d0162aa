//! Keys of a service under a network, where Compose neither reads nor refuses them.

use std::collections::{BTreeMap, BTreeSet};

use super::syntax::{entries, section};
use crate::compose::Role;
use crate::rules::misplaced::{SECTIONS, advice, foreign_keys, is_checked, is_own_key, owner};
use crate::rules::prelude::*;
use crate::source::{FileId, Span};
use crate::yaml::{Kind, NodeId, Tree};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "misplaced-service-key",
        topic: Topic::Modularity,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "keys of a service stand under a network, where Compose neither reads nor refuses them",
        page: page!("misplaced-service-key"),
    },
    rule: &MisplacedServiceKey,
};

struct MisplacedServiceKey;

/// How Compose takes a file.
#[derive(Clone, Copy)]
enum Reading {
    /// All of it, with a look at every key.
    Whole,
    /// For a service that another file extends here: nothing else in it is looked at (spec/resolve.md 9.2).
    ForService(Span),
}

/// Keys of a service that stand together in a wrong place.
struct Block<'t> {
    /// The keys, in the order of the file.
    keys: Vec<(Span, &'t str)>,
    /// Where that is, for a message: "under the network `back`".
    place: String,
    /// The section and the entry that they stand in; empty for the top level.
    way: (&'static str, &'t str),
}

impl Rule for MisplacedServiceKey {
    /// A file that one project extends may be included in another, and refused there: that is said already.
    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut readings: BTreeMap<FileId, Reading> = BTreeMap::new();
        let mut refused: BTreeSet<Span> = BTreeSet::new();
        for project in host.projects {
            for file in &project.files {
                match file.role {
                    Role::Main | Role::Override | Role::Include(_) => {
                        readings.insert(file.id, Reading::Whole);
                    }
                    Role::Extends(at) => {
                        readings.entry(file.id).or_insert(Reading::ForService(at));
                    }
                    Role::DotEnv | Role::EnvFile(_) | Role::LabelFile(_) => {}
                }
            }
            let unknown = project.problems.iter().filter(|p| p.kind == ProblemKind::UnknownKey);
            refused.extend(unknown.filter_map(|p| p.origin.as_ref()).map(|o| o.at));
        }
        for (file, reading) in readings {
            let Some(tree) = cx.tree(file) else { continue };
            for block in blocks(&tree, reading) {
                if !block.keys.iter().any(|(at, _)| refused.contains(at)) {
                    report(&block, &tree, reading, cx);
                }
            }
        }
    }
}

fn report(block: &Block, tree: &Tree, reading: Reading, cx: &mut Cx) {
    let Some(((first, _), others)) = block.keys.split_first() else { return };
    let keys: Vec<&str> = block.keys.iter().map(|(_, key)| *key).collect();
    let (stand, them) = if others.is_empty() { ("stands", "it") } else { ("stand", "them") };
    let message = format!("{} {stand} {}, where Compose does not read {them}", list(&keys), block.place);
    let mut report = cx.report(&Origin::at(*first), message);
    for (at, _) in others {
        report = report.related(*at, "and this");
    }
    let why = match reading {
        Reading::ForService(at) => {
            report = report.related(at, "the file is extended here");
            format!(
                "of a file that is only extended Compose takes the service and looks at nothing else: it does not refuse {them}, and no service gets {them}"
            )
        }
        Reading::Whole => format!(
            "Compose looks only into networks whose names are made of letters, digits, `.`, `_` and `-`: it does not refuse {them} here, and no service gets {them}"
        ),
    };
    let (in_section, name) = block.way;
    report.why(why).help(advice(owner(tree, in_section, name, &keys), keys.len()));
}

/// `a`, `b` and `c`.
fn list(keys: &[&str]) -> String {
    match keys {
        [one] => format!("`{one}`"),
        [before @ .., last] => format!("`{}` and `{last}`", before.join("`, `")),
        [] => String::new(),
    }
}

/// The keys of services in a file that stand under something else and are not refused there.
fn blocks(tree: &Tree, reading: Reading) -> Vec<Block<'_>> {
    let extended = matches!(reading, Reading::ForService(_));
    let mut out = Vec::new();
    if extended {
        let tops = tree.documents.iter().flat_map(|d| entries(tree, d.root));
        let foreign = foreign_keys("");
        let keys: Vec<_> = tops.filter_map(|e| written(tree, e.key, &foreign)).collect();
        out.push(Block { keys, place: "at the top level".to_owned(), way: ("", "") });
    }
    for (in_section, noun) in SECTIONS {
        let foreign = foreign_keys(in_section);
        for entry in section(tree, in_section).1 {
            let Some(name) = tree.text(entry.key) else { continue };
            if extended && foreign.binary_search(&name).is_ok() && !is_resource(tree, entry.value, in_section) {
                let keys = vec![(tree.node(entry.key).span, name)];
                out.push(Block { keys, place: format!("among the {in_section}"), way: ("", "") });
            } else if extended || !is_checked(in_section, name) {
                let keys: Vec<_> = entries(tree, entry.value).iter().filter_map(|e| written(tree, e.key, &foreign)).collect();
                out.push(Block { keys, place: format!("under the {noun} `{name}`"), way: (in_section, name) });
            }
        }
    }
    out.retain(|b| !b.keys.is_empty());
    out
}

fn written<'t>(tree: &'t Tree, key: NodeId, wanted: &[&str]) -> Option<(Span, &'t str)> {
    let name = tree.text(key).filter(|name| wanted.binary_search(name).is_ok())?;
    Some((tree.node(key).span, name))
}

/// True if the value of an entry can be that of a network, a volume and so on: nothing, or a mapping of such keys.
fn is_resource(tree: &Tree, value: NodeId, in_section: &str) -> bool {
    match &tree.node(tree.deref(value)).kind {
        Kind::Mapping { entries, .. } => {
            entries.iter().all(|e| tree.text(e.key).is_some_and(|key| key == "<<" || is_own_key(in_section, key)))
        }
        Kind::Scalar(scalar) => scalar.text.is_empty(),
        Kind::Sequence { .. } | Kind::Alias { .. } => false,
    }
}
