//! Findings for people: the lines that they speak of, with the words at the place. Only the lines around a span are given to the
//! renderer, masked, so that a huge or hostile file costs nothing.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use rayon::prelude::*;

use super::{Location, Report, Shown, ShownLabel, printable};
use crate::finding::{Applicability, Severity};
use crate::source::Source;

/// Lines between two labels that are shown rather than skipped.
const GAP: u32 = 3;
/// Characters of a line that are shown.
const WIDTH: usize = 160;
/// Related places that are shown; the rest is counted.
const RELATED: usize = 8;

/// Colours for what is not a finding; without them, text is plain.
pub(super) struct Style {
    colour: bool,
}

impl Style {
    pub(super) fn new(colour: bool) -> Self {
        Self { colour }
    }

    fn paint(&self, style: anstyle::Style, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(super) fn bold(&self, text: &str) -> String {
        self.paint(anstyle::Style::new().bold(), text)
    }

    pub(super) fn dim(&self, text: &str) -> String {
        self.paint(anstyle::Style::new().dimmed(), text)
    }

    pub(super) fn red(&self, text: &str) -> String {
        self.paint(anstyle::AnsiColor::BrightRed.on_default().bold(), text)
    }

    pub(super) fn green(&self, text: &str) -> String {
        self.paint(anstyle::AnsiColor::Green.on_default(), text)
    }

    pub(super) fn yellow(&self, text: &str) -> String {
        self.paint(anstyle::AnsiColor::Yellow.on_default(), text)
    }
}

/// All findings, each with an empty line behind it.
pub fn render(report: &Report, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH + 20);
    let parts: Vec<String> = report.findings.par_iter().map(|f| finding(report, f, &renderer)).collect();
    let mut out = String::with_capacity(parts.iter().map(|p| p.len() + 2).sum());
    for part in parts {
        out.push_str(part.trim_end());
        out.push_str("\n\n");
    }
    out
}

fn finding(report: &Report, shown: &Shown, renderer: &Renderer) -> String {
    let level = match shown.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut group = Group::with_title(level.primary_title(printable(&shown.message, false)).id(shown.rule));
    let mut first = true;
    for block in blocks(shown) {
        let (Some(label), true) = (block.labels.first(), block.lines.is_none()) else {
            if let Some(lines) = &block.lines {
                let (origin, snippet) = snippet(report, &block, lines);
                group = group.elements(origin).element(snippet);
            }
            first = false;
            continue;
        };
        group = group.element(Origin::path(printable(&label.path, false).into_owned()));
        if !first && !label.text.is_empty() {
            group = group.element(Level::NOTE.no_name().message(printable(&label.text, false).into_owned()));
        }
        first = false;
    }
    if shown.related.len() > RELATED {
        group = group.element(Level::NOTE.message(format!("and {} more places", shown.related.len() - RELATED)));
    }
    if let Some(why) = &shown.why {
        group = group.element(Level::NOTE.with_name("why").message(printable(why, true)));
    }
    if let Some(help) = &shown.help {
        group = group.element(Level::HELP.message(printable(help, true)));
    }
    if let Some(fix) = &shown.fix {
        let how = match fix.applicability {
            Applicability::Safe => "--fix",
            Applicability::Unsafe => "--fix --unsafe-fixes",
            Applicability::Manual => "by hand",
        };
        group = group.element(Level::HELP.with_name("fix").message(format!("{} ({how})", printable(&fix.title, false))));
    }
    let out = renderer.render(&[group]);
    // Without a line number the arrow stands at the edge, and reads as if it were not part of the finding.
    if blocks(shown).iter().all(|b| b.lines.is_none()) { out.replace("--> ", " --> ") } else { out }
}

/// Labels of one file that stand near each other; or one label on a path without a text.
struct Block<'a> {
    path: &'a str,
    labels: Vec<&'a ShownLabel>,
    primary: Option<&'a ShownLabel>,
    /// First and last line.
    lines: Option<Range<u32>>,
}

/// The labels in the order in which they are shown: the block of the primary one first, the others as they come.
fn blocks(shown: &Shown) -> Vec<Block<'_>> {
    let mut out: Vec<Block> = Vec::new();
    for label in std::iter::once(&shown.primary).chain(shown.related.iter().take(RELATED)) {
        let primary = std::ptr::eq(label, &raw const shown.primary).then_some(label);
        let Some(at) = label.at else {
            out.push(Block { path: &label.path, labels: vec![label], primary, lines: None });
            continue;
        };
        let line = at.start.line;
        let near = |b: &&mut Block| {
            b.labels.iter().any(|l| l.at.is_some_and(|a| a.span.file == at.span.file))
                && b.lines.as_ref().is_some_and(|l| line + GAP >= l.start && line <= l.end + GAP)
        };
        match out.iter_mut().find(near) {
            Some(block) => {
                block.labels.push(label);
                if let Some(lines) = &mut block.lines {
                    *lines = lines.start.min(line)..lines.end.max(line);
                }
            }
            None => out.push(Block { path: &label.path, labels: vec![label], primary, lines: Some(line..line) }),
        }
    }
    out
}

