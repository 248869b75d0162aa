//! Mounts and volumes: where the data of a service is.

use serde_json::Value as Json;

use super::super::side::{Side, volume_of};
use super::super::walk::Found;
use super::super::words;
use super::{Judge, Verdict, behaviour, data, exposure, is_true, word};
use crate::compose::problem::{ModelPath, Part};
use crate::model::known;

/// What a mount is of.
enum Storage<'j> {
    /// A volume, by its real name.
    Volume(&'j str),
    /// A path of the host.
    Host(&'j str),
    /// Gone with the container: a mount in memory, a volume without a name.
    Passing(&'static str),
    /// An image, a pipe, a volume of a cluster.
    Other,
}

impl<'j> Storage<'j> {
    fn of(side: &'j Side, mount: &'j Json) -> Self {
        if mount.is_string() {
            return Storage::Passing("in memory");
        }
        match (word(mount.get("type")), volume_of(mount)) {
            ("volume", Some(key)) => Storage::Volume(side.real_name("volumes", key)),
            ("volume", None) => Storage::Passing("in a volume without a name"),
            ("tmpfs", _) => Storage::Passing("in memory"),
            ("bind", _) => Storage::Host(word(mount.get("source"))),
            _ => Storage::Other,
        }
    }

    fn is_kept(&self) -> bool {
        matches!(self, Storage::Volume(_) | Storage::Host(_))
    }

    /// In words, to be read behind "stays in".
    fn place(&self, side: &Side) -> String {
        match self {
            Storage::Volume(name) => format!("volume `{name}`"),
            Storage::Host(path) => format!("`{}`", side.shown(path)),
            Storage::Passing(place) => (*place).to_owned(),
            Storage::Other => "the image".to_owned(),
        }
    }
}

/// What lies below these is the host's own and no data of a service.
const OF_HOST: [&str; 6] = ["/dev", "/lib/modules", "/proc", "/run", "/sys", "/var/run"];

/// These, too.
const FILES_OF_HOST: [&str; 8] =
    ["/etc/group", "/etc/hostname", "/etc/localtime", "/etc/os-release", "/etc/passwd", "/etc/timezone", "/tmp", "/tmp/.X11-unix"];

/// True for what belongs to the host and not to the service: its sockets, its devices, its own directories; never what lies below the project
/// directory, wherever that is.
fn is_of_host(side: &Side, path: &str) -> bool {
    !side.is_below(path)
        && (known::is_engine_socket(path)
            || known::is_system_path(path)
            || FILES_OF_HOST.contains(&path)
            || OF_HOST.iter().any(|d| std::path::Path::new(path).starts_with(d)))
}

impl Judge<'_> {
    /// What is wrong with it if a mount of a service shares a volume that it did not share before, both of them writing.
    pub(super) fn shared(&self, service: &str, mount: &Json) -> Option<String> {
        let real = self.new.real_name("volumes", volume_of(mount)?);
        let writes = |uses: &super::Uses, s: &str| uses.get(real).and_then(|u| u.get(s)).copied() == Some(true);
        if is_true(mount.get("read_only")) || writes(&self.old_uses, service) {
            return None;
        }
        let other = self.new_uses.get(real)?.iter().find(|(name, writes)| **name != service && **writes)?.0;
        Some(format!("`{service}` and `{other}` now write to one volume, `{real}`, and may damage each other's data"))
    }

    pub(super) fn mount(&self, service: &str, rest: &[&str], found: &Found) -> Verdict {
        let whole = |at: &ModelPath, side: &Side| -> Option<Json> {
            let index = match at.0.get(3)? {
                Part::Index(index) => *index,
                Part::Key(_) => return None,
            };
            side.entry("services", service)?.get("volumes")?.get(index).cloned()
        };
        match rest {
            [] => match (found.before, found.after) {
                (None, Some(after)) => self.mounted(service, after),
                (Some(before), None) => self.unmounted(service, before),
                (Some(before), Some(after)) => self.remounted(service, before, after),
                (None, None) => behaviour(words::other(&["services", service, "volumes"])),
            },
            ["read_only"] if is_true(found.before) && !is_true(found.after) => {
                let mount = whole(&found.new_at, self.new).unwrap_or_default();
                match self.shared(service, &mount) {
                    Some(shared) => data(shared),
                    None => exposure(format!("`{service}` may now write where it could only read")),
                }
            }
            ["read_only"] => behaviour(format!("`{service}` can only read there now: what it wants to write fails")),
            ["volume" | "image", "subpath"] => {
                data(format!("`{service}` finds another directory there; what it wrote stays in the old one"))
            }
            ["bind", "propagation"] if word(found.after).ends_with("shared") => {
                exposure(format!("what `{service}` mounts below it shows on the host"))
            }
            _ => behaviour(format!("`{service}` gets the same mount with other options")),
        }
    }

    fn mounted(&self, service: &str, mount: &Json) -> Verdict {
        if let Some(shared) = self.shared(service, mount) {
            return data(shared);
        }
        if let Some(open) = super::exposure::of_mount(mount) {
            return exposure(format!("`{service}` {open}"));
        }
        let target = word(mount.get("target"));
        match Storage::of(self.new, mount) {
            Storage::Passing(_) => behaviour(format!("what `{service}` writes to `{target}` is gone with its container")),
            _ => behaviour(format!("`{service}` finds at `{target}` what is mounted there, not what its image has")),
        }
    }

    fn unmounted(&self, service: &str, mount: &Json) -> Verdict {
        let target = word(mount.get("target"));
        let storage = Storage::of(self.old, mount);
        let nothing = format!("nothing is mounted at `{target}` any more");
        match storage {
            Storage::Host(path) if is_of_host(self.old, path) => behaviour(format!("`{service}` no longer sees `{path}` of the host")),
            _ if !storage.is_kept() => behaviour(nothing),
            _ if is_true(mount.get("read_only")) => {
                behaviour(format!("`{service}` no longer finds {} at `{target}`", storage.place(self.old)))
            }
            _ => data(format!(
                "{nothing}: what `{service}` writes there is lost with its container; what there is stays in {}",
                storage.place(self.old)
            )),
        }
    }

    fn remounted(&self, service: &str, before: &Json, after: &Json) -> Verdict {
        let (was, is) = (Storage::of(self.old, before), Storage::of(self.new, after));
        let reads_only = is_true(before.get("read_only")) && is_true(after.get("read_only"));
        if let Some(shared) = self.shared(service, after) {
            let stays = if was.is_kept() { format!("; what `{service}` has stays in {}", was.place(self.old)) } else { String::new() };
            return data(format!("{shared}{stays}"));
        }
        // What lies within what it saw before opens nothing.
        let within = |after: &str, before: &str| std::path::Path::new(after).starts_with(before);
        let narrower = matches!((&was, &is), (Storage::Host(before), Storage::Host(after)) if within(after, before));
        let open = super::exposure::of_mount(after).filter(|_| !narrower);
        let stays = was.place(self.old);
        let (old_target, target) = (word(before.get("target")), word(after.get("target")));
        let same = match (&was, &is) {
            (Storage::Volume(a), Storage::Volume(b)) | (Storage::Host(a), Storage::Host(b)) => a == b,
            _ => false,
        };
        match (&was, &is) {
            _ if !was.is_kept() => match open {
                Some(open) => exposure(format!("`{service}` {open}")),
                None if is.is_kept() => {
                    behaviour(format!("what `{service}` writes to `{target}` is kept from now on, in {}", is.place(self.new)))
                }
                None => behaviour(format!("`{service}` has something else mounted at `{target}`")),
            },
            (Storage::Host(path), _) if is_of_host(self.old, path) => match open {
                Some(open) => exposure(format!("`{service}` {open}")),
                None => behaviour(format!("`{service}` sees something else of the host at `{target}`")),
            },
            _ if same && old_target != target && !reads_only => data(format!(
                "`{service}` finds its data at `{target}` now; what it goes on writing to `{old_target}` is lost with its container"
            )),
            _ if same && old_target != target => behaviour(format!("`{service}` finds it at `{target}` and no longer at `{old_target}`")),
            _ if same => behaviour("it is the same volume under another key, so no data moves"),
            _ if reads_only => match open {
                Some(open) => exposure(format!("`{service}` {open}")),
                None => behaviour(format!("`{service}` reads from {} and no longer from {stays}", is.place(self.new))),
            },
            (_, Storage::Volume(real)) if self.old_uses.contains_key(real) => {
                data(format!("`{service}` works with what is in volume `{real}` from now on; the data stays in {stays}"))
            }
            (_, Storage::Volume(_)) => data(format!("the new volume starts empty; the data stays in {stays}")),
            (_, Storage::Host(_)) => data(format!("`{service}` works with {} from now on; the data stays in {stays}", is.place(self.new))),
            _ => data(format!("what `{service}` writes to `{target}` is {} now, and lost; the data stays in {stays}", is.place(self.new))),
        }
    }

    pub(super) fn volume(&self, key: &str, rest: &[&str], found: &Found) -> Verdict {
        let (was, is) = (self.old.real_name("volumes", key), self.new.real_name("volumes", key));
        let external = |side: &Side| is_true(side.entry("volumes", key).and_then(|v| v.get("external")));
        match rest {
            ["name"] | [] if found.before.is_some() && found.after.is_some() => {
                if was == is {
                    let who = if external(self.new) {
                        "has to be there before `up`"
                    } else {
                        "belongs to the project from now on: `down -v` removes it"
                    };
                    return data(format!("volume `{is}` {who}"));
                }
                if let Some(other) = self.named.get(is).and_then(|keys| keys.iter().find(|other| **other != key)) {
                    return data(format!("`{key}` and `{other}` are now one volume, `{is}`; the data of `{key}` stays in `{was}`"));
                }
                let start = if external(self.new) { "which has to be there" } else { "which starts empty unless it is there already" };
                data(format!("the services get volume `{is}`, {start}; the data stays in `{was}`"))
            }
            [] => behaviour(words::other(&["volumes", key])),
            ["driver"] if [found.before, found.after].into_iter().flatten().all(|d| word(Some(d)) == "local") => {
                behaviour("it is the driver that volumes have anyway, so nothing moves")
            }
            ["driver_opts", "device", ..] => data(format!(
                "volume `{key}` leads to another place; Compose asks whether to make `{is}` anew, and keeps the old one until then"
            )),
            _ => data(format!(
                "volume `{is}` is defined otherwise: Compose asks whether to make it anew, and with `up --yes` it does, which loses its data"
            )),
        }
    }
}
