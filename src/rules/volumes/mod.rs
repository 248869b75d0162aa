//! Rules about volumes.

pub(super) mod anonymous_volume;
pub(super) mod unused_volume;
