//! The texts that were read, and places in them. Spans are byte ranges into immutable sources; nothing here reads a disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Names one source within one [`Sources`]. The number depends on the order of loading, so it must never decide an order
/// that a user sees: sort by path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

impl FileId {
    /// The id of no source: [`Sources::get`] gives an empty text for it.
    pub const NONE: FileId = FileId(u32::MAX);
}

/// A range of bytes in one source: `start` inclusive, `end` exclusive, both on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The source.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The beginning of a file, for what is true of the file as a whole.
    pub fn file_start(file: FileId) -> Self {
        Self { file, start: 0, end: 0 }
    }

    /// True if `other` lies within `self`.
    pub fn contains(&self, other: &Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A change of one source: the bytes of `span` become `text`. An empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What comes in its place.
    pub text: String,
}

/// A text with some edits made, in whatever order they are given; two insertions at one place come in the order given. `None` if two of them
/// overlap, or one is not within the text: nothing is made by halves.
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|e| (e.span.start, e.span.end));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in sorted {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        text.get(start..end)?;
        out.push_str(text.get(done..start)?);
        out.push_str(&edit.text);
        done = end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

/// A position as people count: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One text. A byte order mark stays in the text, so that spans are offsets into the file itself.
#[derive(Debug)]
pub struct Source {
    /// The path as it was reached: shown to the user, links not followed.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
    line_starts: OnceLock<Vec<u32>>,
}

impl Source {
    /// A text at a path.
    pub fn new(path: PathBuf, text: String) -> Self {
        Self { path, text, line_starts: OnceLock::new() }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let ends = self.text.match_indices('\n').filter_map(|(end, _)| u32::try_from(end + 1).ok());
            std::iter::once(0).chain(ends).collect()
        })
    }

    /// The position of a byte offset; past the end it is the end.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let starts = self.line_starts();
        let line = starts.partition_point(|s| *s as usize <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0) as usize;
        let column = self.text.get(start..offset).map_or(0, |s| s.trim_start_matches('\u{feff}').chars().count());
        Position { line: u32::try_from(line).unwrap_or(u32::MAX), column: u32::try_from(column + 1).unwrap_or(u32::MAX) }
    }

    /// The number of lines; a final newline does not begin another.
    pub fn line_count(&self) -> usize {
        let starts = self.line_starts();
        match starts.last() {
            Some(last) if *last as usize >= self.text.len() && starts.len() > 1 => starts.len() - 1,
            _ => starts.len(),
        }
    }

    /// The byte range of a line (from 1), its line break left out.
    pub fn line_range(&self, line: u32) -> Option<std::ops::Range<usize>> {
        let starts = self.line_starts();
        let index = (line as usize).checked_sub(1)?;
        let start = *starts.get(index)? as usize;
        let end = starts.get(index + 1).map_or(self.text.len(), |e| *e as usize);
        let trimmed = self.text.get(start..end)?.trim_end_matches(['\n', '\r']).len();
        Some(start..start + trimmed)
    }

    /// The text of a range; empty where the range is not in the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

/// Every source of one run. Shared by all threads; appended to, never changed.
#[derive(Debug, Default)]
pub struct Sources {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    files: Vec<Arc<Source>>,
    by_path: BTreeMap<PathBuf, FileId>,
}

impl Sources {
    /// No sources.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text, or returns the id that its path already has: a path is read once a run, and two threads that read
    /// it at the same time share the first text.
    pub fn add(&self, path: &Path, text: String) -> FileId {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = inner.by_path.get(path) {
            return *id;
        }
        let id = FileId(u32::try_from(inner.files.len()).unwrap_or(u32::MAX));
        inner.files.push(Arc::new(Source::new(path.to_path_buf(), text)));
        inner.by_path.insert(path.to_path_buf(), id);
        id
    }

    /// The id of a path that was added.
    pub fn find(&self, path: &Path) -> Option<FileId> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).by_path.get(path).copied()
    }

    /// Every source with its id. The order is that of loading: it must not show.
    pub fn all(&self) -> Vec<(FileId, Arc<Source>)> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.files.iter().zip(0u32..).map(|(source, id)| (FileId(id), Arc::clone(source))).collect()
    }

    /// The source of an id. An id of another [`Sources`] gives an empty text without a path.
    pub fn get(&self, id: FileId) -> Arc<Source> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.files.get(id.0 as usize).cloned().unwrap_or_else(|| Arc::new(Source::new(PathBuf::new(), String::new())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_survive_crlf_and_bom() {
        let s = Source::new(PathBuf::new(), "\u{feff}ä: 1\r\nb: ü!\n".into());
        assert_eq!(s.position(3), Position { line: 1, column: 1 });
        assert_eq!(s.position(5), Position { line: 1, column: 2 });
        assert_eq!(s.position(10), Position { line: 2, column: 1 });
        assert_eq!(s.position(15), Position { line: 2, column: 5 });
        assert_eq!(s.line_count(), 2);
        assert_eq!(&s.text[s.line_range(1).unwrap()], "\u{feff}ä: 1");
    }
}
