//! The units that make volumes, and how each volume is called tomorrow: as it is today.

use std::fmt::Display;

use super::{Continuity, Mapper, mounts, pairs, unit_word};
use crate::migrate::nix::Class;
use crate::migrate::nix::normal::{Command, Unit};
use crate::model::{Sourced, Volume};
use crate::ordered::IndexMap;

impl Mapper<'_> {
    /// The units of the volumes that are used, and the continuity of all.
    pub(super) fn volume_units(&mut self) -> IndexMap<String, Unit> {
        let mut units = IndexMap::default();
        for (key, volume) in &self.project.volumes {
            let real = volume.name.as_ref().map_or_else(|| key.clone(), |n| n.value.clone());
            self.out.volumes.push(Continuity {
                key: key.clone(),
                real_name: real.clone(),
                from_project: !volume.external && volume.name.as_ref().is_none_or(|n| n.origin.is_default()),
                external: volume.external,
                driver: volume.driver.as_ref().map(|d| d.value.clone()).filter(|d| !d.is_empty()),
                services: self.used_volumes.get(key).cloned().unwrap_or_default(),
            });
            let path = format!("volumes.{key}");
            if let Some(unit) = self.volume(&path, key, &real, volume) {
                let name = self.unit_of("volume", &real);
                self.out.owners.insert(name.clone(), path);
                units.insert(name, unit);
            }
        }
        units
    }

    fn volume(&mut self, path: &dyn Display, key: &str, real: &str, volume: &Sourced<Volume>) -> Option<Unit> {
        let Volume { name: _, driver, driver_opts, external, labels, extensions } = &volume.value;
        self.unknown(path, extensions);
        if !self.used_volumes.contains_key(key) {
            self.say(Class::Inert, path, &volume.at_key(), "no service mounts it, so neither Compose nor a unit makes it");
            return None;
        }
        let backend = self.options.backend;
        if *external {
            let message = format!("the volume `{real}` is not made here: containers that mount it do not start before `{backend}` has it");
            self.say(Class::Moved, &format_args!("{path}.external"), &volume.at_key(), message);
            return None;
        }
        let command = backend.command();
        let mut create = super::words([command, "volume", "create"]);
        let driver = driver.as_ref().filter(|d| !d.is_empty());
        if let Some(driver) = driver {
            if self.podman() && !matches!(driver.as_str(), "local" | "image") {
                let message = "podman looks for drivers of volumes in its own `containers.conf`; name the plugin there";
                self.say(Class::Different, &format_args!("{path}.driver"), &driver.at_key(), message);
            }
            create.push(format!("--driver={}", driver.value));
        }
        create.extend(pairs(driver_opts).map(|o| format!("--opt={o}")));
        // With these, Compose takes the volume for its own again.
        create.push(format!("--label=com.docker.compose.project={}", self.project.name));
        create.push(format!("--label=com.docker.compose.volume={key}"));
        create.extend(pairs(labels).map(|l| format!("--label={l}")));
        create.push(real.to_owned());
        let mut unit = self.resource_unit(format!("Volume {real} of {}", self.project.name));
        unit.wanted_by.insert(self.target.clone());
        if let Some(device) = mounts::device_of(driver.map(|d| d.as_str()), driver_opts) {
            unit.unit.insert("RequiresMountsFor".into(), unit_word(&device));
        }
        unit.script.push(Command::Unless(super::words([command, "volume", "inspect", real]), create));
        self.say(Class::Moved, path, &volume.at_key(), format!("a unit makes the volume `{real}` if it is not there; nothing removes it"));
        Some(unit)
    }
}
