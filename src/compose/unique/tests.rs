use serde_json::{Value as Json, json};

use super::*;
use crate::compose::testing::{json_map, map};

fn service(key: &str, items: &Json) -> (Json, Vec<Problem>) {
    let mut root = map(json!({"services": {"a": {key: items}}}));
    let mut problems = Vec::new();
    apply(&mut root, &mut problems);
    (json_map(&root)["services"]["a"][key].clone(), problems)
}

#[test]
fn a_later_item_takes_the_place_of_an_earlier_one() {
    for (key, items, wanted) in [
        ("environment", json!(["A=1", "B", "A=2"]), json!(["A=2", "B"])),
        ("tmpfs", json!(["/run:size=1m", "/run", "/run:size=2m"]), json!(["/run:size=2m", "/run"])),
        ("cap_add", json!(["X", "X"]), json!(["X"])),
        ("security_opt", json!(["x", "x"]), json!(["x", "x"])),
        ("volumes", json!(["xx:/d", "./y:/d:ro", "zz:/e"]), json!(["./y:/d:ro", "zz:/e"])),
        ("volumes", json!(["xx:/d", "yy:/d/"]), json!(["xx:/d", "yy:/d/"])),
        ("volumes", json!(["xx:/d", {"type": "bind", "target": "/d"}]), json!([{"type": "bind", "target": "/d"}])),
        ("devices", json!(["/a:/x", "/b:/x:r", "/x"]), json!(["/x"])),
        ("expose", json!([80, "80", "80/tcp"]), json!(["80", "80/tcp"])),
        ("secrets", json!(["s", {"source": "t", "target": "/run/secrets/s"}]), json!([{"source": "t", "target": "/run/secrets/s"}])),
        ("configs", json!(["c", {"source": "c", "target": "c"}]), json!(["c", {"source": "c", "target": "c"}])),
        ("ports", json!([80, "80"]), json!(["80"])),
        (
            "ports",
            json!([{"target": 80, "published": "1"}, {"target": 80, "published": "1", "mode": "host"}, {"target": 80, "published": 1}]),
            json!([{"target": 80, "published": "1", "mode": "host"}, {"target": 80, "published": 1}]),
        ),
        ("env_file", json!(["a", {"path": "a", "required": false}]), json!([{"path": "a", "required": false}])),
    ] {
        let shown = format!("{key}: {items}");
        let (result, problems) = service(key, &items);
        assert_eq!(result, wanted, "{shown}");
        assert!(problems.is_empty(), "{shown}: {problems:?}");
    }
}

#[test]
fn items_without_a_key_are_reported_and_stay() {
    let messages: Vec<_> = [
        ("environment", json!([5])),
        ("volumes", json!([{"type": "bind"}])),
        ("devices", json!([{"source": "/x"}])),
        ("ports", json!([{"published": "1"}])),
        ("env_file", json!([{"required": true}])),
        ("expose", json!([true])),
    ]
    .into_iter()
    .map(|(key, items)| {
        let (after, problems) = service(key, &items);
        assert_eq!(after, items);
        assert!(problems.iter().all(|p| p.refused && p.phase == Phase::Unique));
        problems.into_iter().map(|p| p.message).collect::<String>()
    })
    .collect();
    insta::assert_snapshot!(messages.join("\n"), @r#"
    `services.a.environment[0]` must be text, not a number
    `services.a.volumes[0]` does not say where in the container the volume goes; give it a `target`
    `services.a.devices[0]` does not say where in the container the device goes; give it a `target`
    `services.a.ports[0]` does not say which port of the container it means; give it a `target`
    `services.a.env_file[0]` does not say which file it means; give it a `path`
    `services.a.expose[0]` must be a port, not true or false
    "#);
}
