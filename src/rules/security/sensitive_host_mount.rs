//! A part of the host's system, in a container.

use crate::model::MountKind;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "sensitive-host-mount",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[
            Peer::Kics("volume_has_sensitive_host_directory"),
            Peer::ComposeLint("CL-0013"),
            Peer::ComposeLint("CL-0025"),
            Peer::Cis("5.6"),
        ],
        options: &[],
        summary: "a container sees a part of the host's own system",
        page: page!("sensitive-host-mount"),
    },
    rule: &SensitiveHostMount,
};

/// Directories of the system. Only these themselves and, for those that end in `/`, what is below them.
const SYSTEM: &[&str] = &[
    "/",
    "/boot",
    "/boot/",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/bin",
    "/sbin",
    "/proc",
    "/proc/",
    "/root",
    "/root/.ssh",
    "/root/.gnupg",
    "/root/.aws",
    "/root/.kube",
    "/root/.docker",
    "/sys",
    "/sys/",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/sbin",
    "/usr/local",
    "/usr/local/bin",
    "/var",
    "/var/lib",
    "/var/lib/docker",
    "/var/lib/docker/",
    "/home",
    "/etc/shadow",
    "/etc/passwd",
    "/etc/sudoers",
    "/etc/ssh",
    "/etc/ssh/",
    "/etc/docker",
    "/etc/systemd",
    "/etc/systemd/",
    "/etc/cron.d",
    "/etc/pam.d",
];

/// What is made to be shared, though it lies below.
const HARMLESS: &[&str] = &[
    "/usr/share/zoneinfo",
    "/usr/share/fonts",
    "/usr/share/ca-certificates",
    "/usr/local/share",
    "/usr/src",
    "/lib/modules",
    "/usr/lib/modules",
];

struct SensitiveHostMount;

impl Rule for SensitiveHostMount {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Bind) {
            let Some(source) = mount.source.as_deref().filter(|s| is_system(s)) else { continue };
            let report = cx.report(&mount.origin, format!("`{}` sees `{source}` of the host", service.name));
            if mount.read_only {
                report
                    .severity(Severity::Info)
                    .why("read-only, so it cannot change the host, but whoever gets into the container can read what lies there")
                    .help("mount only the file or directory that it needs");
            } else {
                report
                    .why("it may write there: whoever gets into the container can change the host's own system")
                    .help("mount only the file or directory that it needs, and with `:ro` if it only reads");
            }
        }
    }
}

fn is_system(source: &str) -> bool {
    let plain = if source == "/" { "/" } else { source.trim_end_matches('/') };
    if HARMLESS.iter().any(|h| plain == *h || plain.strip_prefix(h).is_some_and(|rest| rest.starts_with('/'))) {
        return false;
    }
    // Docker's own data, except the volumes that people mount by path.
    if plain.starts_with("/var/lib/docker/volumes/") {
        return false;
    }
    SYSTEM.iter().any(|s| match s.strip_suffix('/') {
        Some(above) if !above.is_empty() => plain.strip_prefix(above).is_some_and(|rest| rest.starts_with('/')),
        _ => plain == *s,
    })
}
