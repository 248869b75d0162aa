//! Where the attributes of a text are written, and which files it names. Nothing is evaluated.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::NixError;
use super::eval::on_own_stack;
use super::read::{self, Kind, Node, Operator, Part, Source};

/// What can be told of a text without evaluating it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The bytes of the values, by the path of the attribute; of the items of lists, by their number. `config` at the beginning of a module
    /// is left out, as is what lies between a name and its set: `lib.mkIf`, `let`, a function.
    pub places: BTreeMap<Vec<String>, Range<usize>>,
    /// The paths that the text names, absolute, in order.
    pub paths: Vec<PathBuf>,
}

/// Outlines the text of a file. Errors: it is not Nix.
pub fn outline(text: &str, file: &Path) -> Result<Outline, NixError> {
    on_own_stack(|| {
        let node = read::parse(Source::file(file, text.to_owned()))?;
        let mut out = Outline::default();
        walk(&node, &mut Vec::new(), true, &mut out);
        Ok(out)
    })
}

/// `named`: what is here is the value at the path.
fn walk(node: &Node, path: &mut Vec<String>, named: bool, out: &mut Outline) {
    let mut both = |a: &Node, b: &Node, named: bool| {
        walk(a, path, named, out);
        walk(b, path, named, out);
    };
    match &node.kind {
        Kind::Lambda(_, body) => walk(body, path, named, out),
        Kind::Apply(function, argument) => both(function, argument, named),
        Kind::With(first, body) | Kind::Assert(first, body) => {
            walk(first, path, false, out);
            walk(body, path, named, out);
        }
        Kind::Binary(operator, a, b) => both(a, b, named && matches!(operator, Operator::Update | Operator::Concat)),
        Kind::If(condition, yes, no) => {
            walk(condition, path, false, out);
            walk(yes, path, named, out);
            walk(no, path, named, out);
        }
        Kind::Let(set, body) => {
            for value in set.attrs.values() {
                walk(value, path, false, out);
            }
            walk(body, path, named, out);
        }
        Kind::Set(set) => {
            for (name, value) in &set.attrs {
                let outer = path.is_empty() && &**name == "config";
                if !outer {
                    path.push(name.to_string());
                    if named {
                        out.places.entry(path.clone()).or_insert(value.at.0 as usize..value.at.1 as usize);
                    }
                }
                walk(value, path, named, out);
                if !outer {
                    path.pop();
                }
            }
            for (name, value) in &set.dynamic {
                walk(name, path, false, out);
                walk(value, path, false, out);
            }
        }
        Kind::List(items) => {
            for (number, item) in items.iter().enumerate() {
                path.push(number.to_string());
                if named {
                    out.places.entry(path.clone()).or_insert(item.at.0 as usize..item.at.1 as usize);
                }
                walk(item, path, named, out);
                path.pop();
            }
        }
        Kind::Path(parts) => {
            if let [Part::Text(text)] = parts.as_slice() {
                out.paths.push(super::eval::normal(Path::new(&**text)));
            }
        }
        Kind::Select(base, ..) | Kind::Has(base, _) | Kind::Not(base) | Kind::Negate(base) => walk(base, path, false, out),
        Kind::Str(parts) => {
            for part in parts {
                if let Part::Expr(node) = part {
                    walk(node, path, false, out);
                }
            }
        }
        Kind::Int(_) | Kind::Float(_) | Kind::Text(_) | Kind::Search(_) | Kind::Name(_) | Kind::Outer(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_where_they_are_written() {
        let text = "{ lib, ... }:\nlet x = { no = 1; }; in {\n  imports = [ ./a.nix ../b ];\n  config = lib.mkIf true {\n    a.\"b.c\" = [ \"x\" \"y\" ] ++ [ ];\n  };\n  d = import ./e.nix { };\n}\n";
        let found = outline(text, Path::new("/srv/nix/web.nix")).unwrap();
        let at = |path: &[&str]| found.places.get(&path.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()).map(|r| &text[r.clone()]);
        assert_eq!(at(&["a", "b.c", "1"]), Some("\"y\""));
        assert_eq!(at(&["a", "b.c"]), Some("[ \"x\" \"y\" ] ++ [ ]"));
        assert_eq!(at(&["no"]), None);
        assert_eq!(found.paths, ["/srv/nix/a.nix", "/srv/b", "/srv/nix/e.nix"].map(PathBuf::from));
        assert!(outline("{ a = ; }", Path::new("/x.nix")).is_err());
    }
}
