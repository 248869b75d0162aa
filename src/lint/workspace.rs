//! Everything under some roots, found, loaded and typed: the one way from paths to findings, for every command, test and benchmark.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use rayon::prelude::*;

use super::parts::{self, Standing};
use super::{Input, Selection, Verdict, internal_error, run};
use crate::compose::{self, Loader, Semantics};
use crate::discover::{self, Discovery, Entry, Kind};
use crate::finding::Finding;
use crate::fs::Fs;
use crate::host::Facts;
use crate::model::{self, Profiles, Project};
use crate::rules::{Host, Mode};
use crate::source::Sources;

/// How to load.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// Which profiles are active. By default all: every service is judged.
    pub profiles: Profiles,
    /// Whose answers, where versions of Compose differ.
    pub semantics: Semantics,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { profiles: Profiles::All, semantics: Semantics::default() }
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
}

impl<'a> Workspace<'a> {
    /// Finds and loads every project under the roots (absolute paths), in parallel. A project that makes us panic is left out, with a
    /// finding that says so.
    pub fn load(disk: &'a dyn Fs, sources: &'a Sources, roots: &[PathBuf], options: &LoadOptions) -> Self {
        let loader = Loader::new(disk, sources);
        let mut discovery = discover::discover(&loader, roots);
        let build = model::Options { profiles: options.profiles.clone(), semantics: options.semantics, ..model::Options::default() };
        let load = |entry: &Entry| {
            let mut request = entry.request();
            request.semantics = options.semantics;
            catch_unwind(AssertUnwindSafe(|| model::build(compose::load(&loader, &request), &loader, &build)))
        };
        let results: Vec<_> = discovery.entries.par_iter().map(load).collect();
        let (mut entries, mut projects, mut standings, mut failures) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (entry, project) in discovery.entries.into_iter().zip(results) {
            if let Ok(project) = project {
                standings.push(Standing { named: entry.files.iter().any(|f| roots.contains(f)), single: entry.kind == Kind::Single });
                entries.push(entry);
                projects.push(project);
            } else {
                failures.push(internal_error("this project could not be loaded", Some(entry.directory)));
            }
        }
        parts::settle(&mut projects, &standings, sources);
        discovery.entries = entries;
        Self { loader, discovery, projects, failures }
    }

    /// Judges everything, as it is without `--no-ignores`.
    pub fn lint(&self, facts: &dyn Facts, mode: Mode, selection: &Selection) -> Vec<Finding> {
        self.judge(facts, mode, selection, true).findings
    }

    /// Judges everything; comments silence rules if `ignores` says so. The findings come in the order of [`run`], what went wrong on our
    /// side first.
    pub fn judge(&self, facts: &dyn Facts, mode: Mode, selection: &Selection, ignores: bool) -> Verdict {
        let Discovery { entries, skipped, .. } = &self.discovery;
        let host = Host { projects: &self.projects, entries, skipped };
        let Verdict { findings, ignored } = run(&Input { host, loader: &self.loader, facts, mode, ignores }, selection);
        Verdict { findings: self.failures.iter().cloned().chain(findings).collect(), ignored }
    }
}
