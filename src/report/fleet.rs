//! A fleet for people: its hosts in the order of a rollout, and what holds between them.

use std::fmt::Write as _;

use super::document::Document;
use super::human::Style;
use super::inventory::{HostSummary, Stack};
use super::plain;
use super::summary::count;

/// A fleet that was joined from reports: what is found between its hosts, and the hosts.
pub fn human(document: &Document, colour: bool) -> String {
    let style = Style::new(colour);
    let mut out = String::new();
    let between = document.findings.iter().filter(|f| f.project.is_none() && f.related.iter().any(|r| r.message.starts_with("on `")));
    let mut between = between.peekable();
    if between.peek().is_some() {
        let _ = writeln!(out, "{}", style.bold("between hosts"));
        for finding in between {
            let _ = writeln!(out, "  {}  {}", plain(&finding.message), style.dim(&finding.rule));
            if let Some(help) = &finding.help {
                let _ = writeln!(out, "    {}", plain(help));
            }
        }
        out.push('\n');
    }
    out.push_str(&hosts(&document.hosts, &style));
    out
}

/// What a host has.
pub(super) fn what(host: &HostSummary) -> String {
    let beside = if host.containers > 0 { format!(", {}", count(host.containers, "other container")) } else { String::new() };
    format!("{}, {}{beside}", count(host.stacks, "stack"), count(host.services, "service"))
}

/// How many of its stacks keep the standard, to be put behind something; empty without a standard.
pub(super) fn kept(host: &HostSummary) -> String {
    host.compliant.map(|c| format!(", {c} of {} keep the standard", host.stacks)).unwrap_or_default()
}

/// The ways of placing each stack, as a table; nothing where they were not weighed.
pub(super) fn ways(stacks: &[Stack], style: &Style) -> String {
    const WAYS: [&str; 4] = ["link", "activation", "compose-stack", "oci-containers"];
    let weighed: Vec<_> = stacks.iter().filter_map(|s| Some((s, s.strategy.as_ref()?))).collect();
    let mut out = String::new();
    if weighed.is_empty() {
        return out;
    }
    let called = |stack: &Stack| plain(&stack.directory).into_owned();
    let width = weighed.iter().map(|(s, _)| called(s).chars().count()).max().unwrap_or(0).min(48);
    let heads = WAYS.map(|w| format!("  {w}")).concat();
    let _ = writeln!(out, "{}", style.bold("placing, in points against each way"));
    let _ = writeln!(out, "  {:width$}{heads}  best", "");
    for (stack, strategy) in weighed {
        let cost = |name: &str| strategy.ways.iter().find(|w| w.name == name).map(|w| w.cost.to_string()).unwrap_or_default();
        let costs = WAYS.map(|w| format!("  {:>1$}", cost(w), w.len())).concat();
        let best = strategy.ways.first().map_or("", |w| &w.name);
        let _ = writeln!(out, "  {:<width$}{costs}  {best}", called(stack));
    }
    out.push('\n');
    out
}

/// The hosts in the order of a rollout, and why; nothing for a single host without a standard.
pub(super) fn hosts(hosts: &[HostSummary], style: &Style) -> String {
    let mut out = String::new();
    if hosts.len() < 2 && hosts.iter().all(|h| h.compliant.is_none()) {
        return out;
    }
    let title = if hosts.len() > 1 { "hosts, in the order of a rollout" } else { "host" };
    let _ = writeln!(out, "{}", style.bold(title));
    let width = hosts.iter().map(|h| h.name.chars().count()).max().unwrap_or(0).min(40);
    for (number, host) in hosts.iter().enumerate() {
        let name = if host.name.is_empty() { "(no host)" } else { &host.name };
        let _ = writeln!(
            out,
            "  {:>2}. {:<width$}  {}, {}, {}{}",
            number + 1,
            plain(name),
            what(host),
            count(host.errors, "error"),
            count(host.warnings, "warning"),
            kept(host)
        );
        if hosts.len() > 1 {
            let _ = writeln!(out, "      {:width$}  {}", "", style.dim(&plain(&host.because.join("; "))));
        }
    }
    if hosts.len() > 1 {
        out.push_str("  One at a time; go on only when its stacks are up. To go back: take back the change of the files, bring the host up to date,\n  and start its stacks again (`--runbook` writes the commands).\n");
    }
    out.push('\n');
    out
}
