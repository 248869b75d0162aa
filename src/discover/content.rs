//! What the content of a YAML file tells, by its syntax alone: whether it is a Compose file, whether it stands alone, what it reaches,
//! and which directories it mounts as data. Nothing is resolved and no variable is looked up; resolution is `compose`'s work.

use std::collections::BTreeSet;

use super::NotCompose;
use crate::yaml::{Entry, Kind, NodeId, Tree};

/// What a file is.
#[derive(Debug)]
pub(super) enum Content {
    /// A Compose file.
    Compose(Shape),
    /// Something else. `surely` false: it could be a Compose file that went wrong.
    Not { what: NotCompose, surely: bool },
    /// Not YAML. `alike` if a line of it begins like a Compose file.
    Broken { alike: bool },
    /// It cannot be read.
    Unreadable(String),
}

/// The outline of a Compose file.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) services: Vec<ServiceShape>,
    /// What it defines: a section and a name.
    defined: BTreeSet<(&'static str, String)>,
    /// What its services name and it does not define.
    missing: Vec<(&'static str, String)>,
    /// The files that it names.
    pub(super) reaches: Vec<Reach>,
    /// Host paths that services may write to, with the service's name.
    pub(super) data: Vec<(String, String)>,
    includes: bool,
}

#[derive(Debug)]
pub(super) struct ServiceShape {
    name: String,
    /// Has an image, or something else to start from.
    complete: bool,
    keys: usize,
}

/// A file that another one names.
#[derive(Debug)]
pub(super) struct Reach {
    /// As written.
    pub(super) path: String,
    /// By `include`, not by `extends`.
    pub(super) include: bool,
}

/// How a file stands beside the default file of its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// A project of its own.
    Alone,
    /// Goes on top of the default file.
    OnBase,
    /// Needs something that is not there.
    Nowhere,
}

impl Shape {
    /// How this file stands beside a base, if there is one.
    pub(super) fn stand(&self, base: Option<&Shape>) -> Stand {
        let lacking = self.services.iter().filter(|s| !s.complete).count();
        let all_lacking = lacking == self.services.len() && !self.includes;
        let Some(base) = base else { return if all_lacking { Stand::Nowhere } else { Stand::Alone } };
        let shared: Vec<_> = self.services.iter().filter_map(|s| Some((s, base.services.iter().find(|b| b.name == s.name)?))).collect();
        let mostly_shared = !shared.is_empty() && shared.len() * 2 >= self.services.len();
        let needs_base = self.missing.iter().any(|m| base.defined.contains(m));
        if self.services.is_empty() && !self.includes {
            return Stand::OnBase; // networks or volumes only
        }
        if lacking == 0 && !needs_base {
            // A thin copy of services of the base changes a few keys; a thick one repeats everything and runs by itself.
            let keys = |of: fn(&(&ServiceShape, &ServiceShape)) -> usize| shared.iter().map(of).sum::<usize>();
            let thin = shared.len() == self.services.len() && keys(|p| p.0.keys) * 2 <= keys(|p| p.1.keys);
            return if thin && !self.includes { Stand::OnBase } else { Stand::Alone };
        }
        let completed = shared.iter().any(|(s, _)| !s.complete);
        match () {
            () if completed || mostly_shared || needs_base => Stand::OnBase,
            () if all_lacking => Stand::Nowhere,
            () => Stand::Alone,
        }
    }
}

/// What a text is.
pub(super) fn of(tree: &Tree, text: &str) -> Content {
    if !tree.errors.is_empty() {
        if is_template(text) {
            return Content::Not { what: NotCompose::Template, surely: true };
        }
        let alike = text
            .lines()
            .any(|l| ["services:", "include:", "\"services\":"].iter().any(|k| l.trim_start_matches('\u{feff}').starts_with(k)));
        return Content::Broken { alike };
    }
    let roots: Vec<NodeId> = tree.documents.iter().map(|d| tree.deref(d.root)).filter(|r| !is_empty(tree, *r)).collect();
    if roots.is_empty() {
        return Content::Not { what: NotCompose::NoContent, surely: true };
    }
    for root in &roots {
        if let Some((what, surely)) = foreign(tree, *root) {
            return Content::Not { what, surely };
        }
    }
    Content::Compose(shape(tree, &roots))
}

fn is_empty(tree: &Tree, root: NodeId) -> bool {
    tree.text(root).is_some_and(str::is_empty)
}

