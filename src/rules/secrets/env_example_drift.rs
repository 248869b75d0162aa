//! An example of the `.env` that no longer says all that is needed.

use std::collections::BTreeSet;

use crate::compose::variables::is_ambient;
use crate::rules::correctness::expected;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "env-example-drift",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a variable is missing in the project's `.env.example`",
        page: page!("env-example-drift"),
    },
    rule: &EnvExampleDrift,
};

struct EnvExampleDrift;

impl Rule for EnvExampleDrift {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let listed = expected::examples(project, cx);
        // Without an example file nothing can be missing in it.
        if listed.is_empty() {
            return;
        }
        let mut said = BTreeSet::new();
        for variable in &project.variables {
            let name = variable.name.as_str();
            // What has a default need not be in the example.
            let default = variable.operator.as_ref().is_some_and(|(op, _)| !op.ends_with('?'));
            if is_ambient(name) || default || listed.contains(name) || !said.insert(name) {
                continue;
            }
            cx.report(&Origin::at(variable.at), format!("`{name}` is used here, and the example of the `.env` does not have it"))
                .why("whoever copies the example starts without it, and Compose puts an empty text in its place or refuses")
                .help(format!("add a line `{name}=` to the example, with a word about what belongs there"));
        }
    }
}
