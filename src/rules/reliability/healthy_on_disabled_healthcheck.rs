//! `condition: service_healthy` on a service whose healthcheck is switched off.

use super::health::{Waiting, disabled_at, waiting};
use crate::ordered::IndexMap;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "healthy-on-disabled-healthcheck",
        topic: Topic::Reliability,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service waits for the health of one whose healthcheck is switched off",
        page: page!("healthy-on-disabled-healthcheck"),
    },
    rule: &HealthyOnDisabledHealthcheck,
};

struct HealthyOnDisabledHealthcheck;

impl Rule for HealthyOnDisabledHealthcheck {
    /// One finding for a service that others wait for.
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut by_target: IndexMap<&str, Vec<Waiting>> = IndexMap::default();
        for wait in waiting(project, "service_healthy") {
            by_target.entry(&wait.target.name).or_default().push(wait);
        }
        for (name, waits) in by_target {
            let Some((first, others)) = waits.split_first() else { continue };
            let Some(off) = first.target.healthcheck.as_ref().and_then(|h| disabled_at(h)) else { continue };
            let message =
                format!("`{}` waits until `{name}` is healthy, and the healthcheck of `{name}` is switched off", first.service.name);
            let mut report = cx.report(&first.entry.at_key(), message).related(off.at, "switched off here");
            for other in others.iter().take(5) {
                report = report.related(other.entry.at_key().at, format!("`{}` waits for it too", other.service.name));
            }
            report
                .why("without a healthcheck it never becomes healthy, so Compose does not start the service that waits")
                .help(format!("give `{name}` a healthcheck, or wait for `service_started` only"));
        }
    }
}
