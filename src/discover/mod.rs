//! Which projects are under a directory, what belongs to each, and what was passed over and why. Judged by names and syntax alone:
//! nothing is resolved here, and no file is opened but those that could be Compose files, what they include, and `.env`.
//!
//! The walk is our own and not that of the `ignore` crate: stacks that git ignores are stacks all the same, everything goes through
//! [`Fs`], and each directory that is left out needs a reason to show. A directory that a service may write to (`./data:/data`) holds
//! data and is not entered; nor are links followed twice.
//!
//! The result depends on the tree alone, never on threads or on the order of the disk.

mod content;
pub(crate) mod files;
mod names;
mod select;
mod walk;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::compose::{Loader, Request};
use crate::fs::Fs;
use crate::source::Span;

pub(crate) use files::{FILE, files};
pub use names::CONFIG_FILE;

/// Everything under the roots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// The projects, sorted by directory; in it first what Compose finds by itself, then by files.
    pub entries: Vec<Entry>,
    /// Files that only take part through `include` or `extends`, sorted by path.
    pub fragments: Vec<Fragment>,
    /// What was passed over, sorted by path.
    pub skipped: Vec<Skipped>,
}

impl Discovery {
    /// What services write: nothing below it is read.
    pub fn data(&self) -> impl Iterator<Item = &Path> {
        self.skipped.iter().filter(|s| matches!(s.reason, Reason::Data { .. })).map(|s| s.path.as_path())
    }
}

/// One project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The directory in which `docker compose` is run; the project directory too, unless `COMPOSE_FILE` names files elsewhere.
    pub directory: PathBuf,
    /// Its files, in the order of `-f`.
    pub files: Vec<PathBuf>,
    /// Why these files make a project.
    pub kind: Kind,
    /// How its first file is reached.
    pub reached: Reached,
    /// Links that lead to the same directory. Started through one of them, a project without `name:` has the link's name.
    pub aliases: Vec<PathBuf>,
}

/// Why some files make a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The default file, with its override if there is one.
    Default,
    /// This line of the directory's `.env` sets `COMPOSE_FILE`.
    ComposeFile(Span),
    /// Goes on top of the default file of its directory.
    Variant {
        /// The default file.
        of: PathBuf,
    },
    /// Stands alone, under a name that has to be given with `-f`.
    Single,
    /// The configuration says so.
    Stated(Box<Stated>),
}

/// A project as the user states it: `docker compose -f … --env-file … --profile … -p …` in `directory`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The entry of the configuration.
    pub at: Span,
    /// Where Compose is run: absolute.
    pub directory: PathBuf,
    /// The files, absolute, each with its place; empty: those that Compose finds.
    pub files: Vec<(PathBuf, Span)>,
    /// The active profiles; empty: all of them.
    pub profiles: Vec<String>,
    /// The files with variables, absolute, each with its place; empty: `.env`.
    pub env_files: Vec<(PathBuf, Span)>,
    /// The project's name, if it is given with `-p`.
    pub name: Option<String>,
    /// Which of its environments this is.
    pub environment: Option<String>,
}

/// How a file is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It lies where it was found.
    Real,
    /// The file is a link. The project directory is that of the link: relative paths start there.
    FileLink {
        /// The file behind it, all links followed.
        to: PathBuf,
    },
    /// A directory above it is a link.
    DirectoryLink {
        /// The link.
        at: PathBuf,
        /// The directory behind it, all links followed.
        to: PathBuf,
    },
}

/// A file that another one reaches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fragment {
    /// The file.
    pub path: PathBuf,
    /// The file that names it.
    pub by: PathBuf,
}

/// Something that was passed over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The file or directory.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

/// Why something was passed over. Its text completes "passed over: …".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A Compose file by its name, something else by its content.
    NotCompose(NotCompose),
    /// A copy that was put aside: no tool loads it.
    RetiredCopy,
    /// An example beside the file that is in use, or one that has to be renamed first.
    Example,
    /// Compose prefers another file in the same directory.
    Shadowed {
        /// That file.
        by: PathBuf,
    },
    /// Services without an image, and nothing to put them on.
    NoBase,
    /// The override of a default file that is only ever included: it is not loaded then.
    OverrideOfFragment,
    /// What a service writes.
    Data {
        /// The service.
        service: String,
    },
    /// A directory of no interest.
    Directory(&'static str),
    /// A link that leads nowhere.
    DanglingLink {
        /// Where it points, as written.
        to: PathBuf,
    },
    /// A link to a directory above itself.
    Loop {
        /// That directory.
        to: PathBuf,
    },
    /// A link to a directory that was found another way.
    Seen {
        /// The other way.
        at: PathBuf,
    },
    /// It cannot be read: why, as a sentence without a full stop.
    Unreadable(String),
    /// A link elsewhere leads to it, and that is what is started.
    LinkedFrom {
        /// The link.
        at: PathBuf,
    },
    /// More than we are willing to walk.
    TooDeep,
    /// The configuration says so.
    Excluded {
        /// The pattern, as it is written there.
        pattern: String,
    },
    /// A configuration of its own, which does not count: a run has one.
    OtherConfig,
    /// The configuration states which files make the project, and this is none of them.
    NotStated,
}

/// What a file is that is not a Compose file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum NotCompose {
    Template,
    NoContent,
    AnsiblePlaybook,
    KubernetesManifest,
    Workflow,
    List,
    Text,
    NoServices,
    NotYaml,
}

