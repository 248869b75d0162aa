//! What the clients of docker and podman read from the file of `--env-file`, and where that is not what Compose reads from it
//! (spec/nix.md 2.2). Names and values are as written: no quotes, no comments behind a value, no `${…}`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Backend;

/// From here on a line, its break counted, is too long for both.
const LONGEST: usize = 64 * 1024;
/// What systemd sets for every unit, so that a name alone has a value.
#[rustfmt::skip]
const OF_A_UNIT: &[&str] = &[
    "HOME", "INVOCATION_ID", "JOURNAL_STREAM", "LANG", "LOCALE_ARCHIVE", "LOGNAME", "MAINPID", "NOTIFY_SOCKET", "PATH", "SHELL",
    "SYSTEMD_EXEC_PID", "TZDIR", "USER",
];
const MARK: char = '\u{feff}';

/// A line that Compose and the client of the engine do not read as the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// From 1.
    pub(super) line: u32,
    /// What is on it, in a word or two.
    pub(super) what: &'static str,
    /// True if the client refuses the whole file for it.
    pub(super) refused: bool,
}

/// A line with a variable.
#[derive(Debug, PartialEq, Eq)]
struct Entry<'a> {
    line: u32,
    name: &'a str,
    /// `None`: what the client's own environment has.
    value: Option<&'a str>,
}

/// The variables of a file, and the lines for which it is refused.
fn read(bytes: &[u8], backend: Backend) -> (Vec<Entry<'_>>, Vec<Difference>) {
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for (line, bytes) in (1u32..).zip(bytes.split(|b| *b == b'\n')) {
        let mut refuse = |what| refused.push(Difference { line, what, refused: true });
        if bytes.len() >= LONGEST {
            refuse("more than 64 KiB");
            continue;
        }
        // Podman passes the bytes on, where Compose has replaced them.
        let Ok(text) = std::str::from_utf8(bytes) else {
            refuse("bytes that are not UTF-8");
            continue;
        };
        let text = text.strip_suffix('\r').unwrap_or(text);
        let text = match backend {
            Backend::Docker if line == 1 => text.strip_prefix(MARK).unwrap_or(text).trim_start(),
            Backend::Docker => text.trim_start(),
            Backend::Podman => text.trim_start_matches([' ', '\t']),
        };
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        if name.is_empty() {
            refuse("no name");
        } else if backend == Backend::Docker && name.contains([' ', '\t']) {
            refuse(blank_in(name));
        } else {
            entries.push(Entry { line, name, value });
        }
    }
    (entries, refused)
}

fn blank_in(name: &str) -> &'static str {
    if name.starts_with("export") {
        "`export`"
    } else if name.contains(':') {
        "a `:` for the `=`"
    } else {
        "a blank in the name"
    }
}

/// What Compose reads from a file, and whose values count more.
pub(super) struct Composed<'a> {
    /// Name → value and line.
    pub(super) values: &'a BTreeMap<String, (String, u32)>,
    /// Names that the service gives a value to: there the file does not matter.
    pub(super) over: &'a BTreeSet<&'a str>,
    /// Names that the service has without a value: the container has no such variable, whatever the file says.
    pub(super) without: &'a BTreeSet<&'a str>,
}

