//! What is mounted: volumes, binds, tmpfs, secrets, configs.

use std::fmt::Display;
use std::path::Path;

use super::{Anonymous, At, Draft, Mapper, nix_text, unit_word};
use crate::compose::value::Origin;
use crate::migrate::nix::Class;
use crate::migrate::nix::normal::{Command, Mount};
use crate::model::known::is_system_path;
use crate::model::{
    BindOptions, FileObject, FileReference, ImageOptions, List, Mount as Written, MountKind, Named, Sourced, TmpfsOptions, VolumeOptions,
};
use crate::nix::{REFERENCE, reference};

/// Directories at the top of every host: what is mounted beside them is a file system of its own.
const OWN: [&str; 18] = [
    "bin",
    "boot",
    "dev",
    "etc",
    "home",
    "lib",
    "lib64",
    "nix",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "sys",
    "tmp",
    "usr",
    "var",
    "lost+found",
];

/// True if a path may be on a file system of its own: below `/mnt`, `/media`, `/srv`, `/tank`.
fn may_be_mounted(path: &str) -> bool {
    let mut parts = path.split('/').filter(|p| !p.is_empty());
    path.starts_with('/') && parts.next().is_some_and(|first| !OWN.contains(&first))
}

/// True if a path looks like a file rather than a directory.
pub(in crate::migrate::nix) fn looks_like_file(path: &str) -> bool {
    const FILES: [&str; 12] = [
        "localtime",
        "timezone",
        "machine-id",
        "hosts",
        "hostname",
        "passwd",
        "group",
        "shadow",
        "Caddyfile",
        "Dockerfile",
        "Corefile",
        "Makefile",
    ];
    let name = Path::new(path).file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, e)| e);
    FILES.contains(&name)
        || extension.is_some_and(|e| e != "d" && !e.is_empty() && e.len() <= 10 && e.chars().all(|c| c.is_ascii_alphanumeric()))
        || (name.starts_with(".env") && !path.ends_with('/'))
}

