//! `--add-limits`: how much memory and how many processes a service may use, where nothing says so and the family of its image is known.
//!
//! The numbers are generous: they are there so that one service that goes wrong does not take the host with it, and not to save anything. A
//! comment says that they are suggestions. Processors are not limited: the engine refuses a limit above what the host has, and one
//! below it slows down what was fast yesterday.

use super::additions::{self, Addition};
use super::{StepError, projects};
use crate::compose::Loader;
use crate::fs::Fs;
use crate::migrate::plan::Plan;
use crate::model::image::ImageRef;
use crate::model::{Project, Service};
use crate::source::Sources;

/// A family by the last part of its images' paths; limit and reservation of memory.
#[rustfmt::skip]
const FAMILIES: &[(&[&str], &str, &str)] = &[
    (&["postgres", "postgresql", "postgis", "timescaledb", "timescaledb-ha", "pgvector", "mysql", "mysql-server", "mariadb"], "2G", "256M"),
    (&["mongo", "mongodb", "clickhouse-server", "couchdb", "influxdb", "neo4j", "cassandra"], "4G", "512M"),
    (&["redis", "redis-stack", "redis-stack-server", "valkey", "memcached"], "1G", "64M"),
    (&["elasticsearch", "elasticsearch-oss", "opensearch"], "4G", "2G"),
    (&["rabbitmq", "kafka", "cp-kafka"], "2G", "512M"),
    (&["nats", "eclipse-mosquitto"], "512M", "32M"),
    (&["nginx", "traefik", "caddy", "haproxy", "httpd"], "512M", "32M"),
    (&["prometheus", "loki", "victoria-metrics"], "2G", "256M"),
    (&["grafana", "grafana-oss", "alertmanager", "pgadmin4", "adminer", "phpmyadmin"], "1G", "128M"),
];

/// More than any of these programs needs.
const PIDS: u32 = 2048;

/// Adds limits to the services of a plan's projects.
pub fn add(plan: &mut Plan, disk: &dyn Fs) -> Result<(), StepError> {
    let before = plan.clone();
    let preview = before.preview(disk);
    let sources = Sources::new();
    let loader = Loader::new(&preview, &sources);
    let projects = projects::of(&before, &loader);
    let decide = |service: &Service, _: &Project| decide(service);
    let what = additions::Step {
        name: "`--add-limits`",
        noun: "limits",
        unknown: "are left without limits, because nobody but you can know what they need (`docker stats` shows it)",
    };
    additions::add(plan, &before, disk, &loader, &projects, &what, &decide)
}

fn decide(service: &Service) -> Addition {
    let deploy = service.deploy.as_ref();
    let has = service.mem_limit.is_some()
        || service.mem_reservation.is_some()
        || service.memswap_limit.is_some()
        || service.pids_limit.is_some()
        || service.cpus.is_some()
        || service.cpu_quota.is_some()
        || deploy.is_some_and(|d| d.limits.is_some());
    if has || service.provider.is_some() {
        return Addition::Has;
    }
    let image = service.image.as_ref().filter(|_| service.build.is_none()).and_then(|image| ImageRef::parse(image));
    let Some((_, limit, reservation)) = image.and_then(|i| FAMILIES.iter().find(|(names, ..)| names.contains(&i.base_name()))) else {
        return Addition::Unknown;
    };
    let reserves = deploy.is_some_and(|d| d.reservations.is_some());
    let limits = format!("\n# suggested: compare with `docker stats`\nmemory: {limit}\npids: {PIDS}");
    let said = format!("may use {limit} of memory and {PIDS} processes; compare with `docker stats`");
    let (key, block, flow) = if reserves {
        ("limits", limits, format!("{{memory: {limit}, pids: {PIDS}}}"))
    } else {
        let inner = limits.replace('\n', "\n  ");
        let block = format!("\nlimits:{inner}\nreservations:\n  memory: {reservation}");
        ("resources", block, format!("{{limits: {{memory: {limit}, pids: {PIDS}}}, reservations: {{memory: {reservation}}}}}"))
    };
    let (at, accepted) = match (deploy.is_some(), reserves) {
        (false, _) => (vec!["deploy"], vec!["deploy"]),
        (true, false) => (vec!["deploy"], vec!["deploy.resources"]),
        (true, true) => (vec!["deploy", "resources"], vec!["deploy.resources.limits"]),
    };
    Addition::Write { at, key, block, flow, accepted, said }
}
