//! `environment` as a mapping, or as a list, but not now this and now that.

use super::written::{entries, services};
use crate::rules::prelude::*;
use crate::source::{Source, Span};
use crate::yaml::scalar::{Typed, resolve};
use crate::yaml::{Kind, NodeId, Style, Tree, edit};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "environment-syntax",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[OptionDef {
            name: "syntax",
            summary: "how `environment` is written: `map`, `list`",
            default: OptionDefault::Choice(&["map", "list"]),
        }],
        summary: "`environment` is written in the other syntax",
        page: page!("environment-syntax"),
    },
    rule: &EnvironmentSyntax,
};

struct EnvironmentSyntax;

impl Rule for EnvironmentSyntax {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let map = cx.choice("syntax") == "map";
        for service in services(file.tree) {
            let Some(entry) = service.get(file.tree, "environment") else { continue };
            let (is, wanted, help, edits) = match &file.tree.node(entry.value).kind {
                Kind::Sequence { items, .. } if map && !items.is_empty() => {
                    let edits = to_map(file.source, file.tree, entry.key, items);
                    ("a list", "a mapping", "write `KEY: value` instead of `- KEY=value`", edits)
                }
                // What is merged in cannot be written as a list.
                Kind::Mapping { entries, .. }
                    if !map && entries.iter().all(|e| file.tree.text(e.key) != Some("<<")) && !entries.is_empty() =>
                {
                    ("a mapping", "a list", "write `- KEY=value` instead of `KEY: value`", to_list(file.source, file.tree, entry.value))
                }
                _ => continue,
            };
            let mut report = cx
                .report(&Origin::at(file.tree.node(entry.key).span), format!("`environment` of `{}` is {is}, not {wanted}", service.name));
            if let Some(edits) = edits {
                report = report.fix(format!("write it as {wanted}"), Applicability::Safe, edits);
            }
            report
                .why("the two have different rules for quotes and numbers, and only mappings can be merged with `<<`: one of them is enough to know")
                .help(help);
        }
    }
}

/// The text of a scalar that stands on one line, without anchor and tag.
fn one_line<'a>(source: &Source, tree: &'a Tree, id: NodeId) -> Option<&'a crate::yaml::Scalar> {
    let node = tree.node(id);
    match &node.kind {
        Kind::Scalar(scalar)
            if node.anchor.is_none()
                && node.tag.is_none()
                && !source.slice(node.span).contains('\n')
                && !matches!(scalar.style, Style::Literal | Style::Folded) =>
        {
            Some(scalar)
        }
        _ => None,
    }
}

/// Where the line of an offset begins.
fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// `- KEY=value` becomes `KEY: value`: each on its line, with what stands around it. `None` for anything else than lines of plain items, and
/// where a name is there twice.
fn to_map(source: &Source, tree: &Tree, key: NodeId, items: &[NodeId]) -> Option<Vec<Edit>> {
    let text = source.text.as_str();
    let key_at = tree.node(key).span.start as usize;
    let key_column = key_at - line_start(text, key_at);
    let mut names = std::collections::BTreeSet::new();
    let mut edits = Vec::new();
    let mut shift_from = None;
    for item in items {
        let span = tree.node(*item).span;
        let scalar = one_line(source, tree, *item)?;
        let start = line_start(text, span.start as usize);
        let dash = text.get(start..span.start as usize)?;
        let indent = dash.len() - dash.trim_start_matches(' ').len();
        if dash.trim_matches(' ') != "-" {
            return None;
        }
        let (name, value) = match scalar.text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (&*scalar.text, None),
        };
        if name.is_empty() || name.contains('$') || name.trim() != name || !names.insert(name) {
            return None;
        }
        let value = value.map(|value| format!(" {}", edit::scalar_text(value, false))).unwrap_or_default();
        if indent <= key_column {
            shift_from.get_or_insert(start);
        }
        let at = u32::try_from(start + indent).ok()?;
        edits.push(Edit { span: Span::new(span.file, at, span.end), text: format!("{}:{value}", edit::scalar_text(name, false)) });
    }
    // Dashes may stand in the column of the key, entries may not.
    if let Some(first) = shift_from {
        let last = tree.node(*items.last()?).span.start as usize;
        let mut at = first;
        for line in text.get(first..)?.split_inclusive('\n') {
            if at > last {
                break;
            }
            if !line.trim().is_empty() {
                let place = u32::try_from(at).ok()?;
                let file = tree.file;
                match edits.iter_mut().find(|e| e.span.start == place) {
                    Some(edit) => edit.text.insert_str(0, "  "),
                    None => edits.push(Edit { span: Span::new(file, place, place), text: "  ".into() }),
                }
            }
            at += line.len();
        }
    }
    Some(edits)
}

/// `KEY: value` becomes `- KEY=value`. `None` for anything else than lines of plain entries, and for numbers whose text Compose changes.
fn to_list(source: &Source, tree: &Tree, mapping: NodeId) -> Option<Vec<Edit>> {
    let text = source.text.as_str();
    if matches!(tree.node(mapping).kind, Kind::Mapping { flow: true, .. }) || tree.node(mapping).tag.is_some() {
        return None;
    }
    let mut edits = Vec::new();
    for entry in entries(tree, mapping) {
        let (key, value) = (tree.node(entry.key).span, tree.node(entry.value).span);
        let name = &*one_line(source, tree, entry.key)?.text;
        let scalar = one_line(source, tree, entry.value)?;
        if !text.get(line_start(text, key.start as usize)..key.start as usize)?.trim_matches(' ').is_empty() || name.contains('=') {
            return None;
        }
        if text.get(key.end as usize..value.start as usize)?.contains('\n') {
            return None;
        }
        let item = match resolve(scalar, None) {
            Typed::Null => name.to_owned(),
            Typed::Str(value) => format!("{name}={value}"),
            Typed::Bool(value) if value.to_string() == *scalar.text => format!("{name}={value}"),
            Typed::Int(value) if value.to_string() == *scalar.text => format!("{name}={value}"),
            Typed::Bool(_) | Typed::Int(_) | Typed::Float(_) | Typed::Timestamp(_) => return None,
        };
        let end = value.end.max(key.end);
        let end = if value.start == value.end { key.end + u32::try_from(text.get(key.end as usize..)?.find(':')?).ok()? + 1 } else { end };
        edits.push(Edit { span: Span::new(key.file, key.start, end), text: format!("- {}", edit::scalar_text(&item, false)) });
    }
    Some(edits)
}
