//! A resolved project in the forms that it was written in: `8080:80` where resolution made a mapping of it. What is written is put back
//! wherever resolution makes the same of it again.

use std::collections::BTreeMap;

use crate::compose::construct::{Constructor, MAX_FILE_VALUES};
use crate::compose::value::{Data, Entry, Map, Origin, Value};
use crate::compose::{SECTIONS, Semantics, canonical, defaults, unique};
use crate::source::Span;
use crate::yaml::Tree;

/// What the files of a project say, file by file.
pub(super) struct Written {
    documents: Vec<Value>,
    /// True if a document takes away what was there before: that is for resolution.
    resets: bool,
}

impl Written {
    /// All documents of these files, aliases and merge keys followed.
    pub(super) fn of<'t>(trees: impl IntoIterator<Item = &'t Tree>, semantics: Semantics) -> Self {
        let (mut documents, mut resets) = (Vec::new(), false);
        for tree in trees {
            let mut constructor = Constructor::new(tree, semantics, MAX_FILE_VALUES);
            for document in (0..tree.documents.len()).map_while(|n| constructor.document(n)) {
                resets |= !document.resets.is_empty();
                documents.extend(document.value);
            }
        }
        Self { documents, resets }
    }

    /// The only document, if that is all that is to be said.
    pub(super) fn single(&self) -> Option<&Map> {
        match self.documents.as_slice() {
            [only] if !self.resets => only.as_map(),
            _ => None,
        }
    }

    /// A resolved tree in the forms that it was written in, without what Compose supplies.
    pub(super) fn forms(&self, tree: Map, semantics: Semantics) -> Map {
        let mut places = BTreeMap::new();
        self.documents.iter().for_each(|d| index(d, &mut places));
        let short = Short { places, semantics };
        tree.into_iter()
            .map(|(section, mut entry)| {
                if SECTIONS.contains(&section.as_str())
                    && let Data::Map(objects) = &mut entry.value.data
                {
                    for (name, object) in objects.iter_mut() {
                        short.object(&section, name, &mut object.value);
                    }
                }
                (section, entry)
            })
            .collect()
    }
}

/// Every value by its place; of a value that is reached several times, the first.
fn index<'v>(value: &'v Value, places: &mut BTreeMap<Span, &'v Value>) {
    if !value.is_null() {
        places.entry(value.origin.at).or_insert(value);
    }
    match &value.data {
        Data::Seq(items) => items.iter().for_each(|v| index(v, places)),
        Data::Map(map) => map.values().for_each(|e| index(&e.value, places)),
        _ => {}
    }
}

struct Short<'v> {
    places: BTreeMap<Span, &'v Value>,
    semantics: Semantics,
}

impl Short<'_> {
    fn object(&self, section: &str, name: &str, object: &mut Value) {
        if self.put_back(section, name, None, object) {
            return;
        }
        let Data::Map(keys) = &mut object.data else { return };
        keys.retain(|_, entry| !entry.value.origin.is_default());
        for (key, entry) in keys.iter_mut() {
            if self.put_back(section, name, Some(key), &mut entry.value) {
                continue;
            }
            if key == "depends_on" {
                // A dependency is nothing without its condition.
                names_only(&mut entry.value);
                continue;
            }
            self.items(section, name, key, &mut entry.value);
            self.without_defaults(&mut entry.value);
        }
    }

    /// What resolution makes of a value at its place.
    fn resolved(&self, section: &str, name: &str, key: Option<&str>, written: Value) -> Option<Value> {
        let origin = written.origin.clone();
        let within = |key: &str, value: Value| {
            let entry = Entry { key: origin.at, value };
            Value::new(Data::Map(Map::from_iter([(key.to_owned(), entry)])), origin.clone())
        };
        let object = match key {
            Some(key) => within(key, written),
            None => written,
        };
        let mut root = within(section, within(name, object));
        let map = root.as_map_mut()?;
        // What is wrong here was wrong, and told, before.
        let mut problems = Vec::new();
        canonical::apply(map, false, self.semantics, &mut problems);
        unique::apply(map, &mut problems);
        defaults::apply(map, self.semantics);
        let object = root.get(section)?.get(name)?;
        match key {
            Some(key) => object.get(key).cloned(),
            None => Some(object.clone()),
        }
    }

    fn put_back(&self, section: &str, name: &str, key: Option<&str>, value: &mut Value) -> bool {
        let Some(written) = self.places.get(&value.origin.at) else { return false };
        let same = self.resolved(section, name, key, (*written).clone()).as_ref() == Some(value);
        if same {
            *value = Value::new(written.data.clone(), Origin { at: written.origin.at, ..value.origin.clone() });
        }
        same
    }

    /// Leaves out what Compose supplies anyway. The context of a build in an included file is not where Compose would look; and a mount is
    /// created by default only in its short form.
    fn without_defaults(&self, value: &mut Value) {
        match &mut value.data {
            Data::Seq(items) => items.iter_mut().for_each(|item| self.without_defaults(item)),
            Data::Map(map) => {
                map.retain(|key, entry| {
                    let value = &entry.value;
                    let short = || self.places.get(&value.origin.at).is_some_and(|written| written.as_str().is_some());
                    let moved = key == "context" && value.as_str() != Some(".");
                    !value.origin.is_default() || moved || key == "create_host_path" && short()
                });
                map.values_mut().for_each(|e| self.without_defaults(&mut e.value));
            }
            _ => {}
        }
    }

    /// The items of a list, one by one: `9-11` is three ports.
    fn items(&self, section: &str, name: &str, key: &str, value: &mut Value) {
        let origin = value.origin.clone();
        let Data::Seq(items) = &mut value.data else { return };
        let mut out = Vec::with_capacity(items.len());
        let mut rest = items.as_slice();
        while let Some((first, behind)) = rest.split_first() {
            let short = self.places.get(&first.origin.at).and_then(|written| {
                let list = Value::new(Data::Seq(vec![(*written).clone()]), origin.clone());
                let made = self.resolved(section, name, Some(key), list)?;
                let made = made.as_seq()?;
                let same = !made.is_empty() && rest.get(..made.len()) == Some(made);
                same.then(|| (Value::new(written.data.clone(), first.origin.clone()), made.len()))
            });
            if let Some((short, count)) = short {
                out.push(short);
                rest = rest.get(count..).unwrap_or_default();
            } else {
                out.push(first.clone());
                rest = behind;
            }
        }
        *items = out;
    }
}

/// Dependencies without a condition as a list of names, which may hold variables, as keys may not.
fn names_only(value: &mut Value) {
    let Data::Map(map) = &value.data else { return };
    let plain = |value: &Value| {
        let Some(fields) = value.as_map() else { return false };
        fields.iter().all(|(key, field)| match &field.value.data {
            Data::Str(condition) => key == "condition" && condition == "service_started",
            Data::Bool(required) => key == "required" && *required,
            _ => false,
        })
    };
    if map.values().all(|entry| plain(&entry.value)) {
        let name =
            |(name, entry): (&String, &Entry)| Value::new(Data::Str(name.clone()), Origin { at: entry.key, ..entry.value.origin.clone() });
        value.data = Data::Seq(map.iter().map(name).collect());
    }
}
