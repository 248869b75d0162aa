//! A container that may do everything on its host.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "privileged",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[
            Peer::Kics("privileged_containers_enabled"),
            Peer::Semgrep("privileged-service"),
            Peer::ComposeLint("CL-0002"),
            Peer::Cis("5.5"),
        ],
        options: &[],
        summary: "a container runs with every right on the host",
        page: page!("privileged"),
    },
    rule: &Privileged,
};

struct Privileged;

impl Rule for Privileged {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(privileged) = service.privileged.as_ref().filter(|p| p.value) else { return };
        cx.report(&privileged.at_key(), format!("`{}` runs with every right on the host", service.name))
            .why("whoever gets into this container owns the host: all devices, the kernel's settings, every other container")
            .help("name what it needs instead: `devices:` for hardware, `cap_add:` for single rights");
    }
}
