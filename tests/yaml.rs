//! The YAML layer from outside: it agrees with a second parser, its spans hold on every text, and nothing makes it panic or crawl.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "test code"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use composelint::source::FileId;
use composelint::yaml::{Kind, NodeId, Style, Tree, parse};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tree::check;

#[path = "support/tree.rs"]
mod tree;

// ------------------------------------------------------------------------------------------------ the second parser

/// A file as a list of events, without positions; the error of a second parser, if it has one.
fn events_of_saphyr(text: &str) -> Result<Vec<String>, String> {
    use saphyr_parser::{Event, Parser, ScalarStyle};
    let mut events = Vec::new();
    let mut nodes = 0usize;
    let mut anchors: BTreeMap<usize, usize> = BTreeMap::new();
    let mut define = |anchor: usize, nodes: &mut usize| {
        if anchor > 0 {
            anchors.insert(anchor, *nodes);
        }
        *nodes += 1;
        anchors.clone()
    };
    let mut known = BTreeMap::new();
    let tag = |tag: Option<std::borrow::Cow<'_, saphyr_parser::Tag>>| {
        tag.map_or(String::new(), |tag| match tag.handle.as_str() {
            "tag:yaml.org,2002:" => format!("!!{} ", tag.suffix),
            handle => format!("{handle}{} ", tag.suffix).replace("tag:yaml.org,2002:", "!!"),
        })
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| error.to_string())?;
        match event {
            Event::DocumentStart(_) => events.push("document".to_owned()),
            Event::Alias(id) => {
                events.push(format!("alias {}", known[&id]));
                known = define(0, &mut nodes);
            }
            Event::Scalar(value, style, anchor, t) => {
                known = define(anchor, &mut nodes);
                let style = match style {
                    ScalarStyle::Plain => "plain",
                    ScalarStyle::SingleQuoted => "single",
                    ScalarStyle::DoubleQuoted => "double",
                    ScalarStyle::Literal => "literal",
                    ScalarStyle::Folded => "folded",
                };
                let implicit = style == "plain" && span.start.index() == span.end.index();
                events.push(format!("{}{style} {:?}", tag(t), if implicit { "" } else { &value }));
            }
            Event::SequenceStart(anchor, t) => {
                known = define(anchor, &mut nodes);
                events.push(format!("{}sequence", tag(t)));
            }
            Event::MappingStart(anchor, t) => {
                known = define(anchor, &mut nodes);
                events.push(format!("{}mapping", tag(t)));
            }
            Event::SequenceEnd | Event::MappingEnd => events.push("end".to_owned()),
            _ => {}
        }
    }
    Ok(events)
}

fn events_of_tree(tree: &Tree) -> Vec<String> {
    fn walk(tree: &Tree, id: NodeId, events: &mut Vec<String>) {
        let node = tree.node(id);
        let tag = node.tag.as_ref().map_or(String::new(), |tag| format!("{} ", tag.name));
        match &node.kind {
            Kind::Scalar(scalar) => {
                let style = match scalar.style {
                    Style::Plain => "plain",
                    Style::SingleQuoted => "single",
                    Style::DoubleQuoted => "double",
                    Style::Literal => "literal",
                    Style::Folded => "folded",
                };
                events.push(format!("{tag}{style} {:?}", scalar.text));
            }
            Kind::Alias { target, .. } => events.push(format!("alias {}", target.map_or(-1, |target| i64::from(target.0)))),
            Kind::Sequence { items, .. } => {
                events.push(format!("{tag}sequence"));
                for item in items {
                    walk(tree, *item, events);
                }
                events.push("end".to_owned());
            }
            Kind::Mapping { entries, .. } => {
                events.push(format!("{tag}mapping"));
                for child in entries.iter().flat_map(|entry| [entry.key, entry.value]) {
                    walk(tree, child, events);
                }
                events.push("end".to_owned());
            }
        }
    }
    let mut events = Vec::new();
    for document in &tree.documents {
        events.push("document".to_owned());
        walk(tree, document.root, &mut events);
    }
    events
}

/// How the two parsers compare on one text.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    BothRefuse,
    OnlyWeRefuse(String),
    OnlyTheyRefuse(String),
    Different(String),
}

fn compare(text: &str) -> Verdict {
    let tree = parse(FileId::NONE, text);
    let ours = tree.errors.first().map(|error| error.message.clone());
    match (ours, events_of_saphyr(text)) {
        (Some(_), Err(_)) => Verdict::BothRefuse,
        (Some(ours), Ok(_)) => Verdict::OnlyWeRefuse(ours),
        (None, Err(theirs)) => Verdict::OnlyTheyRefuse(theirs),
        (None, Ok(theirs)) => {
            let ours = events_of_tree(&tree);
            if ours == theirs {
                return Verdict::Same;
            }
            let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
            Verdict::Different(format!("event {at}: {:?} / {:?}", ours.get(at), theirs.get(at)))
        }
    }
}

