//! A service that has a `build` and an `image`.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "build-and-image",
        topic: Topic::Images,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::Dclint("no-build-and-image")],
        options: &[OptionDef {
            name: "check-pull-policy",
            summary: "silent where `pull_policy` says which of the two is meant",
            default: OptionDefault::Flag(true),
        }],
        summary: "a service has both `build` and `image`",
        page: page!("build-and-image"),
    },
    rule: &BuildAndImage,
};

struct BuildAndImage;

impl Rule for BuildAndImage {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let (Some(build), Some(image)) = (&service.build, &service.image) else { return };
        if cx.flag("check-pull-policy") && service.pull_policy.is_some() {
            return;
        }
        cx.report(&build.at_key(), format!("`{}` has both `build` and `image`", service.name))
            .related(image.origin.at, "the name that the built image gets")
            .why("whether it is built or pulled depends on which images are on the host already, so two hosts can run different software")
            .help("leave one of the two, or say which is meant: `pull_policy: build`, or `missing` to pull it first");
    }
}
