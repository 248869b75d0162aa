//! The socket of the container engine, in a container.

use crate::model::image::ImageRef;
use crate::model::known;
use crate::model::{Mount, MountKind};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "container-socket",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[
            Peer::Kics("docker_socket_mounted_in_container"),
            Peer::Semgrep("exposing-docker-socket-volume"),
            Peer::ComposeLint("CL-0001"),
            Peer::Cis("5.32"),
        ],
        options: &[],
        summary: "a container can command the container engine",
        page: page!("container-socket"),
    },
    rule: &ContainerSocket,
};

struct ContainerSocket;

impl Rule for ContainerSocket {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let proxy = service
            .image
            .as_ref()
            .and_then(|i| ImageRef::parse(i))
            .is_some_and(|i| i.path.contains("socket-proxy") || i.path.contains("socketproxy"));
        for mount in service.volumes.iter().filter(|m| is_socket(m)) {
            let report = cx.report(&mount.origin, format!("`{}` can command the container engine", service.name));
            let report = if proxy {
                report.severity(Severity::Info).why("a socket proxy is the right place for it, if only its own clients can reach the proxy")
            } else if mount.read_only {
                report.why("`ro` protects the socket's file, not what is said through it: whoever gets into this container can still start one with every right on the host")
            } else {
                report.why("whoever gets into this container can start another one with every right on the host")
            };
            if !proxy {
                report.help("put a socket proxy between them that allows only the calls it needs");
            }
        }
        if let Some(api) = service.use_api_socket.as_ref().filter(|a| a.value) {
            cx.report(&api.at_key(), format!("`{}` can command the container engine", service.name))
                .why("`use_api_socket` hands it the engine's socket and the user's registry credentials")
                .help("put a socket proxy between them that allows only the calls it needs");
        }
    }
}

fn is_socket(mount: &Mount) -> bool {
    mount.kind == MountKind::Bind && mount.source.as_deref().is_some_and(known::is_engine_socket)
}
