//! Which services Prometheus collects from, where that can be told from a configuration that it mounts. Silent about what it finds out while it
//! runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::view::View;
use crate::model::image::ImageRef;
use crate::model::{MountKind, Project, Service};
use crate::source::FileId;
use crate::yaml::{self, Kind, NodeId, Tree};

/// Images that read such a configuration.
const COLLECTORS: &[&str] = &["prometheus", "vmagent", "victoria-metrics"];
/// The name of the configuration in a directory that is mounted.
const NAME: &str = "prometheus.yml";

fn collects(service: &Service) -> bool {
    service.image.as_ref().and_then(|i| ImageRef::parse(i)).is_some_and(|i| COLLECTORS.contains(&i.base_name()))
}

/// The files that a service may read its configuration from: absolute.
pub(super) fn configurations(project: &Project, service: &Service) -> Vec<PathBuf> {
    if !collects(service) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let is_yaml = |path: &str| Path::new(path).extension().is_some_and(|e| e == "yml" || e == "yaml");
    for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Bind) {
        let Some(source) = mount.source.as_deref() else { continue };
        if is_yaml(source) {
            out.push(PathBuf::from(source));
        } else if mount.target.starts_with("/etc/") {
            out.push(Path::new(source).join(NAME));
        }
    }
    let configs = service.configs.iter().filter_map(|c| project.configs.get(&c.source)?.file.as_ref());
    out.extend(configs.map(|file| PathBuf::from(&file.value)).filter(|p| is_yaml(&p.to_string_lossy())));
    out
}

/// What is collected in one environment.
#[derive(Default)]
pub(super) struct Collected<'a> {
    /// Those that collect.
    pub(super) by: BTreeSet<&'a str>,
    /// The services that are named.
    named: BTreeSet<&'a str>,
    /// Targets that have the form of a service's name and are none.
    pub(super) nowhere: BTreeSet<String>,
    /// True if it finds out about others by itself.
    discovers: bool,
}

impl<'a> Collected<'a> {
    /// What can be told; `None` where nothing collects, or no configuration is known.
    pub(super) fn of(view: &View<'a>, project: &'a Project) -> Option<Self> {
        let mut out = Self::default();
        let mut known = false;
        for service in project.services.values().filter(|s| collects(s)) {
            out.by.insert(&service.name);
            let inline = service.configs.iter().filter_map(|c| project.configs.get(&c.source)?.content.as_deref());
            let files = configurations(project, service);
            let files = files.iter().filter_map(|path| view.input.texts.get(path).map(String::as_str));
            for text in inline.map(String::as_str).chain(files) {
                known |= out.read(text, project);
            }
        }
        (known && !out.by.is_empty()).then_some(out)
    }

    /// The services that nothing collects from; none where that cannot be told.
    pub(super) fn unnamed(&self, project: &'a Project) -> Vec<&'a str> {
        if self.discovers {
            return Vec::new();
        }
        let aside = |name: &str| self.by.contains(name) || self.named.contains(name);
        let names: BTreeSet<&str> = project.services.values().map(|s| s.name.as_str()).filter(|name| !aside(name)).collect();
        names.into_iter().collect()
    }

    /// True if the text is a configuration.
    fn read(&mut self, text: &str, project: &'a Project) -> bool {
        let tree = yaml::parse(FileId::NONE, text);
        let Some(root) = tree.documents.first().map(|d| d.root) else { return false };
        let Some(jobs) = tree.get(root, "scrape_configs") else { return false };
        self.discovers |= tree.get(root, "scrape_config_files").is_some();
        let names = names(project);
        for job in items(&tree, jobs) {
            self.discovers |= keys(&tree, job).any(|key| key.ends_with("_sd_configs"));
            let configs = tree.get(job, "static_configs").map(|c| items(&tree, c)).unwrap_or_default();
            for target in configs.into_iter().filter_map(|c| tree.get(c, "targets")).flat_map(|t| items(&tree, t)) {
                if let Some(text) = tree.text(target) {
                    self.target(text, &names);
                }
            }
        }
        true
    }

    fn target(&mut self, text: &str, names: &BTreeMap<&'a str, &'a str>) {
        let host = text.split_once("://").map_or(text, |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or("");
        match names.get(host) {
            Some(service) => {
                self.named.insert(service);
            }
            // With a dot it is a name of some network, and not one of ours.
            None if !host.is_empty() && host != "localhost" && !host.contains(['.', '$', '{']) => {
                self.nowhere.insert(text.to_owned());
            }
            None => {}
        }
    }
}

/// By what names services are reached: their own, those of their containers, and aliases.
fn names(project: &Project) -> BTreeMap<&str, &str> {
    let mut out = BTreeMap::new();
    for service in project.services.values() {
        let own = service.name.as_str();
        let container = service.container_name.iter().chain(&service.hostname).map(|n| n.value.as_str());
        let aliases = service.networks.values().flat_map(|n| n.aliases.iter().map(|a| a.value.as_str()));
        for name in container.chain(aliases) {
            out.entry(name).or_insert(own);
        }
    }
    out.extend(project.services.values().map(|s| (s.name.as_str(), s.name.as_str())));
    out
}

fn items(tree: &Tree, id: NodeId) -> Vec<NodeId> {
    match &tree.node(tree.deref(id)).kind {
        Kind::Sequence { items, .. } => items.clone(),
        _ => Vec::new(),
    }
}

fn keys(tree: &Tree, id: NodeId) -> impl Iterator<Item = &str> {
    let entries = match &tree.node(tree.deref(id)).kind {
        Kind::Mapping { entries, .. } => entries.as_slice(),
        _ => &[],
    };
    entries.iter().filter_map(|e| tree.text(e.key))
}
