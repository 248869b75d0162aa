//! What a Docker engine is asked for, in one form for what it takes as the same. Every step says why it is the same.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // each test file uses a part

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Text of users: every entry means something, an empty one too.
const OF_USERS: &[&str] =
    &["Annotations", "AuxiliaryAddresses", "Config", "DriverOpts", "Env", "Labels", "Options", "StorageOpt", "Sysctls"];

/// Pointers in the engine: `false`, `0` and an empty list are not the same as nothing. An empty entrypoint clears that of the image.
const POINTERS: &[&str] = &["EnableIPv4", "EnableIPv6", "Entrypoint", "Init", "MemorySwappiness", "StopTimeout"];

/// The request for a container, everything on one level.
pub fn container(name: &str, body: &Value) -> Map<String, Value> {
    let mut out = body.as_object().cloned().unwrap_or_default();
    let host = out.remove("HostConfig");
    out.extend(host.as_ref().and_then(Value::as_object).cloned().unwrap_or_default());
    let networks = out.remove("NetworkingConfig").and_then(|mut n| Some(n.get_mut("EndpointsConfig")?.take()));

    // The business of systemd now.
    for key in ["RestartPolicy", "AutoRemove"] {
        out.remove(key);
    }
    // What the creating client wants to hear. The container runs the same; `StdinOnce` is what tells the engine to close the input.
    for key in ["AttachStdin", "AttachStdout", "AttachStderr"] {
        out.remove(key);
    }
    if let Some(labels) = out.get_mut("Labels").and_then(Value::as_object_mut) {
        labels.retain(|key, _| !key.starts_with("com.docker.compose."));
    }
    // Only an engine for Windows reads them.
    for key in ["CpuCount", "CpuPercent"] {
        out.remove(key);
    }
    process(&mut out);
    // The engine reads -1 as no limit, and as the kernel's own, and so it does what is not there.
    for key in ["PidsLimit", "MemorySwappiness"] {
        if out.get(key) == Some(&json!(-1)) {
            out.remove(key);
        }
    }
    // Of two values of one variable the last one counts, and their order is of no meaning. `false` is a variable that the image's is taken from.
    if let Some(Value::Array(variables)) = out.get("Env") {
        let split = |text: &str| match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), json!(value)),
            None => (text.to_owned(), json!(false)),
        };
        let by_name: Map<String, Value> = variables.iter().filter_map(Value::as_str).map(split).collect();
        out.insert("Env".into(), Value::Object(by_name));
    }
    // The client refuses an empty domain and has the dot for it: the engine writes no domain to search for either.
    for domain in out.get_mut("DnsSearch").and_then(Value::as_array_mut).into_iter().flatten().filter(|domain| **domain == "") {
        *domain = json!(".");
    }
    // Compose takes them from a map: their order is that of chance.
    let hosts = sorted_texts(out.get("ExtraHosts"), str::to_owned);
    out.insert("ExtraHosts".into(), hosts);
    // The engine adds the prefix, and asks whether a capability is in the list.
    for key in ["CapAdd", "CapDrop"] {
        let full = |word: &str| match word.to_ascii_uppercase() {
            all if all == "ALL" || all.starts_with("CAP_") => all,
            short => format!("CAP_{short}"),
        };
        let sorted = sorted_texts(out.get(key), full);
        out.insert(key.into(), sorted);
    }
    // The engine drops first and adds then; only what is dropped from all of them stays dropped.
    let added = out.get("CapAdd").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(dropped) = out.get_mut("CapDrop").and_then(Value::as_array_mut)
        && !added.contains(&json!("ALL"))
    {
        dropped.retain(|capability| !added.contains(capability));
    }
    // One limit for each name, from a map.
    if let Some(Value::Array(limits)) = out.get_mut("Ulimits") {
        limits.sort_by_key(|limit| limit.get("Name").map(Value::to_string));
    }
    for request in out.get_mut("DeviceRequests").and_then(Value::as_array_mut).into_iter().flatten() {
        devices(request);
    }
    let ports = exposed(out.get("ExposedPorts"));
    out.insert("ExposedPorts".into(), ports);
    let mounts = mounts(&mut out);
    out.insert("Mounts".into(), mounts);
    network(name, networks.as_ref(), &mut out);
    pruned(out)
}

