//! `migrate --check`: says whether a project that was split is still whole.

use std::fmt::Write as _;
use std::path::Path;

use super::super::{Failure, Global, Outcome, colour, output, print};
use super::failed;
use crate::fs::OsFs;
use crate::migrate::check;
use crate::migrate::show;
use crate::report::{display_path, plain, summary};

pub(super) fn run(root: &Path, here: &Path, global: &Global) -> Result<Outcome, Failure> {
    let checked = check::check(root, &OsFs).map_err(|error| match error {
        crate::migrate::apply::ApplyError::NoRollback(_) => Failure::new(format!(
            "there is nothing to check in `{}`: no migration was written there, and no file chooses an environment",
            display_path(root, here)
        ))
        .help("run `composelint migrate --to layout` first"),
        error => failed(&error),
    })?;
    let mut out = String::new();
    for (command, why) in &checked.environments {
        let said = why.as_ref().map_or_else(|| "loads".to_owned(), |why| format!("is refused: {why}"));
        let _ = writeln!(out, "{}: {}", plain(command), plain(&said));
    }
    match &checked.proof {
        Some(Ok(proved)) => {
            let entries = summary::count(proved.evidence().len(), "way");
            let _ = writeln!(out, "the same project as before the migration, started in {entries}");
        }
        Some(Err(not)) => {
            out.push_str("no longer the project that it was before the migration:\n");
            out.push_str(&show::differences(not, &OsFs, here, colour(global.color)));
        }
        None => out.push_str("the originals are no longer kept, so it cannot be compared with what was before\n"),
    }
    for (name, files) in &checked.twice {
        let files: Vec<String> = files.iter().map(|f| format!("`{}`", display_path(f, here))).collect();
        let _ = writeln!(out, "defined more than once: {} in {}", plain(name), plain(&files.join(", ")));
    }
    for stale in &checked.stale {
        let what = if stale.missing { "is not there any more" } else { "is not what the project is now" };
        let _ = writeln!(out, "{} {what}", plain(&stale.path.display().to_string()));
    }
    print(&out)?;
    if checked.is_sound() {
        if !global.quiet {
            output::stderr("whole: nothing to do\n");
        }
        return Ok(Outcome::Clean);
    }
    Ok(Outcome::Found)
}
