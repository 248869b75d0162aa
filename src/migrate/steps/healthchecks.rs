//! `--add-healthchecks`: a healthcheck for services that have none, where the image is known to ship the tool that it takes.
//!
//! The tests ask no more than whether the server answers: a database that was made long ago has no user for a health check
//! (`healthcheck.sh` of `mariadb` needs one), and a password may be anywhere. What a test needs to know it takes from the environment of the
//! container, by `$$`. Where the service runs a command of its own, or on another port, nothing is guessed.

use super::additions::{self, Addition};
use super::{StepError, projects};
use crate::compose::Loader;
use crate::fs::Fs;
use crate::migrate::plan::Plan;
use crate::model::image::ImageRef;
use crate::model::{Project, Service};
use crate::source::Sources;

/// What is known of a family of images.
struct Family {
    /// The paths of its images; a path with a slash may have a registry's own in front.
    images: &'static [&'static str],
    /// From which major version on; 0: whatever the tag says.
    from: u32,
    /// Up to which.
    to: u32,
    /// The words that its own command begins with.
    commands: &'static [&'static str],
    /// The items of `test`, as YAML.
    test: &'static str,
    /// How long it takes to start.
    start_period: &'static str,
}

const ANY: (u32, u32) = (0, u32::MAX);

#[rustfmt::skip]
const FAMILIES: &[Family] = &[
    Family {
        images: &["postgres", "postgis/postgis", "timescale/timescaledb", "timescale/timescaledb-ha", "pgvector/pgvector"],
        from: ANY.0, to: ANY.1, commands: &["postgres", "docker-entrypoint.sh"],
        test: r#"[CMD-SHELL, 'pg_isready -q -U "$${POSTGRES_USER:-postgres}" -d "$${POSTGRES_DB:-$${POSTGRES_USER:-postgres}}"']"#,
        start_period: "30s",
    },
    Family {
        // By TCP: while it is set up, the server listens on its socket only.
        images: &["mysql", "mysql/mysql-server"], from: ANY.0, to: ANY.1, commands: &["mysqld", "docker-entrypoint.sh"],
        test: "[CMD, mysqladmin, ping, -h, 127.0.0.1, --silent]", start_period: "60s",
    },
    Family {
        images: &["mariadb"], from: ANY.0, to: ANY.1, commands: &["mysqld", "mariadbd", "docker-entrypoint.sh"],
        test: "[CMD-SHELL, 'mariadb-admin ping -h 127.0.0.1 --silent || mysqladmin ping -h 127.0.0.1 --silent']", start_period: "60s",
    },
    Family {
        // A server that asks for a password is up as well.
        images: &["redis", "redis/redis-stack-server", "redis/redis-stack"], from: ANY.0, to: ANY.1, commands: &["redis-server", "docker-entrypoint.sh"],
        test: r#"[CMD-SHELL, 'redis-cli ping | grep -qE "PONG|NOAUTH"']"#, start_period: "10s",
    },
    Family {
        images: &["valkey/valkey"], from: ANY.0, to: ANY.1, commands: &["valkey-server", "docker-entrypoint.sh"],
        test: r#"[CMD-SHELL, 'valkey-cli ping | grep -qE "PONG|NOAUTH"']"#, start_period: "10s",
    },
    Family {
        images: &["mongo"], from: 5, to: ANY.1, commands: &["mongod", "docker-entrypoint.sh"],
        test: r#"[CMD, mongosh, --quiet, --eval, 'db.adminCommand("ping").ok']"#, start_period: "30s",
    },
    Family {
        images: &["mongo"], from: 1, to: 4, commands: &["mongod", "docker-entrypoint.sh"],
        test: r#"[CMD, mongo, --quiet, --eval, 'db.adminCommand("ping").ok']"#, start_period: "30s",
    },
    Family {
        images: &["rabbitmq"], from: ANY.0, to: ANY.1, commands: &["rabbitmq-server", "docker-entrypoint.sh"],
        test: "[CMD, rabbitmq-diagnostics, -q, ping]", start_period: "60s",
    },
    Family {
        // With and without TLS; an answer that asks for a password is an answer.
        images: &["elasticsearch", "elasticsearch/elasticsearch", "elasticsearch/elasticsearch-oss", "opensearchproject/opensearch"],
        from: ANY.0, to: ANY.1, commands: &["eswrapper", "elasticsearch", "opensearch"],
        test: "[CMD-SHELL, 'curl -s -o /dev/null http://localhost:9200 || curl -sk -o /dev/null https://localhost:9200']", start_period: "90s",
    },
    Family {
        images: &["influxdb"], from: 2, to: 2, commands: &["influxd"],
        test: "[CMD, influx, ping]", start_period: "30s",
    },
    Family {
        images: &["couchdb"], from: ANY.0, to: ANY.1, commands: &[],
        test: "[CMD, curl, -fsS, -o, /dev/null, 'http://localhost:5984/_up']", start_period: "30s",
    },
];

