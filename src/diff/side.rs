//! One of the two projects, as the comparison sees it: what Compose prints of it, and where that was written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map as Object, Value as Json, json};

use super::places::{self, Place, Places};
use super::{Subject, View, Written};
use crate::compose::problem::{ModelPath, Part};
use crate::compose::value::{Map, Origin};
use crate::compose::{SECTIONS, Semantics};
use crate::model::{Project, profiles};
use crate::resolved;
use crate::source::{Sources, Span};

/// Where the values of a side are looked up.
#[derive(Clone, Copy)]
enum Origins<'a> {
    Typed(&'a Project),
    Tree(&'a Map),
    Listed(&'a BTreeMap<ModelPath, Origin>),
}

/// One side.
pub(super) struct Side<'a> {
    /// What Compose prints of it, without `x-`.
    pub(super) view: Json,
    /// The project's name.
    pub(super) name: String,
    /// What its paths are shown relative to.
    directory: PathBuf,
    name_place: Option<Span>,
    origins: Origins<'a>,
    sources: &'a Sources,
    /// `DOCKER_DEFAULT_PLATFORM`.
    pub(super) platform: Option<&'a str>,
    /// What is called otherwise here than in the view: section and name in the view → name here.
    pub(super) renamed: BTreeMap<(&'static str, String), String>,
}

impl<'a> Side<'a> {
    pub(super) fn typed(subject: &Subject<'a>) -> Self {
        let Subject { project, sources, semantics } = *subject;
        let mut pruned = project.clone();
        profiles::prune(&mut pruned, false);
        let mut view = sections(resolved::json(&pruned, semantics));
        // JSON has no models, and 2.40 prints no options of an address pool. Compose acts on both.
        if let Some(models) = resolved::yaml(&pruned, semantics).get("models") {
            view.insert("models".to_owned(), models.clone());
        }
        if semantics == Semantics::V2 {
            for (key, network) in &pruned.networks {
                let options = network.ipam.iter().flat_map(|i| &i.options).map(|(k, v)| (k.clone(), json!(v.value)));
                let options: Object<String, Json> = options.collect();
                if !options.is_empty()
                    && let Some(Json::Object(ipam)) =
                        view.get_mut("networks").and_then(|n| n.get_mut(key.as_str())).and_then(|n| n.get_mut("ipam"))
                {
                    ipam.insert("options".to_owned(), Json::Object(options));
                }
            }
        }
        Self {
            view: Json::Object(view),
            name: project.name.clone(),
            directory: project.directory.clone(),
            name_place: places::of_name(&project.name_source),
            origins: Origins::Typed(project),
            sources,
            platform: places::variable(project, "DOCKER_DEFAULT_PLATFORM"),
            renamed: BTreeMap::new(),
        }
    }

    pub(super) fn untyped(subject: &Written<'a>) -> Self {
        let Written { tree, name, name_source, directory, sources } = *subject;
        let mut view = Json::Object(sections(resolved::tree(tree)));
        super::walk::one_form(&mut view);
        if let Some(view) = view.as_object_mut() {
            view.insert("name".to_owned(), json!(name));
        }
        Self {
            view,
            name: name.to_owned(),
            directory: directory.to_path_buf(),
            name_place: places::of_name(name_source),
            origins: Origins::Tree(tree),
            sources,
            platform: None,
            renamed: BTreeMap::new(),
        }
    }

    pub(super) fn viewed(subject: &'a View) -> Self {
        let View { view, name, directory, places, sources } = subject;
        Self {
            view: (*view).clone(),
            name: (*name).to_owned(),
            directory: directory.to_path_buf(),
            name_place: None,
            origins: Origins::Listed(places),
            sources,
            platform: None,
            renamed: BTreeMap::new(),
        }
    }

    /// Has its paths start where those of the other side do: what lies below either project directory is compared relative to it. Of two
    /// directories one of which lies within the other, nothing is moved.
    pub(super) fn move_to(&mut self, other: &Side) {
        let (from, to) = (self.directory.clone(), other.directory.clone());
        if from.starts_with(&to) || to.starts_with(&from) {
            return;
        }
        self.rebase(&from, to);
    }

    /// Has the paths below a directory start at another one, and all be shown relative to that.
    fn rebase(&mut self, from: &Path, to: PathBuf) {
        paths(&mut self.view, &mut |text| {
            if let Ok(rest) = Path::new(text.as_str()).strip_prefix(from) {
                *text = if rest.as_os_str().is_empty() { to.display().to_string() } else { to.join(rest).display().to_string() };
            }
        });
        self.directory = to;
    }

    /// Has its paths start where those of a tree do, not at a project: what lies below the root of its own tree is compared relative to that.
    pub(super) fn move_to_tree(&mut self, own: &Path, tree: &Path) {
        if own.starts_with(tree) || tree.starts_with(own) {
            own.clone_into(&mut self.directory);
        } else {
            self.rebase(own, tree.to_path_buf());
        }
    }

    /// The same side with one service and what that uses, and nothing else.
    pub(super) fn alone(&self, service: &str) -> Self {
        let body = self.entry("services", service);
        let named = |key: &str| body.and_then(|b| b.get(key)).and_then(Json::as_object).into_iter().flatten().map(|(k, _)| k.as_str());
        let files = |list: Option<&'_ Json>| -> Vec<String> {
            let items = list.and_then(Json::as_array).into_iter().flatten();
            items.filter_map(|item| item.get("source").unwrap_or(item).as_str()).map(str::to_owned).collect()
        };
        let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        used.insert("services", BTreeSet::from([service.to_owned()]));
        used.insert("volumes", body.into_iter().flat_map(mounts).filter_map(volume_of).map(str::to_owned).collect());
        used.insert("networks", named("networks").map(str::to_owned).collect());
        used.insert("models", named("models").map(str::to_owned).collect());
        used.insert("configs", files(body.and_then(|b| b.get("configs"))).into_iter().collect());
        let secrets = [body.and_then(|b| b.get("secrets")), body.and_then(|b| b.get("build")?.get("secrets"))];
        used.insert("secrets", secrets.into_iter().flat_map(files).collect());
        let mut view = Object::new();
        for (section, value) in self.view.as_object().into_iter().flatten() {
            let value = match (value, used.get(section.as_str())) {
                (Json::Object(map), Some(used)) => {
                    map.iter().filter(|(key, _)| used.contains(*key)).map(|(key, value)| (key.clone(), value.clone())).collect()
                }
                _ => value.clone(),
            };
            view.insert(section.clone(), value);
        }
        Self {
            view: Json::Object(view),
            name: self.name.clone(),
            directory: self.directory.clone(),
            name_place: self.name_place,
            origins: self.origins,
            sources: self.sources,
            platform: self.platform,
            renamed: self.renamed.clone(),
        }
    }

    /// True if the variables of this side are expanded and its values typed.
    pub(super) fn is_typed(&self) -> bool {
        !matches!(self.origins, Origins::Tree(_))
    }

    pub(super) fn project(&self) -> Option<&'a Project> {
        match self.origins {
            Origins::Typed(project) => Some(project),
            Origins::Tree(_) | Origins::Listed(_) => None,
        }
    }

    /// The origin of what stands at a path of the view, or of the nearest thing above it.
    pub(super) fn place(&self, at: &ModelPath) -> Option<Place<'a>> {
        let path = self.own(at);
        match self.origins {
            Origins::Typed(project) => project.place(&path),
            Origins::Tree(tree) => tree.place(&path),
            Origins::Listed(places) => {
                let mut path = ModelPath(path);
                loop {
                    if let Some(origin) = places.get(&path) {
                        return Some(Place { origin, key: None });
                    }
                    path.0.pop()?;
                }
            }
        }
    }

    /// Where a value was written: a mapping is shown by its key.
    pub(super) fn span(&self, at: &ModelPath, value: Option<&Json>) -> Option<Span> {
        if at.0.first() == Some(&Part::Key("name".to_owned())) {
            return self.name_place;
        }
        let place = self.place(at)?;
        Some(if matches!(value, Some(Json::Object(_) | Json::Null)) { place.key.unwrap_or(place.origin.at) } else { place.origin.at })
    }

    /// What stands at a place.
    pub(super) fn written(&self, at: Span) -> String {
        self.sources.get(at.file).slice(at).to_owned()
    }

    /// A path of the view in the names of this side.
    fn own(&self, at: &ModelPath) -> Vec<Part> {
        let mut path = at.0.clone();
        if self.renamed.is_empty() {
            return path;
        }
        let mut rename = |index: usize, section: &'static str| {
            if let Some(Part::Key(key)) = path.get_mut(index)
                && let Some(own) = self.renamed.get(&(section, key.clone()))
            {
                key.clone_from(own);
            }
        };
        let section = match at.0.first() {
            Some(Part::Key(section)) => section.as_str(),
            _ => "",
        };
        match section {
            "services" => rename(1, "services"),
            "networks" => rename(1, "networks"),
            "volumes" => rename(1, "volumes"),
            _ => {}
        }
        match at.0.get(2) {
            Some(Part::Key(key)) if section == "services" && key == "networks" => rename(3, "networks"),
            Some(Part::Key(key)) if section == "services" && key == "depends_on" => rename(3, "services"),
            _ => {}
        }
        path
    }

    /// True for a path below the project directory, or the directory itself.
    pub(super) fn is_below(&self, path: &str) -> bool {
        Path::new(path).starts_with(&self.directory)
    }

    /// A path of the host as it is shown: relative to the project directory where it lies below it.
    pub(super) fn shown(&self, path: &str) -> String {
        match Path::new(path).strip_prefix(&self.directory) {
            Ok(rest) if rest.as_os_str().is_empty() => ".".to_owned(),
            Ok(rest) => format!("./{}", rest.display()),
            Err(_) => path.to_owned(),
        }
    }

    /// The entries of a section.
    pub(super) fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Json)> {
        self.view.get(name).and_then(Json::as_object).into_iter().flatten().map(|(k, v)| (k.as_str(), v))
    }

    /// An entry of a section.
    pub(super) fn entry(&self, section: &str, name: &str) -> Option<&Json> {
        self.view.get(section)?.get(name)
    }

    /// The real name of a volume, network, secret or config.
    pub(super) fn real_name<'s>(&'s self, section: &str, key: &'s str) -> &'s str {
        self.entry(section, key).and_then(|e| e.get("name")).and_then(Json::as_str).unwrap_or(key)
    }

    /// Which services mount which volume (by its real name), and whether they may write to it.
    pub(super) fn uses(&self) -> BTreeMap<&str, BTreeMap<&str, bool>> {
        let mut out: BTreeMap<&str, BTreeMap<&str, bool>> = BTreeMap::new();
        for (service, body) in self.section("services") {
            for mount in mounts(body) {
                if let Some(key) = volume_of(mount) {
                    let writes = mount.get("read_only") != Some(&Json::Bool(true));
                    *out.entry(self.real_name("volumes", key)).or_default().entry(service).or_default() |= writes;
                }
            }
        }
        out
    }

    /// The key of each volume, with the services that mount it and where.
    pub(super) fn mounted(&self) -> BTreeMap<&str, BTreeSet<(&str, &str)>> {
        let mut out: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
        for (service, body) in self.section("services") {
            for mount in mounts(body) {
                let target = mount.get("target").and_then(Json::as_str).unwrap_or_default();
                if let Some(key) = volume_of(mount) {
                    out.entry(key).or_default().insert((service, target));
                }
            }
        }
        out
    }
}

