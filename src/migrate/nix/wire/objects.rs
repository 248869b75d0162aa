//! The top-level `secrets` and `configs`: which file of the host each is.

use std::path::Path;

use super::super::{Class, Options, Remark, SecretsFrom};
use super::judge::{Judge, looks};
use super::refer::Place;
use super::store::{File, Owner, Store};
use super::texts::Texts;
use super::{MOVES, Wiring, in_store};
use crate::compose::problem::ModelPath;
use crate::compose::value::Origin;
use crate::fs::Fs;
use crate::model::{FileObject, FileReference, Project, Service, Sourced};

/// A use of a secret or config.
type Use<'a> = (&'a Service, &'a Sourced<FileReference>);

/// In the order of the services.
fn uses<'a>(project: &'a Project, name: &str, secrets: bool) -> Vec<Use<'a>> {
    let mut out = Vec::new();
    for service in project.services.values().map(|s| &s.value) {
        let own = if secrets { &service.secrets } else { &service.configs };
        let build = service.build.as_ref().filter(|_| secrets).map(|b| b.secrets.as_slice()).unwrap_or_default();
        out.extend(own.iter().chain(build).filter(|r| r.source == name).map(|r| (service, r)));
    }
    out
}

fn services<'a>(uses: &[Use<'a>]) -> Vec<&'a str> {
    let mut out: Vec<&str> = uses.iter().map(|(service, _)| service.name.as_str()).collect();
    out.dedup();
    out
}

/// What Compose says, the first use first; else the user of the container, if that is a number.
fn owner(uses: &[Use<'_>]) -> Owner {
    let text = |pick: fn(&FileReference) -> &Option<String>| uses.iter().find_map(|(_, r)| pick(r).clone());
    let container = uses.iter().find_map(|(service, _)| service.user.as_ref());
    let (name, group) = container.map_or((None, None), |container| match container.split_once(':') {
        Some((name, group)) => (Some(name), Some(group)),
        None => (Some(container.as_str()), None),
    });
    let number = |text: Option<&str>| text.filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned);
    Owner {
        user: text(|r| &r.uid).or_else(|| number(name)),
        group: text(|r| &r.gid).or_else(|| number(group)),
        mode: uses.iter().find_map(|(_, r)| r.mode),
    }
}

/// True if services with other users need it: the owner can be only one of them.
fn disputed(uses: &[Use<'_>]) -> bool {
    let mut owners = uses.iter().map(|one| owner(&[*one])).filter(|o| *o != Owner::default());
    owners.next().is_some_and(|first| owners.any(|other| other != first))
}

const DISPUTED: &str = "its file can have one owner, and the services that use it have other users: see to it that all of them can read it";

fn remark(class: Class, path: String, message: String, origin: &Origin) -> Remark {
    Remark { class, path, message, origin: Some(origin.clone()) }
}

/// Where the content of a secret or config comes from, if it is no file.
struct Inline<'a> {
    key: &'static str,
    origin: &'a Origin,
    source: String,
}

fn inline<'a>(object: &'a FileObject, project: &Project, texts: &Texts<'_>) -> Option<Inline<'a>> {
    if let Some(content) = &object.content {
        return Some(Inline { key: "content", origin: &content.origin, source: texts.written(&content.origin) });
    }
    let variable = object.environment.as_ref()?;
    let defined = project.environment.get(&variable.value).and_then(|v| v.at);
    let source = defined.map(|at| texts.written(&Origin::at(at)));
    Some(Inline {
        key: "environment",
        origin: &variable.origin,
        source: source.unwrap_or_else(|| format!("`{}` of the environment", variable.value)),
    })
}

/// Moves what is no file today.
fn moved<'a>(
    name: &'a str,
    root: &ModelPath,
    uses: &[Use<'a>],
    inline: Inline<'_>,
    store: &mut Store<'a>,
    options: &Options,
    remarks: &mut Vec<Remark>,
) -> String {
    let path = root.key(inline.key).to_string();
    let owner = owner(uses);
    if disputed(uses) {
        remarks.push(remark(Class::Different, path.clone(), DISPUTED.to_owned(), inline.origin));
    }
    if owner == Owner::default() || options.secrets == SecretsFrom::EnvFiles {
        let message = "its file can be read by root only, where in the container everybody could read it; give it an owner if the program has \
                       another user";
        remarks.push(remark(Class::Different, path.clone(), message.to_owned(), inline.origin));
    }
    let message = format!("the {} is read from a file that is made by hand, and does not stand in the store", inline.key);
    remarks.push(remark(Class::Moved, path.clone(), message, inline.origin));
    store.file(File { name, services: services(uses), owner, source: inline.source, path: None }, path)
}

/// Wires the secrets. What no service uses has its path, and nothing is asked for it.
pub(super) fn secrets<'a>(
    project: &'a Project,
    disk: &dyn Fs,
    texts: &Texts<'_>,
    options: &Options,
    store: &mut Store<'a>,
    out: &mut Wiring,
) {
    for (name, object) in &project.secrets {
        let root = ModelPath::keys(&["secrets", name]);
        let uses = uses(project, name, true);
        let remarks = &mut out.remarks;
        let source = if let Some(file) = object.file.as_ref().filter(|_| !object.external) {
            Some(of_file(name, &root, file, &uses, project, disk, options, store, remarks))
        } else if uses.is_empty() {
            None
        } else if object.external {
            external(&root, object, remarks);
            None
        } else if let Some(inline) = inline(object, project, texts) {
            if options.secrets == SecretsFrom::Keep {
                remarks.push(kept(&root, &inline, options));
                None
            } else {
                Some(moved(name, &root, &uses, inline, store, options, remarks))
            }
        } else {
            None
        };
        out.secret_source.extend(source.map(|source| (name.clone(), source)));
    }
}

