//! The proof of provenance: the origin of every value that `config` prints is a place that exists, and what is written there is that
//! value, or is what it was made from by the very functions that made it. Over all cases of `testdata/resolve`, and the real projects of
//! `../shared/corpus` where that is present. A value that is not explained fails the test; the table says how the others were proven.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test may

mod cases;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use cases::{Case, Row};
use composelint::compose::interpolate::{self, Found as Variable, Lookup};
use composelint::compose::problem::{ModelPath, Part, ProblemKind};
use composelint::compose::text::text;
use composelint::compose::value::{Data, Definition, Entry, Map, Origin, Step, Value};
use composelint::compose::{Loader, Request, Role, Semantics, canonical, defaults, dotenv, load, paths};
use composelint::fs::OsFs;
use composelint::model::{Project, build, profiles, shell, units};
use composelint::report::Redactor;
use composelint::report::origins::{Found, Origins};
use composelint::report::why::{self, Pattern, Why};
use composelint::resolved as report;
use composelint::source::{FileId, Source, Sources, Span};
use composelint::yaml::scalar::{Typed, resolve};
use composelint::yaml::{Kind, NodeId, Tree};
use rayon::prelude::*;
use serde_json::Value as Json;

/// How a value was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Proof {
    /// The text at the place, read as YAML, is the value.
    AsWritten,
    /// The text at the place, its variables filled in, is the value.
    Interpolated,
    /// `NAME=value` or `NAME: value`, of which the value is a part.
    NameAndValue,
    /// `NAME`, which the environment gives a value.
    FromEnvironment,
    /// `NAME=value` in an env file.
    EnvFile,
    /// The same with expressions that see the service's own values.
    EnvFileInterpolated,
    /// The path at the place, joined with the directory of the project or of a file of it.
    JoinedPath,
    /// A number, size, duration or switch in another spelling.
    OtherSpelling,
    /// A word of a command that was written as one text.
    Word,
    /// A part of what the short form at the place means.
    ShortForm,
    /// The place of a list or mapping with nothing in it that is printed.
    Empty,
    /// An alias that would make too much.
    LeftOut,
    /// Nobody wrote it: the words say why it is there.
    Supplied,
}

/// What a run proved, and what it could not.
#[derive(Default)]
struct Tally {
    proven: BTreeMap<Proof, usize>,
    wrong: Vec<String>,
    /// The values of this project that were looked at.
    seen: HashSet<(ModelPath, String)>,
}

impl Tally {
    fn add(mut self, other: Tally) -> Tally {
        for (proof, n) in other.proven {
            *self.proven.entry(proof).or_default() += n;
        }
        self.wrong.extend(other.wrong);
        self
    }
}

/// A call, as one of the versions answers it.
struct Run {
    case: Case,
    semantics: Semantics,
}

impl Run {
    /// Resolves, and proves every value that is printed, as JSON and as YAML. What Compose refuses has nothing to prove.
    fn prove(&self) -> Tally {
        let semantics = self.semantics;
        let tally = self.resolve(|loader, tree, project, request| {
            let mut tally = Tally::default();
            let typed = request.interpolate.then_some(project);
            let prover = Prover::new(loader, project, Origins::new(tree, typed), request);
            let json = if typed.is_some() { report::json(project, semantics) } else { report::tree(tree) };
            prover.walk(&ModelPath::default(), &json, &mut tally);
            // What is the same in both is proven once.
            let yaml = if typed.is_some() { report::yaml(project, semantics) } else { report::tree_yaml(tree) };
            prover.walk(&ModelPath::default(), &yaml, &mut tally);
            tally.seen.clear();
            if typed.is_some() {
                tally.wrong.extend(leaks(loader, tree, project, &yaml, &request.directory));
            }
            tally
        });
        let mut tally = tally.unwrap_or_default();
        for wrong in &mut tally.wrong {
            *wrong = format!("{} {wrong}", self.case.name);
        }
        tally
    }

