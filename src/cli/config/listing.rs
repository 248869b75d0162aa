//! The lists of `config`: `--services`, `--volumes`, `--images` and the like, a line each (spec/resolve.md 19).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map as JsonMap, Value as Json, json};

use crate::compose::Semantics;
use crate::compose::value::Map;
use crate::compose::variables::{Asked, asked};
use crate::model::{Project, Service};
use crate::resolved::encode;

fn lines(names: impl IntoIterator<Item = String>) -> String {
    names.into_iter().fold(String::new(), |out, name| out + &name + "\n")
}

/// The names of a mapping, sorted.
pub(super) fn names<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let sorted: BTreeSet<&String> = names.into_iter().collect();
    lines(sorted.into_iter().cloned())
}

/// The enabled services, each after what it depends on.
pub(super) fn services(project: &Project) -> String {
    let enabled: BTreeMap<&str, &Service> =
        project.services.iter().filter(|(_, s)| s.enabled).map(|(name, s)| (name.as_str(), &s.value)).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut out = Vec::new();
    for name in enabled.keys() {
        // Each service is pending twice: to put its dependencies before it, and to be named.
        let mut pending = vec![(*name, false)];
        while let Some((name, ready)) = pending.pop() {
            let Some(service) = enabled.get(name) else { continue };
            if ready {
                out.push(name.to_owned());
            } else if done.insert(name) {
                pending.push((name, true));
                let needs: BTreeSet<&str> = service.depends_on.keys().map(String::as_str).collect();
                pending.extend(needs.into_iter().rev().map(|n| (n, false)));
            }
        }
    }
    lines(out)
}

/// The models that are asked for.
pub(super) fn models(project: &Project) -> String {
    let sorted: BTreeMap<&String, String> =
        project.models.iter().filter_map(|(name, m)| Some((name, m.model.as_ref()?.value.clone()))).collect();
    lines(sorted.into_values().filter(|m| !m.is_empty()))
}

/// All profiles that a service names, enabled or not.
pub(super) fn profiles(project: &Project) -> String {
    let all: BTreeSet<&String> = project.services.values().flat_map(|s| s.profiles.iter().map(|p| &p.value)).collect();
    lines(all.into_iter().cloned())
}

/// The image of each enabled service, what Compose would call a built one, and (in 5.x) the images of its hooks.
pub(super) fn images(project: &Project, separator: char, semantics: Semantics) -> String {
    let sorted: BTreeMap<&String, &Service> = project.services.iter().filter(|(_, s)| s.enabled).map(|(n, s)| (n, &s.value)).collect();
    let mut out = Vec::new();
    for (name, service) in sorted {
        let own = service.image.as_ref().map(|i| i.value.clone()).filter(|i| !i.is_empty());
        let own = own.unwrap_or_else(|| format!("{}{separator}{name}", project.name));
        let hooks = service.pre_start.iter().filter_map(|h| h.image.as_ref()).map(|i| i.value.clone());
        let hooks: Vec<String> = hooks.filter(|i| semantics == Semantics::V5 && !i.is_empty() && *i != own).collect();
        out.push(own);
        out.extend(hooks);
    }
    lines(out)
}

/// What `${…}` sees. That is what was asked for, passwords and all.
pub(super) fn environment(project: &Project) -> String {
    let mut all: Vec<String> = project.environment.iter().map(|(name, v)| format!("{name}={}", v.value)).collect();
    all.sort_unstable();
    lines(all)
}

/// The variables of a tree that was not interpolated; `None` for a format that there is not.
pub(super) fn variables(tree: &Map, format: Option<&str>) -> Option<String> {
    let all = asked(tree);
    let object = |keys: [&str; 4]| -> Json {
        let one = |(name, Asked { default, alternate, required }): (&String, &Asked)| {
            let values = [json!(name), json!(default), json!(alternate), json!(required)];
            let fields: JsonMap<String, Json> = keys.iter().map(|k| (*k).to_owned()).zip(values).collect();
            (name.clone(), Json::Object(fields))
        };
        all.iter().map(one).collect()
    };
    match format {
        None | Some("" | "table" | "pretty") => Some(table(&all)),
        Some("json") => Some(encode::pretty_by(&object(["Name", "DefaultValue", "PresenceValue", "Required"]), 4) + "\n"),
        Some("yaml") => Some(crate::yaml::print::yaml(&object(["name", "defaultvalue", "presencevalue", "required"]))),
        Some(_) => None,
    }
}

/// Columns of 20 characters, or of the longest text and three blanks.
fn table(all: &BTreeMap<String, Asked>) -> String {
    let heads = ["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"].map(str::to_owned);
    let row = |(name, asked): (&String, &Asked)| {
        [name.clone(), asked.required.to_string(), asked.default.clone(), asked.alternate.clone()].map(|cell| {
            // A cell is one line.
            cell.replace(['\t', '\n', '\r'], " ")
        })
    };
    let rows: Vec<[String; 4]> = std::iter::once(heads).chain(all.iter().map(row)).collect();
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count() + 3).max().unwrap_or(0).max(20);
    let widths = [width(0), width(1), width(2)];
    rows.iter().fold(String::new(), |mut out, [a, b, c, d]| {
        let [x, y, z] = widths;
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{a:x$}{b:y$}{c:z$}{d}");
        out
    })
}
