//! Where a path that leads nowhere was probably meant to lead. Judges nothing.

use std::path::{Component, Path, PathBuf};

use super::Cx;
use crate::host::GitState;

/// How many directories up it is looked.
const UP: usize = 6;

/// The way to what is there under the same name further up: `../../services/api` for a `./services/api` whose file was moved two
/// directories down. `written` is the relative path as the user wrote it, `resolved` where it leads.
pub(super) fn further_up(written: &str, resolved: &Path, cx: &Cx) -> Option<String> {
    if written.contains(['$', '~']) {
        return None;
    }
    let (mut up, mut rest) = (0, PathBuf::new());
    for component in Path::new(written).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if rest.as_os_str().is_empty() => up += 1,
            Component::Normal(name) => rest.push(name),
            _ => return None,
        }
    }
    let depth = rest.components().count();
    let from = resolved.ancestors().nth(depth).filter(|_| depth > 0 && resolved.ends_with(&rest))?;
    let in_repository = cx.facts.git(from) != GitState::NoRepository;
    for (directory, more) in from.ancestors().skip(1).zip(1..=UP) {
        // What lies beside the repository, or at the top of the disk, is no part of this.
        if directory.parent().is_none() || (in_repository && cx.facts.git(directory) == GitState::NoRepository) {
            return None;
        }
        let there = directory.join(&rest);
        // `./web` in a directory `web` is not that directory.
        if !from.starts_with(&there) && cx.facts.fs().exists(&there) {
            return Some(format!("{}{}", "../".repeat(up + more), rest.display()));
        }
    }
    None
}
