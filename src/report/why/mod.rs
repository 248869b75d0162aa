//! Where the values of a resolved project come from: the answer to `config --why PATH`, for people and as JSON, and the comments of
//! `config --explain`. Every text goes through the [`Redactor`]; a secret's value is never part of an answer. Resolves nothing itself.

mod pattern;

use std::cell::OnceCell;

use serde::Serialize;
use serde_json::Value as Json;

pub use pattern::{Missing, Pattern, PatternError};

use super::human::Style;
use super::origins::{Found, Origins};
use super::{Redactor, display_path, plain};
use crate::compose::problem::{ModelPath, Part};
use crate::compose::value::{Definition, Origin, Step};
use crate::secret;
use crate::source::{Sources, Span};

/// What stands where a secret would.
const STARS: &str = "***";
/// Characters of a source line that are shown.
const LINE: usize = 90;
/// Characters of a value that are shown to people.
const VALUE: usize = 200;
/// Steps that are shown for one value, the last ones: nobody writes more, but merge keys can be made to take thousands.
const STEPS: usize = 32;
/// Earlier values that are shown for one value.
const REPLACED: usize = 8;

/// A resolved project that can be asked.
pub struct Why<'a> {
    /// The texts.
    pub sources: &'a Sources,
    /// What may not be shown.
    pub redactor: &'a Redactor,
    /// The current directory, absolute: paths below it are shown relative to it.
    pub directory: &'a std::path::Path,
    /// The origins of all values.
    pub origins: Origins<'a>,
    /// The project as it is printed, dollars not doubled.
    pub printed: &'a Json,
}

/// One value and how it came to be.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// Its path in the project.
    path: String,
    /// The value; `"***"` where it is or holds a secret.
    value: Json,
    /// True if `value` is not shown, or not whole.
    hidden: bool,
    /// Why it is there if nobody wrote it; `at` is then the place that it belongs to.
    supplied: Option<&'static str>,
    /// Where it is written.
    at: Option<Place>,
    /// How it got from there to where it is, in this order.
    steps: Vec<Shown>,
    /// What stood there before, the latest first.
    replaced: Vec<Earlier>,
}

/// A value that was replaced.
#[derive(Debug, Serialize)]
struct Earlier {
    /// Where it is written.
    at: Option<Place>,
    /// Why it was there if nobody wrote it.
    supplied: Option<&'static str>,
    /// How it got there.
    steps: Vec<Shown>,
}

/// A place in a file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Place {
    path: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    /// Its first line, secrets masked.
    text: String,
}

/// One step on the way of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Shown {
    /// The file was included here.
    Include { at: Option<Place> },
    /// The service was extended here.
    Extends { service: String, at: Option<Place> },
    /// It came through this alias.
    Alias { at: Option<Place> },
    /// It came through this merge key.
    Merge { at: Option<Place> },
    /// A variable took part in it.
    Variable { name: String, from: From, at: Option<Place> },
    /// The env file or label file that it is written in is named here.
    EnvFile { at: Option<Place> },
}

/// Where a variable has its value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum From {
    Environment,
    EnvFile,
    /// The default in the expression.
    Default,
    /// It is not set, and became empty text.
    Unset,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    values: &'a [Answer],
}

/// The answers as JSON, with a line break at the end. Within `version` 1 keys are added, never renamed or removed.
pub fn json(answers: &[Answer]) -> String {
    let mut out = serde_json::to_string_pretty(&Document { version: 1, values: answers }).unwrap_or_default();
    out.push('\n');
    out
}

