//! What holds between hosts, told from names alone: the rules tell it of projects, and the joining of reports tells it of inventories.

use std::collections::BTreeMap;

use crate::model::image::ImageRef;

/// The rule about images in different versions.
pub(crate) const DRIFT: &str = "image-drift";
/// The rule about projects with one name on several hosts.
pub(crate) const SAME_NAME: &str = "project-name-on-several-hosts";
/// The rule about names that lead nowhere.
pub(crate) const UNRESOLVED: &str = "unresolved-endpoint";

/// Places that are shown of one finding.
const SHOWN: usize = 4;

/// A service as one host has it.
pub(crate) struct Used<'a, P> {
    pub(crate) host: &'a str,
    pub(crate) service: &'a str,
    pub(crate) image: &'a str,
    pub(crate) place: P,
}

/// Something that holds between hosts.
pub(crate) struct Between<P> {
    /// What it is.
    pub(crate) message: String,
    /// Where, the place of the finding first; what is to be said of the others.
    pub(crate) places: Vec<(P, String)>,
    /// Why it matters.
    pub(crate) why: &'static str,
    /// What to do.
    pub(crate) help: &'static str,
}

/// Services that run one image in different versions on two hosts.
pub(crate) fn drifts<'a, P>(all: impl Iterator<Item = Used<'a, P>>) -> Vec<Between<P>> {
    struct Version<'a, P> {
        host: &'a str,
        /// Tag and digest.
        text: String,
        place: P,
    }
    let mut by_image: BTreeMap<(&str, String), Vec<Version<P>>> = BTreeMap::new();
    for Used { host, service, image, place } in all {
        let Some(parts) = ImageRef::parse(image) else { continue };
        let repository = format!("{}/{}", parts.registry.unwrap_or_default(), parts.path);
        let text = format!("{}{}", parts.tag.unwrap_or("latest"), parts.digest.map(|d| format!("@{d}")).unwrap_or_default());
        let versions = by_image.entry((service, repository)).or_default();
        // Two stacks of one host may differ on purpose.
        if versions.iter().all(|v| v.host != host) {
            versions.push(Version { host, text, place });
        }
    }
    let mut out = Vec::new();
    for ((service, _), versions) in by_image {
        let mut versions = versions.into_iter();
        let Some(first) = versions.next() else { continue };
        let mut others: Vec<Version<P>> = versions.collect();
        let Some(at) = others.iter().position(|v| v.text != first.text) else { continue };
        let other = others.remove(at);
        let message =
            format!("`{service}` runs as {} on `{}` and as {} on `{}`", short(&other.text), other.host, short(&first.text), first.host);
        let mut places = vec![(other.place, String::new()), (first.place, format!("on `{}`", first.host))];
        places.extend(others.into_iter().take(SHOWN - 2).map(|v| (v.place, format!("on `{}`: {}", v.host, short(&v.text)))));
        out.push(Between {
            message,
            places,
            why: "an update reached one host and not the other: what works here may fail there, and a fixed hole may still be open",
            help: "write the version once, in a file that both hosts extend or include, or update the one that was left behind",
        });
    }
    out
}

/// A version without most of its digest.
fn short(version: &str) -> String {
    match version.split_once("@sha256:") {
        Some((tag, digest)) => format!("`{tag}@{}`", digest.get(..12).unwrap_or(digest)),
        None => format!("`{version}`"),
    }
}

/// Names that projects have only because of their directories, and have on several hosts. Each is a host, a name and a place.
pub(crate) fn same_names<'a, P>(all: impl Iterator<Item = (&'a str, &'a str, P)>) -> Vec<Between<P>> {
    let mut by_name: BTreeMap<&str, Vec<(&str, P)>> = BTreeMap::new();
    for (host, name, place) in all {
        let hosts = by_name.entry(name).or_default();
        if hosts.iter().all(|(h, _)| *h != host) {
            hosts.push((host, place));
        }
    }
    let mut out = Vec::new();
    for (name, hosts) in by_name {
        if hosts.len() < 2 {
            continue;
        }
        let names: Vec<String> = hosts.iter().map(|(host, _)| format!("`{host}`")).collect();
        let listed = match names.as_slice() {
            [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
            [] => String::new(),
        };
        let place = |(at, (host, place))| (place, if at == 0 { String::new() } else { format!("on `{host}`") });
        out.push(Between {
            message: format!("the project is called `{name}` after its directory, on {listed}"),
            places: hosts.into_iter().enumerate().map(place).take(SHOWN).collect(),
            why: "their volumes have the same names, too: backups, dashboards and runbooks that speak of several hosts cannot tell them apart",
            help: "write `name:` into each file, with the host in it; where there are volumes already, keep today's name and say which host is meant \
                   in everything that names them",
        });
    }
    out
}

/// The message of [`UNRESOLVED`], from which a report of several hosts takes the name back.
pub(crate) fn unresolved(variable: &str, service: &str, name: &str) -> String {
    format!("`{variable}` of `{service}` names `{name}`, and nothing here is called that")
}

/// The name that a message of [`UNRESOLVED`] is about.
pub(crate) fn name_in(message: &str) -> Option<&str> {
    message.split_once(" names `")?.1.split_once('`').map(|(name, _)| name)
}
