//! A part of the host's system, in a container.

use crate::model::{MountKind, known};
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

struct SensitiveHostMount;

impl Rule for SensitiveHostMount {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Bind) {
            let Some(source) = mount.source.as_deref().filter(|s| known::is_system_path(s)) else { continue };
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
