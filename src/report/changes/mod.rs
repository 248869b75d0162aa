//! What really changes between two versions of projects, as it is shown. Every text has passed the redactors of both sides: a format cannot
//! show a secret by mistake, because it is never given one.

pub mod github;
pub mod human;
pub mod json;
pub mod markdown;

use std::path::{Path, PathBuf};

use super::summary::count;
use super::{Location, Redactor, display_path, in_root, plain};
use crate::diff::{Change, Class, Diff, Fate, Prediction, Shown};
use crate::source::{Sources, Span};

/// Characters of a value that are shown.
const VALUE: usize = 160;

/// How changes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Format {
    Human,
    Json,
    Markdown,
    Github,
}

/// One of the two versions.
pub struct Side<'a> {
    /// Its texts.
    pub sources: &'a Sources,
    /// What of it may not be shown.
    pub redactor: &'a Redactor,
    /// The git revision that it is, as the user calls it; `None`: what is on the disk.
    pub revision: Option<&'a str>,
}

/// What a project is known by.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Its directory.
    pub directory: PathBuf,
    /// What tells it from others in its directory: its files, or the environment that it is; mostly empty.
    pub variant: String,
}

/// A project that was compared, or could not be.
pub struct Compared {
    /// What it is in the earlier version; `None`: it is new.
    pub old: Option<Known>,
    /// What it is in the later version; `None`: it is gone.
    pub new: Option<Known>,
    /// What came of it.
    pub result: Result<Diff, Vec<Refused>>,
}

/// Why a project could not be compared.
pub struct Refused {
    /// True if it is the earlier version.
    pub old: bool,
    /// Why Compose refuses it.
    pub message: String,
    /// Where.
    pub place: Option<Span>,
}

/// What there is to show.
pub struct Run<'a> {
    /// The earlier version.
    pub old: &'a Side<'a>,
    /// The later version.
    pub new: &'a Side<'a>,
    /// The current directory, absolute: paths below it are shown relative to it.
    pub directory: &'a Path,
    /// The root of the repository, or the current directory: what the paths of CI platforms are relative to.
    pub root: &'a Path,
    /// The projects.
    pub projects: &'a [Compared],
    /// True for a path whose differences are accepted.
    pub accepted: &'a dyn Fn(&str) -> bool,
    /// True if what is only written otherwise is shown too.
    pub all: bool,
}

/// All of it as it may be shown.
pub struct Report {
    /// The projects.
    pub projects: Vec<Project>,
}

/// A project as it may be shown.
pub struct Project {
    /// Its name; that of the later version if there are two.
    pub name: String,
    /// Its directory, by the same rule.
    pub directory: String,
    /// What tells it from others in its directory; mostly empty.
    pub variant: String,
    /// What became of it.
    pub state: State,
    /// Its changes, the worst first.
    pub changes: Vec<ShownChange>,
    /// What becomes of its services.
    pub services: Vec<Prediction>,
    /// Why it could not be compared.
    pub refused: Vec<ShownRefusal>,
}

/// What became of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum State {
    Same,
    Changed,
    Gone,
    New,
    Refused,
}

impl State {
    /// `same`, `changed`, `gone`, `new`, `refused`.
    pub fn name(self) -> &'static str {
        match self {
            State::Same => "same",
            State::Changed => "changed",
            State::Gone => "gone",
            State::New => "new",
            State::Refused => "refused",
        }
    }
}

/// A change as it may be shown.
pub struct ShownChange {
    /// What it puts at risk.
    pub class: Class,
    /// Where in the project.
    pub path: String,
    /// What was there.
    pub before: Option<ShownValue>,
    /// What is there now.
    pub after: Option<ShownValue>,
    /// What comes of it.
    pub consequence: String,
    /// True if the user accepts it.
    pub accepted: bool,
    /// Where in the later version it would stand.
    pub near: Option<ShownPlace>,
}

/// A value as it may be shown, on one line.
pub struct ShownValue {
    /// The value.
    pub text: String,
    /// Where it was written.
    pub place: Option<ShownPlace>,
}

/// A place as it may be shown.
pub struct ShownPlace {
    /// The git revision that it is in.
    pub revision: Option<String>,
    /// The path as the user knows it.
    pub path: String,
    /// The path relative to the root of the repository, with `/`; `None` if it lies outside.
    pub in_root: Option<String>,
    /// Where in the file.
    pub at: Location,
}

