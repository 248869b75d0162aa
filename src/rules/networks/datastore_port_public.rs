//! A database that other machines can reach.

use crate::model::Port;
use crate::model::address::HostPorts;
use crate::model::image::ImageRef;
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

/// Base names of the images of data stores, and the ports that they serve data on. Their web consoles are another matter.
const STORES: &[(&str, &[u32])] = &[
    ("postgres", &[5432]),
    ("postgis", &[5432]),
    ("pgvector", &[5432]),
    ("timescaledb", &[5432]),
    ("timescaledb-ha", &[5432]),
    ("cockroach", &[26257]),
    ("mysql", &[3306, 33060]),
    ("mysql-server", &[3306, 33060]),
    ("mariadb", &[3306]),
    ("percona", &[3306]),
    ("redis", &[6379]),
    ("redis-stack", &[6379]),
    ("redis-stack-server", &[6379]),
    ("valkey", &[6379]),
    ("keydb", &[6379]),
    ("dragonfly", &[6379]),
    ("mongo", &[27017]),
    ("mongodb", &[27017]),
    ("mongodb-community-server", &[27017]),
    ("elasticsearch", &[9200, 9300]),
    ("opensearch", &[9200, 9300, 9600]),
    ("memcached", &[11211]),
    ("influxdb", &[8086]),
    ("clickhouse", &[8123, 9000]),
    ("clickhouse-server", &[8123, 9000]),
    ("cassandra", &[9042]),
    ("scylla", &[9042]),
    ("couchdb", &[5984]),
    ("couchbase", &[8091, 11210]),
    ("neo4j", &[7687]),
    ("etcd", &[2379, 2380]),
];

/// The data store that a service runs, by the name of its image, and the ports that it serves data on.
pub(super) fn datastore(service: &Service) -> Option<(&'static str, &'static [u32])> {
    let image = ImageRef::parse(service.image.as_ref()?)?;
    STORES.iter().find(|(name, _)| *name == image.base_name()).copied()
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
fn local(port: &Sourced<Port>, cx: &Cx) -> Option<Fix> {
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

fn address(host_ip: Option<&str>) -> String {
    host_ip.map_or_else(|| "every address of the host".into(), |ip| format!("address {ip}"))
}
