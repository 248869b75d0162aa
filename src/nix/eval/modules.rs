//! Modules of NixOS: what is imported, what is declared, and what all of them set.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

use super::{Attrs, Eval, Evaluator, Kind, Lazy, Node, Property, Rc, Scope, Thunk, V, Value, render, wrong};
use crate::ordered::IndexMap;

/// The priority of a setting without one, and its order.
const PLAIN: i64 = 100;
const ORDER: i64 = 1000;
/// That of `lib.mkForce`, and what counts as it.
const FORCED: i64 = 50;

/// The modules, and what has been found of `config`.
#[derive(Default)]
pub(super) struct Modules {
    all: Vec<Module>,
    found: BTreeMap<Rc<[Rc<str>]>, Option<V>>,
}

#[derive(Clone)]
struct Module {
    settings: Thunk,
    options: Option<Thunk>,
}

/// A value that a setting is given.
#[derive(Clone)]
struct Definition {
    value: Thunk,
    priority: i64,
    /// Where its items go in a list, first by `lib.mkOrder`, then by the module.
    order: (i64, usize),
}

impl Definition {
    fn new(value: Thunk) -> Self {
        Self { value, priority: PLAIN, order: (ORDER, 0) }
    }
}

/// True for a list, and for a set whose names are known and mean the same within it as around it.
fn is_data(node: &Node) -> bool {
    match &node.kind {
        Kind::List(_) => true,
        Kind::Set(set) => !set.recursive && set.dynamic.is_empty() && !set.attrs.values().any(|node| matches!(node.kind, Kind::Outer(_))),
        _ => false,
    }
}

/// What a module is imported as.
enum Import {
    File(PathBuf),
    Inline(V),
}

/// What is not a setting in a module that has neither `config` nor `options`.
const OTHER: [&str; 8] = ["imports", "disabledModules", "_file", "_class", "_module", "key", "meta", "freeformType"];

/// True for what says what a module is.
pub(super) fn is_special(name: &str) -> bool {
    OTHER.contains(&name) || matches!(name, "config" | "options")
}

impl Modules {
    /// What `config` was asked for.
    pub(super) fn asked(&self) -> impl Iterator<Item = &Rc<[Rc<str>]>> {
        self.found.keys()
    }
}

