//! From the projects and the facts of the host to the [`Inventory`]. Everything passes the [`Redactor`] here.

use std::collections::BTreeSet;
use std::path::Path;

use super::{
    Backup, Beside, Dependency, Endpoint, File, Inventory, Mount, Mounts, Published, Resource, Secret, Service, Skipped, Stack, Word,
};
use crate::compose::problem::{Problem, ProblemKind};
use crate::compose::{NameSource, Role};
use crate::discover::{self, Entry, Reached, Reason};
use crate::host::backup::{self, Cover, List};
use crate::host::mounts::{self, Class, on_host};
use crate::host::nixos::Settings;
use crate::host::{Facts, GitState};
use crate::model::address::hosts;
use crate::model::{Field, FileObject, Mount as ModelMount, MountKind, Port, Project, Service as ModelService, Sourced};
use crate::ordered::IndexMap;
use crate::report::{HostOf, Redactor, display_path, printable};
use crate::source::Sources;

/// What an inventory is made from.
pub struct Input<'a> {
    /// What was found.
    pub entries: &'a [Entry],
    /// The project of each entry, in the same order.
    pub projects: &'a [Project],
    /// The name of the host of a path, if it has one.
    pub host_of: HostOf<'a>,
    /// What was passed over.
    pub skipped: &'a [discover::Skipped],
    /// The disk and git.
    pub facts: &'a dyn Facts,
    /// The texts.
    pub sources: &'a Sources,
    /// What may not be shown.
    pub redactor: &'a Redactor,
    /// The current directory, absolute: paths below it are shown relative to it.
    pub directory: &'a Path,
}

impl Inventory {
    /// Collects the facts.
    pub fn new(input: &Input) -> Self {
        let stacks = input.entries.iter().zip(input.projects).map(|(entry, project)| stack(input, entry, project)).collect();
        let skipped = input.skipped.iter().map(|s| Skipped {
            path: input.path(&s.path),
            reason: input.reason(&s.reason),
            quiet: matches!(s.reason, Reason::Data { .. } | Reason::Directory(_)),
        });
        let mut hosts: BTreeSet<Option<String>> = input.entries.iter().map(|e| (input.host_of)(&e.directory)).collect();
        // A host of a fleet may have no stack at all.
        hosts.extend(input.facts.beside().nix.iter().filter_map(|n| (input.host_of)(&n.file)).map(Some));
        let (beside, backups) = beside(input, &hosts);
        Self { stacks, skipped: skipped.collect(), beside, backups, hosts: Vec::new() }
    }
}

impl Input<'_> {
    fn path(&self, path: &Path) -> String {
        printable(&self.redactor.path(&display_path(path, self.directory)), false).into_owned()
    }

    fn text(&self, text: &str) -> String {
        printable(&self.redactor.text(text), false).into_owned()
    }

    /// A path within a text is shown like any other.
    fn reason(&self, reason: &Reason) -> String {
        match reason {
            Reason::Loop { to } => format!("a link back to `{}`", self.path(to)),
            Reason::Seen { at } => format!("a link to `{}`", self.path(at)),
            other => self.text(&other.to_string()),
        }
    }

    /// True if only the host has it: it is not here, and the host provides it at run time.
    fn on_host(&self, path: &Path) -> bool {
        on_host(path, self.facts.beside()) && self.facts.fs().symlink_metadata(path).is_err()
    }

    fn git(&self, path: &Path) -> Option<Word> {
        let state = self.facts.git(path);
        (state != GitState::NoRepository).then(|| Word::Borrowed(state.name()))
    }

    fn file(&self, path: &Path) -> File {
        let git = match self.git(path) {
            Some(_) if self.facts.git(path) == GitState::Tracked && self.facts.is_modified(path) => Some(Word::Borrowed("modified")),
            git => git,
        };
        File { path: self.path(path), git, on_host: self.on_host(path) }
    }
}

