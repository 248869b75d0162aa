//! `JUnit` XML: a file is a suite, a finding a test case that failed. What is milder than `--fail-on` does not fail: such a finding is a case
//! that passed, with its text as output. A file without findings has one case that passed, so that a platform sees that it was looked at.
//!
//! There are no times and no host names: the same input gives the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::xml::Writer;
use super::{Report, Shown};
use crate::finding::Severity;

/// The document.
pub fn render(report: &Report) -> String {
    let mut suites: BTreeMap<&str, Vec<&Shown>> = report.files.iter().map(|f| (f.path.as_str(), Vec::new())).collect();
    for shown in &report.findings {
        suites.entry(&shown.primary.path).or_default().push(shown);
    }
    let fails = |shown: &Shown| report.fail_on.is_some_and(|least| shown.severity <= least);
    let cases: usize = suites.values().map(|s| s.len().max(1)).sum();
    let failures = report.findings.iter().filter(|f| fails(f)).count();
    let mut xml = Writer::new();
    xml.open(
        "testsuites",
        &[("name", "composelint"), ("tests", &cases.to_string()), ("failures", &failures.to_string()), ("errors", "0"), ("time", "0")],
    );
    for (path, findings) in suites {
        let failures = findings.iter().filter(|f| fails(f)).count().to_string();
        let tests = findings.len().max(1).to_string();
        xml.open(
            "testsuite",
            &[("name", path), ("tests", &tests), ("failures", &failures), ("errors", "0"), ("skipped", "0"), ("time", "0")],
        );
        if findings.is_empty() {
            xml.empty("testcase", &[("name", "no findings"), ("classname", path), ("time", "0")]);
        }
        for shown in findings {
            case(shown, path, fails(shown), &mut xml);
        }
        xml.close();
    }
    xml.finish()
}

fn case(shown: &Shown, path: &str, fails: bool, xml: &mut Writer) {
    let name = match shown.primary.at {
        Some(at) => format!("{} ({}:{})", shown.rule, at.start.line, at.start.column),
        None => shown.rule.to_owned(),
    };
    let text = text(shown);
    xml.open("testcase", &[("name", &name), ("classname", path), ("time", "0")]);
    if fails {
        xml.text("failure", &[("message", &shown.message), ("type", shown.severity.name())], &text);
    } else {
        xml.text("system-out", &[], &text);
    }
    xml.close();
}

fn text(shown: &Shown) -> String {
    let mut out = String::new();
    let place = |path: &str, at: Option<super::Location>| match at {
        Some(at) => format!("{path}:{}:{}", at.start.line, at.start.column),
        None => path.to_owned(),
    };
    let word = match shown.severity {
        Severity::Info => "note",
        other => other.name(),
    };
    let _ = write!(out, "{}: {word}[{}] {}", place(&shown.primary.path, shown.primary.at), shown.rule, shown.message);
    for (name, text) in [("why", &shown.why), ("help", &shown.help)] {
        if let Some(text) = text {
            let _ = write!(out, "\n{name}: {text}");
        }
    }
    for label in &shown.related {
        let _ = write!(out, "\n{}: {}", place(&label.path, label.at), label.text);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::with_example;
    use super::*;

    #[test]
    fn the_document() {
        insta::assert_snapshot!(with_example(render), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="composelint" tests="4" failures="3" errors="0" time="0">
          <testsuite name="/srv/old/compose.yaml" tests="1" failures="1" errors="0" skipped="0" time="0">
            <testcase name="broken-link" classname="/srv/old/compose.yaml" time="0">
              <failure message="this link leads nowhere" type="warning">/srv/old/compose.yaml: warning[broken-link] this link leads nowhere</failure>
            </testcase>
          </testsuite>
          <testsuite name="compose.yaml" tests="1" failures="1" errors="0" skipped="0" time="0">
            <testcase name="undefined-network (7:16)" classname="compose.yaml" time="0">
              <failure message="service `web` joins network `frontned`, which the project does not declare" type="error">compose.yaml:7:16: error[undefined-network] service `web` joins network `frontned`, which the project does not declare
        why: Compose refuses the whole project, not only this service
        help: write `frontend`, or declare `frontned` under the top-level `networks`
        compose.yaml:9:3: did you mean this one?</failure>
            </testcase>
          </testsuite>
          <testsuite name="infra/db.yaml" tests="2" failures="1" errors="0" skipped="0" time="0">
            <testcase name="port-on-all-interfaces (8:9)" classname="infra/db.yaml" time="0">
              <failure message="port 5432 of `db` is open to every machine that reaches this host" type="warning">infra/db.yaml:8:9: warning[port-on-all-interfaces] port 5432 of `db` is open to every machine that reaches this host
        help: bind it to this host: `"127.0.0.1:5432:5432"`
        compose.yaml:3:5: included here</failure>
            </testcase>
            <testcase name="privileged (6:5)" classname="infra/db.yaml" time="0">
              <system-out>infra/db.yaml:6:5: note[privileged] `db` runs with every right on the host (***)
        infra/db.yaml:4:5: beside this</system-out>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn a_clean_file_was_looked_at() {
        insta::assert_snapshot!(super::super::testing::with_nothing(render), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="composelint" tests="1" failures="0" errors="0" time="0">
          <testsuite name="compose.yaml" tests="1" failures="0" errors="0" skipped="0" time="0">
            <testcase name="no findings" classname="compose.yaml" time="0"/>
          </testsuite>
        </testsuites>
        "#);
    }
}
