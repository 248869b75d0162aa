//! `diff` with a module of NixOS on one side, or on both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::migrate::{nix as asked, placed};
use super::super::{Failure, Outcome};
use super::side::{Given, Wish};
use super::{Aside, REASONS, Shown, Work};
use crate::compose::{self, Loader, NameSource, Request};
use crate::diff::{self, Change, Subject};
use crate::fs::{self, Fs, Overlay};
use crate::migrate::nix::drift::{self, Manner, Module, Side, Spec, Unreadable, What};
use crate::migrate::nix::project::{self, Asked, NixError};
use crate::migrate::nix::{Options, Style, map};
use crate::model::{self, Profiles, Project};
use crate::report::changes::{Compared, Known, Refused};
use crate::report::{Redactor, display_path};
use crate::source::{FileId, Sources, Span};
use crate::yaml;

/// One of the two versions.
pub(super) struct One<'a> {
    pub(super) given: &'a Given,
    pub(super) disk: &'a dyn Fs,
    pub(super) sources: &'a Sources,
    pub(super) wish: &'a Wish,
    /// The files that it begins with, if it is a module.
    pub(super) module: Option<Vec<PathBuf>>,
}

/// What was read of it.
enum Read<'m> {
    Compose(Composed),
    Module(&'m Module),
}

/// The Compose projects of a side.
struct Composed {
    asked: Vec<Result<Asked, Vec<Refused>>>,
    /// What the project is called, if the module is of one of another name; and where that is written.
    renamed: Option<(String, Option<Span>)>,
}

/// What was compared, and what has to be known of that.
#[derive(Default)]
struct Found {
    compared: Vec<Compared>,
    projects: Vec<Project>,
    notes: Vec<String>,
    apart: Option<(PathBuf, PathBuf)>,
}