/// A place within the text that is given to the renderer.
struct Mark<'a> {
    range: Range<usize>,
    label: &'a ShownLabel,
}

fn snippet<'a>(
    report: &Report,
    block: &Block<'a>,
    lines: &Range<u32>,
) -> (Option<Origin<'a>>, Snippet<'a, annotate_snippets::Annotation<'a>>) {
    let file = block.labels.iter().find_map(|l| l.at).map(|a| a.span.file);
    let source = file.map(|f| report.sources.get(f));
    let mut text = String::new();
    let mut marks: Vec<Mark> = Vec::new();
    let mut shifted = false;
    if let (Some(file), Some(source)) = (file, &source) {
        for number in lines.start..=lines.end {
            let Some(range) = source.line_range(number) else { continue };
            let on_line: Vec<(&ShownLabel, Range<usize>)> =
                block.labels.iter().filter_map(|l| l.at.filter(|a| a.start.line == number).map(|a| (*l, on_line(a, &range)))).collect();
            let part = cut(source, &range, &on_line);
            shifted |= part.start > range.start;
            let hidden = report.redactor.hidden(file, source, part.clone());
            line(source, &range, &part, &hidden, &on_line, &mut text, &mut marks);
            text.push('\n');
        }
    }
    let path = printable(block.path, false).into_owned();
    let mut snippet = Snippet::source(text).line_start(lines.start as usize);
    let mut origin = None;
    match block.primary.or(block.labels.first().copied()).and_then(|l| l.at).filter(|_| shifted) {
        // The renderer would count columns from the cut.
        Some(at) => origin = Some(Origin::path(path).line(at.start.line as usize).char_column(at.start.column as usize)),
        None => snippet = snippet.path(path),
    }
    for mark in marks {
        let kind =
            if block.primary.is_some_and(|p| std::ptr::eq(p, mark.label)) { AnnotationKind::Primary } else { AnnotationKind::Context };
        let words = printable(&mark.label.text, false).into_owned();
        snippet = snippet.annotation(kind.span(mark.range).label((!words.is_empty()).then_some(words)));
    }
    (origin, snippet)
}

/// The part of a span on its first line: what goes on for lines is shown by its beginning.
fn on_line(at: Location, line: &Range<usize>) -> Range<usize> {
    let start = (at.span.start as usize).clamp(line.start, line.end);
    start..(at.span.end as usize).clamp(start, line.end)
}

/// The part of a long line that is shown: all labels, if they fit, else the first.
fn cut(source: &Source, line: &Range<usize>, labels: &[(&ShownLabel, Range<usize>)]) -> Range<usize> {
    // A line that is short enough for the renderer is cut by it, which keeps columns right.
    if line.len() <= WIDTH * 8 {
        return line.clone();
    }
    let first = labels.iter().map(|(_, r)| r.start).min().unwrap_or(line.start);
    let boundary = |mut i: usize| {
        while !source.text.is_char_boundary(i) {
            i = i.saturating_sub(1);
        }
        i
    };
    boundary(first.saturating_sub(WIDTH / 2).max(line.start))..boundary((first + WIDTH).min(line.end))
}

