//! The files of the new layout: what is common, what the environments add, the root that includes it all, and the old files, which go on
//! working.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Style;
use super::environments::Environment;
use super::group::Group;
use super::items::{Item, Key, Rest, extended_here};
use super::layer::{Body, Layers, Piece, SECTIONS};
use super::merge::Stuck;
use super::text::{Placed, Writer};
use crate::compose::Request;
use crate::migrate::plan::{Comment, EntryPoint, NoteKind, Plan};
use crate::yaml::edit::scalar_text;

/// The directory of the parts.
pub(super) const PARTS: &str = "docker-compose";

/// Everything that the files are made from.
pub(super) struct Layout<'a> {
    pub(super) disk: &'a dyn crate::fs::Fs,
    pub(super) directory: &'a Path,
    pub(super) layers: &'a Layers,
    /// The environments that are started, the one without a choice first; each with its documents and its project name.
    pub(super) environments: &'a [Started],
    pub(super) items: &'a [(Key, Item)],
    pub(super) groups: &'a BTreeMap<String, Group>,
    /// The file that Compose finds.
    pub(super) root: PathBuf,
    /// The name of the project has to be written down.
    pub(super) pin: bool,
    /// The variable that chooses the environment.
    pub(super) variable: &'a str,
    /// The old files go.
    pub(super) replace: bool,
    pub(super) style: Style,
}

/// An environment that is started.
pub(super) struct Started {
    pub(super) environment: Environment,
    pub(super) layers: Vec<usize>,
    /// The project's name in it.
    pub(super) name: String,
}

/// A new file of the layout.
struct Part {
    path: PathBuf,
    text: String,
    what: String,
}

