//! What a difference puts at risk, and what comes of it: told by its path and the two values.
//!
//! In doubt the graver class. What gets less open is no exposure but a change of behaviour: something may depend on it. A mount that the
//! service may only read holds nothing that it could lose, so its loss is a change of behaviour too.

mod exposure;
mod storage;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::rename::Rename;
use super::side::{Side, mounts, volume_of};
use super::text;
use super::walk::{Found, Path};
use super::words;
use super::{Change, Class, Shown};
use crate::compose::problem::ModelPath;
use crate::compose::value::{Definition, Origin};
use crate::model::image::ImageRef;
use crate::model::known;
use crate::secret;
use crate::source::Span;

/// Which services mount which volume, and whether they may write to it.
type Uses<'a> = BTreeMap<&'a str, BTreeMap<&'a str, bool>>;

/// What is said of a difference.
pub(super) struct Verdict {
    class: Class,
    consequence: String,
}

impl Verdict {
    fn new(class: Class, consequence: impl Into<String>) -> Self {
        Self { class, consequence: consequence.into() }
    }
}

fn data(consequence: impl Into<String>) -> Verdict {
    Verdict::new(Class::Data, consequence)
}

fn exposure(consequence: impl Into<String>) -> Verdict {
    Verdict::new(Class::Exposure, consequence)
}

fn behaviour(consequence: impl Into<String>) -> Verdict {
    Verdict::new(Class::Behaviour, consequence)
}

/// Judges the differences of two projects.
pub(super) struct Judge<'a> {
    old: &'a Side<'a>,
    new: &'a Side<'a>,
    old_uses: Uses<'a>,
    new_uses: Uses<'a>,
    /// The keys of the volumes that have a real name in the later project.
    named: BTreeMap<&'a str, Vec<&'a str>>,
}

fn is_true(value: Option<&Json>) -> bool {
    value == Some(&Json::Bool(true))
}

fn word(value: Option<&Json>) -> &str {
    value.and_then(Json::as_str).unwrap_or_default()
}

impl<'a> Judge<'a> {
    pub(super) fn new(old: &'a Side<'a>, new: &'a Side<'a>) -> Self {
        let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (key, _) in new.section("volumes") {
            named.entry(new.real_name("volumes", key)).or_default().push(key);
        }
        Self { old, new, old_uses: old.uses(), new_uses: new.uses(), named }
    }

    /// A difference as a change.
    pub(super) fn change(&self, found: &Found) -> Change {
        let words = found.path.words();
        let Verdict { class, consequence } = self.verdict(found, &words);
        let shown = |side: &Side, value: Option<&Json>, at: &ModelPath, other: Option<&Json>| match value {
            Some(value) => Some(Shown { text: text::of(side, &words, value), place: side.span(at, Some(value)) }),
            // Compose does not print it, and these are what they are then.
            None if is_true(other) && !matches!(words.last(), Some(&("attach" | "enable_ipv4" | "init"))) => {
                let mut above = at.clone();
                above.0.pop();
                Some(Shown { text: "false".to_owned(), place: side.span(&above, Some(&Json::Null)) })
            }
            None => None,
        };
        let mut change = Change {
            class,
            path: found.path.to_string(),
            before: shown(self.old, found.before, &found.old_at, found.after),
            after: shown(self.new, found.after, &found.new_at, found.before),
            consequence,
            near: self.new.span(&found.new_at, found.after),
        };
        if let (Some(before), Some(after), Some((old, new))) = (&mut change.before, &mut change.after, self.variable_of(found)) {
            (before.place, after.place) = (old.or(before.place), new.or(after.place));
        }
        change
    }

