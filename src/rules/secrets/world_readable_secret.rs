//! A file with secrets in it that everybody on the host can read.

use std::path::Path;

use super::env_lines;
use crate::model::MountKind;
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "world-readable-secret",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "everybody on the host can read a file with secrets in it",
        page: page!("world-readable-secret"),
    },
    rule: &WorldReadableSecret,
};

struct WorldReadableSecret;

impl Rule for WorldReadableSecret {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for file in env_lines::of(project) {
            if let Some((_, at)) = file.secrets().first() {
                judge(file.path, &Origin::at(Span::file_start(at.file)), cx);
            }
        }
        for secret in project.secrets.values() {
            if let Some(file) = &secret.file {
                judge(Path::new(&file.value), &file.origin, cx);
            }
        }
        for mount in project.services.values().flat_map(|s| &s.volumes).filter(|m| m.kind == MountKind::Bind) {
            // Files that hold private keys by convention; anything else mounted may be meant for everybody.
            if let Some(source) = mount.source.as_deref().map(Path::new).filter(|s| s.file_name().is_some_and(|n| n == "acme.json")) {
                judge(source, &mount.origin, cx);
            }
        }
    }
}

fn judge(path: &Path, origin: &Origin, cx: &mut Cx) {
    let Ok(meta) = cx.facts.fs().metadata(path) else { return };
    let Some(mode) = meta.mode.filter(|mode| meta.is_file() && mode & 0o004 != 0) else { return };
    let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    cx.report(origin, format!("everybody on the host can read `{name}` (mode {mode:04o})"))
        .why("every user and every service of the host that is broken into can read the secrets in it")
        .help(format!("`chmod 600 {}`", path.display()));
}
