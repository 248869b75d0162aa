//! Which files make the project, its directory, its environment and its name (spec/resolve.md 2 and 3).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::environment::Gathered;
use super::load::{Chosen, Run};
use super::open::Parsed;
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::value::{Data, Entry, Map, Origin, Value};
use super::{NameSource, Role, Variable, interpolate, paths};
use crate::fs::join;
use crate::source::Span;
use crate::yaml::scalar::{Typed, resolve};
use crate::yaml::{Kind, NodeId, Tree};

/// The default files, the first wins.
pub const DEFAULT_FILES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// The default override files, the first wins; any goes with any.
pub const DEFAULT_OVERRIDES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// What is to be loaded.
pub(super) struct Selection {
    /// The files that could be read.
    pub(super) files: Vec<Chosen>,
    /// The project directory.
    pub(super) directory: PathBuf,
    /// What `${…}` sees.
    pub(super) environment: BTreeMap<String, Variable>,
    /// The name; empty if there is none that can be used.
    pub(super) name: String,
    /// Where it comes from.
    pub(super) name_source: NameSource,
}

/// Phases 1 to 4 of spec/resolve.md 1.
pub(super) fn select(run: &mut Run<'_>) -> Selection {
    let request = run.request;
    let mut files = Vec::new();
    for file in &request.files {
        if file.to_str().is_some_and(|f| paths::is_remote(f).is_some()) {
            run.problems.push(
                Problem::refused(ProblemKind::RemoteNotFetched, Phase::Remote, format!("{} is not fetched", file.display()))
                    .help("name a local copy of it"),
            );
        } else {
            let path = if file == Path::new("-") { file.clone() } else { run.absolute(file) };
            files.push((path, None));
        }
    }
    let mut environment = Gathered::new(run, &working_directory(run, &files));
    if request.files.is_empty() {
        if environment.get("COMPOSE_FILE").is_some() {
            files = from_variable(run, &environment);
        } else {
            files = discover(run, &working_directory(run, &files));
        }
    }
    let directory = working_directory(run, &files);
    environment.grow(run, &directory);

    if let Some(name) = &request.project_name
        && normalised(name) != *name
    {
        run.problems.push(invalid_name(name, None));
    }
    if files.is_empty() && !run.is_refused() {
        run.problems.push(
            Problem::refused(ProblemKind::UnreadableFile, Phase::NoFile, format!("there is no compose file in {}", directory.display()))
                .help("add a compose.yaml, or name the file with -f"),
        );
    }
    let mut chosen = Vec::new();
    for (index, (path, at)) in files.into_iter().enumerate() {
        let named: Option<Origin> = at.map(Into::into);
        // All files are read before any is looked into.
        if path != Path::new("-")
            && let Err(error) = run.loader.check(&path)
        {
            run.cannot_open(&error, named.as_ref());
            continue;
        }
        chosen.push(Chosen { path, named, role: if index == 0 { Role::Main } else { Role::Override } });
    }
    let (name, name_source) = project_name(run, &chosen, &directory, &environment);
    let mut environment = environment.variables;
    let at = match &name_source {
        NameSource::Variable(at) => *at,
        NameSource::File(at) => Some(*at),
        _ => None,
    };
    environment.insert("COMPOSE_PROJECT_NAME".to_owned(), Variable { value: name.clone(), at });
    Selection { files: chosen, directory, environment, name, name_source }
}

/// The project directory, as far as it is known (spec/resolve.md 2.2).
fn working_directory(run: &Run<'_>, files: &[(PathBuf, Option<Span>)]) -> PathBuf {
    if let Some(given) = run.request.project_directory.as_ref().filter(|d| !d.as_os_str().is_empty()) {
        return run.absolute(given);
    }
    let first = files.iter().map(|(path, _)| path).find(|path| path.as_path() != Path::new("-"));
    first.map_or_else(|| run.request.directory.clone(), |path| path.parent().unwrap_or(Path::new("/")).to_path_buf())
}

/// The files of `COMPOSE_FILE`.
fn from_variable(run: &mut Run<'_>, environment: &Gathered) -> Vec<(PathBuf, Option<Span>)> {
    let Some((value, at)) = environment.get("COMPOSE_FILE") else { return Vec::new() };
    let separator = environment.get("COMPOSE_PATH_SEPARATOR").map(|(s, _)| s).filter(|s| !s.is_empty()).unwrap_or(":");
    let mut files = Vec::new();
    for name in value.split(separator) {
        if name == "-" {
            files.push((PathBuf::from("-"), at));
            continue;
        }
        let path = run.absolute(Path::new(name));
        if run.loader.fs.exists(&path) {
            files.push((path, at));
        } else {
            let mut problem = Problem::refused(
                ProblemKind::UnreadableFile,
                Phase::Io,
                format!("COMPOSE_FILE names {}, which does not exist", path.display()),
            )
            .help("correct the path, which starts at the current directory, or add the file");
            problem.origin = at.map(Into::into);
            run.problems.push(problem);
        }
    }
    files
}

/// The default files of the nearest directory that has one, upwards (spec/resolve.md 2.1).
fn discover(run: &Run<'_>, directory: &Path) -> Vec<(PathBuf, Option<Span>)> {
    let fs = run.loader.fs;
    let first_of = |directory: &Path, names: &[&str]| {
        names.iter().map(|name| join(directory, Path::new(name))).find(|path| fs.exists(path)).map(|path| (path, None))
    };
    for directory in directory.ancestors() {
        if let Some(main) = first_of(directory, &DEFAULT_FILES) {
            return std::iter::once(main).chain(first_of(directory, &DEFAULT_OVERRIDES)).collect();
        }
    }
    Vec::new()
}

