//! `migrate --move`.

use std::path::{Path, PathBuf};

use composelint::compose::Loader;
use composelint::discover::discover;
use composelint::fs::{Fs, MemFs};
use composelint::migrate::Plan;
use composelint::migrate::steps::StepError;
use composelint::migrate::steps::moving::{Move, Projects, plan};
use composelint::source::Sources;
use insta::assert_snapshot;

use super::{ROOT, done, not_proved, shown, tree};

pub(crate) fn moved_in(root: &Path, disk: &dyn Fs, file: &Path, to: &Path) -> Result<Plan, StepError> {
    let sources = Sources::new();
    let loader = Loader::new(disk, &sources);
    let discovery = discover(&loader, &[root.to_path_buf()]);
    let wanted = Move { root: root.to_path_buf(), file: file.to_path_buf(), to: to.to_path_buf() };
    plan(&wanted, &Projects::load(&discovery, &loader))
}

fn moved(disk: &MemFs, file: &str, to: &str) -> Result<Plan, StepError> {
    let root = PathBuf::from(ROOT);
    moved_in(&root, disk, &root.join(file), &root.join(to))
}

/// What a move does; it has to be proved, and there is nothing left to move.
fn proved(disk: &MemFs, file: &str, to: &str) -> String {
    let plan = moved(disk, file, to).unwrap_or_else(|error| panic!("{error}"));
    if let Some(wrong) = not_proved(&plan, disk) {
        panic!("{}\n{wrong}", shown(&plan));
    }
    assert!(plan.accepted.is_empty());
    let after = done(&plan, disk);
    let to = plan.shown(&plan.files.first().unwrap().path);
    assert!(moved(&after, &to, &to).unwrap().is_empty());
    // And back: the paths lead where they led.
    let back = moved(&after, &to, file).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(not_proved(&back, &after), None);
    shown(&plan)
}

fn refused(disk: &MemFs, file: &str, to: &str) -> String {
    match moved(disk, file, to) {
        Ok(plan) => panic!("{}", shown(&plan)),
        Err(error) => error.to_string(),
    }
}

pub(crate) const ALL: &str = r#"# The whole stack.

services:
  api:   # built here
    build: ./api
    env_file: .env.api
    label_file:
      - labels.txt
    volumes:
      - ./data/api:/data   # keep
      - "../shared:/shared:ro"
      - cache:/cache
      - ~/keys:/keys
      - /etc/localtime:/etc/localtime:ro
      - ${LOGS:-/var/log}/api:/log
      - type: bind
        source: conf
        target: /conf
    develop:
      watch:
        - {path: ./api/src, action: sync, target: /src}
  web:
    build:
      context: .
      dockerfile: web/Dockerfile
      additional_contexts:
        - assets=./assets
        - base=docker-image://alpine
      ssh: ["deploy=./keys/id", default]
    env_file:
      - path: 'env/web.env'
        required: false
      - ./env/common.env
    configs: [site]
    secrets: [key]
  plain:
    build: {target: dev}
configs:
  site: {file: ./site.conf}
secrets:
  key:
    file: key.txt
volumes:
  cache:
  disk:
    driver: local
    driver_opts: {type: none, o: bind, device: ./disk}
"#;

