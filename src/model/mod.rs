//! The typed project: what the rules, the diff and the migrations read. Built from [`crate::compose::Loaded`]; never from YAML.
//!
//! Every value is [`Sourced`]. Every key of the Compose specification has a field; keys that nobody knows, and `x-` keys, are kept
//! in `extensions`. Code that moves a project elsewhere destructures these structs without `..`, so that a new key is a compile error.

pub mod address;
mod build;
mod consistency;
mod decode;
mod environment;
pub mod image;
pub mod known;
pub mod profiles;
pub mod shell;
#[cfg(test)]
mod tests;
pub mod units;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use crate::compose::problem::Problem;
use crate::compose::value::{Origin, Value};
use crate::compose::{LeftOut, LoadedFile, NameSource, Variable, VariableUse};
use crate::ordered::IndexMap;
use crate::source::Span;

pub use build::{Options, build, whole, with_tree};
pub(crate) use environment::ServiceLookup;
pub use profiles::Profiles;

/// A value with its origin.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
    /// Where its key is written, if it is the value of a mapping.
    pub key: Option<Span>,
}

impl<T> Sourced<T> {
    /// The place of the key, with the way of the value; the value's own place if it has no key.
    pub fn at_key(&self) -> Origin {
        Origin { at: self.key.unwrap_or(self.origin.at), ..self.origin.clone() }
    }
}

impl<T> Deref for Sourced<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// A key that may be absent. Explicit null counts as absent, except where a field says otherwise.
pub type Field<T> = Option<Sourced<T>>;
/// A key whose value has many keys of its own and is mostly absent: where there is none, it takes no room.
pub type Block<T> = Option<Box<Sourced<T>>>;
/// A list; absent is empty.
pub type List<T> = Vec<Sourced<T>>;
/// A mapping from the user's own names, in the order of the source.
pub type Named<T> = IndexMap<String, Sourced<T>>;
/// Services by name, in the order of the source. A service is large, so that a mapping of boxes is quicker to fill.
pub type Services = IndexMap<String, Box<Sourced<Service>>>;

/// One project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name; empty if it could not be told.
    pub name: String,
    /// Where the name comes from.
    pub name_source: NameSource,
    /// The project directory, absolute.
    pub directory: PathBuf,
    /// Every file that was read, each once, the main file first.
    pub files: Vec<LoadedFile>,
    /// All services, also those that no active profile enables ([`Service::enabled`]).
    pub services: Services,
    /// The networks, `default` among them where Compose adds it ([`Origin::is_default`]).
    pub networks: Named<Network>,
    /// The volumes.
    pub volumes: Named<Volume>,
    /// The secrets.
    pub secrets: Named<FileObject>,
    /// The configs.
    pub configs: Named<FileObject>,
    /// The models.
    pub models: Named<Model>,
    /// Top-level `x-` keys, and keys that nobody knows.
    pub extensions: Named<Value>,
    /// The environment that `${…}` saw.
    pub environment: BTreeMap<String, Variable>,
    /// Every use of a variable.
    pub variables: Vec<VariableUse>,
    /// What is written and is no part of it.
    pub left_out: Vec<LeftOut>,
    /// What is wrong, in the order in which Compose would come to it.
    pub problems: Vec<Problem>,
    /// What it lacks without being wrong, if it was found as a project but seems to be a part of one. `None` until all projects are known.
    pub incomplete: Option<Incomplete>,
}

/// A project that seems to be a part of one.
#[derive(Clone, Debug)]
pub struct Incomplete {
    /// True if it goes on top of other files: a service in it has no image. Else it lacks what several other projects lack too.
    pub overlay: bool,
    /// What it lacks.
    pub lacks: Vec<Lack>,
}

/// Something that a project lacks.
#[derive(Clone, Debug)]
pub struct Lack {
    /// What would be wrong if the project were whole.
    pub problem: Problem,
    /// The name of what is missing, as the user wrote it.
    pub name: String,
}

