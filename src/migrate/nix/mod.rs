//! Moves a project to NixOS: as `virtualisation.oci-containers`, or as a Compose spec in Nix. What is generated is read back and compared
//! with what Compose would ask the engine for; only what is the same, or whose difference is told, can be written.
//!
//! `map` goes from the typed project to the [`normal`] form, key by key, with a [`Class`] each; `engine` is how a container of the normal
//! form is written as options and flags of docker and podman, and read back.

pub mod comments;
mod common;
pub mod drift;
pub mod engine;
pub mod extras;
pub mod files;
pub mod header;
mod kept;
pub mod layout;
pub mod map;
pub mod module_options;
pub mod normal;
pub mod oci;
pub mod page;
pub mod project;
pub mod proof;
pub mod report;
pub mod script;
pub mod stack;
pub mod tools;
pub mod units;
pub mod wire;

use std::borrow::Cow;
use std::fmt;

use crate::compose::value::Origin;
use crate::nix::Value;

/// The text of a value that was read: a copy only of what is not text, but stands for some.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value.plain() {
        Value::Str(text) => Some(Cow::Borrowed(text)),
        other => other.as_text().map(Cow::Owned),
    }
}

/// How the project is kept on NixOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `virtualisation.oci-containers`, and units of systemd for all that is not a container.
    Oci,
    /// The Compose spec in Nix, rendered and reconciled by a unit.
    ComposeStack,
}

/// What runs the containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Backend {
    Docker,
    Podman,
}

impl Backend {
    /// The command, and the first word of the units' names.
    pub fn command(self) -> &'static str {
        match self {
            Backend::Docker => "docker",
            Backend::Podman => "podman",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.command())
    }
}

/// What becomes of a key of Compose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The engine is asked for the same.
    Mapped,
    /// Something differs, and it is told what.
    Different,
    /// It is the business of systemd, of the firewall, of the secrets now.
    Moved,
    /// It has no meaning for a container that runs.
    Inert,
    /// There is no equivalent.
    Unmapped,
}

impl Class {
    /// Its name, for machines.
    pub fn name(self) -> &'static str {
        match self {
            Class::Mapped => "mapped",
            Class::Different => "different",
            Class::Moved => "moved",
            Class::Inert => "inert",
            Class::Unmapped => "unmapped",
        }
    }
}

/// How containers are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// As Compose names them: `project-service-1`, or `container_name`.
    Compose,
    /// `project-service`, or `container_name`.
    ProjectService,
    /// `service`, or `container_name`.
    Service,
}

/// Where secrets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretsFrom {
    /// Paths stay; those below `/run/agenix` and `/run/secrets` become references.
    Keep,
    /// sops-nix.
    Sops,
    /// agenix.
    Agenix,
    /// Files that the user puts below `/var/lib`, readable for root only.
    EnvFiles,
}

/// What an image that is built becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builds {
    /// A unit that builds it on the host.
    Unit,
    /// `imageStream`, to be filled in.
    DockerTools,
    /// Nothing: the image is there.
    None,
}

/// What becomes of the firewall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Firewall {
    /// A comment says which ports.
    Comment,
    /// The ports are opened.
    Open,
    None,
}

/// How images are kept up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoUpdate {
    /// Not.
    None,
    /// The label that `podman auto-update` looks for.
    PodmanLabel,
    /// A timer that pulls, and restarts what has changed.
    Timer,
}

/// What is wanted.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // flags
pub struct Options {
    /// How the project is kept.
    pub style: Style,
    /// What runs the containers.
    pub backend: Backend,
    /// How containers are named.
    pub names: Names,
    /// The profiles that are started with the host.
    pub profiles: Vec<String>,
    /// Where secrets come from.
    pub secrets: SecretsFrom,
    /// Secrets may stand in the store, where every user of the host can read them.
    pub secrets_in_store: bool,
    /// Keys without an equivalent that may be left out; `all` for all.
    pub allow_unmapped: Vec<String>,
    /// What an image that is built becomes.
    pub builds: Builds,
    /// The firewall.
    pub firewall: Firewall,
    /// Directories of bind mounts are made by `systemd.tmpfiles`.
    pub tmpfiles: bool,
    /// How images are kept up to date.
    pub auto_update: AutoUpdate,
    /// The name servers of containers in the host's network are `networking.nameservers`.
    pub host_dns: bool,
    /// Where the host keeps what has to outlive a boot (impermanence): `/persist`.
    pub persist: Option<String>,
    /// A job for the backup of the data, to be filled in.
    pub backup: bool,
    /// The services get options of their own, below this path.
    pub module_options: Option<Vec<String>>,
    /// Podman cannot see the volumes of docker: the user copies the data.
    pub accept_volume_move: bool,
}

impl Options {
    /// The defaults.
    pub fn new(style: Style, backend: Backend) -> Self {
        Self {
            style,
            backend,
            names: Names::Compose,
            profiles: Vec::new(),
            secrets: SecretsFrom::Keep,
            secrets_in_store: false,
            allow_unmapped: Vec::new(),
            builds: Builds::Unit,
            firewall: Firewall::Comment,
            tmpfiles: backend == Backend::Podman,
            auto_update: AutoUpdate::None,
            host_dns: false,
            persist: None,
            backup: false,
            module_options: None,
            accept_volume_move: false,
        }
    }

    /// True if a key without an equivalent may be left out: `provider`, `services.web.provider`.
    pub fn allows(&self, path: &str) -> bool {
        self.allow_unmapped.iter().any(|a| a == "all" || a == path || path.ends_with(&format!(".{a}")))
    }
}

/// What became of a key.
#[derive(Clone, Debug)]
pub struct Remark {
    /// What kind of thing.
    pub class: Class,
    /// The key: `services.web.restart`.
    pub path: String,
    /// What, and why, as a sentence without a full stop.
    pub message: String,
    /// Where it is written.
    pub origin: Option<Origin>,
}
