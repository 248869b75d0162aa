//! `gpus` and the devices of `deploy.resources.reservations`: `--gpus` of docker, CDI names for podman.

use std::fmt::Display;

use super::{Draft, Mapper};
use crate::migrate::nix::Class;
use crate::model::{DeviceRequest, List, Sourced};

/// More than this are no longer counted one by one.
const MAX_GPUS: i64 = 64;

impl Mapper<'_> {
    pub(super) fn gpus(&mut self, d: &mut Draft<'_>, gpus: &List<DeviceRequest>) {
        for (i, gpu) in gpus.iter().enumerate() {
            self.device_request(d, &d.at("gpus").number(i), gpu);
        }
    }

    pub(super) fn device_request(&mut self, d: &mut Draft<'_>, path: &dyn Display, request: &Sourced<DeviceRequest>) {
        let DeviceRequest { capabilities, driver, count, device_ids, options, extensions } = &request.value;
        self.unknown(path, extensions);
        let driver = driver.as_ref().map_or("", |x| x.as_str());
        let ids: Vec<&str> = device_ids.iter().map(|i| i.as_str()).collect();
        if driver == "cdi" {
            d.container.devices.extend(ids.iter().map(|i| (*i).to_owned()));
            return;
        }
        let is_gpu = capabilities.is_empty() || capabilities.iter().any(|c| matches!(c.as_str(), "gpu" | "nvidia"));
        if !is_gpu {
            let message = "`run` can only ask for GPUs in this way; name the device under `devices`, by its CDI name or its path";
            self.say(Class::Unmapped, path, &request.origin, message);
            return;
        }
        let count = count.as_ref().map_or(-1, |c| c.value);
        if !self.podman() {
            let mut parts = Vec::new();
            let quoted = |text: String| if text.contains(',') { format!("\"{text}\"") } else { text };
            parts.push(match ids.as_slice() {
                [] if count < 0 => "all".to_owned(),
                [] => count.to_string(),
                ids => quoted(format!("device={}", ids.join(","))),
            });
            if !driver.is_empty() {
                parts.push(format!("driver={driver}"));
            }
            let others: Vec<&str> = capabilities.iter().map(|c| c.as_str()).collect();
            if others.iter().any(|c| *c != "gpu") {
                parts.push(quoted(format!("capabilities={}", others.join(","))));
            }
            let pairs: Vec<String> = super::pairs(options).collect();
            if !pairs.is_empty() {
                parts.push(quoted(format!("options={}", pairs.join(","))));
            }
            d.flag("gpus", parts.join(","));
            let message = if matches!(driver, "" | "nvidia") {
                "the host needs `hardware.nvidia-container-toolkit.enable`, and docker its support for CDI".to_owned()
            } else {
                format!("docker on the host needs the driver `{driver}`")
            };
            self.say(Class::Different, path, &request.origin, message);
            return;
        }
        if !matches!(driver, "" | "nvidia") {
            let message = "podman takes only devices that have a CDI name; write that of the device under `devices`";
            self.say(Class::Unmapped, path, &request.origin, message);
            return;
        }
        let names: Vec<String> = match ids.as_slice() {
            [] if !(0..=MAX_GPUS).contains(&count) => vec!["all".to_owned()],
            [] => (0..count).map(|n| n.to_string()).collect(),
            ids => ids.iter().map(|i| (*i).to_owned()).collect(),
        };
        d.container.devices.extend(names.iter().map(|n| format!("nvidia.com/gpu={n}")));
        let message = "podman gets the GPUs by their CDI names (`nvidia.com/gpu=…`); the host needs \
                       `hardware.nvidia-container-toolkit.enable`";
        self.say(Class::Different, path, &request.origin, message);
        let message = "only a driver of docker reads this; a CDI name stands for the whole device";
        self.say_of_all(Class::Different, &format_args!("{path}.options"), options.values(), message);
    }
}
