//! A container that keeps the rights the engine gives to all.

use super::capabilities;
use super::hardening::lacking;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "default-capabilities",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::Kics("container_capabilities_unrestricted"), Peer::ComposeLint("CL-0006"), Peer::Cis("5.4")],
        options: &[],
        summary: "a container keeps capabilities that it was not asked whether it needs them",
        page: page!("default-capabilities"),
    },
    rule: &DefaultCapabilities,
};

struct DefaultCapabilities;

impl Rule for DefaultCapabilities {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        // A privileged container has them all, dropped or not.
        if service.privileged.as_ref().is_some_and(|p| p.value) || service.cap_drop.iter().any(|c| capabilities::plain(c) == "ALL") {
            return;
        }
        let Some(at) = lacking(service) else { return };
        cx.report(&at, format!("`{}` keeps the capabilities that the engine gives to every container", service.name))
            .why("hardly any program needs all fourteen of them: with them, whoever is root in it may forge packets, change the owner of files and make devices")
            .help("write `cap_drop: [ALL]`, and under `cap_add` what it then lacks: often `CHOWN`, `SETUID`, `SETGID`, `NET_BIND_SERVICE` or nothing");
    }
}
