//! Whether a project is still the same project: loads it before and after a change and compares everything that Compose would see.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::compose::construct::{Constructor, MAX_FILE_VALUES};
use crate::compose::problem::ProblemKind;
use crate::compose::value::{Data, Map, Value};
use crate::compose::{self, Loader, Request, Semantics};
use crate::fs::Fs;
use crate::model::{self, Project};
use crate::resolved as shown;
use crate::source::Sources;
use crate::yaml::Tree;
use crate::yaml::scalar::number_text;

/// What Compose would see of one project.
#[derive(Debug)]
pub(crate) struct State {
    /// Name and resolved project with every service and resource, as `docker compose config` has it: to be equal byte by byte.
    resolved: String,
    /// The project with its variables unexpanded: the resolved one is that of today's values only. Scalars as texts, since what a value is
    /// typed as is told by the resolved one.
    written: String,
    /// The variables with their operators, and how often each is used.
    uses: BTreeMap<(String, Option<(String, String)>), usize>,
    /// What is read, or would be if it were there.
    pub(crate) reads: BTreeSet<PathBuf>,
    /// How much there is: services, published ports, mounts, volumes, networks.
    pub(crate) counts: Counts,
    /// What Compose refuses it for, and how often. Not the messages: which of two services they name may follow the order of the file.
    refused: BTreeMap<ProblemKind, usize>,
    /// True if a part of it is missing: what was not read is equal to everything.
    partial: bool,
}

/// How much a project has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub struct Counts {
    pub services: usize,
    pub ports: usize,
    pub mounts: usize,
    pub volumes: usize,
    pub networks: usize,
}

impl Counts {
    pub(crate) fn of(project: &Project) -> Self {
        let sum = |count: &dyn Fn(&model::Service) -> usize| project.services.values().map(|s| count(s)).sum();
        Self {
            services: project.services.len(),
            ports: sum(&|s| s.ports.len()),
            mounts: sum(&|s| s.volumes.len()),
            volumes: project.volumes.len(),
            networks: project.networks.len(),
        }
    }
}

/// Why a change may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
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
    pub(crate) fn why(self) -> &'static str {
        match self {
            Broken::Syntax => "the file could not be read any more",
            Broken::Changed => "the project would have changed",
            Broken::Lost => "the project could not be loaded any more",
            Broken::Refused => "Compose would refuse the project",
            Broken::Unproved => "a part of the project cannot be read, so it cannot be proved that nothing changes",
        }
    }

    /// True if it is a mistake of ours that the fix was offered.
    pub(crate) fn ours(self) -> bool {
        self != Broken::Unproved
    }
}

/// Other values for the variables of a project than those of today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    /// A number each, which fits wherever a number does.
    Numbers,
    /// A word each.
    Words,
}

/// Where a project is read from.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    /// The disk, as it is or as it will be.
    pub(crate) disk: &'a dyn Fs,
    /// Which files, and how.
    pub(crate) request: &'a Request,
    /// The disk for the project whose variables are left as they are, where that is another: which files are loaded must not depend on one.
    pub(crate) written: Option<&'a dyn Fs>,
    /// Names that do not count: of variables of the request that are there to choose files, of top-level `x-` keys, and `name` where it may be
    /// written down as long as it stays what it is.
    pub(crate) aside: &'a [String],
}

/// A project before and after a change.
pub(crate) struct Pair<'a> {
    pub(crate) before: (Side<'a>, &'a State),
    pub(crate) after: (Side<'a>, &'a State),
}

impl Pair<'_> {
    /// What is wrong, where nothing was to change. `layout`: the documents of the files say the same, scalars as texts.
    pub(crate) fn same(&self, layout: bool) -> Result<(), Broken> {
        let (before, after) = (self.before.1, self.after.1);
        if before.partial && !layout {
            return Err(Broken::Unproved);
        }
        let more = |(kind, count): (&ProblemKind, &usize)| before.refused.get(kind).is_none_or(|before| count > before);
        if after.refused.iter().any(more) {
            return Err(Broken::Refused);
        }
        if before.resolved != after.resolved {
            return Err(Broken::Changed);
        }
        // The same may be written otherwise (`yes` for `true`, a list for a mapping): then it has to be the same for other values, too.
        let same = before.written == after.written
            || before.uses == after.uses && [Values::Numbers, Values::Words].into_iter().all(|values| self.same_for(values));
        if same { Ok(()) } else { Err(Broken::Changed) }
    }

    fn same_for(&self, values: Values) -> bool {
        let names: BTreeSet<&str> = self.before.1.uses.keys().map(|(name, _)| name.as_str()).collect();
        if names.is_empty() {
            return true;
        }
        let environment: BTreeMap<String, String> = names
            .into_iter()
            .zip(2001..)
            .map(|(name, number)| (name.to_owned(), if values == Values::Numbers { number.to_string() } else { format!("word{number}") }))
            .collect();
        let load = |side: Side| {
            catch_unwind(AssertUnwindSafe(|| {
                let sources = Sources::new();
                let loader = Loader::new(side.disk, &sources);
                side.resolved(&side.project(&loader, &environment))
            }))
            .ok()
        };
        match (load(self.before.0), load(self.after.0)) {
            (Some(before), Some(after)) => before == after,
            _ => false,
        }
    }

    /// What is wrong, where something was to change: there must be no new way in which Compose refuses the project.
    pub(crate) fn sound(&self) -> Result<(), Broken> {
        // What was refused before may show its next mistake now; what was taken has to be taken.
        // What a variable without a value does here, the host decides: a fix may ask for a value on purpose.
        let refused = |state: &State| state.refused.keys().any(|kind| *kind != ProblemKind::RequiredVariable);
        if !refused(self.before.1) && refused(self.after.1) { Err(Broken::Refused) } else { Ok(()) }
    }
}

