//! Which rules run, where, how severe, and with which options: made from the mode, the configuration and the flags.
//!
//! What is said later counts, and in one place the more particular word: presets, then `rules` (a topic, then a rule), then each override
//! whose paths match, then the flags. `--ignore` always wins, `--select` of a rule too; `--select` of a topic or preset does not bring back
//! what the configuration switched off by name.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::config::{Config, Level, Override, Patterns, RuleEntry, Subject};
use crate::finding::Severity;
use crate::rules::{self, Mode, Preset, RuleDef, Settings, Topic};

/// The rules of a run, and what is set for them.
pub struct Selection {
    rules: Vec<&'static RuleDef>,
    /// What holds where no override says otherwise, for every rule.
    verdicts: BTreeMap<&'static str, Verdict>,
    flags: BTreeMap<&'static str, Flag>,
    settings: Settings,
    overrides: Vec<Layer>,
    exclude: Patterns,
}

/// What the flags say about a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flag {
    /// Selected with its topic or a preset.
    Selected,
    /// Selected by name.
    Named,
    Ignored,
}

/// What the presets and the configuration say about a rule.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Verdict {
    runs: bool,
    /// The rule itself was named, and not only its topic.
    named: bool,
    severity: Option<Severity>,
}

impl Verdict {
    fn apply(&mut self, level: Level, named: bool) {
        self.named = named;
        match level {
            Level::Off => self.runs = false,
            Level::On => self.runs = true,
            Level::As(severity) => {
                self.runs = true;
                self.severity = Some(severity);
            }
        }
    }
}

/// An override.
struct Layer {
    paths: Patterns,
    levels: BTreeMap<&'static str, Vec<(Level, bool)>>,
    settings: Settings,
}

impl Layer {
    fn new(stated: &Override) -> Self {
        let mut levels: BTreeMap<&'static str, Vec<(Level, bool)>> = BTreeMap::new();
        for (rule, level, named) in by_rule(&stated.rules) {
            levels.entry(rule.meta.name).or_default().push((level, named));
        }
        Self { paths: stated.paths.clone(), levels, settings: settings(&stated.rules) }
    }
}

/// The levels that some entries give to each rule, those of topics first.
fn by_rule(entries: &[RuleEntry]) -> Vec<(&'static RuleDef, Level, bool)> {
    let (mut topics, mut named) = (Vec::new(), Vec::new());
    for entry in entries {
        let Some(level) = entry.level else { continue };
        match entry.subject {
            Subject::Topic(topic) => topics.extend(rules::ALL.iter().filter(|r| r.meta.topic == topic).map(|r| (*r, level, false))),
            Subject::Rule(rule) => named.push((rule, level, true)),
        }
    }
    topics.extend(named);
    topics
}

fn settings(entries: &[RuleEntry]) -> Settings {
    let mut settings = Settings::default();
    for entry in entries {
        if let Subject::Rule(rule) = entry.subject {
            for (option, value, _) in &entry.options {
                settings.set(rule.meta.name, option, value.clone());
            }
        }
    }
    settings
}

/// What the flags of a command say about rules. A name may be a rule, a topic or a preset.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flags<'a> {
    /// `--preset`: the rules to start from, in place of those of the configuration.
    pub preset: &'a [Preset],
    /// `--select`.
    pub select: &'a [String],
    /// `--ignore`.
    pub ignore: &'a [String],
}

/// A name that no rule, topic or preset has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no rule, topic or preset `{name}`")]
pub struct UnknownRule {
    /// The name as given.
    pub name: String,
    /// What is called most like it.
    pub nearest: Option<&'static str>,
}

/// The names among these that no rule, topic or preset has, each once.
pub fn unknown<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<UnknownRule> {
    let mut out: Vec<UnknownRule> = Vec::new();
    for name in names {
        if !is_known(name) && !out.iter().any(|u| u.name == *name) {
            out.push(UnknownRule { name: name.clone(), nearest: nearest(name) });
        }
    }
    out
}

