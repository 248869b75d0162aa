//! A file that is too long to be read.

use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "monolith-lines",
        topic: Topic::Modularity,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[OptionDef { name: "max-lines", summary: "how many lines a file may have", default: OptionDefault::Number(400) }],
        summary: "a file has more than 400 lines",
        page: page!("monolith-lines"),
    },
    rule: &MonolithLines,
};

struct MonolithLines;

impl Rule for MonolithLines {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let lines = file.source.line_count();
        if lines <= usize::try_from(cx.number("max-lines")).unwrap_or(usize::MAX) {
            return;
        }
        cx.report(&Origin::at(Span::file_start(file.tree.file)), format!("this file has {lines} lines"))
            .why("nobody reads a file of this length before changing it, so copies and leftovers stay unseen")
            .help("put what belongs together into files of its own, and name them under `include`");
    }
}
