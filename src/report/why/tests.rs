use std::path::Path;

use super::*;
use crate::compose::value::Map;
use crate::compose::{Loader, Request, Semantics, load};
use crate::fs::MemFs;
use crate::model::{Options, build};
use crate::report::compose;

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
    let printed = compose::json(&project, Semantics::default());
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
      LEVEL    not set: the default in the expression

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
