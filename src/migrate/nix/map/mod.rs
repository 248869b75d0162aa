//! From the typed project to the normal form, key by key. Every struct of the model is taken apart without `..`: a key that is new in
//! Compose does not compile until it is told here what becomes of it, and [`KEYS`] has a row for it.

mod builds;
mod device_requests;
mod keys;
mod limits;
mod mounts;
mod networks;
mod order;
mod process;
mod pull;
mod service;
#[cfg(test)]
mod tests;
mod volumes;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::{self, Display};

use super::normal::{Container, Stack, Unit};
use super::wire::Wiring;
use super::{Class, Options, Remark};
use crate::compose::value::{Origin, Value};
use crate::model::{FileObject, Model, Named, Project, Service, Sourced};
use crate::ordered::IndexMap;

pub use keys::{KEYS, Key, keys_table};
pub(super) use mounts::looks_like_file;

/// The path of a remark on an order that nothing can be started in. It cannot be allowed.
const CYCLE: &str = "services";

/// A project in the normal form, and what is to be said about it.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    /// What the engine and systemd are asked for.
    pub stack: Stack,
    /// What became of the keys that are not simply mapped.
    pub remarks: Vec<Remark>,
    /// The volumes that have a name.
    pub volumes: Vec<Continuity>,
    /// The volumes that have none.
    pub anonymous: Vec<Anonymous>,
    /// The containers of each service.
    pub services: IndexMap<String, Vec<String>>,
    /// What each unit is there for, by its name without `.service`: `services.web`, `networks.default`, `volumes.data`.
    pub owners: BTreeMap<String, String>,
    /// Containers that wait for each other.
    pub cycles: Vec<Vec<String>>,
}

impl Mapped {
    /// The remarks that stand against writing anything.
    pub fn refused<'m>(&'m self, options: &'m Options) -> impl Iterator<Item = &'m Remark> {
        self.remarks.iter().filter(|r| r.class == Class::Unmapped && (r.path == CYCLE || !options.allows(&r.path)))
    }
}

/// What a volume is called today, and will be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuity {
    /// Its key below `volumes`.
    pub key: String,
    /// Its name at the engine, today and tomorrow.
    pub real_name: String,
    /// True if the name follows from the project's, so that another name of the project is another volume.
    pub from_project: bool,
    /// True if the project does not make it.
    pub external: bool,
    /// Its driver, if it is not the engine's default.
    pub driver: Option<String>,
    /// The services that mount it.
    pub services: Vec<String>,
}

/// A volume without a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anonymous {
    /// The service.
    pub service: String,
    /// The path in the container.
    pub target: String,
}

/// The containers of each service, by name.
pub fn names(project: &Project, options: &Options) -> IndexMap<String, Vec<String>> {
    let wiring = Wiring::default();
    let mut mapper = Mapper::new(project, &wiring, options);
    mapper.name_containers();
    mapper.out.services
}

/// The project in the normal form.
pub fn stack(project: &Project, wiring: &Wiring, options: &Options) -> Mapped {
    let mut mapper = Mapper::new(project, wiring, options);
    mapper.name_containers();
    mapper.top_level();
    for service in project.services.values() {
        if service.enabled {
            mapper.service(service);
        } else {
            let message =
                format!("service `{}` is not enabled and is not migrated; choose its profile to take it along", service.value.name);
            mapper.say(Class::Different, &format!("services.{}", service.value.name), &service.at_key(), message);
        }
    }
    mapper.finish()
}

/// What all parts share.
struct Mapper<'a> {
    project: &'a Project,
    wiring: &'a Wiring,
    options: &'a Options,
    out: Mapped,
    /// `compose-project.target`.
    target: String,
    /// The services that others wait for, and what they wait for.
    awaited: HashSet<(&'a str, &'a str)>,
    used_networks: BTreeSet<String>,
    /// By key: the services that mount it.
    used_volumes: BTreeMap<String, Vec<String>>,
    builds: IndexMap<String, Unit>,
    pulls: IndexMap<String, Unit>,
    units: IndexMap<String, Unit>,
    tmpfiles: Vec<String>,
}

impl<'a> Mapper<'a> {
    fn new(project: &'a Project, wiring: &'a Wiring, options: &'a Options) -> Self {
        Mapper {
            project,
            wiring,
            options,
            out: Mapped::default(),
            target: format!("{}.target", target_name(project)),
            awaited: awaited(project).collect(),
            used_networks: BTreeSet::new(),
            used_volumes: BTreeMap::new(),
            builds: IndexMap::default(),
            pulls: IndexMap::default(),
            units: IndexMap::default(),
            tmpfiles: Vec::new(),
        }
    }
}

