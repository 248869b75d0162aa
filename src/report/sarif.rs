//! SARIF 2.1.0: what code scanning platforms and the viewers of editors read. Its structs are a frozen form of their own.
//!
//! Paths are relative to the root of the repository (`SRCROOT`), columns count UTF-16 code units as `columnKind` says. Only the rules that
//! found something are described. A finding on a path without a text gets line 1, because platforms refuse a result without a line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::key_path::KeyPaths;
use super::{Location as At, Report, Shown, ShownEdit, ShownFix, ShownLabel, explain, json, printable};
use crate::finding::{Applicability, Severity};
use crate::lint::INTERNAL_ERROR;
use crate::rules::{self, Default, Meta, Peer, Topic};
use crate::source::Source;

/// Related places that the text of a finding links to.
const LINKED: usize = 8;
const SRCROOT: &str = "SRCROOT";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'static str,
    original_uri_base_ids: BTreeMap<&'static str, Base>,
    invocations: [Invocation; 1],
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
struct Base {
    uri: String,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    information_uri: Option<&'static str>,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: String,
    short_description: Text,
    full_description: Text,
    help: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<String>,
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    problem_severity: &'static str,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_fingerprints: Option<BTreeMap<&'static str, &'a str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names)] // the names of the standard
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Text,
    artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Text,
}

/// The log, with a line break at its end.
pub fn render(report: &Report) -> String {
    let mut rules: BTreeMap<&'static str, usize> = report.findings.iter().map(|f| (f.rule, 0)).collect();
    for (number, index) in rules.values_mut().enumerate() {
        *index = number;
    }
    let mut paths = KeyPaths::new(report);
    let results = report.findings.iter().map(|f| result(f, rules.get(f.rule).copied().unwrap_or(0), report, &mut paths)).collect();
    let repository = Some(env!("CARGO_PKG_REPOSITORY")).filter(|r| !r.is_empty());
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "composelint",
                semantic_version: env!("CARGO_PKG_VERSION"),
                information_uri: repository,
                rules: rules.keys().map(|name| rule(name, repository)).collect(),
            },
        },
        column_kind: "utf16CodeUnits",
        original_uri_base_ids: BTreeMap::from([(SRCROOT, Base { uri: format!("{}/", file_uri(&report.root).trim_end_matches('/')) })]),
        invocations: [Invocation {
            execution_successful: !report.findings.iter().any(|f| f.rule == INTERNAL_ERROR),
            tool_execution_notifications: report.skipped.iter().map(|(file, reason)| notification(file, reason)).collect(),
        }],
        results,
    };
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [run],
    };
    let mut out = json::escape(&serde_json::to_string_pretty(&log).unwrap_or_default());
    out.push('\n');
    out
}

fn rule(name: &'static str, repository: Option<&str>) -> Rule {
    let Some(found) = rules::find(name) else {
        let what = "composelint itself failed on a part of the input";
        return Rule {
            id: name,
            name: pascal(name),
            short_description: plain(what),
            full_description: plain(what),
            help: plain("please report it, with the file if you can share it"),
            help_uri: None,
            default_configuration: Configuration { level: "error" },
            properties: Properties { tags: Vec::new(), precision: "very-high", problem_severity: "error", security_severity: None },
        };
    };
    let meta = &found.meta;
    let parts = ["What it does", "Why it matters"].map(|heading| explain::section(meta.page, heading));
    let full = parts.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
    Rule {
        id: meta.name,
        name: pascal(meta.name),
        short_description: plain(meta.summary),
        full_description: plain(if full.is_empty() { meta.summary } else { sentences(&full) }),
        help: Text { text: explain::text(meta.page), markdown: Some(explain::markdown(meta.page)) },
        help_uri: repository.map(|r| format!("{r}/blob/v{}/rules/{}.md", env!("CARGO_PKG_VERSION"), meta.name)),
        default_configuration: Configuration { level: level(meta.severity) },
        properties: properties(meta),
    }
}

fn properties(meta: &Meta) -> Properties {
    let security = matches!(meta.topic, Topic::Security | Topic::Secrets);
    let mut tags = vec![meta.topic.name().to_owned()];
    if security && meta.topic != Topic::Security {
        tags.push("security".to_owned()); // what platforms show as a matter of security
    }
    tags.extend(meta.peers.iter().filter_map(|peer| match peer {
        Peer::Cis(number) => Some(format!("cis-docker-{number}")),
        _ => None,
    }));
    Properties {
        tags,
        precision: if meta.default == Default::Off { "medium" } else { "high" },
        problem_severity: match meta.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "recommendation",
        },
        security_severity: security.then_some(match meta.severity {
            Severity::Error => "8.0",
            Severity::Warning => "6.0",
            Severity::Info => "3.0",
        }),
    }
}