    /// What people are told of the values at some paths, which all must be there.
    fn told(&self, patterns: &[&str]) -> String {
        let semantics = self.semantics;
        self.resolve(|loader, tree, project, request| {
            let redactor = Redactor::new(loader.sources, std::slice::from_ref(project));
            let printed = report::yaml(project, semantics);
            let why = Why {
                sources: loader.sources,
                redactor: &redactor,
                directory: &request.directory,
                origins: Origins::new(tree, Some(project)),
                printed: &printed,
            };
            let answers: Vec<_> = patterns
                .iter()
                .flat_map(|text| {
                    let pattern = Pattern::parse(text).unwrap();
                    assert_eq!(pattern.missing(&printed), None);
                    why.answers(&pattern)
                })
                .collect();
            why::human(&answers, false)
        })
        .unwrap()
    }

    fn resolve<T>(&self, question: impl FnOnce(&Loader<'_>, &Map, &Project, &Request) -> T) -> Option<T> {
        let asked = self.case.asked(self.semantics);
        let (fs, sources) = (OsFs, Sources::new());
        let loader = Loader::new(&fs, &sources);
        let resolved = load(&loader, &asked.request);
        if resolved.problems.iter().any(|p| p.refused) {
            return None;
        }
        let tree = resolved.tree.clone();
        let options = asked.options(&resolved);
        let mut project = build(resolved, &loader, &options);
        if project.problems.iter().any(|p| p.refused) {
            return None;
        }
        profiles::prune(&mut project, true);
        Some(question(&loader, &tree, &project, &asked.request))
    }
}

struct Prover<'a> {
    sources: &'a Sources,
    trees: HashMap<FileId, std::sync::Arc<Tree>>,
    /// The nodes of all files by their places.
    nodes: HashMap<Span, NodeId>,
    /// What env files say at a place: the name and its value.
    variables: HashMap<Span, Vec<(String, String)>>,
    project: &'a Project,
    origins: Origins<'a>,
    request: &'a Request,
}

/// What is known of one value while it is being proven.
struct Leaf<'a> {
    path: &'a ModelPath,
    printed: &'a Json,
    origin: &'a Origin,
    /// The value as text.
    shown: String,
    /// Its key, if it has one.
    key: &'a str,
}

impl Leaf<'_> {
    /// The key above its key.
    fn parent(&self) -> &str {
        let mut keys = self.path.0.iter().rev().filter_map(|p| if let Part::Key(k) = p { Some(k.as_str()) } else { None });
        keys.nth(1).unwrap_or("")
    }
}

/// The variables as the steps of one value say that they are.
struct Stepwise<'p>(&'p Prover<'p>, &'p Origin);

impl Lookup for Stepwise<'_> {
    fn get(&self, name: &str) -> Option<Variable> {
        let Stepwise(prover, origin) = self;
        let defined = origin.variables().find(|(n, _)| *n == name).map(|(_, d)| d.clone())?;
        let value = match &defined {
            Definition::File(at) => prover.variables.get(at)?.last()?.1.clone(),
            Definition::Environment => prover.environment(name)?,
            Definition::Default | Definition::Unset => return None,
        };
        Some(Variable { value, defined })
    }
}

impl<'a> Prover<'a> {
    fn new(loader: &Loader<'a>, project: &'a Project, origins: Origins<'a>, request: &'a Request) -> Self {
        let sources = loader.sources;
        let mut trees = HashMap::new();
        let mut nodes = HashMap::new();
        let mut variables: HashMap<Span, Vec<(String, String)>> = HashMap::new();
        // A file sees what the files before it set.
        let mut together = BTreeMap::new();
        for (id, source) in sources.all() {
            if let Some(tree) = loader.tree(id) {
                for (node, index) in tree.nodes.iter().zip(0u32..) {
                    nodes.entry(node.span).or_insert(NodeId(index));
                }
                trees.insert(id, tree);
                continue;
            }
            for kind in 0..2 {
                let (env, mut raw) = (&project.environment, BTreeMap::new());
                if kind == 0 {
                    dotenv::parse_raw(id, &source.text, env, &mut raw, &mut Vec::new());
                } else {
                    dotenv::parse(id, &source.text, env, &mut together, request.semantics, &mut Vec::new(), &mut Vec::new());
                }
                for (name, variable) in raw.iter().chain(&together) {
                    if let Some(at) = variable.at.filter(|at| at.file == id) {
                        variables.entry(at).or_default().push((name.clone(), variable.value.clone()));
                    }
                }
            }
        }
        // What the project itself holds is right where the files above depend on each other.
        for (name, variable) in &project.environment {
            if let Some(at) = variable.at {
                variables.entry(at).or_default().push((name.clone(), variable.value.clone()));
            }
        }
        Self { sources, trees, nodes, variables, project, origins, request }
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.project.environment.get(name).map(|v| v.value.clone()).or_else(|| self.request.environment.get(name).cloned())
    }

