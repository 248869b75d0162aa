//! The origin of every value that `config` prints, by its path in the output. The shape of the output is Compose's and not quite that of
//! the tree (lists that are mappings in the tree, commands that were one text): this is the one place that knows the way back.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::compose::NameSource;
use crate::compose::problem::{ModelPath, Part};
use crate::compose::text::text;
use crate::compose::value::{Data, Definition, Map, Origin, Step, Value};
use crate::model::Project;
use crate::source::{FileId, Span};

/// Why a key stands in the output that nobody wrote.
pub const PRINTED_ANYWAY: &str = "Compose prints this key whether it is written or not";

/// A resolved project, to be asked where its values come from.
#[derive(Clone, Copy)]
pub struct Origins<'a> {
    tree: &'a Map,
    project: Option<&'a Project>,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub struct Found {
    /// The origin of the value.
    pub origin: Origin,
    /// Where its key is written, if it is the value of a mapping.
    pub key: Option<Span>,
}

impl<'a> Origins<'a> {
    /// Of a resolved tree; with the typed project the values of env files and label files are known too.
    pub fn new(tree: &'a Map, project: Option<&'a Project>) -> Self {
        Self { tree, project }
    }

    /// The origin of what is printed at a path; `None` if the path leads to nothing.
    pub fn of(&self, path: &ModelPath, printed: &Json) -> Option<Found> {
        let parts = path.0.as_slice();
        if let Some(found) = self.completed(parts) {
            return Some(found);
        }
        let [Part::Key(first), rest @ ..] = parts else { return None };
        if first == "name"
            && let Some(project) = self.project
        {
            return Some(self.name(project));
        }
        let Some(entry) = self.tree.get(first) else {
            let beginning = Origin::at(self.beginning()).via(Step::Default(PRINTED_ANYWAY));
            return (rest.is_empty() && is_zero(printed)).then_some(Found { origin: beginning, key: None });
        };
        let mut at = &entry.value;
        let mut key = Some(entry.key);
        for (depth, part) in rest.iter().enumerate() {
            let before = depth.checked_sub(1).and_then(|d| rest.get(d));
            match below(at, part, before, printed) {
                Some((value, written)) => {
                    key = written;
                    at = value;
                }
                // What is nothing stands where it would stand.
                None if is_zero(printed) => {
                    let place = Origin { at: key.unwrap_or(at.origin.at), replaced: None, ..at.origin.clone() };
                    return Some(Found { origin: place.via(Step::Default(PRINTED_ANYWAY)), key });
                }
                None => return None,
            }
        }
        // 2.40 prints an env file as its path alone.
        if printed.is_string()
            && let Some(path) = at.as_map().and_then(|m| m.get("path"))
        {
            at = &path.value;
        }
        Some(Found { origin: at.origin.clone(), key })
    }

    /// The beginning of the main file, for what is true of the project as a whole.
    fn beginning(&self) -> Span {
        let main = self.project.and_then(|p| p.files.first()).map(|f| f.id);
        Span::file_start(main.or_else(|| self.tree.values().next().map(|e| e.key.file)).unwrap_or(FileId::NONE))
    }

    /// The origin of the project's name: `name:` in a file only says it if nothing else does.
    fn name(&self, project: &Project) -> Found {
        let written = self.tree.get("name").filter(|e| !e.value.origin.is_default());
        let replaced = || written.map(|e| Arc::new(e.value.origin.clone()));
        let nowhere = || Origin::at(self.beginning());
        let variable = |defined| Step::Variable { name: "COMPOSE_PROJECT_NAME".to_owned(), defined };
        let origin = match (&project.name_source, written) {
            (NameSource::File(at), Some(entry)) if entry.value.origin.at == *at => entry.value.origin.clone(),
            (NameSource::File(at), _) => Origin::at(*at),
            (NameSource::Variable(Some(at)), _) => Origin { replaced: replaced(), ..Origin::at(*at).via(variable(Definition::File(*at))) },
            (NameSource::Variable(None), _) => {
                let origin = nowhere().via(variable(Definition::Environment)).via(Step::Default("the environment names the project"));
                Origin { replaced: replaced(), ..origin }
            }
            (NameSource::Flag, _) => Origin { replaced: replaced(), ..nowhere().via(Step::Default("the command line names the project")) },
            (NameSource::Directory, _) => nowhere().via(Step::Default("the name of the project directory")),
        };
        Found { origin, key: None }
    }

