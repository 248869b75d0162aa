//! Where in its file a span stands, in keys: `services.web.ports[0]`. Only for formats that machines read, and only on their demand.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Report;
use crate::compose::problem::ModelPath;
use crate::source::{FileId, Span};
use crate::yaml::Tree;

/// Key paths of one report; parses a file once, and only if it is asked for.
pub(super) struct KeyPaths<'a> {
    report: &'a Report<'a>,
    trees: BTreeMap<FileId, Option<Arc<Tree>>>,
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
            let known = self.report.trees.and_then(|known| known(span.file));
            yaml.then(|| known.unwrap_or_else(|| Arc::new(crate::yaml::parse::parse(span.file, &source.text))))
        });
        let path = ModelPath::at(tree.as_ref()?, span);
        (!path.0.is_empty()).then(|| self.report.redactor.text(&path.to_string()).into_owned())
    }
}