impl Work<'_> {
    pub(super) fn modules(&self, old: &One, new: &One, borrowed: &dyn Fn() -> Vec<PathBuf>) -> Result<Outcome, Failure> {
        if self.args.no_interpolate {
            let failure = Failure::new("a module of NixOS has no variables that could be left as they are written");
            return Err(failure.help("leave out `--no-interpolate`"));
        }
        let mut notes = Vec::new();
        let modules = (self.module(old, &mut notes)?, self.module(new, &mut notes)?);
        let (one, two) = (modules.0.as_deref(), modules.1.as_deref());
        let Some(reference) = one.or(two) else { return Err(super::super::internal()) };
        let found = if one.into_iter().chain(two).any(|module| !module.specs.is_empty()) {
            self.specs(old, one, new, two)
        } else {
            let how = how(reference);
            let read = |side: &One, module: Option<&'_ Module>| match module {
                Some(_) => Ok(None),
                None => self.compose(side, reference, &how).map(Some),
            };
            let (before, after) = (read(old, one)?, read(new, two)?);
            let side = |composed: Option<Composed>| composed.map_or(Read::Module(reference), Read::Compose);
            match (one, two) {
                (Some(one), Some(two)) => self.drift(old, &Read::Module(one), new, &Read::Module(two)),
                _ => self.drift(old, &side(before), new, &side(after)),
            }
        };
        let values: Vec<_> = one.into_iter().chain(two).flat_map(|module| module.values.iter().cloned()).collect();
        self.shown(old, new, found, notes, &values, borrowed())
    }

    /// Shows it.
    fn shown(
        &self,
        old: &One,
        new: &One,
        found: Found,
        mut notes: Vec<String>,
        values: &[(String, String)],
        borrowed: Vec<PathBuf>,
    ) -> Result<Outcome, Failure> {
        let redactor = |sources: &Sources| {
            // Nix is not YAML; its lines are looked at all the same.
            let tree = |id: FileId| {
                let nix = sources.get(id).path.extension().is_some_and(|e| e == "nix");
                nix.then(|| Arc::new(yaml::parse::parse(id, "")))
            };
            Redactor::with_values(sources, &found.projects, &tree, values)
        };
        let (old_redactor, new_redactor) = (redactor(old.sources), redactor(new.sources));
        for note in &mut notes {
            *note = new_redactor.text(&old_redactor.text(note)).into_owned();
        }
        notes.extend(found.notes.iter().cloned());
        let sides = (
            &Shown { sources: old.sources, redactor: &old_redactor, revision: old.given.revision.as_deref() },
            &Shown { sources: new.sources, redactor: &new_redactor, revision: new.given.revision.as_deref() },
        );
        self.finish(sides, &found.compared, &Aside { apart: found.apart, borrowed, notes, failure: None })
    }

    /// Reads a side that is a module.
    fn module(&self, one: &One, notes: &mut Vec<String>) -> Result<Option<Box<Module>>, Failure> {
        let Some(entries) = &one.module else { return Ok(None) };
        let module = drift::read(one.disk, one.sources, entries).map_err(|error| self.unreadable(&error, one))?;
        for path in &module.missing {
            let shown = display_path(path, self.directory);
            notes.push(format!("`{shown}` is named in the module and is not there: what it sets takes no part"));
        }
        notes.extend(module.notes.iter().cloned());
        Ok(Some(Box::new(module)))
    }

    fn unreadable(&self, error: &Unreadable, one: &One) -> Failure {
        let help = "only what can be told without a host is read: see the section about modules in docs/diff.md";
        match error.place {
            Some(at) => placed(at, &error.message, None, one.sources, self.directory),
            None => Failure::new(format!("`{}`: {}", one.given.shown, error.message)).help(help),
        }
    }

    /// Loads a side that is Compose's.
    fn compose(&self, one: &One, module: &Module, (how, options): &(Option<asked::Asked>, Options)) -> Result<Composed, Failure> {
        let loader = Loader::new(one.disk, one.sources);
        let mut requests = one.given.requests(&loader, one.wish);
        if requests.is_empty() {
            return Err(Failure::new(format!("there is no Compose project in `{}`", one.given.shown)).help("name the file"));
        }
        let mut options = options.clone();
        if !self.args.profile.is_empty() {
            options.profiles.clone_from(&self.args.profile);
        }
        if let Some(how) = how {
            for request in &mut requests {
                if request.env_files.is_none() && !how.env_files.is_empty() {
                    request.env_files = Some(how.env_files.iter().map(|file| self.env_file(one, file)).collect());
                }
            }
            if let [request] = requests.as_mut_slice() {
                request.project_name.clone_from(&how.project_name);
            }
        }
        let mut asked = Vec::new();
        let mut renamed = None;
        let alone = requests.len() == 1;
        for request in &mut requests {
            let load = |request: &Request, options: &Options| project::asked(one.disk, &loader, request, options);
            let mut read = load(request, &options);
            if let (true, Ok(first), Some(name)) = (alone, &read, drift::project_of(module)) {
                let common = drift::containers(module).any(|c| first.mapped.stack.containers.contains_key(c));
                if first.project.name != name && !common {
                    // What else differs can be told only under the same name.
                    renamed = Some((first.project.name.clone(), place_of_name(&first.project)));
                    request.project_name = Some(name);
                    read = load(request, &options);
                }
            }
            if let (None, Ok(first)) = (how, &read) {
                let names = |scheme| {
                    let options = Options { names: scheme, ..options.clone() };
                    map::names(&first.project, &options).into_values().flatten().collect()
                };
                let names = drift::naming(module, &names);
                if names != options.names {
                    options.names = names;
                    read = load(request, &options);
                }
            }
            asked.push(match read {
                Ok(asked) => Ok(asked),
                Err(NixError::Refused(problems)) => {
                    let told = problems.iter().take(REASONS);
                    Err(told.map(|p| Refused { old: false, message: p.message.clone(), place: p.origin.as_ref().map(|o| o.at) }).collect())
                }
                Err(other) => return Err(Failure::new(other.to_string())),
            });
        }
        Ok(Composed { asked, renamed })
    }

    /// A file with variables that the head of a module names: from where the command was given, which may have been here or beside the file.
    fn env_file(&self, one: &One, file: &Path) -> PathBuf {
        let here = fs::join(self.directory, file);
        let beside = fs::join(&one.given.place(), file);
        if !one.disk.is_file(&here) && one.disk.is_file(&beside) { beside } else { here }
    }

    /// What differs between two sides in the normal form.
    fn drift(&self, old: &One, before: &Read, new: &One, after: &Read) -> Found {
        let mut found = Found::default();
        let known = |one: &One, name: &str| Some(Known { name: name.to_owned(), directory: one.given.place(), variant: String::new() });
        let manner = Manner { absolute: self.args.absolute, elsewhere: Vec::new() };
        let (composed, module, compose_is_old) = match (before, after) {
            (Read::Compose(composed), Read::Module(module)) => (composed, *module, true),
            (Read::Module(module), Read::Compose(composed)) => (composed, *module, false),
            (Read::Module(one), Read::Module(two)) => {
                let side = |what, sources| Side { what, sources };
                let drift = drift::compare(side(What::Module(one), old.sources), side(What::Module(two), new.sources), &manner);
                let name = drift::project_of(two).or_else(|| drift::project_of(one)).unwrap_or_default();
                found.compared.push(Compared { old: known(old, &name), new: known(new, &name), result: Ok(drift.diff) });
                return found;
            }
            (Read::Compose(..), Read::Compose(..)) => return found,
        };
        let Composed { asked: compose, renamed } = composed;
        let all: Vec<(String, Vec<String>)> = compose
            .iter()
            .flatten()
            .map(|asked| (asked.project.name.clone(), asked.mapped.stack.containers.keys().cloned().collect()))
            .collect();
        let nobodys: Vec<String> =
            drift::containers(module).filter(|name| !all.iter().any(|(_, own)| own.iter().any(|o| o == name))).map(str::to_owned).collect();
        for (number, asked) in compose.iter().enumerate() {
            let asked = match asked {
                Ok(asked) => asked,
                Err(refused) => {
                    let refused = refused.iter().map(|r| Refused { old: compose_is_old, message: r.message.clone(), place: r.place });
                    found.compared.push(Compared { old: known(old, ""), new: known(new, ""), result: Err(refused.collect()) });
                    continue;
                }
            };
            let name = &asked.project.name;
            let mut elsewhere: Vec<_> = all.iter().filter(|(other, _)| other != name).cloned().collect();
            if number > 0 {
                // They are told with the first project.
                elsewhere.push((String::new(), nobodys.clone()));
            }
            let manner = Manner { elsewhere, ..manner.clone() };
            let of_compose = |sources| Side { what: What::Compose(asked), sources };
            let of_module = |sources| Side { what: What::Module(module), sources };
            let drift = if compose_is_old {
                drift::compare(of_compose(old.sources), of_module(new.sources), &manner)
            } else {
                drift::compare(of_module(old.sources), of_compose(new.sources), &manner)
            };
            let mut diff = drift.diff;
            if let Some((own, at)) = renamed {
                let place = drift::place_of_project(module, if compose_is_old { new.sources } else { old.sources });
                let (mine, theirs) = ((own.as_str(), *at), (name.as_str(), place));
                let (one, two) = if compose_is_old { (mine, theirs) } else { (theirs, mine) };
                let volumes = asked.mapped.volumes.iter().filter(|v| v.from_project).count();
                diff.changes.push(drift::renamed(one, two, volumes));
                diff.changes.sort_by(|a, b| (a.class, &a.path).cmp(&(b.class, &b.path)));
            }
            found.apart = found.apart.or(drift.apart);
            found.projects.push(asked.project.clone());
            found.compared.push(Compared { old: known(old, name), new: known(new, name), result: Ok(diff) });
        }
        found
    }

    /// What differs where the spec of Compose itself is in Nix.
    fn specs(&self, old: &One, before: Option<&Module>, new: &One, after: Option<&Module>) -> Found {
        let mut found = Found::default();
        let loaded = |one: &One, module: Option<&Module>, directories: &[(String, PathBuf)]| -> Vec<(Project, Option<Spec>)> {
            if let Some(module) = module {
                return module.specs.iter().map(|spec| (self.spec(one, spec, directories), Some(spec.clone()))).collect();
            }
            let loader = Loader::new(one.disk, one.sources);
            let requests = one.given.requests(&loader, one.wish);
            requests.iter().map(|request| (self.project(&loader, request, one.wish), None)).collect()
        };
        let directories = |projects: &[(Project, Option<Spec>)]| -> Vec<(String, PathBuf)> {
            projects.iter().map(|(project, _)| (project.name.clone(), project.directory.clone())).collect()
        };
        let (one, two) = if before.is_some() {
            let two = loaded(new, after, &[]);
            (loaded(old, before, &directories(&two)), two)
        } else {
            let one = loaded(old, before, &[]);
            let two = loaded(new, after, &directories(&one));
            (one, two)
        };
        let alone = one.len() == 1 && two.len() == 1;
        let mut taken = vec![false; two.len()];
        for (project, spec) in &one {
            let other = two.iter().zip(&mut taken).find(|((other, _), taken)| !**taken && (alone || other.name == project.name));
            let Some(((other, other_spec), taken)) = other else {
                found.notes.push(format!("only `{}` has the project `{}`", old.given.shown, project.name));
                continue;
            };
            *taken = true;
            self.spec_pair((old, project, spec.as_ref()), (new, other, other_spec.as_ref()), &mut found);
        }
        for ((project, _), _) in two.iter().zip(&taken).filter(|(_, taken)| !**taken) {
            found.notes.push(format!("only `{}` has the project `{}`", new.given.shown, project.name));
        }
        found
    }

    fn spec_pair(&self, (old, a, one): (&One, &Project, Option<&Spec>), (new, b, two): (&One, &Project, Option<&Spec>), found: &mut Found) {
        let refused = |project: &Project, old: bool| {
            let told = project.problems.iter().filter(|p| p.refused).take(REASONS);
            told.map(|p| Refused { old, message: p.message.clone(), place: p.origin.as_ref().map(|o| o.at) }).collect::<Vec<_>>()
        };
        let reasons: Vec<Refused> = refused(a, true).into_iter().chain(refused(b, false)).collect();
        let known =
            |one: &One, project: &Project| Some(Known { name: project.name.clone(), directory: one.given.place(), variant: String::new() });
        let result = if reasons.is_empty() {
            let before = Subject { project: a, sources: old.sources, semantics: self.semantics };
            let after = Subject { project: b, sources: new.sources, semantics: self.semantics };
            let mut diff = if self.args.absolute { diff::compare_in_place(&before, &after) } else { diff::compare(&before, &after) };
            // Comments and the order of keys are not kept by a spec in Nix.
            diff.changes.retain(|change| change.class != diff::Class::Cosmetic);
            for change in &mut diff.changes {
                in_spec(change, (old, one), (new, two));
            }
            Ok(diff)
        } else {
            Err(reasons)
        };
        for (one, spec) in [(a, one), (b, two)] {
            if let Some(spec) = spec.filter(|s| s.directory != one.directory) {
                found.apart = Some((one.directory.clone(), spec.directory.clone()));
            }
        }
        found.projects.extend([a.clone(), b.clone()]);
        found.compared.push(Compared { old: known(old, a), new: known(new, b), result });
    }

    /// Loads a spec, as the unit has Compose load it.
    fn spec(&self, one: &One, spec: &Spec, directories: &[(String, PathBuf)]) -> Project {
        let other =
            directories.iter().find(|(name, _)| *name == spec.project).or(if directories.len() == 1 { directories.first() } else { None });
        let directory = match other {
            Some((_, directory)) if !self.args.absolute => directory.clone(),
            _ => spec.directory.clone(),
        };
        let path = directory.join(format!("{}-spec.json", spec.project));
        let disk = Overlay::with(one.disk, [(path.clone(), Some(spec.json.clone().into_bytes()))]);
        let loader = Loader::new(&disk, one.sources);
        let mut request = Request::new(directory.clone());
        request.files = vec![path];
        request.project_directory = Some(directory);
        request.project_name = Some(spec.project.clone());
        request.env_files =
            (!spec.env_files.is_empty() && spec.env_files.iter().all(|f| one.disk.is_file(f))).then(|| spec.env_files.clone());
        if !one.wish.env_files.is_empty() {
            request.env_files = Some(one.wish.env_files.clone());
        }
        request.semantics = one.wish.semantics;
        self.project(&loader, &request, one.wish)
    }

    fn project(&self, loader: &Loader, request: &Request, wish: &Wish) -> Project {
        let profiles: Profiles = wish.profiles.clone();
        let options = model::Options { profiles, semantics: self.semantics, ..model::Options::default() };
        model::build(compose::load(loader, request), loader, &options)
    }
}