impl Why<'_> {
    /// The values that a pattern means. A mapping or list that was written as one text is one value, others are told value by value.
    pub fn answers(&self, pattern: &Pattern) -> Vec<Answer> {
        let mut out = Vec::new();
        for (path, value) in pattern.find(self.printed) {
            self.collect(&path, value, &mut out);
        }
        out
    }

    fn collect(&self, path: &ModelPath, value: &Json, out: &mut Vec<Answer>) {
        let found = self.origins.of(path, value);
        let together = found.as_ref().is_some_and(|f| self.is_one(path, value, &f.origin));
        match value {
            Json::Object(map) if !map.is_empty() && !together => {
                map.iter().for_each(|(key, value)| self.collect(&path.key(key), value, out));
            }
            Json::Array(items) if !items.is_empty() && !together => {
                items.iter().enumerate().for_each(|(index, value)| self.collect(&path.index(index), value, out));
            }
            _ => out.extend(found.map(|found| self.answer(path, value, &found))),
        }
    }

    /// True if all that is below a place was made of the same text: a short form, the words of a command.
    fn is_one(&self, path: &ModelPath, value: &Json, origin: &Origin) -> bool {
        let same = |path: ModelPath, value: &Json| {
            self.origins.of(&path, value).is_some_and(|f| {
                // What is supplied beside something written is part of it; what only hangs on the place of a key is not.
                let alike = f.origin.at == origin.at && (f.origin.is_default() || !origin.is_default());
                alike && self.is_one(&path, value, origin)
            })
        };
        match value {
            Json::Object(map) => map.iter().all(|(key, value)| same(path.key(key), value)),
            Json::Array(items) => items.iter().enumerate().all(|(index, value)| same(path.index(index), value)),
            _ => true,
        }
    }

    fn answer(&self, path: &ModelPath, value: &Json, found: &Found) -> Answer {
        let mut hidden = false;
        let value = self.value(path, value, &found.origin, &OnceCell::new(), &mut hidden);
        let mut replaced = Vec::new();
        let item = found.origin.replaced.is_none().then(|| self.item(path)).flatten();
        let mut earlier = found.origin.replaced.as_deref().or(item.as_ref().and_then(|i| i.replaced.as_deref()));
        while let Some(origin) = earlier.filter(|_| replaced.len() < REPLACED) {
            let (supplied, steps) = self.steps(origin);
            replaced.push(Earlier { at: self.place(origin.at), supplied, steps });
            earlier = origin.replaced.as_deref();
        }
        let (supplied, mut steps) = self.steps(&found.origin);
        if hidden {
            // The line of a variable that a secret was made of is as good as the secret.
            for step in &mut steps {
                if let Shown::Variable { name, at: Some(at), .. } = step {
                    at.text = format!("{name}={STARS}");
                }
            }
            for earlier in &mut replaced {
                earlier.steps.retain(|s| !matches!(s, Shown::Variable { .. }));
            }
        }
        Answer {
            path: self.redactor.text(&path.to_string()).into_owned(),
            value,
            hidden,
            supplied,
            at: self.place(found.origin.at),
            steps,
            replaced,
        }
    }

    /// The origin of the item of a list that a value is a part of: it takes the place of another item as a whole.
    fn item(&self, path: &ModelPath) -> Option<Origin> {
        let length = path.0.iter().rposition(|p| matches!(p, Part::Index(_)))? + 1;
        let item = ModelPath(path.0.get(..length).filter(|p| p.len() < path.0.len())?.to_vec());
        let value = item.0.iter().try_fold(self.printed, |value, part| match part {
            Part::Key(key) => value.get(key),
            Part::Index(index) => value.get(index),
        })?;
        self.origins.of(&item, value).map(|f| f.origin)
    }

    /// The steps, that nearest to the place of writing first.
    fn steps(&self, origin: &Origin) -> (Option<&'static str>, Vec<Shown>) {
        let mut supplied = None;
        let mut steps: Vec<Shown> = Vec::new();
        for step in origin.via.iter() {
            let shown = match step {
                Step::Include(at) => Shown::Include { at: self.place(*at) },
                Step::Extends { at, service } => Shown::Extends { service: service.clone(), at: self.place(*at) },
                Step::Alias(at) => Shown::Alias { at: self.place(*at) },
                Step::Merge(at) => Shown::Merge { at: self.place(*at) },
                Step::File(at) => Shown::EnvFile { at: self.place(*at) },
                Step::Variable { name, defined } => {
                    let (from, at) = match defined {
                        Definition::Environment => (From::Environment, None),
                        Definition::File(at) => (From::EnvFile, self.place(*at)),
                        Definition::Default => (From::Default, None),
                        Definition::Unset => (From::Unset, None),
                    };
                    Shown::Variable { name: name.clone(), from, at }
                }
                Step::Default(why) => {
                    supplied = supplied.or(Some(*why));
                    continue;
                }
            };
            // A mapping merged through an alias of a list passes the same place twice.
            if steps.last() != Some(&shown) {
                steps.push(shown);
            }
            if steps.len() == STEPS {
                break;
            }
        }
        steps.reverse();
        (supplied, steps)
    }

    fn place(&self, at: Span) -> Option<Place> {
        let source = self.sources.get(at.file);
        if source.path.as_os_str().is_empty() {
            return None;
        }
        let (start, end) = (source.position(at.start), source.position(at.end.max(at.start)));
        Some(Place {
            path: self.redactor.path(&display_path(&source.path, self.directory)).into_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            text: self.line(at),
        })
    }

    /// The line of a place without its indentation, secrets masked; of a long one, the part around the place.
    fn line(&self, at: Span) -> String {
        let source = self.sources.get(at.file);
        let Some(range) = source.line_range(source.position(at.start).line) else { return String::new() };
        let text = source.text.get(range.clone()).unwrap_or("");
        // Only the part that is shown is looked at: a line can be the whole file, and each value on it has this line.
        let column = (at.start as usize).saturating_sub(range.start).min(text.len());
        let from = text.len() - text.trim_start().len();
        let before = text.get(from..column).unwrap_or("");
        let back = |characters: usize| before.char_indices().rev().nth(characters).map(|(i, c)| from + i + c.len_utf8());
        let start = back(LINE * 2 / 3).and_then(|_| back(LINE / 3)).unwrap_or(from);
        let rest = text.get(start..).unwrap_or("");
        let end = rest.char_indices().nth(LINE).map(|(i, _)| start + i);
        let shown = range.start + start..range.start + end.unwrap_or(text.len());
        let hidden = self.redactor.hidden(at.file, &source, shown.clone());
        let mut out = String::new();
        if start > from {
            out.push('…');
        }
        let characters = source.text.get(shown.clone()).unwrap_or("").char_indices();
        out.extend(characters.map(|(i, c)| if hidden.iter().any(|h| h.contains(&(shown.start + i))) { '*' } else { c }));
        if end.is_some() {
            out.push('…');
        }
        plain(out.trim_end()).into_owned()
    }

    /// A value as it may be shown. `secret` remembers whether what it was made of is masked.
    fn value(&self, path: &ModelPath, value: &Json, origin: &Origin, secret: &OnceCell<bool>, hidden: &mut bool) -> Json {
        match value {
            Json::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), self.value(&path.key(key), value, origin, secret, hidden)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Json::Array(items) => items
                .iter()
                .enumerate()
                .map(|(i, value)| self.value(&path.index(i), value, origin, secret, hidden))
                .collect::<Vec<_>>()
                .into(),
            Json::Null | Json::Bool(_) => value.clone(),
            Json::Number(number) => match self.text(path, &number.to_string(), origin, secret) {
                Some(_) => {
                    *hidden = true;
                    STARS.into()
                }
                None => value.clone(),
            },
            Json::String(text) => match self.text(path, text, origin, secret) {
                Some(shown) => {
                    *hidden = true;
                    shown.into()
                }
                None => value.clone(),
            },
        }
    }

    /// What is shown instead of a text that holds a secret; `None` if it holds none. In doubt all of it is hidden.
    fn text(&self, path: &ModelPath, text: &str, origin: &Origin, secret: &OnceCell<bool>) -> Option<String> {
        let keys = || path.0.iter().rev().filter_map(|p| if let Part::Key(key) = p { Some(key.as_str()) } else { None });
        let name = keys().next().unwrap_or_default();
        if text.is_empty() {
            return None;
        }
        if secret::literal_secret(name, text) {
            return Some(STARS.to_owned());
        }
        let shown = self.redactor.text(text);
        if shown != text {
            return Some(shown.into_owned());
        }
        secret.get_or_init(|| self.is_masked(origin)).then(|| STARS.to_owned())
    }

    /// What is masked where it is written is not shown here either, nor what a secret variable became a part of.
    fn is_masked(&self, origin: &Origin) -> bool {
        let masked = |at: Span| {
            let source = self.sources.get(at.file);
            !self.redactor.hidden(at.file, &source, at.start as usize..at.end as usize).is_empty()
        };
        let variable = |(name, defined): (&str, &Definition)| match defined {
            Definition::File(at) => masked(*at),
            Definition::Environment => secret::credential_key(name),
            Definition::Default | Definition::Unset => false,
        };
        (!origin.is_default() && masked(origin.at)) || origin.variables().any(variable)
    }

    /// The comment of `config --explain` for the line of a value: `compose.yaml:5`, `base.yaml:3 via extends`, `default`.
    pub fn comment(&self, path: &ModelPath, value: &Json) -> Option<String> {
        let Found { origin, key } = self.origins.of(path, value)?;
        if origin.is_default() {
            return Some("default".to_owned());
        }
        let collection = matches!(value, Json::Object(m) if !m.is_empty()) || matches!(value, Json::Array(a) if !a.is_empty());
        let short = |at: Span| {
            let source = self.sources.get(at.file);
            let path = self.redactor.path(&display_path(&source.path, self.directory)).into_owned();
            (!path.is_empty()).then(|| format!("{path}:{}", source.position(at.start).line))
        };
        let adjacent = key.is_none_or(|key| {
            let between = Span { end: origin.at.start, start: key.end, ..key };
            key.file == origin.at.file && self.sources.get(key.file).slice(between).matches(':').count() == 1
        });
        let mut out = short(key.filter(|_| collection).unwrap_or(origin.at))?;
        let mut notes: Vec<String> = Vec::new();
        let mut add = |note: String| {
            if !notes.contains(&note) {
                notes.push(note);
            }
        };
        let mut steps: Vec<&Step> = origin.via.iter().collect();
        steps.reverse();
        for step in steps {
            match step {
                Step::Include(_) => add(" via include".to_owned()),
                // A service that adds to what it extends is written here as much as there.
                Step::Extends { .. } if collection && !adjacent => {}
                Step::Extends { .. } => add(" via extends".to_owned()),
                Step::Alias(_) => add(" via alias".to_owned()),
                Step::Merge(_) => add(" via <<".to_owned()),
                Step::File(_) | Step::Default(_) => {}
                Step::Variable { .. } if collection => {}
                Step::Variable { name, defined } => add(match defined {
                    Definition::File(at) => short(*at).map_or_else(String::new, |at| format!(" ({name} from {at})")),
                    Definition::Default => format!(" ({name} has its default)"),
                    Definition::Unset => format!(" ({name} is not set)"),
                    Definition::Environment => format!(" ({name} from the environment)"),
                }),
            }
        }
        out.push_str(&notes.concat());
        if let Some(replaced) = origin.replaced.as_deref().filter(|r| !r.is_default()).and_then(|r| short(r.at)) {
            out.push_str(", replaces ");
            out.push_str(&replaced);
        }
        Some(plain(&out).into_owned())
    }
}