impl Mapper<'_> {
    pub(super) fn volumes(&mut self, d: &mut Draft<'_>, volumes: &List<Written>) {
        for (i, written) in volumes.iter().enumerate() {
            let path = d.at("volumes").number(i);
            self.mount(d, &path, written);
        }
    }

    fn mount(&mut self, d: &mut Draft<'_>, path: &dyn Display, written: &Sourced<Written>) {
        let Written { kind, source, target, read_only, consistency, bind, volume, tmpfs, image, short, extensions } = &written.value;
        self.unknown(path, extensions);
        if consistency.is_some() {
            let message = "only Docker Desktop on a Mac reads this";
            self.say(Class::Inert, &format_args!("{path}.consistency"), &written.origin, message);
        }
        let absolute = |text: &str| text.starts_with(['/', REFERENCE.0]);
        if !absolute(target) || (*kind == MountKind::Bind && !source.as_deref().is_some_and(absolute)) {
            let message = "a mount goes from an absolute path of the host to one in the container, and one of these is none; see whether a \
                           variable in it has no value";
            self.say(Class::Unmapped, path, &written.origin, message);
            return;
        }
        let mut mount = Mount { target: target.clone(), read_only: *read_only, ..Mount::default() };
        match kind {
            MountKind::Bind => {
                mount.kind = "bind".into();
                let host = source.clone().unwrap_or_default();
                let makes = self.bind(&mut mount, path, written, bind.as_ref(), *short);
                mount.source = Some(self.wiring.path(&host));
                self.host_path(d, path, written, &host, makes);
            }
            MountKind::Volume => {
                mount.kind = "volume".into();
                if let Some(key) = source.as_deref().filter(|key| self.nameless(key)) {
                    let message = "the name of the volume is empty; see whether a variable in it has no value";
                    self.say(Class::Unmapped, &format_args!("volumes.{key}.name"), &written.origin, message);
                    return;
                }
                mount.source = source.as_deref().filter(|s| !s.is_empty()).map(|key| self.volume_of(d, key));
                // `data:/data:Z`.
                let selinux = bind.as_ref().and_then(|bind| bind.selinux.clone());
                mount.options.extend(selinux.filter(|_| mount.source.is_some()).map(|s| ("selinux".to_owned(), s)));
                if mount.source.is_none() {
                    self.anonymous(d, path, written, target);
                }
            }
            MountKind::Tmpfs => mount.kind = "tmpfs".into(),
            MountKind::Image => {
                mount.kind = "image".into();
                mount.source.clone_from(source);
            }
            MountKind::Npipe | MountKind::Cluster | MountKind::Other(_) => {
                let message = "the engines of NixOS have no mount of this type; use a volume or a bind mount";
                self.say(Class::Unmapped, &format_args!("{path}.type"), &written.origin, message);
                return;
            }
        }
        self.volume_options(&mut mount, path, written, volume.as_ref());
        if let Some(tmpfs) = tmpfs {
            let TmpfsOptions { size, mode, extensions } = tmpfs;
            self.unknown(&format_args!("{path}.tmpfs"), extensions);
            if mount.kind == "tmpfs" {
                mount.options.extend(size.map(|s| ("tmpfs-size".to_owned(), s.0.to_string())));
                mount.options.extend(mode.map(|m| ("tmpfs-mode".to_owned(), format!("{m:o}"))));
            }
        }
        if let Some(image) = image {
            let ImageOptions { subpath, extensions } = image;
            self.unknown(&format_args!("{path}.image"), extensions);
            mount.options.extend(subpath.clone().filter(|_| mount.kind == "image").map(|s| ("image-subpath".to_owned(), s)));
        }
        if mount.kind == "image" && mount.source.as_deref().is_none_or(str::is_empty) {
            let message = "the image that is to be mounted has no name; see whether a variable in it has no value";
            self.say(Class::Unmapped, path, &written.origin, message);
            return;
        }
        d.container.mounts.push(mount);
    }

    /// `bind` of a mount. True if the source is made when it is not there.
    fn bind(&mut self, mount: &mut Mount, path: &dyn Display, written: &Sourced<Written>, bind: Option<&BindOptions>, short: bool) -> bool {
        let none = BindOptions::default();
        let BindOptions { selinux, propagation, create_host_path, recursive, extensions } = bind.unwrap_or(&none);
        let path = At::of(path, "bind");
        self.unknown(&path, extensions);
        // Without `bind`, Compose asks in the form in which the source is made.
        let mut makes = short || bind.is_none() || *create_host_path == Some(true);
        mount.options.extend(propagation.clone().map(|p| ("bind-propagation".to_owned(), p)));
        if let Some(selinux) = selinux {
            mount.options.insert("selinux".into(), selinux.clone());
            if !short {
                let message = "Compose does not hand this to the engine in the long form; here it is, as it was meant";
                self.say(Class::Different, &format_args!("{path}.selinux"), &written.origin, message);
            }
        } else if !makes {
            mount.options.insert("create".into(), "false".into());
        }
        if let Some(recursive) = recursive {
            if self.podman() {
                let message = "podman cannot say what becomes of mounts below the source; remove the key, or bind them one by one";
                self.say(Class::Unmapped, &format_args!("{path}.recursive"), &written.origin, message);
            } else {
                mount.options.insert("bind-recursive".into(), recursive.clone());
                if makes {
                    makes = false;
                    mount.options.insert("create".into(), "false".into());
                    let message = "docker's client cannot say this and have the source made; make it before the first start";
                    self.say(Class::Different, &format_args!("{path}.recursive"), &written.origin, message);
                }
                mount.options.insert("create".into(), "false".into());
                if makes {
                    let message = "docker makes no directory for a mount with this; make it before the first start";
                    self.say(Class::Different, &format_args!("{path}.create_host_path"), &written.origin, message);
                }
            }
        }
        makes && recursive.is_none()
    }

    fn volume_options(&mut self, mount: &mut Mount, path: &dyn Display, written: &Sourced<Written>, volume: Option<&VolumeOptions>) {
        let Some(VolumeOptions { labels, nocopy, subpath, extensions }) = volume else { return };
        self.unknown(&format_args!("{path}.volume"), extensions);
        if !labels.is_empty() {
            let message = "labels on a mount are for volumes that it makes; write them at the volume, under the top-level `volumes`";
            self.say(Class::Different, &format_args!("{path}.volume.labels"), &written.origin, message);
        }
        let nocopy = nocopy.filter(|n| *n);
        let nocopy = if self.podman() && nocopy.is_some() && subpath.is_some() {
            let message = "podman takes `nocopy` only without a `subpath`; copying happens only into a volume that is empty";
            self.say(Class::Unmapped, &format_args!("{path}.volume.nocopy"), &written.origin, message);
            None
        } else {
            nocopy
        };
        if mount.kind == "volume" {
            mount.options.extend(nocopy.map(|_| ("volume-nocopy".to_owned(), "true".to_owned())));
            mount.options.extend(subpath.clone().map(|s| ("volume-subpath".to_owned(), s)));
        }
    }

    /// True for a volume whose real name is empty.
    fn nameless(&self, key: &str) -> bool {
        self.project.volumes.get(key).and_then(|v| v.name.as_ref()).is_some_and(|name| name.is_empty())
    }

    /// The real name of a volume, whose unit comes before.
    fn volume_of(&mut self, d: &mut Draft<'_>, key: &str) -> String {
        let volume = self.project.volumes.get(key);
        let name = volume.and_then(|v| v.name.as_ref()).map_or_else(|| key.to_owned(), |n| n.value.clone());
        let services = self.used_volumes.entry(key.to_owned()).or_default();
        if !services.contains(&d.service.name) {
            services.push(d.service.name.clone());
        }
        let unit = format!("{}.service", self.unit_of("volume", &name));
        if volume.is_some_and(|v| v.external) {
            // Another project of this host may make it. An engine makes it in silence, and Compose refuses to.
            let inspect = [self.options.backend.command(), "volume", "inspect", "--format={{.Name}}", &name];
            let check = Command::Run(super::words(inspect));
            if !d.unit.pre_start.contains(&check) {
                d.unit.pre_start.push(check);
            }
            d.want(unit);
        } else {
            d.require(unit);
        }
        name
    }

    fn anonymous(&mut self, d: &mut Draft<'_>, path: &dyn Display, written: &Sourced<Written>, target: &str) {
        d.container.auto_remove = false;
        let anonymous = Anonymous { service: d.service.name.clone(), target: target.to_owned() };
        if !self.out.anonymous.contains(&anonymous) {
            self.out.anonymous.push(anonymous);
        }
        let message = "the volume has no name: each start of the unit makes a new one, and the old one stays behind (`docker compose up` hands \
                       it on to the new container); give it a name if its data is to be kept";
        self.say(Class::Different, path, &written.origin, message);
    }

    /// What a bind mount asks of the host.
    fn host_path(&mut self, d: &mut Draft<'_>, path: &dyn Display, written: &Sourced<Written>, host: &str, makes: bool) {
        if self.wiring.path(host) != host {
            return;
        }
        if may_be_mounted(host) {
            d.mounts_for.insert(host.to_owned());
        }
        if self.podman() && crate::model::known::is_engine_socket(host) && host.ends_with("docker.sock") {
            let message = "podman has its socket elsewhere; set `virtualisation.podman.dockerSocket.enable`";
            self.say(Class::Different, path, &written.origin, message);
        }
        if !makes || !host.starts_with('/') || !(self.podman() || self.options.tmpfiles) {
            return;
        }
        let is_ours = !is_system_path(host)
            && !["/run/", "/var/run/", "/dev/", "/proc/", "/sys/", "/nix/", "/etc/"].iter().any(|p| host.starts_with(p))
            && !looks_like_file(host)
            && !looks_like_file(&written.target);
        if !is_ours {
            return;
        }
        if self.options.tmpfiles {
            self.tmpfiles.push(format!("d {} - - - -", unit_word(host)));
        } else {
            let message = "podman does not make the directory, as docker does; make it before the first start";
            self.say(Class::Different, path, &written.origin, message);
        }
    }

    /// `tmpfs`: `/run`, `/tmp:size=64m`.
    pub(super) fn tmpfs(d: &mut Draft<'_>, tmpfs: &List<String>) {
        for written in tmpfs {
            let (target, options) = written.split_once(':').unwrap_or((written, ""));
            let mut mount = Mount { kind: "tmpfs".into(), target: target.to_owned(), ..Mount::default() };
            if !options.is_empty() {
                mount.options.insert("options".into(), options.to_owned());
            }
            d.container.mounts.push(mount);
        }
    }

    /// `secrets` and `configs` of a service: files that are mounted, as Compose does it.
    pub(super) fn file_references(&mut self, d: &mut Draft<'_>, kind: &str, references: &List<FileReference>) {
        let (all, sources, base) = match kind {
            "secrets" => (&self.project.secrets, &self.wiring.secret_source, "/run/secrets/"),
            _ => (&self.project.configs, &self.wiring.config_source, "/"),
        };
        for (i, written) in references.iter().enumerate() {
            let FileReference { source, target, uid, gid, mode, extensions } = &written.value;
            let path = d.at(kind).number(i);
            self.unknown(&path, extensions);
            let object = all.get(source);
            let Some(file) = sources.get(source).cloned().or_else(|| self.file_of(kind, source, object)) else {
                self.no_file(d, &format!("{kind}.{source}"), object, &written.origin);
                continue;
            };
            let target = match target.as_deref().filter(|t| !t.is_empty()) {
                Some(target) if target.starts_with('/') => target.to_owned(),
                Some(target) => format!("{base}{target}"),
                None => format!("{base}{source}"),
            };
            for (key, field) in object.into_iter().flat_map(|o| [("content", &o.content), ("environment", &o.environment)]) {
                let message =
                    "Compose copies it into the container when it starts, where it can be changed; here it is mounted, and read-only";
                self.say_of(Class::Different, &format_args!("{kind}.{source}.{key}"), field.as_ref(), message);
            }
            // Who has wired the secrets has said it.
            if (uid.is_some() || gid.is_some() || mode.is_some()) && !self.wiring.services.contains_key(&d.service.name) {
                let message = "Compose does not give a file that is mounted another owner or mode; set them at the file on the host";
                self.say(Class::Different, &path, &written.origin, message);
            }
            // What is written under `volumes` counts.
            if d.container.mounts.iter().all(|m| m.target != target) {
                let mut mount = Mount { kind: "bind".into(), source: Some(file), target, read_only: true, ..Mount::default() };
                // Docker would make a directory where the file is missing; podman makes nothing.
                if !self.podman() {
                    mount.options.insert("create".into(), "false".into());
                }
                d.container.mounts.push(mount);
            }
        }
    }

    /// A secret or config that is in no file.
    fn no_file(&mut self, d: &Draft<'_>, path: &dyn Display, object: Option<&Sourced<FileObject>>, origin: &Origin) {
        let service = &d.service.name;
        let hint = "put it into a file and name that with `file`, or have it made by sops-nix or agenix";
        let (key, why) = match object {
            Some(o) if o.external => ("external", "it is external, and only a swarm keeps such"),
            Some(_) => ("environment", "its value is in a variable of whoever calls Compose, and systemd has none"),
            None => ("file", "it is not declared"),
        };
        let origin = object.map_or_else(|| origin.clone(), Sourced::at_key);
        self.say(Class::Unmapped, &format_args!("{path}.{key}"), &origin, format!("service `{service}` cannot be given it: {why}; {hint}"));
    }

    /// The file of a secret or config, if the project says enough.
    fn file_of(&self, kind: &str, key: &str, object: Option<&Sourced<FileObject>>) -> Option<String> {
        let object = object.filter(|o| !o.external)?;
        if let Some(file) = &object.file {
            return Some(self.wiring.path(file));
        }
        let value = |name: &Sourced<String>| self.project.environment.get(&name.value).map(|v| v.value.as_str());
        let content = match (&object.content, &object.environment) {
            (Some(content), _) => content.as_str(),
            // The value as it is now; a secret must not stand in the store.
            (None, Some(name)) if kind == "configs" => value(name)?,
            _ => return None,
        };
        if content.contains([REFERENCE.0, REFERENCE.1]) {
            return None;
        }
        let name: String = super::unit_name(key);
        Some(reference(&format!("pkgs.writeText {} {}", nix_text(&name), nix_text(content))))
    }

    /// `volumes_from`: `db`, `db:ro`, `container:other:ro`.
    pub(super) fn volumes_from(&mut self, d: &mut Draft<'_>, from: &List<String>) {
        for written in from {
            let (name, mode) = if let Some(other) = written.strip_prefix("container:") {
                let (name, mode) = other.split_once(':').unwrap_or((other, ""));
                let unit = self.container_unit(name);
                let message = format!("the container `{name}` is of another project: it must be there before, from `{unit}` or otherwise");
                self.say(Class::Moved, &d.at("volumes_from"), &written.origin, message);
                d.want(unit);
                (name.to_owned(), mode)
            } else {
                let (service, mode) = written.split_once(':').unwrap_or((written, ""));
                let Some(name) = self.names_of(service).into_iter().next() else {
                    let message = format!("service `{service}` is not there to take volumes from");
                    self.say(Class::Unmapped, &d.at("volumes_from"), &written.origin, message);
                    continue;
                };
                (name, mode)
            };
            let colon = if mode.is_empty() { "" } else { ":" };
            d.flag("volumes-from", format!("{name}{colon}{mode}"));
            if mode == "ro" {
                let message = "Compose loses the `:ro` on the way to the engine; here the volumes are read-only, as it was meant";
                self.say(Class::Different, &d.at("volumes_from"), &written.origin, message);
            }
        }
    }

    /// `use_api_socket`.
    pub(super) fn api_socket(&mut self, d: &mut Draft<'_>, used: Option<&Sourced<bool>>) {
        let Some(used) = used.filter(|u| u.value) else { return };
        let socket = if self.podman() { "/run/podman/podman.sock" } else { "/var/run/docker.sock" };
        d.container.mounts.push(Mount {
            kind: "bind".into(),
            source: Some(socket.into()),
            target: "/var/run/docker.sock".into(),
            ..Mount::default()
        });
        let message = "the socket of the engine is mounted; the logins of whoever calls Compose, which it hands on too, are not";
        self.say(Class::Different, &d.at("use_api_socket"), &used.at_key(), message);
    }
}

/// The volumes of a container that have a name, and other parts of the project's data.
pub(super) fn device_of(driver: Option<&str>, options: &Named<String>) -> Option<String> {
    let device = options.get("device").filter(|_| matches!(driver, None | Some("local" | "")))?;
    Some(device.value.clone()).filter(|x| x.starts_with('/') && !x.starts_with("/dev/"))
}
