//! What a container runs: command, variables, health check, log, hooks.

use std::fmt::Display;

use super::{At, Draft, Mapper};
use crate::compose::value::Origin;
use crate::migrate::nix::Class;
use crate::migrate::nix::normal::{Command, Health, HealthTest};
use crate::model::units::duration_text;
use crate::model::{Duration, Healthcheck, Hook, Logging, Named, Service, Sourced};
use crate::shell::shell_word;

/// Options of `json-file` that journald refuses.
const FILE_OPTIONS: [&str; 3] = ["max-size", "max-file", "compress"];
/// The log drivers of podman.
const PODMAN_DRIVERS: [&str; 6] = ["journald", "k8s-file", "json-file", "none", "passthrough", "passthrough-tty"];

/// Words as a text for the shell.
fn quoted(words: &[String]) -> String {
    words.iter().map(|w| shell_word(w)).collect::<Vec<_>>().join(" ")
}

impl Mapper<'_> {
    /// `entrypoint` and `command`.
    pub(super) fn command(&mut self, d: &mut Draft<'_>, entrypoint: Option<&Sourced<Vec<String>>>, command: Option<&Sourced<Vec<String>>>) {
        if let Some(entrypoint) = entrypoint {
            if let Some((first, rest)) = entrypoint.split_first() {
                d.container.entrypoint = Some(first.clone());
                d.container.args.extend(rest.iter().cloned());
            } else if command.is_some_and(|c| !c.is_empty()) {
                d.container.entrypoint = Some(String::new());
            } else {
                let message = "an empty `entrypoint` keeps the command of the image with Compose, but `run --entrypoint=` drops it; write \
                               the `command`, too";
                self.say(Class::Unmapped, &d.at("entrypoint"), &entrypoint.at_key(), message);
            }
        }
        if let Some(command) = command {
            d.container.args.extend(command.value.iter().cloned());
        }
    }

    /// The variables that stand in the module.
    pub(super) fn environment(&mut self, d: &mut Draft<'_>, environment: &Named<Option<String>>) {
        let wired = self.wiring.services.get(&d.service.name);
        let path = d.at("environment");
        for (name, value) in environment {
            if wired.is_some_and(|w| w.hidden.contains(name)) {
                continue;
            }
            match &value.value {
                Some(text) => {
                    d.container.environment.insert(name.clone(), text.clone());
                }
                None => self.no_value(&At::of(&path, name), &value.origin),
            }
        }
    }

    fn no_value(&mut self, path: &dyn Display, origin: &Origin) {
        let message = "it has no value: Compose takes that of the shell it is called from, and systemd has none, so the variable is not set; \
                       give it a value, or put it into an env file";
        self.say(Class::Different, path, origin, message);
    }

    /// `hostname` and `domainname`.
    pub(super) fn host_name(&mut self, d: &mut Draft<'_>, hostname: Option<&Sourced<String>>, domainname: Option<&Sourced<String>>) {
        d.container.hostname = hostname.map(|h| h.value.clone()).filter(|h| !h.is_empty());
        let Some(domain) = domainname.filter(|x| !x.is_empty()) else { return };
        if !self.podman() {
            d.flag("domainname", domain.value.clone());
            return;
        }
        let host = d.container.hostname.clone().unwrap_or_else(|| d.name.clone());
        d.container.hostname = Some(format!("{host}.{}", domain.value));
        self.say(Class::Different, &d.at("domainname"), &domain.at_key(), "podman has no domain name: it is a part of the host name");
    }

    /// `healthcheck`.
    pub(super) fn health(&mut self, d: &mut Draft<'_>, healthcheck: Option<&Sourced<Healthcheck>>) {
        let Some(healthcheck) = healthcheck else { return };
        let path = d.at("healthcheck");
        let Healthcheck { test, timeout, interval, retries, start_period, start_interval, disable, extensions } = &healthcheck.value;
        self.unknown(&path, extensions);
        let mut health = Health::default();
        if disable.as_ref().is_some_and(|x| x.value) {
            health.test = Some(HealthTest::None);
        } else if let Some(test) = test {
            health.test = match test.split_first() {
                None => None,
                Some((kind, _)) if kind == "NONE" => Some(HealthTest::None),
                Some((kind, rest)) if kind == "CMD-SHELL" => {
                    if rest.len() > 1 {
                        let message =
                            "the shell is given one text, the other items are its arguments, which `run` cannot say; write one text";
                        self.say(Class::Unmapped, &format_args!("{path}.test"), &test.at_key(), message);
                    }
                    Some(HealthTest::Shell(rest.first().cloned().unwrap_or_default()))
                }
                Some((kind, rest)) => {
                    let words = if kind == "CMD" { rest } else { test.as_slice() };
                    if self.podman() {
                        Some(HealthTest::Exec(words.to_vec()))
                    } else {
                        let message = "`docker run` knows no check without a shell: the words are quoted for `/bin/sh -c`, so the image must \
                                       have a shell";
                        self.say(Class::Different, &format_args!("{path}.test"), &test.at_key(), message);
                        Some(HealthTest::Shell(quoted(words)))
                    }
                }
            };
        }
        if health.test != Some(HealthTest::None) {
            for (name, field) in
                [("timeout", timeout), ("interval", interval), ("start-period", start_period), ("start-interval", start_interval)]
            {
                if let Some(field) = field {
                    health.options.insert(name.into(), duration_text(field.value));
                }
            }
            if let Some(retries) = retries {
                health.options.insert("retries".into(), retries.value.to_string());
            }
            if self.podman() && health.test.is_none() && !health.options.is_empty() {
                let message = "podman does not change the times of a check that is the image's; write the `test`, too";
                self.say(Class::Unmapped, &path, &healthcheck.at_key(), message);
                health.options.clear();
            }
            if self.podman() {
                let message =
                    "podman has a check of its own for the start: it is the same one, at this interval, until it has ended well once";
                self.say_of(Class::Different, &format_args!("{path}.start_interval"), start_interval.as_ref(), message);
            }
        }
        d.container.health = Some(health).filter(|h| *h != Health::default());
    }

    /// `logging`.
    pub(super) fn logging(&mut self, d: &mut Draft<'_>, service: &Sourced<Service>, logging: Option<&Sourced<Logging>>) {
        let Some(logging) = logging else {
            let message = "containers without `logging` log to journald, not to the engine's default: read them with `journalctl -u`";
            self.say(Class::Different, &"services.*.logging", &service.at_key(), message);
            return;
        };
        let path = d.at("logging");
        let Logging { driver, options, extensions } = &logging.value;
        self.unknown(&path, extensions);
        d.container.log_driver = driver.as_ref().map(|x| x.value.clone()).filter(|x| !x.is_empty());
        d.container.log_options = options.iter().map(|(k, v)| (k.clone(), v.value.clone())).collect();
        if d.container.log_driver.is_none() && options.keys().any(|k| FILE_OPTIONS.contains(&k.as_str())) {
            d.container.log_driver = Some("json-file".into());
            let message = "the options are for log files, which the engine's default on NixOS does not write: the driver is `json-file`";
            self.say(Class::Different, &path, &logging.at_key(), message);
        }
        if !self.podman() {
            return;
        }
        if let (Some(name), Some(field)) = (&d.container.log_driver, driver)
            && !PODMAN_DRIVERS.contains(&name.as_str())
        {
            let message = "podman does not have this log driver; use `journald`, and forward from there";
            self.say(Class::Unmapped, &format_args!("{path}.driver"), &field.at_key(), message);
            d.container.log_driver = None;
            d.container.log_options.clear();
        }
        if let Some(files) = d.container.log_options.shift_remove("max-file") {
            let message = format!("podman keeps one log file, not {files}");
            self.say(Class::Different, &format_args!("{path}.options"), &logging.at_key(), message);
        }
    }

    /// `post_start` and `pre_stop`.
    pub(super) fn hooks(&mut self, d: &mut Draft<'_>, post_start: &[Sourced<Hook>], pre_stop: &[Sourced<Hook>]) {
        if !post_start.is_empty() && !self.podman() {
            // The unit counts as started before the engine has made the container.
            d.unit.post_start.push(Command::Started(d.name.clone()));
        }
        for (i, hook) in post_start.iter().enumerate() {
            let path = d.at("post_start").number(i);
            let command = self.hook(d, &path, hook);
            d.unit.post_start.push(Command::Run(command));
            self.say(Class::Moved, &path, &hook.origin, "systemd runs it in the container once it is started");
        }
        for (i, hook) in pre_stop.iter().enumerate() {
            let path = d.at("pre_stop").number(i);
            let command = self.hook(d, &path, hook);
            // A container that has ended by itself cannot run it, and is stopped in any case.
            d.unit.pre_stop.push(Command::Try(command));
            self.say(Class::Moved, &path, &hook.origin, "systemd runs it in the container before it is stopped, however it ends");
        }
    }

    fn hook(&mut self, d: &Draft<'_>, path: &dyn Display, hook: &Sourced<Hook>) -> Vec<String> {
        let Hook { command, image: _, user, privileged, working_dir, environment, per_replica: _, extensions } = &hook.value;
        self.unknown(path, extensions);
        let mut out = vec![self.options.backend.command().to_owned(), "exec".into()];
        out.extend(user.as_ref().map(|u| format!("--user={}", u.value)));
        out.extend(privileged.as_ref().filter(|p| p.value).map(|_| "--privileged".into()));
        out.extend(working_dir.as_ref().map(|w| format!("--workdir={}", w.value)));
        for (name, value) in environment {
            match &value.value {
                Some(text) => out.push(format!("--env={name}={text}")),
                None => self.no_value(&format_args!("{path}.environment.{name}"), &value.origin),
            }
        }
        out.push(d.name.clone());
        out.extend(command.iter().flat_map(|c| c.value.iter().cloned()));
        out
    }

    /// `stop_grace_period`: whole seconds, as Compose cuts it.
    pub(super) fn stop(d: &mut Draft<'_>, grace: Option<&Sourced<Duration>>) {
        let Some(grace) = grace else { return };
        let seconds = grace.value.0 / 1_000_000_000;
        d.flag("stop-timeout", seconds.to_string());
        // The unit of the module gives up after 120 seconds.
        if seconds > 110 {
            d.unit.service.insert("TimeoutStopSec".into(), (seconds + 10).to_string());
        }
    }
}
