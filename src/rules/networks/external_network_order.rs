//! A network that one project creates and others need.

use super::external_network_without_owner::created;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "external-network-order",
        topic: Topic::Networks,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "projects that can start only after another one",
        page: page!("external-network-order"),
    },
    rule: &ExternalNetworkOrder,
};

struct ExternalNetworkOrder;

impl Rule for ExternalNetworkOrder {
    fn host(&self, host: &Host, cx: &mut Cx) {
        for (name, owner, at) in created(host) {
            let needs = |p: &&Project| {
                p.directory != owner.directory
                    && p.networks.values().any(|n| n.external && n.name.as_ref().is_some_and(|n| n.value == name))
            };
            let mut users: Vec<&Project> = host.projects.iter().filter(needs).collect();
            users.dedup_by_key(|p| &p.directory);
            if users.is_empty() {
                continue;
            }
            let names: Vec<String> = users.iter().map(|p| format!("`{}`", p.name)).collect();
            let need = if names.len() == 1 { "needs" } else { "need" };
            let message = format!("the network `{name}` comes from `{}`, and {} {need} it", owner.name, names.join(", "));
            let mut report = cx.report(&at, message);
            for (user, network) in users
                .iter()
                .take(5)
                .filter_map(|u| Some((u, u.networks.values().find(|n| n.external && n.name.as_ref().is_some_and(|n| n.value == name))?)))
            {
                report = report.related(network.at_key().at, format!("`{}` needs it", user.name));
            }
            report
                .why(format!(
                    "they cannot start before `{0}` has been started once, and `{0}` cannot be taken down while they run",
                    owner.name
                ))
                .help(format!("start `{}` first", owner.name));
        }
    }
}
