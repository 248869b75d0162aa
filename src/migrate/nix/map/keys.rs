//! What becomes of each key of Compose: one row a key, by its path in which `*` is a name or an item.

use std::fmt::Write as _;

use crate::migrate::nix::{Backend, Class};

/// What becomes of a key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Where it is: `services.*.cap_add`, `services.*.ports.*.mode`.
    pub path: &'static str,
    /// What becomes of it with docker, as a rule.
    pub docker: Class,
    /// What becomes of it with podman, as a rule.
    pub podman: Class,
    /// What it becomes; empty if it becomes nothing.
    pub becomes: &'static str,
    /// What else there is to know.
    pub note: &'static str,
    /// The same, for podman only.
    pub podman_note: &'static str,
}

impl Key {
    /// What becomes of it, as a rule.
    pub fn class(&self, backend: Backend) -> Class {
        match backend {
            Backend::Docker => self.docker,
            Backend::Podman => self.podman,
        }
    }

    const fn of(class: Class, path: &'static str, becomes: &'static str, note: &'static str) -> Self {
        Self { path, docker: class, podman: class, becomes, note, podman_note: "" }
    }

    const fn podman(self, class: Class, note: &'static str) -> Self {
        Self { podman: class, podman_note: note, ..self }
    }
}

const fn mapped(path: &'static str, becomes: &'static str, note: &'static str) -> Key {
    Key::of(Class::Mapped, path, becomes, note)
}

const fn different(path: &'static str, becomes: &'static str, note: &'static str) -> Key {
    Key::of(Class::Different, path, becomes, note)
}

const fn moved(path: &'static str, becomes: &'static str, note: &'static str) -> Key {
    Key::of(Class::Moved, path, becomes, note)
}

const fn inert(path: &'static str, note: &'static str) -> Key {
    Key::of(Class::Inert, path, "", note)
}

const fn unmapped(path: &'static str, note: &'static str) -> Key {
    Key::of(Class::Unmapped, path, "", note)
}

/// The word for a class in the table.
fn word(class: Class) -> &'static str {
    match class {
        Class::Mapped => "mapped",
        Class::Different => "different",
        Class::Moved => "moved",
        Class::Inert => "inert",
        Class::Unmapped => "no equivalent",
    }
}

/// All keys as a table in Markdown, each in a row of its own.
pub fn keys_table() -> String {
    let mut out = String::from("| key | docker | podman | becomes | remarks |\n|---|---|---|---|---|\n");
    for key in KEYS {
        let Key { path, docker, podman, becomes, note, podman_note } = key;
        let remarks: Vec<&str> = [*note, *podman_note].into_iter().filter(|n| !n.is_empty()).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| `{path}` | {} | {} | {becomes} | {} |", word(*docker), word(*podman), remarks.join("; "));
    }
    out
}

