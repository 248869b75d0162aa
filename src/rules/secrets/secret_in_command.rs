//! A password on a command line.

use super::places;
use crate::rules::prelude::*;
use crate::secret;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "secret-in-command",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::ComposeLint("CL-0020")],
        options: &[],
        summary: "a command holds a password or key",
        page: page!("secret-in-command"),
    },
    rule: &SecretInCommand,
};

struct SecretInCommand;

impl Rule for SecretInCommand {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for (what, command) in places::commands(service) {
            if !command.origin.is_literal() {
                continue;
            }
            let found = lines(command).iter().any(|words| {
                let secrets = secret::command_secrets(words);
                secrets.into_iter().any(|(i, range)| words.get(i).and_then(|w| w.get(range)).is_some_and(written_out))
            });
            if found {
                cx.report(&command.origin, format!("the {what} of `{}` holds a password or key in plain text", service.name))
                    .why("whoever may read the file knows it, and everybody on the host sees it in `docker inspect` and in the list of processes")
                    .help("let the program read it from its environment or from a file, if it can; else write `${NAME:?}` here");
            }
        }
    }
}

/// False for what the shell puts in when it runs (`$PASSWORD`, `$(cat …)`), and for what other rules speak of.
fn written_out(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    let asked_for = value.is_empty() || value.contains(['$', '`', '%']) && !secret::password_hash(value);
    !asked_for && !secret::weak(value) && secret::provider_tokens(value).is_empty() && secret::url_passwords(value).is_empty()
}

/// The command lines of a command, in words: a word for a shell may be whole lines.
pub(crate) fn lines(command: &[String]) -> Vec<Vec<&str>> {
    match command {
        [_, text] if text.contains(' ') => vec![words(text)],
        [shell, .., text] if shell.ends_with("sh") => text.lines().map(words).collect(),
        all => vec![all.iter().map(String::as_str).collect()],
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().map(|w| w.trim_matches(['"', '\''])).collect()
}
