//! What the stacks of a host really have: names as the engine knows them. For rules that compare something else with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::compose::problem::Phase;
use crate::discover::{Entry, Reached};
use crate::host::counts;
use crate::model::{Network, Project, Service, Sourced, Volume};
use crate::rules::Fleet;
use crate::source::Span;

/// A project with how it was found.
#[derive(Clone, Copy)]
pub(super) struct Stack<'a> {
    pub(super) project: &'a Project,
    pub(super) entry: &'a Entry,
}

/// A volume or network under the key that its project gives to it.
#[derive(Clone, Copy)]
pub(super) struct Keyed<'a> {
    pub(super) project: &'a Project,
    /// As the engine knows it.
    pub(super) real: &'a str,
    pub(super) key: Span,
}

/// What some stacks have.
pub(super) struct Known<'a> {
    pub(super) stacks: Vec<Stack<'a>>,
    /// The real names of the volumes.
    pub(super) volumes: BTreeSet<&'a str>,
    pub(super) networks: BTreeSet<&'a str>,
    /// The names of the containers that are written in the files.
    pub(super) containers: BTreeSet<&'a str>,
    /// The names that Compose makes for containers, without the number behind them.
    made: BTreeSet<String>,
    /// By the key.
    pub(super) volume_keys: BTreeMap<&'a str, Vec<Keyed<'a>>>,
    pub(super) network_keys: BTreeMap<&'a str, Vec<Keyed<'a>>>,
}

impl<'a> Known<'a> {
    /// What counts for something that belongs to a host, or to none in particular.
    pub(super) fn of(fleet: &Fleet<'a>, owner: Option<&str>) -> Self {
        let hosts = fleet.hosts.iter().filter(|host| counts(owner, host.name));
        let stacks: Vec<Stack> =
            hosts.flat_map(|h| h.projects.iter().zip(h.entries)).map(|(project, entry)| Stack { project, entry }).collect();
        let mut known = Known {
            stacks: Vec::new(),
            volumes: BTreeSet::new(),
            networks: BTreeSet::new(),
            containers: BTreeSet::new(),
            made: BTreeSet::new(),
            volume_keys: BTreeMap::new(),
            network_keys: BTreeMap::new(),
        };
        // Two stacks may share a file that is included.
        let mut seen = BTreeSet::new();
        for Stack { project, .. } in &stacks {
            for (key, volume) in &project.volumes {
                if let Some(real) = real_volume(volume) {
                    known.volumes.insert(real);
                    if seen.insert((false, key, real)) {
                        let keyed = Keyed { project, real, key: volume.at_key().at };
                        known.volume_keys.entry(key).or_default().push(keyed);
                    }
                }
            }
            for (key, network) in &project.networks {
                if let Some(real) = real_network(network) {
                    known.networks.insert(real);
                    if seen.insert((true, key, real)) {
                        let keyed = Keyed { project, real, key: network.at_key().at };
                        known.network_keys.entry(key).or_default().push(keyed);
                    }
                }
            }
            let between = separator(project);
            known.made.extend(project.services.values().map(|s| format!("{}{between}{}{between}", project.name, s.name)));
            known.containers.extend(project.services.values().filter_map(|s| s.container_name.as_ref()).map(|n| n.as_str()));
        }
        known.stacks = stacks;
        known
    }

    /// The projects of a name.
    pub(super) fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a Project> + 's {
        self.stacks.iter().map(|s| s.project).filter(move |p| p.name == name)
    }

    /// The names of the projects, each once.
    pub(super) fn names(&self) -> BTreeSet<&'a str> {
        self.stacks.iter().map(|s| s.project.name.as_str()).filter(|n| !n.is_empty()).collect()
    }

    /// The services with their projects.
    pub(super) fn services(&self) -> impl Iterator<Item = (&'a Project, &'a Sourced<Service>)> {
        self.stacks.iter().map(|s| s.project).flat_map(|p| p.services.values().map(move |s| (p, &**s)))
    }

    /// True if a container of this name can be one of the stacks: it is written, or Compose makes it from the names of project and service.
    pub(super) fn is_container(&self, name: &str) -> bool {
        let without_number = name.trim_end_matches(|c: char| c.is_ascii_digit());
        self.containers.contains(name) || without_number != name && self.made.contains(without_number)
    }
}

impl Stack<'_> {
    /// The names that somebody may call it by: of its directory, of what a link leads to, of the project.
    pub(super) fn called(&self) -> BTreeSet<String> {
        let mut out: BTreeSet<String> =
            std::iter::once(&self.entry.directory).chain(&self.entry.aliases).filter_map(|p| name_of(p)).collect();
        if let Reached::DirectoryLink { to, .. } = &self.entry.reached {
            out.extend(name_of(to));
        }
        out.extend(Some(self.project.name.clone()).filter(|n| !n.is_empty()));
        out
    }
}

fn name_of(path: &Path) -> Option<String> {
    path.file_name().map(|n| n.to_string_lossy().into_owned())
}

/// The name of a volume as the engine knows it; `None` if it cannot be told.
pub(super) fn real_volume(volume: &Volume) -> Option<&str> {
    volume.name.as_ref().filter(|n| !n.is_empty() && !n.origin.is_unset()).map(|n| n.as_str())
}

fn real_network(network: &Network) -> Option<&str> {
    network.name.as_ref().filter(|n| !n.is_empty() && !n.origin.is_unset()).map(|n| n.as_str())
}

/// What the container of a service is called; of several, the first.
pub(super) fn container_of(project: &Project, service: &Service) -> String {
    let between = separator(project);
    let made = || format!("{}{between}{}{between}1", project.name, service.name);
    service.container_name.as_ref().map_or_else(made, |n| n.value.clone())
}

/// What Compose puts between the parts of the name of a container: `_` with `COMPOSE_COMPATIBILITY`, as Compose 1 did.
fn separator(project: &Project) -> char {
    let variable = project.environment.get("COMPOSE_COMPATIBILITY").map(|v| v.value.trim().to_lowercase());
    if matches!(variable.as_deref(), Some("1" | "t" | "true")) { '_' } else { '-' }
}

/// True if all services of a project are known: nothing went wrong before they could be.
pub(super) fn is_whole(project: &Project) -> bool {
    let hides = |phase: Phase| {
        matches!(phase, Phase::NoFile | Phase::Io | Phase::Yaml | Phase::Name | Phase::Extends | Phase::Include | Phase::Remote)
    };
    !project.services.is_empty() && !project.name.is_empty() && !project.problems.iter().any(|p| p.refused && hides(p.phase))
}

/// Names in the words of a sentence: `a`, `b` and `c`; of many, the first.
pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 4;
    let all: Vec<String> = names.into_iter().map(|n| format!("`{n}`")).collect();
    match all.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        many if many.len() > SHOWN => format!("{} and {} more", many.get(..SHOWN).unwrap_or_default().join(", "), many.len() - SHOWN),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The nearest directory to a path that is there, and what is missing in it; `None` if the path is there.
pub(super) fn missing(disk: &dyn crate::fs::Fs, path: &Path) -> Option<(PathBuf, PathBuf)> {
    if disk.exists(path) {
        return None;
    }
    path.ancestors()
        .zip(path.ancestors().skip(1))
        .find(|(_, above)| disk.exists(above))
        .map(|(at, above)| (above.to_path_buf(), at.to_path_buf()))
}
