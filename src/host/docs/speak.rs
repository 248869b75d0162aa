//! What a text names: the commands in it taken apart, and the paths in its code. It hears what is written and knows no stack.
//!
//! In doubt it hears nothing: what is to be filled in (`<name>`, `$NAME`, `NAME`), and what is done on another machine.

use std::ops::Range;

use super::{Form, Of, Thing, Used, What};
use crate::shell::{self, Word, commands};

/// Things that are kept of one document.
const KEPT: usize = 5_000;

/// Longer words are no names and no paths.
const WORD: usize = 4_096;

/// A piece of code in a text.
struct Code {
    range: Range<usize>,
    /// A few words within prose.
    inline: bool,
}

/// What a text names, and where.
pub(super) fn read(text: &str, form: Form) -> Vec<(Range<usize>, What)> {
    let mut heard = Heard { text, all: Vec::new() };
    for code in pieces(text, form) {
        heard.code(&code);
    }
    heard.all.truncate(KEPT);
    heard.all
}

/// The lines of a text with where they begin, line breaks left out.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

fn pieces(text: &str, form: Form) -> Vec<Code> {
    match form {
        Form::Script => vec![Code { range: 0..text.len(), inline: false }],
        Form::Recipes => recipes(text),
        Form::Markdown => markdown(text),
    }
}

/// Every line of a recipe; lines that a `\` joins are one.
fn recipes(text: &str) -> Vec<Code> {
    let mut out: Vec<Code> = Vec::new();
    let mut goes_on = false;
    for (start, line) in lines(text) {
        let code = line.trim_start_matches([' ', '\t', '@', '-', '+']);
        let begin = start + (line.len() - code.len());
        match out.last_mut() {
            Some(last) if goes_on => last.range.end = start + line.len(),
            _ => out.push(Code { range: begin..start + line.len(), inline: false }),
        }
        goes_on = line.ends_with('\\');
    }
    out
}

/// Languages of code blocks that are no commands.
const NO_COMMANDS: &[&str] = &[
    "yaml",
    "yml",
    "json",
    "jsonc",
    "toml",
    "ini",
    "nix",
    "dockerfile",
    "containerfile",
    "diff",
    "patch",
    "xml",
    "html",
    "css",
    "sql",
    "python",
    "py",
    "js",
    "javascript",
    "ts",
    "typescript",
    "go",
    "rust",
    "ruby",
    "php",
    "java",
    "mermaid",
    "dot",
    "env",
    "dotenv",
    "nginx",
    "caddy",
    "caddyfile",
    "conf",
    "systemd",
    "hcl",
    "powershell",
    "ps1",
    "bat",
    "cmd",
];

/// Code blocks, indented lines, and what stands between backticks.
fn markdown(text: &str) -> Vec<Code> {
    let mut out = Vec::new();
    // The fence of the block that is open, where its code begins, and whether that is commands.
    let mut open: Option<(&str, usize, bool)> = None;
    for (start, line) in lines(text) {
        let trimmed = line.trim_start();
        let fence = ["```", "~~~"].into_iter().find(|f| trimmed.starts_with(f));
        match (open, fence) {
            (Some((mark, begin, is_commands)), Some(fence)) if mark == fence && trimmed.trim_end().trim_matches(['`', '~']).is_empty() => {
                if is_commands {
                    out.push(Code { range: begin..start, inline: false });
                }
                open = None;
            }
            (None, Some(fence)) if !trimmed.trim_start_matches(['`', '~']).contains('`') => {
                let info = trimmed.trim_start_matches(['`', '~']).trim();
                let language = info.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("").to_lowercase();
                open = Some((fence, start + line.len(), !NO_COMMANDS.contains(&language.as_str())));
            }
            (None, _) if line.contains('`') => inline(start, line, &mut out),
            (None, _) if line.starts_with("    ") || line.starts_with('\t') => {
                // Lines that stand together are one block: a `cd` holds for those below it.
                match out.last_mut() {
                    Some(Code { range, inline: false }) if text.get(range.end..start).is_some_and(|t| t.trim().is_empty()) => {
                        range.end = start + line.len();
                    }
                    _ => out.push(Code { range: start..start + line.len(), inline: false }),
                }
            }
            _ => {}
        }
    }
    // A block that is never closed goes to the end.
    if let Some((_, begin, true)) = open {
        out.push(Code { range: begin..text.len(), inline: false });
    }
    out
}

