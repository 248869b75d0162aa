//! `diff`: for each kind of change the right class and place, and nothing else; every difference that Compose would show is seen.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test may fail

#[path = "support/pieces.rs"]
mod pieces;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use composelint::compose::{self, Loader, Request, Semantics};
use composelint::diff::matching::{self, Identity, pairs};
use composelint::diff::moved::{self, Pair};
use composelint::diff::{Change, Diff, Shown, Subject, compare};
use composelint::fs::{Fs, MemFs};
use composelint::model::{self, Project};
use composelint::report::Redactor;
use composelint::report::changes::{Compared, Format, Known, Report, Run, Side};
use composelint::source::Sources;
use proptest::prelude::*;

/// One project as it was loaded.
struct Loaded {
    sources: Sources,
    project: Project,
}

impl Loaded {
    fn new(disk: &dyn Fs, request: &Request) -> Self {
        let sources = Sources::new();
        let loader = Loader::new(disk, &sources);
        let options = model::Options { semantics: request.semantics, ..model::Options::default() };
        let project = model::build(compose::load(&loader, request), &loader, &options);
        Self { sources, project }
    }

    fn of(disk: &dyn Fs, directory: &str) -> Self {
        Self::new(disk, &Request::new(directory))
    }

    fn text(text: &str) -> Self {
        Self::of(&MemFs::new().file("/srv/shop/compose.yaml", text), "/srv/shop")
    }

    fn subject(&self) -> Subject<'_> {
        Subject { project: &self.project, sources: &self.sources, semantics: Semantics::default() }
    }

    fn refused(&self) -> Vec<String> {
        self.project.problems.iter().filter(|p| p.refused).map(|p| format!("{} at {}", p.message, p.path)).collect()
    }
}

fn diff(before: &Loaded, after: &Loaded) -> Diff {
    compare(&before.subject(), &after.subject())
}

fn said(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|c| format!("{} {}", c.class.name(), c.path)).collect()
}

