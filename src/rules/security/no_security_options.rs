//! A service that sets no security option at all.

use super::hardening::lacking;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "no-security-options",
        topic: Topic::Security,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::Kics("security_opt_not_set"), Peer::Cis("5.2"), Peer::Cis("5.3")],
        options: &[],
        summary: "a service has no `security_opt`",
        page: page!("no-security-options"),
    },
    rule: &NoSecurityOptions,
};

struct NoSecurityOptions;

impl Rule for NoSecurityOptions {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        if !service.security_opt.is_empty() {
            return;
        }
        let Some(at) = lacking(service) else { return };
        cx.report(&at, format!("`{}` sets no security option", service.name))
            .why("the engine's own profiles for seccomp and AppArmor hold all the same; what they leave open stays open")
            .help("the one that fits nearly every service is `security_opt: [\"no-new-privileges:true\"]`; SELinux and AppArmor profiles of your own go there too");
    }
}
