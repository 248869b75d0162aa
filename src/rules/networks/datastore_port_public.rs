//! A database that other machines can reach.

use crate::model::Port;
use crate::model::address::HostPorts;
use crate::model::image::ImageRef;
use crate::model::known;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "datastore-port-public",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "the port of a database is open to other machines",
        page: page!("datastore-port-public"),
    },
    rule: &DatastorePortPublic,
};

/// The data store that a service runs, by the name of its image, and the ports that it serves data on.
pub(super) fn datastore(service: &Service) -> Option<(&'static str, &'static [u32])> {
    known::datastore(&ImageRef::parse(service.image.as_ref()?)?)
}

struct DatastorePortPublic;

impl Rule for DatastorePortPublic {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some((name, stores)) = datastore(service) else { return };
        for port in &service.ports {
            if !stores.contains(&port.target) || HostPorts::of(port).is_none_or(|host| !host.is_public()) {
                continue;
            }
            let fix = local(port, cx);
            cx.report(&port.origin, format!("the port of the {name} in `{}` is open to other machines", service.name))
                .label(format!("{} is published on {}", port.target, address(port.host_ip.as_deref())))
                .why("Docker opens published ports past the firewall rules of the host (ufw, firewalld), so everyone who can reach the host can try passwords")
                .help("services of the same project reach it without `ports`; for tools on the host write `127.0.0.1:` in front")
                .maybe_fix(fix);
        }
    }
}

/// The port for this host alone. Only the short form with a port of the host and without an address, which is how it is mostly written.
pub(super) fn local(port: &Sourced<Port>, cx: &Cx) -> Option<Fix> {
    let at = port.origin.at;
    let tree = cx.tree(at.file)?;
    let text = tree.text(tree.at(at)?)?;
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let (published, target) = text.split_once(':')?;
    if !(plain(published) && plain(target.split('/').next()?)) || port.host_ip.is_some() {
        return None;
    }
    let edit = mend::replace(at, &format!("127.0.0.1:{text}"), cx)?;
    let title = "write `127.0.0.1:` in front: only this host reaches the port then".to_owned();
    Some(Fix { title, applicability: Applicability::Unsafe, edits: vec![edit] })
}

/// The address of a published port, in words.
pub(super) fn address(host_ip: Option<&str>) -> String {
    host_ip.map_or_else(|| "every address of the host".into(), |ip| format!("address {ip}"))
}
