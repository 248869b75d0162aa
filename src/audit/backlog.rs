//! A backlog: one file for each stack that has something to do, which a second run brings up to date. What people write into such a file outside
//! of the markers stays.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::report::document::{Document, Finding};
use crate::report::inventory::Stack;
use crate::report::markdown::{code, escaped};
use crate::report::page::of;
use crate::report::summary::count;

/// One file of the backlog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name, the same in every run.
    pub file: String,
    /// What it is called in the index.
    pub title: String,
    /// What goes between the markers.
    pub body: String,
    /// How many things are open.
    pub open: usize,
}

/// The name of the index among the files.
pub const INDEX: &str = "README.md";
/// The name of the part between the markers.
pub const PART: &str = "backlog";

/// The items that are open, and those that were written before and are done. `existing` are the names of the files that are there.
pub fn items(document: &Document, existing: &BTreeSet<String>) -> Vec<Item> {
    let stacks = document.stacks();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for stack in stacks {
        *names.entry(slug(stack, false)).or_default() += 1;
    }
    let mut out: Vec<Item> = Vec::new();
    for stack in stacks {
        let short = slug(stack, false);
        let file = if names.get(&short).is_some_and(|n| *n > 1) { slug(stack, true) } else { short };
        let item = item(stack, document, format!("{file}.md"));
        if item.open > 0 || existing.contains(&item.file) {
            out.push(item);
        }
    }
    if let Some(host) = across(document).filter(|i| i.open > 0 || existing.contains(&i.file)) {
        out.push(host);
    }
    // What was written for a stack that is no longer there.
    let known: BTreeSet<String> = out.iter().map(|i| i.file.clone()).collect();
    for file in existing.iter().filter(|f| *f != INDEX && !known.contains(*f)) {
        let title = file.trim_end_matches(".md").to_owned();
        let body = format!("\n# {}\n\nDone: there is no such stack any more.\n", escaped(&title, false));
        out.push(Item { file: file.clone(), title, body, open: 0 });
    }
    out.sort_by(|a, b| a.file.cmp(&b.file));
    out.dedup_by(|b, a| a.file == b.file);
    out
}

/// What stands in the index.
pub fn index(items: &[Item]) -> String {
    let mut out = String::from("\n| stack | open |\n| --- | ---: |\n");
    for item in items {
        let open = if item.open == 0 { "done".to_owned() } else { item.open.to_string() };
        let _ = writeln!(out, "| [{}]({}) | {open} |", escaped(&item.title, true), crate::report::sarif::encoded(&item.file));
    }
    out
}

fn item(stack: &Stack, document: &Document, file: String) -> Item {
    let name = stack.project.as_deref().unwrap_or(&stack.directory);
    let title = stack.host.as_deref().map_or_else(|| name.to_owned(), |host| format!("{host}: {name}"));
    let found: Vec<&Finding> = document.findings.iter().filter(|f| of(f, stack)).collect();
    let mut todo = Vec::new();
    for point in stack.standard.iter().flat_map(|s| &s.points).filter(|p| !p.kept) {
        todo.push(format!("- [ ] standard {}: {}", code(&point.name), escaped(&point.because, false)));
    }
    todo.extend(found.iter().filter(|f| f.severity != "info").map(|f| line(f)));
    Item { body: body(&title, &format!("Stack in {}.", code(&stack.directory)), &todo), title, file, open: todo.len() }
}

/// What belongs to no stack in particular.
fn across(document: &Document) -> Option<Item> {
    let stacks = document.stacks();
    let found = document.findings.iter().filter(|f| f.severity != "info" && !stacks.iter().any(|s| of(f, s)));
    let todo: Vec<String> = found.map(line).collect();
    let title = "Across stacks".to_owned();
    (!stacks.is_empty()).then(|| Item {
        body: body(&title, "What several stacks or the host itself have to do with.", &todo),
        title,
        file: "across-stacks.md".to_owned(),
        open: todo.len(),
    })
}

fn body(title: &str, what: &str, todo: &[String]) -> String {
    let state = if todo.is_empty() { "Done: nothing is open.".to_owned() } else { format!("Open: {}.", count(todo.len(), "thing")) };
    let mut out = format!("\n# {}\n\n{what} {state}\n", escaped(title, false));
    if !todo.is_empty() {
        let _ = writeln!(out, "\n{}", todo.join("\n"));
    }
    out
}

fn line(finding: &Finding) -> String {
    let at = finding.location.line.map_or_else(|| finding.location.path.clone(), |line| format!("{}:{line}", finding.location.path));
    let help = finding.help.as_ref().map(|h| format!("\n  {}", escaped(h, false))).unwrap_or_default();
    format!("- [ ] **{}** {} {} ({}){help}", finding.severity, code(&finding.rule), escaped(&finding.message, false), code(&at))
}

/// A name for a file that stays the same as long as the stack is where it is.
fn slug(stack: &Stack, whole: bool) -> String {
    let name = stack.project.as_deref().filter(|_| !whole).unwrap_or(&stack.directory);
    let mut text = stack.host.as_deref().map(|h| format!("{h}-")).unwrap_or_default();
    text.push_str(name);
    if whole && let Some(file) = stack.files.first() {
        text.push('-');
        text.push_str(file.path.rsplit('/').next().unwrap_or_default());
    }
    let mut out = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() || c == '_' => out.push(c),
            _ if out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    let out: String = out.trim_matches('-').chars().take(120).collect();
    if out.is_empty() || out == "readme" { format!("stack-{out}") } else { out }
}
