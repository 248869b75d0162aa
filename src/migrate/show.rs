//! What a person reads of a plan, without secrets.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use super::plan::{FileOp, NoteKind, Plan};
use super::proof::{Evidence, NotProved};
use crate::compose::{Loader, Request};
use crate::fs::Fs;
use crate::model::{self, Project};
use crate::report::changes::{self, Compared, Known};
use crate::report::patch::{self, Change, Masked};
use crate::report::{Redactor, plain, summary};
use crate::source::Sources;
use crate::yaml;

/// What a plan changes, as it may be shown.
pub struct View<'a> {
    plan: &'a Plan,
    old: Masked<'a>,
    new: Masked<'a>,
    colour: bool,
}

impl<'a> View<'a> {
    /// Reads both sides, to know their secrets. The sources are empty: they are filled here.
    pub fn new(plan: &'a Plan, disk: &dyn Fs, sources: (&'a Sources, &'a Sources), colour: bool) -> Self {
        let preview = plan.preview(disk);
        let before = masked(plan, disk, sources.0, &|f| f.before.as_deref(), &|i| plan.entries.get(i).map(|e| &e.before));
        let after = masked(plan, &preview, sources.1, &|f| f.after.as_deref(), &|i| plan.entries.get(i).map(|e| &e.after));
        Self { plan, old: before, new: after, colour }
    }

    /// A text without secrets, on one line.
    pub fn text(&self, text: &str) -> String {
        plain(&self.new.redactor().text(&self.old.redactor().text(text))).into_owned()
    }

    /// What may not be shown of the new files.
    pub fn redactor(&self) -> &Redactor {
        self.new.redactor()
    }

    /// The plan: how the project is started, the tree before and after, what goes where and why, and what there is to know.
    pub fn overview(&self) -> String {
        let mut out = String::new();
        self.starts(&mut out);
        self.trees(&mut out);
        out.push_str(&self.remarks());
        self.comments(&mut out);
        out
    }

    /// What changes on purpose, what was decided, and what there is to know.
    pub fn remarks(&self) -> String {
        let mut out = String::new();
        if !self.plan.accepted.is_empty() {
            self.title(&mut out, "What changes, because it was asked for");
            let row = |a: &super::Accepted| (self.text(&a.path), self.text(&a.why));
            table(&mut out, &self.plan.accepted.iter().map(row).collect::<Vec<_>>());
        }
        for (kind, title) in [
            (NoteKind::Decision, "What goes where, and why"),
            (NoteKind::Pinned, "Names that are written down"),
            (NoteKind::Attention, "To know"),
            (NoteKind::Mention, "Places that name the old files"),
        ] {
            self.notes(&mut out, kind, title);
        }
        out
    }

    fn title(&self, out: &mut String, title: &str) {
        let (on, off) = if self.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        let _ = writeln!(out, "\n{on}{title}{off}");
    }

    fn starts(&self, out: &mut String) {
        let (on, off) = if self.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        let _ = writeln!(out, "{on}How it is started{off}");
        let mut rows: Vec<(String, String)> = Vec::new();
        for entry in &self.plan.entries {
            let environment = entry.environment.as_deref().unwrap_or_default().to_owned();
            let stays = |command: &str| self.plan.entries.iter().any(|e| e.becomes.is_none() && e.command == command);
            let command = match &entry.becomes {
                // The old command goes on working, and stands above.
                Some(becomes) if stays(&entry.command) => format!("  or {becomes}"),
                Some(becomes) => format!("{} → {becomes}", entry.command),
                None => entry.command.clone(),
            };
            rows.push((self.text(&command), environment));
        }
        table(out, &rows);
    }

    fn trees(&self, out: &mut String) {
        let lines = |bytes: &[u8]| summary::count(String::from_utf8_lossy(bytes).lines().count(), "line");
        self.title(out, "Before");
        let rows = |side: &dyn Fn(&FileOp) -> Option<String>| -> BTreeMap<PathBuf, String> {
            let shown = |f: &FileOp| Some((PathBuf::from(self.text(&self.plan.shown(&f.path))), side(f)?));
            self.plan.files.iter().filter_map(shown).collect()
        };
        tree(out, &rows(&|f| Some(lines(f.before.as_deref()?))));
        self.title(out, "After");
        tree(out, &rows(&|f| Some(format!("{}: {}", lines(f.after.as_deref()?), self.text(&f.what)))));
        let gone: Vec<String> =
            self.plan.files.iter().filter(|f| f.after.is_none()).map(|f| format!("  {}", self.text(&self.plan.shown(&f.path)))).collect();
        if !gone.is_empty() {
            self.title(out, "Taken away");
            let _ = writeln!(out, "{}", gone.join("\n"));
        }
    }

    fn notes(&self, out: &mut String, kind: NoteKind, title: &str) {
        let rows: Vec<(String, String)> =
            self.plan.notes.iter().filter(|n| n.kind == kind).map(|n| (self.text(&n.subject), self.text(&n.message))).collect();
        if !rows.is_empty() {
            self.title(out, title);
            table(out, &rows);
        }
    }

    fn comments(&self, out: &mut String) {
        if self.plan.comments_before == 0 {
            return;
        }
        self.title(out, "Comments");
        let homeless = self.plan.comments.len();
        let carried = self.plan.comments_before.saturating_sub(homeless);
        let _ = writeln!(out, "  {carried} of {} are in the new files, where what they speak of is", self.plan.comments_before);
        if homeless > 0 {
            let _ = writeln!(out, "  {homeless} speak of what is written once now, or not at all; MIGRATION.md keeps them:");
            let row = |c: &super::Comment| (format!("{}:{}", self.text(&self.plan.shown(&c.path)), c.line), self.masked_comment(c));
            table(out, &self.plan.comments.iter().map(row).collect::<Vec<_>>());
        }
    }

