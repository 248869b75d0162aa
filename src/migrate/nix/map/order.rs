//! What starts when, and again: `depends_on`, `restart`, targets; and that there is an order at all.

use std::collections::HashMap;
use std::fmt::Display;

use super::{At, CYCLE, Draft, Mapper, target_name};
use crate::migrate::nix::Class;
use crate::migrate::nix::normal::{Command, HealthTest, Names, Unit};
use crate::model::{Dependency, Named, RestartPolicy, Sourced};

const HEALTHY: &str = "service_healthy";
const COMPLETED: &str = "service_completed_successfully";

impl Mapper<'_> {
    /// `depends_on`, that which Compose adds included.
    pub(super) fn depends_on(&mut self, d: &mut Draft<'_>, dependencies: &Named<Dependency>) {
        let holder = d.at("depends_on");
        for (service, dependency) in dependencies {
            let Dependency { condition, restart, required, extensions } = &dependency.value;
            let path = At::of(&holder, service);
            self.unknown(&path, extensions);
            let origin = dependency.at_key();
            let names = self.names_of(service);
            if names.is_empty() {
                let message = format!("service `{service}` is not there to wait for");
                self.say(Class::Different, &path, &origin, message);
                continue;
            }
            if *required {
                d.container.depends_on.extend(names.iter().cloned());
                if !restart {
                    let message = "containers are stopped and restarted together with those they depend on; Compose does that only with \
                                   `restart: true`";
                    self.say(Class::Different, &"services.*.depends_on", &origin, message);
                }
            } else {
                for name in &names {
                    d.want(self.container_unit(name));
                }
                let message = "it is waited for if it starts, and may fail";
                self.say(Class::Moved, &format_args!("{path}.required"), &origin, message);
            }
            self.say(Class::Moved, &path, &origin, "systemd keeps the order, as the units say");
            if condition == HEALTHY {
                self.wait_healthy(d, service, &names, &path, dependency);
            }
        }
        if self.podman() && self.awaited(&d.service.name, HEALTHY) && has_check(d) {
            d.container.sdnotify = Some("healthy".into());
        }
        self.completes(d);
    }

    fn wait_healthy(&mut self, d: &mut Draft<'_>, service: &str, names: &[String], path: &dyn Display, dependency: &Sourced<Dependency>) {
        let path = At::of(path, "condition");
        let origin = dependency.at_key();
        let check = self.project.services.get(service).and_then(|s| s.healthcheck.as_ref());
        let off = check.is_some_and(|c| {
            c.disable.as_ref().is_some_and(|x| x.value) || c.test.as_ref().is_some_and(|t| t.first().is_some_and(|k| k == "NONE"))
        });
        let own = check.and_then(|c| c.test.as_ref()).is_some_and(|t| !t.is_empty());
        if off {
            let message =
                format!("service `{service}` has its health check switched off, so it never becomes healthy; use `service_started`");
            self.say(Class::Unmapped, &path, &origin, message);
            return;
        }
        if !own {
            let message =
                format!("service `{service}` has no `healthcheck`, so its image must have one, or nothing that waits ever starts");
            self.say(Class::Different, &path, &origin, message);
        }
        if self.podman() && own {
            let message = "podman tells systemd once the container is healthy: all that start after it wait for that";
            self.say(Class::Different, &path, &origin, message);
        } else if !dependency.required {
            let message = "systemd waits until it is started, not until it is healthy, as it may fail";
            self.say(Class::Different, &path, &origin, message);
        } else {
            d.unit.pre_start.extend(names.iter().cloned().map(Command::Healthy));
            self.say(Class::Moved, &path, &origin, "the unit waits before it starts the container");
        }
    }

    /// A service whose end others wait for: the unit is started once the container has ended well.
    fn completes(&mut self, d: &mut Draft<'_>) {
        if !self.awaited(&d.service.name, COMPLETED) {
            return;
        }
        if let Some(restart) = d.unit.service.get("Restart").filter(|r| *r != "no") {
            let message = format!("others wait until it has ended, so it runs once, and not again (`{restart}`)");
            let origin = d.service.restart.as_ref().map(Sourced::at_key).or_else(|| {
                let deploy = d.service.deploy.as_ref()?;
                deploy.restart_policy.as_ref().map(Sourced::at_key)
            });
            if let Some(origin) = origin {
                self.say(Class::Different, &d.at("restart"), &origin, message);
            }
        }
        for key in ["RestartSec", "RestartSteps", "RestartMaxDelaySec"] {
            d.unit.service.remove(key);
        }
        for key in ["StartLimitIntervalSec", "StartLimitBurst"] {
            d.unit.unit.remove(key);
        }
        for (key, value) in [("Type", "oneshot"), ("RemainAfterExit", "true"), ("Restart", "no")] {
            d.unit.service.insert(key.into(), value.into());
        }
        if self.podman() {
            // The later flag counts: the module says `-d` and `--sdnotify=conmon` before.
            d.container.flags.insert("detach".into(), vec!["false".into()]);
            d.container.sdnotify = Some("ignore".into());
        }
    }

    /// `restart`, `deploy.restart_policy`.
    pub(super) fn restart(&mut self, d: &mut Draft<'_>, restart: Option<&Sourced<String>>, policy: Option<&Sourced<RestartPolicy>>) {
        let (mut name, mut attempts) = match restart.map(|r| r.as_str()) {
            None => ("no", None),
            Some(text) => match text.split_once(':') {
                Some((name, attempts)) => (name, attempts.parse::<i64>().ok()),
                None => (text, None),
            },
        };
        let mut at = restart.map(|r| (d.at("restart"), r.at_key()));
        if let Some(policy) = policy {
            let path = d.at("deploy.restart_policy");
            let RestartPolicy { condition, delay, max_attempts, window, extensions } = &policy.value;
            self.unknown(&path, extensions);
            name = match condition.as_ref().map(|c| c.as_str()) {
                None | Some("none" | "") => "no",
                Some("any") => "always",
                Some(other) => other,
            };
            attempts = max_attempts.as_ref().map(|m| m.value);
            let swarm = "only a swarm reads this";
            self.say_of(Class::Inert, &format_args!("{path}.delay"), delay.as_ref(), swarm);
            self.say_of(Class::Inert, &format_args!("{path}.window"), window.as_ref(), swarm);
            self.say_of(Class::Moved, &d.at("restart"), restart, "the `restart_policy` of `deploy` is what counts");
            at = Some((path, policy.at_key()));
        }
        let mut service = |key: &str, value: &str| d.unit.service.insert(key.into(), value.into());
        if matches!(name, "always" | "unless-stopped" | "on-failure") {
            service("Restart", if name == "on-failure" { "on-failure" } else { "always" });
            // As docker does it: from 100 ms, twice as long each time, up to a minute.
            service("RestartSec", "100ms");
            service("RestartSteps", "9");
            service("RestartMaxDelaySec", "1min");
            let limit = attempts.filter(|n| *n > 0 && name == "on-failure");
            // Docker does not give up unless told so, and systemd counts the first start, too.
            let interval = if limit.is_some() { "infinity" } else { "0" };
            d.unit.unit.insert("StartLimitIntervalSec".into(), interval.into());
            if let Some(attempts) = limit {
                d.unit.unit.insert("StartLimitBurst".into(), attempts.saturating_add(1).to_string());
            }
        } else {
            service("Restart", "no");
        }
        let Some((path, origin)) = at else { return };
        match name {
            "unless-stopped" => {
                let message =
                    "a container that you stop stays down until the host restarts, and then starts again; with docker it stays down";
                self.say(Class::Different, &path, &origin, message);
            }
            "no" | "" => {
                self.say(Class::Moved, &path, &origin, "the unit does not start the container again, as those of NixOS do by themselves");
            }
            "always" | "on-failure" => self.say(Class::Moved, &path, &origin, "systemd restarts the container, not the engine"),
            _ => {
                let message = "this policy is not known; write `no`, `always`, `on-failure` or `unless-stopped`";
                self.say(Class::Unmapped, &path, &origin, message);
            }
        }
    }

    /// The targets of the project and of its profiles.
    pub(super) fn targets(&mut self) {
        self.out.stack.targets.insert(target_name(self.project), Names::from(["multi-user.target".to_owned()]));
        for service in self.project.services.values().filter(|s| s.enabled) {
            for profile in &service.profiles {
                let chosen = self.options.profiles.iter().any(|c| c == "*" || *c == profile.value);
                let wanted_by = chosen.then(|| self.target.clone()).into_iter().collect();
                self.out.stack.targets.insert(self.profile_target(&profile.value), wanted_by);
            }
        }
    }

    /// Finds units that wait for each other: systemd would drop one of their starts.
    pub(super) fn cycles(&mut self) {
        for cycle in find(&self.edges()) {
            let shown: Vec<String> = cycle.iter().chain(cycle.first()).map(|n| format!("`{n}`")).collect();
            let message = format!(
                "the units wait for each other, and systemd would start none of them: {}; remove one of these dependencies",
                shown.join(" → ")
            );
            if let Some(origin) = self.project.services.values().next().map(|s| s.at_key()) {
                self.say(Class::Unmapped, &CYCLE, &origin, message);
            }
            self.out.cycles.push(cycle);
        }
    }

    /// The units, sorted, each with the numbers of those that start before it.
    fn edges(&self) -> Vec<(&str, Vec<usize>)> {
        let stack = &self.out.stack;
        let mut units: Vec<(&String, &Unit)> = stack.units.iter().collect();
        units.sort_unstable_by_key(|(name, _)| *name);
        let numbers: HashMap<&str, usize> = units.iter().zip(0..).map(|((name, _), number)| (name.as_str(), number)).collect();
        let number = |name: &str| numbers.get(name).copied();
        let prefix = format!("{}-", self.options.backend);
        let before = |(name, unit): &(&String, &Unit)| {
            let container = name.strip_prefix(&prefix).and_then(|name| stack.containers.get(name));
            let depends_on = container.into_iter().flat_map(|c| &c.depends_on).filter_map(|name| number(&format!("{prefix}{name}")));
            let after = unit.after.iter().filter_map(|unit| number(unit.strip_suffix(".service")?));
            let mut before: Vec<usize> = depends_on.chain(after).collect();
            before.sort_unstable();
            before.dedup();
            before
        };
        units.iter().map(|one| (one.0.as_str(), before(one))).collect()
    }
}

