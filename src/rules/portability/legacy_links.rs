//! `links`, `external_links`, `volumes_from`: what came before networks and named volumes.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "legacy-links",
        topic: Topic::Portability,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "`links`, `external_links` or `volumes_from`, which networks and named volumes replace",
        page: page!("legacy-links"),
    },
    rule: &LegacyLinks,
};

struct LegacyLinks;

impl Rule for LegacyLinks {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let kinds = [
            ("links", &service.links, "services of one network find each other by name; for another name use `aliases` under `networks`"),
            ("external_links", &service.external_links, "put both containers into one external network and use the container's name"),
            ("volumes_from", &service.volumes_from, "declare a volume under `volumes` and mount it into both services"),
        ];
        for (key, list, help) in kinds {
            let Some(first) = list.iter().find(|l| !l.origin.is_default()) else { continue };
            cx.report(&first.origin, format!("`{}` uses `{key}`", service.name))
                .why("it is kept for old files only; Swarm, Podman's tools and most migrations do not know it")
                .help(help);
        }
    }
}
