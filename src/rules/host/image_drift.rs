//! One service that runs different versions of its image on different hosts.

use crate::rules::fleet::{Between, Used, drifts};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: crate::rules::fleet::DRIFT,
        topic: Topic::Host,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service runs different versions of its image on different hosts",
        page: page!("image-drift"),
    },
    rule: &ImageDrift,
};

struct ImageDrift;

impl Rule for ImageDrift {
    fn fleet(&self, fleet: &Fleet, cx: &mut Cx) {
        let mut all = Vec::new();
        for host in fleet.hosts {
            let Some(name) = host.name else { continue };
            for service in host.projects.iter().flat_map(|p| p.services.values()).filter(|s| s.build.is_none()) {
                if let Some(image) = service.image.as_ref().filter(|i| !i.origin.is_unset()) {
                    all.push(Used { host: name, service: &service.name, image, place: &image.origin });
                }
            }
        }
        for drift in drifts(all.into_iter()) {
            report(drift, cx);
        }
    }
}

/// Tells what holds between hosts.
pub(super) fn report(between: Between<&Origin>, cx: &mut Cx) {
    let mut places = between.places.into_iter();
    let Some((first, _)) = places.next() else { return };
    let mut report = cx.report(first, between.message);
    for (place, text) in places.filter(|(place, _)| place.at != first.at) {
        report = report.related(place.at, text);
    }
    report.why(between.why).help(between.help);
}
