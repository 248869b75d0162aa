//! `ports` on a service that borrows the network of another container.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "shared-network-namespace-with-ports",
        topic: Topic::Networks,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "`ports` on a service that uses the network of another container",
        page: page!("shared-network-namespace-with-ports"),
    },
    rule: &SharedNamespace,
};

struct SharedNamespace;

impl Rule for SharedNamespace {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(mode) = &service.network_mode else { return };
        let (Some(port), Some((kind, other))) = (service.ports.first(), mode.split_once(':')) else { return };
        if kind != "service" && kind != "container" {
            return;
        }
        cx.report(&port.origin, format!("`{}` publishes ports, but it uses the network of `{other}`", service.name))
            .related(mode.origin.at, "the network of another container")
            .why("the engine refuses to create such a container")
            .help(format!("publish the port on `{other}` instead"));
    }
}
