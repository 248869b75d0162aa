//! What is there: one block a stack for people, one object a stack for machines. Facts only, no judgement; and no value of a variable,
//! only names, so that there is nothing to redact but what somebody wrote into an image or a path.
//!
//! The structs are a frozen form of their own, like those of [`super::json`]: within `version` 1 keys are added, never renamed or removed.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::human::Style;
use super::{Redactor, display_path, printable};
use crate::compose::{NameSource, Role};
use crate::discover::{self, Entry, Reached, Reason};
use crate::host::{Facts, GitState};
use crate::model::{Field, MountKind, Port, Project, Service as ModelService, Sourced};
use crate::source::Sources;

/// What an inventory is made from.
pub struct Input<'a> {
    /// What was found.
    pub entries: &'a [Entry],
    /// The project of each entry, in the same order.
    pub projects: &'a [Project],
    /// What was passed over.
    pub skipped: &'a [discover::Skipped],
    /// Git.
    pub facts: &'a dyn Facts,
    /// The texts.
    pub sources: &'a Sources,
    /// What may not be shown.
    pub redactor: &'a Redactor,
    /// The current directory, absolute: paths below it are shown relative to it.
    pub directory: &'a Path,
}

/// Everything under the roots.
#[derive(Debug, Serialize)]
pub struct Inventory {
    /// The stacks, sorted by directory.
    pub stacks: Vec<Stack>,
    /// What was passed over.
    pub skipped: Vec<Skipped>,
}

/// One stack.
#[derive(Debug, Serialize)]
pub struct Stack {
    /// The directory in which `docker compose` is run.
    pub directory: String,
    /// `default`, `compose-file`, `variant`, `single`, `stated`.
    pub kind: &'static str,
    /// How its first file is reached: `real`, `file-link`, `directory-link`.
    pub reached: &'static str,
    /// What the link leads to, if it is one.
    pub link_to: Option<String>,
    /// Other links to the same directory.
    pub aliases: Vec<String>,
    /// The project's name; `null` if it cannot be told.
    pub project: Option<String>,
    /// Where the name comes from: `name`, `COMPOSE_PROJECT_NAME`, `flag`, `directory`.
    pub project_from: &'static str,
    /// True if `docker compose` refuses it: then the rest is what could be told.
    pub refused: bool,
    /// Its Compose files, in order.
    pub files: Vec<File>,
    /// What they include and extend.
    pub fragments: Vec<File>,
    /// What feeds its variables and its containers.
    pub env_files: Vec<File>,
    /// The profiles that its services name, sorted.
    pub profiles: Vec<String>,
    /// Its services.
    pub services: Vec<Service>,
    /// Its volumes.
    pub volumes: Vec<Resource>,
    /// Its networks.
    pub networks: Vec<Resource>,
    /// How much its services mount.
    pub mounts: Mounts,
}

/// A file.
#[derive(Debug, Serialize)]
pub struct File {
    /// The path.
    pub path: String,
    /// `tracked`, `untracked`, `ignored`; `null` in no repository.
    pub git: Option<&'static str>,
}

/// A service.
#[derive(Debug, Serialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: Option<String>,
    /// The build context.
    pub build: Option<String>,
    /// Its published ports.
    pub ports: Vec<Published>,
    /// The restart policy as written.
    pub restart: Option<String>,
    /// True if it has a healthcheck of its own.
    pub healthcheck: bool,
    /// The profiles that enable it.
    pub profiles: Vec<String>,
}

/// A published port.
#[derive(Debug, Serialize)]
pub struct Published {
    /// The address of the host; `null`: all of them.
    pub address: Option<String>,
    /// The port of the host, or a range; `null`: the engine chooses.
    pub published: Option<String>,
    /// The port in the container.
    pub target: u32,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
}

/// A volume or network.
#[derive(Debug, Serialize)]
pub struct Resource {
    /// The key in the project.
    pub key: String,
    /// The real name: what `docker volume ls` or `docker network ls` shows.
    pub name: String,
    /// Made by somebody else.
    pub external: bool,
}

/// How much the services of a stack mount.
#[derive(Debug, Default, Serialize)]
pub struct Mounts {
    /// Directories and files of the host.
    pub binds: usize,
    /// Those that the container may write to.
    pub writable_binds: usize,
    /// Named and anonymous volumes.
    pub volumes: usize,
    /// Anything else.
    pub other: usize,
}

