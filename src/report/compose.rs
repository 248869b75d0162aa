//! The resolved project as `docker compose config --format json` prints it (spec/resolve.md 16.3). The shape is Compose's, not ours:
//! what Compose leaves out (zero values, nested `x-` keys, `models`) is left out here too.

#![allow(clippy::ref_option)] // a field of the model is passed as it is

use serde_json::{Map as Object, Value, json};

use crate::compose::Semantics;
use crate::compose::value::{Data, Map, Value as Tree};
use crate::model::{
    BlkioConfig, Build, Bytes, CredentialSpec, Deploy, Develop, Device, DeviceRequest, Duration, Field, FileObject, FileReference,
    Healthcheck, Hook, Ipam, IpamConfig, List, Logging, ModelUse, Mount, MountKind, Named, Network, NetworkUse, Placement, Port, Project,
    Provider, Resources, RestartPolicy, Service, Sourced, ThrottleDevice, Ulimit, UpdateConfig, Volume, Watch, WeightDevice, units,
};
use crate::yaml::scalar::number_text;

/// The enabled services of a project and all its resources. Prune the project first for what Compose prints without
/// `--all-resources`; double the dollars ([`double_dollars`]) of what is printed.
pub fn json(project: &Project, semantics: Semantics) -> Value {
    let cx = Cx { v5: semantics == Semantics::V5 };
    let mut out = Out::default();
    out.put("name", json!(project.name));
    let services = project.services.iter().filter(|(_, s)| s.enabled);
    out.put("services", services.map(|(name, s)| (name.clone(), cx.service(s))).collect());
    out.some("networks", named(&project.networks, |n| cx.network(n)));
    out.some("volumes", named(&project.volumes, volume));
    out.some("secrets", named(&project.secrets, |s| file_object(s, true)));
    out.some(
        "configs",
        named(&project.configs, |c| {
            let from_variable = c.environment.as_ref().is_some_and(|e| !e.is_empty());
            file_object(c, from_variable)
        }),
    );
    for (key, value) in project.extensions.iter().filter(|(k, _)| k.starts_with("x-")) {
        out.put(key, cx.extension(value));
    }
    out.value()
}

/// A tree without types: what `config --no-interpolate` prints.
pub fn tree(tree: &Map) -> Value {
    Cx { v5: true }.map(tree)
}

/// Doubles every `$`, keys included, so that Compose reads the text as it was.
pub fn double_dollars(value: Value) -> Value {
    match value {
        Value::String(s) => Value::String(s.replace('$', "$$")),
        Value::Array(items) => items.into_iter().map(double_dollars).collect(),
        Value::Object(map) => map.into_iter().map(|(k, v)| (k.replace('$', "$$"), double_dollars(v))).collect(),
        other => other,
    }
}

/// An object being made.
#[derive(Default)]
struct Out(Object<String, Value>);

impl Out {
    /// A key in any case.
    fn put(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }

    /// A key unless its value is zero: Go's `omitempty`.
    fn some(&mut self, key: &str, value: Value) {
        let zero = match &value {
            Value::Null => true,
            Value::Bool(b) => !b,
            Value::Number(n) => n.as_f64() == Some(0.0),
            Value::String(s) => s.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
        };
        if !zero {
            self.put(key, value);
        }
    }

    /// A key that was given, zero or not: Go's pointers.
    fn given<T>(&mut self, key: &str, field: &Field<T>, show: impl FnOnce(&T) -> Value) {
        if let Some(field) = field {
            self.put(key, show(&field.value));
        }
    }

    fn value(self) -> Value {
        Value::Object(self.0)
    }
}

fn field<T>(field: &Field<T>, show: impl FnOnce(&T) -> Value) -> Value {
    field.as_ref().map_or(Value::Null, |f| show(&f.value))
}

fn text(text: &Field<String>) -> Value {
    field(text, |s| json!(s))
}

fn flag(flag: &Field<bool>) -> Value {
    field(flag, |b| json!(b))
}

fn integer(integer: &Field<i64>) -> Value {
    field(integer, |n| json!(n))
}

fn float(float: &Field<f64>) -> Value {
    field(float, |n| number(*n))
}

/// A whole number is printed without a fraction.
#[allow(clippy::cast_possible_truncation)]
fn number(n: f64) -> Value {
    if n.fract() == 0.0 && n.abs() < 9e15 { json!(n as i64) } else { json!(n) }
}

