//! What people and machines see. Every format renders the same [`Report`], and every text in a [`Report`] has passed the
//! [`Redactor`]: a format cannot show a secret by mistake, because it is never given one. Knows no rule; judges nothing.

pub mod changes;
pub mod checkstyle;
pub mod concise;
pub mod document;
pub mod explain;
pub mod fleet;
pub mod format;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod html;
pub mod human;
pub mod inventory;
pub mod json;
pub mod junit;
mod key_path;
pub mod markdown;
pub mod origins;
pub mod page;
pub mod patch;
pub mod redact;
pub mod rules;
pub mod sarif;
pub mod summary;
pub mod why;
mod xml;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::finding::{Applicability, Finding, Fix, Label, Place, Severity};
use crate::lint::fingerprint::Fingerprint;
use crate::source::{Edit, FileId, Position, Sources, Span};
use crate::yaml::Tree;
pub use format::Format;
pub use redact::Redactor;

/// The syntax of a source, where it is known already.
pub type Trees<'a> = &'a (dyn Fn(FileId) -> Option<Arc<Tree>> + Sync);

/// The name of the host of a path, if it has one.
pub type HostOf<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// What a run found, still as the pipeline has it.
pub struct Run<'a> {
    /// The texts.
    pub sources: &'a Sources,
    /// What may not be shown.
    pub redactor: &'a Redactor,
    /// The current directory, absolute: paths below it are shown relative to it.
    pub directory: &'a Path,
    /// The root of the repository, or the current directory: what the paths of CI platforms are relative to.
    pub root: &'a Path,
    /// The findings, in the order of the pipeline.
    pub findings: &'a [Finding],
    /// The fingerprints of the findings, in the same order; none if no format shows them.
    pub fingerprints: &'a [Fingerprint],
    /// Paths that were left out, and why.
    pub skipped: &'a [(PathBuf, String)],
    /// How many projects were looked at.
    pub projects: usize,
    /// The files that were read, sorted.
    pub files: &'a [PathBuf],
    /// How many findings comments silenced.
    pub ignored: usize,
    /// What a baseline left out, if there is one.
    pub baseline: Option<Baselined>,
    /// What is this bad or worse fails the run; `None`: nothing does.
    pub fail_on: Option<Severity>,
    /// What is parsed already.
    pub trees: Option<Trees<'a>>,
    /// The name of the host of a path, where hosts have names.
    pub host_of: Option<HostOf<'a>>,
}

/// What a baseline did to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baselined {
    /// Findings that it knows: they are not shown.
    pub known: usize,
    /// Entries of it that match nothing any more.
    pub stale: usize,
}

impl<'a> Run<'a> {
    /// Findings alone, of one project, which fail nothing; the rest is for the caller to set.
    pub fn new(sources: &'a Sources, redactor: &'a Redactor, directory: &'a Path, findings: &'a [Finding]) -> Self {
        Self {
            sources,
            redactor,
            directory,
            root: directory,
            findings,
            fingerprints: &[],
            skipped: &[],
            projects: 1,
            files: &[],
            ignored: 0,
            baseline: None,
            fail_on: None,
            trees: None,
            host_of: None,
        }
    }
}

/// What a run found, ready to be shown: redacted, paths as the user knows them.
pub struct Report<'a> {
    sources: &'a Sources,
    redactor: &'a Redactor,
    trees: Option<Trees<'a>>,
    /// The root of the repository, or the current directory.
    pub root: String,
    /// The findings.
    pub findings: Vec<Shown>,
    /// Paths that were left out, and why.
    pub skipped: Vec<(ShownLabel, String)>,
    /// How many projects were looked at.
    pub projects: usize,
    /// The files that were read, sorted.
    pub files: Vec<ShownLabel>,
    /// How many findings comments silenced.
    pub ignored: usize,
    /// What a baseline left out, if there is one.
    pub baseline: Option<Baselined>,
    /// What is this bad or worse fails the run; `None`: nothing does.
    pub fail_on: Option<Severity>,
}

/// One finding as it may be shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The host, where hosts have names.
    pub host: Option<String>,
    /// The rule.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What it is.
    pub message: String,
    /// Why it matters.
    pub why: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// The project directory.
    pub project: Option<String>,
    /// The place.
    pub primary: ShownLabel,
    /// The other places.
    pub related: Vec<ShownLabel>,
    /// How to mend it.
    pub fix: Option<ShownFix>,
    /// Which finding it is, in every run; `None` if nobody asked.
    pub fingerprint: Option<String>,
}

/// A fix as it may be shown.
#[derive(Clone, Debug)]
pub struct ShownFix {
    /// What it does.
    pub title: String,
    /// How far it may be trusted.
    pub applicability: Applicability,
    /// The changes.
    pub edits: Vec<ShownEdit>,
}

