//! What the fixes of several rules share: from what the model knows to the edits of a text.

use crate::compose::problem::{Part, Problem, ProblemKind};
use crate::compose::value::Origin;
use crate::finding::{Applicability, Fix};
use crate::model::Project;
use crate::rules::Cx;
use crate::source::{Edit, Span};
use crate::yaml::edit::{self, Position};
use crate::yaml::{Kind, NodeId, Style};

/// Removes the entry whose key is written here; the only entry of a section goes with the section.
pub(crate) fn remove_entry(key: Span, cx: &Cx) -> Option<Vec<Edit>> {
    let tree = cx.tree(key.file)?;
    let node = tree.at(key)?;
    let (mapping, entry) = tree.entry(node)?;
    (entry.key == node).then(|| edit::remove_entry_up(&cx.sources.get(key.file), &tree, mapping, node))?
}

/// Writes other quotes around the scalar that is written here.
pub(crate) fn quote(at: Span, style: Style, cx: &Cx) -> Option<Edit> {
    let tree = cx.tree(at.file)?;
    edit::quote(&cx.sources.get(at.file), &tree, scalar_at(&tree, at)?, style)
}

/// Writes another text in the scalar that is written here.
pub(crate) fn replace(at: Span, new: &str, cx: &Cx) -> Option<Edit> {
    let tree = cx.tree(at.file)?;
    edit::replace_scalar(&cx.sources.get(at.file), &tree, scalar_at(&tree, at)?, new)
}

/// The scalar at a place, or the value of the entry that is there: what is merged into a list stands at its key and its value.
fn scalar_at(tree: &crate::yaml::Tree, at: Span) -> Option<NodeId> {
    if let Some(node) = tree.at(at) {
        return Some(node);
    }
    let key = tree.starting(at)?;
    let (_, entry) = tree.entry(key)?;
    (tree.node(entry.value).span.end == at.end).then_some(entry.value)
}

/// Writes the key or the name that was probably meant.
pub(crate) fn rename(problem: &Problem, _project: &Project, cx: &Cx) -> Option<Fix> {
    let (written, meant) = problem.meant.as_ref()?;
    let at = problem.origin.as_ref()?.at;
    let tree = cx.tree(at.file)?;
    let source = cx.sources.get(at.file);
    let node = tree.at(at).or_else(|| tree.starting(at))?;
    let text = tree.text(node).filter(|_| !matches!(tree.node(node).kind, Kind::Alias { .. }))?;
    let is_key = tree.entry(node).is_some_and(|(_, entry)| entry.key == node);
    let edit = if text == written {
        if is_key { edit::rename_key(&source, &tree, node, meant)? } else { edit::replace_scalar(&source, &tree, node, meant)? }
    } else {
        // The short form of a mount: `data:/var/lib`.
        let rest = text.strip_prefix(written.as_str()).filter(|rest| rest.starts_with(':') && !is_key)?;
        edit::replace_scalar(&source, &tree, node, &format!("{meant}{rest}"))?
    };
    let what = match problem.kind {
        ProblemKind::UnknownKey => format!("call it `{meant}`, so that Compose reads it"),
        _ => format!("write `{meant}`, which is then used"),
    };
    Some(Fix { title: what, applicability: Applicability::Unsafe, edits: vec![edit] })
}

/// Writes the name that was probably meant, or declares the one that is written.
pub(crate) fn rename_or_declare(problem: &Problem, project: &Project, cx: &Cx) -> Option<Fix> {
    if problem.meant.is_some() {
        return rename(problem, project, cx);
    }
    let (section, effect) = match problem.kind {
        ProblemKind::UndefinedNetwork => ("networks", "Compose creates it"),
        ProblemKind::UndefinedVolume => ("volumes", "Compose creates it, empty"),
        _ => return None,
    };
    let name = problem.message.split('`').nth(3).filter(|name| !name.is_empty())?;
    if name.contains('$') || problem.origin.as_ref()?.variables().next().is_some() {
        return None;
    }
    let file = project.files.first()?.id;
    let tree = cx.tree(file)?;
    let source = cx.sources.get(file);
    let root = tree.documents.first().filter(|_| tree.documents.len() == 1)?.root;
    let edit = match tree.get(root, section) {
        Some(mapping) => edit::insert_entry(&source, &tree, mapping, Position::End, name, "")?,
        None => edit::insert_entry(&source, &tree, root, Position::End, section, &format!("\n{}:", edit::scalar_text(name, false)))?,
    };
    Some(Fix { title: format!("declare `{name}` under `{section}`: {effect}"), applicability: Applicability::Unsafe, edits: vec![edit] })
}

/// Removes the top-level key that the problem is about.
pub(crate) fn remove_key(problem: &Problem, _project: &Project, cx: &Cx) -> Option<Fix> {
    let edits = remove_entry(problem.origin.as_ref()?.at, cx)?;
    let key = problem.path.0.iter().rev().find_map(|part| match part {
        Part::Key(key) => Some(key.as_str()),
        Part::Index(_) => None,
    });
    let title = key.map_or_else(|| "remove the line".to_owned(), |key| format!("remove `{key}`"));
    Some(Fix { title, applicability: Applicability::Safe, edits })
}

/// `external: {name: x}` as `external: true` and `name: x`.
pub(crate) fn external_name(problem: &Problem, _project: &Project, cx: &Cx) -> Option<Fix> {
    let at = problem.origin.as_ref()?.at;
    let tree = cx.tree(at.file)?;
    let source = cx.sources.get(at.file);
    let (inner, entry) = tree.entry(tree.at(at)?)?;
    let (outer, external) = tree.entry(inner)?;
    let bare = |node: NodeId| tree.node(node).anchor.is_none() && tree.node(node).tag.is_none();
    let only = matches!(&tree.node(inner).kind, Kind::Mapping { entries, .. } if entries.len() == 1);
    let block = matches!(&tree.node(outer).kind, Kind::Mapping { flow: false, .. });
    let (key, value, name) = (tree.node(external.key).span, tree.node(inner).span, tree.node(entry.value).span);
    let text = source.slice(name);
    let old = source.slice(Span::new(at.file, key.end, value.end));
    if !(only && block && bare(inner) && bare(external.key) && bare(entry.value))
        || old.contains('#')
        || text.is_empty()
        || text.contains('\n')
    {
        return None;
    }
    let (column, line_break) =
        (source.position(key.start).column.saturating_sub(1), if source.text.contains("\r\n") { "\r\n" } else { "\n" });
    let new = format!(": true{line_break}{}name: {text}", " ".repeat(column as usize));
    let edits = vec![Edit { span: Span::new(at.file, key.end, value.end), text: new }];
    Some(Fix { title: "write `external: true`, and `name` beside it".to_owned(), applicability: Applicability::Safe, edits })
}

/// The fix that removes an unused resource.
pub(crate) fn remove_unused(word: &str, name: &str, key: &Origin, cx: &Cx) -> Option<Fix> {
    let edits = remove_entry(key.at, cx)?;
    let title = match word {
        "volume" => format!("remove the declaration of `{name}`: Compose no longer knows the volume; data in it stays on the host"),
        _ => format!("remove the {word} `{name}`, which nobody uses"),
    };
    Some(Fix { title, applicability: Applicability::Unsafe, edits })
}
