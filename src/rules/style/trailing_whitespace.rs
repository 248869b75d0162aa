//! Blanks at the end of lines, and a last line without a line break.

use std::ops::Range;

use crate::rules::prelude::*;
use crate::source::Span;
use crate::yaml::{Kind, Style, Tree};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "trailing-whitespace",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[],
        summary: "lines end in blanks, or the last line does not end",
        page: page!("trailing-whitespace"),
    },
    rule: &TrailingWhitespace,
};

struct TrailingWhitespace;

impl Rule for TrailingWhitespace {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        if !file.tree.errors.is_empty() {
            return;
        }
        let text = file.source.text.as_str();
        let kept = texts_over_lines(file.tree, text);
        let spans: Vec<Span> = blanks(text).filter(|blank| !is_in(&kept, blank)).filter_map(|b| span(file.tree, b)).collect();
        if let Some(first) = spans.first() {
            let message = match spans.len() {
                1 => "a line ends in blanks".to_owned(),
                n => format!("{n} lines end in blanks"),
            };
            let edits = spans.iter().map(|span| Edit { span: *span, text: String::new() }).collect();
            cx.report(&Origin::at(*first), message)
                .why("nobody sees them, and editors that remove them make changes that say nothing")
                .help("remove the blanks")
                .fix("remove the blanks at the ends of lines", Applicability::Safe, edits);
        }
        let open = !text.is_empty() && !text.ends_with('\n') && !text.trim_start_matches('\u{feff}').is_empty();
        // A block text gets another end with a line break.
        if open && !is_in(&kept, &(text.len()..text.len())) {
            let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
            let last = text.rfind('\n').map_or(0, |newline| newline + 1);
            let (Some(line), Some(end)) = (span(file.tree, last..text.len()), span(file.tree, text.len()..text.len())) else { return };
            cx.report(&Origin::at(line), "the last line has no line break")
                .why("whatever is appended lands on the same line, and `git diff` marks it at every change")
                .help("end the file with a line break")
                .fix("end the last line", Applicability::Safe, vec![Edit { span: end, text: line_break.to_owned() }]);
        }
    }
}

fn span(tree: &Tree, range: Range<usize>) -> Option<Span> {
    Some(Span::new(tree.file, u32::try_from(range.start).ok()?, u32::try_from(range.end).ok()?))
}

/// The blanks at the ends of lines.
fn blanks(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let length = line.trim_end_matches([' ', '\t']).len();
        (length < line.len()).then_some(at + length..at + line.len())
    })
}

/// Where texts go over several lines, in order: blanks in them may be part of the text. A block text goes on to the next thing that is no
/// blank line.
fn texts_over_lines(tree: &Tree, text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for node in &tree.nodes {
        let Kind::Scalar(scalar) = &node.kind else { continue };
        let (start, mut end) = (node.span.start as usize, node.span.end as usize);
        let Some(written) = text.get(start..end) else { continue };
        let block = matches!(scalar.style, Style::Literal | Style::Folded);
        if block {
            let rest = text.get(end..).unwrap_or_default();
            end += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        }
        if block || written.contains('\n') {
            out.push(start..end);
        }
    }
    out.sort_by_key(|range| range.start);
    out
}

fn is_in(kept: &[Range<usize>], blank: &Range<usize>) -> bool {
    let behind = kept.partition_point(|range| range.start <= blank.start);
    behind.checked_sub(1).and_then(|before| kept.get(before)).is_some_and(|range| blank.start <= range.end && blank.end <= range.end)
}
