//! The variables that a project asks for, with their defaults (`config --variables`, spec/resolve.md 6.6). Reads the texts of a tree that
//! was not interpolated, as Compose does: nothing is looked up.

use std::collections::BTreeMap;

use super::value::{Data, Map, Value};

/// More nesting than this is not looked into.
const MAX_DEPTH: usize = 64;

/// What a project says of one variable. Used in several ways, the first that says something counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// What stands in if it is not set: `${X:-this}`, as written.
    pub default: String,
    /// What stands in if it is set: `${X:+this}`, as written.
    pub alternate: String,
    /// True for `${X:?…}`.
    pub required: bool,
}

/// All variables of a tree, by name.
pub fn asked(tree: &Map) -> BTreeMap<String, Asked> {
    let mut out = BTreeMap::new();
    for entry in tree.values() {
        value(&entry.value, &mut out);
    }
    out
}

/// True for what Compose, Docker or the shell sets by itself: no example of an env file has it.
pub fn is_ambient(name: &str) -> bool {
    name.starts_with("COMPOSE_")
        || name.starts_with("DOCKER_")
        || matches!(name, "HOME" | "USER" | "PWD" | "PATH" | "UID" | "GID" | "HOSTNAME")
}

/// The names that the example of an env file mentions, commented out or not.
pub fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim_start_matches(['#', ' ', '\t']);
        let name = line.strip_prefix("export ").unwrap_or(line).split(['=', ':']).next()?.trim();
        (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')).then_some(name)
    })
}

fn value(at: &Value, out: &mut BTreeMap<String, Asked>) {
    match &at.data {
        Data::Str(text) => extract(text, 0, out),
        Data::Seq(items) => items.iter().for_each(|v| value(v, out)),
        Data::Map(map) => map.values().for_each(|e| value(&e.value, out)),
        _ => {}
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of the name at the start of a text.
fn name(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c| !is_name(c)).unwrap_or(text.len())
}

fn extract(text: &str, depth: usize, out: &mut BTreeMap<String, Asked>) {
    if depth > MAX_DEPTH {
        return;
    }
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('$') {
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
            continue;
        }
        let plain = name(rest);
        if let Some((found, after)) = rest.split_at_checked(plain).filter(|_| plain > 0) {
            add(found, Asked::default(), out);
            rest = after;
            continue;
        }
        let Some((inner, after)) = rest.strip_prefix('{').and_then(braced) else { continue };
        rest = after;
        let Some((found, operation)) = inner.split_at_checked(name(inner)).filter(|(found, _)| !found.is_empty()) else { continue };
        let operand = operation.strip_prefix(':').unwrap_or(operation);
        let mut asked = Asked::default();
        match operand.split_at_checked(1) {
            Some(("?", _)) => asked.required = true,
            Some(("-", word)) => word.clone_into(&mut asked.default),
            Some(("+", word)) => word.clone_into(&mut asked.alternate),
            None if operation.is_empty() => {}
            _ => continue,
        }
        let nested = [asked.default.clone(), asked.alternate.clone()];
        add(found, asked, out);
        for word in &nested {
            extract(word, depth + 1, out);
        }
    }
}

/// What is within braces, the first of which was just passed, and what is behind them.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1usize;
    for (i, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some((text.get(..i)?, text.get(i + 1..)?));
        }
    }
    None
}

fn add(name: &str, asked: Asked, out: &mut BTreeMap<String, Asked>) {
    let known = out.entry(name.to_owned()).or_default();
    if *known == Asked::default() {
        *known = asked;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_nested_and_plain() {
        let mut out = BTreeMap::new();
        extract("$P ${A:-${B:-c}} ${R:?need ${M}} $$no $${no} ${Q+alt} ${P-late} ${1x} ${ } $", 0, &mut out);
        let shown: Vec<String> =
            out.iter().map(|(k, v)| format!("{k} default={} alternate={} required={}", v.default, v.alternate, v.required)).collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        A default=${B:-c} alternate= required=false
        B default=c alternate= required=false
        P default=late alternate= required=false
        Q default= alternate=alt required=false
        R default= alternate= required=true
        ");
    }

    #[test]
    fn deep_nesting_ends() {
        let text = "${A:-".repeat(100_000) + &"}".repeat(100_000);
        extract(&text, 0, &mut BTreeMap::new());
    }
}
