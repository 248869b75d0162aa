//! What containers, volumes and networks are called in Compose, so that both sides are told in its names.

use std::collections::{BTreeMap, BTreeSet};

use crate::migrate::nix::normal::{Command, Network, Stack, Unit};
use crate::migrate::nix::project::Asked;
use crate::migrate::nix::{Backend, map};

/// What a unit makes beside the containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Network,
    Volume,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Network => "network",
            Kind::Volume => "volume",
        }
    }
}

/// The names of a project.
#[derive(Clone, Debug)]
pub(super) struct Names {
    backend: Backend,
    pub(super) project: String,
    /// Container → what it is called in the view, and the service.
    containers: BTreeMap<String, (String, String)>,
    /// Real name → key.
    resources: BTreeMap<(Kind, String), String>,
}

impl Names {
    /// Those of a Compose project.
    pub(super) fn of(asked: &Asked) -> Self {
        let mut out = Self::bare(asked.options.backend);
        out.project.clone_from(&asked.project.name);
        for (service, containers) in &asked.mapped.services {
            for name in containers {
                let key = if containers.len() == 1 { service.clone() } else { name.clone() };
                out.containers.insert(name.clone(), (key, service.clone()));
            }
        }
        for volume in &asked.mapped.volumes {
            out.resources.insert((Kind::Volume, volume.real_name.clone()), volume.key.clone());
        }
        for (key, network) in &asked.project.networks {
            let real = network.name.as_ref().map_or_else(|| key.clone(), |n| n.value.clone());
            out.resources.insert((Kind::Network, real), key.clone());
        }
        out
    }

    /// No names: everything is called what it is called at the engine.
    pub(super) fn bare(backend: Backend) -> Self {
        Self { backend, project: String::new(), containers: BTreeMap::new(), resources: BTreeMap::new() }
    }

    pub(super) fn backend(&self) -> Backend {
        self.backend
    }

    /// The container of a service of the view.
    pub(super) fn container<'n>(&'n self, service: &'n str) -> &'n str {
        self.containers.iter().find(|(_, (key, _))| key == service).map_or(service, |(name, _)| name)
    }

    /// What a container is called in the view.
    pub(super) fn service(&self, container: &str) -> String {
        match self.containers.get(container) {
            Some((key, _)) => key.clone(),
            // A container that is called as a service is would hide it.
            None if self.containers.values().any(|(key, _)| key == container) => format!("container {container}"),
            None => container.to_owned(),
        }
    }

    /// The service of Compose that something of the view is of.
    pub(super) fn of_compose(&self, service: &str) -> Option<&str> {
        self.containers.values().find(|(key, _)| key == service).map(|(_, service)| service.as_str())
    }

    /// The unit of a container, without its suffix.
    pub(super) fn unit(&self, container: &str) -> String {
        format!("{}-{container}", self.backend)
    }

    /// The unit of a network or volume.
    pub(super) fn unit_of(&self, kind: Kind, real: &str) -> String {
        format!("{}-{}-{}", self.backend, kind.word(), map::unit_name(real))
    }

    /// What a network or volume is called in Compose.
    pub(super) fn key(&self, kind: Kind, real: &str) -> String {
        if let Some(key) = self.resources.get(&(kind, real.to_owned())) {
            return key.clone();
        }
        let own = real.strip_prefix(&self.project).and_then(|rest| rest.strip_prefix('_')).filter(|key| !key.is_empty());
        let taken = |key: &str| self.resources.iter().any(|((k, _), other)| *k == kind && other == key);
        own.filter(|key| !self.project.is_empty() && !taken(key)).unwrap_or(real).to_owned()
    }

    /// The real name of what is called so.
    pub(super) fn real<'n>(&'n self, kind: Kind, key: &'n str) -> Vec<String> {
        let known = self.resources.iter().find(|((k, _), own)| *k == kind && *own == key).map(|((_, real), _)| real.clone());
        known.into_iter().chain([format!("{}_{key}", self.project), key.to_owned()]).collect()
    }

    /// The network or volume that a unit makes if it is not there, and the words that say how.
    pub(super) fn made(&self, unit: &Unit) -> Option<(Kind, String, Vec<String>)> {
        let [Command::Unless(check, create)] = unit.script.as_slice() else { return None };
        let kind = [Kind::Network, Kind::Volume].into_iter().find(|kind| {
            let words = |verb: &'static str| [self.backend.command(), kind.word(), verb];
            check.get(..3).is_some_and(|c| *c == words("inspect")) && create.get(..3).is_some_and(|c| *c == words("create"))
        })?;
        let ([.., looked], [_, _, _, flags @ .., real]) = (check.as_slice(), create.as_slice()) else { return None };
        (looked == real && flags.iter().all(|f| f.starts_with("--"))).then(|| (kind, real.clone(), flags.to_vec()))
    }

    /// What a unit that is needed is called in the view.
    pub(super) fn needed(&self, unit: &str, stack: &Stack) -> String {
        let name = unit.strip_suffix(".service").unwrap_or(unit);
        let container = name.strip_prefix(self.backend.command()).and_then(|rest| rest.strip_prefix('-'));
        match container.filter(|c| stack.containers.contains_key(*c) || self.containers.contains_key(*c)) {
            Some(container) => self.service(container),
            None => name.to_owned(),
        }
    }
}

/// The profile that a target is of.
pub(super) fn profile(target: &str) -> Option<&str> {
    let name = target.strip_suffix(".target")?;
    Some(name.split_once("-profile-")?.1)
}

/// The networks and volumes that containers use.
pub(super) fn uses<'s>(stack: &'s Stack, of: &dyn Fn(&str) -> bool) -> BTreeSet<(Kind, &'s str)> {
    let mut out = BTreeSet::new();
    for (_, container) in stack.containers.iter().filter(|(name, _)| of(name)) {
        if let Network::Networks(all) = &container.network {
            out.extend(all.iter().map(|a| (Kind::Network, a.name.as_str())));
        }
        out.extend(container.mounts.iter().filter(|m| m.kind == "volume").filter_map(|m| Some((Kind::Volume, m.source.as_deref()?))));
    }
    out
}
