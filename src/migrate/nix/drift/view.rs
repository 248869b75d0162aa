//! The normal form as Compose would print it, so that two of them are compared in the words of Compose; and a section `systemd` for the rest.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map as Object, Value as Json, json};

use super::flags;
use super::names::{Kind, Names, profile};
use crate::migrate::nix::normal::{Attachment, Command, Container, HealthTest, Mount, Network, Publish, Stack, Unit};
use crate::nix::{Value, split_reference};
use crate::shell::shell_word;

type Map = Object<String, Json>;

/// Options of a mount and where Compose has them.
const OF_MOUNT: [(&str, &str, &str); 8] = [
    ("bind-propagation", "bind", "propagation"),
    ("bind-recursive", "bind", "recursive"),
    ("create", "bind", "create_host_path"),
    ("image-subpath", "image", "subpath"),
    ("selinux", "bind", "selinux"),
    ("tmpfs-mode", "tmpfs", "mode"),
    ("tmpfs-size", "tmpfs", "size"),
    ("volume-subpath", "volume", "subpath"),
];

/// Settings of a unit that say when it is started again.
pub(super) const RESTART: [&str; 6] =
    ["Restart", "RestartSec", "RestartSteps", "RestartMaxDelaySec", "StartLimitIntervalSec", "StartLimitBurst"];

/// All of it.
pub(super) fn of(stack: &Stack, names: &Names) -> Json {
    let mut services = Map::new();
    let mut systemd = Map::new();
    let mut networks: BTreeMap<String, Map> = BTreeMap::new();
    let mut volumes: BTreeMap<String, Map> = BTreeMap::new();
    let used = |all: &mut BTreeMap<String, Map>, kind: Kind, real: &str| {
        all.entry(names.key(kind, real)).or_default().insert("name".into(), json!(real));
    };
    for (name, container) in &stack.containers {
        if let Network::Networks(attachments) = &container.network {
            for attachment in attachments {
                used(&mut networks, Kind::Network, &attachment.name);
            }
        }
        for real in container.mounts.iter().filter(|m| m.kind == "volume").filter_map(|m| m.source.as_deref()) {
            used(&mut volumes, Kind::Volume, real);
        }
        let mut service = service(container, names);
        if let Some(unit) = stack.units.get(&names.unit(name)) {
            of_unit(name, unit, &mut service);
        }
        depends_on(container, stack.units.get(&names.unit(name)), stack, names, &mut service);
        services.insert(names.service(name), Json::Object(service));
    }
    let mut units = Map::new();
    for (name, unit) in &stack.units {
        let container = stack.containers.keys().any(|c| names.unit(c) == *name);
        let mut raw = raw(unit, container);
        if let Some((kind, real, words)) = names.made(unit) {
            let all = if kind == Kind::Network { &mut networks } else { &mut volumes };
            used(all, kind, &real);
            if let Some(entry) = all.get_mut(&names.key(kind, &real)) {
                created(&words, entry);
            }
            raw.shift_remove("script");
        }
        if !container || !raw.is_empty() {
            units.insert(name.clone(), Json::Object(raw));
        }
    }
    systemd.insert("services".into(), Json::Object(units));
    let targets = stack.targets.iter().map(|(name, wanted_by)| (name.clone(), json!({ "wantedBy": wanted_by })));
    systemd.insert("targets".into(), Json::Object(targets.collect()));
    let timers = stack.timers.iter().map(|(name, when)| (name.clone(), json!({ "OnCalendar": when })));
    systemd.insert("timers".into(), Json::Object(timers.collect()));
    if !stack.tmpfiles.is_empty() {
        systemd.insert("tmpfiles".into(), json!({ "rules": stack.tmpfiles }));
    }
    let section = |all: BTreeMap<String, Map>| Json::Object(all.into_iter().map(|(key, entry)| (key, Json::Object(entry))).collect());
    let mut view = json!({ "services": services, "networks": section(networks), "volumes": section(volumes), "systemd": systemd });
    texts(&mut view, &|text| readable(text));
    view
}