    fn walk(&self, path: &ModelPath, printed: &Json, tally: &mut Tally) {
        match printed {
            Json::Object(map) if !map.is_empty() => map.iter().for_each(|(k, v)| self.walk(&path.key(k), v, tally)),
            Json::Array(items) if !items.is_empty() => {
                items.iter().enumerate().for_each(|(i, v)| self.walk(&path.index(i), v, tally));
            }
            _ if !tally.seen.insert((path.clone(), printed.to_string())) => {}
            _ => {
                let proven = match self.origins.of(path, printed) {
                    Some(found) => self.chain(&found.origin).and_then(|()| self.leaf(path, printed, &found)).map_err(|why| {
                        let at = found.origin.at;
                        let source = self.sources.get(at.file);
                        let line = source.position(at.start).line;
                        format!("{why}; at {}:{line} «{}» {:?}", source.path.display(), source.slice(at), found.origin.via)
                    }),
                    None => Err("has no origin".to_owned()),
                };
                match proven {
                    Ok(proof) => *tally.proven.entry(proof).or_default() += 1,
                    Err(why) => tally.wrong.push(format!("{path} = {printed}: {why}")),
                }
            }
        }
    }

    /// True of every place in an origin and what it replaced: it exists, and what stands there is what the step says.
    fn chain(&self, origin: &Origin) -> Result<(), String> {
        self.exists(origin.at)?;
        for step in origin.via.iter() {
            let check = |at: Span, what: &str, good: bool| match self.exists(at) {
                Ok(_) if good => Ok(()),
                Ok(source) => Err(format!("the step {what} leads to «{}»", source.slice(at))),
                Err(why) => Err(format!("the step {what} {why}")),
            };
            let slice = |at: Span| self.sources.get(at.file).slice(at).to_owned();
            match step {
                Step::Alias(at) => check(*at, "Alias", slice(*at).starts_with('*'))?,
                Step::Merge(at) => check(*at, "Merge", self.nodes.contains_key(at))?,
                Step::Include(at) => check(*at, "Include", self.nodes.contains_key(at))?,
                Step::Extends { at, service } => {
                    let text = slice(*at);
                    check(*at, "Extends", text.contains(service.as_str()) || text.contains('$') || text.starts_with('*'))?;
                }
                Step::Variable { name, defined: Definition::File(at) } => {
                    check(*at, "Variable", self.variables.get(at).is_some_and(|v| v.iter().all(|(n, _)| n == name)))?;
                }
                Step::Variable { .. } => {}
                Step::File(at) => {
                    check(*at, "File", self.nodes.contains_key(at))?;
                    let file = self.sources.get(origin.at.file);
                    let name = file.path.file_name().unwrap().to_string_lossy().into_owned();
                    let text = slice(*at);
                    check(*at, "File", text.contains(&name) || text.contains('$'))?;
                }
                Step::Default(why) => {
                    if why.is_empty() {
                        return Err("it is supplied, but nobody says why".into());
                    }
                }
            }
        }
        match &origin.replaced {
            Some(replaced) => self.chain(replaced).map_err(|why| format!("what it replaced: {why}")),
            None => Ok(()),
        }
    }

    /// A place exists: its file is known, and it lies within the text on the bounds of characters.
    fn exists(&self, at: Span) -> Result<std::sync::Arc<Source>, String> {
        let source = self.sources.get(at.file);
        if source.path.as_os_str().is_empty() {
            return Err("is in no file".into());
        }
        if at.start > at.end || source.text.get(at.start as usize..at.end as usize).is_none() {
            return Err(format!("is not in the text: {}..{} of {}", at.start, at.end, source.text.len()));
        }
        Ok(source)
    }

