//! YAML text → [`Tree`]: the only module that names the parser library. Judges nothing that a well-formed file may contain.
//!
//! The library's events carry byte offsets, with some gaps that are closed here (spec/crates.md 1.9): collections have no end,
//! a block scalar begins behind its header and ends at the next token, a sequence that is not indented begins behind its first dash.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span as EventSpan, StructureStyle};

use super::comments;
use super::error;
use super::lines;
use super::{Anchor, Document, Entry, Kind, Node, NodeId, Scalar, Style, SyntaxError, Tag, Tree};
use crate::source::{FileId, Span};

/// Parses one file. Never fails: what is not YAML is in [`Tree::errors`], with the documents before it intact.
/// Anchors are known to the end of the file, across documents (spec/resolve.md 5.3).
///
/// Time and memory are linear in the length of the text; collections nest 255 levels deep at most, beyond that is an error.
pub fn parse(file: FileId, text: &str) -> Tree {
    let mut tree = Tree {
        file,
        nodes: Vec::new(),
        documents: Vec::new(),
        comments: Vec::new(),
        errors: Vec::new(),
        last_alias: std::collections::BTreeMap::new(),
    };
    if u32::try_from(text.len()).is_err() {
        tree.errors.push(SyntaxError {
            span: Span::file_start(file),
            message: "this file is larger than 4 GiB, which is too large for a configuration file".to_owned(),
            help: None,
            related: None,
        });
        return tree;
    }
    let mut builder = Builder::new(text, tree);
    let options = granit_parser::options! {
        emit_anchor_events: true,
        // The library forgets anchors at the end of a document, Compose does not: aliases are looked up here.
        emit_unresolved_aliases: true,
        // The default of 96 refuses a commented-out service.
        max_buffered_comment_events: usize::MAX,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.event(event, span),
            Err(problem) => {
                builder.fail(&problem);
                return builder.finish();
            }
        }
    }
    builder.foreign_line_breaks();
    builder.finish()
}

/// A collection that is not closed yet.
struct Open {
    node: NodeId,
    /// Children so far: items, or keys and values in turn.
    children: Vec<NodeId>,
    mapping: bool,
    flow: bool,
}

/// A document that has not ended yet.
struct OpenDocument {
    /// Its `---`, or its first content.
    start: usize,
    /// The number of nodes before it.
    nodes: usize,
    version: Option<(u32, u32)>,
}