/// A change of a text as it may be shown.
#[derive(Clone, Debug)]
pub struct ShownEdit {
    /// What is replaced.
    pub place: ShownLabel,
    /// What comes in its place; with stars where there is a secret.
    pub text: String,
    /// True if there are such stars: then nobody can apply it.
    pub hidden: bool,
}

/// A place as it may be shown.
#[derive(Clone, Debug)]
pub struct ShownLabel {
    /// The path as the user knows it.
    pub path: String,
    /// The path relative to the root of the repository, with `/`; `None` if it lies outside.
    pub in_root: Option<String>,
    /// Where in the file; `None` for a path without a text.
    pub at: Option<Location>,
    /// What is to be said about it; may be empty.
    pub text: String,
}

impl ShownLabel {
    /// The path for a platform that knows only the repository: relative to its root; absolute if it lies outside.
    pub fn platform_path(&self) -> &str {
        self.in_root.as_deref().unwrap_or(&self.path)
    }
}

/// Where in a file.
#[derive(Clone, Copy, Debug)]
pub struct Location {
    /// The range.
    pub span: Span,
    /// Its first character.
    pub start: Position,
    /// The character behind its last one.
    pub end: Position,
}

impl<'a> Report<'a> {
    /// Makes a run fit to be shown.
    pub fn new(run: &Run<'a>) -> Self {
        let text = |s: &str| run.redactor.text(s).into_owned();
        let path = |p: &Path| run.redactor.path(&display_path(p, run.directory)).into_owned();
        let file = |p: &Path, at: Option<Location>, text: String| ShownLabel {
            path: path(p),
            in_root: in_root(p, run.root).map(|p| run.redactor.path(&p).into_owned()),
            at,
            text,
        };
        let span = |span: &Span, text: String| {
            let source = run.sources.get(span.file);
            if source.path.as_os_str().is_empty() {
                return ShownLabel { path: ".".into(), in_root: None, at: None, text };
            }
            let at = Location { span: *span, start: source.position(span.start), end: source.position(span.end.max(span.start)) };
            file(&source.path, Some(at), text)
        };
        let label = |label: &Label| match &label.place {
            Place::Path(p) => file(p, None, text(&label.text)),
            Place::Span(at) => span(at, text(&label.text)),
        };
        let fix = |fix: &Fix| ShownFix {
            title: text(&fix.title),
            applicability: fix.applicability,
            edits: fix.edits.iter().map(|edit| edited(edit, run, span(&edit.span, String::new()))).collect(),
        };
        let mut fingerprints = run.fingerprints.iter();
        let findings = run
            .findings
            .iter()
            .map(|f| {
                let mut related: Vec<ShownLabel> = Vec::new();
                for shown in f.related.iter().map(label) {
                    let known =
                        |l: &ShownLabel| l.path == shown.path && l.text == shown.text && l.at.map(|a| a.span) == shown.at.map(|a| a.span);
                    if !related.iter().any(known) {
                        related.push(shown);
                    }
                }
                let place = match &f.primary.place {
                    Place::Path(path) => path.clone(),
                    Place::Span(at) => run.sources.get(at.file).path.clone(),
                };
                let host_of = |path: &Path| run.host_of.and_then(|host_of| host_of(path));
                Shown {
                    host: f.project.as_deref().and_then(host_of).or_else(|| host_of(&place)).map(|h| text(&h)),
                    rule: f.rule,
                    severity: f.severity,
                    message: text(&f.message),
                    why: f.why.as_deref().map(text),
                    help: f.help.as_deref().map(text),
                    project: f.project.as_deref().map(path),
                    primary: label(&f.primary),
                    related,
                    fix: f.fix.as_ref().map(fix),
                    fingerprint: fingerprints.next().map(|f| f.id.clone()),
                }
            })
            .collect();
        let skipped = run.skipped.iter().map(|(p, reason)| (file(p, None, String::new()), text(reason))).collect();
        Self {
            sources: run.sources,
            redactor: run.redactor,
            trees: run.trees,
            root: run.redactor.path(&run.root.display().to_string()).into_owned(),
            findings,
            skipped,
            projects: run.projects,
            files: run.files.iter().map(|p| file(p, None, String::new())).collect(),
            ignored: run.ignored,
            baseline: run.baseline,
            fail_on: run.fail_on,
        }
    }

    /// How many findings of each severity: errors, warnings, infos.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |s: Severity| self.findings.iter().filter(|f| f.severity == s).count();
        (count(Severity::Error), count(Severity::Warning), count(Severity::Info))
    }
}

