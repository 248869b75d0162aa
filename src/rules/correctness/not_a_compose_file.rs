//! A file with the name of a Compose file whose content is something else: passed over, and said once.

use std::path::Path;

use crate::discover::{NotCompose, Reason};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "not-a-compose-file",
        topic: Topic::Correctness,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a file is called like a Compose file, and is something else",
        page: page!("not-a-compose-file"),
    },
    rule: &NotAComposeFile,
};

struct NotAComposeFile;

/// Where a workflow of that name is what it should be.
const ELSEWHERE: &[&str] = &[".github", ".gitlab", ".circleci", ".forgejo", ".gitea", ".woodpecker"];

impl Rule for NotAComposeFile {
    fn host(&self, host: &Host, cx: &mut Cx) {
        for skipped in host.skipped {
            let Reason::NotCompose(what) = skipped.reason else { continue };
            // `compose.yml.j2` says by its name what it is.
            let named = skipped.path.extension().is_some_and(|e| e == "yml" || e == "yaml");
            let elsewhere = skipped.path.iter().any(|c| ELSEWHERE.iter().any(|e| c == *e));
            // Whoever names a playbook or a workflow `compose` means no harm; who runs Compose there gets an error.
            let harmless =
                matches!(what, NotCompose::Workflow | NotCompose::AnsiblePlaybook | NotCompose::KubernetesManifest | NotCompose::List);
            if !named || elsewhere || (harmless && !is_default(&skipped.path)) {
                continue;
            }
            let name = skipped.path.file_name().unwrap_or(skipped.path.as_os_str()).display().to_string();
            let help = match what {
                NotCompose::Template => "render it, and check what comes out; or call it `.j2`, `.tmpl` or the like",
                NotCompose::NoContent => "remove it, or add services",
                _ => "rename it, or exclude it in `.composelint.yaml`",
            };
            cx.report_path(&skipped.path, format!("`{name}` was passed over: {what}"))
                .why("by its name it is a Compose file, so `docker compose` tries to read it, and nothing in it was checked here")
                .help(help);
        }
    }
}

/// True for the names that Compose finds by itself.
fn is_default(path: &Path) -> bool {
    path.file_name()
        .and_then(|n| n.to_str())
        .is_some_and(|n| matches!(n, "compose.yaml" | "compose.yml" | "docker-compose.yml" | "docker-compose.yaml"))
}
