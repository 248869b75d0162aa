//! Places outside of the Compose files that name one of them: scripts, jobs of a CI, Makefiles, units of systemd, documents. Found by text alone,
//! in whatever kind of file. Reads, and judges nothing: whether a place has to be changed is for people to say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;

use crate::discover;
use crate::fs::{self, Fs};
use crate::shell;

/// Places that are kept.
const PLACES: usize = 1_000;
/// Characters of a line that are kept.
const LINE: usize = 300;
/// Lines that a `\` at their ends makes one.
const JOINED: usize = 40;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The places, sorted by path and line.
    pub places: Vec<Mention>,
    /// True if the tree is so large that not all of it was read, or more places were found than are kept.
    pub incomplete: bool,
}

/// A line that names a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The file with the line: absolute.
    pub path: PathBuf,
    /// From 1.
    pub line: u32,
    /// The line without the blanks around it. It may hold a secret: never print it as it is.
    pub text: String,
    /// The files that it names, relative to the root, sorted.
    pub names: Vec<PathBuf>,
    /// The call of Compose on the line, if there is one.
    pub call: Option<Call>,
}

/// A call of Compose, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// What is given with `-f`, as written.
    pub files: Vec<String>,
    /// The other flags before the subcommand, as written.
    pub flags: Vec<String>,
    /// The subcommand and what follows it.
    pub rest: String,
}

/// Looks for files that are named (`old`: relative to the root) below the root. `aside` is what is not looked into: absolute files and
/// directories, such as the Compose files themselves.
pub fn find(root: &Path, disk: &dyn Fs, old: &[PathBuf], aside: &BTreeSet<PathBuf>) -> Mentions {
    let names: BTreeSet<String> = old.iter().filter_map(|p| Some(p.file_name()?.to_str()?.to_owned())).collect();
    let names: Vec<String> = names.into_iter().collect();
    let mut out = Mentions::default();
    let Ok(automaton) = AhoCorasick::new(&names) else { return out };
    if names.is_empty() {
        return out;
    }
    let old: BTreeMap<PathBuf, &PathBuf> = old.iter().map(|p| (fs::join(root, p), p)).collect();
    let look = Look { root, disk, old, automaton };
    let (files, incomplete) = discover::files(root, disk, &|path| aside.contains(path));
    out.incomplete = incomplete;
    for path in files {
        look.file(&path, &mut out);
    }
    out
}

struct Look<'a> {
    root: &'a Path,
    disk: &'a dyn Fs,
    /// Absolute → as given.
    old: BTreeMap<PathBuf, &'a PathBuf>,
    automaton: AhoCorasick,
}

impl Look<'_> {
    fn file(&self, path: &Path, out: &mut Mentions) {
        let Ok(bytes) = self.disk.read(path, discover::FILE) else { return };
        if bytes.contains(&0) || !self.automaton.is_match(&bytes) {
            return;
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        for ((index, line), number) in lines.iter().enumerate().zip(1u32..) {
            let mut names: BTreeSet<PathBuf> = BTreeSet::new();
            for found in self.automaton.find_overlapping_iter(*line) {
                names.extend(token(line, found.start(), found.end()).and_then(|token| self.target(path, &token)));
            }
            if names.is_empty() {
                continue;
            }
            if out.places.len() >= PLACES {
                out.incomplete = true;
                return;
            }
            let text = line.trim();
            let text = text.char_indices().nth(LINE).map_or(text.to_owned(), |(end, _)| format!("{}…", text.get(..end).unwrap_or("")));
            let call = call(&joined(&lines, index));
            out.places.push(Mention { path: path.to_path_buf(), line: number, text, names: names.into_iter().collect(), call });
        }
    }

    /// Which of the files a path in a text means: seen from the directory of the text, from the root, or from a place that nobody can tell.
    fn target(&self, from: &Path, token: &Token) -> Option<PathBuf> {
        let known = |path: &Path| self.old.get(path).map(|p| (*p).clone());
        let directory = from.parent().unwrap_or(self.root);
        let path = Path::new(&token.path);
        // The end of a longer path, which begins on another machine, with a variable, or in a home directory.
        let end = || self.old.values().find(|old| path.ends_with(old)).map(|old| (*old).clone());
        if token.address {
            // Of all addresses only those of a repository that is called like this directory.
            let own = self.root.file_name()?.to_str()?;
            return end().filter(|_| path.components().any(|c| c.as_os_str().to_str().is_some_and(|c| c.eq_ignore_ascii_case(own))));
        }
        let first = path.components().next()?.as_os_str().to_string_lossy().into_owned();
        if path.is_absolute() {
            return known(&fs::clean(path)).or_else(end);
        }
        let (path, open) =
            if first.contains(['$', '%', '~', '{']) { (path.strip_prefix(&first).unwrap_or(path), true) } else { (path, false) };
        let near = fs::join(directory, path);
        // A file of the same name beside the text is the one that is meant.
        known(&near).or_else(|| known(&fs::join(self.root, path)).filter(|_| !self.disk.is_file(&near))).or_else(|| end().filter(|_| open))
    }
}

