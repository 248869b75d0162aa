//! What a migration writes beside the Compose files, or finds written: loads the projects as they are, and has [`docs`] make the texts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::docs::{self, Environment, Input, Record};
use super::mentions::{self, Mentions};
use super::plan::{EntryPoint, NoteKind, Plan};
use super::proof::Evidence;
use crate::compose::Loader;
use crate::fs::Fs;
use crate::model::{self, Project};
use crate::report::Redactor;
use crate::source::Sources;
use crate::yaml;

/// A larger file is none that a page is made from.
const TEXT_LIMIT: u64 = 1 << 20;

/// The way in which each environment is started afterwards, the usual one first.
fn environments(entries: &[EntryPoint]) -> Vec<&EntryPoint> {
    let mut out: Vec<&EntryPoint> = Vec::new();
    for entry in entries {
        // What can be chosen is told, rather than the old files.
        match out.iter_mut().find(|known| known.environment == entry.environment) {
            Some(known) if known.becomes.is_none() && !known.after.files.is_empty() => *known = entry,
            Some(_) => {}
            None => out.push(entry),
        }
    }
    // A project that only happens to lie there has no name of an environment.
    if out.iter().any(|e| e.environment.is_some()) {
        out.retain(|e| e.environment.is_some());
    }
    out.truncate(if out.iter().any(|e| e.environment.is_some()) { usize::MAX } else { 1 });
    out
}

/// What is read for the texts.
struct Read {
    sources: Sources,
    projects: Vec<Project>,
}

fn read(disk: &dyn Fs, entries: &[&EntryPoint]) -> Read {
    let sources = Sources::new();
    let loader = Loader::new(disk, &sources);
    let projects = entries.iter().map(|e| model::whole(&loader, &e.after)).collect();
    Read { sources, projects }
}

/// Calls with what the texts are made from.
fn with<T>(root: &Path, disk: &dyn Fs, entries: &[EntryPoint], make: impl FnOnce(&Input) -> T) -> Option<T> {
    let entries = environments(entries);
    let Read { sources, projects } = read(disk, &entries);
    let environments: Vec<Environment> = entries
        .iter()
        .zip(&projects)
        .map(|(entry, project)| Environment { name: entry.environment.as_deref().unwrap_or("development"), command: entry.now(), project })
        .collect();
    let first = projects.first()?;
    let mut texts = BTreeMap::new();
    for path in docs::wanted(root, &environments) {
        if let Ok(bytes) = disk.read(&path, TEXT_LIMIT) {
            texts.insert(path, yaml::lossy_text_of(&bytes));
        }
    }
    let mut homes = BTreeMap::new();
    for (name, service) in projects.iter().flat_map(|p| &p.services) {
        let path = sources.get(service.key.unwrap_or(service.origin.at).file).path.clone();
        let home = path.strip_prefix(root).map_or_else(|_| path.clone(), Path::to_path_buf);
        homes.entry(name.clone()).or_insert(home);
    }
    let redactor = Redactor::new(&sources, &projects);
    let input = Input {
        root,
        name: &first.name,
        environments: &environments,
        sources: &sources,
        redactor: &redactor,
        homes: &homes,
        texts: &texts,
    };
    Some(make(&input))
}

/// The pages, the examples of env files and the script, as they have to be for the projects of a disk. By path relative to the root.
pub fn wanted(root: &Path, disk: &dyn Fs, entries: &[EntryPoint]) -> BTreeMap<PathBuf, String> {
    let all = |input: &Input| {
        let mut out: BTreeMap<PathBuf, String> = docs::pages(input).into_iter().collect();
        out.extend(docs::env_examples(input));
        out.extend([docs::check_script(input)]);
        out
    };
    with(root, disk, entries, all).unwrap_or_default()
}

/// What is written for people and is not true any more.
pub struct Stale {
    /// Relative to the root.
    pub path: PathBuf,
    /// What it has to be.
    pub text: String,
    /// It is not there; else it says something else.
    pub missing: bool,
}

