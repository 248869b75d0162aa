//! Projects in memory, and what becomes of their env files, secrets and configs.

use std::fmt::Write;

use super::super::{Backend, Class, Options, SecretsFrom, Style};
use super::{ToCreate, Wiring, wire};
use crate::compose::{Loader, Request};
use crate::fs::MemFs;
use crate::model;
use crate::nix::{Binding, Expr, Piece, reference};
use crate::source::Sources;

fn options(secrets: SecretsFrom) -> Options {
    Options { secrets, ..Options::new(Style::Oci, Backend::Docker) }
}

/// The directory, and so the project, is `demo`.
fn wired_on(fs: &MemFs, options: &Options) -> Wiring {
    let sources = Sources::new();
    let project = model::whole(&Loader::new(fs, &sources), &Request::new("/demo"));
    wire(&project, fs, options, &|service| vec![format!("docker-demo-{service}-1.service")])
}

fn wired(files: &[(&str, &str)], options: &Options) -> Wiring {
    wired_on(&files.iter().fold(MemFs::new(), |fs, (path, text)| fs.file(format!("/demo/{path}"), *text)), options)
}

/// The remarks but those that only say where something went.
fn said(wiring: &Wiring) -> String {
    let mut out = String::new();
    for r in wiring.remarks.iter().filter(|r| r.class != Class::Moved) {
        writeln!(out, "{:?} {}: {}", r.class, r.path, r.message).unwrap();
    }
    out
}

fn unmapped(wiring: &Wiring) -> Vec<&str> {
    wiring.remarks.iter().filter(|r| r.class == Class::Unmapped).map(|r| r.path.as_str()).collect()
}

fn env_files<'a>(wiring: &'a Wiring, service: &str) -> Vec<&'a str> {
    wiring.services[service].environment_files.iter().map(String::as_str).collect()
}

fn hidden<'a>(wiring: &'a Wiring, service: &str) -> Vec<&'a str> {
    wiring.services[service].hidden.iter().map(String::as_str).collect()
}

/// Bindings, as far as these tests need them.
fn nix(bindings: &[Binding]) -> String {
    fn value(expression: &Expr) -> String {
        match expression {
            Expr::Str(pieces) => pieces
                .iter()
                .map(|p| match p {
                    Piece::Text(text) => text.clone(),
                    Piece::Expr(e) => format!("${{{}}}", value_of_name(e)),
                })
                .collect(),
            Expr::List(items) => items.iter().map(|i| value(&i.value)).collect::<Vec<_>>().join(" "),
            Expr::Attrs(inner) => format!("{{ {}}}", nix(inner).replace('\n', " ")),
            Expr::Path(path) => path.clone(),
            Expr::Int(n) => n.to_string(),
            other => format!("{other:?}"),
        }
    }
    fn value_of_name(e: &Expr) -> String {
        match e {
            Expr::Name(parts) => parts.join(" "),
            other => format!("{other:?}"),
        }
    }
    bindings.iter().fold(String::new(), |out, b| out + &format!("{} = {}\n", b.path.join(" "), value(&b.value)))
}

fn created(create: &[ToCreate]) -> String {
    create.iter().fold(String::new(), |out, c| {
        out + &format!("{} for {}: {} from {}\n    {}\n", c.what, c.for_services.join(" "), c.names.join(" "), c.source.join(" | "), c.how)
    })
}

const TWO: &str = "\
services:
  web: { image: a, environment: { DB_PASSWORD: '${DB_PASSWORD}', LEVEL: info, URL: 'postgres://u:${DB_PASSWORD}@db/x' } }
  db:
    image: b
    environment: [ 'DB_PASSWORD=${DB_PASSWORD}', 'API_TOKEN=t0k3n-of-db-9' ]
  api: { image: c, environment: { API_TOKEN: t0k3n-of-api-9 } }
";
const DOTENV: &str = "# the password\nDB_PASSWORD=sw0rdf1sh-9\n";

