//! The parts of a service: ports, mounts, devices, healthchecks, hooks and so on.

use super::{
    At, Decoder, Keys, boolean, bytes, command, compose_text, duration, integer, list_of, mapping, named_of, strict_integer, text,
    text_or_texts, texts, units, variables,
};
use crate::compose::value::{Data, Value};
use crate::model::{
    BindOptions, BlkioConfig, Bytes, CredentialSpec, Dependency, Develop, Device, DeviceRequest, EnvFile, FileReference, Healthcheck, Hook,
    ImageOptions, List, Logging, ModelUse, Mount, MountKind, Named, NetworkUse, Port, Provider, Sourced, ThrottleDevice, TmpfsOptions,
    Ulimit, VolumeOptions, Watch, WeightDevice,
};

pub(super) fn port(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Port> {
    if value.as_map().is_none() {
        return d.wrong_type(value, at, "a port");
    }
    let mut k = Keys::of(d, value, at);
    Some(Port {
        name: k.value(d, "name", text),
        mode: k.value(d, "mode", text),
        host_ip: k.value(d, "host_ip", text),
        target: k.or_empty(d, "target", |d, v, at| {
            let n = integer(d, v, at)?;
            d.unit(v, at, u32::try_from(n).map_err(|_| units::UnitError::TooLarge))
        }),
        published: k.value(d, "published", text),
        protocol: k.or_empty(d, "protocol", text),
        app_protocol: k.value(d, "app_protocol", text),
        extensions: k.rest(),
    })
}

pub(super) fn mount(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Mount> {
    let Some(map) = value.as_map() else {
        return d.wrong_type(value, at, "a mount");
    };
    // The parts of a short form all have the place of the whole.
    let short = map.get("target").is_some_and(|e| e.value.origin.at == value.origin.at);
    let mut k = Keys::of(d, value, at);
    Some(Mount {
        kind: match k.or_empty(d, "type", text).as_str() {
            "bind" => MountKind::Bind,
            "volume" => MountKind::Volume,
            "tmpfs" => MountKind::Tmpfs,
            "npipe" => MountKind::Npipe,
            "cluster" => MountKind::Cluster,
            "image" => MountKind::Image,
            other => MountKind::Other(other.to_owned()),
        },
        source: k.value(d, "source", text),
        target: k.or_empty(d, "target", text),
        read_only: k.or_empty(d, "read_only", boolean),
        consistency: k.value(d, "consistency", text),
        bind: k.value(d, "bind", |d, v, at| {
            let mut k = Keys::of(d, v, at);
            Some(BindOptions {
                selinux: k.value(d, "selinux", text),
                propagation: k.value(d, "propagation", text),
                create_host_path: k.value(d, "create_host_path", boolean),
                recursive: k.value(d, "recursive", text),
                extensions: k.rest(),
            })
        }),
        volume: k.value(d, "volume", |d, v, at| {
            let mut k = Keys::of(d, v, at);
            Some(VolumeOptions {
                labels: k.or_empty(d, "labels", mapping),
                nocopy: k.value(d, "nocopy", boolean),
                subpath: k.value(d, "subpath", text),
                extensions: k.rest(),
            })
        }),
        tmpfs: k.value(d, "tmpfs", |d, v, at| {
            let mut k = Keys::of(d, v, at);
            Some(TmpfsOptions { size: k.value(d, "size", bytes), mode: k.value(d, "mode", integer), extensions: k.rest() })
        }),
        image: k.value(d, "image", |d, v, at| {
            let mut k = Keys::of(d, v, at);
            Some(ImageOptions { subpath: k.value(d, "subpath", text), extensions: k.rest() })
        }),
        short,
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)] // one signature for all readers
pub(super) fn dependency(d: &mut Decoder<'_>, _: &str, value: &Value, at: &At<'_>) -> Option<Dependency> {
    let mut k = Keys::of(d, value, at);
    Some(Dependency {
        condition: k.or_empty(d, "condition", text),
        restart: k.or_empty(d, "restart", boolean),
        required: k.or_empty(d, "required", boolean),
        extensions: k.rest(),
    })
}

pub(super) fn env_files(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<List<EnvFile>> {
    let plain = |path: &str| EnvFile { path: path.to_owned(), required: true, format: None, extensions: Named::default() };
    if let Some(path) = value.as_str() {
        return Some(vec![Sourced { value: plain(path), origin: value.origin.clone(), key: None }]);
    }
    list_of(d, value, at, |d, v, at| {
        if let Some(path) = v.as_str() {
            return Some(plain(path));
        }
        let mut k = Keys::of(d, v, at);
        Some(EnvFile {
            path: k.or_empty(d, "path", text),
            required: k.or_empty(d, "required", boolean),
            format: k.value(d, "format", text),
            extensions: k.rest(),
        })
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn file_reference(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<FileReference> {
    if let Some(source) = value.as_str() {
        return Some(FileReference {
            source: source.to_owned(),
            target: None,
            uid: None,
            gid: None,
            mode: None,
            extensions: Named::default(),
        });
    }
    let mut k = Keys::of(d, value, at);
    Some(FileReference {
        source: k.or_empty(d, "source", text),
        target: k.value(d, "target", text),
        uid: k.value(d, "uid", text),
        gid: k.value(d, "gid", text),
        mode: k.value(d, "mode", |d, v, at| match &v.data {
            Data::Int(n) => d.unit(v, at, i64::try_from(*n).map_err(|_| units::UnitError::TooLarge)),
            Data::Str(s) => d.unit(v, at, units::mode(s)),
            _ => d.wrong_type(v, at, "a file mode such as `0440`"),
        }),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn network_use(d: &mut Decoder<'_>, _: &str, value: &Value, at: &At<'_>) -> Option<NetworkUse> {
    let mut k = Keys::of(d, value, at);
    Some(NetworkUse {
        empty: value.is_null(),
        aliases: k.or_empty(d, "aliases", texts),
        driver_opts: k.or_empty(d, "driver_opts", mapping),
        gw_priority: k.field(d, "gw_priority", integer),
        interface_name: k.field(d, "interface_name", text),
        ipv4_address: k.field(d, "ipv4_address", text),
        ipv6_address: k.field(d, "ipv6_address", text),
        link_local_ips: k.or_empty(d, "link_local_ips", texts),
        mac_address: k.field(d, "mac_address", text),
        priority: k.field(d, "priority", integer),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn model_use(d: &mut Decoder<'_>, _: &str, value: &Value, at: &At<'_>) -> Option<ModelUse> {
    let mut k = Keys::of(d, value, at);
    Some(ModelUse {
        empty: value.is_null(),
        endpoint_var: k.value(d, "endpoint_var", text),
        model_var: k.value(d, "model_var", text),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn healthcheck(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Healthcheck> {
    let mut k = Keys::of(d, value, at);
    Some(Healthcheck {
        test: k.field(d, "test", |d, v, at| match &v.data {
            Data::Str(s) => Some(vec!["CMD-SHELL".to_owned(), s.clone()]),
            _ => super::plain_texts(d, v, at),
        }),
        timeout: k.field(d, "timeout", duration),
        interval: k.field(d, "interval", duration),
        retries: k.field(d, "retries", integer),
        start_period: k.field(d, "start_period", duration),
        start_interval: k.field(d, "start_interval", duration),
        disable: k.field(d, "disable", boolean),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn logging(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Logging> {
    let mut k = Keys::of(d, value, at);
    Some(Logging { driver: k.field(d, "driver", text), options: k.or_empty(d, "options", mapping), extensions: k.rest() })
}

pub(super) fn ulimits(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Named<Ulimit>> {
    named_of(d, value, at, |d, _, v, at| {
        if v.as_map().is_none() {
            let single = if v.is_null() { 0 } else { integer(d, v, at)? };
            return Some(Ulimit { single: Some(single), ..Ulimit::default() });
        }
        let mut k = Keys::of(d, v, at);
        Some(Ulimit { single: None, soft: k.value(d, "soft", integer), hard: k.value(d, "hard", integer), extensions: k.rest() })
    })
}

/// `extra_hosts`: a mapping, or a list of `host=address` and `host:address`.
pub(super) fn hosts(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Named<Vec<String>>> {
    let bare = |ip: &str| match ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')) {
        Some(inner) if !inner.is_empty() => inner.to_owned(),
        _ => ip.to_owned(),
    };
    let mut out: Named<Vec<String>> = Named::default();
    if let Some(items) = value.as_seq() {
        for (i, item) in items.iter().enumerate() {
            let text = compose_text(item);
            let Some((host, addresses)) = text.split_once('=').or_else(|| text.split_once(':')) else {
                d.bad(item, &At::Index(at, i), "has a host without an address: write `host=address`");
                continue;
            };
            let addresses = addresses.split(',').map(bare);
            match out.get_mut(host) {
                Some(known) => known.value.extend(addresses),
                None => {
                    out.insert(host.to_owned(), Sourced { value: addresses.collect(), origin: item.origin.clone(), key: None });
                }
            }
        }
    } else {
        out = named_of(d, value, at, |d, _, v, at| match &v.data {
            Data::Str(s) => Some(vec![bare(s)]),
            Data::Seq(items) => Some(items.iter().map(|v| bare(&compose_text(v))).collect()),
            Data::Map(_) => d.wrong_type(v, at, "an address or a list of addresses"),
            _ => Some(vec![String::new()]),
        })?;
    }
    out.retain(|host, entry| {
        let good = !host.is_empty() && !host.contains([':', '=']);
        if !good {
            d.bad_origin(&entry.origin, at, format_args!("has `{host}`, which is no host name"));
        }
        good
    });
    Some(out)
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn device(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Device> {
    let mut k = Keys::of(d, value, at);
    Some(Device {
        source: k.or_empty(d, "source", text),
        target: k.or_empty(d, "target", text),
        permissions: k.or_empty(d, "permissions", text),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn device_request(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<DeviceRequest> {
    let mut k = Keys::of(d, value, at);
    Some(DeviceRequest {
        capabilities: k.or_empty(d, "capabilities", texts),
        driver: k.field(d, "driver", text),
        count: k.field(d, "count", |d, v, at| match v.as_str() {
            Some(s) if s.eq_ignore_ascii_case("all") => Some(-1),
            Some(s) => units::integer(s).ok().or_else(|| d.wrong_type(v, at, "`all` or a number")),
            None => integer(d, v, at),
        }),
        device_ids: k.or_empty(d, "device_ids", texts),
        options: k.or_empty(d, "options", mapping),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn provider(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Provider> {
    let mut k = Keys::of(d, value, at);
    Some(Provider {
        kind: k.or_empty(d, "type", text),
        options: k.or_empty(d, "options", |d, v, at| {
            named_of(d, v, at, |_, _, v, _| {
                Some(v.as_seq().map_or_else(|| vec![compose_text(v)], |items| items.iter().map(compose_text).collect()))
            })
        }),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn hook(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Hook> {
    let mut k = Keys::of(d, value, at);
    Some(Hook {
        command: k.field(d, "command", command),
        image: k.field(d, "image", text),
        user: k.field(d, "user", text),
        privileged: k.field(d, "privileged", boolean),
        working_dir: k.field(d, "working_dir", text),
        environment: k.or_empty(d, "environment", variables),
        per_replica: k.field(d, "per_replica", boolean),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn credential_spec(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<CredentialSpec> {
    let mut k = Keys::of(d, value, at);
    Some(CredentialSpec {
        config: k.field(d, "config", text),
        file: k.field(d, "file", text),
        registry: k.field(d, "registry", text),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn blkio_config(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<BlkioConfig> {
    let mut k = Keys::of(d, value, at);
    let rates = |d: &mut Decoder<'_>, v: &Value, at: &At<'_>| {
        list_of(d, v, at, |d, v, at| {
            let mut k = Keys::of(d, v, at);
            Some(ThrottleDevice {
                path: k.or_empty(d, "path", text),
                rate: k.value(d, "rate", bytes).unwrap_or(Bytes(0)),
                extensions: k.rest(),
            })
        })
    };
    Some(BlkioConfig {
        weight: k.field(d, "weight", strict_integer),
        weight_device: k.or_empty(d, "weight_device", |d, v, at| {
            list_of(d, v, at, |d, v, at| {
                let mut k = Keys::of(d, v, at);
                Some(WeightDevice {
                    path: k.or_empty(d, "path", text),
                    weight: k.or_empty(d, "weight", strict_integer),
                    extensions: k.rest(),
                })
            })
        }),
        device_read_bps: k.or_empty(d, "device_read_bps", rates),
        device_read_iops: k.or_empty(d, "device_read_iops", rates),
        device_write_bps: k.or_empty(d, "device_write_bps", rates),
        device_write_iops: k.or_empty(d, "device_write_iops", rates),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn develop(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Develop> {
    let mut k = Keys::of(d, value, at);
    Some(Develop {
        watch: k.or_empty(d, "watch", |d, v, at| {
            list_of(d, v, at, |d, v, at| {
                let mut k = Keys::of(d, v, at);
                Some(Watch {
                    path: k.or_empty(d, "path", text),
                    action: k.or_empty(d, "action", text),
                    target: k.value(d, "target", text),
                    ignore: k.or_empty(d, "ignore", text_or_texts),
                    include: k.or_empty(d, "include", text_or_texts),
                    initial_sync: k.value(d, "initial_sync", boolean),
                    exec: k.value(d, "exec", hook),
                    extensions: k.rest(),
                })
            })
        }),
        extensions: k.rest(),
    })
}
