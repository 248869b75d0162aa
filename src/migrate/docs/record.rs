//! The record of a migration: what moved where, how it was proved, what is left to do, and the way back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::view::View;
use super::words::{Words, list};
use super::{CHECK_SCRIPT, Input, PAGES, Page, head};
use crate::migrate::mentions::{Call, Mention, Mentions};
use crate::migrate::plan::{EntryPoint, FileOp, NoteKind, Plan};
use crate::migrate::proof::Evidence;
use crate::report::summary::count;
use crate::source::FileId;
use crate::yaml::{self, Kind};

/// Mentions that are listed.
const MENTIONS: usize = 200;

/// What a record is made from.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The plan that was proved.
    pub plan: &'a Plan,
    /// What was compared, one for each of its entry points.
    pub evidence: &'a [Evidence],
    /// The project as it is after it.
    pub input: &'a Input<'a>,
    /// Who else names the old files.
    pub mentions: &'a Mentions,
}

/// The text of `MIGRATION.md`.
pub fn record(record: &Record) -> String {
    let view = View::new(record.input);
    let words = view.words;
    let mut page = Page::untitled(&format!("Migration of {}", words.code(record.input.name)));
    page.text("What was moved, how it was proved that nothing else changed, what is left to do, and the way back. Written once by composelint, and yours from then on.");
    moved(record, words, &mut page);
    services(record, words, &mut page);
    evidence(record, words, &mut page);
    commands(record, words, &mut page);
    notes(record, words, &mut page);
    comments(record, words, &mut page);
    mentions(record, words, &mut page);
    checklist(record, words, &mut page);
    page.0
}

fn shown(plan: &Plan, path: &Path) -> std::path::PathBuf {
    path.strip_prefix(&plan.root).unwrap_or(path).to_path_buf()
}

fn file(words: Words, plan: &Plan, file: &FileOp) -> String {
    let path = shown(plan, &file.path);
    if file.after.is_some() { words.link(&path, 0) } else { words.code(&path.display().to_string()) }
}

fn moved(record: &Record, words: Words, page: &mut Page) {
    page.heading("Files");
    let mut rows = Vec::new();
    let mut files: Vec<&FileOp> = record.plan.files.iter().filter(|f| !f.is_idle()).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for op in files {
        let what = match (&op.before, &op.after) {
            (None, _) => "new",
            (Some(_), None) => "removed",
            (Some(_), Some(_)) => "changed",
        };
        rows.push(vec![
            file(words, record.plan, op),
            what.to_owned(),
            crate::report::markdown::escaped(&words.redactor.text(&op.what), true),
        ]);
    }
    page.table(&head(&["file", "", "what it is"]), &rows);
}

/// The services that a text declares.
fn declared(bytes: Option<&Vec<u8>>) -> BTreeSet<String> {
    let text = bytes.map(|b| String::from_utf8_lossy(b)).unwrap_or_default();
    if !text.contains("services") {
        return BTreeSet::new();
    }
    let tree = yaml::parse(FileId::NONE, &text);
    let mut out = BTreeSet::new();
    for document in &tree.documents {
        let Some(services) = tree.get(document.root, "services") else { continue };
        if let Kind::Mapping { entries, .. } = &tree.node(tree.deref(services)).kind {
            out.extend(entries.iter().filter_map(|e| tree.text(e.key)).map(str::to_owned));
        }
    }
    out
}

