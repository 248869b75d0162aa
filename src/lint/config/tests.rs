use super::*;
use crate::fs::MemFs;
use crate::source::Sources;

fn discover(fs: &MemFs, directory: &str) -> Result<Config, String> {
    let sources = Sources::new();
    let loader = Loader::new(fs, &sources);
    Config::discover(&loader, Path::new(directory)).map_err(|e| {
        let line = |m: &Mistake| format!("{}; {}", e.line(m), m.help.as_deref().unwrap_or_default());
        e.mistakes.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

fn read(text: &str) -> Result<Config, String> {
    discover(&MemFs::new().file("/p/.composelint.yaml", text), "/p")
}

fn said(text: &str) -> String {
    read(text).unwrap_err()
}

#[test]
fn the_nearest_file_up_to_the_repository_counts() {
    let fs = MemFs::new()
        .file("/.composelint.yaml", "compose-version: 5\n")
        .file("/repo/.git/HEAD", "")
        .file("/repo/.composelint.yaml", "compose-version: \"2.40\"\n")
        .directory("/repo/a/b")
        .directory("/elsewhere/a");
    let found = discover(&fs, "/repo/a/b").unwrap();
    assert_eq!((found.compose_version, found.directory()), (Some(Semantics::V2), Some(Path::new("/repo"))));
    assert_eq!(discover(&fs, "/elsewhere/a").unwrap().file, None);
}

#[test]
fn the_search_begins_where_the_paths_meet() {
    let fs = MemFs::new().file("/r/a/compose.yaml", "").file("/r/b/c/compose.yaml", "").directory("/r/b/d");
    let common = |paths: &[&str]| common_directory(&fs, &paths.iter().map(PathBuf::from).collect::<Vec<_>>()).unwrap();
    assert_eq!(common(&["/r/a/compose.yaml"]), Path::new("/r/a"));
    assert_eq!(common(&["/r/b/d"]), Path::new("/r/b/d"));
    assert_eq!(common(&["/r/a/compose.yaml", "/r/b/c"]), Path::new("/r"));
    assert_eq!(common(&["/r/b/c/compose.yaml", "/r/b/d"]), Path::new("/r/b"));
}

#[test]
fn everything_that_can_be_said_is_read() {
    let config = read(
        "\
compose-version: \"2.40\"
presets: [recommended, security]
rules:
  style: off
  floating-tag: error
  monolith-services: {severity: info, max-services: 30}
overrides:
  - paths: [tests/]
    rules: {privileged: false}
exclude: examples/
projects:
  - directory: shop
    files: [compose.yaml]
    environments:
      production:
        files: [compose.prod.yaml]
        env-files: [../prod.env]
        profiles: [web]
        name: shop-prod
      dev: {}
hosts: [\"hosts/*\"]
fail-on: never
baseline: .composelint-baseline.json
",
    )
    .unwrap();
    assert_eq!(config.presets, [Preset::Recommended, Preset::Security]);
    let rules: Vec<String> = config
        .rules
        .iter()
        .map(|r| format!("{:?} {:?} {:?}", r.subject, r.level, r.options.iter().map(|(n, v, _)| (n, v)).collect::<Vec<_>>()))
        .collect();
    insta::assert_snapshot!(rules.join("\n"), @r#"
    style Some(Off) []
    floating-tag Some(As(Error)) []
    monolith-services Some(As(Info)) [("max-services", Number(30))]
    "#);
    assert!(config.overrides[0].paths.cover(Path::new("/p/a/tests/compose.yaml"), false));
    assert_eq!(config.overrides[0].rules[0].level, Some(Level::Off));
    assert!(config.exclude.cover(Path::new("/p/examples/a/compose.yaml"), false));
    assert!(!config.exclude.cover(Path::new("/elsewhere/examples/a/compose.yaml"), false));
    let projects: Vec<String> = config
        .projects
        .iter()
        .map(|p| {
            let paths = |of: &[(PathBuf, Span)]| of.iter().map(|(f, _)| f.display().to_string()).collect::<Vec<_>>().join(" ");
            format!("{:?} {:?} {:?}: {} | {}", p.environment, p.name, p.profiles, paths(&p.files), paths(&p.env_files))
        })
        .collect();
    insta::assert_snapshot!(projects.join("\n"), @r#"
    Some("production") Some("shop-prod") ["web"]: /p/shop/compose.yaml /p/shop/compose.prod.yaml | /p/prod.env
    Some("dev") None []: /p/shop/compose.yaml | 
    "#);
    assert_eq!(config.host_of(Path::new("/p/hosts/csb1/docker/traefik")), Some("/p/hosts/csb1".into()));
    assert_eq!(config.host_of(Path::new("/p/shared/csb1")), None);
    assert_eq!((config.fail_on, config.baseline), (Some(None), Some("/p/.composelint-baseline.json".into())));
}

#[test]
fn all_mistakes_are_told_with_their_places() {
    insta::assert_snapshot!(said("\
compose_version: 5
presets: [recomended, minimal]
rules:
  floating-tags: off
  privileged: fatal
  privileged: off
  monolith-services: {max-services: many, maximum: 3, severity: loud}
  undefined-network: {level: error}
  security: {max: 3}
  nothing-like-it: off
overrides:
  - rules: {privileged: off}
  - path: a
exclude: [\"a{\", \"../b\", \"\", {}]
fail-on: always
projects:
  - file: compose.yaml
    environments: [a]
"), @r"
    /p/.composelint.yaml:1:1: `compose_version` is no key of the configuration; did you mean `compose-version`?
    /p/.composelint.yaml:2:11: there is no preset `recomended`; did you mean `recommended`?
    /p/.composelint.yaml:2:23: there is no preset `minimal`; `recommended`, `strict`, `security`, `style` and `all` are accepted
    /p/.composelint.yaml:4:3: there is no rule or topic `floating-tags`; did you mean `floating-tag`?
    /p/.composelint.yaml:5:15: this is neither `on` nor `off` nor a severity; `off`, `on`, `error`, `warning` and `info` are accepted
    /p/.composelint.yaml:6:3: `privileged` is written twice, first in line 5; write it once
    /p/.composelint.yaml:7:37: `max-services` must be a whole number; how many services one file may hold
    /p/.composelint.yaml:7:43: `monolith-services` has no option `maximum`; `max-services` and `severity` can be set
    /p/.composelint.yaml:7:65: this is neither `on` nor `off` nor a severity; `off`, `on`, `error`, `warning` and `info` are accepted
    /p/.composelint.yaml:8:23: `undefined-network` has no option `level`; this rule has no options: only `severity` can be set
    /p/.composelint.yaml:9:14: a topic has no option `max`; set options under the name of a rule
    /p/.composelint.yaml:10:3: there is no rule or topic `nothing-like-it`; `composelint rules` lists them all
    /p/.composelint.yaml:12:5: this override names no `paths`; write `paths: [tests/]`: the files that it holds for
    /p/.composelint.yaml:13:5: `path` is no key of an override; did you mean `paths`?
    /p/.composelint.yaml:13:5: this override names no `paths`; write `paths: [tests/]`: the files that it holds for
    /p/.composelint.yaml:14:11: this is no pattern: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?); patterns are written as in `.gitignore`: `docs/`, `*.example.yaml`, `/old/**`
    /p/.composelint.yaml:14:17: a pattern starts from the directory of the configuration, and nothing outside of it can match; patterns are written as in `.gitignore`: `docs/`, `*.example.yaml`, `/old/**`
    /p/.composelint.yaml:14:25: each item of `exclude` must be a text; write one value here
    /p/.composelint.yaml:14:29: each item of `exclude` must be a text; write one value here
    /p/.composelint.yaml:15:10: this is no severity; `error`, `warning`, `info` and `never` are accepted
    /p/.composelint.yaml:17:5: `file` is no key of a project; did you mean `files`?
    /p/.composelint.yaml:18:19: `environments` must be a mapping of keys to values; write `key: value`
    ");
}

#[test]
fn what_is_no_mapping_of_one_document_is_refused() {
    assert_eq!(said("- a\n"), "/p/.composelint.yaml:1:1: the configuration must be a mapping of keys to values; write `key: value`");
    assert_eq!(said("rules: {}\n---\nrules: {}\n"), "/p/.composelint.yaml:2:1: a configuration is one document; remove the `---`");
    assert!(said("a: [\n").starts_with("/p/.composelint.yaml:1:4: "), "{}", said("a: [\n"));
    assert_eq!(
        said("# ours\ncompose-version: 3\n"),
        "/p/.composelint.yaml:2:18: this is no version of Compose whose answers are known; write `compose-version: \"2.40\"` or `compose-version: \"5\"`"
    );
    for nothing in ["", "# nothing yet\n", "rules:\nexclude:\noverrides:\nprojects:\n"] {
        assert!(read(nothing).is_ok(), "{nothing:?}");
    }
}

#[test]
fn environments_cannot_make_it_long() {
    let files = vec!["a"; 1000].join(", ");
    let environments: Vec<String> = (0..500).map(|i| format!("      e{i}: {{}}")).collect();
    let said = said(&format!("projects:\n  - files: [{files}]\n    environments:\n{}\n", environments.join("\n")));
    assert!(said.contains("this file says more than a configuration can"), "{said}");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(
        lines in proptest::collection::vec(
            proptest::sample::select(vec![
                "rules:", "  privileged: off", "  floating-tag: {tags: *a}", "exclude: &a", "  - '!x/['", "  - []", "overrides:",
                "  - paths: [a]", "    rules: &r {security: 1}", "  - *r", "projects:", "  - files: *a", "    environments: *r",
                "hosts: ..", "presets: {}", "---", "? a", "fail-on: !x never", "\t", "<<: *r", "baseline:", "compose-version: 5",
            ]),
            0..12,
        )
    ) {
        let _ = read(&lines.join("\n"));
    }
}

#[test]
fn aliases_cannot_make_it_long() {
    let list = vec!["a"; 500].join(", ");
    let overrides = "  - {paths: *p}\n".repeat(500);
    let said = said(&format!("exclude: &p [{list}]\noverrides:\n{overrides}"));
    assert!(said.contains("this file says more than a configuration can"), "{said}");
}
