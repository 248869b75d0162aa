//! A disk with some files changed in memory: what a run of fixes reads, so that nothing is written before everything is proved.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::fs::{DirEntry, Fs, Metadata};

/// A disk, and files that read otherwise than on it.
pub(super) struct Overlay<'a> {
    disk: &'a dyn Fs,
    /// By path with every link followed, so that all ways to a file lead to the same text.
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl<'a> Overlay<'a> {
    /// With these files changed.
    pub(super) fn new(disk: &'a dyn Fs, files: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        Self { disk, files }
    }

    fn changed(&self, path: &Path) -> Option<&Vec<u8>> {
        if self.files.is_empty() {
            return None;
        }
        self.files.get(path).or_else(|| self.files.get(&self.disk.canonicalize(path).ok()?))
    }
}

impl Fs for Overlay<'_> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self.changed(path) {
            Some(bytes) if bytes.len() as u64 > limit => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
            Some(bytes) => Ok(bytes.clone()),
            None => self.disk.read(path, limit),
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.disk.read_dir(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let mut metadata = self.disk.metadata(path)?;
        if metadata.is_file()
            && let Some(bytes) = self.changed(path)
        {
            metadata.len = bytes.len() as u64;
        }
        Ok(metadata)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.disk.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.disk.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.disk.canonicalize(path)
    }

    /// Never: an overlay is for looking.
    fn write_atomic(&self, _path: &Path, _bytes: &[u8]) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
    }
}
