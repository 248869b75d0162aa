//! What comes before what: a sequence in which who provides comes before who uses, and the stacks of a host in the order in which they are started.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::inventory::Stack;

/// The items in a sequence: each behind those that it needs; where that leaves a choice, the lightest first. `true`: it is part of a circle, in
/// which somebody has to begin.
pub(super) fn sequence<K: Copy + Ord, W: Ord>(needs: &BTreeMap<K, BTreeSet<K>>, weight: impl Fn(K) -> W) -> Vec<(K, bool)> {
    let mut left: BTreeSet<(W, K)> = needs.keys().map(|k| (weight(*k), *k)).collect();
    let mut placed: BTreeSet<K> = BTreeSet::new();
    let mut out = Vec::new();
    while let Some((_, first)) = left.first() {
        let ready = |k: &K| needs.get(k).is_none_or(|others| others.iter().all(|o| o == k || placed.contains(o) || !needs.contains_key(o)));
        let free = left.iter().map(|(_, k)| *k).find(|k| ready(k));
        let (next, in_circle) = (free.unwrap_or(*first), free.is_none());
        left.retain(|(_, k)| *k != next);
        placed.insert(next);
        out.push((next, in_circle));
    }
    out
}

/// A stack in the order of starting, and why it is there.
pub struct Step<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// What it needs of others: sentences without a full stop; empty where it needs nothing.
    pub because: Vec<String>,
}

/// The stacks of one host in the order in which they are started: who makes a network comes before who joins it, and who answers before who asks.
/// Where nothing depends on anything, there is no order: empty.
pub fn stacks<'a>(of_host: &[&'a Stack]) -> Vec<Step<'a>> {
    let mut makers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, stack) in of_host.iter().enumerate() {
        for network in stack.networks.iter().filter(|n| !n.external) {
            makers.entry(&network.name).or_insert(at);
        }
        for service in &stack.services {
            names.entry(&service.name).or_default().push(at);
            if let Some(name) = &service.container_name {
                names.entry(name).or_default().push(at);
            }
        }
    }
    let mut needs: BTreeMap<usize, BTreeSet<usize>> = (0..of_host.len()).map(|at| (at, BTreeSet::new())).collect();
    let mut because: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let called = |at: usize| of_host.get(at).map_or("", |s| s.project.as_deref().unwrap_or(&s.directory));
    for (at, stack) in of_host.iter().enumerate() {
        let mut need = |other: usize, why: String| {
            if other != at && needs.entry(at).or_default().insert(other) {
                because.entry(at).or_default().push(why);
            }
        };
        for network in stack.networks.iter().filter(|n| n.external) {
            if let Some(maker) = makers.get(network.name.as_str()) {
                need(*maker, format!("`{}` makes the network `{}`", called(*maker), network.name));
            }
        }
        let own: BTreeSet<&str> = stack.networks.iter().map(|n| n.name.as_str()).collect();
        for endpoint in &stack.endpoints {
            let shares = |other: &usize| of_host.get(*other).is_some_and(|s| s.networks.iter().any(|n| own.contains(n.name.as_str())));
            if let Some(other) = names.get(endpoint.name.as_str()).and_then(|all| all.iter().find(|o| **o != at && shares(o))) {
                need(*other, format!("`{}` speaks to `{}` of `{}`", endpoint.service, endpoint.name, called(*other)));
            }
        }
    }
    if because.is_empty() {
        return Vec::new();
    }
    let order = sequence(&needs, |_| ());
    order
        .into_iter()
        .filter_map(|(at, _)| Some(Step { stack: of_host.get(at)?, because: because.remove(&at).unwrap_or_default() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::inventory::{Endpoint, Resource, Service};

    fn stack(name: &str, networks: &[(&str, bool)], speaks_to: &[&str]) -> Stack {
        Stack {
            project: Some(name.to_owned()),
            services: vec![Service { name: format!("{name}-app"), ..Service::default() }],
            networks: networks.iter().map(|(n, external)| Resource { key: (*n).into(), name: (*n).into(), external: *external }).collect(),
            endpoints: speaks_to
                .iter()
                .map(|n| Endpoint { service: format!("{name}-app"), variable: "URL".into(), name: (*n).to_owned() })
                .collect(),
            ..Stack::default()
        }
    }

    #[test]
    fn networks_and_endpoints_give_the_order() {
        let all = [
            stack("a", &[("proxy", true)], &["c-app"]),
            stack("b", &[("own", false)], &["a-app"]),
            stack("c", &[("proxy", true)], &[]),
            stack("edge", &[("proxy", false)], &[]),
        ];
        let steps = stacks(&all.iter().collect::<Vec<_>>());
        let order: Vec<&str> = steps.iter().filter_map(|s| s.stack.project.as_deref()).collect();
        // `b` shares no network with `a`, so it cannot speak to it.
        assert_eq!(order, ["b", "edge", "c", "a"]);
        assert_eq!(steps[3].because, ["`edge` makes the network `proxy`", "`a-app` speaks to `c-app` of `c`"]);
    }

    #[test]
    fn without_a_need_there_is_no_order_and_a_circle_ends() {
        assert!(stacks(&[&stack("a", &[], &[]), &stack("b", &[], &[])]).is_empty());
        let circle = [stack("a", &[("n", false)], &["b-app"]), stack("b", &[("n", true)], &["a-app"])];
        assert_eq!(stacks(&circle.iter().collect::<Vec<_>>()).len(), 2);
        let needs = BTreeMap::from([(1, BTreeSet::from([2])), (2, BTreeSet::from([1])), (3, BTreeSet::new())]);
        assert_eq!(sequence(&needs, |k| k), [(3, false), (1, true), (2, false)]);
    }
}
