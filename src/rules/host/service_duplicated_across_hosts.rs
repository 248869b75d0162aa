//! One service, written once more for each host.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::modularity::written_leaves;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "service-duplicated-across-hosts",
        topic: Topic::Host,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "the same service is written once more for another host",
        page: page!("service-duplicated-across-hosts"),
    },
    rule: &DuplicatedAcrossHosts,
};

struct DuplicatedAcrossHosts;

/// A smaller service has nothing worth sharing.
const LEAST_LEAVES: usize = 4;
/// Aliases multiply; no real service has as many.
const MOST_LEAVES: usize = 2_000;
/// Hosts that are compared for one service: of more, the others are alike.
const MOST_HOSTS: usize = 64;
/// Places that a finding shows.
const SHOWN: usize = 5;

/// A service as one host has it.
struct Written {
    host: String,
    at: Origin,
    leaves: BTreeSet<String>,
}

impl Rule for DuplicatedAcrossHosts {
    fn fleet(&self, fleet: &Fleet, cx: &mut Cx) {
        let mut by_name: BTreeMap<&str, Vec<Written>> = BTreeMap::new();
        for host in fleet.hosts {
            let Some(name) = host.name else { continue };
            for service in host.projects.iter().flat_map(|p| p.services.values()) {
                let Some(key) = service.key else { continue };
                let all = by_name.entry(&service.name).or_default();
                // One line a host; and a line that two hosts read is shared already.
                if all.len() >= MOST_HOSTS || all.iter().any(|w| w.host == *name || w.at.at == key) {
                    continue;
                }
                let leaves = cx.tree(key.file).map(|tree| written_leaves(&tree, key, MOST_LEAVES)).unwrap_or_default();
                if leaves.len() >= LEAST_LEAVES {
                    all.push(Written { host: name.to_string(), at: service.at_key(), leaves });
                }
            }
        }
        for (service, all) in by_name {
            let Some((second, first)) = all.iter().enumerate().find_map(|(i, b)| {
                let a = all.iter().take(i).find(|a| alike(a, b))?;
                Some((b, a))
            }) else {
                continue;
            };
            let others: Vec<&Written> = all.iter().filter(|w| w.host != first.host && w.host != second.host && alike(first, w)).collect();
            let message = match others.len() {
                0 => format!("`{service}` is written for `{}` and, mostly the same, for `{}`", second.host, first.host),
                n => format!("`{service}` is written for `{}` and, mostly the same, for `{}` and {n} more", second.host, first.host),
            };
            let mut report = cx.report(&second.at, message).related(first.at.at, format!("for `{}`", first.host));
            for other in others.iter().take(SHOWN - 2) {
                report = report.related(other.at.at, format!("for `{}`", other.host));
            }
            report
                .why("a change has to be made once a host, and nothing tells where it was forgotten")
                .help("write what they share in one file beside the hosts, and let each host's service `extends` it with what differs");
        }
    }
}

/// True if at least 60 % of all that is written is equal.
fn alike(a: &Written, b: &Written) -> bool {
    let equal = a.leaves.intersection(&b.leaves).count();
    equal * 10 >= (a.leaves.len() + b.leaves.len() - equal) * 6
}
