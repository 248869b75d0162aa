//! The scripts of the units: commands of the normal form, as calls of the functions that a generated file has in its `let`, and read back
//! from the text that these functions give.

use std::collections::BTreeSet;

use super::Backend;
use super::normal::Command;
use crate::nix::{Binding, Expr, Item, Params, Piece};
use crate::shell::shell_word;

/// What a generated file needs in its `let`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Helper {
    /// `run words`.
    Run,
    /// `try words`.
    Try,
    /// `unless check words`.
    Unless,
    /// `waitHealthy container`.
    WaitHealthy,
    /// `waitStarted container`.
    WaitStarted,
    /// `ifChanged look pull restart`.
    IfChanged,
}

impl Helper {
    /// All of them, in the order in which they stand.
    pub const ALL: [Helper; 6] = [Helper::Run, Helper::Try, Helper::Unless, Helper::WaitHealthy, Helper::WaitStarted, Helper::IfChanged];

    fn name(self) -> &'static str {
        match self {
            Helper::Run => "run",
            Helper::Try => "try",
            Helper::Unless => "unless",
            Helper::WaitHealthy => "waitHealthy",
            Helper::WaitStarted => "waitStarted",
            Helper::IfChanged => "ifChanged",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Helper::Run => "A command, its words quoted for the shell.",
            Helper::Try => "A command, and it does not matter how it ends.",
            Helper::Unless => "A command that is run if another one fails.",
            Helper::WaitHealthy => "Waits until a container is healthy, as `condition: service_healthy` does.",
            Helper::WaitStarted => "Waits until a container runs.",
            Helper::IfChanged => "Pulls an image, and restarts what uses it if there is a new one.",
        }
    }

    fn parameters(self) -> &'static [&'static str] {
        match self {
            Helper::Run | Helper::Try => &["words"],
            Helper::Unless => &["check", "words"],
            Helper::WaitHealthy | Helper::WaitStarted => &["container"],
            Helper::IfChanged => &["look", "pull", "restart"],
        }
    }

    /// The text, with what stands for each parameter.
    fn text(self, backend: Backend, value: &dyn Fn(&str) -> Piece) -> Vec<Piece> {
        let command = backend.command();
        let text = |text: &str| Piece::Text(text.to_owned());
        match self {
            Helper::Run => vec![value("words"), text("\n")],
            Helper::Try => vec![value("words"), text(" || true\n")],
            Helper::Unless => vec![value("check"), text(" >/dev/null 2>&1 || "), value("words"), text("\n")],
            Helper::WaitHealthy => vec![
                text("# until it is healthy\nwhile :; do\n"),
                text(&format!(
                    "  case \"$({command} inspect --format '{{{{if .State.Health}}}}{{{{.State.Health.Status}}}}{{{{else}}}}none{{{{end}}}}' "
                )),
                value("container"),
                text(" 2>/dev/null || echo absent)\" in\n    healthy) break ;;\n"),
                text("    unhealthy | none) echo "),
                value("container"),
                text(" 'is not healthy' >&2; exit 1 ;;\n  esac\n  sleep 1\ndone\n"),
            ],
            Helper::WaitStarted => vec![
                text(&format!("# until it runs\nuntil [ \"$({command} inspect --format '{{{{.State.Running}}}}' ")),
                value("container"),
                text(" 2>/dev/null)\" = true ]; do\n  sleep 1\ndone\n"),
            ],
            Helper::IfChanged => vec![
                text("before=\"$("),
                value("look"),
                text(" 2>/dev/null || true)\"\n"),
                value("pull"),
                text("\nif [ \"$("),
                value("look"),
                text(")\" != \"$before\" ]; then\n  "),
                value("restart"),
                text("\nfi\n"),
            ],
        }
    }

    /// Its definition.
    fn binding(self, backend: Backend) -> Binding {
        let value = |name: &str| {
            let function = if name == "container" { "lib.escapeShellArg" } else { "lib.escapeShellArgs" };
            Piece::Expr(Expr::call(function, Expr::name(name)))
        };
        let body = Expr::Str(joined(self.text(backend, &value)));
        let function = self.parameters().iter().rev().fold(body, |body, p| Expr::Lambda(Params::Name((*p).to_owned()), Box::new(body)));
        let mut binding = Binding::new(self.name(), function);
        binding.above.push(self.what().to_owned());
        binding
    }
}

/// Neighbouring texts as one.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (out.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(more)) => before.push_str(&more),
            (_, piece) => out.push(piece),
        }
    }
    out
}

/// The definitions of the helpers that are needed.
pub fn definitions(needed: &BTreeSet<Helper>, backend: Backend) -> Vec<Binding> {
    needed.iter().enumerate().map(|(number, h)| if number == 0 { h.binding(backend) } else { h.binding(backend).apart() }).collect()
}

fn helper(command: &Command) -> (Helper, Vec<&[String]>) {
    match command {
        Command::Run(words) => (Helper::Run, vec![words]),
        Command::Try(words) => (Helper::Try, vec![words]),
        Command::Unless(check, words) => (Helper::Unless, vec![check, words]),
        Command::Healthy(container) => (Helper::WaitHealthy, vec![std::slice::from_ref(container)]),
        Command::Started(container) => (Helper::WaitStarted, vec![std::slice::from_ref(container)]),
        Command::IfChanged(look, pull, restart) => (Helper::IfChanged, vec![look, pull, restart]),
    }
}

