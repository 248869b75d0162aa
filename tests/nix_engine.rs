//! The containers, networks and volumes that generated NixOS modules make are those that `docker compose` makes: the real clients ask an engine
//! that runs nothing for both, and what it was asked for is compared. Where it differs, a remark on the key has said so.
//!
//! By default the forms of `testdata/nix/forms`; with `NIX_ENGINE=all` in the environment the projects of `../shared/corpus` too, with
//! `NIX_ENGINE=20` every twentieth of them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, clippy::disallowed_methods)] // a test stands on the real disk

mod cases;
mod support {
    pub mod bodies;
    pub mod fake_engine;
}

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cases::Case;
use composelint::compose::{self, Loader, Request, Semantics};
use composelint::fs::OsFs;
use composelint::migrate::nix::layout::Layout;
use composelint::migrate::nix::normal::{Command, Unit};
use composelint::migrate::nix::project::{Host, Modules, NixError, Wanted, make};
use composelint::migrate::nix::{Backend, Class, Options, Remark, Style, engine};
use composelint::model::{self, Project};
use composelint::nix::{Value, eval, split_reference};
use composelint::ordered::IndexMap;
use composelint::source::Sources;
use rayon::prelude::*;
use serde_json::{Map, Value as Json};
use support::bodies::{self, Difference};
use support::fake_engine::FakeEngine;

/// Whether both make the same of one project.
#[derive(Debug)]
enum Outcome {
    /// The same containers, networks and volumes: so many.
    Identical(usize),
    /// The same but for what remarks tell.
    Named(Vec<String>),
    /// Something that nobody was told.
    Unexplained(Vec<String>),
    /// There is nothing to compare.
    Skipped(String),
}

#[test]
fn every_form_is_asked_of_the_engine_as_compose_asks() {
    let Some(docker) = docker() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/nix/forms");
    let Ok(entries) = std::fs::read_dir(root) else {
        println!("skipped: testdata/nix/forms is not there");
        return;
    };
    let mut forms: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    forms.sort();
    let case = |form: &PathBuf| {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let variables = [("HOME", "/home/ada".into()), ("PATH", "/usr/bin:/bin".into()), ("PWD", text(form))];
        Case {
            name: text(Path::new(form.file_name().unwrap())),
            recorded: PathBuf::new(),
            words: Vec::new(),
            directory: form.clone(),
            environment: variables.map(|(name, value)| (name.to_owned(), value)).into(),
            stdin: Vec::new(),
        }
    };
    let identical = compare(&docker, &forms.iter().map(case).collect::<Vec<_>>());
    assert!(identical > 100, "only {identical} forms are the same");
}

#[test]
fn real_projects_are_asked_of_the_engine_as_compose_asks() {
    let Ok(wanted) = std::env::var("NIX_ENGINE") else {
        println!("skipped: NIX_ENGINE is not in the environment");
        return;
    };
    let (Some(docker), Some(corpus)) = (docker(), cases::corpus()) else { return };
    let step = if wanted == "all" { 1 } else { wanted.parse().unwrap() };
    let accepted = corpus.rows.into_iter().filter(|row| row.accepted[1].or(row.accepted[0]) == Some(true));
    let cases: Vec<Case> = accepted.map(|row| row.case).step_by(step).collect();
    compare(&docker, &cases);
}

