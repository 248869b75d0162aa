//! Which files the spec takes the place of: all of them if the result is the same project; else the first one, whose `include` and `extends`
//! stay and lead to the others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::comments::{self, File};
use super::proof::{Unit, prove};
use super::shorten::Written;
use super::{Class, Comments, From, RelativePath, Spec, StackError, Variable, json, remark, secrets, value, write};
use crate::compose::paths::each_path;
use crate::compose::value::{Data, Entry, Map, Origin, Value};
use crate::compose::{self, Loaded, Loader, Request, Role};
use crate::fs::{Fs, join};
use crate::migrate::nix::{Options, Remark};
use crate::proof::loses;
use crate::source::{Sources, Span};

/// The spec of a project, proved; `stack` is the name of the unit and of the directory below `/etc/compose`.
pub fn spec(request: &Request, loader: &Loader<'_>, stack: &str, options: &Options) -> Result<Spec, StackError> {
    let asked = Request { interpolate: true, normalize: true, resolve_paths: true, ..request.clone() };
    let today = compose::load(loader, &asked);
    let open = compose::load(loader, &Request { interpolate: false, normalize: false, resolve_paths: false, ..request.clone() });
    let lost = |loaded: &Loaded| loaded.problems.iter().find(|p| p.refused && loses(p.kind)).map(|p| p.message.clone());
    if let Some(why) = lost(&today) {
        return Err(StackError::Unreadable(why));
    }
    if today.name.is_empty() {
        return Err(StackError::Unreadable("it has no name that can be used".to_owned()));
    }
    let maker = Maker { request: &asked, loader, stack, options, today: &today };
    let first = if lost(&open).is_some() {
        Err(StackError::NotProved("a variable decides which files it has".to_owned()))
    } else {
        let (files, written) = maker.files(&open, |_| true);
        let tree = match written.single() {
            // Nothing to resolve: what is written is what is there.
            Some(only) if !leads_elsewhere(only) => only.clone(),
            _ => written.forms(open.tree.clone(), request.semantics),
        };
        maker.make(tree, &files, &open)
    };
    let Err(StackError::NotProved(why)) = first else { return first };
    // Included files may have variables of their own, and files that are read one after the other need not be what they are merged.
    let (files, written) = maker.files(&open, |role| matches!(role, Role::Main | Role::Override));
    let kept = match written.single() {
        Some(only) if leads_elsewhere(only) => only.clone(),
        _ => return Err(StackError::NotProved(why)),
    };
    let mut spec = maker.make(kept, &files, &open).map_err(|_| StackError::NotProved(why))?;
    for file in today.files.iter().filter(|f| matches!(f.role, Role::Include(_) | Role::Extends(_))) {
        let shown = shown(&file.path, &today.directory);
        let message = format!(
            "`{shown}` stays a file of the project directory, which the spec leads to: written into the spec it would not be the same"
        );
        let key = if matches!(file.role, Role::Include(_)) { "include" } else { "extends" };
        spec.remarks.push(remark(Class::Different, key, message, Some(Origin::at(Span::file_start(file.id)))));
    }
    Ok(spec)
}

/// True if a document names other files.
fn leads_elsewhere(document: &Map) -> bool {
    let extends = |service: &Value| service.get("extends").is_some_and(|e| e.get("file").is_some());
    document.contains_key("include")
        || document.get("services").and_then(|e| e.value.as_map()).is_some_and(|s| s.values().any(|e| extends(&e.value)))
}

/// A path below a directory as the user knows it.
fn shown(path: &Path, directory: &Path) -> String {
    path.strip_prefix(directory).unwrap_or(path).display().to_string()
}

struct Maker<'a> {
    request: &'a Request,
    loader: &'a Loader<'a>,
    stack: &'a str,
    options: &'a Options,
    /// The project as it is with the variables of today.
    today: &'a Loaded,
}

