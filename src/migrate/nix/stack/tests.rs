use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use crate::compose::{Loader, Request};
use crate::fs::MemFs;
use crate::migrate::nix::{AutoUpdate, Backend, Options, Style};
use crate::nix::{Binding, Expr, Item, Piece};
use crate::source::Sources;

fn options() -> Options {
    Options { secrets_in_store: true, ..Options::new(Style::ComposeStack, Backend::Docker) }
}

fn of(disk: &MemFs, request: &Request, options: &Options) -> Result<Spec, StackError> {
    let sources = Sources::new();
    spec(request, &Loader::new(disk, &sources), "web", options)
}

fn made(disk: &MemFs) -> Spec {
    of(disk, &Request::new("/srv/docker"), &options()).unwrap()
}

fn one(text: &str) -> Spec {
    made(&MemFs::new().file("/srv/docker/compose.yaml", text))
}

/// An expression as text, for looking at: the way of `nixfmt` is for others to test.
fn show(expr: &Expr) -> String {
    fn comment(out: &mut String, lines: &[String], indent: &str) {
        for line in lines {
            let _ = writeln!(out, "{indent}# {line}");
        }
    }
    fn go(expr: &Expr, indent: &str) -> String {
        let deeper = format!("{indent}  ");
        match expr {
            Expr::Null => "null".to_owned(),
            Expr::Bool(b) => b.to_string(),
            Expr::Int(n) => n.to_string(),
            Expr::Float(n) => format!("{n:?}"),
            Expr::Str(pieces) => pieces.iter().map(|p| if let Piece::Text(t) = p { format!("{t:?}") } else { "${}".to_owned() }).collect(),
            Expr::Path(path) => path.clone(),
            Expr::List(items) => {
                let mut out = "[\n".to_owned();
                for Item { above, value, behind, .. } in items {
                    comment(&mut out, above, &deeper);
                    let behind = behind.as_ref().map(|b| format!(" # {b}")).unwrap_or_default();
                    if !matches!(value, Expr::Name(_)) {
                        let _ = writeln!(out, "{deeper}{}{behind}", go(value, &deeper));
                    }
                }
                out + indent + "]"
            }
            Expr::Attrs(bindings) => {
                let mut out = "{\n".to_owned();
                for Binding { above, path, value, behind, apart, .. } in bindings {
                    if *apart {
                        out.push('\n');
                    }
                    comment(&mut out, above, &deeper);
                    let behind = behind.as_ref().map(|b| format!(" # {b}")).unwrap_or_default();
                    if !path.is_empty() {
                        let _ = writeln!(out, "{deeper}{} = {};{behind}", path.join("."), go(value, &deeper));
                    }
                }
                out + indent + "}"
            }
            Expr::Apply(function, arguments) => format!("{} {}", go(function, indent), go(&arguments[0], indent)),
            Expr::Name(parts) => parts.join("."),
            Expr::Lambda(_, body) => format!("{{ ... }}:\n{}", go(body, indent)),
            _ => "?".to_owned(),
        }
    }
    go(expr, "")
}

