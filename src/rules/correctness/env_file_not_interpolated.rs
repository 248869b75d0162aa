//! A `${NAME}` without a value that an `env_file` of the service sets: env files reach the container only.

use std::collections::BTreeSet;

use super::expected::Expected;
use super::uses::{in_env_file, unset};
use crate::compose::VariableUse;
use crate::compose::value::Step;
use crate::ordered::IndexMap;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "env-file-not-interpolated",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a variable is set in an `env_file` only, which `${…}` never sees",
        page: page!("env-file-not-interpolated"),
    },
    rule: &EnvFileNotInterpolated,
};

struct EnvFileNotInterpolated;

/// How many other uses a finding shows.
const SHOWN: usize = 5;

impl Rule for EnvFileNotInterpolated {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut names: IndexMap<&str, Vec<(&VariableUse, &Service, &Origin)>> = IndexMap::default();
        for used in unset(project, cx) {
            if let Some((service, line)) = in_env_file(used, project) {
                names.entry(&used.name).or_default().push((used, service, line));
            }
        }
        if names.is_empty() {
            return;
        }
        let expected = Expected::of(project, cx);
        for (name, uses) in names {
            let Some((first, service, line)) = uses.first().filter(|_| !expected.is_elsewhere(name)) else { continue };
            let blanked = service.environment.get(name).is_some_and(|v| v.origin.at == first.at);
            let mut report = cx.report(
                &Origin::at(first.at),
                format!("`${{{name}}}` in `{}` has no value: its `env_file` reaches only the container", service.name),
            );
            if let Some(Step::File(at)) = line.via.iter().find(|s| matches!(s, Step::File(_))) {
                report = report.related(*at, "this env file sets it, for the container");
            }
            let mut shown = BTreeSet::from([first.at]);
            for (other, ..) in &uses {
                if shown.len() <= SHOWN && shown.insert(other.at) {
                    report = report.related(other.at, "and used here");
                }
            }
            if blanked {
                report
                    .why("`environment` wins over the env file, so the container gets empty text instead of the value from there")
                    .help("remove this line, because the env file sets the variable already; or set it in `.env`");
            } else {
                report
                    .why("Compose fills in `${…}` from `.env` and its own environment; here it puts empty text in the place and goes on")
                    .help(format!("set `{name}` in `.env` too, or write `$${name}` if the shell in the container is to fill it in"));
            }
        }
    }
}
