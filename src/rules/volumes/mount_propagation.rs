//! Mounts that pass on to the host, or from it.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "mount-propagation",
        topic: Topic::Volumes,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::Kics("volume_mounted_in_multiple_containers"), Peer::ComposeLint("CL-0017"), Peer::Cis("5.20")],
        options: &[],
        summary: "what is mounted in a container appears on the host, or the other way round",
        page: page!("mount-propagation"),
    },
    rule: &MountPropagation,
};

struct MountPropagation;

impl Rule for MountPropagation {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for mount in &service.volumes {
            let Some(mode) = mount.bind.as_ref().and_then(|b| b.propagation.as_deref()) else { continue };
            let name = &service.name;
            match mode {
                "shared" | "rshared" => {
                    cx.report(&mount.origin, format!("what `{name}` mounts below `{}` appears on the host (`{mode}`)", mount.target))
                        .why("a container can put file systems over directories of the host and of every other container that has the path")
                        .help("leave the propagation out, unless the service is there to mount things for others (rclone, mergerfs, storage plugins)");
                }
                "slave" | "rslave" => {
                    cx.report(
                        &mount.origin,
                        format!("what the host mounts below the source of `{}` appears in `{name}` (`{mode}`)", mount.target),
                    )
                    .severity(Severity::Info)
                    .why("the container sees file systems that nobody gave it, such as a disk that is plugged in later")
                    .help("leave the propagation out, unless the service is meant to see mounts that come later");
                }
                _ => {}
            }
        }
    }
}
