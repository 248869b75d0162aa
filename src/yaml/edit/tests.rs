use super::testing::Text;
use super::*;

const FILE: &str = "\
# header

version: \"3\" # old
# the services
services:

  # about web
  web:
    image: nginx # newest
    ports:
    - 80:80
    # tls
    - 443:443 # yes
      # deeper
    # - 8080:8080
    env: {A: 1, \"B\": 2, C}

  db:
    image: postgres
    cmd: [a, b, c]
    list:
      - a: 1
        b: 2
      - c: 3

volumes:
  data: # all of it

networks: {}
";

/// Removes a path and shows the lines that differ.
fn diff(text: &str, change: impl Fn(&Text) -> String) -> String {
    let before = Text::new(text);
    let after = change(&before);
    if after == "none" {
        return after;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (text.split('\n').collect(), after.split('\n').collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count().min(old.len().min(new.len()) - head);
    let mut out = Vec::new();
    out.extend(old[head..old.len() - tail].iter().map(|l| format!("-{l}")));
    out.extend(new[head..new.len() - tail].iter().map(|l| format!("+{l}")));
    out.join("\n").replace('\r', "␍")
}

fn removed(path: &str) -> String {
    diff(FILE, |text| text.remove(path, false))
}

#[test]
fn an_entry_goes_with_its_lines_and_comments() {
    insta::assert_snapshot!(removed("version"), @r#"-version: "3" # old"#);
    insta::assert_snapshot!(removed("services.web"), @r#"
    -  # about web
    -  web:
    -    image: nginx # newest
    -    ports:
    -    - 80:80
    -    # tls
    -    - 443:443 # yes
    -      # deeper
    -    # - 8080:8080
    -    env: {A: 1, "B": 2, C}
    -
    "#);
    insta::assert_snapshot!(removed("services.db.image"), @"-    image: postgres");
    insta::assert_snapshot!(removed("services.web.ports.1"), @r"
    -    # tls
    -    - 443:443 # yes
    -      # deeper
    ");
    insta::assert_snapshot!(removed("networks"), @r"
    -networks: {}
    -
    ");
}

#[test]
fn what_is_said_of_the_file_stays() {
    assert_eq!(diff("# the shop\na: 1 # a\n\nb: 2\n", |t| t.remove("a", false)), "-a: 1 # a");
    assert_eq!(diff("a: 1\n\nb: 2\n", |t| t.remove("a", false)), "-a: 1\n-");
    assert_eq!(diff("---\n# the shop\na: 1\nb: 2\n", |t| t.remove("a", false)), "-a: 1");
}

#[test]
fn the_only_entry_leaves_brackets_or_takes_its_parents_along() {
    insta::assert_snapshot!(removed("volumes.data"), @r"
    -volumes:
    -  data: # all of it
    +volumes: {}
    ");
    insta::assert_snapshot!(diff(FILE, |t| t.remove("volumes.data", true)), @r"
    -volumes:
    -  data: # all of it
    -
    ");
    insta::assert_snapshot!(diff("a:\n  - b: # x\n      c: 1 # y\n", |t| t.remove("a.0.b.c", false)), @r"
    -  - b: # x
    -      c: 1 # y
    +  - b: {} # x
    ");
    insta::assert_snapshot!(diff("z: 1\na:\n  - b: # x\n      c: 1 # y\n", |t| t.remove("a.0.b.c", true)), @r"
    -a:
    -  - b: # x
    -      c: 1 # y
    ");
    insta::assert_snapshot!(diff("a:\n- &x !t\n  - b\n", |t| t.remove("a.0.0", false)), @r"
    -- &x !t
    -  - b
    +- &x !t []
    ");
    insta::assert_snapshot!(diff("a: 1\n", |t| t.remove("a", true)), @"none");
    insta::assert_snapshot!(diff("- a: 1\n- b\n", |t| t.remove("0.a", false)), @r"
    -- a: 1
    +- {}
    ");
}

#[test]
fn brackets_and_compact_forms() {
    for (path, wanted) in [
        ("services.web.env.A", "-    env: {A: 1, \"B\": 2, C}\n+    env: {\"B\": 2, C}"),
        ("services.web.env.B", "-    env: {A: 1, \"B\": 2, C}\n+    env: {A: 1, C}"),
        ("services.web.env.C", "-    env: {A: 1, \"B\": 2, C}\n+    env: {A: 1, \"B\": 2}"),
        ("services.db.cmd.0", "-    cmd: [a, b, c]\n+    cmd: [b, c]"),
        ("services.db.cmd.2", "-    cmd: [a, b, c]\n+    cmd: [a, b]"),
        ("services.db.list.0.a", "-      - a: 1\n-        b: 2\n+      - b: 2"),
        ("services.db.list.0.b", "-        b: 2"),
        ("services.db.list.0", "-      - a: 1\n-        b: 2"),
    ] {
        assert_eq!(removed(path), wanted, "{path}");
    }
    assert_eq!(diff("a: [\n  x, # 1\n  # two\n  y # 2\n  # end\n]\n", |t| t.remove("a.1", false)), "none");
    assert_eq!(diff("a: [\n  x,\n  y,\n]\n", |t| t.remove("a.1", false)), "-  y,");
    assert_eq!(diff("a: [x]\n", |t| t.remove("a.0", false)), "-a: [x]\n+a: []");
    assert_eq!(diff("a: [b: 1, c]\n", |t| t.remove("a.0", false)), "-a: [b: 1, c]\n+a: [c]");
    assert_eq!(diff("- - a\n  - b\n", |t| t.remove("0.0", false)), "-- - a\n-  - b\n+- - b");
}

#[test]
fn what_others_need_stays() {
    assert_eq!(diff("a: &x 1\nb: *x\n", |t| t.remove("a", false)), "none");
    assert_eq!(diff("a: {k: &x 1}\nb: *x\n", |t| t.remove("a", false)), "none");
    assert_eq!(diff("a: {k: &x 1, l: *x}\nb: 1\n", |t| t.remove("a", false)), "-a: {k: &x 1, l: *x}");
    assert_eq!(diff("a: &x 1\nb: *x\n", |t| t.remove("b", false)), "-b: *x");
    assert_eq!(
        diff("c: 1\na:\n  k: &x 1\n---\nb: *x\n", |t| {
            let first = t.tree.documents[0].root;
            let key = t.tree.entry(t.tree.get(first, "a").unwrap()).unwrap().1.key;
            t.edited(remove_entry(&t.source, &t.tree, first, key))
        }),
        "none"
    );
    // The blank lines would become part of the text above.
    assert_eq!(diff("a: |+\n  x\nb: 1\n\nc: 2\n", |t| t.remove("b", false)), "none");
    assert_eq!(diff("? a\n: 1\nb: 2\n", |t| t.remove("a", false)), "none");
}

#[test]
fn line_ends_and_the_end_of_the_file() {
    assert_eq!(diff("a: 1\r\nb: 2\r\nc: 3\r\n", |t| t.remove("b", false)), "-b: 2␍");
    assert_eq!(diff("a: 1\nb: 2", |t| t.remove("b", false)), "-b: 2\n+");
    assert_eq!(diff("\u{feff}a: 1\nb: 2", |t| t.remove("a", false)), "-\u{feff}a: 1\n-b: 2\n+\u{feff}b: 2");
    let insert = |text: &str, key: &str| {
        diff(text, |t| {
            let root = t.node("");
            t.edited(insert_entry(&t.source, &t.tree, root, Position::End, key, "v").map(|e| vec![e]))
        })
    };
    assert_eq!(insert("a: 1\r\nb: 2\r\n", "c"), "+c: v␍");
    assert_eq!(insert("a: 1\r\nb: 2", "c"), "-b: 2\n+b: 2␍\n+c: v");
    assert_eq!(insert("a: 1\nb: |\n  x", "c"), "none");
    assert_eq!(insert("a: 1\n", "a"), "none");
    assert_eq!(insert("{a: 1}\n", "x: y"), "-{a: 1}\n+{a: 1, \"x: y\": v}");
}

fn inserted(text: &str, path: &str, position: &str, key: &str, value: &str) -> String {
    diff(text, |t| {
        let collection = t.node(path);
        let position = match position.split_once(' ') {
            Some((side, child)) => {
                let path = format!("{path}.{child}");
                let child = if key.is_empty() { t.node(&path) } else { t.key(&path) };
                if side == "before" { Position::Before(child) } else { Position::After(child) }
            }
            None => Position::End,
        };
        let edit = if key.is_empty() {
            insert_item(&t.source, &t.tree, collection, position, value)
        } else {
            insert_entry(&t.source, &t.tree, collection, position, key, value)
        };
        t.edited(edit.map(|e| vec![e]))
    })
}

#[test]
fn new_entries_have_the_style_of_their_neighbours() {
    let put = |path, position, key, value| inserted(FILE, path, position, key, value);
    assert_eq!(put("services.web", "after image", "user", "\"1000\""), "+    user: \"1000\"");
    assert_eq!(put("services.web", "before image", "user", "1000"), "+    user: 1000");
    assert_eq!(put("services.web", "after ports", "user", ""), "+    user:");
    assert_eq!(put("services", "before web", "x", "\nimage: y\nports: [1]"), "+  x:\n+    image: y\n+    ports: [1]");
    assert_eq!(put("services.web.env", "end", "D", "x"), "-    env: {A: 1, \"B\": 2, C}\n+    env: {A: 1, \"B\": 2, C, D: x}");
    assert_eq!(put("services.web.env", "before B", "D", "x"), "-    env: {A: 1, \"B\": 2, C}\n+    env: {A: 1, D: x, \"B\": 2, C}");
    assert_eq!(put("volumes.data", "end", "name", "d"), "+    name: d");
    assert_eq!(put("networks", "end", "net", ""), "-networks: {}\n+networks:\n+  net:");
    assert_eq!(put("services.web.ports", "before 1", "", "1:1"), "+    - 1:1");
    assert_eq!(put("services.web.ports", "after 1", "", "1:1"), "+    - 1:1");
    assert_eq!(put("services.db.list", "end", "", "d: 4\ne: 5"), "+      - d: 4\n+        e: 5");
    assert_eq!(put("services.db.list.0", "before a", "z", "0"), "-      - a: 1\n+      - z: 0\n+        a: 1");
    assert_eq!(put("services.db.list.0", "end", "z", "0"), "+        z: 0");
    assert_eq!(put("services.db.cmd", "after 0", "", "x"), "-    cmd: [a, b, c]\n+    cmd: [a, x, b, c]");
    assert_eq!(inserted("a: {} # c\n", "a", "end", "b", "1"), "-a: {} # c\n+a: {b: 1} # c");
    assert_eq!(inserted("a: {b: }\n", "a", "end", "c", "1"), "none");
    assert_eq!(inserted("a:\n    b:\n        c: 1\nd:\n", "d", "end", "e", ""), "+    e:");
}

#[test]
fn scalars_keep_their_quotes() {
    let replaced = |text: &str, new: &str| {
        let text = Text::new(&format!("a: {text} # c\n"));
        let edited = text.edited(replace_scalar(&text.source, &text.tree, text.node("a"), new).map(|e| vec![e]));
        edited.trim_start_matches("a: ").trim_end_matches(" # c\n").to_owned()
    };
    for (old, new, wanted) in [
        ("x", "w", "w"),
        ("x", "5", "\"5\""),
        ("5", "6", "6"),
        ("5", "x", "x"),
        ("x", "y: z", "\"y: z\""),
        ("x", "yes", "\"yes\""),
        ("'x'", "y's", "'y''s'"),
        ("'x'", "a\tb", "\"a\\tb\""),
        ("\"x\"", "a\\\"b", "\"a\\\\\\\"b\""),
        ("\"x\"", "ü😀", "\"ü😀\""),
        ("!!str x", "w", "none"),
        ("&x x", "w", "&x w"),
        ("80:80", "127.0.0.1:80:80", "127.0.0.1:80:80"),
    ] {
        assert_eq!(replaced(old, new), wanted, "{old} {new}");
    }
    let text = Text::new("a: [x, 'y']\nb: >\n  z\nc:\n  p\n  q\n? d\n: e\n");
    let plain = |path: &str, new: &str| replace_scalar(&text.source, &text.tree, text.node(path), new).map(|e| e.text);
    assert_eq!(plain("a.0", "p,q").as_deref(), Some("\"p,q\""));
    assert_eq!(plain("b", "p"), None);
    assert_eq!(plain("c", "p"), None);
    assert_eq!(plain("a", "p"), None);
}

#[test]
fn quotes_can_be_others() {
    let quoted = |text: &str, style| {
        let text = Text::new(&format!("a: [{text}, z]\n"));
        quote(&text.source, &text.tree, text.node("a.0"), style).map(|e| e.text)
    };
    for (text, style, wanted) in [
        ("x", Style::DoubleQuoted, Some("\"x\"")),
        ("'a\"\\b'", Style::DoubleQuoted, Some("\"a\\\"\\\\b\"")),
        ("\"it's\"", Style::SingleQuoted, Some("'it''s'")),
        ("\"a\\tb\"", Style::SingleQuoted, None),
        ("\"x\"", Style::Plain, Some("x")),
        ("\"5\"", Style::Plain, None),
        ("\"p,q\"", Style::Plain, None),
        ("'x'", Style::SingleQuoted, None),
        ("8080", Style::SingleQuoted, Some("'8080'")),
    ] {
        assert_eq!(quoted(text, style).as_deref(), wanted, "{text}");
    }
}

#[test]
fn keys_get_other_names() {
    let renamed =
        |text: &str, path: &str, new: &str| diff(text, |t| t.edited(rename_key(&t.source, &t.tree, t.key(path), new).map(|e| vec![e])));
    assert_eq!(renamed(FILE, "services.web.env.A", "Z"), "-    env: {A: 1, \"B\": 2, C}\n+    env: {Z: 1, \"B\": 2, C}");
    assert_eq!(renamed(FILE, "services.web.env.B", "Z"), "-    env: {A: 1, \"B\": 2, C}\n+    env: {A: 1, \"Z\": 2, C}");
    assert_eq!(renamed(FILE, "services.web.env.C", "Z"), "-    env: {A: 1, \"B\": 2, C}\n+    env: {A: 1, \"B\": 2, Z}");
    assert_eq!(renamed(FILE, "services.web.env.C", "A"), "none");
    assert_eq!(renamed("a: &x {b: 1}\nc:\n  <<: *x\n", "c.<<", "Z"), "none");
}

fn reordered(text: &str, path: &str, order: &[usize]) -> String {
    diff(text, |t| {
        let collection = t.node(path);
        let doc = Doc::new(&t.source, &t.tree);
        let nodes = doc.nodes(collection);
        let order: Vec<NodeId> = order.iter().map(|i| nodes[*i]).collect();
        t.edited(reorder(&t.source, &t.tree, collection, &order))
    })
}

#[test]
fn children_move_with_their_comments() {
    insta::assert_snapshot!(reordered("a:\n  # about b\n  b: 1 # b\n\n  c:\n    d: 2\n    # end\n\n  # about e\n  # too\n  e: |\n    x\n# f\nf: 1\n", "a", &[2, 0, 1]), @r"
    -  # about b
    -  b: 1 # b
    -
    -  c:
    -    d: 2
    -    # end
    -
    -  # about e
    -  # too
    -  e: |
    -    x
    +  # about e
    +  # too
    +  e: |
    +    x
    +
    +  # about b
    +  b: 1 # b
    +
    +  c:
    +    d: 2
    +    # end
    ");
    assert_eq!(reordered("- b\n- a", "", &[1, 0]), "-- b\n-- a\n+- a\n+- b");
    assert_eq!(reordered("a: [x, 'y', {z: 1}]\n", "a", &[2, 1, 0]), "-a: [x, 'y', {z: 1}]\n+a: [{z: 1}, 'y', x]");
    assert_eq!(reordered("- b: 1 # b\n  a:\n  - 2\n", "0", &[1, 0]), "-- b: 1 # b\n-  a:\n-  - 2\n+- a:\n+  - 2\n+  b: 1 # b");
    assert_eq!(reordered("b: 1\r\na: 2\r\n", "", &[1, 0]), "-b: 1␍\n-a: 2␍\n+a: 2␍\n+b: 1␍");
    assert_eq!(reordered("b: 1\na: 2\n", "", &[0, 1]), "");
}

#[test]
fn an_order_that_would_lose_something_is_none() {
    for (text, order) in [
        ("b: 1\n\n# section\n\na: 2\n", [1, 0]),
        ("b: &x 1\na: *x\n", [1, 0]),
        ("b: |+\n  x\n\na: 2\n", [1, 0]),
        ("b: |\n  x\na: 2", [1, 0]),
        ("? b\n: 1\na: 2\n", [1, 0]),
        ("b: &x 1\na: &x 2\nc: *x\n", [1, 0]),
        ("[b, # c\n a]\n", [1, 0]),
        ("b: 1\na: 2\n", [0, 0]),
    ] {
        let nodes = Text::new(text).tree.nodes.len();
        let mut order = order.to_vec();
        if nodes > 6 {
            order.push(2);
        }
        assert_eq!(reordered(text, "", &order), "none", "{text:?}");
    }
    let kept = "x: &x 1\ny:\n  b: *x\n  a: &y 2\nz: *y\n";
    assert_eq!(reordered(kept, "y", &[1, 0]), "-  b: *x\n-  a: &y 2\n+  a: &y 2\n+  b: *x");
}

#[test]
fn a_change_of_what_an_alias_reads_is_known_as_one() {
    let text = Text::new("a: &x\n  b: 1\n  c: [1, 2] # c\n  # end\nd:\n  <<: *x\n  e: &y [1]\nf: {g: *y}\nh: 3\n");
    let shared = |edits: Option<Vec<Edit>>| {
        let found: Vec<bool> = edits.unwrap().iter().map(|e| touches_shared(&text.source, &text.tree, e)).collect();
        assert!(found.iter().all(|f| *f == found[0]));
        found[0]
    };
    let (source, tree) = (&text.source, &text.tree);
    let one = |edit: Option<Edit>| Some(vec![edit.unwrap()]);
    let (a, d) = (text.node("a"), text.node("d"));
    assert!(shared(remove_entry(source, tree, a, text.key("a.b"))));
    assert!(shared(remove_entry(source, tree, a, text.key("a.c"))));
    assert!(shared(remove_item(source, tree, text.node("a.c"), text.node("a.c.1"))));
    assert!(shared(one(insert_entry(source, tree, a, Position::End, "z", "1"))));
    assert!(shared(one(insert_entry(source, tree, a, Position::Before(text.key("a.b")), "z", "1"))));
    assert!(shared(one(replace_scalar(source, tree, text.node("a.b"), "2"))));
    assert!(shared(one(insert_item(source, tree, text.node("d.e"), Position::End, "2"))));
    assert!(!shared(one(insert_entry(source, tree, text.node(""), Position::After(text.key("a")), "z", "1"))));
    assert!(!shared(one(insert_entry(source, tree, d, Position::End, "z", "1"))));
    assert!(!shared(one(insert_entry(source, tree, d, Position::Before(text.key("d.e")), "z", "1"))));
    assert!(!shared(remove_entry(source, tree, text.node(""), text.key("h"))));
    assert!(!shared(one(rename_key(source, tree, text.key("f.g"), "z"))));
}
