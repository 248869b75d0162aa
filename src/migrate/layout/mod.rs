//! From a monolith to services, environments and infrastructure (spec/layout.md).
//!
//! Text is moved, not printed anew: the files are cut into the lines of their services, volumes …; what all environments have in common goes
//! to one place, what an environment adds to another; where something must be taken apart, it is taken apart line by line. Relative paths stay
//! as they are, because the parts are included with the old project directory.

mod account;
mod environments;
mod files;
mod group;
mod items;
mod layer;
mod merge;
mod root;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::compose::problem::Problem;
use crate::compose::{self, Loader, NameSource, Request};
use crate::discover::{Entry, Kind, Reached, Stated};
use crate::fs::{FileType, Fs};
use crate::model::{self, Profiles};
use crate::report::Redactor;
use crate::source::Sources;
use crate::yaml::SyntaxError;

use super::apply;
use super::plan::{NoteKind, Plan};
use super::proof::{self, NotProved, Proved, prove};
pub use environments::Told;
use environments::{Environment, Found};
use files::{Layout, Started};
use items::{Key, Stack};
use layer::{Layer, Layers};
use merge::Stuck;

/// Services from which on a split is worth it.
pub const WORTH_IT: usize = 4;

/// What cannot be taken apart shows what else cannot: after so many rounds that is given up.
const ROUNDS: usize = 12;

/// How the parts are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// The root includes them all.
    #[default]
    Include,
    /// The environments extend the services.
    Extends,
}

/// What the user wants.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The project directory: absolute.
    pub directory: PathBuf,
    /// The files of one environment, absolute; empty: what is found in the directory.
    pub files: Vec<PathBuf>,
    /// The environments; empty: those that are found.
    pub environments: Vec<Told>,
    /// What the configuration says of projects and their environments.
    pub stated: Vec<Stated>,
    /// Services that are infrastructure, whatever their images.
    pub infrastructure: Vec<String>,
    /// How the parts are put together.
    pub style: Style,
    /// The old files go.
    pub replace: bool,
    /// Also where a split buys little.
    pub force: bool,
}

/// Why there is no plan. Sentences for the user.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// No files.
    #[error("there is no Compose project in `{}`", .0.display())]
    NoProject(PathBuf),
    /// Too little to be split.
    #[error("a split buys nothing here: {0}")]
    TooSmall(String),
    /// It has been split.
    #[error("`{}` is split already: it has no services of its own, and includes its parts", .0.display())]
    Split(PathBuf),
    /// Compose refuses it as it is. The messages are without secrets.
    #[error("Compose refuses the project as it is, so it cannot be told what has to stay the same")]
    Refused {
        /// How it is started.
        command: String,
        /// Why.
        problems: Vec<Problem>,
    },
    /// Other projects use these files.
    #[error("these use the files, too, and would not be the same afterwards: {}", .0.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "))]
    Others(Vec<String>),
    /// A service that is called infrastructure, and is not there.
    #[error("there is no service `{0}` to be infrastructure")]
    UnknownService(String),
    /// A file is no YAML.
    #[error("a file is not YAML, so nothing can be moved")]
    Syntax(Vec<SyntaxError>),
    /// Cannot be moved.
    #[error("`{}` cannot be migrated: {why}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Why, as a sentence without a full stop.
        why: String,
    },
    /// New files are in the way of old ones.
    #[error("there already: {}", .0.iter().map(|p| format!("`{}`", p.display())).collect::<Vec<_>>().join(", "))]
    Exists(Vec<PathBuf>),
}

/// Makes a plan that is not proved yet. Errors: why there is none.
pub fn plan(disk: &dyn Fs, sources: &Sources, options: &Options) -> Result<Plan, LayoutError> {
    Ok(match proved(disk, sources, options)? {
        Ok(proved) => proved.into_parts().0,
        Err(not) => not.plan,
    })
}

