//! YAML text ⇄ tree. Knows nothing of Compose: duplicate keys, merge keys and tags are kept as written, for the layer above to judge.
//!
//! One file is one [`Tree`]: an arena of nodes, each with the byte span of its text. Aliases are nodes that name their target,
//! so a tree is never larger than its file, whatever the aliases multiply to.

mod comments;
pub mod edit;
mod error;
mod lines;
pub mod parse;
mod path;
pub mod print;
pub mod scalar;
mod text;
mod walk;

pub use parse::parse;
pub use text::{TextError, lossy_text_of, text_of};

use std::collections::BTreeMap;

use crate::source::{FileId, Span};

/// A node of one [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// The syntax of one file.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The file.
    pub file: FileId,
    /// All nodes; a [`NodeId`] is an index. A child follows its parent.
    pub nodes: Vec<Node>,
    /// The documents, in order. A file without any content has none.
    pub documents: Vec<Document>,
    /// The comments, in order.
    pub comments: Vec<Comment>,
    /// What is not YAML, or not YAML that Compose reads, in the order of the text. Where the text could not be read on, that document
    /// and all behind it are missing; of other errors (an unknown anchor, an empty key) the document is here.
    pub errors: Vec<SyntaxError>,
    /// By node with an anchor: the last alias that names it.
    last_alias: BTreeMap<NodeId, NodeId>,
}

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its content; an empty document has an empty plain scalar here, which is null.
    pub root: NodeId,
    /// Where the document begins: its `---`, or its first content.
    pub span: Span,
    /// The version of a `%YAML` directive, if any.
    pub version: Option<(u32, u32)>,
}

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    /// The text of the node: from its first to its last character, without anchor and tag, without trailing blanks and comments.
    /// A block sequence begins at its first dash; a block scalar at its `|` or `>`. An implicit null is the empty range where it would stand.
    pub span: Span,
    /// The tag, if written.
    pub tag: Option<Tag>,
    /// The anchor, if written.
    pub anchor: Option<Anchor>,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Text, typed by [`scalar::resolve`] when somebody asks.
    Scalar(Scalar),
    /// A sequence.
    Sequence {
        /// Its items.
        items: Vec<NodeId>,
        /// `[a, b]` rather than dashes.
        flow: bool,
    },
    /// A mapping: entries in order, repeated keys and all.
    Mapping {
        /// Its entries.
        entries: Vec<Entry>,
        /// `{a: b}` rather than lines.
        flow: bool,
    },
    /// `*name`.
    Alias {
        /// The name after the `*`.
        name: Box<str>,
        /// The node with that anchor, defined earlier in the file (also in an earlier document, as Compose has it); `None` if there is none.
        /// A target may contain its own alias.
        target: Option<NodeId>,
    },
}

/// A key and its value.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The key: usually a scalar, but any node can be one.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

/// A scalar as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text after escapes and folding.
    pub text: Box<str>,
    /// How it was written.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bare.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`.
    DoubleQuoted,
    /// After `|`.
    Literal,
    /// After `>`.
    Folded,
}

/// A tag: `!reset`, `!!str`. Those of YAML's own namespace are spelled `!!name`, whatever the source had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The tag.
    pub name: Box<str>,
    /// Where it is written.
    pub span: Span,
}

/// `&name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The name after the `&`.
    pub name: Box<str>,
    /// Where it is written.
    pub span: Span,
}

/// A comment and what it is about.
#[derive(Clone, Debug)]
pub struct Comment {
    /// From the `#` to the end of the line.
    pub span: Span,
    /// What follows or precedes it.
    pub owner: Owner,
}

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// On a line of its own, directly above this node (for an entry of a mapping: its key) and indented like it.
    Above(NodeId),
    /// Behind this node (for an entry: its value, or its key if the value begins on a later line), on the same line.
    Trailing(NodeId),
    /// Inside or after this collection, about none of its children in particular: the commented-out entry at the end of a block.
    Inside(NodeId),
    /// About the file: a header with a blank line below it, a file of comments only.
    File,
}

/// Why a text is not YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where to look: the place of the cause where it can be told, else where the parser stopped.
    pub span: Span,
    /// What is wrong, as a sentence without a full stop that names no parser.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// A second place that belongs to it, and what it is.
    pub related: Option<(Span, String)>,
}

impl Tree {
    /// The node of an id.
    pub fn node(&self, id: NodeId) -> &Node {
        // Ids are made by the parser of this tree only; the fallback keeps a foreign id from ending the run.
        self.nodes.get(id.0 as usize).unwrap_or(&MISSING)
    }

    /// The node, an alias replaced by its target, however many hops that takes; an undefined alias stays.
    pub fn deref(&self, mut id: NodeId) -> NodeId {
        // An anchor cannot name an alias, so one hop is all that YAML allows; the bound is for safety.
        for _ in 0..8 {
            match &self.node(id).kind {
                Kind::Alias { target: Some(target), .. } => id = *target,
                _ => break,
            }
        }
        id
    }

    /// The text of a plain or quoted scalar, aliases followed.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(self.deref(id)).kind {
            Kind::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The value of a key that is written in this mapping itself (merge keys are not looked into); the last one if repeated.
    pub fn get(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        match &self.node(self.deref(mapping)).kind {
            Kind::Mapping { entries, .. } => entries.iter().rev().find(|e| self.text(e.key) == Some(key)).map(|e| e.value),
            _ => None,
        }
    }
}

static MISSING: Node = Node {
    span: Span { file: FileId::NONE, start: 0, end: 0 },
    tag: None,
    anchor: None,
    kind: Kind::Sequence { items: Vec::new(), flow: true },
};
