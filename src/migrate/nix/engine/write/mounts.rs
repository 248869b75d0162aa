//! The mounts: `volumes` where `-v` can say it, else `--mount` and `--tmpfs`.

use super::super::{csv, references::own_text};
use super::{Writer, safe_name};
use crate::migrate::nix::Backend;
use crate::migrate::nix::normal::Mount;
use crate::nix::REFERENCE;

/// True if `-v` can say it.
pub(in super::super) fn short(mount: &Mount, backend: Backend) -> bool {
    let Mount { kind, source, target, read_only, options } = mount;
    let colon = target.contains(':') || source.as_deref().is_some_and(|source| source.contains(':'));
    let only = |known: &[&str]| options.keys().all(|key| known.contains(&key.as_str()));
    match (kind.as_str(), source) {
        ("bind", Some(_)) => !colon && only(&["bind-propagation", "selinux"]),
        ("volume", None) => !colon && !read_only && options.is_empty(),
        // `v:/data` is a path of Windows for docker.
        ("volume", Some(name)) if backend == Backend::Docker => !colon && safe_name(name) && name.len() > 1 && only(&["selinux"]),
        ("volume", Some(name)) => !colon && safe_name(name) && only(&["selinux", "volume-nocopy"]),
        _ => false,
    }
}

impl Writer {
    /// The entries of `volumes`. A mount of `-v` behind one that it cannot say is `--volume`, so that the order stays.
    pub(super) fn mounts(&mut self, mounts: &[Mount]) -> Vec<(String, Option<String>)> {
        let mut volumes = Vec::new();
        let mut behind = false;
        for (at, mount) in mounts.iter().enumerate() {
            let about = Some(format!("volumes[{at}]"));
            self.check(mount);
            if !short(mount, self.backend) {
                behind = true;
                self.long(mount, about);
            } else if behind {
                let value = short_text(mount);
                self.flag("volume", &value, about);
            } else {
                volumes.push((short_text(mount), about));
            }
        }
        volumes
    }

    /// What neither form can say.
    fn check(&mut self, mount: &Mount) {
        let Mount { kind, source, target, read_only: _, options } = mount;
        if !(target.starts_with('/') || target.starts_with(REFERENCE.0)) {
            self.refuse(format!("the target `{target}` of a mount is no absolute path"));
        }
        let known: &[&str] = match kind.as_str() {
            "bind" => &["bind-propagation", "bind-recursive", "selinux", "create"],
            "volume" => &["selinux", "volume-nocopy", "volume-subpath"],
            "tmpfs" => &["tmpfs-size", "tmpfs-mode", "options"],
            "image" => &["image-subpath"],
            other => {
                self.refuse(format!("{} has no mounts of type `{other}`", self.backend));
                return;
            }
        };
        for (key, value) in options {
            let right = match key.as_str() {
                "create" => value == "false",
                "volume-nocopy" => value == "true",
                "selinux" => matches!(value.as_str(), "z" | "Z"),
                "bind-propagation" => {
                    matches!(value.as_str(), "shared" | "rshared" | "private" | "rprivate" | "slave" | "rslave")
                }
                "tmpfs-mode" => !value.is_empty() && value.chars().all(|c| matches!(c, '0'..='7')),
                _ => true,
            };
            if !known.contains(&key.as_str()) || !right {
                self.refuse(format!("{} cannot be asked for `{key}={value}` of the mount at `{target}`", self.backend));
            }
        }
        match (kind.as_str(), source.as_deref()) {
            ("bind" | "image", None) => self.refuse(format!("the mount at `{target}` has no source")),
            ("tmpfs", Some(_)) => self.refuse(format!("the tmpfs at `{target}` cannot have a source")),
            ("bind", Some(path)) if !(path.starts_with('/') || path.starts_with(REFERENCE.0)) => {
                self.refuse(format!("the source `{path}` of a mount is no absolute path"));
            }
            ("volume", Some(name)) if !own_text(name).is_empty() && !safe_name(&own_text(name)) => {
                self.refuse(format!("`{name}` cannot be the name of a volume"));
            }
            _ => {}
        }
    }

    /// `--tmpfs` or `--mount`.
    fn long(&mut self, mount: &Mount, about: Option<String>) {
        let Mount { kind, source, target, read_only, options } = mount;
        if kind == "tmpfs" && !read_only && !options.keys().any(|key| key != "options") && !target.contains(':') {
            let options = options.get("options").map(|options| format!(":{options}")).unwrap_or_default();
            self.flag("tmpfs", &format!("{target}{options}"), about);
            return;
        }
        let mut fields = vec![format!("type={kind}")];
        fields.extend(source.as_ref().map(|source| format!("source={source}")));
        fields.push(format!("target={target}"));
        if *read_only {
            fields.push(if self.podman() && kind == "image" { "rw=false" } else { "readonly" }.into());
        }
        if kind == "bind" && !options.contains_key("create") {
            self.refuse(format!("the host path of the mount at `{target}` cannot be made by {} with these options", self.backend));
        }
        for (key, value) in options {
            let field = match (self.backend, key.as_str()) {
                // `--mount` never makes it.
                (_, "create") => continue,
                (Backend::Podman, "selinux") if kind == "bind" => {
                    format!("relabel={}", if value == "Z" { "private" } else { "shared" })
                }
                (_, "selinux" | "options") | (Backend::Podman, "bind-recursive" | "volume-nocopy") => {
                    self.refuse(format!("{} cannot be asked for `{key}={value}` of the mount at `{target}`", self.backend));
                    continue;
                }
                (Backend::Docker, "volume-nocopy") => "volume-nocopy".into(),
                (Backend::Podman, "image-subpath") => {
                    if value.starts_with('/') {
                        self.refuse(format!("the path `{value}` within an image must not begin with a `/` here"));
                    }
                    format!("subpath=/{value}")
                }
                (Backend::Podman, "volume-subpath") => format!("subpath={value}"),
                (_, key) => format!("{key}={value}"),
            };
            fields.push(field);
        }
        for field in &fields {
            let value = field.split_once('=').map_or("x", |(_, value)| value);
            if value.is_empty() || value.trim() != value || value.contains('\r') {
                self.refuse(format!("`{field}` cannot be written in `--mount`"));
            }
        }
        self.flag("mount", &csv::join(fields), about);
    }
}

/// The mount as `-v` has it.
fn short_text(mount: &Mount) -> String {
    let Mount { kind: _, source, target, read_only, options } = mount;
    let mut text = source.as_ref().map(|source| format!("{source}:")).unwrap_or_default();
    text.push_str(target);
    let words = options.iter().map(|(key, value)| if key == "volume-nocopy" { "nocopy" } else { value });
    let words: Vec<&str> = read_only.then_some("ro").into_iter().chain(words).collect();
    if !words.is_empty() {
        text.push(':');
        text.push_str(&words.join(","));
    }
    text
}