impl Side<'_> {
    /// The whole project, whatever its profiles, with these variables too.
    pub(crate) fn project(self, loader: &Loader, environment: &BTreeMap<String, String>) -> Project {
        let mut request = self.request.clone();
        for (name, value) in environment {
            if !self.aside.contains(name) {
                request.environment.insert(name.clone(), value.clone());
            }
        }
        model::whole(loader, &request)
    }

    /// A project as `docker compose config` has it, with its name and the environment that it saw. Of `x-` keys, which Compose passes over,
    /// only that they are there: what they give to services through an alias is in the services.
    fn resolved(self, project: &Project) -> String {
        let semantics = self.request.semantics;
        let mut resolved = shown::json(project, semantics);
        if let Some(keys) = resolved.as_object_mut() {
            keys.retain(|key, _| !key.starts_with("x-"));
        }
        let mut models = shown::yaml(project, semantics).get("models").cloned().unwrap_or_default();
        models.sort_all_objects();
        let environment: BTreeMap<&str, &str> = project
            .environment
            .iter()
            .filter(|(name, _)| !self.aside.contains(name))
            .map(|(name, variable)| (name.as_str(), variable.value.as_str()))
            .collect();
        let of_services = project.services.values().flat_map(|s| s.extensions.keys().map(|key| (s.name.as_str(), key)));
        let extensions: BTreeSet<(&str, &String)> =
            project.extensions.keys().map(|key| ("", key)).chain(of_services).filter(|(_, key)| !self.aside.contains(*key)).collect();
        format!("{}\n{resolved}\n{models}\n{environment:?}\n{extensions:?}", project.name)
    }
}

impl State {
    /// True if Compose refuses the project.
    pub(crate) fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Loads a project; `None` if that made us panic.
    pub(crate) fn load(side: Side) -> Option<Self> {
        let sources = Sources::new();
        Some(Self::load_and(side, &Loader::new(side.disk, &sources), |_| ())?.0)
    }

    /// The same by a loader of that disk, which may have read the files before, and something else that is made of the project.
    pub(crate) fn load_and<T>(side: Side, loader: &Loader, make: impl FnOnce(&Project) -> T) -> Option<(Self, T)> {
        catch_unwind(AssertUnwindSafe(|| Self::read(side, loader, make))).ok()
    }

    fn read<T>(side: Side, loader: &Loader, make: impl FnOnce(&Project) -> T) -> (Self, T) {
        let project = side.project(loader, &BTreeMap::new());
        let mut refused = BTreeMap::new();
        for problem in project.problems.iter().filter(|p| p.refused) {
            *refused.entry(problem.kind).or_default() += 1;
        }
        let partial = project.problems.iter().any(|p| loses(p.kind));
        let mut uses = BTreeMap::new();
        for used in project.variables.iter().filter(|used| !side.aside.contains(&used.name)) {
            *uses.entry((used.name.clone(), used.operator.clone())).or_default() += 1;
        }
        let mut request = side.request.clone();
        request.interpolate = false;
        let raw = match side.written {
            None => compose::load(loader, &request),
            Some(disk) => {
                let sources = Sources::new();
                compose::load(&Loader::new(disk, &sources), &request)
            }
        };
        let mut written = untyped(&raw.tree);
        if let Some(keys) = written.as_object_mut() {
            keys.retain(|key, _| !side.aside.contains(key));
        }
        one_syntax(&mut written);
        written.sort_all_objects();
        let state = Self {
            resolved: side.resolved(&project),
            written: written.to_string(),
            uses,
            counts: Counts::of(&project),
            reads: reads(&project),
            refused,
            partial,
        };
        (state, make(&project))
    }
}

/// The files that a project reads, and the env files and label files that it would read.
pub(crate) fn reads(project: &Project) -> BTreeSet<PathBuf> {
    let named = project.services.values().flat_map(|s| {
        let env_files = s.env_file.iter().map(|f| PathBuf::from(&f.path));
        env_files.chain(s.label_file.iter().map(|f| PathBuf::from(f.as_str())))
    });
    project.files.iter().map(|f| f.path.clone()).chain(named).chain([project.directory.join(".env")]).collect()
}

/// True for what keeps a part of a project from being read.
pub(crate) fn loses(kind: ProblemKind) -> bool {
    use ProblemKind::{
        DuplicateKey, ExtendsError, IncludeError, InvalidYaml, LimitExceeded, MergeConflict, RemoteNotFetched, UnreadableFile,
    };
    matches!(
        kind,
        DuplicateKey | ExtendsError | IncludeError | InvalidYaml | LimitExceeded | MergeConflict | RemoteNotFetched | UnreadableFile
    )
}

/// What the documents of a file say, aliases and merge keys followed; `None` if that cannot be told.
pub(crate) fn said(tree: &Tree, semantics: Semantics) -> Option<Vec<Json>> {
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

/// `environment` as a mapping, whichever of its two syntaxes it is written in: to Compose they are the same. Where a name is there twice, the
/// last one counts.
fn one_syntax(project: &mut Json) {
    let services = project.get_mut("services").and_then(Json::as_object_mut);
    for environment in services.into_iter().flat_map(|s| s.values_mut()).filter_map(|s| s.get_mut("environment")) {
        let Json::Array(items) = environment else { continue };
        let entry = |item: &Json| {
            let item = item.as_str()?;
            Some(item.split_once('=').map_or((item.to_owned(), Json::Null), |(name, value)| (name.to_owned(), value.into())))
        };
        if let Some(entries) = items.iter().map(entry).collect() {
            *environment = Json::Object(entries);
        }
    }
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
