//! The Code Quality report of GitLab: a list of issues beside the lines of a merge request. Its struct is a frozen form of its own.
//!
//! GitLab shows one text a finding, compares two reports by fingerprint, and wants paths relative to the root of the repository.

use serde::Serialize;

use super::{Report, Shown, json};
use crate::finding::Severity;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// The list, with a line break at its end.
pub fn render(report: &Report) -> String {
    let issues: Vec<Issue> = report.findings.iter().zip(1..).map(|(shown, number)| issue(shown, number)).collect();
    let mut out = json::escape(&serde_json::to_string_pretty(&issues).unwrap_or_default());
    out.push('\n');
    out
}

fn issue(shown: &Shown, number: usize) -> Issue<'_> {
    let (begin, end) = shown.primary.at.map_or((1, 1), |at| (at.start.line, at.end.line));
    let help = shown.help.as_deref().map(|h| format!("; {h}")).unwrap_or_default();
    Issue {
        description: format!("{}{help}", shown.message),
        check_name: shown.rule,
        // Without fingerprints, issues must at least differ.
        fingerprint: shown.fingerprint.clone().unwrap_or_else(|| number.to_string()),
        severity: match shown.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Info => "info",
        },
        location: Location { path: shown.primary.platform_path(), lines: Lines { begin, end } },
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::with_example;
    use super::*;

    #[test]
    fn the_list() {
        insta::assert_snapshot!(with_example(render), @r#"
        [
          {
            "description": "service `web` joins network `frontned`, which the project does not declare; write `frontend`, or declare `frontned` under the top-level `networks`",
            "check_name": "undefined-network",
            "fingerprint": "00000000000000000000000000000001",
            "severity": "critical",
            "location": {
              "path": "compose.yaml",
              "lines": {
                "begin": 7,
                "end": 7
              }
            }
          },
          {
            "description": "port 5432 of `db` is open to every machine that reaches this host; bind it to this host: `\"127.0.0.1:5432:5432\"`",
            "check_name": "port-on-all-interfaces",
            "fingerprint": "00000000000000000000000000000002",
            "severity": "major",
            "location": {
              "path": "infra/db.yaml",
              "lines": {
                "begin": 8,
                "end": 8
              }
            }
          },
          {
            "description": "`db` runs with every right on the host (***)",
            "check_name": "privileged",
            "fingerprint": "00000000000000000000000000000003",
            "severity": "info",
            "location": {
              "path": "infra/db.yaml",
              "lines": {
                "begin": 6,
                "end": 6
              }
            }
          },
          {
            "description": "this link leads nowhere",
            "check_name": "broken-link",
            "fingerprint": "00000000000000000000000000000004",
            "severity": "major",
            "location": {
              "path": "/srv/old/compose.yaml",
              "lines": {
                "begin": 1,
                "end": 1
              }
            }
          }
        ]
        "#);
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        insta::assert_snapshot!(super::super::testing::with_nothing(render), @"[]");
    }
}
