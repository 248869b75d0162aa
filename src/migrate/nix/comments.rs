//! Carries the comments of the Compose files to where the keys went that they speak of; what has no place goes to an appendix. None is lost.

use std::collections::{BTreeMap, HashMap};

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
    // Services first: what they have through an alias is theirs.
    if let Some(services) = project.get("services") {
        places.entry(services.key).or_insert_with(|| ("services".to_owned(), true));
        index(&services.value, "services", &mut places);
    }
    for (key, entry) in project.iter().filter(|(key, _)| *key != "services" && !key.starts_with("x-")) {
        places.entry(entry.key).or_insert_with(|| (key.clone(), true));
        index(&entry.value, key, &mut places);
    }
    let mut out = Vec::new();
    for (file, tree) in files {
        let source = sources.get(*file);
        let begin = tree.documents.first().map_or(0, |d| tree.node(d.root).span.start);
        for comment in &tree.comments {
            let (owner, stands) = match comment.owner {
                Owner::Above(node) => (Some(node), Stands::Above),
                Owner::Trailing(node) => (Some(node), Stands::Behind),
                Owner::Inside(node) => match next(tree, node, comment.span.start) {
                    Some(child) => (Some(child), Stands::Above),
                    None => (Some(node), Stands::Within),
                },
                Owner::File => (None, Stands::Above),
            };
            let place = owner.and_then(|node| places.get(&tree.node(node).span));
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
            let head = owner.is_none() && comment.span.start < begin;
            out.push(Comment { path, stands, head, text, place: format!("{}:{line}", shown(*file)) });
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

/// By place in a file: the path of what stands there, and whether it counts, or another file has replaced it.
type Paths = HashMap<Span, (String, bool)>;

/// Every place of a tree: those of keys and of values.
fn index(value: &Value, path: &str, places: &mut Paths) {
    let mut origin: Option<&Origin> = Some(&value.origin);
    let mut counts = true;
    while let Some(at) = origin {
        places.entry(at.at).or_insert_with(|| (path.to_owned(), counts));
        (origin, counts) = (at.replaced.as_deref(), false);
    }
    match &value.data {
        Data::Map(map) => {
            for (key, entry) in map {
                let path = format!("{path}.{key}");
                places.entry(entry.key).or_insert_with(|| (path.clone(), true));
                index(&entry.value, &path, places);
            }
        }
        Data::Seq(items) => {
            // `- NAME=value` is an entry, too.
            let pairs = path.ends_with(".environment") || path.ends_with(".labels") || path.ends_with(".annotations");
            for (number, item) in items.iter().enumerate() {
                let name = item.as_str().filter(|_| pairs).and_then(|text| text.split_once('=')).map(|(name, _)| name);
                let path = name.map_or_else(|| format!("{path}[{number}]"), |name| format!("{path}.{name}"));
                index(item, &path, places);
            }
        }
        _ => {}
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
                places.put(&place, text, stands);
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
    places.write(parts);
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
struct Places {
    texts: BTreeMap<String, Texts>,
    /// The places in the order of the files.
    order: Vec<String>,
}

impl Places {
    fn of(parts: &mut [Part]) -> Self {
        let mut places = Self::default();
        for_each(parts, &mut |about| {
            if places.texts.insert(about.to_owned(), Texts::default()).is_none() {
                places.order.push(about.to_owned());
            }
            None
        });
        places
    }

    /// The place of a path, or of the nearest thing that holds it, with the part of the path that is below.
    fn find(&self, path: &str, stands: Stands) -> Option<(String, String)> {
        let mut at = path;
        loop {
            let rest = path.get(at.len()..).unwrap_or_default().trim_start_matches('.');
            if self.texts.contains_key(at) {
                return Some((at.to_owned(), rest.to_owned()));
            }
            let Some(end) = at.rfind(['.', '[']) else { break };
            at = at.get(..end)?;
        }
        // Of the networks and volumes there are only the single ones.
        let of_these = |place: &&String| path != "services" && place.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        let mut of_these = self.order.iter().filter(of_these);
        let place = if stands == Stands::Within { of_these.next_back() } else { of_these.next() };
        place.map(|place| (place.clone(), path.to_owned()))
    }

    fn put(&mut self, place: &str, text: String, stands: Stands) {
        if let Some(texts) = self.texts.get_mut(place) {
            match stands {
                Stands::Behind if texts.behind.is_none() => texts.behind = Some(text),
                Stands::Within => texts.within.push(text),
                Stands::Above | Stands::Behind => texts.above.push(text),
            }
        }
    }

    fn write(mut self, parts: &mut [Part]) {
        for_each(parts, &mut |about| self.texts.remove(about));
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
