//! A right that leads out of the container.

use super::capabilities;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "dangerous-capability",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[
            Peer::Kics("container_capabilities_unrestricted"),
            Peer::Kics("check_cap_add_cap_drop"),
            Peer::ComposeLint("CL-0011"),
            Peer::ComposeLint("CL-0024"),
            Peer::ComposeLint("CL-0027"),
            Peer::ComposeLint("CL-0028"),
            Peer::Cis("5.4"),
        ],
        options: &[],
        summary: "a container gets a right that reaches beyond it",
        page: page!("dangerous-capability"),
    },
    rule: &DangerousCapability,
};

struct DangerousCapability;

/// Those that lead to the host, and what they are good for.
const HOST: &[(&str, &str)] = &[
    ("ALL", "it is every right that there is: with it the container is as good as privileged"),
    ("SYS_ADMIN", "it may mount file systems and much else: most ways out of a container begin with it"),
    ("SYS_MODULE", "it may load modules into the host's kernel, which is to do anything"),
    ("SYS_RAWIO", "it may talk to the host's hardware past all protection of files"),
    ("SYS_BOOT", "it may restart the host, or boot another kernel"),
    ("BPF", "it may load programs into the host's kernel"),
    ("DAC_READ_SEARCH", "it may read any file whose file system it sees, also outside of what is mounted"),
    ("MAC_ADMIN", "it may change the rules that keep containers apart (SELinux, AppArmor, Smack)"),
    ("MAC_OVERRIDE", "it may ignore the rules that keep containers apart (SELinux, AppArmor, Smack)"),
];

/// Those that reach beyond the container, but are what some programs are made for.
const BEYOND: &[(&str, &str)] = &[
    ("NET_ADMIN", "it may change routes and firewall rules; VPNs need that"),
    ("SYS_PTRACE", "it may read the memory of every process that it sees; debuggers need that"),
    ("SYS_TIME", "it may set the clock, and there is only the one of the host; time servers need that"),
    ("PERFMON", "it may watch the kernel and every process of the host; profilers need that"),
    ("SYSLOG", "it may read the kernel's messages, with the addresses that attacks on the kernel need"),
];

impl Rule for DangerousCapability {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        // `privileged` says it all.
        if service.privileged.as_ref().is_some_and(|p| p.value) {
            return;
        }
        for item in &service.cap_add {
            let name = capabilities::plain(item);
            let known = |list: &'static [(&str, &'static str)]| list.iter().find(|(n, _)| *n == name).map(|(_, what)| *what);
            let message = format!("`{}` gets the capability `{name}`", service.name);
            if let Some(what) = known(HOST) {
                cx.report(&item.origin, message).why(what).help(
                    "leave it out and see what fails; often a device, a smaller capability or a mount is enough. If it is needed, say why beside it",
                );
            } else if let Some(what) = known(BEYOND) {
                // A debugger that sees the processes of the host debugs the host.
                let host = name == "SYS_PTRACE" && service.pid.as_deref().is_some_and(|p| p == "host");
                let severity = if host { Severity::Warning } else { Severity::Info };
                cx.report(&item.origin, message)
                    .severity(severity)
                    .why(if host { "with `pid: host` it may read and change the memory of every process of the host" } else { what })
                    .help("if it is what this program is for, say so beside it; else leave it out");
            }
        }
    }
}
