//! A password that is empty when somebody forgets to set it.

use std::collections::BTreeSet;

use crate::rules::prelude::*;
use crate::secret;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "blank-secret-risk",
        topic: Topic::Secrets,
        severity: Severity::Info,
        audit_severity: Some(Severity::Warning),
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a password that is empty as long as nobody sets it",
        page: page!("blank-secret-risk"),
    },
    rule: &BlankSecretRisk,
};

struct BlankSecretRisk;

impl Rule for BlankSecretRisk {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut said = BTreeSet::new();
        for variable in &project.variables {
            if variable.set || variable.operator.is_some() || !secret::credential_key(&variable.name) || !said.insert(&variable.name) {
                continue;
            }
            let mut report = cx.report(&Origin::at(variable.at), format!("`{}` is not set here, and it may be empty", variable.name));
            for other in project.variables.iter().filter(|v| v.name == variable.name && v.at != variable.at).take(5) {
                report = report.related(other.at, "used here too");
            }
            report
                .why("Compose puts an empty text in its place and only warns: the service starts with an empty secret")
                .help(format!("write `${{{}:?}}`: then Compose refuses to start without a value", variable.name));
        }
    }
}