fn bytes(bytes: &Field<Bytes>) -> Value {
    field(bytes, |b| size(*b))
}

fn size(bytes: Bytes) -> Value {
    if bytes.0 == 0 { Value::Null } else { json!(bytes.0.to_string()) }
}

fn duration(d: Duration) -> Value {
    json!(units::duration_text(d))
}

fn named<T>(named: &Named<T>, show: impl Fn(&T) -> Value) -> Value {
    named.iter().map(|(name, v)| (name.clone(), show(&v.value))).collect()
}

fn list<T>(list: &List<T>, show: impl Fn(&T) -> Value) -> Value {
    list.iter().map(|v| show(&v.value)).collect()
}

fn texts(texts: &List<String>) -> Value {
    list(texts, |s| json!(s))
}

fn mapping(mapping: &Named<String>) -> Value {
    named(mapping, |s| json!(s))
}

fn variables(variables: &Named<Option<String>>) -> Value {
    named(variables, |v| json!(v))
}

fn hosts(hosts: &Named<Vec<String>>) -> Value {
    let mut all: Vec<String> = hosts.iter().flat_map(|(host, ips)| ips.iter().map(move |ip| format!("{host}={ip}"))).collect();
    all.sort_unstable();
    json!(all)
}

/// Objects from fields, each left out if zero.
macro_rules! object {
    ($($key:literal: $value:expr),* $(,)?) => {{
        let mut out = Out::default();
        $(out.some($key, $value);)*
        out.value()
    }};
}

fn ulimits(ulimits: &Named<Ulimit>) -> Value {
    named(ulimits, |Ulimit { single, soft, hard, extensions: _ }| {
        single.filter(|n| *n != 0).map_or_else(|| object! {"soft": json!(soft), "hard": json!(hard)}, |n| json!(n))
    })
}

fn file_references(references: &List<FileReference>) -> Value {
    list(references, |FileReference { source, target, uid, gid, mode, extensions: _ }| {
        let mode = mode.map(|mode| format!("0{mode:o}"));
        object! {"source": json!(source), "target": json!(target), "uid": json!(uid), "gid": json!(gid), "mode": json!(mode)}
    })
}

fn device_requests(requests: &List<DeviceRequest>) -> Value {
    list(requests, |DeviceRequest { capabilities, driver, count, device_ids, options, extensions: _ }| {
        object! {
            "capabilities": texts(capabilities), "driver": text(driver), "count": integer(count), "device_ids": texts(device_ids),
            "options": mapping(options),
        }
    })
}

fn hook(hook: &Hook) -> Value {
    let Hook { command, image, user, privileged, working_dir, environment, per_replica, extensions: _ } = hook;
    let mut out = Out::default();
    out.put("command", field(command, |c| json!(c)));
    out.some("image", text(image));
    out.some("user", text(user));
    out.some("privileged", flag(privileged));
    out.some("working_dir", text(working_dir));
    out.some("environment", variables(environment));
    out.some("per_replica", flag(per_replica));
    out.value()
}

fn file_object(object: &FileObject, hide_content: bool) -> Value {
    let FileObject { name, file, environment, content, external, labels, driver, driver_opts, template_driver, extensions: _ } = object;
    object! {
        "name": text(name), "file": text(file), "environment": text(environment),
        "content": if hide_content { Value::Null } else { text(content) },
        "external": json!(external), "labels": mapping(labels), "driver": text(driver), "driver_opts": mapping(driver_opts),
        "template_driver": text(template_driver),
    }
}

fn volume(volume: &Volume) -> Value {
    let Volume { name, driver, driver_opts, external, labels, extensions: _ } = volume;
    object! {
        "name": text(name), "driver": text(driver), "driver_opts": mapping(driver_opts), "external": json!(external),
        "labels": mapping(labels),
    }
}

fn healthcheck(healthcheck: &Healthcheck) -> Value {
    let Healthcheck { test, timeout, interval, retries, start_period, start_interval, disable, extensions: _ } = healthcheck;
    let mut out = Out::default();
    out.given("test", test, |t| json!(t));
    out.given("timeout", timeout, |d| duration(*d));
    out.given("interval", interval, |d| duration(*d));
    out.given("retries", retries, |n| json!(n));
    out.given("start_period", start_period, |d| duration(*d));
    out.given("start_interval", start_interval, |d| duration(*d));
    out.some("disable", flag(disable));
    out.value()
}

