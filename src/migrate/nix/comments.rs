//! Carries the comments of the Compose files to where the keys went that they speak of; what has no place goes to an appendix. None is lost.

use std::collections::{BTreeMap, btree_map};
use std::fmt::{Display, Write as _};
use std::iter::Peekable;
use std::ops::Range;

use super::oci::Part;
use crate::compose::value::{Data, Map, Origin, Value};
use crate::nix::{Binding, Expr, Item};
use crate::ordered::IndexMap;
use crate::rules::secrets::secret_of;
use crate::source::{FileId, Sources, Span};
use crate::yaml::{self, Kind, NodeId, Owner, Tree};

/// What became of the comments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Stand where their key is.
    pub carried: usize,
    /// Stand in the appendix.
    pub appendix: usize,
}

/// A comment of a Compose file.
#[derive(Clone, Debug)]
pub struct Comment {
    /// The key or item that it is about, as `services.web.ports[0]`; `None`: the file, or something that is no part of the project.
    pub path: Option<String>,
    /// Where it stands, seen from there.
    pub stands: Stands,
    /// Before everything else in its file.
    pub head: bool,
    /// Without `#`, and without what looks like a secret.
    pub text: String,
    /// The file and the line, for the appendix.
    pub place: String,
}

/// Where a comment stands, seen from what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// On lines of their own above it.
    Above,
    /// Behind it, on its line.
    Behind,
    /// At its end, about none of its parts: an entry that is commented out.
    Within,
}

/// The comments of some files, with what each is about: where its owner is in the loaded project.
pub fn of_files(files: &[(FileId, &Tree)], project: &Map, sources: &Sources, shown: &dyn Fn(FileId) -> String) -> Vec<Comment> {
    let mut places = Vec::new();
    let owned = |tree: &Tree, comment: &yaml::Comment| {
        let (holder, stands) = match comment.owner {
            Owner::Above(node) => (Some(node), Stands::Above),
            Owner::Trailing(node) => (Some(node), Stands::Behind),
            Owner::Inside(node) => match next(tree, node, comment.span.start) {
                Some(child) => (Some(child), Stands::Above),
                None => (Some(node), Stands::Within),
            },
            Owner::File => (None, Stands::Above),
        };
        (holder.map(|node| tree.node(node).span), stands)
    };
    for (_, tree) in files {
        places.extend(tree.comments.iter().filter_map(|comment| Some((owned(tree, comment).0?, None))));
    }
    places.sort_unstable_by_key(|(at, _)| order(*at));
    places.dedup();
    let mut index = Index { places, path: String::new() };
    if !index.places.is_empty() {
        // Services first: what they have through an alias is theirs.
        let services = project.get("services").map(|entry| ("services", entry));
        let others = project.iter().filter(|(key, _)| *key != "services" && !key.starts_with("x-"));
        for (key, entry) in services.into_iter().chain(others.map(|(key, entry)| (key.as_str(), entry))) {
            index.below(key, |index| {
                index.found(entry.key, true);
                index.value(&entry.value);
            });
        }
    }
    let mut out = Vec::new();
    for (file, tree) in files.iter().filter(|(_, tree)| !tree.comments.is_empty()) {
        let (source, shown) = (sources.get(*file), shown(*file));
        let begin = tree.documents.first().map_or(0, |d| tree.node(d.root).span.start);
        for comment in &tree.comments {
            let (holder, stands) = owned(tree, comment);
            let place = holder.and_then(|span| index.path(span));
            let stands = match place {
                // Behind the value stands what is said of the one that counts.
                Some((_, false)) if stands == Stands::Behind => Stands::Above,
                _ => stands,
            };
            let path = place.map(|(path, _)| path.clone());
            let text = source.slice(comment.span);
            let text = text.strip_prefix('#').unwrap_or(text).trim_end();
            let line = source.position(comment.span.start).line;
            let text = without_secret(text.strip_prefix(' ').unwrap_or(text));
            let head = holder.is_none() && comment.span.start < begin;
            out.push(Comment { path, stands, head, text, place: format!("{shown}:{line}") });
        }
    }
    out
}

/// The first part of a collection behind a place: the key of an entry, or an item.
fn next(tree: &Tree, collection: NodeId, offset: u32) -> Option<NodeId> {
    let behind = |node: &NodeId| tree.node(*node).span.start > offset;
    match &tree.node(collection).kind {
        Kind::Sequence { items, .. } => items.iter().copied().find(behind),
        Kind::Mapping { entries, .. } => entries.iter().map(|e| e.key).find(behind),
        _ => None,
    }
}

