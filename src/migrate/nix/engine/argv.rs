//! What the module `virtualisation.oci-containers` of NixOS makes of an entry: the words of its `docker run` or `podman run`, in its order.

use std::borrow::Cow;

use crate::migrate::nix::{Backend, text};
use crate::nix::Value;

/// The words for the container of this name. An attribute that the module does not have, or a value of another type, is an error.
pub fn argv(name: &str, entry: &Value, backend: Backend) -> Result<Vec<String>, String> {
    Ok(words(name, entry, backend)?.into_iter().map(Cow::into_owned).collect())
}

/// The same, as far as possible by reference.
pub(super) fn words<'v>(name: &str, entry: &'v Value, backend: Backend) -> Result<Vec<Cow<'v, str>>, String> {
    let mut entry = Entry::new(entry)?;
    let mut words = Words(vec![backend.command().into()]);
    words.all(entry.list("preRunExtraOptions")?);
    words.one("run");
    words.one(format!("--name={name}"));
    words.one(format!("--log-driver={}", entry.text("log-driver")?.unwrap_or_else(|| "journald".into())));
    words.all(entry.text("entrypoint")?.map(|word| format!("--entrypoint={word}")));
    words.all(entry.text("hostname")?.map(|name| format!("--hostname={name}")));
    let sdnotify = entry.podman(backend)?;
    if backend == Backend::Podman {
        words.one(format!("--cidfile=/run/{name}/ctr-id"));
        words.one("--cgroups=enabled");
        words.one(format!("--sdnotify={sdnotify}"));
        words.one("-d");
        words.one("--replace");
    }
    words.each("-e", entry.pairs("environment")?);
    let files = entry.list("environmentFiles")?;
    if let Some(file) = files.iter().find(|file| !file.starts_with(['/', crate::nix::REFERENCE.0])) {
        return Err(format!("`environmentFiles` has `{file}`, which is no absolute path"));
    }
    words.each("--env-file", files);
    words.each("-p", entry.list("ports")?);
    words.each("-u", entry.text("user")?);
    words.each("-v", entry.list("volumes")?);
    words.each("-l", entry.pairs("labels")?);
    words.each("-w", entry.text("workdir")?);
    words.all(entry.bool("privileged", false)?.then_some("--privileged"));
    words.all(entry.bool("autoRemoveOnStop", true)?.then_some("--rm"));
    let capabilities = entry.capabilities()?;
    for (flag, wanted) in [("--cap-add", true), ("--cap-drop", false)] {
        words.all(capabilities.iter().filter(|(_, add)| *add == wanted).map(|(name, _)| format!("{flag}={name}")));
    }
    words.all(entry.list("devices")?.into_iter().map(|device| format!("--device={device}")));
    let mut networks: Vec<Cow<'v, str>> = Vec::new();
    for network in entry.list("networks")? {
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    words.all(networks.into_iter().map(|network| format!("--network={network}")));
    let pull = entry.text("pull")?.unwrap_or_else(|| "missing".into());
    if !matches!(&*pull, "always" | "missing" | "never" | "newer") {
        return Err(format!("`pull` cannot be `{pull}`"));
    }
    words.each("--pull", [pull]);
    words.all(entry.list("extraOptions")?);
    words.one(entry.text("image")?.ok_or("the entry has no `image`")?);
    words.all(entry.list("cmd")?);
    // They do not show in the words.
    entry.list("dependsOn")?;
    entry.bool("autoStart", true)?;
    for other in ["serviceName", "login", "imageFile", "imageStream"] {
        entry.take(other);
    }
    entry.finish()?;
    Ok(words.0)
}

/// The words so far.
struct Words<'v>(Vec<Cow<'v, str>>);

impl<'v> Words<'v> {
    fn one(&mut self, word: impl Into<Cow<'v, str>>) {
        self.0.push(word.into());
    }

    fn all<T: Into<Cow<'v, str>>>(&mut self, words: impl IntoIterator<Item = T>) {
        self.0.extend(words.into_iter().map(Into::into));
    }

    /// A flag with each of the values, each a word of its own.
    fn each<T: Into<Cow<'v, str>>>(&mut self, flag: &'v str, values: impl IntoIterator<Item = T>) {
        for value in values {
            self.all([flag.into(), value.into()]);
        }
    }
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

    fn text(&mut self, name: &str) -> Result<Option<Cow<'v, str>>, String> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => text(value).map(Some).ok_or_else(|| no_text(name)),
        }
    }

    fn bool(&mut self, name: &str, default: bool) -> Result<bool, String> {
        match self.take(name) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(*value),
            Some(_) => Err(format!("`{name}` is neither true nor false")),
        }
    }

    fn list(&mut self, name: &str) -> Result<Vec<Cow<'v, str>>, String> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(value) => {
                let items = value.as_list().ok_or_else(|| format!("`{name}` is no list that can be read"))?;
                items.iter().map(|item| text(item).ok_or_else(|| no_text(name))).collect()
            }
        }
    }

    /// `name=value` of each, as Nix sorts them.
    fn pairs(&mut self, name: &str) -> Result<Vec<String>, String> {
        let Some(value) = self.take(name) else { return Ok(Vec::new()) };
        let attrs = value.as_attrs().ok_or_else(|| format!("`{name}` is no attribute set that can be read"))?;
        let mut pairs: Vec<(&String, &Value)> = attrs.iter().collect();
        pairs.sort_unstable_by_key(|(key, _)| *key);
        let pair = |(key, value): (&String, &Value)| match text(value) {
            Some(value) => Ok([key, "=", &value].concat()),
            None => Err(no_text(&format!("{name}.{key}"))),
        };
        pairs.into_iter().map(pair).collect()
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
    fn podman(&mut self, backend: Backend) -> Result<Cow<'v, str>, String> {
        let Some(value) = self.take("podman") else { return Ok("conmon".into()) };
        if *value == Value::Null {
            return Ok("conmon".into());
        }
        if backend != Backend::Podman {
            return Err("`podman` cannot be set for a container of docker".into());
        }
        let mut podman = Entry::new(value).map_err(|_| "`podman` is no attribute set that can be read")?;
        let sdnotify = podman.text("sdnotify")?.unwrap_or_else(|| "conmon".into());
        if !matches!(&*sdnotify, "conmon" | "healthy" | "container") {
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

fn no_text(name: &str) -> String {
    format!("`{name}` is no text")
}
