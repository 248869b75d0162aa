//! A Docker engine that runs nothing: it answers well enough for the clients to create containers, networks and volumes, and remembers what
//! it was asked for. Threads and a socket in a directory of its own; nothing of the host's engine is touched.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // each test file uses a part

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// The version of the API that it speaks: that of engine 28.2.
const API: &str = "1.50";

/// The engine. It is gone when this is dropped.
pub struct FakeEngine {
    directory: TempDir,
    state: Arc<Mutex<State>>,
    ended: Arc<AtomicBool>,
}

/// Something that the engine was asked to change.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub method: String,
    /// Without the version: `/containers/create`.
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// `Null` if it is not JSON.
    pub body: Value,
}

/// What the engine has.
#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    /// What is created gets the next number as its id.
    created: u64,
    containers: Vec<Value>,
    networks: Vec<Value>,
    volumes: Vec<Value>,
    /// Questions that it has no answer for.
    unknown: Vec<String>,
}

impl FakeEngine {
    /// An engine without containers, with the networks that every engine has.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // The user may have Compose beside the settings.
        let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".docker"));
        let settings = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from).or(home).unwrap_or_default();
        symlink(settings.join("cli-plugins"), directory.path().join("cli-plugins")).unwrap();
        let listener = UnixListener::bind(directory.path().join("engine.sock")).unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let ended = Arc::new(AtomicBool::new(false));
        let engine = Self { directory, state: Arc::clone(&state), ended: Arc::clone(&ended) };
        engine.forget();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let state = Arc::clone(&state);
                // A client that goes away in the middle of something is its own affair.
                std::thread::spawn(move || stream.and_then(|stream| serve(&stream, &state)));
            }
        });
        engine
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("engine.sock")
    }

    /// A client that finds this engine and no other, and has no settings and variables of the user.
    pub fn client(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("DOCKER_HOST", format!("unix://{}", self.socket().display())).env("DOCKER_CONFIG", self.directory.path());
        command.stdin(Stdio::null());
        command
    }

    /// Forgets everything that was created and asked.
    pub fn forget(&self) {
        let mut state = self.state.lock().unwrap();
        *state = State::default();
        for (name, driver) in [("bridge", "bridge"), ("host", "host"), ("none", "null")] {
            state.network(&json!({ "Name": name, "Driver": driver }));
        }
    }

    /// Makes a network that nobody asked for: one that exists before.
    pub fn has_network(&self, name: &str) {
        let mut state = self.state.lock().unwrap();
        if find(&state.networks, name).is_none() {
            state.network(&json!({ "Name": name, "Driver": "bridge" }));
        }
    }

    /// Makes a volume that nobody asked for.
    pub fn has_volume(&self, name: &str) {
        self.state.lock().unwrap().volume(&json!({ "Name": name }));
    }

    /// Makes a container that nobody asked for.
    pub fn has_container(&self, name: &str) {
        self.state.lock().unwrap().container(name, &json!({ "Image": "other" }));
    }

    /// What it was asked to change, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// What it was asked to create, by name: `containers`, `networks`, `volumes`. The ids of containers in it are their names.
    pub fn created(&self, kind: &str) -> BTreeMap<String, Value> {
        let state = self.state.lock().unwrap();
        let path = format!("/{kind}/create");
        let names: Vec<(&str, &str)> = state.containers.iter().map(|c| (text(c, "Id"), text(c, "Name").trim_start_matches('/'))).collect();
        let asked = state.asked.iter().filter(|a| a.path == path);
        let with_name = |asked: &Asked| {
            let name = asked.query.get("name").map_or_else(|| text(&asked.body, "Name"), String::as_str).to_owned();
            let mut body = asked.body.clone();
            each_text(&mut body, &|text| names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id, name)));
            (name, body)
        };
        asked.map(with_name).collect()
    }

    /// What it was asked and has no answer for: nothing, as long as it knows enough.
    pub fn unknown(&self) -> Vec<String> {
        self.state.lock().unwrap().unknown.clone()
    }
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // It waits for the next client: that is this one.
        drop(UnixStream::connect(self.socket()));
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn each_text(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(map) => map.values_mut().for_each(|value| each_text(value, change)),
        _ => {}
    }
}

// --- HTTP -------------------------------------------------------------------------------------------------------------------------------

/// What the engine answers: the status, and a body.
struct Answer(u16, Vec<u8>);

impl Answer {
    fn json(status: u16, value: &Value) -> Self {
        Self(status, value.to_string().into_bytes())
    }

    fn nothing(status: u16) -> Self {
        Self(status, Vec::new())
    }

    fn missing(what: &str) -> Self {
        Self::json(404, &json!({ "message": format!("No such thing: {what}") }))
    }

    /// What was looked for, if it is there.
    fn found(value: Option<&Value>, what: &str) -> Self {
        value.map_or_else(|| Self::missing(what), |value| Self::json(200, value))
    }
}