/// Markers of a template where YAML would have no use for them. Inside of quotes they are the business of the container:
/// `tag: "{{.Name}}"`.
fn is_template(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| {
        let value = line.split_once(": ").map_or(line, |(_, v)| v).trim_start_matches("- ").trim_start();
        // `[[[` is a list in lists.
        let marked = |t: &str| ["{%", "{{", "{#", "<%"].iter().any(|m| t.starts_with(m)) || t.starts_with("[[") && !t.starts_with("[[[");
        marked(line) || marked(value)
    })
}

/// The other top-level keys of a Compose file.
const KNOWN: &[&str] = &["include", "volumes", "networks", "secrets", "configs", "models", "version", "name"];

/// What a document is if it is not of a Compose file, and whether that is sure.
fn foreign(tree: &Tree, root: NodeId) -> Option<(NotCompose, bool)> {
    let entries = match &tree.node(root).kind {
        Kind::Mapping { entries, .. } => entries,
        Kind::Sequence { items, .. } => {
            let plays = |i: &NodeId| ["hosts", "tasks", "roles", "import_playbook"].iter().any(|k| tree.get(*i, k).is_some());
            let what = if items.iter().any(plays) { NotCompose::AnsiblePlaybook } else { NotCompose::List };
            return Some((what, true));
        }
        _ => return Some((NotCompose::Text, false)),
    };
    let has = |key: &str| tree.get(root, key);
    if entries.iter().any(|e| is_template_key(tree, *e)) {
        return Some((NotCompose::Template, true));
    }
    if has("apiVersion").is_some() && has("kind").is_some() {
        return Some((NotCompose::KubernetesManifest, true));
    }
    if has("jobs").is_some() && has("services").is_none() {
        return Some((NotCompose::Workflow, true));
    }
    let list = |id: NodeId| matches!(&tree.node(tree.deref(id)).kind, Kind::Sequence { .. });
    if ["stages", "steps", "pipeline", "script", "before_script"].iter().any(|k| has(k).is_some()) && has("services").is_none_or(list) {
        return Some((NotCompose::Workflow, true));
    }
    if let Some(services) = has("services") {
        let names = mapping(tree, services);
        return names.iter().any(|e| is_template_key(tree, *e)).then_some((NotCompose::Template, true));
    }
    let known = |e: &Entry| tree.text(e.key).is_some_and(|k| KNOWN.contains(&k) || k.starts_with("x-"));
    // The first format of Compose had the services at the top.
    let service = |e: &Entry| tree.get(e.value, "image").or_else(|| tree.get(e.value, "build")).is_some();
    if entries.iter().any(known) && entries.iter().all(|e| known(e) || service(e)) || entries.iter().any(service) {
        return None;
    }
    Some((NotCompose::NoServices, false))
}

fn is_template_key(tree: &Tree, entry: Entry) -> bool {
    // `{{ name }}: …` is a mapping as a key, which no Compose file has.
    tree.text(entry.key).is_none_or(|k| k.contains("{{") || k.contains("{%"))
}

fn mapping(tree: &Tree, id: NodeId) -> &[Entry] {
    match &tree.node(tree.deref(id)).kind {
        Kind::Mapping { entries, .. } => entries,
        _ => &[],
    }
}

fn sequence(tree: &Tree, id: NodeId) -> &[NodeId] {
    match &tree.node(tree.deref(id)).kind {
        Kind::Sequence { items, .. } => items,
        _ => &[],
    }
}

/// The value of a key, also through merge keys; `depth` ends an anchor that contains itself.
fn get(tree: &Tree, id: NodeId, key: &str, depth: u32) -> Option<NodeId> {
    tree.get(id, key).or_else(|| {
        let merged = tree.get(id, "<<")?;
        let depth = depth.checked_sub(1)?;
        let list = sequence(tree, merged);
        let sources = if list.is_empty() { std::slice::from_ref(&merged) } else { list };
        sources.iter().find_map(|s| get(tree, *s, key, depth))
    })
}

const MERGES: u32 = 4;

