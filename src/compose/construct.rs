//! One document of YAML → a tree of values with origins: aliases, merge keys, scalar types, `!reset` and `!override`
//! (spec/resolve.md 5 and 8). Reads no files and knows no Compose keys.
//!
//! Aliases multiply: sizes are computed before anything is copied, so a file that would expand beyond the limit costs no more than
//! its own text.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Semantics;
use super::problem::{Phase, Problem, ProblemKind};
use super::reset::ResetPath;
use super::select::duplicate_key;
use super::value::{Data, Entry, Map, Origin, Step, Trail, Value};
use crate::source::Span;
use crate::yaml::scalar::{Typed, resolve};
use crate::yaml::{self, Kind, NodeId, Style, Tree};

/// More values than this are not made of one file.
pub const MAX_FILE_VALUES: u64 = 500_000;
/// Aliases deeper than this are not followed; the parser itself stops at 255.
const MAX_DEPTH: u32 = 300;
/// In a file that is too large when expanded, aliases to less than this are still followed.
const SMALL: u64 = 1_000;

/// One document, constructed.
#[derive(Debug)]
pub struct Constructed {
    /// Its value; `None` if the whole document is reset.
    pub value: Option<Value>,
    /// The places of `!reset` and `!override`, to be removed from what the document is merged into.
    pub resets: Vec<ResetPath>,
}

/// Makes the documents of one file. They must be made in order: an anchor lives to the end of the file, and what a `!reset`
/// removed from it stays removed.
pub struct Constructor<'t> {
    tree: &'t Tree,
    semantics: Semantics,
    shapes: Vec<Shape>,
    /// Aliases that are not followed: they contain themselves, or nest too deeply.
    cut: BTreeSet<NodeId>,
    /// Nodes that `!reset` removed.
    dropped: BTreeSet<NodeId>,
    /// Values that aliases may still make.
    expansion: u64,
    /// True if the whole would exceed the limit: only small aliases are followed.
    oversize: bool,
    /// True if the text itself exceeds the limit: nothing is made of it.
    too_large: bool,
    limit_reported: bool,
    /// What is wrong, in the order of finding.
    pub problems: Vec<Problem>,
    /// Values made so far.
    pub made: u64,
}

#[derive(Clone, Copy, Default)]
struct Shape {
    /// Values that the node expands to; 0 while it is being measured.
    size: u64,
    height: u32,
    /// True if the node or something below it is an alias or has a tag: only there can a `!reset` be.
    marked: bool,
    /// True once the repeated keys of the mapping were reported.
    checked: bool,
}

/// The steps that lead to the values being made, the outermost first, and the same as a trail.
#[derive(Clone, Default)]
struct Way {
    steps: Vec<Step>,
    trail: Trail,
}

impl Way {
    fn through(&self, step: Step) -> Way {
        let mut steps = self.steps.clone();
        steps.push(step);
        // A value passes the innermost alias first, so that one lies deepest in the trail.
        let trail = steps.iter().rev().fold(Trail::default(), |trail, step| trail.push(step.clone()));
        Way { steps, trail }
    }

    fn origin(&self, at: Span) -> Origin {
        Origin { at, via: self.trail.clone(), replaced: None }
    }
}

impl<'t> Constructor<'t> {
    /// For one file, which may make `allowance` values at most (and never more than [`MAX_FILE_VALUES`]).
    pub fn new(tree: &'t Tree, semantics: Semantics, allowance: u64) -> Self {
        let limit = allowance.min(MAX_FILE_VALUES);
        let written = tree.nodes.len() as u64;
        let mut new = Self {
            tree,
            semantics,
            shapes: vec![Shape::default(); tree.nodes.len()],
            cut: BTreeSet::new(),
            dropped: BTreeSet::new(),
            expansion: limit.saturating_sub(written),
            oversize: false,
            too_large: written > limit,
            limit_reported: false,
            problems: Vec::new(),
            made: written,
        };
        if new.too_large {
            new.over_limit(Span::file_start(tree.file));
            return new;
        }
        let mut total: u64 = 0;
        for document in &tree.documents {
            total = total.saturating_add(new.measure(document.root, 0).size);
        }
        new.oversize = total > limit;
        new
    }

