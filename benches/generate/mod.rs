//! Generated Compose files for the benchmarks: the shapes of real stacks, the same bytes on every run.

use std::fmt::Write;

const APPS: [(&str, &str, u16, &str); 8] = [
    ("jellyfin", "lscr.io/linuxserver/jellyfin:10.10.7", 8096, "/config"),
    ("immich-server", "ghcr.io/immich-app/immich-server:v1.132.3", 2283, "/usr/src/app/upload"),
    ("vaultwarden", "vaultwarden/server:1.33.2", 80, "/data"),
    ("nextcloud", "nextcloud:31.0.4-apache", 80, "/var/www/html"),
    ("gitea", "gitea/gitea:1.23.7", 3000, "/data"),
    ("grafana", "grafana/grafana:11.6.1", 3000, "/var/lib/grafana"),
    ("paperless", "ghcr.io/paperless-ngx/paperless-ngx:2.15.3", 8000, "/usr/src/paperless/data"),
    ("uptime-kuma", "louislam/uptime-kuma:1.23.16", 3001, "/app/data"),
];

/// One Compose file with this many services (some 1.2 KB each), of which every fourth has a database.
pub(crate) fn compose(services: usize) -> String {
    let mut out = String::from(HEAD);
    let mut volumes = String::new();
    for number in 0..services {
        let Some((app, image, port, data)) = APPS.get(number % APPS.len()) else { continue };
        let name = format!("{app}-{number}");
        let host_port = 20_000 + number % 30_000;
        let network = number / 8;
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            r#"
  # {app}, number {number}
  {name}:
    <<: *defaults
    image: {image}  # renovate: datasource=docker
    container_name: {name}
    hostname: '{name}'
    profiles: [media, "p{network}"]
    environment:
      TZ: ${{TZ:-Europe/Berlin}}
      PUID: "${{PUID:-1000}}"
      PGID: 1000
      APP_URL: https://{name}.${{DOMAIN:?set the domain}}
      LOG_LEVEL: info
    ports:
      - "127.0.0.1:{host_port}:{port}"
      - target: {port}
        published: "{}"
        protocol: tcp
        mode: host
    volumes:
      - {name}-data:{data}
      - ./config/{name}:/etc/{app}:ro
      - type: bind
        source: /srv/media
        target: /media
        read_only: true
      # - ./debug:/debug
    networks: [front, net{network}]
    labels:
      - traefik.enable=true
      - traefik.http.routers.{name}.rule=Host(`{name}.${{DOMAIN}}`)
      - "traefik.http.services.{name}.loadbalancer.server.port={port}"
    healthcheck:
      test: ["CMD-SHELL", "curl -fsS http://localhost:{port}/ || exit 1"]
      interval: 30s
      timeout: 5s
      retries: 3
      start_period: 1m
    deploy:
      resources:
        limits: {{ cpus: "1.5", memory: 512M }}
"#,
            host_port + 30_000,
        );
        let _ = writeln!(volumes, "  {name}-data:");
        if number % 4 == 0 {
            let _ = write!(
                out,
                r#"    depends_on:
      {name}-db:
        condition: service_healthy
  {name}-db:
    image: postgres:16-alpine
    restart: unless-stopped
    environment: &env{number}
      - POSTGRES_USER={app}
      - POSTGRES_DB={app}
      - POSTGRES_PASSWORD_FILE=/run/secrets/db
    secrets:
      - db
    command: >-
      postgres
      -c shared_buffers=256MB
    volumes: ["{name}-db:/var/lib/postgresql/data"]
    networks:
      net{network}:
        aliases:
          - db
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U $${{POSTGRES_USER}}"]
"#
            );
            let _ = writeln!(volumes, "  {name}-db: {{ driver: local }}");
        }
    }
    let _ = write!(out, "\nvolumes:\n{volumes}\nnetworks:\n  front:\n    external: true\n");
    for network in 0..services.div_ceil(8) {
        let _ = writeln!(out, "  net{network}:\n    internal: true");
    }
    out.push_str("\nsecrets:\n  db:\n    file: ./secrets/db.txt\n");
    out
}

/// One Compose file with this many services, as long as those of large real projects are (some 600 bytes a service): of three, one has a
/// database, one is that, and one stands alone.
pub(crate) fn usual(services: usize) -> String {
    let mut out = String::from("# Generated for benchmarks\nname: usual\n\nservices:\n");
    let mut volumes = String::new();
    for number in 0..services {
        let Some((app, image, port, data)) = APPS.get(number % APPS.len()) else { continue };
        let name = format!("{app}-{number}");
        let with_database = number % 3 == 0 && number + 1 < services;
        let network = number / 12;
        if number % 3 == 1 {
            let _ = write!(
                out,
                r#"
  db-{number}:
    image: postgres:16-alpine
    restart: unless-stopped
    environment:
      POSTGRES_DB: app
      POSTGRES_PASSWORD_FILE: /run/secrets/db
    volumes:
      - db-{number}:/var/lib/postgresql/data
    networks: [net{network}]
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U $${{POSTGRES_USER}}"]
      interval: 10s
      retries: 5
"#
            );
            let _ = writeln!(volumes, "  db-{number}:");
            continue;
        }
        let _ = write!(
            out,
            r#"
  # {app}, number {number}
  {name}:
    image: {image}
    container_name: {name}
    restart: unless-stopped
    environment:
      TZ: ${{TZ:-Europe/Berlin}}
      APP_URL: https://{name}.${{DOMAIN:?set the domain}}
      LOG_LEVEL: info
    ports:
      - "127.0.0.1:{}:{port}"
    volumes:
      - {name}-data:{data}
      - ./config/{name}:/etc/{app}:ro # kept in git
    networks: [front, net{network}]
    labels:
      - traefik.enable=true
      - traefik.http.routers.{name}.rule=Host(`{name}.${{DOMAIN}}`)
"#,
            20_000 + number,
        );
        if with_database {
            let _ = write!(out, "    depends_on:\n      db-{}:\n        condition: service_healthy\n", number + 1);
        }
        let _ = writeln!(volumes, "  {name}-data:");
    }
    let _ = write!(out, "\nvolumes:\n{volumes}\nnetworks:\n  front:\n    external: true\n");
    for network in 0..services.div_ceil(12) {
        let _ = writeln!(out, "  net{network}:\n    internal: true");
    }
    out
}

const HEAD: &str = "\
# Generated for benchmarks
name: generated

x-defaults: &defaults
  restart: unless-stopped
  security_opt:
    - no-new-privileges:true
  logging: &logging
    driver: json-file
    options:
      max-size: 10m
      max-file: \"3\"

services:
";
