//! Relative paths (spec/resolve.md 13), and paths as text: Compose cleans and joins them Unix-style, whatever they lead to.

use std::path::Path;

use super::pattern::Place;
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::text::text;
use super::value::{Data, Map, Value};
use crate::fs::Fs;

/// A path without `.`, `..` and doubled slashes, by text alone. The empty path stays empty.
pub fn clean(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// `path` below `base`, cleaned. Unlike [`crate::fs::join`] an absolute `path` is put below as well.
pub fn join(base: &str, path: &str) -> String {
    if base.is_empty() { clean(path) } else { clean(&format!("{base}/{path}")) }
}

/// `path` seen from `base`: an absolute one as it is, not cleaned; `~` is `home`. The empty path stays empty.
pub fn absolute(base: &str, path: &str, home: Option<&str>) -> String {
    let path = expand_home(path, home);
    if path.starts_with('/') || path.is_empty() || path.starts_with('~') { path } else { join(base, &path) }
}

/// The way from `base` to `target`, both absolute or both relative (to the same place), by text alone.
pub fn relative(base: &str, target: &str) -> String {
    let (base, target) = (clean(base), clean(target));
    let parts = |s: &str| s.split('/').filter(|p| !p.is_empty() && *p != ".").map(str::to_owned).collect::<Vec<_>>();
    let (from, to) = (parts(&base), parts(&target));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    let way: Vec<&str> = up.chain(to.iter().skip(common).map(String::as_str)).collect();
    if way.is_empty() { ".".to_owned() } else { way.join("/") }
}

/// The directory that a path lies in, as text: `.` if it names none.
pub fn parent(path: &str) -> String {
    match path.rsplit_once('/') {
        None => ".".to_owned(),
        Some(("", _)) => "/".to_owned(),
        Some((directory, _)) => clean(directory),
    }
}

/// Without a home directory a `~` stays: a path below the project that begins with `~` would be a lie.
fn expand_home(path: &str, home: Option<&str>) -> String {
    match (path.strip_prefix('~'), home) {
        (Some(rest), Some(home)) => join(home, rest.trim_start_matches('/')),
        _ => path.to_owned(),
    }
}

/// True for `C:\x`, `C:/x` and `\\server`.
fn is_windows_absolute(path: &str) -> bool {
    let mut chars = path.chars();
    let start = (chars.next(), chars.next(), chars.next());
    path.starts_with("\\\\") || matches!(start, (Some(c), Some(':'), Some('\\' | '/')) if c != '\n')
}

/// What a reference that is no path leads to (spec/resolve.md 10.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remote {
    /// A git repository.
    Git,
    /// An artifact in a registry.
    Oci,
}

/// Whether `include.path`, `extends.file` or `-f` names something remote.
pub fn is_remote(reference: &str) -> Option<Remote> {
    if reference.starts_with("oci://") {
        return Some(Remote::Oci);
    }
    if reference.starts_with("./") || reference.starts_with("../") {
        return None;
    }
    if reference.starts_with("github.com/") {
        return Some(Remote::Git);
    }
    if let Some((scheme, _)) = reference.split_once("://")
        && !scheme.is_empty()
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        let scheme = scheme.to_ascii_lowercase();
        let body = reference.split_once('#').map_or(reference, |(body, _)| body);
        let (path, query) = body.split_once('?').unwrap_or((body, ""));
        let known = ["ref", "tag", "branch", "subdir", "checksum", "commit", "keep-git-dir", "submodules"];
        #[allow(clippy::case_sensitive_file_extension_comparisons)] // as Compose compares it
        let git = match scheme.as_str() {
            "http" | "https" => path.ends_with(".git"),
            "ssh" | "git" => true,
            _ => false,
        };
        let plain = query.split('&').filter(|q| !q.is_empty()).all(|q| known.contains(&q.split_once('=').map_or(q, |(k, _)| k)));
        return (git && plain).then_some(Remote::Git);
    }
    let (user, rest) = reference.split_once('@')?;
    let (host, _) = rest.split_once(':')?;
    let word = |s: &str, more: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    (word(user, "_-") && word(host, ".-")).then_some(Remote::Git)
}

