//! Rules about volumes.

pub(super) mod anonymous_volume;
pub(super) mod bind_source_missing;
pub(super) mod config_mounted_writable;
pub(super) mod data_bind_in_git;
pub(super) mod duplicate_mount_target;
pub(super) mod implicit_volume_name;
pub(super) mod invalid_mount_mode;
pub(super) mod mount_propagation;
pub(super) mod shared_writable_bind;
pub(super) mod undefined_volume;
pub(super) mod unused_volume;
pub(super) mod volume_identity_drift;
