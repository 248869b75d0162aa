//! An image without a registry: Docker takes `docker.io`, other engines ask or refuse.

use crate::compose::value::Definition;
use crate::model::image::ImageRef;
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unqualified-registry",
        topic: Topic::Portability,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "an image without a registry, which not every engine looks for in the same place",
        page: page!("unqualified-registry"),
    },
    rule: &UnqualifiedRegistry,
};

struct UnqualifiedRegistry;

impl Rule for UnqualifiedRegistry {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        let Some(image) = &service.image else { return };
        let Some(reference) = ImageRef::parse(image).filter(|r| r.registry.is_none()) else { return };
        let unset = image.origin.variables().any(|(_, d)| *d == Definition::Unset);
        let made_here = |s: &Service| s.build.is_some() && s.image.as_ref().is_some_and(|i| i.value == image.value);
        if unset || service.build.is_some() || service.provider.is_some() || project.services.values().any(|s| made_here(s)) {
            return;
        }
        let at = image.origin.at;
        let file = cx.sources.get(at.file);
        let source = file.slice(at);
        let prefix = if reference.path.contains('/') { "docker.io/" } else { "docker.io/library/" };
        let report = cx
            .report(&image.origin, format!("`{}` does not say from which registry `{}` comes", service.name, image.value))
            .why("Docker takes docker.io; Podman asks, tries a list of its own, or refuses")
            .help(format!("write `{prefix}{}`", image.value));
        if source.trim_matches(['"', '\'']) == image.as_str() {
            let quote = u32::from(source.starts_with(['"', '\'']));
            let edit = Edit { span: Span::new(at.file, at.start + quote, at.start + quote), text: prefix.to_owned() };
            let title = format!("write `{prefix}{}`: the same image to Docker, and the container is created anew", image.value);
            report.fix(title, Applicability::Unsafe, vec![edit]);
        }
    }
}