/// A path within a line.
struct Token {
    path: String,
    /// A part of a URL.
    address: bool,
}

fn is_path(c: char) -> bool {
    c.is_alphanumeric() || "._-/~$@+%{}".contains(c)
}

/// The path that a name is the end of; `None` if the name is a part of another one: `docker-compose.yml` of `old-docker-compose.yml.bak`.
fn token(line: &str, start: usize, end: usize) -> Option<Token> {
    let before = line.get(..start)?;
    let after = line.get(end..)?;
    let rest = after.trim_start_matches('.');
    // A full stop ends a sentence, and what comes behind it then is no part of the name.
    let ends = if rest.len() < after.len() {
        rest.is_empty() || rest.starts_with([' ', '\t', ')', '"', '\'', '*', '<'])
    } else {
        !rest.starts_with(is_path)
    };
    let begins = before.chars().next_back().is_none_or(|c| c == '/' || !is_path(c));
    if !ends || !begins {
        return None;
    }
    let from = before.char_indices().rev().find(|(_, c)| !is_path(*c)).map_or(0, |(i, c)| i + c.len_utf8());
    let path = line.get(from..end)?.to_owned();
    let address = path.starts_with("//") && line.get(..from)?.ends_with(':');
    Some(Token { path, address })
}

/// A line with those that a `\` at their ends makes one with it.
fn joined(lines: &[&str], index: usize) -> String {
    let goes_on = |i: usize| lines.get(i).is_some_and(|l| l.trim_end().ends_with('\\'));
    let mut first = index;
    while first > 0 && index - first < JOINED && goes_on(first - 1) {
        first -= 1;
    }
    let mut last = index;
    while last - index < JOINED && goes_on(last) {
        last += 1;
    }
    let all = lines.get(first..=last.min(lines.len().saturating_sub(1))).unwrap_or_default();
    all.iter().map(|l| l.trim_end().trim_end_matches('\\')).collect::<Vec<_>>().join(" ")
}

/// The first call of Compose with a file in a line.
fn call(line: &str) -> Option<Call> {
    // `["docker", "compose", "-f", "x"]` is the same thing.
    let mut line = line.to_owned();
    for list in ["\", \"", "', '", "\",\"", "','"] {
        line = line.replace(list, " ");
    }
    line.match_indices("docker").find_map(|(at, _)| {
        let rest = line.get(at..)?;
        let rest = rest.strip_prefix("docker compose").or_else(|| rest.strip_prefix("docker-compose"))?;
        rest.starts_with([' ', '\t']).then_some(())?;
        let quote = line.get(..at)?.chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`'));
        let end = rest.find(|c: char| matches!(c, ';' | '|' | '&' | ')' | '`' | '#' | '\n') || Some(c) == quote).unwrap_or(rest.len());
        Some(parsed(rest.get(..end)?)).filter(|call| !call.files.is_empty())
    })
}

fn parsed(text: &str) -> Call {
    let mut out = Call::default();
    let words: Vec<&str> = text.split_whitespace().map(|w| w.trim_matches(['"', '\''])).collect();
    let (flags, rest) = shell::flags(&words, shell::COMPOSE_VALUES);
    for flag in flags {
        match flag.value {
            Some(file) if matches!(flag.name, "-f" | "--file") => out.files.push(file.to_owned()),
            Some(value) if flag.word == flag.name => out.flags.extend([flag.word.to_owned(), value.to_owned()]),
            _ => out.flags.push(flag.word.to_owned()),
        }
    }
    let rest = words.get(rest..).unwrap_or_default().join(" ");
    rest.trim_end_matches([']', ',', ' ']).trim_matches(['"', '\'']).clone_into(&mut out.rest);
    out
}

