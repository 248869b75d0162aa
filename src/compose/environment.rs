//! The environment that `${…}` sees: the process, `.env` and its like (spec/resolve.md 4.1 and 4.2).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::load::Run;
use super::problem::{Phase, Problem, ProblemKind};
use super::value::Origin;
use super::{Role, Variable, dotenv};
use crate::fs::join;
use crate::source::Span;

/// An env file to be read.
#[derive(Clone, Debug)]
pub(super) struct EnvFile {
    /// Absolute.
    pub(super) path: PathBuf,
    /// Where it is named, if in a file.
    pub(super) named: Option<Origin>,
}

/// The variables of some env files, later files over earlier ones. `current` is what their own expressions see first.
/// A file that is not there is a problem and gives nothing.
pub(super) fn read(run: &mut Run<'_>, current: &BTreeMap<String, Variable>, files: &[EnvFile]) -> BTreeMap<String, Variable> {
    let mut out = BTreeMap::new();
    for file in files {
        match run.loader.open_text(&file.path) {
            Ok(id) => {
                run.add_file(id, &file.path, Role::DotEnv);
                let source = run.loader.sources.get(id);
                dotenv::parse(id, &source.text, current, &mut out, run.semantics(), &mut run.problems, &mut run.uses);
            }
            Err(error) => {
                let mut problem = Problem::refused(ProblemKind::EnvFile, Phase::EnvFile, format!("env file: {}", error.message));
                problem.help = error.help;
                problem.origin.clone_from(&file.named);
                run.problems.push(problem);
            }
        }
    }
    out
}

/// The environment while the files are being selected: it grows as `.env` files are found.
pub(super) struct Gathered {
    /// The process environment, with the `COMPOSE_` variables of the first env files.
    process: BTreeMap<String, Variable>,
    /// The env files of flags and `COMPOSE_ENV_FILES`.
    given: Vec<PathBuf>,
    /// The env files that count now.
    files: Vec<PathBuf>,
    /// What `${…}` sees.
    pub(super) variables: BTreeMap<String, Variable>,
}

impl Gathered {
    /// Steps 1 to 3 of spec/resolve.md 4.1. `directory` is the working directory as far as it is known.
    pub(super) fn new(run: &mut Run<'_>, directory: &Path) -> Self {
        let request = run.request;
        let process: BTreeMap<String, Variable> =
            request.environment.iter().map(|(k, v)| (k.clone(), Variable { value: v.clone(), at: None })).collect();
        let given = match &request.env_files {
            Some(files) => files.iter().map(|f| run.absolute(f)).collect(),
            None => process
                .get("COMPOSE_ENV_FILES")
                .map(|v| v.value.split(',').filter(|f| !f.is_empty()).map(|f| run.absolute(Path::new(f))).collect())
                .unwrap_or_default(),
        };
        let mut new = Self { process, given, files: Vec::new(), variables: BTreeMap::new() };

        // What is wrong in the first reading comes up again in the second, so it is not recorded here.
        let (problems, uses) = (run.problems.len(), run.uses.len());
        new.pick(run, directory);
        let early = new.read(run, &new.process.clone());
        let failed = run.problems.iter().skip(problems).any(|p| p.refused);
        run.problems.truncate(problems);
        run.uses.truncate(uses);
        if !failed {
            for (name, variable) in early {
                if name.starts_with("COMPOSE_") {
                    new.process.entry(name).or_insert(variable);
                }
            }
        }
        new.files.clear();
        new.variables.clone_from(&new.process);
        let current = Variable { value: request.directory.to_string_lossy().into_owned(), at: None };
        new.variables.entry("PWD".to_owned()).or_insert(current);
        new.grow(run, directory);
        new
    }

    /// Reads the env files that count in `directory`; they fill gaps (step 4).
    pub(super) fn grow(&mut self, run: &mut Run<'_>, directory: &Path) {
        self.pick(run, directory);
        let more = self.read(run, &self.variables.clone());
        for (name, variable) in more {
            self.variables.entry(name).or_insert(variable);
        }
    }

    fn read(&self, run: &mut Run<'_>, current: &BTreeMap<String, Variable>) -> BTreeMap<String, Variable> {
        let files: Vec<EnvFile> = self.files.iter().map(|path| EnvFile { path: path.clone(), named: None }).collect();
        read(run, current, &files)
    }

    fn pick(&mut self, run: &mut Run<'_>, directory: &Path) {
        if !self.given.is_empty() {
            self.files.clone_from(&self.given);
            return;
        }
        if let Some(off) = self.process.get("COMPOSE_DISABLE_ENV_FILE") {
            match go_bool(&off.value) {
                Some(true) => return,
                Some(false) => {}
                None => {
                    let mut problem =
                        Problem::refused(ProblemKind::EnvFile, Phase::EnvFile, "COMPOSE_DISABLE_ENV_FILE is neither true nor false")
                            .help("set it to `true` or `false`");
                    problem.origin = off.at.map(Into::into);
                    run.problems.push(problem);
                }
            }
        }
        let default = join(directory, Path::new(".env"));
        if run.loader.fs.is_file(&default) {
            self.files = vec![default];
        }
    }

    /// A variable's value and the line that sets it.
    pub(super) fn get(&self, name: &str) -> Option<(&str, Option<Span>)> {
        self.variables.get(name).map(|v| (v.value.as_str(), v.at))
    }
}

/// What Compose takes for a truth value in its own variables.
fn go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}
