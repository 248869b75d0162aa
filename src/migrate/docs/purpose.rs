//! What is kept where, as far as the image and the path in the container tell. Silent where they do not.

use std::path::Path;

use crate::model::image::ImageRef;
use crate::model::{Mount, MountKind, Service};

/// What a mount is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Purpose {
    /// To complete "it holds …".
    pub(super) what: &'static str,
    /// What it means for backups and copies.
    pub(super) nature: Nature,
}

/// What losing or sharing it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// Data of a program that keeps it for itself: two of them must not write to it.
    Data(Option<Dump>),
    /// It can be made again.
    Renewable,
    /// Anything else.
    Other,
}

/// A program that can write its data into one file while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dump {
    Postgres,
    Mysql,
    Mariadb,
    Mongo,
}

impl Dump {
    /// The command within the container, for `sh -c`, by the variables that it has. The names are those of the official images, which read
    /// each from a file, too.
    pub(super) fn command(self, service: &Service) -> String {
        let has = |name: &str| service.environment.contains_key(name);
        let value = |names: &[&str]| {
            let file = names.iter().map(|n| format!("{n}_FILE")).find(|n| has(n));
            let name = names.iter().find(|n| has(n)).or(names.first()).copied().unwrap_or_default();
            file.map_or_else(|| format!("\"${name}\""), |file| format!("\"$(cat \"${file}\")\""))
        };
        match self {
            Dump::Postgres if has("POSTGRES_USER") || has("POSTGRES_USER_FILE") => format!("pg_dumpall -U {}", value(&["POSTGRES_USER"])),
            Dump::Postgres => "pg_dumpall -U postgres".to_owned(),
            Dump::Mysql => format!("exec mysqldump --all-databases -uroot -p{}", value(&["MYSQL_ROOT_PASSWORD"])),
            Dump::Mariadb => {
                format!("exec mariadb-dump --all-databases -uroot -p{}", value(&["MARIADB_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD"]))
            }
            Dump::Mongo if has("MONGO_INITDB_ROOT_USERNAME") || has("MONGO_INITDB_ROOT_USERNAME_FILE") => {
                let (user, password) = (value(&["MONGO_INITDB_ROOT_USERNAME"]), value(&["MONGO_INITDB_ROOT_PASSWORD"]));
                format!("exec mongodump --archive -u {user} -p {password}")
            }
            Dump::Mongo => "exec mongodump --archive".to_owned(),
        }
    }

    /// The end of the file's name.
    pub(super) fn ending(self) -> &'static str {
        if self == Dump::Mongo { "archive" } else { "sql" }
    }
}

/// Images (by the last part of their names), where they keep something, and what.
#[rustfmt::skip]
const KNOWN: &[(&[&str], &str, &str, Option<Dump>)] = &[
    (&["postgres", "postgis", "pgvector", "timescaledb"], "/var/lib/postgresql", "the databases of PostgreSQL", Some(Dump::Postgres)),
    (&["timescaledb-ha"], "/home/postgres/pgdata", "the databases of PostgreSQL", Some(Dump::Postgres)),
    (&["postgresql"], "/bitnami/postgresql", "the databases of PostgreSQL", None),
    (&["mysql", "percona", "mysql-server"], "/var/lib/mysql", "the databases of MySQL", Some(Dump::Mysql)),
    (&["mariadb"], "/var/lib/mysql", "the databases of MariaDB", Some(Dump::Mariadb)),
    (&["mariadb", "mysql"], "/config", "the databases, and their configuration", None),
    (&["mongo"], "/data/db", "the databases of MongoDB", Some(Dump::Mongo)),
    (&["mongodb-community-server"], "/data/db", "the databases of MongoDB", None),
    (&["redis", "redis-stack", "redis-stack-server"], "/data", "the data of Redis", None),
    (&["valkey"], "/data", "the data of Valkey", None),
    (&["keydb"], "/data", "the data of KeyDB", None),
    (&["dragonfly"], "/data", "the data of Dragonfly", None),
    (&["elasticsearch"], "/usr/share/elasticsearch/data", "the indices of Elasticsearch", None),
    (&["opensearch"], "/usr/share/opensearch/data", "the indices of OpenSearch", None),
    (&["clickhouse", "clickhouse-server"], "/var/lib/clickhouse", "the databases of ClickHouse", None),
    (&["cassandra"], "/var/lib/cassandra", "the databases of Cassandra", None),
    (&["couchdb"], "/opt/couchdb/data", "the databases of CouchDB", None),
    (&["influxdb"], "/var/lib/influxdb", "the databases of InfluxDB", None),
    (&["influxdb"], "/var/lib/influxdb2", "the databases of InfluxDB", None),
    (&["neo4j"], "/data", "the databases of Neo4j", None),
    (&["cockroach"], "/cockroach/cockroach-data", "the databases of CockroachDB", None),
    (&["rabbitmq"], "/var/lib/rabbitmq", "the queues of RabbitMQ", None),
    (&["kafka", "cp-kafka"], "/var/lib/kafka", "the topics of Kafka", None),
    (&["zookeeper", "cp-zookeeper"], "/var/lib/zookeeper", "the data of ZooKeeper", None),
    (&["zookeeper"], "/data", "the data of ZooKeeper", None),
    (&["zookeeper"], "/datalog", "the data of ZooKeeper", None),
    (&["nats"], "/data", "the streams of NATS", None),
    (&["minio"], "/data", "the objects of MinIO", None),
    (&["qdrant"], "/qdrant/storage", "the collections of Qdrant", None),
    (&["meilisearch"], "/meili_data", "the indices of Meilisearch", None),
    (&["typesense"], "/data", "the collections of Typesense", None),
    (&["prometheus"], "/prometheus", "the measurements of Prometheus", None),
    (&["victoria-metrics"], "/victoria-metrics-data", "the measurements of VictoriaMetrics", None),
    (&["grafana", "grafana-oss", "grafana-enterprise"], "/var/lib/grafana", "the dashboards and users of Grafana", None),
    (&["loki"], "/loki", "the logs that Loki collects", None),
    (&["tempo"], "/var/tempo", "the traces that Tempo collects", None),
    (&["alertmanager"], "/alertmanager", "the silences of Alertmanager", None),
    (&["uptime-kuma"], "/app/data", "the monitors of Uptime Kuma", None),
    (&["caddy"], "/data", "the certificates of Caddy", None),
    (&["portainer", "portainer-ce", "portainer-ee"], "/data", "the settings of Portainer", None),
    (&["vault"], "/vault/file", "the secrets of Vault", None),
    (&["gitea", "forgejo"], "/data", "repositories and their database", None),
    (&["wordpress"], "/var/www/html", "WordPress with its uploads and plugins", None),
    (&["nextcloud"], "/var/www/html", "Nextcloud with its files", None),
];

