//! Text as a tree that can be evaluated. The only place that names `rnix`.

use std::path::Path;
use std::rc::Rc;

use indexmap::map::Entry as Place;
use rnix::{NixLanguage, NodeOrToken, SyntaxKind};
use rowan::{GreenNodeData, Language};

use super::{NixError, REFERENCE};
use crate::ordered::IndexMap;

mod guard;
mod string;

/// A text and where it comes from.
#[derive(Debug)]
pub(super) struct Source {
    /// The file; `None` for a text alone.
    pub(super) name: Option<String>,
    /// The directory that relative paths are below, absolute, without `/` at the end.
    pub(super) directory: String,
    pub(super) text: String,
}

impl Source {
    /// A text that is in no file.
    pub(super) fn alone(text: &str) -> Self {
        Self { name: None, directory: String::new(), text: text.to_owned() }
    }

    /// The text of a file.
    pub(super) fn file(path: &Path, text: String) -> Self {
        let directory = path.parent().map(|p| p.to_string_lossy().trim_end_matches('/').to_owned()).unwrap_or_default();
        Self { name: Some(path.to_string_lossy().into_owned()), directory, text }
    }
}

/// A part of the tree.
#[derive(Debug)]
pub(super) struct Node {
    /// The bytes of the text.
    pub(super) at: (u32, u32),
    pub(super) source: Rc<Source>,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Int(i64),
    Float(f64),
    /// A text without expressions in it.
    Text(Rc<str>),
    Str(Vec<Part>),
    /// A path; relative ones are made absolute.
    Path(Vec<Part>),
    /// `<nixpkgs>`.
    Search(Rc<str>),
    Name(Rc<str>),
    /// `inherit name;`: what the name is outside of a `rec` or `let`.
    Outer(Rc<str>),
    List(Vec<Rc<Node>>),
    Set(Set),
    Select(Rc<Node>, Vec<Attr>, Option<Rc<Node>>),
    Has(Rc<Node>, Vec<Attr>),
    Apply(Rc<Node>, Rc<Node>),
    Lambda(Param, Rc<Node>),
    Let(Set, Rc<Node>),
    If(Rc<Node>, Rc<Node>, Rc<Node>),
    With(Rc<Node>, Rc<Node>),
    Assert(Rc<Node>, Rc<Node>),
    Not(Rc<Node>),
    Negate(Rc<Node>),
    Binary(Operator, Rc<Node>, Rc<Node>),
}

#[derive(Debug)]
pub(super) enum Part {
    Text(Rc<str>),
    Expr(Rc<Node>),
}

#[derive(Debug)]
pub(super) enum Attr {
    Name(Rc<str>),
    Dynamic(Rc<Node>),
}

/// The attributes of a set; paths of several names are sets in sets.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) recursive: bool,
    /// It stands as what an attribute is, so that paths of other attributes may add to it: `a = { b = 1; }; a.c = 2;`.
    open: bool,
    pub(super) attrs: IndexMap<Rc<str>, Rc<Node>>,
    pub(super) dynamic: Vec<(Rc<Node>, Rc<Node>)>,
}

#[derive(Debug)]
pub(super) enum Param {
    Name(Rc<str>),
    Set { names: Vec<(Rc<str>, Option<Rc<Node>>)>, more: bool, whole: Option<Rc<str>> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Concat,
    Update,
    Add,
    Sub,
    Mul,
    Div,
    And,
    Or,
    Implies,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

impl Operator {
    /// As it is written.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Operator::Concat => "++",
            Operator::Update => "//",
            Operator::Add => "+",
            Operator::Sub => "-",
            Operator::Mul => "*",
            Operator::Div => "/",
            Operator::And => "&&",
            Operator::Or => "||",
            Operator::Implies => "->",
            Operator::Equal => "==",
            Operator::Unequal => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::More => ">",
            Operator::MoreOrEqual => ">=",
        }
    }
}

/// The tree of a text.
pub(super) fn parse(source: Source) -> Result<Rc<Node>, NixError> {
    parse_and(source, Reader::node)
}

/// The tree of a text, with the set that it gives in the end: behind its parameters and its `let`.
pub(super) fn parse_module(source: Source) -> Result<(Rc<Node>, Option<Body>), NixError> {
    parse_and(source, |reader, root| Ok((reader.node(root)?, reader.body(root))))
}

/// A set as it is written.
pub(super) struct Body {
    /// The bytes of the text.
    pub(super) at: (u32, u32),
    /// The paths of its attributes.
    pub(super) paths: Vec<Vec<Rc<str>>>,
}