    /// `environment` and `labels` as env files and label files have completed them.
    fn completed(&self, parts: &[Part]) -> Option<Found> {
        let [Part::Key(services), Part::Key(service), Part::Key(section), rest @ ..] = parts else { return None };
        let service = self.project.filter(|_| services == "services")?.services.get(service)?;
        let first = || match section.as_str() {
            "environment" => service.environment.values().next().map(|v| (v.origin.clone(), v.key)),
            "labels" => service.labels.values().next().map(|v| (v.origin.clone(), v.key)),
            _ => None,
        };
        let (origin, key) = match rest {
            // The section itself, where only files make it.
            [] if self.tree.get("services")?.value.get(&service.name)?.get(section).is_none_or(Value::is_null) => first()?,
            [Part::Key(name)] if section == "environment" => {
                let value = service.environment.get(name)?;
                (value.origin.clone(), value.key)
            }
            [Part::Key(name)] if section == "labels" => {
                let value = service.labels.get(name)?;
                (value.origin.clone(), value.key)
            }
            _ => return None,
        };
        Some(Found { origin, key })
    }
}

/// What is printed although nobody wrote it.
fn is_zero(printed: &Json) -> bool {
    match printed {
        Json::Null => true,
        Json::Bool(b) => !b,
        Json::String(s) => s.is_empty() || s == "0",
        Json::Number(n) => n.as_f64() == Some(0.0),
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.values().all(is_zero),
    }
}

/// One step down, and where the key is written.
fn below<'v>(value: &'v Value, part: &Part, before: Option<&Part>, printed: &Json) -> Option<(&'v Value, Option<Span>)> {
    let before = match before {
        Some(Part::Key(key)) => key.as_str(),
        _ => "",
    };
    match (&value.data, part) {
        (Data::Map(map), Part::Key(key)) => {
            // The block devices are the only keys that Compose prints with a capital.
            let entry = map.get(key).or_else(|| match key.as_str() {
                "Path" => map.get("path"),
                "Rate" => map.get("rate"),
                "Weight" => map.get("weight"),
                _ => None,
            })?;
            Some((&entry.value, Some(entry.key)))
        }
        (Data::Seq(items), Part::Key(key)) => {
            let named = |item: &&Value| {
                let text = text(item);
                text.split_once('=').map_or(text.as_str(), |(name, _)| name) == key
            };
            items.iter().rfind(named).map(|item| (item, None))
        }
        (_, Part::Index(_)) if before == "extra_hosts" => host(value, printed.as_str()?),
        (Data::Map(map), Part::Index(_)) => {
            let name = printed.as_str()?;
            // JSON has `name=path`, YAML `name: path`.
            let entry = map.get(name.split_once('=').or_else(|| name.split_once(": ")).map_or(name, |(name, _)| name))?;
            Some((&entry.value, Some(entry.key)))
        }
        (Data::Seq(items), Part::Index(index)) => items.get(*index).map(|item| (item, None)),
        // One text that is a list: the words of a command, a single `dns`.
        (Data::Null, Part::Index(_)) => None,
        (_, Part::Index(_)) => Some((value, None)),
        _ => None,
    }
}

/// The entry of `extra_hosts` that is printed as `host=address`: the list is sorted, so its position says nothing.
fn host<'v>(value: &'v Value, printed: &str) -> Option<(&'v Value, Option<Span>)> {
    let (host, address) = printed.split_once('=')?;
    let is = |text: &str| text.split(',').any(|a| a == address || a.strip_prefix('[').and_then(|a| a.strip_suffix(']')) == Some(address));
    match &value.data {
        Data::Map(map) => {
            let entry = map.get(host)?;
            let item = entry.value.as_seq().and_then(|items| items.iter().find(|v| is(&text(v))));
            Some((item.unwrap_or(&entry.value), Some(entry.key)))
        }
        Data::Seq(items) => {
            let same = |item: &&Value| {
                let text = text(item);
                text.split_once('=').or_else(|| text.split_once(':')).is_some_and(|(h, a)| h == host && is(a))
            };
            items.iter().find(same).map(|item| (item, None))
        }
        _ => None,
    }
}
