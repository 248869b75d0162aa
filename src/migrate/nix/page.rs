//! `MIGRATION.md`: what went where, what differs, which data is whose, what is to be created, and the way there and back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::header::Head;
use super::layout::Layout;
use super::project::{Kept, Made, Modules};
use super::{Backend, Class, Options, Remark, SecretsFrom, Style, map, report};
use crate::compose::Request;
use crate::model::{MountKind, known};
use crate::report::{plain, summary};
use crate::shell::shell_word;

/// How the page begins, and no other page does.
pub const TITLE: &str = "# Moved to NixOS\n\nMade by composelint ";

/// The page.
pub fn page(modules: &Modules) -> String {
    let mut out = TITLE.to_owned();
    let mut sources: Vec<&Path> = modules.projects.iter().map(|p| p.request.directory.as_path()).collect();
    sources.dedup();
    let sources: Vec<String> = sources.iter().map(|path| format!("`{}`", line(&path.display().to_string()))).collect();
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(out, "{version} from {}. Read it to the end before the first `nixos-rebuild switch`.\n", sources.join(", "));
    let _ = writeln!(
        out,
        "The files were read back and compared with what Compose asks the engine for: {}. All of it is the same, but for the differences \
         that are named below.",
        report::compared(modules)
    );
    imported(modules, &mut out);
    if modules.layout == Layout::Fleet {
        rollout(modules, &mut out);
    }
    for made in &modules.projects {
        let title = match &made.host {
            Some(host) => format!("{} on {host}", made.project.name),
            None => made.project.name.clone(),
        };
        let _ = writeln!(out, "\n# {}\n", line(&title));
        project(modules, made, &mut out);
    }
    later(modules, &mut out);
    out
}

/// How the host gets to know the files.
fn imported(modules: &Modules, out: &mut String) {
    out.push_str("\n## Into the configuration\n\n");
    if modules.layout == Layout::Fleet {
        out.push_str("`flake-outputs.nix` has the lines for your `flake.nix`; nothing that was there has been changed.\n");
    } else {
        out.push_str("Add it to the configuration of the host; nothing that was there has been changed:\n\n```nix\n");
        for root in &modules.roots {
            let root = root.display().to_string();
            let root = root.strip_suffix("/default.nix").unwrap_or(&root);
            let root = if root == "default.nix" { "" } else { root };
            let _ = writeln!(out, "imports = [ ./{} ];", line(&format!("PATH/TO/THIS/DIRECTORY/{root}")).trim_end_matches('/'));
        }
        out.push_str("```\n");
    }
    out.push_str("\nA flake sees only files that git knows: `git add` them.\n");
}

/// One host after the other, those first that have the least to lose.
fn rollout(modules: &Modules, out: &mut String) {
    out.push_str(
        "\n## In which order\n\nOne host at a time, those with the least data first. For each, go through the steps of all of its projects below: \
         what to create, what to save, `down`. Go on to the next once `systemctl --failed` on it names nothing and its services answer.\n\n",
    );
    let mut hosts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for made in &modules.projects {
        let host = hosts.entry(made.host.as_deref().unwrap_or_default()).or_default();
        host.0 += made.volumes().len() + made.anonymous().len() + directories(made).len();
        host.1 += made.mapped.services.values().map(Vec::len).sum::<usize>();
    }
    let mut order: Vec<_> = hosts.into_iter().collect();
    order.sort_by_key(|(name, size)| (*size, *name));
    for (number, (name, (data, containers))) in order.iter().enumerate() {
        let size = format!("{}, {} with data", summary::count(*containers, "container"), summary::count(*data, "place"));
        let command = format!("nixos-rebuild switch --flake .#{name} --target-host {name}");
        let _ = writeln!(out, "{}. `{}` ({size}): `{}`, or `colmena apply --on {}`", number + 1, line(name), line(&command), line(name));
    }
}

