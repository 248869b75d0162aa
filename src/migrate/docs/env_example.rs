//! Examples of env files: every variable that the Compose files ask for, with where, its default, whether it is required and whether it is a
//! secret. A secret's value is never in it; a value of today only where its kind tells that anybody may know it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use super::facts::Facts;
use super::view::View;
use super::words::{Names, STARS, list};
use super::{Environment, Input};
use crate::compose::problem::Part;
use crate::compose::variables::{is_ambient, listed};
use crate::compose::{Role, VariableUse};
use crate::secret;
use crate::source::{FileId, Span};

/// Places of one variable that are listed.
const PLACES: usize = 4;

/// What is known of one variable.
#[derive(Default)]
struct Asked {
    /// Path and line.
    places: BTreeSet<(String, u32)>,
    /// The services that use it; the empty name stands for the project.
    services: BTreeSet<String>,
    environments: BTreeSet<usize>,
    /// What stands in if it is not set, as it is written.
    defaults: BTreeSet<String>,
    /// What is said if it is not set.
    required: Option<String>,
    /// An alternate, or an operator to which empty and not set are different things.
    delicate: bool,
    /// Used without any operator.
    plain: bool,
    secret: bool,
    /// A value of today that anybody may know.
    today: Option<String>,
}

/// Which example each environment has.
pub(super) fn names(environments: &[Environment]) -> Vec<String> {
    let mut names = Names::default();
    let mut out = vec![".env.example".to_owned()];
    if environments.len() > 1 {
        out.extend(environments.iter().map(|e| format!(".env.{}.example", names.give(e.name))));
    }
    out
}

/// Path relative to the root, text.
pub(super) fn files(view: &View) -> Vec<(PathBuf, String)> {
    let Input { root, environments, texts, .. } = view.input;
    let asked = asked(view);
    let mut out = Vec::new();
    for (file, number) in names(environments).into_iter().zip(0usize..) {
        let environment = number.checked_sub(1);
        let part: BTreeMap<&String, &Asked> = asked
            .iter()
            .filter(|(_, a)| environment.is_none_or(|e| a.environments.contains(&e) && a.environments.len() < environments.len()))
            .collect();
        if part.is_empty() {
            continue;
        }
        let text = match texts.get(&root.join(&file)) {
            Some(existing) => appended(view, existing, &part, environment.is_none()),
            None => format!("{}{}", heading(view, environment), groups(view, &part, environment.is_none())),
        };
        out.push((PathBuf::from(file), text));
    }
    out
}

fn heading(view: &View, environment: Option<usize>) -> String {
    let commented =
        "# A line that is commented out has a default, or means something else when it is empty: take the `#` away to set it.\n";
    match environment {
        None => format!(
            "# The variables of the Compose files of {}. Copy this file to `.env`, which belongs in no repository, and fill in what is empty.\n{commented}",
            view.words.shown(view.input.name)
        ),
        Some(number) => {
            let name = view.input.environments.get(number).map_or("", |e| e.name);
            format!("# What the environment {} uses and others do not; the rest is in `.env.example`.\n{commented}", view.words.shown(name))
        }
    }
}

/// The user's example with what is missing in it.
fn appended(view: &View, existing: &str, part: &BTreeMap<&String, &Asked>, tell: bool) -> String {
    let known: BTreeSet<&str> = listed(existing).collect();
    let missing: BTreeMap<&String, &Asked> =
        part.iter().filter(|(name, _)| !known.contains(name.as_str())).map(|(n, a)| (*n, *a)).collect();
    if missing.is_empty() {
        return existing.to_owned();
    }
    let mut added = String::new();
    if !existing.is_empty() {
        added.push_str(if existing.ends_with('\n') { "\n" } else { "\n\n" });
    }
    added.push_str("# ---- Used by the Compose files, and not listed above (added by composelint) ----\n");
    added.push_str(&groups(view, &missing, tell));
    if existing.contains("\r\n") {
        added = added.replace('\n', "\r\n");
    }
    format!("{existing}{added}")
}

