//! Networks: how containers are connected, what they publish, and the units that make the networks.

use std::fmt::Display;

use super::{At, Draft, Mapper, pairs};
use crate::migrate::nix::Class;
use crate::migrate::nix::normal::{Attachment, Command, Network, Publish, Unit};
use crate::model::{Ipam, IpamConfig, List, Named, Network as Declared, NetworkUse, Port, Sourced};
use crate::ordered::IndexMap;

/// The option of a driver that says what an interface is called in the container.
const INTERFACE: &str = "com.docker.network.endpoint.ifname";
/// What engines bring along; no unit makes them, and no alias can be had there.
const BUILT_IN: [&str; 3] = ["host", "none", "bridge"];
/// The drivers of podman.
const PODMAN_DRIVERS: [&str; 3] = ["bridge", "macvlan", "ipvlan"];

impl Mapper<'_> {
    /// `network_mode`, or `networks` in the order in which Compose connects them.
    pub(super) fn networks(&mut self, d: &mut Draft<'_>, uses: &Named<NetworkUse>, mode: Option<&Sourced<String>>, index: usize) {
        if let Some(mode) = mode.filter(|m| !m.is_empty()) {
            d.container.network = self.network_mode(d, mode);
            return;
        }
        let mut order: Vec<(&String, &Sourced<NetworkUse>)> = uses.iter().collect();
        let priority = |u: &NetworkUse| u.priority.as_ref().map_or(0, |p| p.value);
        order.sort_by(|(a, x), (b, y)| priority(y).cmp(&priority(x)).then_with(|| a.cmp(b)));
        let mut attachments = Vec::new();
        for (key, used) in order {
            let declared = self.project.networks.get(key);
            let real = declared.and_then(|n| n.name.as_ref()).map_or_else(|| key.clone(), |n| n.value.clone());
            if real.is_empty() {
                let message = "the name of the network is empty; see whether a variable in it has no value";
                self.say(Class::Unmapped, &format_args!("networks.{key}.name"), &used.at_key(), message);
                continue;
            }
            self.used_networks.insert(key.clone());
            if BUILT_IN.contains(&real.as_str()) {
                if uses.len() == 1 {
                    d.container.network = Network::Mode(real);
                    return;
                }
                let message = format!("the engine's own network `{real}` cannot be combined with others; leave it out");
                self.say(Class::Unmapped, &format_args!("{}.{key}", d.at("networks")), &used.at_key(), message);
                continue;
            }
            let unit = format!("{}.service", self.unit_of("network", &real));
            if declared.is_some_and(|n| n.external) {
                d.want(unit);
            } else {
                d.require(unit);
            }
            attachments.push(self.attachment(d, key, used, real, index));
        }
        d.container.network = Network::Networks(attachments);
    }

    fn attachment(&mut self, d: &Draft<'_>, key: &str, used: &Sourced<NetworkUse>, name: String, index: usize) -> Attachment {
        let NetworkUse {
            empty: _,
            aliases,
            driver_opts,
            gw_priority,
            interface_name,
            ipv4_address,
            ipv6_address,
            link_local_ips,
            mac_address,
            priority: _, // the order
            extensions,
        } = &used.value;
        let networks = d.at("networks");
        let path = At::of(&networks, key);
        self.unknown(&path, extensions);
        let mut out = Attachment { name, aliases: vec![d.service.name.clone()], ..Attachment::default() };
        let compose = self.compose_name(d.service, index);
        let today = Some(compose).filter(|c| *c != d.name);
        for alias in aliases.iter().map(|a| a.value.clone()).chain(today) {
            if !out.aliases.contains(&alias) && alias != d.name {
                out.aliases.push(alias);
            }
        }
        for (option, field) in [("ip", ipv4_address), ("ip6", ipv6_address), ("mac-address", mac_address)] {
            if let Some(value) = field.as_ref().filter(|f| !f.is_empty()) {
                // Addresses are the same in small letters, which is all that docker's client has here.
                out.options.insert(option.into(), value.to_lowercase());
            }
        }
        if let Some(interface) = interface_name {
            out.driver_opts.insert(INTERFACE.into(), interface.value.clone());
        }
        if self.podman() {
            let cannot = "podman takes no notice of this for one container; remove it, or use docker as the backend";
            self.say_of(Class::Unmapped, &format_args!("{path}.gw_priority"), gw_priority.as_ref(), cannot);
            self.say_of_all(Class::Unmapped, &format_args!("{path}.link_local_ips"), link_local_ips, cannot);
            self.say_of_all(Class::Unmapped, &format_args!("{path}.driver_opts"), driver_opts.values(), cannot);
        } else {
            out.options.extend(gw_priority.as_ref().map(|g| ("gw-priority".to_owned(), g.value.to_string())));
            out.link_local.extend(super::texts(link_local_ips));
            for (name, value) in driver_opts {
                if name.to_lowercase() == *name && value.to_lowercase() == value.value {
                    out.driver_opts.insert(name.clone(), value.value.clone());
                } else {
                    let message = "`docker run` turns the options of a driver into small letters, and this would be another one; set it at the \
                                   network itself";
                    self.say(Class::Unmapped, &format_args!("{path}.driver_opts.{name}"), &value.at_key(), message);
                }
            }
        }
        out
    }

    fn network_mode(&mut self, d: &mut Draft<'_>, mode: &Sourced<String>) -> Network {
        match self.shared(d, "network_mode", mode) {
            Some(shared) => Network::Mode(shared),
            None if mode.value == "default" => Network::Mode("bridge".into()),
            None if BUILT_IN.contains(&mode.as_str()) || mode.value == "private" => Network::Mode(mode.value.clone()),
            // The name of a network.
            None => Network::Networks(vec![Attachment { name: mode.value.clone(), ..Attachment::default() }]),
        }
    }

    /// `ipc`, `pid`, `uts`.
    pub(super) fn name_space(&mut self, d: &mut Draft<'_>, key: &str, field: Option<&Sourced<String>>) {
        let Some(field) = field.filter(|f| !f.is_empty()) else { return };
        let value = self.shared(d, key, field).unwrap_or_else(|| field.value.clone());
        d.flag(key, value);
    }

    /// `service:x` and `container:x` as `container:NAME`. Those of the project come first in any case: Compose makes it a dependency.
    fn shared(&mut self, d: &mut Draft<'_>, key: &str, value: &Sourced<String>) -> Option<String> {
        if let Some(service) = value.strip_prefix("service:") {
            let name = self.names_of(service).into_iter().next();
            if name.is_none() {
                let message = format!("service `{service}`, which it shares this with, is not there");
                self.say(Class::Unmapped, &d.at(key), &value.at_key(), message);
            }
            return Some(format!("container:{}", name.unwrap_or_else(|| service.to_owned())));
        }
        let name = value.strip_prefix("container:")?;
        if self.out.services.values().flatten().any(|n| n == name) {
            d.container.depends_on.insert(name.to_owned());
        } else {
            let unit = self.container_unit(name);
            d.want(unit.clone());
            let message = format!("the container `{name}` is of another project: it must run before, as `{unit}` or otherwise");
            self.say(Class::Moved, &d.at(key), &value.at_key(), message);
        }
        Some(value.value.clone())
    }

    /// `links`: their aliases are given in [`Mapper::link_aliases`]. `external_links`.
    pub(super) fn links(&mut self, d: &mut Draft<'_>, links: &List<String>, external: &List<String>) {
        for link in links {
            let (service, alias) = link.split_once(':').unwrap_or((link, link));
            if alias != service {
                let message =
                    format!("everything in the same network can call `{service}` by the name `{alias}` now, not only this service");
                self.say(Class::Different, &d.at("links"), &link.origin, message);
            }
        }
        for link in external {
            let name = link.split_once(':').map_or(link.as_str(), |(name, _)| name);
            if self.podman() {
                let message = "podman has no links; bring both into one network, and give the other container an alias there";
                self.say(Class::Unmapped, &d.at("external_links"), &link.origin, message);
                continue;
            }
            d.want(self.container_unit(name));
            d.flag("link", link.value.clone());
            let message = format!("the container `{name}` must run before this one starts, or the engine refuses");
            self.say(Class::Different, &d.at("external_links"), &link.origin, message);
        }
    }

    /// The aliases that `links` of others give: on the networks that both are in.
    pub(super) fn link_aliases(&mut self) {
        let mut wanted: Vec<(String, String, Vec<String>)> = Vec::new();
        for service in self.project.services.values().filter(|s| s.enabled && !s.links.is_empty()) {
            let networks = self.names_of(&service.name).first().map(|n| self.networks_of(n)).unwrap_or_default();
            for link in &service.links {
                let (target, alias) = link.split_once(':').unwrap_or((link, link));
                wanted.extend(self.names_of(target).into_iter().map(|name| (name, alias.to_owned(), networks.clone())));
            }
        }
        for (name, alias, networks) in wanted {
            let Some(container) = self.out.stack.containers.get_mut(&name) else { continue };
            let Network::Networks(attachments) = &mut container.network else { continue };
            for attachment in attachments.iter_mut().filter(|a| networks.contains(&a.name)) {
                if !attachment.aliases.contains(&alias) && alias != name {
                    attachment.aliases.push(alias.clone());
                }
            }
        }
    }

    /// In several networks an alias can only be given in a form that docker's client turns into small letters. Its name server does not tell
    /// them apart.
    fn small_letters(&mut self) {
        if self.podman() {
            return;
        }
        let services = std::mem::take(&mut self.out.services);
        for (service, names) in &services {
            let mut changed = Vec::new();
            for name in names {
                let Some(container) = self.out.stack.containers.get_mut(name) else { continue };
                let Network::Networks(attachments) = &mut container.network else { continue };
                if attachments.len() < 2 {
                    continue;
                }
                for aliases in attachments.iter_mut().map(|a| &mut a.aliases) {
                    for alias in std::mem::take(aliases) {
                        let small = alias.to_lowercase();
                        if small != alias && !changed.contains(&alias) {
                            changed.push(alias);
                        }
                        if !aliases.contains(&small) {
                            aliases.push(small);
                        }
                    }
                }
            }
            let Some(origin) = self.project.services.get(service).filter(|_| !changed.is_empty()).map(|s| s.at_key()) else { continue };
            let names: Vec<String> = changed.iter().map(|n| format!("`{n}`")).collect();
            let message = format!(
                "{} in small letters: docker can be asked for nothing else where there are several networks, and finds it by either",
                names.join(", ")
            );
            self.say(Class::Different, &format_args!("services.{service}.networks"), &origin, message);
        }
        self.out.services = services;
    }

    fn networks_of(&self, container: &str) -> Vec<String> {
        match self.out.stack.containers.get(container).map(|c| &c.network) {
            Some(Network::Networks(all)) => all.iter().map(|a| a.name.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// `ports`.
    pub(super) fn ports(&mut self, d: &mut Draft<'_>, ports: &List<Port>, count: usize) {
        for (i, written) in ports.iter().enumerate() {
            let Port { name, mode, host_ip, target, published, protocol, app_protocol, extensions } = &written.value;
            let path = d.at("ports").number(i);
            self.unknown(&path, extensions);
            if mode.as_deref() == Some("host") {
                self.say(
                    Class::Inert,
                    &format_args!("{path}.mode"),
                    &written.origin,
                    "only a swarm reads this: on one host it is always so",
                );
            }
            for (key, word) in [("name", name), ("app_protocol", app_protocol)] {
                if word.is_some() {
                    self.say(Class::Inert, &format_args!("{path}.{key}"), &written.origin, "it is a word for people; no engine reads it");
                }
            }
            let mut published = published.clone().filter(|p| !p.is_empty() && p != "0");
            let range = published.as_deref().is_some_and(|p| p.contains('-'));
            if range && self.podman() {
                let message = "podman does not choose one of several ports for one port of the container; publish a single one";
                self.say(Class::Unmapped, &format_args!("{path}.published"), &written.origin, message);
                published = None;
            } else if count > 1 && published.is_some() && !range {
                let message = format!(
                    "{count} containers cannot all publish the same port; publish a range of ports, or none and put a proxy in front of them"
                );
                self.say(Class::Unmapped, &format_args!("{path}.published"), &written.origin, message);
                published = None;
            }
            let bare = |ip: &String| ip.trim_start_matches('[').trim_end_matches(']').to_owned();
            d.container.ports.push(Publish {
                host_ip: host_ip.as_ref().filter(|h| !h.is_empty()).map(bare),
                published,
                target: target.to_string(),
                protocol: if protocol.is_empty() { "tcp".into() } else { protocol.clone() },
            });
        }
    }

    /// `mac_address`: that of the first network.
    pub(super) fn mac_address(&mut self, d: &mut Draft<'_>, address: Option<&Sourced<String>>) {
        let Some(address) = address.filter(|a| !a.is_empty()) else { return };
        match &mut d.container.network {
            Network::Networks(attachments) if self.podman() && !attachments.is_empty() => {
                if let Some(first) = attachments.first_mut() {
                    first.options.entry("mac-address".into()).or_insert_with(|| address.value.clone());
                }
            }
            _ => d.flag("mac-address", address.value.clone()),
        }
    }

    /// The units that make the networks which are used.
    pub(super) fn network_units(&mut self) -> IndexMap<String, Unit> {
        self.link_aliases();
        self.small_letters();
        let mut units = IndexMap::default();
        for (key, network) in &self.project.networks {
            let path = format!("networks.{key}");
            if let Some(unit) = self.network(&path, key, network) {
                let name = self.unit_of("network", &network.name.as_ref().map_or_else(|| key.clone(), |n| n.value.clone()));
                self.out.owners.insert(name.clone(), path);
                units.insert(name, unit);
            }
        }
        units
    }

    fn network(&mut self, path: &dyn Display, key: &str, network: &Sourced<Declared>) -> Option<Unit> {
        let Declared { name, driver, driver_opts, external, internal, attachable, enable_ipv4, enable_ipv6, ipam, labels, extensions } =
            &network.value;
        self.unknown(path, extensions);
        let real = name.as_ref().map_or_else(|| key.to_owned(), |n| n.value.clone());
        if real.is_empty() {
            return None;
        }
        if !self.used_networks.contains(key) {
            self.say(Class::Inert, path, &network.at_key(), "no service uses it, so neither Compose nor a unit makes it");
            return None;
        }
        if BUILT_IN.contains(&real.as_str()) {
            return None;
        }
        if *external {
            let message = format!(
                "the network `{real}` is not made here: the unit of another project makes it, or you do; without it the containers cannot start"
            );
            self.say(Class::Moved, &format_args!("{path}.external"), &network.at_key(), message);
            return None;
        }
        let command = self.options.backend.command();
        let mut create: Vec<String> = super::words([command, "network", "create"]);
        if let Some(driver) = driver.as_ref().filter(|x| !x.is_empty()) {
            if self.podman() && !PODMAN_DRIVERS.contains(&driver.as_str()) {
                let message = "podman does not have this driver; use `bridge`, `macvlan` or `ipvlan`";
                self.say(Class::Unmapped, &format_args!("{path}.driver"), &driver.at_key(), message);
            } else {
                create.push(format!("--driver={}", driver.value));
            }
        }
        create.extend(pairs(driver_opts).map(|o| format!("--opt={o}")));
        if internal.as_ref().is_some_and(|x| x.value) {
            create.push("--internal".into());
        }
        if attachable.as_ref().is_some_and(|x| x.value) {
            if self.podman() {
                self.say_of(
                    Class::Different,
                    &format_args!("{path}.attachable"),
                    attachable.as_ref(),
                    "every network of podman is attachable",
                );
            } else {
                create.push("--attachable".into());
            }
        }
        if let Some(v4) = enable_ipv4 {
            if self.podman() {
                let message = "podman has no switch for IPv4: a network has it unless all its subnets are of IPv6";
                self.say(Class::Different, &format_args!("{path}.enable_ipv4"), &v4.at_key(), message);
            } else {
                create.push(format!("--ipv4={}", v4.value));
            }
        }
        if let Some(v6) = enable_ipv6
            && (v6.value || !self.podman())
        {
            create.push(format!("--ipv6={}", v6.value));
        }
        if let Some(ipam) = ipam {
            self.ipam(&mut create, &format!("{path}.ipam"), ipam);
        }
        // With these, Compose takes the network for its own again.
        create.push(format!("--label=com.docker.compose.project={}", self.project.name));
        create.push(format!("--label=com.docker.compose.network={key}"));
        create.extend(pairs(labels).map(|l| format!("--label={l}")));
        create.push(real.clone());
        let mut unit = self.resource_unit(format!("Network {real} of {}", self.project.name));
        unit.wanted_by.insert(self.target.clone());
        unit.script.push(Command::Unless(super::words([command, "network", "inspect", &real]), create));
        unit.pre_stop.push(Command::Try(super::words([command, "network", "rm", "-f", &real])));
        self.say(
            Class::Moved,
            path,
            &network.at_key(),
            format!("a unit makes the network `{real}`, and removes it when the project stops"),
        );
        Some(unit)
    }

    fn ipam(&mut self, create: &mut Vec<String>, path: &dyn Display, ipam: &Sourced<Ipam>) {
        let Ipam { driver, config, options, extensions } = &ipam.value;
        self.unknown(path, extensions);
        if let Some(driver) = driver.as_ref().filter(|x| !x.is_empty()) {
            // `default` is what docker calls its own; podman's own has no such name.
            if !(self.podman() && driver.value == "default") {
                create.push(format!("--ipam-driver={}", driver.value));
            }
        }
        for (i, config) in config.iter().enumerate() {
            let path = At::of(path, "config").number(i);
            let IpamConfig { subnet, gateway, ip_range, aux_addresses, extensions } = &config.value;
            self.unknown(&path, extensions);
            for (flag, field) in [("subnet", subnet), ("gateway", gateway), ("ip-range", ip_range)] {
                create.extend(field.as_ref().filter(|f| !f.is_empty()).map(|f| format!("--{flag}={}", f.value)));
            }
            if self.podman() {
                let message =
                    "podman cannot keep addresses for others; give containers that need a fixed address one outside of `ip_range`";
                self.say_of_all(Class::Different, &format_args!("{path}.aux_addresses"), aux_addresses.values(), message);
            } else {
                create.extend(pairs(aux_addresses).map(|a| format!("--aux-address={a}")));
            }
        }
        let message = if self.podman() {
            "podman has no options for this; they are left out"
        } else {
            "Compose does not hand these to the engine, and so they are left out"
        };
        self.say_of_all(Class::Different, &format_args!("{path}.options"), options.values(), message);
    }
}
