//! Values while they are evaluated, and what names mean.

use std::cell::RefCell;
use std::rc::Rc;

use super::read::{Kind, Node};
use super::{Stop, library};
use crate::ordered::IndexMap;

/// A value, its parts perhaps not evaluated.
#[derive(Clone)]
pub(super) enum V {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Rc<str>),
    Path(Rc<str>),
    List(Rc<Vec<Thunk>>),
    Attrs(Rc<Attrs>),
    Lambda(Rc<Node>, Scope),
    /// A function of the library, the name by which it was found, and its arguments so far.
    Builtin(&'static library::Function, Rc<str>, Rc<Vec<Thunk>>),
    /// `lib`, `builtins`, and the sets in them.
    Library(Rc<str>),
    /// A property of a setting.
    Property(Property, Rc<Thunk>),
    /// `config`, and what is selected from it.
    Config(Rc<[Rc<str>]>),
    Reference(Rc<str>),
}

pub(super) type Attrs = IndexMap<Rc<str>, Thunk>;

/// What `lib.mkIf`, `lib.mkForce` and the like say of a setting.
#[derive(Clone)]
pub(super) enum Property {
    If(Rc<Thunk>),
    Merge,
    Override(i64),
    Order(i64),
}

/// A value that may not be there yet.
#[derive(Clone)]
pub(super) enum Thunk {
    Done(V),
    Lazy(Rc<RefCell<Lazy>>),
}

pub(super) enum Lazy {
    Node(Rc<Node>, Scope),
    Call(V, Vec<Thunk>),
    /// It is being evaluated.
    Busy,
    Done(V),
    Failed(Stop),
}

impl Thunk {
    /// An expression that is evaluated when it is needed.
    pub(super) fn of(node: &Rc<Node>, scope: &Scope) -> Self {
        match &node.kind {
            Kind::Text(text) => Thunk::Done(V::Str(Rc::clone(text))),
            Kind::Int(n) => Thunk::Done(V::Int(*n)),
            Kind::Lambda(..) => Thunk::Done(V::Lambda(Rc::clone(node), scope.clone())),
            _ => Thunk::Lazy(Rc::new(RefCell::new(Lazy::Node(Rc::clone(node), scope.clone())))),
        }
    }

    pub(super) fn call(function: V, arguments: Vec<Thunk>) -> Self {
        Thunk::Lazy(Rc::new(RefCell::new(Lazy::Call(function, arguments))))
    }

    pub(super) fn text(text: &str) -> Self {
        Thunk::Done(V::Str(text.into()))
    }
}

impl V {
    pub(super) fn list(items: Vec<Thunk>) -> Self {
        V::List(Rc::new(items))
    }

    pub(super) fn attrs(attrs: Attrs) -> Self {
        V::Attrs(Rc::new(attrs))
    }
}

/// What names mean.
#[derive(Clone)]
pub(super) struct Scope(pub(super) Option<Rc<Frame>>);

pub(super) struct Frame {
    pub(super) names: Names,
    pub(super) outer: Scope,
}

pub(super) enum Names {
    Few(Vec<(Rc<str>, Thunk)>),
    /// Those of a `let` or `rec`, which are filled in once the scope is there.
    Many(RefCell<Rc<Attrs>>),
    /// `with`.
    With(Thunk),
}

impl Scope {
    pub(super) fn root() -> Self {
        Scope(None)
    }

    pub(super) fn with(&self, names: Names) -> Self {
        Scope(Some(Rc::new(Frame { names, outer: self.clone() })))
    }
}

impl Drop for Frame {
    /// Scopes within scopes are dropped one after the other.
    fn drop(&mut self) {
        let mut next = self.outer.0.take();
        while let Some(frame) = next {
            match Rc::try_unwrap(frame) {
                Ok(mut frame) => next = frame.outer.0.take(),
                Err(_) => break,
            }
        }
    }
}
