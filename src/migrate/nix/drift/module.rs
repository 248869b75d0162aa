//! A module of NixOS as it stands on a disk: its files, what they come to, and where it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::super::header::Head;
use super::super::normal::{Container, Stack};
use super::super::units::{self, Other};
use super::super::{Backend, SecretsFrom, engine, stack};
use crate::fs::{self, Fs};
use crate::nix::{self, Value, eval};
use crate::ordered::IndexMap;
use crate::source::{FileId, Sources, Span};

/// Bytes of a file that is read.
const LENGTH: u64 = 4 << 20;
/// Files that are read.
const FILES: usize = 1_000;

/// Why a module cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// Where.
    pub place: Option<Span>,
}

/// A module.
#[derive(Debug)]
pub struct Module {
    /// What composelint wrote above it.
    pub head: Option<Head>,
    /// What runs the containers.
    pub backend: Backend,
    /// The containers and units.
    pub(super) stack: Stack,
    /// What in them composelint would not have written.
    pub(super) others: Vec<Other>,
    /// The stacks that are kept as Compose specs in Nix.
    pub specs: Vec<Spec>,
    /// Where its secrets come from, as far as that can be told.
    pub secrets: Option<SecretsFrom>,
    /// What is imported and is not there; what it sets takes no part.
    pub missing: Vec<PathBuf>,
    /// What has to be known of the reading, a sentence each.
    pub notes: Vec<String>,
    /// What the containers are given that has a name: a secret may be among it.
    pub values: Vec<(String, String)>,
    places: BTreeMap<Vec<String>, (FileId, Range<usize>)>,
}

/// A Compose spec in Nix.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The name of the project.
    pub project: String,
    /// The directory that its relative paths start at.
    pub directory: PathBuf,
    /// The files with variables; empty: `.env`.
    pub env_files: Vec<PathBuf>,
    /// What Nix renders of it.
    pub json: String,
    places: BTreeMap<Vec<String>, (FileId, Range<usize>)>,
}

/// The files that a directory of modules begins with, and whether composelint made them: its `default.nix`, or else what composelint made in it,
/// or in the directories of it.
pub fn entries(disk: &dyn Fs, directory: &Path) -> (Vec<PathBuf>, bool) {
    let made =
        |path: &PathBuf| disk.read(path, LENGTH).ok().and_then(|b| String::from_utf8(b).ok()).is_some_and(|text| Head::of(&text).is_some());
    let default = directory.join("default.nix");
    if disk.is_file(&default) {
        let own = made(&default);
        return (vec![default], own);
    }
    let Ok(found) = disk.read_dir(directory) else { return (Vec::new(), false) };
    let module = |path: &PathBuf| {
        path.extension().is_some_and(|e| e == "nix")
            && !["compose-stack.nix", "compose-units.nix", "flake-outputs.nix"].iter().any(|other| path.ends_with(other))
            && !path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("-spec"))
            && made(path)
    };
    let own: Vec<PathBuf> = found.iter().map(|entry| entry.path.clone()).filter(module).collect();
    if !own.is_empty() {
        return (own, true);
    }
    (found.into_iter().map(|entry| entry.path.join("default.nix")).filter(made).collect(), false)
}

/// The texts of a module, and where their attributes are.
#[derive(Default)]
struct Texts {
    files: BTreeMap<PathBuf, (FileId, nix::Outline)>,
    /// What is imported and is not there.
    missing: BTreeSet<PathBuf>,
}

