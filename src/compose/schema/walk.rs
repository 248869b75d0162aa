//! The walk over a tree and its shape, side by side: no deeper than the tables. Only the search for infinities, and the comparison of
//! the items of a list, go as deep as the input.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fmt::Write as _;

use super::super::Semantics;
use super::super::problem::{ModelPath, Part, Phase, Problem, ProblemKind};
use super::super::value::{Data, Map, Origin, Step, Value};
use super::advice;
use super::shape::{List, Mapping, Number, Others, PULL_POLICIES, Pattern, Shape, Text, list_words};
use super::tables;
use crate::source::Span;

/// Where the walk is: a list on the stack, so that a sound tree costs no allocation.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// One step up; `None` at the top.
    up: Option<&'a Place<'a>>,
    step: At<'a>,
}

/// One step of a [`Place`].
#[derive(Clone, Copy)]
enum At<'a> {
    Top,
    /// A key of the tables.
    Key(&'a str),
    /// A key of the user's own; with what it is called ("service"), or empty.
    Name(&'a str, &'static str),
    /// An item; with what the whole might be instead of a list.
    Item(usize, Option<&'static Mapping>),
}

impl<'a> Place<'a> {
    fn down(&'a self, step: At<'a>) -> Place<'a> {
        Place { up: Some(self), step }
    }

    fn path(&self) -> ModelPath {
        let mut parts = Vec::new();
        let mut place = Some(self);
        while let Some(at) = place {
            match at.step {
                At::Top => {}
                At::Key(key) | At::Name(key, _) => parts.push(Part::Key(key.to_owned())),
                At::Item(index, _) => parts.push(Part::Index(index)),
            }
            place = at.up;
        }
        parts.reverse();
        ModelPath(parts)
    }

    /// What the value here is called in a sentence.
    fn subject(&self) -> String {
        match self.step {
            At::Top => "the file".into(),
            At::Key(key) => format!("`{key}`"),
            At::Name(key, "") => match self.up.and_then(Place::list_name) {
                Some(parent) => format!("`{}` in `{parent}`", shown(key)),
                None => format!("`{}`", shown(key)),
            },
            At::Name(key, noun) => format!("{noun} `{}`", shown(key)),
            At::Item(..) => match self.up.and_then(Place::list_name) {
                Some(parent) => format!("an item of `{parent}`"),
                None => "an item".into(),
            },
        }
    }

    /// The nearest key at or above this place.
    fn list_name(&self) -> Option<String> {
        match self.step {
            At::Key(key) | At::Name(key, _) => Some(shown(key)),
            At::Item(..) => self.up.and_then(Place::list_name),
            At::Top => None,
        }
    }

    /// The key of the tables here, if it is one.
    fn key(&self) -> Option<&'a str> {
        match self.step {
            At::Key(key) => Some(key),
            _ => None,
        }
    }
}

/// A key as a message may show it: a key that looks like `NAME=value` holds a value that nobody may see.
pub(super) fn shown(key: &str) -> String {
    let mut text = String::new();
    for (count, c) in key.chars().enumerate() {
        if c == '=' || count == 60 {
            text.push('…');
            break;
        }
        if c.is_control() {
            // Writing into a String does not fail.
            let _ = write!(text, "{}", c.escape_debug());
        } else {
            text.push(c);
        }
    }
    text
}

struct Walk<'p> {
    semantics: Semantics,
    problems: &'p mut Vec<Problem>,
    /// How many more unknown keys get a search for what was meant: a search costs more than a check.
    searches: usize,
}

pub(super) fn check(root: &Map, semantics: Semantics, problems: &mut Vec<Problem>) {
    let top = Place { up: None, step: At::Top };
    let mut walk = Walk { semantics, problems, searches: 200 };
    walk.mapping(root, None, &tables::ROOT, &top, &[]);
    if semantics == Semantics::V5 {
        for (key, entry) in root {
            walk.endless(&entry.value, &top.down(At::Key(key)));
        }
    }
}

