//! Where what a view says is written: in the Compose file by the typed project, in a module by the attribute that it comes from.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::flags::FLAGS;
use super::module::Module;
use super::names::{Kind, Names};
use super::view::RESTART;
use super::{Side, What, keys};
use crate::compose::problem::{ModelPath, Part};
use crate::compose::value::Origin;
use crate::diff;
use crate::migrate::nix::project::Asked;
use crate::source::Sources;

/// The places of all that a view says.
pub(super) fn of(side: Side, view: &Json, names: &Names) -> BTreeMap<ModelPath, Origin> {
    let mut out = BTreeMap::new();
    let find = |path: &[Part], value: &Json| match side.what {
        What::Compose(asked) => in_compose(asked, path, value, names),
        What::Module(module) => in_module(module, path, value, names, side.sources),
    };
    walk(view, &mut Vec::new(), &find, &mut out);
    out
}

fn walk(value: &Json, path: &mut Vec<Part>, find: &dyn Fn(&[Part], &Json) -> Option<Origin>, out: &mut BTreeMap<ModelPath, Origin>) {
    if path.len() > 1
        && let Some(origin) = find(path, value)
    {
        out.insert(ModelPath(path.clone()), origin);
    }
    let mut below = |part: Part, value: &Json| {
        path.push(part);
        walk(value, path, find, out);
        path.pop();
    };
    match value {
        Json::Object(map) => map.iter().for_each(|(key, value)| below(Part::Key(key.clone()), value)),
        Json::Array(items) => items.iter().enumerate().for_each(|(number, value)| below(Part::Index(number), value)),
        _ => {}
    }
}

fn parts(words: &[&str], rest: &[Part]) -> ModelPath {
    let mut path = ModelPath::keys(words);
    path.0.extend(rest.iter().cloned());
    path
}

/// Where the Compose file says it.
fn in_compose(asked: &Asked, path: &[Part], value: &Json, names: &Names) -> Option<Origin> {
    let words = keys(path);
    let project = &asked.project;
    let whole = |path: &ModelPath| {
        let (origin, key) = diff::place(project, path)?;
        let at = key.filter(|_| matches!(value, Json::Object(_) | Json::Null)).unwrap_or(origin.at);
        Some(Origin { at, ..origin.clone() })
    };
    let rest = path.get(2..).unwrap_or_default();
    let (service, key) = match words.as_slice() {
        ["services", key] => return whole(&ModelPath::keys(&["services", names.of_compose(key)?])),
        ["services", service, key, ..] => (names.of_compose(service)?, *key),
        ["networks" | "volumes", key, ..] => {
            let section = words.first()?;
            return whole(&parts(&[*section, *key], rest));
        }
        ["systemd", "services", unit, ..] => return whole(&ModelPath::keys(&owner(asked, unit)?)),
        _ => return None,
    };
    let own = ModelPath::keys(&["services", service]);
    let below = path.get(3..).unwrap_or_default();
    let within = |inner: &[&str]| parts(&[&["services", service], inner].concat(), below);
    let candidates: Vec<ModelPath> = match (key, value) {
        ("volumes", _) if !below.is_empty() => mount(asked, service, value, below).into_iter().collect(),
        ("restart", _) => vec![within(&["restart"]), within(&["deploy", "restart_policy"])],
        ("command", _) => vec![within(&["command"]), within(&["entrypoint"])],
        ("image", _) => vec![within(&["image"]), within(&["build"])],
        ("mem_limit", _) => vec![within(&["mem_limit"]), within(&["deploy", "resources", "limits", "memory"])],
        ("mem_reservation", _) => vec![within(&["mem_reservation"]), within(&["deploy", "resources", "reservations", "memory"])],
        ("cpus", _) => vec![within(&["cpus"]), within(&["deploy", "resources", "limits", "cpus"])],
        ("pids_limit", _) => vec![within(&["pids_limit"]), within(&["deploy", "resources", "limits", "pids"])],
        ("gpus", _) => vec![within(&["gpus"]), within(&["deploy", "resources", "reservations", "devices"])],
        ("autoStart", _) => vec![within(&["profiles"]), within(&["scale"]), within(&["deploy", "replicas"])],
        ("extra_hosts", Json::String(text)) => {
            vec![within(&["extra_hosts"]), parts(&["services", service, "extra_hosts", text.split('=').next()?], &[])]
        }
        _ => vec![within(&[key])],
    };
    // A key that is not there is where the service is.
    let service_at = diff::place(project, &own)?.0.at;
    candidates.iter().filter_map(&whole).find(|o| o.at != service_at).or_else(|| whole(&own).map(|o| key_of(asked, &own, o)))
}

