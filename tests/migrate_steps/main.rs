//! The optional steps of `migrate`, on small projects in memory: what they make of the texts, what they say, and that the proof holds; and
//! over real projects, where the collection beside this checkout is present.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)] // test code

mod consolidate;
mod corpus;
mod environment;
mod healthchecks;
mod limits;
mod moving;
mod reference;
mod secrets;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use composelint::compose::Loader;
use composelint::discover::discover;
use composelint::fs::{Fs, MemFs};
use composelint::migrate::steps::StepError;
use composelint::migrate::{NoteKind, Plan, prove, steps};
use composelint::source::Sources;

/// The directory of the small projects.
pub(crate) const ROOT: &str = "/srv/app";

/// A tree below [`ROOT`].
pub(crate) fn tree(files: &[(&str, &str)]) -> MemFs {
    files.iter().fold(MemFs::new(), |fs, (path, text)| fs.file(Path::new(ROOT).join(path), *text))
}

/// A plan with everything as it is.
pub(crate) fn empty_plan(disk: &dyn Fs) -> Plan {
    let sources = Sources::new();
    let loader = Loader::new(disk, &sources);
    let root = PathBuf::from(ROOT);
    let discovery = discover(&loader, std::slice::from_ref(&root));
    Plan { entries: steps::entries(&discovery, &root), root, ..Plan::default() }
}

/// All that a plan does and says. The texts of the small projects hold no real secrets.
pub(crate) fn shown(plan: &Plan) -> String {
    let mut out = String::new();
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|b| String::from_utf8(b.clone()).unwrap().replace('\r', "␍"));
    for file in &plan.files {
        if file.is_idle() {
            continue;
        }
        let private = if file.private { ", private" } else { "" };
        let _ = writeln!(out, "== {} ({}{private})", plan.shown(&file.path), file.what);
        match (text(&file.before), text(&file.after)) {
            (_, None) => out.push_str("-- goes\n"),
            (None, Some(after)) => out.push_str(&after),
            (Some(before), Some(after)) => {
                let same = |_: usize, line: &str| line.to_owned();
                out.push_str(&composelint::report::patch::unified("", &before, &after, &same, &same));
            }
        }
        if !out.ends_with('\n') {
            out.push_str("⏎\n");
        }
    }
    for note in &plan.notes {
        let kind = match note.kind {
            NoteKind::Attention => "attention",
            NoteKind::Decision => "decision",
            NoteKind::Pinned => "pinned",
            NoteKind::Mention => "mention",
        };
        let _ = writeln!(out, "{kind} {}: {}", note.subject, note.message);
    }
    for comment in &plan.comments {
        let _ = writeln!(out, "comment of {}:{}: {}", plan.shown(&comment.path), comment.line, comment.text);
    }
    for accepted in &plan.accepted {
        let _ = writeln!(out, "accepted {}: because {}", accepted.path, accepted.why);
    }
    for entry in plan.entries.iter().filter(|e| e.becomes.is_some()) {
        let _ = writeln!(out, "{} → {}", entry.command, entry.becomes.as_deref().unwrap_or_default());
    }
    out
}

/// What is wrong with a plan that may change nothing.
pub(crate) fn not_proved(plan: &Plan, disk: &dyn Fs) -> Option<String> {
    let broken = prove(plan.clone(), disk).err()?.broken;
    Some(broken.iter().map(|b| format!("{}: {}", b.command, b.why)).collect::<Vec<_>>().join("\n"))
}

/// The disk as it is after a plan.
pub(crate) fn done(plan: &Plan, disk: &MemFs) -> MemFs {
    // What is gone stays in the way of nothing: a new tree is made of all files that are left.
    let mut out = MemFs::new();
    let mut pending = vec![PathBuf::from("/")];
    while let Some(directory) = pending.pop() {
        for entry in disk.read_dir(&directory).unwrap_or_default() {
            if disk.is_dir(&entry.path) {
                pending.push(entry.path);
            } else if let Ok(bytes) = disk.read(&entry.path, u64::MAX)
                && !plan.files.iter().any(|f| f.path == entry.path)
            {
                out = out.file(entry.path, bytes);
            }
        }
    }
    plan.files.iter().filter_map(|f| Some((&f.path, f.after.clone()?))).fold(out, |out, (path, bytes)| out.file(path, bytes))
}

/// What a step makes of a tree: it can be loaded as before but for what is accepted, and a second run adds nothing.
pub(crate) fn stepped(disk: &MemFs, step: impl Fn(&mut Plan, &dyn Fs) -> Result<(), StepError>) -> Plan {
    let mut plan = empty_plan(disk);
    step(&mut plan, disk).unwrap_or_else(|error| panic!("{error}"));
    if plan.accepted.is_empty() {
        assert_eq!(not_proved(&plan, disk), None, "{}", shown(&plan));
    }
    let (texts, accepted) = (plan.files.clone(), plan.accepted.clone());
    let after = done(&plan, disk);
    let mut again = empty_plan(&after);
    step(&mut again, &after).unwrap_or_else(|error| panic!("{error}"));
    assert!(again.is_empty() && again.accepted.is_empty(), "a second run:\n{}", shown(&again));
    // The same on top of itself.
    step(&mut plan, disk).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((&plan.files, &plan.accepted), (&texts, &accepted));
    let mut plan = empty_plan(disk);
    step(&mut plan, disk).unwrap_or_else(|error| panic!("{error}"));
    plan
}
