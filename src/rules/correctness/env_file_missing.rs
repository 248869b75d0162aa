//! An env file that is not there, or that has a line which cannot be read.

use std::path::{Path, PathBuf};

use crate::compose::Role;
use crate::compose::problem::{Part, Problem};
use crate::fs::FileType;
use crate::host::mounts::on_host;
use crate::ordered::IndexMap;
use crate::rules::prelude::*;
use crate::rules::problems;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "env-file-missing",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: Some(Severity::Error),
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "an env file is missing, or has a line that cannot be read",
        page: page!("env-file-missing"),
    },
    rule: &EnvFileMissing,
};

struct EnvFileMissing;

/// Files that are written on the host, and by Portainer.
const LOCAL: &[&str] = &[".env", "stack.env"];
/// How many other services a finding shows.
const SHOWN: usize = 5;
/// A directory with more entries is none of a project's own.
const MOST_ENTRIES: usize = 500;

impl Rule for EnvFileMissing {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut missing: IndexMap<String, Vec<&Problem>> = IndexMap::default();
        for problem in project.problems.iter().filter(|p| p.kind == ProblemKind::EnvFile) {
            if is_line(problem, project) {
                line(problem, project, cx);
            } else if let Some(path) = path_of(problem, project) {
                missing.entry(path).or_default().push(problem);
            } else if cx.mode == Mode::Audit || !is_include_entry(problem) {
                problems::report(problem, "Compose refuses the project without it", project, cx);
            }
        }
        for (path, uses) in missing {
            let path = Path::new(&path);
            let near = near(path, project, cx);
            let Some((first, others)) = uses.split_first().filter(|_| is_missed(path, near.as_deref(), cx)) else { continue };
            let Some(origin) = &first.origin else { continue };
            let mut report =
                cx.report(origin, first.message.as_str()).why("Compose refuses the whole project without it, not only this service");
            for other in others.iter().filter_map(|p| p.origin.as_ref()).filter(|o| o.at != origin.at).take(SHOWN) {
                report = report.related(other.at, "and named here");
            }
            match (near, &first.help) {
                (Some(near), _) => report.help(format!("there is `{}`: correct the path if that one is meant", near.display())),
                (None, Some(help)) => report.help(help.as_str()),
                (None, None) => report,
            };
        }
    }
}

/// A line of an env file that cannot be read.
fn line(problem: &Problem, project: &Project, cx: &mut Cx) {
    let why = "Compose stops at this line, and refuses the whole project";
    match &problem.origin {
        Some(origin) if problem.refused => {
            let mut report = cx.report(origin, problem.message.as_str()).severity(Severity::Error).why(why);
            for (at, text) in &problem.related {
                report = report.related(*at, text.as_str());
            }
            if let Some(help) = &problem.help {
                report.help(help.as_str());
            }
        }
        _ => problems::report(problem, "what the program gets is not what the line seems to say", project, cx),
    }
}

/// True if it is about a line of an env file, not about the file.
fn is_line(problem: &Problem, project: &Project) -> bool {
    let Some(origin) = &problem.origin else { return false };
    let role = project.files.iter().find(|f| f.id == origin.at.file).map(|f| &f.role);
    matches!(role, Some(Role::DotEnv | Role::EnvFile(_) | Role::LabelFile(_)))
}

/// The path of the env file of a service that a problem is about.
fn path_of(problem: &Problem, project: &Project) -> Option<String> {
    let [Part::Key(top), Part::Key(service), Part::Key(key), ..] = problem.path.0.as_slice() else { return None };
    let origin = problem.origin.as_ref().filter(|_| top == "services" && key == "env_file")?;
    let entries = &project.services.get(service)?.env_file;
    entries.iter().find(|e| e.origin.at == origin.at).map(|e| e.path.clone())
}

/// True if an `include` entry names the file.
fn is_include_entry(problem: &Problem) -> bool {
    matches!(problem.path.0.as_slice(), [Part::Key(top), ..] if top == "include")
}

/// True if the file ought to be there. A repository rarely holds the env files of its hosts, so there it must lie somewhere near.
fn is_missed(path: &Path, near: Option<&Path>, cx: &Cx) -> bool {
    match cx.mode {
        Mode::Audit => !on_host(path, cx.facts.beside()),
        Mode::Check => near.is_some(),
    }
}

/// A file of the same name in the project directory or in one directly below it.
fn near(path: &Path, project: &Project, cx: &Cx) -> Option<PathBuf> {
    let name = path.file_name()?;
    if LOCAL.iter().any(|l| name == *l) {
        return None;
    }
    let fs = cx.facts.fs();
    let entries = fs.read_dir(&project.directory).unwrap_or_default();
    let below = entries.iter().take(MOST_ENTRIES).filter(|e| e.file_type == FileType::Directory).map(|e| e.path.join(name));
    let found = std::iter::once(project.directory.join(name)).chain(below).find(|p| p != path && fs.is_file(p))?;
    Some(found.strip_prefix(&project.directory).map(Path::to_path_buf).unwrap_or(found))
}
