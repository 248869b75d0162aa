//! The projects of a plan as they will be, and where in the texts their services stand.

use std::sync::Arc;

use super::desk::Desk;
use crate::compose::Loader;
use crate::compose::value::{Origin, Step};
use crate::migrate::plan::Plan;
use crate::model::{self, Project, Service, Sourced};
use crate::source::{FileId, Source, Span};
use crate::yaml::{Kind, NodeId, Tree};

/// Every project of a plan as it will be started, in the order of the entries.
pub(super) fn of(plan: &Plan, loader: &Loader) -> Vec<Project> {
    plan.entries.iter().map(|entry| model::whole(loader, &entry.after)).collect()
}

/// True if a value is written where its service is: it came neither from another service nor through an alias.
pub(super) fn own(origin: &Origin) -> bool {
    !origin.via.iter().any(|step| matches!(step, Step::Alias(_) | Step::Merge(_) | Step::Extends { .. }))
}

/// The mapping that something is written as.
#[derive(Clone)]
pub(super) struct Home {
    pub(super) source: Arc<Source>,
    pub(super) tree: Arc<Tree>,
    pub(super) mapping: NodeId,
}

impl Home {
    /// The mapping that is the value of a key.
    pub(super) fn of_key(key: Span, desk: &Desk) -> Option<Self> {
        let tree = desk.tree(key.file)?;
        let mapping = tree.entry(tree.at(key)?)?.1.value;
        matches!(tree.node(mapping).kind, Kind::Mapping { .. }).then(|| Self { source: desk.source(key.file), tree, mapping })
    }

    /// The mapping of a service: the one that says what it runs, of several files that say something of it.
    pub(super) fn of_service(service: &Sourced<Service>, desk: &Desk) -> Option<Self> {
        let image = service.image.as_ref().filter(|i| own(&i.origin)).and_then(|i| i.key);
        let build = service.build.as_ref().filter(|b| own(&b.origin)).and_then(|b| b.key);
        let within = |key: Span| {
            let tree = desk.tree(key.file)?;
            let (mapping, _) = tree.entry(tree.at(key)?)?;
            Some(Self { source: desk.source(key.file), tree, mapping })
        };
        image.or(build).and_then(within).or_else(|| Self::of_key(service.key?, desk))
    }

    /// The top level of a file that has one document.
    pub(super) fn top(file: FileId, desk: &Desk) -> Option<Self> {
        let tree = desk.tree(file)?;
        let [document] = tree.documents.as_slice() else { return None };
        let mapping = document.root;
        matches!(tree.node(mapping).kind, Kind::Mapping { .. }).then(|| Self {
            source: desk.source(file),
            tree: Arc::clone(&tree),
            mapping,
        })
    }

    /// True if something is read from here through an alias: a change would change other places, too.
    pub(super) fn is_shared(&self) -> bool {
        self.tree.shared(self.mapping)
    }

    /// File and offset, which name it in every project.
    pub(super) fn place(&self) -> (std::path::PathBuf, u32) {
        (self.source.path.clone(), self.tree.node(self.mapping).span.start)
    }

    /// The span of the mapping.
    pub(super) fn span(&self) -> Span {
        self.tree.node(self.mapping).span
    }
}
