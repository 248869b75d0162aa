//! `--consolidate-volumes`, `--consolidate-networks`: a volume or network that several files of a project define in the same words is defined
//! once. Different definitions are reported with both places, and never merged.
//!
//! The one definition is in `docker-compose/infrastructure/resources.yaml` where the project has that file, else in the first of its
//! files that has it. It goes only from files that are never loaded without the one that keeps it. Who mounts a volume where is said in the
//! notes and not in the file, where it would be wrong one day.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::check::Changes;
use super::desk::Desk;
use super::moving::bases;
use super::projects::{self, Home};
use super::{StepError, say};
use crate::compose::construct::{Constructor, MAX_FILE_VALUES};
use crate::compose::paths::Reading;
use crate::compose::value::{Data, Value};
use crate::compose::{Loader, Role, Semantics};
use crate::fs::Fs;
use crate::migrate::RESOURCES;
use crate::migrate::plan::{Comment, NoteKind, Plan};
use crate::model::{MountKind, Project};
use crate::source::{Edit, FileId, Sources};
use crate::yaml::edit::{self, Position};
use crate::yaml::{Kind, NodeId, Tree};

/// What is consolidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Volumes.
    Volumes,
    /// Networks.
    Networks,
}

impl Resource {
    fn section(self) -> &'static str {
        match self {
            Resource::Volumes => "volumes",
            Resource::Networks => "networks",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Resource::Volumes => "volume",
            Resource::Networks => "network",
        }
    }

    fn flag(self) -> &'static str {
        match self {
            Resource::Volumes => "`--consolidate-volumes`",
            Resource::Networks => "`--consolidate-networks`",
        }
    }
}

/// A definition in a file.
#[derive(Clone)]
struct Defined {
    file: FileId,
    path: PathBuf,
    key: NodeId,
    value: NodeId,
    data: Value,
}

/// A definition that goes.
struct Going {
    gone: Defined,
    /// The first of them all.
    first: Defined,
    keeper: PathBuf,
    /// The keeper has it already.
    kept: bool,
    name: String,
    /// Who uses it.
    used: String,
}

/// Defines once what is defined several times.
pub fn add(plan: &mut Plan, disk: &dyn Fs, resource: Resource) -> Result<(), StepError> {
    let before = plan.clone();
    let preview = before.preview(disk);
    let sources = Sources::new();
    let loader = Loader::new(&preview, &sources);
    let projects = projects::of(&before, &loader);
    let work = Work { resource, before: &before, projects: &projects, bases: bases::of(&before, &projects, &loader) };
    let mut texts = Desk::new(&loader, &before.root);
    let mut notes: Vec<(NoteKind, String, String)> = Vec::new();
    let mut going: BTreeMap<PathBuf, BTreeMap<NodeId, Going>> = BTreeMap::new();
    let places = |all: &[&Defined], texts: &Desk| {
        let places: Vec<String> = all.iter().filter_map(|d| Some(texts.place(texts.tree(d.file)?.node(d.key).span))).collect();
        places.join(" and ")
    };
    for project in &projects {
        for (name, defined) in work.repeated(project, &texts) {
            let (Some(first), true) = (defined.first(), defined.len() > 1) else { continue };
            if let Some(other) = defined.iter().find(|d| !work.same(first, d)) {
                let both = places(&[first, other], &texts);
                notes.push((NoteKind::Attention, name.clone(), format!("this {} is defined in different words in {both}: nothing was merged; make them the same, or give one of them another key", resource.word())));
                continue;
            }
            let keeper = work.keeper(project, &defined);
            let used = used_by(project, &name, resource);
            for gone in defined.iter().filter(|d| d.path != keeper) {
                let new = Going {
                    gone: gone.clone(),
                    first: first.clone(),
                    keeper: keeper.clone(),
                    name: name.clone(),
                    used: used.clone(),
                    kept: defined.iter().any(|d| d.path == keeper),
                };
                going.entry(gone.path.clone()).or_default().entry(gone.key).or_insert(new);
            }
        }
    }
    let mut comments = Vec::new();
    for of_file in going.into_values() {
        let (can, cannot): (Vec<Going>, Vec<Going>) = of_file.into_values().partition(|g| work.is_always_with(g));
        let mut stays: Vec<(Going, &str)> = cannot.into_iter().map(|g| (g, "the file is loaded without the other one, too")).collect();
        match work.removed(&can, &texts) {
            Some(edits) => {
                let lost = lost(&can, &edits, &texts);
                if texts.add(edits) {
                    comments.extend(lost);
                    notes.extend(can.into_iter().map(|g| {
                        let (keeper, gone) = (texts.shown(&g.keeper), texts.shown(&g.gone.path));
                        (NoteKind::Decision, g.name, format!("is defined once, in `{keeper}`, and no more in `{gone}`{}", g.used))
                    }));
                } else {
                    stays.extend(can.into_iter().map(|g| (g, "the texts cannot be changed together")));
                }
            }
            None => stays.extend(can.into_iter().map(|g| (g, "it cannot be taken out in place"))),
        }
        for (g, why) in stays {
            let (place, keeper) = (places(&[&g.gone], &texts), texts.shown(&g.keeper));
            notes.push((
                NoteKind::Attention,
                g.name,
                format!("this {} is defined in {place} as well as in `{keeper}`, and stays there, because {why}", resource.word()),
            ));
        }
    }
    for comment in comments {
        if !plan.comments.contains(&comment) {
            plan.comments.push(comment);
        }
    }
    texts.finish(plan, disk, "what is defined several times is defined once")?;
    for (kind, subject, message) in notes {
        say(plan, kind, &subject, message);
    }
    plan.notes.sort_by_key(|note| note.kind);
    Changes::default().accept(resource.flag(), &before, plan, disk)
}

