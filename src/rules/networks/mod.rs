//! Rules about networks and ports.

pub(super) mod container_name_set;
pub(super) mod control_port_public;
pub(super) mod datastore_port_public;
pub(super) mod duplicate_host_port;
pub(super) mod duplicate_network_alias;
pub(super) mod duplicate_static_ip;
pub(super) mod external_network_order;
pub(super) mod external_network_without_owner;
pub(super) mod host_network;
pub(super) mod host_network_with_ports;
pub(super) mod invalid_hostname;
pub(super) mod ip_outside_subnet;
pub(super) mod network_identity_drift;
pub(super) mod overlapping_subnets;
pub(super) mod port_on_all_interfaces;
pub(super) mod privileged_port;
pub(super) mod redundant_expose;
pub(super) mod replicas_with_fixed_port;
pub(super) mod shared_network_namespace_with_ports;
pub(super) mod undefined_network;
pub(super) mod unsegmented_network;
pub(super) mod unused_network;
