//! One address of a network, given to two containers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::rules::prelude::*;
use crate::rules::subnets;
use crate::rules::together::{can_run_together, replicas};
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "duplicate-static-ip",
        topic: Topic::Networks,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two containers have the same fixed address on a network",
        page: page!("duplicate-static-ip"),
    },
    rule: &DuplicateStaticIp,
};

struct DuplicateStaticIp;

const WHY: &str = "an address belongs to one container at a time: whichever starts second fails with \"Address already in use\"";

/// A fixed address of a service.
struct Fixed<'a> {
    /// The real name of the network.
    network: &'a str,
    address: IpAddr,
    project: &'a Project,
    service: &'a Service,
    origin: &'a Origin,
}

impl Rule for DuplicateStaticIp {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut said: BTreeSet<Span> = BTreeSet::new();
        let gateways = gateways(project);
        let mut taken: BTreeMap<(&str, IpAddr), Vec<Fixed>> = BTreeMap::new();
        for fixed in fixed(project) {
            let (name, address) = (&fixed.service.name, fixed.address);
            if let Some(at) = gateways.get(&(fixed.network, address)).filter(|_| said.insert(fixed.origin.at)) {
                cx.report(fixed.origin, format!("`{name}` has the address {address}, which is the gateway of its network"))
                    .related(*at, "the gateway")
                    .why("the engine takes the gateway's address for itself, so the container cannot start")
                    .help("give the service another address of the subnet");
            }
            if let Some(count) = replicas(fixed.service).filter(|_| said.insert(fixed.origin.at)) {
                cx.report(fixed.origin, format!("the {} containers of `{name}` have one address, {address}", count.value))
                    .related(count.origin.at, "how many there are")
                    .why(WHY)
                    .help("leave the address out: other services reach all of them under the name of the service");
            }
            let same = taken.entry((fixed.network, address)).or_default();
            match same.iter().find(|f| can_run_together(f.service, fixed.service)) {
                Some(other) if said.insert(fixed.origin.at) => {
                    let report = cx.report(fixed.origin, format!("`{}` and `{name}` have the same address, {address}", other.service.name));
                    let report =
                        if other.origin.at == fixed.origin.at { report } else { report.related(other.origin.at, "the same address here") };
                    report.why(WHY).help("give one of them another address, or none: services reach each other by name");
                }
                Some(_) => {}
                None => same.push(fixed),
            }
        }
    }

    fn host(&self, host: &Host, cx: &mut Cx) {
        if cx.mode != Mode::Audit {
            return;
        }
        let mut taken: BTreeMap<(&str, IpAddr), Vec<Fixed>> = BTreeMap::new();
        for fixed in host.projects.iter().flat_map(fixed) {
            let same = taken.entry((fixed.network, fixed.address)).or_default();
            if let Some(other) = same.iter().find(|f| f.project.directory != fixed.project.directory) {
                let (address, network) = (fixed.address, fixed.network);
                let (mine, theirs) = (&fixed.service.name, &other.service.name);
                cx.report(
                    fixed.origin,
                    format!("`{mine}` and, in another project, `{theirs}` have the same address on `{network}`, {address}"),
                )
                .related(other.origin.at, "the same address here")
                .why(WHY)
                .help("give one of them another address, or none: services reach each other by name");
            }
            if same.iter().all(|f| f.project.directory != fixed.project.directory) {
                same.push(fixed);
            }
        }
    }
}

fn fixed(project: &Project) -> Vec<Fixed<'_>> {
    let mut out = Vec::new();
    for service in project.services.values() {
        for (key, joined) in &service.networks {
            let Some(network) = project.networks.get(key).and_then(|n| n.name.as_ref()).filter(|n| !n.origin.is_unset()) else { continue };
            for field in [&joined.ipv4_address, &joined.ipv6_address].into_iter().flatten() {
                if let Some(address) = subnets::address(field) {
                    out.push(Fixed { network, address, project, service, origin: &field.origin });
                }
            }
        }
    }
    out
}

/// The gateways that are written, by the real name of the network.
fn gateways(project: &Project) -> BTreeMap<(&str, IpAddr), Span> {
    let mut out = BTreeMap::new();
    for network in project.networks.values().filter(|n| subnets::is_managed(n)) {
        let Some(name) = &network.name else { continue };
        for gateway in network.ipam.iter().flat_map(|i| &i.config).filter_map(|c| c.gateway.as_ref()) {
            if let Some(address) = subnets::address(gateway) {
                out.insert((name.as_str(), address), gateway.origin.at);
            }
        }
    }
    out
}
