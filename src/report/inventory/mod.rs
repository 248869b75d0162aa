//! What is there: one block a stack for people, one object a stack for machines. Facts, and what follows from them by a table; no value of
//! a variable, only names, so that there is nothing to redact but what somebody wrote into an image or a path.
//!
//! The structs are a frozen form of their own, like those of [`super::json`]: within `version` 1 keys are added, never renamed or removed. They
//! can be read back, so that reports of several hosts can be joined.

mod collect;
mod human;
mod judged;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use collect::Input;
pub(in crate::report) use human::port_words;

/// A word of a fixed list, or what another version of this program wrote in its place.
pub type Word = Cow<'static, str>;

/// Everything under the roots.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The stacks, sorted by host and directory.
    pub stacks: Vec<Stack>,
    /// What was passed over.
    pub skipped: Vec<Skipped>,
    /// Containers and services of the host that no stack starts, as the Nix files beside the stacks have them.
    pub beside: Vec<Beside>,
    /// The lists of backups that were read; empty: none was given or found.
    pub backups: Vec<Backup>,
    /// The hosts in the order in which to roll a change out, where there are several or they are held against a standard.
    pub hosts: Vec<HostSummary>,
}

/// One stack.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Stack {
    /// The host, if it has a name.
    #[serde(default)]
    pub host: Option<String>,
    /// The directory in which `docker compose` is run.
    pub directory: String,
    /// `default`, `compose-file`, `variant`, `single`, `stated`.
    pub kind: Word,
    /// How its first file is reached: `real`, `file-link`, `directory-link`.
    pub reached: Word,
    /// What the link leads to, if it is one.
    pub link_to: Option<String>,
    /// Other links to the same directory.
    pub aliases: Vec<String>,
    /// The project's name; `null` if it cannot be told.
    pub project: Option<String>,
    /// Where the name comes from: `name`, `COMPOSE_PROJECT_NAME`, `flag`, `directory`.
    pub project_from: Word,
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
    /// Every mount of its services, in their order.
    #[serde(default)]
    pub mount_list: Vec<Mount>,
    /// Where its secrets come from; never what they are.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// The other machines and services that its services are told to speak to.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
    /// How it stands against the standard of the configuration, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard: Option<Standard>,
    /// How it could be placed on the host, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
}

/// A file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct File {
    /// The path.
    pub path: String,
    /// `tracked`, `modified`, `untracked`, `ignored`; `null` in no repository.
    pub git: Option<Word>,
    /// True if it is missing here because only the host has it: a file below `/run` or another place that is filled at run time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_host: bool,
}

/// A service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
    /// The container's name, if it is fixed.
    #[serde(default)]
    pub container_name: Option<String>,
    /// What it waits for, also through links and shared namespaces.
    #[serde(default)]
    pub depends_on: Vec<Dependency>,
    /// The real names of the networks it is in.
    #[serde(default)]
    pub networks: Vec<String>,
    /// `host`, `none`, `service:NAME`, `container:NAME`, if it is set.
    #[serde(default)]
    pub network_mode: Option<String>,
}

/// Something that a service waits for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Dependency {
    /// The other service.
    pub service: String,
    /// `service_started`, `service_healthy`, `service_completed_successfully`.
    pub condition: String,
}

/// Another service that a service is told to speak to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// The service that is told.
    pub service: String,
    /// The variable that says so.
    pub variable: String,
    /// The name or address of the other one.
    pub name: String,
}

/// A published port.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Resource {
    /// The key in the project.
    pub key: String,
    /// The real name: what `docker volume ls` or `docker network ls` shows.
    pub name: String,
    /// Made by somebody else.
    pub external: bool,
}

/// How much the services of a stack mount.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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

