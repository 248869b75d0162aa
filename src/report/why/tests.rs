use std::path::Path;

use super::*;
use crate::compose::value::Map;
use crate::compose::{Loader, Request, Semantics, load};
use crate::fs::MemFs;
use crate::model::{Options, build};
use crate::resolved as shown;

/// Asks a project of these files, whose first one is the main one, in `/p`.
fn ask<T>(files: &[(&str, &str)], environment: &[(&str, &str)], question: impl FnOnce(&Why) -> T) -> T {
    let mut fs = MemFs::new();
    for (path, text) in files {
        fs = fs.file(format!("/p/{path}"), *text);
    }
    let sources = Sources::new();
    let loader = Loader::new(&fs, &sources);
    let mut request = Request::new("/p");
    request.environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let resolved = load(&loader, &request);
    let tree: Map = resolved.tree.clone();
    let project = build(resolved, &loader, &Options::default());
    let refused: Vec<_> = project.problems.iter().filter(|p| p.refused).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let redactor = Redactor::new(&sources, std::slice::from_ref(&project));
    let printed = shown::json(&project, Semantics::default());
    let origins = Origins::new(&tree, Some(&project));
    question(&Why { sources: &sources, redactor: &redactor, directory: Path::new("/p"), origins, printed: &printed })
}

fn told(files: &[(&str, &str)], environment: &[(&str, &str)], patterns: &[&str]) -> String {
    ask(files, environment, |why| {
        let answers: Vec<Answer> = patterns.iter().flat_map(|p| why.answers(&Pattern::parse(p).unwrap())).collect();
        human(&answers, false)
    })
}

