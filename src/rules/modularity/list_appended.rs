//! A second file adds to a list where it was meant to replace it: a port is published once more, or nothing is taken away.

use std::collections::BTreeMap;

use super::syntax::{entries, section};
use crate::compose::Role;
use crate::compose::value::Step;
use crate::model::{Named, Port};
use crate::rules::prelude::*;
use crate::source::{FileId, Span};
use crate::yaml::{Kind, NodeId, Tree};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "list-appended",
        topic: Topic::Modularity,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a second file adds to a list instead of replacing it",
        page: page!("list-appended"),
    },
    rule: &ListAppended,
};

struct ListAppended;

impl Rule for ListAppended {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        // A range is many ports: each is compared with those of its own number only.
        let mut seen: BTreeMap<u32, Vec<&Sourced<Port>>> = BTreeMap::new();
        for later in &service.ports {
            let same = seen.entry(later.target).or_default();
            if let Some(earlier) = same.iter().find(|earlier| is_published_again(earlier, later)) {
                report(earlier, later, service, cx);
            }
            same.push(later);
        }
    }

    fn project(&self, project: &Project, cx: &mut Cx) {
        let files: Vec<FileId> = project.files.iter().map(|f| f.id).collect();
        for (index, file) in project.files.iter().enumerate() {
            if !matches!(file.role, Role::Main | Role::Override | Role::Include(_)) {
                continue;
            }
            let Some(tree) = cx.tree(file.id) else { continue };
            // Of the files of `-f` each comes on top of those before it; what is included or extended lies below them all.
            let above = files.get(index + 1..).unwrap_or_default();
            let above: Vec<FileId> =
                project.files.iter().filter(|f| f.role == Role::Override && above.contains(&f.id)).map(|f| f.id).collect();
            for empty in empties(&tree) {
                let Some(service) = project.services.get(empty.service) else { continue };
                let stays = written(service, empty.key).into_iter().find(|origin| match empty.extends {
                    Some(own) if reached_by(origin, own) => true,
                    _ => file.role == Role::Override && origin.at.file != file.id && !above.contains(&origin.at.file),
                });
                if let Some(stays) = stays {
                    report_empty(&empty, stays, &tree, cx);
                }
            }
        }
    }
}

/// A list or mapping of a service that is written as an empty one.
struct Empty<'t> {
    service: &'t str,
    key: &'t str,
    at: NodeId,
    value: NodeId,
    /// The `extends` of the service, if it has one.
    extends: Option<Span>,
}

/// The empty lists and mappings of the services in a file, those with a tag (`!reset []`) left out.
fn empties(tree: &Tree) -> Vec<Empty<'_>> {
    let mut out = Vec::new();
    for service in section(tree, "services").1 {
        let Some(name) = tree.text(service.key) else { continue };
        let extends = tree.get(service.value, "extends").map(|e| tree.node(e).span);
        for entry in entries(tree, service.value) {
            let node = tree.node(entry.value);
            let empty = match &node.kind {
                Kind::Sequence { items, .. } => items.is_empty(),
                Kind::Mapping { entries, .. } => entries.is_empty(),
                Kind::Scalar(_) | Kind::Alias { .. } => false,
            };
            if let (Some(key), true, None) = (tree.text(entry.key), empty, &node.tag) {
                out.push(Empty { service: name, key, at: entry.key, value: entry.value, extends });
            }
        }
    }
    out
}

