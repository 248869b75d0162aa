//! What the rules about images share: the images that are pulled from a registry, and who runs them.

use std::collections::BTreeSet;

use crate::compose::value::Definition;
use crate::model::image::ImageRef;
use crate::ordered::IndexMap;
use crate::rules::Report;
use crate::rules::prelude::*;

/// How many other services a finding shows.
const SHOWN: usize = 5;

/// The services that run an image: the first is the one that a finding is about.
pub(super) struct Users<'a>(Vec<(&'a str, &'a Origin)>);

/// The images that are pulled and of which `wanted` is true, each with the services that run it: one finding for an image, however many
/// services run it. Those that are made here are left out, and those whose text depends on a variable without a value.
pub(super) fn images(project: &Project, wanted: impl Fn(&ImageRef) -> bool) -> IndexMap<&str, Users<'_>> {
    let mut by_image: IndexMap<&str, Users> = IndexMap::default();
    for service in project.services.values() {
        let Some(image) = &service.image else { continue };
        if !is_unresolved(&image.origin) && ImageRef::parse(image).is_some_and(|r| wanted(&r)) && !is_local(service, project) {
            by_image.entry(image).or_insert_with(|| Users(Vec::new())).0.push((&service.name, &image.origin));
        }
    }
    by_image
}

impl Users<'_> {
    /// "`web` runs", "`web` and `app` run", "`web` and 3 more services run".
    pub(super) fn who(&self) -> String {
        match self.0.as_slice() {
            [] => String::new(),
            [(name, _)] => format!("`{name}` runs"),
            [(name, _), (other, _)] => format!("`{name}` and `{other}` run"),
            [(name, _), others @ ..] => format!("`{name}` and {} more services run", others.len()),
        }
    }

    /// A finding at the first, with the others as further places.
    pub(super) fn report<'c>(&self, message: String, cx: &'c mut Cx) -> Option<Report<'c>> {
        let ((_, origin), others) = self.0.split_first()?;
        let mut report = cx.report(origin, message);
        let mut shown = BTreeSet::from([origin.at]);
        for (other, origin) in others {
            if shown.len() <= SHOWN && shown.insert(origin.at) {
                report = report.related(origin.at, format!("`{other}`"));
            }
        }
        Some(report)
    }
}

/// True if a variable without a value took part: what it is cannot be told from here.
pub(super) fn is_unresolved(origin: &Origin) -> bool {
    origin.variables().any(|(_, d)| *d == Definition::Unset)
}

/// True if the image is made here and never pulled.
fn is_local(service: &Service, project: &Project) -> bool {
    let built = |s: &Service| s.build.is_some() && s.image.as_deref() == service.image.as_deref();
    let never_pulled = service.pull_policy.as_ref().is_some_and(|p| matches!(p.as_str(), "never" | "build"));
    service.build.is_some() || never_pulled || project.services.values().any(|s| built(s))
}
