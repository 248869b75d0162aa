//! A baseline: the findings that were there when somebody began to look. They are known, and only what comes after is told. Text in, text
//! out; reads and writes no file.
//!
//! The file is made to be read in a diff and to merge well: one line a finding, sorted, with nothing that changes by itself: no line
//! numbers, dates or messages. What tells findings apart is their fingerprint ([`super::fingerprint`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::INTERNAL_ERROR;
use super::fingerprint::Fingerprint;
use crate::finding::Finding;
use crate::fs;
use crate::rules::{self, RuleDef};

/// Its name, unless another is given.
pub const BASELINE_FILE: &str = ".composelint-baseline.json";

/// What the file says it is.
const KIND: &str = "composelint baseline";
/// Changes when what is hashed into a fingerprint changes: an old baseline would know nothing, and say nothing of that.
const VERSION: u32 = 1;

/// The findings that are known, by fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<String, Entry>,
}

/// One finding that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Relative to the base of the fingerprints, with `/`.
    path: String,
    rule: String,
}

#[derive(Deserialize)]
struct File {
    kind: Option<String>,
    version: Option<u32>,
    #[serde(default)]
    findings: Vec<Line>,
}

/// A line of the file. Its keys are in the order in which it is read: where, what, which.
#[derive(Deserialize, Serialize)]
struct Line {
    path: String,
    rule: String,
    id: String,
}

/// Why a file is no baseline that can be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BaselineError {
    /// It is not JSON, or not of this form.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It is no JSON.
    #[error("it is not JSON, see line {line}, column {column}")]
    NoJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Nothing is in it.
    #[error("it is empty")]
    Empty,
    /// It is something else, or another tool's.
    #[error("it is no baseline of composelint")]
    Foreign,
    /// Another version wrote it.
    #[error("it is a baseline of form {0}, and this version of composelint reads form {VERSION}")]
    Version(u32),
}

/// What part of a project tree a run looked at: what is known of the rest stays known.
pub struct Looked<'a> {
    /// The paths that the run began with, absolute.
    pub roots: &'a [PathBuf],
    /// The files that it read, absolute.
    pub files: &'a [PathBuf],
    /// The rules that ran.
    pub rules: &'a [&'static RuleDef],
    /// What the paths of the baseline are relative to.
    pub base: &'a Path,
}

impl Looked<'_> {
    fn at(&self, entry: &Entry) -> bool {
        let path = fs::join(self.base, Path::new(&entry.path));
        let ran = self.rules.iter().any(|r| r.meta.name == entry.rule) || rules::find(&entry.rule).is_none();
        ran && (self.files.contains(&path) || self.roots.iter().any(|root| path.starts_with(root)))
    }
}

