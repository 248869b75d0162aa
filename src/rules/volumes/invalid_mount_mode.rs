//! A word behind a mount that Docker does not know, and drops.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-mount-mode",
        topic: Topic::Volumes,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "an unknown mode behind a mount, which Compose drops without a word",
        page: page!("invalid-mount-mode"),
    },
    rule: &InvalidMountMode,
};

/// The words that Compose reads (spec/resolve.md 11.2), and those that engines elsewhere give a meaning to.
const KNOWN: &[&str] = &[
    "ro",
    "rw",
    "nocopy",
    "z",
    "Z",
    "private",
    "rprivate",
    "shared",
    "rshared",
    "slave",
    "rslave",
    "cached",
    "delegated",
    "consistent",
    "U",
    "O",
    "exec",
    "noexec",
    "suid",
    "nosuid",
    "dev",
    "nodev",
    "copy",
    "idmap",
    "volume-nocopy",
    "default",
    "size",
    "rbind",
    "bind",
];

struct InvalidMountMode;

impl Rule for InvalidMountMode {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for mount in service.volumes.iter().filter(|m| m.short) {
            let source = cx.sources.get(mount.origin.at.file);
            let text = source.slice(mount.origin.at).trim_matches(['"', '\'']);
            let Some(mode) = mode(text, &mount.target) else { continue };
            let Some(word) = mode.split(',').find(|w| !known(w)) else { continue };
            let word = word.to_owned();
            let effect = if mount.read_only { "read-only" } else { "writable" };
            cx.report(&mount.origin, format!("`{word}` is no mode of a mount: `{}` gets `{}` {effect}", service.name, mount.target))
                .why("Compose drops words that it does not know, without saying so")
                .help(if word == "r" || word == "readonly" || word == "read" {
                    "write `:ro` for read-only"
                } else {
                    "write `:ro` or `:rw`, or nothing"
                });
        }
    }
}

/// The third part of a short mount as written; `None` if there is none, or if it holds a variable.
fn mode<'a>(text: &'a str, target: &str) -> Option<&'a str> {
    let (before, mode) = text.rsplit_once(':')?;
    let words = !mode.is_empty() && mode.bytes().all(|b| b.is_ascii_alphanumeric() || b",=-_".contains(&b));
    (words && before.contains(':') && before.trim_end_matches('/').ends_with(target.trim_end_matches('/'))).then_some(mode)
}

fn known(word: &str) -> bool {
    KNOWN.contains(&word.split('=').next().unwrap_or(word))
}
