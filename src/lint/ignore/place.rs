//! Where the comments of a file are that speak to a linter, and which ranges of the file each of them covers.
//!
//! Behind something, a comment covers what begins on its line, and the whole entry or item that it is behind. On a line of its own it
//! covers the next entry or item with all that it contains; at the end of a block, where what follows is indented less, it covers nothing.

use crate::compose::dotenv;
use crate::rules::{IgnoreComment, Says, read_comment};
use crate::source::{FileId, Source, Span};
use crate::yaml::{Kind, Node, NodeId, Owner, Tree};

/// What a comment covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Covers {
    /// All that is said of the file.
    File,
    /// What begins in one of these ranges, their ends included. None: nothing.
    Ranges(Vec<(u32, u32)>),
}

impl Covers {
    /// True if something that begins here is covered.
    pub(super) fn holds(&self, start: u32) -> bool {
        match self {
            Covers::File => true,
            Covers::Ranges(ranges) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&start)),
        }
    }
}

/// Which comments of a file cover a place: a file may have as many comments as lines, and as many findings.
pub(super) struct Index {
    /// The comments about the whole file.
    files: Vec<usize>,
    /// The ranges of the others, by where they begin, each with its comment.
    ranges: Vec<(u32, u32, usize)>,
    /// Of each range the nearest one before it that ends behind it: those between end no later than it does.
    longer: Vec<Option<usize>>,
}

impl Index {
    pub(super) fn of(covers: &[Covers]) -> Self {
        let (mut files, mut ranges) = (Vec::new(), Vec::new());
        for (comment, covers) in covers.iter().enumerate() {
            match covers {
                Covers::File => files.push(comment),
                Covers::Ranges(all) => ranges.extend(all.iter().map(|(from, to)| (*from, *to, comment))),
            }
        }
        ranges.sort_unstable();
        let mut longer = Vec::new();
        let mut open: Vec<(usize, u32)> = Vec::new();
        for (i, (_, to, _)) in ranges.iter().enumerate() {
            while open.last().is_some_and(|(_, end)| end <= to) {
                open.pop();
            }
            longer.push(open.last().map(|(before, _)| *before));
            open.push((i, *to));
        }
        Self { files, ranges, longer }
    }

    /// The comments about the whole file.
    pub(super) fn whole_file(&self) -> &[usize] {
        &self.files
    }

