//! The flags that the module has no option for.

use std::collections::BTreeMap;

use super::Writer;
use crate::migrate::nix::normal::Network;

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    One,
    Many,
    /// `name=value`, many times.
    Pairs,
}

/// What podman makes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Podman {
    Same,
    /// The same, and commas part values.
    Listed,
    Unknown,
}

use Podman::{Listed, Same, Unknown};
use Takes::{Many, Nothing, One, Pairs};

/// The flags by docker's names, and the keys of Compose that they are for.
const FLAGS: [(&str, Takes, Podman, &str); 54] = [
    ("add-host", Many, Listed, "extra_hosts"),
    ("blkio-weight", One, Same, "blkio_config.weight"),
    ("blkio-weight-device", Many, Same, "blkio_config.weight_device"),
    ("cgroup-parent", One, Same, "cgroup_parent"),
    ("cgroupns", One, Same, "cgroup"),
    ("cpu-period", One, Same, "cpu_period"),
    ("cpu-quota", One, Same, "cpu_quota"),
    ("cpu-rt-period", One, Same, "cpu_rt_period"),
    ("cpu-rt-runtime", One, Same, "cpu_rt_runtime"),
    ("cpu-shares", One, Same, "cpu_shares"),
    ("cpus", One, Same, "cpus"),
    ("cpuset-cpus", One, Same, "cpuset"),
    ("cpuset-mems", One, Same, "cpuset"),
    ("device-cgroup-rule", Many, Listed, "device_cgroup_rules"),
    ("device-read-bps", Many, Same, "blkio_config.device_read_bps"),
    ("device-read-iops", Many, Same, "blkio_config.device_read_iops"),
    ("device-write-bps", Many, Same, "blkio_config.device_write_bps"),
    ("device-write-iops", Many, Same, "blkio_config.device_write_iops"),
    ("dns", Many, Listed, "dns"),
    ("dns-option", Many, Listed, "dns_opt"),
    ("dns-search", Many, Listed, "dns_search"),
    ("domainname", One, Unknown, "domainname"),
    ("expose", Many, Listed, "expose"),
    ("gpus", Many, Unknown, "gpus"),
    ("group-add", Many, Listed, "group_add"),
    ("init", Nothing, Same, "init"),
    ("interactive", Nothing, Same, "stdin_open"),
    ("ipc", One, Same, "ipc"),
    ("isolation", One, Unknown, "isolation"),
    ("link", Many, Unknown, "external_links"),
    ("mac-address", One, Same, "mac_address"),
    ("memory", One, Same, "mem_limit"),
    ("memory-reservation", One, Same, "mem_reservation"),
    ("memory-swap", One, Same, "memswap_limit"),
    ("memory-swappiness", One, Same, "mem_swappiness"),
    ("oom-kill-disable", Nothing, Same, "oom_kill_disable"),
    ("oom-score-adj", One, Same, "oom_score_adj"),
    ("pid", One, Same, "pid"),
    ("pids-limit", One, Same, "pids_limit"),
    ("platform", One, Same, "platform"),
    ("read-only", Nothing, Same, "read_only"),
    ("runtime", One, Same, "runtime"),
    ("security-opt", Many, Same, "security_opt"),
    ("shm-size", One, Same, "shm_size"),
    ("stop-signal", One, Same, "stop_signal"),
    ("stop-timeout", One, Same, "stop_grace_period"),
    ("storage-opt", Pairs, Same, "storage_opt"),
    ("sysctl", Pairs, Listed, "sysctls"),
    ("tty", Nothing, Same, "tty"),
    ("ulimit", Pairs, Listed, "ulimits"),
    ("use-api-socket", Nothing, Unknown, "use_api_socket"),
    ("userns", One, Same, "userns_mode"),
    ("uts", One, Same, "uts"),
    ("volumes-from", Many, Same, "volumes_from"),
];

impl Writer {
    pub(super) fn flags(&mut self, flags: &BTreeMap<String, Vec<String>>, network: &Network) {
        for (name, values) in flags {
            if name == "detach" {
                // A container that is waited for: podman runs it in the foreground.
                match (self.podman(), values.as_slice()) {
                    (true, [value]) if value == "false" => self.flag("detach", "false", None),
                    _ => self.refuse(format!("{} is not to be run in the background by a flag", self.backend)),
                }
                continue;
            }
            let Some((_, takes, podman, key)) = FLAGS.iter().find(|flag| flag.0 == name) else {
                self.refuse(format!("`--{name}` is not known here"));
                continue;
            };
            if self.podman() && *podman == Unknown {
                self.refuse(format!("podman has no `--{name}` as docker has it"));
                continue;
            }
            if self.podman() && name == "mac-address" && matches!(network, Network::Networks(networks) if networks.len() > 1) {
                self.refuse("podman takes `mac_address` for one network only: it belongs to the entry of the network");
            }
            if values.is_empty() || (values.len() > 1 && matches!(takes, Nothing | One)) {
                self.refuse(format!("`--{name}` takes one value"));
            }
            for (at, value) in values.iter().enumerate() {
                let about = match takes {
                    Nothing | One => (*key).to_owned(),
                    Many => format!("{key}[{at}]"),
                    Pairs => format!("{key}.{}", value.split('=').next().unwrap_or(value)),
                };
                let listed = self.podman() && *podman == Listed;
                match takes {
                    Nothing if value == "true" => self.extra.push((format!("--{name}"), Some(about))),
                    Nothing if name == "init" && value == "false" => self.flag(name, value, about),
                    Nothing => self.refuse(format!("`--{name}` takes no value")),
                    Pairs if !value.contains('=') => self.refuse(format!("`{value}` of `--{name}` has no `=`")),
                    One | Many | Pairs if value.is_empty() && (*podman == Listed || name == "gpus") => {
                        self.refuse(format!("`--{name}` needs a value"));
                    }
                    One | Many | Pairs if value.contains('\r') && (listed || name == "gpus") => {
                        self.refuse(format!("`--{name}` needs a value"));
                    }
                    One | Many | Pairs => {
                        if name == "gpus" && super::csv::split(value).is_err() {
                            self.refuse(format!("`{value}` is nothing that `--gpus` takes"));
                        }
                        let value = if listed { self.listed(value) } else { value.clone() };
                        self.flag(name, &value, about);
                    }
                }
            }
        }
    }
}
