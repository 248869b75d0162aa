//! `- KEY="value"`: the quotes become part of the value.

use std::collections::BTreeSet;

use super::written::{NamedText, Written, named_texts};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "literal-quotes",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "quotes after the `=` of a list item become part of the value",
        page: page!("literal-quotes"),
    },
    rule: &LiteralQuotes,
};

struct LiteralQuotes;

impl Rule for LiteralQuotes {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut seen = BTreeSet::new();
        for service in project.services.values() {
            for text in named_texts(service) {
                let quoted = Written::of(text.origin, cx).after_equals(text.name).is_some_and(in_quotes);
                if quoted && seen.insert(text.origin.at) {
                    let fix = unquoted(&text, cx);
                    cx.report(text.origin, format!("the quotes around `{}` of `{}` become part of its value", text.name, service.name))
                        .why("in a list item everything behind the `=` is the value, so the program sees the quotes too")
                        .help(format!("leave them out, or put the whole item in quotes: `- \"{}=…\"`", text.name))
                        .maybe_fix(fix);
                }
            }
        }
    }
}

/// The item without the quotes.
fn unquoted(text: &NamedText, cx: &Cx) -> Option<Fix> {
    let written = Written::of(text.origin, cx);
    let inner = written.after_equals(text.name)?.get(1..)?;
    let inner = inner.get(..inner.len().checked_sub(1)?)?;
    let edit = mend::replace(text.origin.at, &format!("{}={inner}", text.name), cx)?;
    let title = format!("leave the quotes out, so that `{}` gets the text between them", text.name);
    Some(Fix { title, applicability: Applicability::Unsafe, edits: vec![edit] })
}

/// True for one quoted text: `"a b"`, and not for `"a" "b"`, where the quotes are meant for a shell.
fn in_quotes(text: &str) -> bool {
    ['"', '\''].into_iter().any(|quote| {
        let inner = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote));
        inner.is_some_and(|inner| !inner.contains(quote))
    })
}
