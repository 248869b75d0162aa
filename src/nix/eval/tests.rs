use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Files, file, modules, text};
use crate::nix::print::tests::raw_text;
use crate::nix::{Binding, Expr, Item, Piece, Value, print, reference};
use crate::ordered::IndexMap;

#[track_caller]
fn is(expression: &str, json: &str) {
    match text(expression) {
        Ok(value) => assert_eq!(as_json(&value).to_string(), json, "{expression}"),
        Err(error) => panic!("{expression}: {error} at {}", error.at),
    }
}

#[track_caller]
fn fails(expression: &str, message: &str) {
    match text(expression) {
        Ok(value) => panic!("{expression}: {value:?}"),
        Err(error) => assert_eq!(error.message, message, "{expression}"),
    }
}

/// JSON in the order of Nix; a reference is `<…>`.
fn as_json(value: &Value) -> serde_json::Value {
    use serde_json::Value as J;
    match value {
        Value::Null => J::Null,
        Value::Bool(v) => J::from(*v),
        Value::Int(n) => J::from(*n),
        Value::Float(n) => J::from(*n),
        Value::Str(text) | Value::Path(text) => J::from(text.replace('\u{F0000}', "<").replace('\u{F0001}', ">")),
        Value::List(items) => items.iter().map(as_json).collect(),
        Value::Attrs(attrs) => {
            let mut all: Vec<_> = attrs.iter().map(|(k, v)| (k.clone(), as_json(v))).collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            J::Object(all.into_iter().collect())
        }
        Value::Forced(inner) => J::Array(vec![J::from("forced"), as_json(inner)]),
        Value::Reference(text) => J::from(format!("<{text}>")),
    }
}

