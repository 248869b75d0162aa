//! Git's index file, versions 2, 3 and 4: the sorted paths of all tracked files, and what tells whether a file is still what it was.
//!
//! The bytes are untrusted: every length is checked, and what a compressed index unfolds to is bounded.
//! Format: <https://git-scm.com/docs/index-format>.

/// The tracked paths, as bytes with `/` between the parts, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    paths: Vec<Box<[u8]>>,
    /// What git knew of each, in the same order.
    stats: Vec<Stat>,
    /// The name of the shared index that a split index builds upon.
    pub(super) shared: Option<String>,
}

/// What git knew of a file when it last looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// When it was changed: seconds, and nanoseconds.
    pub(super) modified: (u32, u32),
    /// Its size in bytes; of more than 4 GiB the rest.
    pub(super) size: u32,
    /// The name of its content; `None` in a repository with long hashes.
    pub(super) hash: Option<[u8; 20]>,
}

/// An index that is damaged, or of a kind that we do not know.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the git index cannot be read")]
pub(super) struct Damaged;

/// The longest path that Linux takes; a longer one is no path of a work tree.
const PATH_LIMIT: usize = 4096;
/// What all paths together may take: prefix compression can make a small index unfold to gigabytes.
const TOTAL_LIMIT: usize = 256 << 20;
const GITLINK: u32 = 0o160_000;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Damaged> {
        let end = self.at.checked_add(n).ok_or(Damaged)?;
        let out = self.bytes.get(self.at..end).ok_or(Damaged)?;
        self.at = end;
        Ok(out)
    }

    fn number(&mut self, n: usize) -> Result<u32, Damaged> {
        Ok(self.take(n)?.iter().fold(0, |sum, b| (sum << 8) | u32::from(*b)))
    }

    /// Up to the next NUL, which is passed over.
    fn text(&mut self) -> Result<&'a [u8], Damaged> {
        let rest = self.bytes.get(self.at..).ok_or(Damaged)?;
        let len = rest.iter().position(|b| *b == 0).ok_or(Damaged)?;
        let out = self.take(len)?;
        self.at += 1;
        Ok(out)
    }

    /// The "offset" form of a variable-length number, as in pack files.
    fn varint(&mut self) -> Result<usize, Damaged> {
        let mut byte = self.number(1)?;
        let mut value = (byte & 0x7f) as usize;
        while byte & 0x80 != 0 {
            byte = self.number(1)?;
            value = value.checked_add(1).and_then(|v| v.checked_mul(128)).ok_or(Damaged)? | (byte & 0x7f) as usize;
        }
        Ok(value)
    }
}

