//! Bans and musts for the files of an environment.

use std::path::Path;

use crate::compose::Role;
use crate::model::{Healthcheck, MountKind};
use crate::rules::prelude::*;
use crate::wild;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "environment-policy",
        topic: Topic::Modularity,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[
            OptionDef {
                name: "paths",
                summary: "the files that it is for, with `*` for anything",
                default: OptionDefault::List(&["*prod*"]),
            },
            OptionDef {
                name: "forbid",
                summary: "what is banned there: `ports`, `bind-mounts`, `build`, `privileged`",
                default: OptionDefault::List(&["bind-mounts", "build", "privileged"]),
            },
            OptionDef {
                name: "require",
                summary: "what each service there must have: `healthcheck`, `limits`, `restart`, `read-only`",
                default: OptionDefault::List(&["healthcheck", "limits", "restart"]),
            },
        ],
        summary: "an environment breaks the policy that was set for it",
        page: page!("environment-policy"),
    },
    rule: &EnvironmentPolicy,
};

struct EnvironmentPolicy;

impl Rule for EnvironmentPolicy {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let patterns: Vec<String> = cx.list("paths").into_iter().map(str::to_owned).collect();
        let ours = project.files.iter().filter(|f| matches!(f.role, Role::Main | Role::Override));
        let Some(file) = ours.map(|f| &f.path).find(|p| patterns.iter().any(|pattern| matches(pattern, p))) else {
            return;
        };
        let name = file.file_name().unwrap_or(file.as_os_str()).display().to_string();
        let forbid: Vec<String> = cx.list("forbid").into_iter().map(str::to_owned).collect();
        let require: Vec<String> = cx.list("require").into_iter().map(str::to_owned).collect();
        for service in project.services.values() {
            for word in &forbid {
                let Some((origin, what)) = forbidden(word, service) else { continue };
                cx.report(&origin, format!("`{}` {what}, which the policy for `{name}` forbids", service.name))
                    .why("the policy is yours: `environment-policy` in `.composelint.yaml`")
                    .help(format!("remove it from this environment, or take `{word}` out of `forbid`"));
            }
            let missing: Vec<&str> = require.iter().filter_map(|word| missing(word, service)).collect();
            if !missing.is_empty() {
                cx.report(
                    &service.at_key(),
                    format!("`{}` has no {}, which the policy for `{name}` requires", service.name, missing.join(", no ")),
                )
                .why("the policy is yours: `environment-policy` in `.composelint.yaml`")
                .help("add it, or take it out of `require`");
            }
        }
    }
}

/// Where a service does what a word forbids, and what that is.
fn forbidden(word: &str, service: &Service) -> Option<(Origin, &'static str)> {
    match word {
        "ports" => service.ports.first().map(|p| (p.origin.clone(), "publishes a port")),
        "bind-mounts" => {
            service.volumes.iter().find(|m| m.kind == MountKind::Bind).map(|m| (m.origin.clone(), "mounts a directory of the host"))
        }
        "build" => service.build.as_ref().map(|b| (b.at_key(), "is built where it runs")),
        "privileged" => service.privileged.as_ref().filter(|p| p.value).map(|p| (p.at_key(), "is privileged")),
        _ => None,
    }
}

/// What a service lacks of what a word requires.
fn missing(word: &str, service: &Service) -> Option<&'static str> {
    let deploy = service.deploy.as_ref();
    let (has, what) = match word {
        "healthcheck" => {
            let none = |t: &Sourced<Vec<String>>| t.first().is_some_and(|w| w == "NONE");
            let off = |h: &Sourced<Healthcheck>| h.disable.as_ref().is_some_and(|d| d.value) || h.test.as_ref().is_some_and(none);
            (service.healthcheck.as_ref().is_some_and(|h| !off(h)), "healthcheck")
        }
        "limits" => {
            let of_deploy = deploy.and_then(|d| d.limits.as_ref()).is_some_and(|l| l.memory.is_some() || l.cpus.is_some());
            (service.mem_limit.is_some() || service.cpus.is_some() || of_deploy, "limits")
        }
        "restart" => {
            let policy = service.restart.as_ref().is_some_and(|r| !matches!(r.as_str(), "" | "no"));
            (policy || deploy.is_some_and(|d| d.restart_policy.is_some()), "restart policy")
        }
        "read-only" => (service.read_only.as_ref().is_some_and(|r| r.value), "read-only file system"),
        _ => return None,
    };
    (!has).then_some(what)
}

/// True if a pattern with `*` stands for the end of a path: for the name of the file, or with `/` in it also for the directories above it.
fn matches(pattern: &str, path: &Path) -> bool {
    let parts: Vec<&str> = path.iter().filter_map(|c| c.to_str()).collect();
    let skipped = parts.len().saturating_sub(pattern.matches('/').count() + 1);
    wild::matches(pattern, &parts.into_iter().skip(skipped).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_for_the_end_of_a_path() {
        assert!(matches("live/*.yaml", Path::new("/srv/live/compose.yaml")));
        assert!(matches("*prod*", Path::new("/srv/live/compose.prod.yaml")));
        assert!(!matches("*prod*", Path::new("/srv/production/compose.yaml")));
        assert!(!matches("compose", Path::new("/srv/compose.yaml")));
    }
}