    /// Where the variable is set that makes the difference, on each side, if what is written is the same on both.
    fn variable_of(&self, found: &Found) -> Option<(Option<Span>, Option<Span>)> {
        let (old, new) = (self.old.place(&found.old_at)?.origin, self.new.place(&found.new_at)?.origin);
        if self.old.written(old.at) != self.new.written(new.at) {
            return None;
        }
        let set = |defined: &Definition| match defined {
            Definition::File(at) => Some(*at),
            _ => None,
        };
        let text = |side: &Side, at: Option<Span>| at.map(|at| side.written(at));
        old.variables().find_map(|(name, defined)| {
            let other = new.variables().find(|(other, _)| *other == name)?.1;
            let (a, b) = (set(defined), set(other));
            (text(self.old, a) != text(self.new, b)).then_some((a, b))
        })
    }

    fn verdict(&self, found: &Found, words: &[&str]) -> Verdict {
        if found.order {
            return behaviour(words::order(words));
        }
        match words {
            ["name"] => self.name(),
            ["services", service] => match (found.before, found.after) {
                (None, Some(body)) => self.new_service(service, body),
                _ => self.gone_service(service, found.before.unwrap_or(&Json::Null)),
            },
            ["services", service, key, rest @ ..] => self.of_service(service, key, rest, found),
            ["volumes", key, rest @ ..] => self.volume(key, rest, found),
            ["networks", key, rest @ ..] => Self::network(key, rest, found),
            ["secrets" | "configs", key, rest @ ..] => behaviour(words::file_object(key, rest)),
            _ => behaviour(words::other(words)),
        }
    }

    /// The project has another name.
    fn name(&self) -> Verdict {
        let (was, is) = (&self.old.name, &self.new.name);
        let kept: Vec<String> = self
            .old
            .section("volumes")
            .filter_map(|(key, _)| {
                let (real, now) = (self.old.real_name("volumes", key), self.new.entry("volumes", key)?.get("name")?.as_str()?);
                (real != now).then(|| format!("`{real}`"))
            })
            .collect();
        let anonymous = self.old.section("services").flat_map(|(_, s)| mounts(s)).any(is_anonymous);
        let all =
            format!("Compose makes all containers and networks anew as `{is}` and no longer knows those of `{was}`, which go on running");
        match kept.as_slice() {
            [] if anonymous => data(format!("{all}; what their anonymous volumes hold is left behind")),
            [] => behaviour(all),
            [one] => data(format!("{all}; the data stays in volume {one}, and the new one starts empty")),
            several => data(format!("{all}; the data stays in {} volumes, and the new ones start empty", several.len())),
        }
    }

    fn new_service(&self, name: &str, body: &Json) -> Verdict {
        let mut worst = behaviour(format!("`{name}` is started"));
        for mount in mounts(body) {
            if let Some(shared) = self.shared(name, mount) {
                return data(format!("`{name}` is started; {shared}"));
            }
        }
        let open = exposure::of_new_service(body);
        if !open.is_empty() {
            worst = exposure(format!("`{name}` is started, and {}", open.join(", ")));
        }
        worst
    }

    fn gone_service(&self, name: &str, body: &Json) -> Verdict {
        let orphan = format!("the container of `{name}` goes on running until `up --remove-orphans`");
        if mounts(body).any(is_anonymous) {
            return data(format!("{orphan}; what its anonymous volume holds is lost with it"));
        }
        let last: Vec<String> = mounts(body)
            .filter_map(volume_of)
            .map(|key| self.old.real_name("volumes", key))
            .filter(|real| !self.new_uses.contains_key(real))
            .map(|real| format!("`{real}`"))
            .collect();
        match last.as_slice() {
            [] => behaviour(orphan),
            [one] => data(format!("{orphan}; volume {one} stays, and nothing uses it any more")),
            several => data(format!("{orphan}; the volumes {} stay, and nothing uses them any more", several.join(", "))),
        }
    }

    fn of_service(&self, service: &str, key: &str, rest: &[&str], found: &Found) -> Verdict {
        let (before, after) = (found.before, found.after);
        let verdict = match (key, rest) {
            ("volumes", [_, rest @ ..]) => Some(self.mount(service, rest, found)),
            ("image", []) => Some(image(service, word(before), word(after))),
            ("environment", [name]) => Some(self.variable(service, name, found)),
            ("build", ["args", name]) => self.argument(name, found),
            _ => exposure::of_service(service, key, rest, before, after),
        };
        verdict.unwrap_or_else(|| behaviour(words::service(service, key, rest, before.is_some(), after.is_some())))
    }

