//! Which values of a project are meant: `services.api.ports[0]`, `services.*.image`, `services.api.labels."traefik.enable"`.
//! Knows paths and nothing else.

use serde_json::Value as Json;

use crate::compose::problem::ModelPath;
use crate::nearest::nearest;

/// A path with wildcards. Written as [`ModelPath`] is shown: a key with a dot, a bracket or a quote in it stands in double quotes; `*`
/// stands for any part of a key, or for any position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// A key as written in quotes: no star means anything in it.
    Key(String),
    /// A key that may have stars in it.
    Glob(String),
    /// A position.
    Index(usize),
    /// Any position.
    AnyIndex,
}

/// Why a text is no path: a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing between two dots, or at an end.
    #[error("a part of the path is empty: write the keys with one dot between them, such as `services.api.image`")]
    Empty,
    /// A quote or bracket that is never closed.
    #[error("the `{0}` is never closed")]
    Open(char),
    /// Something else than a position in brackets.
    #[error("`[{0}]` is no position: write a number from 0, or `*`")]
    Position(String),
}

impl Pattern {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        loop {
            if let Some(inner) = rest.strip_prefix('[') {
                let (part, after) = bracket(inner)?;
                parts.push(part);
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('"') {
                let (key, after) = quoted(inner)?;
                parts.push(Part::Key(key));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                if key.is_empty() {
                    return Err(PatternError::Empty);
                }
                parts.push(Part::Glob(key.to_owned()));
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => return Ok(Self { parts }),
                None => {}
            }
        }
    }

    /// The values that it means, in the order of the project.
    pub fn find<'j>(&self, root: &'j Json) -> Vec<(ModelPath, &'j Json)> {
        let mut out = Vec::new();
        find(&self.parts, root, ModelPath::default(), &mut out);
        out
    }

    /// What to say when it means nothing: what is missing where, and what was probably meant. `None` if it means something.
    pub fn missing(&self, root: &Json) -> Option<Missing> {
        let known = |n: usize| {
            let mut out = Vec::new();
            find(self.parts.get(..n).unwrap_or_default(), root, ModelPath::default(), &mut out);
            out
        };
        let reached = (0..=self.parts.len()).rev().find(|n| !known(*n).is_empty())?;
        let part = self.parts.get(reached)?;
        let places = known(reached);
        let mut names: Vec<&str> = Vec::new();
        let mut items = 0;
        for (_, place) in &places {
            match place {
                Json::Object(map) => names.extend(map.keys().map(String::as_str).filter(|k| !names.contains(k)).collect::<Vec<_>>()),
                Json::Array(list) => items = items.max(list.len()),
                _ => {}
            }
        }
        let place = match places.as_slice() {
            [(path, _)] if !path.0.is_empty() => format!("`{path}`"),
            _ if reached == 0 => "the project".to_owned(),
            _ => "none of these places".to_owned(),
        };
        let wanted = match part {
            Part::Key(key) | Part::Glob(key) => key.clone(),
            Part::Index(index) => format!("[{index}]"),
            Part::AnyIndex => "[*]".to_owned(),
        };
        let message = if place.starts_with("none") { format!("{place} has `{wanted}`") } else { format!("{place} has no `{wanted}`") };
        let meant = nearest(&wanted, names.iter().copied()).and_then(|key| {
            let mut parts = self.parts.clone();
            *parts.get_mut(reached)? = Part::Key(key.to_owned());
            let whole = Self { parts };
            let shown = |n: usize| Self { parts: whole.parts.get(..n).unwrap_or_default().to_vec() }.to_string();
            Some(if whole.find(root).is_empty() { shown(reached + 1) } else { whole.to_string() })
        });
        let help = match (meant, items) {
            (Some(meant), _) => Some(format!("did you mean `{meant}`?")),
            (None, 1) => Some("it has one item, `[0]`".to_owned()),
            (None, 2..) => Some(format!("it has {items} items, `[0]` to `[{}]`", items - 1)),
            (None, 0) if names.is_empty() => Some("it is a single value".to_owned()),
            (None, 0) => {
                let mut some = names.iter().take(12).map(|n| format!("`{n}`")).collect::<Vec<_>>();
                if names.len() > some.len() {
                    some.push(format!("and {} more", names.len() - some.len()));
                }
                Some(format!("it has {}", some.join(", ")))
            }
        };
        Some(Missing { message, help })
    }
}

