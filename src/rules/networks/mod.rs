//! Rules about networks and ports.

pub(super) mod undefined_network;