/// Makes a plan, and proves it. What cannot be taken apart so that it stays the same is left whole. Errors: why there is no plan; inside,
/// a plan that does not hold.
pub fn proved(disk: &dyn Fs, sources: &Sources, options: &Options) -> Result<Result<Proved, Box<NotProved>>, LayoutError> {
    let loader = Loader::new(disk, sources);
    let directory = options.directory.as_path();
    let Found { environments, mut others } = environments_of(&loader, options);
    let Some(first) = environments.first() else { return Err(LayoutError::NoProject(directory.to_path_buf())) };
    for path in environments.iter().flat_map(|e| &e.files) {
        sound(disk, directory, path)?;
    }
    let layers = read(&loader, &environments)?;
    let Starts { started, names, from_directory } = starts(&loader, &layers, &environments, options)?;
    let root = if first.found { first.files.first().cloned().unwrap_or_default() } else { directory.join("compose.yaml") };
    splits(&layers, &started, options, &root)?;
    // What belongs to an environment that is migrated is no other project.
    others.retain(|e| !started.iter().any(|s| s.environment.files == e.files));
    let variable = ["APP_ENV", "COMPOSE_ENV", "STACK_ENV", "DEPLOY_ENV", "COMPOSELINT_ENV"]
        .into_iter()
        .find(|v| !names.contains(*v))
        .unwrap_or("COMPOSELINT_LAYOUT_ENV");
    Ground { loader: &loader, options, layers, started, others, root, from_directory, variable }.rounds()
}

/// How the environments are started today.
struct Starts {
    started: Vec<Started>,
    /// The variables that mean something already.
    names: BTreeSet<String>,
    /// The name of the first comes from the directory.
    from_directory: bool,
}

/// The environments that work, and belong to one project. Errors: one that was asked for is refused.
fn starts(loader: &Loader, layers: &Layers, environments: &[Environment], options: &Options) -> Result<Starts, LayoutError> {
    let directory = options.directory.as_path();
    let of = |e: &Environment| -> Vec<usize> {
        e.files.iter().flat_map(|f| layers.0.iter().enumerate().filter(move |(_, l)| l.path == *f).map(|(i, _)| i)).collect()
    };
    let auto = crate::discover::default_files(loader.fs, directory).into_iter().nth(1);
    let foreign = auto.is_some_and(|auto| !environments.iter().any(|e| e.files.contains(&auto)));
    let mut started: Vec<Started> = Vec::new();
    let mut from_directory = false;
    let mut names = BTreeSet::new();
    for environment in environments {
        let project = load_as_started(loader, &environment.request(directory));
        if project.problems.iter().any(|p| p.refused) {
            // What is found and does not work today is not what is asked for.
            if options.environments.is_empty() && !started.is_empty() {
                continue;
            }
            return Err(LayoutError::Refused { command: environment.command(directory), problems: refusals(&project, loader.sources) });
        }
        if started.is_empty() {
            from_directory = project.name_source == NameSource::Directory;
        }
        names.extend(project.environment.keys().cloned());
        names.extend(project.variables.iter().map(|v| v.name.clone()));
        let explicit = foreign || project.environment.contains_key("COMPOSE_FILE");
        started.push(Started { environment: environment.clone(), layers: of(environment), name: project.name, explicit });
    }
    // A file that is named after an environment and has little in common with the project is another project.
    if options.environments.is_empty() {
        let main = started.first().map(|s| services(layers, s)).unwrap_or_default();
        // The first is alike by itself.
        started.retain(|s| services(layers, s).intersection(&main).count() * 2 >= main.len());
    }
    Ok(Starts { started, names, from_directory })
}

/// The services that the files of an environment name.
fn services(layers: &Layers, started: &Started) -> BTreeSet<String> {
    started.layers.iter().flat_map(|l| layers.section(*l, "services").unwrap_or_default()).map(|p| p.name).collect()
}