fn update_config(config: &UpdateConfig) -> Value {
    let UpdateConfig { parallelism, delay, failure_action, monitor, max_failure_ratio, order, extensions: _ } = config;
    // These two are no pointers in Compose: a zero vanishes.
    let nonzero = |d: &Duration| if d.0 == 0 { Value::Null } else { duration(*d) };
    let mut out = Out::default();
    out.given("parallelism", parallelism, |n| json!(n));
    out.some("delay", field(delay, nonzero));
    out.some("failure_action", text(failure_action));
    out.some("monitor", field(monitor, nonzero));
    out.some("max_failure_ratio", float(max_failure_ratio));
    out.some("order", text(order));
    out.value()
}

fn resources(resources: &Resources) -> Value {
    let Resources { cpus, memory, pids, devices, generic_resources, extensions: _ } = resources;
    let generic = |(kind, value): &(String, i64)| json!({"discrete_resource_spec": {"kind": kind, "value": value}});
    object! {
        "cpus": float(cpus), "memory": bytes(memory), "pids": integer(pids), "devices": device_requests(devices),
        "generic_resources": list(generic_resources, generic),
    }
}

fn deploy(deploy: &Deploy) -> Value {
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
        resource_extensions: _,
        placement,
        extensions: _,
    } = deploy;
    let mut out = Out::default();
    out.some("mode", text(mode));
    out.given("replicas", replicas, |n| json!(n));
    out.some("labels", mapping(labels));
    out.given("update_config", update, update_config);
    out.given("rollback_config", rollback, update_config);
    out.given("restart_policy", restart_policy, |RestartPolicy { condition, delay, max_attempts, window, extensions: _ }| {
        let mut out = Out::default();
        out.some("condition", text(condition));
        out.given("delay", delay, |d| duration(*d));
        out.given("max_attempts", max_attempts, |n| json!(n));
        out.given("window", window, |d| duration(*d));
        out.value()
    });
    out.some("endpoint_mode", text(endpoint_mode));
    let mut blocks = Out::default();
    blocks.given("limits", limits, resources);
    blocks.given("reservations", reservations, resources);
    out.put("resources", blocks.value());
    let place = |Placement { constraints, preferences, max_replicas_per_node, extensions: _ }: &Placement| {
        object! {
            "constraints": texts(constraints), "preferences": list(preferences, |s| object! {"spread": json!(s)}),
            "max_replicas_per_node": integer(max_replicas_per_node),
        }
    };
    out.put("placement", placement.as_ref().map_or_else(|| json!({}), |p| place(&p.value)));
    out.value()
}

fn build(build: &Build) -> Value {
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
        extensions: _,
    } = build;
    // With a path Compose cannot print this in JSON at all.
    let key = |(name, path): (&String, &Sourced<Option<String>>)| match &path.value {
        Some(path) => json!(format!("{name}={path}")),
        None => json!(name),
    };
    object! {
        "context": text(context), "dockerfile": text(dockerfile), "dockerfile_inline": text(dockerfile_inline),
        "entitlements": texts(entitlements), "args": variables(args), "provenance": text(provenance), "sbom": text(sbom),
        "ssh": ssh.iter().map(key).collect(), "labels": mapping(labels), "cache_from": texts(cache_from),
        "cache_to": texts(cache_to), "no_cache": flag(no_cache), "no_cache_filter": texts(no_cache_filter),
        "additional_contexts": mapping(additional_contexts), "pull": flag(pull), "extra_hosts": hosts(extra_hosts),
        "isolation": text(isolation), "network": text(network), "target": text(target), "secrets": file_references(secrets),
        "shm_size": bytes(shm_size), "tags": texts(tags), "ulimits": ulimits(limits), "platforms": texts(platforms),
        "privileged": flag(privileged),
    }
}

fn blkio_config(config: &BlkioConfig) -> Value {
    let BlkioConfig { weight, weight_device, device_read_bps, device_read_iops, device_write_bps, device_write_iops, extensions: _ } =
        config;
    let rates = |l: &List<ThrottleDevice>| {
        list(l, |ThrottleDevice { path, rate, extensions: _ }| json!({"Path": path, "Rate": rate.0.to_string()}))
    };
    let weights = |WeightDevice { path, weight, extensions: _ }: &WeightDevice| json!({"Path": path, "Weight": weight});
    object! {
        "weight": integer(weight), "weight_device": list(weight_device, weights), "device_read_bps": rates(device_read_bps),
        "device_read_iops": rates(device_read_iops), "device_write_bps": rates(device_write_bps),
        "device_write_iops": rates(device_write_iops),
    }
}