/// Every key of the Compose specification, sorted by path.
pub const KEYS: &[Key] = &[
    mapped("configs", "a read-only mount where it is used", ""),
    different(
        "configs.*.content",
        "`pkgs.writeText`",
        "mounted, where Compose copies it into the container; in the Nix store, where every user of the host can read it",
    ),
    mapped("configs.*.environment", "`pkgs.writeText`", "the value that the variable has now"),
    unmapped("configs.*.external", "only a swarm keeps it; `--secrets` gives it a file"),
    unmapped("configs.*.external.name", "only a swarm keeps it; `--secrets` gives it a file"),
    mapped("configs.*.file", "the source of the mount", ""),
    inert("configs.*.labels", "only a swarm reads this"),
    inert("configs.*.name", "only a swarm reads this"),
    inert("configs.*.template_driver", "only a swarm reads this"),
    mapped("include", "", "resolved before"),
    mapped("include.*.env_file", "", "resolved before"),
    mapped("include.*.path", "", "resolved before"),
    mapped("include.*.project_directory", "", "resolved before"),
    unmapped("models", "nothing on NixOS runs models for Compose"),
    unmapped("models.*.context_size", "nothing on NixOS runs models for Compose"),
    unmapped("models.*.model", "nothing on NixOS runs models for Compose"),
    unmapped("models.*.name", "nothing on NixOS runs models for Compose"),
    unmapped("models.*.runtime_flags", "nothing on NixOS runs models for Compose"),
    moved("name", "the target `compose-<project>`, the names of volumes, networks and containers", ""),
    moved("networks", "units that make them", ""),
    moved("networks.*.attachable", "`--attachable`", "").podman(Class::Different, "podman: every network is attachable"),
    moved("networks.*.driver", "`--driver`", "podman: `bridge`, `macvlan`, `ipvlan` only"),
    moved("networks.*.driver_opts", "`--opt`", ""),
    moved("networks.*.enable_ipv4", "`--ipv4`", "").podman(Class::Different, "podman: there is no such flag"),
    moved("networks.*.enable_ipv6", "`--ipv6`", ""),
    moved("networks.*.external", "no unit; the order of that of another project is kept", ""),
    moved("networks.*.external.name", "no unit; the order of that of another project is kept", ""),
    moved("networks.*.internal", "`--internal`", ""),
    moved("networks.*.ipam", "flags of `network create`", ""),
    moved("networks.*.ipam.config", "flags of `network create`", ""),
    moved("networks.*.ipam.config.*.aux_addresses", "`--aux-address`", "").podman(Class::Different, "podman: there is no such flag"),
    moved("networks.*.ipam.config.*.gateway", "`--gateway`", ""),
    moved("networks.*.ipam.config.*.ip_range", "`--ip-range`", ""),
    moved("networks.*.ipam.config.*.subnet", "`--subnet`", ""),
    moved("networks.*.ipam.driver", "`--ipam-driver`", ""),
    different("networks.*.ipam.options", "nothing", "Compose does not hand them to the engine either"),
    moved("networks.*.labels", "`--label`, beside those by which Compose finds it again", ""),
    moved("networks.*.name", "the network's name", ""),
    mapped("secrets", "a read-only mount where it is used", ""),
    inert("secrets.*.driver", "only a swarm reads this"),
    inert("secrets.*.driver_opts", "only a swarm reads this"),
    unmapped("secrets.*.environment", "systemd has no such variable; `--secrets` gives it a file"),
    unmapped("secrets.*.external", "only a swarm keeps it; `--secrets` gives it a file"),
    unmapped("secrets.*.external.name", "only a swarm keeps it; `--secrets` gives it a file"),
    mapped("secrets.*.file", "the source of the mount", ""),
    inert("secrets.*.labels", "only a swarm reads this"),
    inert("secrets.*.name", "only a swarm reads this"),
    inert("secrets.*.template_driver", "only a swarm reads this"),
    mapped("services", "containers", ""),
    mapped("services.*.annotations", "`--annotation`", ""),
    inert("services.*.attach", "journald has all output"),
    mapped("services.*.blkio_config", "flags", ""),
    mapped("services.*.blkio_config.device_read_bps", "`--device-read-bps`", ""),
    mapped("services.*.blkio_config.device_read_bps.*.path", "`--device-read-bps`", ""),
    mapped("services.*.blkio_config.device_read_bps.*.rate", "`--device-read-bps`", ""),
    mapped("services.*.blkio_config.device_read_iops", "`--device-read-iops`", ""),
    mapped("services.*.blkio_config.device_read_iops.*.path", "`--device-read-iops`", ""),
    mapped("services.*.blkio_config.device_read_iops.*.rate", "`--device-read-iops`", ""),
    mapped("services.*.blkio_config.device_write_bps", "`--device-write-bps`", ""),
    mapped("services.*.blkio_config.device_write_bps.*.path", "`--device-write-bps`", ""),
    mapped("services.*.blkio_config.device_write_bps.*.rate", "`--device-write-bps`", ""),
    mapped("services.*.blkio_config.device_write_iops", "`--device-write-iops`", ""),
    mapped("services.*.blkio_config.device_write_iops.*.path", "`--device-write-iops`", ""),
    mapped("services.*.blkio_config.device_write_iops.*.rate", "`--device-write-iops`", ""),
    mapped("services.*.blkio_config.weight", "`--blkio-weight`", ""),
    mapped("services.*.blkio_config.weight_device", "`--blkio-weight-device`", ""),
    mapped("services.*.blkio_config.weight_device.*.path", "`--blkio-weight-device`", ""),
    mapped("services.*.blkio_config.weight_device.*.weight", "`--blkio-weight-device`", ""),
    moved("services.*.build", "a unit that builds the image", ""),
    moved("services.*.build.additional_contexts", "`--build-context`", ""),
    moved("services.*.build.args", "`--build-arg`", "without a value, left out, as Compose does"),
    moved("services.*.build.cache_from", "`--cache-from`", "").podman(Class::Different, "podman: without; the image is the same"),
    different("services.*.build.cache_to", "`--cache-to`", "buildx only"),
    moved("services.*.build.context", "the last word", ""),
    moved("services.*.build.dockerfile", "`--file`", ""),
    moved("services.*.build.dockerfile_inline", "`--file`, of the Nix store", ""),
    different("services.*.build.entitlements", "`--allow`", "buildx only").podman(Class::Unmapped, "podman: there is no such right"),
    moved("services.*.build.extra_hosts", "`--add-host`", ""),
    inert("services.*.build.isolation", "only Windows has a choice"),
    moved("services.*.build.labels", "`--label`", ""),
    moved("services.*.build.network", "`--network`", ""),
    moved("services.*.build.no_cache", "`--no-cache`", ""),
    moved("services.*.build.no_cache_filter", "`--no-cache-filter`", "").podman(Class::Different, "podman: there is no such flag"),
    different("services.*.build.platforms", "`--platform`", "an engine keeps an image of one platform"),
    different("services.*.build.privileged", "`--allow`", "buildx only").podman(Class::Unmapped, "podman: there is no such right"),
    different("services.*.build.provenance", "`--provenance`", "buildx only"),
    moved("services.*.build.pull", "`--pull`", ""),
    different("services.*.build.sbom", "`--sbom`", "buildx only"),
    moved("services.*.build.secrets", "`--secret`", ""),
    moved("services.*.build.secrets.*.gid", "`--secret`", ""),
    moved("services.*.build.secrets.*.mode", "`--secret`", ""),
    moved("services.*.build.secrets.*.source", "`--secret`", ""),
    moved("services.*.build.secrets.*.target", "`--secret`", ""),
    moved("services.*.build.secrets.*.uid", "`--secret`", ""),
    moved("services.*.build.shm_size", "`--shm-size`", ""),
    different("services.*.build.ssh", "`--ssh`", "root's agent is asked, not yours"),
    moved("services.*.build.tags", "`--tag`", ""),
    moved("services.*.build.target", "`--target`", ""),
    moved("services.*.build.ulimits", "`--ulimit`", ""),
    moved("services.*.build.ulimits.*.hard", "`--ulimit`", ""),
    moved("services.*.build.ulimits.*.soft", "`--ulimit`", ""),
    mapped("services.*.cap_add", "`capabilities`", ""),
    mapped("services.*.cap_drop", "`capabilities`", ""),
    mapped("services.*.cgroup", "`--cgroupns`", ""),
    mapped("services.*.cgroup_parent", "`--cgroup-parent`", ""),
    mapped("services.*.command", "`cmd`", ""),
    mapped("services.*.configs", "a read-only mount", ""),
    different("services.*.configs.*.gid", "", "Compose does not set them on a mounted file either: set them at the file"),
    different("services.*.configs.*.mode", "", "Compose does not set them on a mounted file either: set them at the file"),
    mapped("services.*.configs.*.source", "a read-only mount", ""),
    mapped("services.*.configs.*.target", "the target of the mount", ""),
    different("services.*.configs.*.uid", "", "Compose does not set them on a mounted file either: set them at the file"),
    mapped("services.*.container_name", "the container's name", ""),
    inert("services.*.cpu_count", "Windows only"),
    inert("services.*.cpu_percent", "Windows only"),
    mapped("services.*.cpu_period", "`--cpu-period`", ""),
    mapped("services.*.cpu_quota", "`--cpu-quota`", ""),
    mapped("services.*.cpu_rt_period", "`--cpu-rt-period`", ""),
    mapped("services.*.cpu_rt_runtime", "`--cpu-rt-runtime`", ""),
    mapped("services.*.cpu_shares", "`--cpu-shares`", ""),
    mapped("services.*.cpus", "`--cpus`", ""),
    mapped("services.*.cpuset", "`--cpuset-cpus`", ""),
    inert("services.*.credential_spec", "Windows only"),
    inert("services.*.credential_spec.config", "Windows only"),
    inert("services.*.credential_spec.file", "Windows only"),
    inert("services.*.credential_spec.registry", "Windows only"),
    moved("services.*.depends_on", "`dependsOn`", ""),
    moved("services.*.depends_on.*.condition", "the order of units: a wait for health, or for the end", ""),
    moved("services.*.depends_on.*.required", "`false`: `after` and `wants`", ""),
    moved("services.*.depends_on.*.restart", "`requires`", "systemd always restarts what depends on it"),
    mapped("services.*.deploy", "", ""),
    inert("services.*.deploy.endpoint_mode", "swarm only"),
    inert("services.*.deploy.labels", "swarm only"),
    inert("services.*.deploy.mode", "swarm only"),
    inert("services.*.deploy.placement", "swarm only"),
    inert("services.*.deploy.placement.constraints", "swarm only"),
    inert("services.*.deploy.placement.max_replicas_per_node", "swarm only"),
    inert("services.*.deploy.placement.preferences", "swarm only"),
    inert("services.*.deploy.placement.preferences.*.spread", "swarm only"),
    moved("services.*.deploy.replicas", "a container each", "0: started by hand"),
    mapped("services.*.deploy.resources", "", ""),
    mapped("services.*.deploy.resources.limits", "", ""),
    mapped("services.*.deploy.resources.limits.cpus", "`--cpus`", ""),
    mapped("services.*.deploy.resources.limits.memory", "`--memory`", ""),
    mapped("services.*.deploy.resources.limits.pids", "`--pids-limit`", ""),
    mapped("services.*.deploy.resources.reservations", "", ""),
    inert("services.*.deploy.resources.reservations.cpus", "swarm only"),
    different("services.*.deploy.resources.reservations.devices", "`--gpus`, or devices with CDI names", ""),
    different(
        "services.*.deploy.resources.reservations.devices.*.capabilities",
        "`--gpus`, or devices with CDI names",
        "podman: NVIDIA only",
    ),
    different("services.*.deploy.resources.reservations.devices.*.count", "`--gpus`, or devices with CDI names", "podman: NVIDIA only"),
    different(
        "services.*.deploy.resources.reservations.devices.*.device_ids",
        "`--gpus`, or devices with CDI names",
        "podman: NVIDIA only",
    ),
    different("services.*.deploy.resources.reservations.devices.*.driver", "`--gpus`, or devices with CDI names", "podman: NVIDIA only"),
    different("services.*.deploy.resources.reservations.devices.*.options", "`--gpus`, or devices with CDI names", "podman: NVIDIA only"),
    inert("services.*.deploy.resources.reservations.generic_resources", "swarm only"),
    inert("services.*.deploy.resources.reservations.generic_resources.*.discrete_resource_spec", "swarm only"),
    inert("services.*.deploy.resources.reservations.generic_resources.*.discrete_resource_spec.kind", "swarm only"),
    inert("services.*.deploy.resources.reservations.generic_resources.*.discrete_resource_spec.value", "swarm only"),
    mapped("services.*.deploy.resources.reservations.memory", "`--memory-reservation`", ""),
    moved("services.*.deploy.restart_policy", "`Restart`", "`unless-stopped`: it starts again with the host"),
    moved("services.*.deploy.restart_policy.condition", "`Restart`", "`unless-stopped`: it starts again with the host"),
    inert("services.*.deploy.restart_policy.delay", "swarm only"),
    moved("services.*.deploy.restart_policy.max_attempts", "`StartLimitBurst`", ""),
    inert("services.*.deploy.restart_policy.window", "swarm only"),
    inert("services.*.deploy.rollback_config", "swarm only"),
    inert("services.*.deploy.rollback_config.delay", "swarm only"),
    inert("services.*.deploy.rollback_config.failure_action", "swarm only"),
    inert("services.*.deploy.rollback_config.max_failure_ratio", "swarm only"),
    inert("services.*.deploy.rollback_config.monitor", "swarm only"),
    inert("services.*.deploy.rollback_config.order", "swarm only"),
    inert("services.*.deploy.rollback_config.parallelism", "swarm only"),
    inert("services.*.deploy.update_config", "swarm only"),
    inert("services.*.deploy.update_config.delay", "swarm only"),
    inert("services.*.deploy.update_config.failure_action", "swarm only"),
    inert("services.*.deploy.update_config.max_failure_ratio", "swarm only"),
    inert("services.*.deploy.update_config.monitor", "swarm only"),
    inert("services.*.deploy.update_config.order", "swarm only"),
    inert("services.*.deploy.update_config.parallelism", "swarm only"),
    inert("services.*.develop", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.action", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.exec", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.exec.command", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.exec.environment", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.exec.privileged", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.exec.user", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.exec.working_dir", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.ignore", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.include", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.initial_sync", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.path", "only `docker compose watch` reads this"),
    inert("services.*.develop.watch.*.target", "only `docker compose watch` reads this"),
    mapped("services.*.device_cgroup_rules", "`--device-cgroup-rule`", ""),
    mapped("services.*.devices", "`devices`", ""),
    mapped("services.*.devices.*.permissions", "`devices`", ""),
    mapped("services.*.devices.*.source", "`devices`", ""),
    mapped("services.*.devices.*.target", "`devices`", ""),
    mapped("services.*.dns", "`--dns`", ""),
    mapped("services.*.dns_opt", "`--dns-option`", ""),
    mapped("services.*.dns_search", "`--dns-search`", ""),
    mapped("services.*.domainname", "`--domainname`", "").podman(Class::Different, "podman: a part of the host name"),
    mapped("services.*.entrypoint", "`entrypoint`, and the front of `cmd`", "an empty one needs a `command`"),
    moved("services.*.env_file", "`environmentFiles`, or `environment` if the engine would read the file differently", ""),
    moved("services.*.env_file.*.format", "the values as Compose reads them", ""),
    moved("services.*.env_file.*.path", "`environmentFiles`, or `environment` if the engine would read the file differently", ""),
    different("services.*.env_file.*.required", "", "what the file holds now counts"),
    mapped("services.*.environment", "`environment`", "a variable without a value is not set; secrets are in `environmentFiles`"),
    mapped("services.*.expose", "`--expose`", ""),
    mapped("services.*.extends", "", "resolved before"),
    mapped("services.*.extends.file", "", "resolved before"),
    mapped("services.*.extends.service", "", "resolved before"),
    different("services.*.external_links", "`--link`", "the other container must run before")
        .podman(Class::Unmapped, "podman: there are no links"),
    mapped("services.*.extra_hosts", "`--add-host`", ""),
    different("services.*.gpus", "`--gpus`, or devices with CDI names", ""),
    different("services.*.gpus.*.capabilities", "`--gpus`, or devices with CDI names", "podman: NVIDIA only"),
    different("services.*.gpus.*.count", "`--gpus`, or devices with CDI names", "podman: NVIDIA only"),
    different("services.*.gpus.*.device_ids", "`--gpus`, or devices with CDI names", "podman: NVIDIA only"),
    different("services.*.gpus.*.driver", "`--gpus`, or devices with CDI names", "podman: NVIDIA only"),
    different("services.*.gpus.*.options", "`--gpus`, or devices with CDI names", "podman: NVIDIA only"),
    mapped("services.*.group_add", "`--group-add`", ""),
    mapped("services.*.healthcheck", "flags", ""),
    mapped("services.*.healthcheck.disable", "`--no-healthcheck`", ""),
    mapped("services.*.healthcheck.interval", "`--health-interval`", ""),
    mapped("services.*.healthcheck.retries", "`--health-retries`", ""),
    mapped("services.*.healthcheck.start_interval", "`--health-start-interval`", "")
        .podman(Class::Different, "podman: `--health-startup-interval`"),
    mapped("services.*.healthcheck.start_period", "`--health-start-period`", ""),
    different("services.*.healthcheck.test", "`--health-cmd`", "words become a text for the shell").podman(Class::Mapped, ""),
    mapped("services.*.healthcheck.timeout", "`--health-timeout`", ""),
    mapped("services.*.hostname", "`hostname`", ""),
    mapped("services.*.image", "`image`", ""),
    mapped("services.*.init", "`--init`", ""),
    mapped("services.*.ipc", "`--ipc`", ""),
    mapped("services.*.isolation", "`--isolation`", "").podman(Class::Unmapped, "podman: there is no such flag"),
    mapped("services.*.label_file", "`labels`", ""),
    mapped("services.*.labels", "`labels`", "the labels of Compose itself are not there"),
    different("services.*.links", "an alias", "everything in the network has it"),
    mapped("services.*.logging", "`log-driver`", "without it, journald"),
    mapped("services.*.logging.driver", "`log-driver`", "podman: `journald`, `k8s-file`, `json-file`, `none`, `passthrough` only"),
    mapped("services.*.logging.options", "`--log-opt`", ""),
    mapped("services.*.mac_address", "`--mac-address`", ""),
    mapped("services.*.mem_limit", "`--memory`", ""),
    mapped("services.*.mem_reservation", "`--memory-reservation`", ""),
    mapped("services.*.mem_swappiness", "`--memory-swappiness`", ""),
    mapped("services.*.memswap_limit", "`--memory-swap`", ""),
    unmapped("services.*.models", "nothing on NixOS runs models for Compose"),
    unmapped("services.*.models.*.endpoint_var", "nothing on NixOS runs models for Compose"),
    unmapped("services.*.models.*.model_var", "nothing on NixOS runs models for Compose"),
    mapped("services.*.network_mode", "`--network`", "the container of another project: after its unit"),
    mapped("services.*.networks", "`--network`, the one with the highest priority first", ""),
    mapped("services.*.networks.*.aliases", "`alias=`", "the name of the service is an alias in each network"),
    mapped("services.*.networks.*.driver_opts", "`driver-opt=`", "").podman(Class::Unmapped, "podman: podman takes no notice of it"),
    mapped("services.*.networks.*.gw_priority", "`gw-priority=`", "").podman(Class::Unmapped, "podman: podman takes no notice of it"),
    mapped("services.*.networks.*.interface_name", "`driver-opt=`; podman: `interface_name=`", ""),
    mapped("services.*.networks.*.ipv4_address", "`ip=`", ""),
    mapped("services.*.networks.*.ipv6_address", "`ip6=`", ""),
    mapped("services.*.networks.*.link_local_ips", "`link-local-ip=`", "").podman(Class::Unmapped, "podman: podman takes no notice of it"),
    mapped("services.*.networks.*.mac_address", "`mac-address=`", ""),
    mapped("services.*.networks.*.priority", "the order of the networks", ""),
    mapped("services.*.oom_kill_disable", "`--oom-kill-disable`", ""),
    mapped("services.*.oom_score_adj", "`--oom-score-adj`", ""),
    mapped("services.*.pid", "`--pid`", ""),
    mapped("services.*.pids_limit", "`--pids-limit`", ""),
    mapped("services.*.platform", "`--platform`", ""),
    mapped("services.*.ports", "`ports`", ""),
    inert("services.*.ports.*.app_protocol", "no engine reads this"),
    mapped("services.*.ports.*.host_ip", "`ports`", ""),
    inert("services.*.ports.*.mode", "no engine reads this"),
    inert("services.*.ports.*.name", "no engine reads this"),
    mapped("services.*.ports.*.protocol", "`ports`", ""),
    mapped("services.*.ports.*.published", "`ports`", "podman: no range for one port"),
    mapped("services.*.ports.*.target", "`ports`", ""),
    moved("services.*.post_start", "`postStart`, with `exec`", ""),
    moved("services.*.post_start.*.command", "`postStart`, with `exec`", ""),
    moved("services.*.post_start.*.environment", "`postStart`, with `exec`", ""),
    moved("services.*.post_start.*.privileged", "`postStart`, with `exec`", ""),
    moved("services.*.post_start.*.user", "`postStart`, with `exec`", ""),
    moved("services.*.post_start.*.working_dir", "`postStart`, with `exec`", ""),
    unmapped("services.*.pre_start", "systemd has no container to run it in"),
    unmapped("services.*.pre_start.*.command", "systemd has no container to run it in"),
    unmapped("services.*.pre_start.*.environment", "systemd has no container to run it in"),
    unmapped("services.*.pre_start.*.image", "systemd has no container to run it in"),
    unmapped("services.*.pre_start.*.per_replica", "systemd has no container to run it in"),
    unmapped("services.*.pre_start.*.privileged", "systemd has no container to run it in"),
    unmapped("services.*.pre_start.*.user", "systemd has no container to run it in"),
    unmapped("services.*.pre_start.*.working_dir", "systemd has no container to run it in"),
    moved("services.*.pre_stop", "`preStop`, with `exec`", ""),
    moved("services.*.pre_stop.*.command", "`preStop`, with `exec`", ""),
    moved("services.*.pre_stop.*.environment", "`preStop`, with `exec`", ""),
    moved("services.*.pre_stop.*.privileged", "`preStop`, with `exec`", ""),
    moved("services.*.pre_stop.*.user", "`preStop`, with `exec`", ""),
    moved("services.*.pre_stop.*.working_dir", "`preStop`, with `exec`", ""),
    mapped("services.*.privileged", "`privileged`", ""),
    moved("services.*.profiles", "`autoStart = false` and a target of the profile", ""),
    unmapped("services.*.provider", "nothing on NixOS calls plugins of Compose"),
    unmapped("services.*.provider.options", "nothing on NixOS calls plugins of Compose"),
    unmapped("services.*.provider.type", "nothing on NixOS calls plugins of Compose"),
    mapped("services.*.pull_policy", "`pull`", "`build`: the unit of the image; `daily`, `weekly`, `every_…`: a timer"),
    moved("services.*.pull_refresh_after", "a timer that pulls and restarts", ""),
    mapped("services.*.read_only", "`--read-only`", ""),
    moved("services.*.restart", "`Restart`", "`unless-stopped`: it starts again with the host"),
    mapped("services.*.runtime", "`--runtime`", ""),
    moved("services.*.scale", "a container each", "0: started by hand"),
    mapped("services.*.secrets", "a read-only mount", ""),
    different("services.*.secrets.*.gid", "", "Compose does not set them on a mounted file either: set them at the file"),
    different("services.*.secrets.*.mode", "", "Compose does not set them on a mounted file either: set them at the file"),
    mapped("services.*.secrets.*.source", "a read-only mount", ""),
    mapped("services.*.secrets.*.target", "the target of the mount", ""),
    different("services.*.secrets.*.uid", "", "Compose does not set them on a mounted file either: set them at the file"),
    mapped("services.*.security_opt", "`--security-opt`", ""),
    mapped("services.*.shm_size", "`--shm-size`", ""),
    different(
        "services.*.stdin_open",
        "`--interactive`",
        "docker: the container sees the end of its input; with `tty`, it is not asked for",
    )
    .podman(Class::Mapped, ""),
    mapped("services.*.stop_grace_period", "`--stop-timeout`", "above 110 seconds `TimeoutStopSec`, too"),
    mapped("services.*.stop_signal", "`--stop-signal`", ""),
    different("services.*.storage_opt", "`--storage-opt`", "it depends on the storage driver of the host"),
    mapped("services.*.sysctls", "`--sysctl`", ""),
    mapped("services.*.tmpfs", "`--tmpfs`", ""),
    mapped("services.*.tty", "`--tty`", ""),
    mapped("services.*.ulimits", "`--ulimit`", ""),
    mapped("services.*.ulimits.*.hard", "`--ulimit`", ""),
    mapped("services.*.ulimits.*.soft", "`--ulimit`", ""),
    different("services.*.use_api_socket", "a mount of the socket", "logins are not handed on"),
    mapped("services.*.user", "`user`", ""),
    mapped("services.*.userns_mode", "`--userns`", ""),
    mapped("services.*.uts", "`--uts`", ""),
    mapped("services.*.volumes", "`volumes`", "a volume without a name is new at each start"),
    mapped("services.*.volumes.*.bind", "`volumes`, or `--mount`", ""),
    mapped("services.*.volumes.*.bind.create_host_path", "`false`: `--mount`", "podman: rules of tmpfiles make the directory"),
    mapped("services.*.volumes.*.bind.propagation", "`bind-propagation=`", ""),
    mapped("services.*.volumes.*.bind.recursive", "`bind-recursive=`", "").podman(Class::Unmapped, "podman: there is no such option"),
    different("services.*.volumes.*.bind.selinux", "`z`, `Z`", "Compose loses it in the long form"),
    inert("services.*.volumes.*.consistency", "Docker Desktop only"),
    mapped("services.*.volumes.*.image", "`image-subpath=`", ""),
    mapped("services.*.volumes.*.image.subpath", "`image-subpath=`", ""),
    mapped("services.*.volumes.*.read_only", "`volumes`", "a volume without a name is new at each start"),
    mapped("services.*.volumes.*.source", "`volumes`", "a volume without a name is new at each start"),
    mapped("services.*.volumes.*.target", "`volumes`", "a volume without a name is new at each start"),
    mapped("services.*.volumes.*.tmpfs", "`--mount=type=tmpfs`", ""),
    mapped("services.*.volumes.*.tmpfs.mode", "`tmpfs-mode=`", ""),
    mapped("services.*.volumes.*.tmpfs.size", "`tmpfs-size=`", ""),
    mapped("services.*.volumes.*.type", "`volumes`, or `--mount`", "`npipe` and `cluster`: no equivalent"),
    mapped("services.*.volumes.*.volume", "`volumes`, or `--mount`", ""),
    different("services.*.volumes.*.volume.labels", "", "write them at the volume"),
    mapped("services.*.volumes.*.volume.nocopy", "`volume-nocopy`", ""),
    mapped("services.*.volumes.*.volume.subpath", "`volume-subpath=`", ""),
    mapped("services.*.volumes_from", "`--volumes-from`", "`:ro` is kept, which Compose loses"),
    mapped("services.*.working_dir", "`workdir`", ""),
    inert("version", "Compose does not read it either"),
    moved("volumes", "units that make them", ""),
    moved("volumes.*.driver", "`--driver`", ""),
    moved("volumes.*.driver_opts", "`--opt`", "a `device` of the host becomes `RequiresMountsFor`"),
    moved("volumes.*.external", "no unit; containers check that it is there", ""),
    moved("volumes.*.external.name", "no unit; containers check that it is there", ""),
    moved("volumes.*.labels", "`--label`, beside those by which Compose finds it again", ""),
    moved("volumes.*.name", "the volume's name", ""),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::compose::Semantics;
    use crate::compose::schema::known_keys;

    /// Every key of the Compose schema, as a path with stars.
    fn walk(place: &mut Vec<String>, path: &str, out: &mut BTreeSet<String>) {
        fn keys(place: &[String]) -> Option<Vec<&'static str>> {
            known_keys(&place.iter().map(String::as_str).collect::<Vec<_>>(), Semantics::V5)
        }
        let known = keys(place).unwrap_or_default();
        for key in &known {
            let path = if path.is_empty() { (*key).to_owned() } else { format!("{path}.{key}") };
            out.insert(path.clone());
            place.push((*key).to_owned());
            walk(place, &path, out);
            place.pop();
        }
        // A name of the user's own, or any item of a list.
        place.push("a".to_owned());
        if known.is_empty() && keys(place).is_some() {
            walk(place, &format!("{path}.*"), out);
        }
        place.pop();
    }

    #[test]
    fn every_key_of_the_schema_has_a_row() {
        let mut schema = BTreeSet::new();
        walk(&mut Vec::new(), "", &mut schema);
        let rows: BTreeSet<String> = KEYS.iter().map(|k| k.path.to_owned()).collect();
        assert_eq!(rows.len(), KEYS.len(), "a key has two rows");
        assert!(schema.len() > 300, "the walk does not go down");
        let missing: Vec<_> = schema.difference(&rows).collect();
        let unknown: Vec<_> = rows.difference(&schema).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "without a row: {missing:?}, no keys: {unknown:?}");
    }

    #[test]
    fn rows_say_what_or_why() {
        for key in KEYS {
            let told = !key.becomes.is_empty() || !key.note.is_empty();
            assert!(told || key.path.starts_with("services.*.deploy"), "{}: says nothing", key.path);
            if matches!(key.docker, Class::Inert | Class::Unmapped) {
                assert!(!key.note.is_empty(), "{}: says not why", key.path);
            }
        }
        let table = keys_table();
        assert_eq!(table.lines().count(), KEYS.len() + 2);
        assert!(table.lines().all(|l| l.matches('|').count() == 6), "a cell has a bar in it");
        assert!(table.contains("| `services.*.isolation` | mapped | no equivalent | `--isolation` | podman: there is no such flag |"));
    }
}