/// True if the file says how the container is checked.
fn has_check(d: &Draft<'_>) -> bool {
    d.container.health.as_ref().is_some_and(|h| h.test.as_ref().is_some_and(|t| *t != HealthTest::None))
}

/// Cycles of a graph, one for each way back that a walk through it meets.
fn find(edges: &[(&str, Vec<usize>)]) -> Vec<Vec<String>> {
    let mut cycles = Vec::new();
    let mut done = vec![false; edges.len()];
    for start in 0..edges.len() {
        let next = |number: usize| edges.get(number).map(|(name, to)| (number, *name, to.iter()));
        let mut stack: Vec<_> = next(start).filter(|_| !is(&done, start)).into_iter().collect();
        while let Some((_, _, rest)) = stack.last_mut() {
            match rest.next() {
                None => {
                    if let Some(done) = stack.pop().and_then(|(number, ..)| done.get_mut(number)) {
                        *done = true;
                    }
                }
                Some(to) if stack.iter().any(|(number, ..)| number == to) => {
                    cycles.push(stack.iter().skip_while(|(number, ..)| number != to).map(|(_, name, _)| (*name).to_owned()).collect());
                }
                Some(to) if !is(&done, *to) => stack.extend(next(*to)),
                Some(_) => {}
            }
        }
    }
    cycles
}

fn is(marks: &[bool], number: usize) -> bool {
    marks.get(number).is_some_and(|mark| *mark)
}
