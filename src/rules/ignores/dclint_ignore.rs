//! A comment that tells dclint to be silent, which composelint does not obey.

use super::comment::{Dclint, DclintScope, IgnoreComment, Says, written};
use crate::rules;
use crate::rules::prelude::*;
use crate::source::Source;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "dclint-ignore",
        topic: Topic::Ignores,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[],
        summary: "a comment that tells dclint to be silent, which composelint does not obey",
        page: page!("dclint-ignore"),
    },
    rule: &DclintIgnore,
};

struct DclintIgnore;

/// How many other places a finding shows.
const SHOWN: usize = 5;

impl Rule for DclintIgnore {
    fn comments(&self, comments: &[IgnoreComment], cx: &mut Cx) {
        let told: Vec<(&IgnoreComment, &Dclint)> = comments
            .iter()
            .filter_map(|c| match &c.says {
                Says::Dclint(dclint) => Some((c, dclint)),
                _ => None,
            })
            .collect();
        let Some(((first, said), others)) = told.split_first() else { return };
        let source = cx.sources.get(first.at.file);
        let first_line = |c: &IgnoreComment| is_first_line(&source, c.at.start as usize);
        let edits: Vec<Edit> = told
            .iter()
            .filter_map(|(c, said)| Some(Edit { span: c.speaks, text: format!("{} as dclint was told", translated(said, first_line(c))?) }))
            .collect();
        let help = match translated(said, first_line(first)) {
            Some(ours) => format!("write `{ours}`, and behind it why"),
            None if said.rules.is_empty() && said.scope == DclintScope::File => {
                "name the rules that are to be silent: `# composelint: ignore-file[rule] why`; or leave the file out under `exclude` in `.composelint.yaml`"
                    .to_owned()
            }
            None => "name the rules that are to be silent: `# composelint: ignore[rule] why`".to_owned(),
        };
        let message = match others.len() {
            0 => "composelint does not obey this comment, which is written for dclint".to_owned(),
            1 => "composelint does not obey this comment and 1 other, which are written for dclint".to_owned(),
            n => format!("composelint does not obey this comment and {n} others, which are written for dclint"),
        };
        let mut report = cx.report(&Origin::at(first.speaks), message);
        for (comment, _) in others.iter().take(SHOWN) {
            report = report.related(comment.speaks, "and this one");
        }
        report = report.why("the findings that it silences in dclint are shown here, under other names").help(help);
        if !edits.is_empty() {
            report.fix("write composelint's comment in its place, where it names rules", Applicability::Safe, edits);
        }
    }
}

/// Our comment for dclint's; `None` if it names no rule, or only rules that need no comment here, or is one that dclint passes over too.
fn translated(said: &Dclint, first_line: bool) -> Option<String> {
    let file = said.scope == DclintScope::File;
    if file && !first_line {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    for ours in said.rules.iter().flat_map(|r| rules::of_dclint(r)) {
        if !names.contains(&ours) {
            names.push(ours);
        }
    }
    (!names.is_empty()).then(|| written(file, &names))
}

/// True on the first line that is neither empty nor `---`: only there dclint looks for what is about the whole file.
fn is_first_line(source: &Source, at: usize) -> bool {
    let before = source.text.get(..at).unwrap_or_default().trim_start_matches('\u{feff}');
    before.lines().all(|line| matches!(line.trim(), "" | "---"))
}
