//! A line of `.env` that no expression of any project beside it uses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::compose::Role;
use crate::compose::problem::Phase;
use crate::rules::prelude::*;
use crate::source::{FileId, Span};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unused-dotenv-variable",
        topic: Topic::Correctness,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a line of `.env` that no expression uses",
        page: page!("unused-dotenv-variable"),
    },
    rule: &UnusedDotenvVariable,
};

struct UnusedDotenvVariable;

/// Read by Compose, the engine and their helpers themselves.
const OWN: &[&str] = &["COMPOSE_", "DOCKER_", "BUILDKIT_", "BUILDX_"];

impl Rule for UnusedDotenvVariable {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut lines: BTreeMap<FileId, BTreeMap<Span, &str>> = BTreeMap::new();
        let mut used: BTreeMap<FileId, BTreeSet<&str>> = BTreeMap::new();
        let mut given_whole: BTreeSet<&Path> = BTreeSet::new();
        for project in host.projects {
            given_whole.extend(project.services.values().flat_map(|s| &s.env_file).map(|e| Path::new(&e.value.path)));
            let environments = project.services.values().flat_map(|s| s.environment.values());
            let by_name = environments.flat_map(|v| v.origin.variables().map(|(name, _)| name));
            let names: BTreeSet<&str> = project.variables.iter().map(|v| v.name.as_str()).chain(by_name).collect();
            for file in project.files.iter().filter(|f| f.role == Role::DotEnv) {
                if project
                    .problems
                    .iter()
                    .any(|p| p.refused && matches!(p.phase, Phase::Io | Phase::Yaml | Phase::Include | Phase::Extends))
                {
                    given_whole.insert(&file.path);
                }
                used.entry(file.id).or_default().extend(&names);
                let of_file =
                    project.environment.iter().filter_map(|(name, v)| Some((v.at.filter(|at| at.file == file.id)?, name.as_str())));
                lines.entry(file.id).or_default().extend(of_file);
            }
        }
        for (file, lines) in lines {
            if given_whole.contains(cx.sources.get(file).path.as_path()) {
                continue;
            }
            for (at, name) in lines {
                let known = used.get(&file).is_some_and(|u| u.contains(name)) || OWN.iter().any(|o| name.starts_with(o));
                if !known {
                    cx.report(&Origin::at(at), format!("no Compose file here uses `{name}`"))
                        .why("whoever changes it sees no effect: `.env` reaches only `${…}` in the Compose files, not the containers")
                        .help(format!("remove the line, or write `${{{name}}}` where the value is meant to go"));
                }
            }
        }
    }
}
