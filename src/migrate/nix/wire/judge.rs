//! Which values of a project would be secrets in the store. What a variable gives counts as what is written, for the module has its value.
//! In doubt the name of the variable decides.

use std::collections::BTreeSet;

use serde_json::Value;

use super::texts::Texts;
use crate::compose::Semantics;
use crate::compose::problem::{ModelPath, Part};
use crate::compose::value::{Definition, Origin};
use crate::model::{Hook, Named, Project, Service, Sourced};
use crate::resolved;
use crate::rules::secrets::lines;
use crate::secret;
use crate::source::Span;

/// A place that nothing moves a secret out of.
pub(super) struct Found {
    pub(super) path: String,
    /// "the label `x`".
    pub(super) what: String,
    pub(super) origin: Option<Origin>,
}

fn found(path: &ModelPath, what: String, origin: &Origin) -> Found {
    Found { path: path.to_string(), what, origin: Some(origin.clone()) }
}

/// A value in which one variable's value is the secret.
pub(super) struct Parts<'a, 'v> {
    pub(super) before: &'v str,
    /// The variable.
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    pub(super) after: &'v str,
    /// Where the variable is set.
    pub(super) source: String,
}

/// A use of a variable whose value is a secret.
struct Use<'a> {
    at: Span,
    name: &'a str,
    value: &'a str,
}

pub(super) struct Judge<'a> {
    project: &'a Project,
    texts: &'a Texts<'a>,
    /// By place.
    uses: Vec<Use<'a>>,
    /// The values that nothing else would be by chance.
    values: BTreeSet<&'a str>,
}

/// True if a value is a secret by its name or by its shape. Passwords that everybody tries first are passwords.
pub(super) fn looks(name: &str, value: &str) -> bool {
    secret::literal_secret(name, value) || secret::url_password(value).is_some() || secret::secret_shape(value)
}

/// True if a text has a secret in one of its lines.
fn within(text: &str) -> bool {
    !secret::private_keys(text).is_empty() || text.lines().any(|line| !secret::ranges(line).is_empty())
}

impl<'a> Judge<'a> {
    pub(super) fn new(project: &'a Project, texts: &'a Texts<'a>) -> Self {
        let mut uses: Vec<Use<'a>> = Vec::new();
        for used in &project.variables {
            let given = project.environment.get(&used.name).map(|v| v.value.as_str()).filter(|_| used.set);
            let default = used.operator.as_ref().filter(|(operator, _)| operator.ends_with('-')).map(|(_, word)| word.as_str());
            let value = given.or(default.filter(|_| !used.set)).filter(|value| looks(&used.name, value));
            uses.extend(value.map(|value| Use { at: used.at, name: &used.name, value }));
        }
        uses.sort_by_key(|u| (u.at.file, u.at.start));
        let values = uses.iter().map(|u| u.value).filter(|v| v.len() >= 8 && !secret::word_like(v)).collect();
        Self { project, texts, uses, values }
    }

