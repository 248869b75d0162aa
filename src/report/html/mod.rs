//! One file to open in a browser: what is there, what was found, and the picture of it. It can be read without its script, which searches and
//! filters. Nothing is fetched: style, script and data are in the file, and the policy in its head allows these and nothing else.

mod findings;
mod markup;
mod stacks;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use self::markup::{Markup, hash};
use super::document::{Document, Finding};
use super::graph::svg;
use super::plain;
use super::summary::count;
use crate::rules::Topic;

/// More stacks than this are folded at first.
const OPEN: usize = 12;

/// What the script searches, as the page shows it.
#[derive(Serialize)]
struct Index<'a> {
    stacks: Vec<StackWords<'a>>,
    findings: Vec<FindingWords<'a>>,
}

#[derive(Serialize)]
struct StackWords<'a> {
    host: Option<Cow<'a, str>>,
    /// In small letters.
    words: String,
}

#[derive(Serialize)]
struct FindingWords<'a> {
    host: Option<Cow<'a, str>>,
    stacks: &'a [usize],
    severity: &'a str,
    topic: &'a str,
}

/// What all parts of the page need.
struct Page<'a> {
    document: &'a Document,
    /// The stacks of each finding: none if it is about the host.
    places: Vec<Vec<usize>>,
    /// Hosts with a name, in their order.
    hosts: Vec<&'a str>,
    out: Markup,
}

/// The page; ends with a line break.
pub fn render(document: &Document) -> String {
    let places = places(document);
    let mut hosts: Vec<&str> = document.hosts.iter().map(|h| h.name.as_str()).collect();
    for name in document.stacks().iter().filter_map(|s| s.host.as_deref()).chain(document.findings.iter().filter_map(|f| f.host.as_deref()))
    {
        if !hosts.contains(&name) {
            hosts.push(name);
        }
    }
    let mut page = Page { document, places, hosts, out: Markup::default() };
    page.head();
    page.header();
    page.tools();
    page.out.raw("<main>\n");
    page.hosts();
    page.graph();
    page.stacks();
    page.findings();
    page.beside();
    page.passed_over();
    page.out
        .raw("</main>\n<footer>Made by ")
        .text(&document.tool.name)
        .raw(" ")
        .text(&document.tool.version)
        .raw(". The page holds everything that it shows and asks nobody for anything. No value of a secret is in it.</footer>\n");
    page.script();
    page.out.finish()
}

