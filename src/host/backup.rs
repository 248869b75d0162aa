//! Lists of what is backed up: paths as restic, borg and rsync take them, one a line. Whether a list covers a path is told by comparing
//! paths, links followed both ways; what a pattern would match on the disk is never looked for.

use std::path::{Component, Path, PathBuf};

use super::git::real;
use super::mounts::Data;
use crate::compose::Loader;
use crate::fs::{self, Fs};
use crate::source::{FileId, Span};

/// A longer list is no list of paths.
const MOST_ENTRIES: usize = 20_000;
/// More `**` in one pattern are taken for something else.
const MOST_DEEP: usize = 3;
/// As many names has a path at least that is looked for below another root.
const LONG: usize = 3;

/// One list.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// The file.
    pub file: PathBuf,
    /// The host it belongs to.
    pub host: Option<String>,
    /// Its entries, in the order of the file.
    pub entries: Vec<Entry>,
}

/// One entry of a list.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it is written.
    pub at: Span,
    /// As it is written.
    pub text: String,
    /// True if it takes something out.
    pub excluded: bool,
    patterns: Vec<Pattern>,
}

/// The names of a path, in which `*`, `?` and `**` may stand for others.
#[derive(Clone, Debug)]
struct Pattern {
    names: Vec<String>,
    /// False for a pattern without `/` at its beginning, which counts at any depth.
    rooted: bool,
    /// True if nothing in it stands for anything else.
    literal: bool,
}

/// Whether data is in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cover {
    /// Nothing of it.
    Not,
    /// A part of it.
    Partly,
    /// All of it.
    Covered,
}

/// How a pattern stands to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Apart,
    /// It names something below the path.
    Below,
    /// It names the path, or a directory above it.
    Holds,
}

/// Reads a list. Errors: what is in the way of reading the file, in words for the end of a sentence.
pub fn read(loader: &Loader, path: &Path, host: Option<String>) -> Result<List, String> {
    let id = loader.open_text(path).map_err(|unreadable| unreadable.problem().message)?;
    let source = loader.sources.get(id);
    let yaml = path.extension().is_some_and(|e| e == "yml" || e == "yaml");
    let mut list = List { file: path.to_path_buf(), host, entries: Vec::new() };
    let mut key = Key::Other;
    let mut start = 0u32;
    for line in source.text.split_inclusive('\n') {
        let trimmed = line.trim_start_matches('\u{feff}').trim();
        let indent = line.find(trimmed).unwrap_or(0);
        let at = |part: &str| {
            let begin = start + u32::try_from(indent + trimmed.find(part).unwrap_or(0)).unwrap_or(0);
            Span::new(id, begin, begin + u32::try_from(part.len()).unwrap_or(0))
        };
        let found = if yaml { yaml_line(trimmed, &mut key) } else { plain_line(trimmed) };
        if let Some((excluded, text)) = found.filter(|_| list.entries.len() < MOST_ENTRIES) {
            list.entries.extend(Entry::new(loader.fs, at(text), text, excluded, path.parent()));
        }
        start += u32::try_from(line.len()).unwrap_or(0);
    }
    Ok(list)
}

/// What a key of a YAML file, such as borgmatic's, has below it.
#[derive(Clone, Copy)]
enum Key {
    Included,
    Excluded,
    Other,
}

/// An item of a list under a key that speaks of directories.
fn yaml_line<'t>(line: &'t str, key: &mut Key) -> Option<(bool, &'t str)> {
    if line.starts_with('#') {
        return None;
    }
    if let Some(item) = line.strip_prefix("- ") {
        let text = item.split(" #").next().unwrap_or(item).trim().trim_matches(['"', '\'']);
        return match key {
            Key::Included => plain_line(text),
            Key::Excluded => Some((true, text)),
            Key::Other => None,
        };
    }
    if let Some(name) = line.strip_suffix(':') {
        *key = match name {
            _ if name.contains("exclude") => Key::Excluded,
            _ if ["director", "path", "include", "source", "pattern"].iter().any(|w| name.contains(w)) => Key::Included,
            _ => Key::Other,
        };
    } else if line.contains(": ") {
        *key = Key::Other;
    }
    None
}