/// Why a path means nothing, and what may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is not there.
    pub message: String,
    /// What is.
    pub help: Option<String>,
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, part) in self.parts.iter().enumerate() {
            let dot = if i == 0 { "" } else { "." };
            match part {
                Part::Key(key) if key.contains(['.', '[', '"', '*']) => write!(f, "{dot}{key:?}")?,
                Part::Key(key) | Part::Glob(key) => write!(f, "{dot}{key}")?,
                Part::Index(index) => write!(f, "[{index}]")?,
                Part::AnyIndex => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

/// What stands in brackets, and what follows.
fn bracket(inner: &str) -> Result<(Part, &str), PatternError> {
    if let Some(text) = inner.strip_prefix('"') {
        let (key, after) = quoted(text)?;
        let after = after.strip_prefix(']').ok_or(PatternError::Open('['))?;
        return Ok((Part::Key(key), after));
    }
    let (position, after) = inner.split_once(']').ok_or(PatternError::Open('['))?;
    let part = match position.trim() {
        "*" => Part::AnyIndex,
        number => Part::Index(number.parse().map_err(|_| PatternError::Position(number.to_owned()))?),
    };
    Ok((part, after))
}

/// The text up to the closing quote, its escapes undone, and what follows.
fn quoted(inner: &str) -> Result<(String, &str), PatternError> {
    let mut out = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, inner.get(at + 1..).unwrap_or(""))),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('0') => out.push('\0'),
                Some('u') => {
                    let digits: String = chars.by_ref().map(|(_, c)| c).take_while(|c| *c != '}').filter(|c| *c != '{').collect();
                    out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                }
                Some(c) => out.push(c),
                None => break,
            },
            c => out.push(c),
        }
    }
    Err(PatternError::Open('"'))
}

fn find<'j>(parts: &[Part], value: &'j Json, path: ModelPath, out: &mut Vec<(ModelPath, &'j Json)>) {
    let Some((first, rest)) = parts.split_first() else {
        out.push((path, value));
        return;
    };
    match (value, first) {
        (Json::Object(map), Part::Key(key)) => {
            if let Some(value) = map.get(key) {
                find(rest, value, path.key(key), out);
            }
        }
        (Json::Object(map), Part::Glob(glob)) => {
            let before = out.len();
            for (key, value) in map.iter().filter(|(key, _)| matches(glob, key)) {
                find(rest, value, path.key(key), out);
            }
            if out.len() == before {
                dotted(map, glob, rest, &path, out);
            }
        }
        (Json::Array(items), Part::Index(index)) => {
            if let Some(value) = items.get(*index) {
                find(rest, value, path.index(*index), out);
            }
        }
        (Json::Array(items), Part::Glob(text)) => {
            for (index, value) in items.iter().enumerate().filter(|(index, _)| matches(text, &index.to_string())) {
                find(rest, value, path.index(index), out);
            }
        }
        (Json::Array(items), Part::AnyIndex) => {
            for (index, value) in items.iter().enumerate() {
                find(rest, value, path.index(index), out);
            }
        }
        _ => {}
    }
}

/// A key with dots that was written without quotes: `labels.traefik.enable`.
fn dotted<'j>(map: &'j serde_json::Map<String, Json>, first: &str, rest: &[Part], path: &ModelPath, out: &mut Vec<(ModelPath, &'j Json)>) {
    let mut key = first.to_owned();
    let mut rest = rest;
    while let Some((Part::Glob(next), after)) = rest.split_first() {
        key.push('.');
        key.push_str(next);
        rest = after;
        if let Some(value) = map.get(&key) {
            find(rest, value, path.key(&key), out);
        }
    }
}

