//! Rules about volumes.

pub(super) mod anonymous_volume;
pub(super) mod bind_source_missing;
pub(super) mod data_bind_in_git;
pub(super) mod duplicate_mount_target;
pub(super) mod implicit_volume_name;
pub(super) mod invalid_mount_mode;
pub(super) mod undefined_volume;
pub(super) mod unused_volume;
