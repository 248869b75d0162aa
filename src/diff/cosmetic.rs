//! What is written otherwise and means the same: comments, quotes, the order of keys, short or long forms, `x-` keys, `version`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::walk::Path;
use super::{Change, Class, Shown, Subject};
use crate::compose::LoadedFile;
use crate::compose::problem::ProblemKind;
use crate::compose::value::Value;
use crate::model::{Named, Project, Service, Sourced};
use crate::source::{Source, Span};

/// What is only written otherwise. `same`: the services that Compose sees no difference in; `others`: what really changes, whose files are not
/// looked at.
pub(super) fn changes(before: &Subject, after: &Subject, same: &BTreeSet<String>, others: &[Change]) -> Vec<Change> {
    let (old, new) = (before.project, after.project);
    let mut out = Vec::new();
    extensions(&[], &old.extensions, &new.extensions, &mut out);
    let paths: BTreeSet<&str> = others.iter().map(|c| c.path.as_str()).collect();
    for (name, service) in &new.services {
        let Some(was) = old.services.get(name) else { continue };
        let known = out.len();
        extensions(&["services", name], &was.extensions, &service.extensions, &mut out);
        let path = Path::keys(&["services", name]).to_string();
        let below = format!("{path}.");
        let told = out.len() > known || paths.range(below.as_str()..).next().is_some_and(|p| p.starts_with(&below));
        if !told && same.contains(name) && text(before, was) != text(after, service) {
            let place = |s: &Sourced<Service>| Some(s.key.unwrap_or(s.origin.at));
            out.push(change(path, place(was), place(service), "it is written in another way and means the same"));
        }
    }
    version(before, after, &mut out);
    if others.is_empty() && out.is_empty() {
        files(before, after, &mut out);
    }
    out
}

fn change(path: String, before: Option<Span>, after: Option<Span>, consequence: &str) -> Change {
    let shown = |place: Option<Span>| place.map(|place| Shown { text: "as written".to_owned(), place: Some(place) });
    Change { class: Class::Cosmetic, path, before: shown(before), after: shown(after), consequence: consequence.to_owned(), near: after }
}

/// The text of a service, blanks at its ends left out.
fn text<T>(subject: &Subject, value: &Sourced<T>) -> String {
    let at = value.origin.at;
    subject.sources.get(at.file).slice(at).trim().to_owned()
}

fn extensions(start: &[&str], before: &Named<Value>, after: &Named<Value>, out: &mut Vec<Change>) {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let (a, b) = (before.get(key), after.get(key));
        if a.map(|v| &v.value) != b.map(|v| &v.value) {
            let path: Vec<&str> = start.iter().copied().chain([key.as_str()]).collect();
            let place = |v: Option<&Sourced<Value>>| v.map(|v| v.key.unwrap_or(v.origin.at));
            out.push(change(Path::keys(&path).to_string(), place(a), place(b), "Compose passes over it"));
        }
    }
}

/// `version`, which Compose ignores.
fn version(before: &Subject, after: &Subject, out: &mut Vec<Change>) {
    let of = |subject: &Subject| -> Vec<(Span, String)> {
        let said = subject.project.problems.iter().filter(|p| p.kind == ProblemKind::ObsoleteVersion).filter_map(|p| p.origin.as_ref());
        said.map(|o| (o.at, line(&subject.sources.get(o.at.file), o.at))).collect()
    };
    let (old, new) = (of(before), of(after));
    if old.iter().map(|(_, t)| t).ne(new.iter().map(|(_, t)| t)) {
        let place = |of: &[(Span, String)]| of.first().map(|(at, _)| *at);
        out.push(change("version".to_owned(), place(&old), place(&new), "Compose passes over it"));
    }
}

fn line(source: &Source, at: Span) -> String {
    let range = source.line_range(source.position(at.start).line);
    range.and_then(|r| source.text.get(r)).unwrap_or_default().trim().to_owned()
}

/// Whole files, where nothing else says what is different.
fn files(before: &Subject, after: &Subject, out: &mut Vec<Change>) {
    let (old, new) = (compose_files(before), compose_files(after));
    for (path, (file, source)) in &new {
        let at = |f: &LoadedFile| Some(Span::file_start(f.id));
        match old.iter().find(|(p, _)| p == path).or_else(|| old.first().filter(|_| old.len() == 1 && new.len() == 1)) {
            Some((_, (was, text))) if text.text != source.text => {
                out.push(change(path.display().to_string(), at(was), at(file), "it is written in another way and means the same"));
            }
            Some(_) => {}
            None => out.push(change(path.display().to_string(), None, at(file), "another file says the same")),
        }
    }
    for (path, (file, _)) in old.iter().filter(|(p, _)| old.len() != 1 && !new.iter().any(|(q, _)| p == q)) {
        out.push(change(path.display().to_string(), Some(Span::file_start(file.id)), None, "another file says the same"));
    }
}

type File<'a> = (PathBuf, (&'a LoadedFile, Arc<Source>));

/// The Compose files of a project, by their paths below the project directory.
fn compose_files<'a>(subject: &Subject<'a>) -> Vec<File<'a>> {
    let project: &'a Project = subject.project;
    let files = project.files.iter().filter(|f| f.role.is_compose());
    let mut out: Vec<File> =
        files.map(|f| (f.path.strip_prefix(&project.directory).unwrap_or(&f.path).to_path_buf(), (f, subject.sources.get(f.id)))).collect();
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}
