//! What runs is not what the files say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::known::{Known, Stack, is_whole, listed, real_volume};
use crate::compose::Semantics;
use crate::fs::{self, Fs};
use crate::host::running::{Compose, Container, Running};
use crate::model::image::ImageRef;
use crate::model::{Mount, MountKind};
use crate::resolved::hash;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "state-drift",
        topic: Topic::Host,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "what runs is not what the files say",
        page: page!("state-drift"),
    },
    rule: &StateDrift,
};

struct StateDrift;

impl Rule for StateDrift {
    fn fleet(&self, fleet: &Fleet, cx: &mut Cx) {
        let facts = cx.facts;
        let mut dumps: Vec<&Running> = facts.beside().running.iter().collect();
        dumps.sort_by(|a, b| a.file.cmp(&b.file));
        // One host may have several dumps: its containers in one, its volumes in another.
        let mut hosts: BTreeMap<Option<&str>, Vec<&Running>> = BTreeMap::new();
        for dump in dumps {
            hosts.entry(dump.host.as_deref()).or_default().push(dump);
        }
        for (host, dumps) in hosts {
            let known = Known::of(fleet, host);
            if known.stacks.is_empty() {
                continue;
            }
            let state = State::new(known, dumps, facts.fs());
            state.projects(cx);
            state.stacks(cx);
            state.volumes(cx);
        }
    }
}

/// A container that Compose made, with the dump that it is in.
#[derive(Clone, Copy)]
struct Made<'a> {
    container: &'a Container,
    compose: &'a Compose,
    dump: &'a Path,
}

/// What runs on a host, beside what its files say.
struct State<'a> {
    known: Known<'a>,
    dumps: Vec<&'a Running>,
    disk: &'a dyn Fs,
    /// The containers of each project, without those of `docker compose run`.
    projects: BTreeMap<&'a str, Vec<Made<'a>>>,
    /// Where each project was started, as far as the dump tells.
    directories: BTreeMap<&'a str, BTreeSet<PathBuf>>,
    /// True if the files are those that were started, and not a copy of them on another machine.
    local: bool,
    /// True if a hash that was written on a container is the one that we come to. Only then another one says anything.
    hashes: bool,
}

impl<'a> State<'a> {
    fn new(known: Known<'a>, dumps: Vec<&'a Running>, disk: &'a dyn Fs) -> Self {
        let mut projects: BTreeMap<&str, Vec<Made>> = BTreeMap::new();
        let mut directories: BTreeMap<&str, BTreeSet<PathBuf>> = BTreeMap::new();
        for dump in &dumps {
            for container in &dump.containers {
                let Some(compose) = container.compose.as_ref().filter(|c| !c.one_off) else { continue };
                projects.entry(&compose.project).or_default().push(Made { container, compose, dump: &dump.file });
                directories.entry(&compose.project).or_default().extend(compose.directory.as_deref().map(fs::clean));
            }
            for project in &dump.projects {
                let directory = project.files.first().and_then(|f| f.parent());
                let all = directories.entry(&project.name).or_default();
                if all.is_empty() {
                    all.extend(directory.map(fs::clean));
                }
            }
        }
        let mut state = Self { known, dumps, disk, projects, directories, local: false, hashes: false };
        state.local =
            state.directories.values().flatten().any(|d| state.known.stacks.iter().any(|s| state.is_same(d, &s.project.directory)));
        state.hashes = state.known.stacks.iter().any(|stack| {
            let containers = state.containers(stack.project).unwrap_or_default();
            containers.iter().any(|made| {
                let service = made.compose.service.as_ref().and_then(|s| stack.project.services.get(s));
                service.is_some_and(|s| hashed(s, stack.project, made.compose) == Some(true))
            })
        });
        state
    }

    /// True if two paths are one directory.
    fn is_same(&self, a: &Path, b: &Path) -> bool {
        a == b || self.disk.canonicalize(a).is_ok_and(|a| self.disk.canonicalize(b).is_ok_and(|b| a == b))
    }