/// One run of a rule: with these settings, for the findings at some places.
pub(super) struct Pass<'a> {
    pub(super) rule: &'static RuleDef,
    pub(super) settings: Cow<'a, Settings>,
    /// The overrides that set an option of the rule, and which of them hold at the places that this pass is for; `None`: it is for all places.
    share: Option<Share>,
}

struct Share {
    setters: Vec<usize>,
    at: Vec<usize>,
    /// What the other passes are for. A place that is for none of them belongs to the one without overrides.
    all: Arc<BTreeSet<Vec<usize>>>,
}

impl Selection {
    /// The rules that are recommended in this mode, those of `select` added and those of `ignore` taken away: what holds without a
    /// configuration. Errors: the first name that is unknown.
    pub fn new(mode: Mode, select: &[String], ignore: &[String]) -> Result<Self, UnknownRule> {
        Self::configured(mode, &Config::default(), &Flags { select, ignore, ..Flags::default() })
    }

    /// What the configuration and the flags say. Errors: the first name in the flags that is neither rule nor topic nor preset.
    pub fn configured(mode: Mode, config: &Config, flags: &Flags) -> Result<Self, UnknownRule> {
        if let Some(unknown) = unknown(flags.select.iter().chain(flags.ignore)).into_iter().next() {
            return Err(unknown);
        }
        let named = |names: &[String], rule: &RuleDef| names.iter().any(|n| n == rule.meta.name);
        let meant = |names: &[String], rule: &RuleDef| names.iter().any(|n| names_rule(rule, n, mode));
        let flag = |rule: &RuleDef| {
            // The more particular word wins: `--select floating-tag --ignore images` runs floating-tag.
            let (select, ignore) = (flags.select, flags.ignore);
            match () {
                () if named(ignore, rule) => Some(Flag::Ignored),
                () if named(select, rule) => Some(Flag::Named),
                () if meant(ignore, rule) => Some(Flag::Ignored),
                () if meant(select, rule) => Some(Flag::Selected),
                () => None,
            }
        };
        let flags_of = rules::ALL.iter().filter_map(|r| Some((r.meta.name, flag(r)?))).collect();
        Ok(Self::of(base(mode, config, flags.preset), config, flags_of))
    }