/// The service by its name, not by all of it.
fn key_of(asked: &Asked, path: &ModelPath, origin: Origin) -> Origin {
    match diff::place(&asked.project, path) {
        Some((_, Some(key))) => Origin { at: key, ..origin },
        _ => origin,
    }
}

/// The place of a mount: in `volumes`, `secrets`, `configs` or `tmpfs`.
fn mount(asked: &Asked, service: &str, value: &Json, below: &[Part]) -> Option<ModelPath> {
    let [Part::Index(number), ..] = below else { return None };
    let written = asked.project.services.get(service)?;
    let own = value.get("target").and_then(Json::as_str);
    let target = own.or_else(|| {
        let container = asked.mapped.services.get(service)?.first()?;
        Some(asked.mapped.stack.containers.get(container)?.mounts.get(*number)?.target.as_str())
    })?;
    let at = |key: &str, number: usize| {
        let mut path = ModelPath::keys(&["services", service, key]).index(number);
        path.0.extend(below.iter().skip(1).cloned());
        path
    };
    if let Some(number) = written.volumes.iter().position(|m| m.target == target) {
        return Some(at("volumes", number));
    }
    let named = |key: &str, source: &str, place: Option<&str>| {
        let place = place.filter(|p| !p.is_empty()).unwrap_or(source);
        let default = if key == "secrets" { format!("/run/secrets/{place}") } else { format!("/{place}") };
        place == target || default == target
    };
    for (key, files) in [("secrets", &written.secrets), ("configs", &written.configs)] {
        if let Some(number) = files.iter().position(|f| named(key, &f.source, f.target.as_deref())) {
            return Some(at(key, number));
        }
    }
    let number = written.tmpfs.iter().position(|t| t.split(':').next() == Some(target))?;
    Some(at("tmpfs", number))
}

/// What a unit is there for.
fn owner<'a>(asked: &'a Asked, unit: &str) -> Option<Vec<&'a str>> {
    if let Some(owner) = asked.mapped.owners.get(unit) {
        return owner.split_once('.').map(|(section, name)| vec![section, name]);
    }
    let of = |container: &String| unit.strip_suffix(container.as_str()).is_some_and(|before| matches!(before, "docker-" | "podman-"));
    let (service, _) = asked.mapped.services.iter().find(|(_, containers)| containers.iter().any(of))?;
    Some(vec!["services", service])
}

