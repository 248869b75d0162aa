//! `--add-env NEW --like OLD`: one more environment in the layout of [`crate::migrate::layout`], which begins as a copy of another.
//!
//! The new file is that of the other environment, text for text, below a line that says so: what is to be different in it only the user
//! knows. It is one more way to start the project, and it has to be the same project as the other one.

use std::path::{Path, PathBuf};

use super::{StepError, say};
use crate::compose::Loader;
use crate::discover;
use crate::fs::Fs;
use crate::migrate::ENVIRONMENTS;
use crate::migrate::plan::{EntryPoint, NoteKind, Plan};
use crate::source::Sources;
use crate::yaml::Kind;

/// Adds the environment `new` as a copy of `like`.
pub fn add(plan: &mut Plan, disk: &dyn Fs, new: &str, like: &str) -> Result<(), StepError> {
    for name in [new, like] {
        let fits =
            name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if !fits || name.len() > 100 {
            return Err(StepError::NoName(name.to_owned()));
        }
    }
    let before = plan.clone();
    let preview = before.preview(disk);
    let directory = plan.root.join(ENVIRONMENTS);
    let file = |name: &str| directory.join(format!("{name}.yaml"));
    let Ok(old) = preview.read(&file(like), u64::MAX) else {
        return Err(StepError::UnknownEnvironment { name: like.to_owned(), known: known(&directory, &preview) });
    };
    let old = String::from_utf8(old).map_err(|_| StepError::NotText(plan.shown(&file(like))))?;
    let mut files = vec![(file(new), headed(&old, new, like), format!("the environment `{new}`, a copy of `{like}`"))];
    let example = |name: &str| before.root.join(format!(".env.{name}.example"));
    let Some((root_file, variable)) = chooser(&before, &preview) else {
        return Err(StepError::NoLayout(before.shown(&directory)));
    };
    if let Some(text) = preview.read(&example(like), u64::MAX).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
        let text = for_environment(&text, &variable, new, like);
        files.push((example(new), text, format!("the variables of the environment `{new}`")));
    }
    let there = |path: &Path| preview.symlink_metadata(path).is_ok();
    if files.iter().all(|(path, text, _)| preview.read(path, u64::MAX).is_ok_and(|now| now == text.as_bytes())) {
        entry(plan, &root_file, &variable, new, like);
        return Ok(());
    }
    if let Some((path, ..)) = files.iter().find(|(path, ..)| there(path)) {
        return Err(StepError::Exists(plan.shown(path)));
    }
    for (path, text, what) in files {
        plan.file(disk, path, Some(text.into_bytes()), what);
    }
    entry(plan, &root_file, &variable, new, like);
    say(
        plan,
        NoteKind::Attention,
        new,
        format!(
            "is the same project as `{like}`, with the same name, volumes and ports: on one host they cannot run side by side unless `name` and the ports are made different"
        ),
    );
    say(plan, NoteKind::Decision, new, format!("begins as a copy of `{like}`; `{variable}={new}` chooses it"));
    plan.notes.sort_by_key(|note| note.kind);
    Ok(())
}

/// The environments that there are.
fn known(directory: &Path, disk: &dyn Fs) -> String {
    let files = disk.read_dir(directory).unwrap_or_default();
    let names = files.iter().filter(|f| f.path.extension().is_some_and(|e| e == "yaml")).filter_map(|f| f.path.file_stem());
    let names: Vec<String> = names.map(|n| format!("`{}`", n.to_string_lossy())).collect();
    if names.is_empty() { "there is none".to_owned() } else { format!("there are {}", names.join(", ")) }
}

/// The copy, with a line above it.
fn headed(text: &str, new: &str, like: &str) -> String {
    let (mark, text) = text.strip_prefix('\u{feff}').map_or(("", text), |rest| ("\u{feff}", rest));
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    format!("{mark}# The environment `{new}`. It began as a copy of `{like}`.{line_break}{line_break}{text}")
}

/// The example of the variables, which may choose its environment.
fn for_environment(text: &str, variable: &str, new: &str, like: &str) -> String {
    let chooses = format!("{variable}={like}");
    let changed = |old: &str| {
        if old.trim_end() == chooses { old.replacen(&chooses, &format!("{variable}={new}"), 1) } else { old.to_owned() }
    };
    text.split_inclusive('\n').map(changed).collect()
}

/// The file at the root that chooses the environment, and the variable by which it does.
pub(in crate::migrate) fn chooser(plan: &Plan, disk: &dyn Fs) -> Option<(PathBuf, String)> {
    let named = plan.entries.iter().filter_map(|e| e.after.files.first().map(|f| e.after.directory.join(f)));
    let default = discover::default_files(disk, &plan.root);
    named.chain(default).find_map(|path| {
        let sources = Sources::new();
        let loader = Loader::new(disk, &sources);
        let parsed = loader.open(&path).ok()?;
        let variable = parsed.tree.nodes.iter().find_map(|node| {
            let Kind::Scalar(scalar) = &node.kind else { return None };
            let (_, rest) = scalar.text.split_once("environments/${")?;
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
            rest.get(..end).filter(|name| !name.is_empty()).map(str::to_owned)
        })?;
        Some((path, variable))
    })
}

/// Adds the way to start it.
fn entry(plan: &mut Plan, root_file: &Path, variable: &str, new: &str, like: &str) {
    if plan.entries.iter().any(|e| e.environment.as_deref() == Some(new)) {
        return;
    }
    let of_root = |e: &&EntryPoint| match e.after.files.first() {
        Some(file) => e.after.directory.join(file) == root_file,
        None => root_file.parent() == Some(&e.after.directory),
    };
    let known = plan.entries.iter().find(|e| e.environment.as_deref() == Some(like));
    let Some(mut entry) = known.or_else(|| plan.entries.iter().find(of_root)).cloned() else { return };
    if entry.environment.as_deref() != Some(like) {
        // The layout is there already: the other environment is one of its own.
        entry.before.environment.insert(variable.to_owned(), like.to_owned());
    }
    entry.after.environment.insert(variable.to_owned(), new.to_owned());
    entry.environment = Some(new.to_owned());
    entry.becomes = Some(format!("{variable}={new} docker compose"));
    for choice in &mut entry.choices {
        new.clone_into(&mut choice.value);
    }
    if !entry.aside.iter().any(|name| name == variable) {
        entry.aside.push(variable.to_owned());
    }
    plan.entries.push(entry);
}