fn shape(tree: &Tree, roots: &[NodeId]) -> Shape {
    let mut out = Shape::default();
    let mut used = BTreeSet::new();
    for root in roots {
        for section in ["services", "volumes", "networks", "secrets", "configs"] {
            let entries = tree.get(*root, section).map_or(&[][..], |id| mapping(tree, id));
            out.defined.extend(entries.iter().filter_map(|e| Some((section, tree.text(e.key)?.to_owned()))));
        }
        if let Some(include) = tree.get(*root, "include") {
            out.includes = true;
            let named = sequence(tree, include).iter().flat_map(|item| paths(tree, *item));
            out.reaches.extend(named.map(|path| Reach { path, include: true }));
        }
        for entry in tree.get(*root, "services").map_or(&[][..], |id| mapping(tree, id)) {
            let Some(name) = tree.text(entry.key) else { continue };
            service(tree, name, entry.value, &mut out, &mut used);
        }
    }
    if !out.includes {
        out.missing = used.into_iter().filter(|u| !out.defined.contains(u)).collect();
    }
    out
}

/// The paths of an `include` entry, short or long.
fn paths(tree: &Tree, item: NodeId) -> Vec<String> {
    let path = tree.get(item, "path").unwrap_or(item);
    let list = sequence(tree, path);
    let all = if list.is_empty() { std::slice::from_ref(&path) } else { list };
    all.iter().filter_map(|p| Some(tree.text(*p)?.to_owned())).collect()
}

fn service(tree: &Tree, name: &str, body: NodeId, out: &mut Shape, used: &mut BTreeSet<(&'static str, String)>) {
    let value = |key: &str| get(tree, body, key, MERGES);
    let complete = ["image", "build", "provider", "extends"].iter().any(|k| value(k).is_some());
    out.services.push(ServiceShape { name: name.to_owned(), complete, keys: mapping(tree, body).len() });
    if let Some(extends) = value("extends")
        && let Some(file) = tree.get(extends, "file").and_then(|f| tree.text(f))
    {
        out.reaches.push(Reach { path: file.to_owned(), include: false });
    }
    for (key, section) in
        [("depends_on", "services"), ("networks", "networks"), ("secrets", "secrets"), ("configs", "configs"), ("links", "services")]
    {
        let Some(id) = value(key) else { continue };
        let names = mapping(tree, id).iter().filter_map(|e| tree.text(e.key));
        let names = names.chain(sequence(tree, id).iter().filter_map(|i| tree.text(*i).or_else(|| tree.text(tree.get(*i, "source")?))));
        for used_name in names.filter_map(|n| n.split(':').next()) {
            if used_name != "default" && !used_name.contains('$') {
                used.insert((section, used_name.to_owned()));
            }
        }
    }
    for key in ["network_mode", "pid", "ipc"] {
        if let Some(other) = value(key).and_then(|id| tree.text(id)).and_then(|t| t.strip_prefix("service:")) {
            used.insert(("services", other.to_owned()));
        }
    }
    for item in value("volumes").map_or(&[][..], |id| sequence(tree, id)) {
        let Some((source, writable)) = mount(tree, *item) else { continue };
        let source = default_of(&source);
        if source.starts_with(['.', '/', '~']) {
            if writable {
                out.data.push((name.to_owned(), source.to_owned()));
            }
        } else if !source.contains(['$', '/', '\\']) && source.len() > 1 {
            used.insert(("volumes", source.to_owned()));
        }
    }
}

/// The source of a mount, and whether the container may write to it.
fn mount(tree: &Tree, item: NodeId) -> Option<(String, bool)> {
    if let Some(short) = tree.text(item) {
        // The colons of `${X:-…}` separate nothing.
        let end = short.find('}').filter(|_| short.starts_with("${")).unwrap_or(0);
        let colon = end + short.get(end..)?.find(':')?;
        let options = short.get(colon + 1..)?.split(':').nth(1).unwrap_or("");
        return Some((short.get(..colon)?.to_owned(), !options.split(',').any(|o| o == "ro")));
    }
    let source = tree.text(tree.get(item, "source")?)?.to_owned();
    let kind = tree.get(item, "type").and_then(|k| tree.text(k)).unwrap_or("volume");
    let read_only = tree.get(item, "read_only").and_then(|r| tree.text(r)) == Some("true");
    ["bind", "volume"].contains(&kind).then_some((source, !read_only))
}

/// `${X:-./data}/db` is `./data/db` unless somebody says otherwise.
pub(super) fn default_of(source: &str) -> &str {
    let Some(inner) = source.strip_prefix("${").and_then(|s| s.strip_suffix('}')) else { return source };
    inner.split_once(":-").or_else(|| inner.split_once('-')).map_or(source, |(_, default)| default)
}
