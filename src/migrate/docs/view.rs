//! The environments of a project beside each other, in the order of names, and its values as they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::words::{Words, list};
use super::{Environment, Input};
use crate::compose::VariableUse;
use crate::compose::value::Origin;
use crate::fs;
use crate::model::{Project, Service, Sourced};
use crate::ordered::IndexMap;
use crate::rules::is_part_of_hash;
use crate::source::Span;

/// What all environments have under one name: the number of the environment, and what it has.
type Versions<'a, T> = BTreeMap<&'a str, Vec<(usize, &'a Sourced<T>)>>;

/// The environments beside each other.
pub(super) struct View<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) words: Words<'a>,
    pub(super) services: Versions<'a, Service>,
    /// The page of each service.
    pub(super) files: BTreeMap<&'a str, String>,
    /// By environment: every use of a variable.
    uses: Vec<Vec<&'a VariableUse>>,
    /// The same by their place, each once.
    by_place: Vec<Vec<&'a VariableUse>>,
}

fn versions<'a, T, M>(environments: &'a [Environment<'a>], of: impl Fn(&'a Project) -> M) -> Versions<'a, T>
where
    M: IntoIterator<Item = (&'a String, &'a Sourced<T>)>,
{
    let mut out: Versions<'a, T> = BTreeMap::new();
    for (number, environment) in environments.iter().enumerate() {
        for (name, item) in of(environment.project) {
            out.entry(name).or_default().push((number, item));
        }
    }
    out
}

