//! From the tree of values to the typed structs (spec/resolve.md 16.1). Nothing is thrown and nothing is dropped: a value that cannot be
//! read becomes a problem and its field stays empty, a key that nobody knows goes into `extensions`. Reads no files.

mod parts;
mod resources;
mod service;

use super::units::{self, UnitError};
use super::{Block, Bytes, Duration, Field, List, Named, Project, Sourced, shell};
use crate::compose::Semantics;
use crate::compose::problem::{ModelPath, Part, Phase, Problem, ProblemKind};
use crate::compose::text::text as compose_text;
use crate::compose::value::{Data, Entry, Map, Origin, Value};

/// Where the decoder is: a list of borrowed steps, so that no text is copied as long as nothing is wrong.
#[derive(Clone, Copy)]
enum At<'a> {
    Root,
    Key(&'a At<'a>, &'a str),
    Index(&'a At<'a>, usize),
}

impl At<'_> {
    fn path(&self) -> ModelPath {
        let mut parts = Vec::new();
        let mut at = self;
        loop {
            match at {
                At::Root => break,
                At::Key(parent, key) => {
                    parts.push(Part::Key((*key).to_owned()));
                    at = parent;
                }
                At::Index(parent, index) => {
                    parts.push(Part::Index(*index));
                    at = parent;
                }
            }
        }
        parts.reverse();
        ModelPath(parts)
    }

    /// The last key: what a message calls the value.
    fn name(&self) -> &str {
        let mut at = self;
        loop {
            match at {
                At::Root => return "the file",
                At::Key(_, key) => return key,
                At::Index(parent, _) => at = parent,
            }
        }
    }
}

/// What all decoding functions share.
struct Decoder<'p> {
    problems: &'p mut Vec<Problem>,
    semantics: Semantics,
}

impl Decoder<'_> {
    /// Records that a value cannot be read, unless an earlier phase has already refused the same value.
    fn bad(&mut self, value: &Value, at: &At<'_>, why: impl std::fmt::Display) {
        self.bad_origin(&value.origin, at, why);
    }

    fn bad_origin(&mut self, origin: &Origin, at: &At<'_>, why: impl std::fmt::Display) {
        let path = at.path();
        let told = |p: &Problem| {
            p.refused
                && p.phase <= Phase::Path
                && (p.origin.as_ref().is_some_and(|o| o.at.contains(&origin.at) || origin.at.contains(&o.at))
                    || (!p.path.0.is_empty() && path.0.starts_with(&p.path.0)))
        };
        if self.problems.iter().any(told) {
            return;
        }
        let message = format!("`{}` {why}", at.name());
        self.problems.push(Problem::refused(ProblemKind::InvalidValue, Phase::Decode, message).at(origin).path(&path));
    }

    fn wrong_type<T>(&mut self, value: &Value, at: &At<'_>, wanted: &str) -> Option<T> {
        self.bad(value, at, format_args!("must be {wanted}, not {}", value.kind()));
        None
    }

    fn unit<T>(&mut self, value: &Value, at: &At<'_>, result: Result<T, UnitError>) -> Option<T> {
        match result {
            Ok(v) => Some(v),
            // A value that a variable took part in may be a secret.
            Err(error) if value.origin.variables().next().is_some() => {
                self.bad(value, at, error.without_text());
                None
            }
            Err(error) => {
                self.bad(value, at, error);
                None
            }
        }
    }
}

/// A mapping being taken apart: what is asked for is taken out, [`Keys::rest`] is what remains.
///
/// Nearly a hundred keys are asked for, of which a service has a handful: to look at these few again and again is cheaper than to hash.
struct Keys<'v, 'a> {
    left: Vec<(&'v str, &'v Entry)>,
    at: &'a At<'a>,
}

impl<'v, 'a> Keys<'v, 'a> {
    /// The keys of a mapping. Null has none; anything else is a problem.
    fn of(d: &mut Decoder<'_>, value: &'v Value, at: &'a At<'a>) -> Self {
        if value.as_map().is_none() && !value.is_null() {
            d.wrong_type::<()>(value, at, "a mapping");
        }
        Self { left: value.as_map().map(entries).unwrap_or_default(), at }
    }

    fn of_map(map: &'v Map, at: &'a At<'a>) -> Self {
        Self { left: entries(map), at }
    }

