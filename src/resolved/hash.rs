//! The hash of a service's configuration (`docker compose config --hash`), by which Compose tells whether a container is out of date:
//! SHA-256 of the service as JSON, without what does not make another container.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Cx, encode};
use crate::compose::Semantics;
use crate::model::Service;

/// The hash, in hexadecimal. `platform`: `DOCKER_DEFAULT_PLATFORM`, which counts for a service that is built and names no platform.
pub fn service(service: &Service, semantics: Semantics, platform: Option<&str>) -> String {
    of_resolved(&Cx { v5: semantics == Semantics::V5, yaml: false }.service(&with_platform(service, platform)))
}

/// The hash of a service as [`super::json()`] has it.
pub fn of_resolved(service: &Value) -> String {
    format!("{:x}", Sha256::digest(encode::compact(&that_counts(service))))
}

/// A service as [`super::json()`] has it, without what does not make another container.
pub fn that_counts(service: &Value) -> Value {
    let mut shown = service.clone();
    if let Value::Object(map) = &mut shown {
        for key in ["build", "pull_policy", "scale", "depends_on", "profiles"] {
            map.shift_remove(key);
        }
        if let Some(Value::Object(deploy)) = map.get_mut("deploy") {
            deploy.shift_remove("replicas");
        }
    }
    shown
}

fn with_platform(service: &Service, platform: Option<&str>) -> Service {
    let mut service = service.clone();
    if let (Some(built), Some(platform), None) = (&service.build, platform.filter(|p| !p.is_empty()), &service.platform) {
        let origin = built.origin.clone();
        service.platform = Some(crate::model::Sourced { value: platform.to_owned(), origin, key: None });
    }
    service
}
