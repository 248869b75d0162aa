//! What an expression is, as far as it can be told without a host. Evaluates lazily, as Nix does; what only a host knows is a
//! [`Value::Reference`]. Bounded: no input hangs, overflows the stack, or takes unbounded memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::rc::{Rc, Weak};

use super::read::{self, Attr, Kind, Node, Operator, Param, Part, Set, Source};
use super::{NixError, REFERENCE, Value, plain_name, reference};
use crate::threads::{self, STACK};
use value::{Attrs, Frame, Lazy, Names, Property, Scope, Thunk, V};

mod library;
mod modules;
mod operators;
mod render;
mod split;
#[cfg(test)]
mod tests;
mod value;
mod wanted;

/// Levels of evaluation within each other.
const DEPTH: usize = 1_000;
/// Steps of one evaluation; a step is an expression, an item, or some bytes of text.
const STEPS: usize = 1_000_000;

/// The files that can be read, by absolute path.
#[derive(Clone, Debug, Default)]
pub struct Files(BTreeMap<PathBuf, String>);

impl Files {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; its path is absolute.
    pub fn insert(&mut self, path: impl AsRef<Path>, text: impl Into<String>) {
        self.0.insert(normal(path.as_ref()), text.into());
    }

    /// The file, or the `default.nix` of the directory.
    fn find(&self, path: &Path) -> Option<(PathBuf, &str)> {
        let path = normal(path);
        let found = |p: PathBuf| self.0.get(&p).map(|text| (p, text.as_str()));
        let inside = path.join("default.nix");
        found(path).or_else(|| found(inside))
    }
}

impl<P: AsRef<Path>, T: Into<String>> FromIterator<(P, T)> for Files {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> Self {
        let mut all = Self::new();
        for (path, text) in files {
            all.insert(path, text);
        }
        all
    }
}

/// The path without `.` and `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// What the expression is.
pub fn text(text: &str) -> Result<Value, NixError> {
    on_own_stack(|| {
        let files = Files::new();
        let mut eval = Evaluator::new(&files);
        let node = read::parse(Source::alone(text))?;
        eval.whole(|eval| eval.node(&node, &Scope::root()))
    })
}

/// What the expression of a file is. If it is a function, its arguments are references to what they are called, but for `lib`.
pub fn file(files: &Files, path: &Path) -> Result<Value, NixError> {
    on_own_stack(|| {
        let mut eval = Evaluator::new(files);
        eval.whole(|eval| {
            let value = eval.import(path)?;
            eval.applied_to_symbols(value)
        })
    })
}

/// What a set of modules makes of the options of NixOS: their `imports` are followed, `config` is what they set or declare, and the settings
/// of all are merged. The message of an error names the file, and its place is in that file.
pub fn modules(files: &Files, entries: &[PathBuf]) -> Result<Value, NixError> {
    on_own_stack(|| Evaluator::new(files).merged_modules(entries).map_err(Stop::error))
}

/// What the caller makes of the same, of one module: of the whole, or of parts of a long one, beside each other, of which none sets what
/// another one does.
pub fn module_in_parts<R: Send>(files: &Files, entry: &Path, read: impl Fn(&Value) -> R + Sync) -> Result<Vec<R>, NixError> {
    match split::module(files, entry, threads::pieces(), &read) {
        Some(parts) => Ok(parts),
        None => Ok(vec![read(&modules(files, &[entry.to_owned()])?)]),
    }
}

/// Runs it where its depth is known to fit.
pub(super) fn on_own_stack<T: Send>(run: impl FnOnce() -> Result<T, NixError> + Send) -> Result<T, NixError> {
    let failed = |message: &str| Err(NixError { at: 0, message: message.to_owned() });
    std::thread::scope(|scope| match std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run) {
        Ok(thread) => thread.join().unwrap_or_else(|_| failed("the expression cannot be evaluated")),
        Err(_) => failed("there is no memory to evaluate the expression"),
    })
}

/// Why an evaluation stops.
#[derive(Clone, Debug)]
enum Stop {
    /// Something is needed that only the host knows.
    Unknown,
    /// The expression is wrong.
    Error { at: Option<(usize, Option<String>)>, message: String },
}

