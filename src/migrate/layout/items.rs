//! What each environment makes of each service, network, volume …, and what of it is common.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::layer::{Body, Layers, Piece};
use super::merge::{Split, Stuck};
use crate::compose::SECTIONS;
use crate::fs;
use crate::ordered::IndexMap;

/// A service, network, volume … by its section and name.
pub(super) type Key = (&'static str, String);

/// An item as one environment has it.
#[derive(Clone, Debug)]
struct Merged {
    /// All documents in one; or why that is not possible.
    piece: Result<Piece, Stuck>,
    /// What is put together, the earliest first.
    parts: Vec<Piece>,
}

/// Where an item goes.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// What is common to all environments.
    pub(super) base: Option<Piece>,
    /// By environment: what it has beyond, or all of it.
    pub(super) rests: Vec<Rest>,
    /// Why it was not taken apart.
    pub(super) stuck: Option<Stuck>,
    /// It is in some environments only.
    pub(super) partial: bool,
}

/// What an environment has of an item beyond what is common.
#[derive(Clone, Debug, Default)]
pub(super) enum Rest {
    /// Nothing.
    #[default]
    None,
    /// This.
    Piece(Piece),
    /// What is to be put together, kept apart, the earliest first.
    Parts(Vec<Piece>),
}

/// An environment, for this module: its documents, and whether it is one that is started.
pub(super) struct Stack<'a> {
    pub(super) layers: &'a [usize],
    /// False for the base alone: it only tells what is common.
    pub(super) started: bool,
}

/// Something that cannot be migrated, and why: a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unsupported {
    pub(super) path: PathBuf,
    pub(super) why: String,
}

/// Takes everything apart. `whole`: items that are not to be. `apart`: a key of services that is never common.
pub(super) fn split(
    layers: &Layers,
    stacks: &[Stack],
    directory: &Path,
    whole: &BTreeMap<Key, Stuck>,
    apart: Option<&str>,
) -> Result<Vec<(Key, Item)>, Unsupported> {
    let mut environments = Vec::new();
    // What extends a service of its own document may stay with it, where nothing is taken apart.
    let together = matches!(stacks, [Stack { layers: [_], .. }]);
    for stack in stacks {
        environments.push(merged(layers, stack.layers, directory, together)?);
    }
    let mut keys: Vec<Key> = Vec::new();
    for section in SECTIONS {
        for environment in &environments {
            for key in environment.keys().filter(|k| k.0 == section) {
                if !keys.contains(key) {
                    keys.push(key.clone());
                }
            }
        }
    }
    let mut out = Vec::new();
    for key in keys {
        let of: Vec<Option<&Merged>> = environments.iter().map(|e| e.get(&key)).collect();
        let mut item = Item { partial: of.iter().zip(stacks).any(|(m, stack)| stack.started && m.is_none()), ..Item::default() };
        let all: Option<Vec<&Merged>> = of.iter().copied().collect();
        let pieces = all.map(|all| all.into_iter().map(|m| m.piece.clone()).collect::<Result<Vec<Piece>, Stuck>>());
        let split = match pieces {
            Some(Ok(pieces)) => {
                if let Some(stuck) = whole.get(&key) {
                    Err(stuck.clone())
                } else {
                    let (pieces, kept) = aside(layers, pieces, apart.filter(|_| key.0 == "services"));
                    layers.split(&pieces, &mut vec![key.0.to_owned(), key.1.clone()]).map(|split| Some(with(split, &pieces, kept)))
                }
            }
            Some(Err(stuck)) => Err(stuck),
            None => Ok(None),
        };
        let rest = |merged: Option<&Merged>| match merged {
            None => Rest::None,
            Some(Merged { piece: Ok(piece), .. }) if !whole.contains_key(&key) => Rest::Piece(piece.clone()),
            Some(Merged { parts, .. }) => match parts.as_slice() {
                [one] => Rest::Piece(one.clone()),
                parts => Rest::Parts(parts.to_vec()),
            },
        };
        match split {
            Ok(Some(split)) => {
                item.base = split.base;
                item.rests = split.rests.into_iter().map(|r| r.map_or(Rest::None, Rest::Piece)).collect();
            }
            in_one_piece => {
                item.rests = of.iter().map(|m| rest(*m)).collect();
                item.stuck = in_one_piece.err();
            }
        }
        let rests = item.rests.into_iter().zip(stacks);
        item.rests = rests.filter(|(_, stack)| stack.started).map(|(rest, _)| rest).collect();
        out.push((key, item));
    }
    Ok(out)
}

/// Pieces without one of their keys, and that key of each.
fn aside(layers: &Layers, mut pieces: Vec<Piece>, key: Option<&str>) -> (Vec<Piece>, Vec<Option<Piece>>) {
    let take = |piece: &mut Piece| {
        let Body::Map(mut children) = layers.opened(piece) else { return None };
        let at = children.iter().position(|c| Some(c.name.as_str()) == key)?;
        let own = children.remove(at);
        piece.body = Body::Map(children);
        Some(own)
    };
    let kept = pieces.iter_mut().map(take).collect();
    (pieces, kept)
}

/// A split with what was kept aside, which goes to each environment.
fn with(mut split: Split, pieces: &[Piece], kept: Vec<Option<Piece>>) -> Split {
    for ((rest, piece), kept) in split.rests.iter_mut().zip(pieces).zip(kept) {
        let Some(kept) = kept else { continue };
        let part = rest.get_or_insert_with(|| Piece { body: Body::Map(Vec::new()), ..piece.clone() });
        if let Body::Map(children) = &mut part.body {
            children.insert(0, kept);
        }
    }
    split
}

