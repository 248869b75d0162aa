//! What makes a finding the same finding tomorrow: a baseline and the platforms that compare two runs go by it. No line numbers, no
//! positions in lists, no counts; so a finding keeps its fingerprint when lines move, comments are added or entries change places.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::compose::Loader;
use crate::compose::problem::{ModelPath, Part};
use crate::finding::{Finding, Place};
use crate::fs::Fs;

/// Which finding it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint {
    /// 32 hexadecimal digits, different for each finding of a run.
    pub id: String,
    /// The file, relative to the base and with `/`, whatever the system.
    pub path: String,
    /// The place in the file, without positions: `services.web.ports[]`; empty for the file as a whole. Not redacted: for comparing, not for showing.
    pub key_path: String,
}

/// The fingerprints of findings, the n-th that of the n-th. Paths are taken relative to `base` ([`base`]), so that they are the same in every
/// checkout. Findings that nothing tells apart are numbered: of three, mending one leaves two.
pub fn fingerprints(findings: &[Finding], loader: &Loader, base: &Path) -> Vec<Fingerprint> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let one = |finding: &Finding| {
        let (path, key_path) = place(&finding.primary.place, loader, base);
        let message = message(&finding.message, base);
        let identity = [finding.rule, &path, &key_path, &message].join("\0");
        let number = seen.entry(identity.clone()).and_modify(|n| *n += 1).or_insert(0);
        // The number in front would begin the words of the release that follows: a change of what is hashed changes it.
        let hash = Sha256::digest(format!("1\0{identity}\0{number}"));
        let id = hash.iter().take(16).fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        Fingerprint { id, path, key_path }
    };
    findings.iter().map(one).collect()
}

/// What paths are relative to: the directory of the configuration file, else the root of the repository, else the directory that all roots
/// have in common. All paths absolute.
pub fn base(disk: &dyn Fs, config: Option<&Path>, roots: &[PathBuf]) -> PathBuf {
    if let Some(directory) = config.and_then(Path::parent) {
        return directory.to_path_buf();
    }
    let directories = roots.iter().map(|r| if disk.is_file(r) { r.parent().unwrap_or(r) } else { r.as_path() });
    let common = directories.map(Path::to_path_buf).reduce(|a, b| {
        let shared = a.components().zip(b.components()).take_while(|(a, b)| a == b);
        shared.map(|(part, _)| part).collect()
    });
    let common = common.unwrap_or_default();
    common.ancestors().find(|a| disk.exists(&a.join(".git"))).unwrap_or(&common).to_path_buf()
}

fn place(place: &Place, loader: &Loader, base: &Path) -> (String, String) {
    match place {
        Place::Path(path) => (relative(path, base), String::new()),
        Place::Span(span) => {
            let path = relative(&loader.sources.get(span.file).path, base);
            let keys = loader.tree(span.file).map(|tree| ModelPath::at(&tree, *span)).unwrap_or_default();
            // A position in a list says nothing once an item is added above it.
            let words: Vec<String> = keys.0.iter().map(|part| if let Part::Key(key) = part { key.clone() } else { "[]".into() }).collect();
            (path, words.join("."))
        }
    }
}