/// How it is told later whether the files are still right.
fn later(modules: &Modules, out: &mut String) {
    let head = modules.files.values().find_map(|text| Head::of(text));
    let command = head.map(|head| head.command).unwrap_or_default();
    out.push_str("\n# Later\n\n");
    if modules.style == Style::Oci {
        out.push_str("The values of variables, from `.env` too, stand in the modules as they are today. ");
    }
    let _ = writeln!(
        out,
        "As long as the Compose files are what you change, make the modules from them again. Whether they still fit, and nobody changed them \
         by hand, is said by this command, where it was run before (with `--out`, if it was given):\n\n```sh\ncomposelint {} --check\n```",
        unfenced(&command)
    );
}

fn project(modules: &Modules, made: &Made, out: &mut String) {
    if let Some(kept) = &made.kept {
        stays(made, kept, out);
        return;
    }
    let backend = modules.backend;
    services(made, out);
    differences(made, out);
    data(made, backend, out);
    create(made, modules.secrets, out);
    cutover(made, backend, out);
    comments(made, out);
}

/// A project that stays a Compose project.
fn stays(made: &Made, kept: &Kept, out: &mut String) {
    let services = match kept.hashes {
        1 => "The one service has the hash that it had".to_owned(),
        n => format!("All {n} services have the hash that they had"),
    };
    let _ = writeln!(
        out,
        "It stays a Compose project: every key is there. {services}, so that Compose makes no container anew that was started from these \
         files; volumes and networks stay as they are."
    );
    let directory = shell_word(&made.project.directory.display().to_string());
    let name = shell_word(&made.project.name);
    let rendered = shell_word(&format!("/etc/compose/{}/compose.json", made.project.name));
    let _ = writeln!(
        out,
        "\nThe directory `{}` has to stay: relative paths begin there{}.",
        line(&made.project.directory.display().to_string()),
        if made.request.env_files.is_none() { ", and Compose reads the `.env` in it at every start" } else { "" }
    );
    if !kept.variables.is_empty() {
        let names: Vec<String> = kept.variables.iter().map(|v| format!("`{}`", line(v))).collect();
        let _ = writeln!(
            out,
            "\nOnly the environment of whoever started Compose had these variables: {}. Put them into a file, and name it in `environmentFiles`.",
            names.join(", ")
        );
    }
    differences(made, out);
    data(made, Backend::Docker, out);
    let unit = shell_word(&format!("compose-{}.service", made.project.name));
    let profiles = flags("profile", made.profiles.iter().map(|p| shell_word(p)));
    let env_files = flags("env-file", env_files(&made.request));
    let _ = writeln!(
        out,
        "\n## The way there\n\nNothing else may start the project any more: timers, scripts, a container that updates others. Nothing has to \
         be stopped. To see first what would happen, set `reconcile = false;`: the spec is rendered, and nothing is started. The last command \
         changes nothing, it says which containers would be made anew.\n\n```sh\nnixos-rebuild switch\n{}docker compose -p {name} \
         --project-directory {directory}{}{} -f {rendered} up --dry-run\n```",
        unfenced(&entered(made)),
        unfenced(&env_files),
        unfenced(&profiles)
    );
    let _ = writeln!(
        out,
        "\nThen without `reconcile = false;`:\n\n```sh\nnixos-rebuild switch\nsystemctl status {unit}\n{} ps\n```",
        unfenced(&compose(made))
    );
    let _ = writeln!(
        out,
        "\n## The way back\n\nThe Compose files are still there, so it is the old command:\n\n```sh\nnixos-rebuild switch --rollback\n{}{}{} up -d\n```",
        unfenced(&entered(made)),
        unfenced(&compose(made)),
        unfenced(&profiles)
    );
    comments(made, out);
}

/// The step into the directory in which the project was started.
fn entered(made: &Made) -> String {
    format!("cd {}\n", shell_word(&made.request.directory.display().to_string()))
}