struct Builder<'t> {
    text: &'t str,
    tree: Tree,
    open: Vec<Open>,
    /// Only looked up, never iterated.
    anchors: HashMap<Box<str>, NodeId>,
    comments: Vec<Span>,
    /// The end of the last thing with a known end: what comes next is searched for from here.
    cursor: usize,
    last_node: Option<NodeId>,
    /// An implicit null, whose place depends on an anchor that is announced after it.
    last_is_null: bool,
    document: Option<OpenDocument>,
    root: Option<NodeId>,
    /// Behind the colon of the last entry that has nothing before it.
    empty_key: Option<usize>,
    /// Where the tree ends if the text could not be read to its end.
    complete_to: usize,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, tree: Tree) -> Self {
        Self {
            text,
            tree,
            open: Vec::new(),
            anchors: HashMap::new(),
            comments: Vec::new(),
            cursor: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            last_node: None,
            last_is_null: false,
            document: None,
            root: None,
            empty_key: None,
            complete_to: usize::MAX,
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let start = start.min(self.text.len());
        let end = end.clamp(start, self.text.len());
        let number = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(self.tree.file, number(start), number(end))
    }

    fn event(&mut self, event: Event<'_>, at: EventSpan) {
        let range = at.byte_range().unwrap_or(self.cursor..self.cursor);
        match event {
            Event::DocumentStart(explicit, version) => {
                if !explicit && !self.tree.documents.is_empty() {
                    self.tree.errors.push(error::content_after_document_end(self.span(range.start, range.start)));
                }
                self.document =
                    Some(OpenDocument { start: range.start, nodes: self.tree.nodes.len(), version: version.map(|v| (v.major, v.minor)) });
                self.root = None;
                // A document without `---` is announced at its first content, which for a block scalar is behind its header.
                if explicit {
                    self.cursor = range.end;
                }
            }
            Event::DocumentEnd => {
                self.cursor = self.cursor.max(range.end);
                if let (Some(OpenDocument { start, version, .. }), Some(root)) = (self.document.take(), self.root.take()) {
                    let content = self.tree.node(root).span;
                    let span = self.span(start.min(content.start as usize), content.end as usize);
                    self.tree.documents.push(Document { root, span, version });
                }
            }
            Event::Comment(..) => self.comments.push(self.span(range.start, range.end)),
            Event::Alias(_) => self.alias(range, None),
            Event::UnresolvedAlias(name) => self.alias(range, Some(&name)),
            Event::Anchor(_, name) => self.anchor(&name, range),
            Event::Scalar(value, style, _, tag) => self.scalar(value, style, tag.as_deref(), &at, range),
            Event::SequenceStart(style, _, tag) => self.start(false, style, tag.as_deref(), &at, range),
            Event::MappingStart(style, _, tag) => self.start(true, style, tag.as_deref(), &at, range),
            Event::SequenceEnd | Event::MappingEnd => self.end(range),
            _ => {}
        }
    }

    /// The tag as the tree spells it.
    fn tag(&self, tag: Option<&granit_parser::Tag>, at: &EventSpan) -> Option<Tag> {
        let tag = tag?;
        let name = match tag.suffix_in_namespace("tag:yaml.org,2002:") {
            Some(core) => format!("!!{core}"),
            None => format!("{}{}", tag.handle(), tag.suffix()),
        };
        let range = at.tag_span().and_then(|span| span.byte_range()).unwrap_or(self.cursor..self.cursor);
        Some(Tag { name: name.into(), span: self.span(range.start, range.end) })
    }

    /// Adds a node to the arena and to its parent.
    fn push(&mut self, span: Span, tag: Option<Tag>, kind: Kind) -> NodeId {
        let id = NodeId(u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX));
        self.tree.nodes.push(Node { span, tag, anchor: None, kind });
        match self.open.last_mut() {
            Some(parent) => parent.children.push(id),
            None => self.root = Some(id),
        }
        self.last_node = Some(id);
        self.last_is_null = false;
        id
    }

    fn alias(&mut self, range: std::ops::Range<usize>, unresolved: Option<&str>) {
        // The library's own resolution only differs in that it forgets earlier documents, so the name decides.
        let name = unresolved.or_else(|| self.text.get(range.start + 1..range.end)).unwrap_or_default();
        let target = self.anchors.get(name).copied();
        let span = self.span(range.start, range.end);
        if target.is_none() {
            self.tree.errors.push(error::unknown_anchor(span, name));
        }
        let name = name.into();
        self.push(span, None, Kind::Alias { name, target });
        self.cursor = range.end;
    }

    fn anchor(&mut self, name: &str, range: std::ops::Range<usize>) {
        let span = self.span(range.start, range.end);
        let Some(id) = self.last_node else { return };
        if !lines::is_anchor_name(name) {
            self.tree.errors.push(error::anchor_name(span));
        }
        self.anchors.insert(name.into(), id);
        if let Some(node) = self.tree.nodes.get_mut(id.0 as usize) {
            node.anchor = Some(Anchor { name: name.into(), span });
            if self.last_is_null && node.span.start < span.end {
                node.span = Span::new(span.file, span.end, span.end);
            }
        }
        self.cursor = self.cursor.max(range.end);
    }

    fn scalar(
        &mut self,
        value: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&granit_parser::Tag>,
        at: &EventSpan,
        range: std::ops::Range<usize>,
    ) {
        let tag = self.tag(tag, at);
        if let Some(tag) = &tag {
            self.cursor = self.cursor.max(tag.span.end as usize);
        }
        let style = match style {
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
            ScalarStyle::Plain => Style::Plain,
        };
        let implicit = style == Style::Plain && range.is_empty();
        let range = match style {
            Style::Plain if implicit => {
                let place = self.place_of_null(range.start, tag.is_some());
                place..place
            }
            Style::Literal | Style::Folded => self.block_scalar(&range),
            _ => range,
        };
        let span = self.span(range.start, range.end);
        let text: Box<str> = if implicit {
            "".into()
        } else if matches!(style, Style::Literal | Style::Folded) && self.is_cut_by_the_end(&range) {
            // The library supplies the line break that the file does not have; Compose does not.
            value.strip_suffix('\n').unwrap_or(&value).into()
        } else {
            value.into()
        };
        self.push(span, tag, Kind::Scalar(Scalar { text, style }));
        self.last_is_null = implicit;
        self.cursor = self.cursor.max(range.end);
    }

    /// Where an implicit null stands: behind the `:`, `-`, `,` or property that asked for it. The event may stand on a later line.
    fn place_of_null(&mut self, event: usize, has_tag: bool) -> usize {
        let behind = significant(self.text, self.cursor, event);
        let is_key = self.open.last().is_some_and(|open| open.mapping && open.children.len().is_multiple_of(2));
        if !is_key {
            let is_value = self.open.last().is_some_and(|open| open.mapping);
            let place = behind.map_or(self.cursor, |(end, _)| end);
            // `key:` is announced before its colon. With a property behind the colon, the colon is behind us.
            let colon_ahead = is_value && behind.is_none() && !has_tag && self.empty_key != Some(self.cursor);
            return if colon_ahead { self.behind_colon(self.cursor).unwrap_or(place) } else { place };
        }
        // In `? : a` the question mark belongs to the mapping around.
        let begin = self.open.last().map_or(0, |open| self.tree.node(open.node).span.start as usize);
        let explicit = behind.is_some_and(|(end, byte)| byte == b'?' && end > begin) || self.text.as_bytes().get(event) == Some(&b'?');
        let colon = self.text.as_bytes().get(event) == Some(&b':');
        if !explicit && colon && event >= self.cursor {
            self.tree.errors.push(error::empty_key(self.span(event, event + 1)));
            self.cursor = event + 1;
            self.empty_key = Some(self.cursor);
            return event;
        }
        behind.map_or(self.cursor, |(end, _)| end)
    }

    /// Behind the colon of the open mapping's last key, if the next thing is that colon.
    fn behind_colon(&self, from: usize) -> Option<usize> {
        let open = self.open.last()?;
        let mut same_line = true;
        let mut at = from;
        loop {
            match self.text.as_bytes().get(at)? {
                b' ' | b'\t' => at += 1,
                b'\n' | b'\r' => {
                    same_line = false;
                    at += 1;
                }
                b'#' => at += self.text.as_bytes().get(at..)?.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count(),
                // In lines, the colon of an outer `? key` may follow: it stands in another column.
                // `:a` is a plain scalar.
                b':' if !ends_indicator(self.text.as_bytes().get(at + 1), open.flow) => return None,
                b':' if same_line || open.flow => return Some(at + 1),
                b':' => {
                    let lines = lines::Lines(self.text);
                    let column = lines.column(self.tree.node(open.node).span.start as usize);
                    return (lines.column(at) == column).then_some(at + 1);
                }
                _ => return None,
            }
        }
    }

    /// From the header to the last character of the content; of a scalar without content, its header.
    fn block_scalar(&self, range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let bytes = self.text.as_bytes();
        let start = find_behind_separation(self.text, self.cursor, range.end, |byte| byte == b'|' || byte == b'>').unwrap_or(range.start);
        let mut header_end = start + 1;
        while bytes.get(header_end).is_some_and(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9')) {
            header_end += 1;
        }
        let content = self.text.get(range.start..range.end).unwrap_or_default();
        let content = content.trim_end_matches([' ', '\t', '\n', '\r']);
        // Without content the event's range is the header, or blank lines below it.
        start..if content.is_empty() || range.start < header_end { header_end } else { range.start + content.len() }
    }

    /// True for a block scalar whose last line of content is the last of the file and has no line break.
    fn is_cut_by_the_end(&self, range: &std::ops::Range<usize>) -> bool {
        let rest = self.text.get(range.end..).unwrap_or("\n");
        !rest.contains(['\n', '\r']) && rest.trim_matches([' ', '\t']).is_empty()
    }

    fn start(
        &mut self,
        mapping: bool,
        style: StructureStyle,
        tag: Option<&granit_parser::Tag>,
        at: &EventSpan,
        range: std::ops::Range<usize>,
    ) {
        let tag = self.tag(tag, at);
        let flow = style == StructureStyle::Flow;
        let mut place = range.clone();
        if !mapping
            && !flow
            && self.open.last().is_some_and(|parent| parent.mapping)
            // A sequence at the indentation of its key is announced at its first item; what stands before that item may be blanks.
            && let Some(dash) = find_behind_separation(self.text, self.cursor, range.start + 1, |byte| byte == b'-')
        {
            place = dash..dash + 1;
        }
        let span = self.span(place.start, place.end);
        let kind = if mapping { Kind::Mapping { entries: Vec::new(), flow } } else { Kind::Sequence { items: Vec::new(), flow } };
        let node = self.push(span, tag, kind);
        self.open.push(Open { node, children: Vec::new(), mapping, flow });
        // `[a: b]` and `[? a: b]` hold mappings without a bracket of their own.
        if flow && matches!(self.text.as_bytes().get(range.start), Some(b'[' | b'{')) && !range.is_empty() {
            self.cursor = self.cursor.max(range.end);
        }
    }

    fn end(&mut self, range: std::ops::Range<usize>) {
        let Some(open) = self.open.pop() else { return };
        let child_spans = |id: Option<&NodeId>| id.map(|id| self.tree.node(*id).span);
        let first = child_spans(open.children.first());
        let last = child_spans(open.children.last());
        let bracket = if open.flow && !range.is_empty() { u32::try_from(range.end).ok() } else { None };
        if bracket.is_some() {
            self.cursor = self.cursor.max(range.end);
        }
        if let Some(node) = self.tree.nodes.get_mut(open.node.0 as usize) {
            node.span.start = first.map_or(node.span.start, |first| node.span.start.min(first.start));
            node.span.end = node.span.end.max(last.map_or(0, |last| last.end)).max(bracket.unwrap_or(0));
            match &mut node.kind {
                Kind::Sequence { items, .. } => *items = open.children,
                Kind::Mapping { entries, .. } => {
                    let (pairs, _) = open.children.as_chunks::<2>();
                    *entries = pairs.iter().map(|[key, value]| Entry { key: *key, value: *value }).collect();
                }
                _ => {}
            }
        }
        self.last_node = None;
    }

    fn fail(&mut self, problem: &granit_parser::ScanError) {
        let (brackets, blocks): (Vec<&Open>, Vec<&Open>) = self.open.iter().partition(|open| open.flow);
        let starts = |open: Vec<&Open>| open.iter().map(|open| self.tree.node(open.node).span.start as usize).collect::<Vec<_>>();
        let is_bracket = |at: &usize| matches!(self.text.as_bytes().get(*at), Some(b'[' | b'{'));
        let context = error::Context {
            file: self.tree.file,
            text: self.text,
            cursor: self.cursor,
            brackets: starts(brackets).into_iter().filter(is_bracket).collect(),
            blocks: starts(blocks),
        };
        let error = error::explain(&context, problem);
        self.tree.errors.push(error);
        if let Some(document) = self.document.take() {
            self.tree.nodes.truncate(document.nodes);
            self.complete_to = document.start;
        }
        self.open.clear();
    }

    /// Line breaks of YAML 1.1 alone. Where quotes hold them they are only text to everybody.
    fn foreign_line_breaks(&mut self) {
        let bytes = self.text.as_bytes();
        // Most files have no byte of one, which is quickly told.
        if self.text.is_ascii() && !bytes.contains(&b'\r') {
            return;
        }
        let mut quoted: Vec<Span> = Vec::new();
        let mut found: Vec<(usize, char)> = Vec::new();
        for (at, byte) in bytes.iter().enumerate() {
            if !matches!(byte, b'\r' | 0xc2 | 0xe2) {
                continue;
            }
            let character = match (byte, bytes.get(at + 1), bytes.get(at + 2)) {
                (b'\r', Some(b'\n'), _) => continue,
                (b'\r', ..) => '\r',
                (0xc2, Some(0x85), _) => '\u{85}',
                (0xe2, Some(0x80), Some(0xa8)) => '\u{2028}',
                (0xe2, Some(0x80), Some(0xa9)) => '\u{2029}',
                _ => continue,
            };
            found.push((at, character));
        }
        if found.is_empty() {
            return;
        }
        for node in &self.tree.nodes {
            if matches!(&node.kind, Kind::Scalar(Scalar { style: Style::SingleQuoted | Style::DoubleQuoted, .. })) {
                quoted.push(node.span);
            }
        }
        // Scalars stand in the order of the text.
        let outside = found.into_iter().find(|(at, _)| {
            let next = quoted.partition_point(|span| span.end as usize <= *at);
            quoted.get(next).is_none_or(|span| span.start as usize > *at)
        });
        // One is enough to look at the file's line breaks as a whole.
        if let Some((at, character)) = outside {
            self.tree.errors.push(error::foreign_line_break(self.span(at, at + character.len_utf8()), character));
        }
    }

    fn finish(mut self) -> Tree {
        self.comments.sort_by_key(|span| span.start);
        self.tree.errors.sort_by_key(|error| error.span.start);
        for (node, id) in self.tree.nodes.iter().zip((0..).map(NodeId)) {
            if let Kind::Alias { target: Some(target), .. } = &node.kind {
                self.tree.last_alias.insert(*target, id);
            }
        }
        comments::attach(&mut self.tree, self.text, &self.comments, self.complete_to);
        self.tree
    }
}