fn parse_and<T>(source: Source, read: impl FnOnce(&Reader, Syntax<'_>) -> Read<T>) -> Read<T> {
    guard::check(&source.text)?;
    if super::has_marks(&source.text)
        && let Some(at) = source.text.find([REFERENCE.0, REFERENCE.1])
    {
        return Err(NixError { at, message: "the text has characters that are reserved for references".to_owned() });
    }
    let parsed = rnix::Root::parse(&source.text);
    if let Some(error) = parsed.errors().first() {
        return Err(syntax_error(error, source.text.len()));
    }
    let root = parsed.syntax();
    let green: &GreenNodeData = root.green();
    let reader = Reader { source: Rc::new(source) };
    match (Syntax { green, at: 0 }).children().next() {
        Some(node) => read(&reader, node),
        None => Err(NixError { at: 0, message: "there is no expression in it".to_owned() }),
    }
}

fn syntax_error(error: &rnix::ParseError, end: usize) -> NixError {
    use rnix::ParseError as E;
    let (at, message) = match error {
        E::Unexpected(range) | E::UnexpectedExtra(range) | E::UnexpectedWanted(_, range, _) => {
            (usize::from(range.start()), "this is not expected here".to_owned())
        }
        E::UnexpectedDoubleBind(range) => (usize::from(range.start()), "the arguments are named twice".to_owned()),
        E::DuplicatedArgs(range, name) => (usize::from(range.start()), format!("the argument {name} is there twice")),
        E::UnexpectedEOF | E::UnexpectedEOFWanted(_) => (end, "the text ends too early".to_owned()),
        _ => (0, "the text cannot be read".to_owned()),
    };
    NixError { at, message }
}

type Read<T> = Result<T, NixError>;

struct Reader {
    source: Rc<Source>,
}

impl Set {
    /// One that paths of other attributes may add to.
    fn open() -> Self {
        Self { open: true, ..Self::default() }
    }

    /// The set that an attribute is, if another attribute may add to it.
    fn of(attribute: &mut Rc<Node>) -> Option<&mut Set> {
        // Nothing else knows the node as long as its set is read.
        match &mut Rc::get_mut(attribute)?.kind {
            Kind::Set(set) if set.open && !set.recursive => Some(set),
            _ => None,
        }
    }
}

/// A node of the tree of `rnix`, and where it begins.
#[derive(Clone, Copy)]
struct Syntax<'g> {
    green: &'g GreenNodeData,
    at: u32,
}

/// A part of a node.
enum Element<'g> {
    Node(Syntax<'g>),
    Token(SyntaxKind, &'g str),
}

impl<'g> Syntax<'g> {
    fn kind(self) -> SyntaxKind {
        NixLanguage::kind_from_raw(self.green.kind())
    }

    fn range(self) -> (u32, u32) {
        (self.at, self.at + u32::from(self.green.text_len()))
    }

    fn elements(self) -> impl Iterator<Item = Element<'g>> {
        let mut at = self.at;
        self.green.children().map(move |child| match child {
            NodeOrToken::Node(green) => {
                let node = Syntax { green, at };
                at += u32::from(green.text_len());
                Element::Node(node)
            }
            NodeOrToken::Token(token) => {
                at += u32::from(token.text_len());
                Element::Token(NixLanguage::kind_from_raw(token.kind()), token.text())
            }
        })
    }

    fn children(self) -> impl Iterator<Item = Syntax<'g>> {
        self.elements().filter_map(|e| if let Element::Node(node) = e { Some(node) } else { None })
    }

    fn has_token(self, kind: SyntaxKind) -> bool {
        self.green.children().any(|c| c.kind() == NixLanguage::kind_to_raw(kind))
    }

    /// The first word that is written in it.
    fn first_token(self) -> Option<(SyntaxKind, &'g str)> {
        self.elements().find_map(|e| match e {
            Element::Token(kind, text) => Some((kind, text)),
            Element::Node(node) => node.first_token(),
        })
    }
}

fn unread(node: Syntax<'_>) -> NixError {
    NixError { at: node.at as usize, message: "this is not a part of the language that is read here".to_owned() }
}

impl Reader {
    fn make(&self, at: (u32, u32), kind: Kind) -> Rc<Node> {
        Rc::new(Node { at, source: Rc::clone(&self.source), kind })
    }

    fn node(&self, node: Syntax<'_>) -> Read<Rc<Node>> {
        if node.kind() == SyntaxKind::NODE_PAREN || node.kind() == SyntaxKind::NODE_ROOT {
            return self.child(node, 0);
        }
        let kind = self.kind(node)?;
        Ok(self.make(node.range(), kind))
    }

