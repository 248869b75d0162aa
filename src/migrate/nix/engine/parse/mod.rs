//! The words of `docker run` and `podman run` as a container. Written from what the two programs make of their flags, not from how we write
//! them: only so does reading back prove anything.

mod mounts;
mod networks;
mod table;

use std::borrow::Cow;

use super::csv;
use super::references::{References, each_text};
use crate::migrate::nix::Backend;
use crate::migrate::nix::normal::{Attachment, Container, HealthTest, Publish};
use crate::nix::REFERENCE;
use table::{Given, Kind};

/// The name and the container that these words ask for: `docker run --name=web … IMAGE …`. A flag that is not known is an error.
/// What a command line does not have is as the module of NixOS has it: started with the host, and without dependencies.
pub fn parse<T: AsRef<str>>(argv: &[T], backend: Backend) -> Result<(String, Container), String> {
    let mut references = References::default();
    let words: Vec<Cow<'_, str>> = argv.iter().map(|word| references.hide(word.as_ref())).collect();
    if references.broken {
        return Err("a word has a character that no command can have".into());
    }
    let (name, hidden) = read(&words, backend).map_err(|error| references.show(&error).replace([REFERENCE.0, REFERENCE.1], ""))?;
    if references.is_empty() {
        return Ok((name, hidden));
    }
    Ok((references.show(&name), each_text(&hidden, &mut |text| references.show(text))))
}

/// What is put together from several flags.
#[derive(Default)]
struct Parts<'w> {
    name: Option<String>,
    networks: Vec<Cow<'w, str>>,
    /// What older flags say of the first network.
    first: Attachment,
    health_cmd: Option<String>,
    no_health: bool,
    startup: (Option<String>, Option<String>),
    detach: bool,
}

fn read<'w>(words: &'w [Cow<'w, str>], backend: Backend) -> Result<(String, Container), String> {
    let mut words = words;
    for expected in [backend.command(), "run"] {
        match words.split_first() {
            Some((word, rest)) if word == expected => words = rest,
            _ => return Err(format!("the command is not `{backend} run` with flags behind it")),
        }
    }
    let (given, rest) = table::take_apart(words, backend)?;
    let (image, args) = rest.split_first().ok_or("the command has no image")?;
    let mut container =
        Container { image: image.to_string(), args: args.iter().map(Cow::to_string).collect(), auto_start: true, ..Container::default() };
    let mut parts = Parts::default();
    for flag in given {
        one(&mut container, &mut parts, flag, backend)?;
    }
    let Parts { name, networks, first, health_cmd, no_health, startup, detach } = parts;
    networks::settle(&mut container, &networks, first, backend)?;
    health(&mut container, health_cmd, no_health, startup, backend)?;
    match (backend, detach) {
        (Backend::Podman, false) => {
            container.flags.insert("detach".into(), vec!["false".into()]);
        }
        (Backend::Docker, true) => return Err("a container of docker that is in the background is not watched by its unit".into()),
        _ => {}
    }
    Ok((name.ok_or("the command has no `--name`")?, container))
}

fn one<'w>(container: &mut Container, parts: &mut Parts<'w>, given: Given<'w>, backend: Backend) -> Result<(), String> {
    let Given { flag, kind, value } = given;
    let on = value == "true";
    match flag {
        "name" => parts.name = Some(value.into()),
        "detach" => parts.detach = on,
        // The module's own.
        "replace" | "cidfile" | "cgroups" => {}
        "rm" => container.auto_remove = on,
        "privileged" => container.privileged = on,
        "entrypoint" => container.entrypoint = Some(value.into()),
        "hostname" => container.hostname = Some(value.into()),
        "user" => container.user = Some(value.into()),
        "workdir" => container.working_dir = Some(value.into()),
        "pull" => container.pull = Some(value).filter(|policy| policy != "missing").map(Cow::into_owned),
        "log-driver" => container.log_driver = Some(value).filter(|driver| driver != "journald").map(Cow::into_owned),
        "sdnotify" => container.sdnotify = Some(value).filter(|mode| mode != "conmon").map(Cow::into_owned),
        "env" => {
            let (key, value) = pair(flag, &value)?;
            container.environment.insert(key, value);
        }
        "label" => {
            let (key, value) = pair(flag, &value)?;
            container.labels.insert(key, value);
        }
        "annotation" => {
            let (key, value) = pair(flag, &value)?;
            container.annotations.insert(key, value);
        }
        "log-opt" => {
            let (key, value) = pair(flag, &value)?;
            container.log_options.insert(key, value);
        }
        "env-file" => container.environment_files.push(value.into()),
        "device" => container.devices.push(value.into()),
        "cap-add" => drop(container.capabilities.0.insert(value.into())),
        "cap-drop" => drop(container.capabilities.1.insert(value.into())),
        "publish" => container.ports.push(publish(&value)?),
        "volume" => container.mounts.push(mounts::volume(&value)?),
        "tmpfs" => container.mounts.push(mounts::tmpfs(&value)),
        "mount" => container.mounts.push(mounts::mount(&value, backend)?),
        "network" => parts.networks.push(value),
        "network-alias" => parts.first.aliases.push(value.into()),
        "link-local-ip" => parts.first.link_local.push(value.into()),
        "ip" | "ip6" => drop(parts.first.options.insert(flag.into(), value.into())),
        "no-healthcheck" => parts.no_health = on,
        "health-cmd" => parts.health_cmd = Some(value).filter(|command| !command.is_empty()).map(Cow::into_owned),
        "health-startup-cmd" => parts.startup.0 = Some(value.into()),
        "health-startup-interval" => parts.startup.1 = Some(value.into()),
        "health-interval" | "health-timeout" | "health-start-period" | "health-start-interval" | "health-retries" => {
            let option = flag.trim_start_matches("health-").to_owned();
            container.health.get_or_insert_default().options.insert(option, value.into());
        }
        _ => {
            if flag == "gpus" {
                csv::split(&value)?;
            }
            match kind {
                // The engine may be set up to give every container an init: none is not the same as not asked for.
                Kind::Switch if !on && flag != "init" => drop(container.flags.remove(flag)),
                Kind::Switch | Kind::Text => drop(container.flags.insert(flag.into(), vec![value.into()])),
                Kind::List | Kind::Csv | Kind::None => container.flags.entry(flag.into()).or_default().push(value.into()),
            }
        }
    }
    Ok(())
}

