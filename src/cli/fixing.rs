//! `--fix`, `--unsafe-fixes` and `--diff` of `check` and `audit`: makes fixes, writes them or shows them, and says what was not made.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Global, Outcome, colour, output, print};
use crate::finding::{Applicability, Finding};
use crate::fix::{self, Changed, Fixed, Judge, diff};
use crate::fs::Fs;
use crate::report::{self, Redactor, summary};
use crate::source::{FileId, Source, Sources};

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
    let old = Masked::new(judge, disk, &old_sources);
    let new = Masked::new(judge, &*after, &new_sources);
    let colour = colour(global.color);
    let mut out = String::new();
    for file in &fixed.files {
        out.push_str(&shown(file, &old, &new, directory, colour));
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

/// Sources as they may be shown.
struct Masked<'a> {
    sources: &'a Sources,
    redactor: Redactor,
}

impl<'a> Masked<'a> {
    fn new(judge: &dyn Judge, disk: &dyn Fs, sources: &'a Sources) -> Self {
        let workspace = judge.load(disk, sources);
        let redactor = Redactor::with_trees(sources, &workspace.projects, &|file| workspace.loader.tree(file));
        Self { sources, redactor }
    }

    fn file(&self, path: &Path) -> Option<(FileId, std::sync::Arc<Source>)> {
        let id = self.sources.find(path)?;
        Some((id, self.sources.get(id)))
    }

    /// A line (from 0) of a file without its secrets.
    fn line(&self, file: Option<&(FileId, std::sync::Arc<Source>)>, index: usize) -> Option<String> {
        let (id, source) = file?;
        let range = source.line_range(u32::try_from(index).ok()?.checked_add(1)?)?;
        let mut out = String::new();
        let mut from = range.start;
        for hidden in self.redactor.hidden(*id, source, range.clone()) {
            out.push_str(source.text.get(from..hidden.start.clamp(from, range.end))?);
            out.push_str("***");
            from = hidden.end.clamp(from, range.end);
        }
        out.push_str(source.text.get(from..range.end)?);
        Some(self.redactor.text(&out).into_owned())
    }
}

fn shown(file: &Changed, old: &Masked, new: &Masked, directory: &Path, colour: bool) -> String {
    let (before, after) = (old.file(&file.path), new.file(&file.path));
    // What cannot be looked up cannot be judged either: better nothing than a secret.
    let line = |text: Option<String>, other: &Masked| {
        text.map_or_else(|| "***".to_owned(), |text| report::plain(&other.redactor.text(&text)).into_owned())
    };
    let name = report::display_path(&file.path, directory);
    let name = report::plain(&old.redactor.path(&name)).trim_start_matches('/').to_owned();
    let text = diff::unified(&name, &file.before, &file.after, &|n, _| line(old.line(before.as_ref(), n), new), &|n, _| {
        line(new.line(after.as_ref(), n), old)
    });
    if !colour {
        return text;
    }
    let mut out = String::new();
    for line in text.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => anstyle::AnsiColor::Green.on_default(),
            Some(b'-') => anstyle::AnsiColor::Red.on_default(),
            Some(b'@') => anstyle::AnsiColor::Cyan.on_default(),
            _ => anstyle::Style::new(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{style}{line}{style:#}");
    }
    out
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
