//! The proof once more, by the real tool: `docker compose config` of every entry point, before and after. Only on demand: it runs a program.
//!
//! Nothing of the project is written for it: the new files lie in a directory of their own, in which links lead to everything else.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::plan::{EntryPoint, Plan};
use crate::compose::Request;
use crate::fs::{self, Fs, OsFs};

/// Why the real tool could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// It is not there.
    #[error("neither `docker compose` nor `docker-compose` can be run here")]
    Missing,
    /// The new files could not be put where it can read them.
    #[error("the new files cannot be laid out for it in `{}`: {}", path.display(), fs::why(error))]
    Layout {
        /// Where.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
}

/// What the real tool says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its version.
    pub version: String,
    /// Entry points with the same answer.
    pub same: usize,
    /// Entry points that it refuses, before and after.
    pub refused: usize,
    /// The commands whose answers differ, with the first difference.
    pub different: Vec<(String, String)>,
}

/// The program and the words before the flags.
struct Tool {
    program: &'static str,
    words: &'static [&'static str],
    version: String,
}

fn tool() -> Result<Tool, DockerError> {
    for (program, words) in [("docker", &["compose"][..]), ("docker-compose", &[][..])] {
        let output = Command::new(program).args(words).args(["version", "--short"]).output();
        if let Ok(output) = output
            && output.status.success()
        {
            return Ok(Tool { program, words, version: String::from_utf8_lossy(&output.stdout).trim().to_owned() });
        }
    }
    Err(DockerError::Missing)
}

/// Asks for both sides of every entry point. `scratch` is an empty directory.
pub fn ask(plan: &Plan, scratch: &Path) -> Result<Asked, DockerError> {
    let tool = tool()?;
    lay_out(plan, scratch)?;
    let moved = |path: &Path| scratch.join(path.strip_prefix("/").unwrap_or(path));
    let mut asked = Asked { version: tool.version.clone(), same: 0, refused: 0, different: Vec::new() };
    for entry in &plan.entries {
        let before = answer(&tool, &entry.before, entry, &|p| p.to_path_buf());
        let after = answer(&tool, &entry.after, entry, &moved);
        let prefix = scratch.display().to_string();
        match (before.map(|v| without(v, "")), after.map(|v| without(v, &prefix))) {
            (None, None) => asked.refused += 1,
            (Some(before), Some(after)) if before == after => asked.same += 1,
            (Some(before), Some(after)) => {
                let mut all = Vec::new();
                differences(&before, &after, "", &mut all);
                // What holds nothing but what was asked for may be new as a whole.
                let asked_for = |path: &String| plan.accepted.iter().any(|a| a.covers(path) || a.path.starts_with(&format!("{path}.")));
                match all.iter().find(|path| !asked_for(path)) {
                    Some(at) => asked.different.push((entry.now().to_owned(), format!("differs at `{at}`"))),
                    None => asked.same += 1,
                }
            }
            (Some(_), None) => asked.different.push((entry.now().to_owned(), "refused afterwards".to_owned())),
            (None, Some(_)) => asked.different.push((entry.now().to_owned(), "refused before, and not afterwards".to_owned())),
        }
    }
    Ok(asked)
}

/// The resolved project; `None`: refused.
/// The tool with the flags of a request.
fn asked(tool: &Tool, request: &Request, at: &dyn Fn(&Path) -> PathBuf) -> Command {
    let mut command = Command::new(tool.program);
    command.args(tool.words).current_dir(at(&request.directory)).env("PWD", at(&request.directory));
    for file in request.env_files.iter().flatten() {
        command.arg("--env-file").arg(at(file));
    }
    for file in &request.files {
        command.arg("-f").arg(at(file));
    }
    if let Some(name) = &request.project_name {
        command.args(["-p", name]);
    }
    if let Some(directory) = &request.project_directory {
        command.arg("--project-directory").arg(at(directory));
    }
    command
}

