//! `privileged: yes`: text in YAML 1.2, which Compose converts with a warning.

use crate::rules::prelude::*;
use std::collections::BTreeSet;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "boolean-spelling",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[],
        summary: "`yes`, `on`, `y` and the like where true or false is meant",
        page: page!("boolean-spelling"),
    },
    rule: &BooleanSpelling,
};

struct BooleanSpelling;

impl Rule for BooleanSpelling {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut seen = BTreeSet::new();
        for problem in project.problems.iter().filter(|p| p.kind == ProblemKind::BooleanSpelling) {
            let Some(origin) = problem.origin.as_ref().filter(|o| seen.insert(o.at)) else { continue };
            let report = cx
                .report(origin, problem.message.as_str())
                .why("Compose takes it today and warns about it at every command; other readers of YAML take it for text");
            let Some(help) = &problem.help else { continue };
            let value = help.split('`').nth(1).filter(|v| matches!(*v, "true" | "false"));
            let report = report.help(help.as_str());
            // The text of a variable is not written here.
            if let Some(value) = value.filter(|_| origin.variables().next().is_none()) {
                report.fix(format!("write `{value}`"), Applicability::Safe, vec![Edit { span: origin.at, text: value.to_owned() }]);
            }
        }
    }
}
