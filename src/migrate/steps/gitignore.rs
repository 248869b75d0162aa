//! Keeps a new file out of git.

use std::path::Path;

use crate::fs::Fs;
use crate::host::{Facts, GitState, HostFacts};
use crate::migrate::plan::Plan;

/// Adds a file to the `.gitignore` of the root, unless something there says so already; a new `secrets` as a whole.
pub(super) fn add(plan: &mut Plan, disk: &dyn Fs, file: &Path) {
    let at = plan.root.join(".gitignore");
    let preview = plan.preview(disk);
    let ignored = HostFacts::new(&preview).git(file) == GitState::Ignored;
    let Ok(below) = file.strip_prefix(&plan.root) else { return };
    let old = preview.read(&at, u64::MAX).ok();
    // What is no text is not ours to add to.
    let Ok(mut text) = String::from_utf8(old.unwrap_or_default()) else { return };
    let line = |path: &Path, end: &str| {
        let escaped: String =
            path.to_string_lossy().chars().flat_map(|c| ['\\'].into_iter().filter(move |_| "*?[\\ ".contains(c)).chain([c])).collect();
        format!("/{escaped}{end}")
    };
    let parent = below.parent().filter(|p| !p.as_os_str().is_empty());
    let directory = parent.map(|p| line(p, "/"));
    let own = line(below, "");
    let has = |wanted: &str| text.lines().any(|l| l.trim_end() == wanted);
    if ignored || has(&own) || directory.as_deref().is_some_and(has) {
        return;
    }
    // Nothing else is in a directory of that name that is made here; any other may hold what git is to have.
    let is_new = file.parent().is_some_and(|p| p.ends_with("secrets") && !disk.exists(p));
    let new = directory.filter(|_| is_new).unwrap_or(own);
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(line_break);
    }
    text.push_str(&new);
    text.push_str(line_break);
    drop(preview);
    plan.file(disk, at, Some(text.into_bytes()), "keeps secrets out of git");
}
