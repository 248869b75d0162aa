//! The files of `env_file` and `label_file` (spec/resolve.md 4.7, 4.8): what a container sees is the service's own values over those of
//! its files. Reads the files of enabled services only, as Compose does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{EnvFile, List, Named, Project, Service, Sourced};
use crate::compose::interpolate::{Found, Lookup};
use crate::compose::problem::{ModelPath, Phase, Problem, ProblemKind};
use crate::compose::value::{Definition, Origin, Step, Trail};
use crate::compose::{LoadedFile, Loader, Role, Semantics, Variable, dotenv};
use crate::source::{FileId, Span};

/// Reads the env files (unless `env_files` is false) and then the label files of the enabled services.
pub(super) fn read(project: &mut Project, loader: &Loader<'_>, env_files: bool, semantics: Semantics) {
    let Project { services, environment, files, problems, variables, .. } = project;
    let mut reader = Reader { loader, semantics, environment, files, problems, uses: Vec::new() };
    for service in services.values_mut().filter(|s| s.enabled && env_files) {
        reader.environment(&mut service.value);
    }
    for service in services.values_mut().filter(|s| s.enabled) {
        reader.labels(&mut service.value);
    }
    variables.extend(reader.uses);
}

struct Reader<'a> {
    loader: &'a Loader<'a>,
    semantics: Semantics,
    environment: &'a BTreeMap<String, Variable>,
    files: &'a mut Vec<LoadedFile>,
    problems: &'a mut Vec<Problem>,
    uses: Vec<crate::compose::VariableUse>,
}

/// The project's environment, then the service's own values.
pub(crate) struct ServiceLookup<'a> {
    pub(crate) project: &'a BTreeMap<String, Variable>,
    pub(crate) service: &'a BTreeMap<String, Variable>,
}

impl Lookup for ServiceLookup<'_> {
    fn get(&self, name: &str) -> Option<Found> {
        Lookup::get(self.project, name).or_else(|| Lookup::get(self.service, name))
    }
}

