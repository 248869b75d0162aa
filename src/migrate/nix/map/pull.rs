//! When images are pulled, and the timers that keep them fresh.

use super::{Draft, Mapper};
use crate::compose::value::Value;
use crate::migrate::nix::normal::{Command, Unit};
use crate::migrate::nix::{AutoUpdate, Class};
use crate::model::units::duration;
use crate::model::{Duration, Named, Sourced};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `OnCalendar` for about every so many seconds. True if it is exact.
fn calendar(seconds: i64) -> (String, bool) {
    /// The largest divisor of `whole` that is no larger than `n`.
    fn fitting(n: i64, whole: i64) -> i64 {
        (1..=n.clamp(1, whole)).rev().find(|d| whole % d == 0).unwrap_or(1)
    }
    if seconds < HOUR {
        let minutes = fitting(seconds / MINUTE, 60);
        return (format!("*:0/{minutes}"), minutes * MINUTE == seconds);
    }
    if seconds < DAY {
        let hours = fitting(seconds / HOUR, 24);
        return (format!("0/{hours}:00:00"), hours * HOUR == seconds);
    }
    if seconds < 7 * DAY {
        return ("daily".into(), seconds == DAY);
    }
    if seconds < 28 * DAY {
        return ("weekly".into(), seconds == 7 * DAY);
    }
    ("monthly".into(), false)
}

impl Mapper<'_> {
    /// `pull_policy`, `pull_refresh_after`.
    pub(super) fn pull(&mut self, d: &mut Draft<'_>, policy: Option<&Sourced<String>>, extensions: &Named<Value>, built: bool) {
        let mut every = None;
        let refresh = extensions.get("pull_refresh_after");
        if let Some(refresh) = refresh {
            let path = d.at("pull_refresh_after");
            match refresh.value.as_str().and_then(|text| duration(text).ok()) {
                Some(Duration(n)) => every = Some((path, refresh.at_key(), n / 1_000_000_000)),
                None => self.say(Class::Unmapped, &path, &refresh.at_key(), "this is no duration, such as `24h`"),
            }
        }
        if let Some(policy) = policy {
            let path = d.at("pull_policy");
            match policy.as_str() {
                "always" | "never" | "missing" if !built => d.container.pull = Some(policy.value.clone()),
                "if_not_present" | "refresh" if !built => d.container.pull = Some("missing".into()),
                "build" => {
                    let message = "the unit of the image builds it at each start of the host";
                    self.say(Class::Moved, &path, &policy.at_key(), message);
                }
                "daily" => every = Some((path, policy.at_key(), DAY)),
                "weekly" => every = Some((path, policy.at_key(), 7 * DAY)),
                other => match other.strip_prefix("every_").and_then(|text| duration(text).ok()) {
                    Some(Duration(n)) => every = Some((path, policy.at_key(), n / 1_000_000_000)),
                    None if built => {
                        let message = "the image is built here, so nothing is pulled";
                        self.say(Class::Different, &path, &policy.at_key(), message);
                    }
                    None => {
                        let message = "this policy is not known; write `always`, `missing`, `never`, `daily` or `weekly`";
                        self.say(Class::Unmapped, &path, &policy.at_key(), message);
                    }
                },
            }
        }
        match every {
            Some((path, origin, seconds)) if !built => {
                let (when, exact) = calendar(seconds);
                let message = format!("a timer pulls the image ({when}), and restarts the containers if there is a new one");
                let class = if exact { Class::Moved } else { Class::Different };
                self.say(class, &path, &origin, message);
                self.pull_unit(d, when);
            }
            Some((path, origin, _)) => self.say(Class::Different, &path, &origin, "the image is built here, so nothing is pulled"),
            None if self.options.auto_update == AutoUpdate::Timer && !built && !d.container.image.contains('@') => {
                self.pull_unit(d, "daily".into());
            }
            None => {}
        }
    }

    /// One unit and timer a service: it restarts all its containers.
    fn pull_unit(&mut self, d: &Draft<'_>, when: String) {
        let names = self.names_of(&d.service.name);
        let Some(first) = names.first() else { return };
        let command = self.options.backend.command();
        let image = d.container.image.as_str();
        let mut restart = super::words(["systemctl", "try-restart"]);
        restart.extend(names.iter().map(|n| self.container_unit(n)));
        let name = format!("{command}-pull-{first}");
        let mut unit = Unit { description: Some(format!("New image for {} of {}", d.service.name, self.project.name)), ..Unit::default() };
        unit.service.insert("Type".into(), "oneshot".into());
        unit.path.insert(command.into());
        if !self.podman() {
            // Podman needs no daemon.
            unit.after.extend(["docker.service".to_owned(), "docker.socket".to_owned()]);
            unit.requires.insert("docker.service".into());
        }
        unit.after.insert("network-online.target".into());
        unit.wants.insert("network-online.target".into());
        unit.script.push(Command::IfChanged(
            super::words([command, "image", "inspect", "--format={{.Id}}", image]),
            super::words([command, "pull", "--quiet", image]),
            restart,
        ));
        self.out.owners.insert(name.clone(), d.path.to_owned());
        self.out.stack.timers.insert(name.clone(), when);
        self.pulls.insert(name, unit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_become_the_calendar_that_is_next_below() {
        for (seconds, wanted) in [
            (30, ("*:0/1", false)),
            (15 * MINUTE, ("*:0/15", true)),
            (50 * MINUTE, ("*:0/30", false)),
            (6 * HOUR, ("0/6:00:00", true)),
            (DAY, ("daily", true)),
            (36 * HOUR, ("daily", false)),
            (7 * DAY, ("weekly", true)),
            (i64::MAX, ("monthly", false)),
            (-1, ("*:0/1", false)),
        ] {
            let (text, exact) = calendar(seconds);
            assert_eq!((text.as_str(), exact), wanted, "{seconds}");
        }
    }
}