/// Errors: why the project cannot be split, or need not be.
fn splits(layers: &Layers, started: &[Started], options: &Options, root: &Path) -> Result<(), LayoutError> {
    // What cannot be cut into services is not a project without any.
    for index in started.iter().flat_map(|s| &s.layers) {
        let Some(layer) = layers.get(*index) else { continue };
        // `services: !reset null` has none.
        let tagged = layer.top("services").is_some_and(|(_, value)| layer.tag(value).is_some());
        if !tagged && layers.section(*index, "services").is_none() {
            let why = items::no_block("services");
            return Err(LayoutError::Unsupported { path: layer.path.clone(), why });
        }
    }
    let own: Vec<BTreeSet<String>> = started.iter().map(|s| services(layers, s)).collect();
    // What starts without a choice has nothing of its own: it includes it.
    if own.first().is_none_or(BTreeSet::is_empty) {
        return Err(LayoutError::Split(root.to_path_buf()));
    }
    let most = own.iter().map(BTreeSet::len).max().unwrap_or(0);
    if most < WORTH_IT && !options.force {
        return Err(LayoutError::TooSmall(format!(
            "{most} services are read faster in one file than in several; --force splits them all the same"
        )));
    }
    if let Some(unknown) = options.infrastructure.iter().find(|name| !own.iter().any(|o| o.contains(*name))) {
        return Err(LayoutError::UnknownService(unknown.clone()));
    }
    // One root includes the same for all.
    let included = |s: &Started| -> Vec<layer::Piece> { s.layers.iter().flat_map(|l| layers.included(*l)).collect() };
    let first = started.first().map(included).unwrap_or_default();
    let alike = |other: &[layer::Piece]| other.len() == first.len() && other.iter().zip(&first).all(|(a, b)| layers.same(a, b));
    if let Some(other) = started.iter().find(|s| !alike(&included(s))) {
        let path = other.environment.files.last().cloned().unwrap_or_default();
        let why = "its environment includes other files than the usual one, and the root cannot include what only some have: migrate one \
                   environment, with its files after -f";
        return Err(LayoutError::Unsupported { path, why: why.to_owned() });
    }
    Ok(())
}

/// What every round of the plan is made from.
struct Ground<'a> {
    loader: &'a Loader<'a>,
    options: &'a Options,
    layers: Layers,
    started: Vec<Started>,
    /// The other projects there.
    others: Vec<Entry>,
    root: PathBuf,
    /// The name comes from the directory, and has to be written down.
    from_directory: bool,
    /// The variable that chooses the environment.
    variable: &'static str,
}

impl Ground<'_> {
    /// Plans, proves, and leaves whole what cannot be taken apart, until the plan holds or nothing is left to leave whole.
    fn rounds(self) -> Result<Result<Proved, Box<NotProved>>, LayoutError> {
        let disk = self.loader.fs;
        let mut whole: BTreeMap<Key, Stuck> = BTreeMap::new();
        let (mut last, mut own_entries) = (None, 0);
        for _ in 0..ROUNDS {
            let before = whole.len();
            match self.build(&whole)? {
                Built::Plan(mut plan) => {
                    free(&plan, &self.started, disk)?;
                    own_entries = plan.entries.len();
                    // What only the owner may read stays so in its parts.
                    if self.started.iter().flat_map(|s| &s.environment.files).any(|f| apply::is_private(disk, f)) {
                        plan.files.iter_mut().for_each(|f| f.private = true);
                    }
                    add_others(&mut plan, &self.others, self.loader, &self.options.directory);
                    let not = match prove(plan, disk) {
                        Ok(proved) => return Ok(Ok(proved)),
                        Err(not) => not,
                    };
                    for key in proof::differing(&not.plan, disk) {
                        whole.entry(key).or_insert_with(|| Stuck("taken apart, it would not be the same".to_owned()));
                    }
                    last = Some(not);
                }
                Built::Stuck(all) => {
                    for (key, stuck) in all {
                        whole.entry(key).or_insert(stuck);
                    }
                    last = None;
                }
            }
            if whole.len() == before {
                break;
            }
        }
        if let Some(not) = last {
            // Those of this migration come first.
            if !not.broken.is_empty() && not.broken.iter().all(|b| b.entry >= own_entries) {
                return Err(LayoutError::Others(not.broken.iter().map(|b| b.command.clone()).collect()));
            }
            return Ok(Err(not));
        }
        let why = whole.values().next().map_or_else(String::new, |s| s.0.clone());
        Err(LayoutError::Unsupported { path: self.root, why })
    }

    /// One round: what is stuck stays whole.
    fn build(&self, whole: &BTreeMap<Key, Stuck>) -> Result<Built, LayoutError> {
        let (layers, options, directory) = (&self.layers, self.options, self.options.directory.as_path());
        let mut stacks: Vec<Stack> = self.started.iter().map(|s| Stack { layers: &s.layers, started: true }).collect();
        // The base file alone tells what of a single environment is its own.
        let base: Vec<usize> = match self.started.as_slice() {
            [only] => {
                let first = only.environment.files.first();
                only.layers.iter().copied().filter(|l| layers.get(*l).map(|l| &l.path) == first).collect()
            }
            _ => Vec::new(),
        };
        if self.started.first().is_some_and(|s| !base.is_empty() && s.layers.len() > base.len()) {
            stacks.push(Stack { layers: &base, started: false });
        }
        let unsupported = |u: items::Unsupported| LayoutError::Unsupported { path: u.path, why: u.why };
        // An extended service must not have it: versions of Compose differ in what they make of it.
        let apart = (options.style == Style::Extends).then_some("depends_on");
        let items = items::split(layers, &stacks, directory, whole, apart).map_err(unsupported)?;
        let services: Vec<(&str, &layer::Piece)> =
            items.iter().filter(|(k, _)| k.0 == "services").filter_map(|(k, i)| Some((k.1.as_str(), i.base.as_ref()?))).collect();
        let groups = group::groups(layers, &services, &options.infrastructure);
        let layout = Layout {
            disk: self.loader.fs,
            directory,
            layers,
            environments: &self.started,
            items: &items,
            groups: &groups,
            root: self.root.clone(),
            pin: self.from_directory,
            variable: self.variable,
            replace: options.replace,
            style: options.style,
        };
        Ok(match layout.plan() {
            Ok(plan) => Built::Plan(plan),
            Err(all) => Built::Stuck(all),
        })
    }
}