fn stack(input: &Input, entry: &Entry, project: &Project) -> Stack {
    let (reached, link_to) = match &entry.reached {
        Reached::Real => ("real", None),
        Reached::FileLink { to } => ("file-link", Some(input.path(to))),
        Reached::DirectoryLink { to, .. } => ("directory-link", Some(input.path(to))),
    };
    let files_of = |wanted: fn(&Role) -> bool| -> Vec<File> {
        project.files.iter().filter(|f| wanted(&f.role)).map(|f| input.file(&input.sources.get(f.id).path)).collect()
    };
    let mut profiles: Vec<String> = project.services.values().flat_map(|s| s.profiles.iter().map(|p| input.text(&p.value))).collect();
    profiles.sort();
    profiles.dedup();
    Stack {
        host: (input.host_of)(&entry.directory).map(|h| input.text(&h)),
        directory: input.path(&entry.directory),
        kind: Word::Borrowed(match entry.kind {
            discover::Kind::Default => "default",
            discover::Kind::ComposeFile(_) => "compose-file",
            discover::Kind::Variant { .. } => "variant",
            discover::Kind::Single => "single",
            discover::Kind::Stated(_) => "stated",
        }),
        reached: Word::Borrowed(reached),
        link_to,
        aliases: entry.aliases.iter().map(|a| input.path(a)).collect(),
        project: (!project.name.is_empty()).then(|| input.text(&project.name)),
        project_from: Word::Borrowed(match project.name_source {
            NameSource::Flag => "flag",
            NameSource::Variable(_) => "COMPOSE_PROJECT_NAME",
            NameSource::File(_) => "name",
            NameSource::Directory => "directory",
        }),
        refused: project.problems.iter().any(|p| p.refused && !is_elsewhere(input, project, p)),
        files: entry.files.iter().map(|f| input.file(f)).collect(),
        fragments: files_of(|r| matches!(r, Role::Include(_) | Role::Extends(_))),
        env_files: files_of(|r| matches!(r, Role::DotEnv | Role::EnvFile(_) | Role::LabelFile(_)))
            .into_iter()
            .chain(absent_env_files(input, project))
            .collect(),
        profiles,
        services: project.services.values().map(|s| service(input, project, &s.value)).collect(),
        volumes: project.volumes.iter().map(|(k, v)| resource(input, k, v.name.as_ref(), v.external)).collect(),
        networks: project.networks.iter().map(|(k, n)| resource(input, k, n.name.as_ref(), n.external)).collect(),
        mounts: count(project),
        mount_list: mount_list(input, entry, project),
        secrets: secrets(input, project),
        endpoints: endpoints(input, project),
        standard: None,
        strategy: None,
    }
}

fn service(input: &Input, project: &Project, service: &ModelService) -> Service {
    let words = |field: &Field<String>| field.as_ref().map(|f| input.text(&f.value));
    let real = |key: &str| project.networks.get(key).and_then(|n| n.name.as_ref()).map_or_else(|| key.to_owned(), |n| n.value.clone());
    Service {
        name: input.text(&service.name),
        image: words(&service.image),
        build: service.build.as_ref().map(|b| {
            let context = b.context.as_ref().map_or(".", |c| c.value.as_str());
            if Path::new(context).is_absolute() { input.path(Path::new(context)) } else { input.text(context) }
        }),
        ports: service.ports.iter().map(|p| published(input, &p.value)).collect(),
        restart: words(&service.restart),
        healthcheck: service.healthcheck.is_some(),
        profiles: service.profiles.iter().map(|p| input.text(&p.value)).collect(),
        container_name: words(&service.container_name),
        depends_on: service
            .depends_on
            .iter()
            .map(|(name, d)| Dependency { service: input.text(name), condition: input.text(&d.condition) })
            .collect(),
        networks: service.networks.keys().map(|key| input.text(&real(key))).collect(),
        network_mode: words(&service.network_mode),
    }
}

fn published(input: &Input, port: &Port) -> Published {
    Published {
        address: port.host_ip.as_deref().filter(|ip| !ip.is_empty()).map(|ip| input.text(ip)),
        published: port.published.as_deref().map(|p| input.text(p)),
        target: port.target,
        protocol: input.text(&port.protocol),
    }
}

fn resource(input: &Input, key: &str, name: Option<&Sourced<String>>, external: bool) -> Resource {
    Resource { key: input.text(key), name: input.text(name.map_or(key, |n| &n.value)), external }
}

fn count(project: &Project) -> Mounts {
    let mut out = Mounts::default();
    for mount in project.services.values().flat_map(|s| &s.volumes) {
        match mount.kind {
            MountKind::Bind => {
                out.binds += 1;
                out.writable_binds += usize::from(!mount.read_only);
            }
            MountKind::Volume => out.volumes += 1,
            _ => out.other += 1,
        }
    }
    out
}

