//! What the rules about unused resources share.

use crate::compose::problem::Phase;
use crate::model::{Named, Project, Sourced};

/// The resources that may be called unused: none if a part of the project could not be read or lies elsewhere, because what is missing may use them.
pub(crate) fn declared<'a, T>(project: &'a Project, resources: &'a Named<T>) -> impl Iterator<Item = (&'a str, &'a Sourced<T>)> {
    let incomplete = project.services.is_empty()
        || project.incomplete.is_some()
        || project.problems.iter().any(|p| {
            p.refused
                && matches!(
                    p.phase,
                    Phase::Io | Phase::Yaml | Phase::Include | Phase::Extends | Phase::Remote | Phase::NoFile | Phase::Merge
                )
        });
    resources.iter().filter(move |(_, r)| !incomplete && !r.origin.is_default()).map(|(name, r)| (name.as_str(), r))
}
