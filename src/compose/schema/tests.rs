//! What people read, and what is refused.

mod published;

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::super::Semantics;
use super::super::problem::{Problem, ProblemKind};
use super::super::value::{Data, Entry, Map, Origin, Value};
use super::{check, known_keys};
use crate::source::{FileId, Span};

/// A tree from JSON, and its text: the spans of the tree are places in the text. `{"$date": "2024-01-02"}` is a date without quotes.
#[derive(Default)]
struct Builder {
    text: String,
}

impl Builder {
    fn span(&self, start: usize) -> Span {
        Span::new(FileId::NONE, u32::try_from(start).unwrap(), u32::try_from(self.text.len()).unwrap())
    }

    fn build(&mut self, json: &Json) -> Value {
        let start = self.text.len();
        let data = match json {
            Json::Object(map) if map.contains_key("$date") => {
                let date = map["$date"].as_str().unwrap();
                self.text.push_str(date);
                Data::Timestamp(date.to_owned())
            }
            Json::Object(map) if map.contains_key("$inf") => {
                self.text.push_str(".inf");
                Data::Float(f64::INFINITY)
            }
            Json::Object(map) => {
                self.text.push('{');
                let mut entries = Map::default();
                for (key, value) in map {
                    let at = self.text.len();
                    self.text.push_str(key);
                    let key_span = self.span(at);
                    self.text.push_str(": ");
                    let value = self.build(value);
                    self.text.push_str(", ");
                    entries.insert(key.clone(), Entry { key: key_span, value });
                }
                self.text.push('}');
                Data::Map(entries)
            }
            Json::Array(items) => {
                self.text.push('[');
                let mut values = Vec::new();
                for item in items {
                    values.push(self.build(item));
                    self.text.push_str(", ");
                }
                self.text.push(']');
                Data::Seq(values)
            }
            other => {
                write!(self.text, "{other}").unwrap();
                match other {
                    Json::Bool(b) => Data::Bool(*b),
                    Json::Number(n) => n.as_i64().map_or_else(|| Data::Float(n.as_f64().unwrap()), |n| Data::Int(i128::from(n))),
                    Json::String(s) => Data::Str(s.clone()),
                    _ => Data::Null,
                }
            }
        };
        Value::new(data, Origin::at(self.span(start)))
    }
}

fn problems_of(json: &Json, semantics: Semantics) -> (Vec<Problem>, String) {
    let mut builder = Builder::default();
    let value = builder.build(json);
    let mut problems = Vec::new();
    check(value.as_map().unwrap(), semantics, &mut problems);
    (problems, builder.text)
}

