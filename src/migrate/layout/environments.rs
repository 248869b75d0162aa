//! Which environments a project has: the ways in which it is started from one directory (spec/layout.md 1).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::compose::{Loader, Request};
use crate::discover::{self, Entry, Kind, Stated, Wishes, default_files};
use crate::fs;
use crate::shell::shell_word;

/// An environment that the user states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// Its files, absolute, in the order of `-f`.
    pub files: Vec<PathBuf>,
    /// Its files with variables, absolute; none: `.env`.
    pub env_files: Vec<PathBuf>,
}

/// One way in which the project is started.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) name: String,
    pub(super) files: Vec<PathBuf>,
    pub(super) env_files: Vec<PathBuf>,
    /// Its name, if it is given with `-p`.
    pub(super) project_name: Option<String>,
    /// Started by `docker compose` alone.
    pub(super) found: bool,
}

/// Words in the names of files, and what environment they mean.
const WORDS: [(&str, &str); 17] = [
    ("dev", "development"),
    ("devel", "development"),
    ("develop", "development"),
    ("development", "development"),
    ("local", "local"),
    ("prod", "production"),
    ("production", "production"),
    ("stage", "staging"),
    ("staging", "staging"),
    ("preprod", "preproduction"),
    ("test", "test"),
    ("tests", "test"),
    ("testing", "test"),
    ("qa", "qa"),
    ("ci", "ci"),
    ("demo", "demo"),
    ("debug", "debug"),
];

/// The name of what the default file starts without its override.
pub(super) const BASE: &str = "base";

/// The environments of a directory, and what else is started there.
#[derive(Default)]
pub(super) struct Found {
    /// The first one is what starts without a choice.
    pub(super) environments: Vec<Environment>,
    /// Other entry points below the directory, which are left as they are.
    pub(super) others: Vec<Entry>,
}

/// Finds them: what the configuration states; else what Compose finds by itself, the files that go on top of it, and whole files that are
/// named after an environment.
pub(super) fn find(loader: &Loader, directory: &Path, stated: &[Stated]) -> Found {
    let wishes = Wishes { projects: stated, ..Wishes::NONE };
    let discovery = discover::discover_as(loader, &[directory.to_path_buf()], &wishes);
    let mut found = Found::default();
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut alone = None;
    let (mut here, elsewhere): (Vec<Entry>, Vec<Entry>) = discovery.entries.into_iter().partition(|e| e.directory == directory);
    here.sort_by_key(|e| !matches!(e.kind, Kind::Default | Kind::ComposeFile(_)));
    let defaults = default_files(loader.fs, directory);
    for entry in here {
        let last = entry.files.last().cloned().unwrap_or_default();
        let (name, bare) = match &entry.kind {
            Kind::Default | Kind::ComposeFile(_) => (String::new(), true),
            Kind::Variant { .. } => (word(&last).map_or_else(|| rest_of(&last), str::to_owned), false),
            Kind::Stated(stated) if stated.environment.is_some() => {
                let name = stated.environment.clone().unwrap_or_default();
                let env_files = stated.env_files.iter().map(|(file, _)| file.clone()).collect();
                names.insert(name.clone());
                let project_name = stated.name.clone();
                found.environments.push(Environment { name, files: entry.files, env_files, project_name, found: false });
                continue;
            }
            Kind::Single | Kind::Stated(_) => {
                let Some(word) = word(&last) else {
                    found.others.push(entry);
                    continue;
                };
                (word.to_owned(), false)
            }
        };
        let mut unique = name.clone();
        let mut number = 2;
        while !bare && !names.insert(unique.clone()) {
            unique = format!("{name}-{number}");
            number += 1;
        }
        // The default file without its override is what `-f` with its name alone starts.
        if let (Kind::Default, [default, _]) = (&entry.kind, entry.files.as_slice()) {
            names.insert(BASE.to_owned());
            let (name, files) = (BASE.to_owned(), vec![default.clone()]);
            alone = Some(Environment { name, files, env_files: Vec::new(), project_name: None, found: false });
        }
        found.environments.push(Environment { name: unique, files: entry.files, env_files: Vec::new(), project_name: None, found: bare });
    }
    found.others.extend(elsewhere);
    // Where the configuration says what the environments are, they are all there is.
    if here_is_stated(&found.environments, stated, directory) {
        found.environments.retain(|e| stated.iter().any(|s| s.directory == directory && s.environment.as_ref() == Some(&e.name)));
        for environment in &mut found.environments {
            environment.found = environment.env_files.is_empty() && environment.project_name.is_none() && environment.files == defaults;
        }
        return found;
    }
    // A single file under another name is what is meant.
    if found.environments.is_empty()
        && let [only] = found.others.iter().filter(|e| e.directory == directory).collect::<Vec<_>>().as_slice()
    {
        let (name, files) = ("development".to_owned(), only.files.clone());
        found.others.retain(|e| e.directory != directory);
        found.environments.push(Environment { name, files, env_files: Vec::new(), project_name: None, found: false });
    }
    // What starts without a choice is the development, unless a file says that it is its own.
    let name = if names.contains("development") { "default" } else { "development" };
    for environment in found.environments.iter_mut().filter(|e| e.found) {
        name.clone_into(&mut environment.name);
    }
    // Without a default file, development comes first.
    if !defaults.is_empty() || found.environments.iter().any(|e| e.found) {
        found.environments.sort_by_key(|e| !e.found);
        found.environments.extend(alone);
    } else {
        found.environments.sort_by_key(|e| (e.name != "development", e.name.clone()));
    }
    found
}