    fn variable(&self, service: &str, name: &str, found: &Found) -> Verdict {
        if self.became_literal(name, found) {
            return exposure(format!(
                "the secret now stands in the file itself: whoever may read the file, or its history, knows `{name}`"
            ));
        }
        let secret =
            found.before.is_some() && found.after.is_some() && [found.before, found.after].iter().all(|v| text::is_secret(name, word(*v)));
        let aside = if secret { "; it is a secret, so neither value is shown" } else { "" };
        behaviour(words::service(service, "environment", &[name], found.before.is_some(), found.after.is_some()) + aside)
    }

    fn argument(&self, name: &str, found: &Found) -> Option<Verdict> {
        self.became_literal(name, found).then(|| {
            exposure(format!(
                "the secret now stands in the file itself, and in the history of the image: whoever has either knows `{name}`"
            ))
        })
    }

    /// True if the later side has a secret written out where the earlier one has not.
    fn became_literal(&self, name: &str, found: &Found) -> bool {
        let value = word(found.after);
        let literal = |side: &Side, at: &ModelPath| side.place(at).is_some_and(|p| is_literal(p.origin));
        let was_literal = found.before.is_some_and(|v| secret::literal_secret(name, word(Some(v)))) && literal(self.old, &found.old_at);
        secret::literal_secret(name, value) && !value.contains("${") && literal(self.new, &found.new_at) && !was_literal
    }

    fn network(key: &str, rest: &[&str], found: &Found) -> Verdict {
        let anew = format!("Compose removes network `{key}` and makes it anew; the containers on it are replaced");
        match rest {
            ["internal"] if is_true(found.before) && !is_true(found.after) => {
                exposure(format!("network `{key}` is no longer cut off: its services reach the outside, and published ports work"))
            }
            ["internal"] => behaviour(format!("network `{key}` is cut off: its services no longer reach the outside")),
            ["name"] => behaviour("the services join another network; what others have joined to the old one no longer reaches them"),
            [] if found.before.is_some() && found.after.is_some() => {
                behaviour("the services join another network; what others have joined to the old one no longer reaches them")
            }
            [] => behaviour(words::other(&["networks", key])),
            _ => behaviour(anew),
        }
    }

    /// Something that has another name and is otherwise the same.
    pub(super) fn rename(&self, rename: &Rename) -> Change {
        let Rename { section, old, new, real } = rename;
        let at = ModelPath::keys(&[section, new]);
        let verdict = match *section {
            "services" => self.renamed_service(old, new),
            "volumes" if real.0 == real.1 => {
                behaviour(format!("volume `{old}` is called `{new}` in the files; its real name is still `{}`, so no data moves", real.0))
            }
            "volumes" => data(format!(
                "volume `{old}` is now `{new}`: the services get volume `{}`, which starts empty; the data stays in `{}`",
                real.1, real.0
            )),
            _ if real.0 == real.1 => behaviour(format!(
                "network `{old}` is called `{new}` in the files; `up` stops at a network of the same real name that was made for `{old}`: remove it first with `down`"
            )),
            _ => behaviour(format!("network `{old}` is now `{new}`: the services leave `{}` and join `{}`", real.0, real.1)),
        };
        let shown = |side: &Side, key: &str, real: &str| {
            let text = if real.is_empty() || real == key { key.to_owned() } else { format!("{key} ({real})") };
            let place = side.place(&at).map(|p| p.key.unwrap_or(p.origin.at));
            Some(Shown { text, place })
        };
        Change {
            class: verdict.class,
            path: Path::keys(&[section, old]).to_string(),
            before: shown(self.old, old, &real.0),
            after: shown(self.new, new, &real.1),
            consequence: verdict.consequence,
            near: self.new.place(&at).map(|p| p.key.unwrap_or(p.origin.at)),
        }
    }