    fn leaf(&self, path: &ModelPath, printed: &Json, found: &Found) -> Result<Proof, String> {
        let origin = &found.origin;
        let at = origin.at;
        let key = match path.0.iter().rev().find(|p| matches!(p, Part::Key(_))) {
            Some(Part::Key(key)) => key.as_str(),
            _ => "",
        };
        let leaf = Leaf { path, printed, origin, shown: shown(printed), key };
        if let Some(at) = found.key {
            self.key(&leaf, at)?;
        }
        if origin.is_default() {
            return self.supplied(&leaf, at).map(|()| Proof::Supplied);
        }
        let Some(tree) = self.trees.get(&at.file) else { return self.env_line(&leaf) };
        let Some(id) = self.nodes.get(&at) else { return self.entry(&leaf, tree) };
        match &tree.node(*id).kind {
            Kind::Scalar(_) => self.scalar(&leaf, written(tree, *id).unwrap()),
            Kind::Mapping { .. } | Kind::Sequence { .. } => match printed {
                Json::Object(map) if map.is_empty() => Ok(Proof::Empty),
                Json::Array(items) if items.is_empty() => Ok(Proof::Empty),
                Json::Null => Ok(Proof::Empty),
                // The old form: `external` with the name in it.
                Json::Bool(true) if key == "external" => Ok(Proof::ShortForm),
                // A mapping with one entry stands where its entry stands.
                _ => self.entry(&leaf, tree),
            },
            Kind::Alias { .. } => {
                let limited = self.project.problems.iter().any(|p| p.kind == ProblemKind::LimitExceeded);
                if limited && printed.is_null() { Ok(Proof::LeftOut) } else { Err("its place is an alias".into()) }
            }
        }
    }

    /// The place of a key holds that key; of a key that nobody wrote as such, what it was made from.
    fn key(&self, leaf: &Leaf<'_>, at: Span) -> Result<(), String> {
        let source = self.exists(at)?;
        let text = self.trees.get(&at.file).and_then(|tree| tree.text(*self.nodes.get(&at)?).map(str::to_owned));
        let text = text.unwrap_or_else(|| source.slice(at).to_owned());
        let lower = leaf.key.to_lowercase();
        let last = matches!(leaf.path.0.last(), Some(Part::Index(_)));
        let good = text == leaf.key || text == lower || last || at == leaf.origin.at || leaf.origin.is_default();
        if good { Ok(()) } else { Err(format!("its key stands at «{text}»")) }
    }

    /// What is supplied stands at a node, an entry, or the beginning of a file.
    fn supplied(&self, leaf: &Leaf<'_>, at: Span) -> Result<(), String> {
        // What `!reset` took away is written, and does not count.
        let reset = self.sources.all().iter().any(|(_, source)| source.text.contains("!reset"));
        if !reset && let (Some(tree), Some(id), Some(Part::Key(key))) = (self.trees.get(&at.file), self.nodes.get(&at), leaf.path.0.last())
        {
            let behind = tree.nodes.iter().find_map(|node| match &node.kind {
                Kind::Mapping { entries, .. } => entries.iter().find(|e| e.key == *id).map(|e| e.value),
                _ => None,
            });
            let value = tree.get(behind.unwrap_or(*id), key).map(|v| tree.deref(v));
            if value.is_some_and(|v| written(tree, v) != Some(Data::Null)) && tree.get(behind.unwrap_or(*id), "extends").is_none() {
                return Err("it is supplied, but also written".into());
            }
        }
        let start = at.start == 0 && at.end == 0;
        let entry = || self.trees.get(&at.file).is_some_and(|tree| entries(tree).any(|(k, v)| k.start == at.start && v.end == at.end));
        if start || self.nodes.contains_key(&at) || entry() { Ok(()) } else { Err("it is supplied, at no node".into()) }
    }