impl Walk<'_> {
    fn add(&mut self, problem: Problem, place: &Place) {
        self.problems.push(Problem { path: place.path(), ..problem });
    }

    fn value(&mut self, value: &Value, shape: &'static Shape, place: &Place, levels: &[&'static Mapping]) {
        if shape.any {
            return;
        }
        if let (Data::Timestamp(_), Semantics::V2) = (&value.data, self.semantics) {
            let problem = invalid(format!("{} is a date without quotes, which Compose 2 does not take", place.subject()), value)
                .help("put the date in quotes");
            return self.add(problem, place);
        }
        let fits = match &value.data {
            Data::Null => shape.null,
            Data::Bool(_) => shape.boolean,
            Data::Int(n) => match shape.number {
                Number::No => false,
                Number::Any | Number::Whole => true,
                Number::Between(low, high) => (i128::from(low)..=i128::from(high)).contains(n),
                Number::From(low) => i128::from(low) <= *n,
            },
            Data::Float(f) => match shape.number {
                Number::No => false,
                Number::Any => true,
                Number::Whole => whole(*f).is_some(),
                Number::Between(low, high) => whole(*f).is_some_and(|n| (i128::from(low)..=i128::from(high)).contains(&n)),
                Number::From(low) => whole(*f).is_some_and(|n| i128::from(low) <= n),
            },
            Data::Str(text) | Data::Timestamp(text) => shape.text.takes(text),
            Data::Seq(items) => match shape.list {
                Some(list) => return self.list(items, list, shape.mapping, place, levels),
                None => false,
            },
            Data::Map(map) => match shape.mapping {
                Some(mapping) => return self.mapping(map, Some(&value.origin), mapping, place, levels),
                None => false,
            },
        };
        if !fits {
            self.wrong(value, shape, place);
        }
    }

    fn wrong(&mut self, value: &Value, shape: &'static Shape, place: &Place) {
        let number = place.key().and_then(|key| harmless_number(key, value));
        let found = match (&value.data, &number) {
            (Data::Null, _) => "it is empty".to_owned(),
            // Of the right type, so its value is what is wrong.
            (Data::Int(_) | Data::Float(_), Some(text)) if shape.number != Number::No => format!("it is {text}"),
            (Data::Bool(b), _) if place.key().is_some() => format!("it is {b}"),
            (Data::Str(_), _) if shape.expected() == "text" => "it is not that".into(),
            (Data::Str(_), _) if shape.text != Text::No => "it is another word".into(),
            _ => format!("it is {}", value.kind()),
        };
        let subject = place.subject();
        let mut problem = match (&value.data, shape.text) {
            (Data::Str(_), Text::ContainerName) => invalid(format!("{subject} cannot be the name of a container"), value)
                .help("take at least two characters: a letter or digit, then letters, digits, `_`, `.` or `-`"),
            (Data::Str(_), Text::PullPolicy) => {
                let policies = list_words(PULL_POLICIES, "or");
                invalid(format!("{subject} is not a policy that Compose knows"), value)
                    .help(format!("use {policies}, or `every_` and a time, such as `every_12h`"))
            }
            _ => invalid(format!("{subject} must be {}, but here {found}", shape.expected()), value),
        };
        if problem.help.is_none() {
            problem.help = self
                .misplaced(value, place)
                .or_else(|| item_advice(value, shape, place))
                .or_else(|| advice::for_type(place.key(), value, shape, number.as_deref()));
        }
        self.add(problem, place);
    }

    /// A service key that stands among the services: `services: {image: nginx}`.
    fn misplaced(&self, value: &Value, place: &Place) -> Option<String> {
        match place.step {
            At::Name(key, "service") if !matches!(value.data, Data::Null) && tables::SERVICE.key(key, self.semantics).is_some() => {
                Some(format!("`{key}` is a key of a service: indent it below the name of the service"))
            }
            At::Name(_, "service") => Some("give the service an `image` or a `build`, indented below its name".into()),
            _ => None,
        }
    }

    fn list(
        &mut self,
        items: &[Value],
        list: &'static List,
        instead: Option<&'static Mapping>,
        place: &Place,
        levels: &[&'static Mapping],
    ) {
        for (index, item) in items.iter().enumerate() {
            self.value(item, &list.item, &place.down(At::Item(index, instead)), levels);
        }
        if list.unique && items.len() > 1 {
            self.duplicates(items, place);
        }
    }

    fn duplicates(&mut self, items: &[Value], place: &Place) {
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let mut text = String::new();
            canonical(item, &mut text);
            match seen.entry(text) {
                Slot::Vacant(slot) => {
                    slot.insert(item.origin.at);
                }
                Slot::Occupied(first) => {
                    let here = place.down(At::Item(index, None));
                    let list = place.list_name().unwrap_or_default();
                    let problem = invalid(format!("`{list}` has the same item twice"), item)
                        .related(*first.get(), "first here")
                        .help("remove one of the two");
                    self.add(problem, &here);
                }
            }
        }
    }

    fn mapping(&mut self, map: &Map, origin: Option<&Origin>, mapping: &'static Mapping, place: &Place, above: &[&'static Mapping]) {
        let mut levels: Vec<&'static Mapping> = above.to_vec();
        levels.push(mapping);
        for (key, entry) in map {
            if let Some(shape) = mapping.key(key, self.semantics) {
                self.value(&entry.value, shape, &place.down(At::Key(key)), &levels);
            } else if let Some(names) = mapping.names.filter(|n| n.pattern.matches(key)) {
                let noun = names.noun;
                // The shape lives in a static table, but `filter` hands out a copy.
                if let Some(names) = &mapping.names {
                    self.value(&entry.value, &names.shape, &place.down(At::Name(key, noun)), &levels);
                }
            } else if mapping.others == Others::Extensions && key.starts_with("x-") {
                self.value(&entry.value, &tables::EXTENSION, &place.down(At::Name(key, "")), &levels);
            } else if mapping.others != Others::Ignored {
                let at = Origin { at: entry.key, via: entry.value.origin.via.clone(), replaced: None };
                let problem = match mapping.names {
                    Some(names) => bad_name(key, names.noun, names.pattern),
                    None => self.unknown(key, &entry.value, mapping, &levels),
                };
                // Not even a path may hold the value of `PASSWORD=value:`.
                let here = place.down(At::Name(key, ""));
                self.add(problem.at(at), if key.contains('=') { place } else { &here });
            }
        }
        for required in mapping.required {
            if map.contains_key(*required) {
                continue;
            }
            let message = format!("{} needs `{required}`", with_article(mapping.what, place));
            let mut problem = Problem::refused(ProblemKind::InvalidSchema, Phase::Schema, message);
            problem.origin = origin.cloned();
            problem.help = mapping.key(required, self.semantics).map(|shape| format!("add `{required}:` with {}", shape.expected()));
            self.add(problem, place);
        }
    }

    fn unknown(&mut self, key: &str, value: &Value, mapping: &'static Mapping, levels: &[&'static Mapping]) -> Problem {
        let message = if std::ptr::eq(mapping, &raw const tables::ROOT) {
            format!("`{}` is not a top-level key of Compose", shown(key))
        } else {
            format!("`{}` is not a key of {}", shown(key), mapping.what)
        };
        let mut problem = Problem::refused(ProblemKind::UnknownKey, Phase::Schema, message);
        if self.searches > 0 {
            self.searches -= 1;
            problem.help = advice::for_key(key, value, mapping, levels, self.semantics);
            problem.meant = advice::meant_key(key, mapping, self.semantics).map(|meant| (key.to_owned(), meant.to_owned()));
        }
        if problem.help.is_none() && mapping.others == Others::Extensions {
            problem.help = Some(format!("remove it, or call it `x-{}` if another tool reads it", shown(key)));
        }
        problem
    }

    /// Compose 5 writes the tree as JSON before the check, and JSON has no infinity: refused wherever it stands.
    fn endless(&mut self, value: &Value, place: &Place) {
        match &value.data {
            Data::Float(f) if !f.is_finite() => {
                let problem = invalid("`.inf` and `.nan` are not numbers that Compose takes".into(), value)
                    .help("put it in quotes if it is meant as text");
                self.add(problem, place);
            }
            Data::Seq(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.endless(item, &place.down(At::Item(index, None)));
                }
            }
            Data::Map(map) => {
                for (key, entry) in map {
                    self.endless(&entry.value, &place.down(At::Key(key)));
                }
            }
            _ => {}
        }
    }
}

