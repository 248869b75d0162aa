//! `condition: service_healthy` on a service whose health nothing checks.

use super::health::{Health, Waiting, health, waiting};
use crate::ordered::IndexMap;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "healthy-without-healthcheck",
        topic: Topic::Reliability,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service waits for the health of one that has no healthcheck",
        page: page!("healthy-without-healthcheck"),
    },
    rule: &HealthyWithoutHealthcheck,
};

struct HealthyWithoutHealthcheck;

impl Rule for HealthyWithoutHealthcheck {
    /// One finding for a service that others wait for.
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut by_target: IndexMap<&str, Vec<Waiting>> = IndexMap::default();
        for wait in waiting(project, "service_healthy") {
            by_target.entry(&wait.target.name).or_default().push(wait);
        }
        for (name, waits) in by_target {
            let Some((first, others)) = waits.split_first() else { continue };
            let message = match health(first.target, cx) {
                // Its Dockerfile is not here.
                Health::Unknown if first.target.build.is_some() => continue,
                Health::Unknown => {
                    format!("`{}` waits until `{name}` is healthy, and no file here says how that is checked", first.service.name)
                }
                Health::NotInDockerfile => {
                    format!(
                        "`{}` waits until `{name}` is healthy, and neither its Dockerfile nor a file here says how that is checked",
                        first.service.name
                    )
                }
                Health::Checked | Health::InDockerfile | Health::Disabled => continue,
            };
            let mut report = cx.report(&first.entry.at_key(), message);
            for other in others.iter().take(5) {
                report = report.related(other.entry.at_key().at, format!("`{}` waits for it too", other.service.name));
            }
            report
                .why(
                    "unless its image has a healthcheck of its own, Compose gives up with \"no healthcheck configured\" and starts neither",
                )
                .help(format!("add a `healthcheck` to `{name}`: then it also holds for the next version of the image"));
        }
    }
}