impl Baseline {
    /// Reads a baseline.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Err(BaselineError::Empty);
        }
        let no_json = |e: serde_json::Error| BaselineError::NoJson { line: e.line(), column: e.column().max(1) };
        let value: serde_json::Value = serde_json::from_str(text).map_err(no_json)?;
        // Before the rest of the form: of another tool's file nothing else can be said.
        if value.get("kind").and_then(|k| k.as_str()) != Some(KIND) {
            return Err(BaselineError::Foreign);
        }
        let file: File = serde_json::from_value(value).map_err(|e| BaselineError::Damaged(e.to_string()))?;
        debug_assert!(file.kind.is_some());
        match file.version {
            Some(VERSION) => {}
            other => return Err(BaselineError::Version(other.unwrap_or(0))),
        }
        let entries = file.findings.into_iter().map(|l| (l.id, Entry { path: l.path, rule: l.rule })).collect();
        Ok(Self { entries })
    }

    /// The findings of a run. `shown` makes a path fit to be written down.
    pub fn of(findings: &[Finding], fingerprints: &[Fingerprint], shown: &dyn Fn(&str) -> String) -> Self {
        let known = findings.iter().zip(fingerprints).filter(|(f, _)| f.rule != INTERNAL_ERROR);
        let entries = known.map(|(f, print)| (print.id.clone(), Entry { path: shown(&print.path), rule: f.rule.to_owned() })).collect();
        Self { entries }
    }

    /// Takes over what an older baseline knows of what this run did not look at; says how many entries it left behind.
    pub fn keep(&mut self, older: &Baseline, looked: &Looked) -> usize {
        let mut gone = 0;
        for (id, entry) in &older.entries {
            if self.entries.contains_key(id) {
                continue;
            }
            if looked.at(entry) {
                gone += 1;
            } else {
                self.entries.insert(id.clone(), entry.clone());
            }
        }
        gone
    }

    /// How many findings it knows.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if it knows nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Of each finding, whether it is known.
    pub fn known(&self, findings: &[Finding], fingerprints: &[Fingerprint]) -> Vec<bool> {
        let known = |(f, print): (&Finding, &Fingerprint)| f.rule != INTERNAL_ERROR && self.entries.contains_key(&print.id);
        findings.iter().zip(fingerprints).map(known).collect()
    }

    /// How many entries match none of the findings of a run that looked at their files with their rules.
    pub fn stale(&self, fingerprints: &[Fingerprint], looked: &Looked) -> usize {
        let found: BTreeSet<&str> = fingerprints.iter().map(|f| f.id.as_str()).collect();
        self.entries.iter().filter(|(id, entry)| !found.contains(id.as_str()) && looked.at(entry)).count()
    }

    /// The file, with a line break at its end.
    pub fn render(&self) -> String {
        let mut lines: Vec<(&Entry, &String)> = self.entries.iter().map(|(id, entry)| (entry, id)).collect();
        lines.sort();
        let mut out = format!("{{\n  \"kind\": \"{KIND}\",\n  \"version\": {VERSION},\n  \"findings\": [");
        for (number, (entry, id)) in lines.into_iter().enumerate() {
            let line = Line { path: entry.path.clone(), rule: entry.rule.clone(), id: id.clone() };
            let comma = if number == 0 { "" } else { "," };
            let _ = write!(out, "{comma}\n    {}", serde_json::to_string(&line).unwrap_or_default());
        }
        out.push_str(if self.entries.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, rule: &str) -> Entry {
        Entry { path: path.into(), rule: rule.into() }
    }

    fn example() -> Baseline {
        let entries = [
            ("02".to_owned(), entry("web/compose.yaml", "privileged")),
            ("01".to_owned(), entry("web/compose.yaml", "privileged")),
            ("03".to_owned(), entry("../shared/\"x\".yaml", "gone-rule")),
            ("00".to_owned(), entry("web/compose.yaml", "unused-volume")),
        ];
        Baseline { entries: entries.into() }
    }

    #[test]
    fn one_line_a_finding_sorted_by_path() {
        let text = example().render();
        insta::assert_snapshot!(text, @r#"
        {
          "kind": "composelint baseline",
          "version": 1,
          "findings": [
            {"path":"../shared/\"x\".yaml","rule":"gone-rule","id":"03"},
            {"path":"web/compose.yaml","rule":"privileged","id":"01"},
            {"path":"web/compose.yaml","rule":"privileged","id":"02"},
            {"path":"web/compose.yaml","rule":"unused-volume","id":"00"}
          ]
        }
        "#);
        assert_eq!(Baseline::parse(&text), Ok(example()));
        let empty = Baseline::default();
        assert_eq!(Baseline::parse(&empty.render()), Ok(empty));
    }

    #[test]
    fn what_was_not_looked_at_stays_known() {
        let roots = [PathBuf::from("/repo/web")];
        let rules = [rules::find("privileged").unwrap()];
        let looked = Looked { roots: &roots, files: &["/shared/\"x\".yaml".into()], rules: &rules, base: Path::new("/repo") };
        // The rule `unused-volume` did not run; `gone-rule` is no rule any more, and its file was read.
        assert_eq!(example().stale(&[], &looked), 3);
        let mut new = Baseline::default();
        assert_eq!(new.keep(&example(), &looked), 3);
        assert_eq!(new.entries.values().collect::<Vec<_>>(), [&entry("web/compose.yaml", "unused-volume")]);
    }

    #[test]
    fn other_files_are_told_apart() {
        let said = |text: &str| Baseline::parse(text).unwrap_err().to_string();
        insta::assert_snapshot!(said("{"), @"it is not JSON, see line 1, column 1");
        insta::assert_snapshot!(said("{\"version\": 3}"), @"it is no baseline of composelint");
        insta::assert_snapshot!(said("[]"), @"it is no baseline of composelint");
        insta::assert_snapshot!(said("{\"kind\": \"composelint baseline\", \"version\": 2}"), @"it is a baseline of form 2, and this version of composelint reads form 1");
        insta::assert_snapshot!(said("{\"kind\": \"composelint baseline\", \"version\": 1, \"findings\": [{}]}"), @"it is damaged: missing field `path`");
    }
}