    /// The comments that cover what begins here, in order.
    pub(super) fn at(&self, start: u32) -> Vec<usize> {
        let mut out = self.files.clone();
        let mut next = self.ranges.partition_point(|(from, ..)| *from <= start).checked_sub(1);
        while let Some((i, (_, to, comment))) = next.and_then(|i| Some((i, self.ranges.get(i)?))) {
            if *to >= start {
                out.push(*comment);
                next = i.checked_sub(1);
            } else {
                next = self.longer.get(i).copied().flatten();
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// The comments of a file of YAML.
pub(super) fn of_yaml(tree: &Tree, source: &Source) -> Vec<(IgnoreComment, Covers)> {
    let mut places: Option<Places> = None;
    let mut out = Vec::new();
    for comment in &tree.comments {
        let Some(read) = read_comment(source.slice(comment.span), comment.span) else { continue };
        let covers = match &read.says {
            Says::Ignore(ignore) if ignore.file => Covers::File,
            Says::Ignore(_) => places.get_or_insert_with(|| Places::of(tree)).covered(tree, &source.text, comment.span, comment.owner),
            _ => Covers::Ranges(Vec::new()),
        };
        out.push((read, covers));
    }
    out
}

/// The comments of an env file.
pub(super) fn of_env_file(file: FileId, source: &Source, raw: bool) -> Vec<(IgnoreComment, Covers)> {
    let layout = dotenv::layout(file, &source.text, raw);
    let mut out = Vec::new();
    for at in &layout.comments {
        let Some(read) = read_comment(source.slice(*at), *at) else { continue };
        let covers = match &read.says {
            Says::Ignore(ignore) if ignore.file => Covers::File,
            Says::Ignore(_) => {
                let before = layout.statements.partition_point(|s| s.start < at.start);
                let behind = before.checked_sub(1).and_then(|last| layout.statements.get(last));
                let range = match on_own_line(&source.text, at.start) {
                    // A quoted value may have begun lines before.
                    Some(line) => behind.map(|s| (s.start.min(line), s.end)),
                    None => layout.statements.get(before).map(|s| (s.start, s.end)),
                };
                Covers::Ranges(range.into_iter().collect())
            }
            _ => Covers::Ranges(Vec::new()),
        };
        out.push((read, covers));
    }
    out
}

/// `None` if only blanks are before the place on its line; else where the line begins.
fn on_own_line(text: &str, at: u32) -> Option<u32> {
    let before = text.get(..at as usize).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let blank = before.get(line..).unwrap_or_default().trim_start_matches('\u{feff}').trim().is_empty();
    (!blank).then(|| u32::try_from(line).unwrap_or(u32::MAX))
}

/// A range with the comment behind it on its last line.
fn with_comment(text: &str, (from, to): (u32, u32)) -> (u32, u32) {
    let rest = text.get(to as usize..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    let length = if line.trim_start().starts_with('#') { line.trim_end().len() } else { 0 };
    (from, to.saturating_add(u32::try_from(length).unwrap_or(0)))
}

/// The column of the first character on the line of a place that is no blank.
fn indentation(text: &str, at: u32) -> usize {
    let before = text.get(..at as usize).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(line..).unwrap_or_default().trim_start_matches('\u{feff}');
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// The entries and items of a tree.
struct Places {
    /// By node: the range of the entry or item that it is.
    extents: Vec<Option<(u32, u32)>>,
    /// Where entries and items begin, in order; of several that begin at one place the outermost first.
    heads: Vec<(u32, NodeId)>,
}

impl Places {
    fn of(tree: &Tree) -> Self {
        let mut places = Self { extents: vec![None; tree.nodes.len()], heads: Vec::new() };
        for node in &tree.nodes {
            match &node.kind {
                Kind::Mapping { entries, .. } => {
                    for entry in entries {
                        let (key, value) = (tree.node(entry.key), tree.node(entry.value));
                        let extent = (begin(key), value.span.end.max(key.span.end));
                        places.set(entry.key, extent);
                        places.set(entry.value, extent);
                        places.heads.push((extent.0, entry.key));
                    }
                }
                Kind::Sequence { items, .. } => {
                    for item in items {
                        let node = tree.node(*item);
                        places.set(*item, (begin(node), node.span.end));
                        places.heads.push((begin(node), *item));
                    }
                }
                Kind::Scalar(_) | Kind::Alias { .. } => {}
            }
        }
        places.heads.sort_unstable();
        places
    }

    fn set(&mut self, node: NodeId, extent: (u32, u32)) {
        if let Some(slot) = self.extents.get_mut(node.0 as usize) {
            *slot = Some(extent);
        }
    }

    /// The range of an entry, given its key or value, of an item, or of a whole document.
    fn extent(&self, tree: &Tree, node: NodeId) -> (u32, u32) {
        let known = self.extents.get(node.0 as usize).copied().flatten();
        known.unwrap_or_else(|| (begin(tree.node(node)), tree.node(node).span.end))
    }

    fn covered(&self, tree: &Tree, text: &str, at: Span, owner: Owner) -> Covers {
        if let Some(line) = on_own_line(text, at.start) {
            let behind = match owner {
                Owner::Trailing(node) => Some(with_comment(text, self.extent(tree, node))),
                _ => None,
            };
            return Covers::Ranges(std::iter::once((line, at.start)).chain(behind).collect());
        }
        let node = match owner {
            Owner::Above(node) => Some(node),
            _ => self.next(tree, text, at, owner),
        };
        Covers::Ranges(node.map(|n| with_comment(text, self.extent(tree, n))).into_iter().collect())
    }

    /// The next entry or item, unless the comment is at the end of the block, brackets or document before it.
    fn next(&self, tree: &Tree, text: &str, at: Span, owner: Owner) -> Option<NodeId> {
        let (start, node) = *self.heads.get(self.heads.partition_point(|(start, _)| *start < at.end))?;
        if let Owner::Inside(collection) = owner {
            let inside = tree.node(collection);
            let flow = matches!(inside.kind, Kind::Sequence { flow: true, .. } | Kind::Mapping { flow: true, .. });
            if flow && start >= inside.span.end {
                return None;
            }
        }
        // The first document has no mark of its own: it begins with its content.
        let document = |at: u32| tree.documents.iter().rposition(|d| d.span.start <= at).unwrap_or(0);
        (document(start) == document(at.start) && indentation(text, start) >= indentation(text, at.start)).then_some(node)
    }
}

/// Where a node begins, its anchor and tag included.
fn begin(node: &Node) -> u32 {
    let anchor = node.anchor.as_ref().map_or(u32::MAX, |anchor| anchor.span.start);
    let tag = node.tag.as_ref().map_or(u32::MAX, |tag| tag.span.start);
    node.span.start.min(anchor).min(tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// Each comment by its reason, and the texts that it covers.
    fn shown(comments: &[(IgnoreComment, Covers)], source: &Source) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        for (comment, covers) in comments {
            let text = source.slice(comment.speaks);
            let why = text.rsplit(']').next().unwrap().trim();
            let what = match covers {
                Covers::File => "the file".to_owned(),
                Covers::Ranges(ranges) => {
                    let text = |(from, to): &(u32, u32)| {
                        let text = &source.text[*from as usize..*to as usize];
                        let (first, last) = (source.position(*from).line, source.position(*to).line);
                        let begin = text.split(" #").next().unwrap().lines().next().unwrap_or_default();
                        if first == last { format!("{begin:?}") } else { format!("{begin:?} to line {last}") }
                    };
                    ranges.iter().map(text).collect::<Vec<_>>().join(" + ")
                }
            };
            writeln!(out, "{why}: {what}").unwrap();
        }
        out
    }

    fn yaml(text: &str) -> String {
        let text = text.replace('@', "composelint: ignore[privileged]");
        let source = Source::new(PathBuf::new(), text);
        let tree = crate::yaml::parse(FileId::NONE, &source.text);
        shown(&of_yaml(&tree, &source), &source)
    }

    #[test]
    fn the_index_finds_what_a_look_at_every_range_finds() {
        let covers: Vec<Covers> = (0..60u32)
            .map(|i| match i % 7 {
                0 => Covers::File,
                1 => Covers::Ranges(vec![(i, 100 - i), (i * 13 % 50, 55)]),
                2 => Covers::Ranges(Vec::new()),
                _ => Covers::Ranges(vec![(i * 37 % 90, i * 37 % 90 + i * 11 % 17)]),
            })
            .collect();
        let index = Index::of(&covers);
        for start in 0..120 {
            let all: Vec<usize> = covers.iter().enumerate().filter(|(_, c)| c.holds(start)).map(|(i, _)| i).collect();
            assert_eq!(index.at(start), all, "{start}");
        }
    }

    #[test]
    fn above_and_behind() {
        insta::assert_snapshot!(yaml("\
# @ header, next is services

services:
  # @ above the first key
  web:
    # prose @ in prose
    # @ over prose
    # more prose
    image: x # @ behind value
    ports: # @ behind a key
      - \"80:80\" # @ behind an item
      # @ above an item
      - target: 90 # @ behind the first key of an item
        published: 91
    command: | # @ behind a block scalar
      # @ in a block scalar
      run
    # @ at the end of web
# @ in column 0
  db: {image: y, # @ in a flow mapping
    # @ above in a flow mapping
    privileged: true
    # @ at the end of a flow mapping
  } # @ behind a flow mapping
# composelint: ignore-file[privileged] file
"), @r#"
        header, next is services: "services:" to line 24
        above the first key: "web:" to line 17
        over prose: "image: x"
        behind value: "    image: x " + "image: x"
        behind a key: "    ports: " + "ports:" to line 14
        behind an item: "      - \"80:80\" " + "\"80:80\""
        above an item: "target: 90" to line 14
        behind the first key of an item: "      - target: 90 " + "target: 90"
        behind a block scalar: "    command: | " + "command: |" to line 17
        at the end of web: 
        in column 0: "db: {image: y," to line 24
        in a flow mapping: "  db: {image: y, " + "image: y"
        above in a flow mapping: "privileged: true"
        at the end of a flow mapping: 
        behind a flow mapping: "  } " + "db: {image: y," to line 24
        file: the file
        "#);
    }

    #[test]
    fn documents_anchors_line_ends_and_broken_text() {
        insta::assert_snapshot!(yaml("\
# @ header
---
a: &x # @ behind an anchor
  b: 1
c:
# @ above an item without indentation
- d
- # @ behind a dash
  e: 1
- *x # @ behind an alias
# @ at the end of the sequence, above f

f: 1
# @ at the end of the document
--- # @ behind the mark
? g # @ behind an explicit key
: h
# @ at the end of the file
"), @r#"
        header: "a: &x" to line 4
        behind an anchor: "a: &x " + "a: &x" to line 4
        above an item without indentation: "d"
        behind a dash: "- " + "e: 1"
        behind an alias: "- *x " + "*x"
        at the end of the sequence, above f: "f: 1"
        at the end of the document: 
        behind the mark: "--- "
        behind an explicit key: "? g " + "g" to line 17
        at the end of the file: 
        "#);
        let crlf = "\u{feff}# @ above a\r\na:\r\n  # @ above b\r\n  b: 1 # @ behind b\r\n  # @ at the end\r\nc: 1\r\n";
        insta::assert_snapshot!(yaml(crlf), @r#"
        above a: "a:" to line 4
        above b: "b: 1"
        behind b: "  b: 1 " + "b: 1"
        at the end: 
        "#);
        insta::assert_snapshot!(yaml("a: 1 # @ behind a\n---\nb: [ # @ in what is broken\n"), @r#"
        behind a: "a: 1 " + "a: 1"
        in what is broken: "b: [ "
        "#);
    }

    fn env(text: &str, raw: bool) -> String {
        let source = Source::new(PathBuf::new(), text.replace('@', "composelint: ignore[privileged]"));
        shown(&of_env_file(FileId::NONE, &source, raw), &source)
    }

    #[test]
    fn env_files() {
        let text = "\
# @ above A

A=1 # @ behind A
export B='x # @ no comment
 # @ no comment' # @ behind B
C=1# @ no comment
D=\"q\"# @ behind D
# @ at the end
# composelint: ignore-file[privileged] file
";
        insta::assert_snapshot!(env(text, false), @r#"
        above A: "A=1"
        behind A: "A=1"
        behind B: "export B='x" to line 5
        behind D: "D=\"q\""
        at the end: 
        file: the file
        "#);
        // With `format: raw` only whole lines are comments.
        insta::assert_snapshot!(env("\u{feff}# @ above A\r\nA=x # @ no comment\r\n", true), @r#"above A: "A=x""#);
    }
}
