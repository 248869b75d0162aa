//! What a project becomes, form by form, and what is said about it.

mod forms;
mod order;

use std::collections::BTreeSet;

use super::{KEYS, Mapped, stack};
use crate::compose::Request;
use crate::fs::MemFs;
use crate::migrate::nix::normal::{Container, Unit};
use crate::migrate::nix::wire::Wiring;
use crate::migrate::nix::{Backend, Class, Options, Remark, Style};
use crate::model::{Project, whole};
use crate::source::Sources;

const DOCKER: Backend = Backend::Docker;
const PODMAN: Backend = Backend::Podman;

fn project(text: &str) -> Project {
    let fs = MemFs::new().file("/p/compose.yaml", text).file("/p/e.env", "QUOTED='a b'\n").file("/p/l.labels", "x.y=z\n");
    let sources = Sources::new();
    whole(&crate::compose::Loader::new(&fs, &sources), &Request::new("/p"))
}

fn options(backend: Backend) -> Options {
    Options::new(Style::Oci, backend)
}

fn mapped_by(text: &str, options: &Options) -> Mapped {
    stack(&project(text), &Wiring::default(), options)
}

fn mapped(text: &str, backend: Backend) -> Mapped {
    mapped_by(text, &options(backend))
}

/// A project `t` with a service `app` that has these lines, and with other top-level text.
fn app(lines: &str, top: &str) -> String {
    let has_image = lines.lines().any(|l| l.starts_with("build:") || l.starts_with("image:"));
    let lines: Vec<String> = lines.lines().map(|l| format!("    {l}\n")).collect();
    let lines = lines.concat();
    let image = if has_image {
        ""
    } else {
        "    image: img
"
    };
    format!("name: t\nservices:\n  app:\n{image}{lines}  db: {{image: img, ipc: shareable}}\n{top}")
}

fn container<'m>(mapped: &'m Mapped, name: &str) -> &'m Container {
    mapped.stack.containers.get(name).unwrap_or_else(|| panic!("no `{name}` in {:?}", mapped.stack.containers.keys()))
}

fn unit<'m>(mapped: &'m Mapped, name: &str) -> &'m Unit {
    mapped.stack.units.get(name).unwrap_or_else(|| panic!("no `{name}` in {:?}", mapped.stack.units.keys()))
}

/// The remarks of a class, as `path: message`.
fn said(mapped: &Mapped, class: Class) -> Vec<String> {
    mapped.remarks.iter().filter(|r| r.class == class).map(|r| format!("{}: {}", r.path, r.message)).collect()
}

/// A path as the table of keys has it: names below the top and items are stars.
fn starred(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, behind)) = rest.split_once('[') {
        out.push_str(before);
        out.push_str(".*");
        rest = behind.split_once(']').map_or("", |(_, r)| r);
    }
    out.push_str(rest);
    let named = ["services", "networks", "volumes", "secrets", "configs", "models", "depends_on"];
    let parts: Vec<&str> = out.split('.').collect();
    let star = |(i, part): (usize, &&str)| {
        let before = i.checked_sub(1).and_then(|b| parts.get(b)).copied().unwrap_or_default();
        // Of lists, the star is there already.
        let is_name = named.contains(&before) && *part != "*" && !matches!(*part, "resources");
        if is_name { "*".to_owned() } else { (*part).to_owned() }
    };
    parts.iter().enumerate().map(star).collect::<Vec<_>>().join(".")
}

/// True if a remark tells what became of a key: at the key, at one above, or, for a key that has keys below, at one of these.
fn tells(remark: &Remark, key: &str, class: Class) -> bool {
    let at = starred(&remark.path);
    let above = |above: &str, below: &str| below.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'));
    remark.class == class && (at == key || above(&at, key) || above(key, &at))
}