/// A script as an expression. `prefix` is where the helpers are, if not in the `let` of the file: `units`.
pub fn expression(commands: &[Command], prefix: Option<&str>, needed: &mut BTreeSet<Helper>) -> Expr {
    let call = |command: &Command, needed: &mut BTreeSet<Helper>| {
        let (helper, arguments) = helper(command);
        needed.insert(helper);
        let name: Vec<String> = prefix.iter().map(|p| (*p).to_owned()).chain([helper.name().to_owned()]).collect();
        let arguments = arguments.into_iter().map(|words| match (helper.parameters(), words) {
            (["container"], [container]) => Expr::marked(container),
            _ => Expr::List(words.iter().map(|w| Item::from(Expr::marked(w))).collect()),
        });
        Expr::Apply(Box::new(Expr::Name(name)), arguments.collect())
    };
    match commands {
        [command] => call(command, needed),
        commands => Expr::call("lib.concatStrings", Expr::list(commands.iter().map(|c| call(c, needed)).collect::<Vec<_>>())),
    }
}

/// The text of a command, as the helpers give it.
fn text(command: &Command, backend: Backend) -> String {
    let (helper, arguments) = helper(command);
    let value = |name: &str| {
        let at = helper.parameters().iter().position(|p| *p == name).unwrap_or_default();
        let words = arguments.get(at).copied().unwrap_or_default();
        Piece::Text(words.iter().map(|w| shell_word(w)).collect::<Vec<_>>().join(" "))
    };
    let pieces = helper.text(backend, &value);
    pieces.into_iter().map(|p| if let Piece::Text(text) = p { text } else { String::new() }).collect()
}

/// The commands of a script. Errors: something that no helper gives.
pub fn parse(script: &str, backend: Backend) -> Result<Vec<Command>, String> {
    let mut rest = script;
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (command, length) = first(rest, backend)
            .ok_or_else(|| format!("a script has a line that composelint does not write: `{}`", rest.lines().next().unwrap_or_default()))?;
        out.push(command);
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(out)
}

/// The first command of a script, and how long its text is.
fn first(script: &str, backend: Backend) -> Option<(Command, usize)> {
    let candidate = if script.starts_with("# until it ") {
        let started = script.starts_with("# until it runs");
        let mark = if started { "{{.State.Running}}' " } else { "{{end}}' " };
        let (_, after) = script.split_once(mark)?;
        let (words, _) = words(after)?;
        let container = words.into_iter().next()?;
        if started { Command::Started(container) } else { Command::Healthy(container) }
    } else if let Some(after) = script.strip_prefix("before=\"$(") {
        let (look, used) = words(after)?;
        let (_, after) = after.get(used..)?.split_once("|| true)\"\n")?;
        let (pull, used) = words(after)?;
        let (_, after) = after.get(used..)?.split_once("; then\n  ")?;
        Command::IfChanged(look, pull, words(after)?.0)
    } else {
        let (first, used) = words(script)?;
        match script.get(used..)?.trim_start_matches(' ') {
            end if end.starts_with('\n') => Command::Run(first),
            end if end.starts_with("|| true\n") => Command::Try(first),
            end => Command::Unless(first, words(end.strip_prefix(">/dev/null 2>&1 || ")?)?.0),
        }
    };
    let text = text(&candidate, backend);
    script.starts_with(&text).then_some((candidate, text.len()))
}

/// The words that a text begins with, as [`shell_word`] writes them, and where they end.
fn words(text: &str) -> Option<(Vec<String>, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let (word, used) = word(rest);
        if used == 0 {
            break;
        }
        out.push(word);
        at += used;
        match text.get(at..)?.strip_prefix(' ') {
            Some(more) if word_begins(more) => at += 1,
            _ => break,
        }
    }
    (!out.is_empty()).then_some((out, at))
}

fn word_begins(text: &str) -> bool {
    word(text).1 > 0 && !text.starts_with("2>")
}

/// The word that a text begins with, and how long it is.
fn word(text: &str) -> (String, usize) {
    let mut out = String::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        if let Some(quoted) = rest.strip_prefix('\'') {
            let Some(end) = quoted.find('\'') else { return (out, 0) };
            out.push_str(quoted.get(..end).unwrap_or_default());
            at += end + 2;
        } else if rest.starts_with("\\'") {
            out.push('\'');
            at += 2;
        } else {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ",._+:@%/-".contains(c))).unwrap_or(rest.len());
            if end == 0 {
                return (out, at);
            }
            out.push_str(rest.get(..end).unwrap_or_default());
            at += end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| (*w).to_owned()).collect()
    }

    #[test]
    fn every_script_is_read_as_it_was_written() {
        let words = list(&["docker", "network", "create", "--label=a=two words", "it's", "", "$(id)", "a\nb", "x"]);
        let commands = vec![
            Command::Run(words.clone()),
            Command::Try(list(&["docker", "network", "rm", "-f", "x"])),
            Command::Unless(list(&["docker", "network", "inspect", "x"]), words.clone()),
            Command::Healthy("shop-db-1".into()),
            Command::Started("shop-db-1".into()),
            Command::IfChanged(list(&["docker", "inspect", "--format", "{{.Id}}", "nginx"]), words, list(&["systemctl", "restart", "a b"])),
            Command::Run(list(&["true"])),
        ];
        for backend in [Backend::Docker, Backend::Podman] {
            let script: String = commands.iter().map(|c| text(c, backend)).collect();
            assert_eq!(parse(&script, backend).as_ref(), Ok(&commands), "{script}");
        }
    }

    #[test]
    fn what_no_helper_writes_is_refused() {
        for script in ["rm -rf /; true\n", "docker run x &\n", "docker run x", "# until it is healthy\n", "'open\n", "a || b\n"] {
            assert!(parse(script, Backend::Docker).is_err(), "{script}");
        }
    }
}
