use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::*;
use crate::compose::Variable;
use crate::compose::testing::{json_map, map};

fn run(root: Json) -> (Map, Json) {
    let env: BTreeMap<_, _> = [("A".to_owned(), Variable { value: "1".to_owned(), at: None })].into();
    let mut root = map(root);
    apply(&mut root, "p", &env, Semantics::V5, &mut Vec::new());
    let json = json_map(&root);
    (root, json)
}

#[test]
fn the_default_network_appears_where_it_is_used() {
    let (root, json) =
        run(json!({"services": {"a": {}, "b": {"network_mode": "host"}, "c": {"networks": {"n": null}}}, "networks": {"n": null}}));
    assert_eq!(
        json,
        json!({
            "name": "p",
            "services": {"a": {"networks": {"default": null}}, "b": {"network_mode": "host"}, "c": {"networks": {"n": null}}},
            "networks": {"n": {"name": "p_n"}, "default": {"name": "p_default"}}
        })
    );
    let entry = |map: &Map, key: &str| map[key].clone();
    let a = entry(root["services"].value.as_map().unwrap(), "a");
    let networks = entry(a.value.as_map().unwrap(), "networks");
    assert!(networks.value.origin.is_default());
    assert_eq!(networks.value.origin.at, a.key);
    let (_, json) = run(json!({"services": {"a": {"network_mode": "none"}}}));
    assert_eq!(json.get("networks"), None);
}

#[test]
fn dependencies_follow_from_what_a_service_shares() {
    let (root, json) = run(json!({"services": {"a": {
        "network_mode": "service:b", "links": ["c:alias", "d", "e"], "volumes_from": ["f:ro", "container:x"], "depends_on": {"e": {"condition": "service_healthy"}}
    }}}));
    let implicit = |restart| json!({"condition": "service_started", "restart": restart, "required": true});
    assert_eq!(
        json["services"]["a"]["depends_on"],
        json!({"e": {"condition": "service_healthy"}, "c": implicit(true), "d": implicit(true), "b": implicit(true), "f": implicit(false)})
    );
    let depends_on = root["services"].value.get("a").unwrap().get("depends_on").unwrap();
    assert!(depends_on.get("b").unwrap().origin.is_default());
    assert!(!depends_on.get("e").unwrap().origin.is_default());
}

#[test]
fn services_and_names_are_completed() {
    let (_, json) = run(json!({
        "services": {"a": {
            "image": "i", "network_mode": "host", "pull_policy": "if_not_present", "environment": {"A": null, "B": null},
            "build": {"args": ["A", "B", "C=3"]}, "volumes": [{"type": "volume", "target": "/a/../b/"}], "pre_start": [{"command": "x"}, {"image": "j"}]
        }},
        "volumes": {"v": null, "w": {"external": true}, "x": {"name": ""}, "y": {"name": "y"}},
        "secrets": {"s": {"file": "/s"}}
    }));
    assert_eq!(
        json,
        json!({
            "name": "p",
            "services": {"a": {
                "image": "i", "network_mode": "host", "pull_policy": "missing", "environment": {"A": "1", "B": null},
                "build": {"args": ["A=1", "C=3"], "context": ".", "dockerfile": "Dockerfile"},
                "volumes": [{"type": "volume", "target": "/b"}], "pre_start": [{"command": "x", "image": "i"}, {"image": "j"}]
            }},
            "volumes": {"v": {"name": "p_v"}, "w": {"external": true, "name": "w"}, "x": {"name": ""}, "y": {"name": "y"}},
            "secrets": {"s": {"file": "/s", "name": "p_s"}}
        })
    );
}
