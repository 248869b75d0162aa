//! What the picture is put together from: boxes with lines of text, arcs between them, cards, curves.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::{Edge, Graph, Kind, Relation};
use crate::report::printable;
use crate::report::summary::count;

/// Of a box.
pub(super) const WIDTH: i32 = 272;
/// The height of a card in the middle.
pub(super) const SHARED: i32 = 44;
/// Where texts of a box begin: the arcs run left of it.
const GUTTER: i32 = 30;
const HEAD: i32 = 44;
const ROW: i32 = 34;
const LINE: i32 = 17;
/// Networks and volumes that are listed in a box.
const OWN: usize = 8;
/// Columns of a list of stacks, and the characters of each.
const COLUMNS: usize = 2;
const NAME: usize = 19;
/// Columns that fit a box: in its head, in small and in large letters below it.
const HEAD_SMALL: usize = 39;
const HEAD_LARGE: usize = 31;
const SMALL: usize = 36;
const LARGE: usize = 32;

/// A box, drawn at its own origin.
pub(super) struct Boxed {
    pub(super) height: i32,
    pub(super) anchors: Vec<Anchor>,
    body: String,
    /// The stack of the document that it is.
    stack: Option<usize>,
    /// What it is, for those who do not see it.
    title: String,
}

/// Where a line to something shared begins: a height of the box.
#[derive(Clone)]
pub(super) struct Anchor {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) thing: usize,
    makes: bool,
    label: String,
}

impl Anchor {
    /// The same, of a box that was placed.
    pub(super) fn at(&self, x: i32, y: i32) -> Self {
        Self { x, y: y + self.y, ..self.clone() }
    }
}

/// The lines between boxes and cards.
#[derive(Default)]
pub(super) struct Layout {
    out: String,
}

impl Layout {
    pub(super) fn line(&mut self, graph: &Graph, from: &Anchor, x: i32, y: i32) {
        let Some(node) = graph.nodes.get(from.thing) else { return };
        let half = from.x.midpoint(x);
        let makes = if from.makes { " makes" } else { "" };
        let _ = write!(
            self.out,
            "<path class=\"l l-{}{makes}\" d=\"M{} {}C{half} {} {half} {y} {x} {y}\">",
            node.kind.word(),
            from.x,
            from.y,
            from.y
        );
        let _ = writeln!(self.out, "<title>{}</title></path>", escape(&from.label));
    }
}

/// The picture under construction.
pub(super) struct Canvas {
    out: String,
    /// True if stacks can be chosen by a script of the page.
    pub(super) live: bool,
}

impl Canvas {
    pub(super) fn new(live: bool) -> Self {
        Self { out: String::new(), live }
    }

    pub(super) fn text(&mut self, x: i32, y: i32, class: &str, text: &str, longest: usize) {
        write_text(&mut self.out, x, y, class, text, longest);
    }

    pub(super) fn lines(&mut self, lines: &Layout) {
        self.out.push_str(&lines.out);
    }

    pub(super) fn place(&mut self, one: &Boxed, x: i32, y: i32) {
        let live = match one.stack.filter(|_| self.live) {
            Some(stack) => format!(" data-stack=\"{stack}\" tabindex=\"0\" role=\"button\" aria-label=\"{}\"", escape(&one.title)),
            None => String::new(),
        };
        let _ = writeln!(
            self.out,
            "<g class=\"s\" transform=\"translate({x} {y})\"{live}>\n<rect class=\"box\" width=\"{WIDTH}\" height=\"{}\" rx=\"7\"/>\n{}</g>",
            one.height, one.body
        );
    }

