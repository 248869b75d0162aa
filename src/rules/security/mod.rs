//! Rules about what a container may do to its host.

mod capabilities;
pub(super) mod container_socket;
pub(super) mod custom_cgroup_parent;
pub(super) mod dangerous_capability;
pub(super) mod dangerous_device;
pub(super) mod default_capabilities;
mod edits;
pub(super) mod executable_tmpfs;
mod hardening;
pub(super) mod host_namespace;
pub(super) mod new_privileges;
pub(super) mod no_security_options;
pub(super) mod privileged;
pub(super) mod restart_without_limit;
pub(super) mod root_user;
pub(super) mod security_profile_disabled;
pub(super) mod sensitive_host_mount;
pub(super) mod unknown_capability;
pub(super) mod writable_root;
