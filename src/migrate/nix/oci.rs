//! The normal form of a project as options of NixOS: `virtualisation.oci-containers`, and units of systemd for all else.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::Refusal;
use super::map::Mapped;
use super::normal::{Container, Unit};
use super::script::{self, Helper};
use super::{Backend, engine, units};
use crate::model::Project;
use crate::nix::{Binding, Expr, Item};

/// A part of a project that can stand in a file of its own.
#[derive(Clone, Debug)]
pub struct Part {
    /// The service; `None`: what is common.
    pub service: Option<String>,
    /// The options of NixOS, `about` what they are for: `services.web`, `volumes.data`. What is in those of a service is about a key of it.
    pub bindings: Vec<Binding>,
    /// The helpers that its scripts call.
    pub helpers: BTreeSet<Helper>,
}

/// How the parts are written.
#[derive(Clone, Copy)]
pub struct Manner<'a> {
    /// What runs the containers.
    pub backend: Backend,
    /// Where the helpers are, if not in the `let` of the file.
    pub prefix: Option<&'a str>,
}

/// The parts: the engine, the services in the order of the source, and what is common. Errors: what cannot be said, with the container.
pub fn parts(project: &Project, mapped: &Mapped, manner: Manner) -> Result<Vec<Part>, Vec<(String, Refusal)>> {
    let mut failed = Vec::new();
    let engine = vec![
        Binding::at(["virtualisation", manner.backend.command(), "enable"], Expr::Bool(true)),
        Binding::at(["virtualisation", "oci-containers", "backend"], Expr::text(manner.backend.command())),
    ];
    let mut out = vec![Part { service: None, bindings: engine, helpers: BTreeSet::new() }];
    let mut shared: BTreeMap<&str, Vec<(&String, &Unit)>> = BTreeMap::new();
    for (name, unit) in &mapped.stack.units {
        let owner = is_shared(mapped, name, manner.backend).then(|| mapped.owners.get(name));
        if let Some(owner) = owner.flatten() {
            shared.entry(owner).or_default().push((name, unit));
        }
    }
    for (service, containers) in &mapped.services {
        let mut part = Part { service: Some(service.clone()), bindings: Vec::new(), helpers: BTreeSet::new() };
        for (number, name) in containers.iter().enumerate() {
            let Some(container) = mapped.stack.containers.get(name) else { continue };
            // The comments of a service go to the first of its containers.
            let about = |key: String| match key.split_once('[') {
                _ if number > 0 => None,
                Some(("volumes", _)) => mount_key(project, service, container, &key),
                Some(("command", _)) => word_key(project, service, container, &key),
                _ => Some(key),
            };
            match engine::write(name, container, manner.backend) {
                Ok(mut bindings) => {
                    for binding in &mut bindings {
                        abouts(binding, &about);
                    }
                    let mut binding = Binding::at(["virtualisation", "oci-containers", "containers", name], Expr::Attrs(bindings));
                    binding.apart = true;
                    binding.about = (number == 0).then(|| format!("services.{service}"));
                    part.bindings.push(binding);
                }
                Err(reasons) => failed.extend(reasons.into_iter().map(|r| (name.clone(), r))),
            }
            let unit = format!("{}-{name}", manner.backend);
            if let Some(added) = mapped.stack.units.get(&unit) {
                let mut binding = unit_binding(&unit, added, true, manner, &mut part.helpers);
                if let Expr::Attrs(bindings) = &mut binding.value {
                    for binding in bindings {
                        binding.about = binding.path.first().and_then(|name| about(compose_key(name).to_owned()));
                        if let Expr::Attrs(settings) = &mut binding.value {
                            for setting in settings {
                                setting.about = setting.path.first().and_then(|name| about(compose_key(name).to_owned()));
                            }
                        }
                    }
                }
                part.bindings.push(binding);
            }
        }
        let owner = format!("services.{service}");
        for (name, unit) in shared.get(owner.as_str()).into_iter().flatten() {
            part.bindings.push(unit_binding(name, unit, false, manner, &mut part.helpers).apart().about(format!("{owner}.build")));
        }
        out.push(part);
    }
    out.push(common(mapped, manner));
    if failed.is_empty() { Ok(out) } else { Err(failed) }
}

/// The mount of a service that a mount of its container is: there are others, for secrets and configs.
fn mount_key(project: &Project, service: &str, container: &Container, key: &str) -> Option<String> {
    let number: usize = key.strip_prefix("volumes[")?.strip_suffix(']')?.parse().ok()?;
    let target = &container.mounts.get(number)?.target;
    let at = project.services.get(service)?.volumes.iter().position(|v| v.target == *target)?;
    Some(format!("volumes[{at}]"))
}

