//! A service that others extend, with `depends_on` in it: what becomes of that changed from version to version.

use std::collections::BTreeMap;

use crate::compose::value::Step;
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "depends-on-in-base",
        topic: Topic::Modularity,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service that others extend has `depends_on`, which versions of Compose treat differently",
        page: page!("depends-on-in-base"),
    },
    rule: &DependsOnInBase,
};

struct DependsOnInBase;

/// How many other places a finding shows.
const SHOWN: usize = 5;

/// Who takes over a `depends_on`: the first dependency, and each service with its `extends`.
struct Taken<'a> {
    origin: &'a Origin,
    by: Vec<(&'a str, Span)>,
}

impl Rule for DependsOnInBase {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut bases: BTreeMap<Span, Taken> = BTreeMap::new();
        for service in project.services.values() {
            for dependency in service.depends_on.values().filter(|d| !d.origin.is_default()) {
                let extends = dependency.origin.via.iter().find_map(|s| if let Step::Extends { at, .. } = s { Some(*at) } else { None });
                let Some(extends) = extends else { continue };
                let key = depends_on(dependency, cx).unwrap_or(dependency.origin.at);
                let taken = bases.entry(key).or_insert(Taken { origin: &dependency.origin, by: Vec::new() });
                if taken.by.last().is_none_or(|(name, _)| *name != service.name) {
                    taken.by.push((&service.name, extends));
                }
            }
        }
        for (key, taken) in bases {
            let Some(((name, _), others)) = taken.by.split_first() else { continue };
            let message = match others.len() {
                0 => format!("`{name}` takes over this `depends_on` from the service that it extends"),
                1 => format!("`{name}` and 1 more service take over this `depends_on` from the service that they extend"),
                n => format!("`{name}` and {n} more services take over this `depends_on` from the service that they extend"),
            };
            let mut report = cx.report(&Origin { at: key, ..taken.origin.clone() }, message);
            for (name, at) in others.iter().take(SHOWN) {
                report = report.related(*at, format!("`{name}` extends it here"));
            }
            report
                .why("Compose 2.24.6 refuses to extend such a service, and 2.32.2 to 2.32.4 leave its `depends_on` out: it then starts without what it needs")
                .help("write `depends_on` in each service that extends this one, and leave it out here");
        }
    }
}

/// The key `depends_on` above a dependency. `None` if that was written elsewhere, and came by an alias.
fn depends_on(dependency: &Sourced<crate::model::Dependency>, cx: &Cx) -> Option<Span> {
    let at = dependency.origin.at;
    let tree = cx.tree(at.file)?;
    let mut node = tree.at(at).or_else(|| tree.starting(at))?;
    loop {
        if let Some((_, entry)) = tree.entry(node)
            && tree.text(entry.key) == Some("depends_on")
        {
            return Some(tree.node(entry.key).span);
        }
        node = tree.parent(node)?;
    }
}
