//! The normal form: what the engine and systemd are asked for by one project. It is made from the typed project, and made again from the
//! text of the generated modules; the two must be equal. Order is kept where it means something to the engine.
//!
//! Text may hold references to what only the host knows, between the marks of [`crate::nix::REFERENCE`].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use crate::ordered::IndexMap;
use serde::Serialize;

/// Names, sorted, each once. There are few of them, for which a list is less work than a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Names(Vec<String>);

impl Names {
    /// Adds a name, unless it is there.
    pub fn insert(&mut self, name: String) {
        if let Err(at) = self.0.binary_search(&name) {
            self.0.insert(at, name);
        }
    }

    /// True if a name is there.
    pub fn contains(&self, name: &str) -> bool {
        self.0.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }
}

impl Deref for Names {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<'n> IntoIterator for &'n Names {
    type Item = &'n String;
    type IntoIter = std::slice::Iter<'n, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Extend<String> for Names {
    fn extend<T: IntoIterator<Item = String>>(&mut self, names: T) {
        names.into_iter().for_each(|name| self.insert(name));
    }
}

impl<const N: usize> From<[String; N]> for Names {
    fn from(names: [String; N]) -> Self {
        names.into_iter().collect()
    }
}

impl FromIterator<String> for Names {
    fn from_iter<T: IntoIterator<Item = String>>(names: T) -> Self {
        let mut out = Self::default();
        out.extend(names);
        out
    }
}

/// What one project asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stack {
    /// The containers, by name, in the order of the services.
    pub containers: IndexMap<String, Container>,
    /// The services of systemd, by name without `.service`; those of the containers (`docker-web-1`) have only what is added to what the module
    /// of NixOS gives them.
    pub units: IndexMap<String, Unit>,
    /// The targets, by name without `.target`: what each is wanted by.
    pub targets: IndexMap<String, Names>,
    /// The timers, by name without `.timer`: `OnCalendar`.
    pub timers: IndexMap<String, String>,
    /// The lines of `systemd.tmpfiles.rules`.
    pub tmpfiles: Vec<String>,
    /// The ports that the host's firewall lets through, by the option below `networking.firewall`: `allowedTCPPorts`.
    pub firewall: BTreeMap<String, BTreeSet<i64>>,
}

impl Stack {
    /// How many things it asks for.
    pub fn count(&self) -> usize {
        let Stack { containers, units, targets, timers, tmpfiles, firewall } = self;
        containers.len() + units.len() + targets.len() + timers.len() + tmpfiles.len() + firewall.len()
    }

    /// True if all that it asks for is asked for by another one, too, and in the same way.
    pub fn is_part_of(&self, whole: &Stack) -> bool {
        let Stack { containers, units, targets, timers, tmpfiles, firewall } = self;
        containers.iter().all(|(name, container)| whole.containers.get(name) == Some(container))
            && units.iter().all(|(name, unit)| whole.units.get(name) == Some(unit))
            && targets.iter().all(|(name, wanted_by)| whole.targets.get(name) == Some(wanted_by))
            && timers.iter().all(|(name, when)| whole.timers.get(name) == Some(when))
            && (tmpfiles.is_empty() || *tmpfiles == whole.tmpfiles)
            && firewall.iter().all(|(option, ports)| whole.firewall.get(option) == Some(ports))
    }

    /// Adds what something else asks for, beside this. Errors: both ask for the same; what it is, and its name.
    pub fn add(&mut self, other: Stack) -> Result<(), (&'static str, String)> {
        let Stack { containers, units, targets, timers, tmpfiles, firewall } = other;
        for (name, container) in containers {
            if let (at, Some(_)) = self.containers.insert_full(name, container) {
                return Err(("container", self.containers.get_index(at).map(|(name, _)| name.clone()).unwrap_or_default()));
            }
        }
        for (name, unit) in units {
            if let (at, Some(_)) = self.units.insert_full(name, unit) {
                return Err(("unit", self.units.get_index(at).map(|(name, _)| name.clone()).unwrap_or_default()));
            }
        }
        self.targets.extend(targets);
        self.timers.extend(timers);
        self.tmpfiles.extend(tmpfiles);
        for (option, ports) in firewall {
            self.firewall.entry(option).or_default().extend(ports);
        }
        Ok(())
    }
}

