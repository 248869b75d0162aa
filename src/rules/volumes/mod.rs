//! Rules about volumes.

pub(super) mod anonymous_volume;
pub(super) mod bind_source_missing;
pub(super) mod config_mounted_writable;
pub(super) mod data_bind_in_git;
pub(super) mod duplicate_mount_target;
pub(super) mod implicit_volume_name;
pub(super) mod invalid_mount_mode;
pub(super) mod mount_below_read_only;
pub(super) mod mount_propagation;
pub(super) mod script_not_executable;
pub(super) mod shared_writable_bind;
pub(super) mod undefined_volume;
pub(super) mod unused_volume;
pub(super) mod volume_identity_drift;

use std::path::Path;

/// Sockets, devices and what the system itself writes: shared by nature.
pub(super) fn is_of_the_system(path: &str) -> bool {
    let path = Path::new(path);
    path.extension().is_some_and(|e| e == "sock" || e == "socket")
        || ["/dev", "/proc", "/sys", "/run", "/var/run", "/etc", "/usr", "/lib"].iter().any(|d| path.starts_with(d))
        || ["/", "/tmp", "/tmp/.X11-unix"].iter().any(|d| path == Path::new(d))
}
