//! The configuration of dclint, in our words. What has no equivalent becomes a comment that says why.

use serde_json::Value;

use crate::rules::{self, OptionDefault, RuleDef};
use crate::yaml::{Kind, NodeId, Style, Tree};

/// What a configuration of dclint says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    /// Lines below `rules:`, comments among them.
    pub rules: Vec<String>,
    /// Patterns.
    pub exclude: Vec<String>,
    /// What has no equivalent: sentences.
    pub notes: Vec<String>,
}

/// Deeper is no configuration of dclint.
const DEPTH: usize = 16;
const VALUES: usize = 10_000;

/// A tree as plain data, which is what JSON and YAML say alike; `None` if it is deeper or longer than a configuration.
pub fn data(tree: &Tree) -> Option<Value> {
    let root = tree.documents.first()?.root;
    node(tree, root, DEPTH, &mut 0)
}

fn node(tree: &Tree, id: NodeId, depth: usize, count: &mut usize) -> Option<Value> {
    *count += 1;
    let depth = depth.checked_sub(1)?;
    if *count > VALUES {
        return None;
    }
    Some(match &tree.node(tree.deref(id)).kind {
        Kind::Scalar(scalar) if scalar.style == Style::Plain => match &*scalar.text {
            "true" => true.into(),
            "false" => false.into(),
            "" | "~" | "null" => Value::Null,
            text => text.parse::<u64>().map_or_else(|_| text.into(), Value::from),
        },
        Kind::Scalar(scalar) => Value::from(&*scalar.text),
        Kind::Sequence { items, .. } => Value::Array(items.iter().map(|i| node(tree, *i, depth, count)).collect::<Option<_>>()?),
        Kind::Mapping { entries, .. } => {
            let pairs = entries.iter().map(|e| Some((tree.text(e.key)?.to_owned(), node(tree, e.value, depth, count)?)));
            Value::Object(pairs.collect::<Option<_>>()?)
        }
        Kind::Alias { .. } => return None,
    })
}

/// Translates. Errors: it is no configuration of dclint.
pub fn translate(config: &Value) -> Result<Translated, String> {
    let Some(config) = config.as_object() else { return Err("that is a mapping with `rules`".into()) };
    if !config.is_empty() && !config.keys().any(|k| matches!(k.as_str(), "rules" | "exclude" | "quiet" | "debug")) {
        return Err("it has none of the keys `rules`, `exclude`, `quiet` and `debug`".into());
    }
    let mut out = Translated::default();
    for (key, value) in config {
        match (key.as_str(), value) {
            ("rules", Value::Object(rules)) => {
                for (name, setting) in rules {
                    rule(name, setting, &mut out);
                }
            }
            ("exclude", Value::Array(parts)) => out.exclude.extend(parts.iter().filter_map(Value::as_str).filter_map(pattern)),
            ("quiet", Value::Bool(quiet)) => {
                if *quiet {
                    out.notes.push("`quiet`: dclint leaves out warnings; `--fail-on error` shows them and does not fail".into());
                }
            }
            ("debug", Value::Bool(debug)) => {
                if *debug {
                    out.notes.push("`debug`: give `--verbose`".into());
                }
            }
            ("rules" | "exclude" | "quiet" | "debug", _) => {
                out.notes.push(format!("`{}`: its value is of another kind than dclint takes", plain(key)));
            }
            (key, _) => out.notes.push(format!("`{}`: there is nothing like it", plain(key))),
        }
    }
    Ok(out)
}