#[test]
fn every_kind_of_path_is_written_anew() {
    let disk = tree(&[
        ("docker-compose.yml", ALL),
        (".env.api", "A=1\n"),
        ("labels.txt", "a.b=c\n"),
        ("env/common.env", "B=2\n"),
        ("site.conf", ""),
        ("key.txt", ""),
    ]);
    assert_snapshot!(proved(&disk, "docker-compose.yml", "deploy/stack/compose.yaml"), @r#"
    == deploy/stack/compose.yaml (what was `docker-compose.yml`)
    # The whole stack.

    name: app
    services:
      api:   # built here
        build: ../../api
        env_file: ../../.env.api
        label_file:
          - ../../labels.txt
        volumes:
          - ../../data/api:/data   # keep
          - "../../../shared:/shared:ro"
          - cache:/cache
          - ~/keys:/keys
          - /etc/localtime:/etc/localtime:ro
          - ${LOGS:-/var/log}/api:/log
          - type: bind
            source: ../../conf
            target: /conf
        develop:
          watch:
            - {path: ../../api/src, action: sync, target: /src}
      web:
        build:
          context: ../..
          dockerfile: web/Dockerfile
          additional_contexts:
            - assets=../../assets
            - base=docker-image://alpine
          ssh: ["deploy=../../keys/id", default]
        env_file:
          - path: '../../env/web.env'
            required: false
          - ../../env/common.env
        configs: [site]
        secrets: [key]
      plain:
        build: {target: dev, context: ../..}
    configs:
      site: {file: ../../site.conf}
    secrets:
      key:
        file: ../../key.txt
    volumes:
      cache:
      disk:
        driver: local
        driver_opts: {type: none, o: bind, device: ../../disk}
    == docker-compose.yml (moves to `deploy/stack/compose.yaml`)
    -- goes
    attention docker-compose.yml: `docker-compose.yml:15`: the path begins with `${LOGS:-/var/log}`, which decides where it leads; it is not relative with the variables that are known here, and a relative one would start in `deploy/stack` from now on
    attention docker-compose.yml: Compose found this file by itself, and will not any more: the files have to be named with `-f` wherever the project is started, as the plan says
    decision docker-compose.yml: moves to `deploy/stack/compose.yaml`; its relative paths lead where they led
    pinned name: the project keeps the name `app`, which came from its directory: it is written into `deploy/stack/compose.yaml` now, so that volumes, networks, containers and built images keep theirs
    docker compose -f docker-compose.yml → docker compose -f deploy/stack/compose.yaml
    "#);
}

#[test]
fn the_env_goes_along_unless_others_read_it() {
    let compose = "services:\n  a: {image: \"a:${TAG}\", env_file: .env}\n";
    let disk = tree(&[("compose.yaml", compose), (".env", "TAG=1\n")]).mode("/srv/app/.env", 0o600);
    assert_snapshot!(proved(&disk, "compose.yaml", "deploy/"), @r#"
    == deploy/compose.yaml (what was `compose.yaml`)
    name: app
    services:
      a: {image: "a:${TAG}", env_file: .env}
    == compose.yaml (moves to `deploy/compose.yaml`)
    -- goes
    == deploy/.env (what was `.env`, private)
    TAG=1
    == .env (moves to `deploy/.env`)
    -- goes
    attention compose.yaml: Compose found this file by itself, and will not any more: the files have to be named with `-f` wherever the project is started, as the plan says
    attention .env: goes along, because Compose reads it from the directory of the first file; on every other host that runs this project `.env` has to be moved there, too, or its variables are empty
    decision compose.yaml: moves to `deploy/compose.yaml`; its relative paths lead where they led
    pinned name: the project keeps the name `app`, which came from its directory: it is written into `deploy/compose.yaml` now, so that volumes, networks, containers and built images keep theirs
    docker compose -f compose.yaml → docker compose -f deploy/compose.yaml
    "#);
    let git = disk.clone().file("/srv/app/.git/HEAD", "ref: refs/heads/main").file("/srv/app/.gitignore", "*.log\n/.env");
    let plan = moved(&git, "compose.yaml", "deploy/compose.yaml").unwrap();
    assert_eq!(not_proved(&plan, &git), None);
    assert_eq!(plan.after(Path::new("/srv/app/.gitignore")), Some(&b"*.log\n/.env\n/deploy/.env\n"[..]));
    let disk = disk.file("/srv/app/other/compose.yaml", "services: {b: {image: b, env_file: ../.env}}\n");
    let plan = moved(&disk, "compose.yaml", "deploy/compose.yaml").unwrap();
    assert_eq!(not_proved(&plan, &disk), None);
    assert_snapshot!(shown(&plan), @r#"
    == deploy/compose.yaml (what was `compose.yaml`)
    name: app
    services:
      a: {image: "a:${TAG}", env_file: ../.env}
    == compose.yaml (moves to `deploy/compose.yaml`)
    -- goes
    attention compose.yaml: Compose found this file by itself, and will not any more: the files have to be named with `-f` wherever the project is started, as the plan says
    attention .env: stays where it is, because others read it, too: without `--env-file .env` the variables of the project are empty
    decision compose.yaml: moves to `deploy/compose.yaml`; its relative paths lead where they led
    pinned name: the project keeps the name `app`, which came from its directory: it is written into `deploy/compose.yaml` now, so that volumes, networks, containers and built images keep theirs
    docker compose -f compose.yaml → docker compose --env-file .env -f deploy/compose.yaml
    "#);
    let disk = tree(&[("compose.yaml", compose), (".env", "TAG=1\n"), ("deploy/.env", "TAG=2\n")]);
    assert_snapshot!(refused(&disk, "compose.yaml", "deploy/compose.yaml"), @"`deploy/.env` would be read for the project after the move, which did not have it before: choose another directory");
}

#[test]
fn what_lies_on_top_and_what_includes_it_goes_with_it() {
    let disk = tree(&[
        ("docker-compose.yml", "name: shop\nservices:\n  a:\n    image: a\n    volumes: [./a:/a]\n"),
        ("docker-compose.override.yml", "services:\n  a:\n    volumes:\n      - ./dev:/dev2\n    env_file: dev.env\n"),
        ("dev.env", "X=1\n"),
        ("docker-compose.prod.yml", "services:\n  a:\n    restart: always\n    volumes:\n      - ./prod:/p\n"),
        ("all/compose.yaml", "include:\n  - ../docker-compose.yml\nservices:\n  b: {image: b}\n"),
        ("ext/compose.yaml", "services:\n  c:\n    extends: {file: ../docker-compose.yml, service: a}\n"),
    ]);
    assert_snapshot!(proved(&disk, "docker-compose.yml", "deploy/compose.yaml"), @r"
    == deploy/compose.yaml (what was `docker-compose.yml`)
    name: shop
    services:
      a:
        image: a
        volumes: [../a:/a]
    == docker-compose.yml (moves to `deploy/compose.yaml`)
    -- goes
    == all/compose.yaml (names the file at its new place)
    --- a/
    +++ b/
    @@ -1,4 +1,4 @@
     include:
    -  - ../docker-compose.yml
    +  - ../deploy/compose.yaml
     services:
       b: {image: b}
    == docker-compose.override.yml (its paths start in another directory now)
    --- a/
    +++ b/
    @@ -1,5 +1,5 @@
     services:
       a:
         volumes:
    -      - ./dev:/dev2
    -    env_file: dev.env
    +      - ../dev:/dev2
    +    env_file: ../dev.env
    == docker-compose.prod.yml (its paths start in another directory now)
    --- a/
    +++ b/
    @@ -2,4 +2,4 @@
       a:
         restart: always
         volumes:
    -      - ./prod:/p
    +      - ../prod:/p
    == ext/compose.yaml (names the file at its new place)
    --- a/
    +++ b/
    @@ -1,3 +1,3 @@
     services:
       c:
    -    extends: {file: ../docker-compose.yml, service: a}
    +    extends: {file: ../deploy/compose.yaml, service: a}
    attention docker-compose.yml: Compose found this file by itself, and will not any more: the files have to be named with `-f` wherever the project is started, as the plan says
    decision docker-compose.override.yml: its relative paths are written anew: it goes on top of `deploy/compose.yaml`, and Compose starts the paths of all files in the directory of the first
    decision docker-compose.prod.yml: its relative paths are written anew: it goes on top of `deploy/compose.yaml`, and Compose starts the paths of all files in the directory of the first
    decision docker-compose.yml: moves to `deploy/compose.yaml`; its relative paths lead where they led
    docker compose -f docker-compose.yml -f docker-compose.prod.yml → docker compose -f deploy/compose.yaml -f docker-compose.prod.yml
    docker compose -f docker-compose.yml -f docker-compose.override.yml → docker compose -f deploy/compose.yaml -f docker-compose.override.yml
    ");
}

#[test]
fn a_fragment_and_an_override_move_too() {
    let disk = tree(&[
        ("compose.yaml", "include: [{path: [parts/a.yaml, parts/b.yaml], project_directory: .}]\n"),
        ("compose.override.yaml", "services:\n  a:\n    volumes: [./x:/x]\n"),
        ("parts/a.yaml", "services:\n  a:\n    image: a\n    volumes: [./data:/d]\n    extends: {file: ./base/base.yaml, service: base}\n"),
        ("parts/b.yaml", "services:\n  b:\n    image: b\n"),
        ("base/base.yaml", "services:\n  base:\n    volumes: [./base:/b]\n"),
    ]);
    assert_snapshot!(proved(&disk, "parts/b.yaml", "other/b.yaml"), @r"
    == other/b.yaml (what was `parts/b.yaml`)
    services:
      b:
        image: b
    == parts/b.yaml (moves to `other/b.yaml`)
    -- goes
    == compose.yaml (names the file at its new place)
    --- a/
    +++ b/
    @@ -1 +1 @@
    -include: [{path: [parts/a.yaml, parts/b.yaml], project_directory: .}]
    +include: [{path: [parts/a.yaml, other/b.yaml], project_directory: .}]
    decision parts/b.yaml: moves to `other/b.yaml`; its relative paths lead where they led
    ");
    assert_snapshot!(proved(&disk, "parts/a.yaml", "other/a.yaml"), @r"
    == other/a.yaml (what was `parts/a.yaml`)
    services:
      a:
        image: a
        volumes: [./data:/d]
        extends: {file: ./base/base.yaml, service: base}
    == parts/a.yaml (moves to `other/a.yaml`)
    -- goes
    == compose.yaml (names the file at its new place)
    --- a/
    +++ b/
    @@ -1 +1 @@
    -include: [{path: [parts/a.yaml, parts/b.yaml], project_directory: .}]
    +include: [{path: [other/a.yaml, parts/b.yaml], project_directory: .}]
    decision parts/a.yaml: moves to `other/a.yaml`; its relative paths lead where they led
    ");
    assert_snapshot!(proved(&disk, "base/base.yaml", "lib/base.yaml"), @r"
    == lib/base.yaml (what was `base/base.yaml`)
    services:
      base:
        volumes: [../base/base:/b]
    == base/base.yaml (moves to `lib/base.yaml`)
    -- goes
    == parts/a.yaml (names the file at its new place)
    --- a/
    +++ b/
    @@ -2,4 +2,4 @@
       a:
         image: a
         volumes: [./data:/d]
    -    extends: {file: ./base/base.yaml, service: base}
    +    extends: {file: ./lib/base.yaml, service: base}
    decision base/base.yaml: moves to `lib/base.yaml`; its relative paths lead where they led
    ");
    let plan = moved(&disk, "compose.override.yaml", "dev/override.yaml").unwrap();
    assert_eq!(not_proved(&plan, &disk), None);
    assert_snapshot!(shown(&plan), @r"
    == dev/override.yaml (what was `compose.override.yaml`)
    services:
      a:
        volumes: [./x:/x]
    == compose.override.yaml (moves to `dev/override.yaml`)
    -- goes
    attention compose.override.yaml: Compose found this file by itself, and will not any more: the files have to be named with `-f` wherever the project is started, as the plan says
    decision compose.override.yaml: moves to `dev/override.yaml`; its relative paths lead where they led
    docker compose -f compose.yaml -f compose.override.yaml → docker compose -f compose.yaml -f dev/override.yaml
    ");
}

#[test]
fn hostile_texts_are_edited_in_place() {
    let anchors = "x-base: &base\r\n  volumes: &v [./a:/a, \"./b:/b\"]\r\nservices:\r\n  a: {<<: *base, image: a}\r\n  b:\r\n    image: b\r\n    volumes: *v\r\n    tmpfs:\t# tab\r\n      - /t";
    let disk = tree(&[("compose.yaml", anchors)]);
    assert_snapshot!(proved(&disk, "compose.yaml", "x/compose.yaml"), @r#"
    == x/compose.yaml (what was `compose.yaml`)
    name: app␍
    x-base: &base␍
      volumes: &v [../a:/a, "../b:/b"]␍
    services:␍
      a: {<<: *base, image: a}␍
      b:␍
        image: b␍
        volumes: *v␍
        tmpfs:	# tab␍
          - /t⏎
    == compose.yaml (moves to `x/compose.yaml`)
    -- goes
    attention compose.yaml: Compose found this file by itself, and will not any more: the files have to be named with `-f` wherever the project is started, as the plan says
    decision compose.yaml: moves to `x/compose.yaml`; its relative paths lead where they led
    pinned name: the project keeps the name `app`, which came from its directory: it is written into `x/compose.yaml` now, so that volumes, networks, containers and built images keep theirs
    docker compose -f compose.yaml → docker compose -f x/compose.yaml
    "#);
    let two = "x: &p ./a\nservices:\n  a:\n    image: a\n    env_file: *p\n    environment: {P: *p}\n";
    let disk = tree(&[("compose.yaml", two), ("a", "")]);
    let plan = moved(&disk, "compose.yaml", "x/compose.yaml").unwrap();
    assert_snapshot!(not_proved(&plan, &disk).unwrap(), @"docker compose -f x/compose.yaml: the project would have changed");
    let disk = tree(&[("compose.yaml", "services:\n  a:\n    image: a\n    volumes:\n      - |-\n        ./a:/a\n")]);
    assert_snapshot!(refused(&disk, "compose.yaml", "x/compose.yaml"), @"`compose.yaml:5` is written in a way that cannot be changed in place: write it on one line, without an alias or a tag");
}

#[test]
fn what_cannot_be_moved_is_refused_with_the_reason() {
    let one = "services:\n  a:\n    image: a\n    volumes: [\"${DATA:-./data}/x:/x\"]\n";
    let disk = tree(&[("compose.yaml", one)]).link("/srv/app/link.yml", "compose.yaml").file("/srv/out.yaml", "services: {}\n");
    let mut out = Vec::new();
    for (file, to) in [
        ("compose.yaml", "x/compose.yaml"),
        ("none.yaml", "x.yaml"),
        ("link.yml", "x.yaml"),
        ("../out.yaml", "x.yaml"),
        ("compose.yaml", "../x.yaml"),
        ("compose.yaml", "link.yml"),
    ] {
        out.push(format!("{file} → {to}: {}", refused(&disk, file, to)));
    }
    let disk = tree(&[("compose.yaml", one), (".env", "DATA=/data\n")]);
    out.push(proved(&disk, "compose.yaml", "x/").trim_end().to_owned());
    let disk = tree(&[("compose.yaml", "services:\n  a:\n    image: a\n    volumes: [./compose.yaml:/c]\n")]);
    out.push(refused(&disk, "compose.yaml", "x/"));
    let disk = tree(&[("a.yaml", "services: {a: {image: a}}\n"), (".env", "COMPOSE_FILE=a.yaml\n")]);
    out.push(refused(&disk, "a.yaml", "x/"));
    let disk = tree(&[
        ("one/compose.yaml", "include: [{path: ../parts/a.yaml, project_directory: .}]\n"),
        ("two/compose.yaml", "include: [../parts/a.yaml]\n"),
        ("parts/a.yaml", "services:\n  a: {image: a, volumes: [./a:/a]}\n"),
    ]);
    out.push(refused(&disk, "parts/a.yaml", "x/"));
    let disk =
        tree(&[("compose.yaml", "include: [sub/c.yaml]\n"), ("sub/c.yaml", "services: {a: {image: \"a:$T\"}}\n"), ("sub/.env", "T=1\n")]);
    out.push(refused(&disk, "sub/c.yaml", "x/c.yaml"));
    assert_snapshot!(out.join("\n"), @r#"
    compose.yaml → x/compose.yaml: `compose.yaml:4`: the path begins with `${DATA:-./data}` and is relative, so where it leads would change with the file; write `./` in front of the variable, or start the project with `--project-directory`
    none.yaml → x.yaml: there is no file `none.yaml`
    link.yml → x.yaml: `link.yml` is a link, and a link cannot be moved without the file behind it: name `compose.yaml`
    ../out.yaml → x.yaml: `/srv/out.yaml` lies outside of the directory that the migration is about
    compose.yaml → ../x.yaml: `/srv/x.yaml` lies outside of the directory that the migration is about
    compose.yaml → link.yml: `link.yml` is there already, and would be overwritten
    == x/compose.yaml (what was `compose.yaml`)
    name: app
    services:
      a:
        image: a
        volumes: ["${DATA:-./data}/x:/x"]
    == compose.yaml (moves to `x/compose.yaml`)
    -- goes
    == x/.env (what was `.env`)
    DATA=/data
    == .env (moves to `x/.env`)
    -- goes
    attention compose.yaml: `compose.yaml:4`: the path begins with `${DATA:-./data}`, which decides where it leads; it is not relative with the variables that are known here, and a relative one would start in `x` from now on
    attention compose.yaml: Compose found this file by itself, and will not any more: the files have to be named with `-f` wherever the project is started, as the plan says
    attention .env: goes along, because Compose reads it from the directory of the first file; on every other host that runs this project `.env` has to be moved there, too, or its variables are empty
    decision compose.yaml: moves to `x/compose.yaml`; its relative paths lead where they led
    pinned name: the project keeps the name `app`, which came from its directory: it is written into `x/compose.yaml` now, so that volumes, networks, containers and built images keep theirs
    docker compose -f compose.yaml → docker compose -f x/compose.yaml
    the service `a` uses `compose.yaml` itself, which would no longer be there
    `COMPOSE_FILE` in `.env` names `a.yaml`: name the files with `-f` first, or take the line away
    `parts/a.yaml` is loaded in two ways that start its relative paths in different directories after the move (`one` and `x`): make its paths absolute, or copy it
    `sub/c.yaml` is included together with the `.env` beside it: give the `include` an `env_file: sub/.env` first
    "#);
}
