//! Two projects give a container the same name.

use std::collections::BTreeMap;

use super::{called, side_by_side};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "container-name-collision",
        topic: Topic::Host,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two projects give a container the same name",
        page: page!("container-name-collision"),
    },
    rule: &ContainerNameCollision,
};

struct ContainerNameCollision;

impl Rule for ContainerNameCollision {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut first: BTreeMap<&str, Vec<(&Project, &Service, &Origin)>> = BTreeMap::new();
        for project in host.projects {
            for service in project.services.values() {
                let Some(name) = &service.container_name else { continue };
                let taken = first.entry(name.as_str()).or_default();
                if let Some((other, theirs, at)) = taken.iter().find(|(p, ..)| side_by_side(p, project)) {
                    let (mine, others) = called(project, other);
                    let message = format!(
                        "the container name `{}` is used by `{}` of {mine} and `{}` of {others}",
                        name.value, service.name, theirs.name
                    );
                    cx.report(&name.origin, message)
                        .related(at.at, format!("used here by {others}"))
                        .why("a name belongs to one container of the host: the second project cannot start, or scripts talk to the wrong container")
                        .help("remove `container_name`, and Compose names it after the project; or choose another");
                }
                taken.push((project, service, &name.origin));
            }
        }
    }
}