/// One line, whatever is in it.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn rule(name: &str, setting: &Value, out: &mut Translated) {
    let (level, options) = match setting {
        Value::Array(parts) => (parts.first(), parts.get(1).and_then(Value::as_object)),
        level => (Some(level), None),
    };
    let severity = match (level.and_then(Value::as_u64), level.and_then(Value::as_str)) {
        (Some(0), _) | (_, Some("off")) => "off",
        (Some(1), _) | (_, Some("warn" | "warning")) => "warning",
        (Some(2), _) | (_, Some("error")) => "error",
        _ => {
            out.rules.push(format!("# {}: its level is none of 0, 1 and 2, and no `off`, `warn` or `error`", plain(name)));
            return;
        }
    };
    let ours: Vec<&'static RuleDef> = rules::of_dclint(name).filter_map(rules::find).collect();
    if ours.is_empty() {
        out.rules.push(format!("# {}: no rule finds only this", plain(name)));
        return;
    }
    for rule in ours {
        let mut set = Vec::new();
        for (option, value) in options.into_iter().flatten().filter(|_| severity != "off") {
            match translated_option(rule, name, option, value) {
                Some(Taken::Set(text)) => set.push(text),
                Some(Taken::Default) => {}
                None => out.rules.push(format!("# {}, option {}: `{}` has nothing like it", plain(name), plain(option), rule.meta.name)),
            }
        }
        let line = match set.as_slice() {
            [] => format!("{}: {severity}", rule.meta.name),
            set => format!("{}: {{severity: {severity}, {}}}", rule.meta.name, set.join(", ")),
        };
        // Where the name is another one, what it was called.
        let was = if rule.meta.name == name { String::new() } else { format!("  # {name}") };
        out.rules.push(line + &was);
    }
}

/// An option in our words.
enum Taken {
    /// `name: value`.
    Set(String),
    /// It is so anyway.
    Default,
}

/// An option of dclint as ours; `None`: there is none like it.
fn translated_option(rule: &RuleDef, dclint: &str, option: &str, value: &Value) -> Option<Taken> {
    let name = match (dclint, option) {
        ("require-quotes-in-ports", "quoteType") => "quotes",
        ("require-quotes-in-ports", "portsSections") => "sections",
        ("service-image-require-explicit-tag", "prohibitedTags") => "tags",
        ("service-keys-order", "groupOrder") => "groups",
        ("top-level-properties-order", "customOrder") => "order",
        ("no-build-and-image", "checkPullPolicy") => "check-pull-policy",
        _ => return None,
    };
    let definition = rule.meta.options.iter().find(|o| o.name == name)?;
    let is_default;
    let text = match (definition.default, value) {
        (OptionDefault::Flag(default), Value::Bool(flag)) => {
            is_default = default == *flag;
            flag.to_string()
        }
        (OptionDefault::Choice(words), Value::String(word)) if words.contains(&word.as_str()) => {
            is_default = words.first() == Some(&word.as_str());
            word.clone()
        }
        (OptionDefault::List(default), Value::Array(items)) => {
            let items: Vec<&str> = items.iter().map(|i| i.as_str().map(|i| word(name, i))).collect::<Option<_>>()?;
            // A group of another name would be taken for one that is left out.
            if name == "groups" && items.iter().any(|i| !default.contains(i) && *i != "other") {
                return None;
            }
            is_default = default == items;
            let quoted: Vec<String> = items.iter().map(|i| Value::from(*i).to_string()).collect();
            format!("[{}]", quoted.join(", "))
        }
        _ => return None,
    };
    Some(if is_default { Taken::Default } else { Taken::Set(format!("{name}: {text}")) })
}

/// A word of a list of dclint in ours.
fn word<'a>(option: &str, word: &'a str) -> &'a str {
    match (option, word) {
        ("order", "x-properties" | "x-") => "x-",
        ("groups", "dataManagement" | "data_management" | "data-management") => "data",
        ("groups", "networking") => "network",
        _ => word,
    }
}

/// dclint leaves out each path that contains the text; `None`: it is empty.
fn pattern(text: &str) -> Option<String> {
    let inner = text.trim_start_matches("./").trim_start_matches('/');
    let directory = inner.ends_with('/');
    let inner = inner.trim_end_matches('/');
    // What dclint leaves out by itself is never searched here either.
    let searched = !matches!(inner, "node_modules" | ".git" | ".idea");
    if !searched || inner.is_empty() || inner.split('/').any(|part| part == "..") {
        return None;
    }
    let escaped: String =
        inner.chars().flat_map(|c| if "*?[]{}\\".contains(c) { vec!['\\', c] } else { vec![c] }).filter(|c| !c.is_control()).collect();
    let anywhere = if inner.contains('/') { "**/" } else { "" };
    Some(if directory { format!("{anywhere}*{escaped}/") } else { format!("{anywhere}*{escaped}*") })
}