/// A flag for each of some words, with a blank before it.
fn flags(flag: &str, words: impl IntoIterator<Item = String>) -> String {
    words.into_iter().fold(String::new(), |line, word| format!("{line} --{flag} {word}"))
}

/// The files with variables that are not found by themselves, as words of a shell.
fn env_files(request: &Request) -> Vec<String> {
    request.env_files.iter().flatten().map(|file| from(request, file)).collect()
}

/// A path from the directory in which the project is started, as a word of a shell.
fn from(request: &Request, file: &Path) -> String {
    shell_word(&file.strip_prefix(&request.directory).unwrap_or(file).display().to_string())
}

/// How the project is started today, without what is to be done: `docker compose -p shop -f compose.yaml`. It is right in its directory.
fn compose(made: &Made) -> String {
    let mut words = vec!["docker compose".to_owned(), format!("-p {}", shell_word(&made.project.name))];
    words.extend(made.request.project_directory.iter().map(|d| format!("--project-directory {}", from(&made.request, d))));
    words.extend(made.request.files.iter().map(|f| format!("-f {}", from(&made.request, f))));
    words.extend(env_files(&made.request).iter().map(|f| format!("--env-file {f}")));
    words.join(" ")
}

fn comments(made: &Made, out: &mut String) {
    let count = made.comments;
    if count.carried + count.appendix > 0 {
        let _ = writeln!(out, "\n## Comments\n\nCarried to their place: {}. In the appendix: {}. Lost: 0.", count.carried, count.appendix);
    }
}

/// What went where, key by key.
fn services(made: &Made, out: &mut String) {
    out.push_str("## What went where\n");
    let today = map::names(&made.project, &Options::new(Style::Oci, made.backend));
    for (service, keys) in &made.keys {
        let containers = made.mapped.services.get(service).map(Vec::as_slice).unwrap_or_default();
        let before = today.get(service).map(Vec::as_slice).unwrap_or_default();
        let called = |(number, name): (usize, &String)| match before.get(number).filter(|before| *before != name) {
            Some(before) => format!("`{}` (today `{}`)", line(name), line(before)),
            None => format!("`{}`", line(name)),
        };
        let names: Vec<String> = containers.iter().enumerate().map(called).collect();
        let _ = writeln!(
            out,
            "\n### {}\n\nContainers: {}\n",
            line(service),
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        );
        out.push_str("| key | what becomes of it | |\n| --- | --- | --- |\n");
        for key in keys {
            let path = format!("services.{service}.{key}");
            let row = map::KEYS.iter().find(|row| row.path.strip_prefix("services.*.") == Some(key.as_str()));
            let (class, becomes) = match row {
                Some(row) => (row.class(made.backend), row.becomes),
                None => (Class::Inert, ""),
            };
            // What was said of this one counts, not what is so in general.
            let said = made.remarks.iter().filter(|r| r.path == path || r.path.starts_with(&format!("{path}.")));
            let class = said.map(|r| r.class).max().unwrap_or(if class == Class::Different { Class::Mapped } else { class });
            let _ = writeln!(out, "| `{}` | {} | {} |", line(key), cell(becomes), word(class));
        }
    }
}

/// A class in a word.
fn word(class: Class) -> &'static str {
    match class {
        Class::Mapped => "the same",
        Class::Different => "with a difference",
        Class::Moved => "elsewhere",
        Class::Inert => "without meaning",
        Class::Unmapped => "left out",
    }
}

fn differences(made: &Made, out: &mut String) {
    for (class, title) in [
        (Class::Unmapped, "What is left out"),
        (Class::Different, "What differs"),
        (Class::Moved, "What is elsewhere now"),
        (Class::Inert, "What has no meaning for a container that runs"),
    ] {
        let remarks: Vec<&Remark> = made.remarks.iter().filter(|r| r.class == class).collect();
        if !remarks.is_empty() {
            let _ = writeln!(out, "\n## {title}\n");
            for remark in remarks {
                let _ = writeln!(out, "- `{}`: {}", line(&remark.path), cell(&remark.message));
            }
        }
    }
}