    /// The value of a key, which stays where it is.
    fn get(&self, key: &str) -> Option<&'v Value> {
        self.left.iter().find(|(own, _)| *own == key).map(|(_, entry)| &entry.value)
    }

    /// Takes a key out.
    fn take(&mut self, key: &str) -> Option<&'v Entry> {
        let at = self.left.iter().position(|(own, _)| *own == key)?;
        Some(self.left.remove(at).1)
    }

    /// A key with its place; null is as good as absent.
    fn field<T>(
        &mut self,
        d: &mut Decoder<'_>,
        key: &'static str,
        read: impl FnOnce(&mut Decoder<'_>, &Value, &At<'_>) -> Option<T>,
    ) -> Field<T> {
        let entry = self.take(key)?;
        if entry.value.is_null() {
            return None;
        }
        let value = read(d, &entry.value, &At::Key(self.at, key))?;
        Some(Sourced { value, origin: entry.value.origin.clone(), key: Some(entry.key) })
    }

    /// A key with its place whose value has many keys of its own.
    fn block<T>(
        &mut self,
        d: &mut Decoder<'_>,
        key: &'static str,
        read: impl FnOnce(&mut Decoder<'_>, &Value, &At<'_>) -> Option<T>,
    ) -> Block<T> {
        self.field(d, key, read).map(Box::new)
    }

    /// A key without its place.
    fn value<T>(
        &mut self,
        d: &mut Decoder<'_>,
        key: &'static str,
        read: impl FnOnce(&mut Decoder<'_>, &Value, &At<'_>) -> Option<T>,
    ) -> Option<T> {
        self.field(d, key, read).map(|f| f.value)
    }

    /// A key without its place, or nothing of its kind.
    fn or_empty<T: Default>(
        &mut self,
        d: &mut Decoder<'_>,
        key: &'static str,
        read: impl FnOnce(&mut Decoder<'_>, &Value, &At<'_>) -> Option<T>,
    ) -> T {
        self.value(d, key, read).unwrap_or_default()
    }

    /// Every key that was not asked for.
    fn rest(self) -> Named<Value> {
        let kept = |entry: &Entry| Sourced { value: entry.value.clone(), origin: entry.value.origin.clone(), key: Some(entry.key) };
        self.left.into_iter().map(|(key, entry)| (key.to_owned(), kept(entry))).collect()
    }
}

fn entries(map: &Map) -> Vec<(&str, &Entry)> {
    map.iter().map(|(key, entry)| (key.as_str(), entry)).collect()
}

/// The items of a list.
fn list_of<T>(
    d: &mut Decoder<'_>,
    value: &Value,
    at: &At<'_>,
    mut read: impl FnMut(&mut Decoder<'_>, &Value, &At<'_>) -> Option<T>,
) -> Option<List<T>> {
    let Some(items) = value.as_seq() else {
        return d.wrong_type(value, at, "a list");
    };
    let mut out = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        if let Some(value) = read(d, item, &At::Index(at, i)) {
            out.push(Sourced { value, origin: item.origin.clone(), key: None });
        }
    }
    Some(out)
}

/// The entries of a mapping from the user's own names.
fn named_of<T>(
    d: &mut Decoder<'_>,
    value: &Value,
    at: &At<'_>,
    mut read: impl FnMut(&mut Decoder<'_>, &str, &Value, &At<'_>) -> Option<T>,
) -> Option<Named<T>> {
    let Some(map) = value.as_map() else {
        return d.wrong_type(value, at, "a mapping");
    };
    let mut out = crate::ordered::with_capacity(map.len());
    for (key, entry) in map {
        if let Some(value) = read(d, key, &entry.value, &At::Key(at, key)) {
            out.insert(key.clone(), Sourced { value, origin: entry.value.origin.clone(), key: Some(entry.key) });
        }
    }
    Some(out)
}