#[test]
fn what_is_not_the_same_is_noticed() {
    let asked = |body: Json| bodies::container("web", &body);
    let compose = serde_json::json!({
        "Image": "a", "Env": ["A=1", "B=2"], "StopTimeout": null, "Entrypoint": null, "ExposedPorts": { "80/tcp": {} },
        "HostConfig": { "Binds": ["/a:/b:rw", "data:/c"], "NetworkMode": "n", "RestartPolicy": { "Name": "always" } },
        "NetworkingConfig": { "EndpointsConfig": { "n": { "Aliases": ["web", "app"] } } },
    });
    let same = serde_json::json!({
        "Image": "a", "Env": ["B=0", "B=2", "A=1"], "ExposedPorts": { "80/tcp": {} },
        "HostConfig": {
            "Mounts": [
                { "Type": "volume", "Source": "data", "Target": "/c/", "VolumeOptions": {} },
                { "Type": "bind", "Source": "/a", "Target": "/b", "BindOptions": { "CreateMountpoint": true } },
            ],
            "NetworkMode": "n",
        },
        "NetworkingConfig": { "EndpointsConfig": { "n": { "Aliases": ["app"] } } },
    });
    assert_eq!(bodies::differences(&asked(compose), &asked(same.clone())), []);
    for (place, value, key) in [
        ("/Env/2", "A=2".into(), "Env"),
        ("/ExposedPorts/81~1tcp", serde_json::json!({}), "ExposedPorts"),
        ("/HostConfig/Mounts/0/Source", "other".into(), "Mounts"),
        ("/HostConfig/Mounts/1/ReadOnly", true.into(), "Mounts"),
        ("/HostConfig/Mounts/1/BindOptions/CreateMountpoint", false.into(), "Mounts"),
        ("/HostConfig/Init", false.into(), "Init"),
        ("/HostConfig/NetworkMode", "m".into(), "NetworkMode"),
        ("/Entrypoint", serde_json::json!([]), "Entrypoint"),
        ("/StopTimeout", 0.into(), "StopTimeout"),
        ("/NetworkingConfig/EndpointsConfig/n/Aliases", serde_json::json!(["b"]), "Networks"),
        ("/NetworkingConfig/EndpointsConfig/m", serde_json::json!({}), "Networks"),
    ] {
        let mut changed = same.clone();
        let (parent, last) = place.rsplit_once('/').unwrap();
        match changed.pointer_mut(parent).unwrap() {
            Json::Array(items) => items[last.parse::<usize>().unwrap()] = value,
            parent => parent[last.replace("~1", "/")] = value,
        }
        let found = bodies::differences(&asked(same.clone()), &asked(changed));
        assert!(found.iter().any(|difference| difference.part(0) == key), "{place}: {found:?}");
    }
}

/// Compares all of them, shows the outcome, and says how many are the same.
fn compare(docker: &Path, cases: &[Case]) -> usize {
    let outcomes: Vec<Outcome> = cases.par_iter().map(|case| outcome(docker, case)).collect();
    let mut told = [0; 4];
    let mut requests = 0;
    let mut wrong = Vec::new();
    for (case, outcome) in cases.iter().zip(&outcomes) {
        let (kind, lines) = match outcome {
            Outcome::Identical(n) => {
                requests += n;
                (0, &[][..])
            }
            Outcome::Named(lines) => (1, &lines[..]),
            Outcome::Unexplained(lines) => {
                wrong.extend(lines.iter().map(|line| format!("{}: {line}", case.name)));
                (2, &[][..])
            }
            Outcome::Skipped(why) => (3, std::slice::from_ref(why)),
        };
        told[kind] += 1;
        for line in lines {
            println!("{} {}: {line}", ["", "differs as told", "", "skipped"][kind], case.name);
        }
    }
    let [identical, named, unexplained, skipped] = told;
    println!("identical {identical} ({requests} requests), with named differences {named}, unexplained {unexplained}, skipped {skipped}");
    assert!(wrong.is_empty(), "{} differences that no remark tells:\n{}", wrong.len(), wrong.join("\n"));
    identical
}

/// The client, if it can be run, with Compose.
fn docker() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|directory| directory.join("docker")).find(|program| program.is_file());
    let works = found.as_ref().is_some_and(|docker| {
        let version = FakeEngine::start().client(docker).args(["compose", "version"]).output();
        version.is_ok_and(|output| output.status.success())
    });
    if !works {
        println!("skipped: `docker compose` cannot be run here");
    }
    found.filter(|_| works)
}