/// A line of an answer: what, where, and the line that stands there.
struct Row<'a> {
    what: String,
    place: String,
    text: &'a str,
}

fn row(what: impl Into<String>, at: Option<&Place>) -> Row<'_> {
    let place = at.map_or_else(String::new, |p| format!("{}:{}:{}", plain(&p.path), p.line, p.column));
    Row { what: what.into(), place, text: at.map_or("", |p| &p.text) }
}

fn step_row(step: &Shown) -> Row<'_> {
    match step {
        Shown::Include { at } => row("include", at.as_ref()),
        Shown::Extends { service, at } => row(format!("extends {}", plain(service)), at.as_ref()),
        Shown::Alias { at } => row("alias", at.as_ref()),
        Shown::Merge { at } => row("merge key", at.as_ref()),
        Shown::EnvFile { at } => row("env file", at.as_ref()),
        Shown::Variable { name, from, at } => {
            let mut row = row(plain(name), at.as_ref());
            match from {
                From::EnvFile => {}
                From::Environment => row.place.push_str("the environment"),
                From::Default => row.place.push_str("the default in the expression"),
                From::Unset => row.place.push_str("not set: empty text"),
            }
            row
        }
    }
}

fn rows(answer: &Answer) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    match answer.supplied {
        Some(why) => {
            rows.push(Row { what: "supplied".into(), place: why.into(), text: "" });
            // The beginning of a file says nothing.
            if answer.at.as_ref().is_some_and(|at| (at.line, at.column, at.end_column) != (1, 1, 1)) {
                rows.push(row("belongs to", answer.at.as_ref()));
            }
        }
        None => rows.push(row("written", answer.at.as_ref())),
    }
    rows.extend(answer.steps.iter().map(step_row));
    for earlier in &answer.replaced {
        match earlier.supplied {
            Some(why) => rows.push(Row { what: "replaces".into(), place: why.into(), text: "" }),
            None => rows.push(row("replaces", earlier.at.as_ref())),
        }
        // The files on the way say why it stood there; what it was made of is of no interest any more.
        rows.extend(
            earlier.steps.iter().filter(|s| matches!(s, Shown::Include { .. } | Shown::Extends { .. } | Shown::EnvFile { .. })).map(|s| {
                let mut row = step_row(s);
                row.what.insert_str(0, "  ");
                row
            }),
        );
    }
    rows
}

/// The answers for people: a value a block, with an empty line between them.
pub fn human(answers: &[Answer], colour: bool) -> String {
    let style = Style::new(colour);
    let mut out = String::new();
    for (i, answer) in answers.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let mut value = plain(&answer.value.to_string()).into_owned();
        if value.chars().count() > VALUE {
            value = value.chars().take(VALUE).chain(['…']).collect();
        }
        if answer.hidden && answer.value == STARS {
            value = format!("{STARS}  (a secret is not shown)");
        }
        out.push_str(&style.bold(&plain(&answer.path)));
        out.push_str(" = ");
        out.push_str(&value);
        out.push('\n');
        let rows = rows(answer);
        let width = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
        let what = width(&|r| r.what.chars().count());
        let place = width(&|r| if r.text.is_empty() { 0 } else { r.place.chars().count() });
        for row in &rows {
            let gap = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.chars().count()) + 2);
            let mut line = format!("  {}{}{}", style.dim(&row.what), gap(&row.what, what), row.place);
            if !row.text.is_empty() {
                line.push_str(&gap(&row.place, place));
                line.push_str(&style.dim(row.text));
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests;
