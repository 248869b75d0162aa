//! From files to the typed project, on a file system in memory: what is reported, and where each value says it comes from.

use std::fmt::Write;
use std::path::Path;

use super::{MountKind, Options, Profiles, Project, build};
use crate::compose::value::{Origin, Step};
use crate::compose::{Loader, Request, load};
use crate::fs::MemFs;
use crate::source::{Sources, Span};

fn project(fs: &MemFs, sources: &Sources, options: &Options) -> Project {
    let loader = Loader::new(fs, sources);
    build(load(&loader, &Request::new("/p")), &loader, options)
}

fn place(sources: &Sources, at: Span) -> String {
    let source = sources.get(at.file);
    let position = source.position(at.start);
    let name = source.path.strip_prefix("/p").unwrap_or(Path::new("?")).display().to_string();
    format!("{name}:{}:{}", position.line, position.column)
}

/// Every problem as a person would want to read it.
fn problems(files: &[(&str, &str)]) -> String {
    let fs = files.iter().fold(MemFs::new(), |fs, (path, text)| fs.file(path, *text));
    let sources = Sources::new();
    let project = project(&fs, &sources, &Options { profiles: Profiles::settle(&[], None), ..Options::default() });
    let mut out = String::new();
    for p in &project.problems {
        let at = p.origin.as_ref().map_or_else(|| "nowhere".to_owned(), |o| place(&sources, o.at));
        writeln!(out, "{} {:?} {at} {}", p.phase.name(), p.kind, p.path).unwrap();
        writeln!(out, "    {}", p.message).unwrap();
        for (span, what) in &p.related {
            writeln!(out, "    {}: {what}", place(&sources, *span)).unwrap();
        }
        if let Some(help) = &p.help {
            writeln!(out, "    help: {help}").unwrap();
        }
    }
    out
}