fn outcome(docker: &Path, case: &Case) -> Outcome {
    // What is asked is Compose 2.
    let request = case.asked(Semantics::V2).request;
    let modules = match made(&request, &case.directory) {
        Ok(modules) => modules,
        Err(NixError::NotProved(differences)) => return Outcome::Unexplained(vec![format!("not proved: {differences:?}")]),
        Err(error) => return Outcome::Skipped(format!("nothing is made: {error}")),
    };
    let engine = FakeEngine::start();
    exists(&engine, &request);
    let run = engine
        .client(docker)
        .envs(&case.environment)
        .current_dir(&case.directory)
        .arg("compose")
        .args(&case.words)
        .args(["--profile", "*", "create", "--no-build"])
        .output()
        .unwrap();
    if !run.status.success() {
        let said = String::from_utf8_lossy(&run.stderr);
        return Outcome::Skipped(format!("Compose refuses: {}", said.trim().lines().last().unwrap_or_default()));
    }
    let kinds = ["containers", "networks", "volumes"];
    let theirs = kinds.map(|kind| engine.created(kind));
    let mut wrong: Vec<String> = engine.unknown().iter().map(|asked| format!("the engine does not know {asked}")).collect();
    engine.forget();
    let mut unnamed = BTreeSet::new();
    for words in commands(&modules).unwrap() {
        let run = engine.client(docker).current_dir("/").args(&words[1..]).output().unwrap();
        if !run.status.success() {
            let said = String::from_utf8_lossy(&run.stderr);
            let said = said.trim().lines().next().unwrap_or_default();
            // Variables that are not set: Compose asks the engine for an image without a name, which has none.
            if said.ends_with("invalid reference format") {
                unnamed.extend(words.iter().find_map(|word| word.strip_prefix("--name=")).map(str::to_owned));
                continue;
            }
            wrong.push(format!("docker refuses {}: {said}", words.join(" ")));
        }
    }
    let ours = kinds.map(|kind| engine.created(kind));

    // `docker run` refuses what `docker create` takes: an input that is no terminal, in a unit, for a container with one.
    let refused = ours[0].iter().filter(|(_, body)| body["AttachStdin"] == true && body["Tty"] == true);
    wrong.extend(refused.map(|(name, _)| format!("docker does not run {name} in a unit: its input is no terminal")));

    let made = &modules.projects[0];
    let owner = |container: &str| {
        let found = made.mapped.services.iter().find(|(_, containers)| containers.iter().any(|c| c == container));
        found.map_or(container, |(service, _)| service.as_str()).to_owned()
    };
    let key = |kind: &str, real: &str| {
        let project = &made.project;
        let networks = project.networks.iter().map(|(key, network)| (key, &network.name));
        let volumes = project.volumes.iter().map(|(key, volume)| (key, &volume.name));
        let mut all: Box<dyn Iterator<Item = _>> = if kind == "networks" { Box::new(networks) } else { Box::new(volumes) };
        all.find(|(_, name)| name.as_ref().is_some_and(|name| name.value == real)).map_or_else(|| real.to_owned(), |(key, _)| key.clone())
    };
    let mut named = Vec::new();
    let mut requests = 0;
    for ((kind, theirs), ours) in kinds.iter().zip(&theirs).zip(&ours) {
        let all: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
        for name in all.into_iter().filter(|name| !unnamed.contains(*name)) {
            let owner = if *kind == "containers" { format!("services.{}", owner(name)) } else { format!("{kind}.{}", key(kind, name)) };
            let found = match (theirs.get(name), ours.get(name)) {
                (Some(theirs), Some(ours)) => in_both(kind, name, theirs, ours, &made.mapped.services),
                (theirs, ours) => vec![Difference { path: Vec::new(), theirs: shown(theirs), ours: shown(ours) }],
            };
            requests += 1;
            for difference in found {
                let line = format!("{kind} {name} {difference}");
                match made.remarks.iter().find(|remark| tells(remark, &owner, &difference, &made.project)) {
                    Some(remark) => named.push(format!("{line} ({})", remark.path)),
                    None => wrong.push(line),
                }
            }
        }
    }
    match (wrong.is_empty(), named.is_empty()) {
        (false, _) => Outcome::Unexplained(wrong),
        (true, false) => Outcome::Named(named),
        (true, true) => Outcome::Identical(requests),
    }
}

fn shown(body: Option<&Json>) -> Json {
    if body.is_some() { "something".into() } else { Json::Null }
}