enum Built {
    Plan(Plan),
    Stuck(Vec<(Key, Stuck)>),
}

/// Errors: files of somebody else are in the place of new ones.
fn free(plan: &Plan, started: &[Started], disk: &dyn Fs) -> Result<(), LayoutError> {
    let ours: BTreeSet<&PathBuf> = started.iter().flat_map(|s| &s.environment.files).collect();
    let taken = |path: &PathBuf| !ours.contains(path) && disk.symlink_metadata(path).is_ok();
    let exists: Vec<PathBuf> = plan.files.iter().map(|f| f.path.clone()).filter(taken).collect();
    if exists.is_empty() { Ok(()) } else { Err(LayoutError::Exists(exists)) }
}

/// The other projects there, which have to stay what they are.
fn add_others(plan: &mut Plan, others: &[Entry], loader: &Loader, directory: &Path) {
    for other in others {
        let main = other.files.last().cloned().unwrap_or_default();
        let project = load_as_started(loader, &other.request());
        // What does not work today need not work afterwards.
        if project.problems.iter().any(|p| p.refused) {
            continue;
        }
        let read = project.files.iter().any(|f| plan.files.iter().any(|op| op.path == f.path));
        // A new default file may be found in the place of the one that is there.
        let bare = other.kind == Kind::Default && other.directory == directory;
        if read || bare {
            let files: Vec<String> = other.files.iter().map(|f| format!("-f {}", plan.shown(f))).collect();
            plan.entries.push(super::plan::EntryPoint {
                command: if bare { "docker compose".to_owned() } else { format!("docker compose {}", files.join(" ")) },
                becomes: None,
                environment: None,
                before: other.request(),
                after: other.request(),
                choices: Vec::new(),
                aside: Vec::new(),
            });
        } else if other.directory == directory {
            let message = "is started on its own, and stays as it is: name it with --env if it is an environment of this project";
            plan.note(NoteKind::Decision, format!("`{}`", plan.shown(&main)), message);
        }
    }
}

fn environments_of(loader: &Loader, options: &Options) -> Found {
    if !options.environments.is_empty() {
        let mut environments: Vec<Environment> = options
            .environments
            .iter()
            .map(|told| Environment {
                name: told.name.clone(),
                files: told.files.clone(),
                env_files: told.env_files.clone(),
                project_name: None,
                found: told.env_files.is_empty() && told.files == crate::discover::default_files(loader.fs, &options.directory),
            })
            .collect();
        // What `docker compose` alone starts is what starts without a choice.
        environments.sort_by_key(|e| !e.found);
        return Found { others: beside(loader, options, &environments), environments };
    }
    if !options.files.is_empty() {
        let found = options.files == crate::discover::default_files(loader.fs, &options.directory);
        let only =
            Environment { name: "development".to_owned(), files: options.files.clone(), env_files: Vec::new(), project_name: None, found };
        let environments = vec![only];
        return Found { others: beside(loader, options, &environments), environments };
    }
    environments::find(loader, &options.directory, &options.stated)
}