/// The request for a network or a volume.
pub fn resource(body: &Value) -> Map<String, Value> {
    let mut out = body.as_object().cloned().unwrap_or_default();
    // Compose finds its own by the project and the key; the others are its notes.
    if let Some(labels) = out.get_mut("Labels").and_then(Value::as_object_mut) {
        labels.retain(|key, _| !matches!(key.as_str(), "com.docker.compose.version" | "com.docker.compose.config-hash"));
    }
    // What the engine takes if no driver is named.
    for key in ["Driver", "Scope"] {
        if out.get(key).and_then(Value::as_str).is_some_and(|v| ["bridge", "local", "default"].contains(&v)) {
            out.remove(key);
        }
    }
    // The engine chooses a subnet if there is none, and for every range of which nothing is said.
    if let Some(ranges) = out.get_mut("IPAM").and_then(|ipam| ipam.get_mut("Config")?.as_array_mut()) {
        ranges.retain(|range| range.as_object().is_some_and(|range| !range.is_empty()));
        // Docker's client takes them from a map: their order is that of chance.
        ranges.sort_by_key(|range| range.get("Subnet").map(Value::to_string));
    }
    if let Some(ipam) = out.get_mut("IPAM").and_then(Value::as_object_mut)
        && ipam.get("Driver").and_then(Value::as_str) == Some("default")
    {
        ipam.remove("Driver");
    }
    pruned(out)
}

/// Without what is as good as not there: the engine's types are values of Go, in which nothing is the same as zero.
fn pruned(map: Map<String, Value>) -> Map<String, Value> {
    fn value(key: &str, value: Value) -> Option<Value> {
        match value {
            Value::Null => None,
            value if POINTERS.contains(&key) => Some(value),
            Value::Bool(false) => None,
            Value::Number(number) if number.as_f64() == Some(0.0) => None,
            Value::String(text) if text.is_empty() => None,
            Value::Object(map) => {
                let map = if OF_USERS.contains(&key) { map } else { pruned(map) };
                (!map.is_empty()).then_some(Value::Object(map))
            }
            Value::Array(items) => {
                let whole = |item| match item {
                    Value::Object(map) => Value::Object(pruned(map)),
                    other => other,
                };
                let items: Vec<Value> = items.into_iter().map(whole).collect();
                // The size of a terminal that is not there.
                let nothing = items.is_empty() || key == "ConsoleSize" && items == [0, 0];
                (!nothing).then_some(Value::Array(items))
            }
            other => Some(other),
        }
    }
    map.into_iter().filter_map(|(key, old)| Some((key.clone(), value(&key, old)?))).collect()
}

fn keys(map: Option<&Value>) -> Vec<Value> {
    let mut keys: Vec<&String> = map.and_then(Value::as_object).into_iter().flat_map(Map::keys).collect();
    keys.sort();
    keys.into_iter().map(|key| json!(key)).collect()
}

fn sorted_texts(list: Option<&Value>, change: impl Fn(&str) -> String) -> Value {
    let mut out: Vec<String> = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(change).collect();
    out.sort();
    out.dedup();
    json!(out)
}

/// What is run. Of an entrypoint that is there the engine appends the command to it, and takes nothing from the image.
fn process(out: &mut Map<String, Value>) {
    let words = |key: &str| out.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let (mut entrypoint, command) = (words("Entrypoint"), words("Cmd"));
    if entrypoint == [""] && !command.is_empty() {
        // A list without words, and one with an empty one: neither lets the image's be, and both are nothing to run. Without a command
        // they differ: only for the former the engine takes that of the image.
        out.insert("Entrypoint".into(), json!([]));
    } else if !entrypoint.is_empty() && entrypoint != [""] {
        entrypoint.extend(command);
        out.insert("Entrypoint".into(), json!(entrypoint));
        out.remove("Cmd");
    }
}

