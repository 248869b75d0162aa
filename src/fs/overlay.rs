//! A disk with some files changed, added or taken away in memory: what fixes and migrations are tried on, so that nothing is written before
//! everything is proved.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::{DirEntry, FileType, Fs, Metadata};

/// A disk, and files that are otherwise than on it.
pub struct Overlay<'a> {
    disk: &'a dyn Fs,
    /// By path with every link followed, so that all ways to a file lead to the same text; `None`: the file is gone.
    files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    /// The directories that come with new files.
    directories: BTreeSet<PathBuf>,
}

impl<'a> Overlay<'a> {
    /// With these files changed; each is there already, and its path has every link followed.
    pub fn new(disk: &'a dyn Fs, files: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        Self { disk, files: files.into_iter().map(|(path, bytes)| (path, Some(bytes))).collect(), directories: BTreeSet::new() }
    }

    /// With these files as they are to be, `None` for those that are to go. The paths are absolute; links are followed here.
    pub fn with(disk: &'a dyn Fs, files: impl IntoIterator<Item = (PathBuf, Option<Vec<u8>>)>) -> Self {
        let files: BTreeMap<PathBuf, Option<Vec<u8>>> = files.into_iter().map(|(path, bytes)| (real(disk, &path), bytes)).collect();
        let added = files.iter().filter(|(_, bytes)| bytes.is_some());
        let directories = added.flat_map(|(path, _)| path.ancestors().skip(1)).filter(|d| !disk.exists(d)).map(Path::to_path_buf).collect();
        Self { disk, files, directories }
    }

    /// What was changed at a path, if anything was.
    fn changed(&self, path: &Path) -> Option<&Option<Vec<u8>>> {
        if self.files.is_empty() {
            return None;
        }
        self.files.get(path).or_else(|| self.files.get(&real(self.disk, path)))
    }

    fn is_new_directory(&self, path: &Path) -> bool {
        !self.directories.is_empty() && (self.directories.contains(path) || self.directories.contains(&real(self.disk, path)))
    }

    fn facts(&self, path: &Path, disk: impl Fn() -> io::Result<Metadata>) -> io::Result<Metadata> {
        match self.changed(path) {
            None if self.is_new_directory(path) => {
                Ok(Metadata { file_type: FileType::Directory, len: 0, mode: Some(0o755), identity: None, modified: None })
            }
            None => disk(),
            Some(None) => Err(io::Error::from(io::ErrorKind::NotFound)),
            Some(Some(bytes)) => {
                let len = bytes.len() as u64;
                match disk() {
                    Ok(metadata) if metadata.is_file() => Ok(Metadata { len, ..metadata }),
                    Ok(metadata) => Ok(metadata),
                    Err(_) => Ok(Metadata { file_type: FileType::File, len, mode: Some(0o644), identity: None, modified: None }),
                }
            }
        }
    }
}

/// A path with every link followed, of something that need not be there.
fn real(disk: &dyn Fs, path: &Path) -> PathBuf {
    if let Ok(real) = disk.canonicalize(path) {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => real(disk, parent).join(name),
        _ => path.to_path_buf(),
    }
}

impl Fs for Overlay<'_> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self.changed(path) {
            Some(Some(bytes)) if bytes.len() as u64 > limit => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
            Some(Some(bytes)) => Ok(bytes.clone()),
            Some(None) => Err(io::Error::from(io::ErrorKind::NotFound)),
            None if self.is_new_directory(path) => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            None => self.disk.read(path, limit),
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let at = real(self.disk, path);
        let mut entries = if self.directories.contains(&at) { Vec::new() } else { self.disk.read_dir(path)? };
        entries.retain(|e| self.changed(&e.path) != Some(&None));
        let inside = |p: &PathBuf| p.parent() == Some(at.as_path());
        let files = self.files.iter().filter(|(p, bytes)| bytes.is_some() && inside(p)).map(|(p, _)| (p, FileType::File));
        let directories = self.directories.iter().filter(|p| inside(p)).map(|p| (p, FileType::Directory));
        for (p, file_type) in files.chain(directories) {
            if let Some(name) = p.file_name()
                && !entries.iter().any(|e| e.path.file_name() == Some(name))
            {
                entries.push(DirEntry { path: path.join(name), file_type });
            }
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.facts(path, || self.disk.metadata(path))
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        match self.disk.symlink_metadata(path) {
            // The link itself is as it was, whatever became of the file behind it.
            Ok(metadata) if metadata.file_type == FileType::Link && !self.files.contains_key(path) => Ok(metadata),
            _ => self.facts(path, || self.disk.symlink_metadata(path)),
        }
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.disk.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.metadata(path)?;
        Ok(real(self.disk, path))
    }

    /// Never: an overlay is for looking.
    fn write_atomic(&self, _path: &Path, _bytes: &[u8]) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::MemFs;

    #[test]
    fn files_are_changed_added_and_gone() {
        let disk = MemFs::new().file("/d/a", "old").file("/d/b", "b").link("/l", "d");
        let p = Path::new;
        let over = Overlay::with(
            &disk,
            [(p("/l/a").into(), Some(b"new".to_vec())), (p("/d/b").into(), None), (p("/d/sub/c").into(), Some(b"c".to_vec()))],
        );
        assert_eq!(over.read(p("/d/a"), 9).unwrap(), b"new");
        assert_eq!(over.read(p("/l/sub/c"), 9).unwrap(), b"c");
        assert!(!over.exists(p("/d/b")) && !over.exists(p("/l/b")));
        assert!(over.is_dir(p("/d/sub")) && over.is_file(p("/d/sub/c")));
        assert_eq!(over.canonicalize(p("/l/sub/c")).unwrap(), p("/d/sub/c"));
        let names: Vec<PathBuf> = over.read_dir(p("/l")).unwrap().into_iter().map(|e| e.path).collect();
        assert_eq!(names, [p("/l/a"), p("/l/sub")]);
        assert_eq!(over.read_dir(p("/d/sub")).unwrap().len(), 1);
    }
}
