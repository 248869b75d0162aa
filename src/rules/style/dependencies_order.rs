//! `depends_on` in alphabetical order.

use super::collate::by_letters;
use super::order::{children, disorder};
use super::written::services;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "dependencies-order",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Safe),
        peers: &[Peer::Dclint("service-dependencies-alphabetical-order")],
        options: &[],
        summary: "what a service depends on is not in alphabetical order",
        page: page!("dependencies-order"),
    },
    rule: &DependenciesOrder,
};

struct DependenciesOrder;

impl Rule for DependenciesOrder {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        for service in services(file.tree) {
            let Some(entry) = service.get(file.tree, "depends_on") else { continue };
            let children = children(file.tree, entry.value);
            let found = disorder(file.tree, entry.value, &children, |c| (c.name != "<<", by_letters(c.name)));
            let Some(found) = found else { continue };
            let message = format!("in `depends_on` of `{}` `{}` stands behind `{}`", service.name, found.late.name, found.early.name);
            found
                .report(file, message, "put `depends_on` in alphabetical order", Applicability::Safe, cx)
                .why("the order has no meaning, so two people write it in two ways, and a change shows more than it changes")
                .help("put the names in alphabetical order");
        }
    }
}
