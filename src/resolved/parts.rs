//! The blocks of a service, as [`super`] prints them.

use serde_json::{Value, json};

use super::{Cx, Out, bytes, duration, field, flag, float, hosts, integer, list, object, size, text, texts};
use crate::model::{
    BlkioConfig, Build, Deploy, Develop, DeviceRequest, Duration, FileReference, Healthcheck, Hook, List, ModelUse, Mount, MountKind,
    Named, NetworkUse, Placement, Port, Resources, RestartPolicy, Service, Sourced, ThrottleDevice, Ulimit, UpdateConfig, Watch,
    WeightDevice,
};

impl Cx {
    pub(super) fn ulimits(self, ulimits: &Named<Ulimit>) -> Value {
        self.named(ulimits, |Ulimit { single, soft, hard, extensions }| match single.filter(|n| *n != 0) {
            Some(single) => json!(single),
            None if self.yaml => json!({"soft": soft.unwrap_or(0), "hard": hard.unwrap_or(0)}),
            None => object! {self, extensions; "soft": json!(soft), "hard": json!(hard)},
        })
    }

    pub(super) fn file_references(self, references: &List<FileReference>) -> Value {
        list(references, |FileReference { source, target, uid, gid, mode, extensions }| {
            let mode = mode.map(|mode| format!("0{mode:o}"));
            object! {self, extensions; "source": json!(source), "target": json!(target), "uid": json!(uid), "gid": json!(gid), "mode": json!(mode)}
        })
    }

    pub(super) fn device_requests(self, requests: &List<DeviceRequest>) -> Value {
        list(requests, |DeviceRequest { capabilities, driver, count, device_ids, options, extensions }| {
            object! {self, extensions;
                "capabilities": texts(capabilities), "driver": text(driver), "count": integer(count), "device_ids": texts(device_ids),
                "options": self.mapping(options),
            }
        })
    }

    pub(super) fn hook(self, hook: &Hook) -> Value {
        let Hook { command, image, user, privileged, working_dir, environment, per_replica, extensions } = hook;
        let mut out = Out::default();
        self.nullable(&mut out, "command", command);
        out.some("image", text(image));
        out.some("user", text(user));
        out.some("privileged", flag(privileged));
        out.some("working_dir", text(working_dir));
        out.some("environment", self.variables(environment));
        out.some("per_replica", flag(per_replica));
        self.extend(&mut out, extensions);
        out.value()
    }

    pub(super) fn healthcheck(self, healthcheck: &Healthcheck) -> Value {
        let Healthcheck { test, timeout, interval, retries, start_period, start_interval, disable, extensions } = healthcheck;
        let mut out = Out::default();
        out.some("test", field(test, |t| json!(t)));
        out.given("timeout", timeout, |d| duration(*d));
        out.given("interval", interval, |d| duration(*d));
        out.given("retries", retries, |n| json!(n));
        out.given("start_period", start_period, |d| duration(*d));
        out.given("start_interval", start_interval, |d| duration(*d));
        out.some("disable", flag(disable));
        self.extend(&mut out, extensions);
        out.value()
    }

    pub(super) fn update_config(self, config: &UpdateConfig) -> Value {
        let UpdateConfig { parallelism, delay, failure_action, monitor, max_failure_ratio, order, extensions } = config;
        // These two are no pointers in Compose: a zero vanishes.
        let nonzero = |d: &Duration| if d.0 == 0 { Value::Null } else { duration(*d) };
        let mut out = Out::default();
        out.given("parallelism", parallelism, |n| json!(n));
        out.some("delay", field(delay, nonzero));
        out.some("failure_action", text(failure_action));
        out.some("monitor", field(monitor, nonzero));
        out.some("max_failure_ratio", float(max_failure_ratio));
        out.some("order", text(order));
        self.extend(&mut out, extensions);
        out.value()
    }

    pub(super) fn resources(self, resources: &Resources) -> Value {
        let Resources { cpus, memory, pids, devices, generic_resources, extensions } = resources;
        let generic = |(kind, value): &(String, i64)| json!({"discrete_resource_spec": {"kind": kind, "value": value}});
        object! {self, extensions;
            "cpus": float(cpus), "memory": bytes(memory), "pids": integer(pids), "devices": self.device_requests(devices),
            "generic_resources": list(generic_resources, generic),
        }
    }