const SHOP: &[(&str, &str)] = &[
    (
        "compose.yaml",
        "\
include:
  - infra/db.yaml
x-log: &log
  driver: json-file
services:
  api:
    extends: {file: base.yaml, service: base}
    image: registry.local/api:${TAG:-latest}
    logging: *log
    ports: [\"8080:80\"]
    volumes:
      - ./data:/data:ro
    environment:
      <<: {A: 1}
      LEVEL: ${LEVEL:-info}
      REGION:
  web:
    image: nginx
",
    ),
    ("compose.override.yaml", "services:\n  api:\n    image: registry.local/api:${TAG}-debug\n"),
    ("base.yaml", "services:\n  base:\n    image: base:1\n    restart: always\n    command: run --fast\n"),
    ("infra/db.yaml", "services:\n  db:\n    image: postgres:17\n    env_file: db.env\n"),
    ("infra/db.env", "POSTGRES_USER=shop\nPOSTGRES_PASSWORD=Kx9vQ2mZ\n"),
    (".env", "TAG=1.4\n"),
];

#[test]
fn people_are_told_the_whole_way() {
    let patterns = [
        "services.api.image",
        "services.api.ports[0]",
        "services.api.volumes",
        "services.api.logging.driver",
        "services.api.environment",
        "services.api.restart",
        "services.api.command",
        "services.db.image",
        "services.db.environment.*",
        "services.web.networks.default",
        "name",
    ];
    insta::assert_snapshot!(told(SHOP, &[("REGION", "eu")], &patterns), @r#"
    services.api.image = "registry.local/api:1.4-debug"
      written         compose.override.yaml:3:12  image: registry.local/api:${TAG}-debug
      TAG             .env:1:1                    TAG=1.4
      replaces        compose.yaml:8:12           image: registry.local/api:${TAG:-latest}
      replaces        base.yaml:3:12              image: base:1
        extends base  compose.yaml:7:14           extends: {file: base.yaml, service: base}

    services.api.ports[0] = {"mode":"ingress","target":80,"published":"8080","protocol":"tcp"}
      written  compose.yaml:10:13  ports: ["8080:80"]

    services.api.volumes[0] = {"type":"bind","source":"/p/data","target":"/data","read_only":true,"bind":{}}
      written  compose.yaml:12:9  - ./data:/data:ro

    services.api.logging.driver = "json-file"
      written  compose.yaml:4:11  driver: json-file
      alias    compose.yaml:9:14  logging: *log

    services.api.environment.A = "1"
      written    compose.yaml:14:15  <<: {A: 1}
      merge key  compose.yaml:14:11  <<: {A: 1}

    services.api.environment.LEVEL = "info"
      written  compose.yaml:15:14  LEVEL: ${LEVEL:-info}
      LEVEL    the default in the expression

    services.api.environment.REGION = "eu"
      written  compose.yaml:16:14  REGION:
      REGION   the environment

    services.api.restart = "always"
      written       base.yaml:4:14     restart: always
      extends base  compose.yaml:7:14  extends: {file: base.yaml, service: base}

    services.api.command = ["run","--fast"]
      written       base.yaml:5:14     command: run --fast
      extends base  compose.yaml:7:14  extends: {file: base.yaml, service: base}

    services.db.image = "postgres:17"
      written  infra/db.yaml:3:12  image: postgres:17
      include  compose.yaml:2:5    - infra/db.yaml

    services.db.environment.POSTGRES_PASSWORD = ***  (a secret is not shown)
      written   infra/db.env:2:1    POSTGRES_PASSWORD=********
      env file  infra/db.yaml:4:15  env_file: db.env
      include   compose.yaml:2:5    - infra/db.yaml

    services.db.environment.POSTGRES_USER = "shop"
      written   infra/db.env:1:1    POSTGRES_USER=shop
      env file  infra/db.yaml:4:15  env_file: db.env
      include   compose.yaml:2:5    - infra/db.yaml

    services.web.networks.default = null
      supplied    the default network
      belongs to  compose.yaml:17:3  web:

    name = "p"
      supplied  the name of the project directory
    "#);
}

#[test]
fn every_line_of_the_project_has_a_comment() {
    let out = ask(SHOP, &[], |why| {
        let find = |path: &ModelPath| Pattern::parse(&path.to_string()).unwrap().find(why.printed).first().map(|(_, value)| *value);
        crate::yaml::print::annotated(why.printed, &mut |steps| {
            let path = steps.iter().fold(ModelPath::default(), |path, step| match step {
                crate::yaml::print::Step::Key(key) => path.key(key),
                crate::yaml::print::Step::Index(index) => path.index(*index),
            });
            why.comment(&path, find(&path)?)
        })
    });
    assert!(out.lines().all(|line| line.contains("  # ")));
    let part: Vec<&str> = out.lines().filter(|l| !l.contains("network") && !l.contains("default:") && !l.contains("# default")).collect();
    insta::assert_snapshot!(part.join("\n"), @r#"
    services:  # compose.yaml:5
      api:  # compose.yaml:6
        command:  # base.yaml:5 via extends
          - run  # base.yaml:5 via extends
          - --fast  # base.yaml:5 via extends
        environment:  # compose.yaml:13
          A: "1"  # compose.yaml:14 via <<
          LEVEL: info  # compose.yaml:15 (LEVEL has its default)
          REGION: null  # compose.yaml:16
        image: registry.local/api:1.4-debug  # compose.override.yaml:3 (TAG from .env:1), replaces compose.yaml:8
        logging:  # compose.yaml:9 via alias
          driver: json-file  # compose.yaml:4 via alias
        ports:  # compose.yaml:10
            target: 80  # compose.yaml:10
            published: "8080"  # compose.yaml:10
        restart: always  # base.yaml:4 via extends
        volumes:  # compose.yaml:11
          - type: bind  # compose.yaml:12
            source: /p/data  # compose.yaml:12
            target: /data  # compose.yaml:12
            read_only: true  # compose.yaml:12
            bind: {}  # compose.yaml:12
      db:  # infra/db.yaml:2 via include
        environment:  # infra/db.env:1 via include
          POSTGRES_PASSWORD: Kx9vQ2mZ  # infra/db.env:2 via include
          POSTGRES_USER: shop  # infra/db.env:1 via include
        image: postgres:17  # infra/db.yaml:3 via include
      web:  # compose.yaml:17
        image: nginx  # compose.yaml:18
    x-log:  # compose.yaml:3
      driver: json-file  # compose.yaml:4
    "#);
}

#[test]
fn machines_are_told_the_same() {
    let out = ask(SHOP, &[], |why| json(&why.answers(&Pattern::parse("services.api.restart").unwrap())));
    insta::assert_snapshot!(out, @r#"
    {
      "version": 1,
      "values": [
        {
          "path": "services.api.restart",
          "value": "always",
          "hidden": false,
          "supplied": null,
          "at": {
            "path": "base.yaml",
            "line": 4,
            "column": 14,
            "end_line": 4,
            "end_column": 20,
            "text": "restart: always"
          },
          "steps": [
            {
              "step": "extends",
              "service": "base",
              "at": {
                "path": "compose.yaml",
                "line": 7,
                "column": 14,
                "end_line": 7,
                "end_column": 46,
                "text": "extends: {file: base.yaml, service: base}"
              }
            }
          ],
          "replaced": []
        }
      ]
    }
    "#);
}

/// A secret is in no answer, however short it is and wherever it went.
#[test]
fn no_answer_holds_a_secret() {
    let files: &[(&str, &str)] = &[
        (
            "compose.yaml",
            "\
services:
  db:
    image: postgres
    command: [serve, --password, qz7]
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD}
      DB_URL: postgres://u:${DB_PASSWORD}@db/x
      GREETING: hello ${API_TOKEN}
      PIN_PASSWORD: 48213
    labels:
      - admin.password=xK4-mQ9!r
secrets:
  other:
    environment: API_TOKEN
",
        ),
        ("compose.override.yaml", "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: nQ8vLs2\n"),
        (".env", "DB_PASSWORD=Zk3\n"),
    ];
    let environment = [("API_TOKEN", "Yp6")];
    let (people, machines) = ask(files, &environment, |why| {
        let answers: Vec<Answer> = ["*", "services.db.environment"].iter().flat_map(|p| why.answers(&Pattern::parse(p).unwrap())).collect();
        (human(&answers, false), json(&answers))
    });
    for secret in ["qz7", "Zk3", "Yp6", "48213", "xK4-mQ9!r", "nQ8vLs2"] {
        assert!(!people.contains(secret), "{secret}:\n{people}");
        assert!(!machines.contains(secret), "{secret}:\n{machines}");
    }
    assert!(people.contains("services.db.environment.GREETING = ***"), "{people}");
}

#[test]
fn a_hostile_project_is_shown_and_not_obeyed() {
    let told =
        told(&[("compose.yaml", "services:\n  web:\n    image: \"a\\e[31m\"\n    hostname: \"x\u{202e}y\"\n")], &[], &["services.web"]);
    assert!(!told.contains(['\u{1b}', '\u{202e}']), "{told}");
}
