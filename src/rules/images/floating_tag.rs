//! An image whose tag means another version tomorrow.

use super::pulled::images;
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
        options: &[OptionDef { name: "tags", summary: "more tags that move, or words of such tags", default: OptionDefault::List(&[]) }],
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
    /// One finding for an image, however many services run it.
    fn project(&self, project: &Project, cx: &mut Cx) {
        let more: Vec<String> = cx.list("tags").into_iter().map(str::to_ascii_lowercase).collect();
        let floats = |r: &ImageRef| r.digest.is_none() && r.tag.is_none_or(|tag| is_moving(tag, &more));
        for (image, users) in images(project, floats) {
            let who = users.who();
            let message = if ImageRef::parse(image).is_some_and(|r| r.tag.is_none()) {
                format!("{who} whatever `{image}:latest` is on the day it is pulled: no tag is named")
            } else {
                format!("{who} whatever `{image}` is on the day it is pulled")
            };
            let Some(report) = users.report(message, cx) else { continue };
            report
                .why("a pull can bring a new version with it at any time, and nothing says which one worked before")
                .help("name the version that runs now as the tag, or add its digest: `image: name:tag@sha256:…`");
        }
    }
}

/// True for `latest`, `stable-alpine`, `alpine`: no word of it is a version; and for what `more` names. The empty tag is another mistake.
fn is_moving(tag: &str, more: &[String]) -> bool {
    let tag = tag.to_ascii_lowercase();
    let moves = |w: &str| MOVING.contains(&w) || FLAVOUR.contains(&w) || more.iter().any(|m| m == w);
    !tag.is_empty() && (more.contains(&tag) || tag.split(['-', '_', '.']).all(moves))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_without_a_version_moves() {
        for tag in ["latest", "stable-alpine", "alpine", "LTS", "latest-full"] {
            assert!(is_moving(tag, &[]), "{tag}");
        }
        for tag in ["1.27", "8", "", "alpine3.20", "ls-1.2", "local", "sha-abc", "2024-latest"] {
            assert!(!is_moving(tag, &[]), "{tag}");
        }
        assert!(is_moving("local", &["local".to_owned()]) && is_moving("v1-local", &["v1-local".to_owned()]));
    }
}