/// What stands between backticks on a line.
fn inline(start: usize, line: &str, out: &mut Vec<Code>) {
    let mut at = 0;
    while let Some(open) = line.get(at..).and_then(|rest| rest.find('`')).map(|i| at + i) {
        let rest = line.get(open..).unwrap_or_default();
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let inner = open + ticks;
        let mark = "`".repeat(ticks);
        let Some(length) = line.get(inner..).and_then(|rest| rest.find(&mark)) else { return };
        out.push(Code { range: start + inner..start + inner + length, inline: true });
        at = inner + length + ticks;
    }
}

struct Heard<'a> {
    text: &'a str,
    all: Vec<(Range<usize>, What)>,
}

/// Where the commands of a piece of code are.
#[derive(Default)]
struct Here {
    /// Where `cd` went.
    directory: Option<String>,
    /// True if nobody can tell where that is.
    lost: bool,
}

/// A command, without what stands before it.
#[derive(Clone, Copy)]
struct Command<'a> {
    words: &'a [Word],
    /// Where the piece of code begins.
    offset: usize,
    /// `COMPOSE_PROJECT_NAME=x`.
    project: Option<&'a str>,
    /// True for a few words within prose.
    inline: bool,
}

/// What may stand before a command.
const BEFORE: &[&str] = &[
    "if", "then", "else", "elif", "while", "until", "do", "!", "{", "}", "time", "sudo", "doas", "exec", "nohup", "command", "env", "$",
    "%", "xargs",
];

/// Commands that make or move what they name, or take it from another machine.
const MAKES: &[&str] = &["mkdir", "touch", "install", "ln", "cp", "mv", "git", "mktemp"];
const MOVES: &[&str] = &["rsync", "scp", "sftp", "tar", "tee", "rm", "rmdir", "wget", "restic", "borg", "unzip", "test", "[", "[["];

