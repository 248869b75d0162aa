//! Services in alphabetical order.

use super::collate::by_letters;
use super::order::{children, disorder};
use super::written::section;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "services-order",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Safe),
        peers: &[Peer::Dclint("services-alphabetical-order")],
        options: &[],
        summary: "the services are not in alphabetical order",
        page: page!("services-order"),
    },
    rule: &ServicesOrder,
};

struct ServicesOrder;

impl Rule for ServicesOrder {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        for services in section(file.tree, "services") {
            let children = children(file.tree, services);
            let Some(found) = disorder(file.tree, services, &children, |c| (c.name != "<<", by_letters(c.name))) else { continue };
            let message = format!("the service `{}` stands behind `{}`", found.late.name, found.early.name);
            found
                .report(file, message, "put the services in alphabetical order", Applicability::Safe, cx)
                .why("in a long file a service is found at once where its name says")
                .help("put the services in alphabetical order, each with its comments");
        }
    }
}
