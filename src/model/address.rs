//! Addresses: what an entry of `ports` takes on the host, and which hosts the value of a variable names.

use std::net::IpAddr;

use super::Port;

/// What one entry of `ports` takes on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPorts {
    /// The address; `None` is every address, IPv4 and IPv6.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
}

impl HostPorts {
    /// What `port` takes; `None` if the engine chooses the port (none is given, or a range for one container port), or if it cannot be read.
    pub fn of(port: &Port) -> Option<Self> {
        let number: u16 = port.published.as_deref()?.parse().ok()?;
        if number == 0 {
            return None;
        }
        let address = match port.host_ip.as_deref() {
            None | Some("" | "0.0.0.0" | "::") => None,
            Some(ip) => Some(ip.parse().ok()?),
        };
        Some(Self { address, port: number, protocol: port.protocol.clone() })
    }

    /// True if both cannot be taken at the same time.
    pub fn clashes(&self, other: &Self) -> bool {
        let address = match (self.address, other.address) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        address && self.protocol == other.protocol && self.port == other.port
    }

    /// True if machines other than the host can reach it.
    pub fn is_public(&self) -> bool {
        self.address.is_none_or(|a| !a.is_loopback())
    }

    /// As people write it: `127.0.0.1:8080`, `8080`, `53/udp`.
    pub fn text(&self) -> String {
        let protocol = if self.protocol == "tcp" { String::new() } else { format!("/{}", self.protocol) };
        match self.address {
            Some(IpAddr::V6(a)) => format!("[{a}]:{}{protocol}", self.port),
            Some(a) => format!("{a}:{}{protocol}", self.port),
            None => format!("{}{protocol}", self.port),
        }
    }
}

/// The hosts that the value of a variable names: `scheme://user@host:1/…`, `host:1`, and `host` alone where the name of the variable says so.
pub fn hosts<'a>(key: &str, value: &'a str) -> Vec<&'a str> {
    let key = key.to_ascii_uppercase();
    let named = ["HOST", "HOSTNAME", "SERVER", "ADDR", "ADDRESS", "ENDPOINT", "URL", "URI"];
    let says_host = key.rsplit('_').next().is_some_and(|last| named.contains(&last)) || key.ends_with("HOST");
    // What a service is called itself is no address of another one.
    let says_own = ["HOSTNAME", "HOST_NAME", "VIRTUAL_HOST", "SERVER_NAME"].contains(&key.as_str());
    let mut out = Vec::new();
    for part in value.split([',', ' ', ';']).filter(|p| !p.is_empty()) {
        let (scheme, rest) = part.split_once("://").map_or((false, part), |(_, rest)| (true, rest));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
        let has_port = port.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
        if scheme || has_port || (says_host && !says_own && port.is_none() && authority == part) {
            out.push(host);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(host_ip: &str, published: &str, protocol: &str) -> Port {
        Port {
            name: None,
            mode: None,
            host_ip: (!host_ip.is_empty()).then(|| host_ip.into()),
            target: 80,
            published: Some(published.into()),
            protocol: protocol.into(),
            app_protocol: None,
            extensions: crate::model::Named::default(),
        }
    }

    #[test]
    fn every_address_clashes_with_each_and_protocols_do_not_clash() {
        let of = |ip, p, proto| HostPorts::of(&port(ip, p, proto)).unwrap();
        assert!(of("", "80", "tcp").clashes(&of("127.0.0.1", "80", "tcp")));
        assert!(!of("127.0.0.2", "80", "tcp").clashes(&of("127.0.0.1", "80", "tcp")));
        assert!(!of("", "53", "tcp").clashes(&of("", "53", "udp")));
        assert!(HostPorts::of(&port("", "8000-8010", "tcp")).is_none());
        assert!(!of("127.0.0.1", "80", "tcp").is_public());
        assert_eq!(of("::1", "80", "udp").text(), "[::1]:80/udp");
    }

    #[test]
    fn addresses_name_hosts() {
        assert_eq!(hosts("X", "postgres://me:pw@db:5432/app?x=y"), ["db"]);
        assert_eq!(hosts("BROKERS", "kafka1:9092,kafka2:9092"), ["kafka1", "kafka2"]);
        assert_eq!(hosts("DB_HOST", "db"), ["db"]);
        assert_eq!(hosts("MYSQLHOST", "db"), ["db"]);
        assert!(hosts("NAME", "db").is_empty());
        assert!(hosts("HOSTNAME", "db").is_empty());
        assert!(hosts("IMAGE", "db:latest").is_empty());
        assert!(hosts("DB_HOST", "").is_empty());
    }
}