impl ShownPlace {
    /// `compose.yaml:12:3`; of a revision, the path is that from the root, as git reads it: `HEAD~1:stacks/web/compose.yaml:12:3`.
    pub fn text(&self) -> String {
        let path = match (&self.revision, &self.in_root) {
            (Some(revision), Some(path)) => format!("{revision}:{path}"),
            (Some(revision), None) => format!("{revision}:{}", self.path),
            (None, _) => self.path.clone(),
        };
        format!("{path}:{}:{}", self.at.start.line, self.at.start.column)
    }
}

/// Why a project could not be compared, as it may be shown.
pub struct ShownRefusal {
    /// `old`, `new`.
    pub side: &'static str,
    /// Why.
    pub message: String,
    /// Where.
    pub place: Option<ShownPlace>,
}

/// How many changes there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Counts {
    pub data: usize,
    pub exposure: usize,
    pub behaviour: usize,
    pub cosmetic: usize,
    /// Of all of these; none of them is counted above.
    pub accepted: usize,
}

/// The words of two sides, without the secrets of either.
struct Clean<'a> {
    run: &'a Run<'a>,
}

impl Clean<'_> {
    fn text(&self, text: &str) -> String {
        let once = self.run.old.redactor.text(text);
        plain(&self.run.new.redactor.text(&once)).into_owned()
    }

    fn path(&self, path: &str) -> String {
        let once = self.run.old.redactor.path(path);
        plain(&self.run.new.redactor.path(&once)).into_owned()
    }

    fn place(&self, side: &Side, span: Option<Span>) -> Option<ShownPlace> {
        let span = span?;
        let source = side.sources.get(span.file);
        if source.path.as_os_str().is_empty() {
            return None;
        }
        Some(ShownPlace {
            revision: side.revision.map(|r| self.text(r)),
            path: self.path(&display_path(&source.path, self.run.directory)),
            in_root: in_root(&source.path, self.run.root).map(|p| self.path(&p)),
            at: Location { span, start: source.position(span.start), end: source.position(span.end.max(span.start)) },
        })
    }

    fn change(&self, change: &Change) -> ShownChange {
        let text = |shown: &Option<Shown>| shown.as_ref().map(|s| self.text(&s.text));
        let (before, after) = excerpts(text(&change.before), text(&change.after));
        let value = |text: Option<String>, shown: &Option<Shown>, side: &Side| {
            text.map(|text| ShownValue { text, place: self.place(side, shown.as_ref().and_then(|s| s.place)) })
        };
        let path = self.text(&change.path);
        ShownChange {
            class: change.class,
            before: value(before, &change.before, self.run.old),
            after: value(after, &change.after, self.run.new),
            consequence: self.text(&change.consequence),
            accepted: (self.run.accepted)(&change.path),
            near: self.place(self.run.new, change.near),
            path,
        }
    }

    fn project(&self, compared: &Compared) -> Project {
        let Known { name, directory, variant } = compared.new.as_ref().or(compared.old.as_ref()).cloned().unwrap_or_default();
        let mut project = Project {
            name: self.text(&name),
            directory: self.path(&display_path(&directory, self.run.directory)),
            variant: self.text(&variant),
            state: State::Same,
            changes: Vec::new(),
            services: Vec::new(),
            refused: Vec::new(),
        };
        match &compared.result {
            Err(refused) => {
                project.state = State::Refused;
                let shown = |r: &Refused| ShownRefusal {
                    side: if r.old { "old" } else { "new" },
                    message: self.text(&r.message),
                    place: self.place(if r.old { self.run.old } else { self.run.new }, r.place),
                };
                project.refused = refused.iter().map(shown).collect();
            }
            Ok(diff) => {
                project.state = match (&compared.old, &compared.new) {
                    (None, _) => State::New,
                    (_, None) => State::Gone,
                    // What moved to another project is told there.
                    _ if diff.is_equal() && !diff.services.iter().any(|p| matches!(p.fate, Fate::Started | Fate::Orphaned)) => State::Same,
                    _ => State::Changed,
                };
                let shown = diff.changes.iter().filter(|c| self.run.all || c.class != Class::Cosmetic);
                project.changes = shown.map(|c| self.change(c)).collect();
                let fate = |p: &Prediction| Prediction { service: self.text(&p.service), fate: p.fate, why: self.text(&p.why) };
                project.services = diff.services.iter().map(fate).collect();
            }
        }
        project
    }
}

