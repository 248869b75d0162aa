//! `migrate --secrets`.

use composelint::fs::MemFs;
use composelint::migrate::steps::secrets::add;
use insta::assert_snapshot;

use super::{empty_plan, shown, stepped, tree};

const SHOP: &str = r#"services:
  db:
    image: postgres:17.2
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: Zx81-kettle-9   # the old one
    volumes: [data:/var/lib/postgresql/data]
  wiki:
    image: mariadb:11
    environment:
      - MARIADB_ROOT_PASSWORD=Tulip-44-lamp
      - "MARIADB_PASSWORD=Tulip-45-lamp"
    secrets: [other]
  api:
    build: .
    environment:
      DATABASE_PASSWORD: Zx81-kettle-9
      JWT_SECRET: "it's $$5 and 'more'"
      SESSION_SECRET: 'q"w$$e\\r'
      LOG_LEVEL: info
  worker:
    image: ghcr.io/shop/worker
    environment: {JWT_SECRET: other-Jwt-77, DATABASE_PASSWORD: Zx81-kettle-9}
volumes: {data: }
secrets:
  other: {environment: OTHER}
"#;

#[test]
fn secrets_go_to_files_that_git_does_not_have() {
    let disk = tree(&[("compose.yaml", SHOP), (".env", "OTHER=x\nLOG=1")]);
    let plan = stepped(&disk, add);
    assert_snapshot!(shown(&plan), @r#"
    == compose.yaml (a secret in it goes to a file of its own)
    --- a/
    +++ b/
    @@ -3,24 +3,32 @@
         image: postgres:17.2
         environment:
           POSTGRES_USER: shop
    -      POSTGRES_PASSWORD: Zx81-kettle-9   # the old one
    +      POSTGRES_PASSWORD_FILE: /run/secrets/db_postgres_password   # the old one
         volumes: [data:/var/lib/postgresql/data]
    +    secrets:
    +      - db_postgres_password
       wiki:
         image: mariadb:11
         environment:
    -      - MARIADB_ROOT_PASSWORD=Tulip-44-lamp
    -      - "MARIADB_PASSWORD=Tulip-45-lamp"
    -    secrets: [other]
    +      - MARIADB_ROOT_PASSWORD_FILE=/run/secrets/wiki_mariadb_root_password
    +      - "MARIADB_PASSWORD_FILE=/run/secrets/wiki_mariadb_password"
    +    secrets: [other, wiki_mariadb_root_password, wiki_mariadb_password]
       api:
         build: .
         environment:
    -      DATABASE_PASSWORD: Zx81-kettle-9
    -      JWT_SECRET: "it's $$5 and 'more'"
    -      SESSION_SECRET: 'q"w$$e\\r'
    +      DATABASE_PASSWORD: ${DATABASE_PASSWORD:?}
    +      JWT_SECRET: "${JWT_SECRET:?}"
    +      SESSION_SECRET: '${SESSION_SECRET:?}'
           LOG_LEVEL: info
       worker:
         image: ghcr.io/shop/worker
    -    environment: {JWT_SECRET: other-Jwt-77, DATABASE_PASSWORD: Zx81-kettle-9}
    +    environment: {JWT_SECRET: "${WORKER_JWT_SECRET:?}", DATABASE_PASSWORD: "${DATABASE_PASSWORD:?}"}
     volumes: {data: }
     secrets:
       other: {environment: OTHER}
    +  db_postgres_password:
    +    file: ./secrets/db_postgres_password
    +  wiki_mariadb_root_password:
    +    file: ./secrets/wiki_mariadb_root_password
    +  wiki_mariadb_password:
    +    file: ./secrets/wiki_mariadb_password
    == secrets/db_postgres_password (a secret, private)
    Zx81-kettle-9⏎
    == .gitignore (keeps secrets out of git)
    /secrets/
    /.env
    == secrets/wiki_mariadb_password (a secret, private)
    Tulip-45-lamp⏎
    == secrets/wiki_mariadb_root_password (a secret, private)
    Tulip-44-lamp⏎
    == .env (the variables of the project, with its secrets)
    --- a/
    +++ b/
    @@ -1,2 +1,6 @@
     OTHER=x
    -LOG=1
    \ No newline at end of file
    +LOG=1
    +DATABASE_PASSWORD=Zx81-kettle-9
    +JWT_SECRET="it's \$5 and 'more'"
    +SESSION_SECRET='q"w$e\\r'
    +WORKER_JWT_SECRET=other-Jwt-77
    attention db: `POSTGRES_PASSWORD` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `secrets/db_postgres_password`
    attention wiki: `MARIADB_ROOT_PASSWORD` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `secrets/wiki_mariadb_root_password`
    attention wiki: `MARIADB_PASSWORD` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `secrets/wiki_mariadb_password`
    attention api: `DATABASE_PASSWORD` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `.env`
    attention api: `JWT_SECRET` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `.env`
    attention api: `SESSION_SECRET` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `.env`
    attention worker: `JWT_SECRET` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `.env`
    attention worker: `DATABASE_PASSWORD` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `.env`
    attention secrets/db_postgres_password: lies in the build context of `api`: add `secrets/db_postgres_password` to its `.dockerignore`, or a `COPY . .` puts it into the image
    attention secrets/wiki_mariadb_password: lies in the build context of `api`: add `secrets/wiki_mariadb_password` to its `.dockerignore`, or a `COPY . .` puts it into the image
    attention secrets/wiki_mariadb_root_password: lies in the build context of `api`: add `secrets/wiki_mariadb_root_password` to its `.dockerignore`, or a `COPY . .` puts it into the image
    attention .env: other users of this host may read it, and it holds secrets now: `chmod 600 .env`
    attention .env: lies in the build context of `api`: add `.env` to its `.dockerignore`, or a `COPY . .` puts it into the image
    decision db: `POSTGRES_PASSWORD` comes from the secret `db_postgres_password` in `secrets/db_postgres_password`: the image reads `POSTGRES_PASSWORD_FILE`, and `docker inspect` does not show it any more
    decision wiki: `MARIADB_ROOT_PASSWORD` comes from the secret `wiki_mariadb_root_password` in `secrets/wiki_mariadb_root_password`: the image reads `MARIADB_ROOT_PASSWORD_FILE`, and `docker inspect` does not show it any more
    decision wiki: `MARIADB_PASSWORD` comes from the secret `wiki_mariadb_password` in `secrets/wiki_mariadb_password`: the image reads `MARIADB_PASSWORD_FILE`, and `docker inspect` does not show it any more
    decision api: `DATABASE_PASSWORD` comes from `DATABASE_PASSWORD` in `.env`; without it, Compose refuses to start
    decision api: `JWT_SECRET` comes from `JWT_SECRET` in `.env`; without it, Compose refuses to start
    decision api: `SESSION_SECRET` comes from `SESSION_SECRET` in `.env`; without it, Compose refuses to start
    decision worker: `JWT_SECRET` comes from `WORKER_JWT_SECRET` in `.env`; without it, Compose refuses to start
    decision worker: `DATABASE_PASSWORD` comes from `DATABASE_PASSWORD` in `.env`; without it, Compose refuses to start
    accepted services.db.environment.POSTGRES_PASSWORD: because it comes from the secret `db_postgres_password`
    accepted services.db.environment.POSTGRES_PASSWORD_FILE: because it comes from the secret `db_postgres_password`
    accepted services.db.secrets: because it comes from the secret `db_postgres_password`
    accepted secrets.db_postgres_password: because it comes from the secret `db_postgres_password`
    accepted services.wiki.environment.MARIADB_ROOT_PASSWORD: because it comes from the secret `wiki_mariadb_root_password`
    accepted services.wiki.environment.MARIADB_ROOT_PASSWORD_FILE: because it comes from the secret `wiki_mariadb_root_password`
    accepted services.wiki.secrets: because it comes from the secret `wiki_mariadb_root_password`
    accepted secrets.wiki_mariadb_root_password: because it comes from the secret `wiki_mariadb_root_password`
    accepted services.wiki.environment.MARIADB_PASSWORD: because it comes from the secret `wiki_mariadb_password`
    accepted services.wiki.environment.MARIADB_PASSWORD_FILE: because it comes from the secret `wiki_mariadb_password`
    accepted secrets.wiki_mariadb_password: because it comes from the secret `wiki_mariadb_password`
    accepted services.api.environment.DATABASE_PASSWORD: because it comes from `DATABASE_PASSWORD`
    accepted services.api.environment.JWT_SECRET: because it comes from `JWT_SECRET`
    accepted services.api.environment.SESSION_SECRET: because it comes from `SESSION_SECRET`
    accepted services.worker.environment.JWT_SECRET: because it comes from `WORKER_JWT_SECRET`
    accepted services.worker.environment.DATABASE_PASSWORD: because it comes from `DATABASE_PASSWORD`
    "#);
    // Nothing but the files has a value.
    let said = format!("{plan:?}");
    for value in ["Zx81", "Tulip", "Jwt-77", "more'"] {
        assert!(!said.contains(value), "{value}");
    }
}

#[test]
fn what_can_go_wrong_with_a_file_goes_to_a_variable() {
    let disk = tree(&[
        (
            "compose.yaml",
            "services:\n  db:\n    image: postgres:17\n    user: \"70\"\n    environment: {POSTGRES_PASSWORD: Zx81-kettle-9}\n  m:\n    image: mysql\n    environment:\n      MYSQL_ROOT_PASSWORD: Zx82-kettle-9\n    healthcheck:\n      test: mysqladmin ping -p$$MYSQL_ROOT_PASSWORD\n",
        ),
        ("compose.override.yaml", "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: Dev-81-only\n"),
    ]);
    assert_snapshot!(shown(&stepped(&disk, add)), @r#"
    == compose.override.yaml (a secret in it goes to a file of its own)
    --- a/
    +++ b/
    @@ -1,4 +1,4 @@
     services:
       db:
         environment:
    -      POSTGRES_PASSWORD: Dev-81-only
    +      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}
    == compose.yaml (a secret in it goes to a file of its own)
    --- a/
    +++ b/
    @@ -2,10 +2,10 @@
       db:
         image: postgres:17
         user: "70"
    -    environment: {POSTGRES_PASSWORD: Zx81-kettle-9}
    +    environment: {POSTGRES_PASSWORD: "${DB_POSTGRES_PASSWORD:?}"}
       m:
         image: mysql
         environment:
    -      MYSQL_ROOT_PASSWORD: Zx82-kettle-9
    +      MYSQL_ROOT_PASSWORD: ${MYSQL_ROOT_PASSWORD:?}
         healthcheck:
           test: mysqladmin ping -p$$MYSQL_ROOT_PASSWORD
    == .env (the variables of the project, with its secrets, private)
    POSTGRES_PASSWORD=Dev-81-only
    DB_POSTGRES_PASSWORD=Zx81-kettle-9
    MYSQL_ROOT_PASSWORD=Zx82-kettle-9
    == .gitignore (keeps secrets out of git)
    /.env
    attention db: `POSTGRES_PASSWORD` stood in `compose.override.yaml`: change it if anybody else has seen the file, where it is checked and in `.env`
    attention db: `POSTGRES_PASSWORD` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `.env`
    attention m: `MYSQL_ROOT_PASSWORD` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `.env`
    decision db: `POSTGRES_PASSWORD` comes from `POSTGRES_PASSWORD` in `.env`; without it, Compose refuses to start
    decision db: `POSTGRES_PASSWORD` comes from `DB_POSTGRES_PASSWORD` in `.env`; without it, Compose refuses to start
    decision m: `MYSQL_ROOT_PASSWORD` comes from `MYSQL_ROOT_PASSWORD` in `.env`; without it, Compose refuses to start
    accepted services.db.environment.POSTGRES_PASSWORD: because it comes from `POSTGRES_PASSWORD`
    accepted services.m.environment.MYSQL_ROOT_PASSWORD: because it comes from `MYSQL_ROOT_PASSWORD`
    "#);
}

#[test]
fn an_env_that_a_service_gets_as_a_whole_is_left_alone() {
    let disk = tree(&[
        ("compose.yaml", "services:\n  a: {image: a, env_file: .env}\n  b:\n    image: b\n    environment:\n      B_TOKEN: Qq-88-rope-7\n"),
        (".env", "X=1\n"),
    ]);
    assert_snapshot!(shown(&stepped(&disk, add)), @"attention b: `B_TOKEN` is a secret in `compose.yaml:6` and was left there, because `.env` is the `env_file` of `a`, which would get it, too; write `${NAME:?}` there, and the value into an `.env` that git does not have");
}

#[test]
fn hostile_texts() {
    let disk = tree(&[(
        "compose.yaml",
        "x-env: &env\r\n  API_SECRET: Zx81-kettle-9\r\nservices:\r\n  a:\r\n    image: a\r\n    environment: *env\r\n  b:\r\n    image: b\r\n    environment: {<<: *env, B_TOKEN: Qq-88-rope-7}\r\n  c:\r\n    image: c\r\n    build: {context: ., args: {NPM_TOKEN: Qq-99-rope-7}}\r\n    environment:\r\n      C_SECRET: |\r\n        two-Lines-1\r\n        two-Lines-2\r\n",
    )]);
    assert_snapshot!(shown(&stepped(&disk, add)), @r#"
    == compose.yaml (a secret in it goes to a file of its own)
    --- a/
    +++ b/
    @@ -6,7 +6,7 @@
         environment: *env␍
       b:␍
         image: b␍
    -    environment: {<<: *env, B_TOKEN: Qq-88-rope-7}␍
    +    environment: {<<: *env, B_TOKEN: "${B_TOKEN:?}"}␍
       c:␍
         image: c␍
         build: {context: ., args: {NPM_TOKEN: Qq-99-rope-7}}␍
    == .env (the variables of the project, with its secrets, private)
    B_TOKEN=Qq-88-rope-7
    == .gitignore (keeps secrets out of git)
    /.env
    attention a: `API_SECRET` is a secret in `compose.yaml:2` and was left there, because it is read through an alias in other places, too; write `${NAME:?}` there, and the value into an `.env` that git does not have
    attention b: `B_TOKEN` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `.env`
    attention c: `C_SECRET` is a secret in `compose.yaml:14` and was left there, because it is written in a way that cannot be changed in place; write `${NAME:?}` there, and the value into an `.env` that git does not have
    attention c: the build argument `NPM_TOKEN` is a secret in `compose.yaml:12` and was left there, because only variables of services are moved; write `${NAME:?}` there, and the value into an `.env` that git does not have
    attention .env: lies in the build context of `c`: add `.env` to its `.dockerignore`, or a `COPY . .` puts it into the image
    decision b: `B_TOKEN` comes from `B_TOKEN` in `.env`; without it, Compose refuses to start
    accepted services.b.environment.B_TOKEN: because it comes from `B_TOKEN`
    "#);
    let git: MemFs = tree(&[("compose.yaml", "services:\n  a: {image: a, environment: [A_SECRET=Zx81-kettle-9]}")]);
    let mut plan = empty_plan(&git);
    add(&mut plan, &git).unwrap();
    assert_snapshot!(shown(&plan), @r#"
    == compose.yaml (a secret in it goes to a file of its own)
    --- a/
    +++ b/
    @@ -1,2 +1,2 @@
     services:
    -  a: {image: a, environment: [A_SECRET=Zx81-kettle-9]}
    \ No newline at end of file
    +  a: {image: a, environment: ["A_SECRET=${A_SECRET:?}"]}
    \ No newline at end of file
    == .env (the variables of the project, with its secrets, private)
    A_SECRET=Zx81-kettle-9
    == .gitignore (keeps secrets out of git)
    /.env
    attention a: `A_SECRET` stood in `compose.yaml`: change it if anybody else has seen the file, where it is checked and in `.env`
    decision a: `A_SECRET` comes from `A_SECRET` in `.env`; without it, Compose refuses to start
    accepted services.a.environment.A_SECRET: because it comes from `A_SECRET`
    "#);
}
