//! What a plan says beside its files: how the project is started before and after, what was decided, and what became of each comment.

use std::collections::BTreeSet;

use super::Style;
use super::environments::Environment;
use super::files::Layout;
use super::items::Rest;
use super::merge::Stuck;
use super::text::Placed;
use crate::compose::Request;
use crate::migrate::plan::{Choice, Comment, EntryPoint, NoteKind, Plan};

impl Layout<'_> {
    pub(super) fn entries(&self, plan: &mut Plan, choice: bool) {
        let Some(default) = self.environments.first() else { return };
        let keys = self.layers.0.iter().flat_map(|l| l.tiles.iter().filter_map(|t| l.tree.text(t.node)));
        let mut aside: Vec<String> = keys.filter(|k| k.starts_with("x-")).map(str::to_owned).collect();
        aside.extend(["name".to_owned(), self.variable.to_owned()]);
        for (index, started) in self.environments.iter().enumerate() {
            let environment = &started.environment;
            let before = environment.request(self.directory);
            let command = environment.command(self.directory);
            // What the variable is in each file that has it: by itself, or as it is set.
            let choices = |set: Option<&str>| -> Vec<Choice> {
                let at = |path: &std::path::PathBuf, default: &str| Choice {
                    path: path.clone(),
                    expression: self.expression(default),
                    value: set.unwrap_or(default).to_owned(),
                };
                let root = at(&self.root, self.default_of_root());
                let auto = self.auto().map(|path| at(path, &default.environment.name));
                std::iter::once(root).chain(auto).filter(|_| choice).collect()
            };
            let several = self.environments.len() > 1;
            // As it was typed before.
            if environment.found || !self.replace {
                plan.entries.push(EntryPoint {
                    command: command.clone(),
                    becomes: None,
                    environment: several.then(|| environment.name.clone()),
                    before: before.clone(),
                    after: before.clone(),
                    choices: choices(None),
                    aside: aside.clone(),
                });
            }
            // As it can be typed now.
            if !environment.found && started.name == default.name {
                let mut after = Request::new(self.directory);
                after.env_files.clone_from(&before.env_files);
                after.project_name.clone_from(&before.project_name);
                let mut bare = Environment { found: true, ..environment.clone() };
                if started.explicit {
                    (bare.found, bare.files) = (false, vec![self.root.clone()]);
                    after.files.clone_from(&bare.files);
                }
                let mut becomes = bare.command(self.directory);
                if index > 0 {
                    after.environment.insert(self.variable.to_owned(), environment.name.clone());
                    becomes = format!("{}={} {becomes}", self.variable, environment.name);
                }
                plan.entries.push(EntryPoint {
                    command,
                    becomes: Some(becomes),
                    environment: several.then(|| environment.name.clone()),
                    before,
                    after,
                    choices: choices((index > 0).then_some(environment.name.as_str())),
                    aside: aside.clone(),
                });
            }
        }
    }

    pub(super) fn notes(&self, plan: &mut Plan) {
        for (key, item) in self.items {
            let what = format!("{} `{}`", key.0.trim_end_matches('s'), key.1);
            if let Some(Stuck(why)) = &item.stuck {
                if self.environments.len() > 1 || self.style == Style::Extends {
                    plan.note(NoteKind::Attention, what, format!("stays in one piece in each environment, because {why}"));
                }
            } else if item.partial {
                let names: Vec<String> = self
                    .environments
                    .iter()
                    .zip(&item.rests)
                    .filter(|(_, r)| !matches!(r, Rest::None))
                    .map(|(s, _)| format!("`{}`", s.environment.name))
                    .collect();
                plan.note(NoteKind::Decision, what, format!("is in {} only, so it is written there", names.join(", ")));
            } else if key.0 == "services" {
                let group = self.groups.get(&key.1);
                let where_to = match group.and_then(|g| g.name.as_ref()) {
                    Some(name) => format!("goes to infrastructure/{name}.yaml: {}", group.map_or("", |g| &g.why)),
                    None => format!("goes to services: {}", group.map_or("", |g| &g.why)),
                };
                plan.note(NoteKind::Decision, what, where_to);
            }
        }
        if let (true, Some(first)) = (self.pin, self.environments.first()) {
            plan.note(
                NoteKind::Pinned,
                format!("name `{}`", first.name),
                "came from the directory, and volumes, networks and containers are named after it: it is written into the root now",
            );
        }
        for started in self.environments.iter().skip(1).filter(|s| Some(&s.name) != self.environments.first().map(|f| &f.name)) {
            plan.note(
                NoteKind::Attention,
                format!("environment `{}`", started.environment.name),
                format!(
                    "is a project of another name (`{}`), so it cannot be chosen with {}: it is started as before, by its file",
                    started.name, self.variable
                ),
            );
        }
        let why = match self.style {
            Style::Include => {
                "Compose merges the parts of one `include` in their order, `depends_on` too, and every relative path starts where it did"
            }
            Style::Extends => {
                "each environment names what it takes over; `depends_on` stays with the environments, because versions of Compose differ in \
                 whether it is taken over"
            }
        };
        let style = if self.style == Style::Include { "include" } else { "extends" };
        plan.note(NoteKind::Decision, format!("style `{style}`"), why);
    }

    pub(super) fn count_comments(&self, plan: &mut Plan, placed: &Placed) {
        let used: BTreeSet<usize> = self.environments.iter().flat_map(|s| s.layers.iter().copied()).collect();
        for (index, layer) in self.layers.0.iter().enumerate().filter(|(index, _)| used.contains(index)) {
            let start = self.document_start(index);
            let last = self.layers.get(index + 1).is_none_or(|next| next.file != layer.file);
            let end = if last { layer.source.text.len() } else { layer.tiles.last().map_or(start, |t| t.lines.end) };
            plan.comments_before += crate::yaml::edit::comments_in(&layer.source, &layer.tree, start..end).count();
            for comment in placed.homeless(self.layers, index, start..end) {
                let position = layer.source.position(u32::try_from(comment.start).unwrap_or(u32::MAX));
                plan.comments.push(Comment {
                    path: layer.path.clone(),
                    line: position.line,
                    text: layer.slice(comment).trim_end().to_owned(),
                });
            }
        }
    }
}
