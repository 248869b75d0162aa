//! Where the values of a project come from once it is on NixOS: which env files the engine's client reads, which secrets sops-nix, agenix or
//! a file of the host has, and what is left that would stand in the store, where every user can read it. Never keeps the value of a secret.

mod client;
mod files;
mod judge;
mod objects;
mod refer;
mod store;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use super::{Class, Options, Remark, SecretsFrom};
use crate::compose::problem::ModelPath;
use crate::compose::value::Origin;
use crate::fs::Fs;
use crate::model::{MountKind, Project, Service};
use crate::nix::Binding;
use crate::secret;
use judge::{Found, Judge};
use refer::Place;
use store::{Store, Variable};
use texts::Texts;

/// Where the values of a project come from.
#[derive(Clone, Debug, Default)]
pub struct Wiring {
    /// By service; all services are there.
    pub services: BTreeMap<String, ServiceWiring>,
    /// Top-level secret → its file on the host, or a marked reference. None for what has no file: a remark says why.
    pub secret_source: BTreeMap<String, String>,
    /// Top-level config → its file on the host, or a marked reference. None for what is written as text into the store.
    pub config_source: BTreeMap<String, String>,
    /// `sops.secrets…`, `sops.templates…`, `age.secrets…`.
    pub bindings: Vec<Binding>,
    /// What has to be made before the module is used.
    pub create: Vec<ToCreate>,
    /// What became of env files, secrets and configs. What is [`Class::Unmapped`] here is allowed by [`Options::secrets_in_store`] where
    /// that can help, and is then not unmapped any more.
    pub remarks: Vec<Remark>,
}

/// Where the variables of a service come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceWiring {
    /// Variables that must not stand in the module, because a file has them.
    pub hidden: BTreeSet<String>,
    /// The files, in order: absolute, or a marked reference.
    pub environment_files: Vec<String>,
}

/// Something that has to be made by hand, because it holds secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToCreate {
    /// The file, or the name of the secret.
    pub what: String,
    /// The services that need it, in order.
    pub for_services: Vec<String>,
    /// The variables that it has to set, one on a line each, or the one thing that it holds.
    pub names: Vec<String>,
    /// How, as a sentence without a full stop, with the command.
    pub how: String,
    /// Where the value of each name is today: `./.env:3`.
    pub source: Vec<String>,
}

impl Wiring {
    /// A path of the host as the module has it: what sops-nix or agenix makes is a reference, all else stays.
    pub fn path(&self, path: &str) -> String {
        Place::of(path).map_or_else(|| path.to_owned(), |place| place.marked())
    }
}

/// Wires a project. `disk` is where its env files are; `unit_names` gives the units of a service, with their suffix, which are restarted when
/// a secret of theirs changes.
pub fn wire(project: &Project, disk: &dyn Fs, options: &Options, unit_names: &dyn Fn(&str) -> Vec<String>) -> Wiring {
    let texts = Texts::new(project, disk);
    let judge = Judge::new(project, &texts);
    let mut store = Store::new(project, options, unit_names);
    let mut out = Wiring::default();
    for service in project.services.values() {
        let mut wiring = files::wire(service, project, &texts, options, &mut out.remarks);
        references(service, &mut out.remarks);
        for variable in secrets(service, &wiring, &judge, options) {
            let path = ModelPath::keys(&["services", &service.name, "environment"]).key(variable.name).to_string();
            let what = format!("the variable `{}`", variable.name);
            let movable = options.secrets != SecretsFrom::Keep;
            if let Some(why) = store::unfit(variable.value, options.backend).filter(|_| movable) {
                let help = format!("an env file cannot hold it, because {why}: give the secret as a file, with `secrets`");
                out.remarks.push(in_store(path, &what, Some(variable.origin.clone()), &help, options));
            } else if movable {
                wiring.hidden.insert(variable.name.to_owned());
                let message = format!("{what} is read from a file that only root can read, and does not stand in the store");
                out.remarks.push(Remark { class: Class::Moved, path, message, origin: Some(variable.origin.clone()) });
                let parts = judge.parts(variable.name, variable.value, variable.origin);
                store.variable(variable, texts.written(variable.origin), parts);
            } else {
                out.remarks.push(in_store(path, &what, Some(variable.origin.clone()), MOVES, options));
            }
        }
        out.services.insert(service.name.clone(), wiring);
    }
    for (service, file) in store.env_files() {
        if let Some(wiring) = out.services.get_mut(&service) {
            wiring.environment_files.push(file);
        }
    }
    left(project, &judge, &mut out, options);
    objects::secrets(project, disk, &texts, options, &mut store, &mut out);
    objects::configs(project, &texts, &judge, options, &mut store, &mut out);
    (out.bindings, out.create) = store.finish();
    out
}

/// What moves a variable out.
const MOVES: &str = "`--secrets sops`, `agenix` or `env-files` moves it out";

/// A secret that would stand in the store, or does so because it may.
fn in_store(path: String, what: &str, origin: Option<Origin>, help: &str, options: &Options) -> Remark {
    let (class, message) = if options.secrets_in_store {
        (Class::Different, format!("{what} holds a secret, which stands in the store, where every user of the host can read it: {help}"))
    } else {
        let message = format!(
            "{what} holds a secret, which would stand in the store, where every user of the host can read it: {help}; \
             `--allow-secrets-in-store` lets it stand"
        );
        (Class::Unmapped, message)
    };
    Remark { class, path, message, origin }
}

/// The variables of a service that are secrets and come from no file.
fn secrets<'a>(service: &'a Service, wiring: &ServiceWiring, judge: &Judge<'_>, options: &Options) -> Vec<Variable<'a>> {
    let mut out = Vec::new();
    for (name, entry) in service.environment.iter().filter(|(name, _)| !wiring.hidden.contains(*name)) {
        let Some(value) = &entry.value else { continue };
        // A password that is to come from an `.env` that is not here: it is asked for, as soon as there is a place for it.
        let missing = || options.secrets != SecretsFrom::Keep && entry.origin.is_unset() && secret::credential_key(name);
        if judge.pair(name, value, &entry.origin) || missing() {
            out.push(Variable { service: &service.name, name, value, origin: &entry.origin });
        }
    }
    out
}

/// Mounts of what sops-nix or agenix makes.
fn references(service: &Service, remarks: &mut Vec<Remark>) {
    for (i, mount) in service.volumes.iter().enumerate().filter(|(_, m)| m.kind == MountKind::Bind) {
        if let Some(place) = mount.source.as_deref().and_then(Place::of) {
            let path = ModelPath::keys(&["services", &service.name, "volumes"]).index(i).to_string();
            let source = mount.source.as_deref().unwrap_or_default();
            let message = format!("`{source}` is the path of `{}` now, which the host has to declare", place.option());
            remarks.push(Remark { class: Class::Moved, path, message, origin: Some(mount.origin.clone()) });
        }
    }
}

/// The secrets that nothing moves.
fn left(project: &Project, judge: &Judge<'_>, out: &mut Wiring, options: &Options) {
    const HELP: &str = "let the program read it from its environment or from a file, which can be moved out";
    let mut found: Vec<Found> = project.services.values().flat_map(|service| judge.service(service)).collect();
    found.extend(judge.resources());
    let known: Vec<String> = found.iter().map(|f| f.path.clone()).collect();
    found.extend(judge.elsewhere(&known));
    out.remarks.extend(found.into_iter().map(|f| in_store(f.path, &f.what, f.origin, HELP, options)));
}
