//! Where secrets go that must not stand in the store: into sops-nix, into agenix, or into files that the user makes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Backend, Options, SecretsFrom};
use super::ToCreate;
use super::judge::Parts;
use super::refer::Place;
use crate::compose::problem::ModelPath;
use crate::compose::value::Origin;
use crate::model::Project;
use crate::nix::{Binding, Expr, Piece};
use crate::ordered::IndexMap;
use crate::shell::shell_word;

/// Where the files are that the user makes.
const FILES: &str = "/var/lib/compose-secrets";
const PLAIN: &str = "one line `NAME=value` each, nothing in quotes";

/// A variable that is a secret.
#[derive(Clone, Copy)]
pub(super) struct Variable<'a> {
    pub(super) service: &'a str,
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    pub(super) origin: &'a Origin,
}

/// Why an env file cannot hold a value; `None`: it can.
pub(super) fn unfit(value: &str, backend: Backend) -> Option<&'static str> {
    let quotes = ['"', '\''].iter().any(|q| value.len() > 1 && value.starts_with(*q) && value.ends_with(*q));
    if value.contains(['\n', '\r', '\0']) {
        Some("it has several lines")
    } else if value.len() > 60_000 {
        Some("it is too long")
    } else if quotes && backend == Backend::Docker {
        Some("some versions of docker take its quotes away")
    } else {
        None
    }
}

/// Whom a secret's file belongs to, and who may read it; nothing is root alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) user: Option<String>,
    pub(super) group: Option<String>,
    pub(super) mode: Option<i64>,
}

/// A file that is a secret.
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) services: Vec<&'a str>,
    pub(super) owner: Owner,
    /// Where its content is today.
    pub(super) source: String,
    /// The path of a file that has the content.
    pub(super) path: Option<&'a str>,
}

/// A secret of sops-nix, or of agenix.
struct Entry<'a> {
    services: Vec<&'a str>,
    owner: Owner,
    /// A key of the project, by which the caller finds the binding again.
    about: String,
    create: ToCreate,
}

/// A variable that is moved.
struct Moved<'a> {
    variable: Variable<'a>,
    /// Where its value is today.
    source: String,
    /// The text before and behind the secret.
    around: (&'a str, &'a str),
    /// What the secret is called, its value, and where that is today.
    secret: (&'a str, &'a str, String),
}

/// The name of a secret in the set of a host, by what it is called and its value.
type Names<'a> = BTreeMap<(&'a str, &'a str), String>;

pub(super) struct Store<'a> {
    project: &'a Project,
    options: &'a Options,
    unit_names: &'a dyn Fn(&str) -> Vec<String>,
    variables: Vec<Moved<'a>>,
    files: IndexMap<String, Entry<'a>>,
}

impl<'a> Store<'a> {
    pub(super) fn new(project: &'a Project, options: &'a Options, unit_names: &'a dyn Fn(&str) -> Vec<String>) -> Self {
        Self { project, options, unit_names, variables: Vec::new(), files: IndexMap::default() }
    }

    /// Takes a variable, where its value is today, and which part of it is the secret; without that it is all of it.
    pub(super) fn variable(&mut self, variable: Variable<'a>, source: String, parts: Option<Parts<'a, 'a>>) {
        let (around, secret) = match parts {
            Some(Parts { before, name, value, after, source }) => ((before, after), (name, value, source)),
            None => (("", ""), (variable.name, variable.value, source.clone())),
        };
        self.variables.push(Moved { variable, source, around, secret });
    }

    /// The name of something of this project in a set that all projects of a host share.
    fn named(&self, rest: &str) -> String {
        let name = format!("{}-{rest}", self.project.name);
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' }).collect()
    }

    /// The files that have the variables, by service in order: the path, or a marked reference.
    pub(super) fn env_files(&self) -> Vec<(String, String)> {
        let services: IndexMap<&str, ()> = self.variables.iter().map(|m| (m.variable.service, ())).collect();
        services.into_keys().map(|service| (service.to_owned(), self.env_file(service))).collect()
    }

    fn env_file(&self, service: &str) -> String {
        let name = self.named(&format!("{service}.env"));
        match self.options.secrets {
            SecretsFrom::Sops => Place::new(["sops", "templates"], &name).marked(),
            SecretsFrom::Agenix => Place::new(["age", "secrets"], &name).marked(),
            SecretsFrom::Keep | SecretsFrom::EnvFiles => self.path_of(&format!("{service}.env")),
        }
    }

    fn path_of(&self, name: &str) -> String {
        format!("{FILES}/{}/{name}", self.project.name)
    }

