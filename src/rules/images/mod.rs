//! Rules about images.

pub(super) mod floating_tag;
