//! A service is told to speak to a name that nothing on the host has, or that it cannot reach.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::hosts;
use crate::rules::fleet::unresolved;
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: crate::rules::fleet::UNRESOLVED,
        topic: Topic::Host,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service is told to speak to a name that leads nowhere",
        page: page!("unresolved-endpoint"),
    },
    rule: &UnresolvedEndpoint,
};

struct UnresolvedEndpoint;

/// Who has a name, and on which networks it can be asked for.
#[derive(Clone)]
struct Known<'a> {
    project: &'a Project,
    service: &'a Sourced<Service>,
    networks: BTreeSet<&'a str>,
}

impl Rule for UnresolvedEndpoint {
    fn fleet(&self, fleet: &Fleet, cx: &mut Cx) {
        let of_hosts: BTreeSet<String> = fleet.hosts.iter().filter_map(|h| h.name).map(str::to_ascii_lowercase).collect();
        let mut said = BTreeSet::new();
        for host in fleet.hosts {
            let mut names: BTreeMap<&str, Vec<Known>> = BTreeMap::new();
            for project in host.projects {
                for service in project.services.values() {
                    let known = Known { project, service, networks: real_networks(service, project) };
                    for name in names_of(service) {
                        names.entry(name).or_default().push(known.clone());
                    }
                }
            }
            let beside: BTreeSet<String> = cx.facts.beside().names(host.name);
            for project in host.projects {
                // What it lacks may be in the files that it goes on top of.
                if project.incomplete.is_some() {
                    continue;
                }
                for service in project.services.values() {
                    judge(
                        service,
                        project,
                        &names,
                        &|name| of_hosts.contains(&name.to_ascii_lowercase()) || beside.contains(name),
                        &mut said,
                        cx,
                    );
                }
            }
        }
    }
}

fn judge(
    service: &Sourced<Service>,
    project: &Project,
    names: &BTreeMap<&str, Vec<Known>>,
    elsewhere: &dyn Fn(&str) -> bool,
    said: &mut BTreeSet<(Span, String)>,
    cx: &mut Cx,
) {
    let own = real_networks(service, project);
    let mut told = BTreeSet::new();
    for (variable, value) in &service.environment {
        let Some(text) = value.value.as_deref() else { continue };
        for name in hosts(variable, text) {
            // A line of an env file is read by several services, and mended once.
            if said.contains(&(value.origin.at, name.to_owned())) {
                continue;
            }
            // A name with a dot is for the DNS, which nobody can ask here.
            let word = name.bytes().any(|b| b.is_ascii_lowercase());
            let plain = word && name.len() <= 63 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            let special =
                matches!(name, "localhost" | "true" | "false" | "yes" | "no" | "on" | "off" | "none" | "null" | "auto" | "default");
            // Without a scheme or a port it is only likely to be a name; with blanks around it, it is a word of a sentence.
            let certain = !text.contains(char::is_whitespace) && is_addressed(text, name);
            if !plain || special || !certain || elsewhere(name) || service.extra_hosts.contains_key(name) || linked(service, name) {
                continue;
            }
            match names.get(name) {
                None if told.insert(name) => {
                    said.insert((value.origin.at, name.to_owned()));
                    cx.report(&value.origin, unresolved(variable, &service.name, name))
                        .why("unless something else knows that name, such as the DNS of your network, the service cannot reach what it is told to speak to")
                        .help("correct the name, start the stack that has it on this host, or give its address under `extra_hosts`");
                }
                None => {}
                Some(known) => {
                    let same = known.iter().any(|k| std::ptr::eq(k.project, project));
                    let reached = same || known.iter().any(|k| k.networks.intersection(&own).next().is_some());
                    let Some(other) = known.first().filter(|_| !reached && service.network_mode.is_none()) else { continue };
                    if told.insert(name) {
                        said.insert((value.origin.at, name.to_owned()));
                        let message = format!(
                            "`{variable}` of `{}` names `{name}`, which is a service of project `{}` and shares no network with it",
                            service.name, other.project.name
                        );
                        cx.report(&value.origin, message)
                            .related(other.service.at_key().at, "this service")
                            .why("the engine tells the addresses of containers only to containers on the same network")
                            .help(format!(
                                "let both join one network, external in one of the two projects, or give the address of `{name}` otherwise"
                            ));
                    }
                }
            }
        }
    }
}

/// True if a value gives a name as an address: behind a scheme or a user, or before a port.
fn is_addressed(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (text.get(..at).unwrap_or(""), text.get(at + name.len()..).unwrap_or(""));
        let port = behind.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        before.ends_with("://") || before.ends_with('@') && before.contains("://") || port && (before.is_empty() || before.ends_with(','))
    })
}

fn linked(service: &Service, name: &str) -> bool {
    let all = service.links.iter().chain(&service.external_links);
    all.map(|l| l.value.as_str()).any(|link| link.rsplit(':').next() == Some(name) || link.split(':').next() == Some(name))
}

/// What other containers can call a service.
fn names_of(service: &Service) -> BTreeSet<&str> {
    let fixed = [&service.container_name, &service.hostname].into_iter().flatten().map(|n| n.value.as_str());
    let aliases = service.networks.values().flat_map(|n| n.aliases.iter().map(|a| a.value.as_str()));
    fixed.chain(aliases).chain([service.name.as_str()]).collect()
}

fn real_networks<'a>(service: &'a Service, project: &'a Project) -> BTreeSet<&'a str> {
    let real = |key: &'a String| project.networks.get(key).and_then(|n| n.name.as_ref()).map_or(key.as_str(), |n| n.value.as_str());
    service.networks.keys().map(real).collect()
}
