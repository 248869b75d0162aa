//! Where the relative paths of a file start, for steps that write one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::graph::{Graph, Uses};
use crate::compose::open::Loader;
use crate::compose::{Role, Semantics};
use crate::migrate::plan::Plan;
use crate::model::Project;

/// Of each file of a plan's projects the directory in which its relative paths start; files that are loaded in several ways, with different
/// directories, are left out.
pub(in crate::migrate::steps) fn of(plan: &Plan, projects: &[Project], loader: &Loader) -> BTreeMap<PathBuf, PathBuf> {
    let nothing = BTreeMap::new();
    let mut graph = Graph::new(loader, Semantics::default(), &nothing);
    for (entry, project) in plan.entries.iter().zip(projects) {
        let given = project.files.iter().filter(|f| matches!(f.role, Role::Main | Role::Override)).map(|f| f.path.clone());
        let files: Vec<PathBuf> = given.collect();
        let directory = entry.after.project_directory.as_ref().map(|_| project.directory.as_path());
        graph.project(&files, directory, &project.environment);
    }
    let one = |(path, uses): (PathBuf, Uses)| {
        let bases: BTreeSet<PathBuf> = uses.bases.into_iter().map(|b| b.before).collect();
        let mut bases = bases.into_iter();
        bases.next().filter(|_| bases.next().is_none()).map(|base| (path, base))
    };
    graph.files.into_iter().filter_map(one).collect()
}
