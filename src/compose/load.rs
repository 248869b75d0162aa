//! Loads a project: the phases of `docker compose config` in their order (spec/resolve.md 1), up to the resolved tree.
//! Collects problems instead of stopping, and goes on with what is left; knows no rules and no types.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::construct::Constructor;
use super::extends::Extended;
use super::open::{Loader, Parsed, Unreadable};
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::reset::{self, ResetPath};
use super::touched::Touched;
use super::value::{Data, Map, Origin, Step, Value};
use super::{
    Loaded, LoadedFile, Request, Role, Semantics, Variable, VariableUse, canonical, defaults, extends, include, interpolate, merge,
    normalise, paths, schema, select, unique,
};
use crate::source::{FileId, Span};

/// More values than this are not made for one project.
const MAX_PROJECT_VALUES: u64 = 2_000_000;
/// More files than this are not read for one project, a file counted each time that it is loaded.
const MAX_LOADS: usize = 2_000;
/// All documents together may pass this many values through the steps of resolution.
const MAX_WORK: u64 = 5_000_000;
/// Includes, and extended services, nest this deep at most.
pub(super) const MAX_DEPTH: usize = 100;

/// Resolves one project. Never fails: [`Loaded::problems`] says what is wrong, the first refused one being that at which
/// `docker compose` stops.
pub fn load(loader: &Loader<'_>, request: &Request) -> Loaded {
    let mut run = Run::new(loader, request);
    let selection = select::select(&mut run);
    let environment = Rc::new(selection.environment);
    // Compose fills in no variables at all then: `environment: [A]` stays as it is, the project's name excepted.
    let is_name = |(name, _): &(&String, &Variable)| name.as_str() == "COMPOSE_PROJECT_NAME";
    let seen = if request.interpolate {
        Rc::clone(&environment)
    } else {
        Rc::new(environment.iter().filter(is_name).map(|(k, v)| (k.clone(), v.clone())).collect())
    };
    let scope = Scope {
        environment: seen,
        directory: selection.directory.clone(),
        base: selection.directory.clone(),
        resolve_paths: request.resolve_paths,
        number: 0,
        chain: Vec::new(),
        included_at: None,
    };
    let mut tree = run.model(&selection.files, &scope);
    if tree.is_empty() && !run.is_refused() {
        let mut problem = Problem::refused(ProblemKind::InvalidYaml, Phase::Yaml, "the compose file is empty")
            .help("add a `services` section, or remove the file");
        problem.origin = run.files.iter().find(|f| f.role == Role::Main).map(|f| Span::file_start(f.id).into());
        run.problems.push(problem);
    }
    if selection.name.is_empty() && !run.is_refused() {
        run.problems.push(
            Problem::refused(ProblemKind::InvalidProjectName, Phase::Name, "this project has no name that can be used")
                .help("set `name` in the compose file, to lower-case letters, digits, `-` and `_`"),
        );
    }
    let mut left_out = Vec::new();
    if request.normalize {
        normalise::apply(&mut tree, &selection.name, &*scope.environment, request.semantics, &mut left_out);
    }
    drop(scope);
    let environment = Rc::try_unwrap(environment).unwrap_or_else(|shared| (*shared).clone());
    Loaded { left_out, ..run.finish(tree, environment, selection.directory, selection.name, selection.name_source) }
}

/// A file to be loaded.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// Absolute; `-` is standard input.
    pub(super) path: PathBuf,
    /// Where it is named, if in a file.
    pub(super) named: Option<Origin>,
    /// How it takes part.
    pub(super) role: Role,
}

/// What the files of one model (the main one, or one include) share.
#[derive(Clone)]
pub(super) struct Scope {
    /// What `${…}` sees.
    pub(super) environment: Rc<BTreeMap<String, Variable>>,
    /// Where `include` and `extends.file` start (the oracle's local working directory).
    pub(super) directory: PathBuf,
    /// What relative paths are joined to; in an include it is itself relative to the including model's.
    pub(super) base: PathBuf,
    /// False for `--no-path-resolution`, in the main model only.
    pub(super) resolve_paths: bool,
    /// Distinguishes the scopes of one run.
    pub(super) number: usize,
    /// The files being loaded around this one, the outermost first, and where each is included.
    pub(super) chain: Vec<(PathBuf, Option<Span>)>,
    /// Where this model is included.
    pub(super) included_at: Option<Span>,
}

/// How a file is loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// As part of a model.
    Model,
    /// For one of its services: no include, no extends, no schema check (spec/resolve.md 9.2).
    Extended,
}

