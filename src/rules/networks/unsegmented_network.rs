//! One network for everything.

use std::collections::BTreeMap;

use super::datastore_port_public::datastore;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unsegmented-network",
        topic: Topic::Networks,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[OptionDef {
            name: "max-services",
            summary: "how many services may share a network with a database and a published port",
            default: OptionDefault::Number(4),
        }],
        summary: "many services share one network with a database",
        page: page!("unsegmented-network"),
    },
    rule: &UnsegmentedNetwork,
};

struct UnsegmentedNetwork;

impl Rule for UnsegmentedNetwork {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let most = usize::try_from(cx.number("max-services")).unwrap_or(usize::MAX);
        let mut members: BTreeMap<&str, Vec<&Sourced<Service>>> = BTreeMap::new();
        for service in project.services.values() {
            for key in service.networks.keys() {
                members.entry(key).or_default().push(service);
            }
        }
        for (key, members) in members {
            let stores: Vec<_> = members.iter().filter(|s| datastore(s).is_some()).collect();
            let open = members.iter().find(|s| datastore(s).is_none() && !s.ports.is_empty());
            let (Some(store), Some(open), true) = (stores.first(), open, members.len() > most) else { continue };
            // Who names the database waits for it, and needs it.
            let strangers = members.iter().filter(|s| datastore(s).is_none() && !stores.iter().any(|d| s.depends_on.contains_key(&d.name)));
            let strangers = strangers.count();
            if strangers == 0 {
                continue;
            }
            let needless = if strangers == 1 { "1 of them does not".to_owned() } else { format!("{strangers} of them do not") };
            let network = project.networks.get(key).filter(|n| !n.origin.is_default());
            let at = network.map_or_else(|| store.at_key(), Sourced::at_key);
            let report = cx.report(
                &at,
                format!("{} services share the network `{key}`, and all of them reach the database `{}`", members.len(), store.name),
            );
            let report = if network.is_some() { report.related(store.at_key().at, "the database") } else { report };
            report
                .related(open.at_key().at, "open to the outside")
                .why(format!(
                    "whoever breaks into one of them, `{}` first of all, can try the database at once; {needless} even need it",
                    open.name
                ))
                .help("give the database a network of its own (`internal: true`), and let only the services that need it join that");
        }
    }
}
