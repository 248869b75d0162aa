//! The flags of `docker run` as the keys of Compose that they come from.

use serde_json::{Map as Object, Value as Json, json};

/// How the values of a flag are printed.
#[derive(Clone, Copy)]
enum Form {
    Text,
    List,
    /// `name=value` each.
    Named,
}

/// Flags of `docker run` and the keys of Compose that they come from.
pub(super) const FLAGS: [(&str, &str); 40] = [
    ("add-host", "extra_hosts"),
    ("blkio-weight", "blkio_config.weight"),
    ("blkio-weight-device", "blkio_config.weight_device"),
    ("cgroup-parent", "cgroup_parent"),
    ("cgroupns", "cgroup"),
    ("cpu-period", "cpu_period"),
    ("cpu-quota", "cpu_quota"),
    ("cpu-rt-period", "cpu_rt_period"),
    ("cpu-rt-runtime", "cpu_rt_runtime"),
    ("cpu-shares", "cpu_shares"),
    ("cpuset-cpus", "cpuset"),
    ("device-cgroup-rule", "device_cgroup_rules"),
    ("device-read-bps", "blkio_config.device_read_bps"),
    ("device-read-iops", "blkio_config.device_read_iops"),
    ("device-write-bps", "blkio_config.device_write_bps"),
    ("device-write-iops", "blkio_config.device_write_iops"),
    ("dns", "dns"),
    ("dns-option", "dns_opt"),
    ("dns-search", "dns_search"),
    ("expose", "expose"),
    ("gpus", "gpus"),
    ("group-add", "group_add"),
    ("interactive", "stdin_open"),
    ("link", "external_links"),
    ("mac-address", "mac_address"),
    ("memory", "mem_limit"),
    ("memory-reservation", "mem_reservation"),
    ("memory-swap", "memswap_limit"),
    ("memory-swappiness", "mem_swappiness"),
    ("oom-kill-disable", "oom_kill_disable"),
    ("oom-score-adj", "oom_score_adj"),
    ("pids-limit", "pids_limit"),
    ("read-only", "read_only"),
    ("security-opt", "security_opt"),
    ("shm-size", "shm_size"),
    ("stop-timeout", "stop_grace_period"),
    ("storage-opt", "storage_opt"),
    ("sysctl", "sysctls"),
    ("ulimit", "ulimits"),
    ("userns", "userns_mode"),
];

fn form(key: &str) -> Form {
    match key {
        "extra_hosts"
        | "device_cgroup_rules"
        | "dns"
        | "dns_opt"
        | "dns_search"
        | "expose"
        | "gpus"
        | "group_add"
        | "external_links"
        | "security_opt" => Form::List,
        key if key.starts_with("blkio_config.") && key != "blkio_config.weight" => Form::List,
        "storage_opt" | "sysctls" | "ulimits" => Form::Named,
        _ => Form::Text,
    }
}

/// Adds what a flag says to a service.
pub(super) fn of(flag: &str, values: &[String], out: &mut Object<String, Json>) {
    let own = flag.replace('-', "_");
    let key = FLAGS.iter().find(|(name, _)| *name == flag).map_or(own.as_str(), |(_, key)| key);
    let known = FLAGS.iter().any(|(name, _)| *name == flag);
    let value = match form(key) {
        Form::List => {
            // Compose prints hosts with `=`.
            let item = |v: &String| if key == "extra_hosts" && !v.contains('=') { v.replacen(':', "=", 1) } else { v.clone() };
            values.iter().map(item).collect()
        }
        Form::Named => {
            let pair = |v: &String| v.split_once('=').map_or((v.clone(), Json::Null), |(k, v)| (k.to_owned(), json!(v)));
            Json::Object(values.iter().map(pair).collect())
        }
        Form::Text => match values {
            [one] if one == "true" => json!(true),
            [one] => json!(one),
            several if known => json!(several.join(", ")),
            several => json!(several),
        },
    };
    match key.split_once('.') {
        None => drop(out.insert(key.to_owned(), value)),
        Some((outer, inner)) => {
            let entry = out.entry(outer.to_owned()).or_insert_with(|| json!({}));
            if let Some(entry) = entry.as_object_mut() {
                entry.insert(inner.to_owned(), value);
            }
        }
    }
}
