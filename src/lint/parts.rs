//! Projects that were found but are not whole: files that somebody gives together (`-f base.yaml -f this.yaml`), or that a tool completes
//! before it starts them. What they lack is no mistake, so it moves from [`Project::problems`] to [`Project::incomplete`], where one rule
//! (`incomplete-alone`) says it once. Judges by what the other projects under the roots have; a file that the user named is always whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::compose::problem::{Problem, ProblemKind};
use crate::model::{Incomplete, Lack, Project};
use crate::source::Sources;

/// From how many projects on a lack is a habit and no slip.
const HABIT: usize = 3;

/// What is known of one project besides itself.
pub(super) struct Standing {
    /// The user named it: a file on the command line, an entry of the configuration.
    pub(super) named: bool,
    /// Its only file has a name that must be given with `-f`.
    pub(super) single: bool,
}

/// How many projects lack a thing, and how many have it.
#[derive(Clone, Copy, Default)]
struct Count {
    lack: usize,
    have: usize,
}

impl Count {
    /// Where nearly all have it, those that lack it have forgotten it; where nearly none has, it comes from somewhere else.
    fn is_habit(self) -> bool {
        self.lack >= HABIT && self.lack > 2 * self.have
    }
}

/// By kind and name.
#[derive(Default)]
struct Counts(BTreeMap<ProblemKind, BTreeMap<String, Count>>);

impl Counts {
    fn of(&self, kind: ProblemKind, name: &str) -> Count {
        self.0.get(&kind).and_then(|names| names.get(name)).copied().unwrap_or_default()
    }

    fn lacks(&mut self, kind: ProblemKind, name: String) {
        self.0.entry(kind).or_default().entry(name).or_default().lack += 1;
    }

    /// Counts what a project has, of what others lack.
    fn has<'a>(&mut self, kind: ProblemKind, names: impl Iterator<Item = &'a String>) {
        let Some(known) = self.0.get_mut(&kind) else { return };
        for name in names {
            if let Some(count) = known.get_mut(name) {
                count.have += 1;
            }
        }
    }
}

/// Moves what files elsewhere would complete. The n-th standing is that of the n-th project.
pub(super) fn settle(projects: &mut [Project], standings: &[Standing], sources: &Sources) {
    use ProblemKind::{
        MissingImage, UndefinedConfig, UndefinedModel, UndefinedNetwork, UndefinedSecret, UndefinedService, UndefinedVolume,
    };
    let mut counts = Counts::default();
    for (project, _) in projects.iter().zip(standings).filter(|(p, s)| !s.named && !is_cut(p)) {
        let lacks: BTreeSet<_> = project.problems.iter().filter_map(|p| Some((p.kind, lack(p, sources)?))).collect();
        for (kind, name) in lacks {
            counts.lacks(kind, name);
        }
    }
    if counts.0.is_empty() {
        return;
    }
    for project in &*projects {
        counts.has(UndefinedConfig, project.configs.keys());
        counts.has(UndefinedModel, project.models.keys());
        counts.has(UndefinedNetwork, project.networks.keys());
        counts.has(UndefinedSecret, project.secrets.keys());
        counts.has(UndefinedService, project.services.keys());
        counts.has(UndefinedVolume, project.volumes.keys());
        counts.has(MissingImage, project.services.iter().filter(|(_, s)| s.image.is_some() || s.build.is_some()).map(|(name, _)| name));
    }
    for (project, standing) in projects.iter_mut().zip(standings).filter(|(p, s)| !s.named && !is_cut(p)) {
        // A service without an image goes on top of one that has it: what else such a file lacks may be in the same place.
        let overlay = project.problems.iter().filter(|p| p.kind == MissingImage).any(|p| {
            let count = lack(p, sources).map(|name| counts.of(p.kind, &name)).unwrap_or_default();
            standing.single || count.have > 0 || count.is_habit()
        });
        let (mut kept, mut moved) = (Vec::new(), Vec::new());
        for problem in std::mem::take(&mut project.problems) {
            match lack(&problem, sources).map(|name| (counts.of(problem.kind, &name), name)) {
                Some((count, name)) if count.is_habit() || overlay => moved.push(Lack { problem, name }),
                _ => kept.push(problem),
            }
        }
        project.problems = kept;
        project.incomplete = (!moved.is_empty()).then_some(Incomplete { overlay, lacks: moved });
    }
}

/// The name of what a problem says is missing, if another file may have it.
fn lack(problem: &Problem, sources: &Sources) -> Option<String> {
    use ProblemKind::{
        MissingImage, UndefinedConfig, UndefinedModel, UndefinedNetwork, UndefinedSecret, UndefinedService, UndefinedVolume,
    };
    let at = problem.origin.as_ref()?.at;
    matches!(
        problem.kind,
        MissingImage | UndefinedConfig | UndefinedModel | UndefinedNetwork | UndefinedSecret | UndefinedService | UndefinedVolume
    )
    .then(|| sources.get(at.file).slice(at).trim_matches(['"', '\'']).to_owned())
}

/// True if a part of the project could not be read: what it lacks may be there, and that part is a finding of its own.
fn is_cut(project: &Project) -> bool {
    use ProblemKind::{ExtendsError, IncludeError, InvalidYaml, LimitExceeded, RemoteNotFetched, UnreadableFile};
    let cut = |kind| matches!(kind, ExtendsError | IncludeError | InvalidYaml | LimitExceeded | RemoteNotFetched | UnreadableFile);
    project.problems.iter().any(|p| cut(p.kind))
}