    /// The document at a position; `None` if there is no such document, or the file is too large.
    pub fn document(&mut self, position: usize) -> Option<Constructed> {
        let document = self.tree.documents.get(position)?;
        if self.too_large {
            return None;
        }
        if document.version.is_some_and(|v| v != (1, 1)) {
            self.problems.push(
                Problem::refused(
                    ProblemKind::InvalidYaml,
                    Phase::Yaml,
                    "Compose reads only YAML 1.1, and this document says that it is another",
                )
                .at(document.span)
                .help("remove the `%YAML` line"),
            );
        }
        let mut places = Places::default();
        let kept = self.visit(document.root, &mut Vec::new(), &mut places);
        let value = kept.then(|| self.value(document.root, &Way::default()));
        Some(Constructed { value, resets: places.found })
    }

    fn shape(&self, id: NodeId) -> Shape {
        self.shapes.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// Computes size and height of a node and all below it. An alias can only name what is complete (measured already) or
    /// what it stands in (it contains itself), so this never follows one.
    fn measure(&mut self, id: NodeId, depth: u32) -> Shape {
        let done = self.shape(id);
        if done.size > 0 {
            return done;
        }
        let tree = self.tree;
        let node = tree.node(id);
        let mut shape = Shape { size: 1, height: 1, marked: node.tag.is_some(), checked: false };
        let mut add = |child: Shape| {
            shape.size = shape.size.saturating_add(child.size);
            shape.height = shape.height.max(child.height + 1);
            shape.marked |= child.marked;
        };
        match &node.kind {
            Kind::Scalar(_) => {}
            Kind::Sequence { items, .. } => {
                for item in items {
                    add(self.measure(*item, depth + 1));
                }
            }
            Kind::Mapping { entries, .. } => {
                for entry in entries {
                    add(self.measure(entry.key, depth + 1));
                    add(self.measure(entry.value, depth + 1));
                }
            }
            Kind::Alias { target: None, .. } => {
                self.cut.insert(id);
                shape.marked = true;
            }
            Kind::Alias { target: Some(target), name } => {
                let found = self.shape(*target);
                if found.size == 0 {
                    self.cut.insert(id);
                    self.problems.push(self.cycle_problem(node.span, name));
                } else if depth + found.height > MAX_DEPTH {
                    self.cut.insert(id);
                    self.over_limit(node.span);
                } else {
                    shape = found;
                }
                shape.marked = true;
            }
        }
        if let Some(slot) = self.shapes.get_mut(id.0 as usize) {
            *slot = shape;
        }
        shape
    }

    fn cycle_problem(&self, at: Span, name: &str) -> Problem {
        let mut problem =
            Problem::refused(ProblemKind::InvalidYaml, Phase::Yaml, format!("the anchor `{name}` contains itself through this alias"))
                .at(at)
                .help("remove the alias, or move the anchor to what you mean");
        let target = self.tree.nodes.iter().filter_map(|n| n.anchor.as_ref()).rfind(|a| *a.name == *name && a.span.start <= at.start);
        if let Some(anchor) = target {
            problem = problem.related(anchor.span, "the anchor");
        }
        problem
    }

    fn over_limit(&mut self, at: Span) {
        if self.limit_reported {
            return;
        }
        self.limit_reported = true;
        self.problems.push(
            Problem::accepted(
                ProblemKind::LimitExceeded,
                Phase::Yaml,
                format!("this file makes more than {MAX_FILE_VALUES} values, so what is beyond that was left out"),
            )
            .at(at)
            .help("aliases to aliases multiply: write what is needed instead"),
        );
    }

    /// Where an alias leads, if it may be followed. What it makes is charged once, at the outermost alias.
    fn follow(&mut self, alias: NodeId, way: &Way) -> Option<NodeId> {
        let node = self.tree.node(alias);
        let Kind::Alias { target: Some(target), .. } = node.kind else { return None };
        if self.cut.contains(&alias) {
            return None;
        }
        if way.steps.is_empty() {
            let size = self.shape(target).size;
            if size > self.expansion || (self.oversize && size > SMALL) {
                self.over_limit(node.span);
                return None;
            }
            self.expansion -= size;
            self.made += size;
        }
        Some(target)
    }

    // ---- `!reset` and `!override` (spec/resolve.md 8)

    /// Collects the places below a node; false if the node itself is to be removed.
    fn visit(&mut self, id: NodeId, path: &mut Vec<Rc<str>>, places: &mut Places) -> bool {
        let tree = self.tree;
        let node = tree.node(id);
        if let Kind::Alias { target, .. } = &node.kind {
            let Some(target) = *target else { return true };
            if self.cut.contains(&id) || (self.oversize && self.shape(target).size > SMALL) {
                return true;
            }
            if places.is_cycle(target, path, self.semantics) {
                self.problems.push(
                    Problem::refused(
                        ProblemKind::InvalidYaml,
                        Phase::Yaml,
                        "Compose takes this alias for one that contains itself, because the same anchor is used directly above it",
                    )
                    .at(node.span)
                    .help("write the value instead of the alias"),
                );
                return true;
            }
            if self.semantics == Semantics::V2 {
                return self.visit(target, path, places);
            }
            return match tag(tree, target) {
                Some("!reset") => {
                    places.found.push(ResetPath::new(path));
                    false
                }
                Some("!override") => {
                    places.found.push(ResetPath::new(path));
                    true
                }
                _ => {
                    self.visit_cached(target, path, places);
                    true
                }
            };
        }
        match tag(tree, id) {
            Some("!reset") => {
                places.found.push(ResetPath::new(path));
                return false;
            }
            Some("!override") => {
                places.found.push(ResetPath::new(path));
                return true;
            }
            _ => {}
        }
        if self.semantics == Semantics::V5 {
            self.visit_cached(id, path, places);
        } else {
            self.visit_children(id, path, places);
        }
        true
    }

    /// 5.x looks into every node once and repeats what it found there at each place that the node is used.
    fn visit_cached(&mut self, id: NodeId, path: &mut Vec<Rc<str>>, places: &mut Places) {
        if let Some(known) = places.cache.get(&id) {
            let known = known.clone();
            for rest in known.iter() {
                let mut whole = path.clone();
                whole.extend(rest.0.iter().cloned());
                places.found.push(ResetPath(whole));
            }
            return;
        }
        let before = places.found.len();
        self.visit_children(id, path, places);
        let below = places.found.get(before..).unwrap_or_default();
        let below = below.iter().map(|p| ResetPath(p.0.get(path.len()..).unwrap_or_default().to_vec())).collect();
        places.cache.insert(id, below);
    }

    fn visit_children(&mut self, id: NodeId, path: &mut Vec<Rc<str>>, places: &mut Places) {
        let tree = self.tree;
        match &tree.node(id).kind {
            Kind::Sequence { items, .. } => {
                let mut position = 0;
                for item in items {
                    if self.dropped.contains(item) {
                        continue;
                    }
                    if self.shape(*item).marked {
                        path.push(position.to_string().into());
                        if !self.visit(*item, path, places) {
                            self.dropped.insert(*item);
                        }
                        path.pop();
                    } else {
                        self.check_below(*item);
                    }
                    position += 1;
                }
            }
            Kind::Mapping { entries, .. } => {
                self.check_duplicates(id);
                for entry in entries {
                    if self.dropped.contains(&entry.value) {
                        continue;
                    }
                    if !self.shape(entry.value).marked {
                        self.check_below(entry.value);
                        continue;
                    }
                    let key = tree.text(entry.key).unwrap_or_default();
                    // A merge key is no level of its own, except at the top.
                    let level = key != "<<" || path.is_empty();
                    if level {
                        path.push(key.into());
                    }
                    if !self.visit(entry.value, path, places) {
                        self.dropped.insert(entry.value);
                    }
                    if level {
                        path.pop();
                    }
                }
            }
            _ => {}
        }
    }

    /// All that a visit does where there is no alias and no tag.
    fn check_below(&mut self, id: NodeId) {
        match &self.tree.node(id).kind {
            Kind::Sequence { items, .. } => {
                for item in items {
                    self.check_below(*item);
                }
            }
            Kind::Mapping { entries, .. } => {
                self.check_duplicates(id);
                for entry in entries {
                    self.check_below(entry.value);
                }
            }
            Kind::Scalar(_) | Kind::Alias { .. } => {}
        }
    }

    fn check_duplicates(&mut self, id: NodeId) {
        match self.shapes.get_mut(id.0 as usize) {
            Some(shape) if !shape.checked => shape.checked = true,
            _ => return,
        }
        let tree = self.tree;
        let Kind::Mapping { entries, .. } = &tree.node(id).kind else { return };
        let mut keys: Vec<_> = entries.iter().filter_map(|e| Some((tree.text(e.key)?, tree.node(e.key).span))).collect();
        // Equal keys stay in the order of the text.
        keys.sort_by_key(|(text, _)| *text);
        let mut repeats = Vec::new();
        for equal in keys.chunk_by(|(one, _), (next, _)| one == next) {
            let [(_, first), later @ ..] = equal else { continue };
            repeats.extend(later.iter().map(|(text, span)| (*text, *span, *first)));
        }
        repeats.sort_by_key(|(_, span, _)| span.start);
        self.problems.extend(repeats.into_iter().map(|(text, span, first)| duplicate_key(text, span, first)));
    }

    // ---- values

    fn value(&mut self, id: NodeId, way: &Way) -> Value {
        let tree = self.tree;
        let node = tree.node(id);
        match &node.kind {
            Kind::Scalar(scalar) => {
                let data = match resolve(scalar, node.tag.as_ref().map(|t| &*t.name)) {
                    Typed::Null => Data::Null,
                    Typed::Bool(b) => Data::Bool(b),
                    Typed::Int(n) => Data::Int(n),
                    Typed::Float(n) => Data::Float(n),
                    Typed::Str(text) => Data::Str(text),
                    Typed::Timestamp(text) => Data::Timestamp(text),
                };
                Value::new(data, way.origin(node.span))
            }
            Kind::Sequence { items, .. } => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    if !self.dropped.contains(item) {
                        values.push(self.value(*item, way));
                    }
                }
                Value::new(Data::Seq(values), way.origin(node.span))
            }
            Kind::Mapping { entries, .. } => Value::new(Data::Map(self.mapping(id, entries, way)), way.origin(node.span)),
            Kind::Alias { .. } => match self.follow(id, way) {
                Some(target) => self.value(target, &way.through(Step::Alias(node.span))),
                None => Value::new(Data::Null, way.origin(node.span)),
            },
        }
    }

    fn mapping(&mut self, id: NodeId, entries: &[yaml::Entry], way: &Way) -> Map {
        self.check_duplicates(id);
        let mut out = crate::ordered::with_capacity(entries.len());
        let mut merges = Vec::new();
        for entry in entries {
            if self.dropped.contains(&entry.value) {
                continue;
            }
            if self.is_merge_key(entry.key) {
                merges.push(entry.value);
            } else if let Some(key) = self.key(entry.key) {
                let value = self.value(entry.value, way);
                out.insert(key, Entry { key: self.tree.node(entry.key).span, value });
            }
        }
        for value in merges {
            self.merge_all(value, way, &mut vec![id], &mut out);
        }
        out
    }

    fn is_merge_key(&self, key: NodeId) -> bool {
        let node = self.tree.node(key);
        let plain = matches!(&node.kind, Kind::Scalar(s) if s.style == Style::Plain && &*s.text == "<<");
        plain && node.tag.as_ref().is_none_or(|t| &*t.name == "!!merge")
    }

    /// The text of a key. Anything else is a problem, and its entry is left out.
    fn key(&mut self, key: NodeId) -> Option<String> {
        let tree = self.tree;
        let node = tree.node(tree.deref(key));
        if let Kind::Scalar(scalar) = &node.kind {
            if let Typed::Str(text) = resolve(scalar, node.tag.as_ref().map(|t| &*t.name)) {
                return Some(text);
            }
            let shown = if scalar.text.is_empty() { "an empty key".to_owned() } else { format!("the key `{}`", scalar.text) };
            self.problems.push(
                Problem::refused(
                    ProblemKind::InvalidYaml,
                    Phase::Yaml,
                    format!("{shown} is not text, and Compose takes only text as a key"),
                )
                .at(tree.node(key).span)
                .help("put it in quotes"),
            );
        } else {
            self.problems.push(
                Problem::refused(ProblemKind::InvalidYaml, Phase::Yaml, "a list or a mapping cannot be a key")
                    .at(tree.node(key).span)
                    .help("if this is meant as a template, put it in quotes"),
            );
        }
        None
    }

    /// The value of a merge key: a mapping, or a list of mappings (spec/resolve.md 5.4).
    fn merge_all(&mut self, value: NodeId, way: &Way, within: &mut Vec<NodeId>, out: &mut Map) {
        let target = self.tree.deref(value);
        let tree = self.tree;
        if let Kind::Sequence { items, .. } = &tree.node(target).kind {
            let step = Step::Merge(tree.node(value).span);
            let aliased = target != value;
            if aliased && self.follow(value, way).is_none() {
                return;
            }
            let way = if aliased { way.through(step) } else { way.clone() };
            for item in items {
                if !self.dropped.contains(item) {
                    self.merge_one(*item, &way, within, out);
                }
            }
        } else {
            self.merge_one(value, way, within, out);
        }
    }

    fn merge_one(&mut self, value: NodeId, way: &Way, within: &mut Vec<NodeId>, out: &mut Map) {
        let tree = self.tree;
        let span = tree.node(value).span;
        let target = tree.deref(value);
        let Kind::Mapping { entries, .. } = &tree.node(target).kind else {
            if !self.cut.contains(&value) {
                self.problems.push(
                    Problem::refused(ProblemKind::InvalidYaml, Phase::Yaml, "`<<` takes a mapping or a list of mappings")
                        .at(span)
                        .help("write `<<: *anchor`, where the anchor stands at a mapping"),
                );
            }
            return;
        };
        if target != value && self.follow(value, way).is_none() {
            return;
        }
        if within.contains(&target) {
            self.problems
                .push(Problem::refused(ProblemKind::InvalidYaml, Phase::Yaml, "this merge key merges a mapping into itself").at(span));
            return;
        }
        let way = way.through(Step::Merge(span));
        let mut nested = Vec::new();
        for entry in entries {
            if self.dropped.contains(&entry.value) {
                continue;
            }
            if self.is_merge_key(entry.key) {
                nested.push(entry.value);
                continue;
            }
            let Some(key) = self.key(entry.key) else { continue };
            if !out.contains_key(&key) {
                let value = self.value(entry.value, &way);
                out.insert(key, Entry { key: tree.node(entry.key).span, value });
            }
        }
        within.push(target);
        for value in nested {
            self.merge_all(value, &way, within, out);
        }
        within.pop();
    }
}

