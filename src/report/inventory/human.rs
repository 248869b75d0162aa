//! The inventory for people: one block a stack, then what is beside the stacks and what was passed over.

use std::fmt::Write;

use super::{Backup, Beside, File, Inventory, Mounts, Published, Resource, Secret, Skipped, Stack, judged};
use crate::report::fleet;
use crate::report::human::Style;
use crate::report::summary;

impl Inventory {
    /// One block a stack, then what is beside them, the lists of backups, and what was passed over. Ends with an empty line unless it is empty.
    pub fn human(&self, colour: bool) -> String {
        let style = Style::new(colour);
        let mut out = String::new();
        for stack in &self.stacks {
            block(stack, &style, &mut out);
        }
        beside(&self.beside, &style, &mut out);
        backups(&self.backups, &style, &mut out);
        passed_over(&self.skipped, &style, &mut out);
        out.push_str(&fleet::ways(&self.stacks, &style));
        out.push_str(&fleet::hosts(&self.hosts, &style));
        out
    }
}

/// `127.0.0.1:8080→80`, `53→53/udp`; `→80` where the engine chooses the port.
pub(in crate::report) fn port_words(port: &Published) -> String {
    let host = match port.address.as_deref() {
        None => String::new(),
        Some(ip) if ip.contains(':') => format!("[{ip}]:"),
        Some(ip) => format!("{ip}:"),
    };
    let protocol = if port.protocol == "tcp" { String::new() } else { format!("/{}", port.protocol) };
    format!("{host}{}→{}{protocol}", port.published.as_deref().unwrap_or(""), port.target)
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
        let one = |f: &File| match f.git.as_deref() {
            _ if f.on_host => format!("{} (on the host)", below(&f.path)),
            Some(state) => format!("{} ({state})", below(&f.path)),
            None => below(&f.path),
        };
        files.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    row(
        "link",
        &match (&*stack.reached, &stack.link_to) {
            (_, Some(to)) if to.starts_with("/nix/store/") => format!("rendered by Nix, as {to}"),
            ("file-link", Some(to)) => format!("the file leads to {to}; relative paths start here"),
            (_, Some(to)) => format!("the directory leads to {to}"),
            _ => String::new(),
        },
    );
    row("also at", &stack.aliases.join(", "));
    row(
        "name",
        match &*stack.project_from {
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
    for (i, line) in data(stack, &below).iter().enumerate() {
        row(if i == 0 { "data" } else { "" }, line);
    }
    row("secrets", &secrets(stack, &below));
    for (title, text) in judged::rows(stack) {
        row(title, &text);
    }
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

/// What holds data, each once, by its real name or path; where a list of backups is known, by whether it is in one.
fn data(stack: &Stack, below: &dyn Fn(&str) -> String) -> Vec<String> {
    let of = |class: &str, backup: Option<&str>| {
        let mut out: Vec<String> = Vec::new();
        for mount in stack.mount_list.iter().filter(|m| m.class == class && m.backup.as_deref() == backup) {
            let name = match (&mount.source, &*mount.kind) {
                (Some(source), "bind") if *source == stack.directory => ".".to_owned(),
                (Some(source), "bind") => below(source),
                (Some(source), _) => source.clone(),
                (None, _) => format!("(no name) at {} of {}", mount.target, mount.service),
            };
            let name = if mount.exists == Some(false) { format!("{name} (not there)") } else { name };
            if !out.contains(&name) {
                out.push(name);
            }
        }
        out.join(", ")
    };
    let groups = [
        ("backed up: ", of("data", Some("covered"))),
        ("not backed up: ", of("data", Some("not-covered"))),
        ("", of("data", None)),
        ("cache: ", of("cache", None)),
    ];
    groups.into_iter().filter(|(_, names)| !names.is_empty()).map(|(title, names)| format!("{title}{names}")).collect()
}

/// Secrets that are shown of a stack; more are counted.
const SECRETS: usize = 6;

/// Where the secrets come from; env files have a row of their own.
fn secrets(stack: &Stack, below: &dyn Fn(&str) -> String) -> String {
    let one = |s: &Secret| match (&*s.kind, &s.source) {
        ("external", _) => format!("{} (external)", s.name),
        ("environment", Some(variable)) => format!("{} from ${variable}", s.name),
        (_, Some(source)) if s.on_host => format!("{} from {} (on the host)", s.name, below(source)),
        (_, Some(source)) if s.exists == Some(false) => format!("{} from {} (missing)", s.name, below(source)),
        (_, Some(source)) => format!("{} from {}", s.name, below(source)),
        (_, None) => s.name.clone(),
    };
    let all: Vec<&Secret> = stack.secrets.iter().filter(|s| s.kind != "env-file").collect();
    let more = all.len().checked_sub(SECRETS).filter(|n| *n > 0).map(|n| format!("{n} more"));
    all.into_iter().take(SECRETS).map(one).chain(more).collect::<Vec<_>>().join(", ")
}

/// Containers and services that no stack starts, file by file.
fn beside(all: &[Beside], style: &Style, out: &mut String) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", style.bold("beside the stacks"));
    let kind = |b: &Beside| if b.kind == "oci-container" { "container" } else { "service" };
    let width = all.iter().map(|b| b.name.chars().count()).max().unwrap_or(0).min(48);
    let mut file = "";
    for one in all {
        if file != one.file {
            file = &one.file;
            let _ = writeln!(out, "  {}", style.dim(file));
        }
        let ports = one.ports.iter().map(port_words).collect::<Vec<_>>().join(" ");
        let rest = [one.image.as_deref().unwrap_or(""), &ports].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("  ");
        let _ = writeln!(out, "{}", format!("    {:<9}  {:<width$}  {rest}", kind(one), one.name).trim_end());
    }
    out.push('\n');
}

fn backups(all: &[Backup], style: &Style, out: &mut String) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", style.bold("lists of backups"));
    let width = all.iter().map(|b| b.file.chars().count()).max().unwrap_or(0).min(60);
    for list in all {
        let _ = writeln!(out, "  {:<width$}  {}", list.file, style.dim(&summary::count(list.paths, "path")));
    }
    out.push('\n');
}

fn mount_words(mounts: &Mounts) -> String {
    let mut words = Vec::new();
    let count = summary::count;
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
    use super::super::{Mount, Service};
    use super::*;

    fn file(path: &str, git: Option<&'static str>) -> File {
        File { path: path.into(), git: git.map(Into::into), on_host: false }
    }

    fn resource(name: &str, external: bool) -> Resource {
        Resource { key: name.into(), name: name.into(), external }
    }

    fn port(address: Option<&str>, published: &str, protocol: &str) -> Published {
        Published { address: address.map(Into::into), published: Some(published.into()), target: 80, protocol: protocol.into() }
    }

    fn mount(kind: &str, class: &'static str, source: &str, backup: Option<&'static str>) -> Mount {
        Mount {
            service: "server".into(),
            kind: kind.into(),
            class: class.into(),
            source: Some(source.into()),
            target: "/x".into(),
            backup: backup.map(Into::into),
            ..Mount::default()
        }
    }

    fn secret(name: &str, kind: &'static str, source: &str, on_host: bool) -> Secret {
        let exists = (!on_host).then_some(true);
        Secret { name: name.into(), kind: kind.into(), source: Some(source.into()), on_host, exists, services: vec!["server".into()] }
    }

    fn stack() -> Stack {
        Stack {
            host: None,
            directory: "docker/immich".into(),
            kind: "default".into(),
            reached: "file-link".into(),
            link_to: Some("infra/nas/immich/docker-compose.yml".into()),
            aliases: vec!["docker/photos".into()],
            project: Some("immich".into()),
            project_from: "name".into(),
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
                    ..Service::default()
                },
                Service {
                    name: "db".into(),
                    image: None,
                    build: Some("docker/immich/db".into()),
                    ports: vec![],
                    restart: None,
                    healthcheck: true,
                    profiles: vec!["tv".into()],
                    ..Service::default()
                },
            ],
            volumes: vec![resource("immich_cache", false), resource("old_pgdata", true)],
            networks: vec![resource("immich_default", false)],
            mounts: Mounts { binds: 3, writable_binds: 2, volumes: 1, other: 0 },
            mount_list: vec![
                mount("bind", "data", "docker/immich/upload", Some("covered")),
                Mount { exists: Some(false), ..mount("bind", "data", "/mnt/tank/photos", Some("not-covered")) },
                mount("volume", "data", "old_pgdata", Some("not-covered")),
                mount("volume", "data", "old_pgdata", Some("not-covered")),
                mount("volume", "cache", "immich_cache", None),
                mount("bind", "system", "/etc/localtime", None),
            ],
            secrets: vec![secret("pg", "file", "docker/immich/pg.txt", false), secret("mail", "file", "/run/agenix/mail", true)],
            ..Stack::default()
        }
    }

    #[test]
    fn one_block_a_stack_and_what_was_passed_over() {
        let mut broken = stack();
        broken.project = None;
        broken.project_from = "directory".into();
        broken.refused = true;
        (broken.reached, broken.link_to) = ("real".into(), None);
        for list in [&mut broken.files, &mut broken.fragments, &mut broken.env_files] {
            list.clear();
        }
        broken.files = vec![file("docker/broken/compose.yml", None)];
        broken.directory = "docker/broken".into();
        (broken.aliases, broken.services, broken.volumes, broken.networks) = (vec![], vec![], vec![], vec![]);
        (broken.profiles, broken.mounts) = (vec![], Mounts::default());
        (broken.mount_list, broken.secrets) = (vec![], vec![]);
        broken.env_files = vec![File { path: "/run/agenix/env".into(), git: None, on_host: true }];
        let skipped = |path: &str, reason: &str, quiet| Skipped { path: path.into(), reason: reason.into(), quiet };
        let inventory = Inventory {
            stacks: vec![stack(), broken],
            skipped: vec![
                skipped("docker/gone", "a link to `../gone`, which leads nowhere", false),
                skipped("docker/immich/postgres", "data of service `db`", true),
                skipped("docker/media/compose.old.yml", "a retired copy", false),
            ],
            hosts: vec![],
            beside: vec![
                Beside {
                    file: "infra/nas.nix".into(),
                    kind: "oci-container".into(),
                    name: "uptime-kuma".into(),
                    image: Some("louislam/uptime-kuma:1".into()),
                    ports: vec![port(None, "3001", "tcp")],
                    ..Beside::default()
                },
                Beside {
                    file: "infra/nas.nix".into(),
                    kind: "service".into(),
                    name: "openssh".into(),
                    ports: vec![port(None, "22", "tcp")],
                    ..Beside::default()
                },
            ],
            backups: vec![Backup { host: None, file: "backup/restic.txt".into(), paths: 3 }],
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
          data      backed up: upload
                    not backed up: /mnt/tank/photos (not there), old_pgdata
                    cache: immich_cache
          secrets   pg from pg.txt, mail from /run/agenix/mail (on the host)

        (no name)  docker/broken  refused by docker compose
          name      from the directory
          files     compose.yml  (not in git)
          env       /run/agenix/env (on the host)

        beside the stacks
          infra/nas.nix
            container  uptime-kuma  louislam/uptime-kuma:1  3001→80
            service    openssh      22→80

        lists of backups
          backup/restic.txt  3 paths

        passed over
          docker/gone                   a link to `../gone`, which leads nowhere
          docker/media/compose.old.yml  a retired copy
          1 directory of data or caches
        ");
    }

    #[test]
    fn a_link_into_the_store_is_rendered_by_nix() {
        let stack = Stack { link_to: Some("/nix/store/abc-compose.yml".into()), ..stack() };
        let shown = Inventory { stacks: vec![stack], ..Inventory::default() }.human(false);
        assert!(shown.contains("  link      rendered by Nix, as /nix/store/abc-compose.yml\n"), "{shown}");
    }

    #[test]
    fn the_object_of_a_stack() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&stack()).unwrap(), @r#"
        {
          "host": null,
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
              "profiles": [],
              "container_name": null,
              "depends_on": [],
              "networks": [],
              "network_mode": null
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
              ],
              "container_name": null,
              "depends_on": [],
              "networks": [],
              "network_mode": null
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
          },
          "mount_list": [
            {
              "service": "server",
              "kind": "bind",
              "class": "data",
              "source": "docker/immich/upload",
              "target": "/x",
              "read_only": false,
              "exists": null,
              "git": null,
              "backup": "covered"
            },
            {
              "service": "server",
              "kind": "bind",
              "class": "data",
              "source": "/mnt/tank/photos",
              "target": "/x",
              "read_only": false,
              "exists": false,
              "git": null,
              "backup": "not-covered"
            },
            {
              "service": "server",
              "kind": "volume",
              "class": "data",
              "source": "old_pgdata",
              "target": "/x",
              "read_only": false,
              "exists": null,
              "git": null,
              "backup": "not-covered"
            },
            {
              "service": "server",
              "kind": "volume",
              "class": "data",
              "source": "old_pgdata",
              "target": "/x",
              "read_only": false,
              "exists": null,
              "git": null,
              "backup": "not-covered"
            },
            {
              "service": "server",
              "kind": "volume",
              "class": "cache",
              "source": "immich_cache",
              "target": "/x",
              "read_only": false,
              "exists": null,
              "git": null,
              "backup": null
            },
            {
              "service": "server",
              "kind": "bind",
              "class": "system",
              "source": "/etc/localtime",
              "target": "/x",
              "read_only": false,
              "exists": null,
              "git": null,
              "backup": null
            }
          ],
          "secrets": [
            {
              "name": "pg",
              "kind": "file",
              "source": "docker/immich/pg.txt",
              "on_host": false,
              "exists": true,
              "services": [
                "server"
              ]
            },
            {
              "name": "mail",
              "kind": "file",
              "source": "/run/agenix/mail",
              "on_host": true,
              "exists": null,
              "services": [
                "server"
              ]
            }
          ],
          "endpoints": []
        }
        "#);
    }
}
