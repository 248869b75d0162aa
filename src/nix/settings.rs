//! What a text settles in so many words: the literal values in it, by the path of their attribute. Nothing is evaluated: what is computed is
//! [`Literal::Other`].

use std::ops::Range;
use std::path::Path;

use super::NixError;
use super::eval::on_own_stack;
use super::read::{self, Kind, Node, Operator, Part, Source};

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The path of the attribute; an item of a list has its number as the last part. `config` at the beginning of a module is left out.
    pub path: Vec<String>,
    /// The bytes of the value.
    pub at: Range<usize>,
    /// The value.
    pub value: Literal,
}

/// A value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Literal {
    Text(String),
    Number(i64),
    Bool(bool),
    /// Computed, or of a kind that is not told here.
    Other,
}

/// Functions that give back what they are given, or a part of it.
const TRANSPARENT: &[&str] = &[
    "mkIf",
    "mkDefault",
    "mkForce",
    "mkOverride",
    "mkBefore",
    "mkAfter",
    "mkOrder",
    "mkVMOverride",
    "optional",
    "optionals",
    "optionalAttrs",
    "recursiveUpdate",
];

/// The values in the text of a file, in the order in which they are written. Errors: it is not Nix.
pub fn settings(text: &str, file: &Path) -> Result<Vec<Setting>, NixError> {
    let directory = file.parent().map(|p| p.to_string_lossy().trim_end_matches('/').to_owned()).unwrap_or_default();
    on_own_stack(|| {
        let node = read::parse(Source { name: None, directory, text: text.to_owned() })?;
        let mut out = Vec::new();
        walk(&node, &mut Vec::new(), &mut out);
        out.sort_by_key(|s: &Setting| s.at.start);
        Ok(out)
    })
}

fn leaf(node: &Node, path: &[String], value: Literal, out: &mut Vec<Setting>) {
    if !path.is_empty() {
        out.push(Setting { path: path.to_vec(), at: node.at.0 as usize..node.at.1 as usize, value });
    }
}

fn walk(node: &Node, path: &mut Vec<String>, out: &mut Vec<Setting>) {
    match &node.kind {
        Kind::Lambda(_, body) | Kind::With(_, body) | Kind::Assert(_, body) | Kind::Let(_, body) => walk(body, path, out),
        Kind::Binary(Operator::Update | Operator::Concat, a, b) => {
            walk(a, path, out);
            walk(b, path, out);
        }
        Kind::Apply(function, argument) => match name(function) {
            // `mkIf condition value`: the condition is no value.
            Some("mkMerge") => match &argument.kind {
                Kind::List(items) => items.iter().for_each(|item| walk(item, path, out)),
                _ => leaf(node, path, Literal::Other, out),
            },
            Some(name) if TRANSPARENT.contains(&name) => walk(argument, path, out),
            // A function of the user's own that is given a set mostly gives a larger one.
            _ if matches!(argument.kind, Kind::Set(_)) && !path.is_empty() => walk(argument, path, out),
            _ => leaf(node, path, Literal::Other, out),
        },
        Kind::Set(set) => {
            for (name, value) in &set.attrs {
                match (path.is_empty(), &**name) {
                    (true, "config") => walk(value, path, out),
                    (true, "options" | "imports" | "meta") => {}
                    _ => {
                        path.push(name.to_string());
                        walk(value, path, out);
                        path.pop();
                    }
                }
            }
        }
        Kind::List(items) => {
            for (number, item) in items.iter().enumerate() {
                path.push(number.to_string());
                walk(item, path, out);
                path.pop();
            }
        }
        Kind::Text(text) => leaf(node, path, Literal::Text(text.to_string()), out),
        Kind::Int(number) => leaf(node, path, Literal::Number(*number), out),
        Kind::Name(word) if matches!(&**word, "true" | "false") => leaf(node, path, Literal::Bool(&**word == "true"), out),
        Kind::Path(parts) => {
            let text: Option<String> = parts.iter().map(|p| if let Part::Text(text) = p { Some(&**text) } else { None }).collect();
            leaf(node, path, text.map_or(Literal::Other, Literal::Text), out);
        }
        _ => leaf(node, path, Literal::Other, out),
    }
}

/// The name of the function that is called in the end: `mkIf` of `lib.mkIf condition`.
fn name(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Name(name) => Some(name),
        Kind::Select(_, path, _) => match path.last() {
            Some(read::Attr::Name(name)) => Some(name),
            _ => None,
        },
        Kind::Apply(function, _) => name(function),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_values_are_told_and_nothing_is_evaluated() {
        let text = r#"
            { config, lib, ... }: let port = 1; in with lib; {
              imports = [ ./x.nix ];
              options.services.mine.port = mkOption { default = 5; };
              config = mkIf config.services.mine.enable (mkMerge [ {
                networking.firewall = { enable = true; allowedTCPPorts = [ 22 ] ++ optionals config.x [ 80 port ]; };
                services.a.paths = map (p: "/srv/${p}") [ "x" ];
                services.b = mkThing { image = "b:${toString port}"; user = lib.mkDefault "b"; };
              } ]);
            }"#;
        let shown: Vec<String> =
            settings(text, Path::new("/etc/nixos/a.nix")).unwrap().iter().map(|s| format!("{} {:?}", s.path.join("."), s.value)).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        networking.firewall.enable Bool(true)
        networking.firewall.allowedTCPPorts.0 Number(22)
        networking.firewall.allowedTCPPorts.0 Number(80)
        networking.firewall.allowedTCPPorts.1 Other
        services.a.paths Other
        services.b.image Other
        services.b.user Text("b")
        "#);
    }
}
