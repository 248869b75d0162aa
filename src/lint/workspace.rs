//! Everything under some roots, found, loaded and typed: the one way from paths to findings, for every command, test and benchmark.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::parts::{self, Standing};
use super::{Config, Input, Selection, Verdict, internal_error, run};
use crate::compose::{self, Loader, Semantics};
use crate::discover::{self, Discovery, Entry, Kind, Skipped, Wishes};
use crate::finding::Finding;
use crate::fs::Fs;
use crate::host::Facts;
use crate::model::{self, Profiles, Project};
use crate::rules::{Fleet, Host, Idle, Mode};
use crate::source::Sources;

/// How to load.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// Which profiles are active. By default all: every service is judged.
    pub profiles: Profiles,
    /// Whose answers, where versions of Compose differ.
    pub semantics: Semantics,
    /// What the configuration says.
    pub config: Arc<Config>,
    /// `--env-file`, for all projects for which the configuration names none; `None`: what each has.
    pub env_files: Option<Vec<PathBuf>>,
    /// The name of the host that everything belongs to for which the configuration names none.
    pub host: Option<String>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { profiles: Profiles::All, semantics: Semantics::default(), config: Arc::default(), env_files: None, host: None }
    }
}

/// Everything under some roots. The environment of the process takes no part: the answer does not depend on who asks.
pub struct Workspace<'a> {
    /// The texts and trees.
    pub loader: Loader<'a>,
    /// What was found and what was passed over.
    pub discovery: Discovery,
    /// The projects: the n-th is that of the n-th entry of the discovery.
    pub projects: Vec<Project>,
    /// What went wrong on our side while loading.
    pub failures: Vec<Finding>,
    /// What in the configuration does nothing.
    pub idle: Vec<Idle>,
    hosts: BTreeMap<Option<PathBuf>, Members>,
    config: Arc<Config>,
    host: Option<String>,
}

/// What belongs to a host.
#[derive(Default)]
struct Members {
    /// How many projects: those of the first host come first, and so on.
    projects: usize,
    skipped: Vec<Skipped>,
}

impl<'a> Workspace<'a> {
    /// Finds and loads every project under the roots (absolute paths), in parallel. A project that makes us panic is left out, with a
    /// finding that says so.
    pub fn load(disk: &'a dyn Fs, sources: &'a Sources, roots: &[PathBuf], options: &LoadOptions) -> Self {
        let loader = Loader::new(disk, sources);
        let config = &*options.config;
        let excluded = |path: &Path, directory: bool| {
            let exclude = &config.exclude;
            let pattern = exclude.cover(path, directory).then(|| exclude.last_covering(path, directory)).flatten()?;
            Some(pattern.text.clone())
        };
        let (stated, mut idle) = config.present_projects(disk);
        let path = config.directory().map(|_| config.path.as_path());
        let wishes = Wishes { excluded: &excluded, config: path, projects: &stated };
        let mut discovery = discover::discover_as(&loader, roots, &wishes);
        let build = model::Options { profiles: options.profiles.clone(), semantics: options.semantics, ..model::Options::default() };
        let load = |entry: &Entry| {
            let mut request = entry.request();
            request.semantics = options.semantics;
            request.env_files = request.env_files.or_else(|| options.env_files.clone());
            let mut build = build.clone();
            // What the user asks for in this run counts more than what the configuration says.
            if let (Kind::Stated(stated), Profiles::All) = (&entry.kind, &options.profiles)
                && !stated.profiles.is_empty()
            {
                build.profiles = Profiles::settle(&stated.profiles, None);
            }
            catch_unwind(AssertUnwindSafe(|| model::build(compose::load(&loader, &request), &loader, &build)))
        };
        let named = |entry: &Entry| matches!(entry.kind, Kind::Stated(_)) || entry.files.iter().any(|f| roots.contains(f));
        let results: Vec<_> = discovery.entries.par_iter().map(load).collect();
        let (mut entries, mut projects, mut standings, mut failures) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (entry, project) in discovery.entries.into_iter().zip(results) {
            if let Ok(project) = project {
                standings.push(Standing { named: named(&entry), single: entry.kind == Kind::Single });
                entries.push(entry);
                projects.push(project);
            } else {
                failures.push(internal_error("this project could not be loaded", Some(entry.directory)));
            }
        }
        parts::settle(&mut projects, &standings, sources);
        if !config.hosts.is_empty() {
            // Host by host, so that each is a slice.
            let mut both: Vec<(Entry, Project)> = entries.into_iter().zip(projects).collect();
            both.sort_by_cached_key(|(entry, _)| config.host_of(&entry.directory));
            (entries, projects) = both.into_iter().unzip();
        }
        let mut hosts: BTreeMap<Option<PathBuf>, Members> = BTreeMap::from([(None, Members::default())]);
        for entry in &entries {
            hosts.entry(config.host_of(&entry.directory)).or_default().projects += 1;
        }
        for skipped in &discovery.skipped {
            hosts.entry(config.host_of(&skipped.path)).or_default().skipped.push(skipped.clone());
        }
        discovery.entries = entries;
        let mut workspace = Self {
            loader,
            discovery,
            projects,
            failures,
            idle: Vec::new(),
            hosts,
            config: Arc::clone(&options.config),
            host: options.host.clone(),
        };
        idle.extend(config.idle(&workspace, roots));
        workspace.idle = idle;
        workspace
    }

    /// Judges everything, as it is without `--no-ignores`.
    pub fn lint(&self, facts: &dyn Facts, mode: Mode, selection: &Selection) -> Vec<Finding> {
        self.judge(facts, mode, selection, true).findings
    }

    /// Judges everything; comments silence rules if `ignores` says so. The findings come in the order of [`run`], what went wrong on our
    /// side first.
    pub fn judge(&self, facts: &dyn Facts, mode: Mode, selection: &Selection, ignores: bool) -> Verdict {
        let hosts = self.hosts();
        let fleet = Fleet { hosts: &hosts, idle: &self.idle };
        let input = Input { projects: &self.projects, fleet, loader: &self.loader, facts, mode, ignores };
        let Verdict { findings, ignored } = run(&input, selection);
        Verdict { findings: self.failures.iter().cloned().chain(findings).collect(), ignored }
    }

    /// The name of the host of a path: that of the directory that the configuration names as a host, or the one that was given.
    pub fn host_of(&self, path: &Path) -> Option<String> {
        match self.config.host_of(path) {
            Some(directory) => directory.file_name().map(|n| n.to_string_lossy().into_owned()),
            None => self.host.clone(),
        }
    }

    /// The projects of each host, those of none in particular first.
    fn hosts(&self) -> Vec<Host<'_>> {
        let mut out = Vec::new();
        let (mut projects, mut entries) = (self.projects.as_slice(), self.discovery.entries.as_slice());
        for (directory, members) in &self.hosts {
            let (projects_here, projects_left) = projects.split_at_checked(members.projects).unwrap_or((projects, &[]));
            let (entries_here, entries_left) = entries.split_at_checked(members.projects).unwrap_or((entries, &[]));
            (projects, entries) = (projects_left, entries_left);
            let name = match directory {
                Some(directory) => directory.file_name().and_then(|n| n.to_str()),
                None => self.host.as_deref(),
            };
            out.push(Host {
                directory: directory.as_deref(),
                name,
                projects: projects_here,
                entries: entries_here,
                skipped: &members.skipped,
            });
        }
        out
    }
}