/// One mount of a service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Mount {
    /// The service.
    pub service: String,
    /// `bind`, `volume`, `tmpfs`, `npipe`, `cluster`, `image`.
    pub kind: String,
    /// What it holds: `config` (tracked in git), `loose-config` (configuration that git does not have), `data`, `cache`, `runtime-secret`, `system`,
    /// `socket`, `device`, `memory`.
    pub class: Word,
    /// The path on the host, or the real name of the volume; `null`: an anonymous volume, or memory.
    pub source: Option<String>,
    /// The path in the container.
    pub target: String,
    /// True if the container cannot write to it.
    pub read_only: bool,
    /// Whether the source of a bind is there; `null` where that cannot be told from here, or there is nothing to be there.
    pub exists: Option<bool>,
    /// `tracked`, `untracked`, `ignored` for binds; `null` in no repository.
    pub git: Option<Word>,
    /// `covered`, `not-covered`; `null`: it is no data, or no list of backups is known.
    pub backup: Option<Word>,
}

/// Where a secret of a stack comes from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Secret {
    /// The key in the project, or the path of the env file.
    pub name: String,
    /// `file`, `environment`, `external`, `env-file`.
    pub kind: Word,
    /// The path or the name of the variable.
    pub source: Option<String>,
    /// True if the host provides it at run time: below `/run/secrets`, `/run/agenix` and the like.
    pub on_host: bool,
    /// Whether the file is there; `null` where that cannot be told from here.
    pub exists: Option<bool>,
    /// The services that get it.
    pub services: Vec<String>,
}

/// How a stack stands against the standard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Standard {
    /// How many of the points hold.
    pub kept: usize,
    /// Each point that was asked for.
    pub points: Vec<Point>,
}

/// One point of a standard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Point {
    /// The key in `standard`.
    pub name: Word,
    /// Whether it holds.
    pub kept: bool,
    /// What it fails on: a sentence without a full stop; empty if it holds.
    pub because: String,
}

/// How a stack could be placed on a host, the best way first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Strategy {
    /// The ways, the best first.
    pub ways: Vec<Way>,
}

/// One way of placing a stack.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Way {
    /// `link`, `activation`, `compose-stack`, `oci-containers`.
    pub name: Word,
    /// How much speaks against it: points, the fewer the better.
    pub cost: u32,
    /// What speaks for it: sentences without a full stop.
    pub reasons_for: Vec<String>,
    /// What speaks against it.
    pub reasons_against: Vec<String>,
}

/// A container or service of the host that no stack starts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Beside {
    /// The host, if it has a name.
    #[serde(default)]
    pub host: Option<String>,
    /// The file that has it.
    pub file: String,
    /// `oci-container`, `service`.
    pub kind: Word,
    /// Its name.
    pub name: String,
    /// Its image, if it is a container.
    pub image: Option<String>,
    /// The ports of the host that it takes.
    pub ports: Vec<Published>,
    /// What it mounts, as written.
    pub volumes: Vec<String>,
}

/// A list of what is backed up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Backup {
    /// The host, if it has a name.
    #[serde(default)]
    pub host: Option<String>,
    /// The file.
    pub file: String,
    /// How many paths it names.
    pub paths: usize,
}

/// A host of a fleet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct HostSummary {
    /// Its name.
    pub name: String,
    /// How many stacks it has.
    pub stacks: usize,
    /// How many services.
    pub services: usize,
    /// How many containers no stack starts.
    pub containers: usize,
    /// Its findings of severity `error`.
    pub errors: usize,
    /// Its findings of severity `warning`.
    pub warnings: usize,
    /// How many of its stacks keep the whole standard; `null`: there is no standard.
    pub compliant: Option<usize>,
    /// The hosts whose services it uses, sorted.
    pub needs: Vec<String>,
    /// Why it has its place in the order of a rollout: sentences without a full stop.
    pub because: Vec<String>,
}

/// Something that was passed over.
#[derive(Clone, Debug, Default)]
pub struct Skipped {
    /// The path.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Unremarkable: people are told how many there are.
    pub quiet: bool,
}
