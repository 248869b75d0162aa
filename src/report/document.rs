//! The document that machines read: what a run found, and for `audit` what is there. A frozen form of its own: a change of the pipeline's
//! types never changes it. What is made from it ([`super::html`], a report on several hosts) holds no more than it does, so it can show no secret.
//!
//! Compatibility: within `version` 1 keys are added, never renamed or removed. Lines and columns count from 1, columns in characters;
//! what has no position has `null`, never a made-up one. What was written by another version of this program can be read as long as `version` is 1:
//! keys that are not known are left out.

use serde::{Deserialize, Serialize};

use super::inventory::{Backup, Beside, HostSummary, Inventory, Stack, Word};
use super::key_path::KeyPaths;
use super::{Report, Shown, ShownEdit, ShownFix, ShownLabel};

/// The whole document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    /// The form of the document: 1.
    pub version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// Counts.
    pub summary: Summary,
    /// The findings, sorted by path and position; of several hosts host by host.
    pub findings: Vec<Finding>,
    /// What was passed over.
    pub skipped: Vec<Skipped>,
    /// The stacks; of `audit` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Vec<Stack>>,
    /// Containers and services that no stack starts; of `audit` only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Beside>,
    /// The lists of backups that were read; of `audit` only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backups: Vec<Backup>,
    /// The hosts in the order in which to roll a change out; only where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostSummary>,
}

/// What wrote the document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tool {
    /// `composelint`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Counts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Findings of severity `error`.
    pub errors: usize,
    /// Findings of severity `warning`.
    pub warnings: usize,
    /// Findings of severity `info`.
    pub infos: usize,
    /// What comments in the files silenced; none of it is among the findings.
    pub ignored: usize,
    /// With a baseline only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// How many projects were looked at.
    pub projects: usize,
    /// How many files were read.
    pub files: usize,
}

/// What a baseline left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Baseline {
    /// Findings that the baseline knows; none of them is among the findings.
    pub known: usize,
    /// Entries of the baseline that match nothing any more.
    pub stale: usize,
}

/// A finding.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The host, where hosts have names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The rule.
    pub rule: String,
    /// `error`, `warning`, `info`.
    pub severity: Word,
    /// What it is.
    pub message: String,
    /// Why it matters.
    pub why: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// The project directory.
    pub project: Option<String>,
    /// The place.
    pub location: Location,
    /// The other places.
    pub related: Vec<Related>,
    /// How to mend it.
    pub fix: Option<Fix>,
    /// Which finding it is, in every run.
    pub fingerprint: Option<String>,
}

/// How to mend a finding by editing text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// `safe`, `unsafe`, `manual`.
    pub applicability: Word,
    /// The changes.
    pub edits: Vec<Edit>,
}

/// The characters from the start to the end, which is exclusive, become the text; `null` where that would show a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Edit {
    pub path: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
    pub end_line: Option<u32>,
    pub end_column: Option<u32>,
    pub text: Option<String>,
}

/// A place.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Location {
    pub path: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
    pub end_line: Option<u32>,
    pub end_column: Option<u32>,
    pub key_path: Option<String>,
    pub label: Option<String>,
}

/// Another place of a finding.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Related {
    /// What it has to do with it.
    pub message: String,
    /// Where.
    pub location: Location,
}

/// Something that was passed over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Skipped {
    /// The path.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl Document {
    /// The document of a run.
    pub fn new(report: &Report, inventory: Option<&Inventory>) -> Self {
        let (errors, warnings, infos) = report.counts();
        let mut paths = KeyPaths::new(report);
        Self {
            version: 1,
            tool: Tool { name: "composelint".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
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
            skipped: report.skipped.iter().map(|(file, reason)| Skipped { path: file.path.clone(), reason: reason.clone() }).collect(),
            inventory: inventory.map(|i| i.stacks.clone()),
            beside: inventory.map(|i| i.beside.clone()).unwrap_or_default(),
            backups: inventory.map(|i| i.backups.clone()).unwrap_or_default(),
            hosts: inventory.map(|i| i.hosts.clone()).unwrap_or_default(),
        }
    }

    /// The stacks; none without an inventory.
    pub fn stacks(&self) -> &[Stack] {
        self.inventory.as_deref().unwrap_or_default()
    }
}

pub(super) fn finding(shown: &Shown, paths: &mut KeyPaths) -> Finding {
    Finding {
        host: shown.host.clone(),
        rule: shown.rule.to_owned(),
        severity: Word::Borrowed(shown.severity.name()),
        message: shown.message.clone(),
        why: shown.why.clone(),
        help: shown.help.clone(),
        project: shown.project.clone(),
        location: location(&shown.primary, true, paths),
        related: shown.related.iter().map(|l| Related { message: l.text.clone(), location: location(l, false, paths) }).collect(),
        fix: shown.fix.as_ref().map(fix),
        fingerprint: shown.fingerprint.clone(),
    }
}

fn fix(fix: &ShownFix) -> Fix {
    Fix { title: fix.title.clone(), applicability: Word::Borrowed(fix.applicability.name()), edits: fix.edits.iter().map(edit).collect() }
}

fn edit(edit: &ShownEdit) -> Edit {
    let at = edit.place.at;
    Edit {
        path: edit.place.path.clone(),
        line: at.map(|a| a.start.line),
        column: at.map(|a| a.start.column),
        end_line: at.map(|a| a.end.line),
        end_column: at.map(|a| a.end.column),
        text: (!edit.hidden).then(|| edit.text.clone()),
    }
}

fn location(label: &ShownLabel, primary: bool, paths: &mut KeyPaths) -> Location {
    Location {
        path: label.path.clone(),
        line: label.at.map(|a| a.start.line),
        column: label.at.map(|a| a.start.column),
        end_line: label.at.map(|a| a.end.line),
        end_column: label.at.map(|a| a.end.column),
        key_path: label.at.and_then(|a| paths.of(a.span)),
        label: (primary && !label.text.is_empty()).then(|| label.text.clone()),
    }
}