/// One client, until it goes.
fn serve(stream: &UnixStream, state: &Mutex<State>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = BTreeMap::new();
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':') {
                headers.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
            }
        }
        let body = body(&mut reader, &headers)?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let asked = Asked {
            path: without_version(&decoded(path)).to_owned(),
            query: query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(k, v)| (decoded(k), decoded(&v.replace('+', " "))))
                .collect(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
            method,
        };
        let Answer(status, body) = state.lock().unwrap().answer(&asked);
        let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let mut out = format!("HTTP/1.1 {status} .\r\nApi-Version: {API}\r\nOstype: linux\r\nServer: Docker/28.2.2 (linux)\r\n{length}");
        if !body.is_empty() {
            out.push_str("Content-Type: application/json\r\n");
        }
        let mut out = (out + "\r\n").into_bytes();
        if asked.method != "HEAD" {
            out.extend(body);
        }
        (&mut &*stream).write_all(&out)?;
        line.clear();
    }
    Ok(())
}

fn body(reader: &mut impl BufRead, headers: &BTreeMap<String, String>) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    if headers.get("transfer-encoding").is_some_and(|v| v == "chunked") {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let length = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
            reader.by_ref().take(length).read_to_end(&mut out)?;
            reader.read_line(&mut line)?;
            if length == 0 {
                return Ok(out);
            }
        }
    }
    let length = headers.get("content-length").and_then(|v| v.parse().ok()).unwrap_or(0);
    reader.take(length).read_to_end(&mut out)?;
    Ok(out)
}

/// Text of an address as it is meant.
fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        out.push(code.unwrap_or(*first));
        rest = if code.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `/v1.50/info` is `/info`.
fn without_version(path: &str) -> &str {
    match path.strip_prefix("/v").and_then(|rest| rest.split_once('/')) {
        Some((version, _)) if version.bytes().all(|b| b.is_ascii_digit() || b == b'.') => path.get(version.len() + 2..).unwrap_or(path),
        _ => path,
    }
}

// --- the API ----------------------------------------------------------------------------------------------------------------------------

impl State {
    fn answer(&mut self, asked: &Asked) -> Answer {
        let reads = matches!(asked.method.as_str(), "GET" | "HEAD");
        if !reads {
            self.asked.push(asked.clone());
        }
        let name = asked.query.get("name").cloned();
        // Images have slashes in their names.
        if let Some(image) = asked.path.strip_prefix("/images/").and_then(|p| p.strip_suffix("/json")) {
            return Answer::json(200, &image_json(image));
        }
        let parts: Vec<&str> = asked.path.split('/').skip(1).collect();
        match (asked.method.as_str(), parts.as_slice()) {
            ("GET" | "HEAD", ["_ping"]) => Answer(200, b"OK".to_vec()),
            ("GET", ["version"]) => {
                Answer::json(200, &json!({ "Version": "28.2.2", "ApiVersion": API, "MinAPIVersion": "1.24", "Os": "linux" }))
            }
            ("GET", ["info"]) => Answer::json(200, &info()),
            ("GET", ["images", "json"]) => Answer::json(200, &json!([])),
            ("POST", ["images", "create"]) => Answer(200, b"{\"status\":\"done\"}\r\n".to_vec()),
            ("GET", ["networks"]) => Answer::json(200, &matching(&self.networks, asked)),
            ("POST", ["networks", "create"]) => {
                let id = self.network(&asked.body);
                Answer::json(201, &json!({ "Id": id, "Warning": "" }))
            }
            ("GET", ["networks", key]) => Answer::found(find(&self.networks, key), key),
            ("GET", ["volumes"]) => Answer::json(200, &json!({ "Volumes": matching(&self.volumes, asked), "Warnings": [] })),
            ("POST", ["volumes", "create"]) => Answer::json(201, &self.volume(&asked.body)),
            ("GET", ["volumes", key]) => Answer::found(find(&self.volumes, key), key),
            ("GET", ["containers", "json"]) => Answer::json(200, &listed(&matching(&self.containers, asked))),
            ("POST", ["containers", "create"]) if is_for_windows(&asked.body) => {
                Answer::json(400, &json!({ "message": "invalid mount config: the mount path must be absolute" }))
            }
            ("POST", ["containers", "create"]) => {
                let name = name.unwrap_or_else(|| format!("unnamed-{}", self.created));
                let id = self.container(&name, &asked.body);
                Answer::json(201, &json!({ "Id": id, "Warnings": [] }))
            }
            ("GET", ["containers", key, "json"]) => Answer::found(find(&self.containers, key), key),
            // Nothing happens; what is copied into a container, and where it is connected later, is remembered.
            ("GET", ["events"]) | ("PUT", ["containers", _, "archive"]) | ("POST", ["networks", _, "connect" | "disconnect"]) => {
                Answer::nothing(200)
            }
            ("POST", ["containers", _, "rename"]) | ("DELETE", ["containers" | "networks" | "volumes", _]) => Answer::nothing(204),
            _ => {
                self.unknown.push(format!("{} {}", asked.method, asked.path));
                Answer::missing(&asked.path)
            }
        }
    }

