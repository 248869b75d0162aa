//! A service whose health nothing checks.

use super::health::{Health, disabled_at, health};
use super::missing::{depends_on_variable, is_whole, runs_once};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "missing-healthcheck",
        topic: Topic::Reliability,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::Kics("healthcheck_not_set"), Peer::Cis("5.27")],
        options: &[],
        summary: "a service has no healthcheck",
        page: page!("missing-healthcheck"),
    },
    rule: &MissingHealthcheck,
};

struct MissingHealthcheck;

impl Rule for MissingHealthcheck {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        if !is_whole(service, project) || runs_once(service, project) || depends_on_variable(service, &["healthcheck"], project) {
            return;
        }
        let (origin, message) = match health(service, cx) {
            Health::Checked | Health::InDockerfile => return,
            Health::Disabled => {
                let origin = service.healthcheck.as_ref().and_then(|h| disabled_at(h)).unwrap_or_else(|| service.at_key());
                (origin, format!("the healthcheck of `{}` is switched off", service.name))
            }
            Health::Unknown | Health::NotInDockerfile => (service.at_key(), format!("`{}` has no healthcheck", service.name)),
        };
        cx.report(&origin, message)
            .why("a container whose program hangs counts as running, and nothing that depends on it can wait until it works")
            .help("add a `healthcheck` whose `test` asks the service something that only works when it does");
    }
}