#[test]
fn literals_are_what_they_are() {
    is("[ 1 1.5 true null \"a\" (-2) ]", r#"[1,1.5,true,null,"a",-2]"#);
    is(r#""a\n\t\"\\ \${x} $${y} $x""#, r#""a\n\t\"\\ ${x} $${y} $x""#);
    is("''\n    a\n      b ''${c} ''' $d\n\n    e\n  ''", r#""a\n  b ${c} '' $d\n\ne\n""#);
    is("''a ${toString 2} b''", r#""a 2 b""#);
    is("''\n  ${\"x\"}\n    y''", r#""x\n  y""#);
    is("{ a.b.c = 1; a.b.d = 2; a.e = 3; \"x y\" = 4; }", r#"{"a":{"b":{"c":1,"d":2},"e":3},"x y":4}"#);
    is("{ a = { b = 1; }; a.c = 2; }", r#"{"a":{"b":1,"c":2}}"#);
    is("{ a.b = 1; a = { c = 2; }; a.d.e = 3; }", r#"{"a":{"b":1,"c":2,"d":{"e":3}}}"#);
    is("let x = 1; in { a = { inherit x; b = [ { c = [ x ]; } ]; }; }", r#"{"a":{"b":[{"c":[1]}],"x":1}}"#);
    is("./a/../b.nix", r#""/b.nix""#);
    is("./. + \"/a b\"", r#""/a b""#);
}

#[test]
fn the_language_is_that_of_nix() {
    is("let a = 1; f = x: { y, z ? y + x, ... }@s: [ x y z s.w ]; in f a { y = 2; w = 3; }", "[1,2,3,3]");
    is("rec { a = b + 1; b = 2; }.a", "3");
    is("let x = 1; in { inherit x; inherit ({ y = 2; }) y; }", r#"{"x":1,"y":2}"#);
    is("let x = 1; in rec { inherit x; y = x; }", r#"{"x":1,"y":1}"#);
    is("{ a = 1; } // { b = 2; a = 3; }", r#"{"a":3,"b":2}"#);
    is("[ 1 ] ++ [ 2 ] ++ [ 3 ]", "[1,2,3]");
    is("if 1 < 2 && !(\"a\" == \"b\") then \"yes\" else \"no\"", r#""yes""#);
    is("{ a.b = 1; } ? a.b", "true");
    is("{ a.b = 1; }.a.c or 5", "5");
    is("with { a = 1; }; let b = 2; in [ a b ]", "[1,2]");
    is("let a = 1; in with { a = 2; }; a", "1");
}

#[test]
fn the_library_does_what_it_does() {
    let lib = |e: &str| format!("({{ lib, ... }}: {e})");
    let evaluated =
        |e: &str| file(&[("/x.nix", lib(e))].into_iter().collect(), Path::new("/x.nix")).unwrap_or_else(|error| panic!("{e}: {error}"));
    for (expression, json) in [
        (r#"lib.escapeShellArgs [ "a" "b c" "it's" "" 5 ]"#, r#""a 'b c' 'it'\\''s' '' 5""#),
        (r#"lib.concatMapStringsSep ", " (x: x + "!") [ "a" "b" ]"#, r#""a!, b!""#),
        (r"lib.optional true 1 ++ lib.optionals false [ 2 ]", "[1]"),
        (r#"lib.genAttrs [ "a" "b" ] (n: n + n)"#, r#"{"a":"aa","b":"bb"}"#),
        (r#"lib.mapAttrs' (n: v: lib.nameValuePair "x-${n}" (v + 1)) { a = 1; }"#, r#"{"x-a":2}"#),
        (r#"lib.mapAttrsToList (n: v: "${n}=${toString v}") { b = 1; a = 2; }"#, r#"["a=2","b=1"]"#),
        (r"map (i: i * 2) (lib.range 1 3)", "[2,4,6]"),
        (r#"lib.imap1 (i: x: "${toString i}${x}") [ "a" "b" ]"#, r#"["1a","2b"]"#),
        (r"lib.recursiveUpdate { a = { b = 1; c = 2; }; } { a.b = 3; }", r#"{"a":{"b":3,"c":2}}"#),
        (r#"builtins.fromJSON (builtins.toJSON { b = [ 1 null ]; a = "x"; })"#, r#"{"a":"x","b":[1,null]}"#),
        (r#"builtins.toJSON { b = 1; a = "x"; }"#, r#""{\"a\":\"x\",\"b\":1}""#),
        (r#"lib.splitString "." "a.b.c""#, r#"["a","b","c"]"#),
        (r#"builtins.replaceStrings [ "a" "b" ] [ "b" "c" ] "abc""#, r#""bcc""#),
        (r"lib.unique (lib.flatten [ 1 [ 2 [ 1 ] ] ])", "[1,2]"),
        (r"lib.filterAttrs (n: v: v != null) { a = null; b = 1; }", r#"{"b":1}"#),
        (r#"lib.mkForce "no""#, r#"["forced","no"]"#),
        (
            r"{ a = lib.mkIf false 1; b = lib.mkIf true 2; c = lib.mkDefault 3; d = lib.mkMerge [ [ 1 ] [ 2 ] ]; }",
            r#"{"b":2,"c":3,"d":[1,2]}"#,
        ),
    ] {
        assert_eq!(as_json(&evaluated(expression)).to_string(), json, "{expression}");
    }
}

#[test]
fn what_only_the_host_knows_is_a_reference() {
    let evaluated = |e: &str| {
        let text = format!("{{ config, lib, pkgs, ... }}: {e}");
        as_json(&file(&[("/x.nix", text)].into_iter().collect(), Path::new("/x.nix")).unwrap_or_else(|error| panic!("{e}: {error}")))
            .to_string()
    };
    for (expression, json) in [
        ("pkgs.docker", r#""<pkgs.docker>""#),
        (r#"config.age.secrets."web.env".path"#, r#""<config.age.secrets.\"web.env\".path>""#),
        (r#"let s = config.age.secrets; in "${s."a b".path}:/x""#, r#""<config.age.secrets.\"a b\".path>:/x""#),
        ("lib.getExe pkgs.x", r#""<lib.getExe pkgs.x>""#),
        (r#""${lib.getExe (pkgs.x.override { a = 1; })} run""#, r#""<lib.getExe (pkgs.x.override { a = 1; })> run""#),
        ("lib.types.listOf lib.types.str", r#""<lib.types.listOf lib.types.str>""#),
        (r#"pkgs.writeText "x" "a ${pkgs.b}""#, r#""<pkgs.writeText \"x\" \"a ${pkgs.b}\">""#),
        ("x: x + 1", r#""<x: x + 1>""#),
        ("map (x: x) config.a", r#""<map (x: x) config.a>""#),
        ("[ 1 ] ++ config.networking.nameservers", r#""<[ 1 ] ++ config.networking.nameservers>""#),
        (r#"lib.escapeShellArgs [ "a" "${config.x}/y" ]"#, r#""a '<config.x>/y'""#),
        ("if config.a then 1 else 2", r#""<if config.a then 1 else 2>""#),
        ("lib.optional config.a 1", "[1]"),
        ("{ x = lib.mkIf config.a 1; }", r#"{"x":1}"#),
        ("{ a = { b = lib.mkIf false 1; c = [ (lib.mkIf false 2) 3 ]; }; }", r#"{"a":{"c":[3]}}"#),
        ("with lib; [ (optional true pkgs.a) ]", r#"[["<pkgs.a>"]]"#),
        ("with pkgs; [ git ]", r#"["<pkgs.git>"]"#),
    ] {
        if json != "<error>" {
            assert_eq!(evaluated(expression), json, "{expression}");
        }
    }
}

#[test]
fn what_is_wrong_is_told() {
    fails("{ a = 1; a = 2; }", "the attribute a is there twice");
    fails("{ a = ({ b = 1; }); a.c = 2; }", "the attribute a is there twice");
    fails("{ a = rec { b = 1; }; a.c = 2; }", "the attribute a is there twice");
    fails("{ a = { b = 1; }; a = rec { c = 2; }; }", "the attribute a is there twice");
    fails("a", "the name a is not defined");
    fails("{ }.a", "there is no attribute a");
    fails("1 + \"a\"", "the two sides of + do not go together");
    fails("let a = a; in a", "this is defined by itself");
    fails("\"${1}\"", "a number cannot be a part of a text; write toString before it");
    fails("({ a }: a) { a = 1; b = 2; }", "the function takes no argument b");
    fails(&format!("\"{}\"", reference("x")), "the text has characters that are reserved for references");
    assert_eq!(text("{ a = ; }").map_err(|e| e.at), Err(6));
    assert_eq!(text("{ a = 1; b = c; }").map_err(|e| e.at), Err(13));
}

#[test]
fn hostile_text_is_refused_and_nothing_else() {
    let deep = 100_000;
    for hostile in [
        "(".repeat(deep),
        format!("{}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!("{}1{}", "[".repeat(deep), "]".repeat(deep)),
        format!("{}1{}", "{a=".repeat(deep), ";}".repeat(deep)),
        format!("{}1{}", "\"${".repeat(deep), "}\"".repeat(deep)),
        "!".repeat(deep),
        "-".repeat(deep) + "1",
        "a: ".repeat(deep) + "1",
        "let a = 1; in ".repeat(deep) + "1",
        "with a; ".repeat(deep) + "1",
        "assert true; ".repeat(deep) + "1",
        "if true then 1 else ".repeat(deep) + "1",
        "f ".repeat(deep) + "1",
        "1 + ".repeat(deep) + "1",
        "[ ] ++ ".repeat(deep) + "[ ]",
        "a.b or ".repeat(deep) + "1",
        "{ } // ".repeat(deep) + "{ }",
        "a -> ".repeat(deep) + "a",
        "let { a = ".repeat(deep),
        format!("{{ {} = 1; }}", vec!["a"; deep].join(".")),
        "let f = x: f x; in f 1".to_owned(),
        "let f = x: [ (f x) ]; in f 1".to_owned(),
        "let f = x: { a = f x; }; in f 1".to_owned(),
        "let a = x: x + x; in a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\")))))))))))))))))))))))))))))".to_owned(),
        "let a = x: x ++ x; in a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a [ 1 ])))))))))))))))))))))))))))))".to_owned(),
        "let a = x: [ x x ]; in a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a (a [ 1 ])))))))))))))))))))))))))))))".to_owned(),
        "builtins.genList (x: x) 9999999999".to_owned(),
        "builtins.foldl' (a: x: [ a ]) [ ] (builtins.genList (x: x) 400000)".to_owned(),
        "let xs = builtins.genList (n: if n == 0 then [ ] else [ (builtins.elemAt xs (n - 1)) ]) 60000; in builtins.foldl' (a: x: builtins.length x) 0 xs".to_owned(),
        "let xs = builtins.genList (n: if n == 0 then [ ] else [ (builtins.elemAt xs (n - 1)) ]) 50000; in map builtins.length xs ++ [ (throw \"late\") ]".to_owned(),
        "let f = x: f (x + 1); in f 0".to_owned(),
    ] {
        assert!(text(&hostile).is_err(), "{}", hostile.chars().take(60).collect::<String>());
    }
}

fn module_files(files: &[(&str, &str)]) -> (Files, PathBuf) {
    (files.iter().map(|(p, t)| (*p, *t)).collect(), PathBuf::from("/etc/default.nix"))
}

#[track_caller]
fn merged(files: &[(&str, &str)]) -> String {
    let (files, entry) = module_files(files);
    match modules(&files, &[entry]) {
        Ok(value) => as_json(&value).to_string(),
        Err(error) => error.message,
    }
}

#[test]
fn modules_are_merged() {
    assert_eq!(
        merged(&[
            ("/etc/default.nix", "{ imports = [ ./web.nix ./db ]; a.list = [ 1 ]; a.same = \"x\"; a.force = 1; a.default = 2; }"),
            (
                "/etc/web.nix",
                "{ lib, ... }: { a.list = [ 2 ]; a.same = \"x\"; a.force = lib.mkForce 3; a.default = lib.mkDefault 4; b.c = 1; }"
            ),
            ("/etc/db/default.nix", "{ imports = [ ../web.nix ]; b = { d = 2; }; }"),
        ]),
        r#"{"a":{"default":2,"force":["forced",3],"list":[2,1],"same":"x"},"b":{"c":1,"d":2}}"#
    );
    assert_eq!(
        merged(&[("/etc/default.nix", "{ imports = [ ./web.nix ]; a.b = 1; }"), ("/etc/web.nix", "{ a.b = 2; }")]),
        "a.b is set to different values"
    );
    assert_eq!(merged(&[("/etc/default.nix", "{ imports = [ ./gone.nix ]; }")]), "there is no file /etc/gone.nix");
    assert_eq!(merged(&[("/etc/default.nix", "{ a = b; }")]), "the name b is not defined in /etc/default.nix");
}

#[test]
fn config_is_what_is_declared_or_set() {
    let web = r#"
        { config, lib, pkgs, ... }:
        let cfg = config.services.shop.web; in
        {
          options.services.shop.web = {
            enable = lib.mkEnableOption "web";
            image = lib.mkOption { type = lib.types.str; default = "nginx:1"; };
            port = lib.mkOption { type = lib.types.port; default = 80; };
            home = lib.mkOption { type = lib.types.str; };
          };
          config = lib.mkIf cfg.enable {
            containers.web = { image = cfg.image; ports = [ "${toString cfg.port}:80" ]; volumes = [ "${cfg.home}:/x" ]; };
            user = config.users.users.web.uid;
            name = "${config.networking.hostName}-web";
          };
        }"#;
    assert_eq!(merged(&[("/etc/default.nix", "{ imports = [ ./web.nix ]; }"), ("/etc/web.nix", web)]), "{}");
    assert_eq!(
        merged(&[
            (
                "/etc/default.nix",
                "{ imports = [ ./web.nix ]; services.shop.web = { enable = true; port = 8080; }; networking.hostName = \"h\"; }"
            ),
            ("/etc/web.nix", web)
        ]),
        concat!(
            r#"{"containers":{"web":{"image":"nginx:1","ports":["8080:80"],"volumes":["<config.services.shop.web.home>:/x"]}},"name":"h-web","#,
            r#""networking":{"hostName":"h"},"services":{"shop":{"web":{"enable":true,"port":8080}}},"user":"<config.users.users.web.uid>"}"#
        )
    );
}

#[test]
fn a_helper_is_imported() {
    assert_eq!(
        merged(&[
            (
                "/etc/default.nix",
                r#"{ lib, pkgs, ... }: let h = import ./helper.nix { inherit lib pkgs; }; in { a = h.network "x y"; b = "${pkgs.docker}/bin"; }"#
            ),
            (
                "/etc/helper.nix",
                r#"{ lib, pkgs, backend ? "docker" }: { network = name: "${backend} network create ${lib.escapeShellArg name}"; }"#
            ),
        ]),
        r#"{"a":"docker network create 'x y'","b":"<pkgs.docker>/bin"}"#
    );
}

/// An expression without names in it, and what it is.
fn literal() -> impl Strategy<Value = (Expr, Value)> {
    let leaf = prop_oneof![
        1 => Just((Expr::Null, Value::Null)),
        1 => any::<bool>().prop_map(|v| (Expr::Bool(v), Value::Bool(v))),
        1 => any::<i64>().prop_map(|n| (Expr::Int(n), Value::Int(n))),
        1 => (-1000..1000_i32).prop_map(|n| (Expr::Float(f64::from(n) + 0.5), Value::Float(f64::from(n) + 0.5))),
        6 => raw_text().prop_map(|t| (Expr::text(t.clone()), Value::Str(t))),
        1 => prop::collection::vec(raw_text(), 1..4).prop_map(|texts| {
            let pieces = texts.iter().enumerate().map(|(n, t)| if n % 2 == 0 { Piece::Text(t.clone()) } else { Piece::Expr(Expr::text(t.clone())) });
            (Expr::Str(pieces.collect()), Value::Str(texts.concat()))
        }),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|all| {
                let (items, values): (Vec<Item>, Vec<Value>) = all.into_iter().map(|(e, v)| (Item::from(e), v)).unzip();
                (Expr::List(items), Value::List(values))
            }),
            prop::collection::btree_map(raw_text(), inner, 0..5).prop_map(|all| {
                let bindings = all.iter().map(|(k, (e, _))| Binding::new(k.clone(), e.clone())).collect();
                (Expr::Attrs(bindings), Value::Attrs(all.into_iter().map(|(k, (_, v))| (k, v)).collect::<IndexMap<_, _>>()))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_back((e, value) in literal()) {
        let printed = print(&e);
        prop_assert_eq!(text(&printed).map_err(|error| format!("{error} at {}\n{printed}", error.at)), Ok(value));
    }

    #[test]
    fn no_text_is_too_strange(strange in "[a-z{}()\\[\\]\"'$;:=.,?@!+*/<>&|#\\\\ \n-]{0,60}") {
        let _ = text(&strange);
    }

    #[test]
    fn no_words_are_too_strange(words in prop::collection::vec(prop::sample::select(vec![
        "let", "in", "rec", "{", "}", "[", "]", "(", ")", "a", "b", "=", ";", ":", "\"", "''", "${", "inherit", "with", "if", "then", "else", "or", ".", "?", "@",
        "...", ",", "++", "//", "1", "./x", "<x>", "assert", "!", "-", "map", "import", "builtins", "toString", "&&", "->", "|>", "\n", "#", "/*", "*/", "''$", "\\",
    ]), 0..40)) {
        let _ = text(&words.join(" "));
        let _ = text(&words.concat());
    }
}

/// Nix itself, if it is there.
fn nix(arguments: &[&str], input: &str) -> Option<Result<String, String>> {
    use std::io::Write;
    let child = Command::new("nix-instantiate")
        .args(arguments)
        .env("NIX_STATE_DIR", std::env::temp_dir().join("composelint-nix"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("skipped: nix-instantiate is not there");
        return None;
    };
    child.stdin.take()?.write_all(input.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
}

#[test]
fn nix_reads_what_is_printed_as_it_was_meant() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, TestRunner};
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(7), ..Config::default() });
    let strategy = prop::collection::vec(literal(), 400);
    let Ok(sample) = strategy.new_tree(&mut runner) else { panic!("there is no sample") };
    let (items, values): (Vec<Item>, Vec<Value>) = sample.current().into_iter().map(|(e, v)| (Item::from(e), v)).unzip();
    let printed = print(&Expr::List(items));
    let Some(result) = nix(&["--eval", "--strict", "--json", "-"], &printed) else { return };
    let theirs: serde_json::Value = serde_json::from_str(&result.unwrap_or_else(|error| panic!("{error}"))).unwrap();
    for (theirs, ours) in theirs.as_array().unwrap().iter().zip(&values) {
        assert_eq!(theirs, &as_json(ours));
    }
}
