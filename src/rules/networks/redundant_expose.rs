//! `expose` of a port that is published anyway.

use std::collections::BTreeMap;

use crate::rules::amend::without_item;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "redundant-expose",
        topic: Topic::Networks,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "`expose` names a port that `ports` publishes",
        page: page!("redundant-expose"),
    },
    rule: &RedundantExpose,
};

struct RedundantExpose;

impl Rule for RedundantExpose {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        if service.expose.is_empty() {
            return;
        }
        let published: BTreeMap<(&str, u32), &Origin> =
            service.ports.iter().map(|p| ((p.protocol.as_str(), p.target), &p.origin)).collect();
        let runs = runs(&published);
        for item in &service.expose {
            let Some((first, last, protocol)) = parts(&item.value).filter(|_| !item.origin.is_unset()) else { continue };
            // The run that begins at or before the first port has to reach to the last one.
            let run = runs.range(..=(protocol, first)).next_back();
            if !run.is_some_and(|((p, _), end)| *p == protocol && last <= *end) {
                continue;
            }
            let Some(at) = published.get(&(protocol, first)) else { continue };
            let edits = without_item(cx, item.origin.at);
            let report = cx
                .report(&item.origin, format!("`expose` names port {} of `{}`, which `ports` publishes", item.value, service.name))
                .related(at.at, "published here")
                .why("a published port is exposed already, so the line says nothing, and looks as if it did")
                .help("remove it from `expose`; services of one project reach every port anyway");
            if let Some(edits) = edits {
                report.fix("remove it: only the list of exposed ports gets shorter, nothing is reached less", Applicability::Unsafe, edits);
            }
        }
    }
}

/// Neighbouring ports joined: by protocol and first port, the last port. Ranges are compared by their ends, never port by port.
fn runs<'a>(published: &BTreeMap<(&'a str, u32), &Origin>) -> BTreeMap<(&'a str, u32), u32> {
    let mut out: BTreeMap<(&str, u32), u32> = BTreeMap::new();
    let mut open: Option<((&str, u32), u32)> = None;
    for (protocol, port) in published.keys() {
        open = match open {
            Some((start, end)) if start.0 == *protocol && end + 1 == *port => Some((start, *port)),
            _ => {
                out.extend(open);
                Some(((protocol, *port), *port))
            }
        };
    }
    out.extend(open);
    out
}

/// `8080`, `8080-8090`, `53/udp`: the ports from and to, and the protocol.
fn parts(text: &str) -> Option<(u32, u32, &str)> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && last <= 65_535).then_some((first, last, protocol))
}
