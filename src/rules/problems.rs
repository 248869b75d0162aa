//! Rules whose check is done by resolution itself: they only explain and report what was found there.

use super::{Cx, Mode, Rule};
use crate::compose::problem::{Part, Problem, ProblemKind};
use crate::compose::value::{Definition, Origin};
use crate::finding::{Fix, Severity};
use crate::model::Project;
use crate::ordered::IndexMap;
use crate::source::Span;

/// Reports the problems of some kinds.
pub(crate) struct Problems {
    /// The kinds. Each kind belongs to one rule.
    pub(crate) kinds: &'static [ProblemKind],
    /// Why it matters.
    pub(crate) why: &'static str,
}

/// The fix of a problem, if there is one.
pub(crate) type Mending = fn(&Problem, &Project, &Cx) -> Option<Fix>;

/// Better advice than that of the problem itself, which knows only the file it is in; `None` where there is none.
pub(crate) type Advising = fn(&Problem, &Cx) -> Option<String>;

/// What a rule adds to the problems that it reports.
#[derive(Clone, Copy, Default)]
struct Additions {
    fix: Option<Mending>,
    advice: Option<Advising>,
}

/// The same with fixes.
pub(crate) struct Mended {
    /// The problems.
    pub(crate) problems: Problems,
    /// The fix of each.
    pub(crate) fix: Mending,
}

impl Rule for Mended {
    fn project(&self, project: &Project, cx: &mut Cx) {
        self.problems.report(project, Additions { fix: Some(self.fix), advice: None }, cx);
    }
}

/// The same with fixes and better advice.
pub(crate) struct Advised {
    /// The problems.
    pub(crate) problems: Problems,
    /// The fix of each.
    pub(crate) fix: Mending,
    /// The advice for each.
    pub(crate) advice: Advising,
}

impl Rule for Advised {
    fn project(&self, project: &Project, cx: &mut Cx) {
        self.problems.report(project, Additions { fix: Some(self.fix), advice: Some(self.advice) }, cx);
    }
}

impl Rule for Problems {
    fn project(&self, project: &Project, cx: &mut Cx) {
        self.report(project, Additions::default(), cx);
    }
}

impl Problems {
    fn report(&self, project: &Project, additions: Additions, cx: &mut Cx) {
        // A line that several services share (through an alias, a merge key, a common base) is to be mended once, so it is said once.
        let mut lines: IndexMap<Line, (&Problem, usize)> = IndexMap::default();
        for problem in project.problems.iter().filter(|p| self.kinds.contains(&p.kind) && !is_consequence(p, project)) {
            // In a repository a variable has no value because it gets one on the host; where that is a mistake, `unset-variable` says so.
            if cx.mode == Mode::Check && unset(problem).is_some() {
                continue;
            }
            match (in_service(problem), &problem.origin) {
                (Some(rest), Some(origin)) => lines.entry((problem.kind, origin.at, rest)).or_insert((problem, 0)).1 += 1,
                _ => report_mended(problem, self.why, project, additions, cx),
            }
        }
        for (problem, services) in lines.into_values() {
            match services {
                1 => report_mended(problem, self.why, project, additions, cx),
                2 => report_shared(problem, "the same line serves another service", self.why, project, additions, cx),
                n => report_shared(problem, &format!("the same line serves {} more services", n - 1), self.why, project, additions, cx),
            }
        }
    }
}

/// What makes two problems one: their kind, where it is written, and where in a service it is.
type Line<'a> = (ProblemKind, Span, &'a [Part]);

/// Where in its service a problem is.
fn in_service(problem: &Problem) -> Option<&[Part]> {
    match problem.path.0.as_slice() {
        [Part::Key(top), Part::Key(_), rest @ ..] if top == "services" && !rest.is_empty() => Some(rest),
        _ => None,
    }
}

fn report_shared(problem: &Problem, others: &str, why: &str, project: &Project, additions: Additions, cx: &mut Cx) {
    let problem = Problem { message: format!("{}; {others}", problem.message), ..problem.clone() };
    report_mended(&problem, why, project, additions, cx);
}

/// Reports the problems of some kinds about files that the project names. Files that only a variable without a value keeps from being
/// found are one finding a variable: what is in them could not be judged, and that is all that is known.
pub(crate) struct FileProblems {
    /// The kinds.
    pub(crate) kinds: &'static [ProblemKind],
    /// Why it matters.
    pub(crate) why: &'static str,
}

