//! A container in which a program may get more rights than the one that started it.

use super::edits;
use super::hardening::lacking;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "new-privileges",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
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

const FIX: &str = "set `no-new-privileges:true`: programs with the setuid bit (`sudo`) then run with the rights of whoever starts them";

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
                let edits = edits::instead(entry.origin.at, "no-new-privileges:true", cx);
                let report = cx
                    .report(&entry.origin, format!("programs in `{}` may gain rights that they were not given", service.name))
                    .why(WHY)
                    .help("write `no-new-privileges:true`");
                if let Some(edits) = edits {
                    report.fix(FIX, Applicability::Unsafe, edits);
                }
            }
            None => {
                let Some(at) = lacking(service) else { return };
                // A list of the service's own gets one more item; without any, the service gets a list.
                let edits = match service.security_opt.first() {
                    Some(first) if first.origin.at.file == at.at.file && first.origin.via.iter().next().is_none() => {
                        edits::with_item(first.origin.at, "no-new-privileges:true", cx)
                    }
                    Some(_) => None,
                    None => edits::with_key(at.at, "security_opt", "[\"no-new-privileges:true\"]", cx),
                };
                let report =
                    cx.report(&at, format!("programs in `{}` may gain rights that they were not given", service.name)).why(WHY).help(
                        "add `no-new-privileges:true` to its `security_opt`; what starts as root and changes its user on its own still can",
                    );
                if let Some(edits) = edits {
                    report.fix(FIX, Applicability::Unsafe, edits);
                }
            }
        }
    }
}
