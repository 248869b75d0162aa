//! Parts of a project that lie elsewhere than the layout says.

use crate::compose::Role;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "layout",
        topic: Topic::Modularity,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[OptionDef {
            name: "directories",
            summary: "where the parts of a project lie",
            default: OptionDefault::List(&["services", "environments", "infrastructure"]),
        }],
        summary: "a part of a project lies outside of the directories for parts",
        page: page!("layout"),
    },
    rule: &Layout,
};

struct Layout;

impl Rule for Layout {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let directories: Vec<String> = cx.list("directories").into_iter().map(str::to_owned).collect();
        for file in &project.files {
            let Ok(below) = file.path.strip_prefix(&project.directory) else { continue };
            let named = |name: &str| directories.iter().any(|d| d == name);
            let inside = below.parent().is_some_and(|p| p.iter().any(|c| c.to_str().is_some_and(named)));
            // An override that Compose finds by itself has its place.
            let override_file = below.to_str().is_some_and(|n| n.contains("compose.override.") && !n.contains('/'));
            if inside || override_file {
                continue;
            }
            let message = format!("`{}` lies in none of the directories for parts: `{}`", below.display(), directories.join("`, `"));
            let report = match &file.role {
                Role::Include(at) | Role::Extends(at) => cx.report(&Origin::at(*at), message),
                Role::Override => cx.report_path(&file.path, message),
                _ => continue,
            };
            report
                .why("whoever looks for a service or for what differs in an environment finds it by the directory")
                .help("move it there, with its relative paths; or name other `directories`");
        }
    }
}