/// As it is hashed by a browser, which reads every line break as one character.
fn embedded(text: &str) -> String {
    text.replace("\r\n", "\n")
}

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl Page<'_> {
    fn head(&mut self) {
        let title = match self.hosts.as_slice() {
            [] => count(self.document.stacks().len(), "stack"),
            [host] => format!("{host}: {}", count(self.document.stacks().len(), "stack")),
            hosts => format!("{}, {}", count(hosts.len(), "host"), count(self.document.stacks().len(), "stack")),
        };
        let (style, script) = (embedded(STYLE), embedded(SCRIPT));
        self.out.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ");
        // The hashes are made of letters that need no escape, and of quotation marks that do not end the attribute.
        self.out.picture(&hash(&style)).raw("; script-src ").picture(&hash(&script));
        self.out
            .raw("; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        self.out
            .raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>")
            .text(&format!("composelint: {title}"))
            .raw("</title>\n<style>");
        self.out.picture(&style).raw("</style>\n</head>\n<body>\n");
    }

    fn header(&mut self) {
        let summary = &self.document.summary;
        let services: usize = self.document.stacks().iter().map(|s| s.services.len()).sum();
        let host = match self.hosts.as_slice() {
            [host] => Some(*host),
            _ => None,
        };
        let out = &mut self.out;
        out.raw("<a class=\"skip\" href=\"#stacks\">To the stacks</a>\n<header>\n<div class=\"top\"><h1>");
        out.text(host.unwrap_or("composelint audit"))
            .raw("</h1><button type=\"button\" id=\"theme\" hidden>Dark</button></div>\n<ul class=\"totals\">");
        let plural = |n: usize, word: &'static str| if n == 1 { word.to_owned() } else { format!("{word}s") };
        let hosts = if self.hosts.len() > 1 { self.hosts.len() } else { 0 };
        let totals = [
            ("", hosts, "host"),
            ("", self.document.stacks().len(), "stack"),
            ("", services, "service"),
            ("error", summary.errors, "error"),
            ("warning", summary.warnings, "warning"),
            ("info", summary.infos, "note"),
        ];
        for (class, n, word) in totals.into_iter().filter(|t| t.2 != "host" || t.1 > 0) {
            out.raw("<li class=\"")
                .text(if n > 0 { class } else { "" })
                .raw("\"><b>")
                .number(n)
                .raw("</b> ")
                .text(&plural(n, word))
                .raw("</li>");
        }
        out.raw("</ul>\n<nav aria-label=\"Sections\">");
        let sections = [
            ("#hosts", "Hosts", self.document.hosts.len() > 1),
            ("#graph", "Graph", !self.document.stacks().is_empty() || !self.document.beside.is_empty()),
            ("#stacks", "Stacks", true),
            ("#findings", "Findings", true),
            ("#beside", "Beside the stacks", !self.document.beside.is_empty()),
            ("#passed-over", "Passed over", !self.document.skipped.is_empty()),
        ];
        for (to, title, _) in sections.into_iter().filter(|s| s.2) {
            out.raw("<a href=\"").raw(to).raw("\">").raw(title).raw("</a>");
        }
        out.raw("</nav>\n</header>\n");
    }

    /// Search and filters, which the script shows.
    fn tools(&mut self) {
        let out = &mut self.out;
        out.raw("<div id=\"tools\" role=\"search\" hidden>\n<div class=\"row\"><label class=\"grow\"><span>Search</span><input type=\"search\" id=\"search\" placeholder=\"stack, service, image, port, volume, finding\" autocomplete=\"off\" spellcheck=\"false\"><kbd aria-hidden=\"true\">/</kbd></label>\n");
        if self.hosts.len() > 1 {
            out.raw("<label><span>Host</span><select id=\"host\"><option value=\"\">all hosts</option>");
            for host in &self.hosts {
                out.raw("<option>").text(host).raw("</option>");
            }
            out.raw("</select></label>\n");
        }
        out.raw("<label><span>Stack</span><select id=\"stack\"><option value=\"\">all stacks</option>");
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for stack in self.document.stacks() {
            *names.entry(stack.project.as_deref().unwrap_or_default()).or_default() += 1;
        }
        for (stack, n) in self.document.stacks().iter().zip(0..) {
            let name = stack.project.as_deref().unwrap_or("(no name)");
            out.raw("<option value=\"").number(n).raw("\">").text(name);
            if names.get(name).is_none_or(|n| *n > 1) {
                out.raw(" (").text(&stack.directory).raw(")");
            }
            out.raw("</option>");
        }
        out.raw("</select></label>\n<button type=\"button\" id=\"reset\">Clear</button></div>\n");
        let severities: BTreeSet<&str> = self.document.findings.iter().map(|f| &*f.severity).collect();
        let topics: BTreeSet<&str> = self.document.findings.iter().map(topic).collect();
        out.raw("<div class=\"row\"><div class=\"chips\" role=\"group\" aria-label=\"Severity\">");
        for severity in ["error", "warning", "info"].into_iter().filter(|s| severities.contains(s)) {
            let n = self.document.findings.iter().filter(|f| f.severity == severity).count();
            out.raw("<button type=\"button\" class=\"chip ")
                .text(severity)
                .raw("\" aria-pressed=\"false\" data-severity=\"")
                .text(severity);
            out.raw("\">").text(severity_word(severity)).raw(" <small>").number(n).raw("</small></button>");
        }
        out.raw("</div><div class=\"chips\" role=\"group\" aria-label=\"Topic\">");
        for topic in Topic::ALL.iter().map(|t| t.name()).chain(["other"]).filter(|t| topics.contains(t)) {
            let n = self.document.findings.iter().filter(|f| self::topic(f) == topic).count();
            out.raw("<button type=\"button\" class=\"chip\" aria-pressed=\"false\" data-topic=\"").text(topic).raw("\">").text(topic);
            out.raw(" <small>").number(n).raw("</small></button>");
        }
        out.raw("</div></div>\n<p id=\"shown\" role=\"status\"></p>\n</div>\n");
    }

    fn graph(&mut self) {
        let picture = svg::embedded(self.document);
        if picture.is_empty() {
            return;
        }
        self.out.raw("<section id=\"graph\" aria-labelledby=\"graph-title\">\n<h2 id=\"graph-title\">Graph</h2>\n<ul class=\"legend\"><li class=\"k-network\">network</li><li class=\"k-volume\">volume</li><li class=\"k-path\">path of the host</li><li class=\"k-port\">published port</li><li class=\"k-waits\">waits for (green: until it is healthy)</li></ul>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Graph\">\n");
        self.out.picture(&picture).raw("</div>\n</section>\n");
    }

    fn script(&mut self) {
        let document = self.document;
        let index = Index {
            stacks: document.stacks().iter().map(|s| StackWords { host: s.host.as_deref().map(plain), words: stacks::words(s) }).collect(),
            findings: document
                .findings
                .iter()
                .zip(&self.places)
                .map(|(f, stacks)| FindingWords { host: f.host.as_deref().map(plain), stacks, severity: &f.severity, topic: topic(f) })
                .collect(),
        };
        self.out.raw("<script type=\"application/json\" id=\"index\">").json(&index).raw("</script>\n<script>");
        self.out.picture(&embedded(SCRIPT)).raw("</script>\n</body>\n</html>\n");
    }
}

/// As people are told everywhere else.
fn severity_word(severity: &str) -> &str {
    if severity == "info" { "note" } else { severity }
}

/// The topic of the finding's rule.
fn topic(finding: &Finding) -> &'static str {
    crate::rules::find(&finding.rule).map_or("other", |r| r.meta.topic.name())
}

/// The stacks of each finding: those of its project directory, if possible those that have the file.
fn places(document: &Document) -> Vec<Vec<usize>> {
    let mut directories: BTreeMap<(Option<&str>, &str), Vec<usize>> = BTreeMap::new();
    let mut files: BTreeMap<(Option<&str>, &str), Vec<usize>> = BTreeMap::new();
    for (stack, n) in document.stacks().iter().zip(0..) {
        let host = stack.host.as_deref();
        directories.entry((host, &stack.directory)).or_default().push(n);
        for file in stack.files.iter().chain(&stack.fragments).chain(&stack.env_files) {
            files.entry((host, &file.path)).or_default().push(n);
        }
    }
    let of = |finding: &Finding| -> Vec<usize> {
        let host = finding.host.as_deref();
        let with_file = files.get(&(host, finding.location.path.as_str())).cloned().unwrap_or_default();
        let Some(project) = &finding.project else { return with_file };
        let in_directory = directories.get(&(host, project.as_str())).cloned().unwrap_or_default();
        let both: Vec<usize> = in_directory.iter().copied().filter(|n| with_file.contains(n)).collect();
        if both.is_empty() { in_directory } else { both }
    };
    document.findings.iter().map(of).collect()
}
