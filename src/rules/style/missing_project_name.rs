//! A project whose name is that of its directory.

use super::written::entries;
use crate::compose::{NameSource, Role};
use crate::rules::prelude::*;
use crate::yaml::edit::{self, Position};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "missing-project-name",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Safe),
        peers: &[Peer::Dclint("require-project-name-field")],
        options: &[],
        summary: "the project has no `name`",
        page: page!("missing-project-name"),
    },
    rule: &MissingProjectName,
};

struct MissingProjectName;

impl Rule for MissingProjectName {
    fn project(&self, project: &Project, cx: &mut Cx) {
        if project.name_source != NameSource::Directory || project.name.is_empty() {
            return;
        }
        let Some(main) = project.files.iter().find(|f| f.role == Role::Main) else { return };
        let Some(tree) = cx.tree(main.id) else { return };
        let Some(root) = tree.documents.first().map(|d| d.root) else { return };
        let tops = entries(&tree, root);
        let Some(first) = tops.first() else { return };
        let before = |key: &str| key.starts_with("x-") || key == "version";
        let head = tops.iter().take_while(|e| tree.text(e.key).is_some_and(before)).last();
        let position = head.map_or(Position::Before(first.key), |e| Position::After(e.key));
        let source = cx.sources.get(main.id);
        let edit = edit::insert_entry(&source, &tree, root, position, "name", &edit::scalar_text(&project.name, false));
        let mut report = cx.report(&Origin::at(tree.node(first.key).span), "the project has no `name`, so it is called like its directory");
        if let Some(edit) = edit {
            report = report.fix("write the name that it has today", Applicability::Safe, vec![edit]);
        }
        report
            .why("moved or renamed, the directory gives another project: its named volumes are empty, and the old containers stay behind")
            .help("write the name that it has today as `name:` at the top; another name would be another project");
    }
}
