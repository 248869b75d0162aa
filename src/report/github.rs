//! Annotations of GitHub Actions: workflow commands that put a finding beside its line.
//!
//! GitHub shows ten annotations of a kind and step, and drops the rest without a word. So the worst come first, only ten of a kind are
//! annotated, the others are plain lines, and a last line says how many those are.

use std::fmt::Write;

use super::{Report, Shown, concise, printable};
use crate::finding::Severity;

/// What GitHub shows of a kind.
pub(super) const SHOWN: usize = 10;

/// All findings, the worst first.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let mut rest: Vec<&Shown> = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        for (i, shown) in report.findings.iter().filter(|f| f.severity == severity).enumerate() {
            if i < SHOWN {
                annotation(shown, &mut out);
            } else {
                rest.push(shown);
            }
        }
    }
    if !rest.is_empty() {
        let _ = writeln!(
            out,
            "{} of {} findings are annotated: GitHub shows {SHOWN} errors, {SHOWN} warnings and {SHOWN} notices of a step. The others:",
            report.findings.len() - rest.len(),
            report.findings.len()
        );
        for shown in rest {
            let mut line = String::new();
            concise::line(shown, &mut line);
            // The runner looks for `##[` anywhere in a line.
            out.push_str(&line.replace("##[", "## ["));
        }
    }
    out
}

fn annotation(shown: &Shown, out: &mut String) {
    let kind = match shown.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let _ = write!(out, "::{kind} file={}", property(shown.primary.platform_path()));
    if let Some(at) = shown.primary.at {
        let _ = write!(out, ",line={}", at.start.line);
        // With columns, GitHub takes an annotation for one line only.
        if at.start.line == at.end.line && at.end.column > at.start.column {
            let _ = write!(out, ",endLine={},col={},endColumn={}", at.end.line, at.start.column, at.end.column);
        }
    }
    let mut message = shown.message.clone();
    if !shown.primary.text.is_empty() {
        let _ = write!(message, " ({})", shown.primary.text);
    }
    for (name, text) in [("why", &shown.why), ("help", &shown.help)] {
        if let Some(text) = text {
            let _ = write!(message, "\n{name}: {text}");
        }
    }
    for label in &shown.related {
        let _ = match label.at {
            Some(at) => write!(message, "\n{}:{}:{}: {}", label.path, at.start.line, at.start.column, label.text),
            None => write!(message, "\n{}: {}", label.path, label.text),
        };
    }
    let _ = writeln!(out, ",title=composelint: {}::{}", property(shown.rule), data(&message));
}

/// Escapes the text of a command, as GitHub's toolkit does.
pub(super) fn data(text: &str) -> String {
    printable(text, true).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##[", "## [")
}

/// Escapes a property of a command, as GitHub's toolkit does.
pub(super) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::{finding, with_example};
    use super::super::{Redactor, Run};
    use super::*;
    use crate::finding::Place;
    use crate::source::Sources;

    #[test]
    fn annotations() {
        insta::assert_snapshot!(with_example(render), @r#"
        ::error file=compose.yaml,line=7,endLine=7,col=16,endColumn=24,title=composelint: undefined-network::service `web` joins network `frontned`, which the project does not declare (not declared)%0Awhy: Compose refuses the whole project, not only this service%0Ahelp: write `frontend`, or declare `frontned` under the top-level `networks`%0Acompose.yaml:9:3: did you mean this one?
        ::warning file=infra/db.yaml,line=8,endLine=8,col=9,endColumn=20,title=composelint: port-on-all-interfaces::port 5432 of `db` is open to every machine that reaches this host (listens on all addresses)%0Ahelp: bind it to this host: `"127.0.0.1:5432:5432"`%0Acompose.yaml:3:5: included here
        ::warning file=/srv/old/compose.yaml,title=composelint: broken-link::this link leads nowhere
        ::notice file=infra/db.yaml,line=6,endLine=6,col=5,endColumn=15,title=composelint: privileged::`db` runs with every right on the host (***)%0Ainfra/db.yaml:4:5: beside this
        "#);
    }

    #[test]
    fn ten_of_a_kind_are_annotated_and_the_rest_is_told() {
        let sources = Sources::new();
        let mut findings: Vec<_> =
            (0..12).map(|i| finding("rule", Severity::Warning, &format!("number {i}"), Place::Path(format!("/f{i}").into()), "")).collect();
        findings.push(finding(
            "rule",
            Severity::Error,
            "50% of a,b:c\n::set-output name=x::y",
            Place::Path("/a,b:c%\n::error::x".into()),
            "",
        ));
        let redactor = Redactor::new(&sources, &[]);
        let run = Run::new(&sources, &redactor, Path::new("/"), &findings);
        let out = render(&Report::new(&run));
        assert_eq!(out.matches("::warning ").count(), 10);
        assert!(
            out.lines()
                .all(|l| !l.trim_start().starts_with("::") || l.starts_with("::warning file=f") || l.starts_with("::error file=a%2Cb")),
            "{out}"
        );
        insta::assert_snapshot!(out.lines().next().unwrap(), @"::error file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax,title=composelint: rule::50%25 of a,b:c%0A::set-output name=x::y");
        insta::assert_snapshot!(out.lines().skip(11).collect::<Vec<_>>().join("\n"), @"
        11 of 13 findings are annotated: GitHub shows 10 errors, 10 warnings and 10 notices of a step. The others:
        f10: warning[rule] number 10
        f11: warning[rule] number 11
        ");
    }
}