fn in_both(kind: &str, name: &str, theirs: &Json, ours: &Json, services: &IndexMap<String, Vec<String>>) -> Vec<Difference> {
    if kind != "containers" {
        return bodies::differences(&bodies::resource(theirs), &bodies::resource(ours));
    }
    let [mut theirs, mut ours] = [theirs, ours].map(|body| bodies::container(name, body));
    // Without `logging` the module of NixOS logs to the journal, and Compose as the engine is set up.
    if !theirs.contains_key("LogConfig") {
        ours.remove("LogConfig");
    }
    unlinked(&mut theirs, services);
    // Options alone are for the driver of the engine, which is this one unless it is set up otherwise; the module always names one.
    if let Some(log) = theirs.get_mut("LogConfig").and_then(Json::as_object_mut) {
        log.entry("Type").or_insert_with(|| "json-file".into());
    }
    bodies::differences(&theirs, &ours)
}

/// Takes those links away that name a container as it is named anyway, in a network of the project: by its own name or that of its service, and
/// by what Compose makes up of them for each link (`db-1`).
fn unlinked(body: &mut Map<String, Json>, services: &IndexMap<String, Vec<String>>) {
    let named_anyway = |link: &Json| {
        let Some((container, alias)) = link.as_str().and_then(|link| link.split_once(':')) else { return false };
        let service = services.iter().find(|(_, containers)| containers.iter().any(|c| c == container)).map(|(service, _)| service);
        let made_up = |service: &String| {
            let number = alias.rsplit_once('-').filter(|(_, number)| number.parse::<usize>().is_ok());
            alias == service || number.is_some_and(|(name, _)| name == service || name.ends_with(&format!("-{service}")))
        };
        alias == container || service.is_some_and(made_up)
    };
    // In the network that the engine has of its own, there are no names but those of links.
    if body.get("NetworkMode").and_then(Json::as_str) == Some("bridge") {
        return;
    }
    let clear = |of: &mut Map<String, Json>| {
        if let Some(Json::Array(links)) = of.get_mut("Links") {
            links.retain(|link| !named_anyway(link));
            if links.is_empty() {
                of.remove("Links");
            }
        }
    };
    clear(body);
    let networks = body.get_mut("Networks").and_then(Json::as_object_mut).into_iter().flat_map(Map::values_mut);
    networks.filter_map(|network| network.pointer_mut("/0")?.as_object_mut()).for_each(clear);
}

/// The modules for docker, everything allowed: remarks tell what that costs.
fn made(request: &Request, directory: &Path) -> Result<Modules, NixError> {
    let mut options = Options::new(Style::Oci, Backend::Docker);
    options.allow_unmapped = vec!["all".into()];
    options.secrets_in_store = true;
    let hosts = vec![Host { name: None, requests: vec![request.clone()] }];
    let wanted = Wanted { hosts, layout: Layout::Single, options: &options, directory, command: String::new() };
    make(&OsFs, &Sources::new(), &wanted)
}

/// Gives the engine what the project does not make itself.
fn exists(engine: &FakeEngine, request: &Request) {
    let sources = Sources::new();
    let loader = Loader::new(&OsFs, &sources);
    let project = model::build(compose::load(&loader, request), &loader, &model::Options::default());
    for network in project.networks.values().filter(|network| network.external) {
        network.name.iter().for_each(|name| engine.has_network(name));
    }
    for volume in project.volumes.values().filter(|volume| volume.external) {
        volume.name.iter().for_each(|name| engine.has_volume(name));
    }
    for service in project.services.values() {
        let modes = [&service.network_mode, &service.ipc, &service.pid].into_iter().flatten().map(|mode| mode.value.as_str());
        let others = service.volumes_from.iter().map(|from| from.value.as_str()).chain(modes);
        let others = others.filter_map(|text| Some(text.strip_prefix("container:")?.split(':').next().unwrap_or_default()));
        let linked = service.external_links.iter().map(|link| link.value.split(':').next().unwrap_or_default());
        others.chain(linked).for_each(|name| engine.has_container(name));
    }
}