    /// The card of something that several have.
    pub(super) fn shared(&mut self, graph: &Graph, at: usize, groups: usize, x: i32, y: i32, width: i32) {
        let Some(node) = graph.nodes.get(at) else { return };
        let provider = node.provider.and_then(|p| graph.groups.get(p)).map(|g| format!(", made by {}", g.name));
        let detail = if node.detail.is_empty() { String::new() } else { format!(", {}", node.detail) };
        let what = format!("{}{}{}, {}", node.kind.word(), detail, provider.unwrap_or_default(), count(groups, "stack"));
        let _ = writeln!(
            self.out,
            "<g class=\"c c-{}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{SHARED}\" rx=\"{}\"/>",
            node.kind.word(),
            SHARED / 2
        );
        write_text(&mut self.out, x + 18, y + 19, "t-name", &node.name, 31);
        write_text(&mut self.out, x + 18, y + 34, "t-dim", &what, 36);
        self.out.push_str("</g>\n");
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// A stack with its services, and below them what only it has. More services than `rows` are counted.
pub(super) fn stack(graph: &Graph, group: usize, rows: usize) -> Boxed {
    let (mut body, mut anchors) = (String::new(), Vec::new());
    let Some(head) = graph.groups.get(group) else { return Boxed { height: 0, anchors, body, stack: None, title: String::new() } };
    let services: Vec<usize> =
        graph.of_group(group).filter(|(_, n)| matches!(n.kind, Kind::Service | Kind::Beside)).map(|(at, _)| at).collect();
    let is_here = |at: usize| graph.nodes.get(at).is_some_and(|n| n.group == Some(group));
    let edges: Vec<&Edge> = graph.edges.iter().filter(|e| is_here(e.from) || is_here(e.to)).collect();
    write_text(&mut body, 12, 19, "t-title", &head.name, HEAD_LARGE);
    let (class, what) = match head.stack {
        _ if head.refused => ("t-bad", "refused by compose".to_owned()),
        Some(_) => ("t-dim", count(services.len(), "service")),
        None => ("t-dim", services.len().to_string()),
    };
    let directory = if head.directory.is_empty() { String::new() } else { format!(", {}", head.directory) };
    write_text(&mut body, 12, 35, class, &format!("{what}{directory}"), HEAD_SMALL);
    let places: BTreeMap<usize, i32> =
        services.iter().zip(0..).map(|(at, row)| (*at, HEAD + ROW * row.min(i32::try_from(rows).unwrap_or(i32::MAX - 1)) + 12)).collect();
    for (row, at) in services.iter().enumerate().take(rows) {
        let Some(node) = graph.nodes.get(*at) else { continue };
        let y = HEAD + ROW * i32::try_from(row).unwrap_or(0);
        let ports = ports(graph, &edges, *at).join(" ");
        let for_ports = ports.chars().count().min(18);
        write_text(&mut body, GUTTER, y + 13, "t-name", &node.name, LARGE - for_ports - usize::from(for_ports > 0));
        if !ports.is_empty() {
            write_text(&mut body, WIDTH - 10, y + 13, "t-port", &ports, 18);
        }
        write_text(&mut body, GUTTER, y + 27, "t-dim", &node.detail, SMALL);
    }
    let mut y = HEAD + ROW * i32::try_from(services.len().min(rows)).unwrap_or(0);
    if services.len() > rows {
        write_text(&mut body, GUTTER, y + 13, "t-dim", &format!("and {} more", services.len() - rows), SMALL);
        y += LINE + 4;
    }
    arcs(graph, &edges, &places, &mut body);
    let own: Vec<(usize, &super::super::Node)> =
        graph.of_group(group).filter(|(_, n)| matches!(n.kind, Kind::Network | Kind::Volume | Kind::Path)).collect();
    if !own.is_empty() {
        let _ = writeln!(body, "<path class=\"rule\" d=\"M12 {}H{}\"/>", y + 2, WIDTH - 12);
        y += 6;
    }
    for (at, node) in own.iter().take(OWN) {
        let users = users(graph, &edges, *at);
        let _ = writeln!(
            body,
            "<rect class=\"k k-{}\" x=\"14\" y=\"{}\" width=\"9\" height=\"9\" rx=\"{}\"/>",
            node.kind.word(),
            y + 4,
            if node.kind == Kind::Network { 5 } else { 2 }
        );
        write_text(&mut body, GUTTER, y + 12, "t-own", &node.name, SMALL);
        let taken = columns(&node.name).min(SMALL) + 2;
        if SMALL.saturating_sub(taken) > 3 {
            // A small letter is 6.3 wide.
            let x = GUTTER + i32::try_from(taken).unwrap_or(0) * 63 / 10;
            write_text(&mut body, x, y + 12, "t-dim", &users.join(", "), SMALL - taken);
        }
        y += LINE;
    }
    if own.len() > OWN {
        write_text(&mut body, GUTTER, y + 12, "t-dim", &format!("and {} more", own.len() - OWN), SMALL);
        y += LINE;
    }
    for edge in &edges {
        let (service, thing) = if edge.relation == Relation::Publishes { (edge.to, edge.from) } else { (edge.from, edge.to) };
        if let (Some(y), Some(node)) = (places.get(&service), graph.nodes.get(thing).filter(|n| n.group.is_none())) {
            let user = graph.nodes.get(service).map_or("", |n| &n.name);
            let label = if edge.label.is_empty() { String::new() } else { format!(" ({})", edge.label) };
            let makes = node.provider == Some(group);
            anchors.push(Anchor { x: 0, y: *y, thing, makes, label: format!("{user}: {}{label}", node.name) });
        }
    }
    // What it makes and does not use itself still comes from it.
    for (thing, node) in graph.nodes.iter().enumerate().filter(|(_, n)| n.provider == Some(group)) {
        if !anchors.iter().any(|a| a.thing == thing) {
            anchors.push(Anchor { x: 0, y: HEAD / 2, thing, makes: true, label: format!("{} makes {}", head.name, node.name) });
        }
    }
    Boxed { height: y + 8, anchors, body, stack: head.stack, title: format!("{}: show only this stack", head.name) }
}

/// What waits for what: arcs left of the services.
fn arcs(graph: &Graph, edges: &[&Edge], places: &BTreeMap<usize, i32>, body: &mut String) {
    for edge in edges.iter().filter(|e| e.relation == Relation::Waits) {
        let (Some(from), Some(to)) = (places.get(&edge.from), places.get(&edge.to)) else { continue };
        if from == to {
            continue;
        }
        let x = GUTTER - 4;
        let out = x - (6 + (from - to).abs() / ROW * 4).min(20);
        let class = match edge.label.as_str() {
            "healthy" => "w healthy",
            "ended" => "w ended",
            _ => "w",
        };
        // The arrow leads to what is waited for, a little below its middle, so that it is told from what leaves there.
        let end = to + if from > to { 3 } else { -3 };
        let _ = write!(body, "<path class=\"{class}\" d=\"M{x} {from}C{out} {from} {out} {end} {x} {end}m-4 -3l4 3l-4 3\">");
        let _ = writeln!(body, "<title>{}</title></path>", escape(&waits(graph, edge)));
    }
}

fn waits(graph: &Graph, edge: &Edge) -> String {
    let name = |at: usize| graph.nodes.get(at).map_or("", |n| n.name.as_str());
    format!("{} waits for {} ({})", name(edge.from), name(edge.to), edge.label)
}

/// The ports that a service takes.
fn ports<'a>(graph: &'a Graph, edges: &[&Edge], service: usize) -> Vec<&'a str> {
    let published = edges.iter().filter(|e| e.relation == Relation::Publishes && e.to == service);
    let mut names: Vec<&str> = published.filter_map(|e| graph.nodes.get(e.from)).map(|n| n.name.as_str()).collect();
    // As numbers: 80 before 443.
    names.sort_by_key(|n| (n.chars().take_while(char::is_ascii_digit).count(), *n));
    names
}

