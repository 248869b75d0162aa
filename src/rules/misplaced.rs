//! Keys of services that stand where no service is: under a network, a volume, a secret, a config, or at the top level. Judges nothing.

use crate::compose::Semantics;
use crate::compose::schema::known_keys;
use crate::rules::modularity::syntax::{entries, section};
use crate::yaml::{Kind, NodeId, Tree};

/// The sections whose entries are not services, and what an entry of each is called.
pub(crate) const SECTIONS: &[(&str, &str)] =
    &[("networks", "network"), ("volumes", "volume"), ("secrets", "secret"), ("configs", "config")];

/// The keys of a service that an entry of a section does not have; of the top level where `section` is empty. Sorted.
pub(crate) fn foreign_keys(section: &str) -> Vec<&'static str> {
    let place = [section, "name"];
    let own = known(if section.is_empty() { &[] } else { &place });
    let mut keys = known(&["services", "name"]);
    keys.retain(|key| own.binary_search(key).is_err());
    keys
}

/// True if this may stand in an entry of a section.
pub(crate) fn is_own_key(section: &str, key: &str) -> bool {
    key.starts_with("x-") || known(&[section, "name"]).binary_search(&key).is_ok()
}

/// True if Compose looks into an entry of this name: of networks it looks only into those with plain names (spec/resolve.md 15).
pub(crate) fn is_checked(section: &str, name: &str) -> bool {
    known_keys(&[section, name], Semantics::default()).is_some()
}

fn known(place: &[&str]) -> Vec<&'static str> {
    known_keys(place, Semantics::default()).unwrap_or_default()
}

/// The service of a file that some keys were probably written for, if there is one that stands out: the only one; the one that is called
/// like the entry; the only one in that network, or of all, that has none of the keys.
pub(crate) fn owner<'t>(tree: &'t Tree, in_section: &str, name: &str, keys: &[&str]) -> Option<&'t str> {
    let (_, services) = section(tree, "services");
    let services: Vec<(&str, NodeId)> = services.iter().filter_map(|s| Some((tree.text(s.key)?, s.value))).collect();
    if let [(only, _)] = services.as_slice() {
        return Some(only);
    }
    if let Some((same, _)) = services.iter().find(|(service, _)| *service == name) {
        return Some(same);
    }
    let lacking: Vec<&(&str, NodeId)> = services.iter().filter(|(_, s)| keys.iter().all(|k| tree.get(*s, k).is_none())).collect();
    let joined = lacking.iter().copied().filter(|(_, s)| in_section == "networks" && joins(tree, *s, name));
    only(joined).or_else(|| only(lacking.iter().copied()))
}

fn only<'a, 't>(mut services: impl Iterator<Item = &'a (&'t str, NodeId)>) -> Option<&'t str>
where
    't: 'a,
{
    services.next().filter(|_| services.next().is_none()).map(|(name, _)| *name)
}

/// True if a service names a network, in the short or the long form.
fn joins(tree: &Tree, service: NodeId, network: &str) -> bool {
    let Some(networks) = tree.get(service, "networks") else { return false };
    let networks = tree.deref(networks);
    match &tree.node(networks).kind {
        Kind::Sequence { items, .. } => items.iter().any(|i| tree.text(*i) == Some(network)),
        _ => entries(tree, networks).iter().any(|e| tree.text(e.key) == Some(network)),
    }
}

/// What to do about keys of a service that stand under something else.
pub(crate) fn advice(owner: Option<&str>, keys: usize) -> String {
    let them = if keys == 1 { "it" } else { "them" };
    match owner {
        Some(name) => format!("move {them} to `services.{name}`"),
        None => format!("move {them} to the service meant, under `services`"),
    }
}
