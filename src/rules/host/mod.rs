//! Rules about all projects of a host together.

pub(super) mod container_name_collision;
pub(super) mod host_port_collision;
pub(super) mod linked_project_name;
pub(super) mod project_name_collision;

use crate::model::Project;

/// True if two projects can be running side by side: files of one directory are variants of one another.
fn side_by_side(a: &Project, b: &Project) -> bool {
    a.directory != b.directory
}

/// The project in a few words, for messages that speak of several.
fn called(project: &Project) -> String {
    if project.name.is_empty() {
        format!("the project in `{}`", project.directory.display())
    } else {
        format!("project `{}`", project.name)
    }
}
