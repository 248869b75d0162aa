//! The file system, and the only place that touches `std::fs`. Knows nothing of YAML or Compose.
//!
//! Everything above takes a `&dyn Fs`, so that tests run on [`MemFs`] and no command can write by accident:
//! writing is one method, and it is atomic.

mod overlay;

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

pub use overlay::Overlay;

/// What a path is, links not followed unless the method says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A socket, pipe or device: never opened, reading one could block forever.
    Other,
}

/// The facts about one path.
#[derive(Clone, Copy, Debug)]
pub struct Metadata {
    /// What it is.
    pub file_type: FileType,
    /// Size in bytes; 0 for anything but a file.
    pub len: u64,
    /// Unix permission bits (`0o644`); `None` where the platform has none.
    pub mode: Option<u32>,
    /// Device and inode: two paths with the same pair are the same file or directory. `None` where the platform has none.
    pub identity: Option<(u64, u64)>,
    /// Last modification, where known.
    pub modified: Option<SystemTime>,
}

impl Metadata {
    /// True for a regular file.
    pub fn is_file(&self) -> bool {
        self.file_type == FileType::File
    }

    /// True for a directory.
    pub fn is_dir(&self) -> bool {
        self.file_type == FileType::Directory
    }
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// The directory joined with the name.
    pub path: PathBuf,
    /// The entry itself: a link is [`FileType::Link`], whatever it points to.
    pub file_type: FileType,
}

/// Why the system refused, for the end of a sentence (`… cannot be read: it is a directory`), without the numbers that systems give to it.
pub fn why(error: &io::Error) -> String {
    let known = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or directory",
        io::ErrorKind::PermissionDenied => "this user may not",
        io::ErrorKind::IsADirectory => "it is a directory",
        io::ErrorKind::NotADirectory => "a part of the path is a file, not a directory",
        io::ErrorKind::ReadOnlyFilesystem => "its file system is read-only",
        io::ErrorKind::StorageFull => "the disk is full",
        io::ErrorKind::FileTooLarge => "it is too large",
        _ => {
            let said = error.to_string();
            return said.split_once(" (os error").map_or(said.clone(), |(said, _)| said.to_owned());
        }
    };
    known.to_owned()
}

/// What composelint may do with a file system.
pub trait Fs: Send + Sync {
    /// The bytes of a file. Errors: as the system has them; [`io::ErrorKind::FileTooLarge`] above `limit` bytes;
    /// [`io::ErrorKind::InvalidInput`] for anything that is not a regular file or a link to one.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// At most `length` bytes of a file from an offset on; fewer at its end. Errors: as of [`Fs::read`].
    fn read_at(&self, path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let bytes = self.read(path, u64::MAX)?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let end = start.saturating_add(length).min(bytes.len());
        Ok(bytes.get(start..end).unwrap_or_default().to_vec())
    }

    /// The names in a directory, sorted by name, so that no run depends on the order of the disk.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>>;

    /// The facts about what `path` leads to, links followed.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;

    /// The facts about `path` itself.
    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata>;

    /// Where a link points, as written in it.
    fn read_link(&self, path: &Path) -> io::Result<PathBuf>;

    /// The absolute path with every link followed.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;

    /// Writes a file so that a reader sees the old or the new content, never a half: temporary file beside it, fsync, rename.
    /// A link stays, and the file behind it is written. What is no file (a device, a pipe) is written to as it is.
    fn write_atomic(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Writes a new file that only its owner may read (`0600` from the first moment). Errors: there is something at the path already; what
    /// is only for looking refuses it, as it does the three below.
    fn write_private(&self, _path: &Path, _bytes: &[u8]) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
    }

    /// Makes one directory. Errors: there is something at the path already, or nothing above it.
    fn create_dir(&self, _path: &Path) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
    }

    /// Takes a file away; of a link, the link.
    fn remove_file(&self, _path: &Path) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
    }

    /// Takes an empty directory away.
    fn remove_dir(&self, _path: &Path) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
    }

    /// True if `path` leads to something, links followed.
    fn exists(&self, path: &Path) -> bool {
        self.metadata(path).is_ok()
    }

    /// True if `path` leads to a regular file.
    fn is_file(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|m| m.is_file())
    }

    /// True if `path` leads to a directory.
    fn is_dir(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|m| m.is_dir())
    }
}

/// `path` without `.` and `..`, by text alone as Compose does it: links are not looked at, `a/link/..` is `a`.
/// A leading `..` of a relative path stays. The empty path gives `.`.
pub fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(".."),
            },
            part => out.push(part.as_os_str()),
        }
    }
    if out.as_os_str().is_empty() {
        out.push(".");
    }
    out
}

/// `path` seen from `base`: itself if absolute, else joined, and [`clean`].
pub fn join(base: &Path, path: &Path) -> PathBuf {
    clean(&base.join(path))
}

/// The real file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsFs;

