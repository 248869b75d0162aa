//! Secrets that stand in a spec: it ends in the store, where every user of the host can read it. References to variables do not count.

use std::collections::BTreeSet;

use super::{Class, Remark, remark};
use crate::compose::value::{Data, Map, Value};
use crate::rules::secrets::secret_of;
use crate::secret;
use crate::source::Span;

/// A remark for each.
pub(super) fn literal(map: &Map) -> Vec<Remark> {
    let mut found = Found { remarks: Vec::new(), seen: BTreeSet::new(), path: Vec::new() };
    found.map(map);
    found.remarks
}

struct Found {
    remarks: Vec<Remark>,
    /// Text that is reached through several aliases is told once.
    seen: BTreeSet<Span>,
    path: Vec<String>,
}

impl Found {
    fn map(&mut self, map: &Map) {
        for (key, entry) in map {
            self.path.push(key.clone());
            match &entry.value.data {
                Data::Str(text) => self.pair(key, text, &entry.value),
                Data::Int(number) => self.pair(key, &number.to_string(), &entry.value),
                Data::Map(below) => self.map(below),
                Data::Seq(items) => self.items(key, items, &entry.value),
                _ => {}
            }
            self.path.pop();
        }
    }

    fn items(&mut self, key: &str, items: &[Value], list: &Value) {
        if matches!(key, "command" | "entrypoint" | "test") {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            self.command(&words, list);
        }
        for (index, item) in items.iter().enumerate() {
            let name = item.as_str().and_then(|text| text.split_once('=')).map(|(name, _)| name.to_owned());
            self.path.push(name.clone().unwrap_or_else(|| index.to_string()));
            match &item.data {
                Data::Str(text) => {
                    let (name, value) = text.split_once('=').unwrap_or(("", text));
                    self.pair(name, value, item);
                }
                Data::Map(below) => self.map(below),
                Data::Seq(below) => self.items(key, below, item),
                _ => {}
            }
            self.path.pop();
        }
    }

    fn pair(&mut self, name: &str, text: &str, value: &Value) {
        let (path, at) = (&self.path, value.origin.at);
        let inside = |part: &str| part.split_once('=').is_some_and(|(key, value)| known(key.trim(), value));
        let is = |keys: &[&str]| keys.contains(&name);
        let told = if known(name, text) {
            "holds a secret"
        } else if secret::secret_shape(text) {
            "holds a token, a key or the hash of a password"
        } else if !secret::url_passwords(text).is_empty() {
            "holds an address with a password"
        } else if name == "o" && text.split(',').any(inside) {
            "holds a password"
        } else if is(&["content"]) && path.first().is_some_and(|p| p == "secrets") && !secret::placeholder(text) {
            "is the content of a secret"
        } else if is(&["content", "dockerfile_inline"]) && text.lines().any(line) {
            "holds a secret"
        } else if is(&["command", "entrypoint", "test"]) {
            let words: Vec<&str> = text.split_whitespace().map(|w| w.trim_matches(['"', '\''])).collect();
            self.command(&words, value);
            return;
        } else {
            return;
        };
        self.tell(told, at, value);
    }

    fn command(&mut self, words: &[&str], value: &Value) {
        let lines = words.iter().filter(|word| word.contains(' ')).map(|text| text.split_whitespace().collect::<Vec<_>>());
        let found = lines.chain([words.to_vec()]).any(|words| {
            secret::command_secrets(&words).into_iter().any(|(at, range)| {
                let part = words.get(at).and_then(|w| w.get(range)).unwrap_or_default().trim_matches(['"', '\'']);
                !part.is_empty() && !part.contains(['$', '`', '%'])
            })
        });
        if found {
            self.tell("holds a password or key", value.origin.at, value);
        }
    }

    fn tell(&mut self, what: &str, at: Span, value: &Value) {
        if self.seen.insert(at) {
            let message = format!(
                "{what}, which every user of the host could read in the store: write `${{NAME:?}}` instead and keep the value in a file that is named in `environmentFiles`"
            );
            self.remarks.push(remark(Class::Unmapped, self.path.join("."), message, Some(value.origin.clone())));
        }
    }
}

/// Weak passwords count: they are passwords.
fn known(name: &str, value: &str) -> bool {
    secret_of(name, value) || secret::literal_secret(name, value)
}

fn line(text: &str) -> bool {
    secret::ranges(text).iter().any(|range| text.get(range.clone()).is_some_and(|part| !secret::placeholder(part)))
}
