//! What the rules share that miss something in a service.

use crate::compose::problem::{Part, Phase};
use crate::rules::prelude::*;

/// True if what the service lacks is missing for certain: it is a whole service, and everything that could have a part of it was read.
pub(super) fn is_whole(service: &Service, project: &Project) -> bool {
    let unread = project.problems.iter().any(|p| {
        p.refused
            && matches!(p.phase, Phase::Io | Phase::Yaml | Phase::Include | Phase::Extends | Phase::Remote | Phase::NoFile | Phase::Merge)
    });
    (service.image.is_some() || service.build.is_some()) && service.provider.is_none() && !unread
}

/// True if one of these keys of the service is written with a variable that has no value: what it will be cannot be told from here. The
/// services of a file that others extend count, whatever they are called.
pub(super) fn depends_on_variable(service: &Service, keys: &[&str], project: &Project) -> bool {
    project.variables.iter().filter(|v| !v.set).any(|v| match v.path.0.as_slice() {
        [Part::Key(section), Part::Key(name), Part::Key(key), ..] => {
            section == "services" && keys.contains(&key.as_str()) && (*name == service.name || !project.services.contains_key(name))
        }
        _ => false,
    })
}

/// True if it is to run once: another service waits for its end.
pub(super) fn runs_once(service: &Service, project: &Project) -> bool {
    let ends = |s: &Service| s.depends_on.get(&service.name).is_some_and(|d| d.condition == "service_completed_successfully");
    project.services.values().any(|s| ends(s))
}
