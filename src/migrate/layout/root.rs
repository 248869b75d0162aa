//! The root, which includes all parts, and the old files, which go on working.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::files::{Layout, Part, Started, tidy};
use super::items::Rest;
use super::text::{Placed, Writer};
use crate::compose::SECTIONS;
use crate::migrate::plan::Plan;
use crate::migrate::{ENVIRONMENTS, PARTS};
use crate::yaml::edit::scalar_text;

impl Layout<'_> {
    pub(super) fn root(&self, plan: &mut Plan, placed: &mut Placed, common: &[Part], choice: bool) {
        let Some(first) = self.environments.first() else { return };
        let own = self.of_root(choice);
        let mut writer = Writer::new(self.layers, placed, self.line_break());
        self.heading(&mut writer, &own, &first.name);
        writer.gap();
        if choice {
            self.choice_in_words().iter().for_each(|line| writer.line(line));
        }
        let chosen = self.expression(self.default_of_root());
        self.include(&mut writer, common, choice.then_some(chosen.as_str()), &first.layers);
        let written = tidy(writer.out);
        let what = if choice { "the root: the parts, and the environment that is chosen" } else { "the root: the parts" };
        plan.file(self.disk, self.root.clone(), Some(written.into_bytes()), what);
    }

    /// The documents that are written in a file of the layout that is theirs: in the root.
    fn of_root(&self, choice: bool) -> Vec<usize> {
        let Some(first) = self.environments.first() else { return Vec::new() };
        let own = |l: &usize| !choice || self.layers.get(*l).is_some_and(|l| l.path == self.root);
        let own: Vec<usize> = first.layers.iter().copied().filter(own).collect();
        if own.is_empty() { first.layers.clone() } else { own }
    }

    /// What stands at the top of a file that others are included in: comments, the name, `x-` keys.
    fn heading(&self, writer: &mut Writer, layers: &[usize], name: &str) {
        let mut named = false;
        for (number, index) in layers.iter().enumerate() {
            let Some(layer) = self.layers.get(*index) else { continue };
            let first = layer.tiles.first().map_or(0, |t| t.lines.start);
            writer.comments(*index, self.document_start(*index)..first, 0);
            let has_name = layers.iter().any(|l| self.layers.top(*l, "name").is_some());
            if number == 0 && self.pin && !has_name {
                writer.gap();
                writer.line("# Compose took this name from the directory. Volumes and networks are named after it, so it is written down.");
                writer.line(&format!("name: {}", scalar_text(name, false)));
                named = true;
            }
            for tile in &layer.tiles {
                let Some(key) = layer.tree.text(tile.node) else { continue };
                let Some(head) = layer.head(*index, tile) else { continue };
                if key == "name" && !named || key.starts_with("x-") {
                    writer.gap();
                    writer.top(&head);
                } else if SECTIONS.contains(&key) {
                    writer.comments(*index, tile.lines.start..self.section_header_end(*index, tile), 0);
                } else {
                    writer.comments(*index, tile.lines.clone(), 0);
                }
            }
        }
    }

    /// The environment of the root file alone, where `docker compose` reads an override file, too, and that file stays.
    pub(super) fn alone(&self) -> Option<&Started> {
        let first = self.environments.first().filter(|s| s.environment.found && !self.replace)?;
        let alone = |s: &&Started| !s.environment.found && s.environment.files.as_slice() == std::slice::from_ref(&self.root);
        self.environments.iter().find(alone).filter(|_| first.environment.files.len() > 1)
    }

    /// The override file that then chooses the usual environment.
    pub(super) fn auto(&self) -> Option<&PathBuf> {
        self.alone()?;
        self.environments.first()?.environment.files.last()
    }

    /// The environment that the root file includes without a choice.
    pub(super) fn default_of_root(&self) -> &str {
        self.alone().or(self.environments.first()).map_or("development", |s| s.environment.name.as_str())
    }

    /// The variable that chooses, with what holds without it.
    pub(super) fn expression(&self, default: &str) -> String {
        format!("${{{}:-{default}}}", self.variable)
    }

    /// How the choice is made, for the reader of the root.
    fn choice_in_words(&self) -> Vec<String> {
        let variable = self.variable;
        let usual = self.environments.first().map_or("development", |s| s.environment.name.as_str());
        let other = self.environments.iter().skip(1).map(|s| s.environment.name.as_str()).find(|n| *n != self.default_of_root());
        let of_root = self.default_of_root();
        let chooses = format!("# {variable} chooses the environment: `{variable}={} docker compose up -d`.", other.unwrap_or("NAME"));
        let Some(auto) = self.auto().and_then(|p| p.file_name()) else {
            return vec![format!("{chooses} Without it, it is `{of_root}`.")];
        };
        let (auto, root) = (auto.display(), self.root.file_name().unwrap_or(self.root.as_os_str()).display());
        let without = format!("# Without it, it is `{usual}` (by way of {auto}), and with `-f {root}` alone `{of_root}`, as before.");
        vec![chooses, without]
    }

    /// The old files: each stands for the environment whose last file it is.
    pub(super) fn old_files(&self, plan: &mut Plan, placed: &mut Placed, common: &[Part], choice: bool) {
        let mut seen: BTreeSet<&Path> = BTreeSet::new();
        for path in self.environments.iter().flat_map(|s| &s.environment.files) {
            if *path == self.root || !seen.insert(path) {
                continue;
            }
            if self.replace {
                plan.file(self.disk, path.clone(), None, "its parts are in the new files");
                continue;
            }
            let last_of = self.environments.iter().find(|s| s.environment.files.last() == Some(path) && !s.environment.found);
            let (text, what) = match (last_of, self.environments.first()) {
                (Some(of), _) => {
                    let name = &of.environment.name;
                    let what = format!("the environment `{name}`, for commands that name this file");
                    let head = format!("# The environment `{name}`, for commands that name this file. Its parts are in {PARTS}/.");
                    (self.thin(path, of, &head, placed, common, choice.then_some(name.as_str())), what)
                }
                (None, Some(first)) if self.auto() == Some(path) => {
                    let name = &first.environment.name;
                    let head = format!("# `docker compose` alone reads this file, too: it makes `{name}` the usual environment.");
                    let chosen = self.expression(name);
                    (
                        self.thin(path, first, &head, placed, common, choice.then_some(chosen.as_str())),
                        format!("makes `{name}` the usual environment"),
                    )
                }
                _ => (self.emptied(path, placed), "empty, for commands that name this file".to_owned()),
            };
            plan.file(self.disk, path.clone(), Some(text.into_bytes()), what);
        }
    }

    /// An old file of which only what is at its top is left: the name, and `x-` keys.
    fn emptied(&self, path: &Path, placed: &mut Placed) -> String {
        let mut writer = Writer::new(self.layers, placed, "\n");
        writer.line(&format!("# Empty: what was here is in {PARTS}/. The file is kept for commands that name it."));
        let own: Vec<usize> = self.layers.0.iter().enumerate().filter(|(_, l)| l.path == *path).map(|(index, _)| index).collect();
        self.kept(&mut writer, &own);
        writer.line("services: {}");
        tidy(writer.out)
    }

    /// What of an old file stays in it: the name, and `x-` keys.
    fn kept(&self, writer: &mut Writer, layers: &[usize]) {
        for (index, layer) in layers.iter().filter_map(|index| Some((*index, self.layers.get(*index)?))) {
            let kept = layer.tiles.iter().filter(|t| layer.tree.text(t.node).is_some_and(|k| k == "name" || k.starts_with("x-")));
            for head in kept.filter_map(|tile| layer.head(index, tile)) {
                writer.top(&head);
            }
        }
    }

    /// An old file as it goes on working.
    fn thin(&self, path: &Path, of: &Started, head: &str, placed: &mut Placed, common: &[Part], environment: Option<&str>) -> String {
        let mut writer = Writer::new(self.layers, placed, "\n");
        writer.line(head);
        let own: Vec<usize> = of.layers.iter().copied().filter(|l| self.layers.get(*l).is_some_and(|l| l.path == *path)).collect();
        if of.environment.files.len() > 1 {
            self.kept(&mut writer, &own);
            // The first of these files no longer says the name, unless it is the root.
            let named = |l: &usize| self.layers.top(*l, "name").is_some();
            if of.environment.files.first() != Some(&self.root) && !own.iter().any(named) {
                match of.layers.iter().rev().find(|l| named(l)).and_then(|l| Some((self.layers.get(*l)?, *l))) {
                    Some((layer, index)) => {
                        let head = layer.top("name").and_then(|(tile, _)| layer.head(index, tile));
                        if let Some(head) = &head {
                            writer.top(head);
                        }
                    }
                    None if self.pin => writer.line(&format!("name: {}", scalar_text(&of.name, false))),
                    None => {}
                }
            }
            writer.gap();
            writer.line("# What the files before this one bring is among the parts, so it does not count twice.");
            for section in self.sections() {
                writer.line(&format!("{section}: !reset null"));
            }
        } else {
            self.heading(&mut writer, &own, &of.name);
        }
        writer.gap();
        self.include(&mut writer, common, environment, &of.layers);
        tidy(writer.out)
    }

    /// The sections that the project has.
    fn sections(&self) -> Vec<&'static str> {
        let any = |section: &&&str| {
            self.items
                .iter()
                .any(|(k, item)| k.0 == **section && (item.base.is_some() || !item.rests.iter().all(|r| matches!(r, Rest::None))))
        };
        SECTIONS.iter().filter(any).copied().collect()
    }

    /// `include` with the parts, and with what the files included themselves.
    fn include(&self, writer: &mut Writer, common: &[Part], environment: Option<&str>, layers: &[usize]) {
        writer.line("include:");
        writer.line("  - path:");
        for part in common.iter().filter(|p| !p.extended) {
            writer.line(&format!("      - {}", scalar_text(&part.path.display().to_string(), false)));
        }
        if let Some(environment) = environment {
            writer.line(&format!("      - {ENVIRONMENTS}/{environment}.yaml"));
        }
        writer.line("    project_directory: .");
        writer.line("    # As before, variables come from `.env`, or from the --env-file that is given in its place.");
        writer.line("    env_file: /dev/null");
        for index in layers {
            for piece in self.layers.included(*index) {
                writer.items(&[piece]);
            }
        }
    }
}
