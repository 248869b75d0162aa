//! A container as the attributes of an entry of `virtualisation.oci-containers.containers`.

mod flags;
mod health;
mod mounts;
mod networks;

use std::collections::BTreeSet;

use super::csv;
use super::references::{References, any_text, each_text, own_text};
use crate::migrate::nix::Backend;
use crate::migrate::nix::normal::{Container, Publish};
use crate::nix::{Binding, Expr, Item, has_marks};

pub(super) use mounts::short as short_mount;

/// Why a container cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The key of Compose that it is about; empty if it is none in particular.
    pub key: &'static str,
    /// A sentence without a full stop.
    pub why: String,
}

/// The bindings of the container's entry, in the order in which people read them. Each, and each item of a list, is `about` the key of
/// Compose it is for: `image`, `environment.NAME`, `ports[0]`, `dns[1]`, `networks.REAL_NAME`; `volumes[2]` is the third mount of the
/// container. What the backend cannot be asked for comes back.
pub fn write(name: &str, container: &Container, backend: Backend) -> Result<Vec<Binding>, Vec<Refusal>> {
    let mut references = References::default();
    let odd = any_text(container, &|text| has_marks(text) || text.contains('\0'));
    let hidden = odd.then(|| each_text(container, &mut |text| references.hide(text).into_owned()));
    let mut writer = Writer { backend, references, key: "", reasons: Vec::new(), extra: Vec::new() };
    let bindings = writer.container(name, hidden.as_ref().unwrap_or(container));
    if writer.references.broken {
        writer.key = "";
        writer.refuse("a text has a character that cannot be written: NUL, or one of those that stand around references");
    }
    if writer.reasons.is_empty() { Ok(bindings) } else { Err(writer.reasons) }
}

/// What is being written. Its texts have numbers in place of references.
struct Writer {
    backend: Backend,
    references: References,
    /// The key of Compose that is being written.
    key: &'static str,
    reasons: Vec<Refusal>,
    /// `extraOptions`: the word, and what it is about.
    extra: Vec<(String, Option<String>)>,
}

/// An image of the Nix store under the name that the container has it by, to be filled in.
fn stream(image: &str) -> Binding {
    let (name, tag) = match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    };
    let parts = vec![
        Binding::new("name", Expr::text(name)),
        Binding::new("tag", Expr::text(tag)),
        Binding::new("contents", Expr::List(Vec::new())),
        Binding::at(["config", "Cmd"], Expr::List(Vec::new())),
    ];
    let mut binding = Binding::new("imageStream", Expr::call("pkgs.dockerTools.streamLayeredImage", Expr::Attrs(parts))).about("build");
    binding.above.push("Fill in what the Dockerfile does.".to_owned());
    binding
}

impl Writer {
    fn refuse(&mut self, reason: impl Into<String>) {
        let reason = self.references.show(&reason.into());
        let reason = reason.replace([crate::nix::REFERENCE.0, crate::nix::REFERENCE.1], "");
        if !self.reasons.iter().any(|known| known.why == reason) {
            self.reasons.push(Refusal { key: self.key, why: reason });
        }
    }

    fn podman(&self) -> bool {
        self.backend == Backend::Podman
    }

    fn text(&self, text: impl Into<String> + AsRef<str>) -> Expr {
        if self.references.is_empty() { Expr::text(text) } else { Expr::marked(&self.references.show(text.as_ref())) }
    }

    /// A word of `extraOptions`.
    fn flag(&mut self, flag: &str, value: &str, about: impl Into<Option<String>>) {
        self.extra.push((format!("--{flag}={value}"), about.into()));
    }

    /// The value of a flag that is a list of podman's, where commas part values.
    fn listed(&self, value: &str) -> String {
        if self.podman() { csv::join([value]) } else { value.to_owned() }
    }

