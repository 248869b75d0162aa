//! The JSON Schema of the configuration, made from the rules and from the words that the reader takes, for editors.

use serde_json::{Map, Value, json};

use super::read::{ENVIRONMENT_KEYS, FAIL_ON, KEYS, LEVELS, OVERRIDE_KEYS, PROJECT_KEYS};
use super::standard::POINTS;
use crate::rules::{self, OptionDef, OptionDefault, Preset, Topic};

/// The schema: draft 7, which editors know best.
pub fn schema() -> Value {
    let level = json!({"enum": LEVELS.iter().map(|l| json!(l)).chain([json!(true), json!(false)]).collect::<Vec<_>>()});
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": ".composelint.yaml",
        "description": "What composelint is to judge, and how. See docs/configuration.md.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": object(KEYS, key_of_file),
        "definitions": {
            "level": level,
            "texts": texts("A text, or a list of texts."),
            "rules": rules_schema(),
        },
    })
}

/// An object with these keys, and what each takes.
fn object(keys: &[&str], of: impl Fn(&str) -> Value) -> Value {
    Value::Object(keys.iter().map(|key| ((*key).to_owned(), of(key))).collect())
}

fn closed(keys: &[&str], of: impl Fn(&str) -> Value) -> Value {
    json!({"type": ["object", "null"], "additionalProperties": false, "properties": object(keys, of)})
}

fn texts(description: &str) -> Value {
    let text = json!({"type": ["string", "number", "boolean"]});
    json!({
        "description": description,
        "anyOf": [text, {"type": "null"}, {"type": "array", "items": text}],
    })
}

fn text(description: &str) -> Value {
    json!({"description": description, "type": ["string", "number", "boolean"]})
}

fn key_of_file(key: &str) -> Value {
    match key {
        "compose-version" => json!({
            "description": "Whose answers to give where versions of Compose differ. Default: the newest.",
            "type": ["string", "number"],
            "examples": ["2.40", "5"],
        }),
        "presets" => {
            let name = json!({"enum": Preset::ALL.iter().map(|p| p.name()).collect::<Vec<_>>()});
            json!({
                "description": "The rules to start from. Default: recommended.",
                "anyOf": [name, {"type": "null"}, {"type": "array", "items": name}],
            })
        }
        "rules" => json!({"$ref": "#/definitions/rules"}),
        "overrides" => json!({
            "description": "What holds for some paths only; a later one wins.",
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["paths"],
                "properties": object(OVERRIDE_KEYS, |key| match key {
                    "paths" => texts("Patterns as in .gitignore, from the directory of this file: what the override holds for."),
                    _ => json!({"$ref": "#/definitions/rules"}),
                }),
            },
        }),
        "exclude" => texts("Patterns as in .gitignore, from the directory of this file: what is not judged."),
        "projects" => json!({
            "description": "Files that belong together, where that cannot be told from their names.",
            "type": ["array", "null"],
            "items": closed(PROJECT_KEYS, |key| match key {
                "environments" => json!({
                    "description": "Each is judged as a project of its own: what it says is added to what the project says.",
                    "type": ["object", "null"],
                    "additionalProperties": closed(ENVIRONMENT_KEYS, key_of_project),
                }),
                key => key_of_project(key),
            }),
        }),
        "hosts" => texts("Patterns of directories: each directory that matches is one host. Stacks of different hosts do not collide."),
        "fail-on" => json!({
            "description": "Exit with 1 if there is a finding this bad or worse. Default: warning for check, never for audit.",
            "enum": FAIL_ON,
        }),
        "standard" => json!({
            "description": "What `audit` holds every stack against.",
            "type": ["array", "null"],
            "items": { "oneOf": POINTS.iter().map(|p| json!({"const": p.name, "description": p.summary})).collect::<Vec<_>>() },
        }),
        "baseline" => text("The file with the findings that are known, from the directory of this file."),
        _ => json!({}),
    }
}

fn key_of_project(key: &str) -> Value {
    match key {
        "directory" => text("Where Compose is run, from the directory of this file. Default: that directory."),
        "files" => texts("The files in the order of -f, from `directory`. Default: those that Compose finds."),
        "profiles" => texts("The active profiles. Default: all."),
        "env-files" => texts("The files with variables, from `directory`. Default: .env."),
        "name" => text("The project's name, as with -p."),
        _ => json!({}),
    }
}

fn rules_schema() -> Value {
    let mut properties = Map::new();
    for topic in Topic::ALL {
        properties.insert(
            topic.name().to_owned(),
            json!({
                "description": format!("Every rule about {}.", topic.name()),
                "anyOf": [{"$ref": "#/definitions/level"}, closed(&["severity"], |_| json!({"$ref": "#/definitions/level"}))],
            }),
        );
    }
    for rule in rules::ALL {
        let meta = &rule.meta;
        let keys: Vec<&str> = std::iter::once("severity").chain(meta.options.iter().map(|o| o.name)).collect();
        let long = closed(&keys, |key| match meta.options.iter().find(|o| o.name == key) {
            Some(option) => of_option(option),
            None => json!({"$ref": "#/definitions/level"}),
        });
        let description = format!("{} ({})", meta.summary, meta.severity);
        properties.insert(meta.name.to_owned(), json!({"description": description, "anyOf": [{"$ref": "#/definitions/level"}, long]}));
    }
    json!({"type": ["object", "null"], "additionalProperties": false, "properties": properties})
}

fn of_option(option: &OptionDef) -> Value {
    match option.default {
        OptionDefault::Number(n) => json!({"description": option.summary, "type": "integer", "minimum": 0, "default": n}),
        OptionDefault::Flag(flag) => json!({"description": option.summary, "type": "boolean", "default": flag}),
        OptionDefault::Choice(words) => json!({"description": option.summary, "enum": words, "default": words.first()}),
        OptionDefault::List(items) => {
            let mut schema = texts(option.summary);
            if let Some(object) = schema.as_object_mut() {
                object.insert("default".into(), json!(items));
            }
            schema
        }
    }
}
