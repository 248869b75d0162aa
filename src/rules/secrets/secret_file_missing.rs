//! A secret whose file is not there.

use std::path::Path;

use crate::host::GitState;
use crate::host::mounts::on_host;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "secret-file-missing",
        topic: Topic::Secrets,
        severity: Severity::Info,
        audit_severity: Some(Severity::Warning),
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "the file of a secret is not there",
        page: page!("secret-file-missing"),
    },
    rule: &SecretFileMissing,
};

struct SecretFileMissing;

impl Rule for SecretFileMissing {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for (name, secret) in &project.secrets {
            let Some(file) = &secret.file else { continue };
            let path = Path::new(&file.value);
            let unset = file.origin.variables().any(|(_, defined)| *defined == crate::compose::value::Definition::Unset);
            if unset || cx.facts.fs().symlink_metadata(path).is_ok() || on_host(path, cx.facts.beside()) {
                continue;
            }
            // Off the host, what is not meant for the repository is not missed.
            let elsewhere = !path.starts_with(&project.directory) || cx.facts.git(path) != GitState::Untracked;
            if cx.mode == Mode::Check && elsewhere {
                continue;
            }
            // `./secrets/db.txt`: where a directory for secrets is missing as a whole, they are kept out of the repository on purpose.
            let kept_out = path.parent().is_some_and(|p| p != project.directory && !cx.facts.fs().exists(p));
            if cx.mode == Mode::Check && kept_out {
                continue;
            }
            cx.report(&file.origin, format!("the file of the secret `{name}` is not there: `{}`", project.shown(path)))
                .why("Compose only finds out when it starts a service that gets it, and that service then fails")
                .help("make the file, or say in the documentation who makes it; list it in `.gitignore`");
        }
    }
}