struct Work<'a> {
    resource: Resource,
    before: &'a Plan,
    projects: &'a [Project],
    bases: BTreeMap<PathBuf, PathBuf>,
}

impl Work<'_> {
    /// What each file of a project defines, by name, in the order of the files.
    fn repeated(&self, project: &Project, desk: &Desk) -> BTreeMap<String, Vec<Defined>> {
        let mut out: BTreeMap<String, Vec<Defined>> = BTreeMap::new();
        for file in project.files.iter().filter(|f| matches!(f.role, Role::Main | Role::Override | Role::Include(_))) {
            let Some(home) = Home::top(file.id, desk) else { continue };
            let Some(section) = home.tree.get(home.mapping, self.resource.section()) else { continue };
            let Kind::Mapping { entries, .. } = &home.tree.node(section).kind else { continue };
            let mut constructor = Constructor::new(&home.tree, Semantics::default(), MAX_FILE_VALUES);
            let Some(Value { data: Data::Map(root), .. }) = constructor.document(0).and_then(|d| d.value) else { continue };
            for entry in entries {
                let Some(name) = home.tree.text(entry.key) else { continue };
                let Some(data) = root.get(self.resource.section()).and_then(|s| s.value.get(name)) else { continue };
                let defined = Defined { file: file.id, path: file.path.clone(), key: entry.key, value: entry.value, data: data.clone() };
                out.entry(name.to_owned()).or_default().push(defined);
            }
        }
        out
    }

    /// True if two definitions mean the same.
    fn same(&self, a: &Defined, b: &Defined) -> bool {
        let nothing = |value: &Value| value.is_null() || value.as_map().is_some_and(crate::ordered::IndexMap::is_empty);
        if nothing(&a.data) && nothing(&b.data) {
            return true;
        }
        let device = a.data.get("driver_opts").and_then(|o| o.get("device")).and_then(Value::as_str);
        let relative = device.is_some_and(|d| Reading::Unix.is_relative(d));
        a.data == b.data && (!relative || self.bases.contains_key(&a.path) && self.bases.get(&a.path) == self.bases.get(&b.path))
    }

    /// The file that keeps a definition.
    fn keeper(&self, project: &Project, defined: &[Defined]) -> PathBuf {
        let shared = self.before.root.join(RESOURCES);
        let first = defined.first().map(|d| d.path.clone()).unwrap_or_default();
        if project.files.iter().any(|f| f.path == shared) { shared } else { first }
    }

    /// True if whoever loads the one file loads the other.
    fn is_always_with(&self, going: &Going) -> bool {
        let reads = |project: &Project, path: &Path| project.files.iter().any(|f| f.path == path && !matches!(f.role, Role::Extends(_)));
        !self.projects.iter().any(|p| reads(p, &going.gone.path) && !reads(p, &going.keeper))
    }

    /// Takes definitions of one file away that other files keep; all of a section go with it.
    fn removed(&self, all: &[Going], desk: &Desk) -> Option<Vec<Edit>> {
        let Some(one) = all.first() else { return Some(Vec::new()) };
        let tree = desk.tree(one.gone.file)?;
        let source = desk.source(one.gone.file);
        desk.editable(one.gone.file).ok()?;
        let (section, _) = tree.entry(one.gone.key)?;
        let Kind::Mapping { entries, .. } = &tree.node(section).kind else { return None };
        let needed = |g: &Going| tree.shared(g.gone.key) || inside(g.gone.value, &tree).any(|node| tree.shared(node));
        if all.iter().any(needed) {
            return None;
        }
        let mut edits = Vec::new();
        if entries.len() == all.len() {
            let (top, entry) = tree.entry(section)?;
            edits.extend(edit::remove_entry_up(&source, &tree, top, entry.key)?);
        } else {
            for going in all {
                edits.extend(edit::remove_entry(&source, &tree, section, going.gone.key)?);
            }
        }
        for going in all.iter().filter(|g| !g.kept) {
            edits.extend(self.insert(&going.first, &going.keeper, &going.name, desk)?);
        }
        Some(edits)
    }

    /// Puts a definition into the file that is to keep it.
    fn insert(&self, defined: &Defined, keeper: &Path, name: &str, desk: &Desk) -> Option<Vec<Edit>> {
        let parsed = desk.open(keeper).ok()?;
        let home = Home::top(parsed.id, desk)?;
        let text = definition(defined, desk)?;
        let edit = if let Some(section) = home.tree.get(home.mapping, self.resource.section()) {
            edit::insert_entry(&home.source, &home.tree, section, Position::End, name, &text)
        } else {
            let lines = text.strip_prefix('\n').map(|lines| format!("\n  {}", lines.replace('\n', "\n  ")));
            let value = lines.unwrap_or_else(|| format!(" {text}"));
            let block = format!("\n{}:{}", edit::scalar_text(name, false), value.trim_end());
            edit::insert_entry(&home.source, &home.tree, home.mapping, Position::End, self.resource.section(), &block)
        };
        edit.map(|e| vec![e])
    }
}