fn here_is_stated(environments: &[Environment], stated: &[Stated], directory: &Path) -> bool {
    stated.iter().any(|s| s.directory == directory && environments.iter().any(|e| s.environment.as_ref() == Some(&e.name)))
}

/// The environment that the name of a file speaks of.
fn word(file: &Path) -> Option<&'static str> {
    match words(file).as_slice() {
        [word] => WORDS.iter().find(|(known, _)| *known == word).map(|(_, name)| *name),
        _ => None,
    }
}

/// What the name of a file says beyond `docker-compose`.
fn rest_of(file: &Path) -> String {
    let name: String = words(file).join("-").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if name.is_empty() { "other".to_owned() } else { name }
}

fn words(file: &Path) -> Vec<String> {
    let stem = file.file_stem().map(|s| s.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let words = stem.split(['.', '-', '_', ' ']).filter(|p| !p.is_empty() && !["docker", "compose", "yml", "yaml"].contains(p));
    words.map(str::to_owned).collect()
}

impl Environment {
    /// How it is loaded today.
    pub(super) fn request(&self, directory: &Path) -> Request {
        let mut request = Request::new(directory);
        if !self.found {
            request.files.clone_from(&self.files);
        }
        request.env_files = (!self.env_files.is_empty()).then(|| self.env_files.clone());
        request.project_name.clone_from(&self.project_name);
        request
    }

    /// What the user types.
    pub(super) fn command(&self, directory: &Path) -> String {
        let mut out = String::from("docker compose");
        let mut flag = |flag: &str, path: &PathBuf| {
            let _ = write!(out, " {flag} {}", shell_word(&path.strip_prefix(directory).unwrap_or(path).to_string_lossy()));
        };
        self.env_files.iter().for_each(|f| flag("--env-file", f));
        if !self.found {
            self.files.iter().for_each(|f| flag("-f", f));
        }
        if let Some(name) = &self.project_name {
            let _ = write!(out, " -p {name}");
        }
        out
    }
}

impl Told {
    /// Reads `NAME=FILE[,FILE…][,env-file=FILE…]`; paths start at `directory`. Errors: what is wrong with it, as a sentence.
    pub fn parse(text: &str, directory: &Path) -> Result<Self, String> {
        let Some((name, list)) = text.split_once('=') else {
            return Err(format!("`{text}` names no files: write `--env NAME=FILE,FILE`"));
        };
        if !is_name(name) {
            return Err(format!(
                "`{name}` cannot be the name of an environment, which becomes the name of a file: use letters, digits, `-` and `_`"
            ));
        }
        let mut told = Self { name: name.to_owned(), files: Vec::new(), env_files: Vec::new() };
        for part in list.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            match part.strip_prefix("env-file=") {
                Some(file) => told.env_files.push(fs::join(directory, Path::new(file))),
                None => told.files.push(fs::join(directory, Path::new(part))),
            }
        }
        if told.files.is_empty() {
            return Err(format!("the environment `{name}` has no files: write `--env {name}=FILE,FILE`"));
        }
        Ok(told)
    }
}

/// True for what can be the name of an environment, and of a file.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && !name.starts_with('-')
        && name.len() <= 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_the_environment() {
        for (file, wanted) in [
            ("docker-compose.prod.yml", Some("production")),
            ("compose.staging.yaml", Some("staging")),
            ("docker-compose-dev.yml", Some("development")),
            ("docker-compose.monitoring.yml", None),
        ] {
            assert_eq!(word(Path::new(file)), wanted, "{file}");
        }
        assert_eq!(word(Path::new("compose.near-prod.yaml")), None);
        assert_eq!(rest_of(Path::new("/x/docker-compose.gpu_big.yml")), "gpu-big");
    }

    #[test]
    fn environments_are_told_in_one_word() {
        let told = Told::parse("production=compose.yaml,deploy/prod.yaml,env-file=.env.prod", Path::new("/p")).unwrap();
        assert_eq!(told.files, [Path::new("/p/compose.yaml"), Path::new("/p/deploy/prod.yaml")]);
        assert_eq!(told.env_files, [Path::new("/p/.env.prod")]);
        for wrong in ["production", "../x=a", "a=", "a=env-file=x"] {
            assert!(Told::parse(wrong, Path::new("/p")).is_err(), "{wrong}");
        }
    }
}
