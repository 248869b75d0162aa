//! The tree that Compose works on: typed scalars, sequences and mappings, each value with its [`Origin`].
//!
//! Every step of resolution (merge, extends, include, short forms …) turns such trees into such trees and carries the origins along,
//! so that at the end each value still says where it was written and how it got there.

use std::sync::Arc;

use crate::ordered::IndexMap;
use crate::source::Span;

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub struct Value {
    /// The value.
    pub data: Data,
    /// Where it comes from.
    pub origin: Origin,
}

/// A value as Compose types it (spec/resolve.md 5.1).
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`, `~`, nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// An integer, from -2^63 to 2^64-1.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(String),
    /// An unquoted date, as written: Compose 2.40 refuses it, 5.x reads it as text.
    Timestamp(String),
    /// A sequence.
    Seq(Vec<Value>),
    /// A mapping.
    Map(Map),
}

/// A mapping in the order of the source.
pub type Map = IndexMap<String, Entry>;

/// The value of one key.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where the key is written.
    pub key: Span,
    /// The value.
    pub value: Value,
}

impl PartialEq for Value {
    /// Equal as data: origins do not count.
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl PartialEq for Entry {
    /// Equal as data: origins do not count.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// Where a value was written, and how it got to where it is now.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The text of the value as written. For a value that Compose supplies ([`Step::Default`]): the place that it belongs to.
    pub at: Span,
    /// The steps, the latest first.
    pub via: Trail,
    /// What stood there before an override, an extending service or a local key replaced it.
    pub replaced: Option<Arc<Origin>>,
}

/// One step on the way of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its file was included here (the `include` entry).
    Include(Span),
    /// Its service was extended here.
    Extends {
        /// The `extends` value.
        at: Span,
        /// The service that was extended.
        service: String,
    },
    /// It came through this `*alias`.
    Alias(Span),
    /// It came through this `<<` (the value of the merge key).
    Merge(Span),
    /// A variable took part in it.
    Variable {
        /// The name.
        name: String,
        /// Where the value of the variable comes from.
        defined: Definition,
    },
    /// It was read from an env file or label file that is named here.
    File(Span),
    /// Compose supplies it; nobody wrote it. The words say why: `"the default network"`.
    Default(&'static str),
}

/// Where the value of a variable comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    /// The environment of the process, or a flag.
    Environment,
    /// A line of an env file.
    File(Span),
    /// The default in the expression, `${X:-this}`.
    Default,
    /// Nowhere: it is empty.
    Unset,
}

/// A persistent list of steps: pushing shares the rest, because thousands of values of one included file share their way.
#[derive(Clone, Debug, Default)]
pub struct Trail(Option<Arc<Link>>);

#[derive(Debug)]
struct Link {
    step: Step,
    rest: Trail,
}

impl Trail {
    /// The trail with one more step.
    #[must_use]
    pub fn push(&self, step: Step) -> Trail {
        Trail(Some(Arc::new(Link { step, rest: self.clone() })))
    }

    /// The steps, the latest first.
    pub fn iter(&self) -> impl Iterator<Item = &Step> {
        let mut at = self;
        std::iter::from_fn(move || {
            let link = at.0.as_ref()?;
            at = &link.rest;
            Some(&link.step)
        })
    }
}

impl Origin {
    /// Written here, plainly.
    pub fn at(at: Span) -> Self {
        Self { at, via: Trail::default(), replaced: None }
    }

    /// With one more step.
    #[must_use]
    pub fn via(mut self, step: Step) -> Self {
        self.via = self.via.push(step);
        self
    }

    /// The variables that took part, with where each is defined.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &Definition)> {
        self.via.iter().filter_map(|s| match s {
            Step::Variable { name, defined } => Some((name.as_str(), defined)),
            _ => None,
        })
    }

    /// True if a variable without a value took part: what it is meant to be cannot be told.
    pub fn is_unset(&self) -> bool {
        self.variables().any(|(_, defined)| *defined == Definition::Unset)
    }

    /// True if the value is in no env file, and no variable took part.
    pub fn is_literal(&self) -> bool {
        !self.via.iter().any(|s| matches!(s, Step::Variable { .. } | Step::File(_)))
    }

    /// True if Compose supplied the value and nobody wrote it.
    pub fn is_default(&self) -> bool {
        self.via.iter().any(|s| matches!(s, Step::Default(_)))
    }
}

impl Value {
    /// A value from its parts.
    pub fn new(data: Data, origin: Origin) -> Self {
        Self { data, origin }
    }

    /// The same origin with other data: for values made from one that was written.
    #[must_use]
    pub fn with(&self, data: Data) -> Self {
        Self { data, origin: self.origin.clone() }
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The items, if it is a sequence.
    pub fn as_seq(&self) -> Option<&[Value]> {
        match &self.data {
            Data::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if it is a mapping.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The entries, if it is a mapping.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The value of a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key).map(|e| &e.value)
    }

    /// True for null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// What it is, in YAML's words: "text", "a number", "a mapping".
    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Null => "nothing",
            Data::Bool(_) => "true or false",
            Data::Int(_) | Data::Float(_) => "a number",
            Data::Str(_) => "text",
            Data::Timestamp(_) => "a date",
            Data::Seq(_) => "a list",
            Data::Map(_) => "a mapping",
        }
    }

    /// Adds a step to this value and all below it.
    pub fn push_step(&mut self, step: &Step) {
        self.origin.via = self.origin.via.push(step.clone());
        match &mut self.data {
            Data::Seq(items) => items.iter_mut().for_each(|v| v.push_step(step)),
            Data::Map(map) => map.values_mut().for_each(|e| e.value.push_step(step)),
            _ => {}
        }
    }
}
