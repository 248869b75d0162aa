//! What `config` says on stderr: why Compose would refuse the project, and what it would warn of.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::compose::problem::{Problem, ProblemKind};
use crate::compose::select::DEFAULT_FILES;
use crate::compose::{Loader, Request, Role};
use crate::finding::{Finding, Label, Place, Severity};
use crate::fs::{Fs, OsFs};
use crate::model::Project;
use crate::report::{self, Redactor, Report, Run, display_path};
use crate::rules;
use crate::source::{Sources, Span};

/// What is needed to speak of a project.
pub(super) struct Context<'a> {
    pub(super) sources: &'a Sources,
    pub(super) loader: &'a Loader<'a>,
    pub(super) request: &'a Request,
    pub(super) colour: bool,
}

impl Context<'_> {
    /// The refusals, each with its place and how it got there. The name of each is that of the phase that found it.
    pub(super) fn refusals(&self, project: &Project, refusals: &[&Problem]) -> String {
        let redactor = self.redactor(project);
        let (placed, without): (Vec<&Problem>, Vec<&Problem>) = refusals.iter().copied().partition(|p| p.origin.is_some());
        let findings: Vec<Finding> = placed.into_iter().map(|p| finding(p, project)).collect();
        let run = Run::new(self.sources, &redactor, &self.request.directory, &findings);
        let mut out = String::new();
        // What stands in no file has no line to show: a flag, a file that is not there.
        for problem in without {
            let (on, off) = super::super::output::error_style(self.colour);
            let _ = writeln!(out, "{on}error[{}]{off}: {}", problem.phase.name(), report::plain(&redactor.text(&problem.message)));
            if let Some(help) = &problem.help {
                let _ = writeln!(out, "  help: {}", report::plain(&redactor.text(help)));
            }
        }
        out + &report::human::render(&Report::new(&run), self.colour)
    }

    /// The warnings of Compose, a line each, each once: a variable that is used in ten places is named once.
    pub(super) fn warnings(&self, project: &Project) -> String {
        // Most projects have nothing to warn of, and what is secret in them need not be known.
        let redactor = LazyCell::new(|| self.redactor(project));
        let mut said = BTreeSet::new();
        let mut out = String::new();
        let mut say = |text: &str, at: Option<Span>| {
            if !said.insert(text.to_owned()) {
                return;
            }
            let place = at.map(|at| self.place(at)).filter(|p| !p.is_empty()).map(|p| format!(" ({p})")).unwrap_or_default();
            out.push_str("warning: ");
            out.push_str(&report::plain(&redactor.text(&format!("{text}{place}"))));
            out.push('\n');
        };
        for file in self.passed_over(project) {
            say(&file, None);
        }
        for unset in project.variables.iter().filter(|v| !v.set && v.operator.is_none()) {
            say(&format!("The \"{}\" variable is not set. Defaulting to a blank string.", unset.name), Some(unset.at));
        }
        for problem in project.problems.iter().filter(|p| !p.refused) {
            let warned = matches!(
                problem.kind,
                ProblemKind::Deprecated
                    | ProblemKind::BooleanSpelling
                    | ProblemKind::ObsoleteVersion
                    | ProblemKind::LinkedProjectName
                    | ProblemKind::LimitExceeded
            );
            if warned {
                say(&problem.message, problem.origin.as_ref().map(|o| o.at));
            }
        }
        out
    }

    fn redactor(&self, project: &Project) -> Redactor {
        Redactor::with_trees(self.sources, std::slice::from_ref(project), &|id| self.loader.tree(id))
    }

    fn place(&self, at: Span) -> String {
        let source = self.sources.get(at.file);
        if source.path.as_os_str().is_empty() {
            return String::new();
        }
        let position = source.position(at.start);
        format!("{}:{}:{}", display_path(&source.path, &self.request.directory), position.line, position.column)
    }

    /// Compose files that stand beside the one that was found.
    fn passed_over(&self, project: &Project) -> Vec<String> {
        let chosen = self.request.files.is_empty() && !project.environment.contains_key("COMPOSE_FILE");
        let Some(main) = project.files.iter().find(|f| f.role == Role::Main).filter(|_| chosen) else { return Vec::new() };
        let directory = main.path.parent().unwrap_or(Path::new("/"));
        let found: Vec<PathBuf> = DEFAULT_FILES.iter().map(|name| directory.join(name)).filter(|path| OsFs.exists(path)).collect();
        if found.len() < 2 {
            return Vec::new();
        }
        let names: Vec<String> = found.iter().map(|f| f.display().to_string()).collect();
        vec![format!("Found multiple config files with supported names: {}", names.join(", ")), format!("Using {}", main.path.display())]
    }
}

fn finding(problem: &Problem, project: &Project) -> Finding {
    let place = problem.origin.as_ref().map_or_else(|| Place::Path(project.directory.clone()), |o| o.at.into());
    let mut related: Vec<Label> = problem.origin.as_ref().map(rules::steps).unwrap_or_default();
    related.extend(problem.related.iter().map(|(at, text)| Label { place: (*at).into(), text: text.clone() }));
    Finding {
        rule: problem.phase.name(),
        severity: Severity::Error,
        message: problem.message.clone(),
        primary: Label { place, text: String::new() },
        related,
        why: None,
        help: problem.help.clone(),
        fix: None,
        project: Some(project.directory.clone()),
    }
}
