//! A container without the profile that keeps it from the kernel.

use super::edits;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "security-profile-disabled",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[
            Peer::Kics("default_seccomp_profile_disabled"),
            Peer::Kics("seccomp_disabled"),
            Peer::Semgrep("seccomp-confinement-disabled"),
            Peer::Semgrep("selinux-separation-disabled"),
            Peer::ComposeLint("CL-0009"),
            Peer::Cis("5.2"),
            Peer::Cis("5.3"),
            Peer::Cis("5.22"),
        ],
        options: &[],
        summary: "seccomp, AppArmor or SELinux is turned off for a container",
        page: page!("security-profile-disabled"),
    },
    rule: &SecurityProfileDisabled,
};

struct SecurityProfileDisabled;

/// What an entry of `security_opt` turns off, and what that meant.
fn turned_off(entry: &str) -> Option<(&'static str, &'static str)> {
    // The engine takes `:` and `=`.
    let (name, value) = entry.trim().split_once(['=', ':'])?;
    match (name.trim(), value.trim()) {
        ("seccomp", "unconfined") => {
            Some(("seccomp", "the filter keeps some sixty calls to the kernel away from it, those that past ways out of containers needed"))
        }
        ("apparmor", "unconfined") => {
            Some(("AppArmor", "its profile keeps the container from mounting, and from the kernel's settings below `/proc` and `/sys`"))
        }
        ("label", "disable" | "disabled") => {
            Some(("SELinux", "its labels keep the container from files of the host and of other containers, whatever is mounted"))
        }
        ("systempaths", "unconfined") => {
            Some(("the protection of `/proc` and `/sys`", "the parts of them that change the kernel or tell of the host are open to it"))
        }
        _ => None,
    }
}

impl Rule for SecurityProfileDisabled {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for entry in &service.security_opt {
            let Some((what, why)) = turned_off(entry) else { continue };
            let edits = edits::without(entry.origin.at, cx);
            let report = cx
                .report(&entry.origin, format!("`{}` runs without {what}", service.name))
                .why(why)
                .help("remove the entry; if the program then fails, give it a profile that allows just what it needs");
            if let Some(edits) = edits {
                report.fix(format!("remove the entry: the container then runs with {what}"), Applicability::Unsafe, edits);
            }
        }
    }
}
