//! The graph as a picture of its own: no script, no font, nothing fetched; light or dark as the reader has it.
//!
//! A host is drawn in two parts. Above: what several stacks have, in the middle, and on both sides the stacks that have it. Of a small host those
//! are the stacks with their services, and a line leads from each service to what it uses; of a large one they are lists, one for all stacks that
//! share the same. Below: the stacks one by one; of a small host only those that share nothing.
//!
//! Everything is set in a font of fixed width, so that a text fits its box without being measured.

mod parts;

use std::collections::{BTreeMap, BTreeSet};

use self::parts::{Anchor, Boxed, Canvas, Layout};
use super::Graph;
use crate::report::document::Document;

/// More stacks on a host than this are drawn as lists.
const STACKS: usize = 16;
/// More services, too.
const SERVICES: usize = 90;
/// Between boxes, and around everything.
const GAP: i32 = 20;
/// Where lines run.
const LANE: i32 = 172;
/// Of a shared network, volume, path or port.
const MIDDLE: i32 = 260;
/// Of the picture: four boxes side by side.
const WIDTH: i32 = 2 * GAP + 2 * parts::WIDTH + 2 * LANE + MIDDLE;

/// Colours, for the file alone; in a page they are those of the page.
const STYLE: &str = include_str!("style.css");

/// The picture as a file; ends with a line break.
pub fn render(document: &Document) -> String {
    draw(document, true)
}

/// The picture within a page, which has the colours; empty if there is nothing to draw.
pub(in crate::report) fn embedded(document: &Document) -> String {
    if document.stacks().is_empty() && document.beside.is_empty() { String::new() } else { draw(document, false) }
}

fn draw(document: &Document, alone: bool) -> String {
    let graph = Graph::new(document);
    let mut canvas = Canvas::new(!alone);
    let mut y = GAP;
    for host in 0..graph.hosts.len() {
        y = draw_host(&graph, host, y, &mut canvas);
    }
    if graph.groups.is_empty() {
        canvas.text(GAP, y + 12, "t-dim", "There are no stacks.", 80);
        y += 2 * GAP;
    }
    let attributes = if alone { " xmlns=\"http://www.w3.org/2000/svg\"" } else { "" };
    let style =
        if alone { format!("<style>\n{STYLE}</style>\n<rect class=\"page\" width=\"{WIDTH}\" height=\"{y}\"/>\n") } else { String::new() };
    format!(
        "<svg{attributes} class=\"graph\" width=\"{WIDTH}\" height=\"{y}\" viewBox=\"0 0 {WIDTH} {y}\" role=\"{}\" aria-label=\"Stacks, services, networks and volumes\">\n{style}{}</svg>\n",
        if alone { "img" } else { "group" },
        canvas.finish()
    )
}

/// Draws a host from a height on. Returns where the next begins.
fn draw_host(graph: &Graph, host: usize, from: i32, canvas: &mut Canvas) -> i32 {
    let mut y = from;
    let groups: Vec<usize> = (0..graph.groups.len()).filter(|g| graph.groups.get(*g).is_some_and(|g| g.host == host)).collect();
    if let Some(Some(name)) = graph.hosts.get(host).map(|h| h.name.as_deref()) {
        canvas.text(GAP, y + 18, "t-host", name, 60);
        let needs: Vec<&str> =
            graph.hosts.get(host).into_iter().flat_map(|h| &h.needs).filter_map(|n| graph.hosts.get(*n)?.name.as_deref()).collect();
        if !needs.is_empty() {
            canvas.text(GAP, y + 38, "t-dim", &format!("needs {}", needs.join(", ")), 150);
            y += 20;
        }
        y += 36;
    }
    let shared: BTreeMap<usize, BTreeSet<usize>> =
        graph.shared().into_iter().filter(|(at, _)| graph.nodes.get(*at).is_some_and(|n| n.host == host)).collect();
    let sharing: BTreeSet<usize> = shared.values().flatten().copied().collect();
    let services = groups.iter().map(|g| graph.of_group(*g).count()).sum::<usize>();
    let is_large = groups.len() > STACKS || services > SERVICES;
    if !shared.is_empty() {
        let live = canvas.live;
        let boxes: Vec<Boxed> = if is_large {
            bundles(&shared, &groups).into_iter().map(|(things, groups)| parts::bundle(graph, &groups, things, live)).collect()
        } else {
            groups.iter().filter(|g| sharing.contains(g)).map(|g| parts::stack(graph, *g, usize::MAX)).collect()
        };
        y = top(graph, &shared, boxes, y, canvas);
    }
    let alone: Vec<usize> = groups.into_iter().filter(|g| is_large || !sharing.contains(g)).collect();
    if !alone.is_empty() {
        if !shared.is_empty() {
            let title = if is_large { "Each stack" } else { "Stacks that share nothing" };
            canvas.text(GAP, y + 14, "t-title", title, 60);
            y += 30;
        }
        y = grid(graph, &alone, if is_large { 12 } else { usize::MAX }, y, canvas);
    }
    y + GAP
}