/// What stands at a place in a file, and whether it counts, or another file has replaced it. `None`: nothing of the project.
type Path = Option<(String, bool)>;

/// By what places are sorted: where they begin tells most of them apart.
fn order(at: Span) -> (u32, u32, FileId) {
    (at.start, at.end, at.file)
}

/// Finds the paths of places: those of keys and of values.
struct Index {
    /// Those that are asked for, sorted.
    places: Vec<(Span, Path)>,
    path: String,
}

impl Index {
    fn at(&self, place: Span) -> Option<usize> {
        self.places.binary_search_by_key(&order(place), |(at, _)| order(*at)).ok()
    }

    /// Something stands there; what is found first counts.
    fn found(&mut self, at: Span, counts: bool) {
        if let Some((_, place @ None)) = self.at(at).and_then(|number| self.places.get_mut(number)) {
            *place = Some((self.path.clone(), counts));
        }
    }

    /// The path of a place, and whether it counts.
    fn path(&self, place: Span) -> Option<&(String, bool)> {
        self.places.get(self.at(place)?)?.1.as_ref()
    }

    /// Looks at what is further in.
    fn below(&mut self, name: impl Display, look: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        // Writing to a string cannot fail.
        let _ = write!(self.path, "{name}");
        look(self);
        self.path.truncate(length);
    }

    fn value(&mut self, value: &Value) {
        let mut origin: Option<&Origin> = Some(&value.origin);
        let mut counts = true;
        while let Some(at) = origin {
            self.found(at.at, counts);
            (origin, counts) = (at.replaced.as_deref(), false);
        }
        match &value.data {
            Data::Map(map) => self.below(".", |index| {
                for (key, entry) in map {
                    index.below(key, |index| {
                        index.found(entry.key, true);
                        index.value(&entry.value);
                    });
                }
            }),
            Data::Seq(items) => {
                // `- NAME=value` is an entry, too.
                let pairs = [".environment", ".labels", ".annotations"].iter().any(|end| self.path.ends_with(end));
                for (number, item) in items.iter().enumerate() {
                    let name = item.as_str().filter(|_| pairs).and_then(|text| text.split_once('=')).map(|(name, _)| name);
                    match name {
                        Some(name) => self.below(".", |index| index.below(name, |index| index.value(item))),
                        None => self.below(format_args!("[{number}]"), |index| index.value(item)),
                    }
                }
            }
            _ => {}
        }
    }
}

/// A comment without the value of what looks like a secret that was commented out: the store can be read by everybody.
pub fn without_secret(text: &str) -> String {
    for (at, _) in text.match_indices([':', '=']) {
        let (name, value) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        let name = name.trim().trim_start_matches("- ").trim_matches(['"', '\'']);
        let bare = value.trim().trim_matches(['"', '\'']);
        if !name.is_empty() && !name.contains(char::is_whitespace) && secret_of(name, bare) {
            let kept = text.get(..=at).unwrap_or_default();
            return format!("{kept}{}***", if value.starts_with(' ') { " " } else { "" });
        }
    }
    let mut out = text.to_owned();
    let tokens = crate::secret::provider_tokens(text).into_iter().map(|(range, _)| range);
    for found in tokens.chain(crate::secret::url_passwords(text)) {
        if let Some(secret) = text.get(found) {
            out = out.replace(secret, "***");
        }
    }
    out
}

/// Puts comments where they belong, the rest into an appendix at the end.
pub fn place(comments: &[Comment], parts: &mut [Part]) -> Count {
    let mut count = Count::default();
    let mut appendix: Vec<String> = Vec::new();
    let mut head: Vec<String> = Vec::new();
    let mut end: Vec<String> = Vec::new();
    let places = Places::of(comments, parts);
    let mut texts: BTreeMap<usize, Texts> = BTreeMap::new();
    for comment in comments {
        let path = comment.path.as_deref();
        let found = path.and_then(|path| places.find(path, comment.stands));
        match (found, path) {
            (Some((place, rest)), _) => {
                // What is about a key without a place of its own says which.
                let (text, stands) = if rest.is_empty() {
                    (comment.text.clone(), comment.stands)
                } else {
                    (format!("{rest}: {}", comment.text), Stands::Above)
                };
                texts.entry(place).or_default().put(text, stands);
                count.carried += 1;
            }
            // A service that is commented out.
            (None, Some("services")) if comment.stands == Stands::Within => {
                end.push(comment.text.clone());
                count.carried += 1;
            }
            // About the whole: at the beginning of the file, or above `services:`.
            (None, path) if comment.head || path.is_some_and(|p| !p.contains('.')) => {
                let key = path.filter(|p| !matches!(*p, "services" | "name" | "version"));
                head.push(key.map_or_else(|| comment.text.clone(), |key| format!("{key}: {}", comment.text)));
                count.carried += 1;
            }
            (None, _) => {
                appendix.push(format!("{}: {}", comment.place, comment.text));
                count.appendix += 1;
            }
        }
    }
    fill(parts, texts);
    if let Some(first) = parts.first_mut().and_then(|p| p.bindings.first_mut())
        && !head.is_empty()
    {
        head.append(&mut first.above);
        first.above = head;
    }
    if let Some(last) = parts.iter_mut().rev().find(|p| p.service.is_some())
        && !end.is_empty()
    {
        last.bindings.push(Binding::comment(end).apart());
    }
    if let Some(last) = parts.last_mut()
        && !appendix.is_empty()
    {
        appendix.insert(0, "Comments of the Compose files that have no place here:".to_owned());
        last.bindings.push(Binding::comment(appendix).apart());
    }
    count
}

