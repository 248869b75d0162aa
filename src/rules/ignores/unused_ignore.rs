//! A comment that silences nothing.

use super::comment::Says;
use crate::rules::UnusedIgnores;
use crate::rules::prelude::*;
use crate::source::{Source, Span};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unused-ignore",
        topic: Topic::Ignores,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[],
        summary: "a comment that silences nothing",
        page: page!("unused-ignore"),
    },
    rule: &UnusedIgnore,
};

struct UnusedIgnore;

impl Rule for UnusedIgnore {
    fn unused(&self, unused: &UnusedIgnores, cx: &mut Cx) {
        let Says::Ignore(ignore) = &unused.comment.says else { return };
        let names: Vec<&str> = unused.names.iter().filter_map(|i| ignore.names.get(*i)).map(|n| n.text.as_str()).collect();
        let (Some(first), all) = (unused.names.first().and_then(|i| ignore.names.get(*i)), names.len() == ignore.names.len()) else {
            return;
        };
        let list = names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        let source = cx.sources.get(unused.comment.at.file);
        let (message, why, help) = if unused.covers_nothing {
            (
                "nothing is below this comment that it could silence".to_owned(),
                "it stands at the end of a block, so it is about nothing that follows",
                "put it directly above the key or item that it is about, or behind it on the same line",
            )
        } else {
            (
                format!("{list} {} nothing here to be silent about", if names.len() == 1 { "has" } else { "have" }),
                "what it was written for is gone, or elsewhere; it would silence the next such mistake without a word",
                if all { "remove the comment" } else { "remove the name from the brackets" },
            )
        };
        let at = if all { unused.comment.speaks } else { first.at };
        let edit = if all {
            remove_comment(&source, unused.comment.at, unused.comment.speaks)
        } else {
            let kept = ignore.names.iter().enumerate().filter(|(i, _)| !unused.names.contains(i)).map(|(_, n)| n.text.as_str());
            Edit { span: ignore.brackets, text: format!("[{}]", kept.collect::<Vec<_>>().join(", ")) }
        };
        let title = if all { "remove the comment" } else { "remove the names that silence nothing" };
        let report = cx.report(&Origin::at(at), message).why(why).help(help);
        if !unused.covers_nothing {
            report.fix(title, Applicability::Safe, vec![edit]);
        }
    }
}

/// Takes out a comment, or the part of it that speaks: its whole line if nothing else is on it, else what is behind the value.
fn remove_comment(source: &Source, whole: Span, speaks: Span) -> Edit {
    let text = source.text.as_str();
    let before = text.get(..speaks.start as usize).unwrap_or_default();
    let kept = before.trim_end_matches([' ', '\t']).len();
    let own_line = whole.start == speaks.start && (kept == 0 || before.get(..kept).is_some_and(|b| b.ends_with('\n') || b == "\u{feff}"));
    let end = speaks.end as usize;
    let (start, end) = if own_line {
        let behind = text.get(end..).unwrap_or_default();
        // To the next line; the last line has none, then the break before it goes.
        match behind.find('\n') {
            Some(newline) => (kept, end + newline + 1),
            None => (before.get(..kept).map_or(kept, |b| b.trim_end_matches(['\n', '\r']).len()), text.len()),
        }
    } else {
        (kept, end)
    };
    let offset = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Edit { span: Span::new(whole.file, offset(start), offset(end)), text: String::new() }
}
