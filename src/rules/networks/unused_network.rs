//! A network that no service joins.

use crate::rules::prelude::*;
use crate::rules::unused;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unused-network",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a declared network that no service joins",
        page: page!("unused-network"),
    },
    rule: &UnusedNetwork,
};

struct UnusedNetwork;

impl Rule for UnusedNetwork {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let joined = |name: &str| project.services.values().any(|s| s.networks.contains_key(name));
        for (name, network) in unused::declared(project, &project.networks) {
            // `default` is joined by every service that names no network; declaring it configures that.
            if name != "default" && !joined(name) {
                let key = network.at_key();
                let fix = mend::remove_unused("network", name, &key, cx);
                cx.report(&key, format!("no service joins the network `{name}`"))
                    .why("Compose does not create it; often the service that should join it was forgotten, so it sits on another network than intended")
                    .help("add it to the `networks` of the service it is for, or remove it")
                .maybe_fix(fix);
            }
        }
    }
}
