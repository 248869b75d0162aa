//! What Nix files beside the stacks settle for a host: containers, services, ports of the firewall, paths of backups, secrets. Read with a
//! parser, never evaluated: what is computed is not told.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::backup::{self, List};
use super::host_in;
use crate::compose::Loader;
use crate::fs::FileType;
use crate::git::git_directory;
use crate::model::address::HostPorts;
use crate::model::{Named, Port};
use crate::nix::{self, Literal, Setting};
use crate::source::{FileId, Span};

/// A tree with more Nix files is nixpkgs, not the configuration of hosts.
const MOST_FILES: usize = 2_000;
/// A larger file was written by a program.
const LARGEST: u64 = 512 << 10;

/// What one file settles.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The file.
    pub file: PathBuf,
    /// The host it belongs to.
    pub host: Option<String>,
    /// `virtualisation.oci-containers.backend`.
    pub backend: Option<String>,
    /// The containers.
    pub containers: Vec<Container>,
    /// The services that are enabled and take ports.
    pub services: Vec<Service>,
    /// The firewall.
    pub firewall: Firewall,
    /// The lists of its backups.
    pub backups: Vec<List>,
    /// The secrets that are put in place at run time.
    pub secrets: Vec<Secret>,
}

/// An entry of `virtualisation.oci-containers.containers`.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name, which is the name of the container.
    pub name: String,
    /// Where it is written.
    pub at: Span,
    /// Its image.
    pub image: Option<String>,
    /// The ports of the host that it takes.
    pub ports: Vec<(Port, Span)>,
    /// What it mounts, as written.
    pub volumes: Vec<String>,
}

/// A service of NixOS that is enabled.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name: `openssh`.
    pub name: String,
    /// Where that is written.
    pub at: Span,
    /// The ports that it listens on.
    pub ports: Vec<Port>,
}

/// What is said of `networking.firewall`.
#[derive(Clone, Debug, Default)]
pub struct Firewall {
    /// `enable`.
    pub enable: Option<bool>,
    /// The ports that are opened, from and to, with the protocol.
    pub opened: Vec<(u16, u16, &'static str)>,
    /// Where the ports are opened, if they are.
    pub at: Option<Span>,
    /// True if a part of it is computed.
    pub computed: bool,
}

/// A secret that a manager of secrets puts in place at run time.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// Where it is put.
    pub path: PathBuf,
}