/// A line of a list: true if it takes something out, and the path or pattern. `None`: it names nothing.
fn plain_line(line: &str) -> Option<(bool, &str)> {
    if line.is_empty() || line.starts_with(['#', ';']) {
        return None;
    }
    let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let (excluded, text) = match first {
        // borg's roots and rules, and rsync's, which may have flags behind the sign.
        "R" | "+" | "include" => (false, rest),
        "-" | "!" | "exclude" | "exclude-norecurse" => (true, rest),
        _ if !rest.is_empty() && first.starts_with("+,") => (false, rest),
        _ if !rest.is_empty() && first.starts_with("-,") => (true, rest),
        // The style of the patterns that follow; rules that protect, hide or merge.
        "P" | "p" | "H" | "S" | "merge" | "dir-merge" | "." | ":" | "clear" => return None,
        _ => match line.strip_prefix('!') {
            Some(text) => (true, text),
            None => (false, line),
        },
    };
    let text = text.trim();
    let text = ["pf:", "pp:", "sh:", "fm:"].iter().find_map(|p| text.strip_prefix(p)).unwrap_or(text);
    // What a regular expression names cannot be told by comparing paths.
    let text = text.trim_matches(['"', '\'']);
    // `- *` at the end of rules: nothing else. What is not named is not covered anyway.
    let all = excluded && ["*", "**", "/*", "/**"].contains(&text);
    (!text.is_empty() && !all && !text.starts_with("re:")).then_some((excluded, text))
}

impl Entry {
    /// An entry as it is written; `None` if it names nothing that can be compared.
    pub(super) fn new(disk: &dyn Fs, at: Span, text: &str, excluded: bool, directory: Option<&Path>) -> Option<Self> {
        let mut patterns = Vec::new();
        let home = ["~/", "$HOME/", "${HOME}/"].iter().find_map(|h| text.strip_prefix(h));
        if let Some(rest) = home {
            // Whose home it is, only the one who makes the backup knows.
            patterns.extend(["**/home/*", "**/Users/*", "**/root"].iter().filter_map(|h| pattern(&format!("{h}/{rest}"), true)));
        } else if text.starts_with('/') {
            patterns.extend(pattern(text, true));
        } else {
            patterns
                .extend(pattern(text, excluded && !text.trim_end_matches('/').contains('/')).map(|p| Pattern { rooted: !excluded, ..p }));
            let here = directory.filter(|_| !excluded).map(|d| fs::join(d, Path::new(text)));
            patterns.extend(here.and_then(|p| pattern(&p.to_string_lossy(), true)));
        }
        let written = Path::new(text);
        let there = real(disk, written);
        if text.starts_with('/') && patterns.iter().all(|p| p.literal) && there != fs::clean(written) {
            patterns.extend(pattern(&there.to_string_lossy(), true));
        }
        (!patterns.is_empty()).then(|| Self { at, text: text.to_owned(), excluded, patterns })
    }

    /// The name of the volume that it names, if it names one: what is behind `volumes/`.
    pub fn volume(&self) -> Option<&str> {
        let pattern = self.patterns.first().filter(|p| p.literal && !self.excluded)?;
        let names: Vec<&str> = pattern.names.iter().map(String::as_str).collect();
        match names.as_slice() {
            [.., "volumes", name] | [.., "volumes", name, "_data"] => Some(name),
            _ => None,
        }
    }

    /// True if it names every volume of a user's own engine, wherever its home is.
    fn is_store(&self) -> bool {
        let names: Option<Vec<&str>> = self.patterns.first().map(|p| p.names.iter().map(String::as_str).collect());
        matches!(
            names.as_deref(),
            Some(
                [.., ".local", "share", "docker" | "containers"]
                    | [.., "share", "docker", "volumes"]
                    | [.., "share", "containers", "storage"]
                    | [.., "containers", "storage", "volumes"]
            )
        )
    }

