//! An image whose tag means another version tomorrow.

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

impl Rule for FloatingTag {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        let Some(image) = &service.image else { return };
        let unresolved = image.origin.variables().any(|(_, d)| *d == Definition::Unset);
        if unresolved || is_local(service, project) {
            return;
        }
        let Some(reference) = ImageRef::parse(image).filter(|r| r.digest.is_none()) else { return };
        let message = match reference.tag {
            None => format!("`{}` runs whatever `{}:latest` is on the day it is pulled: no tag is named", service.name, image.value),
            Some(tag) if is_moving(tag) => format!("`{}` runs whatever `{}` is on the day it is pulled", service.name, image.value),
            Some(_) => return,
        };
        cx.report(&image.origin, message)
            .why("a pull can bring a new version with it at any time, and nothing says which one worked before")
            .help("name the version that runs now as the tag, or add its digest: `image: name:tag@sha256:…`");
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
