//! Whether a project is still the same project: loads it before and after a change and compares everything that Compose would see.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value as Json;

use crate::compose::construct::{Constructor, MAX_FILE_VALUES};
use crate::compose::problem::ProblemKind;
use crate::compose::value::{Data, Map, Value};
use crate::compose::{self, Loader, Semantics};
use crate::discover::Entry;
use crate::fs::Fs;
use crate::lint::LoadOptions;
use crate::model::{self, Profiles};
use crate::report;
use crate::source::Sources;
use crate::yaml::Tree;
use crate::yaml::scalar::number_text;

/// What Compose would see of one project.
#[derive(Debug, PartialEq)]
pub(super) struct State {
    /// Name and resolved project with every service and resource, as `docker compose config` has it: to be equal byte by byte.
    resolved: String,
    /// The project with its variables unexpanded: the resolved one is that of today's values only. Scalars as texts, since what a value is
    /// typed as is told by the resolved one.
    written: String,
    /// What Compose refuses it for.
    refused: BTreeMap<(ProblemKind, String), usize>,
    /// True if a part of it is missing: what was not read is equal to everything.
    partial: bool,
}

/// Why a change may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// A file is no longer YAML, or less of it is.
    Syntax,
    /// The project is not what it was.
    Changed,
    /// The project cannot be loaded.
    Lost,
    /// Compose would refuse what it took.
    Refused,
    /// A part of the project cannot be read, so it cannot be told whether it stays the same.
    Unproved,
}

impl Broken {
    /// To complete "it was not applied, because …".
    pub(super) fn why(self) -> &'static str {
        match self {
            Broken::Syntax => "the file could not be read any more",
            Broken::Changed => "the project would have changed",
            Broken::Lost => "the project could not be loaded any more",
            Broken::Refused => "Compose would refuse the project",
            Broken::Unproved => "a part of the project cannot be read, so it cannot be proved that nothing changes",
        }
    }

    /// True if it is a mistake of ours that the fix was offered.
    pub(super) fn ours(self) -> bool {
        self != Broken::Unproved
    }
}

impl State {
    /// Loads a project; `None` if that made us panic.
    pub(super) fn load(disk: &dyn Fs, entry: &Entry, options: &LoadOptions) -> Option<Self> {
        catch_unwind(AssertUnwindSafe(|| Self::read(disk, entry, options))).ok()
    }

    fn read(disk: &dyn Fs, entry: &Entry, options: &LoadOptions) -> Self {
        let sources = Sources::new();
        let loader = Loader::new(disk, &sources);
        let mut request = entry.request();
        request.semantics = options.semantics;
        let build = model::Options { profiles: Profiles::All, semantics: options.semantics, ..model::Options::default() };
        let project = model::build(compose::load(&loader, &request), &loader, &build);
        let mut refused = BTreeMap::new();
        for problem in project.problems.iter().filter(|p| p.refused) {
            *refused.entry((problem.kind, problem.message.clone())).or_default() += 1;
        }
        let partial = project.problems.iter().any(|p| loses(p.kind));
        let mut resolved = report::compose::yaml(&project, options.semantics);
        resolved.sort_all_objects();
        request.interpolate = false;
        let raw = compose::load(&loader, &request);
        let mut written = untyped(&raw.tree);
        written.sort_all_objects();
        let environment: BTreeMap<&str, &str> = project.environment.iter().map(|(k, v)| (k.as_str(), v.value.as_str())).collect();
        Self { resolved: format!("{}\n{resolved}\n{environment:?}", project.name), written: written.to_string(), refused, partial }
    }

    /// What is wrong with `after`, where nothing was to change. `layout`: the documents of the files say the same, scalars as texts.
    pub(super) fn same(&self, after: &State, layout: bool) -> Result<(), Broken> {
        if self.partial && !layout {
            return Err(Broken::Unproved);
        }
        if self.resolved != after.resolved || self.written != after.written {
            return Err(Broken::Changed);
        }
        let more = |(key, count): (&(ProblemKind, String), &usize)| self.refused.get(key).is_none_or(|before| count > before);
        if after.refused.iter().any(more) { Err(Broken::Refused) } else { Ok(()) }
    }

    /// What is wrong with `after`, where something was to change: there must be no new way in which Compose refuses it.
    pub(super) fn sound(&self, after: &State) -> Result<(), Broken> {
        let kinds = |state: &State| state.refused.keys().map(|(kind, _)| *kind).collect::<BTreeSet<_>>();
        // What was refused before may show its next mistake now; what was taken has to be taken.
        if self.refused.is_empty() && !kinds(after).is_empty() { Err(Broken::Refused) } else { Ok(()) }
    }
}

/// True for what keeps a part of a project from being read.
fn loses(kind: ProblemKind) -> bool {
    use ProblemKind::{
        DuplicateKey, ExtendsError, IncludeError, InvalidYaml, LimitExceeded, MergeConflict, RemoteNotFetched, UnreadableFile,
    };
    matches!(
        kind,
        DuplicateKey | ExtendsError | IncludeError | InvalidYaml | LimitExceeded | MergeConflict | RemoteNotFetched | UnreadableFile
    )
}

/// What the documents of a file say, aliases and merge keys followed; `None` if that cannot be told.
pub(super) fn said(tree: &Tree, semantics: Semantics) -> Option<Vec<Json>> {
    let mut constructor = Constructor::new(tree, semantics, MAX_FILE_VALUES);
    let documents: Option<Vec<Json>> = (0..tree.documents.len())
        .map(|n| {
            let mut said = constructor.document(n)?.value.as_ref().map_or(Json::Null, text);
            said.sort_all_objects();
            Some(said)
        })
        .collect();
    documents.filter(|_| constructor.problems.is_empty() && tree.errors.is_empty())
}

fn untyped(map: &Map) -> Json {
    map.iter().map(|(key, entry)| (key.clone(), text(&entry.value))).collect()
}

fn text(value: &Value) -> Json {
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(b) => b.to_string().into(),
        Data::Int(n) => n.to_string().into(),
        Data::Float(n) => number_text(*n).into(),
        Data::Str(s) | Data::Timestamp(s) => s.as_str().into(),
        Data::Seq(items) => items.iter().map(text).collect(),
        Data::Map(map) => untyped(map),
    }
}