/// Something that was passed over.
#[derive(Debug, Serialize)]
pub struct Skipped {
    /// The path.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Unremarkable: people are told how many there are.
    #[serde(skip)]
    pub quiet: bool,
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
        Self { stacks, skipped: skipped.collect() }
    }

    /// One block a stack, then what was passed over. Ends with an empty line unless it is empty.
    pub fn human(&self, colour: bool) -> String {
        let style = Style::new(colour);
        let mut out = String::new();
        for stack in &self.stacks {
            block(stack, &style, &mut out);
        }
        passed_over(&self.skipped, &style, &mut out);
        out
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

    fn file(&self, path: &Path) -> File {
        let state = self.facts.git(path);
        File { path: self.path(path), git: (state != GitState::NoRepository).then(|| state.name()) }
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
        directory: input.path(&entry.directory),
        kind: match entry.kind {
            discover::Kind::Default => "default",
            discover::Kind::ComposeFile(_) => "compose-file",
            discover::Kind::Variant { .. } => "variant",
            discover::Kind::Single => "single",
            discover::Kind::Stated(_) => "stated",
        },
        reached,
        link_to,
        aliases: entry.aliases.iter().map(|a| input.path(a)).collect(),
        project: (!project.name.is_empty()).then(|| input.text(&project.name)),
        project_from: match project.name_source {
            NameSource::Flag => "flag",
            NameSource::Variable(_) => "COMPOSE_PROJECT_NAME",
            NameSource::File(_) => "name",
            NameSource::Directory => "directory",
        },
        refused: project.problems.iter().any(|p| p.refused),
        files: entry.files.iter().map(|f| input.file(f)).collect(),
        fragments: files_of(|r| matches!(r, Role::Include(_) | Role::Extends(_))),
        env_files: files_of(|r| matches!(r, Role::DotEnv | Role::EnvFile(_) | Role::LabelFile(_))),
        profiles,
        services: project.services.values().map(|s| service(input, &s.value)).collect(),
        volumes: project.volumes.iter().map(|(k, v)| resource(input, k, v.name.as_ref(), v.external)).collect(),
        networks: project.networks.iter().map(|(k, n)| resource(input, k, n.name.as_ref(), n.external)).collect(),
        mounts: mounts(project),
    }
}

fn service(input: &Input, service: &ModelService) -> Service {
    let words = |field: &Field<String>| field.as_ref().map(|f| input.text(&f.value));
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

/// `127.0.0.1:8080→80`, `53→53/udp`; `→80` where the engine chooses the port.
fn port_words(port: &Published) -> String {
    let host = match port.address.as_deref() {
        None => String::new(),
        Some(ip) if ip.contains(':') => format!("[{ip}]:"),
        Some(ip) => format!("{ip}:"),
    };
    let protocol = if port.protocol == "tcp" { String::new() } else { format!("/{}", port.protocol) };
    format!("{host}{}→{}{protocol}", port.published.as_deref().unwrap_or(""), port.target)
}

fn resource(input: &Input, key: &str, name: Option<&Sourced<String>>, external: bool) -> Resource {
    Resource { key: input.text(key), name: input.text(name.map_or(key, |n| &n.value)), external }
}

fn mounts(project: &Project) -> Mounts {
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

fn block(stack: &Stack, style: &Style, out: &mut String) {
    let below = |path: &str| path.strip_prefix(&stack.directory).and_then(|p| p.strip_prefix('/')).unwrap_or(path).to_owned();
    let name = stack.project.as_deref().unwrap_or("(no name)");
    let refused = if stack.refused { style.red("  refused by docker compose") } else { String::new() };
    let _ = writeln!(out, "{}  {}{refused}", style.bold(name), style.dim(&stack.directory));
    let mut row = |title: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "  {}  {text}", style.dim(&format!("{title:<8}")));
        }
    };
    let files = |files: &[File]| {
        let one = |f: &File| match f.git {
            Some(state) => format!("{} ({state})", below(&f.path)),
            None => below(&f.path),
        };
        files.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    row(
        "link",
        &match (stack.reached, &stack.link_to) {
            ("file-link", Some(to)) => format!("the file leads to {to}; relative paths start here"),
            (_, Some(to)) => format!("the directory leads to {to}"),
            _ => String::new(),
        },
    );
    row("also at", &stack.aliases.join(", "));
    row(
        "name",
        match stack.project_from {
            "name" => "written in the file",
            "COMPOSE_PROJECT_NAME" => "from COMPOSE_PROJECT_NAME",
            "flag" => "from -p",
            _ => "from the directory",
        },
    );
    // Said once instead of at every file.
    let all = || stack.files.iter().chain(&stack.fragments).chain(&stack.env_files);
    let no_git = if all().all(|f| f.git.is_none()) { "  (not in git)" } else { "" };
    row("files", &format!("{}{}", files(&stack.files), style.yellow(no_git)));
    row("includes", &files(&stack.fragments));
    row("env", &files(&stack.env_files));
    row("profiles", &stack.profiles.join(", "));
    let lines = services(stack, &below);
    for (i, line) in lines.iter().enumerate() {
        row(if i == 0 { "services" } else { "" }, line);
    }
    row("volumes", &resources(&stack.volumes));
    row("networks", &resources(&stack.networks));
    row("mounts", &mount_words(&stack.mounts));
    out.push('\n');
}