    fn env_line(&self, leaf: &Leaf<'_>) -> Result<Proof, String> {
        let Some(found) = self.variables.get(&leaf.origin.at) else { return Err("the env file has nothing there".into()) };
        let name = if leaf.path.0.len() == 1 { "COMPOSE_PROJECT_NAME" } else { leaf.key };
        if found.iter().any(|(n, value)| n == name && *value == leaf.shown) {
            return Ok(Proof::EnvFile);
        }
        // Expressions see the service's own values too, which only the text around them is proof against.
        let line = self.sources.get(leaf.origin.at.file).slice(leaf.origin.at).to_owned();
        let around =
            line.split_once(['=', ':']).map(|(_, value)| value.split('$').next().unwrap_or("").trim_matches(['"', ' ']).to_owned());
        if found.iter().all(|(n, _)| n == name) && line.contains('$') && around.is_some_and(|text| leaf.shown.starts_with(&text)) {
            return Ok(Proof::EnvFileInterpolated);
        }
        Err(format!("the env file says {found:?}"))
    }

    /// A place from the key to the value: an entry that became `NAME=value` when it was merged with a list.
    fn entry(&self, leaf: &Leaf<'_>, tree: &Tree) -> Result<Proof, String> {
        let at = leaf.origin.at;
        let found = tree.nodes.iter().find_map(|node| match &node.kind {
            Kind::Mapping { entries, .. } => {
                entries.iter().find(|e| tree.node(e.key).span.start == at.start && tree.node(e.value).span.end == at.end)
            }
            _ => None,
        });
        let Some(entry) = found else { return Err("its place is no node of the file".into()) };
        let (Some(name), Some(value)) = (tree.text(entry.key), written(tree, tree.deref(entry.value))) else {
            return Err("its place is an entry without text".into());
        };
        let value = self.expanded(leaf, &says(&value))?;
        let item = matches!(leaf.path.0.last(), Some(Part::Index(_)));
        if value == leaf.shown && (name == leaf.key || item) || leaf.shown == format!("{name}={value}") {
            return Ok(Proof::NameAndValue);
        }
        self.made(leaf, &Data::Str(format!("{name}={value}"))).ok_or_else(|| "the entry at its place is not it".to_owned())
    }

    fn expanded(&self, leaf: &Leaf<'_>, template: &str) -> Result<String, String> {
        if !template.contains('$') || !self.request.interpolate {
            return Ok(template.to_owned());
        }
        interpolate::expand(template, &Stepwise(self, leaf.origin), self.request.semantics, &mut Vec::new())
            .map_err(|error| format!("expanding it fails: {error}"))
    }

    fn scalar(&self, leaf: &Leaf<'_>, written: Data) -> Result<Proof, String> {
        let (data, as_is) = match written {
            Data::Str(template) => {
                let expanded = self.expanded(leaf, &template)?;
                let same = expanded == template;
                (Data::Str(expanded), same)
            }
            other => (other, true),
        };
        let plain = if as_is { Proof::AsWritten } else { Proof::Interpolated };
        if same(&data, leaf.printed) || says(&data) == leaf.shown && !leaf.printed.is_null() {
            return Ok(plain);
        }
        self.made(leaf, &data).ok_or_else(|| format!("what is written there, {:?}, does not make it", says(&data)))
    }

