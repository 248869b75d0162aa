//! From Compose projects to the files of NixOS modules, proved.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::comments::{self, Count};
use super::engine::Refusal;
use super::header::Head;
use super::layout::{self, Layout};
use super::map::{self, Anonymous, Continuity, Mapped};
use super::normal::Stack;
use super::proof::{self, Difference, Evidence};
use super::wire::{self, ToCreate, Wiring};
use super::{Backend, Class, Options, Remark, SecretsFrom, Style, engine, extras, kept, oci};
use crate::compose::problem::Problem;
use crate::compose::value::{Data, Map, Origin, Value};
use crate::compose::{self, Loader, Request};
use crate::fs::Fs;
use crate::migrate::apply::digest;
use crate::model::{self, Profiles, Project};
use crate::nix::{Binding, has_marks, print};
use crate::report::{display_path, summary};
use crate::source::{Source, Sources, Span};

/// The projects of a host.
#[derive(Clone)]
pub struct Host {
    /// Its name, in a fleet.
    pub name: Option<String>,
    /// How each of its projects is loaded.
    pub requests: Vec<Request>,
}

/// What is wanted.
pub struct Wanted<'a> {
    /// The hosts; one, if it is no fleet.
    pub hosts: Vec<Host>,
    /// In which files it stands.
    pub layout: Layout,
    /// How it is written.
    pub options: &'a Options,
    /// Where paths that are shown begin.
    pub directory: &'a Path,
    /// The words after `composelint`, for the head of the files.
    pub command: String,
}

/// What was made of one project.
#[derive(Debug)]
pub struct Made {
    /// The host, in a fleet.
    pub host: Option<String>,
    /// How it is loaded.
    pub request: Request,
    /// The project.
    pub project: Project,
    /// What it asks for, and what there is to say.
    pub mapped: Mapped,
    /// Secrets and env files: what is to be created.
    pub create: Vec<ToCreate>,
    /// Everything that has to be said: of keys, secrets, env files.
    pub remarks: Vec<Remark>,
    /// The comments.
    pub comments: Count,
    /// The services, and the keys that each has.
    pub keys: Vec<(String, Vec<String>)>,
    /// What runs the containers.
    pub backend: Backend,
    /// The profiles that are started with the host.
    pub profiles: Vec<String>,
    /// The project stays a Compose project.
    pub kept: Option<Kept>,
}

/// What there is to say of a project whose spec is in Nix.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Services whose hash is the same: their containers are not made anew.
    pub hashes: usize,
    /// Variables that only the environment of whoever started Compose had.
    pub variables: Vec<String>,
    /// How it is loaded today.
    pub before: Request,
    /// How the unit has it loaded, but for the file that Nix renders of the spec.
    pub after: Request,
    /// The file with the spec.
    pub spec: PathBuf,
}