/// The state of one load.
pub(super) struct Run<'a> {
    pub(super) loader: &'a Loader<'a>,
    pub(super) request: &'a Request,
    pub(super) problems: Vec<Problem>,
    pub(super) uses: Vec<VariableUse>,
    pub(super) files: Vec<LoadedFile>,
    /// Extended files, by the scope and the path as written.
    pub(super) extended: BTreeMap<(usize, String), Extended>,
    pub(super) scopes: usize,
    values: u64,
    work: u64,
    loads: usize,
    limits_reported: BTreeSet<&'static str>,
    syntax_reported: BTreeSet<FileId>,
}

impl<'a> Run<'a> {
    fn new(loader: &'a Loader<'a>, request: &'a Request) -> Self {
        Self {
            loader,
            request,
            problems: Vec::new(),
            uses: Vec::new(),
            files: Vec::new(),
            extended: BTreeMap::new(),
            scopes: 0,
            values: 0,
            work: 0,
            loads: 0,
            limits_reported: BTreeSet::new(),
            syntax_reported: BTreeSet::new(),
        }
    }

    pub(super) fn semantics(&self) -> Semantics {
        self.request.semantics
    }

    pub(super) fn is_refused(&self) -> bool {
        self.problems.iter().any(|p| p.refused)
    }