const COMPOSE: &str = r#"# A stack with everything that people write
name: demo
x-common: &common
  restart: unless-stopped
  logging: &logging { driver: json-file, options: { max-size: "10m", max-file: '3' } }

services:
  web: &web
    <<: *common
    image: nginx:1.27   # pinned
    ports:
    - "80:80"
    - target: 443
      published: "8443"
      protocol: tcp
    environment:
      - TZ=Europe/Berlin
      - EMPTY=
    command: ["nginx", "-g", 'daemon off;']
    healthcheck:
      test:
        - CMD-SHELL
        - >-
          curl -f http://localhost
          || exit 1
      interval: 30s
  # about db
  db:
    <<: [*common, { labels: { a.b: c } }]
    image: postgres
    volumes: !override
      - db:/var/lib/postgresql/data:rw
    environment:
      POSTGRES_PASSWORD: "${DB_PASSWORD:?set it}"
      SCRIPT: |
        #!/bin/sh
        echo "hé: [x]"

    ports: !reset []
    # ports:
    #   - 5432:5432
volumes:
  db:
  ? spare
  : driver: local
networks: {}
"#;

#[test]
fn agrees_with_a_second_parser() {
    for text in [
        COMPOSE,
        &COMPOSE.replace('\n', "\r\n"),
        "",
        "# only a comment\n",
        "---\n---\na\n...\n",
        "- - a\n  - b\n-\n- - - c\n",
        "a:\n- b\n-\n- c:\n  - d\ne:\n",
        "? a\n? b\n: c\n? - d\n: - e\n",
        "{a, b: c, \"d\":e, ? f : g, [h]: i, }\n",
        "[a: b, ? c : d, \"e\": f, {g: h}: i]\n",
        "a: b\n  c\n\n  d\n",
        "a: |2-\n   x\n  y\n\nb: >+\n  c\n  d\n\n\n  e\n\n",
        "a: &x !!int 1\nb: !t &y\nc: &z\n- *x\n- *y\n",
        "a: 'it''s'\nb: \"\\u00e9\\n\\\n  c\"\n",
        "%TAG !e! tag:example.com,2000:\n---\n!e!x a\n",
        "!<tag:yaml.org,2002:str> a: ! b\n",
        "\u{feff}a: ä\n",
    ] {
        assert_eq!(compare(text), Verdict::Same, "{text:?}");
    }
    for text in ["a: [", "a: \"", "a: b: c", "a:\n\t- b", "a:\n  b: 1\n c: 2\n", "a: *x\n", "a: @b\n", "a: \"\\d\"\n", "]"] {
        assert_eq!(compare(text), Verdict::BothRefuse, "{text:?}");
    }
}

/// Where Compose's own parser differs from YAML 1.2, we follow Compose (spec/crates.md 1.5, spec/resolve.md 5.3).
#[test]
fn the_differences_are_deliberate() {
    for text in
        [": a\n", "{: a}", "a: 1\n...\nb: 2\n", "a: x\u{85}y\n", "a: x\u{2028}y\n", "# c\rb: 1\n", "a: &b.c d\n", "a: &b.c d\ne: *b.c\n"]
    {
        assert!(matches!(compare(text), Verdict::OnlyWeRefuse(_)), "{text:?}: {:?}", compare(text));
    }
    // The second parser adds the line break that the file has not.
    assert!(matches!(compare("a: |\n  b"), Verdict::Different(_)));
    for text in ["a: &x 1\n---\nb: *x\n", "a: [\n  b\n]\n", "a:\tb\n", "a:\n  b: [\n  c\n  ]\n"] {
        assert!(matches!(compare(text), Verdict::OnlyTheyRefuse(_) | Verdict::Same), "{text:?}: {:?}", compare(text));
    }
}

fn yaml_files(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            yaml_files(&entry.path(), found);
        } else if kind.is_file() && entry.path().extension().is_some_and(|ext| ext == "yml" || ext == "yaml") {
            found.push(entry.path());
        }
    }
}

#[test]
fn agrees_with_a_second_parser_on_real_files() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let mut files = Vec::new();
    yaml_files(&shared.join("corpus"), &mut files);
    yaml_files(&shared.join("cases"), &mut files);
    if files.is_empty() {
        eprintln!("skipped: no ../shared/corpus here");
        return;
    }
    for path in files {
        let Ok(text) = composelint::yaml::text_of(&std::fs::read(&path).unwrap()) else { continue };
        check(&text);
        // The one difference that real files show: see `the_differences_are_deliberate`.
        let text = if text.ends_with('\n') { text } else { text + "\n" };
        match compare(&text) {
            Verdict::Same | Verdict::BothRefuse => {}
            // A closing bracket at the indentation of its key: Compose reads it, and so do we.
            Verdict::OnlyTheyRefuse(message) if message.starts_with("invalid indentation") => {}
            verdict => panic!("{}: {verdict:?}", path.display()),
        }
    }
}

