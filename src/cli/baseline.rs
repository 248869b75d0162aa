//! `--baseline` and `--write-baseline`: which findings are known already.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::finding::Finding;
use crate::fs::{self, Fs};
use crate::lint::baseline::{BASELINE_FILE, Baseline, Looked};
use crate::lint::fingerprint::{self, Fingerprint};
use crate::report::{Baselined, display_path};
use crate::rules::RuleDef;

/// A baseline of a hundred thousand findings is about 15 MB.
const LIMIT: u64 = 64 << 20;

#[derive(Args, Debug)]
#[command(next_help_heading = "Baseline and ignores")]
pub(super) struct BaselineArgs {
    /// Show only findings of projects that changed since this git revision: a commit, branch or tag
    ///
    /// A project changed if a file that it reads did. Changed is also what is not committed, and what is new and not ignored. If the
    /// configuration changed, everything is shown.
    #[arg(long, value_name = "REVISION", conflicts_with = "write_baseline")]
    pub(super) since: Option<String>,
    /// Leave out the findings that this file knows; only new ones are shown and fail the run
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the findings of this run to the baseline, which then knows them
    ///
    /// Without FILE it is `.composelint-baseline.json` beside the configuration, or in the root of the repository. FILE is joined with `=`.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, conflicts_with_all = ["baseline", "fixing"])]
    #[allow(clippy::option_option)] // clap's form of a flag that may have a value
    write_baseline: Option<Option<PathBuf>>,
    /// Also show what comments in the files silence (`# composelint: ignore[…]`)
    #[arg(long, hide_short_help = true)]
    pub(super) no_ignores: bool,
}

/// What the baseline needs to know of a run.
pub(super) struct Done<'a> {
    pub(super) disk: &'a dyn Fs,
    pub(super) directory: &'a Path,
    pub(super) roots: &'a [PathBuf],
    pub(super) files: &'a [PathBuf],
    pub(super) rules: &'a [&'static RuleDef],
    /// The configuration file and the baseline that it names, absolute.
    pub(super) config: Option<&'a Path>,
    pub(super) configured: Option<&'a Path>,
    pub(super) findings: &'a [Finding],
    /// The fingerprints of the findings with paths from here.
    pub(super) fingerprints: &'a dyn Fn(&Path) -> Vec<Fingerprint>,
    /// Makes a path fit to be written down.
    pub(super) shown: &'a dyn Fn(&str) -> String,
}

/// Which findings are known, and what is to be said of the baseline.
pub(super) struct Known {
    /// Of each finding, whether it is known.
    pub(super) of_findings: Vec<bool>,
    pub(super) counts: Baselined,
    /// For stderr.
    pub(super) aside: Option<String>,
}

impl BaselineArgs {
    /// True if a baseline is to be written and no file is named: what comes behind the flag is a path to judge.
    pub(super) fn is_written_unnamed(&self) -> bool {
        matches!(self.write_baseline, Some(None))
    }

    /// Reads or writes the baseline; `None` if there is none.
    pub(super) fn apply(&self, done: &Done) -> Result<Option<Known>, Failure> {
        let base = fingerprint::base(done.disk, done.config, done.roots);
        let write = self.write_baseline.is_some();
        let given = self.write_baseline.as_ref().and_then(Option::as_ref).or(self.baseline.as_ref());
        let configured = || done.configured.map(Path::to_path_buf);
        let file = match given.map(|f| fs::join(done.directory, f)).or_else(configured) {
            Some(file) => file,
            None if write => base.join(BASELINE_FILE),
            None => return Ok(None),
        };
        // Where neither a configuration nor a repository says what paths are relative to, the place of the baseline does: it is the same
        // whichever part of the tree is judged.
        let fixed = done.config.is_some() || done.disk.exists(&base.join(".git"));
        let base = if fixed { base } else { file.parent().unwrap_or(&file).to_path_buf() };
        let fingerprints = (done.fingerprints)(&base);
        let looked = Looked { roots: done.roots, files: done.files, rules: done.rules, base: &base };
        let shown = display_path(&file, done.directory);
        let older = read(done.disk, &file, &shown, write)?;
        let (baseline, stale, aside) = if write {
            let mut new = Baseline::of(done.findings, &fingerprints, done.shown);
            let gone = new.keep(&older, &looked);
            done.disk
                .write_atomic(&file, new.render().as_bytes())
                .map_err(|e| Failure::new(format!("the baseline `{shown}` cannot be written: {}", fs::why(&e))))?;
            let removed = match gone {
                0 => String::new(),
                n => format!("; {n} that matched nothing any more {} removed", if n == 1 { "was" } else { "were" }),
            };
            let aside = format!("the baseline `{shown}` now knows {}{removed}", count(new.len(), "finding", "findings"));
            (new, 0, Some(aside))
        } else {
            let stale = older.stale(&fingerprints, &looked);
            let what = if stale == 1 { "matches" } else { "match" };
            let aside = (stale > 0).then(|| {
                format!(
                    "{} of the baseline `{shown}` {what} nothing any more: `--write-baseline` removes them",
                    count(stale, "entry", "entries")
                )
            });
            (older, stale, aside)
        };
        let known = baseline.known(done.findings, &fingerprints);
        let counts = Baselined { known: known.iter().filter(|k| **k).count(), stale };
        Ok(Some(Known { of_findings: known, counts, aside }))
    }
}

/// The baseline; for writing, a file that is not there is an empty one.
fn read(disk: &dyn Fs, file: &Path, shown: &str, write: bool) -> Result<Baseline, Failure> {
    let bytes = match disk.read(file, LIMIT) {
        Ok(bytes) => bytes,
        Err(error) if write && error.kind() == std::io::ErrorKind::NotFound => return Ok(Baseline::default()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::new(format!("there is no baseline `{shown}`")).help("`--write-baseline` writes one"));
        }
        Err(error) => return Err(Failure::new(format!("the baseline `{shown}` cannot be read: {}", fs::why(&error)))),
    };
    Baseline::parse(&String::from_utf8_lossy(&bytes)).map_err(|error| {
        let help = if write {
            "it was left as it is; remove it, or name another file: `--write-baseline=FILE`"
        } else {
            "name another file, or write a new one with `--write-baseline`"
        };
        Failure::new(format!("`{shown}` is not used: {error}")).help(help)
    })
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
