//! A second file adds a port where it was meant to replace one.

use std::collections::BTreeMap;

use crate::compose::value::Step;
use crate::model::Port;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "list-appended",
        topic: Topic::Modularity,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a second file publishes a port once more instead of moving it",
        page: page!("list-appended"),
    },
    rule: &ListAppended,
};

struct ListAppended;

impl Rule for ListAppended {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        // A range is many ports: each is compared with those of its own number only.
        let mut seen: BTreeMap<u32, Vec<&Sourced<Port>>> = BTreeMap::new();
        for later in &service.ports {
            let same = seen.entry(later.target).or_default();
            if let Some(earlier) = same.iter().find(|earlier| is_published_again(earlier, later)) {
                report(earlier, later, service, cx);
            }
            same.push(later);
        }
    }
}

fn is_published_again(earlier: &Sourced<Port>, later: &Sourced<Port>) -> bool {
    let same = earlier.target == later.target && earlier.protocol == later.protocol;
    let elsewhere = earlier.origin.at.file != later.origin.at.file;
    let both = earlier.published.is_some() && later.published.is_some();
    // One port on two addresses is a choice; so is what nobody could resolve.
    let addresses = earlier.published == later.published && earlier.host_ip.is_some() && later.host_ip.is_some();
    same && elsewhere && both && !addresses
}

fn report(earlier: &Sourced<Port>, later: &Sourced<Port>, service: &Service, cx: &mut Cx) {
    let (old, new) = (host_side(earlier), host_side(later));
    let extended = earlier.origin.via.iter().any(|s| matches!(s, Step::Extends { .. }));
    let what = if extended { "an extending service adds to the list of its base" } else { "a second file adds to the list of the first" };
    cx.report(&later.origin, format!("`{}` publishes its port {} twice: {old} and {new}", service.name, later.target))
        .related(earlier.origin.at, format!("{old} is published here"))
        .why(format!("{what}, it does not replace it: the first port stays open too"))
        .help("if only this one is meant, write `ports: !override` here; if both are, write both in one file");
}

fn host_side(port: &Port) -> String {
    let published = port.published.as_deref().unwrap_or_default();
    match &port.host_ip {
        Some(ip) if ip.contains(':') => format!("[{ip}]:{published}"),
        Some(ip) => format!("{ip}:{published}"),
        None => published.to_owned(),
    }
}