/// The lines that matter and are not read as the same, in order, each once. Empty: the file can be given to the client as it is.
pub(super) fn differences(bytes: &[u8], composed: &Composed<'_>, backend: Backend) -> Vec<Difference> {
    let (entries, refused) = read(bytes, backend);
    let mut out: BTreeMap<u32, Difference> = refused.into_iter().map(|d| (d.line, d)).collect();
    let mut differs = |line, what| {
        out.entry(line).or_insert(Difference { line, what, refused: false });
    };
    let mut last: BTreeMap<&str, &Entry<'_>> = BTreeMap::new();
    for entry in &entries {
        if backend == Backend::Podman && entry.value.is_none() && entry.name.ends_with('*') {
            differs(entry.line, "a `*`");
        } else {
            last.insert(entry.name, entry);
        }
    }
    for (name, entry) in &last {
        if composed.over.contains(name) {
            continue;
        }
        match (composed.values.get(*name), entry.value) {
            _ if composed.without.contains(name) => differs(entry.line, "a name that `environment` has without a value"),
            (Some((wanted, _)), Some(value)) if wanted != value => differs(entry.line, odd(value)),
            (Some(_), Some(value)) if backend == Backend::Docker && in_quotes(value) => {
                // Some versions take them away.
                differs(entry.line, "quotes");
            }
            (Some(_), None) => differs(entry.line, "a name without a value"),
            (None, Some(_)) if entry.name.starts_with(MARK) => differs(entry.line, "a byte order mark"),
            (None, Some(_)) => differs(entry.line, blank_or_other(entry.name)),
            (None, None) if OF_A_UNIT.contains(name) => differs(entry.line, "a name that every unit has a value for"),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    for (name, (_, line)) in composed.values {
        if !last.contains_key(name.as_str()) && !composed.over.contains(name.as_str()) {
            differs(*line, "another form than `NAME=value`");
        }
    }
    out.into_values().collect()
}

fn blank_or_other(name: &str) -> &'static str {
    if name.contains(char::is_whitespace) { blank_in(name) } else { "a line that belongs to another" }
}

fn in_quotes(value: &str) -> bool {
    value.len() > 1 && ['"', '\''].iter().any(|q| value.starts_with(*q) && value.ends_with(*q))
}

/// Why a value may not be what Compose makes of it.
fn odd(value: &str) -> &'static str {
    let text = value.trim_start();
    if text.starts_with(['"', '\'']) {
        "quotes"
    } else if value.contains(" #") {
        "a comment behind the value"
    } else if value.contains('$') {
        "a `$`"
    } else if value.trim() != value {
        "blanks around the value"
    } else {
        "another value"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8], backend: Backend) -> Vec<(String, Option<String>)> {
        let (entries, _) = read(bytes, backend);
        entries.into_iter().map(|e| (e.name.to_owned(), e.value.map(str::to_owned))).collect()
    }

    /// As `docker create --env-file` of docker 28 and `podman create --env-file` of podman 4.3 answered.
    #[test]
    fn both_clients_take_lines_as_they_are() {
        let text = "\u{feff}A=1\n  B=2  \n# c\nC=\"q\"\nD='s' # x\nF=$A ${B}\n\nNOPE\nG=x\r\nH==\n\tI=\n\u{a0}J=nbsp\nA=again\n";
        let pair = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        let mut wanted = vec![pair("A", "1"), pair("B", "2  "), pair("C", "\"q\""), pair("D", "'s' # x"), pair("F", "$A ${B}")];
        wanted.push(("NOPE".into(), None));
        wanted.extend([pair("G", "x"), pair("H", "="), pair("I", ""), pair("J", "nbsp"), pair("A", "again")]);
        assert_eq!(names(text.as_bytes(), Backend::Docker), wanted);
        // The byte order mark and the blank of another kind stay.
        wanted[0].0 = "\u{feff}A".into();
        wanted[9].0 = "\u{a0}J".into();
        assert_eq!(names(text.as_bytes(), Backend::Podman), wanted);
    }

    #[test]
    fn a_file_is_refused_where_the_client_refuses_it() {
        let refused = |bytes: &[u8], backend| read(bytes, backend).1.first().map(|d| d.what);
        for text in ["export X=1", "B = 2", "A:\nB: 2"] {
            assert!(refused(text.as_bytes(), Backend::Docker).is_some(), "{text}");
            assert!(refused(text.as_bytes(), Backend::Podman).is_none(), "{text}");
        }
        for backend in [Backend::Docker, Backend::Podman] {
            assert_eq!(refused(b"=1", backend), Some("no name"));
            assert_eq!(refused(b"A=\xff", backend), Some("bytes that are not UTF-8"));
            let line = |length: usize| [b"A=".to_vec(), vec![b'x'; length - 2]].concat();
            assert_eq!(refused(&line(65_536), backend), Some("more than 64 KiB"));
            assert_eq!(refused(&line(65_535), backend), None);
        }
    }
}