    fn child(&self, node: Syntax<'_>, n: usize) -> Read<Rc<Node>> {
        match node.children().nth(n) {
            Some(child) => self.node(child),
            None => Err(unread(node)),
        }
    }

    fn kind(&self, node: Syntax<'_>) -> Read<Kind> {
        use SyntaxKind as K;
        Ok(match node.kind() {
            K::NODE_LITERAL => return literal(node),
            K::NODE_IDENT => Kind::Name(word(node)?),
            K::NODE_STRING => {
                if let Some(text) = plain_string(node) {
                    return Ok(Kind::Text(text));
                }
                let mut parts = self.string(node)?;
                match (parts.len(), parts.pop()) {
                    (_, None) => Kind::Text("".into()),
                    (1, Some(Part::Text(text))) => Kind::Text(text),
                    (_, Some(last)) => {
                        parts.push(last);
                        Kind::Str(parts)
                    }
                }
            }
            K::NODE_PATH_ABS | K::NODE_PATH_REL | K::NODE_PATH_HOME => self.path(node)?,
            K::NODE_PATH_SEARCH => Kind::Search(node.green.to_string().into()),
            K::NODE_LIST => Kind::List(node.children().map(|c| self.node(c)).collect::<Read<_>>()?),
            K::NODE_ATTR_SET => {
                let mut set = Set { recursive: node.has_token(K::TOKEN_REC), ..Set::default() };
                self.entries(node, &mut set)?;
                Kind::Set(set)
            }
            K::NODE_LET_IN => {
                let mut set = Set { recursive: true, ..Set::default() };
                self.entries(node, &mut set)?;
                let body = node.children().last().ok_or_else(|| unread(node))?;
                Kind::Let(set, self.node(body)?)
            }
            K::NODE_SELECT => {
                let default = if node.has_token(K::TOKEN_OR) { Some(self.child(node, 2)?) } else { None };
                Kind::Select(self.child(node, 0)?, self.attr_path(node)?, default)
            }
            K::NODE_HAS_ATTR => Kind::Has(self.child(node, 0)?, self.attr_path(node)?),
            K::NODE_APPLY => Kind::Apply(self.child(node, 0)?, self.child(node, 1)?),
            K::NODE_LAMBDA => {
                let mut children = node.children();
                let (Some(param), Some(body)) = (children.next(), children.next()) else { return Err(unread(node)) };
                Kind::Lambda(self.param(param)?, self.node(body)?)
            }
            K::NODE_IF_ELSE => Kind::If(self.child(node, 0)?, self.child(node, 1)?, self.child(node, 2)?),
            K::NODE_WITH => Kind::With(self.child(node, 0)?, self.child(node, 1)?),
            K::NODE_ASSERT => Kind::Assert(self.child(node, 0)?, self.child(node, 1)?),
            K::NODE_UNARY_OP => {
                let inner = self.child(node, 0)?;
                if node.has_token(K::TOKEN_INVERT) { Kind::Not(inner) } else { Kind::Negate(inner) }
            }
            K::NODE_BIN_OP => return self.binary(node),
            _ => return Err(unread(node)),
        })
    }

    fn binary(&self, node: Syntax<'_>) -> Read<Kind> {
        use SyntaxKind as K;
        let token = node.elements().find_map(|e| match e {
            Element::Token(kind, _) if !kind.is_trivia() => Some(kind),
            _ => None,
        });
        let operator = match token {
            Some(K::TOKEN_CONCAT) => Operator::Concat,
            Some(K::TOKEN_UPDATE) => Operator::Update,
            Some(K::TOKEN_ADD) => Operator::Add,
            Some(K::TOKEN_SUB) => Operator::Sub,
            Some(K::TOKEN_MUL) => Operator::Mul,
            Some(K::TOKEN_DIV) => Operator::Div,
            Some(K::TOKEN_AND_AND) => Operator::And,
            Some(K::TOKEN_OR_OR) => Operator::Or,
            Some(K::TOKEN_IMPLICATION) => Operator::Implies,
            Some(K::TOKEN_EQUAL) => Operator::Equal,
            Some(K::TOKEN_NOT_EQUAL) => Operator::Unequal,
            Some(K::TOKEN_LESS) => Operator::Less,
            Some(K::TOKEN_LESS_OR_EQ) => Operator::LessOrEqual,
            Some(K::TOKEN_MORE) => Operator::More,
            Some(K::TOKEN_MORE_OR_EQ) => Operator::MoreOrEqual,
            Some(K::TOKEN_PIPE_RIGHT) => return Ok(Kind::Apply(self.child(node, 1)?, self.child(node, 0)?)),
            Some(K::TOKEN_PIPE_LEFT) => return Ok(Kind::Apply(self.child(node, 0)?, self.child(node, 1)?)),
            _ => return Err(unread(node)),
        };
        Ok(Kind::Binary(operator, self.child(node, 0)?, self.child(node, 1)?))
    }

