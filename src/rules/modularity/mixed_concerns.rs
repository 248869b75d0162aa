//! A file that holds the application, its databases, the proxy and the monitoring.

use std::collections::BTreeMap;

use super::syntax::section;
use crate::model::known::{Family, family_as_written};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "mixed-concerns",
        topic: Topic::Modularity,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[OptionDef {
            name: "max-concerns",
            summary: "how many of the four one file may hold",
            default: OptionDefault::Number(2),
        }],
        summary: "application, database, proxy and monitoring are written in one file",
        page: page!("mixed-concerns"),
    },
    rule: &MixedConcerns,
};

struct MixedConcerns;

impl Rule for MixedConcerns {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let (key, services) = section(file.tree, "services");
        let Some(key) = key else { return };
        let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for service in services {
            let image = file.tree.get(service.value, "image").and_then(|id| file.tree.text(id));
            let built = file.tree.get(service.value, "build").is_some();
            let (Some(name), true) = (file.tree.text(service.key), image.is_some() || built) else { continue };
            kinds.entry(kind(image.filter(|_| !built))).or_default().push(name);
        }
        let most = usize::try_from(cx.number("max-concerns")).unwrap_or(usize::MAX);
        if kinds.len() > most {
            let list: Vec<String> = kinds.iter().filter_map(|(kind, names)| Some(format!("{kind} (`{}`)", names.first()?))).collect();
            cx.report(&Origin::at(file.tree.node(key).span), format!("this file holds {}", list.join(", ")))
                .why("they change for different reasons and at different times, and a mistake in one keeps all of them from starting")
                .help("put each into a file of its own, and name them under `include`");
        }
    }
}

/// What a service is for, by the last part of its image's name; what is built here is the application.
fn kind(image: Option<&str>) -> &'static str {
    match image.and_then(family_as_written) {
        Some(Family::Proxy) => "a proxy",
        Some(Family::Monitoring) => "monitoring",
        Some(_) => "data stores",
        None => "the application",
    }
}
