//! Carries the comments of the Compose files to where the keys went that they speak of; what has no place goes to an appendix. None is lost.

use std::collections::HashMap;

use super::oci::Part;
use crate::compose::value::{Data, Map, Origin, Value};
use crate::nix::{Binding, Expr, Item};
use crate::rules::secrets::secret_of;
use crate::source::{FileId, Sources, Span};
use crate::yaml::{Kind, NodeId, Owner, Tree};

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
    let mut places = Paths::new();
    let mut owned = Vec::new();
    for (file, tree) in files {
        for comment in &tree.comments {
            let (holder, stands) = match comment.owner {
                Owner::Above(node) => (Some(node), Stands::Above),
                Owner::Trailing(node) => (Some(node), Stands::Behind),
                Owner::Inside(node) => match next(tree, node, comment.span.start) {
                    Some(child) => (Some(child), Stands::Above),
                    None => (Some(node), Stands::Within),
                },
                Owner::File => (None, Stands::Above),
            };
            let holder = holder.map(|node| tree.node(node).span);
            places.extend(holder.map(|span| (span, None)));
            owned.push((*file, *tree, comment, holder, stands));
        }
    }
    if !places.is_empty() {
        let mut index = Index { places: &mut places, path: String::new() };
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
    let mut out = Vec::with_capacity(owned.len());
    for (file, tree, comment, holder, stands) in owned {
        let source = sources.get(file);
        let begin = tree.documents.first().map_or(0, |d| tree.node(d.root).span.start);
        let place = holder.and_then(|span| places.get(&span)?.as_ref());
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
        out.push(Comment { path, stands, head, text, place: format!("{}:{line}", shown(file)) });
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

/// By place in a file, of those that are asked for: the path of what stands there, and whether it counts, or another file has replaced it.
type Paths = HashMap<Span, Option<(String, bool)>>;

/// Finds the paths of places: those of keys and of values.
struct Index<'p> {
    places: &'p mut Paths,
    path: String,
}

impl Index<'_> {
    /// Something stands there; what is found first counts.
    fn found(&mut self, at: Span, counts: bool) {
        if let Some(place @ None) = self.places.get_mut(&at) {
            *place = Some((self.path.clone(), counts));
        }
    }

    /// Looks at what is further in.
    fn below(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(name);
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
                        None => self.below(&format!("[{number}]"), |index| index.value(item)),
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
    let mut places = Places::of(parts);
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
                places.put(place, text, stands);
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
    let mut texts = places.filled();
    for_each(parts, &mut |about| texts.remove(about));
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

/// What stands at each place.
#[derive(Default)]
struct Places<'p> {
    /// By name, each with its number.
    numbers: HashMap<&'p str, usize>,
    /// In the order of the files.
    all: Vec<(&'p str, Texts)>,
}

impl<'p> Places<'p> {
    fn of(parts: &'p [Part]) -> Self {
        let mut places = Self::default();
        for binding in parts.iter().flat_map(|p| &p.bindings) {
            places.add(binding.about.as_deref(), &binding.value);
        }
        places
    }

    fn add(&mut self, about: Option<&'p str>, value: &'p Expr) {
        if let Some(about) = about {
            let number = self.all.len();
            if *self.numbers.entry(about).or_insert(number) == number {
                self.all.push((about, Texts::default()));
            }
        }
        match value {
            Expr::Attrs(bindings) => bindings.iter().for_each(|b| self.add(b.about.as_deref(), &b.value)),
            Expr::List(items) => items.iter().for_each(|i| self.add(i.about.as_deref(), &i.value)),
            _ => {}
        }
    }

    /// The place of a path, or of the nearest thing that holds it, with the part of the path that is below.
    fn find<'c>(&self, path: &'c str, stands: Stands) -> Option<(usize, &'c str)> {
        let mut at = path;
        loop {
            let rest = path.get(at.len()..).unwrap_or_default().trim_start_matches('.');
            if let Some(number) = self.numbers.get(at) {
                return Some((*number, rest));
            }
            let Some(end) = at.rfind(['.', '[']) else { break };
            at = at.get(..end)?;
        }
        // Of the networks and volumes there are only the single ones.
        let of_these = |place: &&str| path != "services" && place.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        let mut of_these = self.all.iter().map(|(place, _)| *place).enumerate().filter(|(_, place)| of_these(place));
        let place = if stands == Stands::Within { of_these.next_back() } else { of_these.next() };
        place.map(|(number, _)| (number, path))
    }

    fn put(&mut self, place: usize, text: String, stands: Stands) {
        if let Some((_, texts)) = self.all.get_mut(place) {
            match stands {
                Stands::Behind if texts.behind.is_none() => texts.behind = Some(text),
                Stands::Within => texts.within.push(text),
                Stands::Above | Stands::Behind => texts.above.push(text),
            }
        }
    }

    /// The places at which something stands.
    fn filled(self) -> HashMap<String, Texts> {
        let filled = |t: &Texts| !t.above.is_empty() || t.behind.is_some() || !t.within.is_empty();
        self.all.into_iter().filter(|(_, texts)| filled(texts)).map(|(place, texts)| (place.to_owned(), texts)).collect()
    }
}

/// The comments of something that has a name by which it is found again.
type Of<'a> = &'a mut dyn FnMut(&str) -> Option<Texts>;

/// Everything that has such a name.
fn for_each(parts: &mut [Part], of: Of) {
    for binding in parts.iter_mut().flat_map(|p| &mut p.bindings) {
        in_binding(binding, of);
    }
}

fn in_binding(binding: &mut Binding, of: Of) {
    let Binding { above, value, behind, about, .. } = binding;
    in_place(above, value, behind, about.as_deref(), of);
}

/// Adds the comments of one place, then those of what is within.
fn in_place(above: &mut Vec<String>, value: &mut Expr, behind: &mut Option<String>, about: Option<&str>, of: Of) {
    let found = about.and_then(&mut *of).unwrap_or_default();
    above.extend(found.above);
    match value {
        Expr::Attrs(bindings) => {
            // Behind the brace at the end of a set nobody looks for it.
            above.extend(found.behind);
            for binding in bindings.iter_mut() {
                in_binding(binding, of);
            }
            if !found.within.is_empty() {
                bindings.push(Binding::comment(found.within));
            }
        }
        Expr::List(items) => {
            above.extend(found.behind);
            for Item { about, above, behind, value } in items.iter_mut() {
                in_place(above, value, behind, about.as_deref(), of);
            }
            if !found.within.is_empty() {
                items.push(Item::comment(found.within));
            }
        }
        _ => {
            above.extend(found.within);
            if found.behind.is_some() {
                *behind = found.behind;
            }
        }
    }
}