fn service(container: &Container, names: &Names) -> Map {
    let Container {
        image,
        image_stream,
        entrypoint,
        args,
        environment,
        environment_files,
        labels,
        annotations,
        ports,
        user,
        working_dir,
        hostname,
        mounts,
        network,
        capabilities: (cap_add, cap_drop),
        devices,
        privileged,
        pull,
        log_driver,
        log_options,
        health,
        auto_start,
        auto_remove,
        sdnotify,
        depends_on: _, // with its unit
        flags,
    } = container;
    let mut out = Map::new();
    let mut put = |key: &str, there: bool, value: Json| {
        if there {
            out.insert(key.to_owned(), value);
        }
    };
    put("image", true, json!(image));
    put("imageStream", *image_stream, json!(true));
    put("entrypoint", entrypoint.is_some(), json!(entrypoint));
    put("command", !args.is_empty(), json!(args));
    put("environment", !environment.is_empty(), json!(environment));
    put("env_file", !environment_files.is_empty(), json!(environment_files));
    put("labels", !labels.is_empty(), json!(labels));
    put("annotations", !annotations.is_empty(), json!(annotations));
    put("ports", !ports.is_empty(), ports.iter().map(port).collect());
    put("user", user.is_some(), json!(user));
    put("working_dir", working_dir.is_some(), json!(working_dir));
    put("hostname", hostname.is_some(), json!(hostname));
    put("volumes", !mounts.is_empty(), mounts.iter().map(|m| mount(m, names)).collect());
    match network {
        Network::Mode(mode) => put("network_mode", true, json!(mode)),
        Network::Networks(all) => {
            let entries = all.iter().map(|a| (names.key(Kind::Network, &a.name), attachment(a)));
            put("networks", !all.is_empty(), Json::Object(entries.collect()));
        }
    }
    put("cap_add", !cap_add.is_empty(), json!(cap_add));
    put("cap_drop", !cap_drop.is_empty(), json!(cap_drop));
    put("devices", !devices.is_empty(), devices.iter().map(|d| device(d)).collect());
    put("privileged", *privileged, json!(true));
    put("pull_policy", pull.is_some(), json!(pull));
    let mut logging = Map::new();
    logging.extend(log_driver.iter().map(|driver| ("driver".to_owned(), json!(driver))));
    if !log_options.is_empty() {
        logging.insert("options".into(), json!(log_options));
    }
    put("logging", !logging.is_empty(), Json::Object(logging));
    if let Some(health) = health {
        let mut check: Map = health.options.iter().map(|(name, value)| (name.replace('-', "_"), json!(value))).collect();
        match &health.test {
            None => {}
            Some(HealthTest::None) => drop(check.insert("test".into(), json!(["NONE"]))),
            Some(HealthTest::Shell(text)) => drop(check.insert("test".into(), json!(["CMD-SHELL", text]))),
            Some(HealthTest::Exec(words)) => {
                let words = std::iter::once("CMD").chain(words.iter().map(String::as_str));
                check.insert("test".into(), words.collect());
            }
        }
        put("healthcheck", true, Json::Object(check));
    }
    put("autoStart", !auto_start, json!(false));
    put("autoRemoveOnStop", !auto_remove, json!(false));
    put("sdnotify", sdnotify.is_some(), json!(sdnotify));
    for (flag, values) in flags {
        flags::of(flag, values, &mut out);
    }
    out
}

fn port(port: &Publish) -> Json {
    let Publish { host_ip, published, target, protocol } = port;
    let target = target.parse::<u16>().map_or_else(|_| json!(target), |n| json!(n));
    let mut out = Map::new();
    out.insert("target".into(), target);
    out.insert("protocol".into(), json!(protocol));
    out.extend(published.iter().map(|p| ("published".to_owned(), json!(p))));
    out.extend(host_ip.iter().map(|ip| ("host_ip".to_owned(), json!(ip))));
    Json::Object(out)
}

fn mount(mount: &Mount, names: &Names) -> Json {
    let Mount { kind, source, target, read_only, options } = mount;
    let mut out = Map::new();
    out.insert("type".into(), json!(kind));
    if let Some(source) = source {
        let source = if kind == "volume" { names.key(Kind::Volume, source) } else { source.clone() };
        out.insert("source".into(), json!(source));
    }
    out.insert("target".into(), json!(target));
    if *read_only {
        out.insert("read_only".into(), json!(true));
    }
    for (name, value) in options {
        let known = OF_MOUNT.iter().find(|(option, ..)| option == name);
        let (outer, inner) = known.map_or((kind.as_str(), name.as_str()), |(_, outer, inner)| (outer, inner));
        if let Some(entry) = out.entry(outer.to_owned()).or_insert_with(|| json!({})).as_object_mut() {
            entry.insert(inner.to_owned(), json!(value));
        }
    }
    Json::Object(out)
}