impl Reader<'_> {
    fn environment(&mut self, service: &mut Service) {
        let path = ModelPath::keys(&["services", &service.name, "env_file"]);
        for (name, entry) in &mut service.environment {
            if entry.value.is_none()
                && let Some(variable) = self.environment.get(name)
            {
                let defined = variable.at.map_or(Definition::Environment, Definition::File);
                entry.value = Some(variable.value.clone());
                entry.origin = entry.origin.clone().via(Step::Variable { name: name.clone(), defined });
            }
        }
        let own: BTreeMap<String, Variable> = service
            .environment
            .iter()
            .filter_map(|(k, v)| Some((k.clone(), Variable { value: v.value.clone()?, at: Some(v.origin.at) })))
            .collect();
        let mut all = own.clone();
        let mut from: BTreeMap<FileId, Origin> = BTreeMap::new();
        for (i, file) in service.env_file.iter().enumerate() {
            let path = path.index(i);
            let Some(id) = self.open_env_file(file, &path) else { continue };
            from.insert(id, named(&file.origin));
            let lookup = ServiceLookup { project: self.environment, service: &own };
            let text = self.loader.sources.get(id);
            let known = self.problems.len();
            match file.format.as_deref() {
                None | Some("" | ".env") => {
                    dotenv::parse(id, &text.text, &lookup, &mut all, self.semantics, self.problems, &mut self.uses);
                }
                Some("raw") => dotenv::parse_raw(id, &text.text, &lookup, &mut all, self.problems),
                Some(_) => self.problems.push(
                    Problem::refused(ProblemKind::EnvFile, Phase::EnvFile, "`format` of an env file is neither `raw` nor left out")
                        .at(&file.origin)
                        .path(&path),
                ),
            }
            for problem in self.problems.iter_mut().skip(known) {
                problem.related.push((file.origin.at, "the file is named here".to_owned()));
                if problem.path.0.is_empty() {
                    problem.path = path.clone();
                }
            }
        }
        overlay(&mut service.environment, all, &from, Some);
        service.env_files_read = true;
    }

    fn open_env_file(&mut self, file: &Sourced<EnvFile>, path: &ModelPath) -> Option<FileId> {
        let place = PathBuf::from(&file.path);
        if file.path.is_empty() || !self.loader.fs.exists(&place) {
            if file.required {
                let message = format!("env file `{}` does not exist", file.path);
                self.problems.push(
                    Problem::refused(ProblemKind::EnvFile, Phase::EnvFile, message)
                        .at(&file.origin)
                        .path(path)
                        .help("create it, or say `required: false` if the service runs without it"),
                );
            }
            return None;
        }
        self.open(&place, &file.origin, Role::EnvFile(file.origin.at), path)
    }

    fn open(&mut self, place: &Path, origin: &Origin, role: Role, path: &ModelPath) -> Option<FileId> {
        match self.loader.open_text(place) {
            Ok(id) => {
                if !self.files.iter().any(|f| f.id == id) {
                    self.files.push(LoadedFile { id, path: place.to_path_buf(), role });
                }
                Some(id)
            }
            Err(error) => {
                let mut problem = Problem::refused(ProblemKind::EnvFile, Phase::EnvFile, error.message).at(origin).path(path);
                problem.help = error.help;
                self.problems.push(problem);
                None
            }
        }
    }

    /// Expressions in label files see the labels of earlier files and lines only.
    fn labels(&mut self, service: &mut Service) {
        let path = ModelPath::keys(&["services", &service.name, "label_file"]);
        let mut all: BTreeMap<String, Variable> = BTreeMap::new();
        let mut from: BTreeMap<FileId, Origin> = BTreeMap::new();
        for (i, file) in service.label_file.iter().enumerate() {
            let path = path.index(i);
            let place = PathBuf::from(&file.value);
            if file.is_empty() || !self.loader.fs.exists(&place) {
                let message = format!("label file `{}` does not exist", file.value);
                self.problems.push(Problem::refused(ProblemKind::EnvFile, Phase::EnvFile, message).at(&file.origin).path(&path));
                continue;
            }
            let Some(id) = self.open(&place, &file.origin, Role::LabelFile(file.origin.at), &path) else { continue };
            from.insert(id, named(&file.origin));
            let text = self.loader.sources.get(id);
            let mut one = BTreeMap::new();
            dotenv::parse(id, &text.text, &all, &mut one, self.semantics, self.problems, &mut self.uses);
            all.extend(one);
        }
        overlay(&mut service.labels, all, &from, |value| value);
        service.label_files_read = true;
    }
}

/// The origin of what stands in a file: it was read because of the entry that names the file, and goes the way of that entry.
fn named(entry: &Origin) -> Origin {
    let steps: Vec<&Step> = entry.via.iter().collect();
    let via = steps.into_iter().rev().fold(Trail::default().push(Step::File(entry.at)), |via, step| via.push(step.clone()));
    Origin { at: entry.at, via, replaced: None }
}

/// Adds what the files have and the service has not; where both have it, the service wins and remembers what it replaced.
fn overlay<T>(own: &mut Named<T>, files: BTreeMap<String, Variable>, from: &BTreeMap<FileId, Origin>, value: impl Fn(String) -> T) {
    let mut new: List<(String, T)> = Vec::new();
    for (name, variable) in files {
        let Some((at, named)) = variable.at.and_then(|at: Span| Some((at, from.get(&at.file)?))) else { continue };
        let origin = Origin { at, via: named.via.clone(), replaced: None };
        match own.get_mut(&name) {
            Some(entry) => entry.origin.replaced = Some(Arc::new(origin)),
            None => new.push(Sourced { value: (name, value(variable.value)), origin, key: None }),
        }
    }
    // In the order of the files, not of the alphabet.
    new.sort_by_key(|v| v.origin.at);
    own.extend(new.into_iter().map(|Sourced { value: (name, value), origin, key }| (name, Sourced { value, origin, key })));
}
