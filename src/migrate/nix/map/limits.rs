//! What a container may use and do: capabilities, devices, limits, `deploy`.

use std::fmt::Display;

use super::{At, Draft, Mapper};
use crate::migrate::nix::Class;
use crate::model::{
    BlkioConfig, Deploy, Device, List, Named, Placement, Resources, Sourced, ThrottleDevice, Ulimit, UpdateConfig, WeightDevice,
};

/// `name=soft:hard` of each; a single value is both.
pub(super) fn ulimit_words(ulimits: &Named<Ulimit>) -> Vec<String> {
    ulimits
        .iter()
        .map(|(name, ulimit)| match (ulimit.single, ulimit.soft, ulimit.hard) {
            (Some(single), _, _) => format!("{name}={single}"),
            (None, soft, hard) => format!("{name}={}:{}", soft.unwrap_or(0), hard.unwrap_or(0)),
        })
        .collect()
}

impl Mapper<'_> {
    /// `cap_add` and `cap_drop`.
    pub(super) fn capabilities(&mut self, d: &mut Draft<'_>, add: &List<String>, drop: &List<String>) {
        let (added, dropped) = &mut d.container.capabilities;
        added.extend(add.iter().map(|c| c.value.clone()));
        for capability in drop {
            if added.contains(&capability.value) {
                let message = format!("`{}` is added, too, which is what counts: a module can only say one of them", capability.value);
                self.say(Class::Different, &format_args!("{}.cap_drop", d.path), &capability.origin, message);
            } else {
                dropped.insert(capability.value.clone());
            }
        }
    }

    pub(super) fn blkio(&mut self, d: &mut Draft<'_>, blkio: Option<&Sourced<BlkioConfig>>) {
        let Some(blkio) = blkio else { return };
        let path = d.at("blkio_config");
        let BlkioConfig { weight, weight_device, device_read_bps, device_read_iops, device_write_bps, device_write_iops, extensions } =
            &blkio.value;
        self.unknown(&path, extensions);
        if let Some(weight) = weight {
            d.flag("blkio-weight", weight.value.to_string());
        }
        for (i, entry) in weight_device.iter().enumerate() {
            let WeightDevice { path: device, weight, extensions } = &entry.value;
            self.unknown(&format_args!("{path}.weight_device[{i}]"), extensions);
            d.flag("blkio-weight-device", format!("{device}:{weight}"));
        }
        for (flag, key, list) in [
            ("device-read-bps", "device_read_bps", device_read_bps),
            ("device-read-iops", "device_read_iops", device_read_iops),
            ("device-write-bps", "device_write_bps", device_write_bps),
            ("device-write-iops", "device_write_iops", device_write_iops),
        ] {
            for (i, entry) in list.iter().enumerate() {
                let ThrottleDevice { path: device, rate, extensions } = &entry.value;
                self.unknown(&format_args!("{path}.{key}[{i}]"), extensions);
                d.flag(flag, format!("{device}:{}", rate.0));
            }
        }
    }

    pub(super) fn ulimits(&mut self, d: &mut Draft<'_>, ulimits: &Named<Ulimit>) {
        d.flags("ulimit", ulimit_words(ulimits));
        for (name, ulimit) in ulimits {
            let Ulimit { single: _, soft: _, hard: _, extensions } = &ulimit.value;
            self.unknown(&format_args!("{}.{name}", d.at("ulimits")), extensions);
        }
    }

    pub(super) fn isolation(&mut self, d: &mut Draft<'_>, isolation: Option<&Sourced<String>>) {
        let Some(isolation) = isolation.filter(|i| !i.is_empty()) else { return };
        if self.podman() && isolation.value == "default" {
            self.say(Class::Inert, &d.at("isolation"), &isolation.at_key(), "it is the default of every engine");
        } else if self.podman() {
            let message = "podman has no isolation technologies to choose from; remove the key";
            self.say(Class::Unmapped, &d.at("isolation"), &isolation.at_key(), message);
        } else {
            d.flag("isolation", isolation.value.clone());
        }
    }

    pub(super) fn devices(&mut self, d: &mut Draft<'_>, devices: &List<Device>) {
        for (i, device) in devices.iter().enumerate() {
            let Device { source, target, permissions, extensions } = &device.value;
            self.unknown(&format_args!("{}[{i}]", d.at("devices")), extensions);
            let is_cdi = !source.starts_with('/') && source.contains('=');
            let parts: Vec<&str> = [source, target, permissions].into_iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
            d.container.devices.push(if is_cdi { source.clone() } else { parts.join(":") });
        }
    }

    /// `security_opt`. The client reads profiles from files, from wherever it is started.
    pub(super) fn security(&mut self, d: &mut Draft<'_>, options: &List<String>) {
        for option in options {
            let file = ["seccomp:", "seccomp="].iter().find_map(|p| Some((*p, option.strip_prefix(p)?)));
            d.flag(
                "security-opt",
                match file {
                    Some((prefix, file)) if !matches!(file, "unconfined" | "builtin") && !file.starts_with(['/', '{']) => {
                        format!("{prefix}{}", self.project.directory.join(file.trim_start_matches("./")).display())
                    }
                    _ => option.value.clone(),
                },
            );
        }
    }

    pub(super) fn deploy(&mut self, d: &mut Draft<'_>, deploy: Option<&Sourced<Deploy>>) {
        let Some(deploy) = deploy else { return };
        let path = d.at("deploy");
        let Deploy {
            mode,
            replicas,
            labels,
            update_config,
            rollback_config,
            restart_policy: _, // `restart`
            endpoint_mode,
            limits,
            reservations,
            resource_extensions,
            placement,
            extensions,
        } = &deploy.value;
        let swarm = "only a swarm reads this";
        self.say_of(Class::Inert, &format_args!("{path}.mode"), mode.as_ref(), swarm);
        self.say_of_all(
            Class::Inert,
            &format_args!("{path}.labels"),
            labels.values(),
            "only a swarm reads this: it labels the service, not the containers",
        );
        self.say_of(Class::Inert, &format_args!("{path}.endpoint_mode"), endpoint_mode.as_ref(), swarm);
        for (key, config) in [("update_config", update_config), ("rollback_config", rollback_config)] {
            let Some(config) = config else { continue };
            let path = At::of(&path, key);
            let UpdateConfig { parallelism: _, delay: _, failure_action: _, monitor: _, max_failure_ratio: _, order: _, extensions } =
                &config.value;
            self.say(Class::Inert, &path, &config.at_key(), swarm);
            self.unknown(&path, extensions);
        }
        if let Some(placement) = placement {
            let path = At::of(&path, "placement");
            let Placement { constraints: _, preferences: _, max_replicas_per_node: _, extensions } = &placement.value;
            self.say(Class::Inert, &path, &placement.at_key(), swarm);
            self.unknown(&path, extensions);
        }
        if let Some(replicas) = replicas
            && d.service.scale.is_none()
        {
            self.replicas(d, "deploy.replicas", replicas);
        }
        self.unknown(&path, extensions);
        self.unknown(&format_args!("{path}.resources"), resource_extensions);
        self.limits(d, &format!("{path}.resources.limits"), limits.as_ref());
        self.reservations(d, &format!("{path}.resources.reservations"), reservations.as_ref());
    }

    /// `deploy.resources.limits` count over `cpus`, `mem_limit` and `pids_limit`.
    fn limits(&mut self, d: &mut Draft<'_>, path: &dyn Display, limits: Option<&Sourced<Resources>>) {
        let Some(limits) = limits else { return };
        let Resources { cpus, memory, pids, devices, generic_resources, extensions } = &limits.value;
        let values = [
            ("cpus", cpus.as_ref().filter(|c| c.value != 0.0).map(|c| c.value.to_string())),
            ("memory", memory.as_ref().filter(|m| m.value.0 != 0).map(|m| m.value.0.to_string())),
            ("pids-limit", pids.as_ref().filter(|p| p.value > 0).map(|p| p.value.to_string())),
        ];
        for (flag, value) in values {
            if let Some(value) = value {
                d.container.flags.insert(flag.into(), vec![value]);
            }
        }
        let message = "only a swarm reads this";
        self.say_of_all(Class::Inert, &format_args!("{path}.devices"), devices, message);
        self.say_of_all(Class::Inert, &format_args!("{path}.generic_resources"), generic_resources, message);
        self.unknown(path, extensions);
    }

    fn reservations(&mut self, d: &mut Draft<'_>, path: &dyn Display, reservations: Option<&Sourced<Resources>>) {
        let Some(reservations) = reservations else { return };
        let Resources { cpus, memory, pids, devices, generic_resources, extensions } = &reservations.value;
        if let Some(memory) = memory.as_ref().filter(|m| m.value.0 != 0) {
            d.container.flags.insert("memory-reservation".into(), vec![memory.value.0.to_string()]);
        }
        let message = "only a swarm reads this: on one host there is nothing to choose from";
        self.say_of(Class::Inert, &format_args!("{path}.cpus"), cpus.as_ref(), message);
        self.say_of(Class::Inert, &format_args!("{path}.pids"), pids.as_ref(), message);
        self.say_of_all(Class::Inert, &format_args!("{path}.generic_resources"), generic_resources, message);
        self.unknown(path, extensions);
        for (i, device) in devices.iter().enumerate() {
            self.device_request(d, &format!("{path}.devices[{i}]"), device);
        }
    }
}
