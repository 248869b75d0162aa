//! A service whose messages nobody can read.

use super::place::Place;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "logging-disabled",
        topic: Topic::Reliability,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[Peer::ComposeLint("CL-0014")],
        options: &[],
        summary: "a service keeps no log",
        page: page!("logging-disabled"),
    },
    rule: &LoggingDisabled,
};

struct LoggingDisabled;

impl Rule for LoggingDisabled {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(logging) = &service.logging else { return };
        let Some(driver) = logging.driver.as_ref().filter(|d| d.as_str() == "none") else { return };
        let edits = Place::of(service, cx).and_then(|place| place.remove("logging"));
        let mut report = cx.report(&driver.origin, format!("`{}` keeps no log", service.name));
        if let Some(edits) = edits {
            report = report.fix("remove `logging`, so that the log is kept as the engine is set up to", Applicability::Unsafe, edits);
        }
        report
            .why("when it fails, `docker compose logs` has nothing, and nobody can say what happened")
            .help("use the driver `local`, which keeps the last 100 MB, or leave `logging` out");
    }
}
