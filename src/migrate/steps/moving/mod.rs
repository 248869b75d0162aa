//! `migrate --move FILE DEST`: one Compose file goes to another place, and every project that reads it stays what it is.
//!
//! - Compose starts the relative paths of a project in the directory of its first file. So the paths of the file that moves are written
//!   anew, and those of the files that are given behind it, too; in the files that include or extend it, the reference changes. Which values
//!   are paths is told by the one list that resolution works by ([`crate::compose::paths::each_path`]).
//! - The name of a project that comes from its directory is written into the file: volumes, networks, containers and images keep theirs.
//! - The `.env` beside the file is read from the directory of the first file, so it goes along: a project without its variables would start
//!   all the same, with empty ones. Where another project reads that `.env` too, or a service uses it as a file, it stays, and the
//!   command gets `--env-file`. The other way (`--project-directory` with the old directory, and no path changed) would have to be typed by
//!   everybody for ever; it is what is left for files whose paths begin with a variable that is relative.
//! - What cannot be moved so that it can be proved is refused, with the reason.

pub(super) mod bases;
mod graph;
mod notes;
mod rebase;
mod rewrite;
mod text;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::desk::Desk;
use super::{StepError, command, gitignore};
use crate::compose::open::Loader;
use crate::compose::paths::{Reading, relative};
use crate::compose::{NameSource, Role, Semantics};
use crate::discover::{self, Discovery, Entry, Kind, Reached, Reason};
use crate::fs::{FileType, Fs, clean};
use crate::host::{Facts, GitState, HostFacts};
use crate::migrate::plan::{EntryPoint, NoteKind, Plan};
use crate::model::{self, MountKind, Project};
use crate::source::{Edit, Source};
use crate::yaml::edit::{self, Position};
use crate::yaml::{Kind as NodeKind, Tree};
use graph::{Bases, Graph, Uses};
use notes::Notes;
pub(in crate::migrate) use rebase::rebase;
use rewrite::Rewriting;

/// A file that is to be moved. All paths are absolute.
#[derive(Clone, Debug)]
pub struct Move {
    /// The directory that the plan is about.
    pub root: PathBuf,
    /// The file.
    pub file: PathBuf,
    /// Where it goes: a path for it, or a directory (which is there, or ends in `/`).
    pub to: PathBuf,
}

/// One way in which a project is started, and what it reads.
struct Started<'e> {
    entry: &'e Entry,
    project: Project,
}

impl<'e> Started<'e> {
    fn load(entry: &'e Entry, loader: &Loader) -> Self {
        Self { entry, project: model::whole(loader, &entry.request()) }
    }

    fn reads(&self, file: &Path) -> bool {
        self.project.files.iter().any(|f| f.path == file)
    }
}

/// Everything under a root that a move may concern, loaded once.
pub struct Projects<'e> {
    started: Vec<Started<'e>>,
    discovery: &'e Discovery,
    loader: &'e Loader<'e>,
}

impl<'e> Projects<'e> {
    /// Loads the projects that were found.
    pub fn load(discovery: &'e Discovery, loader: &'e Loader<'e>) -> Self {
        Self { started: discovery.entries.iter().map(|entry| Started::load(entry, loader)).collect(), discovery, loader }
    }
}

/// Plans a move. Errors: why it cannot be made.
pub fn plan(wanted: &Move, projects: &Projects) -> Result<Plan, StepError> {
    let (loader, disk) = (projects.loader, projects.loader.fs);
    let mut plan = Plan { root: wanted.root.clone(), ..Plan::default() };
    let (file, to) = ends(wanted, projects, &plan, disk)?;
    if file == to {
        return Ok(plan);
    }
    // A file that others include may be started by itself all the same.
    let default = discover::default_files(disk, directory_of(&file));
    let is_default = default.first() == Some(&file);
    let alone = Entry {
        directory: directory_of(&file).to_path_buf(),
        files: if is_default { default } else { vec![file.clone()] },
        kind: if is_default { Kind::Default } else { Kind::Single },
        reached: Reached::Real,
        aliases: Vec::new(),
    };
    let mut concerned: Vec<&Started> = projects.started.iter().filter(|s| s.reads(&file)).collect();
    let own = Started::load(&alone, loader);
    if concerned.is_empty() {
        let unreachable = projects.discovery.skipped.iter().any(|s| s.path == file && s.reason == Reason::NoBase);
        if unreachable || own.project.services.is_empty() {
            return Err(StepError::Fragment(plan.shown(&file)));
        }
        concerned.push(&own);
    } else if is_default && !concerned.iter().any(|s| s.entry.files == alone.files) {
        concerned.push(&own);
    }
    let moving = Moving { file, to, disk, loader, concerned, all: &projects.started };
    moving.refuse(&plan)?;
    let env = moving.env(&plan)?;
    moving.make(&mut plan, &env)?;
    Ok(plan)
}