    /// `$HOME`.
    pub(super) fn home(&self) -> Option<&'a Path> {
        self.request.environment.get("HOME").filter(|h| !h.is_empty()).map(Path::new)
    }

    /// A path as the disk knows it: what is still relative (nested includes, spec/resolve.md 10.2) starts at the current directory.
    pub(super) fn on_disk(&self, path: &Path) -> PathBuf {
        if path.is_absolute() { path.to_path_buf() } else { crate::fs::join(&self.request.directory, path) }
    }

    /// A path that was given by a flag or variable.
    pub(super) fn absolute(&self, path: &Path) -> PathBuf {
        self.on_disk(path)
    }

    /// Opens a YAML file.
    pub(super) fn open(&self, path: &Path) -> Result<Parsed, Unreadable> {
        if path == Path::new("-") {
            return self.loader.open_bytes(path, self.request.stdin.as_deref().unwrap_or_default());
        }
        self.loader.open(&self.on_disk(path))
    }

    /// Records that a file took part; only the first time counts.
    pub(super) fn add_file(&mut self, id: FileId, path: &Path, role: Role) {
        if !self.files.iter().any(|f| f.id == id) {
            self.files.push(LoadedFile { id, path: path.to_path_buf(), role });
        }
    }

    /// Records a limit once.
    fn limit(&mut self, what: &'static str, origin: Option<Origin>) {
        if self.limits_reported.insert(what) {
            let mut problem = Problem::accepted(ProblemKind::LimitExceeded, Phase::Yaml, what)
                .help("this is meant as a protection against files that multiply themselves: load fewer files at once");
            problem.origin = origin;
            self.problems.push(problem);
        }
    }

    /// Records that something nests too deeply.
    pub(super) fn too_deep(&mut self, at: impl Into<Origin>) {
        self.limit("includes or extended services nest more than 100 deep, so the rest was left out", Some(at.into()));
    }

    /// Takes values from the project's budget; false if it is used up.
    pub(super) fn spend(&mut self, values: u64, at: &Origin) -> bool {
        self.values = self.values.saturating_add(values);
        let within = self.values <= MAX_PROJECT_VALUES;
        if !within {
            self.limit("this project makes more than 2,000,000 values, so what is beyond that was left out", Some(at.clone()));
        }
        within
    }

    /// Reports what is not YAML in a file, once; false if there is something.
    pub(super) fn check_syntax(&mut self, parsed: &Parsed) -> bool {
        if parsed.tree.errors.is_empty() {
            return true;
        }
        if self.syntax_reported.insert(parsed.id) {
            for error in &parsed.tree.errors {
                let mut problem = Problem::refused(ProblemKind::InvalidYaml, Phase::Yaml, error.message.clone()).at(error.span);
                problem.help.clone_from(&error.help);
                problem.related.extend(error.related.clone());
                self.problems.push(problem);
            }
        }
        false
    }

    /// Reports a file that cannot be opened.
    pub(super) fn cannot_open(&mut self, error: &Unreadable, named: Option<&Origin>) {
        let mut problem = error.problem();
        if let Some(named) = named {
            match problem.origin {
                Some(_) => problem.related.push((named.at, "the file is named here".to_owned())),
                None => problem.origin = Some(named.clone()),
            }
        }
        self.problems.push(problem);
    }

    /// All files of one model, merged, with its own defaults, checks and paths (spec/resolve.md 1, phases 5 and 6).
    pub(super) fn model(&mut self, files: &[Chosen], scope: &Scope) -> Map {
        let mut tree = Map::default();
        for file in files {
            self.file(file, scope, Mode::Model, &mut tree);
        }
        defaults::apply(&mut tree, self.semantics());
        defaults::check(&tree, &mut self.problems);
        if scope.resolve_paths {
            paths::resolve(&mut tree, &scope.base, self.home(), self.loader.fs, &mut self.problems);
        }
        defaults::list_environment(&mut tree, &*scope.environment);
        tree
    }

    /// One file: each of its documents is merged into `tree`. The places that its last document resets; `None` if it was left out.
    pub(super) fn file(&mut self, file: &Chosen, scope: &Scope, mode: Mode, tree: &mut Map) -> Option<Vec<ResetPath>> {
        self.loads += 1;
        if self.loads > MAX_LOADS {
            self.limit("this project loads more than 2,000 files, so the rest was left out", file.named.clone());
            return None;
        }
        let parsed = match self.open(&file.path) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.cannot_open(&error, file.named.as_ref());
                // What is not there is the mistake of whoever names it.
                if !self.loader.fs.exists(&self.on_disk(&file.path))
                    && let Some(problem) = self.problems.last_mut()
                {
                    match file.role {
                        Role::Include(_) => problem.kind = ProblemKind::IncludeError,
                        Role::Extends(_) => problem.kind = ProblemKind::ExtendsError,
                        _ => {}
                    }
                }
                return None;
            }
        };
        self.add_file(parsed.id, &file.path, file.role.clone());
        if !self.check_syntax(&parsed) {
            return None;
        }
        let semantics = self.semantics();
        let allowance = MAX_PROJECT_VALUES.saturating_sub(self.values);
        if allowance < parsed.tree.nodes.len() as u64 {
            self.spend(MAX_PROJECT_VALUES, &Span::file_start(parsed.id).into());
            return None;
        }
        let syntax = std::sync::Arc::clone(&parsed.tree);
        let mut constructor = Constructor::new(&syntax, semantics, allowance);
        let mut resets = Vec::new();
        for (position, document) in parsed.tree.documents.iter().enumerate() {
            let constructed = constructor.document(position);
            self.problems.append(&mut constructor.problems);
            let Some(constructed) = constructed else { break };
            resets = constructed.resets;
            let mut value = constructed.value;
            if !matches!(value, Some(Value { data: Data::Map(_), .. })) {
                let message = if value.as_ref().is_none_or(Value::is_null) {
                    "this document is empty, and Compose takes only a mapping"
                } else {
                    "the top level of a compose file must be a mapping"
                };
                let at = parsed.tree.node(document.root).span;
                self.problems
                    .push(Problem::refused(ProblemKind::InvalidYaml, Phase::Yaml, message).at(at).help("remove the document, or fill it"));
                continue;
            }
            if let Some(value) = &mut value
                && self.request.interpolate
            {
                let root = ModelPath::default();
                interpolate::document(value, &root, &*scope.environment, semantics, &mut self.problems, &mut self.uses);
            }
            let Some(Value { data: Data::Map(document), .. }) = value else { continue };
            if !self.document(document, &file.path, &resets, scope, mode, tree) {
                break;
            }
        }
        self.values = self.values.saturating_add(constructor.made);
        Some(resets)
    }

    /// One document, after interpolation (spec/resolve.md 1, 5d to 5h).
    fn document(&mut self, mut document: Map, file: &Path, resets: &[ResetPath], scope: &Scope, mode: Mode, tree: &mut Map) -> bool {
        let semantics = self.semantics();
        if mode == Mode::Model && semantics == Semantics::V5 {
            include::apply(self, &mut document, scope, file, resets);
        }
        if mode == Mode::Model && semantics == Semantics::V2 {
            extends::apply(self, &mut document, scope, file, resets);
        }
        reset::apply(tree, resets);
        if mode == Mode::Model && semantics == Semantics::V5 {
            extends::apply(self, &mut document, scope, file, resets);
        }
        if mode == Mode::Model && semantics == Semantics::V2 {
            include::apply(self, &mut document, scope, file, resets);
        }
        // What a document does not speak of is as it was, and was looked at before.
        let touched = (resets.is_empty() && !tree.is_empty()).then(|| Touched::by(&document));
        merge::maps(tree, document, &ModelPath::default(), &mut self.problems);
        let Some(touched) = touched else { return self.settle(tree, mode) };
        let mut part = touched.take(tree);
        let within = self.settle(&mut part, mode);
        touched.put(part, tree);
        within
    }

    /// Puts what was merged into its one form, and checks it. False if that is as much as we are willing to do.
    fn settle(&mut self, tree: &mut Map, mode: Mode) -> bool {
        let semantics = self.semantics();
        unique::apply(tree, &mut self.problems);
        if mode == Mode::Model {
            schema::check(tree, semantics, &mut self.problems);
            if let Some(version) = tree.shift_remove("version") {
                self.problems.push(
                    Problem::accepted(ProblemKind::ObsoleteVersion, Phase::Schema, "`version` is obsolete: Compose ignores it")
                        .at(Origin { at: version.key, ..version.value.origin })
                        .path(&ModelPath::keys(&["version"]))
                        .help("remove the line"),
                );
            }
        }
        canonical::apply(tree, self.request.interpolate, semantics, &mut self.problems);
        unique::apply(tree, &mut self.problems);
        self.work(tree)
    }

    /// Counts what the steps of one document had to pass through; false if it is enough.
    fn work(&mut self, tree: &Map) -> bool {
        self.work = self.work.saturating_add(tree.values().map(|e| size(&e.value)).sum());
        let within = self.work <= MAX_WORK;
        if !within {
            self.limit("the documents of this project add up to more than we are willing to merge, so the rest was left out", None);
        }
        within
    }

    fn finish(
        self,
        tree: Map,
        environment: BTreeMap<String, Variable>,
        directory: PathBuf,
        name: String,
        name_source: super::NameSource,
    ) -> Loaded {
        // Env files are read up to three times, and the schema is checked after every file: each problem counts once.
        let mut seen = BTreeSet::new();
        let at = |p: &Problem| p.origin.as_ref().map(|o| o.at);
        let first = self.problems.iter().map(|p| seen.insert((p.kind, p.phase, &p.message, at(p), &p.path))).collect();
        let problems = only(self.problems, first);
        let mut seen = BTreeSet::new();
        let first = self.uses.iter().map(|u| seen.insert((&u.name, u.at, &u.operator, &u.path))).collect();
        let variables = only(self.uses, first);
        let mut files = self.files;
        files.sort_by_key(|f| match f.role {
            Role::Main => 0,
            Role::Override => 1,
            _ => 2,
        });
        Loaded { name, name_source, directory, files, tree, environment, problems, variables, left_out: Vec::new() }
    }
}

