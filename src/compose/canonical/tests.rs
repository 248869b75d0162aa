use serde_json::{Value as Json, json};

use super::*;
use crate::compose::testing::{json as back, json_map, map, value};
use crate::compose::value::Step;
use crate::source::{FileId, Span};

fn run(root: Json, interpolated: bool, semantics: Semantics) -> (Json, Vec<Problem>) {
    let (mut root, mut problems) = (map(root), Vec::new());
    apply(&mut root, interpolated, semantics, &mut problems);
    (json_map(&root), problems)
}

fn service(key: &str, given: &Json) -> (Json, Vec<Problem>) {
    let (root, problems) = run(json!({"services": {"a": {key: given}}}), true, Semantics::V5);
    (root["services"]["a"][key].clone(), problems)
}

#[test]
fn short_forms_become_long_ones() {
    let started = json!({"condition": "service_started", "required": true});
    for (key, given, wanted) in [
        ("build", json!("."), json!({"context": "."})),
        ("build", json!({"secrets": ["s"], "provenance": true}), json!({"secrets": [{"source": "s"}], "provenance": "true"})),
        ("build", json!({"additional_contexts": ["a=b=c"]}), json!({"additional_contexts": {"a": "b=c"}})),
        ("build", json!({"ssh": ["default", "id=path"]}), json!({"ssh": {"default": null, "id": "path"}})),
        ("depends_on", json!(["b"]), json!({"b": started})),
        ("depends_on", json!({"b": {"restart": true}}), json!({"b": {"restart": true, "condition": "service_started", "required": true}})),
        ("env_file", json!("a"), json!([{"path": "a", "required": true}])),
        ("env_file", json!([{"path": "a", "required": false}]), json!([{"path": "a", "required": false}])),
        ("label_file", json!("a"), json!(["a"])),
        ("networks", json!(["a", "b"]), json!({"a": null, "b": null})),
        ("gpus", json!("all"), json!([{"count": "all"}])),
        (
            "devices",
            json!(["/a", "/a:/b", "/a:/b:r"]),
            json!([
                {"source": "/a", "target": "/a", "permissions": "rwm"},
                {"source": "/a", "target": "/b", "permissions": "rwm"},
                {"source": "/a", "target": "/b", "permissions": "r"},
            ]),
        ),
        ("dns", json!("1.1.1.1"), json!(["1.1.1.1"])),
        ("dns", json!(["1.1.1.1", "", null]), json!(["1.1.1.1"])),
        ("environment", json!(["A=1"]), json!(["A=1"])),
    ] {
        let (result, problems) = service(key, &given);
        assert_eq!(result, wanted, "{key}: {given}");
        assert!(problems.is_empty(), "{key}: {given}: {problems:?}");
    }
}

#[test]
fn volumes_are_read_as_compose_reads_them() {
    let volume = |spec: &str| service("volumes", &json!([spec])).0[0].clone();
    let bind = json!({"create_host_path": true});
    for (spec, wanted) in [
        ("vol:/a/../b//c/", json!({"type": "volume", "source": "vol", "target": "/b/c", "volume": {}})),
        ("/x", json!({"type": "volume", "target": "/x"})),
        ("/data", json!({"type": "volume", "target": "/data", "volume": {}})),
        ("./x:/y:ro", json!({"type": "bind", "source": "./x", "target": "/y", "read_only": true, "bind": bind})),
        ("~/x:/y:ro,rw", json!({"type": "bind", "source": "~/x", "target": "/y", "bind": bind})),
        ("C:\\x:/y", json!({"type": "bind", "source": "C:\\x", "target": "/y", "bind": bind})),
        ("vol:/g:z", json!({"type": "volume", "source": "vol", "target": "/g", "bind": {"selinux": "z"}, "volume": {}})),
        ("vol:/g:nocopy,other", json!({"type": "volume", "source": "vol", "target": "/g", "volume": {"nocopy": true}})),
        (
            "/x:/y:rslave",
            json!({"type": "bind", "source": "/x", "target": "/y", "bind": {"propagation": "rslave", "create_host_path": true}}),
        ),
        ("v:/data", json!({"type": "volume", "target": "v:/data", "volume": {}})),
    ] {
        assert_eq!(volume(spec), wanted, "{spec}");
    }
}