impl Heard<'_> {
    fn code(&mut self, code: &Code) {
        let Some(part) = self.text.get(code.range.clone()) else { return };
        let mut here = Here::default();
        for mut words in commands(part) {
            words.retain(|w| w.text.len() <= WORD);
            let (mut at, mut project, mut elsewhere) = (0, None, false);
            while let Some(word) = words.get(at) {
                let assigned = word.text.split_once('=').filter(|(name, _)| {
                    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                });
                match assigned {
                    Some(("COMPOSE_PROJECT_NAME", value)) => project = Some(value),
                    Some(("DOCKER_HOST" | "DOCKER_CONTEXT", _)) => elsewhere = true,
                    Some(_) => {}
                    None if BEFORE.contains(&word.text.as_str()) => {
                        // `sudo -u ada docker`.
                        let rest = words.get(at + 1..).unwrap_or_default();
                        at += shell::flags(rest, &["-u", "-g", "--user", "--group", "-n", "-I"]).1;
                    }
                    None => break,
                }
                at += 1;
            }
            let before = words.get(..at).unwrap_or_default();
            if !elsewhere {
                let command =
                    Command { words: words.get(at..).unwrap_or_default(), offset: code.range.start, project, inline: code.inline };
                self.paths(&Command { words: before, ..command }, false);
                self.command(&command, &mut here);
            }
        }
    }

    /// Adds something that is named by a part of a word.
    fn add(&mut self, command: &Command, word: &Word, part: &str, what: What) {
        let start = command.offset + word.range.start;
        let whole = start..command.offset + word.range.end;
        let inside = self.text.get(whole.clone()).and_then(|raw| raw.find(part));
        let range = inside.map_or(whole, |at| start + at..start + at + part.len());
        self.all.push((range, what));
    }

    fn command(&mut self, command: &Command, here: &mut Here) {
        let Some((program, words)) = command.words.split_first() else { return };
        let inner = Command { words, ..*command };
        match program.text.rsplit('/').next().unwrap_or_default() {
            "ssh" | "mosh" | "colmena" | "ansible" | "kubectl" => {
                // From here on it is another machine that is spoken of.
                *here = Here { directory: None, lost: true };
            }
            "cd" | "pushd" => self.enters(&inner, here),
            "popd" => *here = Here { directory: None, lost: true },
            "docker" | "podman" | "nerdctl" => self.docker(&inner, here),
            "docker-compose" | "podman-compose" => self.compose(&inner, here),
            name if MAKES.contains(&name) => self.makes(&inner),
            name if MOVES.contains(&name) => self.volumes_on_disk(&inner),
            _ => self.paths(command, true),
        }
    }

    fn enters(&mut self, command: &Command, here: &mut Here) {
        let Some(word) = command.words.iter().find(|w| !w.text.starts_with('-')) else {
            *here = Here { directory: None, lost: true };
            return;
        };
        match path(&word.text) {
            Some(path) if is_open(path) => {
                self.add(command, word, path, What::Path { path: path.to_owned(), used: Used::Entered });
                *here = Here { directory: Some(path.to_owned()), lost: false };
            }
            // From where this starts is not in the text.
            _ => {
                let known = here.directory.take().filter(|_| plain(&word.text));
                *here = Here { lost: known.is_none(), directory: known.map(|d| format!("{d}/{}", word.text)) };
            }
        }
    }

    fn makes(&mut self, command: &Command) {
        for word in command.words {
            for path in word.text.split(['=', ':']).filter_map(path).filter(|p| is_open(p)) {
                let name = path.to_owned();
                self.add(command, word, path, What::Made { thing: Thing::Path, name });
            }
        }
    }

    /// Paths, and ports of this machine, in whatever words.
    fn paths(&mut self, command: &Command, ports: bool) {
        for word in command.words {
            if ports && let Some((port, text)) = local_port(&word.text) {
                self.add(command, word, text, What::Port(port));
                continue;
            }
            for part in word.text.split([':', '=', ',']) {
                if let Some(path) = path(part).filter(|p| is_open(p)) {
                    // A directory in prose may be one that was.
                    self.add(command, word, path, What::Path { path: path.to_owned(), used: Used::Named });
                }
            }
        }
        self.volumes_on_disk(command);
    }

    /// `/var/lib/docker/volumes/NAME`.
    fn volumes_on_disk(&mut self, command: &Command) {
        for word in command.words {
            let behind = ["/docker/volumes/", "/containers/storage/volumes/"].iter().find_map(|at| word.text.split_once(at));
            if let Some(name) = behind.and_then(|(_, rest)| rest.split('/').next()).filter(|n| is_name(n)) {
                self.add(command, word, name, What::Volume { name: name.to_owned(), created: false });
            }
        }
    }

    fn docker(&mut self, command: &Command, here: &mut Here) {
        let valued = ["-H", "--host", "-c", "--context", "--config", "-l", "--log-level", "--url", "--connection"];
        let (flags, at) = shell::flags(command.words, &valued);
        if flags.iter().any(|f| matches!(f.name, "-H" | "--host" | "-c" | "--context" | "--url" | "--connection" | "--remote")) {
            return;
        }
        let Some((sub, rest)) = command.words.get(at..).and_then(<[Word]>::split_first) else { return };
        let inner = Command { words: rest, ..*command };
        match sub.text.as_str() {
            "compose" => self.compose(&inner, here),
            "run" | "create" => self.runs(&inner),
            "volume" | "network" | "container" => {
                let Some((verb, rest)) = rest.split_first() else { return };
                let inner = Command { words: rest, ..*command };
                match (sub.text.as_str(), verb.text.as_str()) {
                    ("volume", verb @ ("inspect" | "rm" | "remove" | "create" | "exists" | "export" | "import")) => {
                        for word in names(rest, &["-d", "--driver", "-o", "--opt", "--label", "-f", "--format", "--output"]) {
                            let name = word.text.clone();
                            if verb == "create" {
                                self.add(&inner, word, &name, What::Made { thing: Thing::Volume, name: name.clone() });
                            }
                            self.add(&inner, word, &name, What::Volume { name: name.clone(), created: verb == "create" });
                        }
                    }
                    ("network", "create") => {
                        let valued = ["-d", "--driver", "-o", "--opt", "--label", "--subnet", "--gateway", "--ip-range", "--ipam-driver"];
                        for word in names(rest, &valued) {
                            let name = word.text.clone();
                            self.add(&inner, word, &name, What::Made { thing: Thing::Network, name: name.clone() });
                        }
                    }
                    ("network", "inspect" | "rm" | "remove") => {
                        for word in names(rest, &["-f", "--format"]) {
                            self.add(&inner, word, &word.text, What::Network(word.text.clone()));
                        }
                    }
                    ("network", "connect" | "disconnect") => {
                        let mut both = names(rest, &["--alias", "--ip", "--ip6", "--link", "--driver-opt", "--gw-priority"]);
                        if let Some(word) = both.next() {
                            self.add(&inner, word, &word.text, What::Network(word.text.clone()));
                        }
                        if let Some(word) = both.next() {
                            self.add(&inner, word, &word.text, What::Container(word.text.clone()));
                        }
                    }
                    ("container", "run" | "create") => self.runs(&inner),
                    ("container", verb) => self.containers(verb, &inner),
                    _ => {}
                }
            }
            verb => self.containers(verb, &inner),
        }
    }

    /// `docker exec NAME` and its like.
    fn containers(&mut self, verb: &str, command: &Command) {
        let (valued, all): (&[&str], bool) = match verb {
            "exec" => (&["-u", "--user", "-e", "--env", "-w", "--workdir", "--env-file", "--detach-keys"], false),
            "logs" => (&["-n", "--tail", "--since", "--until"], false),
            "attach" | "start" => (&["--detach-keys"], true),
            "stop" | "restart" | "kill" => (&["-t", "--time", "--timeout", "-s", "--signal"], true),
            "inspect" => (&["-f", "--format", "--type"], true),
            "rm" | "pause" | "unpause" | "wait" => (&[], true),
            "stats" => (&["--format"], true),
            "port" | "top" | "diff" | "export" => (&["-o", "--output"], false),
            "cp" => {
                for word in command.words {
                    if let Some((name, _)) = word.text.split_once(':').filter(|(name, path)| is_name(name) && path.starts_with('/')) {
                        self.add(command, word, name, What::Container(name.to_owned()));
                    }
                }
                return;
            }
            _ => return,
        };
        let limit = if all { usize::MAX } else { 1 };
        let (_, at) = shell::flags(command.words, valued);
        let words = command.words.get(at..).unwrap_or_default();
        for word in words.iter().take(limit).filter(|w| is_name(&w.text)) {
            self.add(command, word, &word.text, What::Container(word.text.clone()));
        }
    }

    /// `docker run`: only what has a form of its own, because where the image is cannot be told without knowing every flag.
    fn runs(&mut self, command: &Command) {
        let mut words = command.words.iter();
        while let Some(word) = words.next() {
            let (flag, joined) = match word.text.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some((word, value.to_owned()))),
                _ => (word.text.as_str(), None),
            };
            if !matches!(flag, "-v" | "--volume" | "--mount" | "--volumes-from" | "--network" | "--net" | "--name" | "-p" | "--publish") {
                continue;
            }
            let Some((word, value)) = joined.or_else(|| words.next().map(|w| (w, w.text.clone()))) else { return };
            match flag {
                "-v" | "--volume" => {
                    let source = value.split(':').next().unwrap_or_default();
                    if value.contains(":/") && is_name(source) {
                        self.add(command, word, source, What::Volume { name: source.to_owned(), created: true });
                    } else if let Some(path) = path(source).filter(|p| is_open(p)) {
                        self.add(command, word, path, What::Path { path: path.to_owned(), used: Used::Named });
                    }
                }
                "--mount" => {
                    let field = |names: &[&str]| {
                        value.split(',').filter_map(|f| f.split_once('=')).find(|(n, _)| names.contains(n)).map(|(_, v)| v)
                    };
                    let source = field(&["source", "src"]).filter(|s| is_name(s));
                    if let Some(source) = source.filter(|_| field(&["type"]).is_none_or(|t| t == "volume")) {
                        self.add(command, word, source, What::Volume { name: source.to_owned(), created: true });
                    }
                }
                "--name" if is_name(&value) => {
                    self.add(command, word, &value, What::Made { thing: Thing::Container, name: value.clone() });
                }
                "-p" | "--publish" => {
                    let mut parts = value.rsplit(':').skip(1);
                    if let Some(port) = parts.next().filter(|p| p.parse::<u16>().is_ok()) {
                        self.add(command, word, port, What::Made { thing: Thing::Port, name: port.to_owned() });
                    }
                }
                "--volumes-from" if is_name(&value) => self.add(command, word, &value, What::Container(value.clone())),
                "--network" | "--net" => match value.strip_prefix("container:") {
                    Some(name) if is_name(name) => self.add(command, word, name, What::Container(name.to_owned())),
                    None if is_name(&value) => self.add(command, word, &value, What::Network(value.clone())),
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn compose(&mut self, command: &Command, here: &mut Here) {
        let (flags, at) = shell::flags(command.words, shell::COMPOSE_VALUES);
        let mut of =
            Of { files: Vec::new(), directory: here.directory.clone(), project: command.project.map(str::to_owned), lost: here.lost };
        let rest = command.words.get(at..).unwrap_or_default();
        let sub = rest.first().map_or("", |w| w.text.as_str());
        for flag in &flags {
            let (Some(value), Some(word)) = (flag.value, command.words.get(flag.at)) else { continue };
            match flag.name {
                "-f" | "--file" => {
                    of.files.push(value.to_owned());
                    self.entered(command, word, value, here);
                }
                "--project-directory" => {
                    of.directory = Some(value.to_owned());
                    self.entered(command, word, value, here);
                }
                "-p" | "--project-name" if is_name(value) => {
                    of.project = Some(value.to_owned());
                    let started = matches!(sub, "up" | "create" | "run" | "watch");
                    if started {
                        self.add(command, word, value, What::Made { thing: Thing::Project, name: value.to_owned() });
                    }
                    self.add(command, word, value, What::Project { name: value.to_owned(), started });
                }
                "-p" | "--project-name" => of.lost = true,
                _ => {}
            }
        }
        let Some((_, words)) = rest.split_first() else { return };
        // A command within prose may end with prose: `docker compose up and wait`.
        if command.inline && words.iter().filter(|w| !w.text.starts_with('-')).count() > 3 && sub != "exec" && sub != "run" {
            return;
        }
        let (valued, all): (&[&str], bool) = match sub {
            "exec" => (&["-u", "--user", "-w", "--workdir", "-e", "--env", "--index"], false),
            "run" => (
                &[
                    "-u",
                    "--user",
                    "-w",
                    "--workdir",
                    "-e",
                    "--env",
                    "-v",
                    "--volume",
                    "-p",
                    "--publish",
                    "--name",
                    "--entrypoint",
                    "-l",
                    "--label",
                    "--cap-add",
                    "--cap-drop",
                    "--env-from-file",
                    "--pull",
                ],
                false,
            ),
            "logs" => (&["-n", "--tail", "--since", "--until", "--index"], true),
            "up" | "create" => {
                (&["--scale", "-t", "--timeout", "--pull", "--exit-code-from", "--attach", "--no-attach", "--wait-timeout"], true)
            }
            "stop" | "restart" | "down" => (&["-t", "--timeout", "--rmi"], true),
            "kill" => (&["-s", "--signal"], true),
            "build" => (&["--build-arg", "-m", "--memory", "--progress", "--ssh", "--builder"], true),
            "ps" => (&["--filter", "--format", "--status"], true),
            "pull" => (&["--policy"], true),
            "start" | "rm" | "pause" | "unpause" | "top" | "push" | "watch" => (&[], true),
            "port" => (&["--index", "--protocol"], false),
            _ => return,
        };
        let limit = if all { usize::MAX } else { 1 };
        let named: Vec<&Word> = if all { names(words, valued).collect() } else { names_before(words, valued).collect() };
        for word in named.into_iter().take(limit) {
            self.add(command, word, &word.text, What::Service { name: word.text.clone(), of: of.clone() });
        }
    }

    /// A path that Compose is given.
    fn entered(&mut self, command: &Command, word: &Word, value: &str, here: &Here) {
        let Some(path) = path(value) else { return };
        let from = if is_open(path) { None } else { here.directory.as_deref() };
        let whole = from.map_or_else(|| path.to_owned(), |from| format!("{from}/{path}"));
        if is_open(&whole) || !here.lost {
            self.add(command, word, path, What::Path { path: whole, used: Used::Entered });
        }
    }
}

/// The words that are names and no flags.
fn names<'a>(words: &'a [Word], valued: &'a [&str]) -> impl Iterator<Item = &'a Word> {
    let mut skip = false;
    words.iter().filter(move |word| {
        let was = std::mem::take(&mut skip);
        skip = !was && valued.contains(&word.text.as_str());
        !was && is_name(&word.text)
    })
}

/// The first word that is no flag, if it is a name.
fn names_before<'a>(words: &'a [Word], valued: &'a [&str]) -> impl Iterator<Item = &'a Word> {
    let (_, at) = shell::flags(words, valued);
    words.get(at).filter(|w| is_name(&w.text)).into_iter()
}

/// True for a text that can be the name of a volume, a container or a service, and is not one that the reader has to fill in.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let form = chars.next().is_some_and(|c| c.is_ascii_alphanumeric()) && chars.all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    form && text.len() > 1 && plain(text)
}

