//! Ports, source mounts and debug switches in a file that others extend.

use std::collections::BTreeSet;
use std::path::Path;

use crate::compose::Role;
use crate::model::{Mount, MountKind};
use crate::rules::prelude::*;
use crate::source::FileId;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "env-specific-in-base",
        topic: Topic::Modularity,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a shared base holds what belongs to one environment",
        page: page!("env-specific-in-base"),
    },
    rule: &EnvSpecificInBase,
};

struct EnvSpecificInBase;

/// How many other places a finding shows.
const SHOWN: usize = 5;
/// Variables that say which environment it is.
const ENVIRONMENT: &[&str] = &[
    "NODE_ENV",
    "RAILS_ENV",
    "RACK_ENV",
    "APP_ENV",
    "FLASK_ENV",
    "DJANGO_ENV",
    "ENV",
    "ENVIRONMENT",
    "ASPNETCORE_ENVIRONMENT",
    "SPRING_PROFILES_ACTIVE",
];
/// Directories of source text.
const SOURCE: &[&str] = &["src", "source", "app", "code", "lib", "public", "pages", "components", "packages", "tests", "test"];
const DEVELOPMENT: &[&str] = &["development", "dev", "debug", "local", "test"];

impl Rule for EnvSpecificInBase {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        let bases: BTreeSet<FileId> = project.files.iter().filter(|f| is_base(&f.role, &f.path)).map(|f| f.id).collect();
        if bases.is_empty() {
            return;
        }
        let mut places: Vec<(&Origin, &str)> = Vec::new();
        places.extend(service.ports.iter().filter(|p| p.published.is_some()).map(|p| (&p.origin, "a port of the host")));
        let mounts = service.volumes.iter().filter(|m| is_source_mount(m, service, project));
        places.extend(mounts.map(|m| (&m.origin, "a mount of the source")));
        let switches = service.environment.iter().filter(|(name, value)| is_development(name, value.value.as_deref()));
        places.extend(switches.map(|(_, value)| (&value.origin, "a switch for development")));
        let stage = service.build.iter().filter_map(|b| b.target.as_ref()).filter(|t| DEVELOPMENT.contains(&t.as_str()));
        places.extend(stage.map(|t| (&t.origin, "a build stage for development")));
        places.retain(|(origin, _)| bases.contains(&origin.at.file));
        let Some(((first, what), others)) = places.split_first() else { return };
        let mut report = cx
            .report(first, format!("the base of `{}` holds {what}", service.name))
            .why("every environment that builds on it gets this too, and lists can only be added to, not shortened");
        for (other, what) in others.iter().take(SHOWN) {
            report = report.related(other.at, *what);
        }
        report.help("move it into the file of the environment that needs it");
    }
}

/// True for a mount of what the image is built from, which is for working on it: not for data and configuration.
fn is_source_mount(mount: &Mount, service: &Service, project: &Project) -> bool {
    let Some(source) = mount.source.as_deref().map(Path::new).filter(|_| mount.kind == MountKind::Bind && !mount.read_only) else {
        return false;
    };
    let context = service.build.as_ref().and_then(|b| b.context.as_ref()).map(|c| Path::new(&c.value));
    let own = context.is_some_and(|c| source == c || (c != project.directory && source.starts_with(c)));
    let named = source.file_name().and_then(|n| n.to_str()).is_some_and(|n| SOURCE.contains(&n));
    own || source == project.directory || (named && source.starts_with(&project.directory))
}

/// True for what others extend, and for what lies under `services/`.
fn is_base(role: &Role, path: &Path) -> bool {
    let under = path.parent().is_some_and(|p| p.ends_with("services"));
    match role {
        Role::Extends(_) => true,
        Role::Include(_) => under,
        _ => false,
    }
}

fn is_development(name: &str, value: Option<&str>) -> bool {
    let Some(value) = value.map(str::to_ascii_lowercase) else { return false };
    let debug = name == "DEBUG" || name.ends_with("_DEBUG");
    (debug && matches!(value.as_str(), "1" | "true" | "yes" | "on" | "*"))
        || (ENVIRONMENT.contains(&name) && DEVELOPMENT.contains(&value.as_str()))
}
