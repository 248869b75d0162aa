use serde_json::{Value as Json, json};

use super::*;
use crate::compose::testing::{json as back, value};

/// Merges two values of `services.a.KEY`.
fn key(key: &str, base: Json, over: Json) -> (Json, Vec<Problem>) {
    let mut problems = Vec::new();
    let merged = values(value(base), value(over), &ModelPath::keys(&["services", "a", key]), &mut problems);
    (back(&merged), problems)
}

#[test]
fn each_key_merges_in_its_way() {
    for (name, base, over, wanted) in [
        ("image", json!("a"), json!("b"), json!("b")),
        ("image", json!("a"), json!(null), json!("a")),
        ("ports", json!(["1"]), json!(null), json!(["1"])),
        ("ports", json!(["1"]), json!(["1", "2"]), json!(["1", "1", "2"])),
        ("command", json!("a"), json!(null), json!(null)),
        ("command", json!(["a"]), json!([]), json!([])),
        ("entrypoint", json!("a"), json!(["b"]), json!(["b"])),
        ("healthcheck", json!({"test": "a", "retries": 1}), json!({"test": ["NONE"]}), json!({"test": ["NONE"], "retries": 1})),
        ("environment", json!({"B": 1, "A": null, "C": ["x", "y"]}), json!(["A=2"]), json!(["A", "B=1", "C=x", "C=y", "A=2"])),
        ("environment", json!(null), json!({"A": true}), json!(["A=true"])),
        ("dns", json!("1.1.1.1"), json!(["8.8.8.8"]), json!(["1.1.1.1", "8.8.8.8"])),
        ("extra_hosts", json!(["i=1", "i:2"]), json!(["i=1", "i=2"]), json!(["i=1", "i:2", "i=2"])),
        ("build", json!("."), json!({"target": "t"}), json!({"context": ".", "target": "t"})),
        ("build", json!({"context": ".", "args": {"A": "1"}}), json!("x"), json!({"context": "x", "args": {"A": "1"}})),
        (
            "depends_on",
            json!({"b": {"condition": "service_healthy", "restart": true}}),
            json!(["b", "c"]),
            json!({"b": {"condition": "service_started", "restart": true, "required": true}, "c": {"condition": "service_started", "required": true}}),
        ),
        ("networks", json!({"a": {"priority": 1}}), json!(["a", "b"]), json!({"a": {"priority": 1}, "b": null})),
        (
            "logging",
            json!({"driver": "x", "options": {"a": "1"}}),
            json!({"options": {"b": "2"}}),
            json!({"driver": "x", "options": {"a": "1", "b": "2"}}),
        ),
        ("logging", json!({"driver": "x", "options": {"a": "1"}}), json!({"driver": "y"}), json!({"driver": "y"})),
        ("ulimits", json!({"nofile": {"soft": 1, "hard": 2}}), json!({"nofile": {"soft": 3}}), json!({"nofile": {"soft": 3}})),
        ("security_opt", json!(["a"]), json!(["a"]), json!(["a", "a"])),
    ] {
        let shown = format!("{name}: {base} + {over}");
        let (merged, problems) = key(name, base, over);
        assert_eq!(merged, wanted, "{shown}");
        assert!(problems.is_empty(), "{shown}: {problems:?}");
    }
}

#[test]
fn shapes_that_do_not_fit_are_reported_with_both_places() {
    let (merged, problems) = key("ports", json!(["1"]), json!("2"));
    assert_eq!(merged, json!(["1"]));
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    insta::assert_snapshot!(problem.message, @"`services.a.ports` is text here and a list in what it is merged with, so Compose cannot merge them");
    assert_eq!(problem.related.len(), 1);
    assert_eq!(problem.phase, Phase::Merge);
    assert_eq!(key("logging", json!({"driver": "x"}), json!(null)).1.len(), 1);
}

#[test]
fn a_replaced_value_remembers_what_it_replaced() {
    let at = |n| Origin::at(Span::new(crate::source::FileId::NONE, n, n));
    let text = |s: &str, n| Value::new(Data::Str(s.into()), at(n));
    let path = ModelPath::keys(&["services", "a", "image"]);
    let twice = values(text("a", 1), values(text("b", 2), text("c", 3), &path, &mut Vec::new()), &path, &mut Vec::new());
    let chain: Vec<_> = std::iter::successors(Some(&twice.origin), |o| o.replaced.as_deref()).map(|o| o.at.start).collect();
    assert_eq!(chain, [3, 2, 1]);
}

#[test]
fn address_ranges_merge_as_in_compose() {
    let merge = |base, over| {
        let mut problems = Vec::new();
        let path = ModelPath::keys(&["networks", "n", "ipam", "config"]);
        (back(&values(value(base), value(over), &path, &mut problems)), problems.len())
    };
    let one = merge(json!([{"subnet": "s1", "gateway": "g"}]), json!([{"subnet": "s1", "ip_range": "r"}]));
    assert_eq!(one, (json!([{"subnet": "s1", "gateway": "g", "ip_range": "r"}]), 0));
    let lost = merge(json!([{"subnet": "s1"}]), json!([{"subnet": "s2"}]));
    assert_eq!(lost, (json!([{"subnet": "s2"}]), 1));
}
