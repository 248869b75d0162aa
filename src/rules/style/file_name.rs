//! A Compose file with one of the older names.

use crate::compose::Role;
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "file-name",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "the file has another name than `compose.yaml`",
        page: page!("file-name"),
    },
    rule: &FileName,
};

struct FileName;

impl Rule for FileName {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for file in project.files.iter().filter(|f| matches!(f.role, Role::Main | Role::Override)) {
            let source = cx.sources.get(file.id);
            let Some(better) = source.path.file_name().and_then(|name| name.to_str()).and_then(better) else { continue };
            cx.report(&Origin::at(Span::file_start(file.id)), format!("this file would be called `{better}` today"))
                .why("the specification prefers that name; with two of these names in a directory, Compose takes one and warns")
                .help(format!("rename it to `{better}`, and every place that names it with `-f`, `include` or `extends`"));
        }
    }
}

/// The name that Compose prefers to one of the others that it finds by itself.
fn better(name: &str) -> Option<&'static str> {
    match name {
        "compose.yml" | "docker-compose.yml" | "docker-compose.yaml" => Some("compose.yaml"),
        "compose.override.yml" | "docker-compose.override.yml" | "docker-compose.override.yaml" => Some("compose.override.yaml"),
        _ => None,
    }
}