/// The file and its new path, if it can be moved at all.
fn ends(wanted: &Move, projects: &Projects, plan: &Plan, disk: &dyn Fs) -> Result<(PathBuf, PathBuf), StepError> {
    let (file, mut to) = (clean(&wanted.file), clean(&wanted.to));
    let name = file.file_name().ok_or_else(|| StepError::NoFile(plan.shown(&file)))?;
    if disk.is_dir(&to) || wanted.to.as_os_str().as_encoded_bytes().ends_with(b"/") {
        to.push(name);
    }
    match disk.symlink_metadata(&file) {
        Ok(found) if found.file_type == FileType::Link => {
            let to = disk.canonicalize(&file).map_or_else(|_| "nothing".to_owned(), |real| plan.shown(&real));
            return Err(StepError::Link { path: plan.shown(&file), to });
        }
        Ok(found) if found.is_file() => {}
        _ => return Err(StepError::NoFile(plan.shown(&file))),
    }
    let real = |path: &Path| disk.canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let inside = |path: &Path| {
        let there = path.ancestors().skip(1).find(|p| disk.exists(p)).map(real);
        path.starts_with(&plan.root) && there.is_some_and(|there| there.starts_with(real(&plan.root)))
    };
    for path in [&file, &to] {
        if !inside(path) {
            return Err(StepError::Outside(plan.shown(path)));
        }
        if path.to_str().is_none_or(|p| p.contains(['\n', '\r', '$'])) {
            return Err(StepError::NotText(plan.shown(path)));
        }
    }
    if file != to && disk.symlink_metadata(&to).is_ok() {
        return Err(StepError::Exists(plan.shown(&to)));
    }
    let behind = real(&file);
    let linked = |link: &Path| StepError::Linked { path: plan.shown(&file), link: plan.shown(link) };
    for entry in &projects.discovery.entries {
        match &entry.reached {
            Reached::FileLink { to } if *to == behind => return Err(linked(entry.files.first().unwrap_or(&entry.directory))),
            Reached::DirectoryLink { at, .. } if entry.files.iter().any(|f| real(f) == behind) => return Err(linked(at)),
            _ => {}
        }
    }
    Ok((file, to))
}

/// What becomes of the `.env` beside the file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Env {
    /// There is none, or the file stays in its directory.
    None,
    /// It goes along.
    Moves { from: PathBuf, to: PathBuf },
    /// It stays, and is named.
    Stays(PathBuf),
}

struct Moving<'a> {
    file: PathBuf,
    to: PathBuf,
    disk: &'a dyn Fs,
    loader: &'a Loader<'a>,
    /// Those that read the file.
    concerned: Vec<&'a Started<'a>>,
    all: &'a [Started<'a>],
}