impl Stop {
    fn error(self) -> NixError {
        match self {
            Stop::Unknown => NixError { at: 0, message: "this depends on what only the host knows".to_owned() },
            Stop::Error { at: Some((at, Some(file))), message } => NixError { at, message: format!("{message} in {file}") },
            Stop::Error { at, message } => NixError { at: at.map_or(0, |a| a.0), message },
        }
    }
}

fn wrong<T>(message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Error { at: None, message: message.into() })
}

type Eval<T> = Result<T, Stop>;

struct Evaluator<'f> {
    files: &'f Files,
    depth: usize,
    steps: usize,
    /// The trees of files.
    trees: BTreeMap<PathBuf, Rc<Node>>,
    /// The modules, while there are some.
    modules: Option<modules::Modules>,
    /// Scopes that hold values that hold them: they are emptied in the end.
    circles: Vec<Weak<Frame>>,
}

impl Drop for Evaluator<'_> {
    fn drop(&mut self) {
        for frame in self.circles.iter().filter_map(Weak::upgrade) {
            if let Names::Many(names) = &frame.names {
                // What it holds is dropped once nothing is borrowed.
                let held = std::mem::take(&mut *names.borrow_mut());
                drop(held);
            }
        }
    }
}

impl<'f> Evaluator<'f> {
    fn new(files: &'f Files) -> Self {
        Self { files, depth: 0, steps: STEPS, trees: BTreeMap::new(), modules: None, circles: Vec::new() }
    }

    /// All of a value.
    fn whole(&mut self, value: impl FnOnce(&mut Self) -> Eval<V>) -> Result<Value, NixError> {
        let value = value(self).and_then(|v| self.finish(v));
        value.map_err(Stop::error)
    }

