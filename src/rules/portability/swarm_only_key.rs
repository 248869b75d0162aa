//! Keys of `deploy` that `docker compose` reads and ignores, and objects that only a swarm has.

use crate::rules::prelude::*;
use std::collections::BTreeSet;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "swarm-only-key",
        topic: Topic::Portability,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a key that only a swarm obeys",
        page: page!("swarm-only-key"),
    },
    rule: &SwarmOnlyKey,
};

struct SwarmOnlyKey;

impl Rule for SwarmOnlyKey {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut seen = BTreeSet::new();
        for service in project.services.values() {
            let Some(deploy) = &service.deploy else { continue };
            let global = deploy.mode.as_ref().filter(|m| m.as_str() != "replicated").map(Sourced::at_key);
            let found = [
                ("deploy.mode", global),
                ("deploy.placement", deploy.placement.as_ref().map(Sourced::at_key)),
                ("deploy.update_config", deploy.update_config.as_ref().map(Sourced::at_key)),
                ("deploy.rollback_config", deploy.rollback_config.as_ref().map(Sourced::at_key)),
                ("deploy.endpoint_mode", deploy.endpoint_mode.as_ref().map(Sourced::at_key)),
            ];
            for (key, origin) in found {
                let Some(origin) = origin.filter(|o| seen.insert(o.at)) else { continue };
                cx.report(&origin, format!("`{key}` of `{}` has no effect outside of a swarm", service.name))
                    .why("`docker compose up` reads it and goes on without it")
                    .help("remove it, or start the project with `docker stack deploy`");
            }
        }
        let kinds = [("secret", &project.secrets), ("config", &project.configs)];
        for (what, objects) in kinds {
            for (name, object) in objects.iter().filter(|(_, o)| o.external) {
                cx.report(&object.at_key(), format!("the {what} `{name}` is external, and only a swarm has such {what}s"))
                    .why("`docker compose up` stops with \"unsupported external\"")
                    .help(format!("give the {what} a `file`, or start the project with `docker stack deploy`"));
            }
        }
    }
}