/// The items that are wanted.
fn only<T>(items: Vec<T>, wanted: Vec<bool>) -> Vec<T> {
    items.into_iter().zip(wanted).filter_map(|(item, wanted)| wanted.then_some(item)).collect()
}

/// The number of values in a value, itself included.
pub(super) fn size(value: &Value) -> u64 {
    1 + match &value.data {
        Data::Seq(items) => items.iter().map(size).sum(),
        Data::Map(map) => map.values().map(|e| size(&e.value)).sum(),
        _ => 0,
    }
}

/// Adds a step to all values of a tree.
pub(super) fn push_step(tree: &mut Map, step: &Step) {
    for entry in tree.values_mut() {
        entry.value.push_step(step);
    }
}

/// `path` seen from `directory`: absolute ones are left as they are (spec/resolve.md 9.2, 10.2).
pub(super) fn local(directory: &Path, path: &str) -> PathBuf {
    let path = Path::new(path);
    if path.is_absolute() { path.to_path_buf() } else { crate::fs::join(directory, path) }
}

/// The folder of a file (or the folder itself), relative to `directory`: what the paths in that file are rebased to.
pub(super) fn local_directory(run: &Run<'_>, directory: &Path, path: &str) -> PathBuf {
    let mut found = local(directory, path);
    if !run.loader.fs.is_dir(&run.on_disk(&found)) {
        let parent = Path::new(path).parent().and_then(Path::to_str).filter(|p| !p.is_empty()).unwrap_or(".");
        found = local(directory, parent);
    }
    if found.is_absolute() != directory.is_absolute() {
        return found;
    }
    relative(&run.on_disk(&found), &run.on_disk(directory))
}

/// The way from one absolute directory to another path.
fn relative(to: &Path, from: &Path) -> PathBuf {
    let (to, from) = (crate::fs::clean(to), crate::fs::clean(from));
    let shared = to.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| std::path::Component::ParentDir);
    let out: PathBuf = up.chain(to.components().skip(shared)).collect();
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

#[cfg(test)]
mod tests;