/// Adds a line as it may be seen, and where the labels are in it.
fn line<'a>(
    source: &Source,
    line: &Range<usize>,
    part: &Range<usize>,
    hidden: &[Range<usize>],
    labels: &[(&'a ShownLabel, Range<usize>)],
    text: &mut String,
    marks: &mut Vec<Mark<'a>>,
) {
    if part.start > line.start {
        text.push('…');
    }
    let mut starts: Vec<usize> = vec![text.len(); labels.len()];
    let mut ends: Vec<usize> = vec![text.len(); labels.len()];
    let mut hidden = hidden.iter().peekable();
    for (i, c) in source.text.get(part.clone()).unwrap_or("").char_indices().map(|(i, c)| (part.start + i, c)) {
        while hidden.peek().is_some_and(|h| h.end <= i) {
            hidden.next();
        }
        for (at, (_, range)) in starts.iter_mut().zip(labels) {
            if i <= range.start {
                *at = text.len();
            }
        }
        let secret = hidden.peek().is_some_and(|h| h.start <= i);
        text.push(if secret { '*' } else { visible(c) });
        for (at, (_, range)) in ends.iter_mut().zip(labels) {
            if i < range.end {
                *at = text.len();
            }
        }
    }
    for ((label, range), (start, end)) in labels.iter().zip(starts.into_iter().zip(ends)) {
        let start = if range.start >= part.end { text.len() } else { start };
        marks.push(Mark { range: start..end.max(start), label });
    }
    if part.end < line.end {
        text.push('…');
    }
}

/// A character of a source; the renderer escapes the other control characters itself.
fn visible(c: char) -> char {
    match c {
        '\r' => '␍',
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => '�',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::{finding, span, with_example};
    use super::super::{Redactor, Run};
    use super::*;
    use crate::finding::Finding;
    use crate::source::{Sources, Span};

    fn rendered(sources: &Sources, findings: &[Finding]) -> String {
        let redactor = Redactor::new(sources, &[]);
        render(&Report::new(&Run::new(sources, &redactor, Path::new("/"), findings)), false)
    }

    #[test]
    fn findings_for_people() {
        insta::assert_snapshot!(with_example(|r| render(r, false)), @r#"
        error[undefined-network]: service `web` joins network `frontned`, which the project does not declare
         --> compose.yaml:7:16
          |
        7 |     networks: [frontned]
          |                ^^^^^^^^ not declared
        8 | networks:
        9 |   frontend:
          |   -------- did you mean this one?
          |
          = why: Compose refuses the whole project, not only this service
          = help: write `frontend`, or declare `frontned` under the top-level `networks`

        warning[port-on-all-interfaces]: port 5432 of `db` is open to every machine that reaches this host
         --> infra/db.yaml:8:9
          |
        8 |       - "5432:5432"
          |         ^^^^^^^^^^^ listens on all addresses
          |
         ::: compose.yaml:3:5
          |
        3 |   - infra/db.yaml
          |     ------------- included here
          |
          = help: bind it to this host: `"127.0.0.1:5432:5432"`
          = fix: bind it to 127.0.0.1 (--fix --unsafe-fixes)

        info[privileged]: `db` runs with every right on the host (***)
         --> infra/db.yaml:6:5
          |
        4 |     environment:
          |     ----------- beside this
        5 |       POSTGRES_PASSWORD: ********
        6 |     privileged: true
          |     ^^^^^^^^^^
          |
          = fix: say *** (--fix)

        warning[broken-link]: this link leads nowhere
         --> /srv/old/compose.yaml
        "#);
    }

    #[test]
    fn hostile_text_is_shown_and_not_obeyed() {
        let sources = Sources::new();
        sources.add(Path::new("/c.yaml"), "a: \u{1b}[31mred \u{202e}x\u{9b}\r\nb: 日本語 end\n".into());
        let red = span(&sources, "/c.yaml", "red", 0);
        let end = span(&sources, "/c.yaml", "end", 0);
        let out = rendered(
            &sources,
            &[
                finding("rule", Severity::Warning, "a \u{1b}[2J message\nof two lines", red, "la\u{1b}bel"),
                finding("rule", Severity::Warning, "behind wide characters", end, "here"),
                finding("rule", Severity::Warning, "past the end", Span::new(end.file, 5000, 6000), "here"),
                finding("rule", Severity::Warning, "backwards", Span::new(end.file, 9, 2), "here"),
                finding("rule", Severity::Warning, "of no file", Span::file_start(crate::source::FileId::NONE), ""),
            ],
        );
        assert!(!out.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\r']));
        insta::assert_snapshot!(out, @"
        warning[rule]: a ␛[2J message␊of two lines
         --> c.yaml:1:9
          |
        1 | a: ␛[31mred �x�
          |         ^^^ la␛bel

        warning[rule]: behind wide characters
         --> c.yaml:2:8
          |
        2 | b: 日本語 end
          |           ^^^ here

        warning[rule]: past the end
         --> c.yaml:3:1
          |
        3 |
          | ^ here

        warning[rule]: backwards
         --> c.yaml:1:10
          |
        1 | a: ␛[31mred �x�
          |          ^ here

        warning[rule]: of no file
         --> .
        ");
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_place() {
        let sources = Sources::new();
        sources.add(Path::new("/c.yaml"), format!("a: [{} needle, {}]\n", "x, ".repeat(100_000), "y, ".repeat(100_000)));
        let needle = span(&sources, "/c.yaml", "needle", 0);
        let out = rendered(&sources, &[finding("rule", Severity::Info, "found", needle, "here")]);
        assert!(out.lines().all(|l| l.chars().count() < 300), "{out}");
        assert!(out.contains("needle"), "{out}");
        assert!(out.contains(":1:300006"), "{out}");
    }

    #[test]
    fn a_range_of_many_lines_is_shown_by_its_beginning() {
        let sources = Sources::new();
        let text = format!("services:\n  web:\n{}", "    key: value\n".repeat(500));
        let len = u32::try_from(text.len()).unwrap();
        let id = sources.add(Path::new("/c.yaml"), text);
        let out = rendered(&sources, &[finding("rule", Severity::Info, "all of it", Span::new(id, 10, len), "from here")]);
        insta::assert_snapshot!(out, @"
        info[rule]: all of it
         --> c.yaml:2:1
          |
        2 |   web:
          | ^^^^^^ from here
        ");
    }
}
