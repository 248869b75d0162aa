//! A bind mount whose source is not there.

use std::path::Path;

use crate::compose::Role;
use crate::compose::value::Definition;
use crate::host::GitState;
use crate::host::mounts::on_host;
use crate::model::{Mount, MountKind};
use crate::rules::elsewhere::further_up;
use crate::rules::portability::written_source::of_mount;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "bind-source-missing",
        topic: Topic::Volumes,
        severity: Severity::Info,
        audit_severity: Some(Severity::Warning),
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "the source of a bind mount is not there",
        page: page!("bind-source-missing"),
    },
    rule: &BindSourceMissing,
};

struct BindSourceMissing;

impl Rule for BindSourceMissing {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Bind) {
            let Some(source) = mount.source.as_deref().map(Path::new) else { continue };
            let unresolved = mount.origin.variables().any(|(_, defined)| *defined == Definition::Unset);
            if unresolved || !concerns(source, mount, project, cx) || cx.facts.fs().symlink_metadata(source).is_ok() {
                continue;
            }
            let beside = beside_real_file(source, project, cx);
            let moved = meant(mount, source, cx);
            let report = cx.report(&mount.origin, format!("`{}`, mounted into `{}`, is not there", project.shown(source), service.name));
            let report = match (is_file_shaped(mount), creates(mount)) {
                (_, false) => report.why("the container cannot start without it"),
                (true, true) => report.why("the engine then creates a directory of that name, owned by root, and the program in the container finds a directory where it expects a file"),
                (false, true) => {
                    report.severity(Severity::Info).why("the engine then creates an empty directory, owned by root; right for a new service, wrong for data that should be there")
                }
            };
            match beside {
                Some(real) => report.help(format!(
                    "`{real}` exists: the Compose file is a link, and relative paths start at the link's directory, not at the real file's; link or copy it too"
                )),
                None => match moved {
                    Some(path) if is_file_shaped(mount) => {
                        // A file that was moved without it: nobody creates it before the first start.
                        report.severity(Severity::Warning).help(format!("did you mean `{path}`, which is there?"))
                    }
                    Some(path) => report.help(format!("did you mean `{path}`, which is there?")),
                    None => report.help("create it before the first start, or correct the path"),
                },
            };
        }
    }
}

/// In a repository only files that were meant to be in it can be missed; on the host everything that lies on its disk.
fn concerns(source: &Path, mount: &Mount, project: &Project, cx: &Cx) -> bool {
    if source.extension().is_some_and(|e| e == "sock") || source.to_str().is_none_or(|s| s.contains(['$', '~'])) {
        return false;
    }
    let inside = source.starts_with(&project.directory);
    match cx.mode {
        Mode::Check => {
            let state = cx.facts.git(source);
            let here = inside || (state != GitState::NoRepository && cx.facts.git(&project.directory) != GitState::NoRepository);
            here && is_file_shaped(mount) && state != GitState::Ignored
        }
        // What appears only while the host runs, and disks that are not mounted just now, are not missing.
        Mode::Audit => {
            let passing = on_host(source, cx.facts.beside()) || source.starts_with("/tmp");
            inside || !passing && source.parent().is_some_and(|p| cx.facts.fs().is_dir(p))
        }
    }
}

/// True if source and target both look like files: they have an extension, and the same one.
fn is_file_shaped(mount: &Mount) -> bool {
    let extension = |p: &str| Path::new(p).extension().map(std::ffi::OsStr::to_ascii_lowercase).filter(|e| e.len() <= 10 && e != "d");
    match (mount.source.as_deref().and_then(extension), extension(&mount.target)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

fn creates(mount: &Mount) -> bool {
    mount.short || mount.bind.as_ref().and_then(|b| b.create_host_path).unwrap_or(true)
}

/// The source that is there, if the file was moved without it.
fn meant(mount: &Sourced<Mount>, source: &Path, cx: &Cx) -> Option<String> {
    let written = of_mount(mount, cx)?;
    let written = if mount.short { written.split(':').next()? } else { &written };
    further_up(written, source, cx)
}

/// Where the source would be if the main file were not reached through a link.
fn beside_real_file(source: &Path, project: &Project, cx: &Cx) -> Option<String> {
    let fs = cx.facts.fs();
    let main = project.files.iter().find(|f| f.role == Role::Main)?;
    let real = fs.canonicalize(&main.path).ok()?;
    let candidate = real.parent()?.join(source.strip_prefix(&project.directory).ok()?);
    (candidate != source && fs.exists(&candidate)).then(|| candidate.display().to_string())
}
