//! `test: [CMD, "curl … || exit 1"]`: without a shell there is no program of that name.

use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "healthcheck-not-a-shell",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a healthcheck is written for a shell, and none runs it",
        page: page!("healthcheck-not-a-shell"),
    },
    rule: &HealthcheckNotAShell,
};

struct HealthcheckNotAShell;

/// What only a shell understands.
const OPERATORS: &[&str] = &["||", "&&", "|", ";", ">", ">>", "<", "2>&1", "&>", ">/dev/null", "2>/dev/null", "&>/dev/null"];

impl Rule for HealthcheckNotAShell {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(test) = service.healthcheck.as_ref().and_then(|h| h.test.as_ref()) else { return };
        let Some((_, words)) = test.split_first().filter(|(head, _)| *head == "CMD") else { return };
        match words {
            [only] if only.trim().contains(char::is_whitespace) => {
                let edit = one_text(test, cx);
                let report = cx
                    .report(
                        &test.origin,
                        format!("the healthcheck of `{}` looks for one program with all these words as its name", service.name),
                    )
                    .why("`CMD` runs a program without a shell, so the check fails every time")
                    .help("write `CMD-SHELL` instead of `CMD`, or each word as an item of its own");
                if let Some(edit) = edit {
                    report.fix("write `CMD-SHELL`, so that a shell runs the command", Applicability::Unsafe, vec![edit]);
                }
            }
            _ => {
                let Some(operator) = words.iter().find(|w| OPERATORS.contains(&w.as_str())) else { return };
                cx.report(&test.origin, format!("the healthcheck of `{}` hands `{operator}` to its program as a word", service.name))
                    .why("`CMD` runs a program without a shell, and only a shell understands it")
                    .help("write the whole command as one text behind `CMD-SHELL`: `[\"CMD-SHELL\", \"… || exit 1\"]`");
            }
        }
    }
}

/// `CMD-SHELL` in the place of the first item.
fn one_text(check: &Sourced<Vec<String>>, cx: &Cx) -> Option<Edit> {
    let at = check.origin.at;
    let source = cx.sources.get(at.file);
    let text = source.slice(at);
    let before = text.find("CMD").filter(|n| text.get(..*n).is_some_and(|t| t.chars().all(|c| "[-\"' \t\r\n".contains(c))))?;
    let behind = at.start.checked_add(u32::try_from(before).ok()?)?.checked_add(3)?;
    Some(Edit { span: Span::new(at.file, behind, behind), text: "-SHELL".to_owned() })
}
