//! Rules whose check is done by resolution itself: they only explain and report what was found there.

use super::{Cx, Rule};
use crate::compose::problem::{Problem, ProblemKind};
use crate::finding::Severity;
use crate::model::Project;

/// Reports the problems of some kinds.
pub(crate) struct Problems {
    /// The kinds. Each kind belongs to one rule.
    pub(crate) kinds: &'static [ProblemKind],
    /// Why it matters.
    pub(crate) why: &'static str,
}

impl Rule for Problems {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for problem in project.problems.iter().filter(|p| self.kinds.contains(&p.kind)) {
            report(problem, self.why, project, cx);
        }
    }
}

/// One problem as a finding. What Compose accepts is a warning at most.
fn report(problem: &Problem, why: &str, project: &Project, cx: &mut Cx) {
    let severity = cx.severity();
    let mut report = match &problem.origin {
        Some(origin) => cx.report(origin, problem.message.as_str()),
        None => cx.report_path(&project.directory, problem.message.as_str()),
    };
    if !problem.refused && severity == Severity::Error {
        report = report.severity(Severity::Warning);
    }
    for (at, text) in &problem.related {
        report = report.related(*at, text.as_str());
    }
    report = report.why(why);
    if let Some(help) = &problem.help {
        report.help(help.as_str());
    }
}
