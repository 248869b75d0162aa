//! The tables against the JSON schemas that Compose publishes, shape by shape: that makes accepting and refusing the same for every input.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

use super::super::super::Semantics;
use super::super::shape::{List, Mapping, Number, Others, Pattern, Shape, Text};
use super::super::tables;

/// The shape of a JSON schema, in our words. Only what the Compose schema uses.
struct Published<'a> {
    root: &'a Json,
}

impl<'a> Published<'a> {
    fn follow(&self, mut schema: &'a Json) -> &'a Json {
        while let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
            schema = self.root.pointer(reference.trim_start_matches('#')).unwrap();
        }
        schema
    }

    /// Every branch with one type each.
    fn branches(&self, schema: &'a Json) -> Vec<(&'a str, &'a Json)> {
        let schema = self.follow(schema);
        if let Some(branches) = schema.get("oneOf").and_then(Json::as_array) {
            return branches.iter().flat_map(|branch| self.branches(branch)).collect();
        }
        match &schema["type"] {
            Json::String(one) => vec![(one, schema)],
            Json::Array(several) => several.iter().map(|one| (one.as_str().unwrap(), schema)).collect(),
            _ => vec![("any", schema)],
        }
    }

    /// Adds a line for everything that our shape says otherwise.
    fn compare(&self, schema: &'a Json, shape: &Shape, semantics: Semantics, place: &str, out: &mut Vec<String>) {
        let branches = self.branches(schema);
        let find = |name: &str| branches.iter().find(|(kind, _)| *kind == name).map(|(_, schema)| *schema);
        let names: BTreeSet<&str> = branches.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(names.len(), branches.len(), "{place}: two branches of one type");
        let mut differ = |what: &str, same: bool| {
            if !same {
                out.push(format!("{place}: {what}"));
            }
        };
        differ("any", shape.any == find("any").is_some());
        differ("null", shape.null == find("null").is_some());
        differ("boolean", shape.boolean == find("boolean").is_some());
        differ("list", shape.list.is_some() == find("array").is_some());
        differ("mapping", shape.mapping.is_some() == find("object").is_some());
        let number = match (find("number"), find("integer")) {
            (Some(_), _) => Number::Any,
            (None, Some(schema)) => match (schema.get("minimum").and_then(Json::as_i64), schema.get("maximum").and_then(Json::as_i64)) {
                (Some(low), Some(high)) => Number::Between(low, high),
                (Some(low), None) => Number::From(low),
                _ => Number::Whole,
            },
            (None, None) => Number::No,
        };
        differ("number", shape.number == number);
        match find("string") {
            None => differ("text", shape.text == Text::No),
            Some(schema) => match (schema.get("enum").and_then(Json::as_array), schema.get("pattern").and_then(Json::as_str)) {
                (Some(words), _) => differ("words", matches!(shape.text, Text::Words(ours) if ours == words.as_slice())),
                (None, Some(pattern)) if pattern.contains("always") => differ("pattern", shape.text == Text::PullPolicy),
                (None, Some(_)) => differ("pattern", shape.text == Text::ContainerName),
                (None, None) => differ("text", shape.text == Text::Any),
            },
        }
        if let (Some(schema), Some(List { item, unique })) = (find("array"), shape.list) {
            let published = schema.get("uniqueItems").and_then(Json::as_bool).unwrap_or(false);
            if *unique != published {
                out.push(format!("{place}: unique"));
            }
            self.compare(&schema["items"], item, semantics, &format!("{place}[]"), out);
        }
        if let (Some(schema), Some(mapping)) = (find("object"), shape.mapping) {
            self.compare_mapping(schema, mapping, semantics, place, out);
        }
    }

    fn compare_mapping(&self, schema: &'a Json, mapping: &'static Mapping, semantics: Semantics, place: &str, out: &mut Vec<String>) {
        let none = serde_json::Map::new();
        let keys = schema.get("properties").and_then(Json::as_object).unwrap_or(&none);
        for (key, below) in keys {
            match mapping.key(key, semantics) {
                Some(shape) => self.compare(below, shape, semantics, &format!("{place}.{key}"), out),
                None => out.push(format!("{place}.{key}: we do not know it")),
            }
        }
        for (key, _) in mapping.known(semantics) {
            if !keys.contains_key(key) {
                out.push(format!("{place}.{key}: only we know it"));
            }
        }
        let patterns = schema.get("patternProperties").and_then(Json::as_object).unwrap_or(&none);
        let closed = schema.get("additionalProperties").is_some();
        let others = match (closed, patterns.contains_key("^x-")) {
            (false, _) => Others::Ignored,
            (true, true) => Others::Extensions,
            (true, false) => Others::Refused,
        };
        if others != mapping.others {
            out.push(format!("{place}: other keys are {:?}, it should be {others:?}", mapping.others));
        }
        let names = patterns.iter().find(|(pattern, _)| *pattern != "^x-");
        match (names, &mapping.names) {
            (None, None) => {}
            (Some((pattern, below)), Some(names)) => {
                let pattern = match pattern.as_str() {
                    "^[a-zA-Z0-9._-]+$" => Pattern::Identifier,
                    "^[a-z]+$" => Pattern::Lowercase,
                    "^.+$" => Pattern::OneLine,
                    ".+" => Pattern::Filled,
                    other => panic!("{place}: a pattern we have no word for: {other}"),
                };
                if pattern != names.pattern {
                    out.push(format!("{place}: pattern"));
                }
                self.compare(below, &names.shape, semantics, &format!("{place}.*"), out);
            }
            _ => out.push(format!("{place}: names")),
        }
        let required = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        let published = schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
        if required(published) != required(mapping.required.to_vec()) {
            out.push(format!("{place}: required"));
        }
    }
}

/// The published schema, where it is at hand.
fn published(name: &str) -> Option<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/schema").join(name);
    #[allow(clippy::disallowed_methods)] // the fixture is outside the project
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        println!("skipped: {name} is not at hand");
    }
    text.map(|text| serde_json::from_str(&text).unwrap())
}

#[test]
fn the_tables_say_exactly_what_the_published_schemas_say() {
    static ROOT: Shape = Shape::NOTHING.or_mapping(&tables::ROOT);
    for (name, semantics) in [("schema-2.9.1.json", Semantics::V2), ("schema-head.json", Semantics::V5)] {
        if let Some(schema) = published(name) {
            let mut differences = Vec::new();
            Published { root: &schema }.compare(&schema, &ROOT, semantics, name, &mut differences);
            assert!(differences.is_empty(), "{}", differences.join("\n"));
        }
    }
}

#[test]
fn every_key_of_the_newest_specification_is_known() {
    static ROOT: Shape = Shape::NOTHING.or_mapping(&tables::ROOT);
    if let Some(schema) = published("compose-spec.json") {
        let mut differences = Vec::new();
        Published { root: &schema }.compare(&schema, &ROOT, Semantics::V5, "compose-spec", &mut differences);
        differences.retain(|line| line.ends_with("we do not know it"));
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

#[test]
fn keys_are_sorted_because_they_are_searched_by_halves() {
    let mut todo = vec![&tables::ROOT];
    while let Some(mapping) = todo.pop() {
        for keys in [mapping.keys, mapping.newer] {
            assert!(keys.is_sorted_by(|(a, _), (b, _)| a < b), "{}", mapping.what);
        }
        let names = mapping.names.as_ref().map(|names| &names.shape);
        for shape in mapping.known(Semantics::V5).map(|(_, shape)| shape).chain(names) {
            todo.extend(shape.mapping);
            todo.extend(shape.list.and_then(|list| list.item.mapping));
        }
    }
}
