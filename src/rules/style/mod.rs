//! Rules about how a file looks. None of them is on by default.
mod collate;
pub(super) mod dependencies_order;
pub(super) mod entries_order;
pub(super) mod environment_syntax;
pub(super) mod file_name;
pub(super) mod missing_project_name;
mod order;
pub(super) mod port_quotes;
pub(super) mod ports_order;
pub(super) mod service_keys_order;
pub(super) mod services_order;
pub(super) mod top_level_order;
pub(super) mod trailing_whitespace;
pub(super) mod volume_quotes;
mod written;
