//! What a user notices of loading, on file systems in memory.

use std::fmt::Write;
use std::path::Path;

use super::*;
use crate::compose::problem::ProblemKind as K;
use crate::compose::value::Definition;
use crate::compose::{NameSource, Request};
use crate::fs::MemFs;
use crate::source::Sources;

struct Done {
    sources: Sources,
    loaded: Loaded,
}

fn with(fs: &MemFs, request: &Request) -> Done {
    let sources = Sources::new();
    let loaded = load(&Loader::new(fs, &sources), request);
    Done { sources, loaded }
}

fn project(fs: &MemFs) -> Done {
    with(fs, &Request::new("/p"))
}

impl Done {
    /// The value at a dotted path.
    fn value(&self, path: &str) -> &Value {
        let mut parts = path.split('.');
        let mut at = &self.loaded.tree[parts.next().unwrap()].value;
        for part in parts {
            at = match part.parse::<usize>() {
                Ok(index) if at.as_seq().is_some() => &at.as_seq().unwrap()[index],
                _ => at.get(part).unwrap_or_else(|| panic!("no {part} of {path} in {:?}", self.loaded.tree)),
            };
        }
        at
    }

    fn text(&self, path: &str) -> &str {
        self.value(path).as_str().unwrap()
    }

    /// A span as `file:line: text`.
    fn show(&self, span: Span) -> String {
        let source = self.sources.get(span.file);
        let name = source.path.strip_prefix("/p").unwrap_or(&source.path).display().to_string();
        format!("{name}:{}: {}", source.position(span.start).line, source.slice(span).lines().next().unwrap_or_default())
    }

    /// Where a value was written, and its way, one a line.
    fn way(&self, path: &str) -> String {
        let origin = &self.value(path).origin;
        let steps = origin.via.iter().map(|step| match step {
            Step::Include(at) => format!("included at {}", self.show(*at)),
            Step::Extends { at, service } => format!("extended as {service} at {}", self.show(*at)),
            Step::Alias(at) => format!("alias at {}", self.show(*at)),
            Step::Merge(at) => format!("merged at {}", self.show(*at)),
            Step::Variable { name, defined: Definition::File(at) } => format!("variable {name} of {}", self.show(*at)),
            Step::Variable { name, .. } => format!("variable {name}"),
            Step::File(at) => format!("file at {}", self.show(*at)),
            Step::Default(why) => format!("default: {why}"),
        });
        std::iter::once(format!("{} ", self.show(origin.at)).trim().to_owned()).chain(steps).collect::<Vec<_>>().join("\n")
    }

