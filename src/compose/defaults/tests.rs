use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::*;
use crate::compose::Variable;
use crate::compose::testing::{json_map, map};

#[test]
fn defaults_are_filled_in_and_marked() {
    let mut root = map(json!({"services": {"a": {
        "build": {}, "secrets": [{"source": "s"}], "ports": [{"target": 80}], "gpus": [{}],
        "deploy": {"resources": {"reservations": {"devices": [{"device_ids": ["1"]}, {"driver": "x"}]}}},
        "volumes": [{"type": "bind", "bind": {}}, {"type": "bind"}]
    }}}));
    let mut old = root.clone();
    apply(&mut root, Semantics::V5);
    assert_eq!(
        json_map(&root)["services"]["a"],
        json!({
            "build": {"context": "."}, "secrets": [{"source": "s", "target": "/run/secrets/s"}],
            "ports": [{"target": 80, "protocol": "tcp", "mode": "ingress"}], "gpus": [{"count": "all"}],
            "deploy": {"resources": {"reservations": {"devices": [{"device_ids": ["1"]}, {"driver": "x", "count": "all"}]}}},
            "volumes": [{"type": "bind", "bind": {"create_host_path": true}}, {"type": "bind"}]
        })
    );
    let context = root["services"].value.get("a").unwrap().get("build").unwrap().get("context").unwrap();
    assert!(context.origin.is_default());
    apply(&mut old, Semantics::V2);
    assert_eq!(json_map(&old)["services"]["a"]["volumes"][0]["bind"], json!({}));
}

fn checked(root: Json) -> Vec<String> {
    let mut problems = Vec::new();
    check(&map(root), &mut problems);
    assert!(problems.iter().all(|p| p.refused && p.phase == Phase::Check && p.origin.is_some()));
    problems.into_iter().map(|p| format!("{}: {}", p.path, p.message)).collect()
}

#[test]
fn what_excludes_each_other_is_reported() {
    let found = checked(json!({
        "volumes": {"v": {"external": true, "name": "x", "x-a": 1, "driver": "d"}, "w": {"external": false, "driver": "d"}},
        "networks": {"n": {"external": true, "driver": "d"}},
        "configs": {"both": {"file": "a", "content": "b"}, "none": {}, "null": null, "driver": {"driver": "d"}},
        "secrets": {"none": {"name": "x"}, "ok": {"environment": "X"}},
        "services": {"a": {
            "ports": [{"target": 80, "host_ip": "localhost"}, {"target": 80, "host_ip": "::1"}],
            "develop": {"watch": [{"path": ""}]}, "gpus": [{"count": 1, "device_ids": ["1"]}]
        }}
    }));
    insta::assert_snapshot!(found.join("\n"), @r#"
    volumes.v.driver: the volume `v` is external, so Compose does not create it and cannot give it `driver`
    configs.both: the config `both` has both `file` and `content`, and only one can be its source
    configs.none: the config `none` does not say where its content comes from
    configs.null: the config `null` does not say where its content comes from
    secrets.none: the secret `none` does not say where its content comes from
    services.a.ports[0].host_ip: `host_ip` is not an IP address
    services.a.develop.watch[0].path: the path to watch is empty text
    services.a.gpus[0]: `count` and `device_ids` exclude each other: one asks for any devices, the other for these
    "#);
}

#[test]
fn variables_fill_lists_and_configs() {
    let env: BTreeMap<_, _> = [("A".to_owned(), Variable { value: "1".to_owned(), at: None })].into();
    let mut root = map(json!({
        "services": {"a": {"environment": ["A", "B", "A=2"]}, "b": {"environment": {"A": null}}},
        "configs": {"c": {"environment": "A"}, "d": {"environment": "B"}}
    }));
    list_environment(&mut root, &env);
    assert_eq!(
        json_map(&root),
        json!({
            "services": {"a": {"environment": ["A=1", "B", "A=2"]}, "b": {"environment": {"A": null}}},
            "configs": {"c": {"environment": "A", "content": "1"}, "d": {"environment": "B"}}
        })
    );
}