fn result<'a>(shown: &'a Shown, rule_index: usize, report: &Report, paths: &mut KeyPaths) -> SarifResult<'a> {
    let mut message = said(&shown.message);
    if !shown.primary.text.is_empty() {
        let _ = write!(message, " ({})", said(&shown.primary.text));
    }
    for text in [&shown.why, &shown.help].into_iter().flatten() {
        let _ = write!(message, ".\n{}", said(text));
    }
    let related: Vec<Location> = shown.related.iter().zip(1..).map(|(label, id)| related(label, id, report, paths)).collect();
    for (label, id) in shown.related.iter().zip(1..).take(LINKED) {
        let text = if label.text.is_empty() { &label.path } else { &label.text };
        let _ = write!(message, "\n- [{}]({id})", said(text).replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]"));
    }
    let key_path = shown.primary.at.and_then(|at| paths.of(at.span));
    SarifResult {
        rule_id: shown.rule,
        rule_index,
        level: level(shown.severity),
        message: Text { text: message, markdown: None },
        locations: [Location {
            id: None,
            physical_location: physical(&shown.primary, report),
            logical_locations: key_path.into_iter().map(|fully_qualified_name| LogicalLocation { fully_qualified_name }).collect(),
            message: None,
        }],
        related_locations: related,
        partial_fingerprints: shown.fingerprint.as_deref().map(|f| BTreeMap::from([("composelintFingerprint/v1", f)])),
        fixes: shown.fix.iter().filter_map(|f| fix(f, report)).collect(),
    }
}

fn related(label: &ShownLabel, id: usize, report: &Report, paths: &mut KeyPaths) -> Location {
    let key_path = label.at.and_then(|at| paths.of(at.span));
    Location {
        id: Some(id),
        physical_location: physical(label, report),
        logical_locations: key_path.into_iter().map(|fully_qualified_name| LogicalLocation { fully_qualified_name }).collect(),
        message: (!label.text.is_empty()).then(|| plain(&said(&label.text))),
    }
}

fn notification(file: &ShownLabel, reason: &str) -> Notification {
    let location = PhysicalLocation { artifact_location: artifact(file), region: line_one() };
    Notification {
        level: "note",
        message: plain(&format!("passed over: {}", said(reason))),
        locations: [Location { id: None, physical_location: location, logical_locations: Vec::new(), message: None }],
    }
}

/// Only what a program may apply: what needs a decision, or would write stars, is not offered.
fn fix(fix: &ShownFix, report: &Report) -> Option<Fix> {
    if fix.applicability == Applicability::Manual || fix.edits.is_empty() || fix.edits.iter().any(|e| e.hidden || e.place.at.is_none()) {
        return None;
    }
    let mut changes: Vec<(&str, ArtifactChange)> = Vec::new();
    for edit in &fix.edits {
        let replacement = replacement(edit, report)?;
        if let Some((_, change)) = changes.iter_mut().find(|(path, _)| *path == edit.place.path) {
            change.replacements.push(replacement);
        } else {
            let change = ArtifactChange { artifact_location: artifact(&edit.place), replacements: vec![replacement] };
            changes.push((&edit.place.path, change));
        }
    }
    let caution = if fix.applicability == Applicability::Unsafe { " (this changes what runs)" } else { "" };
    Some(Fix {
        description: plain(&format!("{}{caution}", said(&fix.title))),
        artifact_changes: changes.into_iter().map(|(_, change)| change).collect(),
    })
}

fn replacement(edit: &ShownEdit, report: &Report) -> Option<Replacement> {
    let at = edit.place.at?;
    let source = report.sources.get(at.span.file);
    Some(Replacement { deleted_region: region(at, &source), inserted_content: plain(&edit.text) })
}

fn physical(label: &ShownLabel, report: &Report) -> PhysicalLocation {
    let region = match label.at {
        // The beginning of a file stands for the whole of it.
        Some(at) if at.span.end > 0 => region(at, &report.sources.get(at.span.file)),
        _ => line_one(),
    };
    PhysicalLocation { artifact_location: artifact(label), region }
}

