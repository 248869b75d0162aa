//! What a mount holds: configuration, data, a secret that the host provides, a part of the system. Told from paths, names, metadata and git
//! alone: what is in a file is never read, and nothing below a mounted directory is looked at.

use std::path::{Path, PathBuf};

use super::{Facts, GitState, Surroundings};
use crate::model::{Mount, MountKind, Project, Volume};

/// What a mount holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Configuration that git has.
    Config,
    /// Configuration that git does not have.
    LooseConfig,
    /// Data.
    Data,
    /// What can be made again.
    Cache,
    /// A secret that the host provides at run time.
    RuntimeSecret,
    /// A part of the system.
    System,
    /// A socket.
    Socket,
    /// A device.
    Device,
    /// Memory.
    Memory,
}

impl Class {
    /// The word of the inventory.
    pub fn name(self) -> &'static str {
        match self {
            Class::Config => "config",
            Class::LooseConfig => "loose-config",
            Class::Data => "data",
            Class::Cache => "cache",
            Class::RuntimeSecret => "runtime-secret",
            Class::System => "system",
            Class::Socket => "socket",
            Class::Device => "device",
            Class::Memory => "memory",
        }
    }
}

/// Data as a backup knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Data {
    /// A path of the host.
    Path(PathBuf),
    /// The real name of a volume.
    Volume(String),
}

/// What is filled while the host runs.
const RUN_TIME: &[&str] = &["/run", "/var/run", "/dev", "/proc", "/sys"];
/// Where managers of secrets put them.
const SECRETS: &[&str] = &[
    "/run/secrets",
    "/run/secrets.d",
    "/run/agenix",
    "/run/agenix.d",
    "/run/credentials",
    "/run/keys",
    "/run/secrets-rendered",
    "/var/run/secrets",
    "/var/run/agenix",
];
/// Where the system itself lives, with all below.
const SYSTEM: &[&str] = &[
    "/proc",
    "/sys",
    "/lib",
    "/lib64",
    "/usr",
    "/bin",
    "/sbin",
    "/boot",
    "/run",
    "/var/run",
    "/nix",
    "/var/log",
    "/var/lib/docker",
    "/var/lib/containers",
    "/var/lib/containerd",
    "/tmp/.X11-unix",
    "/etc/ssl",
    "/etc/pki",
    "/etc/static",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/passwd",
    "/etc/group",
    "/etc/shadow",
    "/etc/machine-id",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/os-release",
    "/etc/ca-certificates",
    "/var/lib/dbus",
    "/var/lib/systemd",
    "/etc/nsswitch.conf",
    "/etc/subuid",
    "/etc/subgid",
    "/etc/docker",
];
/// Extensions of files that people write and programs read.
pub(crate) const CONFIG: &[&str] = &[
    "conf",
    "cfg",
    "ini",
    "toml",
    "yaml",
    "yml",
    "json",
    "cnf",
    "properties",
    "xml",
    "crt",
    "pem",
    "key",
    "cer",
    "sh",
    "sql",
    "tmpl",
    "template",
    "rules",
    "htpasswd",
    "env",
    "alloy",
    "hcl",
    "lua",
];
/// Others of which that is only likely.
const LIKELY_CONFIG: &[&str] = &["config", "json5", "js", "py", "txt", "html", "css", "list"];
/// Words for what can be made again.
const CACHE: &[&str] = &["cache", "caches", "tmp", "temp", "transcode", "transcodes", "transcoding", "transcoder"];

/// True if the host provides the path at run time: it is no mistake that it is missing on another machine, or while the host is down. That is
/// so below `/run` and the like, and of the secrets that a Nix file beside the stacks puts at a place of their own.
pub fn on_host(path: &Path, beside: &Surroundings) -> bool {
    RUN_TIME.iter().any(|d| path.starts_with(d)) || beside.nix.iter().flat_map(|n| &n.secrets).any(|s| path.starts_with(&s.path))
}

/// True if the path is where a manager of secrets puts them.
pub fn is_secret(path: &Path, beside: &Surroundings) -> bool {
    SECRETS.iter().any(|d| path.starts_with(d)) || beside.nix.iter().flat_map(|n| &n.secrets).any(|s| path.starts_with(&s.path))
}