/// What is asked of drivers of devices.
fn devices(request: &mut Value) {
    let cdi = request.get("Driver").and_then(Value::as_str) == Some("cdi");
    let Some(Value::Array(capabilities)) = request.get_mut("Capabilities") else { return };
    if cdi {
        // The engine does not look at them for devices that have names.
        capabilities.clear();
    }
    for all in capabilities {
        // All of them have to be there: a set.
        *all = sorted_texts(Some(all), str::to_owned);
    }
}

/// Ports that are exposed. A port without a protocol is one of TCP, and a range is its ports: nothing is published of them.
fn exposed(ports: Option<&Value>) -> Value {
    let mut all = Vec::new();
    for text in ports.and_then(Value::as_object).into_iter().flat_map(Map::keys) {
        let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        match (first.parse::<u16>(), last.parse::<u16>()) {
            (Ok(first), Ok(last)) => all.extend((first..=last).map(|port| format!("{port}/{protocol}"))),
            _ => all.push(text.clone()),
        }
    }
    all.sort();
    all.dedup();
    json!(all)
}

/// Where the container is connected.
fn network(name: &str, endpoints: Option<&Value>, out: &mut Map<String, Value>) {
    // The engine's default, on Linux.
    let real = |name: &str| if name == "default" { "bridge".to_owned() } else { name.to_owned() };
    let mode = real(out.get("NetworkMode").and_then(Value::as_str).unwrap_or_default());
    // The first one is the mode; to the others the engine connects by name.
    let mut all = Map::new();
    for (network, endpoint) in endpoints.and_then(Value::as_object).into_iter().flatten() {
        let mut endpoint = endpoint.as_object().cloned().unwrap_or_default();
        // A container is found by its own name anyway; the others are a set.
        let mut aliases = sorted_texts(endpoint.get("Aliases"), str::to_owned);
        if let Some(aliases) = aliases.as_array_mut() {
            aliases.retain(|alias| alias != name);
        }
        endpoint.insert("Aliases".into(), aliases);
        // What the engine answers with. It reads the addresses that are wanted in `IPAMConfig`.
        for key in ["IPAddress", "IPv6Gateway", "GlobalIPv6Address"] {
            endpoint.remove(key);
        }
        // A network is one even if nothing is wanted of it.
        all.insert(real(network), json!([pruned(endpoint)]));
    }
    if matches!(mode.as_str(), "host" | "none") || mode.starts_with("container:") {
        // There are no names and addresses in these.
        all.remove(&mode);
    } else {
        // The engine connects the container to the network of its mode, whether that is said again or not.
        all.entry(mode.clone()).or_insert_with(|| json!([{}]));
    }
    out.insert("Networks".into(), Value::Object(all));
    out.insert("NetworkMode".into(), json!(mode));
}

