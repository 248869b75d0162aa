//! What is told of a difference, where what a module does about it is not what Compose would do; and what follows from another difference.

use super::names::{Kind, Names, uses};
use super::{Half, Side, What};
use crate::diff::{Change, Class, Shown};
use crate::migrate::nix::normal::Stack;
use crate::source::Span;

/// The key of a view that has the order of the networks.
pub(super) const ORDER: &str = "order of the networks";

pub(super) struct Saying<'a> {
    pub(super) names: &'a Names,
    pub(super) old: &'a Half,
    pub(super) new: &'a Half,
    pub(super) before: Side<'a>,
    pub(super) after: Side<'a>,
}

/// Says that the module is of a project of another name.
pub fn renamed(before: (&str, Option<Span>), after: (&str, Option<Span>), volumes: usize) -> Change {
    let shown = |(name, place): (&str, Option<Span>)| Some(Shown { text: name.to_owned(), place });
    let all = "the containers, networks and volumes are named after the project";
    let (class, stays) = match volumes {
        0 => (Class::Behaviour, String::new()),
        1 => (Class::Data, format!("; the data stays in the volume of `{}`, and the other one starts empty", before.0)),
        n => (Class::Data, format!("; the data stays in the {n} volumes of `{}`, and the others start empty", before.0)),
    };
    Change {
        class,
        path: "name".to_owned(),
        before: shown(before),
        after: shown(after),
        consequence: format!("{all}{stays}"),
        near: after.1,
    }
}

