//! `extends`: a service takes over another one, of this document or of another file (spec/resolve.md 9).

use std::path::Path;

use super::load::{Chosen, MAX_DEPTH, Mode, Run, Scope, local, local_directory, size};
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::reset::{self, ResetPath};
use super::value::{Data, Map, Origin, Step, Value};
use super::{Role, Semantics, merge, paths};
use crate::source::Span;

/// A file that was loaded for its services.
#[derive(Debug)]
pub(super) struct Extended {
    /// Its tree; services that were asked for are resolved in it.
    tree: Map,
    resets: Vec<ResetPath>,
}

/// One link of a chain of extends: the file that the base is in, the extending service, and its `extends`.
struct Link {
    file: String,
    service: String,
    at: Span,
}

/// Resolves every `extends` of a document. A service whose base cannot be had stays as it is.
pub(super) fn apply(run: &mut Run<'_>, document: &mut Map, scope: &Scope, file: &Path, resets: &[ResetPath]) {
    let Some(entry) = document.get_mut("services") else { return };
    let Data::Map(services) = &mut entry.value.data else {
        run.problems.push(
            Problem::refused(ProblemKind::InvalidSchema, Phase::Yaml, "`services` must be a mapping")
                .at(Origin { at: place(entry.value.origin.at, entry.key), ..entry.value.origin.clone() })
                .path(&ModelPath::keys(&["services"])),
        );
        return;
    };
    let names: Vec<String> = services.keys().cloned().collect();
    for name in names {
        service(run, &name, services, scope, file, resets, &mut Vec::new());
    }
}

/// An implicit null has no text: its key is shown instead.
fn place(value: Span, key: Span) -> Span {
    if value.start == value.end { key } else { value }
}

/// Resolves one service in place.
fn service(run: &mut Run<'_>, name: &str, services: &mut Map, scope: &Scope, file: &Path, resets: &[ResetPath], chain: &mut Vec<Link>) {
    let path = ModelPath::keys(&["services", name]);
    let Some(entry) = services.get(name) else { return };
    if entry.value.is_null() {
        return;
    }
    let Some(map) = entry.value.as_map() else {
        run.problems.push(
            Problem::refused(ProblemKind::InvalidSchema, Phase::Yaml, format!("the service `{name}` must be a mapping"))
                .at(&entry.value.origin)
                .path(&path),
        );
        return;
    };
    let Some(extends) = map.get("extends").map(|e| e.value.clone()) else { return };
    let path = path.key("extends");
    let refuse =
        |message: String, origin: &Origin| Problem::refused(ProblemKind::ExtendsError, Phase::Extends, message).at(origin).path(&path);
    let mut named_file = None;
    let mut base = String::new();
    let mut base_at = extends.origin.clone();
    match &extends.data {
        Data::Str(text) => base.clone_from(text),
        Data::Map(_) => {
            let Some(found) = extends.get("service").filter(|v| v.as_str().is_some()) else {
                run.problems.push(
                    refuse(format!("the `extends` of `{name}` names no service"), &extends.origin)
                        .help("add `service:` with the name of the service to extend"),
                );
                return;
            };
            base_at = found.origin.clone();
            found.as_str().unwrap_or_default().clone_into(&mut base);
            named_file = extends.get("file").filter(|f| !f.is_null());
        }
        _ => {}
    }
    let cached = match named_file {
        None => {
            if !services.contains_key(&base) {
                let message = format!("`{name}` extends the service `{base}`, which this document does not have");
                run.problems.push(
                    refuse(message, &base_at).help("a service of another file needs `file:`, also if it is merged or included elsewhere"),
                );
                return;
            }
            None
        }
        Some(Value { data: Data::Str(text), origin }) => {
            let Some(key) = open(run, name, text, origin, scope, &path) else { return };
            if !has_service(run, &key, &base, text, name, &base_at, &path) {
                return;
            }
            Some(key)
        }
        Some(other) => {
            run.problems.push(refuse(format!("the `file` of the `extends` of `{name}` must be text"), &other.origin));
            return;
        }
    };
    let link = Link {
        file: cached.as_ref().map_or_else(|| file.to_string_lossy().into_owned(), |key| key.1.clone()),
        service: name.to_owned(),
        at: extends.origin.at,
    };
    if chain.iter().any(|l| l.file == link.file && l.service == link.service) {
        let mut problem = refuse(format!("`{name}` extends itself, through the services that it extends"), &extends.origin)
            .help("break the circle at one of the places");
        for l in chain.iter() {
            problem = problem.related(l.at, format!("`{}` extends here", l.service));
        }
        run.problems.push(problem);
        return;
    }
    if chain.len() >= MAX_DEPTH {
        run.too_deep(&extends.origin);
        return;
    }
    chain.push(link);
    let found = match cached {
        None => {
            // 2.40 forgets the document's resets on the way down a chain within it.
            let resets = if run.semantics() == Semantics::V5 { resets } else { &[] };
            service(run, &base, services, scope, file, resets, chain);
            services.get(&base).map(|e| e.value.clone())
        }
        Some(key) => {
            // Taken out while it is worked on: should it be asked for again on the way down, it is loaded anew.
            let Some(mut extended) = run.extended.remove(&key) else { return };
            let mut found = None;
            if let Some(Data::Map(theirs)) = extended.tree.get_mut("services").map(|e| &mut e.value.data) {
                service(run, &base, theirs, scope, file, &extended.resets, chain);
                found = theirs.get(&base).map(|e| e.value.clone());
            }
            run.extended.insert(key, extended);
            found
        }
    };
    chain.pop();
    let Some(mut found) = found.filter(|f| f.as_map().is_some()) else { return };
    if !run.spend(size(&found), &extends.origin) {
        return;
    }
    reset::apply_below(&mut found, &["services", name], resets);
    let step = Step::Extends { at: extends.origin.at, service: base };
    found.push_step(&step);
    if let Some(map) = found.as_map_mut() {
        map.shift_remove("extends");
    }
    let Some(entry) = services.get_mut(name) else { return };
    if let Some(map) = entry.value.as_map_mut() {
        map.shift_remove("extends");
    }
    let own = std::mem::replace(&mut entry.value, Value::new(Data::Null, extends.origin));
    // The service is written here, whatever it takes over.
    let place = own.origin.clone();
    entry.value = merge::values(found, own, &ModelPath::keys(&["services", name]), &mut run.problems);
    entry.value.origin = place;
}

