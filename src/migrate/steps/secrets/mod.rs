//! `--secrets`: secrets that are written into Compose files go to files of their own that git does not have.
//!
//! What is a secret is told by the rules `plaintext-secret` and `provider-token`. Each goes to the safest place that certainly works:
//!
//! 1. A Compose secret, where the image is known to read `NAME_FILE`, starts as root (the file is for its owner only), and nothing else in
//!    the project has to do with the variable: the value is then neither in the container's environment nor in `docker inspect`.
//! 2. Else `${NAME:?}` and a line in the project's `.env`. The service gets what it got before, in every image, through every override file; and
//!    Compose refuses to start where the value is missing. An `env_file` of the service would do neither: it gives way to `environment`, and
//!    one that lacks a line starts the service with nothing.
//!
//! New files are for their owner only, and `.gitignore` has them. A value that was in a file that others could read stays known: a note for
//! each says what to change. No value is in a note, an error or an accepted change.

mod env_file;
mod texts;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::check::Changes;
use super::desk::Desk;
use super::moving::bases;
use super::projects::{self, Home};
use super::{StepError, gitignore, say};
use crate::compose::Loader;
use crate::compose::value::{Origin, Step};
use crate::fs::Fs;
use crate::host::{Facts, GitState, HostFacts};
use crate::migrate::plan::{NoteKind, Plan};
use crate::model::image::ImageRef;
use crate::model::{Project, Service, Sourced};
use crate::rules::secrets as judgement;
use crate::secret;
use crate::source::{Edit, Sources, Span};
use crate::yaml::edit::{self, Position};
use env_file::EnvFiles;
use texts::{list_edits, renamed, replaced, scalar, word};
use told::{Told, in_context, readable};

/// What to do when a value cannot be moved.
const BY_HAND: &str = "write `${NAME:?}` there, and the value into an `.env` that git does not have";

/// Images whose programs start as root, and can read a file that is for its owner only; by the end of their path.
const START_AS_ROOT: &[&str] = &[
    "postgres",
    "postgis/postgis",
    "timescale/timescaledb",
    "pgvector/pgvector",
    "mysql",
    "mysql/mysql-server",
    "mariadb",
    "mongo",
    "influxdb",
    "neo4j",
    "wordpress",
    "nextcloud",
    "joomla",
    "redmine",
    "vaultwarden/server",
    "minio/minio",
];

/// A secret as it is written in one place.
struct Found {
    at: Span,
    value: String,
    used: Vec<Use>,
    /// Another file replaces it somewhere.
    hidden: bool,
    /// It comes to its service through an alias, or from another service.
    alias: bool,
    extended: bool,
}

/// A variable that has a secret.
#[derive(Clone)]
struct Use {
    /// The number of the project.
    project: usize,
    service: String,
    name: String,
    /// Another file replaces the value.
    hidden: bool,
}

/// Moves the secrets of all projects of a plan.
pub fn add(plan: &mut Plan, disk: &dyn Fs) -> Result<(), StepError> {
    let before = plan.clone();
    let preview = before.preview(disk);
    let sources = Sources::new();
    let loader = Loader::new(&preview, &sources);
    let projects = projects::of(&before, &loader);
    let mut step = Work {
        projects: &projects,
        bases: bases::of(&before, &projects, &loader),
        before: &before,
        disk: &preview,
        desk: Desk::new(&loader, &before.root),
        changes: Changes::default(),
        env_files: EnvFiles::default(),
        files: BTreeMap::new(),
        notes: Vec::new(),
    };
    let found = step.find();
    if found.is_empty() {
        step.others();
        for (kind, subject, message) in step.notes {
            say(plan, kind, &subject, message);
        }
        return Ok(());
    }
    let mut left = Vec::new();
    for (_, services) in step.by_file(found) {
        left.extend(step.as_secrets(services));
    }
    for found in left {
        step.as_variable(&found);
    }
    step.others();
    let Work { desk, changes, env_files, files, mut notes, .. } = step;
    desk.finish(plan, disk, "a secret in it goes to a file of its own")?;
    let mut private: Vec<(PathBuf, Vec<u8>, &str)> =
        files.into_iter().map(|(path, value)| (path, value.into_bytes(), "a secret")).collect();
    private
        .extend(env_files.texts(&preview).into_iter().map(|(path, text)| (path, text, "the variables of the project, with its secrets")));
    for (path, content, what) in private {
        let is_new = !preview.exists(&path);
        notes.extend(readable(&path, &preview, plan));
        notes.extend(in_context(&path, &projects, &preview, plan));
        plan.file(disk, path.clone(), Some(content), what);
        for file in plan.files.iter_mut().filter(|f| f.path == path) {
            file.private = is_new || file.private;
        }
        gitignore::add(plan, disk, &path);
    }
    for (kind, subject, message) in notes {
        say(plan, kind, &subject, message);
    }
    plan.notes.sort_by_key(|note| note.kind);
    changes.accept("`--secrets`", &before, plan, disk)
}

