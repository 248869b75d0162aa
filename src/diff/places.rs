//! Where the values of a resolved project were written: from a path in what Compose prints to the origin that the typed model keeps.
//!
//! Every struct of the model is taken apart without `..`, so a key that is new in the model does not compile before it is known here. Where a
//! path leads deeper than the model keeps origins (into the long form of a port), the nearest place above counts.

use crate::compose::problem::Part;
use crate::compose::value::{Map, Origin, Value};
use crate::compose::{NameSource, Variable};
use crate::model::{
    BlkioConfig, Build, Bytes, CredentialSpec, Dependency, Deploy, Develop, Device, DeviceRequest, Duration, EnvFile, FileObject,
    FileReference, Healthcheck, Hook, Ipam, IpamConfig, Logging, Model, ModelUse, Mount, Network, NetworkUse, Placement, Port, Project,
    Provider, Resources, RestartPolicy, Service, Sourced, ThrottleDevice, Ulimit, UpdateConfig, Volume, Watch, WeightDevice,
};
use crate::ordered::IndexMap;
use crate::source::Span;

/// Where a value was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) origin: &'a Origin,
    /// Where its key is written.
    pub(super) key: Option<Span>,
}

/// Something with values that were written somewhere.
pub(super) trait Places {
    /// The place of what the path leads to, or of the nearest thing beside or above it; `None`: nothing below here has one.
    fn place(&self, path: &[Part]) -> Option<Place<'_>>;
}

impl<T: Places> Places for Sourced<T> {
    fn place(&self, path: &[Part]) -> Option<Place<'_>> {
        let own = Place { origin: &self.origin, key: self.key };
        if path.is_empty() { Some(own) } else { self.value.place(path).or(Some(own)) }
    }
}

impl<T: Places> Places for Option<T> {
    fn place(&self, path: &[Part]) -> Option<Place<'_>> {
        self.as_ref()?.place(path)
    }
}

impl<T: Places> Places for Vec<T> {
    fn place(&self, path: &[Part]) -> Option<Place<'_>> {
        match path {
            [Part::Index(index), rest @ ..] if *index < self.len() => self.get(*index)?.place(rest),
            _ => self.first()?.place(&[]),
        }
    }
}

impl<T: Places> Places for Box<T> {
    fn place(&self, path: &[Part]) -> Option<Place<'_>> {
        (**self).place(path)
    }
}

impl<T: Places> Places for IndexMap<String, T> {
    fn place(&self, path: &[Part]) -> Option<Place<'_>> {
        match path {
            [Part::Key(key), rest @ ..] if self.contains_key(key) => self.get(key)?.place(rest),
            _ => self.values().next()?.place(&[]),
        }
    }
}

/// What has no place of its own.
macro_rules! bare {
    ($($type:ty),* $(,)?) => {$(
        impl Places for $type {
            fn place(&self, _: &[Part]) -> Option<Place<'_>> {
                None
            }
        }
    )*};
}

bare!(String, bool, i64, f64, Bytes, Duration, (String, i64), Value, Port, Mount, Device, Dependency, EnvFile, FileReference, ModelUse);
bare!(Ulimit, WeightDevice, ThrottleDevice);

/// The keys of a struct that have places; those behind the `;` have none.
macro_rules! keys {
    ($type:ident { $($field:ident),* $(,)? $(; $($bare:ident),*)? }) => {
        impl Places for $type {
            fn place(&self, path: &[Part]) -> Option<Place<'_>> {
                let Self { $($field,)* $($($bare: _,)*)? } = self;
                let [Part::Key(key), rest @ ..] = path else { return None };
                match key.as_str() {
                    $(stringify!($field) => $field.place(rest),)*
                    _ => None,
                }
            }
        }
    };
}