/// A path from `base`, with `/`; upwards with `..` where it has to.
pub fn relative(path: &Path, base: &Path) -> String {
    let shared = path.components().zip(base.components()).take_while(|(a, b)| a == b).count();
    let up = base.components().skip(shared).map(|_| "..".to_owned());
    let down = path.components().skip(shared).map(|c| match c {
        Component::RootDir => String::new(),
        part => part.as_os_str().to_string_lossy().into_owned(),
    });
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

/// A message without what changes though the finding stays: where the checkout lies, who else shares the line, how many there are.
fn message(message: &str, base: &Path) -> String {
    let message = message.split("; the same line serves ").next().unwrap_or(message);
    let here = format!("{}/", base.display());
    let message = if here.len() > 1 { message.replace(&here, "") } else { message.to_owned() };
    // What is quoted was written by somebody and is kept.
    let parts = message.split('`').enumerate().map(|(i, part)| if i % 2 == 0 { without_counts(part) } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`")
}

/// `this file has 401 lines` and `402 lines` are the same; `port 80` and `port 81` are not.
fn without_counts(text: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let number = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        let counted = words.peek().is_some_and(|next| {
            let next = next.trim_end_matches([',', ';', ':', '.']);
            next == "more" || next.len() > 3 && next.ends_with('s') && next != "does"
        });
        out.push(if number && counted { "#" } else { word });
    }
    out.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Label, Severity};
    use crate::fs::MemFs;
    use crate::source::{Sources, Span};

    /// The fingerprints of findings at each of some texts, each with its message.
    fn of(root: &str, text: &str, at: &[(&str, &str)]) -> Vec<Fingerprint> {
        let path = format!("{root}/web/compose.yaml");
        let fs = MemFs::new().file(&path, text);
        let sources = Sources::new();
        let loader = Loader::new(&fs, &sources);
        let file = loader.open(Path::new(&path)).unwrap().id;
        let finding = |(needle, message): &(&str, &str)| {
            let start = u32::try_from(text.find(needle).unwrap()).unwrap();
            let span = Span::new(file, start, start + u32::try_from(needle.len()).unwrap());
            Finding {
                rule: "rule",
                severity: Severity::Warning,
                message: (*message).to_owned(),
                primary: Label { place: span.into(), text: String::new() },
                related: vec![],
                why: None,
                help: None,
                fix: None,
                project: None,
            }
        };
        fingerprints(&at.iter().map(finding).collect::<Vec<_>>(), &loader, Path::new(root))
    }

    const BEFORE: &str = "services:\n  web:\n    ports:\n      - 80:80\n      - 443:443\n    privileged: true\n";
    const AFTER: &str =
        "# ours\nservices:\n  # new\n  db: {}\n  web:\n    privileged: true\n    ports:\n      - 443:443\n      - 53:53\n      - 80:80\n";

    #[test]
    fn a_finding_that_moves_stays_the_same() {
        let before = of("/srv", BEFORE, &[("80:80", "port 80 is open"), ("true", "it has every right")]);
        let after = of("/home/me/checkout", AFTER, &[("80:80", "port 80 is open"), ("true", "it has every right")]);
        assert_eq!(before, after);
        assert_eq!(before[0].path, "web/compose.yaml");
        assert_eq!(before[0].key_path, "services.web.ports.[]");
        assert_eq!(before[0].id.len(), 32);
    }

    #[test]
    fn another_finding_is_another() {
        let of = |needle, message| of("/srv", BEFORE, &[(needle, message)]).remove(0).id;
        let one = of("80:80", "port 80 is open");
        assert_ne!(one, of("80:80", "port 81 is open"));
        assert_ne!(one, of("true", "port 80 is open"));
    }

    #[test]
    fn equal_findings_are_numbered() {
        let three = of("/srv", BEFORE, &[("80:80", "open"), ("443:443", "open"), ("true", "open")]);
        assert_ne!(three[0].id, three[1].id);
        let one = of("/srv", BEFORE, &[("443:443", "open")]);
        assert_eq!(three[0].id, one[0].id, "which of two is left does not matter");
    }

    #[test]
    fn counts_others_and_the_place_of_the_checkout_do_not_matter() {
        let of = |said: &str| message(said, Path::new("/srv/shop"));
        assert_eq!(of("this file has 401 lines"), "this file has # lines");
        assert_eq!(of("`9 lines` of 2 more; the same line serves `db`"), "`9 lines` of # more");
        assert_eq!(of("the same line serves 3 more services too"), "the same line serves # more services too");
        assert_eq!(of("port 80 does not answer, port 81 is"), "port 80 does not answer, port 81 is");
        assert_eq!(of("`/srv/shop/a.yaml` and `/srv/other`"), "`a.yaml` and `/srv/other`");
    }

    #[test]
    fn the_base_is_the_configuration_else_the_repository_else_what_the_roots_share() {
        let fs =
            MemFs::new().file("/repo/.git/HEAD", "").file("/repo/a/b/compose.yaml", "").file("/srv/x/c.yaml", "").directory("/srv/y/z");
        let base = |config: Option<&str>, roots: &[&str]| {
            let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
            super::base(&fs, config.map(Path::new), &roots).display().to_string()
        };
        assert_eq!(base(Some("/repo/a/.composelint.yaml"), &["/repo/a/b"]), "/repo/a");
        assert_eq!(base(None, &["/repo/a/b/compose.yaml"]), "/repo");
        assert_eq!(base(None, &["/srv/x/c.yaml"]), "/srv/x");
        assert_eq!(base(None, &["/srv/x/c.yaml", "/srv/y/z"]), "/srv");
    }

    #[test]
    fn paths_outside_the_base_go_upwards() {
        let of = |path| relative(Path::new(path), Path::new("/srv/shop"));
        assert_eq!(of("/srv/shop/a/c.yaml"), "a/c.yaml");
        assert_eq!(of("/srv/shop"), ".");
        assert_eq!(of("/srv/shopping/c.yaml"), "../shopping/c.yaml");
        assert_eq!(relative(Path::new("/a"), Path::new("/")), "a");
    }
}