    fn param(&self, node: Syntax<'_>) -> Read<Param> {
        use SyntaxKind as K;
        if node.kind() == K::NODE_IDENT_PARAM {
            let name = node.children().next().ok_or_else(|| unread(node))?;
            return Ok(Param::Name(word(name)?));
        }
        let mut names = Vec::new();
        let mut whole = None;
        for child in node.children() {
            let name = child.children().next().ok_or_else(|| unread(node))?;
            if child.kind() == K::NODE_PAT_BIND {
                whole = Some(word(name)?);
            } else {
                let default = if child.has_token(K::TOKEN_QUESTION) { Some(self.child(child, 1)?) } else { None };
                names.push((word(name)?, default));
            }
        }
        Ok(Param::Set { names, more: node.has_token(K::TOKEN_ELLIPSIS), whole })
    }

    fn attr_path(&self, node: Syntax<'_>) -> Read<Vec<Attr>> {
        let path = node.children().find(|c| c.kind() == SyntaxKind::NODE_ATTRPATH).ok_or_else(|| unread(node))?;
        path.children().map(|c| self.attr(c)).collect()
    }

    fn attr(&self, node: Syntax<'_>) -> Read<Attr> {
        match node.kind() {
            SyntaxKind::NODE_IDENT => Ok(Attr::Name(word(node)?)),
            SyntaxKind::NODE_DYNAMIC => Ok(Attr::Dynamic(self.child(node, 0)?)),
            _ => {
                let inner = self.node(node)?;
                Ok(if let Kind::Text(text) = &inner.kind { Attr::Name(Rc::clone(text)) } else { Attr::Dynamic(inner) })
            }
        }
    }

