//! The scripts of the units: commands of the normal form, as calls of the functions that a generated file has in its `let`, and read back
//! from the text that these functions give.

use std::collections::BTreeSet;

use super::Backend;
use super::normal::Command;
use crate::nix::{Binding, Expr, Item, Params, Piece};
use crate::shell::{plain_byte, plain_word, shell_word};

/// What a generated file needs in its `let`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Helper {
    /// `run words`.
    Run,
    /// `try words`.
    Try,
    /// `unless check words`.
    Unless,
    /// `make kind name flags`.
    Make,
    /// `waitHealthy container`.
    WaitHealthy,
    /// `waitStarted container`.
    WaitStarted,
    /// `ifChanged look pull restart`.
    IfChanged,
}

/// A part of the text of a helper.
#[derive(Clone, Copy)]
enum Part {
    Text(&'static str),
    /// The command of the engine.
    Command,
    /// What a parameter stands for.
    Value(&'static str),
}

impl Helper {
    /// All of them, in the order in which they stand.
    pub const ALL: [Helper; 7] =
        [Helper::Run, Helper::Try, Helper::Unless, Helper::Make, Helper::WaitHealthy, Helper::WaitStarted, Helper::IfChanged];

    fn name(self) -> &'static str {
        match self {
            Helper::Run => "run",
            Helper::Try => "try",
            Helper::Unless => "unless",
            Helper::Make => "make",
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
            Helper::Make => "Makes a network or a volume, unless it is there.",
            Helper::WaitHealthy => "Waits until a container is healthy, as `condition: service_healthy` does.",
            Helper::WaitStarted => "Waits until a container runs.",
            Helper::IfChanged => "Pulls an image, and restarts what uses it if there is a new one.",
        }
    }

    fn parameters(self) -> &'static [&'static str] {
        match self {
            Helper::Run | Helper::Try => &["words"],
            Helper::Unless => &["check", "words"],
            Helper::Make => &["kind", "name", "flags"],
            Helper::WaitHealthy | Helper::WaitStarted => &["container"],
            Helper::IfChanged => &["look", "pull", "restart"],
        }
    }

    /// The text.
    fn parts(self) -> &'static [Part] {
        use Part::{Command, Text, Value};
        match self {
            Helper::Run => &[Value("words"), Text("\n")],
            Helper::Try => &[Value("words"), Text(" || true\n")],
            Helper::Unless => &[Value("check"), Text(" >/dev/null 2>&1 || "), Value("words"), Text("\n")],
            Helper::Make => &[
                Command,
                Text(" "),
                Value("kind"),
                Text(" inspect "),
                Value("name"),
                Text(" >/dev/null 2>&1 || "),
                Command,
                Text(" "),
                Value("kind"),
                Text(" create "),
                Value("flags"),
                Text(" "),
                Value("name"),
                Text("\n"),
            ],
            Helper::WaitHealthy => &[
                Text("# until it is healthy\nwhile :; do\n  case \"$("),
                Command,
                Text(" inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' "),
                Value("container"),
                Text(" 2>/dev/null || echo absent)\" in\n    healthy) break ;;\n    unhealthy | none) echo "),
                Value("container"),
                Text(" 'is not healthy' >&2; exit 1 ;;\n  esac\n  sleep 1\ndone\n"),
            ],
            Helper::WaitStarted => &[
                Text("# until it runs\nuntil [ \"$("),
                Command,
                Text(" inspect --format '{{.State.Running}}' "),
                Value("container"),
                Text(" 2>/dev/null)\" = true ]; do\n  sleep 1\ndone\n"),
            ],
            Helper::IfChanged => &[
                Text("before=\"$("),
                Value("look"),
                Text(" 2>/dev/null || true)\"\n"),
                Value("pull"),
                Text("\nif [ \"$("),
                Value("look"),
                Text(")\" != \"$before\" ]; then\n  "),
                Value("restart"),
                Text("\nfi\n"),
            ],
        }
    }

    /// Its definition.
    fn binding(self, backend: Backend) -> Binding {
        let piece = |part: &Part| match part {
            Part::Text(text) => Piece::Text((*text).to_owned()),
            Part::Command => Piece::Text(backend.command().to_owned()),
            Part::Value(name) => {
                let function = if is_word(name) { "lib.escapeShellArg" } else { "lib.escapeShellArgs" };
                Piece::Expr(Expr::call(function, Expr::name(name)))
            }
        };
        let body = Expr::Str(joined(self.parts().iter().map(piece)));
        let function = self.parameters().iter().rev().fold(body, |body, p| Expr::Lambda(Params::Name((*p).to_owned()), Box::new(body)));
        let mut binding = Binding::new(self.name(), function);
        binding.above.push(self.what().to_owned());
        binding
    }
}

