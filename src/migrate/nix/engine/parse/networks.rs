//! `--network`.

use std::borrow::Cow;

use super::super::csv;
use crate::migrate::nix::Backend;
use crate::migrate::nix::normal::{Attachment, Container, Network};

/// Makes the network of the container from all `--network`, and from what the older flags say of the first one.
pub(super) fn settle(container: &mut Container, values: &[Cow<'_, str>], older: Attachment, backend: Backend) -> Result<(), String> {
    let mut networks = Vec::new();
    for value in values {
        let base = value.split(':').next().unwrap_or(value);
        let mode = match backend {
            Backend::Docker => matches!(value.as_ref(), "host" | "none" | "bridge" | "default") || value.starts_with("container:"),
            Backend::Podman => {
                ["host", "none", "private", "bridge", "default", "pod"].contains(&value.as_ref())
                    || ["container", "ns", "pasta", "slirp4netns"].contains(&base)
            }
        };
        if mode {
            if values.len() > 1 || older != Attachment::default() {
                return Err(format!("the network mode `{value}` does not go with other networks"));
            }
            container.network = Network::Mode(value.to_string());
            return Ok(());
        }
        networks.push(match backend {
            Backend::Docker => docker(value)?,
            Backend::Podman => podman(value)?,
        });
    }
    if older != Attachment::default() {
        let Some(first) = networks.first_mut() else {
            return Err("an address or an alias is given without a network".into());
        };
        if !first.aliases.is_empty() && !older.aliases.is_empty() {
            return Err("`--network-alias` does not go with aliases in `--network`".into());
        }
        first.aliases.extend(older.aliases);
        first.options.extend(older.options);
        first.link_local.extend(older.link_local);
    }
    container.network = Network::Networks(networks);
    Ok(())
}

/// `name`, or `name=…,alias=…`, all of which docker's client turns into lower case.
fn docker(value: &str) -> Result<Attachment, String> {
    // It looks for a word, `=` and a word.
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == crate::nix::REFERENCE.0 || c == crate::nix::REFERENCE.1;
    let long = value.match_indices('=').any(|(at, _)| {
        let around = value.get(..at).zip(value.get(at + 1..));
        around.is_some_and(|(before, after)| before.ends_with(word) && after.starts_with(word))
    });
    let mut network = Attachment::default();
    if !long {
        network.name = value.into();
        return Ok(network);
    }
    for field in csv::split(value)? {
        let lower = field.to_lowercase();
        let (key, value) = lower.split_once('=').ok_or_else(|| format!("`{field}` of `--network={value}` has no `=`"))?;
        let value = value.trim();
        match key.trim() {
            "name" => network.name = value.into(),
            "alias" => network.aliases.push(value.into()),
            "link-local-ip" => network.link_local.push(value.into()),
            key @ ("ip" | "ip6" | "mac-address" | "gw-priority") => drop(network.options.insert(key.into(), value.into())),
            "driver-opt" => {
                let (key, value) = value.split_once('=').ok_or_else(|| format!("the driver option `{value}` has no `=`"))?;
                network.driver_opts.insert(key.trim().into(), value.trim().into());
            }
            key => return Err(format!("`{key}` is nothing that `--network` takes")),
        }
    }
    if network.name.is_empty() {
        return Err(format!("`--network={value}` has no name"));
    }
    Ok(network)
}

/// `name[:alias=…,ip=…]`. Podman keeps what it does not know for itself; here it is an error.
fn podman(value: &str) -> Result<Attachment, String> {
    let (name, options) = value.split_once(':').unwrap_or((value, ""));
    let mut network = Attachment { name: name.into(), ..Attachment::default() };
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        if value.is_empty() {
            return Err(format!("`{option}` of `--network={name}` has no value"));
        }
        match key {
            "alias" => network.aliases.push(value.into()),
            "ip" | "ip6" => drop(network.options.insert(key.into(), value.into())),
            "mac" => drop(network.options.insert("mac-address".into(), value.into())),
            "interface_name" => drop(network.driver_opts.insert("com.docker.network.endpoint.ifname".into(), value.into())),
            _ => return Err(format!("`{key}` is nothing that podman knows of a network")),
        }
    }
    Ok(network)
}