fn groups(view: &View, part: &BTreeMap<&String, &Asked>, tell: bool) -> String {
    // The project, then what several services use, then service by service.
    let mut groups: BTreeMap<(u8, &str), Vec<(&String, &Asked)>> = BTreeMap::new();
    for (name, asked) in part {
        let services: Vec<&String> = asked.services.iter().collect();
        let group = match services.as_slice() {
            [] => (0, ""),
            [one] if one.is_empty() => (0, ""),
            [one] => (2, one.as_str()),
            _ => (1, ""),
        };
        groups.entry(group).or_default().push((name, asked));
    }
    let mut out = String::new();
    for ((kind, service), variables) in groups {
        let title = match kind {
            0 => "The project".to_owned(),
            1 => "Several services".to_owned(),
            _ => format!("Service {}", view.words.shown(service)),
        };
        let _ = writeln!(out, "\n# ---- {title} ----");
        for (name, asked) in variables {
            out.push('\n');
            variable(view, name, asked, tell, &mut out);
        }
    }
    out
}

/// One variable; `tell`: which environments it is for.
fn variable(view: &View, name: &str, asked: &Asked, tell: bool, out: &mut String) {
    let mut words = Vec::new();
    let defaults: Vec<&String> = asked.defaults.iter().collect();
    if let Some(said) = &asked.required {
        let said = view.words.shown(said);
        // A message may tell what to put in; for a secret, no word of it may look like one.
        let telling = said.split_whitespace().any(|w| w.len() >= 8 && w.bytes().any(|b| b.is_ascii_digit()));
        let required = if defaults.is_empty() { "Required" } else { "Required in places" };
        words.push(if said.trim().is_empty() || asked.secret && telling { required.to_owned() } else { format!("{required}: {said}") });
    } else if defaults.is_empty() {
        words.push("Nothing stands in if it is not set".to_owned());
    }
    // A default of a secret is one.
    let shown: Vec<Option<String>> = defaults.iter().map(|d| shown_default(view, name, asked, d)).collect();
    if !shown.is_empty() {
        let hidden = shown.iter().any(Option::is_none);
        let said: BTreeSet<String> =
            shown.iter().flatten().map(|d| if d.is_empty() { "nothing".to_owned() } else { format!("`{d}`") }).collect();
        let mut said: Vec<String> = said.into_iter().collect();
        if hidden {
            said.push("a value in the Compose file that is not shown here".to_owned());
        }
        let elsewhere = if asked.required.is_some() { "Elsewhere, if" } else { "If" };
        words.push(format!("{elsewhere} it is not set: {}", said.join(" or ")));
    }
    if asked.secret {
        words.push("A secret".to_owned());
    }
    if tell && asked.environments.len() < view.input.environments.len() {
        let names: Vec<String> =
            asked.environments.iter().filter_map(|n| view.input.environments.get(*n)).map(|e| view.words.shown(e.name)).collect();
        words.push(format!("Only in {}", list(&names)));
    }
    let _ = writeln!(out, "# {}.", words.join(". "));
    let places: Vec<String> = asked.places.iter().take(PLACES).map(|(path, line)| format!("{path}:{line}")).collect();
    let more = asked.places.len().saturating_sub(PLACES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let _ = writeln!(out, "# Used in {}{more}.", places.join(", "));
    let default = match shown.as_slice() {
        [Some(one)] => quoted(one),
        _ => None,
    };
    let value = default.or_else(|| asked.today.clone().filter(|_| defaults.is_empty())).unwrap_or_default();
    // Empty must be as good as not set.
    let active = !asked.delicate && (asked.required.is_some() || asked.plain && defaults.is_empty());
    let _ = writeln!(out, "{}{name}={value}", if active { "" } else { "# " });
}

/// A default as it may be shown: as it is written, or not at all.
fn shown_default(view: &View, name: &str, asked: &Asked, default: &str) -> Option<String> {
    if default.is_empty() {
        return Some(String::new());
    }
    let secret = asked.secret || secret::literal_secret(name, default) || !secret::ranges(&format!("{name}={default}")).is_empty();
    let shown = view.words.shown(default);
    (!secret && shown == default && !shown.contains(STARS) && default.len() <= 200).then_some(shown)
}

/// A value for an env file; `None` if it needs more than quotes.
fn quoted(value: &str) -> Option<String> {
    let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"._/:@,+-".contains(&b));
    if plain {
        return Some(value.to_owned());
    }
    let quotable = !value.contains(['\'', '$', '\\']) && !value.chars().any(char::is_control);
    quotable.then(|| format!("'{value}'"))
}