/// Lower case, only `[a-z0-9_-]`, not beginning with `_` or `-`.
fn normalised(name: &str) -> String {
    let kept: String =
        name.to_lowercase().chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-')).collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

fn invalid_name(name: &str, at: Option<Span>) -> Problem {
    let mut problem = Problem::refused(
        ProblemKind::InvalidProjectName,
        Phase::Name,
        format!(
            "`{name}` cannot be a project name: only lower-case letters, digits, `-` and `_` can, and it begins with a letter or digit"
        ),
    );
    problem.origin = at.map(Into::into);
    let better = normalised(name);
    if better.is_empty() { problem } else { problem.help(format!("use `{better}`")) }
}

fn project_name(run: &mut Run<'_>, files: &[Chosen], directory: &Path, environment: &Gathered) -> (String, NameSource) {
    let opened: Vec<_> = files.iter().map(|file| run.open(&file.path)).collect();
    let flag = run.request.project_name.as_ref().filter(|name| !name.is_empty());
    let mut named = false;
    if flag.is_none() {
        for (file, opened) in files.iter().zip(&opened) {
            match opened {
                Ok(parsed) => {
                    if run.check_syntax(parsed) && names_itself(run, parsed) {
                        named = true;
                        break;
                    }
                }
                Err(error) => run.cannot_open(error, file.named.as_ref()),
            }
        }
    }
    if let Some(name) = flag {
        return if normalised(name) == *name { (name.clone(), NameSource::Flag) } else { (normalised(name), NameSource::Flag) };
    }
    if let Some((name, at)) = environment.get("COMPOSE_PROJECT_NAME").filter(|(name, _)| !name.is_empty()) {
        if normalised(name) != name {
            run.problems.push(invalid_name(name, at));
        }
        return (normalised(name), NameSource::Variable(at));
    }
    let mut fallback = String::new();
    if !named {
        let base = directory.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let real = run.loader.fs.canonicalize(directory).ok();
        if real.is_some_and(|real| real.file_name().is_some_and(|n| n.to_string_lossy() != base.as_str())) {
            run.problems.push(
                Problem::accepted(
                    ProblemKind::LinkedProjectName,
                    Phase::Name,
                    format!("the project has no name and was reached through a link, so its name is that of the link, `{base}`"),
                )
                .help("set `name` in the compose file"),
            );
        }
        fallback = normalised(&base);
    }
    let mut last: Option<(String, Span)> = None;
    for parsed in opened.iter().flatten().filter(|p| p.tree.errors.is_empty()) {
        let found = parsed.tree.documents.iter().map_while(|d| name_of(&parsed.tree, d.root).ok()).flatten();
        last = found.filter(|(name, _)| !name.is_empty()).last().or(last);
    }
    let Some((mut name, at)) = last else { return (fallback, NameSource::Directory) };
    if run.request.interpolate {
        let value = Value::new(Data::Str(name.clone()), at.into());
        let map = Map::from_iter([("name".to_owned(), Entry { key: at, value })]);
        let mut root = Value::new(Data::Map(map), at.into());
        let semantics = run.semantics();
        let path = ModelPath::default();
        interpolate::document(&mut root, &path, &environment.variables, semantics, &mut run.problems, &mut run.uses);
        if let Some(text) = root.get("name").and_then(Value::as_str) {
            text.clone_into(&mut name);
        }
    }
    if run.request.normalize {
        name = normalised(&name);
    }
    if name.is_empty() { (fallback, NameSource::Directory) } else { (name, NameSource::File(at)) }
}

/// True if the first document of a file has a name. What keeps Compose from looking is a problem.
fn names_itself(run: &mut Run<'_>, parsed: &Parsed) -> bool {
    let Some(first) = parsed.tree.documents.first() else { return false };
    match name_of(&parsed.tree, first.root) {
        Ok(found) => found.is_some_and(|(name, _)| !name.is_empty()),
        Err(problem) => {
            run.problems.push(*problem);
            false
        }
    }
}

/// The top-level `name` of a document, as written; tags are not looked at. `Err` for what the early look cannot read.
fn name_of(tree: &Tree, root: NodeId) -> Result<Option<(String, Span)>, Box<Problem>> {
    let node = tree.node(tree.deref(root));
    let entries = match &node.kind {
        Kind::Mapping { entries, .. } => entries,
        Kind::Scalar(scalar) if resolve(scalar, node.tag.as_ref().map(|t| &*t.name)) == Typed::Null => return Ok(None),
        _ => {
            return Err(Problem::refused(ProblemKind::InvalidYaml, Phase::Yaml, "the top level of a compose file must be a mapping")
                .at(node.span)
                .into());
        }
    };
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let mut found = None;
    for entry in entries {
        let key = tree.node(entry.key);
        let Kind::Scalar(scalar) = &key.kind else { continue };
        if let Some(earlier) = first.insert(&scalar.text, key.span) {
            return Err(duplicate_key(&scalar.text, key.span, earlier).into());
        }
        if &*scalar.text != "name" {
            continue;
        }
        let value = tree.node(tree.deref(entry.value));
        let Kind::Scalar(scalar) = &value.kind else {
            return Err(Problem::refused(ProblemKind::InvalidYaml, Phase::Yaml, "the project's `name` must be text").at(value.span).into());
        };
        if (value.tag.is_some() || resolve(scalar, None) != Typed::Null) && !scalar.text.is_empty() {
            found = Some((scalar.text.to_string(), value.span));
        }
    }
    Ok(found)
}

/// A key that is written twice.
pub(super) fn duplicate_key(key: &str, at: Span, earlier: Span) -> Problem {
    Problem::refused(ProblemKind::DuplicateKey, Phase::Yaml, format!("the key `{key}` is written twice in one mapping"))
        .at(at)
        .related(earlier, "first written here")
        .help("keep one of the two")
}
