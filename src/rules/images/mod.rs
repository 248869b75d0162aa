//! Rules about images.
pub(super) mod build_and_image;
pub(super) mod floating_tag;
pub(super) mod invalid_image_ref;
pub(super) mod major_only_tag;
mod pulled;
pub(super) mod unpinned_digest;