impl Saying<'_> {
    /// What is told; `None`: another change says it.
    pub(super) fn change(&self, words: &[String], change: Change) -> Option<Change> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if self.follows(&words, &change) {
            return None;
        }
        let consequence = self.consequence(&words, &change);
        let mut change = self.as_written(&words, change);
        if let Some((class, consequence)) = consequence {
            change.class = class.unwrap_or(change.class);
            change.consequence = consequence;
        }
        if let ["services", service, ORDER] = words.as_slice() {
            change.path = format!("services.{service}.networks");
        }
        Some(change)
    }

    /// What the only side that has something is called.
    fn only(&self, change: &Change) -> &'static str {
        let side = if change.before.is_some() { self.before } else { self.after };
        let other = if change.before.is_some() { self.after } else { self.before };
        match (side.what, other.what) {
            (What::Compose(..), _) => "the Compose file",
            (What::Module(_), What::Compose(..)) => "the module",
            (What::Module(_), What::Module(_)) if change.before.is_some() => "the earlier module",
            (What::Module(_), What::Module(_)) => "the later module",
        }
    }

    fn one_sided(change: &Change) -> bool {
        change.before.is_some() != change.after.is_some()
    }

    fn consequence(&self, words: &[&str], change: &Change) -> Option<(Option<Class>, String)> {
        let only = self.only(change);
        let alone = Self::one_sided(change);
        let strange = [&self.old.others, &self.new.others].into_iter().flatten().find(|other| {
            let path: Vec<&str> = other.path.iter().map(String::as_str).collect();
            match (path.as_slice(), words) {
                (["virtualisation", "oci-containers", "containers", name, option @ ..], ["services", service, rest @ ..]) => {
                    (rest.is_empty() || !option.is_empty()) && rest.starts_with(option) && self.names.service(name) == *service
                }
                (path, words) => words.starts_with(path),
            }
        });
        if let Some(other) = strange {
            return Some((None, format!("composelint cannot compare it: {}", other.why)));
        }
        let in_store = matches!(self.after.what, What::Module(_));
        Some(match words {
            ["services", _, "environment" | "labels", name] if in_store && change.class == Class::Exposure => {
                (None, format!("the secret now stands in the Nix store, where every user of the host can read `{name}`"))
            }
            ["services", service] if alone => {
                let risk = if change.class == Class::Exposure {
                    change.consequence.split_once(", and ").map(|(_, open)| format!("; it {open}"))
                } else {
                    None
                };
                let class = if change.class == Class::Exposure { Class::Exposure } else { Class::Behaviour };
                let what = if self.names.of_compose(service).is_some() { "the service" } else { "the container" };
                (Some(class), format!("only {only} has {what} `{service}`{}", risk.unwrap_or_default()))
            }
            ["services", old] => {
                (None, format!("`{old}` has another name, and is otherwise the same; what calls it `{old}` no longer finds it"))
            }
            ["services", service, ORDER] => (None, format!("the first network of `{service}` is its way out, and it is another one")),
            ["services", service, "restart"] => (None, format!("what happens when `{service}` ends is different")),
            ["services", service, "autoStart"] => (None, format!("whether `{service}` starts with the host is different")),
            ["services", service, "autoRemoveOnStop"] => {
                (None, format!("whether the container of `{service}`, and its volumes without a name, go when it stops is different"))
            }
            ["services", service, "sdnotify"] => (None, format!("when systemd takes `{service}` for started is different")),
            ["services", service, "depends_on", unit] if self.is_unit(unit) => {
                let what = format!("`{unit}`");
                let said = match (&change.before, &change.after) {
                    (Some(_), None) => format!("`{service}` no longer waits for the unit {what}"),
                    (None, Some(_)) => format!("`{service}` waits for the unit {what}"),
                    _ => format!("`{service}` needs the unit {what} in another way"),
                };
                (None, said)
            }
            ["networks", key, "internal"] if change.class != Class::Exposure => {
                (None, format!("network `{key}` is cut off on one side only: its services reach the outside there alone"))
            }
            ["networks", _, "internal" | "name"] | ["networks", _] => return None,
            ["networks", key, ..] => {
                (None, format!("network `{key}` is made in another way; one that is there already stays as it is until it is removed"))
            }
            ["volumes", key, rest @ ..] if !matches!(rest, [] | ["name"]) => {
                (None, format!("volume `{key}` is made in another way; one that is there already stays as it is"))
            }
            ["systemd", "services", unit] if alone => {
                let made = [Kind::Network, Kind::Volume].into_iter().any(|kind| unit.starts_with(&self.names.unit_of(kind, "")));
                let missing = if made && only == "the Compose file" { "; nothing makes it, unless it is there" } else { "" };
                (None, format!("only {only} has the unit `{unit}`{missing}"))
            }
            ["systemd", "services", unit, ..] => (None, format!("systemd handles `{unit}` in another way")),
            ["systemd", "targets", target] if alone => (None, format!("only {only} has the target `{target}`")),
            ["systemd", "targets", target, ..] => (None, format!("when `{target}` is started is different")),
            ["systemd", "timers", timer] if alone => (None, format!("only {only} has the timer `{timer}`")),
            ["systemd", "timers", timer, ..] => (None, format!("`{timer}` runs at other times")),
            ["systemd", "tmpfiles", ..] => (None, "other directories are made when the host starts".to_owned()),
            _ => return None,
        })
    }

    /// True if what is needed is no container.
    fn is_unit(&self, name: &str) -> bool {
        self.names.of_compose(name).is_none() && [&self.old.stack, &self.new.stack].iter().all(|stack| !stack.containers.contains_key(name))
    }

    /// What is written in the Compose file, where the normal form has other words for it.
    fn as_written(&self, words: &[&str], mut change: Change) -> Change {
        if let ["services", _, "restart"] = words {
            for (side, shown) in [(self.before, &mut change.before), (self.after, &mut change.after)] {
                if let (What::Compose(..), Some(Shown { text, place: Some(place) })) = (side.what, shown) {
                    let written = side.sources.get(place.file).slice(*place).trim_matches(['"', '\'']).to_owned();
                    if text == "always" && written == "unless-stopped" {
                        *text = written;
                    }
                }
            }
        }
        change
    }

    /// True if another difference says it already.
    fn follows(&self, words: &[&str], change: &Change) -> bool {
        let (old, new) = (&self.old.stack, &self.new.stack);
        match words {
            ["systemd", "services", unit] if Self::one_sided(change) => {
                // Containers on one side only, and what only they use.
                self.of_container(unit).is_some_and(|name| old.containers.contains_key(name) != new.containers.contains_key(name))
                    || self.used_on_one_side(unit, None)
            }
            ["systemd", "services", unit, "unitConfig", ..] if change_of_mounts(words) => {
                self.of_container(unit).is_some_and(|name| sources(old, name) != sources(new, name))
            }
            ["systemd", "services", unit, ..] => {
                self.of_container(unit).is_some_and(|name| old.containers.contains_key(name) != new.containers.contains_key(name))
            }
            ["systemd", "tmpfiles", ..] => {
                let (a, b) = (all_sources(old), all_sources(new));
                let said =
                    |shown: &Option<Shown>| shown.as_ref().is_some_and(|s| a.symmetric_difference(&b).any(|path| s.text.contains(path)));
                said(&change.before) || said(&change.after)
            }
            ["services", service, "depends_on", unit] => self.used_on_one_side(unit, Some(self.names.container(service))),
            [section @ ("networks" | "volumes"), key, detail, ..] if *detail != "name" => {
                let kind = if *section == "networks" { Kind::Network } else { Kind::Volume };
                let has =
                    |stack: &Stack| self.names.real(kind, key).iter().any(|real| stack.units.contains_key(&self.names.unit_of(kind, real)));
                has(old) != has(new)
            }
            _ => false,
        }
    }

    fn of_container<'u>(&self, unit: &'u str) -> Option<&'u str> {
        let name = unit.strip_prefix(self.names.backend().command())?.strip_prefix('-')?;
        [&self.old.stack, &self.new.stack].iter().any(|stack| stack.containers.contains_key(name)).then_some(name)
    }

    /// True for the unit of a network or volume that the containers (or one of them) use on the one side, and on the other do not.
    fn used_on_one_side(&self, unit: &str, container: Option<&str>) -> bool {
        let own = |name: &str| container.is_none_or(|c| c == name);
        let (a, b) = (uses(&self.old.stack, &own), uses(&self.new.stack, &own));
        a.symmetric_difference(&b).any(|(kind, real)| self.names.unit_of(*kind, real) == unit)
    }
}

fn change_of_mounts(words: &[&str]) -> bool {
    matches!(words, [_, _, _, "unitConfig"] | [_, _, _, "unitConfig", "RequiresMountsFor", ..])
}

fn sources<'s>(stack: &'s Stack, container: &str) -> Vec<&'s str> {
    let mounts = stack.containers.get(container).into_iter().flat_map(|c| &c.mounts);
    let mut out: Vec<&str> = mounts.filter_map(|m| m.source.as_deref()).collect();
    out.sort_unstable();
    out
}

fn all_sources(stack: &Stack) -> std::collections::BTreeSet<&str> {
    stack.containers.values().flat_map(|c| &c.mounts).filter_map(|m| m.source.as_deref()).collect()
}