/// Loads the file of an `extends`, unless it was; its paths are then relative to the scope's directory. `None` if it cannot be had.
fn open(run: &mut Run<'_>, name: &str, file: &str, at: &Origin, scope: &Scope, path: &ModelPath) -> Option<(usize, String)> {
    if paths::is_remote(file).is_some() {
        run.problems.push(
            Problem::refused(
                ProblemKind::RemoteNotFetched,
                Phase::Remote,
                format!("`{name}` extends a service of {file}, which is not fetched"),
            )
            .at(at)
            .path(path)
            .help("keep a copy of the file beside this one"),
        );
        return None;
    }
    let key = (scope.number, file.to_owned());
    if run.extended.contains_key(&key) {
        return Some(key);
    }
    let absolute = local(&scope.directory, file);
    let base = local_directory(run, &scope.directory, file);
    let inner = Scope { directory: absolute.parent().unwrap_or(Path::new("/")).to_path_buf(), ..scope.clone() };
    let chosen = Chosen { path: absolute, named: Some(at.clone()), role: Role::Extends(at.at) };
    let mut tree = Map::default();
    let resets = run.file(&chosen, &inner, Mode::Extended, &mut tree)?;
    if tree.get("services").is_some_and(|e| e.value.as_map().is_some()) {
        paths::resolve(&mut tree, &base, run.home(), run.loader.fs, &mut run.problems);
    }
    run.extended.insert(key.clone(), Extended { tree, resets });
    Some(key)
}

fn has_service(run: &mut Run<'_>, key: &(usize, String), base: &str, file: &str, name: &str, at: &Origin, path: &ModelPath) -> bool {
    let services = run.extended.get(key).and_then(|e| e.tree.get("services"));
    let message = match services.map(|e| &e.value.data) {
        Some(Data::Map(services)) if services.contains_key(base) => return true,
        Some(Data::Map(_)) => format!("`{name}` extends the service `{base}`, which {file} does not have"),
        Some(_) => format!("`{name}` extends a service of {file}, where `services` is not a mapping"),
        None => format!("`{name}` extends a service of {file}, which has no `services`"),
    };
    run.problems.push(Problem::refused(ProblemKind::ExtendsError, Phase::Extends, message).at(at).path(path));
    false
}
