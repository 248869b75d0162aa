//! `audit --merge`: reports that were made on the hosts themselves become one.

use std::path::{Path, PathBuf};

use super::formats::Outputs;
use super::pages::PageArgs;
use super::{Failure, Global, Outcome, output};
use crate::audit::fleet::{self, Part};
use crate::finding::Severity;
use crate::fs::{self, Fs};
use crate::lint;
use crate::report::document::Document;
use crate::report::summary::count;

/// A report of a large host is smaller.
const LIMIT: u64 = 256 << 20;

/// Reads the reports, joins them, and writes what is asked for.
pub(super) fn run(
    disk: &dyn Fs,
    directory: &Path,
    reports: &[PathBuf],
    outputs: &Outputs,
    pages: &PageArgs,
    fail_on: Option<Severity>,
    global: &Global,
) -> Result<Outcome, Failure> {
    let parts = reports.iter().map(|path| part(disk, directory, path)).collect::<Result<Vec<Part>, Failure>>()?;
    let document = fleet::merge(parts).map_err(|error| {
        Failure::new(error.to_string()).help("make each report with `composelint audit --host NAME --format json=NAME.json`")
    })?;
    outputs.write_document(disk, directory, &document, global.color)?;
    let stale = pages.write(disk, directory, &document, global.quiet)?;
    if !global.quiet {
        let s = &document.summary;
        let line = format!(
            "{}, {}: {}, {}, {}\n",
            count(document.hosts.len(), "host"),
            count(document.stacks().len(), "stack"),
            count(s.errors, "error"),
            count(s.warnings, "warning"),
            count(s.infos, "note")
        );
        output::stderr(&line);
    }
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    let severity = |name: &str| severities.into_iter().find(|s| s.name() == name).unwrap_or(Severity::Info);
    let fails = document.findings.iter().any(|f| lint::fails(severity(&f.severity), fail_on));
    Ok(if fails || stale { Outcome::Found } else { Outcome::Clean })
}

/// A report is called after its file, unless it names its host itself.
fn part(disk: &dyn Fs, directory: &Path, path: &Path) -> Result<Part, Failure> {
    let shown = path.display().to_string();
    let bytes = disk.read(&fs::join(directory, path), LIMIT).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::new(format!("there is no report `{shown}`")).help("correct the path"),
        std::io::ErrorKind::IsADirectory => {
            Failure::new(format!("`{shown}` is a directory, and `--merge` takes reports")).help("name the files, such as `reports/*.json`")
        }
        _ => Failure::new(format!("`{shown}` cannot be read: {}", fs::why(&error))),
    })?;
    let document: Document = serde_json::from_slice(&bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        // What is wrong may quote the file: only its kind and its place are told.
        let what = match error.classify() {
            serde_json::error::Category::Data => "it is JSON, but no report of `composelint audit`",
            serde_json::error::Category::Eof => "it ends too early",
            _ => "it is not JSON",
        };
        Failure::new(format!("`{shown}` cannot be read as a report: {what} (line {line}, column {column})"))
            .help("make it with `composelint audit --format json=FILE`")
    })?;
    let host = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Part { shown, host, document })
}
