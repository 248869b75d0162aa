//! `condition: service_completed_successfully` on a service that is started again whenever it ends.

use super::health::{Waiting, waiting};
use crate::ordered::IndexMap;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "completed-dependency-restarts",
        topic: Topic::Reliability,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service waits for the end of one that restarts whenever it ends",
        page: page!("completed-dependency-restarts"),
    },
    rule: &CompletedDependencyRestarts,
};

struct CompletedDependencyRestarts;

impl Rule for CompletedDependencyRestarts {
    /// One finding for a service that others wait for.
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut by_target: IndexMap<&str, Vec<Waiting>> = IndexMap::default();
        for wait in waiting(project, "service_completed_successfully") {
            by_target.entry(&wait.target.name).or_default().push(wait);
        }
        for (name, waits) in by_target {
            let Some((first, others)) = waits.split_first() else { continue };
            let Some((policy, origin)) = restarts(first.target) else { continue };
            let message = format!("`{name}` restarts whenever it ends (`{policy}`), and `{}` waits for its end", first.service.name);
            let mut report = cx.report(origin, message);
            for wait in waits.iter().take(1 + others.len().min(4)) {
                report = report.related(wait.entry.at_key().at, format!("`{}` waits for its end", wait.service.name));
            }
            report
                .why("the engine starts it again at once, so the work is done over and over, and the service that waits may never start")
                .help(format!("give `{name}` `restart: \"no\"`, or `on-failure` if it is to be tried again"));
        }
    }
}

/// The policy by which a service is started again even after it ended well, and where it is written.
fn restarts(service: &Service) -> Option<(&str, &Origin)> {
    if let Some(restart) = &service.restart {
        return matches!(restart.as_str(), "always" | "unless-stopped").then_some((restart.as_str(), &restart.origin));
    }
    let condition = service.deploy.as_ref()?.restart_policy.as_ref()?.condition.as_ref()?;
    (condition.as_str() == "any").then_some((condition.as_str(), &condition.origin))
}
