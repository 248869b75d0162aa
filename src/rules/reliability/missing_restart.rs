//! A service that stays down after a crash or a reboot.

use super::missing::{depends_on_variable, is_whole, runs_once};
use super::place::Place;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "missing-restart",
        topic: Topic::Reliability,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a service has no restart policy",
        page: page!("missing-restart"),
    },
    rule: &MissingRestart,
};

struct MissingRestart;

impl Rule for MissingRestart {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        let deploy = service.deploy.as_ref().is_some_and(|d| d.restart_policy.is_some());
        let told = service.restart.is_some() || deploy || depends_on_variable(service, &["restart"], project);
        if told || !is_whole(service, project) || runs_once(service, project) {
            return;
        }
        let edits = Place::of(service, cx).and_then(|place| place.add("restart", "unless-stopped"));
        let mut report = cx.report(&service.at_key(), format!("`{}` stays down when it ends or the host restarts", service.name));
        if let Some(edits) = edits {
            report =
                report.fix("add `restart: unless-stopped`, so that it is started again whenever it ends", Applicability::Unsafe, edits);
        }
        report
            .why("without a restart policy nothing starts it again, and nobody is told")
            .help("add `restart: unless-stopped`; for a service that is to run once write `restart: \"no\"`");
    }
}
