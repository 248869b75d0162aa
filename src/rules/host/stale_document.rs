//! A document that names what no stack has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::known::{Known, Stack, container_of, is_whole, listed, missing};
use crate::fs;
use crate::host::counts;
use crate::host::docs::{Document, Mention, Of, Thing, Used, What};
use crate::nearest::{nearest, slip};
use crate::ordered::IndexMap;
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "stale-document",
        topic: Topic::Host,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a runbook, justfile or script names what no stack has",
        page: page!("stale-document"),
    },
    rule: &StaleDocument,
};

struct StaleDocument;

/// Further places of one wrong name that a finding shows.
const SHOWN: usize = 5;

/// Directories above a document that a relative path in it may start from.
const ABOVE: usize = 8;

/// What is wrong with a name.
struct Wrong {
    message: String,
    why: &'static str,
    help: String,
    /// Where what is meant is written.
    related: Vec<(Span, String)>,
}

impl Rule for StaleDocument {
    fn fleet(&self, fleet: &Fleet, cx: &mut Cx) {
        let beside = cx.facts.beside();
        let mut documents: Vec<&Document> = beside.documents.iter().collect();
        documents.sort_by(|a, b| a.path.cmp(&b.path));
        documents.dedup_by(|a, b| a.path == b.path);
        let disk = cx.facts.fs();
        let mut of_hosts: BTreeMap<Option<&str>, OfHost> = BTreeMap::new();
        for document in &documents {
            let owner = document.host.as_deref();
            let of_host = of_hosts.entry(owner).or_insert_with(|| OfHost::new(fleet, &documents, owner, &beside.roots));
            if of_host.known.stacks.is_empty() {
                continue;
            }
            let check = Check { of_host, document, disk };
            let mut found: IndexMap<(u8, String), (Span, Wrong, Vec<Span>)> = IndexMap::default();
            for mention in &document.mentions {
                let Some((kind, name, wrong)) = check.mention(mention) else { continue };
                match found.entry((kind, name)) {
                    indexmap::map::Entry::Occupied(mut entry) if entry.get().0 != mention.at => entry.get_mut().2.push(mention.at),
                    indexmap::map::Entry::Occupied(_) => {}
                    indexmap::map::Entry::Vacant(entry) => {
                        entry.insert((mention.at, wrong, Vec::new()));
                    }
                }
            }
            for (at, wrong, again) in found.into_values() {
                let mut report = cx.report(&Origin::at(at), wrong.message).why(wrong.why).help(wrong.help);
                for place in again.iter().take(SHOWN) {
                    report = report.related(*place, "and here");
                }
                for (place, text) in wrong.related.into_iter().take(SHOWN) {
                    report = report.related(place, text);
                }
            }
        }
    }
}

/// What all documents of a host are compared with.
struct OfHost<'a> {
    known: Known<'a>,
    roots: Vec<PathBuf>,
    /// What the documents of this host make themselves.
    made: BTreeSet<(Thing, &'a str)>,
}

impl<'a> OfHost<'a> {
    fn new(fleet: &Fleet<'a>, documents: &[&'a Document], owner: Option<&str>, asked: &[PathBuf]) -> Self {
        let made = documents.iter().filter(|d| counts(d.host.as_deref(), owner)).flat_map(|d| &d.mentions);
        let made = made.filter_map(|m| if let What::Made { thing, name } = &m.what { Some((*thing, name.as_str())) } else { None });
        Self { known: Known::of(fleet, owner), roots: roots(fleet, owner, asked), made: made.collect() }
    }
}

/// Directories that a document may mean when it says `~/docker`: those that were asked for, and what the stacks of its host have in common.
fn roots(fleet: &Fleet, owner: Option<&str>, asked: &[PathBuf]) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = asked.to_vec();
    for host in fleet.hosts.iter().filter(|h| h.directory.is_some() && counts(owner, h.name)) {
        let mut directories = host.projects.iter().filter_map(|p| p.directory.parent());
        if let Some(first) = directories.next() {
            let common = directories.fold(first, |common, next| common.ancestors().find(|above| next.starts_with(above)).unwrap_or(common));
            out.extend([common.to_path_buf()]);
        }
    }
    out.sort();
    out.dedup();
    out
}

struct Check<'a> {
    of_host: &'a OfHost<'a>,
    document: &'a Document,
    disk: &'a dyn fs::Fs,
}

