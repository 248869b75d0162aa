//! What opens a service to others, or its host to the service. Only the widening direction: what gets less open changes behaviour.

use serde_json::Value as Json;

use super::super::side::mounts;
use super::super::text;
use super::{Verdict, behaviour, exposure, is_true, word};
use crate::model::known;

/// Keys with which a container shares something of the host, and what that means.
const NAMESPACES: [(&str, &str); 5] = [
    ("pid", "sees all processes of the host"),
    ("ipc", "sees what programs of the host share in memory"),
    ("uts", "shares the name of the host"),
    ("userns_mode", "shares the users of the host"),
    ("cgroup", "sees the control groups of the host"),
];

/// What the verdict of a key of a service is; `None`: it opens nothing.
pub(super) fn of_service(service: &str, key: &str, rest: &[&str], before: Option<&Json>, after: Option<&Json>) -> Option<Verdict> {
    let added = before.is_none() && after.is_some();
    let removed = before.is_some() && after.is_none();
    match (key, rest) {
        ("ports", [_]) => Some(port(before, after)),
        ("network_mode", []) if word(after) == "host" => {
            Some(exposure(format!("`{service}` is on the network of the host itself: every port that it opens is open there")))
        }
        ("networks", [network]) if added => {
            Some(exposure(format!("`{service}` joins network `{network}`: what is on it reaches the service, and the other way round")))
        }
        ("privileged", []) if is_true(after) => Some(exposure(format!("`{service}` runs with every right on the host"))),
        ("cap_add", [cap]) if added => Some(exposure(format!("`{service}` gets the capability {cap}"))),
        ("cap_drop", [cap]) if removed => {
            Some(exposure(format!("`{service}` has the capability {cap} again, if it is one that containers have")))
        }
        ("devices", [device, ..]) if added => Some(exposure(format!("`{service}` gets the device {device} of the host"))),
        ("devices", [device, "permissions"]) => {
            let more = word(after).chars().any(|c| !word(before).contains(c));
            more.then(|| exposure(format!("`{service}` may do more with the device {device}")))
        }
        ("devices", [device, "source"]) => Some(exposure(format!("`{service}` gets another device of the host as {device}"))),
        ("device_cgroup_rules", [rule]) if added => Some(exposure(format!("`{service}` may use more devices of the host: {rule}"))),
        ("security_opt", [option]) => option_of_security(service, option, added, removed),
        ("user", []) => user(service, word(before), word(after)),
        ("group_add", [group]) if added => Some(exposure(format!("`{service}` gets the rights of the group {group}"))),
        ("read_only", []) if is_true(before) && !is_true(after) => {
            Some(exposure(format!("`{service}` may write to its own file system: whoever gets in can leave something there")))
        }
        ("use_api_socket", []) if is_true(after) => Some(exposure(format!("`{service}` can command the container engine"))),
        ("build", ["privileged"]) if is_true(after) => Some(exposure("the build runs with every right on the host")),
        ("build", ["network"]) if word(after) == "host" => Some(exposure("the build is on the network of the host itself")),
        ("build", ["entitlements", what]) if added => Some(exposure(format!("the build is given {what}"))),
        ("post_start" | "pre_start" | "pre_stop", [_, "privileged"]) if is_true(after) => {
            Some(exposure(format!("a hook of `{service}` runs with every right on the host")))
        }
        ("post_start" | "pre_start" | "pre_stop", [_])
            if is_true(after.and_then(|h| h.get("privileged"))) && !is_true(before.and_then(|h| h.get("privileged"))) =>
        {
            Some(exposure(format!("a hook of `{service}` runs with every right on the host")))
        }
        ("build", []) if added && opens_build(after) => Some(exposure("the build is given rights on the host")),
        (key, []) if word(after) == "host" => {
            let (_, what) = NAMESPACES.iter().find(|(k, _)| *k == key)?;
            Some(exposure(format!("`{service}` {what}")))
        }
        _ => None,
    }
}

fn opens_build(build: Option<&Json>) -> bool {
    let key = |key: &str| build.and_then(|b| b.get(key));
    is_true(key("privileged")) || word(key("network")) == "host" || key("entitlements").is_some()
}

/// How far an address of the host is reached from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Nobody,
    Host,
    Address,
    All,
}

fn reach(port: Option<&Json>) -> Reach {
    let Some(port) = port else { return Reach::Nobody };
    match word(port.get("host_ip")) {
        "" | "0.0.0.0" | "::" => Reach::All,
        ip if ip.parse::<std::net::IpAddr>().is_ok_and(|a| a.is_loopback()) => Reach::Host,
        _ => Reach::Address,
    }
}

