//! What the rules about subnets share: the ranges of addresses that networks take, and which of them overlap.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::compose::value::Origin;
use crate::model::{Network, Project, Sourced};

/// A range of addresses that a network takes.
pub(crate) struct Subnet<'a> {
    /// The range.
    pub(crate) net: IpNet,
    /// Where it is written.
    pub(crate) origin: &'a Origin,
    /// The key of the network.
    pub(crate) key: &'a str,
    /// The network.
    pub(crate) network: &'a Sourced<Network>,
    /// The project that creates it.
    pub(crate) project: &'a Project,
}

/// True if the engine hands out the addresses of a network itself: other drivers have rules of their own.
pub(crate) fn is_managed(network: &Network) -> bool {
    let driver = network.ipam.as_ref().and_then(|i| i.driver.as_ref());
    !network.external && driver.is_none_or(|d| d.value == "default" || d.is_empty())
}

/// The ranges that the networks of a project take, in the order of the source. What cannot be read, or depends on a variable without a
/// value, is left out.
pub(crate) fn of_project(project: &Project) -> impl Iterator<Item = Subnet<'_>> {
    let networks = project.networks.iter().filter(|(_, n)| is_managed(n));
    networks.flat_map(move |(key, network)| {
        let fields = network.ipam.iter().flat_map(|i| &i.config).filter_map(|c| c.subnet.as_ref());
        fields.filter_map(move |subnet| {
            let net = net(subnet)?;
            Some(Subnet { net, origin: &subnet.origin, key, network, project })
        })
    })
}

/// A range as written, its host part cut off.
pub(crate) fn net(text: &Sourced<String>) -> Option<IpNet> {
    if text.origin.is_unset() {
        return None;
    }
    text.value.parse::<IpNet>().ok().map(|n| n.trunc())
}

/// An address as written.
pub(crate) fn address(text: &Sourced<String>) -> Option<IpAddr> {
    if text.origin.is_unset() {
        return None;
    }
    text.value.parse().ok()
}

/// Ranges around one range that are looked at: no real set of networks nests as deep.
const MOST_AROUND: usize = 256;

/// The pairs that overlap, the earlier one first: each range with one of those around it for which `clash` holds.
pub(crate) fn overlaps<'s, 'a>(
    all: &'s [Subnet<'a>],
    clash: impl Fn(&Subnet<'a>, &Subnet<'a>) -> bool,
) -> Vec<(&'s Subnet<'a>, &'s Subnet<'a>)> {
    // Two ranges are apart or one is within the other, so in this order those around a range are on a stack.
    let mut sorted: Vec<(usize, &Subnet)> = all.iter().enumerate().collect();
    sorted.sort_by_key(|(i, s)| (s.net.network(), s.net.prefix_len(), *i));
    let mut around: Vec<(usize, &Subnet)> = Vec::new();
    let mut out = Vec::new();
    for (i, subnet) in sorted {
        while around.last().is_some_and(|(_, outer)| !outer.net.contains(&subnet.net)) {
            around.pop();
        }
        if let Some((j, other)) = around.iter().take(MOST_AROUND).find(|(_, other)| clash(other, subnet)) {
            out.push(if *j < i { (*j, i, *other, subnet) } else { (i, *j, subnet, *other) });
        }
        around.push((i, subnet));
    }
    out.sort_by_key(|(first, second, ..)| (*second, *first));
    out.into_iter().map(|(_, _, first, second)| (first, second)).collect()
}