impl Texts {
    /// Reads a file and all that it names.
    fn read(&mut self, disk: &dyn Fs, sources: &Sources, entries: &[PathBuf]) -> Result<(), Unreadable> {
        let mut waiting: Vec<PathBuf> = entries.to_vec();
        while let Some(path) = waiting.pop() {
            let path = if disk.is_dir(&path) { path.join("default.nix") } else { path };
            let named = path.extension().is_some_and(|e| e == "nix");
            // What has another ending is no module: a secret, a text.
            if self.files.contains_key(&path) || !named && (path.extension().is_some() || disk.exists(&path)) {
                continue;
            }
            if self.files.len() >= FILES {
                return Err(Unreadable { message: format!("the module has more than {FILES} files"), place: None });
            }
            let text = match disk.read(&path, LENGTH) {
                Ok(bytes) => String::from_utf8(bytes).map_err(|_| failed(&path, "it is not text in UTF-8"))?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && !entries.contains(&path) => {
                    self.missing.insert(path);
                    continue;
                }
                Err(error) => return Err(failed(&path, &fs::why(&error))),
            };
            let outline = nix::outline(&text, &path);
            let id = sources.add(&path, text);
            let outline = outline.map_err(|error| Unreadable { place: Some(span(sources, id, error.at)), message: error.message })?;
            waiting.extend(outline.paths.iter().cloned());
            self.files.insert(path, (id, outline));
        }
        Ok(())
    }

    fn places(&self, own: impl Fn(&Path) -> bool) -> BTreeMap<Vec<String>, (FileId, Range<usize>)> {
        let mut out = BTreeMap::new();
        for (id, outline) in self.files.iter().filter(|(path, _)| own(path)).map(|(_, file)| file) {
            for (path, range) in &outline.places {
                out.entry(path.clone()).or_insert_with(|| (*id, range.clone()));
            }
        }
        out
    }
}

fn files_text(texts: &Texts, sources: &Sources, path: &Path) -> Option<String> {
    texts.files.get(path).map(|(id, _)| sources.get(*id).text.clone())
}

fn failed(path: &Path, why: &str) -> Unreadable {
    Unreadable { message: format!("`{}` cannot be read: {why}", path.display()), place: None }
}

fn span(sources: &Sources, file: FileId, at: usize) -> Span {
    let at = u32::try_from(at.min(sources.get(file).text.len())).unwrap_or(u32::MAX);
    Span::new(file, at, at)
}

/// Reads a module from its files, and whatever they import as far as it is there. Errors: it is not Nix, or does not evaluate.
pub fn read(disk: &dyn Fs, sources: &Sources, entries: &[PathBuf]) -> Result<Module, Unreadable> {
    let mut texts = Texts::default();
    texts.read(disk, sources, entries)?;
    let mut files: eval::Files = texts.files.iter().map(|(path, (id, _))| (path.clone(), sources.get(*id).text.clone())).collect();
    let own_module =
        |path: &&PathBuf| path.ends_with(stack::MODULE_FILE) && files_text(&texts, sources, path).is_some_and(|t| Head::of(&t).is_some());
    // What our own module of NixOS makes of a spec is nothing that could drift.
    let helpers: Vec<PathBuf> = texts.files.keys().filter(own_module).cloned().collect();
    for path in texts.missing.iter().chain(&helpers) {
        files.insert(path, "{ }");
    }
    let mut notes = Vec::new();
    let config = eval::modules(&files, entries).map_err(|error| {
        // The message ends with the file.
        let of = |path: &&PathBuf| error.message.ends_with(&format!(" in {}", path.display()));
        let file = texts.files.keys().filter(of).max_by_key(|path| path.as_os_str().len());
        let Some((path, (id, _))) = file.and_then(|path| texts.files.get_key_value(path)) else {
            return Unreadable { message: error.message.clone(), place: None };
        };
        let message = error.message.strip_suffix(&format!(" in {}", path.display())).unwrap_or(&error.message).to_owned();
        Unreadable { message, place: Some(span(sources, *id, error.at)) }
    })?;
    let heads = entries.iter().chain(texts.files.keys()).filter_map(|path| texts.files.get(path));
    let head = heads.filter_map(|(id, _)| Head::of(&sources.get(*id).text)).find(|head| !head.command.is_empty());
    let backend = backend(&config, head.as_ref(), &mut notes);
    let mut others = Vec::new();
    let stack = units::stack_and_others(&config, backend, &container, &mut others);
    let specs = specs(&config, &texts)?;
    let apart = apart(&config);
    if !apart.is_empty() {
        notes.push(format!("not compared, because it is not of containers and units: {}", apart.join(", ")));
    }
    let values = values(&config);
    let files = || {
        stack
            .containers
            .values()
            .flat_map(|c| &c.environment_files)
            .chain(stack.containers.values().flat_map(|c| &c.mounts).filter_map(|m| m.source.as_ref()))
    };
    let secrets = match (config.get("sops"), config.get("age")) {
        (Some(_), _) => Some(SecretsFrom::Sops),
        (_, Some(_)) => Some(SecretsFrom::Agenix),
        _ if files().any(|file| file.starts_with("/var/lib/compose-secrets/")) => Some(SecretsFrom::EnvFiles),
        _ => None,
    };
    Ok(Module {
        head,
        backend,
        stack,
        others,
        specs,
        secrets,
        missing: texts.missing.iter().cloned().collect(),
        notes,
        values,
        places: texts.places(|_| true),
    })
}

