//! `include`: other models become part of this document (spec/resolve.md 10).

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::environment::{self, EnvFile};
use super::load::{Chosen, MAX_DEPTH, Run, Scope, local, local_directory, push_step};
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::reset::{self, ResetPath};
use super::value::{Data, Entry, Map, Origin, Step, Value};
use super::{Role, Semantics, merge, paths};
use crate::fs::join;

/// What is taken from an included model; everything else of it is dropped.
const SECTIONS: [&str; 6] = ["services", "volumes", "networks", "secrets", "configs", "models"];

/// Loads every entry of `include` into the document, and removes the key. An entry that fails is skipped.
pub(super) fn apply(run: &mut Run<'_>, document: &mut Map, scope: &Scope, file: &Path, resets: &[ResetPath]) {
    let Some(include) = document.shift_remove("include") else { return };
    let list = match include.value.data {
        Data::Null => return,
        Data::Seq(list) => list,
        _ => {
            run.problems.push(
                Problem::refused(ProblemKind::IncludeError, Phase::Include, "`include` must be a list")
                    .at(&include.value.origin)
                    .path(&ModelPath::keys(&["include"]))
                    .help("put a dash before the path"),
            );
            return;
        }
    };
    for (index, item) in list.into_iter().enumerate() {
        let path = ModelPath::keys(&["include"]).index(index);
        entry(run, document, scope, file, resets, &item, &path);
    }
}

/// The text items of `key`; `None` (and a problem) if it is something else.
fn strings(run: &mut Run<'_>, value: Option<&Value>, path: &ModelPath) -> Option<Vec<(String, Origin)>> {
    let items = match value.map(|v| (&v.data, v)) {
        None | Some((Data::Null, _)) => return Some(Vec::new()),
        Some((Data::Seq(items), _)) => items.iter().collect(),
        Some((_, one)) => vec![one],
    };
    let mut out = Vec::new();
    for item in items {
        let Data::Str(text) = &item.data else {
            run.problems.push(
                Problem::refused(ProblemKind::IncludeError, Phase::Decode, "a path of `include` must be text").at(&item.origin).path(path),
            );
            return None;
        };
        out.push((text.clone(), item.origin.clone()));
    }
    Some(out)
}

fn entry(run: &mut Run<'_>, document: &mut Map, scope: &Scope, file: &Path, resets: &[ResetPath], item: &Value, path: &ModelPath) {
    let (given, env_given, directory_given) = match &item.data {
        Data::Str(_) => (Some(item), None, None),
        Data::Map(_) => (item.get("path"), item.get("env_file"), item.get("project_directory")),
        _ => {
            run.problems.push(
                Problem::refused(ProblemKind::IncludeError, Phase::Decode, "an entry of `include` must be a path or a mapping")
                    .at(&item.origin)
                    .path(path),
            );
            return;
        }
    };
    let Some(given) = strings(run, given, path) else { return };
    let Some(env_given) = strings(run, env_given, path) else { return };
    let directory_given = directory_given.and_then(Value::as_str).unwrap_or_default();

    let mut chain = scope.chain.clone();
    chain.push((file.to_path_buf(), scope.included_at));
    if chain.len() > MAX_DEPTH {
        run.too_deep(&item.origin);
        return;
    }
    let mut base = PathBuf::new();
    let mut directory = PathBuf::from(directory_given);
    let mut files = Vec::new();
    for (index, (text, origin)) in given.iter().enumerate() {
        if paths::is_remote(text).is_some() {
            run.problems.push(
                Problem::refused(ProblemKind::RemoteNotFetched, Phase::Remote, format!("{text} is included, but not fetched"))
                    .at(origin)
                    .path(path)
                    .help("keep a copy of the file beside this one"),
            );
            if index == 0 {
                return;
            }
            continue;
        }
        let absolute = local(&scope.directory, text);
        if index == 0 {
            if directory_given.is_empty() {
                base = local_directory(run, &scope.directory, &absolute.to_string_lossy());
                directory = absolute.parent().unwrap_or(Path::new("/")).to_path_buf();
            } else if directory.is_absolute() {
                base.clone_from(&directory);
            } else {
                base = local_directory(run, &scope.directory, directory_given);
                directory = join(&scope.base, &directory);
            }
            if let Some(at) = chain.iter().position(|(seen, _)| *seen == absolute) {
                let mut problem = Problem::refused(
                    ProblemKind::IncludeError,
                    Phase::Include,
                    format!("{text} includes itself, through the files that it includes"),
                )
                .at(origin)
                .path(path)
                .help("break the circle at one of the places");
                for (seen, included) in chain.iter().skip(at) {
                    if let Some(span) = included {
                        problem = problem.related(*span, format!("{} is included here", seen.display()));
                    }
                }
                run.problems.push(problem);
                return;
            }
        }
        files.push(Chosen { path: absolute, named: Some(origin.clone()), role: Role::Include(item.origin.at) });
    }
    let env_files = env_files(run, scope, &directory, &env_given, path);
    let mut added = environment::read(run, &scope.environment, &env_files);
    for (name, variable) in &*scope.environment {
        added.insert(name.clone(), variable.clone());
    }
    run.scopes += 1;
    let inner = Scope {
        environment: Rc::new(added),
        directory,
        base,
        resolve_paths: true,
        number: run.scopes,
        chain,
        included_at: Some(item.origin.at),
    };
    let mut model = run.model(&files, &inner);
    push_step(&mut model, &Step::Include(item.origin.at));
    import(run, document, model, resets, item);
}