/// A container in the making.
struct Draft<'a> {
    service: &'a Service,
    /// `services.web`.
    path: &'a String,
    /// The container's name.
    name: String,
    container: Container,
    unit: Unit,
    /// Paths of the host that may be mounts of their own.
    mounts_for: BTreeSet<String>,
}

/// Where a remark is. It is put into words only if there is something to say.
#[derive(Clone, Copy)]
struct At<'p> {
    holder: &'p dyn Display,
    key: &'p str,
    number: Option<usize>,
}

impl<'p> At<'p> {
    /// A key of something.
    fn of(holder: &'p dyn Display, key: &'p str) -> Self {
        Self { holder, key, number: None }
    }

    /// An item of the list that the key has.
    fn number(self, number: usize) -> Self {
        Self { number: Some(number), ..self }
    }
}

impl Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { holder, key, number } = self;
        write!(f, "{holder}.{key}")?;
        number.map_or(Ok(()), |number| write!(f, "[{number}]"))
    }
}

impl<'a> Draft<'a> {
    /// A key of the service.
    fn at<'k>(&self, key: &'k str) -> At<'k>
    where
        'a: 'k,
    {
        At::of(self.path, key)
    }

    /// Adds a value of a flag.
    fn flag(&mut self, name: &str, value: impl Into<String>) {
        self.container.flags.entry(name.to_owned()).or_default().push(value.into());
    }

    fn flags<T: Into<String>>(&mut self, name: &str, values: impl IntoIterator<Item = T>) {
        for value in values {
            self.flag(name, value);
        }
    }

    /// Starts after another unit, and not without it.
    fn require(&mut self, unit: String) {
        self.unit.after.insert(unit.clone());
        self.unit.requires.insert(unit);
    }

    /// Starts after another unit, if it is there.
    fn want(&mut self, unit: String) {
        self.unit.after.insert(unit.clone());
        self.unit.wants.insert(unit);
    }
}

