//! `ports` in the order of the published ports.

use super::collate::by_numbers;
use super::order::{Child, children, disorder};
use super::written::services;
use crate::rules::prelude::*;
use crate::yaml::{Kind, NodeId, Tree};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "ports-order",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[Peer::Dclint("service-ports-alphabetical-order")],
        options: &[],
        summary: "the ports of a service are not in order",
        page: page!("ports-order"),
    },
    rule: &PortsOrder,
};

struct PortsOrder;

impl Rule for PortsOrder {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        for service in services(file.tree) {
            let Some(entry) = service.get(file.tree, "ports").filter(|e| matches!(file.tree.node(e.value).kind, Kind::Sequence { .. }))
            else {
                continue;
            };
            let children: Vec<Child> =
                children(file.tree, entry.value).into_iter().map(|c| Child { name: published(file.tree, c.node), ..c }).collect();
            let Some(found) = disorder(file.tree, entry.value, &children, |c| by_numbers(c.name)) else { continue };
            let message = match found.late.name {
                "" => format!("a port of `{}` without a number on the host stands behind one with a number", service.name),
                port => format!("port {port} of `{}` stands behind {}", service.name, found.early.name),
            };
            let title = "put the ports in order; the engine sees no difference, but Compose makes the container anew at the next `up`";
            found
                .report(file, message, title, Applicability::Unsafe, cx)
                .why("the order has no meaning, so two people write it in two ways, and a port that is published twice is not seen")
                .help("put the ports in the order of their numbers on the host");
        }
    }
}

/// The port on the host as it is written; of the short form without one, that in the container.
fn published(tree: &Tree, item: NodeId) -> &str {
    let Some(text) = tree.text(item) else {
        return tree.get(item, "published").and_then(|p| tree.text(p)).unwrap_or_default();
    };
    let mut parts = parts(text.split('/').next().unwrap_or(text)).into_iter();
    match (parts.next(), parts.next()) {
        (Some(address), Some(port)) if is_address(address) => port,
        (Some(port), _) => port,
        (None, _) => "",
    }
}

/// Splits at each `:` that is in neither brackets nor braces.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0i32;
    let colon = |c: char| {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            _ => {}
        }
        c == ':' && depth <= 0
    };
    text.split(colon).collect()
}

fn is_address(text: &str) -> bool {
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    text.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_port() {
        assert_eq!(parts("127.0.0.1:80:8080"), ["127.0.0.1", "80", "8080"]);
        assert_eq!(parts("[::1]:80:8080"), ["[::1]", "80", "8080"]);
        assert_eq!(parts("${P:-80}:8080"), ["${P:-80}", "8080"]);
        assert!(is_address("[::1]") && is_address("::1") && is_address("127.0.0.1") && !is_address("80"));
    }
}