/// One project with every key whose row does not just say "mapped".
const EVERYTHING: &str = r#"
name: t
services:
  app:
    image: img
    attach: false
    cpu_count: 2
    cpu_percent: 50
    credential_spec: {file: my.json}
    develop: {watch: [{path: ., action: sync, target: /x}]}
    domainname: example.org
    isolation: process
    storage_opt: {size: 1G}
    use_api_socket: true
    links: ["db:database"]
    external_links: ["redis:r"]
    configs: [{source: c, uid: "1", gid: "1", mode: 0400}, text]
    secrets: [{source: s, uid: "1", gid: "1", mode: 0400}, env, ext]
    gpus: [{count: 1, driver: nvidia, capabilities: [gpu], options: {a: b}}, {device_ids: ["0"]}]
    deploy:
      mode: replicated
      labels: {a: b}
      endpoint_mode: vip
      update_config: {parallelism: 1}
      rollback_config: {parallelism: 1}
      placement: {constraints: [a]}
      restart_policy: {condition: any, delay: 1s, window: 1s, max_attempts: 3}
      resources:
        reservations:
          cpus: "0.5"
          generic_resources: [{discrete_resource_spec: {kind: a, value: 1}}]
          devices: [{driver: nvidia, count: all, capabilities: [gpu]}]
    env_file: [{path: e.env, required: false, format: raw}]
    healthcheck: {test: [CMD, "true"], start_interval: 5s}
    models: {m: {endpoint_var: A, model_var: B}}
    stdin_open: true
    pre_start: [{command: [a]}]
    post_start: [{command: [a], user: root, privileged: true, working_dir: /, environment: {A: b}}]
    pre_stop: [{command: [a]}]
    networks:
      n: {driver_opts: {a: b}, gw_priority: 1, link_local_ips: [169.254.8.1]}
      o: {}
    ports: [{target: 80, published: "80", mode: host, app_protocol: http, name: web}]
    profiles: [debug]
    pull_refresh_after: 24h
    depends_on:
      db: {condition: service_healthy, required: false, restart: true}
    restart: always
    volumes:
      - {type: bind, source: ./x, target: /x, consistency: cached, bind: {selinux: Z, recursive: disabled}}
      - {type: volume, source: data, target: /d, volume: {labels: {a: b}}}
      - theirs:/theirs
  db: {image: img, healthcheck: {test: "true"}}
  built:
    scale: 2
    build:
      context: .
      dockerfile_inline: "FROM a"
      additional_contexts: {x: ./x}
      args: {A: b}
      cache_from: [a]
      cache_to: [a]
      entitlements: [network.host]
      extra_hosts: ["a:1.2.3.4"]
      isolation: default
      labels: {a: b}
      network: host
      no_cache: true
      no_cache_filter: [a]
      platforms: [linux/amd64, linux/arm64]
      privileged: true
      provenance: true
      pull: true
      sbom: true
      secrets: [s]
      shm_size: 64m
      ssh: [default]
      tags: [a]
      target: a
      ulimits: {nofile: {soft: 1, hard: 2}}
  copies:
    image: img
    deploy: {replicas: 2}
  tool:
    provider: {type: model, options: {a: b}}
networks:
  n:
    driver: bridge
    attachable: true
    enable_ipv4: true
    ipam: {driver: default, options: {a: b}, config: [{subnet: 10.1.0.0/16, aux_addresses: {a: 10.1.0.9}}]}
  o: {external: true, name: out}
volumes:
  data: {driver: local}
  theirs: {external: true}
secrets:
  s: {file: ./s, labels: {a: b}, name: x, driver: a, driver_opts: {a: b}, template_driver: a}
  env: {environment: TOKEN}
  ext: {external: true}
configs:
  c: {file: ./c, labels: {a: b}, name: x, template_driver: a}
  ext: {external: true}
  text: {content: hello}
models:
  m: {model: ai/x, context_size: 1, runtime_flags: [a], name: x}
"#;

#[test]
fn what_is_not_simply_mapped_is_told() {
    for backend in [DOCKER, PODMAN] {
        let mapped = mapped(EVERYTHING, backend);
        let mut silent = Vec::new();
        for key in KEYS {
            let class = if backend == DOCKER { key.docker } else { key.podman };
            // The model does not keep what Compose itself does not read. An external config of nobody is nobody's loss.
            if class == Class::Mapped || key.path == "version" || key.path.starts_with("configs.*.external") {
                continue;
            }
            if !mapped.remarks.iter().any(|r| tells(r, key.path, class)) {
                silent.push(format!("{} {class:?}", key.path));
            }
        }
        assert!(silent.is_empty(), "{backend}: {silent:#?}");
    }
}

#[test]
fn remarks_are_sentences() {
    for backend in [DOCKER, PODMAN] {
        for Remark { path, message, origin, .. } in mapped(EVERYTHING, backend).remarks {
            assert!(!message.ends_with('.') && message.len() > 15 && !message.contains("  "), "{path}: {message}");
            assert!(origin.is_some(), "{path}");
        }
    }
}

#[test]
fn keys_without_an_equivalent_are_refused_unless_allowed() {
    let text = app("provider: {type: model}\nisolation: default", "x-top: 1\n");
    let mapped = mapped(&text, PODMAN);
    let mut options = options(PODMAN);
    assert_eq!(mapped.refused(&options).map(|r| r.path.as_str()).collect::<Vec<_>>(), ["services.app.provider"]);
    assert_eq!(mapped.stack.containers.keys().collect::<Vec<_>>(), ["t-db-1"]);
    assert!(said(&mapped, Class::Inert).iter().any(|r| r.starts_with("x-top: ")));
    options.allow_unmapped = vec!["provider".into()];
    assert_eq!(mapped.refused(&options).count(), 0);
}

#[test]
fn what_is_not_enabled_is_told() {
    let mut project = project(&app("profiles: [x]", ""));
    project.services.get_mut("app").unwrap().value.enabled = false;
    let mapped = stack(&project, &Wiring::default(), &options(DOCKER));
    assert_eq!(mapped.services.keys().collect::<Vec<_>>(), ["db"]);
    assert!(said(&mapped, Class::Different).iter().any(|r| r.starts_with("services.app: service `app` is not enabled")));
}

#[test]
fn the_same_project_gives_the_same_twice() {
    let (one, two) = (mapped(EVERYTHING, DOCKER), mapped(EVERYTHING, DOCKER));
    assert_eq!(serde_json::to_string(&one.stack).unwrap(), serde_json::to_string(&two.stack).unwrap());
    let paths: BTreeSet<_> = one.remarks.iter().map(|r| (&r.path, &r.message)).collect();
    assert_eq!(paths.len(), one.remarks.len(), "a remark is made twice");
}
