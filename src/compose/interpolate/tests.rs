use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::json;

use super::*;
use crate::compose::testing::{json as back, value};

/// `A=1 E= N=name`, from the process environment.
fn env() -> BTreeMap<String, Variable> {
    [("A", "1"), ("E", ""), ("N", "name")].map(|(k, v)| (k.to_owned(), Variable { value: v.to_owned(), at: None })).into()
}

fn with(template: &str, semantics: Semantics) -> Result<String, TemplateError> {
    expand(template, &env(), semantics, &mut Vec::new())
}

#[test]
fn templates_become_what_compose_makes_of_them() {
    for (template, wanted) in [
        ("plain", "plain"),
        ("$A", "1"),
        ("${A}", "1"),
        ("$A.$N", "1.name"),
        ("$$A", "$A"),
        ("$$$A", "$1"),
        ("$1 $(x) $ x $É $", "$1 $(x) $ x $É $"),
        ("${U:-d}", "d"),
        ("${U-d}", "d"),
        ("${E:-d}", "d"),
        ("${E-d}", ""),
        ("${A:+x}${E:+x}${E+y}${U+z}", "xy"),
        ("${A:?w}", "1"),
        ("${E?w}", ""),
        ("${U:-${A}}", "1"),
        ("${U:-${V:-${N}}}!", "name!"),
        ("${U:-$$}", "$"),
        ("${U-DEF}", "DEF"),
        ("${U:-\"q\"}", "\"q\""),
        ("${U:-a} ${U:-b}", "a b"),
        ("${U:-{x}}", "{x}"),
        ("${U:-a:?b}", "a:?b"),
    ] {
        for semantics in [Semantics::V2, Semantics::V5] {
            assert_eq!(with(template, semantics).as_deref(), Ok(wanted), "{template}");
        }
    }
}

#[test]
fn what_compose_cannot_read_is_an_error() {
    for template in
        ["${}", "${1X}", "${ X }", "${X!y}", "${X:1}", "${X/a/b}", "${!X}", "${a.b}", "${X:=d}", "${X", "${X:-a\nb}", "a ${U:-x} ${"]
    {
        assert!(matches!(with(template, Semantics::V5), Err(TemplateError::Invalid { .. })), "{template}");
    }
}

#[test]
fn only_compose_2_evaluates_unused_defaults() {
    assert_eq!(with("${A:-${B:?x}}", Semantics::V5).as_deref(), Ok("1"));
    let error = with("${A:-${B:?x $N}}", Semantics::V2).unwrap_err();
    assert_eq!(error, TemplateError::Required { name: "B".into(), message: "x name".into(), written: "x $N".into() });
}

#[test]
fn deep_and_long_templates_end() {
    let deep = format!("{}x{}", "${U:-".repeat(200), "}".repeat(200));
    assert_eq!(with(&deep, Semantics::V5), Err(TemplateError::TooDeep));
    let env: BTreeMap<_, _> = [("L".to_owned(), Variable { value: "x".repeat(LENGTH / 2 + 1), at: None })].into();
    assert_eq!(expand("$L$L", &env, Semantics::V5, &mut Vec::new()), Err(TemplateError::TooLong));
}

fn run(json: serde_json::Value, semantics: Semantics) -> (Value, Vec<Problem>, Vec<VariableUse>) {
    let (mut root, mut problems, mut uses) = (value(json), Vec::new(), Vec::new());
    document(&mut root, &ModelPath::default(), &env(), semantics, &mut problems, &mut uses);
    (root, problems, uses)
}

#[test]
fn a_document_is_expanded_and_converted() {
    let (root, problems, uses) = run(
        json!({"services": {"$A": {
            "image": "i:$A", "scale": "${A}", "cpus": "1.5", "tty": "TRUE", "labels": ["k$N=$E"], "ports": [{"target": "80"}],
            "depends_on": {"x": {"condition": "c", "required": "false"}}, "hostname": "5", "read_only": true
        }}}),
        Semantics::V5,
    );
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        back(&root),
        json!({"services": {"$A": {
            "image": "i:1", "scale": 1, "cpus": 1.5, "tty": true, "labels": ["kname="], "ports": [{"target": 80}],
            "depends_on": {"x": {"condition": "c", "required": false}}, "hostname": "5", "read_only": true
        }}})
    );
    let names: Vec<_> = uses.iter().map(|u| format!("{} {}", u.path, u.name)).collect();
    assert_eq!(names, [r"services.$A.image A", r"services.$A.scale A", r"services.$A.labels[0] N", r"services.$A.labels[0] E"]);
    let image = root.get("services").unwrap().get("$A").unwrap().get("image").unwrap();
    assert_eq!(image.origin.variables().collect::<Vec<_>>(), [("A", &Definition::Environment)]);
}

#[test]
fn problems_say_what_to_do_and_the_text_stays() {
    let (root, problems, _) = run(
        json!({"services": {"a": {"image": "$U", "command": "${X", "user": "${U:?set me}", "tty": "yes", "scale": "x", "init": "${N}", "cpus": "$E"}}}),
        Semantics::V5,
    );
    assert_eq!(
        back(&root),
        json!({"services": {"a": {"image": "", "command": "${X", "user": "${U:?set me}", "tty": true, "scale": "x", "init": "name", "cpus": ""}}})
    );
    let shown: Vec<_> = problems.iter().map(|p| format!("{:?} {} {}: {}", p.kind, p.refused, p.path, p.message)).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    UnsetVariable false services.a.image: the variable `U` is not set, so Compose puts nothing in its place
    InvalidInterpolation true services.a.command: Compose cannot read this `${…}`: the closing brace is missing in this line
    RequiredVariable true services.a.user: the variable `U` is required but has no value: set me
    BooleanSpelling false services.a.tty: `yes` is an old spelling of `true`: in YAML 1.2 it is text, and Compose converts it with a warning
    InvalidValue true services.a.scale: `services.a.scale` must be a whole number, not "x"
    InvalidValue true services.a.init: `services.a.init` must be `true` or `false`, and what it becomes with `N` is not
    InvalidValue true services.a.cpus: `services.a.cpus` must be a number, but it is empty text after `E` was filled in
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_template_panics(template in r"([$]|[{}]|:[-?+]|[-?+]|A|U|\n|ä| ){0,60}") {
        for semantics in [Semantics::V2, Semantics::V5] {
            if let Ok(out) = with(&template, semantics) {
                prop_assert!(out.len() <= LENGTH);
            }
        }
    }

    #[test]
    fn text_without_a_dollar_stays(template in "[^$]{0,60}") {
        prop_assert_eq!(with(&template, Semantics::V5).unwrap(), template);
    }
}