impl Call {
    /// The call in a text, if it names files.
    pub fn read(text: &str) -> Option<Self> {
        call(text)
    }

    /// True if both name the same files in the same order. Only the names count: where they are called from differs.
    pub fn has_files_of(&self, other: &Call) -> bool {
        let names = |call: &Call| call.files.iter().map(|f| f.rsplit('/').next().unwrap_or(f).to_owned()).collect::<Vec<_>>();
        names(self) == names(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::MemFs;

    fn found(disk: &MemFs, old: &[&str]) -> Vec<String> {
        let old: Vec<PathBuf> = old.iter().map(PathBuf::from).collect();
        let mentions = find(Path::new("/srv/shop"), disk, &old, &BTreeSet::from([PathBuf::from("/srv/shop/docker-compose.yml")]));
        assert!(!mentions.incomplete);
        let one = |m: &Mention| {
            let names: Vec<String> = m.names.iter().map(|n| n.display().to_string()).collect();
            let call = m.call.as_ref().map_or(String::new(), |c| format!(" ⇒ {:?} {:?} {:?}", c.files, c.flags, c.rest));
            format!("{}:{} [{}] {}{call}", m.path.strip_prefix("/srv/shop").unwrap().display(), m.line, names.join(" "), m.text)
        };
        mentions.places.iter().map(one).collect()
    }

    #[test]
    fn every_kind_of_file() {
        let disk = MemFs::new()
            .file("/srv/shop/docker-compose.yml", "include: [docker-compose.prod.yml]\n")
            .file("/srv/shop/docker-compose.prod.yml", "services: {}\n# see docker-compose.yml\n")
            .file(
                "/srv/shop/Makefile",
                "COMPOSE = docker compose -f docker-compose.yml -f docker-compose.prod.yml\nup:\n\tdocker-compose --env-file .env.prod -f ./docker-compose.prod.yml up -d && echo done\n",
            )
            .file("/srv/shop/.env", "COMPOSE_FILE=docker-compose.yml:docker-compose.prod.yml\n")
            .file("/srv/shop/README.md", "Start with `docker compose -f docker-compose.prod.yml up`, see [the file](docker-compose.yml).\nNot docker-compose.yml.bak, my-docker-compose.yml or docker-compose.ymlx.\nIt is docker-compose.yml.\n")
            .file("/srv/shop/.github/workflows/ci.yml", "jobs:\n  test:\n    steps:\n      - run: |\n          docker compose \\\n            -f docker-compose.yml \\\n            -f docker-compose.prod.yml \\\n            run --rm api test\n")
            .file("/srv/shop/package.json", "{\"scripts\": {\"up\": \"docker compose --file=docker-compose.yml up\"}}\n")
            .file("/srv/shop/deploy/run.py", "subprocess.run([\"docker\", \"compose\", \"-f\", \"../docker-compose.yml\", \"up\"])\n")
            .file("/srv/shop/deploy/shop.service", "ExecStart=/usr/bin/docker compose -f /opt/shop/docker-compose.prod.yml up\nExecStop=%h/shop/docker-compose.prod.yml\n")
            .file("/srv/shop/deploy/a.sh", "cat \"$ROOT\"/docker-compose.yml ${DIR}/docker-compose.prod.yml\ncurl https://git.example.org/x/shop/raw/main/docker-compose.yml\ncurl https://git.example.org/x/other/raw/docker-compose.yml\n")
            .file("/srv/shop/other/docker-compose.yml", "services: {}\n")
            .file("/srv/shop/other/README.md", "docker compose -f docker-compose.yml up\n")
            .file("/srv/shop/default.nix", "  compose = ./docker-compose.prod.yml;\n")
            .file("/srv/shop/node_modules/a/x.sh", "docker-compose.yml\n")
            .file("/srv/shop/.git/x", "docker-compose.yml\n")
            .file("/srv/shop/target/CACHEDIR.TAG", "x")
            .file("/srv/shop/target/x", "docker-compose.yml\n")
            .file("/srv/shop/binary", b"docker-compose.yml\0".as_slice())
            .file("/srv/shop/huge", "docker-compose.yml\n".repeat(60_000))
            .link("/srv/shop/link.md", "README.md");
        insta::assert_snapshot!(found(&disk, &["docker-compose.yml", "docker-compose.prod.yml"]).join("\n"), @r#"
        .env:1 [docker-compose.prod.yml docker-compose.yml] COMPOSE_FILE=docker-compose.yml:docker-compose.prod.yml
        .github/workflows/ci.yml:6 [docker-compose.yml] -f docker-compose.yml \ ⇒ ["docker-compose.yml", "docker-compose.prod.yml"] [] "run --rm api test"
        .github/workflows/ci.yml:7 [docker-compose.prod.yml] -f docker-compose.prod.yml \ ⇒ ["docker-compose.yml", "docker-compose.prod.yml"] [] "run --rm api test"
        Makefile:1 [docker-compose.prod.yml docker-compose.yml] COMPOSE = docker compose -f docker-compose.yml -f docker-compose.prod.yml ⇒ ["docker-compose.yml", "docker-compose.prod.yml"] [] ""
        Makefile:3 [docker-compose.prod.yml] docker-compose --env-file .env.prod -f ./docker-compose.prod.yml up -d && echo done ⇒ ["./docker-compose.prod.yml"] ["--env-file", ".env.prod"] "up -d"
        README.md:1 [docker-compose.prod.yml docker-compose.yml] Start with `docker compose -f docker-compose.prod.yml up`, see [the file](docker-compose.yml). ⇒ ["docker-compose.prod.yml"] [] "up"
        README.md:3 [docker-compose.yml] It is docker-compose.yml.
        default.nix:1 [docker-compose.prod.yml] compose = ./docker-compose.prod.yml;
        deploy/a.sh:1 [docker-compose.prod.yml docker-compose.yml] cat "$ROOT"/docker-compose.yml ${DIR}/docker-compose.prod.yml
        deploy/a.sh:2 [docker-compose.yml] curl https://git.example.org/x/shop/raw/main/docker-compose.yml
        deploy/run.py:1 [docker-compose.yml] subprocess.run(["docker", "compose", "-f", "../docker-compose.yml", "up"]) ⇒ ["../docker-compose.yml"] [] "up"
        deploy/shop.service:1 [docker-compose.prod.yml] ExecStart=/usr/bin/docker compose -f /opt/shop/docker-compose.prod.yml up ⇒ ["/opt/shop/docker-compose.prod.yml"] [] "up"
        deploy/shop.service:2 [docker-compose.prod.yml] ExecStop=%h/shop/docker-compose.prod.yml
        docker-compose.prod.yml:2 [docker-compose.yml] # see docker-compose.yml
        package.json:1 [docker-compose.yml] {"scripts": {"up": "docker compose --file=docker-compose.yml up"}} ⇒ ["docker-compose.yml"] [] "up"
        "#);
    }

    #[test]
    fn a_file_in_a_directory() {
        let disk = MemFs::new()
            .file("/srv/shop/infra/compose.yml", "services: {}\n")
            .file("/srv/shop/compose.yml", "services: {}\n")
            .file("/srv/shop/a.sh", "docker compose -f infra/compose.yml up\ndocker compose -f compose.yml up\n")
            .file("/srv/shop/infra/b.sh", "docker compose -f compose.yml up\ndocker compose -f ../compose.yml up\n");
        insta::assert_snapshot!(found(&disk, &["infra/compose.yml"]).join("\n"), @r#"
        a.sh:1 [infra/compose.yml] docker compose -f infra/compose.yml up ⇒ ["infra/compose.yml"] [] "up"
        infra/b.sh:1 [infra/compose.yml] docker compose -f compose.yml up ⇒ ["compose.yml"] [] "up"
        "#);
    }

    #[test]
    fn a_hostile_tree_costs_little() {
        let disk = MemFs::new()
            .file("/srv/shop/a", format!("{}\n", "docker-compose.yml ".repeat(50_000)))
            .file("/srv/shop/b", "docker-compose.yml \\\n".repeat(40_000));
        let mentions = find(Path::new("/srv/shop"), &disk, &[PathBuf::from("docker-compose.yml")], &BTreeSet::new());
        assert!(mentions.incomplete);
        assert_eq!(mentions.places.len(), PLACES);
    }
}