/// The directories and files of the host that are mounted, without those of the system.
fn directories(made: &Made) -> BTreeSet<&str> {
    let binds = made.project.services.values().flat_map(|s| &s.volumes).filter(|m| m.kind == MountKind::Bind);
    binds.filter_map(|m| m.source.as_deref()).filter(|source| !known::is_system_path(source) && !known::is_engine_socket(source)).collect()
}

/// Whose data is whose, today and tomorrow.
fn data(made: &Made, backend: Backend, out: &mut String) {
    let directories = directories(made);
    if made.volumes().is_empty() && made.anonymous().is_empty() && directories.is_empty() {
        return;
    }
    out.push_str("\n## The data\n\n");
    if !made.volumes().is_empty() {
        volumes(made, backend, out);
    }
    if !directories.is_empty() {
        let _ = writeln!(
            out,
            "{}Mounted from the host, from where they are today. If the project lies elsewhere on the host that gets the modules, make them there:\n",
            if made.volumes().is_empty() { "" } else { "\n" }
        );
        for directory in &directories {
            let _ = writeln!(out, "- `{}`", line(directory));
        }
    }
    for anonymous in made.anonymous() {
        let _ = writeln!(
            out,
            "\n`{}` of `{}` is a volume without a name: a container that is made anew begins with an empty one. Before `down`, see what is in \
             it; give it a name in the Compose file to keep it. `docker inspect --format '{{{{json .Mounts}}}}' CONTAINER` names it.",
            line(&anonymous.target),
            line(&anonymous.service)
        );
    }
}

fn volumes(made: &Made, backend: Backend, out: &mut String) {
    out.push_str("| volume | its name today | its name tomorrow | |\n| --- | --- | --- | --- |\n");
    for volume in made.volumes() {
        let name = line(&volume.real_name);
        let note = if volume.external { "external: it has to be there" } else { "" };
        let _ = writeln!(out, "| `{}` | `{name}` | `{name}` | {note} |", line(&volume.key));
    }
    let names: Vec<String> = made.volumes().iter().map(|v| shell_word(&v.real_name)).collect();
    let _ = writeln!(
        out,
        "\nBefore you begin, see that they are there, under these names. One that is not there would be made, and be empty:\n\n```sh\n\
         docker volume inspect {} >/dev/null && echo all there\n```",
        unfenced(&names.join(" "))
    );
    if backend == Backend::Podman {
        out.push_str("\nPodman cannot see the volumes of docker. With the containers stopped, copy each:\n\n```sh\n");
        for name in names.iter().map(|name| unfenced(name)) {
            let _ = writeln!(out, "podman volume create {name}");
            let _ = writeln!(
                out,
                "cp -a \"$(docker volume inspect --format '{{{{.Mountpoint}}}}' {name})/.\" \"$(podman volume inspect --format '{{{{.Mountpoint}}}}' {name})/\""
            );
        }
        out.push_str("```\n");
    }
}