/// The hashes of all services of a project, a line each; `None`: it refuses the project. Errors: there is no tool.
pub(super) fn hashes(request: &Request) -> Result<Option<Vec<String>>, DockerError> {
    let mut command = asked(&tool()?, request, &Path::to_path_buf);
    command.args(["--profile", "*", "config", "--hash", "*"]).envs(&request.environment);
    let output = command.output().map_err(|_| DockerError::Missing)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    Ok(output.status.success().then_some(lines))
}

fn answer(tool: &Tool, request: &Request, entry: &EntryPoint, at: &dyn Fn(&Path) -> PathBuf) -> Option<Value> {
    let mut command = asked(tool, request, at);
    command.args(["--profile", "*", "config", "--format", "json"]).envs(&request.environment);
    let output = command.output().ok()?;
    let mut value: Value = serde_json::from_slice(output.stdout.get(..).filter(|_| output.status.success())?).ok()?;
    if let Some(keys) = value.as_object_mut() {
        keys.retain(|key, _| !key.starts_with("x-") || !entry.aside.contains(key));
    }
    Some(value)
}

/// The new files below `scratch`, under their own paths, and links to all that is beside them and above them.
fn lay_out(plan: &Plan, scratch: &Path) -> Result<(), DockerError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |error| DockerError::Layout { path, error }
    };
    // The directories that hold a file of the plan, and those above them, are real; everything else in them is linked.
    let mut files: BTreeMap<PathBuf, Option<&Vec<u8>>> = BTreeMap::new();
    let mut directories: Vec<PathBuf> = Vec::new();
    for file in &plan.files {
        files.insert(file.path.clone(), file.after.as_ref());
        directories.extend(file.path.ancestors().skip(1).map(Path::to_path_buf));
    }
    directories.extend(plan.root.ancestors().map(Path::to_path_buf));
    directories.sort();
    directories.dedup();
    for directory in &directories {
        let at = below(scratch, directory);
        if *directory != Path::new("/") {
            OsFs.create_dir(&at).map_err(failed(&at))?;
        }
        for entry in OsFs.read_dir(directory).unwrap_or_default() {
            if directories.contains(&entry.path) || files.contains_key(&entry.path) || scratch.starts_with(&entry.path) {
                continue;
            }
            let link = below(scratch, &entry.path);
            OsFs.link(&entry.path, &link).map_err(failed(&link))?;
        }
    }
    for (path, content) in files {
        if let Some(content) = content {
            let at = below(scratch, &path);
            OsFs.write_atomic(&at, content).map_err(failed(&at))?;
        }
    }
    Ok(())
}

fn below(scratch: &Path, path: &Path) -> PathBuf {
    let mut out = scratch.to_path_buf();
    out.extend(path.components().filter(|c| matches!(c, Component::Normal(_))));
    out
}

/// The answer with the paths that it would have in the real place, and the entries of `ssh` in one order: the tool has them by chance.
fn without(value: Value, prefix: &str) -> Value {
    match value {
        Value::String(text) if !prefix.is_empty() => Value::String(text.replace(prefix, "")),
        Value::Array(items) => items.into_iter().map(|v| without(v, prefix)).collect(),
        Value::Object(map) => {
            let settled = |(key, value): (String, Value)| {
                let mut value = without(value, prefix);
                if let (true, Value::Array(items)) = (key == "ssh", &mut value) {
                    items.sort_by_key(ToString::to_string);
                }
                (key, value)
            };
            map.into_iter().map(settled).collect()
        }
        other => other,
    }
}

/// Where two values differ: the deepest paths.
fn differences(before: &Value, after: &Value, path: &str, out: &mut Vec<String>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let keys: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                match (old.get(key), new.get(key)) {
                    (Some(old), Some(new)) => differences(old, new, &join(path, key), out),
                    _ => out.push(join(path, key)),
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                differences(old, new, &format!("{path}[{index}]"), out);
            }
        }
        _ => out.push(path.to_owned()),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