/// The comments of one place.
#[derive(Default)]
struct Texts {
    above: Vec<String>,
    behind: Option<String>,
    within: Vec<String>,
}

impl Texts {
    fn put(&mut self, text: String, stands: Stands) {
        match stands {
            Stands::Behind if self.behind.is_none() => self.behind = Some(text),
            Stands::Within => self.within.push(text),
            Stands::Above | Stands::Behind => self.above.push(text),
        }
    }
}

/// The names by which the things of a part are found again, in order.
struct Named<'p> {
    /// What the keys begin with: `services.web.`
    holder: String,
    /// A whole name, or a key.
    names: Vec<Name<'p>>,
}

#[derive(Clone, Copy)]
enum Name<'p> {
    Whole(&'p str),
    Key(&'p str),
}

fn named(part: &Part) -> Named<'_> {
    let holder = part.service.as_ref().map_or_else(String::new, |service| format!("services.{service}."));
    let mut names = Vec::new();
    for Binding { about, value, .. } in &part.bindings {
        names.extend(about.as_deref().map(Name::Whole));
        keys_of(value, &mut names);
    }
    Named { holder, names }
}

fn keys_of<'p>(value: &'p Expr, out: &mut Vec<Name<'p>>) {
    match value {
        Expr::Attrs(bindings) => {
            for Binding { about, value, .. } in bindings {
                out.extend(about.as_deref().map(Name::Key));
                keys_of(value, out);
            }
        }
        Expr::List(items) => {
            for Item { about, value, .. } in items {
                out.extend(about.as_deref().map(Name::Key));
                keys_of(value, out);
            }
        }
        _ => {}
    }
}

/// A path, and those of all that hold it, the nearest first.
fn holders(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |at| at.get(..at.rfind(['.', '['])?))
}

/// The places of what comments are about, by their numbers in the order of [`named`].
struct Places<'c> {
    /// What is asked for, and what holds it, sorted: its place, if it has one.
    asked: Vec<(&'c str, Option<usize>)>,
    /// What has no place and nothing that holds it, such as all the volumes: the names that are below, and their places.
    below: BTreeMap<&'c str, IndexMap<String, usize>>,
}

impl<'c> Places<'c> {
    fn of(comments: &'c [Comment], parts: &[Part]) -> Self {
        let paths = || comments.iter().filter_map(|comment| comment.path.as_deref());
        let mut asked: Vec<_> = paths().flat_map(holders).map(|path| (path, None)).collect();
        asked.sort_unstable();
        asked.dedup();
        let parts: Vec<Named> = parts.iter().map(named).collect();
        let mut places = Self { asked, below: BTreeMap::new() };
        places.look_for_asked(&parts);
        let homeless = |path: &&str| *path != "services" && places.held(path).is_none();
        places.below = paths().filter(homeless).map(|path| (path, IndexMap::default())).collect();
        places.look_below(&parts);
        places
    }

    fn look_for_asked(&mut self, parts: &[Named]) {
        let mut first = 0;
        for Named { holder, names } in parts {
            // Of one service few are asked for.
            let from = self.asked.partition_point(|(path, _)| *path < holder.as_str());
            let count = self.asked.get(from..).unwrap_or_default().partition_point(|(path, _)| path.starts_with(holder));
            for (number, name) in (first..).zip(names) {
                match name {
                    Name::Whole(name) => self.found(0..self.asked.len(), 0, name, number),
                    Name::Key(key) if count > 0 => self.found(from..from + count, holder.len(), key, number),
                    Name::Key(_) => {}
                }
            }
            first += names.len();
        }
    }

