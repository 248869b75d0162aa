//! The project's own `.env`, handed to a service whole.

use std::fmt::Write as _;

use super::env_lines;
use crate::compose::Role;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "env-file-overshared",
        topic: Topic::Secrets,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service gets every variable of the project's `.env`",
        page: page!("env-file-overshared"),
    },
    rule: &EnvFileOvershared,
};

struct EnvFileOvershared;

impl Rule for EnvFileOvershared {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for file in env_lines::of(project) {
            let dot_env = project.files.iter().any(|f| f.path == file.path && f.role == Role::DotEnv);
            if !dot_env || file.secrets().is_empty() || file.lines.len() < 2 {
                continue;
            }
            let used = |name: &str| project.variables.iter().any(|v| v.name == name);
            if !file.lines.iter().any(|(name, ..)| used(name)) {
                continue;
            }
            let unused: Vec<&str> = file.lines.iter().map(|(name, ..)| *name).filter(|n| !used(n)).collect();
            for service in project.services.values() {
                let Some(entry) = service.env_file.iter().find(|e| std::path::Path::new(&e.path) == file.path) else { continue };
                let mut message = format!("`{}` gets all {} variables of the project's `.env`", service.name, file.lines.len());
                if !unused.is_empty() {
                    let _ = write!(message, "; no expression uses {}", env_lines::names(&unused));
                }
                cx.report(&entry.origin, message)
                    .why("`.env` also feeds the `${…}` of all other services: this one can read their passwords")
                    .help("list what the service needs under `environment`, or give it an env file of its own");
            }
        }
    }
}
