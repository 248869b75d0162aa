//! A secret in the environment of an image that would read it from a file.

use crate::model::image::ImageRef;
use crate::rules::prelude::*;
use crate::secret;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "file-variant-available",
        topic: Topic::Secrets,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a secret is in the environment, and the image would read it from a file",
        page: page!("file-variant-available"),
    },
    rule: &FileVariantAvailable,
};

struct FileVariantAvailable;

/// Images, by the end of their path, with how the variables begin that they also read as `…_FILE`; `""` for all. As their documentation has it.
#[rustfmt::skip]
const IMAGES: &[(&str, &[&str])] = &[
    ("postgres", &["POSTGRES_"]),
    ("postgis/postgis", &["POSTGRES_"]),
    ("timescale/timescaledb", &["POSTGRES_"]),
    ("pgvector/pgvector", &["POSTGRES_"]),
    ("mysql", &["MYSQL_"]),
    ("mysql/mysql-server", &["MYSQL_"]),
    ("mariadb", &["MARIADB_", "MYSQL_"]),
    ("mongo", &["MONGO_INITDB_"]),
    ("influxdb", &["DOCKER_INFLUXDB_INIT_"]),
    ("neo4j", &["NEO4J_AUTH"]),
    ("elasticsearch", &["ELASTIC_PASSWORD"]),
    ("wordpress", &["WORDPRESS_"]),
    ("nextcloud", &["MYSQL_", "POSTGRES_", "NEXTCLOUD_ADMIN_", "REDIS_HOST_PASSWORD", "SMTP_PASSWORD", "OBJECTSTORE_S3_"]),
    ("joomla", &["JOOMLA_DB_"]),
    ("redmine", &["REDMINE_"]),
    ("vaultwarden/server", &[""]),
    ("dpage/pgadmin4", &["PGADMIN_DEFAULT_PASSWORD"]),
    ("minio/minio", &["MINIO_ROOT_"]),
    ("n8nio/n8n", &["DB_", "N8N_", "CREDENTIALS_"]),
    ("paperless-ngx/paperless-ngx", &["PAPERLESS_"]),
    ("immich-app/immich-server", &["DB_", "REDIS_"]),
    ("miniflux/miniflux", &["DATABASE_URL", "ADMIN_"]),
    ("zabbix/zabbix-server-mysql", &["MYSQL_"]),
    ("zabbix/zabbix-server-pgsql", &["POSTGRES_"]),
    ("bitnami/postgresql", &["POSTGRESQL_", "POSTGRES_"]),
    ("bitnami/mariadb", &["MARIADB_"]),
    ("bitnami/mysql", &["MYSQL_"]),
    ("bitnami/mongodb", &["MONGODB_"]),
    ("bitnami/redis", &["REDIS_"]),
];

/// The variable that an image reads the file name from instead, if it is known to: `POSTGRES_PASSWORD_FILE`.
pub(crate) fn file_variant(image: &ImageRef, name: &str) -> Option<String> {
    let path = image.path.strip_prefix("library/").unwrap_or(image.path);
    if matches!(path, "grafana/grafana" | "grafana/grafana-oss" | "grafana/grafana-enterprise") && name.starts_with("GF_") {
        return Some(format!("{name}__FILE"));
    }
    let (_, starts) = IMAGES.iter().find(|(known, _)| *known == path || (known.contains('/') && path.ends_with(known)))?;
    starts.iter().any(|s| name.starts_with(s)).then(|| format!("{name}_FILE"))
}

impl Rule for FileVariantAvailable {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(image) = service.image.as_ref().and_then(|i| ImageRef::parse(i)) else { return };
        for (name, value) in &service.environment {
            if !secret::credential_key(name) || value.as_deref().is_none_or(str::is_empty) || value.origin.is_default() {
                continue;
            }
            let Some(file) = file_variant(&image, name) else { continue };
            cx.report(&value.origin, format!("`{name}` of `{}` could come from a file: the image reads `{file}`", service.name))
                .why("what is in the environment is shown by `docker inspect` and by the crash reports of many programs; a file under `/run/secrets` is not")
                .help(format!("declare it under `secrets`, give it to the service, and write `{file}: /run/secrets/<name>` instead"));
        }
    }
}