    /// Only these rules.
    pub fn only(rules: &[&'static RuleDef]) -> Self {
        Self::only_configured(rules, &Config::default())
    }

    /// Only these rules, as the configuration sets them.
    pub fn only_configured(rules: &[&'static RuleDef], config: &Config) -> Self {
        let names: BTreeSet<&str> = rules.iter().map(|r| r.meta.name).collect();
        let verdict = |runs| Verdict { runs, ..Verdict::default() };
        let base = rules::ALL.iter().map(|r| (r.meta.name, verdict(names.contains(r.meta.name)))).collect();
        let ignored = rules::ALL.iter().filter(|r| !names.contains(r.meta.name)).map(|r| (r.meta.name, Flag::Ignored)).collect();
        Self::of(base, config, ignored)
    }

    fn of(mut verdicts: BTreeMap<&'static str, Verdict>, config: &Config, flags: BTreeMap<&'static str, Flag>) -> Self {
        for (rule, level, named) in by_rule(&config.rules) {
            verdicts.entry(rule.meta.name).or_default().apply(level, named);
        }
        let mut selection = Self {
            rules: Vec::new(),
            verdicts,
            flags,
            settings: settings(&config.rules),
            overrides: config.overrides.iter().map(Layer::new).collect(),
            exclude: config.exclude.clone(),
        };
        selection.rules = rules::ALL.iter().copied().filter(|r| selection.runs_somewhere(r.meta.name)).collect();
        selection
    }

    /// The options that are set, overrides left out.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The rules that run, at all places or at some.
    pub fn rules(&self) -> &[&'static RuleDef] {
        &self.rules
    }

    fn runs(&self, rule: &str, verdict: Verdict) -> bool {
        match self.flags.get(rule) {
            Some(Flag::Ignored) => false,
            Some(Flag::Named) => true,
            Some(Flag::Selected) => verdict.runs || !verdict.named,
            None => verdict.runs,
        }
    }

    fn runs_somewhere(&self, rule: &str) -> bool {
        let verdict = self.verdicts.get(rule).copied().unwrap_or_default();
        self.runs(rule, verdict)
            || self.overrides.iter().filter_map(|l| l.levels.get(rule)).flatten().any(|(level, named)| {
                let mut there = verdict;
                there.apply(*level, *named);
                self.runs(rule, there)
            })
    }

    /// Whether a rule judges what is written at this path, and the severity that the user gives to it there.
    pub fn level(&self, rule: &str, path: &Path) -> Level {
        let mut verdict = self.verdicts.get(rule).copied().unwrap_or_default();
        for layer in &self.overrides {
            let Some(levels) = layer.levels.get(rule) else { continue };
            if layer.paths.cover(path, false) {
                for (level, named) in levels {
                    verdict.apply(*level, *named);
                }
            }
        }
        match verdict.severity {
            _ if !self.runs(rule, verdict) || self.exclude.cover(path, false) => Level::Off,
            Some(severity) => Level::As(severity),
            None => Level::On,
        }
    }

    /// The runs of all rules: one a rule, or several where overrides set options. `paths` are those that findings may be at.
    pub(super) fn passes(&self, paths: &[&Path]) -> Vec<Pass<'_>> {
        let mut out = Vec::new();
        for rule in &self.rules {
            let setters: Vec<usize> =
                self.overrides.iter().enumerate().filter(|(_, l)| l.settings.concern(rule.meta.name)).map(|(i, _)| i).collect();
            if setters.is_empty() {
                out.push(Pass { rule, settings: Cow::Borrowed(&self.settings), share: None });
                continue;
            }
            let mut combinations: BTreeSet<Vec<usize>> = paths.iter().map(|p| self.setters(&setters, p)).collect();
            combinations.insert(Vec::new());
            let all = Arc::new(combinations);
            for at in all.iter() {
                let mut settings = self.settings.clone();
                for layer in at.iter().filter_map(|i| self.overrides.get(*i)) {
                    settings = settings.overlaid(&layer.settings);
                }
                let share = Share { setters: setters.clone(), at: at.clone(), all: Arc::clone(&all) };
                out.push(Pass { rule, settings: Cow::Owned(settings), share: Some(share) });
            }
        }
        out
    }

    fn setters(&self, among: &[usize], path: &Path) -> Vec<usize> {
        let matches = |i: &&usize| self.overrides.get(**i).is_some_and(|l| l.paths.cover(path, false));
        among.iter().filter(matches).copied().collect()
    }

    /// True if a finding of this pass at this path is to be told: the passes of one rule share the places among them.
    pub(super) fn belongs(&self, pass: &Pass, path: &Path) -> bool {
        let Some(share) = &pass.share else { return true };
        let here = self.setters(&share.setters, path);
        here == share.at || share.at.is_empty() && !share.all.contains(&here)
    }
}

/// The rules that the presets have.
fn base(mode: Mode, config: &Config, flags: &[Preset]) -> BTreeMap<&'static str, Verdict> {
    let presets = match (flags, config.presets.as_slice()) {
        ([], []) => &[Preset::Recommended][..],
        ([], presets) => presets,
        (flags, _) => flags,
    };
    let runs = |rule: &RuleDef| presets.iter().any(|p| p.has(&rule.meta, mode));
    rules::ALL.iter().map(|r| (r.meta.name, Verdict { runs: runs(r), ..Verdict::default() })).collect()
}

fn is_known(name: &str) -> bool {
    rules::find(name).is_some() || Topic::ALL.iter().any(|t| t.name() == name) || Preset::ALL.iter().any(|p| p.name() == name)
}