/// The services as columns: name, image or build, ports, restart.
fn services(stack: &Stack, below: &dyn Fn(&str) -> String) -> Vec<String> {
    let rows: Vec<[String; 4]> = stack
        .services
        .iter()
        .map(|s| {
            let profiles = if s.profiles.is_empty() { String::new() } else { format!(" [{}]", s.profiles.join(", ")) };
            let from = match (&s.image, &s.build) {
                (_, Some(context)) if *context == stack.directory => "build .".to_owned(),
                (_, Some(context)) => format!("build {}", below(context)),
                (Some(image), None) => image.clone(),
                (None, None) => "-".to_owned(),
            };
            let ports = if s.ports.is_empty() { "-".to_owned() } else { s.ports.iter().map(port_words).collect::<Vec<_>>().join(" ") };
            [format!("{}{profiles}", s.name), from, ports, s.restart.clone().unwrap_or_else(|| "-".to_owned())]
        })
        .collect();
    // One giant must not push the others out of sight.
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|t| t.chars().count()).max().unwrap_or(0).min(48);
    let widths = [width(0), width(1), width(2), 0];
    let line = |row: &[String; 4]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(text, width)| format!("{text:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn resources(all: &[Resource]) -> String {
    let one = |r: &Resource| if r.external { format!("{} (external)", r.name) } else { r.name.clone() };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn mount_words(mounts: &Mounts) -> String {
    let mut words = Vec::new();
    let count = super::summary::count;
    match (mounts.binds, mounts.writable_binds) {
        (0, _) => {}
        (all, 0) => words.push(count(all, "read-only bind")),
        (all, writable) if all == writable => words.push(count(all, "writable bind")),
        (all, writable) => words.push(format!("{} ({writable} writable)", count(all, "bind"))),
    }
    if mounts.volumes > 0 {
        words.push(count(mounts.volumes, "volume"));
    }
    if mounts.other > 0 {
        words.push(format!("{} other", mounts.other));
    }
    words.join(", ")
}

fn passed_over(skipped: &[Skipped], style: &Style, out: &mut String) {
    if skipped.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", style.bold("passed over"));
    let told: Vec<&Skipped> = skipped.iter().filter(|s| !s.quiet).collect();
    let width = told.iter().map(|s| s.path.chars().count()).max().unwrap_or(0).min(60);
    for s in &told {
        let _ = writeln!(out, "  {:<width$}  {}", s.path, style.dim(&s.reason));
    }
    let quiet = skipped.len() - told.len();
    if quiet > 0 {
        let what = if quiet == 1 { "1 directory of data or caches".to_owned() } else { format!("{quiet} directories of data or caches") };
        let _ = writeln!(out, "  {}", style.dim(&what));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, git: Option<&'static str>) -> File {
        File { path: path.into(), git }
    }

    fn resource(name: &str, external: bool) -> Resource {
        Resource { key: name.into(), name: name.into(), external }
    }

    fn port(address: Option<&str>, published: &str, protocol: &str) -> Published {
        Published { address: address.map(Into::into), published: Some(published.into()), target: 80, protocol: protocol.into() }
    }

    fn stack() -> Stack {
        Stack {
            directory: "docker/immich".into(),
            kind: "default",
            reached: "file-link",
            link_to: Some("infra/nas/immich/docker-compose.yml".into()),
            aliases: vec!["docker/photos".into()],
            project: Some("immich".into()),
            project_from: "name",
            refused: false,
            files: vec![file("docker/immich/docker-compose.yml", Some("tracked"))],
            fragments: vec![file("docker/immich/ml/compose.yml", Some("untracked"))],
            env_files: vec![file("docker/immich/.env", None)],
            profiles: vec!["tv".into()],
            services: vec![
                Service {
                    name: "server".into(),
                    image: Some("ghcr.io/immich-app/immich-server:release".into()),
                    build: None,
                    ports: vec![port(None, "2283", "tcp"), port(Some("127.0.0.1"), "53", "udp"), port(Some("::1"), "80", "tcp")],
                    restart: Some("always".into()),
                    healthcheck: false,
                    profiles: vec![],
                },
                Service {
                    name: "db".into(),
                    image: None,
                    build: Some("docker/immich/db".into()),
                    ports: vec![],
                    restart: None,
                    healthcheck: true,
                    profiles: vec!["tv".into()],
                },
            ],
            volumes: vec![resource("immich_cache", false), resource("old_pgdata", true)],
            networks: vec![resource("immich_default", false)],
            mounts: Mounts { binds: 3, writable_binds: 2, volumes: 1, other: 0 },
        }
    }

    #[test]
    fn one_block_a_stack_and_what_was_passed_over() {
        let mut broken = stack();
        broken.project = None;
        broken.project_from = "directory";
        broken.refused = true;
        (broken.reached, broken.link_to) = ("real", None);
        for list in [&mut broken.files, &mut broken.fragments, &mut broken.env_files] {
            list.clear();
        }
        broken.files = vec![file("docker/broken/compose.yml", None)];
        broken.directory = "docker/broken".into();
        (broken.aliases, broken.services, broken.volumes, broken.networks) = (vec![], vec![], vec![], vec![]);
        (broken.profiles, broken.mounts) = (vec![], Mounts::default());
        let skipped = |path: &str, reason: &str, quiet| Skipped { path: path.into(), reason: reason.into(), quiet };
        let inventory = Inventory {
            stacks: vec![stack(), broken],
            skipped: vec![
                skipped("docker/gone", "a link to `../gone`, which leads nowhere", false),
                skipped("docker/immich/postgres", "data of service `db`", true),
                skipped("docker/media/compose.old.yml", "a retired copy", false),
            ],
        };
        insta::assert_snapshot!(inventory.human(false), @r"
        immich  docker/immich
          link      the file leads to infra/nas/immich/docker-compose.yml; relative paths start here
          also at   docker/photos
          name      written in the file
          files     docker-compose.yml (tracked)
          includes  ml/compose.yml (untracked)
          env       .env
          profiles  tv
          services  server   ghcr.io/immich-app/immich-server:release  2283→80 127.0.0.1:53→80/udp [::1]:80→80  always
                    db [tv]  build db                                  -                                        -
          volumes   immich_cache, old_pgdata (external)
          networks  immich_default
          mounts    3 binds (2 writable), 1 volume

        (no name)  docker/broken  refused by docker compose
          name      from the directory
          files     compose.yml  (not in git)

        passed over
          docker/gone                   a link to `../gone`, which leads nowhere
          docker/media/compose.old.yml  a retired copy
          1 directory of data or caches
        ");
    }

    #[test]
    fn the_object_of_a_stack() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&stack()).unwrap(), @r#"
        {
          "directory": "docker/immich",
          "kind": "default",
          "reached": "file-link",
          "link_to": "infra/nas/immich/docker-compose.yml",
          "aliases": [
            "docker/photos"
          ],
          "project": "immich",
          "project_from": "name",
          "refused": false,
          "files": [
            {
              "path": "docker/immich/docker-compose.yml",
              "git": "tracked"
            }
          ],
          "fragments": [
            {
              "path": "docker/immich/ml/compose.yml",
              "git": "untracked"
            }
          ],
          "env_files": [
            {
              "path": "docker/immich/.env",
              "git": null
            }
          ],
          "profiles": [
            "tv"
          ],
          "services": [
            {
              "name": "server",
              "image": "ghcr.io/immich-app/immich-server:release",
              "build": null,
              "ports": [
                {
                  "address": null,
                  "published": "2283",
                  "target": 80,
                  "protocol": "tcp"
                },
                {
                  "address": "127.0.0.1",
                  "published": "53",
                  "target": 80,
                  "protocol": "udp"
                },
                {
                  "address": "::1",
                  "published": "80",
                  "target": 80,
                  "protocol": "tcp"
                }
              ],
              "restart": "always",
              "healthcheck": false,
              "profiles": []
            },
            {
              "name": "db",
              "image": null,
              "build": "docker/immich/db",
              "ports": [],
              "restart": null,
              "healthcheck": true,
              "profiles": [
                "tv"
              ]
            }
          ],
          "volumes": [
            {
              "key": "immich_cache",
              "name": "immich_cache",
              "external": false
            },
            {
              "key": "old_pgdata",
              "name": "old_pgdata",
              "external": true
            }
          ],
          "networks": [
            {
              "key": "immich_default",
              "name": "immich_default",
              "external": false
            }
          ],
          "mounts": {
            "binds": 3,
            "writable_binds": 2,
            "volumes": 1,
            "other": 0
          }
        }
        "#);
    }
}