fn attachment(attachment: &Attachment) -> Json {
    let Attachment { name: _, aliases, options, link_local, driver_opts } = attachment;
    let mut out = Map::new();
    if !aliases.is_empty() {
        out.insert("aliases".into(), json!(aliases));
    }
    for (name, value) in options {
        let key = match name.as_str() {
            "ip" => "ipv4_address",
            "ip6" => "ipv6_address",
            "mac-address" => "mac_address",
            "gw-priority" => "gw_priority",
            other => other,
        };
        out.insert(key.to_owned(), json!(value));
    }
    if !link_local.is_empty() {
        out.insert("link_local_ips".into(), json!(link_local));
    }
    if !driver_opts.is_empty() {
        out.insert("driver_opts".into(), json!(driver_opts));
    }
    Json::Object(out)
}

/// `/dev/a:/dev/b:rw`, or the name of a CDI device.
fn device(text: &str) -> Json {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [source, target, permissions] => json!({ "source": source, "target": target, "permissions": permissions }),
        [source, target] => json!({ "source": source, "target": target }),
        _ => json!({ "source": text, "target": text }),
    }
}

/// What the unit of a container says that Compose has a key for.
fn of_unit(name: &str, unit: &Unit, out: &mut Map) {
    let setting = |key: &str| unit.service.get(key).or_else(|| unit.unit.get(key)).map(String::as_str);
    let burst = setting("StartLimitBurst").and_then(|n| n.parse::<i64>().ok());
    let backed_off =
        setting("RestartSec") == Some("100ms") && setting("RestartSteps") == Some("9") && setting("RestartMaxDelaySec") == Some("1min");
    let all: Vec<&str> = RESTART.iter().filter_map(|key| setting(key)).collect();
    let restart = match (setting("Restart"), setting("StartLimitIntervalSec"), burst) {
        (Some("no"), None, None) if all.len() == 1 => Some("no".to_owned()),
        (Some(how), Some("0"), None) if backed_off && all.len() == 5 => Some(how.to_owned()),
        (Some(how), Some("infinity"), Some(burst)) if backed_off && all.len() == 6 => Some(format!("{how}:{}", burst.saturating_sub(1))),
        (None, ..) if all.is_empty() => None,
        _ => Some(RESTART.iter().filter_map(|key| Some(format!("{key}={}", setting(key)?))).collect::<Vec<_>>().join(" ")),
    };
    out.extend(restart.map(|restart| ("restart".to_owned(), json!(restart))));
    let profiles: Vec<&str> = unit.wanted_by.iter().filter_map(|target| profile(target)).collect();
    if !profiles.is_empty() {
        out.insert("profiles".into(), json!(profiles));
    }
    let hooks = |commands: &[Command]| -> Vec<String> {
        let waits = |command: &&Command| !matches!(command, Command::Started(own) if own == name);
        commands.iter().filter(waits).map(text).collect()
    };
    for (key, commands) in [("post_start", hooks(&unit.post_start)), ("pre_stop", hooks(&unit.pre_stop))] {
        if !commands.is_empty() {
            out.insert(key.into(), json!(commands));
        }
    }
}

/// What a container needs before it starts: containers by their services, other units by their names.
fn depends_on(container: &Container, unit: Option<&Unit>, stack: &Stack, names: &Names, out: &mut Map) {
    let mut all: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for name in &container.depends_on {
        all.entry(names.service(name)).or_default().insert("started");
    }
    if let Some(unit) = unit {
        for (word, units) in [("after", &unit.after), ("requires", &unit.requires), ("wants", &unit.wants)] {
            for unit in units {
                all.entry(names.needed(unit, stack)).or_default().insert(word);
            }
        }
        for command in &unit.pre_start {
            if let Command::Healthy(name) = command {
                all.entry(names.service(name)).or_default().insert("healthy");
            }
        }
    }
    if all.is_empty() {
        return;
    }
    let said = |words: BTreeSet<&str>| {
        let healthy = words.contains("healthy") && words.contains("started");
        let alone = words.contains("healthy") && !healthy;
        let said: Vec<&str> = words.into_iter().filter(|w| !(healthy && *w == "started")).collect();
        json!(format!("{}{}", said.join(", "), if alone { ", but not started with it" } else { "" }))
    };
    out.insert("depends_on".into(), Json::Object(all.into_iter().map(|(name, words)| (name, said(words))).collect()));
}

