//! What the module `virtualisation.oci-containers` of NixOS makes of an entry: the words of its `docker run` or `podman run`, in its order.

use crate::migrate::nix::Backend;
use crate::nix::Value;

/// The words for the container of this name. An attribute that the module does not have, or a value of another type, is an error.
pub fn argv(name: &str, entry: &Value, backend: Backend) -> Result<Vec<String>, String> {
    let mut entry = Entry::new(entry)?;
    let mut words = vec![backend.command().to_owned()];
    words.extend(entry.list("preRunExtraOptions")?);
    words.push("run".into());
    words.push(format!("--name={name}"));
    words.push(format!("--log-driver={}", entry.text("log-driver")?.unwrap_or_else(|| "journald".into())));
    words.extend(entry.text("entrypoint")?.map(|word| format!("--entrypoint={word}")));
    words.extend(entry.text("hostname")?.map(|name| format!("--hostname={name}")));
    let sdnotify = entry.podman(backend)?;
    if backend == Backend::Podman {
        words.push(format!("--cidfile=/run/{name}/ctr-id"));
        words.push("--cgroups=enabled".into());
        words.push(format!("--sdnotify={sdnotify}"));
        words.push("-d".into());
        words.push("--replace".into());
    }
    let two = |letter: &str, value: String| [letter.to_owned(), value];
    words.extend(entry.pairs("environment")?.into_iter().flat_map(|(key, value)| two("-e", format!("{key}={value}"))));
    let files = entry.list("environmentFiles")?;
    if let Some(file) = files.iter().find(|file| !file.starts_with(['/', crate::nix::REFERENCE.0])) {
        return Err(format!("`environmentFiles` has `{file}`, which is no absolute path"));
    }
    words.extend(files.into_iter().flat_map(|file| two("--env-file", file)));
    words.extend(entry.list("ports")?.into_iter().flat_map(|port| two("-p", port)));
    words.extend(entry.text("user")?.into_iter().flat_map(|user| two("-u", user)));
    words.extend(entry.list("volumes")?.into_iter().flat_map(|volume| two("-v", volume)));
    words.extend(entry.pairs("labels")?.into_iter().flat_map(|(key, value)| two("-l", format!("{key}={value}"))));
    words.extend(entry.text("workdir")?.into_iter().flat_map(|directory| two("-w", directory)));
    words.extend(entry.bool("privileged", false)?.then(|| "--privileged".to_owned()));
    words.extend(entry.bool("autoRemoveOnStop", true)?.then(|| "--rm".to_owned()));
    let capabilities = entry.capabilities()?;
    for (flag, wanted) in [("--cap-add", true), ("--cap-drop", false)] {
        words.extend(capabilities.iter().filter(|(_, add)| *add == wanted).map(|(name, _)| format!("{flag}={name}")));
    }
    words.extend(entry.list("devices")?.into_iter().map(|device| format!("--device={device}")));
    let mut networks: Vec<String> = Vec::new();
    for network in entry.list("networks")? {
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    words.extend(networks.into_iter().map(|network| format!("--network={network}")));
    let pull = entry.text("pull")?.unwrap_or_else(|| "missing".into());
    if !matches!(pull.as_str(), "always" | "missing" | "never" | "newer") {
        return Err(format!("`pull` cannot be `{pull}`"));
    }
    words.extend(two("--pull", pull));
    words.extend(entry.list("extraOptions")?);
    words.push(entry.text("image")?.ok_or("the entry has no `image`")?);
    words.extend(entry.list("cmd")?);
    // They do not show in the words.
    entry.list("dependsOn")?;
    entry.bool("autoStart", true)?;
    for other in ["serviceName", "login", "imageFile", "imageStream"] {
        entry.take(other);
    }
    entry.finish()?;
    Ok(words)
}

/// The attributes that were not looked at yet.
struct Entry<'v> {
    left: Vec<(&'v str, &'v Value)>,
}

impl<'v> Entry<'v> {
    fn new(value: &'v Value) -> Result<Self, String> {
        let attrs = value.as_attrs().ok_or("the entry is no attribute set")?;
        Ok(Self { left: attrs.iter().map(|(name, value)| (name.as_str(), value.plain())).collect() })
    }

    fn take(&mut self, name: &str) -> Option<&'v Value> {
        let at = self.left.iter().position(|(known, _)| *known == name)?;
        Some(self.left.remove(at).1)
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => text(name, value).map(Some),
        }
    }

    fn bool(&mut self, name: &str, default: bool) -> Result<bool, String> {
        match self.take(name) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(*value),
            Some(_) => Err(format!("`{name}` is neither true nor false")),
        }
    }

    fn list(&mut self, name: &str) -> Result<Vec<String>, String> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(value) => {
                let items = value.as_list().ok_or_else(|| format!("`{name}` is no list that can be read"))?;
                items.iter().map(|item| text(name, item)).collect()
            }
        }
    }

    /// Names and values, as Nix sorts them.
    fn pairs(&mut self, name: &str) -> Result<Vec<(String, String)>, String> {
        let Some(value) = self.take(name) else { return Ok(Vec::new()) };
        let attrs = value.as_attrs().ok_or_else(|| format!("`{name}` is no attribute set that can be read"))?;
        let mut pairs: Vec<(String, String)> =
            attrs.iter().map(|(key, value)| Ok((key.clone(), text(&format!("{name}.{key}"), value)?))).collect::<Result<_, String>>()?;
        pairs.sort();
        Ok(pairs)
    }

    fn capabilities(&mut self) -> Result<Vec<(String, bool)>, String> {
        let Some(value) = self.take("capabilities") else { return Ok(Vec::new()) };
        let attrs = value.as_attrs().ok_or("`capabilities` is no attribute set that can be read")?;
        let mut out = Vec::new();
        for (name, value) in attrs {
            match value.plain() {
                Value::Bool(add) => out.push((name.clone(), *add)),
                Value::Null => {}
                _ => return Err(format!("`capabilities.{name}` is neither true nor false")),
            }
        }
        out.sort();
        Ok(out)
    }

    /// `podman.sdnotify`.
    fn podman(&mut self, backend: Backend) -> Result<String, String> {
        let Some(value) = self.take("podman") else { return Ok("conmon".into()) };
        if *value == Value::Null {
            return Ok("conmon".into());
        }
        if backend != Backend::Podman {
            return Err("`podman` cannot be set for a container of docker".into());
        }
        let mut podman = Entry::new(value).map_err(|_| "`podman` is no attribute set that can be read")?;
        let sdnotify = podman.text("sdnotify")?.unwrap_or_else(|| "conmon".into());
        if !matches!(sdnotify.as_str(), "conmon" | "healthy" | "container") {
            return Err(format!("`podman.sdnotify` cannot be `{sdnotify}`"));
        }
        podman.take("user");
        podman.finish()?;
        Ok(sdnotify)
    }

    fn finish(self) -> Result<(), String> {
        match self.left.first() {
            None => Ok(()),
            Some((name, _)) => Err(format!("`{name}` is no option of the module")),
        }
    }
}

fn text(name: &str, value: &Value) -> Result<String, String> {
    value.as_text().ok_or_else(|| format!("`{name}` is no text"))
}