    fn relation(&self, disk: &dyn Fs, place: &[String]) -> (Relation, usize) {
        let mut best = (Relation::Apart, 0);
        for pattern in &self.patterns {
            let relation = pattern.relation(disk, place);
            if relation == Relation::Holds {
                return (relation, pattern.names.len());
            }
            if relation == Relation::Below {
                best = (relation, pattern.names.len());
            }
        }
        best
    }
}

/// A pattern as its names. What is below a directory anyway (`/srv/**`) is left out.
fn pattern(text: &str, rooted: bool) -> Option<Pattern> {
    let mut text = text.trim_end_matches('/');
    while let Some(shorter) = text.strip_suffix("/**").or_else(|| text.strip_suffix("/***")) {
        text = shorter.trim_end_matches('/');
    }
    let clean = fs::clean(Path::new(text));
    let mut names: Vec<String> = Vec::new();
    for part in clean.components() {
        match part {
            Component::Normal(name) => names.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => return None,
            _ => {}
        }
    }
    names.dedup_by(|a, b| a == "**" && b == "**");
    let literal = !names.iter().any(|n| n.contains(['*', '?']));
    let deep = names.iter().filter(|n| *n == "**").count();
    (deep <= MOST_DEEP && (rooted || !names.is_empty())).then_some(Pattern { names, rooted, literal })
}

impl Pattern {
    fn relation(&self, disk: &dyn Fs, place: &[String]) -> Relation {
        if !self.rooted {
            // A name at any depth.
            let holds = (0..place.len()).filter_map(|n| place.get(n..)).any(|rest| relate(&self.names, rest) == Relation::Holds);
            return if holds { Relation::Holds } else { Relation::Apart };
        }
        let relation = relate(&self.names, place);
        if relation != Relation::Apart || !self.literal || self.names.len() < LONG {
            return relation;
        }
        // A copy of the host's tree: the same path below another root, and nothing at its own place.
        let own = path(&self.names);
        for n in 1..place.len() {
            let (Some(prefix), Some(rest)) = (place.get(..n), place.get(n..)) else { break };
            let relation = relate(&self.names, rest);
            if relation != Relation::Apart && rest.len() >= LONG && !disk.exists(&own) {
                let copied = prefix.iter().chain(&self.names).cloned().collect::<Vec<_>>();
                if disk.exists(&path(&copied)) {
                    return relation;
                }
            }
        }
        Relation::Apart
    }
}

fn path(names: &[String]) -> PathBuf {
    std::iter::once("/").chain(names.iter().map(String::as_str)).collect()
}

fn relate(pattern: &[String], place: &[String]) -> Relation {
    match pattern.split_first() {
        // A pattern for any depth could name something below every place: only where it has begun to fit, that says something.
        Some((first, rest)) if first == "**" && !rest.is_empty() => {
            let found = (0..place.len()).filter_map(|n| place.get(n..)).map(|below| relate_rooted(rest, below));
            found.fold(Relation::Apart, |a, b| if a == Relation::Apart || b == Relation::Holds { b } else { a })
        }
        _ => relate_rooted(pattern, place),
    }
}

fn relate_rooted(pattern: &[String], place: &[String]) -> Relation {
    match (pattern.split_first(), place.split_first()) {
        (None, _) => Relation::Holds,
        (Some((first, rest)), _) if first == "**" => match (relate_rooted(rest, place), place.split_first()) {
            (Relation::Holds, _) => Relation::Holds,
            (other, Some((_, below))) => match relate_rooted(pattern, below) {
                Relation::Apart => other,
                deeper => deeper,
            },
            (_, None) => Relation::Below,
        },
        (Some(_), None) => Relation::Below,
        (Some((first, rest)), Some((name, below))) => {
            if matches(first.as_bytes(), name.as_bytes()) {
                relate_rooted(rest, below)
            } else {
                Relation::Apart
            }
        }
    }
}

/// True if a name matches: `*` is any text, `?` any one byte.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match (pattern.get(p), name.get(n)) {
            (Some(b'*'), _) => {
                star = Some((p, n));
                p += 1;
            }
            (Some(a), Some(b)) if a == b || *a == b'?' => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    (p, n) = (at + 1, from + 1);
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|b| *b == b'*'))
}

