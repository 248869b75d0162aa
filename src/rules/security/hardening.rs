//! What the rules about missing hardening share.

use crate::model::{Service, Sourced};
use crate::rules::prelude::Origin;

/// Where to report that a service lacks something; `None` for a service that cannot be judged: one that Compose does not run as a container
/// (`provider`), and one without image and build, which is a part of a service that is put together elsewhere.
pub(super) fn lacking(service: &Sourced<Service>) -> Option<Origin> {
    let whole = service.provider.is_none() && (service.image.is_some() || service.build.is_some());
    whole.then(|| service.at_key())
}