/// What has to be made by hand, because it is secret.
fn create(made: &Made, secrets: SecretsFrom, out: &mut String) {
    if made.create.is_empty() {
        return;
    }
    out.push_str("\n## Secrets to create\n\nBefore the first start, with today's values. None of them is in the Nix store.\n\n");
    match secrets {
        SecretsFrom::Sops => out.push_str(
            "The host needs the module of [sops-nix](https://github.com/Mic92/sops-nix) and `sops.defaultSopsFile = ./secrets.yaml;`, with a key \
             of the host among those that `.sops.yaml` names. `sops secrets.yaml` opens that file; each of these is a line `NAME: value` in it.\n\n",
        ),
        SecretsFrom::Agenix => {
            out.push_str(
                "The host needs the module of [agenix](https://github.com/ryantm/agenix). The files lie in `secrets/` beside the module that names \
                 them. There, `secrets.nix` says who can read each; `ssh-keyscan HOST` gives the key of the host:\n\n```nix\n{\n",
            );
            for file in made.create.iter().filter_map(|secret| secret.what.strip_prefix("secrets/")) {
                let _ = writeln!(out, "  \"{}\".publicKeys = [ \"ssh-ed25519 …\" ];", unfenced(file));
            }
            out.push_str("}\n```\n\n");
        }
        SecretsFrom::Keep | SecretsFrom::EnvFiles => {}
    }
    for secret in &made.create {
        let _ = write!(out, "- `{}`", line(&secret.what));
        if !secret.names.is_empty() {
            let today = |number: usize| secret.source.get(number).map_or_else(String::new, |at| format!(" (today in {})", places(at)));
            let names: Vec<String> = secret.names.iter().enumerate().map(|(n, k)| format!("`{}`{}", line(k), today(n))).collect();
            let _ = write!(out, " with {}", names.join(", "));
        }
        if !secret.for_services.is_empty() {
            let _ = write!(out, ", for {}", line(&secret.for_services.join(", ")));
        }
        let _ = writeln!(out, ": {}", plain(&secret.how));
    }
}

/// Where a value is today; what is quoted in it stays quoted.
fn places(text: &str) -> String {
    if text.contains('`') { plain(text).into_owned() } else { format!("`{}`", line(text)) }
}

fn cutover(made: &Made, backend: Backend, out: &mut String) {
    let target = shell_word(&format!("compose-{}.target", made.project.name));
    let (enter, compose) = (unfenced(&entered(made)), unfenced(&compose(made)));
    let any_profile = made.project.services.values().any(|s| !s.profiles.is_empty());
    let every = if any_profile { " --profile '*'" } else { "" };
    out.push_str(
        "\n## The way there\n\nEvery container is made anew; volumes and directories stay. Nothing runs from `down` to the end of `switch`, so \
         build first. `down` takes away containers and networks; never add `-v`, which takes away the data, too.\n\n```sh\nnixos-rebuild build\n",
    );
    let _ = writeln!(out, "{enter}{compose}{every} ps -a\n{compose}{every} down");
    let own: Vec<String> = made.volumes().iter().map(|v| shell_word(&v.real_name)).collect();
    if !own.is_empty() {
        out.push_str("# now, while nothing writes: a copy of each volume\n");
        for name in own.iter().map(|name| unfenced(name)) {
            let _ = writeln!(out, "tar czf {name}.tar.gz -C \"$(docker volume inspect --format '{{{{.Mountpoint}}}}' {name})\" .");
        }
        if backend == Backend::Podman {
            out.push_str("# now, too: the volumes to podman, as said above\n");
        }
    }
    let _ = writeln!(out, "nixos-rebuild switch\nsystemctl list-dependencies {target}\nsystemctl --failed\n{backend} ps\n```");
    out.push_str("\nNothing else may start the same project any more: timers, scripts, a container that updates others.\n");
    out.push_str("\n## The way back\n\n```sh\n");
    let profiles = flags("profile", made.profiles.iter().map(|p| shell_word(p)));
    let _ = writeln!(out, "systemctl stop {target}\nnixos-rebuild switch --rollback\n{enter}{compose}{} up -d\n```", unfenced(&profiles));
    if backend == Backend::Docker {
        out.push_str(
            "\nThe networks and volumes have the labels of Compose, so that it takes them as its own again; what was written meanwhile is there.\n",
        );
    } else if !own.is_empty() {
        out.push_str(
            "\nWhat was written meanwhile is in the volumes of podman. Docker's are as they were at the copy: copy back what is newer, or it is lost.\n",
        );
    }
}

/// Text for a block of code, which it cannot end.
fn unfenced(text: &str) -> String {
    text.replace("```", "` ` `")
}

/// Text on one line, for what stands between backticks.
fn line(text: &str) -> String {
    plain(text).replace('`', "'")
}

/// Text in a cell of a table, with the backticks that mark what is quoted.
fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|")
}