/// True if a text is of this form, `*` being anything.
fn matches(glob: &str, text: &str) -> bool {
    let mut pieces = glob.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn project() -> Json {
        json!({"name": "shop", "services": {
            "api": {"image": "a", "ports": [{"target": 80}, {"target": 81}], "labels": {"traefik.enable": "true", "a*b": "x"}},
            "db": {"image": "b", "environment": {"DB_USER": "u", "DB_NAME": "n", "TZ": "z"}},
        }})
    }

    fn found(pattern: &str) -> String {
        let project = project();
        let found = Pattern::parse(pattern).unwrap().find(&project).into_iter().map(|(path, _)| path.to_string());
        found.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn paths_mean_what_they_say() {
        for (pattern, wanted) in [
            ("name", "name"),
            ("services.api.ports[1].target", "services.api.ports[1].target"),
            ("services.*.image", "services.api.image services.db.image"),
            ("services.api.ports[*].target", "services.api.ports[0].target services.api.ports[1].target"),
            ("services.api.ports.*.target", "services.api.ports[0].target services.api.ports[1].target"),
            ("services.db.environment.DB_*", "services.db.environment.DB_USER services.db.environment.DB_NAME"),
            ("services.db.environment.*_*E", "services.db.environment.DB_NAME"),
            ("services.api.labels.\"traefik.enable\"", "services.api.labels.\"traefik.enable\""),
            ("services.api.labels[\"traefik.enable\"]", "services.api.labels.\"traefik.enable\""),
            ("services.api.labels.traefik.enable", "services.api.labels.\"traefik.enable\""),
            ("services.api.labels.\"a*b\"", "services.api.labels.a*b"),
            ("services.api.ports[7]", ""),
            ("services.api.image.x", ""),
        ] {
            assert_eq!(found(pattern), wanted, "{pattern}");
        }
    }

    #[test]
    fn every_shown_path_finds_itself() {
        let awkward = json!({"a.b": {"c\"d": [1], "e[0]": 2, "f\n.\u{7}": 3, "plain key": 4}});
        for path in [
            ModelPath::keys(&["a.b", "c\"d"]).index(0),
            ModelPath::keys(&["a.b", "e[0]"]),
            ModelPath::keys(&["a.b", "f\n.\u{7}"]),
            ModelPath::keys(&["a.b", "plain key"]),
        ] {
            let found = Pattern::parse(&path.to_string()).unwrap().find(&awkward);
            assert_eq!(found.len(), 1, "{path}");
            assert_eq!(found.first().unwrap().0, path);
        }
    }

    #[test]
    fn what_is_no_path_is_said() {
        for (text, wanted) in [
            ("", PatternError::Empty),
            ("services..x", PatternError::Empty),
            ("services.", PatternError::Empty),
            ("a.\"b", PatternError::Open('"')),
            ("a[0", PatternError::Open('[')),
            ("a[x]", PatternError::Position("x".into())),
        ] {
            assert_eq!(Pattern::parse(text), Err(wanted), "{text}");
        }
    }

    #[test]
    fn what_was_meant_is_said() {
        let project = project();
        let missing = |text: &str| {
            let missing = Pattern::parse(text).unwrap().missing(&project).unwrap();
            format!("{}; {}", missing.message, missing.help.unwrap_or_default())
        };
        let all: Vec<String> = [
            "services.apo.image",
            "service.api",
            "services.api.imgae",
            "services.api.ports[2]",
            "services.*.imag",
            "services.api.image.x",
            "services.web",
        ]
        .into_iter()
        .map(missing)
        .collect();
        insta::assert_snapshot!(all.join("\n"), @"
        `services` has no `apo`; did you mean `services.api.image`?
        the project has no `service`; did you mean `services.api`?
        `services.api` has no `imgae`; did you mean `services.api.image`?
        `services.api.ports` has no `[2]`; it has 2 items, `[0]` to `[1]`
        none of these places has `imag`; did you mean `services.*.image`?
        `services.api.image` has no `x`; it is a single value
        `services` has no `web`; it has `api`, `db`
        ");
        assert_eq!(Pattern::parse("services.api").unwrap().missing(&project), None);
    }
}
