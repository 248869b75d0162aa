//! Two services that Traefik is to serve under one name or one address.

use std::collections::{BTreeMap, BTreeSet};

use super::{called, side_by_side};
use crate::rules::prelude::*;
use crate::rules::together::can_run_together;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "router-collision",
        topic: Topic::Host,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two services have the same Traefik router or the same rule",
        page: page!("router-collision"),
    },
    rule: &RouterCollision,
};

struct RouterCollision;

/// A Traefik router, as the labels of one service define it.
struct Router<'a> {
    project: &'a Project,
    service: &'a Service,
    /// `http`, `tcp` or `udp`.
    kind: &'a str,
    /// In lower case: Traefik does not tell them apart.
    name: String,
    /// What follows the name in the label, and the value.
    settings: BTreeMap<String, &'a Sourced<String>>,
    /// The services for Traefik that the same labels define.
    targets: BTreeSet<String>,
}

impl Rule for RouterCollision {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let routers: Vec<Router> = host.projects.iter().flat_map(|p| p.services.values().flat_map(|s| routers(p, s))).collect();
        let mut by_name: BTreeMap<(&str, &str), Vec<&Router>> = BTreeMap::new();
        let mut by_rule: BTreeMap<String, Vec<&Router>> = BTreeMap::new();
        for router in &routers {
            let Some(first) = router.shown() else { continue };
            let same = by_name.entry((router.kind, &router.name)).or_default();
            if let Some(other) = same.iter().find(|o| meet(o, router) && !o.is_same(router)) {
                same_name(router, other, first, cx);
                continue;
            }
            same.push(router);
            let Some(rule) = router.settings.get("rule").filter(|r| !r.is_empty()) else { continue };
            let mut found = None;
            for address in addresses(rule) {
                let same = by_rule.entry(format!("{} {address}", router.kind)).or_default();
                let clash = |o: &&&Router| {
                    meet(o, router) && o.name != router.name && o.shares_entry_points(router) && o.priority() == router.priority()
                };
                found = found.or(same.iter().find(clash).map(|o| (*o, address)));
                same.push(router);
            }
            if let Some((other, address)) = found {
                same_rule(router, other, &address, rule, cx);
            }
        }
    }
}

fn same_name(router: &Router, other: &Router, at: &Sourced<String>, cx: &mut Cx) {
    let Some(there) = other.shown() else { return };
    cx.report(&at.origin, format!("{} both define the Traefik router `{}`", both(router, other), router.name))
        .related(there.origin.at, "defined here too")
        .why("Traefik finds one router with two definitions, and drops it: neither service is served")
        .help("give the router of one of them another name");
}

fn same_rule(router: &Router, other: &Router, address: &str, rule: &Sourced<String>, cx: &mut Cx) {
    let Some(there) = other.settings.get("rule") else { return };
    cx.report(&rule.origin, format!("{} are both to be served for {address}", both(router, other)))
        .related(there.origin.at, "the same rule here")
        .why("Traefik sends all requests to one of the two, and which one that is nobody has chosen")
        .help("give one of them another host, a path (`&& PathPrefix(…)`), or a `priority`");
}

/// The two services in a few words; with their projects, if they have different ones.
fn both(a: &Router, b: &Router) -> String {
    if a.project.directory == b.project.directory {
        return format!("`{}` and `{}`", b.service.name, a.service.name);
    }
    let (mine, theirs) = called(a.project, b.project);
    format!("`{}` of {mine} and `{}` of {theirs}", a.service.name, b.service.name)
}

/// True if both are running at the same time, and are not one service.
fn meet(a: &Router, b: &Router) -> bool {
    let same_project = std::ptr::eq(a.project, b.project);
    side_by_side(a.project, b.project) || same_project && a.service.name != b.service.name && can_run_together(a.service, b.service)
}

impl Router<'_> {
    /// The label that is shown for it.
    fn shown(&self) -> Option<&Sourced<String>> {
        self.settings.get("rule").or_else(|| self.settings.values().next()).copied()
    }

    /// True if both define it alike and for one target: then Traefik spreads requests over both.
    fn is_same(&self, other: &Router) -> bool {
        let equal = |key: &str| self.settings.get(key).map(|v| &v.value) == other.settings.get(key).map(|v| &v.value);
        let settings = self.settings.keys().chain(other.settings.keys()).all(|k| equal(k));
        settings && self.targets == other.targets && (!self.targets.is_empty() || self.settings.contains_key("service"))
    }

    /// Without any, a router listens on all.
    fn shares_entry_points(&self, other: &Router) -> bool {
        let names =
            |r: &Router| r.settings.get("entrypoints").map(|e| e.split(',').map(|n| n.trim().to_lowercase()).collect::<BTreeSet<_>>());
        match (names(self), names(other)) {
            (Some(a), Some(b)) => !a.is_disjoint(&b),
            _ => true,
        }
    }

    fn priority(&self) -> Option<&str> {
        self.settings.get("priority").map(|p| p.value.as_str())
    }
}

/// The routers of a service. A label that depends on a variable without a value leaves its router out.
fn routers<'a>(project: &'a Project, service: &'a Service) -> Vec<Router<'a>> {
    let labels = || service.labels.iter().chain(service.deploy.iter().flat_map(|d| &d.labels));
    if labels().any(|(key, value)| key == "traefik.enable" && value.value.eq_ignore_ascii_case("false")) {
        return Vec::new();
    }
    let mut found: BTreeMap<(&str, String), BTreeMap<String, &Sourced<String>>> = BTreeMap::new();
    let mut targets = BTreeSet::new();
    for (key, value) in labels() {
        let mut parts = key.splitn(5, '.');
        let (Some("traefik"), Some(kind), Some(what), Some(name)) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        match what {
            "routers" => {
                let rest = parts.next().unwrap_or_default().to_lowercase();
                found.entry((kind, name.to_lowercase())).or_default().insert(rest, value);
            }
            "services" => {
                targets.insert(format!("{kind} {}", name.to_lowercase()));
            }
            _ => {}
        }
    }
    let known = |settings: &BTreeMap<String, &Sourced<String>>| settings.values().all(|v| !v.origin.is_unset());
    let routers = found.into_iter().filter(|(_, settings)| known(settings));
    routers.map(|((kind, name), settings)| Router { project, service, kind, name, settings, targets: targets.clone() }).collect()
}

/// What a rule matches: each host of a rule that consists of hosts only, else the whole rule, written alike.
fn addresses(rule: &str) -> Vec<String> {
    let plain: String = rule.chars().filter(|c| !c.is_whitespace()).map(|c| if matches!(c, '"' | '\'') { '`' } else { c }).collect();
    let hosts = |part: &str| -> Option<Vec<String>> {
        let inside = part.strip_prefix("Host(").or_else(|| part.strip_prefix("HostSNI("))?.strip_suffix(')')?;
        let names = inside.split(',').map(|n| Some(n.strip_prefix('`')?.strip_suffix('`')?.to_lowercase()));
        names.map(|n| n.filter(|n| !n.is_empty() && !n.contains('`') && n != "*").map(|n| format!("`{n}`"))).collect()
    };
    let all: Option<Vec<Vec<String>>> = plain.split("||").map(hosts).collect();
    match all {
        Some(hosts) => hosts.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().collect(),
        None => vec![plain],
    }
}