/// What was made, proved.
#[derive(Debug)]
pub struct Modules {
    /// The files: relative paths, and whole texts.
    pub files: BTreeMap<PathBuf, String>,
    /// For each host, what it imports.
    pub roots: Vec<PathBuf>,
    /// The projects.
    pub projects: Vec<Made>,
    /// What was compared.
    pub evidence: Evidence,
    /// How the projects are kept.
    pub style: Style,
    /// What runs the containers.
    pub backend: Backend,
    /// Where secrets come from.
    pub secrets: SecretsFrom,
    /// In which files it stands.
    pub layout: Layout,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum NixError {
    /// Compose refuses the project.
    #[error("Compose refuses the project as it is, so it cannot be told what has to stay the same")]
    Refused(Vec<Problem>),
    /// Keys without an equivalent, secrets in the store.
    #[error("some things cannot be moved as they are, so nothing was made")]
    Unmapped(Vec<Remark>),
    /// The engine, or the module of NixOS, cannot be asked for it.
    #[error("some containers cannot be written, so nothing was made")]
    Unwritable(Vec<Remark>),
    /// Nix has no words for it.
    #[error("{0}")]
    Unsayable(String),
    /// Podman cannot see the volumes of docker.
    #[error("podman cannot see the volumes of docker, and the project has {}: the containers would begin with empty ones", summary::count(*.0, "volume"))]
    VolumesStay(usize),
    /// Two projects would have the same files or containers.
    #[error("two projects of one host have the same {0} `{1}`")]
    Twice(&'static str, String),
    /// What was made is not the same. It is a mistake of composelint.
    #[error("what was made does not ask for what the project asks for")]
    NotProved(Vec<Difference>),
}

/// Makes the modules and proves them.
pub fn make(disk: &dyn Fs, sources: &Sources, wanted: &Wanted) -> Result<Modules, NixError> {
    if wanted.options.style == Style::ComposeStack {
        return kept::make(disk, sources, wanted);
    }
    let backend = wanted.options.backend;
    let mut out = Modules::new(wanted.options, wanted.layout);
    let loader = Loader::new(disk, sources);
    let mut fleet = Vec::new();
    let shared = (wanted.layout == Layout::Fleet).then(|| layout::shared_helpers(backend));
    for host in &wanted.hosts {
        let mut stacks = Vec::new();
        let before = out.projects.len();
        let mut head = Head { sources: Vec::new(), command: wanted.command.clone() };
        for request in &host.requests {
            let (made, stack) = project(disk, sources, &loader, request, wanted, host.name.as_ref())?;
            if stacks.iter().any(|s: &layout::Stack| s.name == stack.name) {
                return Err(NixError::Twice("name", stack.name));
            }
            head.sources.extend(sources_of(&made.project, disk, wanted.directory));
            out.projects.push(made);
            stacks.push(stack);
        }
        fleet.push((host.name.clone().unwrap_or_default(), stacks.iter().map(|s| s.name.clone()).collect()));
        let (mut files, root) = layout::files(stacks, wanted.layout, host.name.as_deref());
        files.extend(shared.clone());
        let texts: BTreeMap<PathBuf, String> = files.iter().map(|(path, file)| (path.clone(), head.with(&print(file)))).collect();
        let expected = together(out.projects.get(before..).unwrap_or_default())?;
        let evidence = proof::prove(&texts, &root, &expected, backend).map_err(NixError::NotProved)?;
        out.evidence.add(evidence);
        out.files.extend(texts);
        out.roots.push(root);
    }
    let bare = Head { sources: Vec::new(), command: wanted.command.clone() };
    if let Some((path, file)) = shared {
        out.files.insert(path, bare.with(&print(&file)));
        out.files.insert(PathBuf::from(layout::FLAKE), bare.with(&print(&layout::flake(&fleet))));
    }
    Ok(out)
}

/// The Compose files of a project: the path as shown, and the hash of the content.
pub(super) fn sources_of(project: &Project, disk: &dyn Fs, directory: &Path) -> Vec<(String, String)> {
    let of = |file: &compose::LoadedFile| {
        let content = disk.read(&file.path, u64::MAX).ok()?;
        Some((display_path(&file.path, directory), digest(&content)))
    };
    project.files.iter().filter(|file| file.role.is_compose()).filter_map(of).collect()
}

/// Loads a project, with the tree that it is made of. If it is refused with all its profiles, it is loaded with those that start with the
/// host, as Compose does. Errors: Compose refuses it.
pub(super) fn load(loader: &Loader, request: &Request, options: &Options) -> Result<(Project, Map), NixError> {
    let read = compose::load(loader, request);
    let chosen = Profiles::settle(&options.profiles, read.environment.get(PROFILES).map(|v| v.value.as_str()));
    let build = |read: compose::Loaded, profiles| {
        let options = model::Options { profiles, semantics: request.semantics, ..model::Options::default() };
        let (project, tree) = model::with_tree(read, loader, &options);
        let refused: Vec<Problem> = project.problems.iter().filter(|p| p.refused).cloned().collect();
        if refused.is_empty() { Ok((project, tree)) } else { Err(refused) }
    };
    // What is loaded a second time has been read already.
    let again = |refused| build(compose::load(loader, request), chosen).map_err(|_| NixError::Refused(refused));
    build(read, Profiles::All).or_else(again)
}

/// Where Compose looks for the active profiles, if no flag says them.
const PROFILES: &str = "COMPOSE_PROFILES";

/// The options for a project: what it says itself of its profiles counts if nobody else says something.
fn options_of(options: &Options, project: &Project) -> Options {
    let variable = project.environment.get(PROFILES).map(|v| v.value.as_str());
    let profiles = match Profiles::settle(&options.profiles, variable) {
        Profiles::All => vec!["*".to_owned()],
        Profiles::Some(names) => names.into_iter().filter(|n| !n.is_empty()).collect(),
    };
    Options { profiles, ..options.clone() }
}

/// Where a text has the marks of a reference: it would be taken for one, and say something in Nix that nobody wanted to say.
fn marked(project: &Project, tree: &Map) -> Option<String> {
    for service in project.services.values() {
        // From env files, too.
        let known = service.environment.iter().find(|(name, value)| has_marks(name) || value.as_deref().is_some_and(has_marks));
        if known.is_some() {
            return Some(format!("services.{}.environment", service.name));
        }
    }
    if has_marks(&project.directory.to_string_lossy()) {
        return Some("the directory of the project".to_owned());
    }
    in_map(tree)
}

/// Where it is below a value; empty for the value itself.
fn within(value: &Value) -> Option<String> {
    match &value.data {
        Data::Str(text) if has_marks(text) => Some(String::new()),
        Data::Map(map) => in_map(map).map(|path| if path.is_empty() { path } else { format!(".{path}") }),
        Data::Seq(items) => items.iter().enumerate().find_map(|(number, item)| within(item).map(|path| format!("[{number}]{path}"))),
        _ => None,
    }
}

/// Where it is in a map; empty if it is a key.
fn in_map(map: &Map) -> Option<String> {
    map.iter().find_map(
        |(key, entry)| {
            if has_marks(key) { Some(String::new()) } else { within(&entry.value).map(|path| format!("{key}{path}")) }
        },
    )
}

/// What the projects of a host ask for together. Errors: two of them ask for the same.
fn together(projects: &[Made]) -> Result<Cow<'_, Stack>, NixError> {
    if let [only] = projects {
        return Ok(Cow::Borrowed(&only.mapped.stack));
    }
    let mut host = Stack::default();
    projects.iter().try_for_each(|made| host.add(made.mapped.stack.clone()).map_err(|(what, name)| NixError::Twice(what, name)))?;
    Ok(Cow::Owned(host))
}

/// What a project asks for, in the normal form, and what there is to say of it.
#[derive(Debug)]
pub struct Asked {
    /// The project.
    pub project: Project,
    /// The tree that it is made of.
    pub tree: Map,
    /// Where its values come from.
    pub wiring: Wiring,
    /// What it asks for.
    pub mapped: Mapped,
    /// What became of its keys, secrets and env files.
    pub remarks: Vec<Remark>,
    /// The options, with the profiles that the project itself makes active.
    pub options: Options,
}

/// Loads a project and takes it to the normal form. Errors: Compose refuses it.
pub fn asked(disk: &dyn Fs, loader: &Loader, request: &Request, options: &Options) -> Result<Asked, NixError> {
    let (project, tree) = load(loader, request, options)?;
    if let Some(path) = marked(&project, &tree) {
        return Err(NixError::Unsayable(format!(
            "`{path}` has the character U+F0000 or U+F0001, with which composelint marks what only the host knows"
        )));
    }
    let options = options_of(options, &project);
    let options = &options;
    let names = map::names(&project, options);
    let units = |service: &str| -> Vec<String> {
        names.get(service).into_iter().flatten().map(|name| format!("{}-{name}.service", options.backend)).collect()
    };
    let wiring = wire::wire(&project, disk, options, &units);
    let mut mapped = map::stack(&project, &wiring, options);
    for container in mapped.stack.containers.values_mut() {
        engine::settle(container, options.backend);
    }
    mapped.stack.firewall = extras::let_through(&mapped.stack, options);
    let of_wiring = &wiring.remarks;
    let mut remarks = of_wiring.clone();
    // Both may come to a secret that cannot be wired.
    remarks.extend(mapped.remarks.iter().filter(|r| !of_wiring.iter().any(|w| w.path == r.path && w.class == r.class)).cloned());
    Ok(Asked { options: options.clone(), project, tree, wiring, mapped, remarks })
}

impl Asked {
    /// What stands against writing it: keys that have no equivalent, unless they may be left out.
    pub fn unmapped(&self) -> impl Iterator<Item = &Remark> {
        let options = &self.options;
        let of_wiring = self.wiring.remarks.iter().filter(|r| r.class == Class::Unmapped && !options.allows(&r.path));
        of_wiring.chain(self.mapped.refused(options))
    }
}

fn project(
    disk: &dyn Fs,
    sources: &Sources,
    loader: &Loader,
    request: &Request,
    wanted: &Wanted,
    host: Option<&String>,
) -> Result<(Made, layout::Stack), NixError> {
    let asked = asked(disk, loader, request, wanted.options)?;
    let unmapped: Vec<Remark> = asked.unmapped().cloned().collect();
    if !unmapped.is_empty() {
        return Err(NixError::Unmapped(unmapped));
    }
    let Asked { project, tree, wiring, mapped, remarks, options } = asked;
    let options = &options;
    let own = mapped.volumes.iter().filter(|v| !v.external).count();
    if options.backend == Backend::Podman && own > 0 && !options.accept_volume_move {
        return Err(NixError::VolumesStay(own));
    }
    let manner = oci::Manner { backend: options.backend, prefix: (wanted.layout == Layout::Fleet).then_some(layout::UNITS) };
    let unwritable = |(name, refusal): &(String, Refusal)| unwritable(name, refusal, &mapped, &tree);
    let mut parts =
        oci::parts(&project, &mapped, manner).map_err(|failed| NixError::Unwritable(failed.iter().map(unwritable).collect()))?;
    let files: Vec<_> =
        project.files.iter().filter_map(|file| sources.find(&file.path)).filter_map(|id| Some((id, loader.tree(id)?))).collect();
    let trees: Vec<_> = files.iter().map(|(id, tree)| (*id, &**tree)).collect();
    let shown = |id| display_path(&sources.get(id).path, wanted.directory);
    let mut wired = wiring.bindings.clone();
    if let Some(first) = wired.first_mut() {
        first.apart = true;
    }
    if let Some(common) = parts.last_mut() {
        common.bindings.extend(wired);
        common.bindings.extend(extras::bindings(&project.name, &mapped.stack, options));
    }
    let found = comments::of_files(&trees, &tree, sources, &shown);
    let count = comments::place(&found, &mut parts);
    left_out(&remarks, sources, &mut parts);
    let prefix = options.module_options.clone().map(|mut prefix| {
        prefix.push(project.name.clone());
        prefix
    });
    let directory = project.directory.display().to_string();
    let stack =
        layout::Stack { name: project.name.clone(), parts, backend: options.backend, options: prefix.map(|prefix| (prefix, directory)) };
    let made = Made::new(host.cloned(), request, project, mapped, &tree, remarks, count, options, None);
    Ok((Made { create: wiring.create, ..made }, stack))
}

/// Why a container cannot be written, at the key that it is about.
fn unwritable(name: &str, refusal: &Refusal, mapped: &Mapped, tree: &Map) -> Remark {
    let Refusal { key, why } = refusal;
    let service = mapped.services.iter().find(|(_, names)| names.iter().any(|n| n == name)).map_or(name, |(service, _)| service);
    let written = tree.get("services").and_then(|s| s.value.as_map()?.get(service));
    let (path, entry) = match written.and_then(|s| s.value.as_map()?.get(*key)) {
        Some(entry) => (format!("services.{service}.{key}"), Some(entry)),
        None => (format!("services.{service}"), written),
    };
    let origin = entry.map(|entry| Origin { at: entry.key, replaced: None, ..entry.value.origin.clone() });
    Remark { class: Class::Unmapped, path, message: format!("the container `{name}` cannot be written: {why}"), origin }
}

/// Says in the files what was left out because the user allowed it, with the text of the source.
fn left_out(remarks: &[Remark], sources: &Sources, parts: &mut [oci::Part]) {
    for remark in remarks.iter().filter(|r| r.class == Class::Unmapped) {
        let mut lines = vec![format!("composelint: not migrated: {}", remark.path)];
        if let Some(origin) = &remark.origin {
            lines.extend(
                written(&sources.get(origin.at.file), origin.at).iter().map(|line| format!("  {}", comments::without_secret(line))),
            );
        }
        let service = remark.path.strip_prefix("services.").and_then(|rest| rest.split('.').next());
        let part = parts.iter().position(|p| p.service.as_deref() == service).unwrap_or(0);
        if let Some(part) = parts.get_mut(part) {
            match part.bindings.first_mut() {
                Some(first) => first.above.extend(lines),
                None => part.bindings.push(Binding::comment(lines)),
            }
        }
    }
}

/// What is written at a place, without the blanks that all its lines begin with; of a key also its value, which is the rest of the line and what
/// is further in below.
fn written(source: &Source, at: Span) -> Vec<String> {
    let begin = source.position(at.start);
    let indent = begin.column.saturating_sub(1) as usize;
    let line = |number: u32| source.line_range(number).and_then(|range| source.text.get(range));
    let rest = |text: &str| text.chars().skip(indent).collect::<String>().trim_end().to_owned();
    let after = source.text.get(at.end as usize..).unwrap_or_default();
    let is_key = after.trim_start_matches([' ', '"', '\'']).starts_with(':');
    if !is_key {
        let mut lines = source.slice(at).lines();
        let first = lines.next().unwrap_or_default().trim_end().to_owned();
        return std::iter::once(first).chain(lines.map(rest)).collect();
    }
    let below = |text: &&str| {
        let deep = text.chars().take_while(|c| *c == ' ').count();
        text.trim().is_empty() || deep > indent || deep == indent && text.trim_start().starts_with("- ")
    };
    let first = line(begin.line).map(rest).unwrap_or_default();
    let mut out: Vec<String> = std::iter::once(first).chain((begin.line + 1..).map_while(line).take_while(below).map(rest)).collect();
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out
}

impl Modules {
    pub(super) fn new(options: &Options, layout: Layout) -> Self {
        Self {
            files: BTreeMap::new(),
            roots: Vec::new(),
            projects: Vec::new(),
            evidence: Evidence::default(),
            style: options.style,
            backend: options.backend,
            secrets: options.secrets,
            layout,
        }
    }
}

impl Made {
    #[allow(clippy::too_many_arguments)] // one each of its parts
    pub(super) fn new(
        host: Option<String>,
        request: &Request,
        project: Project,
        mapped: Mapped,
        tree: &Map,
        remarks: Vec<Remark>,
        comments: Count,
        options: &Options,
        kept: Option<Kept>,
    ) -> Self {
        let services = tree.get("services").and_then(|s| s.value.as_map()).into_iter().flatten();
        let keys = services.map(|(name, s)| (name.clone(), s.value.as_map().into_iter().flat_map(|m| m.keys().cloned()).collect()));
        let (backend, profiles) = (options.backend, options.profiles.clone());
        let request = request.clone();
        Self { host, request, project, mapped, create: Vec::new(), remarks, comments, keys: keys.collect(), backend, profiles, kept }
    }

    /// The volumes that have a name.
    pub fn volumes(&self) -> &[Continuity] {
        &self.mapped.volumes
    }

    /// The volumes that have none.
    pub fn anonymous(&self) -> &[Anonymous] {
        &self.mapped.anonymous
    }
}