/// True for a text that nothing has to be put into.
fn plain(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let filled = text.contains(['$', '<', '>', '{', '}', '*', '?', '[', ']', '%', '…']) || text.contains("...");
    let shouted = !text.chars().any(char::is_lowercase) && text.chars().filter(char::is_ascii_uppercase).count() > 1;
    let example = ["example", "your", "placeholder", "foo", "bar", "xxx"];
    let of_example = lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| example.contains(&w) || w == "my");
    let identity = text.len() >= 12 && text.chars().all(|c| c.is_ascii_hexdigit()) && text.chars().any(|c| c.is_ascii_digit());
    !filled && !shouted && !of_example && !identity
}

/// A path that nothing has to be put into, but for the home directory; without what ends a sentence.
fn path(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(['.', ',', ';', ')', '\'', '"']).trim_end_matches('/');
    let rest = ["~/", "$HOME/", "${HOME}/", "{{home_directory()}}/"].iter().find_map(|home| text.strip_prefix(home)).unwrap_or(text);
    let whole = !rest.is_empty() && !rest.contains(char::is_whitespace) && !rest.contains("//");
    (whole && rest.split('/').all(|part| plain(part) || part == "..") && !rest.contains('~')).then_some(text)
}

/// True for a path that says where it starts.
fn is_open(path: &str) -> bool {
    path.starts_with(['/', '~', '$', '{'])
}