    /// Takes a file; gives its path, or a marked reference.
    pub(super) fn file(&mut self, file: File<'a>, about: String) -> String {
        let mut name = self.named(file.name);
        while self.files.contains_key(&name) {
            name.push_str("-file");
        }
        let (path, how) = match self.options.secrets {
            SecretsFrom::Sops => {
                let from = file.path.map_or_else(|| "the value".to_owned(), |path| format!("the content of `{path}`"));
                let how = format!("put {from} under the key `{name}` of the file that `sops.defaultSopsFile` names, with `sops`");
                (Place::new(["sops", "secrets"], &name).marked(), how)
            }
            SecretsFrom::Agenix => {
                let from = file.path.map_or_else(String::new, |path| format!(" < {}", shell_word(path)));
                let how = format!(
                    "list `{name}.age` in `secrets.nix`, then run `agenix -e {}{from}` beside it",
                    shell_word(&format!("{name}.age"))
                );
                (Place::new(["age", "secrets"], &name).marked(), how)
            }
            SecretsFrom::Keep | SecretsFrom::EnvFiles => {
                let path = self.path_of(file.name);
                let how = format!("run {}, and put the value into it", install(&path));
                (path, how)
            }
        };
        let what = match self.options.secrets {
            SecretsFrom::Sops => name.clone(),
            SecretsFrom::Agenix => format!("secrets/{name}.age"),
            SecretsFrom::Keep | SecretsFrom::EnvFiles => path.clone(),
        };
        let for_services = file.services.iter().map(|s| (*s).to_owned()).collect();
        let create = ToCreate { what, for_services, names: vec![file.name.to_owned()], how, source: vec![file.source] };
        self.files.insert(name, Entry { services: file.services, owner: file.owner, about, create });
        path
    }

    /// What the module has, and what has to be made.
    pub(super) fn finish(self) -> (Vec<Binding>, Vec<ToCreate>) {
        match self.options.secrets {
            SecretsFrom::Sops => self.sops(),
            SecretsFrom::Agenix => self.agenix(),
            SecretsFrom::Keep | SecretsFrom::EnvFiles => self.plain(),
        }
    }

    fn by_service(&self) -> IndexMap<&'a str, Vec<&Moved<'a>>> {
        let mut out: IndexMap<&str, Vec<_>> = IndexMap::default();
        for moved in &self.variables {
            out.entry(moved.variable.service).or_default().push(moved);
        }
        out
    }

    /// The units to restart, each once.
    fn units(&self, services: &[&str]) -> Option<Binding> {
        let mut seen = BTreeSet::new();
        let units: Vec<String> = services.iter().flat_map(|s| (self.unit_names)(s)).filter(|u| seen.insert(u.clone())).collect();
        (!units.is_empty()).then(|| Binding::new("restartUnits", Expr::texts(units)))
    }

    /// The secrets of the variables, and their names. The same name with the same value is one secret
    /// for all services; with another value it is the service's own.
    fn keys(&self) -> (IndexMap<String, Entry<'a>>, Names<'a>) {
        let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for Moved { secret: (called, value, _), .. } in &self.variables {
            values.entry(called).or_default().insert(value);
        }
        let mut names: Names<'a> = BTreeMap::new();
        let mut taken: BTreeSet<String> = self.files.keys().cloned().collect();
        let mut secrets: IndexMap<String, Entry<'a>> = IndexMap::default();
        for Moved { variable, secret: (called, value, source), .. } in &self.variables {
            let shared = values.get(called).is_none_or(|values| values.len() == 1);
            let name = names.entry((called, value)).or_insert_with(|| {
                let mut name = self.named(&if shared { (*called).to_owned() } else { format!("{}-{called}", variable.service) });
                while !taken.insert(name.clone()) {
                    name.push_str("-env");
                }
                name
            });
            let entry = secrets.entry(name.clone()).or_insert_with(|| {
                let how = format!("put the value under the key `{name}` of the file that `sops.defaultSopsFile` names, with `sops`");
                let names = vec![(*called).to_owned()];
                let create = ToCreate { what: name.clone(), for_services: Vec::new(), names, how, source: vec![source.clone()] };
                let about = environment(variable.service).key(variable.name).to_string();
                Entry { services: Vec::new(), owner: Owner::default(), about, create }
            });
            if !entry.services.contains(&variable.service) {
                entry.services.push(variable.service);
                entry.create.for_services.push(variable.service.to_owned());
            }
        }
        (secrets, names)
    }

