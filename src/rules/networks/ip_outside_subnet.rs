//! A fixed address that its network does not have.

use ipnet::IpNet;

use crate::model::{Ipam, Network};
use crate::rules::prelude::*;
use crate::rules::together::is_overlay;
use crate::rules::{subnets, unused};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "ip-outside-subnet",
        topic: Topic::Networks,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a fixed address is not in the subnet of its network",
        page: page!("ip-outside-subnet"),
    },
    rule: &IpOutsideSubnet,
};

struct IpOutsideSubnet;

impl Rule for IpOutsideSubnet {
    fn project(&self, project: &Project, cx: &mut Cx) {
        if unused::is_incomplete(project) || is_overlay(project) {
            return;
        }
        for (key, network) in &project.networks {
            if let Some(ipam) = network.ipam.as_ref().filter(|_| subnets::is_managed(network)) {
                of_the_network(key, ipam, cx);
            }
        }
        // What several services get from one line is said once: they get the same answer.
        let mut said = std::collections::BTreeSet::new();
        for service in project.services.values() {
            for (key, joined) in &service.networks {
                let Some(network) = project.networks.get(key).filter(|n| subnets::is_managed(n)) else { continue };
                for field in [&joined.ipv4_address, &joined.ipv6_address] {
                    if let Some(address) = field.as_ref().filter(|a| !said.contains(&a.origin.at))
                        && of_a_service(service, key, network, address, cx)
                    {
                        said.insert(address.origin.at);
                    }
                }
            }
        }
    }
}

/// The ranges of a network; `None` if not all of them can be told.
fn ranges(network: &Network) -> Option<Vec<(IpNet, &Origin)>> {
    let fields = network.ipam.iter().flat_map(|i| &i.config).filter_map(|c| c.subnet.as_ref());
    fields.map(|subnet| Some((subnets::net(subnet)?, &subnet.origin))).collect()
}

fn of_a_service(service: &Service, key: &str, network: &Sourced<Network>, field: &Sourced<String>, cx: &mut Cx) -> bool {
    let (Some(address), Some(ranges)) = (subnets::address(field), ranges(network)) else { return false };
    let same_family: Vec<_> = ranges.iter().filter(|(net, _)| net.addr().is_ipv4() == address.is_ipv4()).collect();
    if same_family.iter().any(|(net, _)| net.contains(&address)) {
        return false;
    }
    let name = &service.name;
    if let Some((net, origin)) = same_family.first() {
        cx.report(&field.origin, format!("the address {address} of `{name}` is not in the subnet of `{key}`, {net}"))
            .related(origin.at, "the subnet")
            .why("Compose accepts it, and the engine then refuses to start the container")
            .help(format!("choose an address in {net}, or change the subnet"));
    } else {
        let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
        let report = cx.report(&field.origin, format!("`{name}` has a fixed address on `{key}`, which has no {family} subnet of its own"));
        let report = if network.origin.is_default() { report } else { report.related(network.at_key().at, "the network") };
        report
            .why("the engine gives out fixed addresses only in a subnet that was chosen: it refuses to start the container")
            .help(format!("write a `subnet` under `ipam.config` of `{key}`, or leave the address out: services reach each other by name"));
    }
    true
}

/// What a network says about itself: gateway, range and reserved addresses have to be in a subnet too.
fn of_the_network(key: &str, ipam: &Sourced<Ipam>, cx: &mut Cx) {
    for config in &ipam.config {
        let Some(subnet) = &config.subnet else { continue };
        let Some(net) = subnets::net(subnet) else { continue };
        let mut wrong: Vec<(&str, &Sourced<String>)> = Vec::new();
        if let Some(gateway) = &config.gateway
            && subnets::address(gateway).is_some_and(|a| !net.contains(&a))
        {
            wrong.push(("gateway", gateway));
        }
        if let Some(range) = &config.ip_range
            && subnets::net(range).is_some_and(|r| !net.contains(&r))
        {
            wrong.push(("`ip_range`", range));
        }
        let reserved = config.aux_addresses.values().filter(|a| subnets::address(a).is_some_and(|a| !net.contains(&a)));
        wrong.extend(reserved.map(|a| ("reserved address", a)));
        for (what, field) in wrong {
            cx.report(&field.origin, format!("the {what} {} of `{key}` is not in its subnet, {net}", field.value))
                .related(subnet.origin.at, "the subnet")
                .why("Compose accepts it, and the engine then refuses to create the network")
                .help(format!("choose one in {net}, or change the subnet"));
        }
    }
}
