//! Short forms become long ones (spec/resolve.md 11). What cannot be read is reported and left out; what has a wrong shape is left
//! as it is, because the schema speaks of it.

use std::sync::LazyLock;

use super::Semantics;
use super::defaults::supplied;
use super::merge::{condition, single};
use super::mounts::{self, MountError};
use super::pattern::{Cursor, Place, Table};
use super::ports::{self, PortError};
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::text::text;
use super::value::{Data, Definition, Entry, Map, Origin, Value};

/// What becomes of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Ulimit,
    /// A text is the source.
    Source,
    /// Anything is text.
    Text,
    Contexts,
    DependsOn,
    EnvFile,
    /// A text is a list of one.
    List,
    Extends,
    Gpus,
    /// A list is a mapping to null.
    Names,
    Volume,
    Device,
    Ports,
    Build,
    Ssh,
    External,
}

static FORMS: LazyLock<Table<Form>> = LazyLock::new(|| {
    Table::new([
        ("services.*.ulimits.*", Form::Ulimit),
        ("services.*.build.ulimits.*", Form::Ulimit),
        ("services.*.build.secrets.*", Form::Source),
        ("services.*.build.provenance", Form::Text),
        ("services.*.build.sbom", Form::Text),
        ("services.*.build.additional_contexts", Form::Contexts),
        ("services.*.depends_on", Form::DependsOn),
        ("services.*.env_file", Form::EnvFile),
        ("services.*.label_file", Form::List),
        ("services.*.extends", Form::Extends),
        ("services.*.gpus", Form::Gpus),
        ("services.*.networks", Form::Names),
        ("services.*.models", Form::Names),
        ("services.*.volumes.*", Form::Volume),
        ("services.*.dns", Form::List),
        ("services.*.devices.*", Form::Device),
        ("services.*.secrets.*", Form::Source),
        ("services.*.configs.*", Form::Source),
        ("services.*.ports", Form::Ports),
        ("services.*.build", Form::Build),
        ("services.*.build.ssh", Form::Ssh),
        ("services.*.develop.watch.*.ignore", Form::List),
        ("services.*.develop.watch.*.include", Form::List),
        ("volumes.*", Form::External),
        ("networks.*", Form::External),
        ("secrets.*", Form::External),
        ("configs.*", Form::External),
    ])
});

/// The most long forms that the ports of one tree may make: a few lines can name all 65,536 ports a hundred times.
const PORTS: usize = 1 << 17;

/// Every short form of a tree becomes the long one, and empty `dns` items go. `interpolated` is false for `--no-interpolate`: then
/// what cannot be read may hold a variable and stays as written (spec/resolve.md 6.5).
pub fn apply(root: &mut Map, interpolated: bool, semantics: Semantics, problems: &mut Vec<Problem>) {
    let path = ModelPath::default();
    let mut walk = Walk { interpolated, semantics, problems, ports: PORTS };
    walk.map(root, FORMS.root(), &Place::Root(&path));
    for service in services(root) {
        if let Some(Data::Seq(items)) = service.get_mut("dns").map(|e| &mut e.value.data) {
            items.retain(|v| !v.is_null() && v.as_str() != Some(""));
        }
    }
}

/// The services of a tree that are mappings.
pub(super) fn services(root: &mut Map) -> impl Iterator<Item = &mut Map> {
    root.get_mut("services")
        .and_then(|e| e.value.as_map_mut())
        .into_iter()
        .flat_map(|services| services.values_mut().filter_map(|e| e.value.as_map_mut()))
}

struct Walk<'a> {
    interpolated: bool,
    semantics: Semantics,
    problems: &'a mut Vec<Problem>,
    ports: usize,
}

fn entry(data: Data, origin: &Origin) -> Entry {
    Entry { key: origin.at, value: Value::new(data, origin.clone()) }
}

