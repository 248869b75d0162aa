//! From the text of the configuration to what it says, all mistakes at once. Knows which keys there are and what they take.

use std::path::Path;

use super::standard::{POINTS, Point};
use super::{Config, Level, Mistake, Override, Patterns, RuleEntry, Stated, Subject};
use crate::compose::{Loader, Semantics};
use crate::finding::Severity;
use crate::fs;
use crate::nearest::nearest;
use crate::rules::{self, OptionDef, OptionDefault, OptionValue, Preset, RuleDef, Topic};
use crate::source::{Source, Span};
use crate::yaml::{Entry, Kind, NodeId, Style, Tree};

/// Every key of the file.
pub(super) const KEYS: &[&str] =
    &["compose-version", "presets", "rules", "overrides", "exclude", "projects", "hosts", "fail-on", "baseline", "standard"];
/// Every key of an override.
pub(super) const OVERRIDE_KEYS: &[&str] = &["paths", "rules"];
/// Every key of an environment of a project.
pub(super) const ENVIRONMENT_KEYS: &[&str] = &["directory", "files", "profiles", "env-files", "name"];
/// Every key of a project.
pub(super) const PROJECT_KEYS: &[&str] = &["directory", "files", "profiles", "env-files", "name", "environments"];
/// The words that `fail-on` takes.
pub(super) const FAIL_ON: &[&str] = &["error", "warning", "info", "never"];
/// The words that a rule takes.
pub(super) const LEVELS: &[&str] = &["off", "on", "error", "warning", "info"];

/// More mistakes than this are not told: the file is none of ours.
const MISTAKES: usize = 50;
/// More values than this are not read: aliases can make a small file long.
const VALUES: usize = 20_000;

pub(super) fn read(loader: &Loader, path: &Path) -> Result<Config, Vec<Mistake>> {
    let parsed = loader.open(path).map_err(|unreadable| {
        let at = unreadable.at.map(|at| loader.sources.get(at.file).position(at.start));
        // The place is told before it.
        let message = match unreadable.message.strip_prefix(&format!("{}: ", path.display())) {
            Some(rest) if at.is_some() => rest.to_owned(),
            _ => unreadable.message,
        };
        vec![Mistake { at, message, help: unreadable.help }]
    })?;
    let source = loader.sources.get(parsed.id);
    let directory = path.parent().unwrap_or(path);
    let mut reader = Reader { tree: &parsed.tree, source: &source, directory, mistakes: Vec::new(), values: 0, full: false };
    let mut config = Config { file: Some(parsed.id), path: path.to_path_buf(), ..Config::default() };
    for error in &parsed.tree.errors {
        reader.at(error.span, error.message.clone(), error.help.clone());
    }
    // What is left of a file that is not YAML would only be misread.
    if reader.mistakes.is_empty() {
        reader.documents(&mut config);
    }
    let mut mistakes = reader.mistakes;
    mistakes.sort_by_key(|(at, _)| (at.start, at.end));
    mistakes.truncate(MISTAKES);
    let mistakes: Vec<Mistake> = mistakes.into_iter().map(|(_, mistake)| mistake).collect();
    if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
}

struct Reader<'t> {
    tree: &'t Tree,
    source: &'t Source,
    directory: &'t Path,
    mistakes: Vec<(Span, Mistake)>,
    values: usize,
    /// More was said than is read.
    full: bool,
}

impl<'t> Reader<'t> {
    fn at(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        let at = Some(self.source.position(span.start));
        self.mistakes.push((span, Mistake { at, message: message.into(), help }));
    }

    fn wrong(&mut self, node: NodeId, message: impl Into<String>, help: impl Into<String>) {
        self.at(self.tree.node(node).span, message, Some(help.into()));
    }

    /// A word that is none of those that are accepted.
    fn unknown(&mut self, node: NodeId, message: String, accepted: &[&'static str]) {
        let word = self.tree.text(node).unwrap_or_default();
        let help = match nearest(word, accepted.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{} are accepted", list(accepted)),
        };
        self.wrong(node, message, help);
    }

    /// False once too much was read: then nothing more is.
    fn count(&mut self, node: NodeId) -> bool {
        self.values += 1;
        if self.values >= VALUES && !self.full {
            self.full = true;
            self.wrong(node, "this file says more than a configuration can", "leave out the aliases that repeat long lists");
        }
        !self.full
    }

    fn is_null(&self, node: NodeId) -> bool {
        match &self.tree.node(self.tree.deref(node)).kind {
            Kind::Scalar(scalar) => scalar.style == Style::Plain && matches!(&*scalar.text, "" | "~" | "null"),
            _ => false,
        }
    }

    /// A text. Errors: it is something else.
    fn text(&mut self, node: NodeId, what: &str) -> Option<&'t str> {
        let text = self.tree.text(node).filter(|t| !t.is_empty());
        if text.is_none() {
            self.wrong(node, format!("{what} must be a text"), "write one value here");
        }
        text
    }