#[test]
fn a_spec_has_the_order_the_forms_and_the_comments_of_the_file() {
    let spec = one("\
# The whole house
# in one file.

version: \"3\" # long ago

x-common: &common # for all
  restart: always # whatever happens

services:
  # The front door.
  web:
    <<: *common
    image: \"web:${TAG:-1}\" # pinned, see #42
    ports: # published
      # the first
      - 8080:80 # http
      - \"443:443\"
      # - 9090:9090
    command: [\"echo\", \"$$HOME\"]
    configs:
      - source: web
        mode: 0440
    environment:
      COUNT: \"12\"
      EMPTY:
      SHARE: 0.5
      FINE: 0.123456789
      BIG: 18446744073709551615
      LATE: 1e3
  # db:
  #   image: postgres

  cache: {image: redis}
  # last
configs:
  web: {file: ./web.conf}
# the end
");
    insta::assert_snapshot!(show(&spec.file));
    assert_eq!(spec.comments, Comments { carried: 15, appendix: 0, lost: 0 });
    assert_eq!(spec.remarks.iter().map(|r| (r.class, r.path.as_str())).collect::<Vec<_>>(), [(Class::Inert, "version")]);
    assert_eq!(spec.relative_paths.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(), ["./web.conf"]);
    assert!(spec.json.starts_with(r#"{"configs":{"web":{"file":"./web.conf"}},"name":"docker","services":{"cache""#), "{}", spec.json);
}

#[test]
fn several_files_become_one_with_the_comments_of_all_of_them() {
    let disk = MemFs::new()
        .file("/srv/docker/compose.yaml", "include: [parts/db.yaml] # the database\nservices:\n  web:\n    # from the base\n    extends: {file: base/base.yaml, service: base}\n    image: web # one\n    depends_on: [db]\n    ports: [\"80:80\"]\n")
        .file("/srv/docker/compose.override.yaml", "# on top\nservices:\n  web:\n    # not one\n    image: other # two\n    ports:\n      - \"9000-9002:9000-9002\" # three\n")
        .file("/srv/docker/parts/db.yaml", "services:\n  # The database.\n  db:\n    image: db\n    volumes:\n      - ./data:/data # its data\n      - db:/db # named\nvolumes: {db: }\n")
        .file("/srv/docker/base/base.yaml", "services:\n  # what all have\n  base:\n    env_file: base.env # values\n    build: .\n  # nobody asks for it\n  other:\n    image: other\n")
        .file("/srv/docker/base/base.env", "A=1\n");
    let spec = made(&disk);
    insta::assert_snapshot!(show(&spec.file));
    assert_eq!((spec.comments.lost, spec.comments.carried + spec.comments.appendix), (0, 12));
    assert!(!spec.remarks.iter().any(|r| r.class == Class::Different), "{:?}", spec.remarks);
}

#[test]
fn files_with_variables_of_their_own_stay_where_they_are() {
    let disk = MemFs::new()
        .file("/srv/docker/compose.yaml", "# top\ninclude: [sub/compose.yaml]\nservices: {web: {image: \"web:${TAG:-none}\"}}\n")
        .file("/srv/docker/sub/compose.yaml", "services: {db: {image: \"db:${TAG}\"}}\n")
        .file("/srv/docker/sub/.env", "TAG=7\n");
    let spec = made(&disk);
    assert!(spec.json.contains(r#""include":["sub/compose.yaml"]"#), "{}", spec.json);
    let told: Vec<_> = spec.remarks.iter().filter(|r| r.class == Class::Different).map(|r| r.message.as_str()).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("`sub/compose.yaml` stays"), "{told:?}");
    assert_eq!(spec.comments, Comments { carried: 1, appendix: 0, lost: 0 });
}

#[test]
fn a_variable_may_choose_the_files() {
    let disk = MemFs::new()
        .file("/srv/docker/compose.yaml", "include: [\"${HERE}/compose.yaml\"]\n")
        .file("/srv/docker/.env", "HERE=sub\n")
        .file("/srv/docker/sub/compose.yaml", "services: {db: {image: db}}\n");
    let spec = made(&disk);
    assert!(spec.json.contains(r#""include":["${HERE}/compose.yaml"]"#), "{}", spec.json);
    assert_eq!(spec.evidence.counts.services, 1);
}

#[test]
fn the_name_of_the_project_is_what_it_is_today() {
    let disk = MemFs::new()
        .file("/srv/docker/compose.yaml", "name: \"my-${X:-web}\"\nservices: {a: {image: a, volumes: [v:/v]}}\nvolumes: {v: }\n");
    assert!(made(&disk).json.contains(r#""name":"my-web""#));
    let request = Request { project_name: Some("old".to_owned()), ..Request::new("/srv/docker") };
    let spec = of(&disk, &request, &options()).unwrap();
    assert_eq!(spec.project, "old");
    assert!(spec.json.contains(r#""name":"old""#));
}

#[test]
fn what_is_not_the_same_is_not_proved() {
    let disk = MemFs::new().file(
        "/srv/docker/compose.yaml",
        "services:\n  a:\n    image: a\n    volumes: [./d:/d]\n    environment: {X: \"${X}\"}\n  b: {image: b, profiles: [p]}\n",
    );
    let spec = made(&disk);
    let request = Request::new("/srv/docker");
    let unit = Unit { stack: "web".to_owned(), project: "docker".to_owned(), directory: "/srv/docker".into(), env_files: None };
    let evidence = prove(&request, &disk, &spec.json, &unit).unwrap();
    assert_eq!(evidence.hashes.keys().collect::<Vec<_>>(), ["a", "b"]);
    for (from, to) in [
        ("./d:/d", "./e:/d"),
        ("\"image\":\"b\"", "\"image\":\"c\""),
        ("${X}", ""),
        ("\"profiles\":[\"p\"]", "\"profiles\":[\"q\"]"),
        ("\"b\":", "\"c\":"),
    ] {
        assert!(spec.json.contains(from), "{from}");
        assert!(prove(&request, &disk, &spec.json.replace(from, to), &unit).is_err(), "{from} is {to}");
    }
    assert!(prove(&request, &disk, &spec.json, &Unit { directory: "/srv/other".into(), ..unit.clone() }).is_err());
    let renamed = prove(&request, &disk, &spec.json, &Unit { project: "other".to_owned(), ..unit }).unwrap_err();
    assert!(renamed.contains("its volumes would be others"), "{renamed}");
}

#[test]
fn what_cannot_be_read_or_said_is_refused() {
    let refused = |text: &str| {
        of(&MemFs::new().file("/srv/docker/compose.yaml", text), &Request::new("/srv/docker"), &options()).unwrap_err().to_string()
    };
    for (text, why) in [
        ("services: {a: {image: a}, a: {image: b}}\n", "the project cannot be read as it is: the key `a` is written twice in one mapping"),
        (
            "services: {a: {image: a, labels: {outPath: x}}}\n",
            "`services.a.labels.outPath` cannot be written in Nix: in Nix, an attribute of that name makes more of a set than data",
        ),
        ("services: {a: {image: a, command: \"a\\0b\"}}\n", "`services.a.command` cannot be written in Nix: it has the byte 0 in it"),
    ] {
        assert_eq!(refused(text), why);
    }
}

#[test]
fn secrets_in_the_spec_are_told_without_their_value() {
    let text = "\
x-key: &key {API_KEY: s3cr3t-Value-1}
services:
  a:
    image: a
    environment:
      <<: *key
      DB_PASSWORD: hunter2-x
      OTHER_PASSWORD: ${OTHER_PASSWORD}
      WITH_PASSWORD: ${WITH_PASSWORD:-hunter3-x}
    labels: [\"token.secret=abc-def-12\"]
    command: redis-server --requirepass hunter4-x
";
    let disk = MemFs::new().file("/srv/docker/compose.yaml", text);
    let options = Options { secrets_in_store: false, ..options() };
    let spec = of(&disk, &Request::new("/srv/docker"), &options).unwrap();
    let told: Vec<&str> = spec.remarks.iter().filter(|r| r.class == Class::Unmapped).map(|r| r.path.as_str()).collect();
    assert_eq!(
        told,
        [
            "x-key.API_KEY",
            "services.a.environment.DB_PASSWORD",
            "services.a.environment.WITH_PASSWORD",
            "services.a.labels.token.secret",
            "services.a.command"
        ]
    );
    assert!(!format!("{:?}", spec.remarks.iter().map(|r| &r.message).collect::<Vec<_>>()).contains("hunter"));
    assert!(made(&disk).remarks.is_empty());
}

#[test]
fn what_the_unit_does_not_have_is_told() {
    let disk = MemFs::new()
        .file(
            "/srv/docker/compose.yaml",
            "services:\n  a:\n    image: \"a:${TAG}-${HERE}-${NO:-x}\"\n    environment: [SHELL]\n    volumes: [~/d:/d]\n",
        )
        .file("/srv/docker/.env", "TAG=1\nCOMPOSE_PROFILES=x,y\n");
    let environment = [("HERE", "1"), ("SHELL", "2"), ("HOME", "/home/u")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let spec = of(&disk, &Request { environment, ..Request::new("/srv/docker") }, &options()).unwrap();
    let variables: Vec<_> = spec.variables.iter().map(|v| (v.name.as_str(), v.from)).collect();
    assert_eq!(variables, [("TAG", From::File), ("HERE", From::Environment), ("NO", From::Nowhere), ("SHELL", From::Environment)]);
    let different: Vec<_> = spec.remarks.iter().filter(|r| r.class == Class::Different).map(|r| r.path.as_str()).collect();
    assert_eq!(different, ["environment.HERE", "environment.SHELL", "paths"]);
    assert_eq!(spec.env_profiles, ["x", "y"]);
}

#[test]
fn the_file_that_uses_the_module() {
    let disk = MemFs::new().file("/srv/docker/compose.yaml", "services: {a: {image: a, build: .}}\n").file("/srv/docker/prod.env", "A=1\n");
    let request = Request { env_files: Some(vec![PathBuf::from("prod.env")]), ..Request::new("/srv/docker") };
    let options = Options { profiles: vec!["p".to_owned()], auto_update: AutoUpdate::Timer, backend: Backend::Podman, ..options() };
    let spec = of(&disk, &request, &options).unwrap();
    let names = Use { stack: "web", module: Some("./compose-stack.nix"), spec: "./compose-spec.nix", stage: true };
    insta::assert_snapshot!(show(&module(&spec, &options, &names)));
}

#[test]
fn the_module_is_formatted() {
    assert_eq!(nixfmt_rs::format(MODULE).unwrap_or_default(), MODULE);
}

/// What `nix-instantiate` says; `None`, and it is said, where it is not there.
fn nix(arguments: &[&str]) -> Option<String> {
    let Ok(output) = Command::new("nix-instantiate").args(arguments).output() else {
        println!("skipped: nix-instantiate is not there");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_module_renders_the_spec_and_makes_the_units() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = |path: &str| root.join(path).display().to_string();
    let (sample, module) = (file("tests/nix/stack/sample.nix"), file("src/migrate/nix/stack/compose-stack.nix"));
    nix(&["--parse", &module]);
    let Some(text) = nix(&["--eval", "--strict", "--json", &sample, "--arg", "module", &module]) else { return };
    let said: serde_json::Value = serde_json::from_str(&text).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&said).unwrap());
}
