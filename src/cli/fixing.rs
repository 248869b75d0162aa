//! `--fix`, `--unsafe-fixes` and `--diff` of `check` and `audit`: makes fixes, writes them or shows them, and says what was not made.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Global, Outcome, colour, output, print};
use crate::finding::{Applicability, Finding};
use crate::fix::{self, Fixed, Judge};
use crate::fs::Fs;
use crate::report::patch::{self, Change, Masked};
use crate::report::{self, Redactor, summary};
use crate::source::Sources;

#[derive(Args, Debug)]
#[command(next_help_heading = "Fixes")]
pub(super) struct FixArgs {
    /// Make the safe fixes, which leave every project as it is
    ///
    /// That the resolved projects are the same before and after is proved before a file is written.
    #[arg(long, group = "fixing")]
    pub(super) fix: bool,
    /// With --fix or --diff: also the fixes that change what runs
    #[arg(long, requires = "fixing")]
    pub(super) unsafe_fixes: bool,
    /// Show what --fix would change, and change nothing
    ///
    /// Secrets are hidden in it, so it is for reading, not for `patch`. The exit code is 1 if there is something to fix.
    #[arg(long, group = "fixing", conflicts_with_all = ["format", "output"])]
    pub(super) diff: bool,
}

/// What was fixed, for the summary.
pub(super) struct Tally {
    findings: usize,
    files: usize,
}

/// Makes and writes the fixes.
pub(super) fn write(disk: &dyn Fs, judge: &dyn Judge, args: &FixArgs, directory: &Path, global: &Global) -> Result<Tally, Failure> {
    let fixed = fix::fix(disk, judge, args.unsafe_fixes);
    fixed.write(disk).map_err(|error| Failure::new(error.to_string()))?;
    tell(&fixed, directory, global);
    Ok(Tally { findings: fixed.findings(), files: fixed.files.len() })
}

/// Shows what would be written.
pub(super) fn show(disk: &dyn Fs, judge: &dyn Judge, args: &FixArgs, directory: &Path, global: &Global) -> Result<Outcome, Failure> {
    let fixed = fix::fix(disk, judge, args.unsafe_fixes);
    let after = fixed.preview(disk);
    let (old_sources, new_sources) = (Sources::new(), Sources::new());
    let old = masked(judge, disk, &old_sources);
    let new = masked(judge, &*after, &new_sources);
    let colour = colour(global.color);
    let mut out = String::new();
    for file in &fixed.files {
        let change = Change { path: &file.path, before: &file.before, after: &file.after };
        out.push_str(&patch::shown(&change, &old, &new, directory, colour));
    }
    print(&out)?;
    tell(&fixed, directory, global);
    if !global.quiet {
        let said = match fixed.files.len() {
            0 => "nothing to fix\n".to_owned(),
            files => format!("{} can be fixed in {}\n", summary::count(fixed.findings(), "finding"), summary::count(files, "file")),
        };
        output::stderr(&said);
    }
    Ok(if fixed.files.is_empty() { Outcome::Clean } else { Outcome::Found })
}

/// The sources of a run as they may be shown.
fn masked<'a>(judge: &dyn Judge, disk: &dyn Fs, sources: &'a Sources) -> Masked<'a> {
    let workspace = judge.load(disk, sources);
    Masked::new(sources, Redactor::with_trees(sources, &workspace.projects, &|file| workspace.loader.tree(file)))
}

/// What was not made, and why.
fn tell(fixed: &Fixed, directory: &Path, global: &Global) {
    let mut aside = String::new();
    let path = |path: &PathBuf| report::plain(&report::display_path(path, directory)).into_owned();
    for fault in &fixed.faults {
        let fault_of = if fault.ours { "; this is a mistake in composelint, please report it" } else { "" };
        let _ = writeln!(aside, "not fixed: {} in {}: {}{fault_of}", fault.rule, path(&fault.place), fault.why);
    }
    if !fixed.unsettled.is_empty() {
        let rules: Vec<&str> = fixed.unsettled.iter().copied().collect();
        let _ = writeln!(aside, "not fixed to the end, because one fix makes another necessary: {}; please report it", rules.join(", "));
    }
    if !global.quiet {
        for (file, barred) in &fixed.barred {
            let _ = writeln!(aside, "not changed: {}: {}", path(file), barred.why());
        }
    }
    output::stderr(&aside);
}

/// What the summary says of fixes: what was made, and what can be made.
pub(super) fn summary(tally: Option<&Tally>, args: &FixArgs, left: &[Finding]) -> Option<String> {
    let of = |a: Applicability| left.iter().filter(|f| f.fix.as_ref().is_some_and(|fix| fix.applicability == a)).count();
    let (safe, more) = (of(Applicability::Safe), of(Applicability::Unsafe));
    match tally {
        Some(tally) => {
            let more =
                if more > 0 && !args.unsafe_fixes { format!("; {more} more can be fixed with --unsafe-fixes") } else { String::new() };
            let (findings, files) = (summary::count(tally.findings, "finding"), summary::count(tally.files, "file"));
            Some(if tally.files == 0 { format!("nothing was fixed{more}\n") } else { format!("fixed {findings} in {files}{more}\n") })
        }
        None if safe > 0 && more > 0 => Some(format!("{safe} can be fixed with --fix, {more} more with --fix --unsafe-fixes\n")),
        None if safe > 0 => Some(format!("{safe} can be fixed with --fix\n")),
        None if more > 0 => Some(format!("{more} can be fixed with --fix --unsafe-fixes\n")),
        None => None,
    }
}