/// A secret that is no file, and stays.
fn kept(root: &ModelPath, inline: &Inline<'_>, options: &Options) -> Remark {
    let path = root.key(inline.key).to_string();
    if inline.key == "content" {
        return in_store(path, "the content", Some(inline.origin.clone()), MOVES, options);
    }
    let message = format!("a unit of systemd does not have the variable: {MOVES}; or put the value into a `file`");
    remark(Class::Unmapped, path, message, inline.origin)
}

fn external(root: &ModelPath, object: &Sourced<FileObject>, remarks: &mut Vec<Remark>) {
    let message = "it is `external`, which only a swarm has: give it a `file`; that of sops-nix or agenix is `/run/secrets/NAME` or `/run/agenix/NAME`";
    remarks.push(remark(Class::Unmapped, root.key("external").to_string(), message.to_owned(), &object.origin));
}

#[allow(clippy::too_many_arguments)] // one place calls it
fn of_file<'a>(
    name: &'a str,
    root: &ModelPath,
    file: &'a Sourced<String>,
    uses: &[Use<'a>],
    project: &Project,
    disk: &dyn Fs,
    options: &Options,
    store: &mut Store<'a>,
    remarks: &mut Vec<Remark>,
) -> String {
    let path = root.key("file").to_string();
    if let Some(place) = Place::of(file) {
        let message = format!("`{}` is the path of `{}` now, which the host has to declare", file.value, place.option());
        remarks.push(remark(Class::Moved, path, message, &file.origin));
        return place.marked();
    }
    let moves = matches!(options.secrets, SecretsFrom::Sops | SecretsFrom::Agenix) && !uses.is_empty();
    let facts = disk.metadata(Path::new(&file.value)).ok();
    let is_file = facts.is_none_or(|f| f.is_file());
    let said = uses.iter().find(|(_, r)| r.uid.is_some() || r.gid.is_some() || r.mode.is_some());
    if !moves || !is_file {
        if moves {
            let message = format!("`{}` is no regular file, so it stays where it is", project.shown(Path::new(&file.value)));
            remarks.push(remark(Class::Different, path, message, &file.origin));
        } else if let Some((service, reference)) = said {
            let path = ModelPath::keys(&["services", &service.name, "secrets"]).key(name).to_string();
            let message = "`uid`, `gid` and `mode` mean nothing for a `file`, for Compose neither: the container sees those of the file";
            remarks.push(remark(Class::Inert, path, message.to_owned(), &reference.origin));
        }
        return file.value.clone();
    }
    let owner = owner(uses);
    let open = facts.and_then(|f| f.mode).is_none_or(|mode| mode & 0o044 != 0);
    if let Some((service, reference)) = said {
        let path = ModelPath::keys(&["services", &service.name, "secrets"]).key(name).to_string();
        let message = "`uid`, `gid` and `mode` are those of the file now; Compose does not look at them for a `file`";
        remarks.push(remark(Class::Different, path, message.to_owned(), &reference.origin));
    } else if open && owner == Owner::default() {
        let message = "it can be read by root only now, where today others may read it; give it an owner if the program has another user";
        remarks.push(remark(Class::Different, path.clone(), message.to_owned(), &file.origin));
    }
    if disputed(uses) {
        remarks.push(remark(Class::Different, path.clone(), DISPUTED.to_owned(), &file.origin));
    }
    let shown = project.shown(Path::new(&file.value));
    remarks.push(remark(Class::Moved, path.clone(), format!("the content of `{shown}` is a secret of the host now"), &file.origin));
    store.file(File { name, services: services(uses), owner, source: shown, path: Some(&file.value) }, path)
}

/// Wires the configs: files stay where they are, and what looks like a secret is treated as one.
pub(super) fn configs<'a>(
    project: &'a Project,
    texts: &Texts<'_>,
    judge: &Judge<'_>,
    options: &Options,
    store: &mut Store<'a>,
    out: &mut Wiring,
) {
    for (name, object) in &project.configs {
        let root = ModelPath::keys(&["configs", name]);
        let uses = uses(project, name, false);
        let remarks = &mut out.remarks;
        if let Some(file) = object.file.as_ref().filter(|_| !object.external) {
            let place = Place::of(file);
            if let Some(place) = &place {
                let message = format!("`{}` is the path of `{}` now, which the host has to declare", file.value, place.option());
                remarks.push(remark(Class::Moved, root.key("file").to_string(), message, &file.origin));
            }
            out.config_source.insert(name.clone(), place.map_or_else(|| file.value.clone(), |place| place.marked()));
            continue;
        }
        if uses.is_empty() {
            continue;
        }
        if object.external {
            external(&root, object, remarks);
            continue;
        }
        let Some(inline) = inline(object, project, texts) else { continue };
        let secret = match (&object.content, &object.environment) {
            (Some(content), _) => judge.text(content, &content.origin),
            (None, Some(variable)) => project
                .environment
                .get(&variable.value)
                .is_some_and(|v| looks(&variable.value, &v.value) || judge.text(&v.value, &variable.origin)),
            (None, None) => false,
        };
        if secret && options.secrets == SecretsFrom::Keep {
            let what = format!("the {}", inline.key);
            remarks.push(in_store(root.key(inline.key).to_string(), &what, Some(inline.origin.clone()), MOVES, options));
        } else if secret {
            let source = moved(name, &root, &uses, inline, store, options, remarks);
            out.config_source.insert(name.clone(), source);
        } else if inline.key == "environment" {
            let message = "the value that the variable has now is written into the module; a later change of it changes nothing";
            remarks.push(remark(Class::Different, root.key("environment").to_string(), message.to_owned(), inline.origin));
        }
    }
}
