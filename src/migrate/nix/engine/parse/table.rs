//! The flags of `docker run` (28) and `podman run` (5), and how a command line is taken apart. Nothing here knows how we write one.

use std::borrow::Cow;

use super::csv;
use crate::migrate::nix::Backend;

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing, or `=true` and `=false`.
    Switch,
    /// A value; the last one counts.
    Text,
    /// A value each time.
    List,
    /// A record of values each time.
    Csv,
    /// The backend does not have it.
    None,
}

use Kind::{Csv, List, None as No, Switch, Text};

/// Long name, letter, docker's kind, podman's kind.
type Row = (&'static str, char, Kind, Kind);

/// Sorted by their names.
static ROWS: [Row; 94] = [
    ("add-host", ' ', List, Csv),
    ("annotation", ' ', List, List),
    ("blkio-weight", ' ', Text, Text),
    ("blkio-weight-device", ' ', List, List),
    ("cap-add", ' ', List, Csv),
    ("cap-drop", ' ', List, Csv),
    ("cgroup-parent", ' ', Text, Text),
    ("cgroupns", ' ', Text, Text),
    ("cgroups", ' ', No, Text),
    ("cidfile", ' ', Text, Text),
    ("cpu-period", ' ', Text, Text),
    ("cpu-quota", ' ', Text, Text),
    ("cpu-rt-period", ' ', Text, Text),
    ("cpu-rt-runtime", ' ', Text, Text),
    ("cpu-shares", 'c', Text, Text),
    ("cpus", ' ', Text, Text),
    ("cpuset-cpus", ' ', Text, Text),
    ("cpuset-mems", ' ', Text, Text),
    ("detach", 'd', Switch, Switch),
    ("device", ' ', List, List),
    ("device-cgroup-rule", ' ', List, Csv),
    ("device-read-bps", ' ', List, List),
    ("device-read-iops", ' ', List, List),
    ("device-write-bps", ' ', List, List),
    ("device-write-iops", ' ', List, List),
    ("dns", ' ', List, Csv),
    ("dns-option", ' ', List, Csv),
    ("dns-search", ' ', List, Csv),
    ("domainname", ' ', Text, No),
    ("entrypoint", ' ', Text, Text),
    ("env", 'e', List, List),
    ("env-file", ' ', List, List),
    ("expose", ' ', List, Csv),
    ("gpus", ' ', List, No),
    ("group-add", ' ', List, Csv),
    ("health-cmd", ' ', Text, Text),
    ("health-interval", ' ', Text, Text),
    ("health-retries", ' ', Text, Text),
    ("health-start-interval", ' ', Text, No),
    ("health-start-period", ' ', Text, Text),
    ("health-startup-cmd", ' ', No, Text),
    ("health-startup-interval", ' ', No, Text),
    ("health-timeout", ' ', Text, Text),
    ("hostname", 'h', Text, Text),
    ("init", ' ', Switch, Switch),
    ("interactive", 'i', Switch, Switch),
    ("ip", ' ', Text, No),
    ("ip6", ' ', Text, No),
    ("ipc", ' ', Text, Text),
    ("isolation", ' ', Text, No),
    ("label", 'l', List, List),
    ("link", ' ', List, No),
    ("link-local-ip", ' ', List, No),
    ("log-driver", ' ', Text, Text),
    ("log-opt", ' ', List, List),
    ("mac-address", ' ', Text, Text),
    ("memory", 'm', Text, Text),
    ("memory-reservation", ' ', Text, Text),
    ("memory-swap", ' ', Text, Text),
    ("memory-swappiness", ' ', Text, Text),
    ("mount", ' ', List, List),
    ("name", ' ', Text, Text),
    ("network", ' ', List, List),
    ("network-alias", ' ', List, No),
    ("no-healthcheck", ' ', Switch, Switch),
    ("oom-kill-disable", ' ', Switch, Switch),
    ("oom-score-adj", ' ', Text, Text),
    ("pid", ' ', Text, Text),
    ("pids-limit", ' ', Text, Text),
    ("platform", ' ', Text, Text),
    ("privileged", ' ', Switch, Switch),
    ("publish", 'p', List, Csv),
    ("pull", ' ', Text, Text),
    ("read-only", ' ', Switch, Switch),
    ("replace", ' ', No, Switch),
    ("rm", ' ', Switch, Switch),
    ("runtime", ' ', Text, Text),
    ("sdnotify", ' ', No, Text),
    ("security-opt", ' ', List, List),
    ("shm-size", ' ', Text, Text),
    ("stop-signal", ' ', Text, Text),
    ("stop-timeout", ' ', Text, Text),
    ("storage-opt", ' ', List, List),
    ("sysctl", ' ', List, Csv),
    ("tmpfs", ' ', List, List),
    ("tty", 't', Switch, Switch),
    ("ulimit", ' ', List, Csv),
    ("use-api-socket", ' ', Switch, No),
    ("user", 'u', Text, Text),
    ("userns", ' ', Text, Text),
    ("uts", ' ', Text, Text),
    ("volume", 'v', List, List),
    ("volumes-from", ' ', List, List),
    ("workdir", 'w', Text, Text),
];

/// A flag of a command line, with a value.
pub(super) struct Given<'w> {
    pub(super) flag: &'static str,
    pub(super) kind: Kind,
    pub(super) value: Cow<'w, str>,
}

