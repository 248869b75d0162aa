//! The objects of a repository: loose files and packs. Bytes are untrusted: every length is checked, sizes and chains are bounded.
//!
//! Formats: <https://git-scm.com/docs/gitformat-pack>. Only what is asked for is read: of a pack the few entries, not the whole.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha1::{Digest, Sha1};

use super::GitError;
use crate::fs::{self, Fs};

/// Commits and trees are far smaller; a file as large as this is none that we read.
const OBJECT_LIMIT: usize = 64 << 20;
/// What may be inflated to make one object out of its deltas.
const CHAIN_LIMIT: usize = 256 << 20;
/// Git makes chains of 50, and never more than 4095.
const DEPTH: usize = 4096;
/// An index of twenty million objects.
const INDEX_LIMIT: u64 = 1 << 30;
const ALTERNATES: usize = 8;

/// The name of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub [u8; 20]);

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ObjectId {
    /// From 40 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut id = [0; 20];
        if text.len() != 40 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        for (byte, at) in id.iter_mut().zip((0..40).step_by(2)) {
            *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self(id))
    }

    /// The name that a file of this content has.
    pub fn of_blob(content: &[u8]) -> Self {
        let mut hash = Sha1::new();
        hash.update(format!("blob {}\0", content.len()));
        hash.update(content);
        Self(hash.finalize().into())
    }
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A directory.
    Tree,
    /// A file.
    Blob,
    /// An annotated tag.
    Tag,
}

/// An object.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its content.
    pub content: Arc<[u8]>,
}

/// Where the objects of a repository are.
pub(super) struct Store<'a> {
    disk: &'a dyn Fs,
    /// The directory `objects`, and those that it names as its alternates.
    directories: Vec<PathBuf>,
    packs: OnceLock<Vec<Pack>>,
    /// What was read: the trees above many files are the same.
    known: Mutex<BTreeMap<ObjectId, Object>>,
}

struct Pack {
    path: PathBuf,
    index: Index,
}

/// The index of a pack, version 2.
struct Index {
    bytes: Vec<u8>,
    count: usize,
}

/// Where the names begin: behind the magic, the version and the fan-out.
const NAMES: usize = 8 + 256 * 4;

