//! What runs on a host, as `docker inspect`, `docker volume ls` and their like say. Reads a dump that somebody wrote; asks no engine.
//!
//! Of a container only what is listed here is read: its environment, its arguments and its other labels are passed over while parsing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::fs::{self, Fs};

/// A larger dump is not read: this is some ten thousand containers.
const FILE: u64 = 128 << 20;

/// One dump.
#[derive(Clone, Debug, Default)]
pub struct Running {
    /// The file.
    pub file: PathBuf,
    /// The host it belongs to.
    pub host: Option<String>,
    /// The containers, running or not, in the order of the file.
    pub containers: Vec<Container>,
    /// The volumes that exist, in the order of the file.
    pub volumes: Vec<Volume>,
    /// The networks that exist.
    pub networks: Vec<String>,
    /// What `docker compose ls` says.
    pub projects: Vec<Started>,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its name, without the slash that docker puts before it.
    pub name: String,
    /// The image as it was asked for.
    pub image: Option<String>,
    /// `running`, `exited`, `restarting`, `created`, `paused`, `dead`.
    pub state: Option<String>,
    /// `always`, `unless-stopped`, `on-failure`, `no`.
    pub restart: Option<String>,
    /// What Compose wrote on it; `None` for a container that Compose did not make.
    pub compose: Option<Compose>,
    /// What is mounted; `None` where the dump does not say.
    pub mounts: Option<Vec<Mounted>>,
    /// The ports of the host that it publishes, each with the port and protocol in the container: `(8080, "80/tcp")`.
    pub ports: Vec<(u16, String)>,
    /// The names of its networks.
    pub networks: Vec<String>,
}

/// The labels of Compose on a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compose {
    /// The project.
    pub project: String,
    /// The service.
    pub service: Option<String>,
    /// Where it was started.
    pub directory: Option<PathBuf>,
    /// With which files.
    pub files: Vec<PathBuf>,
    /// The hash of the service as it was then.
    pub hash: Option<String>,
    /// The version of Compose.
    pub version: Option<String>,
    /// True for what `docker compose run` left.
    pub one_off: bool,
}

/// Something mounted into a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    /// The volume; `None` for a directory or file of the host.
    pub volume: Option<String>,
    /// The directory or file of the host.
    pub source: Option<String>,
    /// Where in the container.
    pub target: String,
}

/// A volume that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// The project that it was made for.
    pub project: Option<String>,
}

/// A project, as `docker compose ls` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its name.
    pub name: String,
    /// Its files.
    pub files: Vec<PathBuf>,
}

impl Volume {
    /// True for a volume that nobody gave a name: docker chose it.
    pub fn is_anonymous(&self) -> bool {
        self.name.len() == 64 && self.name.bytes().all(|b| b.is_ascii_hexdigit())
    }
}

/// Why a dump cannot be read. Never holds anything that is written in it.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The disk refuses it.
    #[error("{}", fs::why(.0))]
    Unreadable(#[source] io::Error),
    /// It is no JSON, or JSON of another form than docker's.
    #[error("line {line}, column {column}: {what}")]
    Form {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong, as the end of a sentence.
        what: &'static str,
    },
    /// There is nothing in it.
    #[error("it is empty: the command that wrote it failed, or nothing runs")]
    Empty,
}

/// Reads a dump: values of JSON and lists of them, in whatever order. Errors: see [`DumpError`].
pub fn read(disk: &dyn Fs, path: &Path, host: Option<String>) -> Result<Running, DumpError> {
    let bytes = disk.read(path, FILE).map_err(DumpError::Unreadable)?;
    let mut out = Running { file: path.to_path_buf(), host, ..Running::default() };
    parse(&bytes, &mut out)?;
    Ok(out)
}

fn parse(bytes: &[u8], out: &mut Running) -> Result<(), DumpError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(DumpError::Empty);
    }
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Values>();
    loop {
        let start = stream.byte_offset();
        let Some(values) = stream.next() else { return Ok(()) };
        // What the library says may quote a value: only the place is taken from it.
        let values = values.map_err(|error| DumpError::Form {
            line: error.line().max(1),
            column: error.column().max(1),
            what: if error.is_data() { "docker writes another form of JSON here" } else { "this is no JSON" },
        })?;
        for object in values.0 {
            if !sorted(object, out) {
                let (line, column) = place(bytes, start);
                let what = "this is neither a container nor a volume, a network or a project of docker";
                return Err(DumpError::Form { line, column, what });
            }
        }
    }
}

