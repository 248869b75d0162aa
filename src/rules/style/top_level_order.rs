//! The top-level keys of a file in the usual order.

use super::collate::by_letters;
use super::order::{children, disorder};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "top-level-order",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Safe),
        peers: &[Peer::Dclint("top-level-properties-order")],
        options: &[OptionDef {
            name: "order",
            summary: "the keys in their order, `x-` for all that begin so; others come last",
            default: OptionDefault::List(&[
                "x-", "version", "name", "include", "services", "models", "networks", "volumes", "secrets", "configs",
            ]),
        }],
        summary: "the top-level keys are not in the usual order",
        page: page!("top-level-order"),
    },
    rule: &TopLevelOrder,
};

struct TopLevelOrder;

impl Rule for TopLevelOrder {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let order: Vec<String> = cx.list("order").into_iter().map(str::to_owned).collect();
        let rank = |name: &str| {
            let own = order.iter().position(|key| key == name);
            let extension = || name.starts_with("x-").then(|| order.iter().position(|key| key == "x-" || key == "x-properties")).flatten();
            own.or_else(extension).unwrap_or(order.len())
        };
        for document in &file.tree.documents {
            let children = children(file.tree, document.root);
            let found = disorder(file.tree, document.root, &children, |c| (c.name != "<<", rank(c.name), by_letters(c.name)));
            let Some(found) = found else { continue };
            let message = format!("`{}` stands behind `{}`", found.late.name, found.early.name);
            found
                .report(file, message, "put the top-level keys in order", Applicability::Safe, cx)
                .why("where every file has the same order, what it declares is found without reading")
                .help("put the keys in the order of this rule, each with its comments, or set your own with its option");
        }
    }
}