/// What runs the containers: as the module says, or as it was made, or as NixOS has it.
fn backend(config: &Value, head: Option<&Head>, notes: &mut Vec<String>) -> Backend {
    let stated = config.at(&["virtualisation", "oci-containers", "backend"]).and_then(Value::as_text);
    match stated.as_deref() {
        Some("docker") => return Backend::Docker,
        Some("podman") => return Backend::Podman,
        _ => {}
    }
    let made = head.map(|h| if h.command.contains("podman") { Backend::Podman } else { Backend::Docker });
    if let Some(made) = made {
        return made;
    }
    if config.at(&["virtualisation", "oci-containers", "containers"]).is_some() {
        notes.push("the module does not say which engine runs the containers, so it is podman, as NixOS has it".to_owned());
    }
    Backend::Podman
}

/// A container, with what is not understood beside it.
fn container(name: &str, value: &Value, backend: Backend, others: &mut Vec<Other>) -> Result<Container, String> {
    let first = match engine::read(name, value, backend) {
        Ok(container) => return Ok(container),
        Err(why) => why,
    };
    let Some(attrs) = value.as_attrs() else { return Err(first) };
    let path = |key: &str| ["virtualisation", "oci-containers", "containers", name, key].map(str::to_owned).to_vec();
    let read = |attrs: &IndexMap<String, Value>| {
        let read = engine::read(name, &Value::Attrs(attrs.clone()), backend)?;
        // A word that belongs to nothing is taken for the image.
        let image = attrs.get("image").and_then(Value::as_text);
        if image.as_ref() == Some(&read.image) { Ok(read) } else { Err(first.clone()) }
    };
    // Mostly one thing is strange.
    for (key, strange) in attrs {
        let mut without = attrs.clone();
        if let Value::List(items) = strange.plain() {
            for (number, item) in items.iter().enumerate() {
                let mut left = items.clone();
                left.remove(number);
                without.insert(key.clone(), Value::List(left));
                if let Ok(container) = read(&without) {
                    others.push(Other { path: path(key), value: Value::List(vec![item.clone()]), why: first });
                    return Ok(container);
                }
            }
        }
        without.shift_remove(key);
        if let Ok(container) = read(&without) {
            others.push(Other { path: path(key), value: strange.clone(), why: first });
            return Ok(container);
        }
    }
    let mut known: IndexMap<String, Value> = attrs.iter().filter(|(key, _)| *key == "image").map(|(k, v)| (k.clone(), v.clone())).collect();
    let mut container = read(&known)?;
    for (key, value) in attrs {
        let mut more = known.clone();
        more.insert(key.clone(), value.clone());
        match read(&more) {
            Ok(better) => (container, known) = (better, more),
            Err(why) => {
                let Value::List(items) = value.plain() else {
                    others.push(Other { path: path(key), value: value.clone(), why });
                    continue;
                };
                let mut taken = Vec::new();
                for item in items {
                    let mut more = known.clone();
                    taken.push(item.clone());
                    more.insert(key.clone(), Value::List(taken.clone()));
                    match read(&more) {
                        Ok(better) => (container, known) = (better, more),
                        Err(why) => {
                            taken.pop();
                            others.push(Other { path: path(key), value: Value::List(vec![item.clone()]), why });
                        }
                    }
                }
            }
        }
    }
    Ok(container)
}