impl Check<'_> {
    /// The kind and the name of what is wrong, and what is to be said of it.
    fn mention(&self, mention: &Mention) -> Option<(u8, String, Wrong)> {
        match &mention.what {
            What::Volume { name, .. } => Some((0, name.clone(), self.volume(name)?)),
            What::Container(name) => Some((1, name.clone(), self.container(name)?)),
            What::Network(name) => Some((2, name.clone(), self.network(name)?)),
            What::Project { name, started } => Some((3, name.clone(), self.project(name, *started)?)),
            What::Service { name, of } => Some((4, format!("{name} {of:?}"), self.service(name, of)?)),
            What::Port(port) => Some((5, port.to_string(), self.port(*port)?)),
            What::Path { path, used } => {
                let (missing, wrong) = self.path(path, *used)?;
                Some((6, missing.display().to_string(), wrong))
            }
            What::Made { .. } => None,
        }
    }

    fn is_made(&self, thing: Thing, name: &str) -> bool {
        self.of_host.made.contains(&(thing, name))
    }

    /// The stack that the document lies in.
    fn own(&self) -> impl Iterator<Item = &Stack<'_>> {
        let directory = self.document.path.parent();
        self.of_host.known.stacks.iter().filter(move |s| Some(s.entry.directory.as_path()) == directory)
    }

    fn volume(&self, name: &str) -> Option<Wrong> {
        if self.of_host.known.volumes.contains(name) {
            return None;
        }
        // The worst that the document does with the name is what counts for all its places.
        let created = |m: &Mention| matches!(&m.what, What::Volume { name: other, created: true } if other == name);
        let why = if self.document.mentions.iter().any(created) {
            "docker makes an empty volume of that name on the spot: a backup of it saves nothing, and what is restored into it reaches nobody"
        } else {
            "whoever follows the document finds no such volume, most likely when the data is needed"
        };
        if let Some(all) = self.of_host.known.volume_keys.get(name) {
            // In the directory of a stack, its own volume is meant.
            let own: Vec<_> = all.iter().filter(|k| self.own().any(|s| s.project.directory == k.project.directory)).collect();
            let meant = if own.is_empty() { all.iter().collect() } else { own };
            let names: Vec<&str> = meant.iter().map(|k| k.real).collect();
            let (verb, help) = match names.as_slice() {
                [one] => ("the real one is", format!("write `{one}`")),
                _ => ("the real ones are", "write the one that is meant".to_owned()),
            };
            return Some(Wrong {
                message: format!("this names the volume `{name}`, which no stack has: {verb} {}", listed(names)),
                why,
                help,
                related: meant
                    .iter()
                    .map(|k| (k.key, format!("`{name}` of project `{}` is the volume `{}`", k.project.name, k.real)))
                    .collect(),
            });
        }
        if self.is_made(Thing::Volume, name) {
            return None;
        }
        if let Some(near) = slip(name, self.of_host.known.volumes.iter().copied()) {
            let message = format!("this names the volume `{name}`, which no stack has");
            return Some(Wrong { message, why, help: format!("did you mean `{near}`?"), related: Vec::new() });
        }
        // `media_cache`, where `media` has no such volume.
        let stack = self.by_prefix(name, &['_'])?;
        let own: Vec<&str> = stack.project.volumes.values().filter_map(|v| super::known::real_volume(v)).collect();
        let has = if own.is_empty() { "has no volumes".to_owned() } else { format!("has {}", listed(own)) };
        let message = format!("this names the volume `{name}`, which no stack has: `{}` {has}", stack.project.name);
        Some(Wrong { message, why, help: "write the name of a volume that is there, or take the line out".to_owned(), related: Vec::new() })
    }

    fn network(&self, name: &str) -> Option<Wrong> {
        let builtin = matches!(name, "bridge" | "host" | "none" | "default" | "podman" | "ingress");
        if builtin || self.of_host.known.networks.contains(name) || self.is_made(Thing::Network, name) {
            return None;
        }
        let why = "the command fails, because the engine knows a network only by its real name";
        if let Some(all) = self.of_host.known.network_keys.get(name) {
            let names: Vec<&str> = all.iter().map(|k| k.real).collect();
            let verb = if names.len() == 1 { "the real one is" } else { "the real ones are" };
            return Some(Wrong {
                message: format!("this names the network `{name}`, which no stack has: {verb} {}", listed(names)),
                why,
                help: "write the real name".to_owned(),
                related: all
                    .iter()
                    .map(|k| (k.key, format!("`{name}` of project `{}` is the network `{}`", k.project.name, k.real)))
                    .collect(),
            });
        }
        let near = slip(name, self.of_host.known.networks.iter().copied())?;
        let message = format!("this names the network `{name}`, which no stack has");
        Some(Wrong { message, why, help: format!("did you mean `{near}`?"), related: Vec::new() })
    }

    /// The stack whose name a longer name begins with; only one whose services are all known.
    fn by_prefix(&self, name: &str, separators: &[char]) -> Option<Stack<'_>> {
        let begins = |called: &str| name.strip_prefix(called).is_some_and(|rest| rest.len() > 1 && rest.starts_with(separators));
        let mut stacks = self.of_host.known.stacks.iter().filter(|s| begins(&s.project.name)).peekable();
        let whole = stacks.clone().all(|s| is_whole(s.project));
        stacks.peek().copied().copied().filter(|_| whole)
    }

    fn container(&self, name: &str) -> Option<Wrong> {
        let other = self.of_host.known.volumes.contains(name) || self.of_host.known.networks.contains(name);
        if other || self.of_host.known.is_container(name) || self.is_made(Thing::Container, name) {
            return None;
        }
        let why = "the command fails, and the document is of no use when it is needed";
        let place = |service: &Sourced<Service>| service.container_name.as_ref().map_or_else(|| service.at_key().at, |n| n.origin.at);
        // `media_sonarr_1`.
        let old = |project: &Project, service: &Service| {
            let rest = name.strip_prefix(&*project.name).and_then(|r| r.strip_prefix('_')).and_then(|r| r.strip_prefix(&*service.name));
            rest.and_then(|r| r.strip_prefix('_')).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        };
        if let Some((project, service)) = self.of_host.known.services().find(|(p, s)| old(p, s)) {
            let now = container_of(project, service);
            return Some(Wrong {
                message: format!("this names the container `{name}`, as Compose 1 called it: it is `{now}` now"),
                why: "Compose 2 joins the names of project, service and number by `-`, no longer by `_`",
                help: format!("write `{now}`, or `docker compose` with the service `{}`, which holds for every version", service.name),
                related: vec![(place(service), "this service".to_owned())],
            });
        }
        let by_service: Vec<_> = self.of_host.known.services().filter(|(_, s)| s.name == name).collect();
        let own: Vec<_> = by_service.iter().filter(|(p, _)| self.own().any(|s| s.project.directory == p.directory)).copied().collect();
        let meant = if own.is_empty() { by_service } else { own };
        if !meant.is_empty() {
            let names: Vec<String> = meant.iter().map(|(p, s)| container_of(p, s)).collect();
            let verb = if names.len() == 1 { "its container is" } else { "its containers are" };
            return Some(Wrong {
                message: format!(
                    "this names the container `{name}`, which is a service: {verb} {}",
                    listed(names.iter().map(String::as_str))
                ),
                why,
                help: match names.as_slice() {
                    [one] => format!("write `{one}`, or `docker compose` in place of `docker`"),
                    _ => "write the one that is meant, or `docker compose` in place of `docker`".to_owned(),
                },
                related: meant.iter().map(|(_, s)| (place(s), "this service".to_owned())).collect(),
            });
        }
        let made: Vec<String> = self.of_host.known.services().map(|(p, s)| container_of(p, s)).collect();
        if let Some(near) = slip(name, made.iter().map(String::as_str)) {
            let message = format!("this names the container `{name}`, which no stack has");
            return Some(Wrong { message, why, help: format!("did you mean `{near}`?"), related: Vec::new() });
        }
        let stack = self.by_prefix(name, &['_', '-'])?;
        let own: Vec<String> = stack.project.services.values().map(|s| container_of(stack.project, s)).collect();
        let near = nearest(name, own.iter().map(String::as_str));
        Some(Wrong {
            message: format!(
                "this names the container `{name}`, which no stack has: `{}` has {}",
                stack.project.name,
                listed(own.iter().map(String::as_str))
            ),
            why,
            help: near.map_or_else(
                || "write the name of a container that is there, or take the line out".to_owned(),
                |n| format!("did you mean `{n}`?"),
            ),
            related: Vec::new(),
        })
    }

    fn project(&self, name: &str, started: bool) -> Option<Wrong> {
        let names = self.of_host.known.names();
        if names.contains(name) {
            return None;
        }
        let near = slip(name, names.iter().copied());
        // Started under a name of its own, it is another project, and that may be meant.
        if near.is_none() && (started || self.is_made(Thing::Project, name)) {
            return None;
        }
        // Of a project whose name is not known, nothing can be said.
        if self.of_host.known.stacks.iter().any(|s| s.project.name.is_empty()) && near.is_none() {
            return None;
        }
        let why = if started {
            "under another name it is another project: its containers run beside the real ones, with empty volumes"
        } else {
            "Compose finds nothing under that name, and says so only in some commands"
        };
        let help =
            near.map_or_else(|| format!("the projects are {}", listed(names.iter().copied())), |near| format!("did you mean `{near}`?"));
        Some(Wrong { message: format!("this names the project `{name}`, which no stack has"), why, help, related: Vec::new() })
    }

    /// The projects that a command of Compose is about; `None` if that cannot be told.
    fn about(&self, of: &Of) -> Option<Vec<&Project>> {
        let all = || self.of_host.known.stacks.iter().map(|s| s.project);
        let mut out: Vec<&Project> = Vec::new();
        if let Some(name) = &of.project {
            out.extend(self.of_host.known.named(name));
        } else if !of.files.is_empty() {
            for file in &of.files {
                let whole = match &of.directory {
                    Some(directory) if !is_open(file) => format!("{directory}/{file}"),
                    _ if of.lost && !is_open(file) => return None,
                    _ => file.clone(),
                };
                let path = self.places(&whole).into_iter().find(|p| self.disk.is_file(p))?;
                let real = self.disk.canonicalize(&path).ok();
                let has = |p: &&Project| p.files.iter().any(|f| f.path == path || Some(&f.path) == real.as_ref());
                let with: Vec<&Project> = all().filter(has).collect();
                if with.is_empty() {
                    return None;
                }
                out.extend(with);
            }
        } else {
            let directory = match &of.directory {
                Some(directory) => self.places(directory).into_iter().find(|p| self.disk.is_dir(p))?,
                None if of.lost => return None,
                None => self.document.path.parent()?.to_path_buf(),
            };
            out.extend(self.of_host.known.stacks.iter().filter(|s| s.entry.directory == directory).map(|s| s.project));
        }
        (!out.is_empty() && out.iter().all(|p| is_whole(p))).then_some(out)
    }

    fn service(&self, name: &str, of: &Of) -> Option<Wrong> {
        let projects = self.about(of)?;
        // The document of a part may speak of the whole.
        let above = |directory: &Path| self.document.path.starts_with(directory);
        let whole = of.files.is_empty() && of.directory.is_none() && of.project.is_none();
        if whole && self.of_host.known.stacks.iter().any(|s| above(&s.entry.directory) && s.project.services.contains_key(name)) {
            return None;
        }
        let names: BTreeSet<&str> = projects.iter().flat_map(|p| p.services.keys()).map(String::as_str).collect();
        if names.contains(name) {
            return None;
        }
        let first = projects.first()?;
        let near = nearest(name, names.iter().copied());
        let container =
            projects.iter().flat_map(|p| p.services.values()).find(|s| s.container_name.as_ref().is_some_and(|n| n.value == name));
        let help = match (container, near) {
            (Some(service), _) => format!("`{name}` is the container of the service `{}`: write that", service.name),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => "write the name of a service that is there, or take the line out".to_owned(),
        };
        Some(Wrong {
            message: format!(
                "this names the service `{name}`, which project `{}` does not have: it has {}",
                first.name,
                listed(names.iter().copied())
            ),
            why: "Compose refuses the command: there is no such service",
            help,
            related: Vec::new(),
        })
    }

    fn port(&self, port: u16) -> Option<Wrong> {
        let published = |text: &str| {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let bound = |t: &str| t.parse::<u16>().ok();
            bound(first).zip(bound(last)).is_some_and(|(first, last)| (first..=last).contains(&port))
        };
        let all = || self.of_host.known.services().flat_map(|(p, s)| s.ports.iter().map(move |port| (p, s, port)));
        let open = all().any(|(_, _, p)| p.published.as_deref().is_some_and(published));
        if open || self.is_made(Thing::Port, &port.to_string()) {
            return None;
        }
        // It is the port within a container: on the host, the service is elsewhere.
        let mut inner = all().filter(|(_, _, p)| p.target == u32::from(port) && p.published.as_deref().is_some_and(|p| !p.is_empty()));
        let (project, service, at) = inner.next()?;
        // Several may be meant, or something that no stack knows of.
        if inner.next().is_some() || self.of_host.known.services().any(|(_, s)| s.network_mode.as_ref().is_some_and(|m| m.value == "host"))
        {
            return None;
        }
        let outer = at.published.as_deref().unwrap_or_default();
        Some(Wrong {
            message: format!(
                "this asks port {port} of this machine, which no stack publishes: `{}` of `{}` is on port {outer}",
                service.name, project.name
            ),
            why: "the request is refused, or something else answers it",
            help: format!("write {outer}"),
            related: vec![(at.origin.at, format!("port {port} of the container is port {outer} of the host"))],
        })
    }

    /// The paths that a text may mean: the document does not say which home directory it speaks of, nor where it is read.
    fn places(&self, text: &str) -> Vec<PathBuf> {
        let home = ["~/", "$HOME/", "${HOME}/", "{{home_directory()}}/"].iter().find_map(|home| text.strip_prefix(home));
        if let Some(rest) = home {
            let first = Path::new(rest).components().next();
            let parents = self
                .of_host
                .roots
                .iter()
                .filter(|r| r.file_name().is_some_and(|n| first == Some(Component::Normal(n))))
                .filter_map(|r| r.parent());
            let homes = self.of_host.roots.iter().filter_map(|r| home_of(r));
            return parents.chain(homes).map(|h| fs::join(h, Path::new(rest))).collect();
        }
        if is_open(text) {
            return vec![fs::clean(Path::new(text))];
        }
        // Beside the document, or where somebody stands who has the whole repository before them.
        self.document.path.ancestors().skip(1).take(ABOVE).map(|directory| fs::join(directory, Path::new(text))).collect()
    }

    fn path(&self, text: &str, used: Used) -> Option<(PathBuf, Wrong)> {
        let places = self.places(text);
        if places.is_empty() || places.iter().any(|p| self.disk.exists(p)) || self.is_made_path(text) {
            return None;
        }
        let path = places.into_iter().find(|p| self.of_host.roots.iter().any(|r| p.starts_with(r) && p != r))?;
        let root = self.of_host.roots.iter().filter(|r| path.starts_with(r)).max_by_key(|r| r.as_os_str().len())?;
        let (above, at) = missing(self.disk, &path)?;
        if !above.starts_with(root) || !self.disk.is_dir(&above) {
            return None;
        }
        let name = at.file_name()?.to_string_lossy().into_owned();
        let is_compose =
            path.extension().is_some_and(|e| e == "yml" || e == "yaml") && path.file_name()?.to_string_lossy().contains("compose");
        // A stack whose directory, link or project is called like what is missing.
        let mut near: Option<PathBuf> = None;
        if above == *root {
            let akin = |called: &str| {
                let longer = |a: &str, b: &str| a.len() > 3 && b.strip_prefix(a).is_some_and(|rest| rest.starts_with(['-', '_', '.']));
                called != name && (slip(&name, [called]).is_some() || longer(&name, called) || longer(called, &name))
            };
            let below = self.of_host.known.stacks.iter().filter(|s| s.entry.directory.starts_with(root));
            near = below.filter(|s| s.called().iter().any(|c| akin(c) || *c == name)).map(|s| s.entry.directory.clone()).next();
        } else if is_compose {
            let in_it = |s: &&Stack| s.entry.directory == above;
            near = self.of_host.known.stacks.iter().filter(in_it).find_map(|s| s.entry.files.first().cloned());
        }
        // Relative to where somebody stands, it may be anywhere, unless it stands beside the stack itself.
        let entered = used == Used::Entered && (is_open(text) || self.own().next().is_some());
        let reason = entered || is_compose && is_open(text) || near.is_some() && is_open(text) && at != path;
        if !reason {
            return None;
        }
        let shown = as_written(text, &path, &at);
        let message = if at == path {
            format!("this names `{text}`, which does not exist")
        } else {
            format!("this names `{text}`, and there is no `{shown}`")
        };
        let help = match near.map(|n| as_written(text, &path, &n)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "correct the path, or take the line out".to_owned(),
        };
        Some((at, Wrong { message, why: "whoever follows the document ends here, most likely in a hurry", help, related: Vec::new() }))
    }

    /// True if the documents make this path, or one above it.
    fn is_made_path(&self, text: &str) -> bool {
        let made = |above: &str| text == above || text.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'));
        self.of_host.made.iter().any(|(thing, name)| *thing == Thing::Path && made(name))
    }
}

/// A path in the form in which the document writes another one that begins like it.
fn as_written(text: &str, path: &Path, other: &Path) -> String {
    for above in path.ancestors() {
        let (Ok(end), Ok(rest)) = (path.strip_prefix(above), other.strip_prefix(above)) else { continue };
        let Some(begin) = text.strip_suffix(&*end.to_string_lossy()) else { continue };
        return format!("{begin}{}", rest.display()).trim_end_matches('/').to_owned();
    }
    other.display().to_string()
}

/// True for a path that says where it starts.
fn is_open(path: &str) -> bool {
    path.starts_with(['/', '~', '$', '{'])
}

/// The home directory that a path lies in, by its name.
fn home_of(path: &Path) -> Option<&Path> {
    let depth = if path.starts_with("/home") || path.starts_with("/Users") {
        3
    } else if path.starts_with("/root") {
        2
    } else {
        return None;
    };
    path.ancestors().find(|p| p.components().count() == depth)
}
