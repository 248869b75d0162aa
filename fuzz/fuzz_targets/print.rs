//! Any value, printed as YAML and read again, is itself.
#![no_main]

use composelint::source::FileId;
use composelint::yaml::print::yaml;
use composelint::yaml::scalar::{Typed, resolve};
use composelint::yaml::{Kind, NodeId, Tree, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

/// Makes a value of the input: a letter says its kind, a text goes to the next byte that is no UTF-8.
struct Maker<'a> {
    input: &'a [u8],
    left: usize,
}

impl Maker<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.input.split_first() else { return 0 };
        self.input = rest;
        *first
    }

    fn text(&mut self) -> String {
        let end = self.input.iter().position(|b| *b == 0xff).unwrap_or(self.input.len());
        let (text, rest) = self.input.split_at(end);
        self.input = rest.get(1..).unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }

    fn value(&mut self, depth: usize) -> Value {
        self.left = self.left.saturating_sub(1);
        let inner = depth < 100 && self.left > 0;
        match self.byte() {
            b'a'..=b'h' if inner => {
                let mut items = Vec::new();
                for _ in 0..self.byte() % 8 {
                    items.push(self.value(depth + 1));
                }
                Value::Array(items)
            }
            b'i'..=b'p' if inner => {
                let mut map = Map::new();
                for _ in 0..self.byte() % 8 {
                    let key = self.text();
                    let value = self.value(depth + 1);
                    map.insert(key, value);
                }
                Value::Object(map)
            }
            b'q' => Value::Null,
            b'r' => Value::Bool(self.byte() % 2 == 0),
            b's' => json!(i64::from_le_bytes([(); 8].map(|()| self.byte()))),
            b't' => json!(u64::from_le_bytes([(); 8].map(|()| self.byte()))),
            b'u' => json!(f64::from_le_bytes([(); 8].map(|()| self.byte()))),
            b'v' => json!(f64::from(self.byte()) / 8.0),
            _ => Value::String(self.text()),
        }
    }
}

fn read(tree: &Tree, id: NodeId) -> Value {
    match &tree.node(id).kind {
        Kind::Sequence { items, .. } => items.iter().map(|item| read(tree, *item)).collect(),
        Kind::Mapping { entries, .. } => {
            let text = |id| match read(tree, id) {
                Value::String(text) => text,
                other => panic!("the key {other} is no text"),
            };
            let map: Map<String, Value> = entries.iter().map(|e| (text(e.key), read(tree, e.value))).collect();
            assert_eq!(map.len(), entries.len(), "a key is there twice");
            Value::Object(map)
        }
        Kind::Scalar(scalar) => match resolve(scalar, tree.node(id).tag.as_ref().map(|tag| &*tag.name)) {
            Typed::Null => Value::Null,
            Typed::Bool(b) => Value::Bool(b),
            Typed::Int(n) => i64::try_from(n).map(Value::from).or_else(|_| u64::try_from(n).map(Value::from)).expect("64 bits"),
            Typed::Float(n) => json!(n),
            Typed::Str(text) => Value::String(text),
            Typed::Timestamp(text) => panic!("{text} is a date"),
        },
        Kind::Alias { name, .. } => panic!("*{name}"),
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || (a.is_f64() && a.as_f64() == b.as_f64()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().zip(b).all(|((ka, a), (kb, b))| ka == kb && same(a, b)),
        _ => a == b,
    }
}

fuzz_target!(|input: &[u8]| {
    let value = Maker { input, left: 500 }.value(0);
    let text = yaml(&value);
    let tree = parse(FileId::NONE, &text);
    assert!(tree.errors.is_empty(), "{:?} in\n{text}", tree.errors);
    let [document] = tree.documents.as_slice() else { panic!("not one document:\n{text}") };
    let again = read(&tree, document.root);
    assert!(same(&value, &again), "{value}\n{again}\n{text}");
});
