//! Projects on several hosts that have one name, because their directories do.

use super::image_drift::report;
use crate::compose::NameSource;
use crate::rules::fleet::same_names;
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: crate::rules::fleet::SAME_NAME,
        topic: Topic::Host,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "projects on several hosts have one name, because their directories do",
        page: page!("project-name-on-several-hosts"),
    },
    rule: &ProjectNameOnSeveralHosts,
};

struct ProjectNameOnSeveralHosts;

impl Rule for ProjectNameOnSeveralHosts {
    fn fleet(&self, fleet: &Fleet, cx: &mut Cx) {
        let mut all: Vec<(&str, &str, Origin)> = Vec::new();
        for host in fleet.hosts {
            let Some(name) = host.name else { continue };
            for project in host.projects.iter().filter(|p| p.name_source == NameSource::Directory && !p.name.is_empty()) {
                if let Some(file) = project.files.first() {
                    all.push((name, &project.name, Origin::at(Span::file_start(file.id))));
                }
            }
        }
        for same in same_names(all.iter().map(|(host, name, at)| (*host, *name, at))) {
            report(same, cx);
        }
    }
}