/// Where each service was written, and where it is now.
fn services(record: &Record, words: Words, page: &mut Page) {
    let mut places: BTreeMap<String, (BTreeSet<&Path>, BTreeSet<&Path>)> = BTreeMap::new();
    for op in record.plan.files.iter().filter(|f| !f.is_idle()) {
        let is_yaml = op.path.extension().is_some_and(|e| e == "yml" || e == "yaml");
        if !is_yaml {
            continue;
        }
        for service in declared(op.before.as_ref()) {
            places.entry(service).or_default().0.insert(&op.path);
        }
        for service in declared(op.after.as_ref()) {
            places.entry(service).or_default().1.insert(&op.path);
        }
    }
    places.retain(|_, (before, after)| before != after);
    if places.is_empty() {
        return;
    }
    page.heading("Services");
    let code = |path: &&Path| words.code(&shown(record.plan, path).display().to_string());
    let link = |path: &&Path| words.link(&shown(record.plan, path), 0);
    let rows: Vec<Vec<String>> = places
        .iter()
        .map(|(name, (before, after))| {
            let before: Vec<String> = before.iter().map(code).collect();
            let after: Vec<String> = after.iter().map(link).collect();
            vec![words.code(name), before.join("<br>"), after.join("<br>")]
        })
        .collect();
    page.table(&head(&["service", "was written in", "is written in"]), &rows);
}

fn evidence(record: &Record, words: Words, page: &mut Page) {
    page.heading("Proof");
    page.text(
        "Every way in which the project is started was resolved before and after, and compared key by key: paths, names, profiles, with the values of today and with variables left as they are, by the answers of Compose 2.40 and of 5.x.",
    );
    let mut rows = Vec::new();
    for evidence in record.evidence {
        let counts = evidence.counts;
        let mut row = vec![words.code(&evidence.command)];
        row.extend([counts.services, counts.ports, counts.mounts, counts.volumes, counts.networks].iter().map(ToString::to_string));
        row.push(if evidence.refused { "refused by Compose, as before" } else { "the same" }.to_owned());
        rows.push(row);
    }
    page.table(&head(&["command", "services", "ports", "mounts", "volumes", "networks", "after"]), &rows);
    if !record.plan.accepted.is_empty() {
        page.text("Changes that were asked for, and nothing else:");
        let accepted = record.plan.accepted.iter().map(|a| format!("{}: {}", words.code(&a.path), words.prose(&a.why)));
        page.list(&accepted.collect::<Vec<_>>());
    }
    page.text("To prove it again:");
    page.commands(&["composelint migrate --check".to_owned(), format!("sh {CHECK_SCRIPT}")]);
}

fn commands(record: &Record, words: Words, page: &mut Page) {
    page.heading("Commands");
    let mut rows = Vec::new();
    for entry in &record.plan.entries {
        let becomes = entry.becomes.as_ref().filter(|b| **b != entry.command);
        rows.push(vec![words.code(&entry.command), becomes.map_or_else(|| "the same".to_owned(), |b| words.code(b))]);
    }
    page.table(&head(&["before", "after"]), &rows);
}

fn notes(record: &Record, words: Words, page: &mut Page) {
    for (kind, title) in [
        (NoteKind::Attention, "What was not done"),
        (NoteKind::Pinned, "Names that are written down now"),
        (NoteKind::Decision, "What was decided"),
    ] {
        let notes: Vec<String> = record
            .plan
            .notes
            .iter()
            .filter(|n| n.kind == kind)
            .map(|n| format!("{}: {}", words.code(&n.subject), words.prose(&n.message)))
            .collect();
        if !notes.is_empty() {
            page.heading(title);
            page.list(&notes);
        }
    }
}

/// Comments without a place, in a fence: they are text, whatever is in them.
fn comments(record: &Record, words: Words, page: &mut Page) {
    let plan = record.plan;
    let before = plan.comments_before;
    let lost = plan.comments.len();
    if before == 0 && lost == 0 {
        return;
    }
    page.heading("Comments");
    let kept = before.saturating_sub(lost);
    page.text(&match lost {
        0 => format!("All {} have a place in the new files.", count(before, "comment")),
        _ => format!(
            "{kept} of {} have a place in the new files. These have none; what looks like a secret is hidden.",
            count(before, "comment")
        ),
    });
    for comment in &plan.comments {
        let place = format!("{}:{}", words.path(&shown(plan, &comment.path)), comment.line);
        let lines: Vec<String> = comment.text.lines().map(|line| words.shown(line.trim_end())).collect();
        let text = lines.join("\n");
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        page.text(&format!("{}\n\n{fence}yaml\n{text}\n{fence}", crate::report::markdown::code(&place)));
    }
}

