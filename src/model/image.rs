//! Image references, as the engine reads them. Nothing is filled in: `nginx` has no tag.

/// The parts of an image reference (the grammar of the distribution project's `reference`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageRef<'a> {
    /// `ghcr.io`, `localhost:5000`; `None` where the reference leaves it to the engine (Docker Hub).
    pub registry: Option<&'a str>,
    /// `library/postgres`, `postgres`.
    pub path: &'a str,
    /// What follows the colon.
    pub tag: Option<&'a str>,
    /// What follows the `@`.
    pub digest: Option<&'a str>,
}

impl<'a> ImageRef<'a> {
    /// Takes a reference apart. `None` for the empty text.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            // A colon before the last slash belongs to the registry's port.
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
            _ => (None, name),
        };
        (!path.is_empty()).then_some(Self { registry, path, tag, digest })
    }

    /// The last part of the path: `postgres` of `docker.io/library/postgres:16`.
    pub fn base_name(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
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
        "cassandra", "couchdb", "influxdb", "neo4j", "qdrant", "etcd",
    ]),
    (Family::Cache, &["redis", "valkey", "keydb", "memcached"]),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let rows = [
            ("nginx", (None, "nginx", None, None)),
            ("nginx:", (None, "nginx", Some(""), None)),
            ("localhost:5000/a/b", (Some("localhost:5000"), "a/b", None, None)),
            ("ghcr.io/x/y:v1@sha256:ab", (Some("ghcr.io"), "x/y", Some("v1"), Some("sha256:ab"))),
            ("library/redis:7", (None, "library/redis", Some("7"), None)),
        ];
        for (text, (registry, path, tag, digest)) in rows {
            assert_eq!(ImageRef::parse(text), Some(ImageRef { registry, path, tag, digest }), "{text}");
        }
        assert_eq!(ImageRef::parse(""), None);
        assert_eq!(ImageRef::parse("ghcr.io/x/postgres:1").unwrap().base_name(), "postgres");
    }
}
