//! Which rules run.

use crate::finding::Severity;
use crate::rules::{self, Default, Mode, RuleDef, Topic};

/// The rules of a run.
pub struct Selection {
    rules: Vec<&'static RuleDef>,
}

/// A name that no rule has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no rule `{name}`{}", nearest.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
pub struct UnknownRule {
    /// The name as given.
    pub name: String,
    /// The rule whose name is most like it.
    pub nearest: Option<&'static str>,
}

impl Selection {
    /// The rules that run by default in this mode, those of `select` added and those of `ignore` taken away. A name may be a rule, a topic, or
    /// `all`. Errors: the first name that is none of these.
    pub fn new(mode: Mode, select: &[String], ignore: &[String]) -> Result<Self, UnknownRule> {
        for name in select.iter().chain(ignore) {
            if !rules::ALL.iter().any(|r| names(r, name)) {
                return Err(UnknownRule { name: name.clone(), nearest: nearest(name) });
            }
        }
        let default = |r: &RuleDef| match r.meta.default {
            Default::On => true,
            Default::Audit => mode == Mode::Audit,
            Default::Off => false,
        };
        let selected = |r: &RuleDef| default(r) || select.iter().any(|s| names(r, s));
        // The more particular word wins: `--select floating-tag --ignore images` runs floating-tag.
        let ignored = |r: &RuleDef| {
            ignore.iter().any(|s| names(r, s)) && !(ignore.iter().all(|s| s != r.meta.name) && select.iter().any(|s| s == r.meta.name))
        };
        Ok(Self { rules: rules::ALL.iter().copied().filter(|r| selected(r) && !ignored(r)).collect() })
    }

    /// Only these rules.
    pub fn only(rules: &[&'static RuleDef]) -> Self {
        Self { rules: rules.to_vec() }
    }

    /// The rules.
    pub fn rules(&self) -> &[&'static RuleDef] {
        &self.rules
    }
}

fn names(rule: &RuleDef, name: &str) -> bool {
    rule.meta.name == name || rule.meta.topic.name() == name || name == "all"
}

/// The rule or topic most like a name, if any is near enough to have been meant.
fn nearest(name: &str) -> Option<&'static str> {
    let topics = [
        Topic::Correctness,
        Topic::Modularity,
        Topic::Volumes,
        Topic::Networks,
        Topic::Secrets,
        Topic::Security,
        Topic::Images,
        Topic::Host,
    ];
    let known = rules::ALL.iter().map(|r| r.meta.name).chain(topics.map(Topic::name));
    crate::nearest::nearest(name, known)
}

/// True if a finding of this severity fails a run with this threshold; `None` never fails.
pub fn fails(severity: Severity, fail_on: Option<Severity>) -> bool {
    fail_on.is_some_and(|threshold| severity <= threshold)
}
