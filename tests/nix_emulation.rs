//! The emulation of the modules of NixOS is as strict as they are, and makes of an entry the words that the library expects.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[path = "support/nix.rs"]
mod nix;
#[path = "support/program.rs"]
mod program;

use composelint::migrate::nix::Backend;
use composelint::migrate::nix::engine;
use composelint::migrate::nix::normal::{Attachment, Container, Health, HealthTest, Mount, Network, Publish};
use composelint::nix::{Binding, Expr, Piece, Value};
use nix::{NixFailure, argv, evaluate, evaluated};
use program::tree;
use serde_json::{Value as Json, json};

/// Literal expressions as JSON.
fn json_of(expression: &Expr) -> Json {
    match expression {
        Expr::Bool(value) => json!(value),
        Expr::Str(pieces) => {
            let text = |piece: &Piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Expr(_) => panic!("not literal"),
            };
            Json::String(pieces.iter().map(text).collect())
        }
        Expr::List(items) => items.iter().map(|item| json_of(&item.value)).collect(),
        Expr::Attrs(bindings) => entry(bindings),
        other => panic!("{other:?}"),
    }
}

fn entry(bindings: &[Binding]) -> Json {
    let mut out = serde_json::Map::new();
    for binding in bindings {
        let (first, rest) = binding.path.split_first().unwrap();
        let value = rest.iter().rev().fold(json_of(&binding.value), |value, name| json!({ name: value }));
        out.insert(first.clone(), value);
    }
    Json::Object(out)
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Int(number.as_i64().unwrap()),
        Json::String(text) => Value::Str(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(value_of).collect()),
        Json::Object(entries) => Value::Attrs(entries.iter().map(|(key, value)| (key.clone(), value_of(value))).collect()),
    }
}

fn everything(backend: Backend) -> Container {
    let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let mount = |kind: &str, source: &str, target: &str| Mount {
        kind: kind.into(),
        source: Some(source.into()),
        target: target.into(),
        ..Mount::default()
    };
    Container {
        image_stream: false,
        image: "nginx:1.27".into(),
        entrypoint: Some("/bin/x y".into()),
        args: texts(&["-v", "it's $HOME", ""]),
        environment: pairs(&[("B", "two\nlines\n"), ("A", "${X} \"q\" ''"), ("a", "ü")]),
        environment_files: texts(&["/run/secrets/web.env"]),
        labels: pairs(&[("traefik.http.routers.web.rule", "Host(`a.example`)")]),
        annotations: pairs(&[("a.b", "c")]),
        ports: vec![Publish { host_ip: Some("::1".into()), published: Some("80".into()), target: "80".into(), protocol: "udp".into() }],
        user: Some("1000:1000".into()),
        working_dir: Some("/w".into()),
        hostname: Some("h".into()),
        mounts: vec![
            mount("bind", "/x", "/y"),
            mount("bind", "/x", "/z"),
            Mount { kind: "volume".into(), target: "/data".into(), ..Mount::default() },
        ],
        network: Network::Networks(vec![
            Attachment { name: "demo_b".into(), aliases: texts(&["web", "b"]), ..Attachment::default() },
            Attachment { name: "demo_a".into(), aliases: texts(&["web"]), ..Attachment::default() },
        ]),
        capabilities: (["NET_ADMIN".to_owned()].into(), ["ALL".to_owned()].into()),
        devices: texts(&["/dev/null:/dev/null:rwm"]),
        privileged: true,
        pull: Some("always".into()),
        log_driver: Some("local".into()),
        log_options: pairs(&[("max-size", "10m")]),
        health: Some(Health { test: Some(HealthTest::Shell("true || false".into())), ..Health::default() }),
        auto_start: false,
        auto_remove: false,
        sdnotify: (backend == Backend::Podman).then(|| "healthy".into()),
        depends_on: ["db".to_owned()].into(),
        flags: [("dns".to_owned(), texts(&["8.8.8.8", "8.8.4.4"])), ("init".to_owned(), texts(&["true"]))].into(),
    }
}

#[test]
fn nix_makes_the_same_words_of_an_entry() {
    for backend in [Backend::Docker, Backend::Podman] {
        let container = everything(backend);
        let entry = entry(&engine::write("web", &container, backend).unwrap());
        let module = "{ virtualisation.oci-containers.containers = { db.image = \"postgres\"; web = builtins.fromJSON (builtins.readFile ./web.json); }; }";
        let dir = tree(&[("default.nix", module), ("web.json", &entry.to_string())]);
        let Some(result) = evaluated(dir.path(), Some(backend.command())) else { return };
        let words = argv(&result, "web");
        assert_eq!(words, engine::argv("web", &value_of(&entry), backend).unwrap());
        let (_, mut read) = engine::parse(&words, backend).unwrap();
        read.auto_start = false;
        read.depends_on = ["db".to_owned()].into();
        assert_eq!(read, container);
        let unit = &result["services"][format!("{backend}-web")];
        assert_eq!(unit["requires"], json!([format!("{backend}-db.service")]));
        assert_eq!(unit["wantedBy"], json!([]));
    }
}