/// A unit as NixOS has it; of a container's what Compose has no key for.
fn raw(unit: &Unit, container: bool) -> Map {
    let Unit {
        description,
        after,
        requires,
        wants,
        part_of,
        wanted_by,
        unit: settings,
        service,
        path,
        pre_start,
        script,
        post_start,
        pre_stop,
    } = unit;
    let mut out = Map::new();
    let mut put = |key: &str, there: bool, value: Json| {
        if there {
            out.insert(key.to_owned(), value);
        }
    };
    put("description", description.is_some(), json!(description));
    for (key, units) in [("after", after), ("requires", requires), ("wants", wants)] {
        put(key, !container && !units.is_empty(), json!(units));
    }
    put("partOf", !part_of.is_empty(), json!(part_of));
    let wanted: Vec<&String> = wanted_by.iter().filter(|target| !(container && target.contains("-profile-"))).collect();
    put("wantedBy", !wanted.is_empty(), json!(wanted));
    for (key, settings) in [("unitConfig", settings), ("serviceConfig", service)] {
        let left: BTreeMap<_, _> = settings.iter().filter(|(name, _)| !(container && RESTART.contains(&name.as_str()))).collect();
        put(key, !left.is_empty(), json!(left));
    }
    put("path", !path.is_empty(), json!(path));
    let before: Vec<&Command> = pre_start.iter().filter(|c| !(container && matches!(c, Command::Healthy(_)))).collect();
    let joined = |commands: Vec<&Command>| json!(commands.into_iter().map(text).collect::<Vec<_>>().join("\n"));
    put("preStart", !before.is_empty(), joined(before));
    put("script", !script.is_empty(), joined(script.iter().collect()));
    if !container {
        put("postStart", !post_start.is_empty(), joined(post_start.iter().collect()));
        put("preStop", !pre_stop.is_empty(), joined(pre_stop.iter().collect()));
    }
    out
}

fn text(command: &Command) -> String {
    let line = |words: &[String]| words.iter().map(|w| shell_word(w)).collect::<Vec<_>>().join(" ");
    match command {
        Command::Run(words) => line(words),
        Command::Try(words) => format!("{} || true", line(words)),
        Command::Unless(check, words) => format!("{} || {}", line(check), line(words)),
        Command::Healthy(container) => format!("wait until {container} is healthy"),
        Command::Started(container) => format!("wait until {container} runs"),
        Command::IfChanged(_, pull, restart) => format!("{}; if it is another image: {}", line(pull), line(restart)),
    }
}

/// What a network or volume is made with.
fn created(words: &[String], out: &mut Map) {
    for word in words {
        let Some(flag) = word.strip_prefix("--") else { continue };
        let (flag, value) = flag.split_once('=').unwrap_or((flag, "true"));
        let mut named = |section: &str| {
            let (key, value) = value.split_once('=').unwrap_or((value, ""));
            if let Some(entry) = out.entry(section.to_owned()).or_insert_with(|| json!({})).as_object_mut() {
                entry.insert(key.to_owned(), json!(value));
            }
        };
        match flag {
            "label" => named("labels"),
            "opt" => named("driver_opts"),
            "ipam-opt" => named("ipam_options"),
            "subnet" | "gateway" | "ip-range" | "aux-address" => {
                if let Some(ipam) = out.entry("ipam").or_insert_with(|| json!({})).as_object_mut()
                    && let Some(list) = ipam.entry(flag.replace('-', "_")).or_insert_with(|| json!([])).as_array_mut()
                {
                    list.push(json!(value));
                }
            }
            _ => {
                let key = match flag {
                    "ipv4" => "enable_ipv4",
                    "ipv6" => "enable_ipv6",
                    other => other,
                };
                out.insert(key.to_owned(), if matches!(value, "true" | "false") { json!(value == "true") } else { json!(value) });
            }
        }
    }
}

/// What composelint would not have written, as data.
pub(super) fn data(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => json!(b),
        Value::Int(n) => json!(n),
        Value::Float(n) => json!(n),
        Value::Str(text) | Value::Path(text) => json!(readable(text)),
        Value::List(items) => items.iter().map(data).collect(),
        Value::Attrs(attrs) => Json::Object(attrs.iter().map(|(name, value)| (name.clone(), data(value))).collect()),
        Value::Forced(inner) => data(inner),
        Value::Reference(expression) => json!(format!("${{{expression}}}")),
    }
}

/// References as Nix writes them.
fn readable(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inside, after)) = split_reference(rest) {
        out.push_str(before);
        out.push_str("${");
        out.push_str(inside);
        out.push('}');
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Changes every text of a value.
pub(super) fn texts(value: &mut Json, change: &dyn Fn(&str) -> String) {
    match value {
        Json::String(text) => *text = change(text),
        Json::Array(items) => items.iter_mut().for_each(|item| texts(item, change)),
        Json::Object(map) => map.values_mut().for_each(|item| texts(item, change)),
        _ => {}
    }
}