fn asked(view: &View) -> BTreeMap<String, Asked> {
    let mut out: BTreeMap<String, Asked> = BTreeMap::new();
    for number in 0..view.input.environments.len() {
        uses(view, number, &mut out);
        passed_on(view, number, &mut out);
    }
    for (name, asked) in &mut out {
        asked.secret |= secret::credential_key(name);
        if asked.secret {
            asked.today = None;
        }
    }
    out
}

fn uses(view: &View, number: usize, out: &mut BTreeMap<String, Asked>) {
    let Some(environment) = view.input.environments.get(number) else { return };
    let project = environment.project;
    let of_role =
        |wanted: fn(&Role) -> bool| -> BTreeSet<FileId> { project.files.iter().filter(|f| wanted(&f.role)).map(|f| f.id).collect() };
    // An env file of the project is what the example is an example of.
    let dotenv = of_role(|r| matches!(r, Role::DotEnv));
    let env_files = of_role(|r| matches!(r, Role::EnvFile(_) | Role::LabelFile(_)));
    let own: BTreeSet<&str> = project.services.values().flat_map(|s| s.environment.keys().map(String::as_str)).collect();
    for used in view.variables(number) {
        let name = used.name.as_str();
        let inner = env_files.contains(&used.at.file) && own.contains(name);
        if is_ambient(name) || dotenv.contains(&used.at.file) || inner {
            continue;
        }
        let asked = place(view, number, name, used.at, service_of(used).filter(|s| project.services.contains_key(*s)), out);
        match used.operator.as_ref().map(|(operator, text)| (operator.as_str(), text)) {
            None => asked.plain = true,
            Some((":?", said)) => asked.required = asked.required.take().or_else(|| Some(said.clone())),
            Some(("?", said)) => {
                asked.required = asked.required.take().or_else(|| Some(said.clone()));
                asked.delicate = true;
            }
            Some((":-", default)) => {
                asked.defaults.insert(default.clone());
            }
            Some(("-", default)) => {
                asked.defaults.insert(default.clone());
                asked.delicate = true;
            }
            Some(_) => asked.delicate = true,
        }
        asked.secret |= holds_secret(view, used);
        let value = project.environment.get(name).filter(|v| v.at.is_some_and(|at| dotenv.contains(&at.file)));
        if let Some(value) = value {
            asked.secret |= secret::literal_secret(name, &value.value) || view.words.shown(&value.value) != value.value;
            if asked.today.is_none() && harmless(used, &value.value) {
                asked.today = Some(value.value.clone());
            }
        }
    }
}

/// Names without a value under `environment`: the container gets what Compose sees.
fn passed_on(view: &View, number: usize, out: &mut BTreeMap<String, Asked>) {
    let Some(environment) = view.input.environments.get(number) else { return };
    for service in environment.project.services.values() {
        let facts = Facts { view, environment: number, service: &service.value };
        for (name, value) in &service.environment {
            if !is_ambient(name) && facts.is_passed_on(name, value) {
                let asked = place(view, number, name, value.origin.at, Some(&service.name), out);
                asked.delicate = true;
            }
        }
    }
}

fn place<'o>(
    view: &View,
    number: usize,
    name: &str,
    at: Span,
    service: Option<&str>,
    out: &'o mut BTreeMap<String, Asked>,
) -> &'o mut Asked {
    let source = view.input.sources.get(at.file);
    let asked = out.entry(name.to_owned()).or_default();
    asked.places.insert((view.words.path(&source.path), source.position(at.start).line));
    asked.services.insert(service.unwrap_or_default().to_owned());
    asked.environments.insert(number);
    asked
}

