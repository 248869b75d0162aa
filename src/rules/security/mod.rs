//! Rules about what a container may do to its host.

pub(super) mod container_socket;
pub(super) mod privileged;
pub(super) mod sensitive_host_mount;
