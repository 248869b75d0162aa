//! Which services take part: profiles, services named on the command line, and what is left of the resources then
//! (spec/resolve.md 17). Removes nothing but by [`prune`].

use std::collections::BTreeSet;

use super::{MountKind, Named, Project, Service, Sourced};
use crate::compose::problem::{ModelPath, Phase, Problem, ProblemKind};

/// The active profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profiles {
    /// All of them: `--profile '*'`.
    All,
    /// These. `--profile` or the items of `COMPOSE_PROFILES`; Compose takes an unset `COMPOSE_PROFILES` for one empty item.
    Some(Vec<String>),
}

impl Profiles {
    /// The active profiles as Compose settles them: the flags, else the variable (spec/resolve.md 17.1).
    pub fn settle(flags: &[String], variable: Option<&str>) -> Self {
        let names: Vec<String> =
            if flags.is_empty() { variable.unwrap_or_default().split(',').map(|p| p.trim().to_owned()).collect() } else { flags.to_vec() };
        if names.iter().any(|p| p == "*") { Profiles::All } else { Profiles::Some(names) }
    }

    /// True if a service with these profiles takes part.
    pub fn enable(&self, service: &Service) -> bool {
        match self {
            Profiles::All => true,
            Profiles::Some(active) => service.profiles.is_empty() || service.profiles.iter().any(|p| active.contains(&p.value)),
        }
    }

    fn with(&self, more: Vec<String>) -> Self {
        match self {
            Profiles::All => Profiles::All,
            Profiles::Some(active) if more.iter().any(|p| p == "*") || active.iter().any(|p| p == "*") => Profiles::All,
            Profiles::Some(active) => Profiles::Some(active.iter().cloned().chain(more).collect()),
        }
    }
}

/// Marks each service as enabled or not.
pub fn enable(project: &mut Project, profiles: &Profiles) {
    for service in project.services.values_mut() {
        service.value.enabled = profiles.enable(&service.value);
    }
}

/// Keeps only the named services and what they depend on enabled. Names may be globs; a name that is not enabled adds its own
/// profiles. Does nothing without names. What cannot be found is a problem of the phase Select.
pub fn select(project: &mut Project, profiles: &Profiles, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let more = names
        .iter()
        .filter_map(|n| project.services.get(n))
        .filter(|s| !s.enabled)
        .flat_map(|s| s.profiles.iter().map(|p| p.value.clone()))
        .collect();
    enable(project, &profiles.with(more));

    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut problems = Vec::new();
    let mut pending: Vec<(String, Option<String>)> = names.iter().rev().map(|n| (n.clone(), None)).collect();
    while let Some((pattern, wanted_by)) = pending.pop() {
        let mut found = false;
        let hits = project.services.iter().filter(|(name, s)| s.enabled && glob(&pattern, name));
        for (name, service) in hits {
            found = true;
            if kept.insert(name.clone()) {
                let needs = service.depends_on.iter().rev().filter(|(n, d)| d.required || is_enabled(project, n));
                pending.extend(needs.map(|(n, _)| (n.clone(), Some(name.clone()))));
            }
        }
        if !found {
            problems.push(not_found(project, &pattern, wanted_by.as_deref()));
        }
    }
    project.problems.extend(problems);
    for (name, service) in &mut project.services {
        service.value.enabled = kept.contains(name);
        if service.enabled {
            service.value.depends_on.retain(|name, _| kept.contains(name));
        }
    }
}

fn is_enabled(project: &Project, name: &str) -> bool {
    project.services.get(name).is_some_and(|s| s.enabled)
}

fn not_found(project: &Project, name: &str, wanted_by: Option<&str>) -> Problem {
    let problem = match (wanted_by, project.services.get(name)) {
        (Some(by), Some(_)) => Problem::refused(
            ProblemKind::ProfileUnreachable,
            Phase::Select,
            format!("`{by}` needs service `{name}`, which no active profile enables"),
        ),
        (Some(by), None) => {
            Problem::refused(ProblemKind::UndefinedService, Phase::Select, format!("`{by}` needs service `{name}`, which does not exist"))
        }
        (None, _) => Problem::refused(ProblemKind::UndefinedService, Phase::Select, format!("there is no service `{name}`")),
    };
    match wanted_by.and_then(|by| Some((by, project.services.get(by)?.depends_on.get(name)?))) {
        Some((by, dependency)) => problem.at(dependency.at_key()).path(&ModelPath::keys(&["services", by, "depends_on", name])),
        None => problem,
    }
}

