//! What a use of a variable without a value most likely means. Knows no rule.

use super::written::has_variable;
use crate::compose::VariableUse;
use crate::compose::problem::{ModelPath, Part};
use crate::compose::value::Step;
use crate::rules::prelude::*;
use crate::source::Sources;

/// Beginnings of password hashes, whose `$` ought to have been written twice.
const HASHES: &[&str] = &["$2a$", "$2b$", "$2y$", "$apr1$", "$argon2", "$1$", "$5$", "$6$", "$y$", "$pbkdf2"];

/// The uses that get no value from anywhere, those in what looks like a password hash left out.
pub(super) fn unset<'a>(project: &'a Project, cx: &Cx) -> Vec<&'a VariableUse> {
    project.variables.iter().filter(|v| !v.set && v.operator.is_none() && !is_hash(v, cx.sources)).collect()
}

/// True if the "name" is a part of a password hash.
pub(crate) fn is_hash(used: &VariableUse, sources: &Sources) -> bool {
    let source = sources.get(used.at.file);
    let text = source.slice(used.at);
    HASHES.iter().any(|h| text.contains(h))
}

/// The service that a place in the project belongs to.
pub(super) fn service_of(path: &ModelPath) -> Option<&str> {
    match path.0.as_slice() {
        [Part::Key(top), Part::Key(service), ..] if top == "services" => Some(service),
        _ => None,
    }
}

/// The service, if it sets the variable to a fixed text in its own `environment` and uses it where a shell in the container would see it.
pub(super) fn meant_for_the_shell<'a>(used: &VariableUse, project: &'a Project) -> Option<&'a Service> {
    let [_, _, Part::Key(key), ..] = used.path.0.as_slice() else { return None };
    let service = project.services.get(service_of(&used.path)?)?;
    let value = service.environment.get(&used.name)?;
    let literal = value.value.is_some() && !has_variable(&value.origin) && !is_from_file(&value.origin);
    (matches!(key.as_str(), "command" | "entrypoint" | "healthcheck") && literal).then_some(&service.value)
}

/// The service, and where an env file sets the variable for its container: as a value of its own, or under one that `environment` replaces it with.
pub(super) fn in_env_file<'a>(used: &VariableUse, project: &'a Project) -> Option<(&'a Service, &'a Origin)> {
    let service = project.services.get(service_of(&used.path)?)?;
    let value = service.environment.get(&used.name)?;
    let origin = Some(&value.origin).into_iter().chain(value.origin.replaced.as_deref()).find(|o| is_from_file(o))?;
    Some((&service.value, origin))
}

fn is_from_file(origin: &Origin) -> bool {
    origin.via.iter().any(|s| matches!(s, Step::File(_)))
}