impl Walk<'_> {
    fn map(&mut self, map: &mut Map, cursor: Cursor<'_, Form>, place: &Place<'_>) {
        for (key, entry) in map.iter_mut() {
            self.value(&mut entry.value, cursor.key(key), &Place::Key(place, key));
        }
    }

    fn value(&mut self, value: &mut Value, cursor: Cursor<'_, Form>, place: &Place<'_>) {
        if cursor.is_dead() {
            return;
        }
        if let Some(form) = cursor.get() {
            self.form(value, *form, cursor, place);
            return;
        }
        match &mut value.data {
            Data::Map(map) => self.map(map, cursor, place),
            Data::Seq(items) => {
                let mut index = 0;
                items.retain_mut(|item| {
                    let place = Place::Index(place, index);
                    index += 1;
                    match cursor.index().get() {
                        Some(Form::Volume) => self.volume(item, &place),
                        Some(Form::Device) => self.device(item, &place),
                        _ => {
                            self.value(item, cursor.index(), &place);
                            true
                        }
                    }
                });
            }
            _ => {}
        }
    }

    fn form(&mut self, value: &mut Value, form: Form, cursor: Cursor<'_, Form>, place: &Place<'_>) {
        match form {
            Form::Ulimit => {
                if !matches!(value.data, Data::Map(_) | Data::Int(_)) {
                    let message = format!("a limit must be a whole number or a mapping with `soft` and `hard`, not {}", value.kind());
                    self.refuse(ProblemKind::InvalidValue, message, &value.origin, place);
                }
            }
            Form::Source => wrap(value, "source"),
            Form::Extends => wrap(value, "service"),
            Form::Build => {
                wrap(value, "context");
                if let Data::Map(map) = &mut value.data {
                    self.map(map, cursor, place);
                }
            }
            Form::Text => {
                if value.as_str().is_none() {
                    value.data = Data::Str(text(value));
                }
            }
            Form::List => {
                if value.as_str().is_some() {
                    let item = value.clone();
                    value.data = Data::Seq(vec![item]);
                }
            }
            Form::Gpus => {
                if value.as_str().is_some() {
                    let count = value.with(Data::Str("all".to_owned()));
                    value.data = Data::Seq(vec![value.with(Data::Map(single("count", count)))]);
                }
            }
            Form::Names => {
                if let Some(names) = texts(value) {
                    let map = names.into_iter().map(|(name, origin)| (name, entry(Data::Null, &origin))).collect();
                    value.data = Data::Map(map);
                }
            }
            Form::DependsOn => self.depends_on(value, place),
            Form::EnvFile => env_file(value),
            Form::Contexts => self.contexts(value, place),
            Form::Ssh => self.ssh(value, place),
            Form::Ports => self.ports(value, place),
            Form::External => self.external(value, cursor, place),
            // Items of a list: only reached where a mapping stands instead.
            Form::Volume => {
                self.volume(value, place);
            }
            Form::Device => {
                self.device(value, place);
            }
        }
    }

    fn depends_on(&mut self, value: &mut Value, place: &Place<'_>) {
        if let Some(names) = texts(value) {
            let map = names.into_iter().map(|(name, origin)| (name, entry(Data::Map(condition(&origin)), &origin))).collect();
            value.data = Data::Map(map);
            return;
        }
        let Data::Map(map) = &mut value.data else { return };
        let mut wrong = Vec::new();
        for (name, dependency) in map.iter_mut() {
            let origin = dependency.value.origin.clone();
            match &mut dependency.value.data {
                Data::Map(fields) => {
                    for (key, default) in condition(&origin) {
                        fields.entry(key).or_insert(default);
                    }
                }
                _ => wrong.push((name.clone(), origin)),
            }
        }
        for (name, origin) in wrong {
            let message = "a dependency in this form must be a mapping with a `condition`";
            self.refuse(ProblemKind::InvalidValue, message, &origin, &Place::Key(place, &name));
        }
    }

    fn contexts(&mut self, value: &mut Value, place: &Place<'_>) {
        let Some(items) = texts(value) else { return };
        if !self.interpolated && items.iter().any(|(s, _)| !s.contains('=')) {
            return;
        }
        let mut map = Map::default();
        for (index, (item, origin)) in items.into_iter().enumerate() {
            if let Some((name, context)) = item.split_once('=') {
                map.insert(name.to_owned(), entry(Data::Str(context.to_owned()), &origin));
            } else {
                let message = "an additional build context in a list must have the form `name=path`";
                self.refuse(ProblemKind::InvalidValue, message, &origin, &Place::Index(place, index));
            }
        }
        value.data = Data::Map(map);
    }

    fn ssh(&mut self, value: &mut Value, place: &Place<'_>) {
        let Some(items) = texts(value) else { return };
        let mut map = Map::default();
        for (index, (item, origin)) in items.into_iter().enumerate() {
            if let Some((id, path)) = item.split_once('=') {
                map.insert(id.to_owned(), entry(Data::Str(path.to_owned()), &origin));
            } else if item == "default" {
                map.insert(item, entry(Data::Null, &origin));
            } else {
                let message = "an SSH key in a list must be `default` or have the form `id=path`";
                self.refuse(ProblemKind::InvalidValue, message, &origin, &Place::Index(place, index));
            }
        }
        value.data = Data::Map(map);
    }

    fn external(&mut self, value: &mut Value, cursor: Cursor<'_, Form>, place: &Place<'_>) {
        let Data::Map(map) = &mut value.data else { return };
        self.map(map, cursor, place);
        let Some(external) = map.get_mut("external") else { return };
        let Data::Map(inner) = &mut external.value.data else { return };
        let name = inner.swap_remove("name");
        external.value.data = Data::Bool(true);
        let Some(name) = name else { return };
        let path = place.path();
        self.report(
            Problem::accepted(
                ProblemKind::Deprecated,
                Phase::Canonical,
                format!("`{path}.external.name` is the old form of an external name"),
            )
            .help("write `external: true` and put `name:` beside it")
            .at(Origin { at: name.key, ..name.value.origin.clone() })
            .path(&path),
        );
        match map.get("name") {
            None => {
                map.insert("name".to_owned(), name);
            }
            Some(other) if other.value == name.value => {}
            Some(other) => {
                let at = other.value.origin.at;
                let message = "the name is given twice, inside `external` and beside it, and not the same";
                self.report(
                    Problem::refused(ProblemKind::ConflictingKeys, Phase::Canonical, message)
                        .help("keep `name:` and write `external: true`")
                        .related(at, "the other name")
                        .at(&name.value.origin)
                        .path(&path),
                );
            }
        }
    }

    /// False if the item cannot be read and goes.
    fn volume(&mut self, value: &mut Value, place: &Place<'_>) -> bool {
        let Data::Str(spec) = &value.data else { return true };
        let mount = match mounts::parse(spec) {
            Ok(mount) => mount,
            Err(_) if !self.interpolated => return true,
            Err(error) => {
                self.report(mount_problem(error, value, place));
                return false;
            }
        };
        if let Some(letter) = mount.drive {
            self.report(
                Problem::accepted(
                    ProblemKind::InvalidMount,
                    Phase::Canonical,
                    format!("Compose takes `{letter}:` for a Windows drive, so this does not mount a volume called `{letter}`"),
                )
                .help("give the volume a name of two letters or more, or use the long form with `source` and `target`")
                .at(&value.origin)
                .path(&place.path()),
            );
        }
        let map = mount.into_map(&value.origin);
        value.data = Data::Map(map);
        true
    }

    /// False if the item cannot be read and goes.
    fn device(&mut self, value: &mut Value, place: &Place<'_>) -> bool {
        let Data::Str(spec) = &value.data else { return true };
        let parts: Vec<&str> = spec.split(':').collect();
        let (source, target, permissions) = match parts.as_slice() {
            [source] => (*source, *source, "rwm"),
            [source, target] => (*source, *target, "rwm"),
            [source, target, permissions] => (*source, *target, *permissions),
            _ if !self.interpolated => ("", "", "rwm"),
            _ => {
                let message = "a device in the short form has at most three parts: `host:container:permissions`";
                self.report(
                    Problem::refused(ProblemKind::InvalidMount, Phase::Canonical, message)
                        .help("use the long form with `source`, `target` and `permissions`")
                        .at(&value.origin)
                        .path(&place.path()),
                );
                return false;
            }
        };
        let part = |text: &str| entry(Data::Str(text.to_owned()), &value.origin);
        let default = |text: &str, why| supplied(Data::Str(text.to_owned()), &value.origin, why);
        let target = if target.is_empty() { source } else { target };
        let permissions = match parts.len() {
            3 => part(permissions),
            _ => default(permissions, "the default permissions of a device"),
        };
        value.data = Data::Map(Map::from_iter([
            ("source".to_owned(), part(source)),
            ("target".to_owned(), part(target)),
            ("permissions".to_owned(), permissions),
        ]));
        true
    }

    fn ports(&mut self, value: &mut Value, place: &Place<'_>) {
        let Data::Seq(items) = &value.data else {
            let message = format!("`ports` must be a list, not {}", value.kind());
            self.refuse(ProblemKind::InvalidPort, message, &value.origin, place);
            return;
        };
        let mut out = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let place = Place::Index(place, index);
            let spec = match &item.data {
                Data::Map(_) => {
                    out.push(item.clone());
                    continue;
                }
                Data::Int(n) => n.to_string(),
                Data::Str(s) => s.clone(),
                _ => {
                    let message = format!("a port must be text, a whole number or a mapping, not {}", item.kind());
                    self.refuse(ProblemKind::InvalidPort, message, &item.origin, &place);
                    continue;
                }
            };
            match ports::parse(&spec, self.semantics) {
                Ok(parsed) => {
                    let Some(left) = self.ports.checked_sub(parsed.len()) else {
                        self.problems.push(
                            Problem::accepted(
                                ProblemKind::LimitExceeded,
                                Phase::Canonical,
                                format!("the ranges of ports in this project make more than {PORTS} ports; this one is left out"),
                            )
                            .at(&item.origin)
                            .path(&place.path()),
                        );
                        continue;
                    };
                    self.ports = left;
                    out.extend(parsed.into_maps(&item.origin).into_iter().map(|map| item.with(Data::Map(map))));
                }
                // One that cannot be read leaves the whole list as written (6.5).
                Err(_) if !self.interpolated && item.as_str().is_some() => return,
                Err(error) => {
                    let (message, help) = explain_port(&error, &spec, &item.origin);
                    self.report(
                        Problem::refused(ProblemKind::InvalidPort, Phase::Canonical, message)
                            .help(help)
                            .at(&item.origin)
                            .path(&place.path()),
                    );
                }
            }
        }
        value.data = Data::Seq(out);
    }

    fn refuse(&mut self, kind: ProblemKind, message: impl Into<String>, origin: &Origin, place: &Place<'_>) {
        self.report(Problem::refused(kind, Phase::Canonical, message).at(origin).path(&place.path()));
    }

    fn report(&mut self, problem: Problem) {
        report(self.problems, problem);
    }
}

