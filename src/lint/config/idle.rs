//! What in the configuration does nothing. Says so only where that is certain: a pattern is idle in a run over everything that it could match.

use std::path::PathBuf;

use super::{Config, Level, Patterns, RuleEntry, Subject};
use crate::discover::{Reason, Stated, default_files};
use crate::fs::Fs;
use crate::lint::Workspace;
use crate::rules::{Idle, Mode, OptionDefault, OptionValue, Preset, RuleDef};
use crate::source::Span;

/// More pairs of a pattern and a path are not compared: what is idle is worth less time than what is wrong.
const LOOKS: usize = 5_000_000;

fn idle(at: Span, message: String, help: impl Into<String>) -> Idle {
    Idle { at, message, help: help.into(), missed: false }
}

impl Config {
    /// The stated projects whose files are there, and what is to be said of the others.
    pub fn present_projects(&self, disk: &dyn Fs) -> (Vec<Stated>, Vec<Idle>) {
        let (mut present, mut out) = (Vec::new(), Vec::new());
        for project in &self.projects {
            let mut project = project.clone();
            let missing: Vec<&(PathBuf, Span)> = project.files.iter().filter(|(file, _)| !disk.is_file(file)).collect();
            for (file, at) in &missing {
                let message = format!("there is no file `{}`, so this project is not judged", self.shown(file));
                out.push(Idle {
                    missed: true,
                    ..idle(*at, message, "correct the path, seen from the project's `directory`, or remove the entry")
                });
            }
            if !missing.is_empty() {
                continue;
            }
            if project.files.is_empty() && default_files(disk, &project.directory).is_empty() {
                let message = format!("there is no Compose file in `{}`, so this project is not judged", self.shown(&project.directory));
                out.push(Idle { missed: true, ..idle(project.at, message, "name its files with `files`, or correct `directory`") });
                continue;
            }
            project.env_files.retain(|(file, at)| {
                let there = disk.is_file(file);
                if !there {
                    let message = format!("there is no file `{}`: its variables have no value here", self.shown(file));
                    out.push(idle(*at, message, "correct the path, or leave the entry out where the file does not exist"));
                }
                there
            });
            present.push(project);
        }
        // One line that several environments share is said once.
        out.sort_by_key(|i| (i.at, i.message.clone()));
        out.dedup();
        (present, out)
    }

    fn shown(&self, path: &std::path::Path) -> String {
        let below = self.directory().and_then(|d| path.strip_prefix(d).ok()).filter(|p| !p.as_os_str().is_empty());
        below.unwrap_or(path).display().to_string()
    }

    /// What else does nothing.
    pub(in crate::lint) fn idle(&self, workspace: &Workspace, roots: &[PathBuf]) -> Vec<Idle> {
        let Some(directory) = self.directory() else { return Vec::new() };
        let mut out = self.redundant();
        out.extend(self.overrides.iter().filter(|o| o.rules.is_empty()).filter_map(|o| {
            let at = o.paths.each().first()?.at;
            Some(idle(at, "this override says nothing about rules".into(), "add `rules`, or remove it"))
        }));
        if !roots.iter().any(|root| directory.starts_with(root)) {
            return out;
        }
        let skipped = &workspace.discovery.skipped;
        let mut paths: Vec<PathBuf> = workspace.loader.sources.all().iter().map(|(_, source)| source.path.clone()).collect();
        paths.sort();
        let patterns =
            self.exclude.each().len() + self.hosts.each().len() + self.overrides.iter().map(|o| o.paths.each().len()).sum::<usize>();
        if patterns.saturating_mul(paths.len() + skipped.len()) > LOOKS {
            return out;
        }
        let unmatched = |patterns: &Patterns, what: &str, matches: &dyn Fn(&super::Pattern) -> bool| -> Vec<Idle> {
            let positive = patterns.each().iter().filter(|p| !p.text.starts_with('!'));
            let idle_ones = positive.filter(|p| !matches(p));
            idle_ones.map(|p| idle(p.at, format!("`{}` matches {what}", p.text), "correct the pattern, or remove it")).collect()
        };
        let excluded = |pattern: &super::Pattern| {
            let passed_over = |s: &crate::discover::Skipped| matches!(s.reason, Reason::Excluded { .. });
            let covers = |path: &PathBuf, directory| self.exclude.covers(pattern, path, directory);
            skipped.iter().filter(|s| passed_over(s)).any(|s| covers(&s.path, true) || covers(&s.path, false))
                || paths.iter().any(|p| covers(p, false))
        };
        out.extend(unmatched(&self.exclude, "nothing that would be judged", &excluded));
        for stated in self.overrides.iter().filter(|o| !o.rules.is_empty()) {
            let covers = |pattern: &super::Pattern| paths.iter().any(|p| stated.paths.covers(pattern, p, false));
            out.extend(unmatched(&stated.paths, "no file of any project", &covers));
        }
        let directories = || workspace.discovery.entries.iter().map(|e| &e.directory);
        let hosts = |pattern: &super::Pattern| directories().any(|d| self.hosts.covers(pattern, d, true));
        out.extend(unmatched(&self.hosts, "no directory with a project in it", &hosts));
        out
    }

    /// Rules that are set to what they are anyway.
    fn redundant(&self) -> Vec<Idle> {
        let mut out = Vec::new();
        for entry in &self.rules {
            let Subject::Rule(rule) = entry.subject else { continue };
            for (name, value, at) in &entry.options {
                let default = rule.meta.options.iter().find(|o| o.name == *name).map(|o| o.default);
                if default.is_some_and(|default| is_default(default, value)) {
                    let message = format!("`{name}` of `{}` is set to its default", rule.meta.name);
                    out.push(idle(*at, message, "remove it"));
                }
            }
            let on = match entry.level {
                Some(Level::On) => true,
                Some(Level::Off) => false,
                Some(Level::As(_)) | None => continue,
            };
            if [Mode::Check, Mode::Audit].into_iter().all(|mode| self.runs_anyway(rule, mode) == on) {
                let state = if on { "on" } else { "off" };
                let message = format!("`{}` is {state} without this entry", rule.meta.name);
                out.push(idle(entry.at, message, "remove it"));
            }
        }
        out
    }

    /// Whether a rule would run if nothing were said about it by name.
    fn runs_anyway(&self, rule: &RuleDef, mode: Mode) -> bool {
        let topic = |entry: &&RuleEntry| matches!(entry.subject, Subject::Topic(topic) if topic == rule.meta.topic);
        match self.rules.iter().find(topic).and_then(|e| e.level) {
            Some(level) => level != Level::Off,
            None if self.presets.is_empty() => Preset::Recommended.has(&rule.meta, mode),
            None => self.presets.iter().any(|p| p.has(&rule.meta, mode)),
        }
    }
}

fn is_default(default: OptionDefault, value: &OptionValue) -> bool {
    match (default, value) {
        (OptionDefault::Number(a), OptionValue::Number(b)) => a == *b,
        (OptionDefault::Flag(a), OptionValue::Flag(b)) => a == *b,
        (OptionDefault::Choice(words), OptionValue::Choice(b)) => words.first() == Some(&b.as_str()),
        (OptionDefault::List(a), OptionValue::List(b)) => a == b.as_slice(),
        _ => false,
    }
}
