//! What `audit` writes for people to keep: the inventory as a page, a runbook, a backlog. Only where it is asked to, only between its markers.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, output};
use crate::audit::{backlog, marked, runbook};
use crate::fs::{self, Fs};
use crate::report::document::Document;
use crate::report::page;

/// A page that people keep is smaller.
const LIMIT: u64 = 16 << 20;

/// The flags.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Pages")]
pub(super) struct PageArgs {
    /// Write the inventory into this Markdown file, between markers; everything else in it stays
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Write the commands to start, stop, back up and bring back each stack into this Markdown file, between markers
    #[arg(long, value_name = "FILE")]
    runbook: Option<PathBuf>,
    /// Write a file for each stack with something to do into this directory; a second run brings them up to date
    #[arg(long, value_name = "DIR")]
    backlog: Option<PathBuf>,
    /// Write none of these, and exit with 1 if one of them is out of date
    #[arg(long)]
    check: bool,
}

impl PageArgs {
    /// True if a page is asked for.
    pub(super) fn wanted(&self) -> bool {
        self.page.is_some() || self.runbook.is_some() || self.backlog.is_some()
    }

    /// Errors: what cannot be written, told before the work is done.
    pub(super) fn settle(&self, disk: &dyn Fs, directory: &Path) -> Result<(), Failure> {
        if self.check && !self.wanted() {
            return Err(Failure::new("`--check` has nothing to check").help("name what to check with `--page`, `--runbook` or `--backlog`"));
        }
        for path in [&self.page, &self.runbook].into_iter().flatten() {
            if disk.is_dir(&fs::join(directory, path)) {
                return Err(Failure::new(format!("`{}` cannot be written: it is a directory", path.display())));
            }
        }
        if let Some(path) = &self.backlog {
            let absolute = fs::join(directory, path);
            if disk.exists(&absolute) && !disk.is_dir(&absolute) {
                return Err(Failure::new(format!("`{}` is a file, and the backlog is a directory", path.display())));
            }
        }
        Ok(())
    }

    /// Writes the pages, or says which are out of date. Returns true if there are such. Errors: what cannot be read or written.
    pub(super) fn write(&self, disk: &dyn Fs, directory: &Path, document: &Document, quiet: bool) -> Result<bool, Failure> {
        let mut files: Vec<(PathBuf, String, Option<String>)> = Vec::new();
        let mut add = |path: PathBuf, part: &str, title: &str, body: &str| -> Result<(), Failure> {
            let before = text(disk, directory, &path)?;
            // A new file begins with its title; later the title is the user's.
            let start = if before.is_none() && !title.is_empty() { format!("# {title}\n") } else { String::new() };
            let after = marked::update(before.as_deref().unwrap_or(&start), part, body).map_err(|error| {
                let failure = Failure::new(format!("`{}`: {error}", path.display()));
                failure.help("put the two lines with `composelint:begin` and `composelint:end` back, or remove them both")
            })?;
            files.push((path, after, before));
            Ok(())
        };
        if let Some(path) = &self.page {
            add(path.clone(), "inventory", "What is here", &page::render(document))?;
        }
        if let Some(path) = &self.runbook {
            add(path.clone(), "runbook", "Runbook", &runbook::render(document))?;
        }
        if let Some(path) = &self.backlog {
            let items = backlog::items(document, &written(disk, directory, path)?);
            for item in &items {
                add(path.join(&item.file), backlog::PART, "", &item.body)?;
            }
            add(path.join(backlog::INDEX), backlog::PART, "Backlog", &backlog::index(&items))?;
        }
        let mut said = String::new();
        let mut stale = false;
        for (path, after, before) in files {
            let how = match before {
                Some(before) if before == after => continue,
                Some(_) => "out of date",
                None => "missing",
            };
            stale = true;
            if self.check {
                let _ = writeln!(said, "{how}: {}", crate::report::plain(&path.display().to_string()));
                continue;
            }
            let absolute = fs::join(directory, &path);
            directories(disk, absolute.parent())
                .map_err(|e| Failure::new(format!("the directory of `{}` cannot be made: {}", path.display(), fs::why(&e))))?;
            disk.write_atomic(&absolute, after.as_bytes())
                .map_err(|e| Failure::new(format!("`{}` cannot be written: {}", path.display(), fs::why(&e))))?;
            let _ = writeln!(said, "written: {}", crate::report::plain(&path.display().to_string()));
        }
        if self.check && stale {
            said.push_str("run the same command without `--check` to bring them up to date\n");
        }
        if !quiet {
            output::stderr(&said);
        }
        Ok(self.check && stale)
    }
}

/// Makes a directory and those above it, where they are missing.
fn directories(disk: &dyn Fs, path: Option<&Path>) -> std::io::Result<()> {
    match path.filter(|p| !disk.is_dir(p)) {
        None => Ok(()),
        Some(path) => {
            directories(disk, path.parent())?;
            disk.create_dir(path)
        }
    }
}

/// The text of a file; `None` if there is none. Errors: it cannot be read.
fn text(disk: &dyn Fs, directory: &Path, path: &Path) -> Result<Option<String>, Failure> {
    match disk.read(&fs::join(directory, path), LIMIT) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Failure::new(format!("`{}` is not UTF-8, so nothing can be written into it", path.display()))),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(format!("`{}` cannot be read: {}", path.display(), fs::why(&error)))),
    }
}

/// The files of an earlier run: those that hold our part.
fn written(disk: &dyn Fs, directory: &Path, path: &Path) -> Result<BTreeSet<String>, Failure> {
    let absolute = fs::join(directory, path);
    if !disk.exists(&absolute) {
        return Ok(BTreeSet::new());
    }
    let entries = disk.read_dir(&absolute).map_err(|e| Failure::new(format!("`{}` cannot be read: {}", path.display(), fs::why(&e))))?;
    let mut out = BTreeSet::new();
    for entry in entries {
        let Some(name) = entry.path.file_name().and_then(|n| n.to_str()).filter(|n| Path::new(n).extension().is_some_and(|e| e == "md"))
        else {
            continue;
        };
        let ours =
            text(disk, directory, &path.join(name))?.is_some_and(|t| t.contains(&format!("<!-- composelint:begin {}", backlog::PART)));
        if ours {
            out.insert(name.to_owned());
        }
    }
    Ok(out)
}
