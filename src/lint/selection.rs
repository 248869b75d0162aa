//! Which rules run.

use crate::finding::Severity;
use crate::rules::{self, Mode, Preset, RuleDef, Settings, Topic};

/// The rules of a run, and what is set for them.
pub struct Selection {
    rules: Vec<&'static RuleDef>,
    settings: Settings,
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
    /// The rules that are recommended in this mode, those of `select` added and those of `ignore` taken away. A name may be a rule, a topic or
    /// a preset. Errors: the first name that is none of these.
    pub fn new(mode: Mode, select: &[String], ignore: &[String]) -> Result<Self, UnknownRule> {
        for name in select.iter().chain(ignore) {
            if !rules::ALL.iter().any(|r| names(r, name, mode)) {
                return Err(UnknownRule { name: name.clone(), nearest: nearest(name) });
            }
        }
        let selected = |r: &RuleDef| Preset::Recommended.has(&r.meta, mode) || select.iter().any(|s| names(r, s, mode));
        // The more particular word wins: `--select floating-tag --ignore images` runs floating-tag.
        let ignored = |r: &RuleDef| {
            ignore.iter().any(|s| names(r, s, mode))
                && !(ignore.iter().all(|s| s != r.meta.name) && select.iter().any(|s| s == r.meta.name))
        };
        let rules = rules::ALL.iter().copied().filter(|r| selected(r) && !ignored(r)).collect();
        Ok(Self { rules, settings: Settings::default() })
    }

    /// Only these rules.
    pub fn only(rules: &[&'static RuleDef]) -> Self {
        Self { rules: rules.to_vec(), settings: Settings::default() }
    }

    /// The options that are set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The rules.
    pub fn rules(&self) -> &[&'static RuleDef] {
        &self.rules
    }
}

fn names(rule: &RuleDef, name: &str, mode: Mode) -> bool {
    let meta = &rule.meta;
    meta.name == name || meta.topic.name() == name || Preset::ALL.iter().any(|p| p.name() == name && p.has(meta, mode))
}

/// The rule, topic or preset most like a name, if any is near enough to have been meant.
fn nearest(name: &str) -> Option<&'static str> {
    let topics = Topic::ALL.iter().map(|t| t.name());
    let presets = Preset::ALL.iter().map(|p| p.name());
    crate::nearest::nearest(name, rules::ALL.iter().map(|r| r.meta.name).chain(topics).chain(presets))
}

/// True if a finding of this severity fails a run with this threshold; `None` never fails.
pub fn fails(severity: Severity, fail_on: Option<Severity>) -> bool {
    fail_on.is_some_and(|threshold| severity <= threshold)
}