    fn container(&mut self, name: &str, container: &Container) -> Vec<Binding> {
        let Container {
            image,
            image_stream,
            entrypoint,
            args,
            environment,
            environment_files,
            labels,
            annotations,
            ports,
            user,
            working_dir,
            hostname,
            mounts,
            network,
            capabilities,
            devices,
            privileged,
            pull,
            log_driver,
            log_options,
            health,
            auto_start,
            auto_remove,
            sdnotify,
            depends_on,
            flags,
        } = container;
        self.key = "container_name";
        if !safe_name(name) {
            self.refuse(format!("`{name}` cannot be the name of a container"));
        }
        self.key = "image";
        if !safe_word(image) {
            self.refuse(format!("the image `{image}` has characters that the module of NixOS does not quote"));
        }
        let mut out = vec![Binding::new("image", self.text(image)).about("image")];
        if *image_stream {
            out.push(stream(image));
        }
        if !auto_start {
            out.push(Binding::new("autoStart", Expr::Bool(false)).about("profiles"));
        }
        self.key = "pull_policy";
        if let Some(pull) = pull {
            if !(matches!(pull.as_str(), "always" | "missing" | "never") || (self.podman() && pull == "newer")) {
                self.refuse(format!("`{pull}` is no pull policy of {}", self.backend));
            }
            out.push(Binding::new("pull", self.text(pull)).about("pull_policy"));
        }
        if !auto_remove {
            out.push(Binding::new("autoRemoveOnStop", Expr::Bool(false)));
        }
        self.key = "entrypoint";
        if let Some(word) = entrypoint {
            let json = word.trim();
            if self.podman() && (json.starts_with('[') || json == "null") {
                self.refuse(format!("podman takes the entrypoint `{word}` for a list in JSON"));
            }
        }
        for (attribute, value, about) in [
            ("entrypoint", entrypoint, "entrypoint"),
            ("hostname", hostname, "hostname"),
            ("user", user, "user"),
            ("workdir", working_dir, "working_dir"),
        ] {
            if let Some(value) = value {
                out.push(Binding::new(attribute, self.text(value)).about(about));
            }
        }
        self.key = "command";
        self.list(&mut out, "cmd", "command", indexed("command", args));
        self.key = "environment";
        self.pairs(&mut out, "environment", environment);
        self.key = "env_file";
        self.list(&mut out, "environmentFiles", "env_file", indexed("env_file", environment_files));
        for file in environment_files {
            if !(file.starts_with('/') || file.starts_with(crate::nix::REFERENCE.0)) {
                self.refuse(format!("the env file `{file}` is no absolute path"));
            }
        }
        self.key = "labels";
        self.pairs(&mut out, "labels", labels);
        self.key = "volumes";
        let volumes = self.mounts(mounts);
        self.list(&mut out, "volumes", "volumes", volumes);
        self.key = "ports";
        let ports: Vec<_> = ports.iter().enumerate().map(|(at, port)| (self.port(port), Some(format!("ports[{at}]")))).collect();
        self.list(&mut out, "ports", "ports", ports);
        self.key = "networks";
        let (networks, about) = self.network(network);
        self.list(&mut out, "networks", about, networks);
        self.key = "devices";
        self.list(&mut out, "devices", "devices", indexed("devices", devices));
        self.key = if capabilities.0.is_empty() { "cap_drop" } else { "cap_add" };
        self.capabilities(&mut out, &capabilities.0, &capabilities.1);
        if *privileged {
            out.push(Binding::new("privileged", Expr::Bool(true)).about("privileged"));
        }
        self.key = "depends_on";
        for other in depends_on {
            if !safe_name(other) {
                self.refuse(format!("`{other}` cannot be the name of a container"));
            }
        }
        self.list(&mut out, "dependsOn", "depends_on", depends_on.iter().map(|other| (other.clone(), Some(format!("depends_on.{other}")))));
        self.key = "logging";
        if let Some(driver) = log_driver {
            if !safe_word(driver) {
                self.refuse(format!("the log driver `{driver}` has characters that the module of NixOS does not quote"));
            }
            out.push(Binding::new("log-driver", self.text(driver)).about("logging"));
        }
        self.key = "healthcheck";
        self.sdnotify(&mut out, sdnotify.as_deref());
        self.key = "logging";
        for (key, value) in log_options {
            self.pair("log-opt", "log option", key, value, format!("logging.options.{key}"));
        }
        self.key = "annotations";
        for (key, value) in annotations {
            self.pair("annotation", "annotation", key, value, format!("annotations.{key}"));
        }
        self.key = "healthcheck";
        if let Some(health) = health {
            self.health(health);
        }
        self.key = "";
        self.flags(flags, network);
        let extra = std::mem::take(&mut self.extra);
        self.list(&mut out, "extraOptions", None, extra);
        out
    }

    /// A list; nothing if it is empty.
    fn list(
        &mut self,
        out: &mut Vec<Binding>,
        attribute: &str,
        about: impl Into<Option<&'static str>>,
        items: impl IntoIterator<Item = (String, Option<String>)>,
    ) {
        let items: Vec<Item> = items.into_iter().map(|(text, about)| Item { about, ..self.text(text).into() }).collect();
        if !items.is_empty() {
            out.push(Binding { about: about.into().map(str::to_owned), ..Binding::new(attribute, Expr::List(items)) });
        }
    }