/// Advice for an item of a list: a `: ` in it makes it a mapping where text was meant.
fn item_advice(value: &Value, shape: &Shape, place: &Place) -> Option<String> {
    let At::Item(_, instead) = place.step else { return None };
    let advice = match (&value.data, instead.and_then(|mapping| mapping.names)) {
        (Data::Null, _) => "fill the item in, or remove it",
        (Data::Map(_), Some(names)) if names.shape.text == Text::Any => "write it with `=`, or remove the `- ` in front of every item",
        (Data::Map(_), Some(_)) => "remove the `- ` in front of every item",
        (Data::Map(_), None) if shape.text == Text::Any => "put the item in quotes: a `: ` in it makes it a mapping",
        _ => return None,
    };
    Some(advice.to_owned())
}

fn invalid(message: String, value: &Value) -> Problem {
    Problem::refused(ProblemKind::InvalidSchema, Phase::Schema, message).at(&value.origin)
}

/// "a mount in the long form", or with the name where it has one: "ulimit `nofile`".
fn with_article(what: &str, place: &Place) -> String {
    match place.step {
        At::Name(key, noun) if !noun.is_empty() => format!("{noun} `{}`", shown(key)),
        At::Name(key, _) => match place.up.and_then(Place::list_name) {
            Some(parent) => format!("`{}` in `{parent}`", shown(key)),
            None => what.to_owned(),
        },
        _ => what.to_owned(),
    }
}