fn develop(Develop { watch, extensions: _ }: &Develop) -> Value {
    let rule = |Watch { path, action, target, ignore, include, initial_sync, exec, extensions: _ }: &Watch| {
        let mut out = Out::default();
        out.put("path", json!(path));
        out.put("action", json!(action));
        out.put("exec", hook(exec.as_ref().unwrap_or(&Hook::default())));
        out.some("target", json!(target));
        out.some("include", texts(include));
        out.some("ignore", texts(ignore));
        out.some("initial_sync", json!(initial_sync));
        out.value()
    };
    object! {"watch": list(watch, rule)}
}

fn port(Port { name, mode, host_ip, target, published, protocol, app_protocol, extensions: _ }: &Port) -> Value {
    object! {
        "name": json!(name), "mode": json!(mode), "host_ip": json!(host_ip), "target": json!(target), "published": json!(published),
        "protocol": json!(protocol), "app_protocol": json!(app_protocol),
    }
}

fn network_use(network: &NetworkUse) -> Value {
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
        extensions: _,
    } = network;
    if *empty {
        return Value::Null;
    }
    object! {
        "aliases": texts(aliases), "driver_opts": mapping(driver_opts), "gw_priority": integer(gw_priority),
        "interface_name": text(interface_name), "ipv4_address": text(ipv4_address), "ipv6_address": text(ipv6_address),
        "link_local_ips": texts(link_local_ips), "mac_address": text(mac_address), "priority": integer(priority),
    }
}

fn model_use(ModelUse { empty, endpoint_var, model_var, extensions: _ }: &ModelUse) -> Value {
    if *empty {
        Value::Null
    } else {
        object! {"endpoint_var": json!(endpoint_var), "model_var": json!(model_var)}
    }
}

/// What the version decides.
#[derive(Clone, Copy)]
struct Cx {
    v5: bool,
}

impl Cx {
    fn network(self, network: &Network) -> Value {
        let Network { name, driver, driver_opts, external, internal, attachable, enable_ipv4, enable_ipv6, ipam, labels, extensions: _ } =
            network;
        let mut out = Out::default();
        out.some("name", text(name));
        out.some("driver", text(driver));
        out.some("driver_opts", mapping(driver_opts));
        out.some("external", json!(external));
        out.some("internal", flag(internal));
        out.some("attachable", flag(attachable));
        out.some("labels", mapping(labels));
        out.given("enable_ipv4", enable_ipv4, |b| json!(b));
        out.given("enable_ipv6", enable_ipv6, |b| json!(b));
        out.put("ipam", ipam.as_ref().map_or_else(|| json!({}), |i| self.ipam(i)));
        out.value()
    }

    fn ipam(self, Ipam { driver, config, options, extensions: _ }: &Ipam) -> Value {
        let pool = |IpamConfig { subnet, gateway, ip_range, aux_addresses, extensions: _ }: &IpamConfig| {
            object! {
                "subnet": text(subnet), "gateway": text(gateway), "ip_range": text(ip_range), "aux_addresses": mapping(aux_addresses),
            }
        };
        // 2.40 reads the options but does not print them.
        let options = if self.v5 { mapping(options) } else { Value::Null };
        object! {"driver": text(driver), "config": list(config, pool), "options": options}
    }

