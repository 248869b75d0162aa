//! `-v`, `--tmpfs` and `--mount`.

use super::super::csv;
use crate::migrate::nix::Backend;
use crate::migrate::nix::normal::Mount;
use crate::nix::REFERENCE;

/// `[source:]target[:options]`.
pub(super) fn volume(text: &str) -> Result<Mount, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, words) = match parts.as_slice() {
        [target] => (None, *target, ""),
        [source, target] => (Some(*source), *target, ""),
        [source, target, words] => (Some(*source), *target, *words),
        _ => return Err(format!("`{text}` is no volume: it has too many colons")),
    };
    if target.is_empty() || source.is_some_and(str::is_empty) {
        return Err(format!("`{text}` is no volume: a part is empty"));
    }
    let path = source.is_some_and(|source| source.starts_with(['/', '.', '~', REFERENCE.0]));
    let mut mount = Mount {
        kind: if path { "bind" } else { "volume" }.into(),
        source: source.map(str::to_owned),
        target: target.into(),
        ..Mount::default()
    };
    for word in words.split(',').filter(|word| !word.is_empty()) {
        let (key, value) = match word {
            "ro" => {
                mount.read_only = true;
                continue;
            }
            "rw" => continue,
            "z" | "Z" => ("selinux", word),
            "nocopy" if !path => ("volume-nocopy", "true"),
            "shared" | "rshared" | "private" | "rprivate" | "slave" | "rslave" => ("bind-propagation", word),
            _ => return Err(format!("`{word}` of the volume `{text}` is not known here")),
        };
        mount.options.insert(key.into(), value.into());
    }
    Ok(mount)
}

/// `target[:options]`.
pub(super) fn tmpfs(text: &str) -> Mount {
    let (target, options) = text.split_once(':').map_or((text, None), |(target, options)| (target, Some(options)));
    Mount {
        kind: "tmpfs".into(),
        target: target.into(),
        options: options.map(|options| ("options".into(), options.into())).into_iter().collect(),
        ..Mount::default()
    }
}

/// `type=bind,source=…,target=…`.
pub(super) fn mount(text: &str, backend: Backend) -> Result<Mount, String> {
    let podman = backend == Backend::Podman;
    let mut mount = Mount { kind: if podman { "" } else { "volume" }.into(), ..Mount::default() };
    let fields = csv::split(text)?;
    let kind = fields.iter().find_map(|field| field.strip_prefix("type="));
    if let Some(kind) = kind {
        mount.kind = kind.into();
    }
    for field in &fields {
        let (key, value) = field.split_once('=').map_or((field.as_ref(), None), |(key, value)| (key, Some(value)));
        let (kind, value) = (mount.kind.as_str(), value.unwrap_or("true"));
        let option = match (key, kind) {
            ("type", _) => continue,
            ("source" | "src", _) if kind != "tmpfs" => {
                mount.source = Some(value.into());
                continue;
            }
            ("target" | "dst" | "destination", _) => {
                mount.target = value.into();
                continue;
            }
            ("readonly" | "ro", _) if !(podman && kind == "image") => {
                mount.read_only = value == "true";
                continue;
            }
            ("rw", "image") if podman => {
                mount.read_only = value == "false";
                continue;
            }
            ("relabel", "bind") if podman && value == "private" => ("selinux", "Z"),
            ("relabel", "bind") if podman && value == "shared" => ("selinux", "z"),
            ("bind-propagation", "bind") | ("volume-subpath", "volume") | ("tmpfs-size" | "tmpfs-mode", "tmpfs") => (key, value),
            ("bind-recursive", "bind") | ("image-subpath", "image") if !podman => (key, value),
            ("volume-nocopy", "volume") if !podman && value == "true" => (key, value),
            ("subpath", "volume") if podman => ("volume-subpath", value),
            // Of podman's, it is a path from the root of the image.
            ("subpath", "image") if podman => match value.strip_prefix('/') {
                Some(below) => ("image-subpath", below),
                None => return Err(format!("`{field}` is no absolute path")),
            },
            _ => return Err(format!("`{field}` of the mount `{text}` is not known here")),
        };
        mount.options.insert(option.0.into(), option.1.into());
    }
    match mount.kind.as_str() {
        // Neither program makes the source of such a mount.
        "bind" => drop(mount.options.insert("create".into(), "false".into())),
        "volume" | "tmpfs" | "image" => {}
        other => return Err(format!("`{other}` is no type of mount of {backend}")),
    }
    if mount.target.is_empty() || (mount.source.is_none() && matches!(mount.kind.as_str(), "bind" | "image")) {
        return Err(format!("the mount `{text}` lacks its source or its target"));
    }
    Ok(mount)
}