fn who(port: &Json) -> String {
    match reach(Some(port)) {
        Reach::Host | Reach::Nobody => "what runs on the host itself".to_owned(),
        Reach::Address => format!("whoever reaches the address {} of the host", word(port.get("host_ip"))),
        Reach::All => "every machine that reaches the host".to_owned(),
    }
}

/// How many ports of the host an entry takes, at most.
fn width(port: &Json) -> u32 {
    let published = word(port.get("published"));
    let Some((first, last)) = published.split_once('-') else { return 1 };
    match (first.parse::<u32>(), last.parse::<u32>()) {
        (Ok(first), Ok(last)) => last.saturating_sub(first).saturating_add(1),
        _ => 1,
    }
}

fn port(before: Option<&Json>, after: Option<&Json>) -> Verdict {
    let target = |port: &Json| port.get("target").map(ToString::to_string).unwrap_or_default();
    match (before, after) {
        (None, Some(port)) => exposure(format!("{} can connect to port {} of the container", who(port), target(port))),
        (Some(was), Some(is)) => {
            let other_address = reach(after) == Reach::Address && was.get("host_ip") != is.get("host_ip") && reach(before) != Reach::All;
            if reach(after) > reach(before) || other_address {
                return exposure(format!("{} can connect to port {} of the container", who(is), target(is)));
            }
            if was.get("target") != is.get("target") {
                return exposure(format!(
                    "the port of the host leads to port {} of the container, which could not be reached before",
                    target(is)
                ));
            }
            if width(is) > width(was) {
                return exposure("more ports of the host are taken");
            }
            if was.get("published") != is.get("published") {
                return behaviour(format!("what connects to {} has to use the other port", text::port(was)));
            }
            if reach(after) < reach(before) {
                return behaviour(format!("only {} can connect from now on", who(is)));
            }
            behaviour("the port is published in another way")
        }
        (Some(was), None) => behaviour(format!("what connects to {} no longer reaches the service", text::port(was))),
        (None, None) => behaviour("the port is published in another way"),
    }
}

fn option_of_security(service: &str, option: &str, added: bool, removed: bool) -> Option<Verdict> {
    let (name, value) = option.split_once(['=', ':']).unwrap_or((option, "true"));
    let (name, value) = (name.trim(), value.trim());
    let loosens = matches!(value, "unconfined" | "disable" | "disabled") || name == "no-new-privileges" && value == "false";
    if loosens == added && added {
        return Some(exposure(format!("`{service}` runs without what {name} keeps it from")));
    }
    (removed && !loosens).then(|| exposure(format!("`{service}` runs without `{option}`, which kept it from something")))
}

fn user(service: &str, before: &str, after: &str) -> Option<Verdict> {
    let is_root = |user: &str| {
        let name = user.split(':').next().unwrap_or_default().trim();
        name == "root" || !name.is_empty() && name.bytes().all(|b| b == b'0')
    };
    if is_root(after) && !is_root(before) {
        return Some(exposure(format!("`{service}` runs as root")));
    }
    if after.is_empty() && !is_root(before) {
        return Some(exposure(format!("`{service}` runs as the user of its image, which often is root")));
    }
    None
}

/// What a mount opens, behind the name of the service; `None`: nothing of the host's own.
pub(super) fn of_mount(mount: &Json) -> Option<String> {
    let source = (word(mount.get("type")) == "bind").then(|| word(mount.get("source")))?;
    if known::is_engine_socket(source) {
        return Some("can command the container engine, and through it the whole host".to_owned());
    }
    known::is_system_path(source).then(|| format!("sees `{source}` of the host"))
}

/// What a new service opens, to be read behind its name.
pub(super) fn of_new_service(body: &Json) -> Vec<String> {
    let mut out = Vec::new();
    let list = |key: &str| body.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let ports: Vec<String> = list("ports").iter().map(text::port).collect();
    if !ports.is_empty() {
        out.push(format!("publishes {}", ports.join(", ")));
    }
    if word(body.get("network_mode")) == "host" {
        out.push("is on the network of the host itself".to_owned());
    }
    if is_true(body.get("privileged")) {
        out.push("runs with every right on the host".to_owned());
    }
    let caps: Vec<&str> = list("cap_add").iter().filter_map(Json::as_str).collect();
    if !caps.is_empty() {
        out.push(format!("has the capabilities {}", caps.join(", ")));
    }
    let devices: Vec<&str> = list("devices").iter().filter_map(|d| d.get("source")?.as_str()).collect();
    if !devices.is_empty() {
        out.push(format!("gets the devices {}", devices.join(", ")));
    }
    out.extend(NAMESPACES.iter().filter(|(key, _)| word(body.get(*key)) == "host").map(|(_, what)| (*what).to_owned()));
    if is_true(body.get("use_api_socket")) {
        out.push("can command the container engine".to_owned());
    }
    out.extend(mounts(body).filter_map(of_mount));
    out
}
