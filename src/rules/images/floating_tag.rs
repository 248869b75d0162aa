//! An image whose tag means another version tomorrow.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::compose::value::Definition;
use crate::model::image::ImageRef;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "floating-tag",
        topic: Topic::Images,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::Dclint("service-image-require-explicit-tag"), Peer::ComposeLint("CL-0004"), Peer::Cis("5.28")],
        options: &[],
        summary: "an image has no tag, or one that moves to the next version",
        page: page!("floating-tag"),
    },
    rule: &FloatingTag,
};

struct FloatingTag;

/// Words that say "whatever is newest".
#[rustfmt::skip]
const MOVING: &[&str] = &[
    "latest", "stable", "edge", "main", "master", "trunk", "head", "nightly", "daily", "weekly", "lts", "dev", "devel", "develop",
    "development", "beta", "alpha", "canary", "rolling", "current", "release", "mainline", "testing", "unstable", "next", "snapshot",
    "preview", "rc", "production", "prod", "staging",
];
/// Words that say what is in the image, and nothing of its version.
#[rustfmt::skip]
const FLAVOUR: &[&str] = &[
    "alpine", "slim", "debian", "ubuntu", "bookworm", "bullseye", "buster", "trixie", "jammy", "noble", "focal", "fpm", "apache", "cli",
    "perl", "management", "full", "minimal", "lite", "rootless", "cuda", "gpu", "cpu", "arm", "amd", "linux", "community", "ce", "ls",
];

/// How many other services a finding shows.
const SHOWN: usize = 5;

impl Rule for FloatingTag {
    /// One finding for an image, however many services run it.
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut by_image: IndexMap<&str, Vec<(&str, &Origin)>> = IndexMap::new();
        for service in project.services.values() {
            let Some(image) = &service.image else { continue };
            let unresolved = image.origin.variables().any(|(_, d)| *d == Definition::Unset);
            let floats = ImageRef::parse(image).is_some_and(|r| r.digest.is_none() && r.tag.is_none_or(is_moving));
            if floats && !unresolved && !is_local(service, project) {
                by_image.entry(image).or_default().push((&service.name, &image.origin));
            }
        }
        for (image, services) in by_image {
            let Some(((name, origin), others)) = services.split_first() else { continue };
            let who = match others {
                [] => format!("`{name}` runs"),
                [(other, _)] => format!("`{name}` and `{other}` run"),
                _ => format!("`{name}` and {} more services run", others.len()),
            };
            let message = if ImageRef::parse(image).is_some_and(|r| r.tag.is_none()) {
                format!("{who} whatever `{image}:latest` is on the day it is pulled: no tag is named")
            } else {
                format!("{who} whatever `{image}` is on the day it is pulled")
            };
            let mut report = cx.report(origin, message);
            let mut shown = BTreeSet::from([origin.at]);
            for (other, origin) in others {
                if shown.len() <= SHOWN && shown.insert(origin.at) {
                    report = report.related(origin.at, format!("`{other}`"));
                }
            }
            report
                .why("a pull can bring a new version with it at any time, and nothing says which one worked before")
                .help("name the version that runs now as the tag, or add its digest: `image: name:tag@sha256:…`");
        }
    }
}

/// True if the image is made here and never pulled.
fn is_local(service: &Service, project: &Project) -> bool {
    let built = |s: &Service| s.build.is_some() && s.image.as_deref() == service.image.as_deref();
    let never_pulled = service.pull_policy.as_ref().is_some_and(|p| matches!(p.as_str(), "never" | "build"));
    service.build.is_some() || never_pulled || project.services.values().any(|s| built(s))
}

/// True for `latest`, `stable-alpine`, `alpine`: no word of it is a version. The empty tag is another mistake.
fn is_moving(tag: &str) -> bool {
    let tag = tag.to_ascii_lowercase();
    !tag.is_empty() && tag.split(['-', '_', '.']).all(|w| MOVING.contains(&w) || FLAVOUR.contains(&w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_without_a_version_moves() {
        for tag in ["latest", "stable-alpine", "alpine", "LTS", "latest-full"] {
            assert!(is_moving(tag), "{tag}");
        }
        for tag in ["1.27", "8", "", "alpine3.20", "ls-1.2", "local", "sha-abc", "2024-latest"] {
            assert!(!is_moving(tag), "{tag}");
        }
    }
}
