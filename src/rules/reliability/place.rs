//! Where a service is written, for fixes that add something to it. Judges nothing.

use std::sync::Arc;

use crate::rules::prelude::*;
use crate::source::{Source, Span};
use crate::yaml::edit::{self, Position};
use crate::yaml::{Entry, Kind, NodeId, Tree};

/// The mapping that a service is written as, in the file that its name stands in.
pub(super) struct Place {
    source: Arc<Source>,
    tree: Arc<Tree>,
    mapping: NodeId,
}

impl Place {
    /// The place of a service; `None` if it is written as an alias.
    pub(super) fn of(service: &Sourced<Service>, cx: &Cx) -> Option<Self> {
        let key = service.key?;
        let tree = cx.tree(key.file)?;
        let mapping = tree.entry(tree.at(key)?)?.1.value;
        matches!(tree.node(mapping).kind, Kind::Mapping { .. }).then(|| Self { source: cx.sources.get(key.file), tree, mapping })
    }

    /// The entry of a key.
    fn get(&self, key: &str) -> Option<Entry> {
        let Kind::Mapping { entries, .. } = &self.tree.node(self.mapping).kind else { return None };
        entries.iter().find(|e| self.tree.text(e.key) == Some(key)).copied()
    }

    /// Adds a key to the service.
    pub(super) fn add(&self, key: &str, value_yaml: &str) -> Option<Vec<Edit>> {
        edit::insert_entry(&self.source, &self.tree, self.mapping, Position::End, key, value_yaml).map(|edit| vec![edit])
    }

    /// Removes a key of the service.
    pub(super) fn remove(&self, key: &str) -> Option<Vec<Edit>> {
        edit::remove_entry(&self.source, &self.tree, self.mapping, self.get(key)?.key)
    }

    /// Names a service under `depends_on`, in the syntax that is there.
    pub(super) fn depend_on(&self, name: &str) -> Option<Vec<Edit>> {
        let text = edit::scalar_text(name, true);
        let Some(entry) = self.get("depends_on") else { return self.add("depends_on", &format!("\n- {text}")) };
        let edit = match self.tree.node(entry.value).kind {
            Kind::Sequence { .. } => edit::insert_item(&self.source, &self.tree, entry.value, Position::End, &text),
            Kind::Mapping { flow: false, .. } => {
                edit::insert_entry(&self.source, &self.tree, entry.value, Position::End, name, "\ncondition: service_started")
            }
            Kind::Mapping { flow: true, .. } => {
                edit::insert_entry(&self.source, &self.tree, entry.value, Position::End, name, "{condition: service_started}")
            }
            Kind::Scalar(_) | Kind::Alias { .. } => None,
        };
        edit.map(|edit| vec![edit])
    }

    /// Waits until a service of `depends_on` is healthy.
    pub(super) fn wait_for(&self, name: &str) -> Option<Vec<Edit>> {
        let (source, tree) = (&self.source, &self.tree);
        let entry = self.get("depends_on")?;
        match &tree.node(entry.value).kind {
            Kind::Mapping { entries, .. } => {
                let options = entries.iter().find(|e| tree.text(e.key) == Some(name))?.value;
                let edit = match tree.get(options, "condition") {
                    Some(condition) if matches!(tree.node(options).kind, Kind::Mapping { .. }) => {
                        edit::replace_scalar(source, tree, condition, "service_healthy")
                    }
                    _ => edit::insert_entry(source, tree, options, Position::End, "condition", "service_healthy"),
                };
                edit.map(|edit| vec![edit])
            }
            Kind::Sequence { items, flow: true } => {
                let names: Option<Vec<String>> = items
                    .iter()
                    .map(|i| {
                        Some(format!("{}: {{condition: {}}}", edit::scalar_text(tree.text(*i)?, true), condition(tree.text(*i)?, name)))
                    })
                    .collect();
                let node = tree.node(entry.value);
                let plain = !source.slice(node.span).contains(['\n', '#', '*', '&', '!']) && node.anchor.is_none() && node.tag.is_none();
                names.filter(|_| plain).map(|names| vec![Edit { span: node.span, text: format!("{{{}}}", names.join(", ")) }])
            }
            Kind::Sequence { items, flow: false } => items.iter().map(|item| self.item_as_entry(entry.key, *item, name)).collect(),
            Kind::Scalar(_) | Kind::Alias { .. } => None,
        }
    }

    /// `- db # why` becomes `db: {condition: …} # why`. `None` if the dash is not to the right of the key `depends_on`.
    fn item_as_entry(&self, key: NodeId, item: NodeId, name: &str) -> Option<Edit> {
        let node = self.tree.node(item);
        let (text, span) = (self.tree.text(item)?, node.span);
        let column = |at: u32| self.source.position(at).column;
        let line_start = self.source.line_range(self.source.position(span.start).line)?.start;
        let before = self.source.text.get(line_start..span.start as usize)?;
        let plain =
            matches!(node.kind, Kind::Scalar(_)) && node.anchor.is_none() && node.tag.is_none() && !self.source.slice(span).contains('\n');
        let dash = u32::try_from(line_start + before.find('-')?).ok()?;
        if !plain || before.trim() != "-" || column(dash) <= column(self.tree.node(key).span.start) {
            return None;
        }
        let text = format!("{}: {{condition: {}}}", edit::scalar_text(text, false), condition(text, name));
        Some(Edit { span: Span::new(span.file, dash, span.end), text })
    }
}

fn condition(item: &str, wanted: &str) -> &'static str {
    if item == wanted { "service_healthy" } else { "service_started" }
}
