//! Units of systemd as options of NixOS, and read back.

use std::collections::{BTreeMap, BTreeSet};

use super::normal::{Names, Unit};
use super::script::{self, Helper};
use super::{Backend, normal, text};
use crate::nix::{Binding, Expr, Value};

/// What the module of NixOS sets for the unit of a container: another value has to be forced.
const OF_THE_MODULE: [&str; 5] = ["Restart", "TimeoutStartSec", "TimeoutStopSec", "Type", "NotifyAccess"];

/// The options of a unit. `container`: it is that of a container, which the module of NixOS has set up.
pub fn write(unit: &Unit, container: bool, backend: Backend, prefix: Option<&str>, needed: &mut BTreeSet<Helper>) -> Vec<Binding> {
    let Unit {
        description,
        after,
        requires,
        wants,
        part_of,
        wanted_by,
        unit: in_unit,
        service,
        path,
        pre_start,
        script,
        post_start,
        pre_stop,
    } = unit;
    // No unit has more.
    let mut out = Vec::with_capacity(13);
    let mut add = |name: &str, value: Expr| out.push(Binding::new(name, value));
    if let Some(description) = description {
        add("description", Expr::text(description));
    }
    for (name, units) in [("after", after), ("requires", requires), ("wants", wants), ("partOf", part_of), ("wantedBy", wanted_by)] {
        if !units.is_empty() {
            add(name, Expr::texts(units.iter()));
        }
    }
    if !path.is_empty() {
        add("path", Expr::list(path.iter().map(|command| Expr::Name(package(command, backend)))));
    }
    for (name, settings) in [("unitConfig", in_unit), ("serviceConfig", service)] {
        let forced = |key: &str| container && name == "serviceConfig" && OF_THE_MODULE.contains(&key);
        let binding = |(key, text): (&String, &String)| {
            let value = setting(text);
            Binding::new(key, if forced(key) { Expr::call("lib.mkForce", value) } else { value })
        };
        if !settings.is_empty() {
            add(name, Expr::Attrs(settings.iter().map(binding).collect()));
        }
    }
    for (name, commands) in [("preStart", pre_start), ("script", script), ("postStart", post_start), ("preStop", pre_stop)] {
        if !commands.is_empty() {
            let script = script::expression(commands, backend, prefix, needed);
            // The module of NixOS stops the container in the same script.
            add(name, if container && name == "preStop" { Expr::call("lib.mkBefore", script) } else { script });
        }
    }
    out
}

/// What has a command: the engine's own package, or one of nixpkgs.
fn package(command: &str, backend: Backend) -> Vec<String> {
    let parts: &[&str] = if command == backend.command() { &["config", "virtualisation", command, "package"] } else { &["pkgs", command] };
    parts.iter().map(|p| (*p).to_owned()).collect()
}

fn setting(text: &str) -> Expr {
    match text {
        "true" => Expr::Bool(true),
        "false" => Expr::Bool(false),
        _ => match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Expr::Int(number),
            _ => Expr::text(text),
        },
    }
}

/// Something in a configuration that composelint does not write.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// The option.
    pub path: Vec<String>,
    /// Its value.
    pub value: Value,
    /// Why it is not understood, as a sentence without a full stop.
    pub why: String,
}

/// Adds an option to a unit. Errors: it is not one that composelint writes.
fn read(unit: &mut Unit, key: &str, value: &Value, backend: Backend) -> Option<Result<(), String>> {
    match key {
        "description" => unit.description = Some(value.as_text()?),
        "after" => unit.after = texts(value)?,
        "requires" => unit.requires = texts(value)?,
        "wants" => unit.wants = texts(value)?,
        "partOf" => unit.part_of = texts(value)?,
        "wantedBy" => unit.wanted_by = texts(value)?,
        "path" => unit.path = packages(value, backend)?,
        "unitConfig" => unit.unit = settings(value)?,
        "serviceConfig" => unit.service = settings(value)?,
        "preStart" | "script" | "postStart" | "preStop" => {
            let commands = match script::parse(&text(value)?, backend) {
                Ok(commands) => commands,
                Err(why) => return Some(Err(why)),
            };
            match key {
                "preStart" => unit.pre_start = commands,
                "script" => unit.script = commands,
                "postStart" => unit.post_start = commands,
                _ => unit.pre_stop = commands,
            }
        }
        _ => return None,
    }
    Some(Ok(()))
}

fn texts(value: &Value) -> Option<Names> {
    value.as_list()?.iter().map(Value::as_text).collect()
}

fn packages(value: &Value, backend: Backend) -> Option<Names> {
    let command = |value: &Value| match value.plain() {
        Value::Reference(name) if package(backend.command(), backend).iter().map(String::as_str).eq(name.split('.')) => {
            Some(backend.command().to_owned())
        }
        Value::Reference(name) => name.strip_prefix("pkgs.").map(str::to_owned),
        _ => None,
    };
    value.as_list()?.iter().map(command).collect()
}