#[rustfmt::skip]
keys!(Service {
    annotations, attach, blkio_config, build, cap_add, cap_drop, cgroup, cgroup_parent, command, configs, container_name, cpu_count,
    cpu_percent, cpu_period, cpu_quota, cpu_rt_period, cpu_rt_runtime, cpu_shares, cpus, cpuset, credential_spec, depends_on, deploy,
    develop, device_cgroup_rules, devices, dns, dns_opt, dns_search, domainname, entrypoint, environment, env_file, expose,
    external_links, extra_hosts, gpus, group_add, healthcheck, hostname, image, init, ipc, isolation, label_file, labels, links, logging,
    mac_address, mem_limit, mem_reservation, mem_swappiness, memswap_limit, models, network_mode, networks, oom_kill_disable,
    oom_score_adj, pid, pids_limit, platform, ports, post_start, pre_start, pre_stop, privileged, profiles, provider, pull_policy,
    read_only, restart, runtime, scale, secrets, security_opt, shm_size, stdin_open, stop_grace_period, stop_signal, storage_opt, sysctls,
    tmpfs, tty, ulimits, use_api_socket, user, userns_mode, uts, volumes, volumes_from, working_dir;
    name, enabled, env_files_read, label_files_read, extensions
});
#[rustfmt::skip]
keys!(Build {
    context, dockerfile, dockerfile_inline, entitlements, args, ssh, labels, cache_from, cache_to, no_cache, no_cache_filter,
    additional_contexts, pull, extra_hosts, isolation, network, target, secrets, shm_size, tags, ulimits, platforms, privileged,
    provenance, sbom; extensions
});
keys!(BlkioConfig { weight, weight_device, device_read_bps, device_read_iops, device_write_bps, device_write_iops; extensions });
keys!(CredentialSpec { config, file, registry; extensions });
keys!(Develop { watch; extensions });
keys!(DeviceRequest { capabilities, driver, count, device_ids, options; extensions });
keys!(FileObject { name, file, environment, content, labels, driver, driver_opts, template_driver; external, extensions });
keys!(Healthcheck { test, timeout, interval, retries, start_period, start_interval, disable; extensions });
keys!(Hook { command, image, user, privileged, working_dir, environment, per_replica; extensions });
keys!(Ipam { driver, config, options; extensions });
keys!(IpamConfig { subnet, gateway, ip_range, aux_addresses; extensions });
keys!(Logging { driver, options; extensions });
keys!(Model { name, model, context_size, runtime_flags; extensions });
keys!(Network { name, driver, driver_opts, internal, attachable, enable_ipv4, enable_ipv6, ipam, labels; external, extensions });
#[rustfmt::skip]
keys!(NetworkUse {
    aliases, driver_opts, gw_priority, interface_name, ipv4_address, ipv6_address, link_local_ips, mac_address, priority; empty, extensions
});
keys!(Placement { constraints, preferences, max_replicas_per_node; extensions });
keys!(Provider { options; kind, extensions });
keys!(Resources { cpus, memory, pids, devices, generic_resources; extensions });
keys!(RestartPolicy { condition, delay, max_attempts, window; extensions });
keys!(UpdateConfig { parallelism, delay, failure_action, monitor, max_failure_ratio, order; extensions });
keys!(Volume { name, driver, driver_opts, labels; external, extensions });
keys!(Watch { ignore, include, exec; path, action, target, initial_sync, extensions });

impl Places for Deploy {
    fn place(&self, path: &[Part]) -> Option<Place<'_>> {
        let Self {
            mode,
            replicas,
            labels,
            update_config,
            rollback_config,
            restart_policy,
            endpoint_mode,
            limits,
            reservations,
            resource_extensions: _,
            placement,
            extensions: _,
        } = self;
        let keys: Vec<&str> = path.iter().map(|p| if let Part::Key(key) = p { key.as_str() } else { "" }).collect();
        let below = |n: usize| path.get(n..).unwrap_or_default();
        match keys.as_slice() {
            ["mode", ..] => mode.place(below(1)),
            ["replicas", ..] => replicas.place(below(1)),
            ["labels", ..] => labels.place(below(1)),
            ["update_config", ..] => update_config.place(below(1)),
            ["rollback_config", ..] => rollback_config.place(below(1)),
            ["restart_policy", ..] => restart_policy.place(below(1)),
            ["endpoint_mode", ..] => endpoint_mode.place(below(1)),
            ["placement", ..] => placement.place(below(1)),
            ["resources", "limits", ..] => limits.place(below(2)),
            ["resources", "reservations", ..] => reservations.place(below(2)),
            _ => None,
        }
    }
}

impl Places for Project {
    fn place(&self, path: &[Part]) -> Option<Place<'_>> {
        let Self {
            name: _,
            name_source: _,
            directory: _,
            files: _,
            services,
            networks,
            volumes,
            secrets,
            configs,
            models,
            extensions,
            environment: _,
            variables: _,
            left_out: _,
            problems: _,
            incomplete: _,
        } = self;
        let [Part::Key(key), rest @ ..] = path else { return None };
        match key.as_str() {
            "services" => services.place(rest),
            "networks" => networks.place(rest),
            "volumes" => volumes.place(rest),
            "secrets" => secrets.place(rest),
            "configs" => configs.place(rest),
            "models" => models.place(rest),
            key => extensions.get(key)?.place(&[]),
        }
    }
}

impl Places for Map {
    fn place(&self, path: &[Part]) -> Option<Place<'_>> {
        let [Part::Key(key), rest @ ..] = path else { return None };
        let entry = self.get(key)?;
        let mut at = Place { origin: &entry.value.origin, key: Some(entry.key) };
        let mut value = &entry.value;
        for part in rest {
            let below = match part {
                Part::Key(key) => value.as_map().and_then(|map| map.get(key)).map(|e| (&e.value, Some(e.key))).or_else(|| {
                    let named = |v: &&Value| v.as_str().is_some_and(|s| s.split_once('=').map_or(s, |(name, _)| name) == key);
                    value.as_seq()?.iter().rfind(named).map(|v| (v, None))
                }),
                Part::Index(index) => value.as_seq().and_then(|items| items.get(*index)).map(|v| (v, None)),
            };
            let Some((deeper, key)) = below else { break };
            at = Place { origin: &deeper.origin, key };
            value = deeper;
        }
        Some(at)
    }
}

/// Where the name of a project was written; `None` if it was not.
pub(super) fn of_name(source: &NameSource) -> Option<Span> {
    match source {
        NameSource::File(at) | NameSource::Variable(Some(at)) => Some(*at),
        NameSource::Variable(None) | NameSource::Flag | NameSource::Directory => None,
    }
}

/// The value of a variable of a project, for those few that Compose itself reads.
pub(super) fn variable<'a>(project: &'a Project, name: &str) -> Option<&'a str> {
    project.environment.get(name).map(|Variable { value, .. }| value.as_str()).filter(|v| !v.is_empty())
}
