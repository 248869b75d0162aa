//! The paths that are written in one Compose file, each with its place. Which values are paths only [`paths::each_path`] knows, and `include`.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::compose::construct::{Constructor, MAX_FILE_VALUES};
use crate::compose::open::Parsed;
use crate::compose::paths::{self, Reading};
use crate::compose::problem::ModelPath;
use crate::compose::value::{Data, Map, Value};
use crate::compose::{Semantics, Variable, canonical, interpolate};
use crate::source::Span;
use crate::yaml::{NodeId, Tree};

/// A path as it is written, variables expanded.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) reading: Reading,
    /// The scalar that it is written in, which may hold more.
    pub(super) at: Span,
    pub(super) value: String,
}

/// An entry of `include`.
#[derive(Clone, Debug, Default)]
pub(super) struct Include {
    pub(super) paths: Vec<Path>,
    pub(super) directory: Option<Path>,
    pub(super) env_files: Vec<Path>,
}

/// All paths of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) paths: Vec<Path>,
    pub(super) includes: Vec<Include>,
}

/// The paths of a file, as the variables make them.
pub(super) fn written(parsed: &Parsed, environment: &BTreeMap<String, Variable>, semantics: Semantics) -> Written {
    let mut out = Written::default();
    let mut constructor = Constructor::new(&parsed.tree, semantics, MAX_FILE_VALUES);
    for number in 0..parsed.tree.documents.len() {
        let Some(mut value) = constructor.document(number).and_then(|d| d.value) else { continue };
        let mut problems = Vec::new();
        interpolate::document(&mut value, &ModelPath::default(), environment, semantics, &mut problems, &mut Vec::new());
        let Data::Map(mut root) = value.data else { continue };
        if let Some(list) = root.shift_remove("include") {
            out.includes.extend(list.value.as_seq().unwrap_or_default().iter().map(include));
        }
        // Without problems: what is wrong with the file is said where it is loaded.
        canonical::apply(&mut root, true, semantics, &mut problems);
        collect(&mut root, &mut out.paths);
    }
    out
}

fn collect(root: &mut Map, out: &mut Vec<Path>) {
    paths::each_path(root, &mut |reading, value| {
        if let Some(text) = value.as_str() {
            out.push(Path { reading, at: value.origin.at, value: text.to_owned() });
        }
    });
}

fn include(item: &Value) -> Include {
    // A path here is no path of the host in every respect (`~` is a name), but relative is relative.
    let path = |value: &Value| Some(Path { reading: Reading::Extends, at: value.origin.at, value: value.as_str()?.to_owned() });
    let list = |value: Option<&Value>| -> Vec<Path> {
        let Some(value) = value else { return Vec::new() };
        value.as_seq().map_or_else(|| path(value).into_iter().collect(), |items| items.iter().filter_map(path).collect())
    };
    if item.as_map().is_none() {
        return Include { paths: list(Some(item)), ..Include::default() };
    }
    let directory = item.get("project_directory").and_then(path).filter(|d| !d.value.is_empty());
    Include { paths: list(item.get("path")), directory, env_files: list(item.get("env_file")) }
}

/// The scalar of a path.
pub(super) fn scalar(tree: &Tree, at: Span) -> Option<NodeId> {
    tree.at(at).filter(|node| tree.text(*node).is_some())
}

/// The part of a scalar's text that is the path: all of it, what is before a colon (`./data:/data`), or what is behind `=` (`id=./key`).
pub(super) fn part(text: &str, path: &Path, environment: &BTreeMap<String, Variable>, semantics: Semantics) -> Option<Range<usize>> {
    let expands = |range: &Range<usize>| {
        let raw = text.get(range.clone()).unwrap_or_default();
        interpolate::expand(raw, environment, semantics, &mut Vec::new()).is_ok_and(|expanded| expanded == path.value)
    };
    let mut candidates: Vec<Range<usize>> = std::iter::once(0..text.len()).collect();
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => candidates.push(0..at),
            '=' if depth == 0 => candidates.push(at + 1..text.len()),
            _ => {}
        }
    }
    candidates.into_iter().take(8).find(expands)
}
