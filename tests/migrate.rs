//! `migrate --to layout`: real projects are split, and are the same project afterwards.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)] // a test stands on the real disk

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use composelint::compose::Loader;
use composelint::discover;
use composelint::fs::OsFs;
use composelint::migrate::layout::{self, LayoutError, Options};
use composelint::migrate::prove;
use composelint::source::Sources;
use rayon::prelude::*;

/// The directories below a root in which a project is started.
fn directories(root: &Path) -> Vec<PathBuf> {
    let sources = Sources::new();
    let loader = Loader::new(&OsFs, &sources);
    let mut out: Vec<PathBuf> = discover::discover(&loader, &[root.to_path_buf()]).entries.into_iter().map(|e| e.directory).collect();
    out.dedup();
    out
}

fn repositories() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(entries) = std::fs::read_dir(corpus) else {
        println!("skipped: there is no collection of real projects beside this checkout");
        return Vec::new();
    };
    let only = std::env::var_os("MIGRATE_ONLY").map(|o| o.to_string_lossy().into_owned());
    let mut out: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir() && !p.ends_with("expected")).collect();
    out.retain(|p| only.as_ref().is_none_or(|o| p.ends_with(o)));
    out.sort();
    out.iter().map(|p| p.canonicalize().unwrap()).collect()
}

#[test]
fn real_projects_are_the_same_after_a_split() {
    let mut directories: Vec<PathBuf> = repositories().par_iter().flat_map_iter(|r| directories(r)).collect();
    if let Some(at) = std::env::var_os("MIGRATE_AT") {
        directories.retain(|d| d.ends_with(&at));
    }
    let results: Vec<(PathBuf, String, String)> = directories
        .par_iter()
        .map(|directory| {
            let sources = Sources::new();
            let options = Options { directory: directory.clone(), force: true, ..Options::default() };
            let (kind, detail) = match layout::plan(&OsFs, &sources, &options) {
                Ok(plan) => {
                    let (before, homeless) = (plan.comments_before, plan.comments.len());
                    if let Some(to) = std::env::var_os("MIGRATE_TO") {
                        for file in &plan.files {
                            let at = Path::new(&to).join(file.path.strip_prefix(&plan.root).unwrap());
                            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
                            if let Some(after) = &file.after {
                                std::fs::write(at, after).unwrap();
                            }
                        }
                    }
                    match prove(plan, &OsFs) {
                        Ok(proved) => {
                            ("proved".to_owned(), format!("{} entries, {homeless} of {before} comments homeless", proved.evidence().len()))
                        }
                        Err(not) => (
                            "NOT PROVED".to_owned(),
                            not.broken
                                .iter()
                                .map(|b| format!("{} ({:?}): {}", b.command, b.semantics, b.why))
                                .collect::<Vec<_>>()
                                .join("; "),
                        ),
                    }
                }
                Err(LayoutError::Refused { command, problems }) => {
                    ("refused".to_owned(), format!("{command}: {}", problems.first().map_or("", |p| p.message.as_str())))
                }
                Err(LayoutError::Unsupported { path, why }) => ("UNSUPPORTED".to_owned(), format!("{}: {why}", path.display())),
                Err(error) => ("none".to_owned(), error.to_string()),
            };
            (directory.clone(), kind, detail)
        })
        .collect();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (directory, kind, detail) in &results {
        *kinds.entry(kind).or_default() += 1;
        if kind.chars().all(|c| c.is_uppercase() || c == ' ') || std::env::var_os("MIGRATE_ALL").is_some() {
            println!("{kind}: {}: {detail}", directory.display());
        }
    }
    println!("{kinds:?}");
}