/// A container, as the engine is asked for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[allow(clippy::struct_excessive_bools)] // options of the engine
pub struct Container {
    /// The image.
    pub image: String,
    /// The image comes from the Nix store (`imageStream`), which the user fills in.
    pub image_stream: bool,
    /// The first word of the entrypoint; empty text clears that of the image.
    pub entrypoint: Option<String>,
    /// The other words of the entrypoint, then those of the command.
    pub args: Vec<String>,
    /// The variables.
    pub environment: IndexMap<String, String>,
    /// Files that the engine's client reads variables from, in order. Absolute, or a reference.
    pub environment_files: Vec<String>,
    /// The labels.
    pub labels: IndexMap<String, String>,
    /// The annotations.
    pub annotations: IndexMap<String, String>,
    /// Published ports.
    pub ports: Vec<Publish>,
    /// The user.
    pub user: Option<String>,
    /// The working directory.
    pub working_dir: Option<String>,
    /// The host name.
    pub hostname: Option<String>,
    /// Mounts, in order.
    pub mounts: Vec<Mount>,
    /// The networks, the first one first; or a mode.
    pub network: Network,
    /// Capabilities that are added, and dropped.
    pub capabilities: (BTreeSet<String>, BTreeSet<String>),
    /// Devices: `/dev/a:/dev/b:rwm`, or a CDI name.
    pub devices: Vec<String>,
    /// All capabilities and devices.
    pub privileged: bool,
    /// When the image is pulled: `always`, `missing`, `never`.
    pub pull: Option<String>,
    /// The log driver; `None` is that of the module, `journald`.
    pub log_driver: Option<String>,
    /// The options of the log driver.
    pub log_options: IndexMap<String, String>,
    /// The health check.
    pub health: Option<Health>,
    /// Started with the host.
    pub auto_start: bool,
    /// The container, and its anonymous volumes, go when it stops.
    pub auto_remove: bool,
    /// How podman tells systemd that the container is ready: `healthy`. `None`: `conmon`.
    pub sdnotify: Option<String>,
    /// Containers that have to be started before, and that it stops with (`dependsOn`).
    pub depends_on: Names,
    /// Every other flag of `docker run`, by its long name without the dashes, with its values in order: `dns` → 8.8.8.8, 8.8.4.4. A flag
    /// without a value has the value `true`. The names are docker's; `engine` knows those of podman.
    pub flags: BTreeMap<String, Vec<String>>,
}

/// A published port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Publish {
    /// The host's address, without brackets.
    pub host_ip: Option<String>,
    /// A port or a range; `None`: the engine chooses.
    pub published: Option<String>,
    /// A port or a range in the container.
    pub target: String,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
}

/// A mount.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// `bind`, `volume`, `tmpfs`, `image`.
    pub kind: String,
    /// The host's path, the real name of the volume, the image; `None`: an anonymous volume.
    pub source: Option<String>,
    /// The path in the container.
    pub target: String,
    /// It cannot be written.
    pub read_only: bool,
    /// Everything else, by the name that `--mount` of docker has for it: `bind-propagation`, `bind-recursive`, `volume-nocopy`,
    /// `volume-subpath`, `tmpfs-size`, `tmpfs-mode` (octal), `image-subpath`; `selinux` for `z` and `Z`; `create` = `false` for a bind whose
    /// source is not made; `options` for what stands behind the second colon of `tmpfs`.
    pub options: BTreeMap<String, String>,
}

/// How a container is connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Network {
    /// To networks, the first one first. Empty: the engine's default.
    Networks(Vec<Attachment>),
    /// `host`, `none`, `bridge`, `container:NAME`.
    Mode(String),
}

impl Default for Network {
    fn default() -> Self {
        Network::Networks(Vec::new())
    }
}

/// A network that a container is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// The real name.
    pub name: String,
    /// Names that others find it by, in order: the service's first.
    pub aliases: Vec<String>,
    /// `ip`, `ip6`, `mac-address`, `gw-priority`: by docker's names.
    pub options: BTreeMap<String, String>,
    /// `link-local-ip`, in order.
    pub link_local: Vec<String>,
    /// Options of the driver.
    pub driver_opts: IndexMap<String, String>,
}

/// A health check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Health {
    /// What is run; `None`: that of the image.
    pub test: Option<HealthTest>,
    /// `interval`, `timeout`, `start-period`, `start-interval` as Go writes durations (`1m30s`), and `retries`.
    pub options: BTreeMap<String, String>,
}

/// What a health check runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum HealthTest {
    /// Nothing: there is no health check.
    None,
    /// A text for the shell.
    Shell(String),
    /// Words, without a shell (podman).
    Exec(Vec<String>),
}

/// A service of systemd.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// What it is for.
    pub description: Option<String>,
    /// Units, with their suffix.
    pub after: Names,
    /// Units, with their suffix.
    pub requires: Names,
    /// Units, with their suffix.
    pub wants: Names,
    /// Units, with their suffix.
    pub part_of: Names,
    /// Units, with their suffix.
    pub wanted_by: Names,
    /// `[Unit]`: `StartLimitIntervalSec`, `RequiresMountsFor`.
    pub unit: BTreeMap<String, String>,
    /// `[Service]`: `Restart`, `Type`, `TimeoutStopSec`.
    pub service: BTreeMap<String, String>,
    /// Commands on the path.
    pub path: Names,
    /// Run before it starts.
    pub pre_start: Vec<Command>,
    /// What it does, if it is not a container.
    pub script: Vec<Command>,
    /// Run once it is started.
    pub post_start: Vec<Command>,
    /// Run before it is stopped.
    pub pre_stop: Vec<Command>,
}

/// A line of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Command {
    /// These words.
    Run(Vec<String>),
    /// The same, and it does not matter how it ends.
    Try(Vec<String>),
    /// The second words, if the first end with a failure (whose output nobody sees).
    Unless(Vec<String>, Vec<String>),
    /// Waits until a container is healthy; fails if it is unhealthy or gone.
    Healthy(String),
    /// Waits until a container runs.
    Started(String),
    /// The first words' output is compared before and after the second ones; the third are run if it differs: a new image.
    IfChanged(Vec<String>, Vec<String>, Vec<String>),
}