fn service_of(used: &VariableUse) -> Option<&str> {
    match used.path.0.as_slice() {
        [Part::Key(top), Part::Key(service), ..] if top == "services" => Some(service),
        _ => None,
    }
}

/// True if the variable is used where a secret belongs: as the value of a credential, or as the password of an address.
fn holds_secret(view: &View, used: &VariableUse) -> bool {
    let source = view.input.sources.get(used.at.file);
    let text = source.slice(used.at);
    let credential = matches!(used.path.0.last(), Some(Part::Key(key)) if secret::credential_key(key));
    let assigned =
        text.split_once('=').is_some_and(|(key, value)| secret::credential_key(key.trim_start_matches(['"', '\''])) && value.contains('$'));
    let password = [format!(":${{{}", used.name), format!(":${}@", used.name)].iter().any(|form| {
        text.split_once(form.as_str()).is_some_and(|(before, rest)| before.contains("://") && (form.ends_with('@') || rest.contains('@')))
    });
    credential || assigned || password
}

/// True for a value that tells nobody anything: a port, a switch, a level, a version, a time zone. Names of hosts and of people do.
fn harmless(used: &VariableUse, value: &str) -> bool {
    let word = used.name.rsplit('_').next().unwrap_or_default().to_ascii_uppercase();
    let number = !value.is_empty() && value.len() <= 6 && value.bytes().all(|b| b.is_ascii_digit());
    let in_ports = used.path.0.iter().any(|part| matches!(part, Part::Key(key) if key == "ports"));
    let version = value.len() <= 40 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    match word.as_str() {
        _ if number && in_ports => true,
        "PORT" | "PUID" | "PGID" | "WORKERS" | "REPLICAS" | "TIMEOUT" | "RETRIES" | "SIZE" | "LIMIT" => number,
        "TAG" | "VERSION" => version,
        "TZ" => version || value.split('/').all(|part| part.bytes().all(|b| b.is_ascii_alphabetic() || b"_-+".contains(&b))),
        _ => matches!(
            value.to_ascii_lowercase().as_str(),
            "true"
                | "false"
                | "yes"
                | "no"
                | "on"
                | "off"
                | "trace"
                | "debug"
                | "info"
                | "warn"
                | "warning"
                | "error"
                | "development"
                | "production"
                | "staging"
                | "test"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::problem::ModelPath;

    fn used(name: &str, path: &[&str]) -> VariableUse {
        VariableUse { name: name.into(), at: Span::file_start(FileId::NONE), operator: None, set: true, path: ModelPath::keys(path) }
    }

    #[test]
    fn values_of_today_are_shown_only_where_they_tell_nothing() {
        for (name, value) in [
            ("WEB_PORT", "8080"),
            ("ANY", "true"),
            ("LOG", "debug"),
            ("IMAGE_TAG", "v1.2.3-rc.1"),
            ("TZ", "Europe/Berlin"),
            ("APP_ENV", "production"),
            ("DEFAULT_TIMEOUT", "30"),
        ] {
            assert!(harmless(&used(name, &["services", "a", "image"]), value), "{name}={value}");
        }
        for (name, value) in [
            ("PIN", "1234"),
            ("WEB_PORT", "12345678"),
            ("HOST", "db.internal"),
            ("MAIL", "me@example.org"),
            ("ANY", "word"),
            ("IMAGE_TAG", "a/b"),
            ("ANY", ""),
            ("DATA_DIR", "/home/me"),
        ] {
            assert!(!harmless(&used(name, &["services", "a", "image"]), value), "{name}={value}");
        }
        assert!(harmless(&used("ANY", &["services", "a", "ports"]), "8080"));
    }

    #[test]
    fn values_for_an_env_file() {
        assert_eq!(quoted("a-b/c:1").as_deref(), Some("a-b/c:1"));
        assert_eq!(quoted("a b # c").as_deref(), Some("'a b # c'"));
        assert_eq!(quoted("it's"), None);
        assert_eq!(quoted("${B:-c}"), None);
    }
}