    pub(super) fn deploy(self, deploy: &Deploy) -> Value {
        let Deploy {
            mode,
            replicas,
            labels,
            update_config: update,
            rollback_config: rollback,
            restart_policy,
            endpoint_mode,
            limits,
            reservations,
            resource_extensions,
            placement,
            extensions,
        } = deploy;
        let mut out = Out::default();
        out.some("mode", text(mode));
        out.given("replicas", replicas, |n| json!(n));
        out.some("labels", self.mapping(labels));
        out.given("update_config", update, |c| self.update_config(c));
        out.given("rollback_config", rollback, |c| self.update_config(c));
        let mut blocks = Out::default();
        blocks.given("limits", limits, |r| self.resources(r));
        blocks.given("reservations", reservations, |r| self.resources(r));
        self.extend(&mut blocks, resource_extensions);
        self.nested(&mut out, "resources", blocks.value());
        out.given("restart_policy", restart_policy, |RestartPolicy { condition, delay, max_attempts, window, extensions }| {
            let mut out = Out::default();
            out.some("condition", text(condition));
            out.given("delay", delay, |d| duration(*d));
            out.given("max_attempts", max_attempts, |n| json!(n));
            out.given("window", window, |d| duration(*d));
            self.extend(&mut out, extensions);
            out.value()
        });
        let place = |Placement { constraints, preferences, max_replicas_per_node, extensions }: &Placement| {
            let preference = |spread: &String| {
                let mut out = Out::default();
                out.some("spread", json!(spread));
                out.value()
            };
            object! {self, extensions;
                "constraints": texts(constraints), "preferences": list(preferences, preference),
                "max_replicas_per_node": integer(max_replicas_per_node),
            }
        };
        self.nested(&mut out, "placement", placement.as_ref().map_or_else(|| json!({}), |p| place(&p.value)));
        out.some("endpoint_mode", text(endpoint_mode));
        self.extend(&mut out, extensions);
        out.value()
    }

    pub(super) fn build(self, build: &Build) -> Value {
        let Build {
            context,
            dockerfile,
            dockerfile_inline,
            entitlements,
            args,
            ssh,
            labels,
            cache_from,
            cache_to,
            no_cache,
            no_cache_filter,
            additional_contexts,
            pull,
            extra_hosts,
            isolation,
            network,
            target,
            secrets,
            shm_size,
            tags,
            ulimits: limits,
            platforms,
            privileged,
            provenance,
            sbom,
            extensions,
        } = build;
        // With a path Compose cannot print this in JSON at all, and in YAML it prints what it does not read.
        let key = |(name, path): (&String, &Sourced<Option<String>>)| match &path.value {
            Some(path) if self.yaml => json!(format!("{name}: {path}")),
            Some(path) => json!(format!("{name}={path}")),
            None => json!(name),
        };
        object! {self, extensions;
            "context": text(context), "dockerfile": text(dockerfile), "dockerfile_inline": text(dockerfile_inline),
            "entitlements": texts(entitlements), "args": self.variables(args), "provenance": text(provenance), "sbom": text(sbom),
            "ssh": ssh.iter().map(key).collect(), "labels": self.mapping(labels), "cache_from": texts(cache_from),
            "cache_to": texts(cache_to), "no_cache": flag(no_cache), "no_cache_filter": texts(no_cache_filter),
            "additional_contexts": self.mapping(additional_contexts), "pull": flag(pull), "extra_hosts": hosts(extra_hosts),
            "isolation": text(isolation), "network": text(network), "target": text(target), "secrets": self.file_references(secrets),
            "shm_size": bytes(shm_size), "tags": texts(tags), "ulimits": self.ulimits(limits), "platforms": texts(platforms),
            "privileged": flag(privileged),
        }
    }

    pub(super) fn blkio_config(self, config: &BlkioConfig) -> Value {
        let BlkioConfig { weight, weight_device, device_read_bps, device_read_iops, device_write_bps, device_write_iops, extensions } =
            config;
        // Compose forgot to say how these are spelled, so each format has its own way.
        let [a_path, a_rate, a_weight] = if self.yaml { ["path", "rate", "weight"] } else { ["Path", "Rate", "Weight"] };
        let rates = |l: &List<ThrottleDevice>| {
            list(l, |ThrottleDevice { path, rate, extensions }| {
                let mut out = Out::default();
                out.put(a_path, json!(path));
                out.put(a_rate, json!(rate.0.to_string()));
                self.extend(&mut out, extensions);
                out.value()
            })
        };
        let weights = |WeightDevice { path, weight, extensions }: &WeightDevice| {
            let mut out = Out::default();
            out.put(a_path, json!(path));
            out.put(a_weight, json!(weight));
            self.extend(&mut out, extensions);
            out.value()
        };
        object! {self, extensions;
            "weight": integer(weight), "weight_device": list(weight_device, weights), "device_read_bps": rates(device_read_bps),
            "device_read_iops": rates(device_read_iops), "device_write_bps": rates(device_write_bps),
            "device_write_iops": rates(device_write_iops),
        }
    }

