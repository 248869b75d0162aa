//! A volume whose real name hangs on the name of a directory.

use crate::compose::NameSource;
use crate::rules::prelude::*;
use crate::yaml::Kind;
use crate::yaml::edit::{self, Position};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "implicit-volume-name",
        topic: Topic::Volumes,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Audit,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[],
        summary: "the real name of a volume depends on the name of the directory",
        page: page!("implicit-volume-name"),
    },
    rule: &ImplicitVolumeName,
};

struct ImplicitVolumeName;

impl Rule for ImplicitVolumeName {
    fn project(&self, project: &Project, cx: &mut Cx) {
        if project.name_source != NameSource::Directory {
            return;
        }
        let implicit = |v: &crate::model::Volume| !v.external && v.name.as_ref().is_some_and(|n| n.origin.is_default());
        let volumes: Vec<_> = project.volumes.iter().filter(|(_, v)| implicit(v)).collect();
        let Some((_, first)) = volumes.first() else { return };
        let names: Vec<String> = volumes.iter().filter_map(|(_, v)| v.name.as_ref()).map(|n| format!("`{}`", n.value)).collect();
        let (is, what) = if names.len() == 1 { ("is", "volume") } else { ("are", "volumes") };
        let fix = named(project, cx);
        cx.report(&first.at_key(), format!("the real {what} {is} {}, named after the directory", list(&names)))
            .why("moved to another directory, or linked under another name, the project starts with new, empty volumes; the data stays behind under the old names")
            .help(format!("write `name: {}` at the top of the main file: the names stay as they are today", project.name))
            .maybe_fix(fix);
    }
}

/// Today's name at the top of the main file.
fn named(project: &Project, cx: &Cx) -> Option<Fix> {
    let file = project.files.first()?.id;
    let tree = cx.tree(file)?;
    let root = tree.documents.first().filter(|_| tree.documents.len() == 1 && !project.name.is_empty())?.root;
    let Kind::Mapping { entries, .. } = &tree.node(root).kind else { return None };
    let first = Position::Before(entries.first()?.key);
    let name = edit::scalar_text(&project.name, false);
    let edit = edit::insert_entry(&cx.sources.get(file), &tree, root, first, "name", &name)?;
    let title = format!("write `name: {}`, the name that the project has today", project.name);
    Some(Fix { title, applicability: Applicability::Safe, edits: vec![edit] })
}

/// Five of them by name, of more than that four.
fn list(names: &[String]) -> String {
    match names.get(..4) {
        Some(shown) if names.len() > 5 => format!("{} and {} more", shown.join(", "), names.len() - 4),
        _ => names.join(", "),
    }
}