    /// The uses within a place.
    fn uses(&self, at: Span) -> impl Iterator<Item = &Use<'a>> {
        let first = self.uses.partition_point(|u| (u.at.file, u.at.start) < (at.file, at.start));
        let here = self.uses.iter().skip(first).take_while(move |u| u.at.file == at.file && u.at.start <= at.end);
        here.filter(move |u| at.contains(&u.at))
    }

    /// True if a secret that a variable has is in a text that is written at `at`.
    fn given(&self, at: Span, text: &str) -> bool {
        self.uses(at).any(|u| text.contains(u.value)) || self.values.iter().any(|v| text.contains(v))
    }

    /// A value as the secret of one variable, with the text before and behind it; `None` if that text is a secret too, or the secret is in
    /// it again.
    pub(super) fn parts<'v>(&self, name: &str, value: &'v str, origin: &Origin) -> Option<Parts<'a, 'v>> {
        let mut here = self.uses(origin.at).filter(|u| self.project.environment.get(u.name).is_some_and(|v| v.value == u.value));
        let (used, None) = (here.next()?, here.next()) else { return None };
        let (before, after) = value.split_once(used.value)?;
        let rest = format!("{before}${{{}}}{after}", used.name);
        let again = before.contains(used.value) || after.contains(used.value);
        (!again && !looks(name, &rest) && !self.values.iter().any(|v| rest.contains(v))).then(|| {
            let defined = self.project.environment.get(used.name).and_then(|v| v.at);
            let source = defined.and_then(|at| self.texts.place(at)).unwrap_or_else(|| format!("`{}` of the environment", used.name));
            Parts { before, name: used.name, value: used.value, after, source }
        })
    }

    /// True if `name: value` would be a secret in the store.
    pub(super) fn pair(&self, name: &str, value: &str, origin: &Origin) -> bool {
        // The name of the variable that it is, where it has another one: `PGPW: ${DB_PASSWORD}` with a file of its own for `${…}`.
        let variable = || {
            let mut variables = origin.variables().filter(|(_, defined)| **defined != Definition::Unset);
            variables.any(|(name, _)| secret::literal_secret(name, value))
        };
        looks(name, value) || self.given(origin.at, value) || variable() && !value.contains(char::is_whitespace)
    }

    /// True if a text of its own, such as the content of a config, would have a secret in it.
    pub(super) fn text(&self, text: &str, origin: &Origin) -> bool {
        within(text) || self.given(origin.at, text)
    }

    fn command(&self, words: &[String], origin: &Origin) -> bool {
        let asked_for = |value: &str| value.contains(['$', '`', '%']) && !secret::password_hash(value);
        let written = |value: &str| !value.trim_matches(['"', '\'']).is_empty() && !asked_for(value);
        let flags = lines(words).iter().any(|words| {
            let secrets = secret::command_secrets(words);
            secrets.into_iter().any(|(i, range)| words.get(i).and_then(|w| w.get(range)).is_some_and(written))
        });
        let shapes = || {
            words.iter().any(|word| {
                !secret::provider_tokens(word).is_empty()
                    || secret::url_passwords(word).into_iter().any(|range| word.get(range).is_some_and(written))
            })
        };
        flags || shapes() || words.iter().any(|word| self.given(origin.at, word))
    }

    /// What is a secret in a service, its `environment` left out.
    pub(super) fn service(&self, service: &Service) -> Vec<Found> {
        let at = |keys: &[&str]| keys.iter().fold(ModelPath::keys(&["services", &service.name]), |path, key| path.key(key));
        let mut out = Vec::new();
        let mut optional = |path: &dyn Fn() -> ModelPath, what: &str, values: &Named<Option<String>>| {
            let is = |(name, entry): &(&String, &Sourced<Option<String>>)| {
                entry.value.as_ref().is_some_and(|value| self.pair(name, value, &entry.origin))
            };
            out.extend(values.iter().filter(is).map(|(name, entry)| found(&path().key(name), format!("{what} `{name}`"), &entry.origin)));
        };
        if let Some(build) = &service.build {
            optional(&|| at(&["build", "args"]), "the build argument", &build.args);
        }
        let hooks = [("post_start", &service.post_start), ("pre_start", &service.pre_start), ("pre_stop", &service.pre_stop)];
        let hooks: Vec<(ModelPath, &Sourced<Hook>)> =
            hooks.iter().flat_map(|(key, hooks)| hooks.iter().enumerate().map(|(i, hook)| (at(&[key]).index(i), hook))).collect();
        for (path, hook) in &hooks {
            optional(&|| path.key("environment"), "the variable", &hook.environment);
        }
        let mut named = |keys: &[&str], what: &str, values: &Named<String>| out.extend(self.named(&|| at(keys), what, values));
        named(&["labels"], "the label", &service.labels);
        named(&["annotations"], "the annotation", &service.annotations);
        named(&["sysctls"], "the kernel parameter", &service.sysctls);
        named(&["storage_opt"], "the storage option", &service.storage_opt);
        if let Some(build) = &service.build {
            named(&["build", "labels"], "the label", &build.labels);
        }
        if let Some(logging) = &service.logging {
            named(&["logging", "options"], "the log option", &logging.options);
        }
        let mut command = |path: &dyn Fn() -> ModelPath, command: Option<&Sourced<Vec<String>>>| {
            let secret = command.filter(|command| self.command(command, &command.origin));
            out.extend(secret.map(|command| found(&path(), "the command".to_owned(), &command.origin)));
        };
        command(&|| at(&["command"]), service.command.as_ref());
        command(&|| at(&["entrypoint"]), service.entrypoint.as_ref());
        command(&|| at(&["healthcheck", "test"]), service.healthcheck.as_ref().and_then(|h| h.test.as_ref()));
        for (path, hook) in &hooks {
            command(&|| path.key("command"), hook.command.as_ref());
        }
        if let Some(inline) = service.build.as_ref().and_then(|b| b.dockerfile_inline.as_ref())
            && self.text(inline, &inline.origin)
        {
            out.push(found(&at(&["build", "dockerfile_inline"]), "the Dockerfile".to_owned(), &inline.origin));
        }
        out
    }

    fn named(&self, path: &dyn Fn() -> ModelPath, what: &str, values: &Named<String>) -> Vec<Found> {
        // `o: username=media,password=…` is how CIFS mounts are written.
        let inside = |value: &str| value.split(',').filter_map(|part| part.split_once('=')).any(|(key, value)| looks(key.trim(), value));
        let is = |(name, entry): &(&String, &Sourced<String>)| self.pair(name, entry, &entry.origin) || inside(entry);
        let of = |(name, entry): (&String, &Sourced<String>)| found(&path().key(name), format!("{what} `{name}`"), &entry.origin);
        values.iter().filter(is).map(of).collect()
    }

    /// What is a secret in the volumes and networks.
    pub(super) fn resources(&self) -> Vec<Found> {
        let volumes = self.project.volumes.iter().map(|(name, v)| ("volumes", name, &v.driver_opts, &v.labels));
        let networks = self.project.networks.iter().map(|(name, n)| ("networks", name, &n.driver_opts, &n.labels));
        let mut out = Vec::new();
        for (kind, name, driver_opts, labels) in volumes.chain(networks) {
            let at = |key: &str| ModelPath::keys(&[kind, name, key]);
            out.extend(self.named(&|| at("driver_opts"), "the option of the driver", driver_opts));
            out.extend(self.named(&|| at("labels"), "the label", labels));
        }
        out
    }

    /// Everywhere else, the value of a variable that is a secret.
    pub(super) fn elsewhere(&self, known: &[String]) -> Vec<Found> {
        if self.values.is_empty() {
            return Vec::new();
        }
        let mut out = Vec::new();
        let tree = resolved::json(self.project, Semantics::default());
        self.walk(&tree, &ModelPath::default(), known, &mut out);
        out
    }

    fn walk(&self, value: &Value, path: &ModelPath, known: &[String], out: &mut Vec<Found>) {
        match value {
            Value::String(text) if self.values.iter().any(|v| text.contains(v)) => {
                let path = path.to_string();
                // A list is known as a whole.
                if !known.iter().any(|k| path.strip_prefix(k.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.'])))
                {
                    out.push(Found { what: format!("`{path}`"), path, origin: None });
                }
            }
            Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| self.walk(item, &path.index(i), known, out)),
            Value::Object(map) => {
                for (key, value) in map {
                    let path = path.key(key);
                    // These have been judged, and may be moved; or they are for no engine.
                    let judged = key.starts_with("x-")
                        || match path.0.as_slice() {
                            [Part::Key(section)] => section == "secrets" || section == "configs",
                            [Part::Key(section), _, Part::Key(key)] => section == "services" && key == "environment",
                            _ => false,
                        };
                    if !judged {
                        self.walk(value, &path, known, out);
                    }
                }
            }
            _ => {}
        }
    }
}