fn names_rule(rule: &RuleDef, name: &str, mode: Mode) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::Loader;
    use crate::fs::MemFs;
    use crate::source::Sources;

    fn config(text: &str) -> Config {
        let fs = MemFs::new().file("/p/.composelint.yaml", text);
        let sources = Sources::new();
        Config::read(&Loader::new(&fs, &sources), Path::new("/p/.composelint.yaml")).unwrap()
    }

    fn selected(text: &str, select: &[&str], ignore: &[&str]) -> Selection {
        let owned = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let (select, ignore) = (owned(select), owned(ignore));
        Selection::configured(Mode::Check, &config(text), &Flags { select: &select, ignore: &ignore, ..Flags::default() }).unwrap()
    }

    fn at(selection: &Selection, rule: &str, path: &str) -> Level {
        selection.level(rule, Path::new(path))
    }

    const EVERYWHERE: &str = "/p/compose.yaml";

    #[test]
    fn presets_take_the_place_of_the_default() {
        let security = selected("presets: security\n", &[], &[]);
        assert_eq!(at(&security, "privileged", EVERYWHERE), Level::On);
        assert_eq!(at(&security, "undefined-network", EVERYWHERE), Level::Off);
        let both = selected("presets: [recommended, security]\n", &[], &[]);
        assert_eq!(at(&both, "undefined-network", EVERYWHERE), Level::On);
        let config = config("presets: security\n");
        let flags = Flags { preset: &[Preset::Recommended], ..Flags::default() };
        let flagged = Selection::configured(Mode::Check, &config, &flags).unwrap();
        assert_eq!(at(&flagged, "undefined-network", EVERYWHERE), Level::On);
    }

    #[test]
    fn the_name_of_a_rule_counts_more_than_its_topic() {
        let text = "rules: {privileged: error, security: off, networks: info}\n";
        let selection = selected(text, &[], &[]);
        assert_eq!(at(&selection, "privileged", EVERYWHERE), Level::As(Severity::Error));
        assert_eq!(at(&selection, "container-socket", EVERYWHERE), Level::Off);
        assert_eq!(at(&selection, "undefined-network", EVERYWHERE), Level::As(Severity::Info));
    }

    #[test]
    fn overrides_hold_for_their_paths_and_the_last_one_wins() {
        let text = "\
rules: {privileged: off}
overrides:
  - {paths: [lab/], rules: {privileged: error, floating-tag: off}}
  - {paths: [lab/old/], rules: {security: off}}
";
        let selection = selected(text, &[], &[]);
        assert_eq!(at(&selection, "privileged", EVERYWHERE), Level::Off);
        assert_eq!(at(&selection, "privileged", "/p/lab/compose.yaml"), Level::As(Severity::Error));
        assert_eq!(at(&selection, "privileged", "/p/lab/old/compose.yaml"), Level::Off);
        assert_eq!(at(&selection, "floating-tag", "/p/lab/old/compose.yaml"), Level::Off);
        assert_eq!(at(&selection, "floating-tag", EVERYWHERE), Level::On);
        assert!(selection.rules().iter().any(|r| r.meta.name == "privileged"), "it runs somewhere");
        let here = selected("overrides: [{paths: [lab/], rules: {floating-tag: off}}]\n", &[], &["privileged"]);
        assert_eq!(at(&here, "privileged", "/p/lab/compose.yaml"), Level::Off);
    }

    #[test]
    fn flags_win_over_the_file() {
        let text = "rules: {privileged: off, container-socket: error}\n";
        assert_eq!(at(&selected(text, &["privileged"], &[]), "privileged", EVERYWHERE), Level::On);
        assert_eq!(at(&selected(text, &["security"], &[]), "privileged", EVERYWHERE), Level::Off, "switched off by name");
        assert_eq!(at(&selected(text, &[], &["security"]), "container-socket", EVERYWHERE), Level::Off);
        assert_eq!(at(&selected("rules: {security: off}\n", &["security"], &[]), "privileged", EVERYWHERE), Level::On);
        let particular = selected("", &["floating-tag"], &["images"]);
        assert_eq!(at(&particular, "floating-tag", EVERYWHERE), Level::On);
    }

    #[test]
    fn nothing_is_said_about_excluded_paths() {
        let selection = selected("exclude: [old/, \"!old/kept/\"]\n", &["all"], &[]);
        assert_eq!(at(&selection, "privileged", "/p/old/compose.yaml"), Level::Off);
        assert_eq!(at(&selection, "privileged", EVERYWHERE), Level::On);
    }
}