/// True if an indicator is one before this byte.
fn ends_indicator(next: Option<&u8>, flow: bool) -> bool {
    next.is_none_or(|next| matches!(next, b' ' | b'\t' | b'\n' | b'\r') || (flow && matches!(next, b',' | b'[' | b']' | b'{' | b'}')))
}

/// The end and the value of the last byte in a stretch without content that is neither blank nor in a comment.
fn significant(text: &str, from: usize, to: usize) -> Option<(usize, u8)> {
    let mut found = None;
    let mut in_comment = false;
    for (index, byte) in text.as_bytes().get(from..to)?.iter().enumerate() {
        match byte {
            b'\n' | b'\r' => in_comment = false,
            b'#' => in_comment = true,
            b' ' | b'\t' => {}
            _ if in_comment => {}
            _ => found = Some((from + index + 1, *byte)),
        }
    }
    found
}

/// The first byte that is wanted, behind nothing but blanks, comments, indicators, anchors and tags.
pub(super) fn find_behind_separation(text: &str, from: usize, to: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < to {
        let byte = *bytes.get(at)?;
        let skip_until: fn(&u8) -> bool = match byte {
            b'#' => |byte| matches!(byte, b'\n' | b'\r'),
            b'&' | b'!' => |byte| matches!(byte, b'\n' | b'\r' | b' ' | b'\t'),
            _ if wanted(byte) => return Some(at),
            _ => |_| true,
        };
        at += 1 + bytes.get(at + 1..)?.iter().take_while(|byte| !skip_until(byte)).count();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    /// Every node as `kind "its text"`, indented by depth.
    fn dump(text: &str) -> String {
        fn walk(tree: &Tree, text: &str, id: NodeId, depth: usize, out: &mut String) {
            let node = tree.node(id);
            let slice = &text[node.span.start as usize..node.span.end as usize];
            let props = format!(
                "{}{}",
                node.anchor.as_ref().map_or(String::new(), |a| format!("{} ", &text[a.span.start as usize..a.span.end as usize])),
                node.tag.as_ref().map_or(String::new(), |t| format!("{} ", &text[t.span.start as usize..t.span.end as usize])),
            );
            let (name, children): (_, Vec<NodeId>) = match &node.kind {
                Kind::Scalar(s) => (format!("{:?}", s.style), vec![]),
                Kind::Sequence { items, flow } => ((if *flow { "[]" } else { "-" }).to_owned(), items.clone()),
                Kind::Mapping { entries, flow } => {
                    ((if *flow { "{}" } else { ":" }).to_owned(), entries.iter().flat_map(|e| [e.key, e.value]).collect())
                }
                Kind::Alias { target, .. } => (target.map_or("alias?".to_owned(), |t| format!("alias to {}", t.0)), vec![]),
            };
            writeln!(out, "{}{props}{name} {}..{} {slice:?}", "  ".repeat(depth), node.span.start, node.span.end).unwrap();
            for child in children {
                walk(tree, text, child, depth + 1, out);
            }
        }
        let tree = parse(FileId::NONE, text);
        let mut out = String::new();
        for document in &tree.documents {
            walk(&tree, text, document.root, 0, &mut out);
        }
        for error in &tree.errors {
            writeln!(out, "error at {}: {}", error.span.start, error.message).unwrap();
        }
        out
    }

    /// The places of implicit nulls, marked by `^`.
    fn nulls(text: &str) -> String {
        let tree = parse(FileId::NONE, text);
        let mut marked = text.to_owned();
        let mut places: Vec<u32> = tree.nodes.iter().filter(|n| n.span.start == n.span.end).map(|n| n.span.start).collect();
        places.sort_unstable();
        for place in places.iter().rev() {
            marked.insert(*place as usize, '^');
        }
        marked
    }

    #[test]
    fn an_implicit_null_stands_where_a_value_would() {
        for (text, marked) in [
            ("a:\nb:\n  c:  # x\n", "a:^\nb:\n  c:^  # x\n"),
            ("a : \n\"b\":\n", "a :^ \n\"b\":^\n"),
            ("- \n- # x\n\n-\n", "-^ \n-^ # x\n\n-^\n"),
            ("a:\n-\n- b:\n", "a:\n-^\n- b:^\n"),
            ("a:\n- \t\n", "a:\n-^ \t\n"),
            ("a: &x # y\nb: !t\nc: &z !t\nd: !t &z\n", "a: &x^ # y\nb: !t^\nc: &z !t^\nd: !t &z^\n"),
            ("{a, b: , c: , \"d\":}", "{a^, b:^ , c:^ , \"d\":^}"),
            ("[a: , ? b, ? c : ]", "[a:^ , ? b^, ? c :^ ]"),
            ("? a\n? b\n:\n? # x\n: c\n", "? a^\n? b\n:^\n?^ # x\n: c\n"),
            ("? ? a\n# x\n: b\n", "? ? a^\n# x\n: b\n"),
            ("a:\n# x\n\n---\n# y\n---\n", "a:^\n# x\n\n---^\n# y\n---^\n"),
            ("*x :\n", "*x :^\n"),
            ("? a\n:b: c\n", "? a^\n:b: c\n"),
            ("[a]:\n{b: c}:\n", "[a]:^\n{b: c}:^\n"),
            ("a:\r\nb:\r\n", "a:^\r\nb:^\r\n"),
        ] {
            assert_eq!(nulls(text), marked);
        }
    }

    #[test]
    fn spans_of_a_small_file() {
        assert_eq!(
            dump("a: &x !!str b\nb:\n- y\n- \n- |\n  t\n\n"),
            concat!(
                ": 0..31 \"a: &x !!str b\\nb:\\n- y\\n- \\n- |\\n  t\"\n",
                "  Plain 0..1 \"a\"\n",
                "  &x !!str Plain 12..13 \"b\"\n",
                "  Plain 14..15 \"b\"\n",
                "  - 17..31 \"- y\\n- \\n- |\\n  t\"\n",
                "    Plain 19..20 \"y\"\n",
                "    Plain 22..22 \"\"\n",
                "    Literal 26..31 \"|\\n  t\"\n",
            )
        );
    }
}
