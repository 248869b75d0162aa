//! The keys of every service in one order.

use super::collate::by_letters;
use super::order::{children, disorder};
use super::written::services;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "service-keys-order",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Safe),
        peers: &[Peer::Dclint("service-keys-order")],
        options: &[
            OptionDef { name: "order", summary: "keys that come first, in this order", default: OptionDefault::List(&[]) },
            OptionDef {
                name: "groups",
                summary: "the order of the groups of keys; a group that is left out counts as other keys",
                default: OptionDefault::List(&[
                    "core",
                    "dependencies",
                    "data",
                    "environment",
                    "network",
                    "runtime",
                    "metadata",
                    "security",
                ]),
            },
        ],
        summary: "the keys of a service are not in the usual order",
        page: page!("service-keys-order"),
    },
    rule: &ServiceKeysOrder,
};

struct ServiceKeysOrder;

/// The groups of dclint, in its order; other keys follow alphabetically.
const GROUPS: &[(&str, &[&str])] = &[
    ("core", &["image", "build", "container_name"]),
    ("dependencies", &["depends_on"]),
    ("data", &["volumes", "volumes_from", "configs", "secrets"]),
    ("environment", &["environment", "env_file"]),
    ("network", &["ports", "networks", "network_mode", "extra_hosts"]),
    ("runtime", &["command", "entrypoint", "working_dir", "restart", "healthcheck"]),
    ("metadata", &["logging", "labels"]),
    ("security", &["user", "isolation"]),
];

impl Rule for ServiceKeysOrder {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let groups = cx.list("groups");
        let members = groups.iter().filter_map(|group| GROUPS.iter().find(|(name, _)| name == group)).flat_map(|(_, keys)| keys.iter());
        let order: Vec<String> = cx.list("order").iter().chain(members).map(|key| (*key).to_owned()).collect();
        for service in services(file.tree) {
            let children = children(file.tree, service.node);
            let rank = |name: &str| order.iter().position(|key| key == name).unwrap_or(order.len());
            // What is merged in is the base of all that follows.
            let found = disorder(file.tree, service.node, &children, |c| (c.name != "<<", rank(c.name), by_letters(c.name)));
            let Some(found) = found else { continue };
            let message = format!("`{}` of `{}` stands behind `{}`", found.late.name, service.name, found.early.name);
            found
                .report(file, message, "put the keys in order", Applicability::Safe, cx)
                .why("where every service has the same order, a key is found without reading, and one that is missing is seen")
                .help("put the keys in the order of this rule, each with its comments, or set your own with its options");
        }
    }
}
