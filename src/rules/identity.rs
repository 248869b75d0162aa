//! What the rules about drifting identities share: one key that means two networks (or volumes) in two files of a directory.

use std::collections::BTreeMap;
use std::path::Path;

use crate::compose::Role;
use crate::compose::value::Origin;
use crate::model::Project;
use crate::rules::together::{is_overlay, is_separate};

/// A network or volume as a project declares it.
pub(crate) struct Declared<'a> {
    pub(crate) project: &'a Project,
    pub(crate) key: &'a str,
    /// The real name.
    pub(crate) name: &'a str,
    /// True if somebody wrote the name: then it is the same whoever starts it.
    pub(crate) fixed: bool,
    /// True if it is created elsewhere.
    pub(crate) external: bool,
    pub(crate) at: Origin,
}

/// A key that one file of a directory leaves to the project (so its real name has the project's in front), and another one fixes to
/// just that key.
pub(crate) struct Drift<'a> {
    /// The declaration without a name.
    pub(crate) own: Declared<'a>,
    /// The first of the others.
    pub(crate) fixed: Declared<'a>,
    /// The main file of the other.
    pub(crate) file: &'a Path,
}

/// The declarations of one key in one directory.
#[derive(Default)]
struct Both<'a> {
    own: Vec<Declared<'a>>,
    fixed: Vec<Declared<'a>>,
}

/// The drifts among the projects of each directory. `declared` gives what one project declares.
pub(crate) fn drifts<'a, I: Iterator<Item = Declared<'a>>>(projects: &'a [Project], declared: impl Fn(&'a Project) -> I) -> Vec<Drift<'a>> {
    let mut by_key: BTreeMap<(&Path, &str), Both> = BTreeMap::new();
    // A file for development or tests has resources of its own on purpose.
    for project in projects.iter().filter(|p| main(p).is_some_and(|f| !is_for_trying(f)) && !is_overlay(p)) {
        for d in declared(project).filter(|d| d.key != "default") {
            let both = by_key.entry((&project.directory, d.key)).or_default();
            // Any other name was chosen to be another one.
            if d.fixed && d.name == d.key {
                both.fixed.push(d);
            } else if !d.fixed && d.name != d.key {
                both.own.push(d);
            }
        }
    }
    let mut out = Vec::new();
    for (_, Both { own, fixed }) in by_key {
        for own in own {
            let other = fixed.iter().find(|f| is_separate(own.project, f.project));
            if let Some((other, file)) = other.and_then(|f| Some((f, main(f.project)?))) {
                let fixed = Declared { at: other.at.clone(), ..*other };
                out.push(Drift { own, fixed, file });
            }
        }
    }
    out
}

fn main(project: &Project) -> Option<&Path> {
    project.files.iter().find(|f| f.role == Role::Main).map(|f| f.path.as_path())
}

/// Told by the name of the file.
fn is_for_trying(file: &Path) -> bool {
    const WORDS: &[&str] = &[
        "dev",
        "devel",
        "development",
        "local",
        "test",
        "tests",
        "testing",
        "ci",
        "e2e",
        "debug",
        "example",
        "sample",
        "demo",
        "staging",
        "stage",
        "integration",
        "bench",
        "quickstart",
    ];
    let name = file.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    name.split(['.', '-', '_']).any(|word| WORDS.contains(&word))
}
