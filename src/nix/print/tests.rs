use proptest::prelude::*;

use super::print;
use crate::nix::{Binding, Expr, Item, Params, Piece};

/// What is printed, once it is sure that `nixfmt` leaves it alone.
#[track_caller]
fn printed(e: &Expr) -> String {
    let text = print(e);
    let again = nixfmt_rs::format(&text).unwrap_or_else(|error| panic!("{}\n{text}", error.message()));
    assert_eq!(again, text, "nixfmt (left) prints it otherwise");
    text
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}", "[a-zA-Z_][a-zA-Z0-9_'-]{0,12}", "[a-z]{20,60}", Just("inherit".to_owned()), Just("or".to_owned()),]
}

pub(in crate::nix) fn raw_text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z0-9 /:._-]{0,30}",
        1 => "[a-z /]{60,140}",
        2 => prop::collection::vec(
            prop::sample::select(vec!["a", " ", "  ", "$", "{", "}", "${", "'", "''", "\\", "\"", "\n", "\n", "\t", "\r", "é", "x y", "end", "#", "\u{1b}", "\u{2028}"]),
            0..14
        ).prop_map(|parts| parts.concat()),
        1 => prop::collection::vec("[a-z $']{0,12}", 2..5).prop_map(|lines| lines.join("\n") + "\n"),
        1 => any::<String>().prop_map(|s| s.replace('\0', "")),
    ]
}

fn comment() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-z #*/]{0,30}", 1 => "[a-z ]{80,130}", 1 => raw_text()]
}

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![
        1 => Just(Expr::Null),
        1 => any::<bool>().prop_map(Expr::Bool),
        1 => prop_oneof![any::<i64>(), -3..100_i64].prop_map(Expr::Int),
        1 => (-100_000..100_000_i32).prop_map(|n| Expr::Float(f64::from(n) / 64.0)),
        1 => any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Expr::Float),
        4 => raw_text().prop_map(Expr::text),
        1 => "(\\.|\\.\\.)(/[a-z.+_-]{1,20}){1,4}".prop_map(Expr::Path),
        1 => "\\./[a-z @é]{1,20}".prop_map(Expr::Path),
        3 => prop::collection::vec(word().prop_filter("name", |w| crate::nix::plain_name(w)), 1..4).prop_map(Expr::Name),
        1 => (Just("config".to_owned()), raw_text()).prop_map(|(a, b)| Expr::Name(vec![a, "x".to_owned(), b, "path".to_owned()])),
    ]
}

fn binding(value: impl Strategy<Value = Expr>) -> impl Strategy<Value = Binding> {
    (
        prop::collection::vec(comment(), 0..2),
        prop_oneof![4 => prop::collection::vec(word(), 1..2), 1 => prop::collection::vec(raw_text(), 1..6), 1 => Just(Vec::new())],
        value,
        prop::option::weighted(0.2, comment()),
        any::<bool>(),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(above, path, value, behind, apart, same)| {
            let value = match path.as_slice() {
                [name] if same && crate::nix::plain_name(name) => Expr::name(name),
                _ => value,
            };
            Binding { above, path, value, behind, apart, about: None }
        })
}

pub(in crate::nix) fn expression() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(5, 60, 6, |inner| {
        let name = || "[a-z]{1,10}";
        let item = (prop::collection::vec(comment(), 0..2), inner.clone(), prop::option::weighted(0.2, comment()), any::<bool>())
            .prop_map(|(above, value, behind, plain)| Item { above: if plain { Vec::new() } else { above }, value, behind: behind.filter(|_| !plain), about: None });
        let list = prop::collection::vec(item, 0..4).prop_map(Expr::List).boxed();
        let attrs = prop::collection::vec(binding(inner.clone()), 0..4).boxed();
        let piece = prop_oneof![raw_text().prop_map(Piece::Text), inner.clone().prop_map(Piece::Expr)];
        prop_oneof![
            2 => list.clone(),
            3 => attrs.clone().prop_map(Expr::Attrs),
            2 => prop::collection::vec(piece, 0..4).prop_map(Expr::Str),
            3 => (inner.clone(), prop::collection::vec(prop_oneof![inner.clone(), list], 0..4)).prop_map(|(f, a)| Expr::Apply(Box::new(f), a)),
            3 => (prop::collection::vec(name(), 1..4), prop::collection::vec(inner.clone(), 1..4)).prop_map(|(f, a)| Expr::Apply(Box::new(Expr::Name(f.into_iter().map(|n| format!("f{n}")).collect())), a)),
            1 => (name(), inner.clone()).prop_map(|(p, b)| Expr::Lambda(Params::Name(format!("p{p}")), Box::new(b))),
            1 => (prop::collection::vec(name(), 0..4), any::<bool>(), inner.clone())
                .prop_map(|(p, more, b)| Expr::Lambda(Params::Set(p.into_iter().map(|n| format!("p{n}")).collect(), more), Box::new(b))),
            1 => (attrs, inner.clone()).prop_map(|(a, b)| Expr::Let(a, Box::new(b))),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| Expr::Concat(Box::new(a), Box::new(b))),
            1 => (inner.clone(), inner).prop_map(|(a, b)| Expr::Update(Box::new(a), Box::new(b))),
        ]
    })
}