    /// Some texts, or one.
    fn texts(&mut self, node: NodeId, what: &str) -> Vec<(String, Span)> {
        let tree = self.tree;
        if self.is_null(node) {
            return Vec::new();
        }
        match &tree.node(tree.deref(node)).kind {
            Kind::Sequence { items, .. } => {
                let mut out = Vec::new();
                for item in items {
                    if !self.count(*item) {
                        break;
                    }
                    if let Some(text) = self.text(*item, &format!("each item of {what}")) {
                        out.push((text.to_owned(), tree.node(*item).span));
                    }
                }
                out
            }
            Kind::Scalar(scalar) => vec![(scalar.text.to_string(), tree.node(node).span)],
            _ => {
                self.wrong(node, format!("{what} must be a list of texts"), "write a list: `[a, b]`");
                Vec::new()
            }
        }
    }

    /// The entries of a mapping whose keys are texts, each once.
    fn mapping(&mut self, node: NodeId, what: &str) -> Vec<(&'t str, Entry)> {
        let tree = self.tree;
        if self.is_null(node) {
            return Vec::new();
        }
        let Kind::Mapping { entries, .. } = &tree.node(tree.deref(node)).kind else {
            self.wrong(node, format!("{what} must be a mapping of keys to values"), "write `key: value`");
            return Vec::new();
        };
        let mut out: Vec<(&str, Entry)> = Vec::new();
        let mut seen = std::collections::BTreeMap::new();
        for entry in entries {
            if !self.count(entry.key) {
                break;
            }
            let Some(key) = tree.text(entry.key) else {
                self.wrong(entry.key, "a key must be a text", "write `key: value`");
                continue;
            };
            if let Some(first) = seen.insert(key, entry.key) {
                let line = self.source.position(tree.node(first).span.start).line;
                self.wrong(entry.key, format!("`{key}` is written twice, first in line {line}"), "write it once");
                continue;
            }
            out.push((key, *entry));
        }
        out
    }