impl Layout<'_> {
    /// The plan. Errors: an item that cannot be written, with the reason.
    pub(super) fn plan(&self) -> Result<Plan, (Key, Stuck)> {
        let mut placed = Placed::default();
        let mut plan = Plan { root: self.directory.to_path_buf(), ..Plan::default() };
        let common = self.common(&mut placed)?;
        let mut added = Vec::new();
        for index in 0..self.environments.len() {
            added.push(self.environment(index, &mut placed)?);
        }
        let choice = added.iter().any(Option::is_some);
        self.root(&mut plan, &mut placed, &common, choice);
        self.old_files(&mut plan, &mut placed, &common, choice);
        for (index, body) in added.into_iter().enumerate() {
            let Some(started) = self.environments.get(index).filter(|_| choice) else { continue };
            let name = &started.environment.name;
            let mut lead = format!("# What the environment `{name}` has beyond what is common to all.\n");
            lead.push_str(&self.own_comments(index, &mut placed));
            let text = lead + &body.unwrap_or_else(|| "services: {}\n".to_owned());
            plan.file(self.disk, self.environment_path(name), Some(text.into_bytes()), format!("what the environment `{name}` adds"));
        }
        for part in common {
            plan.file(self.disk, self.directory.join(&part.path), Some(part.text.into_bytes()), part.what);
        }
        self.entries(&mut plan, choice);
        self.notes(&mut plan);
        self.count_comments(&mut plan, &placed);
        plan.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(plan)
    }

    fn environment_path(&self, name: &str) -> PathBuf {
        self.directory.join(PARTS).join("environments").join(format!("{name}.yaml"))
    }

    /// The files that every environment has.
    fn common(&self, placed: &mut Placed) -> Result<Vec<Part>, (Key, Stuck)> {
        let mut parts = Vec::new();
        let based = |section: &str| -> Vec<(&Key, &Piece)> {
            self.items.iter().filter(|(k, _)| k.0 == section).filter_map(|(k, i)| Some((k, i.base.as_ref()?))).collect()
        };
        let resources: Vec<(&str, Vec<(&Key, &Piece)>)> =
            SECTIONS.iter().skip(1).map(|s| (*s, based(s))).filter(|(_, p)| !p.is_empty()).collect();
        let services = based("services");
        if !resources.is_empty() {
            let path = PathBuf::from(PARTS).join("infrastructure/resources.yaml");
            let names: Vec<&str> = resources.iter().map(|(s, _)| *s).collect();
            parts.push(self.part(placed, path, &resources, names.join(", "))?);
        }
        let mut homes: BTreeMap<PathBuf, Vec<(&Key, &Piece)>> = BTreeMap::new();
        let home = self.homes(&services);
        for (key, piece) in services {
            homes.entry(home.get(&key.1).cloned().unwrap_or_default()).or_default().push((key, piece));
        }
        for (path, pieces) in homes {
            let names: Vec<String> = pieces.iter().map(|(k, _)| format!("`{}`", k.1)).collect();
            let what = format!("{} {}", if names.len() == 1 { "the service" } else { "the services" }, names.join(", "));
            parts.push(self.part(placed, path, &[("services", pieces)], what)?);
        }
        Ok(parts)
    }

    /// By service: the file that it goes to. Services that extend each other within a document go together.
    pub(super) fn homes(&self, services: &[(&Key, &Piece)]) -> BTreeMap<String, PathBuf> {
        let mut leader: BTreeMap<&str, String> = BTreeMap::new();
        for (key, piece) in services {
            if let Some(base) = extended_here(self.layers, piece) {
                leader.insert(&key.1, base);
            }
        }
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
        let lead = |name: &str| {
            let mut at = name.to_owned();
            for _ in 0..leader.len() {
                match leader.get(at.as_str()) {
                    Some(next) => at.clone_from(next),
                    None => break,
                }
            }
            at
        };
        let mut out = BTreeMap::new();
        for (key, _) in services {
            let first = lead(&key.1);
            let file = files.entry(first.clone()).or_insert_with(|| match self.groups.get(&first).and_then(|g| g.name.as_ref()) {
                Some(group) => PathBuf::from(PARTS).join("infrastructure").join(format!("{group}.yaml")),
                None => {
                    // Names that differ by case only are one file on some disks.
                    let mut name = first.clone();
                    while !taken.insert(name.to_lowercase()) {
                        name.push('_');
                    }
                    PathBuf::from(PARTS).join("services").join(format!("{name}.yaml"))
                }
            });
            out.insert(key.1.clone(), file.clone());
        }
        out
    }

    fn part(
        &self,
        placed: &mut Placed,
        path: PathBuf,
        sections: &[(&str, Vec<(&Key, &Piece)>)],
        what: String,
    ) -> Result<Part, (Key, Stuck)> {
        let mut writer = Writer::new(self.layers, placed, self.line_break());
        for (section, pieces) in sections {
            let pieces: Vec<Piece> = pieces.iter().map(|(_, p)| (*p).clone()).collect();
            writer.section(section, &pieces);
        }
        let blame = |stuck| {
            (sections.first().and_then(|(_, p)| p.first()).map_or_else(|| ("services", String::new()), |(k, _)| (*k).clone()), stuck)
        };
        let text = tidy(writer.finish("", 0).map_err(blame)?);
        Ok(Part { path, text, what })
    }

    /// What an environment adds; `None`: nothing.
    fn environment(&self, index: usize, placed: &mut Placed) -> Result<Option<String>, (Key, Stuck)> {
        let rests: Vec<(&Key, &Rest)> =
            self.items.iter().filter_map(|(k, i)| Some((k, i.rests.get(index)?))).filter(|(_, r)| !matches!(r, Rest::None)).collect();
        let Some((blame, _)) = rests.first() else { return Ok(None) };
        let blame = (*blame).clone();
        let mut writer = Writer::new(self.layers, placed, self.line_break());
        // What could not be put together stays in documents of its own, which Compose puts together.
        let deepest = rests.iter().map(|(_, r)| if let Rest::Parts(parts) = r { parts.len() } else { 0 }).max().unwrap_or(0);
        for number in 0..deepest {
            for section in SECTIONS {
                let part = |(_, rest): &(&Key, &Rest)| match rest {
                    Rest::Parts(parts) => parts.get(number).cloned(),
                    _ => None,
                };
                let pieces: Vec<Piece> = rests.iter().filter(|(k, _)| k.0 == section).filter_map(part).collect();
                if !pieces.is_empty() {
                    writer.section(section, &pieces);
                }
            }
            writer.line("---");
        }
        for section in SECTIONS {
            let piece = |(_, rest): &(&Key, &Rest)| match rest {
                Rest::Piece(piece) => Some(piece.clone()),
                _ => None,
            };
            let pieces: Vec<Piece> = rests.iter().filter(|(k, _)| k.0 == section).filter_map(piece).collect();
            if !pieces.is_empty() {
                writer.section(section, &pieces);
            }
        }
        let text = writer.finish("", 0).map_err(|stuck| (blame, stuck))?;
        Ok(Some(tidy(text.strip_suffix("---\n").map_or(text.clone(), str::to_owned))))
    }

    /// The comments at the top level of the files of an environment, other than those of the root file.
    fn own_comments(&self, index: usize, placed: &mut Placed) -> String {
        let Some(started) = self.environments.get(index) else { return String::new() };
        let mut writer = Writer::new(self.layers, placed, self.line_break());
        for layer in &started.layers {
            let is_root = self.layers.get(*layer).is_none_or(|l| l.path == self.root);
            if !is_root {
                self.top_comments(&mut writer, *layer);
            }
        }
        writer.out
    }

    /// The comments around the top-level keys of a document that have no place yet.
    fn top_comments(&self, writer: &mut Writer, index: usize) {
        let Some(layer) = self.layers.get(index) else { return };
        let first = layer.tiles.first().map_or(0, |t| t.lines.start);
        let start = self.document_start(index);
        writer.comments(index, start..first, 0);
        for tile in &layer.tiles {
            let section = layer.tree.text(tile.node).is_some_and(|name| SECTIONS.contains(&name));
            let end = if section { self.section_header_end(index, tile.lines.clone()) } else { tile.lines.end };
            writer.comments(index, tile.lines.start..end, 0);
        }
    }

    /// Where a document begins: where the one before it ends.
    fn document_start(&self, index: usize) -> usize {
        let Some(layer) = self.layers.get(index) else { return 0 };
        let before = index.checked_sub(1).and_then(|i| self.layers.get(i)).filter(|b| b.file == layer.file);
        before.and_then(|b| b.tiles.last()).map_or(0, |t| t.lines.end)
    }

    /// Where the first entry of a section begins.
    fn section_header_end(&self, index: usize, lines: std::ops::Range<usize>) -> usize {
        let Some(layer) = self.layers.get(index) else { return lines.end };
        let name = layer.tiles.iter().find(|t| t.lines == lines).and_then(|t| layer.tree.text(t.node)).unwrap_or_default();
        let first = self.layers.section(index, name).and_then(|s| s.first().and_then(|p| p.heads.first().map(|h| h.lines.start)));
        first.unwrap_or(lines.end)
    }

    fn line_break(&self) -> &'static str {
        self.layers.get(0).map_or("\n", super::layer::Layer::line_break)
    }

    /// `include` with the parts, and with what the files included themselves.
    fn include(&self, writer: &mut Writer, common: &[Part], environment: Option<&str>, layers: &[usize]) {
        writer.line("include:");
        writer.line("  - path:");
        for part in common {
            writer.line(&format!("      - {}", scalar_text(&part.path.display().to_string(), false)));
        }
        if let Some(environment) = environment {
            writer.line(&format!("      - {PARTS}/environments/{environment}.yaml"));
        }
        writer.line("    project_directory: .");
        writer.line("    # As before, variables come from `.env`, or from the --env-file that is given in its place.");
        writer.line("    env_file: /dev/null");
        for index in layers {
            for piece in self.included(*index) {
                writer.items(&[piece]);
            }
        }
    }

    /// The entries of the `include` of a document.
    pub(super) fn included(&self, index: usize) -> Vec<Piece> {
        let piece = self.layers.top(index, "include");
        match piece.map(|p| self.layers.opened(&p)) {
            Some(Body::List(items)) => items,
            _ => Vec::new(),
        }
    }

    fn root(&self, plan: &mut Plan, placed: &mut Placed, common: &[Part], choice: bool) {
        let Some(first) = self.environments.first() else { return };
        let own = self.of_root(choice);
        let text = |placed: &mut Placed, environment: Option<&str>| {
            let mut writer = Writer::new(self.layers, placed, self.line_break());
            self.heading(&mut writer, &own, &first.name);
            writer.gap();
            let others: Vec<&str> = self.environments.iter().skip(1).map(|s| s.environment.name.as_str()).collect();
            if environment.is_some() {
                let other = others.first().copied().unwrap_or("NAME");
                writer.line(&format!(
                    "# The environment `{}`, unless {} names another: {}={other} docker compose up -d",
                    first.environment.name, self.variable, self.variable
                ));
            }
            self.include(&mut writer, common, environment, &first.layers);
            tidy(writer.out)
        };
        let chosen = format!("${{{}:-{}}}", self.variable, first.environment.name);
        let written = text(placed, choice.then_some(chosen.as_str()));
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
                    writer.comments(*index, tile.lines.start..self.section_header_end(*index, tile.lines.clone()), 0);
                } else {
                    writer.comments(*index, tile.lines.clone(), 0);
                }
            }
        }
    }

    /// The old files: each stands for the environment whose last file it is.
    fn old_files(&self, plan: &mut Plan, placed: &mut Placed, common: &[Part], choice: bool) {
        let mut seen: BTreeSet<&Path> = BTreeSet::new();
        for started in self.environments {
            for path in &started.environment.files {
                if *path == self.root || !seen.insert(path) {
                    continue;
                }
                let last_of = self.environments.iter().find(|s| s.environment.files.last() == Some(path) && !s.environment.found);
                if self.replace {
                    plan.file(self.disk, path.clone(), None, "its parts are in the new files");
                    continue;
                }
                let mut writer = Writer::new(self.layers, placed, "\n");
                let what = match last_of {
                    Some(of) => {
                        let name = &of.environment.name;
                        writer.line(&format!("# The environment `{name}`, for commands that name this file. Its parts are in {PARTS}/."));
                        let own: Vec<usize> =
                            of.layers.iter().copied().filter(|l| self.layers.get(*l).is_some_and(|l| l.path == *path)).collect();
                        if of.environment.files.len() > 1 {
                            // What the files before it brought is in the parts already.
                            for index in &own {
                                for key in self.layers.get(*index).into_iter().flat_map(|l| &l.tiles) {
                                    let layer = self.layers.get(*index);
                                    let Some(layer) = layer else { continue };
                                    if layer.tree.text(key.node).is_some_and(|k| k == "name" || k.starts_with("x-"))
                                        && let Some(head) = layer.head(*index, key)
                                    {
                                        writer.top(&head);
                                    }
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
                        self.include(&mut writer, common, choice.then_some(name.as_str()), &of.layers);
                        format!("the environment `{name}`, for commands that name this file")
                    }
                    None => {
                        writer.line(&format!("# Empty: what was here is in {PARTS}/. The file is kept for commands that name it."));
                        writer.line("services: {}");
                        "empty, for commands that name this file".to_owned()
                    }
                };
                let text = tidy(writer.out);
                plan.file(self.disk, path.clone(), Some(text.into_bytes()), what);
            }
        }
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

    fn entries(&self, plan: &mut Plan, choice: bool) {
        let Some(default) = self.environments.first() else { return };
        let extensions = |layers: &[usize]| -> Vec<String> {
            let keys = layers.iter().filter_map(|l| self.layers.get(*l)).flat_map(|l| l.tiles.iter().filter_map(|t| l.tree.text(t.node)));
            keys.filter(|k| k.starts_with("x-")).map(str::to_owned).collect()
        };
        let everything: Vec<usize> = (0..self.layers.0.len()).collect();
        for (index, started) in self.environments.iter().enumerate() {
            let environment = &started.environment;
            let before = environment.request(self.directory);
            let command = environment.command(self.directory);
            let mut aside = extensions(&everything);
            aside.push("name".to_owned());
            aside.push(self.variable.to_owned());
            let root_text = plan.after(&self.root).map(<[u8]>::to_vec).unwrap_or_default();
            let literal = |name: &str| {
                let variable = format!("${{{}:-{}}}", self.variable, default.environment.name);
                let text = String::from_utf8_lossy(&root_text).replace(&variable, name);
                choice.then(|| (self.root.clone(), text.into_bytes()))
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
                    literal: literal(&environment.name),
                    aside: aside.clone(),
                });
            }
            // As it can be typed now.
            if !environment.found && started.name == default.name {
                let mut after = Request::new(self.directory);
                after.env_files.clone_from(&before.env_files);
                let env_files: String = environment
                    .env_files
                    .iter()
                    .map(|f| format!(" --env-file {}", f.strip_prefix(self.directory).unwrap_or(f).display()))
                    .collect();
                let mut becomes = format!("docker compose{env_files}");
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
                    literal: literal(&environment.name),
                    aside,
                });
            }
        }
    }

    fn notes(&self, plan: &mut Plan) {
        for (key, item) in self.items {
            let what = format!("{} `{}`", key.0.trim_end_matches('s'), key.1);
            if let Some(Stuck(why)) = &item.stuck {
                if self.environments.len() > 1 {
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
        let _ = self.style;
    }

    fn count_comments(&self, plan: &mut Plan, placed: &Placed) {
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

/// One line break at the end. A block scalar that keeps its blank lines is left alone.
fn tidy(text: String) -> String {
    if text.contains("|+") || text.contains(">+") {
        return text;
    }
    let crlf = text.ends_with("\r\n");
    let mut out = text.trim_end_matches(['\n', '\r', ' ']).trim_start_matches(['\n', '\r']).to_owned();
    out.push_str(if crlf { "\r\n" } else { "\n" });
    out
}