/// Where the module says it.
fn in_module(module: &Module, path: &[Part], value: &Json, names: &Names, sources: &Sources) -> Option<Origin> {
    let words = keys(path);
    let own = |path: &[&str]| path.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
    let find = |path: &[&str], needles: &[String]| module.place(sources, &own(path), needles).map(Origin::at);
    let unit_at = |kind: Kind, key: &str| {
        names.real(kind, key).iter().find_map(|real| find(&["systemd", "services", &names.unit_of(kind, real)], &[]))
    };
    let (service, key, rest) = match words.as_slice() {
        ["services", service] => (*service, "", &[][..]),
        ["services", service, key, rest @ ..] => (*service, *key, rest),
        ["networks", key, ..] => return unit_at(Kind::Network, key),
        ["volumes", key, ..] => return unit_at(Kind::Volume, key),
        ["systemd", ..] => return find(&words, &[]),
        _ => return None,
    };
    let container = names.container(service);
    let base = ["virtualisation", "oci-containers", "containers", container];
    let unit = names.unit(container);
    let option = |name: &str| [&base[..], &[name]].concat().iter().map(|p| (*p).to_owned()).collect::<Vec<String>>();
    let place = |path: Vec<String>, needles: &[String]| module.place(sources, &path, needles).map(Origin::at);
    let listed = |name: &str, needles: &[String]| place(option(name), needles).or_else(|| place(option("extraOptions"), needles));
    let item = words.get(3).copied().unwrap_or_default();
    let text = |name: &str| value.get(name).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    let flag = |name: &str, value: &str| vec![format!("--{name}={value}"), format!("--{name} {value}"), format!("--{name}")];
    let found = match (key, rest) {
        ("", _) => None,
        ("environment" | "labels", [name, ..]) => place([option(key), vec![(*name).to_owned()]].concat(), &[]),
        ("environment" | "labels" | "image" | "entrypoint" | "user" | "hostname" | "privileged" | "autoStart" | "autoRemoveOnStop", _) => {
            place(option(key), &[])
        }
        ("command", _) => place(option("cmd"), &[]),
        ("env_file", _) => {
            value.as_str().map_or_else(|| place(option("environmentFiles"), &[]), |file| listed("environmentFiles", &[file.to_owned()]))
        }
        ("working_dir", _) => place(option("workdir"), &[]),
        ("pull_policy", _) => place(option("pull"), &[]),
        ("sdnotify", _) => place([option("podman"), vec!["sdnotify".to_owned()]].concat(), &[]),
        ("ports", _) => match (text("published"), text("target")) {
            (Some(published), Some(target)) => listed("ports", &[format!("{published}:{target}"), format!(":{target}")]),
            (None, Some(target)) => listed("ports", &[target]),
            _ => place(option("ports"), &[]),
        },
        ("volumes", _) => match text("target") {
            Some(target) => {
                listed("volumes", &[format!(":{target}:"), format!(":{target}\""), format!("={target},"), format!("={target}\""), target])
            }
            None => None,
        },
        ("networks", [name, ..]) => names.real(Kind::Network, name).iter().find_map(|real| {
            listed("networks", &[format!("name={real},"), format!("={real}:"), format!("={real}\""), format!("\"{real}\""), real.clone()])
        }),
        ("network_mode", _) => value.as_str().and_then(|mode| listed("networks", &[mode.to_owned()])),
        ("cap_add" | "cap_drop", _) => match value.as_str() {
            Some(capability) => place([option("capabilities"), vec![capability.to_owned()]].concat(), &[]),
            None => place(option("capabilities"), &[]),
        },
        ("devices", _) => text("source").and_then(|source| listed("devices", &[source])),
        ("logging", ["driver", ..]) => place(option("log-driver"), &[]),
        ("logging", ["options", name, ..]) => place(option("extraOptions"), &flag("log-opt", &format!("{name}="))),
        ("logging", _) => place(option("log-driver"), &[]).or_else(|| place(option("extraOptions"), &["--log-opt".to_owned()])),
        ("healthcheck", ["test", ..] | []) => {
            place(option("extraOptions"), &["--health-cmd".to_owned(), "--no-healthcheck".to_owned(), "--health-".to_owned()])
        }
        ("healthcheck", [name, ..]) => {
            place(option("extraOptions"), &[format!("--health-{}", name.replace('_', "-")), "--health-start".to_owned()])
        }
        ("annotations", [name, ..]) => place(option("extraOptions"), &flag("annotation", &format!("{name}="))),
        ("depends_on", [name, ..]) => {
            let container = names.container(name).to_owned();
            place(option("dependsOn"), &[format!("\"{container}\"")]).or_else(|| {
                let after = |list: &str| place(own(&["systemd", "services", &unit, list]), &[container.clone(), (*name).to_owned()]);
                ["requires", "wants", "after"].into_iter().find_map(after)
            })
        }
        ("depends_on", _) => place(option("dependsOn"), &[]),
        ("restart", _) => RESTART
            .iter()
            .flat_map(|key| [["serviceConfig", key], ["unitConfig", key]])
            .find_map(|[section, key]| find(&["systemd", "services", &unit, section, key], &[])),
        ("extraOptions", _) => {
            let strange = value.as_array().and_then(|items| items.first()).unwrap_or(value).as_str();
            place(option(key), &strange.map(str::to_owned).into_iter().collect::<Vec<_>>())
        }
        ("post_start", _) => find(&["systemd", "services", &unit, "postStart"], &[]),
        ("pre_stop", _) => find(&["systemd", "services", &unit, "preStop"], &[]),
        ("profiles", _) => find(&["systemd", "services", &unit, "wantedBy"], &[]),
        _ => {
            let dotted = format!("{key}.{}", rest.first().copied().unwrap_or_default());
            let name =
                FLAGS.iter().find(|(_, k)| *k == key || *k == dotted).map_or_else(|| key.replace('_', "-"), |(name, _)| (*name).to_owned());
            let item = match value {
                Json::String(text) if words.len() > 3 && item.is_empty() => text.replacen('=', ":", usize::from(key == "extra_hosts")),
                Json::String(text) if words.len() > 3 => format!("{item}={text}"),
                Json::String(text) => text.clone(),
                _ => String::new(),
            };
            place(option("extraOptions"), &flag(&name, &item)).or_else(|| place(option(key), &[]))
        }
    };
    found.or_else(|| find(&base, &[]))
}
