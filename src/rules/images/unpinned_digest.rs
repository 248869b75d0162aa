//! An image that is named by a tag alone.

use super::pulled::images;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unpinned-digest",
        topic: Topic::Images,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::ComposeLint("CL-0019")],
        options: &[],
        summary: "an image is named without its digest",
        page: page!("unpinned-digest"),
    },
    rule: &UnpinnedDigest,
};

struct UnpinnedDigest;

impl Rule for UnpinnedDigest {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for (image, users) in images(project, |r| r.digest.is_none() && r.tag != Some("")) {
            let message = format!("{} `{image}` by its name alone: no digest says which image that is", users.who());
            let Some(report) = users.report(message, cx) else { continue };
            report.why("the owner of a repository, or whoever took it over, can put another image under the same tag").help(
                "add the digest of the image that runs now behind the tag, `name:tag@sha256:…`: `docker image ls --digests` shows it",
            );
        }
    }
}
