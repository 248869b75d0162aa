//! A `${NAME}` without a value: Compose puts nothing in its place.

use std::collections::BTreeSet;

use super::expected::Expected;
use super::uses::{in_env_file, is_hash, meant_for_the_shell, service_of};
use crate::compose::{Role, VariableUse};
use crate::ordered::IndexMap;
use crate::rules::prelude::*;
use crate::secret::credential_key;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unset-variable",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a variable has no value, and empty text takes its place",
        page: page!("unset-variable"),
    },
    rule: &UnsetVariable,
};

struct UnsetVariable;

/// How many other uses a finding shows.
const SHOWN: usize = 5;

impl Rule for UnsetVariable {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut uses: IndexMap<&str, Vec<&VariableUse>> = IndexMap::default();
        let mut hashes = BTreeSet::new();
        for used in project.variables.iter().filter(|v| !v.set && v.operator.is_none()) {
            if is_hash(used, cx.sources) {
                // One value, several `$`; and the "name" is a part of the hash, so it is not shown.
                if hashes.insert(used.at) {
                    report_hash(used, cx);
                }
            } else {
                uses.entry(&used.name).or_default().push(used);
            }
        }
        if uses.is_empty() {
            return;
        }
        let expected = Expected::of(project, cx);
        let mut missed: Vec<(&str, Vec<&VariableUse>)> = Vec::new();
        for (name, mut uses) in uses {
            // What the container's shell or an `env_file` was to set is said by `unescaped-dollar` and `env-file-not-interpolated`; what
            // holds a password, by `blank-secret-risk`.
            uses.retain(|u| meant_for_the_shell(u, project).is_none() && in_env_file(u, project).is_none());
            if !uses.is_empty() && expected.is_missed(name) && !credential_key(name) {
                missed.push((name, uses));
            }
        }
        // Where the whole `.env` is missing, that is the one thing to say.
        let has_dot_env = project.files.iter().any(|f| f.role == Role::DotEnv);
        if missed.len() > 2 && !has_dot_env {
            report_all(&missed, cx);
        } else {
            for (name, uses) in &missed {
                let Some(first) = uses.first() else { continue };
                report(name, first, uses, cx);
            }
        }
    }
}

/// One finding for a project that has no `.env` at all.
fn report_all(missed: &[(&str, Vec<&VariableUse>)], cx: &mut Cx) {
    let Some(first) = missed.first().and_then(|(_, uses)| uses.first()) else { return };
    let names: Vec<String> = missed.iter().take(SHOWN).map(|(name, _)| format!("`{name}`")).collect();
    let more = missed.len() - names.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("{} variables have no value, and there is no `.env`: {}{more}", missed.len(), names.join(", "));
    let mut report = cx
        .report(&Origin::at(first.at), message)
        .why("Compose puts empty text in their place and goes on: a missing path, no tag, half an address");
    for (name, at) in missed.iter().skip(1).take(SHOWN - 1).filter_map(|(name, uses)| Some((name, uses.first()?.at))) {
        report = report.related(at, format!("`{name}`"));
    }
    report.help("write an `.env` beside the Compose file that sets them");
}

fn report(name: &str, first: &VariableUse, uses: &[&VariableUse], cx: &mut Cx) {
    let message = match service_of(&first.path) {
        Some(service) => format!("`${{{name}}}` in `{service}` has no value"),
        None => format!("`${{{name}}}` has no value"),
    };
    let mut report = cx
        .report(&Origin::at(first.at), message)
        .why("Compose puts empty text in its place and goes on: a missing path, no tag, half an address");
    let mut shown = BTreeSet::from([first.at]);
    for other in uses {
        if shown.len() <= SHOWN && shown.insert(other.at) {
            report = report.related(other.at, "and used here");
        }
    }
    report.help(format!("set it in `.env`, give a default (`${{{name}:-…}}`), or write `$$` if a plain `$` is meant"));
}

fn report_hash(used: &VariableUse, cx: &mut Cx) {
    let message = match service_of(&used.path) {
        Some(service) => format!("a `$` in this value of `{service}` is read as the beginning of a variable"),
        None => "a `$` in this value is read as the beginning of a variable".to_owned(),
    };
    cx.report(&Origin::at(used.at), message)
        .why("it looks like a password hash: Compose leaves a part of it out, and the password is never accepted")
        .help("write every `$` twice: `$$`");
}
