//! The places of a service where people write secrets. Knows which are literal; judges nothing.

use crate::compose::value::{Origin, Step};
use crate::model::{Hook, Named, Service, Sourced};

/// A named value of a service.
pub(crate) struct Pair<'a> {
    /// What it is, before its name: "", "the build argument ".
    pub(crate) what: &'static str,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its value.
    pub(crate) value: &'a str,
    /// Where it is written.
    pub(crate) origin: &'a Origin,
    /// True if everybody who may ask the engine sees it, and not only who may read the file.
    pub(crate) shown: bool,
}

/// Every named value of a service that may be a secret: variables, build arguments, labels, options of the log.
pub(crate) fn pairs<'a>(service: &'a Service) -> Vec<Pair<'a>> {
    let mut out = Vec::new();
    let mut optional = |what, shown, values: &'a Named<Option<String>>| {
        out.extend(values.iter().filter_map(|(name, v)| Some(Pair { what, name, value: v.as_deref()?, origin: &v.origin, shown })));
    };
    optional("", false, &service.environment);
    if let Some(build) = &service.build {
        optional("the build argument ", true, &build.args);
    }
    for hook in hooks(service) {
        optional("", false, &hook.environment);
    }
    let mut named = |what, values: &'a Named<String>| {
        out.extend(values.iter().map(|(name, v)| Pair { what, name, value: v.as_str(), origin: &v.origin, shown: true }));
    };
    named("the label ", &service.labels);
    named("the annotation ", &service.annotations);
    if let Some(build) = &service.build {
        named("the label ", &build.labels);
    }
    if let Some(deploy) = &service.deploy {
        named("the label ", &deploy.labels);
    }
    if let Some(logging) = &service.logging {
        named("the log option ", &logging.options);
    }
    out
}

fn hooks(service: &Service) -> impl Iterator<Item = &Sourced<Hook>> {
    service.post_start.iter().chain(&service.pre_start).chain(&service.pre_stop)
}

/// Every command of a service, with what it is called.
pub(crate) fn commands(service: &Service) -> Vec<(&'static str, &Sourced<Vec<String>>)> {
    let mut out = Vec::new();
    out.extend(service.command.as_ref().map(|c| ("command", c)));
    out.extend(service.entrypoint.as_ref().map(|c| ("entrypoint", c)));
    out.extend(service.healthcheck.as_ref().and_then(|h| h.test.as_ref()).map(|c| ("health check", c)));
    out.extend(hooks(service).filter_map(|h| h.command.as_ref()).map(|c| ("hook", c)));
    out
}

/// True if a value is written in a Compose file: no env file was read for it.
pub(super) fn in_compose_file(origin: &Origin) -> bool {
    !origin.via.iter().any(|s| matches!(s, Step::File(_)))
}