fn bad_name(key: &str, noun: &str, pattern: Pattern) -> Problem {
    let message = match (key.is_empty(), noun) {
        (true, _) => "a key must not be empty".to_owned(),
        (false, "") => format!("`{}` cannot be used as a key here", shown(key)),
        (false, noun) => format!("`{}` cannot be the name of a {noun}", shown(key)),
    };
    let problem = Problem::refused(ProblemKind::InvalidSchema, Phase::Schema, message);
    match pattern {
        Pattern::Identifier => problem.help("use letters without accents, digits, `.`, `_` and `-` only"),
        Pattern::Lowercase => problem.help("use small letters only"),
        Pattern::OneLine | Pattern::Filled => problem.help("give it a name in one line"),
    }
}

/// The whole number that a float is.
#[allow(clippy::cast_possible_truncation)] // a float past the range of i128 saturates, which is past every limit as well
fn whole(f: f64) -> Option<i128> {
    (f.is_finite() && f.fract() == 0.0).then_some(f as i128)
}

/// The text of a number that may be shown: the value of a key that holds nothing confidential, written there as it is and in decimal.
fn harmless_number(key: &str, value: &Value) -> Option<String> {
    if matches!(key, "environment" | "labels" | "args" | "options" | "driver_opts" | "content" | "file" | "secrets" | "configs" | "ssh") {
        return None;
    }
    if value.origin.via.iter().any(|step| matches!(step, Step::Variable { .. } | Step::File(_))) {
        return None;
    }
    let text = match value.data {
        Data::Int(n) => n.to_string(),
        Data::Float(f) if f.is_finite() => f.to_string(),
        _ => return None,
    };
    // `010` is 8 for YAML: showing 8 would puzzle, and proposing "8" would change what was meant.
    let at = value.origin.at;
    (at.end.saturating_sub(at.start) as usize == text.len()).then_some(text)
}

/// A text that is the same for equal values and for no others: the order of keys does not count, 1 is 1.0.
fn canonical(value: &Value, out: &mut String) {
    // Writing into a String does not fail.
    let _ = match &value.data {
        Data::Null => write!(out, "n"),
        Data::Bool(b) => write!(out, "{b}"),
        Data::Int(n) => write!(out, "{n}"),
        Data::Float(f) => match whole(*f) {
            Some(n) => write!(out, "{n}"),
            None => write!(out, "{f:?}"),
        },
        Data::Str(text) => write!(out, "{text:?}"),
        Data::Timestamp(text) => write!(out, "t{text:?}"),
        Data::Seq(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            write!(out, "]")
        }
        Data::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (key, entry) in entries {
                let _ = write!(out, "{key:?}:");
                canonical(&entry.value, out);
                out.push(',');
            }
            write!(out, "}}")
        }
    };
}