/// The stacks that share the same, with what that is, in the order of their first stack.
fn bundles(shared: &BTreeMap<usize, BTreeSet<usize>>, groups: &[usize]) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut out: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    let mut known: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    for group in groups {
        let things: Vec<usize> = shared.iter().filter(|(_, users)| users.contains(group)).map(|(at, _)| *at).collect();
        if things.is_empty() {
            continue;
        }
        let at = *known.entry(things.clone()).or_insert(out.len());
        match out.get_mut(at) {
            Some((_, groups)) => groups.push(*group),
            None => out.push((things, vec![*group])),
        }
    }
    out
}

/// What is shared in the middle, boxes on both sides.
fn top(graph: &Graph, shared: &BTreeMap<usize, BTreeSet<usize>>, boxes: Vec<Boxed>, y: i32, canvas: &mut Canvas) -> i32 {
    let (left, right) = (GAP, GAP + parts::WIDTH + 2 * LANE + MIDDLE);
    let middle = GAP + parts::WIDTH + LANE;
    let (mut left_y, mut right_y) = (y, y);
    let mut anchors: Vec<Anchor> = Vec::new();
    let mut placed = Vec::new();
    for one in boxes {
        let is_left = left_y <= right_y;
        let (x, edge, at) = if is_left { (left, left + parts::WIDTH, &mut left_y) } else { (right, right, &mut right_y) };
        anchors.extend(one.anchors.iter().map(|a| a.at(edge, *at)));
        let height = one.height;
        placed.push((x, *at, one));
        *at += height + GAP;
    }
    // Each in the middle of what has it, as far as the others leave room.
    let mut wanted: Vec<(i64, usize)> = shared
        .keys()
        .map(|at| {
            let ys: Vec<i64> = anchors.iter().filter(|a| a.thing == *at).map(|a| i64::from(a.y)).collect();
            (ys.iter().sum::<i64>() / i64::try_from(ys.len().max(1)).unwrap_or(1), *at)
        })
        .collect();
    wanted.sort_unstable();
    let mut next = y;
    let mut lines = Layout::default();
    let mut cards = Vec::new();
    let mut rest = i32::try_from(wanted.len()).unwrap_or(0) * (parts::SHARED + 12);
    let end = left_y.max(right_y).max(y + rest);
    for (ideal, at) in wanted {
        let latest = end - rest;
        rest -= parts::SHARED + 12;
        let here = (i32::try_from(ideal).unwrap_or(y) - parts::SHARED / 2).min(latest).max(next);
        next = here + parts::SHARED + 12;
        cards.push((here, at));
        for anchor in anchors.iter().filter(|a| a.thing == at) {
            let to = if anchor.x < middle { middle } else { middle + MIDDLE };
            lines.line(graph, anchor, to, here + parts::SHARED / 2);
        }
    }
    // Lines first, so that nothing is hidden by them.
    canvas.lines(&lines);
    for (here, at) in cards {
        canvas.shared(graph, at, shared.get(&at).map_or(0, BTreeSet::len), middle, here, MIDDLE);
    }
    for (x, y, one) in placed {
        canvas.place(&one, x, y);
    }
    left_y.max(right_y).max(next) + 8
}

/// Stacks side by side, each in the column that ends first.
fn grid(graph: &Graph, groups: &[usize], rows: usize, y: i32, canvas: &mut Canvas) -> i32 {
    let columns = (WIDTH - GAP) / (parts::WIDTH + GAP);
    let mut ends: Vec<i32> = (0..columns).map(|_| y).collect();
    for group in groups {
        let one = parts::stack(graph, *group, rows);
        let Some((column, end)) = ends.iter_mut().enumerate().min_by_key(|(column, end)| (**end, *column)) else { continue };
        canvas.place(&one, GAP + i32::try_from(column).unwrap_or(0) * (parts::WIDTH + GAP), *end);
        *end += one.height + GAP;
    }
    ends.into_iter().max().unwrap_or(y)
}
