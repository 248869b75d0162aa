//! What the rules about clashes share: which services and projects exist beside each other at all.

use crate::compose::Role;
use crate::model::{Project, Service, Sourced};
use crate::source::FileId;

/// False if each is in profiles of its own: then they are alternatives.
pub(crate) fn can_run_together(a: &Service, b: &Service) -> bool {
    a.profiles.is_empty() || b.profiles.is_empty() || a.profiles.iter().any(|p| b.profiles.iter().any(|q| p.value == q.value))
}

/// How many containers a service runs, where it is written and more than one.
pub(crate) fn replicas(service: &Service) -> Option<&Sourced<i64>> {
    let count = service.scale.as_ref().or_else(|| service.deploy.as_ref()?.replicas.as_ref());
    count.filter(|n| n.value > 1 && !n.origin.is_unset())
}

/// True if the project is meant to go on top of another one: it has services that say nothing about what they run.
pub(crate) fn is_overlay(project: &Project) -> bool {
    project.services.values().any(|s| s.image.is_none() && s.build.is_none() && s.provider.is_none())
}

/// True if the project is written for a swarm, where the engine spreads what Compose keeps on one host.
pub(crate) fn is_for_swarm(project: &Project) -> bool {
    let scheduled = |service: &Service| {
        service.deploy.as_ref().is_some_and(|d| {
            d.placement.is_some()
                || d.update_config.is_some()
                || d.rollback_config.is_some()
                || d.endpoint_mode.is_some()
                || d.mode.as_ref().is_some_and(|m| m.starts_with("global"))
                || !d.labels.is_empty()
        })
    };
    let overlay = project.networks.values().any(|n| n.driver.as_ref().is_some_and(|d| d.value == "overlay"));
    overlay || project.services.values().any(|s| scheduled(s))
}

/// True if neither project reads a main or override file of the other: two stacks, not a base and what goes on top of it.
pub(crate) fn is_separate(a: &Project, b: &Project) -> bool {
    let own = |p: &Project| p.files.iter().filter(|f| matches!(f.role, Role::Main | Role::Override)).map(|f| f.id).collect::<Vec<_>>();
    let reads = |p: &Project, files: &[FileId]| p.files.iter().any(|f| files.contains(&f.id));
    !reads(a, &own(b)) && !reads(b, &own(a))
}