impl Project {
    /// A path for a message: `./data` for what is below the project directory, else the whole path.
    pub fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.directory) {
            Ok(rest) => format!("./{}", rest.display()),
            Err(_) => path.display().to_string(),
        }
    }
}

/// A service.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // the fields are the keys of the Compose specification
pub struct Service {
    /// The service's name.
    pub name: String,
    /// True if it has no profile or an active one.
    pub enabled: bool,
    /// True once the values of `env_file` are part of `environment`.
    pub env_files_read: bool,
    /// True once the values of `label_file` are part of `labels`.
    pub label_files_read: bool,
    pub annotations: Named<String>,
    pub attach: Field<bool>,
    pub blkio_config: Block<BlkioConfig>,
    pub build: Block<Build>,
    pub cap_add: List<String>,
    pub cap_drop: List<String>,
    pub cgroup: Field<String>,
    pub cgroup_parent: Field<String>,
    /// The words; `Some` and empty clears the image's command.
    pub command: Field<Vec<String>>,
    pub configs: List<FileReference>,
    pub container_name: Field<String>,
    pub cpu_count: Field<i64>,
    pub cpu_percent: Field<f64>,
    pub cpu_period: Field<i64>,
    pub cpu_quota: Field<i64>,
    pub cpu_rt_period: Field<i64>,
    pub cpu_rt_runtime: Field<i64>,
    pub cpu_shares: Field<i64>,
    pub cpus: Field<f64>,
    pub cpuset: Field<String>,
    pub credential_spec: Block<CredentialSpec>,
    /// Explicit and implicit ones (links, namespaces, `volumes_from`); the implicit ones have [`Origin::is_default`].
    pub depends_on: Named<Dependency>,
    pub deploy: Block<Deploy>,
    pub develop: Block<Develop>,
    pub device_cgroup_rules: List<String>,
    pub devices: List<Device>,
    pub dns: List<String>,
    pub dns_opt: List<String>,
    pub dns_search: List<String>,
    pub domainname: Field<String>,
    pub entrypoint: Field<Vec<String>>,
    /// What the container sees: `environment` over `env_file`. `None`: the name without a value. The origin of a value from an env file
    /// is its line there.
    pub environment: Named<Option<String>>,
    pub env_file: List<EnvFile>,
    pub expose: List<String>,
    pub external_links: List<String>,
    /// Host name → addresses.
    pub extra_hosts: Named<Vec<String>>,
    pub gpus: List<DeviceRequest>,
    pub group_add: List<String>,
    pub healthcheck: Block<Healthcheck>,
    pub hostname: Field<String>,
    pub image: Field<String>,
    pub init: Field<bool>,
    pub ipc: Field<String>,
    pub isolation: Field<String>,
    pub label_file: List<String>,
    pub labels: Named<String>,
    pub links: List<String>,
    pub logging: Block<Logging>,
    pub mac_address: Field<String>,
    pub mem_limit: Field<Bytes>,
    pub mem_reservation: Field<Bytes>,
    pub mem_swappiness: Field<i64>,
    pub memswap_limit: Field<Bytes>,
    pub models: Named<ModelUse>,
    pub network_mode: Field<String>,
    pub networks: Named<NetworkUse>,
    pub oom_kill_disable: Field<bool>,
    pub oom_score_adj: Field<i64>,
    pub pid: Field<String>,
    pub pids_limit: Field<i64>,
    pub platform: Field<String>,
    pub ports: List<Port>,
    pub post_start: List<Hook>,
    pub pre_start: List<Hook>,
    pub pre_stop: List<Hook>,
    pub privileged: Field<bool>,
    pub profiles: List<String>,
    pub provider: Block<Provider>,
    pub pull_policy: Field<String>,
    pub read_only: Field<bool>,
    pub restart: Field<String>,
    pub runtime: Field<String>,
    pub scale: Field<i64>,
    pub secrets: List<FileReference>,
    pub security_opt: List<String>,
    pub shm_size: Field<Bytes>,
    pub stdin_open: Field<bool>,
    pub stop_grace_period: Field<Duration>,
    pub stop_signal: Field<String>,
    pub storage_opt: Named<String>,
    pub sysctls: Named<String>,
    pub tmpfs: List<String>,
    pub tty: Field<bool>,
    pub ulimits: Named<Ulimit>,
    pub use_api_socket: Field<bool>,
    pub user: Field<String>,
    pub userns_mode: Field<String>,
    pub uts: Field<String>,
    pub volumes: List<Mount>,
    pub volumes_from: List<String>,
    pub working_dir: Field<String>,
    /// `x-` keys, and keys that nobody knows.
    pub extensions: Named<Value>,
}

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub i64);