/// Why a section cannot be cut into what it holds.
pub(super) fn no_block(section: &str) -> String {
    format!("its `{section}` is not written as a block of lines, so it cannot be moved as it is")
}

/// What one environment makes of its documents.
fn merged(layers: &Layers, own: &[usize], directory: &Path, together: bool) -> Result<IndexMap<Key, Merged>, Unsupported> {
    let mut out: IndexMap<Key, Merged> = IndexMap::default();
    for index in own {
        let Some(layer) = layers.get(*index) else { continue };
        for section in SECTIONS {
            let pieces = layers.section(*index, section).ok_or_else(|| Unsupported { path: layer.path.clone(), why: no_block(section) })?;
            for piece in pieces {
                let key = (section, piece.name.clone());
                let kept = section != "services" || (together && extended_here(layers, &piece).is_some());
                let parts = if kept { Ok(vec![piece]) } else { written_out(layers, *index, piece, directory, 0) };
                let (parts, stuck) = match parts {
                    Ok(parts) => (parts, None),
                    Err(unchanged) => (vec![unchanged.1], Some(unchanged.0)),
                };
                for part in parts {
                    let path = &mut vec![section.to_owned(), key.1.clone()];
                    let known = out.entry(key.clone()).or_insert_with(|| Merged { piece: Err(Stuck::default()), parts: Vec::new() });
                    let earlier = std::mem::replace(&mut known.piece, Err(Stuck::default()));
                    let merged = match (known.parts.is_empty(), earlier, &stuck) {
                        (_, _, Some(stuck)) => Err(stuck.clone()),
                        (true, _, _) => layers.merge(None, part.clone(), path),
                        (false, Ok(earlier), _) => layers.merge(Some(earlier), part.clone(), path),
                        (false, Err(stuck), _) => Err(stuck),
                    };
                    known.parts.push(part);
                    match merged.transpose() {
                        Some(piece) => known.piece = piece,
                        // What is taken away is gone, and what comes later begins anew.
                        None => drop(out.shift_remove(&key)),
                    }
                }
            }
        }
    }
    Ok(out)
}

/// The service of its own document that a service extends.
pub(super) fn extended_here(layers: &Layers, piece: &Piece) -> Option<String> {
    let (service, file) = extended(layers, &layers.child(piece, "extends")?);
    service.filter(|_| file.is_none())
}

/// What an `extends` names: the service, and the file.
fn extended(layers: &Layers, extends: &Piece) -> (Option<String>, Option<String>) {
    match layers.opened(extends) {
        Body::Map(children) => {
            let text = |name: &str| children.iter().find(|c| c.name == name).and_then(|c| layers.scalar(c)).map(str::to_owned);
            (text("service"), text("file"))
        }
        _ => (layers.scalar(extends).map(str::to_owned), None),
    }
}

/// A service without its `extends`, where that names a service of a file that is migrated, too: written out, because what it names will be
/// somewhere else. What it extends comes first, and what it says itself on top, as Compose has it. An `extends` of another file stays: the
/// parts have the same project directory. Errors: why not, and the service as it is.
fn written_out(layers: &Layers, index: usize, piece: Piece, directory: &Path, depth: usize) -> Result<Vec<Piece>, Box<(Stuck, Piece)>> {
    let Some(extends) = layers.child(&piece, "extends") else { return Ok(vec![piece]) };
    let stuck = |piece: Piece| Box::new((Stuck("the service that it extends cannot be written out".to_owned()), piece));
    let (service, file) = extended(layers, &extends);
    let Some(service) = service else { return Err(stuck(piece)) };
    let base = match file {
        None => index,
        Some(file) => {
            let path = fs::join(directory, Path::new(&file));
            match layers.0.iter().position(|l| l.path == path) {
                Some(base) if path.parent() == Some(directory) => base,
                Some(_) => return Err(stuck(piece)),
                None => return Ok(vec![piece]),
            }
        }
    };
    let found = layers.section(base, "services").and_then(|all| all.into_iter().find(|p| p.name == service));
    let Some(found) = found.filter(|_| depth < 32) else { return Err(stuck(piece)) };
    let Ok(found) = written_out(layers, base, found, directory, depth + 1) else { return Err(stuck(piece)) };
    let Body::Map(children) = layers.opened(&piece) else { return Err(stuck(piece)) };
    let own: Vec<Piece> = children.iter().filter(|c| c.name != "extends").cloned().collect();
    // The heading of the service is its own, not that of what it extends.
    let mut parts = Vec::new();
    for part in found {
        match layers.opened(&part) {
            Body::Map(children) => parts.push(Piece { body: Body::Map(children), ..piece.clone() }),
            _ => return Err(stuck(piece)),
        }
    }
    if !own.is_empty() {
        parts.push(Piece { body: Body::Map(own), ..piece.clone() });
    }
    // What an anchor brings along is merged before it is extended.
    let merges = parts.iter().any(|p| layers.child(p, "<<").is_some());
    let whole = parts
        .iter()
        .try_fold(None, |earlier, part| layers.merge(earlier, part.clone(), &mut vec!["services".to_owned(), piece.name.clone()]));
    match whole {
        Ok(Some(whole)) if !merges => Ok(vec![Piece { heads: piece.heads.clone(), ..whole }]),
        _ => Ok(parts),
    }
}
