//! A service that starts as soon as another one was started, although it could wait until that one works.

use super::health::{Health, health, waiting_of};
use super::place::Place;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "ignored-healthcheck",
        topic: Topic::Reliability,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a service waits only for the start of one that has a healthcheck",
        page: page!("ignored-healthcheck"),
    },
    rule: &IgnoredHealthcheck,
};

struct IgnoredHealthcheck;

impl Rule for IgnoredHealthcheck {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        for wait in waiting_of(service, project, "service_started") {
            let name = &wait.target.name;
            if !matches!(health(wait.target, cx), Health::Checked | Health::InDockerfile) {
                continue;
            }
            let edits = Place::of(service, cx).and_then(|place| place.wait_for(name));
            let mut report = cx.report(&wait.entry.at_key(), format!("`{}` does not wait until `{name}` is healthy", service.name));
            if let Some(check) = &wait.target.healthcheck {
                report = report.related(check.at_key().at, "its healthcheck");
            }
            if let Some(edits) = edits {
                report = report.fix(format!("wait until `{name}` is healthy"), Applicability::Unsafe, edits);
            }
            report
                .why(format!("it starts as soon as the container of `{name}` does, and fails if `{name}` is not ready by then"))
                .help(format!("write `{name}: {{condition: service_healthy}}` under `depends_on`"));
        }
    }
}
