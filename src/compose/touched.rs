//! What a document adds to: of a project of many files, the part that has to be looked at again after one more of them.

use super::SECTIONS;
use super::value::{Data, Entry, Map, Value};

/// The keys that a document has.
pub(super) struct Touched(Vec<(String, Option<Vec<String>>)>);

impl Touched {
    /// By this document: of the sections the entries that it names, of everything else the whole key.
    pub(super) fn by(document: &Map) -> Self {
        let names = |key: &str, entry: &Entry| match &entry.value.data {
            // Their entries do not concern each other until everything is loaded.
            Data::Map(entries) if SECTIONS.contains(&key) => Some(entries.keys().cloned().collect()),
            _ => None,
        };
        Self(document.iter().map(|(key, entry)| (key.clone(), names(key, entry))).collect())
    }

    /// Takes the part out of a project; an empty value keeps the place of each of its entries.
    pub(super) fn take(&self, tree: &mut Map) -> Map {
        let mut part = Map::default();
        for (key, names) in &self.0 {
            let Some(entry) = tree.get_mut(key) else { continue };
            let own = match (&mut entry.value.data, names) {
                (Data::Map(entries), Some(names)) => {
                    let own: Map = names.iter().filter_map(|name| Some((name.clone(), taken(entries.get_mut(name)?)))).collect();
                    Entry { key: entry.key, value: Value::new(Data::Map(own), entry.value.origin.clone()) }
                }
                _ => taken(entry),
            };
            part.insert(key.clone(), own);
        }
        part
    }

    /// Puts the part back, as it is now; what it no longer has goes.
    pub(super) fn put(&self, mut part: Map, tree: &mut Map) {
        for (key, names) in &self.0 {
            let Some(own) = part.swap_remove(key) else {
                tree.shift_remove(key);
                continue;
            };
            let Some(entry) = tree.get_mut(key) else { continue };
            match (&mut entry.value.data, own.value.data, names) {
                (Data::Map(entries), Data::Map(mut own), Some(names)) => {
                    for name in names {
                        match (own.swap_remove(name), entries.get_mut(name)) {
                            (Some(settled), Some(entry)) => *entry = settled,
                            _ => drop(entries.shift_remove(name)),
                        }
                    }
                }
                (_, data, _) => *entry = Entry { key: own.key, value: Value::new(data, own.value.origin) },
            }
        }
    }
}

fn taken(entry: &mut Entry) -> Entry {
    let origin = entry.value.origin.clone();
    Entry { key: entry.key, value: std::mem::replace(&mut entry.value, Value::new(Data::Null, origin)) }
}
