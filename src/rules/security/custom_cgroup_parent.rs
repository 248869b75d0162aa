//! A container outside of the control group that the engine has for containers.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "custom-cgroup-parent",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::Kics("cgroup_not_default"), Peer::Cis("5.25")],
        options: &[],
        summary: "a container runs in another control group than the engine's",
        page: page!("custom-cgroup-parent"),
    },
    rule: &CustomCgroupParent,
};

struct CustomCgroupParent;

impl Rule for CustomCgroupParent {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(parent) = service.cgroup_parent.as_ref().filter(|p| !p.trim().is_empty()) else { return };
        cx.report(&parent.at_key(), format!("`{}` runs in the control group `{}`", service.name, parent.value))
            .why("the limits that the host sets for all containers together do not hold for it; it shares those of whatever else is in that group")
            .help("remove `cgroup_parent`, and limit the service itself: `deploy.resources.limits`");
    }
}