    /// The problems, one a line: phase, place, message, related places.
    fn problems(&self) -> String {
        let line = |p: &Problem| {
            let at = p.origin.as_ref().map_or_else(|| "nowhere".to_owned(), |o| self.show(o.at));
            let related = p.related.iter().map(|(span, what)| format!("\n  {what}: {}", self.show(*span)));
            format!("[{}] {at}\n  {}{}", p.phase.name(), p.message, related.collect::<String>())
        };
        self.loaded.problems.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn kinds(&self) -> Vec<K> {
        self.loaded.problems.iter().map(|p| p.kind).collect()
    }
}

fn one(text: &str) -> Done {
    project(&MemFs::new().file("/p/compose.yaml", text))
}

#[test]
fn one_file_is_resolved_with_its_origins() {
    let done = one("services:\n  web:\n    image: nginx:${TAG:-1}\n    ports: ['80:80']\n    build: ./x\n");
    assert_eq!(done.problems(), "");
    assert_eq!(done.text("services.web.image"), "nginx:1");
    assert_eq!(done.text("services.web.build.context"), "/p/x");
    assert_eq!(done.loaded.name, "p");
    assert_eq!(done.loaded.name_source, NameSource::Directory);
    insta::assert_snapshot!(done.way("services.web.image"), @r"
    compose.yaml:3: nginx:${TAG:-1}
    variable TAG
    ");
    assert_eq!(done.loaded.files.len(), 1);
    assert_eq!(done.loaded.files[0].role, Role::Main);
}

#[test]
fn aliases_and_merge_keys_leave_their_steps() {
    let done = one(concat!(
        "x-log: &log {driver: json-file}\n",
        "x-base: &base\n  logging: *log\n  image: base\n",
        "services:\n  a:\n    <<: *base\n    image: own\n",
    ));
    assert_eq!(done.problems(), "");
    assert_eq!(done.text("services.a.image"), "own");
    insta::assert_snapshot!(done.way("services.a.logging.driver"), @r"
    compose.yaml:1: json-file
    merged at compose.yaml:7: *base
    alias at compose.yaml:3: *log
    ");
}

#[test]
fn in_a_list_of_merges_the_first_wins_and_own_keys_before_all() {
    let done =
        one("x-a: &a {image: a, user: a}\nx-b: &b {image: b, user: b, hostname: b}\nservices:\n  s:\n    <<: [*a, *b]\n    image: own\n");
    assert_eq!((done.text("services.s.image"), done.text("services.s.user"), done.text("services.s.hostname")), ("own", "a", "b"));
}

#[test]
fn a_repeated_key_shows_both_places_and_the_last_counts() {
    let done = one("services:\n  a:\n    image: one\n    image: two\n");
    insta::assert_snapshot!(done.problems(), @r"
    [yaml] compose.yaml:4: image
      the key `image` is written twice in one mapping
      first written here: compose.yaml:3: image
    ");
    assert_eq!(done.text("services.a.image"), "two");
}

#[test]
fn keys_that_are_not_text_are_left_out() {
    let done = one("services:\n  123: {image: x}\n  b: {image: y}\n");
    assert_eq!(done.loaded.problems[0].kind, K::InvalidYaml);
    assert_eq!(done.text("services.b.image"), "y");
    assert!(done.value("services").get("123").is_none());
}

#[test]
fn an_anchor_that_contains_itself_ends() {
    let done = one("services:\n  a: &a\n    image: x\n    labels: *a\n");
    assert!(done.problems().contains("the anchor `a` contains itself"), "{}", done.problems());
    assert_eq!(done.text("services.a.image"), "x");
}

fn bomb() -> String {
    let mut text = String::from("x-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(text, "x-{level}: &a{level} [{aliases}]");
    }
    text + "services: {a: {image: x}}\n"
}

#[test]
fn an_alias_bomb_stays_small_and_the_services_remain() {
    for semantics in [Semantics::V2, Semantics::V5] {
        let fs = MemFs::new().file("/p/compose.yaml", bomb());
        let done = with(&fs, &Request { semantics, ..Request::new("/p") });
        assert_eq!(done.kinds(), [K::LimitExceeded]);
        assert_eq!(done.text("services.a.image"), "x");
        assert!(done.loaded.tree.values().map(|e| size(&e.value)).sum::<u64>() < 20_000);
    }
}

#[test]
fn reset_and_override_work_on_what_came_before() {
    let fs = MemFs::new()
        .file("/p/compose.yaml", "services:\n  a:\n    image: x\n    ports: ['1:1']\n    environment: {A: 1, B: 2}\n    command: c\n")
        .file(
            "/p/compose.override.yaml",
            "services:\n  a:\n    ports: !override ['2:2']\n    environment: {A: !reset null}\n    command: !reset []\n",
        );
    let done = project(&fs);
    assert_eq!(done.problems(), "");
    assert_eq!(done.value("services.a.ports").as_seq().unwrap().len(), 1);
    assert_eq!(done.value("services.a.ports.0").get("target").unwrap().data, Data::Int(2));
    assert!(done.value("services.a").get("command").is_none());
    assert!(done.value("services.a.environment").get("A").is_none());
    assert_eq!(done.loaded.files.iter().map(|f| f.role.clone()).collect::<Vec<_>>(), [Role::Main, Role::Override]);
}

#[test]
fn a_reset_below_a_merge_key_is_lost_in_2_40_and_replayed_in_5() {
    let fs = MemFs::new()
        .file("/p/a.yaml", "services:\n  a: {image: x, user: root}\n")
        .file("/p/b.yaml", "x-r: &r\n  user: !reset null\nservices:\n  a:\n    <<: *r\n");
    for (semantics, kept) in [(Semantics::V2, true), (Semantics::V5, false)] {
        let request = Request { files: vec!["a.yaml".into(), "b.yaml".into()], semantics, ..Request::new("/p") };
        let done = with(&fs, &request);
        assert_eq!(done.value("services.a").get("user").is_some(), kept, "{semantics:?}");
    }
}

#[test]
fn extends_takes_over_a_service_of_the_same_file() {
    let done = one("services:\n  base:\n    image: x\n    ports: ['1:1']\n  a:\n    extends: base\n    user: me\n");
    assert_eq!(done.problems(), "");
    assert!(done.value("services.a").get("extends").is_none());
    insta::assert_snapshot!(done.way("services.a.image"), @r"
    compose.yaml:3: x
    extended as base at compose.yaml:6: base
    ");
}

#[test]
fn extends_of_another_file_rebases_its_paths() {
    let fs = MemFs::new()
        .file("/p/compose.yaml", "services:\n  a:\n    extends: {file: common/base.yaml, service: base}\n    image: own\n")
        .file("/p/common/base.yaml", "services:\n  base:\n    image: x\n    build: ./src\n    volumes: ['./data:/data']\n    extends: {file: ../far/f.yaml, service: f}\n")
        .file("/p/far/f.yaml", "services:\n  f:\n    env_file: f.env\n");
    let done = project(&fs);
    assert_eq!(done.problems(), "");
    assert_eq!(done.text("services.a.build.context"), "/p/common/src");
    assert_eq!(done.text("services.a.volumes.0.source"), "/p/common/data");
    insta::assert_snapshot!(done.way("services.a.build.context"), @r"
    common/base.yaml:4: ./src
    extended as base at compose.yaml:3: {file: common/base.yaml, service: base}
    ");
    let replaced = done.value("services.a.image").origin.replaced.as_ref().unwrap();
    assert_eq!(done.show(replaced.at), "common/base.yaml:3: x");
    let roles: Vec<_> = done.loaded.files.iter().map(|f| (f.path.to_str().unwrap(), matches!(f.role, Role::Extends(_)))).collect();
    assert_eq!(roles[..2], [("/p/compose.yaml", false), ("/p/common/base.yaml", true)]);
}

#[test]
fn a_service_whose_base_is_missing_stays_and_the_rest_is_loaded() {
    let fs = MemFs::new().file(
        "/p/compose.yaml",
        "services:\n  a: {image: x, extends: gone}\n  b: {image: y, extends: {file: gone.yaml, service: z}}\n  c: {image: z}\n",
    );
    let done = project(&fs);
    insta::assert_snapshot!(done.problems(), @r"
    [extends] compose.yaml:2: gone
      `a` extends the service `gone`, which this document does not have
    [io] compose.yaml:3: gone.yaml
      there is no file /p/gone.yaml
    ");
    assert_eq!(done.text("services.a.image"), "x");
    assert_eq!(done.text("services.c.image"), "z");
}

#[test]
fn extends_in_a_circle_names_the_places() {
    let done = one("services:\n  a: {image: x, extends: b}\n  b: {image: x, extends: a}\n");
    insta::assert_snapshot!(done.problems(), @r"
    [extends] compose.yaml:2: b
      `a` extends itself, through the services that it extends
      `a` extends here: compose.yaml:2: b
      `b` extends here: compose.yaml:3: a
    ");
}

#[test]
fn a_chain_of_extends_that_has_no_end_in_reason_is_cut() {
    let mut text = String::from("services:\n");
    for n in 0..5_000 {
        let _ = writeln!(text, "  s{n}: {{image: x, extends: s{}}}", n + 1);
    }
    text.push_str("  s5000: {image: x}\n");
    let done = one(&text);
    assert!(done.kinds().contains(&K::LimitExceeded));
}

#[test]
fn include_short_and_long() {
    let fs = MemFs::new()
        .file("/p/compose.yaml", "include:\n  - sub/compose.yaml\n  - path: [other/b.yaml]\n    project_directory: elsewhere\n    env_file: b.env\nservices:\n  main: {image: x}\n")
        .file("/p/sub/compose.yaml", "services:\n  s:\n    image: s:${TAG}\n    volumes: ['./d:/d']\n")
        .file("/p/sub/.env", "TAG=7\n")
        .file("/p/b.env", "TAG=8\n")
        .directory("/p/elsewhere")
        .file("/p/other/b.yaml", "name: ignored\nservices:\n  b:\n    image: b:${TAG}\n    volumes: ['./d:/d']\n");
    let done = project(&fs);
    assert_eq!(done.problems(), "");
    assert_eq!(done.text("services.s.volumes.0.source"), "/p/sub/d");
    assert_eq!(done.text("services.b.volumes.0.source"), "/p/elsewhere/d");
    assert_eq!(done.text("services.b.image"), "b:8");
    insta::assert_snapshot!(done.way("services.s.image"), @r"
    sub/compose.yaml:3: s:${TAG}
    included at compose.yaml:2: sub/compose.yaml
    variable TAG of sub/.env:1: TAG=7
    ");
    let roles: Vec<_> = done.loaded.files.iter().map(|f| f.path.strip_prefix("/p").unwrap().to_str().unwrap()).collect();
    assert_eq!(roles, ["compose.yaml", "sub/.env", "sub/compose.yaml", "b.env", "other/b.yaml"]);
}

#[test]
fn includes_that_fail_are_skipped_and_say_where_they_are_named() {
    let fs = MemFs::new()
        .file(
            "/p/compose.yaml",
            "include:\n  - gone.yaml\n  - dir\n  - https://example.com/x.git\n  - bad.yaml\nservices: {a: {image: x}}\n",
        )
        .file("/p/bad.yaml", "a: [1\n")
        .directory("/p/dir");
    let done = project(&fs);
    assert_eq!(done.kinds(), [K::IncludeError, K::UnreadableFile, K::RemoteNotFetched, K::InvalidYaml]);
    insta::assert_snapshot!(done.problems().lines().take(6).collect::<Vec<_>>().join("\n"), @r"
    [io] compose.yaml:2: gone.yaml
      there is no file /p/gone.yaml
    [io] compose.yaml:3: dir
      /p/dir is a directory, not a file
    [remote] compose.yaml:4: https://example.com/x.git
      https://example.com/x.git is included, but not fetched
    ");
    assert_eq!(done.text("services.a.image"), "x");
}

#[test]
fn include_in_a_circle_names_the_places() {
    let fs = MemFs::new()
        .file("/p/compose.yaml", "include: [b.yaml]\nservices: {a: {image: x}}\n")
        .file("/p/b.yaml", "include: [c.yaml]\n")
        .file("/p/c.yaml", "include: [b.yaml]\nservices: {c: {image: x}}\n");
    let done = project(&fs);
    insta::assert_snapshot!(done.problems(), @r"
    [include] c.yaml:1: b.yaml
      b.yaml includes itself, through the files that it includes
      /p/b.yaml is included here: compose.yaml:1: b.yaml
      /p/c.yaml is included here: b.yaml:1: c.yaml
    ");
    assert_eq!(done.text("services.c.image"), "x");
}

#[test]
fn long_chains_of_files_fit_the_stack() {
    let mut fs =
        MemFs::new().file("/p/compose.yaml", "include: [i0.yaml]\nservices: {a: {image: x, extends: {file: e0.yaml, service: s}}}\n");
    for n in 0..150 {
        fs = fs
            .file(format!("/p/i{n}.yaml"), format!("include: [i{}.yaml]\nservices: {{i{n}: {{image: x}}}}\n", n + 1))
            .file(format!("/p/e{n}.yaml"), format!("services: {{s: {{user: me, extends: {{file: e{}.yaml, service: s}}}}}}\n", n + 1));
    }
    let done = project(&fs);
    assert_eq!(done.kinds(), [K::LimitExceeded]);
    assert_eq!(done.text("services.a.user"), "me");
    assert_eq!(done.text("services.i90.image"), "x");
}

#[test]
fn deep_nesting_fits_the_stack() {
    let deep = format!("{}1{}", "[".repeat(250), "]".repeat(250));
    for semantics in [Semantics::V2, Semantics::V5] {
        let text = format!("x-a: &a {deep}\nx-b: &b [[[*a]]]\nservices: {{a: {{image: x, x-c: [*b, *b], labels: {deep}}}}}\n");
        let fs = MemFs::new().file("/p/compose.yaml", text.clone()).file("/p/compose.override.yaml", text);
        let done = with(&fs, &Request { semantics, ..Request::new("/p") });
        assert_eq!(done.text("services.a.image"), "x");
    }
}

#[test]
fn a_diamond_of_includes_is_fine_and_an_exponential_one_ends() {
    let mut fs = MemFs::new().file("/p/compose.yaml", "include: [l0.yaml, l0.yaml]\nservices: {a: {image: x}}\n");
    for n in 0..40 {
        let mut text = String::new();
        let _ = writeln!(text, "include: [l{}.yaml, l{}.yaml]", n + 1, n + 1);
        fs = fs.file(format!("/p/l{n}.yaml"), text);
    }
    fs = fs.file("/p/l40.yaml", "services: {deep: {image: x}}\n");
    let done = project(&fs);
    assert_eq!(done.kinds(), [K::LimitExceeded]);
    assert_eq!(done.text("services.deep.image"), "x");
}

#[test]
fn a_name_taken_by_an_include_conflicts_in_2_40_and_merges_in_5() {
    let fs = MemFs::new()
        .file("/p/compose.yaml", "include: [b.yaml]\nservices: {a: {image: own}}\n")
        .file("/p/b.yaml", "services: {a: {image: b, user: me}}\n");
    let old = with(&fs, &Request { semantics: Semantics::V2, ..Request::new("/p") });
    insta::assert_snapshot!(old.problems(), @r"
    [include] compose.yaml:2: a
      `services.a` is defined here and, differently, in an included file
      defined in the included file: b.yaml:1: a
    ");
    let new = project(&fs);
    assert!(old.loaded.problems.iter().all(|p| p.refused) && new.loaded.problems.iter().all(|p| !p.refused));
    assert_eq!(new.kinds(), [K::IncludeConflict]);
    assert_eq!((new.text("services.a.image"), new.text("services.a.user")), ("own", "me"));
}

#[test]
fn where_the_name_comes_from() {
    let base = || MemFs::new().file("/p/compose.yaml", "name: In-${X:-File}\nservices: {a: {image: x}}\n");
    let flag = with(&base(), &Request { project_name: Some("flag".into()), ..Request::new("/p") });
    assert_eq!((flag.loaded.name.as_str(), flag.loaded.name_source), ("flag", NameSource::Flag));

    let file = project(&base());
    assert_eq!(file.loaded.name, "in-file");
    assert!(matches!(file.loaded.name_source, NameSource::File(at) if file.show(at) == "compose.yaml:1: In-${X:-File}"));
    assert_eq!(file.loaded.environment["COMPOSE_PROJECT_NAME"].value, "in-file");

    let env = project(&base().file("/p/.env", "COMPOSE_PROJECT_NAME=env\n"));
    assert_eq!(env.loaded.name, "env");
    assert!(matches!(env.loaded.name_source, NameSource::Variable(Some(_))));

    let bad = with(&base(), &Request { project_name: Some("No Good".into()), ..Request::new("/p") });
    assert_eq!(bad.loaded.problems[0].kind, K::InvalidProjectName);
    assert_eq!(bad.loaded.name, "nogood");
}

#[test]
fn files_from_the_variable_in_dotenv() {
    let fs = MemFs::new()
        .file("/p/.env", "COMPOSE_FILE=a.yaml:sub/b.yaml:gone.yaml\n")
        .file("/p/a.yaml", "services: {a: {image: x}}\n")
        .file("/p/sub/b.yaml", "services: {b: {image: x, build: .}}\n");
    let done = project(&fs);
    insta::assert_snapshot!(done.problems(), @r"
    [io] .env:1: COMPOSE_FILE=a.yaml:sub/b.yaml:gone.yaml
      COMPOSE_FILE names /p/gone.yaml, which does not exist
    ");
    assert_eq!(done.text("services.b.build.context"), "/p");
    let paths: Vec<_> = done.loaded.files.iter().map(|f| f.path.to_str().unwrap()).collect();
    assert_eq!(paths, ["/p/a.yaml", "/p/sub/b.yaml", "/p/.env"]);
}

#[test]
fn default_files_are_looked_for_upwards() {
    let fs = MemFs::new()
        .file("/p/docker-compose.yml", "services: {a: {image: '${A}${B}'}}\n")
        .file("/p/docker-compose.override.yml", "services: {a: {user: me}}\n")
        .file("/p/.env", "A=outer\nB=outer\n")
        .file("/p/deep/er/.env", "A=inner\n");
    let done = with(&fs, &Request::new("/p/deep/er"));
    assert_eq!(done.problems(), "");
    assert_eq!(done.loaded.directory, Path::new("/p"));
    assert_eq!(done.text("services.a.image"), "innerouter");
    assert_eq!(done.text("services.a.user"), "me");
}

#[test]
fn nothing_to_load() {
    let done = project(&MemFs::new().directory("/p"));
    assert_eq!(done.problems(), "[no-file] nowhere\n  there is no compose file in /p");
    assert_eq!(one("# only a comment\n").problems(), "[yaml] compose.yaml:1: \n  the compose file is empty");
}

#[test]
fn a_file_that_cannot_be_read_hides_nothing() {
    let fs = MemFs::new().file("/p/a.yaml", vec![b'a', b':', b' ', 0xff, b'\n']).file("/p/b.yaml", "services: {b: {image: x}}\n");
    let request = Request { files: vec!["gone.yaml".into(), "a.yaml".into(), "b.yaml".into()], ..Request::new("/p") };
    let done = with(&fs, &request);
    assert_eq!(done.kinds(), [K::UnreadableFile, K::UnreadableFile]);
    assert!(done.loaded.problems[1].origin.is_some());
    assert_eq!(done.text("services.b.image"), "x");
}

#[test]
fn a_file_that_is_too_large_says_so() {
    let fs = MemFs::new().file("/p/compose.yaml", vec![b'#'; (10 << 20) + 1]);
    let done = project(&fs);
    assert_eq!(done.kinds(), [K::UnreadableFile]);
    assert!(done.loaded.problems[0].message.contains("larger than 10 MiB"));
}

#[test]
fn a_file_of_very_many_documents_ends() {
    let mut text = String::from("x-a:\n");
    for n in 0..20_000 {
        let _ = writeln!(text, "  k{n}: {n}");
    }
    let large = text.clone();
    for _ in 0..5_000 {
        text.push_str("---\nx-a: {z: 1}\n");
    }
    let done = one(&text);
    assert!(done.kinds().contains(&K::LimitExceeded));
    // What a document does not speak of costs nothing.
    let done = one(&format!("services: {{a: {{image: x}}}}\n{large}{}", "---\nx-b: 1\n".repeat(5_000)));
    assert_eq!(done.problems(), "");
}

#[test]
fn what_a_later_document_leaves_alone_keeps_its_place_and_its_value() {
    let text = "services: {b: {image: x, ports: [\"1:1\"]}, a: {image: y}, c: }\nversion: \"3\"\n---\nservices: {a: {ports: [\"2:2\"]}, d: {image: z}}\nvolumes: {v: }\n---\nservices: {b: {ports: [\"1:1\"]}}\nversion: \"3\"\n";
    let done = one(text);
    let services = done.loaded.tree.get("services").and_then(|e| e.value.as_map()).unwrap();
    assert_eq!(services.keys().collect::<Vec<_>>(), ["b", "a", "c", "d"]);
    assert_eq!(done.text("services.a.image"), "y");
    assert_eq!(services.get("b").and_then(|b| b.value.get("ports")).and_then(|p| p.as_seq()).map(<[_]>::len), Some(1));
    assert!(!done.loaded.tree.contains_key("version"));
}

#[test]
fn standard_input_is_a_file() {
    let fs = MemFs::new().directory("/p");
    let request = Request { files: vec!["-".into()], stdin: Some(b"services: {a: {image: x}}".to_vec()), ..Request::new("/p") };
    let done = with(&fs, &request);
    assert_eq!(done.problems(), "");
    assert_eq!((done.loaded.name.as_str(), done.text("services.a.image")), ("p", "x"));
}

#[test]
fn one_loader_reads_a_file_once() {
    let fs = MemFs::new().file("/p/compose.yaml", "services: {a: {image: x}}\n");
    let sources = Sources::new();
    let loader = Loader::new(&fs, &sources);
    let first = load(&loader, &Request::new("/p")).files[0].id;
    let second = load(&loader, &Request::new("/p")).files[0].id;
    assert_eq!(first, second);
    assert!(loader.tree(first).is_some());
}

#[test]
fn a_block_at_the_end_of_a_file_without_a_line_break_has_none() {
    assert_eq!(one("services: {a: {image: x}}\nx-a: |\n  one\n  two").text("x-a"), "one\ntwo");
    assert_eq!(one("services: {a: {image: x}}\nx-a: |\n  one\n").text("x-a"), "one\n");
    assert_eq!(one("services: {a: {image: x}}\nx-a: >\n  one\n  ").text("x-a"), "one\n");
}