fn settings(value: &Value) -> Option<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    for (key, value) in value.as_attrs()? {
        let text = match value.plain() {
            Value::Bool(flag) => flag.to_string(),
            Value::Int(number) => number.to_string(),
            value => value.as_text()?,
        };
        out.insert(key.clone(), text);
    }
    Some(out)
}

/// Everything in an evaluated configuration that a [`normal::Stack`] has. Errors: something that composelint does not write.
pub fn stack(config: &Value, backend: Backend) -> Result<normal::Stack, String> {
    let mut others = Vec::new();
    let out = stack_and_others(config, backend, &|name, value, backend, _| super::engine::read(name, value, backend), &mut others);
    match others.into_iter().next() {
        None => Ok(out),
        Some(Other { why, .. }) => Err(why),
    }
}

/// How a container is read; what composelint does not write beside it is added to the others.
pub type ReadContainer<'r> = &'r dyn Fn(&str, &Value, Backend, &mut Vec<Other>) -> Result<normal::Container, String>;

/// The same, with what composelint does not write beside it.
pub fn stack_and_others(config: &Value, backend: Backend, container: ReadContainer, others: &mut Vec<Other>) -> normal::Stack {
    let mut out = normal::Stack::default();
    let entries = |path: &[&str]| config.at(path).and_then(Value::as_attrs).into_iter().flatten();
    let other = |path: &[&str], value: &Value, why: String| {
        let path = path.iter().map(|p| (*p).to_owned()).collect();
        Other { path, value: value.clone(), why }
    };
    for (name, value) in entries(&["virtualisation", "oci-containers", "containers"]) {
        match container(name, value, backend, others) {
            Ok(container) => drop(out.containers.insert(name.clone(), container)),
            Err(why) => others.push(other(&["virtualisation", "oci-containers", "containers", name], value, why)),
        }
    }
    for (name, value) in entries(&["systemd", "services"]) {
        let what = |key: &str| format!("`{key}` of the unit `{name}` is not what composelint writes");
        match value.as_attrs() {
            Some(options) => {
                let mut unit = Unit::default();
                for (key, value) in options {
                    match read(&mut unit, key, value, backend) {
                        Some(Ok(())) => {}
                        Some(Err(why)) => others.push(other(&["systemd", "services", name, key], value, format!("{}: {why}", what(key)))),
                        None => others.push(other(&["systemd", "services", name, key], value, what(key))),
                    }
                }
                out.units.insert(name.clone(), unit);
            }
            None => others.push(other(&["systemd", "services", name], value, format!("the unit `{name}` is not a set"))),
        }
    }
    for (name, value) in entries(&["systemd", "targets"]) {
        match value.get("wantedBy").map_or(Some(Names::default()), texts) {
            Some(wanted_by) => drop(out.targets.insert(name.clone(), wanted_by)),
            None => others.push(other(&["systemd", "targets", name], value, format!("the target `{name}` is not what composelint writes"))),
        }
    }
    for (name, value) in entries(&["systemd", "timers"]) {
        match value.at(&["timerConfig", "OnCalendar"]).and_then(Value::as_text) {
            Some(when) => drop(out.timers.insert(name.clone(), when)),
            None => others.push(other(&["systemd", "timers", name], value, format!("the timer `{name}` is not what composelint writes"))),
        }
    }
    if let Some(rules) = config.at(&["systemd", "tmpfiles", "rules"]) {
        match rules.as_list().and_then(|items| items.iter().map(Value::as_text).collect()) {
            Some(rules) => out.tmpfiles = rules,
            None => {
                others.push(other(&["systemd", "tmpfiles", "rules"], rules, "`systemd.tmpfiles.rules` is not a list of texts".to_owned()));
            }
        }
    }
    if let Some(firewall) = config.at(&["networking", "firewall"]) {
        open(firewall, "", &mut out.firewall);
    }
    out
}

/// The ports that a firewall lets through: of all interfaces, or of one.
fn open(firewall: &Value, within: &str, out: &mut BTreeMap<String, BTreeSet<i64>>) {
    for (name, value) in firewall.as_attrs().into_iter().flatten() {
        match (name.as_str(), value.plain()) {
            ("allowedTCPPorts" | "allowedUDPPorts", Value::List(ports)) => {
                let ports = ports.iter().filter_map(|port| if let Value::Int(port) = port { Some(*port) } else { None });
                out.entry(format!("{within}{name}")).or_default().extend(ports);
            }
            ("interfaces", Value::Attrs(interfaces)) if within.is_empty() => {
                for (name, interface) in interfaces {
                    open(interface, &format!("interfaces.{name}."), out);
                }
            }
            _ => {}
        }
    }
}