    /// A place, if it is asked for among these by such a name behind what all of them begin with. What comes first counts.
    fn found(&mut self, among: Range<usize>, behind: usize, name: &str, number: usize) {
        let among = self.asked.get_mut(among).unwrap_or_default();
        let found = among.binary_search_by(|(path, _)| path.get(behind..).unwrap_or_default().cmp(name));
        if let Some((_, place @ None)) = found.ok().and_then(|at| among.get_mut(at)) {
            *place = Some(number);
        }
    }

    fn look_below(&mut self, parts: &[Named]) {
        let mut first = 0;
        for Named { holder, names } in parts {
            for (path, below) in &mut self.below {
                let dot = |behind: &str| behind.starts_with('.');
                let all_keys = holder.strip_prefix(path).is_some_and(dot);
                let key = path.strip_prefix(holder.as_str());
                for (number, name) in (first..).zip(names) {
                    let whole = match name {
                        Name::Whole(name) if name.strip_prefix(path).is_some_and(dot) => (*name).to_owned(),
                        Name::Key(name) if all_keys || key.is_some_and(|key| name.strip_prefix(key).is_some_and(dot)) => {
                            format!("{holder}{name}")
                        }
                        _ => continue,
                    };
                    below.entry(whole).or_insert(number);
                }
            }
            first += names.len();
        }
    }

    fn place(&self, path: &str) -> Option<usize> {
        let at = self.asked.binary_search_by_key(&path, |(path, _)| path).ok()?;
        self.asked.get(at)?.1
    }

    /// The place of a path, or of the nearest thing that holds it, with the part of the path that is below.
    fn held<'p>(&self, path: &'p str) -> Option<(usize, &'p str)> {
        let (number, holder) = holders(path).find_map(|at| Some((self.place(at)?, at)))?;
        Some((number, path.get(holder.len()..)?.trim_start_matches('.')))
    }

    fn find<'p>(&self, path: &'p str, stands: Stands) -> Option<(usize, &'p str)> {
        self.held(path).or_else(|| {
            // Of the networks and volumes there are only the single ones.
            let below = self.below.get(path)?;
            let (_, number) = if stands == Stands::Within { below.last() } else { below.first() }?;
            Some((*number, path))
        })
    }
}

/// Texts that are to be added, while all places are passed in the order of [`named`].
struct Left {
    /// The number of the next place.
    next: usize,
    texts: Peekable<btree_map::IntoIter<usize, Texts>>,
}

impl Left {
    /// The texts of the next place.
    fn take(&mut self) -> Option<Texts> {
        let (_, texts) = self.texts.next_if(|(number, _)| *number == self.next).unzip();
        self.next += 1;
        texts
    }
}

/// Adds texts to their places.
fn fill(parts: &mut [Part], texts: BTreeMap<usize, Texts>) {
    let mut left = Left { next: 0, texts: texts.into_iter().peekable() };
    for binding in parts.iter_mut().flat_map(|p| &mut p.bindings) {
        in_binding(binding, &mut left);
    }
}

fn in_binding(binding: &mut Binding, left: &mut Left) {
    let Binding { above, value, behind, about, .. } = binding;
    in_place(above, value, behind, about.is_some(), left);
}

/// Adds the texts of one place, if it is one, and those of what is within.
fn in_place(above: &mut Vec<String>, value: &mut Expr, behind: &mut Option<String>, is_place: bool, left: &mut Left) {
    let found = if is_place { left.take() } else { None };
    match value {
        Expr::Attrs(bindings) => bindings.iter_mut().for_each(|binding| in_binding(binding, left)),
        Expr::List(items) => {
            for Item { about, above, behind, value } in items {
                in_place(above, value, behind, about.is_some(), left);
            }
        }
        _ => {}
    }
    let Some(Texts { above: before, behind: trailing, within }) = found else { return };
    let comment = Some(within).filter(|within| !within.is_empty());
    above.extend(before);
    match value {
        // Behind the brace at the end of a set nobody looks for it.
        Expr::Attrs(bindings) => {
            above.extend(trailing);
            bindings.extend(comment.map(Binding::comment));
        }
        Expr::List(items) => {
            above.extend(trailing);
            items.extend(comment.map(Item::comment));
        }
        _ => {
            above.extend(comment.into_iter().flatten());
            *behind = trailing.or_else(|| behind.take());
        }
    }
}
