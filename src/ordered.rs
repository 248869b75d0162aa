//! Mappings that keep the order of their entries.

/// A mapping that keeps the order of its entries. Its hashes begin with a number that is another one in each run, and are quick for the short
/// texts that keys are.
pub type IndexMap<K, V> = indexmap::IndexMap<K, V, foldhash::fast::RandomState>;

/// An empty mapping with room for so many entries.
pub fn with_capacity<K, V>(entries: usize) -> IndexMap<K, V> {
    IndexMap::with_capacity_and_hasher(entries, foldhash::fast::RandomState::default())
}