/// How a value of the tree is read as a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A path of the host.
    Plain,
    /// One that may be a Windows path.
    Unix,
    /// The context of a build, which may be an address.
    Context,
    /// The file of an `extends`, which may be remote.
    Extends,
    /// What `develop.watch` looks at: its first link is followed.
    Watched,
}

impl Reading {
    /// True if a text of this kind starts at the base: it is neither absolute, nor in a home directory, nor an address, nor empty.
    pub fn is_relative(self, path: &str) -> bool {
        let elsewhere = match self {
            Reading::Plain | Reading::Watched => false,
            Reading::Unix => is_windows_absolute(path),
            Reading::Context => is_address(path),
            Reading::Extends => is_remote(path).is_some(),
        };
        // What is empty and may be a Windows path is the base itself.
        !elsewhere && !path.starts_with(['/', '~']) && (!path.is_empty() || self == Reading::Unix)
    }
}

/// Every path of a tree as seen from `base`, which is relative for an extended file (then the results are relative to the project).
pub fn resolve(root: &mut Map, base: &Path, home: Option<&Path>, fs: &dyn Fs, problems: &mut Vec<Problem>) {
    let base = base.to_string_lossy();
    let home = home.map(Path::to_string_lossy);
    let from = From { base: &base, home: home.as_deref() };
    each_path(root, &mut |reading, value| {
        if let Data::Str(path) = &mut value.data {
            *path = from.read(reading, path, fs);
        }
    });
    sources(root, problems);
}

/// Where relative paths start.
#[derive(Clone, Copy)]
struct From<'a> {
    base: &'a str,
    home: Option<&'a str>,
}

impl From<'_> {
    fn read(self, reading: Reading, path: &str, fs: &dyn Fs) -> String {
        match reading {
            Reading::Unix => {
                let path = expand_home(path, self.home);
                if path.starts_with(['/', '~']) || is_windows_absolute(&path) { path } else { join(self.base, &path) }
            }
            Reading::Context if is_address(path) => path.to_owned(),
            Reading::Extends if is_remote(path).is_some() => path.to_owned(),
            Reading::Plain | Reading::Context | Reading::Extends => self.plain(path),
            Reading::Watched => first_link(&self.plain(path), fs),
        }
    }

    fn plain(self, path: &str) -> String {
        absolute(self.base, path, self.home)
    }
}

/// True for a build context that is no path.
fn is_address(context: &str) -> bool {
    context.contains("://") || ["service:", "github.com/", "git@"].iter().any(|p| context.starts_with(p))
}

fn section<'m>(root: &'m mut Map, key: &str) -> impl Iterator<Item = &'m mut Map> {
    root.get_mut(key)
        .and_then(|e| e.value.as_map_mut())
        .into_iter()
        .flat_map(|objects| objects.values_mut().filter_map(|e| e.value.as_map_mut()))
}

/// Passes a text, all texts of a list, or all values of a mapping.
fn each(value: Option<&mut Value>, reading: Reading, visit: &mut dyn FnMut(Reading, &mut Value)) {
    let Some(value) = value else { return };
    match &mut value.data {
        Data::Str(_) => visit(reading, value),
        Data::Seq(items) => items.iter_mut().for_each(|v| each(Some(v), reading, visit)),
        Data::Map(map) => map.values_mut().for_each(|e| each(Some(&mut e.value), reading, visit)),
        _ => {}
    }
}