/// What is Compose's of a project.
fn sections(view: Json) -> Object<String, Json> {
    match view {
        Json::Object(mut view) => {
            view.retain(|key, _| key == "name" || SECTIONS.contains(&key.as_str()));
            view
        }
        _ => Object::new(),
    }
}

/// The mounts of a service, in their long form.
pub(super) fn mounts(service: &Json) -> impl Iterator<Item = &Json> {
    service.get("volumes").and_then(Json::as_array).into_iter().flatten().filter(|m| m.is_object())
}

/// The key of the volume that a mount is of; `None` for anything else, and for an anonymous one.
pub(super) fn volume_of(mount: &Json) -> Option<&str> {
    (mount.get("type")?.as_str()? == "volume").then(|| mount.get("source")?.as_str())?
}

/// Everything that is a path on the host and was made absolute.
fn paths(view: &mut Json, change: &mut dyn FnMut(&mut String)) {
    let mut text = |value: Option<&mut Json>| {
        if let Some(Json::String(text)) = value {
            change(text);
        }
    };
    for section in ["secrets", "configs"] {
        for object in view.get_mut(section).and_then(Json::as_object_mut).into_iter().flat_map(Object::values_mut) {
            text(object.get_mut("file"));
        }
    }
    for volume in view.get_mut("volumes").and_then(Json::as_object_mut).into_iter().flat_map(Object::values_mut) {
        text(volume.get_mut("driver_opts").and_then(|o| o.get_mut("device")));
    }
    for service in view.get_mut("services").and_then(Json::as_object_mut).into_iter().flat_map(Object::values_mut) {
        if let Some(build) = service.get_mut("build") {
            text(build.get_mut("context"));
            for context in build.get_mut("additional_contexts").and_then(Json::as_object_mut).into_iter().flat_map(Object::values_mut) {
                text(Some(context));
            }
        }
        let list = |service: &mut Json, key: &str| -> Vec<Json> {
            service.get_mut(key).and_then(Json::as_array_mut).map(std::mem::take).unwrap_or_default()
        };
        for (key, field) in [("volumes", "source"), ("env_file", "path"), ("label_file", "")] {
            let mut items = list(service, key);
            for item in &mut items {
                match item {
                    Json::String(_) if key != "volumes" => text(Some(item)),
                    Json::Object(item) if key != "volumes" || item.get("type").and_then(Json::as_str) == Some("bind") => {
                        text(item.get_mut(field));
                    }
                    _ => {}
                }
            }
            if let Some(Json::Array(old)) = service.get_mut(key) {
                *old = items;
            }
        }
        let watch = service.get_mut("develop").and_then(|d| d.get_mut("watch")).and_then(Json::as_array_mut);
        for rule in watch.into_iter().flatten() {
            text(rule.get_mut("path"));
        }
    }
}
