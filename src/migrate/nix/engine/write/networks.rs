//! The networks, each with what the container is called there.

use std::borrow::Cow;

use super::super::csv;
use super::{Writer, safe_name};
use crate::migrate::nix::Backend;
use crate::migrate::nix::normal::{Attachment, Network};

/// The option of docker's bridge driver that podman has a name of its own for.
const INTERFACE: &str = "com.docker.network.endpoint.ifname";

impl Writer {
    /// The entries of `networks`, and the key of Compose that they are from.
    pub(super) fn network(&mut self, network: &Network) -> (Vec<(String, Option<String>)>, &'static str) {
        match network {
            Network::Mode(mode) => {
                let container = mode.strip_prefix("container:");
                let own = self.podman() && ["pasta", "slirp4netns", "private", "ns"].contains(&mode.split(':').next().unwrap_or(mode));
                if !(matches!(mode.as_str(), "host" | "none" | "bridge") || container.is_some_and(|name| !name.is_empty()) || own) {
                    self.refuse(format!("`{mode}` is no network mode of {}", self.backend));
                }
                (vec![(mode.clone(), Some("network_mode".into()))], "network_mode")
            }
            Network::Networks(networks) => {
                let mut entries = Vec::new();
                for (at, attachment) in networks.iter().enumerate() {
                    if networks.iter().take(at).any(|other| other.name == attachment.name) {
                        self.refuse(format!("the container is twice in the network `{}`", attachment.name));
                    }
                    let value = self.attachment(attachment, at == 0);
                    entries.push((value, Some(format!("networks.{}", attachment.name))));
                }
                (entries, "networks")
            }
        }
    }

    fn attachment(&mut self, attachment: &Attachment, first: bool) -> String {
        let Attachment { name, aliases, options, link_local, driver_opts } = attachment;
        let modes = ["host", "none", "bridge", "default", "container", "private", "pasta", "slirp4netns", "ns", "pod"];
        if !safe_name(name) || modes.contains(&name.as_str()) {
            self.refuse(format!("`{name}` cannot be the name of a network"));
        }
        let mut fields: Vec<(Cow<'_, str>, &String)> = aliases.iter().map(|alias| ("alias".into(), alias)).collect();
        for (key, value) in options {
            let key = match (self.backend, key.as_str()) {
                (_, "ip" | "ip6") | (Backend::Docker, "mac-address" | "gw-priority") => key,
                (Backend::Podman, "mac-address") => "mac",
                (_, key) => {
                    self.refuse(format!("{} cannot be asked for `{key}` in the network `{name}`", self.backend));
                    continue;
                }
            };
            fields.push((key.into(), value));
        }
        for address in link_local {
            fields.push(("link-local-ip".into(), address));
        }
        for (key, value) in driver_opts {
            self.check_key("driver_opts", key);
            match self.backend {
                Backend::Docker => fields.push((format!("driver-opt={key}").into(), value)),
                Backend::Podman if key == INTERFACE => fields.push(("interface_name".into(), value)),
                Backend::Podman => self.refuse(format!("podman cannot be asked for the driver option `{key}` in the network `{name}`")),
            }
        }
        if self.podman() && !link_local.is_empty() {
            self.refuse(format!("podman cannot be asked for `link-local-ip` in the network `{name}`"));
        }
        for (key, value) in &fields {
            let comma = self.podman() && value.contains(',');
            if value.trim() != *value || (value.is_empty() && !key.contains('=')) || comma || value.contains('\r') {
                self.refuse(format!("`{key}={value}` cannot be written in `--network`"));
            }
        }
        if fields.is_empty() {
            return name.clone();
        }
        let fields = fields.into_iter().map(|(key, value)| [&*key, "=", value].concat());
        if self.podman() {
            return format!("{name}:{}", fields.collect::<Vec<_>>().join(","));
        }
        let record = csv::join(std::iter::once(format!("name={name}")).chain(fields));
        // Docker's client turns all of this form into lower case. What the older form cannot say either is refused.
        if record.to_lowercase() != record {
            if first && driver_opts.is_empty() && options.keys().all(|key| matches!(key.as_str(), "ip" | "ip6")) {
                let about = Some(format!("networks.{name}"));
                for alias in aliases {
                    self.flag("network-alias", alias, about.clone());
                }
                for (key, value) in options {
                    self.flag(key, value, about.clone());
                }
                for address in link_local {
                    self.flag("link-local-ip", address, about.clone());
                }
                return name.clone();
            }
            self.refuse(format!("docker turns the names of the network `{name}`, and those in it, into lower case"));
        }
        record
    }
}