    /// How the value was made from what is written, by the functions that make it.
    fn made(&self, leaf: &Leaf<'_>, data: &Data) -> Option<Proof> {
        let said = says(data);
        let said = said.as_str();
        let shown = leaf.shown.as_str();
        let key = leaf.key;
        // Names and values.
        if let Some((name, value)) = said.split_once('=')
            && name == key
            && value == shown
        {
            return Some(Proof::NameAndValue);
        }
        let nothing = leaf.printed.is_null() || shown.is_empty();
        if nothing && (said == key || said == format!("{key}=") || data == &Data::Null) {
            return Some(Proof::NameAndValue);
        }
        let name = leaf.origin.variables().next().map(|(name, _)| name);
        if (said == key || data == &Data::Null || key == "content") && name.is_some_and(|n| n == key || n == said) {
            let value = Lookup::get(&Stepwise(self, leaf.origin), name.unwrap())?.value;
            return (value == shown).then_some(Proof::FromEnvironment);
        }
        // `extra_hosts` and `build.ssh` are printed as one text.
        if matches!(key, "extra_hosts" | "ssh") {
            let (host, address) = shown.split_once('=').or_else(|| shown.split_once(": ")).unwrap_or((shown, ""));
            let bare = |s: &str| s.split(',').any(|s| s == address || s.trim_start_matches('[').trim_end_matches(']') == address);
            let split = said.split_once('=').or_else(|| said.split_once(':'));
            if key == "ssh" && data == &Data::Null && !shown.contains('=')
                || bare(said)
                || split.is_some_and(|(h, a)| h == host && bare(a))
                || said == shown
            {
                return Some(Proof::NameAndValue);
            }
        }
        if spelling(key, data, shown, self.request.semantics) {
            return Some(Proof::OtherSpelling);
        }
        if matches!(key, "command" | "entrypoint") && shell::split(said).is_ok_and(|s| s.words.iter().any(|w| w == shown)) {
            return Some(Proof::Word);
        }
        if key == "test" && (shown == "CMD-SHELL" || shown == said) {
            return Some(Proof::Word);
        }
        // `name=path` of a list, and of what is printed as one.
        let path = |s: &'_ str| s.split_once('=').or_else(|| s.split_once(": ")).map_or(s, |(_, path)| path).to_owned();
        let named = said.split_once('=').is_some_and(|(name, _)| name == key) && matches!(leaf.parent(), "additional_contexts");
        if self.is_joined(said, shown)
            || named && self.is_joined(&path(said), shown)
            || key == "ssh" && self.is_joined(&path(said), &path(shown))
        {
            return Some(Proof::JoinedPath);
        }
        let empty = leaf.printed.as_object().is_some_and(serde_json::Map::is_empty)
            && (data == &Data::Null || leaf.parent() == "ulimits" && said == "0");
        let no_words = leaf.printed.as_array().is_some_and(Vec::is_empty) && shell::split(said).is_ok_and(|s| s.words.is_empty());
        if empty || no_words {
            return Some(Proof::Empty);
        }
        if leaf.path.0.len() == 1 && key == "name" && self.project.name == shown {
            return Some(Proof::OtherSpelling);
        }
        self.short_form(leaf, data).then_some(Proof::ShortForm)
    }

    /// True if a path became absolute, or was cleaned.
    fn is_joined(&self, written: &str, shown: &str) -> bool {
        let home = self.request.environment.get("HOME").map(String::as_str);
        let mut bases: Vec<String> = vec![self.project.directory.to_string_lossy().into_owned(), String::new()];
        for file in &self.project.files {
            // An extended or included file may be named from below: its own folder and those of the files around it count.
            bases.extend(file.path.parent().map(|p| p.to_string_lossy().into_owned()));
        }
        for directory in &self.project.files {
            if let Role::Include(at) = directory.role
                && let Some(id) = self.nodes.get(&at)
                && let Some(tree) = self.trees.get(&at.file)
                && let Some(text) = tree.get(*id, "project_directory").and_then(|v| tree.text(v))
            {
                bases.push(paths::absolute(&self.project.directory.to_string_lossy(), text, home));
            }
        }
        let relative: Vec<String> = bases.iter().map(|b| paths::relative(&self.project.directory.to_string_lossy(), b)).collect();
        bases.extend(relative);
        let empty = written.is_empty() && bases.iter().any(|b| b == shown);
        empty || bases.iter().any(|base| paths::absolute(base, written, home) == shown) || paths::clean(written) == shown
    }