    fn template(&self, service: &str, variables: &[&Moved<'a>], names: &Names<'a>) -> Binding {
        let (mut content, mut text) = (Vec::new(), String::new());
        for Moved { variable, around: (before, after), secret: (called, value, _), .. } in variables {
            text.extend([variable.name, "=", before]);
            content.push(Piece::Text(std::mem::take(&mut text)));
            content.push(Piece::Expr(Place::placeholder(names.get(&(*called, *value)).map_or("", String::as_str))));
            text.push_str(after);
            text.push('\n');
        }
        content.push(Piece::Text(text));
        let mut attrs = vec![Binding::new("content", Expr::Str(content))];
        attrs.extend(self.units(&[service]));
        let path = ["sops".to_owned(), "templates".to_owned(), self.named(&format!("{service}.env"))];
        Binding::at(path, Expr::Attrs(attrs)).about(environment(service).to_string())
    }

    fn sops(self) -> (Vec<Binding>, Vec<ToCreate>) {
        let (mut bindings, mut create) = (Vec::new(), Vec::new());
        let (secrets, names) = self.keys();
        let templates: Vec<Binding> =
            self.by_service().into_iter().map(|(service, variables)| self.template(service, &variables, &names)).collect();
        for (name, entry) in secrets.iter().chain(&self.files) {
            let mut attrs = Vec::new();
            attrs.extend(entry.owner.user.as_ref().map(|u| identity("uid", "owner", u)));
            attrs.extend(entry.owner.group.as_ref().map(|g| identity("gid", "group", g)));
            attrs.extend(entry.owner.mode.map(mode));
            attrs.extend(self.units(&entry.services));
            bindings.push(Binding::at(["sops", "secrets", name], Expr::Attrs(attrs)).about(entry.about.clone()));
            create.push(entry.create.clone());
        }
        bindings.extend(templates);
        (bindings, create)
    }

    fn agenix(self) -> (Vec<Binding>, Vec<ToCreate>) {
        let (mut bindings, mut create) = (Vec::new(), Vec::new());
        let file = |name: &str| Expr::Path(format!("./secrets/{name}.age"));
        for (service, variables) in self.by_service() {
            let name = self.named(&format!("{service}.env"));
            bindings.push(Binding::at(["age", "secrets", &name, "file"], file(&name)).about(environment(service).to_string()));
            let how = format!(
                "list `{name}.age` in `secrets.nix`, then run `agenix -e {}` beside it: {PLAIN}",
                shell_word(&format!("{name}.age"))
            );
            create.push(env_file(service, format!("secrets/{name}.age"), how, &variables));
        }
        for (name, entry) in &self.files {
            let mut attrs = Vec::new();
            // agenix gives names and numbers to `chown` alike.
            attrs.extend(entry.owner.user.as_ref().map(|u| Binding::new("owner", Expr::text(u))));
            attrs.extend(entry.owner.group.as_ref().map(|g| Binding::new("group", Expr::text(g))));
            attrs.extend(entry.owner.mode.map(mode));
            let binding = if attrs.is_empty() {
                Binding::at(["age", "secrets", name, "file"], file(name))
            } else {
                attrs.insert(0, Binding::new("file", file(name)));
                Binding::at(["age", "secrets", name], Expr::Attrs(attrs))
            };
            bindings.push(binding.about(entry.about.clone()));
            create.push(entry.create.clone());
        }
        (bindings, create)
    }

    fn plain(self) -> (Vec<Binding>, Vec<ToCreate>) {
        let files = self.by_service().into_iter().map(|(service, variables)| {
            let path = self.env_file(service);
            let how = format!("run {}, and put the variables into it: {PLAIN}", install(&path));
            env_file(service, path, how, &variables)
        });
        let create = files.chain(self.files.values().map(|entry| entry.create.clone())).collect();
        (Vec::new(), create)
    }
}

fn environment(service: &str) -> ModelPath {
    ModelPath::keys(&["services", service, "environment"])
}

fn env_file(service: &str, what: String, how: String, variables: &[&Moved<'_>]) -> ToCreate {
    let (names, source) = variables.iter().map(|m| (m.variable.name.to_owned(), m.source.clone())).unzip();
    ToCreate { what, for_services: vec![service.to_owned()], names, how, source }
}

/// The command that makes an empty file that only root can read, in a directory of the same kind.
fn install(path: &str) -> String {
    let directory = path.rsplit_once('/').map_or("/", |(directory, _)| directory);
    format!("`install -d -m 700 {} && install -m 600 /dev/null {}`", shell_word(directory), shell_word(path))
}

/// `uid = 1000;`, or `owner = "name";`.
fn identity(number: &str, name: &str, value: &str) -> Binding {
    match value.parse() {
        Ok(n) => Binding::new(number, Expr::Int(n)),
        Err(_) => Binding::new(name, Expr::text(value)),
    }
}

fn mode(mode: i64) -> Binding {
    Binding::new("mode", Expr::text(format!("{mode:04o}")))
}
