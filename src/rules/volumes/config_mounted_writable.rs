//! A configuration file that the container may change.

use std::path::Path;

use crate::host::mounts::CONFIG;
use crate::model::{Mount, MountKind};
use crate::rules::amend::{parts, with_short_or_long};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "config-mounted-writable",
        topic: Topic::Volumes,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a configuration file is mounted without `:ro`",
        page: page!("config-mounted-writable"),
    },
    rule: &ConfigMountedWritable,
};

struct ConfigMountedWritable;

impl Rule for ConfigMountedWritable {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Bind && !m.read_only && !m.origin.is_unset()) {
            let Some(source) = mount.source.as_deref().map(Path::new) else { continue };
            if !is_config(mount, source) || cx.facts.fs().is_dir(source) {
                continue;
            }
            let edits = with_short_or_long(cx, mount.origin.at, read_only, "read_only", "true");
            let report = cx.report(&mount.origin, format!("`{}` may write to its configuration `{}`", service.name, project.shown(source)))
                .why("whoever breaks into the container can change the file on the host, and what the program itself rewrites is lost in a fresh checkout")
                .help("mount it with `:ro`; if the program has to write it, mount the directory that it is in");
            if let Some(edits) = edits {
                report.fix("mount it read-only: the container can no longer change it", Applicability::Unsafe, edits);
            }
        }
    }
}

/// The short form with the mode `ro`.
fn read_only(text: &str) -> Option<String> {
    match parts(text).as_slice() {
        // One letter in front is a drive of Windows.
        [source, ..] if source.len() < 2 => None,
        [source, target] => Some(format!("{source}:{target}:ro")),
        [source, target, mode] if !mode.contains('$') => {
            let words = mode.split(',').filter(|w| !w.is_empty() && *w != "rw").chain(["ro"]);
            Some(format!("{source}:{target}:{}", words.collect::<Vec<_>>().join(",")))
        }
        _ => None,
    }
}

/// True if source and target are files of one kind, and people rather than programs write that kind.
fn is_config(mount: &Mount, source: &Path) -> bool {
    let target = Path::new(&mount.target);
    let extension = |p: &Path| p.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    let name = source.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let known = |p: &Path| extension(p).is_some_and(|e| CONFIG.iter().any(|c| e == *c));
    let caddy = ["caddyfile", "corefile", "crontab"].contains(&name.as_str()) && target.file_name().is_some();
    // Traefik keeps its certificates in this one, and Home Assistant and others their state in files called so.
    let state = name.starts_with("acme") || name.contains("state") || name.contains("database") || name.contains("store");
    (known(source) && extension(source) == extension(target) || caddy) && !state
}