#[test]
fn a_plain_env_file_is_used_as_it_is() {
    let compose = "services: { web: { image: a, env_file: [a.env, b.env], environment: { B: mine } } }";
    let files = [("compose.yaml", compose), ("a.env", "# c\n\nA=1\nB=2\nDB_PASSWORD=sw0rdf1sh-9\nNOPE\n"), ("b.env", "A=3\r\n")];
    for backend in [Backend::Docker, Backend::Podman] {
        let w = wired(&files, &Options::new(Style::Oci, backend));
        assert_eq!(env_files(&w, "web"), ["/demo/a.env", "/demo/b.env"]);
        assert_eq!(hidden(&w, "web"), ["A", "DB_PASSWORD"]);
        assert_eq!(said(&w), "");
        assert_eq!(w.remarks.len(), 2);
    }
}

#[test]
fn what_the_client_reads_differently_stands_in_the_module() {
    let text = "A=1\nexport B=2\nC=\"x y\"\nD=z # note\nE=${A}\nF: 7\nG='\nline'\nH=  \nI=5\n";
    let files = [("compose.yaml", "services: { web: { image: a, env_file: a.env, environment: { I: '6' } } }"), ("a.env", text)];
    let w = wired(&files, &options(SecretsFrom::Keep));
    assert_eq!((env_files(&w, "web").len(), hidden(&w, "web").len()), (0, 0));
    insta::assert_snapshot!(said(&w), @r#"Different services.web.env_file[0]: `./a.env` is refused by `docker run --env-file`: line 2 (`export`), line 3 (quotes), line 4 (a comment behind the value), line 5 (a `$`), line 6 (a `:` for the `=`), line 7 (quotes), 1 more; so its values stand in the module, and a later change of the file changes nothing; write these lines as plain `NAME=value`, and the file is used as it is"#);
    let w = wired(&files, &Options::new(Style::Oci, Backend::Podman));
    insta::assert_snapshot!(said(&w), @r#"Different services.web.env_file[0]: `./a.env` is read differently by `podman run --env-file`: line 2 (`export`), line 3 (quotes), line 4 (a comment behind the value), line 5 (a `$`), line 6 (another form than `NAME=value`), line 7 (quotes), 1 more; so its values stand in the module, and a later change of the file changes nothing; write these lines as plain `NAME=value`, and the file is used as it is"#);
}

#[test]
fn a_later_value_of_the_service_makes_a_line_harmless() {
    let compose = "services: { web: { image: a, env_file: a.env, environment: { Q: mine, N: } } }";
    let w = wired(&[("compose.yaml", compose), ("a.env", "Q=\"x\"\nA=1\n")], &options(SecretsFrom::Keep));
    assert_eq!((env_files(&w, "web"), hidden(&w, "web")), (vec!["/demo/a.env"], vec!["A"]));
    // A name without a value takes the variable away; a file would bring it back.
    let w = wired(&[("compose.yaml", compose), ("a.env", "N=1\nA=1\n")], &options(SecretsFrom::Keep));
    assert_eq!(env_files(&w, "web"), [""; 0]);
    assert!(said(&w).contains("line 1 (a name that `environment` has without a value)"), "{}", said(&w));
}

#[test]
fn a_raw_file_is_plain_but_for_quotes() {
    let compose = "services: { web: { image: a, env_file: [{ path: a.env, format: raw }] } }";
    let keep = |text, backend| {
        let w = wired(&[("compose.yaml", compose), ("a.env", text)], &Options::new(Style::Oci, backend));
        env_files(&w, "web").len()
    };
    assert_eq!(keep("A=$x # y\nB= z\n", Backend::Docker), 1);
    assert_eq!(keep("A=\"x\"\n", Backend::Podman), 1);
    assert_eq!(keep("A=\"x\"\n", Backend::Docker), 0);
}

#[test]
fn files_that_are_not_there() {
    let compose = "\
services:
  web:
    image: a
    env_file:
      - must.env
      - { path: may.env, required: false }
      - { path: is.env, required: false }
      - broken.env
";
    let files = [("compose.yaml", compose), ("is.env", "A=1\n"), ("broken.env", "B=1\nC=\"open\n")];
    let w = wired(&files, &options(SecretsFrom::Keep));
    assert_eq!(env_files(&w, "web"), ["/demo/is.env"]);
    insta::assert_snapshot!(said(&w), @r#"
    Unmapped services.web.env_file[0]: `./must.env` is not there; create it, or say `required: false` if the service runs without it
    Different services.web.env_file[1]: `./may.env` is not there and need not be, which a unit cannot say: it is left out; once it is there, generate the module again
    Different services.web.env_file[2]: `./is.env` need not be there for Compose; now the service does not start without it
    Unmapped services.web.env_file[3]: Compose does not read `./broken.env`, because of line 2; mend it first
    "#);
}

#[test]
fn what_the_host_has_is_a_reference_even_where_it_is_absent() {
    let compose = "\
services:
  web:
    image: a
    env_file: [/run/agenix/web.env, /run/secrets/rendered/t.env]
    volumes: [/run/secrets/key:/key:ro, /run/other:/o]
    secrets: [s]
    configs: [c]
secrets: { s: { file: /run/agenix/s } }
configs: { c: { file: /run/secrets/c } }
";
    let w = wired(&[("compose.yaml", compose)], &options(SecretsFrom::Sops));
    let [web, t] = [reference(r#"config.age.secrets."web.env".path"#), reference(r#"config.sops.templates."t.env".path"#)];
    assert_eq!(env_files(&w, "web"), [web, t]);
    assert_eq!(w.path("/run/secrets/key"), reference(r#"config.sops.secrets."key".path"#));
    assert_eq!(w.path("/run/other"), "/run/other");
    assert_eq!(w.secret_source["s"], reference(r#"config.age.secrets."s".path"#));
    assert_eq!(w.config_source["c"], reference(r#"config.sops.secrets."c".path"#));
    assert_eq!((said(&w).as_str(), w.create.len(), w.bindings.len()), ("", 0, 0));
    let paths: Vec<&str> = w.remarks.iter().map(|r| r.path.as_str()).collect();
    assert_eq!(
        paths,
        ["services.web.env_file[0]", "services.web.env_file[1]", "services.web.volumes[0]", "secrets.s.file", "configs.c.file"]
    );
    // Where it can be read, it is read: nothing of it stands in the module, and what the client would not read is told.
    let fs = MemFs::new().file("/demo/compose.yaml", compose).file("/run/agenix/web.env", "export DB_PASSWORD=x9-secret-x9\n");
    let w = wired_on(&fs, &options(SecretsFrom::Keep));
    assert_eq!(hidden(&w, "web"), ["DB_PASSWORD"]);
    assert_eq!(unmapped(&w), ["services.web.env_file[0]"]);
}

#[test]
fn secrets_in_the_store_are_refused_unless_allowed() {
    let compose = "\
services:
  web:
    image: a
    build: { context: ., args: { NPM_TOKEN: abcdefg-12345 } }
    hostname: h-${DB_PASSWORD}
    command: [redis-server, --requirepass, '${DB_PASSWORD}']
    entrypoint: [run, '${DB_PASSWORD:-no}']
    environment: { PGPW: '${DB_PASSWORD}', URL: 'http://u:l1teral-9@h', LEVEL: info, DB_PASSWORD_FILE: /run/x, POSTGRES_PASSWORD: postgres }
    labels: { 'auth.password': hunter2-long }
    healthcheck: { test: [CMD-SHELL, 'mysqladmin -p$$DB_PASSWORD ping'] }
    logging: { driver: splunk, options: { splunk-token: 0f0f-12-34-0f0f } }
    post_start: [{ command: [sh, -c, 'login --password hunter2-long'] }]
    configs: [secret, plain]
configs:
  secret: { content: \"[db]\\npassword=${DB_PASSWORD}\\n\" }
  plain: { content: \"level=info\\n\" }
volumes: { nas: { driver_opts: { type: cifs, o: 'username=x,password=hunter2-long' } } }
";
    let files = [("compose.yaml", compose), (".env", DOTENV)];
    let w = wired(&files, &options(SecretsFrom::Keep));
    insta::assert_snapshot!(unmapped(&w).join("\n"), @r#"
    services.web.environment.PGPW
    services.web.environment.URL
    services.web.environment.POSTGRES_PASSWORD
    services.web.build.args.NPM_TOKEN
    services.web.labels."auth.password"
    services.web.logging.options.splunk-token
    services.web.command
    services.web.entrypoint
    services.web.post_start[0].command
    volumes.nas.driver_opts.o
    services.web.hostname
    configs.secret.content
    "#);
    assert!(w.remarks.iter().filter(|r| r.class == Class::Unmapped).all(|r| r.message.contains("--allow-secrets-in-store")));
    let allowed = wired(&files, &Options { secrets_in_store: true, ..options(SecretsFrom::Keep) });
    assert!(unmapped(&allowed).is_empty());
    assert_eq!(allowed.remarks.iter().filter(|r| r.class == Class::Different).count(), unmapped(&w).len());
}

#[test]
fn sops_has_one_secret_for_one_value_and_a_template_for_each_service() {
    let w = wired(&[("compose.yaml", TWO), (".env", DOTENV)], &options(SecretsFrom::Sops));
    insta::assert_snapshot!(nix(&w.bindings), @r#"
    sops secrets demo-DB_PASSWORD = { restartUnits = docker-demo-web-1.service docker-demo-db-1.service }
    sops secrets demo-db-API_TOKEN = { restartUnits = docker-demo-db-1.service }
    sops secrets demo-api-API_TOKEN = { restartUnits = docker-demo-api-1.service }
    sops templates demo-web.env = { content = DB_PASSWORD=${config sops placeholder demo-DB_PASSWORD} URL=postgres://u:${config sops placeholder demo-DB_PASSWORD}@db/x  restartUnits = docker-demo-web-1.service }
    sops templates demo-db.env = { content = DB_PASSWORD=${config sops placeholder demo-DB_PASSWORD} API_TOKEN=${config sops placeholder demo-db-API_TOKEN}  restartUnits = docker-demo-db-1.service }
    sops templates demo-api.env = { content = API_TOKEN=${config sops placeholder demo-api-API_TOKEN}  restartUnits = docker-demo-api-1.service }
    "#);
    insta::assert_snapshot!(created(&w.create), @r#"
    demo-DB_PASSWORD for web db: DB_PASSWORD from ./.env:2
        put the value under the key `demo-DB_PASSWORD` of the file that `sops.defaultSopsFile` names, with `sops`
    demo-db-API_TOKEN for db: API_TOKEN from ./compose.yaml:5
        put the value under the key `demo-db-API_TOKEN` of the file that `sops.defaultSopsFile` names, with `sops`
    demo-api-API_TOKEN for api: API_TOKEN from ./compose.yaml:6
        put the value under the key `demo-api-API_TOKEN` of the file that `sops.defaultSopsFile` names, with `sops`
    "#);
    assert_eq!(hidden(&w, "web"), ["DB_PASSWORD", "URL"]);
    assert_eq!(env_files(&w, "db"), [reference(r#"config.sops.templates."demo-db.env".path"#)]);
    assert_eq!(said(&w), "");
}

#[test]
fn agenix_has_a_file_for_each_service() {
    let w = wired(&[("compose.yaml", TWO), (".env", DOTENV)], &options(SecretsFrom::Agenix));
    insta::assert_snapshot!(nix(&w.bindings), @r#"
    age secrets demo-web.env file = ./secrets/demo-web.env.age
    age secrets demo-db.env file = ./secrets/demo-db.env.age
    age secrets demo-api.env file = ./secrets/demo-api.env.age
    "#);
    insta::assert_snapshot!(created(&w.create), @r#"
    secrets/demo-web.env.age for web: DB_PASSWORD URL from ./compose.yaml:2, `DB_PASSWORD` from ./.env:2 | ./compose.yaml:2, `DB_PASSWORD` from ./.env:2
        list `demo-web.env.age` in `secrets.nix`, then run `agenix -e demo-web.env.age` beside it: one line `NAME=value` each, nothing in quotes
    secrets/demo-db.env.age for db: DB_PASSWORD API_TOKEN from ./compose.yaml:5, `DB_PASSWORD` from ./.env:2 | ./compose.yaml:5
        list `demo-db.env.age` in `secrets.nix`, then run `agenix -e demo-db.env.age` beside it: one line `NAME=value` each, nothing in quotes
    secrets/demo-api.env.age for api: API_TOKEN from ./compose.yaml:6
        list `demo-api.env.age` in `secrets.nix`, then run `agenix -e demo-api.env.age` beside it: one line `NAME=value` each, nothing in quotes
    "#);
    assert_eq!(env_files(&w, "web"), [reference(r#"config.age.secrets."demo-web.env".path"#)]);
}

#[test]
fn env_files_are_made_by_the_user() {
    let w = wired(&[("compose.yaml", TWO), (".env", DOTENV)], &options(SecretsFrom::EnvFiles));
    assert_eq!(w.bindings.len(), 0);
    insta::assert_snapshot!(created(&w.create), @r#"
    /var/lib/compose-secrets/demo/web.env for web: DB_PASSWORD URL from ./compose.yaml:2, `DB_PASSWORD` from ./.env:2 | ./compose.yaml:2, `DB_PASSWORD` from ./.env:2
        run `install -d -m 700 /var/lib/compose-secrets/demo && install -m 600 /dev/null /var/lib/compose-secrets/demo/web.env`, and put the variables into it: one line `NAME=value` each, nothing in quotes
    /var/lib/compose-secrets/demo/db.env for db: DB_PASSWORD API_TOKEN from ./compose.yaml:5, `DB_PASSWORD` from ./.env:2 | ./compose.yaml:5
        run `install -d -m 700 /var/lib/compose-secrets/demo && install -m 600 /dev/null /var/lib/compose-secrets/demo/db.env`, and put the variables into it: one line `NAME=value` each, nothing in quotes
    /var/lib/compose-secrets/demo/api.env for api: API_TOKEN from ./compose.yaml:6
        run `install -d -m 700 /var/lib/compose-secrets/demo && install -m 600 /dev/null /var/lib/compose-secrets/demo/api.env`, and put the variables into it: one line `NAME=value` each, nothing in quotes
    "#);
    assert_eq!(env_files(&w, "api"), ["/var/lib/compose-secrets/demo/api.env"]);
}

#[test]
fn the_file_with_secrets_comes_last() {
    let compose = "services: { web: { image: a, env_file: [a.env, b.env] } }";
    let files = [("compose.yaml", compose), ("a.env", "DB_PASSWORD=\"sw0rdf1sh-9\"\nX='1'\n"), ("b.env", "Y=1\n")];
    let w = wired(&files, &options(SecretsFrom::EnvFiles));
    assert_eq!(env_files(&w, "web"), ["/demo/b.env", "/var/lib/compose-secrets/demo/web.env"]);
    assert_eq!(hidden(&w, "web"), ["DB_PASSWORD", "Y"]);
    assert_eq!(w.create[0].source, ["./a.env:1"]);
}

#[test]
fn an_env_file_cannot_hold_every_secret() {
    let compose = "services: { web: { image: a, environment: { TLS_PRIVATE_KEY: \"l1ne-of-key-1\\nl1ne-of-key-2\" } } }";
    let w = wired(&[("compose.yaml", compose)], &options(SecretsFrom::Agenix));
    assert_eq!(unmapped(&w), ["services.web.environment.TLS_PRIVATE_KEY"]);
    assert_eq!((hidden(&w, "web").len(), env_files(&w, "web").len()), (0, 0));
}

#[test]
fn a_password_whose_variable_has_no_value_is_asked_for() {
    let w = wired(&[("compose.yaml", TWO)], &options(SecretsFrom::Sops));
    assert!(hidden(&w, "web").contains(&"DB_PASSWORD"));
    assert_eq!(w.create[0].source, ["./compose.yaml:2, `DB_PASSWORD` has no value"]);
}

#[test]
fn what_is_no_secret_beside_one_stays_in_the_template() {
    let compose = "\
services:
  web:
    image: a
    environment:
      PGPW: ${DB_PASSWORD}
      URL: postgres://u:${DB_PASSWORD}@db/x
      TWICE: sw0rdf1sh-9:${DB_PASSWORD}
      AUTH_TOKEN: pre-${DB_PASSWORD}
";
    let w = wired(&[("compose.yaml", compose), (".env", DOTENV)], &options(SecretsFrom::Sops));
    insta::assert_snapshot!(nix(&w.bindings), @r#"
    sops secrets demo-DB_PASSWORD = { restartUnits = docker-demo-web-1.service }
    sops secrets demo-TWICE = { restartUnits = docker-demo-web-1.service }
    sops secrets demo-AUTH_TOKEN = { restartUnits = docker-demo-web-1.service }
    sops templates demo-web.env = { content = PGPW=${config sops placeholder demo-DB_PASSWORD} URL=postgres://u:${config sops placeholder demo-DB_PASSWORD}@db/x TWICE=${config sops placeholder demo-TWICE} AUTH_TOKEN=${config sops placeholder demo-AUTH_TOKEN}  restartUnits = docker-demo-web-1.service }
    "#);
}

const OBJECTS: &str = "\
services:
  web:
    image: a
    user: '1000:100'
    secrets: [file, { source: inline, mode: 0440 }]
    configs: [conf]
  db:
    image: b
    secrets: [{ source: owned, uid: '70', gid: app, mode: 0400 }, variable, file, outside]
secrets:
  file: { file: ./file.txt }
  owned: { file: ./owned.txt }
  inline: { content: c0ntent-of-inline }
  variable: { environment: DB_PASSWORD }
  outside: { external: true }
  unused: { file: ./unused.txt }
configs:
  conf: { content: 'password: sw0rdf1sh-9' }
";

#[test]
fn file_secrets_go_to_sops_and_agenix() {
    let fs = MemFs::new()
        .file("/demo/compose.yaml", OBJECTS)
        .file("/demo/.env", DOTENV)
        .file("/demo/file.txt", "f1le-content")
        .file("/demo/owned.txt", "0wned-content");
    let w = wired_on(&fs, &options(SecretsFrom::Sops));
    insta::assert_snapshot!(nix(&w.bindings), @r#"
    sops secrets demo-file = { uid = 1000 gid = 100 restartUnits = docker-demo-web-1.service docker-demo-db-1.service }
    sops secrets demo-owned = { uid = 70 group = app mode = 0400 restartUnits = docker-demo-db-1.service }
    sops secrets demo-inline = { uid = 1000 gid = 100 mode = 0440 restartUnits = docker-demo-web-1.service }
    sops secrets demo-variable = { restartUnits = docker-demo-db-1.service }
    sops secrets demo-conf = { uid = 1000 gid = 100 restartUnits = docker-demo-web-1.service }
    "#);
    insta::assert_snapshot!(created(&w.create), @r#"
    demo-file for web db: file from ./file.txt
        put the content of `/demo/file.txt` under the key `demo-file` of the file that `sops.defaultSopsFile` names, with `sops`
    demo-owned for db: owned from ./owned.txt
        put the content of `/demo/owned.txt` under the key `demo-owned` of the file that `sops.defaultSopsFile` names, with `sops`
    demo-inline for web: inline from ./compose.yaml:13
        put the value under the key `demo-inline` of the file that `sops.defaultSopsFile` names, with `sops`
    demo-variable for db: variable from ./.env:2
        put the value under the key `demo-variable` of the file that `sops.defaultSopsFile` names, with `sops`
    demo-conf for web: conf from ./compose.yaml:18
        put the value under the key `demo-conf` of the file that `sops.defaultSopsFile` names, with `sops`
    "#);
    insta::assert_snapshot!(said(&w), @r#"
    Different services.db.secrets.owned: `uid`, `gid` and `mode` are those of the file now; Compose does not look at them for a `file`
    Different secrets.variable.environment: its file can be read by root only, where in the container everybody could read it; give it an owner if the program has another user
    Unmapped secrets.outside.external: it is `external`, which only a swarm has: give it a `file`; that of sops-nix or agenix is `/run/secrets/NAME` or `/run/agenix/NAME`
    "#);
    assert_eq!(w.secret_source["unused"], "/demo/unused.txt");
    assert_eq!(w.secret_source["file"], reference(r#"config.sops.secrets."demo-file".path"#));
    assert_eq!(w.config_source["conf"], reference(r#"config.sops.secrets."demo-conf".path"#));
    insta::assert_snapshot!(nix(&wired_on(&fs, &options(SecretsFrom::Agenix)).bindings), @r#"
    age secrets demo-file = { file = ./secrets/demo-file.age owner = 1000 group = 100 }
    age secrets demo-owned = { file = ./secrets/demo-owned.age owner = 70 group = app mode = 0400 }
    age secrets demo-inline = { file = ./secrets/demo-inline.age owner = 1000 group = 100 mode = 0440 }
    age secrets demo-variable file = ./secrets/demo-variable.age
    age secrets demo-conf = { file = ./secrets/demo-conf.age owner = 1000 group = 100 }
    "#);

    let w = wired_on(&fs, &options(SecretsFrom::EnvFiles));
    assert_eq!(w.secret_source["file"], "/demo/file.txt");
    assert_eq!(w.secret_source["variable"], "/var/lib/compose-secrets/demo/variable");

    let w = wired_on(&fs, &options(SecretsFrom::Keep));
    assert_eq!(
        unmapped(&w),
        ["secrets.inline.content", "secrets.variable.environment", "secrets.outside.external", "configs.conf.content"]
    );
    assert_eq!(w.secret_source.keys().collect::<Vec<_>>(), ["file", "owned", "unused"]);
}

/// Whatever is asked for: names, never values.
#[test]
fn no_value_of_a_secret_is_ever_in_the_result() {
    let compose = format!(
        "{TWO}  more:
    image: d
    env_file: [more.env, broken.env]
    command: [x, --password, 'c0mmand-pass-9']
    labels: {{ api_key: 'l4bel-key-of-more' }}
    environment: {{ MULTI_SECRET: \"f1rst-line-9\\nsec0nd-line-9\", HOOK: 'https://u:ur1-pass-9@h' }}
{}",
        OBJECTS.strip_prefix("services:\n").unwrap()
    )
    .replacen("  web:\n    image: a\n    user", "  web2:\n    image: a\n    user", 1)
    .replacen("  db:\n    image: b\n    secrets", "  db2:\n    image: b\n    secrets", 1);
    let fs = MemFs::new()
        .file("/demo/compose.yaml", compose)
        .file("/demo/.env", DOTENV)
        .file("/demo/file.txt", "f1le-content")
        .file("/demo/owned.txt", "0wned-content")
        .file("/demo/more.env", "export MAIL_PASSWORD='ma1l-pass-9'\n")
        .file("/demo/broken.env", "BROKEN_TOKEN=\"br0ken-token-9\n");
    let values = [
        "sw0rdf1sh",
        "t0k3n",
        "c0mmand-pass",
        "l4bel-key",
        "f1rst-line",
        "sec0nd-line",
        "ur1-pass",
        "f1le-content",
        "0wned-content",
        "c0ntent-of",
        "ma1l-pass",
        "br0ken-token",
    ];
    for secrets in [SecretsFrom::Keep, SecretsFrom::Sops, SecretsFrom::Agenix, SecretsFrom::EnvFiles] {
        for secrets_in_store in [false, true] {
            let w = wired_on(&fs, &Options { secrets_in_store, ..options(secrets) });
            assert!(w.services.len() >= 6 && !w.remarks.is_empty());
            let all = format!("{w:?}\n{w:#?}");
            for value in values {
                assert!(!all.contains(value), "{value} in {secrets:?}");
            }
        }
    }
}
