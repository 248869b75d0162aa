//! What a file declares, and what a service sets, in alphabetical order.

use super::collate::by_letters;
use super::order::{Child, children, disorder};
use super::written::{section, services};
use crate::rules::prelude::*;
use crate::yaml::NodeId;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "entries-order",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[OptionDef {
            name: "sections",
            summary: "where: `volumes`, `networks`, `secrets`, `configs` at the top, `networks`, `environment`, `labels` of services",
            default: OptionDefault::List(&["volumes", "networks", "environment"]),
        }],
        summary: "volumes, networks or variables are not in alphabetical order",
        page: page!("entries-order"),
    },
    rule: &EntriesOrder,
};

struct EntriesOrder;

impl Rule for EntriesOrder {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let sections: Vec<String> = cx.list("sections").into_iter().map(str::to_owned).collect();
        for name in &sections {
            if matches!(name.as_str(), "volumes" | "networks" | "secrets" | "configs") {
                for collection in section(file.tree, name) {
                    check(file, collection, &format!("in `{name}`"), cx);
                }
            }
            // The order of a service's mounts is kept: it is part of what Compose compares a container by.
            if matches!(name.as_str(), "networks" | "environment" | "labels") {
                for service in services(file.tree) {
                    if let Some(entry) = service.get(file.tree, name) {
                        check(file, entry.value, &format!("in `{name}` of `{}`", service.name), cx);
                    }
                }
            }
        }
    }
}

/// Entries by their keys, items by what stands before their `=`.
fn check(file: &SourceTree, collection: NodeId, place: &str, cx: &mut Cx) {
    let name = |c: Child<'_>| c.name.split('=').next().unwrap_or_default().len();
    let children: Vec<Child> =
        children(file.tree, collection).into_iter().map(|c| Child { name: c.name.get(..name(c)).unwrap_or_default(), ..c }).collect();
    let Some(found) = disorder(file.tree, collection, &children, |c| (c.name != "<<", by_letters(c.name))) else { return };
    let message = format!("{place} `{}` stands behind `{}`", found.late.name, found.early.name);
    found
        .report(file, message, "put the entries in alphabetical order", Applicability::Safe, cx)
        .why("the order has no meaning, so two people write it in two ways, and a name that is there twice is not seen")
        .help("put the entries in alphabetical order, each with its comments");
}
