//! How a container of the [`normal`](super::normal) form is written as an entry of `virtualisation.oci-containers.containers`, for docker
//! and for podman, and read back from it by way of the flags of `docker run` and `podman run`. The two ways know nothing of each other.

mod argv;
mod csv;
mod parse;
mod references;
#[cfg(test)]
mod tests;
mod write;

use super::Backend;
use super::normal::Container;
use crate::nix::Value;

pub use argv::argv;
pub use parse::parse;
pub use write::{Refusal, write};

/// The container that an entry of this name asks for: by the flags that the module of NixOS makes of it, and by what is for systemd.
pub fn read(name: &str, entry: &Value, backend: Backend) -> Result<Container, String> {
    let words = argv::words(name, entry, backend)?;
    let (named, mut container) = parse(&words, backend)?;
    if named != name {
        return Err(format!("the container is named `{named}` by a flag"));
    }
    for other in ["login", "imageFile"] {
        if entry.get(other).is_some_and(|value| *value.plain() != Value::Null) {
            return Err(format!("`{other}` is not known here"));
        }
    }
    if entry.at(&["podman", "user"]).and_then(Value::as_text).is_some_and(|user| user != "root") {
        return Err("`podman.user` is not known here".into());
    }
    container.image_stream = entry.get("imageStream").is_some_and(|value| *value.plain() != Value::Null);
    // What is the default of the module is told apart from what is written.
    container.pull = entry.get("pull").and_then(Value::as_text).or(container.pull);
    container.log_driver = entry.get("log-driver").and_then(Value::as_text).or(container.log_driver);
    container.sdnotify = match container.sdnotify {
        None => entry.at(&["podman", "sdnotify"]).and_then(Value::as_text),
        other => other,
    };
    container.auto_start = !matches!(entry.get("autoStart").map(Value::plain), Some(Value::Bool(false)));
    container.depends_on = entry.get("dependsOn").and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_text).collect();
    Ok(container)
}

/// Puts the mounts that `-v` can say before those that need `--mount`, each in its order: so they are written as `volumes`. No engine minds
/// the order of mounts at different places; a mount of `-v` behind one that it cannot say is written as a flag.
pub fn settle(container: &mut Container, backend: Backend) {
    container.mounts.sort_by_key(|mount| !write::short_mount(mount, backend));
}
