//! Files that cannot be started as they lie there: others complete them.

use std::collections::BTreeSet;

use crate::ordered::IndexMap;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "incomplete-alone",
        topic: Topic::Modularity,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a project cannot be started by itself, because something else completes it",
        page: page!("incomplete-alone"),
    },
    rule: &IncompleteAlone,
};

struct IncompleteAlone;

/// How many other places a finding shows.
const SHOWN: usize = 5;

impl Rule for IncompleteAlone {
    /// Files that go on top of others are one finding; else what several projects lack is one for each thing that they lack.
    fn host(&self, host: &Host, cx: &mut Cx) {
        let mut overlays: Vec<&Origin> = Vec::new();
        let mut habits: IndexMap<(ProblemKind, &str), Vec<&Origin>> = IndexMap::default();
        for project in host.projects {
            let Some(incomplete) = &project.incomplete else { continue };
            let mut seen = BTreeSet::new();
            for lack in &incomplete.lacks {
                let Some(origin) = &lack.problem.origin else { continue };
                if incomplete.overlay {
                    if lack.problem.kind == ProblemKind::MissingImage && seen.is_empty() {
                        seen.insert((lack.problem.kind, &lack.name));
                        overlays.push(origin);
                    }
                } else if seen.insert((lack.problem.kind, &lack.name)) {
                    habits.entry((lack.problem.kind, &lack.name)).or_default().push(origin);
                }
            }
        }
        if let Some((first, others)) = overlays.split_first() {
            let message = match others.len() {
                0 => "this file cannot be started by itself: a service in it has no image".to_owned(),
                n => format!("this file and {n} more cannot be started by themselves: services in them have no image"),
            };
            related(cx.report(first, message), others)
                .why("such a file goes on top of others (`-f`), and which these are is not known, so it could be checked only in part")
                .help("name the files that go together under `projects` in `.composelint.yaml`");
        }
        for ((kind, name), origins) in habits {
            let Some((first, others)) = origins.split_first() else { continue };
            let message = format!("{} projects here use {} `{name}`, which none of them defines", origins.len(), what(kind));
            related(cx.report(first, message).severity(Severity::Warning), others)
                .why("Compose refuses each of them as it lies there, unless a tool or another file (`-f`) completes it first")
                .help("name the files that go together under `projects` in `.composelint.yaml`, or define it in each of them");
        }
    }
}

fn related<'a>(report: crate::rules::Report<'a>, others: &[&Origin]) -> crate::rules::Report<'a> {
    others.iter().take(SHOWN).fold(report, |report, origin| report.related(origin.at, "and this one"))
}

/// What is missing, in Compose's words.
fn what(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::UndefinedNetwork => "network",
        ProblemKind::UndefinedVolume => "volume",
        ProblemKind::UndefinedSecret => "secret",
        ProblemKind::UndefinedConfig => "config",
        ProblemKind::UndefinedModel => "model",
        _ => "service",
    }
}
