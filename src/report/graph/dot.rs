//! The graph for Graphviz: a cluster a stack. Ids are ours, labels are quoted and escaped.

use std::fmt::Write as _;

use super::{Graph, Kind, Node, Relation};
use crate::report::document::Document;
use crate::report::printable;

/// The graph; ends with a line break.
pub fn render(document: &Document) -> String {
    let graph = Graph::new(document);
    let mut out = String::from("digraph composelint {\n  rankdir=LR;\n  compound=true;\n  node [fontname=\"sans-serif\", fontsize=11];\n");
    out.push_str("  edge [fontname=\"sans-serif\", fontsize=9];\n");
    for (host, at) in graph.hosts.iter().zip(0..) {
        if let Some(name) = &host.name {
            let _ = writeln!(out, "  subgraph cluster_h{at} {{\n    label={};", quoted(name));
        }
        for (group, n) in graph.groups.iter().zip(0..).filter(|(g, _)| g.host == at) {
            let refused = if group.refused { " (refused by docker compose)" } else { "" };
            let _ = writeln!(out, "    subgraph cluster_g{n} {{\n      label={};", quoted(&format!("{}{refused}", group.name)));
            // An edge needs a node to lead to, and a cluster needs one to be seen.
            let _ = writeln!(out, "      g{n} [shape=point, style=invis];");
            for (id, node) in graph.of_group(n) {
                let _ = writeln!(out, "      {}", shape(id, node));
            }
            out.push_str("    }\n");
        }
        for (id, node) in graph.nodes.iter().enumerate().filter(|(_, n)| n.host == at && n.group.is_none()) {
            let _ = writeln!(out, "    {}", shape(id, node));
        }
        if host.name.is_some() {
            out.push_str("  }\n");
        }
    }
    edges(&graph, &mut out);
    out.push_str("}\n");
    out
}

fn edges(graph: &Graph, out: &mut String) {
    let first = |host: usize| graph.groups.iter().position(|g| g.host == host);
    for (host, at) in graph.hosts.iter().zip(0..) {
        for needed in &host.needs {
            if let (Some(from), Some(to)) = (first(at), first(*needed)) {
                let _ = writeln!(out, "  g{from} -> g{to} [ltail=cluster_h{at}, lhead=cluster_h{needed}, penwidth=2];");
            }
        }
    }
    for edge in &graph.edges {
        let style = match edge.relation {
            Relation::Waits => "color=\"#444444\"",
            Relation::Publishes => "color=\"#7a3fb0\"",
            Relation::Uses => "dir=none, color=\"#888888\"",
        };
        let label = if edge.label.is_empty() { String::new() } else { format!(", label={}", quoted(&edge.label)) };
        let _ = writeln!(out, "  n{} -> n{} [{style}{label}];", edge.from, edge.to);
    }
    for (id, node) in graph.nodes.iter().enumerate() {
        if let Some(provider) = node.provider {
            let _ = writeln!(out, "  g{provider} -> n{id} [ltail=cluster_g{provider}, style=dashed, label=\"makes\"];");
        }
    }
}

fn shape(id: usize, node: &Node) -> String {
    let shape = match node.kind {
        Kind::Service => "box",
        Kind::Beside => "box3d",
        Kind::Network => "hexagon",
        Kind::Volume => "cylinder",
        Kind::Path => "folder",
        Kind::Port => "oval",
    };
    let text = if node.detail.is_empty() { quoted(&node.name) } else { quoted(&format!("{}\n{}", node.name, node.detail)) };
    format!("n{id} [shape={shape}, label={text}];")
}

/// A string of the language. `&` would begin an entity, a backslash an escape; a line break of ours becomes one.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in printable(text, true).chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