/// Text, or an integer as text.
fn text(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<String> {
    match &value.data {
        Data::Str(s) | Data::Timestamp(s) => Some(s.clone()),
        Data::Null => Some(String::new()),
        Data::Int(n) => Some(n.to_string()),
        _ => d.wrong_type(value, at, "text"),
    }
}

/// Any scalar as the text that Compose makes of it.
#[allow(clippy::unnecessary_wraps)] // one signature for all readers
fn any_text(_: &mut Decoder<'_>, value: &Value, _: &At<'_>) -> Option<String> {
    Some(compose_text(value))
}

fn texts(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<List<String>> {
    list_of(d, value, at, text)
}

/// A list of texts, or one text.
fn text_or_texts(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<List<String>> {
    match &value.data {
        Data::Str(s) => Some(vec![Sourced { value: s.clone(), origin: value.origin.clone(), key: None }]),
        _ => texts(d, value, at),
    }
}

/// A list of texts and numbers.
fn any_texts(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<List<String>> {
    match &value.data {
        Data::Str(s) => Some(vec![Sourced { value: s.clone(), origin: value.origin.clone(), key: None }]),
        _ => list_of(d, value, at, any_text),
    }
}

/// A list of texts without their places.
fn plain_texts(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Vec<String>> {
    Some(texts(d, value, at)?.into_iter().map(|s| s.value).collect())
}

/// An integer; a fraction is cut off, as Compose does.
fn integer(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<i64> {
    match &value.data {
        Data::Int(n) => d.unit(value, at, i64::try_from(*n).map_err(|_| UnitError::TooLarge)),
        #[allow(clippy::cast_possible_truncation)]
        Data::Float(f) => Some(*f as i64),
        Data::Str(s) => d.unit(value, at, units::integer(s)),
        _ => d.wrong_type(value, at, "a whole number"),
    }
}

/// An integer that Compose does not read from text.
fn strict_integer(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<i64> {
    if value.as_str().is_some() {
        return d.wrong_type(value, at, "a whole number");
    }
    integer(d, value, at)
}

fn number(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<f64> {
    match &value.data {
        #[allow(clippy::cast_precision_loss)] // Compose holds 32 bits
        Data::Int(n) => Some(units::single(*n as f64)),
        Data::Float(f) => Some(units::single(*f)),
        Data::Str(s) => d.unit(value, at, units::float(s)).map(units::single),
        _ => d.wrong_type(value, at, "a number"),
    }
}

fn boolean(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<bool> {
    match &value.data {
        Data::Bool(b) => Some(*b),
        Data::Str(s) => d.unit(value, at, units::boolean(s)),
        _ => d.wrong_type(value, at, "`true` or `false`"),
    }
}

/// A size. A fraction and what does not fit into 64 bits become 0, as Compose has it.
fn bytes(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Bytes> {
    match &value.data {
        Data::Int(n) => Some(Bytes(i64::try_from(*n).unwrap_or(0))),
        Data::Str(s) => {
            let semantics = d.semantics;
            d.unit(value, at, units::bytes(s, semantics))
        }
        _ => Some(Bytes(0)),
    }
}

fn duration(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Duration> {
    d.unit(value, at, units::duration(&compose_text(value)))
}

/// The words of a command, from text or from a list.
fn command(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Vec<String>> {
    match &value.data {
        Data::Str(s) => match shell::split(s) {
            Ok(split) => Some(split.words),
            Err(error) => {
                d.bad(value, at, error);
                None
            }
        },
        Data::Seq(_) => plain_texts(d, value, at),
        _ => d.wrong_type(value, at, "text or a list"),
    }
}

/// `environment`, `args`: a mapping, or a list of `NAME=value` and `NAME`.
fn variables(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Named<Option<String>>> {
    let Some(items) = value.as_seq() else {
        return named_of(d, value, at, |_, _, v, _| Some((!v.is_null()).then(|| compose_text(v))));
    };
    let mut out = crate::ordered::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let text = compose_text(item);
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text.as_str(), None),
        };
        if name.ends_with(char::is_whitespace) {
            d.bad(item, &At::Index(at, i), format_args!("has the name `{}` with a blank at its end", name.trim_end()));
            continue;
        }
        out.insert(name.to_owned(), Sourced { value, origin: item.origin.clone(), key: None });
    }
    Some(out)
}

/// `labels`, `sysctls` and the like: a mapping, or a list of `key=value`; nothing is the empty text.
fn mapping(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Named<String>> {
    let Some(items) = value.as_seq() else {
        return named_of(d, value, at, |_, _, v, _| Some(if v.is_null() { String::new() } else { compose_text(v) }));
    };
    let mut out = crate::ordered::with_capacity(items.len());
    for item in items {
        let text = compose_text(item);
        let (name, value) = text.split_once('=').unwrap_or((&text, ""));
        out.insert(name.to_owned(), Sourced { value: value.to_owned(), origin: item.origin.clone(), key: None });
    }
    Some(out)
}

/// A mapping to text and integers only.
fn text_mapping(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Named<String>> {
    named_of(d, value, at, |d, _, v, at| text(d, v, at))
}

/// The resources of the tree, their types read. Selects and checks nothing.
pub(super) fn project(tree: &Map, project: &mut Project, semantics: Semantics) {
    let Project { services, networks, volumes, secrets, configs, models, extensions, problems, .. } = project;
    let d = &mut Decoder { problems, semantics };
    let root = At::Root;
    let mut keys = Keys::of_map(tree, &root);
    for known in ["name", "version", "include"] {
        keys.take(known);
    }
    *services = keys.or_empty(d, "services", service::services);
    *networks = keys.or_empty(d, "networks", |d, v, at| named_of(d, v, at, resources::network));
    *volumes = keys.or_empty(d, "volumes", |d, v, at| named_of(d, v, at, resources::volume));
    *secrets = keys.or_empty(d, "secrets", |d, v, at| named_of(d, v, at, resources::file_object));
    *configs = keys.or_empty(d, "configs", |d, v, at| named_of(d, v, at, resources::file_object));
    *models = keys.or_empty(d, "models", |d, v, at| named_of(d, v, at, resources::model));
    *extensions = keys.rest();
}
