//! Services of one file that are written almost alike.

use std::collections::BTreeSet;

use super::syntax::{own_leaves, section};
use crate::rules::prelude::*;
use crate::yaml::Entry;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "near-duplicate-service",
        topic: Topic::Modularity,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[OptionDef { name: "percent", summary: "how many of 100 values must be equal", default: OptionDefault::Number(70) }],
        summary: "services of one file that are written almost alike",
        page: page!("near-duplicate-service"),
    },
    rule: &NearDuplicateService,
};

struct NearDuplicateService;

/// How many values a service must have to be compared.
const LEAST: usize = 8;
/// Services of a file that are compared at most, and values of one: every pair is looked at.
const MOST: usize = 200;
const MOST_VALUES: usize = 1000;
/// How many other services a finding names.
const SHOWN: usize = 5;

impl Rule for NearDuplicateService {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let tree = file.tree;
        let (_, services) = section(tree, "services");
        let mut left: Vec<(&Entry, BTreeSet<String>)> = services.iter().map(|e| (*e, own_leaves(tree, e.value))).collect();
        left.retain(|(_, leaves)| (LEAST..=MOST_VALUES).contains(&leaves.len()));
        left.truncate(MOST);
        let share = usize::try_from(cx.number("percent")).unwrap_or(100).min(100);
        while !left.is_empty() {
            let (first, leaves) = left.remove(0);
            let (alike, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|(_, other)| {
                let common = leaves.intersection(other).count();
                common * 100 >= leaves.len().max(other.len()) * share
            });
            left = rest;
            let Some((second, _)) = alike.first() else { continue };
            let name = |e: &Entry| tree.text(e.key).unwrap_or_default().to_owned();
            let who = match alike.len() {
                1 => format!("`{}` and `{}`", name(first), name(second)),
                more => format!("`{}` and {more} more services", name(first)),
            };
            let mut report = cx
                .report(&Origin::at(tree.node(first.key).span), format!("{who} are written almost alike"))
                .why("a change has to be made in each of them, and the one that is forgotten goes on with the old value");
            for (other, _) in alike.iter().take(SHOWN) {
                report = report.related(tree.node(other.key).span, format!("`{}`", name(other)));
            }
            report
                .help("write what they share once, as an `x-` block with an anchor that each takes in with `<<: *name`, or use `extends`");
        }
    }
}