#[test]
fn ports_are_read_as_compose_reads_them() {
    let ports = |spec: Json| service("ports", &json!([spec])).0;
    let one = |target: u16, protocol: &str| json!({"mode": "ingress", "target": target, "protocol": protocol});
    assert_eq!(ports(json!(80)), json!([one(80, "tcp")]));
    assert_eq!(ports(json!("53/UDP")), json!([one(53, "udp")]));
    // Sorted as text: 10, 11, 9.
    assert_eq!(ports(json!("9-11")), json!([one(10, "tcp"), one(11, "tcp"), one(9, "tcp")]));
    let published = |spec: &str| {
        let show =
            |p: &Json| format!("{}>{}>{}", p["host_ip"].as_str().unwrap_or("-"), p["published"].as_str().unwrap_or("-"), p["target"]);
        ports(json!(spec)).as_array().unwrap().iter().map(show).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(published("8080:80"), "->8080>80");
    assert_eq!(published("0:80"), "->0>80");
    assert_eq!(published("127.0.0.1::80"), "127.0.0.1>->80");
    assert_eq!(published("[::1]:8000-8001:80-81"), "::1>8000>80 ::1>8001>81");
    assert_eq!(published("8000-8002:80"), "->8000-8002>80");
    assert_eq!(published("::1:1:2"), "::1>1>2");
}

/// The messages about one item whose text came from variables.
fn messages(key: &str, text: &str, variables: &[(&str, Definition)]) -> String {
    let mut item = value(json!(text));
    for (name, defined) in variables {
        item.origin = item.origin.via(Step::Variable { name: (*name).to_owned(), defined: defined.clone() });
    }
    let list = item.with(Data::Seq(vec![item.clone()]));
    let services = item.with(Data::Map(single("a", item.with(Data::Map(single(key, list))))));
    let (mut root, mut problems) = (single("services", services), Vec::new());
    apply(&mut root, true, Semantics::V5, &mut problems);
    let line = |p: &Problem| [&p.path.to_string(), ": ", &p.message, " | ", p.help.as_deref().unwrap_or_default(), "\n"].concat();
    problems.iter().map(line).collect()
}

#[test]
fn what_cannot_be_read_is_explained() {
    let unset = [("DATA_DIR", Definition::Unset)];
    let secret = [("TOKEN", Definition::Environment)];
    let all = [
        messages("volumes", ":/data", &unset),
        messages("volumes", ":/data", &[]),
        messages("volumes", "ab:/b:ro:more", &[]),
        messages("volumes", "v:/data:ro", &[]),
        messages("volumes", "v:/data", &[]),
        messages("ports", ":80", &[]),
        messages("ports", "8080:", &unset),
        messages("ports", "localhost:80:80", &[]),
        messages("ports", "hunter2:80", &secret),
        messages("ports", "1-3:80-81", &[]),
        messages("ports", "80/http", &[]),
        messages("devices", "a:b:c:d", &[]),
    ]
    .concat();
    assert!(!all.contains("hunter2"), "a value of a variable may be a secret");
    insta::assert_snapshot!(all, @r#"
    services.a.volumes[0]: a part of this volume between the colons is empty, because the variable `DATA_DIR` is not set | set `DATA_DIR` in the `.env` file, or give a default: `${DATA_DIR:-./data}`
    services.a.volumes[0]: a part of this volume between the colons is empty | the short form is `source:target` or `source:target:options`
    services.a.volumes[0]: this volume has more than three parts between colons | the short form is `source:target` or `source:target:options`; a path with a colon in it needs the long form
    services.a.volumes[0]: Compose takes `v:` for a Windows drive, so this does not mount a volume called `v` | give the volume a name of two letters or more, or use the long form with `source` and `target`
    services.a.volumes[0]: Compose takes `v:` for a Windows drive, so this does not mount a volume called `v` | give the volume a name of two letters or more, or use the long form with `source` and `target`
    services.a.ports[0]: the port of the container is missing, because the variable `DATA_DIR` is not set | set `DATA_DIR` in the `.env` file, or give a default: `${DATA_DIR:-8080}`
    services.a.ports[0]: the part before the ports in "localhost:80:80" is not an IP address | write an address such as `127.0.0.1`; a host name is not allowed here
    services.a.ports[0]: the port of the host in this text, with `TOKEN` filled in, is not a port (0 to 65535) or a range such as `8000-8010` | the form is `container`, `host:container` or `address:host:container`, with `/udp` behind it if need be
    services.a.ports[0]: the two ranges of ports in "1-3:80-81" are not equally long | give both sides the same number of ports
    services.a.ports[0]: the protocol in "80/http" is not `tcp`, `udp` or `sctp` | write one of them behind the slash
    services.a.devices[0]: a device in the short form has at most three parts: `host:container:permissions` | use the long form with `source`, `target` and `permissions`
    "#);
}

#[test]
fn without_interpolation_unreadable_texts_stay() {
    let given = json!({"services": {"a": {"ports": ["80", "${P}:80"], "volumes": ["${X:-a:b}:/d", "${A}::"], "build": {"additional_contexts": ["a"]}}}});
    let (result, problems) = run(given.clone(), false, Semantics::V5);
    assert!(problems.is_empty(), "{problems:?}");
    let a = &result["services"]["a"];
    assert_eq!(a["ports"], given["services"]["a"]["ports"]);
    assert_eq!(a["volumes"], json!([{"type": "volume", "source": "${X:-a:b}", "target": "/d", "volume": {}}, "${A}::"]));
    assert_eq!(a["build"]["additional_contexts"], json!(["a"]));
}

#[test]
fn external_names_move() {
    let (result, problems) = run(json!({"volumes": {"v": {"external": {"name": "x"}}, "w": {"external": {}}}}), true, Semantics::V5);
    assert_eq!(result, json!({"volumes": {"v": {"external": true, "name": "x"}, "w": {"external": true}}}));
    assert_eq!(problems.iter().map(|p| (p.kind, p.refused)).collect::<Vec<_>>(), [(ProblemKind::Deprecated, false)]);
    let (_, problems) = run(json!({"networks": {"n": {"name": "y", "external": {"name": "x"}}}}), true, Semantics::V5);
    assert!(problems.iter().any(|p| p.kind == ProblemKind::ConflictingKeys && p.refused));
}

#[test]
fn only_compose_5_takes_ipv6_without_brackets() {
    let given = json!({"services": {"a": {"ports": ["::1:80:80"]}}});
    assert_eq!(run(given.clone(), true, Semantics::V5).1.len(), 0);
    assert_eq!(run(given, true, Semantics::V2).1.len(), 1);
}

#[test]
fn every_value_of_a_short_form_stands_where_the_text_does() {
    let at = Span::new(FileId::NONE, 7, 17);
    let item = Value::new(Data::Str("8080:80".into()), Origin::at(at));
    let list = Value::new(Data::Seq(vec![item]), Origin::at(at));
    let mut value = list.with(Data::Map(single("a", list.with(Data::Map(single("ports", list.clone()))))));
    value = list.with(Data::Map(single("services", value)));
    let mut root = value.as_map().unwrap().clone();
    apply(&mut root, true, Semantics::V5, &mut Vec::new());
    let port = &root["services"].value.get("a").unwrap().get("ports").unwrap().as_seq().unwrap()[0];
    assert_eq!(back(port)["published"], "8080");
    assert!(port.as_map().unwrap().values().all(|e| e.value.origin.at == at && e.key == at));
}

#[test]
fn a_bomb_of_port_ranges_ends() {
    let mut root = map(json!({"services": {"a": {"ports": ["0-65535", "0-65535/udp", "1-65535/sctp"]}}}));
    let mut problems = Vec::new();
    apply(&mut root, true, Semantics::V5, &mut problems);
    let ports = root["services"].value.get("a").unwrap().get("ports").unwrap().as_seq().unwrap().len();
    assert_eq!(ports, PORTS);
    assert_eq!(problems.iter().map(|p| (p.kind, p.refused)).collect::<Vec<_>>(), [(ProblemKind::LimitExceeded, false)]);
}