fn words(path: &str) -> impl Iterator<Item = String> {
    path.to_ascii_lowercase().split(['/', '-', '_', '.', ' ']).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// True if a path or name says that it holds what can be made again.
fn is_cache(text: &str) -> bool {
    words(text).any(|w| CACHE.contains(&w.as_str()) || (w.len() > 5 && (w.ends_with("cache") || w.starts_with("cache"))))
}

/// True if the place of a mount says that it holds data: configuration and source code in git are mounted too, on purpose.
pub fn looks_like_data(mount: &Mount) -> bool {
    let words =
        |path: &str| words(path).any(|w| matches!(w.as_str(), "data" | "db" | "database" | "storage" | "pgdata" | "mysql" | "postgresql"));
    if mount.target.starts_with("/etc/") {
        return false;
    }
    words(&mount.target) || mount.source.as_deref().and_then(|s| s.rsplit('/').next()).is_some_and(words)
}

/// What a mount of a project holds.
pub fn class(mount: &Mount, project: &Project, facts: &dyn Facts) -> Class {
    match &mount.kind {
        MountKind::Tmpfs => Class::Memory,
        MountKind::Npipe => Class::Socket,
        MountKind::Image => Class::System,
        MountKind::Bind => match mount.source.as_deref() {
            Some(source) => bind(mount, Path::new(source), project, facts),
            None => Class::Data,
        },
        MountKind::Volume | MountKind::Cluster | MountKind::Other(_) => {
            let key = mount.source.as_deref();
            let volume = key.and_then(|k| project.volumes.get(k));
            if volume.is_some_and(|v| option(v, "type") == Some("tmpfs")) {
                return Class::Memory;
            }
            // The last part of the target is its own; what is above it belongs to the image.
            let last = mount.target.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            if key.is_some_and(is_cache) || is_cache(last) { Class::Cache } else { Class::Data }
        }
    }
}

fn bind(mount: &Mount, source: &Path, project: &Project, facts: &dyn Facts) -> Class {
    let text = source.to_string_lossy();
    let below = |list: &[&str]| list.iter().any(|d| source.starts_with(d));
    if is_secret(source, facts.beside()) {
        return Class::RuntimeSecret;
    }
    if [source, Path::new(&mount.target)].iter().any(|p| p.extension().is_some_and(|e| e == "sock" || e == "socket")) {
        return Class::Socket;
    }
    if source.starts_with("/dev/shm") {
        return Class::Memory;
    }
    if source.starts_with("/dev") {
        return Class::Device;
    }
    if source == Path::new("/") || below(SYSTEM) {
        return Class::System;
    }
    let meta = facts.fs().metadata(source).ok();
    let is_file = match &meta {
        Some(meta) => meta.is_file(),
        None => is_file_shaped(&text, &mount.target),
    };
    let last = source.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    // Where the project itself is, its data is not in passing.
    let passing = ["/tmp", "/var/tmp", "/var/cache"].iter().any(|d| source.starts_with(d) && !project.directory.starts_with(d));
    if !is_file && (is_cache(&last) || passing) {
        return Class::Cache;
    }
    let tracked = facts.git(source) == GitState::Tracked;
    match (tracked, is_file) {
        // Git tracks files in it, and the container writes to it.
        (true, false) if !mount.read_only && looks_like_data(mount) => Class::Data,
        (true, _) => Class::Config,
        (false, true) if is_state(&last) && !mount.read_only => Class::Data,
        (false, true) if mount.read_only || is_config(&text) || is_config(&mount.target) || mount.target.starts_with("/etc/") => {
            Class::LooseConfig
        }
        (false, false) if mount.read_only => Class::LooseConfig,
        (false, _) => Class::Data,
    }
}

/// True if source and target both have an ending, and the same one.
fn is_file_shaped(source: &str, target: &str) -> bool {
    let ending = |p: &str| Path::new(p).extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).filter(|e| e.len() <= 10 && e != "d");
    ending(source).is_some() && ending(source) == ending(target)
}

fn is_config(path: &str) -> bool {
    let path = Path::new(path);
    let name = path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    ["caddyfile", "corefile", "crontab", ".env"].contains(&name.as_str())
        || ending.is_some_and(|e| CONFIG.iter().chain(LIKELY_CONFIG).any(|known| *known == e))
}

/// Files with the ending of a configuration that programs keep their state in.
fn is_state(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("acme") || ["state", "database", "store", ".db", "sqlite"].iter().any(|w| name.contains(w))
}

fn option<'v>(volume: &'v Volume, name: &str) -> Option<&'v str> {
    volume.driver_opts.get(name).map(|v| v.value.as_str())
}