/// A duration in nanoseconds, as Go has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub i64);

/// A published or exposed port of `ports`, in its long form; the short form `9-11` gives one each.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Port {
    pub name: Option<String>,
    pub mode: Option<String>,
    pub host_ip: Option<String>,
    /// The port in the container.
    pub target: u32,
    /// A port or a range, as text; `None`: the engine chooses.
    pub published: Option<String>,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
    pub app_protocol: Option<String>,
    pub extensions: Named<Value>,
}

/// A mount of `volumes`, in its long form.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Mount {
    pub kind: MountKind,
    /// The volume's key, the host's path (absolute), or nothing for an anonymous volume.
    pub source: Option<String>,
    /// The path in the container.
    pub target: String,
    pub read_only: bool,
    pub consistency: Option<String>,
    pub bind: Option<BindOptions>,
    pub volume: Option<VolumeOptions>,
    pub tmpfs: Option<TmpfsOptions>,
    pub image: Option<ImageOptions>,
    /// True if it was written in the short form.
    pub short: bool,
    pub extensions: Named<Value>,
}

/// The kind of a mount.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum MountKind {
    Bind,
    Volume,
    Tmpfs,
    Npipe,
    Cluster,
    Image,
    Other(String),
}

/// `bind:` of a mount.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct BindOptions {
    pub selinux: Option<String>,
    pub propagation: Option<String>,
    pub create_host_path: Option<bool>,
    pub recursive: Option<String>,
    pub extensions: Named<Value>,
}

/// `volume:` of a mount.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct VolumeOptions {
    pub labels: Named<String>,
    pub nocopy: Option<bool>,
    pub subpath: Option<String>,
    pub extensions: Named<Value>,
}

/// `tmpfs:` of a mount.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct TmpfsOptions {
    pub size: Option<Bytes>,
    pub mode: Option<i64>,
    pub extensions: Named<Value>,
}

/// `image:` of a mount.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct ImageOptions {
    pub subpath: Option<String>,
    pub extensions: Named<Value>,
}

/// An entry of `depends_on`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Dependency {
    pub condition: String,
    pub restart: bool,
    pub required: bool,
    pub extensions: Named<Value>,
}

/// An entry of `env_file`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct EnvFile {
    /// Absolute.
    pub path: String,
    pub required: bool,
    pub format: Option<String>,
    pub extensions: Named<Value>,
}

/// An entry of a service's `secrets` or `configs`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct FileReference {
    pub source: String,
    pub target: Option<String>,
    pub uid: Option<String>,
    pub gid: Option<String>,
    /// Permission bits.
    pub mode: Option<i64>,
    pub extensions: Named<Value>,
}

/// An entry of a service's `networks`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct NetworkUse {
    /// True if nothing but the name is given.
    pub empty: bool,
    pub aliases: List<String>,
    pub driver_opts: Named<String>,
    pub gw_priority: Field<i64>,
    pub interface_name: Field<String>,
    pub ipv4_address: Field<String>,
    pub ipv6_address: Field<String>,
    pub link_local_ips: List<String>,
    pub mac_address: Field<String>,
    pub priority: Field<i64>,
    pub extensions: Named<Value>,
}

/// An entry of a service's `models`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct ModelUse {
    /// True if nothing but the name is given.
    pub empty: bool,
    pub endpoint_var: Option<String>,
    pub model_var: Option<String>,
    pub extensions: Named<Value>,
}

