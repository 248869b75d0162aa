//! A bind mount from `~` or `$HOME`: which directory that is depends on who starts the project.

use super::written_source::of_mount;
use crate::model::MountKind;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "home-bind",
        topic: Topic::Portability,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a bind mount from the home directory of whoever starts it",
        page: page!("home-bind"),
    },
    rule: &HomeBind,
};

struct HomeBind;

impl Rule for HomeBind {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Bind) {
            let Some(source) = of_mount(mount, cx).filter(|s| is_home(s, project)) else { continue };
            let report = cx
                .report(&mount.origin, format!("`{}` gets a directory of whoever starts it, at `{}`", service.name, mount.target))
                .why("for `sudo`, systemd or another user it is another directory: an empty one is created, and the data seems to be gone")
                .help("write the path in full, or a path relative to the Compose file; or set a variable in `.env` and use that");
            // `~/.ssh`, `~/.aws`: what is meant there is usually just that, the settings of whoever starts it.
            if source.contains("/.") {
                report.severity(Severity::Info);
            }
        }
    }
}

/// True for `~/x`, `$HOME/x`, `${HOME}/x`; not if the project's own `.env` says where that is.
fn is_home(source: &str, project: &Project) -> bool {
    let variable = source.strip_prefix("${").or_else(|| source.strip_prefix('$'));
    match variable {
        Some(rest) => {
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            name == "HOME" && project.environment.get("HOME").is_none_or(|v| v.at.is_none())
        }
        None => source == "~" || source.starts_with("~/"),
    }
}