/// True if Compose refuses the project here only because the host's own env files are not here.
fn is_elsewhere(input: &Input, project: &Project, problem: &Problem) -> bool {
    let at = problem.origin.as_ref().filter(|_| problem.kind == ProblemKind::EnvFile).map(|o| o.at);
    let mut env_files = project.services.values().flat_map(|s| &s.env_file);
    env_files.any(|e| Some(e.origin.at) == at && input.on_host(Path::new(&e.path)))
}

/// The env files of services that only the host has, each once: those that are here are files of the project.
fn absent_env_files(input: &Input, project: &Project) -> Vec<File> {
    let paths: BTreeSet<&str> = project.services.values().flat_map(|s| &s.env_file).map(|e| e.path.as_str()).collect();
    paths.into_iter().map(Path::new).filter(|p| input.on_host(p)).map(|p| input.file(p)).collect()
}

fn mount_list(input: &Input, entry: &Entry, project: &Project) -> Vec<Mount> {
    let host = (input.host_of)(&entry.directory);
    let lists = input.facts.beside().backups_of(host.as_deref());
    let mut out = Vec::new();
    for service in project.services.values() {
        out.extend(service.volumes.iter().map(|m| mount(input, project, &service.name, m, &lists)));
        out.extend(service.tmpfs.iter().map(|t| Mount {
            service: input.text(&service.name),
            kind: "tmpfs".to_owned(),
            class: Word::Borrowed(Class::Memory.name()),
            target: input.text(t.split(':').next().unwrap_or(t)),
            ..Mount::default()
        }));
        out.extend(service.devices.iter().map(|d| Mount {
            service: input.text(&service.name),
            kind: "bind".to_owned(),
            class: Word::Borrowed(Class::Device.name()),
            source: Some(input.path(Path::new(&d.source))),
            target: input.text(&d.target),
            read_only: !d.permissions.contains('w') && !d.permissions.is_empty(),
            ..Mount::default()
        }));
    }
    out
}

fn mount(input: &Input, project: &Project, service: &str, mount: &ModelMount, lists: &[&List]) -> Mount {
    let class = mounts::class(mount, project, input.facts);
    let bind = mount.source.as_deref().filter(|_| mount.kind == MountKind::Bind).map(Path::new);
    let real = |key: &str| project.volumes.get(key).and_then(|v| v.name.as_ref()).map_or_else(|| key.to_owned(), |n| n.value.clone());
    let data = mounts::data(mount, project).filter(|_| class == Class::Data);
    let covered = data.and_then(|data| backup::cover(lists, input.facts.fs(), &data));
    Mount {
        service: input.text(service),
        kind: match &mount.kind {
            MountKind::Bind => "bind".to_owned(),
            MountKind::Volume => "volume".to_owned(),
            MountKind::Tmpfs => "tmpfs".to_owned(),
            MountKind::Npipe => "npipe".to_owned(),
            MountKind::Cluster => "cluster".to_owned(),
            MountKind::Image => "image".to_owned(),
            MountKind::Other(other) => input.text(other),
        },
        class: Word::Borrowed(class.name()),
        source: match bind {
            Some(path) => Some(input.path(path)),
            None => mount.source.as_deref().map(|key| input.text(&real(key))),
        },
        target: input.text(&mount.target),
        read_only: mount.read_only,
        exists: bind.and_then(|path| mounts::exists(path, input.facts)),
        git: bind.and_then(|path| input.git(path)),
        backup: covered.map(|c| Word::Borrowed(if c == Cover::Covered { "covered" } else { "not-covered" })),
    }
}

fn secrets(input: &Input, project: &Project) -> Vec<Secret> {
    let users = |key: &str| -> Vec<String> {
        let uses = |s: &ModelService| s.secrets.iter().any(|r| r.source == key);
        project.services.values().filter(|s| uses(s)).map(|s| input.text(&s.name)).collect()
    };
    let mut out: Vec<Secret> = project.secrets.iter().map(|(key, secret)| secret_of(input, key, secret, users(key))).collect();
    let mut env_files: IndexMap<&str, Vec<String>> = IndexMap::default();
    for service in project.services.values() {
        for file in &service.env_file {
            let services = env_files.entry(file.path.as_str()).or_default();
            let name = input.text(&service.name);
            if !services.contains(&name) {
                services.push(name);
            }
        }
    }
    out.extend(env_files.into_iter().map(|(path, services)| {
        let path = Path::new(path);
        let (shown, on_host) = (input.path(path), on_host(path, input.facts.beside()));
        let exists = mounts::exists(path, input.facts);
        Secret { name: shown.clone(), kind: Word::Borrowed("env-file"), source: Some(shown), on_host, exists, services }
    }));
    out
}