impl Project {
    /// `shop`, `shop, environment production`.
    pub fn title(&self) -> String {
        let name = if self.name.is_empty() { "(no name)" } else { &self.name };
        if self.variant.is_empty() { name.to_owned() } else { format!("{name}, {}", self.variant) }
    }
}

impl Report {
    /// Makes what was found fit to be shown.
    pub fn new(run: &Run) -> Self {
        let clean = Clean { run };
        Self { projects: run.projects.iter().map(|p| clean.project(p)).collect() }
    }

    /// Every change.
    pub fn changes(&self) -> impl Iterator<Item = &ShownChange> {
        self.projects.iter().flat_map(|p| &p.changes)
    }

    /// How many there are.
    pub fn counts(&self) -> Counts {
        let of = |class: Class| self.changes().filter(|c| !c.accepted && c.class == class).count();
        Counts {
            data: of(Class::Data),
            exposure: of(Class::Exposure),
            behaviour: of(Class::Behaviour),
            cosmetic: of(Class::Cosmetic),
            accepted: self.changes().filter(|c| c.accepted).count(),
        }
    }

    /// The worst class among what is not accepted.
    pub fn worst(&self) -> Option<Class> {
        self.changes().filter(|c| !c.accepted && c.class != Class::Cosmetic).map(|c| c.class).min()
    }

    /// How many projects could not be compared.
    pub fn refused(&self) -> usize {
        self.projects.iter().filter(|p| p.state == State::Refused).count()
    }

    /// In this format; ends with a line break unless it is empty.
    pub fn render(&self, format: Format, colour: bool) -> String {
        match format {
            Format::Human => human::render(self, colour),
            Format::Json => json::render(self),
            Format::Markdown => markdown::render(self),
            Format::Github => github::render(self),
        }
    }

    /// `6 changes in 2 of 3 projects: 1 data, 2 exposure, 3 behaviour; 1 accepted`.
    pub fn summary(&self) -> String {
        let counts = self.counts();
        let all = counts.data + counts.exposure + counts.behaviour + counts.cosmetic + counts.accepted;
        let compared = self.projects.len() - self.refused();
        let refused = match self.refused() {
            0 => String::new(),
            n => format!("; {} could not be compared", count(n, "project")),
        };
        if compared == 0 && self.refused() > 0 {
            return format!("{} could not be compared", count(self.refused(), "project"));
        }
        if all == 0 {
            return format!("no difference in {}{refused}", count(compared, "project"));
        }
        let kinds = [(counts.data, "data"), (counts.exposure, "exposure"), (counts.behaviour, "behaviour"), (counts.cosmetic, "cosmetic")];
        let kinds: Vec<String> = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        let accepted = if counts.accepted > 0 { vec![format!("{} accepted", counts.accepted)] } else { Vec::new() };
        let kinds = [kinds, accepted].concat().join(", ");
        let changed = self.projects.iter().filter(|p| !p.changes.is_empty()).count();
        let projects =
            if changed == compared { count(compared, "project") } else { format!("{changed} of {}", count(compared, "project")) };
        format!("{} in {projects}: {kinds}{refused}", count(all, "change"))
    }
}

/// What of two long values is shown: from shortly before they part on.
fn excerpts(before: Option<String>, after: Option<String>) -> (Option<String>, Option<String>) {
    let same = match (&before, &after) {
        (Some(a), Some(b)) if a != b => a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count(),
        _ => 0,
    };
    let from = if same > VALUE / 2 { same - VALUE / 4 } else { 0 };
    let cut = |text: String| -> String {
        let length = text.chars().count();
        if length <= VALUE && from == 0 {
            return text;
        }
        let start = if from > 0 { "…" } else { "" };
        let end = if length > from + VALUE { "…" } else { "" };
        format!("{start}{}{end}", text.chars().skip(from).take(VALUE).collect::<String>())
    };
    (before.map(cut), after.map(cut))
}

/// The services of each fate: the fate, and those that have it, with why.
fn fates(project: &Project) -> Vec<(Fate, Vec<&Prediction>)> {
    let all = [Fate::Recreated, Fate::Started, Fate::Orphaned, Fate::Unchanged];
    let of = |fate| project.services.iter().filter(|p| p.fate == fate).collect::<Vec<_>>();
    all.into_iter().map(|fate| (fate, of(fate))).filter(|(_, services)| !services.is_empty()).collect()
}
