//! Rules about the comments that tell rules to be silent. The engine reads these comments and applies them; these rules say what is wrong
//! with them. Also about what in the configuration does nothing.

pub(super) mod comment;
pub(super) mod dclint_ignore;
pub(super) mod ignore_without_reason;
pub(super) mod unknown_ignore;
pub(super) mod unused_config_entry;
pub(super) mod unused_ignore;
