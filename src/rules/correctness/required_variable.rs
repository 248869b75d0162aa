//! A `${NAME:?…}` without a value.

use std::collections::BTreeSet;

use super::expected::Expected;
use crate::compose::problem::Problem;
use crate::ordered::IndexMap;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "required-variable",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: Some(Severity::Error),
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a variable that must have a value has none",
        page: page!("required-variable"),
    },
    rule: &RequiredVariable,
};

struct RequiredVariable;

/// How many other uses a finding shows.
const SHOWN: usize = 5;

impl Rule for RequiredVariable {
    /// One finding for a variable, however often it is used: the message names the variable and what its author says about it.
    fn project(&self, project: &Project, cx: &mut Cx) {
        let expected = Expected::of(project, cx);
        let mut uses: IndexMap<&str, Vec<&Problem>> = IndexMap::default();
        for problem in project.problems.iter().filter(|p| p.kind == ProblemKind::RequiredVariable) {
            uses.entry(&problem.message).or_default().push(problem);
        }
        for (message, uses) in uses {
            if uses.first().and_then(|p| name(p, project)).is_some_and(|name| !expected.is_missed(name)) {
                continue;
            }
            let Some((Some(first), others)) = uses.split_first().map(|(p, rest)| (p.origin.as_ref(), rest)) else { continue };
            let mut report = cx.report(first, message).why("Compose refuses every command for this project until the variable has a value");
            let mut shown = BTreeSet::from([first.at]);
            for other in others.iter().filter_map(|p| p.origin.as_ref()) {
                if shown.len() <= SHOWN && shown.insert(other.at) {
                    report = report.related(other.at, "and used here");
                }
            }
            if let Some(help) = uses.iter().find_map(|p| p.help.as_deref()) {
                report.help(help);
            }
        }
    }
}

/// The variable that a problem is about.
fn name<'a>(problem: &Problem, project: &'a Project) -> Option<&'a str> {
    let at = problem.origin.as_ref()?.at;
    let required = |operator: &str| operator == ":?" || operator == "?";
    let mut uses = project.variables.iter().filter(|v| v.at == at && !v.set && v.operator.as_ref().is_some_and(|(o, _)| required(o)));
    uses.next_back().map(|v| v.name.as_str())
}