/// A path as the user knows it: relative to the current directory where it lies below it.
pub fn display_path(path: &Path, directory: &Path) -> String {
    let relative = match path.strip_prefix(directory) {
        Ok(p) if p.as_os_str().is_empty() => Path::new("."),
        Ok(p) => p,
        Err(_) => path,
    };
    let shown = relative.display().to_string();
    // A line that begins with `::` or `##[` would be a command to a CI runner.
    if shown.starts_with([':', '#']) { format!("./{shown}") } else { shown }
}

/// A path relative to a directory above it, with `/` on every system.
fn in_root(path: &Path, root: &Path) -> Option<String> {
    let below = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = below.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    Some(if parts.is_empty() { ".".into() } else { parts.join("/") })
}

fn edited(edit: &Edit, run: &Run, place: ShownLabel) -> ShownEdit {
    // What replaces a secret may hold it in another form, which nobody would know again.
    let source = run.sources.get(edit.span.file);
    let of_secret = !run.redactor.hidden(edit.span.file, &source, edit.span.start as usize..edit.span.end as usize).is_empty();
    // A fix moves lines of the source about. What would be hidden where it stands is hidden here, too, however short and common it is.
    let lines = edit.text.split('\n').any(|line| !crate::secret::ranges(line).is_empty()) || of_secret && !edit.text.is_empty();
    match run.redactor.text(&edit.text) {
        Cow::Borrowed(text) if !lines => ShownEdit { place, text: text.to_owned(), hidden: false },
        text => ShownEdit { place, text: if lines { "***".to_owned() } else { text.into_owned() }, hidden: true },
    }
}

/// A text on one line, without what a terminal would obey.
pub fn plain(text: &str) -> Cow<'_, str> {
    printable(text, false)
}