/// The env files of an include: those that it names, else the `.env` of its directory (spec/resolve.md 10.2).
fn env_files(run: &mut Run<'_>, scope: &Scope, directory: &Path, given: &[(String, Origin)], path: &ModelPath) -> Vec<EnvFile> {
    if given.is_empty() {
        let default = run.on_disk(&join(directory, Path::new(".env")));
        return if run.loader.fs.is_file(&default) { vec![EnvFile { path: default, named: None }] } else { Vec::new() };
    }
    let mut out = Vec::new();
    for (text, origin) in given {
        if text == "/dev/null" {
            continue;
        }
        let given = Path::new(text);
        let full = run.on_disk(&if given.is_absolute() { given.to_path_buf() } else { join(&scope.base, given) });
        if !run.loader.fs.is_file(&full) {
            let what = if run.loader.fs.is_dir(&full) { "is a directory, not a file" } else { "does not exist" };
            run.problems.push(
                Problem::refused(ProblemKind::EnvFile, Phase::EnvFile, format!("the env file {text} of this include {what}"))
                    .at(origin)
                    .path(path),
            );
            continue;
        }
        out.push(EnvFile { path: full, named: Some(origin.clone()) });
    }
    out
}

/// Takes the sections of an included model into the document (spec/resolve.md 10.3).
fn import(run: &mut Run<'_>, document: &mut Map, mut model: Map, resets: &[ResetPath], item: &Value) {
    for kind in SECTIONS {
        let Some(Entry { key, value: Value { data: Data::Map(theirs), origin } }) = model.shift_remove(kind) else { continue };
        let ours = document.entry(kind.to_owned()).or_insert_with(|| Entry { key, value: Value::new(Data::Map(Map::default()), origin) });
        let path = ModelPath::keys(&[kind]);
        if ours.value.as_map().is_none() {
            run.problems.push(
                Problem::refused(
                    ProblemKind::IncludeError,
                    Phase::Include,
                    format!("`{kind}` must be a mapping, because an included file adds to it"),
                )
                .at(Origin { at: ours.key, ..ours.value.origin.clone() })
                .path(&path)
                .related(item.origin.at, "the include"),
            );
            if !ours.value.is_null() {
                continue;
            }
            ours.value.data = Data::Map(Map::default());
        }
        let Some(ours) = ours.value.as_map_mut() else { continue };
        for (name, mut entry) in theirs {
            let path = path.key(&name);
            let Some(local) = ours.get_mut(&name) else {
                ours.insert(name, entry);
                continue;
            };
            if local.value != entry.value {
                let problem = Problem::refused(
                    ProblemKind::IncludeConflict,
                    Phase::Include,
                    format!("`{path}` is defined here and, differently, in an included file"),
                )
                .at(Origin { at: local.key, ..local.value.origin.clone() })
                .path(&path)
                .related(entry.key, "defined in the included file")
                .help("remove one of the two, or put the changes into an override file in the include's `path` list");
                // 5.x merges the two, 2.40 refuses them.
                run.problems.push(Problem { refused: run.semantics() == Semantics::V2, ..problem });
            }
            if run.semantics() == Semantics::V2 {
                continue;
            }
            reset::apply_below(&mut entry.value, &[kind, &name], resets);
            let own = std::mem::replace(&mut local.value, Value::new(Data::Null, item.origin.clone()));
            // What is defined here is written here, whatever is added to it; a key without a value adds nothing.
            let (place, empty) = (own.origin.clone(), own.is_null());
            local.value = merge::values(entry.value, own, &path, &mut run.problems);
            if empty {
                local.key = entry.key;
            } else {
                local.value.origin = place;
            }
        }
    }
}
