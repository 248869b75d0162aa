//! Who waits for whom, and how the health of a service is checked. Judges nothing.

use std::path::Path;

use crate::model::{Dependency, Healthcheck};
use crate::rules::prelude::*;

/// More of a Dockerfile is not read.
const LIMIT: u64 = 1 << 20;

/// A service that waits for another one, by the entry of its `depends_on`.
pub(super) struct Waiting<'a> {
    /// The service that waits.
    pub(super) service: &'a Service,
    /// The one that it waits for.
    pub(super) target: &'a Sourced<Service>,
    /// The entry.
    pub(super) entry: &'a Sourced<Dependency>,
}

/// Every entry of `depends_on` that somebody wrote, with a condition and both of its services. A service that a provider runs is none.
pub(super) fn waiting<'a>(project: &'a Project, condition: &str) -> Vec<Waiting<'a>> {
    project.services.values().flat_map(|service| waiting_of(service, project, condition)).collect()
}

/// Those of one service.
pub(super) fn waiting_of<'a>(service: &'a Service, project: &'a Project, condition: &str) -> Vec<Waiting<'a>> {
    let mut out = Vec::new();
    for (name, entry) in &service.depends_on {
        let Some(target) = project.services.get(name) else { continue };
        if entry.condition == condition && !entry.origin.is_default() && target.provider.is_none() {
            out.push(Waiting { service, target, entry });
        }
    }
    out
}

/// What the files say about the health of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// A test is written in a Compose file.
    Checked,
    /// A test is written in the Dockerfile.
    InDockerfile,
    /// The test of the image is switched off.
    Disabled,
    /// Nothing; the image may have a test.
    Unknown,
    /// Nothing, and the Dockerfile has none either; the image that it begins with may have one.
    NotInDockerfile,
}

/// What the files say about the health of a service.
pub(super) fn health(service: &Service, cx: &Cx) -> Health {
    let check = service.healthcheck.as_ref();
    if check.is_some_and(|h| disabled_at(h).is_some()) {
        Health::Disabled
    } else if check.is_some_and(|h| h.test.as_ref().is_some_and(|t| !t.is_empty())) {
        Health::Checked
    } else {
        match dockerfile(service, cx) {
            Some(text) if has_instruction(&text) => Health::InDockerfile,
            Some(_) => Health::NotInDockerfile,
            None => Health::Unknown,
        }
    }
}

/// Where the check is switched off, by `disable: true` or `test: [NONE]`; `None` if it is not.
pub(crate) fn disabled_at(check: &Healthcheck) -> Option<Origin> {
    let disable = check.disable.as_ref().filter(|d| d.value).map(Sourced::at_key);
    disable.or_else(|| check.test.as_ref().filter(|t| t.first().is_some_and(|word| word == "NONE")).map(Sourced::at_key))
}

/// The text of the Dockerfile that the service is built from, if it can be read here.
fn dockerfile(service: &Service, cx: &Cx) -> Option<String> {
    let build = service.build.as_ref()?;
    if let Some(inline) = &build.dockerfile_inline {
        return Some(inline.value.clone());
    }
    let context = Path::new(build.context.as_ref()?.as_str());
    let name = build.dockerfile.as_ref().map_or("Dockerfile", |d| d.as_str());
    if !context.is_absolute() {
        return None;
    }
    let bytes = cx.facts.fs().read(&context.join(name), LIMIT).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// True if any stage has a `HEALTHCHECK` other than `NONE`: which stage is built is not followed.
pub(crate) fn has_instruction(dockerfile: &str) -> bool {
    dockerfile.lines().any(|line| {
        let mut words = line.split_whitespace();
        let instruction = words.next().is_some_and(|w| w.eq_ignore_ascii_case("HEALTHCHECK"));
        instruction && words.next().is_some_and(|w| !w.eq_ignore_ascii_case("NONE"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthcheck_in_a_dockerfile_is_seen() {
        assert!(has_instruction("FROM x\nHEALTHCHECK --interval=5s CMD true\n"));
        assert!(has_instruction("FROM x\n  healthcheck CMD true"));
        assert!(!has_instruction("FROM x\n# HEALTHCHECK CMD true\nHEALTHCHECK NONE\nRUN echo HEALTHCHECK\n"));
    }
}
