//! Rules about what works on one machine, engine or parser and not on another.

pub(super) mod absolute_bind;
pub(super) mod home_bind;
pub(super) mod legacy_links;
pub(super) mod swarm_only_key;
pub(super) mod unqualified_registry;
pub(super) mod written_source;