fn line_one() -> Region {
    Region { start_line: 1, start_column: None, end_line: None, end_column: None }
}

fn region(at: At, source: &Source) -> Region {
    Region {
        start_line: at.start.line,
        start_column: Some(utf16_column(source, at.start.line, at.span.start)),
        end_line: Some(at.end.line),
        end_column: Some(utf16_column(source, at.end.line, at.span.end.max(at.span.start))),
    }
}

/// The column of an offset on a line, from 1, in UTF-16 code units. A byte order mark counts as nothing: editors do not show it.
fn utf16_column(source: &Source, line: u32, offset: u32) -> u32 {
    let start = source.line_range(line).map_or(0, |r| r.start);
    let mut end = (offset as usize).min(source.text.len());
    while !source.text.is_char_boundary(end) {
        end -= 1;
    }
    let before = source.text.get(start..end).unwrap_or("").trim_start_matches('\u{feff}');
    u32::try_from(before.chars().map(char::len_utf16).sum::<usize>() + 1).unwrap_or(u32::MAX)
}

fn artifact(label: &ShownLabel) -> ArtifactLocation {
    match &label.in_root {
        Some(path) => ArtifactLocation { uri: encoded(path), uri_base_id: Some(SRCROOT) },
        None if label.path.starts_with('/') => ArtifactLocation { uri: file_uri(&label.path), uri_base_id: None },
        None => ArtifactLocation { uri: encoded(&label.path), uri_base_id: None },
    }
}

fn file_uri(path: &str) -> String {
    format!("file://{}{}", if path.starts_with('/') { "" } else { "/" }, encoded(path))
}

/// A path as a part of a URI: everything but the unreserved characters and `/` is percent-encoded.
pub(crate) fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    // `//host` at the beginning would name a host.
    if out.starts_with("//") { format!("/.{out}") } else { out }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn plain(text: &str) -> Text {
    Text { text: text.to_owned(), markdown: None }
}

/// A text that nothing reads as more than text: `[a](b)` would be a link, `{0}` a place for an argument. The standard wants every brace
/// doubled, but no viewer undoes it, and `${VAR}` must stay readable.
fn said(text: &str) -> String {
    let text = printable(text, true).replace("](", "] (");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let digits = from.get(1..).map_or(0, |t| t.bytes().take_while(u8::is_ascii_digit).count());
        if digits > 0 && from.as_bytes().get(digits + 1) == Some(&b'}') {
            let _ = write!(out, "{{{}}}", from.get(..digits + 2).unwrap_or(""));
            rest = from.get(digits + 2..).unwrap_or("");
        } else {
            out.push('{');
            rest = from.get(1..).unwrap_or("");
        }
    }
    out.push_str(rest);
    out
}

/// As many whole sentences as a platform shows: code scanning cuts a description at 1024 characters.
fn sentences(text: &str) -> &str {
    let Some((end, _)) = text.char_indices().nth(1024) else { return text };
    let text = text.get(..end).unwrap_or(text);
    text.rfind(". ").and_then(|stop| text.get(..=stop)).unwrap_or(text)
}