/// The word of a service's `command` that a word of its container is, or of its `entrypoint`, whose first word stands for itself.
fn word_key(project: &Project, service: &str, container: &Container, key: &str) -> Option<String> {
    let number: usize = key.strip_prefix("command[")?.strip_suffix(']')?.parse().ok()?;
    let words = project.services.get(service)?.command.as_ref().map_or(0, |words| words.value.len());
    let before = container.args.len().checked_sub(words)?;
    Some(if number < before { format!("entrypoint[{}]", number + 1) } else { format!("command[{}]", number - before) })
}

/// True for a unit that is not that of a container.
fn is_shared(mapped: &Mapped, unit: &str, backend: Backend) -> bool {
    let container = unit.strip_prefix(backend.command()).and_then(|rest| rest.strip_prefix('-'));
    !container.is_some_and(|name| mapped.stack.containers.contains_key(name))
}

/// Gives every name by which something is found again another one.
fn abouts(binding: &mut Binding, name: &dyn Fn(String) -> Option<String>) {
    binding.about = binding.about.take().and_then(name);
    match &mut binding.value {
        Expr::Attrs(bindings) => {
            for binding in bindings {
                abouts(binding, name);
            }
        }
        Expr::List(items) => {
            for Item { about, .. } in items {
                *about = about.take().and_then(name);
            }
        }
        _ => {}
    }
}

/// The key of a service that an option of its unit comes from.
fn compose_key(option: &str) -> &str {
    match option {
        // One place each, or a comment would go to whichever comes first.
        "Restart" => "restart",
        "after" | "requires" | "wants" | "preStart" => "depends_on",
        "TimeoutStopSec" => "stop_grace_period",
        "postStart" => "post_start",
        "preStop" => "pre_stop",
        "wantedBy" => "profiles",
        other => other,
    }
}

fn unit_binding(name: &str, unit: &Unit, container: bool, manner: Manner, helpers: &mut BTreeSet<Helper>) -> Binding {
    let options = units::write(unit, container, manner.backend, manner.prefix, helpers);
    Binding::at(["systemd", "services", name], Expr::Attrs(options))
}

/// Networks, volumes, targets, timers: what no service has for itself.
fn common(mapped: &Mapped, manner: Manner) -> Part {
    let mut helpers = BTreeSet::new();
    let mut bindings = Vec::new();
    let stack = &mapped.stack;
    for (name, unit) in stack.units.iter().filter(|(name, _)| is_shared(mapped, name, manner.backend)) {
        let owner = mapped.owners.get(name);
        if !owner.is_some_and(|o| o.starts_with("services.")) {
            let mut binding = unit_binding(name, unit, false, manner, &mut helpers).apart();
            binding.about = owner.cloned();
            bindings.push(binding);
        }
    }
    for (number, (name, wanted_by)) in stack.targets.iter().enumerate() {
        let mut options = Vec::new();
        if !wanted_by.is_empty() {
            options.push(Binding::new("wantedBy", Expr::texts(wanted_by)));
        }
        let binding = Binding::at(["systemd", "targets", name], Expr::Attrs(options));
        bindings.push(if number == 0 { binding.apart() } else { binding });
    }
    for (name, when) in &stack.timers {
        let config = vec![Binding::new("OnCalendar", Expr::text(when)), Binding::new("Persistent", Expr::Bool(true))];
        let options = vec![Binding::new("wantedBy", Expr::texts(["timers.target"])), Binding::new("timerConfig", Expr::Attrs(config))];
        bindings.push(Binding::at(["systemd", "timers", name], Expr::Attrs(options)).apart());
    }
    if !stack.tmpfiles.is_empty() {
        let rules = Expr::List(stack.tmpfiles.iter().map(|rule| Item::from(Expr::marked(rule))).collect());
        bindings.push(Binding::at(["systemd", "tmpfiles", "rules"], rules).apart());
    }
    Part { service: None, bindings, helpers }
}

/// The helpers that are needed, for the `let` of a file.
pub fn lets<'a>(parts: impl IntoIterator<Item = &'a Part>, backend: Backend) -> Vec<Binding> {
    let needed: BTreeSet<Helper> = parts.into_iter().flat_map(|p| p.helpers.iter().copied()).collect();
    script::definitions(&needed, backend)
}