/// The data of a mount as a backup of this host would name it; `None`: it has no name, or it is kept on another machine.
pub fn data(mount: &Mount, project: &Project) -> Option<Data> {
    let source = mount.source.as_deref()?;
    match mount.kind {
        MountKind::Bind => Some(Data::Path(source.into())),
        MountKind::Volume => {
            let Some(volume) = project.volumes.get(source) else { return Some(Data::Volume(source.to_owned())) };
            let elsewhere = volume.driver.as_ref().is_some_and(|d| !d.is_empty() && d.as_str() != "local");
            let device = option(volume, "device").filter(|d| d.starts_with('/'));
            match option(volume, "type") {
                _ if elsewhere => None,
                Some("nfs" | "nfs4" | "cifs" | "smb3" | "tmpfs") => None,
                _ => match device {
                    Some(device) if option(volume, "o").is_some_and(|o| o.split(',').any(|o| o == "bind" || o == "rbind")) => {
                        Some(Data::Path(device.into()))
                    }
                    _ => Some(Data::Volume(volume.name.as_ref().map_or_else(|| source.to_owned(), |n| n.value.clone()))),
                },
            }
        }
        _ => None,
    }
}

/// Whether something is at a path; `None` where that cannot be told from here: the host provides it at run time, or nothing above it is here
/// either.
pub fn exists(path: &Path, facts: &dyn Facts) -> Option<bool> {
    let disk = facts.fs();
    if disk.symlink_metadata(path).is_ok() {
        return Some(true);
    }
    let known = !on_host(path, facts.beside()) && path.parent().is_some_and(|p| p != Path::new("/") && disk.exists(p));
    known.then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::MemFs;
    use crate::host::HostFacts;
    use crate::lint::{LoadOptions, Workspace};
    use crate::source::Sources;

    #[test]
    fn a_mount_is_told_by_its_paths_and_by_what_is_there() {
        let rows = [
            ("data:/data", "data"),
            ("model-cache:/models", "cache"),
            ("files:/var/cache/nginx/x", "data"),
            ("files:/app/.cache", "cache"),
            ("scratch:/scratch", "memory"),
            ("/anonymous", "data"),
            ("./upload:/upload", "data"),
            ("./transcodes:/transcodes", "cache"),
            ("/tmp/x:/x", "cache"),
            ("./app.conf:/etc/app.conf", "loose-config"),
            ("./app.conf:/etc/other.conf:ro", "loose-config"),
            ("./acme.json:/acme.json", "data"),
            ("./static:/static:ro", "loose-config"),
            ("./gone.yml:/etc/gone.yml", "loose-config"),
            ("/run/secrets/db:/db:ro", "runtime-secret"),
            ("/run/agenix/web:/web", "runtime-secret"),
            ("/var/run/docker.sock:/var/run/docker.sock", "socket"),
            ("/run/dbus:/run/dbus:ro", "system"),
            ("/etc/localtime:/etc/localtime:ro", "system"),
            ("/:/host:ro", "system"),
            ("/lib/modules:/lib/modules", "system"),
            ("/dev/ttyUSB0:/dev/ttyUSB0", "device"),
            ("/dev/shm:/dev/shm", "memory"),
        ];
        let mounts = rows.map(|(mount, _)| mount).join("\n      - ");
        let volumes = "volumes: {data: , model-cache: , files: , scratch: {driver_opts: {type: tmpfs, device: tmpfs}}}";
        let disk = MemFs::new()
            .file("/srv/web/compose.yaml", format!("services:\n  web:\n    image: x\n    volumes:\n      - {mounts}\n{volumes}\n"))
            .file("/srv/web/app.conf", "")
            .file("/srv/web/acme.json", "")
            .directory("/srv/web/static")
            .directory("/srv/web/upload");
        let sources = Sources::new();
        let workspace = Workspace::load(&disk, &sources, &["/srv/web".into()], &LoadOptions::default());
        let (facts, project) = (HostFacts::new(&disk), workspace.projects.first().unwrap());
        let mounts = &project.services.values().next().unwrap().volumes;
        let found: Vec<_> = mounts.iter().map(|m| class(m, project, &facts).name()).collect();
        let found: Vec<_> = rows.iter().zip(&found).map(|((mount, _), class)| (*mount, *class)).collect();
        assert_eq!(found, rows);
        assert_eq!(mounts.first().and_then(|m| data(m, project)), Some(Data::Volume("web_data".to_owned())));
    }
}
