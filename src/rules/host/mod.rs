//! Rules about all projects of a host together.

pub(super) mod broken_link;
pub(super) mod container_name_collision;
pub(super) mod data_not_backed_up;
pub(super) mod external_volume_without_owner;
pub(super) mod host_firewall_bypassed;
pub(super) mod host_port_collision;
pub(super) mod host_service_collision;
pub(super) mod image_drift;
mod known;
pub(super) mod linked_project_name;
pub(super) mod project_name_collision;
pub(super) mod project_name_on_several_hosts;
pub(super) mod repo_drift;
pub(super) mod router_collision;
pub(super) mod service_duplicated_across_hosts;
pub(super) mod shared_writable_path;
pub(super) mod stale_document;
pub(super) mod state_drift;
pub(super) mod subnet_collision;
pub(super) mod unresolved_endpoint;
pub(super) mod volume_with_two_owners;

use std::collections::BTreeSet;

use crate::model::{MountKind, Project};

/// True if two projects can be running side by side: files of one directory are variants of one another.
fn side_by_side(a: &Project, b: &Project) -> bool {
    a.directory != b.directory
}

/// Two projects in a few words, for messages that speak of both: by name, or by directory where the name does not tell them apart.
fn called(a: &Project, b: &Project) -> (String, String) {
    let by_name = !a.name.is_empty() && !b.name.is_empty() && a.name != b.name;
    let called =
        |p: &Project| if by_name { format!("project `{}`", p.name) } else { format!("the project in `{}`", p.directory.display()) };
    (called(a), called(b))
}

/// The keys of the volumes that services mount: without that, Compose neither creates nor needs them.
fn mounted(project: &Project) -> BTreeSet<&str> {
    let all = project.services.values().flat_map(|s| &s.volumes);
    all.filter(|m| m.kind == MountKind::Volume).filter_map(|m| m.source.as_deref()).collect()
}
