//! What there is to say about a service in one environment, in words that are the same wherever it is the same.

#![allow(clippy::ref_option)] // a field of the model is passed as it is

use std::collections::BTreeMap;

use super::purpose::{self, Purpose};
use super::view::View;
use super::words::list;
use crate::compose::value::{Origin, Step};
use crate::model::{Bytes, Field, Mount, MountKind, Port, Service, Sourced, units};
use crate::rules::{disabled_at, has_instruction};
use crate::secret;

/// A service in an environment.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a, 'v> {
    pub(super) view: &'v View<'a>,
    pub(super) environment: usize,
    pub(super) service: &'a Service,
}

/// Something about a service.
pub(super) struct Fact {
    pub(super) title: &'static str,
    /// Markdown for a cell; empty where there is nothing.
    pub(super) text: String,
}

/// Whether somebody looks after the health of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// In these words.
    Checked(String),
    /// In the Dockerfile.
    InDockerfile,
    Disabled,
    /// Nothing in the files; the image may have one.
    Unknown,
}

impl<'a> Facts<'a, '_> {
    pub(super) fn code(&self, text: &str) -> String {
        self.view.words.code(text)
    }

    /// A scalar as code.
    fn word(&self, field: &Field<String>) -> String {
        field.as_ref().filter(|f| !f.is_empty()).map_or_else(String::new, |f| self.written(&f.origin, &f.value))
    }

    pub(super) fn written(&self, origin: &Origin, value: &str) -> String {
        self.code(&self.view.written(self.environment, origin, value))
    }

    /// A value that is not text, as it is written where a variable decides about it.
    fn value<T>(&self, field: &Field<T>, text: impl Fn(&T) -> String) -> Option<String> {
        let field = field.as_ref()?;
        Some(if self.view.is_variable(self.environment, &field.origin) { self.written(&field.origin, "") } else { text(&field.value) })
    }

    pub(super) fn image(&self) -> String {
        self.word(&self.service.image)
    }

    pub(super) fn build(&self) -> String {
        let Some(build) = &self.service.build else { return String::new() };
        let context = build
            .context
            .as_ref()
            .map_or_else(|| self.code("."), |c| self.code(&self.view.host_path(self.environment, &c.origin, &c.value)));
        let dockerfile = match (&build.dockerfile_inline, &build.dockerfile) {
            (Some(_), _) => ", by a Dockerfile written in the Compose file".to_owned(),
            (None, Some(name)) if name.value != "Dockerfile" => format!(", by {}", self.written(&name.origin, &name.value)),
            _ => String::new(),
        };
        let target = build.target.as_ref().map(|t| format!(", stage {}", self.written(&t.origin, &t.value))).unwrap_or_default();
        format!("{context}{dockerfile}{target}")
    }

    /// Each published port, in the order of the file.
    pub(super) fn ports(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let mut ports = self.service.ports.iter().peekable();
        while let Some(first) = ports.next() {
            // A range is one entry in the file.
            let mut range = vec![first];
            while let Some(next) = ports.next_if(|next| next.origin.at == first.origin.at) {
                range.push(next);
            }
            let text = self.port(&range);
            if !out.contains(&text) {
                out.push(text);
            }
        }
        out
    }

    /// One published port.
    pub(super) fn ports_of(&self, port: &Sourced<Port>) -> String {
        self.port(&[port])
    }

    fn port(&self, range: &[&Sourced<Port>]) -> String {
        let Some(first) = range.first() else { return String::new() };
        let variable = self.view.is_variable(self.environment, &first.origin);
        if variable && let Some(line) = self.view.line(&first.origin) {
            return self.code(&line);
        }
        let host = match first.host_ip.as_deref() {
            None | Some("") => String::new(),
            Some(ip) if ip.contains(':') => format!("[{ip}]:"),
            Some(ip) => format!("{ip}:"),
        };
        let protocol = if first.protocol == "tcp" { String::new() } else { format!("/{}", first.protocol) };
        let ends = |number: &dyn Fn(&Port) -> Option<u64>| {
            let all: Vec<u64> = range.iter().filter_map(|p| number(p)).collect();
            let (low, high) = (all.iter().min().copied(), all.iter().max().copied());
            low.zip(high).map(|(low, high)| if low == high { low.to_string() } else { format!("{low}-{high}") })
        };
        let published = match &first.published {
            _ if variable => Some(self.view.names_in(self.environment, first.origin.at)),
            Some(text) if range.len() == 1 => Some(text.clone()),
            _ => ends(&|p| p.published.as_deref()?.parse().ok()),
        };
        let target = ends(&|p| Some(p.target.into())).unwrap_or_default();
        match published.filter(|p| !p.is_empty()) {
            Some(published) => self.code(&format!("{host}{published}→{target}{protocol}")),
            None => format!("any free port → {}", self.code(&format!("{target}{protocol}"))),
        }
    }

    /// Where a mount comes from.
    pub(super) fn mount_source(&self, mount: &Sourced<Mount>) -> String {
        let Some(source) = mount.source.as_deref().filter(|s| !s.is_empty()) else {
            return match mount.kind {
                MountKind::Tmpfs => "memory".to_owned(),
                _ => "a volume without a name".to_owned(),
            };
        };
        match mount.kind {
            MountKind::Volume | MountKind::Cluster => format!("volume {}", self.code(&self.volume_source(mount, source))),
            MountKind::Image => format!("image {}", self.code(&self.volume_source(mount, source))),
            _ => self.code(&self.bind_source(mount, source)),
        }
    }

    /// The key of a volume, as it is written where a variable decides about it.
    pub(super) fn volume_source(&self, mount: &Sourced<Mount>, source: &str) -> String {
        if self.view.is_variable(self.environment, &mount.origin) && !self.names(mount, source) {
            return self.bind_source(mount, source);
        }
        source.to_owned()
    }

    /// True if the source of a mount is written as it is, and it is something else that a variable decides about.
    fn names(&self, mount: &Sourced<Mount>, source: &str) -> bool {
        self.view.line(&mount.origin).is_some_and(|line| line.split(':').next() == Some(source))
    }

    /// A directory of the host as it is written; in the long form, which is not one scalar, relative to the root.
    pub(super) fn bind_source(&self, mount: &Sourced<Mount>, source: &str) -> String {
        let variable = self.view.is_variable(self.environment, &mount.origin);
        if let Some(relative) = self.view.relative(source).filter(|_| !variable) {
            return relative;
        }
        match self.view.line(&mount.origin).filter(|_| mount.short) {
            Some(line) => line.split_once(&format!(":{}", mount.target)).map_or(line.clone(), |(before, _)| before.to_owned()),
            None if variable => self.view.names_in(self.environment, mount.origin.at),
            None => self.view.outside(&mount.origin, source),
        }
    }

    pub(super) fn purpose(&self, mount: &Mount) -> Option<Purpose> {
        purpose::of(self.service, mount)
    }

    pub(super) fn health(&self) -> Health {
        let check = self.service.healthcheck.as_ref();
        if check.is_some_and(|h| disabled_at(h).is_some()) {
            return Health::Disabled;
        }
        let Some((check, test)) = check.and_then(|h| Some((h, h.test.as_ref().filter(|t| !t.is_empty())?))) else {
            let dockerfile = self.view.dockerfile(self.service);
            return if dockerfile.is_some_and(has_instruction) { Health::InDockerfile } else { Health::Unknown };
        };
        // The first word only: what follows may hold a password that a variable was put into.
        let words = test.iter().skip(1).flat_map(|text| text.split_whitespace());
        let program = words.into_iter().find(|w| !w.contains(['=', '(', '"', '\'', '$']) && *w != "exec");
        let mut parts = vec![program.map_or_else(|| "by a test".to_owned(), |p| format!("by {}", self.code(p)))];
        let mut time = |field: &Field<crate::model::Duration>, words: &str| {
            if let Some(text) = self.value(field, |d| units::duration_text(*d)) {
                parts.push(format!("{words} {text}"));
            }
        };
        time(&check.interval, "every");
        time(&check.timeout, "timeout");
        time(&check.start_period, "start period");
        if let Some(retries) = self.value(&check.retries, ToString::to_string) {
            parts.push(format!("{retries} retries"));
        }
        Health::Checked(parts.join(", "))
    }

    fn healthcheck(&self) -> String {
        match self.health() {
            Health::Checked(words) => words,
            Health::InDockerfile => "in the Dockerfile".to_owned(),
            Health::Disabled => "switched off".to_owned(),
            Health::Unknown => String::new(),
        }
    }

    fn limits(&self) -> String {
        let service = self.service;
        let deploy = service.deploy.as_ref();
        let mut parts = Vec::new();
        for (words, resources) in
            [("", deploy.and_then(|d| d.limits.as_ref())), (" reserved", deploy.and_then(|d| d.reservations.as_ref()))]
        {
            let Some(resources) = resources else { continue };
            parts.extend(self.value(&resources.memory, |b| bytes(*b)).map(|t| format!("{t} of memory{words}")));
            parts.extend(self.value(&resources.cpus, ToString::to_string).map(|t| format!("{t} CPUs{words}")));
            parts.extend(self.value(&resources.pids, ToString::to_string).map(|t| format!("{t} processes{words}")));
        }
        parts.extend(self.value(&service.mem_limit, |b| bytes(*b)).map(|t| format!("{t} of memory")));
        parts.extend(self.value(&service.mem_reservation, |b| bytes(*b)).map(|t| format!("{t} of memory reserved")));
        parts.extend(self.value(&service.cpus, ToString::to_string).map(|t| format!("{t} CPUs")));
        parts.extend(self.value(&service.pids_limit, ToString::to_string).map(|t| format!("{t} processes")));
        let mut seen = Vec::new();
        parts.retain(|part| {
            !seen.contains(part) && {
                seen.push(part.clone());
                true
            }
        });
        parts.join(", ")
    }

    fn replicas(&self) -> String {
        let deploy = self.service.deploy.as_ref().and_then(|d| self.value(&d.replicas, ToString::to_string));
        self.value(&self.service.scale, ToString::to_string).or(deploy).unwrap_or_default()
    }

    fn rights(&self) -> String {
        let service = self.service;
        let mut parts = Vec::new();
        if service.privileged.as_ref().is_some_and(|p| p.value) {
            parts.push("every right on the host".to_owned());
        }
        let names = |items: &[Sourced<String>]| items.iter().map(|c| self.written(&c.origin, &c.value)).collect::<Vec<_>>();
        if !service.cap_add.is_empty() {
            parts.push(format!("more rights: {}", names(&service.cap_add).join(", ")));
        }
        if !service.cap_drop.is_empty() {
            parts.push(format!("fewer rights: {}", names(&service.cap_drop).join(", ")));
        }
        if service.read_only.as_ref().is_some_and(|p| p.value) {
            parts.push("a root file system that is read-only".to_owned());
        }
        parts.join("; ")
    }

    /// The networks, or what stands in their place.
    fn networks(&self) -> String {
        if let Some(mode) = self.service.network_mode.as_ref().filter(|m| !m.is_empty()) {
            return format!("mode {}", self.written(&mode.origin, &mode.value));
        }
        self.service.networks.keys().map(|name| self.code(name)).collect::<Vec<_>>().join(", ")
    }

    /// What fits into a table, in its order.
    pub(super) fn table(&self) -> Vec<Fact> {
        let service = self.service;
        let fact = |title, text| Fact { title, text };
        let files = |items: &[Sourced<crate::model::FileReference>]| {
            items.iter().map(|item| self.code(&item.source)).collect::<Vec<_>>().join(", ")
        };
        vec![
            fact("image", self.image()),
            fact("built from", self.build()),
            fact("published ports", self.ports().join("<br>")),
            fact("networks", self.networks()),
            fact("profiles", service.profiles.iter().map(|p| self.written(&p.origin, &p.value)).collect::<Vec<_>>().join(", ")),
            fact("restart", self.word(&service.restart)),
            fact("healthcheck", self.healthcheck()),
            fact("limits", self.limits()),
            fact("copies", self.replicas()),
            fact("user", self.word(&service.user)),
            fact("rights", self.rights()),
            fact("container name", self.word(&service.container_name)),
            fact("host name", self.word(&service.hostname)),
            fact("secrets", files(&service.secrets)),
            fact("configs", files(&service.configs)),
        ]
    }

    /// The variables of the container: name, and whether it is a secret and where it is set. Never a value.
    pub(super) fn variables(&self) -> BTreeMap<&'a str, (bool, String)> {
        let one = |(name, value): (&'a String, &'a Sourced<Option<String>>)| {
            let text = value.value.as_deref();
            let line = || secret::ranges(&format!("{name}={}", text.unwrap_or(""))).is_empty();
            let mut used = self.view.variables_in(self.environment, value.origin.at);
            let is_secret = used.any(|used| secret::credential_key(&used.name))
                || secret::credential_key(name)
                || text.is_some_and(|t| secret::literal_secret(name, t))
                || !line();
            (name.as_str(), (is_secret, self.set_where(name, value)))
        };
        self.service.environment.iter().map(one).collect()
    }

    fn set_where(&self, name: &str, value: &Sourced<Option<String>>) -> String {
        if value.origin.via.iter().any(|step| matches!(step, Step::File(_))) {
            let file = self.view.input.sources.get(value.origin.at.file);
            return crate::report::markdown::code(&self.view.words.path(&file.path));
        }
        let variables: Vec<String> = self.view.variables_in(self.environment, value.origin.at).map(|used| used.name.clone()).collect();
        if !variables.is_empty() {
            let mut names: Vec<String> = variables.iter().map(|v| self.code(&format!("${{{v}}}"))).collect();
            names.sort();
            names.dedup();
            return format!("from {}", list(&names));
        }
        if self.is_passed_on(name, value) {
            return "passed on, if it is set".to_owned();
        }
        "in the Compose file".to_owned()
    }

    /// True if the container gets the variable of the same name as Compose sees it: `environment: [NAME]`.
    pub(super) fn is_passed_on(&self, name: &str, value: &Sourced<Option<String>>) -> bool {
        value.value.is_none()
            || value.origin.variables().any(|(used, _)| used == name) && !self.view.is_variable(self.environment, &value.origin)
    }
}

/// A size as people write it.
fn bytes(Bytes(n): Bytes) -> String {
    const UNITS: [(i64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.iter().find(|(size, _)| n >= *size && n % size == 0) {
        Some((size, unit)) => format!("{} {unit}", n / size),
        None => format!("{n} bytes"),
    }
}

/// The condition of a dependency, to complete "waits until it …".
pub(super) fn condition(text: &str) -> &'static str {
    match text {
        "service_healthy" => "is healthy",
        "service_completed_successfully" => "has ended without an error",
        _ => "has started",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        for (n, text) in
            [(1 << 30, "1 GiB"), (1536 << 20, "1536 MiB"), (1024, "1 KiB"), (1000, "1000 bytes"), (0, "0 bytes"), (-1, "-1 bytes")]
        {
            assert_eq!(bytes(Bytes(n)), text);
        }
    }
}
