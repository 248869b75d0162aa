//! The JSON document. Its structs are a frozen form of their own: a change of the pipeline's types never changes the output.
//!
//! Compatibility: within `version` 1 keys are added, never renamed or removed. Lines and columns count from 1, columns in characters;
//! what has no position has `null`, never a made-up one.

use serde::Serialize;

use super::inventory::{self, Inventory};
use super::key_path::KeyPaths;
use super::{Report, Shown, ShownEdit, ShownFix, ShownLabel};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    summary: Summary,
    findings: Vec<Finding<'a>>,
    skipped: Vec<Skipped<'a>>,
    /// Of `audit` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    inventory: Option<&'a [inventory::Stack]>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    infos: usize,
    /// What comments in the files silenced; none of it is among the findings.
    ignored: usize,
    /// With a baseline only.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Baseline>,
    projects: usize,
    files: usize,
}

#[derive(Serialize)]
struct Baseline {
    /// Findings that the baseline knows; none of them is among the findings.
    known: usize,
    /// Entries of the baseline that match nothing any more.
    stale: usize,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    severity: &'static str,
    message: &'a str,
    why: Option<&'a str>,
    help: Option<&'a str>,
    project: Option<&'a str>,
    location: Location<'a>,
    related: Vec<Related<'a>>,
    fix: Option<Fix<'a>>,
    fingerprint: Option<&'a str>,
}

#[derive(Serialize)]
struct Fix<'a> {
    title: &'a str,
    applicability: &'static str,
    edits: Vec<Edit<'a>>,
}

/// The characters from the start to the end, which is exclusive, become the text; `null` where that would show a secret.
#[derive(Serialize)]
struct Edit<'a> {
    path: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    text: Option<&'a str>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    key_path: Option<String>,
    label: Option<&'a str>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    reason: &'a str,
}

/// The document, with a line break at its end.
pub fn render(report: &Report, inventory: Option<&Inventory>) -> String {
    let (errors, warnings, infos) = report.counts();
    let mut paths = KeyPaths::new(report);
    let document = Document {
        version: 1,
        tool: Tool { name: "composelint", version: env!("CARGO_PKG_VERSION") },
        summary: Summary {
            errors,
            warnings,
            infos,
            ignored: report.ignored,
            baseline: report.baseline.map(|b| Baseline { known: b.known, stale: b.stale }),
            projects: report.projects,
            files: report.files.len(),
        },
        findings: report.findings.iter().map(|f| finding(f, &mut paths)).collect(),
        skipped: report.skipped.iter().map(|(file, reason)| Skipped { path: &file.path, reason }).collect(),
        inventory: inventory.map(|i| i.stacks.as_slice()),
    };
    let mut out = escape(&serde_json::to_string_pretty(&document).unwrap_or_default());
    out.push('\n');
    out
}

/// One object a finding, each on a line of its own and like those of the document. The number of lines is the number of findings.
pub fn lines(report: &Report) -> String {
    let mut paths = KeyPaths::new(report);
    let mut out = String::new();
    for shown in &report.findings {
        out.push_str(&escape(&serde_json::to_string(&finding(shown, &mut paths)).unwrap_or_default()));
        out.push('\n');
    }
    out
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

fn finding<'a>(shown: &'a Shown, paths: &mut KeyPaths) -> Finding<'a> {
    Finding {
        rule: shown.rule,
        severity: shown.severity.name(),
        message: &shown.message,
        why: shown.why.as_deref(),
        help: shown.help.as_deref(),
        project: shown.project.as_deref(),
        location: location(&shown.primary, true, paths),
        related: shown.related.iter().map(|l| Related { message: &l.text, location: location(l, false, paths) }).collect(),
        fix: shown.fix.as_ref().map(fix),
        fingerprint: shown.fingerprint.as_deref(),
    }
}

fn fix(fix: &ShownFix) -> Fix<'_> {
    Fix { title: &fix.title, applicability: fix.applicability.name(), edits: fix.edits.iter().map(edit).collect() }
}

fn edit(edit: &ShownEdit) -> Edit<'_> {
    let at = edit.place.at;
    Edit {
        path: &edit.place.path,
        line: at.map(|a| a.start.line),
        column: at.map(|a| a.start.column),
        end_line: at.map(|a| a.end.line),
        end_column: at.map(|a| a.end.column),
        text: (!edit.hidden).then_some(&edit.text),
    }
}

fn location<'a>(label: &'a ShownLabel, primary: bool, paths: &mut KeyPaths) -> Location<'a> {
    Location {
        path: &label.path,
        line: label.at.map(|a| a.start.line),
        column: label.at.map(|a| a.start.column),
        end_line: label.at.map(|a| a.end.line),
        end_column: label.at.map(|a| a.end.column),
        key_path: label.at.and_then(|a| paths.of(a.span)),
        label: (primary && !label.text.is_empty()).then_some(&label.text),
    }
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
