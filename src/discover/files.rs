//! The plain files below a directory, whatever they are: for scripts and documents that speak of Compose files.

use std::path::{Path, PathBuf};

use crate::fs::{FileType, Fs};

/// Larger files are passed over: nobody writes them by hand.
pub(crate) const FILE: u64 = 1 << 20;
/// Files that are found, and directories that are entered.
const FILES: usize = 20_000;
/// Bytes of all files together.
const BYTES: usize = 256 << 20;
const DEPTH: usize = 32;

/// The files below a directory that may be read, sorted, and whether some were left out because there are too many. Links are not followed,
/// and what is `aside` is not looked at.
pub(crate) fn files(root: &Path, disk: &dyn Fs, aside: &dyn Fn(&Path) -> bool) -> (Vec<PathBuf>, bool) {
    let (mut out, mut incomplete) = (Vec::new(), false);
    let mut pending = vec![(root.to_path_buf(), 0usize)];
    let (mut bytes, mut directories) = (0usize, 0usize);
    while let Some((directory, depth)) = pending.pop() {
        directories += 1;
        if directories > FILES {
            incomplete = true;
            break;
        }
        let Ok(entries) = disk.read_dir(&directory) else { continue };
        let has = |name: &str| entries.iter().any(|e| e.path.file_name().is_some_and(|n| n == name));
        if directory != root && !super::is_entered(&directory, has) {
            continue;
        }
        for entry in entries {
            if aside(&entry.path) {
                continue;
            }
            match entry.file_type {
                FileType::Directory if depth < DEPTH => pending.push((entry.path, depth + 1)),
                FileType::Directory => incomplete = true,
                FileType::File => {
                    let length = disk.metadata(&entry.path).map_or(u64::MAX, |m| m.len);
                    if length > FILE {
                        continue;
                    }
                    bytes = bytes.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
                    if out.len() >= FILES || bytes > BYTES {
                        incomplete = true;
                        continue;
                    }
                    out.push(entry.path);
                }
                FileType::Link | FileType::Other => {}
            }
        }
    }
    out.sort();
    (out, incomplete)
}
