//! Documents, justfiles and scripts that speak of stacks: what they name, and where. Reads text and judges nothing: whether a name is right is
//! for the rules to say.

mod find;
mod speak;

use std::io;
use std::path::{Path, PathBuf};

use crate::discover;
use crate::fs::Fs;
use crate::source::{FileId, Sources, Span};

pub use find::{matching, near};

/// One document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its text.
    pub file: FileId,
    /// Its path: absolute.
    pub path: PathBuf,
    /// The host it belongs to.
    pub host: Option<String>,
    /// What it names, in the order of the text.
    pub mentions: Vec<Mention>,
}

/// Something that a document names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Where: the name, without what stands around it.
    pub at: Span,
    /// What.
    pub what: What,
}

/// What is named, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A volume. `created`: the command makes one of that name where there is none.
    #[allow(missing_docs)]
    Volume { name: String, created: bool },
    /// A container.
    Container(String),
    /// A network.
    Network(String),
    /// A project, by `-p`. `started`: the command makes one of that name where there is none.
    #[allow(missing_docs)]
    Project { name: String, started: bool },
    /// A service of the project that a command of Compose is about.
    #[allow(missing_docs)]
    Service { name: String, of: Of },
    /// A port of this machine that something asks.
    Port(u16),
    /// A path, as it is written.
    #[allow(missing_docs)]
    Path { path: String, used: Used },
    /// The document itself makes it: it may speak of it from then on.
    #[allow(missing_docs)]
    Made { thing: Thing, name: String },
}

/// A kind of thing that a document can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Thing {
    Volume,
    Container,
    Network,
    Project,
    Port,
    Path,
}

/// Which project a command of Compose is about, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Of {
    /// `-f`.
    pub files: Vec<String>,
    /// `--project-directory`, or where `cd` went before.
    pub directory: Option<String>,
    /// `-p`.
    pub project: Option<String>,
    /// True if a `cd` went where nobody can tell from the text.
    pub lost: bool,
}

/// What is done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// `-f` or `--project-directory` of Compose, or `cd`: the command fails if it is not there. The directory is where `cd` went before.
    Entered,
    /// It is read, or spoken of.
    Named,
}

/// Which kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Prose with code in it.
    Markdown,
    /// A script of a shell.
    Script,
    /// A justfile or a Makefile: every line of a recipe is a command of its own.
    Recipes,
}

impl Form {
    /// By the name of the file, and how its text begins.
    fn of(path: &Path, text: &str) -> Self {
        let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match () {
            () if is_recipes(&name) => Form::Recipes,
            () if matches!(ending, "sh" | "bash" | "zsh" | "ksh" | "fish") || text.starts_with("#!") => Form::Script,
            () => Form::Markdown,
        }
    }
}

/// `justfile`, `.justfile`, `backup.just`, `Makefile`, `rules.mk`; in lower case.
fn is_recipes(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(name.trim_start_matches('.'), "justfile" | "makefile" | "gnumakefile") || matches!(ending, "just" | "mk")
}

/// True if a file is a document, a justfile or a script by its name.
pub fn is_document(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    is_recipes(&name) || matches!(ending, "md" | "markdown" | "sh" | "bash")
}

/// Reads a document. Its text is one of the sources from then on. Errors: it cannot be read; it is no text
/// ([`io::ErrorKind::InvalidData`]); it is larger than what people write by hand ([`io::ErrorKind::FileTooLarge`]).
pub fn read(disk: &dyn Fs, sources: &Sources, path: &Path, host: Option<String>) -> io::Result<Document> {
    let bytes = disk.read(path, discover::FILE)?;
    let text = String::from_utf8(bytes).ok().filter(|t| !t.contains('\0'));
    let text = text.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is no text"))?;
    let said = speak::read(&text, Form::of(path, &text));
    let file = sources.add(path, text);
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mentions = said.into_iter().map(|(at, what)| Mention { at: Span::new(file, offset(at.start), offset(at.end)), what }).collect();
    Ok(Document { file, path: path.to_path_buf(), host, mentions })
}
