//! The graph as a flowchart of mermaid. Ids are ours, labels are quoted and escaped, so no name of a user's can be taken for a part of it.
//! No edge leads to a subgraph: mermaid stumbles over some of them.
//!
//! Renderers refuse what is too large: then the ports and what only one stack has are left out, and if that is not enough, the services.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Graph, Kind, Node, Relation};
use crate::report::document::Document;
use crate::report::printable;

/// Renderers refuse a graph with more than 500 edges or 50 000 characters.
const EDGES: usize = 450;
const CHARACTERS: usize = 48_000;
/// Characters of a label.
const LABEL: usize = 60;

/// How much is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    All,
    /// Without the ports and what only one stack has.
    Services,
    /// The stacks, and what several have.
    Stacks,
}

/// The graph; ends with a line break.
pub fn render(document: &Document) -> String {
    let graph = Graph::new(document);
    let full = draw(&graph, Extent::All, usize::MAX).0;
    if fits(&full) {
        return full.0;
    }
    let less = draw(&graph, Extent::Services, usize::MAX).0;
    if fits(&less) {
        return format!("%% Too large as a whole: ports, and what only one stack has, are left out.\n{}", less.0);
    }
    let (stacks, left) = draw(&graph, Extent::Stacks, EDGES);
    let left = if left == 0 { String::new() } else { format!("; {left} edges are left out too") };
    format!("%% Too large as a whole: only the stacks, and what several have, are drawn{left}.\n{}", stacks.0)
}

fn fits((text, edges): &(String, usize)) -> bool {
    *edges <= EDGES && text.len() <= CHARACTERS
}

/// The text with its number of edges, and how many edges are not in it.
fn draw(graph: &Graph, extent: Extent, most: usize) -> ((String, usize), usize) {
    let mut out = String::from("flowchart LR\n");
    for (host, at) in graph.hosts.iter().zip(0..) {
        if let Some(name) = &host.name {
            let needs: Vec<String> = host.needs.iter().filter_map(|n| graph.hosts.get(*n)?.name.as_deref()).map(label).collect();
            let needs = if needs.is_empty() { String::new() } else { format!(", needs {}", needs.join(", ")) };
            let _ = writeln!(out, "  subgraph h{at}[\"{}{needs}\"]", label(name));
        }
        for (group, n) in graph.groups.iter().zip(0..).filter(|(g, _)| g.host == at) {
            let refused = if group.refused { label(" (refused by docker compose)") } else { String::new() };
            let name = format!("{}{refused}", label(&group.name));
            if extent == Extent::Stacks || graph.of_group(n).next().is_none() {
                let _ = writeln!(out, "    g{n}[\"{name}\"]");
                continue;
            }
            let _ = writeln!(out, "    subgraph g{n}[\"{name}\"]");
            for (id, node) in graph.of_group(n).filter(|(_, n)| extent == Extent::All || is_service(n)) {
                let _ = writeln!(out, "      {}", shape(graph, id, node));
            }
            out.push_str("    end\n");
        }
        let is_drawn = |n: &Node| n.host == at && n.group.is_none() && (n.kind != Kind::Port || extent == Extent::All);
        for (id, node) in graph.nodes.iter().enumerate().filter(|(_, n)| is_drawn(n)) {
            let _ = writeln!(out, "    {}", shape(graph, id, node));
        }
        if host.name.is_some() {
            out.push_str("  end\n");
        }
    }
    let lines = edges(graph, extent);
    for line in lines.iter().take(most) {
        let _ = writeln!(out, "  {line}");
    }
    ((out, lines.len()), lines.len().saturating_sub(most))
}

fn is_service(node: &Node) -> bool {
    matches!(node.kind, Kind::Service | Kind::Beside)
}

fn edges(graph: &Graph, extent: Extent) -> Vec<String> {
    let mut lines = Vec::new();
    let mut once = BTreeSet::new();
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (graph.nodes.get(edge.from), graph.nodes.get(edge.to)) else { continue };
        let words = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", label(&edge.label)) };
        match extent {
            Extent::All => {}
            Extent::Services if edge.relation == Relation::Waits || (edge.relation == Relation::Uses && to.group.is_none()) => {}
            Extent::Stacks if edge.relation == Relation::Uses && to.group.is_none() => {
                let Some(group) = from.group else { continue };
                if to.provider != Some(group) && once.insert((group, edge.to)) {
                    lines.push(format!("g{group} --- n{}", edge.to));
                }
                continue;
            }
            _ => continue,
        }
        let arrow = match (edge.relation, to.kind) {
            (Relation::Waits, _) => "-->",
            (Relation::Publishes, _) => "==>",
            (Relation::Uses, Kind::Network) => "-.-",
            (Relation::Uses, _) => "---",
        };
        lines.push(format!("n{} {arrow}{words} n{}", edge.from, edge.to));
    }
    // Only where the stack is a node of its own.
    for (id, node) in graph.nodes.iter().enumerate().filter(|_| extent == Extent::Stacks) {
        if let Some(provider) = node.provider {
            lines.push(format!("g{provider} -->|\"makes\"| n{id}"));
        }
    }
    lines
}

fn shape(graph: &Graph, id: usize, node: &Node) -> String {
    let (open, close) = match node.kind {
        Kind::Service => ("[\"", "\"]"),
        Kind::Beside => ("[[\"", "\"]]"),
        Kind::Network => ("{{\"", "\"}}"),
        Kind::Volume => ("[(\"", "\")]"),
        Kind::Path => ("[/\"", "\"/]"),
        Kind::Port => ("([\"", "\"])"),
    };
    let detail = if node.detail.is_empty() { String::new() } else { format!("<br/>{}", label(&node.detail)) };
    let provider = node.provider.and_then(|p| graph.groups.get(p)).map(|g| format!("<br/>made by {}", label(&g.name)));
    format!("n{id}{open}{}{detail}{}{close}", label(&node.name), provider.unwrap_or_default())
}

/// A text to be put between quotation marks. Renderers take labels for Markdown: `- x`, `1. x` and `_x_` would be something else.
pub(crate) fn label(text: &str) -> String {
    let mut text: Vec<char> = printable(text, false).chars().collect();
    if text.len() > LABEL {
        text.truncate(LABEL);
        text.push('…');
    }
    let word = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|c| c.is_alphanumeric());
    let mut out = String::new();
    let mut number = true;
    for (at, c) in text.iter().enumerate() {
        let plain = match c {
            '_' => word(at.checked_sub(1)) && word(at.checked_add(1)),
            '-' => at > 0,
            '.' => at == 0 || !number,
            c => c.is_alphanumeric() || " /:".contains(*c),
        };
        number &= c.is_ascii_digit();
        if plain {
            out.push(*c);
        } else {
            let _ = write!(out, "#{};", u32::from(*c));
        }
    }
    if out.trim().is_empty() { "#32;".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_hold_anything() {
        assert_eq!(label("a\"] --> b;%%{"), "a#34;#93; --#62; b#59;#37;#37;#123;");
        assert_eq!(label("  "), "#32;");
        assert_eq!(label("- a_b __init__ 1.2"), "#45; a_b #95;#95;init#95;#95; 1.2");
        assert_eq!(label("12. x-y"), "12#46; x-y");
    }
}