/// A text without what a terminal would obey: control characters become their pictures, those that reorder text become `�`.
/// Line breaks stay if `lines` says so.
fn printable(text: &str, lines: bool) -> Cow<'_, str> {
    let harmful = |c: char| {
        (c.is_control() && !(lines && c == '\n'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let picture = |c: char| match c {
        c if !harmful(c) => c,
        '\t' => ' ',
        '\u{7f}' => '␡',
        c if u32::from(c) < 0x20 => char::from_u32(0x2400 + u32::from(c)).unwrap_or('�'),
        _ => '�',
    };
    Cow::Owned(text.chars().map(picture).collect())
}

#[cfg(test)]
pub(crate) mod testing {
    //! Findings made by hand, for the tests of the formats.

    pub(crate) mod documents;

    use super::*;

    /// A source and the span of the `nth` occurrence of a text in it.
    pub(crate) fn span(sources: &Sources, path: &str, needle: &str, nth: usize) -> Span {
        let file = sources.find(Path::new(path)).unwrap();
        let source = sources.get(file);
        let (start, found) = source.text.match_indices(needle).nth(nth).unwrap();
        Span::new(file, u32::try_from(start).unwrap(), u32::try_from(start + found.len()).unwrap())
    }

    pub(crate) fn finding(rule: &'static str, severity: Severity, message: &str, at: impl Into<Place>, text: &str) -> Finding {
        Finding {
            rule,
            severity,
            message: message.into(),
            primary: Label { place: at.into(), text: text.into() },
            related: Vec::new(),
            why: None,
            help: None,
            fix: None,
            project: None,
        }
    }

    /// Two files, one secret, three findings: one across files, one on a path, one beside a secret.
    pub(crate) fn example() -> (Sources, Vec<Finding>) {
        let sources = Sources::new();
        sources.add(
            Path::new("/srv/shop/compose.yaml"),
            "name: shop\ninclude:\n  - infra/db.yaml\nservices:\n  web:\n    image: nginx:1.27.3\n    networks: [frontned]\nnetworks:\n  frontend:\n".into(),
        );
        sources.add(
            Path::new("/srv/shop/infra/db.yaml"),
            "services:\n  db:\n    image: postgres:17.2\n    environment:\n      POSTGRES_PASSWORD: Kx9vQ2mZ\n    privileged: true\n    ports:\n      - \"5432:5432\"\n"
                .into(),
        );
        let project = Some(PathBuf::from("/srv/shop"));
        let network = span(&sources, "/srv/shop/compose.yaml", "frontned", 0);
        let mut findings = vec![finding(
            "undefined-network",
            Severity::Error,
            "service `web` joins network `frontned`, which the project does not declare",
            network,
            "not declared",
        )];
        findings[0]
            .related
            .push(Label { place: span(&sources, "/srv/shop/compose.yaml", "frontend", 0).into(), text: "did you mean this one?".into() });
        findings[0].why = Some("Compose refuses the whole project, not only this service".into());
        findings[0].help = Some("write `frontend`, or declare `frontned` under the top-level `networks`".into());
        findings[0].project.clone_from(&project);
        let port = span(&sources, "/srv/shop/infra/db.yaml", "\"5432:5432\"", 0);
        let mut f = finding(
            "port-on-all-interfaces",
            Severity::Warning,
            "port 5432 of `db` is open to every machine that reaches this host",
            port,
            "listens on all addresses",
        );
        f.related.push(Label { place: span(&sources, "/srv/shop/compose.yaml", "infra/db.yaml", 0).into(), text: "included here".into() });
        f.help = Some("bind it to this host: `\"127.0.0.1:5432:5432\"`".into());
        f.fix = Some(Fix {
            title: "bind it to 127.0.0.1".into(),
            applicability: Applicability::Unsafe,
            edits: vec![Edit { span: port, text: "\"127.0.0.1:5432:5432\"".into() }],
        });
        f.project.clone_from(&project);
        findings.push(f);
        let beside = span(&sources, "/srv/shop/infra/db.yaml", "privileged", 0);
        let mut f = finding("privileged", Severity::Info, "`db` runs with every right on the host (Kx9vQ2mZ)", beside, "");
        f.related.push(Label { place: span(&sources, "/srv/shop/infra/db.yaml", "environment", 0).into(), text: "beside this".into() });
        f.fix = Some(Fix {
            title: "say Kx9vQ2mZ".into(),
            applicability: Applicability::Safe,
            edits: vec![Edit { span: beside, text: "x: Kx9vQ2mZ".into() }],
        });
        findings.push(f);
        findings.push(finding(
            "broken-link",
            Severity::Warning,
            "this link leads nowhere",
            Place::Path("/srv/old/compose.yaml".into()),
            "",
        ));
        (sources, findings)
    }

    /// Renders the example with one format.
    pub(crate) fn with_example(render: impl FnOnce(&Report) -> String) -> String {
        let (sources, findings) = example();
        let redactor = Redactor::new(&sources, &[]);
        let skipped = [(PathBuf::from("/srv/shop/old.yaml"), "not a Compose file".to_owned())];
        let files = ["/srv/shop/compose.yaml", "/srv/shop/infra/db.yaml"].map(PathBuf::from);
        let fingerprints: Vec<Fingerprint> =
            (1..=findings.len()).map(|n| Fingerprint { id: format!("{n:032x}"), path: String::new(), key_path: String::new() }).collect();
        let run = Run {
            skipped: &skipped,
            files: &files,
            fingerprints: &fingerprints,
            fail_on: Some(Severity::Warning),
            ..Run::new(&sources, &redactor, Path::new("/srv/shop"), &findings)
        };
        render(&Report::new(&run))
    }

    /// Renders what is said of one clean file.
    pub(crate) fn with_nothing(render: impl FnOnce(&Report) -> String) -> String {
        let sources = Sources::new();
        let redactor = Redactor::new(&sources, &[]);
        let files = [PathBuf::from("/srv/shop/compose.yaml")];
        render(&Report::new(&Run { files: &files, ..Run::new(&sources, &redactor, Path::new("/srv/shop"), &[]) }))
    }

    #[test]
    fn paths_are_shown_as_the_user_knows_them() {
        let show = |p: &str| display_path(Path::new(p), Path::new("/srv/shop"));
        assert_eq!(show("/srv/shop/compose.yaml"), "compose.yaml");
        assert_eq!(show("/srv/shop"), ".");
        assert_eq!(show("/srv/shopping/compose.yaml"), "/srv/shopping/compose.yaml");
        assert_eq!(show("/srv/shop/::error::x"), "./::error::x");
    }

    #[test]
    fn an_edit_never_moves_a_secret_into_the_open() {
        let shown = |text: &str| {
            let edit = Edit { span: Span::file_start(FileId::NONE), text: text.into() };
            let place = ShownLabel { path: "c.yaml".into(), in_root: None, at: None, text: String::new() };
            let sources = Sources::new();
            let redactor = Redactor::new(&sources, &[]);
            let shown = edited(&edit, &Run::new(&sources, &redactor, Path::new("/"), &[]), place);
            (shown.hidden, shown.text)
        };
        assert_eq!(shown("image: a\nDB_PASSWORD: abc"), (true, "***".to_owned()));
        assert_eq!(shown("- DB_PASSWORD=abc\n"), (true, "***".to_owned()));
        assert_eq!(shown("DB_PASSWORD: ${DB_PASSWORD:?}\nimage: a"), (false, "DB_PASSWORD: ${DB_PASSWORD:?}\nimage: a".to_owned()));
    }

    #[test]
    fn a_terminal_obeys_nothing() {
        assert_eq!(printable("a\u{1b}[31mb\r\nc\u{9b}d\u{202e}e\tf", false), "a␛[31mb␍␊c�d�e f");
        assert_eq!(printable("a\nb", true), "a\nb");
    }
}
