//! A host that grew for years (`testdata/homelab`), audited as a whole. What a checkout cannot hold is made in a temporary copy:
//! repositories with tracked, untracked and ignored files, file modes, empty directories.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)] // tests stand on the real disk

use std::fmt::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use composelint::discover::{Kind, Reached};
use composelint::finding::{Finding, Place};
use composelint::fs::OsFs;
use composelint::host::{Facts, HostFacts};
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
        let root = keep.path().canonicalize().unwrap().join("ada");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/homelab"), &root);
        let repositories = ["infra", "docker/traefik", "docker/vault"].map(|d| root.join(d));
        let git = repositories.iter().all(|r| {
            git(r, &["init", "-q"])
                && git(r, &["add", "-A"])
                && git(r, &["commit", "-q", "-m", "all of it", "--date", "2026-01-01T00:00:00Z"])
        });
        if !git {
            println!("skipped: git cannot be run, so nothing is asserted about repositories");
        }
        Self { _keep: keep, root, git }
    }

    fn load<'a>(&self, sources: &'a Sources) -> Workspace<'a> {
        Workspace::load(&OsFs, sources, &[self.root.join("docker")], &LoadOptions::default())
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

/// Runs git without the configuration of whoever runs the tests.
fn git(directory: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.current_dir(directory).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command.args([
        "-c",
        "user.name=ada",
        "-c",
        "user.email=ada@example.org",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
    ]);
    command.args(arguments).status().is_ok_and(|s| s.success())
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
}

#[test]
fn the_inventory_is_what_somebody_wants_to_know_of_a_host() {
    let homelab = Homelab::new();
    let sources = Sources::new();
    let workspace = homelab.load(&sources);
    let inventory = Inventory::new(&inventory::Input {
        entries: &workspace.discovery.entries,
        projects: &workspace.projects,
        skipped: &workspace.discovery.skipped,
        facts: &HostFacts::new(&OsFs),
        sources: &sources,
        redactor: &Redactor::new(&sources, &workspace.projects),
        directory: &homelab.root,
    });
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

        home  docker/home
          name      from the directory
          files     docker-compose.yml  (not in git)
          services  homeassistant  ghcr.io/home-assistant/home-assistant:stable  -                no
                    mosquitto      eclipse-mosquitto:2                           1883→1883 22→22  -
          networks  home_local, home_default
          mounts    5 binds (4 writable)

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

        node-red  docker/node-red
          name      from the directory
          files     docker-compose.yml  (not in git)
          services  node-red  nodered/node-red:4.0  1880→1880  -
          networks  node-red_default
          mounts    1 writable bind

        portainer  docker/portainer
          name      from the directory
          files     compose.yml  (not in git)
          services  portainer  portainer/portainer-ce:2.20.3  9443→9443  -
          networks  portainer_default
          mounts    2 writable binds

        edge  docker/traefik
          name      written in the file
          files     compose.yaml (tracked)
          env       .env (tracked)
          services  traefik  traefik:v3.1  80→80 443→443 127.0.0.1:8080→8080  unless-stopped
          networks  proxy
          mounts    4 binds (1 writable)

        vault  docker/vault
          name      from the directory
          files     compose.yml (tracked)
          services  vaultwarden  vaultwarden/server:latest  -  always
          networks  proxy (external)
          mounts    1 writable bind

        passed over
          docker/ha-old                            a link to `../infra/hosts/nas/docker/homeassistant`, which leads nowhere
          docker/loop                              a link back to `docker`
          docker/media/compose.old.yml             a retired copy
          docker/media/docker-compose.yml.RETIRED  a retired copy
          docker/templates/docker-compose.yml.j2   a template
          8 directories of data or caches
        ");
    }
    let json = serde_json::to_string(&inventory).unwrap();
    for secret in ["pretend-", "cHJldGVuZC"] {
        assert!(!json.contains(secret), "a secret is in the inventory");
    }
}