impl<'a> Store<'a> {
    pub(super) fn new(disk: &'a dyn Fs, objects: PathBuf) -> Self {
        let mut directories = vec![objects];
        let mut at = 0;
        while let Some(directory) = directories.get(at).cloned().filter(|_| at < ALTERNATES) {
            let named = disk.read(&directory.join("info/alternates"), 1 << 20).unwrap_or_default();
            for line in String::from_utf8_lossy(&named).lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
                let other = fs::join(&directory, Path::new(line));
                if !directories.contains(&other) {
                    directories.push(other);
                }
            }
            at += 1;
        }
        Self { disk, directories, packs: OnceLock::new(), known: Mutex::default() }
    }

    /// An object. Errors: it is not there, or damaged.
    pub(super) fn get(&self, id: ObjectId) -> Result<Object, GitError> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(known.clone());
        }
        let (kind, content) = match self.loose(id)? {
            Some(found) => found,
            None => self.packed(id)?.ok_or(GitError::Missing(id))?,
        };
        let object = Object { kind, content: content.into() };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(id, object.clone());
        Ok(object)
    }

    fn loose(&self, id: ObjectId) -> Result<Option<(Kind, Vec<u8>)>, GitError> {
        let name = id.to_string();
        let Some((folder, file)) = name.split_at_checked(2) else { return Ok(None) };
        for directory in &self.directories {
            let path = directory.join(folder).join(file);
            let Ok(bytes) = self.disk.read(&path, OBJECT_LIMIT as u64) else { continue };
            let damaged = || GitError::Damaged(path.clone());
            let plain = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&bytes, OBJECT_LIMIT).map_err(|_| damaged())?;
            let end = plain.iter().position(|b| *b == 0).ok_or_else(damaged)?;
            let header = plain.get(..end).and_then(|h| std::str::from_utf8(h).ok()).ok_or_else(damaged)?;
            let (kind, size) = header.split_once(' ').ok_or_else(damaged)?;
            let kind = match kind {
                "commit" => Kind::Commit,
                "tree" => Kind::Tree,
                "blob" => Kind::Blob,
                "tag" => Kind::Tag,
                _ => return Err(damaged()),
            };
            let content = plain.get(end + 1..).unwrap_or_default().to_vec();
            if size.parse() != Ok(content.len()) {
                return Err(damaged());
            }
            return Ok(Some((kind, content)));
        }
        Ok(None)
    }

    fn packs(&self) -> &[Pack] {
        self.packs.get_or_init(|| {
            let mut packs = Vec::new();
            for directory in &self.directories {
                for entry in self.disk.read_dir(&directory.join("pack")).unwrap_or_default() {
                    if entry.path.extension().is_some_and(|e| e == "idx")
                        && let Some(index) = self.disk.read(&entry.path, INDEX_LIMIT).ok().and_then(Index::new)
                    {
                        packs.push(Pack { path: entry.path.with_extension("pack"), index });
                    }
                }
            }
            packs
        })
    }

    fn packed(&self, id: ObjectId) -> Result<Option<(Kind, Vec<u8>)>, GitError> {
        for pack in self.packs() {
            if let Some(offset) = pack.index.find(id) {
                return self.unpack(pack, offset).map(Some);
            }
        }
        Ok(None)
    }

    /// Makes the object at an offset: the deltas are collected down to their base, and applied upwards.
    fn unpack(&self, pack: &Pack, offset: u64) -> Result<(Kind, Vec<u8>), GitError> {
        let (mut pack, mut offset) = (pack, offset);
        let mut deltas: Vec<Vec<u8>> = Vec::new();
        let mut spent = 0usize;
        let (kind, mut content) = loop {
            let damaged = || GitError::Damaged(pack.path.clone());
            if deltas.len() > DEPTH || spent > CHAIN_LIMIT {
                return Err(GitError::TooLarge(pack.path.clone()));
            }
            let head = self.disk.read_at(&pack.path, offset, 64).map_err(|_| damaged())?;
            let mut reader = Bytes { bytes: &head, at: 0 };
            let (number, size) = reader.entry().ok_or_else(damaged)?;
            if size > OBJECT_LIMIT {
                return Err(GitError::TooLarge(pack.path.clone()));
            }
            spent = spent.saturating_add(size);
            let base = match number {
                6 => Some(Ok(offset.checked_sub(reader.distance().ok_or_else(damaged)?).filter(|o| *o > 0).ok_or_else(damaged)?)),
                7 => Some(Err(ObjectId(reader.take(20).and_then(|b| b.try_into().ok()).ok_or_else(damaged)?))),
                _ => None,
            };
            // What deflate cannot make smaller it stores: never more than this.
            let most = size + size / 1000 + 256;
            let packed = self.disk.read_at(&pack.path, offset + reader.at as u64, most).map_err(|_| damaged())?;
            let plain = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&packed, size + 64).map_err(|_| damaged())?;
            if plain.len() != size {
                return Err(damaged());
            }
            let kind = match number {
                1 => Kind::Commit,
                2 => Kind::Tree,
                3 => Kind::Blob,
                4 => Kind::Tag,
                6 | 7 => {
                    deltas.push(plain);
                    match base {
                        Some(Ok(below)) => offset = below,
                        Some(Err(id)) => {
                            // Within one pack, unless somebody completed a thin one by an alternate.
                            let found = self.packs().iter().find_map(|p| Some((p, p.index.find(id)?)));
                            match found {
                                Some(found) => (pack, offset) = found,
                                None => break self.loose(id)?.ok_or(GitError::Missing(id))?,
                            }
                        }
                        None => return Err(damaged()),
                    }
                    continue;
                }
                _ => return Err(damaged()),
            };
            break (kind, plain);
        };
        for delta in deltas.iter().rev() {
            content = apply(&content, delta).ok_or_else(|| GitError::Damaged(pack.path.clone()))?;
            spent = spent.saturating_add(content.len());
            if spent > 2 * CHAIN_LIMIT {
                return Err(GitError::TooLarge(pack.path.clone()));
            }
        }
        Ok((kind, content))
    }

    /// All objects whose name begins with these hexadecimal digits (4 or more), at most a few.
    pub(super) fn beginning(&self, digits: &str) -> Vec<ObjectId> {
        let mut found = Vec::new();
        let (folder, rest) = digits.split_at_checked(2).unwrap_or_default();
        for directory in &self.directories {
            for entry in self.disk.read_dir(&directory.join(folder)).unwrap_or_default() {
                let name = entry.path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
                if name.starts_with(rest) {
                    found.extend(ObjectId::parse(&format!("{folder}{name}")));
                }
            }
        }
        for pack in self.packs() {
            pack.index.beginning(digits, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Index {
    fn new(bytes: Vec<u8>) -> Option<Self> {
        if bytes.get(..8)? != [0xff, b't', b'O', b'c', 0, 0, 0, 2] {
            return None;
        }
        let mut index = Self { bytes, count: 0 };
        index.count = index.number(NAMES - 4)? as usize;
        // Names, checksums, offsets, and two checksums of it all.
        (index.bytes.len() >= NAMES.checked_add(index.count.checked_mul(28)?)?.checked_add(40)?).then_some(index)
    }

    fn number(&self, at: usize) -> Option<u32> {
        Some(u32::from_be_bytes(self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
    }

    fn name(&self, position: usize) -> Option<&[u8]> {
        let at = NAMES + position.checked_mul(20)?;
        self.bytes.get(at..at.checked_add(20)?).filter(|_| position < self.count)
    }

    /// The first position whose name is not below these bytes.
    fn position(&self, wanted: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.name(middle).is_some_and(|name| name < wanted) { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn find(&self, id: ObjectId) -> Option<u64> {
        let position = self.position(&id.0);
        if self.name(position)? != id.0 {
            return None;
        }
        let offsets = NAMES + self.count * 24;
        let offset = self.number(offsets + position * 4)?;
        if offset & 0x8000_0000 == 0 {
            return Some(offset.into());
        }
        let large = offsets + self.count * 4 + (offset & 0x7fff_ffff) as usize * 8;
        Some(u64::from(self.number(large)?) << 32 | u64::from(self.number(large + 4)?))
    }

    fn beginning(&self, digits: &str, found: &mut Vec<ObjectId>) {
        let padded = format!("{digits:0<40}");
        let Some(first) = ObjectId::parse(&padded) else { return };
        let names = (self.position(&first.0)..self.count).map_while(|position| self.name(position));
        let ids = names.map_while(|name| Some(ObjectId(name.try_into().ok()?)));
        found.extend(ids.take_while(|id| id.to_string().starts_with(digits)).take(100));
    }
}

struct Bytes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let out = self.bytes.get(self.at..self.at.checked_add(n)?)?;
        self.at += n;
        Some(out)
    }

    /// The kind and the size of an entry.
    fn entry(&mut self) -> Option<(u8, usize)> {
        let first = self.byte()?;
        let mut size = usize::from(first & 0x0f);
        let (mut more, mut shift) = (first & 0x80 != 0, 4);
        while more {
            let byte = self.byte()?;
            size |= usize::from(byte & 0x7f).checked_mul(1usize.checked_shl(shift)?)?;
            shift += 7;
            more = byte & 0x80 != 0 && shift < 60;
        }
        Some(((first >> 4) & 7, size))
    }

    /// How far before its entry the base of a delta is.
    fn distance(&mut self) -> Option<u64> {
        let mut byte = self.byte()?;
        let mut value = u64::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.byte()?;
            value = value.checked_add(1)?.checked_mul(128)? | u64::from(byte & 0x7f);
        }
        Some(value)
    }

    /// A size in a delta.
    fn size(&mut self) -> Option<usize> {
        let (mut size, mut shift) = (0usize, 0);
        loop {
            let byte = self.byte()?;
            size |= usize::from(byte & 0x7f).checked_mul(1usize.checked_shl(shift)?)?;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(size);
            }
        }
    }
}

/// What a delta makes of its base.
fn apply(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Bytes { bytes: delta, at: 0 };
    if reader.size()? != base.len() {
        return None;
    }
    let size = reader.size()?;
    if size > OBJECT_LIMIT {
        return None;
    }
    let mut out = Vec::new();
    while reader.at < delta.len() {
        let command = reader.byte()?;
        if command & 0x80 == 0 {
            out.extend_from_slice(reader.take(usize::from(command)).filter(|_| command != 0)?);
        } else {
            let (mut offset, mut length) = (0usize, 0usize);
            for bit in 0..4 {
                if command & (1 << bit) != 0 {
                    offset |= usize::from(reader.byte()?) << (8 * bit);
                }
            }
            for bit in 0..3 {
                if command & (0x10 << bit) != 0 {
                    length |= usize::from(reader.byte()?) << (8 * bit);
                }
            }
            let length = if length == 0 { 0x10000 } else { length };
            out.extend_from_slice(base.get(offset..offset.checked_add(length)?)?);
        }
        if out.len() > size {
            return None;
        }
    }
    (out.len() == size).then_some(out)
}
