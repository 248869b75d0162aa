//! A port to control something by, open to other machines.

use super::datastore_port_public::{address, datastore, local};
use crate::model::address::HostPorts;
use crate::model::image::ImageRef;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "control-port-public",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a port that controls the engine, the house or a server is open to other machines",
        page: page!("control-port-public"),
    },
    rule: &ControlPortPublic,
};

struct ControlPortPublic;

/// What somebody can do who gets in there.
const ENGINE: &str = "whoever gets in can start containers with every right on the host";
const FLOWS: &str = "whoever gets in can run code of their own and command everything that it is connected to";
const MESSAGES: &str =
    "without a password, which is how many are set up, everybody can read all messages and send commands to every device";
const DATA: &str = "whoever gets in has the whole database";
const ROUTES: &str = "whoever gets in decides where the traffic of all services goes";
const FILES: &str = "whoever gets in can read and change the files and run commands";
const QUEUES: &str = "whoever gets in can read and delete every message";

/// The name of the image, what it is, the ports in the container, and what somebody can do there.
#[rustfmt::skip]
const CONTROLS: &[(&[&str], &str, &[u32], &str)] = &[
    (&["portainer", "portainer-ce", "portainer-ee"], "Portainer", &[8000, 9000, 9443], ENGINE),
    (&["agent"], "the Portainer agent", &[9001], ENGINE),
    (&["docker", "dind"], "Docker's API", &[2375, 2376], ENGINE),
    (&["docker-socket-proxy", "socket-proxy", "docker-socketproxy"], "Docker's API", &[2375, 2376], ENGINE),
    (&["dockge"], "Dockge", &[5001], ENGINE),
    (&["yacht"], "Yacht", &[8000], ENGINE),
    (&["komodo", "komodo-core", "komodo-periphery", "periphery"], "Komodo", &[8120, 9120], ENGINE),
    (&["node-red", "node-red-docker"], "the editor of Node-RED", &[1880], FLOWS),
    (&["n8n"], "the editor of n8n", &[5678], FLOWS),
    (&["esphome"], "ESPHome", &[6052], FLOWS),
    (&["eclipse-mosquitto", "mosquitto"], "the MQTT broker", &[1883, 9001], MESSAGES),
    (&["emqx", "vernemq", "hivemq-ce", "hivemq4"], "the MQTT broker", &[1883, 8083, 18083], MESSAGES),
    (&["zigbee2mqtt"], "Zigbee2MQTT", &[8080], MESSAGES),
    (&["phpmyadmin"], "phpMyAdmin", &[80], DATA),
    (&["adminer"], "Adminer", &[8080], DATA),
    (&["pgadmin4"], "pgAdmin", &[80, 443], DATA),
    (&["mongo-express"], "mongo-express", &[8081], DATA),
    (&["redis-commander", "redisinsight"], "the console of Redis", &[5540, 8001, 8081], DATA),
    (&["nginx-proxy-manager"], "Nginx Proxy Manager", &[81], ROUTES),
    (&["consul"], "Consul", &[8500], ROUTES),
    (&["code-server", "openvscode-server"], "the editor", &[3000, 8080, 8443], FILES),
    (&["filebrowser"], "the file browser", &[80], FILES),
    (&["rabbitmq"], "the console of RabbitMQ", &[15672], QUEUES),
    (&["vault", "openbao"], "Vault", &[8200], "whoever gets in has all secrets"),
];

/// The ports of Docker's API, whatever the image.
const API: &[u32] = &[2375, 2376];

/// What a port of a service controls, and what somebody can do there.
fn control(image: &ImageRef, target: u32) -> Option<(&'static str, &'static str)> {
    let is_agent = |names: &[&str]| names != ["agent"] || image.path.contains("portainer");
    let known =
        CONTROLS.iter().find(|(names, _, ports, _)| names.contains(&image.base_name()) && is_agent(names) && ports.contains(&target));
    known.map(|(_, what, _, why)| (*what, *why)).or_else(|| API.contains(&target).then_some(("Docker's API", ENGINE)))
}

impl Rule for ControlPortPublic {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(image) = service.image.as_ref().and_then(|i| ImageRef::parse(i)) else { return };
        let stores = datastore(service).map_or(&[][..], |(_, ports)| ports);
        for port in service.ports.iter().filter(|p| !stores.contains(&p.target)) {
            let Some((what, why)) = control(&image, port.target).filter(|_| HostPorts::of(port).is_some_and(|h| h.is_public())) else {
                continue;
            };
            let fix = local(port, cx);
            cx.report(&port.origin, format!("the port of {what} in `{}` is open to other machines", service.name))
                .label(format!("{} is published on {}", port.target, address(port.host_ip.as_deref())))
                .why(format!("{why}; Docker opens published ports past the firewall rules of the host"))
                .help("put it behind the reverse proxy with a login, or write `127.0.0.1:` in front and reach it through SSH or a VPN; where other machines have to reach it, ask for a password and for TLS")
                .maybe_fix(fix);
        }
    }
}
