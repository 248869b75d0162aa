//! The generated files on the disk: written all or none, and looked at again later.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::header::{self, Head, State};
use super::page;
use super::project::Modules;
use crate::fs::{DirEntry, FileType, Fs};
use crate::migrate::apply::ApplyError;
use crate::migrate::{Plan, prove};

/// The page beside the modules.
const PAGE: &str = "MIGRATION.md";
/// What was compared, for machines.
const EQUIVALENCE: &str = "equivalence.json";

impl Modules {
    /// Writes the files below `out`, all or none; what they replace is kept. Says how many. Errors: a file of somebody else, or one that was
    /// changed by hand, is in the way (unless `force`).
    pub fn write(&self, disk: &dyn Fs, out: &Path, force: bool) -> Result<usize, ApplyError> {
        let mut plan = Plan { root: out.to_path_buf(), ..Plan::default() };
        for (path, text) in &self.files {
            let path = out.join(path);
            if let Ok(there) = disk.read(&path, u64::MAX)
                && header::state(&there) != State::Untouched
                && !force
            {
                return Err(ApplyError::Exists(path));
            }
            plan.file(disk, path, Some(text.clone().into_bytes()), "a module");
        }
        for (name, text, what) in [(PAGE, page::page(self), "what went where"), (EQUIVALENCE, self.equivalence(), "what was compared")] {
            let path = out.join(name);
            if let Ok(there) = disk.read(&path, u64::MAX)
                && !ours(name, &there)
                && !force
            {
                return Err(ApplyError::Exists(path));
            }
            plan.file(disk, path, Some(text.into_bytes()), what);
        }
        let written = plan.files.iter().filter(|f| !f.is_idle()).count();
        // No project is changed, so there is nothing to compare.
        match prove(plan, disk) {
            Ok(proved) => proved.write(disk)?,
            Err(not) => return Err(ApplyError::ChangedMeanwhile(not.plan.root)),
        }
        Ok(written)
    }

    /// The files that are not what would be made now, each with the reason.
    pub fn stale(&self, disk: &dyn Fs, out: &Path) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        for (path, wanted) in &self.files {
            let at = out.join(path);
            let Ok(there) = disk.read(&at, u64::MAX) else {
                found.push((at, "is not there".to_owned()));
                continue;
            };
            match header::state(&there) {
                State::Foreign => found.push((at, "was not made by composelint".to_owned())),
                State::Edited => found.push((at, "was changed by hand".to_owned())),
                State::Untouched => {
                    let there = String::from_utf8_lossy(&there);
                    if header::text(&there) != header::text(wanted) {
                        found.push((at, format!("is out of date: {}", changed(&there, wanted))));
                    }
                }
            }
        }
        self.left_over(disk, out, &mut found);
        found
    }

    /// Files beside the others that were made once, and are made no more: of a service that is gone.
    fn left_over(&self, disk: &dyn Fs, out: &Path, found: &mut Vec<(PathBuf, String)>) {
        let named = |directory: &&Path| *directory != Path::new("");
        let directories: BTreeSet<&Path> = self.files.keys().filter_map(|path| path.parent()).filter(named).collect();
        for directory in directories {
            let mut entries = disk.read_dir(&out.join(directory)).unwrap_or_default();
            entries.sort_by(|a, b| a.path.cmp(&b.path));
            for DirEntry { path, file_type } in entries {
                let known = path.strip_prefix(out).is_ok_and(|path| self.files.contains_key(path));
                let module = file_type == FileType::File && path.extension().is_some_and(|e| e == "nix");
                if module && !known && disk.read(&path, u64::MAX).is_ok_and(|there| header::state(&there) != State::Foreign) {
                    found.push((path, "is made no more: take it away".to_owned()));
                }
            }
        }
    }

    /// What was compared, as JSON without values.
    fn equivalence(&self) -> String {
        let projects: Vec<_> = self
            .projects
            .iter()
            .map(|made| {
                let remarks: Vec<_> = made
                    .remarks
                    .iter()
                    .map(|r| {
                        serde_json::json!({
                            "class": r.class.name(), "key": r.path, "message": r.message,
                        })
                    })
                    .collect();
                let volumes: Vec<_> = made
                    .volumes()
                    .iter()
                    .map(|v| {
                        serde_json::json!({
                            "key": v.key, "name": v.real_name, "external": v.external,
                        })
                    })
                    .collect();
                serde_json::json!({
                    "project": made.project.name,
                    "host": made.host,
                    "containers": made.mapped.services,
                    "volumes": volumes,
                    "remarks": remarks,
                    "comments": { "carried": made.comments.carried, "appendix": made.comments.appendix, "lost": 0 },
                })
            })
            .collect();
        let json = serde_json::json!({
            "version": 1,
            "backend": self.backend.command(),
            "compared": self.evidence,
            "projects": projects,
        });
        crate::resolved::encode::pretty(&json) + "\n"
    }
}

/// True if a file beside the modules is one of ours: the user may have one of the same name.
fn ours(name: &str, there: &[u8]) -> bool {
    let text = String::from_utf8_lossy(there);
    if name == PAGE {
        return text.starts_with(page::TITLE);
    }
    serde_json::from_slice::<serde_json::Value>(there).is_ok_and(|json| json.get("compared").is_some() && json.get("projects").is_some())
}

/// Which sources have changed since a file was made.
fn changed(there: &str, wanted: &str) -> String {
    let (Some(before), Some(now)) = (Head::of(there), Head::of(wanted)) else { return "its head cannot be read".to_owned() };
    let other: Vec<String> = now.sources.iter().filter(|s| !before.sources.contains(s)).map(|(path, _)| format!("`{path}`")).collect();
    if other.is_empty() {
        "the variables, the command or composelint itself changed".to_owned()
    } else {
        format!("{} has changed", other.join(", "))
    }
}
