//! A host that grew for years (`testdata/homelab`), audited as a whole. What a checkout cannot hold is made in a temporary copy:
//! repositories with tracked, untracked and ignored files, file modes, empty directories.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::print_stdout)] // tests stand on the real disk

#[path = "support/repository.rs"]
mod repository;

use std::fmt::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use composelint::discover::{Kind, Reached};
use composelint::finding::{Finding, Place, Severity};
use composelint::fs::{DirEntry, Fs, MemFs, Metadata, OsFs};
use composelint::host::{Facts, HostFacts, Surroundings};
use composelint::lint::{LoadOptions, Selection, Workspace};
use composelint::report::inventory::{self, Inventory};
use composelint::report::{self, Redactor};
use composelint::rules::Mode;
use composelint::source::Sources;

/// The copy.
struct Homelab {
    _keep: tempfile::TempDir,
    root: PathBuf,
    /// False where git is not installed: then nothing is said of repositories.
    git: bool,
}

impl Homelab {
    fn new() -> Self {
        let keep = tempfile::tempdir().unwrap();
        // The paths of the lists of backups are those of the host: the same below another root.
        let root = keep.path().canonicalize().unwrap().join("home/ada");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/homelab"), &root);
        let repositories = ["infra", "docker/traefik", "docker/vault"].map(|d| root.join(d));
        let git = repositories.iter().all(|r| repository::commit(r, &[]));
        Self { _keep: keep, root, git }
    }

    fn load<'a>(&self, sources: &'a Sources) -> Workspace<'a> {
        self.load_from(&OsFs, sources)
    }

    /// As `audit docker --host nas` does.
    fn load_from<'a>(&self, disk: &'a dyn Fs, sources: &'a Sources) -> Workspace<'a> {
        let options = LoadOptions { host: Some("nas".to_owned()), ..LoadOptions::default() };
        Workspace::load(disk, sources, &[self.root.join("docker")], &options)
    }

    /// What is beside the stacks: `--also infra --backup-list backup/restic-includes.txt`.
    fn facts<'a>(&self, workspace: &Workspace<'a>) -> HostFacts<'a> {
        let lists = [self.root.join("backup/restic-includes.txt")];
        let beside = Surroundings::read(&workspace.loader, &[self.root.join("infra")], &lists, Some("nas")).unwrap();
        HostFacts::new(workspace.loader.fs).with(beside)
    }

    /// Paths as they are seen from the home directory.
    fn short(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.root.display()), "~/").replace(&self.root.display().to_string(), "~")
    }
}

/// Copies a tree: links as links, files readable by everybody, without the files that only keep a directory in git.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (kind, target) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_symlink() {
            symlink(std::fs::read_link(entry.path()).unwrap(), target).unwrap();
        } else if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != ".gitkeep" {
            std::fs::copy(entry.path(), &target).unwrap();
            std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
}

