//! A service whose messages nobody can read.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "logging-disabled",
        topic: Topic::Reliability,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
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
        cx.report(&driver.origin, format!("`{}` keeps no log", service.name))
            .why("when it fails, `docker compose logs` has nothing, and nobody can say what happened")
            .help("use the driver `local`, which keeps the last 100 MB, or leave `logging` out");
    }
}
