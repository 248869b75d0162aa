//! A project name that Compose cannot use. That a link gives another name is the matter of `linked-project-name`.

use crate::rules::prelude::*;
use crate::rules::problems::report;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-project-name",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "the project's name cannot be used",
        page: page!("invalid-project-name"),
    },
    rule: &InvalidProjectName,
};

struct InvalidProjectName;

const WHY: &str = "the names of containers, networks and volumes begin with it, so Compose does nothing without a valid one";

impl Rule for InvalidProjectName {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for problem in project.problems.iter().filter(|p| p.kind == ProblemKind::InvalidProjectName && p.refused) {
            report(problem, WHY, project, cx);
        }
    }
}
