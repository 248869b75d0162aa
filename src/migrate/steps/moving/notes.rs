//! What there is to say about a move.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Env, Moving, Started};
use crate::discover::{self, Kind};
use crate::migrate::plan::{NoteKind, Plan};

/// What there is to say.
#[derive(Default)]
pub(super) struct Notes {
    /// Files that stay, and whose paths are written anew.
    pub(super) rebased: Vec<PathBuf>,
    /// Expressions that paths begin with, and the first place of each.
    pub(super) variables: BTreeMap<String, String>,
    /// The variables of those paths that cannot be proved for other values than those of today.
    pub(super) aside: BTreeSet<String>,
}

impl Notes {
    pub(super) fn tell(self, plan: &mut Plan, moving: &Moving, env: &Env) {
        let (old, new) = (plan.shown(&moving.file), plan.shown(&moving.to));
        let in_directory = |plan: &Plan, path: &Path| {
            let shown = plan.shown(path.parent().unwrap_or(path));
            if shown.is_empty() { "the directory above".to_owned() } else { format!("`{shown}`") }
        };
        let here = in_directory(plan, &moving.to);
        for (variable, place) in self.variables {
            plan.note(NoteKind::Attention, old.clone(), format!("{place}: the path begins with `{variable}`, which decides where it leads; it is not relative with the variables that are known here, and a relative one would start in {here} from now on"));
        }
        let default = moving.concerned.iter().find(|s| s.entry.kind == Kind::Default && s.entry.files.contains(&moving.file));
        if let Some(started) = default {
            let after = started.entry.files.iter().map(|f| if *f == moving.file { moving.to.clone() } else { f.clone() });
            let found = discover::default_files(&plan.preview(moving.disk), moving.to.parent().unwrap_or(&moving.to));
            let after: Vec<PathBuf> = after.collect();
            let stays = after == found && moving.to.parent() == moving.file.parent();
            if !stays {
                plan.note(NoteKind::Attention, old.clone(), "Compose found this file by itself, and will not any more: the files have to be named with `-f` wherever the project is started, as the plan says");
            }
        }
        let stated = |s: &Started| matches!(s.entry.kind, Kind::Stated(_)) && s.entry.files.contains(&moving.file);
        if moving.concerned.iter().any(|s| stated(s)) {
            plan.note(
                NoteKind::Attention,
                old.clone(),
                "the configuration of composelint states a project with this file: write its new place there",
            );
        }
        match env {
            Env::None => {}
            Env::Moves { from, .. } => {
                let env = plan.shown(from);
                plan.note(NoteKind::Attention, env.clone(), format!("goes along, because Compose reads it from the directory of the first file; on every other host that runs this project `{env}` has to be moved there, too, or its variables are empty"));
            }
            Env::Stays(path) => {
                let env = plan.shown(path);
                plan.note(
                    NoteKind::Attention,
                    env.clone(),
                    format!(
                        "stays where it is, because others read it, too: without `--env-file {env}` the variables of the project are empty"
                    ),
                );
            }
        }
        for path in self.rebased {
            let shown = plan.shown(&path);
            plan.note(NoteKind::Decision, shown, format!("its relative paths are written anew: it goes on top of `{new}`, and Compose starts the paths of all files in the directory of the first"));
        }
        plan.note(NoteKind::Decision, old, format!("moves to `{new}`; its relative paths lead where they led"));
        plan.notes.sort_by_key(|note| note.kind);
    }
}