fn pair(flag: &str, text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        _ => Err(format!("`--{flag} {text}` has no name or no value")),
    }
}

/// `[[ip:][port]:]port[/protocol]`.
fn publish(text: &str) -> Result<Publish, String> {
    let wrong = || format!("`{text}` is no port to publish");
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (host, target) = ports.rsplit_once(':').map_or((None, ports), |(host, target)| (Some(host), target));
    let (ip, published) = match host {
        None => (None, None),
        Some(host) => match host.strip_prefix('[') {
            Some(rest) => rest.split_once("]:").map(|(ip, port)| (Some(ip), Some(port))).ok_or_else(wrong)?,
            None => host.split_once(':').map_or((None, Some(host)), |(ip, port)| (Some(ip), Some(port))),
        },
    };
    if target.is_empty() || protocol.contains('/') || published.is_some_and(|port| port.contains(':')) {
        return Err(wrong());
    }
    let some = |part: Option<&str>| part.filter(|part| !part.is_empty()).map(str::to_owned);
    Ok(Publish { host_ip: some(ip), published: some(published), target: target.into(), protocol: protocol.into() })
}

/// The command of the health check, and how it goes with the other flags.
fn health(
    container: &mut Container,
    command: Option<String>,
    none: bool,
    startup: (Option<String>, Option<String>),
    backend: Backend,
) -> Result<(), String> {
    if none {
        if command.is_some() || container.health.is_some() {
            return Err("`--no-healthcheck` does not go with other flags of a health check".into());
        }
        container.health.get_or_insert_default().test = Some(HealthTest::None);
        return Ok(());
    }
    if backend == Backend::Docker {
        if let Some(text) = command {
            container.health.get_or_insert_default().test = Some(HealthTest::Shell(text));
        }
        return Ok(());
    }
    let Some(command) = command else {
        return match container.health {
            Some(_) => Err("podman has no use for the times of a health check without `--health-cmd`".into()),
            None => Ok(()),
        };
    };
    let health = container.health.get_or_insert_default();
    match startup {
        (None, None) => {}
        (Some(same), Some(interval)) if same == command => drop(health.options.insert("start-interval".into(), interval)),
        _ => return Err("the health check while the container starts is not that of later, or lacks its interval".into()),
    }
    health.test = Some(podman_test(&command)?);
    Ok(())
}

/// What podman makes of `--health-cmd`: a list in JSON is words, but for one of one word; anything else is for the shell, unless it begins
/// with the name of a form.
fn podman_test(command: &str) -> Result<HealthTest, String> {
    let list: Option<Vec<String>> = serde_json::from_str(command).ok();
    let words = list.clone().unwrap_or_else(|| command.splitn(2, ' ').map(str::to_owned).collect());
    let Some(first) = words.first() else { return Err("the command of the health check is empty".into()) };
    Ok(match first.to_uppercase().as_str() {
        "CMD" => HealthTest::Exec(command.split_whitespace().skip(1).map(str::to_owned).collect()),
        "NONE" => HealthTest::None,
        "CMD-SHELL" => HealthTest::Shell(words.into_iter().skip(1).collect::<Vec<_>>().join(" ")),
        _ if list.is_some() && words.len() > 1 => HealthTest::Exec(words),
        _ => HealthTest::Shell(words.join(" ")),
    })
}
