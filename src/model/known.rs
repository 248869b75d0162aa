//! What the names of images and of paths on the host tell by themselves: data stores and other infrastructure, sockets of engines, the system's own directories.

use super::image::ImageRef;

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

/// The data store in an image, by its name, and the ports that it serves data on.
pub fn datastore(image: &ImageRef) -> Option<(&'static str, &'static [u32])> {
    STORES.iter().find(|(name, _)| *name == image.base_name()).copied()
}

/// The major version of the data store in an image, as its tag tells it: 16 of `postgres:16.2-alpine`, `pgvector:pg16`, `timescaledb:2.14-pg16`.
pub fn major(image: &ImageRef) -> Option<u32> {
    let tag = image.tag?;
    // An extension has versions of its own; those of the database stand behind them.
    let postgres = tag.split(['-', '_']).find_map(|part| part.strip_prefix("pg")?.parse().ok());
    postgres.or_else(|| tag.trim_start_matches('v').split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
}

/// What kind of infrastructure an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Keeps data.
    Database,
    /// Keeps data for a while.
    Cache,
    /// Hands messages on.
    Queue,
    /// Finds things.
    Search,
    /// Keeps files.
    Storage,
    /// Stands in front.
    Proxy,
    /// Watches the others.
    Monitoring,
}

#[rustfmt::skip]
const FAMILIES: &[(Family, &[&str])] = &[
    (Family::Database, &[
        "postgres", "postgis", "timescaledb", "pgvector", "mysql", "mariadb", "percona", "mongo", "mongodb", "clickhouse-server", "clickhouse",
        "cassandra", "couchdb", "influxdb", "neo4j", "qdrant", "etcd", "cockroach", "timescaledb-ha", "mysql-server", "mongodb-community-server",
        "scylla", "couchbase",
    ]),
    (Family::Cache, &["redis", "redis-stack", "redis-stack-server", "valkey", "keydb", "dragonfly", "memcached"]),
    (Family::Queue, &["rabbitmq", "kafka", "cp-kafka", "zookeeper", "cp-zookeeper", "nats"]),
    (Family::Search, &["elasticsearch", "opensearch", "meilisearch", "typesense"]),
    (Family::Storage, &["minio"]),
    (Family::Proxy, &[
        "traefik", "nginx", "nginx-proxy", "caddy", "haproxy", "envoy", "kong", "nginx-proxy-manager", "swag", "varnish", "cloudflared",
    ]),
    (Family::Monitoring, &[
        "prometheus", "grafana", "alertmanager", "loki", "promtail", "tempo", "jaeger", "all-in-one", "zipkin", "cadvisor", "node-exporter",
        "opentelemetry-collector", "opentelemetry-collector-contrib", "netdata", "uptime-kuma", "kibana", "logstash", "fluentd", "fluent-bit",
        "vector", "telegraf", "victoria-metrics", "pushgateway", "blackbox-exporter",
    ]),
];

/// The family of an image by its base name ([`ImageRef::base_name`]): `postgres`.
pub fn family(base_name: &str) -> Option<Family> {
    FAMILIES.iter().find(|(_, names)| names.contains(&base_name)).map(|(family, _)| *family)
}

/// The family of an image as it is written: where parts of the reference are variables, their defaults say what is meant.
pub fn family_as_written(image: &str) -> Option<Family> {
    let mut text = String::new();
    let mut rest = image;
    while let Some(start) = rest.find("${") {
        text.push_str(rest.get(..start)?);
        let end = rest.get(start..)?.find('}')? + start;
        let inner = rest.get(start + 2..end)?;
        let default = inner.split_once('-').map_or("", |(_, default)| default.trim_start_matches(':'));
        text.push_str(default);
        rest = rest.get(end + 1..)?;
    }
    text.push_str(rest);
    family(ImageRef::parse(text.trim_start_matches('/'))?.base_name())
}

impl Family {
    /// The name of the group, in the plural.
    pub fn group(self) -> &'static str {
        match self {
            Family::Database => "databases",
            Family::Cache => "caches",
            Family::Queue => "queues",
            Family::Search => "search",
            Family::Storage => "storage",
            Family::Proxy => "proxies",
            Family::Monitoring => "monitoring",
        }
    }

    /// What one of them is: "a database".
    pub fn what(self) -> &'static str {
        match self {
            Family::Database => "a database",
            Family::Cache => "a cache",
            Family::Queue => "a message queue",
            Family::Search => "a search engine",
            Family::Storage => "a store of files",
            Family::Proxy => "a proxy",
            Family::Monitoring => "monitoring",
        }
    }
}

/// True if a path on the host is the socket of a container engine, or a directory that holds one.
pub fn is_engine_socket(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "docker.sock" | "podman.sock" | "containerd.sock" | "crio.sock")
        || matches!(path, "/var/run" | "/run" | "/run/docker" | "/run/podman" | "/run/containerd" | "/var/run/docker" | "/var/run/podman")
}

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

/// True if a path on the host is a part of the host's own system.
pub fn is_system_path(path: &str) -> bool {
    let plain = if path == "/" { "/" } else { path.trim_end_matches('/') };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_tell_major_versions() {
        for (image, wanted) in [
            ("postgres:16.2-alpine", Some(16)),
            ("pgvector/pgvector:pg15", Some(15)),
            ("timescale/timescaledb:2.14.2-pg16", Some(16)),
            ("mongo:v7", Some(7)),
            ("redis:latest", None),
            ("redis:alpine3.19", None),
            ("mysql", None),
        ] {
            assert_eq!(major(&ImageRef::parse(image).unwrap()), wanted, "{image}");
        }
    }
}