    /// The bindings of a set or a `let`.
    fn entries(&self, node: Syntax<'_>, set: &mut Set) -> Read<()> {
        for entry in node.children() {
            match entry.kind() {
                SyntaxKind::NODE_ATTRPATH_VALUE => {
                    let path = self.attr_path(entry)?;
                    let value = entry.children().nth(1).ok_or_else(|| unread(entry))?;
                    self.bind(set, &path, value, entry.range())?;
                }
                SyntaxKind::NODE_INHERIT => self.inherit(entry, set)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The set behind the parameters and the `let` of a module. `None`: there is none, or not all of it can be told by its words alone.
    fn body(&self, root: Syntax<'_>) -> Option<Body> {
        let mut node = root;
        while matches!(node.kind(), SyntaxKind::NODE_LAMBDA | SyntaxKind::NODE_LET_IN) {
            node = node.children().last()?;
        }
        if node.kind() != SyntaxKind::NODE_ATTR_SET || node.has_token(SyntaxKind::TOKEN_REC) {
            return None;
        }
        let name = |attr| if let Attr::Name(name) = attr { Some(name) } else { None };
        let path = |entry: Syntax<'_>| match entry.kind() {
            SyntaxKind::NODE_ATTRPATH_VALUE => self.attr_path(entry).ok()?.into_iter().map(name).collect(),
            _ => None,
        };
        Some(Body { at: node.range(), paths: node.children().map(path).collect::<Option<_>>()? })
    }

    fn inherit(&self, entry: Syntax<'_>, set: &mut Set) -> Read<()> {
        let mut from = None;
        for child in entry.children() {
            if child.kind() == SyntaxKind::NODE_INHERIT_FROM {
                from = Some(self.child(child, 0)?);
                continue;
            }
            let at = child.range();
            let Attr::Name(name) = self.attr(child)? else { return Err(unread(child)) };
            let kind = match &from {
                Some(from) => Kind::Select(Rc::clone(from), vec![Attr::Name(Rc::clone(&name))], None),
                None => Kind::Outer(Rc::clone(&name)),
            };
            if set.attrs.insert(Rc::clone(&name), self.make(at, kind)).is_some() {
                return Err(twice(&name, at));
            }
        }
        Ok(())
    }

    fn bind(&self, set: &mut Set, path: &[Attr], value: Syntax<'_>, at: (u32, u32)) -> Read<()> {
        let Some((first, rest)) = path.split_first() else { return Err(unread(value)) };
        let name = match first {
            Attr::Name(name) => name,
            Attr::Dynamic(name) => {
                let value = if rest.is_empty() { self.node(value)? } else { self.set_at(rest, value, at)? };
                set.dynamic.push((Rc::clone(name), value));
                return Ok(());
            }
        };
        match set.attrs.entry(Rc::clone(name)) {
            Place::Vacant(place) => {
                let node = if !rest.is_empty() {
                    self.set_at(rest, value, at)?
                } else if value.kind() == SyntaxKind::NODE_ATTR_SET {
                    let mut inner = Set { recursive: value.has_token(SyntaxKind::TOKEN_REC), ..Set::open() };
                    self.entries(value, &mut inner)?;
                    self.make(value.range(), Kind::Set(inner))
                } else {
                    self.node(value)?
                };
                place.insert(node);
                Ok(())
            }
            Place::Occupied(mut place) => match Set::of(place.get_mut()) {
                Some(inner) if !rest.is_empty() => self.bind(inner, rest, value, at),
                Some(inner) if value.kind() == SyntaxKind::NODE_ATTR_SET && !value.has_token(SyntaxKind::TOKEN_REC) => {
                    self.entries(value, inner)
                }
                _ => Err(twice(name, at)),
            },
        }
    }

    /// The set that there is because of a path in it.
    fn set_at(&self, path: &[Attr], value: Syntax<'_>, at: (u32, u32)) -> Read<Rc<Node>> {
        let mut set = Set::open();
        self.bind(&mut set, path, value, at)?;
        Ok(self.make(at, Kind::Set(set)))
    }

    fn string(&self, node: Syntax<'_>) -> Read<Vec<Part>> {
        let mut raw = Vec::new();
        let mut indented = false;
        for child in node.elements() {
            match child {
                Element::Token(SyntaxKind::TOKEN_STRING_CONTENT, text) => raw.push(string::Raw::Text(text)),
                Element::Token(kind, text) => indented |= kind == SyntaxKind::TOKEN_STRING_START && text == "''",
                Element::Node(inner) => raw.push(string::Raw::Expr(self.child(inner, 0)?)),
            }
        }
        Ok(if indented { string::indented(raw) } else { string::quoted(raw) })
    }

    fn path(&self, node: Syntax<'_>) -> Read<Kind> {
        let mut parts = Vec::new();
        for child in node.elements() {
            match child {
                Element::Token(_, text) => {
                    let text = if parts.is_empty() && node.kind() == SyntaxKind::NODE_PATH_REL {
                        format!("{}/{text}", self.source.directory)
                    } else {
                        text.to_owned()
                    };
                    parts.push(Part::Text(text.into()));
                }
                Element::Node(inner) => parts.push(Part::Expr(self.child(inner, 0)?)),
            }
        }
        Ok(Kind::Path(parts))
    }
}

/// The text of `"…"` without expressions in it, which most are.
fn plain_string(node: Syntax<'_>) -> Option<Rc<str>> {
    let mut elements = node.elements();
    let Element::Token(SyntaxKind::TOKEN_STRING_START, "\"") = elements.next()? else { return None };
    match elements.next()? {
        Element::Token(SyntaxKind::TOKEN_STRING_END, _) => Some("".into()),
        Element::Token(SyntaxKind::TOKEN_STRING_CONTENT, text) => match elements.next()? {
            Element::Token(SyntaxKind::TOKEN_STRING_END, _) => Some(string::unescape(text).as_ref().into()),
            _ => None,
        },
        _ => None,
    }
}

fn twice(name: &str, at: (u32, u32)) -> NixError {
    NixError { at: at.0 as usize, message: format!("the attribute {name} is there twice") }
}

fn word(node: Syntax<'_>) -> Read<Rc<str>> {
    match node.first_token() {
        Some((_, text)) => Ok(text.into()),
        None => Err(unread(node)),
    }
}

fn literal(node: Syntax<'_>) -> Read<Kind> {
    let (kind, text) = node.first_token().ok_or_else(|| unread(node))?;
    match kind {
        SyntaxKind::TOKEN_INTEGER => text
            .parse()
            .map(Kind::Int)
            .map_err(|_| NixError { at: node.range().0 as usize, message: format!("the number {text} is too large") }),
        SyntaxKind::TOKEN_FLOAT => text.parse().map(Kind::Float).map_err(|_| unread(node)),
        SyntaxKind::TOKEN_URI => Ok(Kind::Text(text.into())),
        _ => Err(unread(node)),
    }
}