fn file_type(t: std::fs::FileType) -> FileType {
    if t.is_symlink() {
        FileType::Link
    } else if t.is_dir() {
        FileType::Directory
    } else if t.is_file() {
        FileType::File
    } else {
        FileType::Other
    }
}

fn convert(m: &std::fs::Metadata) -> Metadata {
    #[cfg(unix)]
    let (mode, identity) = {
        use std::os::unix::fs::MetadataExt;
        (Some(m.mode() & 0o7777), Some((m.dev(), m.ino())))
    };
    #[cfg(not(unix))]
    let (mode, identity) = (None, None);
    Metadata { file_type: file_type(m.file_type()), len: m.len(), mode, identity, modified: m.modified().ok() }
}

impl OsFs {
    /// Makes a symbolic link at `at` that leads to `to`. Errors: as the system has them; everywhere but on Unix.
    pub fn link(&self, to: &Path, at: &Path) -> io::Result<()> {
        #[cfg(unix)]
        return std::os::unix::fs::symlink(to, at);
        #[cfg(not(unix))]
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("no link from {} to {} on this system", at.display(), to.display()),
        ));
    }

    /// Makes a new directory for passing use, readable by its owner only, and gives its path.
    pub fn scratch(&self) -> io::Result<PathBuf> {
        let base = std::env::temp_dir();
        for number in 0..100 {
            let path = base.join(format!("composelint-{}-{number}", std::process::id()));
            let mut builder = std::fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            match builder.create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| path),
            }
        }
        Err(io::Error::from(io::ErrorKind::AlreadyExists))
    }

    /// Takes away a directory of [`OsFs::scratch`] with all that is in it; links are not followed.
    pub fn discard(&self, scratch: &Path) {
        let ours = scratch.file_name().is_some_and(|n| n.to_string_lossy().starts_with("composelint-"));
        if ours && scratch.parent() == Some(std::env::temp_dir().as_path()) {
            let _ = std::fs::remove_dir_all(scratch);
        }
    }
}

#[allow(clippy::disallowed_methods)] // this is the place they are allowed in
impl Fs for OsFs {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        use std::io::Read;
        let meta = std::fs::metadata(path)?;
        if meta.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        // Checked before opening: opening a pipe waits for a writer.
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        if meta.len() > limit {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let mut bytes = Vec::new();
        // The file may grow between the look and the read.
        std::fs::File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|n| n > limit) {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        Ok(bytes)
    }

    fn read_at(&self, path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        use std::io::{Read, Seek};
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let mut file = std::fs::File::open(path)?;
        file.seek(io::SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut out = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            out.push(DirEntry { path: entry.path(), file_type: file_type(entry.file_type()?) });
        }
        out.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(out)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        Ok(convert(&std::fs::metadata(path)?))
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        Ok(convert(&std::fs::symlink_metadata(path)?))
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::canonicalize(path)
    }

    fn write_atomic(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        use std::io::Write;
        // A rename would put a file in the place of the device, pipe or link: `/dev/null` must stay what it is.
        let special = std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir());
        if special || path.starts_with("/dev") || path.starts_with("/proc") {
            return std::fs::OpenOptions::new().append(true).open(path)?.write_all(bytes);
        }
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let path = real.as_path();
        let dir = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}.tmp", std::process::id()));
        let temporary = dir.join(temporary);
        let written = (|| {
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
            file.write_all(bytes)?;
            if let Ok(old) = std::fs::metadata(path) {
                file.set_permissions(old.permissions())?;
            }
            file.sync_all()?;
            std::fs::rename(&temporary, path)
        })();
        if written.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        written
    }

    fn write_private(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        use std::io::Write;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        if written.is_err() {
            let _ = std::fs::remove_file(path);
        }
        written
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }
}

/// A file system in memory, for tests and for the examples on the rule pages. Absolute paths only; directories exist
/// when something is in them; links are allowed.
#[derive(Clone, Debug, Default)]
pub struct MemFs {
    entries: BTreeMap<PathBuf, MemEntry>,
    /// Permission bits that were stated; `0o644` is what all others have.
    modes: BTreeMap<PathBuf, u32>,
}

#[derive(Clone, Debug)]
enum MemEntry {
    File(Vec<u8>),
    Directory,
    Link(PathBuf),
}

impl MemFs {
    /// An empty file system.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file; its directories come with it.
    pub fn file(mut self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) -> Self {
        self.insert(path.as_ref(), MemEntry::File(content.into()));
        self
    }

    /// Adds an empty directory.
    pub fn directory(mut self, path: impl AsRef<Path>) -> Self {
        self.insert(path.as_ref(), MemEntry::Directory);
        self
    }

    /// Adds a symbolic link.
    pub fn link(mut self, path: impl AsRef<Path>, to: impl Into<PathBuf>) -> Self {
        self.insert(path.as_ref(), MemEntry::Link(to.into()));
        self
    }

    /// States the permission bits of a path (`0o600`), which is `0o644` otherwise.
    pub fn mode(mut self, path: impl AsRef<Path>, mode: u32) -> Self {
        self.modes.insert(clean(path.as_ref()), mode);
        self
    }

