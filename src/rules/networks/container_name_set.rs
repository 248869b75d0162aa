//! A container with a name of its own.

use crate::rules::amend::without_entry;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "container-name-set",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a service names its container, so it can run only once",
        page: page!("container-name-set"),
    },
    rule: &ContainerNameSet,
};

struct ContainerNameSet;

impl Rule for ContainerNameSet {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let Some(name) = service.container_name.as_ref().filter(|n| !n.is_empty()) else { return };
        // A name made with a variable can be another one for each copy of the project.
        if name.origin.variables().next().is_some() {
            return;
        }
        let edits = name.key.and_then(|key| without_entry(cx, key));
        let report = cx.report(&name.at_key(), format!("the container of `{}` has a name of its own, `{}`", service.name, name.value))
            .why("a name belongs to one container of the host: the service cannot be scaled, and a second copy of the project cannot start")
            .help("leave `container_name` out: other services reach it by the name of the service, and `docker compose exec` and `logs` take that too");
        if let Some(edits) = edits {
            let title = format!("remove `container_name`: Compose then calls the container `<project>-{}-1`", service.name);
            report.fix(title, Applicability::Unsafe, edits);
        }
    }
}
