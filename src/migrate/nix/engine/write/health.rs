//! The health check.

use super::Writer;
use crate::migrate::nix::normal::{Health, HealthTest};
use crate::nix::REFERENCE;

impl Writer {
    pub(super) fn health(&mut self, health: &Health) {
        let Health { test, options } = health;
        let about = || Some("healthcheck".to_owned());
        match test {
            Some(HealthTest::None) => {
                if !options.is_empty() {
                    self.refuse("a health check that is switched off cannot have intervals and retries");
                }
                self.extra.push(("--no-healthcheck".into(), about()));
                return;
            }
            Some(test) => {
                let command = if self.podman() { self.podman_test(test) } else { self.docker_test(test) };
                self.flag("health-cmd", &command, about());
                if let Some(interval) = options.get("start-interval").filter(|_| self.podman()) {
                    self.flag("health-startup-cmd", &command, about());
                    self.flag("health-startup-interval", interval, Some("healthcheck.start_interval".into()));
                }
            }
            None if self.podman() => self.refuse("podman does not change the times of a health check that is the image's"),
            None if options.is_empty() => self.refuse("a health check says nothing"),
            None => {}
        }
        for (key, value) in options {
            match key.as_str() {
                "start-interval" if self.podman() => {}
                "interval" | "timeout" | "start-period" | "start-interval" | "retries" if !value.is_empty() => {
                    self.flag(&format!("health-{key}"), value, Some(format!("healthcheck.{}", key.replace('-', "_"))));
                }
                _ => self.refuse(format!("`{key}={value}` is nothing that a health check has")),
            }
        }
    }

    /// Docker's client knows commands for the shell only.
    fn docker_test(&mut self, test: &HealthTest) -> String {
        match test {
            HealthTest::Shell(command) if !command.is_empty() => command.clone(),
            HealthTest::Exec(_) => {
                self.refuse("docker runs the command of a health check in a shell: words without one cannot be asked for");
                String::new()
            }
            HealthTest::Shell(_) | HealthTest::None => {
                self.refuse("the command of a health check is empty");
                String::new()
            }
        }
    }

    /// Podman takes a list in JSON for words, except of one word, and text for the shell, except where it begins with one of these names.
    fn podman_test(&mut self, test: &HealthTest) -> String {
        let keyword = |word: &str| matches!(word.to_uppercase().as_str(), "CMD" | "CMD-SHELL" | "NONE");
        match test {
            HealthTest::Shell(command) if !command.is_empty() => {
                let first = command.split(' ').next().unwrap_or(command);
                let json = command.trim_start();
                if keyword(first) || json.starts_with('[') || json.trim_end() == "null" {
                    format!("CMD-SHELL {command}")
                } else {
                    command.clone()
                }
            }
            HealthTest::Exec(words) => match words.as_slice() {
                [word] if !word.is_empty() && !word.contains(char::is_whitespace) => format!("CMD {word}"),
                [first, _, ..] if !keyword(first) && !first.starts_with(REFERENCE.0) => serde_json::to_string(words).unwrap_or_default(),
                _ => {
                    self.refuse("podman cannot be asked for these words as the command of a health check");
                    String::new()
                }
            },
            HealthTest::Shell(_) | HealthTest::None => {
                self.refuse("the command of a health check is empty");
                String::new()
            }
        }
    }
}
