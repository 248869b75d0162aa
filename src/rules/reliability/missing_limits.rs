//! A service that may use all of the host.

use super::missing::{depends_on_variable, is_whole};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "missing-limits",
        topic: Topic::Reliability,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[
            Peer::Kics("memory_not_limited"),
            Peer::Kics("cpus_not_limited"),
            Peer::Kics("pids_limit_not_set"),
            Peer::ComposeLint("CL-0026"),
            Peer::Cis("5.11"),
            Peer::Cis("5.12"),
            Peer::Cis("5.29"),
        ],
        options: &[OptionDef {
            name: "resources",
            summary: "what has to be limited: `memory`, `cpus`, `pids`",
            default: OptionDefault::List(&["memory", "cpus", "pids"]),
        }],
        summary: "a service has no limit for memory, processors or processes",
        page: page!("missing-limits"),
    },
    rule: &MissingLimits,
};

struct MissingLimits;

impl Rule for MissingLimits {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        if !is_whole(service, project) {
            return;
        }
        let asked = cx.list("resources");
        let lacks = |resource: &str, limited: bool, keys: &[&str]| {
            asked.contains(&resource) && !limited && !depends_on_variable(service, keys, project)
        };
        let missing: Vec<(&str, &str)> = [
            (lacks("memory", has_memory(service), &["mem_limit", "deploy"]), ("memory", "`mem_limit: 512m`")),
            (lacks("cpus", has_cpus(service), &["cpus", "cpu_quota", "deploy"]), ("processors", "`cpus: 1.5`")),
            (lacks("pids", has_pids(service), &["pids_limit", "deploy"]), ("processes", "`pids_limit: 200`")),
        ]
        .into_iter()
        .filter_map(|(missing, words)| missing.then_some(words))
        .collect();
        let (what, keys): (Vec<&str>, Vec<&str>) = missing.into_iter().unzip();
        if what.is_empty() {
            return;
        }
        cx.report(&service.at_key(), format!("`{}` has no limit for {}", service.name, joined(&what, "or")))
            .why("one service that goes wrong can take what all others on the host need")
            .help(format!("measure what it needs with `docker stats`, and add {}", joined(&keys, "and")));
    }
}

fn has_memory(service: &Service) -> bool {
    let limits = service.deploy.as_ref().and_then(|d| d.limits.as_ref());
    service.mem_limit.as_ref().is_some_and(|b| b.0 > 0) || limits.is_some_and(|l| l.memory.is_some())
}

fn has_cpus(service: &Service) -> bool {
    let limits = service.deploy.as_ref().and_then(|d| d.limits.as_ref());
    let quota = service.cpu_quota.as_ref().is_some_and(|q| q.value > 0);
    service.cpus.as_ref().is_some_and(|c| c.value > 0.0) || quota || limits.is_some_and(|l| l.cpus.is_some())
}

/// Minus one is "no limit".
fn has_pids(service: &Service) -> bool {
    let limits = service.deploy.as_ref().and_then(|d| d.limits.as_ref());
    service.pids_limit.as_ref().is_some_and(|p| p.value > 0) || limits.is_some_and(|l| l.pids.as_ref().is_some_and(|p| p.value > 0))
}

/// "a", "a or b", "a, b or c".
fn joined(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}
