//! What to do about a key or a type that is wrong: the nearest key, the level where it belongs, the way to write it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::super::Semantics;
use super::super::value::{Data, Value};
use super::shape::{Mapping, Meaning, Number, Shape, Text, list_words};
use super::tables;
use super::walk::shown;
use crate::nearest::nearest;

/// Advice for a key that is unknown here. `levels`: the mappings from the top down to this one.
pub(super) fn for_key(
    key: &str,
    value: &Value,
    mapping: &'static Mapping,
    levels: &[&'static Mapping],
    semantics: Semantics,
) -> Option<String> {
    let is_service = std::ptr::eq(mapping, &raw const tables::SERVICE);
    if is_service && let Some((_, advice)) = tables::SERVICE_ALIASES.iter().find(|(alias, _)| *alias == key) {
        return Some((*advice).to_owned());
    }
    if semantics == Semantics::V2 && mapping.newer.iter().any(|(known, _)| *known == key) {
        return Some("Compose 5 knows it: update Compose, or remove it".into());
    }
    if let Some(near) = meant_key(key, mapping, semantics) {
        return Some(format!("did you mean `{near}`?"));
    }
    // Under one of the keys of this mapping: `dockerfile` of a service.
    let child = mapping.known(semantics).find(|(_, shape)| shape.mapping.is_some_and(|m| m.key(key, semantics).is_some()));
    if let Some((parent, _)) = child {
        return Some(format!("`{key}` belongs under `{parent}`"));
    }
    let top = std::ptr::eq(mapping, &raw const tables::ROOT);
    if top && (value.get("image").is_some() || value.get("build").is_some()) {
        return Some(format!("if `{}` is a service, indent it below a top-level `services:`", shown(key)));
    }
    // Further up: wrong indentation; else anywhere.
    let above = levels.iter().rev().skip(1).find(|m| m.key(key, semantics).is_some()).copied();
    let level = above.or_else(|| levels_of(semantics).get(key).copied())?;
    if std::ptr::eq(level, &raw const tables::ROOT) {
        return Some(format!("`{key}` is a top-level key: check the indentation"));
    }
    if tables::is_resource(mapping) && std::ptr::eq(level, &raw const tables::SERVICE) {
        return Some(format!("`{key}` is a key of a service: move it to the service meant, under `services`"));
    }
    Some(format!("`{key}` is a key of {}: check the indentation", level.what))
}

/// The key of this mapping that is like an unknown one. What is a key of newer versions, or has its own advice, is meant as it is.
pub(super) fn meant_key(key: &str, mapping: &'static Mapping, semantics: Semantics) -> Option<&'static str> {
    let is_service = std::ptr::eq(mapping, &raw const tables::SERVICE);
    let known_otherwise = is_service && tables::SERVICE_ALIASES.iter().any(|(alias, _)| *alias == key)
        || semantics == Semantics::V2 && mapping.newer.iter().any(|(known, _)| *known == key);
    nearest(key, mapping.known(semantics).map(|(known, _)| known)).filter(|_| !known_otherwise)
}

/// For every key the first mapping that has it, services before all others.
fn levels_of(semantics: Semantics) -> &'static BTreeMap<&'static str, &'static Mapping> {
    static V2: OnceLock<BTreeMap<&str, &Mapping>> = OnceLock::new();
    static V5: OnceLock<BTreeMap<&str, &Mapping>> = OnceLock::new();
    let index = match semantics {
        Semantics::V2 => &V2,
        Semantics::V5 => &V5,
    };
    index.get_or_init(|| {
        let mut found: BTreeMap<&'static str, &'static Mapping> = BTreeMap::new();
        // Breadth first: a key near the top is the likelier one. The tables hold no circle.
        let mut todo: Vec<&'static Mapping> = vec![&tables::SERVICE, &tables::ROOT];
        while !todo.is_empty() {
            let mut next = Vec::new();
            for mapping in todo {
                for (key, shape) in mapping.known(semantics) {
                    found.entry(key).or_insert(mapping);
                    next.extend(mappings_in(shape));
                }
                if let Some(names) = &mapping.names {
                    next.extend(mappings_in(&names.shape));
                }
            }
            todo = next;
        }
        found
    })
}

fn mappings_in(shape: &'static Shape) -> impl Iterator<Item = &'static Mapping> {
    shape.mapping.into_iter().chain(shape.list.and_then(|list| list.item.mapping))
}

/// Advice for a value of the wrong type. `number`: its text, if it may be shown.
pub(super) fn for_type(key: Option<&str>, value: &Value, shape: &Shape, number: Option<&str>) -> Option<String> {
    let takes_text = shape.text == Text::Any || shape.text == Text::ContainerName;
    let advice = match &value.data {
        Data::Null if shape.mapping.is_some_and(|m| !m.required.is_empty()) => {
            let required = shape.mapping.map(|m| list_words(m.required, "and")).unwrap_or_default();
            format!("give it {required}, indented below it")
        }
        Data::Null => "give it a value, or remove the line".into(),
        Data::Bool(_) if key == Some("restart") => "write `\"no\"`, `always`, `on-failure` or `unless-stopped`".into(),
        Data::Bool(_) if takes_text && key.is_none() => "put it in quotes".into(),
        Data::Bool(b) if takes_text => format!("put it in quotes if it is meant as text: `\"{b}\"`"),
        Data::Int(_) | Data::Float(_) if takes_text && shape.number == Number::No => match (shape.meaning, number) {
            (Meaning::Duration, Some(n)) => format!("give it a unit: `{n}s`"),
            (Meaning::Duration, None) => "give it a unit: `s`, `m` or `h`".into(),
            (Meaning::Size, Some(n)) => format!("give it a unit: `{n}b` or `{n}m`"),
            (Meaning::Size, None) => "give it a unit: `b`, `k`, `m` or `g`".into(),
            (_, Some(n)) => format!("put it in quotes: `\"{n}\"`"),
            (_, None) => "put it in quotes".into(),
        },
        Data::Int(_) | Data::Float(_) if shape.list.is_some() && shape.number == Number::No => {
            "write it as a list: one line with `- ` for each item".into()
        }
        Data::Float(f) if shape.number != Number::No && f.fract() != 0.0 => "write it without a fraction".into(),
        Data::Str(text) => match shape.text {
            Text::Words(words) => match nearest(text, words.iter().copied()).or_else(|| containing(text, words)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if shape.list.is_some() => "write it as a list: one line with `- ` for each item".into(),
                None => return None,
            },
            _ if shape.number != Number::No && text.trim().parse::<f64>().is_ok() => "remove the quotes".into(),
            _ if shape.boolean => "write `true` or `false`, without quotes".into(),
            _ if shape.list.is_some() => "write it as a list: one line with `- ` for each item".into(),
            _ => return None,
        },
        Data::Map(map) if key.is_none() && takes_text && map.len() == 1 => {
            "a colon with a blank behind it makes a mapping: put the item in quotes, or write `=` for the colon".into()
        }
        Data::Map(_) if shape.list.is_some() => "write it as a list: begin each item with `- `".into(),
        Data::Seq(_) if shape.mapping.is_some() => "write `key: value` lines instead of a list".into(),
        Data::Seq(_) if shape.text == Text::Any => "write one value instead of a list".into(),
        _ => return None,
    };
    Some(advice)
}

/// The only word that the text is a part of: `healthy` of `service_healthy`.
fn containing<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    let mut found = words.iter().filter(|word| text.len() > 2 && word.contains(text));
    found.next().filter(|_| found.next().is_none()).copied()
}