/// The stacks whose spec is in Nix.
fn specs(config: &Value, texts: &Texts) -> Result<Vec<Spec>, Unreadable> {
    let stacks = config.at(&["services", "composeStacks"]).and_then(Value::as_attrs).into_iter().flatten();
    let mut out = Vec::new();
    for (name, value) in stacks {
        let Some(spec) = value.get("spec") else { continue };
        let json =
            stack::json(spec).map_err(|why| Unreadable { message: format!("the spec of `{name}` cannot be told: {why}"), place: None })?;
        let text = |key: &str| value.get(key).and_then(Value::as_text);
        // The file of the spec is the only one that has the services at its top.
        let services: BTreeSet<&String> =
            spec.get("services").and_then(Value::as_attrs).into_iter().flatten().map(|(name, _)| name).collect();
        let own = |path: &Path| {
            texts.files.get(path).is_some_and(|(_, outline)| {
                !services.is_empty() && services.iter().all(|s| outline.places.contains_key(&vec!["services".to_owned(), (*s).clone()]))
            })
        };
        let env_files = value.get("environmentFiles").and_then(Value::as_list).unwrap_or_default();
        out.push(Spec {
            project: text("project").unwrap_or_else(|| name.clone()),
            directory: text("projectDirectory").map(PathBuf::from).unwrap_or_default(),
            env_files: env_files.iter().filter_map(Value::as_text).map(PathBuf::from).collect(),
            json,
            places: texts.places(own),
        });
    }
    Ok(out)
}

/// The options that are set and are of no container and no unit, two names deep.
fn apart(config: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for (first, value) in config.as_attrs().into_iter().flatten() {
        for (second, value) in value.as_attrs().into_iter().flatten() {
            let own = match (first.as_str(), second.as_str()) {
                ("virtualisation", "oci-containers")
                | ("systemd", "services" | "targets" | "timers" | "tmpfiles")
                | ("services", "composeStacks") => true,
                ("virtualisation", "docker" | "podman") => value.as_attrs().is_some_and(|a| a.keys().all(|key| key == "enable")),
                _ => false,
            };
            if !own {
                out.push(format!("`{first}.{second}`"));
            }
        }
        if value.as_attrs().is_none() {
            out.push(format!("`{first}`"));
        }
    }
    out
}

/// What the containers are given that has a name.
fn values(config: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (_, container) in config.at(&["virtualisation", "oci-containers", "containers"]).and_then(Value::as_attrs).into_iter().flatten() {
        for section in ["environment", "labels"] {
            let pairs = container.get(section).and_then(Value::as_attrs).into_iter().flatten();
            out.extend(pairs.filter_map(|(name, value)| Some((name.clone(), value.as_text()?))));
        }
    }
    out
}

fn lookup(places: &BTreeMap<Vec<String>, (FileId, Range<usize>)>, sources: &Sources, path: &[String], needles: &[String]) -> Option<Span> {
    let found = |(file, range): &(FileId, Range<usize>)| {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span::new(*file, number(range.start), number(range.end))
    };
    let below = places.range(path.to_vec()..).take_while(|(key, _)| key.starts_with(path)).filter(|(key, _)| key.len() == path.len() + 1);
    let items: Vec<Span> = below.map(|(_, place)| found(place)).collect();
    for needle in needles {
        if let Some(item) = items.iter().find(|item| sources.get(item.file).slice(**item).contains(needle.as_str())) {
            return Some(*item);
        }
    }
    if needles.is_empty() { places.get(path).map(found) } else { None }
}

impl Module {
    /// Where an attribute is written, or the item below it that has one of the texts in it.
    pub(super) fn place(&self, sources: &Sources, path: &[String], needles: &[String]) -> Option<Span> {
        lookup(&self.places, sources, path, needles)
    }
}

impl Spec {
    /// Where a value of the spec is written, or the nearest thing above it; an item of a list by what is in it.
    pub fn place(&self, sources: &Sources, path: &[String], item: Option<&str>) -> Option<Span> {
        let item = item.and_then(|item| lookup(&self.places, sources, path, &[item.to_owned()]));
        item.or_else(|| (0..=path.len()).rev().filter_map(|n| path.get(..n)).find_map(|path| lookup(&self.places, sources, path, &[])))
    }
}