impl<'a> View<'a> {
    pub(super) fn new(input: &'a Input<'a>) -> Self {
        // A hash with single dollars is taken for variables by Compose; its parts are no names to show.
        let uses: Vec<Vec<&VariableUse>> = input
            .environments
            .iter()
            .map(|e| e.project.variables.iter().filter(|used| !is_part_of_hash(used, input.sources)).collect())
            .collect();
        let by_place = |uses: &Vec<&'a VariableUse>| {
            let mut uses = uses.clone();
            uses.sort_by_key(|used| (used.at, used.name.as_str()));
            // What an anchor says is used once by each service that has an alias of it.
            uses.dedup_by_key(|used| (used.at, used.name.as_str()));
            uses
        };
        let services = versions(input.environments, |p| p.services.iter().map(|(name, service)| (name, &**service)));
        let mut names = super::words::Names::default();
        let files = services.keys().map(|name| (*name, format!("{}.md", names.give(name)))).collect();
        Self {
            words: Words { redactor: input.redactor, root: input.root },
            services,
            files,
            by_place: uses.iter().map(by_place).collect(),
            uses,
            input,
        }
    }

    pub(super) fn volumes(&self) -> Versions<'a, crate::model::Volume> {
        versions(self.input.environments, |p| &p.volumes)
    }

    pub(super) fn networks(&self) -> Versions<'a, crate::model::Network> {
        versions(self.input.environments, |p| &p.networks)
    }

    /// True if there is more than one environment.
    pub(super) fn several(&self) -> bool {
        self.input.environments.len() > 1
    }

    /// The name of an environment, as code.
    pub(super) fn environment(&self, number: usize) -> String {
        self.words.code(self.input.environments.get(number).map_or("", |e| e.name))
    }

    /// What is typed to start an environment.
    pub(super) fn command(&self, number: usize) -> String {
        self.words.shown(self.input.environments.get(number).map_or("docker compose", |e| e.command))
    }

    /// ` (only in production)`; nothing where it is all that there are.
    pub(super) fn only(&self, environments: &BTreeSet<usize>, all: usize) -> String {
        if environments.len() >= all {
            return String::new();
        }
        format!(" (only in {})", list(&environments.iter().map(|n| self.environment(*n)).collect::<Vec<_>>()))
    }

    /// For a cell: `all`, or their names.
    pub(super) fn in_which(&self, environments: &BTreeSet<usize>) -> String {
        if environments.len() >= self.input.environments.len() {
            return "all".to_owned();
        }
        environments.iter().map(|n| self.environment(*n)).collect::<Vec<_>>().join(", ")
    }

    /// A service with a link to its page, from a page in the directory of the pages.
    pub(super) fn service(&self, name: &str) -> String {
        match self.files.get(name) {
            Some(file) => format!("[{}](services/{file})", self.words.code(name)),
            None => self.words.code(name),
        }
    }

    /// The same from the page of another service.
    pub(super) fn sibling(&self, name: &str) -> String {
        match self.files.get(name) {
            Some(file) => format!("[{}]({file})", self.words.code(name)),
            None => self.words.code(name),
        }
    }

    /// Every use of a variable in an environment.
    pub(super) fn variables(&self, environment: usize) -> &[&'a VariableUse] {
        self.uses.get(environment).map_or(&[], Vec::as_slice)
    }

    /// The variables within a place.
    pub(super) fn variables_in(&self, environment: usize, at: Span) -> impl Iterator<Item = &'a VariableUse> {
        let uses = self.by_place.get(environment).map_or(&[][..], Vec::as_slice);
        let from = uses.partition_point(|used| (used.at.file, used.at.start) < (at.file, at.start));
        uses.iter()
            .skip(from)
            .take_while(move |used| used.at.file == at.file && used.at.start < at.end)
            .filter(move |u| at.contains(&u.at))
            .copied()
    }

    /// True if a variable decides about the value.
    pub(super) fn is_variable(&self, environment: usize, origin: &Origin) -> bool {
        self.variables_in(environment, origin.at).next().is_some()
    }

    /// The text of a scalar as it is written, its quotes left out; `None` for anything but one line of text.
    pub(super) fn line(&self, origin: &Origin) -> Option<String> {
        let source = self.input.sources.get(origin.at.file);
        let text = source.slice(origin.at).trim();
        if text.is_empty() || text.contains(['\n', '\r']) || text.starts_with(['{', '[', '|', '>', '*', '&']) {
            return None;
        }
        let unquoted = ['"', '\''].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q));
        Some(unquoted.unwrap_or(text).to_owned())
    }

    /// A value as it is written where a variable decides about it, else as it is.
    pub(super) fn written(&self, environment: usize, origin: &Origin, value: &str) -> String {
        if !self.is_variable(environment, origin) {
            return value.to_owned();
        }
        self.line(origin).unwrap_or_else(|| self.names_in(environment, origin.at))
    }

    /// `${A}`, `${A} ${B}`: the variables within a place.
    pub(super) fn names_in(&self, environment: usize, at: Span) -> String {
        let names: BTreeSet<String> = self.variables_in(environment, at).map(|used| format!("${{{}}}", used.name)).collect();
        names.into_iter().collect::<Vec<_>>().join(" ")
    }

    /// A path of the host: `./data` for what is below the root, else as it is written, so that it does not tell where the project lies.
    pub(super) fn host_path(&self, environment: usize, origin: &Origin, path: &str) -> String {
        if self.is_variable(environment, origin) {
            return self.written(environment, origin, path);
        }
        self.relative(path).or_else(|| self.line(origin)).unwrap_or_else(|| self.outside(origin, path))
    }

    /// A path outside of the root: as it is if it is written so, else by the way from the root.
    pub(super) fn outside(&self, origin: &Origin, path: &str) -> String {
        if self.input.sources.get(origin.at.file).slice(origin.at).contains(path) {
            return path.to_owned();
        }
        let (from, to): (Vec<_>, Vec<_>) = (self.input.root.components().collect(), Path::new(path).components().collect());
        let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let up = from.iter().skip(same).map(|_| "..".to_owned());
        let down = to.iter().skip(same).map(|c| c.as_os_str().to_string_lossy().into_owned());
        up.chain(down).collect::<Vec<_>>().join("/")
    }

    /// `./data` for what is below the root.
    pub(super) fn relative(&self, path: &str) -> Option<String> {
        let below = Path::new(path).strip_prefix(self.input.root).ok()?;
        Some(if below.as_os_str().is_empty() { ".".to_owned() } else { format!("./{}", below.display()) })
    }

    /// The text of the Dockerfile that a service is built from, if it is known.
    pub(super) fn dockerfile(&self, service: &'a Service) -> Option<&'a str> {
        if let Some(inline) = service.build.as_ref().and_then(|b| b.dockerfile_inline.as_ref()) {
            return Some(inline);
        }
        self.input.texts.get(&dockerfile(service)?).map(String::as_str)
    }
}

/// Where the Dockerfile of a service is; `None` if it is not built from a file on this machine.
pub(super) fn dockerfile(service: &Service) -> Option<PathBuf> {
    let build = service.build.as_ref().filter(|b| b.dockerfile_inline.is_none())?;
    let context = Path::new(build.context.as_ref()?.as_str());
    let name = build.dockerfile.as_ref().map_or("Dockerfile", |d| d.as_str());
    context.is_absolute().then(|| fs::join(context, Path::new(name)))
}

/// Texts of several environments, each once, with those that have it, in the order of their first appearance.
#[derive(Default)]
pub(super) struct Union(pub(super) IndexMap<String, BTreeSet<usize>>);

impl Union {
    pub(super) fn add(&mut self, environment: usize, text: String) {
        self.0.entry(text).or_default().insert(environment);
    }

    /// Each with what is to be said about where it is, if it is not in all that there are.
    pub(super) fn lines(&self, view: &View, all: usize) -> Vec<String> {
        self.0.iter().map(|(text, environments)| format!("{text}{}", view.only(environments, all))).collect()
    }
}
