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
        fix: None,
        peers: &[],
        options: &[OptionDef { name: "max-services", summary: "how many services one file may hold", default: OptionDefault::Number(15) }],
        summary: "more than 15 services are written in one file",
        page: page!("monolith-services"),
    },
    rule: &MonolithServices,
};

struct MonolithServices;

impl Rule for MonolithServices {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let (key, services) = section(file.tree, "services");
        let most = usize::try_from(cx.number("max-services")).unwrap_or(usize::MAX);
        let (Some(key), true) = (key, services.len() > most) else { return };
        cx.report(&Origin::at(file.tree.node(key).span), format!("{} services are written in this one file", services.len()))
            .why("a mistake in any of them keeps all of them from starting, and nobody sees which belong together")
            .help("put what belongs together into files of its own, and name them under `include`");
    }
}