/// Removes what is not enabled, and the resources that the enabled services do not use (spec/resolve.md 17.3).
/// `all_resources`: only the services go.
pub fn prune(project: &mut Project, all_resources: bool) {
    project.services.retain(|_, s| s.enabled);
    if all_resources {
        return;
    }
    let Project { services, networks, volumes, secrets, configs, models, .. } = project;
    let mut used = [const { BTreeSet::new() }; 5];
    {
        let [used_networks, used_volumes, used_secrets, used_configs, used_models] = &mut used;
        for service in services.values() {
            used_networks.extend(service.networks.keys().map(String::as_str));
            let sources = service.volumes.iter().filter(|m| m.kind == MountKind::Volume).filter_map(|m| m.source.as_deref());
            used_volumes.extend(sources);
            let build_secrets = service.build.iter().flat_map(|b| &b.secrets);
            used_secrets.extend(service.secrets.iter().chain(build_secrets).map(|s| s.source.as_str()));
            used_configs.extend(service.configs.iter().map(|c| c.source.as_str()));
            used_models.extend(service.models.keys().map(String::as_str));
        }
    }
    let [used_networks, used_volumes, used_secrets, used_configs, used_models] = &used;
    keep(networks, used_networks);
    keep(volumes, used_volumes);
    keep(secrets, used_secrets);
    keep(configs, used_configs);
    keep(models, used_models);
}

fn keep<T>(all: &mut Named<T>, used: &BTreeSet<&str>) {
    all.retain(|name, _: &mut Sourced<T>| used.contains(name.as_str()));
}

/// Go's `path.Match` on names without `/`: `*`, `?`, `[a-z]`, `[^a]`, `\`. A pattern that cannot be read matches nothing.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // Where to go back to: after the last `*`, and how much of the name it had swallowed.
    let mut back: Option<(usize, usize)> = None;
    let (mut p, mut n) = (0, 0);
    loop {
        if pattern.get(p) == Some(&'*') {
            back = Some((p + 1, n));
            p += 1;
            continue;
        }
        let step = match (pattern.get(p), name.get(n)) {
            (None, None) => return true,
            (Some(_), Some(c)) => one(&pattern, p, *c),
            _ => None,
        };
        if let Some(next) = step {
            p = next;
            n += 1;
            continue;
        }
        match &mut back {
            Some((after, swallowed)) if *swallowed < name.len() => {
                *swallowed += 1;
                (p, n) = (*after, *swallowed);
            }
            _ => return false,
        }
    }
}

/// Matches one character; gives the place after the part of the pattern that matched it.
fn one(pattern: &[char], at: usize, c: char) -> Option<usize> {
    match pattern.get(at)? {
        '?' => Some(at + 1),
        '\\' => (*pattern.get(at + 1)? == c).then_some(at + 2),
        '[' => {
            let mut at = at + 1;
            let negated = pattern.get(at) == Some(&'^');
            at += usize::from(negated);
            let first = at;
            let mut found = false;
            loop {
                let mut low = *pattern.get(at)?;
                if low == ']' && at > first {
                    return (found != negated).then_some(at + 1);
                }
                if low == '\\' {
                    at += 1;
                    low = *pattern.get(at)?;
                }
                at += 1;
                let mut high = low;
                if pattern.get(at) == Some(&'-') && pattern.get(at + 1).is_some_and(|c| *c != ']') {
                    high = *pattern.get(at + 1)?;
                    at += 2;
                }
                found |= low <= c && c <= high;
            }
        }
        literal => (*literal == c).then_some(at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_names() {
        for (pattern, name, wanted) in [
            ("web*", "web-1", true),
            ("*", "", true),
            ("*b", "abab", true),
            ("a?c", "abc", true),
            ("[a-c]x", "bx", true),
            ("[^a]x", "ax", false),
            ("web", "web-1", false),
            ("[", "[", false),
            ("\\*", "*", true),
        ] {
            assert_eq!(glob(pattern, name), wanted, "{pattern} {name}");
        }
    }

    #[test]
    fn an_unset_variable_is_one_empty_profile() {
        assert_eq!(Profiles::settle(&[], None), Profiles::Some(vec![String::new()]));
        assert_eq!(Profiles::settle(&[], Some("a, b")), Profiles::Some(vec!["a".into(), "b".into()]));
        assert_eq!(Profiles::settle(&["x".into()], Some("a")), Profiles::Some(vec!["x".into()]));
        assert_eq!(Profiles::settle(&[], Some("*")), Profiles::All);
    }
}
