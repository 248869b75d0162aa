//! The short form of a port, `[[IP:]HOST:]CONTAINER[/PROTOCOL]` (spec/resolve.md 11.1). Text in, parts out; knows no tree.

use std::net::IpAddr;

use super::Semantics;
use super::defaults::{MODE, PROTOCOL, supplied};
use super::value::{Data, Entry, Map, Origin, Value};

/// What a short form publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ports {
    first: u16,
    last: u16,
    /// The ports of the host, from and to.
    host: Option<(u16, u16)>,
    ip: Option<String>,
    protocol: &'static str,
    /// False if the protocol is the default one.
    has_protocol: bool,
}

/// Why a short form cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PortError {
    /// The container's port is missing.
    NoPort,
    /// Not an address.
    Address,
    /// An IPv6 address needs brackets.
    BareIpv6,
    /// Not a port or a range of ports, on the container's side.
    Container,
    /// The same on the host's side.
    Host,
    /// Two ranges of unequal length.
    Lengths,
    /// Not tcp, udp or sctp.
    Protocol,
}

fn range(text: &str) -> Option<(u16, u16)> {
    fn port(text: &str) -> Option<u16> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        text.parse().ok()
    }
    let mut parts = text.split('-');
    let first = port(parts.next()?)?;
    let last = match parts.next() {
        Some(last) => port(last)?,
        None => first,
    };
    (first <= last).then_some((first, last))
}

pub(super) fn parse(raw: &str, semantics: Semantics) -> Result<Ports, PortError> {
    let (before, container) = raw.rsplit_once(':').map_or((None, raw), |(b, c)| (Some(b), c));
    let (ip, host) = match before {
        None => ("", ""),
        Some(before) => before.rsplit_once(':').unwrap_or(("", before)),
    };
    let mut pieces = container.split('/');
    let port = pieces.next().unwrap_or_default();
    let written = pieces.next().filter(|p| !p.is_empty());
    let protocol = written.unwrap_or("tcp");
    if port.is_empty() {
        return Err(PortError::NoPort);
    }
    let ip = match ip.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').ok_or(PortError::Address)?,
        None if ip.contains(':') && semantics == Semantics::V2 => return Err(PortError::BareIpv6),
        None => ip,
    };
    if !ip.is_empty() && !is_address(ip) {
        return Err(PortError::Address);
    }
    let (first, last) = range(port).ok_or(PortError::Container)?;
    let host = if host.is_empty() { None } else { Some(range(host).ok_or(PortError::Host)?) };
    if let Some((from, to)) = host
        && to - from != last - first
        && first != last
    {
        return Err(PortError::Lengths);
    }
    let protocol = match protocol.to_lowercase().as_str() {
        "tcp" => "tcp",
        "udp" => "udp",
        "sctp" => "sctp",
        _ => return Err(PortError::Protocol),
    };
    Ok(Ports { first, last, host, ip: (!ip.is_empty()).then(|| ip.to_owned()), protocol, has_protocol: written.is_some() })
}

/// True for an IP address; an IPv6 address may name its zone.
pub(super) fn is_address(text: &str) -> bool {
    let plain = match text.split_once('%') {
        Some((address, zone)) if !zone.is_empty() && address.contains(':') => address,
        _ => text,
    };
    plain.parse::<IpAddr>().is_ok()
}

impl Ports {
    /// How many long forms it makes.
    pub(super) fn len(&self) -> usize {
        usize::from(self.last - self.first) + 1
    }

    /// The long forms, in Compose's order (by "port/protocol" as text). Every value has the origin of the short one;
    /// what the short one does not say is supplied.
    pub(super) fn into_maps(self, origin: &Origin) -> Vec<Map> {
        let entry = |data| Entry { key: origin.at, value: Value::new(data, origin.clone()) };
        let text = |s: &str| entry(Data::Str(s.to_owned()));
        let mut ports: Vec<(String, u16)> = (self.first..=self.last).map(|port| (format!("{port}/"), port)).collect();
        ports.sort();
        ports
            .into_iter()
            .map(|(_, port)| {
                // The mode, an address, the two ports and the protocol.
                let mut map = crate::ordered::with_capacity(5);
                map.insert("mode".to_owned(), supplied(Data::Str("ingress".to_owned()), origin, MODE));
                if let Some(ip) = &self.ip {
                    map.insert("host_ip".to_owned(), text(ip));
                }
                map.insert("target".to_owned(), entry(Data::Int(port.into())));
                if let Some((from, to)) = self.host {
                    let published = if self.first == self.last && from != to {
                        format!("{from}-{to}")
                    } else {
                        (from + (port - self.first)).to_string()
                    };
                    map.insert("published".to_owned(), text(&published));
                }
                let protocol = || Data::Str(self.protocol.to_owned());
                let protocol = if self.has_protocol { entry(protocol()) } else { supplied(protocol(), origin, PROTOCOL) };
                map.insert("protocol".to_owned(), protocol);
                map
            })
            .collect()
    }
}