/// Everything that is mounted. `Binds` and `Mounts` of a bind or a volume, and an anonymous volume in `Mounts` and in `Volumes`, become the same
/// mount points in the engine, which sorts them by their path.
fn mounts(out: &mut Map<String, Value>) -> Value {
    let mut all: Vec<Map<String, Value>> = Vec::new();
    for bind in out.remove("Binds").as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let parts: Vec<&str> = bind.splitn(3, ':').collect();
        let (source, target) = (parts.first().copied().unwrap_or_default(), parts.get(1).copied().unwrap_or_default());
        let mut mount = mount(if source.starts_with('/') { "bind" } else { "volume" }, source, target);
        // `Binds` makes the directory if there is none.
        mount.insert("CreateMountpoint".into(), json!(source.starts_with('/')));
        for word in parts.get(2).unwrap_or(&"").split(',') {
            match word {
                "ro" => drop(mount.insert("ReadOnly".into(), json!(true))),
                "nocopy" => drop(mount.insert("NoCopy".into(), json!(true))),
                "z" | "Z" => drop(mount.insert("SELinux".into(), json!(word))),
                // The default; and the engine of Linux takes the others and does nothing with them.
                "" | "rw" | "cached" | "delegated" | "consistent" => {}
                propagation => drop(mount.insert("Propagation".into(), json!(propagation))),
            }
        }
        all.push(mount);
    }
    for given in out.remove("Mounts").as_ref().and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| given.get(key).and_then(Value::as_str).unwrap_or_default();
        let mut mount = mount(text("Type"), text("Source"), text("Target"));
        for (key, value) in given.as_object().into_iter().flatten() {
            match key.as_str() {
                "Type" | "Source" | "Target" | "Consistency" => {}
                "BindOptions" | "VolumeOptions" | "TmpfsOptions" | "ImageOptions" => {
                    mount.extend(value.as_object().cloned().unwrap_or_default());
                }
                _ => drop(mount.insert(key.clone(), value.clone())),
            }
        }
        all.push(mount);
    }
    // The engine reads both lists of file systems in memory in one go.
    for (target, options) in out.remove("Tmpfs").as_ref().and_then(Value::as_object).into_iter().flatten() {
        let mut mount = mount("tmpfs", "", target);
        mount.insert("Data".into(), options.clone());
        all.push(mount);
    }
    for target in keys(out.remove("Volumes").as_ref()) {
        all.push(mount("volume", "", target.as_str().unwrap_or_default()));
    }
    for mount in &mut all {
        // What the engine takes if nothing is said.
        if mount.get("Propagation").and_then(Value::as_str) == Some("rprivate") {
            mount.remove("Propagation");
        }
    }
    let mut by_target: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for mount in all {
        let target = mount.get("Target").and_then(Value::as_str).unwrap_or_default().to_owned();
        by_target.entry(target).or_default().push(Value::Object(pruned(mount)));
    }
    json!(by_target)
}

fn mount(kind: &str, source: &str, target: &str) -> Map<String, Value> {
    // The engine cleans both paths.
    let clean = |path: &str| if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path.to_owned() };
    let mut out = Map::new();
    out.insert("Type".into(), json!(kind));
    out.insert("Source".into(), json!(clean(source)));
    out.insert("Target".into(), json!(clean(target)));
    out
}

/// A place in which two requests differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The keys and numbers that lead there: `Healthcheck`, `Test`, `0`. Nothing: the whole.
    pub path: Vec<String>,
    pub theirs: Value,
    pub ours: Value,
}

impl Difference {
    /// A part of the path.
    pub fn part(&self, number: usize) -> &str {
        self.path.get(number).map_or("", String::as_str)
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} became {}", self.path.join(" "), self.theirs, self.ours)
    }
}

/// Where two requests differ.
pub fn differences(theirs: &Map<String, Value>, ours: &Map<String, Value>) -> Vec<Difference> {
    let mut out = Vec::new();
    walk(&mut Vec::new(), &Value::Object(theirs.clone()), &Value::Object(ours.clone()), &mut out);
    out
}

fn walk(path: &mut Vec<String>, theirs: &Value, ours: &Value, out: &mut Vec<Difference>) {
    if theirs == ours {
        return;
    }
    // Nothing is an object without entries.
    let none = Map::new();
    let object = |value| if let &Value::Null = value { Some(&none) } else { value.as_object() };
    if let (Some(a), Some(b)) = (object(theirs), object(ours)) {
        let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for name in names {
            path.push(name.clone());
            walk(path, a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null), out);
            path.pop();
        }
        return;
    }
    match (theirs, ours) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (number, (a, b)) in a.iter().zip(b).enumerate() {
                path.push(number.to_string());
                walk(path, a, b, out);
                path.pop();
            }
        }
        (a, b) => out.push(Difference { path: path.clone(), theirs: a.clone(), ours: b.clone() }),
    }
}
