//! Rules about what happens when a service starts late, fails or grows.
pub(super) mod completed_dependency_restarts;
pub(super) mod health;
pub(super) mod healthy_on_disabled_healthcheck;
pub(super) mod healthy_without_healthcheck;
pub(super) mod ignored_healthcheck;
pub(super) mod implicit_dependency;
pub(super) mod logging_disabled;
mod missing;
pub(super) mod missing_healthcheck;
pub(super) mod missing_limits;
pub(super) mod missing_log_rotation;
pub(super) mod missing_restart;
mod place;