    /// The project of a name, of several the one that lies where it was started, and of those the one that has the files it was started with.
    fn stack(&self, name: &str) -> Option<Stack<'a>> {
        let all = || self.known.stacks.iter().filter(|s| s.project.name == name);
        let from = self.directories.get(name);
        let started = |s: &&Stack| from.is_some_and(|d| d.iter().any(|d| self.is_same(d, &s.project.directory)));
        let with = |s: &&Stack| self.projects.get(name).is_some_and(|made| made.iter().any(|m| !has_other_files(s, m.compose)));
        let mut here = all().filter(started);
        here.clone().find(with).or_else(|| here.next()).or_else(|| all().next()).copied()
    }

    /// The containers of a project; `None` if it is not the one of its name that runs.
    fn containers(&self, project: &Project) -> Option<Vec<Made<'a>>> {
        let stack = self.stack(&project.name)?;
        std::ptr::eq(stack.project, project).then(|| self.projects.get(project.name.as_str()).cloned().unwrap_or_default())
    }

    /// Projects that no stack has.
    fn projects(&self, cx: &mut Cx) {
        let names = self.known.names();
        // A project whose name cannot be told may be any of them.
        let sure = self.known.stacks.iter().all(|s| !s.project.name.is_empty());
        for (name, directories) in self.directories.iter().filter(|(name, _)| sure && !names.contains(*name)) {
            let containers = self.projects.get(name).map_or(&[][..], Vec::as_slice);
            let listed_in = |dump: &&&Running| dump.projects.iter().any(|p| p.name == *name);
            let dump = containers.first().map(|m| m.dump).or_else(|| self.dumps.iter().find(listed_in).map(|d| d.file.as_path()));
            let Some(dump) = dump else { continue };
            let from = directories.first().map(|d| format!(", started from `{}`,", d.display())).unwrap_or_default();
            let here = self.known.stacks.iter().find(|s| directories.iter().any(|d| self.is_same(d, &s.project.directory)));
            let message = match here {
                Some(stack) => format!(
                    "the project `{name}` was started from `{}`, whose project is `{}`",
                    stack.project.directory.display(),
                    stack.project.name
                ),
                None => format!("the project `{name}`{from} runs, but no stack has that name"),
            };
            let volumes: BTreeSet<&str> =
                containers.iter().flat_map(|m| m.container.mounts.iter().flatten()).filter_map(|m| m.volume.as_deref()).collect();
            let data = if volumes.is_empty() { String::new() } else { format!("; its data is in {}", listed(volumes.iter().copied())) };
            let help = match here {
                Some(stack) => format!(
                    "stop it with `docker compose -p {name} down`, move its data to the volumes of `{}`, and start that",
                    stack.project.name
                ),
                None => format!("bring its files back, or stop it with `docker compose -p {name} down`{data}"),
            };
            cx.report_path(dump, message)
                .why("nobody can change, update or restore it from these files, and after a restart of the host it is there again")
                .help(help);
        }
    }

    /// What differs in the projects that run.
    fn stacks(&self, cx: &mut Cx) {
        for stack in &self.known.stacks {
            let project = stack.project;
            if project.name.is_empty() {
                continue;
            }
            let Some(containers) = self.containers(project) else { continue };
            self.elsewhere(stack, cx);
            if containers.is_empty() || !is_whole(project) {
                continue;
            }
            for made in &containers {
                let Some(name) = made.compose.service.as_ref().filter(|s| !project.services.contains_key(*s)) else { continue };
                let message = format!(
                    "the container `{}` belongs to the service `{name}` of project `{}`, which the files do not have",
                    made.container.name, project.name
                );
                cx.report_path(made.dump, message)
                    .why("it keeps running, with its ports and its data, and no command of Compose speaks of it but `--remove-orphans`")
                    .help("`docker compose up -d --remove-orphans` takes it away; look first at what it mounts");
            }
            files(stack, &containers, cx);
            for service in project.services.values() {
                let own: Vec<Made> = containers.iter().filter(|m| m.compose.service.as_deref() == Some(&service.name)).copied().collect();
                self.service(stack, service, &own, cx);
            }
        }
    }

    /// A project that was started somewhere else.
    fn elsewhere(&self, stack: &Stack, cx: &mut Cx) {
        let project = stack.project;
        let Some(from) =
            self.directories.get(project.name.as_str()).and_then(|all| all.iter().find(|d| !self.is_same(d, &project.directory)))
        else {
            return;
        };
        // On a copy of the files, all of them are somewhere else.
        if !self.local && from.file_name() == project.directory.file_name() {
            return;
        }
        let Some(file) = stack.entry.files.first() else { return };
        let message = format!("the project `{}` was started from `{}`, not from here", project.name, from.display());
        cx.report_path(file, message)
            .why("relative paths and `.env` were read there: what runs need not be what these files say, and the next start from here may mount other data")
            .help("see which of the two is meant, compare them with `composelint diff`, and take the other away");
    }

    fn service(&self, stack: &Stack, service: &Sourced<Service>, own: &[Made], cx: &mut Cx) {
        let project = stack.project;
        let Some(first) = own.first() else {
            if is_wanted(project, service) {
                cx.report(&service.at_key(), format!("`{}` does not run, although its project does", service.name))
                    .why("it was added after the last start, or somebody took its container away: what depends on it works by halves")
                    .help(format!(
                        "`docker compose up -d {}` starts it; if it is not wanted, put it behind a profile or take it out",
                        service.name
                    ));
            }
            return;
        };
        let mut told = false;
        let restarts =
            service.restart.as_ref().is_some_and(|r| matches!(r.value.split(':').next(), Some("always" | "unless-stopped" | "on-failure")));
        let stopped = own.iter().find(|m| matches!(m.container.state.as_deref(), Some("exited" | "dead" | "created" | "restarting")));
        if let Some((made, state)) = stopped.and_then(|m| Some((m, m.container.state.as_deref()?))).filter(|_| restarts && service.enabled)
        {
            let (what, help) = if state == "restarting" {
                ("ends again and again and is restarted".to_owned(), format!("`docker logs {}` says why", made.container.name))
            } else {
                (format!("is to run always, but its container is `{state}`"), format!("`docker compose up -d {}` starts it", service.name))
            };
            cx.report(&service.at_key(), format!("`{}` {what}", service.name))
                .why("the file says that it runs, and nobody is told that it does not")
                .help(help);
        }
        if let (Some(wanted), Some(runs)) = (&service.image, &first.container.image)
            && !wanted.origin.is_unset()
            && !is_same_image(wanted, runs)
        {
            told = true;
            cx.report(&wanted.origin, format!("`{}` runs the image `{runs}`, and the file says `{}`", service.name, wanted.value))
                .why("the file was changed and never started, or the container was updated by hand: the next start brings another version")
                .help(format!("`docker compose up -d {}`, after a backup if the version of a database changes", service.name));
        }
        for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Volume) {
            told |= self.mount(project, service, mount, first, cx);
        }
        if !told && self.hashes && !has_other_files(stack, first.compose) && hashed(service, project, first.compose) == Some(false) {
            cx.report(&service.at_key(), format!("`{}` changed in the files since it was started", service.name))
                .why("what runs is an older version of it: the next `docker compose up` makes another container")
                .help(format!("`docker compose up -d {}`, at a time when it may be away for a moment", service.name));
        }
    }

    /// A volume that is not the one that the files say. True if there is something to say.
    fn mount(&self, project: &Project, service: &Service, mount: &Sourced<Mount>, made: &Made, cx: &mut Cx) -> bool {
        let Some(volume) = mount.source.as_deref().and_then(|key| project.volumes.get(key)) else { return false };
        let (Some(wanted), Some(mounts)) = (real_volume(volume), &made.container.mounts) else { return false };
        let target = |path: &str| path.trim_end_matches('/').to_owned();
        let Some(runs) = mounts.iter().find(|m| target(&m.target) == target(&mount.target)) else { return false };
        let (what, place) = match (&runs.volume, &runs.source) {
            (Some(name), _) if name != wanted => ("volume", name),
            (None, Some(path)) => ("directory", path),
            _ => return false,
        };
        let listed = self.dumps.iter().any(|d| !d.volumes.is_empty());
        let exists = self.dumps.iter().flat_map(|d| &d.volumes).any(|v| v.name == wanted);
        let new = if listed && !exists { ", which does not exist yet" } else { "" };
        let message = format!("`{}` mounts the {what} `{place}` at {}, and the files say `{wanted}`{new}", service.name, mount.target);
        cx.report(&mount.origin, message)
            .why(format!("the next start mounts `{wanted}`: the data stays behind in `{place}`, and the service begins with what the other one holds, often nothing"))
            .help(format!("write the name of the volume that has the data (`name:` under `volumes`), or copy it to `{wanted}` first"));
        true
    }

    /// Volumes that nobody mounts.
    fn volumes(&self, cx: &mut Cx) {
        let containers = || self.dumps.iter().flat_map(|d| &d.containers);
        // A dump that does not say what is mounted leaves it open.
        if containers().any(|c| c.mounts.is_none()) || self.known.stacks.iter().any(|s| s.project.name.is_empty()) {
            return;
        }
        let mounted: BTreeSet<&str> = containers().flat_map(|c| c.mounts.iter().flatten()).filter_map(|m| m.volume.as_deref()).collect();
        let asked = containers().next().is_some();
        let mut told = BTreeSet::new();
        for dump in &self.dumps {
            for volume in dump.volumes.iter().filter(|v| !v.is_anonymous()) {
                let name = volume.name.as_str();
                // What a project that cannot be read mounts, nobody can tell.
                let open = volume.project.as_deref().is_some_and(|p| self.known.named(p).any(|p| !is_whole(p)));
                if open || self.known.volumes.contains(name) || mounted.contains(name) || !told.insert(name) {
                    continue;
                }
                let of = match &volume.project {
                    Some(project) if self.known.names().contains(project.as_str()) => {
                        format!("; it was made for project `{project}`, which has it no more")
                    }
                    Some(project) => format!("; it was made for project `{project}`"),
                    None => String::new(),
                };
                let who = if asked { "neither a stack nor a container mounts it" } else { "no stack mounts it" };
                cx.report_path(&dump.file, format!("the volume `{name}` exists, and {who}{of}"))
                    .why("data of somebody is in it, in no backup that follows the files, and `docker volume prune --all` takes it away")
                    .help(format!(
                        "look into it (`docker run --rm -v {name}:/data alpine ls -la /data`), then mount it again or remove it"
                    ));
            }
        }
    }
}

