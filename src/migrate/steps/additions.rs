//! What the steps share that add a key to services: each service is asked about in every project that has it, and gets the key in the file
//! that says what it runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::check::Changes;
use super::desk::Desk;
use super::projects::Home;
use super::{StepError, say};
use crate::compose::Loader;
use crate::compose::value::Step as Way;
use crate::fs::Fs;
use crate::migrate::plan::{NoteKind, Plan};
use crate::model::{Project, Service};
use crate::source::Edit;
use crate::yaml::edit::{self, Position};

/// What one service gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Addition {
    /// Nothing: it has it, or needs none.
    Has,
    /// Nothing is known that would be right for certain.
    Unknown,
    /// A key.
    Write {
        /// The keys of the service that lead to the mapping; what is not there is made.
        at: Vec<&'static str>,
        /// The key.
        key: &'static str,
        /// Its value as lines.
        block: String,
        /// Its value between brackets.
        flow: String,
        /// What changes of the service.
        accepted: Vec<&'static str>,
        /// To complete "`NAME` …".
        said: String,
    },
}

/// A step that adds a key.
pub(super) struct Step {
    /// The flag.
    pub(super) name: &'static str,
    /// What is added, in a word.
    pub(super) noun: &'static str,
    /// What is said of the services of which nothing is known.
    pub(super) unknown: &'static str,
}

/// The services that are written in one place.
struct Place {
    home: Home,
    names: Vec<String>,
    addition: Addition,
    /// Not everywhere the same.
    mixed: bool,
}

/// Adds what `decide` says to every service.
pub(super) fn add(
    plan: &mut Plan,
    before: &Plan,
    disk: &dyn Fs,
    loader: &Loader,
    projects: &[Project],
    step: &Step,
    decide: &dyn Fn(&Service, &Project) -> Addition,
) -> Result<(), StepError> {
    let mut texts = Desk::new(loader, &before.root);
    let mut changes = Changes::default();
    let mut places: BTreeMap<(PathBuf, u32), Place> = BTreeMap::new();
    let mut unknown: Vec<String> = Vec::new();
    let mut notes = Vec::new();
    for project in projects {
        for service in project.services.values() {
            let addition = decide(service, project);
            let home = Home::of_service(service, &texts);
            if addition == Addition::Unknown {
                unknown.push(service.name.clone());
                continue;
            }
            let Some(home) = home else {
                if addition != Addition::Has {
                    notes.push((
                        NoteKind::Attention,
                        service.name.clone(),
                        format!("gets no {}, because it is written as an alias", step.noun),
                    ));
                }
                continue;
            };
            let place =
                places.entry(home.place()).or_insert_with(|| Place { home, names: Vec::new(), addition: addition.clone(), mixed: false });
            place.mixed |= place.addition != addition;
            if !place.names.contains(&service.name) {
                place.names.push(service.name.clone());
            }
        }
    }
    for place in places.into_values() {
        let Addition::Write { said, accepted, .. } = &place.addition else { continue };
        let Some(name) = place.names.first().cloned() else { continue };
        let mut left = |why: &str| notes.push((NoteKind::Attention, name.clone(), format!("gets no {}, because {why}", step.noun)));
        if place.mixed {
            left("it is not the same service in every environment");
        } else if place.names.len() > 1 || place.home.is_shared() || projects.iter().any(|p| is_extended(&name, p)) {
            left("other services take over what is written there");
        } else {
            let edit = edit_of(&place).filter(|_| texts.editable(place.home.tree.file).is_ok());
            if !edit.is_some_and(|edit| texts.add(vec![edit])) {
                left("it is written in a way that cannot be added to in place");
                continue;
            }
            for keys in accepted {
                let keys: Vec<&str> = ["services", &name].into_iter().chain(keys.split('.')).collect();
                changes.add(&keys, format!("{} adds it", step.name));
            }
            notes.push((NoteKind::Decision, name.clone(), said.clone()));
        }
    }
    unknown.sort();
    unknown.dedup();
    texts.finish(plan, disk, "services get what they lack")?;
    for (kind, subject, message) in notes {
        say(plan, kind, &subject, message);
    }
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(|n| format!("`{n}`")).collect();
        say(plan, NoteKind::Attention, step.noun, format!("these services {}: {}", step.unknown, names.join(", ")));
    }
    plan.notes.sort_by_key(|note| note.kind);
    changes.accept(step.name, before, plan, disk)
}

/// True if another service takes over what this one is.
fn is_extended(name: &str, project: &Project) -> bool {
    project.services.values().filter(|s| s.name != name).any(|service| {
        let image = service.image.iter().map(|i| &i.origin);
        let build = service.build.iter().map(|b| &b.origin);
        let command = service.command.iter().map(|c| &c.origin);
        let restart = service.restart.iter().map(|r| &r.origin);
        let lists = service.environment.values().map(|v| &v.origin).chain(service.volumes.iter().map(|v| &v.origin));
        let more = service.ports.iter().map(|p| &p.origin).chain(service.networks.values().map(|n| &n.origin));
        let mut all = image.chain(build).chain(command).chain(restart).chain(lists).chain(more);
        all.any(|origin| origin.via.iter().any(|step| matches!(step, Way::Extends { service, .. } if service == name)))
    })
}

fn edit_of(place: &Place) -> Option<Edit> {
    let Addition::Write { at, key, block, flow, .. } = &place.addition else { return None };
    let Home { source, tree, mapping } = &place.home;
    let mut inside = *mapping;
    let mut missing = at.as_slice();
    while let [first, rest @ ..] = missing
        && let Some(found) = tree.get(inside, first)
    {
        if tree.shared(found) {
            return None;
        }
        inside = found;
        missing = rest;
    }
    let insert = |key: &str, value: &str| edit::insert_entry(source, tree, inside, Position::End, key, value);
    let Some((outer, inner)) = missing.split_first() else { return insert(key, block).or_else(|| insert(key, flow)) };
    let mut lines = format!("{key}:{}", block.replace('\n', "\n  "));
    let mut brackets = format!("{{{key}: {flow}}}");
    for name in inner.iter().rev() {
        lines = format!("{name}:\n  {}", lines.replace('\n', "\n  "));
        brackets = format!("{{{name}: {brackets}}}");
    }
    insert(outer, &format!("\n{lines}")).or_else(|| insert(outer, &brackets))
}