/// The port of an address of this machine in a word, and how the address is written.
fn local_port(word: &str) -> Option<(u16, &str)> {
    let rest = word.strip_prefix("http://").or_else(|| word.strip_prefix("https://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let (name, port) = host.rsplit_once(':')?;
    let local = matches!(name, "localhost" | "127.0.0.1" | "[::1]" | "0.0.0.0");
    let port = port.parse().ok().filter(|_| local)?;
    Some((port, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str, form: Form) -> Vec<String> {
        let one = |(range, what): (Range<usize>, What)| {
            let what = match what {
                What::Volume { name, created } => format!("volume {name}{}", if created { " +" } else { "" }),
                What::Container(name) => format!("container {name}"),
                What::Network(name) => format!("network {name}"),
                What::Project { name, started } => format!("project {name}{}", if started { " +" } else { "" }),
                What::Service { name, of } => {
                    let directory = of.directory.map(|d| format!(" in {d}")).unwrap_or_default();
                    let project = of.project.map(|p| format!(" -p {p}")).unwrap_or_default();
                    let lost = if of.lost { " lost" } else { "" };
                    format!("service {name} of {:?}{directory}{project}{lost}", of.files)
                }
                What::Port(port) => format!("port {port}"),
                What::Path { path, used } => format!("path {path} {used:?}"),
                What::Made { thing, name } => format!("made {thing:?} {name}"),
            };
            format!("«{}» {what}", &text[range])
        };
        read(text, form).into_iter().map(one).collect()
    }

    #[test]
    fn a_runbook() {
        let text = "\
# Runbook
Every managed file is a symlink. Compose lives in `~/docker/paperless/docker-compose.yml`.
Restart: `docker compose -f ~/docker/media/docker-compose.yml up -d sonarr`
Backup the documents database:
    docker run --rm -v pgdata:/d -v ~/backup:/b alpine tar czf /b/paperless.tgz -C /d .
Logs: `docker logs -f immich_machine_learning`
The page is at `http://localhost:3000/x`, not docker logs prose.
```yaml
run: docker logs not_me
```
";
        assert_eq!(
            heard(text, Form::Markdown),
            [
                "«~/docker/paperless/docker-compose.yml» path ~/docker/paperless/docker-compose.yml Named",
                "«~/docker/media/docker-compose.yml» path ~/docker/media/docker-compose.yml Entered",
                "«sonarr» service sonarr of [\"~/docker/media/docker-compose.yml\"]",
                "«pgdata» volume pgdata +",
                "«~/backup» path ~/backup Named",
                "«immich_machine_learning» container immich_machine_learning",
                "«localhost:3000» port 3000",
            ]
        );
    }

    #[test]
    fn commands_of_scripts() {
        for (text, wanted) in [
            ("docker volume inspect a_data b_data", &["«a_data» volume a_data", "«b_data» volume b_data"][..]),
            ("docker volume create --label x=y new", &["«new» made Volume new", "«new» volume new +"]),
            ("docker run --mount type=volume,source=db,target=/d x", &["«db» volume db +"]),
            (
                "docker run --name=temp -p 127.0.0.1:81:80 --net container:vpn x",
                &["«temp» made Container temp", "«81» made Port 81", "«vpn» container vpn"],
            ),
            ("sudo -u ada docker exec -it -u root db psql", &["«db» container db"]),
            ("docker container stop -t 5 one two", &["«one» container one", "«two» container two"]),
            ("docker cp db:/x ./y", &["«db» container db"]),
            ("docker network connect --alias a proxy web", &["«proxy» network proxy", "«web» container web"]),
            (
                "ls /var/lib/docker/volumes/app_db/_data",
                &["«/var/lib/docker/volumes/app_db/_data» path /var/lib/docker/volumes/app_db/_data Named", "«app_db» volume app_db"],
            ),
            ("tar c /var/lib/docker/volumes/app_db", &["«app_db» volume app_db"]),
            (
                "cd /srv/app && docker compose logs --tail 5 web",
                &["«/srv/app» path /srv/app Entered", "«web» service web of [] in /srv/app"],
            ),
            ("cd app; docker compose exec web sh", &["«web» service web of [] lost"]),
            (
                "docker-compose -p shop -f a.yml up -d web",
                &[
                    "«shop» made Project shop",
                    "«shop» project shop +",
                    "«a.yml» path a.yml Entered",
                    "«web» service web of [\"a.yml\"] -p shop",
                ],
            ),
            ("docker compose run --rm -e A=b web bash -c 'docker logs x'", &["«web» service web of []"]),
            (
                "mkdir -p ~/docker/new && ls $HOME/docker/new/x",
                &["«~/docker/new» made Path ~/docker/new", "«$HOME/docker/new/x» path $HOME/docker/new/x Named"],
            ),
            ("curl -fsS http://127.0.0.1:8080/health", &["«127.0.0.1:8080» port 8080"]),
            // What is to be filled in, and what is elsewhere.
            ("docker logs <name>; docker logs $X; docker logs NAME; docker logs my-app; docker logs ${a}-b", &[]),
            ("ssh nas docker logs db", &[]),
            ("docker -H ssh://nas logs db; DOCKER_HOST=x docker logs db; docker --context c logs db", &[]),
            ("docker exec web curl http://localhost:80", &["«web» container web"]),
            ("ls ~/docker/*/compose.yaml /srv/$X/y", &[]),
            ("# docker logs db", &[]),
        ] {
            assert_eq!(heard(text, Form::Script), wanted, "{text}");
        }
    }

    #[test]
    fn recipes_are_lines_of_their_own() {
        let text = "up:\n\t@cd /srv/a && docker compose up -d web\n\tdocker compose logs \\\n\t  api\nbackup name:\n    docker exec {{name}} pg_dump\n";
        assert_eq!(
            heard(text, Form::Recipes),
            ["«/srv/a» path /srv/a Entered", "«web» service web of [] in /srv/a", "«api» service api of []"]
        );
    }

    #[test]
    fn blocks_of_markdown() {
        let text = "```sh\ncd /srv/a\ndocker compose up -d web\n```\n\n    cd /srv/b\n    docker compose stop web\n\n~~~\ndocker logs aa ``` b\n~~~\n``docker logs `x` ``\n```\ndocker logs open\n";
        assert_eq!(
            heard(text, Form::Markdown),
            [
                "«/srv/a» path /srv/a Entered",
                "«web» service web of [] in /srv/a",
                "«/srv/b» path /srv/b Entered",
                "«web» service web of [] in /srv/b",
                "«aa» container aa",
                "«open» container open",
            ]
        );
    }

    #[test]
    fn no_text_makes_it_panic_or_takes_long() {
        for text in ["/a:", "`", "` ", "~~~\n", "docker run -v a:/b ", "cd /a;", "docker compose -f a logs b;", "\\\n"] {
            for form in [Form::Markdown, Form::Script, Form::Recipes] {
                read(&text.repeat(50_000), form);
            }
        }
        for text in
            ["`", "```", "``a`", "docker run -v", "docker compose -f", "cd", "é`ü`\r\n    docker logs é\\", "\\", "\"", "$(", "{{", "<"]
        {
            for form in [Form::Markdown, Form::Script, Form::Recipes] {
                heard(text, form);
            }
        }
    }
}
