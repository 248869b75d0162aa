//! What the rules about unused resources share.

use crate::compose::problem::Phase;
use crate::model::{Named, Project, Sourced};

/// True if a part of the project could not be read or lies elsewhere: nothing can be said about what it does not have.
pub(crate) fn is_incomplete(project: &Project) -> bool {
    use Phase::{Extends, Include, Io, Merge, NoFile, Remote, Yaml};
    let unread = |phase| matches!(phase, Io | Yaml | Include | Extends | Remote | NoFile | Merge);
    project.services.is_empty() || project.incomplete.is_some() || project.problems.iter().any(|p| p.refused && unread(p.phase))
}

/// The resources that may be called unused: none if a part of the project is not here, because it may use them.
pub(crate) fn declared<'a, T>(project: &'a Project, resources: &'a Named<T>) -> impl Iterator<Item = (&'a str, &'a Sourced<T>)> {
    let incomplete = is_incomplete(project);
    resources.iter().filter(move |(_, r)| !incomplete && !r.origin.is_default()).map(|(name, r)| (name.as_str(), r))
}
