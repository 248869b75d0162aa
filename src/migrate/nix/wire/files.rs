//! The env files of a service: those that the client of the engine reads as Compose does are given to it as they are; the values of the others
//! stand in the module.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::super::{Backend, Class, Options, Remark};
use super::ServiceWiring;
use super::client::{self, Composed, Difference};
use super::refer::Place;
use super::texts::{Text, Texts};
use crate::compose::problem::ModelPath;
use crate::compose::value::{Origin, Step};
use crate::compose::{Semantics, Variable, dotenv};
use crate::fs;
use crate::model::{EnvFile, Project, Service, ServiceLookup, Sourced};
use crate::source::FileId;

/// Lines that a message names.
const NAMED: usize = 6;

/// What one file is for the client.
enum Reading {
    /// The same.
    Same,
    /// Not the same on these lines.
    Differs(Vec<Difference>),
    /// Compose does not read it; the line, if it can be told.
    Refused(Option<u32>),
}

/// True if a value was read from an env file.
fn from_file(origin: &Origin) -> bool {
    origin.via.iter().any(|s| matches!(s, Step::File(_)))
}

/// Wires the env files of a service.
pub(super) fn wire(service: &Service, project: &Project, texts: &Texts<'_>, options: &Options, remarks: &mut Vec<Remark>) -> ServiceWiring {
    if service.env_file.is_empty() {
        return ServiceWiring::default();
    }
    let mut files = Files { service, project, texts, backend: options.backend, remarks, passed: Vec::new(), inside: BTreeSet::new() };
    let mut before: BTreeMap<String, Variable> = files.own();
    for (i, file) in service.env_file.iter().enumerate() {
        let path = ModelPath::keys(&["services", &service.name, "env_file"]).index(i).to_string();
        files.file(file, &path, &mut before);
    }
    let Files { passed, inside, .. } = files;
    let given = |path: &str| passed.iter().any(|(p, _)| *p == path) && !inside.contains(path);
    let hides = |origin: &Origin| from_file(origin) && texts.path(origin.at).and_then(Path::to_str).is_some_and(given);
    let hidden = service.environment.iter().filter(|(_, v)| hides(&v.origin)).map(|(name, _)| name.clone()).collect();
    ServiceWiring { hidden, environment_files: passed.into_iter().map(|(_, marked)| marked).collect() }
}

struct Files<'a> {
    service: &'a Service,
    project: &'a Project,
    texts: &'a Texts<'a>,
    backend: Backend,
    remarks: &'a mut Vec<Remark>,
    /// The path, and how it is written in the module.
    passed: Vec<(&'a str, String)>,
    /// The files whose values stand in the module.
    inside: BTreeSet<&'a str>,
}

impl<'a> Files<'a> {
    /// What the service gives a value itself.
    fn own(&self) -> BTreeMap<String, Variable> {
        let own = self.service.environment.iter().filter(|(_, v)| !from_file(&v.origin));
        own.filter_map(|(k, v)| Some((k.clone(), Variable { value: v.value.clone()?, at: None }))).collect()
    }

    fn say(&mut self, class: Class, path: &str, file: &Sourced<EnvFile>, message: String) {
        self.remarks.push(Remark { class, path: path.to_owned(), message, origin: Some(file.origin.clone()) });
    }

    fn file(&mut self, file: &'a Sourced<EnvFile>, path: &str, before: &mut BTreeMap<String, Variable>) {
        let shown = self.project.shown(Path::new(&file.path));
        let place = Place::of(&file.path);
        match self.texts.get(Path::new(&file.path)) {
            Ok(text) => {
                let reading = self.reading(file, &text, before);
                match &place {
                    Some(place) => self.of_host(file, path, place, &reading),
                    None => self.of_project(file, path, &shown, &reading),
                }
            }
            Err(error) => match &place {
                Some(place) => {
                    self.passed.push((&file.path, place.marked()));
                    let message = format!(
                        "`{}` is the path of `{}` now; it cannot be read here, so nobody has checked that it holds plain lines `NAME=value`, \
                         without quotes and `export`",
                        file.path,
                        place.option()
                    );
                    self.say(Class::Moved, path, file, message);
                }
                None => self.unreadable(file, path, &shown, &error),
            },
        }
    }

    fn unreadable(&mut self, file: &'a Sourced<EnvFile>, path: &str, shown: &str, error: &io::Error) {
        if error.kind() != io::ErrorKind::NotFound {
            let message = format!("`{shown}` cannot be read: {}; run as a user who may read it, or correct the path", fs::why(error));
            self.say(Class::Unmapped, path, file, message);
        } else if file.required {
            let message = format!("`{shown}` is not there; create it, or say `required: false` if the service runs without it");
            self.say(Class::Unmapped, path, file, message);
        } else {
            let message = format!(
                "`{shown}` is not there and need not be, which a unit cannot say: it is left out; once it is there, generate the module again"
            );
            self.say(Class::Different, path, file, message);
        }
    }