    /// The items of a list.
    fn items(&mut self, node: NodeId, what: &str) -> &'t [NodeId] {
        let tree = self.tree;
        match &tree.node(tree.deref(node)).kind {
            Kind::Sequence { items, .. } => items,
            _ if self.is_null(node) => &[],
            _ => {
                self.wrong(node, format!("{what} must be a list"), "begin each item with `- `");
                &[]
            }
        }
    }

    fn patterns(&mut self, node: NodeId, what: &str) -> Patterns {
        let texts = self.texts(node, what);
        match Patterns::new(self.directory, texts) {
            Ok(patterns) => patterns,
            Err(errors) => {
                for (at, message) in errors {
                    self.at(at, message, Some("patterns are written as in `.gitignore`: `docs/`, `*.example.yaml`, `/old/**`".into()));
                }
                Patterns::default()
            }
        }
    }

    fn documents(&mut self, config: &mut Config) {
        let tree = self.tree;
        let mut filled = tree.documents.iter().filter(|d| tree.text(d.root) != Some(""));
        if let Some(document) = filled.next() {
            self.root(document.root, config);
        }
        if let Some(second) = filled.next() {
            self.at(second.span, "a configuration is one document", Some("remove the `---`".into()));
        }
    }

    fn root(&mut self, root: NodeId, config: &mut Config) {
        for (key, entry) in self.mapping(root, "the configuration") {
            let value = entry.value;
            match key {
                "compose-version" => config.compose_version = self.compose_version(value),
                "presets" => config.presets = self.presets(value),
                "rules" => config.rules = self.rules(value),
                "overrides" => config.overrides = self.overrides(value),
                "exclude" => config.exclude = self.patterns(value, "`exclude`"),
                "projects" => config.projects = self.projects(value),
                "hosts" => config.hosts = self.patterns(value, "`hosts`"),
                "fail-on" => config.fail_on = self.fail_on(value),
                "baseline" => config.baseline = self.text(value, "`baseline`").map(|file| fs::join(self.directory, Path::new(file))),
                "standard" => config.standard = self.standard(value),
                _ => self.unknown(entry.key, format!("`{key}` is no key of the configuration"), KEYS),
            }
        }
    }

    fn standard(&mut self, value: NodeId) -> Vec<&'static Point> {
        let mut names = Vec::new();
        for (name, at) in self.texts(value, "`standard`") {
            if let Some(point) = POINTS.iter().find(|p| p.name == name) {
                names.push(point.name);
                continue;
            }
            let known: Vec<&str> = POINTS.iter().map(|p| p.name).collect();
            let help = match nearest(&name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{} are accepted", list(&known)),
            };
            self.at(at, format!("there is no point `{name}` of a standard"), Some(help));
        }
        POINTS.iter().filter(|p| names.contains(&p.name)).collect()
    }

    fn compose_version(&mut self, value: NodeId) -> Option<Semantics> {
        let version = self.tree.text(value).and_then(Semantics::of_version);
        if version.is_none() {
            let help = "write `compose-version: \"2.40\"` or `compose-version: \"5\"`";
            self.wrong(value, "this is no version of Compose whose answers are known", help);
        }
        version
    }

    fn presets(&mut self, value: NodeId) -> Vec<Preset> {
        const NAMES: [&str; 5] = ["recommended", "strict", "security", "style", "all"];
        let mut presets = Vec::new();
        for (name, at) in self.texts(value, "`presets`") {
            if let Some(preset) = Preset::ALL.iter().find(|p| p.name() == name) {
                presets.push(*preset);
                continue;
            }
            let help = match nearest(&name, NAMES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{} are accepted", list(&NAMES)),
            };
            self.at(at, format!("there is no preset `{name}`"), Some(help));
        }
        presets
    }

    #[allow(clippy::option_option)] // not given, never, or a severity
    fn fail_on(&mut self, value: NodeId) -> Option<Option<Severity>> {
        let word = self.tree.text(value).unwrap_or_default();
        let read = if word == "never" { Some(None) } else { severity(word).map(Some) };
        if read.is_none() {
            self.unknown(value, "this is no severity".into(), FAIL_ON);
        }
        read
    }

    fn rules(&mut self, value: NodeId) -> Vec<RuleEntry> {
        let mut out = Vec::new();
        for (name, entry) in self.mapping(value, "`rules`") {
            let at = self.tree.node(entry.key).span;
            let subject = match (rules::find(name), Topic::ALL.iter().find(|t| t.name() == name)) {
                (Some(rule), _) => Subject::Rule(rule),
                (None, Some(topic)) => Subject::Topic(*topic),
                (None, None) => {
                    let known = rules::ALL.iter().map(|r| r.meta.name).chain(Topic::ALL.iter().map(|t| t.name()));
                    let help = match nearest(name, known) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "`composelint rules` lists them all".to_owned(),
                    };
                    self.wrong(entry.key, format!("there is no rule or topic `{name}`"), help);
                    continue;
                }
            };
            let mut rule = RuleEntry { at, subject, level: None, options: Vec::new() };
            match &self.tree.node(self.tree.deref(entry.value)).kind {
                Kind::Mapping { .. } => self.rule(entry.value, name, &mut rule),
                _ => rule.level = self.level(entry.value),
            }
            out.push(rule);
        }
        out
    }

    fn level(&mut self, value: NodeId) -> Option<Level> {
        let level = match self.tree.text(value) {
            // A formatter may have taken `on` for a boolean, as YAML 1.1 does.
            Some("off" | "false") => Some(Level::Off),
            Some("on" | "true") => Some(Level::On),
            Some(word) => severity(word).map(Level::As),
            None => None,
        };
        if level.is_none() {
            self.unknown(value, "this is neither `on` nor `off` nor a severity".into(), LEVELS);
        }
        level
    }

    /// `{severity: …, <option>: …}`.
    fn rule(&mut self, value: NodeId, name: &str, rule: &mut RuleEntry) {
        for (key, entry) in self.mapping(value, &format!("`{name}`")) {
            if key == "severity" {
                rule.level = self.level(entry.value);
                continue;
            }
            let Subject::Rule(definition) = rule.subject else {
                self.wrong(entry.key, format!("a topic has no option `{key}`"), "set options under the name of a rule");
                continue;
            };
            match definition.meta.options.iter().find(|o| o.name == key) {
                Some(option) => {
                    let at = self.tree.node(entry.key).span;
                    rule.options.extend(self.option(option, entry.value).map(|value| (option.name, value, at)));
                }
                None => self.no_such_option(entry.key, key, definition),
            }
        }
    }

    fn no_such_option(&mut self, node: NodeId, key: &str, rule: &RuleDef) {
        let known: Vec<&str> = rule.meta.options.iter().map(|o| o.name).chain(["severity"]).collect();
        let help = match nearest(key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if rule.meta.options.is_empty() => "this rule has no options: only `severity` can be set".to_owned(),
            None => format!("{} can be set", list(&known)),
        };
        self.wrong(node, format!("`{}` has no option `{key}`", rule.meta.name), help);
    }

    fn option(&mut self, option: &OptionDef, value: NodeId) -> Option<OptionValue> {
        let node = self.tree.node(self.tree.deref(value));
        let plain = match &node.kind {
            Kind::Scalar(scalar) if scalar.style == Style::Plain => Some(&*scalar.text),
            _ => None,
        };
        let read = match option.default {
            OptionDefault::Number(_) => {
                plain.filter(|t| t.bytes().all(|b| b.is_ascii_digit())).and_then(|t| t.parse().ok()).map(OptionValue::Number)
            }
            OptionDefault::Flag(_) => plain.and_then(|t| t.parse().ok()).map(OptionValue::Flag),
            OptionDefault::Choice(words) => self.tree.text(value).filter(|t| words.contains(t)).map(|t| OptionValue::Choice(t.to_owned())),
            OptionDefault::List(_) => {
                let before = self.mistakes.len();
                let texts = self.texts(value, &format!("`{}`", option.name));
                return (self.mistakes.len() == before).then(|| OptionValue::List(texts.into_iter().map(|(t, _)| t).collect()));
            }
        };
        if read.is_none() {
            match option.default {
                OptionDefault::Choice(words) => self.unknown(value, format!("`{}` does not take this word", option.name), words),
                OptionDefault::Flag(_) => self.wrong(value, format!("`{}` must be `true` or `false`", option.name), option.summary),
                _ => self.wrong(value, format!("`{}` must be a whole number", option.name), option.summary),
            }
        }
        read
    }

    fn overrides(&mut self, value: NodeId) -> Vec<Override> {
        let mut out = Vec::new();
        for item in self.items(value, "`overrides`") {
            let (mut paths, mut rules) = (None, Vec::new());
            for (key, entry) in self.mapping(*item, "an override") {
                match key {
                    "paths" => paths = Some(self.patterns(entry.value, "`paths`")),
                    "rules" => rules = self.rules(entry.value),
                    _ => self.unknown(entry.key, format!("`{key}` is no key of an override"), OVERRIDE_KEYS),
                }
            }
            match paths {
                Some(paths) => out.push(Override { paths, rules }),
                None => self.wrong(*item, "this override names no `paths`", "write `paths: [tests/]`: the files that it holds for"),
            }
        }
        out
    }

    fn projects(&mut self, value: NodeId) -> Vec<Stated> {
        let mut out = Vec::new();
        for item in self.items(value, "`projects`") {
            let entries = self.mapping(*item, "a project");
            let at = self.tree.node(*item).span;
            let empty = Stated {
                at,
                directory: self.directory.to_path_buf(),
                files: Vec::new(),
                profiles: Vec::new(),
                env_files: Vec::new(),
                name: None,
                environment: None,
            };
            let base = self.project(empty, &entries, PROJECT_KEYS, "a project");
            match entries.iter().find(|(key, _)| *key == "environments") {
                None => out.push(base),
                Some((_, entry)) => {
                    for (name, environment) in self.mapping(entry.value, "`environments`") {
                        // Each environment has its own copy of the lists.
                        self.values += base.files.len() + base.env_files.len() + base.profiles.len();
                        if !self.count(environment.key) {
                            break;
                        }
                        let entries = self.mapping(environment.value, &format!("`{name}`"));
                        let mut project = base.clone();
                        project.at = self.tree.node(environment.key).span;
                        project.environment = Some(name.to_owned());
                        out.push(self.project(project, &entries, ENVIRONMENT_KEYS, "an environment"));
                    }
                }
            }
        }
        out
    }

    /// What the entries say, on top of what is there: lists grow, as flags do when they are repeated.
    fn project(&mut self, mut project: Stated, entries: &[(&'t str, Entry)], keys: &[&'static str], what: &str) -> Stated {
        // Where its files are looked for has to be known first.
        for (_, entry) in entries.iter().filter(|(key, _)| *key == "directory") {
            if let Some(text) = self.text(entry.value, "`directory`") {
                project.directory = fs::join(self.directory, Path::new(text));
            }
        }
        let directory = project.directory.clone();
        let located = |texts: Vec<(String, Span)>| {
            texts.into_iter().map(|(text, at)| (fs::join(&directory, Path::new(&text)), at)).collect::<Vec<_>>()
        };
        for (key, entry) in entries {
            match *key {
                "files" => project.files.extend(located(self.texts(entry.value, "`files`"))),
                "env-files" => project.env_files.extend(located(self.texts(entry.value, "`env-files`"))),
                "profiles" => project.profiles.extend(self.texts(entry.value, "`profiles`").into_iter().map(|(text, _)| text)),
                "name" => project.name = self.text(entry.value, "`name`").map(str::to_owned),
                key if keys.contains(&key) => {}
                _ => self.unknown(entry.key, format!("`{key}` is no key of {what}"), keys),
            }
        }
        project
    }
}

/// The severity of a name.
pub(super) fn severity(word: &str) -> Option<Severity> {
    [Severity::Error, Severity::Warning, Severity::Info].into_iter().find(|s| s.name() == word)
}

/// "`a`, `b` and `c`".
fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
