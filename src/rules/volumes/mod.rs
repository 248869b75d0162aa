//! Rules about volumes.

pub(super) mod anonymous_volume;
pub(super) mod implicit_volume_name;
pub(super) mod invalid_mount_mode;
pub(super) mod unused_volume;