fn main_file(entry: &Entry) -> Option<&Path> {
    entry.files.first().map(PathBuf::as_path)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// Who uses a path as a file: as a mount, a config or a secret.
fn user_of(path: &Path, project: &Project) -> Option<String> {
    let is = |text: &str| Path::new(text) == path;
    for service in project.services.values() {
        let bind = |m: &model::Sourced<model::Mount>| m.kind == MountKind::Bind && m.source.as_deref().is_some_and(is);
        if service.volumes.iter().any(bind) {
            return Some(format!("service `{}`", service.name));
        }
    }
    let object = |(name, object): (&String, &model::Sourced<model::FileObject>)| {
        object.file.as_ref().is_some_and(|file| is(file)).then(|| name.clone())
    };
    let config = project.configs.iter().find_map(object).map(|name| format!("config `{name}`"));
    config.or_else(|| project.secrets.iter().find_map(object).map(|name| format!("secret `{name}`")))
}

impl Moving<'_> {
    fn is_main(&self, started: &Started) -> bool {
        main_file(started.entry) == Some(&self.file) && started.entry.request().project_directory.is_none()
    }

    /// Where the file lies, before and after.
    fn directories(&self) -> (&Path, &Path) {
        (directory_of(&self.file), directory_of(&self.to))
    }

    /// What keeps a file from being moved, whatever is in it.
    fn refuse(&self, plan: &Plan) -> Result<(), StepError> {
        for started in &self.concerned {
            if let Kind::ComposeFile(_) = &started.entry.kind
                && started.entry.files.contains(&self.file)
            {
                let env = plan.shown(&started.entry.directory.join(".env"));
                return Err(StepError::ComposeFile { env, path: plan.shown(&self.file) });
            }
            if let Some(what) = user_of(&self.file, &started.project) {
                return Err(StepError::Used { path: plan.shown(&self.file), what });
            }
        }
        Ok(())
    }

    /// Decides what becomes of the `.env`.
    fn env(&self, plan: &Plan) -> Result<Env, StepError> {
        let (old, new) = self.directories();
        if old == new {
            return Ok(Env::None);
        }
        let (beside, there) = (old.join(".env"), new.join(".env"));
        let main: Vec<&&Started> = self.concerned.iter().filter(|s| self.is_main(s)).collect();
        let reading = |s: &&&Started| s.project.files.iter().any(|f| f.path == beside && f.role == Role::DotEnv);
        let other = || StepError::OtherEnv(plan.shown(&there));
        if main.is_empty() {
            return Ok(Env::None);
        }
        if !main.iter().any(reading) {
            return if self.disk.exists(&there) { Err(other()) } else { Ok(Env::None) };
        }
        // Where it is the current directory's, it is read from there whatever the project directory is.
        let elsewhere = self.all.iter().filter(|s| !self.is_main(s)).any(|s| s.reads(&beside));
        let is_file = self.disk.symlink_metadata(&beside).is_ok_and(|m| m.is_file());
        let used = self.concerned.iter().any(|s| user_of(&beside, &s.project).is_some());
        if self.disk.exists(&there) {
            return Err(other());
        }
        if elsewhere || used || !is_file { Ok(Env::Stays(beside)) } else { Ok(Env::Moves { from: beside, to: there }) }
    }

    fn make(&self, plan: &mut Plan, env: &Env) -> Result<(), StepError> {
        let mut moved = BTreeMap::from([(self.file.clone(), self.to.clone())]);
        if let Env::Moves { from, to } = env {
            moved.insert(from.clone(), to.clone());
        }
        let mut graph = Graph::new(self.loader, Semantics::default(), &moved);
        for started in &self.concerned {
            let directory = started.entry.request().project_directory;
            graph.project(&started.entry.files, directory.as_deref(), &started.project.environment);
        }
        self.env_of_include(plan, env, &graph)?;
        let mut desk = Desk::new(self.loader, &plan.root);
        let mut notes = Notes::default();
        for (path, uses) in &graph.files {
            self.file(path, uses, &moved, &mut desk, &mut notes)?;
        }
        self.contexts(&mut desk, &graph)?;
        self.pin(plan, &mut desk)?;
        self.write(plan, env, &desk, &graph)?;
        self.entries(plan, env, &moved, &notes.aside);
        notes.tell(plan, self, env);
        Ok(())
    }

    /// The `.env` beside an included file is read with it.
    fn env_of_include(&self, plan: &Plan, env: &Env, graph: &Graph) -> Result<(), StepError> {
        let (old, new) = self.directories();
        let (beside, there) = (old.join(".env"), new.join(".env"));
        if old == new || matches!(env, Env::Moves { .. }) || !graph.files.get(&self.file).is_some_and(|uses| uses.env_beside) {
            return Ok(());
        }
        if self.disk.is_file(&beside) {
            let relative = relative(&plan.root.to_string_lossy(), &beside.to_string_lossy());
            return Err(StepError::EnvOfInclude { path: plan.shown(&self.file), env: relative });
        }
        if self.disk.is_file(&there) { Err(StepError::OtherEnv(plan.shown(&there))) } else { Ok(()) }
    }

    /// Writes the paths of one file anew.
    fn file(
        &self,
        path: &Path,
        uses: &Uses,
        moved: &BTreeMap<PathBuf, PathBuf>,
        desk: &mut Desk,
        notes: &mut Notes,
    ) -> Result<(), StepError> {
        let changed = uses.bases.iter().any(|b| b.before != b.after);
        let Some(bases) = uses.bases.first() else { return Ok(()) };
        let parsed = desk.open(path)?;
        let found = written::written(&parsed, &uses.environment, Semantics::default());
        let mut all: Vec<(bool, &written::Path)> = found.paths.iter().map(|p| (p.reading == Reading::Extends, p)).collect();
        for include in &found.includes {
            all.extend(include.paths.iter().chain(&include.env_files).map(|p| (true, p)));
            all.extend(include.directory.iter().map(|p| (false, p)));
        }
        if changed && uses.bases.len() > 1 && all.iter().any(|(_, p)| p.reading.is_relative(&p.value)) {
            let directories: BTreeSet<&Path> = uses.bases.iter().map(|b| b.after.as_path()).collect();
            let mut shown = directories.into_iter().map(|d| format!("`{}`", directory_shown(d, desk)));
            let (first, second) = (shown.next().unwrap_or_default(), shown.next());
            let second = second.unwrap_or_else(|| first.clone());
            return Err(StepError::TwoBases { path: desk.shown(path), first, second });
        }
        for (reference, place) in all {
            let rewriting = Rewriting { bases, uses, moved, changed, reference, tree: &parsed.tree };
            rewriting.path(place, desk, notes)?;
        }
        if changed && path != self.file && desk.text(parsed.id)?.is_some() {
            notes.rebased.push(path.to_path_buf());
        }
        Ok(())
    }

    /// A build without a context means the project directory: the old one is written down.
    fn contexts(&self, desk: &mut Desk, graph: &Graph) -> Result<(), StepError> {
        for started in &self.concerned {
            for service in started.project.services.values() {
                let Some(build) = &service.build else { continue };
                if !build.context.as_ref().is_some_and(|c| c.origin.is_default()) {
                    continue;
                }
                let at = build.origin.at;
                let source = desk.source(at.file);
                // Where a service is extended, the directory is that of the project, and not that of the file that the build is written in.
                let Some(bases) = Self::bases_of_model(started, &source.path, graph).filter(|b| b.before != b.after) else { continue };
                let way = relative(&bases.after.to_string_lossy(), &bases.before.to_string_lossy());
                let unwritable = || StepError::Unwritable { place: desk.place(at) };
                let tree = desk.tree(at.file).ok_or_else(unwritable)?;
                let node = tree.at(at).ok_or_else(unwritable)?;
                let new = edit::insert_entry(&source, &tree, node, Position::End, "context", &edit::scalar_text(&way, false));
                let new = new.ok_or_else(unwritable)?;
                desk.add(vec![new]);
            }
        }
        Ok(())
    }

    /// Where the paths of a model start that a file is part of.
    fn bases_of_model<'g>(started: &Started, file: &Path, graph: &'g Graph) -> Option<&'g Bases> {
        let own = graph.files.get(file)?.bases.first();
        let extended = started.project.files.iter().any(|f| f.path == file && matches!(f.role, Role::Extends(_)));
        if extended { graph.files.get(main_file(started.entry)?)?.bases.first() } else { own }
    }

    /// Writes the project's name down where it came from the directory.
    fn pin(&self, plan: &mut Plan, desk: &mut Desk) -> Result<(), StepError> {
        let (_, new) = self.directories();
        let derived = |s: &&&Started| self.is_main(s) && s.project.name_source == NameSource::Directory;
        let Some(started) = self.concerned.iter().find(derived) else { return Ok(()) };
        let name = &started.project.name;
        if name.is_empty() || *name == discover::directory_name(new) {
            return Ok(());
        }
        let parsed = desk.open(&self.file)?;
        let source = desk.source(parsed.id);
        let unwritable = || StepError::Unwritable { place: format!("`{}`", desk.shown(&self.file)) };
        let new = name_edit(&source, &parsed.tree, name).ok_or_else(unwritable)?;
        desk.add(vec![new]);
        plan.note(NoteKind::Pinned, "name", format!("the project keeps the name `{name}`, which came from its directory: it is written into `{}` now, so that volumes, networks, containers and built images keep theirs", plan.shown(&self.to)));
        Ok(())
    }

    fn write(&self, plan: &mut Plan, env: &Env, desk: &Desk, graph: &Graph) -> Result<(), StepError> {
        let mut texts = desk.texts()?;
        let read = |path: &Path| self.disk.read(path, u64::MAX).map_err(|_| StepError::NoFile(desk.shown(path)));
        let private = |path: &Path| self.disk.metadata(path).ok().and_then(|m| m.mode).is_some_and(|mode| mode.trailing_zeros() >= 6);
        let mut moves = vec![(self.file.clone(), self.to.clone())];
        if let Env::Moves { from, to } = env {
            moves.push((from.clone(), to.clone()));
        }
        for (from, to) in moves {
            let text = match texts.remove(&from) {
                Some(text) => text,
                None => read(&from)?,
            };
            let (old, new) = (plan.shown(&from), plan.shown(&to));
            plan.file(self.disk, to.clone(), Some(text), format!("what was `{old}`"));
            plan.file(self.disk, from.clone(), None, format!("moves to `{new}`"));
            let private = private(&from);
            for file in plan.files.iter_mut().filter(|f| f.path == to) {
                file.private = private;
            }
        }
        if let Env::Moves { from, to } = env
            && HostFacts::new(self.disk).git(from) == GitState::Ignored
        {
            gitignore::add(plan, self.disk, to);
        }
        for (path, text) in texts {
            let changed = graph.files.get(&path).is_some_and(|u| u.bases.iter().any(|b| b.before != b.after));
            let what = if changed { "its paths start in another directory now" } else { "names the file at its new place" };
            plan.file(self.disk, path, Some(text), what);
        }
        Ok(())
    }

    /// How the projects are started before and after.
    fn entries(&self, plan: &mut Plan, env: &Env, moved: &BTreeMap<PathBuf, PathBuf>, aside: &BTreeSet<String>) {
        let touched: BTreeSet<&Path> = plan.files.iter().map(|f| f.path.as_path()).collect();
        let concerns = |s: &&Started| s.project.files.iter().any(|f| touched.contains(f.path.as_path()));
        let own = self.concerned.iter().copied().filter(|c| !self.all.iter().any(|s| std::ptr::eq(*c, s)));
        let mut entries = Vec::new();
        for started in self.all.iter().filter(concerns).chain(own) {
            let before = started.entry.request();
            let files: Vec<PathBuf> = started.entry.files.iter().map(|f| moved.get(f).unwrap_or(f).clone()).collect();
            let mut after = before.clone();
            let mut env_file = None;
            if files != started.entry.files {
                after.files.clone_from(&files);
                if let Env::Stays(path) = env
                    && self.is_main(started)
                    && before.env_files.is_none()
                {
                    after.env_files = Some(vec![path.clone()]);
                    env_file = Some(path.as_path());
                }
            }
            if let Env::Moves { from, to } = env {
                for file in after.env_files.iter_mut().flatten().filter(|f| *f == from) {
                    file.clone_from(to);
                }
            }
            let becomes = (files != started.entry.files).then(|| command(&plan.root, env_file, &files));
            let environment = match &started.entry.kind {
                Kind::Stated(stated) => stated.environment.clone(),
                _ => None,
            };
            entries.push(EntryPoint {
                command: command(&plan.root, None, &started.entry.files),
                becomes,
                environment,
                before,
                after,
                choices: Vec::new(),
                aside: std::iter::once("name".to_owned()).chain(aside.iter().cloned()).collect(),
            });
        }
        plan.entries = entries;
    }
}

fn directory_shown(directory: &Path, desk: &Desk) -> String {
    let shown = desk.shown(directory);
    if shown.is_empty() { ".".to_owned() } else { shown }
}

/// `name:` at the top, or below `version`.
fn name_edit(source: &Source, tree: &Tree, name: &str) -> Option<Edit> {
    let root = tree.documents.first()?.root;
    let NodeKind::Mapping { entries, .. } = &tree.node(root).kind else { return None };
    let first = entries.first()?.key;
    let version = entries.iter().map(|e| e.key).find(|key| tree.text(*key) == Some("version"));
    let position = version.map_or(Position::Before(first), Position::After);
    edit::insert_entry(source, tree, root, position, "name", &edit::scalar_text(name, false))
}
