//! What a host needs beside the containers: the firewall, directories that outlive a boot, a job for the backup.

use std::collections::{BTreeMap, BTreeSet};

use super::normal::{Container, Network, Stack};
use super::{Backend, Firewall, Options, map};
use crate::nix::{Binding, Expr};

/// The bindings that some options ask for, to stand with what is common.
pub fn bindings(name: &str, stack: &Stack, options: &Options) -> Vec<Binding> {
    let mut out = Vec::new();
    firewall(stack, options, &mut out);
    if options.persist.is_none() && !options.backup {
        return out;
    }
    let data = data(stack, options.backend);
    if let Some(root) = &options.persist {
        let engine = format!("/var/lib/{}", if options.backend == Backend::Docker { "docker" } else { "containers" });
        let directories = std::iter::once(engine).chain(data.binds.iter().cloned());
        let mut binding = Binding::at(["environment", "persistence", root.as_str(), "directories"], Expr::texts(directories)).apart();
        binding.above.push("What has to outlive a boot: the volumes of the engine, and the directories that are mounted.".to_owned());
        out.push(binding);
    }
    if options.backup {
        let mut lines = vec![
            "A backup of the data: fill in where to, and remove the `#`.".to_owned(),
            format!("services.restic.backups.{} = {{", if crate::nix::plain_name(name) { name.to_owned() } else { format!("\"{name}\"") }),
            "  repository = \"\";".to_owned(),
            "  passwordFile = \"\";".to_owned(),
            "  paths = [".to_owned(),
        ];
        lines.extend(data.binds.iter().chain(&data.volumes).map(|path| format!("    \"{path}\"")));
        lines.extend(["  ];".to_owned(), "};".to_owned()]);
        lines.push("A database is copied safely only while it does not run, or by its own dump.".to_owned());
        out.push(Binding::comment(lines).apart());
    }
    out
}

/// Where the data of a project lies.
struct Data {
    /// Directories of the host, without what is only a file or belongs to the system.
    binds: BTreeSet<String>,
    /// Directories of the engine's volumes.
    volumes: BTreeSet<String>,
}

fn data(stack: &Stack, backend: Backend) -> Data {
    let root = match backend {
        Backend::Docker => "/var/lib/docker/volumes",
        Backend::Podman => "/var/lib/containers/storage/volumes",
    };
    let mut out = Data { binds: BTreeSet::new(), volumes: BTreeSet::new() };
    for mount in stack.containers.values().flat_map(|c| &c.mounts) {
        let Some(source) = mount.source.as_ref().filter(|s| !s.contains(crate::nix::REFERENCE.0) && !s.contains(['"', '\n', '\\', '$']))
        else {
            continue;
        };
        match mount.kind.as_str() {
            "bind"
                if !mount.read_only
                    && !crate::model::known::is_system_path(source)
                    && !map::looks_like_file(source)
                    && !crate::model::known::is_engine_socket(source) =>
            {
                out.binds.insert(source.clone());
            }
            "volume" => {
                out.volumes.insert(format!("{root}/{source}/_data"));
            }
            _ => {}
        }
    }
    out
}

/// The interfaces of podman's networks, as each of the two kinds of firewall has a name for all of them; true for nftables.
const INTERFACES: [(&str, bool); 2] = [("podman+", false), ("podman*", true)];
const TCP: &str = "allowedTCPPorts";
const UDP: &str = "allowedUDPPorts";

/// The option of the firewall for an interface.
fn of_interface(name: &str) -> String {
    format!("interfaces.{name}.{UDP}")
}

/// The ports that containers in the host's network say they have, by option; and the containers that say none.
fn of_host(stack: &Stack) -> (BTreeMap<&'static str, BTreeSet<i64>>, Vec<&str>) {
    let mut open: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    let mut silent = Vec::new();
    for (name, container) in stack.containers.iter().filter(|(_, c)| c.network == Network::Mode("host".to_owned())) {
        let exposed = container.flags.get("expose").into_iter().flatten();
        let mut any = false;
        for port in exposed.map(String::as_str).chain(container.ports.iter().map(|p| p.target.as_str())) {
            let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
            if let Ok(number) = number.parse() {
                any = true;
                open.entry(if protocol == "udp" { UDP } else { TCP }).or_default().insert(number);
            }
        }
        if !any {
            silent.push(name.as_str());
        }
    }
    (open, silent)
}

/// What the host's firewall has to let through.
pub(super) fn let_through(stack: &Stack, options: &Options) -> BTreeMap<String, BTreeSet<i64>> {
    let mut out = BTreeMap::new();
    if options.firewall == Firewall::None {
        return out;
    }
    let custom = |c: &Container| matches!(&c.network, Network::Networks(networks) if !networks.is_empty());
    if options.backend == Backend::Podman && stack.containers.values().any(custom) {
        out.extend(INTERFACES.map(|(name, _)| (of_interface(name), BTreeSet::from([53]))));
    }
    if options.firewall == Firewall::Open {
        out.extend(of_host(stack).0.into_iter().map(|(option, ports)| (option.to_owned(), ports)));
    }
    out
}

fn firewall(stack: &Stack, options: &Options, out: &mut Vec<Binding>) {
    if options.firewall == Firewall::None {
        return;
    }
    let list = |ports: &BTreeSet<i64>| Expr::list(ports.iter().map(|p| Expr::Int(*p)).collect::<Vec<_>>());
    let all = ["networking", "firewall"];
    let mut first = true;
    for (name, nftables) in INTERFACES {
        let Some(ports) = stack.firewall.get(&of_interface(name)) else { continue };
        let enabled = Expr::name("config.networking.nftables.enable");
        let condition = if nftables { enabled } else { Expr::Not(Box::new(enabled)) };
        let ports = Expr::Attrs(vec![Binding::new(UDP, list(ports))]);
        let value = Expr::Apply(Box::new(Expr::name("lib.mkIf")), vec![condition, ports]);
        let mut binding = Binding::at(all.into_iter().chain(["interfaces", name]), value);
        if first {
            binding.apart = true;
            binding.above.push("Containers find each other by name only if they can ask podman's name server.".to_owned());
            first = false;
        }
        out.push(binding);
    }
    let (open, silent) = of_host(stack);
    for (option, ports) in &open {
        if stack.firewall.contains_key(*option) {
            out.push(Binding::at(all.into_iter().chain([*option]), list(ports)).apart());
        } else {
            let ports: Vec<String> = ports.iter().map(i64::to_string).collect();
            let line = format!("In the host's network, so closed by its firewall: networking.firewall.{option} = [ {} ];", ports.join(" "));
            out.push(Binding::comment(vec![line]).apart());
        }
    }
    if !silent.is_empty() {
        let line = format!("In the host's network, and no file says with which ports, which the firewall may close: {}", silent.join(", "));
        out.push(Binding::comment(vec![line]).apart());
    }
}