// ------------------------------------------------------------------------------------------------ invariants

fn fragment() -> impl Strategy<Value = String> {
    let known = [
        "a",
        "b: ",
        "key:",
        ": ",
        ":",
        "- ",
        "-",
        "\n",
        "\n",
        "\n  ",
        "\n    ",
        "  ",
        " ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ",",
        "\"",
        "'",
        "|\n",
        ">-\n  ",
        " # c\n",
        "#",
        "&a ",
        "*a",
        "!t ",
        "!!str ",
        "? ",
        "?",
        "\t",
        "\r\n",
        "\r",
        "\u{feff}",
        "ä😀",
        "\n---\n",
        "\n...\n",
        "%YAML 1.1\n",
        "~",
        "<<: *a",
        "{{ x }}",
        "\\",
        "\u{85}",
        "\u{2028}",
        "@",
        "`",
        "\u{0}",
        "=",
        "- - ",
        "a: b\n",
    ];
    prop_oneof![9 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

/// A Compose text with some pieces taken out and put in.
fn mutated() -> impl Strategy<Value = String> {
    prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, prop::option::of(fragment())), 1..5).prop_map(|edits| {
        let mut text: Vec<char> = COMPOSE.chars().collect();
        for (at, removed, inserted) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + removed).min(text.len());
            text.splice(start..end, inserted.unwrap_or_default().chars());
        }
        text.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(1000),
        failure_persistence: None,
        // The same inputs every time: a test says something about the commit, searching for new ones is fuzzing.
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_has_sound_spans(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_tokens_have_sound_spans(parts in prop::collection::vec(fragment(), 0..30)) {
        check(&parts.concat());
    }

    #[test]
    fn broken_compose_files_have_sound_spans(text in mutated()) {
        check(&text);
    }

    #[test]
    fn any_bytes_are_text_or_an_error_in_them(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = composelint::yaml::text_of(&bytes) {
            prop_assert!(composelint::yaml::lossy_text_of(&bytes).is_char_boundary(error.offset));
        }
    }
}

// ------------------------------------------------------------------------------------------------ hostile texts

#[test]
fn deep_nesting_is_one_clean_error() {
    for text in ["[".repeat(50_000), "{a: ".repeat(50_000), "- ".repeat(50_000), "? ".repeat(20_000), "[{".repeat(20_000)] {
        let tree = parse(FileId::NONE, &text);
        assert_eq!(tree.errors.len(), 1);
        assert_eq!(tree.errors[0].message, "this is nested deeper than 255 levels", "{}", &text[..8]);
        assert!(tree.documents.is_empty());
    }
    let deep = (0..1000).map(|depth| " ".repeat(depth) + "a:\n").collect::<Vec<_>>().concat();
    assert_eq!(parse(FileId::NONE, &deep).errors[0].message, "this is nested deeper than 255 levels");
    check(&format!("{}x{}", "[".repeat(250), "]".repeat(250)));
}

#[test]
fn an_alias_bomb_is_as_small_as_its_text() {
    let mut text = String::from("a0: &a0 [x, x]\n");
    for level in 1..100 {
        let target = format!("*a{}", level - 1);
        text += &["a", &level.to_string(), ": &a", &level.to_string(), " [", &[target.as_str(); 9].join(", "), "]\n"].concat();
    }
    let tree = parse(FileId::NONE, &text);
    assert!(tree.errors.is_empty());
    assert!(tree.nodes.len() < 1200);
    check(&text);
    // An anchor that contains itself is kept as it is.
    check("a: &a [*a]\n");
}

#[test]
fn large_texts_stay_cheap() {
    let shapes = [
        "a: b\n",
        "- a\n",
        "# comment\n",
        "    # indented\n",
        "\n",
        "a: # c\n",
        "- [a, {b: c}]\n",
        "- \"x\\n\"\n",
        "---\na: 1\n",
        "'",
        "\"",
        "a, ",
        "{",
        "\t",
        "\r",
        " ",
        "a",
        "&a ",
        "*a ",
        ": ",
        "|\n",
        "a: |\n",
        "\u{85}",
        "ä",
        "? a\n",
    ];
    for shape in shapes {
        let body = shape.repeat(200_000 / shape.len());
        for text in [body.clone(), format!("[{body}"), format!("a: \"{body}"), format!("x:\n  - y\n{body}"), format!("a:\n{body}b: [")] {
            check(&text);
        }
    }
}