fn tag(tree: &Tree, id: NodeId) -> Option<&str> {
    tree.node(id).tag.as_ref().map(|t| &*t.name)
}

/// What one document's walk has found.
#[derive(Default)]
struct Places {
    found: Vec<ResetPath>,
    cache: BTreeMap<NodeId, Rc<[ResetPath]>>,
    seen: BTreeMap<NodeId, BTreeSet<Vec<Rc<str>>>>,
}

impl Places {
    /// Compose's own test for an anchor that contains itself: two aliases of one anchor, one place above the other. It also hits
    /// harmless files (a merge key beside an alias of the same anchor; in 2.40, names with dots), which Compose then refuses.
    fn is_cycle(&mut self, target: NodeId, path: &[Rc<str>], semantics: Semantics) -> bool {
        let path: Vec<Rc<str>> = match semantics {
            Semantics::V5 => path.to_vec(),
            Semantics::V2 => path.iter().flat_map(|p| p.split('.')).map(Rc::from).collect(),
        };
        let seen = self.seen.entry(target).or_default();
        if seen.contains(&path) {
            return false;
        }
        let above = (0..path.len()).any(|n| path.get(..n).is_some_and(|prefix| seen.contains(prefix)));
        // What begins with `path` sorts directly behind it.
        let below = seen.range::<Vec<Rc<str>>, _>(&path..).next().is_some_and(|next| next.starts_with(&path));
        if above || below {
            return true;
        }
        seen.insert(path);
        false
    }
}