/// A service: its name, its ports, and whether only this host reaches them.
type Known = (&'static str, &'static [(u16, &'static str)], bool);
/// What is below a path, each with the rest of its own path.
type Rest<'a> = Vec<(&'a [String], &'a Setting)>;
/// The first and the last port of a range.
type FromTo = (Option<u16>, Option<u16>);

/// The ports of services, unless they say others; `true`: only this host reaches them.
#[rustfmt::skip]
const SERVICES: &[Known] = &[
    ("openssh", &[(22, "tcp")], false),
    ("nginx", &[(80, "tcp"), (443, "tcp")], false),
    ("caddy", &[(80, "tcp"), (443, "tcp")], false),
    ("httpd", &[(80, "tcp")], false),
    ("traefik", &[(80, "tcp"), (443, "tcp")], false),
    ("postgresql", &[(5432, "tcp")], true),
    ("mysql", &[(3306, "tcp")], false),
    ("mosquitto", &[(1883, "tcp")], false),
    ("grafana", &[(3000, "tcp")], true),
    ("prometheus", &[(9090, "tcp")], false),
    ("loki", &[(3100, "tcp")], false),
    ("influxdb2", &[(8086, "tcp")], false),
    ("adguardhome", &[(3000, "tcp"), (53, "tcp"), (53, "udp")], false),
    ("unbound", &[(53, "tcp"), (53, "udp")], true),
    ("dnsmasq", &[(53, "tcp"), (53, "udp")], false),
    ("bind", &[(53, "tcp"), (53, "udp")], false),
    ("blocky", &[(53, "tcp"), (53, "udp")], false),
    ("samba", &[(139, "tcp"), (445, "tcp")], false),
    ("jellyfin", &[(8096, "tcp")], false),
    ("plex", &[(32400, "tcp")], false),
    ("sonarr", &[(8989, "tcp")], false),
    ("radarr", &[(7878, "tcp")], false),
    ("prowlarr", &[(9696, "tcp")], false),
    ("home-assistant", &[(8123, "tcp")], false),
    ("gitea", &[(3000, "tcp")], false),
    ("forgejo", &[(3000, "tcp")], false),
    ("vaultwarden", &[(8000, "tcp")], true),
    ("immich", &[(2283, "tcp")], true),
    ("paperless", &[(28981, "tcp")], true),
    ("syncthing", &[(8384, "tcp")], true),
    ("uptime-kuma", &[(3001, "tcp")], true),
    ("node-red", &[(1880, "tcp")], false),
    ("ollama", &[(11434, "tcp")], true),
    ("avahi", &[(5353, "udp")], false),
    ("tailscale", &[(41641, "udp")], false),
    ("cockpit", &[(9090, "tcp")], false),
];

/// Reads some Nix files, each once, sorted by path. What cannot be read settles nothing.
pub fn read(loader: &Loader, all: &[PathBuf]) -> Vec<Settings> {
    let mut files: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for file in all {
        let real = loader.fs.canonicalize(file).unwrap_or_else(|_| file.clone());
        files.entry(real).or_insert_with(|| file.clone());
    }
    let mut files: Vec<PathBuf> = files.into_values().collect();
    files.sort();
    files.into_iter().filter_map(|file| one(loader, &file)).collect()
}

/// The Nix files among others.
pub(super) fn among(files: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    files.iter().filter(|path| path.extension().is_some_and(|e| e == "nix")).take(MOST_FILES)
}

/// The Nix files in the directories that some files are in, and in those above them up to the root of their git work tree: what a host's own
/// repository has above its stacks. Links are followed first; files in no work tree have none. Nothing is searched downwards.
pub(super) fn near(loader: &Loader, files: &[&Path]) -> Vec<PathBuf> {
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut out = Vec::new();
    for file in files {
        let Ok(real) = loader.fs.canonicalize(file) else { continue };
        let above: Vec<&Path> = real.ancestors().skip(1).collect();
        let Some(root) = above.iter().position(|d| git_directory(loader.fs, d).is_some()) else { continue };
        for directory in above.into_iter().take(root + 1) {
            if seen.len() >= MOST_FILES || !seen.insert(directory.to_path_buf()) {
                continue;
            }
            let entries = loader.fs.read_dir(directory).unwrap_or_default();
            let nix = entries.into_iter().filter(|e| e.file_type == FileType::File && e.path.extension().is_some_and(|x| x == "nix"));
            out.extend(nix.map(|e| e.path).take(MOST_FILES));
        }
    }
    out
}

fn one(loader: &Loader, file: &Path) -> Option<Settings> {
    if loader.fs.metadata(file).ok()?.len > LARGEST {
        return None;
    }
    let id = loader.open_text(file).ok()?;
    let all = nix::settings(&loader.sources.get(id).text, file).ok()?;
    let mut out = Settings { file: file.to_path_buf(), host: host_in(file), ..Settings::default() };
    Reader { id, all: &all }.settle(loader, &mut out);
    let told = !out.containers.is_empty()
        || !out.services.is_empty()
        || !out.backups.is_empty()
        || !out.secrets.is_empty()
        || out.backend.is_some()
        || out.firewall.at.is_some()
        || out.firewall.enable.is_some();
    told.then_some(out)
}

struct Reader<'a> {
    id: FileId,
    all: &'a [Setting],
}

fn text(value: &Literal) -> Option<&str> {
    if let Literal::Text(text) = value { Some(text) } else { None }
}

fn number(value: &Literal) -> Option<u16> {
    match value {
        Literal::Number(n) => u16::try_from(*n).ok(),
        Literal::Text(text) => text.parse().ok(),
        _ => None,
    }
}

impl<'a> Reader<'a> {
    fn span(&self, at: &Range<usize>) -> Span {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span::new(self.id, number(at.start), number(at.end))
    }

    /// What is below a path, with the rest of its own path.
    fn below(&self, path: &[&str]) -> Rest<'a> {
        let is_below = |s: &&Setting| s.path.len() >= path.len() && s.path.iter().zip(path).all(|(a, b)| a == b);
        self.all.iter().filter(is_below).filter_map(|s| Some((s.path.get(path.len()..)?, s))).collect()
    }

    /// What is below a path, by the name there.
    fn named(&self, path: &[&str]) -> Vec<(&'a str, Rest<'a>)> {
        let mut out: Vec<(&str, Vec<_>)> = Vec::new();
        for (rest, setting) in self.below(path) {
            let Some((name, rest)) = rest.split_first() else { continue };
            match out.iter_mut().find(|(n, _)| n == name) {
                Some((_, settings)) => settings.push((rest, setting)),
                None => out.push((name, vec![(rest, setting)])),
            }
        }
        out
    }

    fn settle(&self, loader: &Loader, out: &mut Settings) {
        const OCI: [&str; 2] = ["virtualisation", "oci-containers"];
        let backend = self.below(&[OCI[0], OCI[1], "backend"]);
        out.backend = backend.iter().find_map(|(_, s)| text(&s.value)).map(str::to_owned);
        for (name, settings) in self.named(&[OCI[0], OCI[1], "containers"]) {
            out.containers.extend(self.container(name, &settings));
        }
        self.services(out);
        self.firewall(&mut out.firewall);
        let jobs = [["restic", "backups"], ["borgbackup", "jobs"], ["borgmatic", "configurations"]];
        let jobs = jobs.into_iter().flat_map(|[service, jobs]| self.named(&["services", service, jobs]));
        let borgmatic = (!self.below(&["services", "borgmatic", "settings"]).is_empty())
            .then(|| ("settings", self.below(&["services", "borgmatic", "settings"])));
        for (_, settings) in jobs.chain(borgmatic) {
            let paths = settings.iter().filter_map(|(rest, s)| {
                let excluded = match rest.first()?.as_str() {
                    "paths" | "source_directories" => false,
                    "exclude" | "exclude_patterns" => true,
                    _ => return None,
                };
                Some((s.at.clone(), text(&s.value)?.to_owned(), excluded))
            });
            let list = backup::settled(loader.fs, &out.file, self.id, out.host.clone(), paths);
            out.backups.extend((!list.entries.is_empty()).then_some(list));
        }
        for (manager, root) in [("age", "/run/agenix"), ("sops", "/run/secrets")] {
            for (name, settings) in self.named(&[manager, "secrets"]) {
                let path = settings.iter().find(|(rest, _)| rest.first().is_some_and(|r| r == "path")).and_then(|(_, s)| text(&s.value));
                let path = path.map_or_else(|| Path::new(root).join(name), PathBuf::from);
                out.secrets.push(Secret { name: name.to_owned(), path });
            }
        }
    }

    fn container(&self, name: &str, settings: &[(&[String], &Setting)]) -> Option<Container> {
        let at = self.span(&settings.first()?.1.at);
        let mut out = Container { name: name.to_owned(), at, image: None, ports: Vec::new(), volumes: Vec::new() };
        for (rest, setting) in settings {
            match (rest.first().map(String::as_str), text(&setting.value)) {
                (Some("image"), Some(image)) => {
                    out.image = Some(image.to_owned());
                    out.at = self.span(&setting.at);
                }
                (Some("ports"), Some(written)) => {
                    out.ports.extend(ports(written).into_iter().map(|port| (port, self.span(&setting.at))));
                }
                (Some("volumes"), Some(volume)) => out.volumes.push(volume.to_owned()),
                _ => {}
            }
        }
        Some(out)
    }

    fn services(&self, out: &mut Settings) {
        for (name, settings) in self.named(&["services"]) {
            // `services.redis.servers.NAME`: each is a service of its own.
            if name == "redis" {
                for (server, settings) in self.named(&["services", "redis", "servers"]) {
                    let default: &[(u16, &str)] = if server.is_empty() { &[(6379, "tcp")] } else { &[] };
                    let name = if server.is_empty() { "redis".to_owned() } else { format!("redis-{server}") };
                    out.services.extend(self.service(&name, &settings, default, true));
                }
                continue;
            }
            let (default, local) =
                SERVICES.iter().find(|(n, ..)| *n == name).map_or((&[][..], false), |(_, ports, local)| (*ports, *local));
            out.services.extend(self.service(name, &settings, default, local));
        }
    }

    /// A service that is enabled and whose ports can be told.
    fn service(&self, name: &str, settings: &[(&[String], &Setting)], default: &[(u16, &str)], local: bool) -> Option<Service> {
        let is = |rest: &[String], path: &[&str]| rest.len() == path.len() && rest.iter().zip(path).all(|(a, b)| a == b);
        let (_, enabled) = settings.iter().find(|(rest, _)| is(rest, &["enable"]))?;
        if enabled.value != Literal::Bool(true) {
            return None;
        }
        let mut said: Vec<Option<u16>> = Vec::new();
        let mut address = local.then(|| "127.0.0.1".to_owned());
        for (rest, setting) in settings {
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            match rest.as_slice() {
                ["port" | "listenPort" | "rocketPort"]
                | ["settings", "port" | "http_port" | "PORT"]
                | ["settings", "server", "http_port" | "HTTP_PORT" | "port"]
                | ["config", "ROCKET_PORT"]
                | ["configuration", "server", "http_listen_port"] => said.push(number(&setting.value)),
                ["ports", _] if name == "openssh" => said.push(number(&setting.value)),
                ["listeners", _, "port"] if name == "mosquitto" => said.push(number(&setting.value)),
                ["enableTCPIP"] if setting.value == Literal::Bool(true) => address = None,
                ["host" | "bind" | "listenAddress" | "address"] | ["settings", "server", "http_addr"] => {
                    address = text(&setting.value).filter(|a| !matches!(*a, "" | "0.0.0.0" | "::")).map(str::to_owned);
                }
                _ => {}
            }
        }
        let ports: Vec<Port> = if said.is_empty() {
            default.iter().map(|(port, protocol)| self::port(address.as_deref(), *port, *port, protocol)).collect()
        } else {
            // A port that is computed is none that can be told.
            said.into_iter().flatten().map(|p| self::port(address.as_deref(), p, p, "tcp")).collect()
        };
        (!ports.is_empty()).then(|| Service { name: name.to_owned(), at: self.span(&enabled.at), ports })
    }

    fn firewall(&self, out: &mut Firewall) {
        let mut ranges: BTreeMap<(&'static str, &str), FromTo> = BTreeMap::new();
        for (rest, setting) in self.below(&["networking", "firewall"]) {
            let mut rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            if let ["interfaces", _, ..] = rest.as_slice() {
                rest.drain(..2);
            }
            let protocol = if rest.first().is_some_and(|r| r.contains("UDP")) { "udp" } else { "tcp" };
            match rest.as_slice() {
                ["enable"] => match setting.value {
                    Literal::Bool(on) => out.enable = Some(on),
                    _ => out.computed = true,
                },
                ["allowedTCPPorts" | "allowedUDPPorts", ..] => {
                    out.at = out.at.or_else(|| Some(self.span(&setting.at)));
                    match number(&setting.value) {
                        Some(port) => out.opened.push((port, port, protocol)),
                        None => out.computed = true,
                    }
                }
                ["allowedTCPPortRanges" | "allowedUDPPortRanges", item, end] => {
                    out.at = out.at.or_else(|| Some(self.span(&setting.at)));
                    let range = ranges.entry((protocol, item)).or_default();
                    match *end {
                        "from" => range.0 = number(&setting.value),
                        _ => range.1 = number(&setting.value),
                    }
                }
                ["allowedTCPPortRanges" | "allowedUDPPortRanges", ..] => out.computed = true,
                _ => {}
            }
        }
        for ((protocol, _), range) in ranges {
            match range {
                (Some(from), Some(to)) => out.opened.push((from, to, protocol)),
                _ => out.computed = true,
            }
        }
    }
}

impl Firewall {
    /// True if it opens a port of the host.
    pub fn opens(&self, host: &HostPorts) -> bool {
        self.opened.iter().any(|(from, to, protocol)| (*from..=*to).contains(&host.port) && *protocol == host.protocol)
    }
}

fn port(address: Option<&str>, published: u16, target: u16, protocol: &str) -> Port {
    Port {
        name: None,
        mode: None,
        host_ip: address.map(str::to_owned),
        target: u32::from(target),
        published: Some(published.to_string()),
        protocol: protocol.to_owned(),
        app_protocol: None,
        extensions: Named::default(),
    }
}

/// The ports of the host that an entry of `ports` takes, as `docker run -p` has it: `[address:]host:container[/protocol]`. A port that the
/// engine chooses is none.
fn ports(written: &str) -> Vec<Port> {
    let (rest, protocol) = written.rsplit_once('/').unwrap_or((written, "tcp"));
    let Some((rest, target)) = rest.rsplit_once(':') else { return Vec::new() };
    let (address, host) = match rest.rsplit_once(':') {
        Some((address, host)) => (Some(address.trim_matches(['[', ']'])), host),
        None => (None, rest),
    };
    let range = |text: &str| -> Option<(u16, u16)> {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        Some((from.parse().ok()?, to.parse().ok()?))
    };
    let (Some((from, to)), Some((first, _))) = (range(host), range(target)) else { return Vec::new() };
    (from..=to).zip(0u16..).map(|(host, n)| port(address, host, first.saturating_add(n), protocol)).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::fs::MemFs;
    use crate::source::Sources;

    fn shown(disk: &MemFs, places: &[&str]) -> String {
        let sources = Sources::new();
        let loader = Loader::new(disk, &sources);
        let mut out = String::new();
        let one = |p: &Port| HostPorts::of(p).map(|h| format!("{}→{}", h.text(), p.target)).unwrap_or_default();
        let places: Vec<PathBuf> = places.iter().map(PathBuf::from).collect();
        for s in crate::host::Surroundings::read(&loader, &places, &[], None).unwrap().nix {
            let _ = writeln!(out, "{} of {:?}, {:?}", s.file.display(), s.host, s.backend);
            for c in &s.containers {
                let ports: Vec<String> = c.ports.iter().map(|(p, _)| one(p)).collect();
                let _ = writeln!(out, "  container {} {:?} {ports:?} {:?}", c.name, c.image, c.volumes);
            }
            for service in &s.services {
                let _ = writeln!(out, "  service {} {:?}", service.name, service.ports.iter().map(one).collect::<Vec<_>>());
            }
            if s.firewall.at.is_some() || s.firewall.enable.is_some() {
                let _ = writeln!(out, "  firewall {:?} {:?} computed: {}", s.firewall.enable, s.firewall.opened, s.firewall.computed);
            }
            for list in &s.backups {
                let entries: Vec<String> =
                    list.entries.iter().map(|e| format!("{}{}", if e.excluded { "!" } else { "" }, e.text)).collect();
                let _ = writeln!(out, "  backup {entries:?}");
            }
            for secret in &s.secrets {
                let _ = writeln!(out, "  secret {} {}", secret.name, secret.path.display());
            }
        }
        out
    }

    #[test]
    fn what_a_configuration_settles() {
        let disk = MemFs::new()
            .file(
                "/infra/hosts/nas/configuration.nix",
                r#"{ config, lib, ... }: {
                  virtualisation.oci-containers.backend = "podman";
                  virtualisation.oci-containers.containers = {
                    kuma = { image = "louislam/uptime-kuma:1"; ports = [ "3001:3001" "127.0.0.1:53:53/udp" "[::1]:90-91:90-91" ]; volumes = [ "/var/lib/kuma:/data" ]; };
                    made = mkThing "x";
                  };
                  services.openssh.enable = true;
                  services.nginx = { enable = lib.mkDefault true; };
                  services.postgresql.enable = true;
                  services.grafana = { enable = true; settings.server.http_port = 3050; };
                  services.mine = { enable = true; port = 7070; };
                  services.off = { enable = false; port = 7071; };
                  services.computed = { enable = true; port = config.x; };
                  services.redis.servers."" = { enable = true; };
                  networking.firewall = { enable = true; allowedTCPPorts = [ 22 80 ]; allowedUDPPortRanges = [ { from = 60000; to = 61000; } ]; };
                  networking.firewall.interfaces.lan.allowedTCPPorts = [ 5432 ];
                  services.restic.backups.nas = { paths = [ "/srv" "/var/lib/docker/volumes/a" ]; exclude = [ "/srv/tmp" ]; };
                  services.restic.backups.computed.paths = config.paths;
                  age.secrets.web.file = ./web.age;
                  sops.secrets."db/password".path = "/etc/db-password";
                }"#,
            )
            .file("/infra/hosts/pi.nix", "{ services.openssh = { enable = true; ports = [ 2222 ]; }; }")
            .file("/infra/hosts/common/x.nix", "{ services.caddy.enable = true; }")
            .file("/infra/broken.nix", "{ a = ; }")
            .file("/infra/.direnv/x.nix", "{ services.caddy.enable = true; }")
            .link("/infra/loop", "/infra");
        insta::assert_snapshot!(shown(&disk, &["/infra", "/infra/hosts"]), @r#"
        /infra/hosts/common/x.nix of None, None
          service caddy ["80→80", "443→443"]
        /infra/hosts/nas/configuration.nix of Some("nas"), Some("podman")
          container kuma Some("louislam/uptime-kuma:1") ["3001→3001", "127.0.0.1:53/udp→53", "[::1]:90→90", "[::1]:91→91"] ["/var/lib/kuma:/data"]
          container made None [] []
          service openssh ["22→22"]
          service nginx ["80→80", "443→443"]
          service postgresql ["127.0.0.1:5432→5432"]
          service grafana ["127.0.0.1:3050→3050"]
          service mine ["7070→7070"]
          service redis ["127.0.0.1:6379→6379"]
          firewall Some(true) [(22, 22, "tcp"), (80, 80, "tcp"), (5432, 5432, "tcp"), (60000, 61000, "udp")] computed: false
          backup ["/srv", "/var/lib/docker/volumes/a", "!/srv/tmp"]
          secret web /run/agenix/web
          secret db/password /etc/db-password
        /infra/hosts/pi.nix of Some("pi"), None
          service openssh ["2222→2222"]
        "#);
    }
}
