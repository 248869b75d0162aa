//! Rules about what a container may do to its host.

pub(super) mod privileged;