/// Where the items of a list of a service are written that files add to; none of other keys (`command` is replaced as a whole).
fn written<'s>(service: &'s Service, key: &str) -> Vec<&'s Origin> {
    fn items<T>(list: &[Sourced<T>]) -> Vec<&Origin> {
        list.iter().map(|item| &item.origin).collect()
    }
    fn named<T>(mapping: &Named<T>) -> Vec<&Origin> {
        mapping.values().map(|value| &value.origin).collect()
    }
    let mut origins = match key {
        "cap_add" => items(&service.cap_add),
        "configs" => items(&service.configs),
        "depends_on" => named(&service.depends_on),
        "devices" => items(&service.devices),
        "dns" => items(&service.dns),
        "env_file" => items(&service.env_file),
        "environment" => named(&service.environment),
        "expose" => items(&service.expose),
        "extra_hosts" => named(&service.extra_hosts),
        "group_add" => items(&service.group_add),
        "labels" => named(&service.labels),
        "links" => items(&service.links),
        "networks" => named(&service.networks),
        "ports" => items(&service.ports),
        "profiles" => items(&service.profiles),
        "secrets" => items(&service.secrets),
        "security_opt" => items(&service.security_opt),
        "tmpfs" => items(&service.tmpfs),
        "volumes" => items(&service.volumes),
        _ => Vec::new(),
    };
    // What an env file sets stands in no list.
    origins.retain(|origin| !origin.is_default() && !origin.via.iter().any(|s| matches!(s, Step::File(_))));
    origins
}

/// True if a value was taken over by this `extends`.
fn reached_by(origin: &Origin, extends: Span) -> bool {
    origin.via.iter().any(|s| matches!(s, Step::Extends { at, .. } if *at == extends))
}

fn report_empty(empty: &Empty, stays: &Origin, tree: &Tree, cx: &mut Cx) {
    let (service, key) = (empty.service, empty.key);
    let value = tree.node(empty.value);
    let extended = empty.extends.is_some_and(|own| reached_by(stays, own));
    let what = if extended { "an extending service adds to the list of its base" } else { "a later file adds to the list of the first" };
    let edit = value.anchor.is_none().then(|| Edit { span: Span { end: value.span.start, ..value.span }, text: "!reset ".to_owned() });
    cx.report(&Origin::at(tree.node(empty.at).span), format!("the empty `{key}` of `{service}` takes nothing away"))
        .related(stays.at, "this stays")
        .why(format!("{what}, it does not replace it, and an empty one adds nothing"))
        .help(format!("write `{key}: !reset []` to have none, or remove the line"))
        .maybe_fix(edit.map(|edit| Fix {
            title: format!("write `!reset`, which takes the `{key}` of `{service}` away"),
            applicability: Applicability::Unsafe,
            edits: vec![edit],
        }));
}

fn is_published_again(earlier: &Sourced<Port>, later: &Sourced<Port>) -> bool {
    let same = earlier.target == later.target && earlier.protocol == later.protocol;
    let elsewhere = earlier.origin.at.file != later.origin.at.file;
    let both = earlier.published.is_some() && later.published.is_some();
    // One port on two addresses is a choice; so is what nobody could resolve.
    let addresses = earlier.published == later.published && earlier.host_ip.is_some() && later.host_ip.is_some();
    same && elsewhere && both && !addresses
}

fn report(earlier: &Sourced<Port>, later: &Sourced<Port>, service: &Service, cx: &mut Cx) {
    let (old, new) = (host_side(earlier), host_side(later));
    let extended = earlier.origin.via.iter().any(|s| matches!(s, Step::Extends { .. }));
    let what = if extended { "an extending service adds to the list of its base" } else { "a second file adds to the list of the first" };
    cx.report(&later.origin, format!("`{}` publishes its port {} twice: {old} and {new}", service.name, later.target))
        .related(earlier.origin.at, format!("{old} is published here"))
        .why(format!("{what}, it does not replace it: the first port stays open too"))
        .help("if only this one is meant, write `ports: !override` here; if both are, write both in one file");
}

fn host_side(port: &Port) -> String {
    let published = port.published.as_deref().unwrap_or_default();
    match &port.host_ip {
        Some(ip) if ip.contains(':') => format!("[{ip}]:{published}"),
        Some(ip) => format!("{ip}:{published}"),
        None => published.to_owned(),
    }
}