/// Containers that were started with other files than the project has.
fn files(stack: &Stack, containers: &[Made], cx: &mut Cx) {
    let Some(made) = containers.iter().find(|m| has_other_files(stack, m.compose)) else { return };
    let Some(file) = stack.entry.files.first() else { return };
    let files: Vec<String> = made.compose.files.iter().map(|f| f.display().to_string()).collect();
    let message = format!(
        "the container `{}` of project `{}` was started with other files than these: {}",
        made.container.name,
        stack.project.name,
        listed(files.iter().map(String::as_str))
    );
    cx.report_path(file, message)
        .why("an override adds or takes away ports, mounts and variables: what runs is not what is judged here")
        .help("start it again with `docker compose up -d`, or write the files that are meant to `COMPOSE_FILE` in `.env`");
}

/// True if a container was started with other files than those of a project, by their names.
fn has_other_files(stack: &Stack, compose: &Compose) -> bool {
    let names = |files: &[PathBuf]| files.iter().map(|f| f.file_name().map(ToOwned::to_owned)).collect::<Vec<_>>();
    !compose.files.is_empty() && names(&compose.files) != names(&stack.entry.files)
}

/// True if a service is to have a container whenever its project runs.
fn is_wanted(project: &Project, service: &Service) -> bool {
    let none = service.scale.as_ref().is_some_and(|n| n.value == 0)
        || service.deploy.as_ref().and_then(|d| d.replicas.as_ref()).is_some_and(|n| n.value == 0);
    // What ends by itself may have been taken away.
    let ends = project
        .services
        .values()
        .flat_map(|s| &s.depends_on)
        .any(|(name, d)| *name == service.name && d.condition == "service_completed_successfully");
    service.enabled && service.profiles.is_empty() && service.provider.is_none() && !none && !ends
}

