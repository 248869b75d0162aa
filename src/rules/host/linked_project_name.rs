//! A directory that is reached under another name, and so gives another project.

use crate::compose::NameSource;
use crate::discover::{Reached, directory_name};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "linked-project-name",
        topic: Topic::Host,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a link gives the project another name than its real directory",
        page: page!("linked-project-name"),
    },
    rule: &LinkedProjectName,
};

struct LinkedProjectName;

impl Rule for LinkedProjectName {
    fn host(&self, host: &Host, cx: &mut Cx) {
        for (project, entry) in host.projects.iter().zip(host.entries) {
            if project.name_source != NameSource::Directory || project.services.is_empty() {
                continue;
            }
            let behind = match &entry.reached {
                Reached::DirectoryLink { to, .. } => Some(to),
                Reached::Real | Reached::FileLink { .. } => None,
            };
            let mut others: Vec<String> =
                entry.aliases.iter().chain(behind).map(|d| directory_name(d)).filter(|n| *n != project.name).collect();
            others.sort();
            others.dedup();
            let (Some(other), Some(main)) = (others.first(), project.files.first()) else { continue };
            let volumes: Vec<&str> = project
                .volumes
                .values()
                .filter(|v| !v.external)
                .filter_map(|v| v.name.as_ref())
                .filter(|n| n.origin.is_default())
                .map(|n| n.value.as_str())
                .collect();
            let message = format!("this project is `{}` here and `{other}` through the other path of its directory", project.name);
            let report = cx.report(&Origin::at(crate::source::Span::file_start(main.id)), message);
            let report = match volumes.first().and_then(|v| v.strip_prefix(&project.name)) {
                Some(rest) => report.why(format!(
                    "started from the other path it gets containers, networks and volumes of its own: `{}{rest}` here is `{other}{rest}` there, and one of them is empty",
                    project.name
                )),
                None => report.why("started from the other path it gets containers and networks of its own, beside those that run"),
            };
            report.help(format!(
                "look at `docker volume ls` for the names in use, then write `name: {}` (or the other) at the top of the file",
                project.name
            ));
        }
    }
}
