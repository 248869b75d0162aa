//! One service that runs different versions of its image on different hosts.

use std::collections::BTreeMap;

use crate::model::image::ImageRef;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "image-drift",
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

/// Places that a finding shows.
const SHOWN: usize = 5;

/// A use of an image.
struct Use<'a> {
    host: String,
    /// Tag and digest.
    version: String,
    origin: &'a Origin,
}

impl Rule for ImageDrift {
    fn fleet(&self, fleet: &Fleet, cx: &mut Cx) {
        let mut by_image: BTreeMap<(&str, String), Vec<Use>> = BTreeMap::new();
        for host in fleet.hosts {
            let Some(name) = host.name() else { continue };
            for service in host.projects.iter().flat_map(|p| p.services.values()).filter(|s| s.build.is_none()) {
                let Some(image) = service.image.as_ref().filter(|i| !i.origin.is_unset()) else { continue };
                let Some(parts) = ImageRef::parse(image) else { continue };
                let repository = format!("{}/{}", parts.registry.unwrap_or_default(), parts.path);
                let version = format!("{}{}", parts.tag.unwrap_or("latest"), parts.digest.map(|d| format!("@{d}")).unwrap_or_default());
                let uses = by_image.entry((&service.name, repository)).or_default();
                // Two stacks of one host may differ on purpose.
                if uses.iter().all(|u| u.host != *name) {
                    uses.push(Use { host: name.to_string(), version, origin: &image.origin });
                }
            }
        }
        for ((service, _), uses) in by_image {
            let Some((first, others)) = uses.split_first() else { continue };
            let Some(other) = others.iter().find(|u| u.version != first.version) else { continue };
            let message = format!(
                "`{service}` runs as {} on `{}` and as {} on `{}`",
                short(&other.version),
                other.host,
                short(&first.version),
                first.host
            );
            let mut report = cx.report(other.origin, message).related(first.origin.at, format!("on `{}`", first.host));
            let more = others.iter().filter(|u| u.origin.at != other.origin.at).take(SHOWN - 2);
            for u in more {
                report = report.related(u.origin.at, format!("on `{}`: {}", u.host, short(&u.version)));
            }
            report
                .why("an update reached one host and not the other: what works here may fail there, and a fixed hole may still be open")
                .help("write the version once, in a file that both hosts extend or include, or update the one that was left behind");
        }
    }
}

/// A version without most of its digest.
fn short(version: &str) -> String {
    match version.split_once("@sha256:") {
        Some((tag, digest)) => format!("`{tag}@{}`", digest.get(..12).unwrap_or(digest)),
        None => format!("`{version}`"),
    }
}
