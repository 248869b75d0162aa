//! Data that no list of backups names.

use std::collections::BTreeSet;
use std::path::Path;

use crate::host::backup::{self, Cover, Entry, List};
use crate::host::mounts::{self, Class, Data};
use crate::model::{Mount, MountKind};
use crate::ordered::IndexMap;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "data-not-backed-up",
        topic: Topic::Host,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "no list of backups names the data of a service",
        page: page!("data-not-backed-up"),
    },
    rule: &DataNotBackedUp,
};

struct DataNotBackedUp;

impl Rule for DataNotBackedUp {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let facts = cx.facts;
        let lists = facts.beside().backups_of(host.name);
        if lists.is_empty() {
            return;
        }
        let all: BTreeSet<&str> =
            host.projects.iter().flat_map(|p| p.volumes.values()).filter_map(|v| Some(v.name.as_ref()?.as_str())).collect();
        let mut said = BTreeSet::new();
        for project in host.projects {
            for (data, uses) in data(project, cx) {
                let cover = backup::cover(&lists, facts.fs(), &data);
                let Some((service, mount)) = uses.first().filter(|_| cover != Some(Cover::Covered)) else { continue };
                let missing = matches!(&data, Data::Path(path) if mounts::exists(path, facts) == Some(false));
                // Variants of a project mount it at the same place.
                if missing || !said.insert((mount.origin.at, data.clone())) {
                    continue;
                }
                let what = match &data {
                    Data::Path(path) => format!("`{}`", project.shown(path)),
                    Data::Volume(name) => format!("the volume `{name}`"),
                };
                let part = if cover == Some(Cover::Partly) { "all of " } else { "" };
                let message = format!("no list of backups names {part}{what}, where `{}` keeps its data", service.name);
                let help = help(&data, &lists, project);
                let other = other(mount, &data, &lists, project, &all);
                let mut report = cx.report(&mount.origin, message);
                for (service, mount) in uses.iter().skip(1).filter(|(_, m)| m.origin.at != mount.origin.at).take(3) {
                    report = report.related(mount.origin.at, format!("`{}` mounts it here", service.name));
                }
                report = match other {
                    Some((name, entry)) => report
                        .related(entry.at, format!("the list names `{name}`, which is another volume"))
                        .why(format!("`{name}` belongs to a project of another name; the data is in `{}`, and after a failure there is nothing to restore it from", real(&data))),
                    None => report.why("after a failure of the disk, or a mistake, there is nothing to restore it from"),
                };
                report.help(help);
            }
        }
    }
}

/// The data of a project, with the mounts that use it, in their order.
fn data<'p>(project: &'p Project, cx: &Cx) -> IndexMap<Data, Vec<(&'p Service, &'p Sourced<Mount>)>> {
    let mut out: IndexMap<Data, Vec<_>> = IndexMap::default();
    for service in project.services.values() {
        for mount in &service.volumes {
            if let Some(data) = mounts::data(mount, project).filter(|_| mounts::class(mount, project, cx.facts) == Class::Data) {
                out.entry(data).or_default().push((&service.value, mount));
            }
        }
    }
    out
}

fn real(data: &Data) -> String {
    match data {
        Data::Path(path) => path.display().to_string(),
        Data::Volume(name) => name.clone(),
    }
}

/// The entry that names a volume with the same key in a project of another name.
fn other<'l>(mount: &Mount, data: &Data, lists: &[&'l List], project: &Project, all: &BTreeSet<&str>) -> Option<(&'l str, &'l Entry)> {
    let key = mount.source.as_deref().filter(|_| mount.kind == MountKind::Volume && matches!(data, Data::Volume(_)))?;
    if project.volumes.get(key).is_some_and(|v| v.external) {
        return None;
    }
    let mut named = lists.iter().flat_map(|l| l.volumes());
    named.find(|(name, _)| name.strip_suffix(key).is_some_and(|p| p.ends_with(['_', '-'])) && !all.contains(name))
}

fn help(data: &Data, lists: &[&List], project: &Project) -> String {
    let list = lists.iter().filter_map(|l| l.file.file_name()).map(|n| n.to_string_lossy()).next().unwrap_or_default();
    let path = match data {
        Data::Path(path) => path.clone(),
        Data::Volume(name) => Path::new("/var/lib/docker/volumes").join(name),
    };
    let running = if project.services.values().any(|s| is_database(s, data, project)) {
        "; of a database back up a dump, or stop it first: files copied while it writes may not be usable"
    } else {
        ""
    };
    format!("add `{}` to `{list}`{running}", path.display())
}

/// True if a database keeps this data.
fn is_database(service: &Service, data: &Data, project: &Project) -> bool {
    let image = service.image.as_ref().and_then(|i| crate::model::image::ImageRef::parse(i));
    image.is_some_and(|i| crate::model::known::datastore(&i).is_some())
        && service.volumes.iter().any(|m| mounts::data(m, project).as_ref() == Some(data))
}