/// Reports once: a file that five services extend is read five times, and [`super::unique`] reads short volumes too. Looks back
/// only so far that a file full of problems does not take forever.
pub(super) fn report(problems: &mut Vec<Problem>, problem: Problem) {
    let at = |p: &Problem| p.origin.as_ref().map(|o| o.at);
    let known = problems.iter().rev().take(1000).any(|p| p.kind == problem.kind && at(p) == at(&problem) && p.message == problem.message);
    if !known {
        problems.push(problem);
    }
}

/// A volume in the short form that cannot be read.
pub(super) fn mount_problem(error: MountError, value: &Value, place: &Place<'_>) -> Problem {
    let (message, help) = explain_mount(error, &value.origin);
    Problem::refused(ProblemKind::InvalidMount, Phase::Canonical, message).help(help).at(&value.origin).path(&place.path())
}

/// A text becomes the value of `key`.
fn wrap(value: &mut Value, key: &str) {
    if value.as_str().is_some() {
        let inner = value.clone();
        value.data = Data::Map(single(key, inner));
    }
}

/// The items of a list if all of them are text.
fn texts(value: &Value) -> Option<Vec<(String, Origin)>> {
    value.as_seq()?.iter().map(|v| Some((v.as_str()?.to_owned(), v.origin.clone()))).collect()
}

