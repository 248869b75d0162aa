//! Rules about passwords, tokens and keys.

pub(super) mod blank_secret_risk;
pub(super) mod env_example_drift;
pub(super) mod env_file_overshared;
mod env_lines;
pub(super) mod file_variant_available;
mod places;
pub(super) mod plaintext_secret;
pub(super) mod provider_token;
pub(super) mod secret_file_missing;
pub(super) mod secret_file_tracked;
pub(super) mod secret_in_command;
pub(super) mod secret_in_tracked_env;
pub(super) mod undefined_config;
pub(super) mod undefined_secret;
pub(super) mod unused_config;
pub(super) mod unused_secret;
pub(super) mod url_credentials;
pub(super) mod weak_default_secret;
pub(super) mod world_readable_secret;

// The judgement of these rules, for those who mend what they find.
pub(crate) use file_variant_available::file_variant;
pub(crate) use places::{commands, pairs};
pub(crate) use plaintext_secret::secret_of;
pub(crate) use secret_in_command::lines;