/// What the modules run to create networks, volumes and containers, read back from their text.
fn commands(modules: &Modules) -> Result<Vec<Vec<String>>, String> {
    let mut out = Vec::new();
    let absolute = |path: &Path| Path::new("/").join(path);
    let mut files = eval::Files::new();
    modules.files.iter().for_each(|(path, text)| files.insert(absolute(path), text.as_str()));
    // The units of the stack are those of the text: it is proved.
    for (root, made) in modules.roots.iter().zip(&modules.projects) {
        for command in made.mapped.stack.units.values().flat_map(|Unit { script, .. }| script) {
            let (Command::Run(words) | Command::Try(words) | Command::Unless(_, words)) = command else { continue };
            if let [_, "network" | "volume", "create", ..] = words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                out.push(words.clone());
            }
        }
        let config = eval::modules(&files, &[absolute(root)]).map_err(|error| error.to_string())?;
        let containers = config.at(&["virtualisation", "oci-containers", "containers"]).and_then(Value::as_attrs);
        for (name, entry) in containers.into_iter().flatten() {
            let mut words = engine::argv(name, entry, Backend::Docker)?;
            let run = words.iter_mut().find(|word| *word == "run").ok_or("there is no `run`")?;
            *run = "create".into();
            out.push(words);
        }
    }
    out.iter_mut().flatten().for_each(|word| *word = on_the_host(word));
    Ok(out)
}

/// Text as it is once NixOS has put in what references stand for: the usual places.
fn on_the_host(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, reference, after)) = split_reference(rest) {
        let name = |prefix| Some(reference.strip_prefix(prefix)?.strip_suffix(".path")?.trim_matches('"'));
        let (place, name) = match (name("config.age.secrets."), name("config.sops.secrets.")) {
            (Some(name), _) => ("/run/agenix/", name),
            (_, Some(name)) => ("/run/secrets/", name),
            _ => ("/nix/store/", "something"),
        };
        out.extend([before, place, name]);
        rest = after;
    }
    out + rest
}

/// True if a remark tells a difference: it is on a key from which that place is made.
fn tells(remark: &Remark, owner: &str, difference: &Difference, project: &Project) -> bool {
    if !matches!(remark.class, Class::Different | Class::Moved | Class::Unmapped) {
        return false;
    }
    let below = |path: &str| remark.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    let detail = difference.part(1);
    let variable = format!("environment.{detail}");
    // Of the entries of `volumes`, that of this mount.
    let service = owner.strip_prefix("services.").and_then(|name| project.services.get(name));
    let entries = service.into_iter().flat_map(|service| service.volumes.iter().enumerate());
    let mut entries = entries.filter(|(_, mount)| mount.target.trim_end_matches('/') == detail.trim_end_matches('/'));
    let entry = entries.next_back();
    let volume = entry.map_or_else(|| "volumes.".to_owned(), |(number, _)| format!("volumes[{number}]"));
    let keys: &[&str] = match difference.part(0) {
        // It is there or not.
        "" if owner.starts_with("services.") => &["scale", "deploy.replicas", "provider"],
        "" => return below(owner),
        "Cmd" | "Entrypoint" => &["entrypoint", "command"],
        "DeviceRequests" => &["deploy", "devices", "gpus"],
        "Env" => &[&variable, "env_file", "use_api_socket"],
        "Healthcheck" => &["healthcheck"],
        "IPAM" => &["ipam"],
        // What is mounted of them is told where they are declared.
        "Mounts" if below("configs") || below("secrets") => return true,
        "Mounts" => &[&volume, "secrets", "configs", "use_api_socket"],
        // A network that nobody can make is told where it is declared.
        "Networks" if remark.class == Class::Unmapped && below("networks") => return true,
        // What is linked to gets an alias.
        "Networks" if remark.path.rsplit('.').next() == Some("links") => return true,
        "Networks" => &["networks", "links", "external_links"],
        // A network that is left out is not one that the container begins with; it is told where it is declared.
        "NetworkMode" if remark.class == Class::Unmapped => {
            return service.is_some_and(|service| service.networks.keys().any(|key| below(&format!("networks.{key}"))));
        }
        "Links" => &["links", "external_links"],
        "OpenStdin" | "StdinOnce" => &["stdin_open"],
        "PortBindings" => &["ports"],
        "VolumesFrom" => &["volumes_from"],
        _ => &[],
    };
    keys.iter().any(|key| below(&format!("{owner}.{key}")))
}