#[test]
fn every_stack_is_found_with_how_it_is_reached() {
    let homelab = Homelab::new();
    let sources = Sources::new();
    let found = homelab.load(&sources).discovery;
    let facts = HostFacts::new(&OsFs);
    let mut out = String::new();
    for entry in &found.entries {
        assert_eq!(entry.kind, Kind::Default);
        let reached = match &entry.reached {
            Reached::Real => String::new(),
            Reached::FileLink { to } => format!(" -> {}", to.display()),
            Reached::DirectoryLink { to, .. } => format!(" (directory -> {})", to.display()),
        };
        let files: Vec<_> = entry
            .files
            .iter()
            .map(|f| {
                let git = if homelab.git { facts.git(f).name() } else { "" };
                format!("{} [{git}]", f.strip_prefix(&entry.directory).unwrap().display())
            })
            .collect();
        let _ = writeln!(out, "{}: {}{reached}", entry.directory.display(), files.join(", "));
    }
    for fragment in &found.fragments {
        let _ = writeln!(out, "fragment: {} of {}", fragment.path.display(), fragment.by.display());
    }
    for skipped in &found.skipped {
        let _ = writeln!(out, "skipped: {}: {}", skipped.path.display(), skipped.reason);
    }
    if homelab.git {
        insta::assert_snapshot!(homelab.short(&out), @r"
        ~/docker/broken: compose.yml [no repository]
        ~/docker/db: compose.yml [no repository]
        ~/docker/docs: docker-compose.yml [tracked] (directory -> ~/infra/hosts/nas/docker/paperless-ngx)
        ~/docker/home: docker-compose.yml [no repository]
        ~/docker/immich: docker-compose.yml [tracked] -> ~/infra/hosts/nas/docker/immich/docker-compose.yml
        ~/docker/media: docker-compose.yml [no repository], docker-compose.override.yml [no repository]
        ~/docker/monitoring: compose.yaml [no repository]
        ~/docker/node-red: docker-compose.yml [no repository]
        ~/docker/portainer: compose.yml [no repository]
        ~/docker/traefik: compose.yaml [tracked]
        ~/docker/vault: compose.yml [tracked]
        fragment: ~/docker/monitoring/grafana/compose.yaml of ~/docker/monitoring/compose.yaml
        fragment: ~/docker/monitoring/prometheus/compose.yaml of ~/docker/monitoring/compose.yaml
        skipped: ~/docker/ha-old: a link to `../infra/hosts/nas/docker/homeassistant`, which leads nowhere
        skipped: ~/docker/home/mounts/homeassistant: data of service `homeassistant`
        skipped: ~/docker/immich/postgres: data of service `database`
        skipped: ~/docker/loop: a link back to `~/docker`
        skipped: ~/docker/media/compose.old.yml: a retired copy
        skipped: ~/docker/media/config/jellyfin: data of service `jellyfin`
        skipped: ~/docker/media/config/sonarr: data of service `sonarr`
        skipped: ~/docker/media/docker-compose.yml.RETIRED: a retired copy
        skipped: ~/docker/media/downloads: data of service `sonarr`
        skipped: ~/docker/node-red/data: data of service `node-red`
        skipped: ~/docker/portainer/data: data of service `portainer`
        skipped: ~/docker/templates/docker-compose.yml.j2: a template
        skipped: ~/docker/vault/vw-data: data of service `vaultwarden`
        ");
    }
}

#[test]
fn git_states_of_the_files_that_matter() {
    use composelint::host::GitState::{Ignored, NoRepository, Tracked, Untracked};
    let homelab = Homelab::new();
    if !homelab.git {
        return;
    }
    std::fs::write(homelab.root.join("docker/vault/new.txt"), "").unwrap();
    let facts = HostFacts::new(&OsFs);
    for (path, state) in [
        ("docker/traefik/.env", Tracked),
        ("docker/traefik/acme.json", Ignored),
        ("docker/vault/vw-data", Tracked),
        ("docker/vault/vw-data/rsa_key.pem", Tracked),
        ("docker/vault/new.txt", Untracked),
        ("docker/immich/docker-compose.yml", Tracked),
        ("docker/immich/.env", NoRepository),
        ("docker/docs/docker-compose.yml", Tracked),
        ("docker/docs/docker-compose.env", Ignored),
        ("docker/media/docker-compose.yml", NoRepository),
    ] {
        assert_eq!(facts.git(&homelab.root.join(path)), state, "{path}");
    }
    let compose = homelab.root.join("docker/vault/compose.yml");
    assert!(!facts.is_modified(&compose));
    std::fs::write(&compose, "services: {}\n").unwrap();
    assert!(facts.is_modified(&compose));
    assert_eq!(facts.git(&compose), Tracked);
}

/// On a laptop the host's secrets are absent, and that is no mistake.
#[test]
fn what_only_the_host_has_is_told_and_not_missed() {
    let compose = r"
services:
  web:
    image: nginx:1.27.3@sha256:0000000000000000000000000000000000000000000000000000000000000000
    restart: always
    env_file: /run/agenix/web.env
    secrets: [token, key]
    volumes:
      - /run/secrets/tls.pem:/tls.pem:ro
      - /srv/stacks/web/html:/usr/share/nginx/html:ro
      - /elsewhere/disk/data:/data
secrets:
  token: {file: /run/secrets/token}
  key: {file: /etc/web.key}
";
    let disk = MemFs::new()
        .file("/srv/stacks/web/compose.yaml", compose)
        .file("/srv/stacks/web/html/index.html", "")
        .file("/srv/stacks/web/nas.nix", "{ sops.secrets.web = { path = \"/etc/web.key\"; }; }");
    let sources = Sources::new();
    let root = Path::new("/srv/stacks");
    let workspace = Workspace::load(&disk, &sources, &[root.to_path_buf()], &LoadOptions::default());
    let beside = Surroundings::read(&workspace.loader, &[root.to_path_buf()], &[], None).unwrap();
    let facts = HostFacts::new(&disk).with(beside);
    let found = workspace.lint(&facts, Mode::Audit, &Selection::new(Mode::Audit, &[], &[]).unwrap());
    let said: Vec<String> = found.iter().filter(|f| f.severity != Severity::Info).map(|f| format!("{} {}", f.rule, f.message)).collect();
    assert!(said.is_empty(), "{said:#?}");
    let inventory = Inventory::new(&inventory::Input {
        entries: &workspace.discovery.entries,
        projects: &workspace.projects,
        host_of: &|path| workspace.host_of(path),
        skipped: &workspace.discovery.skipped,
        facts: &facts,
        sources: &sources,
        redactor: &Redactor::new(&sources, &workspace.projects),
        directory: root,
    });
    insta::assert_snapshot!(inventory.human(false), @r"
    web  web
      name      from the directory
      files     compose.yaml  (not in git)
      env       /run/agenix/web.env (on the host)
      services  web  nginx:1.27.3@sha256:0000000000000000000000000000000000000000000000000000000000000000  -  always
      networks  web_default
      mounts    3 binds (1 writable)
      data      /elsewhere/disk/data
      secrets   token from /run/secrets/token (on the host), key from /etc/web.key (on the host)
    ");
    let [stack] = inventory.stacks.as_slice() else { panic!("one stack") };
    let secrets: Vec<_> = stack.secrets.iter().map(|s| (s.name.as_str(), &*s.kind, s.on_host, s.exists)).collect();
    let wanted = [("token", "file", true, None), ("key", "file", true, None), ("/run/agenix/web.env", "env-file", true, None)];
    assert_eq!(secrets, wanted);
    let mounts: Vec<_> = stack.mount_list.iter().map(|m| (&*m.class, m.exists)).collect();
    assert_eq!(mounts, [("runtime-secret", None), ("loose-config", Some(true)), ("data", None)]);
}

fn inventory(homelab: &Homelab, workspace: &Workspace, sources: &Sources, redactor: &Redactor) -> Inventory {
    Inventory::new(&inventory::Input {
        entries: &workspace.discovery.entries,
        projects: &workspace.projects,
        host_of: &|path| workspace.host_of(path),
        skipped: &workspace.discovery.skipped,
        facts: &homelab.facts(workspace),
        sources,
        redactor,
        directory: &homelab.root,
    })
}

#[test]
fn the_inventory_is_what_somebody_wants_to_know_of_a_host() {
    let homelab = Homelab::new();
    let sources = Sources::new();
    let workspace = homelab.load(&sources);
    let inventory = inventory(&homelab, &workspace, &sources, &Redactor::new(&sources, &workspace.projects));
    if homelab.git {
        insta::assert_snapshot!(homelab.short(&inventory.human(false)), @r"
        broken  docker/broken  refused by docker compose
          name      from the directory
          files     compose.yml  (not in git)

        db  docker/db
          name      written in the file
          files     compose.yml  (not in git)
          services  postgres  postgres:16  5432→5432  -
          volumes   oldstack_pgdata (external)
          networks  db_default
          mounts    1 volume
          data      not backed up: oldstack_pgdata
          secrets   pg from pg.txt

        docs  docker/docs
          link      the directory leads to infra/hosts/nas/docker/paperless-ngx
          name      from the directory
          files     docker-compose.yml (tracked)
          env       docker-compose.env (ignored)
          services  broker     redis:7                                     -          unless-stopped
                    db         postgres:17                                 -          unless-stopped
                    webserver  ghcr.io/paperless-ngx/paperless-ngx:latest  8000→8000  unless-stopped
          volumes   docs_data, docs_pgdata, docs_redisdata
          networks  docs_default
          mounts    2 writable binds, 3 volumes
          data      not backed up: docs_redisdata, docs_pgdata, docs_data, media (not there), consume (not there)

        home  docker/home
          name      from the directory
          files     docker-compose.yml  (not in git)
          services  homeassistant  ghcr.io/home-assistant/home-assistant:stable  -                no
                    mosquitto      eclipse-mosquitto:2                           1883→1883 22→22  -
          networks  home_local, home_default
          mounts    5 binds (4 writable)
          data      backed up: mounts/homeassistant, mounts/mosquitto/data
                    not backed up: /home/ada/secrets

        immich  docker/immich
          link      the file leads to infra/hosts/nas/docker/immich/docker-compose.yml; relative paths start here
          name      written in the file
          files     docker-compose.yml (tracked)
          env       .env
          services  immich-server  ghcr.io/immich-app/immich-server:release         2283→2283  always
                    redis          docker.io/valkey/valkey:8-bookworm               -          always
                    database       ghcr.io/immich-app/postgres:14-vectorchord0.4.3  -          always
          networks  proxy (external), immich_default
          mounts    4 binds (2 writable)
          data      backed up: /mnt/tank/photos
                    not backed up: postgres

        media  docker/media  refused by docker compose
          name      from the directory
          files     docker-compose.yml, docker-compose.override.yml  (not in git)
          profiles  tv
          services  sonarr         lscr.io/linuxserver/sonarr:latest       8989→8989 8990→8989  unless-stopped
                    gluetun        qmcgaw/gluetun                          8080→8080            -
                    qbittorrent    lscr.io/linuxserver/qbittorrent:latest  -                    unless-stopped
                    jellyfin [tv]  jellyfin/jellyfin                       -                    unless-stopped
          volumes   media_jellyfin-cache, media_sabnzbd-config
          networks  proxy (external), media_default
          mounts    7 writable binds, 1 volume
          data      not backed up: config/sonarr, /mnt/tank/tv, downloads, config/qbittorrent (not there), config/jellyfin
                    cache: media_jellyfin-cache

        monitoring  docker/monitoring
          name      from the directory
          files     compose.yaml  (not in git)
          includes  prometheus/compose.yaml, grafana/compose.yaml
          env       grafana/grafana.env
          services  prometheus  prom/prometheus:v2.53.0  -          -
                    grafana     grafana/grafana:11.1.0   3001→3000  -
          volumes   monitoring_data
          networks  monitoring_mon
          mounts    1 read-only bind, 2 volumes
          data      not backed up: monitoring_data

        node-red  docker/node-red
          name      from the directory
          files     docker-compose.yml  (not in git)
          services  node-red  nodered/node-red:4.0  1880→1880  -
          networks  node-red_default
          mounts    1 writable bind
          data      not backed up: data

        portainer  docker/portainer
          name      from the directory
          files     compose.yml  (not in git)
          services  portainer  portainer/portainer-ce:2.20.3  9443→9443  -
          networks  portainer_default
          mounts    2 writable binds
          data      not backed up: data

        edge  docker/traefik
          name      written in the file
          files     compose.yaml (tracked)
          env       .env (tracked)
          services  traefik  traefik:v3.1  80→80 443→443 127.0.0.1:8080→8080  unless-stopped
          networks  proxy
          mounts    4 binds (1 writable)
          data      backed up: acme.json

        vault  docker/vault
          name      from the directory
          files     compose.yml (tracked)
          services  vaultwarden  vaultwarden/server:latest  -  always
          networks  proxy (external)
          mounts    1 writable bind
          data      not backed up: vw-data

        beside the stacks
          infra/hosts/nas/configuration.nix
            container  uptime-kuma  louislam/uptime-kuma:1  3001→3001

        lists of backups
          backup/restic-includes.txt         3 paths
          infra/hosts/nas/configuration.nix  3 paths

        passed over
          docker/ha-old                            a link to `../infra/hosts/nas/docker/homeassistant`, which leads nowhere
          docker/loop                              a link back to `docker`
          docker/media/compose.old.yml             a retired copy
          docker/media/docker-compose.yml.RETIRED  a retired copy
          docker/templates/docker-compose.yml.j2   a template
          8 directories of data or caches
        ");
    }
    let json = serde_json::to_string(&inventory.stacks).unwrap();
    for secret in ["pretend-", "cHJldGVuZC"] {
        assert!(!json.contains(secret), "a secret is in the inventory");
    }
}

/// Every finding as text: rule, file and line on the first line, then all that is said.
fn findings(homelab: &Homelab) -> Vec<String> {
    let sources = Sources::new();
    let workspace = homelab.load(&sources);
    let selection = Selection::new(Mode::Audit, &[], &[]).unwrap();
    let found = workspace.lint(&homelab.facts(&workspace), Mode::Audit, &selection);
    let place = |place: &Place| match place {
        Place::Path(path) => path.display().to_string(),
        Place::Span(span) => {
            let source = sources.get(span.file);
            let text = source.line_range(source.position(span.start).line).and_then(|r| source.text.get(r)).unwrap_or("");
            format!("{} `{}`", source.path.display(), text.trim())
        }
    };
    let text = |f: &Finding| {
        let mut out = format!("{} {}\n{}\n", f.rule, place(&f.primary.place), f.message);
        for text in [&f.why, &f.help].into_iter().flatten() {
            let _ = writeln!(out, "{text}");
        }
        for label in &f.related {
            let _ = writeln!(out, "{}: {}", label.text, place(&label.place));
        }
        homelab.short(&out)
    };
    found.iter().map(text).collect()
}

/// Rule, what the place must hold, what must be said of it.
type Wanted = (&'static str, &'static str, &'static str);

/// What must be found, by number.
const WANTED: &[(u32, &[Wanted])] = &[
    // A directory link gives another project name, and with it other volumes. The list of backups names those of the real directory.
    (
        1,
        &[
            ("linked-project-name", "docker/docs/docker-compose.yml", "`docs_data` here is `paperless-ngx_data` there"),
            (
                "data-not-backed-up",
                "docker/docs/docker-compose.yml `volumes: [pgdata:",
                "`paperless-ngx_pgdata`, which is another volume: ~/infra/hosts/nas/configuration.nix",
            ),
        ],
    ),
    // Relative paths start beside the link, not beside the real file.
    (2, &[("bind-source-missing", "- ./hwaccel.yml:/config/hwaccel.yml:ro", "infra/hosts/nas/docker/immich/hwaccel.yml` exists")]),
    // One service that Compose refuses does not hide the others of its file.
    (
        3,
        &[
            (
                "conflicting-keys",
                "docker/media/docker-compose.yml `network_mode: service:gluetun`",
                "and get into this service here: ~/docker/media/docker-compose.yml `<<: *lsio`",
            ),
            ("plaintext-secret", "docker/media/docker-compose.yml `- WIREGUARD_PRIVATE_KEY=", "gluetun"),
        ],
    ),
    (4, &[("list-appended", "docker/media/docker-compose.override.yml `ports: [\"8990:8989\"]`", "!override")]),
    // Both findings in one run.
    (
        5,
        &[
            ("include-conflict", "docker/monitoring/compose.yaml `mon: {driver: bridge", "Compose 2 refuses"),
            ("included-resource-merged", "docker/monitoring/", "`prometheus` and `grafana`"),
        ],
    ),
    (
        6,
        &[
            ("host-port-collision", "", "8080"),
            (
                "host-service-collision",
                "docker/monitoring/grafana/compose.yaml `ports: [\"3001:3000\"]`",
                "the container `uptime-kuma` of NixOS",
            ),
            (
                "host-service-collision",
                "docker/home/docker-compose.yml `ports: [1883:1883, 22:22]`",
                "port 22 of the host is published by `mosquitto`",
            ),
            ("datastore-port-public", "docker/db/compose.yml `ports: [\"5432:5432\"]`", ""),
            ("control-port-public", "docker/home/docker-compose.yml `ports: [1883:1883, 22:22]`", "the MQTT broker"),
            ("control-port-public", "docker/portainer/compose.yml `ports: [\"9443:9443\"]`", "Portainer"),
            ("control-port-public", "docker/node-red/docker-compose.yml", "Node-RED"),
        ],
    ),
    (7, &[("container-name-collision", "container_name: immich_postgres", "`immich` and `postgres` of project `db`")]),
    (8, &[("external-network-order", "docker/traefik/compose.yaml `proxy: {name: proxy}`", "`immich`, `media`, `vault`")]),
    (
        9,
        &[
            ("plaintext-secret", "docker/vault/compose.yml `- SMTP_PASSWORD=", ""),
            ("plaintext-secret", "docker/vault/compose.yml `- ADMIN_TOKEN=", ""),
            ("plaintext-secret", "docker/media/docker-compose.yml `- WIREGUARD_PRIVATE_KEY=", ""),
            ("plaintext-secret", "docker/docs/docker-compose.yml `POSTGRES_PASSWORD: paperless`", ""),
            ("env-file-overshared", "docker/immich/docker-compose.yml `env_file: [.env]`", "`TYPESENSE_API_KEY`"),
            ("weak-default-secret", "${GF_ADMIN:-admin}", "grafana"),
            ("world-readable-secret", "docker/immich/.env", "0644"),
            ("world-readable-secret", "docker/db/compose.yml", "`pg.txt`"),
            ("world-readable-secret", "docker/traefik/compose.yaml `- ./acme.json:/acme.json`", "0644"),
        ],
    ),
    // What a typing error does.
    (
        11,
        &[
            ("invalid-mount-mode", "- /home/ada/secrets:/secrets:r", "writable"),
            ("yaml11-ambiguous", "docker/home/docker-compose.yml `restart: no`", ""),
            ("yaml11-ambiguous", "docker/home/docker-compose.yml `ports: [1883:1883, 22:22]`", "22:22"),
            ("obsolete-version", "docker/vault/compose.yml `version: \"3\"`", ""),
        ],
    ),
    (
        12,
        &[
            ("bind-source-missing", "mosquitto.conf", "directory"),
            ("bind-source-missing", "docker/media/docker-compose.yml", "`./config/qbittorrent`"),
        ],
    ),
    (
        13,
        &[
            ("unused-volume", "docker/media/docker-compose.yml `sabnzbd-config:`", ""),
            ("unused-network", "docker/home/docker-compose.yml `local:", ""),
        ],
    ),
    (
        14,
        &[
            ("data-not-backed-up", "docker/immich/docker-compose.yml `- ./postgres:", "`database`"),
            ("data-not-backed-up", "docker/docs/docker-compose.yml", "`docs_data`"),
            ("data-not-backed-up", "docker/docs/docker-compose.yml", "`docs_pgdata`"),
            ("data-not-backed-up", "docker/docs/docker-compose.yml", "`docs_redisdata`"),
            ("data-not-backed-up", "docker/media/docker-compose.yml", "`./config/sonarr`"),
            ("data-not-backed-up", "docker/media/docker-compose.yml", "`./config/jellyfin`"),
            ("data-not-backed-up", "docker/vault/compose.yml", "`./vw-data`"),
            ("data-not-backed-up", "docker/db/compose.yml", "`oldstack_pgdata`"),
            ("data-not-backed-up", "docker/portainer/compose.yml", "`./data`"),
            ("data-not-backed-up", "docker/node-red/docker-compose.yml", "`./data`"),
        ],
    ),
    (
        15,
        &[
            ("container-socket", "docker/portainer/compose.yml", ""),
            (
                "container-socket",
                "docker/traefik/compose.yaml `- /var/run/docker.sock:/var/run/docker.sock:ro`",
                "`ro` protects the socket's file",
            ),
        ],
    ),
    // A file that cannot be read.
    (0, &[("invalid-yaml", "docker/broken/compose.yml", "tab")]),
];

const WANTED_OF_GIT: &[(u32, &[Wanted])] = &[
    (9, &[("secret-in-tracked-env", "docker/traefik/.env", "`CF_DNS_API_TOKEN`")]),
    (10, &[("data-bind-in-git", "docker/vault/compose.yml `volumes: [./vw-data:/data]`", "git tracks files in the data of `vaultwarden`")]),
];

#[test]
fn everything_that_must_be_found_is_found() {
    let homelab = Homelab::new();
    let found = findings(&homelab);
    let wanted = WANTED.iter().chain(WANTED_OF_GIT.iter().filter(|_| homelab.git));
    let missing: Vec<(u32, &Wanted)> = wanted
        .flat_map(|(number, all)| all.iter().map(|one| (*number, one)))
        .filter(|(_, (rule, at, said))| {
            !found.iter().any(|f| {
                let (place, rest) = f.split_once('\n').unwrap_or((f, ""));
                place.strip_prefix(rule).is_some_and(|p| p.starts_with(' ') && p.contains(at)) && rest.contains(said)
            })
        })
        .collect();
    assert!(missing.is_empty(), "not found: {missing:#?}\namong:\n{}", found.join("\n"));
}

#[test]
fn what_is_backed_up_or_can_be_made_again_is_not_missed() {
    let homelab = Homelab::new();
    let found = findings(&homelab);
    let missed: Vec<&str> = found.iter().filter(|f| f.starts_with("data-not-backed-up ")).filter_map(|f| f.lines().nth(1)).collect();
    for covered in [
        "jellyfin-cache",
        "mounts/homeassistant",
        "mounts/mosquitto",
        "traefik",
        "acme.json",
        "/mnt/tank/photos",
        "docker.sock",
        "/run/dbus",
    ] {
        assert!(!missed.iter().any(|f| f.contains(covered)), "{covered}: {missed:#?}");
    }
    let sources = Sources::new();
    let workspace = homelab.load(&sources);
    let facts = homelab.facts(&workspace);
    let mount = |project: &str, target: &str| {
        let project = workspace.projects.iter().find(|p| p.name == project).unwrap();
        let mount = project.services.values().flat_map(|s| &s.volumes).find(|m| m.target == target).unwrap();
        composelint::host::mounts::class(mount, project, &facts).name()
    };
    let wanted = [
        ("media", "/cache", "cache"),
        ("media", "/config", "data"),
        ("edge", "/var/run/docker.sock", "socket"),
        ("edge", "/acme.json", "data"),
        ("home", "/run/dbus", "system"),
        ("immich", "/etc/localtime", "system"),
        ("monitoring", "/etc/prometheus/prometheus.yml", "loose-config"),
        ("docs", "/var/lib/postgresql/data", "data"),
    ];
    for (project, target, class) in wanted {
        assert_eq!(mount(project, target), class, "{target} of {project}");
    }
    if homelab.git {
        assert_eq!(mount("edge", "/etc/traefik/traefik.yml"), "config");
        assert_eq!(mount("vault", "/data"), "data");
    }
}

/// The disk, and the paths of all files that were read on it.
#[derive(Default)]
struct Recorded {
    read: Mutex<Vec<PathBuf>>,
}

impl Fs for Recorded {
    fn read(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
        self.read.lock().unwrap().push(OsFs.canonicalize(path).unwrap_or_else(|_| path.to_path_buf()));
        OsFs.read(path, limit)
    }

    fn read_dir(&self, path: &Path) -> std::io::Result<Vec<DirEntry>> {
        OsFs.read_dir(path)
    }

    fn metadata(&self, path: &Path) -> std::io::Result<Metadata> {
        OsFs.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> std::io::Result<Metadata> {
        OsFs.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> std::io::Result<PathBuf> {
        OsFs.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> std::io::Result<PathBuf> {
        OsFs.canonicalize(path)
    }

    fn write_atomic(&self, _path: &Path, _bytes: &[u8]) -> std::io::Result<()> {
        Err(std::io::Error::from(std::io::ErrorKind::ReadOnlyFilesystem))
    }
}

#[test]
fn the_nix_files_above_the_stacks_are_known_without_being_named() {
    let homelab = Homelab::new();
    if !homelab.git {
        return;
    }
    let sources = Sources::new();
    let workspace = homelab.load(&sources);
    let files: Vec<&Path> = workspace.discovery.entries.iter().flat_map(|e| &e.files).map(PathBuf::as_path).collect();
    let beside = Surroundings::default().with_near(&workspace.loader, &files);
    let found: Vec<_> = beside.nix.iter().map(|n| (homelab.short(&n.file.display().to_string()), n.host.as_deref())).collect();
    assert_eq!(found, [("~/infra/hosts/nas/configuration.nix".to_owned(), Some("nas"))]);
    assert_eq!(beside.backups.len(), 1);
    let named = homelab.facts(&workspace).beside().clone();
    assert_eq!(named.clone().with_near(&workspace.loader, &files).nix.len(), named.nix.len(), "no file counts twice");
}

#[test]
fn no_content_below_data_is_read() {
    let homelab = Homelab::new();
    let (disk, sources) = (Recorded::default(), Sources::new());
    let workspace = homelab.load_from(&disk, &sources);
    let facts = homelab.facts(&workspace);
    workspace.lint(&facts, Mode::Audit, &Selection::new(Mode::Audit, &["all".into()], &[]).unwrap());
    Inventory::new(&inventory::Input {
        entries: &workspace.discovery.entries,
        projects: &workspace.projects,
        host_of: &|path| workspace.host_of(path),
        skipped: &workspace.discovery.skipped,
        facts: &facts,
        sources: &sources,
        redactor: &Redactor::new(&sources, &workspace.projects),
        directory: &homelab.root,
    });
    drop((workspace, facts));
    let read = disk.read.into_inner().unwrap();
    assert!(
        read.contains(&homelab.root.join("docker/vault/compose.yml"))
            && read.contains(&homelab.root.join("infra/hosts/nas/configuration.nix"))
    );
    for data in ["immich/postgres", "media/config", "media/downloads", "vault/vw-data", "portainer/data", "node-red/data", "home/mounts"] {
        let data = homelab.root.join("docker").join(data);
        let below: Vec<_> = read.iter().filter(|p| p.starts_with(&data)).collect();
        assert!(below.is_empty(), "{below:?}");
    }
}

/// The host of the specification, built by its own script, through the binary.
#[test]
fn the_host_of_the_specification_is_audited() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/homelab/make-homelab.sh");
    let keep = tempfile::tempdir().unwrap();
    let destination = keep.path().canonicalize().unwrap().join("host");
    let built = script.exists()
        && Command::new("bash")
            .arg(&script)
            .arg(&destination)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success());
    if !built {
        println!("skipped: the script of the specification is not here, or git or bash is not");
        return;
    }
    let home = destination.join("home/ada");
    let run = |arguments: &[&str]| {
        let beside = ["audit", "docker", "--host", "nas", "--also", "infra", "--backup-list", "backup/restic-includes.txt"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_composelint"));
        let output = command.env_clear().current_dir(&home).stdin(Stdio::null()).args(beside).args(arguments).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code().unwrap(), text)
    };
    assert_eq!(run(&[]).0, 0);
    assert_eq!(run(&["--fail-on", "error"]).0, 1);
    assert_eq!(run(&["--fail-on", "never"]).0, 0);

    // A baseline knows what there is; what is new alone fails.
    let baseline = destination.join("baseline.json").display().to_string();
    assert_eq!(run(&["-q", &format!("--write-baseline={baseline}")]).0, 0);
    assert_eq!(run(&["--fail-on", "info", "--baseline", &baseline]).0, 0);
    let stack = home.join("docker/node-red/docker-compose.yml");
    let before = std::fs::read_to_string(&stack).unwrap();
    std::fs::write(&stack, before.replace("node-red: {", "node-red: {privileged: true, ")).unwrap();
    let (code, text) = run(&["--fail-on", "info", "--baseline", &baseline, "--format", "concise"]);
    assert_eq!(code, 1);
    assert_eq!(text.matches("[privileged]").count(), 1, "{text}");
    std::fs::write(&stack, before).unwrap();

    let secrets = secrets(&home);
    assert!(secrets.len() >= 9, "{} secrets", secrets.len());
    for format in report::Format::ALL {
        let (code, text) = run(&["--format", format.name(), "--select", "all"]);
        assert_eq!(code, 0, "{}", format.name());
        for secret in &secrets {
            assert!(!text.contains(secret), "{} shows a secret", format.name());
        }
    }
}

/// The values that the script makes up, from the files that it wrote.
fn secrets(home: &Path) -> Vec<String> {
    let read = |path: &str| std::fs::read_to_string(home.join(path)).unwrap();
    let mut out = vec![read("docker/db/pg.txt").trim().to_owned()];
    let files = [
        "infra/hosts/nas/docker/paperless-ngx/docker-compose.env",
        "docker/traefik/.env",
        "docker/immich/.env",
        "docker/monitoring/grafana/grafana.env",
        "docker/media/docker-compose.yml",
        "docker/vault/compose.yml",
    ];
    for line in files.map(read).iter().flat_map(|text| text.lines()) {
        let Some((name, value)) = line.trim().trim_start_matches("- ").split_once('=') else { continue };
        let secret = ["_KEY", "_TOKEN", "_PASSWORD", "GF_ADMIN"].iter().any(|end| name.ends_with(end));
        // What is before the last `$` of a hash says how it was made.
        out.extend(value.rsplit('$').next().filter(|v| secret && v.len() > 6).map(str::to_owned));
    }
    out
}

#[test]
fn nothing_is_said_of_data_and_nothing_is_said_twice() {
    let homelab = Homelab::new();
    let found = findings(&homelab);
    for outside in ["/node_modules/", "/portainer/data/", ".RETIRED", "compose.old.yml", "/loop/", "templates/"] {
        assert!(!found.iter().any(|f| f.contains(outside)), "{outside}");
    }
    let mut once = found.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), found.len());
}

#[test]
fn no_format_shows_a_secret() {
    let homelab = Homelab::new();
    let sources = Sources::new();
    let workspace = homelab.load(&sources);
    let findings = workspace.lint(&homelab.facts(&workspace), Mode::Audit, &Selection::new(Mode::Audit, &["all".into()], &[]).unwrap());
    let redactor = Redactor::new(&sources, &workspace.projects);
    let run = report::Run { projects: workspace.projects.len(), ..report::Run::new(&sources, &redactor, &homelab.root, &findings) };
    let report = report::Report::new(&run);
    let inventory = inventory(&homelab, &workspace, &sources, &redactor);
    let extras = report::format::Extras { inventory: Some(&inventory), ..report::format::Extras::default() };
    for format in report::Format::ALL {
        let text = format.render(&report, &extras);
        let wanted = if format.has_findings() { "CF_DNS_API_TOKEN" } else { "vaultwarden" };
        let format = format.name();
        assert!(text.contains(wanted), "{format} names {wanted}");
        for secret in ["pretend-", "cHJldGVuZC"] {
            assert!(!text.contains(secret), "{format} shows a secret");
        }
    }
}

#[test]
fn nothing_below_the_root_is_touched() {
    fn names(at: &Path, out: &mut Vec<(PathBuf, u64, std::time::SystemTime)>) {
        for entry in std::fs::read_dir(at).unwrap().map(Result::unwrap) {
            let meta = entry.path().symlink_metadata().unwrap();
            out.push((entry.path(), meta.len(), meta.modified().unwrap()));
            if meta.is_dir() {
                names(&entry.path(), out);
            }
        }
    }
    let all = |homelab: &Homelab| {
        let mut out = Vec::new();
        names(&homelab.root, &mut out);
        out.sort();
        out
    };
    let homelab = Homelab::new();
    let before = all(&homelab);
    findings(&homelab);
    assert_eq!(all(&homelab), before);
}

/// What the runbook names, and nothing has.
#[test]
fn the_runbook_is_compared_with_the_stacks() {
    use composelint::host::{Surroundings, docs, host_in};
    let homelab = Homelab::new();
    let sources = Sources::new();
    let workspace = homelab.load(&sources);
    let files = docs::matching(&OsFs, &homelab.root, "infra/hosts/*/docs/*.md", &|_| false).unwrap();
    let documents = files.iter().map(|path| docs::read(&OsFs, &sources, path, host_in(path)).unwrap()).collect();
    let beside = Surroundings { roots: vec![homelab.root.join("docker")], documents, ..Surroundings::default() };
    let facts = HostFacts::new(&OsFs).with(beside);
    let found = workspace.lint(&facts, Mode::Audit, &Selection::new(Mode::Audit, &[], &[]).unwrap());
    let mut out = String::new();
    for f in found.iter().filter(|f| f.rule == "stale-document") {
        let Place::Span(span) = &f.primary.place else { continue };
        let source = sources.get(span.file);
        let _ = writeln!(out, "{}: {}", source.position(span.start).line, f.message);
        for text in [&f.why, &f.help].into_iter().flatten() {
            let _ = writeln!(out, "   {text}");
        }
    }
    insta::assert_snapshot!(out, @r"
    3: this names `~/docker/paperless/docker-compose.yml`, and there is no `~/docker/paperless`
       whoever follows the document ends here, most likely in a hurry
       did you mean `~/docker/docs`?
    6: this names the volume `pgdata`, which no stack has: the real ones are `oldstack_pgdata` and `docs_pgdata`
       docker makes an empty volume of that name on the spot: a backup of it saves nothing, and what is restored into it reaches nobody
       write the one that is meant
    7: this names the container `immich_machine_learning`, which no stack has: `immich` has `immich_server`, `immich_redis` and `immich_postgres`
       the command fails, and the document is of no use when it is needed
       write the name of a container that is there, or take the line out
    ");
}