#[test]
fn names_that_lead_nowhere() {
    insta::assert_snapshot!(problems(&[(
        "/p/compose.yaml",
        "\
services:
  web:
    image: nginx
    networks: [fronted]
    volumes: [data:/data]
    secrets: [key]
    depends_on: [wbe, db]
  db:
    image: postgres
    profiles: [extra]
  empty: {}
networks:
  frontend:
"
    )]), @r#"
    consistency UndefinedNetwork compose.yaml:4:16 services.web.networks.fronted
        service `web` uses network `fronted`, which is not declared under `networks`
        compose.yaml:13:3: `frontend` is declared here
        help: did you mean `frontend`?
    consistency UndefinedService compose.yaml:7:18 services.web.depends_on.wbe
        service `web` depends on service `wbe`, which does not exist
    consistency ProfileUnreachable compose.yaml:7:23 services.web.depends_on.db
        service `web` depends on service `db`, which only the profile `extra` enables
        compose.yaml:8:3: `db` is here
        help: give `web` the same profile, or say `required: false`
    consistency UndefinedVolume compose.yaml:5:15 services.web.volumes[0]
        service `web` uses volume `data`, which is not declared under `volumes`
        help: add `data:` to the top-level `volumes`
    consistency UndefinedSecret compose.yaml:6:15 services.web.secrets[0]
        service `web` uses secret `key`, which is not declared under `secrets`
        help: add `key:` to the top-level `secrets`
    consistency MissingImage compose.yaml:11:3 services.empty
        service `empty` has neither `image` nor `build`, so there is nothing to run
        help: add `image:` or `build:`; a template that is only extended belongs into a file of its own
    "#);
}

#[test]
fn values_that_cannot_be_read() {
    insta::assert_snapshot!(problems(&[(
        "/p/compose.yaml",
        "\
services:
  web:
    image: nginx
    command: echo 'a
    mem_limit: 5x
    extra_hosts: [nowhere]
    healthcheck:
      test: [curl, x]
      timeout: 5 s
    volumes: [./a:/same]
    tmpfs: /same
"
    )]), @r#"
    decode InvalidValue compose.yaml:4:14 services.web.command
        `command` has a quote that is not closed
    decode InvalidValue compose.yaml:6:19 services.web.extra_hosts[0]
        `extra_hosts` has a host without an address: write `host=address`
    decode InvalidValue compose.yaml:9:16 services.web.healthcheck.timeout
        `timeout` has a blank in it; write it as one word, such as `1m30s`
    decode InvalidValue compose.yaml:5:16 services.web.mem_limit
        `mem_limit` has the unknown size suffix `x`; the suffixes are b, k, m, g, t and p
    consistency InvalidHealthcheck compose.yaml:8:13 services.web.healthcheck.test
        the healthcheck of service `web` does not begin with `CMD`, `CMD-SHELL` or `NONE`
        help: begin the list with `CMD` to run the words as they are, or with `CMD-SHELL` to run one text in a shell
    consistency DuplicateMountTarget compose.yaml:10:15 services.web.volumes[0]
        service `web` mounts `/same` twice
        compose.yaml:11:12: the first mount is here
        help: remove one of the two, or give it another path in the container
    "#);
}

#[test]
fn services_that_wait_for_each_other() {
    insta::assert_snapshot!(problems(&[(
        "/p/compose.yaml",
        "\
services:
  a: {image: x, depends_on: [b]}
  b: {image: x, links: [c]}
  c: {image: x, network_mode: 'service:a'}
"
    )]), @r#"
    cycle DependencyCycle compose.yaml:2:30 services.a.depends_on.b
        services wait for each other: `a` → `b` → `c` → `a`
        compose.yaml:3:25: `b` waits for `c`
        compose.yaml:4:31: `c` waits for `a`
        help: remove one of these dependencies: none of the services could ever start
    "#);
}

#[test]
fn files_that_are_missing_or_broken() {
    insta::assert_snapshot!(problems(&[
        (
            "/p/compose.yaml",
            "services:\n  web:\n    image: x\n    env_file: [missing.env, {path: other.env, required: false}, broken.env]\n    label_file: no.labels\n"
        ),
        ("/p/broken.env", "A=1\nB C=2\n"),
    ]), @r#"
    env-file EnvFile compose.yaml:4:16 services.web.env_file[0]
        env file `/p/missing.env` does not exist
        help: create it, or say `required: false` if the service runs without it
    env-file EnvFile broken.env:2:1 services.web.env_file[2]
        there is a space in the name before the `=`, so Compose does not read this file
        compose.yaml:4:65: the file is named here
        help: remove the space
    env-file EnvFile compose.yaml:5:17 services.web.label_file[0]
        label file `/p/no.labels` does not exist
    "#);
}

#[test]
fn the_environment_of_a_service_knows_the_lines_of_its_files() {
    let fs = MemFs::new()
        .file(
            "/p/compose.yaml",
            "services:\n  web:\n    image: x\n    env_file: a.env\n    environment: {OWN: '1', BOTH: here}\n    volumes:\n    - ./x:/x\n    - {type: volume, source: v, target: /y}\nvolumes: {v: }\n",
        )
        .file("/p/a.env", "FIRST=1\nBOTH=file\n");
    let sources = Sources::new();
    let project = project(&fs, &sources, &Options::default());
    assert!(project.problems.is_empty(), "{:?}", project.problems);
    let web = &project.services["web"];
    let shown: Vec<String> = web
        .environment
        .iter()
        .map(|(name, v)| {
            let replaced = v.origin.replaced.as_deref().map(|o: &Origin| format!(" instead of {}", place(&sources, o.at)));
            format!("{name} {}{}", place(&sources, v.origin.at), replaced.unwrap_or_default())
        })
        .collect();
    assert_eq!(shown, ["OWN compose.yaml:5:24", "BOTH compose.yaml:5:35 instead of a.env:2:1", "FIRST a.env:1:1"]);
    assert!(web.environment["FIRST"].origin.via.iter().any(|s| matches!(s, Step::File(at) if place(&sources, *at) == "compose.yaml:4:15")));
    assert!(project.files.iter().any(|f| f.path == Path::new("/p/a.env")));
    assert_eq!(
        web.volumes.iter().map(|m| (m.kind.clone(), m.short)).collect::<Vec<_>>(),
        [(MountKind::Bind, true), (MountKind::Volume, false)]
    );
}

#[test]
fn unknown_and_extension_keys_are_kept() {
    let fs = MemFs::new().file(
        "/p/compose.yaml",
        "x-top: 1\nservices:\n  web:\n    image: x\n    x-own: {a: b}\n    typo: 1\n    environment: {x-real: '1'}\n    deploy: {resources: {x-res: 1}}\n",
    );
    let sources = Sources::new();
    let project = project(&fs, &sources, &Options::default());
    let web = &project.services["web"];
    assert_eq!(project.extensions.keys().collect::<Vec<_>>(), ["x-top"]);
    assert_eq!(web.extensions.keys().collect::<Vec<_>>(), ["x-own", "typo"]);
    assert_eq!(web.environment.keys().collect::<Vec<_>>(), ["x-real"]);
    assert_eq!(web.deploy.as_ref().unwrap().resource_extensions.keys().collect::<Vec<_>>(), ["x-res"]);
}