fn mentions(record: &Record, words: Words, page: &mut Page) {
    let notes: Vec<String> = record
        .plan
        .notes
        .iter()
        .filter(|n| n.kind == NoteKind::Mention)
        .map(|n| format!("{}: {}", words.code(&n.subject), words.prose(&n.message)))
        .collect();
    let places = &record.mentions.places;
    if places.is_empty() && notes.is_empty() {
        return;
    }
    page.heading("Who else names the old files");
    page.text("Old file names keep working as long as the files are there. These places can name the new ones.");
    page.list(&notes);
    let rows: Vec<Vec<String>> = places.iter().take(MENTIONS).map(|place| mention(record, words, place)).collect();
    page.table(&head(&["place", "line", "instead"]), &rows);
    let more = places.len().saturating_sub(MENTIONS);
    if more > 0 {
        page.text(&format!("And {}.", count(more, "more place")));
    }
    if record.mentions.incomplete {
        page.text("The tree is so large that not all of it was searched.");
    }
}

fn mention(record: &Record, words: Words, place: &Mention) -> Vec<String> {
    let at = format!("{}:{}", words.path(&shown(record.plan, &place.path)), place.line);
    let instead = place.call.as_ref().and_then(|call| {
        let same = |entry: &&EntryPoint| Call::read(&entry.command).is_some_and(|own| own.has_files_of(call));
        let entry = record.plan.entries.iter().find(same)?;
        let Some(becomes) = entry.becomes.as_ref().filter(|b| **b != entry.command) else { return Some("it may stay".to_owned()) };
        let parts: Vec<&str> = std::iter::once(becomes.as_str())
            .chain(call.flags.iter().map(String::as_str))
            .chain(Some(call.rest.as_str()).filter(|r| !r.is_empty()))
            .collect();
        Some(words.code(&parts.join(" ")))
    });
    vec![crate::report::markdown::code(&at), words.code(&place.text), instead.unwrap_or_default()]
}

fn checklist(record: &Record, words: Words, page: &mut Page) {
    page.heading("Checklist");
    let environments = record.input.environments;
    let mut items = vec![
        "Read “What was not done” above, if it is there".to_owned(),
        "Back up the volumes ".to_owned() + &format!("([how]({PAGES}/volumes.md))"),
        format!("`sh {CHECK_SCRIPT}` says “as expected” for {}", if environments.len() > 1 { "every environment" } else { "the project" }),
    ];
    for environment in environments {
        let command = words.code(&format!("{} up --detach --dry-run", environment.command));
        let name = if environments.len() > 1 { format!("{}: ", words.code(environment.name)) } else { String::new() };
        items.push(format!("{name}{command} creates no volume and no network that exists under another name"));
    }
    items.push("Cutover: start it with the new command, one environment after the other, the least important one first".to_owned());
    if !record.mentions.places.is_empty() {
        items.push("Scripts, jobs and documents name the new files".to_owned());
    }
    items.push("Copy `.env.example` where a `.env` is missing, and fill it in".to_owned());
    items.push("Commit the new files; `.composelint/rollback/` stays out of the repository".to_owned());
    items.push("Once all is well: remove `.composelint/rollback/`".to_owned());
    page.list(&items.into_iter().map(|item| format!("[ ] {item}")).collect::<Vec<_>>());

    page.heading("The way back");
    page.text("The originals are in `.composelint/rollback/`, byte by byte. This puts them back and takes the new files away, as long as nobody changed them since:");
    page.commands(&["composelint migrate --rollback".to_owned()]);
    let olds: BTreeSet<String> = record
        .plan
        .files
        .iter()
        .filter(|f| f.before.is_some() && !f.is_idle())
        .map(|f| words.code(&shown(record.plan, &f.path).display().to_string()))
        .collect();
    if !olds.is_empty() {
        page.text(&format!("That is: {}.", list(&olds.into_iter().collect::<Vec<_>>())));
    }
    page.text("What differs between the two, in a repository of git and before the new files are committed:");
    page.commands(&["composelint diff HEAD:./ .".to_owned()]);
}