/// The step on its way.
struct Work<'a> {
    projects: &'a [Project],
    /// Where the relative paths of each file start, where that is one directory.
    bases: BTreeMap<PathBuf, PathBuf>,
    before: &'a Plan,
    disk: &'a dyn Fs,
    desk: Desk<'a>,
    changes: Changes,
    env_files: EnvFiles,
    /// New files that hold a secret each.
    files: BTreeMap<PathBuf, String>,
    notes: Vec<Told>,
}

fn is_secret(name: &str, value: &str) -> bool {
    judgement::secret_of(name, value) || secret::secret_shape(value)
}

impl Work<'_> {
    /// The secrets in the environments of services, in the order of the files. Those that another file replaces count, too.
    fn find(&mut self) -> Vec<Found> {
        let mut found: BTreeMap<(PathBuf, u32), Found> = BTreeMap::new();
        for (number, project) in self.projects.iter().enumerate() {
            for service in project.services.values() {
                for (name, value) in &service.environment {
                    let mut origin = Some(&value.origin);
                    let mut hidden = false;
                    while let Some(at) = origin {
                        let text = if hidden { self.written(at, name) } else { value.value.clone() };
                        if let Some(text) = text.filter(|text| at.is_literal() && is_secret(name, text)) {
                            self.note_found(&mut found, at, &text, (number, &service.name, name, hidden));
                        }
                        origin = at.replaced.as_deref();
                        hidden = true;
                    }
                }
            }
        }
        let (shared, found): (Vec<Found>, Vec<Found>) = found
            .into_values()
            .partition(|f| f.alias || self.desk.tree(f.at.file).is_none_or(|tree| tree.at(f.at).is_some_and(|node| tree.shared(node))));
        for found in shared {
            self.left(&found, "it is read through an alias in other places, too");
        }
        found
    }

    /// The value of a variable as it is written in a place.
    fn written(&self, origin: &Origin, name: &str) -> Option<String> {
        let tree = self.desk.tree(origin.at.file)?;
        let (node, item) = scalar(&tree, origin.at, name)?;
        let text = tree.text(node)?;
        let value = if item { text.split_once('=')?.1 } else { text };
        Some(value.replace("$$", "$"))
    }

    fn note_found(
        &self,
        found: &mut BTreeMap<(PathBuf, u32), Found>,
        origin: &Origin,
        text: &str,
        (number, service, name, hidden): (usize, &str, &str, bool),
    ) {
        // The same place is told by the value alone or by the entry, depending on what was merged.
        let tree = self.desk.tree(origin.at.file);
        let node = tree.as_ref().and_then(|tree| Some(tree.node(scalar(tree, origin.at, name)?.0).span));
        let at = node.unwrap_or(origin.at);
        let key = (self.desk.source(at.file).path.clone(), at.start);
        let new = Found { at, value: text.to_owned(), used: Vec::new(), hidden: false, alias: false, extended: false };
        let entry = found.entry(key).or_insert(new);
        entry.hidden |= hidden;
        entry.used.push(Use { project: number, service: service.to_owned(), name: name.to_owned(), hidden });
        entry.alias |= origin.via.iter().any(|s| matches!(s, Step::Alias(_) | Step::Merge(_)));
        entry.extended |= origin.via.iter().any(|s| matches!(s, Step::Extends { .. }));
    }

    fn left(&mut self, found: &Found, why: &str) {
        let Some(Use { service, name, .. }) = found.used.first() else { return };
        let place = self.desk.place(found.at);
        self.notes.push((
            NoteKind::Attention,
            service.clone(),
            format!("`{name}` is a secret in {place} and was left there, because {why}; {BY_HAND}"),
        ));
    }

    /// By file, in groups that belong to one service of it.
    fn by_file(&self, found: Vec<Found>) -> BTreeMap<PathBuf, BTreeMap<u32, Vec<Found>>> {
        let mut out: BTreeMap<PathBuf, BTreeMap<u32, Vec<Found>>> = BTreeMap::new();
        for found in found {
            let path = self.desk.source(found.at.file).path.clone();
            let home = self.service(&found).and_then(|service| Home::of_key(service.key?, &self.desk));
            let place = home.filter(|home| home.span().contains(&found.at)).map_or(u32::MAX, |home| home.place().1);
            out.entry(path).or_default().entry(place).or_default().push(found);
        }
        out
    }

    fn service(&self, found: &Found) -> Option<&Sourced<Service>> {
        let first = found.used.first()?;
        self.projects.get(first.project)?.services.get(&first.service).map(Box::as_ref)
    }

    /// The services that have a secret.
    fn services<'s>(&'s self, found: &'s Found) -> impl Iterator<Item = (&'s Project, &'s Sourced<Service>, &'s str)> {
        found.used.iter().filter_map(|used| {
            let project = self.projects.get(used.project)?;
            Some((project, &**project.services.get(&used.service)?, used.name.as_str()))
        })
    }

    /// Moves the secrets of the services of one file to Compose secrets; gives back those that cannot be.
    fn as_secrets(&mut self, services: BTreeMap<u32, Vec<Found>>) -> Vec<Found> {
        let (mut moved, mut left, mut edits, mut home_of_all) = (Vec::new(), Vec::new(), Vec::new(), None);
        for group in services.into_values() {
            let home = group.first().and_then(|f| self.service(f)).and_then(|s| Home::of_key(s.key?, &self.desk));
            let Some(home) = home else {
                left.extend(group);
                continue;
            };
            let mut of_service = Vec::new();
            for found in group {
                match self.as_secret(&found, &home) {
                    Some(new) => of_service.push((found, new)),
                    None => left.push(found),
                }
            }
            let names: Vec<&str> = of_service.iter().map(|(_, new)| new.secret.as_str()).collect();
            match if names.is_empty() { None } else { list_edits(&home, &names) } {
                Some(list) => {
                    edits.extend(of_service.iter().flat_map(|(_, new)| new.edits.clone()).chain(list));
                    moved.extend(of_service);
                    home_of_all = Some(home);
                }
                None => left.extend(of_service.into_iter().map(|(found, _)| found)),
            }
        }
        let Some(home) = home_of_all else { return left };
        let names: Vec<&str> = moved.iter().map(|(_, new)| new.secret.as_str()).collect();
        // The section comes last: where the last service ends, it begins.
        let top = self.top_edits(&home, &names).filter(|_| self.desk.editable(home.tree.file).is_ok());
        if !top.is_some_and(|top| self.desk.add(edits.into_iter().chain(top).collect())) {
            left.extend(moved.into_iter().map(|(found, _)| found));
            return left;
        }
        for (found, new) in moved {
            self.tell_secret(&found, &new);
            self.files.insert(new.file, found.value);
        }
        left
    }

    /// How one secret becomes a Compose secret; `None` where something speaks against it.
    fn as_secret(&self, found: &Found, home: &Home) -> Option<New> {
        let Use { service, name, .. } = found.used.first()?;
        if found.extended || found.hidden || home.is_shared() || found.used.iter().any(|u| u.service != *service || u.name != *name) {
            return None;
        }
        let mut variant = None;
        for (project, service, name) in self.services(found) {
            let image = service
                .image
                .as_ref()
                .filter(|i| i.origin.variables().all(|(variable, _)| variable.ends_with("VERSION") || variable.ends_with("TAG")))?;
            let image = ImageRef::parse(image)?;
            let path = image.path.strip_prefix("library/").unwrap_or(image.path);
            let root = START_AS_ROOT.iter().any(|known| *known == path || known.contains('/') && path.ends_with(known));
            let file = judgement::file_variant(&image, name)?;
            let mentioned = judgement::commands(service).iter().any(|(_, command)| command.iter().any(|word| word.contains(name)));
            let only = variant.as_ref().is_none_or(|known| *known == file);
            if !root
                || service.user.is_some()
                || service.build.is_some()
                || mentioned
                || !only
                || service.environment.contains_key(&file)
                || project.directory.as_os_str().is_empty()
            {
                return None;
            }
            variant = Some(file);
        }
        // An override that sets the variable would meet the file.
        let elsewhere = |project: &Project| {
            project.services.get(service).is_some_and(|s| {
                let value = s.environment.get(name);
                s.environment.contains_key(&format!("{name}_FILE"))
                    || value.is_none_or(|v| v.origin.replaced.is_some() || v.as_deref() != Some(found.value.as_str()))
            })
        };
        let reads = |project: &&Project| project.files.iter().any(|f| f.path == home.source.path);
        if self.projects.iter().filter(reads).any(elsewhere) {
            return None;
        }
        let variant = variant?;
        let secret = format!("{}_{}", word(service), word(name));
        let base = self.bases.get(&home.source.path)?;
        let file = base.join("secrets").join(&secret);
        let taken = self.projects.iter().any(|p| p.secrets.contains_key(&secret))
            || self.disk.symlink_metadata(&file).is_ok()
            || self.files.contains_key(&file);
        if taken || !file.starts_with(&self.before.root) || HostFacts::new(self.disk).git(&file) == GitState::Tracked {
            return None;
        }
        let edits = renamed(&home.tree, &self.desk, found.at, name, &variant, &format!("/run/secrets/{secret}"))?;
        Some(New { secret, variant, file, edits })
    }

    /// The declarations, at the top level of the file.
    fn top_edits(&self, home: &Home, names: &[&str]) -> Option<Vec<Edit>> {
        let top = Home::top(home.tree.file, &self.desk)?;
        let entry = |name: &str| format!("\nfile: {}", edit::scalar_text(&format!("./secrets/{name}"), false));
        if let Some(section) = top.tree.get(top.mapping, "secrets") {
            if top.tree.shared(section) {
                return None;
            }
            return names
                .iter()
                .map(|name| edit::insert_entry(&top.source, &top.tree, section, Position::End, name, &entry(name)))
                .collect();
        }
        let block = names.iter().map(|name| format!("\n{name}:{}", entry(name).replace('\n', "\n  "))).collect::<Vec<String>>().concat();
        edit::insert_entry(&top.source, &top.tree, top.mapping, Position::End, "secrets", &block).map(|e| vec![e])
    }

    fn tell_secret(&mut self, found: &Found, new: &New) {
        let Some(Use { service, name, .. }) = found.used.first().cloned() else { return };
        let why = format!("it comes from the secret `{}`", new.secret);
        self.changes.add(&["services", &service, "environment", &name], why.clone());
        self.changes.add(&["services", &service, "environment", &new.variant], why.clone());
        self.changes.add(&["services", &service, "secrets"], why.clone());
        self.changes.add(&["secrets", &new.secret], why);
        let file = self.desk.shown(&new.file);
        self.notes.push((
            NoteKind::Decision,
            service.clone(),
            format!(
                "`{name}` comes from the secret `{}` in `{file}`: the image reads `{}`, and `docker inspect` does not show it any more",
                new.secret, new.variant
            ),
        ));
        self.rotate(found, &service, &name, &file);
    }

    /// What was written down is known, whatever becomes of the file.
    fn rotate(&mut self, found: &Found, service: &str, name: &str, file: &str) {
        let path = self.desk.source(found.at.file).path.clone();
        let shown = self.desk.shown(&path);
        let known = match HostFacts::new(self.disk).git(&path) {
            GitState::Tracked => format!("stood in `{shown}`, and is in the history of git: change it"),
            _ => format!("stood in `{shown}`: change it if anybody else has seen the file"),
        };
        self.notes.push((NoteKind::Attention, service.to_owned(), format!("`{name}` {known}, where it is checked and in `{file}`")));
    }

    /// Moves a secret to a variable.
    fn as_variable(&mut self, found: &Found) {
        let Some(Use { service, name, .. }) = found.used.first().cloned() else { return };
        if env_file::written(&found.value).is_none() {
            return self.left(found, "it cannot be written into an `.env`");
        }
        let files = match self.env_files_of(found) {
            Ok(files) => files,
            Err(why) => return self.left(found, &why),
        };
        let long = format!("{}_{name}", word(&service).to_uppercase());
        let Some(variable) = [name.clone(), long].into_iter().find(|v| self.is_free(found, v, &files)) else {
            return self.left(found, "its variable has another meaning already");
        };
        let new = format!("${{{variable}:?}}");
        let edit = self.desk.tree(found.at.file).and_then(|tree| replaced(&tree, &self.desk, found.at, &name, &new));
        let Some(edit) = edit else { return self.left(found, "it is written in a way that cannot be changed in place") };
        if self.desk.editable(found.at.file).is_err() || !self.desk.add(vec![edit]) {
            return self.left(found, "the file cannot be changed");
        }
        for Use { service, name, .. } in found.used.iter().filter(|used| !used.hidden) {
            self.changes.add(&["services", service, "environment", name], format!("it comes from `{variable}`"));
        }
        let shown: BTreeSet<String> = files.iter().map(|f| self.desk.shown(f)).collect();
        let shown = shown.into_iter().collect::<Vec<_>>().join("` and `");
        for file in &files {
            self.env_files.set(file, &variable, &found.value);
        }
        self.notes.push((
            NoteKind::Decision,
            service.clone(),
            format!("`{name}` comes from `{variable}` in `{shown}`; without it, Compose refuses to start"),
        ));
        self.rotate(found, &service, &name, &shown);
    }

    /// The env files of the projects that have it. Errors: why none can be used.
    fn env_files_of(&self, found: &Found) -> Result<BTreeSet<PathBuf>, String> {
        let mut out = BTreeSet::new();
        for Use { project: number, .. } in &found.used {
            let (Some(entry), Some(project)) = (self.before.entries.get(*number), self.projects.get(*number)) else { continue };
            let named = entry.after.env_files.as_ref().and_then(|files| files.last()).map(|file| entry.after.directory.join(file));
            let file = named.unwrap_or_else(|| project.directory.join(".env"));
            let shown = self.desk.shown(&file);
            let special = self.disk.symlink_metadata(&file).is_ok_and(|m| !m.is_file());
            if !file.starts_with(&self.before.root) || special {
                return Err(format!("`{shown}` is no file of this directory"));
            }
            let mut services = self.projects.iter().flat_map(|p| p.services.values());
            if let Some(service) = services.find(|s| s.env_file.iter().any(|f| Path::new(&f.path) == file)) {
                return Err(format!("`{shown}` is the `env_file` of `{}`, which would get it, too", service.name));
            }
            if HostFacts::new(self.disk).git(&file) == GitState::Tracked {
                return Err(format!("git has `{shown}`: take it out first, with `git rm --cached {shown}`"));
            }
            out.insert(file);
        }
        Ok(out)
    }

    /// True if a variable means this value already, or nothing.
    fn is_free(&self, found: &Found, variable: &str, files: &BTreeSet<PathBuf>) -> bool {
        let name = variable.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && variable.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !name || ["COMPOSE_", "DOCKER_"].iter().any(|p| variable.starts_with(p)) {
            return false;
        }
        if files.iter().any(|file| self.env_files.get(file, variable).is_some_and(|value| value != found.value)) {
            return false;
        }
        found.used.iter().all(|used| {
            let Some(project) = self.projects.get(used.project) else { return false };
            if let Some(known) = project.environment.get(variable) {
                return known.value == found.value && known.at.is_some_and(|at| files.contains(&self.desk.source(at.file).path));
            }
            let asked = project.variables.iter().any(|used| used.name == variable);
            let passed = project.services.values().any(|s| s.environment.get(variable).is_some_and(|v| v.is_none()));
            !asked && !passed
        })
    }

    /// Secrets in other places than the environment of a service: said, and left.
    fn others(&mut self) {
        let mut said = BTreeSet::new();
        for project in self.projects {
            for service in project.services.values() {
                for pair in judgement::pairs(service) {
                    if pair.origin.is_literal() && secret::credential_key(pair.name) && secret::weak(pair.value) {
                        let place = self.desk.place(pair.origin.at);
                        if said.insert(place.clone()) {
                            self.notes.push((
                                NoteKind::Attention,
                                service.name.clone(),
                                format!(
                                    "{}`{}` in {place} is a password that everybody tries first, and was left there: choose another one",
                                    pair.what, pair.name
                                ),
                            ));
                        }
                        continue;
                    }
                    let environment = service.environment.get(pair.name).is_some_and(|v| v.origin.at == pair.origin.at);
                    if environment || !pair.origin.is_literal() || !is_secret(pair.name, pair.value) {
                        continue;
                    }
                    let place = self.desk.place(pair.origin.at);
                    if said.insert(place.clone()) {
                        self.notes.push((
                            NoteKind::Attention,
                            service.name.clone(),
                            format!(
                                "{}`{}` is a secret in {place} and was left there, because only variables of services are moved; {BY_HAND}",
                                pair.what, pair.name
                            ),
                        ));
                    }
                }
            }
        }
    }
}

/// A secret on its way into a file.
struct New {
    secret: String,
    variant: String,
    file: PathBuf,
    edits: Vec<Edit>,
}
