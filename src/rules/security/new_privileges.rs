//! A container in which a program may get more rights than the one that started it.

use super::hardening::lacking;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "new-privileges",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[
            Peer::Kics("no_new_privileges_not_set"),
            Peer::Semgrep("no-new-privileges"),
            Peer::ComposeLint("CL-0003"),
            Peer::Cis("5.26"),
        ],
        options: &[],
        summary: "programs in a container may gain rights that it was not given",
        page: page!("new-privileges"),
    },
    rule: &NewPrivileges,
};

struct NewPrivileges;

const WHY: &str = "a program with the setuid bit (`su`, `sudo`, `ping`) runs as root, whoever starts it: the first step for whoever got into the container";

impl Rule for NewPrivileges {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        // With these the question is moot: the rule `privileged` speaks of it.
        if service.privileged.as_ref().is_some_and(|p| p.value) {
            return;
        }
        let mut said = None;
        for entry in &service.security_opt {
            let text = entry.trim();
            let (name, value) = text.split_once(['=', ':']).unwrap_or((text, "true"));
            if name.trim() == "no-new-privileges" {
                said = Some((value.trim() == "true", entry));
            }
        }
        match said {
            Some((true, _)) => {}
            Some((false, entry)) => {
                cx.report(&entry.origin, format!("programs in `{}` may gain rights that they were not given", service.name))
                    .why(WHY)
                    .help("write `no-new-privileges:true`");
            }
            None => {
                let Some(at) = lacking(service) else { return };
                cx.report(&at, format!("programs in `{}` may gain rights that they were not given", service.name)).why(WHY).help(
                    "add `no-new-privileges:true` to its `security_opt`; what starts as root and changes its user on its own still can",
                );
            }
        }
    }
}