    /// Variables or labels; nothing if there are none.
    fn pairs(&mut self, out: &mut Vec<Binding>, attribute: &str, pairs: &crate::ordered::IndexMap<String, String>) {
        let mut bindings = Vec::new();
        for (key, value) in pairs {
            self.check_key(attribute, key);
            bindings.push(Binding::new(key.as_str(), self.text(value)).about(format!("{attribute}.{key}")));
        }
        if !bindings.is_empty() {
            out.push(Binding::new(attribute, Expr::Attrs(bindings)).about(attribute));
        }
    }

    fn pair(&mut self, flag: &str, what: &str, key: &str, value: &str, about: String) {
        self.check_key(what, key);
        self.extra.push((format!("--{flag}={key}={value}"), Some(about)));
    }

    /// A name that stands before the `=` of a word.
    fn check_key(&mut self, what: &str, key: &str) {
        if key.is_empty() || key.contains(['=', crate::nix::REFERENCE.0]) {
            self.refuse(format!("`{key}` cannot be a name of {what}: it stands before a `=`"));
        }
    }

    fn port(&mut self, port: &Publish) -> String {
        let Publish { host_ip, published, target, protocol } = port;
        let mut text = String::new();
        if let Some(ip) = host_ip {
            let (open, close) = if ip.contains(':') { ("[", "]") } else { ("", "") };
            text.extend([open, ip, close, ":"]);
        }
        if let Some(published) = published {
            text.push_str(published);
        }
        if host_ip.is_some() || published.is_some() {
            text.push(':');
        }
        text.push_str(target);
        if protocol != "tcp" {
            text.push('/');
            text.push_str(protocol);
        }
        let (from, to) = (published.as_deref().map_or(1, range), range(target));
        if published.is_some() && from != to && (to != 1 || self.podman()) {
            self.refuse(match to {
                1 => format!("podman cannot choose one of the ports of `{text}`"),
                _ => format!("the two ranges of the port `{text}` are not of the same length"),
            });
        }
        let odd = [host_ip.as_deref(), published.as_deref(), Some(target), Some(protocol)]
            .into_iter()
            .flatten()
            .any(|part| part.is_empty() || own_text(part).contains(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-'))));
        let colons = [published.as_deref(), Some(target), Some(protocol)].into_iter().flatten().any(|part| part.contains(':'));
        if odd || colons {
            self.refuse(format!("the port `{text}` cannot be written in one word"));
        }
        text
    }

    fn capabilities(&mut self, out: &mut Vec<Binding>, added: &BTreeSet<String>, dropped: &BTreeSet<String>) {
        for both in added.intersection(dropped) {
            self.refuse(format!("the capability `{both}` is both added and dropped"));
        }
        let entries = added.iter().map(|name| (name, true)).chain(dropped.iter().map(|name| (name, false)));
        let mut bindings = Vec::new();
        for (name, add) in entries {
            if name.is_empty() || name.contains(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
                self.refuse(format!("`{name}` is no capability"));
            }
            let about = format!("{}.{name}", if add { "cap_add" } else { "cap_drop" });
            bindings.push(Binding::new(name.as_str(), Expr::Bool(add)).about(about));
        }
        if !bindings.is_empty() {
            let about = if added.is_empty() { "cap_drop" } else { "cap_add" };
            out.push(Binding::new("capabilities", Expr::Attrs(bindings)).about(about));
        }
    }

    /// When podman tells systemd that the container is ready.
    fn sdnotify(&mut self, out: &mut Vec<Binding>, mode: Option<&str>) {
        match mode {
            None => {}
            Some(mode) if !self.podman() => self.refuse(format!("docker cannot tell systemd that the container is ready (`{mode}`)")),
            Some(mode @ ("conmon" | "healthy" | "container")) => out.push(Binding::at(["podman", "sdnotify"], self.text(mode))),
            // The module has no such value; of two flags the later one counts.
            Some("ignore") => self.flag("sdnotify", "ignore", None),
            Some(mode) => self.refuse(format!("`{mode}` is no way to tell systemd that the container is ready")),
        }
    }
}

/// How many ports.
fn range(text: &str) -> u32 {
    let ends = text.split_once('-').and_then(|(from, to)| Some((from.parse::<u32>().ok()?, to.parse::<u32>().ok()?)));
    ends.map_or(1, |(from, to)| to.saturating_sub(from).saturating_add(1))
}

fn indexed(key: &'static str, items: &[String]) -> impl Iterator<Item = (String, Option<String>)> {
    items.iter().enumerate().map(move |(at, item)| (item.clone(), Some(format!("{key}[{at}]"))))
}

/// What docker and podman take for the name of a container, a network or a volume.
fn safe_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// True if the word is one for a shell that sees it without quotes: of an image, of a log driver.
fn safe_word(word: &str) -> bool {
    let own = own_text(word);
    !word.is_empty()
        && !word.starts_with('-')
        && own.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | ':' | '@' | '-'))
}