    /// A file that sops-nix or agenix makes.
    fn of_host(&mut self, file: &'a Sourced<EnvFile>, path: &str, place: &Place<'_>, reading: &Reading) {
        self.passed.push((&file.path, place.marked()));
        let option = place.option();
        let name = &file.path;
        self.say(Class::Moved, path, file, format!("`{name}` is the path of `{option}` now, which the host has to declare"));
        match reading {
            Reading::Same => {}
            Reading::Differs(lines) => {
                let class = if lines.iter().any(|l| l.refused) { Class::Unmapped } else { Class::Different };
                let message = format!("`{name}` is {}: {}; write these lines as plain `NAME=value`", self.how(lines), named(lines));
                self.say(class, path, file, message);
            }
            Reading::Refused(line) => self.refused(file, path, name, *line),
        }
    }

    fn of_project(&mut self, file: &'a Sourced<EnvFile>, path: &str, shown: &str, reading: &Reading) {
        match reading {
            Reading::Same => {
                self.passed.push((&file.path, file.path.clone()));
                let message =
                    format!("`{shown}` is read by {} when the container starts, as it is: it has to be at `{}`", self.backend, file.path);
                self.say(Class::Moved, path, file, message);
                if !file.required {
                    let message = format!("`{shown}` need not be there for Compose; now the service does not start without it");
                    self.say(Class::Different, path, file, message);
                }
            }
            Reading::Differs(lines) => {
                self.inside.insert(&file.path);
                let message = format!(
                    "`{shown}` is {}: {}; so its values stand in the module, and a later change of the file changes nothing; write these lines \
                     as plain `NAME=value`, and the file is used as it is",
                    self.how(lines),
                    named(lines)
                );
                self.say(Class::Different, path, file, message);
                if !self.service.env_files_read {
                    let message = format!("`{shown}` was not read, because no active profile enables the service");
                    self.say(Class::Unmapped, path, file, message);
                }
            }
            Reading::Refused(line) => self.refused(file, path, shown, *line),
        }
    }

    fn refused(&mut self, file: &Sourced<EnvFile>, path: &str, shown: &str, line: Option<u32>) {
        let line = line.map(|line| format!(", because of line {line}")).unwrap_or_default();
        self.say(Class::Unmapped, path, file, format!("Compose does not read `{shown}`{line}; mend it first"));
    }

    fn how(&self, lines: &[Difference]) -> String {
        let client = self.backend.command();
        if lines.iter().any(|l| l.refused) {
            format!("refused by `{client} run --env-file`")
        } else {
            format!("read differently by `{client} run --env-file`")
        }
    }

    /// Reads a file as Compose does, and compares. `before` is what the files so far have set; it grows.
    fn reading(&self, file: &EnvFile, text: &Text, before: &mut BTreeMap<String, Variable>) -> Reading {
        let own = self.own();
        let lookup = ServiceLookup { project: &self.project.environment, service: &own };
        let mut all: BTreeMap<String, Variable> =
            before.iter().map(|(k, v)| (k.clone(), Variable { value: v.value.clone(), at: None })).collect();
        let (mut problems, mut uses) = (Vec::new(), Vec::new());
        let source = &text.source.text;
        match file.format.as_deref() {
            None | Some("" | ".env") => {
                dotenv::parse(FileId::NONE, source, &lookup, &mut all, Semantics::default(), &mut problems, &mut uses);
            }
            Some("raw") => dotenv::parse_raw(FileId::NONE, source, &lookup, &mut all, &mut problems),
            Some(_) => return Reading::Refused(None),
        }
        if let Some(problem) = problems.iter().find(|p| p.refused) {
            return Reading::Refused(problem.origin.as_ref().map(|o| text.source.position(o.at.start).line));
        }
        let line = |v: &Variable| Some((v.value.clone(), text.source.position(v.at?.start).line));
        let values = all.iter().filter_map(|(name, v)| Some((name.clone(), line(v)?))).collect();
        *before = all;
        let over = own.keys().map(String::as_str).collect();
        let blank = self.service.environment.iter().filter(|(_, v)| v.value.is_none() && !from_file(&v.origin));
        let without = blank.map(|(name, _)| name.as_str()).collect();
        let lines = client::differences(&text.bytes, &Composed { values: &values, over: &over, without: &without }, self.backend);
        if lines.is_empty() { Reading::Same } else { Reading::Differs(lines) }
    }
}

/// `line 3 (quotes), line 5 (a comment behind the value)`.
fn named(lines: &[Difference]) -> String {
    let mut named: Vec<String> = lines.iter().take(NAMED).map(|l| format!("line {} ({})", l.line, l.what)).collect();
    if lines.len() > NAMED {
        named.push(format!("{} more", lines.len() - NAMED));
    }
    named.join(", ")
}
