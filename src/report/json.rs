//! The JSON of a [`Document`], and of its findings one a line.

use serde::Serialize;

use super::Report;
use super::document::{self, Document};
use super::inventory::Inventory;
use super::key_path::KeyPaths;

/// The document of a run, with a line break at its end.
pub fn render(report: &Report, inventory: Option<&Inventory>) -> String {
    of(&Document::new(report, inventory))
}

/// A document, with a line break at its end.
pub fn of(document: &Document) -> String {
    let mut out = text(document, true);
    out.push('\n');
    out
}

/// One object a finding, each on a line of its own and like those of the document. The number of lines is the number of findings.
pub fn lines(report: &Report) -> String {
    let mut paths = KeyPaths::new(report);
    let mut out = String::new();
    for shown in &report.findings {
        out.push_str(&text(&document::finding(shown, &mut paths), false));
        out.push('\n');
    }
    out
}

fn text(value: &impl Serialize, pretty: bool) -> String {
    let json = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    escape(&json.unwrap_or_default())
}

/// JSON may hold what a terminal would obey; whoever looks at the document with `cat` must not suffer for it. Outside of texts it has none.
pub(super) fn escape(json: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        let harmful = c != '\n' && c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if harmful {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::with_example;
    use super::*;

    #[test]
    fn the_document() {
        insta::assert_snapshot!(with_example(|r| render(r, None)), @r#"
        {
          "version": 1,
          "tool": {
            "name": "composelint",
            "version": "0.1.0"
          },
          "summary": {
            "errors": 1,
            "warnings": 2,
            "infos": 1,
            "ignored": 0,
            "projects": 1,
            "files": 2
          },
          "findings": [
            {
              "rule": "undefined-network",
              "severity": "error",
              "message": "service `web` joins network `frontned`, which the project does not declare",
              "why": "Compose refuses the whole project, not only this service",
              "help": "write `frontend`, or declare `frontned` under the top-level `networks`",
              "project": ".",
              "location": {
                "path": "compose.yaml",
                "line": 7,
                "column": 16,
                "end_line": 7,
                "end_column": 24,
                "key_path": "services.web.networks[0]",
                "label": "not declared"
              },
              "related": [
                {
                  "message": "did you mean this one?",
                  "location": {
                    "path": "compose.yaml",
                    "line": 9,
                    "column": 3,
                    "end_line": 9,
                    "end_column": 11,
                    "key_path": "networks.frontend",
                    "label": null
                  }
                }
              ],
              "fix": null,
              "fingerprint": "00000000000000000000000000000001"
            },
            {
              "rule": "port-on-all-interfaces",
              "severity": "warning",
              "message": "port 5432 of `db` is open to every machine that reaches this host",
              "why": null,
              "help": "bind it to this host: `\"127.0.0.1:5432:5432\"`",
              "project": ".",
              "location": {
                "path": "infra/db.yaml",
                "line": 8,
                "column": 9,
                "end_line": 8,
                "end_column": 20,
                "key_path": "services.db.ports[0]",
                "label": "listens on all addresses"
              },
              "related": [
                {
                  "message": "included here",
                  "location": {
                    "path": "compose.yaml",
                    "line": 3,
                    "column": 5,
                    "end_line": 3,
                    "end_column": 18,
                    "key_path": "include[0]",
                    "label": null
                  }
                }
              ],
              "fix": {
                "title": "bind it to 127.0.0.1",
                "applicability": "unsafe",
                "edits": [
                  {
                    "path": "infra/db.yaml",
                    "line": 8,
                    "column": 9,
                    "end_line": 8,
                    "end_column": 20,
                    "text": "\"127.0.0.1:5432:5432\""
                  }
                ]
              },
              "fingerprint": "00000000000000000000000000000002"
            },
            {
              "rule": "privileged",
              "severity": "info",
              "message": "`db` runs with every right on the host (***)",
              "why": null,
              "help": null,
              "project": null,
              "location": {
                "path": "infra/db.yaml",
                "line": 6,
                "column": 5,
                "end_line": 6,
                "end_column": 15,
                "key_path": "services.db.privileged",
                "label": null
              },
              "related": [
                {
                  "message": "beside this",
                  "location": {
                    "path": "infra/db.yaml",
                    "line": 4,
                    "column": 5,
                    "end_line": 4,
                    "end_column": 16,
                    "key_path": "services.db.environment",
                    "label": null
                  }
                }
              ],
              "fix": {
                "title": "say ***",
                "applicability": "safe",
                "edits": [
                  {
                    "path": "infra/db.yaml",
                    "line": 6,
                    "column": 5,
                    "end_line": 6,
                    "end_column": 15,
                    "text": null
                  }
                ]
              },
              "fingerprint": "00000000000000000000000000000003"
            },
            {
              "rule": "broken-link",
              "severity": "warning",
              "message": "this link leads nowhere",
              "why": null,
              "help": null,
              "project": null,
              "location": {
                "path": "/srv/old/compose.yaml",
                "line": null,
                "column": null,
                "end_line": null,
                "end_column": null,
                "key_path": null,
                "label": null
              },
              "related": [],
              "fix": null,
              "fingerprint": "00000000000000000000000000000004"
            }
          ],
          "skipped": [
            {
              "path": "old.yaml",
              "reason": "not a Compose file"
            }
          ]
        }
        "#);
    }
}