    fn spend(&mut self, steps: usize) -> Eval<()> {
        match self.steps.checked_sub(steps.max(1)) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => wrong("this takes too many steps"),
        }
    }

    /// One level further in.
    fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        if self.depth >= DEPTH {
            return wrong("this is nested too deeply");
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    /// The file at an absolute path.
    fn import(&mut self, path: &Path) -> Eval<V> {
        let node = self.tree(path)?;
        self.deeper(|eval| eval.node(&node, &Scope::root()))
    }

    fn tree(&mut self, path: &Path) -> Eval<Rc<Node>> {
        let Some((path, text)) = self.files.find(path) else {
            return wrong(format!("there is no file {}", path.display()));
        };
        if let Some(node) = self.trees.get(&path) {
            return Ok(Rc::clone(node));
        }
        self.spend(text.len() / 16)?;
        let source = Source::file(&path, text.to_owned());
        let name = source.name.clone();
        let node = read::parse(source).map_err(|error| Stop::Error { at: Some((error.at, name)), message: error.message })?;
        self.trees.insert(path, Rc::clone(&node));
        Ok(node)
    }

    /// A function of a file, with what its arguments are called.
    fn applied_to_symbols(&mut self, value: V) -> Eval<V> {
        let V::Lambda(node, _) = &value else { return Ok(value) };
        let Kind::Lambda(param, _) = &node.kind else { return Ok(value) };
        let mut arguments = Attrs::default();
        if let Param::Set { names, .. } = param {
            for (name, default) in names {
                let symbol = match &**name {
                    "lib" => V::Library("lib".into()),
                    "config" if self.modules.is_some() => V::Config(Rc::new([])),
                    _ if default.is_some() => continue,
                    _ => V::Reference(Rc::clone(name)),
                };
                arguments.insert(Rc::clone(name), Thunk::Done(symbol));
            }
        }
        let arguments = match param {
            Param::Name(name) => V::Reference(Rc::clone(name)),
            Param::Set { .. } => V::attrs(arguments),
        };
        self.apply(value, Thunk::Done(arguments))
    }

    /// The value of a thunk, its parts perhaps not evaluated.
    fn force(&mut self, thunk: &Thunk) -> Eval<V> {
        let value = match thunk {
            Thunk::Done(value) => value.clone(),
            Thunk::Lazy(cell) => self.force_lazy(cell)?,
        };
        match value {
            V::Config(path) => self.config(&path),
            value => Ok(value),
        }
    }

    /// The same; `config.…` stays what it is.
    fn force_lazy(&mut self, cell: &Rc<RefCell<Lazy>>) -> Eval<V> {
        let lazy = std::mem::replace(&mut *cell.borrow_mut(), Lazy::Busy);
        let result = match lazy {
            Lazy::Done(value) => Ok(value),
            Lazy::Failed(stop) => Err(stop),
            Lazy::Busy => wrong("this is defined by itself"),
            Lazy::Node(node, scope) => self.deeper(|eval| eval.node(&node, &scope)),
            Lazy::Call(function, arguments) => self.deeper(|eval| eval.apply_all(function, arguments)),
        };
        *cell.borrow_mut() = match &result {
            Ok(value) => Lazy::Done(value.clone()),
            Err(stop) => Lazy::Failed(stop.clone()),
        };
        result
    }

    fn node(&mut self, node: &Rc<Node>, scope: &Scope) -> Eval<V> {
        self.spend(1)?;
        self.node_kind(node, scope).map_err(|stop| match stop {
            Stop::Error { at: None, message } => Stop::Error { at: Some((node.at.0 as usize, node.source.name.clone())), message },
            stop => stop,
        })
    }

    /// The value of a part of an expression; it is known what is needed of it.
    fn inner(&mut self, node: &Rc<Node>, scope: &Scope) -> Eval<V> {
        match self.deeper(|eval| eval.node(node, scope))? {
            V::Config(path) => self.config(&path),
            value => Ok(value),
        }
    }

    fn node_kind(&mut self, node: &Rc<Node>, scope: &Scope) -> Eval<V> {
        Ok(match &node.kind {
            Kind::Int(n) => V::Int(*n),
            Kind::Float(n) => V::Float(*n),
            Kind::Text(text) => V::Str(Rc::clone(text)),
            Kind::Str(parts) => V::Str(self.string(parts, scope)?.into()),
            Kind::Path(parts) => {
                let text = self.path_text(parts, scope)?;
                V::Path(normal(Path::new(&text)).to_string_lossy().as_ref().into())
            }
            Kind::Search(text) => V::Reference(Rc::clone(text)),
            Kind::Name(name) => return self.name(name, scope, false),
            Kind::Outer(name) => return self.name(name, scope, true),
            Kind::List(items) => V::list(items.iter().map(|i| Thunk::of(i, scope)).collect()),
            Kind::Set(set) => self.set(set, scope)?,
            Kind::Let(set, body) => {
                let inner = self.recursive(set, scope)?.1;
                return self.deeper(|eval| eval.node(body, &inner));
            }
            Kind::Lambda(..) => V::Lambda(Rc::clone(node), scope.clone()),
            Kind::Select(base, path, default) => return self.select(base, path, default.as_ref(), scope),
            Kind::Has(base, path) => return self.has(base, path, scope),
            Kind::Apply(function, argument) => {
                let function = self.inner(function, scope)?;
                let argument = Thunk::of(argument, scope);
                return self.apply(function, argument);
            }
            Kind::If(condition, yes, no) => match self.inner(condition, scope)? {
                V::Bool(true) => return self.deeper(|eval| eval.node(yes, scope)),
                V::Bool(false) => return self.deeper(|eval| eval.node(no, scope)),
                V::Reference(condition) => {
                    let yes = self.rendered(yes, scope)?;
                    let no = self.rendered(no, scope)?;
                    V::Reference(format!("if {condition} then {yes} else {no}").into())
                }
                _ => return wrong("the condition is neither true nor false"),
            },
            Kind::With(names, body) => {
                let names = Thunk::of(names, scope);
                let inner = scope.with(Names::With(names));
                return self.deeper(|eval| eval.node(body, &inner));
            }
            Kind::Assert(condition, body) => match self.inner(condition, scope)? {
                V::Bool(true) | V::Reference(_) => return self.deeper(|eval| eval.node(body, scope)),
                _ => return wrong("an assertion fails"),
            },
            Kind::Not(inner) => match self.inner(inner, scope)? {
                V::Bool(v) => V::Bool(!v),
                V::Reference(text) => V::Reference(format!("!{}", render::word(&text)).into()),
                _ => return wrong("only true and false can be negated"),
            },
            Kind::Negate(inner) => match self.inner(inner, scope)? {
                V::Int(n) => V::Int(n.wrapping_neg()),
                V::Float(n) => V::Float(-n),
                V::Reference(text) => V::Reference(format!("-{}", render::word(&text)).into()),
                _ => return wrong("only a number can be negated"),
            },
            Kind::Binary(operator, left, right) => return self.binary(*operator, left, right, scope),
        })
    }

    fn string(&mut self, parts: &[Part], scope: &Scope) -> Eval<String> {
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expr(node) => {
                    let value = self.inner(node, scope)?;
                    let text = self.interpolated(value)?;
                    self.spend(text.len() / 16)?;
                    out.push_str(&text);
                }
            }
        }
        Ok(out)
    }

    /// What a value is within a text.
    fn interpolated(&mut self, value: V) -> Eval<String> {
        match value {
            V::Str(text) => Ok(text.to_string()),
            // Nix copies the file to the store, and where to is not known here.
            V::Path(path) => Ok(reference(&path)),
            V::Reference(text) => Ok(reference(&text)),
            V::Attrs(attrs) => match attrs.get("outPath") {
                Some(path) => {
                    let path = self.force(path)?;
                    self.deeper(|eval| eval.interpolated(path))
                }
                None => wrong("a set cannot be a part of a text"),
            },
            V::Null => wrong("null cannot be a part of a text"),
            V::Bool(_) => wrong("true and false cannot be a part of a text"),
            V::Int(_) | V::Float(_) => wrong("a number cannot be a part of a text; write toString before it"),
            V::List(_) => wrong("a list cannot be a part of a text"),
            _ => wrong("a function cannot be a part of a text"),
        }
    }

    fn path_text(&mut self, parts: &[Part], scope: &Scope) -> Eval<String> {
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expr(node) => match self.inner(node, scope)? {
                    V::Str(text) | V::Path(text) => out.push_str(&text),
                    V::Reference(text) => out.push_str(&reference(&text)),
                    _ => return wrong("this cannot be a part of a path"),
                },
            }
        }
        Ok(out)
    }

    fn name(&mut self, name: &Rc<str>, scope: &Scope, outer: bool) -> Eval<V> {
        let mut next = &scope.0;
        if outer && let Some(frame) = next {
            next = &frame.outer.0;
        }
        let mut sets = Vec::new();
        while let Some(frame) = next {
            let found = match &frame.names {
                Names::Few(names) => names.iter().find(|(n, _)| n == name).map(|(_, thunk)| thunk.clone()),
                Names::Many(names) => names.borrow().get(name).cloned(),
                Names::With(set) => {
                    sets.push(set);
                    None
                }
            };
            if let Some(thunk) = found {
                return self.as_is(&thunk);
            }
            next = &frame.outer.0;
        }
        if let Some(value) = library::global(name) {
            return Ok(value);
        }
        for set in sets {
            match self.force(set)? {
                V::Attrs(attrs) => {
                    if let Some(thunk) = attrs.get(name) {
                        return self.as_is(thunk);
                    }
                }
                V::Library(path) => {
                    if let Some(value) = library::member(&path, name) {
                        return Ok(value);
                    }
                }
                V::Reference(text) => return Ok(V::Reference(render::selected(&text, name).into())),
                _ => return wrong("what is behind with is no set"),
            }
        }
        wrong(format!("the name {name} is not defined"))
    }

    /// The value of a thunk; `config.…` stays what it is.
    fn as_is(&mut self, thunk: &Thunk) -> Eval<V> {
        match thunk {
            Thunk::Done(value) => Ok(value.clone()),
            Thunk::Lazy(cell) => self.force_lazy(cell),
        }
    }

    fn set(&mut self, set: &Set, scope: &Scope) -> Eval<V> {
        if set.recursive {
            return Ok(self.recursive(set, scope)?.0);
        }
        // What is inherited is meant as it is around the set, and there is no scope of its own.
        let mut attrs = crate::ordered::with_capacity(set.attrs.len());
        for (name, node) in &set.attrs {
            let thunk = match &node.kind {
                Kind::Outer(_) => Thunk::of(node, &scope.with(Names::Few(Vec::new()))),
                _ => Thunk::of(node, scope),
            };
            attrs.insert(Rc::clone(name), thunk);
        }
        self.dynamic(set, scope, &mut attrs)?;
        Ok(V::attrs(attrs))
    }

    fn dynamic(&mut self, set: &Set, scope: &Scope, attrs: &mut Attrs) -> Eval<()> {
        for (name, value) in &set.dynamic {
            let name: Rc<str> = match self.inner(name, scope)? {
                V::Str(name) => name,
                V::Null => continue,
                V::Reference(text) => reference(&text).into(),
                _ => return wrong("the name of an attribute is no text"),
            };
            let thunk = Thunk::of(value, scope);
            if attrs.insert(Rc::clone(&name), thunk).is_some() {
                return wrong(format!("the attribute {name} is there twice"));
            }
        }
        Ok(())
    }

    /// A scope that is filled in later.
    fn circle(&mut self, scope: &Scope) -> Scope {
        let inner = scope.with(Names::Many(RefCell::default()));
        self.circles.extend(inner.0.as_ref().map(Rc::downgrade));
        inner
    }

    /// The set, and the scope that has its names.
    fn recursive(&mut self, set: &Set, scope: &Scope) -> Eval<(V, Scope)> {
        let inner = self.circle(scope);
        let mut attrs = crate::ordered::with_capacity(set.attrs.len());
        for (name, node) in &set.attrs {
            let thunk = Thunk::of(node, &inner);
            attrs.insert(Rc::clone(name), thunk);
        }
        let fill = |attrs: &Attrs| {
            if let Some(Frame { names: Names::Many(names), .. }) = inner.0.as_deref() {
                *names.borrow_mut() = Rc::new(attrs.clone());
            }
        };
        fill(&attrs);
        if !set.dynamic.is_empty() {
            self.dynamic(set, &inner, &mut attrs)?;
        }
        Ok((V::attrs(attrs), inner))
    }

    fn attr_name(&mut self, attr: &Attr, scope: &Scope) -> Eval<Rc<str>> {
        match attr {
            Attr::Name(name) => Ok(Rc::clone(name)),
            Attr::Dynamic(node) => match self.inner(node, scope)? {
                V::Str(name) => Ok(name),
                V::Reference(text) => Ok(reference(&text).into()),
                _ => wrong("the name of an attribute is no text"),
            },
        }
    }

    fn select(&mut self, base: &Rc<Node>, path: &[Attr], default: Option<&Rc<Node>>, scope: &Scope) -> Eval<V> {
        let mut value = self.deeper(|eval| eval.node(base, scope))?;
        for attr in path {
            let name = self.attr_name(attr, scope)?;
            match self.member(value, &name)? {
                Some(inner) => value = inner,
                None => match default {
                    Some(default) => return self.deeper(|eval| eval.node(default, scope)),
                    None => return wrong(format!("there is no attribute {name}")),
                },
            }
        }
        Ok(value)
    }

    /// An attribute of a value; `config.…` stays what it is.
    fn member(&mut self, value: V, name: &Rc<str>) -> Eval<Option<V>> {
        Ok(Some(match value {
            V::Attrs(attrs) => match attrs.get(name) {
                Some(thunk) => self.as_is(thunk)?,
                None => return Ok(None),
            },
            V::Config(path) => V::Config(path.iter().cloned().chain([Rc::clone(name)]).collect()),
            V::Reference(text) => V::Reference(render::selected(&text, name).into()),
            V::Library(path) => match library::member(&path, name) {
                Some(value) => value,
                None => V::Reference(render::selected(&path, name).into()),
            },
            V::Property(Property::Override(_) | Property::Order(_), inner) => {
                let inner = self.force(&inner)?;
                return self.deeper(|eval| eval.member(inner, name));
            }
            _ => return Ok(None),
        }))
    }

    fn has(&mut self, base: &Rc<Node>, path: &[Attr], scope: &Scope) -> Eval<V> {
        let mut value = self.inner(base, scope)?;
        for attr in path {
            let name = self.attr_name(attr, scope)?;
            value = match value {
                V::Attrs(attrs) => match attrs.get(&name) {
                    Some(thunk) => self.force(thunk)?,
                    None => return Ok(V::Bool(false)),
                },
                V::Reference(text) => return Ok(V::Reference(format!("{} ? {}", render::word(&text), render::attr(&name)).into())),
                V::Library(path) => match library::member(&path, &name) {
                    Some(value) => value,
                    None => return Ok(V::Bool(false)),
                },
                _ => return Ok(V::Bool(false)),
            };
        }
        Ok(V::Bool(true))
    }

    fn apply_all(&mut self, function: V, arguments: Vec<Thunk>) -> Eval<V> {
        let mut value = function;
        for argument in arguments {
            value = match self.apply(value, argument)? {
                V::Config(path) => self.config(&path)?,
                value => value,
            };
        }
        Ok(value)
    }

    fn apply(&mut self, function: V, argument: Thunk) -> Eval<V> {
        self.spend(1)?;
        match function {
            V::Lambda(node, scope) => {
                let Kind::Lambda(param, body) = &node.kind else { return wrong("this is no function") };
                let inner = self.bound(param, argument, &scope)?;
                self.deeper(|eval| eval.node(body, &inner))
            }
            V::Builtin(function, name, arguments) => {
                let mut arguments = arguments.to_vec();
                arguments.push(argument);
                if arguments.len() < function.arguments {
                    return Ok(V::Builtin(function, name, Rc::new(arguments)));
                }
                match self.deeper(|eval| (function.run)(eval, &arguments)) {
                    Err(Stop::Unknown) => {
                        let mut text = name.to_string();
                        for argument in &arguments {
                            text.push(' ');
                            text.push_str(&self.argument_text(argument)?);
                        }
                        self.spend(text.len() / 16)?;
                        Ok(V::Reference(text.into()))
                    }
                    other => other,
                }
            }
            V::Reference(text) => {
                let text = format!("{} {}", render::function(&text), self.argument_text(&argument)?);
                self.spend(text.len() / 16)?;
                Ok(V::Reference(text.into()))
            }
            V::Attrs(attrs) if attrs.contains_key("__functor") => match attrs.get("__functor") {
                Some(functor) => {
                    let functor = self.force(functor)?;
                    self.deeper(|eval| eval.apply_all(functor, vec![Thunk::Done(V::Attrs(Rc::clone(&attrs))), argument]))
                }
                None => wrong("this is no function"),
            },
            _ => wrong("this is no function"),
        }
    }

    /// The scope of the body of a function.
    fn bound(&mut self, param: &Param, argument: Thunk, scope: &Scope) -> Eval<Scope> {
        match param {
            Param::Name(name) => Ok(scope.with(Names::Few(vec![(Rc::clone(name), argument)]))),
            Param::Set { names, more, whole } => {
                let value = self.force(&argument)?;
                let given = match &value {
                    V::Attrs(attrs) => Some(attrs),
                    V::Reference(_) | V::Library(_) => None,
                    _ => return wrong("the function takes a set"),
                };
                let inner = self.circle(scope);
                let mut bound = crate::ordered::with_capacity(names.len() + 1);
                for (name, default) in names {
                    let thunk = match (given.map(|g| g.get(name)), default) {
                        (Some(Some(thunk)), _) => thunk.clone(),
                        (_, Some(default)) => Thunk::of(default, &inner),
                        (Some(None), None) => return wrong(format!("the function needs the argument {name}")),
                        (None, None) => match self.member(value.clone(), name)? {
                            Some(value) => Thunk::Done(value),
                            None => return wrong(format!("the function needs the argument {name}")),
                        },
                    };
                    bound.insert(Rc::clone(name), thunk);
                }
                if let Some(given) = given
                    && !more
                    && let Some(name) = given.keys().find(|k| !names.iter().any(|(n, _)| n == *k))
                {
                    return wrong(format!("the function takes no argument {name}"));
                }
                if let Some(whole) = whole {
                    bound.insert(Rc::clone(whole), Thunk::Done(value.clone()));
                }
                if let Some(Frame { names: Names::Many(names), .. }) = inner.0.as_deref() {
                    *names.borrow_mut() = Rc::new(bound);
                }
                Ok(inner)
            }
        }
    }
}