/// `undefined-network` → `UndefinedNetwork`: names of rules are written so in SARIF.
fn pascal(name: &str) -> String {
    let mut out = String::new();
    for word in name.split('-') {
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(chars.as_str());
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::super::testing::{finding, span, with_example, with_nothing};
    use super::super::{Redactor, Run};
    use super::*;
    use crate::finding::{Finding, Place};
    use crate::source::Sources;

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    /// The log of some findings of which the sources are below `/srv`.
    fn log(sources: &Sources, findings: &[Finding]) -> Value {
        let redactor = Redactor::new(sources, &[]);
        parsed(&render(&Report::new(&Run::new(sources, &redactor, Path::new("/srv"), findings))))
    }

    #[test]
    fn results() {
        let log = parsed(&with_example(render));
        insta::assert_snapshot!(serde_json::to_string_pretty(&log["runs"][0]["results"]).unwrap(), @r#"
        [
          {
            "ruleId": "undefined-network",
            "ruleIndex": 3,
            "level": "error",
            "message": {
              "text": "service `web` joins network `frontned`, which the project does not declare (not declared).\nCompose refuses the whole project, not only this service.\nwrite `frontend`, or declare `frontned` under the top-level `networks`\n- [did you mean this one?](1)"
            },
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "compose.yaml",
                    "uriBaseId": "SRCROOT"
                  },
                  "region": {
                    "startLine": 7,
                    "startColumn": 16,
                    "endLine": 7,
                    "endColumn": 24
                  }
                },
                "logicalLocations": [
                  {
                    "fullyQualifiedName": "services.web.networks[0]"
                  }
                ]
              }
            ],
            "relatedLocations": [
              {
                "id": 1,
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "compose.yaml",
                    "uriBaseId": "SRCROOT"
                  },
                  "region": {
                    "startLine": 9,
                    "startColumn": 3,
                    "endLine": 9,
                    "endColumn": 11
                  }
                },
                "logicalLocations": [
                  {
                    "fullyQualifiedName": "networks.frontend"
                  }
                ],
                "message": {
                  "text": "did you mean this one?"
                }
              }
            ],
            "partialFingerprints": {
              "composelintFingerprint/v1": "00000000000000000000000000000001"
            }
          },
          {
            "ruleId": "port-on-all-interfaces",
            "ruleIndex": 1,
            "level": "warning",
            "message": {
              "text": "port 5432 of `db` is open to every machine that reaches this host (listens on all addresses).\nbind it to this host: `\"127.0.0.1:5432:5432\"`\n- [included here](1)"
            },
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "infra/db.yaml",
                    "uriBaseId": "SRCROOT"
                  },
                  "region": {
                    "startLine": 8,
                    "startColumn": 9,
                    "endLine": 8,
                    "endColumn": 20
                  }
                },
                "logicalLocations": [
                  {
                    "fullyQualifiedName": "services.db.ports[0]"
                  }
                ]
              }
            ],
            "relatedLocations": [
              {
                "id": 1,
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "compose.yaml",
                    "uriBaseId": "SRCROOT"
                  },
                  "region": {
                    "startLine": 3,
                    "startColumn": 5,
                    "endLine": 3,
                    "endColumn": 18
                  }
                },
                "logicalLocations": [
                  {
                    "fullyQualifiedName": "include[0]"
                  }
                ],
                "message": {
                  "text": "included here"
                }
              }
            ],
            "partialFingerprints": {
              "composelintFingerprint/v1": "00000000000000000000000000000002"
            },
            "fixes": [
              {
                "description": {
                  "text": "bind it to 127.0.0.1 (this changes what runs)"
                },
                "artifactChanges": [
                  {
                    "artifactLocation": {
                      "uri": "infra/db.yaml",
                      "uriBaseId": "SRCROOT"
                    },
                    "replacements": [
                      {
                        "deletedRegion": {
                          "startLine": 8,
                          "startColumn": 9,
                          "endLine": 8,
                          "endColumn": 20
                        },
                        "insertedContent": {
                          "text": "\"127.0.0.1:5432:5432\""
                        }
                      }
                    ]
                  }
                ]
              }
            ]
          },
          {
            "ruleId": "privileged",
            "ruleIndex": 2,
            "level": "note",
            "message": {
              "text": "`db` runs with every right on the host (***)\n- [beside this](1)"
            },
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "infra/db.yaml",
                    "uriBaseId": "SRCROOT"
                  },
                  "region": {
                    "startLine": 6,
                    "startColumn": 5,
                    "endLine": 6,
                    "endColumn": 15
                  }
                },
                "logicalLocations": [
                  {
                    "fullyQualifiedName": "services.db.privileged"
                  }
                ]
              }
            ],
            "relatedLocations": [
              {
                "id": 1,
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "infra/db.yaml",
                    "uriBaseId": "SRCROOT"
                  },
                  "region": {
                    "startLine": 4,
                    "startColumn": 5,
                    "endLine": 4,
                    "endColumn": 16
                  }
                },
                "logicalLocations": [
                  {
                    "fullyQualifiedName": "services.db.environment"
                  }
                ],
                "message": {
                  "text": "beside this"
                }
              }
            ],
            "partialFingerprints": {
              "composelintFingerprint/v1": "00000000000000000000000000000003"
            }
          },
          {
            "ruleId": "broken-link",
            "ruleIndex": 0,
            "level": "warning",
            "message": {
              "text": "this link leads nowhere"
            },
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "file:///srv/old/compose.yaml"
                  },
                  "region": {
                    "startLine": 1
                  }
                }
              }
            ],
            "partialFingerprints": {
              "composelintFingerprint/v1": "00000000000000000000000000000004"
            }
          }
        ]
        "#);
    }

    #[test]
    fn everything_but_results() {
        let mut log = parsed(&with_example(render));
        log["runs"][0]["results"] = Value::Null;
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap();
        rules.retain(|rule| rule["id"] == "undefined-network");
        rules[0]["help"] = Value::Null;
        rules[0]["fullDescription"] = Value::Null;
        insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap(), @r#"
        {
          "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
          "version": "2.1.0",
          "runs": [
            {
              "tool": {
                "driver": {
                  "name": "composelint",
                  "semanticVersion": "0.1.0",
                  "rules": [
                    {
                      "id": "undefined-network",
                      "name": "UndefinedNetwork",
                      "shortDescription": {
                        "text": "a service joins a network that the project does not declare"
                      },
                      "fullDescription": null,
                      "help": null,
                      "defaultConfiguration": {
                        "level": "error"
                      },
                      "properties": {
                        "tags": [
                          "networks"
                        ],
                        "precision": "high",
                        "problem.severity": "error"
                      }
                    }
                  ]
                }
              },
              "columnKind": "utf16CodeUnits",
              "originalUriBaseIds": {
                "SRCROOT": {
                  "uri": "file:///srv/shop/"
                }
              },
              "invocations": [
                {
                  "executionSuccessful": true,
                  "toolExecutionNotifications": [
                    {
                      "level": "note",
                      "message": {
                        "text": "passed over: not a Compose file"
                      },
                      "locations": [
                        {
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "old.yaml",
                              "uriBaseId": "SRCROOT"
                            },
                            "region": {
                              "startLine": 1
                            }
                          }
                        }
                      ]
                    }
                  ]
                }
              ],
              "results": null
            }
          ]
        }
        "#);
    }

    #[test]
    fn a_rule_brings_its_page() {
        let log = parsed(&with_example(render));
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        let rule = rules.iter().find(|r| r["id"] == "privileged").unwrap();
        assert!(rule["fullDescription"]["text"].as_str().unwrap().starts_with("Reports a service with `privileged: true`. A privileged"));
        let (text, markdown) = (rule["help"]["text"].as_str().unwrap(), rule["help"]["markdown"].as_str().unwrap());
        assert!(text.starts_with("What it does\n\nReports"), "{text}");
        assert!(markdown.starts_with("## What it does\n\nReports") && markdown.contains("```yaml\n"), "{markdown}");
        assert!(!text.contains("# finding") && !markdown.contains("# finding"), "what is for tests only is not shown");
        for result in log["runs"][0]["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
    }

    #[test]
    fn nothing_found_is_a_run_without_results() {
        let log = parsed(&with_nothing(render));
        assert_eq!(log["runs"][0]["results"], Value::Array(Vec::new()));
        assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], Value::Bool(true));
    }

    #[test]
    fn columns_count_utf16_and_no_byte_order_mark() {
        let sources = Sources::new();
        sources.add(Path::new("/srv/c.yaml"), "\u{feff}a: 😀ä x\r\nb: y\n".into());
        let places = ["a", "x"].map(|t| finding("privileged", Severity::Info, "m", span(&sources, "/srv/c.yaml", t, 0), ""));
        let log = log(&sources, &places);
        let column = |i: usize| log["runs"][0]["results"][i]["locations"][0]["physicalLocation"]["region"]["startColumn"].clone();
        assert_eq!((column(0), column(1)), (1.into(), 8.into()));
    }

    #[test]
    fn hostile_paths_and_texts_stay_what_they_are() {
        let sources = Sources::new();
        let paths = ["/srv/a b/ü%#?.yaml", "/srv//evil.example/x", "/etc/\\x\"", "/srv/c:\u{1b}.yaml"];
        let found: Vec<_> = paths
            .iter()
            .map(|p| finding("rule", Severity::Error, "[a](http://evil.example) ${VAR} {0} {x}", Place::Path(p.into()), ""))
            .collect();
        let log = log(&sources, &found);
        let results = log["runs"][0]["results"].as_array().unwrap();
        let uris: Vec<&str> =
            results.iter().map(|r| r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap()).collect();
        assert_eq!(uris, ["a%20b/%C3%BC%25%23%3F.yaml", "evil.example/x", "file:///etc/%5Cx%22", "c%3A%1B.yaml"]);
        assert_eq!(results[0]["message"]["text"], "[a] (http://evil.example) ${VAR} {{0}} {x}");
    }
}