/// How a module was made: as its head says, or as can be guessed.
fn how(module: &Module) -> (Option<asked::Asked>, Options) {
    let head = module.head.as_ref().and_then(|head| asked::asked_for(&head.command));
    let guess = || {
        let mut options = Options::new(Style::Oci, module.backend);
        options.secrets = module.secrets.unwrap_or(options.secrets);
        // Whether it should stand there is not asked here.
        options.secrets_in_store = true;
        options
    };
    let mut options = head.as_ref().map_or_else(guess, |asked| asked.options.clone());
    options.backend = module.backend;
    (head, options)
}

/// Where the name of a project is written.
fn place_of_name(project: &Project) -> Option<Span> {
    match project.name_source {
        NameSource::File(at) | NameSource::Variable(Some(at)) => Some(at),
        _ => None,
    }
}

/// Puts the places of a change into the files of Nix.
fn in_spec(change: &mut Change, (old, one): (&One, Option<&Spec>), (new, two): (&One, Option<&Spec>)) {
    let (path, item) = words(&change.path);
    let place = |one: &One, spec: &Spec| -> Option<Span> { spec.place(one.sources, &path, item.as_deref()) };
    if let (Some(spec), Some(shown)) = (one, &mut change.before) {
        shown.place = place(old, spec);
    }
    if let Some(spec) = two {
        if let Some(shown) = &mut change.after {
            shown.place = place(new, spec);
        }
        change.near = place(new, spec);
    }
}

/// The keys of a path up to the first item of a list, and that item.
fn words(path: &str) -> (Vec<String>, Option<String>) {
    let mut words = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(item) = rest.strip_prefix('[') {
            return (words, item.split_once(']').map(|(item, _)| item.to_owned()));
        }
        let end = match rest.strip_prefix('"') {
            Some(quoted) => quoted.find('"').map_or(rest.len(), |at| at + 2),
            None => rest.find(['.', '[']).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if word.is_empty() {
            break;
        }
        words.push(word.trim_matches('"').to_owned());
        rest = after;
    }
    (words, None)
}