/// `healthcheck`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Healthcheck {
    /// `[CMD, …]`, `[CMD-SHELL, text]`, `[NONE]`.
    pub test: Field<Vec<String>>,
    pub timeout: Field<Duration>,
    pub interval: Field<Duration>,
    pub retries: Field<i64>,
    pub start_period: Field<Duration>,
    pub start_interval: Field<Duration>,
    pub disable: Field<bool>,
    pub extensions: Named<Value>,
}

/// `logging`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Logging {
    pub driver: Field<String>,
    pub options: Named<String>,
    pub extensions: Named<Value>,
}

/// An entry of `ulimits`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Ulimit {
    /// The single form.
    pub single: Option<i64>,
    pub soft: Option<i64>,
    pub hard: Option<i64>,
    pub extensions: Named<Value>,
}

/// An entry of `devices`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Device {
    pub source: String,
    pub target: String,
    pub permissions: String,
    pub extensions: Named<Value>,
}

/// An entry of `gpus` or of `deploy.resources.reservations.devices`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct DeviceRequest {
    pub capabilities: List<String>,
    pub driver: Field<String>,
    /// -1 is `all`.
    pub count: Field<i64>,
    pub device_ids: List<String>,
    pub options: Named<String>,
    pub extensions: Named<Value>,
}

/// `provider`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Provider {
    pub kind: String,
    pub options: Named<Vec<String>>,
    pub extensions: Named<Value>,
}

/// A life cycle hook.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Hook {
    pub command: Field<Vec<String>>,
    pub image: Field<String>,
    pub user: Field<String>,
    pub privileged: Field<bool>,
    pub working_dir: Field<String>,
    pub environment: Named<Option<String>>,
    pub per_replica: Field<bool>,
    pub extensions: Named<Value>,
}

/// `credential_spec`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct CredentialSpec {
    pub config: Field<String>,
    pub file: Field<String>,
    pub registry: Field<String>,
    pub extensions: Named<Value>,
}

/// `blkio_config`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct BlkioConfig {
    pub weight: Field<i64>,
    pub weight_device: List<WeightDevice>,
    pub device_read_bps: List<ThrottleDevice>,
    pub device_read_iops: List<ThrottleDevice>,
    pub device_write_bps: List<ThrottleDevice>,
    pub device_write_iops: List<ThrottleDevice>,
    pub extensions: Named<Value>,
}

/// An entry of `weight_device`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct WeightDevice {
    pub path: String,
    pub weight: i64,
    pub extensions: Named<Value>,
}

/// An entry of the other lists of `blkio_config`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ThrottleDevice {
    pub path: String,
    pub rate: Bytes,
    pub extensions: Named<Value>,
}

/// `build`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Build {
    /// Absolute, or a URL.
    pub context: Field<String>,
    pub dockerfile: Field<String>,
    pub dockerfile_inline: Field<String>,
    pub entitlements: List<String>,
    pub args: Named<Option<String>>,
    /// Identifier → socket or key, if given.
    pub ssh: Named<Option<String>>,
    pub labels: Named<String>,
    pub cache_from: List<String>,
    pub cache_to: List<String>,
    pub no_cache: Field<bool>,
    pub no_cache_filter: List<String>,
    pub additional_contexts: Named<String>,
    pub pull: Field<bool>,
    pub extra_hosts: Named<Vec<String>>,
    pub isolation: Field<String>,
    pub network: Field<String>,
    pub target: Field<String>,
    pub secrets: List<FileReference>,
    pub shm_size: Field<Bytes>,
    pub tags: List<String>,
    pub ulimits: Named<Ulimit>,
    pub platforms: List<String>,
    pub privileged: Field<bool>,
    pub provenance: Field<String>,
    pub sbom: Field<String>,
    pub extensions: Named<Value>,
}