    /// A comment without secrets: as the line that it stands in would be shown.
    pub fn masked_comment(&self, comment: &super::Comment) -> String {
        let hidden = crate::secret::ranges(&comment.text);
        let mut out = String::new();
        let mut from = 0;
        for range in hidden {
            out.push_str(comment.text.get(from..range.start.max(from)).unwrap_or_default());
            out.push_str("***");
            from = range.end.max(from);
        }
        out.push_str(comment.text.get(from..).unwrap_or_default());
        self.text(&out)
    }

    /// Every file as a diff.
    pub fn diffs(&self) -> String {
        let mut out = String::new();
        for file in self.plan.files.iter().filter(|f| !f.is_idle()) {
            let text = |side: &Option<Vec<u8>>| side.as_deref().map(yaml::lossy_text_of).unwrap_or_default();
            let (before, after) = (text(&file.before), text(&file.after));
            let change = Change { path: &file.path, before: &before, after: &after };
            out.push_str(&patch::shown(&change, &self.old, &self.new, &self.plan.root, self.colour));
        }
        out
    }

    /// What was proved.
    pub fn proof(&self, evidence: &[Evidence]) -> String {
        let mut out = String::new();
        self.title(&mut out, "Proof");
        let but = if self.plan.accepted.is_empty() { "" } else { ", but for what was asked for" };
        let _ = writeln!(
            out,
            "  The same project before and after{but}, by the answers of Compose 2.40 and 5, with all profiles, with variables as they are and left open:"
        );
        let rows: Vec<(String, String)> = evidence
            .iter()
            .map(|e| {
                let c = e.counts;
                let counts = [
                    summary::count(c.services, "service"),
                    summary::count(c.ports, "port"),
                    summary::count(c.mounts, "mount"),
                    summary::count(c.volumes, "volume"),
                    summary::count(c.networks, "network"),
                ];
                let refused = if e.refused { " (Compose refuses it, as before)" } else { "" };
                (self.text(&e.command), format!("{}{refused}", counts.join(", ")))
            })
            .collect();
        table(&mut out, &rows);
        out
    }
}

fn masked<'a>(
    plan: &Plan,
    disk: &dyn Fs,
    sources: &'a Sources,
    side: &dyn Fn(&FileOp) -> Option<&[u8]>,
    request: &dyn Fn(usize) -> Option<&'a Request>,
) -> Masked<'a> {
    for file in &plan.files {
        if let Some(bytes) = side(file) {
            sources.add(&file.path, yaml::lossy_text_of(bytes));
        }
    }
    let loader = Loader::new(disk, sources);
    let projects: Vec<Project> = (0..plan.entries.len()).filter_map(request).map(|request| model::whole(&loader, request)).collect();
    Masked::new(sources, Redactor::new(sources, &projects))
}

/// What differs, as `diff` shows it: the first entry point that does.
pub fn differences(not: &NotProved, disk: &dyn Fs, directory: &Path, colour: bool) -> String {
    let Some(broken) = not.broken.first() else { return String::new() };
    let Some(loaded) = not.differences(broken, disk) else { return String::new() };
    let redactors = (
        Redactor::new(&loaded.sources.0, std::slice::from_ref(&loaded.projects.0)),
        Redactor::new(&loaded.sources.1, std::slice::from_ref(&loaded.projects.1)),
    );
    let old = changes::Side { sources: &loaded.sources.0, redactor: &redactors.0, revision: None };
    let new = changes::Side { sources: &loaded.sources.1, redactor: &redactors.1, revision: None };
    let of = |project: &Project| Some(Known { name: project.name.clone(), directory: project.directory.clone(), variant: String::new() });
    let compared = [Compared { old: of(&loaded.projects.0), new: of(&loaded.projects.1), result: Ok(loaded.diff.clone()) }];
    let run = changes::Run { old: &old, new: &new, directory, root: directory, projects: &compared, accepted: &|_| false, all: false };
    changes::human::render(&changes::Report::new(&run), colour)
}

/// Two columns.
fn table(out: &mut String, rows: &[(String, String)]) {
    let width = rows.iter().map(|(a, _)| a.chars().count()).max().unwrap_or(0).min(72);
    for (a, b) in rows {
        let pad = " ".repeat(width.saturating_sub(a.chars().count()));
        let _ = writeln!(out, "{}", format!("  {a}{pad}  {b}").trim_end());
    }
}

/// Paths as a tree.
fn tree(out: &mut String, rows: &BTreeMap<PathBuf, String>) {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut shown: Vec<PathBuf> = Vec::new();
    for (path, text) in rows {
        let parent = path.parent().unwrap_or(Path::new(""));
        for directory in parent.ancestors().collect::<Vec<_>>().into_iter().rev().filter(|d| !d.as_os_str().is_empty()) {
            if !shown.iter().any(|s| s == directory) {
                shown.push(directory.to_path_buf());
                lines.push((format!("{}{}/", indent(directory), name(directory)), String::new()));
            }
        }
        lines.push((format!("{}{}", indent(path), name(path)), text.clone()));
    }
    table(out, &lines);
}

fn indent(path: &Path) -> String {
    let depth = path.components().filter(|c| matches!(c, Component::Normal(_))).count().saturating_sub(1);
    "  ".repeat(depth)
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
