//! `migrate --check`: whether what a migration left is still whole. Every environment loads; it is still the project that it was before the
//! split, for as long as the originals are kept; nothing is defined twice; the pages and examples are current.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::apply::{self, ApplyError};
use super::papers::{self, Stale};
use super::plan::{EntryPoint, Plan};
use super::proof::{NotProved, Proved, prove};
use super::steps;
use crate::compose::{self, Loader, Request, Role, SECTIONS};
use crate::fs::{Fs, Overlay};
use crate::model;
use crate::report::Redactor;
use crate::source::Sources;
use crate::yaml::Kind;

/// What was found.
pub struct Checked {
    /// The proof against the originals; `None`: they are no longer there.
    pub proof: Option<Result<Proved, Box<NotProved>>>,
    /// Every environment, and why Compose refuses it, if it does; without secrets.
    pub environments: Vec<(String, Option<String>)>,
    /// What is written for people and no longer true, or gone.
    pub stale: Vec<Stale>,
    /// What several parts define: its section and name, and the parts.
    pub twice: Vec<(String, Vec<PathBuf>)>,
}

impl Checked {
    /// True if nothing is to be said.
    pub fn is_sound(&self) -> bool {
        let proof = self.proof.as_ref().is_none_or(Result::is_ok);
        proof && self.environments.iter().all(|(_, why)| why.is_none()) && self.stale.is_empty() && self.twice.is_empty()
    }
}

/// How the environments of a project that was split are started, today.
pub fn entries(root: &Path, disk: &dyn Fs) -> Vec<EntryPoint> {
    let entries = apply::recorded(root, disk).map_or_else(|_| chosen(root, disk), |plan| plan.entries);
    let today = |e: EntryPoint| EntryPoint { command: e.now().to_owned(), becomes: None, before: e.after.clone(), ..e };
    entries.into_iter().map(today).collect()
}

/// Looks at a project that was split. Errors: there is nothing to look at, or the record of the migration is damaged.
pub fn check(root: &Path, disk: &dyn Fs) -> Result<Checked, ApplyError> {
    let recorded = match apply::recorded(root, disk) {
        Ok(plan) => Some(plan),
        Err(ApplyError::NoRollback(_)) => None,
        Err(error) => return Err(error),
    };
    let entries = match &recorded {
        Some(plan) => plan.entries.clone(),
        None => chosen(root, disk),
    };
    if entries.is_empty() {
        return Err(ApplyError::NoRollback(root.join(apply::ROLLBACK)));
    }
    let proof = recorded.map(|plan| {
        let originals: Vec<(PathBuf, Option<Vec<u8>>)> = plan.files.iter().map(|f| (f.path.clone(), f.before.clone())).collect();
        prove(plan, &Overlay::with(disk, originals))
    });
    Ok(Checked {
        proof,
        environments: entries.iter().map(|e| (e.now().to_owned(), refusal(e, disk))).collect(),
        stale: papers::stale(root, disk, &entries),
        twice: twice(disk, &entries),
    })
}

/// The environments that the root lets one choose.
fn chosen(root: &Path, disk: &dyn Fs) -> Vec<EntryPoint> {
    let plan = Plan { root: root.to_path_buf(), ..Plan::default() };
    let Some((_, variable)) = steps::environment::chooser(&plan, disk) else { return Vec::new() };
    let names = disk.read_dir(&root.join(super::ENVIRONMENTS)).unwrap_or_default();
    let names = names.iter().filter_map(|e| e.path.file_name()?.to_str()?.strip_suffix(".yaml").map(str::to_owned));
    names
        .map(|name| {
            let mut request = Request::new(root);
            request.environment.insert(variable.clone(), name.clone());
            let command = format!("{variable}={name} docker compose");
            let aside = vec![variable.clone()];
            EntryPoint {
                command,
                becomes: None,
                environment: Some(name),
                before: request.clone(),
                after: request,
                choices: Vec::new(),
                aside,
            }
        })
        .collect()
}

fn refusal(entry: &EntryPoint, disk: &dyn Fs) -> Option<String> {
    let sources = Sources::new();
    let loader = Loader::new(disk, &sources);
    let project = model::whole(&loader, &entry.after);
    let problem = project.problems.iter().find(|p| p.refused)?;
    // It may quote what is written.
    Some(Redactor::new(&sources, std::slice::from_ref(&project)).text(&problem.message).into_owned())
}

/// What the common parts define more than once.
fn twice(disk: &dyn Fs, entries: &[EntryPoint]) -> Vec<(String, Vec<PathBuf>)> {
    let Some(entry) = entries.first() else { return Vec::new() };
    let sources = Sources::new();
    let loader = Loader::new(disk, &sources);
    let project = compose::load(&loader, &entry.after);
    let common = |path: &Path| path.parent().and_then(Path::file_name).is_some_and(|d| d == "services" || d == "infrastructure");
    let mut homes: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in project.files.iter().filter(|f| matches!(f.role, Role::Include(_)) && common(&f.path)) {
        let Some(tree) = loader.tree(file.id) else { continue };
        for section in SECTIONS {
            let entries = tree.documents.iter().filter_map(|d| tree.get(d.root, section)).filter_map(|id| match &tree.node(id).kind {
                Kind::Mapping { entries, .. } => Some(entries),
                _ => None,
            });
            for key in entries.flatten().filter_map(|e| tree.text(e.key)) {
                homes.entry(format!("{section}.{key}")).or_default().push(file.path.clone());
            }
        }
    }
    homes.into_iter().filter(|(_, files)| files.len() > 1).collect()
}
