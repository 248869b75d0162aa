//! A container that shares a namespace with its host.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "host-namespace",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[
            Peer::Kics("host_namespace_is_shared"),
            Peer::Kics("shared_host_ipc_namespace"),
            Peer::Kics("shared_host_user_namespace"),
            Peer::ComposeLint("CL-0010"),
            Peer::Cis("5.16"),
            Peer::Cis("5.17"),
            Peer::Cis("5.21"),
            Peer::Cis("5.31"),
        ],
        options: &[],
        summary: "a container shares processes, memory, users or the name of the host",
        page: page!("host-namespace"),
    },
    rule: &HostNamespace,
};

struct HostNamespace;

impl Rule for HostNamespace {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let namespaces = [
            (
                "pid",
                &service.pid,
                "shares the processes of the host",
                "it sees all processes of the host, may end those of its user, and as root reads their environment with the passwords in it",
            ),
            (
                "ipc",
                &service.ipc,
                "shares the memory segments of the host",
                "what programs of the host share in memory, it can read and change",
            ),
            ("uts", &service.uts, "shares the name of the host", "with the right to do so, it renames the host itself"),
            (
                "userns_mode",
                &service.userns_mode,
                "shares the users of the host",
                "where the engine maps users, root in this container is root of the host all the same",
            ),
            (
                "cgroup",
                &service.cgroup,
                "shares the control groups of the host",
                "it sees how the host limits every other container, and where they are",
            ),
        ];
        for (key, value, what, why) in namespaces {
            let Some(value) = value.as_ref().filter(|v| v.value == "host") else { continue };
            let instead = match key {
                "pid" | "ipc" => "; to look after one container, `service:<name>` is enough",
                _ => "",
            };
            cx.report(&value.at_key(), format!("`{}` {what}", service.name))
                .why(why)
                .help(format!("remove `{key}: host`, unless the program is made to look after the host{instead}"));
        }
    }
}