/// Adds healthchecks to the services of a plan's projects.
pub fn add(plan: &mut Plan, disk: &dyn Fs) -> Result<(), StepError> {
    let before = plan.clone();
    let preview = before.preview(disk);
    let sources = Sources::new();
    let loader = Loader::new(&preview, &sources);
    let projects = projects::of(&before, &loader);
    let decide = |service: &Service, project: &Project| decide(service, project);
    let what = additions::Step {
        name: "`--add-healthchecks`",
        noun: "healthcheck",
        unknown: "are left without a healthcheck, because nothing certain is known of what they run",
    };
    additions::add(plan, &before, disk, &loader, &projects, &what, &decide)
}

fn decide(service: &Service, project: &Project) -> Addition {
    let once = |s: &Service| s.depends_on.get(&service.name).is_some_and(|d| d.condition == "service_completed_successfully");
    if service.healthcheck.is_some() || service.provider.is_some() || project.services.values().any(|s| once(s)) {
        return Addition::Has;
    }
    let known = service
        .image
        .as_ref()
        .filter(|_| service.build.is_none())
        .and_then(|image| ImageRef::parse(image))
        .and_then(|image| family(&image));
    let Some(family) = known.filter(|family| runs_as_shipped(service, family)) else { return Addition::Unknown };
    let block = format!("\ntest: {}\ninterval: 30s\ntimeout: 10s\nretries: 5\nstart_period: {}", family.test, family.start_period);
    let flow = format!("{{test: {}, interval: 30s, timeout: 10s, retries: 5, start_period: {}}}", family.test, family.start_period);
    Addition::Write {
        at: Vec::new(),
        key: "healthcheck",
        block,
        flow,
        accepted: vec!["healthcheck"],
        said: "gets a healthcheck that asks whether the server answers, with the tool of its image".to_owned(),
    }
}

fn family(image: &ImageRef) -> Option<&'static Family> {
    let path = image.path.strip_prefix("library/").unwrap_or(image.path);
    let major = image.tag.and_then(|tag| tag.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok());
    FAMILIES.iter().find(|family| {
        let named = family.images.iter().any(|known| *known == path || known.contains('/') && path.ends_with(&format!("/{known}")));
        // Without a number in the tag it is the newest.
        let version = match major {
            Some(major) => (family.from..=family.to).contains(&major),
            None => family.to == u32::MAX,
        };
        named && version
    })
}

/// True if the service runs the server of its image, on the port that it has.
fn runs_as_shipped(service: &Service, family: &Family) -> bool {
    let command = service.command.as_ref().map(|c| c.value.as_slice()).unwrap_or_default();
    let own = command
        .first()
        .is_none_or(|word| word.starts_with('-') || family.commands.iter().any(|c| word == c || word.starts_with(&format!("{c} "))));
    let elsewhere = command.iter().any(|word| ["port", "tls", "unixsocket", "bind"].iter().any(|w| word.to_ascii_lowercase().contains(w)));
    service.entrypoint.is_none() && own && !elsewhere
}