/// Line and column of the first byte that is no blank, both from 1.
fn place(bytes: &[u8], from: usize) -> (usize, usize) {
    let blanks = bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_whitespace()).count();
    let before = bytes.get(..from + blanks).unwrap_or(bytes);
    let line = before.split(|b| *b == b'\n').count();
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    (line, column)
}

/// One object, or a list of them.
struct Values(Vec<Object>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Values;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an object, or a list of objects")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Values, A::Error> {
                let mut out = Vec::new();
                while let Some(item) = items.next_element()? {
                    out.push(item);
                }
                Ok(Values(out))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Values, A::Error> {
                Object::deserialize(MapAccessDeserializer::new(map)).map(|object| Values(vec![object]))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// What any of the commands may write, so far as it is of interest.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Object {
    name: Option<String>,
    names: Option<Names>,
    image: Option<String>,
    image_name: Option<String>,
    config: Option<ConfigPart>,
    host_config: Option<HostPart>,
    state: Option<StatePart>,
    mounts: Option<MountsPart>,
    labels: Option<Labels>,
    network_settings: Option<NetworkPart>,
    mountpoint: Option<String>,
    driver: Option<String>,
    scope: Option<String>,
    #[serde(rename = "IPAM")]
    ipam: Option<IgnoredAny>,
    config_files: Option<String>,
    /// The name of a network, as podman writes it.
    #[serde(rename = "name")]
    lower_name: Option<String>,
    subnets: Option<IgnoredAny>,
    #[serde(rename = "subnets")]
    lower_subnets: Option<IgnoredAny>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct ConfigPart {
    image: Option<String>,
    labels: Option<Labels>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct HostPart {
    restart_policy: Option<Policy>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Policy {
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StatePart {
    Word(String),
    Whole {
        #[serde(rename = "Status")]
        status: String,
    },
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum MountsPart {
    Whole(Vec<MountPart>),
    Other(IgnoredAny),
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct MountPart {
    #[serde(rename = "Type")]
    kind: Option<String>,
    name: Option<String>,
    source: Option<String>,
    destination: Option<String>,
}

/// A mapping, or as `a=b,c=d`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Labels {
    Whole(BTreeMap<String, Option<String>>),
    Text(String),
    Other(IgnoredAny),
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct NetworkPart {
    ports: Option<BTreeMap<String, Option<Vec<Binding>>>>,
    #[allow(clippy::zero_sized_map_values)] // only the keys count, and the values must be passed over
    networks: Option<BTreeMap<String, IgnoredAny>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Binding {
    host_port: Option<String>,
}

impl Labels {
    /// The label of Compose of this name.
    fn compose(&self, name: &str) -> Option<String> {
        let full = format!("com.docker.compose.{name}");
        let value = match self {
            Labels::Whole(all) => all.get(&full).cloned().flatten(),
            // Values may hold commas: one goes on up to the next name.
            Labels::Text(text) => {
                let begins = |rest: &str| rest.strip_prefix(&format!("{full}=")).map(str::to_owned);
                let value = begins(text).or_else(|| text.match_indices(',').find_map(|(at, _)| begins(text.get(at + 1..)?)));
                value.map(|v| {
                    let is_next = |rest: &str| rest.split(',').next().is_some_and(|part| part.contains('=') && !part.starts_with('/'));
                    let end = v.match_indices(',').find(|(at, _)| v.get(at + 1..).is_some_and(is_next)).map_or(v.len(), |(at, _)| at);
                    v.get(..end).unwrap_or_default().to_owned()
                })
            }
            Labels::Other(_) => None,
        };
        value.filter(|v| !v.is_empty())
    }
}

fn paths(list: &str) -> Vec<PathBuf> {
    list.split(',').map(str::trim).filter(|p| !p.is_empty()).map(PathBuf::from).collect()
}

impl Compose {
    fn new(labels: &Labels) -> Option<Self> {
        Some(Self {
            project: labels.compose("project")?,
            service: labels.compose("service"),
            directory: labels.compose("project.working_dir").map(PathBuf::from),
            files: labels.compose("project.config_files").map(|f| paths(&f)).unwrap_or_default(),
            hash: labels.compose("config-hash"),
            version: labels.compose("version"),
            one_off: labels.compose("oneoff").is_some_and(|v| v.eq_ignore_ascii_case("true")),
        })
    }
}

/// Puts an object where it belongs; false for what is none of docker's.
fn sorted(object: Object, out: &mut Running) -> bool {
    let is_container = object.config.is_some() && object.host_config.is_some() || object.names.is_some() && object.image.is_some();
    if is_container {
        out.containers.extend(container(object));
        return true;
    }
    let labels = object.labels.as_ref();
    let is_network = object.ipam.is_some() || object.lower_subnets.is_some() || object.subnets.is_some();
    match (object.name.or(object.lower_name), object.config_files) {
        (Some(name), Some(files)) => out.projects.push(Started { name, files: paths(&files) }),
        (Some(name), None) if is_network => out.networks.push(name),
        (Some(name), None) if object.mountpoint.is_some() => {
            out.volumes.push(Volume { name, project: labels.and_then(|l| l.compose("project")) });
        }
        (Some(name), None) if object.driver.is_some() && object.scope.is_some() => out.networks.push(name),
        _ => return false,
    }
    true
}

fn container(object: Object) -> Option<Container> {
    let name = object.name.or(match object.names {
        Some(Names::One(names)) => names.split(',').next().map(str::to_owned),
        Some(Names::Many(names)) => names.into_iter().next(),
        None => None,
    })?;
    let config = object.config.unwrap_or_default();
    let from_ps = object.host_config.is_none();
    let mount = |m: MountPart| {
        let is_volume = m.kind.as_deref() == Some("volume");
        Some(Mounted { volume: m.name.filter(|_| is_volume), source: m.source.filter(|_| !is_volume), target: m.destination? })
    };
    let settings = object.network_settings.unwrap_or_default();
    let ports = settings.ports.unwrap_or_default().into_iter().flat_map(|(target, bindings)| {
        let published: Vec<u16> = bindings.unwrap_or_default().iter().filter_map(|b| b.host_port.as_deref()?.parse().ok()).collect();
        published.into_iter().map(move |port| (port, target.clone()))
    });
    let mut ports: Vec<(u16, String)> = ports.collect();
    ports.sort();
    ports.dedup();
    Some(Container {
        name: name.trim_start_matches('/').to_owned(),
        image: config.image.or(object.image_name).or(object.image.filter(|_| from_ps)),
        state: match object.state {
            Some(StatePart::Word(word)) => Some(word.to_lowercase()),
            Some(StatePart::Whole { status }) => Some(status.to_lowercase()),
            _ => None,
        },
        restart: object.host_config.and_then(|h| h.restart_policy?.name).filter(|n| !n.is_empty()),
        compose: config.labels.or(object.labels).and_then(|l| Compose::new(&l)),
        mounts: match object.mounts {
            Some(MountsPart::Whole(all)) if !from_ps => Some(all.into_iter().filter_map(mount).collect()),
            _ => None,
        },
        ports,
        networks: settings.networks.unwrap_or_default().into_keys().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::MemFs;

    fn read(text: &str) -> Result<Running, String> {
        let disk = MemFs::new().file("/state.json", text);
        super::read(&disk, Path::new("/state.json"), None).map_err(|e| e.to_string())
    }

    const INSPECT: &str = r#"[
      {
        "Id": "1f0c", "Name": "/media-sonarr-1", "Path": "/init", "Args": ["--token", "hunter2"], "Image": "sha256:ab",
        "State": {"Status": "running", "Running": true},
        "HostConfig": {"RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0}},
        "Mounts": [
          {"Type": "volume", "Name": "media_config", "Source": "/var/lib/docker/volumes/media_config/_data", "Destination": "/config"},
          {"Type": "bind", "Source": "/mnt/tv", "Destination": "/tv"}
        ],
        "Config": {
          "Image": "lscr.io/linuxserver/sonarr:4", "Env": ["API_KEY=hunter2"],
          "Labels": {
            "com.docker.compose.project": "media", "com.docker.compose.service": "sonarr", "com.docker.compose.oneoff": "False",
            "com.docker.compose.config-hash": "abc", "com.docker.compose.version": "2.40.3", "traefik.auth": "hunter2",
            "com.docker.compose.project.working_dir": "/srv/media",
            "com.docker.compose.project.config_files": "/srv/media/compose.yml,/srv/media/compose.override.yml"
          }
        },
        "NetworkSettings": {"Ports": {"8989/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8989"}, {"HostIp": "::", "HostPort": "8989"}], "9/udp": null},
          "Networks": {"media_default": {"IPAddress": "172.18.0.2"}}}
      }
    ]"#;

    #[test]
    fn what_inspect_says() {
        let running = read(INSPECT).unwrap();
        assert!(!format!("{running:?}").contains("hunter2"));
        let [container] = &running.containers[..] else { panic!("{running:?}") };
        let compose = container.compose.as_ref().unwrap();
        assert_eq!((container.name.as_str(), container.image.as_deref()), ("media-sonarr-1", Some("lscr.io/linuxserver/sonarr:4")));
        assert_eq!((container.state.as_deref(), container.restart.as_deref()), (Some("running"), Some("unless-stopped")));
        assert_eq!((compose.project.as_str(), compose.service.as_deref(), compose.one_off), ("media", Some("sonarr"), false));
        assert_eq!(compose.files.len(), 2);
        assert_eq!(container.ports, [(8989, "8989/tcp".to_owned())]);
        assert_eq!(container.networks, ["media_default"]);
        let mounts: Vec<_> = container.mounts.iter().flatten().map(|m| (m.volume.as_deref(), m.source.as_deref())).collect();
        assert_eq!(mounts, [(Some("media_config"), None), (None, Some("/mnt/tv"))]);
    }

    #[test]
    fn several_dumps_in_one_file() {
        let lines = r#"
{"Availability":"N/A","Driver":"local","Labels":"com.docker.compose.volume=a,com.docker.compose.project=media","Mountpoint":"/v","Name":"media_a","Scope":"local"}
{"Driver":"local","Labels":"","Mountpoint":"/v","Name":"0123456789012345678901234567890123456789012345678901234567890123","Scope":"local"}
[{"CreatedAt":"2026","Driver":"local","Labels":{"com.docker.compose.project":"db"},"Mountpoint":"/v","Name":"db_data","Options":null,"Scope":"local"},
 {"Driver":"local","Labels":null,"Mountpoint":"/v","Name":"loose","Scope":"local"}]
[{"Name":"proxy","Id":"1","Scope":"local","Driver":"bridge","IPAM":{"Driver":"default"},"Containers":{}}]
{"Driver":"bridge","ID":"2","Name":"mon","Scope":"local"}
[{"name":"podman","driver":"bridge","subnets":[{"subnet":"10.88.0.0/16"}]}]
[{"Name":"media","Status":"running(2)","ConfigFiles":"/srv/media/compose.yml,/srv/media/x.yml"}]
{"Command":"\"x\"","Image":"redis:7","Labels":"com.docker.compose.project.config_files=/a/x.yml,/a/y.yml,com.docker.compose.project=a,o=p","Mounts":"a_data","Names":"a-redis-1","State":"exited","Status":"Exited"}
"#;
        let running = read(&format!("{INSPECT}{lines}")).unwrap();
        let volumes: Vec<_> = running.volumes.iter().map(|v| (&v.name[..5], v.project.as_deref(), v.is_anonymous())).collect();
        assert_eq!(volumes, [("media", Some("media"), false), ("01234", None, true), ("db_da", Some("db"), false), ("loose", None, false)]);
        assert_eq!(running.networks, ["proxy", "mon", "podman"]);
        assert_eq!(running.projects.iter().map(|p| (p.name.as_str(), p.files.len())).collect::<Vec<_>>(), [("media", 2)]);
        let [_, ps] = &running.containers[..] else { panic!("{running:?}") };
        assert_eq!((ps.name.as_str(), ps.image.as_deref(), ps.state.as_deref()), ("a-redis-1", Some("redis:7"), Some("exited")));
        assert_eq!(ps.mounts, None);
        assert_eq!(ps.compose.as_ref().map(|c| (c.project.as_str(), c.files.len())), Some(("a", 2)));
    }

    #[test]
    fn wrong_input_is_told_by_its_place_alone() {
        for (text, wanted) in [
            ("", "it is empty: the command that wrote it failed, or nothing runs"),
            (" \n", "it is empty: the command that wrote it failed, or nothing runs"),
            ("CONTAINER ID   IMAGE", "line 1, column 1: this is no JSON"),
            ("[]\n[{\"Name\": ", "line 2, column 10: this is no JSON"),
            ("[{\"Name\": 5}]", "line 1, column 11: docker writes another form of JSON here"),
            (
                "[]\n  {\"password\": \"hunter2\"}",
                "line 2, column 3: this is neither a container nor a volume, a network or a project of docker",
            ),
            ("\"hunter2\"", "line 1, column 9: docker writes another form of JSON here"),
        ] {
            assert_eq!(read(text).unwrap_err(), wanted, "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(read(&deep).is_err());
        assert!(read("[]").unwrap().containers.is_empty());
    }
}