/// True for a parameter that is one word, not a list of words.
fn is_word(parameter: &str) -> bool {
    matches!(parameter, "container" | "kind" | "name")
}

/// Neighbouring texts as one.
fn joined(pieces: impl Iterator<Item = Piece>) -> Vec<Piece> {
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

fn helper(command: &Command, backend: Backend) -> (Helper, Vec<&[String]>) {
    match command {
        Command::Run(words) => (Helper::Run, vec![words]),
        Command::Try(words) => (Helper::Try, vec![words]),
        Command::Unless(check, words) => match made(check, words, backend) {
            Some(arguments) => (Helper::Make, arguments.to_vec()),
            None => (Helper::Unless, vec![check, words]),
        },
        Command::Healthy(container) => (Helper::WaitHealthy, vec![std::slice::from_ref(container)]),
        Command::Started(container) => (Helper::WaitStarted, vec![std::slice::from_ref(container)]),
        Command::IfChanged(look, pull, restart) => (Helper::IfChanged, vec![look, pull, restart]),
    }
}

/// The kind, the name and the flags of what is made unless it is there, if that is all that the words do.
fn made<'c>(check: &'c [String], words: &'c [String], backend: Backend) -> Option<[&'c [String]; 3]> {
    let ([engine, kind, inspect, name], [same_engine, same_kind, create, flags @ .., same_name]) = (check, words) else { return None };
    let is = engine == backend.command()
        && matches!(kind.as_str(), "network" | "volume")
        && (inspect.as_str(), create.as_str()) == ("inspect", "create")
        && (engine, kind, name) == (same_engine, same_kind, same_name)
        && !flags.is_empty();
    is.then(|| [std::slice::from_ref(kind), std::slice::from_ref(name), flags])
}

/// A script as an expression. `prefix` is where the helpers are, if not in the `let` of the file: `units`.
pub fn expression(commands: &[Command], backend: Backend, prefix: Option<&str>, needed: &mut BTreeSet<Helper>) -> Expr {
    let call = |command: &Command, needed: &mut BTreeSet<Helper>| {
        let (helper, arguments) = helper(command, backend);
        needed.insert(helper);
        let name: Vec<String> = prefix.iter().map(|p| (*p).to_owned()).chain([helper.name().to_owned()]).collect();
        let arguments = helper.parameters().iter().zip(arguments).map(|(parameter, words)| match words {
            [word] if is_word(parameter) => Expr::marked(word),
            words => Expr::List(words.iter().map(|w| Item::from(Expr::marked(w))).collect()),
        });
        Expr::Apply(Box::new(Expr::Name(name)), arguments.collect())
    };
    match commands {
        [command] => call(command, needed),
        commands => Expr::call("lib.concatStrings", Expr::list(commands.iter().map(|c| call(c, needed)).collect::<Vec<_>>())),
    }
}

/// What follows the text of a command, as the helpers give it, if a script begins with it.
fn behind<'s>(script: &'s str, command: &Command, backend: Backend) -> Option<&'s str> {
    let (helper, arguments) = helper(command, backend);
    let value = |name: &str| {
        let at = helper.parameters().iter().position(|p| *p == name).unwrap_or_default();
        arguments.get(at).copied().unwrap_or_default()
    };
    helper.parts().iter().try_fold(script, |rest, part| match part {
        Part::Text(text) => rest.strip_prefix(text),
        Part::Command => rest.strip_prefix(backend.command()),
        Part::Value(name) => behind_words(rest, value(name)),
    })
}

