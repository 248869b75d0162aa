//! Comments that silence rules: found in the files of the projects, applied to the findings, and judged themselves.
//!
//! A finding is silenced by a comment that covers the beginning of its primary place, whichever project it was found in. What the rules
//! about these comments find can be silenced like anything else.

mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{INTERNAL_ERROR, Input, Level, Selection};
use crate::compose::Role;
use crate::compose::problem::ProblemKind;
use crate::discover::{Entry, Kind};
use crate::finding::{Finding, Place};
use crate::model::Project;
use crate::rules::{self, Default, IgnoreComment, Means, Meta, Mode, RuleDef, Says, Topic, UnusedIgnores};
use crate::source::FileId;
use place::{Covers, Index};

/// The comments of one file.
struct File {
    path: PathBuf,
    comments: Vec<IgnoreComment>,
    /// Of each comment.
    applied: Vec<Applied>,
    /// Which comments cover a place.
    index: Index,
    /// True if what no comment silences here cannot come up either: everything around the file was read.
    judged: bool,
    /// Where variables without a value are used: what is said there depends on where it is said.
    open: Vec<u32>,
}

/// What a comment covers, and which of its names silenced something.
struct Applied {
    covers: Covers,
    used: BTreeSet<usize>,
}

/// All comments of a run.
pub(super) struct Ignores {
    files: BTreeMap<FileId, File>,
}

impl Ignores {
    /// Reads the comments of all files of the projects, and of other files with findings.
    pub(super) fn read(input: &Input, findings: &[Finding]) -> Self {
        let mut kinds: BTreeMap<FileId, Syntax> = BTreeMap::new();
        for file in input.projects.iter().flat_map(|p| &p.files) {
            let syntax = match file.role {
                Role::Main | Role::Override | Role::Include(_) | Role::Extends(_) => Syntax::Yaml,
                Role::DotEnv | Role::EnvFile(_) | Role::LabelFile(_) => Syntax::Env,
            };
            kinds.entry(file.id).or_insert(syntax);
        }
        for id in findings.iter().filter_map(|f| f.primary.place.file()) {
            kinds.entry(id).or_insert(Syntax::Yaml);
        }
        let mut files = BTreeMap::new();
        let mut known: Option<Known> = None;
        for (id, syntax) in kinds {
            let source = input.loader.sources.get(id);
            if !rules::may_speak(&source.text) {
                continue;
            }
            let known = known.get_or_insert_with(|| Known::of(input));
            let found = match (syntax, input.loader.tree(id)) {
                (Syntax::Yaml, Some(tree)) => place::of_yaml(&tree, &source),
                (Syntax::Yaml, None) => continue,
                (Syntax::Env, _) => place::of_env_file(id, &source, known.raw.contains(source.path.as_path())),
            };
            if found.is_empty() {
                continue;
            }
            let (comments, covers): (Vec<_>, Vec<_>) = found.into_iter().unzip();
            let index = Index::of(&covers);
            let applied = covers.into_iter().map(|covers| Applied { covers, used: BTreeSet::new() }).collect();
            let (judged, open) = surroundings(known.around.get(&id).map_or(&[], Vec::as_slice), id);
            files.insert(id, File { path: source.path.clone(), comments, applied, index, judged, open });
        }
        Self { files }
    }

    /// True if no file has such a comment.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Takes out the findings that a comment silences, and says how many they were.
    pub(super) fn silence(&mut self, input: &Input, findings: &mut Vec<Finding>) -> usize {
        let before = findings.len();
        if !self.files.is_empty() {
            findings.retain(|f| !self.silences(input, f));
        }
        before - findings.len()
    }

    fn silences(&mut self, input: &Input, finding: &Finding) -> bool {
        if finding.rule == INTERNAL_ERROR {
            return false;
        }
        // What is said of a path without a place in it can only be silenced for the whole file.
        let (file, start) = match &finding.primary.place {
            Place::Span(span) => (Some(span.file), Some(span.start)),
            Place::Path(path) => (input.loader.sources.find(path), None),
        };
        let (Some(file), Some(rule)) = (file.and_then(|f| self.files.get_mut(&f)), rules::find(finding.rule)) else { return false };
        let mut silenced = false;
        let covering = start.map_or_else(|| file.index.whole_file().to_vec(), |start| file.index.at(start));
        for number in covering {
            let (Some(comment), Some(applied)) = (file.comments.get(number), file.applied.get_mut(number)) else { continue };
            let Says::Ignore(ignore) = &comment.says else { continue };
            for (i, name) in ignore.names.iter().enumerate() {
                if name.means.is_some_and(|means| means.covers(&rule.meta)) {
                    applied.used.insert(i);
                    silenced = true;
                }
            }
        }
        silenced
    }

    /// The comments of each file, by path.
    pub(super) fn by_file(&self) -> impl Iterator<Item = &[IgnoreComment]> {
        let mut files: Vec<&File> = self.files.values().collect();
        files.sort_by_key(|f| &f.path);
        files.into_iter().map(|f| f.comments.as_slice())
    }