impl fmt::Display for NotCompose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotCompose::Template => "a template",
            NotCompose::NoContent => "nothing but comments",
            NotCompose::AnsiblePlaybook => "an Ansible playbook",
            NotCompose::KubernetesManifest => "a Kubernetes manifest",
            NotCompose::Workflow => "a CI workflow",
            NotCompose::List => "a list, not a Compose file",
            NotCompose::Text => "text, not a Compose file",
            NotCompose::NoServices => "no Compose file: it has no `services`",
            NotCompose::NotYaml => "not YAML, and not like a Compose file",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotCompose(what) => write!(f, "{what}"),
            Reason::RetiredCopy => f.write_str("a retired copy"),
            Reason::Example => f.write_str("an example"),
            Reason::Shadowed { by } => write!(f, "Compose loads `{}` instead", by.file_name().unwrap_or(by.as_os_str()).display()),
            Reason::NoBase => f.write_str("an overlay without a base, or a fragment that nothing includes"),
            Reason::OverrideOfFragment => f.write_str("not loaded, because the file that it overrides is only included"),
            Reason::Data { service } => write!(f, "data of service `{service}`"),
            Reason::Directory(what) => f.write_str(what),
            Reason::DanglingLink { to } => write!(f, "a link to `{}`, which leads nowhere", to.display()),
            Reason::Loop { to } => write!(f, "a link back to `{}`", to.display()),
            Reason::Seen { at } => write!(f, "a link to `{}`", at.display()),
            Reason::LinkedFrom { at } => write!(f, "kept here, started through the link `{}`", at.display()),
            Reason::Unreadable(error) => f.write_str(error),
            Reason::TooDeep => f.write_str("too many directories"),
            Reason::Excluded { pattern } => write!(f, "excluded by `{pattern}` in the configuration"),
            Reason::NotStated => f.write_str("none of the files that the configuration states for this project"),
            Reason::OtherConfig => f.write_str("a run has one configuration, that of the directory it is asked for"),
        }
    }
}

impl Entry {
    /// What to load. Where Compose would find the files itself, it is left to find them, so that it says what it has to say about that.
    pub fn request(&self) -> Request {
        let mut request = Request::new(&self.directory);
        match &self.kind {
            Kind::Default | Kind::ComposeFile(_) => {}
            Kind::Variant { .. } | Kind::Single => request.files.clone_from(&self.files),
            Kind::Stated(stated) => {
                request.files = stated.files.iter().map(|(file, _)| file.clone()).collect();
                request.project_name.clone_from(&stated.name);
                request.env_files = (!stated.env_files.is_empty()).then(|| stated.env_files.iter().map(|(file, _)| file.clone()).collect());
            }
        }
        request
    }
}

/// The project name that a directory gives (spec/resolve.md 3); empty if none of it is usable.
pub fn directory_name(directory: &Path) -> String {
    let name = directory.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let kept: String = name.chars().filter(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-')).collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

/// What the user says about the projects, beside where they are.
#[derive(Clone, Copy)]
pub struct Wishes<'a> {
    /// The pattern that excludes a path (a directory, if the flag is set), if one does.
    pub excluded: &'a (dyn Fn(&Path, bool) -> Option<String> + Sync),
    /// The configuration that these wishes come from.
    pub config: Option<&'a Path>,
    /// The projects that the user states. Those whose files are under the roots take the place of what else would be made of these files; all
    /// of them do if the configuration itself lies under a root.
    pub projects: &'a [Stated],
}

impl Wishes<'_> {
    /// None.
    pub const NONE: Wishes<'static> = Wishes { excluded: &|_, _| None, config: None, projects: &[] };
}

/// Finds the projects under `roots`: directories, or files that are to be judged whatever their names. Roots are absolute; a root that
/// cannot be read is [`Reason::Unreadable`] like anything else. Uses the threads of the rayon pool that it is called in.
pub fn discover(loader: &Loader, roots: &[PathBuf]) -> Discovery {
    discover_as(loader, roots, &Wishes::NONE)
}

/// [`discover`], as the user wishes.
pub fn discover_as(loader: &Loader, roots: &[PathBuf], wishes: &Wishes) -> Discovery {
    let looks = walk::Looks::new(loader);
    let walked = walk::walk(&looks, roots, wishes);
    select::select(&looks, walked, &select::stated(&looks, roots, wishes))
}

/// The files that Compose finds in a directory by itself: the default file and its override.
pub fn default_files(disk: &dyn Fs, directory: &Path) -> Vec<PathBuf> {
    let first = |names: &[&str]| names.iter().map(|n| directory.join(n)).find(|p| disk.is_file(p));
    let Some(default) = first(&names::DEFAULT) else { return Vec::new() };
    std::iter::once(default).chain(first(&names::OVERRIDE)).collect()
}

/// True if a directory with these names in it is worth a look: not the inside of a repository, other people's packages, or a cache.
fn is_entered(directory: &Path, has: impl FnMut(&str) -> bool) -> bool {
    names::directory(directory).is_none() && names::directory_holding(directory, has).is_none()
}

/// True for the name of a file that Compose finds by itself.
pub(crate) fn is_default_name(path: &Path) -> bool {
    path.file_name().and_then(|n| n.to_str()).is_some_and(|n| names::DEFAULT.contains(&n))
}

/// The file behind a link, or the path itself where that cannot be told.
fn behind(disk: &dyn Fs, path: &Path) -> PathBuf {
    disk.canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests;
