//! Logs that grow until the disk is full.

use super::missing::{depends_on_variable, is_whole};
use super::place::Place;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "missing-log-rotation",
        topic: Topic::Reliability,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "the log of a service has no limit",
        page: page!("missing-log-rotation"),
    },
    rule: &MissingLogRotation,
};

struct MissingLogRotation;

impl Rule for MissingLogRotation {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        if !is_whole(service, project) || depends_on_variable(service, &["logging"], project) {
            return;
        }
        let origin = match &service.logging {
            None => service.at_key(),
            Some(logging) => {
                let driver = logging.driver.as_ref().map_or("", |d| d.as_str());
                if !matches!(driver, "" | "json-file") || logging.options.contains_key("max-size") {
                    return;
                }
                // The driver's line, because several services may share the block.
                let written = logging.driver.as_ref().filter(|d| !d.origin.is_default());
                written.map_or_else(|| logging.at_key(), |d| d.origin.clone())
            }
        };
        let options = "\ndriver: json-file\noptions:\n  max-size: 10m\n  max-file: \"3\"";
        let place = Place::of(service, cx).filter(|_| service.logging.is_none());
        let edits = place.and_then(|place| place.add("logging", options));
        let mut report = cx.report(&origin, format!("the log of `{}` has no limit", service.name));
        if let Some(edits) = edits {
            report = report.fix("keep the last three files of 10 MB of its log, and no more", Applicability::Unsafe, edits);
        }
        report.why("the driver `json-file` keeps every line for as long as the container exists, until the disk of the host is full").help(
            "add `logging: {driver: json-file, options: {max-size: 10m, max-file: \"3\"}}`, or the driver `local`, which keeps 100 MB",
        );
    }
}