/// The names of a path.
fn names(path: &Path) -> Vec<String> {
    let normal = |c: Component| if let Component::Normal(name) = c { Some(name.to_string_lossy().into_owned()) } else { None };
    path.components().filter_map(normal).collect()
}

impl List {
    /// Whether the list covers some data, on this disk.
    pub fn cover(&self, disk: &dyn Fs, data: &Data) -> Cover {
        let mut places: Vec<Vec<String>> = match data {
            Data::Path(path) => vec![names(&fs::clean(path)), names(&real(disk, path))],
            Data::Volume(name) => ["/var/lib/docker/volumes", "/var/lib/containers/storage/volumes"]
                .iter()
                .map(|root| names(&Path::new(root).join(name).join("_data")))
                .collect(),
        };
        places.dedup();
        let mut best = Cover::Not;
        if let Data::Volume(name) = data {
            let named = |e: &Entry| !e.excluded && (e.volume() == Some(name) || e.is_store() || e.text == *name);
            if self.entries.iter().any(named) {
                return Cover::Covered;
            }
        }
        for place in &places {
            for included in self.entries.iter().filter(|e| !e.excluded) {
                best = best.max(match included.relation(disk, place) {
                    (Relation::Apart, _) => Cover::Not,
                    (Relation::Below, _) => Cover::Partly,
                    (Relation::Holds, length) => self.remains(disk, place, length),
                });
            }
        }
        best
    }

    /// What the exclusions leave of a place that an entry with so many names holds.
    fn remains(&self, disk: &dyn Fs, place: &[String], length: usize) -> Cover {
        let mut out = Cover::Covered;
        for excluded in self.entries.iter().filter(|e| e.excluded) {
            match excluded.relation(disk, place) {
                (Relation::Holds, n) if n >= length || excluded.patterns.iter().any(|p| !p.rooted) => return Cover::Not,
                (Relation::Below, _) => out = Cover::Partly,
                _ => {}
            }
        }
        out
    }

    /// The entries that name a volume.
    pub fn volumes(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().filter_map(|e| Some((e.volume()?, e)))
    }
}

/// Whether some of the lists cover the data; `None` without a list.
pub fn cover(lists: &[&List], disk: &dyn Fs, data: &Data) -> Option<Cover> {
    lists.iter().map(|list| list.cover(disk, data)).max()
}