    fn insert(&mut self, path: &Path, entry: MemEntry) {
        let path = clean(path);
        for dir in path.ancestors().skip(1) {
            self.entries.entry(dir.to_path_buf()).or_insert(MemEntry::Directory);
        }
        self.entries.insert(path, entry);
    }

    fn resolve(&self, path: &Path, hops: u32) -> io::Result<PathBuf> {
        if hops > 40 {
            return Err(io::Error::other("too many levels of symbolic links"));
        }
        let mut at = PathBuf::new();
        for part in path.components() {
            match part {
                Component::ParentDir => {
                    at.pop();
                    continue;
                }
                Component::CurDir => continue,
                part => at.push(part.as_os_str()),
            }
            if let Some(MemEntry::Link(to)) = self.entries.get(&at) {
                let base = at.parent().unwrap_or(Path::new("/")).to_path_buf();
                at = self.resolve(&base.join(to), hops + 1)?;
            }
        }
        Ok(at)
    }

    fn facts(&self, path: &Path) -> io::Result<Metadata> {
        let (position, entry) = self
            .entries
            .iter()
            .enumerate()
            .find(|(_, (p, _))| p.as_path() == path)
            .map(|(i, (_, e))| (i, e))
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let (file_type, len) = match entry {
            MemEntry::File(bytes) => (FileType::File, bytes.len() as u64),
            MemEntry::Directory => (FileType::Directory, 0),
            MemEntry::Link(_) => (FileType::Link, 0),
        };
        let mode = self.modes.get(path).copied().unwrap_or(0o644);
        Ok(Metadata { file_type, len, mode: Some(mode), identity: Some((0, position as u64)), modified: None })
    }
}

impl Fs for MemFs {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self.entries.get(&self.resolve(path, 0)?) {
            Some(MemEntry::File(bytes)) if bytes.len() as u64 > limit => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
            Some(MemEntry::File(bytes)) => Ok(bytes.clone()),
            Some(MemEntry::Directory) => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let real = self.resolve(path, 0)?;
        if !self.facts(&real)?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        let mut out = Vec::new();
        for (p, entry) in &self.entries {
            if p.parent() == Some(&real)
                && let Some(name) = p.file_name()
            {
                let file_type = match entry {
                    MemEntry::File(_) => FileType::File,
                    MemEntry::Directory => FileType::Directory,
                    MemEntry::Link(_) => FileType::Link,
                };
                out.push(DirEntry { path: path.join(name), file_type });
            }
        }
        Ok(out)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.facts(&self.resolve(path, 0)?)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        let parent = self.resolve(path.parent().unwrap_or(Path::new("/")), 0)?;
        match path.file_name() {
            Some(name) => self.facts(&parent.join(name)),
            None => self.facts(Path::new("/")),
        }
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        let parent = self.resolve(path.parent().unwrap_or(Path::new("/")), 0)?;
        match path.file_name().and_then(|name| self.entries.get(&parent.join(name))) {
            Some(MemEntry::Link(to)) => Ok(to.clone()),
            Some(_) => Err(io::Error::from(io::ErrorKind::InvalidInput)),
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let real = self.resolve(path, 0)?;
        self.facts(&real).map(|_| real)
    }

    fn write_atomic(&self, _path: &Path, _bytes: &[u8]) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_works_on_text_alone() {
        for (given, wanted) in [("a/./b/../c", "a/c"), ("../x", "../x"), ("/../x", "/x"), ("", "."), ("a/..", ".")] {
            assert_eq!(clean(Path::new(given)), Path::new(wanted), "{given}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn writing_replaces_nothing_but_files() {
        let dir = tempfile::tempdir().unwrap();
        let [file, link, socket] = ["file", "link", "socket"].map(|n| dir.path().join(n));
        OsFs.write_atomic(&file, b"old").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        OsFs.write_atomic(&link, b"new").unwrap();
        assert_eq!(OsFs.symlink_metadata(&link).unwrap().file_type, FileType::Link);
        assert_eq!(OsFs.read(&file, 10).unwrap(), b"new");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(OsFs.write_atomic(&socket, b"x").is_err());
        assert_eq!(OsFs.symlink_metadata(&socket).unwrap().file_type, FileType::Other);
        assert!(OsFs.write_atomic(dir.path(), b"x").is_err());
        assert_eq!(OsFs.read_dir(dir.path()).unwrap().len(), 3);
    }

    #[test]
    fn memory_links_are_followed_and_cycles_end() {
        let fs = MemFs::new().file("/real/a", "x").link("/link", "real").link("/loop", "loop");
        assert_eq!(fs.read(Path::new("/link/a"), 9).unwrap(), b"x");
        assert_eq!(fs.canonicalize(Path::new("/link/a")).unwrap(), Path::new("/real/a"));
        assert!(fs.metadata(Path::new("/loop")).is_err());
        assert_eq!(fs.symlink_metadata(Path::new("/loop")).unwrap().file_type, FileType::Link);
    }
}
