//! The files of the new layout: what is common, what the environments add, the root that includes it all, and the old files, which go on
//! working.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Style;
use super::environments::Environment;
use super::group::Group;
use super::items::{Item, Key, Rest, extended_here};
use super::layer::{Body, Layers, Piece};
use super::merge::Stuck;
use super::text::{Placed, Writer};
use crate::compose::SECTIONS;
use crate::migrate::plan::Plan;
use crate::migrate::steps::moving::rebase;
use crate::migrate::{ENVIRONMENTS, INFRASTRUCTURE, RESOURCES, SERVICES};
use crate::yaml::edit::{Tile, scalar_text};

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
    /// Where no files are given, others are loaded than the root alone: those of `COMPOSE_FILE`, or an override that is not part of this.
    pub(super) explicit: bool,
}

/// A new file of the layout.
pub(super) struct Part {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) what: String,
    /// It is extended, and not included.
    pub(super) extended: bool,
}

impl Layout<'_> {
    /// The plan. Errors: the items that cannot be written, with the reasons.
    pub(super) fn plan(&self) -> Result<Plan, Vec<(Key, Stuck)>> {
        let mut placed = Placed::default();
        let mut plan = Plan { root: self.directory.to_path_buf(), ..Plan::default() };
        let common = self.common(&mut placed)?;
        let extended: BTreeMap<String, PathBuf> = match self.style {
            Style::Include => BTreeMap::new(),
            Style::Extends => self.homes(&self.based("services")),
        };
        let mut added = Vec::new();
        for index in 0..self.environments.len() {
            added.push(self.environment(index, &mut placed, &extended).map_err(|e| vec![e])?);
        }
        let choice = added.iter().any(Option::is_some) || self.twice();
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

    /// True if two files of what starts without a choice have the same key beside the sections: they cannot both be written into the root.
    fn twice(&self) -> bool {
        let Some(first) = self.environments.first() else { return false };
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let all = first.layers.iter().filter_map(|l| self.layers.get(*l));
        !all.flat_map(super::layer::Layer::headings).all(|key| known.insert(key))
    }

    fn environment_path(&self, name: &str) -> PathBuf {
        self.directory.join(ENVIRONMENTS).join(format!("{name}.yaml"))
    }

    /// The files that every environment has.
    fn common(&self, placed: &mut Placed) -> Result<Vec<Part>, Vec<(Key, Stuck)>> {
        let mut parts = Vec::new();
        let based = |section| self.based(section);
        let resources: Vec<(&str, Vec<(&Key, &Piece)>)> =
            SECTIONS.iter().skip(1).map(|s| (*s, based(s))).filter(|(_, p)| !p.is_empty()).collect();
        let services = based("services");
        if !resources.is_empty() {
            let names: Vec<&str> = resources.iter().map(|(s, _)| *s).collect();
            parts.push(self.part(placed, PathBuf::from(RESOURCES), &resources, names.join(", ")).map_err(|e| vec![e])?);
        }
        let mut homes: BTreeMap<PathBuf, Vec<(&Key, &Piece)>> = BTreeMap::new();
        let home = self.homes(&services);
        for (key, piece) in services {
            homes.entry(home.get(&key.1).cloned().unwrap_or_default()).or_default().push((key, piece));
        }
        let mut all_stuck = Vec::new();
        for (path, pieces) in homes {
            let names: Vec<String> = pieces.iter().map(|(k, _)| format!("`{}`", k.1)).collect();
            let what = format!("{} {}", if names.len() == 1 { "the service" } else { "the services" }, names.join(", "));
            let blame = pieces.first().map_or_else(|| ("services", String::new()), |(k, _)| (*k).clone());
            let mut part = match self.part(placed, path, &[("services", pieces)], what) {
                Ok(part) => part,
                Err(stuck) => {
                    all_stuck.push(stuck);
                    continue;
                }
            };
            if self.style == Style::Extends {
                // The paths of an extended service start in the directory of its file.
                let to = self.directory.join(part.path.parent().unwrap_or(Path::new("")));
                match rebase(&part.text, self.directory, &to) {
                    Ok(text) => part.text = text,
                    Err(why) => all_stuck.push((blame, Stuck(why))),
                }
                part.extended = true;
            }
            parts.push(part);
        }
        if all_stuck.is_empty() { Ok(parts) } else { Err(all_stuck) }
    }

    /// What is common of a section.
    fn based(&self, section: &str) -> Vec<(&Key, &Piece)> {
        self.items.iter().filter(|(k, _)| k.0 == section).filter_map(|(k, i)| Some((k, i.base.as_ref()?))).collect()
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
            let file = files.entry(first.clone()).or_insert_with(|| {
                if let Some(group) = self.groups.get(&first).and_then(|g| g.name.as_ref()) {
                    return Path::new(INFRASTRUCTURE).join(format!("{group}.yaml"));
                }
                // Names that differ by case only are one file on some disks.
                let mut name = on_every_disk(&first);
                while !taken.insert(name.to_lowercase()) {
                    name.push('_');
                }
                Path::new(SERVICES).join(format!("{name}.yaml"))
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
        let text = tidy(writer.finish().map_err(blame)?);
        Ok(Part { path, text, what, extended: false })
    }

    /// What an environment adds; `None`: nothing.
    fn environment(&self, index: usize, placed: &mut Placed, extended: &BTreeMap<String, PathBuf>) -> Result<Option<String>, (Key, Stuck)> {
        let rests: Vec<(&Key, Rest)> = self
            .items
            .iter()
            .filter_map(|(k, i)| Some((k, extending(k, i, i.rests.get(index)?, extended))))
            .filter(|(_, r)| !matches!(r, Rest::None))
            .collect();
        let Some((blame, _)) = rests.first() else { return Ok(None) };
        let blame = (*blame).clone();
        let mut writer = Writer::new(self.layers, placed, self.line_break());
        // What could not be put together stays in documents of its own, which Compose puts together.
        let deepest = rests.iter().map(|(_, r)| if let Rest::Parts(parts) = r { parts.len() } else { 0 }).max().unwrap_or(0);
        for number in 0..deepest {
            for section in SECTIONS {
                let part = |(_, rest): &(&Key, Rest)| match rest {
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
            let piece = |(_, rest): &(&Key, Rest)| match rest {
                Rest::Piece(piece) => Some(piece.clone()),
                _ => None,
            };
            let pieces: Vec<Piece> = rests.iter().filter(|(k, _)| k.0 == section).filter_map(piece).collect();
            if !pieces.is_empty() {
                writer.section(section, &pieces);
            }
        }
        let text = writer.finish().map_err(|stuck| (blame, stuck))?;
        let open = format!("---{}", self.line_break());
        Ok(Some(tidy(text.strip_suffix(&open).map_or(text.clone(), str::to_owned))))
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
            let end = if section { self.section_header_end(index, tile) } else { tile.lines.end };
            writer.comments(index, tile.lines.start..end, 0);
        }
    }

    /// Where a document begins: where the one before it ends.
    pub(super) fn document_start(&self, index: usize) -> usize {
        let Some(layer) = self.layers.get(index) else { return 0 };
        let before = index.checked_sub(1).and_then(|i| self.layers.get(i)).filter(|b| b.file == layer.file);
        before.and_then(|b| b.tiles.last()).map_or(0, |t| t.lines.end)
    }

    /// Where the first entry of a section begins.
    pub(super) fn section_header_end(&self, index: usize, section: &Tile) -> usize {
        let name = self.layers.get(index).and_then(|l| l.tree.text(section.node)).unwrap_or_default();
        let first = self.layers.section(index, name).and_then(|s| s.first().and_then(|p| p.heads.first().map(|h| h.lines.start)));
        first.unwrap_or(section.lines.end)
    }

    pub(super) fn line_break(&self) -> &'static str {
        self.layers.get(0).map_or("\n", super::layer::Layer::line_break)
    }
}

/// The name of a service as that of a file: no disk takes a very long one, and some take no names of devices.
fn on_every_disk(name: &str) -> String {
    const LONGEST: usize = 100;
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |device: &str| stem.strip_prefix(device).is_some_and(|n| matches!(n.as_bytes(), [b'0'..=b'9']));
    let device = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt");
    let short: String = name.chars().take(LONGEST).collect();
    if device { format!("_{short}") } else { short }
}

/// What an environment has of a service, with the `extends` of what is common.
fn extending(key: &Key, item: &Item, rest: &Rest, extended: &BTreeMap<String, PathBuf>) -> Rest {
    let (Some(base), Some(file)) = (&item.base, extended.get(&key.1).filter(|_| key.0 == "services")) else { return rest.clone() };
    let mut piece = match rest {
        Rest::Piece(piece) => piece.clone(),
        Rest::None => Piece { body: Body::Map(Vec::new()), ..base.clone() },
        Rest::Parts(_) => return rest.clone(),
    };
    let file = scalar_text(&file.display().to_string(), true);
    piece.added = vec!["extends:".to_owned(), format!("  file: {file}"), format!("  service: {}", scalar_text(&key.1, false))];
    Rest::Piece(piece)
}

/// One line break at the end. A block scalar that keeps its blank lines is left alone.
pub(super) fn tidy(text: String) -> String {
    if text.contains("|+") || text.contains(">+") {
        return text;
    }
    let crlf = text.ends_with("\r\n");
    let mut out = text.trim_end_matches(['\n', '\r', ' ']).trim_start_matches(['\n', '\r']).to_owned();
    out.push_str(if crlf { "\r\n" } else { "\n" });
    out
}