/// A node and all that is in it.
fn inside(node: NodeId, tree: &Tree) -> impl Iterator<Item = NodeId> + use<> {
    (node.0..=tree.last_in(node).0).map(NodeId)
}

/// The comments that go with definitions, and do not come with one into another file.
fn lost(all: &[Going], edits: &[Edit], desk: &Desk) -> Vec<Comment> {
    let Some(tree) = all.first().and_then(|g| desk.tree(g.gone.file)) else { return Vec::new() };
    let source = desk.source(tree.file);
    let moves = |at: u32| {
        all.iter().any(|g| {
            let value = tree.node(g.gone.value).span;
            !g.kept && g.first.path == g.gone.path && (value.start..value.end).contains(&at)
        })
    };
    let gone = |at: u32| edits.iter().any(|e| e.span.file == tree.file && (e.span.start..e.span.end).contains(&at));
    let comments = tree.comments.iter().map(|c| c.span).filter(|span| gone(span.start) && !moves(span.start));
    comments
        .map(|span| Comment { path: source.path.clone(), line: source.position(span.start).line, text: source.slice(span).to_owned() })
        .collect()
}

/// A definition as YAML, indented from 0.
fn definition(defined: &Defined, desk: &Desk) -> Option<String> {
    let tree = desk.tree(defined.file)?;
    let source = desk.source(defined.file);
    let node = tree.node(defined.value);
    // An anchor or an alias means something only where it is.
    let alone = inside(defined.value, &tree).all(|id| {
        let node = tree.node(id);
        node.anchor.is_none() && node.tag.is_none() && !matches!(node.kind, Kind::Alias { .. })
    });
    let text = source.slice(node.span);
    if !alone {
        return None;
    }
    if !matches!(node.kind, Kind::Mapping { flow: false, .. }) {
        return (!text.contains('\n')).then(|| text.to_owned());
    }
    let column = source.position(node.span.start).column.checked_sub(1)? as usize;
    let mut out = String::new();
    for (number, line) in text.lines().enumerate() {
        let line = if number == 0 { line } else { line.get(line.len().min(column)..)? };
        out.push('\n');
        out.push_str(line.trim_end());
    }
    Some(out)
}

/// Who uses it, to end a sentence.
fn used_by(project: &Project, name: &str, resource: Resource) -> String {
    let mut users = Vec::new();
    for service in project.services.values() {
        match resource {
            Resource::Volumes => {
                let mounts = service.volumes.iter().filter(|m| m.kind == MountKind::Volume && m.source.as_deref() == Some(name));
                users.extend(mounts.map(|m| format!("`{}` mounts it at `{}`", service.name, m.target)));
            }
            Resource::Networks if service.networks.contains_key(name) => users.push(format!("`{}`", service.name)),
            Resource::Networks => {}
        }
    }
    match (users.is_empty(), resource) {
        (true, _) => String::new(),
        (false, Resource::Volumes) => format!("; {}", users.join(", ")),
        (false, Resource::Networks) => format!("; attached: {}", users.join(", ")),
    }
}