    /// An id of 64 digits, as the engine gives.
    fn id(&mut self) -> String {
        self.created += 1;
        format!("{:0>64x}", (u128::from(self.created) << 96) | 0xfa4e)
    }

    fn network(&mut self, asked: &Value) -> String {
        let id = self.id();
        let defaults =
            json!({ "Scope": "local", "Labels": {}, "Options": {}, "IPAM": { "Driver": "default", "Config": [] }, "Containers": {} });
        let network = with(defaults, asked);
        self.networks.push(with(network, &json!({ "Id": id })));
        id
    }

    fn volume(&mut self, asked: &Value) -> Value {
        let defaults =
            json!({ "Driver": "local", "Scope": "local", "Labels": {}, "Options": asked.get("DriverOpts"), "Mountpoint": "/volume" });
        let volume = with(defaults, asked);
        self.volumes.push(volume.clone());
        volume
    }

    fn container(&mut self, name: &str, asked: &Value) -> String {
        let id = self.id();
        self.containers.push(json!({
            "Id": id,
            "Name": format!("/{name}"),
            "Image": "sha256:0",
            "Config": with(json!({ "Labels": {} }), asked),
            "HostConfig": asked.get("HostConfig"),
            "State": { "Status": "created" },
            "NetworkSettings": { "Networks": {} },
            "Mounts": [],
            "Created": "2024-01-01T00:00:00Z",
        }));
        id
    }
}

/// The first with what the second has.
fn with(mut defaults: Value, more: &Value) -> Value {
    if let (Value::Object(map), Value::Object(more)) = (&mut defaults, more) {
        map.extend(more.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())));
    }
    defaults
}

/// Every image is there: nothing is pulled or built.
fn image_json(name: &str) -> Value {
    json!({
        "Id": "sha256:0",
        "RepoTags": [name],
        "Config": { "Env": ["PATH=/bin"], "Cmd": ["/of-the-image"], "Labels": {} },
        "Os": "linux",
        "Architecture": "amd64",
        "RootFS": { "Type": "layers", "Layers": [] },
        "Created": "2024-01-01T00:00:00Z",
    })
}

fn info() -> Value {
    json!({
        "ID": "fake",
        "ServerVersion": "28.2.2",
        "OSType": "linux",
        "Architecture": "x86_64",
        "SecurityOptions": [],
        "Swarm": { "LocalNodeState": "inactive" },
        "DefaultRuntime": "runc",
        "RegistryConfig": { "IndexConfigs": {} },
    })
}

/// By name or id.
fn find<'a>(all: &'a [Value], key: &str) -> Option<&'a Value> {
    all.iter().find(|v| text(v, "Name").trim_start_matches('/') == key || text(v, "Id") == key)
}

/// Those that have the labels, and a part of the name, that the filters ask for.
fn matching(all: &[Value], asked: &Asked) -> Value {
    let filters: Map<String, Value> = asked.query.get("filters").and_then(|f| serde_json::from_str(f).ok()).unwrap_or_default();
    // A filter is a list, or a set whose values are `true`.
    let words = |name: &str| -> Vec<String> {
        match filters.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::Object(map)) => map.keys().cloned().collect(),
            _ => Vec::new(),
        }
    };
    let (labels, names) = (words("label"), words("name"));
    let fits = |value: &&Value| {
        let own = value.get("Labels").or_else(|| value.get("Config")?.get("Labels"));
        let has = |label: &String| {
            let (key, wanted) = label.split_once('=').map_or((label.as_str(), None), |(k, v)| (k, Some(v)));
            own.and_then(|own| own.get(key)?.as_str()).is_some_and(|value| wanted.is_none_or(|wanted| wanted == value))
        };
        labels.iter().all(has) && (names.is_empty() || names.iter().any(|n| text(value, "Name").contains(n.as_str())))
    };
    all.iter().filter(fits).cloned().collect()
}

/// True if something is to be mounted at a path that is none for Linux.
fn is_for_windows(body: &Value) -> bool {
    let of_host = |key: &str| body.get("HostConfig").and_then(|host| host.get(key)?.as_array()).into_iter().flatten();
    let binds = of_host("Binds").filter_map(|bind| bind.as_str()?.split(':').nth(1));
    binds.chain(of_host("Mounts").map(|mount| text(mount, "Target"))).any(|target| !target.starts_with('/'))
}

/// Containers as a list has them.
fn listed(containers: &Value) -> Value {
    let short = |container: &Value| {
        json!({
            "Id": container.get("Id"),
            "Names": [container.get("Name")],
            "Image": container.pointer("/Config/Image"),
            "ImageID": container.get("Image"),
            "Labels": container.pointer("/Config/Labels"),
            "State": "created",
            "Created": 1,
        })
    };
    containers.as_array().into_iter().flatten().map(short).collect()
}
