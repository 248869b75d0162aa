//! Which services are infrastructure, and of what kind (spec/layout.md 3.4).

use std::collections::BTreeMap;

use super::layer::{Layers, Piece};
use crate::model::known::{Family, family_as_written};

/// Where a service goes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The name of the file in `infrastructure/`; `None`: it is one of the services.
    pub(super) name: Option<String>,
    /// To complete "`db` is infrastructure (databases): …".
    pub(super) why: String,
}

/// Sorts the services. `told`: those that the user calls infrastructure.
pub(super) fn groups(layers: &Layers, services: &[(&str, &Piece)], told: &[String]) -> BTreeMap<String, Group> {
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    // Where nothing is built, that something is not built here tells nothing.
    let builds = services.iter().any(|(_, piece)| layers.child(piece, "build").is_some());
    for (_, piece) in services {
        for name in dependencies(layers, piece) {
            *used.entry(name).or_default() += 1;
        }
    }
    services
        .iter()
        .map(|(name, piece)| {
            ((*name).to_owned(), group(layers, name, piece, told, used.get(*name).copied().filter(|_| builds).unwrap_or(0)))
        })
        .collect()
}

fn group(layers: &Layers, name: &str, piece: &Piece, told: &[String], used: usize) -> Group {
    let infrastructure = |group: &str, why: String| Group { name: Some(group.to_owned()), why };
    let image = layers.child(piece, "image").and_then(|c| layers.scalar(&c).map(str::to_owned)).unwrap_or_default();
    // A variable may stand for the registry or the tag; the default says what is meant.
    let family = family_as_written(&image);
    if let Some(hint) = hint(layers, piece) {
        return match hint.as_str() {
            "services" | "service" | "none" => Group { name: None, why: "`x-composelint` in it says so".to_owned() },
            _ => infrastructure(&hint, "`x-composelint` in it says so".to_owned()),
        };
    }
    if told.iter().any(|t| t == name) {
        return infrastructure(family.map_or("shared", Family::group), "--infrastructure says so".to_owned());
    }
    if layers.child(piece, "build").is_some() {
        return Group { name: None, why: "it is built here".to_owned() };
    }
    match family {
        Some(family) => infrastructure(family.group(), format!("its image is {}", family.what())),
        None if used >= 2 => infrastructure("shared", format!("it is not built here, and {used} services depend on it")),
        None => Group { name: None, why: "its image is none of the known infrastructure".to_owned() },
    }
}

fn hint(layers: &Layers, piece: &Piece) -> Option<String> {
    let hint = layers.child(piece, "x-composelint")?;
    let head = hint.heads.first()?;
    let layer = layers.get(head.layer)?;
    let group = layer.tree.get(head.value, "group").and_then(|id| layer.tree.text(id))?;
    super::environments::is_name(group).then(|| group.to_owned())
}

fn dependencies(layers: &Layers, piece: &Piece) -> Vec<String> {
    use super::layer::Body;
    let Some(depends) = layers.child(piece, "depends_on") else { return Vec::new() };
    match layers.opened(&depends) {
        Body::Map(children) | Body::List(children) => children.into_iter().map(|c| c.name).collect(),
        Body::Whole => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::super::layer::Layer;
    use super::*;
    use crate::source::{FileId, Source};
    use crate::yaml;

    /// The group of each service, and why.
    fn grouped(text: &str, told: &[&str]) -> String {
        let source = Arc::new(Source::new("compose.yaml".into(), text.to_owned()));
        let tree = Arc::new(yaml::parse(FileId::NONE, text));
        let root = tree.documents[0].root;
        let layer = Layer::new(Path::new("compose.yaml").into(), FileId::NONE, source, tree, root, text.len()).unwrap();
        let layers = Layers(vec![layer]);
        let pieces = layers.section(0, "services").unwrap();
        let services: Vec<(&str, &Piece)> = pieces.iter().map(|p| (p.name.as_str(), p)).collect();
        let told: Vec<String> = told.iter().map(|t| (*t).to_owned()).collect();
        let line = |(name, group): (String, Group)| format!("{name}: {} ({})\n", group.name.as_deref().unwrap_or("-"), group.why);
        groups(&layers, &services, &told).into_iter().map(line).collect()
    }

    #[test]
    fn infrastructure_is_told_by_image_by_use_and_by_the_user() {
        let text = "services:\n  api: {build: ., depends_on: [db, auth]}\n  web: {build: ., depends_on: {auth: {condition: service_started}}}\n  auth: {image: corp/auth}\n  db:\n    image: ${REGISTRY:-docker.io}/postgres:${TAG:-16}\n  mail: {image: corp/mail}\n  bus:\n    image: corp/bus\n    x-composelint: {group: queues}\n  cache:\n    image: redis\n    x-composelint: {group: services}\n";
        insta::assert_snapshot!(grouped(text, &["mail"]), @"
        api: - (it is built here)
        auth: shared (it is not built here, and 2 services depend on it)
        bus: queues (`x-composelint` in it says so)
        cache: - (`x-composelint` in it says so)
        db: databases (its image is a database)
        mail: shared (--infrastructure says so)
        web: - (it is built here)
        ");
    }

    #[test]
    fn where_nothing_is_built_use_tells_nothing() {
        let text = "services:\n  a: {image: x, depends_on: [c]}\n  b: {image: x, depends_on: [c]}\n  c: {image: y}\n";
        assert!(grouped(text, &[]).contains("c: - ("));
    }
}
