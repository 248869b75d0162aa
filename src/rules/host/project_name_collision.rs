//! Two directories whose projects have the same name.

use std::collections::BTreeMap;

use super::side_by_side;
use crate::compose::NameSource;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "project-name-collision",
        topic: Topic::Host,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two directories whose projects have the same name",
        page: page!("project-name-collision"),
    },
    rule: &ProjectNameCollision,
};

struct ProjectNameCollision;

impl Rule for ProjectNameCollision {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut first: BTreeMap<&str, &Project> = BTreeMap::new();
        for project in host.projects.iter().filter(|p| !p.name.is_empty() && !p.services.is_empty()) {
            let other = *first.entry(&project.name).or_insert(project);
            if !side_by_side(other, project) {
                continue;
            }
            let message = format!(
                "the project in `{}` is called `{}`, like the one in `{}`",
                project.directory.display(),
                project.name,
                other.directory.display()
            );
            let report = match (&project.name_source, project.files.first()) {
                (NameSource::File(at) | NameSource::Variable(Some(at)), _) => cx.report(&Origin::at(*at), message),
                (_, Some(main)) => cx.report(&Origin::at(crate::source::Span::file_start(main.id)), message),
                (_, None) => cx.report_path(&project.directory, message),
            };
            report
                .why("Compose takes both for one project: `down` in one directory removes the other's network, and `up --remove-orphans` its containers")
                .help("write another `name:` at the top of one of the main files; its volumes are renamed with it, so look at `docker volume ls` first");
        }
    }
}