impl Mapper<'_> {
    /// Adds a remark.
    fn say(&mut self, class: Class, path: &dyn Display, origin: &Origin, message: impl Into<String>) {
        self.out.remarks.push(Remark { class, path: path.to_string(), message: message.into(), origin: Some(origin.clone()) });
    }

    /// A remark on a key, if it is there.
    fn say_of<T>(&mut self, class: Class, path: &dyn Display, field: Option<&Sourced<T>>, message: &str) {
        if let Some(field) = field {
            self.say(class, path, &field.at_key(), message);
        }
    }

    /// A remark on a mapping or a list, if there is anything in it.
    fn say_of_all<'s, T: 's>(&mut self, class: Class, path: &dyn Display, items: impl IntoIterator<Item = &'s Sourced<T>>, message: &str) {
        self.say_of(class, path, items.into_iter().next(), message);
    }

    /// `x-` keys say nothing to an engine; a key that nobody knows might.
    fn unknown<'e>(&mut self, path: &dyn Display, extensions: impl IntoIterator<Item = (&'e String, &'e Sourced<Value>)>) {
        for (key, value) in extensions {
            self.unknown_key(&At::of(path, key), key, value);
        }
    }

    fn unknown_key(&mut self, at: &dyn Display, key: &str, value: &Sourced<Value>) {
        if key.starts_with("x-") {
            self.say(Class::Inert, at, &value.at_key(), "keys that begin with `x-` say nothing to the engine");
        } else {
            let message = "this key is not known, so nobody can tell what it would become on NixOS; remove it, or allow leaving it out";
            self.say(Class::Unmapped, at, &value.at_key(), message);
        }
    }

    fn shown(&self, path: &str) -> String {
        self.project.shown(std::path::Path::new(path))
    }

    /// The unit of a container, with its suffix.
    fn container_unit(&self, name: &str) -> String {
        format!("{}-{name}.service", self.options.backend)
    }

    fn profile_target(&self, profile: &str) -> String {
        format!("{}-profile-{}", target_name(self.project), unit_name(profile))
    }

    /// A unit beside the containers, which runs once and stays.
    fn resource_unit(&self, description: String) -> Unit {
        let command = self.options.backend.command();
        let mut unit = Unit { description: Some(description), ..Unit::default() };
        unit.service.insert("Type".into(), "oneshot".into());
        unit.service.insert("RemainAfterExit".into(), "true".into());
        unit.path.insert(command.into());
        if command == "docker" {
            unit.after.extend(["docker.service".to_owned(), "docker.socket".to_owned()]);
        }
        unit.part_of.insert(self.target.clone());
        unit
    }

    /// Everything that is not a service, a network or a volume.
    fn top_level(&mut self) {
        let Project {
            name,
            name_source: _,
            directory: _,
            files: _,
            services: _,
            networks: _, // `finish`
            volumes: _,
            secrets,
            configs,
            models,
            extensions,
            environment: _,
            variables: _,
            left_out: _, // `build`
            problems: _,
            incomplete: _,
        } = self.project;
        if let Some(first) = self.project.services.values().next() {
            let origin = first.at_key();
            let message = format!("the project `{name}` is started and stopped as `{}`", self.target);
            self.say(Class::Moved, &"name", &origin, message);
            let message = "the containers have no labels of Compose (`com.docker.compose.*`): `docker compose ps` and tools that read these \
                           labels do not find them";
            self.say(Class::Different, &"services.*.labels", &origin, message);
        }
        for (kind, all) in [("secrets", secrets), ("configs", configs)] {
            for (key, object) in all {
                self.file_object(&format_args!("{kind}.{key}"), object);
            }
        }
        for (key, model) in models {
            let path = format!("models.{key}");
            let Model { name: _, model: _, context_size: _, runtime_flags: _, extensions } = &model.value;
            let message = "models are run by Docker's model runner, which NixOS has no module for; run a model server as a service, and give \
                           its address in a variable";
            self.say(Class::Unmapped, &path, &model.at_key(), message);
            self.unknown(&path, extensions);
        }
        for (key, value) in extensions {
            self.unknown_key(key, key, value);
        }
    }

    /// A top-level secret or config. Where it is used, it becomes a mount.
    fn file_object(&mut self, path: &dyn Display, object: &Sourced<FileObject>) {
        let FileObject { name, file: _, environment: _, content: _, external: _, labels, driver, driver_opts, template_driver, extensions } =
            &object.value;
        let swarm = "only a swarm reads this";
        let name = name.as_ref().filter(|n| !n.origin.is_default());
        self.say_of(Class::Inert, &format_args!("{path}.name"), name, swarm);
        self.say_of_all(Class::Inert, &format_args!("{path}.labels"), labels.values(), swarm);
        self.say_of(Class::Inert, &format_args!("{path}.driver"), driver.as_ref(), swarm);
        self.say_of_all(Class::Inert, &format_args!("{path}.driver_opts"), driver_opts.values(), swarm);
        self.say_of(Class::Inert, &format_args!("{path}.template_driver"), template_driver.as_ref(), swarm);
        self.unknown(path, extensions);
    }

    /// Puts the parts together.
    fn finish(mut self) -> Mapped {
        let mut units = self.network_units();
        units.extend(self.volume_units());
        units.append(&mut self.builds);
        units.append(&mut self.units);
        units.append(&mut self.pulls);
        self.out.stack.units = units;
        self.tmpfiles.sort();
        self.tmpfiles.dedup();
        self.out.stack.tmpfiles = std::mem::take(&mut self.tmpfiles);
        self.targets();
        self.cycles();
        once(&mut self.out.remarks);
        self.out
    }
}

/// Leaves out what has been said before: replicas say everything again.
fn once(remarks: &mut Vec<Remark>) {
    let mut said = HashSet::new();
    let mut first = remarks.iter().map(|r| said.insert((r.path.as_str(), r.message.as_str()))).collect::<Vec<_>>().into_iter();
    remarks.retain(|_| first.next().unwrap_or(true));
}

/// `compose-project`.
fn target_name(project: &Project) -> String {
    format!("compose-{}", unit_name(&project.name))
}

/// What the services that take part wait for: another service, and its condition.
fn awaited(project: &Project) -> impl Iterator<Item = (&str, &str)> {
    let enabled = project.services.values().filter(|s| s.enabled);
    enabled.flat_map(|s| s.depends_on.iter().map(|(service, dependency)| (service.as_str(), dependency.condition.as_str())))
}

/// A part of a unit's name: what systemd would take for a path or for an instance is replaced.
pub(super) fn unit_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect()
}

/// A word of a list in a unit or of a rule of tmpfiles: quoted where it has to be, `%` doubled.
fn unit_word(text: &str) -> String {
    let text = text.replace('%', "%%");
    if text.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\')) {
        format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n").replace('\t', r"\t"))
    } else {
        text
    }
}

/// The words of a command.
fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// `key=value` of each entry.
fn pairs(named: &Named<String>) -> impl Iterator<Item = String> {
    named.iter().map(|(key, value)| format!("{key}={}", value.value))
}

/// The texts of a list.
fn texts(list: &[Sourced<String>]) -> impl Iterator<Item = String> {
    list.iter().map(|item| item.value.clone())
}

/// Text as an expression of Nix in one line, with its quotes.
fn nix_text(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"").replace("${", r"\${");
    format!("\"{}\"", escaped.replace('\n', r"\n").replace('\t', r"\t").replace('\r', r"\r"))
}