    pub(super) fn develop(self, Develop { watch, extensions }: &Develop) -> Value {
        let rule = |Watch { path, action, target, ignore, include, initial_sync, exec, extensions }: &Watch| {
            let mut out = Out::default();
            out.put("path", json!(path));
            out.put("action", json!(action));
            out.some("target", json!(target));
            self.nested(&mut out, "exec", self.hook(exec.as_ref().unwrap_or(&Hook::default())));
            out.some("include", texts(include));
            out.some("ignore", texts(ignore));
            out.some("initial_sync", json!(initial_sync));
            self.extend(&mut out, extensions);
            out.value()
        };
        object! {self, extensions; "watch": list(watch, rule)}
    }

    pub(super) fn port(self, Port { name, mode, host_ip, target, published, protocol, app_protocol, extensions }: &Port) -> Value {
        object! {self, extensions;
            "name": json!(name), "mode": json!(mode), "host_ip": json!(host_ip), "target": json!(target), "published": json!(published),
            "protocol": json!(protocol), "app_protocol": json!(app_protocol),
        }
    }

    pub(super) fn network_use(self, network: &NetworkUse) -> Value {
        let NetworkUse {
            empty,
            aliases,
            driver_opts,
            gw_priority,
            interface_name,
            ipv4_address,
            ipv6_address,
            link_local_ips,
            mac_address,
            priority,
            extensions,
        } = network;
        if *empty {
            return Value::Null;
        }
        object! {self, extensions;
            "aliases": texts(aliases), "driver_opts": self.mapping(driver_opts), "gw_priority": integer(gw_priority),
            "interface_name": text(interface_name), "ipv4_address": text(ipv4_address), "ipv6_address": text(ipv6_address),
            "link_local_ips": texts(link_local_ips), "mac_address": text(mac_address), "priority": integer(priority),
        }
    }

    pub(super) fn model_use(self, ModelUse { empty, endpoint_var, model_var, extensions }: &ModelUse) -> Value {
        if *empty {
            Value::Null
        } else {
            object! {self, extensions; "endpoint_var": json!(endpoint_var), "model_var": json!(model_var)}
        }
    }

    pub(super) fn mount(self, mount: &Mount) -> Value {
        let Mount { kind, source, target, read_only, consistency, bind, volume, tmpfs, image, short: _, extensions } = mount;
        let kind = match kind {
            MountKind::Bind => "bind",
            MountKind::Volume => "volume",
            MountKind::Tmpfs => "tmpfs",
            MountKind::Npipe => "npipe",
            MountKind::Cluster => "cluster",
            MountKind::Image => "image",
            MountKind::Other(other) => other,
        };
        let mut out = Out::default();
        out.some("type", json!(kind));
        out.some("source", json!(source));
        out.some("target", json!(target));
        out.some("read_only", json!(read_only));
        out.some("consistency", json!(consistency));
        if let Some(bind) = bind {
            let mut inner = Out::default();
            inner.some("selinux", json!(bind.selinux));
            inner.some("propagation", json!(bind.propagation));
            // 5.x prints it only if false, 2.40 only if true.
            let create = bind.create_host_path.unwrap_or(false);
            if create != self.v5 {
                inner.put("create_host_path", json!(create));
            }
            inner.some("recursive", json!(bind.recursive));
            self.extend(&mut inner, &bind.extensions);
            out.put("bind", inner.value());
        }
        if let Some(volume) = volume {
            let inner = object! {self, &volume.extensions;
                "labels": self.mapping(&volume.labels), "nocopy": json!(volume.nocopy), "subpath": json!(volume.subpath),
            };
            out.put("volume", inner);
        }
        if let Some(tmpfs) = tmpfs {
            out.put("tmpfs", object! {self, &tmpfs.extensions; "size": tmpfs.size.map_or(Value::Null, size), "mode": json!(tmpfs.mode)});
        }
        if let Some(image) = image {
            out.put("image", object! {self, &image.extensions; "subpath": json!(image.subpath)});
        }
        self.extend(&mut out, extensions);
        out.value()
    }

    pub(super) fn env_files(self, service: &Service) -> Value {
        list(&service.env_file, |file| {
            if file.required && !self.v5 {
                return json!(file.path);
            }
            let mut out = Out::default();
            out.some("path", json!(file.path));
            if !file.required {
                out.put("required", json!(false));
            }
            // 2.40 forgets it in YAML.
            if self.v5 || !self.yaml {
                out.some("format", json!(file.format));
            }
            out.value()
        })
    }
}