/// What follows some words.
fn behind_words<'s>(script: &'s str, words: &[String]) -> Option<&'s str> {
    words.iter().enumerate().try_fold(script, |rest, (number, word)| {
        let rest = if number == 0 { rest } else { rest.strip_prefix(' ')? };
        if plain_word(word) { rest.strip_prefix(word.as_str()) } else { rest.strip_prefix(shell_word(word).as_str()) }
    })
}

/// The commands of a script. Errors: something that no helper gives.
pub fn parse(script: &str, backend: Backend) -> Result<Vec<Command>, String> {
    let mut rest = script;
    let mut out = Vec::new();
    while !rest.is_empty() {
        let command;
        (command, rest) = first(rest, backend)
            .ok_or_else(|| format!("a script has a line that composelint does not write: `{}`", rest.lines().next().unwrap_or_default()))?;
        out.push(command);
    }
    Ok(out)
}

/// The first command of a script, and what follows it.
fn first(script: &str, backend: Backend) -> Option<(Command, &str)> {
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
    let rest = behind(script, &candidate, backend)?;
    Some((candidate, rest))
}

/// The words that a text begins with, as [`shell_word`] writes them, and where they end.
fn words(text: &str) -> Option<(Vec<String>, usize)> {
    let mut out = Vec::new();
    let mut end = 0;
    let mut next = Some(text);
    while let Some((word, rest)) = next.and_then(word) {
        out.push(word);
        end = text.len() - rest.len();
        next = rest.strip_prefix(' ').filter(|more| !more.starts_with("2>"));
    }
    (!out.is_empty()).then_some((out, end))
}

/// The word that a text begins with, and what follows it.
fn word(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut rest = text;
    loop {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let (inside, after) = quoted.split_once('\'')?;
            out.push_str(inside);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("\\'") {
            out.push('\'');
            rest = after;
        } else {
            let plain = rest.bytes().take_while(|b| plain_byte(*b)).count();
            if plain == 0 {
                return (rest.len() < text.len()).then_some((out, rest));
            }
            let (bare, after) = rest.split_at_checked(plain)?;
            out.push_str(bare);
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| (*w).to_owned()).collect()
    }

    /// The text of a command, as the helpers give it.
    fn text(command: &Command, backend: Backend) -> String {
        let (helper, arguments) = helper(command, backend);
        let value = |name: &str| {
            let at = helper.parameters().iter().position(|p| *p == name).unwrap();
            arguments[at].iter().map(|w| shell_word(w)).collect::<Vec<_>>().join(" ")
        };
        let part = |part: &Part| match part {
            Part::Text(text) => (*text).to_owned(),
            Part::Command => backend.command().to_owned(),
            Part::Value(name) => value(name),
        };
        helper.parts().iter().map(part).collect()
    }

    #[test]
    fn every_script_is_read_as_it_was_written() {
        let words = list(&["docker", "network", "create", "--label=a=two words", "it's", "", "$(id)", "a\nb", "x"]);
        let commands = vec![
            Command::Run(words.clone()),
            Command::Try(list(&["docker", "network", "rm", "-f", "x"])),
            Command::Unless(list(&["docker", "network", "inspect", "x"]), words.clone()),
            Command::Unless(list(&["docker", "network", "inspect", "x y"]), list(&["docker", "network", "create", "--label=a b", "x y"])),
            Command::Unless(
                list(&["podman", "volume", "inspect", "x"]),
                list(&["podman", "volume", "create", "--label=a", "--label=b", "x"]),
            ),
            Command::Unless(list(&["docker", "volume", "inspect", "x"]), list(&["docker", "volume", "create", "x"])),
            Command::Unless(list(&["docker", "volume", "inspect", "x"]), list(&["docker", "volume", "create", "--label=a", "y"])),
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