fn secret_of(input: &Input, key: &str, secret: &FileObject, services: Vec<String>) -> Secret {
    let (kind, source) = match (&secret.file, &secret.environment) {
        _ if secret.external => ("external", secret.name.as_ref().map(|n| input.text(&n.value))),
        (Some(file), _) => ("file", Some(input.path(Path::new(&file.value)))),
        (None, Some(variable)) => ("environment", Some(input.text(&variable.value))),
        (None, None) => ("file", None),
    };
    let file = secret.file.as_ref().filter(|_| kind == "file").map(|f| Path::new(&f.value));
    Secret {
        name: input.text(key),
        kind: Word::Borrowed(kind),
        source,
        on_host: file.is_some_and(|f| on_host(f, input.facts.beside())),
        exists: file.and_then(|f| mounts::exists(f, input.facts)),
        services,
    }
}

/// What counts for any of the hosts: containers and services beside the stacks, and the lists of backups.
fn beside(input: &Input, hosts: &BTreeSet<Option<String>>) -> (Vec<Beside>, Vec<Backup>) {
    let all = input.facts.beside();
    // What belongs to a host is told under its name; what belongs to none, under the name of the only one.
    let only = if hosts.len() == 1 { hosts.first().cloned().flatten() } else { None };
    let named = |owner: Option<&String>| owner.or(only.as_ref()).map(|h| input.text(h));
    let (mut beside, mut backups) = (Vec::new(), Vec::new());
    let (mut nix, mut lists): (Vec<*const Settings>, Vec<*const List>) = (Vec::new(), Vec::new());
    for host in hosts {
        for settings in all.nix_of(host.as_deref()) {
            if nix.contains(&std::ptr::from_ref(settings)) {
                continue;
            }
            nix.push(std::ptr::from_ref(settings));
            let base = Beside { host: named(settings.host.as_ref()), file: input.path(&settings.file), ..Beside::default() };
            beside.extend(settings.containers.iter().map(|c| Beside {
                kind: Word::Borrowed("oci-container"),
                name: input.text(&c.name),
                image: c.image.as_deref().map(|i| input.text(i)),
                ports: c.ports.iter().map(|(p, _)| published(input, p)).collect(),
                volumes: c.volumes.iter().map(|v| input.text(v)).collect(),
                ..base.clone()
            }));
            beside.extend(settings.services.iter().map(|s| Beside {
                kind: Word::Borrowed("service"),
                name: input.text(&s.name),
                ports: s.ports.iter().map(|p| published(input, p)).collect(),
                ..base.clone()
            }));
        }
        for list in all.backups_of(host.as_deref()) {
            if lists.contains(&std::ptr::from_ref(list)) {
                continue;
            }
            lists.push(std::ptr::from_ref(list));
            let paths = list.entries.iter().filter(|e| !e.excluded).count();
            backups.push(Backup { host: named(list.host.as_ref()), file: input.path(&list.file), paths });
        }
    }
    (beside, backups)
}

/// What the values of variables name outside of the project: names that look like a host, never anything else of the value.
fn endpoints(input: &Input, project: &Project) -> Vec<Endpoint> {
    let mut out = Vec::new();
    for service in project.services.values() {
        for (variable, value) in &service.environment {
            let Some(text) = value.value.as_deref() else { continue };
            for host in hosts(variable, text).into_iter().filter(|h| is_name(h) && !project.services.contains_key(*h)) {
                out.push(Endpoint { service: input.text(&service.name), variable: input.text(variable), name: input.text(host) });
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

/// A name of a machine or an address of it, other than this one.
fn is_name(text: &str) -> bool {
    let plain = text.len() <= 253 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let word = text.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    plain
        && word
        && !matches!(text, "localhost" | "0.0.0.0" | "127.0.0.1" | "true" | "false" | "yes" | "no" | "on" | "off" | "none" | "null")
}