const DEMO: &str = r#"
{ config, lib, pkgs, ... }:
let
  cfg = config.services.demo;
in
{
  imports = [ ./web.nix ];
  options.services.demo = {
    enable = lib.mkEnableOption "the demo";
    port = lib.mkOption { type = lib.types.port; default = 80; };
  };
  config = lib.mkIf cfg.enable {
    virtualisation.oci-containers.containers.web.ports = [ "${toString cfg.port}:80" ];
    systemd.services.docker-web = {
      after = [ "docker-network-demo.service" ];
      path = [ pkgs.docker ];
      preStart = lib.escapeShellArgs [ "docker" "it's" ];
      serviceConfig = {
        Restart = lib.mkForce "no";
        RestartSec = lib.mkOverride 90 "100ms";
      };
    };
    systemd.targets.demo.wantedBy = [ "multi-user.target" ];
    systemd.timers.demo.timerConfig.OnCalendar = "daily";
    systemd.tmpfiles.rules = lib.mkMerge [ [ "d /srv/a" ] (lib.mkIf false [ "d /srv/b" ]) ];
    networking.firewall.allowedTCPPorts = [ cfg.port ];
  };
}
"#;

const WEB: &str = r#"
{ config, lib, ... }:
{
  services.demo = { enable = true; port = lib.mkForce 8080; };
  age.secrets."web.env".file = ./web.age;
  virtualisation.oci-containers = {
    backend = "docker";
    containers.web = {
      image = "nginx";
      environmentFiles = [ config.age.secrets."web.env".path ];
      extraOptions = map (server: "--dns=${server}") config.networking.nameservers;
    };
  };
}
"#;

#[test]
fn modules_are_merged_as_nixos_merges_them() {
    let dir = tree(&[("default.nix", DEMO), ("web.nix", WEB)]);
    let Some(result) = evaluated(dir.path(), None) else { return };
    let words = argv(&result, "web").join(" ");
    assert_eq!(
        words,
        "docker run --name=web --log-driver=journald --env-file /run/agenix/web.env -p 8080:80 --rm --pull missing --dns=192.0.2.1 \
         --dns=192.0.2.2 nginx"
    );
    let unit = &result["services"]["docker-web"];
    assert_eq!(unit["serviceConfig"]["Restart"], "no");
    assert_eq!(unit["serviceConfig"]["RestartSec"], "100ms");
    assert_eq!(unit["serviceConfig"]["TimeoutStopSec"], 120);
    assert_eq!(unit["preStart"], r"docker 'it'\''s'");
    assert_eq!(unit["preStop"], "docker stop web || true");
    assert_eq!(unit["wantedBy"], json!(["multi-user.target"]));
    assert_eq!(unit["after"].as_array().unwrap().last().unwrap(), "docker-network-demo.service");
    assert_eq!(result["targets"]["demo"]["wantedBy"], json!(["multi-user.target"]));
    assert_eq!(result["timers"]["demo"]["timerConfig"]["OnCalendar"], "daily");
    assert_eq!(result["tmpfiles"], json!(["d /srv/a"]));
    assert_eq!(result["other"]["networking"]["firewall"]["allowedTCPPorts"], json!([8080]));
}

#[test]
fn what_nixos_refuses_is_refused() {
    let cases = [
        ("virtualisation.oci-containers.containers.web.image = 1;", "is not of type `string'"),
        ("virtualisation.oci-containers.containers.web = { };", "used but not defined"),
        ("virtualisation.oci-containers.containers.web = { image = \"a\"; imagee = \"b\"; };", "imagee' does not exist"),
        ("virtualisation.oci-containers.containers.web = { image = \"a\"; environment.A = true; };", "is not of type `string'"),
        ("virtualisation.oci-containers.containers.web = { image = \"a\"; dependsOn = [ \"x\" ]; };", "is no container"),
        ("virtualisation.oci-containers.containers.web = { image = \"a\"; environmentFiles = [ \"web.env\" ]; };", "absolute path"),
        ("virtualisation.oci-containers.containers.web = { image = \"a\"; podman.sdnotify = \"healthy\"; };", "although docker runs it"),
        (
            "virtualisation.oci-containers.containers.web.image = \"a\"; systemd.services.docker-web.serviceConfig.Restart = \"no\";",
            "conflicting",
        ),
        ("systemd.services.web.afterr = [ ];", "afterr' does not exist"),
        ("networking.x = 1; imports = [ { networking.x = 2; } ];", "conflicting"),
    ];
    for (body, expected) in cases {
        let dir = tree(&[("default.nix", &format!("{{ {body} }}"))]);
        match evaluate(dir.path(), Some("docker")) {
            Err(NixFailure::Missing) => return,
            Err(NixFailure::Refused(said)) => assert!(said.contains(expected), "{body}: {said}"),
            Ok(value) => panic!("{body} is taken: {value}"),
        }
    }
}