/// The last part of the name of a service's image.
fn family(service: &Service) -> Option<&str> {
    Some(ImageRef::parse(service.image.as_ref()?)?.base_name())
}

/// What a mount of a service is for; `None` where that cannot be told.
pub(super) fn of(service: &Service, mount: &Mount) -> Option<Purpose> {
    let target = mount.target.trim_end_matches('/');
    let source = mount.source.as_deref().filter(|_| mount.kind == MountKind::Bind).unwrap_or("");
    known(service, target).or_else(|| engine(source, target)).or_else(|| code(service, source)).or_else(|| by_target(target, source))
}

fn known(service: &Service, target: &str) -> Option<Purpose> {
    let family = family(service)?;
    let below = |place: &str| target.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let (_, _, what, dump) = KNOWN.iter().find(|(images, place, _, _)| images.contains(&family) && below(place))?;
    Some(Purpose { what, nature: Nature::Data(*dump) })
}

#[allow(clippy::unnecessary_wraps)] // what all of its callers give
fn other(what: &'static str) -> Option<Purpose> {
    Some(Purpose { what, nature: Nature::Other })
}

/// What belongs to the host or to its engine.
fn engine(source: &str, target: &str) -> Option<Purpose> {
    let name = |path: &str| path.rsplit('/').next().is_some_and(|n| matches!(n, "docker.sock" | "podman.sock" | "containerd.sock"));
    match target {
        _ if name(source) || name(target) => other("the socket of the container engine: who can use it rules the host"),
        "/etc/localtime" | "/etc/timezone" => other("the time zone of the host"),
        "/lib/modules" => other("the modules of the kernel"),
        "/docker-entrypoint-initdb.d" => other("scripts for the first start of the database"),
        _ if target.starts_with("/docker-entrypoint-initdb.d/") => other("a script for the first start of the database"),
        _ => match source {
            "/" => other("the whole disk of the host"),
            "/proc" | "/sys" | "/dev" => other("what the kernel of the host says"),
            _ => None,
        },
    }
}

/// The sources that the image is built from.
fn code(service: &Service, source: &str) -> Option<Purpose> {
    let context = Path::new(service.build.as_ref()?.context.as_ref()?.as_str());
    let within = !source.is_empty() && context.is_absolute() && Path::new(source).starts_with(context);
    let name = source.rsplit('/').next().unwrap_or("");
    let named =
        matches!(name, "src" | "source" | "app" | "lib" | "code" | "test" | "tests" | "public" | "static" | "templates" | "migrations");
    (within && (named || Path::new(source) == context)).then_some(())?;
    other("the source code, as it is on the host")
}

/// What the last parts of a path say to anybody.
fn by_target(target: &str, source: &str) -> Option<Purpose> {
    let renewable = |what| Some(Purpose { what, nature: Nature::Renewable });
    let last = target.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    let ending = source.rsplit('/').next().and_then(|n| n.rsplit_once('.')).map(|(_, e)| e.to_ascii_lowercase());
    match last.as_str() {
        "node_modules" | "site-packages" | ".venv" | "vendor" => return renewable("installed packages"),
        "cache" | ".cache" | ".npm" | ".m2" | ".gradle" | "tmp" | ".next" => return renewable("a cache"),
        "log" | "logs" => return other("log files"),
        "backup" | "backups" => return other("backups"),
        "uploads" => return other("uploaded files"),
        "certs" | "certificates" | "ssl" | "tls" | "letsencrypt" | "acme.json" => return other("certificates and their keys"),
        _ => {}
    }
    match ending.as_deref() {
        Some("pem" | "crt" | "key" | "p12" | "jks") => other("a certificate or a key"),
        Some("conf" | "cfg" | "ini" | "yml" | "yaml" | "toml" | "json" | "cnf" | "properties" | "env" | "xml") => other("configuration"),
        Some("sh") => other("a script"),
        Some("sql") => other("statements for a database"),
        _ if target.starts_with("/etc/") => other("configuration"),
        _ if target.starts_with("/var/log/") => other("log files"),
        _ if target.starts_with("/run/secrets") => other("secrets"),
        _ => None,
    }
}