/// Passes every text of a tree that is a path of the host, in the order in which Compose comes to them: the one list of them. The tree has
/// its long forms. What `include` names is not there any more, and not here.
pub fn each_path(root: &mut Map, visit: &mut dyn FnMut(Reading, &mut Value)) {
    for service in section(root, "services") {
        if let Some(build) = service.get_mut("build").and_then(|e| e.value.as_map_mut()) {
            if let Some(context) = build.get_mut("context").map(|e| &mut e.value)
                && context.as_str().is_some()
            {
                each(Some(context), Reading::Context, visit);
            }
            if let Some(contexts) = build.get_mut("additional_contexts").and_then(|e| e.value.as_map_mut()) {
                for context in contexts.values_mut().map(|e| &mut e.value) {
                    context.data = Data::Str(text(context));
                    each(Some(context), Reading::Context, visit);
                }
            }
            if let Some(keys) = build.get_mut("ssh").map(|e| &mut e.value)
                && keys.as_map().is_some()
            {
                each(Some(keys), Reading::Unix, visit);
            }
        }
        for file in items(service, "env_file") {
            each(file.as_map_mut().and_then(|f| f.get_mut("path")).map(|e| &mut e.value), Reading::Plain, visit);
        }
        for file in items(service, "label_file") {
            each(Some(file), Reading::Plain, visit);
        }
        if let Some(extends) = service.get_mut("extends").and_then(|e| e.value.as_map_mut()) {
            each(extends.get_mut("file").map(|e| &mut e.value), Reading::Extends, visit);
        }
        if let Some(develop) = service.get_mut("develop").and_then(|e| e.value.as_map_mut()) {
            for watch in items(develop, "watch") {
                each(watch.as_map_mut().and_then(|w| w.get_mut("path")).map(|e| &mut e.value), Reading::Watched, visit);
            }
        }
        for volume in items(service, "volumes") {
            let Some(volume) = volume.as_map_mut() else { continue };
            if volume.get("type").and_then(|e| e.value.as_str()) == Some("bind") {
                each(volume.get_mut("source").map(|e| &mut e.value), Reading::Unix, visit);
            }
        }
    }
    for kind in ["configs", "secrets"] {
        for object in section(root, kind) {
            each(object.get_mut("file").map(|e| &mut e.value), Reading::Unix, visit);
        }
    }
    for volume in section(root, "volumes") {
        if volume.get("driver").and_then(|e| e.value.as_str()) != Some("local") {
            continue;
        }
        let Some(options) = volume.get_mut("driver_opts").and_then(|e| e.value.as_map_mut()) else { continue };
        if options.get("o").and_then(|e| e.value.as_str()) == Some("bind") {
            each(options.get_mut("device").map(|e| &mut e.value), Reading::Unix, visit);
        }
    }
}

/// Reports binds that say nothing of the host.
fn sources(root: &mut Map, problems: &mut Vec<Problem>) {
    let Some(services) = root.get_mut("services").and_then(|e| e.value.as_map_mut()) else { return };
    let start = ModelPath::keys(&["services"]);
    let start = Place::Root(&start);
    for (name, entry) in services.iter_mut() {
        let Some(service) = entry.value.as_map_mut() else { continue };
        for (index, volume) in items(service, "volumes").iter_mut().enumerate() {
            let origin = volume.origin.clone();
            let Some(volume) = volume.as_map_mut() else { continue };
            if volume.get("type").and_then(|e| e.value.as_str()) != Some("bind") || volume.contains_key("source") {
                continue;
            }
            let path = Place::Index(&Place::Key(&Place::Key(&start, name), "volumes"), index).path();
            problems.push(
                Problem::refused(
                    ProblemKind::InvalidMount,
                    Phase::Path,
                    "this bind mount does not say which directory of the host it mounts",
                )
                .help("give it a `source`")
                .at(origin)
                .path(&path),
            );
        }
    }
}

fn items<'m>(map: &'m mut Map, key: &str) -> &'m mut [Value] {
    match map.get_mut(key).map(|e| &mut e.value.data) {
        Some(Data::Seq(items)) => items,
        _ => &mut [],
    }
}

/// The path with its first symbolic link replaced by what it leads to: `develop.watch` follows one.
fn first_link(path: &str, fs: &dyn Fs) -> String {
    let mut at = String::new();
    for part in path.split('/').filter(|p| !p.is_empty()) {
        at.push('/');
        at.push_str(part);
        if fs.read_link(Path::new(&at)).is_ok() {
            return match fs.canonicalize(Path::new(&at)) {
                Ok(real) => path.replacen(&at, &real.to_string_lossy(), 1),
                Err(_) => path.to_owned(),
            };
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests;
