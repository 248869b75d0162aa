//! An env file with passwords in it, in git.

use super::env_lines;
use crate::host::GitState;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "secret-in-tracked-env",
        topic: Topic::Secrets,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "an env file with secrets in it is in git",
        page: page!("secret-in-tracked-env"),
    },
    rule: &SecretInTrackedEnv,
};

struct SecretInTrackedEnv;

impl Rule for SecretInTrackedEnv {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for file in env_lines::of(project) {
            let secrets = file.secrets();
            let Some((_, first)) = secrets.first() else { continue };
            if cx.facts.git(file.path) != GitState::Tracked {
                continue;
            }
            let names: Vec<&str> = secrets.iter().map(|(name, _)| *name).collect();
            let mut report =
                cx.report(&Origin::at(*first), format!("git tracks this file, and it holds {} in plain text", env_lines::names(&names)));
            for (name, at) in secrets.iter().skip(1).take(5) {
                report = report.related(*at, format!("`{name}`"));
            }
            report
                .why("everybody with a copy of the repository has the values, and they stay in every old commit")
                .help("change the values first: they are known. Then `git rm --cached` the file, list it in `.gitignore`, and commit a `.env.example` with the names only");
        }
    }
}