impl Index {
    /// Reads an index. Repositories name files by SHA-1 or SHA-256 and the index does not say which: whichever fits, fits exactly,
    /// because every entry repeats the length of its name.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Damaged> {
        Self::parse_with(bytes, 20).or_else(|_| Self::parse_with(bytes, 32))
    }

    fn parse_with(bytes: &[u8], hash: usize) -> Result<Self, Damaged> {
        let mut r = Reader { bytes, at: 0 };
        if r.take(4)? != b"DIRC" {
            return Err(Damaged);
        }
        let version = r.number(4)?;
        if !(2..=4).contains(&version) {
            return Err(Damaged);
        }
        let count = r.number(4)?;
        let mut entries: Vec<(Box<[u8]>, Stat)> = Vec::new();
        let mut previous: Vec<u8> = Vec::new();
        let mut total = 0;
        for _ in 0..count {
            let begin = r.at;
            r.take(8)?;
            let modified = (r.number(4)?, r.number(4)?);
            r.take(8)?;
            let mode = r.number(4)?;
            r.take(8)?;
            let size = r.number(4)?;
            let stat = Stat { modified, size, hash: r.take(hash)?.try_into().ok() };
            let flags = r.number(2)?;
            if flags & 0x4000 != 0 {
                if version < 3 {
                    return Err(Damaged);
                }
                r.take(2)?;
            }
            if version == 4 {
                let strip = r.varint()?;
                previous.truncate(previous.len().checked_sub(strip).ok_or(Damaged)?);
                previous.extend_from_slice(r.text()?);
            } else {
                previous.clear();
                previous.extend_from_slice(r.text()?);
                // One to eight NULs fill the entry up to a multiple of eight; one is read already.
                let padding = (8 - (r.at - begin) % 8) % 8;
                if r.take(padding)?.iter().any(|b| *b != 0) {
                    return Err(Damaged);
                }
            }
            let length = (flags & 0xfff) as usize;
            if previous.len() > PATH_LIMIT || (length < 0xfff && length != previous.len()) {
                return Err(Damaged);
            }
            total += previous.len();
            if total > TOTAL_LIMIT {
                return Err(Damaged);
            }
            // A nested repository is one entry here, but its files are not. Entries without a name belong to a split index.
            if mode != GITLINK && !previous.is_empty() && entries.last().is_none_or(|(p, _)| **p != *previous) {
                entries.push((previous.as_slice().into(), stat));
            }
        }
        let shared = Self::shared_name(&mut r, hash);
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let (paths, stats) = entries.into_iter().unzip();
        Ok(Self { paths, stats, shared })
    }

    /// The `link` extension. Extensions are optional: a damaged one is as good as none.
    fn shared_name(r: &mut Reader, hash: usize) -> Option<String> {
        use std::fmt::Write;
        while r.bytes.len().saturating_sub(r.at) > hash {
            let name = r.take(4).ok()?;
            let size = r.number(4).ok()? as usize;
            let body = r.take(size).ok()?;
            if name == b"link" {
                let mut hex = String::new();
                for byte in body.get(..hash)? {
                    let _ = write!(hex, "{byte:02x}");
                }
                return Some(hex);
            }
        }
        None
    }

    /// Adds the paths of the shared index. What a split index takes away from it stays in: rare, and gone with git's next full write.
    pub(super) fn join(&mut self, shared: Index) {
        let own = std::mem::take(&mut self.paths).into_iter().zip(std::mem::take(&mut self.stats));
        // What the split index says of a file is newer: it comes first, and stays.
        let mut entries: Vec<(Box<[u8]>, Stat)> = own.chain(shared.paths.into_iter().zip(shared.stats)).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|a, b| a.0 == b.0);
        (self.paths, self.stats) = entries.into_iter().unzip();
    }

    /// What git knew of a tracked file.
    pub(super) fn stat(&self, path: &[u8]) -> Option<Stat> {
        let at = self.paths.binary_search_by(|p| (**p).cmp(path)).ok()?;
        self.stats.get(at).copied()
    }

    /// True if this file is tracked, or any below it if it is a directory. The empty path is the work tree itself.
    pub(super) fn holds(&self, path: &[u8]) -> bool {
        if path.is_empty() {
            return !self.paths.is_empty();
        }
        if self.paths.binary_search_by(|p| (**p).cmp(path)).is_ok() {
            return true;
        }
        let mut below = path.to_vec();
        below.push(b'/');
        let first = self.paths.partition_point(|p| **p < *below);
        if self.paths.get(first).is_some_and(|p| p.starts_with(&below)) {
            return true;
        }
        // A sparse index keeps whole directories as one entry that ends with a slash.
        let slashes = path.iter().enumerate().filter(|(_, b)| **b == b'/');
        slashes.map(|(i, _)| i + 1).any(|end| path.get(..end).is_some_and(|dir| self.paths.binary_search_by(|p| (**p).cmp(dir)).is_ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Vec<u8> {
        let mut out = vec![0; 24];
        out.extend(0o100_644u32.to_be_bytes());
        out.extend([0; 12 + 20]);
        out.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
        out.extend(path.as_bytes());
        out.push(0);
        while !out.len().is_multiple_of(8) {
            out.push(0);
        }
        out
    }

    fn index(paths: &[&str]) -> Vec<u8> {
        let mut out = b"DIRC".to_vec();
        out.extend(2u32.to_be_bytes());
        out.extend(u32::try_from(paths.len()).unwrap().to_be_bytes());
        for path in paths {
            out.extend(entry(path));
        }
        out.extend([0; 20]);
        out
    }

    #[test]
    fn holds_files_and_the_directories_above_them() {
        let index = Index::parse(&index(&["a-b", "a/x", "c/", "d"])).unwrap();
        for (path, held) in [
            ("a-b", true),
            ("a", true),
            ("a/x", true),
            ("a/x/y", false),
            ("a/y", false),
            ("", true),
            ("c/sparse/file", true),
            ("da", false),
        ] {
            assert_eq!(index.holds(path.as_bytes()), held, "{path}");
        }
    }

    #[test]
    fn damaged_bytes_are_refused_wherever_they_end() {
        let whole = index(&["a/b", "longer/name"]);
        for len in 0..whole.len() - 20 {
            assert_eq!(Index::parse(&whole[..len]), Err(Damaged), "{len}");
        }
        let mut many = whole.clone();
        many[8] = 0xff;
        assert_eq!(Index::parse(&many), Err(Damaged));
    }

    #[test]
    fn a_compressed_index_cannot_unfold_without_end() {
        // Each entry keeps the whole name before it and adds one character: the length field no longer fits, so it ends.
        let mut bytes = b"DIRC".to_vec();
        bytes.extend(4u32.to_be_bytes());
        bytes.extend(u32::MAX.to_be_bytes());
        for _ in 0..6000 {
            bytes.extend([0; 60]);
            bytes.extend(0xfffu16.to_be_bytes());
            bytes.extend([0, b'x', 0]);
        }
        assert_eq!(Index::parse(&bytes), Err(Damaged));
    }
}