    fn mount(self, mount: &Mount) -> Value {
        let Mount { kind, source, target, read_only, consistency, bind, volume, tmpfs, image, short: _, extensions: _ } = mount;
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
            inner.some("recursive", json!(bind.recursive));
            // 5.x prints it only if false, 2.40 only if true.
            let create = bind.create_host_path.unwrap_or(false);
            if create != self.v5 {
                inner.put("create_host_path", json!(create));
            }
            out.put("bind", inner.value());
        }
        if let Some(volume) = volume {
            let inner = object! {
                "labels": mapping(&volume.labels), "nocopy": json!(volume.nocopy), "subpath": json!(volume.subpath),
            };
            out.put("volume", inner);
        }
        if let Some(tmpfs) = tmpfs {
            out.put("tmpfs", object! {"size": tmpfs.size.map_or(Value::Null, size), "mode": json!(tmpfs.mode)});
        }
        if let Some(image) = image {
            out.put("image", object! {"subpath": json!(image.subpath)});
        }
        out.value()
    }

    fn env_files(self, service: &Service) -> Value {
        list(&service.env_file, |file| {
            if file.required && !self.v5 {
                return json!(file.path);
            }
            let mut out = Out::default();
            out.some("path", json!(file.path));
            if !file.required {
                out.put("required", json!(false));
            }
            out.some("format", json!(file.format));
            out.value()
        })
    }

    fn service(self, service: &Service) -> Value {
        let Service {
            name: _,
            enabled: _,
            env_files_read,
            label_files_read,
            annotations,
            attach,
            blkio_config: blkio,
            build: built,
            cap_add,
            cap_drop,
            cgroup,
            cgroup_parent,
            command,
            configs,
            container_name,
            cpu_count,
            cpu_percent,
            cpu_period,
            cpu_quota,
            cpu_rt_period,
            cpu_rt_runtime,
            cpu_shares,
            cpus,
            cpuset,
            credential_spec,
            depends_on,
            deploy: deployed,
            develop: developed,
            device_cgroup_rules,
            devices,
            dns,
            dns_opt,
            dns_search,
            domainname,
            entrypoint,
            environment,
            env_file: _,
            expose,
            external_links,
            extra_hosts,
            gpus,
            group_add,
            healthcheck: health,
            hostname,
            image,
            init,
            ipc,
            isolation,
            label_file,
            labels,
            links,
            logging,
            mac_address,
            mem_limit,
            mem_reservation,
            mem_swappiness,
            memswap_limit,
            models,
            network_mode,
            networks,
            oom_kill_disable,
            oom_score_adj,
            pid,
            pids_limit,
            platform,
            ports,
            post_start,
            pre_start,
            pre_stop,
            privileged,
            profiles,
            provider,
            pull_policy,
            read_only,
            restart,
            runtime,
            scale,
            secrets,
            security_opt,
            shm_size,
            stdin_open,
            stop_grace_period,
            stop_signal,
            storage_opt,
            sysctls,
            tmpfs,
            tty,
            ulimits: limits,
            use_api_socket,
            user,
            userns_mode,
            uts,
            volumes,
            volumes_from,
            working_dir,
            extensions: _,
        } = service;
        let mut out = Out::default();
        out.some("profiles", texts(profiles));
        out.some("annotations", mapping(annotations));
        out.given("attach", attach, |b| json!(b));
        out.given("build", built, build);
        out.given("develop", developed, develop);
        out.given("blkio_config", blkio, blkio_config);
        out.some("cap_add", texts(cap_add));
        out.some("cap_drop", texts(cap_drop));
        out.some("cgroup_parent", text(cgroup_parent));
        out.some("cgroup", text(cgroup));
        out.some("cpu_count", integer(cpu_count));
        out.some("cpu_percent", float(cpu_percent));
        out.some("cpu_period", integer(cpu_period));
        out.some("cpu_quota", integer(cpu_quota));
        out.some("cpu_rt_period", integer(cpu_rt_period));
        out.some("cpu_rt_runtime", integer(cpu_rt_runtime));
        out.some("cpus", float(cpus));
        out.some("cpuset", text(cpuset));
        out.some("cpu_shares", integer(cpu_shares));
        out.put("command", field(command, |c| json!(c)));
        out.some("configs", file_references(configs));
        out.some("container_name", text(container_name));
        out.given("credential_spec", credential_spec, |CredentialSpec { config, file, registry, extensions: _ }| {
            object! {"config": text(config), "file": text(file), "registry": text(registry)}
        });
        out.some(
            "depends_on",
            named(depends_on, |d| {
                let mut out = Out::default();
                out.put("condition", json!(d.condition));
                out.some("restart", json!(d.restart));
                out.put("required", json!(d.required));
                out.value()
            }),
        );
        out.given("deploy", deployed, deploy);
        out.some("device_cgroup_rules", texts(device_cgroup_rules));
        out.some(
            "devices",
            list(devices, |Device { source, target, permissions, extensions: _ }| {
                object! {"source": json!(source), "target": json!(target), "permissions": json!(permissions)}
            }),
        );
        out.some("dns", texts(dns));
        out.some("dns_opt", texts(dns_opt));
        out.some("dns_search", texts(dns_search));
        out.some("domainname", text(domainname));
        out.put("entrypoint", field(entrypoint, |c| json!(c)));
        out.given("provider", provider, |Provider { kind, options, extensions: _ }| {
            object! {"type": json!(kind), "options": named(options, |o| json!(o))}
        });
        out.some("environment", variables(environment));
        if !env_files_read {
            out.some("env_file", self.env_files(service));
        }
        out.some("expose", texts(expose));
        out.some("external_links", texts(external_links));
        out.some("extra_hosts", hosts(extra_hosts));
        out.some("group_add", texts(group_add));
        out.some("gpus", device_requests(gpus));
        out.some("hostname", text(hostname));
        out.given("healthcheck", health, healthcheck);
        out.some("image", text(image));
        out.given("init", init, |b| json!(b));
        out.some("ipc", text(ipc));
        out.some("isolation", text(isolation));
        out.some("labels", mapping(labels));
        if !label_files_read {
            out.some("label_file", texts(label_file));
        }
        out.some("links", texts(links));
        out.given("logging", logging, |Logging { driver, options, extensions: _ }| {
            object! {"driver": text(driver), "options": mapping(options)}
        });
        out.some("mem_limit", bytes(mem_limit));
        out.some("mem_reservation", bytes(mem_reservation));
        out.some("memswap_limit", bytes(memswap_limit));
        out.some("mem_swappiness", field(mem_swappiness, |n| size(Bytes(*n))));
        out.some("mac_address", text(mac_address));
        out.some("models", named(models, model_use));
        out.some("network_mode", text(network_mode));
        out.some("networks", named(networks, network_use));
        out.some("oom_kill_disable", flag(oom_kill_disable));
        out.some("oom_score_adj", integer(oom_score_adj));
        out.some("pid", text(pid));
        out.some("pids_limit", integer(pids_limit));
        out.some("platform", text(platform));
        out.some("ports", list(ports, port));
        out.some("privileged", flag(privileged));
        out.some("pull_policy", text(pull_policy));
        out.some("read_only", flag(read_only));
        out.some("restart", text(restart));
        out.some("runtime", text(runtime));
        out.given("scale", scale, |n| json!(n));
        out.some("secrets", file_references(secrets));
        out.some("security_opt", texts(security_opt));
        out.some("shm_size", bytes(shm_size));
        out.some("stdin_open", flag(stdin_open));
        out.given("stop_grace_period", stop_grace_period, |d| duration(*d));
        out.some("stop_signal", text(stop_signal));
        out.some("storage_opt", mapping(storage_opt));
        out.some("sysctls", mapping(sysctls));
        out.some("tmpfs", texts(tmpfs));
        out.some("tty", flag(tty));
        out.some("ulimits", ulimits(limits));
        out.some("use_api_socket", flag(use_api_socket));
        out.some("user", text(user));
        out.some("userns_mode", text(userns_mode));
        out.some("uts", text(uts));
        out.some("volumes", list(volumes, |m| self.mount(m)));
        out.some("volumes_from", texts(volumes_from));
        out.some("working_dir", text(working_dir));
        out.some("pre_start", list(pre_start, hook));
        out.some("post_start", list(post_start, hook));
        out.some("pre_stop", list(pre_stop, hook));
        out.value()
    }

    fn map(self, map: &Map) -> Value {
        map.iter().map(|(k, e)| (k.clone(), self.extension(&e.value))).collect()
    }

    fn extension(self, value: &Tree) -> Value {
        match &value.data {
            Data::Null => Value::Null,
            Data::Bool(b) => json!(b),
            Data::Int(n) => i64::try_from(*n).map_or_else(|_| json!(u64::try_from(*n).ok()), |n| json!(n)),
            // JSON has no infinity; Compose fails here, the text is better than nothing.
            Data::Float(f) if !f.is_finite() => json!(number_text(*f)),
            Data::Float(f) => number(*f),
            Data::Str(s) | Data::Timestamp(s) => json!(s),
            // 2.40 prints an empty list as nothing.
            Data::Seq(items) if items.is_empty() && !self.v5 => Value::Null,
            Data::Seq(items) => items.iter().map(|v| self.extension(v)).collect(),
            Data::Map(map) => self.map(map),
        }
    }
}
