//! A file in which more services are written than anybody can keep in mind.

use super::syntax::section;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "monolith-services",
        topic: Topic::Modularity,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        summary: "more than 15 services are written in one file",
        page: page!("monolith-services"),
    },
    rule: &MonolithServices,
};

struct MonolithServices;

const MOST: usize = 15;

impl Rule for MonolithServices {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let (key, services) = section(file.tree, "services");
        let (Some(key), true) = (key, services.len() > MOST) else { return };
        cx.report(&Origin::at(file.tree.node(key).span), format!("{} services are written in this one file", services.len()))
            .why("a mistake in any of them keeps all of them from starting, and nobody sees which belong together")
            .help("put what belongs together into files of its own, and name them under `include`");
    }
}
