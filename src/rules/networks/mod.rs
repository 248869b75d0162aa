//! Rules about networks and ports.

pub(super) mod datastore_port_public;
pub(super) mod duplicate_host_port;
pub(super) mod external_network_order;
pub(super) mod external_network_without_owner;
pub(super) mod host_network_with_ports;
pub(super) mod shared_network_namespace_with_ports;
pub(super) mod undefined_network;
pub(super) mod unused_network;