/// True if two references are one: podman writes the registry, and the tag `latest`, where docker leaves them out. A container that only knows
/// the identity of its image says nothing.
fn is_same_image(a: &str, b: &str) -> bool {
    let bare = |text: &str| text.starts_with("sha256:") || text.len() >= 12 && text.chars().all(|c| c.is_ascii_hexdigit());
    let whole = |text: &str| {
        let image = ImageRef::parse(text)?;
        let registry = image.registry.filter(|r| *r != "index.docker.io").unwrap_or("docker.io").to_owned();
        let path = if registry == "docker.io" { image.path.strip_prefix("library/").unwrap_or(image.path) } else { image.path };
        let tag = image.tag.unwrap_or(if image.digest.is_some() { "" } else { "latest" });
        Some((registry, path.to_owned(), tag.to_owned(), image.digest.map(str::to_owned)))
    };
    a == b || bare(b) || whole(a).is_none_or(|a| whole(b).is_none_or(|b| a == b))
}

/// Whether the hash on a container is that of the service; `None` where nobody can tell: it was started elsewhere, or with values of variables
/// that are not in the files.
fn hashed(service: &Service, project: &Project, compose: &Compose) -> Option<bool> {
    let written = compose.hash.as_deref()?;
    let here = compose.directory.as_deref().is_some_and(|d| fs::clean(d) == project.directory);
    let told = service.env_files_read && service.label_files_read && project.variables.iter().all(|v| v.set || v.operator.is_some());
    let refused = project.problems.iter().any(|p| p.refused);
    if !here || !told || refused {
        return None;
    }
    let semantics = match compose.version.as_deref() {
        Some(version) => vec![Semantics::of_version(version)?],
        None => vec![Semantics::V2, Semantics::V5],
    };
    let platform = project.environment.get("DOCKER_DEFAULT_PLATFORM").map(|v| v.value.as_str());
    Some(semantics.into_iter().any(|s| hash::service(service, s, platform) == written))
}