    /// True if the short form means it: put alone where it stands and taken apart as everywhere, it gives the value.
    fn short_form(&self, leaf: &Leaf<'_>, data: &Data) -> bool {
        let parts = leaf.path.0.as_slice();
        (2..parts.len()).rev().any(|depth| {
            let (Some(before), Some(rest)) = (parts.get(..depth), parts.get(depth..)) else { return false };
            let place = Origin::at(Span::file_start(FileId::NONE));
            let mut tree = Value::new(data.clone(), place.clone());
            for part in before.iter().rev() {
                let inner = match part {
                    Part::Index(_) => Data::Seq(vec![tree]),
                    Part::Key(key) => Data::Map(Map::from_iter([(key.clone(), Entry { key: place.at, value: tree })])),
                };
                tree = Value::new(inner, place.clone());
            }
            let Data::Map(mut root) = tree.data else { return false };
            canonical::apply(&mut root, self.request.interpolate, self.request.semantics, &mut Vec::new());
            defaults::apply(&mut root, self.request.semantics);
            let root = Value::new(Data::Map(root), place);
            let mut found = vec![&root];
            for part in before.iter().chain(rest) {
                found = found
                    .into_iter()
                    .flat_map(|v| match (part, &v.data) {
                        (Part::Key(key), Data::Map(map)) => map.get(key).map(|e| &e.value).into_iter().collect::<Vec<_>>(),
                        (Part::Index(_), Data::Seq(items)) => items.iter().collect(),
                        _ => Vec::new(),
                    })
                    .collect();
            }
            found.into_iter().any(|v| {
                let said = text(v);
                same(&v.data, leaf.printed)
                    || said == leaf.shown
                    || self.is_joined(&said, &leaf.shown)
                    || spelling(leaf.key, &v.data, &leaf.shown, self.request.semantics)
                    || (matches!(&v.data, Data::Map(_)) && leaf.printed.as_object().is_some_and(serde_json::Map::is_empty))
            })
        })
    }
}

/// A scalar as YAML reads it.
fn written(tree: &Tree, id: NodeId) -> Option<Data> {
    let node = tree.node(id);
    let Kind::Scalar(scalar) = &node.kind else { return None };
    Some(match resolve(scalar, node.tag.as_ref().map(|t| &*t.name)) {
        Typed::Null => Data::Null,
        Typed::Bool(b) => Data::Bool(b),
        Typed::Int(n) => Data::Int(n),
        Typed::Float(n) => Data::Float(n),
        Typed::Str(text) => Data::Str(text),
        Typed::Timestamp(text) => Data::Timestamp(text),
    })
}

/// Keys and values of all mappings of a file.
fn entries(tree: &Tree) -> impl Iterator<Item = (Span, Span)> {
    tree.nodes.iter().flat_map(|node| match &node.kind {
        Kind::Mapping { entries, .. } => entries.iter().map(|e| (tree.node(e.key).span, tree.node(e.value).span)).collect(),
        _ => Vec::new(),
    })
}

fn says(data: &Data) -> String {
    text(&Value::new(data.clone(), Origin::at(Span::file_start(FileId::NONE))))
}