fn env_file(value: &mut Value) {
    const REQUIRED: &str = "an env file is required unless it says otherwise";
    fn long(item: &Value) -> Value {
        match &item.data {
            Data::Str(_) => {
                let mut map = single("path", item.clone());
                map.insert("required".to_owned(), supplied(Data::Bool(true), &item.origin, REQUIRED));
                item.with(Data::Map(map))
            }
            Data::Map(map) => {
                let mut map = map.clone();
                map.entry("required".to_owned()).or_insert_with(|| supplied(Data::Bool(true), &item.origin, REQUIRED));
                item.with(Data::Map(map))
            }
            _ => item.clone(),
        }
    }
    let items = match &value.data {
        Data::Str(_) => vec![long(value)],
        Data::Seq(items) => items.iter().map(long).collect(),
        _ => return,
    };
    value.data = Data::Seq(items);
}

/// `` `X` `` and `` `Y` `` for the variables of a value that have no value of their own.
fn empty_variables(origin: &Origin) -> Vec<String> {
    let mut names: Vec<String> =
        origin.variables().filter(|(_, d)| matches!(d, Definition::Unset | Definition::Default)).map(|(n, _)| format!("`{n}`")).collect();
    names.reverse();
    names
}

fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The text as it may be shown: where variables took part it may hold a secret, so only their names are said.
fn shown(text: &str, origin: &Origin) -> String {
    let mut names: Vec<String> = origin.variables().map(|(n, _)| format!("`{n}`")).collect();
    names.reverse();
    if names.is_empty() { format!("{text:?}") } else { format!("this text, with {} filled in,", and(&names)) }
}