/// Every finding as text: rule, file and line on the first line, then all that is said.
fn findings(homelab: &Homelab) -> Vec<String> {
    let sources = Sources::new();
    let workspace = homelab.load(&sources);
    let selection = Selection::new(Mode::Audit, &[], &[]).unwrap();
    let found = workspace.lint(&HostFacts::new(&OsFs), Mode::Audit, &selection);
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

const WANTED: &[Wanted] = &[
    // A directory link gives another project name, and with it other volumes.
    ("linked-project-name", "docker/docs/docker-compose.yml", "`docs_data` here is `paperless-ngx_data` there"),
    // Relative paths start beside the link, not beside the real file.
    ("bind-source-missing", "- ./hwaccel.yml:/config/hwaccel.yml:ro", "infra/hosts/nas/docker/immich/hwaccel.yml` exists"),
    // One service that Compose refuses does not hide the others of its file.
    (
        "conflicting-keys",
        "docker/media/docker-compose.yml `network_mode: service:gluetun`",
        "and get into this service here: ~/docker/media/docker-compose.yml `<<: *lsio`",
    ),
    ("plaintext-secret", "docker/media/docker-compose.yml `- WIREGUARD_PRIVATE_KEY=", "gluetun"),
    ("list-appended", "docker/media/docker-compose.override.yml `ports: [\"8990:8989\"]`", "!override"),
    // Both findings in one run.
    ("include-conflict", "docker/monitoring/compose.yaml `mon: {driver: bridge", "Compose 2 refuses"),
    ("included-resource-merged", "docker/monitoring/", "`prometheus` and `grafana`"),
    ("container-name-collision", "container_name: immich_postgres", "`immich` and `postgres` of project `db`"),
    ("external-network-order", "docker/traefik/compose.yaml `proxy: {name: proxy}`", "`immich`, `media`, `vault`"),
    // Secrets.
    ("plaintext-secret", "docker/vault/compose.yml `- SMTP_PASSWORD=", ""),
    ("plaintext-secret", "docker/vault/compose.yml `- ADMIN_TOKEN=", ""),
    ("plaintext-secret", "docker/docs/docker-compose.yml `POSTGRES_PASSWORD: paperless`", ""),
    ("env-file-overshared", "docker/immich/docker-compose.yml `env_file: [.env]`", "`TYPESENSE_API_KEY`"),
    ("weak-default-secret", "${GF_ADMIN:-admin}", "grafana"),
    ("world-readable-secret", "docker/immich/.env", "0644"),
    ("world-readable-secret", "docker/db/compose.yml", "`pg.txt`"),
    ("world-readable-secret", "docker/traefik/compose.yaml `- ./acme.json:/acme.json`", "0644"),
    // What a typing error does.
    ("invalid-mount-mode", "- /home/ada/secrets:/secrets:r", "writable"),
    ("yaml11-ambiguous", "docker/home/docker-compose.yml `restart: no`", ""),
    ("yaml11-ambiguous", "docker/home/docker-compose.yml `ports: [1883:1883, 22:22]`", "22:22"),
    ("obsolete-version", "docker/vault/compose.yml `version: \"3\"`", ""),
    ("bind-source-missing", "mosquitto.conf", "directory"),
    ("bind-source-missing", "docker/media/docker-compose.yml", "`./config/qbittorrent`"),
    ("unused-volume", "docker/media/docker-compose.yml `sabnzbd-config:`", ""),
    ("unused-network", "docker/home/docker-compose.yml `local:", ""),
    ("container-socket", "docker/portainer/compose.yml", ""),
    ("container-socket", "docker/traefik/compose.yaml `- /var/run/docker.sock:/var/run/docker.sock:ro`", "`ro` protects the socket's file"),
    // Ports.
    ("host-port-collision", "", "8080"),
    ("datastore-port-public", "docker/db/compose.yml `ports: [\"5432:5432\"]`", ""),
    ("invalid-yaml", "docker/broken/compose.yml", "tab"),
];

const WANTED_OF_GIT: &[Wanted] = &[
    ("secret-in-tracked-env", "docker/traefik/.env", "`CF_DNS_API_TOKEN`"),
    ("data-bind-in-git", "docker/vault/compose.yml `volumes: [./vw-data:/data]`", "git tracks files in the data of `vaultwarden`"),
];

#[test]
fn everything_that_must_be_found_is_found() {
    let homelab = Homelab::new();
    let found = findings(&homelab);
    let wanted = WANTED.iter().chain(WANTED_OF_GIT.iter().filter(|_| homelab.git));
    let missing: Vec<&Wanted> = wanted
        .filter(|(rule, at, said)| {
            !found.iter().any(|f| {
                let (place, rest) = f.split_once('\n').unwrap_or((f, ""));
                place.strip_prefix(rule).is_some_and(|p| p.starts_with(' ') && p.contains(at)) && rest.contains(said)
            })
        })
        .collect();
    assert!(missing.is_empty(), "not found: {missing:#?}\namong:\n{}", found.join("\n"));
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
    let findings = workspace.lint(&HostFacts::new(&OsFs), Mode::Audit, &Selection::new(Mode::Audit, &["all".into()], &[]).unwrap());
    let redactor = Redactor::new(&sources, &workspace.projects);
    let run = report::Run { projects: workspace.projects.len(), ..report::Run::new(&sources, &redactor, &homelab.root, &findings) };
    let report = report::Report::new(&run);
    for format in report::Format::ALL {
        let (format, text) = (format.name(), format.render(&report, &report::format::Extras::default()));
        assert!(text.contains("CF_DNS_API_TOKEN"), "{format} names the variable");
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