    fn renamed_service(&self, old: &str, new: &str) -> Verdict {
        let said = format!(
            "service `{old}` is now `{new}`: Compose starts `{new}` beside the container of `{old}`, which goes on running until `up --remove-orphans`"
        );
        let body = self.new.entry("services", new).unwrap_or(&Json::Null);
        if mounts(body).any(is_anonymous) {
            return data(format!("{said}; what its anonymous volume holds is left behind"));
        }
        match mounts(body).filter(|m| !is_true(m.get("read_only"))).find_map(volume_of) {
            Some(key) => data(format!("{said}; until then both write to volume `{}`", self.new.real_name("volumes", key))),
            None => behaviour(format!("{said}; what calls it `{old}` no longer finds it")),
        }
    }
}

/// True for a mount of a volume without a name.
pub(super) fn is_anonymous(mount: &Json) -> bool {
    word(mount.get("type")) == "volume" && mount.get("source").is_none()
}

/// True if a value stands in a Compose file as it is.
fn is_literal(origin: &Origin) -> bool {
    origin.is_literal() && !origin.is_default()
}

/// The image is another one.
fn image(service: &str, before: &str, after: &str) -> Verdict {
    let other = || behaviour(words::service(service, "image", &[], !before.is_empty(), !after.is_empty()));
    let (Some(was), Some(is)) = (ImageRef::parse(before), ImageRef::parse(after)) else { return other() };
    let Some((store, _)) = known::datastore(&was).filter(|(name, _)| *name != "memcached") else { return other() };
    match known::datastore(&is) {
        Some((other, _)) if other != store => {
            data(format!("`{service}` runs {other} instead of {store} on the same data, which it may not be able to read: dump it first"))
        }
        Some(_) => match (known::major(&was), known::major(&is)) {
            (Some(a), Some(b)) if a == b => other(),
            (Some(a), Some(b)) => data(format!(
                "{store} {a} becomes {store} {b}: the data has to be taken along (dumped and read in, or upgraded) before, and cannot simply go back"
            )),
            (None, None) => other(),
            _ => data(format!(
                "which major version of {store} runs then cannot be told from the tag, and the data may need to be taken along"
            )),
        },
        None => other(),
    }
}

/// Secrets that stand in the files now, although their values are the same.
pub(super) fn written_out(old: &Side, new: &Side) -> Vec<Change> {
    let (Some(before), Some(after)) = (old.project(), new.project()) else { return Vec::new() };
    let mut out = Vec::new();
    for (name, service) in after.services.iter().filter(|(_, s)| s.enabled) {
        let Some(was) = before.services.get(name) else { continue };
        let variables = service.environment.iter().map(|(k, v)| ("environment", k, v, was.environment.get(k)));
        let arguments = service.build.iter().flat_map(|b| &b.args);
        let arguments = arguments.map(|(k, v)| ("args", k, v, was.build.as_ref().and_then(|b| b.args.get(k))));
        for (section, key, value, was) in variables.chain(arguments) {
            let (Some(text), Some(was)) = (value.value.as_deref(), was) else { continue };
            let same = was.value.as_deref() == Some(text);
            if !same || !secret::literal_secret(key, text) || is_literal(&was.origin) || !is_literal(&value.origin) {
                continue;
            }
            let path =
                if section == "args" { vec!["services", name, "build", "args", key] } else { vec!["services", name, "environment", key] };
            let shown = |at| Some(Shown { text: text::STARS.to_owned(), place: Some(at) });
            out.push(Change {
                class: Class::Exposure,
                path: Path::keys(&path).to_string(),
                before: shown(was.origin.at),
                after: shown(value.origin.at),
                consequence: format!(
                    "the value is the same, but now the secret stands in the file itself: whoever may read the file, or its history, knows `{key}`"
                ),
                near: Some(value.origin.at),
            });
        }
    }
    out
}