fn shown(printed: &Json) -> String {
    match printed {
        Json::String(s) => s.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

fn same(data: &Data, printed: &Json) -> bool {
    match (data, printed) {
        (Data::Null, Json::Null) => true,
        (Data::Bool(a), Json::Bool(b)) => a == b,
        (Data::Int(a), Json::Number(b)) => b.as_i64().map(i128::from).or(b.as_u64().map(i128::from)) == Some(*a),
        (Data::Float(a), Json::Number(b)) => b.as_f64() == Some(*a),
        (Data::Str(a), Json::String(b)) => a == b,
        _ => false,
    }
}

/// Secrets in what is told of all values.
fn leaks(loader: &Loader<'_>, tree: &Map, project: &Project, printed: &Json, directory: &Path) -> Vec<String> {
    let redactor = Redactor::with_trees(loader.sources, std::slice::from_ref(project), &|id| loader.tree(id));
    let why = Why { sources: loader.sources, redactor: &redactor, directory, origins: Origins::new(tree, Some(project)), printed };
    let answers = why.answers(&Pattern::parse("*").unwrap());
    let told = why::human(&answers, false);
    let secret = |line: &&str| redactor.text(line) != *line;
    told.lines().filter(secret).map(|line| format!("a secret is told: {line} -> {}", redactor.text(line))).collect()
}

/// True for the numbers, sizes, durations and switches that Compose prints in its own spelling.
#[allow(clippy::float_cmp)] // the same number or another one
fn spelling(key: &str, data: &Data, shown: &str, semantics: Semantics) -> bool {
    let said = says(data);
    let duration = ["timeout", "interval", "start_period", "start_interval", "stop_grace_period", "delay", "monitor", "window"];
    let size = ["mem_limit", "mem_reservation", "memswap_limit", "mem_swappiness", "memory", "shm_size", "size", "rate", "Rate"];
    if duration.contains(&key) {
        return units::duration(&said).is_ok_and(|d| units::duration_text(d) == shown);
    }
    if size.contains(&key) {
        let cut = matches!(data, Data::Float(_)) && shown == "0";
        return cut || units::bytes(&said, semantics).is_ok_and(|b| b.0.to_string() == shown);
    }
    let number = said.parse::<f64>().ok().zip(shown.parse::<f64>().ok());
    if number.is_some_and(|(a, b)| a == b || units::single(a) == b || a.trunc() == b) {
        return true;
    }
    match key {
        "mode" => {
            let bits = match data {
                Data::Int(n) => i64::try_from(*n).ok(),
                _ => units::mode(&said).ok(),
            };
            bits.is_some_and(|m| format!("0{m:o}") == shown)
        }
        "pull_policy" => said == "if_not_present" && shown == "missing",
        "count" => said.eq_ignore_ascii_case("all") && shown == "-1",
        _ => units::boolean(&said).is_ok_and(|b| b.to_string() == shown),
    }
}

/// Prints the table, and fails on what is not explained.
fn judge(title: &str, tally: &Tally, least: usize) {
    let all: usize = tally.proven.values().sum::<usize>() + tally.wrong.len();
    println!("{title}: {all} values");
    for (proof, n) in &tally.proven {
        println!("{n:>9}  {proof:?}");
    }
    for wrong in tally.wrong.iter().take(60) {
        println!("not explained: {}", wrong.replace('\n', "␊").chars().take(400).collect::<String>());
    }
    assert!(tally.wrong.is_empty(), "{} of {all} values are not explained", tally.wrong.len());
    assert!(all >= least, "only {all} values");
}

fn all_cases(semantics: Semantics) -> Tally {
    let (_kept, parent) = cases::parent();
    let one = |folder: &PathBuf| Run { case: Case::lay_out(folder, &parent), semantics }.prove();
    cases::folders().par_iter().map(one).reduce(Tally::default, Tally::add)
}

#[test]
fn every_value_of_the_cases_is_explained_in_compose_2() {
    judge("V2", &all_cases(Semantics::V2), 2_000);
}

#[test]
fn every_value_of_the_cases_is_explained_in_compose_5() {
    judge("V5", &all_cases(Semantics::V5), 2_000);
}

#[test]
fn the_way_of_values_through_merge_extends_and_include() {
    let cases: [(&str, &[&str]); 10] = [
        ("merge-01-scalar", &["services.a"]),
        ("merge-07-env-list-map", &["services.a.environment"]),
        ("merge-28-ports", &["services.a.ports"]),
        ("merge-40-configs", &["services.a.configs"]),
        ("merge-79-three", &["services.a"]),
        ("ext-08-nested-same-file", &["services"]),
        ("ext-19-base-overridden", &["services"]),
        ("ext-54-anchor-and-extends", &["services"]),
        ("inc-19-nested", &["services.*.image"]),
        ("inc-33-override-of-included", &["services"]),
    ];
    let (_kept, parent) = cases::parent();
    let told = cases.iter().map(|(name, patterns)| {
        let case = Case::lay_out(&cases::folder(name), &parent);
        let told = Run { case, semantics: Semantics::V5 }.told(patterns);
        format!("==== {name}\n\n{told}\n")
    });
    insta::assert_snapshot!("chains", told.collect::<String>().replace(parent.to_str().unwrap(), "/CASES"));
}

#[test]
fn every_value_of_the_real_projects_is_explained() {
    let Some(corpus) = cases::corpus() else { return };
    let accepted = corpus.rows.par_iter().filter(|row| row.accepted[0] == Some(true));
    let one = |row: &Row| Run { case: row.case.with(&["--profile", "*"]), semantics: Semantics::V2 }.prove();
    judge("corpus", &accepted.map(one).reduce(Tally::default, Tally::add), 50_000);
}
