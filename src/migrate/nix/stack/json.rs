//! The JSON that Nix renders of a spec: `builtins.toJSON`, which sorts the attributes. Compose reads it as YAML.

use std::path::Path;

use serde_json::{Map as Object, Number, Value as Json};

use crate::nix::{Expr, Piece, REFERENCE, Value, eval};
use crate::ordered::IndexMap;

/// The JSON of a value, as `builtins.toJSON` writes it. Errors: what is not data, as a sentence without a full stop.
pub fn json(value: &Value) -> Result<String, String> {
    Ok(of(value)?.to_string())
}

/// The JSON that Nix renders of the text of `compose-spec.nix`. Errors: why it cannot be read, or is not data.
pub fn rendered(text: &str) -> Result<String, String> {
    let path = Path::new("/spec.nix");
    let files = eval::Files::from_iter([(path, text)]);
    json(&eval::file(&files, path).map_err(|e| e.to_string())?)
}

fn of(value: &Value) -> Result<Json, String> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(n) => Json::from(*n),
        Value::Float(n) => Json::Number(Number::from_f64(*n).ok_or("JSON has no word for a number that is infinite or none")?),
        Value::Str(text) if text.contains([REFERENCE.0, REFERENCE.1]) => {
            return Err("a text of the spec holds a reference, whose value only the host knows".to_owned());
        }
        Value::Str(text) => Json::String(text.clone()),
        Value::List(items) => Json::Array(items.iter().map(of).collect::<Result<_, _>>()?),
        Value::Attrs(attrs) => {
            if let Some(name) = attrs.keys().find(|name| is_special(name)) {
                return Err(format!("Nix does not write a set with the attribute `{name}` as it is"));
            }
            let mut sorted: Vec<(&String, &Value)> = attrs.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            Json::Object(sorted.into_iter().map(|(name, value)| Ok((name.clone(), of(value)?))).collect::<Result<Object<_, _>, String>>()?)
        }
        Value::Forced(inner) => of(inner)?,
        Value::Path(path) => return Err(format!("the spec holds the path `{path}`, which would be copied into the store")),
        Value::Reference(expression) => {
            return Err(format!("the spec holds `{expression}`, whose value only the host knows"));
        }
    })
}

/// True for the attributes that make Nix, or the modules of NixOS, see more than data in a set.
pub(super) fn is_special(name: &str) -> bool {
    matches!(name, "outPath" | "__toString" | "_type")
}

/// What a written spec says. Errors: something in it has to be evaluated.
pub fn value(file: &Expr) -> Result<Value, String> {
    Ok(match file {
        Expr::Null => Value::Null,
        Expr::Bool(b) => Value::Bool(*b),
        Expr::Int(n) => Value::Int(*n),
        Expr::Float(n) => Value::Float(*n),
        Expr::Str(pieces) => Value::Str(
            pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => Ok(text.as_str()),
                    Piece::Expr(_) => Err("a text of the spec has to be evaluated".to_owned()),
                })
                .collect::<Result<_, _>>()?,
        ),
        Expr::List(items) => Value::List(items.iter().filter(|i| !i.is_comment()).map(|i| value(&i.value)).collect::<Result<_, _>>()?),
        Expr::Attrs(bindings) => {
            let mut attrs = IndexMap::default();
            for binding in bindings.iter().filter(|b| !b.path.is_empty()) {
                let [name] = binding.path.as_slice() else { return Err("an attribute of the spec has a path".to_owned()) };
                if attrs.insert(name.clone(), value(&binding.value)?).is_some() {
                    return Err(format!("the spec has the attribute `{name}` twice"));
                }
            }
            Value::Attrs(attrs)
        }
        _ => return Err("a part of the spec has to be evaluated".to_owned()),
    })
}