/// A project with a little of everything.
const BASE: &str = r#"# the shop
name: shop
x-note: kept
services:
  api:
    image: shop/api:1.4
    command: [serve, --workers, "4"]
    user: "1000"
    read_only: true
    restart: unless-stopped
    environment:
      LOG_LEVEL: info
      DB_PASSWORD_FILE: /run/secrets/db
      API_TOKEN: ${API_TOKEN:-unset}
    ports:
      - "127.0.0.1:8080:80"
      - "9000:9000/udp"
    volumes:
      - uploads:/uploads
      - ./config:/etc/shop:ro
      - type: bind
        source: ./plugins
        target: /plugins
    networks:
      front:
        aliases: [shop]
      back:
    depends_on:
      db:
        condition: service_healthy
    healthcheck:
      test: [CMD, curl, -f, http://localhost/health]
      interval: 30s
    labels:
      traefik.enable: "true"
    logging:
      driver: json-file
      options:
        max-size: 10m
    deploy:
      resources:
        limits:
          memory: 512m
    cap_drop: [ALL]
    cap_add: [CHOWN]
    security_opt: ["no-new-privileges:true"]
    dns: [10.0.0.1, 10.0.0.2]
    secrets: [db]
    stop_grace_period: 20s
  db:
    image: postgres:15.6
    volumes:
      - data:/var/lib/postgresql/data
    networks: [back]
    tmpfs:
      - /tmp
  worker:
    build:
      context: ./worker
      args:
        MODE: slim
    networks: [back]
    volumes:
      - /var/lib/worker
    scale: 2
    profiles: [jobs]
networks:
  front:
  back:
    internal: true
volumes:
  uploads:
    name: shop-uploads
  data:
secrets:
  db:
    file: ./secrets/db
"#;

/// A kind of change: its name, what is replaced by what, and what is to be said.
type Mutation = (&'static str, &'static str, &'static str, &'static [&'static str]);

const MUTATIONS: &[Mutation] = &[
    // Data.
    (
        "a volume is renamed",
        "data:/var/lib/postgresql/data|\n  data:",
        "pgdata:/var/lib/postgresql/data|\n  pgdata:",
        &["data volumes.data"],
    ),
    ("a name is unpinned", "  uploads:\n    name: shop-uploads\n", "  uploads:\n", &["data volumes.uploads.name"]),
    ("a name is pinned to another", "\n  data:\n", "\n  data:\n    name: pgdata\n", &["data volumes.data.name"]),
    ("a volume is made elsewhere", "\n  data:\n", "\n  data:\n    external: true\n", &["data volumes.data"]),
    ("a volume gets a driver", "\n  data:\n", "\n  data:\n    driver: nfs\n", &["data volumes.data.driver"]),
    ("a volume gets the driver that it has", "\n  data:\n", "\n  data:\n    driver: local\n", &["behaviour volumes.data.driver"]),
    ("a volume gets an option", "\n  data:\n", "\n  data:\n    driver_opts:\n      type: tmpfs\n", &["data volumes.data.driver_opts.type"]),
    ("two volumes become one", "\n  data:\n", "\n  data:\n    name: shop-uploads\n", &["data volumes.data.name"]),
    ("a path moves", "source: ./plugins", "source: ../plugins", &["data services.api.volumes[/plugins]"]),
    ("a mount is at another place", "uploads:/uploads", "uploads:/srv/uploads", &["data services.api.volumes[/uploads]"]),
    ("a mount is lost", "      - uploads:/uploads\n", "", &["data services.api.volumes[/uploads]"]),
    ("a path takes the place of a volume", "uploads:/uploads", "./uploads:/uploads", &["data services.api.volumes[/uploads]"]),
    ("a volume without a name takes the place", "- uploads:/uploads", "- /uploads", &["data services.api.volumes[/uploads]"]),
    (
        "memory takes the place of a volume",
        "    volumes:\n      - data:/var/lib/postgresql/data\n|      - /tmp\n",
        "|      - /tmp\n      - /var/lib/postgresql/data\n",
        &["data services.db.volumes[/var/lib/postgresql/data]"],
    ),
    ("a database crosses a major version", "postgres:15.6", "postgres:16.2", &["data services.db.image"]),
    ("a database becomes another", "postgres:15.6", "mysql:8.4", &["data services.db.image"]),
    (
        "two services share a volume",
        "      - uploads:/uploads\n|      - data:/var",
        "      - uploads:/uploads\n      - data:/backup\n|      - data:/var",
        &["data services.api.volumes[/backup]"],
    ),
    ("the project is renamed", "name: shop\nx", "name: store\nx", &["data name", "data volumes.data.name"]),
    (
        "a service with a volume is renamed",
        "      db:\n        condition|  db:\n    image",
        "      database:\n        condition|  database:\n    image",
        &["data services.db"],
    ),
    (
        "a service with a volume is gone",
        "    depends_on:\n      db:\n        condition: service_healthy\n|  db:\n    image: postgres:15.6\n    volumes:\n      - data:/var/lib/postgresql/data\n    networks: [back]\n    tmpfs:\n      - /tmp\n|  data:\n",
        "||",
        &["data services.db", "behaviour services.api.depends_on.db"],
    ),
    (
        "another part of a volume",
        "      - uploads:/uploads",
        "      - {type: volume, source: uploads, target: /uploads, volume: {subpath: new}}",
        &["data services.api.volumes[/uploads].volume.subpath"],
    ),
    // Exposure.
    (
        "a port is opened",
        "      - \"9000:9000/udp\"\n",
        "      - \"9000:9000/udp\"\n      - \"5005:5005\"\n",
        &["exposure services.api.ports[5005]"],
    ),
    ("an address is widened", "127.0.0.1:8080:80", "8080:80", &["exposure services.api.ports[80]"]),
    ("a port leads elsewhere", "127.0.0.1:8080:80", "127.0.0.1:8080:81", &["exposure services.api.ports[80]"]),
    (
        "the network of the host",
        "    networks:\n      front:\n        aliases: [shop]\n      back:\n|\n  front:\n",
        "    network_mode: host\n|\n",
        &["exposure services.api.network_mode"],
    ),
    ("every right", "    user: \"1000\"\n", "    user: \"1000\"\n    privileged: true\n", &["exposure services.api.privileged"]),
    ("a capability more", "[CHOWN]", "[CHOWN, NET_ADMIN]", &["exposure services.api.cap_add[NET_ADMIN]"]),
    ("capabilities are kept", "    cap_drop: [ALL]\n", "", &["exposure services.api.cap_drop[ALL]"]),
    (
        "the socket of the engine",
        "      - uploads:/uploads\n",
        "      - uploads:/uploads\n      - /var/run/docker.sock:/var/run/docker.sock:ro\n",
        &["exposure services.api.volumes[/var/run/docker.sock]"],
    ),
    (
        "a device",
        "    user: \"1000\"\n",
        "    user: \"1000\"\n    devices: [/dev/ttyUSB0]\n",
        &["exposure services.api.devices[/dev/ttyUSB0]"],
    ),
    (
        "a security option is dropped",
        "    security_opt: [\"no-new-privileges:true\"]\n",
        "",
        &["exposure services.api.security_opt[no-new-privileges:true]"],
    ),
    (
        "a security profile is off",
        "[\"no-new-privileges:true\"]",
        "[\"no-new-privileges:true\", \"seccomp:unconfined\"]",
        &["exposure services.api.security_opt[seccomp:unconfined]"],
    ),
    ("root", "    user: \"1000\"\n", "    user: root\n", &["exposure services.api.user"]),
    ("the user of the image", "    user: \"1000\"\n", "", &["exposure services.api.user"]),
    (
        "a secret becomes a literal",
        "API_TOKEN: ${API_TOKEN:-unset}",
        "API_TOKEN: Zq8vXw3TrN5kLm2P",
        &["exposure services.api.environment.API_TOKEN"],
    ),
    ("a network reaches the outside", "    internal: true\n", "", &["exposure networks.back.internal"]),
    (
        "a service joins a network",
        "    networks: [back]\n    tmpfs",
        "    networks: [back, front]\n    tmpfs",
        &["exposure services.db.networks.front"],
    ),
    ("a file system may be written to", "    read_only: true\n", "", &["exposure services.api.read_only"]),
    ("a mount may be written to", "./config:/etc/shop:ro", "./config:/etc/shop", &["exposure services.api.volumes[/etc/shop].read_only"]),
    ("the processes of the host", "    user: \"1000\"\n", "    user: \"1000\"\n    pid: host\n", &["exposure services.api.pid"]),
    (
        "a service that publishes a port is new",
        "  worker:\n",
        "  admin:\n    image: adminer:4\n    networks: [back]\n    ports: [\"8081:8080\"]\n  worker:\n",
        &["exposure services.admin"],
    ),
    // Behaviour.
    ("another image", "shop/api:1.4", "shop/api:1.5", &["behaviour services.api.image"]),
    ("a minor version of a database", "postgres:15.6", "postgres:15.7", &["behaviour services.db.image"]),
    ("a word of a command", "\"4\"", "\"8\"", &["behaviour services.api.command"]),
    ("a variable has another value", "LOG_LEVEL: info", "LOG_LEVEL: debug", &["behaviour services.api.environment.LOG_LEVEL"]),
    ("a variable is lost", "      LOG_LEVEL: info\n", "", &["behaviour services.api.environment.LOG_LEVEL"]),
    ("a variable is new", "      LOG_LEVEL: info\n", "      LOG_LEVEL: info\n      TZ: UTC\n", &["behaviour services.api.environment.TZ"]),
    ("a key is lost", "    restart: unless-stopped\n", "", &["behaviour services.api.restart"]),
    (
        "a block is lost",
        "    healthcheck:\n      test: [CMD, curl, -f, http://localhost/health]\n      interval: 30s\n",
        "",
        &["behaviour services.api.healthcheck"],
    ),
    ("a duration", "30s", "10s", &["behaviour services.api.healthcheck.interval"]),
    ("a condition", "service_healthy", "service_started", &["behaviour services.api.depends_on.db.condition"]),
    (
        "a dependency is lost",
        "    depends_on:\n      db:\n        condition: service_healthy\n",
        "",
        &["behaviour services.api.depends_on.db"],
    ),
    ("a label", "traefik.enable: \"true\"", "traefik.enable: \"false\"", &["behaviour services.api.labels.\"traefik.enable\""]),
    ("an option of the log", "10m", "100m", &["behaviour services.api.logging.options.max-size"]),
    ("a limit", "512m", "1g", &["behaviour services.api.deploy.resources.limits.memory"]),
    ("an element of a list is lost", "[10.0.0.1, 10.0.0.2]", "[10.0.0.1]", &["behaviour services.api.dns[10.0.0.2]"]),
    (
        "an element of a list is put in between",
        "[10.0.0.1, 10.0.0.2]",
        "[10.0.0.1, 9.9.9.9, 10.0.0.2]",
        &["behaviour services.api.dns[9.9.9.9]"],
    ),
    ("the order of a list", "[10.0.0.1, 10.0.0.2]", "[10.0.0.2, 10.0.0.1]", &["behaviour services.api.dns"]),
    ("a port is closed", "      - \"9000:9000/udp\"\n", "", &["behaviour services.api.ports[9000/udp]"]),
    ("an address is narrowed", "\"9000:9000/udp\"", "\"127.0.0.1:9000:9000/udp\"", &["behaviour services.api.ports[9000/udp]"]),
    ("a port of the host", "8080:80", "8081:80", &["behaviour services.api.ports[80]"]),
    ("a service leaves a network", "      back:\n    depends_on", "    depends_on", &["behaviour services.api.networks.back"]),
    ("an alias", "[shop]", "[shop, store]", &["behaviour services.api.networks.front.aliases[store]"]),
    ("a network is renamed", "      front:\n|\n  front:", "      edge:\n|\n  edge:", &["behaviour networks.front"]),
    ("a network gets a driver", "\n  front:\n", "\n  front:\n    driver: overlay\n", &["behaviour networks.front.driver"]),
    ("a network gets a name", "\n  front:\n", "\n  front:\n    name: edge\n", &["behaviour networks.front.name"]),
    ("a network is cut off", "\n  front:\n", "\n  front:\n    internal: true\n", &["behaviour networks.front.internal"]),
    ("a file that is only read moves", "./config:/etc/shop:ro", "./conf:/etc/shop:ro", &["behaviour services.api.volumes[/etc/shop]"]),
    ("the file of a secret moves", "./secrets/db", "./private/db", &["behaviour secrets.db.file"]),
    ("a service is told to build elsewhere", "./worker", "../worker", &["behaviour services.worker.build.context"]),
    ("an argument of a build", "MODE: slim", "MODE: full", &["behaviour services.worker.build.args.MODE"]),
    ("how many", "scale: 2", "scale: 3", &["behaviour services.worker.scale"]),
    ("a profile", "[jobs]", "[jobs, all]", &["behaviour services.worker.profiles[all]"]),
    ("memory is gone", "    tmpfs:\n      - /tmp\n", "", &["behaviour services.db.tmpfs[/tmp]"]),
    ("memory of another size", "- /tmp", "- /tmp:size=64m", &["behaviour services.db.tmpfs[/tmp]"]),
    ("a user without rights becomes another", "user: \"1000\"", "user: \"1001\"", &["behaviour services.api.user"]),
    ("a grace period", "20s", "5s", &["behaviour services.api.stop_grace_period"]),
    ("a service is new", "  worker:\n", "  mail:\n    image: mail:1\n    networks: [back]\n  worker:\n", &["behaviour services.mail"]),
    ("a link brings a dependency", "    tmpfs:\n", "    links: [worker]\n    tmpfs:\n", &["behaviour services.db.links[worker]"]),
    ("a mount becomes read-only", "uploads:/uploads", "uploads:/uploads:ro", &["behaviour services.api.volumes[/uploads].read_only"]),
    (
        "a volume takes the place of one without a name",
        "- /var/lib/worker|\n  data:\n",
        "- jobs:/var/lib/worker|\n  data:\n  jobs:\n",
        &["behaviour services.worker.volumes[/var/lib/worker]"],
    ),
    // Cosmetic.
    ("a comment", "# the shop\n", "# the shop, again\n", &["cosmetic compose.yaml"]),
    ("a comment in a service", "    restart: unless-stopped\n", "    # always\n    restart: unless-stopped\n", &["cosmetic services.api"]),
    ("quotes", "user: \"1000\"", "user: '1000'", &["cosmetic services.api"]),
    (
        "the order of keys",
        "    user: \"1000\"\n    read_only: true\n",
        "    read_only: true\n    user: \"1000\"\n",
        &["cosmetic services.api"],
    ),
    (
        "a long form",
        "- uploads:/uploads\n",
        "- type: volume\n        source: uploads\n        target: /uploads\n        volume: {}\n",
        &["cosmetic services.api"],
    ),
    ("a list for a mapping", "      MODE: slim\n", "      - MODE=slim\n", &["cosmetic services.worker"]),
    ("an extension", "x-note: kept", "x-note: changed", &["cosmetic x-note"]),
    ("an extension of a service", "    user: \"1000\"\n", "    user: \"1000\"\n    x-owner: me\n", &["cosmetic services.api.x-owner"]),
    ("the version", "x-note: kept\n", "x-note: kept\nversion: \"3.8\"\n", &["cosmetic version"]),
    ("a unit", "512m", "524288k", &["cosmetic services.api"]),
    ("a volume that nobody uses", "\n  data:\n", "\n  data:\n  spare:\n", &["cosmetic compose.yaml"]),
    ("nothing", "name: shop", "name: shop", &[]),
];

/// The text with each of the parts between `|` replaced.
fn mutated(name: &str, from: &str, to: &str) -> String {
    let mut text = BASE.to_owned();
    for (from, to) in from.split('|').zip(to.split('|')) {
        assert!(text.contains(from), "{name}: the base has no {from:?}");
        let at = text.rfind(from).unwrap();
        text.replace_range(at..at + from.len(), to);
    }
    text
}

/// The lines (from 1) of a text that another one has not in the same place.
fn changed_lines(text: &str, other: &str) -> BTreeSet<u32> {
    let diff = similar::TextDiff::from_lines(text, other);
    let deleted = diff.iter_all_changes().filter(|c| c.tag() == similar::ChangeTag::Delete);
    deleted.map(|c| u32::try_from(c.old_index().unwrap()).unwrap() + 1).collect()
}

/// The changes that point at lines which were not changed.
fn misplaced(changes: &[Change], before: (&str, &Sources), after: (&str, &Sources)) -> String {
    let mut out = String::new();
    let mut check = |change: &Change, shown: Option<&Shown>, (text, sources): (&str, &Sources), other: &str| {
        let (Some(shown), false) = (shown, changes.iter().any(|c| c.path == "name")) else { return };
        let Some(at) = shown.place else { return write!(out, "{} has no place; ", change.path).unwrap() };
        let line = sources.get(at.file).position(at.start).line;
        let lines = changed_lines(text, other);
        // A long form is shown by its first line, and a block by its key.
        if !lines.is_empty() && lines.range(line..line + 3).next().is_none() {
            write!(out, "{} points at line {line}, not at one of {lines:?}; ", change.path).unwrap();
        }
    };
    for change in changes.iter().filter(|c| c.class != composelint::diff::Class::Cosmetic) {
        check(change, change.before.as_ref(), before, after.0);
        check(change, change.after.as_ref(), after, before.0);
    }
    out
}

#[test]
fn each_kind_of_change_has_its_class_and_place_and_nothing_else_is_said() {
    let base = Loaded::text(BASE);
    assert_eq!(base.refused(), Vec::<String>::new());
    let mut wrong = Vec::new();
    for (name, from, to, wanted) in MUTATIONS {
        let text = mutated(name, from, to);
        let after = Loaded::text(&text);
        assert_eq!(after.refused(), Vec::<String>::new(), "{name}");
        let diff = diff(&base, &after);
        let places = misplaced(&diff.changes, (BASE, &base.sources), (&text, &after.sources));
        if said(&diff.changes) != *wanted || !places.is_empty() {
            wrong.push(format!("{name}: {places} {:#?}", diff.changes));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), MUTATIONS.len(), wrong.join("\n"));
}

#[test]
fn what_lies_below_the_project_is_data_wherever_the_project_lies() {
    let text = |path: &str| format!("name: p\nservices:\n  a:\n    image: a:1\n    volumes: [\"{path}:/data\"]\n");
    for directory in ["/tmp/p", "/run/p", "/dev/shm/p", "/srv/p"] {
        let at = |path: &str| Loaded::of(&MemFs::new().file(format!("{directory}/compose.yaml"), text(path)), directory);
        assert_eq!(said(&diff(&at("./data"), &at("./other")).changes), ["data services.a.volumes[/data]"], "{directory}");
        assert_eq!(said(&diff(&at("/sys/fs"), &at("/sys/kernel")).changes), ["exposure services.a.volumes[/data]"], "{directory}");
    }
}

#[test]
fn several_things_that_are_renamed_at_once_are_recognised() {
    let text = |api: &str, db: &str, data: &str, net: &str| {
        format!(
            "name: p\nservices:\n  {api}:\n    image: api:1\n    depends_on: [{db}]\n    networks: [{net}]\n    volumes_from: [{db}]\n  {db}:\n    image: postgres:16\n    \
             volumes: [\"{data}:/var/lib/postgresql/data\"]\n    networks: [{net}]\n  side:\n    image: side:1\n    network_mode: service:{api}\n\
             networks: {{{net}: }}\nvolumes: {{{data}: }}\n"
        )
    };
    let before = Loaded::text(&text("api", "db", "data", "net"));
    let after = Loaded::text(&text("backend", "database", "pgdata", "inner"));
    let wanted = ["data services.db", "data volumes.data", "behaviour networks.net", "behaviour services.api"];
    let diff = diff(&before, &after);
    assert_eq!(said(&diff.changes), wanted);
    assert_eq!(diff.changes[0].before.as_ref().unwrap().text, "db");
    assert_eq!(diff.changes[0].after.as_ref().unwrap().text, "database");
    assert!(!diff.is_equal());
    insta::assert_snapshot!(fates(&diff), @"api orphaned, backend started, database started, db orphaned, side recreated");
}

fn fates(diff: &Diff) -> String {
    diff.services.iter().map(|p| format!("{} {}", p.service, p.fate.name())).collect::<Vec<_>>().join(", ")
}

#[test]
fn what_becomes_of_the_services_is_what_compose_decides() {
    const BEFORE: &str = "\
name: p
services:
  a:
    image: a:1
    volumes: [vol:/v]
    networks: [n]
  b:
    image: b:1
    build: ./b
    network_mode: service:a
    depends_on: [a]
    scale: 2
  c:
    image: c:1
    volumes_from: [b]
    networks: [default]
networks:
  n:
volumes:
  vol:
";
    let before = Loaded::text(BEFORE);
    for (from, to, wanted) in [
        ("a:1", "a:2", "a recreated, b recreated, c recreated"),
        ("b:1", "b:2", "a unchanged, b recreated, c recreated"),
        ("c:1", "c:2", "a unchanged, b unchanged, c recreated"),
        ("scale: 2", "scale: 3", "a unchanged, b unchanged, c unchanged"),
        ("    build: ./b\n", "    build: ./other\n", "a unchanged, b unchanged, c unchanged"),
        ("depends_on: [a]", "depends_on: {a: {condition: service_healthy}}", "a unchanged, b unchanged, c unchanged"),
        ("    scale: 2\n", "    scale: 2\n    profiles: [x]\n", "a unchanged, b unchanged, c unchanged"),
        ("  n:\n", "  n:\n    internal: true\n", "a recreated, b recreated, c recreated"),
        ("\n  vol:\n", "\n  vol:\n    name: other\n", "a recreated, b recreated, c recreated"),
        ("\n  vol:\n", "\n  vol:\n    labels: {a: b}\n", "a unchanged, b unchanged, c unchanged"),
        ("\n  vol:\n", "\n  vol:\n    driver: local\n", "a unchanged, b unchanged, c unchanged"),
        ("name: p", "name: q", "a started, a orphaned, b started, b orphaned, c started, c orphaned"),
        ("  c:\n    image: c:1\n", "  d:\n    image: d:1\n", "a unchanged, b unchanged, c orphaned, d started"),
        ("image: a:1", "x-a: b\n    image: a:1 # one", "a unchanged, b unchanged, c unchanged"),
    ] {
        let after = Loaded::text(&BEFORE.replacen(from, to, 1));
        assert_eq!(after.refused(), Vec::<String>::new(), "{to}");
        assert_eq!(fates(&diff(&before, &after)), wanted, "{from} {to}");
    }
    let why = |from: &str, to: &str| -> Vec<String> {
        diff(&before, &Loaded::text(&BEFORE.replacen(from, to, 1)))
            .services
            .into_iter()
            .map(|p| format!("{}: {}", p.service, p.why))
            .collect()
    };
    insta::assert_snapshot!(why("a:1", "a:2").join("\n"), @"
    a: `image` changed
    b: it shares what belongs to the container of `a`, which is replaced
    c: it shares what belongs to the container of `b`, which is replaced
    ");
    insta::assert_snapshot!(why("scale: 2", "scale: 3")[1], @"b: 1 container is started beside it");
    insta::assert_snapshot!(why("\n  vol:\n", "\n  vol:\n    labels: {a: b}\n")[0], @"a: Compose asks whether to make volume `p_vol` anew");
}

#[test]
fn what_is_made_elsewhere_has_no_definition_that_could_be_lost() {
    let text = |network: &str| format!("name: p\nservices:\n  a:\n    image: a:1\n    networks: [n]\nnetworks:\n  n:{network}\n");
    let (here, elsewhere) = (text(" {driver: bridge, internal: true, labels: {a: b}}"), text(" {external: true, name: m}"));
    let (here, elsewhere) = (Loaded::text(&here), Loaded::text(&elsewhere));
    assert_eq!(said(&diff(&here, &elsewhere).changes), ["exposure networks.n.internal", "behaviour networks.n"]);
    let wanted = ["behaviour networks.n", "behaviour networks.n.driver", "behaviour networks.n.internal", "behaviour networks.n.labels.a"];
    assert_eq!(said(&diff(&elsewhere, &here).changes), wanted);
}

#[test]
fn keys_of_the_user_may_look_like_extensions() {
    let text = |value: &str| {
        format!("name: p\nservices:\n  a:\n    image: a:1\n    labels:\n      - x-a={value}\n    environment:\n      - x-b={value}\n")
    };
    let changes = diff(&Loaded::text(&text("1")), &Loaded::text(&text("2"))).changes;
    assert_eq!(said(&changes), ["behaviour services.a.environment.x-b", "behaviour services.a.labels.x-a"]);
}

#[test]
fn what_only_one_version_of_compose_prints_is_compared_with_both() {
    let text = |option: &str, host: bool| {
        format!(
            "name: p\nservices:\n  a:\n    image: a:1\n    networks: [n]\n    volumes:\n      - {{type: bind, source: /x, target: /x, bind: {{create_host_path: {host}}}}}\n\
             networks:\n  n:\n    ipam:\n      options: {{o: {option}}}\n"
        )
    };
    for semantics in [Semantics::V2, Semantics::V5] {
        let load = |text: &str| {
            Loaded::new(&MemFs::new().file("/srv/shop/compose.yaml", text), &Request { semantics, ..Request::new("/srv/shop") })
        };
        let (one, other, third) = (load(&text("1", true)), load(&text("2", true)), load(&text("1", false)));
        let of = |a: &Loaded, b: &Loaded| {
            said(
                &compare(
                    &Subject { project: &a.project, sources: &a.sources, semantics },
                    &Subject { project: &b.project, sources: &b.sources, semantics },
                )
                .changes,
            )
        };
        assert_eq!(of(&one, &other), ["behaviour networks.n.ipam.options.o"], "{semantics:?}");
        assert_eq!(of(&one, &third), ["behaviour services.a.volumes[/x].bind.create_host_path"], "{semantics:?}");
    }
}

/// Directory, variant, last file and services of the projects `app` of a tree.
type Entries = [(&'static str, &'static str, &'static str, &'static [&'static str])];

fn paired(old: &Entries, new: &Entries) -> String {
    let identities = |entries: &Entries| -> Vec<Identity<'static>> {
        let identity = |(directory, variant, last, services): &(&'static str, &'static str, &'static str, &'static [&'static str])| {
            Identity { name: "app", directory: Path::new(*directory), variant, last, services: services.iter().copied().collect() }
        };
        entries.iter().map(identity).collect()
    };
    let title = |entries: &Entries, at: Option<usize>| match at.map(|at| entries[at]) {
        None => "nothing".to_owned(),
        Some((_, "", _, _)) => "default".to_owned(),
        Some((_, variant, _, _)) => variant.to_owned(),
    };
    let pairs = pairs(&identities(old), &identities(new));
    pairs.iter().map(|(i, j)| format!("{}: {}", title(old, *i), title(new, *j))).collect::<Vec<_>>().join("\n")
}

#[test]
fn projects_of_one_directory_are_paired_by_what_they_have_in_common() {
    let monolith: &Entries = &[
        ("", "", "compose.override.yml", &["api", "db"]),
        ("", "compose.monitoring.yml", "compose.monitoring.yml", &["grafana"]),
        ("", "compose.yml compose.prod.yml", "compose.prod.yml", &["api", "db"]),
        ("", "compose.yml compose.test.yml", "compose.test.yml", &["api", "db", "mock"]),
    ];
    // The last file makes it what it is, whatever the services are.
    insta::assert_snapshot!(
        paired(monolith, &[("", "", "compose.yml", &["api"]), ("", "compose.prod.yml", "compose.prod.yml", &["api", "mock"])]),
        @r"
    default: default
    compose.monitoring.yml: nothing
    compose.yml compose.prod.yml: compose.prod.yml
    compose.yml compose.test.yml: nothing
    "
    );
    // Then the services; what has none of them is another one.
    insta::assert_snapshot!(
        paired(
            monolith,
            &[
                ("", "", "compose.yml", &["api"]),
                ("", "environment ci", "ci.yml", &["api", "mock"]),
                ("", "environment production", "production.yml", &["api", "db"]),
                ("", "tools.yml", "tools.yml", &["adminer"]),
            ]
        ),
        @r"
    default: default
    compose.monitoring.yml: nothing
    compose.yml compose.test.yml: environment ci
    compose.yml compose.prod.yml: environment production
    nothing: tools.yml
    "
    );
    // Without others to mistake it for, it is the same one, and an exact match comes first.
    assert_eq!(paired(&[("a", "x.yml", "x.yml", &["one"])], &[("b", "y.yml", "y.yml", &["two"])]), "x.yml: y.yml");
    assert_eq!(
        paired(&[("", "x.yml", "x.yml", &["one"]), ("", "y.yml", "y.yml", &["two"])], &[("", "x.yml", "x.yml", &["two"])]),
        "x.yml: x.yml\ny.yml: nothing"
    );
}

/// The projects of a tree, one a file: what they are read from, relative to its root, and the text.
type Tree<'a> = [(&'a str, &'a str)];

fn identity<'a>(loaded: &'a Loaded, path: &'a str) -> Identity<'a> {
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    Identity {
        name: &loaded.project.name,
        directory: Path::new(directory),
        variant: if file == "compose.yaml" { "" } else { file },
        last: file,
        services: loaded.project.services.keys().map(String::as_str).collect(),
    }
}

/// What is said of two trees, project by project: the changes, and what becomes of the services.
fn told(old: &Tree, new: &Tree) -> String {
    let load = |root: &str, tree: &Tree| -> Vec<Loaded> {
        let disk = tree.iter().fold(MemFs::new(), |disk, (path, text)| disk.file(format!("{root}/{path}"), *text));
        let one = |(path, _): &(&str, &str)| {
            let file = Path::new(root).join(path);
            let mut request = Request::new(file.parent().unwrap());
            request.files = vec![file];
            let loaded = Loaded::new(&disk, &request);
            assert_eq!(loaded.refused(), Vec::<String>::new(), "{path}");
            loaded
        };
        tree.iter().map(one).collect()
    };
    let (before, after) = (load("/srv/old", old), load("/srv/new", new));
    let of_old: Vec<Identity> = before.iter().zip(old).map(|(l, (path, _))| identity(l, path)).collect();
    let of_new: Vec<Identity> = after.iter().zip(new).map(|(l, (path, _))| identity(l, path)).collect();
    let pairs = pairs(&of_old, &of_new);
    let subjects = |(i, j): &(Option<usize>, Option<usize>)| (i.map(|i| before[i].subject()), j.map(|j| after[j].subject()));
    let mut diffs: Vec<Diff> = pairs
        .iter()
        .map(|pair| match subjects(pair) {
            (Some(old), Some(new)) => compare(&old, &new),
            (Some(old), None) => matching::gone(&old),
            (None, Some(new)) => matching::new(&new),
            (None, None) => Diff::default(),
        })
        .collect();
    let mut all: Vec<Pair> = pairs
        .iter()
        .zip(&mut diffs)
        .map(|(pair, diff)| {
            let (old, new) = subjects(pair);
            Pair { old, new, diff }
        })
        .collect();
    moved::tell(&mut all, (Path::new("/srv/old"), Path::new("/srv/new")), false);
    let mut out = String::new();
    for ((i, j), diff) in pairs.iter().zip(&diffs).filter(|(_, diff)| !diff.changes.is_empty()) {
        let path = |tree: &Tree, at: Option<usize>| at.map_or("nothing".to_owned(), |at| tree[at].0.to_owned());
        writeln!(out, "{} and {}: {}", path(old, *i), path(new, *j), fates(diff)).unwrap();
        for change in &diff.changes {
            writeln!(out, "  {} {}: {}", change.class.name(), change.path, change.consequence).unwrap();
        }
    }
    out
}

const SHOP: &str = "\
services:
  api:
    image: shop/api:1
    depends_on: [db]
";

const DB: &str = "  db:
    image: postgres:16.4
    restart: always
    ports: [\"127.0.0.1:5432:5432\"]
    environment: {POSTGRES_DB: shop}
    volumes:
      - data:/var/lib/postgresql/data
      - ./init.sql:/docker-entrypoint-initdb.d/init.sql:ro
";

#[test]
fn a_service_that_moved_to_another_project_is_one_change_and_its_data_stays_behind() {
    let old = format!("{SHOP}{DB}volumes: {{data: }}\n");
    let new = format!("services:\n{DB}volumes: {{data: }}\n");
    let api = "services:\n  api:\n    image: shop/api:1\n";
    insta::assert_snapshot!(told(&[("shop/compose.yaml", &old)], &[("shop/compose.yaml", api), ("stores/compose.yaml", &new)]), @r"
    shop/compose.yaml and shop/compose.yaml: api unchanged, db orphaned
      behaviour services.api.depends_on.db: `api` no longer waits for `db`, nor is it started with it
    nothing and stores/compose.yaml: db started
      data services.db: `db` is in project `stores` now; its data stays in `shop_data`, and `stores_data` starts empty; it shares no network with what is left in project `shop`, which no longer reaches it by its name
      behaviour project: `db` was in project `shop`
      behaviour services.db.volumes[/docker-entrypoint-initdb.d/init.sql]: `db` reads from `./stores/init.sql` and no longer from `./shop/init.sql`
    ");

    // Another name, a port less, another file, another key of the volume.
    let other =
        new.replace("  db:", "  database:").replace("    ports: [\"127.0.0.1:5432:5432\"]\n", "").replace("./init.sql", "../shop/init.sql");
    let other = other.replace("- data:", "- pg:").replace("{data: }", "{pg: }").replace("16.4", "16.5");
    insta::assert_snapshot!(told(&[("shop/compose.yaml", &old)], &[("shop/compose.yaml", api), ("stores/compose.yaml", &other)]), @r"
    shop/compose.yaml and shop/compose.yaml: api unchanged, db orphaned
      behaviour services.api.depends_on.db: `api` no longer waits for `db`, nor is it started with it
    nothing and stores/compose.yaml: database started
      data services.db: `db` is `database` in project `stores` now; its data stays in `shop_data`, and `stores_pg` starts empty; it shares no network with what is left in project `shop`, which no longer reaches it by its name
      behaviour project: `database` was in project `shop`
      behaviour services.database.image: `database` runs another image
      behaviour services.database.ports[5432]: what connects to 127.0.0.1:5432:5432 no longer reaches the service
    ");

    // A path moves as a volume does.
    let bind = |text: &str| text.replace("- data:", "- ./data:").replace("volumes: {data: }\n", "");
    insta::assert_snapshot!(
        told(&[("shop/compose.yaml", &bind(&old))], &[("shop/compose.yaml", api), ("stores/compose.yaml", &bind(&new))]),
        @r"
        shop/compose.yaml and shop/compose.yaml: api unchanged, db orphaned
          behaviour services.api.depends_on.db: `api` no longer waits for `db`, nor is it started with it
        nothing and stores/compose.yaml: db started
          data services.db: `db` is in project `stores` now; its data stays in `./shop/data`, and it works with `./stores/data` from now on; it shares no network with what is left in project `shop`, which no longer reaches it by its name
          behaviour project: `db` was in project `shop`
          behaviour services.db.volumes[/docker-entrypoint-initdb.d/init.sql]: `db` reads from `./stores/init.sql` and no longer from `./shop/init.sql`
        "
    );
    let same = bind(&new).replace("./", "../shop/");
    insta::assert_snapshot!(
        told(&[("shop/compose.yaml", &bind(&old))], &[("shop/compose.yaml", api), ("stores/compose.yaml", &same)]),
        @r"
        shop/compose.yaml and shop/compose.yaml: api unchanged, db orphaned
          behaviour services.api.depends_on.db: `api` no longer waits for `db`, nor is it started with it
        nothing and stores/compose.yaml: db started
          behaviour project: `db` was in project `shop`
          behaviour services.db: `db` is in project `stores` now: its container is made anew there, and the old one goes on running; stop that first, or both write to `./shop/data`; it shares no network with what is left in project `shop`, which no longer reaches it by its name
        "
    );
}

#[test]
fn a_service_that_moved_keeps_its_data_where_the_volume_has_a_name_of_its_own() {
    let db = DB.replace("      - ./init.sql:/docker-entrypoint-initdb.d/init.sql:ro\n", "");
    let pinned = |services: &str| format!("{services}{db}volumes: {{data: {{name: shop-data}}}}\n");
    let api = "services:\n  api:\n    image: shop/api:1\n";
    insta::assert_snapshot!(
        told(&[("shop/compose.yaml", &pinned(SHOP))], &[("shop/compose.yaml", api), ("stores/compose.yaml", &pinned("services:\n"))]),
        @r"
        shop/compose.yaml and shop/compose.yaml: api unchanged, db orphaned
          behaviour services.api.depends_on.db: `api` no longer waits for `db`, nor is it started with it
        nothing and stores/compose.yaml: db started
          behaviour project: `db` was in project `shop`
          behaviour services.db: `db` is in project `stores` now: its container is made anew there, and the old one goes on running; stop that first, or both write to `shop-data`; it shares no network with what is left in project `shop`, which no longer reaches it by its name
        "
    );
    let external = format!("services:\n{db}volumes: {{data: {{name: shop_data, external: true}}}}\n");
    let old = format!("{SHOP}{db}volumes: {{data: }}\n");
    insta::assert_snapshot!(told(&[("shop/compose.yaml", &old)], &[("shop/compose.yaml", api), ("stores/compose.yaml", &external)]), @r"
    shop/compose.yaml and shop/compose.yaml: api unchanged, db orphaned
      behaviour services.api.depends_on.db: `api` no longer waits for `db`, nor is it started with it
    nothing and stores/compose.yaml: db started
      behaviour project: `db` was in project `shop`
      behaviour services.db: `db` is in project `stores` now: its container is made anew there, and the old one goes on running; stop that first, or both write to `shop_data`; it shares no network with what is left in project `shop`, which no longer reaches it by its name
    ");
}

#[test]
fn a_service_moves_to_the_project_where_it_differs_least() {
    let redis = |more: &str| format!("services:\n  redis:\n    image: redis:7.4\n    volumes: [data:/data]\n{more}volumes: {{data: }}\n");
    let (exact, other) = (redis("    restart: always\n"), redis("    restart: always\n    command: [redis-server, --save, \"60\"]\n"));
    let web = "services:\n  web:\n    image: nginx:1\n";
    let old = format!("{}{}", web, exact.strip_prefix("services:\n").unwrap());
    insta::assert_snapshot!(
        told(&[("app/compose.yaml", &old)], &[("app/compose.yaml", web), ("blog/compose.yaml", &other), ("cache/compose.yaml", &exact)]),
        @r"
        nothing and blog/compose.yaml: redis started
          behaviour project: `up` starts `redis`
        nothing and cache/compose.yaml: redis started
          data services.redis: `redis` is in project `cache` now; its data stays in `app_data`, and `cache_data` starts empty; it shares no network with what is left in project `app`, which no longer reaches it by its name
          behaviour project: `redis` was in project `app`
        "
    );
    // Two that could be the one: it is one of them, and always the same.
    insta::assert_snapshot!(
        told(
            &[("app/compose.yaml", &old), ("mail/compose.yaml", &old)],
            &[("app/compose.yaml", web), ("cache/compose.yaml", &exact), ("mail/compose.yaml", web)]
        ),
        @r"
        nothing and cache/compose.yaml: redis started
          data services.redis: `redis` is in project `cache` now; its data stays in `app_data`, and `cache_data` starts empty; it shares no network with what is left in project `app`, which no longer reaches it by its name
          behaviour project: `redis` was in project `app`
        mail/compose.yaml and mail/compose.yaml: redis orphaned, web unchanged
          data services.redis: the container of `redis` goes on running until `up --remove-orphans`; volume `mail_data` stays, and nothing uses it any more
        "
    );
}

#[test]
fn what_is_something_else_has_not_moved() {
    let store =
        |image: &str, name: &str| format!("services:\n  {name}:\n    image: {image}\n    volumes: [data:/data]\nvolumes: {{data: }}\n");
    let web = "services:\n  web:\n    image: nginx:1\n";
    // The same name, another program.
    insta::assert_snapshot!(
        told(
            &[("app/compose.yaml", &(store("postgres:16.4", "db").replace("services:\n", web)))],
            &[("app/compose.yaml", web), ("stores/compose.yaml", &store("mariadb:11.4", "db"))]
        ),
        @r"
        app/compose.yaml and app/compose.yaml: db orphaned, web unchanged
          data services.db: the container of `db` goes on running until `up --remove-orphans`; volume `app_data` stays, and nothing uses it any more
        nothing and stores/compose.yaml: db started
          behaviour project: `up` starts `db`
        "
    );
    // The same program, another name, and nothing that it would lose.
    insta::assert_snapshot!(
        told(
            &[("app/compose.yaml", &format!("{web}  proxy:\n    image: caddy:2\n"))],
            &[("app/compose.yaml", web), ("site/compose.yaml", "services:\n  site:\n    image: caddy:2\n")]
        ),
        @r"
        app/compose.yaml and app/compose.yaml: proxy orphaned, web unchanged
          behaviour services.proxy: the container of `proxy` goes on running until `up --remove-orphans`
        nothing and site/compose.yaml: site started
          behaviour project: `up` starts `site`
        "
    );
    // It was in that project before, too.
    let both = store("postgres:16.4", "db");
    insta::assert_snapshot!(
        told(
            &[("app/compose.yaml", &both.replace("services:\n", web)), ("stores/compose.yaml", &both)],
            &[("app/compose.yaml", web), ("stores/compose.yaml", &both), ("stores/more.yaml", &format!("name: stores\n{both}"))]
        ),
        @r"
        app/compose.yaml and app/compose.yaml: db orphaned, web unchanged
          data services.db: the container of `db` goes on running until `up --remove-orphans`; volume `app_data` stays, and nothing uses it any more
        nothing and stores/more.yaml: db started
          behaviour project: `up` starts `db`
        "
    );
}

#[test]
fn what_moved_between_the_entry_points_of_projects_is_told_once() {
    let web = "name: app\nservices:\n  web:\n    image: nginx:1\n";
    let redis = |name: &str, more: &str| {
        format!("name: {name}\nservices:\n  redis:\n    image: redis:7.4\n    volumes: [data:/data]\n{more}volumes: {{data: }}\n")
    };
    let with = |more: &str| redis("app", more).replace("services:\n", "services:\n  web:\n    image: nginx:1\n");
    let (dev, prod) = ("    ports: [\"127.0.0.1:6379:6379\"]\n", "    restart: always\n");
    // Each entry point against the one that is nearest to it: nothing but the volume changes.
    insta::assert_snapshot!(
        told(
            &[("app/compose.yaml", &with(dev)), ("app/prod.yaml", &with(prod))],
            &[
                ("app/compose.yaml", web),
                ("app/prod.yaml", web),
                ("stores/compose.yaml", &redis("stores", dev)),
                ("stores/prod.yaml", &redis("stores", prod))
            ]
        ),
        @r"
        nothing and stores/compose.yaml: redis started
          data services.redis: `redis` is in project `stores` now; its data stays in `app_data`, and `stores_data` starts empty; it shares no network with what is left in project `app`, which no longer reaches it by its name
          behaviour project: `redis` was in project `app`
        nothing and stores/prod.yaml: redis started
          behaviour project: `redis` was in project `app`
        "
    );
    // One for both: what either loses.
    insta::assert_snapshot!(
        told(
            &[("app/compose.yaml", &with(dev)), ("app/prod.yaml", &with(prod))],
            &[("app/compose.yaml", web), ("app/prod.yaml", web), ("stores/compose.yaml", &redis("stores", prod))]
        ),
        @r"
        nothing and stores/compose.yaml: redis started
          data services.redis: `redis` is in project `stores` now; its data stays in `app_data`, and `stores_data` starts empty; it shares no network with what is left in project `app`, which no longer reaches it by its name
          behaviour project: `redis` was in project `app`
          behaviour services.redis.ports[6379]: what connects to 127.0.0.1:6379:6379 no longer reaches the service
          behaviour services.redis.restart: what happens when `redis` ends, or the host starts, is different
        "
    );
    // A file of its own in the same project: nothing moves.
    insta::assert_snapshot!(
        told(
            &[("app/compose.yaml", &with(prod)), ("app/tools.yaml", &web.replace("web", "tool"))],
            &[("app/compose.yaml", web), ("app/stores.yaml", &redis("app", prod)), ("app/tools.yaml", &web.replace("web", "tool"))]
        ),
        @r"
        nothing and app/stores.yaml: redis unchanged
          behaviour project: `redis` was in other files of the project
          behaviour services.redis: `redis` is in other files of project `app` now: `up --remove-orphans` without these removes its container
        "
    );
    // A whole project under another name and in another directory.
    insta::assert_snapshot!(
        told(&[("a/compose.yaml", &redis("a", "")), ("b/compose.yaml", web)], &[("b/compose.yaml", web), ("c/compose.yaml", &redis("c", ""))]),
        @r"
        a/compose.yaml and nothing: redis orphaned
          behaviour project: `redis` is in project `c` now
        nothing and c/compose.yaml: redis started
          data services.redis: `redis` is in project `c` now; its data stays in `a_data`, and `c_data` starts empty
          behaviour project: `redis` was in project `a`
        "
    );
}

/// Everything that the formats show of a comparison.
fn shown(before: &Loaded, after: &Loaded) -> String {
    let known = |l: &Loaded| Some(Known { name: l.project.name.clone(), directory: l.project.directory.clone(), ..Known::default() });
    let redactor = |l: &Loaded| Redactor::new(&l.sources, std::slice::from_ref(&l.project));
    let (old_redactor, new_redactor) = (redactor(before), redactor(after));
    let report = Report::new(&Run {
        old: &Side { sources: &before.sources, redactor: &old_redactor, revision: Some("HEAD~1") },
        new: &Side { sources: &after.sources, redactor: &new_redactor, revision: None },
        directory: Path::new("/srv"),
        root: Path::new("/srv"),
        projects: &[Compared { old: known(before), new: known(after), result: Ok(diff(before, after)) }],
        accepted: &|path| path.ends_with("image"),
        all: true,
    });
    [Format::Human, Format::Json, Format::Markdown, Format::Github].map(|format| report.render(format, false)).concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_two_small_trees_are_compared(one in pieces::text(), other in pieces::text(), over in pieces::text()) {
        let before = Loaded::text(&one);
        let disk = MemFs::new().file("/srv/shop/compose.yaml", other).file("/srv/shop/compose.override.yaml", over);
        let after = Loaded::of(&disk, "/srv/shop");
        for (a, b) in [(&before, &after), (&after, &before)] {
            let out = shown(a, b);
            let obeyed = out.contains(['\u{1b}', '\u{7}']);
            prop_assert!(!obeyed);
        }
        prop_assert_eq!(diff(&before, &before).changes, vec![]);
        prop_assert_eq!(diff(&after, &after).changes, vec![]);
    }
}