/// A list whose entries are written elsewhere than in a file of its own.
pub(super) fn settled(
    disk: &dyn Fs,
    file: &Path,
    id: FileId,
    host: Option<String>,
    paths: impl IntoIterator<Item = (std::ops::Range<usize>, String, bool)>,
) -> List {
    let span = |at: &std::ops::Range<usize>| {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span::new(id, number(at.start), number(at.end))
    };
    let entries = paths.into_iter().filter_map(|(at, text, excluded)| Entry::new(disk, span(&at), &text, excluded, None));
    List { file: file.to_path_buf(), host, entries: entries.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::MemFs;
    use crate::source::Sources;

    fn list(disk: MemFs, name: &str, text: &str) -> (MemFs, List) {
        let disk = disk.file(name, text);
        let sources = Sources::new();
        let list = read(&Loader::new(&disk, &sources), Path::new(name), None).unwrap();
        (disk, list)
    }

    fn assert_covers(disk: MemFs, name: &str, text: &str, wanted: &[(&str, Cover)]) {
        let (disk, list) = list(disk, name, text);
        for (asked, cover) in wanted {
            let data = if asked.starts_with('/') { Data::Path(asked.into()) } else { Data::Volume((*asked).to_owned()) };
            assert_eq!(list.cover(&disk, &data), *cover, "{asked} in {text}");
        }
    }

    use Cover::{Covered, Not, Partly};

    #[test]
    fn plain_paths_patterns_and_what_is_taken_out() {
        let text = "# what restic takes\n\n/srv/stacks\r\n/mnt/tank/photos/**\n~/notes\n/data/*/db\n!/srv/stacks/cache\n- *.tmp\n- /srv/stacks/app/log\n";
        assert_covers(
            MemFs::new(),
            "/lists/a.txt",
            text,
            &[
                ("/srv/stacks", Partly),
                ("/srv/stacks/web/data", Covered),
                ("/srv/stacks/cache", Not),
                ("/srv/stacks/cache/x", Not),
                ("/srv/stacks/web/x.tmp", Not),
                ("/srv/stacks/app", Partly),
                ("/srv", Partly),
                ("/srv/stacksy", Not),
                ("/mnt/tank/photos", Covered),
                ("/home/ada/notes/x", Covered),
                ("/home/ada", Partly),
                ("/data/x/db/y", Covered),
                ("/data/x/y", Not),
                ("shop_data", Not),
            ],
        );
    }

    #[test]
    fn borg_rsync_and_borgmatic() {
        assert_covers(
            MemFs::new(),
            "/a.lst",
            "P sh\nR /srv\n- sh:/srv/**/cache\n+ pf:/etc\n",
            &[("/srv/x", Partly), ("/srv/x/cache", Not), ("/etc/y", Covered)],
        );
        assert_covers(MemFs::new(), "/a.lst", "+ /srv/***\n- /*\n", &[("/srv/x", Covered), ("/etc", Not)]);
        let borgmatic = "source_directories:\n    - /srv # all\nexclude_patterns:\n    - /srv/tmp\nrepositories:\n    - path: /mnt/borg\n";
        assert_covers(MemFs::new(), "/a.yaml", borgmatic, &[("/srv/x", Covered), ("/srv/tmp/x", Not), ("/mnt/borg", Not)]);
    }

    #[test]
    fn volumes_are_named_by_their_place_or_by_their_name() {
        let wanted: &[(&str, Cover)] = &[("docs_pgdata", Covered), ("other", Not)];
        for text in [
            "/var/lib/docker/volumes/docs_pgdata",
            "/var/lib/docker/volumes/docs_pgdata/_data/",
            "/mnt/fast/volumes/docs_pgdata",
            "/var/lib/containers/storage/volumes/docs_pgdata",
            "docs_pgdata",
        ] {
            assert_covers(MemFs::new(), "/a", text, wanted);
        }
        for text in ["/var/lib/docker", "/var/lib/docker/volumes", "/var/lib", "/home/ada/.local/share/docker"] {
            assert_covers(MemFs::new(), "/a", text, &[("docs_pgdata", Covered)]);
        }
        assert_covers(MemFs::new(), "/a", "/var/lib/docker/volumes/docs_pgdata/_data/base", &[("docs_pgdata", Partly)]);
        let (_, list) = list(MemFs::new(), "/a", "/var/lib/docker/volumes/paperless_pgdata\n/srv\n");
        assert_eq!(list.volumes().map(|(name, _)| name).collect::<Vec<_>>(), ["paperless_pgdata"]);
    }

    #[test]
    fn links_are_followed_on_either_side() {
        let disk = || MemFs::new().file("/real/docs/media/x", "").link("/stacks/docs", "/real/docs").link("/all", "/stacks");
        assert_covers(disk(), "/a", "/real/docs", &[("/stacks/docs/media", Covered)]);
        assert_covers(disk(), "/a", "/stacks/docs", &[("/stacks/docs/media", Covered), ("/real/docs/media", Covered)]);
        assert_covers(disk(), "/a", "/all/docs", &[("/real/docs/media", Covered)]);
    }

    #[test]
    fn a_copy_of_the_host_keeps_its_paths() {
        let disk = MemFs::new().file("/tmp/copy/home/ada/docker/web/x", "").file("/tmp/copy/srv/x", "");
        let wanted = &[("/tmp/copy/home/ada/docker/web/data", Covered), ("/tmp/copy/home/ada/other", Not)];
        assert_covers(disk.clone(), "/a", "/home/ada/docker", wanted);
        // A short path is no path of a copy, and what is at its own place is no copy.
        assert_covers(disk.clone(), "/a", "/srv", &[("/tmp/copy/srv/x", Not)]);
        assert_covers(disk.directory("/home/ada/docker"), "/a", "/home/ada/docker", &[("/tmp/copy/home/ada/docker/web", Not)]);
    }
}