/// What else is started there than the environments that the user names.
fn beside(loader: &Loader, options: &Options, named: &[Environment]) -> Vec<Entry> {
    let found = environments::find(loader, &options.directory, &[]);
    let left = found.environments.into_iter().filter(|e| e.name != environments::BASE && !named.iter().any(|n| n.files == e.files));
    let entry = |e: Environment| Entry {
        directory: options.directory.clone(),
        kind: if e.found { Kind::Default } else { Kind::Single },
        files: e.files,
        reached: Reached::Real,
        aliases: Vec::new(),
    };
    left.map(entry).chain(found.others).collect()
}

/// A file that can be rewritten.
fn sound(disk: &dyn Fs, directory: &Path, path: &Path) -> Result<(), LayoutError> {
    let unsupported = |why: &str| Err(LayoutError::Unsupported { path: path.to_path_buf(), why: why.to_owned() });
    if !path.starts_with(directory) {
        return unsupported("it lies outside of the project directory");
    }
    match disk.symlink_metadata(path) {
        Ok(meta) if meta.file_type == FileType::Link => {
            unsupported("it is a link: migrate the project where the file itself is, or put a copy in the place of the link")
        }
        Ok(_) => Ok(()),
        Err(error) => unsupported(&crate::fs::why(&error)),
    }
}

fn read(loader: &Loader, environments: &[Environment]) -> Result<Layers, LayoutError> {
    let mut layers = Vec::new();
    let mut seen = BTreeSet::new();
    for path in environments.iter().flat_map(|e| &e.files) {
        if !seen.insert(path.clone()) {
            continue;
        }
        let unsupported = |why: String| LayoutError::Unsupported { path: path.clone(), why };
        let parsed = loader.open(path).map_err(|e| unsupported(e.message))?;
        if !parsed.tree.errors.is_empty() {
            return Err(LayoutError::Syntax(parsed.tree.errors.clone()));
        }
        let source = loader.sources.get(parsed.id);
        for (index, document) in parsed.tree.documents.iter().enumerate() {
            let end = match parsed.tree.documents.get(index + 1) {
                Some(next) => line_start(&source.text, next.span.start as usize),
                None => end_of_document(&source.text, parsed.tree.node(document.root).span.end as usize),
            };
            let layer = Layer::new(path.clone(), parsed.id, source.clone(), parsed.tree.clone(), document.root, end);
            let layer = layer.ok_or_else(|| unsupported("its top level is not written as a block of lines".to_owned()))?;
            let others = layers.iter().filter(|l: &&Layer| l.file == layer.file).flat_map(Layer::headings);
            if let Some(key) = others.into_iter().find(|key| layer.headings().any(|k| k == *key)) {
                return Err(unsupported(format!("two of its documents have the key `{key}`: put it into one of them")));
            }
            layers.push(layer);
        }
    }
    Ok(Layers(layers))
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1)
}

/// The end of the text, or where `...` ends its last document.
fn end_of_document(text: &str, from: usize) -> usize {
    let mut at = from;
    for line in text.get(from..).unwrap_or_default().split_inclusive('\n') {
        if line.trim_end() == "..." && (at == 0 || text.get(..at).is_some_and(|t| t.ends_with('\n'))) {
            return at;
        }
        at += line.len();
    }
    text.len()
}

/// With the profiles that are active by themselves: services that exclude each other may be in different ones.
fn load_as_started(loader: &Loader, request: &Request) -> model::Project {
    let tree = compose::load(loader, request);
    let profiles = Profiles::settle(&[], tree.environment.get("COMPOSE_PROFILES").map(|v| v.value.as_str()));
    model::build(tree, loader, &model::Options { profiles, ..model::Options::default() })
}

/// Why Compose refuses a project. A message may quote what is written, and what variables make of it only the project knows.
fn refusals(project: &model::Project, sources: &Sources) -> Vec<Problem> {
    let redactor = Redactor::new(sources, std::slice::from_ref(project));
    let shown = |p: &Problem| Problem {
        message: redactor.text(&p.message).into_owned(),
        help: p.help.as_deref().map(|h| redactor.text(h).into_owned()),
        ..p.clone()
    };
    project.problems.iter().filter(|p| p.refused).map(shown).collect()
}
