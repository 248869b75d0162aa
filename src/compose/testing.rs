//! For tests: values from JSON, and back.

use super::value::{Data, Entry, Map, Origin, Value};
use crate::source::{FileId, Span};

/// The value of a JSON text; each value stands at a place of its own.
pub(crate) fn value(json: serde_json::Value) -> Value {
    fn convert(json: serde_json::Value, next: &mut u32) -> Value {
        *next += 1;
        let at = Span::new(FileId::NONE, *next, *next);
        let data = match json {
            serde_json::Value::Null => Data::Null,
            serde_json::Value::Bool(b) => Data::Bool(b),
            serde_json::Value::Number(n) => match (n.as_i64(), n.as_u64()) {
                (Some(i), _) => Data::Int(i.into()),
                (_, Some(u)) => Data::Int(u.into()),
                _ => Data::Float(n.as_f64().unwrap()),
            },
            serde_json::Value::String(s) => Data::Str(s),
            serde_json::Value::Array(items) => Data::Seq(items.into_iter().map(|v| convert(v, next)).collect()),
            serde_json::Value::Object(map) => Data::Map(
                map.into_iter()
                    .map(|(k, v)| {
                        *next += 1;
                        let key = Span::new(FileId::NONE, *next, *next);
                        (k, Entry { key, value: convert(v, next) })
                    })
                    .collect(),
            ),
        };
        Value::new(data, Origin::at(at))
    }
    convert(json, &mut 0)
}

/// The mapping of a JSON text.
pub(crate) fn map(json: serde_json::Value) -> Map {
    match value(json).data {
        Data::Map(map) => map,
        other => panic!("not a mapping: {other:?}"),
    }
}

/// Back to JSON.
pub(crate) fn json(value: &Value) -> serde_json::Value {
    match &value.data {
        Data::Null => serde_json::Value::Null,
        Data::Bool(b) => (*b).into(),
        Data::Int(n) => i64::try_from(*n).unwrap().into(),
        Data::Float(f) => (*f).into(),
        Data::Str(s) | Data::Timestamp(s) => s.as_str().into(),
        Data::Seq(items) => items.iter().map(json).collect(),
        Data::Map(map) => json_map(map),
    }
}

/// Back to JSON.
pub(crate) fn json_map(map: &Map) -> serde_json::Value {
    map.iter().map(|(k, e)| (k.clone(), json(&e.value))).collect::<serde_json::Map<_, _>>().into()
}