impl Maker<'_> {
    fn disk(&self) -> &dyn Fs {
        self.loader.fs
    }

    fn sources(&self) -> &Sources {
        self.loader.sources
    }

    /// The files of YAML that have a role.
    fn files(&self, open: &Loaded, wanted: impl Fn(&Role) -> bool) -> (Vec<File>, Written) {
        let chosen = open.files.iter().filter(|f| f.role.is_compose() && wanted(&f.role));
        let files: Vec<File> = chosen
            .filter_map(|f| {
                Some(File {
                    tree: self.loader.tree(f.id)?,
                    source: self.sources().get(f.id),
                    shown: shown(&f.path, &self.today.directory),
                    main: f.role == Role::Main,
                    extended: matches!(f.role, Role::Extends(_)),
                })
            })
            .collect();
        let trees: Vec<Arc<_>> = files.iter().map(|f| Arc::clone(&f.tree)).collect();
        (files, Written::of(trees.iter().map(|t| &**t), self.request.semantics))
    }

    /// The spec of a tree, if it is the same project.
    fn make(&self, mut tree: Map, files: &[File], open: &Loaded) -> Result<Spec, StackError> {
        let mut remarks = Vec::new();
        if let Some(version) = tree.shift_remove("version") {
            let message = "Compose ignores it, so it is left out";
            remarks.push(remark(Class::Inert, "version", message, Some(Origin { at: version.key, ..version.value.origin })));
        }
        self.name(&mut tree, &mut remarks);
        let placed = comments::place(&tree, files);
        let total = placed.total;
        let write::Written { file, appendix, ours } = write::write(&tree, placed, self.sources())?;
        let there = super::comments_in(&file).saturating_sub(ours);
        let comments = Comments { carried: there.saturating_sub(appendix), appendix, lost: total.saturating_sub(there) };
        let text = value(&file).and_then(|v| json(&v)).map_err(StackError::NotProved)?;
        let env_files = self.env_files();
        let unit = Unit {
            stack: self.stack.to_owned(),
            project: self.today.name.clone(),
            directory: self.today.directory.clone(),
            env_files: env_files.clone(),
        };
        let evidence = prove(self.request, self.disk(), &text, &unit).map_err(StackError::NotProved)?;
        if !self.options.secrets_in_store {
            remarks.extend(secrets::literal(&tree));
        }
        if self.options.host_dns {
            Self::name_servers(&tree, &mut remarks);
        }
        let variables = self.variables(open);
        self.environment(&variables, &mut remarks);
        let relative_paths = Self::paths(open, &mut remarks);
        Ok(Spec {
            file,
            json: text,
            comments,
            remarks,
            project: unit.project,
            directory: unit.directory,
            env_files,
            env_profiles: self.env_profiles(true),
            process_profiles: self.env_profiles(false),
            relative_paths,
            variables,
            evidence,
        })
    }

    /// The name of the project is the first part of the names of its volumes: it is written down as it is.
    fn name(&self, tree: &mut Map, remarks: &mut Vec<Remark>) {
        let name = Data::Str(self.today.name.clone());
        if let Some(entry) = tree.get_mut("name") {
            if entry.value.data != name {
                let message = format!("it is written as what it is today, `{}`", self.today.name);
                remarks.push(remark(Class::Mapped, "name", message, Some(entry.value.origin.clone())));
                entry.value.data = name;
            }
            return;
        }
        let at = self.today.files.first().map_or(Span::file_start(crate::source::FileId::NONE), |f| Span::file_start(f.id));
        let origin = Origin::at(at).via(compose::value::Step::Default("the name that Compose derives"));
        tree.shift_insert(0, "name".to_owned(), Entry { key: at, value: Value::new(name, origin) });
    }

    /// What `hostDns` of the module changes.
    fn name_servers(tree: &Map, remarks: &mut Vec<Remark>) {
        let services = tree.get("services").and_then(|e| e.value.as_map());
        for (name, entry) in services.into_iter().flatten() {
            if entry.value.get("network_mode").and_then(Value::as_str) != Some("host") {
                continue;
            }
            let (class, message) = match entry.value.get("dns") {
                None => {
                    (Class::Different, "its name servers become `networking.nameservers` of the host, so that the container is recreated")
                }
                Some(_) => (
                    Class::Unmapped,
                    "its name servers are set by hand, which `hostDns` does not allow: remove them, or leave `hostDns` out",
                ),
            };
            remarks.push(remark(class, format!("services.{name}.dns"), message, Some(entry.value.origin.clone())));
        }
    }

    /// The files that are named in place of `.env`.
    fn env_files(&self) -> Option<Vec<PathBuf>> {
        let absolute = |path: &Path| join(&self.request.directory, path);
        match &self.request.env_files {
            Some(files) if !files.is_empty() => Some(files.iter().map(|f| absolute(f)).collect()),
            _ => {
                let given = self.request.environment.get("COMPOSE_ENV_FILES").filter(|_| self.request.env_files.is_none())?;
                let files: Vec<PathBuf> = given.split(',').filter(|f| !f.is_empty()).map(|f| absolute(Path::new(f))).collect();
                (!files.is_empty()).then_some(files)
            }
        }
    }

    /// `COMPOSE_PROFILES`, if it is set in a file, or else in the process.
    fn env_profiles(&self, in_file: bool) -> Vec<String> {
        let set = self.today.environment.get("COMPOSE_PROFILES").filter(|v| v.at.is_some() == in_file);
        let names = set.into_iter().flat_map(|v| v.value.split(','));
        names.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    fn variables(&self, open: &Loaded) -> Vec<Variable> {
        let used = self.today.variables.iter().map(|u| u.name.clone());
        let mut seen = BTreeSet::new();
        used.chain(names_without_value(&open.tree))
            .filter(|name| seen.insert(name.clone()))
            .map(|name| {
                let from = match self.today.environment.get(&name) {
                    _ if name == "COMPOSE_PROJECT_NAME" => From::Compose,
                    Some(variable) if variable.at.is_some() => From::File,
                    Some(_) if self.request.environment.contains_key(&name) => From::Environment,
                    Some(_) => From::Compose,
                    None => From::Nowhere,
                };
                Variable { name, from }
            })
            .collect()
    }

    /// The unit has hardly any environment.
    fn environment(&self, variables: &[Variable], remarks: &mut Vec<Remark>) {
        let places: BTreeMap<&str, Span> = self.today.variables.iter().rev().map(|u| (u.name.as_str(), u.at)).collect();
        for variable in variables.iter().filter(|v| v.from == From::Environment && v.name != "PWD") {
            let name = &variable.name;
            let message = format!(
                "`{name}` is set in the environment of whoever starts the project, and the unit does not have it: set it in an environment file"
            );
            let origin = places.get(name.as_str()).map(|at| Origin::at(*at));
            remarks.push(remark(Class::Different, format!("environment.{name}"), message, origin));
        }
    }

    /// Every path that starts at the project directory; a remark for those in a home directory.
    fn paths(open: &Loaded, remarks: &mut Vec<Remark>) -> Vec<RelativePath> {
        let mut found = Vec::new();
        each_path(&mut open.tree.clone(), &mut |reading, value| {
            let Data::Str(path) = &value.data else { return };
            if path.starts_with('~') {
                let message = format!(
                    "`{path}` is in the home directory of whoever starts the project, which is root for the unit: write the whole path"
                );
                remarks.push(remark(Class::Different, "paths", message, Some(value.origin.clone())));
            } else if reading.is_relative(path) && !path.starts_with('$') {
                found.push(RelativePath { path: path.clone(), origin: value.origin.clone() });
            }
        });
        found
    }
}

/// The variables that a service takes over as they are: `environment: [TOKEN]`.
fn names_without_value(tree: &Map) -> Vec<String> {
    let services = tree.get("services").and_then(|e| e.value.as_map());
    let mut out = Vec::new();
    for environment in services.into_iter().flat_map(|s| s.values()).filter_map(|s| s.value.get("environment")) {
        match &environment.data {
            Data::Map(map) => out.extend(map.iter().filter(|(_, e)| e.value.is_null()).map(|(name, _)| name.clone())),
            Data::Seq(items) => {
                out.extend(items.iter().filter_map(Value::as_str).filter(|item| !item.contains('=')).map(str::to_owned));
            }
            _ => {}
        }
    }
    out
}
