//! An env file that is not there, or that has a line which cannot be read.

use std::path::Path;

use crate::compose::Role;
use crate::compose::problem::{Part, Problem};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "env-file-missing",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: Some(Severity::Error),
        default: Default::On,
        summary: "an env file is missing, or has a line that cannot be read",
        page: page!("env-file-missing"),
    },
    rule: &EnvFileMissing,
};

struct EnvFileMissing;

/// Where a host puts secrets when it starts: not there when nobody is logged in, and no mistake.
const AT_RUN_TIME: &[&str] = &["/run/secrets/", "/run/agenix/", "/run/credentials/", "/var/run/secrets/"];
/// Files that are written on the host, and by Portainer.
const LOCAL: &[&str] = &[".env", "stack.env"];

impl Rule for EnvFileMissing {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for problem in project.problems.iter().filter(|p| p.kind == ProblemKind::EnvFile) {
            if is_line(problem, project) {
                report(problem, project, "Compose stops at this line, and refuses the whole project", Some(Severity::Error), cx);
            } else if !is_service_entry(problem) {
                report(problem, project, "Compose refuses the project without it", None, cx);
            } else if is_missed(problem, project, cx) {
                report(problem, project, "Compose refuses the whole project without it, not only this service", None, cx);
            }
        }
    }
}

fn report(problem: &Problem, project: &Project, why: &str, severity: Option<Severity>, cx: &mut Cx) {
    let mut report = match &problem.origin {
        Some(origin) => cx.report(origin, problem.message.as_str()),
        None => cx.report_path(&project.directory, problem.message.as_str()),
    };
    if let Some(severity) = severity.filter(|_| problem.refused) {
        report = report.severity(severity);
    }
    for (at, text) in &problem.related {
        report = report.related(*at, text.as_str());
    }
    report = report.why(why);
    if let Some(help) = &problem.help {
        report.help(help.as_str());
    }
}

/// True if it is about a line of an env file, not about the file.
fn is_line(problem: &Problem, project: &Project) -> bool {
    let Some(origin) = &problem.origin else { return false };
    let role = project.files.iter().find(|f| f.id == origin.at.file).map(|f| &f.role);
    matches!(role, Some(Role::DotEnv | Role::EnvFile(_) | Role::LabelFile(_)))
}

/// True if it is about an `env_file` of a service.
fn is_service_entry(problem: &Problem) -> bool {
    matches!(problem.path.0.as_slice(), [Part::Key(top), _, Part::Key(key), ..] if top == "services" && key == "env_file")
}

/// True if the file ought to be there: a repository rarely holds the env files of its hosts.
fn is_missed(problem: &Problem, project: &Project, cx: &Cx) -> bool {
    let Some(path) = path_of(problem, project, cx) else { return true };
    match cx.mode {
        Mode::Audit => !AT_RUN_TIME.iter().any(|r| path.starts_with(r)),
        Mode::Check => {
            let name = Path::new(&path).file_name().and_then(|n| n.to_str()).unwrap_or_default();
            !Path::new(&path).is_absolute() && !LOCAL.contains(&name)
        }
    }
}

/// The path as it is written, or as it is known where that cannot be told.
fn path_of(problem: &Problem, project: &Project, cx: &Cx) -> Option<String> {
    let origin = problem.origin.as_ref()?;
    let entries = project.services.values().flat_map(|s| &s.env_file);
    let known = entries.filter(|e| e.origin.at == origin.at).map(|e| e.path.clone()).next();
    let source = cx.sources.get(origin.at.file);
    let written = source.slice(origin.at).trim_matches(['"', '\'']);
    let relative = !written.contains('$') && !written.contains('\n') && !Path::new(written).is_absolute();
    if relative { Some(written.to_owned()) } else { known.or_else(|| Some(written.to_owned())) }
}