/// The flags, and the words from the image on.
type Taken<'w> = (Vec<Given<'w>>, &'w [Cow<'w, str>]);

/// Takes a command line apart.
pub(super) fn take_apart<'w>(words: &'w [Cow<'w, str>], backend: Backend) -> Result<Taken<'w>, String> {
    let mut given = Vec::new();
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        if word == "--" {
            rest = after;
            break;
        }
        if word == "-" || !word.starts_with('-') {
            break;
        }
        rest = after;
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let row = ROWS.binary_search_by_key(&name, |row| row.0).ok().and_then(|at| ROWS.get(at));
            let (flag, kind) = known(row, backend).ok_or_else(|| unknown(&format!("--{name}"), backend))?;
            rest = add(&mut given, flag, kind, value, rest)?;
            continue;
        }
        // `-it`, `-p80:80`, `-p=80:80`.
        let mut letters = word.trim_start_matches('-').chars();
        while let Some(letter) = letters.next() {
            let row = ROWS.iter().find(|row| row.1 == letter && letter.is_ascii_alphabetic());
            let (flag, kind) = known(row, backend).ok_or_else(|| unknown(&format!("-{letter}"), backend))?;
            let inline = letters.as_str();
            if kind == Switch && !inline.starts_with('=') {
                given.push(Given { flag, kind, value: "true".into() });
                continue;
            }
            let value = (!inline.is_empty()).then(|| inline.strip_prefix('=').unwrap_or(inline));
            rest = add(&mut given, flag, kind, value, rest)?;
            break;
        }
    }
    Ok((given, rest))
}

/// A flag that the backend has.
fn known(row: Option<&'static Row>, backend: Backend) -> Option<(&'static str, Kind)> {
    let (name, _, docker, podman) = row?;
    let kind = if backend == Backend::Docker { *docker } else { *podman };
    (kind != No).then_some((*name, kind))
}

fn unknown(written: &str, backend: Backend) -> String {
    format!("`{written}` is no flag of `{backend} run` that is known here")
}

/// Adds a flag with the value that stands with it, or else with the next word; what is left of the words.
fn add<'w>(
    given: &mut Vec<Given<'w>>,
    flag: &'static str,
    kind: Kind,
    value: Option<&'w str>,
    rest: &'w [Cow<'w, str>],
) -> Result<&'w [Cow<'w, str>], String> {
    let (value, rest) = match (value, kind) {
        (Some(value), _) => (value, rest),
        (None, Switch) => ("true", rest),
        (None, _) => match rest.split_first() {
            Some((value, rest)) => (value.as_ref(), rest),
            None => return Err(format!("`--{flag}` lacks its value")),
        },
    };
    match kind {
        Csv if value.is_empty() => {}
        Csv => given.extend(csv::split(value)?.into_iter().map(|value| Given { flag, kind, value })),
        Switch => {
            let on = match value {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => "true",
                "0" | "f" | "F" | "false" | "FALSE" | "False" => "false",
                _ => return Err(format!("`--{flag}={value}` is neither true nor false")),
            };
            given.push(Given { flag, kind, value: on.into() });
        }
        _ => given.push(Given { flag, kind, value: value.into() }),
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_sorted() {
        assert!(ROWS.is_sorted_by_key(|row| row.0));
    }
}