/// How many other places a finding shows.
const SHOWN: usize = 5;

impl Rule for FileProblems {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut by_variable: IndexMap<&str, Vec<&Origin>> = IndexMap::default();
        for problem in project.problems.iter().filter(|p| self.kinds.contains(&p.kind)) {
            match (unset(problem), &problem.origin) {
                (Some(name), Some(origin)) => by_variable.entry(name).or_default().push(origin),
                _ => report(problem, self.why, project, cx),
            }
        }
        for (name, places) in by_variable {
            let Some((first, others)) = places.split_first() else { continue };
            let message = match others.len() {
                0 => format!("which file this is depends on `{name}`, which has no value"),
                1 => format!("which file this is depends on `{name}`, which has no value; so does 1 other"),
                more => format!("which file this is depends on `{name}`, which has no value; so do {more} others"),
            };
            let severity = if cx.mode == Mode::Audit { Severity::Warning } else { Severity::Info };
            let mut report = cx.report(first, message).severity(severity);
            for other in others.iter().take(SHOWN) {
                report = report.related(other.at, "and this one");
            }
            report
                .why("what is written in such a file could not be checked, and other findings may only be there because it is missing")
                .help(format!("set `{name}` in `.env`, or give it a default: `${{{name}:-…}}`"));
        }
    }
}

/// True if it says that something is missing in a project of which a part could not be read: what is missing may be there, and the part
/// is a finding of its own.
fn is_consequence(problem: &Problem, project: &Project) -> bool {
    use ProblemKind::{
        DuplicateMountTarget, ExtendsError, IncludeError, InvalidMount, InvalidPort, InvalidSchema, InvalidValue, InvalidYaml,
        LimitExceeded, MissingImage, RemoteNotFetched, UndefinedConfig, UndefinedModel, UndefinedNetwork, UndefinedSecret,
        UndefinedService, UndefinedVolume, UnknownKey, UnreadableFile,
    };
    let unread = |kind| matches!(kind, IncludeError | InvalidYaml | LimitExceeded | RemoteNotFetched | UnreadableFile);
    let mut kinds = project.problems.iter().map(|p| p.kind);
    match problem.kind {
        MissingImage => kinds.any(|k| unread(k) || k == ExtendsError),
        UndefinedConfig | UndefinedModel | UndefinedNetwork | UndefinedSecret | UndefinedService | UndefinedVolume => kinds.any(unread),
        // A value that is no such thing at all: what else is wrong with it follows from that.
        DuplicateMountTarget | InvalidMount | InvalidPort | InvalidSchema | InvalidValue => {
            let start = |p: &Problem| p.origin.as_ref().map(|o| (o.at.file, o.at.start));
            let same = |p: &&Problem| matches!(p.kind, InvalidSchema | UnknownKey) && p.refused && start(p) == start(problem);
            start(problem).is_some() && project.problems.iter().find(same).is_some_and(|first| !std::ptr::eq(first, problem))
        }
        _ => false,
    }
}

/// A variable without a value that took part in what the problem is about.
fn unset(problem: &Problem) -> Option<&str> {
    problem.origin.as_ref()?.variables().find(|(_, d)| **d == Definition::Unset).map(|(name, _)| name)
}

/// One problem as a finding. What Compose accepts is a warning at most.
pub(crate) fn report(problem: &Problem, why: &str, project: &Project, cx: &mut Cx) {
    report_mended(problem, why, project, Additions::default(), cx);
}

fn report_mended(problem: &Problem, why: &str, project: &Project, additions: Additions, cx: &mut Cx) {
    let fix = additions.fix.and_then(|mend| mend(problem, project, cx));
    let help = additions.advice.and_then(|advice| advice(problem, cx)).or_else(|| problem.help.clone());
    let severity = cx.severity();
    let mut report = match &problem.origin {
        Some(origin) => cx.report(origin, problem.message.as_str()),
        None => cx.report_path(&project.directory, problem.message.as_str()),
    };
    if !problem.refused && severity == Severity::Error {
        report = report.severity(Severity::Warning);
    }
    for (at, text) in &problem.related {
        report = report.related(*at, text.as_str());
    }
    report = report.why(why);
    if let Some(help) = help {
        report = report.help(help);
    }
    if let Some(Fix { title, applicability, edits }) = fix {
        report.fix(title, applicability, edits);
    }
}