impl Evaluator<'_> {
    /// What a module without imports sets.
    pub(super) fn merged_module(&mut self, attrs: &Attrs) -> Eval<Value> {
        let module = Self::module(attrs);
        let definitions = vec![Definition::new(module.settings.clone())];
        self.modules = Some(Modules { all: vec![module], found: BTreeMap::new() });
        Ok(self.merge(definitions, &mut Vec::new())?.unwrap_or_else(|| Value::Attrs(IndexMap::default())))
    }

    /// What all of the modules set.
    pub(super) fn merged_modules(&mut self, entries: &[PathBuf]) -> Eval<Value> {
        self.modules = Some(Modules::default());
        let all = self.collect(entries)?;
        let count = all.len();
        // In a list, what is imported comes before what imports it.
        let definitions = all
            .iter()
            .enumerate()
            .map(|(at, module)| Definition { order: (ORDER, count - at), ..Definition::new(module.settings.clone()) })
            .collect();
        self.modules = Some(Modules { all, found: BTreeMap::new() });
        Ok(self.merge(definitions, &mut Vec::new())?.unwrap_or_else(|| Value::Attrs(IndexMap::default())))
    }

    fn collect(&mut self, entries: &[PathBuf]) -> Eval<Vec<Module>> {
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        let mut queue: VecDeque<Import> = entries.iter().cloned().map(Import::File).collect();
        while let Some(import) = queue.pop_front() {
            self.spend(1)?;
            let value = match import {
                Import::File(path) => {
                    let path = super::normal(&path);
                    if !seen.insert(path.clone()) {
                        continue;
                    }
                    self.import(&path)?
                }
                Import::Inline(value) => value,
            };
            let value = self.applied_to_symbols(value)?;
            let V::Attrs(attrs) = value else { return wrong("a module is a set, or a function that gives one") };
            if let Some(imports) = attrs.get("imports") {
                self.imports(imports, &mut queue)?;
            }
            all.push(Self::module(&attrs));
        }
        Ok(all)
    }

    fn imports(&mut self, imports: &Thunk, queue: &mut VecDeque<Import>) -> Eval<()> {
        let V::List(items) = self.force(imports)? else { return wrong("the imports of a module are a list") };
        for item in items.iter() {
            match self.force(item)? {
                V::Path(path) => queue.push_back(Import::File(PathBuf::from(&*path))),
                V::Str(path) if path.starts_with('/') => queue.push_back(Import::File(PathBuf::from(&*path))),
                value @ (V::Attrs(_) | V::Lambda(..)) => queue.push_back(Import::Inline(value)),
                // A module of somebody else.
                V::Reference(_) => {}
                _ => return wrong("a module is imported by its path"),
            }
        }
        Ok(())
    }

    fn module(attrs: &Attrs) -> Module {
        if attrs.contains_key("config") || attrs.contains_key("options") {
            let settings = attrs.get("config").cloned().unwrap_or_else(|| Thunk::Done(V::attrs(Attrs::default())));
            return Module { settings, options: attrs.get("options").cloned() };
        }
        let settings = attrs.iter().filter(|(k, _)| !OTHER.contains(&&***k)).map(|(k, v)| (Rc::clone(k), v.clone())).collect();
        Module { settings: Thunk::Done(V::attrs(settings)), options: None }
    }

    /// What `config.…` is: what a declared option is set to or is by default, or a text or number that is set; else a reference.
    pub(super) fn config(&mut self, path: &Rc<[Rc<str>]>) -> Eval<V> {
        let text = |eval: &mut Self| Ok(V::Reference(eval.value_text(&V::Config(Rc::clone(path)))?.into()));
        let Some(modules) = &mut self.modules else { return text(self) };
        match modules.found.get(path) {
            Some(Some(value)) => return Ok(value.clone()),
            // It is asked for while it is looked for.
            Some(None) => return text(self),
            None => {}
        }
        modules.found.insert(Rc::clone(path), None);
        let value = match self.deeper(|eval| eval.setting(path))? {
            Some(value) => value,
            None => text(self)?,
        };
        if let Some(modules) = &mut self.modules {
            modules.found.insert(Rc::clone(path), Some(value.clone()));
        }
        Ok(value)
    }

    fn setting(&mut self, path: &[Rc<str>]) -> Eval<Option<V>> {
        let all = self.modules.as_ref().map(|m| m.all.clone()).unwrap_or_default();
        let mut declared = None;
        for module in &all {
            if let Some(options) = &module.options
                && let Some(found) = self.declared(options, path)?
            {
                declared = Some(found);
                break;
            }
        }
        let (own, rest) = path.split_at(declared.as_ref().map_or(path.len(), |d| d.0));
        let mut definitions = Vec::new();
        for (at, module) in all.iter().enumerate() {
            let definition = Definition { order: (ORDER, all.len() - at), ..Definition::new(module.settings.clone()) };
            self.definitions_of(definition, own, &mut definitions)?;
        }
        let set = !definitions.is_empty();
        let mut value = match self.merge(definitions, &mut own.to_vec())? {
            Some(value) => back(value),
            None => match declared.as_ref().and_then(|d| d.1.get("default")) {
                Some(default) => self.force(default)?,
                None => return Ok(None),
            },
        };
        if declared.is_none() && set && !matches!(value, V::Str(_) | V::Int(_) | V::Float(_) | V::Bool(_) | V::Path(_)) {
            // Others may add to it.
            return Ok(None);
        }
        for name in rest {
            match self.member(value, name)? {
                Some(inner) => value = inner,
                None => return Ok(None),
            }
        }
        self.force(&Thunk::Done(value)).map(Some)
    }

    /// The option that a path is in, and how many names of the path are its own.
    fn declared(&mut self, options: &Thunk, path: &[Rc<str>]) -> Eval<Option<(usize, Rc<Attrs>)>> {
        let mut value = self.force(options)?;
        for at in 0..=path.len() {
            let V::Attrs(attrs) = value else { return Ok(None) };
            if let Some(kind) = attrs.get("_type")
                && matches!(self.force(kind)?, V::Str(kind) if &*kind == "option")
            {
                return Ok(Some((at, attrs)));
            }
            let Some(next) = path.get(at).and_then(|name| attrs.get(name)) else { return Ok(None) };
            value = self.force(next)?;
        }
        Ok(None)
    }

    /// What is set at a path. Whether a condition holds is asked only if something is there: the condition may depend on other settings.
    fn definitions_of(&mut self, definition: Definition, path: &[Rc<str>], out: &mut Vec<Definition>) -> Eval<()> {
        let Some((first, rest)) = path.split_first() else {
            out.push(definition);
            return Ok(());
        };
        self.spend(1)?;
        match self.force(&definition.value)? {
            V::Attrs(attrs) => match attrs.get(first) {
                Some(value) => {
                    let next = Definition { value: value.clone(), ..definition };
                    self.deeper(|eval| eval.definitions_of(next, rest, out))
                }
                None => Ok(()),
            },
            V::Property(Property::If(condition), inner) => {
                let mut found = Vec::new();
                self.deeper(|eval| eval.definitions_of(Definition { value: (*inner).clone(), ..definition }, path, &mut found))?;
                if !found.is_empty() && self.holds(&condition)? {
                    out.append(&mut found);
                }
                Ok(())
            }
            V::Property(Property::Merge, inner) => {
                let V::List(items) = self.force(&inner)? else { return wrong("lib.mkMerge takes a list") };
                for item in items.iter() {
                    let next = Definition { value: item.clone(), ..definition.clone() };
                    self.deeper(|eval| eval.definitions_of(next, path, out))?;
                }
                Ok(())
            }
            V::Property(Property::Override(priority), inner) => {
                self.deeper(|eval| eval.definitions_of(Definition { value: (*inner).clone(), priority, ..definition }, path, out))
            }
            V::Property(Property::Order(order), inner) => {
                let next = Definition { value: (*inner).clone(), order: (order, definition.order.1), ..definition };
                self.deeper(|eval| eval.definitions_of(next, path, out))
            }
            _ => Ok(()),
        }
    }

    /// True unless it is known to be false.
    fn holds(&mut self, condition: &Thunk) -> Eval<bool> {
        match self.force(condition)? {
            V::Bool(v) => Ok(v),
            V::Reference(_) => Ok(true),
            _ => wrong("the condition of lib.mkIf is neither true nor false"),
        }
    }

    /// All of a value.
    pub(super) fn finish(&mut self, value: V) -> Eval<Value> {
        self.finished(value, &mut Vec::new()).map(|v| v.unwrap_or(Value::Null))
    }

    /// All of a value; `None` if its condition does not hold.
    fn finished(&mut self, value: V, path: &mut Vec<Rc<str>>) -> Eval<Option<Value>> {
        self.spend(1)?;
        Ok(Some(match value {
            V::Null => Value::Null,
            V::Bool(v) => Value::Bool(v),
            V::Int(n) => Value::Int(n),
            V::Float(n) => Value::Float(n),
            V::Str(text) => {
                self.spend(text.len() / 16)?;
                Value::Str(text.to_string())
            }
            V::Path(path) => Value::Path(path.to_string()),
            V::List(items) => Value::List(self.finished_items(&items, path)?),
            V::Attrs(attrs) => {
                let mut out = crate::ordered::with_capacity(attrs.len());
                for (name, thunk) in attrs.iter() {
                    path.push(Rc::clone(name));
                    if let Some(value) = self.finished_thunk(thunk, path)? {
                        out.insert(name.to_string(), value);
                    }
                    path.pop();
                }
                Value::Attrs(out)
            }
            V::Property(..) => return self.merge(vec![Definition::new(Thunk::Done(value))], path),
            V::Config(names) => {
                let value = self.config(&names)?;
                return self.deeper(|eval| eval.finished(value, path));
            }
            V::Reference(text) => Value::Reference(text.to_string()),
            V::Lambda(node, _) => Value::Reference(render::source(&node)),
            function => Value::Reference(self.value_text(&function)?),
        }))
    }

    fn finished_items(&mut self, items: &[Thunk], path: &mut Vec<Rc<str>>) -> Eval<Vec<Value>> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            out.extend(self.finished_thunk(item, path)?);
        }
        Ok(out)
    }

    /// All of a value that may not be there yet.
    fn finished_thunk(&mut self, thunk: &Thunk, path: &mut Vec<Rc<str>>) -> Eval<Option<Value>> {
        if let Thunk::Lazy(cell) = thunk {
            let waiting = match &*cell.borrow() {
                Lazy::Node(node, scope) if is_data(node) => Some((Rc::clone(node), scope.clone())),
                _ => None,
            };
            if let Some((node, scope)) = waiting {
                return self.deeper(|eval| eval.finished_node(&node, &scope, path));
            }
        }
        let value = self.force(thunk)?;
        self.deeper(|eval| eval.finished(value, path))
    }

    /// All of what an expression is. Sets and lists as they are written need no thunks for what is in them.
    fn finished_node(&mut self, node: &Rc<Node>, scope: &Scope, path: &mut Vec<Rc<str>>) -> Eval<Option<Value>> {
        match &node.kind {
            Kind::List(items) => {
                self.spend(1)?;
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    out.extend(self.deeper(|eval| eval.finished_node(item, scope, path))?);
                }
                Ok(Some(Value::List(out)))
            }
            Kind::Set(set) if is_data(node) => {
                self.spend(1)?;
                let mut out = crate::ordered::with_capacity(set.attrs.len());
                for (name, inner) in &set.attrs {
                    path.push(Rc::clone(name));
                    if let Some(value) = self.deeper(|eval| eval.finished_node(inner, scope, path))? {
                        out.insert(name.to_string(), value);
                    }
                    path.pop();
                }
                Ok(Some(Value::Attrs(out)))
            }
            _ => {
                let value = self.deeper(|eval| eval.node(node, scope))?;
                self.finished(value, path)
            }
        }
    }

    /// What several definitions make of a setting; `None` if the conditions of none hold.
    fn merge(&mut self, definitions: Vec<Definition>, path: &mut Vec<Rc<str>>) -> Eval<Option<Value>> {
        let mut plain = Vec::new();
        for definition in definitions {
            self.unwrapped(definition, &mut plain)?;
        }
        let Some(priority) = plain.iter().map(|(d, _)| d.priority).min() else { return Ok(None) };
        plain.retain(|(d, _)| d.priority == priority);
        let value = if plain.len() == 1 {
            match plain.pop() {
                Some((_, value)) => self.deeper(|eval| eval.finished(value, path))?,
                None => None,
            }
        } else if plain.iter().all(|(_, v)| matches!(v, V::Attrs(_))) {
            Some(self.merged_attrs(&plain, path)?)
        } else if plain.iter().all(|(_, v)| matches!(v, V::List(_))) {
            plain.sort_by_key(|(d, _)| d.order);
            let mut out = Vec::new();
            for (_, value) in &plain {
                if let V::List(items) = value {
                    out.append(&mut self.finished_items(items, path)?);
                }
            }
            Some(Value::List(out))
        } else {
            let mut first: Option<Value> = None;
            for (_, value) in plain {
                let value = self.deeper(|eval| eval.finished(value, path))?;
                match (&first, value) {
                    (Some(before), Some(value)) if *before != value => {
                        let names: Vec<String> = path.iter().map(|n| render::attr(n)).collect();
                        return wrong(format!("{} is set to different values", names.join(".")));
                    }
                    (None, value) => first = value,
                    _ => {}
                }
            }
            first
        };
        Ok(match value {
            Some(Value::Forced(inner)) if priority <= FORCED => Some(Value::Forced(inner)),
            Some(value) if priority <= FORCED => Some(Value::Forced(Box::new(value))),
            value => value,
        })
    }

    fn merged_attrs(&mut self, plain: &[(Definition, V)], path: &mut Vec<Rc<str>>) -> Eval<Value> {
        let mut by_name: IndexMap<Rc<str>, Vec<Definition>> = IndexMap::default();
        for (definition, value) in plain {
            let V::Attrs(attrs) = value else { continue };
            self.spend(attrs.len())?;
            for (name, thunk) in attrs.iter() {
                let own = Definition { value: thunk.clone(), priority: PLAIN, order: (ORDER, definition.order.1) };
                by_name.entry(Rc::clone(name)).or_default().push(own);
            }
        }
        let mut out = crate::ordered::with_capacity(by_name.len());
        for (name, definitions) in by_name {
            path.push(Rc::clone(&name));
            if let Some(value) = self.deeper(|eval| eval.merge(definitions, path))? {
                out.insert(name.to_string(), value);
            }
            path.pop();
        }
        Ok(Value::Attrs(out))
    }

    /// The definitions without `lib.mkIf` and the like around them.
    fn unwrapped(&mut self, definition: Definition, out: &mut Vec<(Definition, V)>) -> Eval<()> {
        self.spend(1)?;
        match self.force(&definition.value)? {
            V::Property(Property::If(condition), inner) => {
                if self.holds(&condition)? {
                    self.deeper(|eval| eval.unwrapped(Definition { value: (*inner).clone(), ..definition }, out))?;
                }
            }
            V::Property(Property::Merge, inner) => {
                let V::List(items) = self.force(&inner)? else { return wrong("lib.mkMerge takes a list") };
                for item in items.iter() {
                    let next = Definition { value: item.clone(), ..definition.clone() };
                    self.deeper(|eval| eval.unwrapped(next, out))?;
                }
            }
            V::Property(Property::Override(priority), inner) => {
                self.deeper(|eval| eval.unwrapped(Definition { value: (*inner).clone(), priority, ..definition }, out))?;
            }
            V::Property(Property::Order(order), inner) => {
                let order = (order, definition.order.1);
                self.deeper(|eval| eval.unwrapped(Definition { value: (*inner).clone(), order, ..definition }, out))?;
            }
            value => out.push((definition, value)),
        }
        Ok(())
    }
}

/// A value that was finished, to go on with.
fn back(value: Value) -> V {
    match value {
        Value::Null => V::Null,
        Value::Bool(v) => V::Bool(v),
        Value::Int(n) => V::Int(n),
        Value::Float(n) => V::Float(n),
        Value::Str(text) => V::Str(text.into()),
        Value::Path(path) => V::Path(path.into()),
        Value::List(items) => V::list(items.into_iter().map(|v| Thunk::Done(back(v))).collect()),
        Value::Attrs(attrs) => V::attrs(attrs.into_iter().map(|(k, v)| (k.into(), Thunk::Done(back(v)))).collect()),
        Value::Forced(inner) => back(*inner),
        Value::Reference(text) => V::Reference(text.into()),
    }
}