/// `deploy`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Deploy {
    pub mode: Field<String>,
    pub replicas: Field<i64>,
    pub labels: Named<String>,
    pub update_config: Field<UpdateConfig>,
    pub rollback_config: Field<UpdateConfig>,
    pub restart_policy: Field<RestartPolicy>,
    pub endpoint_mode: Field<String>,
    pub limits: Field<Resources>,
    pub reservations: Field<Resources>,
    /// `x-` keys, and keys that nobody knows, of `resources` itself.
    pub resource_extensions: Named<Value>,
    pub placement: Field<Placement>,
    pub extensions: Named<Value>,
}

/// `deploy.update_config`, `deploy.rollback_config`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct UpdateConfig {
    pub parallelism: Field<i64>,
    pub delay: Field<Duration>,
    pub failure_action: Field<String>,
    pub monitor: Field<Duration>,
    pub max_failure_ratio: Field<f64>,
    pub order: Field<String>,
    pub extensions: Named<Value>,
}

/// `deploy.restart_policy`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct RestartPolicy {
    pub condition: Field<String>,
    pub delay: Field<Duration>,
    pub max_attempts: Field<i64>,
    pub window: Field<Duration>,
    pub extensions: Named<Value>,
}

/// `deploy.resources.limits`, `deploy.resources.reservations`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Resources {
    pub cpus: Field<f64>,
    pub memory: Field<Bytes>,
    pub pids: Field<i64>,
    pub devices: List<DeviceRequest>,
    /// Kind → value.
    pub generic_resources: List<(String, i64)>,
    pub extensions: Named<Value>,
}

/// `deploy.placement`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Placement {
    pub constraints: List<String>,
    /// The `spread` of each preference.
    pub preferences: List<String>,
    pub max_replicas_per_node: Field<i64>,
    pub extensions: Named<Value>,
}

/// `develop`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Develop {
    pub watch: List<Watch>,
    pub extensions: Named<Value>,
}

/// An entry of `develop.watch`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Watch {
    pub path: String,
    pub action: String,
    pub target: Option<String>,
    pub ignore: List<String>,
    pub include: List<String>,
    pub initial_sync: Option<bool>,
    pub exec: Option<Hook>,
    pub extensions: Named<Value>,
}

/// A top-level network.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Network {
    /// The real name: what `docker network ls` shows.
    pub name: Field<String>,
    pub driver: Field<String>,
    pub driver_opts: Named<String>,
    pub external: bool,
    pub internal: Field<bool>,
    pub attachable: Field<bool>,
    pub enable_ipv4: Field<bool>,
    pub enable_ipv6: Field<bool>,
    pub ipam: Field<Ipam>,
    pub labels: Named<String>,
    pub extensions: Named<Value>,
}

/// `ipam`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Ipam {
    pub driver: Field<String>,
    pub config: List<IpamConfig>,
    pub options: Named<String>,
    pub extensions: Named<Value>,
}

/// An entry of `ipam.config`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct IpamConfig {
    pub subnet: Field<String>,
    pub gateway: Field<String>,
    pub ip_range: Field<String>,
    pub aux_addresses: Named<String>,
    pub extensions: Named<Value>,
}

/// A top-level volume.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Volume {
    /// The real name: what `docker volume ls` shows.
    pub name: Field<String>,
    pub driver: Field<String>,
    pub driver_opts: Named<String>,
    pub external: bool,
    pub labels: Named<String>,
    pub extensions: Named<Value>,
}

/// A top-level secret or config.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct FileObject {
    /// The real name.
    pub name: Field<String>,
    /// Absolute.
    pub file: Field<String>,
    pub environment: Field<String>,
    pub content: Field<String>,
    pub external: bool,
    pub labels: Named<String>,
    pub driver: Field<String>,
    pub driver_opts: Named<String>,
    pub template_driver: Field<String>,
    pub extensions: Named<Value>,
}

/// A top-level model.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Model {
    pub name: Field<String>,
    pub model: Field<String>,
    pub context_size: Field<i64>,
    pub runtime_flags: List<String>,
    pub extensions: Named<Value>,
}
