//! Where in its file a span stands, in keys: `services.web.ports[0]`. Only for formats that machines read, and only on their demand.

use std::collections::BTreeMap;

use super::Report;
use crate::compose::problem::ModelPath;
use crate::source::{FileId, Span};
use crate::yaml::{Kind, NodeId, Tree};

/// Key paths of one report; parses a file once, and only if it is asked for.
pub(super) struct KeyPaths<'a> {
    report: &'a Report<'a>,
    trees: BTreeMap<FileId, Option<Tree>>,
}

impl<'a> KeyPaths<'a> {
    pub(super) fn new(report: &'a Report<'a>) -> Self {
        Self { report, trees: BTreeMap::new() }
    }

    /// The path of the deepest entry or item that holds the span, secrets hidden; `None` where there is none.
    pub(super) fn of(&mut self, span: Span) -> Option<String> {
        let sources = self.report.sources;
        let tree = self.trees.entry(span.file).or_insert_with(|| {
            let source = sources.get(span.file);
            let yaml = source
                .path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml") || e.eq_ignore_ascii_case("json"));
            yaml.then(|| crate::yaml::parse::parse(span.file, &source.text))
        });
        let path = path(tree.as_ref()?, span);
        (!path.0.is_empty()).then(|| self.report.redactor.text(&path.to_string()).into_owned())
    }
}

fn path(tree: &Tree, span: Span) -> ModelPath {
    let mut path = ModelPath::default();
    let holds = |id: NodeId| tree.node(id).span.contains(&span);
    let mut at = tree.documents.iter().map(|d| d.root).find(|r| holds(*r));
    while let Some(node) = at {
        at = None;
        match &tree.node(node).kind {
            Kind::Mapping { entries, .. } => {
                // From the key to the end of the value, so that a span over a whole entry belongs to it.
                let holds_entry = |e: &&crate::yaml::Entry| {
                    let (key, value) = (tree.node(e.key).span, tree.node(e.value).span);
                    key.start <= span.start && span.end <= value.end.max(key.end)
                };
                if let Some(entry) = entries.iter().find(holds_entry)
                    && let Some(key) = tree.text(entry.key)
                {
                    path = path.key(key);
                    at = holds(entry.value).then_some(entry.value);
                }
            }
            Kind::Sequence { items, .. } => {
                if let Some((i, item)) = items.iter().enumerate().find(|(_, item)| holds(**item)) {
                    path = path.index(i);
                    at = Some(*item);
                }
            }
            Kind::Scalar(_) | Kind::Alias { .. } => {}
        }
    }
    path
}