/// The services that use something.
fn users<'a>(graph: &'a Graph, edges: &[&Edge], thing: usize) -> Vec<&'a str> {
    let used = edges.iter().filter(|e| e.relation == Relation::Uses && e.to == thing);
    used.filter_map(|e| graph.nodes.get(e.from)).map(|n| n.name.as_str()).collect()
}

/// The stacks that share the same, as a list. If it is live, each can be pointed at; with the keyboard its box is reached further down.
pub(super) fn bundle(graph: &Graph, groups: &[usize], things: Vec<usize>, live: bool) -> Boxed {
    let mut body = String::new();
    let title = count(groups.len(), "stack");
    write_text(&mut body, 12, 19, "t-title", &title, HEAD_LARGE);
    let lines = groups.len().div_ceil(COLUMNS);
    for (n, group) in groups.iter().enumerate() {
        let Some(head) = graph.groups.get(*group) else { continue };
        let (column, row) = (i32::try_from(n / lines.max(1)).unwrap_or(0), i32::try_from(n % lines.max(1)).unwrap_or(0));
        let makes = things.iter().any(|t| graph.nodes.get(*t).is_some_and(|n| n.provider == Some(*group)));
        let (x, y) = (12 + column * (WIDTH - 16) / 2, 28 + LINE * row + 12);
        let stack = head.stack.filter(|_| live);
        if let Some(stack) = stack {
            let _ = write!(body, "<g data-stack=\"{stack}\">");
        }
        write_text(&mut body, x, y, if makes { "t-own made" } else { "t-own" }, &head.name, NAME);
        if stack.is_some() {
            body.push_str("</g>\n");
        }
    }
    let height = 28 + LINE * i32::try_from(lines).unwrap_or(0) + 10;
    let room = (height - 16) / i32::try_from(things.len() + 1).unwrap_or(1);
    let anchors = things
        .into_iter()
        .zip(1..)
        .map(|(thing, n)| {
            let node = graph.nodes.get(thing);
            let makes = node.and_then(|n| n.provider).is_some_and(|p| groups.contains(&p));
            Anchor { x: 0, y: 8 + room * n, thing, makes, label: format!("{title}: {}", node.map_or("", |n| &n.name)) }
        })
        .collect();
    Boxed { height, anchors, body, stack: None, title }
}

/// Letters of East Asia and pictures take two columns.
fn column(c: char) -> usize {
    if u32::from(c) >= 0x1100 { 2 } else { 1 }
}

fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// A text of at most so many columns; what is longer is told in full to who points at it.
fn write_text(out: &mut String, x: i32, y: i32, class: &str, text: &str, longest: usize) {
    if text.is_empty() {
        return;
    }
    let text = printable(text, false);
    let mut columns = 0;
    let cut = text.char_indices().find_map(|(at, c)| {
        columns += column(c);
        (columns > longest).then_some(at)
    });
    let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" class=\"{class}\">");
    match cut.and_then(|at| text.get(..at)) {
        Some(start) => {
            let start: String = start.chars().take(start.chars().count().saturating_sub(1)).collect();
            let _ = writeln!(out, "{}…<title>{}</title></text>", escape(&start), escape(&text));
        }
        None => {
            let _ = writeln!(out, "{}</text>", escape(&text));
        }
    }
}

fn escape(text: &str) -> String {
    crate::report::xml::escape(text, true)
}