/// What is not as it would be written now. Where there are no pages at all, they are not wanted; an example of an env file that was taken
/// away is the user's choice.
pub fn stale(root: &Path, disk: &dyn Fs, entries: &[EntryPoint]) -> Vec<Stale> {
    let wanted = wanted(root, disk, entries);
    let there = |path: &Path| disk.read(&root.join(path), u64::MAX).ok();
    let pages = wanted.keys().any(|path| path.starts_with(docs::PAGES) && there(path).is_some());
    let stale = |(path, text): (PathBuf, String)| match there(&path) {
        Some(bytes) => (bytes != text.as_bytes()).then_some(Stale { path, text, missing: false }),
        None => (pages && path.starts_with(docs::PAGES)).then_some(Stale { path, text, missing: true }),
    };
    wanted.into_iter().filter_map(stale).collect()
}

/// Adds them to a plan that was proved, with the record of it. `evidence`: what was compared. Errors: files in the way that are not ours.
pub fn add(plan: &mut Plan, disk: &dyn Fs, evidence: &[Evidence]) -> Result<(), Vec<PathBuf>> {
    let preview = plan.preview(disk);
    let mentions = mentions_of(plan, &preview);
    let mut texts: Vec<(PathBuf, String, &str)> = Vec::new();
    for (path, text) in wanted(&plan.root, &preview, &plan.entries) {
        let what = match path.extension().and_then(|e| e.to_str()) {
            Some("md") => "a page about the project",
            Some("sh") => "checks that every environment loads, and is what it was",
            _ => "the variables, without their secrets",
        };
        texts.push((path, text, what));
    }
    let record = with(&plan.root, &preview, &plan.entries, |input| docs::record(&Record { plan, evidence, input, mentions: &mentions }));
    if let Some(record) = record {
        texts.push((PathBuf::from(docs::RECORD), record, "what was moved, how it was proved, and the way back"));
    }
    drop(preview);
    note(plan, &mentions);
    let foreign = |path: &Path| {
        let example = path.to_string_lossy().ends_with(".example");
        let there = disk.read(&plan.root.join(path), u64::MAX).ok();
        // An example that is there is the user's, and has only grown.
        !example && there.is_some_and(|bytes| !docs::is_generated(&String::from_utf8_lossy(&bytes)))
    };
    let in_the_way: Vec<PathBuf> = texts.iter().map(|(path, ..)| path).filter(|path| foreign(path)).map(|p| plan.root.join(p)).collect();
    if !in_the_way.is_empty() {
        return Err(in_the_way);
    }
    for (path, text, what) in texts {
        let path = plan.root.join(path);
        plan.file(disk, path, Some(text.into_bytes()), what);
    }
    plan.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

/// Writes anew what is written for people and is not true any more; only where there is something.
pub fn renew(plan: &mut Plan, disk: &dyn Fs) {
    let stale = stale(&plan.root, &plan.preview(disk), &plan.entries);
    for Stale { path, text, .. } in stale {
        let path = plan.root.join(path);
        plan.file(disk, path, Some(text.into_bytes()), "as the project is now");
    }
}

/// Says in a plan who else names the files that it changes.
pub fn mention(plan: &mut Plan, disk: &dyn Fs) {
    let mentions = mentions_of(plan, &plan.preview(disk));
    note(plan, &mentions);
}

fn note(plan: &mut Plan, mentions: &Mentions) {
    for mention in &mentions.places {
        let names: Vec<String> = mention.names.iter().map(|n| format!("`{}`", n.display())).collect();
        let subject = format!("{}:{}", plan.shown(&mention.path), mention.line);
        plan.note(NoteKind::Mention, subject, format!("names {}", names.join(", ")));
    }
}

/// The places that name a file of the project that is another one now, or gone.
fn mentions_of(plan: &Plan, disk: &dyn Fs) -> Mentions {
    let old: Vec<PathBuf> = plan
        .files
        .iter()
        .filter(|f| f.before.is_some())
        .filter_map(|f| f.path.strip_prefix(&plan.root).ok().map(Path::to_path_buf))
        .collect();
    let aside: BTreeSet<PathBuf> = plan.files.iter().map(|f| f.path.clone()).collect();
    mentions::find(&plan.root, disk, &old, &aside)
}