#[test]
fn a_module_looks_like_one() {
    let unit = Expr::Attrs(vec![
        Binding::new("Restart", Expr::call("lib.mkForce", Expr::text("no"))),
        Binding { behind: Some("as Compose\ndoes".to_owned()), ..Binding::at(["a", "b c"], Expr::texts(["one"])) },
        Binding {
            above: vec!["# two".to_owned(), String::new(), "lines\n}".to_owned()],
            apart: true,
            ..Binding::new(
                "preStart",
                Expr::Str(vec![
                    Piece::Text("docker inspect ${X} ".to_owned()),
                    Piece::Expr(Expr::call("lib.escapeShellArg", Expr::text("a\"b"))),
                    Piece::Text("\n  true ''\n".to_owned()),
                ]),
            )
        },
        Binding::new("lib", Expr::name("lib")),
        Binding::comment(vec!["the end".to_owned()]),
    ]);
    let module = Expr::Lambda(Params::Set(vec!["lib".to_owned()], true), Box::new(unit));
    let expected = r#"{ lib, ... }:

{
  Restart = lib.mkForce "no";
  a."b c" = [ "one" ]; # as Compose does

  # # two
  #
  # lines
  # }
  preStart = ''
    docker inspect ''${X} ${lib.escapeShellArg "a\"b"}
      true '''
  '';
  inherit lib;
  # the end
}
"#;
    assert_eq!(printed(&module), expected);
}

#[test]
fn a_text_is_apart_from_a_quoted_name_if_its_last_line_is_wide() {
    let wide = Expr::Str(vec![Piece::Text("a\nb ".to_owned()), Piece::Text("c".repeat(98))]);
    let expected = format!("{{\n  \"x y\" =\n    ''\n      a\n      b {0}'';\n  x = ''\n    a\n    b {0}'';\n}}\n", "c".repeat(98));
    assert_eq!(printed(&Expr::Attrs(vec![Binding::new("x y", wide.clone()), Binding::new("x", wide)])), expected);
}

#[test]
fn a_call_with_a_long_list_is_broken_all_over() {
    let list = |count| Expr::texts((0..count).map(|n| format!("{n}")));
    let call = |others: Vec<Expr>| Expr::Apply(Box::new(Expr::name("unless")), [others, vec![list(2), list(7)]].concat());
    let unit = Expr::Attrs(vec![Binding::new("a", call(Vec::new())), Binding::new("b c", call(vec![Expr::Int(1), list(1)]))]);
    let long = "[\n        \"0\"\n        \"1\"\n        \"2\"\n        \"3\"\n        \"4\"\n        \"5\"\n        \"6\"\n      ]";
    let expected = format!(
        "{{\n  a =\n    unless\n      [ \"0\" \"1\" ]\n      {long};\n  \"b c\" =\n    unless 1 [ \"0\" ]\n      [ \"0\" \"1\" ]\n      {long};\n}}\n"
    );
    assert_eq!(printed(&unit), expected);
}

#[test]
fn a_set_is_behind_what_it_adds_to() {
    let settings = Expr::Attrs(vec![Binding::new("a", Expr::Int(1))]);
    let added = |name: String, left: &str| {
        let value = Expr::Update(Box::new(Expr::name(left)), Box::new(settings.clone()));
        printed(&Expr::Attrs(vec![Binding::at(["systemd", "services", name.as_str()], value)]))
    };
    assert_eq!(added("web".into(), "base"), "{\n  systemd.services.web = base // {\n    a = 1;\n  };\n}\n");
    // As wide as a line can be, and wider.
    for length in 64..80 {
        added("x".repeat(length), "base");
        added(format!("{}.nix", "x".repeat(length)), "lib.base");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nixfmt_leaves_alone_what_is_printed(e in expression()) {
        printed(&e);
    }
}