    /// The comments some of whose names silenced nothing, although everything that they could silence was looked for.
    pub(super) fn unused(&self, input: &Input, selection: &Selection) -> Vec<UnusedIgnores<'_>> {
        let used_elsewhere = self.used_by_identity(input);
        let mut files: Vec<&File> = self.files.values().filter(|f| f.judged).collect();
        files.sort_by_key(|f| &f.path);
        let mut out = Vec::new();
        let mut seen = BTreeSet::new();
        for file in files {
            // Two paths to one file are one file.
            let identity = identity(input, file);
            if identity.is_some_and(|i| !seen.insert(i)) {
                continue;
            }
            // What the configuration switches off here is not missed here.
            let runs = |rule: &&&'static RuleDef| selection.level(rule.meta.name, &file.path) != Level::Off;
            let rules: Vec<&'static RuleDef> = selection.rules().iter().filter(runs).copied().collect();
            for (number, (comment, applied)) in file.comments.iter().zip(&file.applied).enumerate() {
                let Says::Ignore(ignore) = &comment.says else { continue };
                if file.open.iter().any(|at| applied.covers.holds(*at)) {
                    continue;
                }
                let idle = |i: &usize| {
                    let elsewhere = identity.is_some_and(|identity| used_elsewhere.contains(&(identity, number, *i)));
                    let ran = ignore.names.get(*i).and_then(|n| n.means).is_some_and(|means| ran(means, &rules, input.mode));
                    !applied.used.contains(i) && !elsewhere && ran
                };
                let names: Vec<usize> = (0..ignore.names.len()).filter(idle).collect();
                if !names.is_empty() {
                    let covers_nothing = applied.covers == Covers::Ranges(Vec::new());
                    out.push(UnusedIgnores { comment, names, covers_nothing });
                }
            }
        }
        out
    }

    /// Which names are used in a file that is reached by several paths.
    fn used_by_identity(&self, input: &Input) -> BTreeSet<((u64, u64), usize, usize)> {
        let mut out = BTreeSet::new();
        for file in self.files.values() {
            let Some(identity) = identity(input, file) else { continue };
            for (number, applied) in file.applied.iter().enumerate() {
                out.extend(applied.used.iter().map(|name| (identity, number, *name)));
            }
        }
        out
    }
}

#[derive(Clone, Copy)]
enum Syntax {
    Yaml,
    Env,
}

fn identity(input: &Input, file: &File) -> Option<(u64, u64)> {
    input.loader.fs.metadata(&file.path).ok()?.identity
}

/// What the projects say about their files.
struct Known<'a> {
    /// Env files that are read as they are.
    raw: BTreeSet<&'a Path>,
    /// The projects that each file is a part of, and how they were found.
    around: BTreeMap<FileId, Vec<(&'a Project, &'a Entry)>>,
}

impl<'a> Known<'a> {
    fn of(input: &Input<'a>) -> Self {
        let env_files = input.projects.iter().flat_map(|p| p.services.values()).flat_map(|s| s.env_file.iter());
        let raw = env_files.filter(|f| f.format.as_deref() == Some("raw")).map(|f| Path::new(&f.path)).collect();
        let mut around: BTreeMap<FileId, Vec<(&Project, &Entry)>> = BTreeMap::new();
        for (project, entry) in input.fleet.hosts.iter().flat_map(|h| h.projects.iter().zip(h.entries)) {
            let files: BTreeSet<FileId> = project.files.iter().map(|f| f.id).collect();
            for id in files {
                around.entry(id).or_default().push((project, entry));
            }
        }
        Self { raw, around }
    }
}

/// Whether the projects around a file were read completely, and where in it variables have no value.
fn surroundings(projects: &[(&Project, &Entry)], id: FileId) -> (bool, Vec<u32>) {
    use ProblemKind::{ExtendsError, IncludeError, InvalidYaml, LimitExceeded, RemoteNotFetched, UnreadableFile};
    let unread = |kind| matches!(kind, ExtendsError | IncludeError | InvalidYaml | LimitExceeded | RemoteNotFetched | UnreadableFile);
    let mut open = Vec::new();
    let mut judged = true;
    for (project, entry) in projects {
        // A file that was judged by itself may be a part of something.
        let alone = entry.kind == Kind::Single && !entry.files.iter().any(|f| is_default(f));
        judged &= !alone && project.incomplete.is_none() && !project.problems.iter().any(|p| unread(p.kind));
        open.extend(project.variables.iter().filter(|v| !v.set && v.at.file == id).map(|v| v.at.start));
    }
    (judged, open)
}

fn is_default(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"].contains(&name)
}

/// True if every finding that a name is about would have been found in this run. What `check` leaves to `audit` is not missed in `check`.
fn ran(means: Means, rules: &[&'static RuleDef], mode: Mode) -> bool {
    let complete = |meta: &Meta| rules.iter().any(|r| r.meta.name == meta.name) && (mode == Mode::Audit || meta.audit_severity.is_none());
    let mut all = rules::ALL.iter().map(|r| &r.meta);
    match means {
        // What is said of comments is said last: whether it was silenced is known too late.
        Means::Rule(meta) => complete(meta) && meta.topic != Topic::Ignores,
        Means::Topic(Topic::Ignores) => false,
        Means::Topic(topic) => all.all(|meta| meta.topic != topic || meta.default == Default::Off || complete(meta)),
    }
}