fn unset(origin: &Origin) -> Option<(String, String)> {
    let unset: Vec<String> = origin.variables().filter(|(_, d)| **d == Definition::Unset).map(|(n, _)| n.to_owned()).collect();
    let name = unset.last()?.clone();
    let names: Vec<String> = unset.iter().rev().map(|n| format!("`{n}`")).collect();
    let (noun, verb) = if names.len() == 1 { ("variable", "is") } else { ("variables", "are") };
    Some((format!("the {noun} {} {verb} not set", and(&names)), name))
}

fn explain_mount(error: MountError, origin: &Origin) -> (String, String) {
    let form = "the short form is `source:target` or `source:target:options`".to_owned();
    match error {
        MountError::Empty | MountError::EmptySection => {
            let what =
                if error == MountError::Empty { "this volume is empty text" } else { "a part of this volume between the colons is empty" };
            match unset(origin) {
                Some((because, name)) => (
                    format!("{what}, because {because}"),
                    format!("set `{name}` in the `.env` file, or give a default: `${{{name}:-./data}}`"),
                ),
                None => match empty_variables(origin).as_slice() {
                    [] if origin.variables().next().is_some() => {
                        (format!("{what} after its variables were filled in"), "look for a variable that is set to nothing".to_owned())
                    }
                    [] => (what.to_owned(), form),
                    names => (format!("{what}, because {} became empty text", and(names)), form),
                },
            }
        }
        MountError::TooManyColons => (
            "this volume has more than three parts between colons".to_owned(),
            format!("{form}; a path with a colon in it needs the long form"),
        ),
    }
}

fn explain_port(error: &PortError, spec: &str, origin: &Origin) -> (String, String) {
    let form = "the form is `container`, `host:container` or `address:host:container`, with `/udp` behind it if need be".to_owned();
    let shown = shown(spec, origin);
    let message = match error {
        PortError::NoPort => match unset(origin) {
            Some((because, _)) => format!("the port of the container is missing, because {because}"),
            None => format!("{shown} does not say which port of the container it means"),
        },
        PortError::Address => {
            return (
                format!("the part before the ports in {shown} is not an IP address"),
                "write an address such as `127.0.0.1`; a host name is not allowed here".to_owned(),
            );
        }
        PortError::BareIpv6 => {
            return (format!("an IPv6 address must stand in brackets in {shown}"), "write `[::1]:8080:80`".to_owned());
        }
        PortError::Container => format!("the port of the container in {shown} is not a port (0 to 65535) or a range such as `8000-8010`"),
        PortError::Host => format!("the port of the host in {shown} is not a port (0 to 65535) or a range such as `8000-8010`"),
        PortError::Lengths => {
            return (
                format!("the two ranges of ports in {shown} are not equally long"),
                "give both sides the same number of ports".to_owned(),
            );
        }
        PortError::Protocol => {
            return (format!("the protocol in {shown} is not `tcp`, `udp` or `sctp`"), "write one of them behind the slash".to_owned());
        }
    };
    match (error, unset(origin)) {
        (_, Some((because, name))) if *error != PortError::NoPort => {
            (format!("{message}: {because}"), format!("set `{name}` in the `.env` file, or give a default: `${{{name}:-8080}}`"))
        }
        (_, Some((_, name))) => (message, format!("set `{name}` in the `.env` file, or give a default: `${{{name}:-8080}}`")),
        _ => (message, form),
    }
}

#[cfg(test)]
mod tests;