/// One line for the place, one for what is wrong, one for what to do.
fn shown_as(json: &Json, semantics: Semantics) -> String {
    let (problems, text) = problems_of(json, semantics);
    let mut out = String::new();
    for problem in problems {
        let at = problem.origin.as_ref().unwrap().at;
        let slice = &text[at.start as usize..at.end as usize];
        writeln!(out, "{} at {slice}\n  {}", problem.path, problem.message).unwrap();
        for (span, what) in &problem.related {
            writeln!(out, "  {what}: {}", &text[span.start as usize..span.end as usize]).unwrap();
        }
        if let Some(help) = problem.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}

#[allow(clippy::needless_pass_by_value)] // reads best with json!
fn service(body: Json) -> Json {
    json!({ "services": { "web": body } })
}

#[allow(clippy::needless_pass_by_value)]
fn service_shown(body: Json) -> String {
    shown_as(&service(body), Semantics::V5)
}

fn refused(json: &Json, semantics: Semantics) -> bool {
    !problems_of(json, semantics).0.is_empty()
}

#[test]
fn an_unknown_key_is_named_with_the_one_that_was_meant() {
    insta::assert_snapshot!(service_shown(json!({ "image": "nginx", "enviroment": { "A": "b" }, "Ports": ["80:80"] })), @r#"
services.web.enviroment at enviroment
  `enviroment` is not a key of a service
  help: did you mean `environment`?
services.web.Ports at Ports
  `Ports` is not a key of a service
  help: did you mean `ports`?
"#);
}

#[test]
fn a_key_of_another_level_is_sent_there() {
    let file = json!({
        "services": { "web": { "image": "nginx", "dockerfile": "Dockerfile", "replicas": 2, "ipam": {}, "net": "host" } },
        "networks": { "front": { "restart": "always" } },
        "volumes": { "data": { "services": {} } },
        "deploy": { "replicas": 2 },
        "image": "nginx",
        "web": { "image": "nginx" },
        "frobnicate": 1,
    });
    insta::assert_snapshot!(shown_as(&file, Semantics::V5), @r#"
services.web.dockerfile at dockerfile
  `dockerfile` is not a key of a service
  help: `dockerfile` belongs under `build`
services.web.replicas at replicas
  `replicas` is not a key of a service
  help: `replicas` belongs under `deploy`
services.web.ipam at ipam
  `ipam` is not a key of a service
  help: `ipam` is a key of a network: check the indentation
services.web.net at net
  `net` is not a key of a service
  help: use `network_mode` or `networks`
networks.front.restart at restart
  `restart` is not a key of a network
  help: `restart` is a key of a service: move it to the service meant, under `services`
volumes.data.services at services
  `services` is not a key of a volume
  help: `services` is a top-level key: check the indentation
deploy at deploy
  `deploy` is not a top-level key of Compose
  help: `deploy` is a key of a service: check the indentation
image at image
  `image` is not a top-level key of Compose
  help: `image` is a key of a service: check the indentation
web at web
  `web` is not a top-level key of Compose
  help: if `web` is a service, indent it below a top-level `services:`
frobnicate at frobnicate
  `frobnicate` is not a top-level key of Compose
  help: remove it, or call it `x-frobnicate` if another tool reads it
"#);
}

#[test]
fn service_keys_that_are_not_indented_below_a_name() {
    let file = json!({ "services": { "web": null, "image": "nginx", "ports": ["80:80"], "my app": { "image": "nginx" } } });
    insta::assert_snapshot!(shown_as(&file, Semantics::V5), @r#"
services.web at null
  service `web` must be a mapping, but here it is empty
  help: give the service an `image` or a `build`, indented below its name
services.image at "nginx"
  service `image` must be a mapping, but here it is text
  help: `image` is a key of a service: indent it below the name of the service
services.ports at ["80:80", ]
  service `ports` must be a mapping, but here it is a list
  help: `ports` is a key of a service: indent it below the name of the service
services.my app at my app
  `my app` cannot be the name of a service
  help: use letters without accents, digits, `.`, `_` and `-` only
"#);
}

#[test]
fn the_wrong_type_says_what_is_due_and_what_is_there() {
    let body = json!({
        "image": null,
        "ports": { "80": 80 },
        "environment": null,
        "cap_add": "NET_ADMIN",
        "healthcheck": ["CMD", "true"],
        "networks": "front",
        "privileged": [true],
        "command": { "a": "b" },
        "build": 5,
        "use_api_socket": "yes",
        "hostname": ["a"],
        "labels": "a=b",
    });
    insta::assert_snapshot!(service_shown(body), @r#"
services.web.image at null
  `image` must be text, but here it is empty
  help: give it a value, or remove the line
services.web.ports at {80: 80, }
  `ports` must be a list, but here it is a mapping
  help: write it as a list: begin each item with `- `
services.web.environment at null
  `environment` must be a list or a mapping, but here it is empty
  help: give it a value, or remove the line
services.web.cap_add at "NET_ADMIN"
  `cap_add` must be a list, but here it is text
  help: write it as a list: one line with `- ` for each item
services.web.healthcheck at ["CMD", "true", ]
  `healthcheck` must be a mapping, but here it is a list
  help: write `key: value` lines instead of a list
services.web.networks at "front"
  `networks` must be a list or a mapping, but here it is text
  help: write it as a list: one line with `- ` for each item
services.web.privileged at [true, ]
  `privileged` must be true or false, but here it is a list
  help: write one value instead of a list
services.web.command at {a: "b", }
  `command` must be text or a list, but here it is a mapping
  help: write it as a list: begin each item with `- `
services.web.build at 5
  `build` must be text or a mapping, but here it is a number
  help: put it in quotes: `"5"`
services.web.use_api_socket at "yes"
  `use_api_socket` must be true or false, but here it is text
  help: write `true` or `false`, without quotes
services.web.hostname at ["a", ]
  `hostname` must be text, but here it is a list
  help: write one value instead of a list
services.web.labels at "a=b"
  `labels` must be a list or a mapping, but here it is text
  help: write it as a list: one line with `- ` for each item
"#);
}

#[test]
fn numbers_and_booleans_where_text_is_due() {
    let body = json!({
        "user": 1000,
        "restart": false,
        "hostname": true,
        "stop_grace_period": 10,
        "deploy": { "resources": { "limits": { "memory": 512 } } },
        "command": ["sleep", 12345],
        "networks": { "front": { "priority": "5" } },
    });
    insta::assert_snapshot!(service_shown(body), @r#"
services.web.user at 1000
  `user` must be text, but here it is a number
  help: put it in quotes: `"1000"`
services.web.restart at false
  `restart` must be text, but here it is false
  help: write `"no"`, `always`, `on-failure` or `unless-stopped`
services.web.hostname at true
  `hostname` must be text, but here it is true
  help: put it in quotes if it is meant as text: `"true"`
services.web.stop_grace_period at 10
  `stop_grace_period` must be a duration such as `30s`, but here it is a number
  help: give it a unit: `10s`
services.web.deploy.resources.limits.memory at 512
  `memory` must be text such as `512m`, but here it is a number
  help: give it a unit: `512b` or `512m`
services.web.command[1] at 12345
  an item of `command` must be text, but here it is a number
  help: put it in quotes
services.web.networks.front.priority at "5"
  `priority` must be a number, but here it is text
  help: remove the quotes
"#);
}

#[test]
fn numbers_out_of_range_and_with_a_fraction() {
    let body = json!({ "cpu_percent": 150, "cpu_count": -1, "oom_score_adj": 2000, "scale": 1.5, "mem_swappiness": 60.0 });
    insta::assert_snapshot!(service_shown(body), @r#"
services.web.cpu_percent at 150
  `cpu_percent` must be a whole number from 0 to 100, but here it is 150
services.web.cpu_count at -1
  `cpu_count` must be a whole number from 0, but here it is -1
services.web.oom_score_adj at 2000
  `oom_score_adj` must be a whole number from -1000 to 1000, but here it is 2000
services.web.scale at 1.5
  `scale` must be a whole number, but here it is 1.5
  help: write it without a fraction
"#);
}

#[test]
fn words_of_a_choice_are_listed() {
    let body = json!({
        "cgroup": "hots",
        "gpus": "some",
        "pull_policy": "sometimes",
        "container_name": "-",
        "depends_on": { "db": { "condition": "healthy" } },
        "volumes": [{ "type": "binds", "source": "/a", "target": "/b" }],
    });
    insta::assert_snapshot!(service_shown(body), @r#"
services.web.cgroup at "hots"
  `cgroup` must be `host` or `private`, but here it is another word
  help: did you mean `host`?
services.web.gpus at "some"
  `gpus` must be `all` or a list, but here it is another word
  help: write it as a list: one line with `- ` for each item
services.web.pull_policy at "sometimes"
  `pull_policy` is not a policy that Compose knows
  help: use `always`, `never`, `build`, `if_not_present`, `missing`, `refresh`, `daily` or `weekly`, or `every_` and a time, such as `every_12h`
services.web.container_name at "-"
  `container_name` cannot be the name of a container
  help: take at least two characters: a letter or digit, then letters, digits, `_`, `.` or `-`
services.web.depends_on.db.condition at "healthy"
  `condition` must be `service_started`, `service_healthy` or `service_completed_successfully`, but here it is another word
  help: did you mean `service_healthy`?
services.web.volumes[0].type at "binds"
  `type` must be `bind`, `volume`, `tmpfs`, `cluster`, `npipe` or `image`, but here it is another word
  help: did you mean `bind`?
"#);
}

#[test]
fn a_union_is_judged_by_the_form_that_was_written() {
    let body = json!({
        "build": { "context": ".", "dockerfil": "x" },
        "ports": [{ "target": 80, "hostip": "127.0.0.1" }, [80]],
        "volumes": [{ "source": "a", "target": "/a" }],
        "depends_on": { "db": null, "cache": { "restart": true } },
        "ulimits": { "nofile": { "soft": 1 }, "nproc": [1] },
        "secrets": [{ "source": "s", "uid": 1000 }, 5],
        "post_start": [{ "user": "root" }],
    });
    insta::assert_snapshot!(service_shown(body), @r#"
services.web.build.dockerfil at dockerfil
  `dockerfil` is not a key of `build`
  help: did you mean `dockerfile`?
services.web.ports[0].hostip at hostip
  `hostip` is not a key of a port in the long form
  help: did you mean `host_ip`?
services.web.ports[1] at [80, ]
  an item of `ports` must be text, a number or a mapping, but here it is a list
  help: write `key: value` lines instead of a list
services.web.volumes[0] at {source: "a", target: "/a", }
  a mount in the long form needs `type`
  help: add `type:` with `bind`, `volume`, `tmpfs`, `cluster`, `npipe` or `image`
services.web.depends_on.db at null
  `db` in `depends_on` must be a mapping, but here it is empty
  help: give it `condition`, indented below it
services.web.depends_on.cache at {restart: true, }
  `cache` in `depends_on` needs `condition`
  help: add `condition:` with `service_started`, `service_healthy` or `service_completed_successfully`
services.web.ulimits.nofile at {soft: 1, }
  ulimit `nofile` needs `hard`
  help: add `hard:` with a whole number
services.web.ulimits.nproc at [1, ]
  ulimit `nproc` must be a whole number or a mapping, but here it is a list
  help: write `key: value` lines instead of a list
services.web.secrets[0].uid at 1000
  `uid` must be text, but here it is a number
  help: put it in quotes: `"1000"`
services.web.secrets[1] at 5
  an item of `secrets` must be text or a mapping, but here it is a number
  help: put it in quotes
services.web.post_start[0] at {user: "root", }
  a hook needs `command`
  help: add `command:` with text or a list
"#);
}

#[test]
fn a_repeated_item_points_at_both() {
    let body = json!({ "cap_add": ["A", "B", "A"], "expose": [80, "80", 80.0], "volumes": [{ "type": "bind", "source": "a" }, { "source": "a", "type": "bind" }] });
    insta::assert_snapshot!(service_shown(body), @r#"
services.web.cap_add[2] at "A"
  `cap_add` has the same item twice
  first here: "A"
  help: remove one of the two
services.web.expose[2] at 80.0
  `expose` has the same item twice
  first here: 80
  help: remove one of the two
services.web.volumes[1] at {source: "a", type: "bind", }
  `volumes` has the same item twice
  first here: {type: "bind", source: "a", }
  help: remove one of the two
"#);
}

#[test]
fn items_that_a_colon_makes_mappings_and_empty_items() {
    let body = json!({
        "environment": [{ "A": "b" }, null],
        "networks": [{ "front": { "priority": 1 } }],
        "command": ["echo", { "a": "b" }],
        "cap_add": [null],
        "extra_hosts": { "a": null },
    });
    insta::assert_snapshot!(service_shown(body), @r#"
services.web.environment[0] at {A: "b", }
  an item of `environment` must be text, but here it is a mapping
  help: write it with `=`, or remove the `- ` in front of every item
services.web.environment[1] at null
  an item of `environment` must be text, but here it is empty
  help: fill the item in, or remove it
services.web.networks[0] at {front: {priority: 1, }, }
  an item of `networks` must be text, but here it is a mapping
  help: remove the `- ` in front of every item
services.web.command[1] at {a: "b", }
  an item of `command` must be text, but here it is a mapping
  help: put the item in quotes: a `: ` in it makes it a mapping
services.web.cap_add[0] at null
  an item of `cap_add` must be text, but here it is empty
  help: fill the item in, or remove it
services.web.extra_hosts.a at null
  `a` in `extra_hosts` must be text or a list, but here it is empty
  help: give it a value, or remove the line
"#);
}

#[test]
fn no_value_of_a_confidential_key_is_repeated() {
    let file = json!({
        "services": { "web": {
            "environment": { "PASSWORD": ["hunter2"], "TOKEN": { "hunter2": "hunter2" } },
            "labels": ["a", 4242],
            "command": [4242],
            "build": { "args": [4242], "secrets": [4242] },
            "PASSWORD=hunter2": true,
            "dns": { "hunter2": 4242 },
            "logging": { "options": { "token": true } },
            "x": { "hunter2": 4242 },
        } },
        "configs": { "c": { "content": 4242 } },
        "secrets": { "s": { "environment": 4242, "file": 4242, "PASSWORD=hunter2": 4242 } },
    });
    let (problems, _) = problems_of(&file, Semantics::V5);
    assert_eq!(problems.len(), 14);
    for problem in problems {
        let said = format!("{} {:?}", problem.message, problem.help);
        assert!(!said.contains("hunter2") && !said.contains("4242") && !said.contains("`\"true\"`"), "{said}");
    }
}

#[test]
fn a_date_without_quotes() {
    let body = json!({ "labels": { "built": { "$date": "2024-01-02" } }, "x-built": { "$date": "2024-01-02" } });
    insta::assert_snapshot!(shown_as(&service(body.clone()), Semantics::V2), @r#"
services.web.labels.built at 2024-01-02
  `built` in `labels` is a date without quotes, which Compose 2 does not take
  help: put the date in quotes
"#);
    assert!(!refused(&service(body), Semantics::V5));
}

#[test]
fn infinity_is_a_number_for_compose_2_only() {
    let body = json!({ "labels": { "a": { "$inf": 1 } }, "x-a": [{ "b": { "$inf": 1 } }] });
    assert!(!refused(&service(body.clone()), Semantics::V2));
    insta::assert_snapshot!(shown_as(&service(body), Semantics::V5), @r#"
services.web.labels.a at .inf
  `.inf` and `.nan` are not numbers that Compose takes
  help: put it in quotes if it is meant as text
services.web.x-a[0].b at .inf
  `.inf` and `.nan` are not numbers that Compose takes
  help: put it in quotes if it is meant as text
"#);
}

#[test]
fn keys_that_only_compose_5_knows() {
    let body = json!({ "pre_start": [{ "image": "a" }], "build": { "no_cache_filter": "a" } });
    assert!(!refused(&service(body.clone()), Semantics::V5));
    insta::assert_snapshot!(shown_as(&service(body), Semantics::V2), @r#"
services.web.pre_start at pre_start
  `pre_start` is not a key of a service
  help: Compose 5 knows it: update Compose, or remove it
services.web.build.no_cache_filter at no_cache_filter
  `no_cache_filter` is not a key of `build`
  help: Compose 5 knows it: update Compose, or remove it
"#);
}

#[test]
fn null_is_taken_where_compose_takes_it() {
    let file = json!({
        "x-nothing": null,
        "services": { "web": {
            "command": null, "entrypoint": null, "deploy": null, "develop": null, "pid": null,
            "networks": { "n": null }, "models": { "m": null }, "environment": { "A": null }, "labels": { "A": null },
            "build": { "args": { "A": null } }, "logging": { "options": { "a": null } },
        } },
        "volumes": { "v": null },
        "networks": { "n": null },
    });
    assert!(!refused(&file, Semantics::V2));
    for (place, body) in [
        ("/services/web/image", json!({ "services": { "web": { "image": null } } })),
        ("/services/web", json!({ "services": { "web": null } })),
        ("/services", json!({ "services": null })),
        ("/networks", json!({ "networks": null })),
        ("/volumes", json!({ "volumes": null })),
        ("/secrets/s", json!({ "secrets": { "s": null } })),
        ("/configs/c", json!({ "configs": { "c": null } })),
        ("/services/web/depends_on/a", service(json!({ "depends_on": { "a": null } }))),
        ("/services/web/healthcheck", service(json!({ "healthcheck": null }))),
        ("/name", json!({ "name": null })),
    ] {
        assert!(body.pointer(place).is_some_and(Json::is_null), "{place}");
        let (problems, _) = problems_of(&body, Semantics::V5);
        assert_eq!(problems.len(), 1, "{place}");
        assert_eq!(format!("/{}", problems[0].path.to_string().replace('.', "/")), place);
    }
}

#[test]
fn names_of_other_looks_are_refused_where_compose_refuses_them() {
    for (file, wanted) in [
        (json!({ "services": { "a b": { "image": "a" } } }), true),
        (json!({ "services": { "a\n": { "image": "a" } } }), true),
        (json!({ "services": { "x-a": { "image": "a" } } }), false),
        (json!({ "volumes": { "a b": null } }), true),
        (json!({ "networks": { "a b": 5 } }), false),
        (json!({ "models": { "a b": 5 } }), false),
        (service(json!({ "networks": { "a b": null } })), true),
        (service(json!({ "ulimits": { "NOFILE": [] } })), false),
        (service(json!({ "labels": { "": "a" } })), true),
        (service(json!({ "labels": { "a b\n": "a" } })), false),
        (service(json!({ "gpus": [{ "foo": [] }] })), false),
        (service(json!({ "blkio_config": { "x-a": 1 } })), true),
        (service(json!({ "container_name": "- ab -" })), false),
        (service(json!({ "pull_policy": "not-always-foo" })), false),
        (service(json!({ "pull_policy": "every_every_12h" })), false),
        (service(json!({ "pull_policy": "every_h" })), true),
        (json!({ "version": "3" }), false),
        (json!({ "version": 3 }), true),
    ] {
        assert_eq!(refused(&file, Semantics::V2), wanted, "{file}");
        assert_eq!(refused(&file, Semantics::V5), wanted, "{file}");
    }
}

#[test]
fn a_mapping_of_a_hundred_thousand_keys_is_no_burden() {
    let labels: serde_json::Map<String, Json> = (0..100_000).map(|i| (format!("label{i}"), json!("a"))).collect();
    let items: Vec<String> = (0..100_000).map(|i| format!("item{i}")).collect();
    let (problems, _) = problems_of(&service(json!({ "labels": labels, "dns": items })), Semantics::V5);
    assert!(problems.is_empty());
    let unknown: serde_json::Map<String, Json> = (0..100_000).map(|i| (format!("portz{i}"), json!("a"))).collect();
    let (problems, _) = problems_of(&service(Json::Object(unknown)), Semantics::V5);
    assert_eq!(problems.len(), 100_000);
    assert!(problems.iter().all(|p| p.kind == ProblemKind::UnknownKey));
}

#[test]
fn the_known_keys_of_a_place_can_be_asked_for() {
    assert!(known_keys(&["services", "web"], Semantics::V5).unwrap().contains(&"pre_start"));
    assert!(!known_keys(&["services", "web"], Semantics::V2).unwrap().contains(&"pre_start"));
    assert!(known_keys(&["services", "web", "ports", "0"], Semantics::V5).unwrap().contains(&"host_ip"));
    assert_eq!(known_keys(&["services", "web", "image"], Semantics::V5), None);
    assert_eq!(known_keys(&["services", "web", "labels"], Semantics::V5), Some(vec![]));
}
